"""The operator's page of reconciliation: what is to be done, what is on its way, and what channels say day by day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from msgspec.structs import replace

from weiji.identity import check_entered_password, payment_password_error
from weiji.kit import clock
from weiji.kit.text import read_hash
from weiji.ledger import Code
from weiji.payments import BANK
from weiji.reconciliation import store
from weiji.reconciliation.handlers import find_unfinished, stating_channels
from weiji.reconciliation.model import (
    NOTE_MAX,
    SETTLEMENTS_MAX,
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    ProposeResolution,
    Resolution,
    ResolutionStatus,
    Settlement,
    Statement,
)
from weiji.reconciliation.operations import accounts_of_channels, agree_to_resolutions, propose_resolutions
from weiji.reconciliation.rules import (
    ARRIVED_WITHIN,
    ARRIVES_WITHIN,
    PAIRINGS,
    Accounts,
    day_of,
    days_before,
    decisions_on,
    hash_of,
    may_be,
)
from weiji.reconciliation.words import (
    channel_word,
    class_word,
    explain,
    kind_words,
    next_step,
    posting_words,
    resolution_notes,
    resolution_words,
)
from weiji.web import Caller, ngettext, page, rate, redirect, staff
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest

HERE: Final = "/operator/reconciliation"
BREAKS: Final = 50
CHOICES: Final = 20
"""Settlements that people choose from for one sum, and that are shown as on their way."""
DAYS: Final = 14
"""Statements on the first page."""
DAYS_PAGE: Final = 50
FIRST_YEAR: Final = 2000
"""No channel gives a statement of a day before."""
WAITS_FOR: Final = timedelta(days=2)
"""How long the next statement most likely ends something that only one side has."""
LATE_AFTER: Final = timedelta(days=3)
"""A channel whose last matched day is longer ago has stopped, and the page says so."""

LIABILITIES: Final = 2_000
"""From which code on accounts are liabilities, up to twice that."""


def clearing_words() -> dict[int, tuple[str, str]]:
    """Name the clearing accounts, and say when each is zero."""
    return {
        Code.CHANNEL_RECEIVABLE: (_("渠道应收"), _("渠道把收的钱都结算来了，就是零。")),
        Code.TRANSIT: (_("分片在途"), _("全部安静下来时，正好是零。")),
        Code.REFUND_CLEARING: (_("退款在途"), _("渠道确认了所有退款，就是零。")),
        Code.PAYOUT_CLEARING: (_("提现在途"), _("银行接下的提现都办完了、渠道解冻了所有货款，就是零。")),
        Code.SUSPENSE: (_("长款待查"), _("账单里多出来的，查清了就是零。")),
        Code.SUSPENSE_SHORT: (_("短款待查"), _("账单里缺的、银行多付出去的，查清了就是零。")),
    }


class ReconciliationPages(Controller):
    """What channels say, held against the books."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what is open, what is on its way to our bank, the last days, and the clearing accounts."""
        today = day_of(clock.now())
        async with request.database.read() as reader:
            found = await store.list_open_breaks(reader, _after(request), BREAKS + 1)
            breaks = found[:BREAKS]
            paid = days_before({today, *_days_to_choose_for(breaks)}, ARRIVED_WITHIN)
            me_id = request.caller.person_id
            clearing = await store.get_clearing(reader, DAYS, paid, me_id, clock.now() - WAITS_FOR)
            unfinished = await find_unfinished(reader)
        words = clearing_words()
        under_way = sorted(
            (one for one in clearing.settlements if _is_under_way(one, today - ARRIVED_WITHIN)), key=lambda one: one.at
        )
        late_before = clock.now() - ARRIVES_WITHIN
        # What nobody looks for on the account is not late there.
        late = sum(one.at < late_before for one in under_way) if clearing.has_bank_statements else 0
        return page(
            request,
            "reconciliation/reconciliation.html",
            here=HERE,
            accounts=[(*words[code], _natural(code, clearing.balances[code])) for code in words],
            count=clearing.open,
            to_agree=clearing.to_agree,
            proposed=clearing.proposed,
            oldest=clearing.oldest_at,
            days=[one for one in clearing.statements if not _is_quiet(one)],
            quiet=[one for one in clearing.statements if _is_quiet(one)],
            stopped=_stopped(clearing.last_days, unfinished),
            unfinished=[channel.name for channel in stating_channels(unfinished) if channel.name in unfinished],
            under_way=under_way[:CHOICES],
            under_way_count=len(under_way),
            under_way_sum=sum(one.amount for one in under_way),
            late=late,
            waiting=clearing.waiting,
            late_before=late_before,
            late_days=ARRIVES_WITHIN.days,
            has_bank_statements=clearing.has_bank_statements,
            **_parts(
                breaks,
                request.caller,
                [*clearing.settlements, *clearing.transfers],
                _more(HERE, found),
                clearing.correctable,
            ),
        )

    @get("/days")
    async def list_days(self, request: WebRequest, after: FromQuery[str] = "") -> Response[str]:
        """List the statements of all days, the newest first."""
        async with request.database.read() as reader:
            found = await store.list_statements(reader, read_cursor(after, tuple[date, str]), DAYS_PAGE + 1)
        days = found[:DAYS_PAGE]
        more = f"{HERE}/days?after={write_cursor(days[-1].day, days[-1].channel)}" if len(found) > DAYS_PAGE else None
        return page(request, "reconciliation/days.html", here=HERE, days=days, more=more, channel_word=channel_word)

    @get("/{day:str}")
    async def show_day(
        self, request: WebRequest, day: FromPath[str], channel: FromQuery[str] = "sandbox"
    ) -> Response[str]:
        """Show a channel's day: how both sides add up, and every break."""
        on = _read_day(day)
        async with request.database.read() as reader:
            read = await store.get_day(reader, channel, on, ARRIVED_WITHIN)
            if read is None:
                raise NotFoundException
            found = await store.list_breaks_of_day(reader, channel, on, _after(request), BREAKS + 1)
        statement, settlements, correctable = read
        here = f"{HERE}/{on}?{urlencode({'channel': channel})}"
        return page(
            request,
            "reconciliation/day.html",
            here=HERE,
            statement=statement,
            **_parts(found[:BREAKS], request.caller, settlements, _more(here, found), correctable),
        )

    @post("/breaks/{break_id:uuid}/proposal", status_code=303, guards=(staff("operator"),))
    async def propose(self, request: WebRequest, break_id: FromPath[UUID]) -> Response[str]:
        """Propose how a break ends."""
        form = await read_form(request)
        chosen = form.text("resolution")
        settlements = [text.partition(" ") for text in form.all("settlement", SETTLEMENTS_MAX)]
        command = ProposeResolution(
            break_id=break_id,
            resolution=Resolution(chosen) if chosen in list(Resolution) else Resolution.TOLD,
            note=form.text("note"),
            actor=request.actor("staff"),
            settlements=tuple((channel, reference) for channel, __, reference in settlements),
        )
        status = await request.batchers.of(propose_resolutions, "break_id").submit(command)
        return _answer(request, status, _("已经提出，等另一位同事同意。"))

    @post(
        "/breaks/{break_id:uuid}/agreement",
        status_code=303,
        guards=(staff("operator"),),
        opt=rate("password", "30/minute"),
    )
    async def agree(self, request: WebRequest, break_id: FromPath[UUID]) -> Response[str]:
        """Agree to what somebody else proposed, or send it back."""
        form = await read_form(request)
        is_agreed = form.text("answer") == "agree"
        check = await check_entered_password(request, form) if is_agreed else None
        refusal = check.refusal if check else None
        command = AgreeToResolution(
            break_id=break_id,
            is_agreed=is_agreed,
            actor=request.actor("staff"),
            hash=read_hash(form.text("hash")),
            refusal=refusal,
        )
        status = await request.batchers.of(agree_to_resolutions, "break_id").submit(command)
        if check and refusal and status == refusal.status:
            return redirect(request, HERE, toast=payment_password_error(check), tone="bad")
        return _answer(request, status, _("已经记账，差异了结。") if is_agreed else _("已经退回。"))


