# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl import: plans for what other programs keep, and copies of what nobody renews."""

import os
import subprocess

import pytest

from lib.ca import write
from lib.ctl import PROGRAM, environment, stores_beside
from lib.server import IS_ROOT

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="needs root")


@pytest.fixture
def stores(workdir, ca):
    return stores_beside(workdir, ca)


def layout(s, form):
    """(folder, names that are found there) as the program keeps it."""
    ca, home = s.ca, s.other
    leaf, wild = ca.leaf("a.test", "www.a.test", intermediate=True), ca.leaf("*.w.test", key="rsa")
    if form == "certbot":
        leaf.write_certbot(home, "a.test")
        wild.write_certbot(home, "w.test")
        return home + "/live", {"a.test"}
    if form == "acme.sh":
        leaf.write_acme_sh(home, "a.test")
        return home, {"a.test"}
    if form == "dehydrated":
        write(home + "/a.test/fullchain.pem", leaf.cert_pem + leaf.chain_pem)
        write(home + "/a.test/privkey.pem", leaf.key_pem, 0o600)
        return home, {"a.test"}
    if form == "lego":
        leaf.write_split(home + "/a.test.crt", home + "/a.test.key")
        write(home + "/a.test.issuer.crt", leaf.chain_pem)
        wild.write_split(home + "/_.w.test.crt", home + "/_.w.test.key")
        return home, {"a.test", "*.w.test"}
    write(home + "/a.test/cert.pem", leaf.cert_pem + leaf.chain_pem)
    write(home + "/private/a.test/key.pem", leaf.key_pem, 0o600)
    return home, {"a.test"}


FORMS = ["certbot", "acme.sh", "dehydrated", "lego", "uacme"]


@pytest.mark.parametrize("form", FORMS)
def test_kept_by_a_program_is_not_copied(stores, form):
    home, names = layout(stores, form)
    r = stores.ctl("import", form, home, "--json")
    d, unfound = r.json, {"www.a.test"} if form == "lego" else set()
    assert r.code == bool(unfound), r
    assert d["line"] == "dir:" + home and d["is_store"] is False and "msslctl install" in d["hook"]
    assert {p["name"] for p in d["pairs"] if p["action"] == "copy"} >= names
    assert {p["name"] for p in d["pairs"] if p["action"] != "copy"} == unfound, d
    text = stores.ctl("import", form, home).out
    assert "    MSSLCertStore dir:%s\n" % home in text and "nothing is copied" in text
    assert os.listdir(stores.store) == []
    stores.stores.append("dir:" + home)
    stores.write(state_dir=stores.path + "/state")
    r = stores.ctl("import", form, home)
    assert r.code == bool(unfound) and "is a store of the server already: nothing to do" in r.out, r
    assert ("MSSLCertificate www.a.test " in r.out) is bool(unfound), r
    assert {n["state"] for n in stores.ctl("list", "--json").json["names"] if n["name"] in names} == {"valid"}


@pytest.mark.parametrize("form", FORMS)
def test_copied_for_who_moves_away(stores, form):
    home, names = layout(stores, form)
    r = stores.ctl("import", form, home, "--copy")
    assert r.code == 0 and "nothing was written" in r.err and os.listdir(stores.store) == [], r
    assert stores.ctl("import", form, home, "--copy", "--yes", "-n").code == 0 and os.listdir(stores.store) == []
    r = stores.ctl("import", form, home, "--copy", "--yes", "--json")
    assert r.code == 0 and {p["result"] for p in r.json["pairs"]} == {"installed"}, r
    found = {n["name"]: n["state"] for n in stores.ctl("list", "--json").json["names"]}
    assert set(found) >= names | {"www.a.test"} and set(found.values()) == {"valid"}
    r = stores.ctl("import", form, home, "--copy", "--yes", "--json")
    assert r.code == 0 and {p["action"] for p in r.json["pairs"]} == {"there"}, r
    assert stores.ctl("list", "a.test").out.count("(copied, renewed by nobody)") == 1
    leaf = stores.ca.leaf("a.test", days=99)
    leaf.write_joined(stores.other + "/next.pem")
    assert stores.ctl("install", "a.test", stores.other + "/next.pem", stores.other + "/next.pem", "--no-live").code == 0
    assert "copied" not in stores.ctl("list", "a.test").out
    assert "copied" in stores.ctl("list", "www.a.test").out


def test_any_tree_by_public_key(stores):
    s, ca = stores, stores.ca
    one = ca.leaf("one.test", "www.one.test", intermediate=True)
    write(s.other + "/panel/ssl/certs/17.txt", one.cert_pem)
    write(s.other + "/panel/ssl/keys/one_private", one.key_pem, 0o600)
    write(s.other + "/panel/ca/bundle", one.chain_pem)
    old, new = ca.leaf("two.test", days=20), ca.leaf("two.test", days=70)
    old.write_joined(s.other + "/backup/two.pem")
    new.write_split(s.other + "/x/new.crt", s.other + "/y/new.key")
    ca.expired("gone.test").write_joined(s.other + "/gone.pem")
    write(s.other + "/orphan.crt", ca.leaf("orphan.test").cert_pem)
    write(s.other + "/notes.txt", "nothing of interest\n")
    write(s.other + "/junk.bin", os.urandom(5000))
    os.symlink(s.other, s.other + "/loop")
    r = s.ctl("import", "dir", s.other, "--json")
    assert r.code == 0, r
    pairs = {p["name"]: p for p in r.json["pairs"]}
    assert {n: p["action"] for n, p in pairs.items()} == {
        "one.test": "copy", "www.one.test": "copy", "two.test": "copy", "gone.test": "expired"}
    assert {os.path.basename(f) for f in pairs["one.test"]["files"]} == {"17.txt", "one_private", "bundle"}
    assert {os.path.basename(f) for f in pairs["two.test"]["files"]} == {"new.crt", "new.key"}
    r = s.ctl("import", "dir", s.other, "--yes")
    assert r.code == 0 and "Copied" in r.out, r
    with open(s.store + "/one.test.pem") as f:
        text = f.read()
    assert one.cert_pem in text and one.chain_pem in text
    assert sorted(os.listdir(s.store)) == ["one.test.pem", "two.test.pem", "www.one.test.pem"]


