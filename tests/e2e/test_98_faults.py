# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The state folder goes, or is full: websites, status and people that are told go on, or say that they cannot."""

import json
import os
import shutil
import subprocess

import pytest
from lib.ca import write
from lib.live import serial
from lib.server import IS_ROOT, wait_until
from lib.world import file_pair
from test_94_status import STATUS, ask
from test_98_notify import CONF, make, told, wait_steward, wait_told

MOUNT = """
mkdir -p {dir}/run/mssl && mount -t tmpfs -o size=512k,mode=711 tmpfs {dir}/run/mssl && exec "$@"
"""


def has_mounts():
    return IS_ROOT and subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False,
                                      stderr=subprocess.DEVNULL).returncode == 0


def get_json(s):
    return json.loads(ask(s, "/status?format=json").text)


def bad_names(s):
    return get_json(s)["totals"]["bad"]


@pytest.mark.skipif(not has_mounts(), reason="needs root, and to be allowed to mount")
def test_disk_full(new_server, ca):
    s = make(new_server, ca, more=CONF + STATUS % "full")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    write(s.path("launcher"), s.fill(MOUNT))
    s.launcher = ["unshare", "-m", "sh", s.path("launcher")] + s.launcher
    s.expect("MSSL0236: MSSLStateDir: .* lies in memory")
    with s:
        state = "/proc/%d/root%s" % (s.proc.pid, s.path("run", "mssl"))     # as the server sees it
        pid = wait_steward(s)
        wait_until(lambda: get_json(s)["steward"]["seen"], lambda: get_json(s)["steward"])
        s.expect("MSSL0207: inventory: ", "MSSL0218: steward: ")
        with open(state + "/fill", "wb", buffering=0) as f:
            with pytest.raises(OSError):
                while True:
                    f.write(b"x" * 512)
        s.wait_error("MSSL0207: inventory: .*No space left", timeout=30)
        s.wait_error("MSSL0218: steward: .*steward.json: .*No space left.*the status does not learn", timeout=30)
        # Visitors, and the status of names, are as ever; what the steward said is old in time, and not wrong.
        file_pair(ca.leaf("new.test"), s.path("store"), "new.test")
        write(s.path("store", "bad.test.pem"), "garbage")
        assert serial(s, "new.test") and serial(s, "a.test")
        wait_until(lambda: bad_names(s) == 1, lambda: get_json(s)["totals"])
        assert wait_steward(s) == pid and told(s) == []
        assert os.listdir(state + "/steward.d") == ["steward.json"]
        assert json.load(open(state + "/steward.d/steward.json"))["pid"] == pid
        # With space again all is told, by the same processes. A line for each thing that could not be kept was all:
        # the inventory's file and its history, the steward's file.
        os.unlink(state + "/fill")
        assert wait_told(s, 1)["items"][0]["name"] == "bad.test"
        wait_until(lambda: get_json(s)["steward"]["notifications"]["digest"]["told"] == 1,
                   lambda: get_json(s)["steward"])
        assert s.count_error("MSSL0207") <= 2 and s.count_error("MSSL0218.*steward.json") == 1
        assert wait_steward(s) == pid


def has_removed(path):
    """Who writes there may put a file in while it goes."""
    shutil.rmtree(path, ignore_errors=True)
    return not os.path.exists(path)


def test_state_folder_gone(new_server, ca):
    s = make(new_server, ca, more=CONF + STATUS % "full")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    write(s.path("store", "bad.test.pem"), "garbage")
    with s:
        wait_told(s, 1)
        pid = wait_steward(s)
        s.expect("MSSL0207: inventory: ", "MSSL0218: steward: ")
        wait_until(lambda: has_removed(s.path("run", "mssl")), "its end")
        s.wait_error("MSSL0218: steward: .*steward.d: No such file", timeout=30)
        s.wait_error("MSSL0207: inventory: ", timeout=30)
        assert serial(s, "a.test") and bad_names(s) == 1
        page = ask(s, "/status").text
        assert "The steward has told nothing of itself" in page
        assert get_json(s)["steward"]["commands"] == []
        # A restart makes it anew; what was told is forgotten, and told again.
        s.graceful()
        wait_steward(s, [pid])
        wait_told(s, 2)
        assert [i["name"] for t in told(s) for i in t["items"]] == ["bad.test"] * 2
        wait_until(lambda: get_json(s)["steward"]["commands"], lambda: get_json(s)["steward"])
        for name in ("server.json", "notify.json", "steward.json", "notified", "inventory"):
            assert os.path.exists(s.path("run", "mssl", name)), name
