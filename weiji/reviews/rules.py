"""What is decided about reviews: pure functions over what was read."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive, shard_of
from weiji.kit.text import is_text
from weiji.reviews.model import (
    ANSWER_MAX,
    FOLLOW_UP_WITHIN,
    PHOTOS_MAX,
    REVIEW_WITHIN,
    STARS,
    TEXT_MAX,
    AnswerReview,
    AnswerStatus,
    FollowUp,
    FollowUpStatus,
    LineReview,
    Month,
    RateBuyer,
    RateStatus,
    Report,
    ReportReview,
    ReportStatus,
    Review,
    ReviewedTrade,
    ReviewStatus,
    ReviewTrade,
    RuleReview,
    RuleStatus,
    Scores,
)

_GIFTS: Final = (
    "返现|返红包|返钱|返利|返券|返[0-9一二三四五六七八九十]+元?|红包|现金|奖励|有礼|送礼|免单|退[0-9]+元?|"
    "cashback|giftcard|refundyou"
)
_PRAISE: Final = "好评|五星|5星|满分|晒图|晒单|带图|追评|评价|fivestar|5star|goodreview|positivereview"
PAYMENT: Final = re.compile(rf"(?:{_PRAISE}).{{0,12}}(?:{_GIFTS})|(?:{_GIFTS}).{{0,8}}(?:{_PRAISE})")
"""Praise and what is given for it, near to each other, in text that was folded and squeezed."""


def offers_payment(text: str) -> bool:
    """Tell whether a text offers something for a review: 好评返现, 五 星 返 5 元, "5-star review, cashback"."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    squeezed = "".join(character for character in folded if character.isalnum())
    return PAYMENT.search(squeezed) is not None


def owner_of_photos(order_id: UUID) -> UUID:
    """Say who owns the photos of a trade's reviews: the trade itself, in the shop's shard. So a shop's full quota keeps
    no photo away, the shop can't touch them, and nobody shows those of another trade.
    """
    return derive(order_id, "photos")


class SettledLine(Struct, frozen=True, kw_only=True):
    """A line of an order, as a review names it."""

    line: int
    product_id: UUID
    title: str
    choices: tuple[str, ...]


class SettledOrder(Struct, frozen=True, kw_only=True):
    """An order, and whether it is settled."""

    id: UUID
    number: str
    shop_id: UUID
    buyer_id: UUID
    buyer_name: str
    settled_at: datetime | None
    lines: tuple[SettledLine, ...]


