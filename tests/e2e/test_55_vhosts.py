# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Guarded all the same: client certificates, rewriting, .htaccess, trusted proxies (contract section 2 and 4)."""

import os
import socket

import pytest
from lib import http, tls
from lib.ca import CA
from lib.live import ONE_CHILD, live_server
from lib.server import MARK, marker, wait_until
from lib.wire import raw, status_of
from lib.world import ask, check_own, check_site, file_pair


# Client certificates

CLIENT_CERTS = "".join("""
<VirtualHost 127.0.0.1:{p0}>
ServerName %(n)s.wild.test
SSLEngine on
MSSLEngine on
Protocols h2 http/1.1
SSLCACertificateFile {dir}/ca-%(n)s.pem
SSLVerifyClient require
SSLVerifyDepth 3
DocumentRoot {dir}/www/%(n)s.wild.test
</VirtualHost>
""" % {"n": n} for n in ("v1", "v2")) + """
<VirtualHost 127.0.0.1:{p0}>
ServerName v3.wild.test
DocumentRoot {dir}/www/v3.wild.test
<Directory {dir}/www/v3.wild.test/private>
SSLVerifyClient require
SSLVerifyDepth 3
</Directory>
</VirtualHost>
"""


@pytest.fixture(scope="module")
def verifying(module_world):
    w = module_world("full", extra=CLIENT_CERTS)
    s = w.server
    w.files = {}
    for n in ("v1", "v2"):
        authority = CA("clients of " + n)
        authority.write(s.path("ca-%s.pem" % n))
        w.files[n] = authority.leaf(cn="client " + n, client=True).write_split(
            s.path("%s.crt" % n), s.path("%s.key" % n))
        s.site(n + ".wild.test")
    s.site("v3.wild.test")
    s.site("v3.wild.test", path="private/index.html")
    s.expect("AH02039|AH02040|AH02261|AH02032|AH10158|AH02222|AH02226")
    with s:
        yield w


@pytest.mark.parametrize("version", [tls.TLS12, tls.TLS13])
@pytest.mark.parametrize("alpn", [None, ["h2"]], ids=["http/1.1", "h2"])
def test_client_certificates(verifying, version, alpn):
    """Two vhosts with different CAs under one wildcard: each serves its own connections only."""
    w = verifying

    def get(sni, host, cert, path="/"):
        return w.get(w.client(sni, version=version, alpn=alpn, cert=w.files.get(cert)), host, path)

    for n, other in (("v1", "v2"), ("v2", "v1")):
        me, they = n + ".wild.test", other + ".wild.test"
        check_site(get(me, me, n), me, w.leaf(me), "sni")
        check_own(get(me, they, n), 421, w.leaf(me), "sni")
        for host in ("w1.wild.test", "x.wild.test", "v3.wild.test"):
            check_own(get(me, host, n), 421, w.leaf(me), "sni")
        for sni in ("w1.wild.test", "x.wild.test", "v3.wild.test"):
            check_own(get(sni, me, n), 421, w.leaf(me), "sni")
        for bad in (None, other):
            try:
                answer = get(me, me, bad)
            except tls.TLSError:
                continue
            assert answer.status == 403 and not answer.has_content(), answer.r


@pytest.mark.parametrize("version", [tls.TLS12, tls.TLS13])
def test_client_certificates_without_sni(verifying, version):
    """Never the switch: it would send the client to and fro."""
    w = verifying
    for cert in (None, "v1"):
        client = w.client(None, version=version, cert=w.files.get(cert))
        check_own(w.get(client, "v1.wild.test"), 421, w.dummy, "dummy")
        # With an intent even: the handshake was the first vhost's, which asked nobody.
        with client.but(addr=("127.0.0.1", w.server.ports[2])).connect() as conn:
            http.Http1(conn).request("switch.test", "/go?https://v1.wild.test:%d/" % w.server.port)
        check_own(w.get(client, "v1.wild.test"), 421)


@pytest.mark.parametrize("version", [tls.TLS12, tls.TLS13])
def test_client_certificate_of_a_directory(verifying, version, ca):
    w = verifying
    for sni in ("w1.wild.test", "v1.wild.test", None):
        cert = w.files["v1"]
        answer = w.get(w.client(sni, version=version, cert=cert), "v3.wild.test", "/private/")
        assert answer.status in (302, 403, 421) and not answer.has_content(), answer.r
    w.server.wait_error("MSSL0062: ")


