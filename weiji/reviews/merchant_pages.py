"""A shop's desk of reviews: what was said, answering it, and rating buyers."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from msgspec import Struct

from weiji.kit import clock
from weiji.reviews import operations, store
from weiji.reviews.model import ANSWER_MAX, REVIEW_WITHIN, AnswerReview, AnswerStatus, RateBuyer, RateStatus, Rating
from weiji.reviews.pages import PAGE, cursor_of, is_revealed, refusal_of
from weiji.reviews.rules import NOT_RATED
from weiji.reviews.words import held_toast, rating_words, shop_error, write_score
from weiji.web import gettext as _
from weiji.web import page, redirect, shop_staff
from weiji.web.cursors import Smallint, read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest


class MerchantReviews(Controller):
    """What buyers said of a shop, and what it says of them."""

    path = "/merchant/{shop_id:uuid}/reviews"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def index(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        tab: FromQuery[str] = "all",
        after: FromQuery[str | None] = None,
    ) -> Response[str]:
        """List reviews, those without an answer, or buyers to rate."""
        return await _desk(request, shop_id, tab, after)

    @post("/{order_id:uuid}/{line:int}/answer")
    async def answer(
        self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID], line: FromPath[int]
    ) -> Response[str]:
        """Answer what a buyer said."""
        form = await read_form(request)
        command = AnswerReview(
            order_id=order_id,
            line=line,
            shop_id=shop_id,
            text=form.text("text"),
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(operations.answer_reviews, "order_id").submit(command)
        here = f"/merchant/{shop_id}/reviews"
        if status is AnswerStatus.REVIEW_NOT_FOUND:
            raise NotFoundException
        if status in (AnswerStatus.ANSWERED, AnswerStatus.EXISTS):
            return redirect(request, here, toast=_("回复好了，大家都看得到。"))
        if status is AnswerStatus.HELD:
            return redirect(request, here, toast=held_toast(), tone="info")
        if status in (AnswerStatus.ALREADY_ANSWERED, AnswerStatus.UNDONE):  # It has no form any more.
            return redirect(request, here, toast=shop_error(status), tone="warn")
        words_refused = status is AnswerStatus.WORDS_REFUSED
        error = await refusal_of(request.database, command.text) if words_refused else shop_error(status)
        refused = _Refused(order_id=order_id, line=line, text=command.text, error=error)
        return await _desk(request, shop_id, form.text("tab"), form.text("after"), refused)

    @post("/{order_id:uuid}/rating")
    async def rate_buyer(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Say what one thinks of the buyer."""
        form = await read_form(request)
        rating = Rating(form.text("rating")) if form.text("rating") in list(Rating) else Rating.GOOD
        command = RateBuyer(
            order_id=order_id,
            shop_id=shop_id,
            rating=rating,
            text=form.text("text"),
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(operations.rate_buyers, "order_id").submit(command)
        here = f"/merchant/{shop_id}/reviews?tab=buyers"
        if status is RateStatus.ORDER_NOT_FOUND:
            raise NotFoundException
        if status in (RateStatus.RATED, RateStatus.EXISTS):
            async with request.database.read() as reader:
                is_seen = is_revealed(await store.get_trade(reader, order_id))
            toast = (
                _("评好了。买家也评过了，现在公开了。") if is_seen else _("评好了。买家也评了，或时间到了，就会公开。")
            )
            return redirect(request, here, toast=toast)
        if status in (RateStatus.ALREADY_RATED, RateStatus.UNDONE, RateStatus.TOO_LATE):  # It has no form any more.
            return redirect(request, here, toast=shop_error(status), tone="warn")
        words_refused = status is RateStatus.WORDS_REFUSED
        error = (
            await refusal_of(request.database, command.text, actions=NOT_RATED) if words_refused else shop_error(status)
        )
        refused = _Refused(order_id=order_id, line=None, text=command.text, error=error, rating=rating)
        return await _desk(request, shop_id, "buyers", form.text("after"), refused)


ROUTES: Final = (MerchantReviews,)
"""What the program serves of this module."""


class _Refused(Struct, frozen=True, kw_only=True):
    """What a shop said and was not taken: of which order, of which line of it (None: of its buyer), and why."""

    order_id: UUID
    line: int | None
    text: str
    error: str
    rating: Rating = Rating.GOOD


async def _desk(
    request: WebRequest, shop_id: UUID, tab: str, after: str | None, refused: _Refused | None = None
) -> Response[str]:
    """Show a part of the desk; what was *refused* stands in its form again."""
    here = f"/merchant/{shop_id}/reviews"
    tab = tab if tab in ("all", "unanswered", "buyers") else "all"
    now = clock.now()
    trades: list[store.ListedTrade] = []
    more = None
    async with request.database.read() as reader:
        if tab == "buyers":
            found = await store.get_shop_reviews(reader, shop_id, now, None, 0)
            before = read_cursor(after, tuple[datetime, UUID])
            trades = await store.list_trades_of_shop(reader, shop_id, now, before, PAGE + 1)
            if len(trades) > PAGE:
                more = f"{here}?tab={tab}&after={write_cursor(trades[PAGE - 1].settled_at, trades[PAGE - 1].id)}"
        else:
            found = await store.get_shop_reviews(
                reader,
                shop_id,
                now,
                read_cursor(after, tuple[datetime, UUID, Smallint]),
                PAGE + 1,
                is_unanswered=tab == "unanswered",
                is_for_shop=True,
            )
    if found is None:
        raise NotFoundException
    reviews = found.reviews[:PAGE]
    if len(found.reviews) > PAGE:
        more = f"{here}?tab={tab}&after={cursor_of(reviews)}"
    labels = {"all": _("全部评价"), "unanswered": _("没有回复的"), "buyers": _("待评的买家")}
    return page(
        request,
        "reviews/merchant_reviews.html",
        status_code=422 if refused else 200,
        shop=found,
        scores=found.scores,
        reviews=reviews,
        trades=trades[:PAGE],
        refused=refused,
        after=after or "",
        tab=tab,
        tabs=[{"key": key, "label": label, "href": f"{here}?tab={key}"} for key, label in labels.items()],
        more=more,
        write_score=write_score,
        ratings=rating_words(),
        text_max=ANSWER_MAX,
        days=REVIEW_WITHIN.days,
    )
