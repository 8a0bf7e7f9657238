"""The other side of a test: who pays, what fails, how late it is. JSON, and no secret: only this machine has it.

`POST /sandbox/pay`, `/refunds`, `/push`, `/expire`, `/turn-clock`, `/faults`, `/calm`; `GET /sandbox/state`.
"""

import asyncio
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Controller, Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Meta, Struct

from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import is_quiet
from weiji.kit import clock, installation
from weiji.kit.ids import new_id
from weiji.payments import create_payments, start_payments
from weiji.payments.calls import deliver_sandbox_notices
from weiji.payments.channels import sandbox
from weiji.program import Program
from weiji.sandbox.faults import AnswerFault, Faults, NoticeFault
from weiji.sandbox.prepared import Account
from weiji.webhooks import ResendMessage, list_messages, resend_messages
from weiji.wire.cashier import guest_of, payment_of
from weiji.wire.trade import MerchantOrder, get_orders, order_id_of

NOTICES_MAX: Final = 500
LISTED: Final = 100
STEPS_MAX: Final = 50
"""Rounds of jobs and events after which what is set off is taken to go on for ever."""

BREATH: Final = 0.05
"""Seconds between two looks at what is due."""

TURN_MAX: Final = 366 * 86_400


class PaymentOutcome(StrEnum):
    """What a payer, or fate, does."""

    PAID = "paid"
    FAILED = "failed"
    PAID_LATE = "paid_late"
    """The money is taken; nobody hears of it for `seconds`."""
    PAID_TWICE = "paid_twice"
    PAID_UNTOLD = "paid_untold"
    """Nobody is told: only who asks the acquirer hears of it."""
    FAILED_THEN_PAID = "failed_then_paid"
    """It fails, and is paid all the same after `seconds`."""


_VERBS: Final = {
    PaymentOutcome.PAID: sandbox.ChargeVerb.PAY,
    PaymentOutcome.FAILED: sandbox.ChargeVerb.FAIL,
    PaymentOutcome.PAID_LATE: sandbox.ChargeVerb.PAY_LATE,
    PaymentOutcome.PAID_TWICE: sandbox.ChargeVerb.PAY_TWICE,
    PaymentOutcome.PAID_UNTOLD: sandbox.ChargeVerb.PAY_UNTOLD,
    PaymentOutcome.FAILED_THEN_PAID: sandbox.ChargeVerb.FAIL_THEN_PAY,
}

Number = Annotated[str, Meta(min_length=1, max_length=32)]
Turned = Annotated[int, Meta(ge=1, le=TURN_MAX)]


class Pay(Struct, forbid_unknown_fields=True, kw_only=True):
    """Pay an order, open or closed, or try to."""

    out_trade_no: Number
    outcome: PaymentOutcome = PaymentOutcome.PAID
    seconds: Turned = 60


class SetRefunds(Struct, forbid_unknown_fields=True, kw_only=True):
    """Say what becomes of the refunds of an order from now on."""

    out_trade_no: Number
    refunds: Literal["succeed", "refuse", "wait"]


class Push(Struct, forbid_unknown_fields=True, kw_only=True):
    """Send the notices of an order again."""

    out_trade_no: Number


class Expire(Struct, forbid_unknown_fields=True, kw_only=True):
    """Turn the clock to where an open order ends."""

    out_trade_no: Number


class TurnClock(Struct, forbid_unknown_fields=True, kw_only=True):
    """Turn the clock, and do what is due by then."""

    seconds: Turned


class AddFaults(Struct, forbid_unknown_fields=True, kw_only=True):
    """Say what goes wrong next, in turn."""

    answers: Annotated[list[AnswerFault], Meta(max_length=100)] = []
    notices: Annotated[list[NoticeFault], Meta(max_length=100)] = []


class ShownOrder(Struct, kw_only=True):
    """Where an order stands."""

    out_trade_no: str
    trade_state: str
    total: int
    now: datetime


