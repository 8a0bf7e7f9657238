"""The other side of a test: who pays, what fails, how late it is. JSON; what is asked is done when it is answered.

`POST /sandbox/pay`, `/refunds`, `/push`, `/expire`, `/turn-clock`, `/faults`, `/calm`, `/authorize`, `/take`,
`/open-red-packet`, `/show-code`, `/complain`, `/pursue`, `/review`, `/merchants`, `/rotate-keys`, `/scenarios`;
`GET /sandbox/state`, `/scenarios`; `GET /sandbox` tells whoever asks what there is.
`weiji sandbox` asks nobody who they are: only this machine has it. An installation asks for a merchant's API key, which
does for that merchant, or for its token (`WEIJI_SANDBOX_TOKEN`), which does for all.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, get_args

import msgspec
from litestar import Controller, Litestar, Request, Response, get, post
from litestar.exceptions import ClientException, HTTPException, MethodNotAllowedException, ValidationException
from litestar.params import FromQuery
from litestar.types import ASGIApp, Receive, Scope, Send

from weiji.kit import clock
from weiji.program import Program
from weiji.sandbox.desk import (
    AddFaults,
    AnyRequest,
    Authorize,
    Authorized,
    Complain,
    Desk,
    Expire,
    KeyName,
    LeftFaults,
    MakeMerchant,
    OpenedRedPacket,
    OpenRedPacket,
    Pay,
    PaymentOutcome,
    Pursue,
    Pursuit,
    Push,
    RefundsKind,
    Review,
    Reviewed,
    Rotated,
    RotateKeys,
    SetRefunds,
    ShowCode,
    ShownCode,
    ShownComplaint,
    ShownNotice,
    ShownOrder,
    State,
    Take,
    Taken,
    TurnClock,
    Verdict,
    desk_of,
)
from weiji.sandbox.faults import AnswerKind, FaultyFetcher, NoticeKind, faulty_answers
from weiji.sandbox.folders import Account
from weiji.sandbox.index import index_of
from weiji.sandbox.own_desk import find_desk
from weiji.sandbox.scenarios import Scenarios
from weiji.web import gettext as _
from weiji.web import speaking
from weiji.web.bodies import explain, split_message
from weiji.web.locales import DEFAULT, negotiate
from weiji.wire.complaints import ComplaintReason
from weiji.wire.running import wire_of

PATH: Final = "/sandbox"


def _desk(request: AnyRequest) -> Desk:
    desk: Desk = request.scope["state"]["desk"]
    return desk


class Control(Controller):
    """What a test says happens."""

    path = PATH

    @post("/pay", status_code=200)
    async def pay(self, request: AnyRequest, data: Pay) -> ShownOrder:
        """Pay an order, or try to."""
        return await _desk(request).pay(data)

    @post("/refunds", status_code=200)
    async def set_refunds(self, request: AnyRequest, data: SetRefunds) -> ShownOrder:
        """Let refunds of an order succeed, be refused (the merchant is told ABNORMAL), or wait."""
        return await _desk(request).set_refunds(data)

    @post("/push", status_code=200)
    async def push(self, request: AnyRequest, data: Push) -> list[ShownNotice]:
        """Send the notices of an order once more, delivered or not."""
        return await _desk(request).push(data)

    @post("/expire", status_code=200)
    async def expire(self, request: AnyRequest, data: Expire) -> ShownOrder:
        """Turn the clock until just after an order can be paid no longer."""
        return await _desk(request).expire(data)

    @post("/turn-clock", status_code=200)
    async def turn_clock(self, request: AnyRequest, data: TurnClock) -> dict[str, datetime]:
        """Turn the clock of orders, refunds and notices; signatures go by the machine's."""
        await _desk(request).turn(timedelta(seconds=data.seconds))
        return {"now": clock.now()}

    @post("/authorize", status_code=200)
    async def authorize(self, request: AnyRequest, data: Authorize) -> Authorized:
        """Let an app know who a payer is."""
        return await _desk(request).authorize(data)

    @post("/take", status_code=200)
    async def take(self, request: AnyRequest, data: Take) -> Taken:
        """Take a transfer that was made to a payer."""
        return await _desk(request).take(data)

    @post("/open-red-packet", status_code=200)
    async def open_red_packet(self, request: AnyRequest, data: OpenRedPacket) -> OpenedRedPacket:
        """Open a red packet that a program sent."""
        return await _desk(request).open_red_packet(data)

    @post("/show-code", status_code=200)
    async def show_code(self, request: AnyRequest, data: ShowCode) -> ShownCode:
        """Have a payer show a payment code."""
        return await _desk(request).show_code(data)

    @post("/complain", status_code=200)
    async def complain(self, request: AnyRequest, data: Complain) -> ShownComplaint:
        """Complain about an order, as its payer."""
        return await _desk(request).complain(data)

    @post("/pursue", status_code=200)
    async def pursue(self, request: AnyRequest, data: Pursue) -> ShownComplaint:
        """Go on with a complaint, as its payer, or as the platform that it was left to."""
        return await _desk(request).pursue(data)

    @post("/review", status_code=200)
    async def review(self, request: AnyRequest, data: Review) -> Reviewed:
        """Decide what a service provider applied for."""
        return await _desk(request).review(data)

    @post("/merchants", status_code=201)
    async def make_merchant(self, request: AnyRequest, data: MakeMerchant) -> Account:
        """Make another merchant; the answer is its account, as the command prints the first's."""
        return await _desk(request).make_merchant(data)

    @post("/rotate-keys", status_code=200)
    async def rotate_keys(self, request: AnyRequest, data: RotateKeys) -> Rotated:
        """Change a key of the platform's or the merchant's."""
        return await _desk(request).rotate_keys(data)

    @post("/faults", status_code=200)
    async def add_faults(self, request: AnyRequest, data: AddFaults) -> LeftFaults:
        """Let things go wrong, each fault after those that were asked for before."""
        return await _desk(request).add_faults(data)

    @post("/calm", status_code=200)
    async def calm(self, request: AnyRequest, mchid: FromQuery[str | None] = None) -> LeftFaults:
        """Let nothing go wrong any more."""
        return await _desk(request).calm(mchid)

    @get("/state")
    async def show_state(self, request: AnyRequest, mchid: FromQuery[str | None] = None) -> State:
        """Say how late it is, what was told, and what is to go wrong."""
        desk = _desk(request)
        notices = await desk.notices(mchid)
        return State(now=clock.now(), notices=notices, faults=desk.left(await desk.whose(mchid)))


