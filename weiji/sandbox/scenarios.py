"""Scenarios: a test's story as a file (TOML or JSON), whose steps are done one after another while a program is tested.

`weiji sandbox --scenario FILE` tells one and ends with it; `POST /sandbox/scenarios` tells one that comes as JSON. A
step is a call of the control, or waits for the program (`await`), or says what has to be true by now (`expect`). The
number of an order may be `@name`: the order that an `await` before gave this name.
"""

import asyncio
import tomllib
from collections import Counter
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import HTTPException
from msgspec import Meta, Struct

from weiji.sandbox.desk import (
    AddFaults,
    AnyRequest,
    Authorize,
    Complain,
    Desk,
    Expire,
    OpenRedPacket,
    Pay,
    Pursue,
    Push,
    Review,
    Reviewed,
    RotateKeys,
    SetRefunds,
    ShowCode,
    Take,
    TurnClock,
)
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.bodies import explain, split_message
from weiji.webhooks import get_log
from weiji.wire.complaints import ComplaintState
from weiji.wire.trade import MerchantOrder, get_refunds_of_order, list_orders

STEPS_MAX: Final = 200
SECONDS_MAX: Final = 60.0
"""How long a step may wait for the program that is tested, by the machine's clock."""

STORY_SECONDS_MAX: Final = 600.0
"""How long a whole story may take; what it waits for beyond that never comes."""

STORIES_AT_ONCE_MAX: Final = 4
"""Stories that one person may have told at the same time."""

LOOK_EVERY: Final = 0.05
ORDERS_SEEN: Final = 100
"""Orders of a merchant among which a new one is looked for: the newest."""

REFUNDS_SEEN: Final = 1_000
"""Refunds of an order that are added up."""

SHIPPED: Final = files("weiji.sandbox") / "stories"

Wait = Annotated[float, Meta(ge=0, le=SECONDS_MAX)]
OrderState = Literal["open", "paid", "closed"]


class PayStep(Pay, tag_field="do", tag="pay", forbid_unknown_fields=True, kw_only=True):
    """Somebody pays, or tries to."""


class RefundsStep(SetRefunds, tag_field="do", tag="refunds", forbid_unknown_fields=True, kw_only=True):
    """Refunds succeed, are refused, or wait."""


class PushStep(Push, tag_field="do", tag="push", forbid_unknown_fields=True, kw_only=True):
    """Notices are sent again."""


class ExpireStep(Expire, tag_field="do", tag="expire", forbid_unknown_fields=True, kw_only=True):
    """An order's time is over."""


class TurnStep(TurnClock, tag_field="do", tag="turn-clock", forbid_unknown_fields=True, kw_only=True):
    """Time passes."""


class RotateStep(RotateKeys, tag_field="do", tag="rotate-keys", forbid_unknown_fields=True, kw_only=True):
    """A key changes."""


class AuthorizeStep(Authorize, tag_field="do", tag="authorize", forbid_unknown_fields=True, kw_only=True):
    """A payer consents."""


class TakeStep(Take, tag_field="do", tag="take", forbid_unknown_fields=True, kw_only=True):
    """A payee takes a transfer."""


class OpenRedPacketStep(OpenRedPacket, tag_field="do", tag="open-red-packet", forbid_unknown_fields=True, kw_only=True):
    """Somebody opens a red packet."""


class ShowCodeStep(ShowCode, tag_field="do", tag="show-code", forbid_unknown_fields=True, kw_only=True):
    """A payer shows a payment code."""


class ComplainStep(Complain, tag_field="do", tag="complain", forbid_unknown_fields=True, kw_only=True):
    """Whoever paid an order complains about it."""


class PursueStep(Pursue, tag_field="do", tag="pursue", forbid_unknown_fields=True, kw_only=True):
    """They go on with it, or the platform decides it."""


class ReviewStep(Review, tag_field="do", tag="review", forbid_unknown_fields=True, kw_only=True):
    """A reviewer, or the owner, decides what the program applied for: once it has sent it in, or sent it again."""

    seconds: Wait = 30


class FaultsStep(AddFaults, tag_field="do", tag="faults", forbid_unknown_fields=True, kw_only=True):
    """Things go wrong next."""


class CalmStep(Struct, tag_field="do", tag="calm", forbid_unknown_fields=True, kw_only=True):
    """Nothing goes wrong any more."""

    mchid: str | None = None


