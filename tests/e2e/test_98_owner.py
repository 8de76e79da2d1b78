# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLNotifyCommand owner: whoever owns names is told what comes of their certificates, with these attached."""

import email
import email.policy
import glob
import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lib import mta
from lib.ca import write
from lib.issuing import FAKE, LIST, Issuing, ship
from lib.server import IS_ROOT, wait_until
from lib.steward import own_ids
from test_98_notify import script

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

# Keeps each mail under a number; while there is a file "wait" it waits, and it takes none for bad@.
SENDMAIL = """#!/bin/sh
cd {dir}/told || exit 1
[ "$*" = "-t -oi" ] || exit 64
cat >$$.new
grep -q '^To: bad@' $$.new && exit 67
while [ -e ../wait ]; do sleep 0.1; done
mv $$.new $(ls | grep -c mail).mail
"""


def make(new_server, ca, notify, more=LIST + FAKE):
    i = Issuing(new_server, ca, more + notify)
    s = i.server
    script(s, "sendmail", SENDMAIL)
    os.mkdir(s.path("told"))
    os.chown(s.path("told"), *own_ids())
    return i


def own(i, name, address, lang=None):
    """The request of a name, as msslctl files it; before the start, too."""
    if not os.path.isdir(i.state("requests")):
        for folder in ((), ("requests",), ("requests", "wanted")):
            os.makedirs(i.state(*folder), 0o700 if folder else 0o711, exist_ok=True)
            os.chown(i.state(*folder), *(own_ids() if folder else (0, 0)))
    path = write(i.state("requests", "wanted", name.replace("*", "_")), "mssl-request/1\nname: %s\nnotify: %s\n%s"
                 % (name, address, "lang: %s\n" % lang if lang else ""), 0o600)
    os.chown(path, *own_ids())


def mails(s):
    found = []
    for n in sorted((n for n in os.listdir(s.path("told")) if n.endswith(".mail")), key=lambda n: int(n[:-5])):
        with open(s.path("told", n), "rb") as f:
            data = f.read()
        assert data.isascii() and b"PRIVATE" not in data, data
        assert data.startswith(b"To: root\n") or max(map(len, data.splitlines())) <= 76, data
        mail = email.message_from_bytes(data, policy=email.policy.default)
        assert not [p.defects for p in mail.walk() if p.defects], data
        assert mail["Auto-Submitted"] == "auto-generated"
        found.append(mail)
    return found


def to(s, address):
    return [m for m in mails(s) if m["To"] == address]


def text_of(mail):
    return (mail.get_body(("plain",)) if mail.is_multipart() else mail).get_content()


def attached(mail):
    return {p.get_filename(): p for p in mail.iter_attachments()} if mail.is_multipart() else {}


def check_attached(i, part, name):
    """What is attached is what is in service, with its chain, and nothing else."""
    assert part.get_content_type() == "application/pem-certificate-chain"
    pem = part.get_content()
    pem = pem if isinstance(pem, bytes) else pem.encode()
    cert = x509.load_pem_x509_certificate(pem)
    assert cert.serial_number == int(i.job(name)["serial"], 16)
    (path,) = glob.glob(i.state("issued", "**", name + ".pem"), recursive=True)
    with open(path) as f:
        assert f.read().split("-----BEGIN PRIVATE")[0].split() == pem.decode().split()


