# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What the switch answers: good targets, hostile ones, and what stands in its way (contract section 5)."""

import re

import pytest
from lib import http, tls
from lib.switch import same_address, switch, url
from lib.world import ask, check_own, check_page, check_site


@pytest.fixture(scope="module", params=["one", "light", "full"])
def world(request, module_world):
    w = module_world(request.param)
    with w.server:
        yield w


@pytest.fixture(scope="module")
def light(module_world):
    w = module_world("light")
    with w.server:
        yield w


# The switch's answers

def test_no_target(world):
    for query in (None, ""):
        for client in (None, world.client(None, 2)):
            answer = switch(world, query, client)
            check_own(answer, 200)
            check_page(answer.body)
            answer = switch(world, query, client, "HEAD")
            assert (answer.status, answer.r.body) == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "TRACE"])
def test_other_methods(light, method):
    answer = switch(light, url(light, "a.test"), method=method)
    check_own(answer, 405)
    allowed = {m.strip() for m in answer.r.get("Allow").split(",")}
    assert allowed == {"GET", "HEAD"}
    assert answer.r.get("Location") is None


def test_head_is_a_visit(light):
    w = light
    client = w.client(None)
    answer = switch(w, url(w, "a.test"), client.but(addr=("127.0.0.1", w.server.ports[2])), "HEAD")
    assert (answer.status, answer.r.get("Location"), answer.r.body) == (302, url(w, "a.test"), b"")
    check_site(w.get(client, "a.test"), "a.test", w.leaf("a.test"), "intent")


GOOD = [  # target, Location; {p} is the sites' port
    ("https://a.test:{p}/", None), ("https://a.test:{p}", "https://a.test:{p}/"),
    ("https://a.test/", None), ("https://a.test", "https://a.test/"),
    ("https://a.test:443/", "https://a.test/"), ("https://A.TEST:{p}/P", "https://a.test:{p}/P"),
    ("https://a.test.:{p}/", "https://a.test:{p}/"), ("https://x.wild.test:{p}/", None),
    ("https://a.test:{p}/p/a/t/h?q=1&r=2", None), ("https://a.test:{p}/?q", None),
    ("https://a.test:{p}/?", None), ("https://a.test:{p}?q=1", "https://a.test:{p}/?q=1"),
    ("https://a.test:{p}/%0d%0aX:%20y", None), ("https://a.test:{p}/%2e%2e/%00", None),
    ("https://a.test:{p}/a%20b?c=%26%3D", None), ("https://a.test:{p}/?u=https://b.test/", None),
    ("https://a.test:{p}/??x", None), ("https://a.test:{p}/;x=1,y!$&'()*+:@", None),
    ("https%3A%2F%2Fa.test:{p}%2Fp%3Fq%3D1", "https://a.test:{p}/p?q=1"),
    ("https%3a%2f%2fa.test%3a{p}%2fp", "https://a.test:{p}/p"),
    ("https%3A%2F%2FA.test%3A{p}%2Fp%2520q", "https://a.test:{p}/p%20q"),
]


@pytest.mark.parametrize("target,location", GOOD)
@pytest.mark.parametrize("sni", ["switch.test", None])
def test_good_target(light, target, location, sni):
    w = light
    port = str(w.server.port)
    target = target.replace("{p}", port)
    answer = switch(w, target, w.client(sni, 2))
    check_own(answer, 302)
    assert answer.r.get("Location") == (location or target).replace("{p}", port)
    assert len(answer.r.all("Location")) == 1


