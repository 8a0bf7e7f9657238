"""What buyer and shop say of a settled trade, in memory: blind at first, then seen, answered, added to, removed.

What is decided is decided by the rules of reviews. What is counted is added up step by step, as the tables have it, and
held here against what is seen.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.kit.ids import derive, new_id
from weiji.reviews import model, rules
from weiji.reviews.model import (
    Part,
    RateStatus,
    Rating,
    ReportKind,
    Review,
    ReviewStatus,
    RuleStatus,
    Screening,
)
from weiji.word_rules import Action, Field, Hit

SHOP: Final = new_id()
ORDER: Final = new_id(SHOP)
PRODUCT: Final = new_id(SHOP)
BUYER: Final = Actor("buyer", new_id())
SELLER: Final = Actor("merchant", new_id())
STRANGER: Final = Actor("buyer", new_id())
STAFF: Final = (Actor("staff", new_id()), Actor("staff", new_id()))

FINE: Final = "很好"
SUSPECT: Final = "加我微信"
REFUSED: Final = "违禁"
PAID: Final = "好评返现"
TEXTS: Final = (FINE, SUSPECT, REFUSED, PAID)
SCORE: Final = 4

WITHIN: Final = timedelta(days=15)
ADDED_WITHIN: Final = timedelta(days=180)
"""As trade.md says: not what the program has."""


def _hit(action: Action, text: str) -> Hit:
    return Hit(rule_id=SHOP, name="词", action=action, field=Field.REVIEW, word=text, found=text, reason="不行")


WORDS: Final = {SUSPECT: [_hit(Action.REVIEW, SUSPECT)], REFUSED: [_hit(Action.REFUSE, REFUSED)]}


class TradeSeen(StrEnum):
    """How far what was said of a trade is."""

    WRITTEN = "written"
    RATED = "rated"
    REVEALED = "revealed"
    UNDONE = "undone"
    """Its money went back before it was seen: nobody ever sees it."""


class ReviewSeen(StrEnum):
    """Whether a review is seen, and why not."""

    BLIND = "blind"
    BLIND_HELD = "blind_held"
    SHOWN = "shown"
    HELD = "held"
    REMOVED = "removed"
    REFUSED = "refused"
    """Staff looked at its words, and said no."""


class ReportSeen(StrEnum):
    """Whether a complaint is answered."""

    WAITING = "waiting"
    RULED = "ruled"


def seen(review: Review) -> ReviewSeen:
    """Say whether a review is seen."""
    if review.text_screening is Screening.REFUSED:
        return ReviewSeen.REFUSED
    if review.removed_at is not None:
        return ReviewSeen.REMOVED
    is_held = review.text_screening is Screening.HELD
    if review.revealed_at is None:
        return ReviewSeen.BLIND_HELD if is_held else ReviewSeen.BLIND
    return ReviewSeen.HELD if is_held else ReviewSeen.SHOWN


_T, _R, _W = TradeSeen, ReviewSeen, Screening

MACHINES: Final = {
    "trade": Machine(
        moves={
            _T.WRITTEN: {_T.REVEALED, _T.UNDONE},
            _T.RATED: {_T.REVEALED, _T.UNDONE},
            _T.REVEALED: (),
            _T.UNDONE: (),
        },
        verbs={
            "review": {_T.REVEALED},
            "rate": {_T.REVEALED},
            # Its order may be undone before reviews hear of it.
            "reveal": {_T.REVEALED, _T.UNDONE},
            "undo": {_T.UNDONE},
            "give_back": (),
        },
        begins={_T.WRITTEN, _T.RATED, _T.UNDONE},
    ),
    "review": Machine(
        moves={
            _R.BLIND: {_R.SHOWN},
            _R.BLIND_HELD: {_R.BLIND, _R.HELD, _R.REFUSED},
            _R.SHOWN: {_R.REMOVED},
            _R.HELD: {_R.SHOWN, _R.REFUSED, _R.REMOVED},
            # What was removed while its words were looked at is held when it comes back.
            _R.REMOVED: {_R.SHOWN, _R.HELD, _R.REFUSED},
            _R.REFUSED: {_R.SHOWN},
        },
        verbs={
            "rate": {_R.SHOWN, _R.HELD},
            "reveal": {_R.SHOWN, _R.HELD},
            "judge": {_R.BLIND, _R.SHOWN, _R.REFUSED},
            "rule": {_R.REMOVED, _R.SHOWN, _R.HELD},
            "review": (),
            "answer": (),
            "follow_up": (),
            "undo": (),
            "give_back": (),
        },
        begins={_R.BLIND, _R.BLIND_HELD, _R.SHOWN, _R.HELD},
    ),
    # What is said later is seen at once, or looked at first: once, and never taken back.
    "answer": Machine(
        moves={_W.CLEAR: (), _W.HELD: {_W.CLEAR, _W.REFUSED}, _W.REFUSED: ()},
        verbs={"judge": {_W.CLEAR, _W.REFUSED}, "answer": (), "rule": ()},
        begins={_W.CLEAR, _W.HELD},
    ),
    "follow_up": Machine(
        moves={_W.CLEAR: (), _W.HELD: {_W.CLEAR, _W.REFUSED}, _W.REFUSED: ()},
        verbs={"judge": {_W.CLEAR, _W.REFUSED}, "follow_up": (), "rule": ()},
        begins={_W.CLEAR, _W.HELD},
    ),
    "report": Machine(
        moves={ReportSeen.WAITING: {ReportSeen.RULED}, ReportSeen.RULED: ()},
        verbs={"rule": {ReportSeen.RULED}, "report": (), "judge": ()},
        begins={ReportSeen.WAITING},
    ),
}
"""As trade.md has it: the program has no table of these."""

_LATER: Final = (
    (Part.ANSWER, "answered_at", "answer_screening"),
    (Part.FOLLOW_UP, "followed_up_at", "follow_up_screening"),
)


class ReviewWorld(MachineWorld):
    """A settled trade of one line, of which nobody has said anything yet."""

    def __init__(self) -> None:
        super().__init__(MACHINES)
        line = rules.SettledLine(line=1, product_id=PRODUCT, title="杯", choices=())
        assert BUYER.person_id is not None
        self.order = rules.SettledOrder(
            id=ORDER,
            number="1",
            shop_id=SHOP,
            buyer_id=BUYER.person_id,
            buyer_name="张三",
            settled_at=NOW,
            is_undone=False,
            lines=(line,),
        )
        self.trades: dict[UUID, model.ReviewedTrade] = {}
        self.reviews: dict[tuple[UUID, int], Review] = {}
        self.reports: dict[UUID, model.Report] = {}
        self.holds: dict[rules.HoldKey, model.Hold] = {}
        self.stars: tuple[int, ...] = (0,) * 5
        self.months: Counter[tuple[date, str]] = Counter()

    @property
    def trade(self) -> model.ReviewedTrade | None:
        """Give what was said of the trade, if anything was."""
        return self.trades.get(ORDER)

    @property
    def said(self) -> Review | None:
        """Give what the buyer said."""
        return self.reviews.get((ORDER, 1))

    def things(self) -> Things:
        """Say how far everything is that was said."""
        its: Things = {}
        trade, review = self.trade, self.said
        if trade is not None:
            said = TradeSeen.WRITTEN if trade.written_at else TradeSeen.RATED
            unseen = TradeSeen.UNDONE if trade.undone_at else said
            its["trade", ORDER] = TradeSeen.REVEALED if trade.revealed_at else unseen
        if review is not None:
            its["review", derive(ORDER, "review")] = seen(review)
            for part, at, screening in _LATER:
                if getattr(review, at) is not None:
                    its[part.value, derive(ORDER, part)] = getattr(review, screening)
        for id, report in self.reports.items():
            its["report", id] = ReportSeen.WAITING if report.ruled_at is None else ReportSeen.RULED
        return its

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        trade, review = self.trade, self.said
        return (
            self.now,
            self.order.is_undone,
            trade and (trade.written_at, trade.rated_at, trade.revealed_at, trade.undone_at),
            review and (review.text, review.text_screening, review.removed_at is None),
            tuple((hold.part, hold.is_released) for hold in self.holds.values()),
            tuple((report.person_id, report.is_removed) for report in self.reports.values()),
        )

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        for text in TEXTS:
            yield from ((verb, text) for verb in ("review", "rate", "answer", "follow_up"))
        yield from (("reveal",), ("give_back",), ("undo",))
        if self.now < NOW + ADDED_WITHIN:
            yield ("wait",)
        for person in (STRANGER, SELLER):
            yield ("report", person)
        for actor in (STAFF[0], BUYER):
            yield from (("rule", actor, is_removed) for is_removed in (True, False))
            for part in Part:
                yield from (("judge", actor, part, is_released) for is_released in (True, False))

    def next(self) -> Event | None:
        """Let it be seen in its time, and let staff do their work."""
        if self.trade is not None and self.trade.revealed_at is None and self.trade.undone_at is None:
            return ("reveal",) if self.now >= self.trade.due_at else ("wait",)
        for hold in self.holds.values():
            if hold.judged_at is None:
                return ("judge", STAFF[0], hold.part, True)
        return ("rule", STAFF[0], False) if any(each.ruled_at is None for each in self.reports.values()) else None

    # --- what happens ---

    def _state(self) -> rules.Reviews:
        return rules.Reviews(
            orders={ORDER: self.order},
            trades=self.trades,
            reviews=self.reviews,
            reports=self.reports,
            photos={},
            now=self.now,
            holds=self.holds,
            words=WORDS,
        )

    def _take(self, state: rules.Reviews) -> None:
        counted = rules.count(self.reviews, state.reviews, self.trades, state.trades)
        for change in counted.stars.values():
            self.stars = tuple(before + its for before, its in zip(self.stars, change, strict=True))
        for (_, month), its in counted.months.items():
            for name in ("goods_sum", "goods_number", "service_sum", "shipping_sum", "trades"):
                self.months[month, name] += getattr(its, name)
        self.trades, self.reviews = state.trades, state.reviews
        self.reports, self.holds = state.reports, state.holds

    def _review(self, text: str) -> None:
        before, state = self.trade, self._state()
        command = model.ReviewTrade(
            order_id=ORDER,
            service=5,
            shipping=3,
            lines=(model.LineReview(line=1, score=SCORE, text=text),),
            actor=BUYER,
        )
        status = state.review(command)
        is_new = status in (ReviewStatus.REVIEWED, ReviewStatus.HELD)
        is_open = self.now < NOW + WITHIN and not (self.order.is_undone or (before and before.written_at))
        require(is_new == (is_open and text != REFUSED), f"{text} was said: {status}")
        self._take(state)

    def _rate(self, text: str) -> None:
        before, state = self.trade, self._state()
        command = model.RateBuyer(order_id=ORDER, shop_id=SHOP, rating=Rating.GOOD, text=text, actor=SELLER)
        status = state.rate(command)
        is_open = self.now < NOW + WITHIN and not (self.order.is_undone or (before and before.rated_at))
        # Of what is said of a buyer nothing is held: what would be is refused.
        is_right = is_open and text == FINE
        require((status is RateStatus.RATED) == is_right, f"{text} was said of the buyer: {status}")
        self._take(state)

    def _reveal(self) -> None:
        state = self._state()
        state.reveal(ORDER)
        self._take(state)

    def _give_back(self) -> None:
        """Send all of its money back. Nobody has told reviews yet."""
        self.order = replace(self.order, is_undone=True)

    def _undo(self) -> None:
        """Tell reviews."""
        state = self._state()
        state.undo(ORDER)
        self._take(state)

    def _answer(self, text: str) -> None:
        state = self._state()
        status = state.answer(model.AnswerReview(order_id=ORDER, line=1, shop_id=SHOP, text=text, actor=SELLER))
        is_new = status in (model.AnswerStatus.ANSWERED, model.AnswerStatus.HELD)
        require(not (is_new and self.order.is_undone), "a review was answered that nobody sees")
        self._take(state)

    def _follow_up(self, text: str) -> None:
        state = self._state()
        status = state.follow_up(model.FollowUp(order_id=ORDER, line=1, text=text, actor=BUYER))
        is_new = status in (model.FollowUpStatus.ADDED, model.FollowUpStatus.HELD)
        require(not (is_new and self.order.is_undone), "a review was added to that nobody sees")
        self._take(state)

    def _report(self, person: Actor) -> None:
        state = self._state()
        id = derive(ORDER, "report", person.person_id)
        state.report(
            model.ReportReview(id=id, order_id=ORDER, line=1, kind=ReportKind.UNTRUE, text="不实", actor=person)
        )
        self._take(state)

    def _rule(self, actor: Actor, is_removed: bool) -> None:
        state = self._state()
        command = model.RuleReview(order_id=ORDER, line=1, is_removed=is_removed, reason="理由", actor=actor)
        status = state.rule(command)
        require(not (actor is BUYER and status is RuleStatus.RULED), "somebody ruled on what they said")
        self._take(state)

    def _judge(self, actor: Actor, part: Part, is_released: bool) -> None:
        state = self._state()
        command = model.JudgeHold(
            order_id=ORDER, line=1, part=part, is_released=is_released, reason="理由", actor=actor
        )
        status = state.judge_hold(command)
        done = (model.JudgeHoldStatus.RELEASED, model.JudgeHoldStatus.REFUSED)
        require(not (actor is BUYER and status in done), "somebody judged what they said")
        self._take(state)

    def _wait(self) -> None:
        """Wait until the next time is up."""
        self.now = next(at for at in (NOW + WITHIN, NOW + ADDED_WITHIN) if at > self.now)

    # --- what is always true ---

    def check(self) -> None:
        """Nothing is seen before its time; what is seen counts, and nothing else does."""
        trade, review = self.trade, self.said
        is_open = trade is not None and trade.revealed_at is not None
        if trade is not None and is_open:
            both = trade.written_at is not None and trade.rated_at is not None
            at = trade.revealed_at
            require(both or (at is not None and at >= NOW + WITHIN), "it was seen before both had said something")
        if review is not None:
            require((review.revealed_at is not None) == is_open, "a review is seen before its trade is")
            is_seen = seen(review) is ReviewSeen.SHOWN
            require(review.is_shown == is_seen, "what is shown is what is seen")
            require(review.text not in (REFUSED,), "what rules refuse was kept")
            held = {part: hold for (_, _, part), hold in self.holds.items()}
            for part, screening in (
                (Part.REVIEW, review.text_screening),
                *((p, getattr(review, s)) for p, _, s in _LATER),
            ):
                waits = part in held and held[part].judged_at is None
                require((screening is Screening.HELD) == waits, f"{part} is {screening}, and is looked at, or not")
            require((review.removed_at is None) == (review.removal_reason == ""), "it was removed without a reason")
            require(PAID not in (review.answer, trade.rating_text if trade else ""), "a review was bought")
            if review.answered_at is not None or review.followed_up_at is not None:
                require(is_open, "something was said to what nobody saw")
        self._check_counts()

    def _check_counts(self) -> None:
        trade, review = self.trade, self.said
        counts = trade is not None and trade.revealed_at is not None and trade.undone_at is None
        is_counted = review is not None and seen(review) is ReviewSeen.SHOWN and counts
        require(self.stars == tuple(int(is_counted and star == SCORE) for star in range(1, 6)), f"stars: {self.stars}")
        right: Counter[str] = Counter()
        if is_counted:
            right.update(goods_sum=SCORE, goods_number=1)
        if trade is not None and counts and trade.written_at:
            right.update(service_sum=5, shipping_sum=3, trades=1)
        have: Counter[str] = Counter()
        for (_, name), number in self.months.items():
            have[name] += number
        require(+have == +right and not -have, f"a month has {dict(have)}, not {dict(right)}")

    def check_since(self, before: "ReviewWorld") -> None:
        """What is said is said; what was seen is seen, unless it was ruled."""
        for key, was in before.reviews.items():
            now = self.reviews[key]
            said = ("score", "text", "photos", "written_at")
            require(all(getattr(now, name) == getattr(was, name) for name in said), "a review was rewritten")
            for part, at, _ in _LATER:
                text = part.value
                require(not getattr(was, at) or getattr(now, text) == getattr(was, text), f"{part} was rewritten")
        was_seen = before.trade is not None and before.trade.revealed_at is not None
        is_seen = self.trade is not None and self.trade.revealed_at is not None
        require(was_seen or not (before.order.is_undone and is_seen), "what was undone is seen")
        if before.trade is not None and was_seen:
            require(self.trade is not None and self.trade.revealed_at == before.trade.revealed_at, "it was seen anew")

    def check_again(self) -> None:
        """Reveal and undo again: nothing changes."""
        world = self.copy()
        if self.trade is not None and self.trade.undone_at is not None:
            world._undo()
        if self.trade is not None and self.trade.revealed_at is not None:
            world._reveal()
        require(world.key() == self.key(), "what came again changed something")

    def check_end(self) -> None:
        """All is seen, removed or undone, and every complaint is answered."""
        things = set(self.things().values())
        open_ones = {TradeSeen.WRITTEN, TradeSeen.RATED, ReviewSeen.BLIND, ReviewSeen.BLIND_HELD, ReviewSeen.HELD}
        if TradeSeen.UNDONE in things:
            open_ones -= {ReviewSeen.BLIND}
        require(not things & {*open_ones, ReportSeen.WAITING}, f"it ends with {things & open_ones}")


def reviews() -> dict[str, ReviewWorld]:
    """Make a trade of which nothing was said, and such as save depth."""
    trade = ReviewWorld()
    suspect = trade.after(("review", SUSPECT))
    held = suspect.after(("rate", FINE))
    shown = trade.after(("review", FINE)).after(("rate", FINE))
    reviewed, rated = trade.after(("review", FINE)), trade.after(("rate", FINE))
    return {
        "a settled trade": trade,
        "said of what then went back": reviewed.after(("give_back",)),
        "said of a buyer whose money then went back": rated.after(("give_back",)).after(("undo",)),
        "said, and held": suspect,
        "seen": shown,
        "answered": shown.after(("answer", SUSPECT)).after(("follow_up", SUSPECT)),
        "refused": held.after(("judge", STAFF[0], Part.REVIEW, False)),
        "removed before it was looked at": held.after(("rule", STAFF[0], True)),
        "complained of": shown.after(("report", STRANGER)),
    }
