# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl install and rollback: what is refused, what is written, and that visitors get it."""

import collections
import glob
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile

import pytest

from lib.ca import write
from lib.ctl import PROGRAM, Ctl, Stores, environment
from lib.server import BROKER_USER, IS_ROOT, wait_until
from lib.tls import Client

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="needs root")

CONF = """MSSLCertStore dir:{dir}/store
MSSLDummyCertificate {dir}/dummy.pem
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
"""


class Site:
    """A server, a store, and files on the desk of who installs."""

    def __init__(self, server, ca):
        self.s, self.ca, self.ctl = server, ca, Ctl(server)
        self.store, self.desk = server.path("store"), server.path("desk")
        os.makedirs(self.desk)
        ca.leaf("dummy.invalid").write_joined(server.path("dummy.pem"))
        ca.leaf("first.test").write_joined(os.path.join(self.store, "first.test.pem"))
        os.chmod(os.path.join(self.store, "first.test.pem"), 0o640)

    def files(self, leaf, stem="new"):
        """Certificate, key and chain as three files."""
        parts = [("crt", leaf.cert_pem), ("key", leaf.key_pem), ("ca", leaf.chain_pem)]
        return [write(os.path.join(self.desk, "%s.%s" % (stem, ext)), text, 0o600) for ext, text in parts if text]

    def path(self, name):
        return os.path.join(self.store, name)

    def shown(self, name):
        with Client(self.s.port, name).connect() as conn:
            return conn.serial

    def install(self, name, leaf, *args, **kw):
        return self.ctl("install", name, *self.files(leaf), *args, **kw)


@pytest.fixture
def site(new_server, ca):
    return Site(new_server(CONF), ca)


@pytest.fixture
def quiet(site):
    """The same, whose httpd has told what is configured, and stopped; nobody but msslctl keeps versions."""
    site.s.conf = "MSSLInventory off\n" + site.s.conf
    with site.s:
        pass
    return site


def entries(folder):
    return sorted(os.listdir(folder))


def test_new_name_is_shown(site):
    leaf = site.ca.leaf("new.test", intermediate=True)
    with site.s:
        r = site.install("new.test", leaf, "--json")
        assert r.code == 0, r
        assert site.shown("new.test") == leaf.serial
    d = r.json
    assert (d["result"], d["answered"], d["file"]) == ("installed", 1, site.path("new.test.pem"))
    st = os.stat(site.path("new.test.pem"))
    assert (st.st_uid, stat.S_IMODE(st.st_mode)) == (0, 0o640)      # as the store's others
    with open(site.path("new.test.pem")) as f:
        text = f.read()
    assert text.count("BEGIN CERTIFICATE") == 2 and text.count("PRIVATE KEY-----\n") == 2
    assert entries(site.store) == ["first.test.pem", "new.test.pem"]


def long_name(length):
    """Labels of at most 63 bytes."""
    name = ("a" * 62 + ".") * 4
    return name[:length - 5] + ".test" if name[length - 6] != "." else name[:length - 6] + "b.test"


@pytest.mark.parametrize("length", [227, 228, 240, 251])
def test_long_name(site, length):
    """NAME.pem is what a folder can have: replaced, kept and rolled back as any other."""
    name = long_name(length)
    assert len(name) == length
    first, second = site.ca.leaf(name, days=80), site.ca.leaf(name, days=90)
    with site.s:
        assert site.install(name, first).code == 0
        assert site.install(name, second).code == 0
        assert site.shown(name) == second.serial
        assert site.ctl("rollback", name).code == 0
        assert site.shown(name) == first.serial
    assert entries(site.store) == sorted([name + ".pem", "first.test.pem"])


@pytest.mark.parametrize("length", [252, 253])
def test_name_too_long_for_a_file(site, length):
    """It is said why, and what is proposed serves it."""
    name = long_name(length)
    leaf = site.ca.leaf(name, intermediate=True)
    with site.s:
        r = site.install(name, leaf)
        assert r.code == 73 and "NAME.pem for names of at most 251 bytes" in r.err, r
        folder = os.path.join(site.store, name)
        assert "fullchain.pem and privkey.pem" in r.err and folder in r.err
        assert entries(site.store) == ["first.test.pem"]
        write(os.path.join(folder, "fullchain.pem"), leaf.cert_pem + leaf.chain_pem, 0o600)
        write(os.path.join(folder, "privkey.pem"), leaf.key_pem, 0o600)
        wait_until(lambda: site.shown(name) == leaf.serial, "the pair of the folder")
        assert site.ctl("check", name).code == 0


