# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Live files (contract section 7): what changes in a store counts at the next handshake after MSSLCheckInterval, in
every child, without a reload; what is wrong is said once and harms nobody else.
"""

import hashlib
import os
import re
import shutil

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from lib import tls
from lib.ca import write
from lib.live import check_all, in_each, live_server, modes, only, serial, settle, workers
from lib.server import IS_ROOT, wait_until
from lib.world import ask, file_pair

ACCESS = sorted({access for _, access in modes()})
RSA12 = dict(version=tls.TLS12, ciphers="ECDHE-RSA-AES128-GCM-SHA256")
ECDSA12 = dict(version=tls.TLS12, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")
RSA13 = dict(version=tls.TLS13, sigalgs="rsa_pss_rsae_sha256:RSA+SHA256")
ECDSA13 = dict(version=tls.TLS13, sigalgs="ECDSA+SHA256")


def lines(s, tag, name, since=0):
    return re.findall(r"%s: [^\n]*%s[^\n]*" % (tag, re.escape(name)), s.error_log()[since:])


def complaints(s, name, since=0):
    """All but the notes."""
    return lines(s, "MSSL011[0-4]", name, since)


def test_each_child_is_asked(new_server, ca):
    """The tool that the other tests stand on: the child that is awake answers."""
    s = live_server(new_server, ca)
    s.site("a.test")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        children = workers(s)
        assert len(children) == 3
        for pid in children:
            with only(s, pid), tls.Client(s.port, "a.test").connect() as conn:
                assert ask(s, conn, "a.test", log=False).status == 200
            wait_until(lambda: s.access() and s.access()[-1]["pid"] == str(pid), "its line in the log")


@pytest.mark.parametrize("mpm,access", modes())
def test_changes(new_server, ca, mpm, access):
    """Added, replaced, removed, renamed over, link swung, directory swapped: all at once, seen by every child."""
    s = live_server(new_server, ca, "dir:{dir}/live/store\nMSSLCertStore dir:{dir}/letsencrypt/live",
                    mpm=mpm, access=access)
    store = s.path("live", "store")
    names = ["in-place.test", "renamed.test", "split.test", "removed.test", "folder.test", "link.test"]
    old = {name: ca.leaf(name) for name in names}
    for name in ("in-place.test", "renamed.test", "removed.test"):
        file_pair(old[name], store, name)
    old["split.test"].write_split(store + "/split.test.crt", store + "/split.test.key")
    old["folder.test"].write_certbot(s.path("letsencrypt"), "folder.test")
    old["link.test"].write_certbot(s.path("letsencrypt"), "link.test", 1)
    with s:
        check_all(s, {**old, "added.test": s.dummy, "x.wild-added.test": s.dummy})
        mark = s.log_mark()
        new = {name: ca.leaf(name) for name in names + ["added.test"]}
        wild = ca.leaf("*.wild-added.test")
        file_pair(new["added.test"], store, "added.test")
        file_pair(wild, store, "*.wild-added.test")
        with open(store + "/in-place.test.pem", "r+") as f:     # the same inode
            f.write(new["in-place.test"].cert_pem + new["in-place.test"].key_pem)
            f.truncate()
        file_pair(new["renamed.test"], store, "renamed.test")
        new["split.test"].write_split(store + "/split.test.crt", store + "/split.test.key")
        os.unlink(store + "/removed.test.pem")
        new["link.test"].write_certbot(s.path("letsencrypt"), "link.test", 2)
        # The name's own folder goes and another one takes its place.
        live = s.path("letsencrypt", "live", "folder.test")
        os.rename(live, live + ".old~")
        write(live + "/fullchain.pem", new["folder.test"].cert_pem)
        write(live + "/privkey.pem", new["folder.test"].key_pem)
        settle()
        wanted = {**new, "removed.test": s.dummy, "x.wild-added.test": wild}
        check_all(s, wanted)
        # The whole store is swapped for one that was made beside it.
        swapped = {name: ca.leaf(name) for name in ("in-place.test", "split.test", "fresh.test")}
        for name, leaf in swapped.items():
            file_pair(leaf, s.path("live", "next"), name)
        os.rename(store, s.path("live", "before"))
        os.rename(s.path("live", "next"), store)
        settle()
        check_all(s, {**swapped, "renamed.test": s.dummy, "added.test": s.dummy, "x.wild-added.test": s.dummy,
                      "link.test": new["link.test"], "folder.test": new["folder.test"]})
        assert not complaints(s, "", mark)
        assert "resuming" not in s.error_log()[mark:]


# What goes wrong with a file, what the log says of it, and how it is done. Each begins with a good pair.

def fault_half(path, leaf, ca):
    text = leaf.cert_pem + leaf.key_pem
    with open(path, "w") as f:
        f.write(text[:len(leaf.cert_pem) + 60])


def fault_cut(path, leaf, ca):
    with open(path, "r+") as f:
        f.truncate(len(leaf.cert_pem) // 2)


def fault_empty(path, leaf, ca):
    open(path, "w").close()


def fault_mismatched(path, leaf, ca):
    write(path, leaf.cert_pem + ca.leaf("x.test").key_pem)


def fault_other_name(path, leaf, ca):
    ca.leaf("somebody-else.test").write_joined(path)


def fault_garbage(path, leaf, ca):
    write(path, os.urandom(2000))


def fault_directory(path, leaf, ca):
    os.unlink(path)
    os.mkdir(path)


def fault_fifo(path, leaf, ca):
    os.unlink(path)
    os.mkfifo(path)


def fault_huge(path, leaf, ca):
    with open(path, "a") as f:
        f.truncate(1 << 30)


def fault_loop(path, leaf, ca):
    os.unlink(path)
    os.symlink(os.path.basename(path) + "2", path)
    os.symlink(os.path.basename(path), path + "2")


def fault_dangling(path, leaf, ca):
    os.unlink(path)
    os.symlink("nowhere", path)


def fault_passphrase(path, leaf, ca):
    key = leaf.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.BestAvailableEncryption(b"secret")).decode()
    write(path, leaf.cert_pem + key)


def fault_unreadable(path, leaf, ca):
    os.chmod(path, 0)


FAULTS = {
    "half": (fault_half, r"cut off or damaged; write the file anew, under another name, and rename it"),
    "cut": (fault_cut, r"cut off or damaged; write"),
    "empty": (fault_empty, r"empty"), "mismatched": (fault_mismatched, r"does not belong to the certificate"),
    "other-name": (fault_other_name, r"does not cover .*somebody-else\.test.*put it under a name"),
    "garbage": (fault_garbage, r"no certificate|PEM"),
    "directory": (fault_directory, r"not a regular file; put a file"),
    "fifo": (fault_fifo, r"not a regular file; put a file"), "huge": (fault_huge, r"larger than \d+ KB"),
    "loop": (fault_loop, r"loop of links; remove|link to nothing"),
    "dangling": (fault_dangling, r"link to nothing; remove it or mend it"),
    "passphrase": (fault_passphrase, r"openssl pkey"),
    "unreadable": (fault_unreadable, r"permission denied; let uid \d+ read"),
}


def clear(path):
    """Take away whatever stands there."""
    for p in (path, path + "2"):
        if os.path.isdir(p) and not os.path.islink(p):
            os.rmdir(p)
        elif os.path.lexists(p):
            os.unlink(p)


@pytest.mark.parametrize("mpm,access", modes())
def test_faults_leave_the_last_good_pair(new_server, ca, mpm, access):
    """Every fault at once: the pairs serve on, a line per name for the whole server, none more; good again: one line more."""
    s = live_server(new_server, ca, mpm=mpm, access=access)
    # Root's broker may read what nobody may.
    kinds = [k for k in FAULTS if not (k == "unreadable" and (access == "broker" or not IS_ROOT))]
    path = {k: s.path("store", k + ".test.pem") for k in kinds}
    good = {k + ".test": ca.leaf(k + ".test") for k in kinds}
    good["a.test"] = ca.leaf("a.test")
    for name, leaf in good.items():
        file_pair(leaf, s.path("store"), name)
    s.expect(r"MSSL0110: .*'(%s)\.test'" % "|".join(kinds))
    with s:
        check_all(s, good)
        for k in kinds:
            FAULTS[k][0](path[k], good[k + ".test"], ca)
        settle()
        for _ in range(3):
            check_all(s, good)
            settle()
        for k in kinds:
            said = lines(s, "MSSL0110", "'%s.test'" % k)
            assert len(said) == 1, (k, said)
            assert all("nothing else is touched" in x and path[k] in x and re.search(FAULTS[k][1], x)
                       for x in said), (k, said)
        assert not complaints(s, "a.test")
        new = {name: ca.leaf(name) for name in good if name != "a.test"}
        for k in kinds:
            clear(path[k])
            file_pair(new[k + ".test"], s.path("store"), k + ".test")
        settle()
        check_all(s, new)
        for k in kinds:
            assert len(lines(s, "MSSL0112", "'%s.test'" % k)) == 1, k
            assert len(lines(s, "MSSL0110", "'%s.test'" % k)) == 1, k
        check_all(s, {"a.test": good["a.test"]})


@pytest.mark.parametrize("access", ACCESS)
def test_certificate_and_key_are_one_unit(new_server, ca, access):
    """A renewal that writes one file and then the other: the old pair until both are there, never a mixture."""
    s = live_server(new_server, ca, access=access)
    old, new = ca.leaf("a.test"), ca.leaf("a.test")
    crt, key = s.path("store", "a.test.crt"), s.path("store", "a.test.key")
    old.write_split(crt, key)
    s.expect(r"MSSL0110: .*'a\.test'.*does not belong to the certificate")
    with s:
        for first, second in (((crt, "cert_pem"), (key, "key_pem")), ((key, "key_pem"), (crt, "cert_pem"))):
            mark = s.log_mark()
            check_all(s, {"a.test": old})
            write(first[0], getattr(new, first[1]))
            settle()
            check_all(s, {"a.test": old})
            write(second[0], getattr(new, second[1]))
            settle()
            check_all(s, {"a.test": new})
            assert len(lines(s, "MSSL0110", "'a.test'", mark)) == 1
            assert len(lines(s, "MSSL0112", "'a.test'", mark)) == 1
            old, new = new, ca.leaf("a.test")


@pytest.mark.parametrize("access", ACCESS)
def test_store_renamed_away(new_server, ca, access):
    """Cached pairs go on; one line when it goes and one when it is back; a cold name is found again."""
    s = live_server(new_server, ca, access=access)
    leaf, cold = ca.leaf("a.test"), ca.leaf("cold.test")
    for x, name in ((leaf, "a.test"), (cold, "cold.test")):
        file_pair(x, s.path("store"), name)
    s.expect("MSSL0113: dir:")
    with s:
        check_all(s, {"a.test": leaf})
        os.rename(s.path("store"), s.path("store.away"))
        for _ in range(3):
            settle()
            check_all(s, {"a.test": leaf, "cold.test": s.dummy})
        assert len(lines(s, "MSSL0113", s.path("store"))) == 1
        assert "create it or mount it" in lines(s, "MSSL0113", s.path("store"))[0]
        if access == "direct":          # the broker may not list a folder: see docs/stores.md
            os.mkdir(s.path("store"))   # a mount point without its mount
            settle()
            check_all(s, {"a.test": leaf, "cold.test": s.dummy})
            os.rmdir(s.path("store"))
        os.rename(s.path("store.away"), s.path("store"))
        settle()
        check_all(s, {"a.test": leaf, "cold.test": cold})
        assert len(lines(s, "MSSL0114", s.path("store"))) == 1
        assert len(lines(s, "MSSL0113", s.path("store"))) == 1


# map:

@pytest.mark.parametrize("access", ACCESS)
def test_map_changes(new_server, ca, access):
    """Lines added, changed, removed, broken; its files replaced and broken; the map renamed over, gone, back."""
    s = live_server(new_server, ca, "map:{dir}/maps/sites.map", access=access)
    maps = s.path("maps")
    leaves = {x: ca.leaf(x + ".test") for x in "abcd"}
    for x, leaf in leaves.items():
        leaf.write_joined("%s/%s.pem" % (maps, x))
    write(maps + "/sites.map", "a.test a.pem\nb.test b.pem\n")
    s.expect(r"MSSL0110: .*'a\.test'.*a2\.pem", "MSSL0113: map:", "MSSL0120: map:.*line [234]")
    with s:
        check_all(s, {"a.test": leaves["a"], "b.test": leaves["b"], "c.test": s.dummy})
        a2 = ca.leaf("a.test")
        a2.write_joined(maps + "/a2.pem")
        write(maps + "/sites.map", "a.test a2.pem\nb.test\nnot/a/name b.pem\n\"c.test c.pem\nc.test c.pem\n"
              "d.test \"d.pem\"\n")
        settle()
        now = {"a.test": a2, "b.test": s.dummy, "c.test": leaves["c"], "d.test": leaves["d"]}
        check_all(s, now)
        # With a broker the map is read in one process, else in each.
        for text in ("line 2: must be NAME", "line 3: not a host name", "line 4: "):
            said = lines(s, "MSSL0120", text)
            assert len(said) == (1 if access == "broker" else 3) and maps in said[0], (text, said)
        # A file of the map: replaced, broken, mended.
        a3 = ca.leaf("a.test")
        a3.write_joined(maps + "/a2.pem")
        settle()
        check_all(s, {**now, "a.test": a3})
        write(maps + "/a2.pem", "garbage")
        settle()
        check_all(s, {**now, "a.test": a3})
        assert len(lines(s, "MSSL0110", "'a.test'")) == 1
        a2.write_joined(maps + "/a2.pem")
        settle()
        check_all(s, now)
        assert len(lines(s, "MSSL0112", "'a.test'")) == 1
        # The map itself.
        for make in (os.mkdir, os.mkfifo, None):
            os.rename(maps + "/sites.map", maps + "/away.map")
            if make:
                make(maps + "/sites.map")
            mark = s.log_mark()
            settle()
            check_all(s, now)
            settle()
            check_all(s, now)
            assert len(lines(s, "MSSL0113", "sites.map", mark)) == 1
            clear(maps + "/sites.map")
            os.rename(maps + "/away.map", maps + "/sites.map")
            settle()
            check_all(s, now)
            assert len(lines(s, "MSSL0114", "sites.map", mark)) == 1


# Choice

def choices(ca):
    """case: what lies where, and what is shown. s1, s2: stores; a wildcard's file is named _."""
    def leaf(name, state="leaf"):
        return getattr(ca, state)(*([name] if "*" not in name else [name]))

    def case(n, *files, shown):
        host, wild = "h.c%d.test" % n, "*.c%d.test" % n
        made = [(store, ("_" + wild[1:] if what == "wild" else host) + ext,
                 leaf(wild if what == "wild" else host, state)) for store, what, ext, state in files]
        return host, made, made[shown][2]

    e, w = "exact", "wild"
    yield case(1, ("s1", e, ".pem", "expired"), ("s2", e, ".pem", "leaf"), shown=1)
    yield case(2, ("s1", e, ".pem", "expired"), ("s1", w, ".pem", "leaf"), shown=1)
    yield case(3, ("s1", e, ".pem", "not_yet"), ("s1", w, ".pem", "leaf"), shown=1)
    yield case(4, ("s1", e, ".pem", "expired"), ("s1", w, ".pem", "expired"), shown=0)
    yield case(5, ("s1", w, ".pem", "leaf"), ("s2", e, ".pem", "leaf"), shown=1)
    yield case(6, ("s1", e, ".pem", "expired"), ("s1", e, ".crt", "leaf"), shown=1)
    yield case(7, ("s1", w, ".pem", "not_yet"), ("s2", w, ".pem", "leaf"), shown=1)
    yield case(8, ("s1", e, ".pem", "expired"), ("s2", e, ".pem", "not_yet"), shown=0)
    yield case(9, ("s1", e, ".pem", "leaf"), ("s2", e, ".pem", "leaf"), shown=0)
    yield case(10, ("s1", e, ".pem", "expired"), ("s2", w, ".pem", "leaf"), shown=1)


