# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""NAME.ocsp: stapled while fresh and good for that certificate, left out with a reason otherwise (contract section 7)."""

import os
import re
import time

import pytest
from cryptography.hazmat.primitives import hashes
from lib import ocsp, tls
from lib.ca import CA, write
from lib.live import check_all, live_server, modes, only, serial, settle, workers
from lib.world import file_pair, new_address

ACCESS = sorted({access for _, access in modes()})
VERSIONS = (tls.TLS12, tls.TLS13)


def staple(s, sni, **kw):
    """(serial, stapled response) that a client gets who asks for one."""
    kw.setdefault("status", True)
    with tls.Client(s.port, sni, source=new_address(), **kw).connect() as conn:
        return conn.serial, conn.staple


def check_staples(s, wanted, **kw):
    """{name: (leaf, response or None)} in every child, and with both versions."""
    for pid in workers(s):
        with only(s, pid):
            for name, (leaf, der) in wanted.items():
                for version in [kw["version"]] if "version" in kw else VERSIONS:
                    assert staple(s, name, **{**kw, "version": version}) == (leaf.serial, der), (name, version)


def notes(s, name, text):
    return [x for x in re.findall(r"MSSL0115: [^\n]*", s.error_log()) if name in x and re.search(text, x)]


def good(ca, leaf, **kw):
    return ocsp.response(leaf, ca.mid, ca.mid_key, **kw)


@pytest.mark.parametrize("mpm,access", modes()[:2])
def test_stapled(new_server, ca, mpm, access):
    """In each layout, beside each other in one store; not to who does not ask, nor where there is none."""
    s = live_server(new_server, ca, "dir:{dir}/store\nMSSLCertStore dir:{dir}/letsencrypt/live", mpm=mpm,
                    access=access)
    store = s.path("store")
    names = ["flat", "split", "folder", "acme", "without", "sha256", "forever", "delegated"]
    leaf = {n: ca.leaf(n + ".test", intermediate=True) for n in names}
    leaf["wild"] = ca.leaf("*.wild.test", intermediate=True)
    for n in ("flat", "without", "sha256", "forever", "delegated"):
        file_pair(leaf[n], store, n + ".test")
    file_pair(leaf["wild"], store, "*.wild.test")
    leaf["split"].write_split(store + "/split.test.crt", store + "/split.test.key", store + "/split.test.chain")
    live = leaf["folder"].write_certbot(s.path("letsencrypt"), "folder.test")
    leaf["acme"].write_acme_sh(store, "acme.test")
    der = {n: good(ca, x) for n, x in leaf.items()}
    der["sha256"] = good(ca, leaf["sha256"], md=hashes.SHA256)
    der["forever"] = good(ca, leaf["forever"], life=None)
    signer, key = ocsp.responder(ca.mid, ca.mid_key)
    der["delegated"] = good(ca, leaf["delegated"], signer=signer, signer_key=key)
    for n in ("flat", "split", "sha256", "forever", "delegated"):
        write("%s/%s.test.ocsp" % (store, n), der[n])
    write(store + "/acme.test_ecc.ocsp", der["acme"])
    write(live + "/folder.test.ocsp", der["folder"])
    write(store + "/_.wild.test.ocsp", der["wild"])
    der["without"] = None
    with s:
        check_staples(s, {("x.wild" if n == "wild" else n) + ".test": (leaf[n], der[n]) for n in leaf})
        assert staple(s, "flat.test", status=False) == (leaf["flat"].serial, None)
        assert staple(s, "nobody.test") == (s.dummy.serial, None)
        assert not notes(s, "", "OCSP")


