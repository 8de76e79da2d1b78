# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Last good is the server's: what served a name before its files broke serves on, from every child, whether
it was there then or not, after a graceful restart, and under a new broker (contract section 7).
"""

import os
import re

import pytest
from lib import broker, fuse, http, tls
from lib.ca import write
from lib.inject import IS_HERE, Inside, is_refused
from lib.live import check_all, live_server, only, serial, settle, workers
from lib.server import IS_ROOT, wait_until
from lib.world import file_pair, new_address
from test_76_rights import ON_X86, forbid

ACCESS = ["broker", "direct"] if IS_ROOT else ["direct"]
# Children that neither come nor go, and one that ends after five connections.
PREFORK = "StartServers 4\nServerLimit 12\nMinSpareServers 1\nMaxSpareServers 4\nMaxRequestWorkers 12\n"
SHORT_LIVED = PREFORK + "MaxConnectionsPerChild 5\n"


def lastgood_server(new_server, ca, mpm="event", **kw):
    if mpm == "prefork":
        kw.setdefault("main", PREFORK)
    return live_server(new_server, ca, mpm=mpm, **kw)


def seen_by_one(s, leaf, name):
    """One child, and no other, has seen the pair while it was good."""
    with only(s, workers(s)[0]):
        wait_until(lambda: serial(s, name) == leaf.serial, "the good pair of " + name)


def damage(s, name):
    """In place, as a disk that was full, or a copy that was cut off."""
    with open(s.path("store", name + ".pem"), "r+") as f:
        f.truncate(400)
    settle()


def restart(s):
    """A graceful restart; returns when the children of before are gone. httpd begins as many as it sees fit."""
    old = set(workers(s))
    s.graceful()
    wait_until(lambda: not old & set(s.children()) and workers(s), "the new generation")


def handshakes(s, name, n=40):
    return [serial(s, name) for _ in range(n)]


@pytest.mark.parametrize("mpm,access", [(mpm, access) for mpm in ("event", "worker", "prefork") for access in ACCESS])
def test_every_child(new_server, ca, mpm, access):
    """Of 40 handshakes 4 had it, and none after a graceful restart: each child remembered for itself."""
    s = lastgood_server(new_server, ca, mpm, access=access)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect(r"MSSL0110: .*'a\.test'.*cut off")
    with s:
        seen_by_one(s, leaf, "a.test")
        damage(s, "a.test")
        check_all(s, {"a.test": leaf})
        assert set(handshakes(s, "a.test")) == {leaf.serial}
        for _ in range(2):
            restart(s)
            assert set(handshakes(s, "a.test")) == {leaf.serial}
        assert s.count_error("MSSL0110: ") == 1
        # Mended: the new one counts at once, and nothing of the old one is left.
        new = ca.leaf("a.test")
        file_pair(new, s.path("store"), "a.test")
        settle()
        assert set(handshakes(s, "a.test")) == {new.serial}
        damage(s, "a.test")
        restart(s)
        assert set(handshakes(s, "a.test")) == {new.serial}


@pytest.mark.skipif(not IS_ROOT, reason="root only: httpd starts no broker otherwise")
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_broker_killed(new_server, ca, mpm):
    """A new broker knows what the old one saw."""
    s = lastgood_server(new_server, ca, mpm)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("MSSL0110: .*'a.test'", "MSSL0152: ")
    with s:
        seen_by_one(s, leaf, "a.test")
        for is_damaged in (False, True):
            old = broker.wait_broker(s)
            os.kill(old, 9)
            new = broker.wait_broker(s, [old])
            s.wait_error("MSSL0151: broker %d begins" % new)
            if not is_damaged:
                damage(s, "a.test")
            check_all(s, {"a.test": leaf})
            restart(s)
            assert set(handshakes(s, "a.test")) == {leaf.serial}


@pytest.mark.parametrize("access", ACCESS)
def test_children_that_live_for_five_connections(new_server, ca, access):
    s = lastgood_server(new_server, ca, "prefork", access=access, main=SHORT_LIVED)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("MSSL0110: .*'a.test'")
    with s:
        assert serial(s, "a.test") == leaf.serial
        damage(s, "a.test")
        assert set(handshakes(s, "a.test", 60)) == {leaf.serial}
        assert s.count_error("MSSL0110: ") == 1


@pytest.mark.parametrize("access", ACCESS)
def test_renewed_meanwhile(new_server, ca, access):
    """A child that saw an older one only serves what was good last, as all others do."""
    s = lastgood_server(new_server, ca, access=access)
    old, new = ca.leaf("a.test"), ca.leaf("a.test")
    file_pair(old, s.path("store"), "a.test")
    s.expect("MSSL0110: .*'a.test'")
    with s:
        first, second = workers(s)[:2]
        with only(s, first):
            assert serial(s, "a.test") == old.serial
        file_pair(new, s.path("store"), "a.test")
        settle()
        with only(s, second):
            assert serial(s, "a.test") == new.serial
        damage(s, "a.test")
        check_all(s, {"a.test": new})
        check_all(s, {"a.test": new})


@pytest.mark.parametrize("access", ACCESS)
def test_turned_to_an_expired_one(new_server, ca, access):
    """What is valid serves on where its file was turned to an expired one, in every child; gone, it is gone."""
    s = lastgood_server(new_server, ca, access=access)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("MSSL0111: 'a.test'")
    with s:
        seen_by_one(s, leaf, "a.test")
        file_pair(ca.expired("a.test"), s.path("store"), "a.test")
        settle()
        check_all(s, {"a.test": leaf})
        restart(s)
        assert set(handshakes(s, "a.test")) == {leaf.serial}
        os.unlink(s.path("store", "a.test.pem"))
        settle()
        assert set(handshakes(s, "a.test")) == {s.dummy.serial}


@pytest.mark.parametrize("access", ACCESS)
def test_removed_stays_removed(new_server, ca, access):
    s = lastgood_server(new_server, ca, access=access)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("MSSL0110: .*'a.test'")
    with s:
        check_all(s, {"a.test": leaf})
        damage(s, "a.test")
        check_all(s, {"a.test": leaf})
        os.unlink(s.path("store", "a.test.pem"))
        settle()
        check_all(s, {"a.test": s.dummy})
        # Back, and bad: what was removed does not come back with it.
        write(s.path("store", "a.test.pem"), "-----BEGIN CERTIFICATE-----\nMIIB")
        settle()
        check_all(s, {"a.test": s.dummy})
        restart(s)
        assert set(handshakes(s, "a.test", 10)) == {s.dummy.serial}


TWO = """
<VirtualHost 127.0.0.1:{p1}>
ServerName second.test
SSLEngine on
MSSLEngine on
MSSLCertStore dir:{dir}/other
MSSLDummyCertificate {dir}/dummy.pem
</VirtualHost>
"""


@pytest.mark.parametrize("access", ACCESS)
def test_nobody_elses(new_server, ca, access):
    """Not another store's pair for the same name, nor another name's of the same store."""
    s = live_server(new_server, ca, access=access, vhosts=TWO, ports=2)
    os.makedirs(s.path("other"))
    a, b = ca.leaf("a.test"), ca.leaf("b.test")
    file_pair(a, s.path("store"), "a.test")
    file_pair(b, s.path("store"), "b.test")
    s.expect("MSSL0110: .*'[abc].test'")
    broken = "-----BEGIN CERTIFICATE-----\nMIIB"
    with s:
        check_all(s, {"a.test": a, "b.test": b})
        damage(s, "a.test")
        write(s.path("store", "c.test.pem"), a.cert_pem + a.key_pem)     # does not cover it
        write(s.path("other", "a.test.pem"), broken)
        write(s.path("other", "b.test.pem"), broken)
        settle()
        check_all(s, {"a.test": a, "b.test": b, "c.test": s.dummy})
        for name in ("a.test", "b.test", "c.test"):
            assert {serial(s, name, port=s.ports[1]) for _ in range(6)} == {s.dummy.serial}


@pytest.mark.skipif(not IS_ROOT, reason="mounts a file system")
def test_file_that_hangs(new_server, ca):
    """Its link now leads to a file system that hangs: children that never saw it have the last good one."""
    s = lastgood_server(new_server, ca)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    os.makedirs(s.path("far"))
    s.expect("MSSL0110: .*'a.test'", "MSSL0113: ", "MSSL0114: ")
    mount = fuse.Hung(s.path("far"))
    mount.__enter__()
    try:
        with s:
            seen_by_one(s, leaf, "a.test")
            os.unlink(s.path("store", "a.test.pem"))
            os.symlink(s.path("far", "a.pem"), s.path("store", "a.test.pem"))
            settle()
            for _ in range(2):
                check_all(s, {"a.test": leaf}, timeout=15)
            restart(s)
            assert set(handshakes(s, "a.test", 10)) == {leaf.serial}
    finally:
        mount.__exit__()


@pytest.mark.parametrize("access", ACCESS)
def test_store_that_is_gone(new_server, ca, access):
    """Unmounted: names that were served are served, by children that never asked for them, too."""
    s = lastgood_server(new_server, ca, access=access)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("MSSL0113: dir:", "MSSL0010: ")
    with s:
        seen_by_one(s, leaf, "a.test")
        os.rename(s.path("store"), s.path("store.away"))
        settle()
        check_all(s, {"a.test": leaf})
        os.rename(s.path("store.away"), s.path("store"))
        settle()
        check_all(s, {"a.test": leaf})


@pytest.mark.parametrize("access", ACCESS)
def test_file_of_the_configuration(new_server, ca, access):
    """MSSLCertificate, which httpd's parent reads at each restart."""
    s = lastgood_server(new_server, ca, access=access, more="MSSLCertificate a.test {dir}/a.pem\n")
    leaf = ca.leaf("a.test")
    leaf.write_joined(s.path("a.pem"))
    s.expect("MSSL0110: .*'a.test'")
    with s:
        settle()
        check_all(s, {"a.test": leaf})
        write(s.path("a.pem"), leaf.cert_pem[:300])
        settle()
        check_all(s, {"a.test": leaf})
        for _ in range(2):
            restart(s)
            assert set(handshakes(s, "a.test")) == {leaf.serial}


