"""What a statement and our books do not have alike, in memory: told, booked, proposed, agreed to, or come another day.

Breaks are named, judged and posted by the rules of reconciliation. What the channel has of ours is known here, so that
the books can be held to it: a difference is in suspense as long as nobody ended it, and never anywhere else.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.kit.ids import derive, new_id, shard_of
from weiji.kit.seal import KEY_BYTES, KEYS
from weiji.ledger import Account, Kind, TransferStatus, chart, move
from weiji.payments import rules as paying
from weiji.payments.bank_transfers import rules as filing
from weiji.payments.bank_transfers.model import (
    AskBankTransfer,
    BankTransfer,
    BankTransferKind,
    BankTransferStatus,
    TellBankTransfer,
)
from weiji.payments.model import BANK, NoticeStatus, Payout, PayoutSource, PayoutStatus, RequestPayout
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
    Settlement,
    SettlementKey,
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

    def _begin(
        self,
        made: Break,
        holding: Account,
        cost: Account,
        has: int,
        machines: Mapping[str, Machine] = MACHINES,
        accounts: Mapping[str, Account] | None = None,
    ) -> None:
        """Begin with a break about money that somebody is *holding* for us, who *has* so much by our books."""
        MachineWorld.__init__(
            self,
            machines,
            {
                "holding": holding,
                "suspense": chart.suspense(SHARD, made.channel),
                "short": chart.suspense_short(SHARD, made.channel),
                "own": chart.own_funds(SHARD),
                "transit": chart.transit(SHARD),
                "cost": cost,
                "bank": chart.bank(SHARD),
                **(accounts or {}),
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

    def _propose(self, staff: Actor, resolution: Resolution, references: tuple[str, ...] = ()) -> None:
        one, choices = self.one, self.choices()
        keys = tuple((one.channel, reference) for reference in references)
        command = ProposeResolution(
            break_id=one.id, resolution=resolution, note="查过了", actor=staff, settlements=keys
        )
        status = rules.judge_proposal(one, command, choices, {})
        is_decision = resolution in self.decisions
        is_same = resolution is not Resolution.PAID or sum(choices[k].amount for k in keys if k in choices) == OURS
        right = one.state is BreakState.OPEN and one.posted_at is not None and is_decision and is_same
        require((status is ResolutionStatus.DONE) == right, f"{resolution} of what is {one.state}: {status}")
        if right:
            self.breaks[one.id] = rules.note_proposal(one, command, tuple(choices[key] for key in keys))

    def choices(self) -> dict[SettlementKey, Settlement]:
        """List what it may be, that was paid."""
        return {}

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
        if not self.take():
            return
        debit, credit, transfer = rules.closing_posting(one, self.now)
        (result,) = self.post([transfer], [debit, credit])
        is_short = one.delta < 0 and one.resolution is Resolution.OWN_FUNDS and not self.is_funded
        require((result.status is TransferStatus.EXCEEDS_CREDITS) == is_short, f"own funds: {result.status}")
        if not is_short:
            self.breaks[one.id] = rules.note_agreement(one, command, self.now)

    def take(self) -> bool:
        """Take in what people say that it is, of what was paid; tell whether it can be."""
        return True

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


PARTS: Final = (4_003, OURS - 4_003)
"""What two transfers of ours are of, that the bank may have paid in one sum."""

_T = BankTransferStatus
_WENT: Final = (_T.PAID, _T.RETURNED)

LINE: Final = "1"
"""The bank's number of what went by nothing of ours."""

OTHER_LINE: Final = "2"
LINE_BACK: Final = "3"