class Reviews:
    """What a batch is judged against: orders, their trades, reviews and reports, and photos that were uploaded for
    them; changed as commands are answered.
    """

    def __init__(
        self,
        *,
        orders: Mapping[UUID, SettledOrder],
        trades: Mapping[UUID, ReviewedTrade],
        reviews: Mapping[tuple[UUID, int], Review],
        reports: Mapping[UUID, Report],
        photos: Mapping[UUID, frozenset[str]],
        now: datetime,
    ) -> None:
        self.orders = orders
        self.trades = dict(trades)
        self.reviews = dict(reviews)
        self.reports = dict(reports)
        self.photos = photos
        self.now = now

    # Saying something of a trade

    def review(self, command: ReviewTrade) -> ReviewStatus:
        """Answer as if it came alone."""
        order = self.orders.get(command.order_id)
        if order is None or order.buyer_id != command.actor.person_id:
            return ReviewStatus.ORDER_NOT_FOUND
        trade = self._trade_of(order)
        if trade and trade.written_at:
            return ReviewStatus.EXISTS if self._said(trade, command) else ReviewStatus.ALREADY_REVIEWED
        if trade is None:
            return ReviewStatus.NOT_SETTLED
        if trade.due_at <= self.now:
            return ReviewStatus.TOO_LATE
        if sorted(each.line for each in command.lines) != sorted(line.line for line in order.lines):
            return ReviewStatus.LINES_DIFFER
        scores = (command.service, command.shipping, *(each.score for each in command.lines))
        if not all(score in STARS for score in scores):
            return ReviewStatus.SCORE_OUT_OF_RANGE
        if not all(is_text(each.text, TEXT_MAX) for each in command.lines):
            return ReviewStatus.TEXT_MALFORMED
        kept = self.photos.get(order.id, frozenset())
        if not all(len(each.photos) <= PHOTOS_MAX and set(each.photos) <= kept for each in command.lines):
            return ReviewStatus.PHOTOS_NOT_FOUND
        lines = {line.line: line for line in order.lines}
        for each in command.lines:
            self.reviews[order.id, each.line] = _review_of(order, lines[each.line], each, self.now)
        self.trades[order.id] = replace(
            trade,
            is_anonymous=command.is_anonymous,
            service=command.service,
            shipping=command.shipping,
            written_at=self.now,
        )
        if trade.rated_at:
            self.reveal(order.id)
        return ReviewStatus.REVIEWED

    def rate(self, command: RateBuyer) -> RateStatus:
        """Answer as if it came alone."""
        order = self.orders.get(command.order_id)
        if order is None or order.shop_id != command.shop_id:
            return RateStatus.ORDER_NOT_FOUND
        trade = self._trade_of(order)
        text = command.text.strip()
        if trade and trade.rated_at:
            is_same = (trade.rating, trade.rating_text) == (command.rating, text)
            return RateStatus.EXISTS if is_same else RateStatus.ALREADY_RATED
        if trade is None:
            return RateStatus.NOT_SETTLED
        if trade.due_at <= self.now:
            return RateStatus.TOO_LATE
        if not is_text(text, ANSWER_MAX):
            return RateStatus.TEXT_MALFORMED
        if offers_payment(text):
            return RateStatus.OFFERS_PAYMENT
        self.trades[order.id] = replace(trade, rating=command.rating, rating_text=text, rated_at=self.now)
        if trade.written_at:
            self.reveal(order.id)
        return RateStatus.RATED

    def reveal(self, order_id: UUID) -> bool:
        """Let what was said of a trade be seen, where both said something or the time is up; tell if that is new."""
        trade = self.trades.get(order_id)
        if trade is None or trade.revealed_at:
            return False
        if not (trade.written_at and trade.rated_at) and trade.due_at > self.now:
            return False
        self.trades[order_id] = replace(trade, revealed_at=self.now)
        for key, review in self.reviews.items():
            if key[0] == order_id:
                self.reviews[key] = replace(review, revealed_at=self.now)
        return True

    # What comes after

    def answer(self, command: AnswerReview) -> AnswerStatus:
        """Answer as if it came alone."""
        found = self.reviews.get((command.order_id, command.line))
        if found is None or found.shop_id != command.shop_id or not found.is_shown:
            return AnswerStatus.REVIEW_NOT_FOUND
        text = command.text.strip()
        if found.answered_at:
            return AnswerStatus.EXISTS if found.answer == text else AnswerStatus.ALREADY_ANSWERED
        if not text or not is_text(text, ANSWER_MAX):
            return AnswerStatus.TEXT_MALFORMED
        if offers_payment(text):
            return AnswerStatus.OFFERS_PAYMENT
        self.reviews[found.order_id, found.line] = replace(found, answer=text, answered_at=self.now)
        return AnswerStatus.ANSWERED

    def follow_up(self, command: FollowUp) -> FollowUpStatus:
        """Answer as if it came alone."""
        found = self.reviews.get((command.order_id, command.line))
        trade = self.trades.get(command.order_id)
        if found is None or trade is None or trade.buyer_id != command.actor.person_id or not found.is_shown:
            return FollowUpStatus.REVIEW_NOT_FOUND
        text = command.text.strip()
        if found.followed_up_at:
            return FollowUpStatus.EXISTS if found.follow_up == text else FollowUpStatus.ALREADY_ADDED
        if trade.settled_at + FOLLOW_UP_WITHIN <= self.now:
            return FollowUpStatus.TOO_LATE
        if not text or not is_text(text, TEXT_MAX):
            return FollowUpStatus.TEXT_MALFORMED
        self.reviews[found.order_id, found.line] = replace(found, follow_up=text, followed_up_at=self.now)
        return FollowUpStatus.ADDED

    # Supervision

    def report(self, command: ReportReview) -> ReportStatus:
        """Answer as if it came alone."""
        if shard_of(command.id) != shard_of(command.order_id):
            return ReportStatus.ID_IN_ANOTHER_SHARD
        person_id = command.actor.person_id
        assert person_id, "who reports is signed in"
        shop_id = self._reportable(command.order_id, command.line, person_id)
        if shop_id is None:
            return ReportStatus.REVIEW_NOT_FOUND
        about = (command.order_id, command.line, person_id)
        if command.id in self.reports or any(
            about == (each.order_id, each.line, each.person_id) for each in self.reports.values()
        ):
            return ReportStatus.EXISTS
        if not is_text(command.text, ANSWER_MAX):
            return ReportStatus.TEXT_MALFORMED
        self.reports[command.id] = Report(
            id=command.id,
            order_id=command.order_id,
            line=command.line,
            shop_id=shop_id,
            person_id=person_id,
            kind=command.kind,
            text=command.text.strip(),
            reported_at=self.now,
        )
        return ReportStatus.REPORTED

    def _reportable(self, order_id: UUID, line: int, person_id: UUID) -> UUID | None:
        """Give the shop of what somebody may complain of."""
        if line == 0:
            order = self.orders.get(order_id)
            return order.shop_id if order and order.buyer_id == person_id else None
        found = self.reviews.get((order_id, line))
        return found.shop_id if found and found.is_shown else None

    def rule(self, command: RuleReview) -> RuleStatus:
        """Answer as if it came alone."""
        waiting = [
            each
            for each in self.reports.values()
            if (each.order_id, each.line) == (command.order_id, command.line) and each.ruled_at is None
        ]
        found = self.reviews.get((command.order_id, command.line))
        if not (found and found.revealed_at) and not (command.line == 0 and waiting):
            return RuleStatus.REVIEW_NOT_FOUND
        if found and (found.removed_at is not None) == command.is_removed and not waiting:
            return RuleStatus.EXISTS
        order = self.orders.get(command.order_id)
        if command.is_own or (order and order.buyer_id == command.actor.person_id):
            return RuleStatus.OWN_SHOP
        reason = command.reason.strip()
        if not reason or not is_text(reason, ANSWER_MAX):
            return RuleStatus.REASON_MALFORMED
        if found is None and command.is_removed:
            return RuleStatus.NOTHING_TO_REMOVE
        ruler = command.actor.person_id
        assert ruler, "the operator's staff are people"
        if found:
            is_so = (self.now, ruler, reason) if command.is_removed else (None, None, "")
            removed_at, removed_by, removal_reason = is_so
            self.reviews[found.order_id, found.line] = replace(
                found, removed_at=removed_at, removed_by=removed_by, removal_reason=removal_reason
            )
        for each in waiting:
            self.reports[each.id] = replace(
                each, ruled_at=self.now, ruled_by=ruler, is_removed=command.is_removed, ruling=reason
            )
        return RuleStatus.RULED

    def _trade_of(self, order: SettledOrder) -> ReviewedTrade | None:
        """Give the trade of an order; None while it is not settled."""
        found = self.trades.get(order.id)
        if found is None and order.settled_at:
            found = ReviewedTrade(
                order_id=order.id,
                shop_id=order.shop_id,
                buyer_id=order.buyer_id,
                number=order.number,
                buyer_name=order.buyer_name,
                settled_at=order.settled_at,
                due_at=order.settled_at + REVIEW_WITHIN,
            )
        return found

    def _said(self, trade: ReviewedTrade, command: ReviewTrade) -> bool:
        """Tell whether a command says what was said before."""
        if (trade.service, trade.shipping, trade.is_anonymous) != (
            command.service,
            command.shipping,
            command.is_anonymous,
        ):
            return False
        before = {
            (line, review.score, review.text, review.photos)
            for (order_id, line), review in self.reviews.items()
            if order_id == trade.order_id
        }
        return before == {(each.line, each.score, each.text.strip(), each.photos) for each in command.lines}


