# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The bound name travels in the session: every way to resume, across sites, children and time."""

import threading
import time

import pytest
from lib import http, tls
from lib.server import wait_until
from lib.world import NOT_FILED, ask, check_own, check_site, file_pair, new_address

# (TLS version, port number, client asks for tickets)
WAYS = {"12-ticket": (tls.TLS12, 0, True), "12-id": (tls.TLS12, 0, False),
        "13-ticket": (tls.TLS13, 0, True), "13-state": (tls.TLS13, 1, True)}
TIMEOUT = 3


@pytest.fixture(scope="module", params=["light", "full"])
def world(request, module_world):
    w = module_world(request.param, directives="MSSLIntentTimeout %ds\n" % TIMEOUT)
    with w.server:
        yield w


def client_for(w, way, sni, **kw):
    version, n, tickets = WAYS[way]
    return w.client(sni, n, version=version, tickets=tickets, **kw)


def session_of(w, client, host):
    answer = w.get(client, host)
    assert answer.status == 200 and answer.session is not None, answer.r
    return answer.session


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first,second", [("a.test", "b.test"), ("b.test", "a.test"),
                                          ("a.test", "w1.wild.test"), ("c.test", "a.test")])
def test_session_of_another_site(world, way, first, second):
    """Site A's session under B's name: either a full handshake, or still only A's content."""
    w = world
    client = client_for(w, way, first)
    session = session_of(w, client, first)
    answer = w.get(client.but(sni=second), second, session=session)
    if answer.reused:
        check_own(answer, 421, w.leaf(first), "session")
    else:
        check_site(answer, w.content(second), w.leaf(second), "sni")
    answer = w.get(client.but(sni=second), first, session=session)
    if answer.reused:
        check_site(answer, w.content(first), w.leaf(first), "session")
    else:
        check_own(answer, 421, w.leaf(second), "sni")


@pytest.mark.parametrize("way", ["12-ticket", "13-ticket"])
def test_ticket_of_another_site_falls_back(world, way):
    """With tickets OpenSSL offers the means: silently a full handshake, and the site is served."""
    w = world
    client = client_for(w, way, "a.test")
    answer = w.get(client.but(sni="b.test"), "b.test", session=session_of(w, client, "a.test"))
    assert not answer.reused
    check_site(answer, "b.test", w.leaf("b.test"), "sni")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sni", ["nope.test", "127.0.0.1", "a..test"])
def test_session_under_an_unknown_name(world, way, sni):
    """An IP literal says nothing (RFC 6066 section 3): as without SNI, the switch can help."""
    w = world
    refusal = 302 if sni == "127.0.0.1" else 421
    client = client_for(w, way, "a.test")
    session = session_of(w, client, "a.test")
    answer = w.get(client.but(sni=sni), "a.test", session=session)
    if answer.reused:
        check_site(answer, "a.test", w.leaf("a.test"), "session")
    else:
        check_own(answer, refusal, w.dummy, "dummy")
    answer = w.get(client.but(sni=sni), "b.test", session=session)
    check_own(answer, refusal)


@pytest.mark.parametrize("way", WAYS)
def test_session_made_with_sni_resumed_without(world, way):
    """The session says a.test; the connection had no SNI. Only a.test's content ever comes."""
    w = world
    client = client_for(w, way, "a.test")
    session = session_of(w, client, "a.test")
    answer = w.get(client.but(sni=None), "a.test", session=session)
    if answer.reused:
        check_site(answer, "a.test", w.leaf("a.test"), "session")
    else:
        check_own(answer, 302, w.dummy, "dummy")
    answer = w.get(client.but(sni=None), "b.test", session=session)
    check_own(answer, 302)
    assert "b.test" in answer.r.get("Location")


@pytest.mark.parametrize("way", WAYS)
def test_after_the_intent_has_expired(world, way):
    """How a client without SNI keeps its site: the session, long after the intent."""
    w = world
    client = client_for(w, way, None)
    port = WAYS[way][1]
    w.wish(client, "a.test", port=port)
    first = w.get(client, "a.test")
    check_site(first, w.content("a.test"), w.leaf("a.test"), "intent")
    time.sleep(TIMEOUT + 0.7)
    again = w.get(client, "a.test", session=first.session)
    assert again.reused
    check_site(again, w.content("a.test"), w.leaf("a.test"), "session")
    covered = w.get(client, "alias-a.test", session=first.session)
    assert covered.reused
    check_site(covered, w.content("alias-a.test"), w.leaf("a.test"), "session")
    fresh = w.get(client, "a.test")
    check_own(fresh, 302, w.dummy, "dummy")


