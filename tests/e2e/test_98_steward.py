# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""How the steward is (steward.json): written by it, shown by the status and msslctl, never believed blindly."""

import datetime
import json
import os
import pwd
import re
import subprocess
import time

from lib.ctl import Ctl
from lib.ca import write
from lib.server import IS_ROOT, wait_until
from lib.steward import begin, own_ids
from lib.world import file_pair
from test_94_status import STATUS, ask
from test_98_notify import CONF, make, script, told, wait_steward, wait_told

EVENTS = ["digest", "store_unreachable", "store_reachable", "broker_down", "broker_up", "inventory_down",
          "issued", "failed", "pending", "declined"]


def get_json(s):
    return json.loads(ask(s, "/status?format=json").text)["steward"]


def counts(s):
    """event, result -> how many, as Prometheus is told."""
    text = ask(s, "/status?format=prometheus").text
    subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=True)
    found = re.findall(r'(?m)^mssl_notifications_total\{event="(\w+)",result="(\w+)"\} (\d+)$', text)
    return {(event, result): int(n) for event, result, n in found}


def stamp(seconds=0):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def standing_file(s, name="steward.json"):
    return s.path("run", "mssl", "steward.d", name)


def read_standing(s):
    with open(s.path("run", "mssl", "steward.json")) as f:
        return json.load(f)


def test_shown(new_server, ca):
    notify = ("MSSLNotifyCommand every=1s {dir}/tell one 'two words'\n"
              "MSSLNotifyCommand every=2s {dir}/fail <b>secret</b>\n")
    s = make(new_server, ca, notify=notify, more=CONF + STATUS % "full")
    script(s, "fail", "#!/bin/sh\nexit 3\n")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    write(s.path("store", "bad.test.pem"), "garbage")
    s.expect("MSSL0217: steward: .*fail: exit code 3")
    with s:
        wait_told(s, 1)
        pid = wait_steward(s)
        seen = wait_until(lambda: (lambda j: j["commands"] and j["commands"][1]["failures"] and j)(get_json(s)),
                          lambda: get_json(s))
        assert seen["alive"] is True and seen["pid"] == pid and seen["generation"] == 0 and seen["seen"], seen
        first, second = seen["commands"]
        assert first["program"] == s.path("tell") and first["every"] == 1 and first["failures"] == 0
        assert (first["event"], first["result"], first["next"]) == ("digest", "told", None) and first["told"]
        assert second["program"] == s.path("fail") and second["failures"] == 1 and second["told"] is None
        assert (second["event"], second["result"]) == ("digest", "failed") and second["next"] > stamp()
        assert seen["notifications"]["digest"] == {"told": 1, "failed": 1}
        assert sorted(seen["notifications"]) == sorted(EVENTS)
        n = counts(s)
        assert set(n) == {(e, r) for e in EVENTS for r in ("told", "failed")}
        assert n["digest", "told"] == n["digest", "failed"] == 1 and sum(n.values()) == 2
        page = ask(s, "/status").text
        assert "<h2>Steward</h2>" in page and s.path("fail") in page and "digest: failed, " in page
        summary = ask(s, "/status?format=json").text
        assert "secret" not in page + summary and "two words" not in page + summary
        # It is the steward's file, for everybody; arguments are not in it.
        info = os.stat(standing_file(s))
        assert info.st_uid == own_ids()[0] and info.st_mode & 0o7777 == 0o644
        assert os.stat(s.path("run", "mssl", "steward.d")).st_mode & 0o7777 == 0o711
        text = open(standing_file(s)).read()
        assert json.loads(text)["schema"] == "mssl-steward/1" and "secret" not in text and "two words" not in text
        before = read_standing(s)["seen"]
        wait_until(lambda: read_standing(s)["seen"] > before, "its next word")
        # msslctl says the same, from a process that is not root's.
        ctl = Ctl(s)
        said = ctl("state", "--json").json["notification"]
        assert said["alive"] is True and said["pid"] == pid
        assert [c["program"] for c in said["commands"]] == [s.path("tell"), s.path("fail")]
        text = ctl("state").out
        assert "runs since" in text and "fail: could not be told '" in text, text
        assert re.search("1 failures, tried again .*; why: msslctl check --notify-test", re.sub(r"\s+", " ", text)), text
        # Counts go on over restarts, of it and of httpd.
        s.graceful()
        wait_until(lambda: get_json(s)["generation"] == 1, lambda: get_json(s))
        again = get_json(s)
        assert again["pid"] == wait_steward(s, [pid]) and again["notifications"]["digest"]["told"] == 1
        assert again["commands"][0]["result"] == "told" and again["commands"][0]["told"] == first["told"]
        assert len(told(s)) == 1


