# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Faults, for real, while clients come: children killed, the store unmounted, the disk full, no file
descriptors left, the clock turned, 50 restarts. Always: no wrong certificate, no site under the dummy, no
crash, bounded memory, nothing unexpected in the log.
"""

import contextlib
import os
import random
import resource
import signal
import subprocess
import tempfile
import threading

import pytest
from lib import broker, clock, ocsp, tls
from lib.ca import write
from lib.live import (CHILDREN, INTERVAL, Visitor, check_all, in_each, live_server, modes, only, pss, rss, serial,
                      settle, workers)
from lib.server import ASAN, IS_ROOT, wait_until
from lib.world import ask, file_pair



def _can_mount():
    if not IS_ROOT:
        return False
    with tempfile.TemporaryDirectory() as path:
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", path], stderr=subprocess.DEVNULL).returncode != 0:
            return False
        return subprocess.run(["umount", path]).returncode == 0


needs_mount = pytest.mark.skipif(not _can_mount(), reason="needs the right to mount")


@contextlib.contextmanager
def tmpfs(path, size):
    os.makedirs(path, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%s,mode=755" % size, "tmpfs", path], check=True)
    try:
        yield path
    finally:
        if os.path.ismount(path):
            subprocess.run(["umount", "-l", path], check=True)


def make_sites(s, ca, *names):
    """{name: leaf}, each filed and with its page."""
    leaves = {name: ca.leaf(name) for name in names}
    for name, leaf in leaves.items():
        s.site(name)
        file_pair(leaf, s.path("store"), name)
    return leaves


def allowed(leaves):
    return {name: {leaf.serial} for name, leaf in leaves.items()}


def memory(s):
    """PSS of the parent, the broker and the children, KB."""
    return sum(pss(pid) for pid in [s.proc.pid] + s.children())


# Children killed

def alive(s):
    return [p for p in workers(s) if broker.is_alive(p)]


def has_three_others(s, killed):
    """From one look: between two, a child that was just killed may go."""
    pids = set(alive(s))
    return len(pids) == 3 and not killed & pids


@pytest.mark.parametrize("mpm,access", modes()[:2])
def test_children_killed(new_server, ca, mpm, access):
    """kill -9 of one child after another under load: others go on, new ones take their place and know all."""
    s = live_server(new_server, ca, mpm=mpm, access=access,
                    main=CHILDREN.replace("MinSpareThreads 1\n", "MinSpareThreads 17\n"))
    s.expect("AH1039[23]: children are killed successively", "AH(00484|10159|00286|00287|00288|03490): ")
    leaves = make_sites(s, ca, "a.test", "b.test", "c.test")
    with s:
        check_all(s, leaves)
        brokers = broker.brokers(s)
        with Visitor(s, allowed(leaves), may_fail=True), Visitor(s, allowed(leaves), may_fail=True) as v:
            killed = set()
            for i in range(6):
                before = v.visits
                victim = alive(s)[i % 3]
                os.kill(victim, signal.SIGKILL)
                killed.add(victim)
                wait_until(lambda: has_three_others(s, killed), "a new child")
                wait_until(lambda: v.visits > before + 3, "visits")
            wait_until(lambda: alive(s) == workers(s), "the burial of the last")
        check_all(s, leaves)
        assert broker.brokers(s) == brokers
        assert v.failures < v.visits / 2


# The store unmounted

@needs_mount
@pytest.mark.parametrize("access", ["broker", "direct"])
def test_store_unmounted(new_server, ca, access):
    """While busy, so lazily; cached pairs serve on; with other content when it is back, which counts at once."""
    s = live_server(new_server, ca, access=access)
    s.expect("MSSL0113: dir:.*store")
    with tmpfs(s.path("store"), "1m") as store:
        leaves = make_sites(s, ca, "a.test", "b.test", "c.test")
        with s:
            check_all(s, leaves)
            wanted = allowed(leaves)
            with Visitor(s, wanted), Visitor(s, wanted):
                for i in range(3):
                    busy = os.open(store, os.O_RDONLY)
                    mark = s.log_mark()
                    subprocess.run(["umount", "-l", store], check=True)
                    os.close(busy)
                    settle()
                    settle()
                    check_all(s, leaves)
                    assert s.count_error("MSSL0113", mark) == 1
                    new = {name: ca.leaf(name) for name in leaves}
                    with tmpfs(s.path("next"), "1m"):
                        for name, leaf in new.items():
                            wanted[name].add(leaf.serial)
                            file_pair(leaf, s.path("next"), name)
                        subprocess.run(["mount", "--bind", s.path("next"), store], check=True)
                    settle()
                    check_all(s, new)
                    assert s.count_error("MSSL0114", mark) == 1
                    leaves = new


# Disk full

def fill(path):
    """Leave no byte."""
    with open(os.path.join(path, "ballast"), "wb", buffering=0) as f:
        with contextlib.suppress(OSError):
            while f.write(b"\0" * 4096):
                pass


@needs_mount
def test_disk_full_for_renewals(new_server, ca):
    """A renewal that finds no room writes half a file: the last good pair serves on until there is room."""
    s = live_server(new_server, ca)
    s.expect(r"MSSL0110: .*'a\.test'.*(empty|cut off|no certificate)")
    with tmpfs(s.path("store"), "64k") as store:
        leaves = make_sites(s, ca, "a.test", "b.test")
        with s:
            check_all(s, leaves)
            with Visitor(s, allowed(leaves)):
                fill(store)
                with pytest.raises(OSError), open(store + "/a.test.pem", "w") as f:
                    f.write(ca.leaf("a.test").cert_pem * 8)
                settle()
                check_all(s, leaves)
            assert s.count_error("MSSL0110") == 1
            os.unlink(store + "/ballast")
            new = {**leaves, "a.test": ca.leaf("a.test")}
            file_pair(new["a.test"], store, "a.test")
            settle()
            check_all(s, new)
            assert s.count_error("MSSL0112") == 1


def restart(s):
    """Gracefully, until the new children are among themselves; fewer, maybe: the old ones held their places."""
    old = set(workers(s)) | set(broker.brokers(s))
    s.graceful()
    wait_until(lambda: not old & set(s.children()) and workers(s), "new children")


@needs_mount
def test_disk_full_for_the_state_dir(new_server, ca):
    """The made dummy is kept on a full disk; a restart that would have to make it anew ends no server."""
    s = live_server(new_server, ca, more="MSSLStateDir {dir}/state\n")
    s.conf = s.conf.replace("MSSLDummyCertificate {dir}/dummy.pem\n", "")
    s.expect("MSSL0018: .*No space left on device", "MSSL0012", "MSSL0210: .*No space left on device", "MSSL020[67]: ",
             "MSSL0236: MSSLStateDir: .* lies in memory")
    with tmpfs(s.path("state"), "64k") as state:
        os.chmod(state, 0o700)
        leaves = make_sites(s, ca, "a.test")
        with s:
            dummy = serial(s, "nobody.test")
            fill(state)
            restart(s)
            check_all(s, leaves)
            assert serial(s, "nobody.test") == dummy
            for name in os.listdir(state):
                if name != "ballast":
                    subprocess.run(["rm", "-rf", os.path.join(state, name)], check=True)
            fill(state)
            mark = s.log_mark()
            restart(s)
            assert s.proc.poll() is None
            check_all(s, leaves)
            assert serial(s, "nobody.test") not in (leaves["a.test"].serial,)
            assert s.count_error("MSSL0018", mark) == 1
        code, out = s.try_start()
        assert code != 0 and "MSSL0012" in out + s.error_log()[mark:], out


# File descriptors exhausted

def descriptors(pid):
    return {int(x) for x in os.listdir("/proc/%d/fd" % pid)}


def limit_descriptors(pid, limit):
    """The soft limit; as the process's own user, which needs no right of root."""
    user = int(broker.state_of(pid)["Uid"].split()[0]), int(broker.state_of(pid)["Gid"].split()[0])
    who = dict(user=user[0], group=user[1]) if IS_ROOT else {}
    subprocess.run(["prlimit", "--pid", str(pid), "--nofile=%s:" % limit], check=True, **who)


