# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLNotifyCommand mail, through a real Postfix: whose postdrop gains a group, and into a mailbox of ours."""

import email
import email.policy
import os
import pwd

import pytest
from lib import broker, mta
from lib.ca import write
from lib.server import IS_ROOT, wait_until
from lib.world import file_pair
from test_98_notify import STEWARD_USER, install_steward, make, script, wait_steward
from test_98_steward import read_standing

pytestmark = pytest.mark.skipif(not mta.is_there(), reason="no Postfix (tests/run has Debian's unpacked), or no mounts")

EVIL = "x\nBcc: victim@kunde.test\n\n.\nRCPT TO:<victim@kunde.test>\n\u202e\u00fc"


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


def test_postfix(new_server, ca):
    with mta.Sink() as sink:
        s = set_up((new_server, ca), "MSSLNotifyCommand every=1s mail admin@kunde.test other@kunde.test\n")
        file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
        # What a customer may call a file, and a folder on the way to it.
        write(s.path("store", "bad.test.pem"), "garbage")
        os.mkdir(s.path("evil"))
        folder = s.path("evil", EVIL.replace("/", "_"))
        os.mkdir(folder)
        write(os.path.join(folder, "evil.test.pem"), "garbage")
        os.symlink(os.path.join(folder, "evil.test.pem"), s.path("store", "evil.test.pem"))
        postfix = mta.Postfix(s, sink)
        with s:
            try:
                wait_until(lambda: sink.mails, postfix.log, 60)
                assert int(os.stat("/proc/%d" % wait_steward(s)).st_uid) == pwd.getpwnam(STEWARD_USER).pw_uid
                told = read_standing(s)["commands"][0]
                assert told["program"] == "mail" and told["result"] == "told"
            finally:
                postfix.stop()
        sender, recipients, data = sink.mails[0]
        assert len(sink.mails) == 1 and sorted(recipients) == ["<admin@kunde.test>", "<other@kunde.test>"], sink.mails
        assert STEWARD_USER in sender
    assert data.isascii()
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert mail.defects == [] and mail["To"] == "admin@kunde.test, other@kunde.test"
    assert mail["Subject"] == "[mssl] fallback.invalid: 2 bad"
    assert mail["Auto-Submitted"] == "auto-generated" and mail.get_content_type() == "text/plain"
    assert mail["Content-Transfer-Encoding"] == "7bit" and mail.get_content_charset() == "us-ascii"
    assert STEWARD_USER in mail["From"] and mail["Date"] and mail["Message-Id"]
    assert [k for k in mail.keys() if k.lower() in ("bcc", "cc", "resent-to")] == []
    body = mail.get_content().replace("\r\n", "\n")
    assert "* bad.test: bad\n" in body and "* evil.test: bad\n" in body and "msslctl explain evil.test" in body
    assert body.rstrip().endswith("mod_mssl") and max(map(len, body.splitlines())) < 998
    # Nothing of the file's name begins a line of its own.
    assert not [line for line in body.splitlines() if line.startswith(("Bcc", ".", "RCPT"))]


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
                s.wait_error("MSSL0217: steward: .*did not end within 30 seconds, and was ended; 1 to be told, .* tried "
                             "again in 1 min", timeout=90)
                assert s.count_error("MSSL0219") == 1 and sink.mails == []
                wait_until(lambda: read_standing(s)["commands"][0]["failures"] == 1, lambda: read_standing(s))
                # What it ran is gone, too.
                wait_until(lambda: not [p for p in of_steward() if broker.name_of(p) in ("sendmail", "postdrop")
                                        and broker.is_alive(p)], "the end of what it ran")
            finally:
                postfix.stop()
    assert IS_ROOT
