# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The broker of a running server seen from outside, and its socket in hostile hands."""

import contextlib
import ctypes
import os
import socket
import stat
import struct
import time

from .server import HTTPD, wait_until

MAGIC = 0x4C53534D
HELLO, FETCH, ANSWER = 1, 2, 3
NO_BLOB = 0xFFFFFFFF
_PIDFD_GETFD = 438
_libc = ctypes.CDLL(None, use_errno=True)


def name_of(pid):
    try:
        with open("/proc/%d/comm" % pid) as f:
            return f.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def state_of(pid):
    """The fields of /proc/PID/status."""
    with open("/proc/%d/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def is_alive(pid):
    try:
        return not state_of(pid)["State"].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return False


def brokers(server):
    return [p for p in server.children() if name_of(p) == "mssl-broker"]


def wait_broker(server, but=(), timeout=10):
    """The one broker that is not among those."""
    def found():
        new = [p for p in brokers(server) if p not in but]
        return new[0] if len(new) == 1 else None
    return wait_until(found, "a broker: %s" % brokers(server), timeout)


def workers(server):
    return [p for p in server.children() if name_of(p) == os.path.basename(HTTPD)[:15]]


def _take_fd(pid, fd):
    """A descriptor of another process, as only root can have it."""
    pidfd = os.pidfd_open(pid)
    try:
        got = _libc.syscall(_PIDFD_GETFD, pidfd, fd, 0)
        if got < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        return got
    finally:
        os.close(pidfd)


def dispatcher_of(child):
    """The dispatcher's end that a child of httpd inherited, as a socket of ours."""
    for fd in sorted(int(n) for n in os.listdir("/proc/%d/fd" % child)):
        try:
            if not stat.S_ISSOCK(os.stat("/proc/%d/fd/%d" % (child, fd)).st_mode):
                continue
            sock = socket.socket(fileno=_take_fd(child, fd))
        except OSError:
            continue
        if (sock.family, sock.type) == (socket.AF_UNIX, socket.SOCK_SEQPACKET):
            return sock
        sock.close()
    raise AssertionError("child %d has no dispatcher" % child)


def head(kind, size, magic=MAGIC):
    return struct.pack("=III", magic, kind, size)


def request(key, source=0):
    if isinstance(key, str):
        key = key.encode()
    return struct.pack("=IBI", source, 0, len(key)) + key + b"\0"


class Peer:
    """A connection to the broker that says whatever it is told to."""

    def __init__(self, dispatcher, timeout=5):
        self.sock, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        socket.send_fds(dispatcher, [b"\0"], [other.fileno()])
        other.close()

    def hear(self, size):
        """Bytes, fewer at the end of the connection."""
        data = b""
        while len(data) < size:
            try:
                more = self.sock.recv(size - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                break
            data += more
        return data

    def greet(self):
        assert self.hear(12) == head(HELLO, 0)
        return self

    def say(self, data):
        self.sock.sendall(data)
        return self

    def is_ended(self):
        return self.hear(1) == b""

    def ask(self, key):
        """What the first source says that has anything (some hold the vhosts' own pairs)."""
        answers = [self.ask_source(key, source) for source in range(4)]
        return next((a for a in answers if a.items), answers[0])

    def ask_source(self, key, source):
        body = request(key, source)
        self.say(head(FETCH, len(body)) + body)
        answer = self.hear(12)
        assert len(answer) == 12, "the connection was ended"
        magic, kind, size = struct.unpack("=III", answer)
        assert (magic, kind) == (MAGIC, ANSWER)
        return Answer(self.hear(size))

    def close(self):
        self.sock.close()


class Answer:
    def __init__(self, body):
        self.body, self._at = body, 0
        self.rv, self.why = self._number(), self._text()
        self._at += 32
        self.excluded, n = self._byte(), self._byte()
        self.items = [self._item() for _ in range(n)]
        assert self._at == len(body)

    def _byte(self):
        self._at += 1
        return self.body[self._at - 1]

    def _number(self):
        self._at += 4
        return struct.unpack_from("=I", self.body, self._at - 4)[0]

    def _bytes(self, size):
        data = self.body[self._at:self._at + size]
        self._at += size + 1
        return data

    def _text(self):
        return self._bytes(self._number()).decode()

    def _blob(self):
        size = self._number()
        return None if size == NO_BLOB else self._bytes(size)

    def _item(self):
        item = {"label": self._text(), "key_label": self._text(), "shared": self._byte(),
                "rv": self._number(), "why": self._text()}
        if item["rv"] == 0:
            item.update(cert=self._blob(), key=self._blob(), staple=self._blob())
        return item

    def has_bytes(self):
        return any(item["rv"] == 0 for item in self.items)


def links_of(pid):
    """Descriptor -> what it is, of a process that goes on meanwhile."""
    links = {}
    for n in os.listdir("/proc/%d/fd" % pid):
        with contextlib.suppress(FileNotFoundError):        # closed meanwhile
            links[int(n)] = os.readlink("/proc/%d/fd/%s" % (pid, n))
    return links


def held_by(pid):
    """What it keeps: libraries open files of the system's for a moment (a thread's first memory, OpenSSL's settings)."""
    first = links_of(pid)
    time.sleep(0.05)
    return {n: link for n, link in links_of(pid).items() if first.get(n) == link}
