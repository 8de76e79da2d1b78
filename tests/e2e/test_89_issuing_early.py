# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Visitors that come before the certificate does: they wait for it, and not for MSSLNegativeTimeout."""

import os

import pytest
from lib.issuing import FAKE, Issuing, LIST
from lib.server import IS_ROOT, wait_until
from test_89_issuing import cert_of, shown

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")


def test_each_child_looks_again_when_something_is_issued(new_server, ca):
    i = Issuing(new_server, ca, "MSSLNegativeTimeout 1h\n" + LIST + FAKE)
    s = i.server
    with s:
        wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "the steward")
        assert len({shown(s, "a.test") for _ in range(20)}) == 1  # the dummy, in every child
        i.permit("a.test")
        i.wait_job("a.test", "installed")
        wait_until(lambda: {shown(s, "a.test") for _ in range(20)} == {cert_of(i, "a.test")},
                   lambda: "a.test in all children: %s" % i.job("a.test"))
        assert i.wait_confirmed("a.test")["confirmed"] == "127.0.0.1:%d yes" % s.port