def leave_descriptors(pid, n):
    """Let a process open n more, no more. Returns the limit that it had."""
    used = descriptors(pid)
    limit = next(x for x in range(len(used) + n + 1) if len(set(range(x)) - used) == n
                 and x not in used)
    limit_descriptors(pid, limit)
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]    # it inherited ours


@pytest.mark.parametrize("access", sorted({a for _, a in modes()}))
def test_no_descriptors_left(new_server, ca, access):
    """Who opens the files cannot: known names serve on, cold ones meet the dummy and come when there are some again."""
    s = live_server(new_server, ca, access=access)
    leaves = make_sites(s, ca, "a.test", "b.test")
    cold = make_sites(s, ca, "cold.test")
    s.expect(r"MSSL0110: .*'(cold|a|b)\.test'.*Too many open files", "MSSL0113: .*(Too many open files|broker)",
             r"\(24\)Too many open files", r"MSSL01[56]\d: .*Too many open files")
    with s:
        check_all(s, leaves)
        mark = s.log_mark()
        settle()        # the last client's connection is gone, too
        # A child needs one for its client.
        base = {pid: descriptors(pid) for pid in workers(s)}
        starved = {pid: leave_descriptors(pid, 1) for pid in base} if access == "direct" else \
            {pid: leave_descriptors(pid, 0) for pid in broker.brokers(s)}
        new = ca.leaf("b.test")
        file_pair(new, s.path("store"), "b.test")
        settle()
        for _ in range(2):
            for pid in base:
                with only(s, pid):
                    for name, leaf in {**leaves, "cold.test": s.dummy}.items():
                        wait_until(lambda: descriptors(pid) == base[pid], "the end of the client before")
                        assert serial(s, name) == leaf.serial, name
            settle()
        lines = s.count_error("MSSL011", mark)
        assert 0 < lines <= 3 * 4, s.error_log()[mark:]
        for pid, had in starved.items():
            limit_descriptors(pid, had)
        settle()
        check_all(s, {**leaves, **cold, "b.test": new})


