# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Preflight as an admin has it, which is on: a new server, the steward that httpd begins, uacme, pebble, ports 80 and 443, and a
DNS. Here pebble would validate every name, so that whatever is not ordered was held by preflight.
"""

import contextlib
import http.server
import os
import shlex
import shutil
import socket
import subprocess
import threading

import pytest
from lib import dns
from lib.ctl import PROGRAM, Result, environment
from lib.http import Http1, Wire
from lib.issuing import Issuing, ship
from lib.netns import add_addresses, own_network
from lib.pebble import MISSING, Pebble, can_trust, trusting
from lib.server import WWW, WWW_GROUP, marker, wait_until
from test_89_issuing_acme import issuer_of, use_root

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING)),
    pytest.mark.skipif(not shutil.which("uacme"), reason="there is no uacme here"),
    pytest.mark.skipif(not can_trust(), reason="whom uacme trusts is the system's, and cannot be changed here"),
]

# The two lines, and pebble in place of a CA that the system knows. No MSSLIssuePreflight.
HOST = """MSSLIssueFor vhosts
MSSLIssuer pebble {dir}/issuer/uacme --directory %s --contact hostmaster@host.test --ca-file {dir}/issuer/root.pem
"""
VHOST = "<VirtualHost 127.0.0.1:443 %s>\nServerName %s\nDocumentRoot {dir}/www/%s\n</VirtualHost>\n"
ALL_IPV4 = "127.0.0.1:80"
ALL_BOTH = "127.0.0.1:80 [::1]:80 [::1]:443"
LISTEN_IPV6 = "Listen [::1]:80\nListen [::1]:443\n<VirtualHost [::1]:443>\nServerName first.test\nSSLEngine on\nMSSLEngine on\n" \
    "</VirtualHost>\n"

CHALLENGES = "/.well-known/acme-challenge/"
OTHER, OTHER6 = "192.0.2.80", "2001:db8::80"
WORDS = "another server answers for %s at %s (status %d to a file of ours below " + CHALLENGES + ")"


class Other(http.server.ThreadingHTTPServer):
    """Another server, which has a page for all of .net and nothing else; asked: [(Host, path)]."""

    def __init__(self, address):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.asked = []
        super().__init__((address, 80), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            self.server.asked.append((self.headers["Host"], self.path))
            if not self.headers["Host"].endswith(".net"):
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"Parked here.\n")

        def log_message(self, *args):
            pass

    def __exit__(self, *exc):
        self.shutdown()
        self.server_close()

    def has_been_asked(self, name):
        """How often for a challenge's file; nobody asks it anything else."""
        assert all(path.startswith(CHALLENGES) and len(path) > len(CHALLENGES) + 20 for _, path in self.asked), self.asked
        return sum(1 for host, _ in self.asked if host == name)


