"""The gate: every request of the protocol comes in here, is proved, answered, and its answer signed.

It is one ASGI application beside the framework's, and no set of routes: signatures are over the raw target and the
raw bytes of the body, and whatever is answered is signed, that a path is unknown and that we failed, too.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final, NoReturn, TypeVar, cast
from urllib.parse import parse_qsl, unquote

import msgspec
import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from litestar.types import HTTPScope, Receive, Scope, Send
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.batch import QueueFull, Unavailable
from weiji.kit.clock import SHANGHAI
from weiji.kit.security import note_refusal
from weiji.web import gettext as _
from weiji.web.actors import address_of
from weiji.web.bodies import explain
from weiji.web.errors import AWAY, note_busy
from weiji.web.requests import Backend
from weiji.web.visit import visit_of
from weiji.wire.errors import ErrorBody, WireError, wrong
from weiji.wire.keys import (
    AdmitRequest,
    Directory,
    Keyring,
    Party,
    PlatformKey,
    admit_requests,
    client_of,
    get_certificates,
)
from weiji.wire.scribe import Scribe
from weiji.wire.sealing import Unopenable, make_nonce, open_field
from weiji.wire.signing import (
    SCHEME,
    Credentials,
    Signed,
    Unreadable,
    answer_message,
    find_difference,
    read_authorization,
    sign,
    unknown_difference,
    verify,
)
from weiji.wire.uploads import read_parts

NUL: Final = "\x00"
"""The one character that PostgreSQL keeps in no text."""

T = TypeVar("T")

PREFIX: Final = "/v3/"

WINDOW: Final = timedelta(seconds=300)
"""How far a request's clock may be from ours, on either side."""

BODY_BYTES_MAX: Final = 256 * 1024
"""The largest body of a request, where its endpoint takes no files."""

REQUESTS: Final = "600/second"
"""What one merchant may ask."""

FAILURES: Final = "300/minute"
"""Requests from one address that could not be proved: beyond them, none is looked at until the minute is over."""

SEARCHES: Final = "30/minute"
"""For how many requests of one merchant it is found out what was signed instead: that takes a while of computing."""

SHOWN_MAX: Final = 512
"""Characters of the signed message that an error repeats."""

JSON: Final = "application/json; charset=utf-8"

log = structlog.get_logger("weiji.wire")


class Answer(Struct, frozen=True, kw_only=True):
    """What is answered: a value that becomes JSON, or bytes as they are."""

    value: Any = None
    status: int = 200
    content: bytes | None = None
    """Instead of a value."""
    pieces: AsyncIterator[bytes] | None = None
    """Likewise, of what may be long; it is not signed."""
    length: int = 0
    """How many bytes come in pieces."""
    media_type: str = JSON
    is_signed: bool = True
    headers: dict[str, str] = {}
    party: "Party | None" = None
    """Who asks, where the call changed what is known of them, and so which key signs the answer."""
    signature_mark: str = ""
    """What is written before the signature, which then is none: a sandbox probes whether clients look."""


NOTHING: Final = Answer(status=204)


