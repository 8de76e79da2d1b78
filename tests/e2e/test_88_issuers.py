# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The issuer programs that are shipped (tools/issuers): uacme against pebble, its challenges answered by
httpd's MSSLChallengeDir, and what it says of each failure.
"""

import os
import shutil

import pytest
from lib.ari import Ari
from lib.issuer import EAB, EAB_LINE, Issuer, answering, text_of
from lib.pebble import MISSING, Pebble, can_trust

has_uacme = pytest.mark.skipif(not shutil.which("uacme"), reason="there is no uacme here")
has_trust = pytest.mark.skipif(not can_trust(), reason="whom programs trust is the system's, and cannot be changed here")


def has_pebble(test):
    for missing, reason in ((bool(MISSING), "there is no %s here" % " and no ".join(MISSING)),
                            (not can_trust(), "whom uacme trusts is the system's, and cannot be changed here")):
        test = pytest.mark.skipif(missing, reason=reason)(test)
    return has_uacme(test)


@pytest.fixture
def server(new_server):
    return answering(new_server)


def make(s, pebble, *args):
    return Issuer(s.path("issuer"), "uacme", "--directory", pebble.url, *args, roots=pebble.ca_file,
                  challenge=s.path("challenge"))


@has_pebble
@pytest.mark.parametrize("eab", [False, True])
def test_uacme(server, ca, eab):
    """Register, as often as one likes; issue; issue again; revoke."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0], **(EAB if eab else {})) as pebble:
        issuer = make(s, pebble, "--contact", "admin@example.test")
        if eab:
            assert issuer.run("register") == 32, issuer.out
            assert "requires external credentials" in issuer.result["text"]
            with open(s.path("eab"), "w") as f:
                f.write(EAB_LINE)
            issuer.args += ["--eab", s.path("eab")]
        for _ in range(2):
            assert issuer.run("register") == 0, issuer.out
        issuer.check_issue()
        # It holds for any host, on a server that sends everything else away.
        assert s.count_error("MSSL0223") >= 2
        assert issuer.run("revoke", MSSL_REASON="keyCompromise") == 0, issuer.out
        assert os.path.exists(issuer.work("chain.pem"))
        for verb in ("poll", "reissue", "resend", "cancel"):
            assert issuer.run(verb) == 3


@has_pebble
def test_uacme_tls_alpn(server, ca):
    """By a certificate that httpd shows for it: nothing is asked over http."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0]) as pebble:
        issuer = make(s, pebble, "--challenge", "tls-alpn-01")
        assert issuer.run("register") == 0, issuer.out
        for name in ("a.test", "first.test"):
            issuer.ask(name)
            assert issuer.run("issue") == 0, issuer.out
            assert "DNS:" + name in text_of(issuer.work("chain.pem"))
            s.wait_error("MSSL0261: challenge answered: 'alpn/%s.pem'" % name)
        assert s.count_error("MSSL0223") == 0
        assert not [f for _, _, files in os.walk(s.path("challenge")) for f in files]
        # What the CA is shown is not what it asked for.
        issuer.ask("b.test")
        issuer.challenge = s.path("elsewhere")
        assert issuer.run("issue") == 20, issuer.out
        assert issuer.result["class"] in ("unauthorized", "connection"), issuer.result
        with open(s.path("file"), "w"):
            issuer.challenge = s.path("file")
        assert issuer.run("issue") == 31
        assert "cannot be written below" in issuer.result["text"]


@has_pebble
def test_uacme_refused(server, ca):
    """Each failure by its class, in the CA's own words."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0], domainBlocklist=["blocked.test"]) as pebble:
        issuer = make(s, pebble)
        issuer.ask("a.test")
        # No account, and one that the CA has forgotten, which it is asked for by its key.
        assert issuer.run("issue") == 31, issuer.out
        assert issuer.run("register") == 0, issuer.out

        issuer.check_refusals(pebble)
        issuer.ask("*.wild.test")
        assert issuer.run("issue") == 20, issuer.out
        assert issuer.result["class"] == "policy" and "dns-01" in issuer.result["text"]
        # What the CA fetches is not what it asked for.
        issuer.ask("b.test")
        issuer.challenge = s.path("elsewhere")
        assert issuer.run("issue") == 20, issuer.out
        assert issuer.result["class"] == "unauthorized"
        assert not os.path.exists(issuer.work("chain.pem"))
        with open(s.path("file"), "w"):
            issuer.challenge = s.path("file")
        assert issuer.run("issue") == 31
        assert "cannot be written below" in issuer.result["text"]
    # The CA has lost its accounts.
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0]) as pebble:
        issuer.args = make(s, pebble).args
        assert issuer.run("issue") == 32, issuer.out
        assert "no account associated" in issuer.result["text"]