# The clock

@pytest.mark.skipif(ASAN, reason="the clock and ASan both want to be loaded first")
def test_clock(new_server, ca):
    """What expires while the server runs: the choice turns to what is valid then, staples go, and back again."""
    s = live_server(new_server, ca, "dir:{dir}/store\nMSSLCertStore dir:{dir}/s2", mpm="event")
    clock.install(s)

    def turn(days):
        clock.turn(s, days)
        settle()

    turn(0)
    for name in ("a.test", "b.test", "x.w.test"):
        s.site(name)
    short, long, only_one = ca.leaf("a.test", days=30), ca.leaf("a.test", days=365), ca.leaf("b.test", days=30)
    exact, wild = ca.leaf("x.w.test", days=30, intermediate=True), ca.leaf("*.w.test", days=365)
    file_pair(short, s.path("store"), "a.test")
    file_pair(long, s.path("s2"), "a.test")
    file_pair(only_one, s.path("store"), "b.test")
    file_pair(exact, s.path("store"), "x.w.test")
    file_pair(wild, s.path("s2"), "*.w.test")
    write(s.path("store", "x.w.test.ocsp"), ocsp.response(exact, ca.mid, ca.mid_key, life=5 * 86400))
    s.expect(r"MSSL0111: '(a|b|x\.w|\*\.w)\.test'", "AH01[0-9]*: .*clock|MSSL0111: 'dummy")

    def stapled():
        with tls.Client(s.port, "x.w.test", status=True).connect() as conn:
            return conn.staple is not None

    def says(name):
        with tls.Client(s.port, name).connect() as conn:
            return ask(s, conn, name).log

    now = {"a.test": short, "b.test": only_one, "x.w.test": exact}
    then = {"a.test": long, "b.test": only_one, "x.w.test": wild}
    with s:
        check_all(s, now)
        assert stapled() and says("b.test")["days"] in ("29", "30")
        with Visitor(s, {n: {now[n].serial, then[n].serial} for n in now}, pause=0.02):
            turn(10)
            check_all(s, now)
            assert not stapled()
            assert says("b.test")["days"] in ("19", "20")
            turn(40)
            check_all(s, then)
            log = says("b.test")
            assert (log["ok"], log["status"]) == ("0", "200") and int(log["days"]) < 0, log
            for name in ("a.test", "b.test", "x.w.test"):
                assert s.count_error("MSSL0111: '%s'.*expired on" % name) == 1, name
            turn(0)
            check_all(s, now)
            assert stapled()
            turn(-20)       # set back, before all of them
            check_all(s, now)
            turn(0)
            check_all(s, now)
        assert s.count_error("MSSL0112: 'b.test'") == 2


