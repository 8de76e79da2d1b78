# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Names that were in use are warm after a graceful restart, before anybody asks for them."""

import itertools
import os
import re
import signal
import subprocess
import time

import pytest
from lib import broker, clock, live
from lib.ca import write
from lib.server import ASAN, wait_until
from lib.world import file_pair

USED = ("a.test", "b.test", "w1.wild.test")
UNUSED = "c.test"


def serial(world, name):
    with world.client(name).connect() as conn:
        return conn.serial


def new_children(s, mark):
    """
    {pid: how many names it loaded} of the new generation. httpd begins as many children as it sees fit, and
    looks once a second: these are all when each has loaded, and none has come or gone for two looks.
    """
    def settled():
        now = set(live.workers(s))
        if now != settled.seen:
            settled.seen, settled.since = now, time.monotonic()
        return now and now <= set(loaded()) and time.monotonic() - settled.since > 2.2

    def loaded():
        return {int(pid): int(n) for pid, n in re.findall(r"\[pid (\d+)[^\n]*MSSL0117: (\d+) of", s.error_log(mark))}

    settled.seen, settled.since = None, 0
    wait_until(settled, lambda: "the new children:\n" + s.error_log(mark))
    return {pid: n for pid, n in loaded().items() if pid in settled.seen}


@pytest.mark.parametrize("access", ["broker", "direct"])
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_new_children_inherit_the_names_in_use(new_world, mpm, access):
    """The store is taken away once the new generation runs: what was in use is served all the same."""
    if access == "broker" and os.geteuid() != 0:
        access = "auto"
    w = new_world("light", mpm=mpm, main="MSSLKeyAccess %s\n" % access)
    s = w.server
    s.has_broker = access == "broker"
    s.expect("MSSL0113", "MSSL0161")   # the store is gone; in direct mode everybody can read it
    if access == "direct" and os.geteuid() == 0:
        for folder, _, names in os.walk(s.path("store")):
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)
    with s:
        for name in USED:
            assert serial(w, name) == w.leaf(name).serial
        mark = s.log_mark()
        s.graceful()
        children = new_children(s, mark)
        assert all(loaded >= len(USED) for loaded in children.values()), children
        os.rename(s.path("store"), s.path("gone"))
        for _ in range(3):
            for name in USED:
                assert serial(w, name) == w.leaf(name).serial
        assert serial(w, UNUSED) == w.dummy.serial
        os.rename(s.path("gone"), s.path("store"))
        wait_until(lambda: serial(w, UNUSED) == w.leaf(UNUSED).serial, "the store to be back")


def test_many_names(new_server, ca):
    """All of them, by each child."""
    s = live.live_server(new_server, ca)
    s.expect("MSSL0113")
    leaves = {"n%d.test" % i: ca.leaf("n%d.test" % i) for i in range(40)}
    for name, leaf in leaves.items():
        file_pair(leaf, s.path("store"), name)
    with s:
        assert all(live.serial(s, name) == leaf.serial for name, leaf in leaves.items())
        for _ in range(5):      # two seconds may not do on a busy machine
            mark = s.log_mark()
            s.graceful()
            children = new_children(s, mark)
            if set(children.values()) == {40}:
                break
        assert set(children.values()) == {40}
        os.rename(s.path("store"), s.path("gone"))
        live.check_all(s, leaves)


