# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
An empty FUSE file system, spoken by hand: as every FUSE mount without allow_other it lets in who
mounted it and nobody else, whatever capabilities they have.
"""

import ctypes
import errno
import os
import struct
import threading

import pytest

_LOOKUP, _FORGET, _GETATTR, _STATFS, _INIT, _OPENDIR, _RELEASEDIR, _READDIR, _INTERRUPT, _BATCH_FORGET = (
    1, 2, 3, 17, 26, 27, 29, 28, 36, 42)
_FORCE, _DETACH = 1, 2
_libc = ctypes.CDLL(None, use_errno=True)


class Empty:
    """Mounted at a folder for as long as the context lasts; where the machine does not let us, a skip."""

    options = b""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        try:
            self._mount()
        except OSError as e:
            pytest.skip("no FUSE here: %s" % e)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def _mount(self):
        self.fd = os.open("/dev/fuse", os.O_RDWR)
        options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % self.fd + self.options
        if _libc.mount(b"mssl-test", self.path.encode(), b"fuse", 6, options) != 0:
            os.close(self.fd)
            raise OSError(ctypes.get_errno(), "mount")

    def __exit__(self, *exc):
        _libc.umount2(self.path.encode(), _DETACH)
        self.thread.join(10)
        os.close(self.fd)

    def _serve(self):
        while True:
            try:
                data = os.read(self.fd, 1 << 20)
            except OSError as e:
                if e.errno in (errno.EINTR, errno.ENOENT):
                    continue
                return                              # ENODEV: unmounted
            _, opcode, unique, node = struct.unpack_from("=IIQQ", data)
            error, body = self._answer(opcode, node)
            if self._is_answered(opcode):
                os.write(self.fd, struct.pack("=IiQ", 16 + len(body), -error, unique) + body)

    def _is_answered(self, opcode):
        return opcode not in (_FORGET, _INTERRUPT, _BATCH_FORGET)

    @staticmethod
    def _answer(opcode, node):
        if opcode == _INIT:
            return 0, struct.pack("=IIIIHHIIHHIII", 7, 31, 65536, 0, 8, 8, 65536, 1, 0, 0, 0, 0, 0).ljust(64, b"\0")
        if opcode == _GETATTR:
            return 0, struct.pack("=QII6Q10I", 1, 0, 0, node, 4096, 8, 0, 0, 0, 0, 0, 0, 0o040755, 2, 0, 0, 0, 4096, 0)
        if opcode == _STATFS:
            return 0, struct.pack("=5Q4I", 1, 1, 1, 1, 1, 4096, 255, 4096, 0).ljust(80, b"\0")
        if opcode == _OPENDIR:
            return 0, bytes(16)
        if opcode in (_RELEASEDIR, _READDIR):
            return 0, b""
        return errno.ENOENT if opcode == _LOOKUP else errno.ENOSYS, b""


class Hung(Empty):
    """One that every user may enter, and whose server never says what lies in it."""

    options = b",allow_other"
    hung = 0            # questions that wait

    def __exit__(self, *exc):
        _libc.umount2(self.path.encode(), _FORCE)   # who waits for it is let go
        super().__exit__(*exc)

    def _is_answered(self, opcode):
        self.hung += opcode == _LOOKUP
        return super()._is_answered(opcode) and opcode != _LOOKUP
