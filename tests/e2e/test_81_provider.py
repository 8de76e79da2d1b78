# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A store provider of a third party: built apart, with the installed header alone, and loaded."""

import os
import shutil
import subprocess

import pytest
from lib import tls
from lib.server import APXS, IS_ROOT, ROOT
from lib.world import new_address

CONF = """
LoadModule mssl_pattern_module %s
MSSLKeyAccess %s
MSSLCertStore %s
MSSLDummyCertificate {dir}/dummy.pem
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
"""


@pytest.fixture(scope="module")
def include(tmp_path_factory):
    """The folder of the header, as "make install" leaves it."""
    root = str(tmp_path_factory.mktemp("install"))
    subprocess.run(["make", "-s", "-f", "Makefile.apxs", "BUILD=" + os.environ.get("BUILD", "build"),
                    "DESTDIR=" + root, "install"], check=True, cwd=ROOT)
    headers = [folder for folder, _, files in os.walk(root) if "mod_mssl.h" in files]
    assert len(headers) == 1, headers
    return headers[0]


def build(include, folder, *flags):
    os.makedirs(folder)
    shutil.copy(os.path.join(ROOT, "conf-examples", "provider", "mod_mssl_pattern.c"), folder)
    subprocess.run([APXS, "-c", "-I" + include, "-Wc,-Wall", "-Wc,-Werror", *flags, "mod_mssl_pattern.c"], check=True,
                   cwd=folder, stdout=subprocess.DEVNULL)
    return os.path.join(folder, ".libs", "mod_mssl_pattern.so")


@pytest.fixture(scope="module")
def provider(include, tmp_path_factory):
    return build(include, str(tmp_path_factory.mktemp("provider") / "it"))


def pattern_server(new_server, ca, module, store, access="direct"):
    s = new_server(CONF % (module, access, store))
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    return s


def serial(s, sni):
    with tls.Client(s.port, sni, source=new_address()).connect() as conn:
        return conn.serial


@pytest.mark.parametrize("access", ["broker", "direct"] if IS_ROOT else ["direct"])
def test_serves_from_it(new_server, ca, provider, access):
    s = pattern_server(new_server, ca, provider, "pattern:{dir}/of/%s/all.pem", access)
    leaf, wild = ca.leaf("a.test"), ca.leaf("*.w.test")
    leaf.write_joined(s.path("of", "a.test", "all.pem"))
    wild.write_joined(s.path("of", "_.w.test", "all.pem"))
    s.expect("MSSL0110: bad certificate files for 'large.test' in pattern:.*at most 1 MB")
    os.makedirs(s.path("of", "large.test"))
    with open(s.path("of", "large.test", "all.pem"), "w") as f:
        f.truncate(2 << 20)
    with s:
        assert (serial(s, "a.test"), serial(s, "x.w.test")) == (leaf.serial, wild.serial)
        assert serial(s, "none.test") == serial(s, "large.test") == s.dummy.serial
        assert s.count_error("MSSL0110") >= 1


@pytest.mark.parametrize("arg", ["relative/%s.pem", "/no/mark.pem", "/two/%s/%s.pem"])
def test_wrong_argument(new_server, ca, provider, arg):
    """The provider's own words, from "httpd -t" on; what is no path for it is left as it is."""
    s = pattern_server(new_server, ca, provider, "pattern:" + arg)
    code, text = s.configtest()
    assert code != 0
    assert "MSSLCertStore: %s: use an absolute path with one %%s" % arg in text


def test_another_version(new_server, ca, include, tmp_path):
    module = build(include, str(tmp_path / "other"), "-DSAMPLE_OTHER_VERSION")
    s = pattern_server(new_server, ca, module, "pattern:/x/%s.pem")
    code, text = s.configtest()
    assert code != 0
    assert "the provider 'pattern' is made for version 2 of the interface, and this mod_mssl has version 1" in text
