# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLNotifyCommand is told what comes of certificates that are made: issued, failed, pending, declined."""

import json
import os
import signal

import pytest
from lib import broker
from lib.issuing import FAKE, Issuing, LIST
from lib.server import IS_ROOT, wait_until
from lib.steward import own_ids
from test_98_notify import install_steward, script, told

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

# Keeps all that it is told, each telling under a number, unless there is a file "no".
TELL = """#!/bin/sh
cd {dir}/told || exit 1
[ -e ../no ] && exit 1
n=$(ls | grep -c json)
cat > new
env > $n.env
mv new $n.json
"""
MANUAL = "MSSLIssuer hand {dir}/issuer/manual --ca-file {dir}/issuer/ca.pem --by-request\n"


def make(new_server, ca, more=LIST + FAKE, notify="every=1s {dir}/tell"):
    i = Issuing(new_server, ca, more + "MSSLNotifyCommand %s\n" % notify)
    s = i.server
    script(s, "tell", TELL)
    os.mkdir(s.path("told"))
    os.chown(s.path("told"), *own_ids())
    return i


def of(s, event):
    """All that was told of an event: [message]."""
    return [m for m in told(s) if m["event"] == event]


def wait_event(s, event, n=1):
    """So many names of it. @return name -> item"""
    found = wait_until(lambda: (lambda items: len(items) >= n and items)([i for m in of(s, event) for i in m["items"]]),
                       lambda: "%d %s, there are %s" % (n, event, told(s)))
    assert len(found) == n, found
    return {i["name"]: i for i in found}


def kept(i):
    """What is to be told, as the steward keeps it."""
    (name,) = [n for n in os.listdir(i.state("notified")) if n.endswith(".jobs")]
    with open(i.state("notified", name)) as f:
        return f.read()


def counts(i):
    with open(i.state("steward.d", "steward.json")) as f:
        return json.load(f)["notifications"]


def test_told(new_server, ca):
    i = make(new_server, ca)
    s = i.server
    s.expect("MSSL0251: steward: ")
    i.do("[ \"$verb\" = issue ] || exit 3\ncase $MSSL_NAME in\n"
         "caa.test) { echo 'class: caa'; echo 'text: CAA says no'; } >result; exit 20 ;;\n"
         "down.test) exit 31 ;;\nno.test) exit 21 ;;\n"
         "wait.test) { echo 'waits-for: the boss to nod'; echo 'order: 7'; } >result; exit 10 ;;\nesac\n")
    with s:
        i.permit("a.test", "caa.test", "down.test", "no.test", "wait.test")
        item = wait_event(s, "issued")["a.test"]
        assert list(item) == ["name", "state", "reminder", "since", "not_after", "days_left", "store", "file", "reason",
                              "explain"]
        assert item["state"] == "installed" and item["reminder"] is False and item["days_left"] in (88, 89)
        assert item["not_after"] == i.job("a.test")["not_after"]
        assert item["store"] is None and item["file"] is None and item["explain"] == "msslctl job a.test"
        assert item["reason"] == "a certificate of 'fake' is in service"
        item = wait_event(s, "failed")["caa.test"]
        assert item["state"] == "failed" and item["not_after"] is None and item["days_left"] is None
        assert item["reason"] == i.job("caa.test")["text"] + " (CAA says no)"
        item = wait_event(s, "declined")["no.test"]
        assert item["state"] == "declined" and item["reason"].startswith(i.job("no.test")["text"])
        item = wait_event(s, "pending")["wait.test"]
        assert item["state"] == "pending"
        assert item["reason"] == "waits until %s for the boss to nod" % i.job("wait.test")["until"]
        n = [m["event"] for m in told(s)].index("failed")
        env = dict(line.split("=", 1) for line in open(s.path("told", "%d.env" % n)).read().splitlines())
        assert (env["MSSL_EVENT"], env["MSSL_COUNT"], env["MSSL_WORST"]) == ("failed", "1", "failed")
        assert told(s)[n]["counts"] == {"failed": 1} and told(s)[n]["cut"] == 0
        # The third failure in a row; not the second, nor the fourth.
        for n in (2, 3, 4):
            assert i.job("down.test")["failures"] == str(n - 1)
            assert "down.test" not in wait_event(s, "failed", 1 if n < 4 else 2) or n == 4
            i.ctl("retry", "down.test")
            wait_until(lambda n=n: i.job("down.test").get("failures") == str(n), "another failure")
        # That it is over is told.
        i.do("")
        for name in ("caa.test", "down.test"):
            assert i.ctl("retry", name).code == 0
        for name, item in wait_event(s, "issued", 3).items():
            assert item["reason"].endswith(", which had failed before") == (name != "a.test"), item
        assert set(wait_event(s, "failed", 2)) == {"caa.test", "down.test"}
        wait_until(lambda: sum(counts(i)[e]["told"] for e in ("issued", "failed", "pending", "declined")) ==
                   sum(m["event"] != "digest" for m in told(s)), lambda: counts(i))


