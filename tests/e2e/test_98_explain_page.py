# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl explain --page: what the start page loads over http; and in a real browser, with the line that mends it."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lib.ctl import Ctl
from lib.netns import own_network
from lib.server import IS_ROOT

CONF = """MSSLCertStore dir:{dir}/store
MSSLDummyCertificate {dir}/dummy.pem
<Directory {dir}/www>
AllowOverride FileInfo
</Directory>
<VirtualHost 127.0.0.1:{p0}>
ServerName shop.test
ServerAlias *.test
VirtualDocumentRoot {dir}/www/%0
SSLEngine on
MSSLEngine on
</VirtualHost>
<VirtualHost 127.0.0.1:{p1}>
ServerName shop.test
ServerAlias *.test
VirtualDocumentRoot {dir}/www/%0
</VirtualHost>
"""
PAGE = """<!doctype html><title>Shop</title>
<link rel="canonical" href="http://shop.test/"><link rel="stylesheet" href="http://shop.test/style.css">
<script src="http://shop.test/ran.js"></script>
<!-- <script src="http://shop.test/never.js"></script> -->
<p style="background: url('http://shop.test/dot.png')">A <a href="http://other.test/">link</a></p>
<form action="http://shop.test/login" method="post"></form>
"""
LOADS = [("link", "href", "http://shop.test/style.css", True), ("script", "src", "http://shop.test/ran.js", True),
         ("style", "style", "http://shop.test/dot.png", False), ("form", "action", "http://shop.test/login", False)]
PLAIN = "<!doctype html><title>Fine</title><img src=/dot.png><a href=http://other.test/>x</a>\n"


def put(s, name, file, text):
    s.site(name, text, file)


@pytest.fixture(scope="module")
def network():
    with own_network():
        yield


@pytest.fixture(scope="module")
def server(network, module_server, ca):
    s = module_server(CONF, modules=["vhost_alias"])
    if IS_ROOT:
        s.ports = [443, 80]
    leaf = ca.leaf("shop.test", "*.test")
    ca.leaf("dummy.invalid").write_joined(s.path("dummy.pem"))
    leaf.write_joined(s.path("store", "shop.test.pem"))
    leaf.write_joined(s.path("store", "_.test.pem"))
    s.leaf = leaf
    put(s, "shop.test", "index.html", PAGE)
    put(s, "shop.test", "ran.js", "document.documentElement.dataset.ran = 'yes';\n")
    put(s, "shop.test", "style.css", "p { color: rgb(1, 2, 3); }\n")
    put(s, "fine.test", "index.html", PLAIN)
    put(s, "long.test", "index.html", "<!doctype html>" + "x" * 300000 + "<img src=http://a.test/>")
    put(s, "text.test", "index.html", PAGE)
    put(s, "text.test", ".htaccess", "ForceType text/plain\n")
    put(s, "moved.test", ".htaccess", "Redirect 301 / https://shop.test/\n")
    put(s, "policy.test", "index.html", PAGE)
    put(s, "policy.test", ".htaccess", "Header always set Content-Security-Policy \"img-src 'self'\"\n")
    put(s, "hostile.test", "index.html", "<img src=\"http://a/\u202e\x1b[31m'|<b>\">")
    put(s, "many.test", "index.html", "".join("<img src=http://a.test/%d>" % i for i in range(30)))
    with s:
        yield s


def read(s, name, *args):
    return Ctl(s)("explain", name, "--page", "--no-dns", "--no-live", *args)


def test_lists_what_is_loaded(server):
    r = read(server, "shop.test", "--json")
    page = r.json["page"]
    assert [(x["tag"], x["attribute"], x["url"], x["blocked"]) for x in page["loads"]] == LOADS, r
    assert (r.code, page["status"], page["bytes"], page["cut"], page["upgraded"]) == (1, 200, len(PAGE), False, False)
    assert [p["id"] for p in r.json["problems"]] == ["mixed_content"]
    assert r.json["fixes"][-1]["command"] == 'Header always set Content-Security-Policy "upgrade-insecure-requests"'
    text = read(server, "shop.test")
    assert "script src http://shop.test/ran.js (blocked)" in " ".join(text.out.split()), text
    assert '   Header always set Content-Security-Policy "upgrade-insecure-requests"\n' in text.out


