# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The part of a certificate authority that says when to renew (RFC 9773)."""

import base64
import http.server
import json
import ssl
import threading

from cryptography import x509


def name_of(pem):
    """As RFC 9773 section 4.1 names a certificate in a URL."""
    cert = x509.load_pem_x509_certificate(pem.encode())
    key = cert.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    serial = cert.serial_number.to_bytes(cert.serial_number.bit_length() // 8 + 1, "big")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (key, serial))


class Ari:
    """
    url: of its directory; answers: what it says of a certificate, by its name; the rest is not known. Once is_endless
    is set, what it says has no end; sent: bytes of that.
    """

    def __init__(self, ca, path, has_ari=True):
        self.answers, self.asked = {}, []
        self.is_endless, self.sent = False, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def flood(self):
                self.send_response(200)
                self.end_headers()
                try:
                    while outer.sent < 64 * 1024 * 1024:
                        outer.sent += self.wfile.write(b" " * 65536)
                except OSError:
                    pass

            def do_GET(self):
                if outer.is_endless:
                    self.flood()
                    return
                base = outer.url.rsplit("/", 1)[0]
                texts = {"/directory": json.dumps({"newOrder": base + "/order", "renewalInfo": base + "/ari"}
                                                  if has_ari else {"newOrder": base + "/order"}, indent=3)}
                if self.path.startswith("/ari/"):
                    outer.asked.append(self.path[5:])
                    texts[self.path] = outer.answers.get(self.path[5:])
                text = texts.get(self.path)
                self.send_response(404 if text is None else 200)
                self.send_header("Retry-After", "21600")
                self.send_header("Content-Length", str(len(text or "")))
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        ca.leaf("localhost").write_joined(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = "https://localhost:%d/directory" % self.server.server_port

    def say(self, pem, start, end):
        self.answers[name_of(pem)] = json.dumps({"suggestedWindow": {"start": start, "end": end},
                                                 "explanationURL": "https://ca.test/why"})

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()
