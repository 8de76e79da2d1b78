# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Real clients: without SNI openssl, gnutls-cli and Python's ssl; with it curl."""

import http.client
import re
import ssl
import subprocess
import urllib.parse

import pytest
from cryptography import x509
from lib.server import marker


@pytest.fixture(scope="module")
def world(module_world):
    w = module_world("light")
    w.ca.write(w.server.path("ca.pem"))
    with w.server:
        yield w


def run(args, text="", ok=True):
    p = subprocess.run(args, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       errors="replace", timeout=60)
    assert p.returncode == 0 or not ok, (args, p.returncode, p.stdout[-2000:], p.stderr[-2000:])
    return p.stdout + p.stderr


def request(host, path="/"):
    return "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path, host)


def s_client(w, port, host, path="/", more=(), version="-tls1_3", sni=None):
    args = ["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-quiet", "-ign_eof", version,
            "-CAfile", w.server.path("ca.pem"), *more]
    args += ["-servername", sni] if sni else ["-noservername"]
    return run(args, request(host, path), ok=False)


def gnutls(w, port, host, path="/", more=()):
    """Without SNI; what the certificate says is printed before the data."""
    return run(["gnutls-cli", "--disable-sni", "--insecure", "--logfile", "/dev/stderr", "-p", str(port),
                *more, "127.0.0.1"], request(host, path), ok=False)


def shows(out, name):
    """Whether openssl or gnutls-cli showed the certificate for a name; versions space it otherwise."""
    return re.search(r"\bO ?= ?for %s(?![\w.])" % re.escape(name), out)


def python_ssl(w, port, host, path="/", sni=None, context=None, session=None):
    """(status, headers, body, certificate) of Python's own TLS and HTTP."""
    context = context or ssl.create_default_context(cafile=w.server.path("ca.pem"))
    context.check_hostname = False
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    conn.connect()
    conn.sock = context.wrap_socket(conn.sock, server_hostname=sni, session=session)
    cert = x509.load_der_x509_certificate(conn.sock.getpeercert(True))
    conn.request("GET", path, headers={"Host": host})
    r = conn.getresponse()
    body = r.read().decode()
    conn.close()
    return r.status, dict(r.getheaders()), body, cert


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl(world, version):
    w = world
    port, at_switch = w.server.ports[0], w.server.ports[2]
    cipher = "AES128-GCM-SHA256" if version == "-tls1_2" else "AES256-GCM-SHA384"
    more = ["-cipher", "ECDHE-ECDSA-%s:ECDHE-RSA-%s" % (cipher, cipher)]
    out = s_client(w, port, "a.test:%d" % port, "/p?q", more, version)
    assert "HTTP/1.1 302" in out and shows(out, "dummy.invalid"), out
    where = re.search(r"^Location: (\S+)", out, re.M).group(1)
    assert where == "https://switch.test:%d/go?https://a.test:%d/p?q" % (at_switch, port)
    out = s_client(w, at_switch, "switch.test", where.split(str(at_switch), 1)[1], more, version)
    assert "verify error" not in out and shows(out, "switch.test"), out
    assert re.search(r"^Location: https://a\.test:%d/p\?q\r?$" % port, out, re.M), out
    out = s_client(w, port, "a.test:%d" % port, "/", more, version)
    assert "200 OK" in out and marker("a.test") in out, out
    assert "verify error" not in out and shows(out, "a.test")
    # A second stack behind the same address knows nothing of it.
    other = ["-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"]
    out = s_client(w, port, "a.test", "/", other, version)
    assert " 302 " in out and marker("a.test") not in out


def test_openssl_resumes(world, tmp_path):
    w = world
    port = w.server.ports[0]
    for version in ("-tls1_2", "-tls1_3"):
        saved = str(tmp_path / ("session" + version))
        out = s_client(w, port, "b.test", more=["-sess_out", saved], version=version, sni="b.test")
        assert marker("b.test") in out, out
        out = s_client(w, port, "b.test", more=["-sess_in", saved], version=version)
        assert marker("b.test") in out or " 302 " in out, out
        out = s_client(w, port, "w2.wild.test", more=["-sess_in", saved], version=version)
        assert "CONTENT-OF" not in out and " 302 " in out, out


