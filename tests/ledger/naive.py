"""The naive model of the ledger: README.md read aloud, one event at a time, in dictionaries.

It was written from the text alone, without sight of `weiji/ledger/rules.py`, so that a mistake in
one is not a mistake in both. It prefers the obvious to the fast.
"""

from collections import ChainMap
from collections.abc import Iterator, MutableMapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.ids import derive, shard_of
from weiji.ledger.model import (
    ACCOUNT_FLAGS_AT_CREATION,
    AMOUNT_MAX,
    BATCH_MAX,
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

TRANSIENT: Final = frozenset(
    {
        TransferStatus.DEBIT_ACCOUNT_NOT_FOUND,
        TransferStatus.CREDIT_ACCOUNT_NOT_FOUND,
        TransferStatus.PENDING_TRANSFER_NOT_FOUND,
        TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED,
        TransferStatus.CREDIT_ACCOUNT_ALREADY_CLOSED,
        TransferStatus.DEBIT_ACCOUNT_FROZEN,
        TransferStatus.CREDIT_ACCOUNT_FROZEN,
        TransferStatus.EXCEEDS_CREDITS,
        TransferStatus.EXCEEDS_DEBITS,
    }
)
LEDGERS: Final = frozenset({1, 2, 3})
COUNTER_MAX: Final = 2**63 - 1

# Plain integers: IntFlag arithmetic alone would take most of the model's time.
LINKED: Final = int(TransferFlags.LINKED)
PENDING: Final = int(TransferFlags.PENDING)
POST: Final = int(TransferFlags.POST_PENDING_TRANSFER)
VOID: Final = int(TransferFlags.VOID_PENDING_TRANSFER)
BALANCING_DEBIT: Final = int(TransferFlags.BALANCING_DEBIT)
BALANCING_CREDIT: Final = int(TransferFlags.BALANCING_CREDIT)
CLOSING_DEBIT: Final = int(TransferFlags.CLOSING_DEBIT)
CLOSING_CREDIT: Final = int(TransferFlags.CLOSING_CREDIT)
FREEZING_DEBIT: Final = int(TransferFlags.FREEZING_DEBIT)
FREEZING_CREDIT: Final = int(TransferFlags.FREEZING_CREDIT)
CLOSING: Final = CLOSING_DEBIT | CLOSING_CREDIT
FREEZING: Final = FREEZING_DEBIT | FREEZING_CREDIT
RESOLVING: Final = POST | VOID
ALLOWED: Final = LINKED | PENDING | RESOLVING | BALANCING_DEBIT | BALANCING_CREDIT | CLOSING | FREEZING

DEBITS_LIMITED: Final = int(AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS)
CREDITS_LIMITED: Final = int(AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS)
CLOSED: Final = int(AccountFlags.CLOSED)
FROZEN_DEBITS: Final = int(AccountFlags.FROZEN_DEBITS)
FROZEN_CREDITS: Final = int(AccountFlags.FROZEN_CREDITS)

FIELDS_IN_ORDER: Final = (
    ("pending_id", TransferStatus.EXISTS_WITH_DIFFERENT_PENDING_ID),
    ("timeout", TransferStatus.EXISTS_WITH_DIFFERENT_TIMEOUT),
    ("debit_account_id", TransferStatus.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID),
    ("credit_account_id", TransferStatus.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID),
    ("amount", TransferStatus.EXISTS_WITH_DIFFERENT_AMOUNT),
    ("journal_id", TransferStatus.EXISTS_WITH_DIFFERENT_JOURNAL_ID),
    ("effective_at", TransferStatus.EXISTS_WITH_DIFFERENT_EFFECTIVE_AT),
    ("ledger", TransferStatus.EXISTS_WITH_DIFFERENT_LEDGER),
    ("code", TransferStatus.EXISTS_WITH_DIFFERENT_CODE),
)
INHERITED: Final = frozenset({"debit_account_id", "credit_account_id", "ledger", "code"})
"""What a post or void may leave out."""


class Counters(Struct, frozen=True):
    """An account as it stands: what was asked for when it was opened, its flags now, its counters."""

    opened: Account
    flags: int
    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0


class Made(Struct, frozen=True):
    """A transfer that stands: as it was submitted, and what it came to."""

    submitted: Transfer
    debit_account_id: UUID
    credit_account_id: UUID
    ledger: int
    code: int
    amount: int
    timestamp: int


class Fate(StrEnum):
    """What became of a pending transfer."""

    OPEN = "open"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


class Books(Struct):
    """Everything the ledger knows. A chain works on a draft of it, which is then kept or dropped whole."""

    accounts: MutableMapping[UUID, Counters]
    transfers: MutableMapping[UUID, Made]
    fates: MutableMapping[UUID, Fate]
    """Of each pending transfer."""
    last: int = 0
    """The time that was used up last."""

    def draft(self) -> "Books":
        """Lay an empty sheet over these books: it takes what is written, and shows the rest through."""
        return Books(
            ChainMap({}, self.accounts),
            ChainMap({}, self.transfers),
            ChainMap({}, self.fates),
            self.last,
        )

    def keep(self, draft: "Books") -> None:
        """Write into these books what was written on their *draft*."""
        for mine, drafted in (
            (self.accounts, draft.accounts),
            (self.transfers, draft.transfers),
            (self.fates, draft.fates),
        ):
            assert isinstance(drafted, ChainMap)
            mine.update(drafted.maps[0])
        self.last = draft.last


def expires_at(pending: Made) -> int | None:
    """Tell when a pending transfer expires, in microseconds; None: never."""
    timeout = pending.submitted.timeout
    return pending.timestamp + timeout * 1_000_000 if timeout else None


class NaiveLedger:
    """One lane of the ledger, in memory."""

    def __init__(self) -> None:
        self.books = Books({}, {}, {})
        self.failed: set[UUID] = set()
        """Ids that met a passing obstacle."""

    # Accounts

    def create_accounts(self, events: Sequence[Account], clock: int) -> list[AccountStatus]:
        """Open accounts, one after the other. *clock* is in microseconds."""
        return [self._create_account(event, clock) for event in events]

    def _create_account(self, event: Account, clock: int) -> AccountStatus:
        status = self._judge_account(event)
        if status is AccountStatus.CREATED:
            self.books.accounts[event.id] = Counters(event, int(event.flags))
            self.books.last = max(clock, self.books.last + 1)
        return status

    def _judge_account(self, event: Account) -> AccountStatus:
        if event.id in self.books.accounts:
            # As submitted: that the account was closed or frozen since makes no difference.
            first = self.books.accounts[event.id].opened
            if event.flags != first.flags:
                return AccountStatus.EXISTS_WITH_DIFFERENT_FLAGS
            if event.ledger != first.ledger:
                return AccountStatus.EXISTS_WITH_DIFFERENT_LEDGER
            if event.code != first.code:
                return AccountStatus.EXISTS_WITH_DIFFERENT_CODE
            if event.owner_id != first.owner_id:
                return AccountStatus.EXISTS_WITH_DIFFERENT_OWNER_ID
            return AccountStatus.EXISTS
        flags = int(event.flags)
        if flags & ~int(ACCOUNT_FLAGS_AT_CREATION):
            return AccountStatus.RESERVED_FLAG
        if flags & DEBITS_LIMITED and flags & CREDITS_LIMITED:
            return AccountStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE
        if event.ledger not in LEDGERS:
            return AccountStatus.LEDGER_NOT_FOUND
        if event.code == 0:
            return AccountStatus.CODE_MUST_NOT_BE_ZERO
        if not 1 <= event.code <= CODE_MAX:
            return AccountStatus.CODE_OUT_OF_RANGE
        return AccountStatus.CREATED

    # Transfers

    def create_transfers(self, events: Sequence[Transfer], clock: int) -> list[TransferResult]:
        """Answer each event, in order. *clock* is in microseconds."""
        assert len(events) <= BATCH_MAX, "a batch has at most 8,190 events"
        results: list[TransferResult] = []
        for chain in chains(events):
            if len(chain) == 1 and not chain[0].flags & LINKED:
                result = make(self.books, self.failed, chain[0], clock)
                if result.status in TRANSIENT:
                    self._remember_failure(chain[0], clock)
                results.append(result)
            else:
                results.extend(self._create_chain(chain, clock))
        return results

    def _create_chain(self, chain: Sequence[Transfer], clock: int) -> list[TransferResult]:
        draft = self.books.draft()
        is_open = bool(chain[-1].flags & LINKED)
        results: list[TransferResult] = []
        for index, event in enumerate(chain):
            if is_open and index == len(chain) - 1:
                result = TransferResult(TransferStatus.LINKED_EVENT_CHAIN_OPEN)
            else:
                result = make(draft, self.failed, event, clock)
            results.append(result)
            if result.status is not TransferStatus.CREATED:  # `exists`, too, breaks a chain.
                break
        else:
            self.books.keep(draft)
            return results

        # The draft is dropped, with the times it used.
        answers = [TransferResult(TransferStatus.LINKED_EVENT_FAILED)] * len(chain)
        if is_open:
            answers[-1] = TransferResult(TransferStatus.LINKED_EVENT_CHAIN_OPEN)
        answers[index] = result
        if result.status in TRANSIENT:
            self._remember_failure(event, clock)
        return answers

    def _remember_failure(self, event: Transfer, clock: int) -> None:
        self.failed.add(event.id)
        self.books.last = max(clock, self.books.last + 1)

    def expire_pending(self, clock: int) -> list[UUID]:
        """Void every pending transfer that is due; answer their ids, in the order of their expiry."""
        now = max(clock, self.books.last + 1)
        due: list[tuple[int, UUID]] = []
        for id, fate in self.books.fates.items():
            at = expires_at(self.books.transfers[id])
            if fate is Fate.OPEN and at is not None and at <= now:
                due.append((at, id))
        for _, id in sorted(due):
            pending = self.books.transfers[id]
            void = Transfer(
                id=derive(id, "expire"),
                pending_id=id,
                amount=pending.amount,
                flags=TransferFlags.VOID_PENDING_TRANSFER | TransferFlags.EXPIRED,
            )
            assert void.id not in self.books.transfers, "the id of the clock's own void was taken"
            now = max(clock, self.books.last + 1)
            resolve(self.books, void, pending, 0, Fate.EXPIRED, now)
        return [id for _, id in sorted(due)]

    # What can be seen from outside

    def balances(self) -> dict[UUID, tuple[int, int, int, int]]:
        """Each account's debits pending and posted, credits pending and posted."""
        return {
            id: (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted)
            for id, a in self.books.accounts.items()
        }

    def account_flags(self) -> dict[UUID, AccountFlags]:
        """Each account's flags, as they are now."""
        return {id: AccountFlags(account.flags) for id, account in self.books.accounts.items()}

    # Invariants

    def check(self) -> None:
        """Assert what holds at every commit, in time linear in accounts and pending transfers."""
        books = self.books
        for ledger in LEDGERS:
            members = [a for a in books.accounts.values() if a.opened.ledger == ledger]
            assert sum(a.debits_posted for a in members) == sum(a.credits_posted for a in members)
            assert sum(a.debits_pending for a in members) == sum(a.credits_pending for a in members)

        held_debits = dict.fromkeys(books.accounts, 0)
        held_credits = dict.fromkeys(books.accounts, 0)
        flags = {id: int(account.opened.flags) for id, account in books.accounts.items()}
        for id, fate in books.fates.items():
            pending = books.transfers[id]
            if fate is Fate.OPEN:
                held_debits[pending.debit_account_id] += pending.amount
                held_credits[pending.credit_account_id] += pending.amount
            if fate is Fate.OPEN or fate is Fate.POSTED:
                flags[pending.debit_account_id] |= debit_flags_set(pending)
                flags[pending.credit_account_id] |= credit_flags_set(pending)
        for id, account in books.accounts.items():
            debits = account.debits_pending + account.debits_posted
            credits = account.credits_pending + account.credits_posted
            assert account.debits_pending == held_debits[id]
            assert account.credits_pending == held_credits[id]
            assert account.flags == flags[id]
            assert 0 <= account.debits_posted <= debits <= COUNTER_MAX
            assert 0 <= account.credits_posted <= credits <= COUNTER_MAX
            if account.flags & DEBITS_LIMITED:
                assert debits <= account.credits_posted
            if account.flags & CREDITS_LIMITED:
                assert credits <= account.debits_posted

    def check_history(self) -> None:
        """Assert that counters are the sum of transfers, and that time only rose."""
        sums = {id: [0, 0, 0, 0] for id in self.books.accounts}
        times: list[int] = []
        for made in self.books.transfers.values():
            flags = int(made.submitted.flags)
            debit, credit = sums[made.debit_account_id], sums[made.credit_account_id]
            if flags & PENDING:
                debit[0] += made.amount
                credit[2] += made.amount
            else:
                if flags & RESOLVING:
                    assert made.submitted.pending_id is not None
                    held = self.books.transfers[made.submitted.pending_id].amount
                    debit[0] -= held
                    credit[2] -= held
                if not flags & VOID:
                    debit[1] += made.amount
                    credit[3] += made.amount
            times.append(made.timestamp)
        assert {id: tuple(counters) for id, counters in sums.items()} == self.balances()
        assert all(before < after for before, after in pairwise(times))
        assert not times or times[-1] <= self.books.last
        assert not self.failed & self.books.transfers.keys()


def chains(events: Sequence[Transfer]) -> Iterator[Sequence[Transfer]]:
    """Cut a batch into chains; an event that stands alone is a chain of one. Only the last can be open."""
    start = 0
    for index, event in enumerate(events):
        if not event.flags & LINKED or index == len(events) - 1:
            yield events[start : index + 1]
            start = index + 1


def make(books: Books, failed: set[UUID], event: Transfer, clock: int) -> TransferResult:
    """Judge one event, and write it into *books* if nothing speaks against it."""
    now = max(clock, books.last + 1)
    first = books.transfers.get(event.id)
    if first is not None:
        status = compare(event, first)
        if status is TransferStatus.EXISTS:
            return TransferResult(status, first.amount, first.timestamp)
        return TransferResult(status)
    if event.id in failed:
        return TransferResult(TransferStatus.ID_ALREADY_FAILED)
    refusal = malformed(event)
    if refusal is None:
        refusal = refuse_resolution(books, event, now) if event.flags & RESOLVING else refuse_movement(books, event)
    if refusal is not None:
        return TransferResult(refusal)
    if event.flags & RESOLVING:
        assert event.pending_id is not None
        pending = books.transfers[event.pending_id]
        if event.flags & POST:
            amount = pending.amount if event.amount == AMOUNT_MAX else event.amount
            made = resolve(books, event, pending, amount, Fate.POSTED, now)
        else:
            made = resolve(books, event, pending, 0, Fate.VOIDED, now)
    else:
        made = move(books, event, now)
    return TransferResult(TransferStatus.CREATED, made.amount, now)


def compare(event: Transfer, made: Made) -> TransferStatus:
    """Say how an event differs from what was submitted first with the same id.

    What a post or void took over from its hold is compared with the hold's, if it is given now.
    """
    if event.flags != made.submitted.flags:
        return TransferStatus.EXISTS_WITH_DIFFERENT_FLAGS
    for field, status in FIELDS_IN_ORDER:
        mine, other = getattr(event, field), getattr(made.submitted, field)
        if event.flags & RESOLVING and field in INHERITED:
            if not mine:
                continue
            other = getattr(made, field)
        if mine != other:
            return status
    return TransferStatus.EXISTS


def malformed(event: Transfer) -> TransferStatus | None:
    """Say what is wrong with an event whatever the books say."""
    flags = int(event.flags)
    resolving = flags & RESOLVING
    debit, credit = event.debit_account_id, event.credit_account_id
    shard = shard_of(event.id)

    if flags & ~ALLOWED:
        return TransferStatus.RESERVED_FLAG
    if (flags & (PENDING | POST | VOID)).bit_count() > 1:
        return TransferStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE
    if resolving and flags & (BALANCING_DEBIT | BALANCING_CREDIT | CLOSING | FREEZING):
        return TransferStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE
    if not resolving:
        if debit is None:
            return TransferStatus.DEBIT_ACCOUNT_ID_MUST_BE_GIVEN
        if credit is None:
            return TransferStatus.CREDIT_ACCOUNT_ID_MUST_BE_GIVEN
        if debit == credit:
            return TransferStatus.ACCOUNTS_MUST_BE_DIFFERENT
    # A pending transfer lives in the shard of its accounts, so its id, too, tells where they are.
    whereabouts = (debit, credit, event.pending_id) if resolving else (debit, credit)
    if any(id is not None and shard_of(id) != shard for id in whereabouts):
        return TransferStatus.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER
    if not resolving and event.pending_id is not None:
        return TransferStatus.PENDING_ID_MUST_NOT_BE_GIVEN
    if resolving and event.pending_id is None:
        return TransferStatus.PENDING_ID_MUST_BE_GIVEN
    if event.pending_id == event.id:
        return TransferStatus.PENDING_ID_MUST_BE_DIFFERENT
    if event.timeout != 0 and not flags & PENDING:
        return TransferStatus.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER
    if not 0 <= event.timeout <= TIMEOUT_MAX:
        return TransferStatus.TIMEOUT_OUT_OF_RANGE
    if flags & CLOSING and not flags & PENDING:
        return TransferStatus.CLOSING_TRANSFER_MUST_BE_PENDING
    if flags & FREEZING and not flags & PENDING:
        return TransferStatus.FREEZING_TRANSFER_MUST_BE_PENDING
    if not 0 <= event.amount <= AMOUNT_MAX:
        return TransferStatus.AMOUNT_OUT_OF_RANGE
    if not resolving and event.ledger == 0:
        return TransferStatus.LEDGER_MUST_NOT_BE_ZERO
    if not resolving and event.code == 0:
        return TransferStatus.CODE_MUST_NOT_BE_ZERO
    if not 0 <= event.code <= CODE_MAX:  # 0 only where it may be left out.
        return TransferStatus.CODE_OUT_OF_RANGE
    if event.effective_at is not None and not 0 <= event.effective_at <= EFFECTIVE_AT_MAX:
        return TransferStatus.EFFECTIVE_AT_OUT_OF_RANGE
    return None


def refuse_movement(books: Books, event: Transfer) -> TransferStatus | None:
    """Say what the books hold against a transfer that is plain or pending."""
    assert event.debit_account_id is not None
    assert event.credit_account_id is not None
    debit = books.accounts.get(event.debit_account_id)
    credit = books.accounts.get(event.credit_account_id)
    if debit is None:
        return TransferStatus.DEBIT_ACCOUNT_NOT_FOUND
    if credit is None:
        return TransferStatus.CREDIT_ACCOUNT_NOT_FOUND
    if debit.opened.ledger != credit.opened.ledger:
        return TransferStatus.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER
    if event.ledger != debit.opened.ledger:
        return TransferStatus.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS
    refusal = refuse_closed(debit.flags, credit.flags) or refuse_frozen(event, debit.flags, credit.flags)
    if refusal is not None:
        return refusal
    amount = balanced_amount(event, debit, credit)
    debits = debit.debits_pending + debit.debits_posted + amount
    credits = credit.credits_pending + credit.credits_posted + amount
    if debits > COUNTER_MAX:
        return TransferStatus.OVERFLOWS_DEBITS
    if credits > COUNTER_MAX:
        return TransferStatus.OVERFLOWS_CREDITS
    if debit.flags & DEBITS_LIMITED and debits > debit.credits_posted:
        return TransferStatus.EXCEEDS_CREDITS
    if credit.flags & CREDITS_LIMITED and credits > credit.debits_posted:
        return TransferStatus.EXCEEDS_DEBITS
    return None


def refuse_closed(debit_flags: int, credit_flags: int) -> TransferStatus | None:
    """Say whether an account is closed."""
    if debit_flags & CLOSED:
        return TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED
    if credit_flags & CLOSED:
        return TransferStatus.CREDIT_ACCOUNT_ALREADY_CLOSED
    return None


def refuse_frozen(event: Transfer, debit_flags: int, credit_flags: int) -> TransferStatus | None:
    """Say whether an account is frozen for what is asked of it anew. What balances goes through, with nothing."""
    if debit_flags & FROZEN_DEBITS and (event.flags & FREEZING_DEBIT or not event.flags & BALANCING_DEBIT):
        return TransferStatus.DEBIT_ACCOUNT_FROZEN
    if credit_flags & FROZEN_CREDITS and (event.flags & FREEZING_CREDIT or not event.flags & BALANCING_CREDIT):
        return TransferStatus.CREDIT_ACCOUNT_FROZEN
    return None


def balanced_amount(event: Transfer, debit: Counters, credit: Counters) -> int:
    """The amount that a balancing transfer comes down to; of any other, its amount."""
    amount = event.amount
    if debit.flags & FROZEN_DEBITS or credit.flags & FROZEN_CREDITS:
        return 0
    if event.flags & BALANCING_DEBIT:
        has = debit.credits_posted - debit.debits_posted - debit.debits_pending
        amount = min(amount, max(has, 0))
    if event.flags & BALANCING_CREDIT:
        lacks = credit.debits_posted - credit.credits_posted - credit.credits_pending
        amount = min(amount, max(lacks, 0))
    return amount


def refuse_resolution(books: Books, event: Transfer, now: int) -> TransferStatus | None:
    """Say what the books hold against a post or void."""
    assert event.pending_id is not None
    pending = books.transfers.get(event.pending_id)
    if pending is None:
        return TransferStatus.PENDING_TRANSFER_NOT_FOUND
    if not pending.submitted.flags & PENDING:
        return TransferStatus.PENDING_TRANSFER_NOT_PENDING
    if event.debit_account_id is not None and event.debit_account_id != pending.debit_account_id:
        return TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID
    if event.credit_account_id is not None and event.credit_account_id != pending.credit_account_id:
        return TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID
    if event.ledger != 0 and event.ledger != pending.ledger:
        return TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_LEDGER
    if event.code != 0 and event.code != pending.code:
        return TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_CODE
    is_void = bool(event.flags & VOID)
    stands_for_whole = event.amount == (0 if is_void else AMOUNT_MAX)
    if event.amount > pending.amount and not stands_for_whole:
        return TransferStatus.EXCEEDS_PENDING_TRANSFER_AMOUNT
    if is_void and event.amount != pending.amount and not stands_for_whole:
        return TransferStatus.PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT
    fate = books.fates[event.pending_id]
    if fate is Fate.POSTED:
        return TransferStatus.PENDING_TRANSFER_ALREADY_POSTED
    if fate is Fate.VOIDED:
        return TransferStatus.PENDING_TRANSFER_ALREADY_VOIDED
    at = expires_at(pending)
    if fate is Fate.EXPIRED or (at is not None and now >= at):
        return TransferStatus.PENDING_TRANSFER_EXPIRED
    if is_void:
        return None
    # What the pending transfer itself closed is no obstacle to posting it.
    debit_flags = books.accounts[pending.debit_account_id].flags & ~debit_flags_set(pending)
    credit_flags = books.accounts[pending.credit_account_id].flags & ~credit_flags_set(pending)
    return refuse_closed(debit_flags, credit_flags)


def move(books: Books, event: Transfer, now: int) -> Made:
    """Write a plain or pending transfer."""
    assert event.debit_account_id is not None
    assert event.credit_account_id is not None
    debit = books.accounts[event.debit_account_id]
    credit = books.accounts[event.credit_account_id]
    amount = balanced_amount(event, debit, credit)
    made = Made(event, event.debit_account_id, event.credit_account_id, event.ledger, event.code, amount, now)
    if event.flags & PENDING:
        debit = replace(debit, debits_pending=debit.debits_pending + amount)
        debit = replace(debit, flags=debit.flags | debit_flags_set(made))
        credit = replace(credit, credits_pending=credit.credits_pending + amount)
        credit = replace(credit, flags=credit.flags | credit_flags_set(made))
        books.fates[event.id] = Fate.OPEN
    else:
        debit = replace(debit, debits_posted=debit.debits_posted + amount)
        credit = replace(credit, credits_posted=credit.credits_posted + amount)
    books.accounts[event.debit_account_id] = debit
    books.accounts[event.credit_account_id] = credit
    books.transfers[event.id] = made
    books.last = now
    return made


def resolve(books: Books, event: Transfer, pending: Made, posted: int, fate: Fate, now: int) -> Made:
    """Write a post or void: free the whole hold, and move the amount *posted* of it."""
    debit = books.accounts[pending.debit_account_id]
    credit = books.accounts[pending.credit_account_id]
    debit = replace(
        debit,
        debits_pending=debit.debits_pending - pending.amount,
        debits_posted=debit.debits_posted + posted,
    )
    credit = replace(
        credit,
        credits_pending=credit.credits_pending - pending.amount,
        credits_posted=credit.credits_posted + posted,
    )
    if fate is not Fate.POSTED:
        debit = replace(debit, flags=debit.flags & ~debit_flags_set(pending))
        credit = replace(credit, flags=credit.flags & ~credit_flags_set(pending))
    made = Made(
        event,
        pending.debit_account_id,
        pending.credit_account_id,
        pending.ledger,
        pending.code,
        posted if fate is Fate.POSTED else pending.amount,
        now,
    )
    books.accounts[pending.debit_account_id] = debit
    books.accounts[pending.credit_account_id] = credit
    books.fates[pending.submitted.id] = fate
    books.transfers[event.id] = made
    books.last = now
    return made


def debit_flags_set(pending: Made) -> int:
    """The flags that a pending transfer puts on its debit account."""
    flags = 0
    if pending.submitted.flags & CLOSING_DEBIT:
        flags |= CLOSED
    if pending.submitted.flags & FREEZING_DEBIT:
        flags |= FROZEN_DEBITS
    return flags


def credit_flags_set(pending: Made) -> int:
    """The flags that a pending transfer puts on its credit account."""
    flags = 0
    if pending.submitted.flags & CLOSING_CREDIT:
        flags |= CLOSED
    if pending.submitted.flags & FREEZING_CREDIT:
        flags |= FROZEN_CREDITS
    return flags
