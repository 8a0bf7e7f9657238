"""What is signed and how, in both directions, as pure functions; and what was signed instead, where it differs.

The names and forms here are those that published clients compare byte for byte: they are facts of the protocol.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import product
from typing import Any, Final
from urllib.parse import quote, unquote, unquote_plus

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

CLOCK_READ_TWICE_MAX: Final = 3
"""Seconds between the timestamp that was signed and the one that was sent, within which the latter is looked for."""

_PAIR: Final = re.compile(r'\s*([a-z_]{1,32})\s*=\s*"([^"]*)"\s*(?:,|$)')
_NAMES: Final = frozenset({"mchid", "nonce_str", "timestamp", "serial_no", "signature"})
_TOKEN: Final = re.compile(rf"[\x21-\x7e]{{1,{NONCE_MAX}}}")
_MCHID: Final = re.compile(r"[0-9]{1,32}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,11}")  # Until the year 5138.
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_SERIAL: Final = re.compile(r"[0-9A-Fa-f]{1,64}")
_LAYOUTS: Final = ((None, (", ", ": ")), (None, (",", ":")), (2, (",", ": ")), (4, (",", ": ")))
"""How libraries lay JSON out."""

_OTHER_HASHES: Final = {
    "MD5": (bytes.fromhex("3020300c06082a864886f70d020505000410"), 16),
    "SHA-1": (bytes.fromhex("3021300906052b0e03021a05000414"), 20),
    "SHA-512": (bytes.fromhex("3051300d060960864801650304020305000440"), 64),
}
"""RFC 8017, section 9.2: what names a hash in front of it, and how long it is."""

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
    if not scheme:
        raise Unreadable("it is not there; some clients sign only what goes to their platform's own host")
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
        raise Unreadable("serial_no is the serial of your own certificate, hexadecimal and without colons")
    if not _TIMESTAMP.fullmatch(found["timestamp"]):
        raise Unreadable("timestamp is a number of seconds since 1970, not of milliseconds")
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
    """Its name: method, url, timestamp, nonce_str, body; `key`: another key signed; `algorithm`; `unknown`."""
    hint: str


def find_difference(
    key: RSAPublicKey, signed: Signed, signature: bytes, host: str, raw: bytes, others: Mapping[str, RSAPublicKey]
) -> Difference:
    """Find out which line of a refused request differs from what its sender signed.

    RSA tells the digest of what was signed. So the usual mistakes can be tried, one at a time, without guessing.
    *raw* is the whole body, of which an upload signs a part; *others* are the sender's other certificates, by serial.
    """
    if len(signature) * 8 != key.key_size:
        hint = f"it has {len(signature)} bytes, and a signature by this serial_no's key has {key.key_size // 8}"
        return Difference(line="key", hint=f"{hint}: sign with the private key, not with an API key")
    digest = _recover(key, signature)
    if digest is None:
        for serial, other in others.items():
            if _recover(other, signature) is not None:
                return Difference(line="key", hint=f"it was made with the private key of your certificate {serial}")
        return Difference(line="key", hint="it was made with another private key than this serial_no's, or with PSS")
    for name, (prefix, size) in _OTHER_HASHES.items():
        if digest.startswith(prefix) and len(digest) == len(prefix) + size:
            return Difference(line="algorithm", hint=f"{name} was signed, not SHA-256")
    for line, hint, message in _candidates(signed, host, raw):
        if digest.endswith(sha256(message).digest()):
            return Difference(line=line, hint=hint)
    hint = (
        "compare the digests of the lines with those that you signed; nonce_str and timestamp are drawn once, for both"
    )
    return Difference(line="unknown", hint=hint)


def _recover(key: RSAPublicKey, signature: bytes) -> bytes | None:
    """Give what was signed: a hash behind what names its kind. None: another key signed, or in another way."""
    try:
        return key.recover_data_from_signature(signature, _PADDING, None)
    except InvalidSignature:
        return None


def _candidates(signed: Signed, host: str, raw: bytes) -> Iterator[tuple[str, str, bytes]]:
    def with_(**changed: Any) -> bytes:
        values = {name: getattr(signed, name) for name in Signed.__struct_fields__} | changed
        return Signed(**values).message

    message = signed.message
    path, mark, query = signed.target.partition("?")
    yield "body", "an empty body was signed, but one was sent", with_(body=b"")
    if raw != signed.body:
        yield "body", "the whole form was signed; an upload signs the text of its field meta only", with_(body=raw)
    for text, hint in _bodies(signed.body):
        yield "body", hint, with_(body=text)
    targets = {
        "the query is missing in what was signed": path,
        "scheme and host were signed with the path": f"https://{host}{signed.target}",
        "scheme and host were signed with the path, by http": f"http://{host}{signed.target}",
        "the decoded path was signed; sign it as it is sent": unquote(signed.target, "latin-1"),
        "the path was signed encoded, and sent otherwise": quote(path, safe="/%") + mark + query,
        "%XX was signed in the other case than it was sent": _ESCAPE.sub(lambda at: at[0].swapcase(), signed.target),
        "a slash at the end was signed": path + "/" + mark + query,
        "the slash at the end is missing in what was signed": path.rstrip("/") + mark + query,
        "the path without its slash at the beginning was signed": signed.target.lstrip("/"),
        "the query was signed in another order than it was sent": f"{path}?{'&'.join(sorted(query.split('&')))}",
        "the query was signed without being encoded as it was sent": f"{path}?{unquote_plus(query)}",
        "the query was signed encoded, and sent otherwise": f"{path}?{quote(unquote_plus(query), safe='=&')}",
    }
    for hint, target in targets.items():
        yield "url", hint, with_(target=target)
    yield "method", "the method was signed in lower case", with_(method=signed.method.lower())
    other = "GET" if signed.method != "GET" else "POST"
    yield "method", f"{other} was signed", with_(method=other)
    yield "body", "the line break behind the last line is missing", message[:-1]
    yield "body", "the fifth line is missing", message[: -len(signed.body) - 1]
    yield "body", "lines were joined by CR LF", message.replace(b"\n", b"\r\n")
    yield "body", "lines were joined by a backslash and an n, not by a line break", message.replace(b"\n", b"\\n")
    yield "nonce_str", "nonce_str was signed in another case", with_(nonce=signed.nonce.lower())
    yield "nonce_str", "nonce_str was signed in another case", with_(nonce=signed.nonce.upper())
    yield "timestamp", "milliseconds were signed", with_(timestamp=signed.timestamp + "000")
    for seconds in range(-CLOCK_READ_TWICE_MAX, CLOCK_READ_TWICE_MAX + 1):
        other = str(int(signed.timestamp) + seconds)
        yield "timestamp", f"{other} was signed: read the clock once, for both", with_(timestamp=other)
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
    for is_ascii, is_sorted, (indent, separators) in product((True, False), (False, True), _LAYOUTS):
        text = json.dumps(tree, ensure_ascii=is_ascii, sort_keys=is_sorted, indent=indent, separators=separators)
        hint = "the same JSON was signed, but written otherwise than sent: write it once, sign and send that"
        yield text.encode("utf-8", "surrogatepass"), hint
        yield text.replace("/", "\\/").encode("utf-8", "surrogatepass"), "slashes were signed escaped"
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04x}")
        yield text.encode("utf-8", "surrogatepass"), "the characters < > & were signed escaped"
    with suppress(UnicodeError):
        yield body.decode().encode("gb18030"), "the body was signed in GBK, and sent in UTF-8"