def test_summary_and_none(new_server, ca):
    """No path in a summary; nothing at all where nobody is to be told."""
    s = make(new_server, ca, more=CONF + STATUS % "summary")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        wait_until(lambda: get_json(s)["commands"], lambda: get_json(s))
        assert get_json(s)["commands"][0]["program"] is None
        assert s.path("tell") not in ask(s, "/status").text and "nothing was due yet" in ask(s, "/status").text
        s.graceful(s.conf.replace("MSSLNotify", "#MSSLNotify"))
        wait_until(lambda: get_json(s)["alive"] is None, lambda: get_json(s))
        assert get_json(s)["commands"] == [] and counts(s) == {} and "<h2>Steward" not in ask(s, "/status").text


def put(s, text, name="steward.json"):
    """As the steward would: its own file, whole."""
    path = standing_file(s, ".new")
    write(path, text)
    os.chmod(path, 0o644)
    if IS_ROOT:
        os.chown(path, own_ids()[0], -1)
    os.rename(path, standing_file(s, name))


def test_not_believed(new_server, ca):
    """Whoever has the steward's user has this file: what lies there costs a request nothing, and lies to nobody."""
    s = make(new_server, ca, more=CONF.replace("httpd:{dir}/mssl-steward", "external") + STATUS % "full")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    good = {"schema": "mssl-steward/1", "pid": 4711, "started": stamp(-9), "seen": stamp(), "generation": None,
            "walk": None, "cut": 0, "notifications": {"digest": {"told": 5, "failed": 0}},
            "commands": [{"program": "<script>\u202e", "every": 60, "event": "digest", "result": "failed",
                          "tried": stamp(-5), "told": None, "next": stamp(55), "failures": 1}]}
    ctl = Ctl(s)

    def nothing():
        begin = time.monotonic()
        j = get_json(s)
        assert j["alive"] is False and j["pid"] == 0 and j["seen"] is None and j["commands"] == [], j
        assert counts(s) == {} and "has told nothing of itself" in ask(s, "/status").text
        assert time.monotonic() - begin < 20

    with s:
        nothing()
        assert s.count_error("MSSL0220") == 0       # none is there yet, which is no fault
        put(s, json.dumps(good))
        j = get_json(s)
        assert j["alive"] is True and j["pid"] == 4711 and j["commands"][0]["failures"] == 1
        page = ask(s, "/status").text
        assert "<script" not in page and "\u202e" not in page and "&lt;script&gt;" in page
        assert counts(s)["digest", "told"] == 5
        out = ctl("state").out
        assert "<script>" in out and out.isascii()
        # Old, or of a clock that went on: it does not run, and nobody tries again.
        for seen in (stamp(-60), stamp(3600)):
            put(s, json.dumps(dict(good, seen=seen)))
            j = get_json(s)
            assert j["alive"] is False and j["commands"][0]["next"] is None and j["commands"][0]["failures"] == 1
            assert "does not run, or hangs" in ask(s, "/status").text
            assert ctl("state", "--json").json["notification"]["alive"] is False
            assert "last seen" in ctl("state").out
        # Damaged, foreign or huge; nothing that could be waited for.
        s.expect("MSSL0220: .*not believed: steward.json")
        text = json.dumps(good)
        for bad in (text[:-40], text.replace('"pid": 4711', '"pid": -1'), "", "x" * 100000,
                    json.dumps(dict(good, commands=good["commands"] * 100))):
            put(s, bad)
            nothing()
        assert s.count_error("MSSL0220") == 1
        said = ctl("state", "--json")
        assert said.code == 0 and said.json["notification"]["alive"] is None and said.json["notification"]["reason"]
        os.unlink(standing_file(s))
        for lay, take in ((lambda p: os.mkfifo(p, 0o644), os.unlink), (lambda p: os.symlink("/dev/zero", p), os.unlink),
                          (os.mkdir, os.rmdir)):
            lay(standing_file(s))
            nothing()
            assert "nothing that can be believed" in re.sub(r"\s+", " ", ctl("state").out)
            take(standing_file(s))
        if IS_ROOT:
            # Somebody else's file in that folder.
            put(s, text)
            os.chown(standing_file(s), pwd.getpwnam("bin").pw_uid, -1)
            nothing()
            os.unlink(standing_file(s))
        # The steward comes: what was damaged is set aside, and made anew.
        put(s, text[:-40])
        with open(s.path("err"), "w") as err:
            proc = begin(s, stderr=err)
        try:
            wait_until(lambda: get_json(s)["pid"] == proc.pid, lambda: get_json(s))
        finally:
            proc.terminate()
            assert proc.wait(timeout=30) == 0
        assert "steward.json: " in open(s.path("err")).read() and os.path.exists(standing_file(s, "steward.json.bad"))
