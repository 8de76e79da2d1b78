# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What is wrong is told once for the whole server: all children, new ones, graceful restarts."""

import pytest
from lib.ca import write
from lib.live import live_server, serial, settle
from lib.server import IS_ROOT
from lib.world import file_pair

# A child ends after five connections, so that most visitors meet a new one.
SHORT_LIVED = ("StartServers 2\nServerLimit 4\nMinSpareServers 1\nMaxSpareServers 2\nMaxRequestWorkers 4\n"
               "MaxConnectionsPerChild 5\n")


@pytest.mark.parametrize("access", ["broker", "direct"] if IS_ROOT else ["direct"])
def test_told_once(new_server, ca, access):
    s = live_server(new_server, ca, mpm="prefork", access=access, main=SHORT_LIVED)
    s.expect("MSSL0110: .*'bad.test'", "MSSL0111: .*'expired.test'")
    write(s.path("store", "bad.test.pem"), "-----BEGIN CERTIFICATE-----\nMIIB")
    file_pair(ca.expired("expired.test"), s.path("store"), "expired.test")
    chainless = ca.leaf("chainless.test", intermediate=True)
    write(s.path("store", "chainless.test.pem"), chainless.cert_pem + chainless.key_pem)
    told = {"MSSL0110: .*'bad.test'": 1, "MSSL0111: .*'expired.test'": 1, "MSSL0115: .*'chainless.test'": 1}
    with s:
        for restart in range(2):
            for _ in range(20):
                for name in ("bad.test", "expired.test", "chainless.test"):
                    serial(s, name)
            assert {line: s.count_error(line) for line in told} == told
            s.graceful()
        # Mended: told once as well, by a child that never met the trouble.
        leaf = ca.leaf("bad.test")
        leaf.write_joined(s.path("store", "bad.test.pem"))
        settle()
        for _ in range(20):
            assert serial(s, "bad.test") == leaf.serial
        assert s.count_error("MSSL0112: 'bad.test'") == 1
        assert {line: s.count_error(line) for line in told} == told
