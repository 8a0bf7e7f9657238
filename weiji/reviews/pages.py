"""The pages of reviews for everybody and for buyers: of a product, of a shop, writing one, and one's own."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.catalog import picture_of
from weiji.kit import clock
from weiji.kit.db import Database, Reader
from weiji.kit.ids import new_id
from weiji.media import BYTES_MAX, upload_pictures
from weiji.reviews import operations, store
from weiji.reviews.model import (
    ANSWER_MAX,
    FOLLOW_UP_WITHIN,
    PHOTOS_MAX,
    REVIEW_WITHIN,
    STARS,
    TEXT_MAX,
    FollowUp,
    FollowUpStatus,
    LineReview,
    ReportKind,
    ReportReview,
    ReportStatus,
    ReviewStatus,
    ReviewTrade,
)
from weiji.reviews.rules import owner_of_photos
from weiji.reviews.store import ShownReview, TradeOfBoth
from weiji.reviews.words import (
    follow_up_error,
    held_toast,
    own_shop,
    rating_words,
    report_words,
    review_error,
    star_words,
    write_score,
)
from weiji.shops import find_shop
from weiji.web import Caller, Permission, fragment, ngettext, page, rate, redirect, signed_in
from weiji.web import gettext as _
from weiji.web.cursors import Smallint, read_cursor, write_cursor
from weiji.web.forms import read_form, read_id, read_number
from weiji.web.requests import WebRequest
from weiji.word_rules import Action, Field, get_matcher
from weiji.word_rules.words import refusal_lines

PAGE: Final = 20
"""Reviews on one page of a list."""

FIRST: Final = 3
"""Reviews on the product's own page."""

PHOTO_BYTES: Final = 32 * 1024**2
"""What the photos of one trade may take up, in all widths."""

FORM_BYTES_MAX: Final = 4 * BYTES_MAX
"""A form with photos."""


async def refusal_of(database: Database, *texts: str, actions: Collection[Action] = (Action.REFUSE,)) -> str:
    """Say which words of what somebody wrote can't be said, and why."""
    async with database.read() as reader:
        hits = (await get_matcher(reader)).find([(Field.REVIEW, text) for text in texts])
    return " ".join(refusal_lines([hit.refused for hit in hits if hit.action in actions]))


def is_revealed(found: TradeOfBoth | None) -> bool:
    """Tell whether everybody sees what was said of a trade."""
    return found is not None and found.trade is not None and found.trade.revealed_at is not None


def cursor_of(reviews: Sequence[ShownReview]) -> str:
    """Say after which review a list goes on."""
    last = reviews[-1]
    return write_cursor(last.shown_at, last.order_id, last.line)


