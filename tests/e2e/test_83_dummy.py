# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The dummy (contract section 1): a name's own pair, live; files; and the one that the module makes."""

import os
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lib import clock, http, tls
from lib.ca import DAY, utc_now
from lib.server import ASAN, wait_until
from lib.world import ask, check_own, file_pair, new_address

NAMED = """
MSSLCheckInterval 0
MSSLNegativeTimeout 0
MSSLCertStore dir:{dir}/store
MSSLSwitchURL https://switch.test:{p1}/
<VirtualHost 127.0.0.1:{p0}>
    ServerName notice.test
    SSLEngine on
    MSSLEngine on
    DocumentRoot {dir}/www/notice.test
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
    ServerName a.test
    DocumentRoot {dir}/www/a.test
</VirtualHost>
<VirtualHost 127.0.0.1:{p1}>
    ServerName switch.test
    SSLEngine on
    MSSLEngine on
    MSSLDummyCertificate name:switch.test
    <Location "/">
        SetHandler mssl-switch
    </Location>
</VirtualHost>
"""
MISSING = r"\[mssl:warn\].*MSSL0190: MSSLDummyCertificate: .*'switch\.test'"


def serial(s, sni=None, port=0, **kw):
    kw.setdefault("source", new_address())
    with tls.Client(s.ports[port], sni, **kw).connect() as conn:
        return conn.serial


@pytest.fixture
def named(new_server, ca):
    def make(conf=NAMED, **kw):
        s = new_server(conf, **kw)
        for name in ("notice.test", "a.test"):
            s.site(name)
        s.a = ca.leaf("a.test")
        file_pair(s.a, s.path("store"), "a.test")
        return s
    return make


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_named_dummy_is_live(named, ca, mpm):
    """The pair in service for the name, renewed without a reload; until there is one a made one."""
    s = named(mpm=mpm)
    s.expect(MISSING)
    with s:
        made = serial(s, port=1)
        s.wait_error(MISSING)
        for days in (20, 40):
            leaf = ca.leaf("switch.test", days=days)
            file_pair(leaf, s.path("store"), "switch.test")
            assert serial(s, port=1) == serial(s, "switch.test", port=1) == leaf.serial
            # The other address has none of its own.
            assert serial(s) == serial(s, "nope.test") == made
        for _ in range(2):      # told each time that it becomes so, and once
            mark = s.log_mark()
            os.unlink(s.path("store", "switch.test.pem"))
            assert [serial(s, port=1) for _ in range(4)] == [made] * 4
            s.wait_error(MISSING, mark)
            assert s.count_error("MSSL0190", mark) == 1
            leaf = ca.leaf("switch.test")
            file_pair(leaf, s.path("store"), "switch.test")
            assert serial(s, port=1) == leaf.serial
        mark = s.log_mark()
        s.graceful()
        assert serial(s, port=1) != made
        assert s.count_error("MSSL0190", mark) == 0, "said again, though there is one"


def test_named_dummy_offers_both_key_types(named, ca):
    s = named()
    leaves = [ca.leaf("switch.test", key=key) for key in ("rsa", "ecdsa")]
    for leaf, kind in zip(leaves, ("rsa", "ecdsa")):
        file_pair(leaf, s.path("store"), "switch.test." + kind)
    with s:
        for leaf, kind in zip(leaves, ("RSA", "ECDSA")):
            assert serial(s, port=1, version=tls.TLS12,
                          ciphers="ECDHE-%s-AES128-GCM-SHA256" % kind) == leaf.serial


def test_named_dummy_covers_nothing(named, ca):
    """Whatever it says: as any other dummy."""
    s = named(NAMED.replace("switch.test:{p1}/", "switch.test:{p1}/go")
              .replace('<Location "/">', "DocumentRoot {dir}/www/switch.test\n<Location /go>"))
    s.site("switch.test")
    file_pair(ca.leaf("switch.test"), s.path("store"), "switch.test")
    with s:
        for sni in (None, "nope.test", "127.0.0.1"):
            with tls.Client(s.ports[1], sni, source=new_address()).connect() as conn:
                answer = ask(s, conn, "switch.test:%d" % s.ports[1])
            check_own(answer, 421 if sni == "nope.test" else 302, by="dummy")
            assert answer.log["ok"] == "0"
        with tls.Client(s.ports[1], "switch.test", source=new_address()).connect() as conn:
            assert ask(s, conn, "switch.test:%d" % s.ports[1]).status == 200


def test_the_switch_keeps_its_certificate_on_the_second_visit(named, ca):
    """What a client without SNI wants to see is no reason to show it at the switch."""
    s = named()
    switch = ca.leaf("switch.test")
    file_pair(switch, s.path("store"), "switch.test")
    file_pair(ca.leaf("b.test"), s.path("store"), "b.test")
    source = new_address()
    with s:
        for name in ("a.test", "b.test", "a.test"):
            with tls.Client(s.ports[1], source=source).connect() as conn:
                assert conn.serial == switch.serial
                r = http.talk(conn).request("switch.test:%d" % s.ports[1],
                                            "/?https://%s:%d/" % (name, s.ports[0]))
                assert r.status == 302
        assert serial(s, source=source) == s.a.serial


