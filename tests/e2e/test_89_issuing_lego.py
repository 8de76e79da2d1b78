# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Wildcards by the DNS with real parts: a list, the steward, lego, pebble with its DNS server, and a visitor."""

import os
import shutil

import pytest
from lib import tls
from lib.ca import write
from lib.issuing import Issuing, ship
from lib.pebble import HOOK, MISSING, Pebble
from lib.server import IS_ROOT, wait_until
from lib.steward import own_ids
from lib.world import new_address

pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own"),
    pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING)),
    pytest.mark.skipif(not shutil.which("lego"), reason="there is no lego here"),
]

CONF = """MSSLIssueFor list:{dir}/names requests
MSSLIssuePreflight off
<VirtualHost 127.0.0.1:{p1}>
ServerName first.test
DocumentRoot {dir}/www
</VirtualHost>
"""
LEGO = "MSSLIssuer %s {dir}/issuer/lego --directory %s --contact hostmaster@host.test --ca-file {dir}/issuer/root.pem"
DNS = " --dns-hook {dir}/issuer/hook --dns-resolver 127.0.0.1:%d --env {dir}/issuer/env"


@pytest.fixture
def hosting(new_server, ca):
    """(Issuing, Pebble), not started yet: an issuer "plain" that has no way into the DNS."""
    i = Issuing(new_server, ca, "")
    s = i.server
    pebble = Pebble(s.path("pebble"), ca, s.ports[1], s.port)
    s.conf += CONF + LEGO % ("plain", pebble.url) + "\n"
    ship(s)
    write(s.path("issuer", "hook"), HOOK, 0o755)
    env = write(s.path("issuer", "env"), "MOCK=%d\n" % pebble.mock, 0o640)
    os.chown(env, 0, own_ids()[1])
    return i, pebble


def use_root(i, pebble):
    """Whom the authority's own server and what it issues are trusted by."""
    with open(pebble.ca_file) as ca, open(pebble.root()) as root:
        write(i.server.path("issuer", "root.pem"), ca.read() + root.read())


def issuer_of(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.cert.issuer.rfc4514_string()


def test_wildcard(hosting):
    """Nobody can make it, and it is said with the fix; after the fix it is made, filed and served at once."""
    i, pebble = hosting
    s = i.server
    s.expect("MSSL0251: steward: ")
    with pebble:
        use_root(i, pebble)
        with s:
            i.permit("*.wild.test", "a.test")
            job = i.wait_job("_.wild.test", "failed")
            assert "no issuer makes wildcards" in job["text"] and "lego --dns PROVIDER" in job["text"], job
            assert job["name"] == "*.wild.test" and "issuer" not in job
            i.wait_job("a.test", "installed", 60)
            r = i.ctl("job", "*.wild.test")
            assert r.code == 1 and "MSSLIssuer NAME lego --dns PROVIDER" in r.out, r
            r = i.ctl("doctor", "*.wild.test")
            assert r.code == 2 and "no issuer makes wildcards" in r.out, r
            s.graceful(s.conf + LEGO % ("dns", pebble.url) + DNS % pebble.dns + "\n")
            job = i.wait_job("_.wild.test", "installed", 90)
            assert job["issuer"] == "dns"
            assert "no issuer makes wildcards" not in i.ctl("doctor", "*.wild.test").out
            wait_until(lambda: "Pebble" in issuer_of(s, "a.wild.test"), "the wildcard")
            assert "Pebble" not in issuer_of(s, "a.b.wild.test") and "Pebble" not in issuer_of(s, "wild.test")
            assert any("_.wild.test.pem" in files for _, _, files in os.walk(i.state("issued")))
            # Names without a star go to the first issuer, which needs no DNS.
            assert i.job("a.test")["issuer"] == "plain"
            # The key of a site is nowhere that the issuer could see it.
            for folder, _, files in os.walk(i.state("accounts")):
                assert not [f for f in files if "wild" in f or f.startswith("a.test")], (folder, files)
            before = sorted(os.listdir(i.state("accounts", "dns")))
            first = i.job("_.wild.test")["serial"]
            assert i.ctl("retry", "*.wild.test").code == 0
            wait_until(lambda: i.job("_.wild.test")["serial"] != first, "a second one", 60)
            assert sorted(os.listdir(i.state("accounts", "dns"))) == before


def test_secrets(hosting):
    """What others may read stops "httpd -t"."""
    i, pebble = hosting
    s = i.server
    conf = s.conf + LEGO % ("dns", pebble.url) + DNS % pebble.dns + "\n"
    write(s.path("issuer", "root.pem"), "")
    assert s.configtest(conf)[0] == 0, s.configtest(conf)
    for mode, uid, gid in ((0o644, 0, own_ids()[1]), (0o600, 0, 0), (0o640, own_ids()[0], own_ids()[1])):
        os.chown(s.path("issuer", "env"), uid, gid)
        os.chmod(s.path("issuer", "env"), mode)
        code, out = s.configtest(conf)
        assert code != 0 and "MSSLIssuer: '%s'" % s.path("issuer", "env") in out, (mode, uid, out)
