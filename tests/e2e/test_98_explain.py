# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl explain: the verdict, and the virtual host, held against what httpd does."""

import json
import os
import re
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lib import tls
from lib.ca import write
from lib.ctl import PROGRAM, Ctl, Result, environment
from lib.server import marker, wait_until
from lib.world import ask

CAN_MOUNT = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                           stderr=subprocess.DEVNULL).returncode == 0

# Names, aliases and globs that overlap, in httpd's order.
VHOSTS = [("first.test", ""), ("one.test", "alias.test *.deep.one.test"), ("two.test", "*.test"),
          ("three.test", "three.alias.test ALIAS.test"), ("exact.deep.one.test", "w?ld.example"),
          ("four.example", "*.example")]


def vhost(port, name, aliases, body=""):
    alias = "ServerAlias %s\n" % aliases if aliases else ""
    return "<VirtualHost 127.0.0.1:{p%d}>\nServerName %s\n%sDocumentRoot {dir}/www/%s\n%s</VirtualHost>\n" % (
        port, name, alias, name, body)


@pytest.fixture(scope="module")
def server(module_server, ca):
    conf = "MSSLCertStore dir:{dir}/store\nMSSLDummyCertificate {dir}/dummy.pem\nMSSLExpiryWarn 30d 12d\n"
    for i, (name, aliases) in enumerate(VHOSTS):
        conf += vhost(0, name, aliases, "SSLEngine on\nMSSLEngine on\n" if i == 0 else "")
    conf += vhost(1, "plain.invalid", "", "SSLEngine on\nSSLCertificateFile {dir}/dummy.pem\n")
    s = module_server(conf, expect=["MSSL0110", "MSSL0111", "MSSL0014"])
    for name in [name for name, _ in VHOSTS] + ["plain.invalid"]:
        s.site(name)
    ca.leaf("dummy.invalid").write_joined(s.path("dummy.pem"))
    for name in ("*.test", "*.one.test", "*.deep.one.test", "*.alias.test", "*.example"):
        ca.leaf(name).write_joined(s.path("store", name.replace("*", "_") + ".pem"))
    ca.leaf("one.test").write_joined(s.path("store", "one.test.pem"))
    ca.leaf("two.test", days=20).write_joined(s.path("store", "two.test.pem"))
    ca.leaf("urgent.alias.test", days=10).write_joined(s.path("store", "urgent.alias.test.pem"))
    ca.expired("old.invalid").write_joined(s.path("store", "old.invalid.pem"))
    os.chmod(s.path("store", "two.test.pem"), 0o600)
    with open(s.path("store", "not.alias.test.none"), "w"):
        pass
    with s:
        yield s


NAMES = ["first.test", "one.test", "ALIAS.test.", "a.deep.one.test", "exact.deep.one.test", "two.test", "any.test",
         "three.test", "three.alias.test", "wild.example", "wiild.example", "four.example", "x.alias.test"]


@pytest.mark.parametrize("name", NAMES)
def test_virtual_host_is_the_one_that_httpd_takes(server, name):
    d = Ctl(server)("explain", name, "--json").json
    with tls.Client(server.port, name.rstrip(".")).connect() as conn:
        body = ask(server, conn, name).body
    assert body == marker(d["site"]["server_name"]) + "\n", (d["site"], body)
    assert d["site"]["document_root"].endswith("/" + d["site"]["server_name"])


@pytest.mark.parametrize("name, verdict, code", [
    ("one.test", "fine", 0), ("any.test", "fine_wildcard", 0), ("two.test", "expiring", 1), ("urgent.alias.test", "urgent", 1),
    ("nothing.invalid", "no_certificate", 2), ("not.alias.test", "excluded", None), ("old.invalid", "expired", 2),
    ("a..b", "not_a_name", None), ("plain.invalid", "not_guarded", None)])
def test_verdicts(server, name, verdict, code):
    r = Ctl(server)("explain", name, "--json")
    if verdict in ("fine", "fine_wildcard"):
        assert r.json["verdict"] in (verdict, "no_sni_unreachable"), r   # there is no switch
    else:
        assert r.json["verdict"] == verdict, r
        assert code is None or r.code == code, r
    text = Ctl(server)("explain", name, env={"COLUMNS": "80"})
    assert text.code == r.code and all(len(line) <= 80 or "/" in line for line in text.out.splitlines()), text
    assert text.out.split(":")[0] == name


