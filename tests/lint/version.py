#!/usr/bin/env python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The version in mod_mssl.h is the one that CHANGES begins with."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    header = re.search(r'#define MSSL_VERSION "([\d.]+)"', (ROOT / "mod_mssl.h").read_text())
    changes = re.match(r"Changes with mod_mssl ([\d.]+)\n", (ROOT / "CHANGES").read_text())
    if not header or not changes or header.group(1) != changes.group(1):
        print("version: mod_mssl.h and CHANGES do not name the same one")
        return 1
    print(f"version: {header.group(1)}")
    return 0


sys.exit(main())
