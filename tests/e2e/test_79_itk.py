# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
mpm_itk, where each connection has a process of its own that begins as root and becomes a customer: what a
child remembers is gone with it, so that last good and "told once" are the server's or nobody's.
"""

import errno
import glob
import os
import pwd

import pytest
from lib import broker, http, tls
from lib.ca import write
from lib.inject import IS_HERE, Inside
from lib.live import live_server, serial, settle
from lib.server import BUILD, IS_ROOT, libexecdir, marker
from lib.world import file_pair, new_address
from test_79_lastgood import PREFORK, TABLE, damage, handshakes, places_of

MODULE = ([m for m in ("%s/mpm_itk.so" % libexecdir(), ) if os.path.exists(m)]
          or glob.glob(os.path.join(BUILD, "itk", "usr", "lib", "apache2", "modules", "mpm_itk.so")) or [None])[0]

pytestmark = [pytest.mark.skipif(not IS_ROOT, reason="mpm_itk's children are root's"),
              pytest.mark.skipif(MODULE is None, reason="no mpm_itk here: tests/run has Debian's unpacked")]

SPY = """#!/bin/sh
echo "Content-Type: text/plain"; echo
id -un
cat /proc/self/maps; ls -l /proc/self/fd
cat {dir}/store/a.test.pem 2>/dev/null
exit 0
"""


def itk_server(new_server, ca, access, **kw):
    s = live_server(new_server, ca, mpm="prefork", access=access, main=PREFORK, **kw)
    s.modules += ["mpm_itk_module=%s" % MODULE]
    return s


@pytest.mark.parametrize("access", ["broker", "direct"])
def test_last_good(new_server, ca, access):
    """It always was the dummy, with one MSSL0110 a connection."""
    s = itk_server(new_server, ca, access)
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("MSSL0110: .*'a.test'")
    with s:
        assert serial(s, "a.test") == leaf.serial
        damage(s, "a.test")
        assert set(handshakes(s, "a.test")) == {leaf.serial}
        s.graceful()
        assert set(handshakes(s, "a.test")) == {leaf.serial}
        assert s.count_error("MSSL0110: ") == 1
        os.unlink(s.path("store", "a.test.pem"))
        settle()
        assert set(handshakes(s, "a.test", 10)) == {s.dummy.serial}


def test_children_have_one_thread(new_server, ca):
    """They fork for each connection: what another thread had locked stayed locked there, and the visitor waited for ever."""
    s = itk_server(new_server, ca, "auto")
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    with s:
        assert serial(s, "a.test") == leaf.serial
        for _ in range(3):
            s.graceful()
            assert set(handshakes(s, "a.test", 20)) == {leaf.serial}
        assert s.count_error("MSSL0117: ") == 0


@pytest.mark.parametrize("access", ["broker", "direct"])
def test_told_once(new_server, ca, access):
    """20 connections to each of a bad, an expired and a chainless name were 80 lines."""
    s = itk_server(new_server, ca, access)
    s.expect("MSSL0110: .*'bad.test'", "MSSL0111: .*'expired.test'")
    write(s.path("store", "bad.test.pem"), "-----BEGIN CERTIFICATE-----\nMIIB")
    file_pair(ca.expired("expired.test"), s.path("store"), "expired.test")
    chainless = ca.leaf("chainless.test", intermediate=True)
    write(s.path("store", "chainless.test.pem"), chainless.cert_pem + chainless.key_pem)
    told = {"MSSL0110: .*'bad.test'": 1, "MSSL0111: .*'expired.test'": 1, "MSSL0115: .*'chainless.test'": 1}
    with s:
        for _ in range(20):
            for name in ("bad.test", "expired.test", "chainless.test"):
                serial(s, name)
        assert {line: s.count_error(line) for line in told} == told


@pytest.mark.parametrize("access", ["broker", "direct"])
def test_customers_have_no_key(new_server, ca, access):
    """A site's own user, whom the child became: nothing of the table is in a script, nor does the store open."""
    s = itk_server(new_server, ca, access, modules=["cgi"], more="ScriptAlias /cgi/ {dir}/cgi/\nAssignUserID games games\n")
    leaf = ca.leaf("a.test")
    file_pair(leaf, s.path("store"), "a.test")
    write(s.path("cgi", "spy"), s.fill(SPY), 0o755)
    s.site("a.test")
    for path in (s.path("store"), s.path("store", "a.test.pem")):
        os.chown(path, pwd.getpwnam("www-data").pw_uid, -1)
        os.chmod(path, 0o700)
    with s:
        with tls.Client(s.port, "a.test", source=new_address()).connect() as conn:
            assert conn.serial == leaf.serial
            page = http.Http1(conn).request("a.test")
            # The process of this connection is the customer's now, and waits for more.
            pid = int(s.wait_access(None)["pid"])
            state = broker.state_of(pid)
            assert set(state["Uid"].split()) == {str(pwd.getpwnam("games").pw_uid)}
            held = [fd for fd, link in broker.links_of(pid).items() if TABLE in link]
            assert len(held) == int(access == "direct") and not places_of(pid)
            if held and IS_HERE:
                with Inside(pid) as inside:
                    assert inside.call("open", "/proc/self/fd/%d" % held[0], os.O_RDONLY) == -errno.EACCES
                    assert inside.call("open", s.path("store", "a.test.pem"), os.O_RDONLY) == -errno.EACCES
        with tls.Client(s.port, "a.test", source=new_address()).connect() as conn:
            r = http.Http1(conn).request("a.test", "/cgi/spy")
        assert page.text == marker("a.test") + "\n"
        assert r.status == 200 and "games\n" in r.text and "libc" in r.text, r
        assert TABLE not in r.text and "PRIVATE" not in r.text