def _review_of(order: SettledOrder, line: SettledLine, said: LineReview, now: datetime) -> Review:
    return Review(
        order_id=order.id,
        line=line.line,
        shop_id=order.shop_id,
        product_id=line.product_id,
        title=line.title,
        choices=line.choices,
        score=said.score,
        text=said.text.strip(),
        photos=said.photos,
        written_at=now,
    )


def month_of(at: datetime) -> date:
    """Give the first day of a moment's month, in Shanghai."""
    return at.astimezone(SHANGHAI).date().replace(day=1)


def first_month(now: datetime, months: int) -> date:
    """Give the first of the last *months* months, the present one counted."""
    this = month_of(now)
    before = this.year * 12 + this.month - months
    return date(before // 12, before % 12 + 1, 1)


class Counted(Struct):
    """What reviews and trades add to what is counted: stars by product, and scores by shop and month."""

    stars: dict[tuple[UUID, UUID], list[int]]
    """By shop and product, how many of each score more or fewer."""
    months: dict[tuple[UUID, date], Month]


def count(
    before: Mapping[tuple[UUID, int], Review],
    after: Mapping[tuple[UUID, int], Review],
    trades_before: Mapping[UUID, ReviewedTrade],
    trades_after: Mapping[UUID, ReviewedTrade],
) -> Counted:
    """Say what changed in what is counted. What is shown counts; a removed review does not, the trade's scores stay."""
    counted = Counted({}, {})

    def month(shop_id: UUID, at: datetime) -> tuple[UUID, date]:
        key = (shop_id, month_of(at))
        counted.months.setdefault(key, Month(shop_id=shop_id, month=key[1]))
        return key

    for key, review in after.items():
        old = before.get(key)
        change = int(review.is_shown) - int(bool(old and old.is_shown))
        if change and review.revealed_at:
            counted.stars.setdefault((review.shop_id, review.product_id), [0] * 5)[review.score - 1] += change
            at = month(review.shop_id, review.revealed_at)
            counted.months[at] = replace(
                counted.months[at],
                goods_sum=counted.months[at].goods_sum + change * review.score,
                goods_number=counted.months[at].goods_number + change,
            )
    for id, trade in trades_after.items():
        known = trades_before.get(id)
        is_new = trade.revealed_at is not None and not (known and known.revealed_at)
        if is_new and trade.revealed_at and trade.service and trade.shipping:
            at = month(trade.shop_id, trade.revealed_at)
            counted.months[at] = replace(
                counted.months[at],
                service_sum=counted.months[at].service_sum + trade.service,
                shipping_sum=counted.months[at].shipping_sum + trade.shipping,
                trades=counted.months[at].trades + 1,
            )
    return counted


def scores_of(months: Iterable[Month]) -> Scores:
    """Average what months scored, in hundredths of a star."""
    known = list(months)
    lines, trades = sum(each.goods_number for each in known), sum(each.trades for each in known)
    return Scores(
        goods=sum(each.goods_sum for each in known) * 100 // lines if lines else 0,
        service=sum(each.service_sum for each in known) * 100 // trades if trades else 0,
        shipping=sum(each.shipping_sum for each in known) * 100 // trades if trades else 0,
        trades=trades,
    )


def name_shown(name: str, is_anonymous: bool) -> str:
    """Say what a reviewer is called: the first character, and stars for the rest, if they want no more."""
    return f"{name[:1]}**" if is_anonymous else name
