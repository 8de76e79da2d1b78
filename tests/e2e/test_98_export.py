# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl export: the pair in service for another server, written whole, and to nobody who may not have it."""

import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from lib import mailserver, mta
from lib.ca import write
from lib.ctl import PROGRAM, Stores, environment
from lib.server import BROKER_USER, IS_ROOT, wait_until
from lib.world import file_pair

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="needs root")


class Desk(Stores):
    """Stores, and a folder of a mail server."""

    def __init__(self, path, ca):
        super().__init__(path, ca)
        self.write(state_dir=self.ctl.state, users={"broker": BROKER_USER, "steward": "mail", "httpd": "www-data"})
        self.dir = os.path.join(path, "mail")
        os.makedirs(self.dir, 0o755)

    def export(self, name, *args, folder=None, **kw):
        return self.ctl("export", name, folder or self.dir, *args, **kw)

    def at(self, *parts):
        return os.path.join(self.dir, *parts)


@pytest.fixture
def desk(workdir, ca):
    return Desk(tempfile.mkdtemp(prefix="export.", dir=workdir), ca)


def traced():
    """The environment of a program under strace, where ASan cannot look for leaks."""
    return environment(ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")


def read(*path):
    with open(os.path.join(*path)) as f:
        return f.read()


def mode_of(path):
    st = os.stat(path)
    return (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode))


def test_pem(desk):
    leaf = desk.ca.leaf("mail.test", intermediate=True)
    desk.put(leaf, "mail.test.pem")
    r = desk.export("mail.test", "--json")
    assert r.code == 0 and r.json["result"] == "written", r
    assert r.json["path"] == desk.at("mail.test.pem") and r.json["source"] == desk.store + "/mail.test.pem"
    # Postfix takes a chain whose key stands first alone.
    assert read(desk.at("mail.test.pem")) == leaf.key_pem + leaf.cert_pem + leaf.chain_pem
    assert mode_of(desk.at("mail.test.pem")) == (0, 0, 0o600) and os.listdir(desk.dir) == ["mail.test.pem"]
    before = os.stat(desk.at("mail.test.pem"))
    r = desk.export("MAIL.test.", "--json")
    assert r.code == 0 and r.json["result"] == "unchanged", r
    assert os.stat(desk.at("mail.test.pem")).st_ino == before.st_ino
    assert desk.export("mail.test", "-q").out == ""
    later = desk.ca.leaf("mail.test", days=200)
    desk.put(later, "mail.test.pem")
    assert desk.export("mail.test", "-n", "--json").json["result"] == "planned"
    assert leaf.cert_pem in read(desk.at("mail.test.pem"))
    assert desk.export("mail.test").code == 0 and later.cert_pem in read(desk.at("mail.test.pem"))


def test_rsa_is_preferred_and_wildcards_count(desk):
    """What each client of a mail server knows; a pattern's pair under the name that was asked for."""
    for kind in ("ecdsa", "rsa"):
        desk.put(desk.ca.leaf("two.test", key=kind), "two.test.%s.pem" % kind)
    desk.put(desk.ca.leaf("*.wild.test"), "_.wild.test.pem")
    r = desk.export("two.test", "--json")
    assert r.json["source"].endswith("two.test.rsa.pem") and "(RSA, until" in r.json["text"], r
    assert desk.export("imap.wild.test").code == 0 and os.path.exists(desk.at("imap.wild.test.pem"))
    assert desk.export("*.wild.test").code == 0 and os.path.exists(desk.at("_.wild.test.pem"))


