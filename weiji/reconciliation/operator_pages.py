"""The operator's page of reconciliation: the clearing accounts, what is open, and each day as the channels have it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.ledger import Code
from weiji.reconciliation import store
from weiji.reconciliation.handlers import stating_channels
from weiji.reconciliation.model import (
    NOTE_MAX,
    SETTLEMENTS_MAX,
    AgreeToResolution,
    Break,
    BreakState,
    ProposeResolution,
    Resolution,
    ResolutionStatus,
    Settlement,
)
from weiji.reconciliation.operations import agree_to_resolutions, propose_resolutions
from weiji.reconciliation.rules import ARRIVED_WITHIN, DECISIONS, may_be
from weiji.reconciliation.words import channel_word, class_words, explain, kind_words, resolution_words
from weiji.web import Caller, ngettext, page, redirect, staff
from weiji.web import gettext as _
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest

HERE: Final = "/operator/reconciliation"
BREAKS: Final = 50
CHOICES: Final = 20
"""Settlements that people choose from for one sum."""
DAYS: Final = 14
LATE_AFTER: Final = timedelta(days=3)
"""A channel whose last matched day is longer ago has stopped, and the page says so."""

LIABILITIES: Final = 2_000
"""From which code on accounts are liabilities, up to twice that."""

OPEN: Final = (BreakState.OPEN, BreakState.PROPOSED)


def clearing_words() -> dict[int, tuple[str, str]]:
    """Name the clearing accounts, and say when each is zero."""
    return {
        Code.CHANNEL_RECEIVABLE: (_("渠道应收"), _("渠道把收的钱都结算来了，就是零。")),
        Code.TRANSIT: (_("分片在途"), _("全部安静下来时，正好是零。")),
        Code.REFUND_CLEARING: (_("退款在途"), _("渠道确认了所有退款，就是零。")),
        Code.PAYOUT_CLEARING: (_("提现在途"), _("银行接下的提现都办完了、渠道解冻了所有货款，就是零。")),
        Code.SUSPENSE: (_("长款待查"), _("账单里多出来的，查清了就是零。")),
        Code.SUSPENSE_SHORT: (_("短款待查"), _("账单里缺的，补上了就是零。")),
    }


class ReconciliationPages(Controller):
    """What channels say, held against the books."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show the clearing accounts, the statements of the last days, and what is open, the oldest first."""
        async with request.database.read() as reader:
            clearing = await store.get_clearing(reader, DAYS, clock.now() - ARRIVED_WITHIN)
            breaks = await store.list_breaks(reader, OPEN, None, None, None, BREAKS)
        words = clearing_words()
        return page(
            request,
            "reconciliation/reconciliation.html",
            here=HERE,
            accounts=[(*words[code], _natural(code, clearing.balances[code])) for code in words],
            count=clearing.open,
            oldest=clearing.oldest_at,
            statements=clearing.statements,
            stopped=_stopped(clearing.last_days),
            channel_word=channel_word,
            **_parts(breaks, request.caller, clearing.under_way),
        )

    @get("/{day:str}")
    async def show_day(
        self, request: WebRequest, day: FromPath[str], channel: FromQuery[str] = "sandbox"
    ) -> Response[str]:
        """Show a channel's day: how both sides add up, and every break."""
        try:
            on = date.fromisoformat(day)
        except ValueError:
            raise NotFoundException from None
        async with request.database.read() as reader:
            found = await store.get_statement(reader, store.statement_id_of(channel, on))
            if found is None:
                raise NotFoundException
            breaks = await store.list_breaks(reader, list(BreakState), on, channel, None, BREAKS)
        return page(
            request,
            "reconciliation/day.html",
            here=HERE,
            statement=found[0],
            channel_word=channel_word,
            **_parts(breaks, request.caller),
        )

    @post("/breaks/{break_id:uuid}/proposal", status_code=303, guards=(staff("operator"),))
    async def propose(self, request: WebRequest, break_id: FromPath[UUID]) -> Response[str]:
        """Propose how a break ends."""
        form = await read_form(request)
        chosen = form.text("resolution")
        settlements = [text.partition(" ") for text in form.all("settlement", SETTLEMENTS_MAX)]
        command = ProposeResolution(
            break_id=break_id,
            resolution=Resolution(chosen) if chosen in (*DECISIONS, Resolution.ARRIVED) else Resolution.TOLD,
            note=form.text("note"),
            actor=request.actor("staff"),
            settlements=tuple((channel, reference) for channel, __, reference in settlements),
        )
        status = await request.batchers.of(propose_resolutions, "break_id").submit(command)
        return _answer(request, status, _("已经提出，等另一位同事同意。"))

    @post("/breaks/{break_id:uuid}/agreement", status_code=303, guards=(staff("operator"),))
    async def agree(self, request: WebRequest, break_id: FromPath[UUID]) -> Response[str]:
        """Agree to what somebody else proposed, or send it back."""
        form = await read_form(request)
        is_agreed = form.text("answer") == "agree"
        command = AgreeToResolution(break_id=break_id, is_agreed=is_agreed, actor=request.actor("staff"))
        status = await request.batchers.of(agree_to_resolutions, "break_id").submit(command)
        return _answer(request, status, _("已经记账，差异了结。") if is_agreed else _("已经退回。"))


