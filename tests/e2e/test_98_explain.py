# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What explain tells of a name (contract section 13) is what happens to whoever asks for it."""

import os
import re
import socket

import pytest
from lib import http, tls
from lib.ca import write
from lib.server import wait_until
from lib.world import file_pair, new_address
from test_94_status import STATUS, get_json

CONF = """
MSSLInventory on 1s
MSSLCheckInterval 150ms
MSSLNegativeTimeout 150ms
MSSLCertStore dir:{dir}/store
MSSLDummyCertificate {dir}/dummy.pem
%s
""" + STATUS % "full" + """
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
DocumentRoot {dir}/www/first.test
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName a.test
ServerAlias own.wild.test x.wild.test *.bad.test old.test early.test soon.test broken.test gone.test off.wild.test
DocumentRoot {dir}/www/a.test
</VirtualHost>
<VirtualHost 127.0.0.1:{p1}>
ServerName a.test
ServerAlias soon.test old.test gone.test
MSSLForceHTTPS auto
DocumentRoot {dir}/www/a.test
</VirtualHost>
<VirtualHost 127.0.0.1:{p2}>
ServerName alone.test
SSLEngine on
SSLCertificateFile {dir}/alone.pem
DocumentRoot {dir}/www/a.test
</VirtualHost>
"""
SWITCH = "MSSLSwitchURL https://a.test:{p0}/go\n"

# name: verdict, severity, in the sentence, in a fix, its command
VERDICTS = {
    "a.test": ("fine", "fine", "fine. Visitors get the site", None, None),
    "own.wild.test": ("fine_wildcard", "fine", "by the wildcard certificate *.wild.test", None, None),
    "other.wild.test": ("wrong_site", "broken", "httpd gives it to the first, first.test", "ServerAlias other.wild.test", None),
    "old.test": ("expired", "broken", "EXPIRED 10 days ago", "not renewed", "msslctl install old.test CERT KEY [CHAIN]"),
    "early.test": ("not_yet_valid", "broken", "NOT YET VALID", "clock", "timedatectl"),
    "soon.test": ("urgent", "attention", "URGENT, ends in 3 days", "not renewed", "msslctl install soon.test CERT KEY [CHAIN]"),
    "broken.test": ("bad", "broken", "BROKEN. Visitors get a browser warning", "File its certificate",
                    "msslctl install broken.test CERT KEY [CHAIN]"),
    "x.wild.test": ("degraded", "attention", "served by the wildcard only", "File its certificate",
                    "msslctl install x.wild.test CERT KEY [CHAIN]"),
    "off.wild.test": ("excluded", "broken", "on purpose", "The file off.wild.test.none in a store", None),
    "gone.test": ("no_certificate", "broken", "There is no certificate for this name", "File its certificate",
                  "msslctl install gone.test CERT KEY [CHAIN]"),
    "soom.test": ("no_certificate", "broken", "NO CERTIFICATE", "A certificate for soon.test is there. A typing error?",
                  "msslctl install soom.test CERT KEY [CHAIN]"),
    "alone.test": ("not_guarded", "attention", "MSSLEngine is off", "MSSLEngine on", "apache2ctl graceful"),
}


@pytest.fixture(scope="module", params=["switch", "page", "reject"])
def world(request, module_server, ca):
    more = {"switch": SWITCH, "page": "MSSLNoSNI page\n", "reject": "MSSLNoSNI reject\nMSSLUnknownHost reject\n"}
    s = module_server(CONF % more[request.param], ports=3)
    store = s.path("store")
    for name, leaf in (("a.test", ca.leaf("a.test")), ("*.wild.test", ca.leaf("*.wild.test")), ("old.test", ca.expired("old.test")),
                       ("early.test", ca.not_yet("early.test")), ("soon.test", ca.leaf("soon.test", start=-86, days=4))):
        file_pair(leaf, store, name)
    for name in ("broken.test", "x.wild.test"):
        write(s.path("store", name + ".pem"), "garbage")
    write(s.path("store", "off.wild.test.none"), "")
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    ca.leaf("alone.test").write_joined(s.path("alone.pem"))
    for site in ("first.test", "a.test"):
        s.site(site)
    s.expect("MSSL0110", "MSSL0111", "AH01873")
    with s:
        wait_until(lambda: get_json(s)["inventory"]["complete"] and get_json(s)["totals"]["names"] == 8,
                   lambda: str(get_json(s)["totals"]))
        s.setup = request.param
        yield s


