# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Over http or https (contract section 12): what websites are told, whom it is believed, and who is sent where."""

import re
import socket

import pytest
from lib import http, tls
from lib.ca import write
from lib.server import marker, wait_until
from lib.world import file_pair, new_address

PROXY, OTHER = "127.0.0.9", "127.0.0.8"
MODULES = ["vhost_alias", "rewrite", "http2"]
# What a website sees of it, in headers of its answer.
SHOW = "".join('Header set Seen-%s "expr=%s"\n' % pair for pair in (
    ("Https", "%{HTTPS}"), ("Scheme", "%{REQUEST_SCHEME}"), ("Port", "%{SERVER_PORT}"), ("Header", "%{req:HTTPS}"),
    ("Proto", "%{req:X-Forwarded-Proto}"), ("Extra", "%{req:X-HTTPS}"), ("Env", "%{reqenv:HTTPS}"),
    ("Early", "%{reqenv:early}")))

CONF = """
@server@
MSSLCheckInterval 150ms
MSSLNegativeTimeout 150ms
MSSLCertStore dir:{dir}/store
UseCanonicalName Off
Header always set Site-Header yes
SetEnvIf HTTPS ^(.*)$ early=$1
""" + SHOW + """
<Directory {dir}/www>
AllowOverride All
</Directory>
<VirtualHost 127.0.0.1:{p1}>
ServerName plain.test
VirtualDocumentRoot {dir}/www/%0
@plain@
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
Protocols h2 http/1.1
SSLEngine on
MSSLEngine on
VirtualDocumentRoot {dir}/www/%0
@tls@
</VirtualHost>
"""


class Site:
    """A server with a.test and b.test, over TLS on p0 and plain on p1."""

    def __init__(self, make, ca, server="", plain="", tls="", more="", ports=2, **kw):
        conf = CONF.replace("@server@", server).replace("@plain@", plain).replace("@tls@", tls)
        s = self.server = make(conf + more, ports=ports, modules=MODULES + kw.pop("modules", []), **kw)
        self.leaves = {name: ca.leaf(name) for name in ("a.test", "b.test")}
        for name, leaf in self.leaves.items():
            file_pair(leaf, s.path("store"), name)
        for name in ("a.test", "b.test", "none.test"):
            s.site(name)
            s.site(name, path="sub/index.html")

    def plain(self, host="a.test", path="/", method="GET", headers=(), source=OTHER, port=1, first=b"", body=b""):
        with socket.create_connection(("127.0.0.1", self.server.ports[port]), 15, (source, 0)) as sock:
            sock.sendall(first)
            return http.Http1(http.Wire(sock)).request(host, path, method, headers=headers, body=body)

    def tls(self, host="a.test", path="/", method="GET", headers=(), source=OTHER, alpn="http/1.1", body=b""):
        with tls.Client(self.server.port, host, alpn=[alpn], source=source).connect() as conn:
            kind = http.Http2 if alpn == "h2" else http.Http1
            return kind(conn).request(host, path, method, headers=headers, body=body)


def seen(r):
    assert r.status == 200, r
    return {n[5:].lower(): v for n, v in r.headers if n.lower().startswith("seen-")}


# What websites are told

@pytest.fixture(scope="module", params=["event", "prefork"])
def told(request, module_server, ca):
    site = Site(module_server, ca, server="MSSLTrustedProxy 127.0.0.9 2001:db8::/32\n", mpm=request.param)
    if request.param == "prefork":
        site.server.modules.remove("http2")
    with site.server:
        yield site


ON = {"https": "on", "scheme": "https", "header": "on", "env": "on", "early": "on"}
OFF = {"https": "off", "scheme": "http", "header": "", "env": "", "early": ""}


def part(r, wanted):
    return {key: seen(r)[key] for key in wanted}


@pytest.mark.parametrize("alpn", ["http/1.1", "h2"])
@pytest.mark.parametrize("source", [OTHER, PROXY])
def test_own_tls(told, alpn, source):
    if alpn == "h2" and told.server.mpm == "prefork":
        alpn = "http/1.1"
    for headers in ([], [("HTTPS", "off")], [("X-Forwarded-Proto", "http")]):
        assert part(told.tls(headers=headers, source=source, alpn=alpn), ON) == ON


