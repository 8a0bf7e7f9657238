"""Proves that only who traded says something, that neither sees the other's before, and that what is counted is what is
shown."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.identity.people import sign_up_command
from tests.orders.market import Market, open_market
from tests.plans import plan
from weiji.aftersale import AgreeCase, AskCase, CaseKind, Reason, agree_cases, ask_cases
from weiji.events import BY_CLOCK, Actor, Occurrence, publish
from weiji.events.orders import OrderSettled
from weiji.events.outbox import get_events, get_trail
from weiji.identity import TakeName, take_names
from weiji.identity.operations import sign_up_people
from weiji.kit import clock
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.reviews import operations, store
from weiji.reviews.handlers import Clock
from weiji.reviews.model import (
    TEXT_MAX,
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
from weiji.reviews.store import ProductReviews
from weiji.word_rules import (
    Action,
    Field,
    PublishWordRules,
    PublishWordRulesStatus,
    WordRule,
    note_trials,
    publish_word_rules,
)


class Town(Market):
    """The market with trades that are settled; what both say of them in one word."""

    async def settled(self, buyer: UUID) -> UUID:
        order_id, _ = await self.place(buyer)
        await self.pay(buyer, order_id)
        await self.ship(order_id)
        await self.confirm(buyer, order_id)
        await self.turn(timedelta(days=2))
        return order_id

    def review(self, buyer: UUID, order_id: UUID, score: int = 5, **facts: Any) -> ReviewTrade:
        given: dict[str, Any] = {
            "order_id": order_id,
            "service": 4,
            "shipping": 3,
            "lines": (LineReview(line=1, score=score, text="很好"),),
            "actor": Actor("buyer", buyer),
        }
        return ReviewTrade(**given | facts)

    def rating(self, order_id: UUID, **facts: Any) -> RateBuyer:
        given: dict[str, Any] = {
            "order_id": order_id,
            "shop_id": self.shop_id,
            "rating": Rating.GOOD,
            "text": "爽快",
            "actor": Actor("merchant", self.seller_id),
        }
        return RateBuyer(**given | facts)

    async def say(self, command: ReviewTrade) -> ReviewStatus:
        return await self.batchers.of(operations.review_trades, "order_id").submit(command)

    async def rate(self, command: RateBuyer) -> RateStatus:
        return await self.batchers.of(operations.rate_buyers, "order_id").submit(command)

    async def shown(self) -> ProductReviews:
        order = await self.order(self.some)
        async with self.database.read() as reader:
            found = await store.get_product_reviews(reader, order.lines[0].product_id, None, None, 50)
        assert found
        return found

    some: UUID
    """Any order, by which the product is found."""

    async def both(self, buyer: UUID, score: int = 5) -> UUID:
        self.some = order_id = await self.settled(buyer)
        assert await self.say(self.review(buyer, order_id, score)) is ReviewStatus.REVIEWED
        assert await self.rate(self.rating(order_id)) is RateStatus.RATED
        return order_id

    async def answer(self, order_id: UUID, text: str = "谢谢", **facts: Any) -> AnswerStatus:
        given: dict[str, Any] = {"line": 1, "shop_id": self.shop_id, "actor": Actor("merchant", self.seller_id)}
        command = AnswerReview(order_id=order_id, text=text, **given | facts)
        return await self.batchers.of(operations.answer_reviews, "order_id").submit(command)

    async def follow_up(
        self, buyer: UUID, order_id: UUID, text: str = "还在用", shops: tuple[UUID, ...] = ()
    ) -> FollowUpStatus:
        command = FollowUp(order_id=order_id, line=1, text=text, actor=Actor("buyer", buyer), shops=shops)
        return await self.batchers.of(operations.follow_up_reviews, "order_id").submit(command)

    async def report(self, person: UUID, order_id: UUID, line: int = 1, **facts: Any) -> ReportStatus:
        given: dict[str, Any] = {"id": new_id(order_id), "kind": ReportKind.ABUSE, "text": "", "line": line}
        command = ReportReview(order_id=order_id, actor=Actor("person", person), **given | facts)
        return await self.batchers.of(operations.report_reviews, "order_id").submit(command)

    async def judge(self, order_id: UUID, part: Part, is_released: bool = True, **facts: Any) -> JudgeHoldStatus:
        given: dict[str, Any] = {"line": 1, "reason": "看过了", "actor": Actor("staff", STAFF)}
        command = JudgeHold(order_id=order_id, part=part, is_released=is_released, **given | facts)
        return await self.batchers.of(operations.judge_holds, "order_id").submit(command)

    async def refund(self, buyer: UUID, order_id: UUID) -> None:
        """Have all that was paid of an order go back."""
        price = (await self.order(order_id)).total
        case: dict[str, Any] = {"line": 1, "kind": CaseKind.REFUND, "quantity": 1, "reason": Reason.DAMAGED}
        asking = AskCase(id=new_id(order_id), order_id=order_id, amount=price, actor=Actor("buyer", buyer), **case)
        assert await self.batchers.of(ask_cases, "order_id").submit(asking) == "done"
        agreeing = AgreeCase(case_id=asking.id, shop_id=self.shop_id, actor=Actor("merchant", self.seller_id))
        assert await self.batchers.of(agree_cases, "case_id").submit(agreeing) == "done"

    async def told(self, stream: UUID) -> list[tuple[str, dict[str, Any]]]:
        """Read the log of a shop or a person."""
        async with self.database.read() as reader:
            return [(each["type"], each["data"]) for each in await get_events(reader, stream, 0, 1_000)]

    async def forbid(self) -> None:
        """Have reviews looked at that say one word, and refuse those that say another. Again changes nothing."""
        rules = tuple(
            WordRule(
                id=new_id(), name=word, words=(word,), action=action, fields=(Field.REVIEW,), reason="别", hits=(word,)
            )
            for word, action in (("加微信", Action.REVIEW), ("骗子", Action.REFUSE), ("最好", Action.NOTE))
        )
        command = PublishWordRules(version=2, put=rules, retire=(), reason="x", actor=Actor("staff", STAFF))
        await self.database.retried(partial(note_trials, rules=rules))
        (result,) = await self.database.retried(partial(publish_word_rules, commands=[command]))
        assert result.status in (PublishWordRulesStatus.PUBLISHED, PublishWordRulesStatus.VERSION_TAKEN)

    async def rule(self, order_id: UUID, is_removed: bool = True, **facts: Any) -> RuleStatus:
        given: dict[str, Any] = {"line": 1, "reason": "骂人", "actor": Actor("staff", STAFF)}
        command = RuleReview(order_id=order_id, is_removed=is_removed, **given | facts)
        return await self.batchers.of(operations.rule_reviews, "order_id").submit(command)


STAFF = new_id()

MIGRATION = Path(__file__).parents[2] / "migrations" / "0528_post_undone_trades.sql"


async def scored(town: Town) -> list[int]:
    """Tell what the search was told of what is reviewed."""
    return [row["score"] for row in await town.database.pool.fetch("select score from search.scores")]


@pytest.fixture
async def town(database: Database, lanes: Lanes) -> AsyncIterator[Town]:
    async with open_market(database, lanes, 1_000) as market:
        market.__class__ = Town
        assert isinstance(market, Town)
        yield market


@pytest.fixture
async def buyer(town: Town) -> UUID:
    id = new_id()
    await town.fund([id], 10_000_000)
    return id


async def test_who_did_not_trade_says_nothing(town: Town, buyer: UUID) -> None:
    order_id, _ = await town.place(buyer)
    command = town.review(buyer, order_id)
    assert await town.say(command) is ReviewStatus.NOT_SETTLED
    assert await town.rate(town.rating(order_id)) is RateStatus.NOT_SETTLED
    await town.pay(buyer, order_id)
    await town.ship(order_id)
    await town.confirm(buyer, order_id)
    assert await town.say(command) is ReviewStatus.NOT_SETTLED
    await town.turn(timedelta(days=2))
    assert await town.say(replace(command, actor=Actor("buyer", new_id()))) is ReviewStatus.ORDER_NOT_FOUND
    assert await town.rate(town.rating(order_id, shop_id=new_id())) is RateStatus.ORDER_NOT_FOUND
    assert await town.say(replace(command, lines=())) is ReviewStatus.LINES_DIFFER
    assert await town.say(replace(command, service=6)) is ReviewStatus.SCORE_OUT_OF_RANGE
    long = (LineReview(line=1, score=5, text="长" * 1_001),)
    assert await town.say(replace(command, lines=long)) is ReviewStatus.TEXT_MALFORMED
    stolen = (LineReview(line=1, score=5, photos=(f"/media/{'0' * 64}-320.webp",)),)
    assert await town.say(replace(command, lines=stolen)) is ReviewStatus.PHOTOS_NOT_FOUND
    assert await town.rate(town.rating(order_id, text="长" * 501)) is RateStatus.TEXT_MALFORMED
    assert await town.rate(town.rating(order_id, text="好评返现")) is RateStatus.OFFERS_PAYMENT
    assert await town.say(command) is ReviewStatus.REVIEWED
    assert await town.say(command) is ReviewStatus.EXISTS
    assert await town.say(replace(command, service=1)) is ReviewStatus.ALREADY_REVIEWED
    assert await town.rate(town.rating(order_id)) is RateStatus.RATED
    assert await town.rate(town.rating(order_id)) is RateStatus.EXISTS
    assert await town.rate(town.rating(order_id, rating=Rating.BAD)) is RateStatus.ALREADY_RATED


async def test_who_works_for_a_shop_by_now_says_nothing_of_what_they_bought_there(town: Town, buyer: UUID) -> None:
    before, after = await town.both(buyer), await town.settled(buyer)
    shops = (new_id(), town.shop_id)
    assert await town.say(town.review(buyer, after, shops=shops)) is ReviewStatus.OWN_SHOP
    assert await town.follow_up(buyer, before, shops=shops) is FollowUpStatus.OWN_SHOP
    assert await town.say(town.review(buyer, before, shops=shops)) is ReviewStatus.EXISTS, "it was said before"
    assert await town.follow_up(buyer, before, shops=shops[:1]) is FollowUpStatus.ADDED
    assert await town.say(town.review(buyer, after, shops=shops[:1])) is ReviewStatus.REVIEWED


async def test_neither_sees_what_the_other_said_before_both_have(town: Town, buyer: UUID) -> None:
    town.some = order_id = await town.settled(buyer)
    await town.rate(town.rating(order_id, rating=Rating.BAD, text="难缠"))
    async with town.database.read() as reader:
        (mine,) = await store.list_trades_of_buyer(reader, buyer, None, 10)
        events = await get_events(reader, town.shop_id, 0, 100)
    assert (mine.rating, mine.rating_text) == (None, None)
    assert "'bad'" not in str([event["data"] for event in events])
    assert (await town.shown()).reviews == []
    await town.say(town.review(buyer, order_id, 2))
    found = await town.shown()
    assert [(each.score, each.text, each.author) for each in found.reviews] == [(2, "很好", "买**")]
    assert found.stars == [0, 1, 0, 0, 0]
    async with town.database.read() as reader:
        (mine,) = await store.list_trades_of_buyer(reader, buyer, None, 10)
        events = await get_events(reader, town.shop_id, 0, 100)
        scores = (await store.get_scores(reader, [town.shop_id], clock.now()))[town.shop_id]
    assert mine.rating == Rating.BAD
    told = [event["data"] for event in events if event["type"] == "TradeRevealed"]
    assert [(each["goods"], each["service"], each["shipping"], each["rating"]) for each in told] == [([2], 4, 3, "bad")]
    assert scores == Scores(goods=200, service=400, shipping=300, trades=1)


async def test_when_the_time_is_up_what_was_said_is_seen_and_nothing_more_is_said(town: Town, buyer: UUID) -> None:
    town.some = order_id = await town.settled(buyer)
    await town.say(town.review(buyer, order_id))
    silent = await town.settled(buyer)
    by_clock = Clock(town.batchers)
    await town.turn(timedelta(days=12))
    assert await by_clock.reveal(town.database, 10) == 0
    await town.turn(timedelta(days=4))
    assert await by_clock.reveal(town.database, 10) == 1
    assert await by_clock.reveal(town.database, 10) == 0
    assert len((await town.shown()).reviews) == 1
    assert await town.rate(town.rating(order_id)) is RateStatus.TOO_LATE
    assert await town.say(town.review(buyer, silent)) is ReviewStatus.TOO_LATE


async def test_a_review_is_answered_and_added_to_once_it_is_seen(town: Town, buyer: UUID) -> None:
    hidden = await town.settled(buyer)
    await town.say(town.review(buyer, hidden))
    assert await town.answer(hidden) is AnswerStatus.REVIEW_NOT_FOUND
    assert await town.follow_up(buyer, hidden) is FollowUpStatus.REVIEW_NOT_FOUND
    order_id = await town.both(buyer)
    assert await town.answer(order_id, shop_id=new_id()) is AnswerStatus.REVIEW_NOT_FOUND
    assert await town.answer(order_id, " ") is AnswerStatus.TEXT_MALFORMED
    assert await town.answer(order_id, "改五星返 5 元") is AnswerStatus.OFFERS_PAYMENT
    assert await town.answer(order_id) is AnswerStatus.ANSWERED
    assert await town.answer(order_id) is AnswerStatus.EXISTS
    assert await town.answer(order_id, "再说一句") is AnswerStatus.ALREADY_ANSWERED
    assert await town.follow_up(new_id(), order_id) is FollowUpStatus.REVIEW_NOT_FOUND
    assert await town.follow_up(buyer, order_id, "") is FollowUpStatus.TEXT_MALFORMED
    assert await town.follow_up(buyer, order_id) is FollowUpStatus.ADDED
    assert await town.follow_up(buyer, order_id) is FollowUpStatus.EXISTS
    assert await town.follow_up(buyer, order_id, "别的") is FollowUpStatus.ALREADY_ADDED
    late = await town.both(buyer)
    await town.turn(timedelta(days=181))
    assert await town.follow_up(buyer, late) is FollowUpStatus.TOO_LATE


async def test_a_review_is_removed_by_ruling_only_and_told_of(town: Town, buyer: UUID) -> None:
    order_id = await town.both(buyer, 1)
    other = new_id()
    assert await town.report(other, order_id, id=UUID(int=new_id(order_id).int ^ 1)) is ReportStatus.ID_IN_ANOTHER_SHARD
    assert await town.report(other, order_id, 7) is ReportStatus.REVIEW_NOT_FOUND
    assert await town.report(other, order_id, text="长" * 501) is ReportStatus.TEXT_MALFORMED
    assert await town.report(other, order_id, text="骂人") is ReportStatus.REPORTED
    assert await town.report(other, order_id) is ReportStatus.EXISTS
    async with town.database.read() as reader:
        (waiting,) = await store.list_open_reports(reader, None, 10)
    assert (waiting.kind, waiting.review_text, waiting.score) == (ReportKind.ABUSE, "很好", 1)
    assert await town.rule(new_id(town.shop_id)) is RuleStatus.REVIEW_NOT_FOUND
    assert await town.rule(order_id, is_own=True) is RuleStatus.OWN_SHOP
    assert await town.rule(order_id, actor=Actor("staff", buyer)) is RuleStatus.OWN_SHOP
    assert await town.rule(order_id, reason=" ") is RuleStatus.REASON_MALFORMED
    assert await town.rule(order_id) is RuleStatus.RULED
    assert await town.rule(order_id) is RuleStatus.EXISTS
    found = await town.shown()
    (review,) = found.reviews
    assert (review.is_removed, review.removal_reason, review.text, review.score) == (True, "骂人", "", None)
    assert found.stars == [0] * 5
    assert await scored(town) == [400]
    assert await town.answer(order_id) is AnswerStatus.REVIEW_NOT_FOUND
    async with town.database.read() as reader:
        assert await store.list_open_reports(reader, None, 10) == []
        scores = (await store.get_scores(reader, [town.shop_id], clock.now()))[town.shop_id]
    assert (scores.goods, scores.service) == (0, 400)
    assert await town.rule(order_id, False, reason="看错了") is RuleStatus.RULED
    assert (await town.shown()).stars == [1, 0, 0, 0, 0]
    assert await scored(town) == [350]


async def test_a_review_that_is_held_is_seen_and_counts_once_it_is_released(town: Town, buyer: UUID) -> None:
    await town.forbid()
    order_id = town.some = await town.settled(buyer)
    command = town.review(buyer, order_id)
    liar, touting, praising = ((LineReview(line=1, score=5, text=text),) for text in ("骗 子", "加 微 信", "最好"))
    assert await town.say(replace(command, lines=liar)) is ReviewStatus.WORDS_REFUSED
    assert await town.say(replace(command, lines=touting)) is ReviewStatus.HELD
    assert await town.say(replace(command, lines=touting)) is ReviewStatus.EXISTS
    await town.rate(town.rating(order_id))
    assert (await town.shown()).reviews == []
    assert (await town.shown()).stars == [0] * 5
    assert await town.answer(order_id) is AnswerStatus.REVIEW_NOT_FOUND
    async with town.database.read() as reader:
        (hold,) = await store.list_open_holds(reader, None, 10)
        events = await get_events(reader, town.shop_id, 0, 200)
    assert (hold.text, hold.words[0].found, hold.score) == ("加 微 信", "加 微 信", 5)
    assert [event["data"]["rules"] for event in events if event["type"] == "ReviewHeld"] == [["加微信"]]
    assert [event["data"]["goods"] for event in events if event["type"] == "TradeRevealed"] == [[]]
    assert await town.judge(new_id(town.shop_id), Part.REVIEW) is JudgeHoldStatus.HOLD_NOT_FOUND
    assert await town.judge(order_id, Part.ANSWER) is JudgeHoldStatus.HOLD_NOT_FOUND
    assert await town.judge(order_id, Part.REVIEW, is_own=True) is JudgeHoldStatus.OWN_SHOP
    assert await town.judge(order_id, Part.REVIEW, actor=Actor("staff", buyer)) is JudgeHoldStatus.OWN_SHOP
    assert await town.judge(order_id, Part.REVIEW, False, reason=" ") is JudgeHoldStatus.REASON_MALFORMED
    assert await town.judge(order_id, Part.REVIEW) is JudgeHoldStatus.RELEASED
    assert await town.judge(order_id, Part.REVIEW) is JudgeHoldStatus.EXISTS
    assert await town.judge(order_id, Part.REVIEW, False) is JudgeHoldStatus.ALREADY_JUDGED
    found = await town.shown()
    assert [each.text for each in found.reviews] == ["加 微 信"]
    assert found.stars == [0, 0, 0, 0, 1]
    noted = await town.settled(buyer)
    assert await town.say(replace(command, order_id=noted, lines=praising)) is ReviewStatus.REVIEWED


async def test_what_rules_refuse_or_want_looked_at_no_shop_says_of_a_buyer(town: Town, buyer: UUID) -> None:
    await town.forbid()
    order_id = await town.settled(buyer)
    for text in ("骗 子", "加 微 信"):
        assert await town.rate(town.rating(order_id, text=text)) is RateStatus.WORDS_REFUSED
    async with town.database.read() as reader:
        assert await store.list_open_holds(reader, None, 10) == []
    assert await town.rate(town.rating(order_id, text="最好")) is RateStatus.RATED, "what is only noted is said"


async def test_a_shop_is_told_nothing_of_a_held_review_before_it_is_revealed(town: Town, buyer: UUID) -> None:
    await town.forbid()
    orders = [await town.settled(buyer) for _ in range(4)]
    for order_id in orders:
        lines = (LineReview(line=1, score=1, text="加微信"),)
        assert await town.say(replace(town.review(buyer, order_id), lines=lines)) is ReviewStatus.HELD
    _, released, refused, lapsing = orders
    assert await town.judge(released, Part.REVIEW) is JudgeHoldStatus.RELEASED
    assert await town.judge(refused, Part.REVIEW, False, reason="写着加微信") is JudgeHoldStatus.REFUSED

    async def told(stream: UUID) -> list[tuple[str, dict[str, Any]]]:
        async with town.database.read() as reader:
            events = await get_events(reader, stream, 0, 300)
        return [(each["type"], each["data"]) for each in events if each["type"] in HELD]

    assert await told(town.shop_id) == [], "neither what rules found nor what staff said"
    judged = [data for type, data in await told(STAFF) if type == "BlindReviewJudged"][-2:]
    assert [(UUID(data["order_id"]), data["reason"]) for data in judged] == [
        (released, "看过了"),
        (refused, "写着加微信"),
    ]
    for order_id in orders[:3]:
        await town.rate(town.rating(order_id))
    held = ("ReviewHeld", {"line": 1, "part": "review", "rules": ["加微信"]})
    ruled = ("ReviewHoldJudged", {"line": 1, "part": "review", "is_released": False, "reason": "写着加微信"})
    assert await told(town.shop_id) == [held, ruled]
    await town.turn(timedelta(days=16))
    assert await Clock(town.batchers).reveal(town.database, 10) == 1
    assert (await told(town.shop_id))[2:] == [held], "and by the clock"
    assert await town.judge(lapsing, Part.REVIEW, False, reason="是广告") is JudgeHoldStatus.REFUSED
    assert (await told(town.shop_id))[3:] == [(ruled[0], ruled[1] | {"reason": "是广告"})]


HELD = ("ReviewHeld", "ReviewHoldJudged", "BlindReviewJudged")


async def test_a_review_whose_words_are_refused_keeps_its_place_and_a_ruling_takes_that_back(
    town: Town, buyer: UUID
) -> None:
    await town.forbid()
    order_id = town.some = await town.settled(buyer)
    await town.say(replace(town.review(buyer, order_id), lines=(LineReview(line=1, score=1, text="加微信"),)))
    assert await town.judge(order_id, Part.REVIEW, False, reason="是广告") is JudgeHoldStatus.REFUSED
    await town.rate(town.rating(order_id))
    (review,) = (await town.shown()).reviews
    assert (review.is_removed, review.text, review.removal_reason) == (True, "", "是广告")
    assert (await town.shown()).stars == [0] * 5
    assert await town.rule(order_id, False, reason="看错了") is RuleStatus.RULED
    assert (await town.shown()).stars == [1, 0, 0, 0, 0]
    with pytest.raises(asyncpg.CheckViolationError, match="reviews_refused_are_removed"):
        await town.database.pool.execute("update reviews.reviews set text_screening = 'refused'")


async def test_answers_and_follow_ups_are_held_by_themselves_and_only_their_writers_read_them(
    town: Town, buyer: UUID
) -> None:
    await town.forbid()
    order_id = await town.both(buyer)
    assert await town.answer(order_id, "骗子") is AnswerStatus.WORDS_REFUSED
    for text in ("骗子", "骗子" + " " * TEXT_MAX):
        assert await town.follow_up(buyer, order_id, text) is FollowUpStatus.WORDS_REFUSED
    assert await town.answer(order_id, "加微信") is AnswerStatus.HELD
    assert await town.answer(order_id, "加微信") is AnswerStatus.EXISTS
    assert await town.follow_up(buyer, order_id, "加微信吧") is FollowUpStatus.HELD
    (review,) = (await town.shown()).reviews
    assert (review.answer, review.follow_up, review.answered_at) == ("", "", None)
    assert await town.judge(order_id, Part.ANSWER, False, reason="别引走") is JudgeHoldStatus.REFUSED
    assert await town.judge(order_id, Part.FOLLOW_UP) is JudgeHoldStatus.RELEASED
    (review,) = (await town.shown()).reviews
    assert (review.answer, review.follow_up) == ("", "加微信吧")
    assert (await town.shown()).stars == [0, 0, 0, 0, 1]
    async with town.database.read() as reader:
        of_shop = await store.get_shop_reviews(reader, town.shop_id, clock.now(), None, 10, is_for_shop=True)
        public = await store.get_shop_reviews(reader, town.shop_id, clock.now(), None, 10)
        trade = await store.get_trade(reader, order_id)
    assert of_shop
    assert public
    assert trade
    (own,) = of_shop.reviews
    assert isinstance(own, store.ListedReview)
    assert (own.answer, own.answer_screening, own.answer_refusal) == ("加微信", "refused", "别引走")
    assert [each.answer for each in public.reviews] == [""]
    assert [each.answer for each in store.own_trade(trade).reviews] == [""]


async def test_of_two_who_judge_one_hold_one_does(town: Town, buyer: UUID) -> None:
    await town.forbid()
    order_id = town.some = await town.settled(buyer)
    await town.say(replace(town.review(buyer, order_id), lines=(LineReview(line=1, score=4, text="加微信"),)))
    await town.rate(town.rating(order_id))
    judged = [
        Batcher(town.database, operations.judge_holds, owner=lambda c: c.order_id, lanes=town.batchers.lanes).submit(
            JudgeHold(
                order_id=order_id, line=1, part=Part.REVIEW, is_released=True, reason="", actor=Actor("staff", new_id())
            )
        )
        for _ in range(3)
    ]
    assert sorted(await asyncio.gather(*judged)) == ["already_judged", "already_judged", "released"]
    assert (await town.shown()).stars == [0, 0, 0, 1, 0]


async def test_a_buyer_tells_of_a_shop_that_pays_for_reviews(town: Town, buyer: UUID) -> None:
    order_id = await town.settled(buyer)
    assert await town.report(new_id(), order_id, 0, kind=ReportKind.PAID) is ReportStatus.REVIEW_NOT_FOUND
    assert await town.report(buyer, order_id, 0, kind=ReportKind.PAID) is ReportStatus.REPORTED
    assert await town.rule(order_id, line=0, reason="x") is RuleStatus.NOTHING_TO_REMOVE
    assert await town.rule(order_id, False, line=0, reason="警告了店家") is RuleStatus.RULED


async def test_a_shop_does_not_learn_which_buyer_told_of_it(town: Town, buyer: UUID) -> None:
    order_id = await town.settled(buyer)
    before = await town.told(town.shop_id)
    assert await town.report(buyer, order_id, 0, kind=ReportKind.PAID) is ReportStatus.REPORTED
    assert (await town.told(buyer))[-1] == ("TradeReported", {"order_id": str(order_id), "kind": "paid"})
    assert await town.rule(order_id, False, line=0, reason="警告了店家") is RuleStatus.RULED
    ruled = ("TradeReportRuled", {"order_id": str(order_id), "reason": "警告了店家"})
    assert (await town.told(STAFF))[-1] == ruled
    assert await town.told(town.shop_id) == before
    async with town.database.read() as reader:
        trail = await get_trail(reader, order_id)
    assert not any("Report" in each["type"] or "Rul" in each["type"] for each in trail)


async def test_a_shop_is_told_of_before_the_trade_is_settled_and_is_ruled_on_once(town: Town, buyer: UUID) -> None:
    order_id, _ = await town.place(buyer)
    assert await town.report(buyer, order_id, 0, kind=ReportKind.PAID) is ReportStatus.REPORTED
    assert await town.report(buyer, order_id, 0, kind=ReportKind.PAID) is ReportStatus.EXISTS
    rulings = [
        Batcher(town.database, operations.rule_reviews, owner=lambda c: c.order_id, lanes=town.batchers.lanes).submit(
            RuleReview(order_id=order_id, line=0, is_removed=False, reason=reason, actor=Actor("staff", new_id()))
        )
        for reason in ("警告了", "没有这回事")
    ]
    assert sorted(await asyncio.gather(*rulings)) == ["review_not_found", "ruled"]
    async with town.database.read() as reader:
        assert await store.list_open_reports(reader, None, 10) == []


async def test_no_report_is_written_over_by_another(town: Town, buyer: UUID) -> None:
    one, two, id = await town.both(buyer), await town.both(buyer), new_id(town.shop_id)
    assert await town.report(buyer, one, id=id) is ReportStatus.REPORTED
    assert await town.rule(one) is RuleStatus.RULED
    assert await town.report(buyer, two, id=id) is ReportStatus.ID_TAKEN
    rows = await town.database.pool.fetch("select order_id, ruling from reviews.reports")
    assert [tuple(row) for row in rows] == [(one, "骂人")]
    three, id = await town.both(buyer), new_id(town.shop_id)
    reporting = [
        Batcher(town.database, operations.report_reviews, owner=lambda c: c.order_id, lanes=town.batchers.lanes).submit(
            ReportReview(id=id, order_id=order_id, line=1, kind=ReportKind.ABUSE, text="", actor=Actor("person", buyer))
        )
        for order_id in (two, three)
    ]
    assert sorted(await asyncio.gather(*reporting)) == ["id_taken", "reported"]


async def test_of_both_at_once_each_is_heard_and_the_trade_is_revealed_once(town: Town, buyer: UUID) -> None:
    for _ in range(4):
        town.some = order_id = await town.settled(buyer)
        says = Batcher(town.database, operations.review_trades, owner=lambda c: c.order_id, lanes=town.batchers.lanes)
        rates = Batcher(town.database, operations.rate_buyers, owner=lambda c: c.order_id, lanes=town.batchers.lanes)
        said, rated = await asyncio.gather(
            says.submit(town.review(buyer, order_id)), rates.submit(town.rating(order_id))
        )
        assert (said, rated) == (ReviewStatus.REVIEWED, RateStatus.RATED)
    assert (await town.shown()).stars == [0, 0, 0, 0, 4]
    async with town.database.read() as reader:
        events = await get_events(reader, town.shop_id, 0, 500)
    assert [event["type"] for event in events].count("TradeRevealed") == 4


async def test_the_database_reveals_nothing_that_only_one_said(town: Town, buyer: UUID) -> None:
    order_id = await town.settled(buyer)
    await town.say(town.review(buyer, order_id))
    with pytest.raises(asyncpg.CheckViolationError, match="trades_are_blind"):
        await town.database.pool.execute(
            "update reviews.trades set revealed_at = $2 where order_id = $1", order_id, clock.now()
        )


JUDGED = st.lists(
    st.tuples(st.sampled_from(list(Part)), st.booleans(), st.booleans(), st.sampled_from(["", "不行"])), max_size=6
)


@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=JUDGED)
async def test_law_of_batches_of_judging(town: Town, buyer: UUID, drawn: list[tuple[Part, bool, bool, str]]) -> None:
    await town.forbid()
    answers: list[Sequence[JudgeHoldStatus]] = []
    for is_batch in (True, False):
        order_id = await town.both(buyer)
        await town.answer(order_id, "加微信")
        await town.follow_up(buyer, order_id, "加微信")
        commands = [
            JudgeHold(
                order_id=order_id,
                line=1,
                part=part,
                is_released=is_released,
                reason=reason,
                is_own=is_own,
                actor=Actor("staff", STAFF),
            )
            for part, is_released, is_own, reason in drawn
        ]
        batches = [commands] if is_batch else [[command] for command in commands]
        answers.append(
            [
                status
                for batch in batches
                for status in await town.database.retried(partial(operations.judge_holds, commands=batch))
            ]
        )
    assert answers[0] == answers[1]


SAID = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0, 1, 5, 6]), st.booleans(), st.booleans()), min_size=1, max_size=6
)


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=SAID)
async def test_law_of_batches(town: Town, buyer: UUID, drawn: list[tuple[int, int, bool, bool]]) -> None:
    answers: list[Sequence[ReviewStatus]] = []
    for is_batch in (True, False):
        orders = [await town.settled(buyer), (await town.place(buyer))[0]]
        commands = [
            town.review(buyer if is_own else STAFF, orders[at], score, is_anonymous=is_anonymous)
            for at, score, is_own, is_anonymous in drawn
        ]
        batches = [commands] if is_batch else [[command] for command in commands]
        answers.append(
            [
                status
                for batch in batches
                for status in await town.database.retried(partial(operations.review_trades, commands=batch))
            ]
        )
    assert answers[0] == answers[1]


async def test_what_was_said_of_a_trade_that_was_undone_counts_for_nothing(town: Town) -> None:
    buyer = new_id()
    await town.fund([buyer], 100_000)
    kept = await town.both(buyer, 3)
    undone, silent = await town.both(buyer, 5), await town.settled(buyer)
    for order_id in (undone, silent):
        await town.refund(buyer, order_id)
    assert await town.say(town.review(buyer, silent)) is ReviewStatus.UNDONE, "whether reviews heard of it or not"
    await town.settle_events()
    async with town.database.read() as reader:
        scores = (await store.get_scores(reader, [town.shop_id], clock.now()))[town.shop_id]
    assert (scores.trades, scores.goods, scores.service) == (1, 300, 400)
    assert (await town.shown()).stars == [0, 0, 1, 0, 0]
    assert await town.say(town.review(buyer, silent)) is ReviewStatus.UNDONE
    assert await town.rate(town.rating(silent)) is RateStatus.UNDONE
    assert await town.say(town.review(buyer, kept, 3)) is ReviewStatus.EXISTS


async def test_nobody_reads_or_goes_on_with_what_was_said_of_a_trade_that_was_undone(town: Town, buyer: UUID) -> None:
    kept, undone, blind = await town.both(buyer, 3), await town.both(buyer, 5), await town.settled(buyer)
    await town.say(town.review(buyer, blind, 5))
    for order_id in (undone, blind):
        await town.refund(buyer, order_id)
    assert await town.answer(undone) is AnswerStatus.UNDONE
    assert await town.follow_up(buyer, undone) is FollowUpStatus.UNDONE
    await town.settle_events()
    await town.turn(timedelta(days=16))
    assert await Clock(town.batchers).reveal(town.database, 10) == 0
    found = await town.shown()
    assert [each.order_id for each in found.reviews] == [kept]
    async with town.database.read() as reader:
        fives = await store.get_product_reviews(reader, found.product_id, 5, None, 10)
        pages = [
            await store.get_shop_reviews(reader, town.shop_id, clock.now(), None, 10, is_unanswered=is_unanswered)
            for is_unanswered in (False, True)
        ]
        trade = await store.get_trade(reader, undone)
    assert fives
    assert (fives.stars, fives.reviews) == ([0, 0, 1, 0, 0], [])
    assert [[each.order_id for each in page.reviews] for page in pages if page] == [[kept], [kept]]
    assert trade
    assert store.own_trade(trade).is_undone


@pytest.mark.parametrize("is_heard", [True, False])
async def test_what_was_said_blind_of_a_trade_that_was_undone_is_never_revealed(
    town: Town, buyer: UUID, is_heard: bool
) -> None:
    """Whether reviews heard of it or not when the time is up. Its stars would be told to the shop's programs."""
    reviewed, rated, held = [await town.settled(buyer) for _ in range(3)]
    await town.forbid()
    lines = (LineReview(line=1, score=5, text="加微信"),)
    assert await town.say(town.review(buyer, reviewed, 1)) is ReviewStatus.REVIEWED
    assert await town.rate(town.rating(rated, rating=Rating.BAD)) is RateStatus.RATED
    assert await town.say(town.review(buyer, held, lines=lines)) is ReviewStatus.HELD
    for order_id in (reviewed, rated, held):
        await town.refund(buyer, order_id)
    if is_heard:
        await town.settle_events()
    town.some = reviewed
    clock.CLOCK.follow(clock.CLOCK.offset + timedelta(days=16))
    for _ in range(2):
        assert await Clock(town.batchers).reveal(town.database, 10) == 0
        async with town.database.read() as reader:
            assert await store.get_trades_to_reveal(reader, clock.now(), 10) == []
    await town.settle_events()
    told = {type for type, _ in await town.told(town.shop_id)}
    assert told & {"TradeReviewed", "BuyerRated"}
    assert not told & {"TradeRevealed", "ReviewHeld"}
    assert (await town.shown()).reviews == []
    async with town.database.read() as reader:
        mine = await store.list_trades_of_buyer(reader, buyer, None, 10)
    assert [(each.revealed_at, each.rating, each.is_undone) for each in mine] == [(None, None, True)] * 2


