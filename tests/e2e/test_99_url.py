# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl --url: what the status says, printed as what the files say; and each way in which it cannot be asked."""

import os
import pwd
import re
import subprocess
import tempfile

import pytest

from lib.ca import write
from lib.ctl import Ctl, msslctl
from lib.server import IS_ROOT, free_ports, wait_until

CONF = """MSSLCertStore dir:{dir}/store
MSSLDummyCertificate {dir}/dummy.pem
MSSLInventory on 1s
MSSLExpiryWarn 25% 12%
<VirtualHost 127.0.0.1:{p0}>
ServerName localhost
ServerAlias *.test
DocumentRoot {dir}/www/localhost
SSLEngine on
MSSLEngine on
<Location /status>
SetHandler mssl-status
MSSLStatus full
</Location>
<Location /secret>
SetHandler mssl-status
MSSLStatus full
AuthType Basic
AuthName status
AuthUserFile {dir}/passwords
Require user bob
</Location>
<Location /denied>
SetHandler mssl-status
MSSLStatus full
Require all denied
</Location>
<Location /summary>
SetHandler mssl-status
MSSLStatus summary
</Location>
<Location /off>
SetHandler mssl-status
</Location>
Redirect 302 /moved https://localhost/status
</VirtualHost>
"""
MODULES = ["auth_basic", "authn_file", "authz_user", "authn_core"]
SECRET = "correct-horse-battery"


class Remote:
    def __init__(self, server, home):
        self.s, self.home = server, home

    def __call__(self, *args, path="/status", scheme="https", home=None, env=None, **kw):
        url = "%s://localhost:%d%s" % (scheme, self.s.port, path)
        return msslctl(*args, "--url", url, env={"CURL_CA_BUNDLE": self.s.path("ca.pem"), "HOME": home or self.home,
                                                 **(env or {})}, **kw)


@pytest.fixture(scope="module")
def remote(module_server, ca, workdir):
    s = module_server(CONF, modules=MODULES, expect=["MSSL0110", "MSSL0111", "MSSL0214", "AH01630", "AH01617", "AH01618"])
    s.site("localhost")
    s.site("localhost", '{"schema": "other/1"}', "other.json")
    ca.write(s.path("ca.pem"))
    ca.leaf("dummy.invalid").write_joined(s.path("dummy.pem"))
    for leaf, file in ((ca.leaf("localhost"), "localhost"), (ca.leaf("fine.test", days=80, intermediate=True), "fine.test"),
                       (ca.leaf("both.test", key="rsa"), "both.test.rsa"), (ca.leaf("both.test"), "both.test.ecdsa"),
                       (ca.leaf("*.wild.test", days=70, intermediate=True), "_.wild.test"), (ca.leaf("soon.test", days=5), "soon.test"),
                       (ca.expired("old.test"), "old.test"), (ca.leaf("mail-1.near.test"), "mail-1.near.test"),
                       (ca.leaf("mail-02.near.test"), "mail-02.near.test")):
        os.chmod(leaf.write_joined(s.path("store", file + ".pem")), 0o600)
    write(s.path("store", "broken.test.pem"), "nothing in it\n", 0o600)
    write(s.path("store", "none.test.none"), "", 0o600)
    hashed = subprocess.run(["openssl", "passwd", "-apr1", SECRET], check=True, stdout=subprocess.PIPE, text=True).stdout
    write(s.path("passwords"), "bob:" + hashed, 0o644)
    home = tempfile.mkdtemp(dir=workdir)
    r = Remote(s, home)
    with s:
        wait_until(lambda: (lambda d: d.code == 0 and len(d.json["names"]) == 10 and d.json["complete"])(
            r("list", "--json")), "the first walk", 60)
        yield r


# What is not there -> what is likely meant. A wildcard is no name, and "s" for "*" no typing error.
NEAR = {"fine.tset": "fine.test", "mail-0.near.test": "mail-02.near.test", "mail-00.near.test": "mail-02.near.test"}


def lines(text):
    return [line.split() for line in text.splitlines()]


@pytest.mark.parametrize("args", [
    ["list"], ["list", "--plain"], ["list", "--sort", "expiry"], ["list", "*.test", "--limit", "3"],
    ["list", "--state", "expired,urgent,bad"], ["list", "--expires-within", "30"], ["check"], ["check", "--plain"],
    ["check", "fine.test", "a.wild.test", "nothing.invalid"], ["check", "--nagios"]])
