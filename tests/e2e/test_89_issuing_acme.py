# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""HTTPS by default with real parts: virtual hosts, the steward, uacme, pebble, and a visitor."""

import os
import shutil

import pytest
from lib import tls
from lib.issuing import Issuing, ship
from lib.pebble import MISSING, Pebble, can_trust, trusting
from lib.server import wait_until
from lib.world import new_address

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING)),
    pytest.mark.skipif(not shutil.which("uacme"), reason="there is no uacme here"),
    pytest.mark.skipif(not can_trust(), reason="whom uacme trusts is the system's, and cannot be changed here"),
]

# Two lines, and what a test's authority and names without DNS need.
TWO_LINES = """MSSLIssueFor vhosts list:{dir}/names requests
MSSLIssuer pebble {dir}/issuer/uacme --directory %s --contact hostmaster@host.test --ca-file {dir}/issuer/root.pem
MSSLIssuePreflight off
<VirtualHost 127.0.0.1:{p1}>
ServerName first.test
DocumentRoot {dir}/www
</VirtualHost>
"""
VHOST = "<VirtualHost 127.0.0.1:{p0}>\nServerName %s\n%sDocumentRoot {dir}/www/%s\n</VirtualHost>\n"


def host(new_server, ca, vhosts="", **kw):
    """(Issuing, Pebble), not started yet; kw: pebble's."""
    i = Issuing(new_server, ca, "")
    s = i.server
    pebble = Pebble(s.path("pebble"), ca, s.ports[1], s.port, **kw)
    s.conf += TWO_LINES % pebble.url + vhosts
    ship(s)
    s.launcher = trusting(pebble.ca_file, [])
    return i, pebble


@pytest.fixture
def hosting(new_server, ca):
    return lambda *args, **kw: host(new_server, ca, *args, **kw)


def use_root(i, pebble):
    """What issued chains end at, which pebble makes anew at each start."""
    shutil.copy(pebble.root(), i.server.path("issuer", "root.pem"))


def issuer_of(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.cert.issuer.rfc4514_string()


def test_first_start(hosting):
    """Where nothing is known of a machine yet, names have HTTPS seconds after its first start, without a minute's wait."""
    i, pebble = hosting(VHOST % ("www.example.com", "", "www"))
    s = i.server
    s.conf = s.conf.replace("MSSLInventory on 1s\n", "")
    with pebble:
        use_root(i, pebble)
        with s:
            wait_until(lambda: "Pebble" in issuer_of(s, "www.example.com"), lambda: i.job("www.example.com"), 45)


def test_virtual_hosts(hosting):
    """Each name of each has HTTPS by itself, each by a certificate of its own; those with MSSLIssue off do not."""
    i, pebble = hosting(VHOST % ("www.example.com", "ServerAlias example.com\n", "www")
                        + VHOST % ("off.example.com", "MSSLIssue off\n", "off"))
    s = i.server
    with pebble:
        use_root(i, pebble)
        with s:
            for name in ("www.example.com", "example.com"):
                i.wait_job(name, "installed", 60)
                wait_until(lambda: "Pebble" in issuer_of(s, name), name)
            assert i.job("off.example.com") == {}
            with tls.Client(s.port, "www.example.com", source=new_address()).connect() as conn:
                assert [d.value for d in conn.cert.extensions.get_extension_for_class(
                    tls.x509.SubjectAlternativeName).value] == ["www.example.com"]
            # One more, and a restart: what is there serves on, the new name has its own.
            before = i.job("example.com")["serial"]
            s.graceful(s.conf + VHOST % ("new.example.org", "", "new"))
            i.wait_job("new.example.org", "installed", 60)
            wait_until(lambda: "Pebble" in issuer_of(s, "new.example.org"), "the new one")
            assert i.job("example.com")["serial"] == before
            # By a list without a restart.
            i.permit("listed.test")
            i.wait_job("listed.test", "installed", 60)
            wait_until(lambda: "Pebble" in issuer_of(s, "listed.test"), "the listed one")
            assert os.listdir(i.state("challenge", ".well-known", "acme-challenge")) == []


def test_tls_alpn(hosting):
    """By the handshake alone, where no authority gets at port 80."""
    i, pebble = hosting()
    s = i.server
    s.conf = s.conf.replace(" --contact", " --challenge tls-alpn-01 --contact")
    with pebble:
        use_root(i, pebble)
        with s:
            i.permit("a.test", "b.test")
            for name in ("a.test", "b.test"):
                i.wait_job(name, "installed", 60)
                wait_until(lambda: "Pebble" in issuer_of(s, name), name)
            assert s.count_error("MSSL0261") >= 2 and s.count_error("MSSL0223") == 0
            assert os.listdir(i.state("challenge", "alpn")) == []


def test_refused_and_lost(hosting):
    """A name that the authority does not want, in its words; an account that it lost is made anew."""
    i, pebble = hosting(domainBlocklist=["evil.test"])
    s = i.server
    s.expect("MSSL0251: steward: ")
    with pebble:
        use_root(i, pebble)
        with s:
            i.permit("evil.test", "good.test")
            job = i.wait_job("evil.test", "failed", 60)
            assert job["class"] == "policy" and "forbidden by policy" in job["said"], job
            i.wait_job("good.test", "installed", 60)
            r = i.ctl("job", "evil.test")
            assert r.code == 1 and "The CA says" in r.out, r
            r = i.ctl("doctor", "good.test")
            assert "issuer pebble" in r.out and "may have a certificate, by a list" in r.out, r
            pebble.__exit__()
            pebble.__enter__()
            use_root(i, pebble)
            i.permit("evil.test", "good.test", "later.test")
            wait_until(lambda: i.job("later.test").get("state") in ("installed", "failed"), "an answer", 60)
            if i.job("later.test")["state"] == "failed":
                assert i.ctl("retry", "later.test").code == 0, i.ctl("job", "later.test")
            i.wait_job("later.test", "installed", 60)


def test_revoked(hosting):
    """At the authority, and a new one is in service."""
    i, pebble = hosting()
    s = i.server
    with pebble:
        use_root(i, pebble)
        with s:
            i.permit("a.test")
            first = i.wait_job("a.test", "installed", 60)
            r = i.ctl("revoke", "a.test", "--reason", "keyCompromise")
            assert r.code in (0, 1, 75), r
            second = wait_until(lambda: (lambda j: j.get("state") == "installed" and j["serial"] != first["serial"] and j)(
                i.job("a.test")), lambda: "a new one: %s" % i.job("a.test"), 60)
            with tls.Client(s.port, "a.test", source=new_address()).connect() as conn:
                assert conn.serial == int(second["serial"], 16)
            assert pebble.status(first["serial"]) == "Revoked" and pebble.status(second["serial"]) == "Valid"