NUL, TAB, CR = "\x00", "\t", "\r"
HOSTILE = [  # target, statuses that are right for it
    ("http://a.test/", 400), ("http://a.test:{p}/", 400), ("HTTPS://a.test/", 400), ("ftp://a.test/", 400),
    ("javascript:alert(1)", 400), ("data:text/html,x", 400), ("file:///etc/passwd", 400),
    ("//a.test/", 400), ("///a.test/", 400), ("/a.test", 400), ("a.test", 400), ("https:a.test/", 400),
    ("https:/a.test/", 400), ("https:///a.test/", 400), ("https://", 400), ("https:///", 400),
    ("https", 400), ("https:", 400), ("https:\\\\a.test\\", 400), ("https://a.test\\@evil.example/", 400),
    ("https://a.test\\.evil.example/", 400), ("\\\\a.test/", 400), ("https:\\/a.test/", 400),
    ("https://user@a.test/", 400), ("https://user:pass@a.test/", 400), ("https://a.test@evil.example/", 400),
    ("https://evil.example@a.test/", 400), ("https://a.test:443@evil.example/", 400),
    ("https://@a.test/", 400), ("https://a.test%40evil.example/", 400),
    ("https://a.test%00.evil.example/", 400), ("https://a.test%0d%0aX:y/", 400),
    ("https://%61.test/", 400), ("https://a%2etest/", 400), ("https://a.test%2f@evil.example/", 400),
    ("https://a.test%3a443/", 400), ("https://a.test:%34%34%33/", 400), ("http%73://a.test/", 400),
    ("https%3A//a.test/", 400), ("https%3A%2F/a.test/", 400), ("%68ttps%3A%2F%2Fa.test/", 400),
    ("https%253A%252F%252Fa.test%252F", 400), ("https%3A%2F%2Fa.test%2F%0d%0aX:%20y", 400),
    ("https%3A%2F%2Fa.test%2F%00", 400), ("https%3A%2F%2Fa.test%2F%09", 400),
    ("https%3A%2F%2Fa.test%2F%7f", 400), ("https%3A%2F%2Fuser%40a.test%2F", 400),
    ("https%3A%2F%2Fa.test%5C%40evil.example", 400), ("https%3A%2F%2Fa.test%2", 400),
    ("https%3A%2F%2Fa.test%zz", 400), ("https%3A%2F%2Fa.test%252eevil.example%2F", 400),
    ("https%3A%2F%2F127.0.0.1%2F", 400),
    ("https://127.0.0.1/", 400), ("https://[::1]/", 400), ("https://[::ffff:127.0.0.1]/", 400),
    ("https://2130706433/", 400), ("https://0x7f.1/", 400), ("https://127.1/", 400),
    ("https://1.2.3.4./", 400), ("https://[a.test]/", 400), ("https://a..test/", 400),
    ("https://.a.test/", 400), ("https://a.test../", 400), ("https://../", 400), ("https://./", 400),
    ("https://a.test/b.test@/\x00", 400), ("https://b\u00fccher.test/", 400), ("https://*.wild.test/", 400),
    ("https://a test/", 400), ("https://a.test:/", (302, 400)), ("https://a.test:0/", 400),
    ("https://a.test:-1/", 400), ("https://a.test:65536/", 400), ("https://a.test:99999999999/", 400),
    ("https://a.test:0443/", (302, 400)), ("https://a.test:22/", 400), ("https://a.test:80/", 400),
    ("https://a.test:{http}/", 400), ("https://a.test:4430x/", 400), ("https://a.test:443:443/", 400),
    ("https://a.test:+443/", 400), ("https://a.test: 443/", 400),
    ("https://switch.test:{s}/go", 400), ("https://switch.test:{s}/go?https://a.test/", 400),
    ("https://SWITCH.test.:{s}/go?x", 400), ("https://switch.test:{s}/%67o?https://a.test/", (302, 400)),
    ("https://" + "l" * 64 + ".test/", 400), ("https://" + ("l" * 60 + ".") * 5 + "test/", 400),
    ("https://a.test/" + "x" * 8192, (400, 414)), ("https://a.test/?" + "x" * 7900, (302, 414)),
    ("https://nope.test/", 404), ("https://evil.example/", 404), ("https://a.test.evil.example/", 404),
    ("https://evil.example/https://a.test/", 404), ("https://evil.example?a.test/", 404),
    ("https://evil.example#a.test/", (400, 404)), ("https://a.testevil.example/", 404),
    ("https://extra.test/", 404), ("https://dummy.invalid/", 404), ("https://y.x.wild.test/", 404),
    ("https://wild.test/", 404), ("https://xn--bcher-kva.test/", 404), ("https://store/", 404),
    ("https%3A%2F%2Fevil.example%2F", 404), ("https://..%2fa.test/", 400),
    ("https://a.test/#frag", (302, 400)), ("https://a.test?/@evil.example", 302),
    ("https://a.test/@evil.example", 302), ("https://a.test//evil.example/", 302),
    ("https://a.test/\\evil.example", 400), ("https://a.test/\"><script>alert(1)</script>", (302, 400)),
    ("\"><script>alert(1)</script>", 400), ("https://\"><script>.test/", 400),
    ("https://<b>.test/", 400), ("&https://a.test/", 400), ("url=https://a.test/", 400),
    ("?https://a.test/", 400), (" https://a.test/", 400), ("%20https://a.test/", 400),
    ("https://a.test/\x01", 400), ("https://a.test/\t", 400), ("https://a.test/\x7f", 400),
    ("https://a.test/\x80\xff", (302, 400)),
]
assert len(HOSTILE) >= 60