def test_valid_beats_expired(new_server, ca):
    s = live_server(new_server, ca, "dir:{dir}/s1\nMSSLCertStore dir:{dir}/s2")
    wanted = {}
    for host, files, leaf in choices(ca):
        for store, name, made in files:
            if name.endswith(".crt"):
                made.write_split(s.path(store, name), s.path(store, name[:-4] + ".key"))
            else:
                made.write_joined(s.path(store, name))
        wanted[host] = leaf
    s.expect("MSSL0111: ")
    with s:
        check_all(s, wanted)
        for host in ("h.c4.test", "h.c8.test"):
            assert len(lines(s, "MSSL0111", "'%s' in dir:%s" % (host, s.path("s1")))) == 1
            assert "expired on" in lines(s, "MSSL0111", "'%s'" % host)[0]
        # A renewal ends it.
        renewed = ca.leaf("h.c4.test")
        renewed.write_joined(s.path("s1", "h.c4.test.pem"))
        settle()
        check_all(s, {**wanted, "h.c4.test": renewed})
        assert len(lines(s, "MSSL0112", "'h.c4.test'")) == 1
        assert len(lines(s, "MSSL0111", "'h.c4.test'")) == 1


def key_type_layouts(s, rsa, ecdsa, layout):
    store = s.path("store")
    if layout == "suffixes":
        rsa.write_joined(store + "/a.test.rsa.pem")
        ecdsa.write_split(store + "/a.test.ecdsa.crt", store + "/a.test.ecdsa.key")
    elif layout == "beside":
        rsa.write_joined(store + "/a.test.pem")
        ecdsa.write_joined(store + "/a.test.ecdsa.pem")
    elif layout == "acme.sh":
        rsa.write_acme_sh(store, "a.test")
        ecdsa.write_acme_sh(store, "a.test")
    elif layout == "map":
        rsa.write_joined(s.path("rsa.pem"))
        ecdsa.write_joined(s.path("ecdsa.pem"))
        write(s.path("sites.map"), "a.test rsa.pem\na.test ecdsa.pem\n")


