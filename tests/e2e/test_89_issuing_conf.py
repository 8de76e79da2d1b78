# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Issuing as httpd has it: its directives, what a start makes and tells, and the store of what is issued."""

import hashlib
import json
import os
import pwd
import shutil
import stat
import tempfile

import pytest
from lib import broker, tls
from lib.ca import write
from lib.ctl import Ctl
from lib.server import BROKER_USER, IS_ROOT, WWW, wait_until
from lib.steward import STEWARD_USER, USERS, install, own_ids
from lib.world import new_address
from test_91_server_json import dump

ISSUE = "MSSLIssueFor vhosts\nMSSLIssuer ca {dir}/issuer --directory https://ca.test/dir --contact a@a.test\n"
CONF = USERS + """MSSLCheckInterval 150ms
MSSLNegativeTimeout 150ms
MSSLInventory on 1s
MSSLDummyCertificate {dir}/dummy.pem
%s<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName a.test
%s</VirtualHost>
"""


def make(new_server, ca, issue=ISSUE, store="", vhost="", conf=CONF, **kw):
    s = new_server(conf % (issue + store, vhost), ports=2, **kw)
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    write(s.path("issuer"), "#!/bin/sh\nexit 31\n", 0o755)
    install(s)
    return s


def state(s, *path):
    return s.path("run", "mssl", *path)


