# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The way of a client without SNI: site, switch, site; and what its intent is keyed by (contract section 5)."""

import re
import socket
import time

import pytest
from lib import http, tls
from lib.browser import Browser
from lib.module import build_module
from lib.server import marker
from lib.switch import STACK_1, STACK_2, same_address, switch, url
from lib.world import ask, check_own, check_site, new_address


@pytest.fixture(scope="module", params=["one", "light", "full"])
def world(request, module_world):
    w = module_world(request.param)
    with w.server:
        yield w


@pytest.fixture(scope="module")
def light(module_world):
    w = module_world("light")
    with w.server:
        yield w


# The way of a client without SNI

@pytest.mark.parametrize("version", [tls.TLS12, tls.TLS13])
@pytest.mark.parametrize("alpn", [None, ["h2", "http/1.1"]], ids=["http/1.1", "h2"])
def test_one_round(world, version, alpn):
    """Site -> switch -> site in one round; the path and the query come along; then it stays there."""
    w = world
    w.server.site("a.test", path="deep/page")
    b = Browser(version=version, alpn=alpn, source=new_address())
    r = b.go(url(w, "a.test", "/deep/page?x=%20y&z=https://q/"))
    assert r.status == 200 and "CONTENT-OF" in r.text
    assert [(re.sub(r"[?].*", "", u), s) for u, s, _ in b.visits] == [
        (url(w, "a.test", "/deep/page"), 302), (url(w, "switch.test", "/go", 2), 302),
        (url(w, "a.test", "/deep/page"), 200)]
    assert [c for _, _, c in b.visits] == [w.dummy.serial, w.leaf("switch.test").serial,
                                           w.leaf("a.test").serial]
    assert b.visits[-1][0] == url(w, "a.test", "/deep/page?x=%20y&z=https://q/")
    for _ in range(3):
        assert b.go(url(w, "a.test")).text == marker(w.content("a.test")) + "\n"
    assert len(b.visits) == 6
    w.server.wait_error("MSSL0100: switched to 'a.test', intent kept")
    b.close()


@pytest.mark.parametrize("setup", ["one", "light", "full"])
@pytest.mark.parametrize("version", [tls.TLS12, tls.TLS13])
def test_one_round_on_the_same_address(new_world, setup, version):
    """The switch among the sites, under whatever certificate the client was shown."""
    w = same_address(new_world, setup)
    with w.server:
        b = Browser(version=version, source=new_address())
        r = b.go(url(w, "a.test", "/?q"))
        assert r.text == marker("a.test") + "\n"
        assert [s for _, s, _ in b.visits] == [302, 302, 200]
        assert [c for _, _, c in b.visits] == [w.dummy.serial, w.dummy.serial, w.leaf("a.test").serial]
        for name in ("b.test", "w1.wild.test", "a.test", "b.test"):
            b.visits.clear()
            assert b.go(url(w, name)).text == marker(name) + "\n"
            assert len(b.visits) <= 3, b.visits
        # By now each site has its session: no round any more.
        for name in ("a.test", "b.test", "w1.wild.test", "a.test"):
            b.visits.clear()
            assert b.go(url(w, name)).text == marker(name) + "\n"
            assert len(b.visits) == 1, b.visits
        b.close()


@pytest.mark.parametrize("sessions", [True, False])
@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("version", [tls.TLS12, tls.TLS13])
def test_browsers_of_all_kinds(light, sessions, keep_alive, version):
    """Walking about between three sites: always the right page under the right certificate."""
    w = light
    b = Browser(version=version, sessions=sessions, keep_alive=keep_alive, source=new_address())
    for name in ("a.test", "b.test", "c.test") * 3:
        b.visits.clear()
        r = b.go(url(w, name))
        assert r.text == marker(name) + "\n", b.visits
        assert b.visits[-1][2] == w.leaf(name).serial
        assert len(b.visits) <= 3
    b.close()


def test_ten_sites_are_no_loop(light):
    """Many sites in a short time, one round each: that is browsing."""
    w = light
    b = Browser(sessions=False, keep_alive=False, source=new_address())
    for i in range(10):
        name = "s%d.wild.test" % i
        assert b.go(url(w, name)).text == marker("notice.test") + "\n"
    b.close()


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_intents_are_shared_by_all_children(new_world, mpm):
    """Whichever child meets the client again knows what it wants."""
    w = new_world("light", mpm=mpm)
    with w.server:
        client = w.client(None)
        w.wish(client, "a.test")
        held, seen = [], set()
        deadline = time.monotonic() + 20
        # Held, so that a child with one thread leaves the next one to another; the second may begin late.
        while len(seen) < 2 and time.monotonic() < deadline:
            if len(held) == 14:
                held.pop(0).close()
            conn = client.connect()
            held.append(conn)
            answer = ask(w.server, conn, "a.test")
            check_site(answer, "a.test", w.leaf("a.test"), "intent")
            seen.add(answer.log["pid"])
        for conn in held:
            conn.close()
        assert len(seen) >= 2


