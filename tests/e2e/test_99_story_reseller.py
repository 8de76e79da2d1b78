# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The story of a reseller's customer and her blog, on an address that it shares with a shop: the certificate is requested with one
command, waits, is declined, asked for again, issued and in service the moment it comes; she and the admin have the mails.
"""

import email
import email.policy
import re

import pytest
from cryptography import x509
from lib import http, mta, tls
from lib.ca import write
from lib.reseller import Reseller
from lib.server import IS_ROOT, wait_until
from lib.world import file_pair, new_address
from test_89_commercial import OWNER, make
from test_98_notify import script

pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own"),
    pytest.mark.skipif(not mta.is_there(), reason="no Postfix (tests/run has Debian's unpacked), or no mounts"),
]

MORE = """MSSLCertStore dir:{dir}/store
MSSLNotifyCommand every=1s mail admin@host.test
MSSLNotifyCommand every=1s owner en
<VirtualHost 127.0.0.1:{p0}>
ServerName shop.test
DocumentRoot {dir}/www/shop
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName blog.test
ServerAlias www.blog.test
DocumentRoot {dir}/www/blog
</VirtualHost>
<VirtualHost 127.0.0.1:{p1}>
ServerName blog.test
ServerAlias www.blog.test
DocumentRoot {dir}/www/blog
</VirtualHost>
"""
ADMIN, ADA = "<admin@host.test>", "<ada@blog.test>"


class Story:
    def __init__(self, new_server, ca, reseller):
        self.i, self.reseller = make(new_server, ca, reseller, MORE), reseller
        self.s = s = self.i.server
        for name in ("shop", "blog"):
            write(s.path("www", name, "index.html"), "the page of the %s\n" % name)
        self.shop = ca.leaf("shop.test")
        file_pair(self.shop, s.path("store"), "shop.test")
        script(s, "sendmail", "#!/bin/sh\nexec /usr/sbin/sendmail \"$@\"\n")
        self.sink = mta.Sink()
        self.postfix = mta.Postfix(s, self.sink)

    def visit(self, name):
        """(the page, the serial number of the certificate)"""
        with tls.Client(self.s.port, name, source=new_address()).connect() as conn:
            return http.talk(conn).request(name, "/index.html"), conn.serial

    def wait_mail(self, to, subject):
        """The next mail to somebody of that subject."""
        def find():
            for mail in self.sink.mails:
                got = email.message_from_bytes(mail[2], policy=email.policy.default)
                if mail[1] == [to] and re.search(subject, got["Subject"]):
                    assert b"PRIVATE" not in mail[2]
                    self.sink.mails.remove(mail)
                    return got
            return None
        return wait_until(find, lambda: "%s to %s in %s\n%s" % (subject, to, self.sink.mails, self.postfix.log()), 60)


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def attached(mail):
    return {p.get_filename(): x509.load_pem_x509_certificate(p.get_content()) for p in mail.iter_attachments()}


def she_asks_for_it(t):
    """One command of the reseller; she knows who has to do what, and her blog is there by http meanwhile."""
    write(t.s.path("owner"), OWNER)
    said = t.i.ctl("request", "blog.test,www.blog.test", "--issuer", "shop", "--owner", t.s.path("owner"), "--term", "1y",
                   "--notify", "ada@blog.test", "--lang", "de")
    assert said.code == 0 and "pending" in said.out, said
    assert t.reseller.orders[0]["owner"]["organisation"].startswith("Shop & S")
    german, english = t.wait_mail(ADA, r"^blog\.test"), t.wait_mail(ADMIN, "1 pending")
    assert german["Content-Language"] == "de" and "blog.test" in text_of(german) and attached(german) == {}
    assert "* blog.test: pending" in text_of(english) and "msslctl job blog.test" in text_of(english)
    said = t.i.ctl("pending", "www.blog.test")
    assert said.code == 1 and re.search("Waits for +the authority\n", said.out) and "decline 'blog.test'" in said.out, said
    file = t.reseller.orders[0]["validation"][0]["file"]
    with tls.Client(t.s.port, "blog.test", source=new_address()).connect() as conn:
        proof = http.talk(conn).request("blog.test", "/.well-known/pki-validation/" + file)
        assert proof.status == 200 and proof.text == "proof of blog.test\n"
    page, _ = t.visit("www.blog.test")
    assert page.status == 421 and "page MSSL-P17" in page.text and "the page of the" not in page.text


def it_is_declined(t):
    """In the authority's own words, and nothing more is tried by itself."""
    t.s.expect("MSSL0252: steward: ", "MSSL0251: steward: ")
    t.reseller.orders[0].update(status="rejected", message="the organisation is not in the register")
    t.i.ctl("retry", "blog.test")
    assert t.i.job("blog.test")["state"] == "declined"
    assert "the organisation is not in the register" in text_of(t.wait_mail(ADA, r"^blog\.test"))
    assert "the organisation is not in the register" in text_of(t.wait_mail(ADMIN, "1 declined"))
    assert len(t.reseller.orders) == 1


def it_is_issued(t):
    """Asked for again: in service the moment it comes, by both names, and she has it by mail."""
    said = t.i.ctl("request", "blog.test,www.blog.test", "--issuer", "shop", "--notify", "ada@blog.test", "--lang", "de")
    assert said.code == 0 and len(t.reseller.orders) == 2, said
    t.wait_mail(ADA, r"^blog\.test")
    serial = t.reseller.issue(t.reseller.orders[1])
    assert t.i.ctl("retry", "blog.test").code == 0
    for name in ("blog.test", "www.blog.test"):
        page, shown = wait_until(lambda: (lambda p, n: n == serial and (p, n))(*t.visit(name)), name)
        assert page.status == 200 and page.text == "the page of the blog\n"
    for to, subject in ((ADA, r"^blog\.test: Das Zertifikat ist in Betrieb"), (ADMIN, "1 issued")):
        (cert,) = attached(t.wait_mail(to, subject)).values()
        assert cert.serial_number == serial
    said = t.i.ctl("explain", "www.blog.test", "--no-dns", "--no-live")
    assert said.out.startswith("www.blog.test: fine"), said


def the_shop_goes_on(t):
    page, shown = t.visit("shop.test")
    assert page.text == "the page of the shop\n" and shown == t.shop.serial


def test_story(new_server, ca, tmp_path):
    with Reseller(str(tmp_path / "reseller"), ca) as reseller:
        t = Story(new_server, ca, reseller)
        with t.sink, t.s:
            try:
                for step in (she_asks_for_it, the_shop_goes_on, it_is_declined, the_shop_goes_on, it_is_issued, the_shop_goes_on):
                    step(t)
            finally:
                t.postfix.stop()
