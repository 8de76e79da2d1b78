# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The story of a hoster, with real parts: folders and virtual hosts, the steward, uacme, pebble, a mail server, visitors. Each step is
what somebody does, what visitors then get, and what people are told.
"""

import email
import email.policy
import os
import shutil
import socket

import pytest
from lib import http, mta, tls
from lib.ca import write
from lib.issuing import Issuing, ship
from lib.pebble import MISSING, Pebble, can_trust, trusting
from lib.server import wait_until
from lib.world import new_address
from test_98_notify import script

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING)),
    pytest.mark.skipif(not shutil.which("uacme"), reason="there is no uacme here"),
    pytest.mark.skipif(not can_trust(), reason="whom uacme trusts is the system's, and cannot be changed here"),
    pytest.mark.skipif(not mta.is_there(), reason="no Postfix (tests/run has Debian's unpacked), or no mounts"),
]

# The hoster's lines; no names here are in the DNS of the machine, so that only the authority looks.
HOSTER = """MSSLIssueFor folders:{dir}/sites/%%0 vhosts
MSSLIssuer pebble {dir}/issuer/uacme --directory %s --contact hostmaster@host.test --ca-file {dir}/issuer/root.pem
MSSLIssuePreflight off
MSSLNoSNI page
MSSLNotifyCommand every=1s mail admin@host.test
<VirtualHost 127.0.0.1:{p1}>
ServerName first.test
UseCanonicalName off
VirtualDocumentRoot {dir}/sites/%%0
<Directory {dir}/sites>
Require all granted
</Directory>
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName by-folder.test
ServerAlias *.example.com
VirtualDocumentRoot {dir}/sites/%%0
<Directory {dir}/sites>
Require all granted
</Directory>
</VirtualHost>
"""


class Hoster:
    def __init__(self, new_server, ca):
        self.i = i = Issuing(new_server, ca, "", modules=("vhost_alias",))
        self.s = s = i.server
        self.pebble = Pebble(s.path("pebble"), ca, s.ports[1], s.port)
        s.conf += HOSTER % self.pebble.url
        ship(s)
        script(s, "sendmail", "#!/bin/sh\nexec /usr/sbin/sendmail \"$@\"\n")
        os.makedirs(s.path("sites"))
        s.launcher = trusting(self.pebble.ca_file, [])
        self.sink = mta.Sink()
        self.postfix = mta.Postfix(s, self.sink)

    def add_site(self, name):
        """What the hoster's panel does."""
        write(self.s.path("new", "index.html"), "welcome at %s\n" % name)
        os.rename(self.s.path("new"), self.s.path("sites", name))

    def http(self, name):
        with socket.create_connection(("127.0.0.1", self.s.ports[1]), 15) as sock:
            return http.Http1(http.Wire(sock)).request(name, "/index.html")

    def https(self, name):
        """(the page, the certificate)"""
        with tls.Client(self.s.port, name, source=new_address()).connect() as conn:
            return http.talk(conn).request(name, "/index.html"), conn.cert

    def wait_https(self, name):
        """Its own page, under its own certificate, of the authority; the certificate's serial number."""
        def look():
            page, cert = self.https(name)
            if page.status != 200:
                assert page.status == 421 and "welcome" not in page.text, page
                return None
            names = cert.extensions.get_extension_for_class(tls.x509.SubjectAlternativeName).value
            assert "Pebble" in cert.issuer.rfc4514_string() and [d.value for d in names] == [name]
            assert page.text == "welcome at %s\n" % name
            return cert.serial_number
        return wait_until(look, lambda: "https for %s: %s" % (name, self.i.job(name)), 60)

    def wait_mail(self, subject, name):
        """A mail of that subject about the name; its text."""
        def find():
            for _, recipients, data in self.sink.mails:
                mail = email.message_from_bytes(data, policy=email.policy.default)
                if subject in mail["Subject"] and "* %s: " % name in mail.get_content():
                    assert recipients == ["<admin@host.test>"]
                    return mail.get_content()
            return None
        return wait_until(find, lambda: "%s in %s\n%s" % (subject, self.sink.mails, self.postfix.log()), 60)


@pytest.fixture
def hoster(new_server, ca):
    h = Hoster(new_server, ca)
    with h.sink, h.pebble:
        shutil.copy(h.pebble.root(), h.s.path("issuer", "root.pem"))
        yield h


def a_customer_is_added(h):
    """http at once, https within seconds, and the hoster is told."""
    h.add_site("kunde.example.com")
    assert h.http("kunde.example.com").text == "welcome at kunde.example.com\n"
    h.wait_https("kunde.example.com")
    h.wait_mail("1 issued", "kunde.example.com")
    r = h.i.ctl("explain", "kunde.example.com", "--no-dns", "--no-live")
    assert r.code == 0 and "kunde.example.com: fine" in r.out, r


def dns_leads_elsewhere(h):
    """What is wrong and how to mend it is said to the hoster; the others have their certificates meanwhile."""
    h.s.expect("MSSL0251: steward: umzug.example.com: ")
    h.pebble.set_address("umzug.example.com", "127.0.0.9")
    h.add_site("umzug.example.com")
    assert h.i.wait_job("umzug.example.com", "failed", 60)["class"] == "connection"
    r = h.i.ctl("explain", "umzug.example.com", "--no-dns", "--no-live")
    assert r.code == 2 and "the CA could not connect to the name's address; open port 80" in r.out, r
    assert "msslctl retry umzug.example.com" in r.out, r
    page, _ = h.https("umzug.example.com")
    assert page.status == 421 and "welcome" not in page.text
    assert h.http("umzug.example.com").text == "welcome at umzug.example.com\n"
    h.add_site("nachbar.example.com")
    h.wait_https("nachbar.example.com")
    h.pebble.set_address("umzug.example.com", "127.0.0.1")
    assert h.i.ctl("retry", "umzug.example.com").code == 0
    h.wait_https("umzug.example.com")
    h.wait_mail("issued", "umzug.example.com")


def a_customer_leaves_and_comes_back(h):
    """A move within the house costs nothing and nobody a certificate."""
    serial = h.wait_https("kunde.example.com")
    os.rename(h.s.path("sites", "kunde.example.com"), h.s.path("moved"))
    h.i.wait_job("kunde.example.com", "gone", 60)
    h.s.wait_error("MSSL0253: steward: kunde.example.com: nobody vouches for it any more")
    assert h.https("kunde.example.com")[1].serial_number == serial
    os.rename(h.s.path("moved"), h.s.path("sites", "kunde.example.com"))
    h.i.wait_job("kunde.example.com", "installed", 60)
    assert h.wait_https("kunde.example.com") == serial


def a_stranger_asks(h):
    """Names that nobody hosts: no order, no file, and no page of anybody."""
    for n in range(20):
        page, cert = h.https("x%d.example.com" % n)
        assert page.status == 421 and "welcome" not in page.text and "Pebble" not in cert.issuer.rfc4514_string()
    assert sorted(os.listdir(h.i.state("jobs"))) == ["kunde.example.com", "nachbar.example.com", "umzug.example.com"]


def test_story(hoster):
    with hoster.s:
        try:
            a_customer_is_added(hoster)
            dns_leads_elsewhere(hoster)
            a_customer_leaves_and_comes_back(hoster)
            a_stranger_asks(hoster)
        finally:
            hoster.postfix.stop()
