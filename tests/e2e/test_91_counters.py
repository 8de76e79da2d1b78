# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What the server counts: each thing once, over children, their deaths and graceful restarts (contract section 8)."""

import os
import signal

import pytest
from lib import broker, tls
from lib.live import live_server, serial
from lib.server import IS_ROOT, wait_until
from lib.switch import switch, url
from lib.world import check_own, check_site, file_pair

# Children come and go all the time.
SHORT_LIVED = "MaxConnectionsPerChild 2\n"
# No handshake of TLS 1.3 without a second ClientHello (test_25), which is no second handshake.
RETRY = "SSLOpenSSLConfCmd Groups P-384\n"
BY_REQUESTS = ("handshakes", "refused", "redirects", "switch")


def parse(text):
    """{"handshakes": {"sni": 3, ...}, ...} of a line of counters."""
    groups = (g.split(": ", 1) for g in text.split("; "))
    return {group: {n: int(v) for n, v in (c.rsplit(" ", 1) for c in counts.split(", "))}
            for group, counts in groups}


def totals(s):
    """What the server has counted, as it says it at a graceful restart."""
    mark = s.log_mark()
    s.graceful()
    return parse(s.wait_error("MSSL0187: since httpd's start; (.*)", mark).group(1))


def is_grown(before, after):
    return all(after[g][n] >= before[g][n] for g in before for n in before[g])


def added(before, after, groups=BY_REQUESTS):
    """{"refused unknown": 2, ...}: what is not what it was."""
    return {"%s %s" % (g, n): after[g][n] - before[g][n]
            for g in groups for n in before[g] if after[g][n] != before[g][n]}


def one_of_each(w):
    """Visits for every kind; what they count for."""
    sni, nosni = w.client("a.test"), w.client(None)
    session = w.get(sni, "a.test").session
    check_site(w.get(sni, "a.test", session=session), "a.test", w.leaf("a.test"), "session")
    check_own(w.get(sni, "b.test"), 421)
    check_own(w.get(sni, "nope.test"), 421)
    check_own(w.get(sni, "127.0.0.1"), 421)
    check_own(w.get(w.client("nope.test"), "nope.test"), 421)
    check_own(w.get(nosni, "a.test"), 302)
    check_own(w.get(nosni, "a.test", method="POST"), 421)
    for target, status in ((url(w, "a.test"), 302), ("http://a.test/", 400), (url(w, "nope.test"), 404)):
        assert switch(w, target, nosni.but(addr=("127.0.0.1", w.server.ports[2]))).status == status
    check_site(w.get(nosni, "a.test"), "a.test", w.leaf("a.test"), "intent")
    assert switch(w, None).status == 200        # no target: nothing of the list
    return {"handshakes sni": 4, "handshakes session": 1, "handshakes dummy": 3, "handshakes intent": 1,
            "refused known_sni": 1, "refused unknown": 2, "refused no_name": 1, "refused known_nosni": 1,
            "redirects switch": 1, "switch switched": 1, "switch bad_target": 1, "switch unknown": 1}


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_over_children_and_restarts(new_world, mpm):
    w = new_world("light", mpm=mpm, vhost=RETRY, main=SHORT_LIVED)
    w.server.expect("AH03490")      # children that end slower than others are to begin
    other = new_world("light", mpm=mpm)
    with other.server, w.server:
        theirs, before = totals(other.server), totals(w.server)
        for _ in range(3):
            expected = one_of_each(w)
            after = totals(w.server)
            assert is_grown(before, after), (before, after)
            assert added(before, after) == expected
            before = after
        wait_until(lambda: w.server.count_error("MSSL0007") > 6, "children that have ended")
        assert before["cache"]["loads"] > 0 and before["cache"]["looks"] > 0
        assert added(theirs, totals(other.server)) == {}, "another server's"


def test_rare_kinds(new_world):
    """What ends in the handshake, ACME's challenges, redirects elsewhere, proxying, client certificates."""
    extra = ("<VirtualHost 127.0.0.1:{p0}>\nServerName ask.test\nSSLEngine on\nMSSLEngine on\n"
             "SSLVerifyClient require\nSSLCACertificateFile {dir}/ca.pem\n</VirtualHost>\n")
    w = new_world("light", vhost="MSSLUnknownHost redirect:http://elsewhere.example/\nMSSLNoSNI reject\n", extra=extra,
                  modules=["proxy", "proxy_http"], main="ProxyRequests On\n")
    w.ca.write(w.server.path("ca.pem"))
    file_pair(w.ca.leaf("ask.test"), w.server.path("store"), "ask.test")
    with w.server:
        before = totals(w.server)
        with pytest.raises(tls.TLSError):
            w.client(None).connect()
        with pytest.raises(tls.TLSError):       # nobody answers challenges here
            w.client("a.test", alpn=["acme-tls/1"]).connect()
        assert w.get(w.client("a.test"), "nope.test").status == 302
        assert w.get(w.client("a.test"), "ask.test").status == 421
        # Refused for its host, and then, while it waits for its answer, marked by mod_proxy.
        assert w.get(w.client("a.test"), "b.test", path="http://b.test/").status in (403, 421)
        assert w.get(w.client("a.test"), "a.test", path="http://a.test/").status == 403
        assert added(before, totals(w.server)) == {
            "handshakes rejected": 1, "handshakes acme": 1, "handshakes sni": 4, "redirects other": 1,
            "refused client_cert": 1, "refused known_sni": 1, "refused proxy": 1}


@pytest.mark.skipif(not IS_ROOT, reason="without root there is no broker")
def test_broker(new_server, ca):
    """What children ask it, what it does not answer in time, and how often it died."""
    s = live_server(new_server, ca)
    s.expect("MSSL0152", "MSSL0110: .*'slow.test'")
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    with s:
        before = totals(s)
        assert serial(s, "a.test") == leaf.serial
        asleep = broker.wait_broker(s)
        os.kill(asleep, signal.SIGSTOP)
        assert serial(s, "slow.test") == s.dummy.serial
        os.kill(asleep, signal.SIGKILL)
        s.wait_error("MSSL0152: broker %d died" % asleep)
        wait_until(lambda: serial(s, "a.test") == leaf.serial, "the next broker")
        after = totals(s)
        assert is_grown(before, after)
        got = added(before, after, ["broker"])
        assert got["broker deaths"] == 1 and got["broker requests"] > got["broker timeouts"] > 0, got
