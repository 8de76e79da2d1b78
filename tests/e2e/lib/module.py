# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Modules of the tests' own, built with apxs as an admin would build one."""

import os
import shutil
import subprocess

from .server import APXS

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def build_module(workdir, name):
    """tests/e2e/NAME/mod_NAME.c, built once a run. Returns the file that LoadModule takes."""
    folder = os.path.join(workdir, "module-" + name)
    so = os.path.join(folder, ".libs", "mod_%s.so" % name)
    if not os.path.exists(so):
        shutil.copytree(os.path.join(HERE, name), folder, dirs_exist_ok=True)
        p = subprocess.run([APXS, "-c", "-Wc,-Wall", "-Wc,-Werror=implicit-function-declaration",
                            "mod_%s.c" % name], cwd=folder, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert p.returncode == 0, p.stdout
    return so