def serial(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial


def wait_serial(s, name, leaf):
    wait_until(lambda: serial(s, name) == leaf.serial, "the certificate of " + name)


def issue(s, leaf, name):
    """As the steward puts it there."""
    folder = state(s, "issued", hashlib.sha256(name.encode()).hexdigest()[:2])
    os.makedirs(folder, mode=0o700, exist_ok=True)
    file = os.path.join(folder, name + ".pem")
    leaf.write_joined(file)
    for path, mode in ((folder, 0o700), (file, 0o600)):
        os.chown(path, *own_ids())
        os.chmod(path, mode)
    return file


BAD = [
    ("MSSLIssueFor everybody", "MSSLIssueFor: 'everybody' is not known, use vhosts, list:FILE, "
     "folders:PATTERN, ask:PROGRAM or requests"),
    ("MSSLIssueFor folders:/srv/www", "MSSLIssueFor: 'folders:/srv/www' does not end in '/%0'"),
    ("MSSLIssueFor folders:{dir}/none/%0", "MSSLIssueFor: '{dir}/none': does not exist; create it or mount it"),
    ("MSSLIssueFor ask:panel-ask", "MSSLIssueFor: panel-ask: is no absolute path"),
    ("MSSLIssueFor ask:/bin/true ask:/bin/false", "MSSLIssueFor: there is 'ask:/bin/true' already; have one program ask"),
    ("MSSLIssueFor list:", "MSSLIssueFor: '' is not a path"),
    ("MSSLIssueFor list:{dir}/none", "MSSLIssueFor: '{dir}/none': does not exist"),
    ("MSSLIssueFor list:{dir}/open", "MSSLIssueFor: '{dir}/open': is writable by others than its owner, run: chmod"),
    ("MSSLIssueFor list:{dir}/wide/list", "MSSLIssueFor: '{dir}/wide/': is writable by others"),
    ("MSSLIssueFor list:{dir}/wide", "MSSLIssueFor: '{dir}/wide': is no regular file"),
    ("MSSLIssuer ca", "MSSLIssuer: no program is named, use NAME PROGRAM"),
    ("MSSLIssuer CA {dir}/issuer", "MSSLIssuer: 'CA' is no name, use 1 to 32 of a-z, 0-9"),
    ("MSSLIssuer -ca {dir}/issuer", "MSSLIssuer: '-ca' is no name"),
    ("MSSLIssuer %s {dir}/issuer" % ("a" * 33), "is no name"),
    ("MSSLIssuer ca acme.sh", "MSSLIssuer: 'acme.sh' is not shipped, use the path of a program, uacme, lego, manual or "
     "reseller"),
    ("MSSLIssuer ca {dir}/none", "MSSLIssuer: {dir}/none: does not exist"),
    ("MSSLIssuer ca {dir}/plain", "MSSLIssuer: {dir}/plain: is not executable, run: chmod 755"),
    ("MSSLIssuer ca {dir}/loose", "MSSLIssuer: {dir}/loose: is writable by others"),
    ("MSSLIssuer ca bin/issuer", "MSSLIssuer: bin/issuer: is no absolute path"),
    ("MSSLIssuer ca {dir}/issuer\nMSSLIssuer ca {dir}/issuer", "MSSLIssuer: there is a 'ca' already"),
    ("MSSLIssuer ca {dir}/issuer --directory", "MSSLIssuer: '--directory' needs a value behind it"),
    ("MSSLIssuer ca {dir}/issuer --env {dir}/none", "MSSLIssuer: '{dir}/none': does not exist"),
    ("MSSLIssuer ca {dir}/issuer --eab secret", "MSSLIssuer: 'secret' is no absolute path"),
    ("MSSLIssuer ca {dir}/issuer --eab {dir}/open", "MSSLIssuer: '{dir}/open': has a secret in it"),
    ("MSSLIssuer ca {dir}/issuer --env {dir}/plain", "MSSLIssuer: '{dir}/plain': has a secret in it"),
    ("MSSLIssuer ca {dir}/issuer --env={dir}/plain", "MSSLIssuer: '{dir}/plain': has a secret in it"),
    ("MSSLIssuer ca {dir}/issuer --dns-hook", "MSSLIssuer: '--dns-hook' needs a value behind it"),
    ("MSSLIssuer ca {dir}/issuer --dns-hook {dir}/plain", "MSSLIssuer: {dir}/plain: is not executable, run: chmod 755"),
    ("MSSLIssuer ca {dir}/issuer --dns-hook={dir}/loose", "MSSLIssuer: {dir}/loose: is writable by others"),
    ("MSSLIssuer ca {dir}/issuer --ca-file {dir}/none", "MSSLIssuer: '{dir}/none': does not exist"),
    ("MSSLIssueKey dsa", "MSSLIssueKey: 'dsa' is not known, use ecdsa or rsa"),
    ("MSSLIssueLimit all 1/1h", "MSSLIssueLimit: 'all' is not known, use orders, domain or name"),
    ("MSSLIssueLimit name 0/1h", "MSSLIssueLimit: '0/1h' is not of the form N/TIME"),
    ("MSSLIssueLimit name 5", "MSSLIssueLimit: '5' is not of the form N/TIME"),
    ("MSSLIssueLimit name 5/0d", "MSSLIssueLimit: '0d' is not a time"),
    ("MSSLRenewWindow 30", "MSSLRenewWindow: '30' is no part of a lifetime, use 1% to 90%"),
    ("MSSLRenewWindow 95%", "MSSLRenewWindow: '95%' is no part of a lifetime"),
    ("<VirtualHost 127.0.0.1:{p1}>\nMSSLIssueFor vhosts\n</VirtualHost>", "MSSLIssueFor: is for the whole server"),
    ("<VirtualHost 127.0.0.1:{p1}>\nMSSLIssueKey rsa\n</VirtualHost>", "MSSLIssueKey: is for the whole server"),
]


@pytest.fixture
def files(new_server, ca):
    s = make(new_server, ca, issue="")
    write(s.path("list"), "a.test\n")
    for name, mode in (("open", 0o666), ("plain", 0o644), ("loose", 0o775), ("wide/list", 0o644)):
        write(s.path(name), "#!/bin/sh\n", mode)
        os.chmod(s.path(name), mode)
    os.chmod(s.path("wide"), 0o777)
    return s


@pytest.mark.parametrize("lines, says", BAD, ids=[b[0].replace("\n", " ") for b in BAD])
def test_refused(files, lines, says):
    code, out = files.configtest(files.conf + lines + "\n")
    assert code != 0 and files.fill(says) in out, out


def test_taken(files):
    s = files
    write(s.path("secret"), "KEY=1\n", 0o640)
    if IS_ROOT:
        os.chown(s.path("secret"), 0, own_ids()[1])
    write(s.path("list"), "a.test\nb\xfcro.test\n!c.test\nd.test soon\n".encode("latin-1"))
    code, out = s.configtest(s.conf + """MSSLIssueFor vhosts list:{dir}/list
MSSLIssueFor requests
MSSLIssuer one {dir}/issuer --env {dir}/secret --ca-file {dir}/list
MSSLIssuer two {dir}/issuer --by-request
MSSLIssueKey RSA
MSSLIssuePreflight off
MSSLIssueLimit orders 10/1m
MSSLIssueLimit domain 50/7d
MSSLIssueLimit name 1/500s
MSSLRenewWindow 50%
""")
    assert code == 0, out
    assert out.count("MSSL0233") == 2 and "list" in out, out      # the lines that do not count


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
@pytest.mark.parametrize("what", ["list", "folder"])
def test_list_of_httpds_user(files, what):
    s = files
    write(s.path("theirs", "list"), "a.test\n")
    os.chown(s.path("theirs", "list") if what == "list" else s.path("theirs"), pwd.getpwnam(WWW).pw_uid, -1)
    code, out = s.configtest(s.conf + "MSSLIssueFor list:{dir}/theirs/list\n")
    assert code != 0 and "belongs to httpd's User" in out, out


@pytest.mark.parametrize("issue, says", [
    ("MSSLIssueFor vhosts\n", "nobody makes certificates; name who"),
    ("MSSLIssuer ca {dir}/issuer\n", "nobody may have a certificate; name whom"),
    pytest.param(ISSUE + "MSSLKeyAccess direct\n", "with 'MSSLKeyAccess direct'",
                 marks=pytest.mark.skipif(not IS_ROOT, reason="needs root")),
    pytest.param(ISSUE.replace("MSSLIssueFor", "MSSLUser %s no-such-user\nMSSLIssueFor" % BROKER_USER),
                 "there is no user 'no-such-user'", marks=pytest.mark.skipif(not IS_ROOT, reason="needs root")),
])
def test_nothing_is_issued(new_server, ca, issue, says):
    """One warning, and the server serves."""
    s = make(new_server, ca, issue=issue, store="MSSLCertStore dir:{dir}/store\n", expect=["MSSL0234: ", "MSSL0161"])
    leaf = ca.leaf("a.test")
    leaf.write_joined(s.path("store", "a.test.pem"))
    code, out = s.configtest()
    assert code == 0 and out.count("MSSL0234") == 1 and says.split("'")[0] in out, out
    with s:
        s.wait_error("MSSL0234: .*nothing is issued: " + says)
        assert s.count_error("MSSL0234") == 1
        assert serial(s, "a.test") == leaf.serial
        assert not os.path.exists(state(s, "issue.json")) and not os.path.exists(state(s, "issued"))


def test_no_engine(new_server, ca):
    s = make(new_server, ca, expect=["MSSL0234: .*MSSLEngine on"])
    s.conf = s.conf.replace("MSSLEngine on", "SSLCertificateFile {dir}/dummy.pem")
    with s:
        s.wait_error("MSSL0234: ")


FOLDERS = {"jobs": 0o711, "requests": 0o700, "requests/wanted": 0o700, "requests/todo": 0o700, "requests/given": 0o700,
           "keys": 0o700, "accounts": 0o700, "work": 0o700, "archive": 0o700, "orders": 0o700, "issued": 0o700,
           "challenge": 0o711}


def test_laid_out(new_server, ca):
    """Folders, what the steward is told, and what everybody is: there, whole, and gone again."""
    s = make(new_server, ca, vhost="MSSLIssue off\n", store="MSSLPublicAddress 192.0.2.7\n")
    with s:
        for name, mode in FOLDERS.items():
            info = os.stat(state(s, name))
            assert (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) == (*own_ids(), mode), name
        info = os.stat(state(s, "issue.json"))
        assert (info.st_uid, stat.S_IMODE(info.st_mode)) == (os.geteuid(), 0o640)
        if IS_ROOT:
            assert info.st_gid == own_ids()[1]
        told = json.load(open(state(s, "issue.json")))
        assert told["schema"] == "mssl-issue/1"
        text = open(state(s, "issue.json")).read()
        assert s.path("issuer") in text and "a@a.test" in text and "192.0.2.7" in text and state(s, "challenge") in text
        text = open(state(s, "server.json")).read()
        said = json.loads(text)
        assert said["issuing"] == {
            "for": ["vhosts"], "key": "ecdsa", "preflight": True, "renew_window": None,
            "issuers": [{"name": "ca", "program": s.path("issuer"), "directory": "https://ca.test/dir"}],
            "challenge_dir": state(s, "challenge")}
        assert "a@a.test" not in text
        assert said["stores"] == [{"label": "dir:" + state(s, "issued"), "provider": "dir", "issued": True,
                                   "argument": state(s, "issued"), "path": state(s, "issued")}]
        by_name = {v["server_name"]: v for v in said["vhosts"]}
        assert by_name["first.test"]["stores"] == [0] and by_name["first.test"]["issue"] is True
        assert by_name["a.test"]["issue"] is False
        assert dump(s) == text
        fields = {f[2]: f[6] for f in (line.rstrip("\n").split("\t") for line in open(state(s, "vhosts")))}
        assert (fields["first.test"], fields["a.test"]) == ("issue", "-")
        # The steward is there without any command to tell; nothing is told.
        pid = wait_until(lambda: [p for p in s.children() if broker.name_of(p) == "mssl-steward"], "the steward")[0]
        assert not os.path.exists(state(s, "notify.json"))
        before = os.stat(state(s, "issue.json")).st_ino
        s.graceful()
        assert os.stat(state(s, "issue.json")).st_ino == before       # written only if changed
        s.graceful(s.conf.replace("--contact a@a.test", "--contact b@a.test"))
        assert "b@a.test" in open(state(s, "issue.json")).read()
        s.graceful(s.conf.replace("MSSLIssue", "#MSSLIssue"))
        assert not os.path.exists(state(s, "issue.json"))
        wait_until(lambda: not broker.is_alive(pid), "the end of the steward")
        assert json.load(open(state(s, "server.json")))["stores"] == []


def test_issued_is_served(new_server, ca):
    """Without any MSSLCertStore; over graceful restarts and stops."""
    s = make(new_server, ca)
    one, two = ca.leaf("a.test"), ca.leaf("a.test")
    with s:
        assert serial(s, "a.test") == s.dummy.serial
        issue(s, one, "a.test")
        wait_serial(s, "a.test", one)
        s.graceful()
        assert serial(s, "a.test") == one.serial
        issue(s, two, "a.test")
        wait_serial(s, "a.test", two)
        path = state(s, "inventory")
        wait_until(lambda: os.path.exists(path) and "a.test" in open(path).read(), "its line in the inventory")
    with s:
        assert serial(s, "a.test") == two.serial
        os.unlink(issue(s, two, "a.test"))
        wait_serial(s, "a.test", s.dummy)


@pytest.mark.parametrize("where", ["server", "vhost"])
def test_what_an_admin_files_wins(new_server, ca, where):
    store = "MSSLCertStore dir:{dir}/store\n"
    s = make(new_server, ca, store=store if where == "server" else "", vhost=store if where == "vhost" else "")
    theirs, ours, other = ca.leaf("a.test"), ca.leaf("a.test"), ca.leaf("b.test")
    path = s.path("store", "a.test.pem")
    theirs.write_joined(path)
    with s:
        issue(s, ours, "a.test")
        issue(s, other, "b.test")
        wait_serial(s, "b.test", other)
        assert serial(s, "a.test") == theirs.serial
        s.graceful()
        assert serial(s, "a.test") == theirs.serial
        os.unlink(path)
        wait_serial(s, "a.test", ours)
        theirs.write_joined(path)
        wait_serial(s, "a.test", theirs)


def test_no_private_key_for_children(new_server, ca):
    """A child may not even look into the folder; the broker reads it."""
    s = make(new_server, ca)
    with s:
        path = issue(s, ca.leaf("a.test"), "a.test")
        wait_until(lambda: serial(s, "a.test") != s.dummy.serial, "the certificate")
        if IS_ROOT:
            pid = os.fork()
            if pid == 0:
                os.setgroups([])
                os.setgid(pwd.getpwnam(WWW).pw_gid)
                os.setuid(pwd.getpwnam(WWW).pw_uid)
                os._exit(int(os.access(path, os.R_OK) or os.access(state(s, "issued"), os.X_OK)))
            assert os.waitpid(pid, 0)[1] == 0


def test_graceful_with_what_is_gone(new_server, ca):
    """Nothing of it ends the server: a line each, and what was told stays in force."""
    s = make(new_server, ca, issue=ISSUE.replace("vhosts", "vhosts list:{dir}/list"))
    write(s.path("list"), "b.test\n")
    leaf = ca.leaf("a.test")
    with s:
        issue(s, leaf, "a.test")
        wait_serial(s, "a.test", leaf)
        before = open(state(s, "issue.json")).read()
        os.rename(s.path("issuer"), s.path("away"))
        os.rename(s.path("list"), s.path("gone"))
        s.expect("MSSL0230: MSSLIssuer: .*does not exist", "MSSL0231: MSSLIssueFor: .*does not exist", "MSSL0254: ")
        s.graceful()
        s.wait_error("MSSL0230: ")
        s.wait_error("MSSL0231: ")
        assert open(state(s, "issue.json")).read() == before
        assert serial(s, "a.test") == leaf.serial
    code, out = s.configtest()
    assert code != 0 and "MSSLIssuer: " in out


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="needs a tmpfs")
@pytest.mark.parametrize("issue, says", [(ISSUE, "all certificates that are issued"), ("", "what is kept of certificates")])
def test_state_in_memory(new_server, ca, issue, says):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        os.chmod(folder, 0o755)
        s = make(new_server, ca, issue=issue, store="MSSLCertStore dir:{dir}/store\nMSSLStateDir %s/mssl\n" % folder,
                 expect=["MSSL0236: "])
        with s:
            s.wait_error("MSSL0236: MSSLStateDir: '%s/mssl' lies in memory .*%s" % (folder, says))


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_msslctl_knows_the_store(new_server, ca):
    """What is issued is listed and checked as any other pair, and nobody installs there."""
    s = make(new_server, ca, store="MSSLCertStore dir:{dir}/store\n")
    ours, theirs = ca.leaf("a.test"), ca.leaf("a.test")
    write(s.path("desk", "new.pem"), theirs.cert_pem + theirs.chain_pem + theirs.key_pem, 0o600)
    ctl = Ctl(s)
    with s:
        file = issue(s, ours, "a.test")
        wait_serial(s, "a.test", ours)
        r = ctl("list", "--json")
        assert r.code == 0 and [n["file"] for n in r.json["names"]] == [file], r
        r = ctl("install", "a.test", s.path("desk", "new.pem"))
        assert r.code == 0, r
        assert os.path.exists(s.path("store", "a.test.pem"))
        wait_serial(s, "a.test", theirs)
        r = ctl("install", "a.test", s.path("desk", "new.pem"), "--store", "dir:" + state(s, "issued"))
        assert r.code != 0 and "what it issues itself" in r.err, r


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_challenge_folder_of_others(new_server, ca):
    """One that MSSLChallengeDir names is nobody's but its owner's: said, and mended as it says."""
    s = make(new_server, ca, store="MSSLChallengeDir {dir}/challenges\n", expect=["MSSL0238: "])
    os.mkdir(s.path("challenges"), 0o755)
    with s:
        s.wait_error("MSSL0238: .*chown %s %s" % (STEWARD_USER, s.path("challenges")))
        assert not os.path.exists(state(s, "challenge"))
        os.chown(s.path("challenges"), own_ids()[0], -1)
        mark = s.log_mark()
        s.graceful()
        assert s.count_error("MSSL0238", mark) == 0
        assert s.path("challenges") in open(state(s, "issue.json")).read()


