# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLChallengeDir (contract section 14): a challenge is answered for every host, and nothing but one."""

import os
import re
import socket
import threading

import pytest
from lib import http, tls
from lib.server import BROKER_USER, IS_ROOT, MARK, WWW, libexecdir, marker, wait_until
from lib.wire import status_of
from lib.world import check_own, file_pair, new_address

TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
TEXT = TOKEN + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
ACME = "/.well-known/acme-challenge/"
PKI = "/.well-known/pki-validation/"

# What the virtual host of a site has. Beside each: what its site answers for a token that is not there,
# over http and over https under its own certificate.
KINDS = {
    "plain.test": ("", 404),
    "htaccess.test": ("<Directory {dir}/www/htaccess.test>\nAllowOverride All\n</Directory>\n", 403),
    "rewrite.test": ("RewriteEngine on\nRewriteRule ^ https://rewrite.test/CONTENT-OF<x> "
                     "[R=301,L,CO=site:CONTENT-OF<x>:rewrite.test]\n", 301),
    "redirect.test": ("Redirect 301 / https://redirect.test/CONTENT-OF<x>\n", 301),
    "proxy.test": ("ProxyPass / http://127.0.0.1:{p2}/\n", 410),
    "deny.test": ("ErrorDocument 403 https://deny.test/CONTENT-OF<x>\n<Location />\nRequire all denied\n"
                  "</Location>\n", 302),
    "auth.test": ("<Location />\nAuthType Basic\nAuthName CONTENT-OF<x>\nAuthUserFile {dir}/passwd\n"
                  "Require valid-user\n</Location>\n", 401),
    "dressed.test": ("Header always set X-Site CONTENT-OF<x>\nHeader always set Cache-Control public\n"
                     "Header always set Set-Cookie CONTENT-OF<x>\nCookieTracking on\nCookieName x\n"
                     "<Location />\nSetOutputFilter SUBSTITUTE\nSubstitute s|9|CONTENT-OF<x>|\n"
                     "ForceType text/html\n</Location>\nAddDefaultCharset utf-8\n", 404),
    "handler.test": ("<Location />\nSetHandler server-status\n</Location>\n", 200),
    "fallback.test": ("FallbackResource /index.html\n", 200),
    "security.test": ("SecRuleEngine On\nSecRule REQUEST_URI \"@contains well-known\" "
                      "\"id:1,phase:1,deny,status:406\"\n", 406),
}
HTACCESS = "RewriteEngine on\nRewriteRule ^ /index.html [L]\nRequire all denied\n"
MODULES = ("rewrite proxy proxy_http usertrack status filter substitute authn_file auth_basic authz_user "
           "http2").split()
BASE = """
Protocols h2 http/1.1
MSSLCertStore dir:{dir}/store
MSSLDummyCertificate {dir}/dummy.pem
%s
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
DocumentRoot {dir}/www/first.test
Header always set X-First CONTENT-OF<first>
</VirtualHost>
<VirtualHost 127.0.0.1:{p2}>
ServerName behind.test
Redirect gone /
</VirtualHost>
"""
SET = "MSSLChallengeDir {dir}/challenge"


def vhosts(ports, kinds):
    return "".join("<VirtualHost %s>\nServerName %s\nDocumentRoot {dir}/www/%s\n%s</VirtualHost>\n" % (
        " ".join("127.0.0.1:{p%d}" % p for p in ports), name, name, lines) for name, lines in kinds)


def put(s, path=ACME + TOKEN, text=TEXT, mode=0o644, folder="challenge"):
    """A file as certbot's webroot mode leaves it."""
    file = s.path(folder, path.lstrip("/"))
    os.makedirs(os.path.dirname(file), 0o755, exist_ok=True)
    with open(file, "w") as f:
        f.write(text)
    os.chmod(file, mode)
    return file


def has_security():
    return os.path.exists(os.path.join(libexecdir(), "mod_security2.so"))


def kinds():
    return {k: v for k, v in KINDS.items() if k != "security.test" or has_security()}


