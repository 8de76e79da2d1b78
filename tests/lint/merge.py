#!/usr/bin/env python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""No setting is forgotten in a merge: each field that a directive sets has its one statement in the
merge function of httpd/conf/conf.c, in field order, made of the same field of add and base."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN, END = "The directives of a vhost", "Not a directive"
# struct: (merge function, the variable that it fills)
MERGES = {"mssl_server_conf_t": ("mssl_conf_merge_server", "sc"),
          "mssl_modssl_conf_t": ("merge_modssl", "sc"),
          "mssl_dir_conf_t": ("mssl_conf_merge_dir", "dc")}
# fields that are structs with a merge function of their own
NESTED = {"ssl": "merge_modssl(&sc->ssl, &base->ssl, &add->ssl);"}


def fields_of(header, struct):
    body = re.search(r"typedef struct %s \{\n(.*?)\n\} %s;" % (struct, struct), header, re.S).group(1)
    if BEGIN in body:
        body = body.split(BEGIN, 1)[1].split("*/", 1)[1].split("/* " + END, 1)[0]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return re.findall(r"(\w+)(?:\[\w+\])?;", body)


def statements_of(source, function):
    body = re.search(r"\b%s\([^)]*\)\n\{\n(.*?)\n\}\n" % function, source, re.S).group(1)
    return [" ".join(s.split()) + ";" for s in body.split(";")]


def check(header, source, struct):
    function, var = MERGES[struct]
    fields, statements = fields_of(header, struct), statements_of(source, function)
    if not fields:
        yield f"{struct}: no field found"
    found = []
    for field in fields:
        at = [i for i, s in enumerate(statements)
              if s == NESTED.get(field) or s.startswith(f"{var}->{field} = ")]
        if len(at) != 1:
            yield f"{struct}.{field}: {len(at)} statements in {function}() merge it, not one"
            continue
        found.append((at[0], field))
        for side in ("add", "base"):
            if field not in NESTED and not re.search(rf"\b{side}->{field}\b", statements[at[0]]):
                yield f"{struct}.{field}: its statement does not take {side}->{field}"
    if [f for _, f in sorted(found)] != [f for _, f in found]:
        yield f"{function}(): not in the order of the fields"


def main():
    header, source = ((ROOT / f"httpd/conf/conf.{s}").read_text() for s in "hc")
    faults = [f for struct in MERGES for f in check(header, source, struct)]
    count = sum(len(fields_of(header, struct)) for struct in MERGES)
    print("\n".join(faults) or f"merge: {count} fields merged")
    return 1 if faults else 0


sys.exit(main())