@pytest.mark.parametrize("way", WAYS)
def test_resuming_keeps_both_sites(world, way):
    """A second site replaces the intent; sessions keep both."""
    w = world
    client = client_for(w, way, None)
    port = WAYS[way][1]
    sessions = {}
    for name in ("a.test", "b.test"):
        w.wish(client, name, port=port)
        answer = w.get(client, name)
        check_site(answer, name, w.leaf(name), "intent")
        sessions[name] = answer.session
    for name in ("a.test", "b.test", "a.test"):
        answer = w.get(client, name, session=sessions[name])
        assert answer.reused
        check_site(answer, name, w.leaf(name), "session")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sni", ["nope.test", None, "127.0.0.1"])
def test_dummy_sessions_are_not_resumable(world, way, sni):
    w = world
    client = client_for(w, way, sni)
    answer = w.get(client, "a.test")
    assert answer.serial == w.dummy.serial
    if answer.session is not None:
        assert not w.get(client, "a.test", session=answer.session).reused
    # Nor does it keep a client from its site.
    if sni is None:
        w.wish(client, "a.test", port=WAYS[way][1])
        again = w.get(client, "a.test", session=answer.session)
        check_site(again, "a.test", w.leaf("a.test"), "intent")


@pytest.mark.parametrize("way", WAYS)
def test_across_children(world, way):
    """A session made in one child is resumed in the others, with its name."""
    w = world
    client = client_for(w, way, "a.test")
    session = session_of(w, client, "a.test")
    seen = set()
    deadline = time.monotonic() + 20
    held = []
    while len(seen) < 2 and time.monotonic() < deadline:
        conn = client.connect(session)
        held.append(conn)       # busy connections make httpd use its other child
        answer = ask(w.server, conn, "a.test")
        assert answer.reused
        check_site(answer, "a.test", w.leaf("a.test"), "session")
        seen.add(answer.log["pid"])
        if len(held) > 8:
            held.pop(0).close()
    for conn in held:
        conn.close()
    assert len(seen) >= 2, "only one child answered"


def test_across_children_prefork(new_world):
    w = new_world("light", mpm="prefork")
    with w.server:
        for way in WAYS:
            client = client_for(w, way, "a.test")
            session = session_of(w, client, "a.test")
            seen, held = set(), []
            for _ in range(4):
                conn = client.connect(session)
                held.append(conn)
                answer = ask(w.server, conn, "a.test")
                assert answer.reused
                check_site(answer, "a.test", w.leaf("a.test"), "session")
                seen.add(answer.log["pid"])
            for conn in held:
                conn.close()
            assert len(seen) == 4


def test_many_at_once(world):
    """Sites, sessions and strangers side by side in many threads: nobody meets another's."""
    w = world
    problems = []

    def visitor(name, way):
        try:
            client = client_for(w, way, name)
            session = None
            for i in range(6):
                answer = w.get(client, name, session=session)
                session = answer.session or session
                check_site(answer, w.content(name), w.leaf(name), "session" if i else "sni")
        except Exception as e:      # handed on to the test's own thread
            problems.append((name, way, repr(e)))

    threads = [threading.Thread(target=visitor, args=(name, way))
               for name in ("a.test", "b.test", "c.test", "w1.wild.test") for way in WAYS]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not problems, problems


