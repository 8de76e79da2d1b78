#!/usr/bin/python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
python3 tests/bench/status.py FOLDER [--requests 50] [--build build]

As root: what the status costs a server whose one store is FOLDER, a dir: with very many names ("BUILD/bench/gencerts FOLDER 0
100000" makes them): CPU of all its children for each answer. It waits for the inventory's first walk, at 1,000 names a second.
"""

import argparse
import json
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

TICKS = os.sysconf("SC_CLK_TCK")
CONF = """
ServerName status.test
MSSLCertStore dir:%s
MSSLInventory on 1h keep=0
<VirtualHost 127.0.0.1:{p0}>
ServerName status.test
DocumentRoot {dir}/www
<Location /status>
SetHandler mssl-status
MSSLStatus full
</Location>
</VirtualHost>
<VirtualHost 127.0.0.1:{p1}>
ServerName first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
"""
QUERIES = ("format=html", "format=json", "format=prometheus", "list=1&format=json&limit=1000", "list=1&format=html&q=9999",
           "list=1&format=json&sort=expiry", "format=html&host=%s")


def cpu_s(pids):
    total = 0
    for pid in pids:
        with open("/proc/%d/stat" % pid) as f:
            fields = f.read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def get(port, query):
    import http.client
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request("GET", "/status?" + query, headers={"Host": "status.test"})
    r = c.getresponse()
    body = r.read()
    c.close()
    assert r.status == 200, (query, r.status)
    return body


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--requests", type=int, default=50)
    parser.add_argument("--build", default="build")
    args = parser.parse_args()
    os.environ["BUILD"] = args.build
    from lib.live import ONE_CHILD
    from lib.server import Server
    name = sorted(os.listdir(args.folder))[0].removesuffix(".pem")
    with tempfile.TemporaryDirectory(prefix="mssl-status.") as work:
        os.chmod(work, 0o755)
        s = Server(work, CONF % os.path.abspath(args.folder), ports=2)
        s.main = ONE_CHILD
        with s:
            while not json.loads(get(s.port, "format=json"))["inventory"]["complete"]:
                time.sleep(1)
            print(json.dumps(json.loads(get(s.port, "format=json"))["totals"]))
            for query in QUERIES:
                query = query.replace("%s", name)
                begun, size = cpu_s(s.children()), 0
                for _ in range(args.requests):
                    size = len(get(s.port, query))
                took = (cpu_s(s.children()) - begun) / args.requests
                print("%-40s %6.1f ms of CPU, %d bytes" % (query, took * 1000, size), flush=True)


main()
