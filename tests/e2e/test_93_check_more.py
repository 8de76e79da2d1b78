# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl check: by several threads, by the word of the inventory, and the test of who is told."""

import difflib
import hashlib
import os
import re
import tempfile

import pytest

from lib.ca import write
from lib.ctl import Ctl, Stores
from lib.server import BROKER_USER, IS_ROOT, wait_until
from lib.steward import STEWARD_USER, own_ids
from lib.world import file_pair
from test_93_check import fill
from test_98_notify import make, script

needs_root = pytest.mark.skipif(not IS_ROOT, reason="needs root")


@pytest.fixture
def stores(workdir, ca):
    s = Stores(tempfile.mkdtemp(prefix="stores.", dir=workdir), ca)
    fill(s)
    s.second = s.path + "/second"
    os.makedirs(s.second)
    shared = ca.leaf("a.shared.test", "b.shared.test", "c.shared.test", "*.shared.test")
    for i, name in enumerate(("a.shared.test", "b.shared.test", "c.shared.test", "_.shared.test")):
        shared.write_joined((s.store if i % 2 else s.second) + "/%s.pem" % name)
    for i in range(40):
        shared.write_joined(s.second + "/n%d.shared.test.pem" % i)
    s.map = write(s.path + "/map", "m.test %s/good.test.pem\nno line of a map\n*bad* x y\nn.test /nowhere/n.pem\n" % s.store)
    s.stores += ["map:" + s.map, "dir:" + s.second, "dir:/nowhere/at/all"]
    s.write()
    return s


def plain(r):
    return re.sub(r'"time":"[^"]*"', "", r.out)


def test_jobs_are_the_same(stores):
    """All of it: findings, their order, sums, what each store has, notes, exit code."""
    for args in (["--json"], ["-v"], ["--nagios"], ["--json", "a.shared.test", "x.shared.test", "*.wild.test", "gone.test"], ["--json", "good.test"]):
        one = stores.ctl("check", *args)
        for n in ("2", "3", "64"):
            more = stores.ctl("check", "--jobs", n, *args)
            diff = list(difflib.unified_diff(plain(one).splitlines(), plain(more).splitlines(), "one", n, n=0, lineterm=""))
            assert diff == [] and (more.code, more.err) == (one.code, one.err), "\n".join(diff)
    assert one.code == 0 or one.code == 3, one
    d = stores.ctl("check", "--jobs", "4", "--json").json
    assert d["cached"] is None and d["totals"]["names"] > 50 and d["notes"], d
    assert {s["label"]: s["reachable"] for s in d["stores"]}["dir:/nowhere/at/all"] is False


@pytest.mark.parametrize("args, says", [
    (["--jobs", "0"], "--jobs: use a number from 1 to 64"), (["--jobs", "65"], "--jobs: use"), (["--jobs", "2x"], "--jobs: use"),
    (["--notify-test", "a.test"], "--notify-test looks at no names"), (["--notify-test", "--cached"], "use it without --cached"),
    (["--notify-test", "--jobs", "2"], "use it without --jobs"), (["--notify-test", "--store", "dir:/x"], "use it without --store"),
    (["--notify-test", "--url", "https://h.test/s"], "use it without --url")])
def test_wrong_arguments(stores, args, says):
    r = stores.ctl("check", *args)
    assert r.code == 64 and says in r.err, r


def test_nothing_cached(stores):
    stores.write(state_dir=stores.path + "/state")
    r = stores.ctl("check", "--cached")
    assert r.code == 3 and "the inventory has written nothing there" in r.err and "MSSLInventory" in r.err, r
    os.makedirs(stores.path + "/state/inventory.d")
    write(stores.path + "/state/inventory.d/inventory", "mssl-inventory 1\ngarbage\n")
    r = stores.ctl("check", "--cached")
    assert r.code == 3 and "/state/inventory.d/inventory" in r.err and r.out == "", r


def walked(s, ctl, names):
    def is_there():
        r = ctl("check", "--cached", "--json")
        return r.code != 3 and r.json["cached"] is not None and r.json["totals"]["names"] == names
    wait_until(is_there, lambda: "a walk: %r" % ctl("check", "--cached", "--json"))


def unfinish(path):
    """As it is in the middle of the first walk of all."""
    with open(path) as f:
        *lines, end = f.read().splitlines(True)
    at = next(i for i, line in enumerate(lines) if line.startswith("walk\t"))
    fields = lines[at].rstrip("\n").split("\t")
    fields[4], fields[7] = "-", "0"
    lines[at] = "\t".join(fields) + "\n"
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    write(path, "".join(lines) + "end\t%d\t%s\n" % (len(lines), digest[:len(end.split("\t")[2].strip())]))


