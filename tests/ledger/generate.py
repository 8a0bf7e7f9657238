"""Make adversarial workloads for the ledger: from a seed, the same steps for ever.

The naive model runs along, so that amounts can be exactly what an account has, and every step comes
with the model's answers. A workload is finite; more of them are more seeds.
"""

from collections.abc import Iterator
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from tests.ledger.examples import HOME, SECOND, START
from tests.ledger.naive import Fate, NaiveLedger, expires_at, make
from weiji.kit.ids import SHARD_MASK, derive
from weiji.ledger.model import (
    AMOUNT_MAX,
    CODE_MAX,
    EFFECTIVE_AT_MAX,
    TIMEOUT_MAX,
    Account,
    AccountFlags,
    AccountStatus,
    Transfer,
    TransferFlags,
    TransferResult,
    TransferStatus,
)

HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR

STEPS: Final = 60
"""Steps of a workload: about 2,000 transfers."""

ACCOUNT_SHAPES: Final = (
    AccountFlags.NONE,
    AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS,
    AccountFlags.NONE,
    AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS,
    AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS | AccountFlags.HISTORY,
    AccountFlags.HISTORY,
    AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS | AccountFlags.HISTORY,
)
SHUTTERS: Final = (
    TransferFlags.CLOSING_DEBIT,
    TransferFlags.CLOSING_CREDIT,
    TransferFlags.FREEZING_DEBIT,
    TransferFlags.FREEZING_CREDIT,
    TransferFlags.FREEZING_DEBIT | TransferFlags.FREEZING_CREDIT,
    TransferFlags.CLOSING_DEBIT | TransferFlags.CLOSING_CREDIT,
    TransferFlags.CLOSING_DEBIT | TransferFlags.FREEZING_DEBIT,
)
UNNAMED_FLAGS: Final = (TransferFlags.EXPIRED, TransferFlags(1 << 11), TransferFlags(1 << 15))
FLOOD: Final = 1_024
"""So many transfers of `AMOUNT_MAX` fit into a counter, and not one more."""


class OpenAccounts(Struct, frozen=True):
    """Open accounts."""

    events: list[Account]
    clock: int
    answers: list[AccountStatus]


class Transfers(Struct, frozen=True):
    """Create a batch of transfers."""

    batch: list[Transfer]
    clock: int
    answers: list[TransferResult]


class Expire(Struct, frozen=True):
    """Void what is due."""

    clock: int
    answers: list[UUID]
    """The pending transfers voided, in order."""


Step = OpenAccounts | Transfers | Expire


def workload(seed: int, *, steps: int = STEPS, model: NaiveLedger | None = None) -> Iterator[Step]:
    """Make the steps of *seed*, each already answered by *model* (a new one unless given)."""
    return _Maker(seed, model if model is not None else NaiveLedger()).run(steps)


