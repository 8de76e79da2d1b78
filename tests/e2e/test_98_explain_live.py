# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl explain, live: what visits have seen, and what of it is not as the files have it."""

import contextlib
import hashlib
import json
import os
import pwd
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lib import tls
from lib.ctl import Ctl
from lib.live import ONE_CHILD
from lib.server import IS_ROOT, free_ports, wait_until
from lib.world import ask, new_address

CONF = """MSSLCertStore dir:{dir}/store
MSSLDummyCertificate {dir}/dummy.pem
MSSLSwitchURL https://switch.test:{p0}/go
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
ServerAlias old.test broken.test
DocumentRoot {dir}/www/first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName switch.test
CustomLog {dir}/run/switch.log "%r"
<Location /go>
SetHandler mssl-switch
</Location>
</VirtualHost>
<VirtualHost 127.0.0.1:{p1}>
ServerName first.test
MSSLForceHTTPS on
</VirtualHost>
"""


def sha256(leaf):
    cert = x509.load_pem_x509_certificate(leaf.cert_pem.encode())
    return hashlib.sha256(cert.public_bytes(Encoding.DER)).hexdigest()


def set_up(s, ca, *names):
    s.site("first.test")
    ca.leaf("dummy.invalid").write_joined(s.path("dummy.pem"))
    leaves = {}
    for name in ("first.test", "switch.test") + names:
        leaves[name] = ca.leaf(name)
        leaves[name].write_joined(s.path("store", name + ".pem"))
    return leaves


def rows(result, scheme="https"):
    return [(v["sni"], v["status"]) for v in result.json["live"] if v["scheme"] == scheme]


def ids(result):
    return [p["id"] for p in result.json["problems"]]


def test_seen(new_server, ca):
    s = new_server(CONF)
    leaves = set_up(s, ca)
    with s:
        r = Ctl(s)("explain", "first.test", "--json")
        text = Ctl(s)("explain", "first.test")
        Ctl(s)("explain", "switch.test")
        at = "127.0.0.1:%d" % s.port
        assert r.code == 0 and ids(r) == [], r
        own, other, plain = r.json["live"]
        assert (own["sni"], own["address"], own["status"], own["sha256"]) == (
            "first.test", at, 200, sha256(leaves["first.test"])) and own["covers"] is True
        assert own["sha256"] == r.json["certificates"][0]["sha256"]
        assert (other["sni"], other["status"], other["covers"], other["trusted"]) == (None, 302, False, False)
        assert other["location"].startswith("https://switch.test:%d/go?https://first.test" % s.port)
        assert (plain["scheme"], plain["sha256"], plain["status"]) == ("http", None, 301), plain
        assert plain["location"].startswith("https://first.test")
        assert all(0 <= v["ms"] < 5000 and v["error"] is None for v in r.json["live"])
        flat = " ".join(text.out.split())
        assert "then the site; seen: 200" in flat, text
        assert "302 to the switch, and back with its own, remembered for 5 min; seen: 302" in flat, text
        assert "(MSSLForceHTTPS on); seen: 301" in flat
        with open(s.path("run", "switch.log")) as f:
            assert f.read() == ""       # never visited, not even for its own name


def test_not_wanted(new_server, ca):
    s = new_server(CONF)
    set_up(s, ca)
    with s:
        mark = os.path.getsize(s.access_path)
        r = Ctl(s)("explain", "first.test", "--no-live", "--json")
        assert r.code == 0 and r.json["live"] is None and os.path.getsize(s.access_path) == mark
    for wrong in ("localhost:1", "127.0.0.1:0", "127.0.0.1:65536", "[::1", "1.2.3:443", "::1:x", "127.0.0.1:1x"):
        r = Ctl(s)("explain", "first.test", "--address", wrong)
        assert r.code == 64 and "192.0.2.1:443" in r.err, r


def test_nobody_answers(new_server, ca):
    s = new_server(CONF)
    set_up(s, ca)
    with s:
        pass
    r = Ctl(s)("explain", "first.test", "--json")
    assert r.code == 2 and ids(r) == ["no_answer"] and "Connection refused" in r.json["problems"][0]["text"], r
    assert r.json["sentence"].startswith("SEEN OTHERWISE. 127.0.0.1:%d does not answer" % s.port)
    assert r.json["verdict"] == "fine"