def _problem(_request: AnyRequest, error: HTTPException) -> Response[dict[str, Any]]:
    title, errors = error.detail, []
    match error:
        case ValidationException():
            title = _("请求里有不对的内容，什么也没有做。")
            errors = [_told(each) for each in error.extra or [] if isinstance(each, dict)]
        case MethodNotAllowedException():
            title = _("这个地址不接受这种方法。")
        case ClientException(status_code=400):
            title = _("内容不是完整的 JSON。")
    body = {"type": "about:blank", "title": title, "status": error.status_code, "errors": errors}
    return Response(body, status_code=error.status_code, headers=error.headers, media_type="application/problem+json")


def _told(error: dict[str, Any]) -> dict[str, str]:
    """Tell where a request is wrong, and what, in the reader's language."""
    what, field = split_message(str(error.get("message", "")))
    key = str(error.get("key", ""))
    # The framework gives the way to it apart, and calls the whole of it data.
    steps = [] if key == "data" else [step for step in re.split(r"[\[\].]+", key) if step]
    pointer = "".join(f"/{step}" for step in steps)
    detail = explain(what)
    if what.startswith("Invalid enum value") and (choices := _CHOICES.get(re.sub(r"/\d+/", "/", pointer))):
        detail = _("这里只能是：%(choices)s。", choices=", ".join(choices))
    return {"pointer": pointer + field, "detail": detail}


_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "/outcome": tuple(PaymentOutcome),
    "/answers/kind": get_args(AnswerKind),
    "/notices/kind": get_args(NoticeKind),
    "/refunds": get_args(RefundsKind),
    "/key": get_args(KeyName),
    "/verdict": tuple(Verdict),
    "/reason": tuple(ComplaintReason),
    "/act": tuple(Pursuit),
}
"""What may stand where there is a choice, by where that is."""


def controlled(app: ASGIApp, program: Program) -> ASGIApp:
    """Put the control beside the program of an installation, for its merchants, each at their own desk.

    Who has the token works at that of all. Notices go wrong here, too.
    """
    desk = desk_of(program)
    program.sender.fetcher = FaultyFetcher(desk.faults, may_go_inside=program.settings.notify_inside)
    wire_of(program.database).around = faulty_answers(desk.faults)
    return with_control(app, partial(find_desk, desk), Scenarios)


FindDesk = Callable[[bytes], Awaitable[Desk | None]]
"""Find where whoever sends this Authorization may work."""


def with_control(app: ASGIApp, desk: Desk | FindDesk, *controllers: type[Controller]) -> ASGIApp:
    """Put the control beside a program: for everybody at one *desk*, or for each where they may work."""
    control = Litestar(
        [Control, *controllers],
        exception_handlers={HTTPException: _problem},
        openapi_config=None,
        logging_config=None,
    )
    paths = frozenset(route.path for route in control.routes if route.path.startswith(f"{PATH}/"))

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        # What lies deeper are pages of the simulated acquirer.
        if path != PATH and path.rpartition("/")[0] != PATH:
            await app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        with speaking(negotiate(headers.get(b"accept-language", b"").decode("latin-1")) or DEFAULT):
            if path == PATH and scope.get("method") not in ("GET", "HEAD"):
                error = MethodNotAllowedException(headers={"allow": "GET, HEAD"})
                answer: Response[Any] = _problem(Request(scope), error)
            elif path == PATH:
                told = msgspec.json.format(msgspec.json.encode(index_of(PATH)))
                answer = Response(told, media_type="application/json")
            elif path not in paths:
                words = _("没有 %(path)s 这个调用：GET %(list)s 列出了有哪些。", path=path, list=PATH)
                answer = _problem(Request(scope), HTTPException(words, status_code=404))
            elif found := desk if isinstance(desk, Desk) else await desk(headers.get(b"authorization", b"")):
                scope.setdefault("state", {})["desk"] = found
                await control(scope, receive, send)
                return
            else:
                words = _("这里要商户的 API 密钥（有 payments:write），或者沙箱的令牌。")
                answer = _problem(Request(scope), HTTPException(words, status_code=401))
            await answer.to_asgi_response(None, Request(scope))(scope, receive, send)

    return run