def _read_day(text: str) -> date:
    """Read the day of a statement: of those that any channel could give one. Raises NotFoundException."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFoundException from None
    if not FIRST_YEAR <= day.year <= clock.now().year:
        raise NotFoundException
    return day


def _after(request: WebRequest) -> store.After | None:
    return read_cursor(request.query_params.get("after"), tuple[int, datetime, UUID])


def _more(here: str, found: Sequence[Break]) -> str | None:
    """Say where a list goes on that has more than is shown."""
    if len(found) <= BREAKS:
        return None
    return f"{here}{'&' if '?' in here else '?'}after={write_cursor(*store.place_of(found[BREAKS - 1]))}"


def _is_quiet(statement: Statement) -> bool:
    return not (statement.lines or statement.breaks or statement.ours)


def _stopped(last_days: Mapping[str, date], unfinished: Collection[str]) -> list[tuple[str, date]]:
    """Name the channels that ought to give statements, and that none was matched of for long, with their last day."""
    since = day_of(clock.now()) - LATE_AFTER
    giving = {channel.name for channel in stating_channels(unfinished)}
    return sorted((name, day) for name, day in last_days.items() if name in giving and day < since)


def _natural(code: int, balance: int) -> int:
    """Turn a balance the way that people read it: what is there of an asset, what is owed of a liability."""
    return -balance if LIABILITIES <= code < 2 * LIABILITIES else balance


def _is_under_way(one: Settlement, since: date) -> bool:
    return not one.is_arrived and not one.is_returned and day_of(one.at) >= since


def _days_to_choose_for(breaks: Sequence[Break]) -> set[date]:
    """Say on which days money moved of which people may say what channels, or the bank, paid it is."""
    choosing = (one for one in breaks if one.state is BreakState.OPEN and decisions_on(one)[0] in PAIRINGS)
    return {day_of(one.occurred_at) for one in choosing}


def _choices(
    one: Break, settlements: Sequence[Settlement], correctable: Sequence[Settlement], accounts: Accounts
) -> list[Settlement]:
    """List what a sum may be, or may have come back of: first what it is alone. Or the lines that it may take back."""
    if one.is_correction:
        return [replace(each, amount=abs(each.amount)) for each in correctable if each.amount == -one.delta][:CHOICES]
    if one.may_be_settlement:
        found = [each for each in settlements if not each.is_arrived and each.channel != BANK]
    elif one.is_debit:
        found = [each for each in settlements if each.channel == BANK]
    elif one.may_be_return:
        found = [each for each in settlements if not each.is_returned]
    else:
        return []
    found = [each for each in found if may_be(one, each, accounts) and each.amount <= abs(one.delta)]
    return sorted(found, key=lambda each: (each.amount != abs(one.delta), one.occurred_at - each.at))[:CHOICES]


def _waits(one: Break) -> bool:
    """Tell whether the next statement most likely ends it: nobody has to do anything yet."""
    is_young = one.state is BreakState.OPEN and clock.now() - one.found_at < WAITS_FOR
    return is_young and (one.class_ is BreakClass.OURS_ONLY or one.may_be_settlement)


def _chosen(one: Break, choices: Sequence[Settlement]) -> str | None:
    """Say what is most likely, as its box says it, where its line says what it is, and but one is of its amount."""
    alike = [f"{each.channel} {each.reference}" for each in choices if each.amount == one.delta]
    return alike[0] if len(alike) == 1 and one.is_named else None


def _postings(one: Break) -> dict[str, str]:
    """Say what is posted by each way in which people end a break, or by that in which it ended."""
    if one.delta == 0 or one.resolution is Resolution.TOLD or one.class_ is BreakClass.FEE:
        return {}
    ways = decisions_on(one) if one.resolution is None else (one.resolution,)
    return {way: posting_words(one, way) for way in ways}


class _Shown(NamedTuple):
    """A break as it is shown."""

    one: Break
    sentence: str
    step: str
    waits: bool
    class_: tuple[str, str]
    resolutions: dict[str, str]
    notes: dict[str, str]
    choices: list[Settlement]
    chosen: str | None
    postings: dict[str, str]
    hash: str
    """Of what is proposed."""


def _shown(
    one: Break, settlements: Sequence[Settlement], correctable: Sequence[Settlement], accounts: Accounts
) -> _Shown:
    choices = _choices(one, settlements, correctable, accounts)
    return _Shown(
        one,
        explain(one),
        next_step(one) if one.state is BreakState.OPEN else "",
        _waits(one),
        class_word(one),
        resolution_words(one),
        resolution_notes(one),
        choices,
        _chosen(one, choices),
        _postings(one),
        hash_of(one).hex(),
    )


def _parts(
    breaks: Sequence[Break],
    caller: Caller,
    settlements: Sequence[Settlement],
    more: str | None,
    correctable: Sequence[Settlement] = (),
) -> dict[str, Any]:
    me_id, accounts = caller.person_id, accounts_of_channels()

    def turn(one: Break) -> int:
        """What waits for me comes first, then what waits for anybody, then what I wait for, and last what is over."""
        if one.state is BreakState.PROPOSED:
            return 2 if one.proposed_by == me_id else 0
        return 1 if one.state is BreakState.OPEN else 3

    return {
        "breaks": [_shown(one, settlements, correctable, accounts) for one in sorted(breaks, key=turn)],
        "more": more,
        "kinds": kind_words(),
        "channel_word": channel_word,
        "note_max": NOTE_MAX,
        "may_decide": caller.has_role("operator"),
        "me_id": me_id,
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
        case ResolutionStatus.CHANGED:
            text = _("和你看到的不一样了，请再看一遍。")
        case ResolutionStatus.SETTLEMENT_NOT_FOUND:
            text = _("请选是渠道付来的哪一笔，或者打款的哪一笔，或者冲正的哪一笔；选过的那一笔，也许已经对上别的了。")
        case ResolutionStatus.SETTLEMENTS_DIFFER:
            text = _("选的几笔加起来，和这笔差异的金额不一样。")
        case ResolutionStatus.OWN_FUNDS_SHORT:
            text = _("平台自有资金不够承担，请先存入。")
        case _:
            text = _("这一步现在不能做。")
    return redirect(request, HERE, toast=text, tone="bad")


ROUTES: Final = (ReconciliationPages,)
