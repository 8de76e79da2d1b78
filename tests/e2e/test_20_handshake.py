# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Which certificate a client is shown, and why (contract section 3)."""

import os

import pytest
from lib import http, tls
from lib.ca import write
from lib.server import marker
from lib.world import ask, check_own, check_site, file_pair, new_address

VERSIONS = [tls.TLS12, tls.TLS13]
LABEL = "l" * 61
LONG_253 = "x" + ".".join([LABEL] * 4) + ".test"
LONG_254 = "x" + LONG_253
assert (len(LONG_253), len(LONG_254)) == (253, 254)


def short(value):
    return repr(value)[:24]


@pytest.fixture(scope="module")
def world(module_world):
    w = module_world("light")
    ca, store = w.ca, w.server.path("store")
    for name in ("under_score.test", "x--y.test", "single"):
        w.leaves[name] = ca.leaf(name)
        file_pair(w.leaves[name], store, name)
    # A file name ends at 255 bytes: the longest names go into a folder.
    leaf = w.leaves[LONG_253] = ca.leaf(LONG_253)
    write(os.path.join(store, LONG_253, "fullchain.pem"), leaf.cert_pem)
    write(os.path.join(store, LONG_253, "privkey.pem"), leaf.key_pem)
    with w.server:
        yield w


def shown(w, sni, **kw):
    with w.client(sni, **kw).connect() as conn:
        return conn.serial


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("alpn", [None, ["h2", "http/1.1"]])
@pytest.mark.parametrize("sni,filed", [
    ("a.test", "a.test"), ("b.test", "b.test"), ("alias-a.test", "a.test"),
    ("w1.wild.test", "*.wild.test"), ("never-seen.wild.test", "*.wild.test"),
    ("A.Test", "a.test"), ("W1.WILD.TEST", "*.wild.test"), ("a.test.", "a.test"),
    ("A.TEST.", "a.test"), ("under_score.test", "under_score.test"), ("x--y.test", "x--y.test"),
    (LONG_253, LONG_253), (LONG_253 + ".", LONG_253), (LONG_253.upper(), LONG_253),
    ("single", "single")], ids=short)
def test_known(world, sni, filed, version, alpn):
    with world.client(sni, version=version, alpn=alpn).connect() as conn:
        assert conn.serial == world.leaves[filed].serial
        assert conn.alpn == (alpn[0] if alpn else None)
        answer = ask(world.server, conn, sni)
        assert (answer.status, answer.by) == (200, "sni")
        assert answer.log["name"] == sni.lower().rstrip(".")
        assert answer.log["ok"] == "1"
        assert answer.log["days"] in ("89", "90")