def server_of(make, ca, more=SET, conf="", mpm="event", **kw):
    modules = [m for m in MODULES if mpm != "prefork" or m != "http2"] + kw.pop("modules", [])
    if has_security():
        modules += ["unique_id", "security2"]
    s = make(BASE % more + vhosts((0, 1), [(k, v[0]) for k, v in kinds().items()]) + conf, ports=4, mpm=mpm,
             modules=modules, **kw)
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    s.site("first.test")
    for name in kinds():
        s.site(name)
        file_pair(ca.leaf(name), s.path("store"), name)
    with open(s.path("www", "htaccess.test", ".htaccess"), "w") as f:
        f.write(HTACCESS)
    with open(s.path("passwd"), "w") as f:
        f.write("x:y\n")
    # What httpd says of such sites and requests: denials, a method that nobody has, a redirect in circles.
    s.expect("AH01630", "AH01797", r"security2:error|ModSecurity", "AH00135", "AH00124", "AH00125")
    return s


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request, module_server, ca):
    s = server_of(module_server, ca, mpm=request.param)
    put(s)
    with s:
        yield s


@pytest.fixture
def new(new_server, ca):
    return lambda *a, **kw: server_of(new_server, ca, *a, **kw)


class Plain:
    """A connection without TLS, as lib.http wants one."""

    def __init__(self, port, source=None):
        self.sock = socket.create_connection(("127.0.0.1", port), 15, (source or new_address(), 0))
        self.send, self.alpn = self.sock.sendall, None

    def recv(self):
        try:
            return self.sock.recv(65536)
        except ConnectionResetError:
            return b""

    def is_closed(self):
        return self.recv() == b""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.sock.close()


def connect(s, way, site):
    """http, or https with a SNI: the site's own, another's, one that nobody has, none."""
    if way == "http":
        return Plain(s.ports[1])
    sni = {"own": site, "other": "plain.test" if site != "plain.test" else "proxy.test",
           "unknown": "nobody.test", "none": None}[way.split("/")[0]]
    alpn = ["h2"] if way.endswith("h2") else None
    return tls.Client(s.port, sni, source=new_address(), alpn=alpn).connect()


def ask(s, way, site, path=ACME + TOKEN, method="GET", **kw):
    with connect(s, way, site) as conn:
        return http.talk(conn).request(site, path, method, **kw)


OURS = {"date", "server", "cache-control", "referrer-policy", "content-security-policy",
        "x-content-type-options", "content-length", "content-type", "connection", "upgrade"}


def check_token(r, text=TEXT, method="GET"):
    """The file, and nothing of anybody else."""
    assert r.status == 200, r
    assert r.text == (text if method == "GET" else ""), r
    names = {n.lower() for n, _ in r.headers}
    assert names <= OURS and MARK not in repr(r.headers), r.headers
    assert (r.get("Content-Type"), r.get("Content-Length")) == ("text/plain", str(len(text))), r
    assert (r.get("Cache-Control"), r.get("Referrer-Policy"), r.get("X-Content-Type-Options")) == (
        "no-store", "no-referrer", "nosniff"), r


def check_none(r, text=TEXT):
    assert text not in r.text, r
    assert TOKEN + "." not in repr(r.headers), r


WAYS = ["http", "own", "other", "unknown", "none", "own/h2", "other/h2", "unknown/h2", "none/h2"]


def ways(s):
    return [w for w in WAYS if s.mpm != "prefork" or not w.endswith("h2")]


@pytest.mark.parametrize("site", kinds())
def test_every_kind_of_site(server, site):
    """Rules, proxies, access, passwords, headers, filters, handlers, ErrorDocuments: none has a say."""
    put(server)
    for way in ways(server):
        for method in ("GET", "HEAD"):
            check_token(ask(server, way, site, method=method), method=method)
        # What is not there is the site's, or the guard's.
        r = ask(server, way, site, ACME + "not-there")
        if way in ("http", "own", "own/h2"):
            assert r.status == KINDS[site][1], (way, r)
        else:
            assert r.status == 421 and MARK not in r.text + repr(r.headers), (way, r)