def test_together_and_over_restarts(new_server, ca):
    """The first at once, the others in one message; a command that fails, and stewards that end, lose none."""
    i = make(new_server, ca)
    s = i.server
    s.expect("MSSL0217: steward: .*tell: exit code 1; ")
    names = ["n%d.test" % n for n in range(12)]
    with s:
        open(s.path("no"), "w").close()
        i.permit(*names)
        for name in names:
            i.wait_job(name, "installed", 60)
        s.wait_error("MSSL0217: steward: .*; [0-9]* to be told, the worst is 'issued', tried again in 1 min")
        wait_until(lambda: kept(i).count(" issued installed ") == len(names), lambda: kept(i))
        # One that is ordered while the steward is followed by the next one is told as well.
        i.do("[ \"$verb\" = issue ] && sleep 8\n")
        i.permit("late.test", *names)
        wait_until(lambda: i.count("issue", "late.test") == 1, "the issuer")
        os.unlink(s.path("no"))
        before = i.steward()
        s.graceful()
        # The next one tells, and is not held up by a name that the one before works on.
        wait_event(s, "issued", len(names))
        assert i.steward() != before and i.job("late.test")["state"] == "ordered"
        wait_until(lambda: not broker.is_alive(before), "the end of the one before", 60)
        found = wait_event(s, "issued", len(names) + 1)
        assert set(found) == set(names) | {"late.test"}
        assert of(s, "issued")[0]["counts"] == {"issued": len(names)}, of(s, "issued")
        assert sum(m["counts"]["issued"] for m in of(s, "issued")) == len(names) + 1
        # Once: not again by one that is begun anew.
        wait_until(lambda: "job late.test 0 - installed" in kept(i), lambda: kept(i))
        pid = i.steward()
        s.expect("MSSL0152: steward %d died" % pid)
        i.do("")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: i.steward() != pid, "another steward")
        i.permit("late.test", "last.test", *names)
        assert "last.test" in wait_event(s, "issued", len(names) + 2)


def test_mail(new_server, ca):
    """By the shipped program, with a sendmail that keeps what it is given."""
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "tools", "issuers", "manual")) as f:
        manual = f.read()
    i = make(new_server, ca, LIST + MANUAL, notify="every=1s mail root")
    s = i.server
    script(s, "sendmail", "#!/bin/sh\ncd {dir}/told\ncat > new && mv new mail$(ls | grep -c mail)\n")
    install_steward(s)
    with open(s.path("issuer", "manual"), "w") as f:
        f.write(manual)
    os.chmod(s.path("issuer", "manual"), 0o755)

    def mail():
        for n in os.listdir(s.path("told")):
            text = open(s.path("told", n)).read()
            if " pending\n" in text:
                return text

    with s:
        assert i.ctl("request", "shop.test", "--issuer", "hand").code == 0
        head, _, body = wait_until(mail, "a mail").partition("\n\n")
    assert "\nSubject: [mssl] fallback.invalid: 1 pending\n" in head, head
    job = i.job("shop.test")
    assert "* shop.test: pending\n    why      waits until %s for %s" % (job["until"], job["waits_for"]) in body, body
    assert "\n    more by  msslctl job shop.test\n" in body


def test_check_hears_it(new_server, ca):
    """A name that got none is in no store, and one whose renewal fails is valid: attention; what waits is fine."""
    i = Issuing(new_server, ca)
    s = i.server
    s.expect("MSSL0251: steward: ")
    i.do("[ \"$verb\" = issue ] || exit 3\ncase $MSSL_NAME in\n"
         "caa*.test) echo 'class: caa' >result; exit 20 ;;\nno.test) exit 21 ;;\n"
         "wait.test) echo 'order: 7' >result; exit 10 ;;\nesac\n")
    failed = "certificates could not be made"

    def wait_jobs(*want):
        wait_until(lambda: (lambda j: (j["failed"], j["declined"]) == want)(i.ctl("check", "--json").json["jobs"]),
                   lambda: i.ctl("check", "--json"))
    with s:
        i.permit("a.test", "wait.test")
        i.wait_job("wait.test", "pending")
        i.wait_confirmed("a.test")
        wait_jobs(0, 0)
        for args in (["check"], ["check", "--nagios"]):
            r = i.ctl(*args)
            assert r.code == 0 and "msslctl jobs" not in r.out, r
        i.permit("a.test", "wait.test", "caa1.test", "caa2.test", "no.test")
        wait_jobs(2, 1)
        r = i.ctl("check")
        assert r.code == 1, r
        assert "\n2 %s: msslctl jobs --state failed\n" % failed in "\n" + r.out, r
        assert "\n1 order was declined: msslctl jobs --state declined\n" in r.out, r
        r = i.ctl("check", "--nagios")
        assert r.code == 1 and r.out.startswith("MSSL WARNING - ") and r.out.count("\n") == 1, r
        assert "; 2 %s (msslctl jobs --state failed); 1 order was declined (msslctl jobs --state declined) | " % failed in r.out, r
        # Of some names theirs alone.
        assert i.ctl("check", "a.test").code == 0 and i.ctl("check", "--store", i.ctl(
            "check", "--json").json["stores"][0]["label"]).code == 0
        r = i.ctl("check", "caa1.test")
        assert r.code == 2 and "1 certificate could not be made: " in r.out, r
        # A renewal that fails, of a pair that is good for a while.
        i.do("echo 'class: caa' >result; exit 20\n")
        i.ctl("retry", "a.test")
        i.wait_job("a.test", "failed")
        r = i.ctl("check", "a.test")
        assert r.code == 1 and "1 certificate could not be made: " in r.out and "1 valid" in r.out, r
        i.permit("a.test", "wait.test")
        wait_jobs(1, 0)
