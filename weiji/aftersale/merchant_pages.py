"""The desk of after-sale of a shop: what waits for an answer, for goods, for a parcel; and each case by itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response, ServerSentEvent

from weiji.aftersale import answers, operations, store, words
from weiji.aftersale.machine import ANEW, BACK, MONEY, CaseKind, CaseState, CaseVerb, may
from weiji.aftersale.model import (
    PROOF_MAX,
    WORDS_MAX,
    AgreeCase,
    Case,
    CaseStatus,
    CounterCase,
    CounterReturn,
    RefundInstead,
    RefuseCase,
    RefuseReturn,
    Reship,
    ReturnAddress,
    SetReturnAddress,
    SetReturnAddressStatus,
    TakeReturn,
    proof_owner,
)
from weiji.aftersale.pages import (
    DONE,
    PROOF_BODY_BYTES_MAX,
    REPLY_FAULTS,
    follow_case,
    mark_of,
    offer_of,
    reply_by_form,
    show_cases_of,
)
from weiji.aftersale.reasons import REFUSALS, RefusalReason
from weiji.aftersale.rules import ADDRESS_PARTS, POSTCODE_MAX
from weiji.carriers import CARRIERS, carrier_name, squeeze, tracking_steps
from weiji.carriers import state_word as parcel_word
from weiji.catalog import picture_of
from weiji.events.outbox import get_trail
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.money import parse_yuan, plain_yuan
from weiji.kit.text import is_line
from weiji.media.pages import take_proof
from weiji.orders import PARCEL_MAX
from weiji.orders.numbers import DOUBTS, CheckParcel, check_parcels, doubt, guess_carrier
from weiji.web import gettext as _
from weiji.web import ngettext, page, rate, redirect, shop_staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form, read_id
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Cases on one page of a list."""

TABS: Final[Mapping[str, tuple[CaseState, ...]]] = {
    "asked": (CaseState.ASKED,),
    "returning": (CaseState.RETURNING,),
    "to_send": (CaseState.AGREED, CaseState.RETURNED, CaseState.TO_GIVE_BACK),
    "waiting": (
        CaseState.COUNTERED,
        CaseState.TO_RETURN,
        CaseState.REFUSED,
        CaseState.RETURN_COUNTERED,
        CaseState.RETURN_REFUSED,
        CaseState.DISPUTED,
    ),
    "over": (
        CaseState.REFUNDING,
        CaseState.REFUNDED,
        CaseState.RESHIPPED,
        CaseState.WITHDRAWN,
        CaseState.EXPIRED,
        CaseState.DISMISSED,
        CaseState.GIVEN_BACK,
    ),
    "all": tuple(CaseState),
}
"""The tabs of the desk, and the states that each shows."""


