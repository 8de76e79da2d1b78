# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Every command of msslctl takes names as people type them, and says which name that is in ASCII."""

import os
import tempfile

import pytest

from lib.ca import write
from lib.ctl import Stores
from lib.issuing import FAKE, Issuing, LIST, ship
from lib.server import BROKER_USER, IS_ROOT, wait_until
from test_98_jobs import MANUAL

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="needs root")

TYPED, NAME = "B\u00fccher.test", "xn--bcher-kva.test"
OTHER, OTHER_NAME = "stra\u00dfe.test", "xn--strae-oqa.test"


@pytest.fixture
def stores(workdir, ca):
    s = Stores(tempfile.mkdtemp(prefix="names.", dir=workdir), ca)
    s.write(state_dir=s.ctl.state, users={"broker": BROKER_USER, "steward": "mail", "httpd": "www-data"})
    return s


def said(command, *names):
    return "".join("msslctl %s: in ASCII the name is '%s'\n" % (command, n) for n in names)


def files(stores, leaf):
    return [write(os.path.join(stores.path, "new." + ext), text, 0o600)
            for ext, text in (("crt", leaf.cert_pem), ("key", leaf.key_pem))]


def test_what_is_in_stores(stores, ca):
    """Filed under the form in ASCII, found by both, and a pattern is one of such names."""
    ctl, path = stores.ctl, os.path.join(stores.store, NAME + ".pem")
    for leaf in (ca.leaf(NAME), ca.leaf(NAME)):
        r = ctl("install", TYPED, *files(stores, leaf), "--no-live")
        assert r.code == 0 and r.err.startswith(said("install", NAME)) and leaf.cert_pem in open(path).read(), r
    assert sorted(os.listdir(stores.store)) == [NAME + ".pem"]
    stores.put(ca.leaf("*." + OTHER_NAME), "_." + OTHER_NAME + ".pem")
    r = ctl("rollback", TYPED, "--no-live")
    assert r.code == 0 and said("rollback", NAME) in r.err and leaf.cert_pem not in open(path).read(), r
    r = ctl("check", TYPED, "ascii.test", "*." + OTHER, "--json")
    assert r.err == said("check", NAME, "*." + OTHER_NAME), r
    assert {n["name"] for n in r.json["attention"]} == {"ascii.test"}, r   # the others are there, and fine
    for glob, form, found in ((TYPED, NAME, {NAME}), ("b\u00fccher.*", "xn--bcher-kva.*", {NAME}),
                              ("*." + OTHER, "*." + OTHER_NAME, {"*." + OTHER_NAME})):
        r = ctl("list", glob, "--plain")
        assert r.code == 0 and r.err == said("list", form), r
        assert {line.split("\t")[0] for line in r.out.splitlines()} == found, r
    r = ctl("list", "b\u00fc*")
    assert r.code == 64 and r.out == "" and "only in whole labels" in r.err, r
    folder = os.path.join(stores.path, "mail")
    os.mkdir(folder, 0o755)
    r = ctl("export", TYPED, folder)
    assert r.code == 0 and r.err.startswith(said("export", NAME)) and os.listdir(folder) == [NAME + ".pem"], r
    r = ctl("explain", TYPED, "--json", "--no-live", "--no-dns")
    assert r.err == said("explain", NAME) and (r.json["given"], r.json["name"]) == (NAME, NAME), r


def test_quiet_and_ascii(stores):
    """What is known already is not said; nor is it to who wants results alone. The result has it."""
    assert stores.ctl("list", NAME).err == ""
    r = stores.ctl("check", TYPED, "-q")
    assert r.err == "" and NAME in r.out, r


@pytest.mark.parametrize("typed, form", [
    ("\u0430pple.test", "xn--pple-43d.test"),           # its first letter is Cyrillic: it is another name
    ("b\u00fccher\u3002test", NAME), ("bu\u0308cher.test", NAME)])
def test_looks_alike(stores, typed, form):
    """libidn2 decides whether it is a name, and the one that it is stands there."""
    r = stores.ctl("check", typed, "--json")
    assert r.err == said("check", form) and [n["name"] for n in r.json["attention"]] == [form], r


@pytest.mark.parametrize("typed", ["a\u202eb.test", "a\u2215b.test", "b\u00fccher..test", "b\u00fccher.test/x", "b\u00fc cher.test",
                                   b"b\xffcher.test".decode("utf-8", "surrogateescape")])
@pytest.mark.parametrize("command", [["check"], ["install", "CERT", "KEY"], ["rollback"], ["export", "/mail"], ["job"],
                                     ["request"], ["retry"], ["approve", "/etc/hostname"], ["doctor"]])
def test_no_name(stores, command, typed):
    """Refused, and nothing of it reaches the terminal."""
    r = stores.ctl(command[0], typed, *command[1:])
    assert r.code == 64 and r.out == "" and r.err.isascii(), r
    assert "is not a host name" in r.err and "in ASCII the name is" not in r.err and r.err.count("\n") == 1, r


def test_what_is_issued(new_server, ca):
    """One name in both spellings: requested, shown, waited for, approved; another one ordered, retried, forgotten."""
    i = Issuing(new_server, ca, LIST + FAKE + MANUAL)
    ship(i.server)
    with i.server:
        i.permit(OTHER_NAME)
        i.wait_job(OTHER_NAME, "installed")
        r = i.ctl("request", "%s,www.%s" % (TYPED, TYPED), "--issuer", "hand")
        form = "%s,www.%s" % (NAME, NAME)
        assert r.code in (0, 1) and r.err.startswith(said("request", form)) and "BEGIN CERTIFICATE REQUEST" in r.out, r
        assert i.wait_job(NAME, "pending")["names"].replace(" ", ",") == form
        for args in (("job", TYPED), ("pending", TYPED), ("doctor", TYPED), ("jobs", "b\u00fccher.*")):
            r = i.ctl(*args)
            assert r.err.startswith(said(args[0], args[1].lower().replace("b\u00fccher", "xn--bcher-kva"))), r
            assert NAME in r.out and r.out.isascii(), r
        r = i.ctl("resend", TYPED)
        assert said("resend", NAME) in r.err and "is not a host name" not in r.err, r
        r = i.ctl("decline", TYPED)
        assert r.code == 0 and said("decline", NAME) in r.err, r
        i.wait_job(NAME, "declined")
        orders = i.count("issue", OTHER_NAME)
        r = i.ctl("retry", OTHER)
        assert r.code == 0 and said("retry", OTHER_NAME) in r.err, r
        assert i.count("issue", OTHER_NAME) == orders + 1, i.calls()
        r = i.ctl("approve", OTHER, i.server.path("dummy.pem"))
        assert said("approve", OTHER_NAME) in r.err and "is not a host name" not in r.err, r
        r = i.ctl("revoke", OTHER)
        assert said("revoke", OTHER_NAME) in r.err and "is not a host name" not in r.err, r
        i.permit()
        r = i.ctl("forget", TYPED, OTHER)
        assert said("forget", NAME, OTHER_NAME) in r.err, r
        wait_until(lambda: i.job(NAME) == {} == i.job(OTHER_NAME), "both are forgotten")
