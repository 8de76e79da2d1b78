# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The iron rule (contract section 2 and 4): no content under a certificate that does not cover it."""

import socket

import pytest
from lib import http
from lib.ca import write
from lib.server import MARK, marker
from lib.wire import raw, status_of
from lib.world import Answer, ask, check_own, check_page, check_site, file_pair, new_case

TOKEN = "/.well-known/acme-challenge/token"
SITES = ("path.test", "text.test", "url.test", "always.test", "rewrite.test", "proxy.test",
         "cookie.test", "fallback.test", "handler.test", "alias.test", "filter.test", "auth.test")

EXTRA_VHOSTS = """
<VirtualHost 127.0.0.1:{p0}>
ServerName path.test
DocumentRoot {dir}/www/path.test
ErrorDocument 421 /err.html
ErrorDocument 404 /err.html
ErrorDocument 302 /err.html
ErrorDocument 400 /err.html
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName text.test
DocumentRoot {dir}/www/text.test
ErrorDocument 421 "CONTENT-OF<text.test>"
ErrorDocument 302 "CONTENT-OF<text.test>"
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName url.test
DocumentRoot {dir}/www/url.test
ErrorDocument 421 https://url.test/CONTENT-OF<url.test>
ErrorDocument 302 https://url.test/CONTENT-OF<url.test>
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName always.test
DocumentRoot {dir}/www/always.test
Header always set X-Site "CONTENT-OF<always.test>"
Header always set Cache-Control "public, max-age=CONTENT-OF<always.test>"
Header set X-Onsuccess "CONTENT-OF<always.test>"
Header always set Strict-Transport-Security "max-age=1"
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName rewrite.test
DocumentRoot {dir}/www/rewrite.test
RewriteEngine on
RewriteRule ^/moved https://rewrite.test/CONTENT-OF [R=301,L,CO=site:CONTENT-OF<rewrite.test>:rewrite.test]
RewriteRule ^/inside /index.html [PT]
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName proxy.test
ProxyPass / http://127.0.0.1:{p3}/
ProxyPassReverse / http://127.0.0.1:{p3}/
ProxyErrorOverride on 421
ErrorDocument 421 /err
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName cookie.test
DocumentRoot {dir}/www/cookie.test
Header always set Set-Cookie "site=CONTENT-OF<cookie.test>"
CookieTracking on
CookieName CONTENT-OF<cookie.test>
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName fallback.test
DocumentRoot {dir}/www/fallback.test
FallbackResource /index.html
DirectoryIndex index.html
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName handler.test
DocumentRoot {dir}/www/handler.test
<Location />
SetHandler server-status
Header always set X-Site "CONTENT-OF<handler.test>"
</Location>
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName alias.test
Redirect 301 /moved https://alias.test/CONTENT-OF<alias.test>
DocumentRoot {dir}/www/alias.test
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName filter.test
DocumentRoot {dir}/www/filter.test
<Location />
SetOutputFilter SUBSTITUTE
Substitute "s|<html|CONTENT-OF<filter.test><html|i"
</Location>
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName auth.test
DocumentRoot {dir}/www/auth.test
<Location />
AuthType Basic
AuthName "CONTENT-OF<auth.test>"
AuthUserFile {dir}/passwd
Require valid-user
</Location>
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName off.test
SSLEngine on
MSSLEngine off
SSLCertificateFile {dir}/off.pem
DocumentRoot {dir}/www/off.test
</VirtualHost>
"""
MODULES = ("rewrite proxy proxy_http proxy_connect proxy_wstunnel usertrack status filter substitute "
           "authn_file auth_basic authz_user").split()


@pytest.fixture(scope="module")
def world(module_world):
    w = module_world("light", modules=MODULES, extra=EXTRA_VHOSTS, vhost="",
                     directives="MSSLChallengeDir {dir}/challenge\n")
    s = w.server
    write(s.path("challenge" + TOKEN), "token.thumb")
    first = "DocumentRoot {dir}/www/notice.test\n"
    s.conf = s.conf.replace(first, first + "ErrorDocument 400 /err.html\n"
                            "ErrorDocument 414 \"CONTENT-OF<notice.test>\"\n"
                            "ErrorDocument 421 /err.html\n"
                            "Header always set X-First \"CONTENT-OF<notice.test>\"\n", 1)
    for name in SITES:
        w.leaves[name] = w.ca.leaf(name)
        file_pair(w.leaves[name], s.path("store"), name)
        s.site(name)
        s.site(name, path="err.html")
    s.site("notice.test", path="err.html")
    w.off = w.ca.leaf("off.test")
    w.off.write_joined(s.path("off.pem"))
    s.site("off.test")
    with open(s.path("passwd"), "w") as f:
        f.write("x:y\n")
    s.expect("AH01618|AH01617")
    with s:
        yield w


