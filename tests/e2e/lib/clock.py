# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A server whose calendar can be turned while it runs (tests/e2e/clock/clock.c)."""

import os
import subprocess

from .server import ROOT

SOURCE = os.path.join(ROOT, "tests", "e2e", "clock", "clock.c")


def install(server):
    """Before its start. Not together with ASan, which wants to be loaded first, too."""
    library = server.path("clock.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-U_FORTIFY_SOURCE", "-D_GNU_SOURCE", "-o", library, SOURCE,
                    "-ldl"], check=True)
    server.env["LD_PRELOAD"] = library
    server.env["CLOCK_DAYS"] = server.path("clock")
    turn(server, 0)


def _write(server, text):
    new = server.path("clock.new")
    with open(new, "w") as f:
        f.write(text)
    os.rename(new, server.path("clock"))


def turn(server, days):
    """So many days off from now on, at a stroke."""
    _write(server, "%d" % days)


def step(server, seconds):
    """The same by seconds."""
    _write(server, "%ds" % seconds)
