"""Where the operator's staff propose to move money by hand, and approve what others proposed."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from msgspec import UNSET

from weiji.approvals import store, words
from weiji.approvals.makers import MAKERS, check_may_decide, check_may_propose
from weiji.approvals.model import (
    AMOUNT_MAX,
    MOVED,
    REASON_MAX,
    REFERENCE_MAX,
    WAY_MAX,
    Adjustment,
    ChargebackNotice,
    Compensation,
    CourtExecution,
    CourtFreeze,
    CourtRelease,
    DecideProposal,
    DecideStatus,
    Deed,
    DormantReturn,
    OwnFunds,
    PayoutOutcome,
    PayoutRelease,
    PeriodClose,
    Place,
    PlaceKind,
    Proposal,
    ProposeDeed,
    ProposeStatus,
    RefundByHand,
    RoleGrant,
    RulesRelease,
    State,
    StatementRelease,
    Verdict,
    WriteOff,
)
from weiji.approvals.operations import decide_proposals, propose_deeds
from weiji.approvals.rules import amount_of, moves_money
from weiji.court_orders import COURT_MAX, NUMBER_MAX, HeldPlace, get_court_order
from weiji.court_orders.words import place_words
from weiji.deposits import get_compensable, get_compensations, get_stakes
from weiji.dormancy import get_dormancy
from weiji.identity import (
    check_entered_password,
    find_person,
    get_people,
    payment_password_error,
    person_word,
)
from weiji.kit import clock
from weiji.kit.db import Database, Reader
from weiji.kit.ids import new_id
from weiji.kit.money import parse_yuan
from weiji.kit.text import is_line, read_hash
from weiji.ledger import chart
from weiji.payments import ChargebackNews, PayoutEnd, channel_word, get_payments, get_payouts
from weiji.periods import read_month
from weiji.rulebook.telling import TELLERS
from weiji.shops import find_shop, get_shops
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.formats import instant, money
from weiji.web.forms import Form, read_form, read_id, read_time
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Lines on one page of a list."""