class ShownNotice(Struct, kw_only=True):
    """Where a notice stands."""

    id: UUID
    type: str
    url: str
    status: str
    attempts: int
    next_at: datetime | None


class State(Struct, kw_only=True):
    """The clock, the newest notices, and what is to go wrong yet."""

    now: datetime
    notices: list[ShownNotice]
    faults: AddFaults


class Desk:
    """What the control works with, and what does the program's work here: in turns, so that a test can wait for it."""

    def __init__(self, program: Program, account: Account, faults: Faults) -> None:
        self.program = program
        self.account = account
        self.shop_id = UUID(account.shop_id)
        self.faults = faults
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Deliver events and run jobs as they come due, until cancelled."""
        await self.program.runner.install()
        while True:
            async with self._turn:
                await self.program.runner.run_due()
                await self.program.deliverer.deliver_woken()
            await asyncio.sleep(BREATH)

    async def settle(self) -> None:
        """Do everything that is due, and what that sets off. Notices go out meanwhile and afterwards."""
        async with self._turn:
            for _ in range(STEPS_MAX):
                more = await self.program.runner.run_due()
                await self.program.deliverer.drain()
                async with self.program.database.read() as reader:
                    if await is_quiet(reader) and not more:
                        return

    async def order(self, number: str) -> MerchantOrder:
        """Find an order by the program's number."""
        id = order_id_of(self.shop_id, self.account.mchid, number)
        async with self.program.database.read() as reader:
            found = (await get_orders(reader, [id])).get(id)
        if found is None:
            raise HTTPException(f"There is no order {number}: make it first.", status_code=404)
        return found

    async def show(self, number: str) -> ShownOrder:
        """Say where an order stands."""
        found = await self.order(number)
        return ShownOrder(out_trade_no=number, trade_state=found.state.value, total=found.total, now=clock.now())

    async def turn(self, by: timedelta) -> None:
        """Turn the clock."""
        async with self.program.database.transaction() as tx:
            await installation.turn_clock(tx, by)
        await self.settle()
        await self.settle()  # What one job began may be another's, which ran before it.


def _desk(request: Request[Any, Any, Any]) -> Desk:
    desk: Desk = request.app.state["desk"]
    return desk


