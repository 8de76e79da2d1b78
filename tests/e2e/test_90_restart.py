# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Graceful restart under load: no failed handshake, no wrong certificate, sessions keep their name."""

import threading
import time

import pytest
from lib import http, tls
from lib.server import marker, wait_until
from lib.world import file_pair

SITES = ("a.test", "b.test", "c.test", "w1.wild.test")
RESTARTS = 4


class Visitor(threading.Thread):
    """Comes again and again, resuming where it can; remembers everything that was not right."""

    def __init__(self, world, name, version, stop, sni=True):
        super().__init__()
        self.world, self.name, self.stop = world, name, stop
        self.client = world.client(name if sni else None, version=version)
        self.problems, self.visits, self.resumed, self.session = [], 0, 0, None
        self.names = []

    def run(self):
        while not self.stop.is_set():
            try:
                self.visit()
            except (tls.TLSError, OSError, ValueError) as e:
                self.problems.append(repr(e))

    def visit(self):
        with self.client.connect(self.session if self.visits % 2 else None) as conn:
            wanted = self.world.leaf(self.site).serial
            if conn.serial != wanted:
                self.problems.append("wrong certificate")
            talk = http.Http1(conn)
            r = talk.request(self.site)
            if r.status != 200 or r.text != marker(self.site) + "\n":
                self.problems.append(repr(r))
            # A second request on the kept connection, or its end, which a restart may bring.
            try:
                r = talk.request(self.site)
                if r.status != 200 or r.text != marker(self.site) + "\n":
                    self.problems.append(repr(r))
            except (tls.TLSError, OSError):
                pass
            self.resumed += conn.reused
            self.session = conn.session or self.session
        self.visits += 1

    @property
    def site(self):
        return self.name


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_graceful_under_load(new_world, mpm):
    w = new_world("full", mpm=mpm, vhost="SSLSessionTicketKeyFile {dir}/ticket.key\n")
    s = w.server
    s.main = ("StartServers 2\nMaxConnectionsPerChild 0\nListenBacklog 511\n")
    with open(s.path("ticket.key"), "wb") as f:
        f.write(bytes(range(100, 148)))
    with s:
        stop = threading.Event()
        visitors = [Visitor(w, name, version, stop) for name in SITES[:2 if mpm == "prefork" else 4]
                    for version in (tls.TLS12, tls.TLS13)]
        for v in visitors:
            v.start()
        try:
            for i in range(RESTARTS + 1):
                before = {v: v.visits for v in visitors}
                time.sleep(0.4)
                wait_until(lambda: all(v.visits > n + 1 or v.problems for v, n in before.items()), "visits")
                if i < RESTARTS:
                    s.graceful()
        finally:
            stop.set()
            for v in visitors:
                v.join()
        problems = [p for v in visitors for p in v.problems]
        assert not problems, (len(problems), problems[:5])
        assert all(v.visits >= 5 for v in visitors), [v.visits for v in visitors]
        assert sum(v.resumed for v in visitors) >= RESTARTS
        # What each session says after all that is its own name.
        for v in visitors:
            answer = w.get(v.client, v.site, session=v.session)
            assert answer.reused and answer.by == "session" and answer.log["name"] == v.site
            other = "c.test" if v.site != "c.test" else "b.test"
            answer = w.get(v.client, other, session=v.session)
            assert answer.status == 421 and not answer.has_content()


def test_keep_alive_across_a_graceful_restart(new_world):
    """A connection of the old generation goes on as it began, to its end."""
    w = new_world("light")
    with w.server:
        conns = []
        for version in (tls.TLS12, tls.TLS13):
            for sni in ("a.test", "w1.wild.test"):
                conn = w.client(sni, version=version).connect()
                talk = http.Http1(conn)
                assert talk.request(sni).status == 200
                conns.append((sni, conn, talk))
        w.server.graceful()
        for sni, conn, talk in conns:
            try:
                assert talk.request("b.test").status == 421
                assert talk.request(sni).text == marker(sni) + "\n"
            except tls.TLSError:
                pass        # httpd ends idle connections of the old generation
            conn.abort()


def test_new_certificate_after_a_restart(new_world, ca):
    """A renewed pair is in service for new handshakes; sessions of the old one go on under its name."""
    w = new_world("light", vhost="SSLSessionTicketKeyFile {dir}/ticket.key\n")
    with open(w.server.path("ticket.key"), "wb") as f:
        f.write(bytes(48))
    with w.server:
        client = w.client("c.test")
        session = w.get(client, "c.test").session
        new = ca.leaf("c.test")
        file_pair(new, w.server.path("store"), "c.test")
        w.server.graceful()
        assert w.get(client, "c.test").serial == new.serial
        answer = w.get(client, "c.test", session=session)
        assert answer.status == 200
        assert answer.serial == (w.leaf("c.test").serial if answer.reused else new.serial)
