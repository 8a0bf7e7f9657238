"""Keys and certificates that only tests have, made once: making them is slow."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

AUTHORITIES = ("root", "unionpay middle", "unionpay root")
"""Whose certificates may sign others: clients look."""


@cache
def key_of(owner: str) -> rsa.RSAPrivateKey:
    """Give the key of somebody."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(owner: str) -> str:
    """Write somebody's private key."""
    return key_of(owner).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(owner: str) -> str:
    """Write somebody's public key."""
    return key_of(owner).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def certificate_of(owner: str, issuer: str = "root", serial: int = 0, *, days: int = 365) -> str:
    """Make a certificate of somebody's key, which is valid for some days more, or less than none: it is over."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(owner))
        .issuer_name(_name(issuer))
        .public_key(key_of(owner).public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=400))
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .add_extension(x509.BasicConstraints(owner in AUTHORITIES, None), critical=True)
    )
    return builder.sign(key_of(issuer), SHA256()).public_bytes(Encoding.PEM).decode()


def _name(of: str) -> x509.Name:
    values = [
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, "Test"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Unit"),
        (NameOID.COMMON_NAME, of),
    ]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in values])
