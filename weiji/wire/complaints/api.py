"""The JSON API of complaints about merchant orders.

Who acts is said by the caller: without a `shop_id` they are the payer of the order; with one, they act for a shop that
they work for. What is somebody else's is not there. A guest, who has no key, has the page after paying.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Response
from msgspec import Meta, Struct
from msgspec.structs import asdict

from weiji.aftersale import proof_owner
from weiji.events.outbox import get_trail
from weiji.identity import refuse_payment_passwords
from weiji.media import BYTES_MAX, NO_OWNER, UploadResult, upload_pictures
from weiji.web.api import (
    After,
    AmountOrNothing,
    ApiRequest,
    Batch,
    Limit,
    Page,
    PaymentPassword,
    Typed,
    operation,
    run,
)
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.wire import complaint_words as words
from weiji.wire.complaint_pages import TRAIL_MAX
from weiji.wire.complaints import (
    PROOF_MAX,
    AgreeToComplaint,
    AskComplaint,
    Complaint,
    ComplaintFile,
    ComplaintMark,
    ComplaintReason,
    ComplaintState,
    ComplaintStatus,
    CompleteComplaint,
    DecideComplaint,
    DecisionResult,
    RefuseComplaint,
    RejectDecision,
    Ruling,
    SayInComplaint,
    SecondDecision,
    TakeComplaintFurther,
    WithdrawComplaint,
    agree_to_complaints,
    ask_complaints,
    complete_complaints,
    decide_complaints,
    get_file,
    is_party,
    list_decided,
    list_of_payer,
    list_of_shop,
    list_with_staff,
    refuse_complaints,
    reject_decisions,
    say_in_complaints,
    seal_of,
    second_decisions,
    take_complaints_further,
    withdraw_complaints,
)
from weiji.wire.trade import find_for_payer

Pictures = Annotated[
    list[Annotated[str, Meta(max_length=200)]],
    Meta(max_length=PROOF_MAX, description="Addresses of pictures that were uploaded for the order."),
]
ForShop = Annotated[UUID | None, Meta(description="The shop that you act for; none: you paid the order.")]


class ComplaintAskBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What you complain of about an order that you paid; without an `amount` an answer will do."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of the order's id.")]
    order_id: UUID
    reason: ComplaintReason
    words: Typed
    amount: AmountOrNothing = 0
    proof: Pictures = []


class ComplaintSayBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What you tell the other side of a complaint."""

    complaint_id: UUID
    shop_id: ForShop = None
    words: Typed
    proof: Pictures = []


class ComplaintRefuseBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A complaint about your shop, and why not."""

    complaint_id: UUID
    shop_id: UUID
    words: Typed
    proof: Pictures = []


class ComplaintMineBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A complaint of yours."""

    complaint_id: UUID


class ComplaintOursBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A complaint about your shop."""

    complaint_id: UUID
    shop_id: UUID


class ComplaintDecideBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What comes of a complaint, to be signed: how much goes back (0: nothing), and why."""

    complaint_id: UUID
    amount: AmountOrNothing
    words: Typed
    payment_password: PaymentPassword | None = None


class ComplaintSecondBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What another of the staff proposed, to be signed; `seen` is the `hash` of the decision that you read."""

    complaint_id: UUID
    seen: Annotated[str, Meta(max_length=64)]
    payment_password: PaymentPassword | None = None


class ComplaintRejectBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What another of the staff proposed, not to be signed, and why; `seen` is the `hash` of what you read."""

    complaint_id: UUID
    seen: Annotated[str, Meta(max_length=64)]
    words: Typed


class ComplaintUploadBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A picture for a complaint about an order: the whole file, in base64. What it is, is seen from the file alone."""

    order_id: UUID
    content: Annotated[bytes, Meta(min_length=1, max_length=BYTES_MAX)]


class ComplaintActAnswer(Struct):
    """How an act on a complaint about a merchant order ended."""

    status: ComplaintStatus


class DecisionAnswer(Struct, kw_only=True):
    """What the staff decided, or, for them, what one of them proposes. `signed_by` is told to the staff alone."""

    amount: int
    words: str
    signed_by: UUID | None
    signed_at: datetime
    hash: str | None = None
    """Of what is proposed, to the last word: whoever signs it as the second says by it what they read."""


class ComplaintObjection(Struct, kw_only=True):
    """What one of the staff proposed and another did not sign (`by`), and why."""

    decision: DecisionAnswer
    words: str
    by: UUID
    at: datetime


class PaymentComplaint(Struct, kw_only=True):
    """A complaint about a merchant order, with what it is about. Amounts are fen."""

    id: UUID
    order_id: UUID
    order_number: str
    mchid: str
    description: str
    total: int
    refunded: int
    paid_at: datetime
    shop_id: UUID
    shop_name: str
    payer_id: UUID
    number: int
    """The first about its order, or the second …"""
    reason: ComplaintReason
    words: str
    proof: tuple[str, ...]
    amount: int
    """What is to go back; 0: an answer will do. Once it is decided, what goes back."""
    state: ComplaintState
    """What the staff only propose is `reviewing` for both sides."""
    said_last: Literal["buyer", "merchant"] | None
    decision: DecisionAnswer | None
    objections: list[ComplaintObjection]
    """Told to the staff alone, the last at the end."""
    marks: list[ComplaintMark]
    """What word rules found in what was said: told to the staff alone, and nothing came of it."""
    refund_id: UUID | None
    due_at: datetime | None
    """When the clock acts; where the staff are to decide: until when they should."""
    asked_at: datetime
    further_at: datetime | None
    ended_at: datetime | None


class ComplaintSaying(Struct, kw_only=True):
    """What somebody said in a complaint, after it was asked."""

    by: Literal["buyer", "merchant", "staff"]
    words: str
    proof: tuple[str, ...]
    at: datetime


ComplaintAskBatch = Batch[ComplaintAskBody]
ComplaintSayBatch = Batch[ComplaintSayBody]
ComplaintRefuseBatch = Batch[ComplaintRefuseBody]
ComplaintMineBatch = Batch[ComplaintMineBody]
ComplaintOursBatch = Batch[ComplaintOursBody]
ComplaintDecideBatch = Batch[ComplaintDecideBody]
ComplaintSecondBatch = Batch[ComplaintSecondBody]
ComplaintRejectBatch = Batch[ComplaintRejectBody]
ComplaintUploadBatch = Batch[ComplaintUploadBody]

Acts = Response[list[ComplaintActAnswer]]
Decisions = Response[list[DecisionResult]]


class ComplaintsApi(Controller):
    """Complaints about orders of merchants' programs."""

    path = "/api/v1/payment-complaints"
    tags = ("payment-complaints",)

    @get("/", **operation("ListPaymentComplaints", "orders:read"))
    async def index(
        self,
        request: ApiRequest,
        shop_id: Annotated[UUID | None, QueryParameter(description="A shop you work for; none: your own.")] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[PaymentComplaint]:
        """List complaints, the newest first: your own, or those about a shop you work for."""
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            if shop_id is None:
                found = await list_of_payer(reader, request.person_id, before, limit + 1)
            elif request.caller.may(shop_id, Permission.ORDERS):
                found = await list_of_shop(reader, shop_id, before, limit + 1)
            else:
                raise NotFoundException
        return _page(found, limit, lambda each: each.asked_at, lambda _: False)

    @get("/desk", **operation("ListPaymentComplaintDesk", "platform:read", guards=[staff("arbiter")]))
    async def desk(
        self, request: ApiRequest, is_over: FromQuery[bool] = False, after: After = None, limit: Limit = 20
    ) -> Page[PaymentComplaint]:
        """List what waits for the operator's staff, whose time ends first; or what did, the newest first."""
        beyond = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await (list_decided if is_over else list_with_staff)(reader, beyond, limit + 1)
        return _page(
            found,
            limit,
            lambda each: each.further_at if is_over else each.due_at,
            lambda each: not _is_party(request, each),
        )

    @get("/{complaint_id:uuid}", **operation("GetPaymentComplaint", "orders:read"))
    async def show(self, request: ApiRequest, complaint_id: FromPath[UUID]) -> PaymentComplaint:
        """Read a complaint: as one of its sides, or, once the staff are asked, as an arbiter."""
        file, is_staff = await _find(request, complaint_id)
        return _answer(file, is_staff=is_staff)

    @get("/{complaint_id:uuid}/sayings", **operation("ListPaymentComplaintSayings", "orders:read"))
    async def list_sayings(self, request: ApiRequest, complaint_id: FromPath[UUID]) -> list[ComplaintSaying]:
        """List what was said after a complaint was asked, the oldest first; as for reading it."""
        await _find(request, complaint_id)
        async with request.database.read() as reader:
            trail = await get_trail(reader, complaint_id, TRAIL_MAX)
        names = ComplaintSaying.__struct_fields__
        return [ComplaintSaying(**{name: said[name] for name in names}) for said in words.sayings_of(trail)]

    @post("/ask", **operation("AskPaymentComplaints", "orders:write", repeat="key_needed"))
    async def ask(self, request: ApiRequest, data: ComplaintAskBatch) -> Acts:
        """Complain about orders of merchants' programs that you paid. An order has one complaint at a time."""
        actor = request.actor("buyer")
        commands = [
            AskComplaint(
                id=body.id,
                order_id=body.order_id,
                reason=body.reason,
                words=body.words,
                amount=body.amount,
                proof=tuple(body.proof),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, ask_complaints, "order_id", commands)

    @post("/say", **operation("SayInPaymentComplaints", "orders:write", repeat="key_needed"))
    async def say(self, request: ApiRequest, data: ComplaintSayBatch) -> Acts:
        """Tell the other side something. What a shop says is an answer; what a payer says to it waits for another."""
        commands = [
            SayInComplaint(words=body.words, proof=tuple(body.proof), **_by(request, body.complaint_id, body.shop_id))
            for body in data
        ]
        return await run(request, say_in_complaints, "complaint_id", commands)

    @post("/take-further", **operation("TakePaymentComplaintsFurther", "orders:write", repeat="key_needed"))
    async def take_further(self, request: ApiRequest, data: ComplaintMineBatch) -> Acts:
        """Have the operator's staff decide complaints of yours, once they were answered."""
        commands = [TakeComplaintFurther(**_by(request, body.complaint_id)) for body in data]
        return await run(request, take_complaints_further, "complaint_id", commands)

    @post("/withdraw", **operation("WithdrawPaymentComplaints", "orders:write", repeat="key_needed"))
    async def withdraw(self, request: ApiRequest, data: ComplaintMineBatch) -> Acts:
        """End complaints of yours."""
        commands = [WithdrawComplaint(**_by(request, body.complaint_id)) for body in data]
        return await run(request, withdraw_complaints, "complaint_id", commands)

    @post("/refuse", **operation("RefusePaymentComplaints", "orders:write", repeat="key_needed"))
    async def refuse(self, request: ApiRequest, data: ComplaintRefuseBatch) -> Acts:
        """Say no to what complaints about your shop ask for, and why."""
        commands = [
            RefuseComplaint(words=body.words, proof=tuple(body.proof), **_by(request, body.complaint_id, body.shop_id))
            for body in data
        ]
        return await run(request, refuse_complaints, "complaint_id", commands)

    @post("/agree", **operation("AgreeToPaymentComplaints", "payments:write", repeat="key_needed"))
    async def agree(self, request: ApiRequest, data: ComplaintOursBatch) -> Acts:
        """Give back what complaints about your shop ask for, as far as it is left of their orders."""
        commands = [AgreeToComplaint(**_by(request, body.complaint_id, body.shop_id)) for body in data]
        return await run(request, agree_to_complaints, "complaint_id", commands)

    @post("/complete", **operation("CompletePaymentComplaints", "orders:write", repeat="key_needed"))
    async def complete(self, request: ApiRequest, data: ComplaintOursBatch) -> Acts:
        """Say that complaints about your shop are dealt with, once you answered them."""
        commands = [CompleteComplaint(**_by(request, body.complaint_id, body.shop_id)) for body in data]
        return await run(request, complete_complaints, "complaint_id", commands)

    @post(
        "/decide",
        **operation("DecidePaymentComplaints", "platform:write", repeat="key_needed", guards=[staff("arbiter")]),
    )
    async def decide(self, request: ApiRequest, data: ComplaintDecideBatch) -> Decisions:
        """Sign, with the payment password, what comes of complaints. From an amount on, another has to sign, too."""
        refusals = await refuse_payment_passwords(request, [body.payment_password for body in data])
        commands = [
            DecideComplaint(
                amount=body.amount,
                words=body.words,
                refusal=refusals[body.payment_password],
                **_by_staff(request, body.complaint_id),
            )
            for body in data
        ]
        return await run(request, decide_complaints, "complaint_id", commands)

    @post(
        "/second",
        **operation("SecondPaymentComplaints", "platform:write", repeat="key_needed", guards=[staff("arbiter")]),
    )
    async def second(self, request: ApiRequest, data: ComplaintSecondBatch) -> Decisions:
        """Sign, with the payment password, what others of the staff proposed."""
        refusals = await refuse_payment_passwords(request, [body.payment_password for body in data])
        commands = [
            SecondDecision(
                seen=body.seen,
                refusal=refusals[body.payment_password],
                **_by_staff(request, body.complaint_id),
            )
            for body in data
        ]
        return await run(request, second_decisions, "complaint_id", commands)

    @post(
        "/reject",
        **operation("RejectPaymentComplaints", "platform:write", repeat="key_needed", guards=[staff("arbiter")]),
    )
    async def reject(self, request: ApiRequest, data: ComplaintRejectBatch) -> Acts:
        """Do not sign what others of the staff proposed: it is decided anew."""
        commands = [
            RejectDecision(seen=body.seen, words=body.words, **_by_staff(request, body.complaint_id)) for body in data
        ]
        return await run(request, reject_decisions, "complaint_id", commands)

    @post(
        "/upload-proof",
        **operation("UploadPaymentComplaintProof", "orders:write"),
        request_max_body_size=4 * BYTES_MAX,
    )
    async def upload_proof(self, request: ApiRequest, data: ComplaintUploadBatch) -> Response[list[UploadResult]]:
        """Take in pictures for complaints about orders: those that you paid, or those of a shop that you work for.

        Sending one again is safe: it `exists`. One that no complaint shows within three days is removed.
        """
        owners: dict[UUID, UUID] = {}
        results: list[UploadResult] = []
        for body in data:
            owner_id = owners.get(body.order_id)
            if owner_id is None:
                owner_id = owners[body.order_id] = await _proof_owner(request, body.order_id)
            results += await upload_pictures(request.batchers, request.settings, owner_id, [body.content])
        return Response(results)


ROUTES: Final = (ComplaintsApi,)
"""What the program serves of this module."""


def _by(request: ApiRequest, complaint_id: UUID, shop_id: UUID | None = None) -> dict[str, Any]:
    """Say who acts on a complaint: its payer; or a shop, which is nobody's where the caller does not work there."""
    if shop_id is None:
        return {"complaint_id": complaint_id, "actor": request.actor("buyer")}
    ours = request.shop_if_may(shop_id, Permission.ORDERS)
    return {"complaint_id": complaint_id, "actor": request.actor("merchant"), "shop_id": ours}


def _by_staff(request: ApiRequest, complaint_id: UUID) -> dict[str, Any]:
    return {"complaint_id": complaint_id, "actor": request.actor("staff"), "shops": request.caller.shop_ids}


async def _find(request: ApiRequest, complaint_id: UUID) -> tuple[ComplaintFile, bool]:
    """Find a complaint for whoever asks; say whether they read it as staff: what both sides have is theirs before."""
    async with request.database.read() as reader:
        file = await get_file(reader, complaint_id)
    if file is None:
        raise NotFoundException
    complaint, caller = file.complaint, request.caller
    is_side = complaint.payer_id == request.person_id or caller.may(complaint.shop_id, Permission.ORDERS)
    if not is_side and not (complaint.further_at and caller.has_role("arbiter")):
        raise NotFoundException
    return file, not is_side and not _is_party(request, complaint)


def _is_party(request: ApiRequest, complaint: Complaint) -> bool:
    """Tell whether the caller is concerned: whatever else they are, what the staff propose is not for them."""
    return is_party(complaint, request.person_id, request.caller.shop_ids)


async def _proof_owner(request: ApiRequest, order_id: UUID) -> UUID:
    """Say whose pictures for an order are that the caller sends: nobody's where the order is none of theirs."""
    async with request.database.read() as reader:
        found = await find_for_payer(reader, order_id)
    is_theirs = found is not None and (
        found[0].payer_id == request.person_id or request.caller.may(found[0].shop_id, Permission.ORDERS)
    )
    return proof_owner(order_id) if is_theirs else NO_OWNER


def _page(
    found: Sequence[ComplaintFile],
    limit: int,
    at: Callable[[Complaint], datetime | None],
    is_staff: Callable[[Complaint], bool],
) -> Page[PaymentComplaint]:
    shown = found[:limit]
    last = shown[-1].complaint if len(found) > limit else None
    stopped_at = at(last) if last else None
    next = write_cursor(stopped_at, last.id) if last and stopped_at else None
    return Page(items=[_answer(each, is_staff=is_staff(each.complaint)) for each in shown], next=next)


def _decision(ruling: Ruling, *, is_staff: bool, hash: str | None = None) -> DecisionAnswer:
    return DecisionAnswer(
        amount=ruling.amount,
        words=ruling.words,
        signed_by=ruling.signed_by if is_staff else None,
        signed_at=ruling.signed_at,
        hash=hash,
    )


def _answer(file: ComplaintFile, *, is_staff: bool) -> PaymentComplaint:
    complaint = file.complaint
    is_proposed = complaint.state is ComplaintState.PROPOSED
    ruling = None if is_proposed and not is_staff else complaint.ruling
    hash = seal_of(complaint) if is_proposed and is_staff else None
    decision = _decision(ruling, is_staff=is_staff, hash=hash) if ruling else None
    facts = asdict(file) | asdict(complaint) | {"decision": decision}
    facts["marks"] = list(complaint.marks) if is_staff else []
    facts["objections"] = [
        ComplaintObjection(decision=_decision(each.ruling, is_staff=True), words=each.words, by=each.by, at=each.at)
        for each in (complaint.objections if is_staff else ())
    ]
    if is_proposed and not is_staff:
        facts["state"] = ComplaintState.REVIEWING
    return PaymentComplaint(**{name: facts[name] for name in PaymentComplaint.__struct_fields__})