def test_told(new_server, ca):
    i = make(new_server, ca, "MSSLNotifyCommand every=1s owner --sendmail {dir}/sendmail fr\n"
                             "MSSLNotifyCommand every=1s mail --sendmail {dir}/sendmail root\n")
    s = i.server
    s.expect("MSSL0251: steward: ", "MSSL0254: steward: requests/wanted: nobody.test: ", "MSSL0217: steward: .*mssl-steward: exit code 67; the owner of bad.test is to be "
             "told 'issued' of 1, tried again in 1 min")
    i.do("case $MSSL_NAME in caa.test) { echo 'class: caa'; echo 'text: Nein, danke'; } >result; exit 20 ;; esac\n")
    own(i, "a.test", "o@kunde.test")
    own(i, "caa.test", "o@kunde.test")
    own(i, "bad.test", "bad@kunde.test")
    own(i, "de.test", "de@kunde.test", "de")
    own(i, "nobody.test", "not an address")
    i.permit("a.test", "bad.test", "caa.test", "de.test", "plain.test")
    with s:
        wait_until(lambda: len(to(s, "o@kunde.test")) == 2 and to(s, "de@kunde.test"), lambda: mails(s))
        s.wait_error("MSSL0217: ")
        wait_until(lambda: sum(t.count("* ") for t in map(text_of, to(s, "root")) if ": installed" in t) == 4,
                   lambda: [text_of(m) for m in to(s, "root")])
        issued, failed = sorted(to(s, "o@kunde.test"), key=lambda m: m.is_multipart(), reverse=True)
        assert issued["Subject"] == "a.test : le certificat est en service" and issued["Content-Language"] == "fr"
        body = text_of(issued)
        assert "* a.test\n  Valable jusqu'au : %s\n" % i.job("a.test")["not_after"][:10] in body
        assert "la clé privée" in body and "Envoyé automatiquement par fallback.invalid." in body
        assert list(attached(issued)) == ["a.test.pem"]
        check_attached(i, attached(issued)["a.test.pem"], "a.test")
        assert failed["Subject"].startswith("caa.test : aucun certificat") and attached(failed) == {}
        assert "* caa.test\n  Détails (en anglais) : %s (Nein, danke)\n" % i.job("caa.test")["text"] in text_of(failed)
        german, = to(s, "de@kunde.test")
        assert german["Subject"] == "de.test: Das Zertifikat ist in Betrieb" and "Gültig bis:" in text_of(german)
        # The admin is told of all, and has what the owners have; of others' names nothing is attached.
        parts = {name: part for m in to(s, "root") for name, part in attached(m).items()}
        assert set(parts) == {"a.test.pem", "bad.test.pem", "de.test.pem"}
        check_attached(i, parts["bad.test.pem"], "bad.test")
        everything = "".join(map(text_of, to(s, "root")))
        assert "    owner    bad@kunde.test\n" in everything and "* plain.test: installed" in everything
        assert to(s, "bad@kunde.test") == [] and {m["To"] for m in mails(s)} == {"root", "o@kunde.test", "de@kunde.test"}
        # A test of it has no owner to go to.
        r = i.ctl("check", "--notify-test", "--json")
        assert [c["result"] for c in r.json["commands"]] == ["told", "told"], r


def test_one_mail(new_server, ca):
    """All names of an owner together, though others are told meanwhile; once, also by the next steward."""
    i = make(new_server, ca, "MSSLNotifyCommand every=1s owner --sendmail {dir}/sendmail\n")
    s = i.server
    names = ["n%d.test" % n for n in range(12)]
    write(s.path("wait"), "")
    for name in names:
        own(i, name, "o@kunde.test")
    i.permit(*names)
    with s:
        for name in names:
            i.wait_job(name, "installed", 60)
        os.unlink(s.path("wait"))
        wait_until(lambda: sum(text_of(m).count("* n") for m in mails(s)) == len(names), lambda: mails(s))
        assert len(to(s, "o@kunde.test")) == len(mails(s)) <= 3
        last = mails(s)[-1]
        assert " (+" in last["Subject"] and len(attached(last)) == text_of(last).count("* n") > 1
        told = len(mails(s))
        s.graceful()
        own(i, "other.test", "p@kunde.test")
        i.permit("other.test", *names)
        i.ctl("retry", "other.test")
        wait_until(lambda: to(s, "p@kunde.test"), lambda: mails(s))
        assert len(mails(s)) == told + 1


MAILERS = {"postfix": (mta.Postfix, mta.is_there), "exim": (mta.Exim, mta.has_exim), "msmtp": (mta.Msmtp, mta.has_msmtp)}


