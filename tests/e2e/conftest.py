# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Fixtures. Every server that a test started is watched: a warning, error or crash in its log that
no test declared fails the test during which it came. What httpd says on this machine without the
module at every start is not ours.
"""

import os
import re
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.ca import CA  # noqa: E402
from lib.server import Server  # noqa: E402
from lib.standstill import (  # noqa: E402,F401
    pytest_runtest_protocol, pytest_sessionstart, pytest_terminal_summary, pytest_unconfigure)
from lib.stock import STOCK  # noqa: E402
from lib.world import World  # noqa: E402

# Lines of the error log that tell what became of the module, among all that is said of handshakes.
SAID = re.compile(r"\[mssl:(?!debug).*MSSL\d{4}|:(warn|error|crit|alert|emerg)\]|exit signal")

_counts = {"passed": 0, "failed": 0}
_failures = []
_watched = []


def _note_failure(report):
    _counts["failed"] += 1
    _failures.append("FAILED%s %s: %s" % (" with ASan:" if os.environ.get("MSSL_ASAN") else "", report.nodeid,
                                          report.longreprtext.rstrip().rpartition("\n")[2][:300]))


def pytest_runtest_logreport(report):
    if report.failed:
        _note_failure(report)
    elif report.passed and report.when == "call":
        _counts["passed"] += 1


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """What the servers of a test that failed said last: who reads a log of CI has nothing else of them."""
    report = (yield).get_result()
    for s in _watched if report.failed else []:
        told = [line for line in s.error_log().splitlines() if SAID.search(line)]
        report.sections.append((s.error_path + " ends with", "\n".join(told[-20:])))


def pytest_collectreport(report):
    if report.failed:
        _note_failure(report)


def pytest_sessionfinish(session):
    """
    tests/run adds the counts up, and repeats what failed at the end. What is skipped is neither, and
    pytest -rs says why.
    """
    path = os.environ.get("MSSL_TEST_COUNTS")
    if path:
        with open(path, "w") as f:
            f.write("%d %d\n" % (_counts["passed"], _counts["failed"]))
        with open(path + ".failures", "a") as f:
            f.writelines(line + "\n" for line in _failures)


@pytest.fixture(scope="session")
def ca():
    return CA()


@pytest.fixture(scope="session")
def workdir():
    """A folder that httpd's children can enter; kept with MSSL_KEEP=1 or after a failure."""
    path = tempfile.mkdtemp(prefix="mssl-e2e.")
    os.chmod(path, 0o755)
    yield path
    if os.environ.get("MSSL_KEEP") != "1" and _counts["failed"] == 0:
        shutil.rmtree(path, ignore_errors=True)
    else:
        sys.stderr.write("\nservers' folders are kept in %s\n" % path)


def _fresh(workdir, request):
    name = "".join(c if c.isalnum() else "_" for c in request.node.name)[:40]
    return tempfile.mkdtemp(prefix=name + ".", dir=workdir)


def _check_logs():
    bad = [(s.error_path, line) for s in _watched for line in s.unexpected() if not STOCK.says(line)]
    _watched[:] = [s for s in _watched if s.proc is not None]
    assert not bad, "unexpected in the error log:\n" + "\n".join("%s: %s" % b for b in bad[:10])


@pytest.fixture(autouse=True)
def logs_are_clean():
    yield
    _check_logs()


def _factory(workdir, request):
    made = []

    def make(cls, *args, **kw):
        thing = cls(_fresh(workdir, request), *args, **kw)
        server = getattr(thing, "server", thing)
        made.append(server)
        _watched.append(server)
        return thing

    return made, make


def _end(made):
    for server in made:
        server.stop()
    _check_logs()


@pytest.fixture
def new_server(workdir, request):
    """new_server(conf, ...) makes a Server that is not started yet."""
    made, make = _factory(workdir, request)
    yield lambda *a, **kw: make(Server, *a, **kw)
    _end(made)


@pytest.fixture(scope="module")
def module_server(workdir, request):
    """The same for a server that the tests of a file share."""
    made, make = _factory(workdir, request)
    yield lambda *a, **kw: make(Server, *a, **kw)
    _end(made)


@pytest.fixture
def new_world(workdir, request, ca):
    """new_world(...) makes a World that is not started yet."""
    made, make = _factory(workdir, request)
    yield lambda *a, **kw: make(World, ca, *a, **kw)
    _end(made)


@pytest.fixture(scope="module")
def module_world(workdir, request, ca):
    made, make = _factory(workdir, request)
    yield lambda *a, **kw: make(World, ca, *a, **kw)
    _end(made)
