# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
MSSLKeyAccess: as root with real users. The store is root's alone, sites work, and what runs as the
children's user reads no key; the broker's death, freezing and restart; hostile peers and store writers.
"""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from concurrent import futures

import pytest
from lib import broker, http, tls
from lib.ca import write
from lib.server import BROKER_USER, HTTPD, IS_ROOT, MODULE, WWW, wait_until
from lib.world import ask, check_site, file_pair, new_address

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: httpd starts no broker otherwise")

CUSTOMER, NEIGHBOUR = "games", "news"   # accounts that every Debian has
READING = 1 << 2                        # CAP_DAC_READ_SEARCH

CONF = """
MSSLCertStore %s
MSSLDummyCertificate {dir}/dummy.pem
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
DocumentRoot {dir}/www/a.test
%s
</VirtualHost>
"""


def uid(name):
    return pwd.getpwnam(name).pw_uid


def closed_server(new_server, ca, store="dir:{dir}/store", more="", vhost="", **kw):
    """A server whose store only root can enter."""
    s = new_server(more + CONF % (store, vhost), **kw)
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    s.site("a.test")
    close(s.path("store"))
    return s


def close(folder):
    """What an admin does who trusts nobody: 0700 and 0600."""
    os.chmod(folder, 0o700)
    for base, folders, files in os.walk(folder):
        for name in folders:
            os.chmod(os.path.join(base, name), 0o700)
        for name in files:
            os.chmod(os.path.join(base, name), 0o600)


def serial(s, sni, **kw):
    with tls.Client(s.port, sni, source=new_address(), **kw).connect() as conn:
        return conn.serial


def file_closed(s, leaf, name):
    os.chmod(file_pair(leaf, s.path("store"), name) or s.path("store", name + ".pem"), 0o600)


def as_user(name, *command, env=None):
    """(exit code, output) of a command that somebody else runs."""
    p = subprocess.run(command, user=name, group=pwd.getpwnam(name).pw_gid, extra_groups=[], env=env,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
    return p.returncode, p.stdout


# Sites work

def test_sites_with_a_closed_store(new_server, ca):
    """All layouts of a store that only root can enter; new, changed and removed files count without reload."""
    s = closed_server(new_server, ca, more="MSSLCheckInterval 100ms\nMSSLNegativeTimeout 100ms\n")
    a, rsa, w = ca.leaf("a.test", intermediate=True), ca.leaf("b.test", key="rsa"), ca.leaf("*.w.test")
    file_pair(a, s.path("store"), "a.test")
    rsa.write_split(s.path("store", "b.test.crt"), s.path("store", "b.test.key"))
    file_pair(w, s.path("store"), "*.w.test")
    close(s.path("store"))
    assert as_user(WWW, "ls", s.path("store"))[0] != 0
    with s:
        with tls.Client(s.port, "a.test").connect() as conn:
            assert conn.chain_length == 2
            check_site(ask(s, conn, "a.test"), "a.test", a, "sni")
        for version in (tls.TLS12, tls.TLS13):
            assert serial(s, "b.test", version=version) == rsa.serial
        assert serial(s, "x.w.test") == w.serial
        assert serial(s, "new.test") == s.dummy.serial
        new = ca.leaf("new.test")
        file_closed(s, new, "new.test")
        wait_until(lambda: serial(s, "new.test") == new.serial, "a new file")
        changed = ca.leaf("new.test")
        file_closed(s, changed, "new.test")
        wait_until(lambda: serial(s, "new.test") == changed.serial, "a changed file")
        os.unlink(s.path("store", "new.test.pem"))
        wait_until(lambda: serial(s, "new.test") == s.dummy.serial, "a removed file")


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_other_mpms(new_server, ca, mpm):
    s = closed_server(new_server, ca, mpm=mpm)
    a = ca.leaf("a.test")
    file_closed(s, a, "a.test")
    with s:
        assert all(serial(s, "a.test") == a.serial for _ in range(8))
        first = broker.wait_broker(s)
        s.graceful()
        broker.wait_broker(s, [first])
        assert serial(s, "a.test") == a.serial


def test_map_and_certificate(new_server, ca):
    """map: and MSSLCertificate, closed files both; a renewed one counts in running children."""
    s = closed_server(new_server, ca, "map:{dir}/store/sites.map", "MSSLCheckInterval 100ms\n"
                      "MSSLCertificate c.test {dir}/store/named/c.pem\n")
    a, c = ca.leaf("a.test"), ca.leaf("c.test")
    a.write_joined(s.path("store", "pairs", "a.pem"))
    c.write_joined(s.path("store", "named", "c.pem"))
    write(s.path("store", "sites.map"), "a.test pairs/a.pem\n")
    close(s.path("store"))
    with s:
        assert serial(s, "a.test") == a.serial
        assert serial(s, "c.test") == c.serial
        for leaf, path, name in ((ca.leaf("a.test"), "pairs/a.pem", "a.test"),
                                 (ca.leaf("c.test"), "named/c.pem", "c.test")):
            leaf.write_joined(s.path("store", path))
            os.chmod(s.path("store", path), 0o600)
            wait_until(lambda: serial(s, name) == leaf.serial, "a renewed " + name)


# Nobody else reads a key

SPY = """#!/bin/sh
echo "Content-Type: text/plain"; echo
echo "user $(id -un)"
for f in {dir}/store/a.test.pem {dir}/store/named/c.pem; do cat "$f"; done 2>&1
ls {dir}/store 2>&1
for pid in %s; do
    cat /proc/$pid/mem /proc/$pid/environ 2>&1 | head -c 300 | tr -d '\\0'
    ls /proc/$pid/fd 2>&1
