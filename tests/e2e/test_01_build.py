# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What was built, that httpd takes it, and the dummy that the module makes."""

import os
import re
import stat
import subprocess
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lib import tls
from lib.server import BUILD, IS_ROOT, MODULE, ROOT
from lib.world import ask, new_address

MADE = """
<VirtualHost 127.0.0.1:{p0}>
ServerName made.test
SSLEngine on
MSSLEngine on
</VirtualHost>
"""
def test_exports_one_symbol():
    out = subprocess.run(["nm", "-D", "--defined-only", MODULE], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    names = [line.split()[-1] for line in out.splitlines()]
    # The linker's own marks of the sections' ends are no symbols of ours.
    assert [n for n in names if not n.startswith(("__", "_edata", "_end", "_fini", "_init"))] == \
        ["mssl_module"]


def test_programs_are_sought_where_they_are_installed():
    """All other tests name them: only this one sees what holds where nobody does."""
    out = subprocess.run(["make", "-n", "-f", "Makefile.apxs", "install"], cwd=ROOT, check=True, timeout=60,
                         stdout=subprocess.PIPE, text=True).stdout
    steward = re.search(r"install -m 755 \S*/mssl-steward (\S+)$", out, re.M).group(1)
    issuers = re.search(r"install -m 755 .*/issuers/uacme (\S+)$", out, re.M).group(1)
    with open(MODULE, "rb") as f:
        strings = f.read().split(b"\0")
    assert steward.startswith("/") and steward.encode() in strings
    assert issuers.startswith("/") and issuers.encode() + b"/" in strings


def test_installed(tmp_path):
    """With header, manual pages, completions and examples."""
    subprocess.run(["make", "-s", "-f", "Makefile.apxs", "install", "BUILD=%s" % BUILD, "DESTDIR=%s" % tmp_path], cwd=ROOT,
                   check=True, timeout=300, stdout=subprocess.DEVNULL)
    found = [os.path.relpath(os.path.join(folder, file), tmp_path) for folder, _, files in os.walk(tmp_path) for file in files]
    for end in ("/mod_mssl.so", "/mod_mssl.h", "/sbin/msslctl", "/sbin/mssl-steward", "/issuers/uacme", "/man5/mod_mssl.5",
                "/man8/msslctl.8", "/man8/mssl-steward.8", "/bash-completion/completions/msslctl",
                "/examples/10-switch-on-its-own-port.conf", "/examples/reference.conf", "/examples/panel-map",
                "/examples/mssl.load", "/examples/prometheus/alerts.yml", "/examples/provider/mod_mssl_pattern.c"):
        assert sum(("/" + path).endswith(end) for path in found) == 1, (end, found)
    for file in os.listdir(os.path.join(ROOT, "conf-examples")):
        if file.endswith(".conf"):
            assert any(path.endswith("/examples/" + file) for path in found), file


def test_an_old_openssl_is_one_sentence(tmp_path):
    """Not the thousand errors that its headers would be."""
    (tmp_path / "openssl").mkdir()
    (tmp_path / "openssl" / "opensslv.h").write_text("#define OPENSSL_VERSION_NUMBER 0x101010ffL\n")
    p = subprocess.run(["make", "-s", "-j2", "-f", "Makefile.apxs", "BUILD=%s/build" % tmp_path,
                        "CFLAGS=-I%s" % tmp_path], cwd=ROOT, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=60)
    assert p.returncode != 0 and p.stdout.count(" error: ") == 1, p.stdout
    assert "needs OpenSSL 3.0 or later" in p.stdout, p.stdout


def test_no_apxs_is_one_sentence(tmp_path):
    """Not a compilation of everything without httpd's headers."""
    p = subprocess.run(["make", "-s", "-f", "Makefile.apxs", "BUILD=%s/build" % tmp_path, "APXS=/nonexistent/apxs"],
                       cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert p.returncode != 0 and "name it: APXS=/path/of/apxs" in p.stdout, p.stdout
    assert p.stdout.count("\n") < 5 and not os.path.exists(tmp_path / "build"), p.stdout


@pytest.mark.parametrize("first", ["ssl", "mssl"])
@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_loads_in_any_order(new_server, mpm, first):
    if first == "ssl":
        s = new_server(MADE, mpm=mpm)
    else:
        s = new_server(MADE, mpm=mpm, mssl=False, without=["ssl"],
                       modules=["mssl_module=" + MODULE, "ssl"])
    with s:
        with tls.Client(s.port, "nope.test").connect() as conn:
            assert ask(s, conn, "nope.test").status == 421


def test_loaded_and_not_used(new_server, ca):
    """Beside an ordinary configuration the module is not felt."""
    s = new_server("""
<VirtualHost 127.0.0.1:{p0}>
ServerName a.test
SSLEngine on
SSLCertificateFile {dir}/a.pem
DocumentRoot {dir}/www/a.test
</VirtualHost>
""")
    leaf = ca.leaf("a.test")
    leaf.write_joined(s.path("a.pem"))
    s.site("a.test")
    with s:
        for sni in ("a.test", "nope.test", None):
            with tls.Client(s.port, sni).connect() as conn:
                answer = ask(s, conn, "a.test")
                assert (answer.status, answer.serial, answer.by) == (200, leaf.serial, "-")
                assert not os.path.exists(s.path("run", "mssl"))


def test_needs_mod_ssl(new_server):
    """Without mod_ssl the directive cannot be kept: that is said, and nothing starts."""
    s = new_server("MSSLEngine on\n", without=["ssl"], policy=False, session_cache=False)
    code, out = s.try_start()
    text = out + s.error_log()
    assert code != 0 and "mod_ssl" in text and "MSSL" in text, text
    s.expect("MSSL|AH00016|AH00020")


def test_made_dummy_is_kept(new_server):
    """No certificate anywhere: one is made, self-signed, P-256, and it is the same after restarts."""
    s = new_server(MADE)
    serials = []
    for _ in range(2):
        with s:
            for restart in (False, True):
                if restart:
                    s.graceful()
                with tls.Client(s.port, None, source=new_address()).connect() as conn:
                    cert = conn.cert
                    serials.append(cert.serial_number)
                    assert isinstance(cert.public_key(), ec.EllipticCurvePublicKey)
                    assert cert.public_key().curve.name == "secp256r1"
                    assert cert.issuer == cert.subject
    assert len(set(serials)) == 1
    home = s.path("run", "mssl")
    assert stat.S_IMODE(os.stat(home).st_mode) == (0o711 if IS_ROOT else 0o700)
    if IS_ROOT:
        assert os.stat(home).st_uid == 0
    for name in os.listdir(home):
        with open(os.path.join(home, name), "rb") as f:
            if b"PRIVATE KEY" in f.read():
                assert stat.S_IMODE(os.stat(os.path.join(home, name)).st_mode) & 0o077 == 0


def test_state_dir(new_server):
    s = new_server("MSSLStateDir {dir}/elsewhere\n" + MADE)
    with s:
        tls.Client(s.port, None).connect().close()
    assert stat.S_IMODE(os.stat(s.path("elsewhere")).st_mode) == (0o711 if IS_ROOT else 0o700)
    assert os.listdir(s.path("elsewhere"))
    assert not os.path.exists(s.path("run", "mssl"))


def test_stop_and_graceful_many_times(new_server):
    """httpd reloads the module at each graceful restart: nothing may point into the old one."""
    s = new_server(MADE)
    with s:
        for _ in range(5):
            s.graceful()
            with tls.Client(s.port, "x.test").connect() as conn:
                assert ask(s, conn, "x.test").status == 421


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_stop_is_clean(new_world, mpm):
    """Servers that have had all kinds of clients, idle again: each child ends by itself."""
    for _ in range(4):
        w = new_world("light", mpm=mpm)
        s = w.server
        with s:
            client = w.client(None)
            w.wish(client, "a.test")
            for c, host in ((client, "a.test"), (client, "b.test"), (w.client("nope.test"), "a.test"),
                            (w.client("a.test"), "a.test"), (w.client("b.test"), "a.test")):
                answer = w.get(c, host)
                if answer.session is not None:
                    w.get(c, host, session=answer.session)
            time.sleep(0.5)     # lingering closes
        assert "exit signal" not in s.error_log(), s.error_log()[-2000:]
