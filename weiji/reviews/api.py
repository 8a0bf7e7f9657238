"""The JSON API of reviews."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Meta, Struct

from weiji.kit import clock
from weiji.media import BYTES_MAX, NO_OWNER, UploadResult, upload_pictures
from weiji.reviews import operations, store
from weiji.reviews.model import (
    PHOTOS_MAX,
    AnswerReview,
    AnswerStatus,
    FollowUp,
    FollowUpStatus,
    JudgeHold,
    JudgeHoldStatus,
    LineReview,
    Part,
    RateBuyer,
    RateStatus,
    Rating,
    ReportKind,
    ReportReview,
    ReportStatus,
    ReviewStatus,
    ReviewTrade,
    RuleReview,
    RuleStatus,
    Scores,
)
from weiji.reviews.operator_pages import cursor_of_hold
from weiji.reviews.pages import FORM_BYTES_MAX, PHOTO_BYTES
from weiji.reviews.rules import owner_of_photos
from weiji.reviews.store import ListedReview, ListedTrade, OpenHold, OpenReport, OwnTrade, ShownReview, own_trade
from weiji.shops import NO_SHOP
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import Smallint, read_cursor, write_cursor
from weiji.web.permissions import Permission

Stars = Annotated[int, Meta(ge=1, le=5, description="Stars.")]
LineNumber = Annotated[int, Meta(ge=1, le=1_000, description="A line of the order.")]
LineOrTrade = Annotated[int, Meta(ge=0, le=1_000, description="A line of the order; 0: how the shop gets reviews.")]


class LineReviewBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What you say of one line; photos are addresses that uploading them gave."""

    line: LineNumber
    score: Stars
    text: Annotated[str, Meta(max_length=2_000)] = ""
    photos: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=PHOTOS_MAX)] = []


class ReviewBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What you say of an order of yours: of each line once, of the service, and of the shipping."""

    order_id: UUID
    service: Stars
    shipping: Stars
    lines: Annotated[list[LineReviewBody], Meta(min_length=1, max_length=50)]
    is_anonymous: bool = True


class PhotoBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A photo for the review of an order of yours: the whole file, in base64."""

    order_id: UUID
    content: Annotated[bytes, Meta(min_length=1, max_length=BYTES_MAX)]


class RateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What your shop thinks of the buyer of an order."""

    order_id: UUID
    shop_id: UUID
    rating: Rating
    text: Typed = ""


class AnswerBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What your shop answers to a review."""

    order_id: UUID
    line: LineNumber
    shop_id: UUID
    text: Typed


class FollowUpBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What you add to a review of yours."""

    order_id: UUID
    line: LineNumber
    text: Annotated[str, Meta(max_length=2_000)]


class ReportBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A review that something is wrong with. The id is made near the order."""

    id: UUID
    order_id: UUID
    line: LineOrTrade
    kind: ReportKind
    text: Typed = ""


class RuleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether a review is removed, and why."""

    order_id: UUID
    line: LineOrTrade
    is_removed: bool
    reason: Typed


class JudgeHoldBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether what is held is released, and why."""

    order_id: UUID
    line: LineNumber
    part: Part
    is_released: bool
    reason: Typed = ""


class ReviewAnswer(Struct):
    """How reviewing ended."""

    status: ReviewStatus


class RateAnswer(Struct):
    """How rating ended."""

    status: RateStatus


class AnswerAnswer(Struct):
    """How answering ended."""

    status: AnswerStatus


class FollowUpAnswer(Struct):
    """How adding ended."""

    status: FollowUpStatus


class ReportAnswer(Struct):
    """How reporting ended."""

    status: ReportStatus


class RuleAnswer(Struct):
    """How ruling ended."""

    status: RuleStatus


class JudgeHoldAnswer(Struct):
    """How judging ended."""

    status: JudgeHoldStatus