def test_any_host(server):
    """Names that nobody has, addresses, what is no name, and none at all where HTTP allows that."""
    put(server)
    for host in ("nobody.test", "NOBODY.test.:80", "127.0.0.1", "[::1]", "a..b", "x_y", "*", "b.test:99999"):
        for way in ("http", "unknown"):
            with connect(server, way, "x") as conn:
                conn.send(http.build(host, ACME + TOKEN))
                r = http.Http1(conn).read()
            if r.status == 400:     # httpd's own; nothing of it is ours
                assert host in ("a..b", "*", "[::1]", "b.test:99999"), host
                continue
            check_token(r)
    for way in ("http", "unknown"):
        with connect(server, way, "x") as conn:
            check_token(http.Http1(conn).request(None, ACME + TOKEN, version="HTTP/1.0"))
        with connect(server, way, "x") as conn:
            assert http.Http1(conn).request(None, ACME + TOKEN).status == 400
        with connect(server, way, "x") as conn:     # HTTP/0.9
            conn.send(b"GET " + (ACME + TOKEN).encode() + b"\r\n")
            got = b""
            while more := conn.recv():
                got += more
        assert got == TEXT.encode() or status_of(got.decode()) == 400, got


def test_query_is_not_looked_at(server):
    put(server)
    check_token(ask(server, "http", "rewrite.test", ACME + TOKEN + "?x=" + TOKEN))
    check_none(ask(server, "http", "plain.test", ACME + "?" + TOKEN))


def test_nothing_else_is_answered(server):
    """Only the very bytes of such a path lead to the file."""
    put(server)
    put(server, "/secret", "SECRET")
    put(server, ACME + "a/b", "SECRET")
    put(server, ACME + "b.txt", "SECRET")
    put(server, ACME + "x" * 129, "SECRET")
    put(server, ACME + "x" * 128, TEXT)
    put(server, "/.well-known/other/a", "SECRET")
    put(server, "/.well-known/secret", "SECRET")
    put(server, PKI + "plain.test/.hidden", "SECRET")
    put(server, PKI + "secret", "SECRET")
    check_token(ask(server, "http", "plain.test", ACME + "x" * 128))
    paths = ["/secret", ACME, ACME + "a/b", ACME + "a%2fb", ACME + "b.txt", ACME + "x" * 129, ACME + "../../secret",
             ACME + "..%2f..%2fsecret", ACME + "%2e%2e/%2e%2e/secret", ACME + ".", ACME + "..", ACME + "/" + TOKEN,
             ACME + TOKEN + "/", ACME + TOKEN + "%00", ACME + TOKEN + "\\", ACME + "%4coqX" + TOKEN[4:],
             "/.well-known/other/a", "/.well-known/secret", "/.well-known/./acme-challenge/" + TOKEN,
             "/x/../.well-known/acme-challenge/" + TOKEN, "/.WELL-KNOWN/acme-challenge/" + TOKEN,
             PKI + ".hidden", PKI + "secret", PKI + "plain.test/.hidden", PKI + "../secret", PKI + "..",
             "/plain.test/../.well-known/secret", "*", ""]
    for path in paths:
        for way in ("http", "own", "unknown"):
            with connect(server, way, "plain.test") as conn:
                conn.send(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: plain.test\r\nConnection: close\r\n\r\n")
                r = http.Http1(conn).read()
            assert r.status in (400, 404, 421) and "SECRET" not in r.text, (path, r)
            check_none(r)
    for byte in (b"\0", b"\x01", b"\x7f", b"\xff", b" ", b"\t", b"\r"):
        with connect(server, "http", "plain.test") as conn:
            conn.send(b"GET " + (ACME + TOKEN).encode() + byte + b"x HTTP/1.1\r\nHost: plain.test\r\n\r\n")
            check_none(http.Http1(conn).read())


def test_other_methods(server):
    """Only GET and HEAD: all else is the site's."""
    put(server)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "TRACE", "NONSENSE"):
        for way in ("http", "own", "unknown", "other/h2"):
            if way in ways(server):
                body = b"x=1" if method in ("POST", "PUT") else b""
                check_none(ask(server, way, "plain.test", method=method, body=body))
    r = ask(server, "http", "plain.test", "*", "OPTIONS")
    assert r.status == 200 and r.body == b""


