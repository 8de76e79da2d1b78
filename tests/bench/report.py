# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The results as Markdown tables."""


def number(value, digits):
    return "-" if value is None else "%.*f" % (digits, value)


def spread(value, digits):
    """Median (quartiles), or the one value that was measured."""
    if value is None:
        return "-"
    if value["n"] == 1:
        return number(value["median"], digits)
    return "%.*f (%.*f-%.*f)" % (digits, value["median"], digits, value["low"], digits, value["high"])


def print_table(head, rows):
    rows = [head] + rows
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for i, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if i == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print()


def print_warm(rows):
    print("Full TLS 1.3 handshake, names warm: server CPU")
    print()
    print_table(["server", "names", "ms", "of mod_ssl's one"],
                [[row["server"], str(row["names"]), spread(row["warm_ms"], 3),
                  spread(row["warm_ratio"], 3)] for row in rows])


def print_starts(rows, kb_per_cached_name):
    print("Start to first handshake, and memory (PSS of all processes) then")
    print()
    print_table(["server", "names", "s", "CPU s", "MB", "s, of one name's", "CPU, of one name's"],
                [[row["server"], str(row["names"]), spread(row["start_s"], 3),
                  spread(row["start_cpu_s"], 3), spread(row["pss_mb"], 1),
                  spread(row["start_ratio"], 2), spread(row["start_cpu_ratio"], 2)]
                 for row in rows])
    print("Memory per cached name: %.1f KB" % kb_per_cached_name)
    print()


def print_peers(rows):
    print_table(["server", "names", "start s", "memory MB", "after 500 names", "cold ms", "warm ms",
                 "warm / mod_ssl's one", "reload s", "worst handshake ms", "failed / wrong", "file to served s"],
                [[row["server"], str(row["names"]), spread(row["start_s"], 2),
                  number(row["pss_mb"]["median"], 1), number(row["pss_warm_mb"], 1),
                  spread(row["cold_ms"], 2), spread(row["warm_ms"], 2),
                  spread(row["warm_ratio"], 2), number(row["reload_s"], 2),
                  number(row["reload_worst_ms"], 0), "%d / %d" % (row["reload_failed"], row["reload_wrong"]),
                  number(row["changed_s"], 2)] for row in rows])


def print_all(out):
    print("%s; %s, %d cores, Linux %s, Debian %s; load before %s, after %s; %s min" % (
        out["date"], out["cpu"], out["cores"], out["kernel"], out["debian"],
        out["load"], out["load_after"], out["minutes"]))
    print(", ".join("%s %s" % item for item in out["versions"].items()))
    print("Command: " + out["command"])
    print("These figures detect regressions; they are not what a real site sees.")
    print("Median (quartiles); CPU is the server's, as the kernel accounts it.")
    print()
    if "warm" in out:
        print_warm(out["warm"])
    if "start" in out:
        print_starts(out["start"], out["kb_per_cached_name"])
    if "peers" in out:
        print_peers(out["peers"])