def of_one_place(source, n, sets=512):
    """Names that a hash without a seed (FNV-1a) puts into one place of a table."""
    places = {}
    for i in itertools.count():
        name, h = "n%d.test" % i, 14695981039346656037
        for byte in (source + name).encode():
            h = (h ^ byte) * 1099511628211 % 2 ** 64
        names = places.setdefault(((h ^ h >> 32) & (4 * sets - 1)) // 4, [])
        names.append(name)
        if len(names) == n:
            return names


def test_nobody_chooses_a_place(new_server, ca):
    """Names that would push out each other, could whoever has them know where they come to lie."""
    s = live.live_server(new_server, ca)
    s.expect("MSSL0113")
    names = of_one_place("dir:" + s.path("store"), 8)
    leaf = ca.leaf(*names)
    for name in names:
        file_pair(leaf, s.path("store"), name)
    with s:
        assert all(live.serial(s, name) == leaf.serial for name in names)
        for _ in range(5):      # two seconds may not do on a busy machine
            mark = s.log_mark()
            s.graceful()
            children = new_children(s, mark)
            if set(children.values()) == {8}:
                break
        assert set(children.values()) == {8}, children


def opened_by(pid, restart, out):
    """What a process opened while something was done, as strace tells."""
    tracer = subprocess.Popen(["strace", "-f", "-e", "trace=open,openat,openat2", "-o", out, "-p", str(pid)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: "TracerPid:\t0\n" not in open("/proc/%d/status" % pid).read(), "strace")
        restart()
    finally:
        tracer.terminate()
        tracer.wait()
    with open(out) as f:
        return [line for line in f if line.startswith("%d " % pid)]


@pytest.mark.skipif(os.geteuid() != 0, reason="without root there is no broker")
def test_the_parent_opens_no_file_of_a_store(new_server, ca):
    """At a graceful restart with names in use, and with a PFX among them that takes a second."""
    s = live.live_server(new_server, ca, more="MSSLCertificate c.test {dir}/named/c.pem\n")
    s.expect("MSSL0110: .*'slow.test'")     # a busy machine needs more than two seconds for it
    ca.leaf("c.test").write_joined(s.path("named", "c.pem"))
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    slow = ca.leaf("slow.test", key="rsa")
    subprocess.run(["openssl", "pkcs12", "-export", "-in", slow.write_joined(s.path("slow.pem")), "-out",
                    s.path("store", "slow.test.pfx"), "-passout", "pass:x", "-iter", "900000", "-nomaciter"],
                   check=True)
    write(s.path("store", "slow.test.pass"), "x\n")
    with s:
        assert live.serial(s, "a.test") == leaf.serial
        wait_until(lambda: live.serial(s, "slow.test") == slow.serial, "the slow name")
        begun = time.monotonic()
        opened = opened_by(s.proc.pid, s.graceful, s.path("strace.out"))
        took = time.monotonic() - begun
        assert any("httpd.conf" in line for line in opened), "strace saw nothing"
        assert not [line for line in opened if "/store/" in line or "/named/" in line], "the parent opens files"
        assert took < (3 if not ASAN else 10), "the restart waited for a slow name"
        assert live.serial(s, "a.test") == leaf.serial


@pytest.mark.skipif(os.geteuid() != 0, reason="without root there is no broker")
def test_a_child_that_ends_blames_no_name(new_server, ca):
    """Stopped while it loads names in advance, and the broker does not answer any more."""
    s = live.live_server(new_server, ca, mpm="prefork", main="StartServers 1\nMaxSpareServers 1\n")
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("AH00052")     # the child that is killed
    with s:
        assert live.serial(s, "a.test") == leaf.serial
        asleep = broker.wait_broker(s)
        os.kill(asleep, signal.SIGSTOP)
        try:
            before = live.workers(s)
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: any(len(os.listdir("/proc/%d/task" % pid)) == 2
                                   for pid in live.workers(s) if pid not in before),
                       "a new child that loads in advance")
        finally:
            s.proc.send_signal(signal.SIGTERM)
            s.proc.wait(30)
            os.kill(asleep, signal.SIGCONT)     # to hear that its parent is gone
    assert s.count_error("MSSL0110") == 0
    wait_until(lambda: not os.path.exists("/proc/%d" % asleep), "the broker's end")


@pytest.mark.skipif(ASAN, reason="the clock and ASan both want to be loaded first")
def test_a_child_that_comes_later_loads_nothing_in_advance(new_server, ca):
    """It may live for a few connections, and would load hundreds of names for them."""
    s = live.live_server(new_server, ca, mpm="prefork",
                         main="StartServers 1\nMaxSpareServers 1\nMaxConnectionsPerChild 5\n")
    clock.install(s)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    with s:
        assert live.serial(s, "a.test") == leaf.serial
        clock.turn(s, 1)
        before, mark = set(live.workers(s)), s.log_mark()

        def came():
            assert live.serial(s, "a.test") == leaf.serial
            return set(re.findall(r"\[pid (\d+)[^\n]*MSSL0007: ", s.error_log(mark))) - set(map(str, before))
        wait_until(came, "a child that began and ended later")
        loaded = set(re.findall(r"\[pid (\d+)[^\n]*MSSL0117: ", s.error_log(mark))) - set(map(str, before))
        assert not loaded, s.error_log(mark)


def test_a_name_that_is_gone_is_not_served_from_memory(new_world):
    """Loading in advance looks at the files: a certificate that was removed stays removed."""
    w = new_world("light")
    s = w.server
    with s:
        assert serial(w, "a.test") == w.leaf("a.test").serial
        os.unlink(s.path("store/a.test.pem"))
        s.graceful()
        wait_until(lambda: serial(w, "a.test") == w.dummy.serial, "the name to be unknown")
        assert serial(w, "b.test") == w.leaf("b.test").serial
