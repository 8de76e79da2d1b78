# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
What a request costs beside mod_ssl alone: instructions of the server, counted by callgrind. What else
the machine does matters little to them; a start may cost some more than another one, so a request's
are taken of several lives. Where the strings of a request lie in memory matters, too: comparing those
at the end of a page costs more, up to a hundredth of a request. That hangs on the lengths of paths,
so a request is the mean of folders with names of several lengths. The server is one process
(httpd -X), its files are its own to read, and its name is warm.
"""

import contextlib
import os
import re
import shutil
import socket
import statistics
import sys

import servers
from lib import http, tls
from servers import ModMsslLight, ModSsl

MODULES = ("http2",)


def valgrind(cls):
    """The server of a class, as one process under callgrind that counts when it is told to."""

    class Counted(cls):
        def write_conf(self):
            super().write_conf()
            with open(self.path("httpd.conf")) as f:
                text = f.read()
            head = "".join("LoadModule %s_module %s/mod_%s.so\n" % (m, servers.libexecdir(), m) for m in MODULES)
            text = head + text.replace("SSLSessionTickets off", "SSLSessionTickets on\nProtocols h2 http/1.1\n"
                                       "KeepAlive on\nMaxKeepAliveRequests 0\nKeepAliveTimeout 600\nTimeout 600")
            if self.mssl:
                text = text.replace("MSSLCertStore", "MSSLKeyAccess direct\nMSSLCertStore", 1)
            self.write("httpd.conf", [text])
            with open(self.path("www/index.html"), "w") as f:
                f.write("a small page\n")
            if servers.IS_ROOT:
                shutil.chown(self.dir, "www-data")

        def command(self):
            # As the workers' user from the start: callgrind writes its file at the end of the process.
            as_worker = ["setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups"]
            return (as_worker if servers.IS_ROOT else []) + [
                "valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + self.path("callgrind"),
                servers.HTTPD, "-X", "-f", self.path("httpd.conf")]

        def total(self):
            """Instructions of its whole life, which ends with this."""
            self.stop()
            assert os.path.getsize(self.path("callgrind")) > 0, "callgrind wrote nothing"
            with open(self.path("callgrind")) as f:
                return int(re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M).group(1))

    return Counted


def plain(cls, *lines):
    """The same with the name over http, too, and more lines of its own."""

    class Plain(cls):
        def sites(self):
            self.plain = servers.free_ports(1)[0]
            yield from super().sites()
            yield from lines
            yield "Listen 127.0.0.1:%d" % self.plain
            yield "<VirtualHost 127.0.0.1:%d>\nServerName %s\nDocumentRoot %s/www\n</VirtualHost>" % (
                self.plain, servers.name_of(0), self.dir)

    return Plain


class Visitor:
    def __init__(self, server):
        self.server = server
        self.client = tls.Client(server.port, sni=servers.name_of(0), version=tls.TLS13, timeout=120)
        self.host = servers.name_of(0)

    def ask(self, talk):
        r = talk.request(self.host)
        if r.status != 200 or r.text != "a small page\n":
            raise RuntimeError("not the page: %r" % r)

    def keep_alive(self, n):
        """Requests over one connection."""
        with self.client.connect() as conn:
            talk = http.Http1(conn)
            for _ in range(n):
                self.ask(talk)

    def plain(self, n):
        """Requests over one connection without TLS."""
        request = ("GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % self.host).encode()
        with socket.create_connection(("127.0.0.1", self.server.plain), timeout=120) as sock:
            for _ in range(n):
                sock.sendall(request)
                answer = b""
                while not answer.endswith(b"a small page\n"):
                    part = sock.recv(65536)
                    if not part:
                        raise RuntimeError("not the page: %r" % answer)
                    answer += part

    def streams(self, n):
        with self.client.but(alpn=["h2"]).connect() as conn:
            talk = http.Http2(conn)
            for _ in range(n):
                self.ask(talk)

    def resumed(self, n):
        """Connections with a resumed session and one request each."""
        with self.client.connect() as conn:
            self.ask(http.Http1(conn))
            session = conn.session
        for _ in range(n):
            with self.client.connect(session) as conn:
                if not conn.reused:
                    raise RuntimeError("the session was not resumed")
                self.ask(http.Http1(conn))
                session = conn.session

    def full(self, n):
        for _ in range(n):
            with self.client.connect() as conn:
                self.ask(http.Http1(conn))


# The folders' names, and how many in the lives of a server in each: a request is little beside what a start
# may cost more than another one. A handshake is much beside all of that.
MANY = ["f" * n for n in (1, 8, 15, 22, 29)]
ONE = MANY[:1]
KINDS = [("request, HTTP/1.1 keep-alive", "keep_alive", MANY, (300, 1500)),
         ("request, HTTP/2 stream", "streams", MANY, (300, 1500)),
         ("resumed handshake and a request", "resumed", ONE, (400, 800)),
         ("full handshake and a request", "full", ONE, (400, 800))]


# What a plain request costs where certificates are made: each may be a hint for the steward.
ISSUING = ("MSSLIssueFor vhosts", "MSSLIssuer none /usr/bin/false", "MSSLSteward external")
PLAIN = [("mod_ssl alone", plain(ModSsl)), ("mod_mssl", plain(ModMsslLight)),
         ("mod_mssl that issues", plain(ModMsslLight, *ISSUING))]


def per_action(server, method, lives):
    """Instructions of one: what the life with more costs more than the one with fewer."""
    totals = []
    for n in lives:
        server.start()
        getattr(Visitor(server), method)(n)
        totals.append(server.total())
    return (totals[1] - totals[0]) / (lives[1] - lives[0])


@contextlib.contextmanager
def in_folder(cls, folder, certs):
    os.makedirs(folder, exist_ok=True)
    server = valgrind(cls)(folder, certs, 1)
    try:
        server.start()      # what only a first start does (the made dummy) is done then
        server.total()
        yield server
    finally:
        server.stop()


def measure(cls, work, certs, method, folders, lives):
    samples = []
    for name in folders:
        with in_folder(cls, os.path.join(work, name), certs) as server:
            samples.append(per_action(server, method, lives))
    return statistics.mean(samples)


def check_valgrind():
    if shutil.which("valgrind") is None:
        sys.exit("bench: valgrind is missing")


def run(work, certs):
    check_valgrind()
    rows = []
    for label, *how in KINDS:
        alone, ours = (measure(cls, work, certs, *how) for cls in (ModSsl, ModMsslLight))
        rows.append({"what": label, "mod_ssl": round(alone), "mod_mssl": round(ours), "ratio": ours / alone})
    return rows


def run_plain(work, certs):
    """Of a request over http, keep-alive: [{"server", "instructions", "ratio"}], the first one's."""
    check_valgrind()
    rows, first = [], None
    for label, cls in PLAIN:
        n = measure(cls, work, certs, "plain", MANY, (300, 1500))
        first = first or n
        rows.append({"server": label, "instructions": round(n), "ratio": n / first})
    return rows
