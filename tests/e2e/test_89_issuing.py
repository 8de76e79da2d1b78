# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The steward's issuing with a program that signs: from a line in a list to a handshake; what fails, waits, is taken back;
crashes; two stewards; what strangers ask for.
"""

import fcntl
import os
import re
import signal
import subprocess
import time

import pytest
from lib import tls
from lib.ca import write
from lib.ctl import PROGRAM
from lib.issuing import FAKE, Issuing, LIST
from lib.server import IS_ROOT, wait_until
from lib.steward import begin, drop, own_ids
from lib.world import file_pair, new_address

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")


def shown(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial


def cert_of(i, name):
    return int(i.job(name)["serial"], 16)


def wait_shown(i, name):
    """What a visitor gets is what the job says."""
    wait_until(lambda: shown(i.server, name) == cert_of(i, name), "the certificate of " + name)


def try_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.fixture
def issuing(new_server, ca):
    return lambda *a, **kw: Issuing(new_server, ca, *a, **kw)


def test_added_name_is_served(issuing):
    """Without a reload; names that nobody vouches for get nothing."""
    i = issuing()
    s = i.server
    with s:
        wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "the steward")
        r = i.ctl("jobs")
        assert r.code == 0 and r.out == "" and "there is none" in r.err and "msslctl doctor" in r.err, r
        begun = time.monotonic()
        i.permit("a.test")
        i.wait_job("a.test", "installed")
        wait_shown(i, "a.test")
        assert time.monotonic() - begun < 30
        job = i.wait_confirmed("a.test")
        assert job["source"] == "list" and job["issuer"] == "fake" and job["directory"] == "https://ca.test/dir"
        assert job["confirmed"] == "127.0.0.1:%d yes" % s.port, job
        s.wait_error("MSSL0250: steward: a.test: a certificate of 'fake' is in service, until ")
        assert i.count("issue") == 1 and i.count("register") == 1
        with tls.Client(s.port, "a.test", source=new_address()).connect() as conn:
            assert conn.cert.public_key().key_size == 256
        for name in ("b.test", "x.a.test"):
            shown(s, name)
            assert i.job(name) == {}
        # The files: the key in service alone, and nobody else's to read.
        assert os.listdir(i.state("keys")) == []
        (folder,) = os.listdir(i.state("issued"))
        info = os.stat(i.state("issued", folder, "a.test.pem"))
        assert (info.st_uid, info.st_mode & 0o777) == (own_ids()[0], 0o600)
        assert "first" in open(i.state("orders", "fake")).read()
        said = i.ctl("jobs", "--json").json
        assert [(j["name"], j["state"]) for j in said["jobs"]] == [("a.test", "installed")]
        assert "a.test" in i.ctl("jobs").out and "Issuer" in i.ctl("job", "a.test").out


def test_by_request(issuing):
    """Asked for by a command, and forgotten by one."""
    i = issuing()
    i.server.expect("MSSL0254: steward: retry nobody.test: nobody vouches for that name")
    with i.server as s:
        r = i.ctl("request", "a.test", "--issuer", "fake")
        assert r.code == 0 and "installed" in r.out, r
        assert i.job("a.test")["source"] == "request"
        wait_shown(i, "a.test")
        serial = cert_of(i, "a.test")
        r = i.ctl("forget", "a.test")
        assert r.code == 0 and "no job of a.test any more" in r.err, r
        wait_until(lambda: shown(s, "a.test") != serial, "the dummy")
        assert i.job("a.test") == {} and os.listdir(i.state("requests", "wanted")) == []
        assert any(f.startswith("a.test") for f in os.listdir(i.state("archive")))
        for args, code in ((("request", "no name"), 64), (("request", "a.test", "--issuer", "../x"), 64),
                           (("retry",), 64), (("retry", "nobody.test"), 3), (("revoke", "a.test", "--reason", "x"), 64)):
            r = i.ctl(*args)
            assert r.code == code, (args, r)


def test_manual_flow(issuing, ca):
    """A request, its CSR, and the certificate that comes by mail."""
    manual = os.path.join(os.path.dirname(__file__), "..", "..", "tools", "issuers", "manual")
    i = issuing(LIST + "MSSLIssuer hand {dir}/issuer/manual --ca-file {dir}/issuer/ca.pem --by-request\n")
    s = i.server
    with open(manual) as f:
        program = f.read()
    with open(s.path("issuer", "manual"), "w") as f:
        f.write(program)
    os.chmod(s.path("issuer", "manual"), 0o755)
    with s:
        r = i.ctl("request", "shop.test", "--issuer", "hand")
        assert r.code == 0 and "pending" in r.err and r.out.startswith("-----BEGIN CERTIFICATE REQUEST-----\n"), r
        assert "approve" in r.err
        again = i.ctl("request", "shop.test", "--issuer", "hand", "-q")
        assert again.code == 0 and again.err == "" and again.out.startswith("-----BEGIN CERTIFICATE REQUEST-----\n"), again
        assert i.ctl("request", "shop.test", "--issuer", "hand", "--json").json["state"] == "pending"
        s.wait_error("MSSL0252: steward: shop.test: pending, waits for ")
        assert i.ctl("job", "shop.test").code == 1
        csr = again.out
        # Another key's certificate is not taken, and says why.
        ca.leaf("shop.test").write_split(s.path("other.crt"), s.path("other.key"))
        os.rename(i.state("requests", "given"), i.state("requests", "away"))
        r = i.ctl("approve", "shop.test", s.path("other.crt"))
        assert r.code == 73 and r.err == "msslctl approve: requests/given: No such file or directory\n", r
        os.rename(i.state("requests", "away"), i.state("requests", "given"))
        r = i.ctl("approve", "shop.test", s.path("other.crt"))
        assert r.code == 1 and "key" in r.out, r
        assert i.job("shop.test")["serial" if "serial" in i.job("shop.test") else "state"] != "installed"
        from cryptography import x509
        request = x509.load_pem_x509_csr(csr.encode())
        cert = ca._issue("shop.test", request.public_key(), ca.cert, ca.key, sans=[x509.DNSName("shop.test")])
        from cryptography.hazmat.primitives.serialization import Encoding
        with open(s.path("shop.crt"), "wb") as f:
            f.write(cert.public_bytes(Encoding.PEM))
        r = i.ctl("approve", "shop.test", s.path("shop.crt"))
        assert r.code == 0 and "installed" in r.out, r
        wait_until(lambda: shown(s, "shop.test") == cert.serial_number, "the approved one")


def test_filed_by_hand_wins(issuing, ca):
    """Nobody is asked for what somebody else serves; what an admin files later wins over what was issued."""
    i = issuing(LIST + FAKE + "MSSLCertStore dir:{dir}/store\n")
    s = i.server
    mine = ca.leaf("mine.test")
    file_pair(mine, s.path("store"), "mine.test")
    i.permit("mine.test", "a.test")
    with s:
        i.wait_job("a.test", "installed")
        wait_shown(i, "a.test")
        assert shown(s, "mine.test") == mine.serial and i.count("issue", "mine.test") == 0
        by_hand = ca.leaf("a.test")
        file_pair(by_hand, s.path("store"), "a.test")
        wait_until(lambda: shown(s, "a.test") == by_hand.serial, "the admin's own")


def test_excluded_before_it_may(issuing):
    """What an admin took out of service is not ordered, also where its right to be comes after the inventory's look."""
    i = issuing(LIST + FAKE + "MSSLCertStore dir:{dir}/store\n")
    s = i.server
    write(s.path("store", "x.test.none"), "")
    i.permit("a.test")
    with s:
        i.wait_confirmed("a.test")
        wait_until(lambda: "excluded" in i.ctl("list", "x.test").out, lambda: i.ctl("list"))
        i.permit("a.test", "b.test", "x.test")
        i.wait_confirmed("b.test")
        assert i.count("issue", "x.test") == 0 and i.job("x.test") == {}


