# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A certificate that signs itself keeps a name from a real one; who asks why is told, and what is proposed helps."""

import json
import os
import re
import shlex
import subprocess

import pytest
from lib import tls
from lib.issuing import FAKE, Issuing
from lib.server import IS_ROOT, wait_until
from lib.world import ask, new_address
from test_94_status import STATUS

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

CONF = "MSSLIssueFor vhosts\nMSSLIssuePreflight off\nMSSLCertStore dir:{dir}/store\n" + FAKE
VHOSTS = """<VirtualHost 127.0.0.1:{p0}>
    ServerName own.example.com
    SSLEngine on
    MSSLEngine on
    SSLCertificateFile {dir}/own.pem
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
    ServerName filed.example.com
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
    ServerName beside.example.com
</VirtualHost>
"""


def shown(i, name):
    with tls.Client(i.server.port, name, source=new_address()).connect() as conn:
        return conn.serial


def in_service(i, name):
    """What doctor says of the certificate that the name shows, by all children."""
    return wait_until(lambda: next((f for f in i.ctl("doctor", name, "--json").json["findings"]
                                    if f["what"] == name and "a certificate for it is in service" in f["text"]), None),
                      lambda: i.ctl("doctor", name))


def test_it_is_told_and_the_fix_helps(new_server, ca):
    """Of a virtual host: a retry. Of a store: its file taken away, and nothing more."""
    i = Issuing(new_server, ca, CONF)
    s = i.server
    s.conf += VHOSTS
    filed = s.path("store", "filed.example.com.pem")
    ca.self_signed("own.example.com").write_joined(s.path("own.pem"))
    os.makedirs(s.path("store"), exist_ok=True)
    ca.self_signed("filed.example.com").write_joined(filed)
    with s:
        i.wait_confirmed("beside.example.com")
        before = {name: shown(i, name) for name in ("own.example.com", "filed.example.com")}
        assert i.count("issue") == 1
        for name in before:
            found = in_service(i, name)
            assert found["result"] == "look" and "It signs itself, so browsers warn of it" in found["text"], found
            assert "is not replaced before it is urgent" in found["text"]
            assert "msslctl retry '%s'" % name in found["fix"] and "take that file away" in found["fix"]
        # What none of it is wrong with.
        assert in_service(i, "beside.example.com")["result"] == "ok"
        assert in_service(i, "beside.example.com")["fix"] is None
        # Both are explained, and so is which of them has a file.
        own = i.ctl("explain", "own.example.com", "--no-live", "--no-dns")
        assert own.code == 1 and "NO CERTIFICATE" not in own.out and "SSLCertificateFile" in own.out, own
        assert filed in i.ctl("explain", "filed.example.com", "--no-live", "--no-dns", env={"COLUMNS": "1000"}).out
        live = i.ctl("explain", "own.example.com", "--no-dns")
        assert live.code == 1 and "which no store has" not in live.out and "another certificate" not in live.out, live

        command = re.search("msslctl (retry '[^']+')", in_service(i, "own.example.com")["fix"]).group(1)
        assert i.ctl(*shlex.split(command)).code == 0
        i.wait_confirmed("own.example.com")
        wait_until(lambda: shown(i, "own.example.com") == int(i.job("own.example.com")["serial"], 16), "the issued one")
        assert i.count("issue", "filed.example.com") == 0 and shown(i, "filed.example.com") == before["filed.example.com"]
        os.unlink(filed)
        i.wait_confirmed("filed.example.com")
        wait_until(lambda: shown(i, "filed.example.com") == int(i.job("filed.example.com")["serial"], 16), "the issued one")
        assert i.count("issue") == 3


def explain(i, name):
    return i.ctl("explain", name, "--json", "--no-live", "--no-dns")


def problems(explained):
    return [p["id"] for p in explained["problems"]]


def commands_of(r):
    return [fix["command"] for fix in r.json["fixes"] if fix["command"]]


def on_the_page(i, name, as_json=True):
    """What the status explains, by the inventory's word."""
    path = "/status?host=%s%s" % (name, "&format=json" if as_json else "")
    with tls.Client(i.server.port, "beside.example.com").connect() as conn:
        body = ask(i.server, conn, "beside.example.com", path=path).body
    return json.loads(body) if as_json else body


def kept_in(i, name):
    """Verdicts of the inventory's file."""
    with open(i.state("inventory.d", "inventory")) as f:
        return [line.split("\t")[4] for line in f if line.startswith(name + "\t")]


def check(i, name, filed):
    """Command and page say the same; the commands to type."""
    r = explain(i, name)
    assert r.code == 1 and r.json["sentence"] == "served, but ITS CERTIFICATE SIGNS ITSELF: browsers warn of it.", r
    assert problems(r.json) == ["signs_itself"] and "none is ordered before it is urgent" in r.json["problems"][0]["text"], r
    assert [c["signs_itself"] for c in r.json["certificates"]] == [True]
    commands = commands_of(r)
    assert commands == ["msslctl retry " + name] + (["mv %s %s.away" % (filed, filed)] if filed else []), r
    page = wait_until(lambda: (lambda p: p["problems"] and p)(on_the_page(i, name)), lambda: on_the_page(i, name))
    for key in ("sentence", "severity", "problems", "fixes"):
        assert page[key] == r.json[key], (key, page)
    text = on_the_page(i, name, as_json=False)
    assert "ITS CERTIFICATE SIGNS ITSELF" in text and "<code>msslctl retry %s</code>" % name in text, text
    assert "good-itself" in kept_in(i, name) or "kept-itself" in kept_in(i, name)
    return commands


def type_it(i, command):
    words = shlex.split(command)
    if words[0] == "msslctl":
        assert i.ctl(*words[1:]).code == 0
    else:
        subprocess.run(words, check=True)


def test_explain_says_it_and_its_commands_help(new_server, ca):
    """An order beside it first, then its file away: visitors meet the one or the other all the time."""
    i = Issuing(new_server, ca, CONF)
    s = i.server
    s.conf += VHOSTS + STATUS % "full"
    name, filed = "filed.example.com", s.path("store", "filed.example.com.pem")
    ca.self_signed("own.example.com").write_joined(s.path("own.pem"))
    os.makedirs(s.path("store"), exist_ok=True)
    ca.self_signed(name).write_joined(filed)
    with s:
        i.wait_confirmed("beside.example.com")
        assert problems(explain(i, "beside.example.com").json) == [] == problems(on_the_page(i, "beside.example.com"))
        check(i, "own.example.com", None)
        retry, away = check(i, name, filed)
        before = shown(i, name)
        type_it(i, retry)
        serial = int(i.wait_job(name, "installed")["serial"], 16)
        r = explain(i, name)
        assert problems(r.json) == ["signs_itself"] and commands_of(r) == [away], r
        assert r.json["fixes"][0]["text"].startswith("One is issued, and waits behind it") and shown(i, name) == before
        type_it(i, away)
        met = {before}
        wait_until(lambda: met.add(shown(i, name)) or serial in met, lambda: met)
        assert met == {before, serial} and i.count("issue", name) == 1
        r = explain(i, name)
        assert r.code == 0 and problems(r.json) == [] and r.json["certificates"][0]["signs_itself"] is False, r
        wait_until(lambda: problems(on_the_page(i, name)) == [], lambda: on_the_page(i, name))