async def test_of_a_trade_whose_money_went_back_before_its_settlement_nothing_is_said(town: Town, buyer: UUID) -> None:
    """Paid, sent, received, given back, and then settled with nothing left: so shops would have praise for nothing."""
    order_id, _ = await town.place(buyer)
    await town.pay(buyer, order_id)
    await town.ship(order_id)
    await town.confirm(buyer, order_id)
    await town.refund(buyer, order_id)
    await town.turn(timedelta(days=3))
    assert (await town.order(order_id)).settled_at
    assert await town.say(town.review(buyer, order_id)) is ReviewStatus.UNDONE
    assert await town.rate(town.rating(order_id)) is RateStatus.UNDONE
    await town.settle_events()
    assert await town.say(town.review(buyer, order_id)) is ReviewStatus.UNDONE
    async with town.database.read() as reader:
        assert await store.list_trades_of_buyer(reader, buyer, None, 10) == []
        assert await store.list_trades_of_shop(reader, town.shop_id, clock.now(), None, 10) == []


async def test_what_was_said_before_of_a_trade_settled_with_nothing_left_is_undone_by_the_migration(
    town: Town, buyer: UUID
) -> None:
    order_id, kept = await town.both(buyer), await town.both(buyer)
    await town.settle_events()
    # As it was taken once: the refund was told to nobody, since it came before the settlement.
    await town.database.pool.execute("update orders.orders set refunded = total where id = $1", order_id)
    async with town.database.transaction() as tx:
        await publish(tx, [Occurrence(OrderSettled(amount=0), town.shop_id, order_id, BY_CLOCK)])
    await town.settle_events()
    assert (await town.shown()).stars == [0, 0, 0, 0, 2]
    await town.database.pool.execute(MIGRATION.read_text())
    await town.settle_events()
    assert [each.order_id for each in (await town.shown()).reviews] == [kept]
    assert (await town.shown()).stars == [0, 0, 0, 0, 1]