# What an issuer does with a name -> state, class, and what the job says.
FAILURES = {
    "caa": ("echo 'class: caa' >result; echo 'text: CAA says no' >>result; exit 20", "failed", "caa", "CAA says no"),
    "limit": ("echo 'text: try later' >result; echo \"retry-at: $(( $(date +%s) + 7200 ))\" >>result; exit 30",
              "failed", "limit", "try later"),
    "down": ("exit 31", "failed", "ca", ""),
    "unknown": ("exit 99", "failed", "ca", ""),
    "killed": ("kill -9 $$", "failed", "ca", ""),
    "declined": ("exit 21", "declined", "", ""),
    "other": ("names=DNS:stranger.test", "failed", "chain", ""),
    "more": ("names=DNS:$MSSL_NAME,DNS:stranger.test", "failed", "chain", ""),
    "expired": ("days=0", "failed", "chain", ""),
    "large": ("head -c 10000000 /dev/zero >\"$MSSL_CHAIN\"; exit 0", "failed", "chain", ""),
    "fifo": ("mkfifo \"$MSSL_CHAIN\"; exit 0", "failed", "chain", ""),
    "link": ("ln -s /etc/passwd \"$MSSL_CHAIN\"; exit 0", "failed", "chain", ""),
    "selfsigned": ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj /CN=x -addext "
                   "subjectAltName=DNS:$MSSL_NAME -out \"$MSSL_CHAIN\" 2>/dev/null; exit 0", "failed", "chain", ""),
    "nothing": ("exit 0", "failed", "chain", ""),
}


