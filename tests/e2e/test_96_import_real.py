# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl import from what the programs themselves lay out: each has a certificate made by pebble, and is read then."""

import os
import shutil
import subprocess

import pytest
from lib.ca import write
from lib.ctl import stores_beside
from lib.pebble import MISSING, Pebble, can_trust, trusting
from lib.server import IS_ROOT, free_ports, wait_until

pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="needs root"),
    pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING)),
]


@pytest.fixture
def stores(workdir, ca):
    return stores_beside(workdir, ca)


@pytest.fixture
def pebble(stores, ca):
    """One that believes everybody: no server is asked."""
    with Pebble(stores.path + "/pebble", ca, *free_ports(2), env={"PEBBLE_VA_ALWAYS_VALID": "1"}) as pebble:
        yield pebble


def run(*argv, **env):
    p = subprocess.run(argv, env=dict(os.environ, LANG="C.UTF-8", **env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=120)
    assert p.returncode == 0, p.stdout


def certbot(pebble, home):
    run("certbot", "certonly", "--non-interactive", "--agree-tos", "--register-unsafely-without-email", "--server", pebble.url,
        "--config-dir", home, "--work-dir", home + "-work", "--logs-dir", home + "-log", "--manual", "--manual-auth-hook", "true",
        "--preferred-challenges", "http", "-d", "a.test", "-d", "www.a.test", REQUESTS_CA_BUNDLE=pebble.ca_file)
    return home + "/live"


def dehydrated(pebble, home):
    os.makedirs(home + "/challenges")
    config = write(home + "/config", 'CA="%s"\nBASEDIR="%s"\nWELLKNOWN="%s/challenges"\nCURL_OPTS="--cacert %s"\n'
                   % (pebble.url, home, home, pebble.ca_file))
    run("dehydrated", "--register", "--accept-terms", "-f", config)
    run("dehydrated", "-c", "-f", config, "-d", "a.test", "-d", "www.a.test")
    return home + "/certs"


def lego(pebble, home):
    run("lego", "--server", pebble.url, "--accept-tos", "--email", "a@host.test", "--path", home, "--domains", "a.test",
        "--domains", "www.a.test", "--http", "--http.port", "127.0.0.1:%d" % free_ports(1)[0], "run",
        LEGO_CA_CERTIFICATES=pebble.ca_file)
    return home + "/certificates"


def uacme(pebble, home):
    if not can_trust():
        pytest.skip("whom uacme trusts is the system's, and cannot be changed here")
    argv = trusting(pebble.ca_file, ["uacme", "-a", pebble.url, "-c", home, "-h", "/bin/true", "-y"])
    run(*argv, "new", "a@host.test")
    run(*argv, "issue", "a.test", "www.a.test")
    return home


CLIENTS = {f.__name__: f for f in (certbot, dehydrated, lego, uacme)}


@pytest.mark.parametrize("form", CLIENTS)
def test_client(stores, pebble, form):
    """With the lines of the plan each name that the client has a certificate for is served; --copy takes all of them."""
    if not shutil.which(form):
        pytest.skip("there is no %s here" % form)
    home, names = CLIENTS[form](pebble, stores.other + "/" + form), ["a.test", "www.a.test"]
    r = stores.ctl("import", form, home, "--json")
    d = r.json
    assert d["line"] == "dir:" + home and d["renews"] is True and d["left_out"] == [], d
    # lego's files are flat: by the first name alone.
    assert {p["name"]: p["action"] for p in d["pairs"]} == {
        "a.test": "copy", "www.a.test": "unfound" if form == "lego" else "copy"} and r.code == (form == "lego"), d
    text = stores.ctl("import", form, home).out
    assert ("\n    MSSLCertificate www.a.test %s/a.test.crt %s/a.test.key\n" % (home, home) in text) is (form == "lego"), text
    r = stores.ctl("import", form, home, "--copy", "--yes", "--json")
    assert r.code == 0 and {p["name"]: p["result"] for p in r.json["pairs"]} == dict.fromkeys(names, "installed"), r
    stores.stores = ["dir:" + home]
    stores.write(state_dir=stores.path + "/state")
    assert {n: stores.ctl("check", n).code for n in names} == {"a.test": 0, "www.a.test": 2 if form == "lego" else 0}


@pytest.mark.skipif(not shutil.which("caddy"), reason="there is no caddy here")
def test_caddy(stores, pebble):
    ports = free_ports(2)
    home = stores.other + "/caddy"
    conf = write(stores.other + "/Caddyfile", "{\nadmin off\nhttp_port %d\nhttps_port %d\nacme_ca %s\nacme_ca_root %s\n"
                 "storage file_system %s\n}\na.test, www.a.test {\nrespond x\n}\n" % (*ports, pebble.url, pebble.ca_file, home))
    with open(stores.path + "/caddy.log", "wb") as log:
        p = subprocess.Popen(["caddy", "run", "--adapter", "caddyfile", "--config", conf], stdin=subprocess.DEVNULL, stdout=log,
                             stderr=log, env=dict(os.environ, HOME=stores.path))
    try:
        made = lambda: {f for _, _, files in os.walk(home + "/certificates") for f in files}  # noqa: E731
        wait_until(lambda: made() >= {"a.test.json", "www.a.test.json"}, lambda: open(stores.path + "/caddy.log").read(), 60)
    finally:
        p.terminate()
        p.wait(30)
    d = stores.ctl("import", "caddy", home + "/certificates", "--json").json
    assert {p["name"]: p["action"] for p in d["pairs"]} == {"a.test": "copy", "www.a.test": "copy"} and d["renews"], d
    r = stores.ctl("import", "caddy", home + "/certificates", "--copy", "--yes", "--json")
    assert r.code == 0 and {p["result"] for p in r.json["pairs"]} == {"installed"}, r
    assert stores.ctl("list").out.count("copied, renewed by nobody") == 2
