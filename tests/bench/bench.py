# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
make -f Makefile.apxs bench [BENCH_ARGS="--json --full --only warm|start|peers|request|inventory|full"]

Compares mod_mssl with mod_ssl, nginx, HAProxy and hitch on loopback. The figures detect regressions
and show orders of magnitude; they are not what a real site sees. CPU is what the kernel accounts to
all processes of a server; the client's is not counted. Servers that are compared run at the same time
and are loaded in turns (A B B A), so that a busy machine slows all of them.
"""

import argparse
import contextlib
import datetime
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

import accounting
import instructions
import inventory
import report
import servers
from servers import (HAProxy, Hitch, ModMsslDirect, ModMsslLight, ModMsslOne, ModSsl,
                     Nginx, NginxVariable)

BUILD = os.path.dirname(os.path.dirname(servers.MODULE))
HOME = os.path.join(BUILD, "bench")
GENCERTS = os.path.join(HOME, "gencerts")
HANDSHAKES = os.path.join(HOME, "handshakes")
WALKS = os.path.join(HOME, "walks")

CERT_DAYS = 60      # certificates of an earlier run are made anew after this
SPREAD_OVER = 500   # names that a server of many is asked for, evenly over all of them
QUICK = 2.0         # seconds: what starts faster than this is started again
STARTS = 7

# Servers of the first table, one start each, loaded in turns in small bursts.
PAIRS = [(ModSsl, 1), (ModMsslOne, 1), (ModMsslOne, 1000), (ModSsl, 1000)]
PAIR_ROUNDS, PAIR_BURST = 60, 150
STARTS_OF = [(ModMsslOne, 1), (ModMsslOne, 10000), (ModMsslOne, 100000), (ModSsl, 10000)]

PEERS = [(ModMsslOne, 1), (ModMsslOne, 1000), (ModMsslOne, 10000), (ModMsslOne, 100000),
         (ModMsslDirect, 10000),
         (ModMsslLight, 1), (ModMsslLight, 1000), (ModMsslLight, 10000),
         (ModSsl, 1), (ModSsl, 1000), (ModSsl, 10000),
         (Nginx, 1), (Nginx, 1000), (Nginx, 10000),
         (NginxVariable, 1), (NginxVariable, 1000), (NginxVariable, 10000), (NginxVariable, 100000),
         (HAProxy, 1), (HAProxy, 1000), (HAProxy, 10000),
         (Hitch, 1), (Hitch, 1000), (Hitch, 10000)]
# Minutes each; mod_ssl with 100,000 virtual hosts would need hours.
PEERS_FULL = [(ModMsslLight, 100000), (Nginx, 100000), (HAProxy, 100000), (Hitch, 100000)]
PEER_ROUNDS, PEER_BURST = 8, 150


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


# Certificates

def cert_folder(n):
    """The certificates of n names; made once, and kept for later runs."""
    folder = os.path.join(HOME, "certs-%d" % n)
    stamp = folder + ".made"
    if not os.path.exists(stamp) or time.time() - os.path.getmtime(stamp) > CERT_DAYS * 86400:
        say("making %d certificates" % n)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([GENCERTS, folder, "0", str(n), "640"], check=True)
        servers.readable_by_workers(folder)
        open(stamp, "w").close()
    return folder


def replace_cert(server, number):
    subprocess.run([GENCERTS, server.certs, str(number), "1", "640"], check=True)


# Load

def shake(server, count, first=0, threads=2):
    """Handshakes over the names that are asked for; all must succeed, with the right certificate."""
    step = max(1, server.n // SPREAD_OVER)
    done = subprocess.run([HANDSHAKES, "-j", str(threads), str(server.port), str(count),
                           str(first * step), str(step), str(server.n)], stdout=subprocess.PIPE)
    result = json.loads(done.stdout)
    if result["failed"] or result["wrong"]:
        raise RuntimeError("%s: %s" % (server, result))


def cost(server, count, first=0):
    """Server CPU per handshake in milliseconds."""
    before = accounting.cpu_seconds(server.proc.pid)
    shake(server, count, first)
    return (accounting.cpu_seconds(server.proc.pid) - before) / count * 1e3


def warm_up(server):
    names = min(server.n, SPREAD_OVER)
    shake(server, max(100, 2 * names))


def in_turns(running, rounds, burst):
    """CPU per warm handshake of each server, a value per round."""
    samples = [[] for _ in running]
    for r in range(rounds):
        order = range(len(running)) if r % 2 == 0 else reversed(range(len(running)))
        for i in order:
            samples[i].append(cost(running[i], burst, first=r * burst))
    return samples


def ratios(samples, base):
    """Of each round's values, as neighbours in time saw the same machine."""
    return [a / b for a, b in zip(samples, base)]


