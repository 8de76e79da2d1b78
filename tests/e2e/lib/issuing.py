# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A server that has certificates made, by a program that signs whatever it is asked for, or does as a file beside it says."""

import json
import os
import shutil

from .ca import write
from .ctl import Ctl
from .server import ROOT, wait_until
from .steward import USERS, install

CONF = USERS + """MSSLCheckInterval 150ms
MSSLNegativeTimeout 150ms
MSSLInventory on 1s
MSSLDummyCertificate {dir}/dummy.pem
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
"""
LIST = "MSSLIssueFor list:{dir}/names requests\n"
FAKE = "MSSLIssuer fake {dir}/issuer/fake --directory https://ca.test/dir --ca-file {dir}/issuer/ca.pem\n"

# It signs with the key beside it; "do" is sourced, so that a test may have it fail, wait, or sign otherwise.
ISSUER = """#!/bin/sh
here=${0%/*}
for verb; do :; done
echo "$verb $MSSL_NAME ${MSSL_REQUEST:-}" >>"$MSSL_ACCOUNT_DIR/calls"
names="DNS:$MSSL_NAME" days=90 csr=$MSSL_CSR
. "$here/do"
[ "$verb" = issue ] || exit 3
{
    echo "subjectAltName=$names"
    echo "basicConstraints=CA:FALSE"
} >ext
openssl x509 -req -in "$csr" -CA "$here/ca.pem" -CAkey "$here/ca.key" -days "$days" -extfile ext -out "$MSSL_CHAIN" \\
    2>/dev/null || exit 31
"""


def ship(s):
    """The issuers that come with mod_mssl, beside the test's own."""
    shutil.copytree(os.path.join(ROOT, "tools", "issuers"), s.path("issuer"), dirs_exist_ok=True)


class Issuing:
    """new_server(...) with an issuer: .server, .ctl; names of a list by permit(), what the issuer does by do()."""

    def __init__(self, new_server, ca, more=LIST + FAKE, names="", **kw):
        self.ca = ca
        self.server = s = new_server(CONF + more, **kw)
        ca.leaf("dummy.invalid").write_joined(s.path("dummy.pem"))
        install(s)
        write(s.path("issuer", "fake"), ISSUER, 0o755)
        ca.write(s.path("issuer", "ca.pem"))
        write(s.path("issuer", "ca.key"), ca.leaf("x", key=ca.key).key_pem)
        self.do("")
        self.permit(names)
        self.ctl = Ctl(s)

    def do(self, text):
        write(self.server.path("issuer", "do"), text)

    def permit(self, *names):
        """These may, without a look where they lead."""
        write(self.server.path("names"), "".join(n + " nocheck\n" for n in names if n))

    def state(self, *path):
        return self.server.path("run", "mssl", *path)

    def calls(self, issuer="fake"):
        """[(verb, name, request)] of an issuer."""
        try:
            with open(self.state("accounts", issuer, "calls")) as f:
                return [tuple((line.rstrip("\n").split(" ") + [""])[:3]) for line in f]
        except FileNotFoundError:
            return []

    def count(self, verb, name=None):
        return sum(1 for v, n, _ in self.calls() if v == verb and name in (None, n))

    def job(self, name):
        """field -> value; {}: there is none."""
        try:
            with open(self.state("jobs", name)) as f:
                lines = f.read().splitlines()
        except FileNotFoundError:
            return {}
        assert lines[0] == "mssl-job/1", lines
        return dict(line.split(": ", 1) for line in lines[1:])

    def wait_job(self, name, state, timeout=30.0):
        return wait_until(lambda: (lambda j: j.get("state") == state and j)(self.job(name)),
                          lambda: "%s %s: %s" % (name, state, self.job(name)), timeout)

    def wait_confirmed(self, name):
        """Installed, and nobody works on it any more."""
        return wait_until(lambda: (lambda j: "confirmed" in j and j)(self.job(name)),
                          lambda: "a handshake with %s: %s" % (name, self.job(name)))

    def standing(self):
        """What the steward says of itself."""
        with open(self.state("steward.d", "steward.json")) as f:
            return json.load(f)

    def steward(self):
        return self.standing()["pid"]

