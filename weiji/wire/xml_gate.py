"""The gate of the old XML calls (APIv2): every request is read, proved and answered here, and its answer signed.

What it is proved by is a key that both sides have. The platform whose protocol it is asks for a client's certificate
besides where money moves; TLS may end in front of us, so we ask for something else: that the request comes from an
address which the merchant named.
"""

from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from typing import Any, Final, cast

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from litestar.types import HTTPScope, Receive, Scope, Send
from msgspec import Struct

from weiji.kit.batch import QueueFull, Unavailable
from weiji.kit.security import note_refusal
from weiji.web import gettext as _
from weiji.web.actors import address_of
from weiji.web.errors import AWAY, note_busy
from weiji.web.requests import Backend
from weiji.web.visit import visit_of
from weiji.wire import xml
from weiji.wire.errors import WireError
from weiji.wire.gate import FAILURES, REQUESTS, SHOWN_MAX, read_body, target_of
from weiji.wire.keys import Directory, Party
from weiji.wire.keys.rules import is_within

PREFIX: Final = "/mmpaymkttransfers/"

BODY_BYTES_MAX: Final = 64 * 1024

SUCCESS: Final = "SUCCESS"
FAIL: Final = "FAIL"

log = structlog.get_logger("weiji.wire")


class XmlCall(Struct, frozen=True, kw_only=True):
    """A request that was proved: who asks, and what."""

    backend: Backend
    party: Party
    fields: Mapping[str, str]
    address: str | None
    request_id: str

    @property
    def mchid(self) -> str:
        """The number of who asks."""
        return self.party.merchant.mchid

    def text(self, name: str, length_max: int) -> str:
        """Read a field that has to be there. Raises WireError."""
        value = self.fields.get(name, "").strip()
        if not value:
            raise wrong(name, _("没有给"))
        if len(value) > length_max:
            raise wrong(name, _("超过 %(most)s 个字", most=length_max))
        return value

    def number(self, name: str) -> int:
        """Read a field that is a number. Raises WireError."""
        value = self.text(name, 18)
        if not (value.isascii() and value.isdecimal()):
            raise wrong(name, _("不是整数"))
        return int(value)


Handle = Callable[[XmlCall], Awaitable[dict[str, Any]]]


class XmlEndpoint(Struct, frozen=True, kw_only=True):
    """One of the old paths."""

    handle: Handle
    moves_money: bool


class XmlRoutes:
    """The old paths that there are: features add theirs with `@XML_ROUTES.add("/…", moves_money=…)`."""

    def __init__(self) -> None:
        self.endpoints: dict[str, XmlEndpoint] = {}

    def add(self, path: str, *, moves_money: bool) -> Callable[[Handle], Handle]:
        """Add a path."""

        def decorate(handle: Handle) -> Handle:
            self.endpoints[path] = XmlEndpoint(handle=handle, moves_money=moves_money)
            return handle

        return decorate


XML_ROUTES: Final = XmlRoutes()


def wrong(field: str, issue: str) -> WireError:
    """Refuse a request for one of its fields."""
    return WireError(400, "PARAM_ERROR", f"{field}: {issue}")