# What an intent is keyed by

def test_two_stacks_behind_one_address(light):
    """Two cipher lists are two clients; neither disturbs the other."""
    w = light
    source = new_address()
    for version in (None, tls.TLS12, tls.TLS13):
        one = w.client(None, source=source, version=version, **STACK_1)
        two = w.client(None, source=source, version=version, **STACK_2)
        w.wish(one, "a.test")
        check_own(w.get(two, "a.test"), 302, w.dummy, "dummy")
        w.wish(two, "b.test")
        for _ in range(2):
            check_site(w.get(one, "a.test"), "a.test", w.leaf("a.test"), "intent")
            check_site(w.get(two, "b.test"), "b.test", w.leaf("b.test"), "intent")
        source = new_address()


def test_two_addresses(light):
    w = light
    one, two = w.client(None), w.client(None)
    w.wish(one, "a.test")
    check_own(w.get(two, "a.test"), 302, w.dummy, "dummy")
    w.wish(two, "b.test")
    check_site(w.get(one, "a.test"), "a.test", w.leaf("a.test"), "intent")
    check_site(w.get(two, "b.test"), "b.test", w.leaf("b.test"), "intent")


def test_second_site_replaces_the_first(light):
    w = light
    client = w.client(None)
    w.wish(client, "a.test")
    w.wish(client, "b.test")
    check_site(w.get(client, "b.test"), "b.test", w.leaf("b.test"), "intent")
    check_own(w.get(client, "a.test"), 302, w.leaf("b.test"), "intent")


def plain_switch(w, source, query):
    with socket.create_connection(("127.0.0.1", w.server.ports[3]), source_address=(source, 0)) as s:
        s.sendall(http.build("plain.test", "/go?" + query, headers=[("Connection", "close")]))
        data = b""
        while True:
            more = s.recv(4096)
            if not more:
                break
            data += more
    return data.decode("latin-1")


def test_plain_http_switch(light):
    """Keyed by the address alone, and used where no closer one exists."""
    w = light
    source = new_address()
    one = w.client(None, source=source, **STACK_1)
    two = w.client(None, source=source, **STACK_2)
    text = plain_switch(w, source, url(w, "b.test", "/x"))
    assert text.startswith("HTTP/1.1 302 ") and "\r\nLocation: %s\r\n" % url(w, "b.test", "/x") in text
    for client in (one, two):
        check_site(w.get(client, "b.test"), "b.test", w.leaf("b.test"), "intent")
    w.wish(one, "a.test")
    check_site(w.get(one, "a.test"), "a.test", w.leaf("a.test"), "intent")
    check_site(w.get(two, "b.test"), "b.test", w.leaf("b.test"), "intent")
    check_own(w.get(w.client(None), "b.test"), 302, w.dummy, "dummy")


def test_switch_with_sni_remembers_nothing(light):
    """A client that sends SNI needs no intent; nobody behind its address gets one."""
    w = light
    client = w.client(None)
    with client.but(sni="switch.test", addr=("127.0.0.1", w.server.ports[2])).connect() as conn:
        answer = ask(w.server, conn, "switch.test", "/go?" + url(w, "a.test"))
        check_own(answer, 302)
    check_own(w.get(client, "a.test"), 302, w.dummy, "dummy")
    w.server.wait_error(r"MSSL0100: switched to 'a\.test'(?!, intent kept)")


def test_no_header_is_believed(light):
    """X-Forwarded-For and its kin name nobody."""
    w = light
    victim, source = w.client(None), new_address()
    headers = [("X-Forwarded-For", victim.source), ("Forwarded", "for=" + victim.source),
               ("X-Real-IP", victim.source), ("Client-IP", victim.source)]
    attacker = w.client(None, 2, source=source)
    check_own(switch(w, url(w, "b.test"), attacker, headers=headers), 302)
    check_own(w.get(victim, "b.test"), 302, w.dummy, "dummy")
    check_site(w.get(w.client(None, source=source), "b.test"), "b.test", w.leaf("b.test"), "intent")


def proxied(client_address):
    return ("PROXY TCP4 %s 127.0.0.1 40000 443\r\n" % client_address).encode()


