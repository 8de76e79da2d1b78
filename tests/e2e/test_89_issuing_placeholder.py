# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A certificate that signs itself keeps a name from a real one; who asks why is told, and what is proposed helps."""

import os
import re
import shlex

import pytest
from lib import tls
from lib.issuing import FAKE, Issuing
from lib.server import IS_ROOT, wait_until
from lib.world import new_address

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

CONF = "MSSLIssueFor vhosts\nMSSLIssuePreflight off\nMSSLCertStore dir:{dir}/store\n" + FAKE
VHOSTS = """<VirtualHost 127.0.0.1:{p0}>
    ServerName own.example.com
    SSLEngine on
    MSSLEngine on
    SSLCertificateFile {dir}/own.pem
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
    ServerName filed.example.com
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
    ServerName beside.example.com
</VirtualHost>
"""


def shown(i, name):
    with tls.Client(i.server.port, name, source=new_address()).connect() as conn:
        return conn.serial


def in_service(i, name):
    """What doctor says of the certificate that the name shows, by all children."""
    return wait_until(lambda: next((f for f in i.ctl("doctor", name, "--json").json["findings"]
                                    if f["what"] == name and "a certificate for it is in service" in f["text"]), None),
                      lambda: i.ctl("doctor", name))


def test_it_is_told_and_the_fix_helps(new_server, ca):
    """Of a virtual host: a retry. Of a store: its file taken away, and nothing more."""
    i = Issuing(new_server, ca, CONF)
    s = i.server
    s.conf += VHOSTS
    filed = s.path("store", "filed.example.com.pem")
    ca.self_signed("own.example.com").write_joined(s.path("own.pem"))
    os.makedirs(s.path("store"), exist_ok=True)
    ca.self_signed("filed.example.com").write_joined(filed)
    with s:
        i.wait_confirmed("beside.example.com")
        before = {name: shown(i, name) for name in ("own.example.com", "filed.example.com")}
        assert i.count("issue") == 1
        for name in before:
            found = in_service(i, name)
            assert found["result"] == "look" and "It signs itself, so browsers warn of it" in found["text"], found
            assert "is not replaced before it is urgent" in found["text"]
            assert "msslctl retry '%s'" % name in found["fix"] and "take that file away" in found["fix"]
        # What none of it is wrong with.
        assert in_service(i, "beside.example.com")["result"] == "ok"
        assert in_service(i, "beside.example.com")["fix"] is None
        # Both are explained, and so is which of them has a file.
        own = i.ctl("explain", "own.example.com", "--no-live", "--no-dns")
        assert own.code == 0 and "NO CERTIFICATE" not in own.out and "SSLCertificateFile" in own.out, own
        assert filed in i.ctl("explain", "filed.example.com", "--no-live", "--no-dns", env={"COLUMNS": "1000"}).out
        live = i.ctl("explain", "own.example.com", "--no-dns")
        assert live.code == 0 and "which no store has" not in live.out and "another certificate" not in live.out, live

        command = re.search("msslctl (retry '[^']+')", in_service(i, "own.example.com")["fix"]).group(1)
        assert i.ctl(*shlex.split(command)).code == 0
        i.wait_confirmed("own.example.com")
        wait_until(lambda: shown(i, "own.example.com") == int(i.job("own.example.com")["serial"], 16), "the issued one")
        assert i.count("issue", "filed.example.com") == 0 and shown(i, "filed.example.com") == before["filed.example.com"]
        os.unlink(filed)
        i.wait_confirmed("filed.example.com")
        wait_until(lambda: shown(i, "filed.example.com") == int(i.job("filed.example.com")["serial"], 16), "the issued one")
        assert i.count("issue") == 3
