"""What the town's people say of what they bought, and its shops of who bought."""

from collections.abc import Sequence
from random import Random
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.demo.people import BY_HANDLE
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.orders import Order
from weiji.program import Program
from weiji.reviews import (
    AnswerReview,
    FollowUp,
    LineReview,
    RateBuyer,
    Rating,
    ReportKind,
    ReportReview,
    ReviewTrade,
    RuleReview,
    answer_reviews,
    follow_up_reviews,
    rate_buyers,
    report_reviews,
    review_trades,
    rule_reviews,
)
from weiji.reviews.model import REVIEW_WITHIN
from weiji.reviews.store import TradeOfBoth, get_trade

SAID: Final[dict[int, tuple[str, ...]]] = {
    5: (
        "和图上一样，比想的还好。包得很仔细，一层一层的。",
        "第二次买了，还是这个味道，家里人都喜欢。",
        "送朋友的，她很开心，追着问在哪里买的。",
        "店家手写了一张卡片，字很好看。东西也好。",
        "用了几天才来写：结实，好看，没有异味。",
        "It is even nicer than in the picture. Thank you for the careful packing!",
        "",
    ),
    4: ("东西不错，就是路上慢了两天。", "颜色比图上深一点点，可以接受。", "挺好的，要是包装再小一点就更好了。", ""),
    3: ("一般，和价钱相配。", "尺寸比想的小，买之前要看清楚。"),
    2: ("有一个角磕了，店家说手工的难免。", "等了很久才发货，问了也没有说清楚。"),
    1: ("收到的和说的不一样，你们店家就是骗子！全家都是骗子！",),
}
"""What buyers write, by stars. The only one of one star is what staff removes."""

ANSWERS: Final[dict[bool, tuple[str, ...]]] = {
    True: ("谢谢你喜欢，下次来给你留好的。", "谢谢，卡片是我家小孩写的。", "欢迎再来坐坐。"),
    False: ("对不起，这次没做好。磕到的我们补一个，已经私下和你联系了。", "慢了是我们的错，仓库那几天停电。"),
}
LATER: Final = ("过了两个星期再来说：还是很好，颜色没有变。", "用到现在没有坏，准备再买一个。")
RATINGS: Final = ("付款爽快，好沟通。", "老朋友了，谢谢。", "")
ACCUSED: Final = "这条在骂人，还骂到家里人。"
RULED: Final = "有对个人的辱骂。说东西不好没有关系，骂人不行。"
TOUTED: Final = "东西不错。我也做这个，便宜一半，加微信 shan88 就好。"
LURED: Final = "谢谢！下次直接加 微 信 找我们，不走平台给你便宜。"
BRIBE: Final = "包裹里有张卡片，说晒图返 3 元，我没有要。"