def _stopped(last_days: Mapping[str, date]) -> list[tuple[str, date]]:
    """Name the channels that ought to give statements, and that none was matched of for long, with their last day."""
    since = clock.now().astimezone(SHANGHAI).date() - LATE_AFTER
    giving = {channel.name for channel in stating_channels()}
    return sorted((name, day) for name, day in last_days.items() if name in giving and day < since)


def _natural(code: int, balance: int) -> int:
    """Turn a balance the way that people read it: what is there of an asset, what is owed of a liability."""
    return -balance if LIABILITIES <= code < 2 * LIABILITIES else balance


def _choices(one: Break, under_way: Sequence[Settlement]) -> list[Settlement]:
    """List what a sum may be: first what it is alone."""
    if not one.may_be_settlement:
        return []
    found = [each for each in under_way if may_be(one, each) and each.amount <= one.delta]
    return sorted(found, key=lambda each: (each.amount != one.delta, one.occurred_at - each.at))[:CHOICES]


def _parts(breaks: list[Break], caller: Caller, under_way: Sequence[Settlement] = ()) -> dict[str, Any]:
    return {
        "breaks": [
            (one, explain(one), resolution_words(is_more=one.delta > 0), _choices(one, under_way)) for one in breaks
        ],
        "is_cut": len(breaks) == BREAKS,
        "breaks_max": BREAKS,
        "classes": class_words(),
        "kinds": kind_words(),
        "decisions": DECISIONS,
        "note_max": NOTE_MAX,
        "may_decide": caller.has_role("operator"),
        "me_id": caller.person_id,
    }


def _answer(request: WebRequest, status: ResolutionStatus, done: str) -> Response[str]:
    match status:
        case ResolutionStatus.DONE | ResolutionStatus.EXISTS:
            return redirect(request, HERE, toast=done)
        case ResolutionStatus.BREAK_NOT_FOUND:
            raise NotFoundException
        case ResolutionStatus.NOTE_MISSING:
            text = ngettext("请写为什么，不超过 %(number)s 个字。", "请写为什么，不超过 %(number)s 个字。", NOTE_MAX)
        case ResolutionStatus.SAME_PERSON:
            text = _("要两个人：提出的人不能自己同意。")
        case ResolutionStatus.SETTLEMENT_NOT_FOUND:
            text = _("请选是渠道付来的哪一笔；选过的那一笔，也许已经对上别的到账了。")
        case ResolutionStatus.SETTLEMENTS_DIFFER:
            text = _("选的几笔加起来，和到账的金额不一样。")
        case ResolutionStatus.OWN_FUNDS_SHORT:
            text = _("平台自有资金不够承担，请先存入。")
        case _:
            text = _("这一步现在不能做。")
    return redirect(request, HERE, toast=text, tone="bad")


ROUTES: Final = (ReconciliationPages,)
