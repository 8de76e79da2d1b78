#!/usr/bin/env python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Each metric of lib/status/prometheus.c has its place in docs/status.md, with the values of its label that
lib/base/counters.c has; alerts and dashboard name none that is not there. Each problem and verdict of explain has its
place in docs/msslctl.md, docs/status.md or docs/admin.md."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
METRIC = r"\bmssl_[a-z_]+[a-z]\b"


def read(*paths):
    return "".join((ROOT / path).read_text() for path in paths)


def main():
    page, source = read("docs/status.md"), read("lib/status/prometheus.c")
    metrics = set(re.findall(r'put_\w+\(out, (?:facts, )?"(%s)"' % METRIC[2:-2], source)
                  + re.findall(r'put_group\(&out, facts, "(\w+)"', source)
                  + re.findall(r'char name\[\] = "(mssl_\w+)"', source))
    rows = "".join(re.findall(r"^\| `mssl_.*$", page, re.M))
    faults = [f"docs/status.md: no row for {m}" for m in sorted(metrics - set(re.findall(METRIC, rows)))]
    for path in ("docs/status.md", "conf-examples/prometheus/alerts.yml", "conf-examples/prometheus/grafana-dashboard.json"):
        faults += [f"{path}: there is no metric {m}" for m in sorted(set(re.findall(METRIC, read(path))) - metrics)]
    for metric, group in re.findall(r'put_group\(&?out, facts, "(\w+)",\s*"[^"]*",\s*"(\w+)"', source):
        values = re.findall(r'\{ "%s", "(\w+)" \}' % group, read("lib/base/counters.c"))
        row = re.search(r"^\| `%s`.*$" % metric, page, re.M)
        if not values or not row or " ".join(values) not in row.group(0):
            faults.append(f"docs/status.md: {metric} does not have the values '{' '.join(values)}'")
    told = "".join(p.read_text() for p in sorted((ROOT / "lib/explain").glob("*.c")))
    words = set(re.findall(r'add_problem\(\s*explained,\s*"(\w+)"', told))
    words |= set(re.findall(r'\[MSSL_EXPLAIN_\w+\] = (?:\{ )?"(\w+)"', told))
    docs = read("docs/msslctl.md", "docs/status.md", "docs/admin.md")
    faults += [f"docs: explain says '{w}', which no page has" for w in sorted(words)
               if not re.search(rf"\b{w}\b", docs)]
    if len(metrics) < 20 or len(words) < 30:
        faults.append("status: metrics, problems or verdicts were not found")
    print("\n".join(faults) or f"status: {len(metrics)} metrics, {len(words)} words of explain documented")
    return 1 if faults else 0


sys.exit(main())