class ProductReviewPages(Controller):
    """What was said of a product."""

    path = "/products/{product_id:uuid}/reviews"
    include_in_schema = False

    @get("/")
    async def index(
        self,
        request: WebRequest,
        product_id: FromPath[UUID],
        stars: FromQuery[int | None] = None,
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        """List it, those shown last first."""
        score = stars if stars in STARS else None
        async with request.database.read() as reader:
            found = await store.get_product_reviews(
                reader, product_id, score, read_cursor(after, tuple[datetime, UUID, Smallint]), PAGE + 1
            )
        if found is None:
            raise NotFoundException
        here = f"/products/{product_id}/reviews"
        shown = found.reviews[:PAGE]
        tabs = [{"key": "", "label": _("全部"), "href": here, "count": found.number}]
        tabs += [
            {
                "key": str(star),
                "label": ngettext("%(number)s 星", "%(number)s 星", star),
                "href": f"{here}?stars={star}",
                "count": number,
            }
            for star, number in reversed(list(enumerate(found.stars, 1)))
        ]
        way = f"{here}?stars={score}&after=" if score else f"{here}?after="
        return page(
            request,
            "reviews/product.html",
            found=found,
            reviews=shown,
            tabs=tabs,
            tab=str(score or ""),
            more=way + cursor_of(shown) if len(found.reviews) > PAGE else None,
            score=write_score(found.score),
            is_first=after is None,
        )

    @get("/first")
    async def show_first(self, request: WebRequest, product_id: FromPath[UUID]) -> Response[str]:
        """Show the first of them: a piece of the product's page."""
        async with request.database.read() as reader:
            found = await store.get_product_reviews(reader, product_id, None, None, FIRST)
        if found is None:
            raise NotFoundException
        return fragment(request, "reviews/first.html", found=found, score=write_score(found.score))


class ShopReviewPages(Controller):
    """What was said of a shop."""

    path = "/shops/{handle:str}/reviews"
    include_in_schema = False

    @get("/")
    async def index(
        self, request: WebRequest, handle: FromPath[str], after: FromQuery[str | None] = None
    ) -> Response[str]:
        """Show what it scored over six months, and list what was said."""
        async with request.database.read() as reader:
            shop_id = read_id(handle) or await find_shop(reader, handle)
            found = (
                await store.get_shop_reviews(
                    reader, shop_id, clock.now(), read_cursor(after, tuple[datetime, UUID, Smallint]), PAGE + 1
                )
                if shop_id
                else None
            )
        if found is None:
            raise NotFoundException
        shown = found.reviews[:PAGE]
        here = f"/shops/{handle}/reviews"
        return page(
            request,
            "reviews/shop.html",
            shop=found,
            scores=found.scores,
            reviews=shown,
            more=f"{here}?after={cursor_of(shown)}" if len(found.reviews) > PAGE else None,
            write_score=write_score,
            is_first=after is None,
        )

    @get("/scores")
    async def show_scores(self, request: WebRequest, handle: FromPath[str]) -> Response[str]:
        """Show what it scored: a piece of the shop's page."""
        async with request.database.read() as reader:
            shop_id = read_id(handle) or await find_shop(reader, handle)
            found = await store.get_shop_reviews(reader, shop_id, clock.now(), None, 0) if shop_id else None
        if found is None:
            raise NotFoundException
        return fragment(request, "reviews/scores.html", scores=found.scores, write_score=write_score)


class OwnReviews(Controller):
    """What somebody bought, and what they said of it."""

    path = "/me/reviews"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def index(self, request: WebRequest, after: FromQuery[str | None] = None) -> Response[str]:
        """List one's settled trades, and which of them can be reviewed."""
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_trades_of_buyer(reader, request.person_id, before, PAGE + 1)
        shown = found[:PAGE]
        more = f"/me/reviews?after={write_cursor(shown[-1].settled_at, shown[-1].id)}" if len(found) > PAGE else None
        return page(
            request, "reviews/mine.html", trades=shown, more=more, ratings=rating_words(), picture_of=picture_of
        )


class WritingPages(Controller):
    """Reviewing a trade, as its buyer."""

    path = "/orders/{order_id:uuid}/review"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Ask what they think of it; or show what they said, and once it is seen what the shop did."""
        async with request.database.read() as reader:
            found = await _of_buyer(reader, order_id, request.caller)
        return _review_page(request, found)

    @post("/", request_max_body_size=FORM_BYTES_MAX, opt=rate("review", "60/minute"))
    async def write(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Say it, with photos."""
        async with request.database.read() as reader:
            found = await _of_buyer(reader, order_id, request.caller)
        form = await request.form()
        given = _Given(found, list(form.multi_items()))
        can_write = (
            found.settled_at is not None and not found.is_undone and not (found.trade and found.trade.written_at)
        )
        if can_write and not request.caller.works_for(found.shop_id):
            for line, files in given.files.items():
                contents = [await file.read() for file in files[: PHOTOS_MAX - len(given.photos[line])]]
                results = await upload_pictures(
                    request.batchers,
                    request.settings,
                    owner_of_photos(order_id),
                    [each for each in contents if each],
                    quota=PHOTO_BYTES,
                )
                given.photos[line] += [result.url for result in results if result.url]
                if any(result.url is None for result in results):
                    return _review_page(request, found, given, _("有照片没有传上来：只收 JPEG、PNG、WebP、GIF。"))
        command = ReviewTrade(
            order_id=order_id,
            service=given.scores.get("service", 0),
            shipping=given.scores.get("shipping", 0),
            lines=tuple(
                LineReview(
                    line=line.line,
                    score=given.scores.get(str(line.line), 0),
                    text=given.texts.get(line.line, ""),
                    photos=tuple(given.photos[line.line]),
                )
                for line in found.lines
            ),
            is_anonymous=given.is_anonymous,
            actor=request.actor("buyer"),
            shops=request.caller.shop_ids,
        )
        status = await request.batchers.of(operations.review_trades, "order_id").submit(command)
        here = f"/orders/{order_id}/review"
        if status is ReviewStatus.HELD:
            return redirect(request, here, toast=_("谢谢。有几个字要平台先看过，才会公开。"), tone="info")
        if status in (ReviewStatus.REVIEWED, ReviewStatus.EXISTS):
            async with request.database.read() as reader:
                is_seen = is_revealed(await store.get_trade(reader, order_id))
            toast = (
                _("谢谢。店家也评过了，现在公开了。") if is_seen else _("谢谢。对方也评价了，或时间到了，就会公开。")
            )
            return redirect(request, here, toast=toast)
        if status is ReviewStatus.WORDS_REFUSED:
            return _review_page(request, found, given, await refusal_of(request.database, *given.texts.values()))
        return _review_page(request, found, given, review_error(status))

    @post("/{line:int}/follow-up")
    async def follow_up(self, request: WebRequest, order_id: FromPath[UUID], line: FromPath[int]) -> Response[str]:
        """Add something to what one said of a line."""
        form = await read_form(request)
        command = FollowUp(
            order_id=order_id,
            line=line,
            text=form.text("text"),
            actor=request.actor("buyer"),
            shops=request.caller.shop_ids,
        )
        status = await request.batchers.of(operations.follow_up_reviews, "order_id").submit(command)
        here = f"/orders/{order_id}/review"
        if status is FollowUpStatus.REVIEW_NOT_FOUND:
            raise NotFoundException
        if status in (FollowUpStatus.ADDED, FollowUpStatus.EXISTS):
            return redirect(request, here, toast=_("追评好了。"))
        if status is FollowUpStatus.HELD:
            return redirect(request, here, toast=held_toast(), tone="info")
        if status is FollowUpStatus.ALREADY_ADDED:  # In another tab: what stands there is what was said.
            return redirect(request, here, toast=follow_up_error(status), tone="warn")
        refused = status is FollowUpStatus.WORDS_REFUSED
        wrong = await refusal_of(request.database, command.text) if refused else follow_up_error(status)
        async with request.database.read() as reader:
            found = await _of_buyer(reader, order_id, request.caller)
        # What was written is given back, whatever was wrong with it.
        return _review_page(request, found, more={line: (command.text, wrong)})


class ReportPages(Controller):
    """Complaining of a review, or of how a shop comes by its reviews."""

    path = "/reviews/{order_id:uuid}/{line:int}/report"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest, order_id: FromPath[UUID], line: FromPath[int]) -> Response[str]:
        """Ask what is wrong with it."""
        kind = ReportKind.PAID if line == 0 else ReportKind.UNTRUE
        async with request.database.read() as reader:
            back = await _back(reader, order_id, line, request.caller)
        return _report_page(request, order_id, line, kind, back)

    @post("/", opt=rate("report", "30/minute"))
    async def report(self, request: WebRequest, order_id: FromPath[UUID], line: FromPath[int]) -> Response[str]:
        """Complain."""
        form = await read_form(request)
        kind = ReportKind(form.text("kind")) if form.text("kind") in list(ReportKind) else ReportKind.UNTRUE
        command = ReportReview(
            id=form.id("id") or new_id(order_id),
            order_id=order_id,
            line=line,
            kind=kind,
            text=form.text("text"),
            actor=request.actor("person"),
        )
        status = await request.batchers.of(operations.report_reviews, "order_id").submit(command)
        if status is ReportStatus.REVIEW_NOT_FOUND:
            raise NotFoundException
        async with request.database.read() as reader:
            back = await _back(reader, order_id, line, request.caller)
        if status in (ReportStatus.REPORTED, ReportStatus.EXISTS):
            return redirect(request, back, toast=_("收到了，平台会看。"))
        return _report_page(request, order_id, line, kind, back, form.text("text"), _("没有保存，请再试一次。"))


