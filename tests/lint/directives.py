#!/usr/bin/env python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Each directive of httpd/conf/ has its row in README, and in conf-examples/reference.conf an
entry with context and default and a line that is in force; no text names one that is not there."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORD = r"\bMSSL[A-Z][A-Za-z]+\b"
# The macro of log tags, and what mod_status says.
NOT_DIRECTIVES = {"MSSLNO"} | set(re.findall(WORD[2:], (ROOT / "httpd/status/status.c").read_text()))


def texts():
    yield from (p for p in (ROOT / "README", ROOT / "conf-examples/demo/run") if p.is_file())
    for folder, pattern in (("docs", "*.md"), ("conf-examples", "**/*.conf"),
                            ("conf-examples", "**/*.load")):
        yield from sorted((ROOT / folder).glob(pattern))


def check_reference(directive, text):
    entry = re.search(rf"^# {directive} .+\n((?:#   .*\n)+)", text, re.M)
    if not entry:
        yield f"reference.conf: no entry '# {directive} ...'"
    else:
        for word in ("Context:", "Default:"):
            if word not in entry.group(1):
                yield f"reference.conf: the entry of {directive} does not say '{word}'"
    if not re.search(rf"^\s*{directive}\s+\S", text, re.M):
        yield f"reference.conf: no line with {directive} is in force"


def main():
    source = "".join(p.read_text() for p in sorted((ROOT / "httpd/conf").glob("*.[ch]")))
    directives = set(re.findall(rf'AP_INIT_\w+\("({WORD})"', source))
    rows = set(re.findall(rf"^\| `({WORD})", (ROOT / "README").read_text(), re.M))
    reference = (ROOT / "conf-examples/reference.conf").read_text()
    faults = [f"README: no row for {d}" for d in sorted(directives - rows)]
    for directive in sorted(directives):
        faults += check_reference(directive, reference)
    for path in texts():
        for word in sorted(set(re.findall(WORD, path.read_text())) - directives - NOT_DIRECTIVES):
            faults.append(f"{path.relative_to(ROOT)}: there is no directive {word}")
    if not directives:
        faults.append("httpd/conf/directives.c: no directive found")
    print("\n".join(faults) or f"directives: {len(directives)} documented")
    return 1 if faults else 0


sys.exit(main())
