# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
A mod_ssl that refuses clients without SNI (CVE-2025-23048) and has no SSLVHostSNIPolicy, as httpd
2.4.64 and older versions of distributions have it: this machine's, with the directive's name changed.
"""

import glob
import os
import re

import pytest
from lib import tls
from lib.server import ROOT, free_ports, libexecdir
from lib.world import ask
from test_85_examples import Example

EXAMPLES = os.path.join(ROOT, "conf-examples")
FILES = sorted(os.path.basename(f) for f in glob.glob(os.path.join(EXAMPLES, "*.conf")))
TRUST = "MSSLCertStore dir:{dir}/store\nMSSLTrustNoSNI a.test 127.0.0.7\n"
SITE = """
<VirtualHost 127.0.0.1:{p0}>
ServerName a.test
%sDocumentRoot {dir}/www/%s
</VirtualHost>
"""
FIRST = SITE % ("SSLEngine on\nMSSLEngine on\n", "a.test")
ONE = SITE % ("ServerAlias b.test\nSSLEngine on\nMSSLEngine on\n", "a.test")
SECOND = (SITE % ("", "b.test")).replace("a.test", "b.test")


@pytest.fixture
def old(new_server, tmp_path):
    """old(conf) makes a server with such a mod_ssl."""
    with open(os.path.join(libexecdir(), "mod_ssl.so"), "rb") as f:
        code = f.read()
    if b"SSLVHostSNIPolicy" not in code:
        pytest.skip("this mod_ssl has no SSLVHostSNIPolicy by itself")
    path = str(tmp_path / "mod_ssl.so")
    with open(path, "wb") as f:
        f.write(code.replace(b"SSLVHostSNIPolicy", b"SSLVHostSNIPolicx"))

    def make(conf="", modules=(), **kw):
        kw.setdefault("policy", False)
        return new_server(conf, without=["ssl"], modules=["ssl_module=" + path, *modules], **kw)
    return make


@pytest.mark.parametrize("line", ["%s", "<IfDirective SSLVHostSNIPolicy>\n%s\n</IfDirective>"])
def test_the_line_is_taken(old, line):
    s = old(FIRST, main=line % "SSLVHostSNIPolicy authonly")
    with s:
        s.graceful()
        said = [x for x in s.error_log().splitlines() if "MSSL0180" in x]
        assert len(said) == 2 and all("[mssl:info]" in x for x in said), said
        with open(s.path("output.log")) as f:
            assert "MSSL" not in f.read()


def test_nothing_is_said_without_the_line(old):
    s = old(FIRST)
    with s:
        assert "MSSL0180" not in s.error_log()


@pytest.mark.parametrize("conf, error", [
    ("SSLVHostSNIPolicy authonyl", "SSLVHostSNIPolicy: 'authonyl' is no policy"),
    ("<VirtualHost *>\nSSLVHostSNIPolicy strict\n</VirtualHost>",
     "SSLVHostSNIPolicy cannot occur within <VirtualHost> section"),
])
def test_a_bad_line_is_not(old, conf, error):
    code, out = old().configtest(conf)
    assert code != 0 and error in out, out


def test_insecure_has_nothing_to_warn_of(old):
    with old(FIRST, main="SSLVHostSNIPolicy insecure") as s:
        assert "MSSL0015" not in s.error_log()


def statuses(s):
    """What a client without SNI is answered at both names; one certificate covers them."""
    got = []
    for name in ("a.test", "b.test"):
        with tls.Client(s.port, source="127.0.0.7").connect() as conn:
            got.append(ask(s, conn, name).status)
    return got


def test_there_is_no_cure_but_one_vhost(old, ca):
    """The warning is right: whom it names is refused, and in one virtual host he is served."""
    s = old(TRUST + FIRST + SECOND, policy=True)
    s.site("a.test")
    s.site("b.test")
    ca.leaf("a.test", "b.test").write_joined(s.path("store", "a.test.pem"))
    s.expect("MSSL0014|AH02032")
    with s:
        said = [x for x in s.error_log().splitlines() if "MSSL0014" in x]
        assert len(said) == 1 and "SNI will get 421" in said[0], said
        assert "no SSLVHostSNIPolicy: use one virtual host" in said[0], said
        assert "22-one-vhost.conf" in said[0] and "httpd 2.4.66" in said[0], said
        assert statuses(s) == [200, 421]
        s.graceful(TRUST + ONE)
        assert s.count_error("MSSL0014") == 1
        assert statuses(s) == [200, 200]


@pytest.mark.parametrize("file", FILES)
def test_every_example_starts(old, ca, file):
    """As it is; which of them serve clients without SNI is another matter."""
    s = Example(lambda **kw: old(**kw), ca, file, MSSL_SWITCH_IP="127.0.0.2",
                MSSL_PROXIES="127.9.9.9", MSSL_PLAIN_PORT=free_ports(1)[0]).server
    s.conf = "Listen 127.0.0.2:%d\n" % s.port + s.conf
    s.expect("MSSL0014", "MSSL0215: ", "MSSL0234: ", "MSSL0235: ")      # no user or program of the steward on this machine
    with s:
        said = s.count_error("MSSL0014")
        assert said == (0 if file.startswith(("20", "22", "50", "6", "70")) else 1), s.error_log()
        with open(os.path.join(EXAMPLES, file)) as f:
            assert s.count_error("MSSL0180") == len(re.findall("(?m)^SSLVHostSNIPolicy", f.read()))