ROUTES: Final = (ProductReviewPages, ShopReviewPages, OwnReviews, WritingPages, ReportPages)
"""What the program serves of this module."""


class _Given:
    """What the form of a review says, by line."""

    def __init__(self, found: TradeOfBoth, fields: list[tuple[str, Any]] | None = None) -> None:
        self.scores: dict[str, int] = {}
        self.texts: dict[int, str] = {}
        self.photos: dict[int, list[str]] = {line.line: [] for line in found.lines}
        self.files: dict[int, list[UploadFile]] = {}
        self.is_anonymous = fields is None
        for name, value in fields or ():
            kind, _at, rest = name.partition("_")
            number = read_number(rest)
            if isinstance(value, UploadFile):
                if kind == "photos" and number in self.photos and value.filename:
                    self.files.setdefault(number, []).append(value)
            elif kind == "score":
                self.scores[rest] = read_number(value) or 0
            elif kind == "text" and number is not None:
                self.texts[number] = value[: TEXT_MAX + 1]
            elif kind == "photo" and number in self.photos:
                self.photos[number] = [*self.photos[number], value][:PHOTOS_MAX]
            elif name == "is_anonymous":
                self.is_anonymous = bool(value)


async def _of_buyer(reader: Reader, order_id: UUID, caller: Caller) -> TradeOfBoth:
    found = await store.get_trade(reader, order_id)
    if found is None or found.buyer_id != caller.person_id:
        raise NotFoundException
    return found


