# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl doctor --order: one order at the authority for trials, judged and thrown away; nothing else is touched."""

import fcntl
import http.server
import json
import os
import pwd
import re
import shutil
import subprocess
import threading

import pytest
from lib import dns
from lib.ctl import PROGRAM, Result, environment
from lib.issuing import FAKE, LIST, Issuing, ship
from lib.netns import own_network
from lib.pebble import MISSING, Pebble, can_trust, trusting
from lib.server import IS_ROOT, wait_until
from lib.steward import STEWARD_USER, own_ids
from test_76_rights import landlock
from test_89_issuing_acme import TWO_LINES, issuer_of, use_root
from test_89_issuing_hostile import is_running

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")

STAGING = FAKE.replace("dir --ca", "dir --staging https://staging.test/dir --contact a@a.test --ca")


def orders(result):
    """[(result, text, fix)] of what --order said."""
    return [(f["result"], f["text"], f["fix"]) for f in result.json["findings"] if f["what"] == "order"]


def snapshot(i):
    """All that lies in the state folder, and when it was written, but for what the trial's own account has."""
    found = {}
    for folder in ("issued", "jobs", "keys", "accounts", "orders", "archive", "work", "requests"):
        for path, _, files in os.walk(i.state(folder)):
            for file in files:
                name = os.path.join(path, file)
                if ".staging" not in name:
                    found[name] = (os.stat(name).st_mtime_ns, os.stat(name).st_ino)
    return found


@pytest.mark.skipif(bool(MISSING) or not shutil.which("uacme"), reason="there is no pebble or no uacme here")
@pytest.mark.skipif(not can_trust(), reason="whom uacme trusts is the system's, and cannot be changed here")
def test_two_authorities(new_server, ca):
    """A name with a real certificate is tried: one order at the other authority, by another account."""
    i = Issuing(new_server, ca, "")
    s = i.server
    real = Pebble(s.path("pebble"), ca, s.ports[1], s.port)
    staging = Pebble(s.path("staging"), ca, s.ports[1], s.port, domainBlocklist=["evil.test"])
    s.conf += TWO_LINES.replace("--contact", "--staging %s --contact") % (real.url, staging.url)
    ship(s)
    s.launcher = trusting(real.ca_file, [])

    def doctor(*args):
        return Result(subprocess.run(
            trusting(real.ca_file, [PROGRAM, "--state-dir", i.state(), "doctor", "--json", *args]), text=True, timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()))

    def count(pebble):
        return pebble.log().count("POST /order-plz"), len(re.findall(r"There are now \d+ accounts", pebble.log()))
    with real, staging:
        use_root(i, real)
        with s:
            i.permit("a.test")
            i.wait_confirmed("a.test")
            before, serial = snapshot(i), i.job("a.test")["serial"]
            assert count(real) == (1, 1) and count(staging) == (0, 0)
            said = orders(doctor("a.test", "--order"))
            assert [r for r, _, _ in said] == ["ok", "ok"], said
            assert said[0][1].startswith("a.test at %s: a certificate was made in " % staging.url)
            assert "thrown away" in said[0][1] and "nothing went into service" in said[1][1]
            assert count(real) == (1, 1) and count(staging) == (1, 1)
            assert snapshot(i) == before and os.listdir(i.state("keys")) == []
            assert i.job("a.test")["serial"] == serial and "Pebble" in issuer_of(s, "a.test")
            # No name: one of those who may. The account for trials is made once.
            assert orders(doctor("--order"))[0][1].startswith("a.test at ")
            assert count(real) == (1, 1) and count(staging) == (2, 1)
            # Refused, in the authority's words.
            s.expect("MSSL0251: steward: evil.test")
            i.permit("a.test", "evil.test")
            i.wait_job("evil.test", "installed", 60)
            result, text, fix = orders(doctor("evil.test", "--order"))[0]
            assert result == "wrong" and "failed (policy)" in text and "forbidden by policy" in text and fix, text
            # It forgets its accounts: the trial after that makes another one.
            staging.__exit__()
            staging.__enter__()
            result, text, _ = orders(doctor("a.test", "--order"))[0]
            if result != "ok":
                assert "failed (account)" in text, text
                assert orders(doctor("a.test", "--order"))[0][0] == "ok"
            assert count(real) == (2, 1)