def test_replaced_kept_and_rolled_back(site):
    first, second = site.ca.leaf("a.test", days=80), site.ca.leaf("a.test", days=90)
    with site.s:
        assert site.install("a.test", first).code == 0
        os.chmod(site.path("a.test.pem"), 0o604)
        os.chown(site.path("a.test.pem"), 0, 12)
        r = site.install("a.test", second)
        assert r.code == 0 and "msslctl rollback a.test" in r.out, r
        assert site.shown("a.test") == second.serial
        st = os.stat(site.path("a.test.pem"))
        assert (st.st_gid, stat.S_IMODE(st.st_mode)) == (12, 0o604)
        assert site.install("a.test", second, "--json").json["result"] == "unchanged"
        r = site.ctl("rollback", "a.test")
        assert r.code == 0 and site.shown("a.test") == first.serial, r
        assert site.ctl("rollback", "a.test").code == 0
        assert site.shown("a.test") == second.serial
        r = site.ctl("rollback", "a.test", "--list", "--json")
    kept = r.json["versions"]
    assert [v["key_type"] for v in kept] == ["ECDSA"] * len(kept) and 1 <= len(kept) <= 3
    user = pwd.getpwnam(BROKER_USER)
    home = site.s.path("run", "mssl", "history")
    for path, mode in [(home, 0o700)] + [(p, 0o700) for p in glob.glob(home + "/??")] \
            + [(p, 0o600) for p in glob.glob(home + "/??/*")]:
        st = os.stat(path)
        assert (st.st_uid, stat.S_IMODE(st.st_mode)) == (user.pw_uid, mode), path


def test_rollback_says_what_there_is(quiet):
    r = quiet.ctl("rollback", "first.test")
    assert r.code == 73 and "nothing is kept" in r.err, r
    assert quiet.install("first.test", quiet.ca.leaf("first.test", days=99), "--no-live").code == 0
    r = quiet.ctl("rollback", "first.test", "--to", "7", "--no-live")
    assert r.code == 73 and "no such version" in r.err and "--list" in r.err, r
    assert quiet.ctl("rollback", "first.test", "--to", "1", "--no-live").code == 0
    assert quiet.ctl("rollback", "first.test", "--to", "x").code == 64


def test_nobody_answers(quiet):
    leaf = quiet.ca.leaf("new.test")
    r = quiet.install("new.test", leaf)
    assert r.code == 75 and "not confirmed" in r.out and os.path.exists(quiet.path("new.test.pem")), r


@pytest.mark.parametrize("existed", [True, False])
def test_undone_where_another_is_shown(site, existed):
    """A server that looks elsewhere than its server.json says (a proxy in front, say)."""
    name = "first.test" if existed else "new.test"
    with site.s:
        other = site.s.path("elsewhere")
        os.makedirs(other)
        if existed:
            shutil.copy(site.path("first.test.pem"), other)
        state = site.s.path("copy")
        os.makedirs(state)
        with open(site.s.path("run", "mssl", "server.json")) as f:
            text = f.read().replace(site.store, other).replace(site.s.path("run", "mssl"), state)
        with open(os.path.join(state, "server.json"), "w") as f:
            f.write(text)
        before = {n: open(os.path.join(other, n)).read() for n in entries(other)}
        r = Ctl(site.s, state)("install", name, *site.files(site.ca.leaf(name, days=99)))
        assert r.code == 2 and "undone" in r.err, r
        assert {n: open(os.path.join(other, n)).read() for n in entries(other)} == before


def test_listeners_that_want_a_proxy_line(new_server, ca):
    """As behind a balancer: each connection begins with one, and one that does not is refused."""
    s = new_server(CONF.replace("MSSLEngine on\n", "MSSLEngine on\nRemoteIPProxyProtocol On\n"), modules=["remoteip"])
    site = Site(s, ca)
    with s:
        r = site.install("new.test", ca.leaf("new.test"), "--json")
        assert r.code == 0 and r.json["result"] == "installed", r


