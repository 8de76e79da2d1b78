# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The inventory (contract section 12): what it finds of all stores, how it goes on, and what it may do."""

import glob
import json
import os
import pwd
import signal
import stat

import pytest
from lib import broker
from lib.ca import write
from lib.live import CHILDREN, live_server, serial
from lib.server import BROKER_USER, IS_ROOT, wait_until
from lib.world import file_pair
from test_94_status import STATUS, ask

PREFORK = "StartServers 3\nServerLimit 4\nMinSpareServers 1\nMaxSpareServers 4\nMaxRequestWorkers 4\n"
FAST = "MSSLInventory on 1s\n" + STATUS % "full"


def get_json(s, query=""):
    return json.loads(ask(s, "/status?format=json" + query).text)


def inventories(s):
    return [p for p in s.children() if broker.name_of(p) == "mssl-inventory"]


def wait_states(s, **totals):
    """Totals of the status, waited for."""
    def look():
        seen = get_json(s)["totals"]
        return all(seen[k] == v for k, v in totals.items()) and seen
    return wait_until(look, lambda: get_json(s))


def wait_ended(s, n):
    """httpd does not wait for its inventory, which writes its file once more at its end: the nth has done so."""
    wait_until(lambda: s.count_error("MSSL0154: inventory") == n, lambda: s.error_log()[-500:])


@pytest.fixture
def server(new_server, ca, request):
    mpm = getattr(request, "param", "event")
    s = live_server(new_server, ca, more=FAST, mpm=mpm, main=PREFORK if mpm == "prefork" else CHILDREN)
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    return s


@pytest.mark.parametrize("server", ["event", "worker", "prefork"], indirect=True)
def test_states(server, ca):
    s, store = server, server.path("store")
    file_pair(ca.leaf("*.kunde.test"), store, "*.kunde.test")
    file_pair(ca.expired("old.test"), store, "old.test")
    write(s.path("store", "x.kunde.test.pem"), "garbage")
    write(s.path("store", "bad.test.pem"), "garbage")
    write(s.path("store", "none.kunde.test.none"), "")
    with s:
        totals = wait_states(s, names=6, valid=2, expired=1, degraded=1, bad=1, excluded=1)
        assert totals["certificates"] == 3
        seen = get_json(s)
        assert seen["inventory"]["enabled"]
        assert [(a["name"], a["state"]) for a in seen["attention"]] == [
            ("bad.test", "bad"), ("old.test", "expired"), ("x.kunde.test", "degraded")]
        assert s.path("store", "bad.test.pem") in seen["attention"][0]["file"]
        # What changes is seen in the next walk; what was bad and never asked for is no news in the log.
        os.unlink(s.path("store", "bad.test.pem"))
        file_pair(ca.leaf("new.test"), store, "new.test")
        wait_states(s, names=6, valid=3, bad=0)
        assert s.count_error("MSSL0110") == 0


def test_at_risk(server, ca):
    """Files go bad, the last good pair serves: also behind a graceful restart."""
    s = server
    with s:
        leaf = serial(s, "a.test")
        wait_states(s, names=1, valid=1)
        s.expect("MSSL0110: .*'a.test'")
        write(s.path("store", "a.test.pem"), "garbage")
        wait_states(s, at_risk=1)
        assert serial(s, "a.test") == leaf
        s.graceful()
        wait_states(s, at_risk=1)


def test_generations(server):
    """One a generation; a graceful restart ends the old one, and one that dies is replaced."""
    s = server
    with s:
        first = wait_until(lambda: inventories(s), "an inventory")
        assert len(first) == 1
        wait_states(s, names=1, valid=1)
        s.graceful()
        wait_until(lambda: len(inventories(s)) == 1 and inventories(s) != first, lambda: inventories(s))
        wait_states(s, names=1, valid=1)
        second = inventories(s)[0]
        s.expect("MSSL0152: inventory %d died" % second)
        os.kill(second, signal.SIGKILL)
        wait_until(lambda: inventories(s) not in ([], [second]), lambda: inventories(s))
        third = inventories(s)[0]
        wait_states(s, names=1, valid=1)
        assert get_json(s)["inventory"]["enabled"]
    wait_until(lambda: not broker.is_alive(third), "the end of the inventory")