# RFC 6066 section 3 forbids IP literals: who sends one is as a client without SNI.
LITERALS = ["127.0.0.1", "192.0.2.7", "::1", "[::1]", "2001:db8::1"]
NO_NAMES = LITERALS + ["..", ".", "a..test", ".a.test",
            "a.test..", "../store/a.test", "a.test/", "/etc/passwd", "a.test/../b.test", "a test",
            "*.wild.test", "_.wild.test/..", "a.test:443", "a.test\x01", "a.test\r\nX: y", "a.test%00",
            "b\u00fccher.test".encode(), b"\xff\xfe.test", b"\x80", "l" * 64 + ".test", LONG_254,
            "x" * 255, "1.2.3", "0x7f.1", "a.test?x", "a.test#x", "user@a.test", "-", "a\\b.test"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sni", NO_NAMES, ids=short)
def test_no_name(world, sni, version):
    """What is no name is nobody's: the dummy, and no content for any host."""
    try:
        conn = world.client(sni, version=version).connect()
    except tls.TLSError as e:
        # OpenSSL's own refusal of a name that is too long; never an internal error.
        assert e.alert in (("server", tls.ALERT_NAME), ("server", tls.ALERT_DECODE)), e
        return
    with conn:
        assert conn.serial == world.dummy.serial
        answer = ask(world.server, conn, "a.test")
        assert (answer.by, answer.log["name"], answer.log["ok"]) == ("dummy", "-", "0")
        check_own(answer, 302 if sni in LITERALS else 421, world.dummy)


@pytest.mark.parametrize("sni", ["127.0.0.1", "2001:db8::1"])
def test_literal_goes_through_the_switch(world, sni):
    client = world.client(sni)
    world.wish(client, "a.test")
    check_site(world.get(client, "a.test"), "a.test", world.leaf("a.test"), "intent")


@pytest.mark.parametrize("sni", ["nope.test", "x.nope.test", "y.x.wild.test", "wild.test", "test",
                                 "a.test.evil", "dummy.invalid", "extra.test"])
def test_unknown(world, sni):
    mark = world.server.log_mark()
    with world.client(sni).connect() as conn:
        assert conn.serial == world.dummy.serial
        answer = ask(world.server, conn, sni)
        assert answer.by == "dummy"
        check_own(answer, 421)
    world.server.wait_error("MSSL0030: SNI '%s': dummy" % sni, mark)
    world.server.wait_error("MSSL0060: host '%s' is not covered \\(unknown\\), answer 421" % sni, mark)


@pytest.mark.parametrize("version", VERSIONS)
def test_none(world, version):
    with world.client(None, version=version).connect() as conn:
        assert conn.serial == world.dummy.serial


def test_odd_extensions(world):
    """Names with a NUL, empty lists, two names: refused by OpenSSL or the dummy, and nothing dies."""
    before = world.server.children()
    a = b"a.test"

    def entry(name):
        return b"\0" + len(name).to_bytes(2, "big") + name

    def ext(*entries):
        body = b"".join(entries)
        return len(body).to_bytes(2, "big") + body

    for raw in (ext(entry(b"a.test\0.evil")), ext(entry(b"\0")), ext(entry(b"")), ext(), b"",
                ext(entry(a), entry(b"b.test")), ext(b"\1" + entry(a)[1:]), b"\xff\xff" + entry(a),
                ext(entry(b"x" * 256)), ext(entry(b"x" * 16000))):
        kind, what = tls.raw_hello(world.server.port, raw)
        assert kind in ("alert", "handshake"), raw
        if kind == "alert":
            assert what in (tls.ALERT_DECODE, tls.ALERT_NAME), (raw, what)
    assert tls.raw_hello(world.server.port, ext(entry(a))) == ("handshake", 2)
    assert world.server.children() == before


@pytest.fixture(scope="module")
def rejecting(module_world):
    w = module_world("light", directives="MSSLUnknownHost reject\nMSSLNoSNI reject\n")
    with w.server:
        yield w


def alert(w, sni, **kw):
    with pytest.raises(tls.TLSError) as e:
        w.client(sni, **kw).connect()
    return e.value.alert


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sni", ["nope.test", None, "127.0.0.1", "a..test", b"\xff", "wild.test"])
def test_reject(rejecting, sni, version):
    mark = rejecting.server.log_mark()
    assert alert(rejecting, sni, version=version) == ("server", tls.ALERT_NAME)
    rejecting.server.wait_error("MSSL0031: SNI .* rejected", mark)


@pytest.mark.parametrize("version", VERSIONS)
def test_reject_leaves_the_known(rejecting, version):
    w = rejecting
    answer = w.get(w.client("a.test", version=version), "a.test")
    check_site(answer, "a.test", w.leaf("a.test"), "sni")
    again = w.get(w.client("a.test", version=version), "a.test", session=answer.session)
    assert again.reused
    check_site(again, "a.test", w.leaf("a.test"), "session")


@pytest.mark.parametrize("version", VERSIONS)
def test_reject_and_intent(rejecting, version):
    """MSSLNoSNI reject refuses who has no intent; who has one is shown its site."""
    w = rejecting
    client = w.client(None, version=version)
    assert alert(w, None, version=version) == ("server", tls.ALERT_NAME)
    w.wish(client, "a.test")
    check_site(w.get(client, "a.test"), w.content("a.test"), w.leaf("a.test"), "intent")


# Choice between pairs

def simple(new_server, conf, vhost=""):
    return new_server(conf + "<VirtualHost 127.0.0.1:{p0}>\nServerName first.test\nSSLEngine on\n"
                      "MSSLEngine on\nDocumentRoot {dir}/www/a.test\n%s</VirtualHost>\n" % vhost)


STORES = "MSSLCertStore dir:{dir}/s1\nMSSLCertStore dir:{dir}/s2\nMSSLDummyCertificate {dir}/dummy.pem\n"


def two_stores(new_server, ca, conf=STORES, vhost=""):
    s = simple(new_server, conf, vhost)
    s.site("a.test")
    for sub in ("s1", "s2"):
        os.makedirs(s.path(sub), exist_ok=True)
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    return s


def client_of(s, sni, **kw):
    return tls.Client(s.port, sni, source=new_address(), **kw)


def serial(s, sni, **kw):
    with client_of(s, sni, **kw).connect() as conn:
        return conn.serial


def test_exact_before_wildcard(new_server, ca):
    """In the second store even: exact before wildcard over all stores."""
    s = two_stores(new_server, ca)
    wild, exact = ca.leaf("*.p.test"), ca.leaf("x.p.test")
    file_pair(wild, s.path("s1"), "*.p.test")
    file_pair(exact, s.path("s2"), "x.p.test")
    with s:
        assert serial(s, "x.p.test") == exact.serial
        assert serial(s, "y.p.test") == wild.serial
        assert serial(s, "p.test") == s.dummy.serial
        assert serial(s, "z.y.p.test") == s.dummy.serial


@pytest.mark.parametrize("bad", ["expired", "not_yet"])
def test_valid_before_expired(new_server, ca, bad):
    """At any level: the valid wildcard of the last store beats the expired exact one of the first."""
    s = two_stores(new_server, ca)
    old, wild = getattr(ca, bad)("x.p.test"), ca.leaf("*.p.test")
    other = getattr(ca, bad)("x.p.test")
    file_pair(old, s.path("s1"), "x.p.test")
    file_pair(wild, s.path("s2"), "*.p.test")
    file_pair(other, s.path("s1"), "z.p.test.unused")
    s.expect(r"MSSL\d{4}: ")
    with s:
        assert serial(s, "x.p.test") == wild.serial


@pytest.mark.parametrize("bad", ["expired", "not_yet"])
def test_expired_is_still_used(new_server, ca, bad):
    """With nothing better it is used and reported; the site is served, MSSL_CERT_OK says 0."""
    s = two_stores(new_server, ca)
    old = getattr(ca, bad)("a.test")
    file_pair(old, s.path("s1"), "a.test")
    s.expect(r"MSSL\d{4}: .*a\.test")
    with s:
        with client_of(s, "a.test").connect() as conn:
            answer = ask(s, conn, "a.test")
            assert answer.serial == old.serial
            assert (answer.status, answer.by, answer.log["ok"]) == (200, "sni", "0")
            if bad == "expired":
                assert int(answer.log["days"]) <= 0
        s.wait_error(r"\[mssl:(warn|error)\].*MSSL\d{4}: .*a\.test")


def test_expired_order(new_server, ca):
    """Both expired: the usual order, exact first."""
    s = two_stores(new_server, ca)
    exact = ca.expired("x.p.test")
    file_pair(ca.expired("*.p.test"), s.path("s1"), "*.p.test")
    file_pair(exact, s.path("s2"), "x.p.test")
    s.expect(r"MSSL\d{4}: ")
    with s:
        assert serial(s, "x.p.test") == exact.serial


RSA_ONLY = dict(sigalgs="rsa_pss_rsae_sha256:rsa_pkcs1_sha256")
ECDSA_ONLY = dict(sigalgs="ecdsa_secp256r1_sha256")


@pytest.mark.parametrize("version", VERSIONS)
def test_both_key_types(new_server, ca, version):
    """RSA and ECDSA pairs of one name: the client's abilities decide."""
    s = two_stores(new_server, ca, "MSSLCertificate a.test {dir}/rsa.pem\n"
                   "MSSLCertificate a.test {dir}/ecdsa.pem\n" + STORES)
    rsa, ecdsa = ca.leaf("a.test", key="rsa"), ca.leaf("a.test", key="ecdsa")
    rsa.write_joined(s.path("rsa.pem"))
    ecdsa.write_joined(s.path("ecdsa.pem"))
    with s:
        assert serial(s, "a.test", version=version, **RSA_ONLY) == rsa.serial
        assert serial(s, "a.test", version=version, **ECDSA_ONLY) == ecdsa.serial
        assert serial(s, "a.test", version=version) in (rsa.serial, ecdsa.serial)
        if version == tls.TLS12:
            assert serial(s, "a.test", version=version, ciphers="ECDHE-RSA-AES128-GCM-SHA256") \
                == rsa.serial
            assert serial(s, "a.test", version=version, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256") \
                == ecdsa.serial


@pytest.mark.parametrize("version", VERSIONS)
def test_later_stores_add_no_key_type(new_server, ca, version):
    """The first place with a valid pair answers, with the key types that it has."""
    s = two_stores(new_server, ca)
    rsa, ecdsa = ca.leaf("a.test", key="rsa"), ca.leaf("a.test", key="ecdsa")
    file_pair(rsa, s.path("s1"), "a.test")
    file_pair(ecdsa, s.path("s2"), "a.test")
    with s:
        assert serial(s, "a.test", version=version, **RSA_ONLY) == rsa.serial
        with pytest.raises(tls.TLSError) as e:
            client_of(s, "a.test", version=version, **ECDSA_ONLY).connect()
        assert e.value.alert == ("server", tls.ALERT_HANDSHAKE_FAILURE)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_common_key_type(new_server, ca, version):
    s = two_stores(new_server, ca)
    file_pair(ca.leaf("a.test", key="rsa"), s.path("s1"), "a.test")
    with s:
        with pytest.raises(tls.TLSError) as e:
            client_of(s, "a.test", version=version, **ECDSA_ONLY).connect()
        assert e.value.alert == ("server", tls.ALERT_HANDSHAKE_FAILURE)


def test_chain_is_sent(new_server, ca):
    s = two_stores(new_server, ca)
    leaf = ca.leaf("a.test", intermediate=True)
    file_pair(leaf, s.path("s1"), "a.test")
    with s:
        with client_of(s, "a.test").connect() as conn:
            assert (conn.serial, conn.chain_length) == (leaf.serial, 2)
        with client_of(s, "nope.test").connect() as conn:
            assert conn.chain_length == 1


def test_mapping_before_store_before_own(new_server, ca):
    s = two_stores(new_server, ca, "MSSLCertificate a.test,b.test {dir}/map.pem\n" + STORES,
                   "SSLCertificateFile {dir}/own.pem\n")
    mapped, own = ca.leaf("a.test", "b.test"), ca.leaf("a.test", "b.test", "c.test", "d.test")
    stored = ca.leaf("b.test", "c.test")
    mapped.write_joined(s.path("map.pem"))
    own.write_joined(s.path("own.pem"))
    file_pair(stored, s.path("s1"), "b.test")
    file_pair(stored, s.path("s2"), "c.test")
    with s:
        assert [serial(s, n + ".test") for n in "abcd"] == \
            [mapped.serial, mapped.serial, stored.serial, own.serial]


def test_own_certificate_makes_known(new_server, ca):
    """A vhost's own certificate is found by the names that it covers, by wildcard too."""
    s = two_stores(new_server, ca, vhost="SSLCertificateFile {dir}/own.pem\n")
    own = ca.leaf("o.test", "*.o.test")
    own.write_joined(s.path("own.pem"))
    with s:
        assert serial(s, "o.test") == serial(s, "x.o.test") == own.serial
        assert serial(s, "y.x.o.test") == s.dummy.serial


def test_own_certificate_as_dummy(new_server, ca):
    """Without MSSLDummyCertificate it is the dummy, and covers what it covers."""
    s = two_stores(new_server, ca, "MSSLCertStore dir:{dir}/s1\n", "SSLCertificateFile {dir}/own.pem\n")
    own = ca.leaf("first.test")
    own.write_joined(s.path("own.pem"))
    file_pair(ca.leaf("a.test"), s.path("s1"), "a.test")
    with s:
        for sni in (None, "nope.test"):
            with client_of(s, sni).connect() as conn:
                answer = ask(s, conn, "first.test")
                assert (answer.serial, answer.status) == (own.serial, 200)
                assert answer.body == marker("a.test") + "\n"
            with client_of(s, sni).connect() as conn:
                check_own(ask(s, conn, "a.test"), 421, own)


def test_given_dummy_covers_nothing(new_server, ca):
    """Whatever it says: the same file as a site's even."""
    s = two_stores(new_server, ca, STORES.replace("dummy.pem", "s1/a.test.pem"))
    leaf = ca.leaf("a.test", "*.test", ips=["127.0.0.1"])
    file_pair(leaf, s.path("s1"), "a.test")
    with s:
        for sni in (None, "nope.test", "127.0.0.1"):
            for host in ("a.test", "nope.test", "127.0.0.1"):
                with client_of(s, sni).connect() as conn:
                    answer = ask(s, conn, host)
                    assert answer.by == "dummy"
                    check_own(answer, 421, leaf)


def test_common_name_counts_alone_only(new_server, ca):
    s = two_stores(new_server, ca)
    old, mixed = ca.leaf(cn="a.test"), ca.leaf("other.test", cn="b.test")
    file_pair(old, s.path("s1"), "a.test")
    file_pair(mixed, s.path("s1"), "b.test")
    s.expect(r"MSSL\d{4}: .*b\.test")
    with s:
        with client_of(s, "a.test").connect() as conn:
            answer = ask(s, conn, "a.test")
            assert (answer.serial, answer.status) == (old.serial, 200)
        assert serial(s, "b.test") == s.dummy.serial


def test_address_host(new_server, ca):
    """An IP-literal Host is covered by an iPAddress entry only."""
    s = two_stores(new_server, ca)
    with_ip, as_name = ca.leaf("a.test", ips=["127.0.0.1", "2001:db8::1"]), ca.leaf("b.test")
    file_pair(with_ip, s.path("s1"), "a.test")
    file_pair(as_name, s.path("s1"), "b.test")
    with s:
        for host, status in (("127.0.0.1", 200), ("127.0.0.1:%d" % s.port, 200), ("127.0.0.2", 421),
                             ("[2001:db8::1]", 200), ("[2001:db8::2]", 421), ("[::1]", 421)):
            with client_of(s, "a.test").connect() as conn:
                assert ask(s, conn, host).status == status, host
        with client_of(s, "b.test").connect() as conn:
            check_own(ask(s, conn, "127.0.0.1"), 421, as_name)


def test_tls_settings_stay_the_vhosts(new_world):
    """Protocols, ciphers and ALPN are those of the vhost that mod_ssl selected by SNI."""
    w = new_world("full")
    w.server.conf = w.server.conf.replace(
        "ServerName b.test\nServerAlias alias-b.test\n",
        "ServerName b.test\nServerAlias alias-b.test\nSSLProtocol TLSv1.2\n"
        "SSLCipherSuite ECDHE-RSA-AES256-GCM-SHA384\nSSLHonorCipherOrder on\nProtocols http/1.1\n")
    with w.server:
        with w.client("b.test", alpn=["h2", "http/1.1"]).connect() as conn:
            assert (conn.version, conn.serial) == (tls.TLS12, w.leaf("b.test").serial)
            assert conn.cipher == "ECDHE-RSA-AES256-GCM-SHA384"
        with w.client("a.test", alpn=["h2", "http/1.1"]).connect() as conn:
            assert (conn.version, conn.alpn) == (tls.TLS13, "h2")
        with pytest.raises(tls.TLSError):
            w.client("b.test", version=tls.TLS13).connect()


PRIVATE = ("<Location /private>\nSSLVerifyClient require\nSSLVerifyDepth 3\n</Location>\n"
           "SSLCACertificateFile {dir}/ca.pem\n")


def private_world(new_world, ca, setup):
    w = new_world(setup, vhost=PRIVATE)
    s = w.server
    ca.write(s.path("ca.pem"))
    w.files = ca.leaf(cn="someone", client=True).write_split(s.path("client.crt"), s.path("client.key"))
    for site in ("a.test", "b.test"):
        s.site(site, path="private/index.html")
    s.expect("AH02261|AH02039|AH10158|did not return a certificate|extension not received")
    return w


@pytest.mark.parametrize("version", VERSIONS)
def test_renegotiation_keeps_the_certificate(new_world, ca, version):
    """SSLVerifyClient in a directory makes mod_ssl renegotiate (TLS 1.2): the decision stands."""
    w = private_world(new_world, ca, "full")
    with w.server:
        with w.client("a.test", version=version, cert=w.files).connect() as conn:
            talk = http.talk(conn)
            first = ask(w.server, conn, "a.test", talk=talk)
            started = conn.handshakes
            second = ask(w.server, conn, "a.test", "/private/", talk=talk)
            for answer in (first, second):
                check_site(answer, "a.test", w.leaf("a.test"), "sni")
            assert (conn.handshakes > started) == (version == tls.TLS12)
            check_own(ask(w.server, conn, "b.test", "/private/", talk=talk), 421, w.leaf("a.test"))
        with w.client("a.test", version=version).connect() as conn:
            try:
                answer = ask(w.server, conn, "a.test", "/private/")
                assert answer.status == 403 and not answer.has_content()
            except tls.TLSError:
                pass        # mod_ssl ends the connection


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("setup", ["light", "one"])
def test_client_certificate_for_a_directory_of_a_light_vhost(new_world, ca, setup, version):
    """Whoever has no client certificate never gets in. mod_ssl asks for none where a vhost has no
    SSLEngine: then nobody gets in."""
    w = private_world(new_world, ca, setup)
    with w.server:
        for cert in (None, w.files):
            with w.client("a.test", version=version, cert=cert).connect() as conn:
                assert ask(w.server, conn, "a.test").status == 200
            with w.client("a.test", version=version, cert=cert).connect() as conn:
                try:
                    answer = ask(w.server, conn, "a.test", "/private/")
                except tls.TLSError:
                    continue
                if cert is not None and setup == "one":
                    check_site(answer, "a.test", w.leaf("a.test"), "sni")
                else:
                    assert answer.status in (403, 421) and not answer.has_content(), answer.r


def test_client_renegotiation_is_mod_ssls(world):
    """The client's own renegotiation is refused by mod_ssl as ever; the server lives on."""
    conn = world.client("a.test", version=tls.TLS12).connect()
    try:
        assert not conn.renegotiate()
    except tls.TLSError:
        pass
    finally:
        conn.abort()
    assert shown(world, "a.test") == world.leaf("a.test").serial


def test_remote_noise_is_debug_only(new_world):
    """What a client can cause at will is not in the log at level info."""
    w = new_world("light", directives="LogLevel info mssl:info\n")
    with w.server:
        # Not remarks on a file that was read, once; nor of the processes that begin beside the first client.
        noise = r"\[mssl:.*MSSL(?!0115|0151)"
        before = w.server.count_error(noise)
        for sni in ("nope.test", None, "a..test", b"\xff\x01\n"):
            answer = w.get(w.client(sni), "nope.test")
            check_own(answer, 421)
            w.get(w.client(sni), "a.test", "/" + "x" * 4000)
        w.get(w.client("a.test"), "b.test")
        assert w.server.count_error(noise) == before
