# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The switch and the intents (SPEC section 5)."""

import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
from lib import http, tls
from lib.browser import Browser
from lib.server import free_ports, marker, wait_until
from lib.world import ask, check_own, check_page, check_site, new_address

STACK_1 = dict(ciphers="ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
               suites="TLS_AES_128_GCM_SHA256")
STACK_2 = dict(ciphers="ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384",
               suites="TLS_AES_256_GCM_SHA384")


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


def same_address(make, setup="light", **kw):
    """The switch on the sites' own address, a name among the others."""
    extra = ("<VirtualHost 127.0.0.1:{p0}>\nServerName switch.test\nDocumentRoot {dir}/www/switch.test\n"
             "<Location /go>\nSetHandler mssl-switch\n</Location>\n</VirtualHost>\n")
    vhost = ""
    if setup == "one":
        extra, vhost = "", ("<Location /go>\n<If \"%{HTTP_HOST} =~ /^switch\\.test/\">\n"
                            "SetHandler mssl-switch\n</If>\n</Location>\n")
    if setup == "full":
        extra = extra.replace("DocumentRoot", "SSLEngine on\nMSSLEngine on\nDocumentRoot")
    return make(setup, extra=extra, vhost=vhost,
                switch="MSSLSwitchURL https://switch.test:{p0}/go\n", **kw)


def url(w, name, path="/", port=0):
    return "https://%s:%d%s" % (name, w.server.ports[port], path)


def switch(w, query, client=None, method="GET", path="/go", **kw):
    """A request for the switch on its own address. query None: no question mark."""
    client = client or w.client("switch.test", 2)
    with client.connect() as conn:
        return ask(w.server, conn, "switch.test:%d" % client.addr[1],
                   path + ("" if query is None else "?" + query), method, **kw)


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
        while len(seen) < 2 and time.monotonic() < deadline and len(held) < 14:
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


# The life of an intent

def test_expires_and_is_renewed_by_use(new_world):
    w = new_world("light", directives="MSSLIntentTimeout 3s\n")
    with w.server:
        used, unused = w.client(None), w.client(None)
        only_switch = w.client(None)
        for client in (used, unused, only_switch):
            w.wish(client, "a.test")
        for _ in range(3):
            time.sleep(1.6)
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


# Loops

def lost_rounds(w, rounds, cookies, addresses, target="a.test", stacks=(STACK_1, STACK_2)):
    """A client whose intents never fit (its stack changes): the answers of the switch in order."""
    jar, answers = {}, []
    source = new_address()
    for i in range(rounds):
        if addresses:
            source = new_address()
        site = w.client(None, source=source, **stacks[0])
        r = w.get(site, target + ":%d" % w.server.port).r
        answers.append(r)
        if r.status != 302:
            return answers
        if addresses:
            source = new_address()
        at_switch = w.client(None, 2, source=source, **stacks[1])
        headers = [("Cookie", "; ".join("%s=%s" % c for c in jar.items()))] if jar else []
        location = r.get("Location")
        query = location.split("?", 1)[1]
        r = switch(w, query, at_switch, headers=headers).r
        answers.append(r)
        if cookies:
            for value in r.all("Set-Cookie"):
                name, content = value.split(";")[0].split("=", 1)
                jar[name] = content
        if r.status != 302:
            return answers
    return answers


@pytest.mark.parametrize("cookies,addresses", [(False, False), (True, True), (True, False)])
def test_loop_limit(new_world, cookies, addresses):
    """After 3 rounds there is a page that explains why, with the link, and no redirect."""
    w = new_world("light")
    with w.server:
        answers = lost_rounds(w, 8, cookies, addresses)
        switches = [r for r in answers if "/go?" not in (r.get("Location") or "/go?")]
        last = answers[-1]
        assert last.status != 302 and last.get("Location") is None, "redirected for ever"
        assert len([r for r in switches if r.status == 302]) == 3, [r.status for r in answers]
        check_page(last.text)
        assert 'href="https://a.test' in last.text or "/go?" in last.text, last.text
        assert last.get("Cache-Control") == "no-store"


