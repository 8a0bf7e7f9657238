"""The installation's own certificate authority: it certifies the keys of merchants, and the platform's.

Nobody else trusts it, and nobody has to: a merchant gets the platform's certificates by a call that is sealed with the
APIv3 key. Private keys of the platform are sealed with the master key; those of merchants are never kept.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from cryptography.x509.oid import NameOID
from msgspec import Struct

from weiji.kit.ids import derive
from weiji.kit.seal import KEYS, Place, column

KEY_BITS: Final = 2048
KEY_BITS_MAX: Final = 4096
"""What a merchant may have: checking a longer one's signatures would cost too much."""

EXPONENT: Final = 65537
SERIAL_BYTES: Final = 20

AUTHORITY_LASTS: Final = timedelta(days=20 * 365)
CERTIFICATE_LASTS: Final = timedelta(days=5 * 365)
"""How long certificates are good, the platform's and merchants'."""

BACKDATED: Final = timedelta(minutes=10)
"""Certificates begin so long ago: the clocks of those who check them differ."""

PUBLIC_KEY_ID: Final = "PUB_KEY_ID_"
"""A wire constant: how clients tell the name of a public key from a serial."""

CSR_MAX: Final = 10_000


class KeyKind(StrEnum):
    """What a key of the installation is for."""

    AUTHORITY = "authority"
    """It signs certificates, and nothing else."""
    CERTIFICATE = "certificate"
    PUBLIC_KEY = "public_key"


class InstallationKey(Struct, frozen=True, kw_only=True):
    """A key of the installation: its id is the certificate's serial, or `PUB_KEY_ID_…`."""

    id: str
    kind: KeyKind
    pem: str
    """The certificate; of a public key, that."""
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    """When it was ended, or will be, before its time."""

    def is_in_force(self, wall: datetime) -> bool:
        """Tell whether what it signs is ours, and what is sealed with it is opened."""
        return wall < self.expires_at and (self.ended_at is None or wall < self.ended_at)


class StoredKey(InstallationKey, frozen=True, kw_only=True):
    """A key of the installation as it is kept."""

    private_sealed: bytes


class PlatformKey(InstallationKey, frozen=True, kw_only=True):
    """A key of the installation, open."""

    private: RSAPrivateKey


class Refusal(ValueError):
    """A request for a certificate can't be granted; the text is the reason, in one word."""


def make_private_key() -> RSAPrivateKey:
    """Make a key pair. Slow (0.1 s): call it in a thread."""
    return rsa.generate_private_key(EXPONENT, KEY_BITS)


def make_serial() -> int:
    """Make a random serial that is written with 40 hexadecimal digits and no leading zero.

    Some clients compare the text, some the number: with a leading zero they would not agree. The first bit of a
    serial is 0 in X.509.
    """
    return secrets.randbelow(7 << (SERIAL_BYTES * 8 - 4)) + (1 << (SERIAL_BYTES * 8 - 4))


def serial_text(certificate: x509.Certificate) -> str:
    """Write a serial as it is on the wire."""
    return f"{certificate.serial_number:X}"


def make_authority(now: datetime) -> StoredKey:
    """Make the key that signs certificates, certified by itself."""
    key = make_private_key()
    name = _name("weiji certificate authority", "weiji")
    certificate = _sign(key, name, name, key.public_key(), now, AUTHORITY_LASTS, is_authority=True)
    return _stored(KeyKind.AUTHORITY, serial_text(certificate), key, _pem(certificate), certificate.not_valid_after_utc)


def make_platform_certificate(authority: PlatformKey, now: datetime) -> StoredKey:
    """Make a key that the platform signs with, with a certificate."""
    key = make_private_key()
    certificate = _issue(authority, _name("weiji platform", "weiji"), key.public_key(), now)
    id = serial_text(certificate)
    return _stored(KeyKind.CERTIFICATE, id, key, _pem(certificate), certificate.not_valid_after_utc, now)


