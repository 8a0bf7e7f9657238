"""The JSON API of disputes."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct
from msgspec.structs import replace

from weiji.disputes import operations
from weiji.disputes.machine import DisputeState
from weiji.disputes.model import (
    CLAIM_MAX,
    DISPUTE_RULES,
    AppealRuling,
    Dispute,
    DisputeResult,
    DisputeRules,
    ListedDispute,
    OpenDispute,
    Posting,
    RejectRuling,
    RuleDispute,
    SecondRuling,
    Side,
    SimilarCase,
    Statistics,
    SubmitEvidence,
    WithdrawDispute,
)
from weiji.disputes.pages import side_of, unsealed
from weiji.disputes.rules import award_for, hash_of, is_postage, preview, read_by_arbiter, read_by_side
from weiji.identity import refuse_payment_passwords
from weiji.kit import clock
from weiji.orders import get_order
from weiji.rulebook import Version
from weiji.rulebook.api import PublishRulesAnswer, RulesBody, list_rules, publish
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, PaymentPassword, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

Said = Annotated[str, Meta(max_length=4_000)]
ForShop = Annotated[UUID | None, Meta(description="The shop that you act for; none: you are the buyer.")]
Percent = Annotated[int, Meta(ge=-1, le=1_000, description="Of what was asked for (`goods`), for the buyer: 0 to 100.")]

Postage = Annotated[
    int,
    Meta(
        ge=0,
        le=10**12,
        description="What the buyer laid out to send goods back (fen), where the shop bears freight.",
    ),
]


class OpenBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A case of after-sale that was refused, and why arbiters are to decide it."""

    case_id: UUID
    shop_id: ForShop = None
    claim: Said


class EvidenceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What one side says and shows. Pictures are those uploaded for cases of the order."""

    case_id: UUID
    shop_id: ForShop = None
    words: Said
    pictures: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=20)] = []


class RulingBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A ruling to sign. `seen` is the hash of the postings that a preview showed."""

    case_id: UUID
    share: Percent
    freight_by: Side
    postage: Postage = 0
    goods_back: Annotated[
        bool, Meta(description="The shop sends back what the buyer had sent back, where nothing is awarded.")
    ] = False
    words: Said
    seen: Typed
    payment_password: PaymentPassword | None = None


class SecondBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Another arbiter's ruling to sign."""

    case_id: UUID
    number: Annotated[int, Meta(ge=1, le=100)]
    payment_password: PaymentPassword | None = None


class RejectBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Another arbiter's ruling not to sign, and why."""

    case_id: UUID
    number: Annotated[int, Meta(ge=1, le=100)]
    words: Said


class AppealBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A ruling to appeal, and why."""

    case_id: UUID
    shop_id: ForShop = None
    words: Annotated[str, Meta(max_length=CLAIM_MAX * 4)]


class WithdrawBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A dispute of yours to give up."""

    case_id: UUID


class PreviewAnswer(Struct, kw_only=True):
    """What a ruling would give the buyer and post; `seen` is the hash to sign it with."""

    amount: int
    postage: int
    postings: tuple[Posting, ...]
    seen: str


OpenBatch = Batch[OpenBody]
EvidenceBatch = Batch[EvidenceBody]
RulingBatch = Batch[RulingBody]
SecondBatch = Batch[SecondBody]
RejectBatch = Batch[RejectBody]
AppealBatch = Batch[AppealBody]
WithdrawBatch = Batch[WithdrawBody]
DisputeRulesBatch = Batch[RulesBody[DisputeRules]]


