# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The inventory of 100,000 names: CPU of its first walk and of one where nothing has changed, of what it does for
the history behind each, and its memory, with a history and without one. By the code of the inventory's process in a program of its own (walks.c),
which does not keep to 1,000 names a second: in a server the same work takes some minutes.
"""

import json
import os
import re
import shutil
import subprocess
import threading

NAMES = 100000
KEEPS = (0, 2)


def pss_mb(pid):
    try:
        with open("/proc/%d/smaps_rollup" % pid) as f:
            return int(re.search(r"^Pss:\s+(\d+) kB", f.read(), re.M).group(1)) / 1024
    except (OSError, AttributeError):
        return 0.0


def watch(proc, samples, over):
    while not over.wait(0.1):
        samples.append(pss_mb(proc.pid))


def run_one(program, store, state, keep):
    """One row. The folder of what it writes is made anew: nothing is known at the beginning."""
    shutil.rmtree(state, ignore_errors=True)
    os.makedirs(state)
    row, samples, over = {"names": NAMES, "keep": keep}, [], threading.Event()
    with subprocess.Popen([program, store, state, str(keep)], stdout=subprocess.PIPE, text=True) as proc:
        watcher = threading.Thread(target=watch, args=(proc, samples, over))
        watcher.start()
        try:
            for line in proc.stdout:
                said = json.loads(line)
                row[said["walk"] + "_cpu_s"] = said["cpu_s"]
                row[said["walk"] + "_history_cpu_s"] = said["history_cpu_s"]
        finally:
            over.set()
            watcher.join()
    if proc.returncode != 0:
        raise RuntimeError("%s ended with %d" % (program, proc.returncode))
    row["pss_mb"] = max(samples)
    shutil.rmtree(state)
    return row


def run(program, store, work):
    return [run_one(program, store, os.path.join(work, "inventory-%d" % keep), keep) for keep in KEEPS]
