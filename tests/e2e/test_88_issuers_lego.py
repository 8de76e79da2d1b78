# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The issuer lego that is shipped, against pebble: http-01 by httpd's MSSLChallengeDir, dns-01 by a hook that speaks with
pebble's DNS server, wildcards, and what it says of each failure.
"""

import os
import shutil

import pytest
from lib.ari import Ari
from lib.ca import write
from lib.issuer import EAB, EAB_LINE, Issuer, answering, text_of
from lib.pebble import HOOK, MISSING, Pebble

URL = ["--directory", "https://ca.test/dir", "--contact", "admin@example.test"]

has_lego = pytest.mark.skipif(not shutil.which("lego"), reason="there is no lego here")


def has_pebble(test):
    return has_lego(pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING))(test))


@pytest.fixture
def server(new_server):
    return answering(new_server)


def make(s, pebble, *args):
    """Whom the CA's own server is to be trusted by is --ca-file's to say."""
    return Issuer(s.path("issuer"), "lego", "--directory", pebble.url, "--contact", "admin@example.test", "--ca-file",
                  pebble.ca_file, *args, challenge=s.path("challenge"))


def account(issuer):
    """[(path, key)] of the accounts that it has."""
    found = []
    for folder, _, files in os.walk(issuer.path("account")):
        found += [os.path.join(folder, f) for f in files if f == "account.json"]
    return found


@has_pebble
@pytest.mark.parametrize("eab", [False, True])
def test_lego(server, ca, eab):
    """Register, as often as one likes; issue; issue again; revoke."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0], **(EAB if eab else {})) as pebble:
        issuer = make(s, pebble)
        if eab:
            assert issuer.run("register") == 32, issuer.out
            assert "External Account Binding" in issuer.result["text"]
            issuer.args += ["--eab", write(s.path("eab"), EAB_LINE)]
        for _ in range(2):
            assert issuer.run("register") == 0, issuer.out
        [first] = account(issuer)
        text = open(first).read()
        assert "admin@example.test" in text and '"registration"' in text
        issuer.check_issue()
        assert s.count_error("MSSL0223") >= 2
        assert issuer.run("revoke", MSSL_REASON="keyCompromise") == 0, issuer.out
        assert os.path.exists(issuer.work("chain.pem"))
        assert account(issuer) == [first] and open(first).read() == text
        # Another contact is another account, made on the way.
        issuer.args += ["--contact", "other@example.test"]
        issuer.ask("b.test")
        assert issuer.run("issue") == 0, issuer.out
        assert len(account(issuer)) == 2
        for verb in ("poll", "reissue", "resend", "cancel"):
            assert issuer.run(verb) == 3


@has_pebble
def test_wildcard(server, ca):
    """By a hook that is told by a file of secrets; other names too, or by http-01 where that is asked for."""
    s = server
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0]) as pebble:
        hook, env = write(s.path("hook"), HOOK, 0o755), write(s.path("env"), "MOCK=%d\n" % pebble.mock)
        issuer = make(s, pebble)
        issuer.ask("*.wild.test")
        assert issuer.run("register") == 0, issuer.out
        assert issuer.run("issue") == 20, issuer.out
        assert issuer.result["class"] == "policy" and "--dns-hook PROGRAM" in issuer.result["text"]
        issuer.args += ["--dns-hook", hook, "--dns-resolver", "127.0.0.1:%d" % pebble.dns]
        assert issuer.run("issue") == 31, issuer.out       # the hook lacks what it is to know
        assert "error presenting token" in issuer.result["text"], issuer.result
        issuer.args += ["--env=" + env]
        assert issuer.run("issue") == 0, issuer.out
        assert "DNS:*.wild.test" in text_of(issuer.work("chain.pem"))
        with open(issuer.work("calls")) as f:
            calls = f.read().split()
        # What failed before is cleaned up, too.
        assert calls == ["present", "_acme-challenge.wild.test.", "cleanup", "_acme-challenge.wild.test."] * 2
        assert issuer.run("revoke", MSSL_REASON="superseded") == 0, issuer.out
        issuer.ask("c.test")
        assert issuer.run("issue") == 0, issuer.out
        assert s.count_error("MSSL0223") == 0 and os.path.exists(issuer.work("calls"))
        issuer.args += ["--challenge", "http-01"]
        issuer.ask("d.test")
        assert issuer.run("issue") == 0, issuer.out
        assert s.count_error("MSSL0223") >= 1 and not os.path.exists(issuer.work("calls"))