@pytest.mark.parametrize("name", MAILERS)
def test_real_sendmail(new_server, ca, name):
    """Through a real one, and what of the mail is there behind it."""
    mailer, is_there = MAILERS[name]
    if not is_there():
        pytest.skip("no %s (tests/run has Debian's unpacked), or no mounts" % name)
    i = Issuing(new_server, ca, LIST + FAKE + "MSSLNotifyCommand every=1s owner pl\nMSSLNotifyCommand every=1s mail "
                                              "admin@kunde.test\n")
    s = i.server
    own(i, "a.test", "o@kunde.test")
    own(i, "b.test", "bad@kunde.test")
    own(i, "*.c.test", "p@kunde.test", "fr")
    i.permit("a.test", "b.test", "*.c.test")
    with mta.Sink() as sink:
        if name == "msmtp":     # has no queue: what is refused is known at once
            sink.refused = {"<bad@kunde.test>"}
            s.expect("MSSL0217: steward: .*; the owner of b.test is to be told 'issued' of 1, tried again in 1 min", "msmtp:",
                     "sendmail:")
        m = mailer(s, sink)
        with s:
            try:
                wait_until(lambda: {"<o@kunde.test>", "<p@kunde.test>"} <= {r for x in sink.mails for r in x[1]}, m.log, 60)
                wait_until(lambda: sum(b.count(b".pem\"") for _, r, b in sink.mails if r == ["<admin@kunde.test>"]) == 3,
                           m.log, 60)
                if name == "msmtp":
                    s.wait_error("MSSL0217: ")
            finally:
                m.stop()
        assert ("<bad@kunde.test>" in {r for x in sink.mails for r in x[1]}) == (name != "msmtp")
        for sender, recipients, data in sink.mails:
            assert data.isascii() and b"PRIVATE" not in data and "@" in sender and len(recipients) == 1
        (data,) = [d for _, r, d in sink.mails if r == ["<p@kunde.test>"]]
        got = email.message_from_bytes(data, policy=email.policy.default)
        assert not [p.defects for p in got.walk() if p.defects] and got["To"] == "p@kunde.test" and got["From"] and got["Date"]
        assert got["Subject"] == "*.c.test : le certificat est en service" and "la clé privée" in text_of(got)
        assert list(attached(got)) == ["_.c.test.pem"]
        check_attached(i, attached(got)["_.c.test.pem"], "_.c.test")
        (data,) = [d for _, r, d in sink.mails if r == ["<o@kunde.test>"]]
        got = email.message_from_bytes(data, policy=email.policy.default)
        assert got["Subject"] == "a.test: certyfikat działa" and "klucz prywatny pozostaje na serwerze" in text_of(got)


def test_request(new_server, ca):
    """As msslctl asks for it: whom, and in which language."""
    i = make(new_server, ca, "MSSLNotifyCommand every=1s owner --sendmail {dir}/sendmail\n")
    s = i.server
    with s:
        i.permit("shop.test")
        i.wait_confirmed("shop.test")
        for args, text in ((("--notify", "a@b.test\nBcc: c@d.test"), "--notify: use"), (("--notify", "root"), "--notify: use"),
                           (("--notify", "a@b.test,c@d.test"), "--notify: use"), (("--lang", "xx"), "--lang: use en, de")):
            r = i.ctl("request", "shop.test", *args)
            assert r.code == 64 and text in r.err, r
        r = i.ctl("request", "shop.test", "--notify", "o@kunde.test", "--lang", "nl")
        assert r.code == 0 and "nobody writes" not in r.err, r
        wait_until(lambda: mails(s), "a mail")
        (mail,) = to(s, "o@kunde.test")
        assert mail["Subject"] == "shop.test: het certificaat is in gebruik"
        check_attached(i, attached(mail)["shop.test.pem"], "shop.test")
        # One certificate for two names is one item with both.
        i.permit("two.test", "www.two.test", "shop.test")
        for name in ("two.test", "www.two.test"):
            i.wait_confirmed(name)
        i.do("names=DNS:two.test,DNS:www.two.test")
        r = i.ctl("request", "two.test,www.two.test", "--notify", "p@kunde.test")
        assert r.code == 0, r
        wait_until(lambda: [m for m in to(s, "p@kunde.test") if "www." in text_of(m)], lambda: list(map(text_of, mails(s))))
        mail = to(s, "p@kunde.test")[-1]
        assert "\n* two.test, www.two.test\n" in text_of(mail) and list(attached(mail)) == ["two.test.pem"]