def test_each_key_type_has_its_own(new_server, ca):
    s = live_server(new_server, ca)
    store = s.path("store")
    rsa, ecdsa = (ca.leaf("a.test", key=k, intermediate=True) for k in ("rsa", "ecdsa"))
    rsa.write_joined(store + "/a.test.rsa.pem")
    ecdsa.write_joined(store + "/a.test.ecdsa.pem")
    der = {leaf: good(ca, leaf) for leaf in (rsa, ecdsa)}
    write(store + "/a.test.rsa.ocsp", der[rsa])
    write(store + "/a.test.ecdsa.ocsp", der[ecdsa])
    with s:
        for leaf, ciphers, sigalgs in ((rsa, "ECDHE-RSA-AES128-GCM-SHA256", "rsa_pss_rsae_sha256:RSA+SHA256"),
                                       (ecdsa, "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDSA+SHA256")):
            check_staples(s, {"a.test": (leaf, der[leaf])}, version=tls.TLS12, ciphers=ciphers)
            check_staples(s, {"a.test": (leaf, der[leaf])}, version=tls.TLS13, sigalgs=sigalgs)


def bad_staples(ca, leaf, other):
    """name: (response, what the log says of it)"""
    stranger = CA("a stranger")
    impostor, impostor_key = ocsp.responder(ca.mid, ca.mid_key, may_sign=False)
    self_made, self_key = ocsp.responder(stranger.mid, stranger.mid_key)
    fresh = good(ca, leaf["broken"])
    return {
        "expired": (good(ca, leaf["expired"], start=-7200, life=3600), "expired on .*; fetch a new one"),
        "early": (good(ca, leaf["early"], start=3600), "is not valid before .*; check the clock"),
        "revoked": (good(ca, leaf["revoked"], status="revoked"), "says that the certificate is revoked"),
        "unknown": (good(ca, leaf["unknown"], status="unknown"), "says that the certificate is unknown"),
        "another": (good(ca, other), "is about another certificate"),
        "garbage": (b"\x30\x82" + os.urandom(300), "is not a successful OCSP response in DER"),
        "empty": (b"", "OCSP|\\.ocsp.*empty"),
        "cut": (fresh[:-20], "is not a successful OCSP response in DER"),
        "broken": (fresh[:-3] + bytes([fresh[-3] ^ 1]) + fresh[-2:], "is not signed by the certificate's issuer"),
        "later": (ocsp.unsuccessful(), "is not a successful OCSP response in DER"),
        "strange": (good(ca, leaf["strange"], signer=stranger.mid, signer_key=stranger.mid_key), "is not signed by"),
        "delegate": (good(ca, leaf["delegate"], signer=self_made, signer_key=self_key), "is not signed by"),
        "impostor": (good(ca, leaf["impostor"], signer=impostor, signer_key=impostor_key), "is not signed by"),
    }


BAD = ["expired", "early", "revoked", "unknown", "another", "garbage", "empty", "cut", "broken", "later",
       "strange", "delegate", "impostor"]


@pytest.mark.parametrize("access", ACCESS)
def test_bad_ones_are_left_out(new_server, ca, access):
    """A line says why, once for the server; the certificate is served; a good one that comes later is stapled."""
    s = live_server(new_server, ca, access=access)
    store = s.path("store")
    leaf = {n: ca.leaf(n + ".test", intermediate=True) for n in BAD + ["no-issuer", "folder"]}
    bad = bad_staples(ca, leaf, ca.leaf("x.test", intermediate=True))
    for n, (der, text) in bad.items():
        file_pair(leaf[n], store, n + ".test")
        write("%s/%s.test.ocsp" % (store, n), der)
    x = leaf["no-issuer"]
    write(store + "/no-issuer.test.pem", x.cert_pem + x.key_pem)
    write(store + "/no-issuer.test.ocsp", good(ca, x))
    file_pair(leaf["folder"], store, "folder.test")
    os.mkdir(store + "/folder.test.ocsp")
    with s:
        for _ in range(2):
            check_staples(s, {n + ".test": (leaf[n], None) for n in leaf})
            settle()
        for n, (der, text) in bad.items():
            if n == "empty":
                continue        # there is nothing to say about nothing
            assert len(notes(s, n + ".test.pem", r"its OCSP response \(\.ocsp\) is ignored: it .*" + text)) == 1, n
        assert len(notes(s, "no-issuer.test.pem", "issuer")) >= 1
        assert len(notes(s, "folder.test.ocsp", "not a regular file")) == 1
        new = {n: good(ca, leaf[n]) for n in bad}
        for n, der in new.items():
            write("%s/%s.test.ocsp" % (store, n), der)
        settle()
        check_staples(s, {n + ".test": (leaf[n], new[n]) for n in bad})