@has_pebble
def test_refused(server, ca):
    """Each failure by its class, in the CA's own words."""
    s = server
    pebble = Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0], domainBlocklist=["blocked.test"])
    issuer = make(s, pebble)
    with s, pebble:
        issuer.check_refusals(pebble)
        issuer.ask("b.test")
        issuer.challenge = issuer.path("elsewhere")
        os.mkdir(issuer.challenge)
        assert issuer.run("issue") == 20, issuer.out
        assert issuer.result["class"] == "unauthorized"
        assert not os.path.exists(issuer.work("chain.pem"))
        issuer.challenge = write(s.path("file"), "")
        assert issuer.run("issue") == 31
        assert "cannot be written below" in issuer.result["text"]
        [file] = account(issuer)
        first = open(file).read()
    # The CA has lost its accounts: said, and made anew when it is registered next.
    with s, pebble:
        issuer.challenge = s.path("challenge")
        assert issuer.run("issue") == 32, issuer.out
        assert issuer.run("register") == 0, issuer.out
        [file] = account(issuer)
        assert open(file).read() != first
        assert issuer.run("issue") == 0, issuer.out


@has_pebble
def test_down(server, ca):
    """The CA is not there: its fault."""
    pebble = Pebble(server.path("pebble"), ca, server.ports[1], server.ports[0])
    issuer = make(server, pebble)
    assert issuer.run("register") == 31, issuer.out
    assert "connection refused" in issuer.result["text"]
    assert account(issuer) == []


LEGO = """#!/bin/sh
case $* in
*--help) echo "--http.webroot --profile"; exit ;;
esac
echo "$*" >>calls
cat >&2 <<'END'
2026/11/30 00:00:00 [WARN] [a.test] acme: cleaning up failed: acme: error: 500 :: urn:ietf:params:acme:error:tls :: x
2026/11/30 00:00:00 Could not obtain certificates:
\terror: one or more domains had a problem:
%s
END
exit 1
"""


@pytest.mark.parametrize("problem, code, result", [
    ("[a.test] acme: error: 429 :: POST :: https://ca.test/order :: urn:ietf:params:acme:error:rateLimited :: too many "
     "certificates already issued, retry after 2026-12-01 02:03:04 UTC: see https://letsencrypt.org/docs/", 30,
     {"retry-at": "2026-12-01T02:03:04Z"}),
    ("acme: error: 429 :: POST :: https://ca.test/order :: urn:ietf:params:acme:error:rateLimited :: slower, url: ", 30,
     {"text": "slower"}),
    ("[a.test] acme: error: 403 :: urn:ietf:params:acme:error:caa :: CAA record for a.test prevents issuance", 20,
     {"class": "caa", "text": "CAA record for a.test prevents issuance"}),
    ("[a.test] acme: error: 400 :: urn:ietf:params:acme:error:dns :: DNS problem: NXDOMAIN looking up A", 20,
     {"class": "dns"}),
    ("[a.test] acme: error: 400 :: POST :: https://ca.test/x :: urn:ietf:params:acme:error:compound :: both, problem: "
     "\"urn:ietf:params:acme:error:caa\" :: one, problem: \"urn:ietf:params:acme:error:dns\" :: two", 20,
     {"class": "caa", "text": "both"}),
    ("[a.test] acme: error: 500 :: urn:ietf:params:acme:error:serverInternal :: oh no", 31, {"text": "oh no"}),
    ("acme: error: 403 :: POST :: https://ca.test/x :: urn:ietf:params:acme:error:userActionRequired :: agree", 32,
     {"text": "agree"}),
    ("[a.test] acme: could not determine solvers", 20, {"class": "policy", "text": "the CA offers no http-01 for it"}),
    ("nothing", 31, {"text": "nothing"}),
])
def test_problems(tmp_path, problem, code, result):
    """What no test CA says: lego's words for it; and the profile, of which Debian's lego knows nothing."""
    issuer = Issuer(str(tmp_path), "lego", *URL, "--profile", "shortlived")
    issuer.ask("a.test")
    write(str(tmp_path / "bin/lego"), LEGO % problem, 0o755)
    write(issuer.path("account", "ca.test", "admin@example.test", "account.json"), "{}")
    assert issuer.run("issue", PATH="%s:/usr/bin:/bin" % (tmp_path / "bin")) == code, issuer.out
    assert result.items() <= issuer.result.items(), issuer.result
    with open(issuer.work("calls")) as f:
        assert f.read().endswith("run --profile shortlived\n")


