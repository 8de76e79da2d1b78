# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The steward of a test's server: its user, its program, and how a test begins it as the system would."""

import os
import pwd
import shutil
import subprocess

from .server import BROKER_USER, BUILD, IS_ROOT

STEWARD_USER = next(u for u in ("games", "lp", "mail") if u != BROKER_USER)
USERS = "MSSLUser %s %s\nMSSLSteward httpd:{dir}/mssl-steward\n" % (BROKER_USER, STEWARD_USER)


def own_ids():
    """Whose its files are: (user, group)."""
    user = pwd.getpwnam(STEWARD_USER)
    return (user.pw_uid, user.pw_gid) if IS_ROOT else (os.geteuid(), os.getegid())


def install(s):
    shutil.copy(os.path.join(BUILD, "mssl-steward"), s.path("mssl-steward"))


def command(s):
    return [s.path("mssl-steward"), "--state-dir", s.path("run", "mssl")]


def drop():
    """In a new process: its user's from now on, as the system makes it."""
    if IS_ROOT:
        uid, gid = own_ids()
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def begin(s, **kw):
    """Of "MSSLSteward external"; whoever begins it ends it."""
    return subprocess.Popen(command(s), preexec_fn=drop, **kw)
