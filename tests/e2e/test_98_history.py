# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The last good pair over a full stop and start, from the history (contract sections 7 and 13)."""

import glob
import os
import time

import pytest
from lib.ca import write
from lib.ctl import Ctl
from lib.live import live_server, serial
from lib.server import IS_ROOT, wait_until
from lib.world import file_pair
from test_94_status import STATUS
from test_96_inventory import FAST, PREFORK, get_json, history_of, wait_states

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="needs root: history is MSSLUser's")

SLOW = "MSSLInventory on 1h\n" + STATUS % "full"     # no walk in the first minute
SAID = "its last good pair serves, from the history"


def served(s, name):
    """What of a name is to serve when its files are bad."""
    return glob.glob(s.path("run", "mssl", "history", "??", ".%s.*.*" % name))


@pytest.fixture
def kept(new_server, ca, request):
    """A server that was stopped, and had b.test and a.test in service and in its history."""
    mpm = getattr(request, "param", "event")
    s = live_server(new_server, ca, more=FAST, mpm=mpm, **({"main": PREFORK} if mpm == "prefork" else {}))
    s.leaf = {name: ca.leaf(name) for name in ("a.test", "b.test")}
    for name, leaf in s.leaf.items():
        file_pair(leaf, s.path("store"), name)
    with s:
        wait_until(lambda: served(s, "b.test") and served(s, "a.test"), lambda: history_of(s, "?.test"))
        assert serial(s, "b.test") == s.leaf["b.test"].serial
    return s