class MerchantCases(Controller):
    """The cases of a shop."""

    path = "/merchant/{shop_id:uuid}/aftersale"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def list(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        tab: FromQuery[str] = "asked",
        after: FromQuery[str] = "",
        say: FromQuery[str] = "",
        reason: FromQuery[str] = "",
    ) -> Response[str]:
        """List cases, the newest first. *say* is what a refusal begins from, *reason* its reason."""
        return await _show_desk(request, shop_id, tab, after, said=say, reason=reason)

    @post("/agreement", status_code=303)
    async def agree_all(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Agree to all cases that were ticked."""
        form = await read_form(request)
        commands = [AgreeCase(**each) for each in _ticked(request, shop_id, form)]
        statuses = await request.batchers.of(operations.agree_cases, "case_id").submit_all(commands)
        return _answered(request, shop_id, "asked", statuses)

    @post("/refusal", status_code=303)
    async def refuse_all(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say no to all cases that were ticked, for one reason."""
        form = await read_form(request)
        reason = _reason_of(form)
        if reason is None:
            here = f"/merchant/{shop_id}/aftersale"
            return redirect(request, here, toast=words.no_reason(), tone="warn")
        said = form.text("words")
        commands = [RefuseCase(reason=reason, words=said, **each) for each in _ticked(request, shop_id, form)]
        statuses = await request.batchers.of(operations.refuse_cases, "case_id").submit_all(commands)
        return _answered(request, shop_id, "asked", statuses)

    @post("/receipt", status_code=303)
    async def take_all(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Take back the goods of all cases that were ticked."""
        form = await read_form(request)
        is_restocked = form.is_on("is_restocked")
        commands = [TakeReturn(is_restocked=is_restocked, **each) for each in _ticked(request, shop_id, form)]
        statuses = await request.batchers.of(operations.take_returns, "case_id").submit_all(commands)
        return _answered(request, shop_id, "returning", statuses)

    @post("/address", status_code=303)
    async def set_address(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say where goods are to be sent back to."""
        form = await read_form(request)
        address = ReturnAddress(**{name: form.text(name) for name in (*ADDRESS_PARTS, "postcode")})
        command = SetReturnAddress(shop_id=shop_id, address=address, actor=request.actor("merchant"))
        status = await request.batchers.of(operations.set_return_addresses, "shop_id").submit(command)
        if status is SetReturnAddressStatus.SET:
            return redirect(request, f"/merchant/{shop_id}/aftersale", toast=_("退货地址记下了。"))
        error = _("姓名、电话、地区、详细地址都要填，不要太长。")
        return await _show_desk(request, shop_id, "asked", "", form=form, error=error)

    @get("/{case_id:uuid}")
    async def show(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        case_id: FromPath[UUID],
        say: FromQuery[str] = "",
        offer: FromQuery[str] = "",
        reason: FromQuery[str] = "",
    ) -> Response[str]:
        """Show a case, with what can be done. *say* is what an answer begins from, *offer* the kind that it offers,
        *reason* that of a refusal.
        """
        return await _show_case(request, shop_id, case_id, said=say, offered=offer, reason=reason)

    @get("/{case_id:uuid}/live")
    async def follow(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> ServerSentEvent:
        """Tell a page when its case is no longer as it shows it."""
        async with request.database.read() as reader:
            found = await store.get_case(reader, case_id)
        if found is None or found.case.shop_id != shop_id:
            raise NotFoundException
        return follow_case(request, case_id, f"/merchant/{shop_id}/aftersale/{case_id}", "#main")

    @post("/{case_id:uuid}/agreement", status_code=303)
    async def agree(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Agree to what was asked for."""
        command = AgreeCase(case_id=case_id, shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(operations.agree_cases, "case_id").submit(command)
        return _moved(request, shop_id, case_id, status, _("同意了，买家在售后里看得到。"))

    @post("/{case_id:uuid}/refusal", status_code=303, request_max_body_size=PROOF_BODY_BYTES_MAX)
    async def refuse(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Say no to what was asked for, or to what came back."""
        form = await read_form(request)
        case = await _find_case(request.database, shop_id, case_id)
        proof, is_taken = await take_proof(request, proof_owner(case.order_id), PROOF_MAX)
        is_back = case.state is CaseState.RETURNING
        given: dict[str, Any] = {
            "case_id": case_id,
            "shop_id": shop_id,
            "actor": request.actor("merchant"),
            "words": form.text("words"),
            "proof": proof,
        }
        reason = _reason_of(form)
        if not is_taken:
            status = CaseStatus.PROOF_INVALID
        elif is_back:
            status = await request.batchers.of(operations.refuse_returns, "case_id").submit(RefuseReturn(**given))
        elif reason is None:
            status = CaseStatus.REASON_NOT_ALLOWED
        else:
            command = RefuseCase(reason=reason, **given)
            status = await request.batchers.of(operations.refuse_cases, "case_id").submit(command)
        if status in SAID_FAULTS:
            is_unchosen = status is CaseStatus.REASON_NOT_ALLOWED and reason is None
            errors = {"refusal": words.no_reason() if is_unchosen else words.refusal(status)}
            return await _show_case(request, shop_id, case_id, form=form, errors=errors)
        return _moved(request, shop_id, case_id, status, _("回绝了，买家会看到你的理由。"))

    @post(
        "/{case_id:uuid}/reply",
        status_code=303,
        request_max_body_size=PROOF_BODY_BYTES_MAX,
        opt=rate("case_replies", "60/hour"),
    )
    async def reply(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Tell the buyer something."""
        form = await read_form(request)
        case = await _find_case(request.database, shop_id, case_id)
        status = await reply_by_form(request, case, form, "merchant")
        if status in REPLY_FAULTS:
            errors = {"reply": words.refusal(status)}
            return await _show_case(request, shop_id, case_id, form=form, errors=errors)
        return _moved(request, shop_id, case_id, status, _("买家看得到了。"))

    @post("/{case_id:uuid}/offer", status_code=303)
    async def counter(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Offer something else."""
        form = await read_form(request)
        kind, typed = form.text("kind"), form.text("amount")
        amount = parse_yuan(typed) if typed else 0
        if kind not in tuple(CaseKind) or amount is None:
            status = CaseStatus.AMOUNT_OUT_OF_RANGE
        else:
            command = CounterCase(
                case_id=case_id,
                shop_id=shop_id,
                actor=request.actor("merchant"),
                kind=CaseKind(kind),
                amount=amount if CaseKind(kind) in MONEY else 0,
                words=form.text("words"),
            )
            status = await request.batchers.of(operations.counter_cases, "case_id").submit(command)
        return await _offered(request, shop_id, case_id, status, form, "offer")

    @post("/{case_id:uuid}/return-offer", status_code=303, request_max_body_size=PROOF_BODY_BYTES_MAX)
    async def counter_return(
        self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]
    ) -> Response[str]:
        """Offer less for what came back."""
        form = await read_form(request)
        case = await _find_case(request.database, shop_id, case_id)
        proof, is_taken = await take_proof(request, proof_owner(case.order_id), PROOF_MAX)
        amount = parse_yuan(form.text("amount"))
        if not is_taken:
            status = CaseStatus.PROOF_INVALID
        elif amount is None:
            status = CaseStatus.AMOUNT_OUT_OF_RANGE
        else:
            command = CounterReturn(
                case_id=case_id,
                shop_id=shop_id,
                actor=request.actor("merchant"),
                amount=amount,
                words=form.text("words"),
                proof=proof,
            )
            status = await request.batchers.of(operations.counter_returns, "case_id").submit(command)
        return await _offered(request, shop_id, case_id, status, form, "return_offer")

    @post("/{case_id:uuid}/receipt", status_code=303)
    async def take_return(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Take goods back."""
        form = await read_form(request)
        command = TakeReturn(
            case_id=case_id,
            shop_id=shop_id,
            actor=request.actor("merchant"),
            is_restocked=form.is_on("is_restocked"),
        )
        status = await request.batchers.of(operations.take_returns, "case_id").submit(command)
        return _moved(request, shop_id, case_id, status, _("收下了。"))

    @post("/{case_id:uuid}/parcel", status_code=303)
    async def reship(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Send goods anew, or back."""
        form = await read_form(request)
        carrier, number = form.text("carrier"), squeeze(form.text("tracking_number"))
        errors: dict[str, str] = {}
        units = form.number("units")
        if form.text("units") and units is None:
            errors["units"] = words.refusal(CaseStatus.QUANTITY_OUT_OF_RANGE)
        if not is_line(number, PARCEL_MAX):
            errors["parcel"] = _("请填写快递单号，最多 40 个字。")
        elif not carrier:
            carrier, guessed = guess_carrier(number)
            if guessed:
                errors["parcel"] = guessed["carrier"]
        if not errors and not form.is_on("is_sure"):
            case = await _find_case(request.database, shop_id, case_id)
            async with request.database.read() as reader:
                (check,) = await check_parcels(reader, shop_id, [CheckParcel(case.order_id, carrier, number)])
            if check.status in DOUBTS:
                errors["doubt"] = doubt(check)
        if not errors:
            command = Reship(
                case_id=case_id,
                shop_id=shop_id,
                actor=request.actor("merchant"),
                carrier=carrier,
                tracking_number=number,
                units=units,
            )
            status = await request.batchers.of(operations.reship_cases, "case_id").submit(command)
            if status not in (
                CaseStatus.PARCEL_INVALID,
                CaseStatus.NUMBER_TAKEN,
                CaseStatus.SOLD_OUT,
                CaseStatus.QUANTITY_OUT_OF_RANGE,
            ):
                return _moved(request, shop_id, case_id, status, _("发出了，买家在售后里看得到。"))
            errors["units" if status is CaseStatus.QUANTITY_OUT_OF_RANGE else "parcel"] = words.refusal(status)
        return await _show_case(request, shop_id, case_id, form=form, errors=errors)

    @post("/{case_id:uuid}/refund", status_code=303)
    async def refund(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Give the money back for what can't be sent anew, or back."""
        command = RefundInstead(case_id=case_id, shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(operations.refund_instead, "case_id").submit(command)
        return _moved(request, shop_id, case_id, status, _("退款了，钱在路上。"))


SAID_FAULTS: Final = (
    CaseStatus.REASON_NOT_ALLOWED,
    CaseStatus.WORDS_INVALID,
    CaseStatus.WORDS_REFUSED,
    CaseStatus.OFFERS_PAYMENT,
    CaseStatus.PROOF_INVALID,
    CaseStatus.PROOF_MISSING,
)
"""What may be wrong with what a shop says, and is said beside its form."""

OFFER_FAULTS: Final = (
    CaseStatus.KIND_NOT_ALLOWED,
    CaseStatus.AMOUNT_OUT_OF_RANGE,
    CaseStatus.SAME_AS_ASKED,
    *SAID_FAULTS,
    CaseStatus.ADDRESS_MISSING,
)
"""What may be wrong with an offer, and is said beside its form."""


class OrderCases(Controller):
    """The cases of one order, for its page."""

    path = "/merchant/{shop_id:uuid}/orders/{order_id:uuid}/aftersale"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """List the cases of an order, the newest first."""
        async with request.database.read() as reader:
            found = await store.read_cases(reader, [order_id])
            cases = [case for case in reversed(found.values()) if case.shop_id == shop_id]
            return await show_cases_of(request, reader, order_id, cases, f"/merchant/{shop_id}/aftersale")


def _ticked(request: WebRequest, shop_id: UUID, form: Form) -> list[dict[str, Any]]:
    """Read what commands about all cases that were ticked have in common."""
    actor = request.actor("merchant")
    ids = [id for id in map(read_id, form.all("case", PAGE)) if id is not None]
    return [{"case_id": id, "shop_id": shop_id, "actor": actor} for id in ids]


def _answered(request: WebRequest, shop_id: UUID, tab: str, statuses: Sequence[CaseStatus]) -> Response[str]:
    """Say for how many of the cases that were ticked it was done, and why not for the first of the others."""
    path = f"/merchant/{shop_id}/aftersale?tab={tab}"
    if not statuses:
        return redirect(request, path, toast=_("先选几个。"), tone="warn")
    wrong = [status for status in statuses if status not in DONE]
    done = len(statuses) - len(wrong)
    toast = ngettext("办好了 %(number)s 个。", "办好了 %(number)s 个。", done) if done else ""
    if wrong:
        rest = ngettext("%(number)s 个没有办成：", "%(number)s 个没有办成：", len(wrong)) + words.refusal(wrong[0])
        return redirect(request, path, toast=" ".join(filter(None, (toast, rest))), tone="warn")
    return redirect(request, path, toast=toast)


async def _show_desk(
    request: WebRequest,
    shop_id: UUID,
    tab: str,
    after: str,
    *,
    form: Form | None = None,
    error: str | None = None,
    said: str = "",
    reason: str = "",
) -> Response[str]:
    tab = tab if tab in TABS else "asked"
    async with request.database.read() as reader:
        shop = await store.get_shop_desk(reader, shop_id)
        if shop is None:
            raise NotFoundException
        found = await store.list_cases_of_shop(
            reader, shop_id, TABS[tab], read_cursor(after, tuple[datetime, UUID]), PAGE + 1
        )
    here = f"/merchant/{shop_id}/aftersale"
    labels = {
        "asked": _("待答复"),
        "returning": _("待收货"),
        "to_send": _("待发出"),
        "waiting": _("等买家或平台"),
        "over": _("已结束"),
        "all": _("全部"),
    }
    counted = ("asked", "returning", "to_send", "waiting")
    names = (*ADDRESS_PARTS, "postcode")
    cases = found[:PAGE]
    # One reason is for all that are ticked, whatever they are.
    fitting = [reason for reason in RefusalReason if all(reason in REFUSALS[case.kind] for case in cases)]
    given = {name: form.text(name) for name in names} if form else None
    if given is None:
        given = {name: getattr(shop.address, name) if shop.address else "" for name in names}
    return page(
        request,
        "aftersale/merchant_cases.html",
        status_code=422 if error else 200,
        shop=shop,
        cases=cases,
        tab=tab,
        tabs=[
            {
                "key": key,
                "label": label,
                "href": f"{here}?tab={key}",
                "count": sum(shop.states.get(state, 0) for state in TABS[key]) if key in counted else 0,
            }
            for key, label in labels.items()
        ],
        more=f"{here}?tab={tab}&after={write_cursor(found[PAGE - 1].asked_at, found[PAGE - 1].id)}"
        if len(found) > PAGE
        else None,
        state_word=words.state_word,
        asked_word=words.asked_word,
        reason_word=words.reason_word,
        picture_of=picture_of,
        given=given,
        said=said[:WORDS_MAX],
        answers=[each for each in answers.refusals(cases[0].kind) if each.reason in fitting] if cases else [],
        reason=reason,
        reasons=_reasons(fitting),
        error=error,
        words_max=WORDS_MAX,
        lengths={**ADDRESS_PARTS, "postcode": POSTCODE_MAX},
    )


async def _show_case(
    request: WebRequest,
    shop_id: UUID,
    case_id: UUID,
    *,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    said: str = "",
    offered: str = "",
    reason: str = "",
) -> Response[str]:
    async with request.database.read() as reader:
        found = await store.get_case(reader, case_id)
        if found is None or found.case.shop_id != shop_id:
            raise NotFoundException
        trail = await get_trail(reader, case_id)
    case = found.case
    is_own = case.buyer_id == request.caller.person_id
    verdict = words.verdict_of(trail)
    names = ("words", "reason", "kind", "amount", "carrier", "tracking_number", "units")
    fresh = {"amount": plain_yuan(case.amount), "words": said[:WORDS_MAX], "kind": offered, "reason": reason}
    given = {name: form.text(name) for name in names} if form else fresh
    return page(
        request,
        "aftersale/merchant_case.html",
        status_code=422 if errors else 200,
        shop={"id": shop_id, "handle": found.shop_handle, "name": case.shop_name},
        case=case,
        state=words.state_word(case, found.replacement, verdict),
        kind=words.kind_word(case.kind),
        reason=words.reason_word(case.reason),
        freight=words.freight_word(case),
        offer=offer_of(case),
        kinds=[(kind.value, words.kind_word(kind).word) for kind in _offers(found)],
        steps=words.steps_of(trail),
        verdict=verdict,
        money=words.money_word(case, found.order_state),
        is_disputed=any(row["type"] == "DisputeOpened" for row in trail),
        can=_can(case, is_own=is_own),
        is_own=is_own,
        is_back=case.kind in BACK,
        asked=found.asked,
        asked_max=found.asked_max,
        in_stock=found.in_stock,
        sent_to=found.sent_to,
        is_picked_up=found.is_picked_up,
        carriers=[carrier_name(carrier) for carrier in CARRIERS],
        said=operations.sayings_of(trail),
        saying_word=words.saying_word,
        reply_id=new_id(),
        returned=found.returned,
        replacement=found.replacement,
        parcel_word=parcel_word,
        tracking_steps=tracking_steps,
        address=found.shop_address,
        errors=errors or {},
        given=given,
        answers=_answers(found),
        reasons=_reasons(REFUSALS[case.kind]),
        picture_of=picture_of,
        words_max=WORDS_MAX,
        proof_max=PROOF_MAX,
        parcel_max=PARCEL_MAX,
        mark=mark_of(case),
    )


async def _find_case(database: Database, shop_id: UUID, case_id: UUID) -> Case:
    async with database.read() as reader:
        found = await store.get_case(reader, case_id)
    if found is None or found.case.shop_id != shop_id:
        raise NotFoundException
    return found.case


async def _offered(
    request: WebRequest, shop_id: UUID, case_id: UUID, status: CaseStatus, form: Form, field: str
) -> Response[str]:
    """Answer an offer: what is wrong with it is said beside its form, which *field* names."""
    if status not in OFFER_FAULTS:
        return _moved(request, shop_id, case_id, status, _("提给买家了。"))
    return await _show_case(request, shop_id, case_id, form=form, errors={field: words.refusal(status)})


def _offers(found: store.CaseView) -> list[CaseKind]:
    """List the kinds that a shop may offer instead."""
    if found.case.kind is CaseKind.CANCEL:
        return [CaseKind.CANCEL]
    return [k for k in CaseKind if k is not CaseKind.CANCEL and not (found.is_picked_up and k in ANEW)]


def _answers(found: store.CaseView) -> dict[str, list[answers.Answer]]:
    """Give what the forms of a case may begin from."""
    case, kinds = found.case, _offers(found)
    is_back = case.state is CaseState.RETURNING
    return {
        "refusal": answers.return_refusals()
        if is_back
        else answers.refusals(case.kind, is_picked_up=found.is_picked_up),
        "return_offer": answers.return_offers(),
        "offer": [answer for answer in answers.offers(case.kind) if answer.kind in kinds],
    }


def _reason_of(form: Form) -> RefusalReason | None:
    """Read for which reason a shop says no; None: none was chosen."""
    chosen = form.text("reason")
    return RefusalReason(chosen) if chosen in tuple(RefusalReason) else None


def _reasons(reasons: Iterable[RefusalReason]) -> list[tuple[str, str]]:
    """Offer reasons for which a shop may say no."""
    return [("", _("请选择")), *((reason.value, words.refusal_word(reason)) for reason in reasons)]


def _can(case: Case, *, is_own: bool) -> dict[str, bool]:
    verbs = {
        "agree": CaseVerb.AGREE,
        "refuse": CaseVerb.REFUSE,
        "take_return": CaseVerb.TAKE_RETURN,
        "counter_return": CaseVerb.COUNTER_RETURN,
        "refuse_return": CaseVerb.REFUSE_RETURN,
        "dispute": CaseVerb.DISPUTE,
        "reship": CaseVerb.RESHIP,
        "refund": CaseVerb.REFUND_INSTEAD,
    }
    goes_on = case.suspended_at is None and not is_own
    can = {name: goes_on and may(verb, case.state, case.kind, "merchant") for name, verb in verbs.items()}
    return {**can, "reply": case.is_talked_about and not is_own}


def _moved(request: WebRequest, shop_id: UUID, case_id: UUID, status: CaseStatus, done: str) -> Response[str]:
    if status is CaseStatus.CASE_NOT_FOUND:
        raise NotFoundException
    path = f"/merchant/{shop_id}/aftersale/{case_id}"
    if status in DONE:
        return redirect(request, path, toast=done)
    return redirect(request, path, toast=words.refusal(status), tone="warn")


ROUTES: Final = (MerchantCases, OrderCases)