class DisputesApi(Controller):
    """Disputes. One has the id of its case."""

    path = "/api/v1/disputes"
    tags = ("disputes",)

    @post("/open", **operation("OpenDisputes", "orders:write", repeat="key_needed"))
    async def open(self, request: ApiRequest, data: OpenBatch) -> Response[list[DisputeResult]]:
        """Leave cases that were refused to arbiters: your own, or those of your shop."""
        commands = [
            OpenDispute(
                case_id=body.case_id,
                actor=request.actor("merchant" if body.shop_id else "buyer"),
                shop_id=_shop(request, body.shop_id),
                claim=body.claim,
            )
            for body in data
        ]
        return await run(request, operations.open_disputes, "case_id", commands)

    @post("/submit-evidence", **operation("SubmitEvidence", "orders:write", repeat="key_needed"))
    async def submit(self, request: ApiRequest, data: EvidenceBatch) -> Response[list[DisputeResult]]:
        """Hand in what your side says and shows, once. It is sealed until both are in or the time is up."""
        commands = [
            SubmitEvidence(
                case_id=body.case_id,
                actor=request.actor("merchant" if body.shop_id else "buyer"),
                shop_id=_shop(request, body.shop_id),
                words=body.words,
                pictures=tuple(body.pictures),
            )
            for body in data
        ]
        return await run(request, operations.submit_evidence, "case_id", commands)

    @post("/appeal", **operation("AppealRulings", "orders:write", repeat="key_needed"))
    async def appeal(self, request: ApiRequest, data: AppealBatch) -> Response[list[DisputeResult]]:
        """Appeal rulings, once: another arbiter decides."""
        commands = [
            AppealRuling(
                case_id=body.case_id,
                actor=request.actor("merchant" if body.shop_id else "buyer"),
                shop_id=_shop(request, body.shop_id),
                words=body.words,
            )
            for body in data
        ]
        return await run(request, operations.appeal_rulings, "case_id", commands)

    @post("/withdraw", **operation("WithdrawDisputes", "orders:write", repeat="key_needed"))
    async def withdraw(self, request: ApiRequest, data: WithdrawBatch) -> Response[list[DisputeResult]]:
        """Give disputes of yours up: their cases end with nothing."""
        commands = [WithdrawDispute(case_id=body.case_id, actor=request.actor("buyer")) for body in data]
        return await run(request, operations.withdraw_disputes, "case_id", commands)

    @post("/rule", **operation("RuleDisputes", "platform:write", repeat="key_needed", guards=[staff("arbiter")]))
    async def rule(self, request: ApiRequest, data: RulingBatch) -> Response[list[DisputeResult]]:
        """Sign rulings with the payment password. From an amount that the rules say on, a second arbiter signs, too."""
        refusals = await refuse_payment_passwords(request, [body.payment_password for body in data])
        commands = [
            RuleDispute(
                case_id=body.case_id,
                actor=request.actor("staff"),
                shops=request.caller.shop_ids,
                refusal=refusals[body.payment_password],
                share=body.share,
                freight_by=body.freight_by,
                postage=body.postage,
                goods_back=body.goods_back,
                words=body.words,
                seen=body.seen,
            )
            for body in data
        ]
        return await run(request, operations.rule_disputes, "case_id", commands)

    @post("/second", **operation("SecondRulings", "platform:write", repeat="key_needed", guards=[staff("arbiter")]))
    async def second(self, request: ApiRequest, data: SecondBatch) -> Response[list[DisputeResult]]:
        """Sign rulings of other arbiters with the payment password."""
        refusals = await refuse_payment_passwords(request, [body.payment_password for body in data])
        commands = [
            SecondRuling(
                case_id=body.case_id,
                actor=request.actor("staff"),
                shops=request.caller.shop_ids,
                refusal=refusals[body.payment_password],
                number=body.number,
            )
            for body in data
        ]
        return await run(request, operations.second_rulings, "case_id", commands)

    @post("/reject", **operation("RejectRulings", "platform:write", repeat="key_needed", guards=[staff("arbiter")]))
    async def reject(self, request: ApiRequest, data: RejectBatch) -> Response[list[DisputeResult]]:
        """Do not sign rulings of other arbiters: they are decided anew."""
        commands = [
            RejectRuling(
                case_id=body.case_id,
                actor=request.actor("staff"),
                shops=request.caller.shop_ids,
                number=body.number,
                words=body.words,
            )
            for body in data
        ]
        return await run(request, operations.reject_rulings, "case_id", commands)

    @get("/", **operation("ListDisputes", "platform:read", guards=[staff("arbiter")]))
    async def index(
        self,
        request: ApiRequest,
        stands: FromQuery[DisputeState | None] = None,
        is_marked: FromQuery[bool] = False,
        after: After = None,
        limit: Limit = 30,
    ) -> Page[ListedDispute]:
        """List everybody's disputes, newest first; or those alone in which word rules found something."""
        before = read_cursor(after, tuple[datetime, UUID])
        states = [stands] if stands else list(DisputeState)
        async with request.database.read() as reader:
            found = await operations.list_disputes(reader, states, is_marked=is_marked, before=before, limit=limit + 1)
        shown = found[:limit]
        next = write_cursor(shown[-1].opened_at, shown[-1].case_id) if len(found) > limit else None
        return Page(items=shown, next=next)

    @get("/statistics", **operation("GetDisputeStatistics", is_public=True))
    async def statistics(self, request: ApiRequest, shop_id: FromQuery[UUID | None] = None) -> Statistics:
        """Read how disputes were decided: of a shop, or all."""
        async with request.database.read() as reader:
            return await operations.get_statistics(reader, shop_id)

    @get("/{case_id:uuid}", **operation("GetDispute", "orders:read"))
    async def show(self, request: ApiRequest, case_id: FromPath[UUID]) -> Dispute:
        """Read a dispute: as one of its sides, or as an arbiter. Sealed evidence is your own side's only."""
        async with request.database.read() as reader:
            dispute = await operations.get_dispute(reader, case_id)
        side = side_of(dispute, request.caller) if dispute else None
        if dispute is None or (side is None and not request.caller.has_role("arbiter")):
            raise NotFoundException
        if side is not None:
            return replace(read_by_side(dispute), evidence=unsealed(dispute, side))
        return read_by_arbiter(dispute, request.person_id, request.caller.shop_ids)

    @get("/{case_id:uuid}/preview", **operation("PreviewRuling", "platform:read", guards=[staff("arbiter")]))
    async def preview(
        self,
        request: ApiRequest,
        case_id: FromPath[UUID],
        share: FromQuery[Annotated[int, Meta(ge=0, le=100)]],
        freight_by: FromQuery[Side] = Side.BUYER,
        postage: FromQuery[Postage] = 0,
        goods_back: FromQuery[bool] = False,
    ) -> PreviewAnswer:
        """Read what a ruling would post, before it is signed. `postage` that may not be awarded is left out."""
        async with request.database.read() as reader:
            dispute = await operations.get_dispute(reader, case_id)
            order = await get_order(reader, dispute.order_id) if dispute else None
        if dispute is None or order is None or dispute.ended_at is not None:
            raise NotFoundException
        amount = award_for(dispute, order, share, freight_by)
        paid_back = postage if is_postage(dispute, postage, freight_by) else 0
        postings = preview(order, dispute.file.case, amount, clock.now(), paid_back, goods_back=goods_back)
        return PreviewAnswer(amount=amount, postage=paid_back, postings=postings, seen=hash_of(postings))

    @get("/{case_id:uuid}/similar", **operation("ListSimilarDisputes", "platform:read", guards=[staff("arbiter")]))
    async def similar(self, request: ApiRequest, case_id: FromPath[UUID]) -> Page[SimilarCase]:
        """List the newest disputes that were decided for the same reason; at most 20."""
        async with request.database.read() as reader:
            dispute = await operations.get_dispute(reader, case_id)
            if dispute is None:
                raise NotFoundException
            return Page(items=await operations.get_similar(reader, dispute, limit=20), next=None)

    @get("/rules", **operation("ListDisputeRules", "platform:read", guards=[staff()]))
    async def list_rules(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[Version[DisputeRules]]:
        """List the versions of the rules, the latest first."""
        return await list_rules(request, DISPUTE_RULES, after, limit)

    @post(
        "/rules/publish",
        **operation("PublishDisputeRules", "platform:write", repeat="key_needed", guards=[staff("operator")]),
    )
    async def publish(self, request: ApiRequest, data: DisputeRulesBatch) -> Response[list[PublishRulesAnswer]]:
        """Publish versions of the rules, in turn: for disputes that are opened from then on."""
        return await publish(request, DISPUTE_RULES, data)


ROUTES: Final = (DisputesApi,)
"""What the program serves of this module."""


def _shop(request: ApiRequest, shop_id: UUID | None) -> UUID | None:
    if shop_id is None:
        return None
    return request.shop_if_may(shop_id, Permission.ORDERS)
