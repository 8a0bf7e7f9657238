"""The operator's console: what happens in the market, and whether the books say the same."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji import ledger, payments
from weiji.events.outbox import (
    get_set_aside,
    get_trail,
    list_acts_of_colleagues,
    list_log,
    list_staff_acts,
    list_trail,
)
from weiji.events.payments import ChannelChanged, SubMerchantBound
from weiji.identity import Person, Role, find_person, get_people
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.deadlines import list_set_aside
from weiji.kit.jobs import are_alone, get_jobs
from weiji.ledger import Code
from weiji.ledger.words import code_words, is_debit
from weiji.orders import (
    TRADE,
    PublishRules,
    PublishRulesStatus,
    State,
    TradeRules,
    get_order,
    get_trade_figures,
    list_orders,
    list_trade_rules,
    publish_rules,
    read_trade_rules,
)
from weiji.orders.desk import fill_days
from weiji.orders.fees import NOTICE
from weiji.orders.merchant_words import actor_word, event_word, state_words
from weiji.rulebook.forms import Field, compare, read_fields, show_fields
from weiji.rulebook.telling import TELLERS, Change, Teller
from weiji.rulebook.words import proposed
from weiji.shops import get_shops
from weiji.supervision.desks.operator_pages import waiting_for
from weiji.supervision.desks.store import get_figures as get_desk_figures
from weiji.supervision.operations import (
    ResumeDeadline,
    ResumeDelivery,
    ResumeStatus,
    resume_deadlines,
    resume_set_aside,
    time_of,
)
from weiji.supervision.proof import prover_of, start_proof
from weiji.supervision.rule_forms import FEE, trade_fields
from weiji.supervision.trail_words import staff_role_told, trail_words
from weiji.web import fragment, ngettext, page, rate, redirect, staff
from weiji.web import gettext as _
from weiji.web.cursors import Bigint, Smallint, read_cursor, write_cursor
from weiji.web.formats import listed
from weiji.web.forms import Form, read_form, read_id
from weiji.web.requests import WebRequest

PAGE: Final = 30
NEWEST: Final = 8
"""Orders on the first page."""
VERSIONS: Final = 50
STAFF_ACTS: Final = (
    "CategorySaved",
    "ConductRulesPublished",
    "ConductRuleTried",
    "CreditIssuerDistrusted",
    "CreditIssuerTrusted",
    "CreditRulesPublished",
    "DeliveryResumed",
    "DeadlineResumed",
    "FeesPreviewed",
    "FeesPublished",
    "InquiryDecided",
    "InquiryTaken",
    "PenaltyJudged",
    "ProductReviewed",
    "ProofStarted",
    "ReviewRulesPublished",
    "RoleGranted",
    "RoleRevoked",
    "ShopSuspended",
    "SuspensionEnded",
    "AppealJudged",
    "TradeRulesPublished",
    "WordRulesPublished",
    "WordRulesTried",
)
"""Types of events that the search of staff's acts suggests; any other may be typed."""

MONEY_WAYS: Final = (ChannelChanged, SubMerchantBound)
"""What says where payers' money goes. Whoever of the staff does it, the others are told on the first page."""
MONEY_WAYS_OF: Final = timedelta(days=7)
MONEY_WAYS_SHOWN: Final = 5

TRAIL: Final = 100
"""Events on one page of what happened to a thing."""

REASON_MAX: Final = 500
PROOF_PATIENCE: Final = 2.0
"""Seconds that the page waits for a proof before it is shown without one."""

LEDGERS: Final = {1: "CNY", 2: "CNYu", 3: "CTL"}

TABS: Final[Mapping[str, tuple[State, ...]]] = {
    "all": tuple(State),
    "held": (State.PAID, State.PART_SHIPPED, State.SHIPPED),
    "unpaid": (State.CREATED,),
    "released": (State.RECEIVED, State.COMPLETED),
    "gone": (State.CLOSED, State.REFUNDED),
}