@pytest.mark.parametrize("program, arguments, says", [
    ("uacme", "--profile shortlived", "--profile shortlived', and orders nothing with it; lego does profiles"),
    ("uacme", "--challenge dns-01", "--challenge dns-01', and orders nothing with it; lego proves names by the DNS"),
    ("uacme", "--dns=ovh", "--dns ovh', and"), ("lego", "--challenge tls-alpn-01", "; uacme does that challenge"),
    ("uacme", "--challenge tls-alpn-01", None), ("lego", "--profile shortlived", None), ("other", "--dns ovh", None)])
def test_what_a_client_cannot_do(new_server, ca, program, arguments, says):
    """Said at the start, before an order fails by it."""
    line = "MSSLIssuer client {dir}/clients/%s --directory https://ca.test/dir %s\n" % (program, arguments)
    s = make(new_server, ca, store=line, expect=["MSSL0262: "])
    write(s.path("clients", program), "#!/bin/sh\nexit 3\n", 0o755)
    rc, out = s.configtest()
    assert rc == 0 and ("MSSL0262" in out) is bool(says), out
    assert not says or ("MSSLIssuer client: %s cannot do '" % program in out and says in out), out


def test_folders_that_cannot_be_made(new_server, ca):
    """One warning; what was issued before is served on, and the steward is told nothing."""
    s = make(new_server, ca)
    leaf = ca.leaf("a.test")
    with s:
        issue(s, leaf, "a.test")
        wait_serial(s, "a.test", leaf)
    shutil.rmtree(state(s, "work"))
    write(state(s, "work"), "in the way")
    s.expect("MSSL0234: ")
    with s:
        s.wait_error("MSSL0234: .*work is not a folder")
        assert serial(s, "a.test") == leaf.serial
        assert not os.path.exists(state(s, "issue.json"))
        assert not [p for p in s.children() if broker.name_of(p) == "mssl-steward"]