def test_what_comes_of_it(new_server, ca):
    """What the program is told and may see, and how each of its ends is said."""
    i = Issuing(new_server, ca, LIST + STAGING + "MSSLIssuer hand {dir}/issuer/fake --by-request\n"
                + "MSSLIssuer none {dir}/issuer/fake --directory https://ca.test/dir\n"
                + "MSSLIssuer same {dir}/issuer/fake --directory https://ca.test/dir --staging https://ca.test/dir\n")
    s = i.server
    s.conf = s.conf.replace("MSSLSteward httpd:{dir}/mssl-steward", "MSSLSteward external")
    i.permit("a.test", "b.test")
    with s:
        def doctor(*args):
            r = i.ctl("doctor", "--order", "--json", *args)
            assert not os.path.exists(i.state("work", ".trial")) and os.listdir(i.state("keys")) == [], r
            return orders(r)[0]

        before = snapshot(i)
        i.do("env >\"$MSSL_ACCOUNT_DIR/env.$verb\"; ls %s >/dev/null 2>&1 && exit 20; :\n" % i.state("jobs"))
        result, text, _ = doctor("a.test")
        assert (result, text.split(":")[0]) == ("ok", "a.test at https"), text
        told = {}
        for verb in ("register", "issue"):
            with open(i.state("accounts", "fake.staging", "env." + verb)) as f:
                told = dict(line.rstrip("\n").split("=", 1) for line in f)
            assert told["MSSL_STAGING"] == "1" and told["MSSL_CONTACT"] == "a@a.test"
            assert told["MSSL_ACCOUNT_DIR"] == i.state("accounts", "fake.staging")
            assert told["MSSL_CHAIN"] == i.state("work", ".trial", "chain.pem")
        assert i.calls() == [] and i.calls("fake.staging")[-1] == ("issue", "a.test", "trial")
        assert snapshot(i) == before
        rows = [("exit 20", "wrong", "failed (ca)"),
                ("echo 'class: caa' >result; echo 'text: CAA says no' >>result; exit 20", "wrong",
                 "failed (caa): a CAA record in the DNS forbids this CA; the authority says: CAA says no"),
                ("echo 'text: pay first' >result; exit 32", "wrong", "pay first"),
                ("echo 'waits-for: the owner' >result; exit 10", "look", "the order waits for the owner"),
                ("exit 21", "wrong", "declined"),
                ("exit 0", "wrong", "failed (chain)"),
                ("names=DNS:stranger.test", "wrong", "failed (chain): "),
                ("mkdir -p d/e; sleep 0; exit 31", "wrong", "failed (ca): ")]
        for script, result, text in rows:
            i.do("[ \"$verb\" = issue ] || exit 3\n%s\n" % script)
            said = doctor("a.test")
            assert said[0] == result and text in said[1], (script, said)
        assert snapshot(i) == before
        i.do("")
        # Who has none, and where that would be no trial.
        assert "has no --staging" in doctor("a.test", "--issuer", "none")[1]
        assert "MSSLIssuer none ... --staging URL" in doctor("a.test", "--issuer", "none")[2]
        assert "would be a real one" in doctor("a.test", "--issuer", "same")[1]
        assert "asks a person" in doctor("a.test", "--issuer", "hand")[1]
        assert "no such issuer" in doctor("a.test", "--issuer", "other")[1]
        assert "nobody vouches for it" in doctor("stranger.test")[1]
        assert i.calls() == [] and i.calls("hand") == [] and i.calls("none") == [] and i.calls("same") == []
        for args in (("doctor", "a.test", "b.test", "--order"), ("doctor", "a.test", "--issuer", "fake")):
            assert i.ctl(*args).code == 64
        text = i.ctl("doctor", "--order").out
        assert "order: a.test at https://staging.test/dir: a certificate was made in" in text.replace("\n", " "), text