def test_addresses_without_the_store_are_not_asked(new_server, ca):
    """Another guarded address, whose virtual hosts have another store, shows its dummy for the name."""
    s = new_server(CONF.replace("MSSLCertStore dir:{dir}/store\n", "").replace(
        "MSSLEngine on\n", "MSSLEngine on\nMSSLCertStore dir:{dir}/store\n") + """
<VirtualHost 127.0.0.1:{p1}>
ServerName second.test
SSLEngine on
MSSLEngine on
MSSLCertStore dir:{dir}/second
</VirtualHost>
""")
    site = Site(s, ca)
    ca.leaf("second.test").write_joined(s.path("second", "second.test.pem"))
    with s:
        r = site.install("new.test", ca.leaf("new.test"), "--json")
        assert r.code == 0 and r.json["answered"] == 1, r


def test_without_its_user_nothing_is_kept(quiet):
    path = os.path.join(quiet.ctl.state, "server.json")
    with open(path) as f:
        d = json.load(f)
    d["users"]["broker"] = "no-such-user"
    with open(path, "w") as f:
        json.dump(d, f)
    r = quiet.install("first.test", quiet.ca.leaf("first.test", days=99), "--no-live")
    assert r.code == 0 and "the old pair is not kept: there is no user no-such-user" in r.out.replace("\n", " "), r
    assert not os.path.exists(os.path.join(quiet.ctl.state, "history"))