def test_who_takes_it_out(server):
    """Which file, of which wildcard, whose and since when; the command removes that file."""
    path = server.path("store", "not.alias.test.none")
    os.utime(path, (1790899200, 1790899200))
    r = Ctl(server)("explain", "not.alias.test", "--no-live", "--no-dns", env={"COLUMNS": "400"})
    owner = "root" if os.getuid() == 0 else "user id %d" % os.getuid()
    assert "%s takes it out of *.alias.test (%s, 2026-10-02)" % (path, owner) in r.out and "rm " + path in r.out, r
    looked = Ctl(server)("explain", "not.alias.test", "--no-live", "--no-dns", "--json").json["looked"][0]
    assert (looked["file"], looked["filed"], looked["uid"]) == (path, "2026-10-02T00:00:00Z", os.getuid()), looked


def explain_beside(server, *args):
    """With a machine's /var/lib that has dehydrated's folder alone, in a mount namespace of its own."""
    script = ("mount -t tmpfs tmpfs /var/lib && mkdir -p /var/lib/dehydrated/certs && "
              "cp -r \"$1\"/. /var/lib/dehydrated/certs && shift && exec \"$@\"")
    run = ["unshare", "-m", "sh", "-c", script, "sh", server.path("certs"), PROGRAM, "--state-dir", Ctl(server).state]
    return Result(subprocess.run([*run, "explain", *args, "--no-live", "--no-dns"], capture_output=True, text=True,
                                 env=environment(COLUMNS="400"), timeout=120))


@pytest.mark.skipif(not CAN_MOUNT, reason="no mount is allowed here")
def test_newer_beside_the_stores(server, ca):
    """What an ACME client has, and no store: where, until when, and the command that says what to do."""
    def keep(name, leaf):
        folder = server.path("certs", name)
        os.makedirs(folder, exist_ok=True)
        write(os.path.join(folder, "fullchain.pem"), leaf.cert_pem + leaf.chain_pem)
        write(os.path.join(folder, "privkey.pem"), leaf.key_pem)

    keep("old.invalid", ca.leaf("old.invalid"))
    keep("nothing.invalid", ca.leaf("nothing.invalid"))
    keep("wrong.invalid", ca.leaf("elsewhere.invalid"))
    keep("two.test", ca.leaf("two.test", days=10))      # what is in service ends later
    for name in ("old.invalid", "nothing.invalid"):
        r = explain_beside(server, name)
        assert re.search(r"Newer file +/var/lib/dehydrated/certs/%s/fullchain.pem \(dehydrated\) is valid until "
                         r"\d{4}-\d\d-\d\d, but in no store" % name, r.out), r
        d = explain_beside(server, name, "--json").json
        assert d["newer"]["form"] == "dehydrated" and d["fixes"][0]["command"] == "msslctl import dehydrated", d
    r = explain_beside(server, "old.invalid")
    assert "store/old.invalid.pem: nothing better in any store, no wildcard covers it" in r.out, r
    for name in ("wrong.invalid", "two.test", "one.test"):
        r = explain_beside(server, name, "--json")
        assert r.json["newer"] is None and "dehydrated" not in r.out, r


def test_typing_error(server):
    r = Ctl(server)("explain", "old.invlaid", env={"COLUMNS": "50"})    # commands are not folded
    assert "old.invalid" in r.out and "typing error" in r.out and "    msslctl install old.invlaid CERT KEY [CHAIN]\n" in r.out, r


def test_letters_beyond_ascii(server):
    """What people type is taken; which name that is for everybody else is said."""
    r = Ctl(server)("explain", "B\u00fccher.invalid", "--json", "--no-live")
    assert r.json["name"] == "xn--bcher-kva.invalid" and r.json["verdict"] == "no_certificate", r
    assert r.err == "msslctl explain: in ASCII the name is 'xn--bcher-kva.invalid'\n", r
    assert Ctl(server)("explain", "b\u00fccher.invalid", "-q", "--no-live").err == ""


