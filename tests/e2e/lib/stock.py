# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
What httpd says at a start on this very machine without the module: a mod_ssl that was compiled against
a newer OpenSSL than the one that is loaded (AH01882), say. Such lines are the machine's, and no test's.
"""

import re
import shutil
import tempfile

from .ca import CA
from .server import BAD_LEVEL, CRASH, Server

LINE = re.compile(r"\[[^]]*\] \[(?P<module>[\w-]*:\w+)\] (?:\[pid [^]]*\] )?(?P<text>.*)")


class Stock:
    """A start of httpd without the module, once it is asked; the arguments are those of Server."""

    def __init__(self, **server):
        self._server, self._said = server, None

    def says(self, line):
        """Whether stock httpd writes the very same, date and process apart. A crash is never its."""
        if CRASH.search(line):
            return False
        if self._said is None:
            self._said = self._start()
        said = LINE.match(line)
        return said is not None and said.groups() in self._said

    def _start(self):
        path = tempfile.mkdtemp(prefix="mssl-stock.")
        try:
            server = Server(path, mssl=False, policy=False, **self._server)
            leaf = CA("stock").leaf("stock.test")
            leaf.write_joined(server.path("run", "stock.pem"))
            server.conf += ("<VirtualHost *:{p0}>\nServerName stock.test\nSSLEngine on\n"
                            "SSLCertificateFile {dir}/run/stock.pem\n</VirtualHost>\n")
            with server:
                server.graceful()
                lines = server.error_log().splitlines()
            return {m.groups() for m in map(LINE.match, filter(BAD_LEVEL.search, lines)) if m}
        finally:
            shutil.rmtree(path)


STOCK = Stock()
