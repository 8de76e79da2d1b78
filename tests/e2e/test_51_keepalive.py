# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What a connection remembers from one request to the next holds only as long as it is true (contract sections 2, 3, 8)."""

import contextlib
import time

import pytest
from lib import http, tls
from lib.ca import utc_now
from lib.server import wait_until
from lib.world import ask, check_own, check_site, file_pair, new_address

SOON = 6    # seconds from a certificate's making to the moment at which something changes
ALPN = ["http/1.1", "h2"]


def variables(answer):
    return answer.by, answer.log["name"], answer.log["ok"], answer.log["days"]


@pytest.mark.parametrize("alpn", ALPN)
def test_a_day_less_and_expired(new_world, ca, alpn):
    """MSSL_DAYS_LEFT and MSSL_CERT_OK are those of the moment, on connections that live on."""
    w = new_world("light")
    w.server.expect(r"MSSL\d{4}: .*[ab]\.test")     # expiring, expired
    with w.server, contextlib.ExitStack() as stack:
        made = utc_now()
        for name, days in (("a.test", 3), ("b.test", 0)):
            file_pair(ca.leaf(name, days=days + SOON / 86400), w.server.path("store"), name)
        a, b = (stack.enter_context(w.client(name, alpn=[alpn]).connect()) for name in ("a.test", "b.test"))
        days, expiry = http.talk(a), http.talk(b)
        for _ in range(2):
            assert variables(ask(w.server, a, "a.test", talk=days)) == ("sni", "a.test", "1", "3")
            assert variables(ask(w.server, b, "b.test", talk=expiry)) == ("sni", "b.test", "1", "0")
        time.sleep(max(0, SOON + 1.1 - (utc_now() - made).total_seconds()))   # notAfter is a second that counts
        for _ in range(2):
            assert variables(ask(w.server, a, "a.test", talk=days)) == ("sni", "a.test", "1", "2")
            assert variables(ask(w.server, b, "b.test", talk=expiry)) == ("sni", "b.test", "0", "0")


@pytest.mark.parametrize("alpn", ALPN)
def test_variables_of_each_host(new_world, alpn):
    """Covered, refused, covered: nothing of one request stands in the next one."""
    w = new_world("light")
    with w.server, w.client("a.test", alpn=[alpn]).connect() as conn:
        talk = http.talk(conn)
        for host, status, ok in [("a.test", 200, "1"), ("b.test", 421, "0"), ("alias-a.test", 200, "1"),
                                 ("a.test", 200, "1"), ("nope.test", 421, "0"), ("a.test", 200, "1")]:
            answer = ask(w.server, conn, host, talk=talk)
            assert (answer.status, answer.log["ok"], answer.log["name"]) == (status, ok, "a.test"), (host, answer.log)


@pytest.mark.parametrize("alpn", ALPN)
def test_renewed_under_a_resumed_connection(new_world, ca, alpn):
    """Another name than the bound one is served only as long as the session's certificate is in service."""
    w = new_world("light", directives="MSSLCheckInterval 150ms\n")
    with w.server:
        client = w.client("a.test", version=tls.TLS13, alpn=[alpn])
        session = w.get(client, "a.test").session
        with client.connect(session) as conn:
            talk, old = http.talk(conn), w.leaf("a.test")
            assert conn.reused
            for host in ("a.test", "alias-a.test", "alias-a.test", "a.test", "alias-a.test"):
                check_site(ask(w.server, conn, host, talk=talk), "a.test", old, "session")
            for name in ("a.test", "alias-a.test"):
                file_pair(ca.leaf("a.test", "alias-a.test"), w.server.path("store"), name)

            def is_refused():
                return ask(w.server, conn, "alias-a.test", talk=talk).status == 421

            wait_until(is_refused, "the new pair")
            for _ in range(2):
                check_own(ask(w.server, conn, "alias-a.test", talk=talk), 421, old, "session")
                check_site(ask(w.server, conn, "a.test", talk=talk), "a.test", old, "session")


@pytest.mark.parametrize("alpn", ALPN)
def test_renewed_under_its_own_handshake(new_world, ca, alpn):
    """The certificate that a full handshake showed covers what it covers."""
    w = new_world("light", directives="MSSLCheckInterval 150ms\n")
    with w.server, w.client("a.test", alpn=[alpn]).connect() as conn:
        talk, old = http.talk(conn), w.leaf("a.test")
        check_site(ask(w.server, conn, "a.test", talk=talk), "a.test", old, "sni")
        new = ca.leaf("a.test")
        file_pair(new, w.server.path("store"), "a.test")
        wait_until(lambda: w.get(w.client("a.test"), "a.test").serial == new.serial, "the new pair")
        for host in ("a.test", "extra.test", "alias-a.test"):
            check_site(ask(w.server, conn, host, talk=talk), w.content(host), old, "sni")


def test_trusted(new_world):
    """Known hosts are served to a trusted address, and what its certificate covers is told of each."""
    trusted = new_address()
    w = new_world("light", directives="MSSLTrustNoSNI a.test %s\n" % trusted)
    with w.server, w.client(None, source=trusted).connect() as conn:
        talk = http.Http1(conn)
        for host, ok in (("a.test", "1"), ("b.test", "0"), ("a.test", "1"), ("127.0.0.1", "1"), ("b.test", "0")):
            answer = ask(w.server, conn, host, talk=talk)
            assert (answer.status, answer.by, answer.log["ok"]) == (200, "trusted", ok), (host, answer.log)
        answer = ask(w.server, conn, "nope.test", talk=talk)
        check_own(answer, 421)
