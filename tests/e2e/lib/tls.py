# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
A TLS client on libssl itself (ctypes). Python's ssl module cannot leave SNI out and resume, send
odd names, take the two TLS 1.2 ways to resume apart, or say which side sent which alert.
"""

import ctypes
import os
import socket
import struct
import threading
import time

from cryptography import x509

_ssl = ctypes.CDLL("libssl.so.3")
_crypto = ctypes.CDLL("libcrypto.so.3")

TLS12, TLS13 = 0x0303, 0x0304
TIMEOUT = int(os.environ.get("MSSL_CLIENT_TIMEOUT", "15"))
LATE = "nothing came in time"
OP_NO_TICKET = 1 << 14
OP_IGNORE_EOF = 1 << 7  # a server that closes without close_notify ends the data, no error

CTRL_OPTIONS_MIN, CTRL_OPTIONS_MAX = 123, 124
CTRL_SESS_CACHE_MODE, CTRL_SIGALGS_LIST, CTRL_TLSEXT_HOSTNAME = 44, 98, 55
CTRL_STATUS_TYPE, CTRL_STATUS_RESPONSE, STATUS_OCSP = 65, 70, 1
SESS_CACHE_CLIENT_NO_STORE = 0x0001 | 0x0200
CB_READ_ALERT, CB_WRITE_ALERT, CB_HANDSHAKE_START = 0x4004, 0x4008, 0x10
ERROR_SSL, ERROR_WANT_READ, ERROR_WANT_WRITE, ERROR_SYSCALL, ERROR_ZERO = 1, 2, 3, 5, 6

ALERT_PARAMETER = 47
ALERT_HANDSHAKE_FAILURE, ALERT_DECODE, ALERT_VERSION, ALERT_INTERNAL, ALERT_NAME = 40, 50, 70, 80, 112


def _fn(lib, name, res, *args):
    f = getattr(lib, name)
    f.restype, f.argtypes = res, list(args)
    return f


P, I, L, U64, S = (ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_uint64, ctypes.c_char_p)
_NEWCB = ctypes.CFUNCTYPE(I, P, P)
_INFOCB = ctypes.CFUNCTYPE(None, P, I, I)

TLS_client_method = _fn(_ssl, "TLS_client_method", P)
SSL_CTX_new = _fn(_ssl, "SSL_CTX_new", P, P)
SSL_CTX_free = _fn(_ssl, "SSL_CTX_free", None, P)
SSL_CTX_ctrl = _fn(_ssl, "SSL_CTX_ctrl", L, P, I, L, P)
SSL_CTX_set_options = _fn(_ssl, "SSL_CTX_set_options", U64, P, U64)
SSL_CTX_set_cipher_list = _fn(_ssl, "SSL_CTX_set_cipher_list", I, P, S)
SSL_CTX_set_ciphersuites = _fn(_ssl, "SSL_CTX_set_ciphersuites", I, P, S)
SSL_CTX_set_alpn_protos = _fn(_ssl, "SSL_CTX_set_alpn_protos", I, P, S, ctypes.c_uint)
SSL_CTX_sess_set_new_cb = _fn(_ssl, "SSL_CTX_sess_set_new_cb", None, P, _NEWCB)
SSL_CTX_set_info_callback = _fn(_ssl, "SSL_CTX_set_info_callback", None, P, _INFOCB)
SSL_CTX_set_post_handshake_auth = _fn(_ssl, "SSL_CTX_set_post_handshake_auth", None, P, I)
SSL_CTX_use_certificate_file = _fn(_ssl, "SSL_CTX_use_certificate_chain_file", I, P, S)
SSL_CTX_use_PrivateKey_file = _fn(_ssl, "SSL_CTX_use_PrivateKey_file", I, P, S, I)
SSL_new = _fn(_ssl, "SSL_new", P, P)
SSL_free = _fn(_ssl, "SSL_free", None, P)
SSL_ctrl = _fn(_ssl, "SSL_ctrl", L, P, I, L, P)
SSL_set_fd = _fn(_ssl, "SSL_set_fd", I, P, I)
SSL_connect = _fn(_ssl, "SSL_connect", I, P)
SSL_read = _fn(_ssl, "SSL_read", I, P, P, I)
SSL_write = _fn(_ssl, "SSL_write", I, P, S, I)
SSL_peek = _fn(_ssl, "SSL_peek", I, P, P, I)
SSL_shutdown = _fn(_ssl, "SSL_shutdown", I, P)
SSL_get_error = _fn(_ssl, "SSL_get_error", I, P, I)
SSL_session_reused = _fn(_ssl, "SSL_session_reused", I, P)
SSL_set_session = _fn(_ssl, "SSL_set_session", I, P, P)
SSL_SESSION_free = _fn(_ssl, "SSL_SESSION_free", None, P)
SSL_SESSION_is_resumable = _fn(_ssl, "SSL_SESSION_is_resumable", I, P)
SSL_SESSION_dup = _fn(_ssl, "SSL_SESSION_dup", P, P)
SSL_get_peer = _fn(_ssl, "SSL_get1_peer_certificate", P, P)
SSL_get_peer_cert_chain = _fn(_ssl, "SSL_get_peer_cert_chain", P, P)
SSL_get0_alpn = _fn(_ssl, "SSL_get0_alpn_selected", None, P, ctypes.POINTER(P),
                    ctypes.POINTER(ctypes.c_uint))
SSL_version = _fn(_ssl, "SSL_version", I, P)
SSL_get_current_cipher = _fn(_ssl, "SSL_get_current_cipher", P, P)
SSL_CIPHER_get_name = _fn(_ssl, "SSL_CIPHER_get_name", S, P)
SSL_renegotiate = _fn(_ssl, "SSL_renegotiate", I, P)
SSL_do_handshake = _fn(_ssl, "SSL_do_handshake", I, P)
i2d_X509 = _fn(_crypto, "i2d_X509", I, P, ctypes.POINTER(P))
X509_free = _fn(_crypto, "X509_free", None, P)
CRYPTO_free = _fn(_crypto, "CRYPTO_free", None, P, S, I)
OPENSSL_sk_num = _fn(_crypto, "OPENSSL_sk_num", I, P)
OPENSSL_sk_value = _fn(_crypto, "OPENSSL_sk_value", P, P, I)
ERR_get_error = _fn(_crypto, "ERR_get_error", ctypes.c_ulong)
ERR_error_string_n = _fn(_crypto, "ERR_error_string_n", None, ctypes.c_ulong, S, ctypes.c_size_t)

_live = {}
_live_lock = threading.Lock()


def _conn_of(ssl):
    with _live_lock:
        return _live.get(ssl)


@_NEWCB
def _new_session(ssl, session):
    conn = _conn_of(ssl)
    if conn is None:
        return 0
    conn._sessions.append(Session(session))
    return 1


@_INFOCB
def _info(ssl, where, ret):
    conn = _conn_of(ssl)
    if conn is None:
        return
    if where == CB_READ_ALERT:
        conn.alerts.append(("server", ret >> 8, ret & 0xFF))
    elif where == CB_WRITE_ALERT:
        conn.alerts.append(("client", ret >> 8, ret & 0xFF))
    elif where & CB_HANDSHAKE_START:
        conn.handshakes += 1


class TLSError(Exception):
    """
    A connection that failed. alert is (side, number) of the fatal alert, if there was one:
    side "server" means that the server sent it.
    """

    def __init__(self, what, alert=None):
        super().__init__("%s%s" % (what, " (alert %s by the %s)" % (alert[1], alert[0])
                                   if alert else ""))
        self.alert = alert


class Session:
    """One reference to an SSL_SESSION."""

    def __init__(self, ptr):
        self.ptr = ptr

    def is_resumable(self):
        return SSL_SESSION_is_resumable(self.ptr) == 1

    def __del__(self):
        SSL_SESSION_free(self.ptr)


def _queued_error():
    text = ctypes.create_string_buffer(256)
    code = ERR_get_error()
    while ERR_get_error():
        pass
    ERR_error_string_n(code, text, 256)
    return text.value.decode(errors="replace") if code else "connection closed"


class Client:
    """
    What a client is: its settings, used for any number of connections.

    sni        None: none is sent; str or bytes: sent as they are
    version    TLS12, TLS13 or None for both
    ciphers    TLS 1.2 cipher list, suites: TLS 1.3 list; two lists are two TLS stacks
    tickets    False: asks for none (TLS 1.2: resumption by session id)
    alpn       list of protocols
    cert       (certificate file, key file)
    sigalgs    e.g. "rsa_pss_rsae_sha256:RSA+SHA256"
    source     address to connect from
    status     ask for a stapled OCSP response
    """

    def __init__(self, port, sni=None, version=None, ciphers=None, suites=None, tickets=True,
                 alpn=None, cert=None, sigalgs=None, source=None, host="127.0.0.1", timeout=TIMEOUT,
                 preamble=b"", status=False):
        self.addr = (host, port)
        self.sni = sni.encode() if isinstance(sni, str) else sni
        self.version, self.ciphers, self.suites = version, ciphers, suites
        self.tickets, self.alpn, self.cert = tickets, alpn, cert
        self.sigalgs, self.source, self.timeout = sigalgs, source, timeout
        self.preamble, self.status = preamble, status

    def but(self, **kw):
        """The same client with other settings."""
        new = Client.__new__(Client)
        new.__dict__.update(self.__dict__)
        for key, value in kw.items():
            if key not in self.__dict__:
                raise TypeError(key)
            if key == "sni" and isinstance(value, str):
                value = value.encode()
            setattr(new, key, value)
        return new

    def connect(self, session=None):
        return Connection(self, session)


class Connection:
    """One TLS connection. Raises TLSError where the handshake fails."""

    def __init__(self, client, session=None):
        self.client = client
        self.alerts, self._sessions, self.handshakes = [], [], 0
        self._ctx = self._ssl = None
        self._buf = ctypes.create_string_buffer(16384)
        self.sock = socket.create_connection(
            client.addr, timeout=client.timeout,
            source_address=(client.source, 0) if client.source else None)
        self.sock.settimeout(None)
        self.set_timeout(client.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if client.preamble:
                self.sock.sendall(client.preamble)
            self._setup(session)
            n = self._patiently(SSL_connect)
            if n != 1:
                is_late = SSL_get_error(self._ssl, n) == ERROR_WANT_READ
                raise TLSError("handshake: " + LATE) if is_late else self._failure("handshake")
        except BaseException:
            self.abort()
            raise

    def set_timeout(self, seconds):
        """How long recv() and send() wait from now on."""
        self._patience, whole = seconds, int(seconds)
        for opt in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.sock.setsockopt(socket.SOL_SOCKET, opt, struct.pack("ll", whole, int((seconds - whole) * 1e6)))

    def _patiently(self, call, *args):
        """What a call of libssl returns. A wait that was cut short (the machine stood still) goes on."""
        began = time.monotonic()
        while True:
            n = call(self._ssl, *args)
            if n > 0 or SSL_get_error(self._ssl, n) not in (ERROR_WANT_READ, ERROR_WANT_WRITE) \
                    or time.monotonic() - began >= 0.9 * self._patience:
                return n

    def _check(self, ok, what):
        if not ok:
            raise ValueError("%s: %s" % (what, _queued_error()))

    def _setup(self, session):
        c = self.client
        self._ctx = SSL_CTX_new(TLS_client_method())
        lo, hi = (c.version, c.version) if c.version else (TLS12, TLS13)
        SSL_CTX_ctrl(self._ctx, CTRL_OPTIONS_MIN, lo, None)
        SSL_CTX_ctrl(self._ctx, CTRL_OPTIONS_MAX, hi, None)
        SSL_CTX_ctrl(self._ctx, CTRL_SESS_CACHE_MODE, SESS_CACHE_CLIENT_NO_STORE, None)
        SSL_CTX_set_options(self._ctx, OP_IGNORE_EOF | (0 if c.tickets else OP_NO_TICKET))
        SSL_CTX_sess_set_new_cb(self._ctx, _new_session)
        SSL_CTX_set_info_callback(self._ctx, _info)
        if c.ciphers:
            self._check(SSL_CTX_set_cipher_list(self._ctx, c.ciphers.encode()), "ciphers")
        if c.suites:
            self._check(SSL_CTX_set_ciphersuites(self._ctx, c.suites.encode()), "suites")
        if c.alpn:
            wire = b"".join(bytes([len(a)]) + a.encode() for a in c.alpn)
            self._check(SSL_CTX_set_alpn_protos(self._ctx, wire, len(wire)) == 0, "alpn")
        if c.sigalgs:
            self._check(SSL_CTX_ctrl(self._ctx, CTRL_SIGALGS_LIST, 0, c.sigalgs.encode()),
                        "sigalgs")
        if c.cert:
            self._check(SSL_CTX_use_certificate_file(self._ctx, c.cert[0].encode()), "cert")
            self._check(SSL_CTX_use_PrivateKey_file(self._ctx, c.cert[1].encode(), 1), "key")
            SSL_CTX_set_post_handshake_auth(self._ctx, 1)
        self._ssl = SSL_new(self._ctx)
        with _live_lock:
            _live[self._ssl] = self
        if c.sni is not None:
            self._check(SSL_ctrl(self._ssl, CTRL_TLSEXT_HOSTNAME, 0, c.sni), "sni")
        if c.status:
            SSL_ctrl(self._ssl, CTRL_STATUS_TYPE, STATUS_OCSP, None)
        if session is not None:
            # A TLS 1.3 session is spent by one use; a copy lets a test use it again.
            copy = SSL_SESSION_dup(session.ptr)
            self._check(SSL_set_session(self._ssl, copy), "session")
            SSL_SESSION_free(copy)
        SSL_set_fd(self._ssl, self.sock.fileno())

    def _failure(self, what):
        fatal = [(side, number) for side, level, number in self.alerts if level == 2]
        return TLSError("%s: %s" % (what, _queued_error()), fatal[0] if fatal else None)

    # What came out of the handshake

    @property
    def reused(self):
        return SSL_session_reused(self._ssl) == 1

    @property
    def version(self):
        return SSL_version(self._ssl)

    @property
    def cipher(self):
        return SSL_CIPHER_get_name(SSL_get_current_cipher(self._ssl)).decode()

    @property
    def alpn(self):
        data, length = P(), ctypes.c_uint()
        SSL_get0_alpn(self._ssl, ctypes.byref(data), ctypes.byref(length))
        return ctypes.string_at(data, length.value).decode() if length.value else None

    @property
    def cert(self):
        """The server's certificate; on a resumed connection the one that its session was made with."""
        ptr = SSL_get_peer(self._ssl)
        if not ptr:
            return None
        der = P()
        n = i2d_X509(ptr, ctypes.byref(der))
        data = ctypes.string_at(der, n)
        CRYPTO_free(der, b"", 0)
        X509_free(ptr)
        return x509.load_der_x509_certificate(data)

    @property
    def serial(self):
        return self.cert.serial_number

    @property
    def chain(self):
        """The certificates of the server's chain, its own first; none on a resumed connection."""
        stack, certs = SSL_get_peer_cert_chain(self._ssl), []
        for n in range(OPENSSL_sk_num(stack) if stack else 0):
            der = P()
            length = i2d_X509(OPENSSL_sk_value(stack, n), ctypes.byref(der))
            certs.append(x509.load_der_x509_certificate(ctypes.string_at(der, length)))
            CRYPTO_free(der, b"", 0)
        return certs

    @property
    def chain_length(self):
        chain = SSL_get_peer_cert_chain(self._ssl)
        return OPENSSL_sk_num(chain) if chain else 0

    @property
    def staple(self):
        """The stapled OCSP response in DER, or None."""
        data = P()
        n = SSL_ctrl(self._ssl, CTRL_STATUS_RESPONSE, 0, ctypes.byref(data))
        return ctypes.string_at(data, n) if n > 0 and data.value else None

    @property
    def session(self):
        """
        The newest session, or None where the server gave none that can be resumed. In TLS 1.3 it
        comes after the handshake: read an answer first.
        """
        good = [s for s in self._sessions if s.is_resumable()]
        return good[-1] if good else None

    # Data

    def send(self, data):
        if isinstance(data, str):
            data = data.encode("latin-1")
        done = 0
        while done < len(data):
            n = self._patiently(SSL_write, data[done:], len(data) - done)
            if n <= 0:
                raise self._failure("write")
            done += n

    def recv(self):
        """Bytes; b"" at the end of the connection. TLSError on a fatal alert or when nothing comes."""
        n = self._patiently(SSL_read, self._buf, len(self._buf))
        if n > 0:
            return self._buf.raw[:n]
        err = SSL_get_error(self._ssl, n)
        if err == ERROR_ZERO:
            return b""
        if err == ERROR_WANT_READ:
            raise TLSError(LATE)
        fatal = [a for a in self.alerts if a[1] == 2]
        if err == ERROR_SYSCALL and not fatal:
            _queued_error()
            return b""
        raise self._failure("read")

    def is_closed(self):
        """Whether the server ends the connection now (nothing more comes, and it is not merely quiet)."""
        try:
            return self.recv() == b""
        except TLSError:
            return bool([a for a in self.alerts if a[0] == "server" and a[1] == 2])

    def renegotiate(self):
        """A renegotiation that the client asks for (TLS 1.2)."""
        self._check(SSL_renegotiate(self._ssl), "renegotiate")
        return SSL_do_handshake(self._ssl) == 1

    def is_quiet(self, seconds=0.5):
        """Whether for so long nothing comes, and the server does not end the connection."""
        self.set_timeout(seconds)
        try:
            self.recv()
            return False
        except TLSError as e:
            return str(e) == LATE
        finally:
            self.set_timeout(self.client.timeout)

    def finish(self):
        """Say goodbye (close_notify), and go on reading."""
        SSL_shutdown(self._ssl)
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        """Say goodbye, so that the session stays good, and close."""
        if self._ssl and not [a for a in self.alerts if a[1] == 2]:
            SSL_shutdown(self._ssl)
        self.abort()

    def abort(self):
        if self._ssl:
            with _live_lock:
                _live.pop(self._ssl, None)
            SSL_free(self._ssl)
            self._ssl = None
        if self._ctx:
            SSL_CTX_free(self._ctx)
            self._ctx = None
        _queued_error()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __del__(self):
        if getattr(self, "_ssl", None):
            self.abort()


