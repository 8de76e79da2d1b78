# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The sites that most tests share, in the three ways to set sites up (contract section 6), and what a
test says to a server with them.
"""

import itertools
import os
import re

from . import http, tls
from .server import MARK, Server, marker

SETUPS = ("one", "light", "full")

# name: every name of its certificate; all but extra.test are filed in the store.
GROUPS = {
    "a.test": ("a.test", "alias-a.test", "extra.test"),
    "b.test": ("b.test", "alias-b.test"),
    "c.test": ("c.test",),
    "*.wild.test": ("*.wild.test",),
}
NOT_FILED = {"extra.test"}
VHOSTS = {  # site: the names of its vhost
    "a.test": ("a.test", "alias-a.test"),
    "b.test": ("b.test", "alias-b.test"),
    "c.test": ("c.test",),
    "w1.wild.test": ("w1.wild.test",),
    "w2.wild.test": ("w2.wild.test",),
}

_addresses = itertools.count(1)
_cases = itertools.count(1)


def new_address():
    """A loopback address that no earlier client of this run had."""
    n = next(_addresses)
    return "127.%d.%d.%d" % (10 + n // 62500, n // 250 % 250 + 1, n % 250 + 1)


def new_case():
    return "case%d" % next(_cases)


def file_pair(leaf, store, name):
    """NAME.pem in a store."""
    return leaf.write_joined(os.path.join(store, name.replace("*", "_") + ".pem"))


class World:
    """
    A server with the sites of GROUPS. Ports: p0 the sites, p1 the sites without session tickets
    (resumption by session id, and TLS 1.3 with the state on the server), p2 the switch, p3 plain HTTP.
    """

    def __init__(self, path, ca, setup="light", mpm="event", modules=(), directives="", vhost="",
                 extra="", switch="MSSLSwitchURL https://switch.test:{p2}/go\n", **kw):
        self.ca, self.setup = ca, setup
        modules = list(modules) + ["vhost_alias"] + ([] if mpm == "prefork" else ["http2"])
        self.server = Server(path, mpm=mpm, modules=modules, ports=kw.pop("ports", 4), **kw)
        self.vhost, self.extra = vhost, extra
        s = self.server
        store = s.path("store")
        self.leaves = {}
        for main, names in GROUPS.items():
            leaf = ca.leaf(*names, key="rsa" if main == "b.test" else "ecdsa")
            for name in names:
                self.leaves[name] = leaf
                if name not in NOT_FILED:
                    file_pair(leaf, store, name)
        self.dummy = ca.leaf("dummy.invalid")
        self.dummy.write_joined(s.path("dummy.pem"))
        self.leaves["switch.test"] = ca.leaf("switch.test")
        file_pair(self.leaves["switch.test"], store, "switch.test")
        for site in list(VHOSTS) + ["notice.test", "extra.test", "alias-a.test", "alias-b.test",
                                    "x.wild.test", "switch.test", "nope.test", "plain.test"]:
            s.site(site)
        # A light vhost has no Protocols of its own to inherit from the first one.
        protocols = "" if mpm == "prefork" else "Protocols h2 http/1.1\n"
        s.conf = (protocols + "MSSLCertStore dir:{dir}/store\nMSSLDummyCertificate {dir}/dummy.pem\n" + switch
                  + directives + self.sites(0) + self.sites(1, "SSLSessionTickets off")
                  + self.switch_vhost() + self.plain_vhost() + extra)

    def leaf(self, name):
        """The certificate filed for a name, by its wildcard too."""
        return self.leaves.get(name) or self.leaves.get("*." + name.split(".", 1)[1])

    def _vhost(self, n, names, body):
        alias = "ServerAlias %s\n" % " ".join(names[1:]) if names[1:] else ""
        return ("<VirtualHost 127.0.0.1:{p%d}>\nServerName %s\n%s%s</VirtualHost>\n"
                % (n, names[0], alias, body))

    def sites(self, n, tls_lines=""):
        """The vhosts of the sites on port number n."""
        on = "SSLEngine on\nMSSLEngine on\n%s\n%s" % (tls_lines, self.vhost)
        if self.setup == "one":
            return self._vhost(n, ["notice.test"], on + "UseCanonicalName Off\n"
                               "VirtualDocumentRoot {dir}/www/%0\n")
        text = self._vhost(n, ["notice.test"], on + "DocumentRoot {dir}/www/notice.test\n")
        for site, names in VHOSTS.items():
            body = "DocumentRoot {dir}/www/%s\n%s" % (site, self.vhost)
            if self.setup == "full":
                body = on + body
                if site == "c.test":
                    body += "SSLCertificateFile {dir}/store/c.test.pem\n"
            text += self._vhost(n, names, body)
        return text

    def switch_vhost(self):
        return self._vhost(2, ["switch.test"], "SSLEngine on\nSSLCertificateFile {dir}/store/"
                           "switch.test.pem\nDocumentRoot {dir}/www/switch.test\n"
                           "<Location /go>\nSetHandler mssl-switch\n</Location>\n")

    def plain_vhost(self):
        return self._vhost(3, ["plain.test"], "DocumentRoot {dir}/www/plain.test\n"
                           "<Location /go>\nSetHandler mssl-switch\n</Location>\n")

    def content(self, host):
        """The site whose content a covered request for a host gets."""
        if self.setup == "one":
            return host
        for site, names in VHOSTS.items():
            if host in names:
                return site
        return "notice.test"

    # Talking

    def client(self, sni=None, port=0, **kw):
        kw.setdefault("source", new_address())
        return tls.Client(self.server.ports[port], sni, **kw)

    def get(self, client, host, path="/", method="GET", session=None, **kw):
        """One connection, one request."""
        with client.connect(session) as conn:
            answer = ask(self.server, conn, host, path, method, **kw)
        return answer

    def wish(self, client, name, path="/", port=0):
        """Send a client through the switch: what it meets, and remembers, on its way to a name."""
        switch = client.but(addr=(client.addr[0], self.server.ports[2]), alpn=None)
        target = "https://%s:%d%s" % (name, self.server.ports[port], path)
        with switch.connect() as conn:
            r = http.Http1(conn).request("switch.test:%d" % self.server.ports[2], "/go?" + target)
        assert (r.status, r.get("Location")) == (302, target), r
        return r


class Answer:
    """What a client got, from its side and from the access log."""

    def __init__(self, conn, talk, response, log):
        self.serial, self.reused, self.session = conn.serial, conn.reused, conn.session
        self.r, self.log, self.talk, self.conn = response, log, talk, conn
        self.status, self.body = response.status, response.text
        self.by = log["by"] if log else None

    def has_content(self):
        return MARK in self.body or any(MARK in v for _, v in self.r.headers)


def ask(server, conn, host, path="/", method="GET", talk=None, log=True, headers=(), **kw):
    """A request over a connection, with its line of the access log."""
    case = new_case()
    talk = talk or http.talk(conn)
    r = talk.request(host, path, method, headers=[("X-Case", case)] + list(headers), **kw)
    nudge = getattr(talk, "nudge", None)
    return Answer(conn, talk, r, server.wait_access(case, nudge=nudge) if log else None)


def check_site(answer, site, leaf, by):
    """The site's content, under this certificate, for this reason."""
    assert (answer.status, answer.by) == (200, by), (answer.r, answer.log)
    assert answer.body == marker(site) + "\n", answer.r
    assert answer.serial == leaf.serial, "another certificate than the site's"
    assert answer.log["ok"] == "1", answer.log


def check_own(answer, status, leaf=None, by=None):
    """An answer of the module: the status, its headers, and no byte of a site."""
    assert answer.status == status, (answer.r, answer.log)
    assert not answer.has_content(), "content of a site leaked: %r" % answer.r
    assert answer.r.get("Cache-Control") == "no-store", answer.r
    assert answer.r.get("Referrer-Policy") == "no-referrer", answer.r
    if by is not None:
        assert answer.by == by, answer.log
    if leaf is not None:
        assert answer.serial == leaf.serial, "another certificate than expected"
    if status in (421, 404, 400, 200, 503) and answer.log and answer.r.body:
        check_page(answer.body)


def check_page(body):
    """Small, self-contained HTML."""
    assert "<html" in body.lower(), body
    assert len(body) < 8192
    assert not re.search(r"<(script|img|link|iframe|object)\b|url\(", body, re.I), body
    assert "\ufffd" not in body, "not UTF-8: " + body


def check_ends(answer, ends=True):
    """Whether the connection ends with this answer."""
    if answer.r.version.startswith("HTTP/1"):
        said = (answer.r.get("Connection") or "").lower() == "close"
        assert said == ends, answer.r
