# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The work for one name, from its order to visitors: the steward's worker (lib/issue/work.h) with uacme,
confined as it is, against pebble; httpd answers the challenges and serves what was issued.
"""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from lib import tls
from lib.pebble import MISSING, Pebble, can_trust, trusting
from lib.server import BUILD, MAKE, ROOT, wait_until
from lib.world import new_address

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING)),
    pytest.mark.skipif(not shutil.which("uacme"), reason="there is no uacme here"),
    pytest.mark.skipif(not can_trust(), reason="whom uacme trusts is the system's, and cannot be changed here"),
]


@pytest.fixture(scope="module")
def program():
    subprocess.run(MAKE + [os.path.join(BUILD, "e2e/work")], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(BUILD, "e2e/work")


class Worker:
    """A state folder with one issuer."""

    def __init__(self, program, s, pebble, *args):
        self.program, self.s, self.roots = program, s, pebble.ca_file
        for folder in ("jobs", "keys", "accounts", "work", "archive", "issued", "requests/given"):
            os.makedirs(s.path("state", folder), 0o700)
        with open(s.path("state/issue.json"), "w") as f:
            json.dump({
                "schema": "mssl-issue/1", "vhosts": True, "requests": False, "lists": [], "key": "ECDSA",
                "issuers": [{"name": "test", "command": [os.path.join(ROOT, "tools/issuers/uacme"), "--directory",
                                                         pebble.url] + list(args), "directory": pebble.url,
                             "ca_file": pebble.root(), "by_request": False}],
                "preflight": True, "renew_percent": 0, "challenge_dir": s.path("state/challenge"), "addresses": [],
                "limits": {name: {"n": 5, "each": 60} for name in ("orders", "domain", "name")}}, f)

    def argv(self, name, task, why="first", port=0, confirm=True):
        return trusting(self.roots, [self.program, self.s.path("state"), name, task, why, str(port)]
                        + (["127.0.0.1:%d" % self.s.port] if confirm else []))

    def run(self, *args, **kw):
        """The job's fields."""
        p = subprocess.run(self.argv(*args, **kw), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=120)
        assert p.returncode == 0, p.stdout
        return dict(line.split(": ", 1) for line in p.stdout.splitlines()[1:])

    def files(self, *folders):
        return sorted(f for folder in folders for _, _, files in os.walk(self.s.path("state", folder)) for f in files)


@pytest.fixture
def server(new_server):
    s = new_server("MSSLCheckInterval 0\nMSSLNegativeTimeout 0\nMSSLChallengeDir {dir}/state/challenge\n"
                   "MSSLCertStore dir:{dir}/state/issued\n<VirtualHost *:{p0}>\nServerName first.test\nSSLEngine on\n"
                   "MSSLEngine on\n</VirtualHost>\n<VirtualHost 127.0.0.1:{p1}>\nServerName first.test\n"
                   "Redirect gone /\n</VirtualHost>\n")
    os.makedirs(s.path("state/challenge"), 0o755)
    os.makedirs(s.path("state/issued"), 0o700)
    return s


def serial(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return "%x" % conn.cert.serial_number


def test_order(program, server, ca):
    """Ordered, served at once, renewed with another key, revoked: out of service."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0]) as pebble:
        os.rmdir(s.path("state/issued"))
        worker = Worker(program, s, pebble)
        job = worker.run("a.test", "order")
        assert job["state"] == "installed", (job, worker.files("work"))
        assert job["confirmed"] == "127.0.0.1:%d yes" % s.port
        assert job["serial"].lstrip("0") == serial(s, "a.test")
        assert worker.files("keys", "work/a.test", "challenge", "archive") == []
        old = job
        # pebble's live 5 years to the second: the next one ends later.
        time.sleep(1.1)
        job = worker.run("a.test", "order", "renewal")
        assert job["state"] == "installed" and job["serial"] != old["serial"], job
        assert job["serial"].lstrip("0") == serial(s, "a.test")
        assert worker.files("archive") == ["a.test.pem"]
        job = worker.run("a.test", "revoke")
        assert job["state"] == "wanted" and "serial" not in job, job
        assert "it was revoked" in job["text"]
        assert worker.files("issued") == []
    s.expect("MSSL0110")


def test_refused(program, server, ca):
    """The CA's own words, and ours; then it works with the request that was made."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0], domainBlocklist=["blocked.test"]) as pebble:
        os.rmdir(s.path("state/issued"))
        worker = Worker(program, s, pebble)
        job = worker.run("x.blocked.test", "order")
        assert (job["state"], job["class"], job["failures"]) == ("failed", "policy", "1"), job
        assert "forbidden by policy" in job["said"] and job["text"] == "the CA makes no certificate for this name"
        pebble.set_address("b.test", "127.0.0.9")
        job = worker.run("b.test", "order")
        assert (job["class"], job["failures"]) == ("connection", "1"), job
        with open(s.path("state/work/b.test/log")) as f:
            assert "acme:error:connection" in f.read()
        with open(s.path("state/keys/b.test.key")) as f:
            key = f.read()
        pebble.set_address("b.test", "127.0.0.1")
        job = worker.run("b.test", "order")
        assert job["state"] == "installed" and "class" not in job, job
        path = [os.path.join(d, f) for d, _, files in os.walk(s.path("state/issued")) for f in files]
        with open(path[0]) as f:
            assert key in f.read()


def test_killed(program, server, ca):
    """Ended in the middle of an order: the next one installs a pair of the same key."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0], env={"PEBBLE_VA_NOSLEEP": "0",
                                                                      "PEBBLE_VA_SLEEPTIME": "3"}) as pebble:
        os.rmdir(s.path("state/issued"))
        worker = Worker(program, s, pebble)
        p = subprocess.Popen(worker.argv("a.test", "order"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             start_new_session=True)
        wait_until(lambda: worker.files("challenge"), "a challenge", 60)
        p.send_signal(signal.SIGKILL)
        p.wait(10)
        with open(s.path("state/jobs/a.test")) as f:
            assert "state: ordered" in f.read()
        with open(s.path("state/keys/a.test.key")) as f:
            key = f.read()
        job = worker.run("a.test", "order")
        assert job["state"] == "installed", job
        path = [os.path.join(d, f) for d, _, files in os.walk(s.path("state/issued")) for f in files]
        with open(path[0]) as f:
            assert key in f.read()


def test_preflight(program, server, ca):
    """Where a name leads, fetched by it: here; somebody else; nobody."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0]) as pebble:
        os.rmdir(s.path("state/issued"))
        worker = Worker(program, s, pebble)
        job = worker.run("localhost", "preflight", port=s.ports[1])
        assert (job["state"], job["found"]) == ("wanted", "ours"), job
        assert worker.files("challenge") == []
        # The port of TLS: what is said there over http is not our file.
        job = worker.run("localhost", "preflight", port=s.port)
        assert (job["state"], job["class"], job["found"]) == ("failed", "elsewhere", "elsewhere"), job
        assert "127.0.0.1" in job["text"]
        job = worker.run("localhost", "preflight", port=9)
        assert (job["state"], job["found"]) == ("failed", "elsewhere"), job
        # Somebody else's pair is in service.
        ca.leaf("localhost").write_joined(s.path("state/issued/localhost.pem"))
        job = worker.run("localhost", "preflight", port=s.ports[1])
        assert (job["state"], job["found"]) == ("wanted", "served"), job
        job = worker.run("localhost", "preflight", port=s.ports[1], confirm=False)
        assert job["found"] == "ours", job
