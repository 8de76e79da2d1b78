# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Running msslctl."""

import json
import os
import subprocess
import tempfile

from lib.server import BROKER_USER, BUILD

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


def stores_beside(workdir, ca):
    """Stores, and a folder other beside them from which something is to be taken over."""
    s = Stores(tempfile.mkdtemp(prefix="stores.", dir=workdir), ca)
    s.write(state_dir=s.path + "/state")
    s.other = s.path + "/other"
    os.makedirs(s.other)
    return s


class Stores:
    """What server.json says, and stores, without a server."""

    def __init__(self, path, ca):
        self.path, self.ca = path, ca
        self.store = os.path.join(path, "store")
        self.stores = ["dir:" + self.store]
        os.makedirs(self.store)
        os.makedirs(os.path.join(path, "state"))
        os.chmod(path, 0o755)
        self.write()
        self.ctl = Ctl(None, os.path.join(path, "state"))

    def write(self, **more):
        d = {"schema": "mssl-server/1", "version": "0", "hostname": "h",
             "users": {"broker": BROKER_USER, "steward": "mail"},
             "stores": [dict(zip(("provider", "argument"), s.split(":", 1)), label=s, path=s.split(":", 1)[1])
                        for s in self.stores], **more}
        with open(os.path.join(self.path, "state", "server.json"), "w") as f:
            json.dump(d, f)

    def put(self, leaf, name, mode=0o600, text=None):
        path = os.path.join(self.store, name)
        with open(path, "w") as f:
            f.write(text if text is not None else leaf.cert_pem + leaf.chain_pem + leaf.key_pem)
        os.chmod(path, mode)
        return path
