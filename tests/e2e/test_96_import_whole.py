# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl import traefik and pfx: pairs that lie whole in a file, of which a wrong one costs itself."""

import base64
import json
import os
import subprocess

import pytest

from lib.ca import write
from lib.ctl import stores_beside
from lib.server import IS_ROOT

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="needs root")


@pytest.fixture
def stores(workdir, ca):
    return stores_beside(workdir, ca)


def b64(text):
    return base64.b64encode(text.encode()).decode()


def entry(leaf, main, of=None, **more):
    """As Traefik 2 and 3 write it."""
    return {"domain": {"main": main}, "certificate": b64(leaf.cert_pem + leaf.chain_pem),
            "key": b64((of or leaf).key_pem), "Store": "default", **more}


def old_entry(leaf, main):
    return {"Domain": {"Main": main, "SANs": None}, "Certificate": b64(leaf.cert_pem + leaf.chain_pem), "Key": b64(leaf.key_pem)}


def acme_json(s, document, indent=2):
    return write(s.other + "/acme.json", json.dumps(document, indent=indent), 0o600)


ACCOUNT = {"Email": "a@a.test", "Registration": {"body": {"status": "valid"}}, "PrivateKey": "AAAA", "KeyType": "4096"}

LAYOUTS = {
    "v2": lambda a, w: {"le": {"Account": ACCOUNT, "Certificates": [entry(a, "a.test")]},
                        "dns": {"Account": ACCOUNT, "Certificates": [entry(w, "*.w.test")]}, "idle": {"Account": None, "Certificates": None}},
    "v1": lambda a, w: {"Account": ACCOUNT, "Certificates": [old_entry(a, "a.test"), old_entry(w, "*.w.test")],
                        "HTTPChallenges": {}, "TLSChallenges": {}},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_traefik(stores, layout):
    a, w = stores.ca.leaf("a.test", "www.a.test", intermediate=True), stores.ca.leaf("*.w.test", key="rsa")
    path = acme_json(stores, LAYOUTS[layout](a, w))
    r = stores.ctl("import", "traefik", path, "--json")
    assert r.code == 0 and r.json["renews"] is True and r.json["line"] is None and r.json["left_out"] == [], r
    assert {p["name"]: (p["number"], p["key_type"], p["action"]) for p in r.json["pairs"]} == {
        "a.test": (1, "ECDSA", "copy"), "www.a.test": (1, "ECDSA", "copy"), "*.w.test": (2, "RSA", "copy")}
    text = stores.ctl("import", "traefik", path).out
    assert "Traefik renews these by itself" in text and "renewed by nobody" in text and "--copy --yes\n" in text
    assert os.listdir(stores.store) == []
    assert stores.ctl("import", "traefik", path, "--copy", "--yes", "-n").code == 0 and os.listdir(stores.store) == []
    r = stores.ctl("import", "traefik", path, "--copy", "--yes", "--json")
    assert r.code == 0 and {p["result"] for p in r.json["pairs"]} == {"installed"}, r
    with open(stores.store + "/a.test.pem") as f:
        text = f.read()
    assert a.cert_pem in text and a.chain_pem in text
    assert {n["name"]: n["state"] for n in stores.ctl("list", "--json").json["names"]} == {
        "a.test": "valid", "www.a.test": "valid", "*.w.test": "valid"}
    assert stores.ctl("list", "a.test").out.count("(copied, renewed by nobody)") == 1
    # The next day: what is newer alone.
    acme_json(stores, {"le": {"Certificates": [entry(stores.ca.leaf("a.test", days=99), "a.test"), entry(w, "*.w.test")]}})
    r = stores.ctl("import", "traefik", path, "--copy", "--yes", "--json")
    assert {p["name"]: (p["action"], p["result"]) for p in r.json["pairs"]} == {
        "a.test": ("copy", "installed"), "*.w.test": ("there", None)}, r


def deep(n):
    return '{"domain":{"main":"deep.test"},"certificate":%s1%s}' % ("[" * n, "]" * n)


def test_one_entry_costs_itself(stores):
    """Whatever one entry is, the others are copied, and it is said where it stands and what is wrong with it."""
    ca = stores.ca
    good, other, last = ca.leaf("good.test"), ca.leaf("other.test"), ca.leaf("last.test")
    wrong = [
        (entry(good, "b64.test", certificate="=!=?"), 'its "certificate" is not base64'),
        (entry(good, "short.test", key="QUJ"), 'its "key" is not base64'),
        (entry(good, "swapped.test", of=other), "key"),
        (entry(good, "huge.test", certificate="QUJD" * 2500000), 'its "certificate" is longer than 1 MB'),
        (entry(good, "none.test", key=None), 'it has no text "key"'),
        (entry(good, "text.test", certificate=b64("no PEM at all")), "certificate"),
        ("a text", 'it has no text "certificate"'), (7, 'it has no text "certificate"'), ({}, 'it has no text "certificate"'),
        (entry(good, "e\x1b[31mvil\u202e\n.test", key="?"), 'its "key" is not base64'),
    ]
    items = ["\n" + json.dumps(w) for w, _ in wrong] + ["\n" + deep(200000), '\n{"domain": nonsense}', '\n{"x":"\\ud800"}']
    text = '{"le":{"Account":%s,"Certificates":[%s,%s,%s]}}' % (
        "[" * 100000 + "]" * 100000, json.dumps(entry(good, "good.test")), ",".join(items), "\n" + json.dumps(entry(last, "last.test")))
    assert len(text) > 10 << 20
    path = write(stores.other + "/acme.json", text, 0o600)
    r = stores.ctl("import", "traefik", path, "--copy", "--yes", "--json")
    assert r.code == 1 and {p["name"]: p["result"] for p in r.json["pairs"]} == {
        "good.test": "installed", "last.test": "installed"}, (r.code, r.out[:3000], r.err[:3000])
    left = r.json["left_out"]
    assert len(left) == len(items), left
    for i, (_, why) in enumerate(wrong):
        assert left[i].startswith("certificate %d (line %d" % (i + 2, i + 2)) and why in left[i], left[i]
    assert "too deep" in left[-3] and "not a value" in left[-2] and "half a character" in left[-1]
    assert "does not" in left[2] or "belong" in left[2] or "match" in left[2], left[2]
    r = stores.ctl("import", "traefik", path)
    assert r.code == 1 and r.out.count("left out: certificate ") == len(items) and "\x1b" not in r.out and r.out.isascii()


@pytest.mark.parametrize("text, says", [
    ("", "the file is empty: Traefik has no certificate yet"), ("{}", 'nothing in it is called "Certificates"'),
    ('{"Certificates":[{"a":', "line 1: not JSON as Traefik writes it: it is cut off"), ("\n\n[1]", "line 3: not JSON"),
    ('{"le":\n{"Certificates":[]}\n"x":1}', "line 3: not JSON as Traefik writes it: neither a comma nor an end"),
    ('{"le" {}}', "a member has no value"), ("{\"a", "a text does not end"), ("\0" * 40, "there is no object"),
    ('{"Certificates":\0}', "there is no value"), ("-----BEGIN CERTIFICATE-----\n", "there is no object")])
def test_no_such_file_as_traefiks(stores, text, says):
    r = stores.ctl("import", "traefik", write(stores.other + "/acme.json", text), "--copy", "--yes")
    assert r.code == 3 and says in r.err and os.listdir(stores.store) == [], r


def test_cut_off_behind_a_good_one(stores):
    good = json.dumps(entry(stores.ca.leaf("a.test"), "a.test"))
    path = write(stores.other + "/acme.json", '{"le":{"Certificates":[%s,\n{"domain":{"main":' % good)
    r = stores.ctl("import", "traefik", path, "--copy", "--yes", "--json")
    assert r.code == 1 and [p["result"] for p in r.json["pairs"]] == ["installed"], r
    assert len(r.json["left_out"]) == 1 and "line 2" in r.json["left_out"][0] and "cut off" in r.json["left_out"][0]


def pfx(s, leaf, name, password="", *args):
    pem = write(s.path + "/pem", leaf.cert_pem + leaf.chain_pem + leaf.key_pem, 0o600)
    os.makedirs(os.path.dirname(s.other + "/" + name), exist_ok=True)
    subprocess.run(["openssl", "pkcs12", "-export", "-in", pem, "-out", s.other + "/" + name, "-passout", "pass:" + password,
                    *args], check=True, timeout=60)
    return s.other + "/" + name


def test_pfx_folder(stores):
    ca = stores.ca
    pfx(stores, ca.leaf("a.test", "www.a.test", intermediate=True), "a.pfx", "secret")
    write(stores.other + "/a.pass", "secret\n", 0o600)
    pfx(stores, ca.leaf("b.test", key="rsa"), "deep/B.P12")
    zero = pfx(stores, ca.leaf("zero.test"), "zero.pfx", "0 begins it")
    write(stores.other + "/zero.pass", "0 begins it")
    pfx(stores, ca.leaf("wrong.test"), "wrong.pfx", "secret")
    write(stores.other + "/wrong.pass", "Secret\n")
    pfx(stores, ca.leaf("locked.test"), "locked.pfx", "secret")
    pfx(stores, ca.leaf("slow.test"), "slow.pfx", "secret", "-iter", "3000000")
    write(stores.other + "/slow.pass", "secret\n")
    write(stores.other + "/junk.pfx", "no PFX\n")
    write(stores.other + "/long.pfx", "x" * (10 << 20))
    write(stores.other + "/notes.txt", "nothing\n")
    os.symlink(zero, stores.other + "/link.pfx")
    os.symlink(stores.other + "/zero.pass", stores.other + "/link.pass")
    r = stores.ctl("import", "pfx", stores.other, "--json")
    assert r.code == 1 and r.json["renews"] is False and os.listdir(stores.store) == [], r
    assert {p["name"]: p["action"] for p in r.json["pairs"]} == dict.fromkeys(["a.test", "www.a.test", "b.test", "zero.test"], "copy")
    left = sorted(x.replace(stores.other + "/", "") for x in r.json["left_out"])
    assert [x.partition(":")[0] for x in left] == ["junk.pfx", "locked.pfx", "long.pfx", "slow.pfx", "wrong.pfx"], left
    assert left[1] == ("locked.pfx: does not open without a password; write it into locked.pass, or name a file by --password-file")
    assert left[2] == "long.pfx: is longer than 1 MB" and "2,000,000 times" in left[3], left
    assert left[4] == "wrong.pfx: the password in wrong.pass does not open it"
    r = stores.ctl("import", "pfx", stores.other, "--yes")
    assert r.code == 1 and "nothing renews them here" in r.out and r.out.count("left out: ") == 5, r
    assert sorted(os.listdir(stores.store)) == ["a.test.pem", "b.test.pem", "www.a.test.pem", "zero.test.pem"]
    assert {n["state"] for n in stores.ctl("list", "--json").json["names"]} == {"valid"}


def test_pfx_file_and_password_file(stores):
    path = pfx(stores, stores.ca.leaf("a.test"), "from-windows", "p w")
    secret = write(stores.path + "/pw", "p w\r\n", 0o600)
    r = stores.ctl("import", "pfx", path, "--password-file", secret, "--yes", "--json")
    assert r.code == 0 and [p["result"] for p in r.json["pairs"]] == ["installed"], r
    r = stores.ctl("import", "pfx", path, "--password-file", write(stores.path + "/pw", "other\n"), "--json")
    assert r.code == 1 and "the password in %s does not open it" % secret in r.json["left_out"][0], r
    r = stores.ctl("import", "pfx", path, "--password-file", write(stores.path + "/pw", "p w\nand more\n"), "--json")
    assert r.code == 1 and len(r.json["left_out"]) == 1 and r.json["pairs"] == [], r


@pytest.mark.parametrize("args, code, says", [
    (["pfx"], 64, "name its PATH"), (["pfx", "/etc", "--password-file", "/nowhere/at/all"], 64, "--password-file: '/nowhere/at/all' is not there"),
    (["dir", "/etc", "--password-file", "/etc/hostname"], 64, "only pfx has passwords"), (["traefic"], 64, "did you mean 'traefik'"),
    (["pfx", "/etc/apt"], 3, "there is no file NAME.pfx or NAME.p12")])
def test_wrong_arguments(stores, args, code, says):
    r = stores.ctl("import", *args)
    assert r.code == code and says in r.err, r