@pytest.mark.parametrize("way", WAYS)
def test_trust_is_judged_anew(new_world, way):
    """trusted is never carried in a session: the same session from elsewhere is not trusted."""
    trusted, elsewhere = "127.9.9.9", new_address()
    w = new_world("light", directives="MSSLTrustNoSNI a.test %s\n" % trusted)
    with w.server:
        client = client_for(w, way, None, source=trusted)
        first = w.get(client, "b.test")
        assert (first.status, first.by, first.serial) == (200, "trusted", w.leaf("a.test").serial)
        again = w.get(client, "b.test", session=first.session)
        assert (again.status, again.by) == (200, "trusted")
        if first.session is not None:
            stranger = client.but(source=elsewhere)
            answer = w.get(stranger, "b.test", session=first.session)
            check_own(answer, 302)
            assert answer.by in ("session", "dummy")
        # The other way about: an untrusted session where the address is trusted.
        plain = client_for(w, way, "a.test", source=elsewhere)
        session = session_of(w, plain, "a.test")
        answer = w.get(client, "b.test", session=session)
        assert (answer.status, answer.by) == (200, "trusted")


TICKET_KEY = "SSLSessionTicketKeyFile {dir}/ticket.key\n"


def ticket_key(s):
    with open(s.path("ticket.key"), "wb") as f:
        f.write(bytes(range(48)))


@pytest.mark.parametrize("way", ["12-ticket", "13-ticket"])
def test_names_survive_a_restart(new_world, way):
    """As far as mod_ssl keeps its sessions (a ticket key file), so do the names."""
    w = new_world("full", vhost=TICKET_KEY, directives="MSSLIntentTimeout 1s\n")
    ticket_key(w.server)
    with w.server:
        client = client_for(w, way, None)

        def in_time():
            w.wish(client, "a.test")
            answer = w.get(client, "a.test")
            return answer.by == "intent" and answer.session
        session = wait_until(in_time, "a visit within a second of the wish")
        for restart in (w.server.graceful, lambda: (w.server.stop(), w.server.start())):
            time.sleep(1.1)
            restart()
            answer = w.get(client, "a.test", session=session)
            assert answer.reused
            check_site(answer, "a.test", w.leaf("a.test"), "session")
        check_own(w.get(client, "b.test", session=session), 302, w.leaf("a.test"), "session")


def test_other_names_need_the_pair_in_service(new_world, ca):
    """On a resumed connection a name other than the bound one is covered only while the session's
    certificate is the one in service."""
    w = new_world("light", vhost=TICKET_KEY)
    ticket_key(w.server)
    with w.server:
        for way in ("12-ticket", "13-ticket"):
            client = client_for(w, way, "a.test")
            session = session_of(w, client, "a.test")
            check_site(w.get(client, "alias-a.test", session=session), "a.test", w.leaf("a.test"),
                       "session")
            old = w.leaf("a.test")
            new = ca.leaf("a.test")
            file_pair(new, w.server.path("store"), "a.test")
            w.server.graceful()
            answer = w.get(client, "a.test", session=session)
            if answer.reused:
                check_site(answer, "a.test", old, "session")
            answer = w.get(client, "alias-a.test", session=session)
            if answer.reused:
                check_own(answer, 421, old, "session")
            else:
                check_own(answer, 421, new, "sni")
            file_pair(old, w.server.path("store"), "a.test")
            w.server.graceful()
            assert "extra.test" in NOT_FILED


def test_h2_resumed(world):
    """Streams on a resumed connection: covered ones are served, others are not."""
    w = world
    for way in WAYS:
        client = client_for(w, way, "a.test", alpn=["h2"])
        session = session_of(w, client, "a.test")
        with client.connect(session) as conn:
            assert conn.reused and conn.alpn == "h2"
            talk = http.talk(conn)
            streams = [talk.start(h) for h in ("a.test", "b.test", "alias-a.test", "nope.test")]
            got = talk.wait(*streams)
            assert [r.status for r in got] == [200, 421, 200, 421]
            assert ["CONTENT-OF<a.test>" in r.text for r in got] == [True, False, True, False]


def test_foreign_ticket_is_harmless(world):
    """A ticket that somebody else's key made, or garbage: a full handshake."""
    w = world
    client = client_for(w, "12-ticket", "a.test")
    other = client.but(addr=(client.addr[0], w.server.ports[2]), sni="switch.test")
    with other.connect() as conn:
        http.Http1(conn).request("switch.test", "/go")
        session = conn.session
    answer = w.get(client, "a.test", session=session)
    check_site(answer, "a.test", w.leaf("a.test"), "session" if answer.reused else "sni")
    assert not answer.reused
