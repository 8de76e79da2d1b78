# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""OCSP responses of every kind."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .ca import DAY, make_key, utc_now

SECOND = datetime.timedelta(seconds=1)
_STATUS = {"good": ocsp.OCSPCertStatus.GOOD, "revoked": ocsp.OCSPCertStatus.REVOKED,
           "unknown": ocsp.OCSPCertStatus.UNKNOWN}


def response(leaf, issuer, issuer_key, status="good", signer=None, signer_key=None, start=-3600, life=86400,
             md=hashes.SHA1):
    """
    DER of a statement about a leaf. signer: another responder's certificate, which is put in.
    start, life: thisUpdate relative to now and nextUpdate relative to thisUpdate, seconds (None: without it).
    """
    now = utc_now().replace(microsecond=0) + start * SECOND
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.cert, issuer=issuer, algorithm=md(), cert_status=_STATUS[status], this_update=now,
        next_update=now + life * SECOND if life is not None else None,
        revocation_time=now - DAY if status == "revoked" else None, revocation_reason=None)
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer or issuer)
    if signer is not None:
        builder = builder.certificates([signer])
    made = builder.sign(signer_key or issuer_key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def unsuccessful():
    made = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    return made.public_bytes(serialization.Encoding.DER)


def responder(issuer, issuer_key, may_sign=True):
    """(certificate, key) of somebody to whom the issuer delegated OCSP, or who only says so."""
    key = make_key("ecdsa")
    now = utc_now()
    usage = ExtendedKeyUsageOID.OCSP_SIGNING if may_sign else ExtendedKeyUsageOID.SERVER_AUTH
    builder = (x509.CertificateBuilder()
               .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "responder")]))
               .issuer_name(issuer.subject).public_key(key.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(now - DAY).not_valid_after(now + 30 * DAY)
               .add_extension(x509.ExtendedKeyUsage([usage]), critical=False))
    return builder.sign(issuer_key, hashes.SHA256()), key
