# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Broker and inventory that stay down: people are told once, and once when it is over."""

import json
import os
import pwd
import signal

import pytest
from lib import broker
from lib.live import serial
from lib.server import IS_ROOT, wait_until
from lib.steward import STEWARD_USER
from lib.world import file_pair
from test_96_inventory import inventories
from test_98_notify import make, told, wait_steward
from test_98_steward import read_standing


def health(s):
    with open(s.path("run", "mssl", "health.json")) as f:
        return json.load(f)


def kill_off(s, find, label):
    """Kill each that httpd begins, until it rests: it stays down for half a minute then."""
    killed = set()
    while not s.count_error("MSSL0152: %s .*is tried in half a minute" % label):
        for pid in find(s):
            if pid not in killed:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: [p for p in find(s) if p not in killed]
                   or s.count_error("MSSL0152: %s .*is tried in half a minute" % label), "a new %s" % label)
    return len(killed)


def events(s):
    return [(t["event"], t["items"][0]["name"]) for t in told(s)]


@pytest.mark.skipif(not IS_ROOT, reason="needs root: the broker")
def test_down_and_up(new_server, ca):
    s = make(new_server, ca, notify="MSSLNotifyCommand every=1h {dir}/tell\n")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    s.expect("MSSL0152: (broker|inventory) ")
    with s:
        assert serial(s, "a.test")
        info = os.stat(s.path("run", "mssl", "health.json"))
        assert info.st_mode & 0o7777 == 0o640 and info.st_uid == 0
        assert info.st_gid == pwd.getpwnam(STEWARD_USER).pw_gid
        assert health(s) == {"schema": "mssl-health/1", "broker": {"down": False, "since": None},
                             "inventory": {"down": False, "since": None}}
        # One that dies is nothing to be told of: another one is there.
        [first] = broker.brokers(s)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: broker.brokers(s) not in ([], [first]), "another broker")
        pid = wait_steward(s)
        kill_off(s, broker.brokers, "broker")
        kill_off(s, inventories, "inventory")
        wait_until(lambda: len(told(s)) == 2, lambda: events(s))
        assert sorted(events(s)) == [("broker_down", "broker"), ("inventory_down", "inventory")]
        down = next(t for t in told(s) if t["event"] == "broker_down")
        assert down["counts"] == {"broker_down": 1} and down["items"][0]["since"] and down["cut"] == 0
        assert "new and renewed certificates do not count" in down["items"][0]["reason"]
        # Not again by the next generation, whose broker has not lived yet; its word is the old one's.
        s.graceful()
        wait_steward(s, [pid])
        wait_until(lambda: read_standing(s)["generation"] == 1, lambda: read_standing(s))
        assert health(s)["broker"]["down"] is True and len(told(s)) == 2
        # When they have lived for half a minute: told once, of the inventory not.
        wait_until(lambda: len(told(s)) == 3, lambda: events(s), 120)
        assert events(s)[2] == ("broker_up", "broker")
        wait_until(lambda: not health(s)["inventory"]["down"], lambda: health(s), 120)
        before = read_standing(s)["seen"]
        wait_until(lambda: read_standing(s)["seen"] > before, "its next word")
        assert len(told(s)) == 3
        counts = read_standing(s)["notifications"]
        assert [counts[e]["told"] for e in ("broker_down", "broker_up", "inventory_down")] == [1, 1, 1]
        assert serial(s, "a.test")
        # What is not there any more is not told of either.
        s.graceful(s.conf.replace("MSSLNotify", "#MSSLNotify"))
        wait_until(lambda: not os.path.exists(s.path("run", "mssl", "health.json")), "its end")