# Ways round

def test_internal_redirect_of_the_first_vhost(new_world):
    """The first vhost's own rewriting to everything never wins over the guard."""
    w = new_world("one", modules=["rewrite"], vhost="RewriteEngine on\n"
                  "RewriteRule ^ /a.test/index.html [L]\nFallbackResource /a.test/index.html\n")
    with w.server:
        for sni, host in ((None, "b.test"), ("nope.test", "b.test"), ("a.test", "b.test"),
                          ("b.test", "nope.test")):
            answer = w.get(w.client(sni), host)
            assert answer.status in (302, 421) and not answer.has_content()
            check_own(answer, answer.status)


def test_htaccess_cannot_undo(new_world):
    w = new_world("light", directives="<Directory {dir}/www>\nAllowOverride All\n</Directory>\n",
                  modules=["rewrite"])
    s = w.server
    for site in ("b.test", "notice.test"):
        s.site(site, "ErrorDocument 421 /index.html\nErrorDocument 302 /index.html\n"
               "Header always set X CONTENT-OF<%s>\nRewriteEngine on\nRewriteRule ^ /index.html [L]\n"
               % site, ".htaccess")
    with s:
        for sni in ("a.test", "nope.test", None):
            answer = w.get(w.client(sni), "b.test", "/x/y")
            check_own(answer, 302 if sni is None else 421)
            no_content(answer.r)


def test_trusted_proxy(new_world):
    """MSSLTrustNoSNI: the pair of the name; any known host is served, no name is the name given,
    unknown hosts are refused."""
    w = new_world("light", directives="MSSLTrustNoSNI a.test 127.9.0.0/16 127.8.0.1\n")
    with w.server:
        for source in ("127.9.1.2", "127.8.0.1"):
            client = w.client(None, source=source)
            for host, site in (("a.test", "a.test"), ("b.test", "b.test"), ("w1.wild.test",) * 2,
                               ("127.0.0.1:%d" % w.server.port, "a.test")):
                answer = w.get(client, host)
                assert (answer.status, answer.by) == (200, "trusted"), (host, answer.r)
                assert answer.serial == w.leaf("a.test").serial
            check_own(w.get(client, "nope.test"), 421, w.leaf("a.test"), "trusted")
            with client.connect() as conn:
                talk = http.Http1(conn)
                r = talk.request(None, "/", version="HTTP/1.0")
                assert r.status == 200, r
            # With SNI the address is nothing special.
            check_own(w.get(client.but(sni="nope.test"), "a.test"), 421, w.dummy, "dummy")
            check_own(w.get(client.but(sni="b.test"), "a.test"), 421, w.leaf("b.test"), "sni")
        check_own(w.get(w.client(None, source="127.8.0.2"), "a.test"), 302, w.dummy, "dummy")


def test_trust_without_a_pair(new_world):
    """Without a usable pair for the name they are not trusted."""
    w = new_world("light", directives="MSSLTrustNoSNI nope.test 127.0.0.0/8\n")
    w.server.expect(r"MSSL\d{4}: .*nope\.test")
    with w.server:
        check_own(w.get(w.client(None), "a.test"), 302, w.dummy, "dummy")


def test_trust_loses_its_pair(new_server, ca):
    """Said at the start, and at a restart where it has become so since: each time once."""
    s = live_server(new_server, ca, more="MSSLTrustNoSNI late.test 127.9.0.0/16\nMSSLTrustNoSNI mark0.test 127.8.0.0/16\n",
                    main=ONE_CHILD)
    s.expect(r"MSSL0016: MSSLTrustNoSNI: there is no certificate for '(late|mark\d)\.test'")
    leaf, file = ca.leaf("late.test"), s.path("store", "late.test.pem")

    def shown():
        with tls.Client(s.port, None, source="127.9.1.2").connect() as conn:
            return conn.serial

    def count(n, times):
        """As the child of a generation says it of the nth mark behind that."""
        s.wait_error(r"MSSL0016: .*'mark%d\.test'" % n)
        assert s.count_error(r"MSSL0016: .*'late\.test'") == times, s.error_log()

    def restart(n):
        s.graceful(s.conf.replace("mark%d.test" % (n - 1), "mark%d.test" % n))

    file_pair(leaf, s.path("store"), "late.test")
    with s:
        count(0, 0)
        assert shown() == leaf.serial
        os.unlink(file)
        wait_until(lambda: shown() == s.dummy.serial, "as any other client")
        assert s.count_error(r"MSSL0016: .*'late\.test'") == 0
        for n in (1, 2):
            restart(n)
            count(n, 1)
        file_pair(leaf, s.path("store"), "late.test")
        wait_until(lambda: shown() == leaf.serial, "trusted again")
        restart(3)
        count(3, 1)
        os.unlink(file)
        restart(4)
        count(4, 2)


