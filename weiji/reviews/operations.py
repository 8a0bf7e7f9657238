"""The verbs of reviews. Each takes an open transaction and a batch, and answers every command.

Locks: trades, then reports, in the order of their ids; owners of photos; counts of products, their scores in the
search, then months of shops, in order; then the heads of streams.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from weiji.events import BY_CLOCK, BY_SYSTEM, Event, Occurrence, publish
from weiji.events.reviews import (
    BlindReviewJudged,
    BuyerRated,
    ReviewAnswered,
    ReviewFollowedUp,
    ReviewHeld,
    ReviewHoldJudged,
    ReviewReported,
    ReviewRuled,
    TradeReported,
    TradeReportRuled,
    TradeRevealed,
    TradeReviewed,
)
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.reviews import rules, store
from weiji.reviews.model import (
    TEXT_MAX,
    AnswerReview,
    AnswerStatus,
    FollowUp,
    FollowUpStatus,
    Hold,
    JudgeHold,
    JudgeHoldStatus,
    Part,
    RateBuyer,
    RateStatus,
    ReportReview,
    ReportStatus,
    RevealTrade,
    ReviewedTrade,
    ReviewStatus,
    ReviewTrade,
    RuleReview,
    RuleStatus,
    UndoTrade,
)
from weiji.reviews.rules import Reviews
from weiji.word_rules import Field, Hit, get_matcher

OF_NO_SHOP: Final = (BlindReviewJudged, TradeReported, TradeReportRuled)
"""What is told in the log of who did it, and of no order: the shop is not to know, or not yet."""

C = TypeVar("C", bound=Any)
S = TypeVar("S")


async def review_trades(tx: Transaction, commands: Sequence[ReviewTrade]) -> list[ReviewStatus]:
    """Say what buyers think of settled trades. Results are in the order of *commands*.

    Publishes TradeReviewed, and, where the shop has said something, too, TradeRevealed, and ReviewHeld for each line
    that has to be looked at first.
    """
    photos: dict[UUID, set[str]] = {}
    for command in commands:
        photos.setdefault(command.order_id, set()).update(url for line in command.lines for url in line.photos)
    return await _run(
        tx,
        commands,
        Reviews.review,
        lambda state, c, status: (
            TradeReviewed(is_revealed=_is_revealed(state, c.order_id))
            if status in (ReviewStatus.REVIEWED, ReviewStatus.HELD)
            else None
        ),
        photos,
        texts={line.text for command in commands for line in command.lines},
    )


async def rate_buyers(tx: Transaction, commands: Sequence[RateBuyer]) -> list[RateStatus]:
    """Say what shops think of the buyers of settled trades. Results are in the order of *commands*.

    Publishes BuyerRated, and TradeRevealed where the buyer has said something, too, with what came of reviews that were
    held.
    """
    return await _run(
        tx,
        commands,
        Reviews.rate,
        lambda state, c, status: (
            BuyerRated(buyer_id=state.trades[c.order_id].buyer_id, is_revealed=_is_revealed(state, c.order_id))
            if status is RateStatus.RATED
            else None
        ),
        texts={command.text for command in commands},
    )


async def answer_reviews(tx: Transaction, commands: Sequence[AnswerReview]) -> list[AnswerStatus]:
    """Answer what buyers said. Results are in the order of *commands*. Publishes ReviewAnswered, and ReviewHeld where
    it has to be looked at first.
    """
    return await _run(
        tx,
        commands,
        Reviews.answer,
        lambda state, c, status: (
            ReviewAnswered(line=c.line, product_id=state.reviews[c.order_id, c.line].product_id)
            if status in (AnswerStatus.ANSWERED, AnswerStatus.HELD)
            else None
        ),
        texts={command.text for command in commands},
    )


async def follow_up_reviews(tx: Transaction, commands: Sequence[FollowUp]) -> list[FollowUpStatus]:
    """Add something to what was said. Results are in the order of *commands*. Publishes ReviewFollowedUp, and
    ReviewHeld where it has to be looked at first.
    """
    return await _run(
        tx,
        commands,
        Reviews.follow_up,
        lambda state, c, status: (
            ReviewFollowedUp(line=c.line, product_id=state.reviews[c.order_id, c.line].product_id)
            if status in (FollowUpStatus.ADDED, FollowUpStatus.HELD)
            else None
        ),
        texts={command.text for command in commands},
    )


async def report_reviews(tx: Transaction, commands: Sequence[ReportReview]) -> list[ReportStatus]:
    """Complain of reviews. Results are in the order of *commands*. Publishes ReviewReported, or, of line 0,
    TradeReported in the log of who complains.
    """
    return await _run(
        tx,
        commands,
        Reviews.report,
        lambda _state, c, status: _reported(c) if status is ReportStatus.REPORTED else None,
        report_ids=[command.id for command in commands],
    )


async def rule_reviews(tx: Transaction, commands: Sequence[RuleReview]) -> list[RuleStatus]:
    """Rule on reviews, and answer the reports of them. Results are in the order of *commands*. Publishes ReviewRuled,
    or, of line 0, TradeReportRuled in the log of who rules.
    """
    return await _run(
        tx,
        commands,
        Reviews.rule,
        lambda _state, c, status: _ruled(c) if status is RuleStatus.RULED else None,
    )


async def judge_holds(tx: Transaction, commands: Sequence[JudgeHold]) -> list[JudgeHoldStatus]:
    """Release what is held, or refuse it. Results are in the order of *commands*. Publishes ReviewHoldJudged, or, of
    what its shop does not see yet, BlindReviewJudged in the log of who judged.
    """
    return await _run(
        tx,
        commands,
        Reviews.judge_hold,
        lambda state, c, status: (
            _judged(state, c) if status in (JudgeHoldStatus.RELEASED, JudgeHoldStatus.REFUSED) else None
        ),
        reads_holds=True,
    )


async def reveal_trades(tx: Transaction, commands: Sequence[RevealTrade]) -> list[bool]:
    """Let what was said of trades be seen whose time is up; say for each whether that is new.

    Publishes TradeRevealed, with what came of reviews that were held.
    """
    state = await store.lock_reviews(tx, [command.order_id for command in commands])
    before = _Before(state)
    revealed = [state.reveal(command.order_id) for command in commands]
    await before.write(tx, state, [])
    return revealed


async def undo_trades(tx: Transaction, commands: Sequence[UndoTrade]) -> list[bool]:
    """Let what was said of trades count for nothing whose money all went back; say for each whether that is new."""
    state = await store.lock_reviews(tx, [command.order_id for command in commands])
    before = _Before(state)
    undone = [state.undo(command.order_id) for command in commands]
    await before.write(tx, state, [])
    return undone


class _Before:
    """What was there before a batch was judged."""

    def __init__(self, state: Reviews) -> None:
        self.trades = dict(state.trades)
        self.reviews = dict(state.reviews)
        self.reports = dict(state.reports)
        self.holds = dict(state.holds)

    async def write(self, tx: Transaction, after: Reviews, told: list[Occurrence]) -> None:
        """Write what changed, and tell of it, and of trades that are revealed now."""
        counted = rules.count(self.reviews, after.reviews, self.trades, after.trades)
        await store.write_reviews(tx, self.trades, self.reviews, self.reports, after, counted)
        await store.write_holds(tx, [hold for key, hold in after.holds.items() if self.holds.get(key) != hold])
        for key, hold in after.holds.items():
            # What is blind is told once it is revealed, as far as it is not released by then.
            was_blind = key not in self.holds or _is_blind(self.trades, hold)
            if was_blind and not _is_blind(after.trades, hold) and not hold.is_released:
                told.append(Occurrence(_held(hold), hold.shop_id, hold.order_id, BY_SYSTEM))
        for id, trade in after.trades.items():
            known = self.trades.get(id)
            if trade.revealed_at and not (known and known.revealed_at) and (trade.written_at or trade.rated_at):
                event = TradeRevealed(
                    buyer_id=trade.buyer_id,
                    goods=tuple(
                        review.score
                        for (order_id, _), review in sorted(after.reviews.items())
                        if order_id == id and review.is_shown
                    ),
                    service=trade.service,
                    shipping=trade.shipping,
                    rating=trade.rating,
                )
                told.append(Occurrence(event, trade.shop_id, id, BY_CLOCK))
        await publish(tx, told)


async def _run(
    tx: Transaction,
    commands: Sequence[C],
    judge: Callable[[Reviews, C], S],
    tell: Callable[[Reviews, C, S], Event | None],
    photos: Mapping[UUID, set[str]] | None = None,
    *,
    texts: Iterable[str] = (),
    reads_holds: bool = False,
    report_ids: Collection[UUID] = (),
) -> list[S]:
    """Lock and read, judge one command after another, write, and publish what is to be told of each.

    *texts* are what the commands say: word rules look at them. *report_ids* are of reports that they make.
    """
    order_ids = [command.order_id for command in commands]
    words = await _find_words(tx, texts)
    state = await store.lock_reviews(tx, order_ids, photos, words, reads_holds=reads_holds, report_ids=report_ids)
    before = _Before(state)
    statuses, told = [], []
    for command in commands:
        status = judge(state, command)
        statuses.append(status)
        event = tell(state, command, status)
        if isinstance(event, OF_NO_SHOP):
            person_id = command.actor.person_id
            assert person_id, "who reports, and the operator's staff, are people"
            part = "hold" if isinstance(event, BlindReviewJudged) else "report"
            subject_id = derive(person_id, part, command.order_id, command.line)
            told.append(Occurrence(event, person_id, subject_id, command.actor))
        elif event is not None:
            shop_id = state.orders[command.order_id].shop_id
            told.append(Occurrence(event, shop_id, command.order_id, command.actor))
    await before.write(tx, state, told)
    return statuses


async def _find_words(tx: Transaction, texts: Iterable[str]) -> dict[str, list[Hit]]:
    """Say what word rules find in texts, as they are stored; those in which they find nothing are left out."""
    said = {stripped for text in texts if (stripped := text.strip()) and len(stripped) <= TEXT_MAX}
    if not said:
        return {}
    matcher = await get_matcher(tx)
    return {text: hits for text in said if (hits := matcher.find([(Field.REVIEW, text)]))}


def _is_blind(trades: Mapping[UUID, ReviewedTrade], hold: Hold) -> bool:
    return hold.part is Part.REVIEW and trades[hold.order_id].revealed_at is None


def _held(hold: Hold) -> ReviewHeld | ReviewHoldJudged:
    """Tell that something is held, or that it was refused before it was revealed."""
    if hold.judged_at:
        return ReviewHoldJudged(line=hold.line, part=hold.part, is_released=False, reason=hold.reason)
    return ReviewHeld(line=hold.line, part=hold.part, rules=tuple(word.name for word in hold.words))


def _judged(state: Reviews, command: JudgeHold) -> ReviewHoldJudged | BlindReviewJudged:
    facts: dict[str, Any] = {
        "line": command.line,
        "is_released": command.is_released,
        "reason": command.reason.strip(),
    }
    if _is_blind(state.trades, state.holds[command.order_id, command.line, command.part]):
        return BlindReviewJudged(order_id=command.order_id, **facts)
    return ReviewHoldJudged(part=command.part, **facts)


def _reported(command: ReportReview) -> ReviewReported | TradeReported:
    if command.line == 0:
        return TradeReported(order_id=command.order_id, kind=command.kind)
    return ReviewReported(line=command.line, kind=command.kind)


def _ruled(command: RuleReview) -> ReviewRuled | TradeReportRuled:
    reason = command.reason.strip()
    if command.line == 0:
        return TradeReportRuled(order_id=command.order_id, reason=reason)
    return ReviewRuled(line=command.line, is_removed=command.is_removed, reason=reason)


def _is_revealed(state: Reviews, order_id: UUID) -> bool:
    return state.trades[order_id].revealed_at is not None
