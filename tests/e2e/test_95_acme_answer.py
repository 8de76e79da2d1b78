# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Challenges of tls-alpn-01 that httpd answers itself: MSSLChallengeDir/alpn/NAME.pem (contract section 14)."""

import os
import re
import socket

import pytest
from lib import acmecert, http, tls
from lib.acmecert import ACME
from lib.ca import write
from lib.server import IS_ROOT, libexecdir
from lib.world import ask, check_site, file_pair, new_address

VERSIONS = [tls.TLS12, tls.TLS13]


def place(s, name, leaf=None, text=None, mode=0o644):
    """A challenge lies there."""
    leaf = leaf or acmecert.make(name)
    write(s.path("run", "mssl", "challenge", "alpn", name + ".pem"), text or leaf.cert_pem + leaf.key_pem, mode)
    return leaf


def remove(s, name):
    os.unlink(s.path("run", "mssl", "challenge", "alpn", name + ".pem"))


def offer(port, name, alpn=(ACME,), **kw):
    """(protocol, serial number) that a client gets; (None, None): none at all."""
    try:
        with tls.Client(port, name, alpn=list(alpn), source=new_address(), **kw).connect() as conn:
            return conn.alpn, conn.serial
    except tls.TLSError as e:
        # mod_ssl names http/1.1 to who does not offer it, whom that ends.
        assert e.alert is not None, e
        return None, None


@pytest.fixture(scope="module", params=["light", "full"])
def world(request, module_world):
    w = module_world(request.param)
    with w.server:
        yield w


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", range(2))
@pytest.mark.parametrize("name", ["a.test", "b.test", "new.test"])
def test_answered(world, version, way, name):
    """With a certificate of its own or without, as long as the file lies there."""
    s = world.server
    port = s.ports[way]
    assert offer(port, name, version=version)[0] != ACME
    leaf = place(s, name)
    for _ in range(2):
        assert offer(port, name, version=version) == (ACME, leaf.serial)
    s.wait_error("MSSL0261: challenge answered: 'alpn/%s.pem'" % name)
    # Nobody else is, neither another name nor who offers anything beside it.
    assert offer(port, "x.test", version=version)[0] != ACME
    for alpn in ([ACME, "http/1.1"], ["h2", ACME], ["http/1.1", ACME], ["h2"], ["http/1.1"]):
        protocol, serial = offer(port, name, alpn, version=version)
        assert protocol in ("h2", "http/1.1") and serial != leaf.serial, alpn
    assert offer(port, None, version=version)[0] != ACME
    leaf = place(s, name)
    assert offer(port, name, version=version) == (ACME, leaf.serial)
    remove(s, name)
    assert offer(port, name, version=version)[0] != ACME


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_but_the_handshake(world, version):
    """No request is served on it, no challenge by http neither, and its session is good for nothing."""
    w, s = world, world.server
    path = "/.well-known/acme-challenge/token"
    write(s.path("run", "mssl", "challenge" + path), "token.thumb")
    place(s, "a.test")
    client = w.client("a.test", version=version, alpn=[ACME])
    for host, target in (("a.test", "/"), ("b.test", "/"), ("a.test", path), ("nope.test", "/")):
        with client.connect() as conn:
            assert conn.alpn == ACME
            try:
                r = http.Http1(conn).request(host, target)
            except (tls.TLSError, OSError):
                continue
            assert r.status in (421, 503) and r.get("Location") is None and r.get("Upgrade") is None, r
            assert "CONTENT-OF" not in r.text and "token.thumb" not in r.text
            session = conn.session
    if session is not None:
        answer = w.get(client.but(alpn=None), "a.test", session=session)
        if not answer.reused:
            check_site(answer, "a.test", w.leaf("a.test"), "sni")
        else:
            assert answer.status in (421, 503) and not answer.has_content()
    remove(s, "a.test")
    check_site(w.get(w.client("a.test", version=version), "a.test"), "a.test", w.leaf("a.test"), "sni")