@has_pebble
def test_uacme_down(server, ca):
    """The CA is not there: its fault."""
    pebble = Pebble(server.path("pebble"), ca, server.ports[1], server.ports[0])
    issuer = make(server, pebble)
    assert issuer.run("register") == 31, issuer.out
    assert "connect to server" in issuer.result["text"]


PROBLEM = """#!/bin/sh
cat >&2 <<'END'
uacme: the server reported the following error:
%s
END
exit 2
"""


@pytest.mark.parametrize("problem, code, result", [
    ('{\n    "type": "urn:ietf:params:acme:error:rateLimited",\n    "detail": "too many certificates (5) already issued '
     'for this exact set of identifiers in the last 168h0m0s, retry after 2026-12-01 02:03:04 UTC: see '
     'https://letsencrypt.org/docs/rate-limits/",\n    "status": 429\n}', 30, {"retry-at": "2026-12-01T02:03:04Z"}),
    ('{\n    "type": "urn:ietf:params:acme:error:rateLimited",\n    "detail": "slower"\n}', 30, {"text": "slower"}),
    ('{\n    "type": "urn:ietf:params:acme:error:caa",\n    "detail": "CAA record for a.test prevents issuance"\n}',
     20, {"class": "caa", "text": "CAA record for a.test prevents issuance"}),
    ('{\n    "type": "urn:ietf:params:acme:error:dns",\n    "detail": "DNS problem: NXDOMAIN looking up A"\n}', 20,
     {"class": "dns"}),
    ('{\n    "type": "urn:ietf:params:acme:error:compound",\n    "detail": "both",\n    "subproblems": [\n        {\n'
     '            "type": "urn:ietf:params:acme:error:caa",\n            "detail": "one"\n        }\n    ]\n}', 20,
     {"class": "caa", "text": "both"}),
    ('{\n    "type": "urn:ietf:params:acme:error:serverInternal",\n    "detail": "oh \\"no\\"\\nreally"\n}', 31,
     {"text": 'oh "no" really'}),
    ('{\n    "type": "urn:ietf:params:acme:error:badNonce",\n    "detail": "x"\n}', 31, {}),
    ('{\n    "type": "urn:ietf:params:acme:error:userActionRequired",\n    "detail": "agree"\n}', 32, {"text": "agree"}),
    ("nothing", 31, {}),
])
def test_uacme_problems(tmp_path, problem, code, result):
    """What no test CA says: uacme's words for it."""
    issuer = Issuer(str(tmp_path), "uacme", "--directory", "https://ca.test/dir")
    issuer.ask("a.test")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/uacme").write_text(PROBLEM % problem)
    (tmp_path / "bin/uacme").chmod(0o755)
    assert issuer.run("issue", PATH="%s:/usr/bin:/bin" % (tmp_path / "bin")) == code, issuer.out
    assert result.items() <= issuer.result.items(), issuer.result


