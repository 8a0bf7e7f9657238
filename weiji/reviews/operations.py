"""The verbs of reviews. Each takes an open transaction and a batch, and answers every command.

Locks: trades, in the order of their ids; owners of photos; counts of products, their scores in the search, then months
of shops, in order; then the heads of streams.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from weiji.events import BY_CLOCK, Event, Occurrence, publish
from weiji.events.reviews import (
    BuyerRated,
    ReviewAnswered,
    ReviewFollowedUp,
    ReviewReported,
    ReviewRuled,
    TradeRevealed,
    TradeReviewed,
)
from weiji.kit.db import Transaction
from weiji.reviews import rules, store
from weiji.reviews.model import (
    AnswerReview,
    AnswerStatus,
    FollowUp,
    FollowUpStatus,
    RateBuyer,
    RateStatus,
    ReportReview,
    ReportStatus,
    RevealTrade,
    ReviewStatus,
    ReviewTrade,
    RuleReview,
    RuleStatus,
)
from weiji.reviews.rules import Reviews

C = TypeVar("C", bound=Any)
S = TypeVar("S")


async def review_trades(tx: Transaction, commands: Sequence[ReviewTrade]) -> list[ReviewStatus]:
    """Say what buyers think of settled trades. Results are in the order of *commands*.

    Publishes TradeReviewed, and TradeRevealed where the shop has said something, too.
    """
    photos: dict[UUID, set[str]] = {}
    for command in commands:
        photos.setdefault(command.order_id, set()).update(url for line in command.lines for url in line.photos)
    return await _run(
        tx,
        commands,
        Reviews.review,
        lambda state, c, status: (
            TradeReviewed(is_revealed=_is_revealed(state, c.order_id)) if status is ReviewStatus.REVIEWED else None
        ),
        photos,
    )


async def rate_buyers(tx: Transaction, commands: Sequence[RateBuyer]) -> list[RateStatus]:
    """Say what shops think of the buyers of settled trades. Results are in the order of *commands*.

    Publishes BuyerRated, and TradeRevealed where the buyer has said something, too.
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
    )


async def answer_reviews(tx: Transaction, commands: Sequence[AnswerReview]) -> list[AnswerStatus]:
    """Answer what buyers said. Results are in the order of *commands*. Publishes ReviewAnswered."""
    return await _run(
        tx,
        commands,
        Reviews.answer,
        lambda state, c, status: (
            ReviewAnswered(line=c.line, product_id=state.reviews[c.order_id, c.line].product_id)
            if status is AnswerStatus.ANSWERED
            else None
        ),
    )


async def follow_up_reviews(tx: Transaction, commands: Sequence[FollowUp]) -> list[FollowUpStatus]:
    """Add something to what was said. Results are in the order of *commands*. Publishes ReviewFollowedUp."""
    return await _run(
        tx,
        commands,
        Reviews.follow_up,
        lambda state, c, status: (
            ReviewFollowedUp(line=c.line, product_id=state.reviews[c.order_id, c.line].product_id)
            if status is FollowUpStatus.ADDED
            else None
        ),
    )


async def report_reviews(tx: Transaction, commands: Sequence[ReportReview]) -> list[ReportStatus]:
    """Complain of reviews. Results are in the order of *commands*. Publishes ReviewReported."""
    return await _run(
        tx,
        commands,
        Reviews.report,
        lambda _state, c, status: ReviewReported(line=c.line, kind=c.kind) if status is ReportStatus.REPORTED else None,
    )


async def rule_reviews(tx: Transaction, commands: Sequence[RuleReview]) -> list[RuleStatus]:
    """Rule on reviews, and answer the reports of them. Results are in the order of *commands*. Publishes
    ReviewRuled.
    """
    return await _run(
        tx,
        commands,
        Reviews.rule,
        lambda _state, c, status: (
            ReviewRuled(line=c.line, is_removed=c.is_removed, reason=c.reason.strip())
            if status is RuleStatus.RULED
            else None
        ),
    )


async def reveal_trades(tx: Transaction, commands: Sequence[RevealTrade]) -> list[bool]:
    """Let what was said of trades be seen whose time is up; say for each whether that is new.

    Publishes TradeRevealed.
    """
    state = await store.lock_reviews(tx, [command.order_id for command in commands])
    before = _Before(state)
    revealed = [state.reveal(command.order_id) for command in commands]
    await before.write(tx, state, [])
    return revealed


class _Before:
    """What was there before a batch was judged."""

    def __init__(self, state: Reviews) -> None:
        self.trades = dict(state.trades)
        self.reviews = dict(state.reviews)
        self.reports = dict(state.reports)

    async def write(self, tx: Transaction, after: Reviews, told: list[Occurrence]) -> None:
        """Write what changed, and tell of it, and of trades that are revealed now."""
        counted = rules.count(self.reviews, after.reviews, self.trades, after.trades)
        await store.write_reviews(tx, self.trades, self.reviews, self.reports, after, counted)
        for id, trade in after.trades.items():
            known = self.trades.get(id)
            if trade.revealed_at and not (known and known.revealed_at) and (trade.written_at or trade.rated_at):
                event = TradeRevealed(
                    buyer_id=trade.buyer_id,
                    goods=tuple(
                        review.score for (order_id, _), review in sorted(after.reviews.items()) if order_id == id
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
) -> list[S]:
    """Lock and read, judge one command after another, write, and publish what is to be told of each."""
    state = await store.lock_reviews(tx, [command.order_id for command in commands], photos)
    before = _Before(state)
    statuses, told = [], []
    for command in commands:
        status = judge(state, command)
        statuses.append(status)
        event = tell(state, command, status)
        if event is not None:
            shop_id = state.orders[command.order_id].shop_id
            told.append(Occurrence(event, shop_id, command.order_id, command.actor))
    await before.write(tx, state, told)
    return statuses


def _is_revealed(state: Reviews, order_id: UUID) -> bool:
    return state.trades[order_id].revealed_at is not None
