#!/usr/bin/python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
python3 tests/bench/scale.py [--names 1000000] [--work /tmp/mssl-scale] [--json] [--build build]

What a look-up and a handshake cost at 1,000 names and at a million: in the fanned-out tree, in one
folder, and in a map. The files are written once and kept in --work (4 GB, 2 million inodes' entries for
a million names); remove it when done. They differ in name and serial number alone, and share a key and a
signature, which nobody verifies here: reading one costs what reading any other costs.
"""

import argparse
import base64
import glob
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "e2e")]

import accounting  # noqa: E402


def name_of(number):
    return "s%06d.bench.example" % number


def fan_of(name):
    return hashlib.sha256(name.encode()).hexdigest()[:2]


def pem(der):
    text = base64.b64encode(der).decode()
    body = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % body


def template():
    """DER of a certificate, what stands in it for the number, and the text behind it in each file."""
    from cryptography.hazmat.primitives import serialization
    from lib.ca import CA
    leaf = CA().leaf(name_of(0), intermediate=True)
    der = leaf.cert.public_bytes(serialization.Encoding.DER)
    serial = leaf.serial.to_bytes((leaf.serial.bit_length() + 7) // 8, "big")[-6:]
    assert der.count(b"s000000") >= 1 and der.count(serial) == 1
    return der, serial, leaf.chain_pem + leaf.key_pem


def write_tree(folder, count):
    """NAME.pem of count names in folder/xx."""
    der, serial, rest = template()
    for i in range(256):
        os.makedirs("%s/%02x" % (folder, i), exist_ok=True)
    for i in range(count):
        name = name_of(i)
        own = der.replace(b"s000000", b"s%06d" % i).replace(serial, i.to_bytes(6, "big"))
        fd = os.open("%s/%s/%s.pem" % (folder, fan_of(name), name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(fd, (pem(own) + rest).encode())
        os.close(fd)


def write_flat(folder, tree, count):
    """The same files once more, all in one folder."""
    os.makedirs(folder, exist_ok=True)
    for i in range(count):
        name = name_of(i)
        if not os.path.exists("%s/%s.pem" % (folder, name)):
            os.link("%s/%s/%s.pem" % (tree, fan_of(name), name), "%s/%s.pem" % (folder, name))


def write_map(path, tree, count):
    with open(path, "w") as f:
        for i in range(count):
            name = name_of(i)
            f.write("%s %s/%s/%s.pem\n" % (name, tree, fan_of(name), name))


def generate(work, counts):
    """{(form, count): what MSSLCertStore is given}. What is there is kept."""
    stores = {}
    for count in counts:
        tree, flat = os.path.join(work, "tree-%d" % count), os.path.join(work, "flat-%d" % count)
        table = os.path.join(work, "sites-%d.map" % count)
        if not os.path.exists(tree + ".done"):
            begun = time.time()
            write_tree(tree, count)
            write_flat(flat, tree, count)
            write_map(table, tree, count)
            open(tree + ".done", "w").close()
            sys.stderr.write("wrote %d names in %.0f s\n" % (count, time.time() - begun))
        stores.update({("fan-out", count): "dir:" + tree, ("flat", count): "dir:" + flat,
                       ("map", count): "map:" + table})
    return stores


def compile_all(build, work):
    subprocess.run(["make", "-s", "-j2", "-f", "Makefile.apxs", "BUILD=" + build], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    objects = [o for part in ("store", "base") for o in glob.glob(os.path.join(build, part, ".libs", "*.o"))]
    flags = subprocess.run("apr-1-config --includes --cppflags --link-ld; apu-1-config --includes --link-ld",
                           shell=True, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    lookup, handshakes = os.path.join(work, "lookup"), os.path.join(work, "handshakes")
    subprocess.run(["gcc", "-O2", "-pthread", "-I" + ROOT, "-o", lookup, os.path.join(HERE, "lookup.c")]
                   + objects + flags + ["-lssl", "-lcrypto"], check=True)
    subprocess.run(["gcc", "-O2", "-pthread", "-o", handshakes, os.path.join(HERE, "handshakes.c"),
                    "-lssl", "-lcrypto"], check=True)
    return lookup, handshakes


CONF = """
MSSLCertStore %s
<VirtualHost 127.0.0.1:{p0}>
ServerName first.bench.example
SSLEngine on
MSSLEngine on
</VirtualHost>
"""


def shake(handshakes, server, count, first, step, span):
    """CPU milliseconds that the server spends on one handshake."""
    before = accounting.cpu_seconds(server.proc.pid)
    out = subprocess.run([handshakes, "-j", "2", str(server.port), str(count), str(first), str(step), str(span)],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    said = json.loads(out)
    assert said["done"] == count and not said["failed"] and not said["wrong"], said
    return (accounting.cpu_seconds(server.proc.pid) - before) / count * 1000


def serve(work, handshakes, store, count, asked):
    """A server on this store: its start, its memory, and what cold and warm handshakes cost."""
    from lib.server import Server
    folder = os.path.join(work, "server-%d" % time.time_ns())
    server = Server(folder, CONF % store, ports=1,
                    main="LogLevel warn\nStartServers 1\nServerLimit 1\nMaxRequestWorkers 12\n")
    begun = time.time()
    server.start()
    try:
        started = time.time() - begun
        shake(handshakes, server, 50, 0, 1, 50)
        cold = shake(handshakes, server, asked, 50, 7919, count)
        hot = min(300, count)
        shake(handshakes, server, hot, 0, 1, hot)
        warm = shake(handshakes, server, 4 * hot, 0, 1, hot)
        return {"start_s": started, "cold_ms": cold, "handshake_ms": warm,
                "pss_mb": accounting.pss_mb(server.proc.pid)}
    finally:
        server.stop()


def look(lookup, store, count, asked):
    out = subprocess.run([lookup, store, str(asked), str(count)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(out.stdout)


def measure(work, tools, stores, asked, rounds):
    """A row for each store. Stores take turns, so that what else the machine does meets all of them."""
    runs = {key: [] for key in stores}
    for _ in range(rounds):
        for (form, count), store in stores.items():
            runs[form, count].append({**look(tools[0], store, count, asked),
                                      **serve(work, tools[1], store, count, asked)})
    return [{"form": form, "names": count, **{
        key: statistics.median(run[key] for run in found) for key in found[0] if key not in ("store", "names")}}
        for (form, count), found in sorted(runs.items())]


def show(rows):
    head = ("store", "names", "open ms", "cold us", "warm us", "stat us", "unknown us",
            "memory MB", "start s", "cold hs ms", "warm hs ms", "PSS MB")
    keys = ("form", "names", "open_ms", "cold_us", "warm_us", "stat_us", "unknown_us",
            "resident_mb", "start_s", "cold_ms", "handshake_ms", "pss_mb")
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for row in rows:
        cells = ["{:,}".format(row[k]) if k == "names" else row[k] if k == "form"
                 else "-" if k not in row else "%.2f" % row[k] for k in keys]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=1000000)
    parser.add_argument("--asked", type=int, default=1000, help="names looked up in each store, at most 1,000")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many is shown")
    parser.add_argument("--work", default="/tmp/mssl-scale")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("BUILD", "build")))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    os.environ["BUILD"] = args.build        # lib.server loads that module
    os.makedirs(args.work, exist_ok=True)
    os.chmod(args.work, 0o755)
    lookup, handshakes = compile_all(args.build, args.work)
    counts = sorted({min(1000, args.names), args.names})
    stores = generate(args.work, counts)
    rows = measure(args.work, (lookup, handshakes), stores, min(args.asked, counts[0]), args.rounds)
    if args.json:
        print(json.dumps({"date": time.strftime("%F %T"), "cpu": re.search(
            r"model name\s*: (.*)", open("/proc/cpuinfo").read()).group(1), "cores": os.cpu_count(),
            "rows": rows}, indent=1))
    else:
        show(rows)


if __name__ == "__main__":
    main()
