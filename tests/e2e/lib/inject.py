# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Calls of the kernel made from inside a running process, as somebody would who has taken it over: by
ptrace, which only root may, on x86-64. The kernel judges them as the process's own.
"""

import ctypes
import errno
import os
import platform
import signal

from .server import wait_until

IS_HERE = platform.machine() == "x86_64"
_ATTACH, _DETACH, _GETREGS, _SETREGS, _STEP = 16, 17, 12, 13, 9
_REGS = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base "
         "ds es fs gs").split()
NR = {"open": 2, "socket": 41, "connect": 42, "sendto": 44, "bind": 49, "listen": 50, "socketpair": 53,
      "fork": 57, "clone": 56, "execve": 59, "kill": 62, "truncate": 76, "ftruncate": 77, "rename": 82, "mkdir": 83,
      "link": 86, "unlink": 87, "symlink": 88, "chmod": 90, "fchmod": 91, "chown": 92, "ptrace": 101, "setuid": 105,
      "mknod": 133, "mount": 165, "getdents64": 217, "tgkill": 234, "openat": 257, "open_by_handle_at": 304,
      "setns": 308, "process_vm_readv": 310, "execveat": 322, "memfd_create": 319, "io_uring_setup": 425,
      "pidfd_open": 434, "clone3": 435, "close": 3, "read": 0, "exit_group": 231, "fcntl": 72, "getuid": 102}
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class _Regs(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in _REGS]


def _ptrace(request, pid, data=None):
    if _libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


class Inside:
    """The main thread of a process, stopped for as long as the context lasts."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        wait_until(self._stop, "process %d to wait in a call" % self.pid)
        return self

    def _stop(self):
        """Stop it where it waits in a call; let it go where it is busy, as at its start."""
        _ptrace(_ATTACH, self.pid)
        os.waitpid(self.pid, 0x40000000)        # __WALL
        self.saved = _Regs()
        _ptrace(_GETREGS, self.pid, ctypes.addressof(self.saved))
        with open("/proc/%d/mem" % self.pid, "rb") as f:
            f.seek(self.saved.rip - 2)
            if f.read(2) == b"\x0f\x05":
                return True
        _ptrace(_DETACH, self.pid)
        return False

    def _put(self, data, at):
        with open("/proc/%d/mem" % self.pid, "r+b", buffering=0) as f:
            f.seek(at)
            f.write(data)
        return at

    def _begin(self, name, args):
        regs = _Regs.from_buffer_copy(self.saved)
        at = self.saved.rsp - 4096              # below what the thread uses
        for slot, arg in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), tuple(args) + (0,) * 6):
            if isinstance(arg, str):
                arg = arg.encode() + b"\0"
            if isinstance(arg, bytes):
                at -= (len(arg) + 15) // 16 * 16
                arg = self._put(arg, at)
            setattr(regs, slot, arg % 2 ** 64)
        regs.rip, regs.rax, regs.orig_rax = self.saved.rip - 2, NR[name], 2 ** 64 - 1
        _ptrace(_SETREGS, self.pid, ctypes.addressof(regs))

    def call(self, name, *args):
        """What it gives; -errno where it fails. Strings and bytes are put into its memory."""
        self._begin(name, args)
        _ptrace(_STEP, self.pid)
        status = os.waitpid(self.pid, 0x40000000)[1]
        assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTRAP, status
        after = _Regs()
        _ptrace(_GETREGS, self.pid, ctypes.addressof(after))
        return ctypes.c_longlong(after.rax).value

    def leave_by(self, name, *args):
        """The process's next call, when it is let go."""
        self._begin(name, args)
        self.saved = None

    def __exit__(self, *exc):
        if self.saved is not None:
            _ptrace(_SETREGS, self.pid, ctypes.addressof(self.saved))
        _ptrace(_DETACH, self.pid)


def is_refused(result):
    return result in (-errno.EPERM, -errno.EACCES, -errno.ENOSYS)
