# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLSteward external: hints go to a socket that it binds in a folder of its own; what is strange there gets none."""

import grp
import os
import re
import socket
import stat

import pytest
from lib import http, tls
from lib.ca import write
from lib.issuing import FAKE, LIST, Issuing
from lib.live import ONE_CHILD
from lib.server import ASAN, IS_ROOT, WWW_GROUP, wait_until
from lib.steward import begin, own_ids
from lib.world import ask, file_pair, new_address
from test_89_issuing_pages import put_job, stamp
from test_94_status import STATUS

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")


@pytest.fixture
def issuing(new_server, ca):
    i = Issuing(new_server, ca, LIST + FAKE + "MSSLCertStore dir:{dir}/store\n" + STATUS % "full"
                + "<VirtualHost 127.0.0.1:{p0}>\nServerName status.test\n</VirtualHost>\n"
                "<VirtualHost 127.0.0.1:{p1}>\nServerName plain.test\n</VirtualHost>\n", ports=2)
    file_pair(ca.leaf("status.test"), i.server.path("store"), "status.test")
    i.server.conf = i.server.conf.replace("MSSLSteward httpd:{dir}/mssl-steward", "MSSLSteward external")
    i.server.main = ONE_CHILD
    return i


class Steward:
    """As the system begins and ends it."""

    def __init__(self, i):
        self.i = i

    def __enter__(self):
        with open(self.i.server.path("steward.log"), "ab") as log:
            self.process = begin(self.i.server, stderr=log)
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait(30)

    def log(self):
        with open(self.i.server.path("steward.log")) as f:
            return f.read()


def shake(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial


def is_own(place):
    """Not between two: what was there is gone, and nothing is bound yet."""
    try:
        info = os.lstat(place)
    except FileNotFoundError:
        return False
    return stat.S_ISSOCK(info.st_mode) and info.st_uid == own_ids()[0]


def plain(s, host):
    with socket.create_connection(("127.0.0.1", s.ports[1]), timeout=10) as sock:
        sock.sendall(http.build(host, "/"))
        return sock.recv(65536)


def counts(s):
    """As soon as the status is served."""
    return wait_until(lambda: read_counts(s), "the status")


def read_counts(s):
    with tls.Client(s.port, "status.test", source=new_address()).connect() as conn:
        text = ask(s, conn, "status.test", "/status?format=prometheus").body
    return {k: int(v) for k, v in re.findall(r'(?m)^mssl_hints_total\{result="(\w+)"\} (\d+)$', text)}


def begun(i):
    """It works, and hears."""
    place = i.state("hints", "socket")
    return wait_until(lambda: is_own(place) and stat.S_IMODE(os.lstat(place).st_mode) == 0o620, "its socket")


def test_a_hint_brings_a_turn_forward(issuing):
    """A name that failed is tried again at once when somebody asks for it; strangers' names cost a counter; restarts."""
    i, s = issuing, issuing.server
    with s:
        i.permit("has.test", "late.test")
        for name in ("has.test", "late.test"):
            put_job(s, name, "failed", next=stamp(86400), failures=1, failing=stamp(-60), checked=stamp(-60), **{"class": "connection"})
        with Steward(i) as steward:
            begun(i)
            folder, sock = os.stat(i.state("hints")), os.lstat(i.state("hints", "socket"))
            group = grp.getgrnam(WWW_GROUP).gr_gid
            assert (folder.st_uid, folder.st_gid, folder.st_mode & 0o7777) == (own_ids()[0], group, 0o2710)
            assert (sock.st_uid, sock.st_gid, stat.S_IMODE(sock.st_mode)) == (own_ids()[0], group, 0o620)
            wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "what it says of itself")
            wait_until(lambda: i.standing()["jobs"].get("failed") == 2, lambda: i.standing())
            shake(s, "has.test")
            i.wait_job("has.test", "installed", 30)            # its next look by itself is ten minutes away
            assert i.job("late.test")["state"] == "failed"
            before = counts(s)
            for n in range(50):
                shake(s, "n%d.test" % n)
                plain(s, "p%d.test" % n)
            after = counts(s)
            assert sum(after.values()) - sum(before.values()) == 100, (before, after)
            assert sorted(os.listdir(i.state("jobs"))) == ["has.test", "late.test"]
            assert {n for _, n, _ in i.calls()} == {"has.test"}
        # Nobody hears: dropped and counted, and handshakes go on.
        before = counts(s)
        plain(s, "deaf.test")
        wait_until(lambda: counts(s)["dropped"] > before["dropped"], lambda: counts(s))
        with steward:
            wait_until(lambda: is_own(i.state("hints", "socket"))
                       and os.lstat(i.state("hints", "socket")).st_ctime_ns != sock.st_ctime_ns, "the next one's socket")
            # The socket that somebody removes is there again.
            os.unlink(i.state("hints", "socket"))
            begun(i)
            plain(s, "late.test")
            i.wait_job("late.test", "installed", 30)
            assert "MSSL0254" not in steward.log(), steward.log()