def explain(s, name):
    return get_json(s, "&host=" + name)


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(world, name):
    verdict, severity, says, text, command = VERDICTS[name]
    e = explain(world, name)
    if world.setup == "reject" and name in ("gone.test", "soom.test"):
        says = "The handshake is refused"
    assert (e["verdict"], e["severity"]) == (verdict, severity) and says in e["sentence"], e
    fixes = e["fixes"]
    assert (fixes == []) == (text is None) and (text is None or any(text in f["text"] for f in fixes)), fixes
    commands = [f["command"] for f in fixes if f["command"]]
    assert commands == ([command] if command else []), fixes


def visit(s, name, sni):
    """(certificate, answer, status, location) as explain tells them, and the serial that was shown."""
    try:
        with tls.Client(s.port, name if sni else None, source=new_address()).connect() as conn:
            r = http.Http1(conn).request(name, "/")
            serial = conn.serial
    except tls.TLSError as e:
        assert e.alert == ("server", tls.ALERT_NAME), e
        return ("none", "alert", None, None)
    answer = "site" if r.status == 200 else "redirect" if r.status == 302 else "page"
    return ("stand-in" if serial == s.dummy.serial else "its own", answer, None if r.status == 200 else r.status,
            r.get("Location"))


@pytest.mark.parametrize("sni", [True, False], ids=["sni", "no sni"])
@pytest.mark.parametrize("name", [n for n in VERDICTS if n != "alone.test"])
def test_it_is_what_happens(world, name, sni):
    told = explain(world, name)["with_sni" if sni else "without_sni"]
    seen = visit(world, name, sni)
    location = told["location"]
    if location:    # the port is the one that was asked for
        location = location.replace("https://%s/" % name, "https://%s:%d/" % (name, world.port)) \
            if "?" not in location else re.sub(r"\?https://([^/]+)/", r"?https://\1/", location)
    assert (told["certificate"], told["answer"], told["status"], location) == seen, told["text"]


@pytest.mark.parametrize("name,status", [("a.test", 302), ("soon.test", 302), ("old.test", 200), ("gone.test", 200)])
def test_plain_http(world, name, status):
    told = explain(world, name)["http"]
    with socket.create_connection(("127.0.0.1", world.ports[1]), 15) as sock:
        r = http.Http1(http.Wire(sock)).request(name, "/")
    assert r.status == status
    assert (told["answer"], told["status"]) == (("redirect", 302) if status == 302 else ("site", None))


def test_it_leaves_no_trace(world):
    before = get_json(world)
    for name in list(VERDICTS) * 3:
        explain(world, name)
    after = get_json(world)
    assert before["refused"] == after["refused"] and before["switch"] == after["switch"]
    # Those that ask are visitors of a.test themselves; nobody looks for the others.
    assert after["cache"]["misses"] - before["cache"]["misses"] < len(VERDICTS)


def test_a_store_that_is_away(new_server, ca):
    """What is not known may be there."""
    s = new_server(CONF % "MSSLCertStore dir:{dir}/other\n", ports=3)
    for store in ("store", "other"):
        file_pair(ca.leaf("a.test"), s.path(store), "a.test")
    for file in ("dummy.pem", "alone.pem"):
        ca.leaf("alone.test").write_joined(s.path(file))
    s.expect("MSSL0113", "MSSL0111", "MSSL0204", "AH01873")
    with s:
        wait_until(lambda: get_json(s)["inventory"]["complete"], "the first walk")
        os.rename(s.path("other"), s.path("gone"))
        wait_until(lambda: explain(s, "gone.test")["verdict"] == "store_unreachable", lambda: explain(s, "gone.test"))
        assert "dir:%s cannot be read" % s.path("other") in explain(s, "gone.test")["sentence"]
        assert explain(s, "a.test")["verdict"] == "no_sni_unreachable"
