# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""An issuer program that is shipped, run by itself."""

import os
import shutil
import subprocess

from .pebble import trusting
from .server import ROOT

_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
# Of a CA that wants an account of its own system bound, and the file of --eab.
EAB = {"externalAccountBindingRequired": True, "externalAccountMACKeys": {"kid-1": _KEY}}
EAB_LINE = "kid-1:" + _KEY


def answering(new_server):
    """A server that answers challenges for any host, and on its second port sends everything else away."""
    s = new_server("MSSLChallengeDir {dir}/challenge\n<VirtualHost *:{p0}>\nServerName first.test\nSSLEngine on\n"
                   "MSSLEngine on\n</VirtualHost>\n<VirtualHost 127.0.0.1:{p1}>\nServerName first.test\n"
                   "Redirect gone /\n</VirtualHost>\n")
    os.makedirs(s.path("challenge"), 0o755)
    return s


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

    def check_issue(self):
        """As often as one likes: a chain of two, and no challenge is left."""
        for _ in range(2):
            self.ask("a.test")
            assert self.run("issue") == 0, self.out
            with open(self.work("chain.pem")) as f:
                assert f.read().count("BEGIN CERTIFICATE") == 2
            assert "DNS:a.test" in text_of(self.work("chain.pem"))
        assert not [f for _, _, files in os.walk(self.challenge) for f in files]

    def check_refusals(self, pebble):
        """The CA's own words, of one whose domainBlocklist has blocked.test."""
        self.ask("x.blocked.test")
        assert self.run("issue") == 20, self.out
        assert self.result == {"class": "policy", "text": "Order included an identifier for which issuance is "
                               "forbidden by policy: \"x.blocked.test\""}
        pebble.set_address("down.test", "127.0.0.9")
        self.ask("down.test")
        assert self.run("issue") == 20, self.out
        assert self.result["class"] == "connection"
        assert "connection refused" in self.result["text"]


def text_of(path):
    return subprocess.run(["openssl", "x509", "-in", path, "-noout", "-text"], stdout=subprocess.PIPE, text=True,
                          check=True, timeout=60).stdout