done
ls -l /proc/self/fd
exit 0
"""


@pytest.mark.parametrize("mpm,module", [("event", "cgid"), ("prefork", "cgi")])
def test_scripts_read_no_key(new_server, ca, mpm, module):
    """A script that runs as the children's user: no way in to the broker, no file, no process."""
    s = closed_server(new_server, ca, mpm=mpm, modules=[module],
                      more="MSSLCertificate c.test {dir}/store/named/c.pem\n",
                      vhost="ScriptAlias /cgi/ {dir}/cgi/\n", main="ScriptSock {dir}/run/cgid.sock\n"
                      if module == "cgid" else "")
    a, c = ca.leaf("a.test"), ca.leaf("c.test")
    file_pair(a, s.path("store"), "a.test")
    c.write_joined(s.path("store", "named", "c.pem"))
    close(s.path("store"))
    with s:
        pid = broker.wait_broker(s)
        write(s.path("cgi", "spy"), s.fill(SPY % pid), 0o755)
        with tls.Client(s.port, "a.test").connect() as conn:
            r = http.Http1(conn).request("a.test", "/cgi/spy")
        assert r.status == 200, r
        assert "user %s\n" % WWW in r.text, r.text
        way_in = broker.dispatcher_of(s_child(broker.workers(s)))
        assert "/fd" in r.text and "socket:[%d]" % os.fstat(way_in.fileno()).st_ino not in r.text, r.text
        way_in.close()
        assert r.text.lower().count("permission denied") >= 4, r.text
        assert "PRIVATE KEY" not in r.text and "BEGIN" not in r.text, r.text
        assert "a.test.pem\n" not in r.text.replace("store/a.test.pem", ""), r.text


LOOK = ("import ctypes, os, sys\n"
        "pid = int(sys.argv[1])\n"
        "for way in ('mem', 'maps', 'environ', 'fd/0'):\n"
        "    try:\n"
        "        open('/proc/%d/%s' % (pid, way), 'rb').close()\n"
        "        print('opened', way)\n"
        "    except PermissionError:\n"
        "        print('refused', way)\n"
        "fd = ctypes.CDLL(None).syscall(438, os.pidfd_open(pid), 2, 0)\n"
        "print('opened' if fd >= 0 else 'refused', 'descriptor')\n")


@pytest.mark.parametrize("access", ["broker", "direct"])
def test_children_are_not_dumped(new_server, ca, access):
    """CoreDumpDirectory makes httpd's children dumpable, and so open to whatever runs as their user."""
    s = closed_server(new_server, ca, more="MSSLKeyAccess %s\nCoreDumpDirectory /tmp\n" % access)
    if access == "direct":
        os.chmod(s.path("store"), 0o755)
    with s:
        serial(s, "a.test")
        children = broker.workers(s)
        assert children
        for pid in children:
            code, output = as_user(WWW, "/usr/bin/python3", "-c", LOOK, str(pid))
            assert code == 0, output
            assert "opened" not in output and output.count("refused") == 5, output
        assert s.count_error("MSSL0172: CoreDumpDirectory") == 1