class Host(Issuing):
    """Not started yet. names: as lib.dns has them, each a virtual host."""

    def __init__(self, new_server, ca, names, more="", on=ALL_IPV4):
        super().__init__(new_server, ca, "")
        s = self.server
        s.ports = [443, 80]
        self.pebble = Pebble(s.path("pebble"), ca, 80, 443)
        s.conf += more + HOST % self.pebble.url + "".join(VHOST % (on, name, name) for name in names)
        for name in names:
            s.site(name)
        ship(s)
        # The DNS is ours alone; and the umask that an admin's shell may have.
        s.launcher = dns.asking(s.dir, "127.0.0.1") + trusting(self.pebble.ca_file, [])
        s.preexec = lambda: os.umask(0o077)
        assert not os.path.exists(self.state())

    @contextlib.contextmanager
    def running(self):
        with self.pebble:
            use_root(self, self.pebble)
            with self.server:
                yield

    def orders(self):
        """That pebble has had."""
        return self.pebble.log().count("POST /order-plz")

    def fetched(self, name):
        """[(client, status)] of what was fetched of challenges here; pebble says the port."""
        return [(line["client"], line["status"]) for line in self.server.access()
                if line["host"] in (name, name + ":80") and line["request"].startswith("GET " + CHALLENGES)]

    def wait_held(self, name):
        """By preflight; returns the job."""
        return wait_until(lambda: (lambda j: "checked" in j and j)(self.job(name)), lambda: "a look at %s" % name)

    def modes(self):
        """Of the folders of challenges, as httpd's children get at them."""
        top = self.state("challenge")
        paths = [top, os.path.join(top, ".well-known"), os.path.join(top, CHALLENGES.strip("/"))]
        p = subprocess.run(["stat", "-c", "%a %F"] + [path + "/." for path in paths], text=True, timeout=60, user=WWW,
                           group=WWW_GROUP, extra_groups=[], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return p.stdout.splitlines()


@pytest.fixture
def network():
    with own_network() as is_own:
        if not is_own:
            pytest.skip("a network of our own is forbidden here")
        yield


def get(address, name):
    with socket.create_connection((address, 80), 15) as sock:
        r = Http1(Wire(sock)).request(name, "/")
        return r.status, r.body.decode().strip()


def check_held(host, other, name, address, status):
    """The contract's state and words, where a person looks for them; it is looked at again, not ordered."""
    words = WORDS % (name, address, status)
    job = host.wait_held(name)
    assert (job["state"], job["class"], job["found"]) == ("failed", "elsewhere", "elsewhere"), job
    assert job["text"] == words and "serial" not in job, job
    assert other.has_been_asked(name) == 1, other.asked
    host.server.wait_error("MSSL0251: steward: %s: %s" % (name, words.replace("(", r"\(").replace(")", r"\)")))
    r = host.ctl("job", name)
    assert r.code != 0 and words in " ".join(r.out.split()), r


def test_a_new_server(new_server, ca, network):
    """The name's certificate comes and is served."""
    name = "www.example.com"
    with dns.serve({name: {"a": ["127.0.0.1"]}}) as zone:
        host = Host(new_server, ca, [name])
        with host.running():
            host.wait_job(name, "installed", 60)
            wait_until(lambda: "Pebble" in issuer_of(host.server, name), "its certificate")
            assert host.modes() == ["711 directory", "755 directory", "755 directory"]
            # The preflight and pebble each were here, and nobody met anything else than what was put there.
            wait_until(lambda: len(host.fetched(name)) >= 2, host.server.access)
            assert set(host.fetched(name)) == {("127.0.0.1", "200")}, host.server.access()
            assert host.orders() == 1 and (name, dns.A, "udp") in zone.asked
            assert os.listdir(host.state("challenge", ".well-known", "acme-challenge")) == []


def test_names_that_lead_to_another_server(new_server, ca, network):
    """Held, whatever that one says, with a name beside that leads here; ordered at a retry once it leads here, too."""
    add_addresses(OTHER)
    names = {"www.example.com": {"a": ["127.0.0.1"]}, "gone.example.org": {"a": [OTHER]}, "parked.example.net": {"a": [OTHER]},
             "half.example.org": {"a": ["127.0.0.1", OTHER]}}
    with dns.serve(names), Other(OTHER) as other:
        host = Host(new_server, ca, names)
        host.server.expect("MSSL0251: steward: ")
        with host.running():
            check_held(host, other, "gone.example.org", OTHER, 404)
            check_held(host, other, "parked.example.net", OTHER, 200)
            check_held(host, other, "half.example.org", OTHER, 404)
            host.wait_job("www.example.com", "installed", 60)
            assert host.orders() == 1, host.pebble.log()
            names["gone.example.org"]["a"] = ["127.0.0.1"]
            assert host.ctl("retry", "gone.example.org").code == 0
            host.wait_job("gone.example.org", "installed", 60)
            wait_until(lambda: "Pebble" in issuer_of(host.server, "gone.example.org"), "its certificate")
            assert host.orders() == 2 and other.has_been_asked("gone.example.org") == 1
            assert host.job("parked.example.net")["state"] == host.job("half.example.org")["state"] == "failed"


def explain(host, name, *more):
    """As an admin types it; returns (what is in the way, where it leads now, what is to be done)."""
    r = Result(subprocess.run(dns.asking(host.server.dir, "127.0.0.1") + [PROGRAM, "--state-dir", host.state(), "explain", name,
                                                                          *more],
                              text=True, timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment()))
    assert r.err == "", r
    return r


def test_explain_looks_now(new_server, ca, network):
    """Who asks is told what a preflight would find, without an order; once DNS is mended the fix is to order, and helps."""
    add_addresses(OTHER)
    name = "half.example.org"
    names = {"www.example.com": {"a": ["127.0.0.1"]}, name: {"a": ["127.0.0.1", OTHER]}}
    with dns.serve(names), Other(OTHER) as other:
        host = Host(new_server, ca, names)
        host.server.expect("MSSL0251: steward: ")
        with host.running():
            check_held(host, other, name, OTHER, 404)
            host.wait_job("www.example.com", "installed", 60)
            seen = explain(host, name, "--json").json
            assert seen["preflight"]["found"] == "elsewhere" and seen["preflight"]["text"] == WORDS % (name, OTHER, 404), seen
            assert sorted((a["address"], a["found"], a["status"]) for a in seen["preflight"]["addresses"]) == [
                ("127.0.0.1", "ours", None), (OTHER, "elsewhere", 404)], seen
            assert seen["fixes"][0]["text"].startswith("Point the DNS of the name to this server"), seen
            assert other.has_been_asked(name) == 2 and [p["id"] for p in seen["problems"]] == ["job_failed"]
            text = " ".join(explain(host, name).out.split())
            assert "A %s: another server answers there (status 404 to a file of ours)" % OTHER in text and " Now " in text, text
            # Not asked for; and of what is fine nobody asks.
            asked, fetched = other.has_been_asked(name), len(host.fetched("www.example.com"))
            for words in ((name, "--no-dns"), (name, "--no-live"), (name, "--address", "127.0.0.1:443"), ("www.example.com",)):
                assert explain(host, *words, "--json").json["preflight"] is None, words
            assert other.has_been_asked(name) == asked and len(host.fetched("www.example.com")) == fetched
            names[name]["a"] = ["127.0.0.1"]
            seen = explain(host, name, "--json").json
            assert seen["preflight"] == {"found": "ours", "text": None, "addresses": [
                {"address": "127.0.0.1", "found": "ours", "status": None}]}, seen
            assert seen["job"]["state"] == "failed" and seen["fixes"][0]["text"].startswith("It leads here now."), seen
            assert host.orders() == 1
            words = shlex.split(seen["fixes"][0]["command"])
            assert words[0] == "msslctl" and host.ctl(*words[1:]).code == 0
            host.wait_job(name, "installed", 60)
            assert host.orders() == 2 and other.has_been_asked(name) == asked
            assert os.listdir(host.state("challenge", ".well-known", "acme-challenge")) == []


def test_no_address(new_server, ca, network):
    """Nobody is asked anything."""
    with dns.serve({"www.example.com": {"a": ["127.0.0.1"]}}):
        host = Host(new_server, ca, ["none.example.org", "www.example.com"])
        host.server.expect("MSSL0251: steward: ")
        with host.running():
            job = host.wait_held("none.example.org")
            assert (job["state"], job["class"], job["found"]) == ("failed", "dns", "no_address"), job
            assert job["text"] == "none.example.org has no address in the DNS"
            host.wait_job("www.example.com", "installed", 60)
            assert host.orders() == 1 and host.fetched("none.example.org") == []


def test_by_ipv6(new_server, ca, network):
    """AAAA alone may lead to another server: a CA goes there first. Where both lead here, both are looked at."""
    try:
        add_addresses(OTHER6)
        socket.create_server(("::1", 80), family=socket.AF_INET6).close()
    except OSError as e:
        pytest.skip("there is no IPv6 here: %s" % e)
    names = {"www.example.com": {"a": ["127.0.0.1"], "aaaa": ["::1"]}, "old.example.org": {"a": ["127.0.0.1"], "aaaa": [OTHER6]},
             "old.example.net": {"aaaa": [OTHER6]}}
    with dns.serve(names), Other(OTHER6) as other:
        host = Host(new_server, ca, names, LISTEN_IPV6, ALL_BOTH)
        host.server.expect("MSSL0251: steward: ")
        with host.running():
            assert get("::1", "www.example.com") == get("127.0.0.1", "www.example.com") == (200, marker("www.example.com"))
            check_held(host, other, "old.example.org", OTHER6, 404)
            check_held(host, other, "old.example.net", OTHER6, 200)
            host.wait_job("www.example.com", "installed", 60)
            assert host.orders() == 1, host.pebble.log()
            # Two of the preflight, and pebble's.
            wait_until(lambda: len(host.fetched("www.example.com")) >= 3, host.server.access)
            assert set(host.fetched("www.example.com")) == {("127.0.0.1", "200"), ("::1", "200")}
