# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The tests' own: what fails while the machine stands still is run again, and nothing else."""

import os
import subprocess
import sys

TESTS = """
import os
import signal
import time
import pytest

RUNS = []

@pytest.fixture(scope="module")
def made():
    RUNS.append("made")

def stand_still(request):
    watcher = request.config.standstill.proc.pid
    os.kill(watcher, signal.SIGSTOP)
    time.sleep(1)
    os.kill(watcher, signal.SIGCONT)

def test_wrong(made):
    RUNS.append("wrong")
    assert RUNS.count("wrong") > 1

def test_right(made):
    pass

def test_stood_still(request, made):
    RUNS.append("run")
    if RUNS.count("run") == 1:
        stand_still(request)
        assert "in time" == ""
    assert RUNS == ["made", "wrong", "run", "made", "run"]

def test_always_stands_still(request):
    stand_still(request)
    assert "late each time" == ""
"""


def test_run_again(tmp_path):
    path = tmp_path / "test_it.py"
    path.write_text(TESTS)
    (tmp_path / "conftest.py").write_text("import sys\nsys.path.insert(0, %r)\nfrom lib.standstill import *\n"
                                          % os.path.dirname(os.path.abspath(__file__)))
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)],
                          cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    for name in ("test_always_stands_still", "test_wrong"):
        assert "FAILED test_it.py::%s" % name in done.stdout, done.stdout
    told = [line for line in done.stdout.splitlines() if "stood still for" in line]
    names = [line.split(":")[2] for line in told]
    assert names == ["test_stood_still", "test_always_stands_still"], done.stdout
    assert told[0].endswith("test_it.py:30: AssertionError"), told[0]