def test_a_body_is_no_next_request(server):
    """A GET with a body: whatever it holds, the connection is over behind the answer."""
    put(server)
    smuggled = http.build("plain.test", "/smuggled")
    for way in ("http", "own", "unknown"):
        with connect(server, way, "plain.test") as conn:
            talk = http.Http1(conn)
            check_token(talk.request("plain.test", ACME + TOKEN, body=smuggled))
            assert talk.is_closed()
    assert not [x for x in server.access() if "/smuggled" in x["request"]]


def test_targets_with_a_host_of_their_own(server):
    """An absolute target, as for a forward proxy, is no challenge: the site or the guard has it."""
    put(server)
    for target in ("http://plain.test", "https://plain.test", "http://nobody.test", "ftp://plain.test"):
        for way in ("http", "own", "unknown"):
            check_none(ask(server, way, "plain.test", target + ACME + TOKEN))
    for way in ("http", "unknown"):
        check_none(ask(server, way, "plain.test", "plain.test:80", "CONNECT"))


def test_http1_connection_ends(server):
    """What was sent behind it is not answered: not under the dummy, not under a good certificate."""
    put(server)
    for way in ("http", "own", "other", "unknown", "none"):
        with connect(server, way, "plain.test") as conn:
            talk = http.Http1(conn)
            talk.send(http.build("plain.test", ACME + TOKEN) + http.build("plain.test"))
            r = talk.read()
            check_token(r)
            assert r.get("Connection").lower() == "close"
            assert talk.is_closed() and talk.buf == b""


def test_http1_behind_others(server):
    """A challenge may be the last of a connection's requests; the ones before were judged."""
    put(server)
    with connect(server, "own", "plain.test") as conn:
        talk = http.Http1(conn)
        assert talk.request("plain.test").text == marker("plain.test") + "\n"
        assert talk.request("proxy.test").status == 421
        check_token(talk.request("proxy.test", ACME + TOKEN))


def test_h2_streams_are_judged_one_by_one(new):
    """Beside a token the other streams get what their certificate covers, and nothing else."""
    s = new()
    put(s)
    asks = [("plain.test", "/"), ("rewrite.test", ACME + TOKEN), ("rewrite.test", "/"), ("nobody.test", ACME + TOKEN),
            ("nobody.test", "/"), ("plain.test", ACME + "not-there"), ("plain.test", ACME + TOKEN)]
    with s:
        for way in ("own/h2", "unknown/h2", "none/h2"):
            with connect(s, way, "plain.test") as conn:
                talk = http.Http2(conn)
                got = talk.wait(*[talk.start(host, path, flush=False) for host, path in asks[:-1]],
                                talk.start(*asks[-1]))
                for (host, path), r in zip(asks, got):
                    if path == ACME + TOKEN:
                        check_token(r)
                    elif way == "own/h2" and host == "plain.test":
                        assert r.status == (200 if path == "/" else 404), r
                    else:
                        assert r.status == 421 and MARK not in r.text + repr(r.headers), (host, path, r)
                assert talk.goaway is None if way == "own/h2" else talk.is_closed(), "GOAWAY under the dummy alone"


def test_internal_redirects_do_not_lead_here(new):
    """A customer's .htaccess, ErrorDocument or FallbackResource reads what the site has, not the folder."""
    lines = ("<Directory {dir}/www/%s>\nAllowOverride All\n</Directory>\n")
    names = ("rule.test", "error.test", "fall.test")
    s = new(conf=vhosts((0, 1), [(n, lines % n) for n in names]))
    for name, text in zip(names, ("RewriteEngine on\nRewriteRule ^ %s [L]\n", "ErrorDocument 404 %s\n",
                                  "FallbackResource %s\n")):
        s.site(name)
        with open(s.path("www", name, ".htaccess"), "w") as f:
            f.write(text % (ACME + TOKEN))
    put(s)
    with s:
        for name in names:
            r = ask(s, "http", name, "/none")
            assert r.status in (404, 500), r    # 500: round and round in the site
            check_none(r)
            check_token(ask(s, "http", name))