def test_file(server, ca):
    """Kept whole, for the next one; what is damaged is set aside."""
    s = server
    folder = s.path("run", "mssl")
    with s:
        wait_states(s, names=1, valid=1)
        wait_until(lambda: os.path.exists(folder + "/inventory"), "the file")
    wait_ended(s, 1)
    lines = open(folder + "/inventory").read().splitlines()
    assert lines[0] == "mssl-inventory 1" and lines[-1].startswith("end\t")
    assert any(line.startswith("a.test\tvalid\t") for line in lines)
    mode = os.stat(folder + "/inventory")
    assert stat.S_IMODE(mode.st_mode) == 0o640
    if IS_ROOT:
        assert mode.st_uid == pwd.getpwnam(BROKER_USER).pw_uid
    assert not [n for n in os.listdir(folder + "/inventory.d") if n.endswith(".new")]
    # The next httpd shows what this one knew before it has walked itself.
    s.conf = s.conf.replace("on 1s", "on 1h")
    with s:
        wait_states(s, names=1, valid=1)
        assert not [a for a in get_json(s)["attention"]]
    wait_ended(s, 2)
    s.expect("MSSL0206")
    write(folder + "/inventory.d/inventory", "\n".join(lines[:-2]))
    s.conf = s.conf.replace("on 1h", "on 1s")
    with s:
        wait_states(s, names=1, valid=1)
        assert s.count_error("MSSL0206") == 1
        assert os.path.exists(folder + "/inventory.d/inventory.bad")


@pytest.mark.skipif(not IS_ROOT, reason="needs root: a process that gives rights up")
def test_rights(server):
    s = server
    with s:
        pid = wait_until(lambda: inventories(s), "an inventory")[0]
        wait_states(s, names=1)
        state = broker.state_of(pid)
        uid = pwd.getpwnam(BROKER_USER).pw_uid
        assert state["Uid"].split() == [str(uid)] * 4
        assert state["NoNewPrivs"] == "1" and state["Seccomp"] == "2" and int(state["CapBnd"], 16) == 0
        assert int(state["CapEff"], 16) in (1 << 2, 1 << 1)     # CAP_DAC_READ_SEARCH
        with open("/proc/%d/stat" % pid) as f:
            assert f.read().rsplit(")")[1].split()[16] == "19"      # nice
        # Nobody can ask it anything: no socket is open in it.
        assert not [link for link in broker.links_of(pid).values() if link.startswith("socket:")]
        # Its memory is written by nobody else.
        for child in broker.workers(s):
            with open("/proc/%d/maps" % child) as f:
                assert not [line for line in f if "mssl-inventory" in line and "w" in line.split()[1]]
            for fd in os.listdir("/proc/%d/fd" % child):
                if "mssl-inventory" in os.readlink("/proc/%d/fd/%s" % (child, fd)):
                    with open("/proc/%d/fdinfo/%s" % (child, fd)) as f:
                        flags = [line for line in f if line.startswith("flags:")][0]
                    assert int(flags.split()[1], 8) & os.O_ACCMODE == os.O_RDONLY


def history_of(s, name):
    return sorted(glob.glob(s.path("run", "mssl", "history", "??", name + ".*")))


@pytest.mark.skipif(not IS_ROOT, reason="needs root: history is MSSLUser's")
def test_history(server, ca):
    """Versions of each pair, whoever installed them; MSSLUser's alone, and msslctl shows them."""
    s = server
    with s:
        wait_until(lambda: len(history_of(s, "a.test")) == 1, lambda: history_of(s, "a.test"))
        file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
        wait_until(lambda: len(history_of(s, "a.test")) == 2, lambda: history_of(s, "a.test"))
        uid = pwd.getpwnam(BROKER_USER).pw_uid
        for path, mode in ((history_of(s, "a.test")[0], 0o600), (s.path("run", "mssl", "history"), 0o700)):
            st = os.stat(path)
            assert (st.st_uid, stat.S_IMODE(st.st_mode)) == (uid, mode)
        with open(history_of(s, "a.test")[1]) as f:
            assert "PRIVATE KEY" in f.read()
        s.graceful(s.conf.replace("on 1s", "on 1s keep=0"))
        file_pair(ca.leaf("new.test"), s.path("store"), "new.test")
        wait_states(s, names=2, valid=2)
    assert not history_of(s, "new.test")


@pytest.mark.skipif(not IS_ROOT, reason="needs root: the broker knows which names are in use")
def test_names_in_use_come_first(server, ca):
    """A walk that is cut short knows the last name of all, as somebody asked for it; and not the one before."""
    s = server
    names = ["s%04d.test" % i for i in range(5000)]
    for name in names:
        write(s.path("store", name + ".pem"), "none")
    leaf = ca.leaf("zz.test")
    file_pair(leaf, s.path("store"), "zz.test")
    s.conf = s.conf.replace("on 1s", "on 4s")
    with s:
        assert serial(s, "zz.test") == leaf.serial
        wait_until(lambda: get_json(s)["inventory"]["walk_started"], lambda: get_json(s))
    wait_ended(s, 1)
    with open(s.path("run", "mssl", "inventory")) as f:
        known = {line.split("\t")[0] for line in f}
    assert {"zz.test", "a.test", names[0]} <= known and not {names[-1], names[-2]} & known, len(known)


