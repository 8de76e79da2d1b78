# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The interface of a reseller of certificates, as tools/issuers/reseller knows it: what it is asked, and does as a test says."""

import base64
import http.server
import json
import ssl
import threading
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .server import free_ports

USER, PASSWORD = "shop", "s3cret-of-the-reseller"


class Reseller:
    """orders: what was ordered, in order; asked: [(method, path, data)]; fail: what the next questions get instead."""

    def __init__(self, path, ca, term_days=365):
        self.ca, self.term_days, self.port = ca, term_days, free_ports(1)[0]
        self.orders, self.asked, self.fail, self.hung = [], [], {}, threading.Event()
        self.url = "https://localhost:%d/v1" % self.port
        ca.leaf("localhost").write_split(path + ".crt", path + ".key")
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path + ".crt", path + ".key")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._over = threading.Event()

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def issue(self, order, days=90, names=None):
        """A person at the CA is content: the order has a certificate for its last request."""
        csr = x509.load_pem_x509_csr(order["csr"].encode())
        names = names or csr.extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
        cert = self.ca._issue(names[0], csr.public_key(), self.ca.cert, self.ca.key, days=days,
                              sans=[x509.DNSName(n) for n in names])
        order.update(status="issued", certificate=cert.public_bytes(Encoding.PEM).decode(), chain="")
        return cert.serial_number

    def _order(self, data):
        for known in self.orders:
            if known["reference"] == data["reference"]:
                return known
        order = dict(data, id="R-%d" % (1001 + len(self.orders)), status="pending", message="",
                     paid_until=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.term_days * 86400)))
        for check in order["validation"]:
            if check["method"] == "file":
                check.update(file="ABC123.txt", content="proof of %s\n" % check["name"])
            elif check["method"] == "dns":
                check.update(record="_ca." + check["name"].lstrip("*."), value="proof-" + order["id"])
        self.orders.append(order)
        return order

    def _answer(self, method, path, data):
        """(status, what is said)"""
        url = urllib.parse.urlsplit(path)
        parts = url.path.split("/")[2:]
        if parts == ["orders"] and method == "POST":
            return 201, self._order(data)
        if parts == ["orders"]:
            wanted = urllib.parse.parse_qs(url.query)["reference"]
            return 200, [o for o in self.orders if o["reference"] in wanted]
        order = next((o for o in self.orders if o["id"] == parts[1]), None)
        if order is None:
            return 404, {"error": "no_such_order", "message": "no order " + parts[1]}
        if method == "DELETE":
            order["status"] = "cancelled"
        elif parts[2:] == ["reissue"]:
            order.update(csr=data["csr"], status="pending", validation=[])
            order.setdefault("reissues", []).append(data["reference"])
        elif parts[2:] == ["resend"]:
            order["resent"] = order.get("resent", 0) + 1
        return 200, order

    def _handler(reseller):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                data = json.loads(body) if body else None
                reseller.asked.append((self.command, self.path, data))
                how = reseller.fail.get(self.command, "")
                if "Basic " + base64.b64encode(("%s:%s" % (USER, PASSWORD)).encode()).decode() != self.headers["Authorization"]:
                    status, said = 401, {"error": "unauthorized", "message": "who are you?"}
                elif how == "hang":
                    reseller.hung.set()
                    reseller._over.wait(60)
                    return
                elif isinstance(how, dict):
                    status, said = how.get("status", 400), how
                else:
                    status, said = reseller._answer(self.command, self.path, data)
                if how == "lose":                       # it was done, and nobody hears of it
                    reseller.hung.set()
                    self.close_connection = True
                    return
                if how == "lose and hang":
                    reseller.hung.set()
                    reseller._over.wait(60)
                    return
                text = b"<html>Bad gateway" if how == "garbage" else json.dumps(said).encode()
                self.send_response(502 if how == "garbage" else status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = _do

            def log_message(self, *args):
                pass

        return Handler