def test_proxy_protocol_is_honoured(new_world):
    """The address is the one that the PROXY protocol names, seen after pre_handshake."""
    w = new_world("light", modules=["remoteip"], main="RemoteIPProxyProtocol on\n")
    w.server.conf = w.server.conf.replace("<VirtualHost 127.0.0.1:{p3}>",
                                          "<VirtualHost 127.0.0.1:{p3}>\nRemoteIPProxyProtocol off")
    with w.server:
        one = w.client(None, preamble=proxied("192.0.2.1"), source="127.0.0.1")
        two = w.client(None, preamble=proxied("192.0.2.2"), source="127.0.0.1")
        w.wish(one, "a.test")
        check_site(w.get(one, "a.test"), "a.test", w.leaf("a.test"), "intent")
        check_own(w.get(two, "a.test"), 302, w.dummy, "dummy")
        # IPv6 by /64.
        six = [w.client(None, preamble=("PROXY TCP6 %s 2001:db8::9 40000 443\r\n" % a).encode(),
                        source="127.0.0.1")
               for a in ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", "2001:db8:1:2::1")]
        w.wish(six[0], "b.test")
        check_site(w.get(six[1], "b.test"), "b.test", w.leaf("b.test"), "intent")
        check_own(w.get(six[2], "b.test"), 302, w.dummy, "dummy")


def test_proxy_line_of_anybody_is_not_trusted(new_world):
    """A PROXY line names any address: its sender is to be in a range of MSSLTrustNoSNI, too."""
    w = new_world("light", modules=["remoteip"], main="RemoteIPProxyProtocol on\n",
                  directives="MSSLTrustNoSNI a.test 10.0.0.0/8 127.7.0.1\n")
    w.server.expect(r"MSSL0036: .*")
    with w.server:
        inside, outside = proxied("10.1.2.3"), proxied("192.0.2.9")
        answer = w.get(w.client(None, preamble=inside, source="127.7.0.1"), "b.test")
        assert (answer.status, answer.by) == (200, "trusted")
        check_own(w.get(w.client(None, preamble=inside, source="127.7.0.2"), "b.test"), 302, w.dummy,
                  "dummy")
        check_own(w.get(w.client(None, preamble=outside, source="127.7.0.1"), "b.test"), 302, w.dummy,
                  "dummy")
        assert w.server.count_error("MSSL0036") >= 1


@pytest.mark.parametrize("layout", ["wild", "text", "none"])
def test_a_mod_remoteip_of_another_make(new_world, workdir, layout):
    """Its record of a connection is private: where it is another one, clients are unknown, and nothing crashes."""
    module = build_module(workdir, "remoteip")
    w = new_world("light", modules=["remoteip_module=" + module], main="Layout %s\n" % layout,
                  directives="MSSLTrustNoSNI a.test 127.0.0.0/8\n")
    if layout != "none":
        w.server.expect("MSSL0189: ")
    with w.server:
        check_site(w.get(w.client("a.test"), "a.test"), "a.test", w.leaf("a.test"), "sni")
        for _ in range(5):      # neither trusted nor sent to and fro
            check_own(w.get(w.client(None), "b.test"), 302, w.dummy, "dummy")
        assert switch(w, url(w, "b.test"), w.client(None, 2)).status == 503
        assert w.server.count_error("MSSL0189: ") == (layout != "none")


# The life of an intent

def test_expires_and_is_renewed_by_use(new_world):
    w = new_world("light", directives="MSSLIntentTimeout 4s\n")
    with w.server:
        used, unused = w.client(None), w.client(None)
        only_switch = w.client(None)
        for client in (used, unused, only_switch):
            w.wish(client, "a.test")
        for _ in range(3):
            time.sleep(1.5)
            check_site(w.get(used, "a.test"), "a.test", w.leaf("a.test"), "intent")
            # A request for the switch (without a new target) does not renew it.
            switch(w, None, only_switch.but(addr=("127.0.0.1", w.server.ports[2])))
        check_own(w.get(unused, "a.test"), 302, w.dummy, "dummy")
        check_own(w.get(only_switch, "a.test"), 302, w.dummy, "dummy")


def test_switch_on_the_same_address_does_not_renew(new_world):
    w = same_address(new_world, directives="MSSLIntentTimeout 3s\n")
    with w.server:
        client = w.client(None)
        with client.connect() as conn:
            check_own(ask(w.server, conn, "switch.test:%d" % w.server.port,
                          "/go?" + url(w, "a.test")), 302)
        for _ in range(3):
            time.sleep(1.3)
            with client.connect() as conn:
                assert ask(w.server, conn, "switch.test:%d" % w.server.port, "/go").status == 200
        check_own(w.get(client, "a.test"), 302, w.dummy, "dummy")


def test_intents_after_a_graceful_restart(light):
    """They may be lost: that costs one more round."""
    w = light
    b = Browser(sessions=False, keep_alive=False, source=new_address())
    assert b.go(url(w, "a.test")).status == 200
    w.server.graceful()
    b.visits.clear()
    assert b.go(url(w, "a.test")).text == marker("a.test") + "\n"
    assert len(b.visits) in (1, 3)
