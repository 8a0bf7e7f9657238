"""What is signed and how, in both directions, as pure functions; and what was signed instead, where it differs.

The names and forms here are those that published clients compare byte for byte: they are facts of the protocol.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import chain, permutations, product
from typing import Any, Final
from urllib.parse import quote, unquote, unquote_plus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Struct

from weiji.web import gettext as _

SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
"""A wire constant: clients write it before their signatures, and look for it behind ours."""

NONCE_MAX: Final = 64
AUTHORIZATION_MAX: Final = 4_096
SIGNATURE_MAX: Final = 1_024
"""Characters of base64: enough for RSA-4096."""

CANDIDATE_BYTES_MAX: Final = 16_384
"""Bodies longer than this are not written in other ways to find out which of them was signed."""

CANDIDATE_DEPTH_MAX: Final = 20
"""Nor are deeper ones: laid out, each level is indented by all of those around it."""

TRIED_BYTES_MAX: Final = 16 * 1024 * 1024
"""What is hashed for one refused request, in all: of bodies of usual size everything, of the largest the first few."""

CLOCK_READ_TWICE_MAX: Final = 300
"""Seconds between the timestamp that was signed and the one that was sent, within which the latter is looked for."""

ZONE_SECONDS: Final = 8 * 3_600
"""By how much a clock differs that was read in Beijing, and taken for another zone's."""

FIELDS_ORDERED_MAX: Final = 6
"""Of so many fields of a JSON object every order is tried."""

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

PLATFORM: Final = "https://api.mch.weixin.qq.com"
"""A wire constant: whom clients of the protocol call, and name where they sign a whole address."""

_PAIR: Final = re.compile(r'\s*([a-z_]{1,32})\s*=\s*"([^"]*)"\s*(?:,|\Z)')
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
        raise Unreadable(_("太长了"))
    scheme, _space, rest = text.strip().partition(" ")
    if not scheme:
        raise Unreadable(_("没有这个请求头；有些客户端只给发往自己平台域名的请求签名"))
    if scheme != SCHEME:
        raise Unreadable(_("认证类型要是 %(scheme)s", scheme=SCHEME))
    found: dict[str, str] = {}
    place = 0
    while place < len(rest):
        pair = _PAIR.match(rest, place)
        if pair is None:
            raise Unreadable(_('每一项写成 name="value"，中间用逗号'))
        if pair[1] in found:
            raise Unreadable(_("%(name)s 出现了两次", name=pair[1]))
        found[pair[1]] = pair[2]
        place = pair.end()
    if missing := sorted(_NAMES - found.keys()):
        raise Unreadable(_("缺少 %(names)s", names=", ".join(missing)))
    if not _MCHID.fullmatch(found["mchid"]):
        raise Unreadable(_("mchid 要是十进制数"))
    if not _SERIAL.fullmatch(found["serial_no"]):
        raise Unreadable(_("serial_no 是你自己的证书序列号，十六进制，不带冒号"))
    if not _TIMESTAMP.fullmatch(found["timestamp"]):
        raise Unreadable(_("timestamp 是 1970 年以来的秒数，不是毫秒数"))
    if not _TOKEN.fullmatch(found["nonce_str"]):
        raise Unreadable(_("nonce_str 要是 1 到 %(most)s 个可见的 ASCII 字符", most=NONCE_MAX))
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
        raise Unreadable(_("signature 太长了"))
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(_("signature 不是 base64")) from error


def normal_serial(text: str) -> str:
    """Write a serial as certificates are kept: another client reads it in lower case."""
    return text.upper().lstrip("0")