class Other(http.server.BaseHTTPRequestHandler):
    """Who answers for a name that has moved away."""

    def do_GET(self):  # noqa: N802
        self.send_error(404)

    def log_message(self, *args):
        pass


ZONE = {
    "example.com": {"caa": ["issue ca.test", "iodef mailto:a@example.com"]},
    "a.example.com": {"a": ["127.0.0.1"], "aaaa": ["::1"]},
    "other.example.com": {"a": ["127.0.0.2"], "caa": ["issue letsencrypt.org", "issue sub.ca.test.invalid"]},
    "none.example.com": {"a": ["127.0.0.2"], "caa": ["issue ;"]},
    "wild.example.com": {"caa": ["issue ca.test", "issuewild ;"]},
    "silent.example.org": {"silent": True},
    "free.example.org": {"a": ["127.0.0.2"]},
}


def test_what_an_authority_will_see(new_server, ca):
    """Each address by itself, CAA records as RFC 8659 reads them, and what is left of the limits."""
    with own_network(), dns.serve(ZONE), http.server.ThreadingHTTPServer(("127.0.0.1", 80), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        i = Issuing(new_server, ca, LIST + FAKE + "MSSLIssueLimit orders 9/3h\nMSSLIssueLimit domain 3/7d\n")
        names = [name for name in ZONE if name not in ("example.com", "wild.example.com")] + ["*.wild.example.com"]
        i.permit("a.example.com")
        words = dns.asking(i.server.dir, "127.0.0.1")

        def doctor(name):
            r = Result(subprocess.run([*words, PROGRAM, "--state-dir", i.state(), "doctor", "--json", name], text=True,
                                      timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      env=environment()))
            return [(f["what"], f["result"], f["text"]) for f in r.json["findings"]]
        with i.server:
            i.wait_confirmed("a.example.com")
            said = {name: doctor(name) for name in names}
            # Each child takes it up in its own time.
            wait_until(lambda: any(text.endswith(": the one that was made here") for _, _, text in doctor("a.example.com")),
                       "the doctor to know our own", 30)
        other.shutdown()
    one = said["a.example.com"]
    assert ("issuer fake", "ok", "8 of 9 first orders are left (MSSLIssueLimit orders)") in one, one
    assert ("a.example.com", "ok", "at fake 2 of 3 first certificates of its domain are left, and 4 of 4 out of turn of its "
            "own (MSSLIssueLimit domain, name)") in one, one
    assert ("a.example.com", "wrong", "A 127.0.0.1: another server answers there (status 404 to a file of ours)") in one, one
    assert ("a.example.com", "look", "AAAA ::1: nobody answers who can be asked from here") in one, one
    assert ("a.example.com", "ok", "CAA of example.com: lets ca.test") in one, one
    for name, result, text in (
            ("other.example.com", "look", "CAA of other.example.com lets these authorities alone: letsencrypt.org, "
                                          "sub.ca.test.invalid"),
            ("none.example.com", "wrong", "CAA of none.example.com lets no authority"),
            ("*.wild.example.com", "wrong", "CAA of wild.example.com lets no authority"),
            ("free.example.org", "ok", "no CAA record: every authority may"),
            ("silent.example.org", "look", "DNS does not say whether a CAA record forbids the authority")):
        assert (name, result, text) in said[name], (name, said[name])


@pytest.mark.parametrize("folder", ["", ".well-known", ".well-known/acme-challenge", ".well-known/pki-validation", "alpn"])
def test_closed_to_httpd(new_server, ca, folder):
    """What httpd's children cannot enter no authority gets: said, and mended by the line that is given."""
    i = Issuing(new_server, ca)

    def doctor():
        (found,) = [f for f in i.ctl("doctor", "--json").json["findings"] if f["what"] == "challenges"]
        return found
    with i.server:
        path = i.state("challenge")
        with open(i.state("server.json")) as f:
            httpd = json.load(f)["users"]["httpd"]
        assert doctor() == {"what": "challenges", "result": "ok", "text": path, "fix": None}
        for name in folder.split("/"):
            path = os.path.join(path, name) if name else path
            os.makedirs(path, exist_ok=True)
            os.chown(path, *own_ids())
            os.chmod(path, 0o755)
        assert doctor()["result"] == "ok"
        for mode in (0o700, 0o750, 0o744):
            os.chmod(path, mode)
            said = doctor()
            assert said["result"] == "wrong" and said["text"].startswith(path + " cannot be entered by httpd's user "), said
            assert said["fix"] == "chmod a+x " + path, said
            subprocess.run(said["fix"].split(), check=True)
            assert doctor()["result"] == "ok"
        os.chown(path, -1, pwd.getpwnam(httpd).pw_gid)
        os.chmod(path, 0o710)
        assert doctor()["result"] == "ok"


def test_what_an_issuer_says_in_many_lines(new_server, ca):
    i = Issuing(new_server, ca)
    i.do("[ $verb != check ] || { echo one >&2; echo two >&2; exit 1; }\n")
    with i.server:
        wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "the steward")
        said = [f for f in i.ctl("doctor", "--json").json["findings"] if f["what"] == "issuer fake"][0]
    assert said["result"] == "wrong" and said["text"].endswith("one; two"), said