class Call(Struct, frozen=True, kw_only=True):
    """A request that was proved: who asks, and what."""

    backend: Backend
    party: Party
    serial: str
    """Of the certificate that it was signed with."""
    public_key_id: str
    """Of the platform's public key."""
    sealed_with: PlatformKey | None
    """The key of ours that it names, and that its sealed fields were sealed with."""
    target: str
    """Path and query, as they came."""
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    content_type: str
    origin: str
    """Scheme and host as the caller wrote them: what addresses in answers begin with."""
    host: str
    client: str
    """What the program calls itself."""
    address: str | None
    request_id: str
    keyring: Keyring
    directory: Directory
    scribe: Scribe

    @property
    def mchid(self) -> str:
        """The number of who asks."""
        return self.party.merchant.mchid

    @property
    def notice_key_id(self) -> str | None:
        """Which key is to sign the notices of what this call makes, whatever was chosen: the one that it names.

        Where other programs asked for certificates and this one did not, the public key; None: what signs by then.
        """
        if self.sealed_with is not None:
            return self.sealed_with.id
        merchant = self.party.merchant
        is_other = merchant.uses_certificates and not merchant.checks_with_certificates(self.client)
        return self.public_key_id if is_other and merchant.choice(clock.wall()) is None else None

    def read(self, kind: type[T]) -> T:
        """Read the body. Fields that we do not know are passed over: the protocol gains some at any time."""
        body = self.body or b"{}"
        try:
            # As JSON writes it; looked for only where something like it is there.
            nul = _find_nul(msgspec.json.decode(body)) if b"\\u0000" in body else None
            if nul is not None:
                raise _nul_in(nul)
            try:
                return msgspec.json.decode(body, type=kind)
            except msgspec.ValidationError:
                # Only now: most clients write what they mean, and reading twice costs.
                return _convert(_meant(msgspec.json.decode(body)), kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise WireError(400, "PARAM_ERROR", _("请求体不是 JSON：%(error)s。", error=error)) from error

    def ask(self, name: str) -> str:
        """Read a parameter of the query that has to be there."""
        value = self.query.get(name, "")
        if not value:
            raise wrong(name, _("没有给"))
        return value

    def open(self, field: str, text: str) -> str:
        """Open a sealed field of the body."""
        if self.sealed_with is None:
            raise WireError(
                400,
                "PARAM_ERROR",
                _(
                    "%(field)s 是加密的，请求头 Wechatpay-Serial 要写明加密所用的平台公钥或证书，并且在有效期内。",
                    field=field,
                ),
                field=field,
                location="body",
            )
        try:
            opened = open_field(self.sealed_with.private, text)
        except Unopenable as error:
            raise wrong(field, str(error)) from error
        if NUL in opened:
            raise _nul_in(field)
        return opened


Handle = Callable[[Call], Awaitable[Answer]]

Around = Callable[[Call, Handle], Awaitable[Answer]]
"""What goes round the answering of calls that were proved."""


class Wire(Struct):
    """What a process has of the protocol: the keys of the installation, and who is who."""

    keyring: Keyring
    directory: Directory
    scribe: Scribe
    around: Around | None = None
    """A sandbox lets things go wrong here."""


class Endpoint(Struct, frozen=True, kw_only=True):
    """One of the protocol's paths."""

    method: str
    template: str
    handle: Handle
    bytes_max: int = BODY_BYTES_MAX
    has_meta: bool = False
    """An upload: of its form only the field `meta` is signed."""


class Routes:
    """The paths that there are: features add theirs with `@ROUTES.add("POST", "/v3/…/{name}")`."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []
        self._plain: dict[tuple[str, str], Endpoint] = {}
        self._by_size: dict[int, list[tuple[list[str], Endpoint]]] = {}

    def add(
        self,
        method: str,
        template: str,
        *,
        bytes_max: int = BODY_BYTES_MAX,
        has_meta: bool = False,
    ) -> Callable[[Handle], Handle]:
        """Add a path. Segments in braces are parameters; a more special path is added before a more general one."""

        def decorate(handle: Handle) -> Handle:
            endpoint = Endpoint(method=method, template=template, handle=handle, bytes_max=bytes_max, has_meta=has_meta)
            self.endpoints.append(endpoint)
            if "{" not in template:
                self._plain[method, template] = endpoint
            segments = template.split("/")
            self._by_size.setdefault(len(segments), []).append((segments, endpoint))
            return handle

        return decorate

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        """Find who answers a raw path. Raises WireError."""
        if plain := self._plain.get((method, path)):
            return plain, {}
        given = path.split("/")
        others = set()
        for segments, endpoint in self._by_size.get(len(given), ()):
            params = _match(segments, given)
            if params is None:
                continue
            if endpoint.method == method:
                return endpoint, params
            others.add(endpoint.method)
        if others:
            raise WireError(
                405, "INVALID_REQUEST", _("这个路径只接受 %(methods)s。", methods=", ".join(sorted(others)))
            )
        raise WireError(404, "RESOURCE_NOT_EXISTS", _("这里没有这个路径。"), field=path, location="uri")


def _match(segments: list[str], given: list[str]) -> dict[str, str] | None:
    params = {}
    for wanted, found in zip(segments, given, strict=True):
        if wanted[:1] == "{":
            named = unquote(found, errors="replace")
            if not named or NUL in named:  # Nothing is called so.
                return None
            params[wanted[1:-1]] = named
        elif wanted != found:
            return None
    return params


ROUTES: Final = Routes()


class Gate:
    """Proves requests, has them answered, and signs the answers."""

    def __init__(self, backend: Backend, wire: Wire, *, is_limited: bool = True) -> None:
        self.backend = backend
        self.wire = wire
        self.keyring = wire.keyring
        self.directory = wire.directory
        self.limiter = FixedWindowRateLimiter(MemoryStorage()) if is_limited else None
        self._requests: RateLimitItem = parse(REQUESTS)
        self._failures: RateLimitItem = parse(FAILURES)
        self._searches: RateLimitItem = parse(SEARCHES)
        # What is wrong with signatures of one merchant keeps nobody else's work waiting for a thread.
        self._searcher = ThreadPoolExecutor(1, "search")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope = cast("HTTPScope", scope)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        asked = headers.get("wechatpay-serial")
        client = client_of(headers.get("user-agent", ""))
        party: Party | None = None
        try:
            party, answer = await self._answer(scope, receive, headers)
            if answer.pieces is not None:
                answer = msgspec.structs.replace(answer, pieces=await _begun(answer.pieces))
        except WireError as error:
            party = getattr(error, "party", None)
            body = ErrorBody(error.code, error.message, error.detail)
            mark = error.signature_mark
            answer = Answer(value=body, status=error.status, headers=error.headers, signature_mark=mark)
        except (QueueFull, Unavailable, *AWAY) as error:
            words = _("系统繁忙，请用同样的单号再试：不会重复处理。")
            body = ErrorBody("SERVICE_UNAVAILABLE", words)
            seconds = note_busy(scope["method"], scope["path"], error, self.backend.database.outage)
            answer = Answer(value=body, status=503, headers={"retry-after": str(seconds)})
        except Exception as error:
            log.error("request_failed", method=scope["method"], path=scope["path"], exc_info=error)
            body = ErrorBody("SYSTEM_ERROR", _("系统错误，请用同样的单号再试：不会重复处理。"))
            answer = Answer(value=body, status=500)
        await self._send(scope, send, answer, asked, client, party)

    async def _answer(self, scope: HTTPScope, receive: Receive, headers: Mapping[str, str]) -> tuple[Party, Answer]:
        target = target_of(scope)
        path, _, query = target.partition("?")
        address = address_of(scope) or "unknown"
        await self._check_failures(address)
        try:
            endpoint, params = ROUTES.find(scope["method"], path)
            scope["path_template"] = endpoint.template
        except WireError as error:
            endpoint, params, unknown = None, {}, error
        body = await read_body(receive, endpoint.bytes_max if endpoint else BODY_BYTES_MAX)
        content_type = headers.get("content-type", "")
        host = headers.get("host", "")
        is_upload = endpoint is not None and endpoint.has_meta
        signed_body = _meta(body, content_type) if is_upload else body
        try:
            credentials, party = await self._prove(scope["method"], target, signed_body, body, headers, host)
        except WireError as error:
            note_refusal("signature_refused", code=error.code, field=error.detail.get("field"), path=path)
            await self._count_failure(address)
            raise
        try:
            if endpoint is None:
                raise unknown
            await self._check_rate(party.merchant.mchid)
            if scope["method"] != "GET":
                # What changes nothing may come again: clients resend it of themselves when a connection breaks.
                await self._admit(credentials, party)
            ring = await self.keyring.ring()
            named = headers.get("wechatpay-serial")
            call = Call(
                backend=self.backend,
                party=party,
                serial=credentials.serial,
                public_key_id=ring.public_key(clock.wall()).id,
                sealed_with=ring.find(named, clock.wall()) if named else None,
                target=target,
                params=params,
                query=_read_query(query),
                body=body,
                content_type=content_type,
                origin=f"{_scheme(scope, headers)}://{host}",
                host=host,
                client=client_of(headers.get("user-agent", "")),
                address=address_of(scope),
                request_id=visit_of(scope).request_id,
                keyring=self.keyring,
                directory=self.directory,
                scribe=self.wire.scribe,
            )
            around, handle = self.wire.around, endpoint.handle
            answer = await (around(call, handle) if around else handle(call))
            return answer.party or party, answer
        except WireError as error:
            error.party = party  # type: ignore[attr-defined]
            raise

    async def _prove(
        self, method: str, target: str, body: bytes, raw: bytes, headers: Mapping[str, str], host: str
    ) -> tuple[Credentials, Party]:
        """Find out who asks. Raises WireError, which says what is wrong with the signature."""
        try:
            credentials = read_authorization(headers.get("authorization", ""))
        except Unreadable as error:
            _refuse(_("请求头 Authorization 读不了：%(error)s。", error=error), field="authorization")
        wall = clock.wall()
        at = datetime.fromtimestamp(credentials.timestamp, UTC)
        if abs(at - wall) > WINDOW:
            seconds = round((at - wall).total_seconds())
            words = (
                _("请求的时钟比我们快 %(seconds)s 秒。", seconds=seconds)
                if seconds > 0
                else _("请求的时钟比我们慢 %(seconds)s 秒。", seconds=-seconds)
            )
            issue = _("超出了 %(most)s 秒的范围", most=int(WINDOW.total_seconds()))
            _refuse(words, field="timestamp", value=credentials.timestamp, issue=issue)
        party = await self.directory.find(credentials.mchid)
        if party is None:
            words = _("这里没有这个商户号。沙箱和正式环境的商户号不一样。")
            _refuse(words, field="mchid", value=credentials.mchid)
        key = party.key_of(credentials.serial, wall)
        if key is None:
            _refuse(
                await self._explain_serial(party, credentials.serial, wall), field="serial_no", value=credentials.serial
            )
        signed = Signed(
            method=method,
            target=target,
            timestamp=credentials.timestamp_text,
            nonce=credentials.nonce,
            body=body,
        )
        if verify(key, signed.message, credentials.signature):
            return credentials, party
        path, mark, query = target.partition("?")
        if mark and not query:
            # Some clients sign the mark of a query that is empty, some don't; what they ask for is the same.
            unmarked = msgspec.structs.replace(signed, target=path)
            if verify(key, unmarked.message, credentials.signature):
                return credentials, party
        if body == b"null" and method == "POST":
            # One client sends this word where it has nothing to send, and signs nothing.
            empty = msgspec.structs.replace(signed, body=b"")
            if verify(key, empty.message, credentials.signature):
                return credentials, party
        others = {serial: key for serial, (_info, key) in party.certificates.items() if serial != credentials.serial}
        if self.limiter is None or await self.limiter.hit(self._searches, "searches", credentials.mchid):
            sent = (key, signed, credentials.signature, host, raw, others)
            # Others are served meanwhile. The context knows in which language it is told.
            search = partial(copy_context().run, find_difference, *sent)
            difference = await asyncio.get_running_loop().run_in_executor(self._searcher, search)
        else:
            difference = unknown_difference()
        raise WireError(
            401,
            "SIGN_ERROR",
            _("签名和这个请求对不上：%(hint)s。", hint=difference.hint),
            field="signature",
            location="authorization",
            detail={"issue": "sign not match"},
            sign_information=_describe(signed, difference.line),
        )

    async def _explain_serial(self, party: Party, serial: str, wall: datetime) -> str:
        """Say why a merchant has no certificate of a serial in force."""
        mchid = party.merchant.mchid
        if (await self.keyring.ring()).find(serial, wall):
            return _("这是平台证书的序列号：serial_no 要填 %(mchid)s 自己的证书序列号。", mchid=mchid)
        async with self.backend.database.read() as reader:
            found = (await get_certificates(reader, [mchid])).get((mchid, serial))
        if found:
            ended = min(found.ends_at or found.expires_at, found.expires_at)
            return _("%(mchid)s 的这张证书在 %(at)s 失效了：请换一张。", mchid=mchid, at=write_time(ended))
        return _("%(mchid)s 没有这个序列号的有效证书：密钥页上有它的证书。别的商户的、沙箱的，都不算。", mchid=mchid)

    async def _admit(self, credentials: Credentials, party: Party) -> None:
        command = AdmitRequest(
            near=party.merchant.shop_id,
            mchid=credentials.mchid,
            nonce=credentials.nonce,
            at=datetime.fromtimestamp(credentials.timestamp, UTC),
        )
        if not await self.backend.batchers.of(admit_requests, "near").submit(command):
            _refuse(
                _("这个请求已经来过：每次请求都要换 nonce_str 和 timestamp 重新签名。"),
                field="nonce_str",
                value=credentials.nonce,
                issue="replayed",
            )

    async def _check_rate(self, mchid: str) -> None:
        if self.limiter and not await self.limiter.hit(self._requests, "requests", mchid):
            raise _too_many(
                "RATELIMIT_EXCEEDED", _("一个商户每秒最多请求 %(most)s 次。", most=self._requests.amount), 1
            )

    async def _check_failures(self, address: str) -> None:
        if self.limiter and not await self.limiter.test(self._failures, "failures", address):
            raise _too_many("FREQUENCY_LIMITED", _("这个来源验签失败的请求太多了。"), 60)

    async def _count_failure(self, address: str) -> None:
        if self.limiter:
            await self.limiter.hit(self._failures, "failures", address)

    async def _send(
        self, scope: HTTPScope, send: Send, answer: Answer, asked: str | None, client: str, party: Party | None
    ) -> None:
        if answer.pieces is not None:
            await self._send_pieces(scope, send, answer, answer.pieces)
            return
        content = answer.content
        if content is None:
            content = b"" if answer.value is None else msgspec.json.encode(answer.value)
        headers = _headers(scope, answer)
        if answer.status != HTTPStatus.NO_CONTENT:
            headers.append((b"content-length", str(len(content)).encode()))
        if answer.is_signed:
            try:
                ring = await self.keyring.ring()
                key = ring.choose(asked, party.merchant if party else None, clock.wall(), client)
                signed = signature_of(key, content)
            except Exception as error:  # Clients believe nothing that is not signed, and ask again.
                log.error("answer_unsigned", path=scope["path"], exc_info=error)
            else:
                signed["Wechatpay-Signature"] = answer.signature_mark + signed["Wechatpay-Signature"]
                headers += [(name.lower().encode(), value.encode()) for name, value in signed.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": content, "more_body": False})

    async def _send_pieces(self, scope: HTTPScope, send: Send, answer: Answer, pieces: AsyncIterator[bytes]) -> None:
        assert not answer.is_signed, "a signature is in front of what it signs"
        headers = [*_headers(scope, answer), (b"content-length", str(answer.length).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Take the first of the pieces: what can't be read is told instead of an answer that breaks off."""
    first = await anext(pieces, b"")

    async def go_on() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return go_on()


def _headers(scope: HTTPScope, answer: Answer) -> list[tuple[bytes, bytes]]:
    return [
        (b"request-id", visit_of(scope).request_id.encode()),
        (b"cache-control", b"no-store"),
        # One client reads what kind of nothing a 204 has.
        (b"content-type", answer.media_type.encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers.items()),
    ]


def signature_of(key: PlatformKey, body: bytes) -> dict[str, str]:
    """Sign an answer or a notice. Clients look for these headers, and one refuses what has no type."""
    timestamp, nonce = str(int(clock.wall().timestamp())), make_nonce()
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": key.id,
        "Wechatpay-Signature": sign(key.private, answer_message(timestamp, nonce, body)),
        "Wechatpay-Signature-Type": SCHEME,
    }


