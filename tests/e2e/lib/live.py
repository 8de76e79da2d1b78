# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A server whose store changes while it runs, looked at child by child; its memory and its load."""

import contextlib
import os
import signal
import threading
import time

from . import broker, http, tls
from .server import IS_ROOT, marker, wait_until
from .world import new_address

INTERVAL = 0.15     # MSSLCheckInterval, seconds

# One, so that what is cached is cached once.
ONE_CHILD = ("StartServers 1\nServerLimit 1\nThreadsPerChild 8\nThreadLimit 8\n"
             "MaxRequestWorkers 8\nMinSpareThreads 1\nMaxSpareThreads 8\n")

# Three children that neither come nor go; one listener, so that no child holds a mutex while it is stopped.
CHILDREN = """
StartServers 3
ServerLimit 3
ThreadsPerChild 6
ThreadLimit 6
MaxRequestWorkers 18
MinSpareThreads 1
MaxSpareThreads 18
"""

CONF = """
MSSLCheckInterval 150ms
MSSLNegativeTimeout 150ms
MSSLCertStore %s
MSSLDummyCertificate {dir}/dummy.pem
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
UseCanonicalName Off
VirtualDocumentRoot {dir}/www/%%0
</VirtualHost>
"""


def live_server(new_server, ca, store="dir:{dir}/store", more="", access="auto", main=CHILDREN, vhosts="",
                modules=(), **kw):
    """Every host name has a page of its own in it; what the store says decides."""
    text = more + ("MSSLKeyAccess %s\n" % access if access != "auto" else "") + CONF % store + vhosts
    # No cache of sessions: a child that is put to sleep might hold its lock.
    kw.setdefault("ports", 1)
    s = new_server(text, main=main, modules=["vhost_alias"] + list(modules), session_cache=False, **kw)
    s.expect("AH01873")
    s.has_broker = IS_ROOT and access != "direct"
    s.visitors = []
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    if access == "direct":
        s.expect("MSSL0161: ")      # all may read the keys of the tests
    return s


def modes():
    """(mpm, MSSLKeyAccess) that this user can have."""
    return [("event", "broker"), ("worker", "direct"), ("event", "direct"), ("worker", "broker")] \
        if IS_ROOT else [("event", "direct"), ("worker", "direct")]


def serial(s, sni, port=None, **kw):
    with tls.Client(port or s.port, sni, source=new_address(), **kw).connect() as conn:
        return conn.serial


def workers(s):
    """The children that answer. Processes of ours are among them until they have their names."""
    def has_names():
        names = [broker.name_of(pid) for pid in s.children()]
        return (not s.has_broker or "mssl-broker" in names) and (
            not has_inventory or "mssl-inventory" in names or ": no inventory: " in s.error_log())

    has_inventory = (s.has_broker or not IS_ROOT) and "MSSLInventory off" not in s.conf
    wait_until(has_names, "the names of processes")
    return broker.workers(s)


def _is_stopped(pid):
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/stat" % (pid, task)) as f:
            if f.read().rsplit(")", 1)[1].split()[0] != "T":
                return False
    return True


@contextlib.contextmanager
def _asleep(pids):
    for p in pids:
        os.kill(p, signal.SIGSTOP)
    try:
        wait_until(lambda: all(_is_stopped(p) for p in pids), "the sleep of %s" % pids)
        yield
    finally:
        for p in pids:
            os.kill(p, signal.SIGCONT)


@contextlib.contextmanager
def only(s, pid):
    """
    The other children sleep meanwhile, so that this one answers. Visitors rest: a child that is put to
    sleep while it looks at files rightly serves what it had until it has looked.
    """
    with contextlib.ExitStack() as stack:
        for v in s.visitors:
            stack.enter_context(v.resting())
        stack.enter_context(_asleep([p for p in workers(s) if p != pid]))
        yield pid


def in_each(s, names, **kw):
    """{name: the set of serials that the children show for it}, each child asked once."""
    seen = {name: set() for name in names}
    for pid in workers(s):
        with only(s, pid):
            for name in names:
                seen[name].add(serial(s, name, **kw))
    return seen


def settle():
    """Until every cached answer is older than MSSLCheckInterval, so that the next handshake must look."""
    time.sleep(INTERVAL + 0.03)


def check_all(s, wanted, **kw):
    """Every child shows these leaves for these names at once."""
    got = in_each(s, wanted, **kw)
    wrong = {name: got[name] for name, leaf in wanted.items() if got[name] != {leaf.serial}}
    assert not wrong, "not the wanted certificate for %s" % ", ".join(sorted(wrong))


def pss(pid):
    """Proportional memory of a process, KB; 0: it has ended."""
    try:
        with open("/proc/%d/smaps_rollup" % pid) as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def rss(pid):
    """Resident memory of a process, KB."""
    return int(broker.state_of(pid)["VmRSS"].split()[0])


class Visitor(threading.Thread):
    """
    Comes again and again and asks each site for its page. wanted gives the serials that are right for a
    name now; a failed connection is a problem unless may_fail.
    """

    def __init__(self, server, wanted, may_fail=False, pause=0.0):
        super().__init__()
        self.server, self.wanted, self.may_fail, self.pause = server, wanted, may_fail, pause
        self.stopped = threading.Event()
        self.turn, self.is_visiting, self.is_resting = threading.Condition(), False, False
        self.problems, self.visits, self.failures = [], 0, 0

    def visit(self, name):
        # Read before and after: what was right at any time of the visit is right.
        allowed = set(self.wanted[name])
        client = tls.Client(self.server.port, name, source=new_address())
        try:
            with client.connect() as conn:
                got = conn.serial
                allowed |= set(self.wanted[name])
                if got not in allowed:
                    self.problems.append("%s under %s" % (name, "the dummy" if got ==
                                         self.server.dummy.serial else "another certificate"))
                    return
                if got == self.server.dummy.serial:
                    return
                r = http.Http1(conn).request(name)
                if r.status != 200 or r.text != marker(name) + "\n":
                    self.problems.append("%s: %r" % (name, r))
        except (tls.TLSError, OSError) as e:
            self.failures += 1
            if not self.may_fail:
                self.problems.append("%s: %r" % (name, e))

    @contextlib.contextmanager
    def resting(self):
        """No visit is under way, and none begins."""
        with self.turn:
            self.is_resting = True
            self.turn.wait_for(lambda: not self.is_visiting)
        try:
            yield
        finally:
            with self.turn:
                self.is_resting = False
                self.turn.notify_all()

    def _set_visiting(self, value):
        with self.turn:
            if value:
                self.turn.wait_for(lambda: not self.is_resting)
            self.is_visiting = value
            self.turn.notify_all()

    def run(self):
        while not self.stopped.is_set():
            for name in list(self.wanted):
                self._set_visiting(True)
                self.visit(name)
                self._set_visiting(False)
                self.visits += 1
                if self.pause:
                    time.sleep(self.pause)

    def __enter__(self):
        self.server.visitors.append(self)
        self.start()
        return self

    def __exit__(self, kind, *exc):
        self.stopped.set()
        self.join()
        self.server.visitors.remove(self)
        if kind is None:
            assert not self.problems, (len(self.problems), self.visits, self.problems[:5])
            assert self.visits > self.failures, "no visit succeeded"
