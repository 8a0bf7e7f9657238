"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import derive, distinct_shards, shard_of, shards_of
from weiji.media import UsePictures, find_kept, use_pictures
from weiji.reviews.model import (
    MONTHS_SHOWN,
    REVIEW_WITHIN,
    HeldWord,
    Hold,
    Month,
    Part,
    Rating,
    Report,
    ReportKind,
    Review,
    ReviewedTrade,
    Scores,
    Screening,
)
from weiji.reviews.rules import Counted, Reviews, SettledOrder, first_month, name_shown, owner_of_photos, scores_of
from weiji.search import ScoreProduct, score_products
from weiji.word_rules import Hit

SQL: Final = sql.beside(__file__)

Cursor = tuple[datetime, UUID, int]
HoldCursor = tuple[datetime, UUID, int, Part]


async def lock_reviews(
    tx: Transaction,
    order_ids: Collection[UUID],
    photos: Mapping[UUID, Collection[str]] | None = None,
    words: Mapping[str, Sequence[Hit]] | None = None,
    *,
    reads_holds: bool = False,
    report_ids: Collection[UUID] = (),
) -> Reviews:
    """Lock the trades of orders until *tx* ends, with all that was said of them, and reports that have *report_ids*.

    *photos* are the addresses that are to be shown, by order: those that were not uploaded for it are left out.
    *words* are what word rules found in what is said, by text.
    """
    ids = sorted(set(order_ids))
    shards = distinct_shards(ids)
    orders = {row["id"]: _order(row) for row in await tx.rows(SQL.get_orders, shards, ids)}
    settled = [order for id in ids if (order := orders.get(id)) and order.settled_at]
    if settled:
        await tx.run(
            SQL.add_trades,
            shards_of(order.id for order in settled),
            *columns(settled, "id", "shop_id", "buyer_id", "number", "buyer_name", "settled_at"),
            [order.settled_at + REVIEW_WITHIN for order in settled if order.settled_at],
        )
    trades = {row["order_id"]: _convert(row, ReviewedTrade) for row in await tx.rows(SQL.lock_trades, shards, ids)}
    reviews = {}
    if trades:
        for row in await tx.rows(SQL.get_reviews, shards, ids):
            reviews[row["order_id"], row["line"]] = _convert(row, Review)
    # A buyer reports a shop before the trade is settled, too.
    found = await tx.rows(SQL.lock_reports, shards, ids, list(report_ids)) if orders else []
    reports = {row["id"]: _convert(row, Report) for row in found}
    kept = {
        id: frozenset(await find_kept(tx, owner_of_photos(id), urls)) for id, urls in (photos or {}).items() if urls
    }
    holds = {}
    # What is held of a blind review is told once it is revealed.
    if trades and (reads_holds or any(each.text_screening is not Screening.CLEAR for each in reviews.values())):
        holds = {
            (hold.order_id, hold.line, hold.part): hold
            for row in await tx.rows(SQL.get_holds, shards, ids)
            if (hold := _convert(row, Hold))
        }
    return Reviews(
        orders=orders,
        trades=trades,
        reviews=reviews,
        reports=reports,
        photos=kept,
        now=tx.now,
        holds=holds,
        words=words,
    )


