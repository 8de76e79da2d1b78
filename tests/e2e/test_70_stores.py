# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Stores, from a file to a handshake (contract section 7)."""

import os

import pytest
from lib import tls
from lib.ca import write
from lib.server import IS_ROOT, wait_until
from lib.world import ask, check_site, file_pair, new_address

CONF = """
MSSLCertStore %s
MSSLDummyCertificate {dir}/dummy.pem
<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
DocumentRoot {dir}/www/a.test
</VirtualHost>
"""


def store_server(new_server, ca, store="dir:{dir}/store", more=""):
    s = new_server(more + CONF % store)
    s.dummy = ca.leaf("dummy.invalid")
    s.dummy.write_joined(s.path("dummy.pem"))
    s.site("a.test")
    return s


def serial(s, sni, **kw):
    with tls.Client(s.port, sni, source=new_address(), **kw).connect() as conn:
        return conn.serial


def joined_orders(leaf, path):
    return [leaf.cert_pem + leaf.chain_pem + leaf.key_pem, leaf.key_pem + leaf.cert_pem + leaf.chain_pem,
            leaf.chain_pem + leaf.key_pem + leaf.cert_pem, leaf.chain_pem + leaf.cert_pem + leaf.key_pem]


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("key", ["ecdsa", "rsa"])
def test_joined(new_server, ca, order, key):
    """NAME.pem: certificate, chain and key in any order."""
    s = store_server(new_server, ca)
    leaf = ca.leaf("a.test", key=key, intermediate=True)
    write(s.path("store", "a.test.pem"), joined_orders(leaf, None)[order])
    with s:
        with tls.Client(s.port, "a.test").connect() as conn:
            assert (conn.serial, conn.chain_length) == (leaf.serial, 2)
            check_site(ask(s, conn, "a.test"), "a.test", leaf, "sni")


LAYOUTS = ["crt", "cer", "crt+chain", "crt+ca-bundle", "certbot", "dehydrated", "acme.sh", "acme.sh_ecc"]


def lay_out(s, ca, layout, name):
    """File a leaf for a name; returns it and the store's directory."""
    store = s.path("store")
    leaf = ca.leaf(name, key="rsa" if layout == "acme.sh" else "ecdsa", intermediate=True)
    at = os.path.join(store, name)
    if layout in ("crt", "cer"):
        leaf.write_split(at + "." + layout, at + ".key")
    elif layout.startswith("crt+"):
        leaf.write_split(at + ".crt", at + ".key", at + "." + layout[4:])
    elif layout == "certbot":
        store = leaf.write_certbot(s.path("letsencrypt"), name)
    elif layout == "dehydrated":
        write(os.path.join(at, "fullchain.pem"), leaf.cert_pem + leaf.chain_pem)
        write(os.path.join(at, "privkey.pem"), leaf.key_pem)
    else:
        leaf.write_acme_sh(store, name)
    return leaf, store


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout(new_server, ca, layout):
    s = store_server(new_server, ca)
    leaf, store = lay_out(s, ca, layout, "a.test")
    s.conf = s.conf.replace("{dir}/store", store)
    with s:
        with tls.Client(s.port, "A.test").connect() as conn:
            assert (conn.serial, conn.chain_length) == (leaf.serial, 2)
            check_site(ask(s, conn, "a.test"), "a.test", leaf, "sni")
        assert serial(s, "b.test") == s.dummy.serial


def test_all_layouts_in_one_store(new_server, ca):
    s = store_server(new_server, ca)
    leaves = {}
    for i, layout in enumerate(x for x in LAYOUTS if x != "certbot"):
        name = "s%d.test" % i
        leaves[name] = lay_out(s, ca, layout, name)[0]
    with s:
        for name, leaf in leaves.items():
            assert serial(s, name) == leaf.serial, name


def test_certbot_renewal(new_server, ca):
    """certbot puts a new pair beside the old and moves the links."""
    s = store_server(new_server, ca, "dir:{dir}/letsencrypt/live")
    old, new = ca.leaf("a.test"), ca.leaf("a.test")
    old.write_certbot(s.path("letsencrypt"), "a.test", 1)
    with s:
        assert serial(s, "a.test") == old.serial
        new.write_certbot(s.path("letsencrypt"), "a.test", 2)
        s.graceful()
        assert serial(s, "a.test") == new.serial


