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


def print_requests(rows):
    print("Instructions of the server (callgrind), name warm")
    print()
    print_table(["what", "mod_ssl alone", "mod_mssl, light vhosts", "ratio"],
                [[row["what"], "%d" % row["mod_ssl"], "%d" % row["mod_mssl"], number(row["ratio"], 3)]
                 for row in rows])


def print_plain(rows):
    print()
    print("Instructions of a request over http, keep-alive (callgrind)")
    print()
    print_table(["server", "instructions", "of the first"],
                [[row["server"], "%d" % row["instructions"], number(row["ratio"], 3)] for row in rows])


def print_inventory(rows):
    print("The inventory: CPU seconds of a walk, and the most memory (PSS)")
    print()
    print_table(["names", "keep=", "first", "history behind it", "unchanged", "history behind it", "MB"],
                [[str(row["names"]), str(row["keep"]), number(row["first_cpu_s"], 1),
                  number(row["first_history_cpu_s"], 1), number(row["unchanged_cpu_s"], 1),
                  number(row["unchanged_history_cpu_s"], 1), number(row["pss_mb"], 1)] for row in rows])


def peer_cells(row):
    """What is not in the row was not measured: not there, or given up."""
    def of(key):
        return row.get(key)

    memory = of("pss_mb")
    ends = "-" if of("reload_failed") is None else "%d / %d" % (row["reload_failed"], row["reload_wrong"])
    return [row["server"], str(row["names"]), spread(of("start_s"), 2),
            number(memory and memory["median"], 1), number(of("pss_warm_mb"), 1), spread(of("cold_ms"), 2),
            spread(of("warm_ms"), 2), spread(of("warm_ratio"), 2), number(of("reload_s"), 2),
            number(of("reload_worst_ms"), 0), ends, number(of("changed_s"), 2)]


def print_peers(rows):
    print_table(["server", "names", "start s", "memory MB", "after 500 names", "cold ms", "warm ms",
                 "warm / mod_ssl's one", "reload s", "worst handshake ms", "failed / wrong", "file to served s"],
                [peer_cells(row) for row in rows])
    for row in rows:
        if "gave_up" in row:
            print("%s, %d names: %s" % (row["server"], row["names"], row["gave_up"]))


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
    if "request" in out:
        print_requests(out["request"])
        print_plain(out["plain"])
    if "inventory" in out:
        print_inventory(out["inventory"])