async def write_reviews(
    tx: Transaction,
    trades: Mapping[UUID, ReviewedTrade],
    reviews: Mapping[tuple[UUID, int], Review],
    reports: Mapping[UUID, Report],
    after: Reviews,
    counted: Counted,
) -> None:
    """Write what changed, and what follows for what is counted."""
    changed_trades = [trade for id, trade in after.trades.items() if trades.get(id) != trade]
    if changed_trades:
        ids = [trade.order_id for trade in changed_trades]
        names = (
            "is_anonymous",
            "service",
            "shipping",
            "written_at",
            "rating",
            "rating_text",
            "rated_at",
            "revealed_at",
            "undone_at",
        )
        await tx.run(SQL.update_trades, distinct_shards(ids), shards_of(ids), ids, *columns(changed_trades, *names))
    changed = [review for key, review in after.reviews.items() if reviews.get(key) != review]
    if changed:
        ids = [review.order_id for review in changed]
        await tx.run(SQL.put_reviews, shards_of(ids), *columns(changed))
    new = [review for review in changed if (review.order_id, review.line) not in reviews and review.photos]
    await use_pictures(
        tx,
        [
            # An order's photos have one owner, and each line of it shows its own.
            UsePictures(holder_id=holder_of(review), owner_id=owner_of_photos(review.order_id), urls=review.photos)
            for review in new
        ],
    )
    new_reports = [report for id, report in after.reports.items() if id not in reports]
    if new_reports:
        facts = columns(new_reports, "id", "order_id", "line", "shop_id", "person_id", "kind", "text", "reported_at")
        await tx.run(SQL.add_reports, shards_of(each.id for each in new_reports), *facts)
    ruled = [report for report in after.reports.values() if report.ruled_at and reports.get(report.id) != report]
    if ruled:
        ids = [report.id for report in ruled]
        facts = columns(ruled, "ruled_at", "ruled_by", "is_removed", "ruling")
        await tx.run(SQL.rule_reports, distinct_shards(ids), shards_of(ids), ids, *facts)
    await _add_counts(tx, counted)


async def write_holds(tx: Transaction, holds: Sequence[Hold]) -> None:
    """Write what is held, and what was said to it."""
    if holds:
        ids = [hold.order_id for hold in holds]
        await tx.run(SQL.put_holds, shards_of(ids), *columns(holds))


async def _add_counts(tx: Transaction, counted: Counted) -> None:
    if counted.stars:
        pairs = sorted(counted.stars, key=lambda pair: pair[1])
        products, shops = [product for _, product in pairs], [shop for shop, _ in pairs]
        await tx.run(SQL.lock_product_counts, shards_of(products), products, shops)
        stars = [counted.stars[pair] for pair in pairs]
        counts = await tx.rows(
            SQL.add_to_product_counts,
            distinct_shards(products),
            shards_of(products),
            products,
            *([each[star] for each in stars] for star in range(5)),
        )
        await score_products(tx, [ScoreProduct(product_id=id, stars=tuple(counted)) for id, counted in counts])
    if counted.months:
        months = [counted.months[key] for key in sorted(counted.months)]
        shops = [month.shop_id for month in months]
        await tx.run(SQL.lock_shop_months, shards_of(shops), shops, [month.month for month in months])
        names = ("month", "goods_sum", "goods_number", "service_sum", "shipping_sum", "trades")
        await tx.run(SQL.add_to_shop_months, distinct_shards(shops), shards_of(shops), shops, *columns(months, *names))


def holder_of(review: Review) -> UUID:
    """Name what shows the photos of a review, in the shard of the shop."""
    return derive(review.order_id, "review", review.line)