@pytest.mark.parametrize("file", ["_.p.test.pem", "*.p.test.pem", "_.p.test/", "*.p.test.crt"])
def test_wildcard_files(new_server, ca, file):
    s = store_server(new_server, ca)
    leaf = ca.leaf("*.p.test")
    at = s.path("store", file)
    if file.endswith("/"):
        write(at + "fullchain.pem", leaf.cert_pem)
        write(at + "privkey.pem", leaf.key_pem)
    elif file.endswith(".crt"):
        leaf.write_split(at, at[:-4] + ".key")
    else:
        leaf.write_joined(at)
    with s:
        assert serial(s, "x.p.test") == leaf.serial
        assert serial(s, "p.test") == serial(s, "y.x.p.test") == s.dummy.serial
        # The file's own name is no name: nobody is shown it by asking for it so.
        assert serial(s, "*.p.test") == s.dummy.serial


def test_wildcard_file_must_cover_the_pattern(new_server, ca):
    """A certificate for one label is not usable for all."""
    s = store_server(new_server, ca)
    file_pair(ca.leaf("x.p.test"), s.path("store"), "*.p.test")
    s.expect(r"MSSL\d{4}: .*p\.test")
    with s:
        assert serial(s, "x.p.test") == serial(s, "y.p.test") == s.dummy.serial


def bad_files(ca, s):
    """name: what makes it bad. Each is reported, skipped and harmless."""
    good, other = ca.leaf("x.test"), ca.leaf("x.test")
    store = s.path("store")

    def put(name, text, mode=0o644):
        return write(os.path.join(store, name), text, mode)

    put("garbage.test.pem", os.urandom(3000))
    put("empty.test.pem", "")
    put("nokey.test.pem", ca.leaf("nokey.test").cert_pem)
    put("nocert.test.pem", good.key_pem)
    put("cut.test.pem", ca.leaf("cut.test").cert_pem[:300])
    mixed = ca.leaf("mismatch.test")
    put("mismatch.test.pem", mixed.cert_pem + other.key_pem)
    split = ca.leaf("split.test")
    put("split.test.crt", split.cert_pem)
    put("split.test.key", other.key_pem)
    half = ca.leaf("half.test")
    put("half.test.crt", half.cert_pem)
    file_pair(ca.leaf("wrongname.test.other"), store, "wrongname.test")
    put("huge.test.pem", ca.leaf("huge.test").cert_pem + half.key_pem + "#" * (1 << 20))
    os.mkdir(os.path.join(store, "folder.test.pem"))
    os.mkfifo(os.path.join(store, "fifo.test.pem"))
    os.symlink("/nowhere", os.path.join(store, "dangling.test.pem"))
    os.symlink("loop.test.pem", os.path.join(store, "loop.test.pem"))
    os.symlink("/dev/zero", os.path.join(store, "device.test.pem"))
    crlf = ca.leaf("keyenc.test")
    put("keyenc.test.pem", crlf.cert_pem + "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n")
    os.makedirs(os.path.join(store, "emptydir.test"))
    return ["garbage", "empty", "nokey", "nocert", "cut", "mismatch", "split", "half", "wrongname", "huge",
            "folder", "fifo", "dangling", "loop", "device", "keyenc", "emptydir"]


def test_bad_files_are_harmless(new_server, ca):
    """Start and other names do not notice; whoever asks for the bad one meets the dummy."""
    s = store_server(new_server, ca)
    good = ca.leaf("a.test")
    file_pair(good, s.path("store"), "a.test")
    names = bad_files(ca, s)
    s.expect(r"\[mssl:\w+\].*MSSL\d{4}: .*\.test")
    with s:
        for name in names:
            assert serial(s, name + ".test") == s.dummy.serial, name
            assert serial(s, "a.test") == good.serial
        reported = ["garbage", "mismatch", "split", "wrongname", "huge", "cut"]
        for name in reported:
            s.wait_error(r"\[mssl:(warn|error)\].*MSSL\d{4}: .*%s\.test" % name)
        # One line per change of state, not per handshake. Children each see for themselves.
        mark = s.log_mark()
        for _ in range(20):
            serial(s, "garbage.test")
        assert s.count_error(r"MSSL011\d: .*garbage\.test", mark) <= 2 * len(s.children())
        s.graceful()
        assert serial(s, "a.test") == good.serial


def test_bad_pair_falls_through(new_server, ca):
    """The next source is asked: a bad exact pair does not hide a good one, nor the wildcard."""
    s = store_server(new_server, ca, "dir:{dir}/s1\nMSSLCertStore dir:{dir}/s2")
    good, wild = ca.leaf("a.p.test"), ca.leaf("*.p.test")
    write(s.path("s1", "a.p.test.pem"), "garbage")
    write(s.path("s1", "b.p.test.pem"), "garbage")
    file_pair(good, s.path("s2"), "a.p.test")
    file_pair(wild, s.path("s2"), "*.p.test")
    s.expect(r"MSSL\d{4}: .*p\.test")
    with s:
        assert serial(s, "a.p.test") == good.serial
        assert serial(s, "b.p.test") == wild.serial


