# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""While a paid order waits, the free pair of its first name goes on: renewed at its time, beside the order."""

import os
import re
import signal
import time

import pytest
from lib.reseller import Reseller
from lib.server import IS_ROOT, wait_until
from test_89_commercial import make
from test_89_issuing import family, shown

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

ORDER = ("state", "since", "issuer", "request", "order", "until", "waits_for", "names")


@pytest.fixture
def shop(new_server, ca, tmp_path):
    with Reseller(str(tmp_path / "reseller"), ca) as reseller:
        yield make(new_server, ca, reseller)


def in_days(n):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + n * 86400))


def of_order(job):
    return {field: job.get(field) for field in ORDER}


def renewed(i, name, before):
    return wait_until(lambda: (lambda j: j["serial"] != before["serial"] and j)(i.job(name)),
                      lambda: "the next free one: %s" % i.job(name))


def come_due(i, name):
    """As if its time had come, the server being stopped."""
    path = i.state("jobs", name)
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(re.sub(r"(?m)^(renew|meanwhile): .*$", lambda m: m[1] + ": 2026-01-01T00:00:00Z", text))


def kept_key(i, name):
    with open(i.state("keys", name + ".key")) as f:
        return f.read()


def test_free_one_is_renewed_while_the_order_waits(shop):
    """With a key of its own; the order, its key and its number stay as they are, and what comes of it is served."""
    i, r = shop, shop.reseller
    s = i.server
    i.do("days=10\n")
    i.permit("a.test")
    with s:
        free = i.wait_confirmed("a.test")
        assert i.ctl("request", "a.test,www.a.test", "--issuer", "shop").code == 0
        before = i.wait_job("a.test", "pending")
        key = kept_key(i, "a.test")
        assert before["meanwhile"] == free["renew"]
        s.stop()
        come_due(i, "a.test")
        i.do("")
    with s:
        s.wait_error("MSSL0250: steward: a.test: what serves it was renewed by 'fake'")
        job = renewed(i, "a.test", free)
        assert of_order(job) == of_order(before) and kept_key(i, "a.test") == key
        assert job["not_after"] > free["not_after"] and job["meanwhile"] == job["renew"] < job["not_after"]
        wait_until(lambda: shown(s, "a.test") == int(job["serial"], 16), "the renewed one")
        assert len(r.orders) == 1 and i.count("issue") == 2
        assert sorted(os.listdir(i.state("keys"))) == ["a.test.csr", "a.test.key"]
        assert os.listdir(i.state("requests", "wanted")) == ["a.test"]
        bought = r.issue(r.orders[0])
        said = i.ctl("retry", "a.test")
        assert said.code == 0 and "installed" in said.out, said
        wait_until(lambda: shown(s, "www.a.test") == bought == shown(s, "a.test"), "the one that was paid for")
        assert "meanwhile" not in i.job("a.test") and len(r.orders) == 1


def test_killed_while_it_is_renewed(shop):
    """The steward and all that works for it, in the middle: it is gone on with by the same key."""
    i, r = shop, shop.reseller
    s = i.server
    s.expect("MSSL015", "MSSL0254", "AH00", "steward")
    i.do("days=10\n")
    i.permit("a.test")
    with s:
        free = i.wait_confirmed("a.test")
        assert i.ctl("request", "a.test", "--issuer", "shop").code == 0
        before = i.wait_job("a.test", "pending")
        s.stop()
        come_due(i, "a.test")
        i.do("[ \"$verb\" = issue ] && [ ! -e \"$MSSL_ACCOUNT_DIR/twice\" ] && { >\"$MSSL_ACCOUNT_DIR/twice\"; sleep 60; }\n")
    with s:
        wait_until(lambda: i.count("issue") == 2, "the issuer")
        steward, *workers = family(i.steward())
        for pid in [*workers, steward]:
            os.kill(pid, signal.SIGKILL)
        job = renewed(i, "a.test", free)
        assert of_order(job) == of_order(before) and len(r.orders) == 1
        numbers = {n for verb, name, n in i.calls()[2:] if verb == "issue" and name == "a.test"}
        assert i.count("issue") == 3 and len(numbers) == 1, i.calls()


def test_bought_one_while_no_money_is_left(shop):
    """Another name's order stopped the reseller: a certificate that was bought there ends without a gap, all the same."""
    i, r = shop, shop.reseller
    s = i.server
    s.expect("MSSL0251: steward: poor.test: ")
    i.permit("paid.test")
    with s:
        i.wait_confirmed("paid.test")
        assert i.ctl("request", "paid.test", "--issuer", "shop").code == 0
        bought = r.issue(r.orders[0])
        assert i.ctl("retry", "paid.test").code == 0
        wait_until(lambda: shown(s, "paid.test") == bought, "the one that was paid for")
        r.fail["POST"] = {"error": "insufficient_funds", "message": "pay first"}
        i.ctl("request", "poor.test", "--issuer", "shop")
        assert i.job("poor.test")["class"] == "funds"
        s.stop()
        # Its last days, as its file says, and nothing that is paid for any more.
        path = i.state("jobs", "paid.test")
        with open(path) as f:
            text = re.sub(r"(?m)^(next|renew|paid_until|order): .*\n", "", f.read())
        text = re.sub(r"(?m)^not_after: .*$", "next: 2026-01-01T00:00:00Z\nnot_after: %s" % in_days(2), text)
        with open(path, "w") as f:
            f.write(text)
    with s:
        wait_until(lambda: shown(s, "paid.test") not in (0, bought), "a free one", 30)
        job = i.wait_job("paid.test", "installed")
        assert job["issuer"] == "fake" and shown(s, "paid.test") == int(job["serial"], 16), job
        assert len(r.orders) == 1 and i.job("poor.test")["class"] == "funds"