def allowed_location(w, location):
    """Rebuilt from checked parts: one of our names, and nothing that a browser reads otherwise."""
    m = re.fullmatch(r"https://([a-z0-9_.-]+)(?::(\d+))?(/[!-\[\]-~]*)", location)
    return (m is not None and m.group(1) != "extra.test" and w.leaf(m.group(1)) is not None
            and (m.group(2) is None or int(m.group(2)) in w.server.ports[:3]))


@pytest.mark.parametrize("target,statuses", HOSTILE, ids=["%d" % i for i in range(len(HOSTILE))])
def test_hostile_target(light, target, statuses):
    """Through the real server, with and without SNI: its status, and no Location outside."""
    w = light
    statuses = statuses if isinstance(statuses, tuple) else (statuses,)
    ports = w.server.ports
    target = (target.replace("{p}", str(ports[0])).replace("{s}", str(ports[2]))
              .replace("{http}", str(ports[3])))
    # What httpd's own request line parser takes exception to never reaches the switch.
    wire = target.encode("utf-8" if "\u00fc" in target else "latin-1")
    raw = re.search(rb"[\x00-\x20\x7f-\xff]", wire)
    for sni in ("switch.test", None):
        client = w.client(sni, 2)
        with client.connect() as conn:
            talk = http.Http1(conn)
            talk.send(b"GET /go?" + wire + b" HTTP/1.1\r\nHost: switch.test\r\n\r\n")
            r = talk.read()
        assert r.status in statuses or (raw and r.status == 400), r
        assert "<script" not in r.text.lower() and "<b>" not in r.text
        if r.status == 302:
            assert allowed_location(w, r.get("Location")), r.get("Location")
        else:
            assert r.get("Location") is None and r.get("Refresh") is None
            assert r.all("Set-Cookie") == []
        if sni is None:
            # No intent came of it.
            answer = w.get(client.but(addr=("127.0.0.1", ports[0])), "w2.wild.test")
            if r.status != 302:
                check_own(answer, 302, w.dummy, "dummy")


def test_hostile_over_h2(light):
    """h2 lets bytes through that a request line of HTTP/1.1 does not carry."""
    w = light
    conf = ["https://evil.example/", "//evil.example/", "https://a.test\\@evil.example/",
            "https://a.test /", "https://a.test\t/", "https://a.test\x01/", "https://a.test/ x"]
    for target in conf:
        with w.client("a.test", alpn=["h2"]).connect() as conn:
            talk = http.Http2(conn)
            stream = talk.start("switch.test:%d" % w.server.ports[2], "/go?" + target)
            try:
                r = talk.wait(stream)[0]
            except tls.TLSError:
                continue        # the connection was ended
            assert r.status in (None, 400, 404, 421)
            assert r.get("location") is None


def test_target_ports(new_world):
    """Ours are: where httpd serves TLS, one in a ServerName, the switch URL's."""
    w = new_world("light", extra="<VirtualHost 127.0.0.1:{p3}>\nServerName https://front.test:8443\n"
                  "</VirtualHost>\n", switch="MSSLSwitchURL https://switch.test:9443/go\n")
    with w.server:
        for port, status in ((8443, 302), (9443, 302), (443, 302), (8444, 400), (80, 400),
                             (w.server.ports[3], 400), (w.server.ports[1], 302)):
            answer = switch(w, "https://a.test:%d/" % port)
            assert answer.status == status, (port, answer.r)


# The switch on any certificate, and what stands in its way