@pytest.mark.parametrize("access", ACCESS)
def test_files_of_two_vhosts(new_server, ca, access):
    """One name, two files of the configuration: what was good in one of them is not the other's."""
    s = lastgood_server(new_server, ca, access=access, ports=2, more="MSSLCertificate a.test {dir}/a0.pem\n",
                        vhosts=TWO.replace("MSSLDummy", "MSSLCertificate a.test {dir}/a1.pem\nMSSLDummy"))
    os.makedirs(s.path("other"))
    leaves = [ca.leaf("a.test"), ca.leaf("a.test")]
    for i, leaf in enumerate(leaves):
        leaf.write_joined(s.path("a%d.pem" % i))
    s.expect("MSSL0110: .*'a.test'", "MSSL0011: ")
    with s:
        for _ in range(2):
            settle()
            check_all(s, {"a.test": leaves[0]})
            check_all(s, {"a.test": leaves[1]}, port=s.ports[1])
        for i, leaf in enumerate(leaves):
            write(s.path("a%d.pem" % i), leaf.cert_pem[:300])
        settle()
        restart(s)
        for i, leaf in enumerate(leaves):
            assert {serial(s, "a.test", port=s.ports[i]) for _ in range(20)} == {leaf.serial}, i


@pytest.mark.skipif(not IS_ROOT, reason="root only: httpd starts no broker otherwise")
def test_many_names(new_server, ca):
    """5,000 names: bounded memory, those used last are there."""
    s = lastgood_server(new_server, ca)
    leaf = ca.leaf("*.many.test")
    first = file_pair(leaf, s.path("store"), "n0.many.test") or s.path("store", "n0.many.test.pem")
    names = ["n%d.many.test" % i for i in range(5000)]
    for name in names[1:]:
        os.link(first, s.path("store", name + ".pem"))
    s.expect("MSSL0110: .*many.test")
    with s:
        pid = broker.wait_broker(s)
        dispatcher = broker.dispatcher_of(workers(s)[0])
        peer = broker.Peer(dispatcher).greet()
        source = next(n for n in range(4) if peer.ask_source(names[0], n).has_bytes())
        for name in names:
            assert peer.ask_source(name, source).has_bytes()
        assert int(broker.state_of(pid)["RssShmem"].split()[0]) < 66 << 10
        peer.close()
        dispatcher.close()
        with open(first, "r+") as f:        # of all of them: one file
            f.truncate(100)
        settle()
        check_all(s, {name: leaf for name in names[-3:]})


