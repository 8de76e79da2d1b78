# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A client without SNI as they were: connections kept alive, sessions cached by host and port,
redirects followed, cookies kept."""

import re

from . import http, tls


class Browser:
    """
    addresses  host name -> (address, port is that of the URL); all names live on 127.0.0.1
    sni        send it, as later browsers do
    """

    def __init__(self, sni=False, keep_alive=True, sessions=True, cookies=True, **client):
        self.sni, self.keep_alive, self.use_sessions = sni, keep_alive, sessions
        self.use_cookies, self.settings = cookies, client
        self.conns, self.sessions, self.cookies = {}, {}, {}
        self.visits = []     # (URL, status, serial of the certificate) in order

    def _connection(self, host, port):
        key = (host, port)
        if key in self.conns:
            return self.conns[key]
        client = tls.Client(port, host if self.sni else None, **self.settings)
        conn = client.connect(self.sessions.get(key) if self.use_sessions else None)
        self.conns[key] = (conn, http.talk(conn))
        return self.conns[key]

    def _drop(self, host, port):
        conn, _ = self.conns.pop((host, port))
        conn.close()

    def fetch(self, url, method="GET"):
        """One request. A kept connection that the server has ended is opened anew."""
        _, host, port, path = re.match(r"(https)://([^:/]+)(?::(\d+))?(/.*)?$", url).groups()
        number = int(port or 443)
        headers = []
        if self.use_cookies and self.cookies.get(host):
            headers.append(("Cookie", "; ".join("%s=%s" % c for c in self.cookies[host].items())))
        shown = "%s:%s" % (host, port) if port else host
        for attempt in (1, 2):
            kept = (host, number) in self.conns
            conn, talk = self._connection(host, number)
            try:
                r = talk.request(shown, path or "/", method, headers=headers)
                break
            except (tls.TLSError, OSError):
                self._drop(host, number)
                if not kept or attempt == 2:
                    raise
        self.visits.append((url, r.status, conn.serial))
        for value in r.all("Set-Cookie"):
            name, content = value.split(";")[0].split("=", 1)
            self.cookies.setdefault(host, {})[name] = content
        if conn.session is not None:
            self.sessions[host, number] = conn.session
        if not self.keep_alive or (r.get("Connection") or "").lower() == "close" or (
                isinstance(talk, http.Http2) and talk.goaway):
            self._drop(host, number)
        return r

    def go(self, url, most=20):
        """Follow redirects as a person's browser does."""
        for _ in range(most):
            r = self.fetch(url)
            if r.status not in (301, 302, 303, 307, 308):
                return r
            url = r.get("Location")
        raise AssertionError("more than %d redirects: %s" % (most, self.visits))

    def close(self):
        for host, port in list(self.conns):
            self._drop(host, port)