async def get_trades_to_reveal(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Name the orders of trades whose time is up, and of which something is not seen yet."""
    return [row["order_id"] for row in await reader.rows(SQL.get_trades_to_reveal, now, limit)]


class ShownReview(Struct, frozen=True, kw_only=True):
    """A review as everybody sees it. Of a removed one only the ruling is told."""

    order_id: UUID
    line: int
    product_id: UUID
    title: str
    choices: list[str]
    author: str
    score: int | None
    text: str
    photos: list[str]
    shown_at: datetime
    answer: str
    answered_at: datetime | None
    follow_up: str
    followed_up_at: datetime | None
    is_removed: bool
    removal_reason: str


class ProductReviews(Struct, frozen=True, kw_only=True):
    """A product, how many of its reviews give how many stars (one star first), and a page of them."""

    product_id: UUID
    title: str
    shop_id: UUID
    shop_name: str
    shop_handle: str
    stars: list[int]
    reviews: list[ShownReview]

    @property
    def number(self) -> int:
        """How many count."""
        return sum(self.stars)

    @property
    def score(self) -> int:
        """Their average, in hundredths of a star; 0 without one."""
        total = sum(star * number for star, number in enumerate(self.stars, 1))
        return total * 100 // self.number if self.number else 0


async def get_product_reviews(
    reader: Reader, product_id: UUID, score: int | None, before: Cursor | None, limit: int
) -> ProductReviews | None:
    """Read a page of what was said of a product; with *score*, of what gave that many stars. One statement."""
    row = await reader.row(
        SQL.get_product_reviews, shard_of(product_id), product_id, score, *(before or (None, None, None)), limit
    )
    if row is None:
        return None
    return ProductReviews(
        product_id=row["id"],
        title=row["title"],
        shop_id=row["shop_id"],
        shop_name=row["shop_name"],
        shop_handle=row["shop_handle"],
        stars=row["stars"] or [0] * 5,
        reviews=[_shown(each) for each in row["reviews"] or []],
    )


class ListedReview(ShownReview, frozen=True, kw_only=True):
    """A review as the shop sees it, with its own answer even while that is held, or where it was refused."""

    number: str
    """The order's, for people."""
    answer_screening: Screening
    answer_refusal: str
    """Why staff refused the answer."""


class ShopReviews(Struct, frozen=True, kw_only=True):
    """A shop, what it scored over six months, and a page of what was said of it: for the shop itself, ListedReviews."""

    id: UUID
    name: str
    handle: str
    scores: Scores
    reviews: Sequence[ShownReview]


async def get_shop_reviews(
    reader: Reader,
    shop_id: UUID,
    now: datetime,
    before: Cursor | None,
    limit: int,
    *,
    is_unanswered: bool = False,
    is_for_shop: bool = False,
) -> ShopReviews | None:
    """Read what was said of a shop, and its scores. One statement. A *limit* of 0 reads the scores only."""
    row = await reader.row(
        SQL.get_shop_reviews,
        shard_of(shop_id),
        shop_id,
        first_month(now, MONTHS_SHOWN),
        is_unanswered,
        *(before or (None, None, None)),
        limit,
    )
    if row is None:
        return None
    return ShopReviews(
        id=row["id"],
        name=row["name"],
        handle=row["handle"],
        scores=scores_of(msgspec.convert(row["months"] or [], list[Month])),
        reviews=[(_listed_review if is_for_shop else _shown)(each) for each in row["reviews"] or []],
    )


async def get_scores(reader: Reader, shop_ids: Collection[UUID], now: datetime) -> dict[UUID, Scores]:
    """Read what shops scored over six months."""
    since = first_month(now, MONTHS_SHOWN)
    months: dict[UUID, list[Month]] = {id: [] for id in shop_ids}
    for row in await reader.rows(SQL.get_scores, distinct_shards(shop_ids), list(shop_ids), since):
        months[row["shop_id"]].append(Month(**dict(row)))
    return {id: scores_of(found) for id, found in months.items()}


class BoughtLine(Struct, frozen=True, kw_only=True):
    """A line of an order that is to be reviewed."""

    line: int
    product_id: UUID
    title: str
    choices: list[str]
    picture: str | None
    kind: str


class TradeOfBoth(Struct, frozen=True, kw_only=True):
    """An order with all that was said of it by both. What either may see of the other's is the caller's to decide."""

    id: UUID
    number: str
    shop_id: UUID
    shop_name: str
    shop_handle: str
    buyer_id: UUID
    buyer_name: str
    settled_at: datetime | None
    is_undone: bool
    """Whether all that was paid went back."""
    lines: list[BoughtLine]
    trade: ReviewedTrade | None
    reviews: list[Review]
    refusals: dict[str, str]
    """Why staff refused what somebody wrote, by line and part, as `key_of_part` writes it."""


class OwnReview(Struct, frozen=True, kw_only=True):
    """What a buyer said of a line, as they see it themselves."""

    line: int
    title: str
    score: int
    text: str
    screening: Screening
    photos: tuple[str, ...]
    follow_up: str
    follow_up_screening: Screening
    follow_up_refusal: str
    answer: str
    is_removed: bool
    removal_reason: str


class OwnTrade(Struct, frozen=True, kw_only=True):
    """A trade as its buyer sees it: what they said, and once it is seen what the shop did."""

    order_id: UUID
    number: str
    due_at: datetime | None
    is_undone: bool
    """Whether all that was paid went back: what was said counts for nothing, and nobody sees it."""
    written_at: datetime | None
    revealed_at: datetime | None
    service: int | None
    shipping: int | None
    rating: Rating | None
    rating_text: str
    reviews: list[OwnReview]


def own_trade(found: TradeOfBoth) -> OwnTrade:
    """Leave out of a trade what its buyer does not see (yet)."""
    trade = found.trade
    is_seen = trade is not None and trade.revealed_at is not None
    return OwnTrade(
        order_id=found.id,
        number=found.number,
        due_at=found.settled_at + REVIEW_WITHIN if found.settled_at else None,
        is_undone=found.is_undone,
        written_at=trade.written_at if trade else None,
        revealed_at=trade.revealed_at if trade else None,
        service=trade.service if trade else None,
        shipping=trade.shipping if trade else None,
        rating=trade.rating if trade and is_seen else None,
        rating_text=trade.rating_text if trade and is_seen else "",
        reviews=[
            OwnReview(
                line=each.line,
                title=each.title,
                score=each.score,
                text=each.text,
                screening=each.text_screening,
                photos=each.photos,
                follow_up=each.follow_up,
                follow_up_screening=each.follow_up_screening,
                follow_up_refusal=found.refusals.get(key_of_part(each.line, Part.FOLLOW_UP), ""),
                answer=each.answer if each.answer_screening is Screening.CLEAR else "",
                is_removed=each.removed_at is not None,
                removal_reason=each.removal_reason,
            )
            for each in found.reviews
        ],
    )


def key_of_part(line: int, part: Part) -> str:
    """Write what of a trade's reviews is meant: `1/answer`."""
    return f"{line}/{part.value}"


async def get_trade(reader: Reader, order_id: UUID) -> TradeOfBoth | None:
    """Read a trade. One statement."""
    row = await reader.row(SQL.get_trade, shard_of(order_id), order_id)
    if row is None:
        return None
    return msgspec.convert(
        {**dict(row), "reviews": row["reviews"] or [], "refusals": row["refusals"] or {}}, TradeOfBoth
    )


class ListedTrade(Struct, frozen=True, kw_only=True):
    """A settled trade among others, and what was said of it."""

    id: UUID
    number: str
    shop_id: UUID
    shop_name: str
    buyer_name: str
    settled_at: datetime
    is_undone: bool
    """Whether all that was paid went back: what was said counts for nothing, and nobody sees it."""
    written_at: datetime | None
    revealed_at: datetime | None
    rating: str | None
    rating_text: str | None
    titles: list[str]
    """What was bought, each once: of one product there may be several lines."""
    lines: list[BoughtLine]

    @property
    def due_at(self) -> datetime:
        """Until when both may say something."""
        return self.settled_at + REVIEW_WITHIN


async def list_trades_of_buyer(
    reader: Reader, person_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[ListedTrade]:
    """Read the settled trades of a buyer, the latest first. What the shop said is left out until it is seen."""
    rows = await reader.rows(SQL.list_trades_of_buyer, person_id, *(before or (None, None)), limit)
    return [_listed(row) for row in rows]


async def list_trades_of_shop(
    reader: Reader, shop_id: UUID, now: datetime, before: tuple[datetime, UUID] | None, limit: int
) -> list[ListedTrade]:
    """Read the trades of a shop whose buyers it may still rate, the latest first."""
    since = now - REVIEW_WITHIN
    rows = await reader.rows(
        SQL.list_trades_of_shop, shard_of(shop_id), shop_id, since, *(before or (None, None)), limit
    )
    return [_listed(row) for row in rows]


class OpenReport(Struct, frozen=True, kw_only=True):
    """A report that waits for a ruling, with what it is about; of line 0 there is no review."""

    id: UUID
    order_id: UUID
    line: int
    shop_id: UUID
    shop_name: str
    person_id: UUID
    kind: ReportKind
    text: str
    reported_at: datetime
    title: str | None
    review_text: str | None
    score: int | None


async def list_open_reports(reader: Reader, after: tuple[datetime, UUID] | None, limit: int) -> list[OpenReport]:
    """Read the reports that wait, the oldest first."""
    rows = await reader.rows(SQL.list_open_reports, *(after or (None, None)), limit)
    return [msgspec.convert({k: row[k] for k in OpenReport.__struct_fields__}, OpenReport) for row in rows]


class OpenHold(Struct, frozen=True, kw_only=True):
    """Something somebody wrote that waits until staff have looked, with what it is about."""

    order_id: UUID
    line: int
    part: Part
    shop_id: UUID
    shop_name: str
    words: tuple[HeldWord, ...]
    held_at: datetime
    title: str
    score: int
    text: str
    """What is held."""
    review_text: str
    """What the buyer wrote first, where it is about an answer or a follow-up."""


async def list_open_holds(reader: Reader, after: HoldCursor | None, limit: int) -> list[OpenHold]:
    """Read what is held and waits, the oldest first."""
    rows = await reader.rows(SQL.list_open_holds, *(after or (None, None, None, None)), limit)
    return [_convert(row, OpenHold) for row in rows]


def _order(row: Row) -> SettledOrder:
    return msgspec.convert({**dict(row), "lines": row["lines"] or []}, SettledOrder)


def _convert(row: Row, kind: type[Any]) -> Any:
    return msgspec.convert(dict(row), kind)


def _listed(row: Row) -> ListedTrade:
    facts = dict(row)
    if facts["revealed_at"] is None:
        facts |= {"rating": None, "rating_text": None}
    facts["titles"] = list(dict.fromkeys(line["title"] for line in facts["lines"]))
    return msgspec.convert(facts, ListedTrade)


def _shown(facts: dict[str, Any]) -> ShownReview:
    """Make what everybody sees of a review."""
    return msgspec.convert(_seen(facts), ShownReview)


def _listed_review(facts: dict[str, Any]) -> ListedReview:
    """Make what the shop sees of a review."""
    seen = _seen(facts) | {
        "number": facts["number"],
        "answer_screening": facts["answer_screening"],
        "answer_refusal": facts["answer_refusal"] or "",
    }
    return msgspec.convert(seen | {"answer": facts["answer"], "answered_at": facts["answered_at"]}, ListedReview)


def _seen(facts: dict[str, Any]) -> dict[str, Any]:
    is_removed = facts["removed_at"] is not None
    has_answer = not is_removed and facts["answer_screening"] == Screening.CLEAR
    has_follow_up = not is_removed and facts["follow_up_screening"] == Screening.CLEAR
    return {
        "order_id": facts["order_id"],
        "line": facts["line"],
        "product_id": facts["product_id"],
        "title": facts["title"],
        "choices": facts["choices"],
        "author": name_shown(facts["buyer_name"], facts["is_anonymous"]),
        "score": None if is_removed else facts["score"],
        "text": "" if is_removed else facts["text"],
        "photos": [] if is_removed else facts["photos"],
        "shown_at": facts["revealed_at"],
        "answer": facts["answer"] if has_answer else "",
        "answered_at": facts["answered_at"] if has_answer else None,
        "follow_up": facts["follow_up"] if has_follow_up else "",
        "followed_up_at": facts["followed_up_at"] if has_follow_up else None,
        "is_removed": is_removed,
        "removal_reason": facts["removal_reason"],
    }


async def get_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> list[Row]:
    """Read what was said of trades of a shard since a time: some, by id."""
    return await reader.rows(SQL.get_written, shard, after, since, limit)