def test_story(new_server, ca):
    """By hand: asked for, waited for, there; another one declined. Each with its mails; and what came for the mail server."""
    i = make(new_server, ca, "MSSLNotifyCommand every=1s owner --sendmail {dir}/sendmail de\n"
                             "MSSLNotifyCommand every=1s mail --sendmail {dir}/sendmail root\n",
             LIST + "MSSLIssuer hand {dir}/issuer/manual --ca-file {dir}/issuer/ca.pem --by-request\n")
    s = i.server
    ship(s)
    folder = s.path("tls")
    os.makedirs(folder)

    def wait_mail(address, n):
        wait_until(lambda: len(to(s, address)) == n, lambda: [m["Subject"] for m in mails(s)])
        return to(s, address)[-1]

    with s:
        said = i.ctl("request", "shop.test,www.shop.test", "--issuer", "hand", "--notify", "ada@kunde.test")
        assert said.code == 0, said
        mail = wait_mail("ada@kunde.test", 1)
        assert mail["Subject"] == "shop.test: Das Zertifikat wartet auf jemanden" and attached(mail) == {}
        assert "* shop.test, www.shop.test\n  Einzelheiten (englisch): waits until %s for" % i.job("shop.test")["until"] \
            in text_of(mail)
        assert "* shop.test: pending\n    names    shop.test www.shop.test\n" in text_of(wait_mail("root", 1))
        assert i.ctl("export", "shop.test", folder).code == 2
        request = x509.load_pem_x509_csr(said.out[said.out.index("-----BEGIN"):].encode())
        cert = ca._issue("shop.test", request.public_key(), ca.cert, ca.key,
                         sans=[x509.DNSName("shop.test"), x509.DNSName("www.shop.test")])
        write(s.path("shop.crt"), cert.public_bytes(Encoding.PEM))
        assert i.ctl("approve", "shop.test", s.path("shop.crt")).code == 0
        mail = wait_mail("ada@kunde.test", 2)
        assert mail["Subject"] == "shop.test: Das Zertifikat ist in Betrieb"
        assert "* shop.test, www.shop.test\n  Gültig bis: " in text_of(mail) and list(attached(mail)) == ["shop.test.pem"]
        check_attached(i, attached(mail)["shop.test.pem"], "shop.test")
        mail = wait_mail("root", 2)
        assert "    owner    ada@kunde.test\n" in text_of(mail) and list(attached(mail)) == ["shop.test.pem"]
        # The same one for the mail server, by either name; its units watch what was issued.
        for name in ("shop.test", "www.shop.test"):
            r = i.ctl("export", name, folder, "--watch", "dovecot", "--units", folder)
            assert r.code == 0, r
            with open(os.path.join(folder, name + ".pem")) as f:
                assert cert.public_bytes(Encoding.PEM).decode() in f.read()
            with open(os.path.join(folder, "mssl-export-%s-dovecot.path" % name)) as f:
                assert "\nPathChanged=%s" % i.state("issued") in f.read()
        # Declined.
        assert i.ctl("request", "no.test", "--issuer", "hand", "--notify", "bob@kunde.test", "--lang", "en").code == 0
        wait_mail("bob@kunde.test", 1)
        assert i.ctl("decline", "no.test").code == 0
        mail = wait_mail("bob@kunde.test", 2)
        assert mail["Subject"] == "no.test: the certificate was declined" and "* no.test\n  Details: " in text_of(mail)
        assert len(to(s, "ada@kunde.test")) == 2


def test_configuration(new_server, ca):
    for words, text in (("owner xx", "'xx' is not a language"), ("owner a@b.test", "is not a language"),
                        ("owner --sendmail msmtp", "--sendmail needs the path"), ("owners", "is not shipped"),
                        ("mail --sendmail /bin/true", "'mail' needs an address")):
        s = new_server("MSSLNotifyCommand %s\n" % words)
        code, out = s.configtest()
        assert code != 0 and text in out, (words, out)