def test_the_process(new_server, ca):
    """What the broker has and has not, as the kernel tells it."""
    s = closed_server(new_server, ca)
    file_closed(s, ca.leaf("a.test"), "a.test")
    with s:
        serial(s, "a.test")
        pid = broker.wait_broker(s)
        state = broker.state_of(pid)
        had = int(broker.state_of(os.getpid())["CapPrm"], 16) & READING
        assert int(state["CapEff"], 16) == int(state["CapPrm"], 16) == had
        assert int(state["CapInh"], 16) == int(state["CapAmb"], 16) == 0
        assert int(state["CapBnd"], 16) == 0
        assert state["NoNewPrivs"].strip() == "1"
        assert state["Uid"].split() == [str(uid(BROKER_USER))] * 4 and state["Groups"].strip() == ""
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/status" % (pid, task)) as f:
                assert "CapEff:\t%016x\n" % had in f.read()
        assert os.readlink("/proc/%d/cwd" % pid) == "/"
        with open("/proc/net/tcp") as f:
            listening = {line.split()[9] for line in f if line.split()[3] == "0A"}
        links = broker.links_of(pid).values()
        assert not listening & {link[8:-1] for link in links if link.startswith("socket:[")}
        with open("/proc/%d/limits" % pid) as f:
            assert any(line.split()[:5] == ["Max", "core", "file", "size", "0"] for line in f)


# Death and restart

class Visitor(threading.Thread):
    """Asks for warm names again and again; remembers what was not right."""

    def __init__(self, server, wanted):
        super().__init__()
        self.server, self.wanted, self.stop = server, wanted, threading.Event()
        self.problems, self.visits = [], 0

    def run(self):
        while not self.stop.is_set():
            for name, leaf in self.wanted.items():
                try:
                    if serial(self.server, name) != leaf.serial:
                        self.problems.append("another certificate than that of " + name)
                except (tls.TLSError, OSError) as e:
                    self.problems.append("%s: %r" % (name, e))
                self.visits += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.join()
        assert not self.problems, (len(self.problems), self.visits, self.problems[:5])
        assert self.visits > 0


def warm(s, wanted):
    """Until every child has shown every name: mod_ssl logs who did a handshake."""
    for name, leaf in wanted.items():
        mark = s.log_mark()

        def shown_by_all():
            assert serial(s, name) == leaf.serial
            pids = re.findall(r"\[pid (\d+):tid \d+\] \[client [^]]*\] AH01964", s.error_log(mark))
            return {int(p) for p in pids} >= set(broker.workers(s))

        wait_until(shown_by_all, "every child to show " + name, 30)


def file_all(s, ca, *names):
    leaves = {name: ca.leaf(name) for name in names}
    for name, leaf in leaves.items():
        file_closed(s, leaf, name)
    return leaves


def test_killed_under_load(new_server, ca):
    """kill -9: what is cached goes on, a new broker comes, cold names work again, children live."""
    s = closed_server(new_server, ca)
    wanted = file_all(s, ca, "a.test", "b.test", "c.test")
    cold = file_all(s, ca, *["cold%d.test" % i for i in range(6)])
    s.expect(r"MSSL0152: broker \d+ died \(signal 9\)", r"MSSL0113")
    with s:
        warm(s, wanted)
        children = broker.workers(s)
        with Visitor(s, wanted), Visitor(s, wanted):
            for i in range(3):
                pid = broker.wait_broker(s)
                os.kill(pid, signal.SIGKILL)
                begun = time.monotonic()
                assert serial(s, "cold%d.test" % i) in (s.dummy.serial, cold["cold%d.test" % i].serial)
                assert time.monotonic() - begun < 5
                broker.wait_broker(s, [pid])
                name = "cold%d.test" % (i + 3)
                wait_until(lambda: serial(s, name) == cold[name].serial, name)
        assert broker.workers(s) == children
        assert s.count_error("MSSL0152") == 3


