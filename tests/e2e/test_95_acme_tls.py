# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Handshakes that offer acme-tls/1 and nothing else stay mod_ssl's and mod_md's (contract section 3)."""

import pytest
from lib import http, tls
from lib.ca import write
from lib.module import build_module
from lib.world import ask, check_site

ACME = "acme-tls/1"
VERSIONS = [tls.TLS12, tls.TLS13]


@pytest.fixture(scope="module")
def module(workdir):
    return "challenge_module=" + build_module(workdir, "challenge")


@pytest.fixture(scope="module", params=["light", "full"])
def world(request, module_world, module):
    directives = ("Challenge a.test {dir}/challenge.crt {dir}/challenge.key\n")
    w = module_world(request.param, modules=[module], directives=directives)
    w.server.conf = w.server.conf.replace("Protocols h2 http/1.1\n", "Protocols h2 http/1.1 acme-tls/1\n")
    w.challenge = w.ca.leaf("a.test")
    w.challenge.write_split(w.server.path("challenge.crt"), w.server.path("challenge.key"))
    with w.server:
        yield w


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", range(2))
def test_challenge_is_answered(world, version, way):
    w = world
    for _ in range(2):      # nothing remembered from the first
        with w.client("a.test", port=way, version=version, alpn=[ACME]).connect() as conn:
            assert conn.alpn == ACME
            assert conn.serial == w.challenge.serial, "our pair overwrote the challenge's"
    w.server.wait_error("MSSL0030: SNI 'a.test': left to mod_ssl")
    w.server.wait_error("challenge asked for 'a.test'")


@pytest.mark.parametrize("version", VERSIONS)
def test_no_content_on_a_challenge_connection(world, version):
    w = world
    for host in ("a.test", "b.test", "nope.test"):
        with w.client("a.test", version=version, alpn=[ACME]).connect() as conn:
            try:
                r = http.Http1(conn).request(host)
            except (tls.TLSError, OSError):
                continue
            assert r.status in (421, 503) and "CONTENT-OF" not in r.text and r.get("Location") is None


@pytest.mark.parametrize("version", VERSIONS)
def test_no_other_challenge_on_it(world, version):
    """On such a connection nothing but the handshake is answered, a file of MSSLChallengeDir neither."""
    w, path = world, "/.well-known/acme-challenge/token"
    write(w.server.path("run", "mssl", "challenge" + path), "token.thumb")
    with w.client("a.test", version=version).connect() as conn:
        assert http.Http1(conn).request("a.test", path).text == "token.thumb"
    with w.client("a.test", version=version, alpn=[ACME]).connect() as conn:
        try:
            r = http.Http1(conn).request("a.test", path)
        except (tls.TLSError, OSError):
            return
        assert r.status in (421, 503) and "token.thumb" not in r.text


@pytest.mark.parametrize("version", VERSIONS)
def test_session_of_a_challenge_yields_nothing(world, version):
    w = world
    client = w.client("a.test", version=version, alpn=[ACME])
    with client.connect() as conn:
        try:
            http.Http1(conn).request("a.test")
        except (tls.TLSError, OSError):
            pass
        session = conn.session
    if session is None:
        return
    answer = w.get(client.but(alpn=None), "a.test", session=session)
    if answer.reused:
        assert answer.status in (421, 503) and not answer.has_content()
    else:
        check_site(answer, "a.test", w.leaf("a.test"), "sni")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("alpn", [[ACME, "http/1.1"], ["http/1.1", ACME], ["h2", ACME], ["http/1.1"], None])
def test_with_anything_else_it_is_ours(world, version, alpn):
    """Only acme-tls/1 alone is a challenge; a browser that lists it beside others is a browser."""
    w = world
    with w.client("a.test", version=version, alpn=alpn).connect() as conn:
        if conn.alpn == ACME:
            # mod_ssl took the protocol: no content on it, whoever's certificate it is.
            try:
                r = http.Http1(conn).request("a.test")
                assert "CONTENT-OF" not in r.text
            except (tls.TLSError, OSError):
                pass
            return
        answer = ask(w.server, conn, "a.test")
        check_site(answer, "a.test", w.leaf("a.test"), "sni")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sni", ["b.test", "nope.test", None, "127.0.0.1"])
def test_challenge_for_another_name(world, version, sni):
    """Nobody answers: mod_ssl refuses or shows its own; no content comes."""
    w = world
    try:
        conn = w.client(sni, version=version, alpn=[ACME]).connect()
    except tls.TLSError as e:
        assert e.alert is not None and e.alert[0] == "server"
        return
    with conn:
        assert conn.serial != w.challenge.serial
        try:
            r = http.Http1(conn).request("b.test")
        except (tls.TLSError, OSError):
            return
        assert "CONTENT-OF" not in r.text, r


@pytest.mark.parametrize("version", VERSIONS)
def test_reject_does_not_hinder(new_world, module, ca, version):
    """A name without a certificate, MSSLUnknownHost reject: the challenge is answered all the same."""
    w = new_world("light", modules=[module], directives="MSSLUnknownHost reject\nMSSLNoSNI reject\n"
                  "Challenge new.test {dir}/c.crt {dir}/c.key\n")
    w.server.conf = w.server.conf.replace("Protocols h2 http/1.1\n", "Protocols h2 http/1.1 acme-tls/1\n")
    leaf = ca.leaf("new.test")
    leaf.write_split(w.server.path("c.crt"), w.server.path("c.key"))
    with w.server:
        with w.client("new.test", version=version, alpn=[ACME]).connect() as conn:
            assert (conn.alpn, conn.serial) == (ACME, leaf.serial)
        with pytest.raises(tls.TLSError) as e:
            w.client("new.test", version=version).connect()
        assert e.value.alert == ("server", tls.ALERT_NAME)