@has_uacme
@pytest.mark.parametrize("args, code, text", [
    (["--directory", "https://ca.test/dir", "--challenge", "http-01", "--ca-file", "/x", "--by-request"], 0, ""),
    (["--directory", "https://ca.test/dir", "--challenge=dns-01"], 3, "uacme cannot do --challenge dns-01"),
    (["--directory", "https://ca.test/dir", "--challenge=tls-alpn-01"], 0, ""),
    (["--directory", "https://ca.test/dir", "--profile", "shortlived"], 3, "uacme cannot do --profile"),
    (["--directory", "https://ca.test/dir", "--dns", "ovh"], 3, "uacme cannot do --dns"),
    (["--directory", "https://ca.test/dir", "--eab", "/none"], 32, "--eab /none cannot be read"),
    (["--directory", "https://ca.test/dir", "--env", "/none"], 32, "--env /none cannot be read"),
    (["--directory"], 32, "--directory wants a value"),
    (["--what", "x"], 32, "--what is no option"),
    ([], 32, "--directory URL is missing"),
])
def test_uacme_check(tmp_path, args, code, text):
    issuer = Issuer(str(tmp_path), "uacme", *args)
    assert issuer.run("check") == code, issuer.out
    assert text in issuer.out and text in issuer.result.get("text", "")


@has_trust
@pytest.mark.parametrize("serial", [0x7f02, 0x80ff, 0x01, (1 << 159) - 1, 0xf1e2d3c4b5a69788])
def test_renew_at(tmp_path, ca, serial):
    """The certificate by its name of RFC 9773; a time within the window, always the same for a name."""
    roots = ca.write(str(tmp_path / "roots.pem"))
    with Ari(ca, str(tmp_path / "ari.pem")) as ari:
        issuer = Issuer(str(tmp_path), "uacme", "--directory", ari.url, roots=roots)
        issuer.name = "a.test"
        leaf = ca.leaf("a.test", serial=serial)
        with open(issuer.work("chain.pem"), "w") as f:
            f.write(leaf.cert_pem + leaf.chain_pem)
        assert issuer.run("renew-at") == 31 and "404" in issuer.result["text"], issuer.out
        ari.say(leaf.cert_pem, "2026-12-01T00:00:00Z", "2026-12-03T01:00:00.5+01:00")
        assert issuer.run("renew-at") == 0, issuer.out
        first = int(issuer.result["renew-at"])
        assert 1796083200 <= first < 1796083200 + 2 * 86400
        assert issuer.run("renew-at") == 0 and int(issuer.result["renew-at"]) == first
        issuer.name = "b.test"
        assert issuer.run("renew-at") == 0 and int(issuer.result["renew-at"]) != first
        for start, end in (("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"), ("tomorrow", "2026-12-01T00:00:00Z"),
                           ("2026-12-01T00:00:00Z", "2026-12-0$(id)"), ("", "")):
            ari.say(leaf.cert_pem, start, end)
            assert issuer.run("renew-at") == 31 and "no window" in issuer.result["text"], (start, end)


@has_trust
def test_renew_at_not(tmp_path, ca):
    """A CA that advises nothing has no such verb; one that is not there may have it."""
    roots = ca.write(str(tmp_path / "roots.pem"))
    with Ari(ca, str(tmp_path / "ari.pem"), has_ari=False) as ari:
        issuer = Issuer(str(tmp_path), "uacme", "--directory", ari.url, roots=roots)
        ca.leaf("a.test").write_joined(issuer.work("chain.pem"))
        assert issuer.run("renew-at") == 3, issuer.out
    assert issuer.run("renew-at") == 31, issuer.out


@has_trust
def test_renew_at_endless(tmp_path, ca):
    """A CA whose answer has no end fills neither disk nor memory."""
    roots = ca.write(str(tmp_path / "roots.pem"))
    with Ari(ca, str(tmp_path / "ari.pem")) as ari:
        ari.is_endless = True
        issuer = Issuer(str(tmp_path), "uacme", "--directory", ari.url, roots=roots)
        ca.leaf("a.test").write_joined(issuer.work("chain.pem"))
        assert issuer.run("renew-at") == 31, issuer.out
        assert ari.url in issuer.result["text"] and ari.sent < 32 * 1024 * 1024
        assert all(os.path.getsize(issuer.work(name)) <= 131072 for name in os.listdir(issuer.work()))


def test_manual(tmp_path):
    issuer = Issuer(str(tmp_path), "manual")
    assert [issuer.run(verb) for verb in ("check", "register", "poll", "revoke", "renew-at")] == [0, 0, 3, 3, 3]
    issuer.name = "a.test"
    assert issuer.run("issue") == 10
    assert issuer.result == {"waits-for": "an admin: msslctl approve a.test CERT"}