def test_frozen(new_server, ca):
    """A broker that hangs: cold names get the dummy in bounded time, warm ones go on; all is well when it wakes."""
    s = closed_server(new_server, ca, more="MSSLNegativeTimeout 200ms\n")
    wanted = file_all(s, ca, "a.test", "b.test")
    cold = file_all(s, ca, "cold.test")
    # The first name that gets no answer is taken for the one with the trouble.
    s.expect(r"MSSL0113: .*did not answer", r"MSSL0114", r"MSSL0110: .*or the broker is down")
    with s:
        warm(s, wanted)
        pid = broker.wait_broker(s)
        os.kill(pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            with Visitor(s, wanted):
                assert serial(s, "cold.test") == s.dummy.serial
            assert time.monotonic() - begun < 8
            s.wait_error("MSSL0113")
        finally:
            os.kill(pid, signal.SIGCONT)
        wait_until(lambda: serial(s, "cold.test") == cold["cold.test"].serial, "the broker awake")
        assert broker.brokers(s) == [pid]


def test_standstill(new_server, ca):
    """A machine that was paused (a snapshot, a move to another host) is no broker that does not answer."""
    s = closed_server(new_server, ca)
    cold = file_all(s, ca, "cold.test")["cold.test"]
    with s, futures.ThreadPoolExecutor(1) as visitor:
        mark = s.log_mark()
        children, pid = broker.workers(s), broker.wait_broker(s)
        os.kill(pid, signal.SIGSTOP)
        try:
            shown = visitor.submit(serial, s, "cold.test")
            s.wait_error("AH01964", mark)
            time.sleep(0.3)     # it asks
            for child in children:
                os.kill(child, signal.SIGSTOP)
            time.sleep(2.5)     # longer than anybody waits for the broker
        finally:
            for child in children:
                os.kill(child, signal.SIGCONT)
            time.sleep(0.4)     # the broker wakes up a little later
            os.kill(pid, signal.SIGCONT)
        assert shown.result() == cold.serial
        assert s.count_error("MSSL0110|MSSL0113") == 0


def test_dies_too_often(new_server, ca):
    """Started anew some times, then left alone for a while: no loop of forks."""
    s = closed_server(new_server, ca)
    wanted = file_all(s, ca, "a.test")
    s.expect("MSSL0152", "MSSL0113")
    with s:
        warm(s, wanted)
        seen = []
        for i in range(6):
            pid = broker.wait_broker(s, seen)
            seen.append(pid)
            os.kill(pid, signal.SIGKILL)
        s.wait_error("MSSL0152: .*died too often")
        time.sleep(1.5)
        assert broker.brokers(s) == []
        assert serial(s, "a.test") == wanted["a.test"].serial


def test_graceful(new_server, ca):
    """A new broker with the new configuration, no handshake lost, and the old broker goes when its children have gone."""
    s = closed_server(new_server, ca)
    wanted = file_all(s, ca, "a.test", "b.test")
    moved = ca.leaf("moved.test")
    moved.write_joined(s.path("second", "moved.test.pem"))
    close(s.path("second"))
    with s:
        warm(s, wanted)
        first = broker.wait_broker(s)
        assert serial(s, "moved.test") == s.dummy.serial
        with Visitor(s, wanted), Visitor(s, wanted):
            s.graceful("MSSLCertStore dir:{dir}/second\n" + CONF % (
                "dir:{dir}/store\nMSSLCertStore dir:{dir}/second", ""))
            second = broker.wait_broker(s, [first])
            wait_until(lambda: serial(s, "moved.test") == moved.serial, "the new configuration")
            for _ in range(3):
                s.graceful()
                time.sleep(0.2)
        wait_until(lambda: len(broker.brokers(s)) == 1, "the end of the old brokers", 30)
        assert first not in broker.brokers(s) and second not in broker.brokers(s)
        assert not broker.is_alive(first)
        assert s.count_error("MSSL0154: .*its last child has gone") >= 4
        assert serial(s, "moved.test") == moved.serial


def test_old_children_keep_their_broker(new_server, ca):
    """A child of the old generation asks the old broker for a cold name, while a request holds it."""
    s = closed_server(new_server, ca, vhost="ScriptAlias /cgi/ {dir}/cgi/\n", modules=["cgid"],
                      main="ScriptSock {dir}/run/cgid.sock\n")
    wanted = file_all(s, ca, "a.test")
    write(s.path("cgi", "slow"), "#!/bin/sh\necho 'Content-Type: text/plain'; echo\n"
          ": > %s\nuntil [ -e %s ]; do sleep 0.05; done\necho done\n" % (s.path("open", "begun"), s.path("go")), 0o755)
    os.mkdir(s.path("open"))
    os.chmod(s.path("open"), 0o777)
    with s:
        first = broker.wait_broker(s)
        with tls.Client(s.port, "a.test").connect() as conn:
            old = set(broker.workers(s))
            conn.send(b"GET /cgi/slow HTTP/1.1\r\nHost: a.test\r\n\r\n")
            wait_until(lambda: os.path.exists(s.path("open", "begun")), "the script")
            s.graceful()
            second = broker.wait_broker(s, [first])
            holder = [p for p in old if broker.is_alive(p)]
            assert holder and broker.is_alive(first)
            # cgid's own process is among the children and has no dispatcher.
            peer = broker.Peer(broker.dispatcher_of(s_child(holder))).greet()
            assert peer.ask("a.test").has_bytes()
            peer.close()
            write(s.path("go"), "")
            text = b""
            while b"done" not in text:
                more = conn.recv()
                assert more, "the request was cut off: %r" % text
                text += more
        wait_until(lambda: broker.brokers(s) == [second], "the end of the old broker", 30)
        assert serial(s, "a.test") == wanted["a.test"].serial


def s_child(pids):
    """The one of them that holds a dispatcher."""
    for pid in pids:
        try:
            broker.dispatcher_of(pid).close()
            return pid
        except (AssertionError, FileNotFoundError):
            continue
    raise AssertionError("none of %s holds a dispatcher" % pids)


def test_dies_with_the_parent(new_server, ca):
    """No orphan of root outlives httpd, killed or stopped."""
    s = closed_server(new_server, ca)
    file_all(s, ca, "a.test")
    with s:
        pid = broker.wait_broker(s)
        s.stop()
        wait_until(lambda: not broker.is_alive(pid), "its end with a stop")
    os.unlink(s.error_path)
    s.start()
    pid, children = broker.wait_broker(s), broker.workers(s)
    s.proc.kill()
    s.proc.wait()
    try:
        wait_until(lambda: not broker.is_alive(pid), "its end with a kill")
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):   # it has found its parent gone
                os.kill(child, signal.SIGKILL)
        s.stop()