def test_an_intent_counts_where_sites_are_beside_the_switch(named, ca):
    """One address for both: the switch's own certificate first, then that of the site."""
    s = named(NAMED.replace("{p1}", "{p0}").replace("SSLEngine on\n    MSSLEngine on\n    MSSLDummy", "MSSLDummy")
              .replace("MSSLSwitchURL", "MSSLDummyCertificate name:switch.test\nMSSLSwitchURL"))
    switch = ca.leaf("switch.test")
    file_pair(switch, s.path("store"), "switch.test")
    source = new_address()
    with s:
        with tls.Client(s.port, source=source).connect() as conn:
            assert conn.serial == switch.serial
            r = http.talk(conn).request("switch.test:%d" % s.port, "/?https://a.test:%d/" % s.port)
            assert r.status == 302
        assert serial(s, source=source) == s.a.serial


def test_a_line_of_a_vhost_replaces_those_of_the_server(named, ca):
    """A name there, files here, and the other way round."""
    s = named("MSSLDummyCertificate {dir}/files.pem\n" + NAMED)
    files, switch = ca.leaf("files.test"), ca.leaf("switch.test")
    files.write_joined(s.path("files.pem"))
    file_pair(switch, s.path("store"), "switch.test")
    with s:
        assert (serial(s), serial(s, port=1)) == (files.serial, switch.serial)
        s.graceful("MSSLDummyCertificate name:switch.test\n" + NAMED.replace(
            "name:switch.test", "{dir}/files.pem"))
        wait_until(lambda: serial(s) == switch.serial, "the new configuration")
        assert serial(s, port=1) == files.serial


@pytest.mark.parametrize("line,says", [
    ("name:", "name"), ("name:127.0.0.1", "127.0.0.1"), ("name:*.test", r"\*\.test"),
    ("name:a..test", "name"), ("name:a.test {dir}/a.key", "alone|KEY-FILE"),
    ("name:a.test\nMSSLDummyCertificate name:b.test", "alone"),
    ("name:a.test\nMSSLDummyCertificate {dir}/files.pem", "alone"),
    ("{dir}/files.pem\nMSSLDummyCertificate name:a.test", "alone")])
def test_bad_lines(named, ca, line, says):
    s = named("MSSLDummyCertificate " + line + "\n" + NAMED)
    ca.leaf("files.test").write_joined(s.path("files.pem"))
    code, out = s.configtest()
    assert code != 0, "accepted: " + line
    sentences = [x for x in out.splitlines() if x.startswith("MSSLDummyCertificate: ")]
    assert len(sentences) == 1 and re.search(says, sentences[0]), out


# The one that the module makes

MADE = """
MSSLCertStore dir:{dir}/store
MSSLSwitchURL https://switch.test:{p0}/
<VirtualHost 127.0.0.1:{p0}>
    ServerName notice.test
    SSLEngine on
    MSSLEngine on
    DocumentRoot {dir}/www/notice.test
</VirtualHost>
"""
ONLY = {kind: dict(version=tls.TLS12, ciphers="ECDHE-%s-AES128-GCM-SHA256" % kind) for kind in ("RSA", "ECDSA")}


def made(s, kind, **kw):
    with tls.Client(s.port, None, source=new_address(), **ONLY[kind], **kw).connect() as conn:
        return conn.cert


def check_made(cert, kind):
    key = cert.public_key()
    assert isinstance(key, rsa.RSAPublicKey if kind == "RSA" else ec.EllipticCurvePublicKey)
    assert key.key_size == (2048 if kind == "RSA" else 256)
    assert cert.not_valid_after - cert.not_valid_before < DAY * 397
    assert DAY * 390 < cert.not_valid_after - utc_now() < DAY * 397


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_made_of_both_key_types(named, mpm):
    s = named(MADE, mpm=mpm)
    first = {}
    for how in (s.start, s.graceful, s.stop, s.start):
        how()
        for kind in ONLY if s.proc else ():
            cert = made(s, kind)
            check_made(cert, kind)
            assert cert == first.setdefault(kind, cert), "not kept"
    for kind, options in ONLY.items():
        # A client that knows one type only reaches the switch.
        with tls.Client(s.port, None, source=new_address(), **options).connect() as conn:
            answer = ask(s, conn, "a.test:%d" % s.port)
        check_own(answer, 302, by="dummy")
    kept = sorted(n for n in os.listdir(s.path("run", "mssl")) if n.startswith("dummy"))
    assert kept == ["dummy-rsa.pem", "dummy.pem"]
    assert {os.stat(s.path("run", "mssl", n)).st_mode & 0o777 for n in kept} == {0o600}


@pytest.mark.parametrize("days", [(-1, 3650), (-1, 20), (-40, -10), (10, 300)],
                         ids=["ten years", "soon", "expired", "early"])
