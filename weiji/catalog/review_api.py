"""The JSON API of reviews of goods: for reviewers, for the operator, and for the shops whose goods they are."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.catalog import store
from weiji.catalog.operations import (
    REVIEW_RULES,
    decide_reviews,
    get_review,
    take_reviews,
)
from weiji.catalog.reviewing import (
    REASON_MAX,
    TAKEN_MAX,
    DecideReview,
    DecideReviewStatus,
    Look,
    ReviewField,
    ReviewRules,
    ReviewState,
    TakeReview,
    TakeReviewStatus,
)
from weiji.identity import Role
from weiji.kit import clock
from weiji.rulebook import Version, get_in_force
from weiji.rulebook.api import PublishRulesAnswer, RulesBody, list_rules, publish
from weiji.web import staff
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.permissions import Permission


class WaitingAnswer(Struct, kw_only=True):
    """A product that nobody looks at yet."""

    product_id: UUID
    shop_id: UUID
    revision: int
    submitted_at: datetime
    is_change: bool


class ReviewAnswer(Struct, kw_only=True):
    """How the latest review of a product stands; `reasons` tell by field what has to be mended."""

    product_id: UUID
    state: ReviewState
    revision: int
    is_change: bool
    submitted_at: datetime
    decided_at: datetime | None
    reasons: dict[ReviewField, str]


class TakeReviewBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A product to look at."""

    product_id: UUID


class DecideReviewBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A product that may be sold as it is; with `reasons`, one that may not. `revision` is what you looked at."""

    product_id: UUID
    revision: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    reasons: dict[ReviewField, Annotated[str, Meta(max_length=REASON_MAX)]] = {}


class ReviewRulesAnswer(Struct, kw_only=True):
    """What is reviewed now."""

    version: int
    rules: ReviewRules


class TakeReviewAnswer(Struct):
    """How taking a product ended."""

    status: TakeReviewStatus


class DecideReviewAnswer(Struct):
    """How deciding ended."""

    status: DecideReviewStatus


TakeReviewBatch = Batch[TakeReviewBody]
DecideReviewBatch = Batch[DecideReviewBody]
ReviewRulesBatch = Batch[RulesBody[ReviewRules]]

_REVIEWERS: Final = (staff(Role.REVIEWER),)
_OPERATORS: Final = (staff(Role.OPERATOR),)


class GoodsReviewsApi(Controller):
    """Reviews of goods before they are sold."""

    path = "/api/v1/goods-reviews"
    tags = ("platform",)

    @get("/", **operation("ListWaitingGoods", "platform:write", guards=_REVIEWERS))
    async def index(self, request: ApiRequest, limit: Limit = 20) -> Page[WaitingAnswer]:
        """List the goods that have waited longest and that nobody looks at."""
        async with request.database.read() as reader:
            rows = await store.get_waiting_reviews(reader, clock.now(), limit)
        names = WaitingAnswer.__struct_fields__
        return Page(items=[WaitingAnswer(**{name: row[name] for name in names}) for row in rows], next=None)

    @get("/taken", **operation("ListTakenGoods", "platform:write", guards=_REVIEWERS))
    async def taken(self, request: ApiRequest) -> Page[Look]:
        """Read the goods that you have taken, whole; of a change, what it shall become."""
        async with request.database.read() as reader:
            looks = await store.get_taken_reviews(reader, request.person_id, TAKEN_MAX)
        return Page(items=looks, next=None)

    @post("/take", **operation("TakeGoods", "platform:write", repeat="key_taken", guards=_REVIEWERS))
    async def take(self, request: ApiRequest, data: TakeReviewBatch) -> Response[list[TakeReviewAnswer]]:
        """Take goods to look at, each for half an hour. The answer has one result for each, in order."""
        actor = request.actor("staff")
        commands = [TakeReview(product_id=body.product_id, actor=actor) for body in data]
        return await run(request, take_reviews, "product_id", commands)

    @post("/decide", **operation("DecideGoods", "platform:write", repeat="key_taken", guards=_REVIEWERS))
    async def decide(self, request: ApiRequest, data: DecideReviewBatch) -> Response[list[DecideReviewAnswer]]:
        """Say of goods that you took whether they may be sold. The answer has one result for each, in order."""
        actor = request.actor("staff")
        commands = [
            DecideReview(product_id=body.product_id, revision=body.revision, actor=actor, reasons=body.reasons)
            for body in data
        ]
        return await run(request, decide_reviews, "product_id", commands)

    @get("/rules", **operation("GetReviewRules", is_public=True))
    async def show_rules(self, request: ApiRequest) -> ReviewRulesAnswer:
        """Read which goods are reviewed before they are sold."""
        async with request.database.read() as reader:
            latest = await get_in_force(reader, REVIEW_RULES, clock.now())
        return ReviewRulesAnswer(version=latest.version, rules=latest.rules)

    @get("/rules/versions", **operation("ListReviewRules", "platform:read", guards=[staff()]))
    async def list_rules(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[Version[ReviewRules]]:
        """List the versions of the rules that say which goods are reviewed, the latest first."""
        return await list_rules(request, REVIEW_RULES, after, limit)

    @post("/rules/publish", **operation("PublishReviewRules", "platform:write", repeat="key_taken", guards=_OPERATORS))
    async def publish(self, request: ApiRequest, data: ReviewRulesBatch) -> Response[list[PublishRulesAnswer]]:
        """Say which goods are reviewed from now on, if you are the operator."""
        return await publish(request, REVIEW_RULES, data)

    @get("/of/{product_id:uuid}", **operation("GetGoodsReview", "goods:read"))
    async def show(self, request: ApiRequest, product_id: FromPath[UUID]) -> ReviewAnswer:
        """Read how the latest review of a product stands, if you work for its shop."""
        async with request.database.read() as reader:
            review = await get_review(reader, product_id)
        if review is None or not request.caller.may(review.shop_id, Permission.GOODS):
            raise NotFoundException
        return ReviewAnswer(
            product_id=review.product_id,
            state=review.state,
            revision=review.revision,
            is_change=review.proposal is not None,
            submitted_at=review.submitted_at,
            decided_at=review.decided_at,
            reasons=review.reasons,
        )


ROUTES: Final = (GoodsReviewsApi,)
"""What the program serves of this module."""
