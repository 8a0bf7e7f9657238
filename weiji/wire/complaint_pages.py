"""Where somebody complains who paid an order of a merchant's program: signed in, or with what they got after paying."""

from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct

from weiji.aftersale import proof_owner
from weiji.events import Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.db import Row
from weiji.kit.idempotency import Key
from weiji.kit.ids import new_id
from weiji.kit.money import parse_yuan
from weiji.media import BYTES_MAX
from weiji.media.pages import take_proof
from weiji.web import gettext as _
from weiji.web import page, rate, redirect
from weiji.web.errors import Refused
from weiji.web.forms import Form, read_form
from weiji.web.page import sign_in_path
from weiji.web.pictures import read_address
from weiji.web.requests import WebRequest
from weiji.wire import complaint_words as words
from weiji.wire.complaints import (
    PROOF_MAX,
    SAYINGS_MAX,
    TIMES_MAX,
    WORDS_MAX,
    AskComplaint,
    Complaint,
    ComplaintFile,
    ComplaintReason,
    ComplaintStatus,
    ComplaintVerb,
    SayInComplaint,
    TakeComplaintFurther,
    WithdrawComplaint,
    ask_complaints,
    bar_of,
    get_last_of_order,
    say_in_complaints,
    take_complaints_further,
    target,
    withdraw_complaints,
)
from weiji.wire.tickets import is_complaint_ticket
from weiji.wire.trade import MerchantOrder, find_for_payer

PROOF_BODY_BYTES_MAX: Final = PROOF_MAX * BYTES_MAX + 1024**2
"""A form with as many pictures as may be shown."""

TRAIL_MAX: Final = 200
"""Of what happened to a complaint, the last that its page shows: all of it, since neither side speaks without end."""

DONE: Final = (ComplaintStatus.DONE, ComplaintStatus.EXISTS)

_FIELDS: Final = {
    ComplaintStatus.AMOUNT_OUT_OF_RANGE: "amount",
    ComplaintStatus.WORDS_INVALID: "words",
    ComplaintStatus.WORDS_REFUSED: "words",
    ComplaintStatus.PROOF_INVALID: "proof",
}
"""At which field of the form a fault is told."""


class Bought(Struct, frozen=True, kw_only=True):
    """What somebody paid for. Amounts are fen."""

    order_id: UUID
    payer_id: UUID
    description: str
    total: int
    refunded: int
    off: int
    """What a coupon paid of it."""
    paid_at: datetime
    shop_name: str

    @property
    def due(self) -> int:
        """What its payer paid."""
        return self.total - self.off

    @property
    def rest(self) -> int:
        """What of it could still go back."""
        return self.total - self.refunded


class Seat(Struct, frozen=True):
    """The payer of an order before their complaint: who they act as, and how their pages are reached again."""

    bought: Bought
    complaint: Complaint | None
    """The last about this order."""
    trail: list[Row]
    actor: Actor
    query: str
    """With a guest's ticket."""

    @property
    def here(self) -> str:
        """The page, without the ticket."""
        return complaint_path(self.bought.order_id)


def complaint_path(order_id: UUID, ticket: str = "") -> str:
    """Name the page where an order is complained about."""
    return f"/pay/orders/{order_id}/complaint" + (f"?ticket={ticket}" if ticket else "")


