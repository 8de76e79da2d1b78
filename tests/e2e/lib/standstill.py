# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Hooks of pytest: a test that failed while the machine stood still (a virtual machine that was paused, a
disk that took no write) is run once more, with everything made anew, and the report says so. Tests judge
the module, not the machine; one that fails without that has failed. A process of its own watches: it does
nothing but sleep and write a little, and notes what took much longer than that takes.
"""

import os
import select
import subprocess
import sys
import tempfile
import time

import pytest
from _pytest.runner import runtestprotocol

STEP = 0.1      # seconds that the watcher sleeps
LATE = 0.5      # what is later than that was not let run

_again = []


class Watcher:
    """Notes when the machine stood still, and for how long."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mssl-e2e-watch.")
        self.proc = subprocess.Popen([sys.executable, os.path.abspath(__file__), self.folder.name],
                                     stdin=subprocess.PIPE)
        self._await_step()

    def longest(self, since):
        """The longest standstill that ended since then (time.monotonic()), in seconds, or 0."""
        self._await_step()     # what has just ended is noted then
        return max((late for ended, late in self._read("notes") if ended >= since), default=0)

    def _await_step(self):
        """Until the watcher begins a step."""
        asked = time.monotonic()
        while self._read("began") < [[asked]]:
            assert self.proc.poll() is None, "the watcher has ended"
            time.sleep(STEP / 2)

    def _read(self, name):
        try:
            with open(os.path.join(self.folder.name, name)) as f:
                return [[float(n) for n in line.split()] for line in f]
        except FileNotFoundError:
            return []

    def end(self):
        self.proc.stdin.close()
        self.proc.wait()
        self.folder.cleanup()


def _watch(folder):
    """Until standard input ends."""
    path = os.path.join(folder, "began")
    with open(os.path.join(folder, "notes"), "a", buffering=1) as notes:
        while True:
            began = time.monotonic()
            with open(path + "~", "w") as f:
                f.write("%f\n" % began)
            os.rename(path + "~", path)
            if select.select([sys.stdin], [], [], STEP)[0]:
                return
            late = time.monotonic() - began - STEP
            if late > LATE:
                notes.write("%f %f\n" % (time.monotonic(), late))


def _make_all_anew(item):
    """Every fixture that is still up ends; what that says belongs to the run that does not count."""
    try:
        item.session._setupstate.teardown_exact(None)
    except Exception as e:
        sys.stderr.write("\n%r\n" % e)


def pytest_sessionstart(session):
    session.config.standstill = Watcher()


def pytest_runtest_protocol(item, nextitem):
    began = time.monotonic()
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    late = item.config.standstill.longest(began) if any(r.failed for r in reports) else 0
    if late:
        why = next(r.longreprtext for r in reports if r.failed).rstrip().rpartition("\n")[2]
        _again.append("%s: the machine stood still for %.1f s, so it was run again; before that: %s"
                      % (item.nodeid, late, why))
        _make_all_anew(item)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter):
    for line in _again:
        terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    if hasattr(config, "standstill"):
        config.standstill.end()


if __name__ == "__main__":
    _watch(sys.argv[1])