def test_forward_proxy(new):
    """What a forward proxy is asked for is another server's."""
    other = socket.create_server(("127.0.0.1", 0))

    def serve():
        with other.accept()[0] as conn:
            conn.recv(65536)
            conn.sendall(b"HTTP/1.0 410 Gone\r\nContent-Length: 0\r\n\r\n")
    threading.Thread(target=serve, daemon=True).start()
    s = new(conf="<VirtualHost 127.0.0.1:{p3}>\nServerName forward.test\nProxyRequests on\n</VirtualHost>\n")
    put(s)
    with s:
        with Plain(s.ports[3]) as conn:
            r = http.Http1(conn).request("x", "http://127.0.0.1:%d" % other.getsockname()[1] + ACME + TOKEN)
            assert r.status == 410, r
        with Plain(s.ports[3]) as conn:
            check_token(http.Http1(conn).request("x", ACME + TOKEN))


# Validation by file, for one host

def test_pki_validation(server):
    put(server, PKI + "plain.test/fileauth.txt", "ORDER of plain")
    put(server, PKI + "rewrite.test/fileauth.txt", "ORDER of rewrite")
    put(server, PKI + "nobody.test/" + "A" * 32 + ".txt", "x" * 8192)
    for way in ways(server):
        check_token(ask(server, way, "plain.test", PKI + "fileauth.txt"), "ORDER of plain")
        check_token(ask(server, way, "rewrite.test", PKI + "fileauth.txt"), "ORDER of rewrite")
        r = ask(server, way, "redirect.test", PKI + "fileauth.txt")
        assert "ORDER" not in r.text and r.status in (301, 421), r
    for host in ("PLAIN.test", "plain.test.", "plain.test:%d" % server.ports[1]):
        with connect(server, "http", "x") as conn:
            check_token(http.Http1(conn).request(host, PKI + "fileauth.txt"), "ORDER of plain")
    check_token(ask(server, "http", "nobody.test", PKI + "A" * 32 + ".txt"), "x" * 8192)
    for host in ("127.0.0.1", "..", "plain.test/", "%2e%2e", ".", "x" * 300):
        with connect(server, "http", "x") as conn:
            r = http.Http1(conn).request(host, PKI + "fileauth.txt")
        assert "ORDER" not in r.text and r.status in (400, 404), r
    with connect(server, "http", "x") as conn:      # no host at all
        r = http.Http1(conn).request(None, PKI + "fileauth.txt", version="HTTP/1.0")
        assert r.status == 404, r


# What lies in the folder

def told(s, pattern, since=0):
    return s.count_error("MSSL0222: .*" + pattern, since)


def test_what_is_no_file(new):
    """A pipe, a folder, a device, a link, too much, nothing, what httpd may not read: the site answers."""
    s = new()
    s.expect("MSSL0222")
    put(s)
    place = os.path.dirname(put(s, ACME + "large", "x" * 1025))
    put(s, ACME + "full", "x" * 1024)
    put(s, ACME + "empty", "")
    put(s, ACME + "huge", "x" * (10 << 20))
    os.mkfifo(os.path.join(place, "pipe"), 0o644)
    os.mkdir(os.path.join(place, "folder"))
    os.symlink(TOKEN, os.path.join(place, "link"))
    os.symlink("/etc/passwd", os.path.join(place, "passwd"))
    put(s, ACME + "open", TEXT, 0o666)
    put(s, PKI + "plain.test/large", "x" * 8193)
    bad = ["large", "empty", "huge", "pipe", "folder", "link", "passwd", "open"]
    if IS_ROOT:
        put(s, ACME + "closed", TEXT, 0o600)
        os.mknod(os.path.join(place, "device"), 0o020666, os.makedev(1, 5))
        os.chown(put(s, ACME + "foreign"), *customer())
        bad += ["closed", "device", "foreign"]
    with s:
        check_token(ask(s, "http", "plain.test", ACME + "full"), "x" * 1024)
        for _ in range(4):      # in several children
            for name in bad:
                r = ask(s, "http", "plain.test", ACME + name)
                assert r.status == 404 and "root:" not in r.text, (name, r)
                check_none(r)
            assert ask(s, "http", "plain.test", PKI + "large").status == 404
            check_token(ask(s, "http", "plain.test"))
        for name in bad:
            assert told(s, ACME + name + "'") == 1, name
        # Mended, and broken again: that is news.
        if IS_ROOT:
            os.chmod(os.path.join(place, "closed"), 0o644)
            check_token(ask(s, "http", "plain.test", ACME + "closed"))
            os.chmod(os.path.join(place, "closed"), 0o600)
            assert ask(s, "http", "plain.test", ACME + "closed").status == 404
            assert told(s, ACME + "closed'") == 2