class AwaitStep(Struct, tag_field="do", tag="await", forbid_unknown_fields=True, kw_only=True):
    """Wait until the program has made an order: one of this number, else the next one that is new."""

    out_trade_no: Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,30}\Z")] = "order"
    mchid: str | None = None
    seconds: Wait = 30


class ExpectStep(Struct, tag_field="do", tag="expect", forbid_unknown_fields=True, kw_only=True):
    """Say what is true of an order within `seconds`: its state, whether its notices were taken, what was given back.

    Its notices are those of complaints about it, too.
    """

    out_trade_no: Annotated[str, Meta(min_length=1, max_length=32)] = "@order"
    mchid: str | None = None
    trade_state: OrderState | None = None
    is_told: bool | None = None
    """Whether the program took every notice of the order: with 200 or 204."""
    is_refused: bool | None = None
    """Whether the program answered the last attempt of each notice of the order with something else."""
    attempts: Annotated[int, Meta(ge=1, le=100)] | None = None
    """How often each notice of the order was sent by now, at least, whatever became of it."""
    refunded: Annotated[int, Meta(ge=0)] | None = None
    """Fen that arrived where they went back to: what was refused, or waits, did not."""
    complaint_state: ComplaintState | None = None
    """Where the last complaint about it stands."""
    seconds: Wait = 10


Step = (
    PayStep
    | RefundsStep
    | PushStep
    | ExpireStep
    | TurnStep
    | RotateStep
    | AuthorizeStep
    | TakeStep
    | OpenRedPacketStep
    | ShowCodeStep
    | ComplainStep
    | PursueStep
    | ReviewStep
    | FaultsStep
    | CalmStep
    | AwaitStep
    | ExpectStep
)


