"""A shop that is applied for at a channel, in memory: handed in, told of, set aside; bound by hand meanwhile, unbound.

The table and what is decided are those of payments' enrolments; the binding is changed here as its verbs change it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.kit.ids import new_id
from weiji.kit.seal import KEY_BYTES, KEYS
from weiji.payments.channels.enrolling import Enrolled, Standing
from weiji.payments.enrolling import rules
from weiji.payments.enrolling.model import (
    Enrolment,
    EnrolmentStatus,
    HandInEnrolment,
    HandInEnrolmentStatus,
    RecheckEnrolmentStatus,
    RecordEnrolment,
)

SHOP: Final = new_id()
OWNER: Final = Actor("merchant", new_id())
CHANNEL: Final = "acquirer"
NUMBERS: Final = ("1600000001", "1600000002")
"""The first is what the channel gives; the other is bound by hand."""

QUESTIONS: Final = 200
"""Questions after which nobody asks any more, wherever that is so."""

LONG: Final = timedelta(days=90)
"""After which answers are forgotten here."""

SECOND: Final = timedelta(seconds=1)
_S = EnrolmentStatus


class EnrolmentWorld(MachineWorld):
    """A shop that is asked to apply."""

    def __init__(self) -> None:
        verbs = {
            "hand_in": {_S.HANDED_IN},
            "say": {_S.IN_REVIEW, _S.TO_ACT, _S.REFUSED, _S.TAKEN_ON},
            "fail": (),
            "keep_failing": (),
            "forget": {_S.WANTED},
            "bind": {_S.TAKEN_ON},
            "unbind": {_S.WANTED, _S.HANDED_IN, _S.REFUSED},
            "decide": {_S.WANTED},
            "recheck": (),
        }
        super().__init__({"enrolment": Machine(moves=rules.ENROLMENT_MOVES, verbs=verbs, begins=())})
        self.enrolments: dict[UUID, Enrolment] = {
            SHOP: Enrolment(shop_id=SHOP, channel=CHANNEL, status=_S.WANTED, created_at=NOW, changed_at=NOW)
        }
        self.bound: str | None = None
        """The number that the shop goes by."""

    @property
    def one(self) -> Enrolment:
        """Give the enrolment."""
        return self.enrolments[SHOP]

    def things(self) -> Things:
        """Say where it stands."""
        return {("enrolment", id): each.status for id, each in self.enrolments.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        one = self.one
        return (
            self.bound, one.was, one.given_last4, min(one.attempts, 2), one.answers_sealed is None, one.fault,
            one.query_at is None, one.told_sealed is None, one.changed_at <= self.before,
        )  # fmt: skip

    @property
    def before(self) -> datetime:
        """Say since when answers must have been mended."""
        return self.now - LONG

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield ("hand_in",)
        for standing in Standing:
            yield from (("say", standing, is_late) for is_late in (False, True))
        yield from (("fail",), ("keep_failing",), ("forget",), ("recheck",), ("unbind",))
        yield from (("bind", number) for number in NUMBERS)
        yield from (("decide", is_taken) for is_taken in (True, False))
        if self.one.changed_at > self.before:
            yield ("wait",)

    def next(self) -> Event | None:
        """Let the channel take the shop on, people decide, and the clock forget what nobody mends."""
        one = self.one
        if one.given_last4 is not None:
            return ("decide", True)
        if one.status in rules.OPEN and not one.is_set_aside:
            return ("say", Standing.TAKEN_ON, False)
        if one.is_set_aside or one.status is _S.REFUSED or (one.was is not None and one.answers_sealed is not None):
            return ("forget",) if one.changed_at <= self.before else ("wait",)
        return None

    def after(self, event: Event) -> "EnrolmentWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens ---

    def _hand_in(self) -> None:
        one, before = self.one, self.one.status
        if self.bound is not None:
            return  # Nobody applies for what is bound.
        right = before in (_S.WANTED, _S.REFUSED) or (before is _S.HANDED_IN and one.fault != "")
        command = HandInEnrolment(shop_id=SHOP, channel=CHANNEL, answers_sealed=b"1", papers={}, actor=OWNER)
        status = rules.hand_in(one, command, self.now)
        require((status is HandInEnrolmentStatus.HANDED_IN) == right, f"handed in what is {before}: {status}")

    def _hear(self, said: Enrolled, is_late: bool = False) -> None:
        """Hear what the channel said when it was asked; late: about what was handed in before."""
        one, before = self.one, self.one.status
        command = RecordEnrolment(
            shop_id=SHOP, channel=CHANNEL, created_at=one.created_at, attempt=one.attempts - is_late, said=said
        )
        is_about = rules.is_about(command, one)
        right = not is_late and before in (_S.HANDED_IN, _S.IN_REVIEW, _S.TO_ACT)
        require(is_about == right, f"what was said of what is {before} counts: {is_about}")
        if not is_about:
            return
        number = rules.record(one, said, self.now)
        require((number is not None) == (said.standing is Standing.TAKEN_ON), f"{said.standing}, and number {number}")
        if number is not None and self.bound is None:
            self._go_by(number)
        elif number is not None and self.bound != number:
            rules.give(one, number)  # What was bound by hand stays, until people decide.

    def _say(self, standing: Standing, is_late: bool) -> None:
        self._hear(Enrolled(standing=standing, number=NUMBERS[0] if standing is Standing.TAKEN_ON else None), is_late)

    def _fail(self) -> None:
        self._hear(Enrolled(fault="出错了"))

    def _keep_failing(self) -> None:
        """Let something stand in the way as long as it is asked."""
        for _ in range(QUESTIONS):
            if self.one.query_at is None or self.one.status is not _S.HANDED_IN:
                return
            self.now = max(self.now, self.one.query_at)
            self._fail()
        require(self.one.query_at is None, "what people have to mend is asked for ever")

    def _go_by(self, number: str) -> None:
        """Bind the shop, as `bind_sub_merchants` does."""
        if self.bound == number:
            return
        self.bound = number
        rules.bound_otherwise(self.one, self.now)
        if rules.given(self.one) == number:
            rules.forget_given(self.one)

    def _bind(self, number: str) -> None:
        self._go_by(number)

    def _unbind(self) -> None:
        if self.bound is not None:
            self.bound = None
            rules.unbound(self.one, self.now)

    def _decide(self, is_taken: bool) -> None:
        """Let people say by which of two numbers it goes, as `decide_numbers` does."""
        number = rules.given(self.one)
        if number is None:
            return
        rules.forget_given(self.one)
        if is_taken:
            self._go_by(number)
        elif self.bound is None:
            rules.unbound(self.one, self.now)

    def _forget(self) -> None:
        one, was, before = self.one, self.one.was, self.one.status
        is_over = before is _S.REFUSED or one.is_set_aside or (was is not None and one.answers_sealed is not None)
        right = is_over and one.changed_at <= self.before
        require(rules.forget(one, self.before, self.now) == right, f"forgotten of what is {before}, or not")
        require(not right or one.answers_sealed is None, "answers are kept that were forgotten")

    def _recheck(self) -> None:
        one, before = self.one, self.one.status
        status = rules.recheck(one, self.now, is_bound=self.bound is not None)
        right = before in (_S.IN_REVIEW, _S.TO_ACT) or (before is _S.HANDED_IN and self.bound is None)
        require((status is RecheckEnrolmentStatus.RECHECKED) == right, f"asked at once of what is {before}: {status}")

    def _wait(self) -> None:
        self.now = self.one.changed_at + LONG

    # --- what is always true ---

    def check(self) -> None:
        """What is taken on goes by a number, and answers are kept as long as somebody may need them."""
        one = self.one
        has_number = self.bound is not None or one.given_last4 is not None
        require(one.status is not _S.TAKEN_ON or has_number, "it is taken on, and goes by no number")
        require(one.status is not _S.HANDED_IN or self.bound is None, "what is bound is handed in")
        is_asked = one.query_at is not None
        require(not is_asked or one.status in rules.OPEN, f"the channel is asked about what is {one.status}")
        is_open = one.status in (_S.IN_REVIEW, _S.TO_ACT)
        require(is_asked or not is_open, f"nobody asks about what is {one.status}")
        require(one.was is None or one.status is _S.TAKEN_ON, f"{one.status}, and stood at {one.was}")
        is_done = one.status is _S.TAKEN_ON and one.was is None
        require(not is_done or one.answers_sealed is None, "what was answered is kept for nothing")
        needs = one.status in rules.OPEN
        require(not needs or one.answers_sealed is not None, f"{one.status}, and nothing was answered")
        require((one.given_sealed is None) == (one.given_last4 is None), "a number, and no number")
        require(one.given_last4 is None or rules.given(one) != self.bound, "two numbers that are one")

    def check_again(self) -> None:
        """Do again what staff and the channel do: nothing changes."""
        for event in (("bind", self.bound), ("say", Standing.TAKEN_ON, False)):
            if event[1] is not None and self.one.status is _S.TAKEN_ON:
                require(self.after(event).key()[0:2] == self.key()[0:2], f"{event[0]} again changed something")

    def check_since(self, before: "EnrolmentWorld") -> None:
        """Attempts are counted, and none is lost."""
        require(self.one.attempts >= before.one.attempts, "an attempt was lost")

    def check_end(self) -> None:
        """It is taken on, or is wanted: nobody waits for anything, and nothing is kept of what nobody mends."""
        one = self.one
        require(one.status in (_S.WANTED, _S.TAKEN_ON), f"it ends as {one.status}")
        require(one.answers_sealed is None and one.given_last4 is None, "something is kept for ever")


def enrolments() -> dict[str, EnrolmentWorld]:
    """Make a shop that is asked to apply, and what comes of that."""
    KEYS.use(bytes(range(KEY_BYTES)))  # What a channel says is sealed with it.
    wanted = EnrolmentWorld()
    handed_in = wanted.after(("hand_in",))
    in_review = handed_in.after(("say", Standing.IN_REVIEW, False))
    refused = handed_in.after(("say", Standing.REFUSED, False))
    return {
        "wanted": wanted,
        "handed in": handed_in,
        "set aside": handed_in.after(("keep_failing",)),
        "in review": in_review,
        "to act": in_review.after(("say", Standing.TO_ACT, False)),
        "refused": refused,
        "refused, bound": refused.after(("bind", NUMBERS[1])),
        "taken on": in_review.after(("say", Standing.TAKEN_ON, False)),
        "two numbers": in_review.after(("bind", NUMBERS[1])).after(("say", Standing.TAKEN_ON, False)),
    }