def test_owner(desk):
    mail = pwd.getpwnam("mail")
    desk.put(desk.ca.leaf("mail.test"), "mail.test.pem")
    for owner, expected in (("mail", (mail.pw_uid, 0, 0o600)), ("mail:mail", (mail.pw_uid, mail.pw_gid, 0o640)),
                            (":mail", (0, mail.pw_gid, 0o640)), ("0:12", (0, 12, 0o640))):
        r = desk.export("mail.test", "--owner", owner, "--json")
        assert r.code == 0 and r.json["result"] == "written", (owner, r)
        assert mode_of(desk.at("mail.test.pem")) == expected, owner
        assert desk.export("mail.test", "--owner", owner, "--json").json["result"] == "unchanged"
    for owner in ("nobody.of.that.name", "mail:no.such.group", "12x", "-1", "4294967295"):
        r = desk.export("mail.test", "--owner", owner)
        assert r.code == 64 and "--owner: there is no" in r.err, (owner, r)
    for owner in ("www-data", "www-data:mail", ":www-data", "0:33"):
        r = desk.export("mail.test", "--owner", owner)
        assert r.code == 64 and "httpd's own user" in r.err, (owner, r)
    # A folder of the owner's is as good as root's.
    os.chown(desk.dir, mail.pw_uid, 0)
    assert desk.export("mail.test", "--owner", "mail").code == 0
    r = desk.export("mail.test")
    assert r.code == 73 and "belongs to uid %d" % mail.pw_uid in r.err, r


@pytest.mark.parametrize("form", ["pem", "split", "pfx"])
def test_refused_places(desk, form):
    """A key goes to no folder, and by no link, that others have a hand in."""
    desk.put(desk.ca.leaf("mail.test"), "mail.test.pem")
    other = os.path.join(desk.at("sub"), "deep")
    os.makedirs(other)
    os.symlink(other, desk.at("link"))
    os.symlink("sub", desk.at("onway"))
    for folder, text in ((desk.at("none"), "is not there; make it"), (desk.at("link"), "is a link"),
                         (desk.at("onway", "deep"), "is a link"), (desk.store, "DIR is in the store dir:"),
                         (desk.store + "//x/", "DIR is in the store dir:"), ("mail", "an absolute path"),
                         (os.path.join(desk.at(), "..", "store"), "a path of that kind"),
                         (os.path.join(desk.ctl.state, "x"), "DIR is in MSSLStateDir")):
        r = desk.export("mail.test", "--form", form, folder=folder)
        assert r.code in (64, 73) and text in r.err, (folder, r)
    for path, mode, text in ((other, 0o777, "others than its owner can write"), (other, 0o775, "others than its owner"),
                             (other, 0o1777, "others than its owner"), (desk.at("sub"), 0o777, "others than its")):
        os.chmod(path, mode)
        r = desk.export("mail.test", "--form", form, folder=other)
        assert r.code == 73 and text in r.err, (path, mode, r)
        os.chmod(path, 0o755)
    os.chown(desk.at("sub"), 33, 33)
    r = desk.export("mail.test", "--form", form, folder=other)
    assert r.code == 73 and "belongs to uid 33" in r.err, r
    os.chown(desk.at("sub"), 0, 0)
    assert os.listdir(other) == []
    # What is in the place, and nobody exported.
    place = os.path.join(other, "mail.test" + {"pem": ".pem", "pfx": ".pfx", "split": ""}[form])
    victim = write(desk.at("victim"), "not yours")
    for make in (lambda: os.symlink(victim, place), lambda: os.makedirs(place), lambda: os.mkfifo(place)):
        make()
        r = desk.export("mail.test", "--form", form, folder=other)
        assert r.code == 73 and "move it away" in r.err, r
        if os.path.isdir(place):
            os.rmdir(place)
        else:
            os.unlink(place)
    assert read(victim) == "not yours" and os.listdir(other) == []
    assert desk.export("mail.test", "--form", form, folder=other).code == 0


