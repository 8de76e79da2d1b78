# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The judge of the error logs: what stock httpd says on a machine is not ours, and the same kind of line
that only a server with the module writes is.
"""

import os
import subprocess

import pytest
from lib.server import ASAN
from lib.stock import STOCK, Stock

CONF = """
MSSLCertStore dir:{dir}/store
<VirtualHost *:{p0}>
    ServerName a.test
    SSLEngine on
    MSSLEngine on
</VirtualHost>
"""

# mod_ssl compares what it was built with to what this says.
OLD_OPENSSL = "unsigned long OpenSSL_version_num(void) { return 0x30000010L; }\n"


@pytest.fixture
def old_openssl(tmp_path):
    """An environment in which OpenSSL is older than the one that mod_ssl was compiled against."""
    source, shim = str(tmp_path / "old.c"), str(tmp_path / "old.so")
    with open(source, "w") as f:
        f.write(OLD_OPENSSL)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", shim, source], check=True)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.geteuid() and str(folder) not in ("/", "/tmp"):
            folder.chmod(0o755)     # the children of httpd load it, too
    return {"LD_PRELOAD": shim}


@pytest.mark.skipif(ASAN, reason="another library is preloaded")
def test_a_machine_that_nobody_updated(new_server, old_openssl):
    s = new_server(CONF, env=old_openssl)
    with s:
        s.graceful()
    bad = s.unexpected()
    s.expect("AH01882")
    assert len(bad) >= 3 and all("AH01882" in line and "0x30000010" in line for line in bad), bad
    machine = Stock(env=old_openssl)
    assert [line for line in bad if not machine.says(line)] == []
    # The tag alone forgives nothing: on a machine that does not say the very same, it is ours.
    assert [line for line in bad if STOCK.says(line)] == []


def test_only_with_the_module(new_server):
    s = new_server(CONF + "SSLUseStapling off\n", session_cache=False)
    with s:
        pass
    bad = [line for line in s.unexpected() if not STOCK.says(line)]
    s.expect("AH01873")
    assert bad and all("AH01873" in line for line in bad), bad
    assert [line for line in bad if not Stock(session_cache=False).says(line)] == []


def test_never_forgiven():
    said = "[Sun Nov 29 04:00:00.000001 2026] [ssl:warn] [pid 1:tid 1] AH09999: it is so"
    stock = Stock()
    stock._said = {("ssl:warn", "AH09999: it is so"),
                   ("core:notice", "AH00052: child pid 7 exit signal Segmentation fault (11)")}
    assert stock.says(said)
    assert stock.says(said.replace("pid 1:tid 1", "pid 2:tid 3"))
    assert not stock.says(said.replace("ssl:warn", "mssl:warn"))
    assert not stock.says(said.replace("ssl:warn", "ssl:error"))
    assert not stock.says(said.replace("it is so", "it is so, too"))
    assert not stock.says("[Sun Nov 29 04:00:00.000001 2026] [core:notice] [pid 1:tid 1] AH00052: child "
                          "pid 7 exit signal Segmentation fault (11)")