async def test_who_had_a_name_taken_is_called_what_they_are_called_now(town: Town, buyer: UUID) -> None:
    signing_up = replace(sign_up_command(id=buyer), display_name="买家")
    async with town.database.transaction() as tx:
        assert await sign_up_people(tx, [signing_up]) == ["created"]
    town.some = order_id = await town.settled(buyer)
    await town.say(town.review(buyer, order_id, is_anonymous=False))
    await town.rate(town.rating(order_id))
    (review,) = (await town.shown()).reviews
    assert review.author == "买家"
    taking = TakeName(person_id=buyer, name="买家", reason="骂人", actor=Actor("staff", STAFF))
    async with town.database.transaction() as tx:
        assert await take_names(tx, [taking]) == ["taken"]
    (review,) = (await town.shown()).reviews
    async with town.database.read() as reader:
        of_shop = await store.get_shop_reviews(reader, town.shop_id, clock.now(), None, 10)
    called = await town.database.pool.fetchval("select display_name from identity.people where id = $1", buyer)
    assert of_shop
    assert {review.author, *(each.author for each in of_shop.reviews)} == {called}
    assert called != "买家"


async def test_what_a_shop_has_not_answered_is_not_looked_for_among_all_its_reviews(tx: Transaction) -> None:
    """Bitmaps would sort what they find: they are for tables that are nearly empty, as this one."""
    await tx.connection.execute("set local enable_bitmapscan = off")
    told = await plan(tx, store.SQL.get_shop_reviews)
    assert "using reviews_to_answer on" in told, told
    assert "using reviews_of_a_shop on" in told, told