def test_prints_the_same(remote, args):
    here, there = Ctl(remote.s)(*args), remote(*args)
    assert there.code == here.code and lines(there.out) == lines(here.out), (here, there)


@pytest.mark.parametrize("name", ["fine.test", "a.wild.test", "soon.test", "old.test", "broken.test", "none.test",
                                  "nothing.invalid", "nothing.test", "a..b", "localhost", "fine.tset", "a.wild.tets", "x.near.test",
                                  "mail-0.near.test", "mail-00.near.test"])
def test_explains_the_same(remote, name):
    here = Ctl(remote.s)("explain", name, "--no-live", "--no-dns")
    there = remote("explain", name)
    # Who issued a certificate, and for what, stands in files alone, which the status does not read.
    known = [line for line in lines(here.out) if line[0] != "Issued"]
    # So does which file takes a name out of a wildcard.
    path = remote.s.path("store", "none.test.none")
    known = [line[:3] + ["found"] if path in line and line[0] == "Looked" else line
             for line in known if line[:2] not in (["rm", path], ["Why", path])]
    assert there.code == here.code and lines(there.out) == known, (here, there)
    assert ("Near miss" in here.out) == (name in NEAR) and NEAR.get(name, "") in here.out, here
    here = Ctl(remote.s)("explain", name, "--no-live", "--no-dns", "--json").json
    there = remote("explain", name, "--json").json
    assert set(here) == set(there)
    for row in here["looked"]:
        if row["state"] == "expired":
            row["reason"] = None        # the inventory's own words for it are not repeated
        if row["file"] == path:
            row.update(dict.fromkeys(("store", "file", "filed", "uid")))
    for fix in here["fixes"]:
        if fix["command"] == "rm " + path:
            fix["command"] = None
    for key in set(here) - {"time", "certificates"}:
        assert here[key] == there[key], key
    assert [set(c) for c in here["certificates"]] == [set(c) for c in there["certificates"]]
    for one, other in zip(here["certificates"], there["certificates"]):
        for key in ("key_type", "not_after", "days_left", "file", "store", "by", "in_service"):
            assert one[key] == other[key], key
        for key in ("names", "bits", "issuer", "serial", "not_before", "lifetime_days", "key_file"):
            assert one[key] is not None and other[key] is None, key