# Hostile hands

def test_hostile_peers(new_server, ca):
    """Over a child's own way in: what is malformed ends that peer, with a line, and nobody else notices."""
    s = closed_server(new_server, ca)
    wanted = file_all(s, ca, "a.test")
    s.expect("MSSL0159: broker: process %d " % os.getpid())
    body = broker.request("a.test")
    hostile = [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, broker.head(broker.FETCH, 513),
               broker.head(broker.FETCH, len(body), 1) + body, broker.head(broker.ANSWER, 4) + b"abcd",
               broker.head(broker.HELLO, 0), 2 * (broker.head(broker.FETCH, len(body)) + body)]
    for key in ("/etc/shadow", "../a.test", "a.test/../b.test", "A.test", "*", "", b"a\0b", "127.0.0.1",
                "a" * 300):
        body = broker.request(key)
        hostile.append(broker.head(broker.FETCH, len(body)) + body)
    with s:
        warm(s, wanted)
        pid = broker.wait_broker(s)
        way_in = broker.dispatcher_of(s_child(broker.workers(s)))
        honest = broker.Peer(way_in).greet()
        for data in hostile:
            peer = broker.Peer(way_in).greet().say(data)
            assert peer.is_ended(), data
            peer.close()
            s.wait_error("MSSL0159")
            assert honest.ask("a.test").has_bytes()
        # Whoever is taken over may not fill the log: one line in ten seconds.
        assert s.count_error("MSSL0159") < len(hostile) / 2
        assert honest.ask_source("a.test", 7).rv != 0          # no such source
        assert honest.ask("gone.test").items == []
        with Visitor(s, wanted):
            flood = [broker.Peer(way_in) for _ in range(15)]
            assert all(p.greet() for p in flood)
            s.expect("MSSL0158")
            assert broker.Peer(way_in).is_ended()
        for p in flood + [honest]:
            p.close()
        way_in.close()
        assert broker.brokers(s) == [pid]