def test_two_layouts_of_one_name(new_server, ca):
    """A bad pair in one form does not hide a good one in another."""
    s = store_server(new_server, ca)
    good = ca.leaf("a.test")
    write(s.path("store", "a.test.pem"), "garbage")
    good.write_split(s.path("store", "a.test.crt"), s.path("store", "a.test.key"))
    s.expect(r"MSSL\d{4}: .*a\.test")
    with s:
        assert serial(s, "a.test") == good.serial


@pytest.mark.skipif(not IS_ROOT, reason="needs root to give files away")
def test_links_of_others_are_not_followed(new_server, ca):
    """Followed when the owner is root or the owner of what they point to (contract section 7)."""
    s = store_server(new_server, ca)
    victim, own = ca.leaf("victim.test", "evil.test"), ca.leaf("own.test")
    outside = s.path("outside")
    file_pair(victim, outside, "victim.test")
    file_pair(own, outside, "own.test")
    os.chown(os.path.join(outside, "own.test.pem"), 12345, 12345)
    for name, target in (("evil.test", "victim.test"), ("own.test", "own.test")):
        link = s.path("store", name + ".pem")
        os.symlink("../outside/%s.pem" % target, link)
        os.lchown(link, 12345, 12345)
    os.symlink("../outside/victim.test.pem", s.path("store", "victim.test.pem"))
    s.expect(r"MSSL\d{4}: .*evil\.test")
    with s:
        assert serial(s, "victim.test") == victim.serial, "root's link"
        assert serial(s, "own.test") == own.serial, "the link of the file's owner"
        assert serial(s, "evil.test") == s.dummy.serial, "somebody's link to another's file"


@pytest.mark.parametrize("where", ["store", "store/a.test"])
def test_directories_writable_by_others(new_server, ca, where):
    s = store_server(new_server, ca)
    leaf = ca.leaf("a.test")
    write(s.path("store", "a.test", "fullchain.pem"), leaf.cert_pem)
    write(s.path("store", "a.test", "privkey.pem"), leaf.key_pem)
    s.expect(r"MSSL\d{4}: .*writ")
    with s:
        os.chmod(s.path(*where.split("/")), 0o777)
        assert serial(s, "a.test") == s.dummy.serial
        s.wait_error(r"MSSL\d{4}: .*writable by others")
    # A store that is so from the beginning is a bad value of the directive.
    code, out = s.configtest()
    assert (code != 0 and "writable by others" in out) == (where == "store"), out
    os.chmod(s.path(*where.split("/")), 0o755)


def test_names_cannot_leave_the_store(new_server, ca):
    """What is no name is never a path."""
    s = store_server(new_server, ca, "dir:{dir}/store/inner")
    os.makedirs(s.path("store", "inner"))
    secret = ca.leaf("secret.test")
    file_pair(secret, s.path("store"), "secret.test")
    file_pair(secret, s.path("store"), "x")
    with s:
        for sni in ("../secret.test", "..", "../x", "./x", "inner/../../x", "secret.test/../x",
                    "..%2fsecret.test", s.path("store", "x")[:250], "secret.test"):
            assert serial(s, sni) == s.dummy.serial, sni


def test_store_without_permission(new_server, ca):
    """A folder that children cannot enter: the dummy, a line, and everything else works."""
    s = store_server(new_server, ca, "dir:{dir}/closed\nMSSLCertStore dir:{dir}/store")
    leaf, closed = ca.leaf("a.test"), ca.leaf("b.test")
    file_pair(leaf, s.path("store"), "a.test")
    file_pair(closed, s.path("closed"), "b.test")
    os.chmod(s.path("closed"), 0)
    s.expect(r"MSSL\d{4}: .*closed")
    try:
        with s:
            assert serial(s, "a.test") == leaf.serial
            assert serial(s, "b.test") in (s.dummy.serial, closed.serial)
    finally:
        os.chmod(s.path("closed"), 0o755)


# map:

def test_map(new_server, ca):
    """Names, lists, wildcards, comments, paths relative to the file, joined and split pairs."""
    s = store_server(new_server, ca, "map:{dir}/maps/sites.map")
    a, b, w = ca.leaf("a.test", "aa.test"), ca.leaf("b.test"), ca.leaf("*.p.test")
    a.write_joined(s.path("maps", "pairs", "a.pem"))
    b.write_split(s.path("elsewhere", "b.crt"), s.path("elsewhere", "b.key"))
    w.write_joined(s.path("elsewhere", "w.pem"))
    write(s.path("maps", "sites.map"), """# a comment

a.test,AA.test.   pairs/a.pem
  b.test\t%s ../elsewhere/b.key   # and another
*.p.test %s
""" % (s.path("elsewhere", "b.crt"), s.path("elsewhere", "w.pem")))
    with s:
        for name, leaf in (("a.test", a), ("aa.test", a), ("b.test", b), ("x.p.test", w),
                           ("c.test", s.dummy), ("p.test", s.dummy)):
            assert serial(s, name) == leaf.serial, name


def test_map_is_read_again(new_server, ca):
    """A changed file counts without reload, in all children; a bad line harms only itself."""
    s = store_server(new_server, ca, "map:{dir}/sites.map")
    a, b, c = (ca.leaf(n + ".test") for n in "abc")
    for name, leaf in (("a", a), ("b", b), ("c", c)):
        leaf.write_joined(s.path("pairs", name + ".pem"))
    write(s.path("sites.map"), "a.test pairs/a.pem\n")
    s.expect(r"MSSL\d{4}: ")
    with s:
        assert serial(s, "a.test") == a.serial
        assert serial(s, "b.test") == s.dummy.serial
        write(s.path("sites.map"), "a.test pairs/a.pem\nthis is no line\n127.0.0.1 pairs/a.pem\n"
              "c.test pairs/none.pem\nb.test pairs/b.pem\n")
        wait_until(lambda: serial(s, "b.test") == b.serial, "the new line to count", 20)
        for _ in range(6):      # whichever child
            wait_until(lambda: serial(s, "b.test") == b.serial, "all children", 10)
        assert serial(s, "a.test") == a.serial
        assert serial(s, "c.test") == s.dummy.serial


def test_map_vanishes_and_comes_back(new_server, ca):
    s = store_server(new_server, ca, "map:{dir}/sites.map")
    a = ca.leaf("a.test")
    a.write_joined(s.path("a.pem"))
    write(s.path("sites.map"), "a.test a.pem\n")
    s.expect(r"MSSL\d{4}: ")
    with s:
        assert serial(s, "a.test") == a.serial
        os.rename(s.path("sites.map"), s.path("gone.map"))
        assert serial(s, "a.test") in (a.serial, s.dummy.serial)
        os.rename(s.path("gone.map"), s.path("sites.map"))
        wait_until(lambda: serial(s, "a.test") == a.serial, "the map to be back", 20)


# MSSLCertificate

def test_certificate_directive(new_server, ca):
    s = store_server(new_server, ca, more="MSSLCertificate a.test,*.p.test {dir}/a.pem\n"
                     "MSSLCertificate b.test {dir}/b.crt {dir}/b.key\n")
    a, b = ca.leaf("a.test", "*.p.test"), ca.leaf("b.test", intermediate=True)
    a.write_joined(s.path("a.pem"))
    b.write_split(s.path("b.crt"), s.path("b.key"))
    with s:
        assert [serial(s, n) for n in ("a.test", "x.p.test", "b.test", "c.test")] == \
            [a.serial, a.serial, b.serial, s.dummy.serial]
        with tls.Client(s.port, "b.test").connect() as conn:
            assert conn.chain_length == 2


@pytest.mark.skipif(not IS_ROOT, reason="root only: httpd's children have lost the right to read")
@pytest.mark.parametrize("access", ["broker", "direct"])
def test_private_key_of_the_directive(new_server, ca, access):
    """Files named in the configuration are read by root: the children need no right to them."""
    s = store_server(new_server, ca, more="MSSLKeyAccess %s\nMSSLCertificate a.test {dir}/a.crt {dir}/a.key\n"
                     % access)
    s.expect("MSSL0161: .*/store")
    a = ca.leaf("a.test")
    a.write_split(s.path("a.crt"), s.path("a.key"))
    os.chmod(s.path("a.key"), 0o600)
    os.chmod(s.path("dummy.pem"), 0o600)
    with s:
        for _ in range(6):
            assert serial(s, "a.test") == a.serial
            assert serial(s, "nope.test") == s.dummy.serial


def test_new_file_after_graceful(new_server, ca):
    """A file dropped in counts, at the latest after a graceful restart."""
    s = store_server(new_server, ca)
    with s:
        assert serial(s, "a.test") == s.dummy.serial
        leaf = ca.leaf("a.test")
        file_pair(leaf, s.path("store"), "a.test")
        s.graceful()
        assert serial(s, "a.test") == leaf.serial