class Scenario(Struct, forbid_unknown_fields=True, kw_only=True):
    """A story: its name, what it is to show, and its steps."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    about: Annotated[str, Meta(max_length=2_000)] = ""
    mchid: str | None = None
    """The merchant that steps are about which name none."""
    steps: Annotated[list[Step], Meta(max_length=STEPS_MAX)] = []
    """None: those of the shipped one that is named so."""


class StepReport(Struct, kw_only=True):
    """What came of a step."""

    do: str
    is_passed: bool
    said: str = ""


class Report(Struct, kw_only=True):
    """What came of a scenario: it ends with the first step that fails."""

    name: str
    is_passed: bool
    steps: list[StepReport]


class ScenarioWrong(ValueError):
    """A file is no scenario; the text says where."""


def read_scenario(named: str) -> Scenario:
    """Read a scenario: a file, or one that is shipped, by its name. Raises ScenarioWrong."""
    path = Path(named)
    try:
        if not path.suffix and (SHIPPED / f"{named}.toml").is_file():
            found: Any = tomllib.loads((SHIPPED / f"{named}.toml").read_text())
        elif path.suffix == ".json":
            found = msgspec.json.decode(path.read_bytes())
        else:
            found = tomllib.loads(path.read_text())
        scenario = msgspec.convert(found, Scenario)
    except OSError as error:
        words = _(
            "%(file)s 读不了（%(error)s）。自带的剧本有：%(names)s。",
            file=named,
            error=error.strerror,
            names=", ".join(shipped()),
        )
        raise ScenarioWrong(words) from error
    except msgspec.ValidationError as error:
        what, place = split_message(str(error))
        raise ScenarioWrong(
            _("%(file)s 的 %(place)s：%(what)s", file=named, place=place or "/", what=explain(what))
        ) from error
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeError) as error:
        raise ScenarioWrong(_("%(file)s 不是完整的 TOML 或 JSON：%(error)s", file=named, error=error)) from error
    if not scenario.steps:
        raise ScenarioWrong(_("%(file)s 里没有 steps。", file=named))
    return scenario


def shipped() -> list[str]:
    """Name the scenarios that come with the program."""
    return sorted(each.name.removesuffix(".toml") for each in SHIPPED.iterdir() if each.name.endswith(".toml"))


def _about(step: Step, mchid: str | None) -> Step:
    """Have a step be about a merchant where it names none, and could."""
    if mchid is None or getattr(step, "mchid", mchid) is not None:
        return step
    return msgspec.structs.replace(step, mchid=mchid)


class Telling:
    """A scenario that is being told."""

    def __init__(self, desk: Desk, scenario: Scenario) -> None:
        self.desk = desk
        self.scenario = scenario
        self.steps = [_about(step, scenario.mchid) for step in scenario.steps]
        self.named: dict[str, str] = {}
        """The numbers of orders that have a name here."""
        self._before: dict[str | None, set[UUID]] = {}
        """Orders that were there when the story began, or were awaited, by merchant."""

    async def tell(self) -> Report:
        """Do the steps. What was made before the story is no new order in it."""
        for mchid in {getattr(step, "mchid", None) for step in self.steps}:
            if mchid is not None or self.desk.has_first:
                self._before[mchid] = {order.id for order in await self._orders(mchid)}
        reports = []
        end = asyncio.get_running_loop().time() + STORY_SECONDS_MAX
        for step in self.steps:
            do = str(step.__struct_config__.tag)
            try:
                async with asyncio.timeout_at(end):
                    said = await self._do(step)
            except HTTPException as refused:
                reports.append(StepReport(do=do, is_passed=False, said=refused.detail))
                break
            except TimeoutError:
                said = _("整个剧本超过了 %(seconds)s 秒。", seconds=f"{STORY_SECONDS_MAX:g}")
                reports.append(StepReport(do=do, is_passed=False, said=said))
                break
            reports.append(StepReport(do=do, is_passed=True, said=said))
        is_passed = all(report.is_passed for report in reports)
        return Report(name=self.scenario.name, is_passed=is_passed, steps=reports)

    async def _orders(self, mchid: str | None) -> list[MerchantOrder]:
        shop_id = await self.desk.shop_of(mchid)
        async with self.desk.program.database.read() as reader:
            return await list_orders(reader, shop_id, None, ORDERS_SEEN)

    async def _do(self, step: Step) -> str:
        number = getattr(step, "out_trade_no", None)
        if number is not None and number.startswith("@"):
            if number[1:] not in self.named:
                words = _("还没有叫 %(name)s 的订单：先用 await 等它。", name=number)
                raise HTTPException(words, status_code=409)
            step = msgspec.structs.replace(step, out_trade_no=self.named[number[1:]])
        desk = self.desk
        match step:
            case PayStep():
                return (await desk.pay(step)).trade_state
            case RefundsStep():
                await desk.set_refunds(step)
            case PushStep():
                pushed = len(await desk.push(step))
                return ngettext("%(number)s 条通知", "%(number)s 条通知", pushed)
            case ExpireStep():
                return (await desk.expire(step)).trade_state
            case TurnStep():
                await desk.turn(timedelta(seconds=step.seconds))
            case RotateStep():
                return (await desk.rotate_keys(step)).serial_no
            case ShowCodeStep():
                return (await desk.show_code(step)).auth_code
            case TakeStep():
                return (await desk.take(step)).status.value
            case OpenRedPacketStep():
                return (await desk.open_red_packet(step)).status.value
            case ComplainStep():
                return (await desk.complain(step)).complaint_id
            case PursueStep():
                return (await desk.pursue(step)).state.value
            case AuthorizeStep():
                return (await desk.authorize(step)).openid
            case ReviewStep():
                reviewed = await self._review(step)
                return reviewed.sub_mchid or reviewed.state
            case FaultsStep():
                await desk.add_faults(step)
            case CalmStep():
                await desk.calm(step.mchid)
            case AwaitStep():
                return await self._await(step)
            case ExpectStep():
                await self._expect(step)
        return ""

    async def _await(self, step: AwaitStep) -> str:
        seen = self._before.setdefault(step.mchid, set())
        left = step.seconds
        while True:
            found = [order for order in await self._orders(step.mchid) if order.id not in seen]
            wanted = [order for order in found if step.out_trade_no in (None, order.number)]
            if wanted:
                order = wanted[-1]  # They come the newest first.
                seen.add(order.id)
                self.named[step.name] = order.number
                return order.number
            if left <= 0:
                words = _("等了 %(seconds)s 秒，程序没有下单。", seconds=f"{step.seconds:g}")
                raise HTTPException(words, status_code=409)
            await asyncio.sleep(LOOK_EVERY)
            left -= LOOK_EVERY

    async def _review(self, step: ReviewStep) -> Reviewed:
        left = step.seconds
        while True:
            try:
                return await self.desk.review(step)
            except HTTPException:  # It was not sent in yet, or not sent again.
                if left <= 0:
                    raise
            await asyncio.sleep(LOOK_EVERY)
            left -= LOOK_EVERY

    async def _expect(self, step: ExpectStep) -> None:
        left = step.seconds
        while True:
            wrong = await self._differs(step)
            if wrong is None:
                return
            if left <= 0:
                words = _("等了 %(seconds)s 秒：%(wrong)s", seconds=f"{step.seconds:g}", wrong=wrong)
                raise HTTPException(words, status_code=409)
            await asyncio.sleep(LOOK_EVERY)
            left -= LOOK_EVERY

    async def _arrived(self, order: MerchantOrder) -> int:
        async with self.desk.program.database.read() as reader:
            refunds = await get_refunds_of_order(reader, order.id, REFUNDS_SEEN)
        return sum(refund.amount for refund in refunds if refund.arrived_at)

    async def _is_refused(self, order: MerchantOrder, mchid: str | None) -> bool:
        mine = await self.desk.messages_about(order.id, mchid)
        async with self.desk.program.database.read() as reader:
            logs = [await get_log(reader, each.id, 1) for each in mine]
        last = [attempts[0] for log in logs if log for attempts in (log[1],) if attempts]
        return bool(last) and all(attempt.reason is not None and attempt.status is not None for attempt in last)

    async def _differs(self, step: ExpectStep) -> str | None:
        order = await self.desk.order(step.out_trade_no, step.mchid)
        if step.trade_state is not None and order.state.value != step.trade_state:
            state, wanted = order.state.value, step.trade_state
            return _("%(number)s 是 %(state)s，不是 %(wanted)s。", number=order.number, state=state, wanted=wanted)
        if step.complaint_state is not None:
            complaint = await self.desk.complaint_about(order.id)
            if complaint is None:
                return _("没有人投诉过订单 %(number)s：先用 /sandbox/complain。", number=order.number)
            if complaint.state is not step.complaint_state:
                return _(
                    "%(number)s 的投诉是 %(state)s，不是 %(wanted)s。",
                    number=order.number,
                    state=complaint.state.value,
                    wanted=step.complaint_state.value,
                )
        if step.refunded is not None and (fen := await self._arrived(order)) != step.refunded:
            return _(
                "%(number)s 退了 %(fen)s 分，不是 %(wanted)s 分。", number=order.number, fen=fen, wanted=step.refunded
            )
        if step.is_refused is not None and await self._is_refused(order, step.mchid) is not step.is_refused:
            if step.is_refused:
                return _("%(number)s 的通知，程序没有拒收。", number=order.number)
            return _("%(number)s 的通知，程序拒收了。", number=order.number)
        if step.is_told is not None or step.attempts is not None:
            mine = await self.desk.messages_about(order.id, step.mchid)
            if step.attempts is not None and min((each.attempts for each in mine), default=0) < step.attempts:
                return ngettext(
                    "%(order)s 的通知发了不到 %(number)s 次。",
                    "%(order)s 的通知发了不到 %(number)s 次。",
                    step.attempts,
                    order=order.number,
                )
            is_told = bool(mine) and all(each.status.value == "delivered" for each in mine)
            if step.is_told is not None and is_told is not step.is_told:
                if not mine:
                    return _("%(number)s 没有通知：下单时写上 notify_url。", number=order.number)
                states = ", ".join(each.status.value for each in mine)
                return _("%(number)s 的通知是 %(states)s。", number=order.number, states=states)
        return None


async def tell(desk: Desk, scenario: Scenario) -> Report:
    """Tell a scenario; so many at once for one person."""
    if desk.telling[desk.teller] >= STORIES_AT_ONCE_MAX:
        words = ngettext(
            "已经有 %(number)s 个剧本在演：等一个结束再来。",
            "已经有 %(number)s 个剧本在演：等一个结束再来。",
            STORIES_AT_ONCE_MAX,
        )
        raise HTTPException(words, status_code=429)
    desk.telling[desk.teller] += 1
    try:
        return await Telling(desk, scenario).tell()
    finally:
        desk.telling[desk.teller] -= 1
        desk.telling += Counter()  # Who tells none is forgotten.


class Scenarios(Controller):
    """Stories."""

    path = "/sandbox/scenarios"

    @get("/", sync_to_thread=False)
    def index(self) -> list[str]:
        """Name the scenarios that are shipped."""
        return shipped()

    @post("/", status_code=200)
    async def tell(self, request: AnyRequest, data: Scenario) -> Report:
        """Tell a scenario, or, by its name alone, a shipped one; the answer comes when it has ended."""
        if not data.steps:
            names = shipped()
            if data.name not in names:
                known = ", ".join(names)
                words = _("没有叫 %(name)s 的剧本：写上 steps，或者用 %(known)s。", name=data.name, known=known)
                raise HTTPException(words, status_code=404)
            data = msgspec.structs.replace(read_scenario(data.name), mchid=data.mchid)
        desk: Desk = request.scope["state"]["desk"]
        return await tell(desk, data)
