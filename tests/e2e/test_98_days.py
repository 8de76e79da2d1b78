# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A hundred days in the life of three certificates: what is told when, by the steward as it is installed."""

import json
import os
import time

import pytest
from lib import clock
from lib.ca import write
from lib.server import ASAN, wait_until
from lib.steward import begin
from lib.world import file_pair
from test_98_notify import CONF, install_steward, make, script, told

# Five hours before a day is over, so that no state begins at the very moment of a look.
SHIFT = 5 / 24


def put(s, ca, name, day, life):
    """As its renewal on that day would."""
    file_pair(ca.leaf(name, start=day - SHIFT, days=day + life - SHIFT), s.path("store"), name)


def spoil(s):
    write(s.path("store", "bad.test.pem"), "garbage")


def renewals(s, ca):
    """day -> what is done that morning."""
    work = {0: [lambda: put(s, ca, "ninety.test", 0, 90), lambda: put(s, ca, "fortyseven.test", 0, 47)],
            10: [lambda: spoil(s)], 13: [lambda: put(s, ca, "bad.test", 13, 360)],
            62: [lambda: put(s, ca, "fortyseven.test", 62, 90)]}
    # Every three days, but for the week in which that fails: on day 24 it does.
    for day in list(range(0, 22, 3)) + list(range(28, 101, 3)):
        work.setdefault(day, []).append(lambda day=day: put(s, ca, "six.test", day, 6))
    return work


def expect():
    """What is told: day -> [(name, state, reminder)]."""
    days = {10: [("bad.test", "bad", False)], 11: [("bad.test", "bad", True)], 12: [("bad.test", "bad", True)],
            13: [("bad.test", "valid", False)],
            26: [("six.test", "urgent", False)], 27: [("six.test", "expired", False)],
            28: [("six.test", "valid", False)],
            # A quarter of its life is left: once. An eighth: daily. Over: daily for a week, then weekly.
            36: [("fortyseven.test", "expiring", False)], 42: [("fortyseven.test", "urgent", False)],
            47: [("fortyseven.test", "expired", False)], 60: [("fortyseven.test", "expired", True)],
            62: [("fortyseven.test", "valid", False)],
            68: [("ninety.test", "expiring", False)], 79: [("ninety.test", "urgent", False)],
            90: [("ninety.test", "expired", False)]}
    days.update({d: [("fortyseven.test", "urgent", True)] for d in range(43, 47)})
    days.update({d: [("fortyseven.test", "expired", True)] for d in range(48, 54)})
    days.update({d: [("ninety.test", "urgent", True)] for d in range(80, 90)})
    days.update({d: [("ninety.test", "expired", True)] for d in range(91, 97)})
    return days


def walk_of(s):
    """When the last walk began and ended, if none is under way."""
    try:
        with open(s.path("run", "mssl", "inventory")) as f:
            head = [next(f, "").rstrip("\n").split("\t") for _ in range(3)]
    except FileNotFoundError:
        return 0, 0
    [walk] = [line for line in head if line[0] == "walk"]
    return (0, 0) if any(line[0] == "at" for line in head) else (int(walk[3]), int(walk[4]))


def stamp(text):
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone if text else 0


def look_once(s, ended, how):
    """A steward that looks at what that walk found, tells, and ends."""
    env = {"LD_PRELOAD": s.path("clock.so"), "CLOCK_DAYS": s.path("clock")}
    with open(s.path("err"), "a") as err:
        proc = begin(s, stderr=err, env=env)

    def is_done():
        try:
            with open(s.path("run", "mssl", "steward.json")) as f:
                j = json.load(f)
        except FileNotFoundError:
            return False
        return (j["pid"] == proc.pid and stamp(j["walk"]) >= ended and j["commands"]
                and (j["commands"][0]["event"] is None) == (j["commands"][0]["result"] is None))

    try:
        wait_until(is_done, lambda: "its look; %s" % open(s.path("err")).read()[-2000:])
    finally:
        getattr(proc, how)()
        proc.wait(timeout=30)


@pytest.mark.skipif(ASAN, reason="the clock and ASan both want to be loaded first")
def test_hundred_days(new_server, ca):
    s = make(new_server, ca, more=CONF.replace("httpd:{dir}/mssl-steward", "external"),
             notify="MSSLNotifyCommand every=1h {dir}/tell\n")
    clock.install(s)
    work = renewals(s, ca)
    # To a store that is read at that moment, a day without progress.
    s.expect("MSSL011", "MSSL0204")
    seen = {}
    with s:
        # A clock that is set back and comes again tells nobody anything twice.
        for day in list(range(31)) + [29, 30] + list(range(31, 101)):
            for do in work.pop(day, []):
                do()
            clock.turn(s, day)
            now = int(time.time()) + day * 86400
            wait_until(lambda: abs(walk_of(s)[0] - now) < 3600 and walk_of(s)[0] >= now,
                       lambda: "a walk on day %d: %s" % (day, walk_of(s)))
            before = len(told(s))
            look_once(s, walk_of(s)[1], "terminate" if day % 7 else "kill")
            new = told(s)[before:]
            assert len(new) <= 1, (day, new)
            for message in new:
                assert message["event"] == "digest" and day not in seen, (day, message)
                seen[day] = [(i["name"], i["state"], i["reminder"]) for i in message["items"]]
    assert seen == expect(), {d: (seen.get(d), expect().get(d)) for d in range(101) if seen.get(d) != expect().get(d)}


def test_five_thousand(new_server, ca):
    """All at once: one mail, which says how many, and has the first two hundred."""
    s = make(new_server, ca, notify="MSSLNotifyCommand every=1s mail root@kunde.test\n")
    script(s, "sendmail", "#!/bin/sh\ncd {dir}/told\nn=$(ls | grep -c mail)\ncat > new && mv new mail.$n\n")
    install_steward(s)
    file_pair(ca.leaf("*.many.test", start=-75, days=15), s.path(), "pair")
    for i in range(5000):
        os.link(s.path("pair.pem"), s.path("store", "n%04d.many.test.pem" % i))
    with s:
        wait_until(lambda: os.path.exists(s.path("told", "mail.0")), "a mail", 120)
        before = os.stat(s.path("run", "mssl", "inventory")).st_ctime_ns
        wait_until(lambda: os.stat(s.path("run", "mssl", "inventory")).st_ctime_ns != before, "another walk", 60)
        text = open(s.path("told", "mail.0")).read()
        assert "Subject: [mssl] fallback.invalid: 5000 expiring\n" in text
        assert text.count("\n* n") == 200 and "... and 4800 more: msslctl check" in text
        assert not os.path.exists(s.path("told", "mail.1"))