def test_bounded(issuing):
    """A child says a name once a minute, and 512 names are remembered; what the steward does not take is dropped."""
    i, s = issuing, issuing.server
    with s, Steward(i):
        begun(i)
        i.permit("has.test")
        i.wait_confirmed("has.test")
        before = counts(s)
        for _ in range(5):
            for n in range(5):
                plain(s, "same%d.test" % n)
        assert sum(counts(s).values()) - sum(before.values()) == 5
        for n in range(1500):
            plain(s, "many%d.test" % n)
        assert sum(counts(s).values()) - sum(before.values()) <= 1505
        assert sorted(os.listdir(i.state("jobs"))) == ["has.test"] and {n for _, n, _ in i.calls()} == {"has.test"}


@pytest.mark.parametrize("kind", ["file", "link", "foreign", "folder"])
def test_strange_things_in_its_place(issuing, kind):
    """What is no socket of the steward's is sent nothing."""
    i, s = issuing, issuing.server
    with s:
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        place, other = i.state("hints", "socket"), s.path("other")
        if kind == "file":
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o666))
        elif kind == "folder":
            os.mkdir(place)
        else:
            ear.bind(place if kind == "foreign" else other)
            os.chmod(place if kind == "foreign" else other, 0o666)
        if kind == "link":
            os.chown(other, *own_ids())
            os.symlink(other, place)
        elif kind != "foreign":
            os.chown(place, *own_ids())
        shake(s, "has.test")
        before = counts(s)
        plain(s, "x.test")
        wait_until(lambda: counts(s)["dropped"] > before["dropped"], lambda: counts(s))
        assert counts(s)["sent"] == 0
        with pytest.raises(BlockingIOError):
            ear.recv(512, socket.MSG_DONTWAIT)
        ear.close()
        with Steward(i) as steward:
            if kind == "folder":
                wait_until(lambda: "MSSL0254: steward: hints/socket: " in steward.log(), steward.log)
            else:
                wait_until(lambda: is_own(place), "its own")


def test_foreign_folder(issuing):
    """Where others may write, or that is another's: nothing is bound, and that is said."""
    i, s = issuing, issuing.server
    with s:
        os.chmod(i.state("hints"), 0o777)
        with Steward(i) as steward:
            wait_until(lambda: "MSSL0254: steward: hints: is not the steward's alone to write in" in steward.log(), steward.log)
            assert os.listdir(i.state("hints")) == []


def test_path_too_long(issuing):
    """Said at the start; all the rest goes on."""
    s = issuing.server
    long = s.path("run", "m" * (110 - len(s.path("run"))))
    s.conf += "MSSLStateDir %s\n" % long
    s.expect("MSSL0239: MSSLStateDir: '%s' is too long for the socket hints/socket in it" % long)
    with s:
        s.wait_error("MSSL0239")


@pytest.mark.skipif(ASAN, reason="ASan keeps memory of its own")
def test_many_requests_are_small(issuing):
    """What a panel requests for each of its sites is some hundred bytes to the steward, not what a request may have in it."""
    i, s = issuing, issuing.server
    with s:
        for n in range(5000):
            path = write(i.state("requests", "wanted", "n%d.test" % n), "mssl-request/1\nname: n%d.test\n" % n, 0o600)
            os.chown(path, *own_ids())
        put_job(s, "n1.test", "declined")
        with Steward(i) as steward:
            begun(i)
            wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "what it says of itself")
            wait_until(lambda: i.standing()["jobs"].get("wanted") == 4999, lambda: i.standing())
            with open("/proc/%d/status" % steward.process.pid) as f:
                peak = int(re.search(r"VmHWM:\s+(\d+) kB", f.read())[1])
            assert peak < 32 * 1024, peak
