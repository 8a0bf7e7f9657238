"""The JSON API of after-sale.

Who acts is said by the caller: without a `shop_id` they act as a buyer, on orders of their own; with one, for a shop
that they work for. What is somebody else's is not there.
"""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Response
from msgspec import Meta, Struct
from msgspec.structs import asdict

from weiji.aftersale import operations, store
from weiji.aftersale.machine import MONEY, CaseKind, CaseState
from weiji.aftersale.model import (
    PROOF_MAX,
    WORDS_MAX,
    AcceptOffer,
    AgreeCase,
    AskCase,
    Case,
    CaseParcel,
    CaseStatus,
    CounterCase,
    CounterReturn,
    DeclineOffer,
    RefundInstead,
    RefuseCase,
    RefuseReturn,
    ReplyToCase,
    Reship,
    ReturnAddress,
    Saying,
    SendBack,
    SetReturnAddress,
    SetReturnAddressStatus,
    TakeReturn,
    WithdrawCase,
    proof_owner,
)
from weiji.aftersale.numbers import CheckReturn, check_returns
from weiji.aftersale.reasons import REASONS, REFUSALS, Reason, RefusalReason
from weiji.aftersale.rules import Holding, holdings_of
from weiji.carriers import name_of
from weiji.media import BYTES_MAX, NO_OWNER, UploadResult, upload_pictures
from weiji.orders import get_order, refund_bounds
from weiji.orders.numbers import ParcelCheck
from weiji.web.api import After, AmountOrNothing, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

Units = Annotated[int, Meta(ge=1, le=999)]
Words = Annotated[str, Meta(max_length=1_000, description=f"At most {WORDS_MAX} characters: else `words_invalid`.")]
LineNumber = Annotated[int, Meta(ge=1, le=50)]
Pictures = Annotated[
    list[Annotated[str, Meta(max_length=200)]],
    Meta(max_length=PROOF_MAX, description="Addresses of pictures that were uploaded for the order."),
]


class AskBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What you ask for about a line of an order of yours. Without an `amount`: what the units cost."""

    id: UUID
    order_id: UUID
    line: LineNumber
    kind: CaseKind
    quantity: Units
    reason: Reason
    amount: AmountOrNothing | None = None
    words: Words = ""
    proof: Pictures = []
    sku_id: Annotated[
        UUID | None,
        Meta(description="In exchange: another SKU of the product, at the same price. None: the same again."),
    ] = None
    held_sku_id: Annotated[
        UUID | None,
        Meta(description="Of a line that was exchanged in part: which of the SKUs that you have of it (`ListHeld`)."),
    ] = None


class HeldAnswer(Holding, frozen=True, kw_only=True):
    """Units of a SKU that a buyer has of a line."""

    line: int


class BoundsAnswer(Struct, kw_only=True):
    """What may be asked back for units: at least, of itself, and at most. All 0 where no money goes back for them."""

    least: int = 0
    usual: int = 0
    most: int = 0


class ReasonsAnswer(Struct, kw_only=True):
    """The reasons that there are for a kind of case, and those for which a shop may say no to it."""

    kind: CaseKind
    reasons: list[Reason]
    refusals: list[RefusalReason]


class AddressBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Where goods are to be sent back to."""

    name: Typed
    phone: Typed
    region: Typed
    detail: Typed
    postcode: Typed = ""

    @property
    def address(self) -> ReturnAddress:
        """The address."""
        return ReturnAddress(
            name=self.name, phone=self.phone, region=self.region, detail=self.detail, postcode=self.postcode
        )


class AgreeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of your shop. Goods are sent back to `address`; without one to where your shop says they always are."""

    case_id: UUID
    shop_id: UUID
    address: AddressBody | None = None


class RefuseBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of your shop, and why not."""

    case_id: UUID
    shop_id: UUID
    reason: Annotated[RefusalReason, Meta(description="One of `refusals` of the kind.")] = RefusalReason.OTHER
    words: Words
    proof: Pictures = []


class ReplyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of your shop, or without `shop_id` one that you opened, and what you tell the other side."""

    case_id: UUID
    shop_id: UUID | None = None
    words: Words
    proof: Pictures = []


class CounterBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of your shop, and what you offer instead: another kind, or another amount."""

    case_id: UUID
    shop_id: UUID
    kind: CaseKind
    amount: AmountOrNothing
    words: Words = ""
    address: AddressBody | None = None


class CounterReturnBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of your shop whose goods came back, the lower amount that you offer for them, and why."""

    case_id: UUID
    shop_id: UUID
    amount: AmountOrNothing
    words: Words
    proof: Pictures = []


class MineBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of yours."""

    case_id: UUID


class OursBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of your shop."""

    case_id: UUID
    shop_id: UUID


class SendBackBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of yours, and how you sent the goods back."""

    case_id: UUID
    carrier: Typed
    tracking_number: Typed


class TakeReturnBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of your shop whose goods came back. `is_restocked`: they can be sold again."""

    case_id: UUID
    shop_id: UUID
    is_restocked: bool = False


class ReshipBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of your shop, and how you sent goods anew, or back to their buyer."""

    case_id: UUID
    shop_id: UUID
    carrier: Typed
    tracking_number: Typed
    units: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=999,
                description="How many leave your stock: 0 where a piece of one is sent, or what came back. None: all"
                " that it is about; of what came back, none.",
            ),
        ]
        | None
    ) = None


class UploadProofBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A picture for a case of an order: the whole file, in base64. What it is, is seen from the file alone."""

    order_id: UUID
    content: Annotated[bytes, Meta(min_length=1, max_length=BYTES_MAX)]


class ReturnAddressBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop that you work for, and where goods are to be sent back to."""

    shop_id: UUID
    address: AddressBody


class CaseAnswer(Struct):
    """How an act on a case ended."""

    status: CaseStatus


class ReturnAddressAnswer(Struct):
    """How setting the address ended."""

    status: SetReturnAddressStatus


AskBatch = Batch[AskBody]
AgreeBatch = Batch[AgreeBody]
RefuseBatch = Batch[RefuseBody]
ReplyBatch = Batch[ReplyBody]
CounterBatch = Batch[CounterBody]
CounterReturnBatch = Batch[CounterReturnBody]
MineBatch = Batch[MineBody]
OursBatch = Batch[OursBody]
SendBackBatch = Batch[SendBackBody]
TakeReturnBatch = Batch[TakeReturnBody]
ReshipBatch = Batch[ReshipBody]
UploadProofBatch = Batch[UploadProofBody]
ReturnAddressBatch = Batch[ReturnAddressBody]


class _Shop:
    """The part of a shop in which the caller acts: for one that is none of theirs there is no case."""

    def __init__(self, request: ApiRequest) -> None:
        self.caller = request.caller
        self.actor = request.actor("merchant")

    def of(self, case_id: UUID, shop_id: UUID) -> dict[str, Any]:
        """Say who acts, and on what."""
        ours = shop_id if self.caller.may(shop_id, Permission.ORDERS) else None
        return {"case_id": case_id, "actor": self.actor, "shop_id": ours}


