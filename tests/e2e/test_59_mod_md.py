# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""mod_md beside us, the real one: the certificates that it gives to virtual hosts are theirs."""

import json
import os

import pytest
from lib import http, tls
from lib.ca import write
from lib.server import libexecdir
from lib.world import ask, check_own, check_site, file_pair, new_address

pytestmark = pytest.mark.skipif(not os.path.exists(os.path.join(libexecdir(), "mod_md.so")),
                                reason="there is no mod_md here")

# Nobody is asked for a certificate: what there is was put there.
BASE = """
MSSLCheckInterval 0
MSSLNegativeTimeout 0
MSSLCertStore dir:{dir}/store
MSSLSwitchURL https://switch.test:{p0}/
MDStoreDir {dir}/md
MDRenewMode manual
MDCertificateAuthority https://127.0.0.1:1/directory
MDCertificateAgreement accepted
ServerAdmin admin@example.test
"""
SWITCH = """
<VirtualHost 127.0.0.1:{p0}>
    ServerName switch.test
    <Location "/">
        SetHandler mssl-switch
    </Location>
</VirtualHost>
"""


def vhost(name, *lines):
    return "<VirtualHost 127.0.0.1:{p0}>\nServerName %s\nDocumentRoot {dir}/www/%s\n%s\n</VirtualHost>\n" % (
        name, name, "\n".join(lines))


ON, ENGINE = "SSLEngine on", "MSSLEngine on"
FILES = "<MDomainSet a.test>\nMDCertificateFile {dir}/a.crt\nMDCertificateKeyFile {dir}/a.key\n</MDomainSet>\n"
STORED = "MDomain a.test manual\n"

WAYS = {
    # the virtual hosts, and whether the name is known to who has no SNI
    "full": (vhost("first.test", ON, ENGINE) + vhost("a.test", ON, ENGINE), True),
    "light": (vhost("first.test", ON, ENGINE) + vhost("a.test"), True),
    "first": (vhost("a.test", ON, ENGINE), True),
    "engine elsewhere": (vhost("first.test", ON, ENGINE) + vhost("a.test", ON, "MSSLEngine off"), False),
}


def keep(s, leaf):
    """A certificate as mod_md keeps one that it got and activated."""
    folder = s.path("md", "domains", "a.test")
    write(os.path.join(folder, "privkey.pem"), leaf.key_pem, 0o600)
    write(os.path.join(folder, "pubcert.pem"), leaf.cert_pem + leaf.chain_pem, 0o600)
    write(os.path.join(folder, "md.json"), json.dumps({
        "name": "a.test", "domains": ["a.test"], "contacts": ["mailto:admin@example.test"],
        "ca": {"proto": "ACME", "urls": ["https://127.0.0.1:1/directory"], "agreement": "accepted"},
        "state": 2, "renew-mode": 0, "must-staple": False}), 0o600)
    for path in (s.path("md"), s.path("md", "domains"), folder):
        os.chmod(path, 0o700)


@pytest.fixture
def server(new_server, ca):
    def make(conf, **kw):
        s = new_server(BASE + conf + SWITCH, modules=["md"], **kw)
        s.a = ca.leaf("a.test", "alias.test")
        s.a.write_split(s.path("a.crt"), s.path("a.key"))
        for name in ("first.test", "a.test"):
            s.site(name)
        file_pair(ca.leaf("b.test"), s.path("store"), "b.test")
        s.expect("AH10045")
        return s
    return make


def get(s, sni, host, source=None):
    with tls.Client(s.port, sni, source=source or new_address()).connect() as conn:
        return ask(s, conn, host)


def check_shown(s, leaf, by):
    answer = get(s, "a.test", "a.test")
    assert (answer.status, answer.serial, answer.log["ok"]) == (200, leaf.serial, "1"), answer.log
    assert answer.body == "CONTENT-OF<a.test>\n" and answer.by == by, answer.log
    if "first.test" in s.conf:  # else it is the dummy of the address, too, and covers its names
        check_own(get(s, "nope.test", "a.test"), 421, by="dummy")


def check_reached(s, leaf, is_known):
    """Who has no SNI."""
    source = new_address()
    with tls.Client(s.port, source=source).connect() as conn:
        r = http.talk(conn).request("switch.test:%d" % s.port, "/?https://a.test:%d/" % s.port)
    answer = get(s, None, "a.test", source=source)
    assert r.status == (302 if is_known else 404)
    if is_known:
        check_site(answer, "a.test", leaf, "intent")
    else:
        check_own(answer, 421, by="dummy")


@pytest.mark.parametrize("way", WAYS)
def test_files(server, way):
    """MDCertificateFile."""
    conf, is_known = WAYS[way]
    s = server(FILES + conf)
    with s:
        check_shown(s, s.a, "sni" if is_known else "-")
        check_reached(s, s.a, is_known)


@pytest.mark.parametrize("way", WAYS)
def test_kept_store(server, ca, way):
    """What mod_md has got, and, from the next graceful restart on, what it got since."""
    conf, is_known = WAYS[way]
    s = server(STORED + conf)
    keep(s, s.a)
    with s:
        check_shown(s, s.a, "sni" if is_known else "-")
        later = ca.leaf("a.test", "alias.test")
        keep(s, later)
        s.graceful()
        check_shown(s, later, "sni" if is_known else "-")


@pytest.mark.parametrize("way", ["full", "light", "first"])
def test_without_a_certificate_yet(server, ca, way):
    """A store's pair serves, where mod_ssl alone would answer 503 for all names; without one it is 421."""
    s = server(STORED + WAYS[way][0])
    with s:
        check_own(get(s, "a.test", "a.test"), 421, by="dummy")
        file_pair(s.a, s.path("store"), "a.test")
        check_shown(s, s.a, "sni")


def test_the_store_comes_first(server, ca):
    s = server(FILES + WAYS["full"][0])
    leaf = ca.leaf("a.test")
    with s:
        file_pair(leaf, s.path("store"), "a.test")
        check_shown(s, leaf, "sni")
        os.unlink(s.path("store", "a.test.pem"))
        check_shown(s, s.a, "sni")


def test_a_bad_file_for_a_light_vhost(server):
    """mod_ssl stops at one in a full virtual host; a light one goes without, and it is said."""
    s = server(FILES + WAYS["light"][0])
    write(s.path("a.crt"), "no certificate\n")
    s.expect(r"MSSL0191: .*'a\.test'.*a\.crt", "AH10")
    with s:
        s.wait_error("MSSL0191")
        check_own(get(s, "a.test", "a.test"), 421, by="dummy")