class ComplaintPages(Controller):
    """Complaining about an order that one paid."""

    path = "/pay/orders/{order_id:uuid}/complaint"
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show how the last complaint stands, or the form of one."""
        if request.caller.person_id is None and not request.query_params.get("ticket"):
            return redirect(request, sign_in_path(complaint_path(order_id)))
        seat = await _take_seat(request, order_id)
        if seat.complaint is None or (request.query_params.get("again") and _why_not(seat) is None):
            return _show_form(request, seat, Form({}))
        return _show(request, seat, seat.complaint)

    @post("/", request_max_body_size=PROOF_BODY_BYTES_MAX, opt=rate("ask_complaints", "30/hour"))
    async def ask(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Complain."""
        seat = await _take_seat(request, order_id)
        form = await read_form(request)
        why_not = _why_not(seat)
        id = form.id_near("id", order_id)
        if why_not and (seat.complaint is None or seat.complaint.id != id):
            return _show_form(request, seat, form, {"form": words.refusal(why_not)})
        errors: dict[str, str] = {}
        reason = form.text("reason")
        if reason not in tuple(ComplaintReason):
            errors["reason"] = _("请选一个原因。")
        amount = _amount(form, seat.bought)
        if amount is None:
            errors["amount"] = words.refusal(ComplaintStatus.AMOUNT_OUT_OF_RANGE)
        # A form that comes back keeps the pictures that it had: no browser sends them again by itself.
        kept = [url for url in form.all("kept", PROOF_MAX) if read_address(url)]
        taken, is_taken = await take_proof(request, proof_owner(order_id), PROOF_MAX - len(kept))
        if not is_taken:
            errors["proof"] = words.refusal(ComplaintStatus.PROOF_INVALID)
        proof = tuple(dict.fromkeys((*kept, *taken)))
        if not errors and amount is not None:
            command = AskComplaint(
                id=id,
                order_id=order_id,
                reason=ComplaintReason(reason),
                words=form.long("words", WORDS_MAX).strip(),
                amount=amount,
                actor=seat.actor,
                proof=proof,
            )
            status = await request.batchers.of(ask_complaints, "order_id").submit(command)
            if status in DONE:
                return redirect(request, seat.here + seat.query, toast=_("投诉提交了，等商家答复。"))
            errors[_FIELDS.get(status, "form")] = words.refusal(status)
        return _show_form(request, seat, form, errors, proof)

    @post(
        "/{complaint_id:uuid}/reply",
        status_code=303,
        request_max_body_size=PROOF_BODY_BYTES_MAX,
        opt=rate("complaint_replies", "60/hour"),
    )
    async def say(self, request: WebRequest, order_id: FromPath[UUID], complaint_id: FromPath[UUID]) -> Response[str]:
        """Tell the merchant something."""
        seat = await _take_seat(request, order_id)
        complaint = _own(seat, complaint_id)
        form = await read_form(request)
        status = await say_by_form(request, complaint, form, seat.actor)
        if status in _FIELDS:
            return _show(request, seat, complaint, form, words.refusal(status))
        return _moved(request, seat, status, _("商家看得到了。"))

    @post("/{complaint_id:uuid}/further", status_code=303, opt=rate("complaint_moves", "60/hour"))
    async def take_further(
        self, request: WebRequest, order_id: FromPath[UUID], complaint_id: FromPath[UUID]
    ) -> Response[str]:
        """Have the operator's staff decide."""
        seat = await _take_seat(request, order_id)
        command = TakeComplaintFurther(complaint_id=_own(seat, complaint_id).id, actor=seat.actor)
        status = await request.batchers.of(take_complaints_further, "complaint_id").submit(command)
        return _moved(request, seat, status, _("交给平台了。"))

    @post("/{complaint_id:uuid}/withdrawal", status_code=303, opt=rate("complaint_moves", "60/hour"))
    async def withdraw(
        self, request: WebRequest, order_id: FromPath[UUID], complaint_id: FromPath[UUID]
    ) -> Response[str]:
        """End it."""
        seat = await _take_seat(request, order_id)
        command = WithdrawComplaint(complaint_id=_own(seat, complaint_id).id, actor=seat.actor)
        status = await request.batchers.of(withdraw_complaints, "complaint_id").submit(command)
        return _moved(request, seat, status, _("投诉结束了。"))


async def say_by_form(
    request: WebRequest, complaint: Complaint, form: Form, actor: Actor, shop_id: UUID | None = None
) -> ComplaintStatus:
    """Tell the other side what a form says and shows, once, however often it is sent.

    No picture is taken in for what will not be said.
    """
    side = actor.kind
    if target(ComplaintVerb.SAY, complaint.state, side) is None:
        return ComplaintStatus.NOT_ALLOWED_NOW
    if (complaint.payer_said if side == "buyer" else complaint.shop_said) >= SAYINGS_MAX:
        return ComplaintStatus.TOO_MANY_SAYINGS
    proof, is_taken = await take_proof(request, proof_owner(complaint.order_id), PROOF_MAX)
    if not is_taken:
        return ComplaintStatus.PROOF_INVALID
    text = form.long("words", WORDS_MAX).strip()
    command = SayInComplaint(complaint_id=complaint.id, actor=actor, shop_id=shop_id, words=text, proof=proof)
    assert actor.person_id is not None, "a payer without an account has an id for the order"
    # What is said has no id: the form has one. With other words it says something else, as who goes back to it wants.
    said = sha256(msgspec.json.encode((form.id("id") or new_id(), complaint.id, text, proof))).digest()
    key = Key(actor.person_id, "complaint_replies", said.hex(), said)
    answer = await request.batchers.of(say_in_complaints, "complaint_id").answer([command], key)
    return ComplaintStatus(answer.results[0])


