#!/usr/bin/python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
python3 tests/bench/issuing.py [--names 40] [--jobs 100000] [--strangers 100000] [--build build]

As root: from a name's line in a list to a visitor who is shown its certificate, by uacme and pebble; the same for many names
at once; what a steward with very many jobs takes of memory and processor; and what handshakes with names that nobody vouches
for bring about. Needs uacme and pebble, and for the last BUILD/bench/handshakes ("make -f Makefile.apxs bench" makes it).
"""

import argparse
import contextlib
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

TICKS = os.sysconf("SC_CLK_TCK")
ISSUE = """MSSLIssueFor list:{dir}/names
MSSLIssuer pebble {dir}/issuer/uacme --directory %s --contact a@host.test --ca-file {dir}/issuer/root.pem
<VirtualHost 127.0.0.1:{p1}>
ServerName first.test
DocumentRoot {dir}/www
</VirtualHost>
"""


def wait_served(i, names):
    """Seconds until each is shown what was issued for it, to visitors that come all the time."""
    from lib import tls
    begun, left = time.monotonic(), set(names)
    while left:
        for name in sorted(left):
            serial = int(i.job(name).get("serial", "0"), 16)
            with contextlib.suppress(tls.TLSError), tls.Client(i.server.port, name).connect() as conn:
                left -= {name} if conn.serial == serial else set()
        if time.monotonic() - begun > 600:
            raise RuntimeError("not served: %s" % sorted(left))
        time.sleep(0.05)
    return time.monotonic() - begun


def measure_names(path, count):
    from lib.ca import CA
    from lib.issuing import Issuing, ship
    from lib.pebble import Pebble, trusting
    from lib.server import Server, wait_until
    ca = CA()
    i = Issuing(lambda conf, **kw: Server(path, conf, **kw), ca, "")
    s = i.server
    pebble = Pebble(s.path("pebble"), ca, s.ports[1], s.port)
    s.conf = re.sub(r"MSSL(CheckInterval|NegativeTimeout) .*\n", "", s.conf)  # the defaults are what is measured
    s.conf += ISSUE % pebble.url
    ship(s)
    s.launcher = trusting(pebble.ca_file, [])
    with pebble:
        shutil.copy(pebble.root(), s.path("issuer", "root.pem"))
        with s:
            wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "the steward")
            names, one = [], []
            for n in range(5):
                names.append("one%d.test" % n)
                i.permit(*names)
                one.append(wait_served(i, names[-1:]))
            more = ["site%d.test" % n for n in range(count)]
            i.permit(*names, *more)
            return one, wait_served(i, more)


JOB = """mssl-job/1
name: %s
state: installed
since: 2026-01-01T00:00:00Z
next: 2099-01-01T00:00:00Z
source: list
issuer: fake
why: first
failures: 0
serial: 01ab01ab01ab01ab01ab01ab01ab01ab01ab
sha256: 025dd863e6dd905462236130be61eea76cd5f0776ae705b97375190550ef6d3b
not_before: 2026-01-01T00:00:00Z
not_after: 2099-06-01T00:00:00Z
installed: 2026-01-01T00:00:00Z
renew: 2099-01-01T00:00:00Z
"""


def lay_out(path, user, count):
    """A MSSLStateDir with so many jobs."""
    for folder in ("jobs", "orders", "keys", "accounts", "work", "archive", "issued", "requests", "requests/wanted",
                   "requests/todo", "requests/given", "challenge", "notified", "steward.d"):
        os.makedirs(os.path.join(path, folder))
        os.chown(os.path.join(path, folder), user.pw_uid, user.pw_gid)
    names = ["site%d.example%d.com" % (n, n // 80) for n in range(count)]
    with open(os.path.join(path, "names"), "w") as f:
        f.write("".join(n + "\n" for n in names))
    settings = {"schema": "mssl-issue/1", "vhosts": False, "requests": True, "lists": [os.path.join(path, "names")],
                "issuers": [{"name": "fake", "command": ["/bin/false"], "directory": None, "ca_file": None,
                             "by_request": False}],
                "key": "ECDSA", "preflight": True, "renew_percent": 0, "addresses": [],
                "challenge_dir": os.path.join(path, "challenge"),
                "limits": {k: {"n": 40, "each": 10800} for k in ("orders", "domain", "name")}}
    with open(os.path.join(path, "issue.json"), "w") as f:
        json.dump(settings, f)
    os.chown(f.name, 0, user.pw_gid)
    os.chmod(f.name, 0o640)
    open(os.path.join(path, "vhosts"), "w").close()
    for name in names:
        with open(os.path.join(path, "jobs", name), "w") as f:
            f.write(JOB % name)
        os.chown(f.name, user.pw_uid, user.pw_gid)


def cpu_of(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(next(line for line in f if line.startswith("VmHWM:")).split()[1]) / 1024


def measure_steward(path, count):
    from lib.steward import STEWARD_USER
    from lib.server import BUILD
    user = pwd.getpwnam(STEWARD_USER)
    lay_out(path, user, count)
    proc = subprocess.Popen([os.path.join(BUILD, "mssl-steward"), "--state-dir", path], user=user.pw_uid,
                            group=user.pw_gid, extra_groups=[], stdin=subprocess.DEVNULL)
    try:
        while not os.path.exists(os.path.join(path, "steward.d", "steward.json")):
            time.sleep(0.1)
        time.sleep(2)
        start = cpu_of(proc.pid)
        time.sleep(60)
        return start, cpu_of(proc.pid) - start, rss_mb(proc.pid)
    finally:
        proc.terminate()
        proc.wait()


def measure_strangers(path, count, build):
    """Each name another one, in a full handshake: (seconds, CPU of the steward, its MB, hints by result, files, orders)."""
    import re

    from lib import tls
    from lib.ca import CA
    from lib.issuing import FAKE, LIST, Issuing
    from lib.server import Server, wait_until
    from lib.world import ask, file_pair
    ca = CA()
    conf = "MSSLCertStore dir:{dir}/store\n<Location /status>\nSetHandler mssl-status\nMSSLStatus full\n</Location>\n"
    i = Issuing(lambda conf, **kw: Server(path, conf, **kw), ca, LIST + FAKE + conf)
    s = i.server
    file_pair(ca.leaf("first.test"), s.path("store"), "first.test")
    with s:
        i.permit("a.test")
        i.wait_confirmed("a.test")
        start, begun = cpu_of(i.steward()), time.monotonic()
        load = subprocess.run([os.path.join(build, "bench", "handshakes"), "-j", "2", str(s.port), str(count), "0", "1",
                               str(count)], stdout=subprocess.PIPE, check=False)
        assert json.loads(load.stdout)["done"] == json.loads(load.stdout)["wrong"] == count, load.stdout
        took = time.monotonic() - begun

        def hints():
            with tls.Client(s.port, "first.test").connect() as conn:
                text = ask(s, conn, "first.test", "/status?format=prometheus", log=False).body
            return dict(re.findall(r'(?m)^mssl_hints_total\{result="(\w+)"\} (\d+)$', text))
        said = wait_until(hints, "the status")
        files = sum(len(os.listdir(i.state(folder))) for folder in ("jobs", "keys", "requests/todo"))
        return took, cpu_of(i.steward()) - start, rss_mb(i.steward()), said, files, i.count("issue")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=100000)
    parser.add_argument("--strangers", type=int, default=100000)
    parser.add_argument("--build", default="build")
    args = parser.parse_args()
    os.environ["BUILD"] = args.build
    with tempfile.TemporaryDirectory(prefix="mssl-issuing.") as work:
        os.chmod(work, 0o755)
        one, many = measure_names(os.path.join(work, "server"), args.names)
        print("one name, line to handshake: %s s" % ", ".join("%.1f" % t for t in one))
        print("%d names at once, until all are served: %.1f s" % (args.names, many))
        start, idle, rss = measure_steward(os.path.join(work, "state"), args.jobs)
        print("steward with %d jobs: start %.1f s of CPU, 60 s idle %.2f s, %.1f MB" % (args.jobs, start, idle, rss))
        took, cpu, rss, hints, files, orders = measure_strangers(os.path.join(work, "strangers"), args.strangers, args.build)
        print("%d names of strangers: %.0f s; hints %s sent, %s dropped; steward %.2f s of CPU, %.1f MB; %d job, %d order"
              % (args.strangers, took, hints["sent"], hints["dropped"], cpu, rss, files, orders))


main()