def test_loop_does_not_touch_others(new_world):
    """A stranger's loop, and forged cookies, leave everyone else's first round alone."""
    w = new_world("light")
    with w.server:
        for _ in range(2):
            answers = lost_rounds(w, 8, False, False)
            assert answers[-1].status != 302
        b = Browser(source=new_address())
        assert b.go(url(w, "a.test")).text == marker("a.test") + "\n"
        b.close()
        # The loop's own client, for another site.
        answers = lost_rounds(w, 1, False, False, target="b.test")
        assert [r.status for r in answers] == [302, 302]


def test_cookie_of_the_switch(new_world):
    """It is the switch's own: not for scripts, only over TLS, and a forged one counts as none."""
    w = new_world("light")
    with w.server:
        answer = switch(w, url(w, "a.test"), w.client(None, 2))
        check_own(answer, 302)
        cookies = answer.r.all("Set-Cookie")
        for value in cookies:
            assert re.search(r";\s*HttpOnly", value, re.I) and re.search(r";\s*Secure", value, re.I)
            name, content = value.split(";")[0].split("=", 1)
            for forged in (content[:-1] + ("0" if content[-1] != "0" else "1"), "", "x" * 5000, "9.9.9",
                           content + content, "\xff\xfe"):
                answer = switch(w, url(w, "a.test"), w.client(None, 2),
                                headers=[("Cookie", "%s=%s" % (name, forged))])
                assert answer.status == 302, (forged, answer.r)


# Where the cache fails

def test_table_full(new_world):
    """A small table and many clients: the oldest intents go, nothing else is lost."""
    w = new_world("light", directives="MSSLIntentCache shmcb:{dir}/run/intents(8192)\n")
    with w.server:
        clients = [w.client(None, 2) for _ in range(300)]
        for client in clients:
            answer = switch(w, url(w, "a.test"), client, log=False)
            assert answer.status == 302
        late = w.client(None)
        w.wish(late, "b.test")
        check_site(w.get(late, "b.test"), "b.test", w.leaf("b.test"), "intent")
        check_own(w.get(clients[0].but(addr=("127.0.0.1", w.server.port)), "a.test"), 302, w.dummy,
                  "dummy")
        check_site(w.get(w.client("a.test"), "a.test"), "a.test", w.leaf("a.test"), "sni")


class Redis:
    """A redis of our own on loopback."""

    def __init__(self, folder):
        self.port, self.folder, self.proc = free_ports(1)[0], folder, None

    def start(self):
        path = shutil.which("redis-server") or "/usr/bin/redis-server"
        self.proc = subprocess.Popen(
            [path, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", self.folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "redis to answer")

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                s.sendall(b"PING\r\n")
                return s.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self):
        if self.proc is not None:
            self.proc.send_signal(signal.SIGTERM)
            self.proc.wait(20)
            self.proc = None


@pytest.fixture
def redis(tmp_path):
    r = Redis(str(tmp_path))
    r.start()
    yield r
    r.stop()


def with_redis(new_world, port):
    w = new_world("light", modules=["socache_redis"],
                  directives="MSSLIntentCache redis:127.0.0.1:%d\n" % port)
    w.server.expect(r"MSSL\d{4}: .*", "socache|redis")
    return w


def test_redis(new_world, redis):
    """Another provider: shared by machines. When it dies, only intents are lost; one log line."""
    w = with_redis(new_world, redis.port)
    with w.server:
        client = w.client(None)
        w.wish(client, "a.test")
        check_site(w.get(client, "a.test"), "a.test", w.leaf("a.test"), "intent")
        mark = w.server.log_mark()
        redis.stop()
        without_cache(w, mark)
        redis.start()
        # mod_socache_redis tries a dead server again after a while of its own.
        fresh = w.client(None, 2)
        wait_until(lambda: switch(w, url(w, "b.test"), fresh).status == 302, "the cache to be back", 30)
        check_site(w.get(fresh.but(addr=("127.0.0.1", w.server.port)), "b.test"), "b.test",
                   w.leaf("b.test"), "intent")


def without_cache(w, mark):
    for _ in range(6):
        answer = switch(w, url(w, "a.test"), w.client(None, 2))
        check_own(answer, 503)
        assert int(answer.r.get("Retry-After")) > 0
        answer = switch(w, url(w, "a.test"))
        check_own(answer, 302)
        assert answer.r.get("Location") == url(w, "a.test")
        check_own(w.get(w.client(None), "a.test"), 302, w.dummy, "dummy")
        check_site(w.get(w.client("a.test"), "a.test"), "a.test", w.leaf("a.test"), "sni")
    lines = [x for x in w.server.error_log()[mark:].splitlines()
             if re.search(r"\[mssl:(warn|error|crit)\]", x)]
    # One line, and children each count for themselves.
    assert 1 <= len(lines) <= 2, lines


def test_redis_never_there(new_world):
    """The server starts, and says so once."""
    w = with_redis(new_world, free_ports(1)[0])
    with w.server:
        without_cache(w, 0)


# The switch's answers

def test_no_target(world):
    for query in (None, ""):
        for client in (None, world.client(None, 2)):
            answer = switch(world, query, client)
            check_own(answer, 200)
            check_page(answer.body)
            answer = switch(world, query, client, "HEAD")
            assert (answer.status, answer.r.body) == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "TRACE"])