@needs_root
def test_cached(new_server, ca):
    """What the inventory found, also where the stores are gone by now."""
    s = make(new_server, ca, notify="")
    store = s.path("store")
    file_pair(ca.leaf("a.test"), store, "a.test")
    file_pair(ca.leaf("*.w.test"), store, "_.w.test")
    file_pair(ca.leaf("soon.test", start=-80, days=10), store, "soon.test")
    write(store + "/bad.test.pem", "garbage")
    with s:
        ctl = Ctl(s)
        before = len(os.listdir(store))
        wait_until(lambda: ctl("check", "--json").json["totals"]["bad"] == 1, "the stores")
        direct = ctl("check", "--json").json
        walked(s, ctl, direct["totals"]["names"])
        cached = ctl("check", "--cached", "--json").json
        assert cached["totals"] == direct["totals"], before
        keys = ("name", "state", "store", "file", "not_after", "until", "days_left", "key_types")
        # Who may read a key nobody looked at.
        wrong = [a for a in direct["attention"] if a["state"] != "valid"]
        assert [[a[k] for k in keys] for a in cached["attention"]] == [[a[k] for k in keys] for a in wrong]
        r = ctl("check", "--cached")
        assert r.code == 2 and "bad.test" in r.out, r
        text = " ".join(r.out.split())
        assert re.search(r"As the inventory found it, whose last walk ended \d+ min ago \(.*\); no file was looked at\.$", text), r
        assert ctl("check", "--cached", "x.w.test", "a.test").code == 0
        r = ctl("check", "--cached", "none.test")
        assert r.code == 2 and "no_certificate" in r.out, r
        r = ctl("check", "--cached", "--nagios")
        assert r.code == 2 and re.search(r"; as of \d+ min ago \| names=\d+ age=\d+s ", r.out), r
    os.rename(store, store + ".away")
    r = ctl("check", "--cached", "--json")
    assert r.code == 2 and r.json["totals"] == cached["totals"], r
    unfinish(s.path("run", "mssl", "inventory.d", "inventory"))
    r = ctl("check", "--cached", "--json", "a.test")
    assert r.code == 3 and r.json["complete"] is False and r.json["cached"] is None, r
    assert "As far as the inventory has come in its first walk" in ctl("check", "--cached").out
    r = ctl("check", "--cached", "--nagios", "a.test")
    assert r.code == 3 and "not all were looked at" in r.out and "age=" not in r.out, r


SAYS = """#!/bin/sh
cat > /dev/null
id -u > {dir}/told/says.uid
env > {dir}/told/says.env
printf '\\033[31mno\\tway\\nand more\\n' >&2
exit 7
"""


def test_notify_test(new_server, ca):
    s = make(new_server, ca, notify="MSSLNotifyCommand every=1h {dir}/tell one\n")
    with s:
        r = Ctl(s)("check", "--notify-test")
        assert r.code == 0 and re.match(r"%s took a test: exit code 0, \d+\.\d{3} s$" % re.escape(s.path("tell")), " ".join(r.out.split())), r
        names = [n for n in os.listdir(s.path("told")) if n.endswith(".env")]
        assert any("MSSL_EVENT=test\n" in open(s.path("told", n)).read() for n in names), names
        assert {open(s.path("told", n)).read() for n in os.listdir(s.path("told")) if n.endswith(".uid")} == {"%d\n" % own_ids()[0]}


def test_notify_test_of_one_that_fails(new_server, ca):
    s = make(new_server, ca, notify="MSSLNotifyCommand every=1h {dir}/says\nMSSLNotifyCommand every=1h {dir}/tell one\n")
    script(s, "says", SAYS)
    with s:
        r = Ctl(s)("check", "--notify-test", "--json")
        assert r.code == 2, r
        first, second = r.json["commands"]
        assert first["command"] == s.path("says") and first["exit_code"] == 7, r
        assert first["result"] == "failed" and first["text"] == s.path("says") + ": exit code 7", r
        assert first["stderr"] == "\\x1b[31mno\\x09way" and 0 <= first["took"] < 30, r
        assert second["command"] == s.path("tell") and second["exit_code"] == 0 and second["result"] == "told" and second["stderr"] is None, r
        with open(s.path("told", "says.uid")) as f:
            assert int(f.read()) == own_ids()[0]
        text = Ctl(s)("check", "--notify-test").out
        assert "exit code 7" in text and "    \\x1b[31mno\\x09way\n" in text and "\x1b" not in text, text


@needs_root
def test_notify_test_of_nobody(stores):
    stores.write(state_dir=stores.path + "/state", users={"broker": BROKER_USER, "steward": "no-such-user"})
    r = stores.ctl("check", "--notify-test")
    assert r.code == 3 and "there is no user no-such-user" in r.err and "root runs none" in r.err, r
    stores.write(state_dir=stores.path + "/state", users={"broker": BROKER_USER, "steward": STEWARD_USER})
    r = stores.ctl("check", "--notify-test")
    assert r.code == 3 and "no MSSLNotifyCommand is in force" in r.err, r