def customer():
    import pwd
    user = pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid


def spoil_mode(path):
    os.chmod(path, 0o775)


def spoil_sticky(path):
    os.chmod(path, 0o1777)


def spoil_owner(path):
    os.chown(path, *customer())


def spoil_owner_www(path):
    import pwd
    os.chown(path, pwd.getpwnam(WWW).pw_uid, -1)


def spoil_link(path):
    os.rename(path, path + ".there")
    os.symlink(path + ".there", path)


def spoil_way_in(path):
    os.chmod(path, 0o700)


FAULTS = {
    spoil_mode: "others than its owner can write into '%s': run 'chmod go-w %s'",
    spoil_sticky: "others than its owner can write into '%s': run 'chmod go-w %s'",
    spoil_owner: "'%s' belongs to uid ",
    spoil_owner_www: "'%s' belongs to uid ",
    spoil_link: "'%s' is a link, and none is followed",
    spoil_way_in: "'%s/' cannot be entered by httpd's user: run 'chmod go+x %s/'",
}
NEED_ROOT = (spoil_owner, spoil_owner_www, spoil_way_in)


PLACES = ("above", "above/challenge", "above/challenge/.well-known", "above/challenge/.well-known/acme-challenge")
# A sticky folder on the way is none of others'.
CASES = [(f, p) for f in FAULTS if IS_ROOT or f not in NEED_ROOT for p in PLACES if (f, p) != (spoil_sticky, "above")]


@pytest.mark.parametrize("spoil,place", CASES, ids=lambda x: getattr(x, "__name__", x))
def test_folder_of_others(new_server, spoil, place):
    """Nothing is answered, one line says why, the server is up; once mended it is answered without a restart."""
    s = new_server("MSSLChallengeDir {dir}/above/challenge\n<VirtualHost 127.0.0.1:{p0}>\nServerName plain.test\n"
                   "</VirtualHost>\n", without=["ssl"], session_cache=False, policy=False, ports=1)
    put(s, folder="above/challenge")
    path = s.path(place)
    spoil(path)
    s.expect("MSSL0222")

    def get(path=ACME + TOKEN):
        with Plain(s.port) as conn:
            return http.Http1(conn).request("plain.test", path)
    with s:
        for n in range(6):      # a stranger's names make no more lines of it
            for asked in (ACME + TOKEN, ACME + "n%d" % n):
                r = get(asked)
                assert r.status == 404, r
                check_none(r)
        s.graceful()
        assert get().status == 404
        line = FAULTS[spoil].replace("%s", path)
        assert s.count_error("MSSL0222") == 1 and s.count_error(re.escape(line)) == 1, s.error_log()
        if spoil is spoil_link:
            os.unlink(path)
            os.rename(path + ".there", path)
        elif IS_ROOT:
            os.chown(path, 0, 0)
        os.chmod(path, 0o755)
        check_token(get())


@pytest.mark.skipif(not IS_ROOT, reason="only root has two users to choose from")
def test_folder_of_the_steward(new_server):
    """The second of MSSLUser may own all of it; any other user not."""
    users = "MSSLUser %s %s\n"
    s = new_server(users % (BROKER_USER, "nobody") + "MSSLChallengeDir {dir}/challenge\n", without=["ssl"],
                   session_cache=False, policy=False, ports=1)
    file = put(s)
    for folder, _, files in os.walk(s.path("challenge")):
        for name in [folder] + [os.path.join(folder, f) for f in files]:
            os.chown(name, *customer())
    with s:
        with Plain(s.port) as conn:
            check_token(http.Http1(conn).request("x", ACME + TOKEN))
        os.chown(file, 4711, -1)
        s.expect("MSSL0222")
        with Plain(s.port) as conn:
            assert http.Http1(conn).request("x", ACME + TOKEN).status == 404
        s.wait_error("MSSL0222: .*is another user's")


