# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Raw requests, and what comes back for them."""

from . import tls


def raw(w, sni, data, **kw):
    """What comes for raw bytes: every answer until the connection ends or is quiet."""
    with w.client(sni, timeout=3, **kw).connect() as conn:
        conn.send(data)
        got = b""
        try:
            while True:
                more = conn.recv()
                if not more:
                    break
                got += more
        except tls.TLSError:
            pass
        return got.decode("latin-1")



def status_of(text):
    return int(text.split(" ")[1]) if text.startswith("HTTP/") else None