def no_content(r):
    assert MARK not in r.text and "CONTENT-OF" not in repr(r.headers), r


PATHS = ("/", "/moved", "/inside", "/err.html", "/none")


@pytest.mark.parametrize("alpn", [None, ["h2"]], ids=["http/1.1", "h2"])
@pytest.mark.parametrize("sni", ["a.test", "nope.test", None])
@pytest.mark.parametrize("site", SITES)
def test_nothing_of_a_site_dresses_our_answer(world, site, sni, alpn):
    """ErrorDocument (path, text, URL), Header always, cookies, rewriting, proxying, handlers, filters,
    authentication of the vhost that the Host selects: none of it touches the refusal."""
    w = world
    for path in PATHS:
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
            with w.client(sni, alpn=alpn).connect() as conn:
                body = b"x=1" if method == "POST" else b""
                answer = ask(w.server, conn, site, path, method, body=body)
                no_content(answer.r)
                redirects = sni is None and method in ("GET", "HEAD")
                check_own(answer, 302 if redirects else 421)
                for name in ("Set-Cookie", "X-Site", "X-First", "X-Onsuccess", "WWW-Authenticate",
                             "Strict-Transport-Security"):
                    assert answer.r.get(name) is None, answer.r
                if redirects:
                    assert answer.r.get("Location").startswith(
                        "https://switch.test:%d/go?https://%s" % (w.server.ports[2], site))
                else:
                    assert answer.r.get("Location") is None
                if method == "HEAD":
                    assert answer.r.body == b""


@pytest.mark.parametrize("alpn", [None, ["h2"]], ids=["http/1.1", "h2"])
@pytest.mark.parametrize("sni", ["a.test", "nope.test", None])
@pytest.mark.parametrize("path", [TOKEN, TOKEN + "?q", TOKEN + "x", TOKEN + "/..", "/.well-known/", "/x" + TOKEN,
                                  TOKEN.replace("/", "//"), TOKEN + "%2e", TOKEN + "/"])
def test_only_challenges_pass_the_guard(world, path, sni, alpn):
    """Below /.well-known/ the guard judges all but the token that is there."""
    w = world
    for site in SITES:
        for method in ("GET", "HEAD", "POST"):
            with w.client(sni, alpn=alpn).connect() as conn:
                answer = ask(w.server, conn, site, path, method)
                no_content(answer.r)
                if path.partition("?")[0] == TOKEN and method != "POST":
                    assert answer.status == 200, answer.r
                    assert answer.r.text == ("" if method == "HEAD" else "token.thumb")
                else:
                    check_own(answer, 302 if sni is None and method != "POST" else 421)
                    assert "token.thumb" not in answer.body


def test_covered_sites_do_all_that(world):
    """The same sites under their own certificates do what they are configured to do."""
    w = world

    def get(site, path="/"):
        return w.get(w.client(site), site, path)

    assert marker("path.test") in get("path.test", "/none").body
    assert "CONTENT-OF" in get("always.test").r.get("X-Site")
    assert get("rewrite.test", "/moved").status == 301
    assert marker("rewrite.test") in get("rewrite.test", "/inside").body
    assert marker("plain.test") in get("proxy.test").body
    assert "CONTENT-OF" in get("cookie.test").r.get("Set-Cookie")
    assert marker("fallback.test") in get("fallback.test", "/no/such").body
    assert get("handler.test").status == 200
    assert get("alias.test", "/moved").status == 301
    assert get("auth.test").status == 401


