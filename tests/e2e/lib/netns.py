# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A network of its own for a while, in which nobody else has ports 80 and 443."""

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct

from .server import wait_until

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8913, 0x8914, 0x8916, 1
IFREQ = struct.Struct("16sh22x")
IFREQ_ADDRESS = struct.Struct("16sH2x4s16x")
IN6_IFREQ = struct.Struct("16sIi")

_libc = ctypes.CDLL(None, use_errno=True)


def _raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        _, flags = IFREQ.unpack(fcntl.ioctl(s, SIOCGIFFLAGS, IFREQ.pack(b"lo", 0)))
        fcntl.ioctl(s, SIOCSIFFLAGS, IFREQ.pack(b"lo", flags | IFF_UP))


def _is_there(address):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.bind((address, 0))
        except OSError as e:
            if e.errno != errno.EADDRNOTAVAIL:
                raise
            return False
    return True


def add_addresses(*addresses):
    """To the loopback of a network of one's own, for servers that are to be others."""
    for n, address in enumerate(addresses):
        v6 = ":" in address
        with socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM) as s:
            if v6:
                request = IN6_IFREQ.pack(socket.inet_pton(socket.AF_INET6, address), 128, socket.if_nametoindex("lo"))
            else:
                request = IFREQ_ADDRESS.pack(b"lo:%d" % n, socket.AF_INET, socket.inet_aton(address))
            fcntl.ioctl(s, SIOCSIFADDR, request)
        wait_until(lambda: _is_there(address), address)     # IPv6 has it in its own time


@contextlib.contextmanager
def own_network():
    """
    For this thread and the processes that it starts. Where that is forbidden (no root, some containers) it
    is the machine's own, whose ports must be free then. Yields whether it is one's own.
    """
    with open("/proc/thread-self/ns/net") as before:
        if _libc.unshare(CLONE_NEWNET) != 0:
            yield False
            return
        try:
            _raise_loopback()
            yield True
        finally:
            if _libc.setns(before.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns: " + os.strerror(ctypes.get_errno()))
