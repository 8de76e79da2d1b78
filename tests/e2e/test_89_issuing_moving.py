# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Moving here, as docs/issuing.md promises: no double order, no gap, taken over when it is urgent, or at once by a command."""

import os
import re
import shutil

import pytest
from lib import tls
from lib.ca import write
from lib.issuing import FAKE, LIST, Issuing
from lib.pebble import MISSING, Pebble
from lib.server import IS_ROOT, libexecdir, wait_until
from lib.world import new_address
from test_88_acme import certbot

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")


def write_dehydrated(leaf, base, name):
    """certs/NAME, of links to files with a time in their names."""
    for file, text in (("fullchain", leaf.cert_pem + leaf.chain_pem), ("privkey", leaf.key_pem)):
        write(os.path.join(base, name, file + "-1700000000.pem"), text, 0o600)
        os.symlink(file + "-1700000000.pem", os.path.join(base, name, file + ".pem"))


# How each keeps a pair, and the folder of its store.
CLIENTS = {
    "certbot": (lambda leaf, base, name: leaf.write_certbot(base, name), "live"),
    "acme.sh": (lambda leaf, base, name: leaf.write_acme_sh(base, name), ""),
    "dehydrated": (lambda leaf, base, name: write_dehydrated(leaf, base, name), ""),
}


def shown(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial


def serial_of(i, name):
    return int(i.job(name).get("serial", "0"), 16)


def wait_ours(i, name):
    wait_until(lambda: shown(i.server, name) == serial_of(i, name), lambda: "ours of %s: %s" % (name, i.job(name)))


@pytest.mark.parametrize("client", list(CLIENTS))
def test_files_of_a_client(new_server, ca, client):
    """What its files serve is left to it, until that is urgent, or an admin says so; its store may go then."""
    put, folder = CLIENTS[client]
    store = "MSSLCertStore dir:{dir}/client/%s\n" % folder
    i = Issuing(new_server, ca, LIST + FAKE + store)
    s = i.server
    fresh, urgent = ca.leaf("fresh.test"), ca.leaf("urgent.test", start=-82, days=8)
    put(fresh, s.path("client"), "fresh.test")
    put(urgent, s.path("client"), "urgent.test")
    i.permit("fresh.test", "urgent.test", "new.test")
    with s:
        i.wait_confirmed("new.test")
        i.wait_job("urgent.test", "installed")
        assert i.count("issue", "fresh.test") == 0 and shown(s, "fresh.test") == fresh.serial
        # An admin's own file wins as long as it is valid.
        assert shown(s, "urgent.test") in (urgent.serial, serial_of(i, "urgent.test"))
        assert i.ctl("retry", "fresh.test").code == 0, i.ctl("job", "fresh.test")
        i.wait_job("fresh.test", "installed")
        assert i.count("issue", "fresh.test") == 1
        assert {j["state"] for j in i.ctl("jobs", "--json").json["jobs"]} == {"installed"}
        s.graceful(s.conf.replace(store, ""))
        for name in ("fresh.test", "urgent.test", "new.test"):
            wait_ours(i, name)
        assert sorted(n for v, n, _ in i.calls() if v == "issue") == ["fresh.test", "new.test", "urgent.test"]


def test_old_pair_ends(new_server, ca):
    """Nobody does anything: the old pair serves to its end, and ours from then on."""
    i = Issuing(new_server, ca, LIST + FAKE + "MSSLCertStore dir:{dir}/client/live\n")
    s = i.server
    s.expect("MSSL0111: 'a.test' in .*the certificate expired", "MSSL0214")
    old = ca.leaf("a.test", days=15 / 86400)
    old.write_certbot(s.path("client"), "a.test")
    i.permit("a.test")
    seen = []
    with s:
        def ours():
            seen.append(shown(s, "a.test"))
            return seen[-1] == serial_of(i, "a.test")
        wait_until(ours, lambda: "ours: %s" % i.job("a.test"), 60)
        assert set(seen) <= {old.serial, seen[-1]} and i.count("issue") == 1, (seen, old.serial)


def test_staging_first(new_server, ca):
    """Tried with the authority's staging: with its real directory each pair is made anew by itself, a day after it was made."""
    i = Issuing(new_server, ca, LIST + FAKE)
    s = i.server
    i.permit("a.test", "b.test")
    with s:
        first = i.wait_confirmed("a.test")
        i.wait_confirmed("b.test")
        s.stop()
        path = i.state("jobs", "a.test")
        with open(path) as f:
            text = f.read()
        write(path, re.sub(r"(?m)^installed: .*$", "installed: 2026-01-01T00:00:00Z", text))
    s.conf = s.conf.replace("https://ca.test/dir", "https://real.test/dir")
    with s:
        job = wait_until(lambda: (lambda j: j["serial"] != first["serial"] and j)(i.job("a.test")), "a real one")
        assert (job["directory"], job["why"]) == ("https://real.test/dir", "renewal")
        wait_ours(i, "a.test")
        assert i.count("issue", "b.test") == 1 and i.count("register") == 2


@pytest.mark.skipif(bool(MISSING) or not shutil.which("certbot"), reason="there is no pebble or no certbot here")
def test_certbot_itself(new_server, ca):
    """Its order by one folder for all; ours not beside it; ours when it is told to."""
    i = Issuing(new_server, ca, LIST + FAKE + "MSSLChallengeDir {dir}/challenge\nMSSLCertStore dir:{dir}/certbot/live\n"
                "<VirtualHost 127.0.0.1:{p1}>\nServerName first.test\n</VirtualHost>\n")
    s = i.server
    s.expect("MSSL0238: MSSLChallengeDir: issuers cannot put")
    for folder in ("challenge", "certbot/live"):
        os.makedirs(s.path(folder), 0o755)
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.port) as pebble:
        code, out = certbot(s, pebble, ["a.test"])
        assert code == 0, out + pebble.log()[-3000:]
        wait_until(lambda: shown(s, "a.test") != shown(s, "none.test"), "certbot's certificate")
        old = shown(s, "a.test")
        i.permit("a.test", "b.test")
        i.wait_confirmed("b.test")
        assert i.count("issue", "a.test") == 0 and shown(s, "a.test") == old
        assert pebble.log().count("POST /order-plz") == 1
        assert i.ctl("retry", "a.test").code == 0
        i.wait_job("a.test", "installed")
        # certbot's own way to leave: its files go, and ours serve.
        shutil.rmtree(s.path("certbot", "live", "a.test"))
        wait_ours(i, "a.test")
        assert i.count("issue", "a.test") == 1