def _review_page(
    request: WebRequest,
    found: TradeOfBoth,
    given: _Given | None = None,
    error: str | None = None,
    *,
    more: Mapping[int, tuple[str, str]] | None = None,
) -> Response[str]:
    """Show the page of a buyer; *more* has what could not be added to lines, each with why."""
    due_at = found.settled_at + REVIEW_WITHIN if found.settled_at else None
    is_written = found.trade is not None and found.trade.written_at is not None
    is_own = request.caller.works_for(found.shop_id)
    return page(
        request,
        "reviews/write.html",
        status_code=422 if error or more else 200,
        found=found,
        trade=found.trade,
        more=more or {},
        may_add=found.settled_at is not None
        and not is_own
        and not found.is_undone
        and clock.now() < found.settled_at + FOLLOW_UP_WITHIN,
        reviews={review.line: review for review in found.reviews},
        due_at=due_at,
        is_written=is_written,
        can_write=due_at is not None and not found.is_undone and not is_written and not is_own and clock.now() < due_at,
        own_shop=own_shop() if is_own else None,
        given=given or _Given(found),
        error=error,
        stars=star_words(),
        ratings=rating_words(),
        text_max=TEXT_MAX,
        photos_max=PHOTOS_MAX,
        megabytes=BYTES_MAX // 1024**2,
        picture_of=picture_of,
    )


async def _back(reader: Reader, order_id: UUID, line: int, caller: Caller) -> str:
    """Say where who complains came from: the shop from its desk, the buyer from their order, others from the goods."""
    found = await store.get_trade(reader, order_id)
    if found is None or found.buyer_id == caller.person_id:
        return f"/orders/{order_id}/review" if found else "/me/reviews"
    if caller.may(found.shop_id, Permission.ORDERS):
        return f"/merchant/{found.shop_id}/reviews"
    products = (each.product_id for each in found.lines if each.line == line)
    return next((f"/products/{id}/reviews" for id in products), "/me/reviews")


def _report_page(
    request: WebRequest,
    order_id: UUID,
    line: int,
    kind: ReportKind,
    back: str,
    text: str = "",
    error: str | None = None,
) -> Response[str]:
    return page(
        request,
        "reviews/report.html",
        status_code=422 if error else 200,
        id=new_id(order_id),
        action=f"/reviews/{order_id}/{line}/report",
        back=back,
        kinds=[{"value": value, "label": label} for value, label in report_words().items()],
        kind=kind,
        text=text,
        error=error,
        text_max=ANSWER_MAX,
        is_trade=line == 0,
    )
