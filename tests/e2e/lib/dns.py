# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A small DNS server on the loopback, and programs that ask it and nobody else."""

import contextlib
import os
import socket
import struct
import threading

A, CNAME, MX, TXT, AAAA, CAA = 1, 5, 15, 16, 28, 257


def _name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def _record(kind, data):
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def _others(row, kind):
    """Data of records that are no addresses."""
    if kind == MX:
        return [struct.pack("!H", 10 * bool(text)) + (_name(text) if text else b"\0") for text in row.get("mx", [])]
    if kind == TXT:
        return [bytes([len(text)]) + text.encode() for text in row.get("txt", [])]
    pairs = [text.split(" ", 1) for text in row.get("caa", [])] if kind == CAA else []
    return [bytes([0, len(tag)]) + tag.encode() + value.encode() for tag, value in pairs]


class Zone:
    """
    What is answered: name -> dict of a, aaaa, mx, txt, caa ("tag value") (texts), cname; rcode; "cut": only TCP has all of it;
    "raw": bytes behind the number of the question instead of an answer; "silent".
    """

    def __init__(self, names):
        self.names, self.asked = names, []

    def answer(self, query, by_tcp):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, = struct.unpack("!H", query[at + 1:at + 3])
        name, question = ".".join(labels).lower(), query[12:at + 5]
        self.asked.append((name, kind, "tcp" if by_tcp else "udp"))
        row = self.names.get(name)
        if row is not None and row.get("silent"):
            return None
        if row is not None and "raw" in row:
            return query[:2] + row["raw"]
        rcode, records = (3, []) if row is None else (row.get("rcode", 0), [])
        if row and "cname" in row:
            records.append(_record(CNAME, _name(row["cname"])))
        if row and kind in (A, AAAA):
            key, family = ("a", socket.AF_INET) if kind == A else ("aaaa", socket.AF_INET6)
            records += [_record(kind, socket.inet_pton(family, text)) for text in row.get(key, [])]
        records += [_record(kind, data) for data in _others(row or {}, kind)]
        flags = 0x8180 | rcode
        if row and row.get("cut") and not by_tcp:
            flags, records = flags | 0x200, []
        return query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question + b"".join(records)


@contextlib.contextmanager
def serve(names, port=53):
    """Within a network of one's own (lib.netns), whose port 53 is free."""
    zone = Zone(names)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    tcp = socket.create_server(("127.0.0.1", port))

    def by_udp():
        with contextlib.suppress(OSError):
            while True:
                query, peer = udp.recvfrom(4096)
                if not query:
                    return
                reply = zone.answer(query, False)
                if reply is not None:
                    udp.sendto(reply, peer)

    def by_tcp():
        with contextlib.suppress(OSError):
            while True:
                conn, _ = tcp.accept()
                with conn:
                    size, = struct.unpack("!H", conn.recv(2))
                    reply = zone.answer(conn.recv(size), True)
                    conn.sendall(struct.pack("!H", len(reply)) + reply)

    threads = [threading.Thread(target=f, daemon=True) for f in (by_udp, by_tcp)]
    for t in threads:
        t.start()
    try:
        yield zone
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", port))
        tcp.shutdown(socket.SHUT_RDWR)
        for t in threads:
            t.join(10)
        udp.close()
        tcp.close()


def asking(path, *servers):
    """The words in front of a command that has these servers in its /etc/resolv.conf, and nobody else has."""
    file = os.path.join(path, "resolv.conf")
    with open(file, "w") as f:
        f.write("# a test's\nsearch example.org\n" + "".join("nameserver %s\n" % s for s in servers))
    os.chmod(file, 0o644)
    return ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file]
