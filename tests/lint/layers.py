#!/usr/bin/env python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Holds the house of docs/architecture.md: includes point only downward and never to a neighbour of
the same layer, no cycle of units, files under 500 lines, functions under 60, banners in place."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = {
    "lib/base": 0,
    "lib/broker": 1,
    "lib/files": 1,
    "lib/pages": 1,
    "lib/pair": 1,
    "lib/process": 1,
    "lib/providers": 2,
    "lib/store": 2,
    "lib/verdict": 2,
    "lib/notify": 2,
    "lib/inventory": 3,
    "lib/issue": 3,
    "lib/steward": 4,
    "lib/explain": 4,
    "lib/status": 5,
    "httpd/intent": 1,
    "httpd/conf": 4,
    "httpd/server": 5,
    "httpd/guard": 6,
    "httpd/start": 6,
    "httpd/tls": 6,
    "switch": 6,
    "httpd/scheme": 7,
    "httpd/status": 7,
    ".": 8,
}
PUBLIC = "mod_mssl.h"  # includes none of ours, so everyone may include it
FILE_MAX, FUNCTION_MAX = 500, 60
BANNER = ("Copyright 2026 the mod_mssl developers", "SPDX-License-Identifier: Apache-2.0")


def sources():
    for folder in LAYERS:
        yield from sorted(p for p in (ROOT / folder).glob("*.[ch]"))


def includes(path):
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.M)


def check_boundary(path):
    """Nothing of lib/ and tools/ knows httpd: neither our parts that do, nor its headers."""
    name = path.relative_to(ROOT).as_posix()
    if name.startswith(("lib/", "tools/")):
        for target in re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', path.read_text(), re.M):
            if target.startswith(("httpd/", "switch/", "http", "ap_")):
                yield f"{name}: includes {target}, and is to know nothing of httpd"


def check_layers(path):
    name, folder = path.relative_to(ROOT).as_posix(), path.parent.relative_to(ROOT).as_posix()
    for target in includes(path):
        if name == PUBLIC:
            yield f"{name}: includes {target}, but is to include nothing of ours"
        elif target != PUBLIC:
            other = str(pathlib.PurePosixPath(target).parent)
            if not (ROOT / target).is_file() or other not in LAYERS:
                yield f"{name}: {target} is not a path from the root to one of our headers"
            elif other != folder and LAYERS[other] >= LAYERS[folder]:
                yield f"{name}: includes {target}, which is not below it"


def find_cycle(graph):
    done, way = set(), []

    def visit(unit):
        if unit in way:
            return way[way.index(unit):] + [unit]
        if unit in done:
            return None
        way.append(unit)
        for other in sorted(graph.get(unit, ())):
            cycle = visit(other)
            if cycle:
                return cycle
        way.pop()
        done.add(unit)
        return None

    return next(filter(None, map(visit, sorted(graph))), None)


def unit_of(name):
    """foo.c and foo.h are one unit."""
    return str(pathlib.PurePosixPath(name).with_suffix(""))


def check_cycles(paths):
    graph = {}
    for path in paths:
        if path.parent != ROOT:  # mod_mssl.c sees all, mod_mssl.h includes none
            unit = unit_of(path.relative_to(ROOT).as_posix())
            others = {unit_of(t) for t in includes(path) if t != PUBLIC}
            graph.setdefault(unit, set()).update(others - {unit})
    cycle = find_cycle(graph)
    if cycle:
        yield "include cycle: " + " -> ".join(cycle)


def check_sizes(path):
    name, begin = path.relative_to(ROOT).as_posix(), None
    lines = path.read_text().splitlines()
    if len(lines) >= FILE_MAX:
        yield f"{name}: {len(lines)} lines, {FILE_MAX} are too many"
    for number, line in enumerate(lines, 1):
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            if number - begin + 1 >= FUNCTION_MAX:
                yield f"{name}:{begin}: function of {number - begin + 1} lines"
            begin = None


def check_banner(path):
    head = path.read_text().splitlines()[:3]
    if not all(any(line in got for got in head) for line in BANNER):
        yield f"{path.relative_to(ROOT)}: the two-line banner is missing"


def main():
    paths = list(sources())
    tests = [p for s in ("c", "h", "py", "mk") for p in sorted((ROOT / "tests").rglob(f"*.{s}"))]
    faults = [f for p in paths for check in (check_layers, check_boundary, check_sizes) for f in check(p)]
    faults += [f for p in tests if p.suffix in (".c", ".h") for f in check_sizes(p)]
    faults += [f for p in paths + tests if p.stat().st_size for f in check_banner(p)]
    faults += check_cycles(paths)
    print("\n".join(faults) or f"layers: {len(paths)} files in order")
    return 1 if faults else 0


sys.exit(main())
