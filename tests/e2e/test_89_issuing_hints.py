# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Hints: that somebody asked for a name without a certificate gets to the steward, once, and at no price."""

import contextlib
import json
import os
import re
import signal
import socket
import sys

import pytest
from lib import broker, http, tls
from lib.ca import write
from lib.live import ONE_CHILD
from lib.server import IS_ROOT, wait_until
from lib.steward import own_ids
from lib.world import ask, new_address
from test_89_issuing_conf import CONF, issue, make
from test_94_status import STATUS

# In the steward's place: all that it hears, a line each.
EAR = """#!%s
import os, socket
hints = socket.socket(fileno=int(os.environ["MSSL_HINTS"])) if "MSSL_HINTS" in os.environ else None
with open("{dir}/heard/%%d" %% os.getpid(), "w", buffering=1) as f:
    while hints:
        hints.setblocking(True)
        f.write(hints.recv(512).decode("latin-1") + "\\n")
""" % sys.executable


@pytest.fixture
def server(new_server, ca):
    s = make(new_server, ca, conf=CONF + STATUS % "full", vhost="</VirtualHost>\n<VirtualHost 127.0.0.1:{p1}>\n"
             "ServerName plain.test\n")
    s.main = ONE_CHILD
    write(s.path("mssl-steward"), s.fill(EAR), 0o755)
    os.mkdir(s.path("heard"))
    os.chown(s.path("heard"), *own_ids())
    return s


def heard(s):
    names = []
    for file in os.listdir(s.path("heard")):
        with open(s.path("heard", file)) as f:
            names += f.read().split()
    return sorted(names)


def wait_heard(s, names):
    wait_until(lambda: heard(s) == sorted(names), lambda: "%s, heard: %s" % (names, heard(s)))


def shake(s, name, **kw):
    with tls.Client(s.port, name, source=new_address(), **kw).connect() as conn:
        return conn.serial


def plain(s, host, path="/"):
    with socket.create_connection(("127.0.0.1", s.ports[1]), timeout=10) as sock:
        sock.sendall(http.build(host, path))
        return sock.recv(65536)


def counts(s):
    text = ask_status(s, "prometheus")
    return {k: int(v) for k, v in re.findall(r'(?m)^mssl_hints_total\{result="(\w+)"\} (\d+)$', text)}


def ask_status(s, form):
    with tls.Client(s.port, "has.test", source=new_address()).connect() as conn:
        return ask(s, conn, "has.test", "/status?format=" + form).body


def test_once_for_each_name(server, ca):
    s = server
    with s:
        wait_until(lambda: os.listdir(s.path("heard")), "its ear")
        issue(s, ca.leaf("has.test"), "has.test")
        wait_until(lambda: shake(s, "has.test") != s.dummy.serial, "the certificate")
        base = heard(s)
        assert set(base) <= {"has.test"} and len(base) <= 1
        for _ in range(10):
            shake(s, "New.Test")
            shake(s, None)
            shake(s, "127.0.0.1")
            shake(s, "has.test")
        wait_heard(s, base + ["new.test"])
        for _ in range(3):
            plain(s, "over-http.test:%d" % s.ports[1])
            plain(s, "new.test")
            plain(s, "has.test")
            plain(s, "127.0.0.1:%d" % s.ports[1])
            plain(s, "challenged.test", "/.well-known/acme-challenge/x")
        wait_heard(s, base + ["new.test", "over-http.test"])
        assert counts(s) == {"sent": len(base) + 2, "dropped": 0}
        assert json.loads(ask_status(s, "json"))["hints"] == {"sent": len(base) + 2, "dropped": 0}


def test_rejected_names_too(server):
    s = server
    s.conf = s.conf.replace("MSSLEngine on", "MSSLEngine on\nMSSLUnknownHost reject", 1)
    with s:
        wait_until(lambda: os.listdir(s.path("heard")), "its ear")
        with pytest.raises(tls.TLSError):
            shake(s, "new.test")
        wait_heard(s, ["new.test"])


def test_new_steward_and_new_generation(server):
    """The pair of sockets outlives a steward, and each generation has its own."""
    s = server
    with s:
        wait_until(lambda: os.listdir(s.path("heard")), "its ear")
        shake(s, "one.test")
        wait_heard(s, ["one.test"])
        pid, = [p for p in s.children() if broker.name_of(p).startswith(("mssl-steward", "python"))]
        s.expect("MSSL0152: steward %d died" % pid)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not broker.is_alive(pid), "its end")     # it might take one more with it
        shake(s, "two.test")
        wait_heard(s, ["one.test", "two.test"])
        s.graceful()
        wait_until(lambda: len(os.listdir(s.path("heard"))) == 3, "the ear of the next generation")
        shake(s, "three.test")
        wait_heard(s, ["one.test", "two.test", "three.test"])


def test_flood_waits_for_nobody(server, ca):
    """A steward that hears nothing: hints are dropped and counted, and handshakes go on."""
    s = server
    with s:
        wait_until(lambda: os.listdir(s.path("heard")), "its ear")
        issue(s, ca.leaf("has.test"), "has.test")
        wait_until(lambda: shake(s, "has.test") != s.dummy.serial, "the certificate")
        pid = int(os.listdir(s.path("heard"))[0])
        os.kill(pid, signal.SIGSTOP)
        try:
            n = 0
            while counts(s)["dropped"] == 0:
                for _ in range(100):
                    plain(s, "n%d.test" % n)
                    n += 1
                assert n < 3000
            sent = counts(s)
            assert sum(sent.values()) >= n
            assert shake(s, "has.test") != s.dummy.serial
        finally:
            os.kill(pid, signal.SIGCONT)
        wait_until(lambda: len(heard(s)) == counts(s)["sent"], lambda: "%d of %s" % (len(heard(s)), counts(s)))


@pytest.mark.skipif(not IS_ROOT, reason="needs root: children cannot be looked into")
def test_children_alone_speak(server):
    """A child has the sending end, which a program that it begins has not, and not the other."""
    s = server
    with s:
        wait_until(lambda: os.listdir(s.path("heard")), "its ear")
        shake(s, "one.test")
        child = [p for p in s.children() if broker.name_of(p) in ("apache2", "httpd")
                 and len(os.listdir("/proc/%d/task" % p)) > 5][0]

        def sockets(pid):
            found = {}
            for fd in os.listdir("/proc/%d/fd" % pid):
                with contextlib.suppress(FileNotFoundError):        # closed meanwhile
                    link = os.readlink("/proc/%d/fd/%s" % (pid, fd))
                    if link.startswith("socket:"):
                        flags = open("/proc/%d/fdinfo/%s" % (pid, fd)).read().split("flags:")[1].split()[0]
                        found[link] = int(flags, 8)
            return found

        ear = int(os.listdir(s.path("heard"))[0])
        mine = set(sockets(ear))
        assert len(mine) == 1                        # and nothing else of httpd's
        assert not mine & set(sockets(child))
        pair = [link for link, flags in sockets(s.proc.pid).items() if link in sockets(child) or link in mine]
        assert mine <= set(pair)
        assert all(flags & os.O_CLOEXEC for link, flags in sockets(child).items() if link in pair)


def test_none_where_the_system_begins_it(new_server, ca):
    s = make(new_server, ca)
    s.conf = s.conf.replace("httpd:{dir}/mssl-steward", "external")
    with s:
        shake(s, "new.test")
        mark = s.error_log()
        assert "MSSL0237" not in mark
