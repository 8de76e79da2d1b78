# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The rules that customers write into .htaccess to force https (contract section 12): none of them loops that need not,
directly, over h2, and behind a proxy that ends TLS. On ports 80 and 443, which many of them mean.
"""

import json
import os
import re
import socket

import pytest
from lib import http, tls
from lib.ca import write
from lib.netns import own_network
from lib.world import file_pair

with open(os.path.join(os.path.dirname(__file__), "https-forms.json")) as f:
    TABLE = json.load(f)
FORMS = {form["id"]: form for form in TABLE["forms"]}
NAMES = [name + ".test" for name in FORMS]
PROXY = "127.0.0.9"
ALL_HEADERS = """
MSSLSchemeHeader HTTPS on
MSSLSchemeHeader X-Forwarded-Proto https
MSSLSchemeHeader X-Forwarded-SSL on
MSSLSchemeHeader X-Forwarded-Port 443
MSSLSchemeHeader X-HTTPS 1
"""
FORGED = [("HTTPS", "on"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-SSL", "on"), ("X-HTTPS", "1")]

CONF = """
%s
MSSLTrustedProxy 127.0.0.9
MSSLCertStore dir:{dir}/store
<Directory {dir}/www>
AllowOverride All
</Directory>
UseCanonicalName Off
<VirtualHost 127.0.0.1:80>
ServerName first.test
VirtualDocumentRoot {dir}/www/%%0
</VirtualHost>
<VirtualHost 127.0.0.1:443 127.0.0.1:8443>
ServerName first.test
Protocols h2 http/1.1
SSLEngine on
MSSLEngine on
VirtualDocumentRoot {dir}/www/%%0
</VirtualHost>
"""


def plain(port, source, authority, path, headers):
    with socket.create_connection(("127.0.0.1", port), 15, (source, 0)) as sock:
        return http.Http1(http.Wire(sock)).request(authority, path, headers=headers)


def ask(url, way, alpn):
    """One request of a visitor: directly, or by the proxy in front. Returns (status, Location)."""
    scheme, host, port, path = re.match(r"(https?)://([^/:]+)(?::(\d+))?(/.*)", url).groups()
    authority = host + (":" + port if port else "")
    port = int(port or (443 if scheme == "https" else 80))
    if way == "proxy":
        headers = [("X-Forwarded-Proto", scheme), ("X-Forwarded-Port", str(port))]
        headers += [("X-Forwarded-SSL", "on")] if scheme == "https" else []
        r = plain(80, PROXY, authority, path, headers)
    elif scheme == "http":
        r = plain(port, "127.0.0.2", authority, path, FORGED if way == "spoofed" else [])
    else:
        with tls.Client(port, host, alpn=alpn).connect() as conn:
            r = (http.Http2 if alpn == ["h2"] else http.Http1)(conn).request(authority, path)
    return r.status, r.get("Location")


def trace(url, way, alpn):
    """What a visitor goes through, as https-forms.json writes it."""
    seen = []
    for _ in range(8):
        status, location = ask(url, way, alpn)
        seen.append(("s" if url.startswith("https") else "h") + str(status))
        if location is None:
            at = "" if re.match(r"https://[^/]+/page\?x=1$", url) else " (at %s)" % url
            return ">".join(seen) + at
        if location == url:
            break
        url = location
    return "LOOP"


def columns(name, alpn):
    page = name + "/page?x=1"
    return [trace("http://" + page, "direct", alpn), trace("https://" + page, "direct", alpn),
            trace("https://" + page.replace("/", ":8443/", 1), "direct", alpn), trace("http://" + page, "proxy", alpn),
            trace("https://" + page, "proxy", alpn), str(ask("http://" + page, "spoofed", alpn)[0])]


@pytest.fixture(scope="module", params=["default", "all_headers"])
def forms(request, module_server, ca):
    with own_network():
        s = module_server(CONF % (ALL_HEADERS if request.param == "all_headers" else ""), ports=3,
                          modules=["vhost_alias", "rewrite", "http2", "alias"])
        s.ports = [80, 443, 8443]
        s.expect("MSSL0203", "AH02219")   # f23 is SSLRequireSSL
        leaf = ca.leaf(*NAMES)
        for name in NAMES:
            file_pair(leaf, s.path("store"), name)
            s.site(name, path="page")
            write(s.path("www", name, ".htaccess"), FORMS[name[:3]]["htaccess"])
        with s:
            s.setup = request.param
            yield s


@pytest.mark.parametrize("alpn", ["http/1.1", "h2"])
@pytest.mark.parametrize("form", FORMS)
def test_form(forms, form, alpn):
    seen = columns(form + ".test", [alpn])
    assert dict(zip(TABLE["columns"], seen)) == dict(zip(TABLE["columns"], FORMS[form][forms.setup])), \
        FORMS[form]["form"]


def test_loops_are_told(forms):
    """Once for a host, and only those that loop on our own TLS."""
    looping = {name for name in FORMS if FORMS[name][forms.setup][1] == "LOOP"}
    for name in looping:
        for _ in range(3):
            trace("https://%s.test/page?x=1" % name, "direct", ["http/1.1"])
    told = re.findall(r"MSSL0203: '(f\d\d)\.test'", forms.error_log())
    assert sorted(told) == sorted(set(told)) and looping <= set(told), told
    assert not {"f01", "f07", "f10"} & set(told)