def make_public_key(now: datetime) -> StoredKey:
    """Make a key that the platform signs with, and that clients know by the public key alone."""
    key = make_private_key()
    digits = "".join(secrets.choice("0123456789") for _ in range(28))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return _stored(KeyKind.PUBLIC_KEY, PUBLIC_KEY_ID + digits, key, pem, now + AUTHORITY_LASTS, now)


def read_request(pem: str) -> RSAPublicKey:
    """Read a request for a certificate (PKCS#10), and check that its sender has the private key. Raises Refusal."""
    if not pem.strip():
        raise Refusal("csr_missing")
    if "PRIVATE KEY-----" in pem:  # Before its length: what is too long is shown again.
        raise Refusal("csr_is_private_key")
    if len(pem) > CSR_MAX:
        raise Refusal("csr_too_long")
    try:
        request = x509.load_pem_x509_csr(pem.strip().encode())
        is_theirs = request.is_signature_valid
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refusal("csr_unreadable") from error
    if not is_theirs:
        raise Refusal("csr_signature_wrong")
    if not isinstance(key, RSAPublicKey):
        raise Refusal("key_not_rsa")
    if not KEY_BITS <= key.key_size <= KEY_BITS_MAX:
        raise Refusal("key_size_out_of_range")
    return key


def issue_to_merchant(
    authority: PlatformKey, mchid: str, shop: str, key: RSAPublicKey, now: datetime
) -> x509.Certificate:
    """Certify a key of a merchant."""
    return _issue(authority, _name(mchid, shop), key, now)


def pem_of(certificate: x509.Certificate) -> str:
    """Write a certificate as text."""
    return _pem(certificate)


def private_pem(key: RSAPrivateKey) -> str:
    """Write a private key as text, as clients read it (PKCS#8)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_key_of(pem: str) -> RSAPublicKey:
    """Read the key of a certificate that we issued."""
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    assert isinstance(key, RSAPublicKey), "we certify no other"
    return key


def open_key(stored: StoredKey) -> PlatformKey:
    """Open a key of the installation."""
    der = KEYS.unseal_bytes(stored.private_sealed, COLUMN, _sealed_for(stored.id))
    # We made it, and the seal shows that nobody changed it: to prove once more that it is a key takes 35 ms.
    private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(private, RSAPrivateKey), "we make no other"
    return PlatformKey(
        id=stored.id,
        kind=KeyKind(stored.kind),
        private=private,
        pem=stored.pem,
        created_at=stored.created_at,
        expires_at=stored.expires_at,
        ended_at=stored.ended_at,
    )


def _sealed_for(id: str) -> UUID:
    return derive(UUID(int=0), "platform key", id)


COLUMN: Final = column(
    "wire.platform_keys:private", Place(table="wire.platform_keys", column="private_sealed", id=_sealed_for)
)


def _stored(
    kind: KeyKind, id: str, key: RSAPrivateKey, pem: str, expires_at: datetime, now: datetime | None = None
) -> StoredKey:
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return StoredKey(
        id=id,
        kind=kind,
        private_sealed=KEYS.seal_bytes(private, COLUMN, _sealed_for(id)),
        pem=pem,
        created_at=now or expires_at - AUTHORITY_LASTS,
        expires_at=expires_at,
    )


def _issue(authority: PlatformKey, subject: x509.Name, key: RSAPublicKey, now: datetime) -> x509.Certificate:
    issuer = x509.load_pem_x509_certificate(authority.pem.encode()).subject
    return _sign(authority.private, issuer, subject, key, now, CERTIFICATE_LASTS, is_authority=False)


def _sign(
    signer: RSAPrivateKey,
    issuer: x509.Name,
    subject: x509.Name,
    key: RSAPublicKey,
    now: datetime,
    lasts: timedelta,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = now.replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(make_serial())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lasts)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .sign(signer, SHA256())
    )


def _name(common: str, organisation: str) -> x509.Name:
    # X.520 bounds both to 64 characters.
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