@pytest.mark.parametrize("layout", ["suffixes", "beside", "acme.sh", "map"])
def test_rsa_and_ecdsa(new_server, ca, layout):
    """Both are offered; what the client can use decides, in TLS 1.2 by its ciphers, in 1.3 by its signatures."""
    s = live_server(new_server, ca, "map:{dir}/sites.map" if layout == "map" else "dir:{dir}/store")
    rsa, ecdsa = ca.leaf("a.test", key="rsa"), ca.leaf("a.test")
    key_type_layouts(s, rsa, ecdsa, layout)
    with s:
        for kw, leaf in ((RSA12, rsa), (ECDSA12, ecdsa), (RSA13, rsa), (ECDSA13, ecdsa), ({}, ecdsa)):
            check_all(s, {"a.test": leaf}, **kw)
        assert not complaints(s, "a.test")
        if layout == "map":
            return
        # One of them is renewed and the other is not touched; one breaks and the other is not touched.
        new = ca.leaf("a.test")
        if layout == "acme.sh":
            new.write_acme_sh(s.path("store"), "a.test")
        else:
            shutil.rmtree(s.path("store"))
            key_type_layouts(s, rsa, new, layout)
        settle()
        check_all(s, {"a.test": rsa}, **RSA12)
        check_all(s, {"a.test": new}, **ECDSA13)