def test_fine(server):
    r = read(server, "fine.test", "--json")
    assert (r.code, r.json["page"]["loads"], r.json["problems"]) == (0, [], []), r
    assert "nothing is loaded over http" in " ".join(read(server, "fine.test").out.split())


def test_bounds_and_what_is_no_page(server):
    r = read(server, "long.test", "--json").json["page"]
    assert (r["bytes"], r["cut"], r["loads"]) == (262144, True, [])
    r = read(server, "text.test", "--json").json["page"]
    assert (r["html"], r["loads"], r["status"]) == (False, [], 200)
    mark = os.path.getsize(server.access_path)
    r = read(server, "moved.test", "--json").json["page"]
    assert (r["status"], r["location"], r["loads"]) == (301, "https://shop.test/", [])
    with open(server.access_path) as f:
        f.seek(mark)
        assert len(f.readlines()) == 1      # it was not followed
    assert read(server, "shop.test", "--no-live", "--json").json["live"] is None
    text = read(server, "many.test").out
    assert "http://a.test/9" in text and "http://a.test/10" not in text and "and 20 more" in text


def test_foreign_bytes(server):
    r = read(server, "hostile.test", "--json")
    assert r.out.isascii() and "\x1b" not in r.json["page"]["loads"][0]["url"]
    text = read(server, "hostile.test").out
    assert text.isascii() and "\x1b" not in text


def test_a_policy_of_the_page_stays(server):
    r = read(server, "policy.test", "--json")
    command = r.json["fixes"][-1]["command"]
    assert command.startswith("Header always add "), r
    put(server, "policy.test", ".htaccess", "Header always set Content-Security-Policy \"img-src 'self'\"\n%s\n" % command)
    r = read(server, "policy.test", "--json")
    assert (r.code, r.json["page"]["upgraded"], r.json["problems"]) == (0, True, []), r
    assert "which its policy upgrades" in " ".join(read(server, "policy.test").out.split())


def browse(s):
    """The document as a browser has it in the end, and what its console said."""
    key = x509.load_pem_x509_certificate(s.leaf.cert_pem.encode()).public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
    with tempfile.TemporaryDirectory() as profile:
        r = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + profile,
             "--host-resolver-rules=MAP *.test 127.0.0.1", "--ignore-certificate-errors-spki-list=" + pin,
             "--enable-logging=stderr", "--dump-dom", "https://shop.test/"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", timeout=180)
    assert "<title>Shop</title>" in r.stdout, r
    return r.stdout, r.stderr


@pytest.mark.skipif(not IS_ROOT, reason="needs root: a network with ports 80 and 443")
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium: BROWSER=1 sh tests/run installs it")
def test_in_a_browser(server):
    def script_over_http(since):
        with open(server.access_path) as f:
            f.seek(since)
            return re.findall(r"\|(-|TLS[^|]*)\|[^|]*\|[^|]*\|127\.0\.0\.1\|GET /ran\.js", f.read())

    mark = os.path.getsize(server.access_path)
    dom, said = browse(server)
    assert 'data-ran="yes"' not in dom and script_over_http(mark) == []
    assert re.search(r"Mixed Content: .*insecure script 'http://shop\.test/ran\.js'.*blocked", said), said
    line = read(server, "shop.test", "--json").json["fixes"][-1]["command"]
    put(server, "shop.test", ".htaccess", line + "\n")
    try:
        mark = os.path.getsize(server.access_path)
        dom, said = browse(server)
        assert 'data-ran="yes"' in dom and "Mixed Content" not in said, said
        assert script_over_http(mark) and "-" not in script_over_http(mark)
        r = read(server, "shop.test", "--json")
        assert (r.code, r.json["page"]["upgraded"], r.json["problems"]) == (0, True, []), r
    finally:
        os.unlink(server.path("www", "shop.test", ".htaccess"))