@ON_X86
@pytest.mark.parametrize("access", ACCESS)
def test_no_memory_for_it(new_server, ca, access):
    """Said, and each child remembers for itself."""
    s = lastgood_server(new_server, ca, access=access)
    s.preexec = lambda: forbid(319)     # memfd_create
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("MSSL0184: no shared memory for what was good last", "MSSL0164: ", "MSSL0209: ", "MSSL0110: .*'a.test'")
    with s:
        check_all(s, {"a.test": leaf})
        damage(s, "a.test")
        check_all(s, {"a.test": leaf})
        assert s.count_error("MSSL0184: ") == 1


# Whose it is

TABLE = "mssl-lastgood"
O_PATH = 0o10000000

SPY = """#!/bin/sh
echo "Content-Type: text/plain"; echo
echo "user $(id -un)"
cat /proc/self/maps; ls -l /proc/self/fd
for pid in {pids}; do
    for way in mem maps; do cat /proc/$pid/$way >/dev/null 2>&1 && echo "OPENED $pid $way"; done
    for fd in $(seq 0 40); do
        [ ! -e /proc/$pid/fd/$fd ] || echo "OPENED $pid $fd"
        head -c 64 /proc/$pid/fd/$fd 2>&1
    done
    ls /proc/$pid/map_files 2>&1
done
echo end
"""


