# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The guard and what stands beside it: httpd's early errors on a connection that covers the site, other
modules that answer early, odd settings of httpd (contract section 2).
"""

import os

import pytest
from lib import http
from lib.server import MARK, libexecdir, marker
from lib.wire import raw, status_of
from lib.world import ask, check_own, check_site


def get_raw(world, sni, data):
    text = raw(world, sni, data)
    return status_of(text), text


# HttpProtocolOptions Unsafe: the target's host and the Host header may differ

UNSAFE = """
HttpProtocolOptions Unsafe
"""
BY_HEADER = "RewriteEngine on\nRewriteCond %{HTTP_HOST} ^a\\.test\nRewriteRule ^ /a.test/index.html [L]\n"


@pytest.fixture(scope="module")
def unsafe(module_world):
    w = module_world("one", modules=["rewrite"], directives=UNSAFE, vhost=BY_HEADER)
    s = w.server
    s.site("b.test", path="a.test/index.html", text=marker("a.test") + "\n")
    with s:
        yield w


@pytest.mark.parametrize("target,host,status", [
    ("https://b.test/", "a.test", 421), ("https://b.test/", "a.test:443", 421),
    ("https://b.test/", "b.test", 200), ("https://B.test./", "b.test:8443", 200),
    ("http://b.test/", "a.test", 421), ("http://a.test/", "b.test", 421),
    ("/", "b.test", 200)])
def test_target_and_host_differ(unsafe, target, host, status):
    """Rewriting and proxying go by the Host header, httpd's vhost by the target: both or neither."""
    w = unsafe
    with w.client("b.test").connect() as conn:
        answer = ask(w.server, conn, host, target)
    if status == 200:
        check_site(answer, "b.test", w.leaf("b.test"), "sni")
    else:
        check_own(answer, 421, w.leaf("b.test"), "sni")


# mod_security2

SECURITY = """
SecRuleEngine On
SecRule REQUEST_HEADERS:Host "@beginsWith b.test" "id:1,phase:1,redirect:https://b.test/CONTENT-OF-b.test"
SecRule REQUEST_URI "@beginsWith /forbidden" "id:2,phase:1,deny,status:403"
"""
SECURITY_MODULE = os.path.join(libexecdir(), "mod_security2.so")


@pytest.fixture(scope="module", params=["before", "after"])
def secured(request, module_world):
    """mod_security2 loaded before the module, and after it."""
    if not os.path.exists(SECURITY_MODULE):
        pytest.skip("mod_security2 is not installed")
    load = "security2_module=" + SECURITY_MODULE
    before = ["unique_id"] + ([load] if request.param == "before" else [])
    after = "" if request.param == "before" else "LoadModule security2_module %s\n" % SECURITY_MODULE
    w = module_world("light", modules=before, main=after + SECURITY,
                     extra="<VirtualHost 127.0.0.1:{p0}>\nServerName err.test\n"
                     "DocumentRoot {dir}/www/err.test\nErrorDocument 403 /err.html\n"
                     "Header always set X-Site err\n</VirtualHost>\n")
    w.server.expect("ModSecurity")
    w.leaves["err.test"] = w.ca.leaf("err.test")
    w.leaves["err.test"].write_joined(w.server.path("store", "err.test.pem"))
    w.server.site("err.test", path="err.html")
    with w.server:
        yield w


def test_first_rules_of_mod_security(secured):
    """Its first phase answers for no site that the certificate does not cover."""
    w = secured
    for sni, status in (("a.test", 421), ("nope.test", 421), (None, 302)):
        with w.client(sni).connect() as conn:
            answer = ask(w.server, conn, "b.test")
        check_own(answer, status)
        assert "CONTENT-OF" not in repr(answer.r.headers), answer.r
    with w.client("b.test").connect() as conn:
        answer = ask(w.server, conn, "b.test")
    assert (answer.status, answer.r.get("Location")) == (302, "https://b.test/CONTENT-OF-b.test")


def test_what_mod_security_refuses_has_the_sites_dress(secured):
    w = secured
    with w.client("err.test").connect() as conn:
        answer = ask(w.server, conn, "err.test", "/forbidden")
    assert answer.status == 403 and marker("err.test") in answer.body, answer.r
    assert answer.r.get("X-Site") == "err"
    with w.client("a.test").connect() as conn:
        check_own(ask(w.server, conn, "err.test", "/forbidden"), 421, w.leaf("a.test"))


# httpd's early errors

FORMS = {"path.test": "/err.html", "text.test": '"CONTENT-OF<text.test>"',
         "url.test": "https://url.test/CONTENT-OF<url.test>"}
DRESS = "".join("<VirtualHost 127.0.0.1:{p0}>\nServerName %s\nDocumentRoot {dir}/www/%s\n" % (n, n)
                + "".join("ErrorDocument %d %s\n" % (status, form) for status in (400, 408, 414, 417))
                + 'Header always set X-Site "%s"\n</VirtualHost>\n' % n for n, form in FORMS.items())