@pytest.mark.skipif(bool(MISSING) or not os.path.exists(os.path.join(libexecdir(), "mod_md.so")),
                    reason="there is no pebble or no mod_md here")
def test_mod_md_itself(new_server, ca):
    """Its certificate serves as the virtual host's own, and is taken over when it is urgent."""
    md = ("MDStoreDir {dir}/md\nMDCertificateAgreement accepted\nServerAdmin admin@example.test\nMDPortMap http:{p1} https:{p0}\n"
          "MDCertificateAuthority %s\nMDCACertificateFile {dir}/pebble/ca.pem\nMDCAChallenges http-01\nMDomain md.test\n")
    vhosts = ("<VirtualHost 127.0.0.1:{p1}>\nServerName md.test\n</VirtualHost>\n"
              "<VirtualHost 127.0.0.1:{p0}>\nServerName md.test\nSSLEngine on\nMSSLEngine on\n%s</VirtualHost>\n")
    i = Issuing(new_server, ca, LIST + FAKE, modules=["md"])
    s = i.server
    pebble = Pebble(s.path("pebble"), ca, s.ports[1], s.port)
    plain = s.conf
    s.conf = plain + md % pebble.url + vhosts % ""
    s.expect("AH10045", "AH10059", "MSSL0033")
    with pebble, s:
        wait_until(lambda: os.path.exists(s.path("md", "staging", "md.test", "pubcert.pem")),
                   lambda: "mod_md's certificate:\n" + s.error_log()[-3000:], 60)
        s.graceful()
        wait_until(lambda: os.path.exists(s.path("md", "domains", "md.test", "pubcert.pem")), "it is active")
        wait_until(lambda: shown(s, "md.test") != shown(s, "none.test"), "it serves")
        old = shown(s, "md.test")
        i.permit("md.test", "b.test")
        i.wait_confirmed("b.test")
        assert i.count("issue", "md.test") == 0
        # Off: its files are the virtual host's own.
        own = s.path("md", "domains", "md.test")
        files = "SSLCertificateFile %s/pubcert.pem\nSSLCertificateKeyFile %s/privkey.pem\n" % (own, own)
        before = i.steward()
        s.graceful(plain + vhosts % files)
        wait_until(lambda: i.steward() != before, "the next steward")
        assert shown(s, "md.test") == old
        i.permit("md.test", "b.test", "c.test")
        i.wait_confirmed("c.test")
        assert i.count("issue", "md.test") == 0 and shown(s, "md.test") == old
        # They get old.
        urgent = ca.leaf("md.test", start=-82, days=8)
        write(own + "/pubcert.pem", urgent.cert_pem)
        write(own + "/privkey.pem", urgent.key_pem, 0o600)
        path = i.state("jobs", "md.test")
        if os.path.exists(path):                        # it was looked at: its next look is a day away
            with open(path) as f:
                text = f.read()
            write(path, re.sub(r"(?m)^next: .*$", "next: 2026-01-01T00:00:00Z", text))
        s.graceful()
        i.wait_job("md.test", "installed")
        wait_ours(i, "md.test")
        assert i.count("issue", "md.test") == 1
