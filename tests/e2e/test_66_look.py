# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Visitors' pages in every language, on a phone and a desk, as Chromium lays them out."""

import os
import subprocess

import pytest
from lib import look
from lib.server import BUILD, MAKE

pytestmark = pytest.mark.skipif(look.CHROMIUM is None, reason="needs chromium: BROWSER=1 sh tests/run installs it")

# In the place of the name and the servers that render.c puts in: the longest ones.
LONGEST = ".".join(["a" * 63, "b" * 63, "c" * 63, "test"])


def test_every_page_fits(tmp_path):
    folder = str(tmp_path)
    subprocess.run(MAKE + [os.path.join(BUILD, "look/render")], check=True)
    subprocess.run([os.path.join(BUILD, "look/render"), folder], check=True)
    pages = sorted(os.listdir(folder))
    bare = [p for p in pages if p.endswith("-bare.html")]
    full = [p for p in pages if p not in bare]
    assert len(bare) == len(full) == 17 * 8
    for page in full:
        with open(os.path.join(folder, page), encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(folder, "long-" + page), "w", encoding="utf-8") as f:
            f.write(text.replace("a-rather-long-name.of-a-department.example-company.test", LONGEST)
                    .replace("hosting.example", LONGEST))
    assert look.find_faults(folder, full) == []
    assert look.find_faults(folder, bare + ["long-" + p for p in full], [320]) == []
