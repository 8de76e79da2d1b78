# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.x and HTTP/2 over lib.tls, close to the wire: what is sent is what the test says."""

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
from hyperframe.frame import PingFrame

from .tls import TLSError


class Response:
    """A status line, headers in order, and the body."""

    def __init__(self, status, headers, body=b"", version="HTTP/1.1"):
        self.status, self.headers, self.body, self.version = status, headers, body, version
        self.reset = None   # h2: the error code of a RST_STREAM

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return "<%s %s %r %r>" % (self.version, self.status, self.headers, self.body[:200])


def build(host, path="/", method="GET", version="HTTP/1.1", headers=(), body=b""):
    """The bytes of a request. host None: no Host header."""
    lines = ["%s %s %s" % (method, path, version)]
    if host is not None:
        lines.append("Host: %s" % host)
    lines += ["%s: %s" % h for h in headers]
    if body:
        lines.append("Content-Length: %d" % len(body))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


class Wire:
    """A plain socket, for Http1."""

    def __init__(self, sock):
        self.send, self._sock = sock.sendall, sock

    def recv(self):
        return self._sock.recv(65536)


class Http1:
    """Requests one after another on a connection (anything with send() and recv())."""

    def __init__(self, conn):
        self.conn, self.buf, self.closed = conn, b"", False

    def _more(self):
        data = self.conn.recv()
        if not data:
            self.closed = True
            return False
        self.buf += data
        return True

    def _until(self, mark):
        while mark not in self.buf:
            if not self._more():
                raise TLSError("the connection ended before an answer: %r" % self.buf[:200])
        head, self.buf = self.buf.split(mark, 1)
        return head

    def _exactly(self, n):
        while len(self.buf) < n:
            if not self._more():
                raise TLSError("the connection ended inside a body")
        data, self.buf = self.buf[:n], self.buf[n:]
        return data

    def _chunked(self):
        body = b""
        while True:
            size = int(self._until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                while self._until(b"\r\n"):
                    pass
                return body
            body += self._exactly(size)
            self._exactly(2)

    def read(self, method="GET"):
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ", 2)[:2]
        headers = [tuple(x.strip() for x in line.split(":", 1)) for line in lines[1:]]
        r = Response(int(status), headers, version=version)
        if 100 <= r.status < 200 and r.status != 101:
            return self.read(method)
        if method == "HEAD" or r.status in (204, 304, 101):
            return r
        if (r.get("Transfer-Encoding") or "").lower() == "chunked":
            r.body = self._chunked()
        elif r.get("Content-Length") is not None:
            r.body = self._exactly(int(r.get("Content-Length")))
        else:
            while self._more():
                pass
            r.body, self.buf = self.buf, b""
        return r

    def send(self, data):
        self.conn.send(data)

    def request(self, host, path="/", method="GET", **kw):
        self.send(build(host, path, method, **kw))
        return self.read(method)

    def is_closed(self):
        """Whether the server has ended the connection after its answer."""
        return self.closed or self.conn.is_closed()


class Http2:
    """HTTP/2 with several streams on a connection."""

    def __init__(self, conn):
        self.conn = conn
        config = h2.config.H2Configuration(client_side=True, validate_outbound_headers=False,
                                           normalize_outbound_headers=False,
                                           header_encoding="latin-1")
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.streams, self.done, self.goaway, self.closed = {}, set(), None, False
        self._flush()

    def _flush(self):
        data = self.h2.data_to_send()
        if data:
            self.conn.send(data)

    def start(self, host, path="/", method="GET", headers=(), body=b"", scheme="https", has_end=True, flush=True):
        """Begin a stream; host None: no :authority; has_end False: its body goes on. Returns its number. flush False: it goes out with the next."""
        pseudo = [(":method", method), (":scheme", scheme), (":path", path)]
        if host is not None:
            pseudo.append((":authority", host))
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, pseudo + [(n.lower(), v) for n, v in headers],
                             end_stream=has_end and not body)
        if body:
            self.h2.send_data(stream, body, end_stream=True)
        self.streams[stream] = Response(None, [], version="HTTP/2")
        if flush:
            self._flush()
        return stream

    def _take(self, data):
        for e in self.h2.receive_data(data):
            stream = self.streams.get(getattr(e, "stream_id", None))
            if isinstance(e, h2.events.ResponseReceived):
                stream.headers = [(str(n), str(v)) for n, v in e.headers if not n.startswith(":")]
                stream.status = int(dict(e.headers)[":status"])
            elif isinstance(e, h2.events.DataReceived):
                stream.body += e.data
                self.h2.acknowledge_received_data(e.flow_controlled_length, e.stream_id)
            elif isinstance(e, h2.events.StreamEnded):
                self.done.add(e.stream_id)
            elif isinstance(e, h2.events.StreamReset):
                stream.reset = e.error_code
                self.done.add(e.stream_id)
            elif isinstance(e, h2.events.ConnectionTerminated):
                self.goaway = (e.error_code, e.last_stream_id)

    def _more(self):
        data = self.conn.recv()
        if not data:
            self.closed = True
            return False
        try:
            self._take(data)
        except h2.exceptions.ProtocolError:
            if self.goaway is None:
                raise
        try:
            self._flush()
        except TLSError:
            self.closed = True
        return True

    def wait(self, *numbers):
        """The responses of these streams, each complete."""
        while not set(numbers) <= self.done:
            if not self._more():
                raise TLSError("the connection ended before stream %s" % (numbers,))
        return [self.streams[n] for n in numbers]

    def request(self, host, path="/", method="GET", **kw):
        return self.wait(self.start(host, path, method, **kw))[0]

    def nudge(self):
        """mod_http2 cleans up a finished stream, and writes its log line, when it has something to do."""
        if self.closed:
            return
        try:
            if self.goaway is not None:     # nobody answers, and h2 would not send it
                self.conn.send(PingFrame(0, opaque_data=b"clean up").serialize())
            else:
                self.h2.ping(b"clean up")
                self._flush()
                self._more()
        except (TLSError, h2.exceptions.ProtocolError):
            self.closed = True

    def is_closed(self):
        """Whether the server says GOAWAY after its answer (and so ends the connection)."""
        while self.goaway is None and not self.closed:
            try:
                if not self._more():
                    break
            except TLSError:
                return False
        return self.goaway is not None or self.closed


def talk(conn):
    """The HTTP that the handshake agreed on."""
    return Http2(conn) if conn.alpn == "h2" else Http1(conn)
