# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Commercial certificates: several names in one, a reseller's interface, who approves and owns, what is pending and
until when; and that no order which costs money is made twice, whatever is killed or lost.
"""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest
from lib import ctl, dns, http, netns, tls
from lib.ca import write
from lib.issuing import FAKE, Issuing, LIST
from lib.reseller import PASSWORD, Reseller, USER
from lib.server import IS_ROOT, ROOT, wait_until
from lib.steward import own_ids
from lib.world import new_address
from test_89_issuing import family, shown

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

SHOP = ("MSSLIssuer shop {dir}/issuer/reseller --url %s --product dv --env {dir}/issuer/env "
        "--ca-file {dir}/issuer/ca.pem\n")
HAND = "MSSLIssuer hand {dir}/issuer/manual --ca-file {dir}/issuer/ca.pem\n"
# Held before and behind what it does, where a test says so.
PROGRAM = """#!/bin/sh
here=${0%/*}
for verb; do :; done
[ ! -e "$here/before-$verb" ] || sleep 60
/usr/bin/python3 -B "$here/real" "$@"
code=$?
[ ! -e "$here/behind-$verb" ] || sleep 60
exit $code
"""
OWNER = """# the customer's
organisation: Shop & S\u00f6hne GmbH
city: Bonn
country: DE
admin-name: Ada Admin
admin-mail: ada@shop.test
"""


@pytest.fixture
def shop(new_server, ca, tmp_path):
    """A server that orders at a reseller: .issuing, .server, .reseller."""
    with Reseller(str(tmp_path / "reseller"), ca) as reseller:
        yield make(new_server, ca, reseller)


def make(new_server, ca, reseller, more=""):
    i = Issuing(new_server, ca, LIST + FAKE + SHOP % reseller.url + HAND + more)
    s = i.server
    shutil.copy(os.path.join(ROOT, "tools/issuers/reseller"), s.path("issuer", "real"))
    shutil.copy(os.path.join(ROOT, "tools/issuers/manual"), s.path("issuer", "manual"))
    write(s.path("issuer", "reseller"), PROGRAM, 0o755)
    write(s.path("issuer", "env"), "RESELLER_USER=%s\nRESELLER_PASSWORD=%s\n" % (USER, PASSWORD), 0o640)
    os.chown(s.path("issuer", "env"), 0, own_ids()[1])
    os.chmod(s.path("issuer", "env"), 0o640)
    i.reseller = reseller
    return i


def page(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return http.Http1(conn).request(name).text


def test_story_of_two_names(shop):
    """Ordered with one command, proved by files, collected, served by both names, renewed within its order, ordered anew."""
    i, r = shop, shop.reseller
    with i.server as s:
        said = i.ctl("request", "shop.test,www.shop.test", "--issuer", "shop", "--term", "1y", "--notify", "ada@shop.test")
        assert said.code == 0 and "pending" in said.out and "BEGIN" not in said.out, said
        assert "--notify: nobody writes to that address yet" in said.err, said
        (order,) = r.orders
        assert order["names"] == ["shop.test", "www.shop.test"] and order["term"] == "1y" and not order["test"]
        assert "owner" not in order and {c["method"] for c in order["validation"]} == {"file"}
        job = i.job("shop.test")
        assert job["names"] == "shop.test www.shop.test" and job["order"] == "R-1001" and job["state"] == "pending"
        assert job["request"] == order["reference"] and "ada@" not in str(job)
        assert "notify: ada@shop.test\n" in open(i.state("requests", "wanted", "shop.test")).read()
        # Each name's file for that name alone.
        path = "/.well-known/pki-validation/ABC123.txt"
        for host in ("shop.test", "www.shop.test"):
            with tls.Client(s.port, host, source=new_address()).connect() as conn:
                answer = http.Http1(conn).request(host, path)
                assert answer.status == 200 and answer.text == "proof of %s\n" % host, (host, answer)
        # Asked by either name.
        for name in ("shop.test", "www.shop.test"):
            said = i.ctl("pending", name)
            assert said.code == 1 and "shop.test www.shop.test" in said.out and "msslctl decline 'shop.test'" in said.out, said
        assert i.ctl("job", "www.shop.test").out == i.ctl("job", "shop.test").out
        assert [j["name"] for j in i.ctl("jobs", "--json").json["jobs"]] == ["shop.test"]
        # Pending: asked after, never ordered again.
        for args in (("request", "shop.test,www.shop.test", "--issuer", "shop"), ("retry", "www.shop.test")):
            assert "pending" in i.ctl(*args).out
        assert len(r.orders) == 1
        serial = r.issue(order)
        said = i.ctl("retry", "shop.test")
        assert said.code == 0 and "installed" in said.out, said
        for name in ("shop.test", "www.shop.test"):
            wait_until(lambda: shown(s, name) == serial, name)
        assert i.job("www.shop.test")["of"] == "shop.test" and "paid_until" in i.job("shop.test")
        # Within the term the same order, with a new key.
        said = i.ctl("retry", "www.shop.test")
        assert "is in the certificate of shop.test" in said.err and len(order["reissues"]) == 1, said
        second = r.issue(order)
        assert i.ctl("retry", "shop.test").code == 0
        wait_until(lambda: shown(s, "www.shop.test") == second, "the reissued one")
        assert i.job("shop.test")["order"] == "R-1001" and len(r.orders) == 1
        # A new order only where that is said.
        said = i.ctl("request", "shop.test", "--renew")
        assert said.code == 0 and len(r.orders) == 2 and r.orders[1]["names"] == order["names"], said
        assert r.orders[1]["term"] == "1y"
        third = r.issue(r.orders[1])
        assert i.ctl("retry", "shop.test").code == 0
        wait_until(lambda: shown(s, "shop.test") == third, "the new order's")
        # Both go together.
        said = i.ctl("forget", "www.shop.test")
        assert said.code == 0, said
        wait_until(lambda: shown(s, "shop.test") != third and shown(s, "www.shop.test") != third, "the dummy")
        assert i.job("shop.test") == i.job("www.shop.test") == {} and os.listdir(i.state("requests", "wanted")) == []


def test_free_one_meanwhile(shop):
    """A name that may have a free one has it until the common one comes, and again when that is forgotten."""
    i, r = shop, shop.reseller
    with i.server as s:
        assert i.ctl("request", "shop.test,www.shop.test,m.shop.test", "--issuer", "shop").code == 0
        assert "pending" in i.ctl("job", "www.shop.test").out
        wait_until(lambda: "page MSSL-P17" in page(s, "www.shop.test"), "the page that says that it waits")
        i.permit("www.shop.test")
        free = i.wait_confirmed("www.shop.test")
        wait_until(lambda: shown(s, "www.shop.test") == int(free["serial"], 16), "the free one")
        assert i.job("m.shop.test")["of"] == "shop.test" and "of" not in free
        serial = r.issue(r.orders[0])
        assert i.ctl("retry", "shop.test").code == 0
        for name in ("shop.test", "www.shop.test", "m.shop.test"):
            wait_until(lambda: shown(s, name) == serial, name)
        assert i.job("www.shop.test")["of"] == "shop.test" and i.count("issue") == 1
        i.permit("www.shop.test", "a.test")
        i.wait_confirmed("a.test")
        assert i.count("issue", "www.shop.test") == 1 and shown(s, "www.shop.test") == serial
        assert i.ctl("forget", "m.shop.test").code == 0
        again = i.wait_confirmed("www.shop.test")
        assert again["serial"] != free["serial"] and i.count("issue", "www.shop.test") == 2


def test_free_one_after_decline(shop):
    """What served before is made anew at its time, as if nobody had ordered."""
    i, r = shop, shop.reseller
    s = i.server
    i.do("days=10\n")
    i.permit("a.test")
    with s:
        free = i.wait_confirmed("a.test")
        assert i.ctl("request", "a.test", "--issuer", "shop").code == 0
        assert i.ctl("decline", "a.test").code == 0
        job = i.job("a.test")
        assert (job["state"], job["next"], job["serial"]) == ("declined", free["renew"], free["serial"])
        assert shown(s, "a.test") == int(free["serial"], 16)
        s.stop()
        path = i.state("jobs", "a.test")
        text = open(path).read()
        with open(path, "w") as f:
            f.write(re.sub(r"(?m)^(next|renew): .*$", lambda m: m[1] + ": 2026-01-01T00:00:00Z", text))
        i.do("")
    with s:
        job = wait_until(lambda: (lambda j: j["serial"] != free["serial"] and j)(i.job("a.test")), "the next free one")
        assert (job["issuer"], job["why"], job["state"]) == ("fake", "renewal", "installed"), job
        assert os.listdir(i.state("requests", "wanted")) == [] and len(r.orders) == 1


def test_key_is_kept_for_a_year(shop):
    """What an admin is sent for a declined order is taken for a year; then its key is gone, and no other."""
    i = shop
    s = i.server
    with s:
        for name in ("old.test", "new.test", "waits.test"):
            assert i.ctl("request", name, "--issuer", "hand").code == 0
        for name in ("old.test", "new.test"):
            assert i.ctl("decline", name).code == 0
        keys = sorted(os.listdir(i.state("keys")))
        assert len(keys) == 6
        s.stop()
        for name in ("old.test", "waits.test"):
            path = i.state("jobs", name)
            with open(path) as f:
                text = f.read()
            with open(path, "w") as f:
                f.write(re.sub(r"(?m)^since: .*$", "since: 2025-01-01T00:00:00Z", text))
        for key in keys:
            os.utime(i.state("keys", key), (1735689600, 1735689600))
    with s:
        left = [k for k in keys if not k.startswith("old.")]
        wait_until(lambda: sorted(os.listdir(i.state("keys"))) == left, lambda: os.listdir(i.state("keys")))
        assert i.job("old.test")["state"] == "declined" and i.job("waits.test")["state"] == "pending"


def test_nobody_may_request(new_server, ca):
    """Said at once, and nothing is left behind."""
    i = Issuing(new_server, ca, LIST.replace(" requests", "") + FAKE)
    with i.server:
        said = i.ctl("request", "a.test", "--issuer", "fake")
        assert said.code == 3 and "MSSLIssueFor requests" in said.err, said
        assert os.listdir(i.state("requests", "wanted")) == os.listdir(i.state("requests", "todo")) == []


def test_proved_by_dns(shop):
    """No file proves a wildcard: what to enter is shown, and who may do it sees it by any name."""
    i, r = shop, shop.reseller
    with i.server as s:
        assert i.ctl("pending").out == "nothing waits for anybody\n"
        assert i.ctl("request", "shop.test,*.shop.test", "--issuer", "shop").code == 0
        assert [c["method"] for c in r.orders[0]["validation"]] == ["file", "dns"]
        said = i.ctl("pending", "*.shop.test")
        assert said.code == 1 and "enter _ca.shop.test with the value proof-R-1001 in the DNS" in said.out, said
        (job,) = i.ctl("pending", "--json").json["jobs"]
        assert (job["name"], job["names"], job["order"]) == ("shop.test", "shop.test *.shop.test", "R-1001")
        serial = r.issue(r.orders[0])
        assert i.ctl("retry", "shop.test").code == 0
        for name in ("shop.test", "any.shop.test"):
            wait_until(lambda: shown(s, name) == serial, name)


def test_other_names_are_not_taken(shop):
    """Nothing is served that has a name too much, or one too few."""
    i, r = shop, shop.reseller
    i.server.expect("MSSL0251: steward: shop.test: ")
    with i.server as s:
        dummy = shown(s, "shop.test")
        i.ctl("request", "shop.test,www.shop.test", "--issuer", "shop")
        for names, why in ((["shop.test", "www.shop.test", "stranger.test"], "stranger.test"), (["shop.test"], "www.shop.test")):
            r.issue(r.orders[-1], names=names)
            said = i.ctl("retry", "shop.test")
            assert said.code == 1 and why in said.out, said
            assert shown(s, "shop.test") == dummy
            r.orders[-1]["status"] = "cancelled"
            i.ctl("request", "shop.test,www.shop.test", "--issuer", "shop")


def test_ends_of_an_order(shop):
    """What a reseller may say of an order, and what it may do instead of an answer."""
    i, r = shop, shop.reseller
    i.server.expect("MSSL0251: steward: ", "MSSL0252: steward: ")
    with i.server:
        for n, status in enumerate(("rejected", "cancelled", "expired")):
            name = "n%d.test" % n
            i.ctl("request", name, "--issuer", "shop")
            r.orders[-1].update(status=status, message="the CA said no")
            said = i.ctl("retry", name)
            assert i.job(name)["state"] == "declined" and i.job(name)["said"] == "the CA said no", said
        # Before anything was ordered: what it means is sure.
        for n, (error, klass) in enumerate((("insufficient_funds", "funds"), ("unauthorized", "account"), ("caa", "caa"),
                                            ("name_not_allowed", "policy"), ("rate_limited", "limit"))):
            name = "f%d.test" % n
            r.fail["POST"] = {"error": error, "message": "because"}
            i.ctl("request", name, "--issuer", "shop")
            job = i.job(name)
            assert (job["state"], job["class"]) == ("failed", klass), (error, job)
            assert "because" in job["said"] and ("next" in job) == (klass == "limit"), job
        assert "no money left" in i.job("f0.test")["text"]
        count = len(r.orders)
        # No answer, or none that means anything: it stays pending until that is cleared up; nothing is ordered twice.
        for n, how in enumerate(("garbage", {"error": "who knows", "status": 500})):
            name = "g%d.test" % n
            r.fail["POST"] = how
            i.ctl("request", name, "--issuer", "shop")
            job = i.job(name)
            assert job["state"] == "pending" and job["doubt"] == "yes" and "msslctl retry " + name in job["waits_for"], job
        # It did order the first one, as we hear now; and not the second.
        r.fail.clear()
        for n in range(2):
            i.ctl("retry", "g%d.test" % n)
            assert "doubt" not in i.job("g%d.test" % n) and i.job("g%d.test" % n)["order"]
        assert len(r.orders) == count + 2
        # Taken back.
        said = i.ctl("decline", "g0.test")
        assert said.code == 0 and i.job("g0.test")["state"] == "declined" and r.orders[count]["status"] == "cancelled", said
        assert i.ctl("decline", "g0.test").code == 3
        assert i.ctl("resend", "g1.test").code in (0, 1) and r.orders[count + 1]["resent"] == 1
        # An answer to a poll that is none leaves it pending.
        r.fail["GET"] = "garbage"
        i.ctl("retry", "g1.test")
        assert i.job("g1.test")["state"] == "pending"


@pytest.mark.parametrize("where", ["before", "hang", "lose and hang", "behind", "lose"])
def test_killed_at_each_boundary(shop, where):
    """Steward, worker and issuer at once, or the answer lost: one order, and it comes to its end."""
    i, r = shop, shop.reseller
    s = i.server
    s.expect("MSSL015", "MSSL025", "AH00", "steward")
    with s:
        wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "the steward")
        hold = {"before": "before-issue", "behind": "behind-issue"}.get(where)
        if hold:
            write(s.path("issuer", hold), "")
        else:
            r.fail["POST"] = where
        asking = subprocess.Popen([ctl.PROGRAM, "--state-dir", i.state(), "request", "shop.test,www.shop.test", "--issuer",
                                   "shop"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ctl.environment())
        if where == "before":
            wait_until(lambda: i.job("shop.test").get("state") == "ordered", "the order")
        elif where == "behind":
            wait_until(lambda: r.orders, "the reseller")
        else:
            assert r.hung.wait(30)
        if where != "lose":
            pids = family(i.steward())
            asked = len(r.orders)
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            assert asked == (0 if where in ("before", "hang") else 1)
        else:
            i.wait_job("shop.test", "pending")
        if hold:
            os.unlink(s.path("issuer", hold))
        r.fail.clear()
        asking.wait(120)
        i.wait_job("shop.test", "pending", 60)
        if "doubt" in i.job("shop.test"):
            i.ctl("retry", "shop.test")
        wait_until(lambda: i.job("shop.test").get("order") == "R-1001", lambda: i.job("shop.test"))
        assert len(r.orders) == 1, r.orders
        serial = r.issue(r.orders[0])
        i.ctl("retry", "shop.test")
        i.wait_job("shop.test", "installed", 60)
        wait_until(lambda: shown(s, "www.shop.test") == serial, "the certificate")
        assert len(r.orders) == 1


def test_old_files_are_swept(shop):
    """What an issuer left behind that was killed: the steward's own, when nobody can wait for it any more."""
    s = shop.server
    with s:
        wait_until(lambda: os.path.isdir(shop.state("challenge")), "the folder")
    days = {".well-known/acme-challenge/old": 2, "alpn/a.test.pem": 2, ".well-known/pki-validation/a.test/old.txt": 101,
            ".well-known/acme-challenge/young": 0, ".well-known/pki-validation/a.test/pending.txt": 91,
            ".well-known/acme-challenge/roots": 2}
    for path, age in days.items():
        path = shop.state("challenge", path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write(path, "x", 0o644)
        os.utime(path, (time.time() - age * 86400,) * 2)
    subprocess.run(["chown", "-R", "%d:%d" % own_ids(), shop.state("challenge")], check=True)
    os.chown(shop.state("challenge", ".well-known/acme-challenge/roots"), 0, 0)
    with s:
        wait_until(lambda: [p for p in days if os.path.exists(shop.state("challenge", p))] == list(days)[3:],
                   lambda: "the old ones to go: %s" % os.listdir(shop.state("challenge", ".well-known")))


def test_owner_and_request_only(shop, ca):
    """Who is named in it reaches the reseller and no job; a request alone asks nobody, and what comes is taken."""
    i, r = shop, shop.reseller
    with i.server as s:
        with open(s.path("owner"), "w", encoding="utf-8") as f:
            f.write(OWNER)
        said = i.ctl("request", "shop.test", "--issuer", "shop", "--owner", s.path("owner"))
        assert said.code == 0, said
        assert r.orders[0]["owner"] == {"organisation": "Shop & S\u00f6hne GmbH", "city": "Bonn", "country": "DE",
                                        "admin-name": "Ada Admin", "admin-mail": "ada@shop.test"}
        info = os.stat(i.state("requests", "owner", "shop.test"))
        assert (info.st_uid, info.st_mode & 0o777) == (own_ids()[0], 0o600)
        for top, _, files in os.walk(i.state("work")):
            assert "owner" not in files, top
        assert i.ctl("forget", "shop.test").code == 0 and os.listdir(i.state("requests", "owner")) == []
        for text, why in (("organisation: A\n", "there is no line 'city"), ("x\n", "line 1: use 'field: value'"), ("", "nothing in it")):
            write(s.path("bad"), text)
            said = i.ctl("request", "b.test", "--issuer", "shop", "--owner", s.path("bad"))
            assert said.code == 64 and why in said.err, said
        assert i.job("b.test") == {} and len(r.orders) == 1
        # By hand.
        said = i.ctl("request", "hand.test,*.hand.test", "--issuer", "hand", "--csr-only")
        # Into a file the request goes alone; what is said of it does not.
        assert said.code == 0 and said.out.startswith("-----BEGIN CERTIFICATE REQUEST") and "pending" in said.err, said
        assert said.out.endswith("-----END CERTIFICATE REQUEST-----\n") and said.out.count("-----BEGIN") == 1, said
        order = {"csr": said.out}
        serial = r.issue(order)
        write(s.path("hand.crt"), order["certificate"])
        said = i.ctl("approve", "hand.test", s.path("hand.crt"))
        assert said.code == 0 and "installed" in said.out, said
        wait_until(lambda: shown(s, "any.hand.test") == serial, "the wildcard")
        assert len(r.orders) == 1


def test_told_before_it_ends(shop, ca):
    """By hand, and so not ordered by itself: an admin is told, and nobody asked."""
    i, r = shop, shop.reseller
    s = i.server
    with s:
        said = i.ctl("request", "hand.test", "--issuer", "hand")
        order = {"csr": said.out[said.out.index("-----BEGIN"):]}
        r.issue(order)
        write(s.path("hand.crt"), order["certificate"])
        assert i.ctl("approve", "hand.test", s.path("hand.crt")).code == 0
        job = i.wait_confirmed("hand.test")
        assert "renew" not in job and job["next"] < job["not_after"]
        # Its file says that the time has come.
        s.stop()
        path = i.state("jobs", "hand.test")
        text = open(path).read()
        with open(path, "w") as f:
            f.write(re.sub(r"(?m)^next: .*$", "next: 2026-01-01T00:00:00Z", text))
    with s:
        s.wait_error("MSSL0252: steward: hand.test: its certificate ends at ")
        job = i.wait_job("hand.test", "installed")
        assert "msslctl request hand.test --renew" in job["waits_for"], job
        said = i.ctl("pending")
        assert said.code == 1 and "msslctl request 'hand.test' --renew" in said.out, said


ZONE = {
    "shop.org": {"mx": ["mail.shop.org"], "a": ["192.0.2.1"]},
    "www.shop.org": {"a": ["192.0.2.1"]},
    "null.org": {"mx": [""], "a": ["192.0.2.1"]},
    "nomail.org": {},
    "old.org": {"a": ["192.0.2.1"]},
    "silent.org": {"silent": True},
    "caa.org": {"caa": ["issue ca.example", "contactemail tls@mail.org"], "a": ["192.0.2.1"]},
    "txt.org": {"a": ["192.0.2.1"]},
    "_validation-contactemail.txt.org": {"txt": ["tls@mail.org"]},
    "mail.org": {"mx": ["mx.mail.org"]},
}
APPROVERS = (
    # names, address, exit code, what is said
    ("www.shop.org", "admin@shop.org", 0, ""),
    ("www.shop.org", "hostmaster@www.shop.org", 0, "warning: www.shop.org has no MX record"),
    ("www.shop.org", "info@shop.org", 64, "WHOIS are forbidden since 2025-07-15"),
    ("www.shop.org,shop.org", "admin@www.shop.org", 64, "may not approve shop.org"),
    ("null.org", "admin@null.org", 64, "RFC 7505"),
    ("nomail.org", "admin@nomail.org", 64, "neither an MX record nor an address"),
    ("old.org", "admin@old.org", 0, "warning: old.org has no MX record"),
    ("silent.org", "admin@silent.org", 0, "warning: DNS does not say"),
    ("silent.org", "tls@mail.org", 75, "try again later"),
    ("www.caa.org", "tls@mail.org", 0, ""),
    ("www.txt.org", "TLS@mail.org", 0, ""),
    ("www.shop.org", "tls@mail.org", 64, "WHOIS"),
    ("www.shop.org", "admin@shop.org; rm", 64, "use an address"),
)


def test_approver(new_server, ca, tmp_path):
    """One of five addresses, or a contact in the DNS, that gets mail; refused before anybody is asked."""
    with netns.own_network(), dns.serve(ZONE), Reseller(str(tmp_path / "reseller"), ca) as r:
        i = make(new_server, ca, r)
        words = dns.asking(i.server.dir, "127.0.0.1")

        def ask(*args):
            command = words + [ctl.PROGRAM, "--state-dir", i.state(), *args]
            return ctl.Result(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120,
                                             stdin=subprocess.DEVNULL, env=ctl.environment()))

        with i.server:
            for names, address, code, text in APPROVERS:
                count = len(r.orders)
                said = ask("request", names, "--issuer", "shop", "--approver", address)
                assert said.code == code and text in said.err, (names, address, said)
                assert len(r.orders) == count + (code == 0)
                if code == 0:
                    assert r.orders[-1]["validation"] == [{"name": names, "method": "email", "address": address}]
                    assert "%s answers the mail for %s" % (address, names) in ask("pending", names).out
                    assert ask("resend", names).code == 1 and r.orders[-1]["resent"] == 1
                    ask("forget", names)