def test_names_longer_than_files(new_world):
    """A stranger's name that no file can have is one without a challenge, and nothing to tell of."""
    w = new_world("light")
    s = w.server
    with s:
        leaf = place(s, "a.test")
        for n in (251, 252, 253):
            name = ".".join(["a" * 62] * 4)[:n - 5] + ".test"
            assert len(name) == n and offer(s.port, name)[0] != ACME
            assert offer(s.port, "a.test") == (ACME, leaf.serial)
        assert s.count_error("MSSL0222") == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_before_reject(new_world, version):
    """A name without a certificate, MSSLUnknownHost reject: the challenge is answered all the same."""
    w = new_world("light", directives="MSSLUnknownHost reject\nMSSLNoSNI reject\n")
    s = w.server
    with s:
        assert offer(s.port, "new.test", ["http/1.1"], version=version) == (None, None)
        leaf = place(s, "new.test")
        assert offer(s.port, "new.test", version=version) == (ACME, leaf.serial)
        assert offer(s.port, "new.test", ["http/1.1"], version=version) == (None, None)


BAD = {
    "site": (lambda ca: ca.leaf("a.test"), "that is for no challenge"),
    "another": (lambda ca: acmecert.make("b.test"), "a certificate for another name"),
    "two": (lambda ca: acmecert.make("a.test", "b.test"), "a certificate for another name"),
    "short": (lambda ca: acmecert.make("a.test", value=b"\x04\x1f" + bytes(31)), "that is for no challenge"),
    "none": (lambda ca: acmecert.make("a.test", value=False), "that is for no challenge"),
    "uncritical": (lambda ca: acmecert.make("a.test", critical=False), "that is for no challenge"),
}


def test_bad_files(new_world, ca):
    """What is no challenge, or could be others', is not shown; a line says why."""
    w = new_world("light")
    s = w.server
    good, other = acmecert.make("a.test"), acmecert.make("a.test")
    texts = {
        "key": (good.cert_pem + other.key_pem, "has a key that is not its certificate's"),
        "encrypted": (good.cert_pem + acmecert.encrypted(good), "has no key that can be read"),
        "keyless": (good.cert_pem, "has no key that can be read"),
        "garbage": ("garbage", "has no certificate"),
    }
    texts.update({k: ((lambda leaf: leaf.cert_pem + leaf.key_pem)(make(ca)), why) for k, (make, why) in BAD.items()})
    s.expect("MSSL0260: ", "MSSL0222: ")
    with s:
        for text, why in texts.values():
            place(s, "a.test", text=text)
            assert offer(s.port, "a.test")[0] != ACME, why
            s.wait_error("MSSL0260: MSSLChallengeDir: alpn/a.test.pem .*%s" % re.escape(why))
            told = s.count_error("MSSL0260")
            assert offer(s.port, "a.test")[0] != ACME and s.count_error("MSSL0260") == told
        place(s, "a.test", text=good.cert_pem + good.key_pem + "#" * (8995 - len(good.cert_pem + good.key_pem)))
        assert offer(s.port, "a.test")[0] != ACME
        s.wait_error("MSSL0222: .*alpn/a.test.pem' has 8995 bytes")
        # Once for all, whoever asks again; and mended it counts at once.
        offer(s.port, "a.test")
        assert s.count_error("MSSL0222: .*has 8995 bytes") == 1
        place(s, "a.test", good)
        assert offer(s.port, "a.test") == (ACME, good.serial) and s.count_error("MSSL0260: .*pem ;") == 0
        remove(s, "a.test")
        os.symlink(s.path("x.pem"), s.path("run", "mssl", "challenge", "alpn", "a.test.pem"))
        write(s.path("x.pem"), good.cert_pem + good.key_pem)
        assert offer(s.port, "a.test")[0] != ACME
        remove(s, "a.test")
        if IS_ROOT:
            os.chmod(s.path("run", "mssl", "challenge", "alpn"), 0o777)
            place(s, "a.test", good)
            assert offer(s.port, "a.test")[0] != ACME
            s.wait_error("MSSL0222: .*others than its owner can write into .*alpn")
            os.chmod(s.path("run", "mssl", "challenge", "alpn"), 0o755)
            assert offer(s.port, "a.test") == (ACME, good.serial)
        with tls.Client(s.port, "a.test", source=new_address()).connect() as conn:
            check_site(ask(s, conn, "a.test"), "a.test", w.leaf("a.test"), "sni")


