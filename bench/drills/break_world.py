"""What a statement and our books do not have alike, in memory: told, booked, proposed, agreed to, or come another day.

Breaks are named, judged and posted by the rules of reconciliation. What the channel has of ours is known here, so that
the books can be held to it: a difference is in suspense as long as nobody ended it, and never anywhere else.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Account, Kind, TransferStatus, chart, move
from weiji.payments import NoticeStatus
from weiji.reconciliation import rules
from weiji.reconciliation.model import (
    AgreeToResolution,
    Break,
    BreakClass,
    BreakState,
    Difference,
    LineKind,
    ProposeResolution,
    Resolution,
    ResolutionStatus,
    Side,
)

CHANNEL: Final = "acquirer"
PAYMENT: Final = new_id()
SHARD: Final = shard_of(PAYMENT)
STAFF: Final = (Actor("staff", new_id()), Actor("staff", new_id()))
SECOND: Final = timedelta(seconds=1)

OURS: Final = 6_007
"""What we booked of the transaction."""

MORE: Final = 703
FEE: Final = 31
BEFORE: Final = 100_003
"""What the channel has of ours by other transactions."""

OWN: Final = OURS + 2 * MORE
"""What the operator pays in, if at all."""

_B = BreakState
MACHINES: Final = {
    "break": Machine(
        moves={_B.OPEN: {_B.PROPOSED, _B.RESOLVED}, _B.PROPOSED: {_B.OPEN, _B.RESOLVED}, _B.RESOLVED: ()},
        verbs={
            "tell": {_B.RESOLVED},
            "arrive": {_B.RESOLVED},
            "post": (),
            "propose": {_B.PROPOSED},
            "agree": {_B.OPEN, _B.RESOLVED},
        },
        begins=(),
    )
}
"""As money.md has it: the program has no table of these."""


def _side(amount: int, fee: int | None, *, is_ours: bool, at: datetime = NOW, times: int = 1) -> Side:
    return Side(
        shard=SHARD,
        kind=LineKind.CHARGE,
        reference="1",
        subject_id=PAYMENT if is_ours else None,
        amount=amount,
        fee=fee,
        at=at,
        times=times,
    )


class BreakWorld(MachineWorld):
    """A transaction of which the two sides do not have the same, named as its statement came."""

    decisions: tuple[Resolution, ...] = (Resolution.OWN_FUNDS, Resolution.REVERSED)
    """How people may end it."""

    def __init__(self, ours: Side | None, theirs: Side | None) -> None:
        difference = Difference(ours=ours, theirs=theirs)
        named = rules.name_differences(CHANNEL, rules.day_of(NOW), [difference], {}, None, NOW)
        (made,) = named.breaks
        receivable, cost = chart.channel_receivable(SHARD, CHANNEL), chart.channel_fee(SHARD)
        self._begin(made, receivable, cost, BEFORE + (ours.amount if ours else 0))

    def _begin(self, made: Break, holding: Account, cost: Account, has: int) -> None:
        """Begin with a break about money that somebody is *holding* for us, who *has* so much by our books."""
        MachineWorld.__init__(
            self,
            MACHINES,
            {
                "holding": holding,
                "suspense": chart.suspense(SHARD, made.channel),
                "short": chart.suspense_short(SHARD, made.channel),
                "own": chart.own_funds(SHARD),
                "transit": chart.transit(SHARD),
                "cost": cost,
                "bank": chart.bank(SHARD),
            },
        )
        transit = self.names["transit"]
        self.make([move(PAYMENT, derive(PAYMENT, "before"), holding, transit, has, Kind.CAPTURE)])
        self.booked = has
        """What we say that they have, break or no break."""
        self.breaks: dict[UUID, Break] = {made.id: made}
        self.is_funded = False
        self.now += SECOND

    @property
    def one(self) -> Break:
        """Give the break."""
        (one,) = self.breaks.values()
        return one

    def things(self) -> Things:
        """Say how far the break is."""
        return {("break", id): one.state for id, one in self.breaks.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        one = self.one
        return (
            one.is_due, one.is_to_tell, one.told, one.posted_at is None, one.closed_at is None, one.resolution,
            one.proposed_by, one.resolved_by, self.is_funded, self.booked,
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield ("post",)
        for status in (NoticeStatus.RECORDED, NoticeStatus.UNMATCHED, NoticeStatus.CONTRADICTS):
            yield ("tell", status)
        if self.one.class_ is BreakClass.OURS_ONLY:
            yield ("arrive",)
        for staff in STAFF:
            yield from (
                ("propose", staff, what) for what in (Resolution.OWN_FUNDS, Resolution.REVERSED, Resolution.FEE)
            )
            yield from (("agree", staff, is_agreed) for is_agreed in (True, False))
        if not self.is_funded:
            yield ("fund",)

    def next(self) -> Event | None:
        """Tell and post what is due; then two people bear it."""
        one = self.one
        if one.is_to_tell:
            return ("tell", NoticeStatus.CONTRADICTS)
        if one.is_due:
            return ("post",)
        if one.state is BreakState.OPEN:
            return ("propose", STAFF[0], Resolution.OWN_FUNDS)
        if one.state is BreakState.RESOLVED:
            return None
        is_short = one.delta < 0 and one.resolution is Resolution.OWN_FUNDS and not self.is_funded
        return ("fund",) if is_short else ("agree", STAFF[one.proposed_by == STAFF[0].person_id], True)

    def after(self, event: Event) -> "BreakWorld":
        """Let something happen, a second later: what failed is tried under another id."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens ---

    def _tell(self, status: NoticeStatus) -> None:
        one = self.one
        if not one.is_to_tell:
            return
        holding = self.names["holding"]
        if status is NoticeStatus.RECORDED or rules.is_booked(one, status):
            # Payments have booked what they were told: as what it is, or as what fits nothing.
            to = self.names["transit" if status is NoticeStatus.RECORDED else "suspense"]
            self.make([move(PAYMENT, derive(PAYMENT, "told"), holding, to, one.delta, Kind.SUSPENSE)])
            self.booked += one.delta if status is NoticeStatus.RECORDED else 0
        self.breaks[one.id] = rules.note_told(one, status, self.now, is_stray=False, is_first=False)

    def _post(self) -> None:
        one = self.one
        if not one.is_due:
            return
        self.breaks[one.id], postings = rules.note_posted(one, self.now)
        for debit, credit, transfer in postings:
            self.make([transfer], [debit, credit])

    def _arrive(self) -> None:
        """Let the other side come, on another day: as `let_arrive` writes it down."""
        one = self.one
        if one.state is not BreakState.RESOLVED:
            self.breaks[one.id] = replace(
                one,
                state=BreakState.RESOLVED,
                resolution=Resolution.LATER_DAY,
                resolved_at=self.now,
                is_due=True,
                proposed_by=None,
            )

    def _propose(self, staff: Actor, resolution: Resolution) -> None:
        one = self.one
        command = ProposeResolution(break_id=one.id, resolution=resolution, note="查过了", actor=staff)
        status = rules.judge_proposal(one, command, {}, {})
        is_decision = resolution in self.decisions
        right = one.state is BreakState.OPEN and one.posted_at is not None and is_decision
        require((status is ResolutionStatus.DONE) == right, f"{resolution} of what is {one.state}: {status}")
        if right:
            self.breaks[one.id] = rules.note_proposal(one, command, ())

    def _agree(self, staff: Actor, is_agreed: bool) -> None:
        one = self.one
        hash = rules.hash_of(one)
        command = AgreeToResolution(break_id=one.id, is_agreed=is_agreed, actor=staff, hash=hash)
        status = rules.judge_agreement(one, command)
        right = one.state is BreakState.PROPOSED and (not is_agreed or staff.person_id != one.proposed_by)
        require((status is ResolutionStatus.DONE) == right, f"agreed to what is {one.state}: {status}")
        if not right:
            return
        if not is_agreed:
            self.breaks[one.id] = rules.note_refusal(one)
            return
        debit, credit, transfer = rules.closing_posting(one, self.now)
        (result,) = self.post([transfer], [debit, credit])
        is_short = one.delta < 0 and one.resolution is Resolution.OWN_FUNDS and not self.is_funded
        require((result.status is TransferStatus.EXCEEDS_CREDITS) == is_short, f"own funds: {result.status}")
        if not is_short:
            self.breaks[one.id] = rules.note_agreement(one, command, self.now)

    def _fund(self) -> None:
        self.is_funded = True
        self.make([move(PAYMENT, derive(PAYMENT, "own"), self.names["bank"], self.names["own"], OWN, Kind.TOP_UP)])
        self.booked += OWN if self.names["holding"] == self.names["bank"] else 0

    # --- what is always true ---

    def check(self) -> None:
        """As long as a difference is not ended it is in suspense; once it is, it is where people said, and once."""
        self.check_books()
        one = self.one
        is_open = one.posted_at is not None and one.closed_at is None
        is_fee = one.class_ is BreakClass.FEE
        pending = one.delta if is_open and not is_fee else 0
        require(
            self.balance("suspense") == max(pending, 0), f"{self.balance('suspense')} is in suspense, not {pending}"
        )
        require(self.balance("short") == min(pending, 0), f"{self.balance('short')} is missing, not {pending}")
        is_ended = one.closed_at is not None
        is_borne = is_ended and one.resolution is Resolution.OWN_FUNDS
        own = (OWN if self.is_funded else 0) + (one.delta if is_borne else 0)
        require(self.balance("own") == own, f"own funds are {self.balance('own')}, not {own}")
        as_theirs = pending if not is_fee else (one.delta if one.posted_at else 0)
        is_cost = is_ended and one.resolution is Resolution.FEE and not is_fee
        as_theirs += one.delta if is_borne or is_cost else 0
        have = -self.balance("holding") - self.booked
        require(have == as_theirs, f"they have {have} more by our books, not {as_theirs}")
        cost = -one.delta if is_cost or (is_fee and one.posted_at) else 0
        require(-self.balance("cost") == cost, "what fees cost")
        is_decided = not is_fee and one.resolution in self.decisions
        if one.state is BreakState.RESOLVED and is_decided:
            require(None not in (one.proposed_by, one.resolved_by), "nobody decided")
            require(one.proposed_by != one.resolved_by, "one person decided alone")
        require((one.state is BreakState.RESOLVED) == (one.resolved_at is not None), "resolved, or not")
        require(one.state is BreakState.RESOLVED or not is_ended, "it ended before it was resolved")

    def check_since(self, before: "BreakWorld") -> None:
        """What ended stays as it ended."""
        if before.one.closed_at is not None:
            require(self.one == before.one, "a break that was over moved")

    def check_again(self) -> None:
        """Do again what jobs do: nothing changes."""
        world = self.copy()
        if not self.one.is_due:
            world._post()
        if not self.one.is_to_tell:
            world._tell(NoticeStatus.RECORDED)
        require(world.key() == self.key(), "what was done again changed something")

    def check_end(self) -> None:
        """It is over, and what clears is back to zero."""
        require(self.one.state is BreakState.RESOLVED and not self.one.is_due, f"it ends as {self.one.state}")
        require((self.balance("suspense"), self.balance("short")) == (0, 0), "something is in suspense for ever")


class DebitWorld(BreakWorld):
    """Money that went from the bank account by nothing of ours."""

    decisions = (Resolution.FEE, Resolution.OWN_FUNDS, Resolution.REVERSED)

    def __init__(self) -> None:
        move = rules.BankMove(shard=SHARD, kind=LineKind.DEBIT, reference="1", amount=OURS, at=NOW)
        made = rules.name_bank_move(move, NOW)
        self._begin(made, chart.bank(SHARD), chart.payout_fee(SHARD), BEFORE)


def breaks() -> dict[str, BreakWorld]:
    """Make a break of each class that is ended in its own way."""
    ours = _side(OURS, 0, is_ours=True)
    return {
        "theirs only": BreakWorld(None, _side(OURS, 0, is_ours=False)),
        "ours only": BreakWorld(ours, None),
        "more": BreakWorld(ours, _side(OURS + MORE, 0, is_ours=True)),
        "less": BreakWorld(ours, _side(OURS - MORE, 0, is_ours=True)),
        "doubled": BreakWorld(ours, _side(2 * OURS, 0, is_ours=True, times=2)),
        "a fee": BreakWorld(ours, _side(OURS, FEE, is_ours=True)),
        "a debit": DebitWorld(),
    }