def test_who_is_not_root_installs_in_his_own(workdir, ca):
    """An httpd that is not root's: its user's folders, without another user's process."""
    home = tempfile.mkdtemp(prefix="user.", dir=workdir)
    s = Stores(home, ca)
    s.write(state_dir=home + "/state")
    nobody = pwd.getpwnam("nobody")
    files = [write(home + "/new." + ext, text, 0o644) for leaf in [ca.leaf("u.test")]
             for ext, text in (("crt", leaf.cert_pem), ("key", leaf.key_pem))]
    ca.leaf("u.test", days=50).write_joined(s.store + "/u.test.pem")
    subprocess.run(["chown", "-R", "nobody", home], check=True)
    r = s.ctl("install", "u.test", *files, "--no-live", "--json", user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    assert r.code == 0 and r.json["kept"] == 1, r
    assert os.stat(s.store + "/u.test.pem").st_uid == nobody.pw_uid


def test_dry_run_writes_nothing(quiet):
    r = quiet.install("new.test", quiet.ca.leaf("new.test"), "-n")
    assert r.code == 0 and "would be written" in r.out, r
    assert entries(quiet.store) == ["first.test.pem"]


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_files_of_all_kinds(quiet):
    ca, desk = quiet.ca, quiet.desk
    leaf = ca.leaf("kinds.test", intermediate=True)
    crt, key, chain = quiet.files(leaf)
    openssl("x509", "-in", crt, "-outform", "DER", "-out", desk + "/c.der")
    openssl("pkey", "-in", key, "-outform", "DER", "-out", desk + "/k.der")
    openssl("crl2pkcs7", "-nocrl", "-certfile", chain, "-outform", "DER", "-out", desk + "/ca.p7b")
    openssl("pkcs12", "-export", "-in", crt, "-inkey", key, "-certfile", chain, "-passout", "pass:secret", "-out",
            desk + "/all.pfx")
    openssl("pkcs12", "-export", "-in", crt, "-inkey", key, "-certfile", chain, "-passout", "pass:", "-out",
            desk + "/open.pfx")
    write(desk + "/pass", "secret\n", 0o600)
    for files in (["c.der", "k.der", "ca.p7b"], ["new.ca", "k.der", "new.crt"], ["pass", "all.pfx"], ["all.pfx", "pass"],
                  ["open.pfx", "new.ca"]):
        r = quiet.ctl("install", "kinds.test", *[os.path.join(desk, f) for f in files], "--no-live", "--json")
        assert r.code == 0, (files, r)
        with open(quiet.path("kinds.test.pem")) as f:
            text = f.read()
        assert leaf.cert_pem in text and leaf.chain_pem in text, files
        os.unlink(quiet.path("kinds.test.pem"))
    write(desk + "/wrong", "sekret\n", 0o600)
    for files, says in ((["all.pfx", "wrong"], "does not open with the password"),
                        (["all.pfx", "new.crt"], "is a PFX .* does not open without a password")):
        r = quiet.ctl("install", "kinds.test", *[os.path.join(desk, f) for f in files])
        assert r.code == 73 and re.search(says, r.err.replace("\n", " ")), r


def refusals(q):
    """What is wrong: the command's arguments, what is said."""
    ca = q.ca
    good = q.files(ca.leaf("first.test"), "good")
    other = q.files(ca.leaf("first.test"), "other")
    return [
        ([good[0], other[1]], "other.key.*does not belong"),
        (q.files(ca.leaf("x.test"), "x"), "does not cover 'first.test'"),
        (q.files(ca.expired("first.test"), "expired"), "has expired, and the one in place is valid"),
        (q.files(ca.leaf("first.test", days=20), "short"), "ends before the one in place"),
        (q.files(ca.not_yet("first.test"), "early"), "not valid yet"),
        ([good[0], q.desk + "/nothing"], "no such file"),
        ([good[0], good[0]], "no private key|key"),
        ([write(q.desk + "/html", "<html>"), good[1]], "web page"),
        ([q.desk, good[1]], "not a regular file|director"),
    ]


def test_refused(quiet):
    with open(quiet.path("first.test.pem")) as f:
        before = f.read()
    for files, says in refusals(quiet):
        for more in ([], ["--json"]):
            r = quiet.ctl("install", "first.test", *files, *more)
            assert r.code == 73, (files, r)
            text = r.json["text"] if more else r.err.replace("\n", " ")
            assert re.search(says, text), (says, r)
    with open(quiet.path("first.test.pem")) as f:
        assert f.read() == before
    assert quiet.install("first.test", quiet.ca.leaf("first.test", days=20), "--force", "--no-live").code == 0


def check_refused(q, name, says, *args):
    before = entries(q.store)
    r = q.ctl("install", name, *q.files(q.ca.leaf(name, days=95)), "--no-live", *args)
    assert r.code == 73 and re.search(says, r.err.replace("\n", " ")), r
    assert entries(q.store) == before


def test_other_forms_in_the_way(quiet):
    q, ca = quiet, quiet.ca
    home = tempfile.mkdtemp(dir=q.s.dir)
    os.chmod(home, 0o755)
    ca.leaf("acme.test").write_certbot(home, "acme.test")
    shutil.copytree(home + "/live/acme.test", q.path("acme.test"))
    check_refused(q, "acme.test", "an ACME client keeps this name")
    os.symlink(ca.leaf("link.test").write_joined(home + "/link.pem"), q.path("link.test.pem"))
    check_refused(q, "link.test", "link.test.pem is no file but a link")
    ca.leaf("beside.test").write_split(q.path("beside.test.crt"), q.path("beside.test.key"))
    assert q.install("beside.test", ca.leaf("beside.test", days=99), "--no-live").code == 0
    write(q.path("chained.test.chain"), "no chain\n")
    check_refused(q, "chained.test", "chained.test.chain lies beside")


def test_shadowed_by_an_earlier_store(new_server, ca):
    site = Site(new_server("MSSLCertStore dir:{dir}/other\n" + CONF), ca)
    ca.leaf("hidden.test").write_joined(site.s.path("other", "hidden.test.pem"))
    with site.s:
        pass
    check_refused(site, "hidden.test", "other/hidden.test.pem comes before it", "--store", "dir:" + site.store)
    r = site.install("hidden.test", ca.leaf("hidden.test", days=99), "--no-live", "--json")
    assert r.code == 0 and r.json["file"] == site.s.path("other", "hidden.test.pem")    # where the name is
    assert site.install("fresh.test", ca.leaf("fresh.test"), "--no-live", "--store", site.store).code == 0
    assert os.path.exists(site.path("fresh.test.pem"))


def test_map_gets_a_line(new_server, ca):
    site = Site(new_server(CONF.replace("dir:{dir}/store", "map:{dir}/map")), ca)
    write(site.s.path("map"), "first.test %s\n" % site.path("first.test.pem"))
    with site.s:
        pass
    crt, key = site.files(ca.leaf("m.test"))
    r = site.ctl("install", "m.test", crt, key)
    assert r.code == 73 and "m.test %s %s\n" % (crt, key) in r.err, r


@pytest.mark.parametrize("mode, owner, fix", [(0o775, 0, "chmod go-w %s"), (0o757, 0, None), (0o755, 1234, "chown root %s"),
                                              (0o775, 1234, "chown root %s && chmod go-w %s")])
def test_only_into_folders_of_root(quiet, mode, owner, fix):
    os.chown(quiet.store, owner, 0)
    os.chmod(quiet.store, mode)
    if fix:
        fix = fix.replace("%s", os.path.realpath(quiet.store))
        said = quiet.install("new.test", quiet.ca.leaf("new.test"), "--no-live").err
        assert "; run: %s\n" % fix in said, said
    r = quiet.install("new.test", quiet.ca.leaf("new.test"), "--no-live")
    assert r.code == 73 and ("root's alone" in r.err.replace("\n", " ") or "writable by others" in r.err), r
    assert entries(quiet.store) == ["first.test.pem"]
    if fix:
        subprocess.run(fix, shell=True, check=True)
        assert quiet.install("new.test", quiet.ca.leaf("new.test"), "--no-live").code == 0


def test_forms_of_the_store(quiet):
    q, ca = quiet, quiet.ca
    assert q.install("*.wild.test", ca.leaf("*.wild.test"), "--no-live").code == 0
    assert os.path.exists(q.path("_.wild.test.pem"))
    ca.leaf("two.test").write_joined(q.path("two.test.ecdsa.pem"))
    ca.leaf("two.test", key="rsa").write_joined(q.path("two.test.rsa.pem"))
    assert q.install("two.test", ca.leaf("two.test", key="rsa", days=99), "--no-live", "--json").json["file"] == q.path(
        "two.test.rsa.pem")
    fan = subprocess.run("printf fan.test | sha256sum | cut -c1-2", shell=True, check=True, stdout=subprocess.PIPE,
                         text=True).stdout.strip()
    os.makedirs(q.path(fan))
    assert q.install("fan.test", ca.leaf("fan.test"), "--no-live").code == 0
    assert os.path.exists(q.path(fan + "/fan.test.pem"))


def trace(quiet, args, *options):
    path = os.path.join(quiet.desk, "trace")
    subprocess.run(["strace", "-o", path, *options, PROGRAM, "--state-dir", quiet.ctl.state, *args],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), timeout=120)
    with open(path, errors="replace") as f:
        return f.read().splitlines()