class CasesApi(Controller):
    """Cases of after-sale."""

    path = "/api/v1/cases"
    tags = ("aftersale",)

    @get("/", **operation("ListCases", "orders:read"))
    async def index(
        self,
        request: ApiRequest,
        shop_id: Annotated[UUID | None, QueryParameter(description="A shop you work for; none: your own.")] = None,
        wanted: Annotated[
            CaseState | None, QueryParameter(name="state", description="Only cases in this state.")
        ] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[Case]:
        """List cases, the newest first: those that you opened, or those of a shop you work for."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        states = [wanted] if wanted else list(CaseState)
        async with request.database.read() as reader:
            if shop_id is None:
                found = await store.list_cases_of_buyer(reader, request.person_id, states, cursor, limit + 1)
            elif request.caller.may(shop_id, Permission.ORDERS):
                found = await store.list_cases_of_shop(reader, shop_id, states, cursor, limit + 1)
            else:
                raise NotFoundException
        return _page(found, limit)

    @get("/all", **operation("ListAllCases", "platform:read", guards=[staff()]))
    async def list_all(
        self,
        request: ApiRequest,
        wanted: Annotated[
            CaseState | None, QueryParameter(name="state", description="Only cases in this state.")
        ] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[Case]:
        """List everybody's cases, the newest first, for the operator's staff."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_cases(reader, [wanted] if wanted else list(CaseState), cursor, limit + 1)
        return _page(found, limit)

    @get("/{case_id:uuid}", **operation("GetCase", "orders:read"))
    async def show(self, request: ApiRequest, case_id: FromPath[UUID]) -> Case:
        """Read a case that you opened, or one of a shop you work for."""
        return (await _find(request, case_id)).case

    @get("/{case_id:uuid}/sayings", **operation("ListSayings", "orders:read"))
    async def list_sayings(self, request: ApiRequest, case_id: FromPath[UUID]) -> list[Saying]:
        """List what both sides told each other about a case, the oldest first, as either side of it."""
        found = await _find(request, case_id)
        async with request.database.read() as reader:
            return (await operations.get_sayings(reader, [found.case.id]))[found.case.id]

    @get("/{case_id:uuid}/return-parcel", **operation("GetReturnParcel", "orders:read"))
    async def show_return_parcel(self, request: ApiRequest, case_id: FromPath[UUID]) -> CaseParcel:
        """Read what the carrier tells of the parcel in which goods of a case come back, as either side of it.

        Not found: nothing was sent back, or it is not followed.
        """
        found = await _find(request, case_id)
        if found.returned is None:
            raise NotFoundException
        return found.returned

    @get("/{case_id:uuid}/replacement-parcel", **operation("GetReplacementParcel", "orders:read"))
    async def show_replacement_parcel(self, request: ApiRequest, case_id: FromPath[UUID]) -> CaseParcel:
        """Read what the carrier tells of the parcel in which goods of a case were sent anew, as either side of it.

        Or back to the buyer, where arbiters had the shop do that. Not found: nothing was, or it is not followed.
        """
        found = await _find(request, case_id)
        if found.replacement is None:
            raise NotFoundException
        return found.replacement

    @get("/reasons", **operation("ListReasons", "orders:read"))
    async def list_reasons(self, request: ApiRequest) -> list[ReasonsAnswer]:
        """List the standard reasons, by kind of case."""
        del request
        return [
            ReasonsAnswer(kind=kind, reasons=list(reasons), refusals=list(REFUSALS[kind]))
            for kind, reasons in REASONS.items()
        ]

    @get("/bounds", **operation("GetRefundBounds", "orders:read"))
    async def show_bounds(
        self, request: ApiRequest, order_id: UUID, line: LineNumber, kind: CaseKind, quantity: Units
    ) -> BoundsAnswer:
        """Say what may be asked back for units of a line of an order of yours, as it stands now."""
        async with request.database.read() as reader:
            order = await get_order(reader, order_id)
        if order is None or order.buyer_id != request.person_id or line > len(order.lines):
            raise NotFoundException
        found = order.lines[line - 1]
        is_unsent = kind is CaseKind.CANCEL
        there = found.sendable if is_unsent else found.shipped - found.returned
        if kind not in MONEY or quantity > there:
            return BoundsAnswer()
        bounds = refund_bounds(order, found, quantity, is_unsent=is_unsent)
        return BoundsAnswer(least=bounds.least, usual=bounds.usual, most=bounds.most)

    @get("/held", **operation("ListHeld", "orders:read"))
    async def list_held(self, request: ApiRequest, order_id: UUID) -> list[HeldAnswer]:
        """List what you have of the lines of an order of yours: as it was ordered, or what was sent in exchange."""
        async with request.database.read() as reader:
            order = await get_order(reader, order_id)
            cases = await store.read_cases(reader, [order_id])
        if order is None or order.buyer_id != request.person_id:
            raise NotFoundException
        return [
            HeldAnswer(line=line.line, **asdict(each))
            for line in order.lines
            for each in holdings_of(order.id, line, cases.values())
        ]

    @post("/ask", **operation("AskCases", "orders:write", repeat="key_needed"))
    async def ask(self, request: ApiRequest, data: AskBatch) -> Response[list[CaseAnswer]]:
        """Ask for something about lines of orders of yours. Until it is over, the clocks of these orders stand."""
        actor = request.actor("buyer")
        commands = [
            AskCase(
                id=body.id,
                order_id=body.order_id,
                line=body.line,
                kind=body.kind,
                quantity=body.quantity,
                amount=body.amount,
                reason=body.reason,
                words=body.words,
                proof=tuple(body.proof),
                sku_id=body.sku_id,
                held_sku_id=body.held_sku_id,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.ask_cases, "order_id", commands)

    @post("/agree", **operation("AgreeCases", "payments:write", repeat="key_needed"))
    async def agree(self, request: ApiRequest, data: AgreeBatch) -> Response[list[CaseAnswer]]:
        """Agree to cases of your shop. Money that is asked back goes; where goods are to come back, they come first."""
        shop = _Shop(request)
        commands = [
            AgreeCase(address=body.address.address if body.address else None, **shop.of(body.case_id, body.shop_id))
            for body in data
        ]
        return await run(request, operations.agree_cases, "case_id", commands)

    @post("/refuse", **operation("RefuseCases", "orders:write", repeat="key_needed"))
    async def refuse(self, request: ApiRequest, data: RefuseBatch) -> Response[list[CaseAnswer]]:
        """Say no to cases of your shop, and why."""
        shop = _Shop(request)
        commands = [
            RefuseCase(
                reason=body.reason,
                words=body.words,
                proof=tuple(body.proof),
                **shop.of(body.case_id, body.shop_id),
            )
            for body in data
        ]
        return await run(request, operations.refuse_cases, "case_id", commands)

    @post("/reply", **operation("ReplyToCases", "orders:write", repeat="key_needed"))
    async def reply(self, request: ApiRequest, data: ReplyBatch) -> Response[list[CaseAnswer]]:
        """Tell the other side something about cases of yours, or of your shop. It decides nothing."""
        shop, buyer = _Shop(request), request.actor("buyer")
        commands = [
            ReplyToCase(
                words=body.words,
                proof=tuple(body.proof),
                **(shop.of(body.case_id, body.shop_id) if body.shop_id else {"case_id": body.case_id, "actor": buyer}),
            )
            for body in data
        ]
        return await run(request, operations.reply_to_cases, "case_id", commands)

    @post("/counter", **operation("CounterCases", "orders:write", repeat="key_needed"))
    async def counter(self, request: ApiRequest, data: CounterBatch) -> Response[list[CaseAnswer]]:
        """Offer something else in cases of your shop."""
        shop = _Shop(request)
        commands = [
            CounterCase(
                kind=body.kind,
                amount=body.amount,
                words=body.words,
                address=body.address.address if body.address else None,
                **shop.of(body.case_id, body.shop_id),
            )
            for body in data
        ]
        return await run(request, operations.counter_cases, "case_id", commands)

    @post("/accept", **operation("AcceptOffers", "orders:write", repeat="key_needed"))
    async def accept(self, request: ApiRequest, data: MineBatch) -> Response[list[CaseAnswer]]:
        """Agree to what shops offered in cases of yours."""
        actor = request.actor("buyer")
        commands = [AcceptOffer(case_id=body.case_id, actor=actor) for body in data]
        return await run(request, operations.accept_offers, "case_id", commands)

    @post("/decline", **operation("DeclineOffers", "orders:write", repeat="key_needed"))
    async def decline(self, request: ApiRequest, data: MineBatch) -> Response[list[CaseAnswer]]:
        """Say no to what shops offered in cases of yours."""
        actor = request.actor("buyer")
        commands = [DeclineOffer(case_id=body.case_id, actor=actor) for body in data]
        return await run(request, operations.decline_offers, "case_id", commands)

    @post("/check-returns", **operation("CheckReturns", "orders:read", repeat="key_taken", opt={"finds": True}))
    async def check_returns(self, request: ApiRequest, data: SendBackBatch) -> list[ParcelCheck]:
        """Say what there is to say against the numbers of parcels that you are about to send back. Nothing is done."""
        returns = [CheckReturn(body.case_id, body.carrier, body.tracking_number) for body in data]
        async with request.database.read() as reader:
            found = await check_returns(reader, request.person_id, returns)
        checks = [check for check in found if check is not None]
        if len(checks) < len(found):
            raise NotFoundException
        return checks

    @post("/send-back", **operation("SendBack", "orders:write", repeat="key_needed"))
    async def send_back(self, request: ApiRequest, data: SendBackBatch) -> Response[list[CaseAnswer]]:
        """Say how you sent goods back."""
        actor = request.actor("buyer")
        commands = [
            SendBack(
                case_id=body.case_id,
                carrier=name_of(body.carrier),
                tracking_number=body.tracking_number,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.send_back, "case_id", commands)

    @post("/take-returns", **operation("TakeReturns", "payments:write", repeat="key_needed"))
    async def take_returns(self, request: ApiRequest, data: TakeReturnBatch) -> Response[list[CaseAnswer]]:
        """Take goods back in your shop. The money goes back, or others are to be sent."""
        shop = _Shop(request)
        commands = [TakeReturn(is_restocked=body.is_restocked, **shop.of(body.case_id, body.shop_id)) for body in data]
        return await run(request, operations.take_returns, "case_id", commands)

    @post("/counter-returns", **operation("CounterReturns", "orders:write", repeat="key_needed"))
    async def counter_returns(self, request: ApiRequest, data: CounterReturnBatch) -> Response[list[CaseAnswer]]:
        """Offer less for goods that were sent back to your shop. Without an answer the clock leaves it to arbiters."""
        shop = _Shop(request)
        commands = [
            CounterReturn(
                amount=body.amount,
                words=body.words,
                proof=tuple(body.proof),
                **shop.of(body.case_id, body.shop_id),
            )
            for body in data
        ]
        return await run(request, operations.counter_returns, "case_id", commands)

    @post("/refuse-returns", **operation("RefuseReturns", "orders:write", repeat="key_needed"))
    async def refuse_returns(self, request: ApiRequest, data: RefuseBatch) -> Response[list[CaseAnswer]]:
        """Say what is wrong with what was sent back to your shop, with a picture of it, at least."""
        shop = _Shop(request)
        commands = [
            RefuseReturn(words=body.words, proof=tuple(body.proof), **shop.of(body.case_id, body.shop_id))
            for body in data
        ]
        return await run(request, operations.refuse_returns, "case_id", commands)

    @post("/reship", **operation("ReshipCases", "orders:write", repeat="key_needed"))
    async def reship(self, request: ApiRequest, data: ReshipBatch) -> Response[list[CaseAnswer]]:
        """Send goods anew from your shop's stock: others for those that came back, or what was missing.

        Where arbiters have you give back what came back (`to_give_back`), you send that, and your stock stays.
        """
        shop = _Shop(request)
        commands = [
            Reship(
                carrier=name_of(body.carrier),
                tracking_number=body.tracking_number,
                units=body.units,
                **shop.of(body.case_id, body.shop_id),
            )
            for body in data
        ]
        return await run(request, operations.reship_cases, "case_id", commands)

    @post("/refund-instead", **operation("RefundInstead", "payments:write", repeat="key_needed"))
    async def refund_instead(self, request: ApiRequest, data: OursBatch) -> Response[list[CaseAnswer]]:
        """Give the money back for goods that your shop can't send anew, or does not send back."""
        shop = _Shop(request)
        commands = [RefundInstead(**shop.of(body.case_id, body.shop_id)) for body in data]
        return await run(request, operations.refund_instead, "case_id", commands)

    @post("/withdraw", **operation("WithdrawCases", "orders:write", repeat="key_needed"))
    async def withdraw(self, request: ApiRequest, data: MineBatch) -> Response[list[CaseAnswer]]:
        """Give cases of yours up. The clocks of their orders run on."""
        actor = request.actor("buyer")
        commands = [WithdrawCase(case_id=body.case_id, actor=actor) for body in data]
        return await run(request, operations.withdraw_cases, "case_id", commands)

    @post(
        "/upload-proof",
        **operation("UploadProof", "orders:write"),
        request_max_body_size=4 * BYTES_MAX,
    )
    async def upload_proof(self, request: ApiRequest, data: UploadProofBatch) -> Response[list[UploadResult]]:
        """Take in pictures for cases of orders: of your own, or of a shop that you work for.

        Sending one again is safe: it `exists`. One that no case shows within three days is removed.
        """
        owners: dict[UUID, UUID] = {}
        results: list[UploadResult] = []
        for body in data:
            owner_id = owners.get(body.order_id)
            if owner_id is None:
                owner_id = owners[body.order_id] = await _proof_owner(request, body.order_id)
            results += await upload_pictures(request.batchers, request.settings, owner_id, [body.content])
        return Response(results)


class ReturnAddressesApi(Controller):
    """Where shops want goods to be sent back to."""

    path = "/api/v1/return-addresses"
    tags = ("aftersale",)

    @get("/{shop_id:uuid}", **operation("GetReturnAddress", "orders:read"))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> ReturnAddress:
        """Read where a shop that you work for wants goods to be sent back to."""
        if not request.caller.may(shop_id, Permission.ORDERS):
            raise NotFoundException
        async with request.database.read() as reader:
            found = (await store.get_return_addresses(reader, [shop_id])).get(shop_id)
        if found is None:
            raise NotFoundException
        return found

    @post("/set", **operation("SetReturnAddresses", "orders:write", repeat="key_taken"))
    async def set(self, request: ApiRequest, data: ReturnAddressBatch) -> Response[list[ReturnAddressAnswer]]:
        """Say where your shops want goods to be sent back to."""
        actor = request.actor("merchant")
        commands = [
            SetReturnAddress(
                shop_id=body.shop_id if request.caller.may(body.shop_id, Permission.ORDERS) else NO_OWNER,
                address=body.address.address,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.set_return_addresses, "shop_id", commands)


ROUTES: Final = (CasesApi, ReturnAddressesApi)
"""What the program serves of this module."""


async def _find(request: ApiRequest, case_id: UUID) -> store.CaseView:
    """Read a case for whoever asks: either side of it."""
    async with request.database.read() as reader:
        found = await store.get_case(reader, case_id)
    if found is None or not (
        found.case.buyer_id == request.person_id or request.caller.may(found.case.shop_id, Permission.ORDERS)
    ):
        raise NotFoundException
    return found


def _page(found: list[Case], limit: int) -> Page[Case]:
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(items=shown, next=write_cursor(last.asked_at, last.id) if last else None)


async def _proof_owner(request: ApiRequest, order_id: UUID) -> UUID:
    """Say whose pictures for an order are that the caller sends: nobody's where the order is none of theirs."""
    async with request.database.read() as reader:
        order = await get_order(reader, order_id)
    is_theirs = order is not None and (
        order.buyer_id == request.person_id or request.caller.may(order.shop_id, Permission.ORDERS)
    )
    return proof_owner(order_id) if is_theirs else NO_OWNER