class Talk:
    """Says it, each time that something was settled since."""

    def __init__(self, program: Program, owners: dict[UUID, Actor]) -> None:
        self.program = program
        self.owners = owners
        self.random = Random(20140520)  # noqa: S311 - Talk, not a secret.
        self.heard: set[UUID] = set()

    async def go_on(self, orders: Sequence[Order]) -> None:
        """Let those whose trades were settled say something, most of them; and shops rate most of them."""
        settled = [order for order in orders if order.settled_at and order.id not in self.heard]
        settled = [order for order in settled if order.settled_at and clock.now() < order.settled_at + REVIEW_WITHIN]
        self.heard |= {order.id for order in settled}
        async with self.program.database.read() as reader:
            trades = [trade for order in settled if (trade := await get_trade(reader, order.id))]
        talking = [(trade, self.random.choices((5, 4, 3, 2), (60, 25, 9, 6))[0]) for trade in trades]
        talking = [pair for pair in talking if self.random.random() < 0.8]
        batchers = self.program.batchers
        reviews = [self._review(trade, score) for trade, score in talking]
        await batchers.of(review_trades, "order_id").submit_all(reviews)
        ratings = [
            RateBuyer(
                order_id=trade.id,
                shop_id=trade.shop_id,
                rating=Rating.GOOD if self.random.random() < 0.95 else Rating.NEUTRAL,
                text=self.random.choice(RATINGS),
                actor=self.owners[trade.shop_id],
            )
            for trade in trades
            if self.random.random() < 0.85
        ]
        await batchers.of(rate_buyers, "order_id").submit_all(ratings)
        answers = [
            AnswerReview(
                order_id=trade.id,
                line=1,
                shop_id=trade.shop_id,
                text=self.random.choice(ANSWERS[score > 3]),
                actor=self.owners[trade.shop_id],
            )
            for trade, score in talking
            if score <= 3 or self.random.random() < 0.3
        ]
        # What is not seen yet is not answered: the status says so, and it stays like that.
        await batchers.of(answer_reviews, "order_id").submit_all(answers)
        later = [
            FollowUp(order_id=trade.id, line=1, text=self.random.choice(LATER), actor=Actor("buyer", trade.buyer_id))
            for trade, score in talking
            if score == 5 and self.random.random() < 0.15
        ]
        await batchers.of(follow_up_reviews, "order_id").submit_all(later)

    async def quarrel(self, orders: Sequence[Order]) -> None:
        """Leave the operator a review to rule on and a report of a shop; one is removed already.

        What a buyer and a shop write of meeting elsewhere is held.
        """
        residents = {resident.id for resident in BY_HANDLE.values()}
        trades = []
        async with self.program.database.read() as reader:
            for order in orders:
                found = await get_trade(reader, order.id) if order.settled_at else None
                if found and found.buyer_id not in residents:
                    trades.append(found)
        fresh = [trade for trade in trades if trade.trade is None or trade.trade.written_at is None]
        fresh = [trade for trade in fresh if trade.settled_at and clock.now() < trade.settled_at + REVIEW_WITHIN]
        batchers = self.program.batchers
        for number, trade in enumerate(fresh[:2]):
            await batchers.of(review_trades, "order_id").submit(self._review(trade, 1))
            rating = RateBuyer(
                order_id=trade.id, shop_id=trade.shop_id, rating=Rating.BAD, text="", actor=self.owners[trade.shop_id]
            )
            await batchers.of(rate_buyers, "order_id").submit(rating)
            report = ReportReview(
                id=derive(trade.id, "demo", "report"),
                order_id=trade.id,
                line=1,
                kind=ReportKind.ABUSE,
                text=ACCUSED,
                actor=Actor("person", self.owners[trade.shop_id].person_id),
            )
            await batchers.of(report_reviews, "order_id").submit(report)
            if number == 0:
                ruling = RuleReview(
                    order_id=trade.id,
                    line=1,
                    is_removed=True,
                    reason=RULED,
                    actor=Actor("staff", BY_HANDLE["wenshan"].id),
                )
                await batchers.of(rule_reviews, "order_id").submit(ruling)
        for trade in fresh[2:3]:
            touted = self._review(trade, 4)
            lines = tuple(replace(line, text=TOUTED) for line in touted.lines)
            await batchers.of(review_trades, "order_id").submit(replace(touted, lines=lines))
        unanswered = [each for each in trades if any(review.is_shown and not review.answer for review in each.reviews)]
        for trade in unanswered[:1]:
            lured = AnswerReview(
                order_id=trade.id,
                line=trade.reviews[0].line,
                shop_id=trade.shop_id,
                text=LURED,
                actor=self.owners[trade.shop_id],
            )
            await batchers.of(answer_reviews, "order_id").submit(lured)
        for trade in [each for each in trades if each not in fresh][:1]:
            bribe = ReportReview(
                id=derive(trade.id, "demo", "bribe"),
                order_id=trade.id,
                line=0,
                kind=ReportKind.PAID,
                text=BRIBE,
                actor=Actor("person", trade.buyer_id),
            )
            await batchers.of(report_reviews, "order_id").submit(bribe)

    def _review(self, trade: TradeOfBoth, score: int) -> ReviewTrade:
        return ReviewTrade(
            order_id=trade.id,
            service=min(5, max(1, score + self.random.choice((0, 0, 1)))),
            shipping=min(5, max(1, score + self.random.choice((-1, 0, 0, 1)))),
            lines=tuple(
                LineReview(line=line.line, score=score, text=self.random.choice(SAID[score])) for line in trade.lines
            ),
            is_anonymous=self.random.random() < 0.6,
            actor=Actor("buyer", trade.buyer_id),
        )