BOGUS = b"GET / HTTP/1.1\r\nHost: %s\r\nExpect: bogus\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def dressed(module_world):
    w = module_world("light", extra=DRESS)
    s = w.server
    first = "DocumentRoot {dir}/www/notice.test\n"
    s.conf = s.conf.replace(first, first + "ErrorDocument 400 /err.html\nErrorDocument 414 /err.html\n"
                            "Header always set X-Site notice.test\n", 1)
    for name in list(FORMS) + ["notice.test"]:
        w.leaves[name] = w.ca.leaf(name)
        w.leaves[name].write_joined(s.path("store", name + ".pem"))
        s.site(name, path="err.html")
    with s:
        yield w


@pytest.mark.parametrize("site", FORMS)
def test_covered_site_keeps_its_error_pages(dressed, site):
    """Expect: bogus is refused by httpd before any hook; the site is covered, and has its say."""
    status, text = get_raw(dressed, site, BOGUS % site.encode())
    assert "X-Site: " + site in text, text
    if site == "url.test":
        assert status == 302 and "Location: https://url.test/CONTENT-OF" in text, text
    else:
        assert status == 417, text
        assert (marker(site) if site == "path.test" else "CONTENT-OF<text.test>") in text, text


@pytest.mark.parametrize("sni", ["a.test", "notice.test", None, "nope.test"])
@pytest.mark.parametrize("site", FORMS)
def test_uncovered_site_dresses_nothing(dressed, site, sni):
    host = site.encode()
    for data in (BOGUS % host, b"GET https://%s/ HTTP/1.1\r\n\r\n" % host,
                 b"GET https://%s/ HTTP/1.1\r\nExpect: bogus\r\nHost: a.test\r\n\r\n" % host):
        status, text = get_raw(dressed, sni, data)
        assert status in (400, 417), text
        assert "X-Site: " + site not in text and "CONTENT-OF" not in text and MARK not in text, text


@pytest.mark.parametrize("data,status", [
    (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a.test\r\n\r\n", 414),
    (b"NONSENSE\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: notice.test\r\nbad header\r\n\r\n", 400)],
    ids=["long line", "no http", "no host", "bad header"])
def test_first_vhost_under_its_own_certificate(dressed, data, status):
    """As long as no host is read it is the vhost of the name that the certificate was chosen for."""
    got, text = get_raw(dressed, "notice.test", data)
    assert got == status and "X-Site: notice.test" in text and marker("notice.test") in text, text
    for sni in ("a.test", "path.test", None, "nope.test"):
        got, text = get_raw(dressed, sni, data)
        assert got == status and "X-Site" not in text and MARK not in text, text


# Answers of later phases

def test_switch_and_client_certificates_are_undressed(new_world):
    """A refusal in a later phase is the module's own answer, too."""
    dress = "ErrorDocument 421 \"CONTENT-OF<notice>\"\nHeader always set X-Site notice\n"
    w = new_world("one", vhost=dress + "<Location /private>\nSSLVerifyClient require\n</Location>\n",
                  switch="MSSLSwitchURL https://c.test:{p0}/go\n",
                  modules=["status"])
    w.server.conf = w.server.conf.replace("<Location /private>", "<Location /go>\nSetHandler "
                                          "server-status\n</Location>\n<Location /private>")
    w.server.site("a.test", path="private/index.html")
    w.server.expect("AH02039|AH02261|AH10158|AH02222")
    with w.server:
        with w.client("c.test").connect() as conn:
            answer = ask(w.server, conn, "c.test:%d" % w.server.port, "/go?https://a.test/")
        check_own(answer, 421, w.leaf("c.test"), "sni")
        assert answer.r.get("X-Site") is None


def test_client_certificates_of_a_light_vhost_are_undressed(new_world):
    w = new_world("light", extra="<VirtualHost 127.0.0.1:{p0}>\nServerName d.test\n"
                  "DocumentRoot {dir}/www/a.test\nErrorDocument 421 \"CONTENT-OF<d>\"\n"
                  "Header always set X-Site d\n<Location />\nSSLVerifyClient require\n</Location>\n"
                  "</VirtualHost>\n")
    w.leaves["d.test"] = w.ca.leaf("d.test")
    w.leaves["d.test"].write_joined(w.server.path("store", "d.test.pem"))
    with w.server:
        with w.client("d.test").connect() as conn:
            talk = http.talk(conn)
            for _ in range(2):      # the connection lives on
                answer = ask(w.server, conn, "d.test", talk=talk)
                check_own(answer, 421, w.leaf("d.test"), "sni")
                assert answer.r.get("X-Site") is None
        w.server.wait_error("MSSL0062: ")


# A trusted client and ServerPath

@pytest.mark.parametrize("name,site", [("a.test", "a.test"), ("x.wild.test", "notice.test")])
def test_server_path_does_not_choose_for_a_trusted_client(new_world, name, site):
    """The name given for it does, for the first vhost where none has the name."""
    w = new_world("light", directives="MSSLTrustNoSNI %s 127.0.0.0/8\n" % name,
                  extra="<VirtualHost 127.0.0.1:{p0}>\nServerName path.test\nServerAlias 127.0.0.1\n"
                  "ServerPath /b\nDocumentRoot {dir}/www/b.test\n</VirtualHost>\n")
    for each in ("a.test", "b.test", "notice.test"):
        w.server.site(each, path="b/index.html")
    with w.server:
        for data in (b"GET /b/ HTTP/1.0\r\n\r\n", b"GET /b/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
                     b"GET /b/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"):
            status, text = get_raw(w, None, data)
            assert status == 200 and marker(site) in text and marker("b.test") not in text, text