@pytest.mark.parametrize("source,name,value", [
    (OTHER, "HTTPS", "on"), (OTHER, "https", "on"), (OTHER, "X-Forwarded-Proto", "https"), (OTHER, "HTTPS", "1"),
    (PROXY, "HTTPS", "on"), (PROXY, "X-Forwarded-Proto", "http"), (PROXY, "X-Forwarded-Proto", "https, http"),
    (PROXY, "X-Forwarded-Proto", "on"), (PROXY, "Forwarded", "proto=https, for=192.0.2.1"),
    (PROXY, "X-Forwarded-SSL", "on")])
def test_not_believed(told, source, name, value):
    r = told.plain(headers=[(name, value)], source=source)
    assert part(r, OFF) == OFF
    assert seen(r)["port"] == "80"


@pytest.mark.parametrize("name,value", [
    ("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "http, HTTPS"), ("Forwarded", 'for=x;proto="https"')])
@pytest.mark.parametrize("host,port", [("a.test", "443"), ("a.test:8443", "8443")])
def test_trusted_proxy(told, name, value, host, port):
    r = told.plain(host=host, headers=[(name, value)], source=PROXY)
    assert part(r, ON) == ON
    assert seen(r)["port"] == port
    if name == "X-Forwarded-Proto":
        assert seen(r)["proto"] == value      # what a trusted proxy says stays


def test_each_request_by_itself(told):
    """On one connection of the proxy, pipelined too: what one said says nothing of the next."""
    said = ["https", "http", "https", None, "https", "http"]
    one = [http.build("a.test", headers=[("X-Forwarded-Proto", s)] if s else []) for s in said]
    with socket.create_connection(("127.0.0.1", told.server.ports[1]), 15, (PROXY, 0)) as sock:
        conn = http.Http1(http.Wire(sock))
        for request, s in zip(one, said):
            sock.sendall(request)
            assert part(conn.read("GET"), ON) == (ON if s == "https" else OFF), s
        sock.sendall(b"".join(one))
        assert [part(conn.read("GET"), ON) == ON for _ in said] == [s == "https" for s in said]


def test_internal_redirects(told):
    """DirectoryIndex and rules come by again; a forged header does not survive the way."""
    write(told.server.path("www", "a.test", ".htaccess"),
          "RewriteEngine on\nRewriteRule ^again$ /sub/index.html [L]\nErrorDocument 404 /sub/index.html\n")
    assert part(told.plain(path="/again", headers=[("X-Forwarded-Proto", "https")], source=PROXY), ON) == ON
    assert part(told.tls(path="/again", headers=[("HTTPS", "off")]), ON) == ON
    assert part(told.plain(path="/again", headers=[("HTTPS", "on")]), OFF) == OFF
    assert told.plain(path="/nothing", headers=[("HTTPS", "on")]).status == 404


def test_headers_of_a_list(new_server, ca):
    """A virtual host's list replaces the server's; all of them are taken from strangers."""
    site = Site(new_server, ca, server="MSSLTrustedProxy 127.0.0.9\nMSSLSchemeHeader HTTPS on\n",
                tls="MSSLSchemeHeader X-HTTPS 1\nMSSLSchemeHeader X-Forwarded-Proto https\n",
                plain="MSSLSchemeHeader X-HTTPS 1\nMSSLSchemeHeader X-Forwarded-Proto https\n")
    with site.server:
        forged = [("X-HTTPS", "0"), ("X-Forwarded-Proto", "http")]
        assert part(site.tls(headers=forged), ("extra", "proto", "header", "env")) == {
            "extra": "1", "proto": "https", "header": "", "env": "on"}
        forged = [("X-HTTPS", "1"), ("X-Forwarded-Proto", "https")]
        assert part(site.plain(headers=forged), ("extra", "proto")) == {"extra": "", "proto": ""}
        r = site.plain(headers=[("X-Forwarded-Proto", "http"), ("X-HTTPS", "7")], source=PROXY)
        assert part(r, ("extra", "proto", "https")) == {"extra": "7", "proto": "http", "https": "off"}


def test_header_given_twice(new_server, ca):
    """Its first value counts, whoever else writes it."""
    lines = "MSSLSchemeHeader X-HTTPS first\nMSSLSchemeHeader x-https second\n"
    site = Site(new_server, ca, server="MSSLTrustedProxy 127.0.0.9\n" + lines)
    with site.server:
        assert seen(site.tls(headers=[("X-HTTPS", "0"), ("x-https", "1")]))["extra"] == "first"
        assert seen(site.tls(source=PROXY))["extra"] == "first"
        assert seen(site.plain(headers=[("X-HTTPS", "0")]))["extra"] == ""
        https = ("X-Forwarded-Proto", "https")
        assert seen(site.plain(headers=[https], source=PROXY))["extra"] == "first"
        assert seen(site.plain(headers=[https, ("X-HTTPS", "7")], source=PROXY))["extra"] == "7"


def test_no_headers(new_server, ca):
    site = Site(new_server, ca, server="MSSLTrustedProxy 127.0.0.9\nMSSLSchemeHeader none\n")
    with site.server:
        assert part(site.tls(headers=[("HTTPS", "off")]), ("header", "env")) == {"header": "off", "env": "on"}
        assert part(site.plain(headers=[("HTTPS", "on")]), ("header", "https")) == {"header": "on", "https": "off"}


def test_behind_the_proxy_protocol(new_server, ca):
    """Trusted is who connects; an address in a PROXY line is anybody's."""
    site = Site(new_server, ca, server="MSSLTrustedProxy 127.0.0.9\n", plain="RemoteIPProxyProtocol On\n",
                modules=["remoteip"])
    with site.server:
        said = [("X-Forwarded-Proto", "https")]
        line = b"PROXY TCP4 %s 127.0.0.1 1234 80\r\n"
        assert part(site.plain(headers=said, first=line % PROXY.encode()), OFF) == OFF
        assert part(site.plain(headers=said, first=line % OTHER.encode(), source=PROXY), ON) == ON


# Who is sent where

def check_redirect(r, status, location, cache="no-store", hsts=None):
    assert (r.status, r.get("Location"), r.get("Cache-Control")) == (status, location, cache), r
    assert r.get("Referrer-Policy") == "no-referrer" and r.get("Strict-Transport-Security") == hsts
    assert r.get("Site-Header") is None and "CONTENT-OF" not in r.text, r


PLACES = {
    "server": lambda line: {"server": line},
    "vhost": lambda line: {"plain": line, "tls": line},
    "directory": lambda line: {"server": "<Directory {dir}/www>\n%s</Directory>\n" % line},
    "location": lambda line: {"server": "<Location />\n%s</Location>\n" % line},
    "htaccess": lambda line: {},
}


def forcing(new_server, ca, value, where="vhost", **kw):
    line = "MSSLForceHTTPS %s\n" % value
    site = Site(new_server, ca, **dict(kw, **PLACES[where](line)))
    if where == "htaccess":
        for name in ("a.test", "none.test"):
            write(site.server.path("www", name, ".htaccess"), line)
    return site


@pytest.mark.parametrize("where", PLACES)
def test_on(new_server, ca, where):
    site = forcing(new_server, ca, "on", where)
    with site.server:
        base = "https://a.test:%d" % site.server.port
        for path in ("/", "/sub/?a=b&c=%2F", "/%7Ex/%e2%82%ac;y?z", "/a//b/../c"):
            check_redirect(site.plain(path=path), 301, base + path, "max-age=3600")
        r = site.plain(method="HEAD")
        check_redirect(r, 301, base + "/", "max-age=3600")
        for method, body in (("POST", b"x=1"), ("PUT", b"y"), ("DELETE", b"")):
            check_redirect(site.plain(method=method, body=body), 308, base + "/")
        # Without a certificate, too: it is what was asked for.
        check_redirect(site.plain("none.test"), 301, "https://none.test:%d/" % site.server.port, "max-age=3600")
        check_redirect(site.plain("A.Test.:1234"), 301, base + "/", "max-age=3600")
        assert site.tls().text == marker("a.test") + "\n"
        assert site.tls(alpn="h2").text == marker("a.test") + "\n"


def test_exempt(new_server, ca):
    """Challenges, the switch, hosts that are no name, and what is not the client's own request."""
    site = forcing(new_server, ca, "on", "server", plain="<Location /go>\nSetHandler mssl-switch\n</Location>\n")
    site.server.site("a.test", path=".well-known/acme-challenge/token")
    site.server.site("a.test", path=".well-known/pki-validation/a.test/file")
    site.server.site("127.0.0.1")
    with site.server:
        assert site.plain(path="/.well-known/acme-challenge/token").status == 200
        assert site.plain(path="/.well-known/pki-validation/a.test/file").status == 200
        assert site.plain(path="/.well-known/other").status == 301
        assert site.plain(path="/.well-known/acme-challenge/../../").status == 301
        assert site.plain("127.0.0.1").status == 200
        assert site.plain(path="*", method="OPTIONS").status == 200
        r = site.plain(path="/go?https://a.test/")
        assert (r.status, r.get("Location")) == (302, "https://a.test/"), r
        # The absolute form (RFC 9112) is for its own host.
        check_redirect(site.plain("b.test", path="http://a.test/x?y"), 301,
                       "https://a.test:%d/x?y" % site.server.port, "max-age=3600")


def test_none_takes_back(new_server, ca):
    site = forcing(new_server, ca, "on", "server")
    write(site.server.path("www", "a.test", ".htaccess"), "MSSLForceHTTPS none\n")
    write(site.server.path("www", "a.test", "sub", ".htaccess"), "MSSLForceHTTPS on 8443\n")
    with site.server:
        assert site.plain().text == marker("a.test") + "\n"
        check_redirect(site.plain(path="/sub/"), 301, "https://a.test:8443/sub/", "max-age=3600")
        assert site.plain("b.test").status == 301


def test_no_password_over_http(new_server, ca):
    """Before access and authentication; and a page for errors is no way round."""
    site = forcing(new_server, ca, "on", "htaccess")
    with site.server:
        write(site.server.path("www", "a.test", ".htaccess"),
              "MSSLForceHTTPS on\nErrorDocument 403 /sub/\nRequire all denied\n")
        check_redirect(site.plain(), 301, "https://a.test:%d/" % site.server.port, "max-age=3600")
        site.server.expect("AH01630")
        assert site.tls().status == 403


def test_auto(new_server, ca):
    """Only where a certificate awaits the visitor that is valid now."""
    site = forcing(new_server, ca, "auto")
    s = site.server
    s.expect("MSSL0111")
    with s:
        check_redirect(site.plain(), 302, "https://a.test:%d/" % s.port)
        check_redirect(site.plain(method="POST", body=b"x"), 307, "https://a.test:%d/" % s.port)
        assert site.plain("none.test").text == marker("none.test") + "\n"
        for leaf in (ca.expired("none.test"), ca.not_yet("none.test")):
            file_pair(leaf, s.path("store"), "none.test")
            with tls.Client(s.port, "none.test").connect():
                pass
            assert site.plain("none.test").status == 200
        file_pair(ca.leaf("none.test"), s.path("store"), "none.test")
        wait_until(lambda: site.plain("none.test").status == 302, "the new certificate to count")


def test_off(new_server, ca):
    site = forcing(new_server, ca, "off")
    s = site.server
    with s:
        plain = "http://a.test:%d" % s.ports[1]
        for alpn in ("http/1.1", "h2"):
            check_redirect(site.tls(path="/sub/?q", alpn=alpn, source=new_address()), 302, plain + "/sub/?q",
                           hsts="max-age=0")
        assert site.tls(method="POST", body=b"x", source=new_address()).status in (200, 405)
        assert site.plain().text == marker("a.test") + "\n"
        # The guard comes first: no certificate, no redirect.
        assert site.tls("none.test", source=new_address()).status == 421


def test_off_does_not_loop(new_server, ca):
    """A browser that insists on https is served there after two rounds; another one is not mixed up with it."""
    site = forcing(new_server, ca, "off")
    with site.server:
        source, agent, other = new_address(), [("User-Agent", "insists")], [("User-Agent", "other")]
        assert [site.tls(headers=agent, source=source).status for _ in range(4)] == [302, 302, 200, 200]
        assert site.tls(headers=other, source=source).status == 302
        assert site.tls(headers=agent, source=new_address()).status == 302
        assert site.tls("b.test", headers=agent, source=source).status == 302


@pytest.mark.parametrize("said,status", [("http", 301), ("https", 200), (None, 200)])
def test_on_behind_a_proxy(new_server, ca, said, status):
    """TLS ends at the proxy, whose https is on 443; one that says nothing is never redirected."""
    site = forcing(new_server, ca, "on", server="MSSLTrustedProxy 127.0.0.9\n")
    headers = [("X-Forwarded-Proto", said)] if said else []
    with site.server:
        r = site.plain(headers=headers, source=PROXY)
        assert r.status == status
        assert r.get("Location") == ("https://a.test/" if status == 301 else None)
        # It encrypts anew: the visitor came without.
        assert site.tls(headers=headers, source=PROXY).status == status
        assert site.tls(headers=headers).status == 200


def test_off_behind_a_proxy(new_server, ca):
    site = forcing(new_server, ca, "off", server="MSSLTrustedProxy 127.0.0.9\n")
    with site.server:
        check_redirect(site.plain(headers=[("X-Forwarded-Proto", "https")], source=PROXY), 302, "http://a.test/",
                       hsts="max-age=0")


SECOND = """
<VirtualHost 127.0.0.1:{p2}>
ServerName second.test
SSLEngine on
MSSLEngine on
</VirtualHost>
"""


def test_no_port(new_server, ca):
    """Of two that might be meant none is taken; one line says so."""
    site = forcing(new_server, ca, "on", more=SECOND, ports=3)
    s = site.server
    s.expect("MSSL0201")
    with s:
        assert [site.plain(n).status for n in ("a.test", "b.test", "a.test")] == [200, 200, 200]
        assert s.count_error("MSSL0201: .*'plain.test'.*MSSLForceHTTPS on 8443") == 1
        s.graceful(s.conf.replace("MSSLForceHTTPS on", "MSSLForceHTTPS on {p2}"))
        wait_until(lambda: site.plain().get("Location") == "https://a.test:%d/" % s.ports[2], "the port to count")


@pytest.mark.parametrize("quick", ["", "CacheQuickHandler off\n"])
def test_a_cache_before_it(new_server, ca, quick):
    site = forcing(new_server, ca, "on", more="CacheEnable disk /\nCacheRoot {dir}/run\n" + quick,
                   modules=["cache", "cache_disk"])
    site.server.expect("MSSL0200")
    with site.server:
        assert site.server.count_error("MSSL0200: .*CacheQuickHandler off") == (0 if quick else 1)


def test_only_where_it_is_used(new_server, ca):
    """Without MSSLEngine and without these directives nothing of it is felt."""
    site = Site(new_server, ca)
    site.server.conf = re.sub(r"(?s)<VirtualHost 127.0.0.1:\{p0\}>.*", "", site.server.conf)
    with site.server:
        assert seen(site.plain(headers=[("HTTPS", "1")]))["header"] == "1"


@pytest.mark.parametrize("line,says", [
    ("MSSLForceHTTPS", "takes 1-2 arguments"), ("MSSLForceHTTPS yes", "'yes' is not known, use on, auto, off or none"),
    ("MSSLForceHTTPS on https", "'https' is not a port"), ("MSSLForceHTTPS on 0", "'0' is not a port"),
    ("MSSLForceHTTPS on 65536", "'65536' is not a port"), ("MSSLForceHTTPS on 44x", "'44x' is not a port"),
    ("MSSLSchemeHeader HTTPS", "'HTTPS' has no value"), ("MSSLSchemeHeader Ho:st x", "'Ho:st' is not the name of a header"),
    ("MSSLSchemeHeader Cookie x", "'Cookie' means something else"), ("MSSLSchemeHeader A \"\"", "'A' has no value"),
    ("MSSLSchemeHeader A \"\xe4\"", "not printable ASCII"),
    ("MSSLTrustedProxy", "needs at least one address range"), ("MSSLTrustedProxy 10.0.0.0/33", "'10.0.0.0/33' is not an"),
    ("MSSLTrustedProxy example.org", "'example.org' is not an address range"),
    ("<Directory />\nMSSLTrustedProxy ::1\n</Directory>", "not allowed in"),
    ("<Location />\nMSSLSchemeHeader A b\n</Location>", "not allowed in")])
def test_bad_values(new_server, line, says):
    rc, out = new_server("<VirtualHost *:{p0}>\n%s\n</VirtualHost>\n" % line if line[0] != "<" else line).configtest()
    assert rc != 0 and says in out, out


def test_counted(new_server, ca):
    """And a website's own redirect to itself is told once, and not changed."""
    site = Site(new_server, ca, plain="MSSLForceHTTPS on\n")
    s = site.server
    s.expect("MSSL0203")
    s.site("a.test", path="off/index.html")
    write(s.path("www", "a.test", "off", ".htaccess"), "MSSLForceHTTPS off\n")
    write(s.path("www", "b.test", ".htaccess"),
          "RewriteEngine on\nRewriteRule .* https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]\n")
    with s:
        source = new_address()
        assert [site.plain().status for _ in range(3)] == [301] * 3
        assert [site.tls(path="/off/", source=source).status for _ in range(3)] == [302, 302, 200]
        for _ in range(4):
            assert site.tls("b.test").get("Location") == "https://b.test/", "the host is as the visitor wrote it"

        def are_counted():
            """The last may be counted a moment after it is answered."""
            mark = s.log_mark()
            s.graceful()
            line = s.wait_error("MSSL0187: since httpd's start; (.*)", mark).group(1)
            return "force_https: to_https 3, to_http 2, loops_broken 1, self_redirects 4;" in line
        wait_until(are_counted, s.error_log)
        assert s.count_error("MSSL0203: 'b.test' answers over https with a redirect to the very URL") == 1


# What programs ask: WordPress 6 is_ssl(), Joomla 5 Uri::getInstance(), Nextcloud 30 Request::getServerProtocol() with
# the proxy among its trusted_proxies. Rewritten after what they do, each in a line or two.
PHP = """#!/usr/bin/env -S php-cgi -d cgi.force_redirect=0
<?php
function wordpress() {
    if (isset($_SERVER['HTTPS'])) {
        return 'on' === strtolower($_SERVER['HTTPS']) || '1' === (string) $_SERVER['HTTPS'];
    }
    return isset($_SERVER['SERVER_PORT']) && '443' === (string) $_SERVER['SERVER_PORT'];
}
function joomla() {
    return isset($_SERVER['HTTPS']) && !empty($_SERVER['HTTPS']) && strtolower($_SERVER['HTTPS']) !== 'off'
        || !empty($_SERVER['HTTP_X_FORWARDED_PROTO']) && strtolower($_SERVER['HTTP_X_FORWARDED_PROTO']) !== 'http';
}
function nextcloud() {
    if (isset($_SERVER['HTTP_X_FORWARDED_PROTO']) && $_SERVER['REMOTE_ADDR'] === '127.0.0.9') {
        $said = explode(',', $_SERVER['HTTP_X_FORWARDED_PROTO']);
        return 'https' === strtolower(trim($said[0]));
    }
    return isset($_SERVER['HTTPS']) && $_SERVER['HTTPS'] !== null && $_SERVER['HTTPS'] !== 'off' && $_SERVER['HTTPS'] !== '';
}
foreach (['wordpress', 'joomla', 'nextcloud'] as $program) {
    echo $program, ' ', $program() ? 'https' : 'http', "\n";
}
"""


def test_php(new_server, ca):
    """Real PHP: what the three most used programs take the request for, directly, through the proxy, and forged."""
    site = Site(new_server, ca, server="MSSLTrustedProxy 127.0.0.9\nMSSLSchemeHeader HTTPS on\n"
                "MSSLSchemeHeader X-Forwarded-Proto https\nScriptAlias /php/ {dir}/php/\n", modules=["cgi"], mpm="prefork")
    site.server.modules.remove("http2")
    write(site.server.path("php", "scheme"), PHP, 0o755)
    https = "wordpress https\njoomla https\nnextcloud https\n"
    http_ = https.replace("https", "http")
    with site.server:
        assert site.tls(path="/php/scheme").text == https
        assert site.plain(path="/php/scheme").text == http_
        for name in ("X-Forwarded-Proto", "HTTPS"):
            assert site.plain(path="/php/scheme", headers=[(name, "https"), (name, "on")]).text == http_, name
        for said, text in (("https", https), ("http", http_)):
            assert site.plain(path="/php/scheme", headers=[("X-Forwarded-Proto", said)], source=PROXY).text == text