def damage(s, ca, how, name="b.test"):
    path = s.path("store", name + ".pem")
    if how == "another's key":
        write(path, s.leaf[name].cert_pem + ca.leaf(name).key_pem)
    elif how == "cut":
        os.truncate(path, os.path.getsize(path) // 2)
    else:
        write(path, {"garbage": "garbage", "empty": ""}[how])


@pytest.mark.parametrize("kept,how", [("event", "garbage"), ("worker", "another's key"), ("prefork", "empty"),
                                      ("event", "cut")], indirect=["kept"])
def test_serves_over_a_restart(kept, ca, how):
    s = kept
    damage(s, ca, how)
    s.expect("MSSL0110: .*'b.test'")
    with s:
        begun = time.monotonic()
        assert serial(s, "a.test") == s.leaf["a.test"].serial
        assert time.monotonic() - begun < 1.5
        assert [serial(s, "b.test") for _ in range(6)] == [s.leaf["b.test"].serial] * 6
        wait_states(s, names=2, at_risk=1, valid=1)
        attention = get_json(s)["attention"][0]
        assert (attention["name"], attention["state"]) == ("b.test", "at_risk") and SAID in attention["reason"]
        explained = get_json(s, "&host=b.test")
        assert explained["verdict"] == "at_risk" and SAID in explained["sentence"], explained
        assert s.count_error("MSSL0110: .*'b.test'.*" + SAID) == s.count_error("MSSL0110") == 1
        s.graceful()
        assert serial(s, "b.test") == s.leaf["b.test"].serial
        wait_states(s, at_risk=1)
    with s:     # and the next time, too
        assert serial(s, "b.test") == s.leaf["b.test"].serial
        wait_states(s, names=2, at_risk=1, valid=1)
        new = ca.leaf("b.test")
        file_pair(new, s.path("store"), "b.test")
        wait_until(lambda: serial(s, "b.test") == new.serial, "the mended pair")
        wait_states(s, valid=2, at_risk=0)


def test_one_that_cannot_be_read(kept):
    """A folder in its place is bad as well."""
    s, path = kept, kept.path("store", "b.test.pem")
    os.unlink(path)
    os.mkdir(path)
    s.expect("MSSL0110: .*'b.test'")
    with s:
        assert serial(s, "b.test") == s.leaf["b.test"].serial


def test_removed_is_gone(kept):
    """At once, and whatever comes into its place later."""
    s, path = kept, kept.path("store", "b.test.pem")
    os.unlink(path)
    s.conf = s.conf.replace(FAST, SLOW)
    s.expect("MSSL0110: .*'b.test'")
    with s:
        assert serial(s, "b.test") == s.dummy.serial
        assert served(s, "b.test")      # no walk has seen that yet
        write(path, "garbage")
        wait_until(lambda: serial(s, "b.test") and s.count_error("MSSL0110: .*'b.test'"), s.error_log)
        assert serial(s, "b.test") == s.dummy.serial
        assert s.count_error(SAID) == 0
        os.unlink(path)
    s.conf = s.conf.replace(SLOW, FAST)
    with s:
        wait_until(lambda: not served(s, "b.test"), "the walk that sees that it is gone")
        assert served(s, "a.test") and history_of(s, "b.test")
    write(path, "garbage")
    with s:
        assert serial(s, "b.test") == s.dummy.serial
        wait_states(s, names=2, bad=1, at_risk=0)


def test_damaged_history(kept):
    """It is never believed, and set aside."""
    s = kept
    for link in served(s, "b.test"):
        with open(link, "r+") as f:
            text = f.read()
            f.seek(0)
            f.write(text.replace("A", "B"))
    damage(s, None, "garbage")
    s.expect("MSSL0110: .*'b.test'")
    with s:
        assert serial(s, "b.test") == s.dummy.serial
        assert serial(s, "a.test") == s.leaf["a.test"].serial
        wait_states(s, bad=1, at_risk=0)
        wait_until(lambda: [p.rsplit(".", 1)[1] for p in history_of(s, "b.test")] == ["bad"],
                   lambda: history_of(s, "b.test"))
        assert not served(s, "b.test") and s.count_error(SAID) == 0
        # Made anew as soon as there is something.
        file_pair(s.leaf["b.test"], s.path("store"), "b.test")
        wait_until(lambda: served(s, "b.test"), lambda: history_of(s, "b.test"))
    damage(s, None, "garbage")
    with s:
        assert serial(s, "b.test") == s.leaf["b.test"].serial


def test_another_names_history(kept):
    """Whoever can put a link there is MSSLUser; even so a pair of another name is none of this one."""
    s = kept
    ours, others = served(s, "b.test"), served(s, "a.test")
    os.unlink(ours[0])
    os.link(others[0], ours[0])
    damage(s, None, "garbage")
    s.expect("MSSL0110: .*'b.test'")
    with s:
        assert serial(s, "b.test") == s.dummy.serial
        assert serial(s, "a.test") == s.leaf["a.test"].serial


@pytest.mark.parametrize("line", ["MSSLInventory off", "MSSLInventory on 1h keep=0"])
def test_off(kept, line):
    s = kept
    damage(s, None, "garbage")
    s.conf = s.conf.replace("MSSLInventory on 1s", line)
    s.expect("MSSL0110: .*'b.test'")
    with s:
        assert serial(s, "b.test") == s.dummy.serial


def test_longest_name(new_server, ca):
    """253 bytes: too long for the name of a file that has an ending, and kept as any other."""
    name = ".".join(["x" * 60, "y" * 60, "z" * 60, "w" * 60, "long.test"])
    assert len(name) == 253
    s, leaf = live_server(new_server, ca, more=FAST), ca.leaf(name)
    path = s.path("store", name, "fullchain.pem")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")     # the status is asked there
    os.mkdir(os.path.dirname(path))
    write(path, leaf.cert_pem)
    write(s.path("store", name, "privkey.pem"), leaf.key_pem, 0o600)
    kept = s.path("run", "mssl", "history", "??", ".%s=*" % name[:128])
    with s:
        wait_until(lambda: glob.glob(kept), lambda: os.listdir(s.path("run", "mssl")))
        assert serial(s, name) == leaf.serial
        assert "1" in Ctl(s)("rollback", name, "--list", "--plain").out
    write(path, "garbage")
    s.expect("MSSL0110")
    with s:
        assert serial(s, name) == leaf.serial
        wait_states(s, names=2, at_risk=1)
        os.unlink(path)
        wait_until(lambda: not glob.glob(kept), lambda: glob.glob(kept))
        assert serial(s, name) == s.dummy.serial


@pytest.mark.parametrize("args", [(), ("--jobs", "2"), ("b.test",)], ids=["all", "jobs", "name"])
def test_msslctl_knows(kept, args):
    """What serves from the history is told as the status tells it, by what is on disk alone."""
    s, path, ctl = kept, kept.path("store", "b.test.pem"), Ctl(kept)
    before = ctl("check", *args, "--json").json["totals"]
    assert (before["valid"], before["at_risk"]) == (1 if args == ("b.test",) else 2, 0)
    damage(s, None, "garbage")
    r = ctl("check", *args, "--json")
    assert r.code == 1 and r.json["totals"]["at_risk"] == 1 and r.json["totals"]["bad"] == 0, r
    row = r.json["attention"][0]
    assert (row["name"], row["state"], row["file"]) == ("b.test", "at_risk", path) and SAID in row["reason"], row
    assert row["not_after"] and row["key_types"] == ["ECDSA"]
    r = ctl("list", "b.test")
    assert r.code == 0 and "at_risk" in r.out and "b.test.pem" in r.out, r
    r = ctl("explain", "b.test", "--no-live", "--no-dns", "--json")
    assert r.json["verdict"] == "at_risk" and SAID in r.json["sentence"], r
    # One that is damaged, or another name's, is none.
    ours = served(s, "b.test")[0]
    os.unlink(ours)
    os.link(served(s, "a.test")[0], ours)
    r = ctl("check", *args, "--json")
    assert r.code == 2 and r.json["totals"]["bad"] == 1, r


def test_msslctl_knows_where_it_does_not_serve(kept):
    """Where the server does not serve from it, msslctl does not say so either."""
    s = kept
    damage(s, None, "garbage")
    s.conf = s.conf.replace("MSSLInventory on 1s", "MSSLInventory on 1h keep=0")
    s.expect("MSSL0110: .*'b.test'")
    with s:
        assert serial(s, "b.test") == s.dummy.serial
        assert Ctl(s)("check", "b.test", "--json").json["totals"]["bad"] == 1


def test_direct_as_root(kept):
    """Children read the files themselves, as httpd's user, for whom the keys of the history are not."""
    s = kept
    os.chmod(s.path("store"), 0o755)
    for name in s.leaf:
        os.chmod(s.path("store", name + ".pem"), 0o644)
    damage(s, None, "garbage")
    s.conf = "MSSLKeyAccess direct\n" + s.conf
    s.expect("MSSL0110: .*'b.test'", "MSSL0111", "MSSL0112", "MSSL0161")
    with s:
        assert serial(s, "b.test") == s.dummy.serial
        assert serial(s, "a.test") == s.leaf["a.test"].serial
        wait_states(s, names=2, bad=1, at_risk=0, valid=1)
        assert served(s, "b.test")      # it is kept on: for "msslctl rollback", and for another day
        r = Ctl(s)("check", "b.test", "--json")
        assert r.json["totals"]["bad"] == 1, r


def test_emptied_folder_is_filled_again(kept):
    s = kept
    for path in glob.glob(s.path("run", "mssl", "history", "??", "*")) + served(s, "b.test") + served(s, "a.test"):
        os.unlink(path)
    with s:
        wait_until(lambda: served(s, "b.test") and served(s, "a.test"), lambda: history_of(s, "?.test"))
