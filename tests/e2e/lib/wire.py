# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Raw requests, and what comes back for them."""

import socket
import struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import tls

P384 = 0x18
# RFC 8446 section 4.1.3: a ServerHello with this random is a HelloRetryRequest.
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def _vector(data, n):
    return len(data).to_bytes(n, "big") + data


def _hello13(name, group, share):
    """A ClientHello of TLS 1.3 with one key share (None: none); name None: no SNI."""
    ext = b""
    if name is not None:
        ext += struct.pack("!H", 0) + _vector(_vector(b"\0" + _vector(name, 2), 2), 2)
    shares = b"" if share is None else struct.pack("!H", group) + _vector(share, 2)
    for kind, body in ((43, b"\x02\x03\x04"), (10, _vector(struct.pack("!H", group), 2)),
                       (13, _vector(bytes.fromhex("0403050308040401"), 2)), (51, _vector(shares, 2))):
        ext += struct.pack("!H", kind) + _vector(body, 2)
    body = (b"\3\3" + b"\x5a" * 32 + _vector(b"\x77" * 32, 1) + _vector(b"\x13\x01", 2) + b"\1\0"
            + _vector(ext, 2))
    message = b"\1" + _vector(body, 3)
    return b"\x16\3\1" + _vector(message, 2)


def _read_record(f):
    head = f.read(5)
    return (head[0], f.read(int.from_bytes(head[3:], "big"))) if len(head) == 5 else (None, b"")


def retry_hello(port, first, second, host="127.0.0.1"):
    """
    Two ClientHellos with these names in their SNI around a HelloRetryRequest: what the server says to the
    second: ("alert", number), ("handshake", type) or ("closed", None).
    """
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    share = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    with socket.create_connection((host, port), timeout=20) as sock, sock.makefile("rb") as f:
        sock.sendall(_hello13(first, P384, None))
        kind, body = _read_record(f)
        assert kind == 22 and body[6:38] == RETRY, (kind, body)
        sock.sendall(_hello13(second, P384, share))
        kind, body = _read_record(f)
        while kind == 20:
            kind, body = _read_record(f)
    if kind is None:
        return ("closed", None)
    return ("alert", body[1]) if kind == 21 else ("handshake", body[0])


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
