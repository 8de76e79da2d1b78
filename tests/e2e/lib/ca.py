# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A small certificate authority: leaves of every kind, filed in every layout of a store."""

import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
# RFC 5280 section 4.2.1.3; Python 3.13 and later take no CA without it.
CA_USAGE = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
_rsa_keys = []


def utc_now():
    """As x509 wants it: in UTC, and without saying so."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def make_key(kind):
    """A private key. RSA keys are slow to make, so a few are made and shared by all leaves of a run."""
    if kind == "ecdsa":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "rsa":
        if len(_rsa_keys) < 3:
            _rsa_keys.append(rsa.generate_private_key(65537, 2048))
            return _rsa_keys[-1]
        _rsa_keys.append(_rsa_keys.pop(0))
        return _rsa_keys[-1]
    raise ValueError(kind)


def _cert_pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def write(path, text, mode=0o644):
    """Write a file as a store keeps it: complete at once, readable by httpd's children."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    tmp = path + ".tmp~"
    with open(tmp, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
        os.fchmod(f.fileno(), mode)
    os.rename(tmp, path)
    return path


class Leaf:
    """A certificate with its key and chain, and the ways to file it."""

    def __init__(self, cert, key, chain):
        self.cert, self.key, self.chain = cert, key, chain
        self.serial = cert.serial_number
        self.cert_pem = _cert_pem(cert)
        self.key_pem = _key_pem(key)
        self.chain_pem = "".join(_cert_pem(c) for c in chain)

    def write_joined(self, path):
        """NAME.pem: certificate, chain and key in one file."""
        return write(path, self.cert_pem + self.chain_pem + self.key_pem)

    def write_split(self, crt, key, chain=None):
        """NAME.crt, NAME.key and, when a path is given, the chain in a file of its own."""
        write(crt, self.cert_pem + ("" if chain else self.chain_pem))
        write(key, self.key_pem)
        if chain:
            write(chain, self.chain_pem)
        return crt, key

    def write_certbot(self, base, name, number=1):
        """certbot: live/NAME/*.pem are links to archive/NAME/*N.pem. Returns the live directory."""
        archive, live = os.path.join(base, "archive", name), os.path.join(base, "live", name)
        os.makedirs(live, exist_ok=True)
        write("%s/fullchain%d.pem" % (archive, number), self.cert_pem + self.chain_pem)
        write("%s/privkey%d.pem" % (archive, number), self.key_pem)
        for what in ("fullchain", "privkey"):
            link = "%s/%s.pem" % (live, what)
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink("../../archive/%s/%s%d.pem" % (name, what, number), link)
        return os.path.join(base, "live")

    def write_acme_sh(self, base, name):
        """acme.sh: NAME[_ecc]/fullchain.cer and NAME.key."""
        suffix = "_ecc" if isinstance(self.key, ec.EllipticCurvePrivateKey) else ""
        home = os.path.join(base, name + suffix)
        write(os.path.join(home, "fullchain.cer"), self.cert_pem + self.chain_pem)
        write(os.path.join(home, name + ".cer"), self.cert_pem)
        write(os.path.join(home, name + ".key"), self.key_pem)
        return home


class CA:
    """A root, made on the spot, with one intermediate."""

    def __init__(self, name="mssl test CA"):
        self.key = make_key("ecdsa")
        self.cert = self._issue(name + " root", self.key.public_key(), None, None, ca=True)
        self.mid_key = make_key("ecdsa")
        self.mid = self._issue(name + " intermediate", self.mid_key.public_key(), self.cert,
                               self.key, ca=True)
        self.cert_pem = _cert_pem(self.cert)

    def _issue(self, cn, public, issuer, issuer_key, ca=False, sans=(), start=-1, days=90,
               client=False, serial=None, aia=None):
        now = utc_now().replace(microsecond=0)
        label = x509.NameAttribute(NameOID.COMMON_NAME, cn) if cn else x509.NameAttribute(
            NameOID.ORGANIZATION_NAME, "for " + (sans[0].value[:60] if sans else "nobody"))
        subject = x509.Name([label])
        builder = (x509.CertificateBuilder()
                   .subject_name(subject)
                   .issuer_name(issuer.subject if issuer else subject)
                   .public_key(public)
                   .serial_number(serial or x509.random_serial_number())
                   .not_valid_before(now + start * DAY)
                   .not_valid_after(now + days * DAY)
                   .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
        ski = x509.SubjectKeyIdentifier.from_public_key(public)
        aki = x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer_key or self.key).public_key())
        builder = builder.add_extension(ski, critical=False).add_extension(aki, critical=False)
        if ca:
            builder = builder.add_extension(CA_USAGE, critical=True)
        else:
            usage = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if aia:
            access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia))
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        return builder.sign(issuer_key or self.key, hashes.SHA256())

    def leaf(self, *names, key="ecdsa", cn=None, ips=(), start=-1, days=90, intermediate=False,
             client=False, serial=None, aia=None):
        """
        A certificate for names (SAN dNSName; "*.parent" for a wildcard) and ips.
        start, days: validity relative to now; days < 0 has expired, start > 0 is not yet valid.
        No names and a cn: a certificate of the old kind, with a common name only.
        aia: where its issuer's certificate is to be fetched, as public CAs say it.
        """
        private = key if not isinstance(key, str) else make_key(key)
        issuer, issuer_key = (self.mid, self.mid_key) if intermediate else (self.cert, self.key)
        sans = [x509.DNSName(n) for n in names]     # the first one is the subject, for people
        sans += [x509.IPAddress(ipaddress.ip_address(ip)) for ip in ips]
        if days < start:
            start = days - 30
        cert = self._issue(cn, private.public_key(), issuer, issuer_key, sans=sans, start=start,
                           days=days, client=client, serial=serial, aia=aia)
        return Leaf(cert, private, [self.mid] if intermediate else [])

    def self_signed(self, *names, days=3650):
        """As panels and packages make it, until there is a better one."""
        private = make_key("ecdsa")
        return Leaf(self._issue(names[0], private.public_key(), None, private, sans=[x509.DNSName(n) for n in names], days=days),
                    private, [])

    def expired(self, *names, **kw):
        return self.leaf(*names, start=-40, days=-10, **kw)

    def not_yet(self, *names, **kw):
        return self.leaf(*names, start=10, days=100, **kw)

    def write(self, path):
        return write(path, self.cert_pem)