def test_other_methods(light, method):
    answer = switch(light, url(light, "a.test"), method=method)
    check_own(answer, 405)
    allowed = {m.strip() for m in answer.r.get("Allow").split(",")}
    assert allowed == {"GET", "HEAD"}
    assert answer.r.get("Location") is None


def test_head_is_a_visit(light):
    w = light
    client = w.client(None)
    answer = switch(w, url(w, "a.test"), client.but(addr=("127.0.0.1", w.server.ports[2])), "HEAD")
    assert (answer.status, answer.r.get("Location"), answer.r.body) == (302, url(w, "a.test"), b"")
    check_site(w.get(client, "a.test"), "a.test", w.leaf("a.test"), "intent")


GOOD = [  # target, Location; {p} is the sites' port
    ("https://a.test:{p}/", None), ("https://a.test:{p}", "https://a.test:{p}/"),
    ("https://a.test/", None), ("https://a.test", "https://a.test/"),
    ("https://a.test:443/", "https://a.test/"), ("https://A.TEST:{p}/P", "https://a.test:{p}/P"),
    ("https://a.test.:{p}/", "https://a.test:{p}/"), ("https://x.wild.test:{p}/", None),
    ("https://a.test:{p}/p/a/t/h?q=1&r=2", None), ("https://a.test:{p}/?q", None),
    ("https://a.test:{p}/?", None), ("https://a.test:{p}?q=1", "https://a.test:{p}/?q=1"),
    ("https://a.test:{p}/%0d%0aX:%20y", None), ("https://a.test:{p}/%2e%2e/%00", None),
    ("https://a.test:{p}/a%20b?c=%26%3D", None), ("https://a.test:{p}/?u=https://b.test/", None),
    ("https://a.test:{p}/??x", None), ("https://a.test:{p}/;x=1,y!$&'()*+:@", None),
    ("https%3A%2F%2Fa.test:{p}%2Fp%3Fq%3D1", "https://a.test:{p}/p?q=1"),
    ("https%3a%2f%2fa.test%3a{p}%2fp", "https://a.test:{p}/p"),
    ("https%3A%2F%2FA.test%3A{p}%2Fp%2520q", "https://a.test:{p}/p%20q"),
]


@pytest.mark.parametrize("target,location", GOOD)
@pytest.mark.parametrize("sni", ["switch.test", None])
def test_good_target(light, target, location, sni):
    w = light
    port = str(w.server.port)
    target = target.replace("{p}", port)
    answer = switch(w, target, w.client(sni, 2))
    check_own(answer, 302)
    assert answer.r.get("Location") == (location or target).replace("{p}", port)
    assert len(answer.r.all("Location")) == 1