def test_issuer_fails(issuing):
    """Nothing of it is served; the job says whose fault it is, in the words of both; one command when it is mended."""
    i = issuing()
    s = i.server
    s.expect("MSSL0251: steward: ")
    i.do("[ \"$verb\" = issue ] || exit 3\ncase $MSSL_NAME in\n"
         + "".join("%s.test) %s ;;\n" % (name, row[0]) for name, row in FAILURES.items()) + "esac\n")
    names = [name + ".test" for name in FAILURES]
    with s:
        dummy = shown(s, "down.test")
        i.permit(*names)
        for name, (_, state, klass, text) in FAILURES.items():
            job = i.wait_job(name + ".test", state)
            assert job.get("class", "") == klass, job
            assert text in job.get("said", "") + job.get("text", ""), job
            r = i.ctl("job", name + ".test")
            assert r.code == 1 and state in r.out and "msslctl retry '%s.test'" % name in r.out, r
            if state == "failed":
                s.wait_error("MSSL0251: steward: %s.test: " % name)
                assert job["next"] > job["since"] and job["failures"] == "1"
            assert shown(s, name + ".test") == dummy
            assert not text or text in i.ctl("jobs", name + ".test", "--plain").out
        assert os.listdir(i.state("issued")) == []
        i.do("")
        assert i.ctl("retry", "declined.test").code == 0
        r = i.ctl("retry", "--all-failed")
        assert r.code == 0 and r.out.startswith("%d are tried again" % (len(names) - 1)), r
        for name in names:
            i.wait_job(name, "installed")
            wait_shown(i, name)


def test_account_stops_its_issuer(issuing):
    """An account that an admin must mend is asked no more; the next issuer goes on."""
    i = issuing(LIST + FAKE + FAKE.replace("fake {dir}", "other {dir}"))
    s = i.server
    s.expect("MSSL0251: steward: a.test: .*pay first")
    i.do("case $MSSL_ACCOUNT_DIR in */fake) [ \"$verb\" = issue ] && { echo 'text: pay first' >result; exit 32; } ;; esac\n")
    with s:
        i.permit("a.test")
        assert i.wait_job("a.test", "failed")["class"] == "account"
        i.permit("a.test", "b.test")
        assert i.wait_job("b.test", "installed")["issuer"] == "other"
        i.do("")
        assert i.ctl("retry", "a.test").code == 0
        assert i.job("a.test")["issuer"] == "fake" and i.job("a.test")["state"] == "installed"


