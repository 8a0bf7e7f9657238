"""What is signed and how, in both directions, as pure functions; and what was signed instead, where it differs.

The names and forms here are those that published clients compare byte for byte: they are facts of the protocol.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Struct

SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
"""A wire constant: clients write it before their signatures, and look for it behind ours."""

NONCE_MAX: Final = 64
AUTHORIZATION_MAX: Final = 4_096
SIGNATURE_MAX: Final = 1_024
"""Characters of base64: enough for RSA-4096."""

CANDIDATE_BYTES_MAX: Final = 65_536
"""Bodies longer than this are not written in other ways to find out which of them was signed."""

_PAIR: Final = re.compile(r'\s*([a-z_]{1,32})\s*=\s*"([^"]*)"\s*(?:,|$)')
_NAMES: Final = frozenset({"mchid", "nonce_str", "timestamp", "serial_no", "signature"})
_TOKEN: Final = re.compile(rf"[\x21-\x7e]{{1,{NONCE_MAX}}}")
_MCHID: Final = re.compile(r"[0-9]{1,32}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,11}")  # Until the year 5138.
_SERIAL: Final = re.compile(r"[0-9A-Fa-f]{1,64}")
_PADDING: Final = PKCS1v15()
_HASH: Final = SHA256()


class Unreadable(ValueError):
    """The header Authorization is none of this scheme; the text says what is wrong with it."""


class Credentials(Struct, frozen=True, kw_only=True):
    """What a request says of itself in its header Authorization."""

    mchid: str
    serial: str
    """Upper case, without leading zeros: as certificates are kept."""
    timestamp: int
    timestamp_text: str
    """As it was written, and signed."""
    nonce: str
    signature: bytes


def read_authorization(text: str) -> Credentials:
    """Read the header Authorization: five pairs, in any order. Raises Unreadable."""
    if len(text) > AUTHORIZATION_MAX:
        raise Unreadable("it is too long")
    scheme, _, rest = text.strip().partition(" ")
    if scheme != SCHEME:
        raise Unreadable(f"the scheme has to be {SCHEME}")
    found: dict[str, str] = {}
    place = 0
    while place < len(rest):
        pair = _PAIR.match(rest, place)
        if pair is None:
            raise Unreadable('pairs are written name="value", with commas between them')
        if pair[1] in found:
            raise Unreadable(f"{pair[1]} is there twice")
        found[pair[1]] = pair[2]
        place = pair.end()
    if missing := sorted(_NAMES - found.keys()):
        raise Unreadable(f"{', '.join(missing)} is missing")
    if not _MCHID.fullmatch(found["mchid"]):
        raise Unreadable("mchid is a decimal number")
    if not _SERIAL.fullmatch(found["serial_no"]):
        raise Unreadable("serial_no is hexadecimal")
    if not _TIMESTAMP.fullmatch(found["timestamp"]):
        raise Unreadable("timestamp is a number of seconds since 1970")
    if not _TOKEN.fullmatch(found["nonce_str"]):
        raise Unreadable(f"nonce_str has 1 to {NONCE_MAX} visible ASCII characters")
    signature = read_signature(found["signature"])
    return Credentials(
        mchid=found["mchid"],
        serial=normal_serial(found["serial_no"]),
        timestamp=int(found["timestamp"]),
        timestamp_text=found["timestamp"],
        nonce=found["nonce_str"],
        signature=signature,
    )


def read_signature(text: str) -> bytes:
    """Read a signature. Raises Unreadable."""
    if len(text) > SIGNATURE_MAX:
        raise Unreadable("signature is too long")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("signature is not base64") from error


def normal_serial(text: str) -> str:
    """Write a serial as certificates are kept: another client reads it in lower case."""
    return text.upper().lstrip("0")


class Signed(Struct, frozen=True, kw_only=True):
    """The five lines that a request signs."""

    method: str
    target: str
    """Path and query, exactly as received: never decoded and written anew."""
    timestamp: str
    nonce: str
    body: bytes

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return b"%b\n%b\n%b\n%b\n%b\n" % tuple(line for _, line in self.lines)

    @property
    def lines(self) -> tuple[tuple[str, bytes], ...]:
        """The lines by their names."""
        return (
            ("method", self.method.encode()),
            ("url", self.target.encode("latin-1")),
            ("timestamp", self.timestamp.encode()),
            ("nonce_str", self.nonce.encode()),
            ("body", self.body),
        )


def verify(key: RSAPublicKey, message: bytes, signature: bytes) -> bool:
    """Tell whether a key's owner signed a message."""
    try:
        key.verify(signature, message, _PADDING, _HASH)
    except InvalidSignature:
        return False
    return True


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """Sign a message; base64 without line breaks."""
    return base64.b64encode(key.sign(message, _PADDING, _HASH)).decode()


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """Write the bytes that an answer or a notice signs."""
    return b"%b\n%b\n%b\n" % (timestamp.encode(), nonce.encode(), body)


