"""RSA as acquirers use it: keys in whatever form their consoles hand them out, PKCS#1 v1.5 signatures with SHA-256."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.payments.channels import Check, SettingWrong
from weiji.web import gettext as _

T = TypeVar("T")

BITS_MIN: Final = 2048

_PADDING: Final = PKCS1v15()
_HASH: Final = SHA256()
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class KeyWrong(ValueError):
    """A text is no key or certificate that can be used. It is not told what the text was."""


def read_setting(name: str, read: Callable[[str], T], settings: Mapping[str, str]) -> T:
    """Read a key or certificates that were set. Raises SettingWrong."""
    try:
        return read(settings.get(name, ""))
    except KeyWrong:
        raise SettingWrong(name, _("这不是能用的密钥或证书（RSA，2048 位起）。")) from None


def read_private_key(text: str) -> RSAPrivateKey:
    """Read a private key: PEM, or base64 alone, as some consoles give it. Raises KeyWrong."""
    try:
        key = (
            load_pem_private_key(text.encode(), None) if "-----" in text else load_der_private_key(_decode(text), None)
        )
    except (ValueError, TypeError) as error:
        raise KeyWrong from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < BITS_MIN:
        raise KeyWrong
    return key


def read_public_key(text: str) -> RSAPublicKey:
    """Read a public key: PEM, or base64 alone. Raises KeyWrong."""
    try:
        key = load_pem_public_key(text.encode()) if "-----" in text else load_der_public_key(_decode(text))
    except (ValueError, TypeError) as error:
        raise KeyWrong from error
    if not isinstance(key, RSAPublicKey) or key.key_size < BITS_MIN:
        raise KeyWrong
    return key


def read_certificate(text: str) -> x509.Certificate:
    """Read the first certificate of a PEM text. Raises KeyWrong."""
    return read_certificates(text)[0]


def read_certificates(text: str) -> Sequence[x509.Certificate]:
    """Read every certificate of a PEM text. Raises KeyWrong where there is none."""
    try:
        found = [x509.load_pem_x509_certificate(one.encode()) for one in _CERTIFICATE.findall(text)]
    except ValueError as error:
        raise KeyWrong from error
    if not found:
        raise KeyWrong
    return found


def public_key_of(certificate: x509.Certificate) -> RSAPublicKey:
    """Give a certificate's key. Raises KeyWrong."""
    try:
        key = certificate.public_key()
    except ValueError as error:
        raise KeyWrong from error
    if not isinstance(key, RSAPublicKey):
        raise KeyWrong
    return key


def expired(certificates: Mapping[str, x509.Certificate]) -> Check | None:
    """Tell that one of a contract's certificates is over, each by its setting; None where none is."""
    for name, one in certificates.items():
        if one.not_valid_after_utc <= clock.wall():
            day = f"{one.not_valid_after_utc.astimezone(SHANGHAI):%Y-%m-%d}"
            return Check(False, _("证书 %(day)s 已经过期，请换上新的。", day=day), (name,))
    return None


def is_pair(private: RSAPrivateKey, public: RSAPublicKey) -> bool:
    """Tell whether two keys belong together."""
    return private.public_key().public_numbers() == public.public_numbers()


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """Sign a message; base64 without line breaks."""
    return base64.b64encode(key.sign(message, _PADDING, _HASH)).decode()


def verify(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Tell whether a key's owner signed a message. What is no base64 is nobody's signature."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, _PADDING, _HASH)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _decode(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)