NUL, TAB, CR = "\x00", "\t", "\r"
HOSTILE = [  # target, statuses that are right for it
    ("http://a.test/", 400), ("http://a.test:{p}/", 400), ("HTTPS://a.test/", 400), ("ftp://a.test/", 400),
    ("javascript:alert(1)", 400), ("data:text/html,x", 400), ("file:///etc/passwd", 400),
    ("//a.test/", 400), ("///a.test/", 400), ("/a.test", 400), ("a.test", 400), ("https:a.test/", 400),
    ("https:/a.test/", 400), ("https:///a.test/", 400), ("https://", 400), ("https:///", 400),
    ("https", 400), ("https:", 400), ("https:\\\\a.test\\", 400), ("https://a.test\\@evil.example/", 400),
    ("https://a.test\\.evil.example/", 400), ("\\\\a.test/", 400), ("https:\\/a.test/", 400),
    ("https://user@a.test/", 400), ("https://user:pass@a.test/", 400), ("https://a.test@evil.example/", 400),
    ("https://evil.example@a.test/", 400), ("https://a.test:443@evil.example/", 400),
    ("https://@a.test/", 400), ("https://a.test%40evil.example/", 400),
    ("https://a.test%00.evil.example/", 400), ("https://a.test%0d%0aX:y/", 400),
    ("https://%61.test/", 400), ("https://a%2etest/", 400), ("https://a.test%2f@evil.example/", 400),
    ("https://a.test%3a443/", 400), ("https://a.test:%34%34%33/", 400), ("http%73://a.test/", 400),
    ("https%3A//a.test/", 400), ("https%3A%2F/a.test/", 400), ("%68ttps%3A%2F%2Fa.test/", 400),
    ("https%253A%252F%252Fa.test%252F", 400), ("https%3A%2F%2Fa.test%2F%0d%0aX:%20y", 400),
    ("https%3A%2F%2Fa.test%2F%00", 400), ("https%3A%2F%2Fa.test%2F%09", 400),
    ("https%3A%2F%2Fa.test%2F%7f", 400), ("https%3A%2F%2Fuser%40a.test%2F", 400),
    ("https%3A%2F%2Fa.test%5C%40evil.example", 400), ("https%3A%2F%2Fa.test%2", 400),
    ("https%3A%2F%2Fa.test%zz", 400), ("https%3A%2F%2Fa.test%252eevil.example%2F", 400),
    ("https%3A%2F%2F127.0.0.1%2F", 400),
    ("https://127.0.0.1/", 400), ("https://[::1]/", 400), ("https://[::ffff:127.0.0.1]/", 400),
    ("https://2130706433/", 400), ("https://0x7f.1/", 400), ("https://127.1/", 400),
    ("https://1.2.3.4./", 400), ("https://[a.test]/", 400), ("https://a..test/", 400),
    ("https://.a.test/", 400), ("https://a.test../", 400), ("https://../", 400), ("https://./", 400),
    ("https://a.test/b.test@/\x00", 400), ("https://b\u00fccher.test/", 400), ("https://*.wild.test/", 400),
    ("https://a test/", 400), ("https://a.test:/", (302, 400)), ("https://a.test:0/", 400),
    ("https://a.test:-1/", 400), ("https://a.test:65536/", 400), ("https://a.test:99999999999/", 400),
    ("https://a.test:0443/", (302, 400)), ("https://a.test:22/", 400), ("https://a.test:80/", 400),
    ("https://a.test:{http}/", 400), ("https://a.test:4430x/", 400), ("https://a.test:443:443/", 400),
    ("https://a.test:+443/", 400), ("https://a.test: 443/", 400),
    ("https://switch.test:{s}/go", 400), ("https://switch.test:{s}/go?https://a.test/", 400),
    ("https://SWITCH.test.:{s}/go?x", 400), ("https://switch.test:{s}/%67o?https://a.test/", (302, 400)),
    ("https://" + "l" * 64 + ".test/", 400), ("https://" + ("l" * 60 + ".") * 5 + "test/", 400),
    ("https://a.test/" + "x" * 8192, (400, 414)), ("https://a.test/?" + "x" * 7900, (302, 414)),
    ("https://nope.test/", 404), ("https://evil.example/", 404), ("https://a.test.evil.example/", 404),
    ("https://evil.example/https://a.test/", 404), ("https://evil.example?a.test/", 404),
    ("https://evil.example#a.test/", (400, 404)), ("https://a.testevil.example/", 404),
    ("https://extra.test/", 404), ("https://dummy.invalid/", 404), ("https://y.x.wild.test/", 404),
    ("https://wild.test/", 404), ("https://xn--bcher-kva.test/", 404), ("https://store/", 404),
    ("https%3A%2F%2Fevil.example%2F", 404), ("https://..%2fa.test/", 400),
    ("https://a.test/#frag", (302, 400)), ("https://a.test?/@evil.example", 302),
    ("https://a.test/@evil.example", 302), ("https://a.test//evil.example/", 302),
    ("https://a.test/\\evil.example", 400), ("https://a.test/\"><script>alert(1)</script>", (302, 400)),
    ("\"><script>alert(1)</script>", 400), ("https://\"><script>.test/", 400),
    ("https://<b>.test/", 400), ("&https://a.test/", 400), ("url=https://a.test/", 400),
    ("?https://a.test/", 400), (" https://a.test/", 400), ("%20https://a.test/", 400),
    ("https://a.test/\x01", 400), ("https://a.test/\t", 400), ("https://a.test/\x7f", 400),
    ("https://a.test/\x80\xff", (302, 400)),
]
assert len(HOSTILE) >= 60


