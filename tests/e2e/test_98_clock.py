# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A clock that is set while httpd and its steward run: ahead, and back."""

import pytest
from lib import broker, clock
from lib.issuing import Issuing
from lib.server import ASAN, IS_ROOT, wait_until
from lib.world import file_pair
from test_89_issuing_advice import steward
from test_96_inventory import inventories
from test_98_alarms import kill_off
from test_98_notify import make

pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own"),
    pytest.mark.skipif(ASAN, reason="the clock and ASan both want to be loaded first"),
]


@pytest.mark.parametrize("is_restarted", [False, True], ids=["lives", "restarted"])
def test_issuing_goes_on_when_the_clock_is_right_again(new_server, ca, is_restarted):
    """What was tried in vain by a clock that was a year ahead waits for no day of that year."""
    i = Issuing(new_server, ca)
    s = i.server
    s.conf = s.conf.replace("MSSLSteward httpd:{dir}/mssl-steward", "MSSLSteward external")
    clock.install(s)
    s.expect("MSSL025[0-9]: ", "MSSL0111: ", "MSSL020[0-9]: ")
    i.permit("a.test")
    with s:
        with steward(s):
            first = i.wait_confirmed("a.test")
            i.do("days=100\n")
            clock.turn(s, 400)
            i.permit("a.test", "b.test")
            for name in ("a.test", "b.test"):
                wait_until(lambda: int(i.job(name).get("failures", 0)) >= 1, lambda: i.job(name))
            assert i.job("a.test")["serial"] == first["serial"]
            if not is_restarted:
                clock.turn(s, 0)
                i.wait_job("a.test", "installed")
        clock.turn(s, 0)
        with steward(s):
            for name in ("a.test", "b.test"):
                i.wait_job(name, "installed")
            assert i.job("a.test")["serial"] != first["serial"]
            i.permit("a.test", "b.test", "c.test")
            i.wait_job("c.test", "installed")
    with open(s.path("err")) as f:
        assert ("the clock was set back by" in f.read()) != is_restarted


def test_processes_that_rest_come_back(new_server, ca):
    """They rest for half a minute, and not until a clock that is set back has come so far again."""
    s = make(new_server, ca)
    clock.install(s)
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    s.expect("MSSL0152: (broker|inventory) ", "MSSL0113")
    with s:
        clock.turn(s, 1)
        kill_off(s, broker.brokers, "broker")
        kill_off(s, inventories, "inventory")
        clock.turn(s, 0)
        wait_until(lambda: broker.brokers(s) and inventories(s), "both of them", 60)