def test_one_bad_of_two_key_types(new_server, ca):
    """The good one goes on, the bad one keeps its last good pair; valid beats expired across the types."""
    s = live_server(new_server, ca)
    rsa, ecdsa = ca.leaf("a.test", key="rsa"), ca.leaf("a.test")
    key_type_layouts(s, rsa, ecdsa, "suffixes")
    mixed = ca.expired("b.test", key="rsa"), ca.leaf("b.test")
    mixed[0].write_joined(s.path("store", "b.test.rsa.pem"))
    mixed[1].write_joined(s.path("store", "b.test.ecdsa.pem"))
    s.expect(r"MSSL0110: .*a\.test\.rsa\.pem", r"MSSL0111: .*b\.test\.rsa\.pem")
    with s:
        check_all(s, {"a.test": rsa}, **RSA12)
        write(s.path("store", "a.test.rsa.pem"), "garbage")
        settle()
        check_all(s, {"a.test": rsa}, **RSA12)
        check_all(s, {"a.test": ecdsa}, **ECDSA12)
        check_all(s, {"b.test": mixed[1]})
        with pytest.raises(tls.TLSError) as e:
            serial(s, "b.test", **RSA12)
        assert e.value.alert == ("server", tls.ALERT_HANDSHAKE_FAILURE)