def test_asked_while_another_worked(issuing):
    """What is asked for is done, though another process, as an older steward's, has worked on the name meanwhile."""
    i = issuing()
    with i.server:
        i.permit("a.test")
        first = i.wait_confirmed("a.test")
        with open(i.state("work", "a.test.lock")) as lock:
            wait_until(lambda: try_lock(lock), "the end of its turn")
            asked = subprocess.Popen([PROGRAM, "--state-dir", i.state(), "retry", "a.test"], stdout=subprocess.DEVNULL)
            wait_until(lambda: os.path.exists(i.state("requests", "todo", "a.test")), "what was asked")
            with open(i.state("jobs", "a.test")) as f:
                text = f.read()
            with open(i.state("jobs", "a.test"), "w") as f:
                f.write(re.sub(r"(?m)^since: .*$", "since: 2026-01-01T00:00:00Z", text))
        assert asked.wait(60) == 0
        assert i.job("a.test")["serial"] != first["serial"] and i.job("a.test")["why"] == "asked"


def test_renewed(issuing):
    """At its time, with a new key, the old one in service until then; and what is gone leaves after its days."""
    i = issuing(LIST + FAKE + "MSSLRenewWindow 90%\n")
    s = i.server
    i.do("days=1")
    i.permit("a.test")
    with s:
        first = i.wait_confirmed("a.test")
        assert first["renew"] < first["not_after"]
        # Its file says that its time has come: as a day later.
        path = i.state("jobs", "a.test")
        text = open(path).read()
        i.do("days=2")
        s.stop()
        with open(path, "w") as f:
            f.write(re.sub(r"(?m)^(next|renew): .*$", lambda m: m[1] + ": 2026-01-01T00:00:00Z", text))
    with s:
        second = wait_until(lambda: (lambda j: j["serial"] != first["serial"] and j)(i.job("a.test")), "a new one")
        assert second["why"] == "renewal" and second["not_after"] > first["not_after"]
        wait_shown(i, "a.test")
        assert open(i.state("orders", "fake")).read().count("\n") == 1      # renewals count in no limit
        i.permit()
        gone = i.wait_job("a.test", "gone")
        s.wait_error("MSSL0253: steward: a.test: nobody vouches for it any more")
        assert gone["serial"] == second["serial"] and shown(s, "a.test") == int(second["serial"], 16)
        i.permit("a.test")
        back = i.wait_job("a.test", "installed")
        assert back["serial"] == second["serial"] and i.count("issue") == 2


@pytest.mark.parametrize("when", ["issuing", "between"])
def test_killed(issuing, when):
    """The steward, and all that works for it, at once: it is gone on with by the same key, request and number."""
    i = issuing()
    s = i.server
    s.expect("MSSL015", "MSSL0251", "MSSL0254", "AH00", "steward")
    i.do("[ \"$verb\" = issue ] && [ ! -e \"$MSSL_ACCOUNT_DIR/twice\" ] && { >\"$MSSL_ACCOUNT_DIR/twice\"; sleep 60; }\n")
    with s:
        i.permit("a.test")
        wait_until(lambda: i.count("issue") == 1, "the issuer")
        assert i.job("a.test")["state"] == "ordered"
        steward, *workers = family(i.steward())
        for pid in [*workers, steward] if when == "issuing" else [steward, *workers]:
            os.kill(pid, signal.SIGKILL)
        job = i.wait_job("a.test", "installed", 60)
        wait_shown(i, "a.test")
        requests = {r for v, n, r in i.calls() if v == "issue"}
        assert i.count("issue") == 2 and len(requests) == 1, i.calls()
        assert open(i.state("orders", "fake")).read().count("first") == 1
        assert job["failures"] == "0"


