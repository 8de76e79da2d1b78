# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl explain, DNS: what it says, held against MSSLPublicAddress; by a DNS server of the test's own."""

import json
import os
import subprocess
import time

import pytest

from lib import dns
from lib.ctl import PROGRAM, Result, environment
from lib.netns import own_network
from lib.server import IS_ROOT

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="needs root: namespaces")

CONF = """MSSLCertStore dir:{dir}/store
MSSLDummyCertificate {dir}/dummy.pem
%s<VirtualHost 127.0.0.1:{p0}>
ServerName here.org
ServerAlias *.here.org
DocumentRoot {dir}/www/here.org
SSLEngine on
MSSLEngine on
</VirtualHost>
"""
OURS = ["198.51.100.4", "2001:db8:0::4"]
ZONE = {
    "here.org": {"a": ["198.51.100.4"], "aaaa": ["2001:db8::4"]},
    "moved.here.org": {"a": ["203.0.113.9"], "aaaa": ["2001:db8::9"]},
    "half.here.org": {"a": ["198.51.100.4"], "aaaa": ["2001:db8::9"]},
    "cdn.here.org": {"cname": "d111.cloudfront.net", "a": ["192.0.2.77"]},
    "nothing.here.org": {},
    "cut.here.org": {"cut": True, "a": ["198.51.100.4"]},
    "refused.here.org": {"rcode": 5},
    "silent.here.org": {"silent": True},
    "short.here.org": {"raw": b"\x81\x80"},
    "empty.here.org": {"raw": b""},
    "liar.here.org": {"raw": b"\x81\x80" + b"\xff" * 200},
    "loop.here.org": {"raw": b"\x81\x80\0\1\0\1\0\0\0\0\xc0\x0c\0\1\0\1" + b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4abcd"},
}


class Asker:
    def __init__(self, server, zone):
        self.server, self.zone = server, zone
        self.words = dns.asking(server.dir, "127.0.0.1")

    def __call__(self, *args, words=None):
        command = (words or self.words) + [PROGRAM, "--state-dir", self.server.path("run", "mssl"), *args]
        return Result(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120,
                                     stdin=subprocess.DEVNULL, env=environment()))


@pytest.fixture(scope="module")
def zone():
    with own_network(), dns.serve(ZONE) as served:
        yield served


def start(module_server, ca, zone, setting):
    s = module_server(CONF % setting)
    s.site("here.org")
    ca.leaf("dummy.invalid").write_joined(s.path("dummy.pem"))
    ca.leaf("here.org").write_joined(s.path("store", "here.org.pem"))
    ca.leaf("*.here.org").write_joined(s.path("store", "_.here.org.pem"))
    s.start()
    return Asker(s, zone)


@pytest.fixture(scope="module")
def ask(zone, module_server, ca):
    return start(module_server, ca, zone, "MSSLPublicAddress %s\n" % " ".join(OURS))


@pytest.fixture(scope="module")
def stranger(zone, module_server, ca):
    """A server that does not say what DNS should say."""
    return start(module_server, ca, zone, "")


def ids(r):
    return [p["id"] for p in r.json["problems"]]


def test_as_it_should_be(ask):
    r = ask("explain", "here.org", "--json")
    assert r.json["dns"] == {"a": ["198.51.100.4"], "aaaa": ["2001:db8::4"], "expected": ["198.51.100.4", "2001:db8::4"],
                             "matches": True, "cname": None, "error": None}, r
    assert r.json["verdict"] == "no_sni_unreachable" and r.code == 0
    text = " ".join(ask("explain", "here.org").out.split())
    assert "DNS 198.51.100.4, 2001:db8::4, as MSSLPublicAddress says" in text


def test_elsewhere(ask):
    r = ask("explain", "moved.here.org", "--json")
    assert (r.code, r.json["verdict"], r.json["dns"]["matches"]) == (1, "elsewhere", False), r
    assert r.json["sentence"] == ("fine here, but VISITORS GO ELSEWHERE. DNS says 203.0.113.9, 2001:db8::9; this server is "
                                  "198.51.100.4, 2001:db8::4.")
    assert ids(r) == ["a_elsewhere", "aaaa_elsewhere"] and "MSSLPublicAddress" in r.json["fixes"][-1]["text"]


def test_an_old_aaaa_alone(ask):
    r = ask("explain", "half.here.org", "--json")
    assert (r.code, r.json["verdict"], ids(r)) == (1, "no_sni_unreachable", ["aaaa_elsewhere"]), r


@pytest.mark.parametrize("name", ["nothing.here.org", "unknown.here.org"])
def test_no_address(ask, name):
    r = ask("explain", name, "--json")
    assert (r.code, ids(r), r.json["dns"]["a"], r.json["dns"]["matches"]) == (1, ["no_address"], [], False), r


def test_not_compared_where_nothing_is_expected(stranger):
    for name in ("moved.here.org", "nothing.here.org", "cdn.here.org"):
        r = stranger("explain", name, "--json")
        assert (r.code, ids(r), r.json["dns"]["matches"], r.json["dns"]["expected"]) == (0, [], None, []), r
    assert r.json["dns"]["cname"] == "d111.cloudfront.net"
    text = " ".join(stranger("explain", "cdn.here.org").out.split())
    assert "192.0.2.77; a CDN is in front (d111.cloudfront.net)" in text


def test_more_than_a_datagram(ask):
    r = ask("explain", "cut.here.org", "--json")
    assert r.json["dns"]["a"] == ["198.51.100.4"] and ("cut.here.org", 1, "tcp") in ask.zone.asked, r


@pytest.mark.parametrize("name", ["refused", "silent", "short", "empty", "liar", "loop"])
def test_no_answer_is_unknown(ask, name):
    begin = time.monotonic()
    r = ask("explain", name + ".here.org", "--json")
    d = r.json["dns"]
    assert r.code == 0 and ids(r) == [] and d["a"] in (None, ["97.98.99.100"]) and d["matches"] is None, r
    assert d["error"] == "no server of /etc/resolv.conf answers"
    assert time.monotonic() - begin < 30
    assert r.out.isascii()


def test_next_server_is_asked(ask):
    words = dns.asking(ask.server.path("run"), "127.0.0.9", "::2", "127.0.0.1")
    r = ask("explain", "here.org", "--json", words=words)
    assert r.json["dns"]["matches"] is True, r


def test_not_asked(ask):
    mark = len(ask.zone.asked)
    assert ask("explain", "here.org", "--no-dns", "--json").json["dns"] is None
    r = ask("explain", "demo.example.test", "--json")
    assert "no DNS has such names" in r.json["dns"]["error"], r
    ask("explain", "not a name")
    assert len(ask.zone.asked) == mark
    hosts = "127.0.0.5 moved.here.org\n"
    file = ask.server.path("hosts")
    with open(file, "w") as f:
        f.write(hosts)
    words = ask.words[:4] + ['mount --bind "%s" /etc/hosts && mount --bind "$0" /etc/resolv.conf && exec "$@"' % file, ask.words[5]]
    assert ask("explain", "moved.here.org", "--json", words=words).json["dns"]["a"] == ["203.0.113.9"]


def test_server_json(ask):
    with open(os.path.join(ask.server.path("run", "mssl"), "server.json")) as f:
        vhosts = json.load(f)["vhosts"]
    assert all(v["public_addresses"] == ["198.51.100.4", "2001:db8::4"] for v in vhosts)
