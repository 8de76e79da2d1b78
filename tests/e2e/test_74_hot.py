# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Names that were in use are warm after a graceful restart, before anybody asks for them."""

import os

import pytest
from lib import live
from lib.server import wait_until
from lib.world import file_pair

USED = ("a.test", "b.test", "w1.wild.test")
UNUSED = "c.test"


def serial(world, name):
    with world.client(name).connect() as conn:
        return conn.serial


@pytest.mark.parametrize("access", ["broker", "direct"])
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_new_children_inherit_the_names_in_use(new_world, mpm, access):
    """The store is taken away once the new generation runs: what was in use is served all the same."""
    if access == "broker" and os.geteuid() != 0:
        access = "auto"
    w = new_world("light", mpm=mpm, main="MSSLKeyAccess %s\n" % access)
    s = w.server
    s.expect("MSSL0113", "MSSL0161")   # the store is gone; in direct mode everybody can read it
    if access == "direct" and os.geteuid() == 0:
        for folder, _, names in os.walk(s.path("store")):
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)
    with s:
        for name in USED:
            assert serial(w, name) == w.leaf(name).serial
        s.graceful()
        assert int(s.wait_error(r"MSSL0117: (\d+) of").group(1)) >= len(USED)
        os.rename(s.path("store"), s.path("gone"))
        for _ in range(3):
            for name in USED:
                assert serial(w, name) == w.leaf(name).serial
        assert serial(w, UNUSED) == w.dummy.serial
        os.rename(s.path("gone"), s.path("store"))
        wait_until(lambda: serial(w, UNUSED) == w.leaf(UNUSED).serial, "the store to be back")


def test_many_names(new_server, ca):
    """More than one thread's share: all of them, each once."""
    s = live.live_server(new_server, ca, main="")
    s.expect("MSSL0113")
    leaves = {"n%d.test" % i: ca.leaf("n%d.test" % i) for i in range(40)}
    for name, leaf in leaves.items():
        file_pair(leaf, s.path("store"), name)
    with s:
        assert all(live.serial(s, name) == leaf.serial for name, leaf in leaves.items())
        for _ in range(5):      # a tenth of a second may not do on a busy machine
            mark = s.log_mark()
            s.graceful()
            found = s.wait_error(r"MSSL0117: (\d+ of \d+) ", mark).group(1)
            if found == "40 of 40":
                break
        assert found == "40 of 40"
        os.rename(s.path("store"), s.path("gone"))
        assert all(live.serial(s, name) == leaf.serial for name, leaf in leaves.items())


def test_a_name_that_is_gone_is_not_served_from_memory(new_world):
    """Loading in advance looks at the files: a certificate that was removed stays removed."""
    w = new_world("light")
    s = w.server
    with s:
        assert serial(w, "a.test") == w.leaf("a.test").serial
        os.unlink(s.path("store/a.test.pem"))
        s.graceful()
        wait_until(lambda: serial(w, "a.test") == w.dummy.serial, "the name to be unknown")
        assert serial(w, "b.test") == w.leaf("b.test").serial