def test_strangers(new_server, ca):
    """The way in, in the hands of another user: no answer."""
    s = closed_server(new_server, ca)
    file_all(s, ca, "a.test")
    s.expect("MSSL0157: broker: process .* of uid %d " % uid(CUSTOMER))
    script = ("import socket, sys\n"
              "d = socket.socket(fileno=int(sys.argv[1]))\n"
              "a, b = socket.socketpair()\n"
              "a.settimeout(5)\n"
              "socket.send_fds(d, [b'x'], [b.fileno()])\n"
              "b.close()\n"
              "sys.exit(0 if a.recv(12) == b'' else 1)\n")
    with s:
        way_in = broker.dispatcher_of(s_child(broker.workers(s)))
        os.set_inheritable(way_in.fileno(), True)
        p = subprocess.run(["/usr/bin/python3", "-c", script, str(way_in.fileno())], user=CUSTOMER,
                           group="nogroup", extra_groups=[], pass_fds=[way_in.fileno()], timeout=30)
        assert p.returncode == 0
        s.wait_error("MSSL0157")
        way_in.close()


@pytest.fixture
def homes():
    """Customers' files, away from /tmp: below a directory that all may write to no link is followed at all."""
    path = tempfile.mkdtemp(prefix="mssl-e2e.", dir="/var/lib")
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path)


def test_links_by_a_store_writer(new_server, ca, homes):
    """A customer who can write into the store gets nobody else's file out, by a link or by a copy of its name."""
    s = closed_server(new_server, ca, "dir:%s/store" % homes)
    shared = ca.leaf("victim.test", "evil.test")        # covers both: the link rule alone protects it
    victim = ca.leaf("victim.test")
    for folder, owner in (("store", CUSTOMER), ("theirs", NEIGHBOUR)):
        os.makedirs(os.path.join(homes, folder), exist_ok=True)
        os.chown(os.path.join(homes, folder), uid(owner), -1)
        os.chmod(os.path.join(homes, folder), 0o700)
    shared.write_joined(os.path.join(homes, "theirs", "shared.pem"))
    victim.write_split(os.path.join(homes, "theirs", "v.crt"), os.path.join(homes, "theirs", "v.key"))
    close(os.path.join(homes, "theirs"))
    for name in os.listdir(os.path.join(homes, "theirs")):
        os.chown(os.path.join(homes, "theirs", name), uid(NEIGHBOUR), -1)
    own = ca.leaf("own.test")
    own.write_joined(os.path.join(homes, "store", "own.test.pem"))
    os.chown(os.path.join(homes, "store", "own.test.pem"), uid(CUSTOMER), -1)
    shutil.copy("/etc/shadow", os.path.join(homes, "secret"))
    os.chmod(os.path.join(homes, "secret"), 0o600)
    links = {"evil.test.pem": "theirs/shared.pem", "victim.test.pem": "theirs/shared.pem",
             "shadow.test.pem": "/etc/shadow", "secret.test.pem": "secret", "folder.test": "theirs",
             "mixed.test.key": "theirs/v.key", "mixed.test.crt": "theirs/v.crt"}
    for name, target in links.items():
        os.symlink(os.path.join(homes, target), os.path.join(homes, "store", name))
        os.lchown(os.path.join(homes, "store", name), uid(CUSTOMER), -1)
    s.expect(r"MSSL0110: .*(link of uid|not a regular file)")
    with s:
        assert serial(s, "own.test") == own.serial
        way_in = broker.dispatcher_of(s_child(broker.workers(s)))
        peer = broker.Peer(way_in).greet()
        for name in ("evil.test", "victim.test", "shadow.test", "secret.test", "folder.test", "mixed.test"):
            assert serial(s, name) == s.dummy.serial, name
            answer = peer.ask(name)
            assert not answer.has_bytes(), name
            for secret in (b"PRIVATE KEY", b"root:"):
                assert secret not in answer.body, name
        good = peer.ask("own.test")
        assert good.items[0]["key"].count(b"PRIVATE KEY") == 2
        peer.close()
        way_in.close()


