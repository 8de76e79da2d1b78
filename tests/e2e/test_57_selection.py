# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Which vhost a name selects: the first with that name or a matching alias, in httpd's order. Beside the
guarded address stand the same vhosts on a plain one, where mod_ssl alone selects: they must agree.
"""

import os
import struct

import pytest
from lib import http, tls
from lib.module import build_module
from lib.server import marker
from lib.world import file_pair, new_address

# (names, has TLS of its own: then 1.2 only, which shows that mod_ssl selected it)
VHOSTS = [
    ("ServerName first.test", False),
    ("ServerName early.test\nServerAlias *.x.test ?.q.test", True),
    ("ServerName b.x.test", False),
    ("ServerName E.y.test\nServerAlias alias.y.test", False),
    ("ServerName late.test\nServerAlias *.y.test", True),
    ("ServerName last.test\nServerAlias b.x.test late.test", False),
]

# name: number of the vhost
SELECTED = {
    "first.test": 0, "early.test": 1, "b.x.test": 1, "deep.b.x.test": 1, "1.q.test": 1, "x.test": 0,
    "e.y.test": 3, "alias.y.test": 3, "other.y.test": 4, "late.test": 4, "last.test": 5, "nobody.test": 0,
}


def vhosts(port, more):
    for i, (names, own) in enumerate(VHOSTS):
        yield "<VirtualHost 127.0.0.1:{%s}>\n%s\nDocumentRoot {dir}/www/v%d\n%s%s%s</VirtualHost>\n" % (
            port, names, i, "SSLEngine on\n" if own or i == 0 else "", "SSLProtocol TLSv1.2\n" if own else "", more(i))


@pytest.fixture(scope="module", params=["tested", "newer"])
def server(request, module_server, workdir, ca):
    """newer: a mod_ssl that claims to come from a later httpd, whose inside nobody knows."""
    def guarded(i):
        return "MSSLEngine on\n" + ("MSSLCertStore dir:{dir}/s%d\n" % i if i in (1, 2) else "")

    def plain(i):
        return "MSSLEngine off\n" + ("SSLCertificateFile {dir}/dummy.pem\n" if VHOSTS[i][1] or i == 0 else "")

    s = module_server("SSLProtocol -all +TLSv1.2 +TLSv1.3\nMSSLCertStore dir:{dir}/store\n"
                      "MSSLDummyCertificate {dir}/dummy.pem\n" + "".join(vhosts("p0", guarded))
                      + "".join(vhosts("p1", plain)), ports=2,
                      modules=["future_module=" + build_module(workdir, "future")] if request.param == "newer" else [])
    s.expect("AH01873|AH00548|AH00549")
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    for i in range(len(VHOSTS)):
        s.site("v%d" % i)
    for sub in ("store", "s1", "s2"):
        os.makedirs(s.path(sub), exist_ok=True)
    s.leaves = {name: ca.leaf(name) for name in SELECTED if name != "nobody.test"}
    for name, leaf in s.leaves.items():
        file_pair(leaf, s.path("store"), name)
    s.wild, s.exact = ca.leaf("*.x.test"), ca.leaf("b.x.test")
    file_pair(s.wild, s.path("s1"), "*.x.test")
    file_pair(s.exact, s.path("s2"), "b.x.test")
    with s:
        assert s.count_error("MSSL0006: .*with a mod_ssl that is newer") == (request.param == "newer")
        yield s


def connect(s, port, sni, **kw):
    return tls.Client(s.ports[port], sni, source=new_address(), **kw).connect()


@pytest.mark.parametrize("name", SELECTED)
@pytest.mark.parametrize("form", [str, str.upper, lambda n: n + "."], ids=["as it is", "upper", "dot"])
def test_as_mod_ssl_selects(server, name, form):
    """By the TLS version of the vhost; a trailing dot is no name of any vhost for mod_ssl."""
    with connect(server, 0, form(name)) as conn:
        ours = conn.version
    with connect(server, 1, form(name)) as conn:
        assert ours == conn.version
    own = form(name)[-1] != "." and VHOSTS[SELECTED[name]][1]
    assert ours == (tls.TLS12 if own else tls.TLS13)


@pytest.mark.parametrize("name", sorted(set(SELECTED) - {"nobody.test"}))
def test_as_httpd_selects(server, name):
    with connect(server, 0, name) as conn:
        r = http.Http1(conn).request(name)
    assert (r.status, r.text) == (200, marker("v%d" % SELECTED[name]) + "\n")


def test_stores_of_the_selected_vhost(server):
    """The early vhost's wildcard, not the exact certificate of a vhost that never serves the name."""
    with connect(server, 0, "b.x.test") as conn:
        assert conn.serial == server.wild.serial
    with connect(server, 0, "other.y.test") as conn:
        assert conn.serial == server.leaves["other.y.test"].serial


@pytest.mark.parametrize("name", ["late.test", "last.test", "nobody.test"])
def test_handshake_that_fails(server, name):
    """Behind mod_ssl's choice and before ours (TLS 1.0 is off): an alert, and the next one is as ever."""
    entry = b"\0" + struct.pack("!H", len(name)) + name.encode()
    for _ in range(3):
        assert tls.raw_hello(server.port, struct.pack("!H", len(entry)) + entry, version=0x0301) == (
            "alert", tls.ALERT_VERSION)
    if name in server.leaves:
        test_as_httpd_selects(server, name)