def test_unknown_host_redirect(new_world):
    """redirect:URL takes GET and HEAD; other methods get the page."""
    w = new_world("light", directives="MSSLUnknownHost redirect:https://a.test/lost?x=1\n")
    with w.server:
        for sni in ("nope.test", "a.test", None):
            for method in ("GET", "HEAD"):
                with w.client(sni).connect() as conn:
                    answer = ask(w.server, conn, "nope.test", "/p?q", method)
                    check_own(answer, 302)
                    assert answer.r.get("Location") == "https://a.test/lost?x=1"
            with w.client(sni).connect() as conn:
                check_own(ask(w.server, conn, "nope.test", "/", "POST", body=b"x"), 421)
        # Not for known names.
        check_own(w.get(w.client("a.test"), "b.test"), 421)


def test_no_sni_page(new_world):
    w = new_world("light", directives="MSSLNoSNI page\n")
    with w.server:
        answer = w.get(w.client(None), "a.test", "/p?q=1&r=2")
        check_own(answer, 421, w.dummy, "dummy")
        assert 'href="https://switch.test:%d/go?https://a.test/p?q=1&amp;r=2"' % w.server.ports[2] \
            in answer.body
        assert answer.r.get("Location") is None


def no_content(r):
    assert "CONTENT-OF" not in r.text and "CONTENT-OF" not in repr(r.headers), r


def test_timeout_is_httpds_own(new_world):
    """408 on a connection without SNI."""
    w = new_world("light", modules=["reqtimeout"], directives="RequestReadTimeout header=1 body=1\n")
    first = "DocumentRoot {dir}/www/notice.test\n"
    w.server.conf = w.server.conf.replace(first, first + "ErrorDocument 408 CONTENT-OF<notice.test>\n", 1)
    with w.server:
        for sni in (None, "a.test"):
            text = raw(w, sni, b"GET / HTTP/1.1\r\nHost: a.test\r\n")
            assert status_of(text) in (408, None), text
            assert sni == "a.test" or "CONTENT-OF" not in text, text


def test_connect_and_forward_proxy_are_refused(new_world):
    """Even where an admin has ProxyRequests on."""
    w = new_world("light", modules=["proxy", "proxy_http", "proxy_connect"], vhost="ProxyRequests on\n"
                  "AllowCONNECT 1-65535\n")
    with w.server:
        plain = w.server.ports[3]
        for sni in ("a.test", None, "nope.test"):
            for host in ("a.test", "127.0.0.1", "plain.test"):
                line = "CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n\r\n" % (host, plain, host, plain)
                text = raw(w, sni, line.encode())
                assert status_of(text) in (400, 403, 405, 421), text
                text = raw(w, sni, ("GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: %s\r\n"
                                    "Connection: close\r\n\r\n" % (plain, host)).encode())
                assert MARK not in text, text
                assert status_of(text) in (400, 403, 421), text
                text = raw(w, sni, ("GET http://plain.test:%d/ HTTP/1.1\r\nHost: plain.test\r\n"
                                    "Connection: close\r\n\r\n" % plain).encode())
                assert MARK not in text, text
        with w.client("a.test", alpn=["h2"]).connect() as conn:
            talk = http.Http2(conn)
            r = talk.request("plain.test:%d" % plain, method="CONNECT")
            assert r.status is None or r.status >= 400


# What a light vhost's requests have of TLS