@pytest.mark.parametrize("access", ACCESS)
def test_none(new_server, ca, access):
    """NAME.none takes a name out of this store's wildcard, live; other stores and other names still count."""
    s = live_server(new_server, ca, "dir:{dir}/s1\nMSSLCertStore dir:{dir}/s2", access=access)
    first, second, exact = ca.leaf("*.p.test"), ca.leaf("*.q.test"), ca.leaf("own.p.test")
    file_pair(first, s.path("s1"), "*.p.test")
    file_pair(ca.leaf("*.q.test"), s.path("s1"), "*.q.test")
    file_pair(second, s.path("s2"), "*.q.test")
    file_pair(exact, s.path("s1"), "own.p.test")
    for name in ("x.p.test", "x.q.test", "own.p.test"):
        write(s.path("s1", name + ".none"), "")
    with s:
        check_all(s, {"x.p.test": s.dummy, "y.p.test": first, "x.q.test": second, "own.p.test": exact})
        os.unlink(s.path("s1", "x.p.test.none"))
        write(s.path("s1", "y.p.test.none"), "")
        settle()
        check_all(s, {"x.p.test": first, "y.p.test": s.dummy})
        assert not complaints(s, "")


def pfx(leaf, password):
    cipher = (serialization.BestAvailableEncryption(password.encode()) if password
              else serialization.NoEncryption())
    return pkcs12.serialize_key_and_certificates(b"site", leaf.key, leaf.cert, leaf.chain, cipher)


