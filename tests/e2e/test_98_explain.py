# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl explain: the verdict, and the virtual host, held against what httpd does."""

import json
import os

import pytest

from lib import tls
from lib.ctl import Ctl
from lib.server import marker, wait_until
from lib.world import ask

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


def test_typing_error(server):
    r = Ctl(server)("explain", "old.invlaid", env={"COLUMNS": "50"})    # commands are not folded
    assert "old.invalid" in r.out and "typing error" in r.out and "    msslctl install old.invlaid CERT KEY [CHAIN]\n" in r.out, r


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