@pytest.mark.parametrize("access", ACCESS)
def test_live(new_server, ca, access):
    """Added, replaced, removed, and run out while the server runs; a renewed certificate has not the old one's."""
    s = live_server(new_server, ca, access=access)
    store = s.path("store")
    leaf, short = ca.leaf("a.test", intermediate=True), ca.leaf("short.test", intermediate=True)
    file_pair(leaf, store, "a.test")
    file_pair(short, store, "short.test")
    with s:
        check_staples(s, {"a.test": (leaf, None)})
        first, second = good(ca, leaf), good(ca, leaf, life=7200)
        for der in (first, second):
            write(store + "/a.test.ocsp", der)
            settle()
            check_staples(s, {"a.test": (leaf, der)})
        ends = time.time() + 3
        write(store + "/short.test.ocsp", good(ca, short, start=-60, life=63))
        settle()
        assert staple(s, "short.test")[1] is not None or time.time() >= ends - 1
        new = ca.leaf("a.test", intermediate=True)
        file_pair(new, store, "a.test")
        settle()
        check_staples(s, {"a.test": (new, None)})
        assert len(notes(s, "a.test.pem", "is about another certificate")) == 1
        os.unlink(store + "/a.test.ocsp")
        settle()
        check_staples(s, {"a.test": (new, None)})
        time.sleep(max(0, ends - time.time()) + 0.05)
        check_staples(s, {"short.test": (short, None)})
        settle()
        check_all(s, {"short.test": short})
        assert len(notes(s, "short.test.pem", "expired on")) == 1


SAID = r"\[mssl:notice\].*MSSL0193: SSLUseStapling .*NAME\.ocsp"


@pytest.mark.parametrize("case,says", [("on", True), ("on in one", True), ("off", False), ("no store", False)])
def test_stapling_of_mod_ssl_is_not_for_stores(new_server, ca, case, says):
    """Said once at start, with the way that there is."""
    line = "SSLUseStapling %s\n" % ("off" if case == "off" else "on")
    s = live_server(new_server, ca, more="SSLStaplingCache shmcb:{dir}/run/stapling(65536)\n"
                    + (line if case != "on in one" else ""))
    if case == "on in one":
        s.conf = s.conf.replace("MSSLEngine on\n", "MSSLEngine on\n" + line)
    if case == "no store":
        s.conf = s.conf.replace("MSSLCertStore dir:{dir}/store\n", "")
    leaf = ca.leaf("a.test", intermediate=True)
    file_pair(leaf, s.path("store"), "a.test")
    s.expect("AH02217|AH02218|AH02604|AH01929|AH01980")    # the dummy has no responder
    with s:
        assert s.count_error(SAID) == says
        if case.startswith("on"):
            assert staple(s, "a.test") == (leaf.serial, None)
            der = good(ca, leaf)
            write(s.path("store", "a.test.ocsp"), der)
            settle()
            assert staple(s, "a.test") == (leaf.serial, der)
        mark = s.log_mark()
        s.graceful()
        assert s.count_error(SAID, mark) == says


def test_resumed(new_server, ca):
    """A resumed session needs none and does not fail for want of one."""
    s = live_server(new_server, ca)
    s.site("a.test")
    leaf = ca.leaf("a.test", intermediate=True)
    file_pair(leaf, s.path("store"), "a.test")
    write(s.path("store", "a.test.ocsp"), good(ca, leaf))
    with s:
        for version in VERSIONS:
            client = tls.Client(s.port, "a.test", version=version, status=True, source=new_address())
            with client.connect() as conn:
                conn.send(b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
                while conn.recv():
                    pass
                session = conn.session
            for _ in range(3):
                with client.connect(session) as conn:
                    assert conn.serial == leaf.serial
        assert serial(s, "a.test") == leaf.serial