# 50 restarts

class Renewer(threading.Thread):
    """Renews one site after the other. What is right for a name now is in wanted."""

    def __init__(self, s, ca, leaves):
        super().__init__()
        self.s, self.ca, self.leaves = s, ca, dict(leaves)
        self.wanted = allowed(leaves)
        self.stopped, self.renewals = threading.Event(), 0

    def renew(self, name):
        """How soon a new one counts is for test_72; here it may be the one before it, until the next comes."""
        leaf = self.ca.leaf(name)
        self.wanted[name] = {self.leaves[name].serial, leaf.serial}
        file_pair(leaf, self.s.path("store"), name)
        self.leaves[name] = leaf
        self.renewals += 1
        self.stopped.wait(INTERVAL + 0.5)

    def run(self):
        while not self.stopped.is_set():
            for name in self.leaves:
                if not self.stopped.is_set():
                    self.renew(name)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.stopped.set()
        self.join()


def test_fifty_restarts(new_server, ca):
    """Graceful ones under load with renewals going on: no failed handshake, and memory as at the beginning."""
    s = live_server(new_server, ca, main="StartServers 2\nListenBacklog 511\n")
    leaves = make_sites(s, ca, "a.test", "b.test", "c.test", "d.test")
    sizes = []
    with s:
        with Renewer(s, ca, leaves) as renewer:
            with Visitor(s, renewer.wanted, pause=0.01) as one, Visitor(s, renewer.wanted, pause=0.01) as two:
                for i in range(50):
                    before = one.visits + two.visits
                    s.graceful()
                    wait_until(lambda: one.visits + two.visits > before + 4, "visits")
                    if i in (9, 19, 29, 39, 49):
                        sizes.append(pss(s.proc.pid))
        assert renewer.renewals >= 3
        # httpd may do with one child: the old ones held the other places when it looked.
        wait_until(lambda: len(alive(s)) <= 2 and len(broker.brokers(s)) <= 1, "the end of the old ones", 40)
        settle()
        check_all(s, renewer.leaves)
        # ASan keeps what was freed, and finds leaks by itself.
        assert ASAN or memory(s) < 120000
        # The first restarts fill httpd's pools; from then on nothing may be added that counts.
        assert ASAN or sizes[-1] - sizes[1] < 1500, sizes
        names = set(os.listdir("/proc/%d/fd" % s.proc.pid))
        s.graceful()
        assert len(set(os.listdir("/proc/%d/fd" % s.proc.pid))) <= len(names) + 1


# Names that nobody has

def test_random_names(new_server, ca):
    """The negative cache has a ceiling (MSSLCacheSize, at least 1024): beyond it no child grows."""
    s = live_server(new_server, ca, more="MSSLCacheSize 64\n", log_level="warn mssl:info")
    s.conf = s.conf.replace("MSSLNegativeTimeout 150ms", "MSSLNegativeTimeout 1h")
    leaves = make_sites(s, ca, "a.test")
    dice = random.Random(20261121)
    with s:
        first = workers(s)[0]
        with only(s, first):
            sizes = []
            for n in (2500, 2500):
                for _ in range(n):
                    got = tls.raw_hello(s.port, server_name_of("%x.test" % dice.getrandbits(200)))
                    assert got == ("handshake", 2), got
                sizes.append(rss(first))
        assert ASAN or sizes[1] - sizes[0] < 1024, sizes
        check_all(s, leaves)
        assert set(in_each(s, ["nobody.test"])["nobody.test"]) == {s.dummy.serial}


def server_name_of(name):
    """The extension's bytes (RFC 6066 section 3)."""
    name = name.encode()
    return (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name
