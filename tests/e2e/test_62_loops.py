# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Visitors do not loop, and what is lost where the table of intents fails (contract section 5)."""

import re
import shutil
import signal
import socket
import subprocess

import pytest
from lib import broker, http
from lib.browser import Browser
from lib.server import free_ports, marker, wait_until
from lib.switch import STACK_1, STACK_2, switch, url
from lib.world import check_own, check_page, check_site, new_address


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


def test_who_was_never_at_the_switch_is_not_looping(new_world):
    """Probes, and several programs with one list of ciphers behind one address, follow no redirect."""
    w = new_world("light")
    with w.server:
        client = w.client(None)
        for _ in range(8):
            check_own(w.get(client, "a.test"), 302, w.dummy, "dummy")


def test_who_gets_there_is_not_looping(new_world):
    """To and fro between two sites, each time by the switch: each round ended well."""
    w = new_world("light")
    with w.server:
        client = w.client(None)
        for name in ["a.test", "b.test"] * 5:
            check_own(w.get(client, name), 302)
            w.wish(client, name)
            check_site(w.get(client, name), name, w.leaf(name), "intent")


def test_loop_of_a_neighbour(new_world):
    """Behind one address; another program."""
    w = new_world("light")
    with w.server:
        source = new_address()
        loop, other = w.client(None, source=source, **STACK_1), w.client(None, source=source, **STACK_2)
        for _ in range(3):
            check_own(w.get(loop, "a.test"), 302)
            w.wish(other, "a.test")
        check_own(w.get(loop, "a.test"), 421)
        w.wish(other, "b.test")
        check_own(w.get(other, "a.test"), 302, w.leaf("b.test"), "intent")


def test_no_cookie_over_plain_http(new_world):
    """Anybody can set one there: what a stranger was given would lead others to the page about loops."""
    w = new_world("light")
    with w.server:
        for i in range(5):
            text = plain_switch(w, new_address(), url(w, "a.test"), "mssl-round=3.%d.0.0.0" % i)
            assert " 302 " in text.split("\r\n")[0], text
            assert "set-cookie" not in text.lower(), text


def plain_switch(w, source, query, cookie):
    with socket.create_connection(("127.0.0.1", w.server.ports[3]), timeout=20,
                                  source_address=(source, 0)) as s:
        s.sendall(http.build("plain.test", "/go?" + query,
                             headers=[("Connection", "close"), ("Cookie", cookie)]))
        return s.makefile("rb").read().decode("latin-1")


def test_one_client_does_not_empty_the_table(new_world):
    """Names of one wildcard at random, and stacks at random: an address has its slots and no more."""
    w = new_world("light", directives="MSSLIntentCache shmcb:{dir}/run/intents(65536)\n")
    with w.server:
        visitors = [w.client(None) for _ in range(4)]
        for visitor in visitors:
            w.wish(visitor, "a.test")
        source = new_address()
        attacker = w.client(None, source=source)
        for i in range(900):
            answer = w.get(attacker, "n%d.wild.test" % i, log=False)
            assert answer.status == 302
        for visitor in visitors:
            check_site(w.get(visitor, "a.test"), "a.test", w.leaf("a.test"), "intent")


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


class CacheServer:
    """A redis or memcached of our own on loopback."""

    def __init__(self, provider, folder):
        self.provider, self.port, self.proc = provider, free_ports(1)[0], None
        if provider == "redis":
            self.command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                            "--appendonly", "no", "--dir", folder]
            self.question, self.answer = b"PING\r\n", b"+PONG"
        else:
            self.command = ["memcached", "-p", str(self.port), "-l", "127.0.0.1", "-U", "0", "-u", "nobody"]
            self.question, self.answer = b"version\r\n", b"VERSION"

    def start(self):
        path = shutil.which(self.command[0]) or "/usr/bin/" + self.command[0]
        self.proc = subprocess.Popen([path] + self.command[1:], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        wait_until(self._answers, self.provider + " to answer")

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                s.sendall(self.question)
                return s.recv(16).startswith(self.answer)
        except OSError:
            return False

    def stop(self):
        if self.proc is not None:
            self.proc.send_signal(signal.SIGTERM)
            self.proc.wait(20)
            self.proc = None


@pytest.fixture(params=["redis", "memcache"])
def cache_server(request, tmp_path):
    server = CacheServer(request.param, str(tmp_path))
    server.start()
    yield server
    server.stop()


def with_cache(new_world, provider, port):
    w = new_world("light", modules=["socache_" + provider],
                  directives="MSSLIntentCache %s:127.0.0.1:%d\n" % (provider, port))
    w.server.expect(r"MSSL\d{4}: .*", "socache|redis|memcache")
    return w


def test_shared_cache(new_world, cache_server):
    """Another provider: shared by machines. When it dies, only intents are lost; one log line."""
    w = with_cache(new_world, cache_server.provider, cache_server.port)
    with w.server:
        client = w.client(None)
        w.wish(client, "a.test")
        check_site(w.get(client, "a.test"), "a.test", w.leaf("a.test"), "intent")
        mark = w.server.log_mark()
        cache_server.stop()
        without_cache(w, mark)
        cache_server.start()
        # Each child tries a dead server again after a while of its module's own.
        fresh = w.client(None, 2)
        at_site = fresh.but(addr=("127.0.0.1", w.server.port))
        wait_until(lambda: switch(w, url(w, "b.test"), fresh).status == 302, "the cache to be back", 30)
        found = set()

        def found_by_all():
            answer = w.get(at_site, "b.test")
            if answer.by == "intent":
                check_site(answer, "b.test", w.leaf("b.test"), "intent")
                found.add(int(answer.log["pid"]))
            return found == set(broker.workers(w.server))

        wait_until(found_by_all, "the intent to be found by all children", 60)


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
             if re.search(r"\[mssl:(warn|error|crit)\].*MSSL0090", x)]
    # One line, and children each count for themselves.
    assert 1 <= len(lines) <= 2, lines


@pytest.mark.parametrize("provider", ["redis", "memcache"])
def test_shared_cache_never_there(new_world, provider):
    """The server starts, and says so once."""
    w = with_cache(new_world, provider, free_ports(1)[0])
    with w.server:
        without_cache(w, 0)
