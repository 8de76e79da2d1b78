# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""How people file: under another of a certificate's names, in Secrets of Kubernetes, with Windows editors."""

import os
import subprocess

import pytest
from lib import tls
from lib.ca import write
from lib.server import IS_ROOT
from lib.world import ask, check_site, new_address

CONF = """
MSSLKeyAccess %s
MSSLCertStore %s
MSSLDummyCertificate {dir}/dummy.pem
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
DocumentRoot {dir}/www/a.test
</VirtualHost>
"""


def filing_server(new_server, ca, access, store="dir:{dir}/store"):
    s = new_server(CONF % (access, store))
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    s.site("a.test")
    os.makedirs(s.path("store"), exist_ok=True)
    if access == "direct":
        s.expect("MSSL0161: ")      # all may read the keys of the tests
    return s


def serial(s, sni):
    with tls.Client(s.port, sni, source=new_address()).connect() as conn:
        return conn.serial


def lineage(leaf, folder):
    os.makedirs(folder, exist_ok=True)
    write(folder + "/fullchain.pem", leaf.cert_pem + leaf.chain_pem)
    write(folder + "/privkey.pem", leaf.key_pem)


modes = pytest.mark.parametrize("access", ["broker", "direct"] if IS_ROOT else ["direct"])


@modes
def test_filed_under_another_name(new_server, ca, access):
    """A name of the certificate in its parent's folder counts; a wildcard there is no such name."""
    s = filing_server(new_server, ca, access)
    shop = ca.leaf("shop.test", "www.shop.test")
    wild = ca.leaf("wild.test", "*.wild.test")
    lineage(shop, s.path("store", "shop.test"))
    lineage(wild, s.path("store", "wild.test"))
    write(s.path("store", "out.wild.test.none"), "")
    with s:
        assert serial(s, "shop.test") == serial(s, "www.shop.test") == shop.serial
        assert serial(s, "mail.shop.test") == s.dummy.serial
        assert serial(s, "in.wild.test") == wild.serial
        assert serial(s, "out.wild.test") == s.dummy.serial
        with tls.Client(s.port, "www.shop.test", source=new_address()).connect() as conn:
            check_site(ask(s, conn, "www.shop.test"), "a.test", shop, "sni")


@modes
def test_numbered_lineage(new_server, ca, access):
    """The valid one of NAME/ and NAME-0001/ is shown."""
    s = filing_server(new_server, ca, access)
    old, new = ca.leaf("old.test", days=-1), ca.leaf("old.test")
    lineage(old, s.path("store", "old.test"))
    lineage(new, s.path("store", "old.test-0001"))
    s.expect("MSSL0111: 'old.test'.*old.test/fullchain.pem: the certificate expired")
    with s:
        assert serial(s, "old.test") == new.serial


@modes
def test_uacme(new_server, ca, access):
    s = filing_server(new_server, ca, access)
    leaf = ca.leaf("u.test", intermediate=True)
    os.makedirs(s.path("store", "u.test"))
    os.makedirs(s.path("store", "private", "u.test"))
    write(s.path("store", "u.test", "cert.pem"), leaf.cert_pem + leaf.chain_pem)
    write(s.path("store", "private", "u.test", "key.pem"), leaf.key_pem)
    with s:
        assert serial(s, "u.test") == leaf.serial


@pytest.mark.skipif(not IS_ROOT, reason="needs the right to mount")
@modes
@pytest.mark.parametrize("kind", ["dir", "map"])
def test_kubernetes_secret(new_server, ca, access, kind):
    """A Secret: tmpfs of mode 1777, links by way of ..data, mounted read-only: nobody can write there."""
    s = filing_server(new_server, ca, access,
                      "dir:{dir}/store" if kind == "dir" else "map:{dir}/sites.map")
    store, leaf = s.path("store"), ca.leaf("a.test")
    write(s.path("sites.map"), "a.test store/a.test.pem\n")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", store], check=True)
    try:
        os.mkdir(store + "/..v1")
        os.symlink("..v1", store + "/..data")
        os.symlink("..data/a.test.pem", store + "/a.test.pem")
        leaf.write_joined(store + "/..v1/a.test.pem")
        os.chmod(store + "/..v1", 0o1777)
        subprocess.run(["mount", "-o", "remount,ro", store], check=True)
        with s:
            assert serial(s, "a.test") == leaf.serial
    finally:
        subprocess.run(["umount", "-l", store], check=True)


@modes
def test_map_of_a_windows_editor(new_server, ca, access):
    """A BOM is skipped; a line that is skipped is a warning with its number."""
    s = filing_server(new_server, ca, access, "map:{dir}/sites.map")
    leaf = ca.leaf("a.test")
    leaf.write_joined(s.path("a.pem"))
    write(s.path("sites.map"), "\ufeffa.test a.pem\r\nb.test\r\n")
    s.expect("MSSL0120: map:.*line 2")
    with s:
        assert serial(s, "a.test") == leaf.serial
        assert s.count_error("MSSL0120") >= 1


def test_exposed_by_a_map(new_server, ca):
    """The warning about open keys reads a map as the store does: backslashes are a part of a name."""
    s = filing_server(new_server, ca, "direct", "map:{dir}/sites.map")
    leaf = ca.leaf("a.test")
    leaf.write_joined(s.path("a\\\\b c.pem"))
    write(s.path("sites.map"), '\ufeffa.test "a\\\\b c.pem"\n')
    with s:
        assert serial(s, "a.test") == leaf.serial
        assert s.count_error(r"MSSL0161: .*a\\+b c\.pem") == 1