class Control(Controller):
    """What a test says happens."""

    path = "/sandbox"

    @post("/pay", status_code=200)
    async def pay(self, request: Request[Any, Any, Any], data: Pay) -> ShownOrder:
        """Pay as a guest, by the simulated acquirer."""
        desk = _desk(request)
        program, order = desk.program, await desk.order(data.out_trade_no)
        payer_id = guest_of(order)
        payment_id = new_id(payer_id)
        actor = Actor("buyer", payer_id)
        asked = payment_of(order, payment_id, payer_id, sandbox.NAME, actor)
        status = await program.batchers.of(create_payments).submit(asked)
        if status != "created":
            raise HTTPException(f"The payment was refused: {status}.", status_code=409)
        await start_payments(program.database, program.lanes, [payment_id])
        verb = _VERBS[data.outcome]
        command = sandbox.ActOnCharge(
            id=payment_id,
            verb=verb,
            at=clock.now() + timedelta(seconds=data.seconds) if verb in sandbox.LATER else None,
            actor=actor,
        )
        acted = await program.batchers.of(sandbox.act_on_charges).submit(command)
        if acted is not sandbox.ActStatus.DONE:
            raise HTTPException(f"The acquirer refused: {acted.value}.", status_code=409)
        await deliver_sandbox_notices(program.database, program.lanes, NOTICES_MAX)
        await desk.settle()
        return await desk.show(data.out_trade_no)

    @post("/refunds", status_code=200)
    async def set_refunds(self, request: Request[Any, Any, Any], data: SetRefunds) -> ShownOrder:
        """Let refunds of an order succeed, be refused, or wait."""
        desk = _desk(request)
        order = await desk.order(data.out_trade_no)
        if order.payment_id is None:
            raise HTTPException("The order is not paid.", status_code=409)
        command = sandbox.SetFaults(id=order.payment_id, refunds=data.refunds, actor=BY_SYSTEM)
        async with desk.program.database.transaction() as tx:
            (status,) = await sandbox.set_faults(tx, [command])
        if status is not sandbox.ActStatus.DONE:
            raise HTTPException(f"The acquirer refused: {status.value}.", status_code=409)
        return await desk.show(data.out_trade_no)

    @post("/push", status_code=200)
    async def push(self, request: Request[Any, Any, Any], data: Push) -> list[ShownNotice]:
        """Send the notices of an order once more, delivered or not."""
        desk = _desk(request)
        order = await desk.order(data.out_trade_no)
        mine = [each for each in await _messages(desk) if each.subject_id == order.id]
        commands = [ResendMessage(id=each.id, owner_id=desk.shop_id, actor=BY_SYSTEM) for each in mine]
        async with desk.program.database.transaction() as tx:
            await resend_messages(tx, commands)
        return [_shown(each) for each in mine]

    @post("/expire", status_code=200)
    async def expire(self, request: Request[Any, Any, Any], data: Expire) -> ShownOrder:
        """Turn the clock until just after an order can be paid no longer."""
        desk = _desk(request)
        order = await desk.order(data.out_trade_no)
        left = order.expires_at - clock.now()
        if left > timedelta(0):
            await desk.turn(left + timedelta(seconds=1))
        return await desk.show(data.out_trade_no)

    @post("/turn-clock", status_code=200)
    async def turn_clock(self, request: Request[Any, Any, Any], data: TurnClock) -> dict[str, datetime]:
        """Turn the clock of orders, refunds and notices; signatures go by the machine's."""
        await _desk(request).turn(timedelta(seconds=data.seconds))
        return {"now": clock.now()}

    @post("/faults", status_code=200)
    async def add_faults(self, request: Request[Any, Any, Any], data: AddFaults) -> AddFaults:
        """Let things go wrong, each fault after those that were asked for before."""
        faults = _desk(request).faults
        faults.answers.extend(data.answers)
        faults.notices.extend(data.notices)
        return _left(faults)

    @post("/calm", status_code=200)
    async def calm(self, request: Request[Any, Any, Any]) -> AddFaults:
        """Let nothing go wrong any more."""
        faults = _desk(request).faults
        faults.clear()
        return _left(faults)

    @get("/state")
    async def show_state(self, request: Request[Any, Any, Any]) -> State:
        """Say how late it is, what was told, and what is to go wrong."""
        desk = _desk(request)
        return State(
            now=clock.now(), notices=[_shown(each) for each in await _messages(desk)], faults=_left(desk.faults)
        )


async def _messages(desk: Desk) -> Any:
    async with desk.program.database.read() as reader:
        return await list_messages(reader, desk.shop_id, before=None, status=None, limit=LISTED)


def _shown(message: Any) -> ShownNotice:
    return ShownNotice(
        id=message.id,
        type=message.type,
        url=message.url,
        status=message.status.value,
        attempts=message.attempts,
        next_at=message.next_at,
    )


def _left(faults: Faults) -> AddFaults:
    return AddFaults(answers=list(faults.answers), notices=list(faults.notices))


def _problem(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    body = {"type": "about:blank", "title": error.detail, "status": error.status_code, "errors": error.extra or []}
    return Response(body, status_code=error.status_code, media_type="application/problem+json")


def with_control(app: ASGIApp, desk: Desk) -> ASGIApp:
    """Put the control beside a program."""
    control = Litestar([Control], exception_handlers={HTTPException: _problem}, openapi_config=None)
    control.state["desk"] = desk
    paths = frozenset(
        f"/sandbox/{name}" for name in ("pay", "refunds", "push", "expire", "turn-clock", "faults", "calm", "state")
    )

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        await (control if scope["path"] in paths else app)(scope, receive, send)

    return run