def has_profile():
    with os.popen("lego run --help 2>/dev/null") as f:
        return "--profile" in f.read()


@has_lego
@pytest.mark.parametrize("args, code, text", [
    (URL + ["--challenge", "http-01", "--ca-file", "/x", "--by-request"], 0, ""),
    (URL + ["--dns", "ovh"], 0, ""),
    (URL + ["--challenge=dns-01"], 32, "--challenge dns-01 wants --dns PROVIDER"),
    (URL + ["--challenge=tls-alpn-01"], 3, "lego cannot do --challenge tls-alpn-01"),
    (URL + ["--dns", "nobody"], 32, "lego does not know --dns nobody"),
    (URL + ["--dns", "ovh", "--dns-hook", "/bin/true"], 32, "one of them"),
    (URL + ["--dns-hook", "/none"], 32, "--dns-hook /none is no program"),
    (URL + ["--eab", "/none"], 32, "--eab /none cannot be read"),
    (URL + ["--env", "/none"], 32, "--env /none cannot be read"),
    (URL[:2], 32, "lego wants --contact ADDRESS"),
    (URL[:2] + ["--contact", "../x"], 32, "no mail address"),
    (URL[2:], 32, "--directory URL is missing"),
    (["--directory"], 32, "--directory wants a value"),
    (["--what", "x"], 32, "--what is no option of the issuer lego"),
])
def test_check(tmp_path, args, code, text):
    issuer = Issuer(str(tmp_path), "lego", *args)
    assert issuer.run("check") == code, issuer.out
    assert text in issuer.out and text in issuer.result.get("text", "")


@has_lego
@pytest.mark.skipif(has_profile(), reason="this lego knows --profile")
def test_no_profile(tmp_path):
    issuer = Issuer(str(tmp_path), "lego", *URL, "--profile", "shortlived")
    assert issuer.run("check") == 3 and "cannot do --profile" in issuer.out
    assert issuer.run("issue") == 32


@has_lego
def test_renew_at(tmp_path, ca):
    """Of an authority of one's own: whom to trust is --ca-file's to say."""
    roots = ca.write(str(tmp_path / "roots.pem"))
    with Ari(ca, str(tmp_path / "ari.pem")) as ari:
        issuer = Issuer(str(tmp_path), "lego", "--directory", ari.url, *URL[2:])
        leaf = ca.leaf("a.test")
        leaf.write_joined(issuer.work("chain.pem"))
        ari.say(leaf.cert_pem, "2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z")
        assert issuer.run("renew-at") == 31, issuer.out
        issuer.args += ["--ca-file", roots]
        assert issuer.run("renew-at") == 0, issuer.out
        assert 1796083200 <= int(issuer.result["renew-at"]) < 1796083200 + 2 * 86400