def write_time(at: datetime) -> str:
    """Write a time as the protocol does: to the second, with the offset of Beijing."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def target_of(scope: HTTPScope) -> str:
    """Give path and query exactly as they came; of a target in absolute form what is behind the host."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    path = raw.partition(b"?")[0].decode("latin-1")
    if "://" in path[:12]:
        path = "/" + path.split("://", 1)[1].partition("/")[2]
    query = scope["query_string"].decode("latin-1")
    # Ours alone tells the whole target; of other servers it isn't known whether an empty query had its mark.
    has_mark = bool(query) or cast("bytes", scope.get("target", b"")).endswith(b"?")
    return f"{path}?{query}" if has_mark else path


def _scheme(scope: HTTPScope, headers: Mapping[str, str]) -> str:
    """Tell how the caller came: what a proxy in front says, or the connection."""
    told = headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    if told in ("http", "https"):
        return told
    return "https" if visit_of(scope).is_secure else "http"


async def read_body(receive: Receive, bytes_max: int) -> bytes:
    """Read a body, as it came. Raises WireError."""
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise WireError(400, "INVALID_REQUEST", _("请求没有发完就断了。"))
        content += message.get("body", b"")
        if len(content) > bytes_max:
            raise WireError(413, "INVALID_REQUEST", _("请求体最多 %(most)s 字节。", most=bytes_max))
        if not message.get("more_body"):
            return bytes(content)