async def _take_seat(request: WebRequest, order_id: UUID) -> Seat:
    """Find an order for who paid it, with their last complaint. For others it is not there."""
    ticket = request.query_params.get("ticket", "")
    async with request.database.read() as reader:
        file = await get_last_of_order(reader, order_id)
        bought = _complained(file) if file else _paid(await find_for_payer(reader, order_id))
        if bought is None:
            raise NotFoundException
        is_own = bought.payer_id == request.caller.person_id
        if not is_own and not ticket:
            raise NotFoundException
        if not is_own and not is_complaint_ticket(ticket, order_id, bought.payer_id, clock.wall()):
            over = _("这个链接过期了，或者写错了。有账号付的，请登录以后从钱包里打开。")
            raise Refused(over, status_code=404, title=_("链接用不了"))
        trail = await get_trail(reader, file.complaint.id, TRAIL_MAX) if file else []
    actor = request.actor("buyer")
    if not is_own:
        actor = Actor("buyer", bought.payer_id, actor.request_id, actor.address)
    return Seat(bought, file.complaint if file else None, trail, actor, "" if is_own else f"?ticket={ticket}")


def _complained(file: ComplaintFile) -> Bought:
    return Bought(
        order_id=file.complaint.order_id,
        payer_id=file.complaint.payer_id,
        description=file.description,
        total=file.total,
        refunded=file.refunded,
        off=file.off,
        paid_at=file.paid_at,
        shop_name=file.shop_name,
    )


def _paid(found: tuple[MerchantOrder, str] | None) -> Bought | None:
    if found is None:
        return None
    order, shop_name = found
    if order.payer_id is None or order.paid_at is None:
        return None
    return Bought(
        order_id=order.id,
        payer_id=order.payer_id,
        description=order.description,
        total=order.total,
        refunded=order.refunded,
        off=order.total - order.due,
        paid_at=order.paid_at,
        shop_name=shop_name,
    )


def _own(seat: Seat, complaint_id: UUID) -> Complaint:
    """Give the complaint that a form is about: the last of its order, which alone can be open."""
    if seat.complaint is None or seat.complaint.id != complaint_id:
        raise NotFoundException
    return seat.complaint


def _why_not(seat: Seat) -> ComplaintStatus | None:
    """Say why the order can't be complained about now."""
    return bar_of(seat.bought.paid_at, seat.bought.rest, seat.complaint, clock.now())


def _amount(form: Form, bought: Bought) -> int | None:
    """Read what is to go back: nothing where an answer will do, and all that is left where no sum is said."""
    if form.text("wants") == "answer":
        return 0
    typed = form.text("amount").strip()
    amount = parse_yuan(typed) if typed else bought.rest
    return amount if amount is not None and 0 < amount <= bought.rest else None


def _show_form(
    request: WebRequest,
    seat: Seat,
    form: Form,
    errors: dict[str, str] | None = None,
    kept: tuple[str, ...] = (),
) -> Response[str]:
    why_not = _why_not(seat)
    return page(
        request,
        "wire/complain.html",
        status_code=422 if errors else 200,
        here=seat.here,
        query=seat.query,
        bought=seat.bought,
        why_not=words.refusal(why_not) if why_not else None,
        id=form.id_near("id", seat.bought.order_id),
        reasons=list(words.reason_words().items()),
        given={name: form.text(name) for name in ("reason", "wants", "amount")}
        | {"words": form.long("words", WORDS_MAX)},
        errors=errors or {},
        kept=kept,
        words_max=WORDS_MAX,
        proof_max=PROOF_MAX,
    )


def _show(
    request: WebRequest, seat: Seat, complaint: Complaint, form: Form | None = None, error: str | None = None
) -> Response[str]:
    verbs = ("say", "withdraw", "take_further")
    return page(
        request,
        "wire/complaint.html",
        status_code=422 if error else 200,
        here=seat.here,
        query=seat.query,
        bought=seat.bought,
        complaint=complaint,
        state=words.state_word(complaint.state),
        next=words.next_word(complaint.state, "buyer"),
        reason=words.reason_words()[complaint.reason],
        wanted=words.wanted_word(complaint),
        said=words.sayings_of(seat.trail),
        steps=words.steps_of(seat.trail, "buyer"),
        can={verb: target(ComplaintVerb(verb), complaint.state, "buyer") is not None for verb in verbs}
        | {"ask_again": _why_not(seat) is None},
        times_max=TIMES_MAX,
        id=new_id(),
        given=form.long("words", WORDS_MAX) if form and error else "",
        error=error,
        words_max=WORDS_MAX,
        proof_max=PROOF_MAX,
    )


def _moved(request: WebRequest, seat: Seat, status: ComplaintStatus, done: str) -> Response[str]:
    if status in DONE:
        return redirect(request, seat.here + seat.query, toast=done)
    return redirect(request, seat.here + seat.query, toast=words.refusal(status), tone="warn")


ROUTES: Final = (ComplaintPages,)