# Its verb "check" alone; what it has to say is what doctor says of it.
PRY = """[ "$verb" = check ] || return 0
exec 3>&2 2>/dev/null
state=%s pried=
for path in . keys issued jobs requests orders archive accounts accounts/fake work history; do
    ls "$state/$path" && pried="$pried listed:$path"
done
for path in issue.json jobs/a.test archive/a.test.pem keys/a.test.key; do
    cat "$state/$path" && pried="$pried read:$path"
done
for path in jobs/evil.test issued/evil.pem keys/evil.key requests/evil accounts/evil work/evil; do
    echo x >"$state/$path" && pried="$pried wrote:$path"
done
cat "/proc/$PPID/environ" && pried="$pried environ"
(echo x >"/tmp/mssl-pry.$$") && pried="$pried tmp"
cat "$here/ca.pem" || pried="$pried not:own"
[ "$PWD" = "$TMPDIR" ] && echo x >"$TMPDIR/x" && rm "$TMPDIR/x" || pried="$pried not:TMPDIR"
echo "as $(id -un)$pried, $(env | grep -o '^MSSL[A-Z_]*' | tr '\\n' ' '), $PATH" >&3
exit 0
"""


@pytest.mark.skipif(not landlock(), reason="this kernel has no Landlock")
def test_check_that_pries(new_server, ca):
    """The verb "check" is confined as an order is, and leaves nothing behind."""
    i = Issuing(new_server, ca)

    def said():
        """Of the first finding the last words: before that the issuer complains that it has no account."""
        f = next(f for f in i.ctl("doctor", "--json").json["findings"] if f["what"] == "issuer fake")
        return f["result"], f["text"].split("; ")[-1]
    with i.server:
        i.permit("a.test")
        i.wait_confirmed("a.test")
        i.do(PRY % i.state())
        before = snapshot(i)
        for _ in range(2):
            assert said() == ("ok", "as %s, , /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" % STEWARD_USER)
        assert snapshot(i) == before and not os.path.exists(i.state("work", ".trial"))
        # It is ended with what it left running, its end is its code, and a word of its own is its reason.
        i.do('[ "$verb" != check ] || { sleep 600 & echo $! >&2; exit 5; }\n')
        result, text = said()
        left = int(text.split()[-1])
        wait_until(lambda: not is_running(left), "the end of what was left")
        assert result == "wrong"
        # Another one is at work in that folder.
        with open(i.state("work", ".trial.lock"), "w") as lock:
            os.chown(lock.name, *own_ids())
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert said() == ("look", "its check was not run: work/.trial.lock: another process works on it")
