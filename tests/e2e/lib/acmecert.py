# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Certificates that answer challenges of tls-alpn-01 (RFC 8737)."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from .ca import Leaf, make_key, utc_now

ACME = "acme-tls/1"
IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
DIGEST = bytes(range(32))


def make(*names, digest=DIGEST, critical=True, value=None):
    """A pair for them; value: of the extension, in place of what it is to be; False: without any."""
    key, now = make_key("ecdsa"), utc_now().replace(microsecond=0)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "challenge")])
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
               .not_valid_after(now + datetime.timedelta(days=7))
               .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False))
    if value is not False:
        builder = builder.add_extension(x509.UnrecognizedExtension(IDENTIFIER, value or b"\x04\x20" + digest), critical)
    return Leaf(builder.sign(key, hashes.SHA256()), key, [])


def encrypted(leaf):
    """Its key, that only a passphrase opens."""
    return leaf.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.BestAvailableEncryption(b"secret")).decode()