def family(pid):
    """A process and all below it, itself first: what waits for one that is ended does not go on."""
    below = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry) as f:
                    if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                        below += family(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                pass
    return [pid] + below


def test_graceful_in_mid_order(issuing):
    """The one that works goes on, the next steward does not begin it anew, and counts it."""
    i = issuing()
    s = i.server
    i.do("[ \"$verb\" = issue ] && sleep 4\n")
    with s:
        i.permit("a.test")
        wait_until(lambda: i.count("issue") == 1, "the issuer")
        before = i.steward()
        s.graceful()
        wait_until(lambda: i.steward() != before, "the next steward")
        i.wait_job("a.test", "installed", 60)
        wait_shown(i, "a.test")
        i.permit("a.test", "b.test")
        i.wait_job("b.test", "installed", 60)
        assert i.count("issue", "a.test") == 1
        wait_until(lambda: i.standing()["orders"] == [{"issuer": "fake", "issued": 2, "failed": 0}], lambda: i.standing())


def test_reconfigured_while_all_work(issuing):
    """What works goes on, nothing more is begun than may be at once, and nothing more is counted."""
    i = issuing()
    s = i.server
    s.conf = s.conf.replace("httpd:{dir}/mssl-steward", "external")
    i.do("while [ \"$verb\" = issue ] && [ ! -e \"$here/go\" ]; do sleep 0.1; done\n")
    names = ["n%d.test" % n for n in range(4)]
    i.permit(*names)
    with s, open(s.path("err"), "w") as err:
        steward = begin(s, stderr=err)
        try:
            wait_until(lambda: i.count("issue") == 4, lambda: i.calls())
            s.graceful(s.conf + "MSSLRenewWindow 80%\n")
            i.permit(*names, "more.test")
            wait_until(lambda: i.standing()["jobs"].get("wanted") == 1, lambda: i.standing())
            write(s.path("issuer", "go"), "")
            for name in names + ["more.test"]:
                i.wait_job(name, "installed")
        finally:
            steward.terminate()
            assert steward.wait(timeout=30) == 0
        with open(s.path("err")) as f:
            assert "no process can be made" not in f.read()
        assert open(i.state("orders", "fake")).read().count("first") == 5


LONGEST = ".".join(["x" * 60, "y" * 60, "z" * 60, "w" * 60, "long.test"])


def test_longest_name(issuing):
    """253 bytes: no file can be called so with an ending, and all is done as for any other."""
    assert len(LONGEST) == 253
    other = LONGEST.replace("long.test", "last.test")
    i = issuing()
    s = i.server
    with s:
        dummy = shown(s, "nobody.test")
        i.permit(LONGEST, other)
        for name in (LONGEST, other):
            wait_until(lambda: name in i.ctl("jobs", "--plain").out, lambda: i.ctl("jobs").out)
        jobs = lambda: {j["name"]: j for j in i.ctl("jobs", "--json").json["jobs"]}  # noqa: E731
        wait_until(lambda: [jobs()[n]["state"] for n in (LONGEST, other)] == ["installed"] * 2, jobs)
        serials = {name: int(jobs()[name]["serial"], 16) for name in (LONGEST, other)}
        for name in (LONGEST, other):
            wait_until(lambda: shown(s, name) == serials[name], "its certificate")
        assert serials[LONGEST] != serials[other]
        assert i.ctl("job", LONGEST).code == 0
        # Asked for, renewed, served on over a restart; one that is forgotten is gone, and that one alone.
        assert i.ctl("retry", LONGEST).code == 0
        wait_until(lambda: int(jobs()[LONGEST]["serial"], 16) != serials[LONGEST], jobs)
        wait_until(lambda: shown(s, LONGEST) == int(jobs()[LONGEST]["serial"], 16), "the new one")
        s.graceful()
        wait_until(lambda: shown(s, other) == serials[other], "the other one")
        i.permit(LONGEST)
        assert i.ctl("forget", other).code == 0
        wait_until(lambda: shown(s, other) == dummy and other not in jobs(), jobs)
        assert shown(s, LONGEST) == int(jobs()[LONGEST]["serial"], 16)
        assert not [f for _, folders, files in os.walk(i.state("issued")) for f in folders + files if f == other]


def limit_processes(pid, n):
    """Of the steward; its own user may."""
    subprocess.run(["prlimit", "--pid", str(pid), "--nproc=%s:" % n], preexec_fn=drop, check=True)


def test_no_process_no_order(issuing):
    """An order that no process could be made for is not counted."""
    i = issuing()
    s = i.server
    s.expect("MSSL0254: steward: a.test: no process can be made")
    with s:
        i.permit("first.order.test")
        i.wait_confirmed("first.order.test")
        limit_processes(i.steward(), "0")
        i.permit("first.order.test", "a.test")
        s.wait_error("MSSL0254: steward: a.test: no process")
        assert i.ctl("retry", "a.test").code == 75  # tried, and not taken up
        with open(i.state("orders", "fake")) as f:
            assert "a.test" not in f.read()
        limit_processes(i.steward(), "1000")
        assert i.ctl("retry", "a.test").code == 0
        i.wait_job("a.test", "installed")
        with open(i.state("orders", "fake")) as f:
            assert f.read().count("a.test") == 1
        assert s.count_error("MSSL0254: steward: a.test: no process") == 1
        assert s.count_error("MSSL0224: steward: a.test: it is worked on again, and so is every name") == 1


def test_strangers(issuing):
    """Names of strangers cost nothing: no job, no file, no order."""
    i = issuing()
    s = i.server
    with s:
        i.permit("a.test")
        i.wait_job("a.test", "installed")
        for n in range(200):
            shown(s, "x%d.stranger.test" % n)
        i.permit("a.test", "b.test")
        i.wait_job("b.test", "installed")
        assert sorted(os.listdir(i.state("jobs"))) == ["a.test", "b.test"]
        assert {n for _, n, _ in i.calls()} == {"a.test", "b.test"}


def test_bad_lines_and_files(issuing):
    """A line, a job's file or a request that is none costs itself."""
    i = issuing()
    s = i.server
    s.expect("MSSL0254: steward: ")
    i.permit("a.test", "b_c.test", "not a name", "d.test")
    with s:
        i.wait_confirmed("a.test")
        i.wait_confirmed("d.test")
        s.wait_error("MSSL0254: steward: .*names:2: no certificate authority signs a name with '_'")
        assert sorted(os.listdir(i.state("jobs"))) == ["a.test", "d.test"]
        s.stop()
        with open(i.state("jobs", "a.test"), "w") as f:
            f.write("garbage\n")
        os.symlink("/etc/passwd", i.state("jobs", "e.test"))
    with s:
        s.wait_error("MSSL0254: steward: jobs/a.test: it does not begin with 'mssl-job/1'; set aside as jobs/.a.test.bad")
        # What it had made is known again, and is not made twice.
        i.wait_job("a.test", "installed")
        i.permit("a.test", "d.test", "f.test")
        i.wait_job("f.test", "installed")
        assert i.count("issue", "a.test") == 1


def test_switched_off(issuing):
    """Nothing is issued any more, nobody counts jobs, and what was issued is not served."""
    i = issuing(LIST + FAKE + "MSSLCertStore dir:{dir}/store\n")
    s = i.server
    with s:
        i.permit("a.test")
        i.wait_confirmed("a.test")
        wait_until(lambda: i.standing()["jobs"].get("installed") == 1, lambda: i.standing())
        serial = cert_of(i, "a.test")
        conf = s.conf
        s.graceful(conf.replace("MSSLIssue", "#MSSLIssue") + "MSSLNotifyCommand /bin/true\n")
        wait_until(lambda: i.standing()["jobs"] == {}, lambda: i.standing())
        wait_until(lambda: shown(s, "a.test") != serial, "the dummy")
        s.graceful(conf)
        wait_until(lambda: shown(s, "a.test") == serial, "what was issued")
        assert i.count("issue") == 1
