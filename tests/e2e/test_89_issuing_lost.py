# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A pair that somebody removes from issued/ is noticed, and made anew: within limits, and not where another one serves."""

import glob
import os
import shutil

import pytest
from lib import tls
from lib.ca import write
from lib.issuing import FAKE, LIST, Issuing
from lib.server import IS_ROOT, wait_until
from lib.world import file_pair, new_address

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

SAID = "MSSL0254: steward: %s: what was issued for it is not in issued/ any more; it is ordered anew"


@pytest.fixture
def issuing(new_server, ca):
    def make(more=""):
        i = Issuing(new_server, ca, LIST + FAKE + more)
        i.server.expect("MSSL0254: steward: .* is not in issued/ any more")
        return i
    return make


def remove(i, name):
    for folder in os.listdir(i.state("issued")):
        if os.path.exists(i.state("issued", folder, name + ".pem")):
            os.unlink(i.state("issued", folder, name + ".pem"))
            return
    raise AssertionError(name + " is not there")


def rarely(conf):
    """So that a test ends before a walk begins."""
    return conf.replace("MSSLInventory on 1s", "MSSLInventory on 1h")


def shown(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial


def wait_anew(i, name, before):
    job = wait_until(lambda: (lambda j: j.get("serial", before) != before and j)(i.job(name)),
                     lambda: "another certificate of %s: %s" % (name, i.job(name)))
    wait_until(lambda: shown(i.server, name) == int(job["serial"], 16), "it is served")
    assert job["why"] == "asked", job


def test_seen_by_the_inventory(issuing):
    """It counts as one that was asked for, and its limit holds."""
    i = issuing("MSSLIssueLimit name 1/1h\n")
    s = i.server
    i.permit("a.test", "b.test")
    with s:
        first = i.wait_confirmed("a.test")["serial"]
        i.wait_confirmed("b.test")
        remove(i, "a.test")
        wait_anew(i, "a.test", first)
        s.wait_error(SAID % "a.test")
        i.wait_confirmed("a.test")
        with open(i.state("orders", "fake")) as f:
            assert sorted(line.split()[1:] for line in f) == [["asked", "a.test"], ["first", "a.test"], ["first", "b.test"]]
        remove(i, "a.test")
        wait_until(lambda: s.count_error(SAID % "a.test") == 2, "it is noticed again")
        i.permit("a.test", "b.test", "c.test")
        i.wait_confirmed("c.test")
        assert i.count("issue", "a.test") == 2 and i.count("issue", "b.test") == 1
        assert s.count_error(SAID % "a.test") == 2


def test_seen_by_a_visitor(issuing):
    """Who asks for it in vain brings it back, long before the inventory looks again."""
    i = issuing()
    i.permit("a.test")
    with i.server as s:
        first = i.wait_confirmed("a.test")["serial"]
        before = i.steward()
        s.graceful(rarely(s.conf))
        wait_until(lambda: i.steward() != before, "the next steward")
        remove(i, "a.test")
        wait_until(lambda: shown(s, "a.test") != int(first, 16), "the dummy")
        wait_anew(i, "a.test", first)
        assert i.count("issue") == 2


def test_seen_at_a_start(issuing):
    i = issuing()
    i.permit("a.test", "b.test")
    with i.server as s:
        first = i.wait_confirmed("a.test")["serial"]
        i.wait_confirmed("b.test")
        s.stop()
        remove(i, "a.test")
    with s:
        job = wait_until(lambda: (lambda j: j["serial"] != first and j)(i.job("a.test")), "another one")
        assert job["why"] == "asked" and i.count("issue", "b.test") == 1


def test_another_one_serves(issuing, ca):
    """An admin who files a pair by hand and takes ours away, or wants none of us, gets none."""
    i = issuing("MSSLCertStore dir:{dir}/store\n")
    s = i.server
    i.permit("a.test", "b.test")
    with s:
        i.wait_confirmed("a.test")
        first = i.wait_confirmed("b.test")["serial"]
        mine = ca.leaf("a.test")
        file_pair(mine, s.path("store"), "a.test")
        wait_until(lambda: shown(s, "a.test") == mine.serial, "the admin's")
        wait_until(lambda: [r["store"] for r in i.ctl("list", "a.test", "--json").json["names"]] == ["dir:" + s.path("store")],
                   lambda: i.ctl("list", "a.test", "--json"))
        walk = i.standing()["walk"]
        wait_until(lambda: i.standing()["walk"] > walk, "the steward has seen that, too")
        remove(i, "a.test")
        remove(i, "b.test")
        wait_anew(i, "b.test", first)
        assert i.count("issue", "a.test") == 1


def test_all_of_them(issuing):
    """Many at once come back by and by; a folder that is not there is no loss."""
    i = issuing()
    i.server.expect("MSSL0204: inventory: .*issued was not read", "MSSL0113: .*issued cannot be asked", "MSSL0251: steward: other.test")
    names = ["n%d.test" % n for n in range(20)]
    i.permit(*names)
    with i.server:
        before = {name: i.wait_confirmed(name)["serial"] for name in names}
        os.rename(i.state("issued"), i.state("away"))
        i.permit(*names, "other.test")
        i.wait_job("other.test", "failed")
        assert i.count("issue") == 21
        os.rename(i.state("away"), i.state("issued"))
        for folder in os.listdir(i.state("issued")):
            shutil.rmtree(i.state("issued", folder))
        for name in names:
            wait_until(lambda: i.job(name)["serial"] != before[name], name, 60)
        assert all(i.count("issue", name) == 2 for name in names)


def kept(i, name):
    """What of a name is to serve when its files are bad."""
    return glob.glob(i.state("history", "??", ".%s.*.*" % name))


def test_revoked_is_never_good_again(issuing):
    """Files that go bad bring back what was good last, over a stop and start, too; but nothing whose key may be stolen."""
    i = issuing()
    s = i.server
    s.expect("MSSL0110", "MSSL0251: steward: a.test")
    i.do('[ "$verb" != revoke ] || exit 0\n')
    i.permit("a.test", "b.test")
    with s:
        serial = {name: int(i.wait_confirmed(name)["serial"], 16) for name in ("a.test", "b.test")}
        wait_until(lambda: kept(i, "a.test") and kept(i, "b.test"), "both in the history", 60)
        path = {name: glob.glob(i.state("issued", "??", name + ".pem"))[0] for name in serial}
        i.do('[ "$verb" != revoke ] || exit 0\nexit 31\n')
        file = kept(i, "a.test")[0]
        os.link(file, s.path("before"))
        r = i.ctl("revoke", "a.test", "--reason", "keyCompromise")
        assert r.code in (0, 1, 75), r
        i.wait_job("a.test", "failed")      # no other one can be had
        assert not os.path.exists(path["a.test"])
    if kept(i, "a.test"):                   # a walk of the stores may have dropped it already
        os.unlink(s.path("before"))
    else:
        os.rename(s.path("before"), file)
    for name in serial:
        write(path[name], "garbage")
    with s:
        assert shown(s, "b.test") == serial["b.test"]
        assert shown(s, "a.test") == shown(s, "nobody.test") != serial["a.test"]
        state = i.ctl("explain", "a.test", "--json", "--no-dns").json
        assert state["verdict"] == "bad" and state["certificates"] == [], state
        assert i.ctl("explain", "b.test", "--json", "--no-dns").json["verdict"] == "at_risk"
