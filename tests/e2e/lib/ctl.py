# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Running msslctl."""

import json
import os
import subprocess

from lib.server import BUILD

PROGRAM = os.path.join(BUILD, "msslctl")


class Result:
    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    def __repr__(self):
        return "exit %d\n%s\n--\n%s" % (self.code, self.out, self.err)

    @property
    def json(self):
        assert self.out.isascii(), self
        return json.loads(self.out)


def environment(**env):
    base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    return {**base, "LANG": "C.UTF-8", "TZ": "UTC", **env}


def msslctl(*args, env=None, timeout=120, **kw):
    return Result(subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 stdin=subprocess.DEVNULL, env=environment(**(env or {})), timeout=timeout, **kw))


class Ctl:
    """msslctl for one server."""

    def __init__(self, server, state=None):
        self.state = state or server.path("run", "mssl")

    def __call__(self, *args, **kw):
        return msslctl("--state-dir", self.state, *args, **kw)