def test_nothing_to_export(desk):
    """What was exported before stays, whatever becomes of the store."""
    assert desk.export("nothing.test").code == 2 and "no store has a pair" in desk.export("nothing.test").err
    r = desk.export("bad name")
    assert r.code == 64 and "'bad name' is not a host name" in r.err, r
    good = desk.ca.leaf("mail.test")
    desk.put(good, "mail.test.pem")
    assert desk.export("mail.test").code == 0
    before = read(desk.at("mail.test.pem"))
    for text in ("garbage", good.cert_pem, good.cert_pem + desk.ca.leaf("mail.test").key_pem):
        desk.put(None, "mail.test.pem", text=text)
        r = desk.export("mail.test", "--json")
        assert r.code == 2 and r.json["result"] == "refused" and "no pair of it can be used" in r.json["text"], r
        assert read(desk.at("mail.test.pem")) == before
    for days, text in (((-90, -2), "expired on"), ((2, 90), "is not valid before")):
        desk.put(desk.ca.leaf("mail.test", start=days[0], days=days[1]), "mail.test.pem")
        r = desk.export("mail.test")
        assert r.code == 2 and text in r.err and "nothing is exported" in r.err, r
    os.unlink(desk.store + "/mail.test.pem")
    assert desk.export("mail.test").code == 2
    assert read(desk.at("mail.test.pem")) == before and os.listdir(desk.dir) == ["mail.test.pem"]


def test_cannot_write(desk):
    desk.put(desk.ca.leaf("mail.test"), "mail.test.pem")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=1,mode=0755", "tmpfs", desk.dir],
                      check=False).returncode != 0:
        pytest.skip("no mounts")
    try:
        for form in ("pem", "split", "pfx"):
            r = desk.export("mail.test", "--form", form)
            assert r.code == 73 and "No space left" in r.err and os.listdir(desk.dir) == [], (form, r)
    finally:
        subprocess.run(["umount", desk.dir], check=True)