def test_old_one_is_still_shown(new_server, ca):
    # In one child: another one would read the new file.
    s = new_server("MSSLCheckInterval 1h\n" + CONF, main=ONE_CHILD)
    leaves = set_up(s, ca, "old.test")
    with s:
        ctl = Ctl(s)
        r = ctl("explain", "old.test", "--json")
        assert r.code == 0 and r.json["live"][0]["sha256"] == sha256(leaves["old.test"]), r
        new = ca.leaf("old.test", days=99)
        new.write_joined(s.path("store", "old.test.pem"))
        r = ctl("explain", "old.test", "--json")
        assert r.code == 1 and ids(r) == ["old_certificate"], r
        assert r.json["live"][0]["sha256"] == sha256(leaves["old.test"]) != r.json["certificates"][0]["sha256"]
        text = " ".join(ctl("explain", "old.test").out.split())
        assert "old.test: SEEN OTHERWISE. 127.0.0.1:%d still shows another certificate" % s.port in text


def test_without_http(new_server, ca):
    """No virtual host for http: nobody is said to answer there, by msslctl and by the status."""
    s = new_server("<Location /status>\nSetHandler mssl-status\nMSSLStatus full\n</Location>\nMSSLInventory on 1s\n"
                   + CONF.partition("<VirtualHost 127.0.0.1:{p1}>")[0])
    set_up(s, ca)
    with s:
        r = Ctl(s)("explain", "first.test", "--json")
        assert (r.code, r.json["http"]["answer"], r.json["http"]["status"]) == (0, "none", None), r
        assert rows(r, "http") == []
        assert "no virtual host has it: nothing answers" in " ".join(Ctl(s)("explain", "first.test").out.split())

        def look():
            with tls.Client(s.port, "first.test", source=new_address()).connect() as conn:
                seen = json.loads(ask(s, conn, "first.test", "/status?format=json&host=first.test").body)
            return seen["verdict"] != "unknown" and seen
        told = wait_until(look, lambda: look())
        assert told["http"]["answer"] == "none" and told["http"]["text"] == r.json["http"]["text"], told["http"]


def test_last_good_is_seen(new_server, ca):
    s = new_server(CONF, expect=["MSSL0110"])
    set_up(s, ca, "broken.test")
    with s:
        ctl = Ctl(s)
        assert ctl("explain", "broken.test", "--json").code == 0
        with open(s.path("store", "broken.test.pem"), "w") as f:
            f.write("cut off\n")
        r = ctl("explain", "broken.test", "--json")
        assert (r.code, r.json["verdict"]) == (1, "at_risk") and "not_in_files" in ids(r), r
        assert ctl("explain", "broken.test", "--no-live").code == 2


def test_through_a_balancer(new_server, ca):
    s = new_server(CONF.replace("MSSLEngine on\n", "MSSLEngine on\nRemoteIPProxyProtocol On\n"), modules=["remoteip"])
    set_up(s, ca)
    with s:
        r = Ctl(s)("explain", "first.test", "--json")
        assert r.code == 0 and rows(r) == [("first.test", 200), (None, 302)], r
        assert rows(r, "http") == [(None, 301)]


def test_trusted(new_server, ca):
    s = new_server("MSSLTrustNoSNI first.test 127.0.0.0/8\n" + CONF)
    set_up(s, ca)
    with s:
        r = Ctl(s)("explain", "first.test", "--json")
        assert r.code == 0 and rows(r) == [("first.test", 200), (None, 200)] and ids(r) == [], r
        assert [v["trusted"] for v in r.json["live"]] == [False, True, False]
        assert "seen: 200 (trusted)" in " ".join(Ctl(s)("explain", "first.test").out.split())


def test_website_that_fails_and_one_that_turns_in_a_circle(new_server, ca):
    site = "ServerName %s\nMSSLForceHTTPS none\nRedirect %s\n"
    s = new_server(CONF.replace("ServerAlias old.test broken.test\n", "") + "".join(
        "<VirtualHost 127.0.0.1:{p0}>\n%s</VirtualHost>\n" % (site % row) for row in (
            ("fails.test", "503 /"), ("circle.test", "302 / https://circle.test/"))))
    set_up(s, ca, "fails.test", "circle.test")
    with s:
        r = Ctl(s)("explain", "fails.test", "--json")
        assert r.code == 1 and ids(r) == ["website_error"], r
        r = Ctl(s)("explain", "circle.test", "--json")
        assert r.code == 2 and ids(r) == ["loop"] and "https://circle.test/" in r.json["problems"][0]["text"], r
        assert "the rule that sends visitors there" in r.json["fixes"][0]["text"], r