PRINT_ENV = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
env
"""
SETTINGS = """
SSLOptions +StdEnvVars +ExportCertData
Header always set Strict-Transport-Security max-age=1 env=HTTPS
ScriptAlias /env {dir}/env.sh
<Location /ssl>
Require ssl
</Location>
<Location /weak>
SSLRequire %{SSL_CIPHER_USEKEYSIZE} >= 100000
</Location>
"""
# What is another with each connection, request or vhost.
CHANGES = ("DOCUMENT_ROOT", "CONTEXT_DOCUMENT_ROOT", "REMOTE_PORT", "REMOTE_ADDR", "HTTP_X_CASE", "SSL_SESSION_ID",
           "SERVER_NAME", "SERVER_PORT", "HTTP_HOST", "SERVER_ADDR")


@pytest.fixture(scope="module")
def both(module_world):
    """a.test on two ports, light on one and full on the other."""
    light = "ServerName a.test\nDocumentRoot {dir}/www/a.test\n" + SETTINGS
    first = "SSLEngine on\nMSSLEngine on\nSSLCipherSuite ECDHE+AESGCM\n"
    w = module_world("light", modules=["cgi"], ports=6, mpm="prefork",
                     extra="SSLCipherSuite HIGH\n"
                     + "<VirtualHost 127.0.0.1:{p4}>\nServerName first.test\n" + first + "</VirtualHost>\n"
                     + "<VirtualHost 127.0.0.1:{p4}>\n" + light + "</VirtualHost>\n"
                     + "<VirtualHost 127.0.0.1:{p5}>\nServerName first.test\n" + first + "</VirtualHost>\n"
                     + "<VirtualHost 127.0.0.1:{p5}>\n" + first + light + "</VirtualHost>\n")
    s = w.server
    s.expect("AH02229|AH02219|AH01630")
    for path in ("ssl", "weak"):
        s.site("a.test", path=path + "/index.html")
    with open(s.path("env.sh"), "w") as f:
        f.write(PRINT_ENV)
    os.chmod(s.path("env.sh"), 0o755)
    with s:
        yield w


def env_of(answer):
    lines = [line.partition("=") for line in answer.body.splitlines() if "=" in line]
    return {k: v for k, _, v in lines if k not in CHANGES and not k.startswith("UNIQUE")}


@pytest.mark.parametrize("version", [tls.TLS12, tls.TLS13])
@pytest.mark.parametrize("sni", ["a.test", None])
def test_light_vhost_has_what_a_full_one_has(both, sni, version):
    """Variable by variable; Require ssl, SSLRequire and env=HTTPS too."""
    w = both
    got = []
    for port in (4, 5):
        client = w.client(sni, port, version=version)
        if sni is None:
            w.wish(client, "a.test", port=port)
        with client.connect() as conn:
            talk = http.talk(conn)
            answer = ask(w.server, conn, "a.test:%d" % w.server.ports[port], "/env", talk=talk)
            assert answer.status == 200, answer.r
            env = env_of(answer)
            assert env["HTTPS"] == "on" and env["SSL_PROTOCOL"] and env["SSL_SERVER_CERT"]
            assert env["REQUEST_SCHEME"] == "https"
            statuses = [ask(w.server, conn, "a.test:%d" % w.server.ports[port], path, talk=talk).status
                        for path in ("/ssl/", "/weak/")]
            got.append((env, statuses, answer.r.get("Strict-Transport-Security")))
    assert got[0] == got[1]
    assert got[0][1:] == ([200, 403], "max-age=1")


def test_light_vhost_of_a_plain_address_too(new_world):
    """The same vhost on a plain port, the first there even: no TLS is begun."""
    w = new_world("light", ports=5, extra="<VirtualHost 127.0.0.1:{p4} 127.0.0.1:{p0}>\nServerName d.test\n"
                  "DocumentRoot {dir}/www/a.test\n</VirtualHost>\n")
    w.leaves["d.test"] = w.ca.leaf("d.test")
    w.leaves["d.test"].write_joined(w.server.path("store", "d.test.pem"))
    with w.server:
        with socket.create_connection(("127.0.0.1", w.server.ports[4])) as sock:
            sock.sendall(http.build("d.test", headers=[("Connection", "close")]))
            data = b"".join(iter(lambda: sock.recv(4096), b""))
        assert b"200 OK" in data and marker("a.test").encode() in data
        check_site(w.get(w.client("d.test"), "d.test"), "a.test", w.leaf("d.test"), "sni")
