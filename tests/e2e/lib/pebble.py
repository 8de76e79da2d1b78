# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""pebble, a certificate authority for tests, with a DNS server that leads all names here."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import urllib.request

from .server import free_ports, wait_until

MISSING = [p for p in ("pebble", "pebble-challtestsrv") if not shutil.which(p)]
SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt"

# A dns-01 hook for its DNS server, whose port is $MOCK: present|cleanup FQDN VALUE.
HOOK = """#!/bin/sh
echo "$1 $2" >>calls
case $1 in
present) verb=set-txt ;;
cleanup) verb=clear-txt ;;
esac
exec curl -sSf -d "{\\"host\\":\\"$2\\",\\"value\\":\\"$3\\"}" "http://127.0.0.1:${MOCK:?is not set}/$verb"
"""


def trusting(roots, argv):
    """A command for which the system's roots are others: some programs cannot be told whom to trust."""
    return ["unshare", "--mount", "sh", "-ec", "mount --bind \"$0\" %s; exec \"$@\"" % SYSTEM_ROOTS, roots] + argv


def can_trust():
    """Whether that works here: as root, and in no container that forbids it."""
    return os.geteuid() == 0 and os.path.exists(SYSTEM_ROOTS) and subprocess.run(
        trusting(SYSTEM_ROOTS, ["true"]), stderr=subprocess.DEVNULL, timeout=60).returncode == 0


class Pebble:
    """http_port: where it looks for challenges, on the address that the DNS server says; settings: more of its own."""

    def __init__(self, path, ca, http_port, tls_port, env=(), **settings):
        self.dir, self.started, self.env = path, [], dict(env)
        os.makedirs(path, exist_ok=True)
        self.port, self.management, self.dns, self.mock = free_ports(4)
        ca.leaf("localhost").write_split(self._path("tls.crt"), self._path("tls.key"))
        self.ca_file, self.url = ca.write(self._path("ca.pem")), "https://localhost:%d/dir" % self.port
        with open(self._path("pebble.json"), "w") as f:
            json.dump({"pebble": dict({
                "listenAddress": "127.0.0.1:%d" % self.port, "managementListenAddress": "127.0.0.1:%d" % self.management,
                "certificate": self._path("tls.crt"), "privateKey": self._path("tls.key"),
                "httpPort": http_port, "tlsPort": tls_port, "ocspResponderURL": "",
                "externalAccountBindingRequired": False}, **settings)}, f)

    def _path(self, name):
        return os.path.join(self.dir, name)

    def _begin(self, *argv):
        env = dict(os.environ, PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="0", PEBBLE_AUTHZREUSE="0")
        env.update(self.env)
        with open(self._path(argv[0] + ".log"), "ab") as log:
            self.started.append(subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=log,
                                                 stderr=subprocess.STDOUT, start_new_session=True))

    def log(self):
        with open(self._path("pebble.log"), errors="replace") as f:
            return f.read()

    def __enter__(self):
        self._begin("pebble-challtestsrv", "-dns01", "127.0.0.1:%d" % self.dns, "-http01", "", "-https01", "",
                    "-tlsalpn01", "", "-management", "127.0.0.1:%d" % self.mock, "-defaultIPv4", "127.0.0.1",
                    "-defaultIPv6", "")
        self._begin("pebble", "-config", self._path("pebble.json"), "-dnsserver", "127.0.0.1:%d" % self.dns)
        try:
            for port in (self.port, self.mock):
                wait_until(lambda: self._listens(port), "pebble")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _listens(self, port):
        assert all(p.poll() is None for p in self.started), self.log()
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def _manage(self, path):
        context = ssl.create_default_context(cafile=self.ca_file)
        with urllib.request.urlopen("https://localhost:%d/%s" % (self.management, path), None, 10, context=context) as r:
            return r.read()

    def root(self):
        """The file of the root that its certificates lead to, another one each time that it starts."""
        with open(self._path("root.pem"), "wb") as f:
            f.write(self._manage("roots/0"))
        return self._path("root.pem")

    def status(self, serial):
        """"Valid" or "Revoked", of a serial number in hexadecimal."""
        return json.loads(self._manage("cert-status-by-serial/" + serial.lstrip("0")))["Status"]

    def set_address(self, name, address):
        """Where a name leads to."""
        for verb, data in (("clear-a", {"host": name}), ("add-a", {"host": name, "addresses": [address]})):
            urllib.request.urlopen("http://127.0.0.1:%d/%s" % (self.mock, verb), json.dumps(data).encode(), 10).close()

    def __exit__(self, *exc):
        for process in self.started:
            process.terminate()
        for process in self.started:
            process.wait(10)
        self.started = []
