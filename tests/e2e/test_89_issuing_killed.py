# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
kill -9 at each step of an order, with a real authority that counts: whatever is ended, and wherever, the certificate comes,
by the same key and request; one order is made, or where it was under way at most two, and none is left uncounted.
"""

import os
import shutil
import signal
import subprocess

import pytest
from lib.pebble import MISSING, can_trust
from lib.server import wait_until
from test_89_issuing import cert_of, family, shown
from test_89_issuing_acme import host, use_root

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING)),
    pytest.mark.skipif(not shutil.which("uacme"), reason="there is no uacme here"),
    pytest.mark.skipif(not can_trust(), reason="whom uacme trusts is the system's, and cannot be changed here"),
]

# Of a worker: each file that it writes whole is a rename. The key, the request, the job as ordered, the request for the
# issuer, its account's mark (of the first one alone), its log, the pair, the job as installed, and as confirmed.
RENAMES = 9
# The issuer ends itself before it answers a challenge, behind that, and when it has the chain.
ISSUER = {
    "begin": ('case $1 in begin | done | failed) answer "$@" ;; esac',
              'case $1 in begin | done | failed) die "$1"; answer "$@" ;; esac'),
    "done": None,
    "chain": ('    mv order-cert.pem "$MSSL_CHAIN"\n', '    mv order-cert.pem "$MSSL_CHAIN"\n    die chain\n'),
}
DIE = """
die() { # die WHERE: once, where a test has laid a file for it
    [ -e "$MSSL_ACCOUNT_DIR/die.$1" ] || return 0
    rm "$MSSL_ACCOUNT_DIR/die.$1"
    echo "$MSSL_CSR" >"$MSSL_ACCOUNT_DIR/died.$1"
    [ "$1" = chain ] || kill -9 "$PPID"
    kill -9 $$
}
"""


def count_orders(pebble):
    """What it was asked for."""
    return pebble.log().count("POST /order-plz")


def key_of(i, name):
    """The request that is kept for an order under way."""
    try:
        with open(i.state("keys", name + ".csr")) as f:
            return f.read()
    except FileNotFoundError:
        return None


def end_all(i):
    """The steward and all that works for it."""
    for pid in family(i.steward()):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def settle(i, name, before, counted=(1,), is_killed=True):
    """What was begun comes to its end, by the next steward; httpd waits before it begins one that dies again and again."""
    if is_killed:
        end_all(i)
    else:
        i.server.graceful()
    wait_until(lambda: i.steward() != before, "the next steward")
    job = i.wait_job(name, "installed", 90)
    wait_until(lambda: shown(i.server, name) == cert_of(i, name), "the certificate of " + name)
    assert job["failures"] == "0", job
    wait_until(lambda: key_of(i, name) is None, "the key of the order to be gone")
    with open(i.state("orders", "pebble")) as f:
        assert [line.split()[1:] for line in f].count(["first", name]) in counted, name


@pytest.fixture
def started(new_server, ca):
    i, pebble = host(new_server, ca)
    s = i.server
    s.expect("MSSL0152: steward", "MSSL0254: steward: .*was ended", "MSSL0251: steward")
    path = s.path("issuer", "uacme")
    with open(path) as f:
        text = f.read()
    for row in filter(None, ISSUER.values()):
        assert row[0] in text
        text = text.replace(*row)
    with open(path, "w") as f:
        f.write(text.replace("\nset -u\n", "\nset -u\n" + DIE, 1))
    with pebble:
        use_root(i, pebble)
        with s:
            i.permit("first.test")
            i.wait_confirmed("first.test")        # there is an account
            yield i, pebble


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_worker(started):
    """The process that works on the name, at each file that it writes."""
    i, pebble = started
    killed = 0
    for n in range(1, RENAMES + 1):
        name, before, orders = "n%d.test" % n, i.steward(), count_orders(pebble)
        trace = subprocess.Popen(["strace", "-f", "-e", "trace=renameat", "-e", "inject=renameat:signal=SIGKILL:when=%d" % n,
                                  "-o", i.server.path("trace"), "-p", str(before)], stderr=subprocess.PIPE, text=True)
        assert "attached" in trace.stderr.readline()
        i.permit("first.test", name)

        def over():
            with open(i.server.path("trace")) as f:
                return "killed by SIGKILL" in f.read() or "confirmed" in i.job(name)
        wait_until(over, lambda: "the end at %d: %s" % (n, i.job(name)), 60)
        request, state = key_of(i, name), i.job(name).get("state")
        trace.kill()
        trace.wait()
        killed += "confirmed" not in i.job(name)
        # One that was written down, and not begun, is written down again: rather one too many.
        settle(i, name, before, (1, 2) if state in (None, "wanted") else (1,), n % 4 == 1)
        made = count_orders(pebble) - orders
        # Before the issuer was begun, and when its chain was there, nothing is ordered a second time.
        assert made in ((1,) if request is None or state != "ordered" else (1, 2)), (n, made, state)
    assert killed >= 6, killed


@pytest.mark.parametrize("where", list(ISSUER))
def test_issuer(started, where):
    """The program that asks the authority, and then all that is at work."""
    i, pebble = started
    before, orders = i.steward(), count_orders(pebble)
    with open(i.state("accounts", "pebble", "die." + where), "w"):
        pass
    os.chmod(i.state("accounts", "pebble"), 0o777)
    i.permit("first.test", "a.test")
    wait_until(lambda: os.path.exists(i.state("accounts", "pebble", "died." + where)), "its end")
    os.chmod(i.state("accounts", "pebble"), 0o700)
    wait_until(lambda: i.job("a.test").get("state") in ("failed", "installed"), lambda: i.job("a.test"))
    request = key_of(i, "a.test")
    # It failed, as of a program that ends so; what it had is used for the next try.
    assert i.job("a.test")["state"] == "failed" and request is not None
    assert i.ctl("retry", "a.test").code == 0, i.ctl("job", "a.test")
    settle(i, "a.test", before, counted=(2,))
    made = count_orders(pebble) - orders
    assert made == (1 if where == "chain" else 2), made