@pytest.mark.parametrize("priority", ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"])
def test_gnutls(world, priority):
    w = world
    port, at_switch = w.server.ports[0], w.server.ports[2]
    more = ["--priority", priority]
    out = gnutls(w, port, "w1.wild.test:%d" % port, "/x", more)
    assert " 302 " in out and shows(out, "dummy.invalid") and "CONTENT-OF" not in out, out
    where = re.search(r"^Location: (\S+)", out, re.M).group(1)
    out = gnutls(w, at_switch, "switch.test", where.split(str(at_switch), 1)[1], more)
    assert shows(out, "switch.test") and "Location: https://w1.wild.test:%d/x" % port in out, out
    out = gnutls(w, port, "w1.wild.test", "/", more)
    assert shows(out, "*.wild.test") and "200 OK" in out and marker("w1.wild.test") in out, out


def test_python(world):
    w = world
    port, at_switch = w.server.ports[0], w.server.ports[2]
    context = ssl.create_default_context(cafile=w.server.path("ca.pem"))
    status, headers, body, cert = python_ssl(w, port, "c.test:%d" % port, "/q?x", context=context)
    assert (status, cert.serial_number) == (302, w.dummy.serial)
    where = urllib.parse.urlsplit(headers["Location"])
    status, headers, body, cert = python_ssl(w, at_switch, where.netloc, where.path + "?" + where.query,
                                             context=context)
    assert (status, cert.serial_number) == (302, w.leaf("switch.test").serial)
    assert headers["Location"] == "https://c.test:%d/q?x" % port
    status, headers, body, cert = python_ssl(w, port, "c.test", context=context)
    assert (status, cert.serial_number) == (200, w.leaf("c.test").serial)
    assert body == marker("c.test") + "\n"


def curl(w, url, *more, http2=False, ok=True):
    host, port = re.match(r"https://([^:/]+):(\d+)", url).groups()
    return run(["curl", "-sS", "-i", "--max-time", "20", "--cacert", w.server.path("ca.pem"),
                "--http2" if http2 else "--http1.1", "--resolve", "%s:%s:127.0.0.1" % (host, port),
                *more, url], ok=ok)


@pytest.mark.parametrize("http2", [False, True])
@pytest.mark.parametrize("tls_max", ["1.2", "1.3"])
def test_curl(world, http2, tls_max):
    """With SNI every site, verified as a browser does it."""
    w = world
    port = w.server.ports[0]
    version = "HTTP/2 " if http2 else "HTTP/1.1 "
    for name in ("a.test", "alias-a.test", "b.test", "c.test", "w1.wild.test", "w2.wild.test"):
        out = curl(w, "https://%s:%d/" % (name, port), "--tls-max", tls_max, http2=http2)
        assert out.startswith(version + "200"), out
        assert marker(w.content(name)) in out
    out = curl(w, "https://nope.test:%d/" % port, "--tls-max", tls_max, ok=False)
    assert "certificate" in out.lower() or "SSL" in out
    out = curl(w, "https://nope.test:%d/" % port, "-k", http2=http2)
    assert out.startswith(version + "421") and "CONTENT-OF" not in out
    # SNI of one site, Host of another.
    out = curl(w, "https://a.test:%d/" % port, "-H", "Host: b.test", http2=http2)
    assert out.startswith(version + "421") and 'href="https://b.test' in out


@pytest.mark.parametrize("http2", [False, True])
def test_curl_reuses_its_connection(world, http2):
    """Two names under one certificate and address in one run of curl."""
    w = world
    port = w.server.ports[0]
    names = ["w1.wild.test", "w2.wild.test", "a.test", "w1.wild.test"]
    args = []
    for name in names:
        args += ["--resolve", "%s:%d:127.0.0.1" % (name, port)]
    out = run(["curl", "-sS", "--max-time", "20", "--cacert", w.server.path("ca.pem"),
               "--http2" if http2 else "--http1.1", *args,
               *["https://%s:%d/" % (n, port) for n in names]])
    assert out.split() == [marker(n) for n in names]


def test_curl_through_the_switch(world):
    """A client with SNI that follows a switch link arrives as well."""
    w = world
    port, at_switch = w.server.ports[0], w.server.ports[2]
    out = curl(w, "https://switch.test:%d/go?https://a.test:%d/" % (at_switch, port), "-L",
               "--resolve", "a.test:%d:127.0.0.1" % port)
    assert out.count("HTTP/1.1 302") == 1 and marker("a.test") in out