@pytest.mark.parametrize("form, note", [("caddy", True), ("hestia", True), ("dir", False)])
def test_words_for_a_tree(stores, form, note):
    """Where another program goes on renewing them, the copies are said to be renewed by nobody."""
    s = stores
    home = s.other + "/certificates/acme-v02.api.letsencrypt.org-directory"
    s.ca.leaf("a.test", intermediate=True).write_split(home + "/a.test/a.test.crt", home + "/a.test/a.test.key")
    write(home + "/a.test/a.test.json", '{"sans": ["a.test"]}')
    r = s.ctl("import", form, s.other + "/certificates", "--json")
    assert r.code == 0 and [(p["name"], p["action"]) for p in r.json["pairs"]] == [("a.test", "copy")], r
    assert r.json["renews"] is note and os.listdir(s.store) == []
    r = s.ctl("import", form, s.other + "/certificates", "--yes")
    assert r.code == 0 and "Copied" in r.out and os.listdir(s.store) == ["a.test.pem"], r
    assert ("copied, renewed by nobody" in s.ctl("list").out) is note


def conf_of(s, form):
    ca = s.ca
    a, b = ca.leaf("a.test", intermediate=True), ca.leaf("b.test")
    a.write_split(s.other + "/tls/a.crt", s.other + "/tls/a.key")
    b.write_joined(s.other + "/tls/b.pem")
    if form == "httpd":
        write(s.other + "/sites/b.conf", 'SSLCertificateFile "%s/tls/b.pem"\n' % s.other)
        return write(s.other + "/httpd.conf", "ServerRoot %s\n<VirtualHost *:443>\n  sslcertificatefile tls/a.crt\n"
                     "  SSLCertificateKeyFile tls/a.key # comment\n</VirtualHost>\nIncludeOptional sites/*.conf\n"
                     "SSLCertificateFile ${GONE}/x.pem\nInclude httpd.conf\n" % s.other)
    if form == "nginx":
        write(s.other + "/sites/b.conf", "server { ssl_certificate %s/tls/b.pem; ssl_certificate_key %s/tls/b.pem; }\n"
              % (s.other, s.other))
        return write(s.other + "/nginx.conf", "http {\n server {\n  ssl_certificate tls/a.crt;\n  ssl_certificate_key "
                     "tls/a.key;\n }\n include sites/*;\n}\n")
    return write(s.other + "/haproxy.cfg", "global\n    crt-base %s/tls\nfrontend x\n    bind :443 ssl crt b.pem alpn h2\n"
                 "    bind :444 ssl crt %s/tls\n" % (s.other, s.other))


@pytest.mark.parametrize("form", ["httpd", "nginx", "haproxy"])
def test_what_a_configuration_names(stores, form):
    conf = conf_of(stores, form)
    r = stores.ctl("import", form, conf, "--yes", "--json")
    assert r.code == 0, r
    assert {p["name"]: p["result"] for p in r.json["pairs"]} == {"a.test": "installed", "b.test": "installed"}
    assert {n["name"]: n["state"] for n in stores.ctl("list", "--json").json["names"]} == {
        "a.test": "valid", "b.test": "valid"}


@pytest.mark.parametrize("args, code, says", [
    (["certbto"], 64, "did you mean 'certbot'"), (["dir"], 64, "name its PATH"), (["dir", "/nowhere/at/all"], 64, "is not there"),
    (["httpd", "/etc/hostname/x"], 64, "is not there")])
def test_wrong_arguments(stores, args, code, says):
    r = stores.ctl("import", *args)
    assert r.code == code and says in r.err, r


def test_no_command_of_foreign_bytes(stores):
    home = stores.other + "/it's $(here)"
    stores.ca.leaf("a.test").write_certbot(home, "a.test")
    r = stores.ctl("import", "certbot", home + "/live")
    assert r.code == 0 and "$(here)" not in r.out.partition("MSSLCertStore")[2], r
    assert stores.ctl("import", "certbot", home + "/live", "--json").json["line"] is None


def test_tab_in_a_name_is_left_out(stores):
    stores.ca.leaf("a.test").write_joined(stores.other + "/a\tb\n/etc/x.pem")
    r = stores.ctl("import", "dir", stores.other, "--yes", "--json")
    assert r.code == 0 and [(p["action"], p["files"]) for p in r.json["pairs"]] == [("unnamed", [])], r


def test_root_parses_nothing(stores):
    layout(stores, "dehydrated")
    trace = stores.path + "/trace"
    if subprocess.run(["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("needs strace")
    subprocess.run(["strace", "-o", trace, "-e", "trace=open,openat", PROGRAM, "--state-dir", stores.path + "/state", "import",
                    "dir", stores.other, "--yes"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    with open(trace) as f:
        lines = f.read().splitlines()
    assert os.path.exists(stores.store + "/a.test.pem") and not [x for x in lines if stores.other in x]