class Difference(Struct, frozen=True, kw_only=True):
    """What was signed instead of what arrived, where it could be found out."""

    line: str
    """Its name: method, url, timestamp, nonce_str, body; `key`: another key signed; `unknown`."""
    hint: str


def find_difference(key: RSAPublicKey, signed: Signed, signature: bytes, host: str) -> Difference:
    """Find out which line of a refused request differs from what its sender signed.

    RSA tells the digest of what was signed. So the usual mistakes can be tried, one at a time, without guessing.
    """
    try:
        digest = key.recover_data_from_signature(signature, _PADDING, _HASH)
    except InvalidSignature:
        return Difference(line="key", hint="the signature was made with another private key than this serial_no's")
    for line, hint, message in _candidates(signed, host):
        if sha256(message).digest() == digest:
            return Difference(line=line, hint=hint)
    return Difference(line="unknown", hint="compare the digests of the lines with those that you signed")


def _candidates(signed: Signed, host: str) -> Iterator[tuple[str, str, bytes]]:
    def with_(**changed: Any) -> bytes:
        values = {name: getattr(signed, name) for name in Signed.__struct_fields__} | changed
        return Signed(**values).message

    message = signed.message
    path, mark, query = signed.target.partition("?")
    yield "body", "an empty body was signed, but one was sent", with_(body=b"")
    for text, hint in _bodies(signed.body):
        yield "body", hint, with_(body=text)
    targets = {
        "the query is missing in what was signed": path,
        "scheme and host were signed with the path": f"https://{host}{signed.target}",
        "scheme and host were signed with the path, by http": f"http://{host}{signed.target}",
        "the decoded path was signed; sign it as it is sent": unquote(signed.target, "latin-1"),
        "the path was signed encoded, and sent otherwise": quote(path, safe="/%") + mark + query,
        "a slash at the end was signed": path + "/" + mark + query,
        "the slash at the end is missing in what was signed": path.rstrip("/") + mark + query,
        "the path without its slash at the beginning was signed": signed.target.lstrip("/"),
    }
    for hint, target in targets.items():
        yield "url", hint, with_(target=target)
    yield "method", "the method was signed in lower case", with_(method=signed.method.lower())
    other = "GET" if signed.method != "GET" else "POST"
    yield "method", f"{other} was signed", with_(method=other)
    yield "body", "the line break behind the last line is missing", message[:-1]
    yield "body", "the fifth line is missing", message[: -len(signed.body) - 1]
    yield "body", "lines were joined by CR LF", message.replace(b"\n", b"\r\n")
    yield "nonce_str", "nonce_str was signed in another case", with_(nonce=signed.nonce.lower())
    yield "nonce_str", "nonce_str was signed in another case", with_(nonce=signed.nonce.upper())
    yield "timestamp", "milliseconds were signed", with_(timestamp=signed.timestamp + "000")
    swapped = with_(timestamp=signed.nonce, nonce=signed.timestamp)
    yield "timestamp", "timestamp and nonce_str were signed in the other order", swapped


def _bodies(body: bytes) -> Iterator[tuple[bytes, str]]:
    """Write a body in the ways in which frameworks write it anew."""
    if len(body) > CANDIDATE_BYTES_MAX:
        return
    yield body.strip(), "spaces round the body were not signed"
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return
    for is_ascii in (True, False):
        for separators in ((", ", ": "), (",", ":")):
            text = json.dumps(tree, ensure_ascii=is_ascii, separators=separators)
            yield text.encode("utf-8", "surrogatepass"), "the same JSON was signed, but written otherwise than sent"
            yield text.replace("/", "\\/").encode("utf-8", "surrogatepass"), "slashes were signed escaped"
