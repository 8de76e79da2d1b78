#!/usr/bin/env python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""docs/msslctl.md has a section for each command of tools/msslctl/table.c, and names each option; it has none
that is not there. Usage, completions and the manual page are made from the table itself."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    table = (ROOT / "tools/msslctl/table.c").read_text()
    page = (ROOT / "docs/msslctl.md").read_text()
    commands = set(re.findall(r'\[CTL_[A-Z]+\] = \{ "([a-z]+)"', table))
    options = set(re.findall(r'\[CTL_OPT_[A-Z_]+\] = \{ "(--[a-z-]+)"', table))
    sections = set(re.findall(r"^## `msslctl ([a-z]+)", page, re.M))
    named = set(re.findall(r"`(--[a-z-]+)", page))
    faults = [f"docs/msslctl.md: no section for the command {c}" for c in sorted(commands - sections)]
    faults += [f"docs/msslctl.md: there is no command {c}" for c in sorted(sections - commands)]
    faults += [f"docs/msslctl.md: does not name {o}" for o in sorted(options - named)]
    faults += [f"docs/msslctl.md: there is no option {o}" for o in sorted(named - options)]
    if not commands or not options:
        faults.append("tools/msslctl/table.c: no table found")
    print("\n".join(faults) or f"msslctl: {len(commands)} commands, {len(options)} options documented")
    return 1 if faults else 0


sys.exit(main())