class Tally(NamedTuple):
    """The orders in one state: how many, and in fen their total, what of it went back, subsidies and fees."""

    orders: int = 0
    total: int = 0
    refunded: int = 0
    subsidy: int = 0
    fee: int = 0


class TradePages(Controller):
    """What happens in the market."""

    path = "/operator"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show_market(self, request: WebRequest) -> Response[str]:
        """Show the whole market: figures, what waits for who looks, states, 30 days; the newest orders come after."""
        now = clock.now()
        async with request.database.read() as reader:
            figures = await get_trade_figures(reader, now)
            desks = await get_desk_figures(reader, now)
        states = {state: Tally(*told) for state, *told in figures["states"] or []}
        held = [states[state] for state in TABS["held"] if state in states]
        settled = states.get(State.COMPLETED, Tally())
        days = fill_days(figures["days"], now)
        return page(
            request,
            "supervision/market.html",
            labels=[day.label for day in days],
            totals=[day.total for day in days],
            counts=[day.orders for day in days],
            states=states,
            words=state_words(),
            held=sum(each.total - each.refunded for each in held),
            held_count=sum(each.orders for each in held),
            settled=settled.total - settled.refunded + settled.subsidy - settled.fee,
            placed=sum(each.orders for each in states.values()),
            desks=waiting_for(request.caller, desks),
            takes_money=bool((payments.REGISTRY.names | payments.REGISTRY.freezing_names) - {payments.BALANCE}),
            lacks_payouts=payments.REGISTRY.lacks_payouts,
        )

    @get("/trade/newest")
    async def show_newest_orders(self, request: WebRequest) -> Response[str]:
        """Show the newest orders: a piece of the first page."""
        async with request.database.read() as reader:
            orders = await list_orders(reader, TABS["all"], None, NEWEST, clock.now())
        return fragment(request, "supervision/newest_orders.html", orders=orders, words=state_words())

    @get("/money-ways")
    async def show_money_ways(self, request: WebRequest) -> Response[str]:
        """Show what colleagues changed of where payers' money goes: a piece of the first page."""
        since = clock.now() - MONEY_WAYS_OF
        async with request.database.read() as reader:
            rows = await list_acts_of_colleagues(reader, request.caller.person_id, MONEY_WAYS, since, MONEY_WAYS_SHOWN)
            people = await get_people(reader, [row["actor_id"] for row in rows if row["actor_id"]]) if rows else {}
        nobody = actor_word("staff")
        changes = [
            (
                row,
                people[row["actor_id"]].display_name if row["actor_id"] in people else nobody,
                payments.channel_word(row["data"]["channel"]),
            )
            for row in rows
        ]
        return fragment(request, "supervision/money_ways.html", changes=changes)

    @get("/trade")
    async def list_orders(
        self, request: WebRequest, tab: FromQuery[str] = "all", after: FromQuery[str] = ""
    ) -> Response[str]:
        """List everybody's orders, newest first."""
        tab = tab if tab in TABS else "all"
        async with request.database.read() as reader:
            before = read_cursor(after, tuple[datetime, UUID])
            orders = await list_orders(reader, TABS[tab], before, PAGE + 1, clock.now())
        words = {
            "all": _("全部"),
            "held": _("保管中"),
            "unpaid": _("待付款"),
            "released": _("已放款"),
            "gone": _("已关闭"),
        }
        return page(
            request,
            "supervision/trade.html",
            orders=orders[:PAGE],
            words=state_words(),
            tab=tab,
            tabs=[{"key": key, "label": word, "href": f"/operator/trade?tab={key}"} for key, word in words.items()],
            more=f"/operator/trade?tab={tab}&after={write_cursor(orders[PAGE - 1].placed_at, orders[PAGE - 1].id)}"
            if len(orders) > PAGE
            else None,
        )

    @get("/trade/{order_id:uuid}")
    async def show_order(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show an order with everything that happened to it: who did it, by which request, from where."""
        async with request.database.read() as reader:
            order = await get_order(reader, order_id)
            if order is None:
                raise NotFoundException
            trail = await get_trail(reader, order_id)
        return page(
            request, "supervision/order.html", order=order, trail=_trail(trail), words=state_words(), ask=str(order_id)
        )

    @get("/audit")
    async def show_audit(
        self, request: WebRequest, of: FromQuery[str] = "", after: FromQuery[str | None] = None
    ) -> Response[str]:
        """Show what happened to one thing, or in one stream, the latest first; without an id, what the reader did."""
        asked = read_id(of)
        subject = asked or request.caller.person_id
        assert subject is not None
        seen = read_cursor(after, tuple[Bigint, UUID]) or (None, None)
        async with request.database.read() as reader:
            rows = await list_trail(reader, subject, seen[1], TRAIL + 1) if asked else []
            if not rows:
                rows = await list_log(reader, subject, seen[0], TRAIL + 1)
        end = rows[TRAIL - 1] if len(rows) > TRAIL else None
        return page(
            request,
            "supervision/audit.html",
            trail=_trail(rows[:TRAIL][::-1]),
            more=f"/operator/audit?of={asked or ''}&after={write_cursor(end['seq'], end['id'])}" if end else None,
            of=of if asked else "",
            is_wrong=bool(of) and asked is None,
        )


def _day(text: str) -> date | None:
    """Read a day; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class StaffActPages(Controller):
    """Everything that the operator's staff did. Seeing it is a role of its own."""

    path = "/operator/staff-acts"
    guards = (staff(Role.AUDITOR),)
    include_in_schema = False

    @get("/")
    async def show(
        self,
        request: WebRequest,
        who: FromQuery[str] = "",
        what: FromQuery[str] = "",
        about: FromQuery[str] = "",
        first: FromQuery[str] = "",
        last: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        """List it, the latest first; by whom, of what kind, about what, from which day to which."""
        given = {"who": who, "what": what, "about": about, "first": first, "last": last}
        given = {name: text.strip() for name, text in given.items()}
        ids = {name: read_id(given[name]) for name in ("who", "about")}
        if given["who"] and ids["who"] is None:
            async with request.database.read() as reader:
                ids["who"] = await find_person(reader, given["who"])
        days = {name: _day(given[name]) for name in ("first", "last")}
        is_wrong = any(given[name] and value is None for name, value in {**ids, **days}.items())
        rows: list[Row] = []
        people: dict[UUID, Person] = {}
        if not is_wrong:
            since, until = time_of(days["first"], days["last"])
            async with request.database.read() as reader:
                rows = await list_staff_acts(
                    reader,
                    person_id=ids["who"],
                    type=given["what"].replace("\x00", "") or None,
                    about=ids["about"],
                    since=since,
                    until=until,
                    before=read_cursor(after, tuple[datetime, UUID]),
                    limit=PAGE + 1,
                )
                people = await get_people(reader, list({row["actor_id"] for row in rows if row["actor_id"]}))
        words = trail_words()
        end = rows[PAGE - 1] if len(rows) > PAGE else None
        more = {**given, "after": write_cursor(end["at"], end["id"])} if end else None
        return page(
            request,
            "supervision/staff_acts.html",
            trail=_trail(rows[:PAGE][::-1], people),
            given=given,
            is_wrong=is_wrong,
            types={type: words.get(type, event_word(type, {})[0]) for type in STAFF_ACTS},
            more=f"/operator/staff-acts?{urlencode(more)}" if more else None,
        )


class RulePages(Controller):
    """The rules of the trade."""

    path = "/operator/rules"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show_rules(self, request: WebRequest) -> Response[str]:
        """Show the rules in force, their history, and the form of a new version."""
        return await _show_rules(request)

    @post("/", status_code=303, guards=(staff("operator"),))
    async def publish(self, request: WebRequest) -> Response[str]:
        """Publish a version: for orders that are placed after it takes effect."""
        form = await read_form(request)
        rules, errors = read_fields(TradeRules, _typed(trade_fields()), form)
        reason = form.text("reason")
        if not reason or len(reason) > REASON_MAX or "\x00" in reason:
            errors["reason"] = ngettext(
                "请写为什么要改，不超过 %(number)s 个字。", "请写为什么要改，不超过 %(number)s 个字。", REASON_MAX
            )
        version = form.number("version")
        if version is None or version > 10**9:
            errors["form"] = _("没有发布成功，请再试一次。")
        effective_at = _read_time(form, errors)
        if errors:
            return await _show_rules(request, form, errors)
        assert rules is not None
        assert version is not None

        async def work(tx: Transaction) -> PublishRulesStatus:
            latest, *_ = await list_trade_rules(tx, None, 1)
            command = PublishRules(
                version=version,
                effective_at=effective_at,
                rules=msgspec.structs.replace(rules, fee_ppm=read_trade_rules(latest).fee_ppm),
                reason=reason,
                actor=request.actor("staff"),
            )
            return (await publish_rules(tx, [command]))[0]

        status = await request.database.retried(work)
        match status:
            case PublishRulesStatus.PUBLISHED:
                toast = _("第 %(version)s 版已发布，只管生效之后下的订单。", version=version)
                return redirect(request, "/operator/rules", toast=toast)
            case PublishRulesStatus.PROPOSED:
                return redirect(request, "/operator/approvals", toast=proposed())
            case PublishRulesStatus.VERSION_TAKEN:
                errors["form"] = _("刚刚有人发布了新的一版，请看看再决定。")
            case PublishRulesStatus.EFFECTIVE_IN_THE_PAST:
                errors["effective_at"] = _("生效时间不能在过去。")
            case PublishRulesStatus.NOTICE_TOO_SHORT:
                errors["effective_at"] = ngettext(
                    "让店铺变贵了，至少提前 %(number)s 天告诉他们；要同事复核的，再早三天。",
                    "让店铺变贵了，至少提前 %(number)s 天告诉他们；要同事复核的，再早三天。",
                    NOTICE.days,
                )
            case PublishRulesStatus.FEE_ELSEWHERE:
                raise AssertionError("it stays what it was")
            case PublishRulesStatus.REASON_MISSING:
                errors["reason"] = ngettext(
                    "请写为什么要改，不超过 %(number)s 个字。", "请写为什么要改，不超过 %(number)s 个字。", REASON_MAX
                )
        return await _show_rules(request, form, errors)


class BookPages(Controller):
    """The books, and their proof."""

    path = "/operator/books"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show_books(self, request: WebRequest) -> Response[str]:
        """Show the trial balance, whether clients' money is covered, and whether the chain was proved."""
        async with request.database.read() as reader:
            trial = await ledger.get_trial_balance(reader)
            heads = await ledger.get_heads(reader)
        prover = prover_of(request.database)
        custody = payments.custody_of(trial)
        held = custody.bank + custody.channel_receivable
        return page(
            request,
            "supervision/books.html",
            ledgers=_ledgers(trial),
            custody=custody,
            held=held,
            coverage=held / custody.owed if custody.owed else None,
            transit=sum(row["credits_posted"] - row["debits_posted"] for row in trial if row["code"] == Code.TRANSIT),
            heads=[_head(row) for row in heads],
            proof=prover.last,
            is_running=prover.is_running,
        )

    @post("/proof", status_code=303, opt=rate("proof", "20/minute"))
    async def prove(self, request: WebRequest) -> Response[str]:
        """Verify every batch, counter and signature: in the background, so that a large ledger holds nobody up."""
        prover = await start_proof(request.database, request.actor("staff"))
        if await prover.wait(PROOF_PATIENCE):
            return redirect(request, "/operator/books")
        toast = _("正在核对整本账，完成之后刷新就能看到结果。")
        return redirect(request, "/operator/books", toast=toast, tone="info")


async def _show_refunds(
    request: WebRequest, before: UUID | None, numbers: Mapping[UUID, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        found = await payments.list_abnormal_refunds(reader, before=before, limit=PAGE + 1)
    return page(
        request,
        "supervision/payments.html",
        tab="refunds",
        refunds=found[:PAGE],
        route_number=lambda refund: (numbers or {}).get(refund.id) or f"•••• {payments.open_route(refund)[-4:]}",
        numbers=numbers or {},
        channel_word=payments.channel_word,
        more=f"/operator/payments/refunds?before={found[PAGE - 1].id}" if len(found) > PAGE else None,
    )


def _read_place(text: str) -> tuple[datetime, str, str, int] | None:
    """Read where a list of what channels said goes on."""
    return read_cursor(text, tuple[datetime, str, str, Smallint])


class PaymentPages(Controller):
    """Payments that a person has to look at."""

    path = "/operator/payments"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show_trouble(
        self, request: WebRequest, captured: FromQuery[str] = "", told: FromQuery[str] = ""
    ) -> Response[str]:
        """Show money that fits nothing, and what channels said that can't be; each goes on by itself."""
        async with request.database.read() as reader:
            captures = await payments.list_unmatched_captures(reader, below=_read_place(captured), limit=PAGE + 1)
            notices = await payments.list_troubling_notices(reader, below=_read_place(told), limit=PAGE + 1)
        more_captures = more_notices = None
        if len(captures) > PAGE:
            one = captures[PAGE - 1]
            more_captures = write_cursor(one.captured_at, one.channel, one.reference, one.shard)
        if len(notices) > PAGE:
            row = notices[PAGE - 1]
            more_notices = write_cursor(row["received_at"], row["channel"], row["event_id"], row["shard"])
        return page(
            request,
            "supervision/payments.html",
            tab="trouble",
            captures=captures[:PAGE],
            notices=notices[:PAGE],
            more_captures=more_captures and f"/operator/payments?captured={more_captures}",
            more_notices=more_notices and f"/operator/payments?told={more_notices}",
            notice_words=payments.notice_words(),
            channel_word=payments.channel_word,
        )

    @get("/unknown")
    async def show_unknown(self, request: WebRequest, before: FromQuery[UUID | None] = None) -> Response[str]:
        """Show payments whose channel gives no answer."""
        async with request.database.read() as reader:
            found = await payments.list_silent_payments(reader, before=before, limit=PAGE + 1)
        return page(
            request,
            "supervision/payments.html",
            tab="unknown",
            payments=found[:PAGE],
            more=f"/operator/payments/unknown?before={found[PAGE - 1].id}" if len(found) > PAGE else None,
            channel_word=payments.channel_word,
        )

    @get("/refunds")
    async def show_refunds(self, request: WebRequest, before: FromQuery[UUID | None] = None) -> Response[str]:
        """Show refunds that a channel refused, and no account takes; and those that it never answered about."""
        return await _show_refunds(request, before)

    @post("/refunds/{refund_id:uuid}/route", guards=(staff("operator"),), status_code=200)
    async def show_route(self, request: WebRequest, refund_id: FromPath[UUID]) -> Response[str]:
        """Show the whole number of the account that a refund may go to: the look is in the audit."""
        command = payments.ShowRefundRoute(id=refund_id, actor=request.actor("staff"))
        shown = await request.batchers.of(payments.show_refund_routes).submit(command)
        if shown.number is None:
            raise NotFoundException
        return await _show_refunds(request, None, {refund_id: shown.number})

    @post("/refunds/{refund_id:uuid}/retry", status_code=303, guards=(staff("operator"),))
    async def retry_refund(self, request: WebRequest, refund_id: FromPath[UUID]) -> Response[str]:
        """Have the channel asked once more."""
        command = payments.RetryRefund(id=refund_id, actor=request.actor("staff"))
        status = await request.batchers.of(payments.retry_refunds).submit(command)
        here = "/operator/payments/refunds"
        if status in (payments.RetryRefundStatus.RETRIED, payments.RetryRefundStatus.EXISTS):
            return redirect(request, here, toast=_("又去问渠道了，有了答复会更新。"))
        if status is payments.RetryRefundStatus.DISPUTED:
            toast = _("付款人在渠道拒付了这笔钱，渠道判了才知道还要不要退。")
            return redirect(request, here, toast=toast, tone="info")
        return redirect(request, here, toast=_("这笔退款已经不用处理了。"), tone="info")

    @get("/payouts")
    async def show_payouts(self, request: WebRequest, before: FromQuery[UUID | None] = None) -> Response[str]:
        """Show everybody's payouts, newest first; those that failed stand out."""
        async with request.database.read() as reader:
            payouts = await payments.list_all_payouts(reader, before=before, limit=PAGE + 1)
            ids = {payout.owner_id for payout in payouts if payout.source == "merchant_available"}
            shops = {shop.id: shop.name for shop in await get_shops(reader, list(ids)) if shop}
        return page(
            request,
            "supervision/payments.html",
            tab="payouts",
            payouts=payouts[:PAGE],
            shops=shops,
            words=payments.payout_words,
            more=f"/operator/payments/payouts?before={payouts[PAGE - 1].id}" if len(payouts) > PAGE else None,
        )

    @get("/silent")
    async def show_silent(self, request: WebRequest, after: FromQuery[UUID | None] = None) -> Response[str]:
        """Show the payouts of which their channels tell nothing: two of the staff find out what became of them."""
        async with request.database.read() as reader:
            found = await payments.list_silent_payouts(reader, clock.now(), after=after, limit=PAGE + 1)
        return page(
            request,
            "supervision/payments.html",
            tab="silent",
            payouts=found[:PAGE],
            channel_word=payments.channel_word,
            more=f"/operator/payments/silent?after={found[PAGE - 1].id}" if len(found) > PAGE else None,
        )

    @get("/review")
    async def show_review(self, request: WebRequest, after: FromQuery[UUID | None] = None) -> Response[str]:
        """Show the payouts that two of the staff have to let go, oldest first."""
        return await _show_review(request, after)

    @post("/review/{payout_id:uuid}/refusal", status_code=303, guards=(staff("operator"),))
    async def refuse_payout(self, request: WebRequest, payout_id: FromPath[UUID]) -> Response[str]:
        """Give back what a payout held: its owner reads the reason."""
        form = await read_form(request)
        reason = form.text("reason")
        command = payments.RefusePayout(id=payout_id, reason=reason, actor=request.actor("staff"))
        status = await request.batchers.of(payments.refuse_payouts).submit(command)
        here = "/operator/payments/review"
        match status:
            case payments.RefusePayoutStatus.REFUSED | payments.RefusePayoutStatus.EXISTS:
                return redirect(request, here, toast=_("没有放行，钱退回去了。"))
            case payments.RefusePayoutStatus.REASON_MISSING:
                errors = {payout_id: _("请写上理由。")}
                return await _show_review(request, None, errors=errors)
            case payments.RefusePayoutStatus.PAYOUT_NOT_FOUND:
                raise NotFoundException
            case payments.RefusePayoutStatus.NOT_IN_REVIEW:
                return redirect(request, here, toast=_("这笔提现已经有人处理了。"), tone="info")


_DEBTS: Final = (ledger.chart.merchant_owed, ledger.chart.wallet_owed)


async def _show_review(
    request: WebRequest, after: UUID | None, *, errors: Mapping[UUID, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        found = await payments.list_payouts_in_review(reader, after=after, limit=PAGE + 1)
        owners = {account(each.owner_id).id: each.owner_id for each in found for account in _DEBTS}
        debts = await ledger.lookup_accounts(reader, list(owners)) if owners else []
    return page(
        request,
        "supervision/payments.html",
        status_code=422 if errors else 200,
        tab="review",
        payouts=found[:PAGE],
        owed={owners[each.id]: -each.available for each in debts if each.available},
        errors=errors or {},
        now=clock.now(),
        reason_max=payments.REFUSAL_MAX,
        more=f"/operator/payments/review?after={found[PAGE - 1].id}" if len(found) > PAGE else None,
    )


class WorkPages(Controller):
    """What the program does by itself, and where it could not."""

    path = "/operator"
    guards = (staff(),)
    include_in_schema = False

    @get("/jobs")
    async def show_jobs(self, request: WebRequest) -> Response[str]:
        """Show every job: when it ran, what it did, what went wrong. What needs somebody comes first."""
        async with request.database.read() as reader:
            jobs = await get_jobs(reader)
            aside = await list_set_aside(reader, PAGE)
        return page(
            request,
            "supervision/jobs.html",
            failing=[dict(row) for row in jobs if row["error"]],
            working=[dict(row) for row in jobs if not row["error"]],
            are_alone=are_alone(jobs, clock.now()),
            aside=[dict(row) for row in aside],
        )

    @post("/jobs/resumption", status_code=303, guards=(staff("operator"),))
    async def try_again(self, request: WebRequest) -> Response[str]:
        """Have something tried again that a job could not do."""
        form = await read_form(request)
        id = form.id("id")
        if id is None or "\x00" in form.text("job"):
            raise NotFoundException
        command = ResumeDeadline(job=form.text("job"), id=id, actor=request.actor("staff"))
        (status,) = await request.database.retried(partial(resume_deadlines, commands=[command]))
        if status is ResumeStatus.NOT_FOUND:
            return redirect(request, "/operator/jobs", toast=_("它已经办好了，不用再试。"))
        return redirect(request, "/operator/jobs", toast=_("马上再试一次。"))

    @get("/events")
    async def show_set_aside(self, request: WebRequest) -> Response[str]:
        """Show the events that a subscriber failed to take too often."""
        async with request.database.read() as reader:
            rows = await get_set_aside(reader, PAGE)
        return page(request, "supervision/events.html", rows=[dict(row) for row in rows])

    @post("/events/resumption", status_code=303, guards=(staff("operator"),))
    async def resume(self, request: WebRequest) -> Response[str]:
        """Queue an event once more."""
        form = await read_form(request)
        event_id = form.id("event_id")
        if event_id is None or "\x00" in form.text("subscriber"):
            raise NotFoundException
        command = ResumeDelivery(subscriber=form.text("subscriber"), event_id=event_id, actor=request.actor("staff"))
        (status,) = await request.database.retried(partial(resume_set_aside, commands=[command]))
        if status is ResumeStatus.NOT_FOUND:
            toast = _("它已经不在这里了：别人先恢复了它。")
            return redirect(request, "/operator/events", toast=toast, tone="warn")
        return redirect(request, "/operator/events", toast=_("已重新排队，马上会再送一次。"))


def _trail(rows: Sequence[Row], people: Mapping[UUID, Person] | None = None) -> list[dict[str, Any]]:
    """Make the lines of a trail, newest first; who is among *people* is called by name."""
    lines = []
    people = people or {}
    words = trail_words()
    for row in reversed(rows):
        title, icon_name, _tone = event_word(row["type"], row["data"])
        values = dict(row)
        actor_id = values.get("actor_id")
        person = people.get(actor_id) if actor_id else None
        role = staff_role_told(row["type"], row["data"])
        by_nobody = _("服务器的命令行") if role and row["actor_kind"] == "system" else actor_word(row["actor_kind"])
        lines.append(
            {
                "title": role or words.get(row["type"], title),
                "type": row["type"],
                "icon_name": icon_name,
                "actor": person.display_name if person else by_nobody,
                "actor_id": actor_id,
                "subject_id": values.get("subject_id"),
                "request_id": values.get("request_id"),
                "address": values.get("address"),
                "at": row["at"],
                "data": msgspec.json.encode(row["data"]).decode(),
            }
        )
    return lines


def _ledgers(trial: Sequence[Row]) -> list[dict[str, Any]]:
    """Group a trial balance by ledger, with the sums that have to be equal."""
    words = code_words()
    found: dict[int, list[dict[str, Any]]] = {}
    for row in trial:
        balance = row["debits_posted"] - row["credits_posted"]
        found.setdefault(row["ledger"], []).append(
            dict(row)
            | {
                "name": words.get(row["code"], str(row["code"])),
                "balance": balance if is_debit(row["code"]) else -balance,
                "held": row["debits_pending"] + row["credits_pending"],
            }
        )
    return [
        {
            "asset": LEDGERS.get(id, str(id)),
            "rows": rows,
            "debits": sum(row["debits_posted"] for row in rows),
            "credits": sum(row["credits_posted"] for row in rows),
            "accounts": sum(row["accounts"] for row in rows),
        }
        for id, rows in found.items()
    ]


def _head(row: Row) -> dict[str, Any]:
    return {
        "lane": row["lane"],
        "batch": row["batch"],
        "hash": row["hash"].hex(),
        "unsigned": row["batch"] - row["signed_batch"],
        "signed_at": row["signed_at"],
        "key": row["public_key"].hex()[:16] if row["public_key"] else None,
    }


def _read_time(form: Form, errors: dict[str, str]) -> datetime | None:
    """Read when rules take effect, in the zone of the business; None: at once."""
    text = form.text("effective_at")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        errors["effective_at"] = _("时间写成 2026-01-31T08:00 这样。")
        return None


async def _tell_changes(reader: Reader, _before: Any, rules: Any) -> list[Change]:
    """Say what rules, as JSON has them, change of those that were published last."""
    latest, *_ = await list_trade_rules(reader, None, 1)
    return compare(trade_fields(), read_trade_rules(latest), msgspec.convert(rules, TradeRules))


TELLERS[TRADE.name] = Teller(lambda: _("交易规则"), RulePages.path, _tell_changes)


async def _show_rules(
    request: WebRequest, form: Form | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    now = clock.now()
    async with request.database.read() as reader:
        rows = await list_trade_rules(reader, None, VERSIONS)
    versions = [(row, msgspec.convert(row["rules"], TradeRules)) for row in rows]
    current, rules = next((row, its) for row, its in versions if row["effective_at"] <= now)
    fields = trade_fields()
    history = []
    for place, (row, its) in enumerate(versions):
        before = versions[place + 1][1] if place + 1 < len(versions) else None
        history.append(
            {
                "version": row["version"],
                "effective_at": row["effective_at"],
                "people": listed(name for name in (row["author"], row["approver"]) if name),
                "reason": row["reason"],
                "changes": compare(fields, before, its) if before is not None else [],
                "is_current": row is current,
                "is_coming": row["effective_at"] > now,
            }
        )
    return page(
        request,
        "supervision/rules.html",
        status_code=422 if errors else 200,
        current=current["version"],
        effective_at=current["effective_at"],
        shown=[(field.label, field.unit.show(getattr(rules, field.name))) for field in fields],
        fields=show_fields(_typed(fields), versions[0][1], form),
        history=history,
        version=versions[0][0]["version"] + 1,
        reason=form.text("reason") if form else "",
        effective_text=form.text("effective_at") if form else "",
        errors=errors or {},
        reason_max=REASON_MAX,
    )


def _typed(fields: list[Field]) -> list[Field]:
    return [field for field in fields if field.name != FEE]


ROUTES: Final = (TradePages, StaffActPages, RulePages, BookPages, PaymentPages, WorkPages)
