# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A network of its own for a while, in which nobody else has ports 80 and 443."""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
IFREQ = struct.Struct("16sh22x")

_libc = ctypes.CDLL(None, use_errno=True)


def _raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        _, flags = IFREQ.unpack(fcntl.ioctl(s, SIOCGIFFLAGS, IFREQ.pack(b"lo", 0)))
        fcntl.ioctl(s, SIOCSIFFLAGS, IFREQ.pack(b"lo", flags | IFF_UP))


@contextlib.contextmanager
def own_network():
    """
    For this thread and the processes that it starts. Where that is forbidden (no root, some containers) it
    is the machine's own, whose ports must be free then.
    """
    with open("/proc/thread-self/ns/net") as before:
        if _libc.unshare(CLONE_NEWNET) != 0:
            yield
            return
        try:
            _raise_loopback()
            yield
        finally:
            if _libc.setns(before.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns: " + os.strerror(ctypes.get_errno()))
