"""What is decided about reviews: pure functions over what was read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.clock import month_of
from weiji.kit.ids import derive, shard_of
from weiji.kit.text import is_text
from weiji.reviews.model import (
    ANSWER_MAX,
    FOLLOW_UP_WITHIN,
    HELD_WORDS_MAX,
    PHOTOS_MAX,
    REVIEW_WITHIN,
    STARS,
    TEXT_MAX,
    AnswerReview,
    AnswerStatus,
    FollowUp,
    FollowUpStatus,
    HeldWord,
    Hold,
    JudgeHold,
    JudgeHoldStatus,
    LineReview,
    Month,
    Part,
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
    Screening,
)
from weiji.word_rules import Action, Hit, offers_payment


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
    """An order, whether it is settled, and whether all that was paid went back: then it is no trade."""

    id: UUID
    number: str
    shop_id: UUID
    buyer_id: UUID
    buyer_name: str
    settled_at: datetime | None
    is_undone: bool
    lines: tuple[SettledLine, ...]


NOT_RATED: Final = frozenset({Action.REFUSE, Action.REVIEW})
"""What is done about words that no rating of a buyer has: it is one line for one reader, and said at once in others."""

HoldKey = tuple[UUID, int, Part]


class Reviews:
    """What a batch is judged against: orders, their trades, reviews, reports and holds, photos that were uploaded for
    them, and what word rules find in what is said, by text; changed as commands are answered.
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
        holds: Mapping[HoldKey, Hold] | None = None,
        words: Mapping[str, Sequence[Hit]] | None = None,
    ) -> None:
        self.orders = orders
        self.trades = dict(trades)
        self.reviews = dict(reviews)
        self.reports = dict(reports)
        self.photos = photos
        self.now = now
        self.holds = dict(holds or {})
        self.words = words or {}

    # Saying something of a trade

    def review(self, command: ReviewTrade) -> ReviewStatus:
        """Answer as if it came alone."""
        order = self.orders.get(command.order_id)
        if order is None or order.buyer_id != command.actor.person_id:
            return ReviewStatus.ORDER_NOT_FOUND
        trade = self._trade_of(order)
        if trade and trade.written_at:
            return ReviewStatus.EXISTS if self._said(trade, command) else ReviewStatus.ALREADY_REVIEWED
        if order.shop_id in command.shops:
            return ReviewStatus.OWN_SHOP
        if trade is None:
            return ReviewStatus.NOT_SETTLED
        if trade.undone_at or order.is_undone:
            return ReviewStatus.UNDONE
        if trade.due_at <= self.now:
            return ReviewStatus.TOO_LATE
        if sorted(each.line for each in command.lines) != sorted(line.line for line in order.lines):
            return ReviewStatus.LINES_DIFFER
        scores = (command.service, command.shipping, *(each.score for each in command.lines))
        if not all(score in STARS for score in scores):
            return ReviewStatus.SCORE_OUT_OF_RANGE
        if not all(is_text(each.text, TEXT_MAX) for each in command.lines):
            return ReviewStatus.TEXT_MALFORMED
        if any(self._is_refused(each.text.strip()) for each in command.lines):
            return ReviewStatus.WORDS_REFUSED
        kept = self.photos.get(order.id, frozenset())
        if not all(len(each.photos) <= PHOTOS_MAX and set(each.photos) <= kept for each in command.lines):
            return ReviewStatus.PHOTOS_NOT_FOUND
        lines = {line.line: line for line in order.lines}
        for each in command.lines:
            said = _review_of(order, lines[each.line], each, self.now)
            screening = self._screen(said, Part.REVIEW, said.text)
            self.reviews[order.id, each.line] = replace(said, text_screening=screening)
        self.trades[order.id] = replace(
            trade,
            is_anonymous=command.is_anonymous,
            service=command.service,
            shipping=command.shipping,
            written_at=self.now,
        )
        if trade.rated_at:
            self.reveal(order.id)
        is_held = any(self.reviews[order.id, line].text_screening is Screening.HELD for line in lines)
        return ReviewStatus.HELD if is_held else ReviewStatus.REVIEWED

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
        if trade.undone_at or order.is_undone:
            return RateStatus.UNDONE
        if trade.due_at <= self.now:
            return RateStatus.TOO_LATE
        if not is_text(text, ANSWER_MAX):
            return RateStatus.TEXT_MALFORMED
        if offers_payment(text):
            return RateStatus.OFFERS_PAYMENT
        if any(hit.action in NOT_RATED for hit in self.words.get(text, ())):
            return RateStatus.WORDS_REFUSED
        self.trades[order.id] = replace(trade, rating=command.rating, rating_text=text, rated_at=self.now)
        if trade.written_at:
            self.reveal(order.id)
        return RateStatus.RATED

    def reveal(self, order_id: UUID) -> bool:
        """Let what was said of a trade be seen, where both said something or the time is up; tell if that is new.

        What was said of a trade whose money all went back stays blind.
        """
        trade = self.trades.get(order_id)
        if trade is None or trade.revealed_at or trade.undone_at:
            return False
        if self.undo(order_id):
            return False  # Before reviews heard of it.
        if not (trade.written_at and trade.rated_at) and trade.due_at > self.now:
            return False
        self.trades[order_id] = replace(trade, revealed_at=self.now)
        for key, review in self.reviews.items():
            if key[0] == order_id:
                self.reviews[key] = replace(review, revealed_at=self.now)
        return True

    def undo(self, order_id: UUID) -> bool:
        """Let what was said of a trade count for nothing, if all of its money went back; tell if that is new."""
        order = self.orders.get(order_id)
        trade = self._trade_of(order) if order and order.is_undone else None
        if trade is None or trade.undone_at:
            return False
        self.trades[order_id] = replace(trade, undone_at=self.now)
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
        if self.trades[found.order_id].undone_at or self.orders[found.order_id].is_undone:
            return AnswerStatus.UNDONE
        if not text or not is_text(text, ANSWER_MAX):
            return AnswerStatus.TEXT_MALFORMED
        if offers_payment(text):
            return AnswerStatus.OFFERS_PAYMENT
        if self._is_refused(text):
            return AnswerStatus.WORDS_REFUSED
        screening = self._screen(found, Part.ANSWER, text)
        self.reviews[found.order_id, found.line] = replace(
            found, answer=text, answered_at=self.now, answer_screening=screening
        )
        return AnswerStatus.HELD if screening is Screening.HELD else AnswerStatus.ANSWERED

    def follow_up(self, command: FollowUp) -> FollowUpStatus:
        """Answer as if it came alone."""
        found = self.reviews.get((command.order_id, command.line))
        trade = self.trades.get(command.order_id)
        if found is None or trade is None or trade.buyer_id != command.actor.person_id or not found.is_shown:
            return FollowUpStatus.REVIEW_NOT_FOUND
        text = command.text.strip()
        if found.followed_up_at:
            return FollowUpStatus.EXISTS if found.follow_up == text else FollowUpStatus.ALREADY_ADDED
        if trade.shop_id in command.shops:
            return FollowUpStatus.OWN_SHOP
        if trade.undone_at or self.orders[found.order_id].is_undone:
            return FollowUpStatus.UNDONE
        if trade.settled_at + FOLLOW_UP_WITHIN <= self.now:
            return FollowUpStatus.TOO_LATE
        if not text or not is_text(text, TEXT_MAX):
            return FollowUpStatus.TEXT_MALFORMED
        if self._is_refused(text):
            return FollowUpStatus.WORDS_REFUSED
        screening = self._screen(found, Part.FOLLOW_UP, text)
        self.reviews[found.order_id, found.line] = replace(
            found, follow_up=text, followed_up_at=self.now, follow_up_screening=screening
        )
        return FollowUpStatus.HELD if screening is Screening.HELD else FollowUpStatus.ADDED

    # Words

    def _is_refused(self, text: str) -> bool:
        return any(hit.action is Action.REFUSE for hit in self.words.get(text, ()))

    def _screen(self, review: Review, part: Part, text: str) -> Screening:
        """Hold what somebody has to look at first. What rules only note is seen at once."""
        suspect = [hit for hit in self.words.get(text, ()) if hit.action is Action.REVIEW]
        if not suspect:
            return Screening.CLEAR
        self.holds[review.order_id, review.line, part] = Hold(
            order_id=review.order_id,
            line=review.line,
            part=part,
            shop_id=review.shop_id,
            words=tuple(
                HeldWord(rule_id=hit.rule_id, name=hit.name, found=hit.found, reason=hit.reason)
                for hit in suspect[:HELD_WORDS_MAX]
            ),
            held_at=self.now,
        )
        return Screening.HELD

    def judge_hold(self, command: JudgeHold) -> JudgeHoldStatus:
        """Answer as if it came alone."""
        found = self.holds.get((command.order_id, command.line, command.part))
        order = self.orders.get(command.order_id)
        if found is None or order is None:
            return JudgeHoldStatus.HOLD_NOT_FOUND
        person_id = command.actor.person_id
        assert person_id, "the operator's staff are people"
        if found.judged_at:
            is_same = (found.judged_by, found.is_released) == (person_id, command.is_released)
            return JudgeHoldStatus.EXISTS if is_same else JudgeHoldStatus.ALREADY_JUDGED
        if command.is_own or order.buyer_id == person_id:
            return JudgeHoldStatus.OWN_SHOP
        reason = command.reason.strip()
        if not is_text(reason, ANSWER_MAX) or not (reason or command.is_released):
            return JudgeHoldStatus.REASON_MALFORMED
        self.holds[found.order_id, found.line, found.part] = replace(
            found, judged_at=self.now, judged_by=person_id, is_released=command.is_released, reason=reason
        )
        key = (found.order_id, found.line)
        self.reviews[key] = _judged(self.reviews[key], found.part, command.is_released, person_id, reason, self.now)
        return JudgeHoldStatus.RELEASED if command.is_released else JudgeHoldStatus.REFUSED

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
        if any(about == (each.order_id, each.line, each.person_id) for each in self.reports.values()):
            return ReportStatus.EXISTS
        if command.id in self.reports:
            return ReportStatus.ID_TAKEN
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
            # Whoever takes back that its words were refused lets them be seen.
            was_refused = found.text_screening is Screening.REFUSED and not command.is_removed
            self.reviews[found.order_id, found.line] = replace(
                found,
                removed_at=removed_at,
                removed_by=removed_by,
                removal_reason=removal_reason,
                text_screening=Screening.CLEAR if was_refused else found.text_screening,
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


def _judged(review: Review, part: Part, is_released: bool, person_id: UUID, reason: str, now: datetime) -> Review:
    """Let what was held be seen, or never. A review that is refused is removed: its place stays, with the reason."""
    screening = Screening.CLEAR if is_released else Screening.REFUSED
    match part:
        case Part.ANSWER:
            return replace(review, answer_screening=screening)
        case Part.FOLLOW_UP:
            return replace(review, follow_up_screening=screening)
        case Part.REVIEW if is_released or review.removed_at:
            return replace(review, text_screening=screening)
        case Part.REVIEW:
            return replace(
                review, text_screening=screening, removed_at=now, removed_by=person_id, removal_reason=reason
            )


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
    """Say what changed in what is counted. What is shown counts; a removed review does not, the trade's scores stay.

    Of a trade whose money all went back nothing counts.
    """
    counted = Counted({}, {})

    def counts(review: Review | None, trade: ReviewedTrade | None) -> bool:
        return review is not None and review.is_shown and not (trade and trade.undone_at)

    def month(shop_id: UUID, at: datetime) -> tuple[UUID, date]:
        key = (shop_id, month_of(at))
        counted.months.setdefault(key, Month(shop_id=shop_id, month=key[1]))
        return key

    for key, review in after.items():
        old = before.get(key)
        change = int(counts(review, trades_after.get(key[0]))) - int(counts(old, trades_before.get(key[0])))
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
        change = int(_is_counted(trade)) - int(known is not None and _is_counted(known))
        if change and trade.revealed_at and trade.service and trade.shipping:
            at = month(trade.shop_id, trade.revealed_at)
            counted.months[at] = replace(
                counted.months[at],
                service_sum=counted.months[at].service_sum + change * trade.service,
                shipping_sum=counted.months[at].shipping_sum + change * trade.shipping,
                trades=counted.months[at].trades + change,
            )
    return counted


def _is_counted(trade: ReviewedTrade) -> bool:
    return trade.revealed_at is not None and trade.undone_at is None


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