class Signed(Struct, frozen=True, kw_only=True):
    """The five lines that a request signs."""

    method: str
    target: str
    """Path and query, exactly as received: never decoded and written anew. Each character is a byte (Latin-1)."""
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

    RSA tells the digest of what was signed. So the usual mistakes can be tried, one at a time, without guessing, for a
    hash each; and only of requests that one of the sender's keys did sign.
    *raw* is the whole body, of which an upload signs a part; *others* are the sender's other certificates, by serial.
    """
    if len(signature) * 8 != key.key_size:
        sizes = {"found": len(signature), "wanted": key.key_size // 8}
        hint = _(
            "它有 %(found)s 字节，这个 serial_no 的密钥签出来有 %(wanted)s 字节：要用私钥签，不是 API 密钥", **sizes
        )
        return Difference(line="key", hint=hint)
    digest = _recover(key, signature)
    if digest is None:
        for serial, other in others.items():
            if _recover(other, signature) is not None:
                return Difference(line="key", hint=_("是用你的另一张证书 %(serial)s 的私钥签的", serial=serial))
        return Difference(line="key", hint=_("不是用这个 serial_no 的私钥签的，或者用了 PSS"))
    for name, (prefix, size) in _OTHER_HASHES.items():
        if digest.startswith(prefix) and len(digest) == len(prefix) + size:
            return Difference(line="algorithm", hint=_("签名用的摘要是 %(name)s，不是 SHA-256", name=name))
    left = TRIED_BYTES_MAX
    for line, say, message in chain(_candidates(signed, host, raw), _orders(signed), _times(signed)):
        if digest.endswith(sha256(message).digest()):
            return Difference(line=line, hint=say())
        left -= len(message)
        if left < 0:
            break
    return unknown_difference()


def unknown_difference() -> Difference:
    """Say that it is not known which line differs, and how to find out."""
    hint = _("请把每一行的摘要和你签名的比一比；nonce_str 和 timestamp 只取一次，签名和请求头都用它")
    return Difference(line="unknown", hint=hint)


def _recover(key: RSAPublicKey, signature: bytes) -> bytes | None:
    """Give what was signed: a hash behind what names its kind. None: another key signed, or in another way."""
    try:
        return key.recover_data_from_signature(signature, _PADDING, None)
    except InvalidSignature:
        return None


Candidate = tuple[str, Callable[[], str], bytes]
"""A line that may differ, what to say then, and what would have been signed."""


def _candidates(signed: Signed, host: str, raw: bytes) -> Iterator[Candidate]:
    def with_(**changed: Any) -> bytes:
        values = {name: getattr(signed, name) for name in Signed.__struct_fields__} | changed
        return Signed(**values).message

    message = signed.message
    path, mark, query = signed.target.partition("?")
    plain_query = unquote_plus(query, "latin-1")
    yield "body", lambda: _("签的是空的请求体，发出的不是空的"), with_(body=b"")
    if raw != signed.body:
        yield "body", lambda: _("签的是整个表单；上传文件只签 meta 字段的文本"), with_(body=raw)
    for text, hint in _bodies(signed.body):
        yield "body", hint, with_(body=text)
    whole = lambda: _("签名时把协议和域名也签了，只签路径")  # noqa: E731 - It is said of two.
    targets: list[tuple[str, Callable[[], str]]] = [
        (path, lambda: _("签名时漏了查询参数")),
        (f"https://{host}{signed.target}", whole),
        (PLATFORM + signed.target, whole),
        (f"http://{host}{signed.target}", lambda: _("签名时把 http 协议和域名也签了，只签路径")),
        (signed.target.removeprefix("/v3"), lambda: _("签名时漏了路径开头的 /v3")),
        (unquote(signed.target, "latin-1"), lambda: _("签的是解码后的路径；要和发出的一样")),
        (
            quote(path, safe="/%", encoding="latin-1") + mark + query,
            lambda: _("签的是编码后的路径，发出的不是"),
        ),
        (
            _ESCAPE.sub(lambda at: at[0].swapcase(), signed.target),
            lambda: _("百分号编码的大小写，签名和发出的不一样"),
        ),
        (path + "/" + mark + query, lambda: _("签名时路径末尾多了斜杠")),
        (path.rstrip("/") + mark + query, lambda: _("签名时路径末尾少了斜杠")),
        (signed.target.lstrip("/"), lambda: _("签名时路径开头少了斜杠")),
        (path + "?", lambda: _("签的路径后面有一个问号，发出的没有") if not query else _("签名时漏了查询参数")),
        (f"{path}?{'&'.join(sorted(query.split('&')))}", lambda: _("查询参数的顺序，签名和发出的不一样")),
        (f"{path}?{plain_query}", lambda: _("签名时查询参数没有编码，发出的编码了")),
        (
            f"{path}?{quote(plain_query, safe='=&', encoding='latin-1')}",
            lambda: _("签名时查询参数编码了，发出的没有"),
        ),
    ]
    for target, hint in targets:
        yield "url", hint, with_(target=target)
    yield "method", lambda: _("签名时请求方法写成了小写"), with_(method=signed.method.lower())
    for method in METHODS:
        yield "method", partial(_of_method, method), with_(method=method)
    yield "body", lambda: _("最后一行后面少了换行"), message[:-1]
    yield "body", lambda: _("少了第五行"), message[: -len(signed.body) - 1]
    yield "body", lambda: _("行与行之间用了 CR LF，要用 LF"), message.replace(b"\n", b"\r\n")
    yield "body", lambda: _("行与行之间写成了反斜杠加 n，不是换行"), message.replace(b"\n", b"\\n")
    for nonce in (signed.nonce.lower(), signed.nonce.upper()):
        yield "nonce_str", lambda: _("nonce_str 的大小写，签名和发出的不一样"), with_(nonce=nonce)
    swapped = with_(timestamp=signed.nonce, nonce=signed.timestamp)
    yield "timestamp", lambda: _("签名时 timestamp 和 nonce_str 的顺序反了"), swapped


def _times(signed: Signed) -> Iterator[Candidate]:
    """Put the other times of a clock that was read twice, the nearest first, and of one that counts milliseconds."""
    head = f"{signed.method}\n{signed.target}\n".encode("latin-1")
    tail = b"\n%b\n%b\n" % (signed.nonce.encode(), signed.body)
    at = int(signed.timestamp)
    near = sorted(range(-CLOCK_READ_TWICE_MAX, CLOCK_READ_TWICE_MAX + 1), key=abs)
    # One that was read as seconds behind one that counts milliseconds may be a second on.
    milliseconds = chain(range(1_000), range(-1, -1_001, -1))
    for text in map(str, chain((at + seconds for seconds in near[:7]), (at * 1_000 + part for part in milliseconds))):
        is_fine = len(text) > len(signed.timestamp) + 2
        hint = _of_milliseconds if is_fine else partial(_of_time, text)
        yield "timestamp", hint, head + text.encode() + tail
    for seconds in (*near[7:], -ZONE_SECONDS, ZONE_SECONDS):
        text = str(at + seconds)
        yield "timestamp", partial(_of_time, text), head + text.encode() + tail


def _of_method(method: str) -> str:
    return _("签的是 %(method)s", method=method)


def _of_time(time: str) -> str:
    return _("签的是 %(time)s：时间只取一次，签名和请求头都用它", time=time)


def _of_milliseconds() -> str:
    return _("签的是毫秒数")


def _rewritten() -> str:
    return _("签的是同一个 JSON，但写法和发出的不一样：只序列化一次，签它，也发它")


def _orders(signed: Signed) -> Iterator[Candidate]:
    """Put the fields of a JSON object in every order, if they are few."""
    tree = _read(signed.body)
    if not isinstance(tree, dict) or len(tree) > FIELDS_ORDERED_MAX:
        return
    head = signed.message[: -len(signed.body) - 1]
    for separators, is_ascii in product(((", ", ": "), (",", ":")), (True, False)):
        fields = [
            json.dumps({name: value}, ensure_ascii=is_ascii, separators=separators)[1:-1].encode(errors="surrogatepass")
            for name, value in tree.items()
        ]
        comma = separators[0].encode()
        for order in permutations(fields):
            yield "body", _rewritten, b"%b{%b}\n" % (head, comma.join(order))


def _read(body: bytes) -> Any:
    """Read a body that is short and flat enough to be written anew many times; None: it isn't, or is no JSON."""
    if len(body) > CANDIDATE_BYTES_MAX:
        return None
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return tree if _is_flat(tree, CANDIDATE_DEPTH_MAX) else None


def _is_flat(tree: Any, depth: int) -> bool:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return depth > 0 and all(_is_flat(each, depth - 1) for each in inner)


def _bodies(body: bytes) -> Iterator[tuple[bytes, Callable[[], str]]]:
    """Write a body in the ways in which frameworks write it anew."""
    if len(body) > CANDIDATE_BYTES_MAX:
        return
    yield body.strip(), lambda: _("请求体前后的空白没有签")
    tree = _read(body)
    if tree is None:
        return
    for is_ascii, is_sorted, (indent, separators) in product((True, False), (False, True), _LAYOUTS):
        text = json.dumps(tree, ensure_ascii=is_ascii, sort_keys=is_sorted, indent=indent, separators=separators)
        yield text.encode("utf-8", "surrogatepass"), _rewritten
        yield text.replace("/", "\\/").encode("utf-8", "surrogatepass"), lambda: _("签名时斜杠转义了，发出的没有")
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04x}")
        yield text.encode("utf-8", "surrogatepass"), lambda: _("签名时 < > & 转义了，发出的没有")
    with suppress(UnicodeError):
        yield body.decode().encode("gb18030"), lambda: _("请求体签的是 GBK，发出的是 UTF-8")