def test_keep_alive_with_changing_host(world):
    """Each request of a connection is judged by itself; only the one is refused."""
    w = world
    expect = [("a.test", 200), ("b.test", 421), ("alias-a.test", 200), ("nope.test", 421),
              ("A.Test", 200), ("a.test.", 200), ("127.0.0.1", 421), ("a.test:%d" % w.server.port, 200),
              ("path.test", 421), ("text.test", 421), ("url.test", 421), ("a.test", 200)]
    with w.client("a.test").connect() as conn:
        talk = http.Http1(conn)
        for host, status in expect:
            answer = ask(w.server, conn, host, talk=talk)
            if status == 200:
                check_site(answer, "a.test", w.leaf("a.test"), "sni")
            else:
                check_own(answer, status, w.leaf("a.test"), "sni")
                assert (answer.r.get("Connection") or "").lower() != "close"


def test_bodies_do_not_desynchronise(world):
    """What a refused request carries is not taken for the next request."""
    w = world
    smuggled = http.build("a.test", "/smuggled")
    with w.client("a.test").connect() as conn:
        talk = http.Http1(conn)
        for kind in ("length", "chunked", "expect"):
            if kind == "length":
                r = talk.request("b.test", "/", "POST", body=smuggled)
            elif kind == "chunked":
                chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(smuggled), smuggled)
                talk.send(http.build("b.test", "/", "POST",
                                     headers=[("Transfer-Encoding", "chunked")]) + chunk)
                r = talk.read("POST")
            else:
                talk.send(http.build("b.test", "/", "PUT", headers=[
                    ("Expect", "100-continue"), ("Content-Length", "%d" % len(smuggled))]))
                r = talk.read("PUT")
            assert r.status == 421, (kind, r)
            no_content(r)
            if kind == "expect" and (r.get("Connection") or "").lower() == "close":
                return
            if kind == "expect":
                talk.send(smuggled)
            answer = ask(w.server, conn, "a.test", talk=talk)
            check_site(answer, "a.test", w.leaf("a.test"), "sni")
    assert not [x for x in w.server.access() if "/smuggled" in x["request"]]


def test_pipelined(world):
    w = world
    with w.client("a.test").connect() as conn:
        talk = http.Http1(conn)
        talk.send(http.build("a.test") + http.build("b.test") + http.build("a.test"))
        assert [talk.read().status for _ in range(3)] == [200, 421, 200]


def test_pipelined_without_sni_ends(world):
    """Behind the answer that ends the connection nothing more is answered."""
    w = world
    with w.client(None).connect() as conn:
        talk = http.Http1(conn)
        talk.send(http.build("a.test") + http.build("b.test") + http.build("switch.test"))
        assert talk.read().status == 302
        assert talk.is_closed()


@pytest.mark.parametrize("target,host,status", [
    ("https://a.test/", "a.test", 200), ("http://a.test/", "a.test", 200),
    ("https://a.test/", "b.test", 200),     # RFC 7230 section 5.4: the target counts
    ("https://b.test/", "a.test", 421), ("https://b.test/", "b.test", 421),
    ("http://nope.test/", "a.test", 421), ("https://127.0.0.1/", "a.test", 421)])
def test_absolute_target(world, target, host, status):
    w = world
    with w.client("a.test").connect() as conn:
        answer = ask(w.server, conn, host, target)
        if status == 200:
            check_site(answer, "a.test", w.leaf("a.test"), "sni")
        else:
            check_own(answer, status, w.leaf("a.test"), "sni")




ODD_HOSTS = [
    b"", b" ", b"a.test:99999", b"a.test:0", b"a.test:x", b"a.test:443:443", b"[::1", b"[a.test]",
    b"a.test/", b"a.test/b.test", b"b.test@a.test", b"a.test@b.test", b"a.test,b.test", b"a.test b.test",
    b"a.test\tb.test", b"a..test", b".a.test", b"a.test..", b"..", b"\xff\xfe", b"b\xc3\xbccher.test",
    b"x" * 4096, b"x" * 254 + b".test", b"a.test%00", b"a.test#", b"a.test?x", b"*.wild.test",
    b"'\"><script>alert(1)</script>", b"%{HTTP_HOST}", b"127.1", b"2130706433", b"0x7f.1", b"::1",
]