def open_pair(folder):
    """As a reader that opens the folder once."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        texts = []
        for name in ("fullchain.pem", "privkey.pem"):
            with open(os.open(name, os.O_RDONLY, dir_fd=fd)) as f:
                texts.append(f.read())
        return texts
    finally:
        os.close(fd)


def test_split(desk):
    leaves = [desk.ca.leaf("mail.test", days=100 + i, intermediate=True) for i in range(4)]
    folders = []
    for leaf in leaves:
        desk.put(leaf, "mail.test.pem")
        r = desk.export("mail.test", "--form", "split", "--owner", ":mail", "--json")
        assert r.code == 0 and r.json["result"] == "written", r
        assert open_pair(desk.at("mail.test")) == [leaf.cert_pem + leaf.chain_pem, leaf.key_pem]
        folders.append(os.readlink(desk.at("mail.test")))
        # This one, and the one before it for who is still reading there.
        assert sorted(os.listdir(desk.dir)) == sorted(["mail.test"] + folders[-2:])
        assert desk.export("mail.test", "--form", "split", "--owner", ":mail", "--json").json["result"] == "unchanged"
    folder = os.path.realpath(desk.at("mail.test"))
    gid = pwd.getpwnam("mail").pw_gid
    assert mode_of(folder) == (0, 0, 0o755)
    assert [mode_of(os.path.join(folder, n)) for n in ("fullchain.pem", "privkey.pem")] == [(0, gid, 0o640)] * 2
    # What others did to it is mended, and what is before it comes back by the same way.
    write(os.path.join(folder, "privkey.pem"), "broken")
    assert desk.export("mail.test", "--form", "split", "--owner", ":mail", "--json").json["result"] == "written"
    assert open_pair(desk.at("mail.test"))[1] == leaves[-1].key_pem
    desk.put(leaves[2], "mail.test.pem")
    stamp = os.stat(os.path.join(desk.dir, folders[2], "fullchain.pem")).st_mtime_ns
    assert desk.export("mail.test", "--form", "split", "--owner", ":mail").code == 0
    assert os.readlink(desk.at("mail.test")) == folders[2]
    assert os.stat(os.path.join(desk.at("mail.test"), "fullchain.pem")).st_mtime_ns > stamp


def test_split_never_mismatches(desk):
    """Somebody reads all the time while pairs change."""
    pairs = [desk.ca.leaf("mail.test", days=100 + i) for i in range(2)]
    by_key = {p.key_pem: p.cert_pem for p in pairs}
    desk.put(pairs[0], "mail.test.pem")
    assert desk.export("mail.test", "--form", "split").code == 0
    for i in range(1, 12):
        desk.put(pairs[i % 2], "mail.test.pem")
        process = subprocess.Popen([PROGRAM, "--state-dir", desk.ctl.state, "export", "mail.test", desk.dir, "--form",
                                    "split"], stdout=subprocess.DEVNULL, env=environment())
        while True:
            is_over = process.poll() is not None
            chain, key = open_pair(desk.at("mail.test"))
            assert by_key[key] == chain
            if is_over:
                break
        assert process.returncode == 0 and key == pairs[i % 2].key_pem


@pytest.mark.parametrize("form", ["pem", "split"])
def test_killed(desk, form):
    """Wherever it ends, there is the old pair or the new one, and the next export goes through."""
    pairs = [desk.ca.leaf("mail.test", days=100 + i) for i in range(2)]
    whole = {(p.cert_pem, p.key_pem) for p in pairs}

    def there():
        if form == "split":
            return tuple(open_pair(desk.at("mail.test")))
        text = read(desk.at("mail.test.pem"))
        at = text.index("-----BEGIN CERTIFICATE")
        return text[at:], text[:at]

    desk.put(pairs[0], "mail.test.pem")
    assert desk.export("mail.test", "--form", form).code == 0
    for call, most in (("renameat", 3), ("symlinkat", 1), ("fsync", 8), ("fchmod", 4), ("write", 12)):
        for n in range(1, most + 1):
            new = pairs[[p.cert_pem for p in pairs].index(there()[0]) ^ 1]
            desk.put(new, "mail.test.pem")
            code = subprocess.run(["strace", "-o", "/dev/null", "-e", "inject=%s:signal=KILL:when=%d" % (call, n), PROGRAM,
                                   "--state-dir", desk.ctl.state, "export", "mail.test", desk.dir, "--form", form],
                                  env=traced(), check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
            assert code in (0, -9, 137) and there() in whole, (call, n, code)
            assert desk.export("mail.test", "--form", form).code == 0
            assert there() == (new.cert_pem, new.key_pem), (call, n)


def test_pfx(desk):
    leaf = desk.ca.leaf("mail.test", intermediate=True)
    desk.put(leaf, "mail.test.pem")
    assert desk.export("mail.test", "--form", "pfx").code == 0

    def load(password):
        with open(desk.at("mail.test.pfx"), "rb") as f:
            return pkcs12.load_pkcs12(f.read(), password)

    got = load(b"")
    assert got.cert.certificate == x509.load_pem_x509_certificate(leaf.cert_pem.encode())
    assert got.cert.friendly_name == b"mail.test" and len(got.additional_certs) == 1
    assert mode_of(desk.at("mail.test.pfx")) == (0, 0, 0o600)
    # Salt is new each time; what is there and opens is as good.
    assert desk.export("mail.test", "--form", "pfx", "--json").json["result"] == "unchanged"
    secret = write(desk.at("secret"), "corr\u00e9ct horse\n", 0o600)
    with_secret = ["--form", "pfx", "--password-file", secret]
    assert desk.export("mail.test", *with_secret, "--json").json["result"] == "written"
    assert load("corr\u00e9ct horse".encode()).key is not None
    with pytest.raises(ValueError):
        load(b"")
    assert desk.export("mail.test", *with_secret, "--json").json["result"] == "unchanged"
    os.chmod(desk.at("mail.test.pfx"), 0o644)
    assert desk.export("mail.test", *with_secret, "--json").json["result"] == "written"
    assert mode_of(desk.at("mail.test.pfx"))[2] == 0o600
    write(desk.at("mail.test.pfx"), b"\x30\x82garbage", 0o600)
    assert desk.export("mail.test", *with_secret, "--json").json["result"] == "written"
    for text in ("", "\n", "two\nlines\n", "x" * 300):
        write(secret, text, 0o600)
        r = desk.export("mail.test", *with_secret)
        assert r.code == 64 and "one line" in r.err or "cannot be read" in r.err, (text, r)
    os.chmod(secret, 0o666)
    assert "not root's alone" in desk.export("mail.test", *with_secret).err
    r = desk.export("mail.test", "--password-file", secret)
    assert r.code == 64 and "for --form pfx" in r.err, r
    assert desk.export("mail.test", "--form", "p12").code == 64


def test_root_reads_nothing(desk):
    """Files of the store are opened by a process that has become MSSLUser, and by no other."""
    desk.put(desk.ca.leaf("mail.test"), "mail.test.pem")
    log = desk.at("strace")
    r = subprocess.run(["strace", "-f", "-o", log, "-e", "trace=openat,open,setuid,setresuid,clone,fork,vfork", PROGRAM,
                        "--state-dir", desk.ctl.state, "export", "mail.test", desk.dir], env=traced(), check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert r.returncode == 0, r.stdout
    lines = read(log).splitlines()
    readers = {line.split()[0] for line in lines if desk.store + '"' in line}
    uid = pwd.getpwnam(BROKER_USER).pw_uid
    assert len(readers) == 1 and lines[0].split()[0] not in readers
    assert any(line.split()[0] in readers and re.search(r"setresuid\(%d, " % uid, line) for line in lines), lines[-40:]
    # And that one writes nothing.
    assert not [line for line in lines if line.split()[0] in readers and "O_CREAT" in line]


def test_last_good(new_server, ca):
    """Files that went bad under a running server: the pair that visitors still get, and it is said."""
    s = new_server("MSSLInventory on 1s\nMSSLCertStore dir:{dir}/store\n<VirtualHost 127.0.0.1:{p0}>\n"
                   "ServerName a.test\nSSLEngine on\nMSSLEngine on\n</VirtualHost>\n")
    good = ca.leaf("a.test")
    path = file_pair(good, s.path("store"), "a.test")
    folder = s.path("mail")
    os.makedirs(folder)
    with s:
        history = s.path("run", "mssl", "history")
        wait_until(lambda: [n for d in os.listdir(history) for n in os.listdir(os.path.join(history, d))
                            if n.startswith(".a.test.")], "the history", 60)
        s.expect("MSSL0")
        write(path, "garbage", 0o600)
        ctl = [PROGRAM, "--state-dir", s.path("run", "mssl"), "export", "a.test", folder]
        r = subprocess.run(ctl, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), check=False)
        assert r.returncode == 1 and "this is the last good pair" in r.stdout, r
        assert good.key_pem in read(folder, "a.test.pem")


@pytest.mark.parametrize("form", ["pem", "split"])
def test_watch(desk, form):
    """The units are good ones, and what they run exports and reloads when it is time, and not more often."""
    desk.put(desk.ca.leaf("mail.test"), "mail.test.pem")
    units, tools = desk.at("units"), desk.at("tools")
    os.makedirs(units)
    os.makedirs(tools)
    args = ["--form", form, "--watch", "postfix", "--units", units, "--owner", ":mail"]
    r = desk.export("mail.test", *args)
    stem = "mssl-export-mail.test-postfix"
    assert r.code == 0 and "systemctl enable --now %s.path %s.timer" % (stem, stem) in r.out, r
    assert sorted(os.listdir(units)) == [stem + e for e in (".path", ".service", ".timer")]
    assert "PathChanged=%s/mail.test.pem\n" % desk.store in read(units, stem + ".path")
    if shutil.which("systemd-analyze"):
        r = subprocess.run(["systemd-analyze", "verify", "--man=no"] + [os.path.join(units, n) for n in os.listdir(units)],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert not [line for line in r.stdout.splitlines() if stem in line and "is not executable" not in line], r
    # What systemd would run, with a systemctl of ours.
    write(os.path.join(tools, "systemctl"), "#!/bin/sh\necho \"$@\" >> %s\nexit $(cat %s)\n"
          % (desk.at("reloads"), desk.at("code")), 0o755)
    write(desk.at("code"), "0")
    write(desk.at("reloads"), "")
    commands = [shlex.split(line.split("=", 1)[1].replace("$$", "$").replace("/run/mssl-export", desk.dir))
                for line in read(units, stem + ".service").splitlines() if line.startswith("ExecStart=")]

    def run():
        for command in commands:
            code = subprocess.run(command, check=False, stdout=subprocess.DEVNULL,
                                  env=environment(PATH=tools + ":" + os.environ["PATH"])).returncode
            if code > 1:
                return code
        return len(read(desk.at("reloads")).splitlines())

    assert run() == 1 and read(desk.at("reloads")) == "try-reload-or-restart postfix\n"
    assert run() == 1, "nothing has changed"
    desk.put(desk.ca.leaf("mail.test", days=300), "mail.test.pem")
    assert run() == 2
    desk.put(desk.ca.leaf("mail.test", days=301), "mail.test.pem")
    write(desk.at("code"), "7")
    assert desk.export("mail.test", *args).code == 0, "by hand"
    assert run() == 7
    write(desk.at("code"), "0")
    assert run() == 4, "what failed is tried again"
    desk.put(None, "mail.test.pem", text="garbage")
    assert run() == 2 and len(read(desk.at("reloads")).splitlines()) == 4, "exit 2: nothing is reloaded"


def test_watch_takes_nothing_odd(desk):
    desk.put(desk.ca.leaf("mail.test"), "mail.test.pem")
    for unit in ("", "-x", "a b", "../x", "x\ny", "x%i"):
        r = desk.export("mail.test", "--watch", unit)
        assert r.code == 64 and "--watch needs" in r.err, (unit, r)
    odd = desk.at("a b")
    os.makedirs(odd)
    r = desk.export("mail.test", "--watch", "postfix", folder=odd)
    assert r.code == 64 and "cannot stand in a unit" in r.err, r
    assert desk.export("mail.test", folder=odd).code == 0
    assert "--units is for" in desk.export("mail.test", "--units", desk.dir).err
    os.chmod(odd, 0o777)
    r = desk.export("mail.test", "--watch", "postfix", "--units", desk.at("none"))
    assert r.code == 73 and "is not there" in r.err, r


def renew(desk, server, *args, reloads=True):
    """Two pairs after each other, each shown by the server when it has been reloaded."""
    leaves = [desk.ca.leaf("mail.test", key=kind, days=100 + i, intermediate=True)
              for i, kind in enumerate(("ecdsa", "rsa", "rsa"))]
    desk.put(leaves[0], "mail.test.pem")
    assert desk.export("mail.test", *args).code == 0
    with server as s:
        s.shows(leaves[0].serial)
        for leaf in leaves[1:]:
            desk.put(leaf, "mail.test.pem")
            assert desk.export("mail.test", *args).code == 0
            if reloads:
                s.reload()
            s.shows(leaf.serial)


@pytest.mark.skipif(not mta.is_there(), reason="no Postfix (tests/run has Debian's unpacked), or no mounts")
def test_postfix(desk):
    renew(desk, mailserver.Postfix(os.path.dirname(desk.dir), "smtpd_tls_chain_files = %s\n" % desk.at("mail.test.pem")))


@pytest.mark.skipif(not mailserver.has_dovecot(), reason="no Dovecot (tests/run has Debian's unpacked), or no mounts")
@pytest.mark.parametrize("form", ["pem", "split"])
def test_dovecot(desk, form):
    cert, key = ([desk.at("mail.test.pem")] * 2 if form == "pem"
                 else [desk.at("mail.test", n) for n in ("fullchain.pem", "privkey.pem")])
    renew(desk, mailserver.Dovecot(os.path.dirname(desk.dir), cert, key), "--form", form)


@pytest.mark.skipif(not mta.has_exim(), reason="no Exim (tests/run has Debian's unpacked), or no mounts")
def test_exim(desk):
    """It reads the pair as its own user, for each connection."""
    os.chmod(os.path.dirname(desk.dir), 0o755)
    renew(desk, mailserver.Exim(os.path.dirname(desk.dir), desk.at("mail.test.pem")), "--owner", "0:%d" % mta.EXIM,
          reloads=False)