# Single measurements

def measure_cold(server):
    """First handshakes with names that this server was not asked for before, in five bursts."""
    names = min(server.n, SPREAD_OVER)
    if names < SPREAD_OVER:
        return []
    return [cost(server, names // 5, first=i * names // 5) for i in range(5)]


def measure_starts(running):
    """
    Start each in turns; the last start stays up. Slow ones are started once.
    Returns for each lists of seconds, CPU seconds, MB then, and ms of cold handshakes.
    """
    results = [{"start_s": [], "start_cpu_s": [], "pss_mb": [], "cold_ms": []} for _ in running]
    for r in range(STARTS):
        for server, result in zip(running, results):
            if r > 0 and result["start_s"][0] > QUICK:
                continue
            server.stop()
            result["start_s"].append(server.start())
            result["start_cpu_s"].append(server.cpu_at_start)
            result["pss_mb"].append(accounting.pss_mb(server.proc.pid))
            result["cold_ms"] += measure_cold(server)
    return results


def measure_reload(server):
    """
    Reload under load. Returns seconds until the new generation answers (for servers that pick up
    files by reload: with a certificate that was changed just before), and the worst handshake meanwhile.
    """
    number = server.n // 2
    load = subprocess.Popen([HANDSHAKES, "-s", str(servers.PATIENCE), str(server.port), "0", "0",
                             str(max(1, server.n // SPREAD_OVER)), str(server.n)],
                            stdout=subprocess.PIPE)
    try:
        return reload_under(load, server, number)
    finally:
        load.kill()
        load.wait()


def reload_under(load, server, number):
    time.sleep(0.3)
    if not server.live:
        old = server.shown(number)
        replace_cert(server, number)
    before, begun = server.generation(), time.monotonic()
    server.reload()
    if server.live:
        server.wait(lambda: server.generation() != before, "the reload")
    else:
        server.wait(lambda: server.shown(number) not in (None, old), "the reload")
    took = time.monotonic() - begun
    time.sleep(1.0)  # what the old processes' end costs belongs to it
    load.send_signal(signal.SIGTERM)
    result = json.loads(load.communicate()[0])
    return {"reload_s": took, "reload_worst_ms": result["worst_ms"],
            "reload_failed": result["failed"], "reload_wrong": result["wrong"],
            "changed_s": None if server.live else took}


def measure_change(server):
    """Seconds until a changed file is served without a reload."""
    number = server.n // 2
    took = []
    for _ in range(5):
        old = server.shown(number)
        replace_cert(server, number)
        begun = time.monotonic()
        server.wait(lambda: server.shown(number) not in (None, old), "the changed certificate")
        took.append(time.monotonic() - begun)
        time.sleep(0.3)
    return statistics.median(took)


def measure_pair_memory(work):
    """KB of memory per cached name: what 3,500 more names cost a child that has served 500."""
    server = ModMsslOne(work, cert_folder(10000), 10000)
    try:
        server.start()
        warm_up(server)
        before = accounting.pss_mb(server.proc.pid)
        step = 2
        subprocess.run([HANDSHAKES, "-j", "2", str(server.port), "3500", "1", str(step), "10000"],
                       check=True, stdout=subprocess.DEVNULL)
        return (accounting.pss_mb(server.proc.pid) - before) * 1024 / 3500
    finally:
        server.stop()


# Tables

def spreads(server, result):
    return {"server": server.label, "names": server.n,
            **{key: accounting.spread(values) for key, values in result.items()}}


@contextlib.contextmanager
def made(group, work):
    """The servers, not yet started; stopped at the end."""
    running = [cls(work, cert_folder(n), n) for cls, n in group]
    try:
        yield running
    finally:
        for server in running:
            server.stop()


def run_warm_pairs(work):
    say("warm handshakes")
    with made(PAIRS, work) as running:
        for server in running:
            server.start()
            warm_up(server)
            warm_up(server)
        samples = in_turns(running, PAIR_ROUNDS, PAIR_BURST)
    return [spreads(server, {"warm_ms": warm, "warm_ratio": ratios(warm, samples[0])})
            for server, warm in zip(running, samples)]


def run_start_pairs(work):
    say("starts")
    with made(STARTS_OF, work) as running:
        results = measure_starts(running)
    base = results[0]
    for result in results:
        del result["cold_ms"]
        result["start_ratio"] = ratios(result["start_s"], base["start_s"])
        result["start_cpu_ratio"] = ratios(result["start_cpu_s"], base["start_cpu_s"])
    return [spreads(server, result) for server, result in zip(running, results)]


def run_peer(cls, n, work):
    """
    One row. The server is alone while its memory is measured, as pages that it shared with others would
    count in part only; its warm handshakes alternate with those of a mod_ssl with one vhost.
    """
    row = {"server": cls.label, "names": n}
    try:
        with made([(cls, n), (ModSsl, 1)], work) as (server, base):
            row.update(spreads(server, measure_starts([server])[0]))
            warm_up(server)
            row["pss_warm_mb"] = accounting.pss_mb(server.proc.pid)
            base.start()
            warm_up(base)
            warm, of_base = in_turns([server, base], PEER_ROUNDS, PEER_BURST)
            base.stop()
            row.update(spreads(server, {"warm_ms": warm, "warm_ratio": ratios(warm, of_base)}))
            row.update(measure_reload(server))
            if server.live:
                row["changed_s"] = measure_change(server)
    except servers.TooSlow as e:
        row["gave_up"] = str(e)
    say(json.dumps(row))    # a run that is cut short leaves what it had
    return row


# The machine

def version(*command):
    try:
        text = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, env={**os.environ, "PATH": servers.PATH}).stdout
    except OSError:
        return "not installed"
    return re.search(r"\d+\.\d+(\.\d+)?[\w.~+-]*", text).group(0)


def machine():
    with open("/proc/cpuinfo") as f:
        cpu = re.search(r"model name\s*: (.*)", f.read())
    with open("/etc/debian_version") as f:
        debian = f.read().strip()
    return {"date": datetime.datetime.now().isoformat(" ", "minutes"),
            "cpu": cpu.group(1) if cpu else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release(), "debian": debian,
            "command": os.environ.get("BENCH_COMMAND", " ".join(sys.argv)),
            "load": [round(x, 2) for x in os.getloadavg()],
            "versions": {"httpd": version("apache2", "-v"), "OpenSSL": version("openssl", "version"),
                         "nginx": version("nginx", "-v"), "HAProxy": version("haproxy", "-v"),
                         "hitch": version("hitch", "-V")}}


def main():
    parser = argparse.ArgumentParser(description="mod_mssl and its peers on loopback")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--full", action="store_true", help="also what takes minutes per row")
    parser.add_argument("--only", choices=("warm", "start", "peers", "request", "inventory", "full"),
                        help="one of the parts; full: what --full adds")
    args = parser.parse_args()
    work = os.path.join(HOME, "work")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    os.chmod(HOME, 0o755)
    begun = time.monotonic()
    out = {"note": "detects regressions, not a real-world figure", **machine()}
    if args.only in (None, "warm"):
        out["warm"] = run_warm_pairs(work)
    if args.only in (None, "start"):
        out["start"] = run_start_pairs(work)
        out["kb_per_cached_name"] = measure_pair_memory(work)
    if args.only in (None, "request"):
        say("instructions of a request")
        out["request"] = instructions.run(work, cert_folder(1))
        out["plain"] = instructions.run_plain(work, cert_folder(1))
    if args.only in (None, "inventory"):
        say("walks of the inventory")
        out["inventory"] = inventory.run(WALKS, cert_folder(inventory.NAMES), work)
    if args.only in (None, "peers", "full"):
        group = PEERS if args.only != "full" else []
        group = group + (PEERS_FULL if args.full or args.only == "full" else [])
        out["peers"] = [run_peer(cls, n, work) for cls, n in group if cls.is_there()]
    out["load_after"] = [round(x, 2) for x in os.getloadavg()]
    out["minutes"] = round((time.monotonic() - begun) / 60, 1)
    if args.json:
        json.dump(out, sys.stdout, indent=1)
        print()
    else:
        report.print_all(out)
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
