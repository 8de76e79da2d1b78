# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
What people file: DER, PKCS#7, Windows text, joined blocks are served as they are; what holds nothing
keeps the last good pair in service; an issuer that is valid now is preferred (contract section 7).
"""

import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from lib import tls
from lib.ca import write
from lib.live import check_all, live_server, settle
from lib.server import IS_ROOT
from lib.world import new_address

MODES = ["broker", "direct"] if IS_ROOT else ["direct"]


def shown(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial, conn.chain_length


def der_key(leaf):
    return leaf.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption())


def file_der(leaf, at):
    write(at + ".crt", leaf.cert.public_bytes(serialization.Encoding.DER))
    write(at + ".key", der_key(leaf))
    write(at + ".ca-bundle", leaf.chain[0].public_bytes(serialization.Encoding.DER))


def file_pkcs7(leaf, at):
    write(at + ".crt", pkcs7.serialize_certificates([leaf.cert] + leaf.chain, serialization.Encoding.PEM))
    write(at + ".key", leaf.key_pem)


def file_pkcs7_der(leaf, at):
    write(at + ".cer", pkcs7.serialize_certificates([leaf.cert] + leaf.chain, serialization.Encoding.DER))
    write(at + ".key", leaf.key_pem)


def file_utf16(leaf, at):
    write(at + ".pem", (leaf.cert_pem + leaf.chain_pem + leaf.key_pem).replace("\n", "\r\n").encode("utf-16"))


def file_bom(leaf, at):
    write(at + ".pem", b"\xef\xbb\xbf" + (leaf.cert_pem + leaf.chain_pem + leaf.key_pem).encode())


def file_one_line(leaf, at):
    write(at + ".pem", leaf.cert_pem.rstrip("\n") + leaf.chain_pem.rstrip("\n") + leaf.key_pem)


@pytest.mark.parametrize("access", MODES)
@pytest.mark.parametrize("file", [file_der, file_pkcs7, file_pkcs7_der, file_utf16, file_bom, file_one_line],
                         ids=lambda f: f.__name__)
def test_taken_as_it_is(new_server, ca, file, access):
    s = live_server(new_server, ca, access=access)
    leaf = ca.leaf("a.test", intermediate=True)
    file(leaf, s.path("store", "a.test"))
    with s:
        assert shown(s, "a.test") == (leaf.serial, 2)


EMPTY_OR_DAMAGED = {
    "a.test.crt": ("", r"/a\.test\.crt: the file is empty"),
    "a.test.key": ("", r"/a\.test\.key: the file is empty"),
    "a.test.ca-bundle": ("", r"/a\.test\.ca-bundle: the file is empty"),
    "a.test.ca-bundle ": ("-----BEGIN CERTIFICATE-----\nMIIB", r"/a\.test\.ca-bundle: a PEM block is cut off"),
    "a.test.ca-bundle  ": ("<html>", r"/a\.test\.ca-bundle: the file is a web page"),
}


@pytest.mark.parametrize("access", MODES)
@pytest.mark.parametrize("name", EMPTY_OR_DAMAGED)
def test_file_of_nothing(new_server, ca, name, access):
    """It was there and holds nothing: the last good pair serves on, with its chain."""
    text, reason = EMPTY_OR_DAMAGED[name]
    s = live_server(new_server, ca, access=access)
    s.expect("MSSL0110: ")
    leaf = ca.leaf("a.test", intermediate=True)
    leaf.write_split(*(s.path("store", "a.test" + e) for e in (".crt", ".key", ".ca-bundle")))
    with s:
        check_all(s, {"a.test": leaf})
        write(s.path("store", name.strip()), text)
        settle()
        check_all(s, {"a.test": leaf})
        assert shown(s, "a.test") == (leaf.serial, 2)
        s.wait_error("MSSL0110: .*" + reason)


def issue_anew(ca, days, start):
    """The same intermediate, with other dates."""
    return ca._issue("mssl test CA intermediate", ca.mid_key.public_key(), ca.cert, ca.key, ca=True,
                     start=start, days=days)


def test_issuer_that_is_valid_now(new_server, ca):
    s = live_server(new_server, ca)
    leaf = ca.leaf("a.test", intermediate=True)
    expired = issue_anew(ca, -5, -30).public_bytes(serialization.Encoding.PEM).decode()
    write(s.path("store", "a.test.pem"), leaf.cert_pem + expired + leaf.chain_pem + leaf.key_pem)
    with s:
        assert shown(s, "a.test") == (leaf.serial, 2)
        with tls.Client(s.port, "a.test", source=new_address()).connect() as conn:
            assert conn.chain[1].serial_number == leaf.chain[0].serial_number


def test_chain_that_is_not_valid_loses(new_server, ca):
    """Two pairs of one name: the one whose chain has expired is the second choice, and said."""
    s = live_server(new_server, ca)
    expired = issue_anew(ca, -5, -30).public_bytes(serialization.Encoding.PEM).decode()
    first, second = ca.leaf("a.test", intermediate=True), ca.leaf("a.test", intermediate=True)
    write(s.path("store", "a.test.pem"), first.cert_pem + expired + first.key_pem)
    write(s.path("store", "a.test", "fullchain.pem"), second.cert_pem + second.chain_pem)
    write(s.path("store", "a.test", "privkey.pem"), second.key_pem)
    with s:
        assert shown(s, "a.test") == (second.serial, 2)
        s.wait_error(r"MSSL0115: .*/a\.test\.pem: the intermediate certificate .* is expired")
        os.unlink(s.path("store", "a.test", "fullchain.pem"))
        settle()
        assert shown(s, "a.test")[0] == first.serial
