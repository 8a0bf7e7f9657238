"""The buyer's pages of after-sale: asking, one's cases, and each case with what can be done."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response, ServerSentEvent
from msgspec import Struct
from msgspec.structs import replace

from weiji.aftersale import operations, store, words
from weiji.aftersale.machine import ANEW, BACK, MONEY, OPEN, CaseKind, CaseState, CaseVerb, may
from weiji.aftersale.model import (
    PROOF_MAX,
    REPLIES_MAX,
    WORDS_MAX,
    AcceptOffer,
    AskCase,
    Case,
    CaseStatus,
    DeclineOffer,
    ReplyToCase,
    SendBack,
    WithdrawCase,
    proof_owner,
    replacement_parcel,
)
from weiji.aftersale.numbers import CheckReturn, check_returns
from weiji.aftersale.reasons import NO_REASON, REASONS, Reason
from weiji.aftersale.rules import Holding, has_kind, holdings_of, is_agreed_at_once
from weiji.carriers import CARRIERS, carrier_name, squeeze, tracking_steps
from weiji.carriers import state_word as parcel_word
from weiji.catalog import picture_of
from weiji.catalog.return_words import no_reason_word
from weiji.catalog.returning import ReturnTerms
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.db import Database, Reader
from weiji.kit.idempotency import Key
from weiji.kit.ids import derive, new_id
from weiji.kit.money import parse_yuan, plain_yuan
from weiji.kit.text import is_line
from weiji.media import BYTES_MAX
from weiji.media.pages import take_proof
from weiji.orders import (
    PARCEL_MAX,
    Bounds,
    Line,
    Order,
    State,
    get_order,
    may_ask_aftersale,
    may_return_for_no_reason,
    refund_bounds,
)
from weiji.orders.numbers import DOUBTS, guess_carrier
from weiji.web import Caller, following, fragment, page, rate, redirect, signed_in
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form
from weiji.web.pictures import read_address
from weiji.web.requests import WebRequest

CASES: Final = 10
"""Cases on one page of a list."""

PROOF_BODY_BYTES_MAX: Final = PROOF_MAX * BYTES_MAX + 1024**2
"""A form with as many pictures as may be shown."""

TABS: Final[dict[str, tuple[CaseState, ...]]] = {
    "all": tuple(CaseState),
    "open": tuple(state for state in CaseState if state in OPEN or state is CaseState.REFUNDING),
    "over": tuple(state for state in CaseState if state not in OPEN and state is not CaseState.REFUNDING),
}
"""The tabs of the list, and the states that each shows."""

DONE: Final = (CaseStatus.DONE, CaseStatus.EXISTS)
ASKED_BEFORE: Final = (CaseStatus.EXISTS, CaseStatus.EXISTS_WITH_DIFFERENT_CASE)
GIVEN_UP: Final = (CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.EXPIRED)
"""States from which the buyer may ask anew for what they asked for."""
REPLY_FAULTS: Final = (
    CaseStatus.WORDS_INVALID,
    CaseStatus.WORDS_REFUSED,
    CaseStatus.OFFERS_PAYMENT,
    CaseStatus.PROOF_INVALID,
    CaseStatus.TOO_MANY_REPLIES,
)


class Askable(Struct, frozen=True):
    """A line about which something may be asked: how many units, what may go back for all of them, and what the buyer
    has of it: more than one SKU, where some were exchanged.
    """

    line: Line
    units: int
    bounds: Bounds | None
    held: Sequence[Holding]

    @property
    def looks(self) -> Line:
        """What it looks like: what the buyer has; what was ordered, where they have several."""
        if len(self.held) != 1:
            return self.line
        (has,) = self.held
        return replace(self.line, sku_id=has.sku_id, choices=has.choices, picture=has.picture)

    @property
    def is_mixed(self) -> bool:
        """Whether they have several SKUs of it: then one is asked about at a time."""
        return len(self.held) > 1

    @property
    def at_once(self) -> int:
        """How many units may be asked about at once."""
        return max(each.quantity for each in self.held) if self.is_mixed else self.units

    @property
    def choices(self) -> str:
        """What they have of it, in the words of its options."""
        if self.is_mixed:
            return " / ".join(f"{' · '.join(each.choices)} ×{each.quantity}" for each in self.held)
        return " · ".join(self.looks.choices)


def kinds_of(order: Order) -> list[CaseKind]:
    """List what may be asked about an order, as it stands."""
    if order.is_virtual:
        return [CaseKind.REFUND]
    kinds = []
    if order.state in (State.PAID, State.PART_SHIPPED) and any(line.sendable for line in order.lines):
        kinds.append(CaseKind.CANCEL)
    if any(line.shipped > line.returned for line in order.lines):
        kinds += [CaseKind.RETURN, CaseKind.REFUND, *(kind for kind in ANEW if has_kind(order, kind))]
    return kinds


def askable(order: Order, kind: CaseKind, cases: Sequence[Case] = ()) -> list[Askable]:
    """List the lines about which a kind of thing may be asked, with what came of them in *cases*."""
    found = []
    is_unsent = kind is CaseKind.CANCEL
    for line in order.lines:
        units = line.sendable if is_unsent else line.shipped - line.returned
        bounds = refund_bounds(order, line, units, is_unsent=is_unsent) if kind in MONEY and units > 0 else None
        if not may_ask_aftersale(order, clock.now(), line):
            continue
        if units > 0 and (bounds is None or bounds.most > 0):
            held = [] if is_unsent else holdings_of(order.id, line, cases)
            found.append(Askable(line, units, bounds, held))
    return found


class AskPages(Controller):
    """Asking for something about an order. Somebody else's is not there."""

    path = "/orders/{order_id:uuid}/aftersale"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(
        self, request: WebRequest, order_id: FromPath[UUID], kind: FromQuery[str] = "", again: FromQuery[str] = ""
    ) -> Response[str]:
        """Let the buyer say what they want; then the form for that. *again* is the case whose words it begins with."""
        order = await _order_of(request.database, order_id, request.caller)
        return await _show_form(request, order, kind, again=again)

    @post("/", request_max_body_size=PROOF_BODY_BYTES_MAX, opt=rate("ask_cases", "60/minute"))
    async def ask(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Open a case for each line that was chosen."""
        order = await _order_of(request.database, order_id, request.caller)
        form = await read_form(request)
        chosen = form.text("kind")
        if chosen not in tuple(CaseKind):
            return await _show_form(request, order, "")
        kind = CaseKind(chosen)
        errors: dict[str, str] = {}
        told: list[str] = []
        reason = form.text("reason")
        if reason not in REASONS[kind]:
            errors["reason"] = words.no_reason()
        wanted = _read_lines(form, order, kind, errors)
        # A form that comes back keeps the pictures that it had: no browser sends them again by itself.
        kept = [url for url in form.all("kept", PROOF_MAX) if read_address(url)]
        taken, is_taken = await take_proof(request, proof_owner(order_id), PROOF_MAX - len(kept))
        if not is_taken and kept:
            errors["proof"] = _("新选的图片没有都加上。请换 JPEG、PNG、WebP 或 GIF，和留着的一起最多 9 张。")
        elif not is_taken:
            errors["proof"] = _("有图片没能处理。请换 JPEG、PNG、WebP 或 GIF，最多 9 张。")
        proof = tuple(dict.fromkeys((*kept, *taken)))
        id = form.id_near("id", order_id)
        if not errors:
            actor = request.actor("buyer")
            commands = [
                AskCase(
                    id=derive(id, line),
                    order_id=order_id,
                    line=line,
                    kind=kind,
                    quantity=quantity,
                    amount=amount,
                    reason=Reason(reason),
                    words=form.text("words"),
                    proof=proof,
                    sku_id=form.id(f"sku_{line}") if kind is CaseKind.EXCHANGE else None,
                    held_sku_id=form.id(f"held_{line}"),
                    actor=actor,
                )
                for line, quantity, amount in wanted
            ]
            statuses = await request.batchers.of(operations.ask_cases, "order_id").submit_all(commands)
            before = await _asked_before(request.database, commands, statuses)
            if all(status in DONE for status in statuses) and not before:
                path = f"/aftersale/{commands[0].id}" if len(commands) == 1 else f"/orders/{order_id}"
                return redirect(request, path, toast=_("申请提交了，等卖家答复。"))
            told = [_fate_of(status, before.get(c.id)) for c, status in zip(commands, statuses, strict=True)]
            if len(commands) == 1 and (standing := before.get(commands[0].id)) and is_standing(standing):
                return redirect(request, f"/aftersale/{standing.id}", toast=told[0], tone="warn")
            if before:
                # Who went back to a form asks anew by it, once they have seen that it was not the same.
                id = new_id(order_id)
            if len(commands) > 1:
                names = {line.line: " · ".join((line.title, *line.choices)) for line in order.lines}
                told = [
                    _("%(title)s：%(why)s", title=names[c.line], why=fate)
                    for c, fate in zip(commands, told, strict=True)
                ]
            order = await _order_of(request.database, order_id, request.caller)
        return await _show_form(request, order, chosen, form=form, errors=errors, told=told, id=id, kept=proof)

    @get("/cases")
    async def show_cases(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """List the cases of an order, for its page."""
        async with request.database.read() as reader:
            found = await store.read_cases(reader, [order_id])
            cases = [case for case in reversed(found.values()) if case.buyer_id == request.caller.person_id]
            return await show_cases_of(request, reader, order_id, cases, "/aftersale")


async def _asked_before(
    database: Database, commands: Sequence[AskCase], statuses: Sequence[CaseStatus]
) -> dict[UUID, Case]:
    """Read the cases that a form opened before, and which are not what it asks for now: others, or given up since."""
    known = {c.id: s for c, s in zip(commands, statuses, strict=True) if s in ASKED_BEFORE}
    if not known:
        return {}
    async with database.read() as reader:
        cases = await store.get_cases(reader, known)
    return {id: case for id, case in cases.items() if known[id] is not CaseStatus.EXISTS or case.state in GIVEN_UP}


def is_standing(case: Case) -> bool:
    """Tell whether nothing else may be asked about a line because of a case."""
    return case.is_open and case.state is not CaseState.REFUSED


def _fate_of(status: CaseStatus, before: Case | None) -> str:
    """Say what became of one line of a form; *before* is what the form opened about it before, if that was another."""
    if before is not None and is_standing(before):
        return _("先前的申请还在，这次改的没有提交。要改，先撤回它，再申请。")
    if before is not None:
        return _("这张表单以前提交过，这次写的还没有提交。再提交一次，就是新的申请。")
    return _("申请提交了，等卖家答复。") if status in DONE else words.asking_refusal(status)


async def show_cases_of(
    request: WebRequest, reader: Reader, order_id: UUID, cases: Sequence[Case], base: str
) -> Response[str]:
    """List cases of an order, the newest first, with the parcels in which something was sent anew."""
    sent = {replacement_parcel(case.id): case for case in cases if case.reship_number is not None}
    known = await store.get_parcels(reader, order_id, list(sent)) if sent else None
    return fragment(
        request,
        "aftersale/cases_of_order.html",
        cases=cases,
        replacements=[(case, known.parcels.get(id)) for id, case in sent.items()] if known else [],
        due_at=known.due_at if known else None,
        state_word=words.state_word,
        asked_word=words.asked_word,
        parcel_word=parcel_word,
        tracking_steps=tracking_steps,
        base=base,
    )


def _read_lines(form: Form, order: Order, kind: CaseKind, errors: dict[str, str]) -> list[tuple[int, int, int | None]]:
    """Read which lines were chosen: number, how many units, how much is to go back (None: what they cost)."""
    chosen = []
    for each in askable(order, kind):
        number = each.line.line
        if not form.is_on(f"line_{number}"):
            continue
        quantity = form.number(f"quantity_{number}")
        if quantity is None or not 1 <= quantity <= each.units:
            errors[f"line_{number}"] = words.refusal(CaseStatus.QUANTITY_OUT_OF_RANGE)
            continue
        typed = form.text(f"amount_{number}")
        amount = parse_yuan(typed) if typed and kind in MONEY else None
        if typed and amount is None and kind in MONEY:
            errors[f"line_{number}"] = words.refusal(CaseStatus.AMOUNT_OUT_OF_RANGE)
        chosen.append((number, quantity, amount))
    if not chosen and not errors:
        errors["form"] = _("请选至少一件商品。")
    return chosen


def barred_of(order: Order, cases: Iterable[Case]) -> dict[int, CaseStatus]:
    """Say about which lines of an order nothing more may be asked now, and why."""
    assert order.rules is not None, "what was paid has rules"
    asked: dict[int, list[Case]] = {}
    for case in cases:
        asked.setdefault(case.line, []).append(case)
    barred = {}
    for line, of_line in asked.items():
        if any(map(is_standing, of_line)):
            barred[line] = CaseStatus.CASE_OPEN
        elif len(of_line) >= order.rules.applications_max:
            barred[line] = CaseStatus.TOO_MANY_CASES
    return barred


async def _show_form(
    request: WebRequest,
    order: Order,
    chosen: str,
    *,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    told: Sequence[str] = (),
    id: UUID | None = None,
    kept: Sequence[str] = (),
    again: str = "",
) -> Response[str]:
    may_ask = not order.open_chargebacks and may_ask_aftersale(order, clock.now())
    kinds = kinds_of(order) if may_ask else []
    kind = CaseKind(chosen) if chosen in kinds else kinds[0] if len(kinds) == 1 else None
    cases: Sequence[Case] = ()
    skus: Sequence[store.Swap] = ()
    async with request.database.read() as reader:
        if kind is CaseKind.EXCHANGE:
            cases, skus = await store.get_swaps(reader, order.id, {line.product_id for line in order.lines})
        elif kinds:
            cases = list((await store.read_cases(reader, [order.id])).values())
    barred = barred_of(order, cases)
    if all(line.line in barred for line in order.lines):
        kinds, kind = [], None
    lines = [each for each in askable(order, kind, cases) if each.line.line not in barred] if kind else []
    earlier = next((case for case in cases if str(case.id) == again), None)
    return page(
        request,
        "aftersale/ask.html",
        status_code=422 if errors or told else 200,
        order=order,
        rules=order.rules,
        kinds=[(each.value, words.kind_word(each)) for each in kinds],
        kind=kind.value if kind else None,
        kind_word=words.kind_word(kind) if kind else None,
        is_money=kind in MONEY,
        is_unsent=kind is CaseKind.CANCEL,
        is_agreed_at_once=kind is CaseKind.CANCEL and is_agreed_at_once(order, clock.now()),
        shop_bears=_shop_bears(order, kind),
        lines=lines,
        paid={each.line.line: words.paid_word(each.line) for each in lines} if kind in MONEY else {},
        why_not=words.refusal(CaseStatus.SUSPENDED) if order.open_chargebacks else None,
        barred=[(line.title, words.refusal(barred[line.line])) for line in order.lines if line.line in barred],
        swaps={each.line.line: _swaps_of(each, skus) for each in lines} if kind is CaseKind.EXCHANGE else {},
        held={each.line.line: words.held_choices(each.held) for each in lines if each.is_mixed},
        reasons=[("", _("请选择")), *((r.value, words.reason_word(r)) for r in _reasons(order, kind, lines))]
        if kind
        else [],
        no_reason=_no_reason(order, lines) if kind is CaseKind.RETURN else {},
        given=_given(form, lines, earlier),
        errors=errors or {},
        told=told,
        kept=kept or (earlier.proof if earlier else ()),
        id=str(id or new_id(order.id)),
        words_max=WORDS_MAX,
        proof_max=PROOF_MAX,
        picture_of=picture_of,
    )


def _reasons(order: Order, kind: CaseKind, lines: Sequence[Askable]) -> list[Reason]:
    """List why something may be asked about any of the lines."""
    is_free = kind is not CaseKind.RETURN or any(
        may_return_for_no_reason(order, clock.now(), each.line) for each in lines
    )
    return [reason for reason in REASONS[kind] if is_free or reason not in NO_REASON]


def _no_reason(order: Order, lines: Sequence[Askable]) -> dict[int, tuple[str, bool]]:
    """Say by line whether it comes back for no reason, in words and as yes or no; of old ones nothing is said."""
    said = {}
    for each in lines:
        given = each.line.no_reason_days
        if given is None:
            continue
        is_free = may_return_for_no_reason(order, clock.now(), each.line)
        word = no_reason_word(ReturnTerms(no_reason_days=given if is_free else 0))
        said[each.line.line] = (word if is_free or not given else _("已经过了无理由退货的期限"), is_free)
    return said


def _shop_bears(order: Order, kind: CaseKind | None) -> list[str] | None:
    """Name the reasons for which the shop bears freight, of those there are; None where nothing is sent back."""
    if kind not in BACK or order.rules is None:
        return None
    return [words.reason_word(r) for r in REASONS[kind] if order.rules.freight_by(r) == "merchant"]


def _given(form: Form | None, lines: Sequence[Askable], earlier: Case | None = None) -> dict[str, str]:
    """Give back what was typed; at first, what was said of a line when it was asked *earlier*, if it was."""
    if form is None and earlier is not None:
        amount = plain_yuan(earlier.amount) if earlier.kind is CaseKind.REFUND else ""
        return {
            f"line_{earlier.line}": "1",
            f"quantity_{earlier.line}": str(earlier.quantity),
            f"amount_{earlier.line}": amount,
            "reason": earlier.reason,
            "words": earlier.words,
        }
    if form is None:
        return {f"line_{each.line.line}": "1" if len(lines) == 1 else "" for each in lines}
    names = ["reason", "words"]
    for each in lines:
        names += [f"{name}_{each.line.line}" for name in ("line", "quantity", "amount", "sku", "held")]
    return {name: form.text(name) for name in names}


class Swaps(Struct, frozen=True):
    """What a line may be exchanged for, the same first, as a choice; and whether the same is in stock."""

    choices: list[tuple[str, str]]
    is_same_there: bool


def _swaps_of(each: Askable, skus: Sequence[store.Swap]) -> Swaps:
    """List what a line may be exchanged for: the same as one has, and what costs the same and is in stock."""
    of_product = [sku for sku in skus if sku.product_id == each.line.product_id]
    had = {holding.sku_id for holding in each.held}
    same = {each.line.price, *(sku.price for sku in of_product if sku.id in had)}
    left = min((sku.available for sku in of_product if sku.id in had), default=0)
    choices = [("", words.swap_word(_("同样的"), left, each.units))]
    choices += [
        (str(sku.id), words.swap_word(" · ".join(sku.choices), sku.available, each.units))
        for sku in of_product
        # Who has several may want one of them for another.
        if sku.is_listed and sku.price in same and sku.available > 0 and had != {sku.id}
    ]
    return Swaps(choices, left > 0)


class CasePages(Controller):
    """The buyer's cases. Somebody else's are not there."""

    path = "/aftersale"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def list(self, request: WebRequest, tab: FromQuery[str] = "all", after: FromQuery[str] = "") -> Response[str]:
        """List cases, the newest first."""
        tab = tab if tab in TABS else "all"
        async with request.database.read() as reader:
            found = await store.list_cases_of_buyer(
                reader, request.person_id, TABS[tab], read_cursor(after, tuple[datetime, UUID]), CASES + 1
            )
        labels = {"all": _("全部"), "open": _("进行中"), "over": _("已结束")}
        return page(
            request,
            "aftersale/cases.html",
            cases=found[:CASES],
            tab=tab,
            tabs=[{"key": key, "label": label, "href": f"/aftersale?tab={key}"} for key, label in labels.items()],
            more=f"/aftersale?tab={tab}&after={write_cursor(found[CASES - 1].asked_at, found[CASES - 1].id)}"
            if len(found) > CASES
            else None,
            state_word=words.state_word,
            asked_word=words.asked_word,
            picture_of=picture_of,
        )

    @get("/{case_id:uuid}")
    async def show(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Show a case: how it stands, and what can be done."""
        return await _show_case(request, case_id)

    @get("/{case_id:uuid}/live")
    async def follow_case(self, request: WebRequest, case_id: FromPath[UUID]) -> ServerSentEvent:
        """Tell a page when its case is no longer as it shows it."""
        async with request.database.read() as reader:
            await _case_of(reader, case_id, request.caller)
        return follow_case(request, case_id, f"/aftersale/{case_id}", ".column")

    @post("/{case_id:uuid}/withdrawal")
    async def withdraw(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Give a case up."""
        command = WithdrawCase(case_id=case_id, actor=request.actor("buyer"))
        status = await request.batchers.of(operations.withdraw_cases, "case_id").submit(command)
        return _moved(request, case_id, status, _("申请撤回了。"))

    @post("/{case_id:uuid}/acceptance")
    async def accept(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Agree to the shop's offer."""
        command = AcceptOffer(case_id=case_id, actor=request.actor("buyer"))
        status = await request.batchers.of(operations.accept_offers, "case_id").submit(command)
        return _moved(request, case_id, status, _("说好了。"))

    @post("/{case_id:uuid}/decline")
    async def decline(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Say no to the shop's offer."""
        command = DeclineOffer(case_id=case_id, actor=request.actor("buyer"))
        status = await request.batchers.of(operations.decline_offers, "case_id").submit(command)
        return _moved(request, case_id, status, _("没有接受。"))

    @post(
        "/{case_id:uuid}/reply",
        request_max_body_size=PROOF_BODY_BYTES_MAX,
        opt=rate("case_replies", "60/hour"),
    )
    async def reply(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Tell the shop something."""
        async with request.database.read() as reader:
            found = await _case_of(reader, case_id, request.caller)
        form = await read_form(request)
        status = await reply_by_form(request, found.case, form, "buyer")
        if status in REPLY_FAULTS:
            return await _show_case(request, case_id, form=form, reply_error=words.refusal(status))
        return _moved(request, case_id, status, _("卖家看得到了。"))

    @post("/{case_id:uuid}/parcel")
    async def send_back(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Say how the goods were sent back."""
        form = await read_form(request)
        carrier, number = form.text("carrier"), squeeze(form.text("tracking_number"))
        error, doubt = None, None
        if not is_line(number, PARCEL_MAX):
            error = _("请填写快递单号，最多 40 个字。")
        elif not carrier:
            carrier, errors = guess_carrier(number)
            error = errors.get("carrier")
        if error is None and not form.is_on("is_sure"):
            async with request.database.read() as reader:
                (check,) = await check_returns(reader, request.person_id, [CheckReturn(case_id, carrier, number)])
            if check is not None and check.is_refused:
                error = words.refusal(CaseStatus.NUMBER_TAKEN)
            elif check is not None and check.status in DOUBTS:
                doubt = words.doubt_of_return(check)
        if error is None and doubt is None:
            command = SendBack(case_id=case_id, carrier=carrier, tracking_number=number, actor=request.actor("buyer"))
            status = await request.batchers.of(operations.send_back, "case_id").submit(command)
            if status not in (CaseStatus.PARCEL_INVALID, CaseStatus.NUMBER_TAKEN):
                return _moved(request, case_id, status, _("单号记下了，等卖家收货。"))
            error = words.refusal(status)
        return await _show_case(request, case_id, form=form, error=error, doubt=doubt)


async def _show_case(
    request: WebRequest,
    case_id: UUID,
    *,
    form: Form | None = None,
    error: str | None = None,
    doubt: str | None = None,
    reply_error: str | None = None,
) -> Response[str]:
    async with request.database.read() as reader:
        found = await _case_of(reader, case_id, request.caller)
        trail = await get_trail(reader, case_id)
    case = found.case
    verdict = words.verdict_of(trail)
    is_disputed = any(row["type"] == "DisputeOpened" for row in trail)
    return page(
        request,
        "aftersale/case.html",
        status_code=422 if error or doubt or reply_error else 200,
        case=case,
        state=words.state_word(case, found.replacement, verdict),
        kind=words.kind_word(case.kind),
        reason=words.reason_word(case.reason),
        freight=words.freight_word(case),
        offer=offer_of(case),
        steps=words.steps_of(trail),
        verdict=verdict,
        money=words.money_word(case, found.order_state),
        is_disputed=is_disputed,
        can=_can(found, is_disputed=is_disputed),
        asked_max=found.asked_max,
        may_ask=found.may_ask(clock.now()),
        in_stock=found.in_stock,
        said=operations.sayings_of(trail),
        saying_word=words.saying_word,
        reply_id=new_id(),
        reply_error=reply_error,
        returned=found.returned,
        replacement=found.replacement,
        parcel_word=parcel_word,
        tracking_steps=tracking_steps,
        error=error,
        doubt=doubt,
        carriers=[carrier_name(carrier) for carrier in CARRIERS],
        given={name: form.text(name) if form else "" for name in ("carrier", "tracking_number", "words")},
        words_max=WORDS_MAX,
        proof_max=PROOF_MAX,
        picture_of=picture_of,
        parcel_max=PARCEL_MAX,
        mark=mark_of(case),
    )


def mark_of(case: Case) -> str:
    """Mark how a case stands."""
    return following.mark_of(
        case.state,
        case.kind,
        case.amount,
        case.due_at,
        case.offered_kind,
        case.offered_amount,
        case.answer,
        case.suspended_at,
        case.buyer_replies,
        case.shop_replies,
    )


def follow_case(request: WebRequest, case_id: UUID, at: str, piece: str) -> ServerSentEvent:
    """Have a page of a case that the caller may see ask for its *piece* again, once it is not as `mark` says."""
    seen = request.query_params.get("mark", "")

    async def is_as_shown() -> bool:
        async with request.database.read() as reader:
            found = await store.get_case(reader, case_id)
        return found is None or mark_of(found.case) == seen

    return ServerSentEvent(following.follow(request.live, case_id, is_as_shown, at, piece))


def offer_of(case: Case) -> str | None:
    """Say what the shop offers, as long as it does."""
    is_offered = case.state in (CaseState.COUNTERED, CaseState.RETURN_COUNTERED)
    if not is_offered or case.offered_kind is None or case.offered_amount is None:
        return None
    return words.offer_word(case.offered_kind, case.offered_amount)


async def reply_by_form(request: WebRequest, case: Case, form: Form, side: Literal["buyer", "merchant"]) -> CaseStatus:
    """Tell the other side what a form says and shows, once, however often it is sent.

    No picture is taken in for what will not be said.
    """
    if not case.is_talked_about:
        return CaseStatus.NOT_ALLOWED_NOW
    if (case.buyer_replies if side == "buyer" else case.shop_replies) >= REPLIES_MAX:
        return CaseStatus.TOO_MANY_REPLIES
    proof, is_taken = await take_proof(request, proof_owner(case.order_id), PROOF_MAX)
    if not is_taken:
        return CaseStatus.PROOF_INVALID
    actor = request.actor(side)
    assert actor.person_id is not None, "these pages are for who is signed in"
    command = ReplyToCase(
        case_id=case.id,
        shop_id=case.shop_id if side == "merchant" else None,
        actor=actor,
        words=form.text("words"),
        proof=proof,
    )
    # Replies have no ids: the form has one. With other words it says something else, as who goes back to it wants.
    said = sha256(msgspec.json.encode((form.id("id") or new_id(), case.id, command.words, proof))).digest()
    key = Key(actor.person_id, "case_replies", said.hex(), said)
    answer = await request.batchers.of(operations.reply_to_cases, "case_id").answer([command], key)
    return CaseStatus(answer.results[0])


def _can(found: store.CaseView, *, is_disputed: bool) -> dict[str, bool]:
    case = found.case
    goes_on = case.suspended_at is None
    # Who gave a dispute up was told that this ends it: what they sent back stays with the shop.
    is_given_up = case.state in GIVEN_UP and not is_disputed
    return {
        "withdraw": may(CaseVerb.WITHDRAW, case.state, case.kind, "buyer"),
        "answer": goes_on and may(CaseVerb.DECLINE, case.state, case.kind, "buyer"),
        "send_back": goes_on and may(CaseVerb.SEND_BACK, case.state, case.kind, "buyer"),
        "dispute": goes_on and may(CaseVerb.DISPUTE, case.state, case.kind, "buyer"),
        "ask_again": goes_on and is_given_up and found.asked < found.asked_max,
        "reply": case.is_talked_about,
    }


async def _case_of(reader: Reader, case_id: UUID, caller: Caller) -> store.CaseView:
    found = await store.get_case(reader, case_id)
    if found is None or found.case.buyer_id != caller.person_id:
        raise NotFoundException
    return found


async def _order_of(database: Database, order_id: UUID, caller: Caller) -> Order:
    async with database.read() as reader:
        order = await get_order(reader, order_id)
    if order is None or order.buyer_id != caller.person_id:
        raise NotFoundException
    return order


def _moved(request: WebRequest, case_id: UUID, status: CaseStatus, done: str) -> Response[str]:
    if status is CaseStatus.CASE_NOT_FOUND:
        raise NotFoundException
    if status in DONE:
        return redirect(request, f"/aftersale/{case_id}", toast=done)
    return redirect(request, f"/aftersale/{case_id}", toast=words.refusal(status), tone="warn")


ROUTES: Final = (AskPages, CasePages)