# Set up in other ways

ALONE = dict(without=["ssl", "socache_shmcb"], session_cache=False, policy=False, ports=1)


def test_alone(new_server):
    """One line, and nothing else of the module: no TLS, no store, no process."""
    s = new_server("MSSLChallengeDir challenge\n", **ALONE)    # relative to ServerRoot
    put(s)
    with s:
        with Plain(s.port) as conn:
            check_token(http.Http1(conn).request("a.test", ACME + TOKEN))
        assert not os.path.exists(s.path("run", "mssl"))
        assert s.count_error("MSSL0") == s.count_error("MSSL0223"), s.error_log()


def test_module_alone_does_nothing(new_server):
    """Loaded, and nothing configured: the folder of the default does not count either."""
    s = new_server("", **ALONE)
    put(s, folder="run/mssl/challenge")
    with s:
        with Plain(s.port) as conn:
            assert http.Http1(conn).request("a.test", ACME + TOKEN).status == 404


def test_default(new):
    """Without the directive: "challenge" in MSSLStateDir, as soon as somebody makes it."""
    s = new(more="")
    with s:
        mark = s.log_mark()
        assert ask(s, "http", "plain.test").status == 404
        assert ask(s, "unknown", "plain.test").status == 421
        put(s, folder="run/mssl/challenge")
        check_token(ask(s, "http", "rewrite.test"))
        check_token(ask(s, "unknown", "rewrite.test"))
        assert told(s, "", mark) == 0


def test_not_there(new_server):
    """A first start says so and stops; a running server goes on, and the folder counts when it is back."""
    s = new_server("MSSLChallengeDir {dir}/challenge\n", **ALONE)
    code, out = s.configtest()
    assert code != 0 and "MSSLChallengeDir: '%s' is no directory, make it: install -d -m 755 %s" % (
        s.path("challenge"), s.path("challenge")) in out, out
    put(s)
    assert s.configtest()[0] == 0
    with s:
        os.rename(s.path("challenge"), s.path("away"))
        s.expect("MSSL0222: MSSLChallengeDir: '%s' is not there" % s.path("challenge"))
        s.graceful()
        s.wait_error("MSSL0222: .*is not there")
        with Plain(s.port) as conn:
            assert http.Http1(conn).request("a.test", ACME + TOKEN).status == 404
        os.rename(s.path("away"), s.path("challenge"))
        with Plain(s.port) as conn:
            check_token(http.Http1(conn).request("a.test", ACME + TOKEN))
        assert s.count_error("MSSL0222") == 1


@pytest.mark.parametrize("conf,why", [
    ('MSSLChallengeDir ""', "takes one argument"),
    ("MSSLChallengeDir {dir}/httpd.conf", "is there and no directory, move it away"),
    ("MSSLChallengeDir {dir} {dir}", "takes one argument"),
    ("<VirtualHost *>\nMSSLChallengeDir {dir}\n</VirtualHost>", "VirtualHost"),
    ("<Directory />\nMSSLChallengeDir {dir}\n</Directory>", "not allowed"),
])
def test_bad_values(new_server, conf, why):
    s = new_server(conf + "\n", **ALONE)
    code, out = s.configtest()
    assert code != 0 and "MSSLChallengeDir" in out and why in out, out


def test_configtest_says_what_is_wrong(new_server):
    """It stops nothing, as the folder is looked at anew for each challenge."""
    s = new_server("MSSLChallengeDir {dir}/challenge\n", **ALONE)
    put(s)
    os.chmod(s.path("challenge"), 0o777)
    code, out = s.configtest()
    assert code == 0 and "MSSL0222: MSSLChallengeDir: others than its owner can write into '%s'" % (
        s.path("challenge")) in out, out