class ApprovalPages(Controller):
    """What is moved by hand."""

    path = "/operator/approvals"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: WebRequest, tab: FromQuery[str] = "open", before: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """List what waits for another of the staff, or what is over."""
        is_open = tab != "over"
        async with request.database.read() as reader:
            found = await store.list_proposals(reader, clock.now(), is_open=is_open, before=before, limit=PAGE + 1)
            people = await get_people(reader, list({each.maker_id for each in found}))
        here = "/operator/approvals"
        return page(
            request,
            "approvals/index.html",
            tab="open" if is_open else "over",
            tabs=[
                {"key": "open", "label": _("等人复核"), "href": here},
                {"key": "over", "label": _("处理过的"), "href": f"{here}?tab=over"},
            ],
            lines=[
                {
                    "proposal": each,
                    "word": words.deed_word(each.deed),
                    "amount": amount_of(each.deed),
                    "has_amount": moves_money(each.deed),
                    "state": words.state_word(each.state, is_expired=each.expires_at <= clock.now()),
                    "maker": person_word(people, each.maker_id),
                }
                for each in found[:PAGE]
            ],
            more=f"{here}?tab={'open' if is_open else 'over'}&before={found[PAGE - 1].id}"
            if len(found) > PAGE
            else None,
        )

    @get("/new", guards=(MAKERS,))
    async def show_form(self, request: WebRequest, deed: FromQuery[str] = "adjustment") -> Response[str]:
        """Show the form of a proposal, filled in as far as the address says."""
        check_may_propose(request.caller, [deed])
        given = {name: request.query_params.get(name, "")[:64] for name in _FIELDS}
        return await _form_page(request, deed, given, {})

    @post("/", status_code=303, guards=(MAKERS,), opt=rate("approvals", "60/minute"))
    async def propose(self, request: WebRequest) -> Response[str]:
        """Propose to move money by hand."""
        form = await read_form(request)
        name = form.text("deed")
        check_may_propose(request.caller, [name])
        errors: dict[str, str] = {}
        deed, near = _read_deed(form.but(await _find_owners(request.database, form)), name, errors)
        given = {field: form.text(field) for field in _FIELDS}
        if deed is not None and (wrong := await _foresee(request.database, deed)):
            deed, errors = None, wrong
        if deed is None:
            return await _form_page(request, name, given, errors)
        command = ProposeDeed(
            id=form.id_near("id", near),
            deed=deed,
            reason=form.text("reason"),
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(propose_deeds).submit(command)
        if status in (ProposeStatus.PROPOSED, ProposeStatus.EXISTS):
            return redirect(request, f"/operator/approvals/{command.id}", toast=_("提上去了，等一位同事复核。"))
        field, text = words.proposing_error(status)
        return await _form_page(request, name, given, {field: text})

    @get("/{proposal_id:uuid}")
    async def show(self, request: WebRequest, proposal_id: FromPath[UUID]) -> Response[str]:
        """Show exactly what is proposed, with what the reader may do about it."""
        return await _show(request, proposal_id)

    @post("/{proposal_id:uuid}", status_code=303, guards=(MAKERS,), opt=rate("password", "30/minute"))
    async def decide(self, request: WebRequest, proposal_id: FromPath[UUID]) -> Response[str]:
        """Approve, reject or take back."""
        form = await read_form(request)
        asked = form.text("verdict")
        check_may_decide(request.caller, [asked])
        if asked not in tuple(Verdict):
            return redirect(request, f"/operator/approvals/{proposal_id}")
        verdict = Verdict(asked)
        refusal = None
        if verdict is Verdict.APPROVE:
            check = await check_entered_password(request, form)
            refusal = check.refusal
        command = DecideProposal(
            id=proposal_id,
            verdict=verdict,
            actor=request.actor("staff"),
            hash=read_hash(form.text("hash")),
            note=form.text("note"),
            refusal=refusal,
        )
        result = await request.batchers.of(decide_proposals).submit(command)
        here = f"/operator/approvals/{proposal_id}"
        match result.status:
            case DecideStatus.APPROVED:
                return redirect(request, here, toast=_("通过了，已经执行。"))
            case DecideStatus.REJECTED:
                return redirect(request, here, toast=_("驳回了。"))
            case DecideStatus.WITHDRAWN:
                return redirect(request, here, toast=_("撤回了。"))
            case DecideStatus.EXISTS:
                return redirect(request, here)
            case DecideStatus.PROPOSAL_NOT_FOUND:
                raise NotFoundException
            case status if refusal is not None and status == refusal.status:
                errors = {"password": payment_password_error(check)}
            case DecideStatus.REASON_MISSING:
                errors = {"note": words.deciding_error(result)}
            case _:
                errors = {"form": words.deciding_error(result)}
        return await _show(request, proposal_id, errors)


_HASH: Final = re.compile(r"^[0-9a-f]{64}\Z")

_FIELDS: Final = (
    "shop",
    "refund",
    "payout",
    "order",
    "payment",
    "case",
    "reference",
    "what",
    "fee",
    "said",
    "respond_by",
    "month",
    "trial",
    "corrects",
    "court_order",
    "owner",
    "place",
    "court",
    "number",
    "way",
    "amount",
    "reason",
    "debit_kind",
    "debit_owner",
    "debit_name",
    "credit_kind",
    "credit_owner",
    "credit_name",
)


def _read_deed(form: Form, name: str, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    """Read what is proposed, and near whom; say what is wrong with it."""
    amount = parse_yuan(form.text("amount"))
    is_open_ended = name in ("court_release", "period_close") or (name == "court_freeze" and not form.text("amount"))
    if not is_open_ended and (amount is None or not 1 <= amount <= AMOUNT_MAX):
        errors["amount"] = _("请写一个金额，例如 1234.50。")
    if name in _READ:
        return _READ[name](form, amount, errors)
    if name == "write_off":
        shop_id = read_id(form.text("shop"))
        if shop_id is None:
            errors["shop"] = _("没有这个店铺。写它的网址名，例如 wanwu。")
        if errors or shop_id is None or amount is None:
            return None, new_id()
        return WriteOff(shop_id=shop_id, amount=amount), shop_id
    debit, credit = (_read_place(form, side, errors) for side in ("debit", "credit"))
    if errors or debit is None or credit is None or amount is None:
        return None, new_id()
    near = debit.owner_id or credit.owner_id or chart.TREASURY
    corrects = form.text("corrects")
    if corrects and read_month(corrects) is None:
        errors["corrects"] = _("月份写成 2026-01 这样。")
        return None, near
    return Adjustment(debit=debit, credit=credit, amount=amount, corrects=corrects or None), near


_NAMED_BY: Final[Mapping[str, Callable[[Reader, str], Awaitable[UUID | None]]]] = {
    # Write-offs, compensations and payouts say no kind of account.
    "": find_shop,
    PlaceKind.MERCHANT_AVAILABLE: find_shop,
    HeldPlace.MERCHANT_PENDING: find_shop,
    PlaceKind.MERCHANT_DEPOSIT: find_shop,
    PlaceKind.MERCHANT_OWED: find_shop,
    PlaceKind.WALLET: find_person,
    PlaceKind.WALLET_OWED: find_person,
}
"""Whose name an account is called by. A campaign, whose budget is filled, has none: it goes by its id."""


async def _find_owners(database: Database, form: Form) -> dict[str, str]:
    """Find the ids of shops and people that were named as their colleagues know them: by handle, or phone number.

    A shop's handle may look like another's id, so names come first.
    """
    is_persons = form.text("deed") == "dormant_return"
    kinds = {"shop": "", "owner": PlaceKind.WALLET if is_persons else form.text("place")}
    kinds |= {f"{side}_owner": form.text(f"{side}_kind") for side in ("debit", "credit")}
    named = {field: text for field in kinds if (text := form.text(field))}
    if not named:
        return {}
    found: dict[str, str] = {}
    async with database.read() as reader:
        for field, text in named.items():
            find = _NAMED_BY.get(kinds[field])
            if find is not None and (id := await find(reader, text)):
                found[field] = str(id)
    return found


def _read_near(form: Form, name: str, errors: dict[str, str]) -> UUID:
    """Read the id of what a deed is about; a new one where there is none, which is said."""
    id = read_id(form.text(name))
    if id is None:
        errors[name] = _("没有找到。看看写得对不对。")
    return id or new_id()


def _read_refund(form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    refund_id = _read_near(form, "refund", errors)
    way = form.text("way")[:WAY_MAX]
    deed = RefundByHand(refund_id=refund_id, amount=amount or 0, way=way)
    return None if errors else deed, refund_id


def _read_payout(form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    payout_id, owner_id = _read_near(form, "payout", errors), _read_near(form, "owner", errors)
    return None if errors else PayoutRelease(payout_id=payout_id, owner_id=owner_id, amount=amount or 0), payout_id


def _read_outcome(form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    payout_id, owner_id = _read_near(form, "payout", errors), _read_near(form, "owner", errors)
    outcome, reference, said = form.text("what"), form.text("reference")[:REFERENCE_MAX], form.text("said")[:WAY_MAX]
    if outcome not in words.outcome_words():
        errors["what"] = _("请选一个。")
    elif outcome == "paid" and not reference:
        errors["reference"] = _("到账了就有流水号，请在渠道那里查到它。")
    elif outcome == "not_paid" and not said:
        errors["said"] = _("请写一句，提现的人会看到。")
    if errors:
        return None, payout_id
    deed = PayoutOutcome(
        payout_id=payout_id,
        owner_id=owner_id,
        amount=amount or 0,
        outcome=msgspec.convert(outcome, PayoutEnd),
        reference=reference,
        said=said if outcome == "not_paid" else "",
    )
    return deed, payout_id


def _read_compensation(form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    shop_id, order_id, payment_id = (_read_near(form, name, errors) for name in ("shop", "order", "payment"))
    case_id = _read_near(form, "case", errors) if form.text("case") else UNSET
    deed = Compensation(shop_id=shop_id, order_id=order_id, payment_id=payment_id, amount=amount or 0, case_id=case_id)
    return None if errors else deed, shop_id


def _read_chargeback(form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    payment_id = _read_near(form, "payment", errors)
    what, fee = form.text("what"), parse_yuan(form.text("fee") or "0")
    if not is_line(form.text("reference"), REFERENCE_MAX):
        errors["reference"] = _("请写渠道给的编号。")
    if what not in words.told_words():
        errors["what"] = _("请选一个。")
    if fee is None or not 0 <= fee <= AMOUNT_MAX:
        errors["fee"] = _("请写一个金额，例如 1234.50。")
    respond_by = read_time(form.text("respond_by")) if form.text("respond_by") else None
    if form.text("respond_by") and respond_by is None:
        errors["respond_by"] = _("请写一个时间。")
    if errors or fee is None:
        return None, payment_id
    deed = ChargebackNotice(
        payment_id=payment_id,
        reference=form.text("reference")[:REFERENCE_MAX],
        what=msgspec.convert(what, ChargebackNews),
        amount=amount or 0,
        fee=fee,
        said=form.text("said")[:WAY_MAX],
        respond_by=respond_by or UNSET,
    )
    return deed, payment_id


def _read_return(form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    person_id = _read_near(form, "owner", errors)
    return None if errors else DormantReturn(person_id=person_id, amount=amount or 0), person_id


def _read_closing(form: Form, _amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    month, trial = form.text("month"), form.text("trial")
    if read_month(month) is None:
        errors["month"] = _("月份写成 2026-01 这样。")
    elif not _HASH.match(trial):
        errors["trial"] = _("请从那个月的页面上提。")
    return None if errors else PeriodClose(month=month, trial=trial), chart.TREASURY


def _read_own_funds(_form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    return None if errors else OwnFunds(amount=amount or 0), chart.TREASURY


def _read_freeze(form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    owner_id = _read_near(form, "owner", errors)
    place = form.text("place")
    if place not in tuple(HeldPlace):
        errors["place"] = _("请选一个账户。")
        return None, owner_id
    deed = CourtFreeze(
        owner_id=owner_id,
        place=HeldPlace(place),
        amount=amount,
        court=form.text("court")[:COURT_MAX],
        number=form.text("number")[:NUMBER_MAX],
    )
    return None if errors else deed, owner_id


def _read_execution(form: Form, amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    id = _read_near(form, "court_order", errors)
    number, way = form.text("number")[:NUMBER_MAX], form.text("way")[:WAY_MAX]
    deed = CourtExecution(court_order_id=id, amount=amount or 0, number=number, way=way)
    return None if errors else deed, id


def _read_release(form: Form, _amount: int | None, errors: dict[str, str]) -> tuple[Deed | None, UUID]:
    id = _read_near(form, "court_order", errors)
    deed = CourtRelease(court_order_id=id, number=form.text("number")[:NUMBER_MAX])
    return None if errors else deed, id


_READ: Final[dict[str, Callable[[Form, int | None, dict[str, str]], tuple[Deed | None, UUID]]]] = {
    "refund_by_hand": _read_refund,
    "payout_release": _read_payout,
    "payout_outcome": _read_outcome,
    "period_close": _read_closing,
    "compensation": _read_compensation,
    "chargeback_notice": _read_chargeback,
    "dormant_return": _read_return,
    "own_funds": _read_own_funds,
    "court_freeze": _read_freeze,
    "court_execution": _read_execution,
    "court_release": _read_release,
}


def _read_place(form: Form, side: str, errors: dict[str, str]) -> Place | None:
    kind = form.text(f"{side}_kind")
    owner = form.text(f"{side}_owner")
    owner_id = read_id(owner)
    name = form.text(f"{side}_name")[:40]
    if kind not in tuple(PlaceKind):
        errors[f"{side}_kind"] = _("请选一个账户。")
        return None
    if owner and owner_id is None:
        errors[f"{side}_owner"] = _("没有找到。看看写得对不对。")
        return None
    return Place(kind=PlaceKind(kind), owner_id=owner_id, name=name)


async def _foresee(database: Database, deed: Deed) -> dict[str, str]:
    """Say what is plain to see can't be done, before two agree to it."""
    async with database.read() as reader:
        match deed:
            case Compensation():
                stake = (await get_stakes(reader, [deed.shop_id])).get(deed.shop_id)
                if stake is not None and stake.deposit < deed.amount:
                    return {"amount": _("这家店的保证金只有 %(amount)s。", amount=money(stake.deposit))}
                left = await get_compensable(reader, deed.shop_id, deed.order_id, deed.payment_id)
                if left is None:
                    return {"payment": _("这笔付款里没有这家店的这个订单。")}
                if left < deed.amount:
                    return {"amount": _("这个订单最多还能赔 %(amount)s。", amount=money(left))}
            case ChargebackNotice():
                (payment,) = await get_payments(reader, [deed.payment_id])
                if payment is None:
                    return {"payment": _("没有这笔付款。")}
                if deed.amount > payment.captured:
                    return {"amount": _("这笔付款只收了 %(amount)s。", amount=money(payment.captured))}
            case DormantReturn():
                lying = await get_dormancy(reader, deed.person_id)
                if lying is None or not lying.dormant:
                    return {"owner": _("没有另存着的钱。")}
                if lying.dormant != deed.amount:
                    return {"amount": _("另存着的是 %(amount)s，要还就都还。", amount=money(lying.dormant))}
    return {}


async def _compensated(reader: Reader, shop_id: UUID, order_id: UUID | None) -> list[tuple[str, str]]:
    """Say what an order's buyer was given before."""
    if order_id is None:
        return []
    before = (await get_compensations(reader, [shop_id], [order_id])).get(order_id, [])
    return [(_("这个订单已经赔过"), money(sum(each.amount for each in before)))]


async def _about(database: Database, deed: str, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Say what a proposal is about that stands on a page already; nothing where its id is still to be written."""
    if deed in ("court_execution", "court_release") and (id := read_id(given["court_order"])):
        async with database.read() as reader:
            found = await get_court_order(reader, id)
        return words.court_order_facts(*found) if found else []
    if deed == "compensation" and (id := read_id(given["shop"])):
        async with database.read() as reader:
            stake = (await get_stakes(reader, [id])).get(id)
            before = await _compensated(reader, id, read_id(given["order"]))
        return [(_("店铺"), stake.name), (_("保证金"), money(stake.deposit)), *before] if stake else []
    if deed == "dormant_return" and (id := read_id(given["owner"])):
        async with database.read() as reader:
            lying = await get_dormancy(reader, id)
            people = await get_people(reader, [id])
        if lying is None or not lying.dormant:
            return []
        return [
            (_("谁的钱"), person_word(people, id)),
            (_("什么时候另存的"), instant(lying.dormancy.moved_at, "minute") if lying.dormancy.moved_at else "–"),
            (_("另存着的钱"), money(lying.dormant)),
        ]
    if deed in ("payout_release", "payout_outcome") and (id := read_id(given["payout"])):
        async with database.read() as reader:
            payout = (await get_payouts(reader, [id])).get(id)
            if payout is None or str(payout.owner_id) != given["owner"]:
                return []
            if payout.source == "merchant_available":
                (shop,) = await get_shops(reader, [payout.owner_id])
                owner = shop.name if shop else str(payout.owner_id)
            else:
                owner = person_word(await get_people(reader, [payout.owner_id]), payout.owner_id)
        facts = [(_("谁的钱"), owner), (_("什么时候"), instant(payout.created_at, "minute"))]
        if deed == "payout_outcome":
            facts += [(_("渠道"), channel_word(payout.channel)), (_("在渠道那里的编号"), payout.id.hex)]
        return facts
    return []


async def _form_page(
    request: WebRequest, deed: str, given: Mapping[str, str], errors: Mapping[str, str]
) -> Response[str]:
    deed = deed if deed == "write_off" or deed in _READ else "adjustment"
    here = "/operator/approvals/new"
    tabs = [
        {"key": "adjustment", "label": _("人工调账"), "href": here},
        {"key": "write_off", "label": _("核销店铺欠款"), "href": f"{here}?deed=write_off"},
        {"key": "court_freeze", "label": _("司法冻结"), "href": f"{here}?deed=court_freeze"},
    ]
    tabs = tabs if request.caller.has_role("operator") else []
    if all(tab["key"] != deed for tab in tabs):
        # What is about something else that stands on a page: one comes from there.
        tabs.append({"key": deed, "label": words.deed_words()[deed], "href": f"{here}?deed={deed}"})
    return page(
        request,
        "approvals/form.html",
        status_code=422 if errors else 200,
        deed=deed,
        tabs=tabs,
        places=[("", _("请选择")), *place_words().items()],
        told=[("", _("请选择")), *words.told_words().items()],
        outcomes=[("", _("请选择")), *words.outcome_words().items()],
        kinds=[("", _("请选择")), *((kind, word) for kind, word in words.place_words().items() if kind in MOVED)],
        about=await _about(request.database, deed, given),
        id=str(new_id(chart.TREASURY)),
        given={field: given.get(field, "") for field in _FIELDS},
        errors=errors,
        reason_max=REASON_MAX,
    )


async def _show(request: WebRequest, proposal_id: UUID, errors: Mapping[str, str] | None = None) -> Response[str]:
    async with request.database.read() as reader:
        found = await store.get_proposal(reader, proposal_id)
        if found is None:
            raise NotFoundException
        proposal = found.proposal
        deed, teller, changes = proposal.deed, None, []
        if isinstance(deed, RulesRelease) and proposal.state is State.PROPOSED:
            teller = TELLERS[deed.of]
            changes = await teller.tell(reader, found.latest, deed.rules)
        facts = words.facts_of(deed, found.owners, found.person)
        if isinstance(deed, Compensation):
            facts += await _compensated(reader, deed.shop_id, deed.order_id)
        if isinstance(deed, RoleGrant) and proposal.state is State.PROPOSED:
            facts += words.roles_held(found.person)
        if (court_order_id := _court_order(deed)) and (ordered := await get_court_order(reader, court_order_id)):
            facts = words.court_order_facts(*ordered) + facts[1:]
    is_expired = proposal.expires_at <= clock.now()
    return page(
        request,
        "approvals/show.html",
        status_code=422 if errors else 200,
        proposal=proposal,
        word=words.deed_word(proposal.deed),
        amount=amount_of(proposal.deed),
        has_amount=moves_money(proposal.deed),
        facts=facts,
        changes=changes,
        rules_path=teller.path if teller is not None else None,
        trial_path=teller.see(deed.rules) if teller is not None and isinstance(deed, RulesRelease) else None,
        state=words.state_word(proposal.state, is_expired=is_expired),
        hash=proposal.hash.hex(),
        raw=_raw(proposal),
        payout_id=deed.payout_id if isinstance(deed, PayoutRelease | PayoutOutcome) else None,
        month=_month(proposal.deed),
        statement_id=proposal.deed.statement_id if isinstance(proposal.deed, StatementRelease) else None,
        order_id=proposal.deed.order_id if isinstance(proposal.deed, Compensation) else None,
        case_id=proposal.deed.case_id or None if isinstance(proposal.deed, Compensation) else None,
        court_order_id=_court_order(deed),
        person_id=deed.person_id if isinstance(deed, RoleGrant) else None,
        note=words.note_of(proposal),
        maker=found.maker,
        checker=found.checker,
        is_open=proposal.state == "proposed",
        is_expired=is_expired,
        is_own=proposal.maker_id == request.caller.person_id,
        may_decide=request.caller.has_role("operator"),
        reason_max=REASON_MAX,
        errors=errors or {},
    )


def _court_order(deed: Deed) -> UUID | None:
    return deed.court_order_id if isinstance(deed, CourtExecution | CourtRelease) else None


def _month(deed: Deed) -> str | None:
    if isinstance(deed, PeriodClose):
        return deed.month
    return deed.corrects if isinstance(deed, Adjustment) else None


def _raw(proposal: Proposal) -> str:
    return msgspec.json.encode(proposal.deed, order="sorted").decode()


ROUTES: Final = (ApprovalPages,)
"""What the program serves of this module."""
