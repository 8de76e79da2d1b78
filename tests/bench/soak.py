#!/usr/bin/python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
python3 tests/bench/soak.py [--handshakes 50000] [--cache-size 4096] [--build build]

Random names by the ten thousand against one child: its memory must stop growing where the cache of unknown
names is full (MSSLCacheSize, at least 1024; MSSLNegativeTimeout is so long that none goes by time). Each
client sends a ClientHello and leaves after the ServerHello: the name has been looked up by then. Exit code 1
if the second half of the run adds more than 1 MB.
"""

import argparse
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

CONF = """
MSSLCacheSize %d
MSSLNegativeTimeout 1h
MSSLCertStore dir:{dir}/store
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
"""


def extension(name):
    """The bytes of a server_name extension."""
    name = name.encode()
    return (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name


def soak(server, count):
    """[(handshakes done, resident KB of the child)], twenty of them."""
    from lib import broker, tls
    from lib.live import rss
    from lib.server import IS_ROOT
    if IS_ROOT:
        broker.wait_broker(server)
    child = broker.workers(server)[0]
    dice, sizes = random.Random(count), [(0, rss(child))]
    for i in range(1, count + 1):
        got = tls.raw_hello(server.port, extension("%x.test" % dice.getrandbits(160)))
        assert got == ("handshake", 2), got
        if i % (count // 20) == 0:
            sizes.append((i, rss(child)))
    assert broker.workers(server) == [child], "the child has changed"
    return sizes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--handshakes", type=int, default=50000)
    parser.add_argument("--cache-size", type=int, default=4096)
    parser.add_argument("--work", default="/tmp/mssl-soak")
    parser.add_argument("--build", default=os.environ.get("BUILD", "build"))
    args = parser.parse_args()
    os.environ["BUILD"] = args.build
    from lib.server import Server
    server = Server(os.path.join(args.work, "%d" % time.time_ns()), CONF % args.cache_size, ports=1,
                    main="LogLevel warn\nStartServers 1\nServerLimit 1\nMaxRequestWorkers 12\n")
    os.chmod(args.work, 0o755)
    begun = time.time()
    with server:
        sizes = soak(server, args.handshakes)
    for done, size in sizes:
        print("%8d names  %6d KB" % (done, size))
    grown = sizes[-1][1] - sizes[len(sizes) // 2][1]
    print("%d names in %.0f s; the second half added %d KB" % (args.handshakes, time.time() - begun, grown))
    sys.exit(grown > 1024)


if __name__ == "__main__":
    main()