def test_kept_ones_that_are_replaced(named, ca, days):
    s = named(MADE)
    os.makedirs(s.path("run", "mssl"), 0o700)
    old = [ca.leaf("no-certificate-for-this-name.invalid", key=kind, start=days[0], days=days[1])
           for kind in ("ecdsa", "rsa")]
    for leaf, name in zip(old, ("dummy.pem", "dummy-rsa.pem")):
        os.chmod(leaf.write_joined(s.path("run", "mssl", name)), 0o600)
    with s:
        for kind in ONLY:
            check_made(made(s, kind), kind)
            assert made(s, kind).serial_number not in [leaf.serial for leaf in old]


def test_what_is_inherited_cannot_write_it(named):
    """Modules fork daemons without exec, which run customers' code: no descriptor, no mapping to write by."""
    s = named(MADE)
    with s:
        made(s, "RSA")
        for pid in [s.proc.pid] + s.children():
            fds = "/proc/%d/fd" % pid
            for n in os.listdir(fds):
                if "memfd:mssl-dummy" in os.readlink(os.path.join(fds, n)):
                    with open("/proc/%d/fdinfo/%s" % (pid, n)) as f:
                        assert int(re.search(r"flags:\s+(\d+)", f.read()).group(1), 8) & os.O_PATH, "opens for all"
            with open("/proc/%d/maps" % pid) as f:
                assert {x.split()[1] for x in f if "memfd:mssl-dummy" in x} <= {"r--s"}


@pytest.mark.skipif(ASAN, reason="the clock and ASan both want to be loaded first")
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_made_is_renewed_by_itself(named, mpm):
    """Without a restart, for children that run on; and it is what a restart finds."""
    s = named(MADE, mpm=mpm)
    clock.install(s)
    with s:
        first = {kind: made(s, kind) for kind in ONLY}
        pids = set(s.children())
        clock.turn(s, 370)
        # After their times no child shows an old one; each looks at a handshake.
        wait_until(lambda: s.count_error("MSSL0192: ") == 2, "the renewal", 40)
        for _ in range(12):
            for kind in ONLY:
                cert = made(s, kind)
                assert cert != first[kind] and cert.not_valid_after > first[kind].not_valid_after
        assert pids & set(s.children()), "other children: nothing was shown"
        assert not {c.serial_number for c in first.values()} & {made(s, kind).serial_number for kind in ONLY}
        renewed = {kind: made(s, kind) for kind in ONLY}
        s.graceful()
        assert {kind: made(s, kind) for kind in ONLY} == renewed
        assert s.count_error("MSSL0192: ") == 2


@pytest.mark.skipif(ASAN, reason="the clock and ASan both want to be loaded first")
def test_a_renewal_that_cannot_be_kept(named):
    """It serves from memory, and that is said."""
    s = named(MADE)
    clock.install(s)
    with s:
        first = made(s, "ECDSA")
        os.chmod(s.path("run", "mssl"), 0o777)
        s.expect("MSSL0018", "MSSL0210")
        clock.turn(s, 370)
        wait_until(lambda: s.count_error("MSSL0192: ") == 2, "the renewal", 40)
        assert s.count_error("MSSL0018: ") == 1
        assert made(s, "ECDSA") != first
        mark = s.log_mark()
        s.graceful()
        assert made(s, "ECDSA") != first
        assert s.count_error("MSSL0018: ", mark) == 1


def test_files_of_both_key_types(named, ca):
    s = named("MSSLDummyCertificate {dir}/rsa.pem\nMSSLDummyCertificate {dir}/ec.crt {dir}/ec.key\n" + MADE)
    leaves = {"RSA": ca.leaf("dummy.invalid", key="rsa"), "ECDSA": ca.leaf("dummy.invalid")}
    leaves["RSA"].write_joined(s.path("rsa.pem"))
    leaves["ECDSA"].write_split(s.path("ec.crt"), s.path("ec.key"))
    with s:
        for kind in ONLY:
            assert made(s, kind).serial_number == leaves[kind].serial
        os.rename(s.path("rsa.pem"), s.path("gone.pem"))
        s.expect("MSSL0013")
        s.graceful()    # one is left
        assert made(s, "ECDSA").serial_number == leaves["ECDSA"].serial
        with pytest.raises(tls.TLSError):
            made(s, "RSA")


def test_files_of_one_key_type_twice(named, ca):
    s = named("MSSLDummyCertificate {dir}/one.pem\nMSSLDummyCertificate {dir}/two.pem\n" + MADE)
    for name in ("one", "two"):
        ca.leaf("dummy.invalid").write_joined(s.path(name + ".pem"))
    code, out = s.configtest()
    sentences = [x for x in out.splitlines() if x.startswith("MSSLDummyCertificate: ")]
    assert code != 0 and len(sentences) == 1 and "one.pem" in sentences[0] and "two.pem" in sentences[0], out
