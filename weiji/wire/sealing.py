"""What is sealed on the wire: resources with the merchant's APIv3 key, fields with somebody's public key."""

import base64
import binascii
import secrets
import string
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1

from weiji.web import gettext as _

ALGORITHM: Final = "AEAD_AES_256_GCM"
"""A wire constant."""

API_KEY_BYTES: Final = 32
NONCE_CHARACTERS: Final = 12
_ALPHABET: Final = string.ascii_letters + string.digits

# Both hashes are SHA-1: what every client of this protocol has. OAEP does not lean on its being free of collisions.
_OAEP: Final = OAEP(MGF1(SHA1()), SHA1(), None)  # noqa: S303


class Unopenable(ValueError):
    """A field was not sealed with the key that the request names."""


def make_nonce(length: int = 32) -> str:
    """Make a random text of letters and digits: one for each answer, so it has to be cheap."""
    return secrets.token_hex(length // 2)


def make_api_key() -> str:
    """Make an APIv3 key."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(API_KEY_BYTES))


def seal_resource(api_key: str, text: bytes, associated: str) -> dict[str, Any]:
    """Seal a resource for the merchant who has the APIv3 key."""
    nonce = make_nonce(NONCE_CHARACTERS)
    sealed = AESGCM(api_key.encode()).encrypt(nonce.encode(), text, associated.encode())
    return {
        "algorithm": ALGORITHM,
        "nonce": nonce,
        "associated_data": associated,
        "ciphertext": base64.b64encode(sealed).decode(),
    }


def seal_field(key: RSAPublicKey, text: str) -> str:
    """Seal a field for whoever has the private key."""
    return base64.b64encode(key.encrypt(text.encode(), _OAEP)).decode()


def open_field(key: RSAPrivateKey, text: str) -> str:
    """Open a field that was sealed for us. Raises Unopenable."""
    try:
        return key.decrypt(base64.b64decode(text, validate=True), _OAEP).decode()
    except (binascii.Error, ValueError) as error:
        raise Unopenable(_("不是用 Wechatpay-Serial 写的公钥或证书加密的")) from error