@pytest.mark.parametrize("access", ACCESS)
def test_pfx(new_server, ca, access):
    """NAME.pfx with NAME.pass, without one, and with the wrong one; a changed password file counts."""
    s = live_server(new_server, ca, access=access)
    kinds = {"a.test": "secret one", "b.test": "", "rsa.test": "x", "wrong.test": "right"}
    leaves = {n: ca.leaf(n, intermediate=True, key="rsa" if n == "rsa.test" else "ecdsa") for n in kinds}
    for name, password in kinds.items():
        write(s.path("store", name + ".pfx"), pfx(leaves[name], password))
        if password:
            write(s.path("store", name + ".pass"), (password if name != "wrong.test" else "left") + "\nmore\n")
    s.expect(r"MSSL0110: .*'(wrong|a)\.test'.*password in its \.pass file")
    with s:
        check_all(s, {**leaves, "wrong.test": s.dummy})
        with tls.Client(s.port, "a.test").connect() as conn:
            assert conn.chain_length == 2
        assert len(lines(s, "MSSL0110", "'wrong.test'")) == 1
        write(s.path("store", "wrong.test.pass"), "right")
        new = ca.leaf("a.test")
        write(s.path("store", "a.test.pfx"), pfx(new, "another"))
        settle()
        check_all(s, leaves)
        assert len(lines(s, "MSSL0110", "'a.test'")) == 1
        write(s.path("store", "a.test.pass"), "another\r\n")
        settle()
        check_all(s, {**leaves, "a.test": new})
        for name in ("a.test", "wrong.test"):
            assert len(lines(s, "MSSL0112", "'%s'" % name)) == 1


