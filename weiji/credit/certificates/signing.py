"""How a certificate is written, signed and read: a compact JWS with EdDSA (RFC 7515, RFC 8037), and nothing else.

The algorithm is ours to say, never the certificate's: whatever its header says, an Ed25519 key of the issuer verifies.
"""

import binascii
import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import scrypt, sha256
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from weiji.credit.certificates.model import DOCUMENT_MAX, Claims, Jwk, KeyDocument, Subject
from weiji.kit.seal import KEYS

TYPE: Final = "weiji-credit+jwt"
"""What says in the header that it is a certificate of ours: no other thing that is signed so passes for one."""

KEY_BYTES: Final = 32

SALT_BYTES: Final = 16

_COST: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
"""Some 50 ms and 16 MB for a guess (RFC 7914, section 2): residents' numbers are few enough to try them all at less."""

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What comes of reading JSON that somebody else wrote: it may nest as deep as they like."""

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")


class Header(Struct, frozen=True):
    """The header of a certificate."""

    alg: str
    typ: str
    kid: str


def signing_key() -> Ed25519PrivateKey:
    """Give the key of this installation: it follows from the master key, so a backup of that is one of this."""
    return Ed25519PrivateKey.from_private_bytes(KEYS.derive("credit.certificates"))


def public_key() -> bytes:
    """Give what certificates of this installation are verified with."""
    return signing_key().public_key().public_bytes_raw()


def key_of(key: bytes) -> str:
    """Name a public key: its thumbprint (RFC 7638)."""
    members = b'{"crv":"Ed25519","kty":"OKP","x":"%s"}' % encode(key).encode()
    return encode(sha256(members).digest())


def write_keys(issuer: str, key: bytes) -> KeyDocument:
    """Write what an installation publishes."""
    return KeyDocument(issuer=issuer, keys=[Jwk(kty="OKP", crv="Ed25519", x=encode(key), kid=key_of(key))])


def read_keys(text: str | bytes) -> tuple[str, list[bytes]] | None:
    """Read what an installation publishes: its address, and its keys; None where it is nothing such."""
    try:
        document = msgspec.json.decode(text, type=KeyDocument)
    except UNREADABLE:
        return None
    keys = [decode(key.x) for key in document.keys if key.kty == "OKP" and key.crv == "Ed25519"]
    whole = [key for key in keys if key is not None and len(key) == KEY_BYTES]
    return (document.issuer, whole) if whole else None


def write_certificate(claims: Claims, key: Ed25519PrivateKey) -> str:
    """Write and sign a certificate."""
    header = Header(alg="EdDSA", typ=TYPE, kid=key_of(key.public_key().public_bytes_raw()))
    signed = f"{encode(msgspec.json.encode(header))}.{encode(msgspec.json.encode(claims))}"
    return f"{signed}.{encode(key.sign(signed.encode()))}"


def read_certificate(document: str) -> Claims | None:
    """Read what a certificate says, whoever signed it; None where it is none."""
    parts = document.split(".")
    if len(document) > DOCUMENT_MAX or len(parts) != 3:
        return None
    header, claims = decode(parts[0]), decode(parts[1])
    if header is None or claims is None:
        return None
    try:
        if msgspec.json.decode(header, type=Header).typ != TYPE:
            return None
        return msgspec.json.decode(claims, type=Claims)
    except UNREADABLE:
        return None


def is_signed_by(document: str, key: bytes) -> bool:
    """Tell whether just this document was signed with a key."""
    signed, _, signature = document.rpartition(".")
    given = decode(signature)
    if given is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(given, signed.encode())
    except (InvalidSignature, UnicodeError, ValueError):
        return False
    return True


def make_subject(number: str, salt: bytes | None = None) -> Subject:
    """Hash the number of who is behind a shop. Slow: call it in a thread, outside of transactions."""
    fresh = salt or os.urandom(SALT_BYTES)
    return Subject(salt=encode(fresh), digest=encode(_digest(number, fresh)))


def digest_of(number: str, subject: Subject) -> str | None:
    """Hash a number with the salt of a certificate; None where that is no salt. Slow, as `make_subject` is."""
    salt = decode(subject.salt)
    return encode(_digest(number, salt)) if salt is not None and len(salt) == SALT_BYTES else None


def is_same(digest: str, subject: Subject) -> bool:
    """Tell whether the same number is behind both."""
    return hmac.compare_digest(digest.encode(), subject.digest.encode())


def encode(data: bytes) -> str:
    """Write bytes in base64url without padding (RFC 7515, appendix C)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes | None:
    """Read base64url without padding; None where it is none, or written otherwise than we would."""
    if not _BASE64URL.fullmatch(text):
        return None
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return data if encode(data) == text else None


def _digest(number: str, salt: bytes) -> bytes:
    return scrypt(number.encode(), salt=salt, **_COST)
