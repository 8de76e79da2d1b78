# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl check and list: what they say of stores, and who reads the files."""

import json
import os
import pwd
import re
import signal
import subprocess
import tempfile

import pytest

from lib.ctl import PROGRAM, Stores, environment
from lib.server import BROKER_USER, IS_ROOT, wait_until

needs_root = pytest.mark.skipif(not IS_ROOT, reason="needs root")


@pytest.fixture
def stores(workdir, ca):
    return Stores(tempfile.mkdtemp(prefix="stores.", dir=workdir), ca)


def fill(s):
    ca = s.ca
    s.put(ca.leaf("good.test"), "good.test.pem")
    s.put(ca.leaf("both.test"), "both.test.pem")
    s.put(ca.leaf("both.test", key="rsa"), "both.test.rsa.pem")
    s.put(ca.expired("expired.test"), "expired.test.pem")
    s.put(ca.not_yet("early.test"), "early.test.pem")
    s.put(ca.leaf("urgent.test", start=-80, days=10), "urgent.test.pem")
    s.put(ca.leaf("expiring.test", start=-70, days=20), "expiring.test.pem")
    s.put(ca.leaf("*.wild.test"), "_.wild.test.pem")
    s.put(None, "sub.wild.test.pem", text="garbage\n")
    s.put(None, "not.wild.test.none", text="")
    s.put(ca.leaf("other.test"), "wrong.test.pem")
    s.put(ca.leaf("shadowed.test", start=-30, days=60), "shadowed.test.pem")
    new = ca.leaf("shadowed.test")
    os.makedirs(os.path.join(s.store, "shadowed.test"))
    s.put(None, "shadowed.test/fullchain.pem", text=new.cert_pem)
    s.put(None, "shadowed.test/privkey.pem", text=new.key_pem)
    s.put(ca.leaf("open.test"), "open.test.pem", mode=0o644)


STATES = {"good.test": "valid", "both.test": "valid", "expired.test": "expired", "early.test": "not_yet_valid",
          "urgent.test": "urgent", "expiring.test": "expiring", "*.wild.test": "valid", "sub.wild.test": "degraded",
          "not.wild.test": "excluded",
          "wrong.test": "bad", "shadowed.test": "shadowed", "open.test": "valid"}


def test_states(stores):
    fill(stores)
    r = stores.ctl("list", "--json")
    assert r.code == 0, r
    rows = {n["name"]: n for n in r.json["names"]}
    assert {n: row["state"] for n, row in rows.items()} == STATES
    assert rows["both.test"]["key_types"] == ["RSA", "ECDSA"]
    assert rows["sub.wild.test"]["file"].endswith("/_.wild.test.pem") and "no PEM" in rows["sub.wild.test"]["reason"]
    assert "does not cover" in rows["wrong.test"]["reason"] and rows["wrong.test"]["until"] is None
    assert rows["shadowed.test"]["reason"].startswith("it hides the newer " + stores.store + "/shadowed.test/fullchain")
    assert rows["open.test"]["exposed_key"].endswith("/open.test.pem")
    assert rows["good.test"]["exposed_key"] is None and rows["expired.test"]["days_left"] == -10


def test_check_worst_first(stores):
    fill(stores)
    r = stores.ctl("check", "--json")
    assert r.code == 2, r
    d = r.json
    assert [(a["name"], a["state"]) for a in d["attention"]] == [
        ("wrong.test", "bad"), ("expired.test", "expired"), ("early.test", "not_yet_valid"), ("urgent.test", "urgent"),
        ("sub.wild.test", "degraded"), ("expiring.test", "expiring"), ("shadowed.test", "shadowed"),
        ("open.test", "valid")]
    assert d["totals"]["names"] == 12 and d["totals"]["valid"] == 4 and d["totals"]["bad"] == 1
    assert d["complete"] is True and d["stores"][0]["reachable"] is True
    text = stores.ctl("check", env={"COLUMNS": "80"}).out
    assert all(len(line) <= 80 for line in text.splitlines()), text
    assert "\n12 names in 1 stores: 1 bad, 1 expired," in text
    assert stores.ctl("check", "--plain").out.splitlines()[0].split("\t")[:2] == ["bad", "wrong.test"]


def test_notes(stores):
    """Nothing is wrong with a chain without its root's issuer; who asks is told."""
    stores.put(stores.ca.leaf("good.test"), "good.test.pem")
    assert "append the chain" not in stores.ctl("check").out
    for args in (["-v"], ["good.test"]):
        r = stores.ctl("check", *args)
        assert r.code == 0 and "append the chain" in r.out.replace("\n", " "), r


@pytest.mark.parametrize("args, code", [
    (["good.test", "both.test"], 0), (["expiring.test"], 1), (["open.test"], 1), (["shadowed.test"], 1),
    (["expired.test"], 2), (["nothing.test"], 2), (["x.wild.test"], 0), (["a.x.wild.test"], 2),
    (["GOOD.test."], 0), (["good.test", "--warn", "100d"], 1), (["good.test", "--urgent", "100d"], 1),
    (["expiring.test", "--warn", "10d"], 0), (["a_b..c"], 64), (["good.test", "--warn", "0%"], 64),
    (["good.test", "--store", "dir:/nowhere"], 64)])
def test_exit_codes(stores, args, code):
    fill(stores)
    assert stores.ctl("check", *args).code == code


@pytest.mark.parametrize("args, code, word", [
    (["good.test"], 0, "OK"), (["expiring.test"], 1, "WARNING"), (["urgent.test"], 2, "CRITICAL"),
    (["expired.test"], 2, "CRITICAL"), (["--bogus"], 3, None), (["--warn", "x"], 3, None)])