def test_switch_answers_under_any_certificate(new_world):
    """Row one of contract section 4: on the sites' address, whatever certificate was shown."""
    w = same_address(new_world)
    with w.server:
        for sni in ("switch.test", "a.test", "nope.test", None, "127.0.0.1"):
            for alpn in (None, ["h2"]):
                with w.client(sni, alpn=alpn).connect() as conn:
                    answer = ask(w.server, conn, "switch.test:%d" % w.server.port,
                                 "/go?" + url(w, "b.test"))
                    check_own(answer, 302)
                    assert answer.r.get("Location") == url(w, "b.test")
        # Another path of the switch's host is a site like any other.
        answer = w.get(w.client("a.test"), "switch.test:%d" % w.server.port, "/go/x")
        check_own(answer, 421)
        answer = w.get(w.client("a.test"), "switch.test:%d" % w.server.port, "/")
        check_own(answer, 421)


@pytest.mark.parametrize("handler", ["", "SetHandler server-status\n", "SetHandler default-handler\n"])
def test_switch_url_with_another_handler(new_world, handler):
    """httpd would pick another handler for MSSLSwitchURL: 421, under any certificate that does not cover it."""
    w = same_address(new_world, modules=["status"])
    w.server.conf = w.server.conf.replace(
        "<Location /go>\nSetHandler mssl-switch\n</Location>\n</VirtualHost>\n",
        "<Location /go>\n%s</Location>\n</VirtualHost>\n" % handler)
    w.server.site("switch.test", path="go")
    with w.server:
        for sni in ("a.test", None, "nope.test"):
            answer = w.get(w.client(sni), "switch.test:%d" % w.server.port, "/go")
            check_own(answer, 421)


def test_nothing_of_the_vhost_dresses_the_switch(new_world):
    """Header always, ErrorDocument, rewriting and cookies of the vhost that holds the switch."""
    w = same_address(new_world, modules=["rewrite"])
    w.server.conf = w.server.conf.replace(
        "ServerName switch.test\nDocumentRoot", "ServerName switch.test\n"
        "Header always set X-Site CONTENT-OF<switch.test>\n"
        "Header always set Set-Cookie site=CONTENT-OF<switch.test>\n"
        + "".join("ErrorDocument %d CONTENT-OF<switch.test>\n" % c for c in (302, 400, 404, 405, 421))
        + "DocumentRoot", 1)
    with w.server:
        for sni in (None, "a.test", "nope.test"):
            for query, status in ((url(w, "a.test"), 302), ("http://a.test/", 400),
                                  ("https://nope.test/", 404)):
                answer = w.get(w.client(sni), "switch.test:%d" % w.server.port, "/go?" + query)
                check_own(answer, status)
                assert "CONTENT-OF" not in repr(answer.r.headers)


def test_known_names_of_a_switch_elsewhere(new_world, ca):
    """At a switch on another address: by the stores and mappings of its own configuration."""
    w = new_world("light")
    ca.leaf("only-there.test").write_joined(w.server.path("own", "only-there.test.pem"))
    w.server.conf = w.server.conf.replace(
        "<VirtualHost 127.0.0.1:{p2}>",
        "<VirtualHost 127.0.0.1:{p2}>\nMSSLCertStore dir:{dir}/own\n"
        "MSSLCertificate mapped.test {dir}/mapped.pem")
    ca.leaf("mapped.test").write_joined(w.server.path("mapped.pem"))
    with w.server:
        for name, status in (("only-there.test", 302), ("mapped.test", 302), ("nope.test", 404),
                             ("a.test", 404)):
            assert switch(w, "https://%s/" % name).status == status, name


def test_referrer_and_caching(light):
    """A switch's redirect is never cached nor told to the next site."""
    for query in (url(light, "a.test"), "http://x/", "https://nope.test/", ""):
        answer = switch(light, query, light.client(None, 2))
        assert answer.r.get("Cache-Control") == "no-store"
        assert answer.r.get("Referrer-Policy") == "no-referrer"


@pytest.mark.parametrize("path", ["/go", "/go?https://a.test/", "/%67o", "/%67%6F?x", "//go", "/./go",
                                  "/go/../go", "/x/%2e%2e/go", "/%2e/go", "///.//go"])
def test_the_switch_itself(light, path):
    """In any spelling that httpd takes for it."""
    for client in (None, light.client(None, 2)):
        answer = switch(light, url(light, "switch.test", path, 2), client)
        check_own(answer, 400)
        assert answer.r.get("Location") is None
    answer = switch(light, url(light, "switch.test", "/other", 2))
    check_own(answer, 302)