def test_names_of_a_parents_folder(server, ca):
    """certbot files all names of a certificate under the first: each has a row, with what visitors get."""
    s = server
    leaf = ca.leaf("shop.test", "www.shop.test", "*.shop.test", "a.test")
    leaf.write_certbot(s.path(), "shop.test")
    os.rename(s.path("live", "shop.test"), s.path("store", "shop.test-0001"))
    with s:
        assert serial(s, "www.shop.test") == serial(s, "any.shop.test") == leaf.serial
        wait_states(s, names=4, valid=4)
        seen = get_json(s, "&host=www.shop.test")
        assert seen["verdict"] in ("fine", "wrong_site", "no_sni_unreachable"), seen
        listed = json.loads(ask(s, "/status?format=json&list=1").text)
        assert "www.shop.test" in json.dumps(listed) and "*.shop.test" in json.dumps(listed)
        s.graceful()
        wait_states(s, names=4, valid=4)


def test_off(new_server, ca):
    s = live_server(new_server, ca, more="MSSLInventory off\n" + STATUS % "full")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        assert inventories(s) == [] and not get_json(s)["inventory"]["enabled"]


def test_default(new_server, ca):
    """On; and the first walk waits for a minute."""
    s = live_server(new_server, ca, more=STATUS % "full")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        wait_until(lambda: inventories(s), "an inventory")
        seen = wait_until(lambda: (lambda j: j["inventory"]["next"] and j)(get_json(s)), lambda: get_json(s))
        assert not seen["inventory"]["complete"] and seen["totals"]["names"] in (0, None)
        # Who has not looked does not say that there is nothing.
        explained = get_json(s, "&host=a.test")
        assert (explained["verdict"], explained["severity"]) == ("unknown", "unknown"), explained


def test_two_servers(server, new_server, ca):
    """One MSSLStateDir is one server's."""
    with server as s:
        wait_states(s, names=1)
        other = live_server(new_server, ca, more=FAST + "MSSLStateDir %s\n" % s.path("run", "mssl"))
        with other:
            assert inventories(other) == []
            assert other.count_error(r"MSSL0205: no inventory: .*process %d" % s.proc.pid) == 1


def test_unreachable(server):
    """A store that is gone: what was known of it stays, marked old."""
    s = server
    s.expect("MSSL0204: inventory: dir:", "MSSL0113")
    with s:
        wait_states(s, names=1, valid=1)
        os.rename(s.path("store"), s.path("away"))
        s.wait_error("MSSL0204: inventory: dir:")
        seen = wait_until(lambda: (lambda j: not j["stores"][0]["reachable"] and j)(get_json(s)),
                          lambda: get_json(s))
        assert seen["totals"]["names"] == 1 and seen["stores"][0]["reason"]
        os.rename(s.path("away"), s.path("store"))
        wait_until(lambda: get_json(s)["stores"][0]["reachable"], lambda: get_json(s))


@pytest.mark.parametrize("line,says", [
    ("MSSLInventory perhaps", "'perhaps' is not known, use on|off [INTERVAL] [keep=N]"),
    ("MSSLInventory on 0s", "'0s' is not a time from 1s to a year"),
    ("MSSLInventory on 1h 2h", "'2h' is one word too many"),
    ("MSSLInventory on keep=many", "'keep=many' is not a count"),
    ("MSSLInventory on keep=101", "'keep=101' is not a count"),
    ("MSSLExpiryWarn 0%", "'0%' is neither a part of the lifetime nor days"),
    ("MSSLExpiryWarn 25% 7", "'7' is neither"),
    ("MSSLExpiryWarn 12% 25%", "the second, '25%', is more than the first, '12%'"),
    ("<VirtualHost *:1>\nMSSLInventory on\n</VirtualHost>", "is for the whole server"),
])
def test_bad_values(new_server, line, says):
    code, out = new_server(line).configtest()
    assert code != 0 and says in out


@pytest.mark.parametrize("line", ["MSSLInventory off", "MSSLInventory on 90m keep=0", "MSSLInventory on keep=3 2h",
                                  "MSSLExpiryWarn 30d 7d", "MSSLExpiryWarn 10%", "MSSLExpiryWarn 20d 5%"])
def test_good_values(new_server, line):
    code, out = new_server(line).configtest()
    assert code == 0, out


def test_warn(new_server, ca):
    s = live_server(new_server, ca, more="MSSLExpiryWarn 366d 1d\n" + FAST)
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        wait_states(s, names=1, expiring=1)