def test_only_the_pair_is_handed_out(new_server, ca):
    """What else stands in a pair's files stays in the broker."""
    s = closed_server(new_server, ca)
    leaf, other = ca.leaf("a.test"), ca.leaf("a.test")
    write(s.path("store", "a.test.pem"), "remark: a secret\n" + leaf.cert_pem + leaf.key_pem
          + other.key_pem + "root:$6$hash\n")
    write(s.path("store", "wrong.test.pem"), leaf.cert_pem + leaf.key_pem)
    s.expect("MSSL0110: .*wrong.test")
    with s:
        way_in = broker.dispatcher_of(s_child(broker.workers(s)))
        peer = broker.Peer(way_in).greet()
        answer = peer.ask("a.test")
        assert answer.items[0]["key"].count(b"-----BEGIN") == 1
        assert b"root:" not in answer.body and b"remark" not in answer.body
        assert other.key_pem.splitlines()[2].encode() not in answer.body
        answer = peer.ask("wrong.test")
        assert not answer.has_bytes() and "does not cover" in answer.items[0]["why"]
        assert serial(s, "a.test") == leaf.serial
        assert serial(s, "wrong.test") == s.dummy.serial
        peer.close()
        way_in.close()


# Without a broker

def test_direct(new_server, ca):
    """Children open the files; what lies open to all, or to visitors, is said once each."""
    s = closed_server(new_server, ca, more="MSSLKeyAccess direct\nMSSLCertStore map:{dir}/www/sites.map\n"
                      "MSSLCertificate c.test {dir}/open/c.crt {dir}/open/c.key\n")
    s.conf = s.conf.replace("<VirtualHost", "MSSLCertStore dir:{dir}/tight\n<VirtualHost", 1)
    for folder in ("store", "open", "tight"):
        os.makedirs(s.path(folder), exist_ok=True)
        os.chmod(s.path(folder), 0o755)
    a, t, c = ca.leaf("a.test"), ca.leaf("t.test"), ca.leaf("c.test")
    file_pair(a, s.path("store"), "a.test")
    file_pair(t, s.path("tight"), "t.test")
    os.chown(s.path("tight", "t.test.pem"), 0, pwd.getpwnam(WWW).pw_gid)
    os.chmod(s.path("tight", "t.test.pem"), 0o640)
    c.write_split(s.path("open", "c.crt"), s.path("open", "c.key"))
    write(s.path("www", "sites.map"), "m.test ../tight/t.test.pem\n")
    s.expect("MSSL0161: '%s'" % s.path("store", "a.test.pem"), "MSSL0161: '%s'" % s.path("open", "c.key"),
             "MSSL0162: '%s' lies below the DocumentRoot" % s.path("www", "sites.map"))
    with s:
        assert broker.brokers(s) == []
        assert s.count_error("MSSL0161") == 2 and s.count_error("MSSL0162") == 1
        for name, leaf in (("a.test", a), ("t.test", t), ("c.test", c)):
            assert serial(s, name) == leaf.serial


def test_without_root(new_server, ca):
    """Started by a user: auto opens files in the children; asking for a broker is an error that says why."""
    s = closed_server(new_server, ca, more="MSSLKeyAccess broker\n")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    s.write_conf()
    shutil.copy(MODULE, s.path("mod_mssl.so"))      # the tree may lie where only root gets in
    with open(s.conf_path) as f:
        conf = f.read()
    with open(s.conf_path, "w") as f:
        f.write(conf.replace(MODULE, s.path("mod_mssl.so")))
    for base, folders, files in os.walk(s.dir):
        for name in folders + files + [""]:
            os.chown(os.path.join(base, name), uid(WWW), -1)
    code, output = as_user(WWW, HTTPD, "-DFOREGROUND", "-f", s.conf_path, env=s._environ())
    assert code != 0
    assert "MSSL0150: MSSLKeyAccess: a broker needs httpd to be started as root" in output, output
    code, output = as_user(WWW, HTTPD, "-t", "-f", s.conf_path, env=s._environ())
    assert code == 0, output        # who tests a configuration need not be who starts httpd


@pytest.mark.parametrize("line,text", [
    ("MSSLKeyAccess maybe", "MSSLKeyAccess: 'maybe' is not known, use broker, direct or auto"),
    ("<VirtualHost 127.0.0.1:{p1}>\nMSSLKeyAccess direct\n</VirtualHost>",
     "MSSLKeyAccess: is for the whole server"),
])
def test_bad_values(new_server, line, text):
    code, output = new_server(line).configtest()
    assert code != 0 and text in output, output