def allowed_location(w, location):
    """Rebuilt from checked parts: one of our names, and nothing that a browser reads otherwise."""
    m = re.fullmatch(r"https://([a-z0-9_.-]+)(?::(\d+))?(/[!-\[\]-~]*)", location)
    return (m is not None and m.group(1) != "extra.test" and w.leaf(m.group(1)) is not None
            and (m.group(2) is None or int(m.group(2)) in w.server.ports[:3]))


@pytest.mark.parametrize("target,statuses", HOSTILE, ids=["%d" % i for i in range(len(HOSTILE))])
def test_hostile_target(light, target, statuses):
    """Through the real server, with and without SNI: its status, and no Location outside."""
    w = light
    statuses = statuses if isinstance(statuses, tuple) else (statuses,)
    ports = w.server.ports
    target = (target.replace("{p}", str(ports[0])).replace("{s}", str(ports[2]))
              .replace("{http}", str(ports[3])))
    # What httpd's own request line parser takes exception to never reaches the switch.
    wire = target.encode("utf-8" if "\u00fc" in target else "latin-1")
    raw = re.search(rb"[\x00-\x20\x7f-\xff]", wire)
    for sni in ("switch.test", None):
        client = w.client(sni, 2)
        with client.connect() as conn:
            talk = http.Http1(conn)
            talk.send(b"GET /go?" + wire + b" HTTP/1.1\r\nHost: switch.test\r\n\r\n")
            r = talk.read()
        assert r.status in statuses or (raw and r.status == 400), r
        assert "<script" not in r.text.lower() and "<b>" not in r.text
        if r.status == 302:
            assert allowed_location(w, r.get("Location")), r.get("Location")
        else:
            assert r.get("Location") is None and r.get("Refresh") is None
            assert r.all("Set-Cookie") == []
        if sni is None:
            # No intent came of it.
            answer = w.get(client.but(addr=("127.0.0.1", ports[0])), "w2.wild.test")
            if r.status != 302:
                check_own(answer, 302, w.dummy, "dummy")


def test_hostile_over_h2(light):
    """h2 lets bytes through that a request line of HTTP/1.1 does not carry."""
    w = light
    conf = ["https://evil.example/", "//evil.example/", "https://a.test\\@evil.example/",
            "https://a.test /", "https://a.test\t/", "https://a.test\x01/", "https://a.test/ x"]
    for target in conf:
        with w.client("a.test", alpn=["h2"]).connect() as conn:
            talk = http.Http2(conn)
            stream = talk.start("switch.test:%d" % w.server.ports[2], "/go?" + target)
            try:
                r = talk.wait(stream)[0]
            except tls.TLSError:
                continue        # the connection was ended
            assert r.status in (None, 400, 404, 421)
            assert r.get("location") is None


def test_target_ports(new_world):
    """Ours are: where httpd serves TLS, one in a ServerName, the switch URL's."""
    w = new_world("light", extra="<VirtualHost 127.0.0.1:{p3}>\nServerName https://front.test:8443\n"
                  "</VirtualHost>\n", switch="MSSLSwitchURL https://switch.test:9443/go\n")
    with w.server:
        for port, status in ((8443, 302), (9443, 302), (443, 302), (8444, 400), (80, 400),
                             (w.server.ports[3], 400), (w.server.ports[1], 302)):
            answer = switch(w, "https://a.test:%d/" % port)
            assert answer.status == status, (port, answer.r)