def test_json_is_the_same(remote):
    def bare(rows):
        return [{k: row[k] for k in ("name", "state", "store", "file", "not_after", "key_types", "days_left")} for row in rows]
    here, there = Ctl(remote.s)("list", "--json").json, remote("list", "--json").json
    assert set(here) == set(there) and bare(here["names"]) == bare(there["names"])
    here, there = Ctl(remote.s)("check", "--json").json, remote("check", "--json").json
    assert here["totals"] == there["totals"] and bare(here["attention"]) == bare(there["attention"])
    here, there = Ctl(remote.s)("state", "--json").json, remote("state", "--json").json
    assert set(here) == set(there)
    assert [there[k] for k in ("running", "version", "stores")] == [here[k] for k in ("running", "version", "stores")]


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_without_root(remote):
    nobody = pwd.getpwnam("nobody")
    who = dict(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    assert Ctl(remote.s)("list", **who).code == 3
    r = remote("list", home="/nonexistent", **who)
    assert r.code == 0 and "fine.test" in r.out, r


def test_password(remote, workdir):
    r = remote("state", path="/secret")
    assert r.code == 3 and r.out == "" and "401, it wants a user and a password" in r.err and ".netrc" in r.err, r
    home = tempfile.mkdtemp(dir=workdir)
    write(home + "/.netrc", "machine localhost login bob password %s\n" % SECRET, 0o600)
    assert remote("state", path="/secret", home=home).code == 0
    write(home + "/.netrc", "machine localhost login bob password wrong\n", 0o600)
    r = remote("state", path="/secret", home=home)
    assert r.code == 3 and "401, the user and password" in r.err and "wrong" not in r.err, r


def fake_curl(workdir, script):
    folder = tempfile.mkdtemp(dir=workdir)
    os.chmod(folder, 0o777)
    with open(folder + "/curl", "w") as f:
        f.write("#!/bin/sh\n" + script)
    os.chmod(folder + "/curl", 0o755)
    return folder


def test_what_curl_is_given(remote, workdir):
    """No shell, no configuration, no right; the secret by a pipe and not among the arguments."""
    folder = fake_curl(workdir, 'd=${0%/*}; id -u >$d/id; printf "%s\\n" "$@" >$d/args; cat >$d/in; grep NoNewPrivs /proc/self/status >$d/privs\n')
    os.chmod(workdir, 0o755)
    home = tempfile.mkdtemp(dir=workdir)
    write(home + "/.netrc", "machine localhost login bob password %s\n" % SECRET, 0o600)
    r = remote("explain", "a;$(reboot) \x1b@-", home=home, env={"PATH": "%s:%s" % (folder, os.environ["PATH"])})
    assert r.code == 3 and "answers 0" in r.err, r
    with open(folder + "/args") as f:
        args = f.read()
    assert SECRET not in args and "\n--data-urlencode\nhost=a;$(reboot) \x1b@-\n" in args and args.startswith("--disable\n")
    with open(folder + "/in") as f:
        assert SECRET in f.read()
    with open(folder + "/id") as f:
        assert int(f.read()) != 0 or not IS_ROOT
    with open(folder + "/privs") as f:
        assert f.read().split() == ["NoNewPrivs:", "1"]


@pytest.mark.parametrize("url", ["nonsense", "ftp://localhost/", "https://", "https:///x", "https://bob:pw@localhost/",
                                 "https://a b/", "https://localhost/#x", "https://\u00e4/", "--json"])
def test_no_url(url):
    r = msslctl("check", "--url=" + url)
    assert r.code == 3 and r.out == "" and "is not the URL of a status" in r.err and "https://HOST[:PORT]/PATH" in r.err, r
    assert r.err.isascii()


@pytest.mark.parametrize("path, says", [
    ("/denied", "403, it is not shown to us"), ("/off", "404, no status is there.*MSSLStatus full"),
    ("/nothing", "404"), ("/index.html", "is no status of mod_mssl's"), ("/other.json", "is no status of mod_mssl's"),
    ("/moved", "answers 302"), ("/summary", "403.*MSSLStatus full")])
def test_each_answer_has_its_sentence(remote, path, says):
    for args in (["list"], ["check", "--json"], ["check", "--nagios"], ["explain", "fine.test"]):
        r = remote(*args, path=path)
        assert r.code == 3 and r.out == "" and re.search(says, r.err) and r.err.count("\n") == 1, r


def test_who_is_not_proven_is_not_believed(remote):
    r = remote("list", env={"CURL_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt"})
    assert r.code == 3 and r.out == "" and "its certificate is not proven" in r.err, r
    r = remote("list", scheme="http")
    assert r.code == 3 and "answers 400" in r.err, r


def test_nobody_is_there(remote, workdir):
    port, = free_ports(1)
    r = msslctl("list", "--url", "https://localhost:%d/status" % port)
    assert r.code == 3 and "nobody answers there" in r.err, r
    for code, says in ((6, "there is no such host"), (28, "no answer in 30 s"), (63, "too long"), (56, "it could not be asked")):
        folder = fake_curl(workdir, 'cat >/dev/null; printf "\\033[31mwords" >&2; exit %d\n' % code)
        r = remote("list", env={"PATH": "%s:%s" % (folder, os.environ["PATH"])})
        assert r.code == 3 and says in r.err and "\x1b" not in r.err, r
    r = remote("list", env={"PATH": workdir})
    assert r.code == 3 and "curl, which asks, is not there" in r.err, r


def test_not_looked_through_yet(new_server, ca, workdir):
    s = new_server(CONF.replace("MSSLInventory on 1s", "MSSLInventory off"), modules=MODULES)
    ca.write(s.path("ca.pem"))
    write(s.path("passwords"), "", 0o644)
    for name, file in (("dummy.invalid", "dummy.pem"), ("localhost", "store/localhost.pem")):
        ca.leaf(name).write_joined(s.path(file))
    with s:
        r = Remote(s, workdir)("check")
    assert r.code == 3 and "503, the stores have not been looked through yet" in r.err, r


@pytest.mark.parametrize("args", [["check", "--warn", "30d"], ["list", "--urgent", "5%"], ["explain", "a.test", "--page"],
                                  ["explain", "a.test", "--address", "127.0.0.1:1"], ["state", "--state-dir", "/x"],
                                  ["check", "--jobs", "2"], ["check", "--cached"], ["check", "--notify-test"]])
def test_what_does_not_go_together(args):
    r = msslctl(*args, "--url", "https://localhost/")
    assert r.code == 64 and next(a for a in args if a.startswith("--")) in r.err and "--url" in r.err, r
