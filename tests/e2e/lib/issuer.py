# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""An issuer program that is shipped, run by itself."""

import os
import shutil
import subprocess

from .pebble import trusting
from .server import ROOT


class Issuer:
    """A program with its folders, run as the steward runs it."""

    def __init__(self, path, program, *args, roots=None, challenge=None):
        self.dir, self.args, self.roots = path, [os.path.join(ROOT, "tools/issuers", program)] + list(args), roots
        self.challenge = challenge or os.path.join(path, "challenge")
        for folder in (self.work(), self.path("account"), self.challenge):
            os.makedirs(folder, exist_ok=True)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def work(self, *names):
        return self.path("work", *names)

    def ask(self, name):
        """A request for it, and what was there of another one is gone."""
        shutil.rmtree(self.work())
        os.makedirs(self.work())
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.path("key.pem"), "-subj", "/", "-addext",
                        "subjectAltName=critical,DNS:" + name, "-out", self.work("csr.pem")],
                       check=True, stderr=subprocess.DEVNULL, timeout=60)
        self.name = name

    def run(self, verb, name="none.test", **more):
        """Its exit code; what it said is in out and result."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "MSSL_NAME": getattr(self, "name", name),
               "MSSL_CSR": self.work("csr.pem"), "MSSL_CHAIN": self.work("chain.pem"),
               "MSSL_ACCOUNT_DIR": self.path("account"), "MSSL_CHALLENGE_DIR": self.challenge}
        argv = self.args + [verb]
        if self.roots:
            argv = trusting(self.roots, argv)
        if os.path.exists(self.work("result")):
            os.unlink(self.work("result"))
        p = subprocess.run(argv, env=dict(env, **more), cwd=self.work(), stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        self.out, self.result = p.stdout, {}
        if os.path.exists(self.work("result")):
            with open(self.work("result")) as f:
                self.result = dict(line.rstrip("\n").split(": ", 1) for line in f)
        return p.returncode


def text_of(path):
    return subprocess.run(["openssl", "x509", "-in", path, "-noout", "-text"], stdout=subprocess.PIPE, text=True,
                          check=True, timeout=60).stdout
