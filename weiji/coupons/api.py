"""The JSON API of coupons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.coupons import operations, store
from weiji.coupons.model import (
    AMOUNT_MAX,
    CATEGORIES_MAX,
    PER_PERSON_MAX,
    PERCENT_MAX,
    PRODUCTS_MAX,
    QUANTITY_MAX,
    THRESHOLD_MAX,
    VALID_DAYS_MAX,
    CampaignState,
    CampaignVerb,
    ClaimCoupon,
    ClaimCouponResult,
    CouponState,
    CouponVerb,
    CreateCampaign,
    CreateCampaignStatus,
    Effect,
    MoveCampaign,
    MoveCampaignStatus,
    ServeCoupon,
    ServeCouponStatus,
    ShownCampaign,
    Terms,
)
from weiji.coupons.reading import read_terms
from weiji.coupons.rules import word_of
from weiji.events import Actor
from weiji.kit import clock
from weiji.web.api import After, ApiRequest, Batch, Limit, Moment, Page, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.web.rates import rate

CodeText = Annotated[str, Meta(max_length=100, description="The word that the campaign is claimed with.")]


class TermsBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a coupon takes off (fen), and of what. `percent` 0: exactly `amount`; otherwise `amount` at most."""

    amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    percent: Annotated[int, Meta(ge=0, le=PERCENT_MAX)] = 0
    threshold: Annotated[int, Meta(ge=0, le=THRESHOLD_MAX)] = 0
    product_ids: Annotated[list[UUID], Meta(max_length=PRODUCTS_MAX, description="The shop's; empty: all.")] = []
    category_ids: Annotated[
        list[UUID], Meta(max_length=CATEGORIES_MAX, description="With all that lies in them; empty: all.")
    ] = []


class PlatformCampaignBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A campaign of the platform. It starts when its budget covers every coupon."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are 0.")]
    name: Typed
    terms: TermsBody
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
    per_person: Annotated[int, Meta(ge=1, le=PER_PERSON_MAX)] = 1
    starts_at: Moment
    ends_at: Moment
    valid_days: Annotated[
        int, Meta(ge=0, le=VALID_DAYS_MAX, description="How long a coupon is good; 0: until the campaign ends.")
    ] = 0
    code: CodeText | None = None


class CampaignBody(PlatformCampaignBody, forbid_unknown_fields=True, kw_only=True):
    """A campaign of a shop, which bears what its coupons take off."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of `shop_id`.")]
    shop_id: UUID


class MovePlatformBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be done to a campaign."""

    id: UUID
    verb: CampaignVerb


class MoveBody(MovePlatformBody, forbid_unknown_fields=True, kw_only=True):
    """What is to be done to a campaign of a shop."""

    shop_id: UUID


class ClaimBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A coupon to claim."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of `campaign_id`.")]
    campaign_id: UUID
    code: CodeText | None = None


class ServeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be done to a coupon that somebody has of your shop."""

    shop_id: UUID
    coupon_id: UUID
    verb: CouponVerb
    use_id: Annotated[UUID | None, Meta(description="Made by you for each `use`; `take_back` names it.")] = None


class TermsAnswer(Struct, kw_only=True):
    """What a coupon takes off, in fen, and of what; with neither products nor categories: of everything."""

    amount: int
    percent: int
    threshold: int
    product_ids: list[UUID]
    category_ids: list[UUID]


class CampaignAnswer(Struct, kw_only=True):
    """A campaign. `budget` and `effect` are told to those who work for whom it is of."""

    id: UUID
    shop_id: Annotated[UUID | None, Meta(description="Null: the platform pays.")]
    name: str
    state: CampaignState
    terms: TermsAnswer
    quantity: int
    claimed: int
    per_person: int
    starts_at: datetime
    ends_at: datetime
    valid_days: int
    created_at: datetime
    code: str | None = None
    effect: Effect | None = None
    budget: Annotated[int | None, Meta(description="What is left of it and not held, of the platform's.")] = None
    own: Annotated[int, Meta(description="How many you have claimed.")] = 0


class CouponAnswer(Struct, kw_only=True):
    """A coupon of yours."""

    id: UUID
    campaign_id: UUID
    shop_id: Annotated[UUID | None, Meta(description="Where it is good; null: everywhere.")]
    shop_name: str | None
    name: str
    state: CouponState
    stands: Annotated[str, Meta(description="One of usable, waiting, reserved, used, ended, expired.")]
    terms: TermsAnswer
    starts_at: datetime
    claimed_at: datetime
    expires_at: datetime
    order_id: UUID | None
    at_till: Annotated[bool, Meta(description="Whether the shop used it at its till, outside of orders.")]


class CreateCampaignAnswer(Struct):
    """How creating a campaign ended."""

    status: CreateCampaignStatus


class ServeCouponAnswer(Struct):
    """How it ended."""

    status: ServeCouponStatus


class MoveCampaignAnswer(Struct):
    """How it ended."""

    status: MoveCampaignStatus


CampaignBatch = Batch[CampaignBody]
PlatformCampaignBatch = Batch[PlatformCampaignBody]
MoveBatch = Batch[MoveBody]
MovePlatformBatch = Batch[MovePlatformBody]
ClaimBatch = Batch[ClaimBody]
ServeBatch = Batch[ServeBody]


class CampaignsApi(Controller):
    """Campaigns of shops, and what can be claimed."""

    path = "/api/v1/coupon-campaigns"
    tags = ("coupons",)

    @get("/", **operation("ListCouponCampaigns", "goods:read"))
    async def index(
        self, request: ApiRequest, shop_id: UUID, after: After = None, limit: Limit = 20
    ) -> Page[CampaignAnswer]:
        """List the campaigns of a shop that you work for, the newest first, with what they brought."""
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        return await _page(request, shop_id, after, limit)

    @get("/open", **operation("ListOpenCouponCampaigns", is_public=True))
    async def list_open(
        self, request: ApiRequest, shop_id: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[CampaignAnswer]:
        """List what can be claimed: in a shop (its own and the platform's), or anywhere."""
        async with request.database.read() as reader:
            found = await store.list_open(reader, shop_id, request.caller.person_id, clock.now(), limit)
        return Page(items=[_describe(each) for each in found], next=None)

    @get("/by-code", **operation("FindCouponCampaign", "orders:read", opt=rate("coupons", "600/minute")))
    async def find(self, request: ApiRequest, code: FromQuery[CodeText]) -> CampaignAnswer:
        """Find the campaign that a code leads to."""
        async with request.database.read() as reader:
            found = await store.find_by_code(reader, code)
        if found is None or found.state is CampaignState.CREATED:
            raise NotFoundException
        return _describe(ShownCampaign(campaign=found))

    @get("/{campaign_id:uuid}", **operation("GetCouponCampaign", "goods:read"))
    async def show(self, request: ApiRequest, campaign_id: FromPath[UUID]) -> CampaignAnswer:
        """Read a campaign of a shop that you work for, or, as one of the staff, of the platform."""
        async with request.database.read() as reader:
            found = await store.get_campaign(reader, campaign_id, request.caller.person_id)
        if found is None or not _may_see(request, found.campaign.shop_id):
            raise NotFoundException
        return _describe(found, is_whole=True)

    @post("/create", **operation("CreateCouponCampaigns", "goods:write", repeat="key_taken"))
    async def create(self, request: ApiRequest, data: CampaignBatch) -> Response[list[CreateCampaignAnswer]]:
        """Create campaigns of shops that you work for. Nobody can claim a coupon before they are started."""
        actor = request.actor("merchant")
        shops = [request.shop_if_may(body.shop_id, Permission.GOODS) for body in data]
        return await run(request, operations.create_campaigns, "id", await _creating(request, data, shops, actor))

    @post("/move", **operation("MoveCouponCampaigns", "goods:write", repeat="key_taken"))
    async def move(self, request: ApiRequest, data: MoveBatch) -> Response[list[MoveCampaignAnswer]]:
        """Start, pause, resume or stop campaigns of shops that you work for. What was claimed stays good."""
        actor = request.actor("merchant")
        commands = [
            MoveCampaign(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                verb=body.verb,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.move_campaigns, "id", commands)

    @get("/platform", **operation("ListPlatformCouponCampaigns", "platform:read", guards=[staff()]))
    async def list_platform(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[CampaignAnswer]:
        """List the campaigns that the platform pays, the newest first, with what they brought."""
        return await _page(request, None, after, limit)

    @post(
        "/platform/create",
        **operation("CreatePlatformCouponCampaigns", "platform:write", repeat="key_needed", guards=[staff("operator")]),
    )
    async def create_platform(
        self, request: ApiRequest, data: PlatformCampaignBatch
    ) -> Response[list[CreateCampaignAnswer]]:
        """Create campaigns that the platform pays. Two of the staff fill their budgets (`ProposeDeeds`)."""
        commands = await _creating(request, data, [None] * len(data), request.actor("staff"))
        return await run(request, operations.create_campaigns, "id", commands)

    @post(
        "/platform/move",
        **operation("MovePlatformCouponCampaigns", "platform:write", repeat="key_needed", guards=[staff("operator")]),
    )
    async def move_platform(self, request: ApiRequest, data: MovePlatformBatch) -> Response[list[MoveCampaignAnswer]]:
        """Start, pause, resume or stop campaigns that the platform pays."""
        actor = request.actor("staff")
        commands = [MoveCampaign(id=body.id, shop_id=None, verb=body.verb, actor=actor) for body in data]
        return await run(request, operations.move_campaigns, "id", commands)


class CouponsApi(Controller):
    """The coupons that somebody has."""

    path = "/api/v1/coupons"
    tags = ("coupons",)

    @get("/", **operation("ListCoupons", "orders:read"))
    async def index(
        self,
        request: ApiRequest,
        tab: FromQuery[Literal["usable", "used", "expired"] | None] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[CouponAnswer]:
        """List your coupons, what was claimed last first."""
        now = clock.now()
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_coupons(reader, request.person_id, tab or "", now, before, limit + 1)
        items = [
            CouponAnswer(
                id=coupon.id,
                campaign_id=coupon.campaign_id,
                shop_id=coupon.shop_id,
                shop_name=shop_name,
                name=coupon.name,
                state=coupon.state,
                stands=word_of(coupon, now),
                terms=_terms(coupon.terms),
                starts_at=coupon.starts_at,
                claimed_at=coupon.claimed_at,
                expires_at=coupon.expires_at,
                order_id=None if coupon.at_till else coupon.order_id,
                at_till=coupon.at_till,
            )
            for coupon, shop_name, _ in found[:limit]
        ]
        return Page(items=items, next=write_cursor(items[-1].claimed_at, items[-1].id) if len(found) > limit else None)

    @post(
        "/claim",
        **operation("ClaimCoupons", "orders:write", repeat="key_taken", opt=rate("coupons", "600/minute")),
    )
    async def claim(self, request: ApiRequest, data: ClaimBatch) -> Response[list[ClaimCouponResult]]:
        """Claim coupons. Of each campaign one person has a limited number."""
        actor = request.actor("buyer")
        commands = [
            ClaimCoupon(
                id=body.id,
                campaign_id=body.campaign_id,
                person_id=request.person_id,
                code=body.code,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.claim_coupons, "campaign_id", commands)

    @post("/serve", **operation("ServeCoupons", "goods:write", repeat="key_needed"))
    async def serve(self, request: ApiRequest, data: ServeBatch) -> Response[list[ServeCouponAnswer]]:
        """Use coupons at the till of the shop that bears them, take that back, or end them."""
        actor = request.actor("merchant")
        commands = [
            ServeCoupon(
                coupon_id=body.coupon_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                verb=body.verb,
                use_id=body.use_id,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.serve_coupons, "coupon_id", commands)


ROUTES: Final = (CampaignsApi, CouponsApi)
"""What the program serves of this module."""


async def _creating(
    request: ApiRequest, data: Sequence[PlatformCampaignBody], shops: Sequence[UUID | None], actor: Actor
) -> list[CreateCampaign]:
    asked = [
        (shop_id, body.terms.product_ids, body.terms.category_ids) for body, shop_id in zip(data, shops, strict=True)
    ]
    async with request.database.read() as reader:
        scopes = await read_terms(reader, asked)
    return [
        CreateCampaign(
            id=body.id,
            shop_id=shop_id,
            name=body.name,
            terms=Terms(
                amount=body.terms.amount,
                percent=body.terms.percent,
                threshold=body.terms.threshold,
                product_ids=products,
                category_ids=categories,
            ),
            quantity=body.quantity,
            per_person=body.per_person,
            starts_at=body.starts_at,
            ends_at=body.ends_at,
            valid_days=body.valid_days,
            code=body.code,
            actor=actor,
        )
        for body, shop_id, (products, categories) in zip(data, shops, scopes, strict=True)
    ]


def _may_see(request: ApiRequest, shop_id: UUID | None) -> bool:
    return request.caller.is_staff if shop_id is None else request.caller.may(shop_id, Permission.GOODS)


async def _page(request: ApiRequest, shop_id: UUID | None, after: str | None, limit: int) -> Page[CampaignAnswer]:
    before = read_cursor(after, tuple[UUID])
    async with request.database.read() as reader:
        found = await store.list_campaigns(reader, shop_id, before[0] if before else None, limit + 1)
    shown = found[:limit]
    next = write_cursor(shown[-1].campaign.id) if len(found) > limit else None
    return Page(items=[_describe(each, is_whole=True) for each in shown], next=next)


def _terms(terms: Terms) -> TermsAnswer:
    return TermsAnswer(
        amount=terms.amount,
        percent=terms.percent,
        threshold=terms.threshold,
        product_ids=sorted(terms.product_ids),
        category_ids=sorted(terms.category_ids),
    )


def _describe(shown: ShownCampaign, *, is_whole: bool = False) -> CampaignAnswer:
    campaign = shown.campaign
    return CampaignAnswer(
        id=campaign.id,
        shop_id=campaign.shop_id,
        name=campaign.name,
        state=campaign.state,
        terms=_terms(campaign.terms),
        quantity=campaign.quantity,
        claimed=campaign.claimed,
        per_person=campaign.per_person,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        valid_days=campaign.valid_days,
        created_at=campaign.created_at,
        code=campaign.code if is_whole else None,
        effect=shown.effect if is_whole else None,
        budget=shown.budget if is_whole and campaign.is_platform else None,
        own=shown.own,
    )