class DebitWorld(BreakWorld):
    """Money that went from the bank account by nothing of ours; or by two withdrawals, as people say of it.

    Of the first the bank may tell otherwise: by its result file, by another line of its statement, or as refused.
    """

    decisions = (Resolution.FEE, Resolution.OWN_FUNDS, Resolution.REVERSED, Resolution.PAID)

    def __init__(self) -> None:
        went = rules.BankMove(shard=SHARD, kind=LineKind.DEBIT, reference=LINE, amount=OURS, at=NOW)
        wallet, clearing = chart.wallet(PAYMENT), chart.payout_clearing(SHARD, BANK)
        verbs: dict[str, Any] = {"send": {_T.SENT}, "bring": {_T.PAID, _T.REJECTED, _T.RETURNED}, "agree": {_T.PAID}}
        self._begin(
            rules.name_bank_move(went, NOW),
            chart.bank(SHARD),
            chart.payout_fee(SHARD),
            BEFORE,
            MACHINES | {"transfer": Machine(moves=filing.MOVES, verbs=verbs, begins=())},
            {"wallet": wallet, "clearing": clearing},
        )
        self.make([move(PAYMENT, derive(PAYMENT, "funds"), self.names["transit"], wallet, OURS, Kind.ADJUSTMENT)])
        self.payouts: dict[UUID, Payout] = {}
        self.transfers: dict[str, BankTransfer] = {}
        for place, amount in enumerate(PARTS):
            self._withdraw(derive(PAYMENT, "payout", place), amount)

    def _withdraw(self, id: UUID, amount: int) -> None:
        """Have a payout asked of the bank, so that it waits for a file."""
        command = RequestPayout(
            id=id,
            owner_id=PAYMENT,
            source=PayoutSource.WALLET,
            account_id=PAYMENT,
            amount=amount,
            fee=0,
            channel=BANK,
            actor=STAFF[0],
        )
        books = paying.Books(NOW)
        paying.hold_payout(books, command)
        self.make(books.transfers, list(books.opening.values()))
        payout = self.payouts[id] = paying.new_payout(command, amount, NOW)
        paying.submit_payout(payout, NOW)
        asked = AskBankTransfer(
            kind=BankTransferKind.PAYOUT,
            subject_id=id,
            attempt=0,
            amount=amount,
            holder="张三",
            bank="银行",
            number="6222020200112233445",
        )
        transfer = filing.new_transfer(asked, NOW)
        self.transfers[transfer.reference] = transfer

    def things(self) -> Things:
        """Say how far the break is, and where each transfer stands."""
        return super().things() | {("transfer", each.id): each.status for each in self.transfers.values()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        its = tuple((t.paid_by, t.paid_again, t.returned_by) for t in self.transfers.values())
        return super().told_apart(), its, tuple(each.key for each in self.one.settlements)

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from super().events()
        yield ("send",)
        first, second = self.transfers
        yield from (("propose", STAFF[0], Resolution.PAID, chosen) for chosen in ((first,), (first, second)))
        id = self.transfers[first].id
        yield from (("bring", id, _T.PAID, line) for line in (None, OTHER_LINE))
        yield from (("bring", id, _T.REJECTED, None), ("bring", id, _T.RETURNED, LINE_BACK))

    def next(self) -> Event | None:
        """Refuse what can't be any more; else as of any."""
        one = self.one
        if one.state is BreakState.PROPOSED and one.resolution is Resolution.PAID and not self._may_be():
            return ("agree", STAFF[0], False)
        return super().next()

    def choices(self) -> dict[SettlementKey, Settlement]:
        """List what the bank was given, and no line of its statements is yet: as payments publish it."""
        return {
            (BANK, each.reference): Settlement(
                shard=SHARD, channel=BANK, reference=each.reference, amount=each.amount, at=NOW
            )
            for each in self.transfers.values()
            if each.paid_by is None and each.status in (_T.SENT, _T.PAID)
        }

    def _may_be(self) -> bool:
        chosen = [self.transfers[each.reference] for each in self.one.settlements]
        return all(each.status in (_T.SENT, *_WENT) and each.paid_by in (None, LINE) for each in chosen)

    def take(self) -> bool:
        """Have all transfers gone by this line that people say it is, or none: as `pay_by_line` does."""
        if self.one.resolution is not Resolution.PAID:
            return True
        commands = rules.tellings_of(self.one)
        right = self._may_be()
        taken = filing.can_go_by_line(self.transfers, commands)
        require(taken == right, f"it is taken for {[t.status for t in self.transfers.values()]}")
        if taken:
            for command in commands:
                self._tell_transfer(command)
        return taken

    def _send(self) -> None:
        for place, each in enumerate(self.transfers.values()):
            if each.status is _T.WAITING:
                each.status, each.batch_id, each.line = _T.SENT, PAYMENT, place

    def _bring(self, id: UUID, outcome: BankTransferStatus, line: str | None) -> None:
        (transfer,) = (each for each in self.transfers.values() if each.id == id)
        self._tell_transfer(
            TellBankTransfer(
                reference=transfer.reference,
                outcome=outcome,
                amount=transfer.amount,
                occurred_at=NOW,
                raw=b"",
                serial=line,
            )
        )

    def _tell_transfer(self, command: TellBankTransfer) -> None:
        transfer = replace(self.transfers[command.reference])
        status, notice = filing.judge_telling({command.reference: transfer}, command)
        if status in filing.CHANGING:
            self.transfers[command.reference] = transfer
        if notice is not None:
            books, known = paying.Books(NOW), paying.Known()
            known.payouts = self.payouts
            paying.judge_notices(books, known, [notice])
            self.make(books.transfers, list(books.opening.values()))
            self.booked = BEFORE + (OWN if self.is_funded else 0) - self._paid()

    def _paid(self) -> int:
        return sum(each.amount for each in self.payouts.values() if each.status is PayoutStatus.PAID)

    def check(self) -> None:
        """What people say that it was went by this line, and by no other; and who withdrew has it, or it is held."""
        super().check()
        one, ours = self.one, [each for each in self.transfers.values() if each.paid_by == LINE]
        is_paid = one.state is BreakState.RESOLVED and one.resolution is Resolution.PAID
        require(sum(each.amount for each in ours) == (OURS if is_paid else 0), "what went by this line")
        require(all(each.status in _WENT for each in ours), "what went by this line did not go")
        is_over = (PayoutStatus.PAID, PayoutStatus.REJECTED, PayoutStatus.RETURNED)
        held = sum(each.amount for each in self.payouts.values() if each.status not in is_over)
        require(self.balance("wallet") == OURS - self._paid(), "what is in the wallet")
        require(self.free_of("wallet") == OURS - self._paid() - held, "what is free")
        require(self.balance("clearing") == 0, "a payout is on its way for ever")


def breaks() -> dict[str, BreakWorld]:
    """Make a break of each class that is ended in its own way."""
    KEYS.use(bytes(range(KEY_BYTES)))  # Numbers of accounts are sealed with it.
    debit = DebitWorld()
    ours = _side(OURS, 0, is_ours=True)
    return {
        "theirs only": BreakWorld(None, _side(OURS, 0, is_ours=False)),
        "ours only": BreakWorld(ours, None),
        "more": BreakWorld(ours, _side(OURS + MORE, 0, is_ours=True)),
        "less": BreakWorld(ours, _side(OURS - MORE, 0, is_ours=True)),
        "doubled": BreakWorld(ours, _side(2 * OURS, 0, is_ours=True, times=2)),
        "a fee": BreakWorld(ours, _side(OURS, FEE, is_ours=True)),
        "a debit": debit,
        "a debit, and what is in a file": debit.after(("post",)).after(("send",)),
    }