def places_of(pid, flags=()):
    """How often the table is mapped there, each time with these flags of the kernel's."""
    n, is_ours = 0, False
    with open("/proc/%d/smaps" % pid) as f:
        for line in f:
            if re.match("[0-9a-f]+-[0-9a-f]+ ", line):
                is_ours = TABLE in line
                n += is_ours
            if is_ours and line.startswith("VmFlags:"):
                assert set(flags) <= set(line.split()), line
    return n


def descriptors_of(pid):
    """How it holds the table's descriptors: what was given to open()."""
    held = [fd for fd, link in broker.links_of(pid).items() if TABLE in link]
    return [int(re.search(r"flags:\s+(\d+)", open("/proc/%d/fdinfo/%d" % (pid, fd)).read()).group(1), 8) for fd in held]


def ways_in(pid):
    """Paths that lead to the table, for who may look into that process."""
    maps = [line.split()[0] for line in open("/proc/%d/maps" % pid) if TABLE in line]
    fds = [str(fd) for fd, link in broker.links_of(pid).items() if TABLE in link]
    return ["/proc/%d/map_files/%s" % (pid, m) for m in maps] + ["/proc/%d/fd/%s" % (pid, fd) for fd in fds] + [
        "/proc/%d/mem" % pid]


@pytest.mark.skipif(not IS_ROOT, reason="root only: processes of several users")
@pytest.mark.parametrize("access,mpm,module", [("broker", "event", "cgid"), ("broker", "prefork", "cgi"),
                                               ("direct", "event", "cgid"), ("direct", "prefork", "cgi")])
def test_whose_it_is(new_server, ca, access, mpm, module):
    """The keys in it are the broker's, or without one in a child for the time of a look; no script's, nor the parent's."""
    s = lastgood_server(new_server, ca, mpm, access=access, modules=[module],
                        more="ScriptAlias /cgi/ {dir}/cgi/\n" + ("ScriptSock {dir}/run/cgid.sock\n"
                                                                 if module == "cgid" else ""))
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("MSSL0110: .*'a.test'")
    with s:
        for _ in range(2):
            wait_until(lambda: serial(s, "a.test") == leaf.serial, "the good pair")
            pids = [s.proc.pid] + s.children()
            write(s.path("cgi", "spy"), SPY.replace("{pids}", " ".join(map(str, pids))), 0o755)
            with tls.Client(s.port, "a.test", source=new_address()).connect() as conn:
                r = http.Http1(conn).request("a.test", "/cgi/spy")
            assert r.status == 200 and r.text.endswith("end\n"), r
            assert "user www-data\n" in r.text and "libc" in r.text
            assert TABLE not in r.text and "OPENED" not in r.text and "PRIVATE" not in r.text, r.text
            readers = broker.brokers(s)
            assert len(readers) == int(s.has_broker)
            for pid in pids:
                assert places_of(pid, ("dc", "dd")) == int(pid in readers)   # no fork, no core
                assert set(descriptors_of(pid)) <= {O_PATH | os.O_CLOEXEC}
                assert pid not in readers or not descriptors_of(pid)
            assert descriptors_of(s.proc.pid)
            child = workers(s)[0]
            if s.has_broker and module == "cgi":    # else it may be mod_cgid's
                assert not descriptors_of(child)
            if s.has_broker and IS_HERE:
                with Inside(child) as inside:       # as code that runs in a child would
                    for path in ways_in(s.proc.pid) + ways_in(readers[0]):
                        assert is_refused(inside.call("open", path, os.O_RDONLY)), path
            damage(s, "a.test")
            assert set(handshakes(s, "a.test", 10)) == {leaf.serial}
            file_pair(leaf, s.path("store"), "a.test")
            settle()
            old = set(s.children())
            restart(s)
            # What has ended and is not waited for yet shows everybody an empty map.
            wait_until(lambda: not old & set(s.children()), "the end of all that was")
