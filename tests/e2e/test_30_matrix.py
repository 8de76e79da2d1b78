# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The matrix: every kind of SNI, Host, way to resume, TLS version and HTTP version in the three
set-ups. What must come out is worked out here from contract section 2 to 4 alone.
"""

import itertools
import re

import pytest
from lib import http, tls
from lib.ca import write
from lib.server import MARK, marker, wait_until
from lib.world import NOT_FILED, SETUPS, VHOSTS, Answer, ask, check_ends, check_own, check_site
from lib.world import new_address, new_case

# What the client names in its ClientHello; an intent is a visit to the switch before.
SNIS = {
    "known": "a.test", "other": "b.test", "own": "c.test", "wild": "w1.wild.test",
    "unknown": "nope.test", "literal": "127.0.0.1", "none": None, "intent": None,
}
INTENT = "a.test"
# What the request asks for: (label, function of the name that the client wants)
HOSTS = {
    "same": lambda sni: sni or INTENT,
    "covered": lambda sni: {"a.test": "alias-a.test", "b.test": "alias-b.test",
                            "w1.wild.test": "w2.wild.test"}.get(sni or INTENT, "alias-a.test"),
    "uncovered": lambda sni: "b.test" if (sni or INTENT) != "b.test" else "a.test",
    "extra": lambda sni: "extra.test",
    "unknown": lambda sni: "stranger.test",
    "literal": lambda sni: "127.0.0.1",
    "none": lambda sni: None,
}
# way: (TLS version, port number, client asks for tickets, resumes)
WAYS = {
    "12": (tls.TLS12, 0, True, False), "12-ticket": (tls.TLS12, 0, True, True),
    "12-id": (tls.TLS12, 0, False, True), "12-id-server": (tls.TLS12, 1, True, True),
    "13": (tls.TLS13, 0, True, False), "13-ticket": (tls.TLS13, 0, True, True),
    "13-state": (tls.TLS13, 1, True, True),
}
H2 = ["h2", "http/1.1"]


class Oracle:
    """contract section 2 to 4 for the sites of lib.world."""

    def __init__(self, world, sni, host, resumed):
        self.world, self.host, self.resumed = world, host, resumed
        name = SNIS[sni]
        # An IP literal says nothing (RFC 6066 section 3).
        self.had_sni = name is not None and sni != "literal"
        self.bound = INTENT if sni == "intent" else name if self.knows(name) else None
        # Section 3: a session under the dummy is never resumable.
        self.is_dummy = self.bound is None
        self.cert = world.dummy if self.is_dummy else world.leaf(self.bound)
        if resumed and not self.is_dummy:
            self.by = "session"
        elif self.is_dummy:
            self.by = "dummy"
        else:
            self.by = "sni" if self.had_sni else "intent"
        self.covers = not self.is_dummy and host is not None and any(
            host == n or (n.startswith("*.") and host.split(".", 1)[1:] == [n[2:]])
            for n in san(self.cert))

    def knows(self, name):
        return (name is not None and not name[0].isdigit() and name not in NOT_FILED
                and self.world.leaf(name) is not None)

    def ends(self):
        """Section 4: without SNI, or under the dummy, the connection ends with our answer."""
        return not self.had_sni or self.is_dummy

    def check(self, answer, port):
        if self.covers:
            check_site(answer, self.world.content(self.host), self.cert, self.by)
            return
        url = "https://%s:%d/page?q=1" % (self.host, port)
        if not self.had_sni and self.knows(self.host):
            check_own(answer, 302, self.cert, self.by)
            assert answer.r.get("Location") == "https://switch.test:%d/go?%s" % (
                self.world.server.ports[2], url)
        else:
            check_own(answer, 421, self.cert, self.by)
            assert answer.r.get("Location") is None
            if self.knows(self.host):
                assert 'href="%s"' % url in answer.body, answer.body
            else:
                assert "/go?" not in answer.body
        assert answer.log["ok"] == "0"
        for name in set(self.world.leaves) | set(VHOSTS):
            if name not in (self.host, "switch.test"):
                assert not re.search(r"(?<![\w.-])%s(?![\w-])" % re.escape(name), answer.body), \
                    "names another site: %s" % answer.body
        if self.host is not None:       # asked for by HTTP/1.0, which ends each connection
            check_ends(answer, self.ends())


def san(leaf):
    from cryptography import x509
    return leaf.cert.extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)


def one_request(world, client, host, session=None):
    server = world.server
    port = client.addr[1]
    with client.connect(session) as conn:
        talk = http.talk(conn)
        if host is None and isinstance(talk, http.Http1):
            case = new_case()
            r = talk.request(None, "/page?q=1", version="HTTP/1.0", headers=[("X-Case", case)])
            return Answer(conn, talk, r, server.wait_access(case)), True
        literal = host is not None and host[0].isdigit()
        full = None if host is None else host if literal else "%s:%d" % (host, port)
        answer = ask(server, conn, full, "/page?q=1", talk=talk, log=host is not None)
        ends = (isinstance(talk, http.Http2) and answer.status in (302, 421)
                and client.sni in (None, b"nope.test", b"127.0.0.1"))
        return answer, talk.is_closed() if ends else True


def run_case(world, sni, host_kind, way, alpn):
    version, n, tickets, resumes = WAYS[way]
    host = HOSTS[host_kind](SNIS[sni])
    port = world.server.ports[n]
    client = world.client(SNIS[sni], n, version=version, tickets=tickets, alpn=alpn)
    if sni == "intent":
        world.wish(client, INTENT, port=n)
    answer, closed = one_request(world, client, host)
    oracle = Oracle(world, sni, host, False)
    if host is None and alpn:
        # h2 without :authority and host is refused by mod_http2 itself: the stream is reset.
        assert answer.status in (None, 400) and not answer.has_content(), answer.r
        assert answer.serial == oracle.cert.serial
    else:
        oracle.check(answer, port)
    assert not answer.reused
    assert closed, "no GOAWAY"
    if not resumes:
        return
    # What the session cache of a browser would hold now.
    if oracle.is_dummy:
        if answer.session is not None:
            again, _ = one_request(world, client, host, answer.session)
            assert not again.reused, "a session under the dummy was resumed"
        return
    assert answer.session is not None, "no session to resume"
    again, _ = one_request(world, client, host, answer.session)
    if sni == "intent" and answer.status in (302, 421):
        # A session that has led a client without SNI to the wrong site need not be taken again.
        Oracle(world, sni, host, again.reused).check(again, port)
        return
    assert again.reused
    if not (host is None and alpn):
        Oracle(world, sni, host, True).check(again, port)


TOKEN = "/.well-known/acme-challenge/token-of_0"


def world_of(module_world, setup, mpm, directives="", **kw):
    w = module_world(setup, mpm=mpm, directives=directives + "MSSLChallengeDir {dir}/challenge\n", **kw)
    write(w.server.path("challenge" + TOKEN), "token-of_0.thumb")
    for site in ("a.test", "b.test", "c.test", "w1.wild.test", "w2.wild.test", "notice.test",
                 "alias-a.test", "alias-b.test", "extra.test"):
        w.server.site(site, path="page")
    return w


@pytest.fixture(scope="module", params=SETUPS)
def event(request, module_world):
    w = world_of(module_world, request.param, "event")
    with w.server:
        yield w


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("proto", ["http/1.1", "h2"])
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("sni", SNIS)
def test_event(event, sni, host, proto, way):
    run_case(event, sni, host, way, H2 if proto == "h2" else None)


# A selection: each pair of kinds once, resumed each way somewhere.
SELECTION = [(sni, host, way) for (sni, host), way in
             zip(itertools.product(SNIS, HOSTS), itertools.cycle(WAYS))]


@pytest.fixture(scope="module", params=[(m, s) for m in ("worker", "prefork") for s in SETUPS],
                ids="-".join)
def others(request, module_world):
    mpm, setup = request.param
    w = world_of(module_world, setup, mpm)
    with w.server:
        yield w


@pytest.mark.parametrize("sni,host,way", SELECTION)
def test_worker_and_prefork(others, sni, host, way):
    run_case(others, sni, host, way, None)


class Proxied:
    """A world behind a proxy that says in a PROXY line who its client is."""

    def __init__(self, world):
        self.__dict__.update(world.__dict__)
        self.world = world

    def __getattr__(self, name):
        return getattr(self.world, name)

    def client(self, sni=None, port=0, **kw):
        line = "PROXY TCP4 %s 127.0.0.1 40000 443\r\n" % new_address()
        return self.world.client(sni, port, source="127.0.0.1", preamble=line.encode(), **kw)


@pytest.fixture(scope="module", params=[(k, s) for k in ("retry", "proxied") for s in SETUPS], ids="-".join)
def way_in(request, module_world):
    """retry: each ClientHello of TLS 1.3 is answered by a HelloRetryRequest first (test_25)."""
    kind, setup = request.param
    if kind == "retry":
        w = world_of(module_world, setup, "event", directives="SSLOpenSSLConfCmd Groups P-384\n")
    else:
        w = world_of(module_world, setup, "event", modules=["remoteip"], main="RemoteIPProxyProtocol on\n")
    with w.server:
        yield w if kind == "retry" else Proxied(w)


@pytest.mark.parametrize("sni,host,way", SELECTION)
def test_retry_and_proxied(way_in, sni, host, way):
    run_case(way_in, sni, host, way, H2 if len(host) % 2 else None)


@pytest.mark.parametrize("proto", ["http/1.1", "h2"])
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("sni", SNIS)
def test_challenge(event, sni, host, proto):
    """A challenge is answered whatever the certificate, and nothing else comes with it: not behind it on a
    connection, not on a stream beside it."""
    w, name = event, HOSTS[host](SNIS[sni])
    if name is None and proto == "h2":
        return      # mod_http2 resets such a stream
    client = w.client(SNIS[sni], version=tls.TLS13, alpn=H2 if proto == "h2" else None)
    if sni == "intent":
        w.wish(client, INTENT)
    oracle = Oracle(w, sni, name, False)
    version = {"version": "HTTP/1.0"} if name is None else {}
    full = name if name is None or name[0].isdigit() else "%s:%d" % (name, w.server.port)
    with client.connect() as conn:
        talk = http.talk(conn)
        if proto == "h2":
            token, page = talk.wait(talk.start(full, TOKEN, flush=False), talk.start(full, "/page?q=1"))
            answer = Answer(conn, talk, page, {"by": oracle.by, "ok": "1" if oracle.covers else "0"})
            oracle.check(answer, w.server.port)
            assert talk.is_closed() if oracle.ends() else talk.goaway is None
        else:
            talk.send(http.build(full, TOKEN, **version) + http.build(full, "/page?q=1", **version))
            token = talk.read()
            assert talk.is_closed() and talk.buf == b"", "something came behind the challenge"
        assert conn.serial == oracle.cert.serial
    assert (token.status, token.text) == (200, "token-of_0.thumb"), token
    assert MARK not in repr(token.headers)


def test_markers_are_found(event):
    """The check for content finds content: a covered request has the marker."""
    answer = event.get(event.client("a.test"), "a.test", "/page")
    assert answer.has_content() and marker("a.test") in answer.body


def test_the_retry_is_one(way_in):
    """Two decisions for one handshake of TLS 1.3, in the world that is for them."""
    before = way_in.server.count_error("MSSL0030")
    with way_in.client("a.test", version=tls.TLS13).connect():
        pass
    decisions = 1 if isinstance(way_in, Proxied) else 2
    wait_until(lambda: way_in.server.count_error("MSSL0030") == before + decisions, "the decisions")