class ProductStars(Struct, kw_only=True):
    """How many reviews of a product give how many stars, one star first; `score` is in hundredths of a star."""

    product_id: UUID
    stars: list[int]
    reviews: int
    score: int


class ReviewsApi(Controller):
    """What is said of trades."""

    path = "/api/v1/reviews"
    tags = ("reviews",)

    @get("/products/{product_id:uuid}", **operation("ListProductReviews", is_public=True))
    async def show_product(
        self,
        request: ApiRequest,
        product_id: FromPath[UUID],
        score: Annotated[int | None, QueryParameter(ge=1, le=5)] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[ShownReview]:
        """Read what was said of a product, those shown last first; with `score` only what gave that many stars."""
        before = read_cursor(after, tuple[datetime, UUID, Smallint])
        async with request.database.read() as reader:
            found = await store.get_product_reviews(reader, product_id, score, before, limit + 1)
        if found is None:
            raise NotFoundException
        shown = found.reviews[:limit]
        last = shown[-1] if len(found.reviews) > limit else None
        return Page(items=shown, next=write_cursor(last.shown_at, last.order_id, last.line) if last else None)

    @get("/products/{product_id:uuid}/stars", **operation("GetProductStars", is_public=True))
    async def show_stars(self, request: ApiRequest, product_id: FromPath[UUID]) -> ProductStars:
        """Read how many reviews of a product give how many stars."""
        async with request.database.read() as reader:
            found = await store.get_product_reviews(reader, product_id, None, None, 0)
        if found is None:
            raise NotFoundException
        return ProductStars(product_id=product_id, stars=found.stars, reviews=found.number, score=found.score)

    @get("/shops/{shop_id:uuid}", **operation("ListShopReviews", is_public=True))
    async def show_shop(
        self, request: ApiRequest, shop_id: FromPath[UUID], after: After = None, limit: Limit = 20
    ) -> Page[ShownReview]:
        """Read what was said of a shop, those shown last first."""
        before = read_cursor(after, tuple[datetime, UUID, Smallint])
        async with request.database.read() as reader:
            found = await store.get_shop_reviews(reader, shop_id, clock.now(), before, limit + 1)
        if found is None:
            raise NotFoundException
        shown = found.reviews[:limit]
        last = shown[-1] if len(found.reviews) > limit else None
        return Page(items=list(shown), next=write_cursor(last.shown_at, last.order_id, last.line) if last else None)

    @get("/shops/{shop_id:uuid}/scores", **operation("GetShopScores", is_public=True))
    async def show_scores(self, request: ApiRequest, shop_id: FromPath[UUID]) -> Scores:
        """Read what a shop scored over six months, in hundredths of a star."""
        async with request.database.read() as reader:
            return (await store.get_scores(reader, [shop_id], clock.now()))[shop_id]

    @get("/trades", **operation("ListReviewableTrades", "orders:read"))
    async def list_trades(
        self, request: ApiRequest, shop_id: FromQuery[UUID | None] = None, after: After = None, limit: Limit = 20
    ) -> Page[ListedTrade]:
        """List your settled trades and what was said of them; or, with `shop_id`, those whose buyers a shop of yours
        may still rate. What the other said is left out until it is seen.
        """
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            if shop_id is None:
                found = await store.list_trades_of_buyer(reader, request.person_id, before, limit + 1)
            elif request.caller.may(shop_id, Permission.ORDERS):
                found = await store.list_trades_of_shop(reader, shop_id, clock.now(), before, limit + 1)
            else:
                raise NotFoundException
        shown = found[:limit]
        last = shown[-1] if len(found) > limit else None
        return Page(items=shown, next=write_cursor(last.settled_at, last.id) if last else None)

    @get("/trades/{order_id:uuid}", **operation("GetReviewedTrade", "orders:read"))
    async def show_trade(self, request: ApiRequest, order_id: FromPath[UUID]) -> OwnTrade:
        """Read what you said of an order of yours, what is held of it, and what came back once it is seen."""
        async with request.database.read() as reader:
            found = await store.get_trade(reader, order_id)
        if found is None or found.buyer_id != request.person_id:
            raise NotFoundException
        return own_trade(found)

    @get("/desk", **operation("ListReviewsToAnswer", "orders:read"))
    async def list_desk(
        self,
        request: ApiRequest,
        shop_id: FromQuery[UUID],
        is_unanswered: FromQuery[bool] = False,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[ListedReview]:
        """List what was said of a shop of yours, with its answers, even those that are held or were refused."""
        before = read_cursor(after, tuple[datetime, UUID, Smallint])
        if not request.caller.may(shop_id, Permission.ORDERS):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await store.get_shop_reviews(
                reader, shop_id, clock.now(), before, limit + 1, is_unanswered=is_unanswered, is_for_shop=True
            )
        reviews = [each for each in (found.reviews if found else ()) if isinstance(each, ListedReview)]
        shown = reviews[:limit]
        last = shown[-1] if len(reviews) > limit else None
        return Page(items=shown, next=write_cursor(last.shown_at, last.order_id, last.line) if last else None)

    @get("/holds", **operation("ListReviewHolds", "platform:read", guards=[staff("operator", "arbiter")]))
    async def list_holds(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[OpenHold]:
        """List what word rules hold until staff have looked, the oldest first."""
        cursor = read_cursor(after, tuple[datetime, UUID, Smallint, Part])
        async with request.database.read() as reader:
            found = await store.list_open_holds(reader, cursor, limit + 1)
        shown = found[:limit]
        return Page(items=shown, next=cursor_of_hold(shown[-1]) if len(found) > limit else None)

    @get("/reports", **operation("ListReviewReports", "platform:read", guards=[staff("operator", "arbiter")]))
    async def list_reports(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[OpenReport]:
        """List the reports that wait for a ruling, the oldest first."""
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_open_reports(reader, before, limit + 1)
        shown = found[:limit]
        last = shown[-1] if len(found) > limit else None
        return Page(items=shown, next=write_cursor(last.reported_at, last.id) if last else None)

    @post("/photos/upload", **operation("UploadReviewPhotos", "orders:write"), request_max_body_size=FORM_BYTES_MAX)
    async def upload(self, request: ApiRequest, data: Batch[PhotoBody]) -> Response[list[UploadResult]]:
        """Take in photos for reviews of orders of yours. One that nothing shows within three days is removed."""
        results: list[UploadResult] = []
        for body in data:
            async with request.database.read() as reader:
                found = await store.get_trade(reader, body.order_id)
            is_own = found is not None and found.buyer_id == request.person_id
            is_trade = found is not None and found.settled_at is not None and not found.is_undone
            owner_id = owner_of_photos(body.order_id) if is_own and is_trade else NO_OWNER
            results += await upload_pictures(
                request.batchers, request.settings, owner_id, [body.content], quota=PHOTO_BYTES
            )
        return Response(results)

    @post("/write", **operation("ReviewTrades", "orders:write", repeat="key_taken"))
    async def write(self, request: ApiRequest, data: Batch[ReviewBody]) -> Response[list[ReviewAnswer]]:
        """Say what you think of settled orders of yours, within 15 days. It is seen once both said something."""
        actor = request.actor("buyer")
        commands = [
            ReviewTrade(
                order_id=body.order_id,
                service=body.service,
                shipping=body.shipping,
                lines=tuple(
                    LineReview(line=line.line, score=line.score, text=line.text, photos=tuple(line.photos))
                    for line in body.lines
                ),
                is_anonymous=body.is_anonymous,
                actor=actor,
                shops=request.caller.shop_ids,
            )
            for body in data
        ]
        return await run(request, operations.review_trades, "order_id", commands)

    @post("/rate-buyers", **operation("RateBuyers", "orders:write", repeat="key_taken"))
    async def rate(self, request: ApiRequest, data: Batch[RateBody]) -> Response[list[RateAnswer]]:
        """Say what your shops think of the buyers of settled orders, within 15 days."""
        actor = request.actor("merchant")
        commands = [
            RateBuyer(
                order_id=body.order_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.ORDERS),
                rating=body.rating,
                text=body.text,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.rate_buyers, "order_id", commands)

    @post("/answer", **operation("AnswerReviews", "orders:write", repeat="key_taken"))
    async def answer(self, request: ApiRequest, data: Batch[AnswerBody]) -> Response[list[AnswerAnswer]]:
        """Answer reviews of your shops, once each."""
        actor = request.actor("merchant")
        commands = [
            AnswerReview(
                order_id=body.order_id,
                line=body.line,
                shop_id=request.shop_if_may(body.shop_id, Permission.ORDERS),
                text=body.text,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.answer_reviews, "order_id", commands)

    @post("/follow-up", **operation("FollowUpReviews", "orders:write", repeat="key_taken"))
    async def follow_up(self, request: ApiRequest, data: Batch[FollowUpBody]) -> Response[list[FollowUpAnswer]]:
        """Add something to reviews of yours that are seen, once each, until 180 days after the settlement."""
        actor = request.actor("buyer")
        shops = request.caller.shop_ids
        commands = [
            FollowUp(order_id=body.order_id, line=body.line, text=body.text, actor=actor, shops=shops) for body in data
        ]
        return await run(request, operations.follow_up_reviews, "order_id", commands)

    @post("/report", **operation("ReportReviews", "orders:write", repeat="key_taken"))
    async def report(self, request: ApiRequest, data: Batch[ReportBody]) -> Response[list[ReportAnswer]]:
        """Complain of reviews; or, with line 0, that the shop of an order of yours gives something for reviews."""
        actor = request.actor("person")
        commands = [
            ReportReview(
                id=body.id, order_id=body.order_id, line=body.line, kind=body.kind, text=body.text, actor=actor
            )
            for body in data
        ]
        return await run(request, operations.report_reviews, "order_id", commands)

    @post(
        "/rule",
        **operation("RuleReviews", "platform:write", repeat="key_taken", guards=[staff("operator", "arbiter")]),
    )
    async def rule(self, request: ApiRequest, data: Batch[RuleBody]) -> Response[list[RuleAnswer]]:
        """Rule on reviews. A removed one keeps its place, with the reason."""
        actor = request.actor("staff")
        shops = await _shops_of(request, {body.order_id for body in data})
        commands = [
            RuleReview(
                order_id=body.order_id,
                line=body.line,
                is_removed=body.is_removed,
                reason=body.reason,
                is_own=request.caller.works_for(shops[body.order_id]),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.rule_reviews, "order_id", commands)

    @post(
        "/holds/judge",
        **operation("JudgeReviewHolds", "platform:write", repeat="key_taken", guards=[staff("operator", "arbiter")]),
    )
    async def judge(self, request: ApiRequest, data: Batch[JudgeHoldBody]) -> Response[list[JudgeHoldAnswer]]:
        """Release what word rules hold, or refuse it. A review that is refused keeps its place, with the reason."""
        actor = request.actor("staff")
        shops = await _shops_of(request, {body.order_id for body in data})
        commands = [
            JudgeHold(
                order_id=body.order_id,
                line=body.line,
                part=body.part,
                is_released=body.is_released,
                reason=body.reason,
                is_own=request.caller.works_for(shops[body.order_id]),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.judge_holds, "order_id", commands)


async def _shops_of(request: ApiRequest, order_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Find whose trades orders are; of one that is not there, no shop's."""
    shops = {}
    async with request.database.read() as reader:
        for order_id in order_ids:
            found = await store.get_trade(reader, order_id)
            shops[order_id] = found.shop_id if found else NO_SHOP
    return shops


ROUTES: Final = (ReviewsApi,)
"""What the program serves of this module."""