# The switch on any certificate, and what stands in its way

def test_switch_answers_under_any_certificate(new_world):
    """Row one of SPEC section 4: on the sites' address, whatever certificate was shown."""
    w = same_address(new_world)
    with w.server:
        for sni in ("switch.test", "a.test", "nope.test", None, "127.0.0.1"):
            for alpn in (None, ["h2"]):
                with w.client(sni, alpn=alpn).connect() as conn:
                    answer = ask(w.server, conn, "switch.test:%d" % w.server.port,
                                 "/go?" + url(w, "b.test"))
                    check_own(answer, 302)
                    assert answer.r.get("Location") == url(w, "b.test")
        # Another path of the switch's host is a site like any other.
        answer = w.get(w.client("a.test"), "switch.test:%d" % w.server.port, "/go/x")
        check_own(answer, 421)
        answer = w.get(w.client("a.test"), "switch.test:%d" % w.server.port, "/")
        check_own(answer, 421)


@pytest.mark.parametrize("handler", ["", "SetHandler server-status\n", "SetHandler default-handler\n"])
def test_switch_url_with_another_handler(new_world, handler):
    """httpd would pick another handler for MSSLSwitchURL: 421, under any certificate that does not cover it."""
    w = same_address(new_world, modules=["status"])
    w.server.conf = w.server.conf.replace(
        "<Location /go>\nSetHandler mssl-switch\n</Location>\n</VirtualHost>\n",
        "<Location /go>\n%s</Location>\n</VirtualHost>\n" % handler)
    w.server.site("switch.test", path="go")
    with w.server:
        for sni in ("a.test", None, "nope.test"):
            answer = w.get(w.client(sni), "switch.test:%d" % w.server.port, "/go")
            check_own(answer, 421)


def test_nothing_of_the_vhost_dresses_the_switch(new_world):
    """Header always, ErrorDocument, rewriting and cookies of the vhost that holds the switch."""
    w = same_address(new_world, modules=["rewrite"])
    w.server.conf = w.server.conf.replace(
        "ServerName switch.test\nDocumentRoot", "ServerName switch.test\n"
        "Header always set X-Site CONTENT-OF<switch.test>\n"
        "Header always set Set-Cookie site=CONTENT-OF<switch.test>\n"
        + "".join("ErrorDocument %d CONTENT-OF<switch.test>\n" % c for c in (302, 400, 404, 405, 421))
        + "DocumentRoot", 1)
    with w.server:
        for sni in (None, "a.test", "nope.test"):
            for query, status in ((url(w, "a.test"), 302), ("http://a.test/", 400),
                                  ("https://nope.test/", 404)):
                answer = w.get(w.client(sni), "switch.test:%d" % w.server.port, "/go?" + query)
                check_own(answer, status)
                assert "CONTENT-OF" not in repr(answer.r.headers)


def test_known_names_of_a_switch_elsewhere(new_world, ca):
    """At a switch on another address: by the stores and mappings of its own configuration."""
    w = new_world("light")
    ca.leaf("only-there.test").write_joined(w.server.path("own", "only-there.test.pem"))
    w.server.conf = w.server.conf.replace(
        "<VirtualHost 127.0.0.1:{p2}>",
        "<VirtualHost 127.0.0.1:{p2}>\nMSSLCertStore dir:{dir}/own\n"
        "MSSLCertificate mapped.test {dir}/mapped.pem")
    ca.leaf("mapped.test").write_joined(w.server.path("mapped.pem"))
    with w.server:
        for name, status in (("only-there.test", 302), ("mapped.test", 302), ("nope.test", 404),
                             ("a.test", 404)):
            assert switch(w, "https://%s/" % name).status == status, name


def test_referrer_and_caching(light):
    """A switch's redirect is never cached nor told to the next site."""
    for query in (url(light, "a.test"), "http://x/", "https://nope.test/", ""):
        answer = switch(light, query, light.client(None, 2))
        assert answer.r.get("Cache-Control") == "no-store"
        assert answer.r.get("Referrer-Policy") == "no-referrer"