class _Maker:
    """The state of one workload as it is made."""

    def __init__(self, seed: int, model: NaiveLedger) -> None:
        self.random = Random(seed)  # noqa: S311 - it has to be repeatable, not secret.
        self.model = model
        self.clock = START
        self.opened: list[Account] = []
        """The accounts in use; those that were closed for good leave it."""
        self.promised: list[UUID] = []
        """Ids named before their accounts are opened."""
        self.sent: list[Transfer] = []
        """Everything submitted, for duplicates."""
        self.batches: list[list[Transfer]] = []
        self.holds: list[Transfer] = []
        """Pending transfers submitted, and perhaps made."""
        self.names: list[UUID] = [self.id() for _ in range(2)]
        """Journals and owners."""

    def id(self, shard: int = HOME) -> UUID:
        return UUID(int=self.random.getrandbits(128) & ~SHARD_MASK | shard)

    def often(self, percent: float) -> bool:
        return self.random.random() * 100 < percent

    def run(self, steps: int) -> Iterator[Step]:
        yield self.open([self.account() for _ in range(14)])
        yield self.endow()
        flood_at = self.random.randrange(steps) if self.often(10) else -1
        for step in range(steps):
            self.turn_clock()
            if step == flood_at:
                yield from self.flood()
            elif self.often(7):
                yield Expire(self.clock, self.model.expire_pending(self.clock))
            elif self.often(7):
                yield self.open_more()
            elif self.often(4) and self.batches:
                yield self.answer(self.random.choice(self.batches))  # All of a batch once more.
            else:
                yield self.answer(self.batch())

    def answer(self, batch: list[Transfer]) -> Transfers:
        return Transfers(batch, self.clock, self.model.create_transfers(batch, self.clock))

    def open(self, events: list[Account]) -> OpenAccounts:
        answers = self.model.create_accounts(events, self.clock)
        self.opened += [event for event, status in zip(events, answers, strict=True) if status is AccountStatus.CREATED]
        return OpenAccounts(events, self.clock, answers)

    def turn_clock(self) -> None:
        """Mostly forward a little; now and then not at all, an hour back, a day on, or to just when a hold expires."""
        if self.often(15):
            made = (self.model.books.transfers.get(hold.id) for hold in self.holds)
            due = [
                at for at in (expires_at(hold) for hold in made if hold) if at and self.clock < at < self.clock + DAY
            ]
            if due:
                self.clock = self.random.choice(due) - self.random.choice((0, 0, 1))
                return
        self.clock += self.random.choice(
            (0, 0, 1, 500, 40_000, 40_000, SECOND, 2 * SECOND, 61 * SECOND, 61 * SECOND, HOUR, -HOUR, DAY)
        )

    # Accounts

    def account(self) -> Account:
        shape = self.random.choice(ACCOUNT_SHAPES)
        return Account(
            id=self.promised.pop() if self.promised and self.often(50) else self.id(),
            ledger=self.random.choice((1, 1, 1, 1, 1, 2, 2, 3)),
            code=self.random.choice((1010, 2010, 2040)),
            flags=shape,
            owner_id=self.random.choice((None, *self.names)),
        )

    def open_more(self) -> OpenAccounts:
        """Open new accounts, and ask for what can't be, or is there already."""
        usable = [a for a in self.opened if not self.model.books.accounts[a.id].flags & AccountFlags.CLOSED]
        self.opened = usable[-14:] or self.opened
        events = [self.account() for _ in range(max(2, 14 - len(usable)))]
        wrong = self.account()
        events += self.random.sample(
            [
                replace(wrong, flags=wrong.flags | AccountFlags.CLOSED),
                replace(wrong, flags=AccountFlags.FROZEN_DEBITS),
                replace(wrong, flags=AccountFlags(3)),
                replace(wrong, flags=AccountFlags(1 << 9)),
                replace(wrong, ledger=self.random.choice((0, 4, -1))),
                replace(wrong, code=self.random.choice((0, -1, CODE_MAX + 1, 2**63))),
                self.random.choice(self.opened),
                self.account_changed(self.random.choice(self.opened)),
                self.account_changed(events[-1]),
                events[0],
            ],
            4,
        )
        self.random.shuffle(events)
        return self.open(events)

    def account_changed(self, account: Account) -> Account:
        match self.random.randrange(4):
            case 0:
                return replace(account, flags=account.flags ^ AccountFlags.HISTORY)
            case 1:
                return replace(account, ledger=account.ledger % 3 + 1)
            case 2:
                return replace(account, code=account.code + 1)
            case _:
                return replace(account, owner_id=self.id())

    # Batches

    def endow(self) -> Transfers:
        """Give the limited accounts something to spend."""
        batch: list[Transfer] = []
        for account in self.opened:
            others = (a for a in self.opened if a.ledger == account.ledger and a.id != account.id)
            batch += [self.transfer(other, account, self.random.choice((100, 5_000, 10**12))) for other in others]
        self.random.shuffle(batch)
        return self.answer(batch)

    def batch(self) -> list[Transfer]:
        """Make a batch: mostly some tens of events, in chains of every length."""
        size = self.random.choice((0, 1, 1, 2, 3, 8, 20, 40, 80, 120))
        chain_share = self.random.choice((0, 5, 5, 15))
        length_max = self.random.choice((2, 3, 5, 5, 12, 120))
        batch: list[Transfer] = []
        left = 0
        calm_share = 0
        for _ in range(size):
            if not left:
                calm_share = 0
                if self.often(chain_share):
                    left = self.random.randint(2, length_max)
                    # Without events that stand a chance, no longer chain would ever go through.
                    calm_share = self.random.choice((50, 100, 100))
            event = self.event(batch, calm=self.often(calm_share))
            if left:
                left -= 1
                # The end of a chain is sometimes forgotten: it runs on, or to the end of the batch.
                if left or self.often(3):
                    event = replace(event, flags=event.flags | TransferFlags.LINKED)
            batch.append(event)
            if event.flags & TransferFlags.PENDING:
                self.holds.append(event)
        self.sent += batch
        self.batches.append(batch)
        del self.sent[:-600], self.holds[:-60], self.batches[:-8]
        return batch

    def event(self, batch: list[Transfer], *, calm: bool) -> Transfer:
        """Make one event, to follow those of its *batch*. A *calm* one has no fault on purpose."""
        kind = self.random.random() * 100
        if kind < 8 and self.sent and not calm:
            return self.again(self.random.choice(batch if batch and self.often(40) else self.sent))
        if kind < 10 and self.model.failed and not calm:
            # In the order of sending: a set has an order of its own in every process.
            failed = [event for event in self.sent if event.id in self.model.failed]
            if failed:
                return replace(self.random.choice(failed), amount=0)
        resolves = kind < 38 and bool(self.holds)
        event = self.resolution(calm=calm) if resolves else self.movement(calm=calm)
        if not calm:
            return event if self.often(74) else self.spoiled(event)
        if any(event.pending_id == earlier.id for earlier in batch[-4:]):
            return event  # A hold of the same chain, which the model doesn't know yet.
        for _ in range(8):
            if make(self.model.books.draft(), set(), event, self.clock).status is TransferStatus.CREATED:
                break
            event = self.movement(calm=True)
        return event

    def transfer(self, debit: Account, credit: Account, amount: int) -> Transfer:
        return Transfer(
            id=self.id(),
            debit_account_id=debit.id,
            credit_account_id=credit.id,
            amount=amount,
            ledger=debit.ledger,
            code=self.random.choice((1, 2)),
            journal_id=self.names[0] if self.often(10) else None,
            effective_at=START if self.often(10) else None,
        )

    def pair(self) -> tuple[Account, Account]:
        """Choose two accounts of one ledger, where there are two."""
        debit = self.random.choice(self.opened)
        others = [a for a in self.opened if a.ledger == debit.ledger and a.id != debit.id]
        return debit, self.random.choice(others or self.opened)

    def movement(self, *, calm: bool) -> Transfer:
        """Make a plain or pending transfer, perhaps balancing, closing, freezing."""
        debit, credit = self.pair()
        event = self.transfer(debit, credit, self.amount(debit, credit, calm=calm))
        kind = self.random.random() * 100
        if kind < 36:
            timeout = self.random.choice((0, 0, 0, 1, 60, 3_600, 86_400, TIMEOUT_MAX))
            event = replace(event, flags=TransferFlags.PENDING, timeout=timeout)
            if kind < 6 and not calm:
                event = replace(event, flags=event.flags | self.random.choice(SHUTTERS))
        if self.often(12):
            balancing = self.random.choice((16, 32, 48))
            amount = self.random.choice((event.amount, AMOUNT_MAX))
            event = replace(event, flags=event.flags | TransferFlags(balancing), amount=amount)
        return event

    def amount(self, debit: Account, credit: Account, *, calm: bool) -> int:
        """Choose an amount that is nothing, little, all there is, one more, too much, absurd."""
        kind = self.random.random() * 100
        if kind < 20 or calm:
            return self.random.randrange(4)
        if kind < 70:
            return self.random.randrange(100)
        if kind < 90:
            payer, payee = self.model.books.accounts[debit.id], self.model.books.accounts[credit.id]
            has = payer.credits_posted - payer.debits_posted - payer.debits_pending
            lacks = payee.debits_posted - payee.credits_posted - payee.credits_pending
            return min(max(self.random.choice((has, lacks)) + self.random.choice((-1, 0, 0, 1)), 0), AMOUNT_MAX)
        if kind < 97:
            return self.random.randrange(1_000_000)
        return self.random.choice((AMOUNT_MAX, AMOUNT_MAX - 1, self.random.randrange(AMOUNT_MAX)))

    def resolution(self, *, calm: bool) -> Transfer:
        """Make a post or a void of a hold, mostly of one that is open."""
        if self.often(30):
            hold = self.random.choice(self.holds[-4:])  # Probably of this batch, perhaps of this chain.
        else:
            hold = self.random.choice(self.holds)
            for _ in range(4):
                if self.model.books.fates.get(hold.id) is Fate.OPEN:
                    break
                hold = self.random.choice(self.holds)
        shuts = hold.flags >= TransferFlags.CLOSING_DEBIT
        if self.often(90 if shuts else 40):
            flags = TransferFlags.VOID_PENDING_TRANSFER
            amounts = [0, 0, hold.amount]
        else:
            flags = TransferFlags.POST_PENDING_TRANSFER
            amounts = [AMOUNT_MAX, AMOUNT_MAX, hold.amount, hold.amount // 2, 0]
        if not calm and self.often(15):
            amounts = [1, hold.amount + 1, hold.amount - 1, hold.amount // 2]
        event = Transfer(
            id=self.id(),
            amount=self.random.choice(amounts),
            pending_id=hold.id,
            flags=flags,
            journal_id=self.names[1] if self.often(10) else None,
        )
        if self.often(40):
            event = replace(event, debit_account_id=hold.debit_account_id, ledger=hold.ledger)
        if self.often(40):
            event = replace(event, credit_account_id=hold.credit_account_id, code=hold.code)
        return event

    def again(self, event: Transfer) -> Transfer:
        """Submit an event once more, exactly or with one field changed."""
        if self.often(40):
            return event
        other = self.spoiled(event) if self.often(30) else event
        match self.random.randrange(11):
            case 0:
                return replace(other, flags=other.flags ^ TransferFlags(1 << self.random.randrange(10)), id=event.id)
            case 1:
                return replace(other, pending_id=self.id(), id=event.id)
            case 2:
                return replace(other, timeout=other.timeout + 1, id=event.id)
            case 3:
                return replace(other, debit_account_id=self.random.choice(self.opened).id, id=event.id)
            case 4:
                return replace(other, credit_account_id=self.random.choice(self.opened).id, id=event.id)
            case 5:
                return replace(other, amount=other.amount + self.random.choice((1, -1)), id=event.id)
            case 6:
                return replace(other, journal_id=self.random.choice((None, *self.names)), id=event.id)
            case 7:
                return replace(other, effective_at=self.random.choice((None, START, START + 1)), id=event.id)
            case 8:
                return replace(other, ledger=self.random.randrange(4), id=event.id)
            case 9:
                return replace(other, code=self.random.randrange(4), id=event.id)
            case _:  # What a post or void may leave out.
                return replace(other, debit_account_id=None, credit_account_id=None, ledger=0, code=0, id=event.id)

    def spoiled(self, event: Transfer) -> Transfer:
        """Break one thing about an event."""
        resolves = event.pending_id is not None
        abroad = (HOME + self.random.randint(1, SHARD_MASK)) & SHARD_MASK
        match self.random.randrange(21):
            case 0:
                return replace(event, flags=event.flags | self.random.choice(UNNAMED_FLAGS))
            case 1:
                return replace(event, flags=event.flags ^ TransferFlags(1 << self.random.randint(1, 9)))
            case 2:
                return replace(event, flags=event.flags | TransferFlags(self.random.getrandbits(11)))
            case 3:
                return replace(event, debit_account_id=None if not resolves else self.unknown_account())
            case 4:
                return replace(event, credit_account_id=None if not resolves else self.unknown_account())
            case 5:
                return replace(event, debit_account_id=event.credit_account_id)
            case 6:
                return replace(event, id=self.id(abroad))
            case 7 if event.debit_account_id is not None:
                moved = UUID(int=event.debit_account_id.int & ~SHARD_MASK | abroad)
                return replace(event, debit_account_id=moved)
            case 8:
                return replace(event, pending_id=event.id)
            case 9 if resolves:
                return replace(event, pending_id=self.random.choice((None, self.id(), self.id(abroad))))
            case 9 | 10:
                return replace(event, pending_id=self.random.choice(self.sent).id if self.sent else self.id())
            case 11:
                return replace(event, timeout=self.random.choice((1, -1, TIMEOUT_MAX + 1)))
            case 12:
                return replace(event, flags=event.flags | self.random.choice(SHUTTERS))
            case 13 | 14:
                return replace(event, amount=self.random.choice((-1, -AMOUNT_MAX, AMOUNT_MAX + 1, 2**63, AMOUNT_MAX)))
            case 15:
                return replace(event, ledger=self.random.choice((0, 1, 2, 3, 4)))
            case 16:
                return replace(event, code=self.random.choice((0, 9, CODE_MAX, CODE_MAX + 1, -1, 2**63)))
            case 17:
                return replace(
                    event, effective_at=self.random.choice((0, -1, EFFECTIVE_AT_MAX, EFFECTIVE_AT_MAX + 1, -(2**63)))
                )
            case 18:
                return replace(event, debit_account_id=self.unknown_account())
            case 19:
                return replace(event, credit_account_id=self.unknown_account())
            case _:
                return replace(event, credit_account_id=self.random.choice(self.opened).id)

    def unknown_account(self) -> UUID:
        """Name an account that isn't there; some are opened later."""
        id = self.id()
        self.promised.append(id)
        return id

    # The far end of a counter

    def flood(self) -> Iterator[Step]:
        """Fill the counters of an account to the brim, and pour on."""
        shape = Account(id=self.id(), ledger=1, code=1010)
        accounts = [replace(shape, id=derive(shape.id, name)) for name in ("from", "to", "other")]
        yield OpenAccounts(accounts, self.clock, self.model.create_accounts(accounts, self.clock))
        source, sink, other = accounts
        room = 2**63 - 1 - FLOOD * AMOUNT_MAX
        held = TransferFlags.PENDING
        batch = [
            replace(self.transfer(source, sink, AMOUNT_MAX), flags=held if self.often(30) else TransferFlags.NONE)
            for _ in range(FLOOD)
        ]
        batch += [
            self.transfer(source, sink, AMOUNT_MAX),
            self.transfer(other, sink, room + 1),
            self.transfer(source, other, room + 1),
            replace(self.transfer(source, sink, room + 1), flags=held),
            self.transfer(source, sink, room),
            self.transfer(source, sink, 0),
            self.transfer(source, sink, 1),
        ]
        yield self.answer(batch)