# Protocols; whether challenges are answered there; ALPN of a browser that offers h2 and http/1.1.
PROTOCOLS = {
    "": (True, "http/1.1"), "Protocols h2 http/1.1\n": (True, "h2"), "Protocols http/1.1\n": (True, "http/1.1"),
    "Protocols http/1.1 h2\n": (True, "http/1.1"), "Protocols h2 h2c http/1.1\n": (True, "h2"),
    "Protocols h2\n": (False, "h2"), "Protocols h2 http/1.1\nProtocolsHonorOrder off\n": (True, "h2"),
    "Protocols h2 acme-tls/1 http/1.1\n": (True, "h2"),
}


@pytest.mark.parametrize("protocols", PROTOCOLS)
def test_others_are_unharmed(new_world, protocols):
    """What browsers get, on guarded and other addresses, and no word of it in any answer."""
    w = new_world("light")
    s = w.server
    s.conf = s.conf.replace("Protocols h2 http/1.1\n", protocols)
    is_answered, chosen = PROTOCOLS[protocols]
    is_ours = "acme" not in protocols
    with s:
        leaf = place(s, "a.test")
        place(s, "switch.test")
        assert (offer(s.port, "a.test") == (ACME, leaf.serial)) == is_answered
        assert offer(s.port, "a.test", ["h2", "http/1.1"])[0] == chosen
        assert offer(s.port, "a.test", ["http/1.1"])[0] == "http/1.1"
        if is_ours:
            assert offer(s.ports[2], "switch.test")[0] != ACME      # not a guarded address
        seen = []
        for alpn in (["http/1.1"], None, ["h2", "http/1.1"]):
            with tls.Client(s.port, "a.test", alpn=alpn, source=new_address()).connect() as conn:
                answer = ask(s, conn, "a.test")
                check_site(answer, "a.test", w.leaf("a.test"), "sni")
                seen.append(answer.r.get("Upgrade"))
        with socket.create_connection(("127.0.0.1", s.ports[3]), 30) as sock:
            seen.append(http.Http1(http.Wire(sock)).request("plain.test").get("Upgrade"))
        assert not [u for u in seen if is_ours and u is not None and "acme" in u], seen


@pytest.mark.skipif(not os.path.exists(os.path.join(libexecdir(), "mod_md.so")), reason="there is no mod_md here")
@pytest.mark.parametrize("protocols", ["Protocols h2 http/1.1\n", "Protocols h2 http/1.1 acme-tls/1\n"])
def test_mod_md(new_server, ca, protocols):
    """It answers its own names where an admin wrote acme-tls/1; it proposes it for any name, and is not let where not."""
    s = new_server(protocols + """
MSSLCertStore dir:{dir}/store
MDStoreDir {dir}/md
MDRenewMode manual
MDCertificateAuthority https://127.0.0.1:1/directory
MDCertificateAgreement accepted
ServerAdmin admin@example.test
MDomain md.test manual
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName md.test
SSLEngine on
</VirtualHost>
""", modules=["md", "http2"])
    s.expect("AH10045", "AH10085", "AH10080")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        theirs = acmecert.make("md.test")
        folder = s.path("md", "challenges", "md.test")
        write(os.path.join(folder, "acme-tls-alpn-01-pubcert.pem"), theirs.cert_pem)
        write(os.path.join(folder, "acme-tls-alpn-01-privkey.pem"), theirs.key_pem)
        for path in (s.path("md"), s.path("md", "challenges"), folder):
            os.chmod(path, 0o755)
        ours = place(s, "a.test")
        assert offer(s.port, "a.test") == (ACME, ours.serial)
        is_theirs = "acme" in protocols
        assert (offer(s.port, "md.test") == (ACME, theirs.serial)) == is_theirs
        assert (offer(s.port, "x.test")[0] == ACME) == is_theirs      # as mod_md has it
        # A whole request: httpd that ends beside an open h2 connection says so (AH10503).
        with tls.Client(s.port, "a.test", alpn=["h2", "http/1.1"], source=new_address()).connect() as conn:
            assert conn.alpn == "h2" and ask(s, conn, "a.test").serial != ours.serial