def _meta(body: bytes, content_type: str) -> bytes:
    return read_parts(body, content_type).get("meta", b"")


def _describe(signed: Signed, line: str) -> dict[str, Any]:
    """Tell what we put together to check a signature: the digest of each line, and which one differs."""
    message = signed.message
    return {
        "method": signed.method,
        "url": signed.target,
        "truncated_sign_message": message[:SHOWN_MAX].decode("utf-8", "replace"),
        "sign_message_length": len(message),
        "different_line": line,
        "lines": [
            {"name": name, "length": len(value), "sha256": sha256(value).hexdigest()} for name, value in signed.lines
        ],
    }


def _convert(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise _explain(error) from error


def _read_query(query: str) -> dict[str, str]:
    asked = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in asked.items():
        if NUL in value:
            raise _nul_in(name)
    return asked


def _nul_in(field: str) -> WireError:
    return wrong(field, _("里面有 NUL 字符"))


def _find_nul(value: Any, at: str = "") -> str | None:
    """Say in which field of a body is a text that PostgreSQL can't keep, as a JSON pointer; None: in none."""
    if isinstance(value, str):
        return at if NUL in value else None
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return next((nul for name, each in inner if (nul := _find_nul(each, f"{at}/{name}")) is not None), None)


def _meant(value: Any) -> Any:
    """Say what clients mean that write every field they have a name for: without nulls and empty texts."""
    if isinstance(value, dict):
        return {name: _meant(each) for name, each in value.items() if each is not None and each != ""}
    if isinstance(value, list):
        return [_meant(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _explain(error: msgspec.ValidationError) -> WireError:
    """Say which field of a body is wrong, as a JSON pointer."""
    text, _mark, path = str(error).partition(" - at `$")
    pointer = path.rstrip("`").replace("[...]", ".*").replace("[", ".").replace("]", "").replace(".", "/")
    if missing := text.partition("missing required field `")[2].rstrip("`"):
        return wrong(f"{pointer}/{missing}", _("没有给"))
    return wrong(pointer or "/", explain(text))


def _refuse(message: str, **detail: Any) -> NoReturn:
    raise WireError(401, "SIGN_ERROR", message, location="authorization", **detail)


def _too_many(code: str, message: str, seconds: int) -> WireError:
    error = WireError(429, code, message)
    error.headers["retry-after"] = str(seconds)
    return error
