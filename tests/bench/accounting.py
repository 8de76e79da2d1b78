# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What the kernel says a server has used: CPU time and memory of all its processes."""

import re
import statistics
import time


def tree(pid):
    """A process and all that descend from it."""
    found = [pid]
    for parent in found:
        try:
            with open("/proc/%d/task/%d/children" % (parent, parent)) as f:
                found += [int(child) for child in f.read().split()]
        except OSError:
            pass
    return found


def cpu_seconds(pid):
    """
    User and system time of a tree. The process's CPU clock is utime + stime of /proc/PID/stat, but
    in nanoseconds instead of ticks of 10 ms (clock_getcpuclockid(3)); it includes threads that
    have ended.
    """
    total = 0.0
    for each in tree(pid):
        try:
            total += time.clock_gettime((~each << 3) | 2)
        except OSError:
            pass
    return total


def pss_mb(pid):
    """Proportional set size: what processes share counts once."""
    total = 0
    for each in tree(pid):
        try:
            with open("/proc/%d/smaps_rollup" % each) as f:
                total += int(re.search(r"^Pss:\s+(\d+) kB", f.read(), re.M).group(1))
        except (OSError, AttributeError):
            pass
    return total / 1024


def spread(values):
    """Median, lowest and highest quartile; None for what was not measured."""
    if not values:
        return None
    if len(values) < 4:
        low, high = min(values), max(values)
    else:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": statistics.median(values), "low": low, "high": high, "n": len(values)}