needs_strace = pytest.mark.skipif(
    not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode != 0,
    reason="needs strace")


@needs_strace
def test_root_reads_no_foreign_file(quiet):
    files = quiet.files(quiet.ca.leaf("new.test"))
    lines = trace(quiet, ["install", "new.test", *files, "--no-live"], "-e", "trace=open,openat")
    assert os.path.exists(quiet.path("new.test.pem"))
    assert any("server.json" in line for line in lines)
    assert not [line for line in lines if quiet.desk in line or "first.test.pem" in line]


@needs_strace
def test_killed_at_each_call(quiet):
    """Whatever ends it, the old file is there or the new one, whole."""
    old, new = quiet.ca.leaf("kill.test", days=80), quiet.ca.leaf("kill.test", days=90)
    files = quiet.files(new)
    args = ["install", "kill.test", *files, "--no-live"]
    path = quiet.path("kill.test.pem")

    def reset():
        for name in os.listdir(quiet.store):
            if "kill.test" in name:
                os.unlink(quiet.path(name))
        old.write_joined(path)

    reset()
    with open(path) as f:
        before = f.read()
    lines = trace(quiet, args)
    with open(path) as f:
        after = f.read()
    assert after != before
    calls, seen = [], collections.Counter()
    begun = False
    for line in lines:
        call = line.split("(", 1)[0]
        seen[call] += 1
        begun = begun or line.startswith('openat(AT_FDCWD, "/", O_RDONLY')
        if begun and re.fullmatch(r"[a-z_0-9]+", call) and call != "exit_group":
            calls.append((call, seen[call]))
    assert len(calls) > 20 and any(call.startswith("rename") for call, _ in calls)
    found = collections.Counter()
    for call, n in calls:
        reset()
        trace(quiet, args, "-e", "trace=" + call, "-e", "inject=%s:signal=KILL:when=%d" % (call, n))
        with open(path) as f:
            text = f.read()
        assert text in (before, after), (call, n)
        found[text == after] += 1
        state = json.loads(quiet.ctl("list", "kill.*", "--json").out)["names"]
        assert [(x["name"], x["state"]) for x in state] == [("kill.test", "valid")], (call, n)
    assert found[True] > 1 and found[False] > 10, found