def test_nagios(stores, args, code, word):
    fill(stores)
    r = stores.ctl("check", "--nagios", *args)
    assert r.code == code, r
    if word:
        assert re.fullmatch(r"MSSL %s - 1 names: .* \| names=1( [a-z_]+=\d+){10}\n" % word, r.out), r


def test_unreachable_store_is_said(stores):
    stores.put(stores.ca.leaf("good.test"), "good.test.pem")
    stores.stores.append("map:" + stores.path + "/gone")
    stores.stores.append("dbd:" + stores.path + "/x")
    stores.write()
    r = stores.ctl("check")
    assert r.code == 3 and "gone: No such file" in r.out and "does not have this provider" in r.out, r
    assert stores.ctl("check", "--nagios").code == 3
    assert stores.ctl("check", "--store", stores.store).code == 0


def test_map_and_mapping(stores):
    s = stores
    cert = s.put(s.ca.leaf("mapped.test"), "files/../mapped.pem".replace("files/../", ""))
    own = s.put(s.ca.leaf("row.test"), "row-file.pem")
    with open(s.path + "/map", "w") as f:
        f.write("mapped.test %s\nno..name %s\n" % (cert, cert))
    s.stores = ["map:" + s.path + "/map"]
    s.write(certificates=[{"names": ["row.test"], "certificate": own, "key": own}])
    r = s.ctl("list", "--json")
    assert {n["name"]: n["state"] for n in r.json["names"]} == {"mapped.test": "valid", "row.test": "valid"}, r
    r = s.ctl("check")
    assert r.code == 1 and "line 2" in r.out, r


def test_list_filters(stores):
    fill(stores)

    def names(*args):
        r = stores.ctl("list", "--plain", *args)
        assert r.code == 0, r
        return [line.split("\t")[0] for line in r.out.splitlines()]

    assert names() == sorted(STATES)
    assert names("*.wild.*") == ["*.wild.test", "not.wild.test", "sub.wild.test"]
    assert names("--state", "bad,expired") == ["expired.test", "wrong.test"]
    assert names("--expires-within", "15d") == ["expired.test", "urgent.test"]
    assert names("--sort", "expiry")[1:4] == ["wrong.test", "expired.test", "urgent.test"]
    assert names("--limit", "2") == sorted(STATES)[:2]
    head = stores.ctl("list").out.splitlines()[0]
    assert head.split() == "NAME STATE UNTIL DAYS TYPE STORE FILE".split()
    assert stores.ctl("list", "-q").out.splitlines()[0].startswith("*.wild.test")
    for args, says in ((["--state", "bda"], "did you mean 'bad'"), (["--limit", "0"], "from 1 on"),
                       (["--sort", "x"], "name or expiry"), (["--expires-within", "soon"], "number of days")):
        r = stores.ctl("list", *args)
        assert r.code == 64 and says in r.err, r


def test_names_of_files_move_no_cursor(stores):
    folder = os.path.join(stores.path, "st\x1b]0;owned\x07\u202ere")
    os.rename(stores.store, folder)
    stores.store = folder
    stores.stores = ["dir:" + folder]
    stores.write()
    stores.put(None, "a.test.pem", text="garbage\n")
    for args in (["check"], ["list"], ["check", "--json"], ["list", "--plain"], ["check", "--nagios"]):
        r = stores.ctl(*args)
        assert "a.test" in r.out and r.out.replace("\n", "").replace("\t", "").isprintable() and r.out.isascii(), r


def many(stores, n=20000):
    source = stores.put(stores.ca.leaf("x.test"), "name0.test.pem")
    for i in range(1, n):
        os.link(source, os.path.join(stores.store, "name%d.test.pem" % i))


def worker_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        children = f.read().split()
    for child in children:
        with open("/proc/%s/comm" % child) as f:
            if f.read().strip() == "mssl-reader":
                return int(child)
    return None


@needs_root
def test_root_parses_nothing(stores):
    """The process that reads has another user, one capability, seccomp, and no more; root opens no file of a store."""
    many(stores)
    p = subprocess.Popen([PROGRAM, "--state-dir", stores.path + "/state", "check"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=environment())
    try:
        child = wait_until(lambda: worker_of(p.pid), "the process that reads")
        with open("/proc/%d/status" % child) as f:
            status = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
    finally:
        p.communicate(timeout=120)
    user = pwd.getpwnam(BROKER_USER)
    assert status["Uid"].split() == [str(user.pw_uid)] * 4 and status["Groups"].strip() == ""
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 1 << 2    # CAP_DAC_READ_SEARCH
    assert int(status["CapBnd"], 16) == 0 and status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert p.returncode == 2


def test_interrupt_prints_what_there_is(stores):
    many(stores)
    p = subprocess.Popen([PROGRAM, "--state-dir", stores.path + "/state", "check", "--json"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=environment(), text=True)
    wait_until(lambda: open("/proc/%d/task/%d/children" % (p.pid, p.pid)).read(), "a worker")
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=60)
    assert p.returncode == 130, err
    d = json.loads(out)
    assert d["complete"] is False and d["totals"]["names"] < 20000


@needs_root
def test_who_is_not_root_sees_what_he_may(stores):
    """No error of ours: the store cannot be read by that user, and that is said."""
    stores.put(stores.ca.leaf("good.test"), "good.test.pem", mode=0o600)
    os.chmod(stores.path + "/state/server.json", 0o644)
    nobody = pwd.getpwnam("nobody")
    r = stores.ctl("check", "good.test", user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    assert r.code == 2 and "permission denied" in r.out, r