def test_incomplete_chain(server, ca):
    """Browsers that fetch what is missing hide it; what a CA calls ca-bundle mends it."""
    leaf, path = ca.leaf("chain.test", intermediate=True, aia="http://ca.invalid/1"), server.path("store", "chain.test.pem")
    write(path, leaf.cert_pem + leaf.key_pem)
    r = Ctl(server)("explain", "chain.test", "--json", "--no-live")
    assert r.code == 1 and r.json["severity"] == "attention" and "CHAIN IS INCOMPLETE" in r.json["sentence"], r
    assert r.json["problems"][0]["id"] == "incomplete_chain" and r.json["certificates"][0]["chain_complete"] is False
    assert "msslctl install chain.test CERT KEY CHAIN" in [f["command"] for f in r.json["fixes"]], r
    leaf.write_joined(path)
    d = Ctl(server)("explain", "chain.test", "--json", "--no-live").json
    assert d["problems"] == [] and d["severity"] == "fine" and d["certificates"][0]["chain_complete"] is True, d


def test_weak_key(server, ca):
    """It is not served, and the reason says what to ask the CA for."""
    ca.leaf("weak.invalid", key=rsa.generate_private_key(65537, 1024)).write_joined(server.path("store", "weak.invalid.pem"))
    r = Ctl(server)("explain", "weak.invalid", "--json", "--no-live")
    assert (r.code, r.json["verdict"]) == (2, "bad"), r
    assert "has only 1024 bits" in r.json["sentence"] and "RSA 2048 or ECDSA P-256" in r.json["sentence"], r


def test_what_is_known_of_a_certificate(server, ca):
    leaf = ca.leaf("both.alias.test", "more.alias.test", key="rsa", intermediate=True, serial=0x0123456789ab)
    leaf.write_joined(server.path("store", "both.alias.test.pem"))
    r = Ctl(server)("explain", "both.alias.test", "--json", "--no-live")
    one, = r.json["certificates"]
    assert set(one["names"]) == {"both.alias.test", "more.alias.test"} and one["serial"] == "0123456789ab", one
    assert (one["key_type"], one["bits"], one["lifetime_days"], one["chain_complete"]) == ("RSA", 2048, 91, True), one
    assert one["issuer"] == "mssl test CA intermediate" and one["key_file"] == one["file"], one
    assert r.json["site"]["address"] == "127.0.0.1:%d" % server.port and r.json["site"]["https_engine"] is False
    assert r.json["without_sni"]["page"] == "MSSL-P02" and r.json["without_sni"]["needs"] == "MSSLSwitchURL"
    text = Ctl(server)("explain", "both.alias.test", "--no-live", env={"COLUMNS": "400"}).out
    assert "by mssl test CA intermediate on " in text and " for 91 days, to " in text, text


def test_settings_are_the_servers_own(server):
    ctl = Ctl(server)
    assert ctl("check", "two.test").code == 1           # MSSLExpiryWarn 30d
    assert ctl("check", "two.test", "--warn", "15d").code == 0


STATUS = "<Location /status>\nSetHandler mssl-status\nMSSLStatus full\n</Location>\n"


@pytest.fixture(scope="module")
def plain_server(module_server, ca):
    """Each name has its plain virtual host on a port of its own, and its own rule for http there."""
    conf = "MSSLCertStore dir:{dir}/store\nMSSLDummyCertificate {dir}/dummy.pem\nMSSLInventory on 1s\n"
    conf += vhost(0, "to.test", "stay.test", STATUS + "SSLEngine on\nMSSLEngine on\n")
    conf += vhost(1, "other.test", "", "MSSLForceHTTPS on\n")
    conf += vhost(2, "to.test", "", "MSSLForceHTTPS on\n")
    conf += vhost(3, "stay.test", "", "MSSLForceHTTPS none\n")
    s = module_server(conf, ports=4)
    ca.leaf("dummy.invalid").write_joined(s.path("dummy.pem"))
    for name in ("to.test", "stay.test"):
        ca.leaf(name).write_joined(s.path("store", name + ".pem"))
    with s:
        yield s


@pytest.mark.parametrize("name, answer", [("to.test", "redirect"), ("stay.test", "site")])
def test_http_is_as_the_virtual_host_of_the_name_has_it(plain_server, name, answer):
    def look():
        with tls.Client(plain_server.port, name).connect() as conn:
            seen = json.loads(ask(plain_server, conn, name, path="/status?format=json&host=" + name).body)
        return seen["verdict"] != "unknown" and seen
    seen = wait_until(look, "the first walk")
    for d in (Ctl(plain_server)("explain", name, "--json").json, seen):
        assert d["http"] is not None and d["http"]["answer"] == answer, d
