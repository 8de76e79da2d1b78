# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLNotifyCommand mail, through a real Postfix: whose postdrop gains a group, and into a mailbox of ours."""

import email
import email.policy
import json
import os
import pwd
import subprocess

import pytest
from lib import broker, mta
from lib.ca import write
from lib.server import IS_ROOT, wait_until
from lib.steward import STEWARD_USER
from lib.world import file_pair
from test_98_notify import install_steward, make, script, wait_steward
from test_98_steward import read_standing

pytestmark = pytest.mark.skipif(not mta.is_there(), reason="no Postfix (tests/run has Debian's unpacked), or no mounts")

EVIL = "x\r\nBcc: victim@kunde.test\r\n\r\n.\r\nRCPT TO:<victim@kunde.test>\n\u202e\u00fc\x1b[2J"


def of_steward():
    """The processes of its user."""
    uid, found = pwd.getpwnam(STEWARD_USER).pw_uid, []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat("/proc/" + name).st_uid == uid:
                found.append(int(name))
        except FileNotFoundError:
            pass
    return found


def set_up(new_server, notify):
    s = make(new_server[0], new_server[1], notify=notify)
    # The path of Debian's sendmail, which is there for this server alone.
    script(s, "sendmail", "#!/bin/sh\nexec /usr/sbin/sendmail \"$@\"\n")
    install_steward(s)
    return s


def check(mail, subject):
    """What holds for each; returns the body."""
    sender, recipients, data = mail
    assert STEWARD_USER in sender and sorted(recipients) == ["<admin@kunde.test>", "<other@kunde.test>"], mail
    assert data.isascii() and b"\x1b" not in data
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert mail.defects == [] and mail["To"] == "admin@kunde.test, other@kunde.test"
    assert mail["Subject"] == subject, mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated" and mail.get_content_type() == "text/plain"
    assert mail["Content-Transfer-Encoding"] == "7bit" and mail.get_content_charset() == "us-ascii"
    assert STEWARD_USER in mail["From"] and mail["Date"] and mail["Message-Id"]
    assert [k for k in mail.keys() if k.lower() in ("bcc", "cc", "resent-to")] == []
    body = mail.get_content().replace("\r\n", "\n")
    assert body.rstrip().endswith("mod_mssl") and max(map(len, body.splitlines())) < 998
    assert not [line for line in body.splitlines() if line.startswith(("Bcc", ".", "RCPT"))]
    return body


def send(s, message):
    """The shipped command, as the steward's user, where the server is."""
    subprocess.run(["nsenter", "-m", "-r", "-t", str(s.proc.pid), "setpriv", "--reuid", STEWARD_USER, "--regid", STEWARD_USER,
                    "--clear-groups", s.path("mssl-steward"), "--mail", "--sendmail", "/usr/sbin/sendmail",
                    "admin@kunde.test", "other@kunde.test"], input=json.dumps(message), text=True, check=True, env={})


def test_postfix(new_server, ca):
    with mta.Sink() as sink:
        s = set_up((new_server, ca), "MSSLNotifyCommand every=1s mail admin@kunde.test other@kunde.test\n")
        file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
        write(s.path("store", "bad.test.pem"), "garbage")
        postfix = mta.Postfix(s, sink)
        with s:
            try:
                wait_until(lambda: sink.mails, postfix.log, 60)
                assert os.stat("/proc/%d" % wait_steward(s)).st_uid == pwd.getpwnam(STEWARD_USER).pw_uid
                wait_until(lambda: read_standing(s)["commands"][0]["result"] == "told", lambda: read_standing(s))
                assert read_standing(s)["commands"][0]["program"] == "mail" and len(sink.mails) == 1
                # What customers may call things, in each place that has a text of theirs.
                item = dict.fromkeys("name state since not_after store file reason explain".split(), EVIL)
                send(s, {"schema": "mssl/1", "event": "digest", "server": EVIL, "time": EVIL,
                         "counts": {"bad": 1, EVIL: 2}, "items": [item], "cut": 0})
                wait_until(lambda: len(sink.mails) == 2, postfix.log, 60)
            finally:
                postfix.stop()
    body = check(sink.mails[0], "[mssl] fallback.invalid: 1 bad")
    assert "* bad.test: bad\n" in body and "msslctl explain bad.test" in body
    shown = EVIL.encode().decode("latin-1")
    shown = "".join(c if " " <= c <= "~" else "\\x%02x" % ord(c) for c in shown)
    body = check(sink.mails[1], "[mssl] %s: 1 bad, 2 %s" % (shown, shown))
    assert "    file     %s\n" % shown in body and "    why      %s\n" % shown in body, body


def test_no_new_privileges(new_server, ca):
    """postdrop cannot gain its group then, and tries for ever: the start says so, and it is ended and tried again."""
    with mta.Sink() as sink:
        s = set_up((new_server, ca), "MSSLNotifyCommand every=1s mail admin@kunde.test\n")
        write(s.path("store", "bad.test.pem"), "garbage")
        postfix = mta.Postfix(s, sink)
        s.launcher += ["setpriv", "--no-new-privs"]
        s.expect("MSSL0219: MSSLNotifyCommand mail: httpd was started with NoNewPrivileges", "MSSL0217: steward: ",
                 "postdrop", "sendmail")
        with s:
            try:
                s.wait_error("MSSL0217: steward: .*did not end within 30 seconds, and was ended; 1 to be told, .* "
                             "tried again in 1 min", timeout=90)
                assert s.count_error("MSSL0219") == 1 and sink.mails == []
                wait_until(lambda: read_standing(s)["commands"][0]["failures"] == 1, lambda: read_standing(s))
                # What it ran is gone, too.
                wait_until(lambda: not [p for p in of_steward() if broker.name_of(p) in ("sendmail", "postdrop")
                                        and broker.is_alive(p)], "the end of what it ran")
            finally:
                postfix.stop()
    assert IS_ROOT