@pytest.mark.parametrize("sni", ["a.test", None, "nope.test"])
@pytest.mark.parametrize("host", ODD_HOSTS)
def test_odd_host(world, host, sni):
    """Refused by httpd (400) or by us (421); content only where the certificate covers it."""
    text = raw(world, sni, b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
    status = status_of(text)
    if status == 200:
        assert sni == "a.test" and host in (b"a.test:0", b"a.test:x", b"a.test:99999"), text
        assert marker("a.test") in text
        return
    assert status in (400, 421), text
    assert "CONTENT-OF" not in text, text
    assert "<script" not in text.lower()
    assert "\nLocation:" not in text


EARLY = {
    "no host": (b"GET / HTTP/1.1\r\n\r\n", (400, 421)),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n", (400, 421)),
    "two equal hosts": (b"GET / HTTP/1.1\r\nHost: b.test\r\nHost: b.test\r\n\r\n", (400, 421)),
    "long line": (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a.test\r\n\r\n", (414,)),
    "long header": (b"GET / HTTP/1.1\r\nHost: b.test\r\nX: " + b"x" * 9000 + b"\r\n\r\n", (400, 421)),
    "no http": (b"NONSENSE\r\n\r\n", (400,)),
    "bad header": (b"GET / HTTP/1.1\r\nHost: b.test\r\nbad header\r\n\r\n", (400, 421)),
    "http/0.9": (b"GET /\r\n", (400, 421, None)),
    "http/3": (b"GET / HTTP/3.0\r\nHost: b.test\r\n\r\n", (302, 400, 421, 505)),
    "bad escape": (b"GET /%zz HTTP/1.1\r\nHost: b.test\r\n\r\n", (302, 400, 421)),
    "nul": (b"GET / HTTP/1.1\r\nHost: b.test\0a.test\r\n\r\n", (400, 421)),
}


@pytest.mark.parametrize("sni", ["a.test", None, "nope.test"])
@pytest.mark.parametrize("case", EARLY)
def test_httpds_early_errors(world, case, sni):
    """400 and 414 are httpd's own, and no ErrorDocument or header of a site dresses them."""
    data, statuses = EARLY[case]
    text = raw(world, sni, data)
    assert status_of(text) in statuses, text[:500]
    assert "CONTENT-OF" not in text, text


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_options_star(world, version):
    w = world
    for sni, host, status in (("a.test", "a.test", 200), ("a.test", "b.test", 421),
                              ("a.test", "nope.test", 421), (None, "a.test", 421),
                              ("nope.test", "a.test", 421)):
        with w.client(sni).connect() as conn:
            answer = ask(w.server, conn, host, "*", "OPTIONS", version=version)
            assert answer.status == status, answer.r
            if status == 421:
                check_own(answer, 421)
                assert answer.r.get("Allow") is None


def test_no_host(world):
    """HTTP/1.0 without a Host: 421, whatever the certificate."""
    w = world
    for sni in ("a.test", None, "nope.test"):
        with w.client(sni).connect() as conn:
            talk = http.Http1(conn)
            case = new_case()
            r = talk.request(None, "/", version="HTTP/1.0", headers=[("X-Case", case)])
            check_own(Answer(conn, talk, r, w.server.wait_access(case)), 421)


def test_upgrade_is_judged_too(world):
    """A websocket handshake is a request like any other."""
    up = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
          ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
    w = world
    for sni, host in (("a.test", "proxy.test"), ("nope.test", "proxy.test"), ("a.test", "b.test")):
        with w.client(sni).connect() as conn:
            check_own(ask(w.server, conn, host, headers=up), 421)
    # And the upgrade to h2c over TLS gets nobody round the guard.
    up = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")]
    with w.client("a.test").connect() as conn:
        check_own(ask(w.server, conn, "b.test", headers=up), 421)


def test_h2_coalesced(world):
    """Streams that the certificate covers are served, the others get 421, and the rest goes on."""
    w = world
    with w.client("w1.wild.test", alpn=["h2"]).connect() as conn:
        talk = http.Http2(conn)
        hosts = ["w1.wild.test", "w2.wild.test", "a.test", "w1.wild.test", "nope.test", "path.test",
                 "url.test", "x.wild.test", "y.x.wild.test", "wild.test", "W2.WILD.TEST"] * 3
        got = talk.wait(*[talk.start(h) for h in hosts])
        for host, r in zip(hosts, got):
            covered = host.lower().endswith(".wild.test") and host.count(".") == 2
            assert r.status == (200 if covered else 421), (host, r)
            if covered:
                assert r.text == marker(w.content(host.lower())) + "\n"
            else:
                no_content(r)
                check_page(r.text)
        assert talk.goaway is None


@pytest.mark.parametrize("sni", [None, "nope.test"])
def test_h2_ends_under_the_dummy(world, sni):
    w = world
    with w.client(sni, alpn=["h2"]).connect() as conn:
        talk = http.Http2(conn)
        r = talk.request("a.test")
        assert r.status == (302 if sni is None else 421)
        assert talk.is_closed() and talk.goaway is not None
        assert talk.goaway[0] == 0, "an error where a plain goodbye belongs"


@pytest.mark.parametrize("sni", [None, "nope.test"])
def test_http1_ends_under_the_dummy(world, sni):
    w = world
    with w.client(sni).connect() as conn:
        talk = http.Http1(conn)
        r = talk.request("a.test")
        assert r.get("Connection").lower() == "close"
        assert talk.is_closed()


def test_h2_host_beside_authority(world):
    """A Host header that differs from :authority does not smuggle a site."""
    w = world
    for authority, host in (("a.test", "b.test"), ("b.test", "a.test")):
        with w.client("a.test", alpn=["h2"]).connect() as conn:
            r = http.Http2(conn).request(authority, headers=[("host", host)])
            assert marker("b.test") not in r.text, r
    with w.client("a.test", alpn=["h2"]).connect() as conn:
        r = http.Http2(conn).request(None, headers=[("host", "b.test")])
        assert r.status in (400, 421)
        no_content(r)


def test_engine_off_vhost(world):
    """MSSLEngine off on a guarded address: mod_ssl answers its handshake, the guard judges its requests."""
    w = world

    def get(sni, host):
        return w.get(w.client(sni), host)

    answer = get("off.test", "off.test")
    assert (answer.status, answer.serial) == (200, w.off.serial)
    assert marker("off.test") in answer.body
    for host in ("a.test", "nope.test", "path.test", "127.0.0.1"):
        check_own(get("off.test", host), 421, w.off)
    check_own(get("a.test", "off.test"), 421, w.leaf("a.test"), "sni")
    answer = get(None, "off.test")
    assert answer.status in (302, 421) and not answer.has_content()


def test_engine_off_is_not_guarded_elsewhere(world):
    """An address without any MSSLEngine is not ours: plain HTTP is not touched."""
    s = world.server
    with socket.create_connection(("127.0.0.1", s.ports[3])) as sock:
        sock.sendall(http.build("whatever.test", headers=[("Connection", "close")]))
        data = b""
        while True:
            more = sock.recv(4096)
            if not more:
                break
            data += more
    assert b"200 OK" in data and marker("plain.test").encode() in data


def test_early_data_of_plain_http(world):
    """Plain HTTP spoken to the TLS port: mod_ssl's own 400, no content."""
    with socket.create_connection(("127.0.0.1", world.server.port)) as sock:
        sock.sendall(http.build("a.test", headers=[("Connection", "close")]))
        data = b""
        while True:
            more = sock.recv(4096)
            if not more:
                break
            data += more
    assert b" 400 " in data.split(b"\r\n")[0] and b"CONTENT-OF" not in data


def test_other_methods_get_the_link(world):
    w = world
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "NONSENSE"):
        with w.client(None).connect() as conn:
            answer = ask(w.server, conn, "a.test", "/p?q=1", method)
            check_own(answer, 421, w.dummy, "dummy")
            assert 'href="https://switch.test:%d/go?https://a.test/p?q=1"' % w.server.ports[2] \
                in answer.body
            assert answer.r.get("Location") is None


def test_links_are_escaped(world):
    """What the client asked for comes back as text and as an address, never as HTML."""
    w = world
    for sni in ("a.test", None):
        for path in ("/'\"><b>x</b>", "/<script>alert(1)</script>", "/%3Cscript%3E", "/a&b=\"c"):
            with w.client(sni).connect() as conn:
                answer = ask(w.server, conn, "b.test", path, "POST")
                if answer.status == 400:
                    continue
                check_own(answer, 421)
                assert "<script" not in answer.body.lower() and "<b>" not in answer.body
    for host in ("b.test\"><b>", "<b>.test"):
        text = raw(w, "a.test", b"GET / HTTP/1.1\r\nHost: " + host.encode() + b"\r\n\r\n")
        assert "<b>" not in text
