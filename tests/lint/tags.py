#!/usr/bin/env python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Each MSSLNO(n) stands once in the sources, has one row in docs/log-tags.md with cause and
remedy, and no row is without its line in the sources."""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("", "lib/*", "httpd/*", "switch", "tools/*")
COLUMNS = 5  # tag, severity, text, cause, remedy


def used():
    tags = collections.defaultdict(list)
    for folder in FOLDERS:
        for path in sorted(ROOT.glob(f"{folder}/*.[ch]".lstrip("/"))):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for tag in re.findall(r"MSSLNO\((\w+)\)", line):
                    if not line.startswith("#define"):
                        tags[tag].append(f"{path.relative_to(ROOT)}:{number}")
    return tags


def documented():
    rows = collections.defaultdict(list)
    for line in (ROOT / "docs/log-tags.md").read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        match = re.fullmatch(r"MSSL(\d{4})", cells[0])
        if match:
            rows[match.group(1)].append(cells)
    return rows


def main():
    tags, rows = used(), documented()
    faults = [f"MSSLNO({t}) is not a number of four digits: {at}" for t, at in tags.items()
              if not re.fullmatch(r"\d{4}", t)]
    faults += [f"MSSL{t} is used more than once: {', '.join(at)}" for t, at in tags.items()
               if len(at) > 1]
    faults += [f"MSSL{t} has no row in docs/log-tags.md ({tags[t][0]})" for t in sorted(tags)
               if t not in rows]
    for tag, found in sorted(rows.items()):
        if tag not in tags:
            faults.append(f"MSSL{tag} is documented, and no source has it")
        if len(found) > 1:
            faults.append(f"MSSL{tag} has {len(found)} rows")
        if any(len(cells) != COLUMNS or not all(cells) for cells in found):
            faults.append(f"MSSL{tag}: its row needs tag, severity, text, cause, remedy")
    print("\n".join(faults) or f"tags: {len(tags)} used once and documented")
    return 1 if faults else 0


sys.exit(main())
