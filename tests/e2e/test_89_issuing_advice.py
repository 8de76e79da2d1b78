# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What a CA advises on renewals (RFC 9773), and what the steward makes of it."""

from contextlib import contextmanager

import pytest
from lib import clock
from lib.issuing import Issuing
from lib.server import ASAN, IS_ROOT, wait_until
from lib.steward import begin

pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own"),
    pytest.mark.skipif(ASAN, reason="the clock and ASan both want to be loaded first"),
]


@pytest.fixture
def issuing(new_server, ca):
    def make(*names):
        i = Issuing(new_server, ca)
        i.permit(*names)
        i.server.conf = i.server.conf.replace("MSSLSteward httpd:{dir}/mssl-steward", "MSSLSteward external")
        clock.install(i.server)
        return i
    return make


@contextmanager
def steward(s):
    """One that looks at the calendar that a test turns."""
    with open(s.path("err"), "a") as err:
        process = begin(s, stderr=err, env={"LD_PRELOAD": s.path("clock.so"), "CLOCK_DAYS": s.path("clock")})
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_known(i, *names):
    """{name: job}, once they are installed and the steward itself knows that."""
    jobs = {name: i.wait_confirmed(name) for name in names}
    wait_until(lambda: i.standing()["jobs"].get("installed", 0) >= len(names), lambda: i.standing())
    return jobs


def test_advised(issuing):
    """Asked for each within half a day; put off within bounds, brought forward at once; and no order before its time."""
    i = issuing("a.test", "b.test")
    s = i.server
    i.do("[ $verb != renew-at ] || { cp \"$MSSL_CHAIN\" \"$MSSL_ACCOUNT_DIR/$MSSL_NAME\"\n"
         "echo renew-at: 2100-01-01T00:00:00Z >result; exit 0; }\n")
    with s, steward(s):
        first = wait_known(i, "a.test", "b.test")
        assert all("advised" not in job for job in first.values())
        clock.turn(s, 1)
        for name, job in first.items():
            wait_until(lambda: "advised" in i.job(name), lambda: i.job(name))
            new = i.job(name)
            assert new["advised"] == "2100-01-01T00:00:00Z" and job["renew"] < new["renew"] < job["not_after"]
            assert new["next"] == new["renew"] and new["source"] == "list"
            with open(i.state("accounts", "fake", name)) as f:
                text = f.read()
            assert "BEGIN CERTIFICATE" in text and "KEY" not in text
        assert i.count("renew-at") >= 2 and i.count("issue") == 2
        i.do("days=100\n[ $verb != renew-at ] || { echo renew-at: 2026-01-01T00:00:00Z >result; exit 0; }\n")
        clock.turn(s, 2)
        for name, job in first.items():
            new = wait_until(lambda: (lambda j: j.get("serial") not in (None, job["serial"]) and j)(i.job(name)),
                             lambda: i.job(name))
            assert new["why"] == "renewal"
        assert i.count("renew-at") >= 4 and i.count("issue") == 4


def test_mute(issuing):
    """An issuer without that verb is asked once, and again after a restart; what fails moves nothing."""
    i = issuing("a.test", "b.test", "c.test")
    s = i.server
    names = ["a.test", "b.test", "c.test"]
    with s:
        with steward(s):
            first = wait_known(i, *names)
            for day in (1, 2, 3):
                clock.turn(s, day)
                names.append("d%d.test" % day)
                i.permit(*names)
                wait_known(i, *names)
            assert i.count("renew-at") == 1
        i.do("[ $verb != renew-at ] || exit 31\n")
        with steward(s):
            i.permit(*names, "e.test")
            wait_known(i, *names, "e.test")
            clock.turn(s, 4)
            wait_until(lambda: i.count("renew-at") >= 8, lambda: i.calls())
        assert all(i.job(name) == job for name, job in first.items())