def steward_uid(s):
    with open(s.path("run", "mssl", "server.json")) as f:
        name = json.load(f)["users"]["steward"]
    return pwd.getpwnam(name).pw_uid if name in {u.pw_name for u in pwd.getpwall()} else 0


@contextlib.contextmanager
def stranger(path, leaf, answer, drip=0.0):
    """Another machine's TLS server, which answers as it likes."""
    leaf.write_joined(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    port, = free_ports(1)
    listener = socket.create_server(("127.0.0.1", port))
    ended = threading.Event()

    def serve(conn):
        with contextlib.suppress(OSError), context.wrap_socket(conn, server_side=True) as tls:
            tls.recv(4096)
            for at in range(0, len(answer), 1 if drip else len(answer)):
                if ended.wait(drip):
                    break
                tls.sendall(answer[at:at + (1 if drip else len(answer))])

    def run():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield "127.0.0.1:%d" % port
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


@pytest.fixture
def quiet(new_server, ca):
    s = new_server(CONF)
    set_up(s, ca)
    with s:
        pass
    return s


def test_another_machine(quiet, ca):
    with stranger(quiet.path("other.pem"), ca.leaf("elsewhere.test"), b"HTTP/1.1 200 OK\r\n\r\n") as at:
        r = Ctl(quiet)("explain", "first.test", "--json", "--address", at)
    assert r.code == 2 and ids(r) == ["other_certificate"] and at in r.json["sentence"], r
    assert rows(r, "http") == []


@pytest.mark.parametrize("answer, status", [
    (b"HTTP/1.1 302 Found\r\nLocation: https://x/\x1b[31m\xe2\x80\xae\"<b>|\r\n\r\n", 302),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 204),
    (b"HTTP/1.1 999 Odd\r\n\r\n", None),
    (b"HTTP/1.1 200", None),
    (b"SSH-2.0-OpenSSH\r\n", None),
    (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100000 + b"\r\n\r\n", None),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20000, None),
], ids=["bytes", "continue", "999", "cut", "ssh", "line", "lines"])
def test_hostile_answers(quiet, ca, answer, status):
    with stranger(quiet.path("other.pem"), ca.leaf("first.test"), answer) as at:
        r = Ctl(quiet)("explain", "first.test", "--json", "--address", at)
        text = Ctl(quiet)("explain", "first.test", "--address", at, "--plain")
    assert [v["status"] for v in r.json["live"]] == [status] * 2, r
    assert text.out.isascii() and "\x1b" not in text.out
    if status == 302:
        assert r.json["live"][0]["location"] == "https://x/\x1b[31m\u202e\"<b>|"


def test_who_drips_holds_nobody_up(quiet, ca):
    begin = time.monotonic()
    with stranger(quiet.path("other.pem"), ca.leaf("first.test"), b"HTTP/1.1 200 OK\r\n" + b"x" * 500, drip=0.2) as at:
        r = Ctl(quiet)("explain", "first.test", "--json", "--address", at)
    assert [v["error"] for v in r.json["live"]] == ["Connection timed out"] * 2, r
    assert time.monotonic() - begin < 60


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_it_is_no_root_who_asks(quiet, ca):
    """The process at the other end of the connection is the steward's user, or nobody's with rights."""
    seen = []
    port, = free_ports(1)
    with socket.create_server(("127.0.0.1", port)) as listener:
        def look():
            conn, peer = listener.accept()
            with open("/proc/net/tcp") as f:
                row = next(line.split() for line in f if ":%04X" % peer[1] in line.split()[1])
            seen.append(int(row[7]))
            conn.close()
        thread = threading.Thread(target=look)
        thread.start()
        Ctl(quiet)("explain", "first.test", "--address", "127.0.0.1:%d" % port)
        thread.join(30)
    assert seen == [steward_uid(quiet)]