@pytest.mark.skipif(not os.path.exists(os.path.join(libexecdir(), "mod_md.so")), reason="there is no mod_md here")
def test_beside_mod_md(new):
    """mod_md answers 404 for its own names where it has no challenge; ours comes before, and its own are left."""
    s = new(more=SET + "\nMDStoreDir {dir}/md\nMDCertificateAuthority https://127.0.0.1:1/directory\n"
            "MDCertificateAgreement accepted\nServerAdmin admin@example.test\nMDRenewMode auto\n"
            "MDPortMap http:{p1} https:{p0}\nMDomain fallback.test", modules=["md"])
    s.expect("AH10045", "AH10105", "md:warn", "md:error")
    put(s)
    with s:
        check_token(ask(s, "http", "fallback.test"))
        r = ask(s, "http", "fallback.test", ACME + "not-there")
        assert r.status == 404, "mod_md answers where the site would say 200: %r" % r
        folder = s.path("md", "challenges", "fallback.test")
        os.makedirs(folder, exist_ok=True)
        for path in (s.path("md"), s.path("md", "challenges"), folder):
            os.chmod(path, 0o755)
        with open(os.path.join(folder, "acme-http-01.txt"), "w") as f:
            f.write("mine.of-mod_md")
        os.chmod(os.path.join(folder, "acme-http-01.txt"), 0o644)
        assert ask(s, "http", "fallback.test", ACME + "mine").text == "mine.of-mod_md"


def test_force_https(new):
    """A site that sends everybody to https: its challenges stay where they are, ours and its own."""
    s = new(conf=vhosts((0, 1), [("force.test", "MSSLForceHTTPS on {p0}\n")]))
    s.site("force.test")
    s.site("force.test", "its own", ACME.lstrip("/") + "own")
    put(s)
    with s:
        assert ask(s, "http", "force.test", "/").status == 301
        check_token(ask(s, "http", "force.test"))
        r = ask(s, "http", "force.test", ACME + "own")
        assert (r.status, r.text) == (200, "its own"), r


def test_after_a_redirect_to_https(new):
    """A rule or CDN sends the authority to https, where there is no certificate yet: it goes by the
    answer all the same, and everybody else by the guard."""
    s = new(conf="<VirtualHost 127.0.0.1:{p3}>\nServerName cdn.test\nRedirect 302 / https://new.test/\n</VirtualHost>\n")
    put(s)
    with s:
        with Plain(s.ports[3]) as conn:
            r = http.Http1(conn).request("new.test", ACME + TOKEN)
        assert r.status == 200, "ours comes first here, too"
        with tls.Client(s.port, "new.test", source=new_address()).connect() as conn:
            assert conn.serial == s.dummy.serial
            check_token(http.Http1(conn).request("new.test", ACME + TOKEN))
        with tls.Client(s.port, "new.test", source=new_address()).connect() as conn:
            answer = http.Http1(conn).request("new.test", "/")
            assert answer.status == 421 and MARK not in answer.text


def test_status_of_the_log(server):
    """The line of the access log is the virtual host's; the debug line names the file."""
    put(server)
    mark = server.log_mark()
    check_token(ask(server, "http", "proxy.test", headers=[("X-Case", "challenge-log")]))
    line = server.wait_access("challenge-log")
    assert (line["status"], line["host"]) == ("200", "proxy.test")
    wait_until(lambda: server.count_error("MSSL0223: .*acme-challenge/" + TOKEN, mark) == 1, "the line")


def test_the_guard_is_as_before(server):
    """Under other certificates, and none: the page, in nobody's dress."""
    for way in ("other", "unknown", "none"):
        with connect(server, way, "dressed.test") as conn:
            r = http.Http1(conn).request("dressed.test", ACME)
            assert r.status == 421 and MARK not in r.text + repr(r.headers), r

    class Got:
        pass
    got = Got()
    got.r, got.status, got.log = r, r.status, None
    got.has_content = lambda: MARK in r.text
    got.body = r.text
    check_own(got, 421)