def test_chain(new_server, ca):
    """Put in order, whatever the files have; a missing one and strangers are noticed; no root is sent."""
    s = live_server(new_server, ca)
    store = s.path("store")
    leaf = {n: ca.leaf(n + ".test", intermediate=True) for n in ("reversed", "missing", "extra", "rooted")}
    stranger = ca.leaf("stranger.test")
    order = leaf["reversed"]
    write(store + "/reversed.test.pem", order.chain_pem + order.key_pem + order.cert_pem)
    write(store + "/missing.test.pem", leaf["missing"].cert_pem + leaf["missing"].key_pem)
    write(store + "/extra.test.pem", leaf["extra"].cert_pem + stranger.cert_pem + leaf["extra"].chain_pem
          + leaf["extra"].key_pem)
    write(store + "/rooted.test.pem", leaf["rooted"].cert_pem + leaf["rooted"].chain_pem + ca.cert_pem
          + leaf["rooted"].key_pem)
    with s:
        check_all(s, {n + ".test": x for n, x in leaf.items()})
        for name, length in (("reversed", 2), ("missing", 1), ("extra", 2), ("rooted", 2)):
            for version in (tls.TLS12, tls.TLS13):
                with tls.Client(s.port, name + ".test", version=version).connect() as conn:
                    assert conn.chain_length == length, name
        assert len(lines(s, "MSSL0115", "missing.test.pem: no certificate of the issuer")) == 1
        assert len(lines(s, "MSSL0115", "extra.test.pem: 1 certificate not of the chain left out")) == 1
        for name in ("reversed.test", "rooted.test"):
            assert not complaints(s, name) and not lines(s, "MSSL0115", name)
        leaf["missing"].write_joined(store + "/missing.test.pem")
        settle()
        in_each(s, ["missing.test"])
        with tls.Client(s.port, "missing.test").connect() as conn:
            assert conn.chain_length == 2


def test_fan_out(new_server, ca):
    """The fanned-out tree beside the flat form: found first, changed live, the folder made while running."""
    s = live_server(new_server, ca)
    store = s.path("store")

    def fan(name):
        return os.path.join(store, hashlib.sha256(name.encode()).hexdigest()[:2])

    flat, deep, wild = ca.leaf("a.test"), ca.leaf("a.test"), ca.leaf("*.p.test")
    file_pair(flat, store, "a.test")
    file_pair(wild, fan("p.test"), "*.p.test")
    with s:
        check_all(s, {"a.test": flat, "x.p.test": wild, "b.test": s.dummy})
        file_pair(deep, fan("a.test"), "a.test")
        b = ca.leaf("b.test")
        b.write_acme_sh(fan("b.test"), "b.test")
        settle()
        check_all(s, {"a.test": deep, "b.test": b})
        shutil.rmtree(fan("a.test"))
        settle()
        check_all(s, {"a.test": flat})