def raw_hello(port, server_name_ext, version=TLS12, host="127.0.0.1", timeout=10):
    """
    Send a ClientHello of up to TLS 1.2 whose server_name extension holds these very bytes (None: no such
    extension), and return what the server says first: ("alert", number) or ("handshake", type).
    """
    suites = bytes.fromhex("c02bc02fc02cc030009c003c")
    ext = b""
    if server_name_ext is not None:
        ext += struct.pack("!HH", 0, len(server_name_ext)) + server_name_ext
    groups = bytes.fromhex("0004001d0017")
    sigalgs = bytes.fromhex("00080403080404010501")
    ext += struct.pack("!HH", 10, len(groups)) + groups
    ext += struct.pack("!HH", 13, len(sigalgs)) + sigalgs
    ext += bytes.fromhex("000b00020100")
    body = (struct.pack("!H", version) + b"\x5a" * 32 + b"\x00" + struct.pack("!H", len(suites)) + suites
            + b"\x01\x00" + struct.pack("!H", len(ext)) + ext)
    msg = b"\x01" + struct.pack("!I", len(body))[1:] + body
    record = b"\x16\x03\x01" + struct.pack("!H", len(msg)) + msg
    with socket.create_connection((host, port), timeout=timeout) as sock:
        sock.sendall(record)
        head = b""
        deadline = time.monotonic() + timeout
        while len(head) < 7 and time.monotonic() < deadline:
            more = sock.recv(4096)
            if not more:
                break
            head += more
    if len(head) < 7:
        return ("closed", None)
    if head[0] == 21:
        return ("alert", head[6])
    return ("handshake", head[5])
