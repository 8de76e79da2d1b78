# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Issuing under attack and in want: scripts that pry, links, a full disk, two stewards, names of strangers by the thousand."""

import hashlib
import os
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from lib import tls
from lib.ca import write
from lib.inject import IS_HERE, Inside, is_refused
from lib.issuing import FAKE, LIST, Issuing
from lib.server import BUILD, IS_ROOT, WWW, wait_until
from lib.steward import STEWARD_USER, own_ids
from lib.world import file_pair, new_address
from test_76_rights import landlock
from test_77_faults import fill, needs_mount, tmpfs

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

PRIVATE = ("requests", "keys", "accounts", "work", "archive", "orders", "issued", "notified", "history")


@pytest.fixture
def issuing(new_server, ca):
    return lambda *a, **kw: Issuing(new_server, ca, *a, **kw)


def shown(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def as_user(user, script):
    """What a shell of theirs says, out and errors."""
    return subprocess.run(["sh", "-c", script], user=user, group="nogroup", extra_groups=[], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout


def test_script_of_httpds_user(issuing):
    """It reads no key, account or request, and writes no job, challenge or request."""
    i = issuing()
    with i.server:
        i.permit("a.test")
        i.wait_confirmed("a.test")
        for folder in PRIVATE:
            if os.path.isdir(i.state(folder)):
                assert "Permission denied" in as_user(WWW, "ls " + i.state(folder)), folder
                assert "Permission denied" in as_user(WWW, "echo x >%s/x" % i.state(folder)), folder
        (folder,) = os.listdir(i.state("issued"))
        assert "Permission denied" in as_user(WWW, "cat " + i.state("issued", folder, "a.test.pem"))
        assert "mssl-job/1" in as_user(WWW, "cat " + i.state("jobs", "a.test"))     # no secret is in it
        for path in ("jobs/b.test", "jobs/a.test", "challenge/x", "issue.json"):
            assert "denied" in as_user(WWW, "echo x >%s" % i.state(path)), path
        assert "denied" in as_user(WWW, "ls " + i.state("jobs"))


PRY = """[ "$verb" = issue ] || exit 3
cd "$MSSL_ACCOUNT_DIR/../.." 2>/dev/null
state=${MSSL_ACCOUNT_DIR%/accounts/*}
for path in keys issued jobs requests orders archive accounts/other work/other.test; do
    ls "$state/$path" >/dev/null 2>&1 && echo "listed $path" >>"$MSSL_ACCOUNT_DIR/pried"
done
for path in jobs/a.test jobs/evil.test issued/evil.pem keys/evil.key requests/todo/a.test; do
    echo x >"$state/$path" 2>/dev/null && echo "wrote $path" >>"$MSSL_ACCOUNT_DIR/pried"
done
cat "$state/keys/$MSSL_NAME.key" >/dev/null 2>&1 && echo "read the key" >>"$MSSL_ACCOUNT_DIR/pried"
cat "$state/issue.json" >/dev/null 2>&1 && echo "read issue.json" >>"$MSSL_ACCOUNT_DIR/pried"
echo tried >>"$MSSL_ACCOUNT_DIR/pried"
cd "${MSSL_CHAIN%/*}"
"""


@pytest.mark.skipif(not landlock(), reason="this kernel has no Landlock")
def test_issuer_that_pries(issuing):
    """It has the steward's user, and sees what is its own alone."""
    i = issuing()
    i.do(PRY)
    with i.server:
        os.makedirs(i.state("accounts", "other"))
        os.makedirs(i.state("work", "other.test"))
        for path in ("accounts/other", "work/other.test"):
            os.chown(i.state(path), *own_ids())
        i.permit("a.test")
        i.wait_confirmed("a.test")
        with open(i.state("accounts", "fake", "pried")) as f:
            assert f.read() == "tried\n"


LIST_OPEN = """#!/usr/bin/python3
import os, sys
with open(sys.argv[1], "a") as f:
    for n in range(3, 256):
        try:
            what = os.fstat(n)
        except OSError:
            continue
        if n != f.fileno():
            f.write("%d: inode %d, mode %o\\n" % (n, what.st_ino, what.st_mode))
    f.write("looked, " + ",".join(sorted(v for v in os.environ if v.startswith("MSSL"))) + "\\n")
"""


def test_what_programs_inherit(issuing):
    """Neither an issuer nor a command that is told has a descriptor of the steward's, or its variables."""
    i = issuing("MSSLIssueFor list:{dir}/names\nMSSLNotifyCommand every=1s {dir}/open/list {dir}/told/here\n" + FAKE)
    s = i.server
    write(s.path("open", "list"), LIST_OPEN, 0o755)
    os.makedirs(s.path("told"))
    os.chown(s.path("told"), *own_ids())
    i.do('[ "$verb" != issue ] || /usr/bin/python3 "$here/list" "$MSSL_ACCOUNT_DIR/open"\n')
    write(s.path("issuer", "list"), LIST_OPEN, 0o755)
    with s:
        i.permit("a.test")
        i.wait_confirmed("a.test")
        wait_until(lambda: os.path.exists(s.path("told", "here")) and os.path.getsize(s.path("told", "here")), "a word")
        with open(i.state("accounts", "fake", "open")) as f:
            issuer = f.read()
        with open(s.path("told", "here")) as f:
            told = f.read()
    assert issuer == ("looked, MSSL_ACCOUNT_DIR,MSSL_CHAIN,MSSL_CHALLENGE_DIR,MSSL_CSR,MSSL_NAME,MSSL_NAMES,"
                      "MSSL_REQUEST\n")
    assert set(told.splitlines()) == {"looked, MSSL_COUNT,MSSL_EVENT,MSSL_SERVER,MSSL_WORST"}


def test_issuer_that_stays(issuing):
    """What an issuer leaves behind in its session ends with it."""
    i = issuing()
    i.do('[ "$verb" != issue ] || { sleep 600 </dev/null >/dev/null 2>&1 & echo $! >"$MSSL_ACCOUNT_DIR/left"; }\n')
    with i.server:
        i.permit("a.test")
        i.wait_confirmed("a.test")
        with open(i.state("accounts", "fake", "left")) as f:
            left = int(f.read())
        wait_until(lambda: not is_running(left), "the end of what was left")


def test_links(issuing, ca):
    """A link in a folder of the steward's leads nobody to what is root's."""
    i = issuing()
    s = i.server
    s.expect("MSSL0110: .*evil.test", "MSSL0254: steward: ")
    secret = ca.leaf("evil.test")
    file_pair(secret, s.path("secret"), "evil.test")
    os.chmod(s.path("secret", "evil.test.pem"), 0o600)
    with s:
        i.permit("a.test")
        i.wait_confirmed("a.test")
        folder = i.state("issued", hashlib.sha256(b"evil.test").hexdigest()[:2])
        as_user(STEWARD_USER, "mkdir -p %s && ln -s %s %s/evil.test.pem" % (folder, s.path("secret", "evil.test.pem"), folder))
        assert os.path.islink(os.path.join(folder, "evil.test.pem"))
        assert shown(s, "evil.test") != secret.serial
        # Nor are its own files written through one.
        write(s.path("precious"), "precious\n", 0o666)
        as_user(STEWARD_USER, "ln -s {0} {1}/jobs/b.test; ln -s {0} {1}/orders/fake.x; rm -f {1}/orders/fake; "
                "ln -s {0} {1}/orders/fake".format(s.path("precious"), i.state()))
        i.permit("a.test", "c.test")
        i.wait_confirmed("c.test")
        with open(s.path("precious")) as f:
            assert f.read() == "precious\n"


@needs_mount
def test_disk_full(issuing):
    """Nothing is lost, what serves serves on; with room again it is gone on with."""
    i = issuing("MSSLIssueFor list:{dir}/names requests\nMSSLStateDir {dir}/small\n"
                "MSSLIssuer fake {dir}/issuer/fake --directory https://ca.test/dir --ca-file {dir}/issuer/ca.pem\n")
    s = i.server
    s.expect("MSSL0236", "MSSL0254", "MSSL0251", "MSSL0218", "MSSL01", "No space")
    i.state = lambda *path: s.path("small", *path)
    with tmpfs(s.path("small"), "2m"):
        os.chmod(s.path("small"), 0o711)
        with s:
            i.permit("a.test")
            before = i.wait_confirmed("a.test")["serial"]
            fill(s.path("small"))
            more = ["n%d.test" % n for n in range(20)]
            i.permit("a.test", "b.test", *more)
            s.wait_error("MSSL0254: steward: .*No space|MSSL0251: steward: b.test", timeout=60)
            assert shown(s, "a.test") == int(before, 16)
            os.unlink(s.path("small", "ballast"))
            i.ctl.state = s.path("small")
            wait_until(lambda: i.ctl("retry", "b.test").code == 0, lambda: i.job("b.test"), 120)
            wait_until(lambda: shown(s, "b.test") == int(i.job("b.test")["serial"], 16), "b.test")
            assert i.job("a.test")["serial"] == before
            i.ctl("retry", *more)
            for name in more:
                i.wait_job(name, "installed", 120)
            # Four are tried at a time: who was begun before the first had failed may say it, too. What was written
            # beside them and taken away may make room for one of the 21, which ends the trouble until the next.
            ends = s.count_error("MSSL0224: steward: .* so is every name; .*: No space left")
            assert ends >= 1 and 1 <= s.count_error("MSSL0254: steward: .*No space") <= 8 * ends, s.error_log()


def test_two_stewards(issuing):
    """One is at work, and no name is ordered twice."""
    i = issuing()
    s = i.server
    s.expect("MSSL0152: steward")
    names = ["n%d.test" % n for n in range(6)]
    with s:
        wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "the steward")
        uid, gid = own_ids()
        with open(s.path("second.log"), "wb") as log:
            second = subprocess.Popen([os.path.join(BUILD, "mssl-steward"), "--state-dir", i.state()], user=uid, group=gid,
                                      extra_groups=[], stdin=subprocess.DEVNULL, stderr=log)
        try:
            wait_until(lambda: b"another one is at work" in open(s.path("second.log"), "rb").read(), "the second one's word")
            i.permit(*names)
            for name in names:
                i.wait_job(name, "installed")
            assert [i.count("issue", name) for name in names] == [1] * len(names)
            # The first is ended: the second goes on, or httpd's next one, and the other waits.
            first = i.steward()
            os.kill(first, 15)
            wait_until(lambda: i.steward() != first, "the next one")
            i.permit(*names, "later.test")
            i.wait_job("later.test", "installed")
            assert [i.count("issue", name) for name in names] == [1] * len(names)
        finally:
            second.terminate()
            second.wait(30)


def test_strangers_by_the_thousand(issuing):
    """Hints of names that nobody vouches for: no job, no file, no order, and no memory of them."""
    i = issuing()
    s = i.server
    with s:
        i.permit("a.test")
        i.wait_confirmed("a.test")

        def memory():
            with open("/proc/%d/status" % i.steward()) as f:
                return int(next(line for line in f if line.startswith("VmRSS:")).split()[1])

        before, pid = memory(), i.steward()
        for n in range(3000):
            with tls.Client(s.port, "r%d.stranger%d.test" % (n, n % 7), source=new_address()).connect():
                pass
        i.permit("a.test", "b.test")
        i.wait_job("b.test", "installed")
        assert i.steward() == pid and memory() < before + 2048
        assert sorted(os.listdir(i.state("jobs"))) == ["a.test", "b.test"]
        assert sorted(os.listdir(i.state("work"))) in (["a.test.lock", "b.test.lock"],
                                                       ["a.test", "a.test.lock", "b.test", "b.test.lock"])
        with open(i.state("orders", "fake")) as f:
            assert len(f.read().splitlines()) == 2


def renew(i):
    """Another generation of all."""
    s, before = i.server, i.steward()
    children = set(s.children())
    s.graceful()
    wait_until(lambda: i.steward() != before and not children & set(s.children()), "the next generation")


def sha256(leaf):
    return leaf.cert.fingerprint(hashes.SHA256()).hex()


@pytest.mark.skipif(not IS_HERE, reason="calls are injected on x86-64 only")
def test_revoked_by_a_taken_over_steward(issuing, ca):
    """By its folder "revoked" it decides what is not good last, of anybody's pairs, and nothing else."""
    i = issuing("MSSLCertStore dir:{dir}/store\n" + LIST + FAKE)
    s = i.server
    leaves = {name: ca.leaf(name) for name in ("good.test", "mine.test", "yours.test")}
    for name, leaf in leaves.items():
        file_pair(leaf, s.path("store"), name)
    os.chmod(s.path("store"), 0o700)
    s.expect("MSSL0110: .*(mine|yours).test")
    marks = [i.state("revoked", sha256(leaves[name])) for name in ("good.test", "mine.test")]
    history = i.state("history", hashlib.sha256(b"mine.test").hexdigest()[:2])
    with s:
        assert all(shown(s, name) == leaf.serial for name, leaf in leaves.items())
        wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")) and os.path.isdir(history), "the steward, a walk")
        with Inside(i.steward()) as inside:
            tries = [("open", s.path("store", "mine.test.pem"), os.O_RDONLY), ("open", history, os.O_RDONLY),
                     ("unlink", s.path("store", "mine.test.pem")), ("rename", i.state("revoked"), i.state("gone")),
                     ("rename", i.state("jobs"), i.state("history")), ("symlink", "/", i.state("new")),
                     ("mkdir", i.state("new"), 0o755), ("chmod", i.state("history"), 0o777)]
            assert [t for t in tries if not is_refused(inside.call(*t))] == []
            # Whatever it is that lies there, it is not followed, and nobody waits for it.
            assert inside.call("mknod", marks[0], 0o010644, 0) == 0
            assert inside.call("symlink", "/dev/zero", marks[1]) == 0
        # Whose own files are good is served, by children that come later, too.
        renew(i)
        assert all(shown(s, name) == leaf.serial for name, leaf in leaves.items())
        assert i.ctl("check", *leaves, "--json").json["totals"]["bad"] == 0
        for name in ("mine.test", "yours.test"):
            write(s.path("store", name + ".pem"), "garbage")
        renew(i)
        assert shown(s, "mine.test") == shown(s, "nobody.test") != leaves["mine.test"].serial
        assert all(shown(s, name) == leaves[name].serial for name in ("good.test", "yours.test"))
        with Inside(i.steward()) as inside:
            assert inside.call("unlink", marks[1]) == 0
        wait_until(lambda: shown(s, "mine.test") == leaves["mine.test"].serial, "what was good last")


@pytest.mark.skipif(not IS_HERE, reason="calls are injected on x86-64 only")
def test_issued_by_a_taken_over_steward(issuing):
    """What was issued is its own: it has the key, and files what was revoked again, marked or not."""
    i = issuing()
    s = i.server
    s.expect("MSSL0251: steward: a.test")
    i.do('[ "$verb" != revoke ] || exit 0\n')
    i.permit("a.test")
    with s:
        job = i.wait_confirmed("a.test")
        serial, mark = int(job["serial"], 16), i.state("revoked", job["sha256"])
        file = i.state("issued", hashlib.sha256(b"a.test").hexdigest()[:2], "a.test.pem")
        i.do('[ "$verb" != revoke ] || exit 0\nexit 31\n')
        assert i.ctl("revoke", "a.test", "--reason", "keyCompromise").code in (0, 1, 75)
        i.wait_job("a.test", "failed")
        assert os.path.exists(mark) and shown(s, "a.test") == shown(s, "nobody.test") != serial
        with Inside(i.steward()) as inside:
            fd = inside.call("open", i.state("archive", "a.test.pem"), os.O_RDONLY)
            assert fd > 2 and inside.call("close", fd) == 0
            assert inside.call("link", i.state("archive", "a.test.pem"), file) == 0
        wait_until(lambda: shown(s, "a.test") == serial, "what was revoked")
        assert os.path.exists(mark)