class XmlGate:
    """Proves requests, has them answered, and signs the answers."""

    def __init__(self, backend: Backend, directory: Directory, *, is_limited: bool = True) -> None:
        self.backend = backend
        self.directory = directory
        self.limiter = FixedWindowRateLimiter(MemoryStorage()) if is_limited else None
        self._requests: RateLimitItem = parse(REQUESTS)
        self._failures: RateLimitItem = parse(FAILURES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. The status is always 200: what went wrong is in the body."""
        scope = cast("HTTPScope", scope)
        answer: dict[str, Any] = {"return_code": SUCCESS, "return_msg": "OK", "result_code": SUCCESS}
        signed_by: tuple[str, xml.SignType] | None = None
        try:
            endpoint, fields = await self._read(scope, receive)
            party, signed_by = await self._prove(fields, address_of(scope))
            call = XmlCall(
                backend=self.backend,
                party=party,
                fields=fields,
                address=address_of(scope),
                request_id=visit_of(scope).request_id,
            )
            await self._admit(endpoint, call)
            answer |= await endpoint.handle(call)
        except WireError as error:
            answer |= _refusal(error, signed_by is not None)
        except (QueueFull, Unavailable, *AWAY) as error:
            note_busy(scope["method"], scope["path"], error, self.backend.database.outage)
            answer |= _refusal(_busy(), signed_by is not None)
        except Exception as error:
            log.error("request_failed", method=scope["method"], path=scope["path"], exc_info=error)
            answer |= _refusal(_failed(), signed_by is not None)
        if signed_by:
            answer[xml.SIGN] = xml.sign(answer, *signed_by)
        await _send(send, xml.write(answer), visit_of(scope).request_id)

    async def _read(self, scope: HTTPScope, receive: Receive) -> tuple[XmlEndpoint, dict[str, str]]:
        path = target_of(scope).partition("?")[0].rstrip("/")
        endpoint = XML_ROUTES.endpoints.get(path)
        if endpoint is None:
            raise WireError(404, "PARAM_ERROR", _("这里没有这个路径。"))
        scope["path_template"] = path
        if scope["method"] != "POST":
            raise WireError(405, "REQUIRE_POST_METHOD", _("这个路径只接受 POST。"))
        address = address_of(scope) or "unknown"
        if self.limiter and not await self.limiter.test(self._failures, "failures", address):
            raise WireError(429, "FREQ_LIMIT", _("这个来源验签失败的请求太多了。"))
        return endpoint, xml.read(await read_body(receive, BODY_BYTES_MAX))

    async def _prove(self, fields: Mapping[str, str], address: str | None) -> tuple[Party, tuple[str, xml.SignType]]:
        """Find out who asks, and what the answer is signed with. Raises WireError."""
        try:
            party = await self.directory.find(fields.get("mch_id", ""))
            if party is None:
                raise WireError(401, "SIGN_ERROR", _("这里没有这个 mch_id。"))
            if party.v2_key is None:
                raise WireError(401, "SIGN_ERROR", _("商户还没有 APIv2 密钥：请在密钥页设置。"))
            type = xml.type_of(fields)
            if type is None:
                raise WireError(401, "SIGN_ERROR", _("sign_type 要是 MD5 或 HMAC-SHA256。"))
            given = fields.get(xml.SIGN, "").upper()
            if not (given.isascii() and compare_digest(given, xml.sign(fields, party.v2_key, type))):
                message = xml.message_of(fields)[:SHOWN_MAX]
                words = _("sign 不是这段文本加上你的 APIv2 密钥的 %(type)s：%(text)s&key=…", type=type, text=message)
                raise WireError(401, "SIGN_ERROR", words)
        except WireError as error:
            note_refusal("signature_refused", code=error.code)
            if self.limiter:
                await self.limiter.hit(self._failures, "failures", address or "unknown")
            raise
        return party, (party.v2_key, type)

    async def _admit(self, endpoint: XmlEndpoint, call: XmlCall) -> None:
        if self.limiter and not await self.limiter.hit(self._requests, "requests", call.mchid):
            raise WireError(429, "FREQ_LIMIT", _("一个商户每秒最多请求 %(most)s 次。", most=self._requests.amount))
        if endpoint.moves_money and not is_within(call.address, call.party.merchant.v2_addresses):
            words = _("地址 %(address)s 不在密钥页为旧接口填的地址里。", address=call.address)
            raise WireError(403, "NO_AUTH", words)


def _busy() -> WireError:
    return WireError(503, "SYSTEMERROR", _("系统繁忙，请用同样的单号再试：不会重复处理。"))


def _failed() -> WireError:
    return WireError(500, "SYSTEMERROR", _("系统错误，请用同样的单号再试：不会重复处理。"))


def _refusal(error: WireError, is_proved: bool) -> dict[str, Any]:
    """Say no. `return_code` tells whether we came as far as to believe who asks."""
    return {
        "return_code": SUCCESS if is_proved else FAIL,
        "return_msg": error.message,
        "result_code": FAIL,
        "err_code": error.code,
        "err_code_des": error.message,
    }


async def _send(send: Send, content: bytes, request_id: str) -> None:
    headers = [
        (b"content-type", b"text/xml; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"request-id", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})
