"""Judges batches of transfers: a pure function over what was read. README.md is its specification.

It runs once for every transfer there is, so it is written flat: local names, no call that can be avoided, no
object made that is not kept.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.ids import SHARD_MASK, derive
from weiji.ledger.bits import (
    AT_CREATION,
    BALANCING,
    BALANCING_CREDIT,
    BALANCING_DEBIT,
    CLOSED,
    CLOSING,
    CLOSING_CREDIT,
    CLOSING_DEBIT,
    CNX,
    DNX,
    EXPIRED,
    FREEZING,
    FREEZING_CREDIT,
    FREEZING_DEBIT,
    FROZEN_CREDITS,
    FROZEN_DEBITS,
    HOLD_EXPIRED,
    HOLD_PENDING,
    HOLD_POSTED,
    HOLD_VOIDED,
    KNOWN,
    LINKED,
    PENDING,
    POST,
    RESOLVING,
    TWO_PHASE,
    VOID,
)
from weiji.ledger.model import (
    AMOUNT_MAX,
    CODE_MAX,
    EFFECTIVE_AT_MAX,
    TIMEOUT_MAX,
    TRANSIENT,
    Account,
    AccountStatus,
    Transfer,
    TransferResult,
    TransferStatus,
)

COUNTER_MAX: Final = 2**63 - 1
LEDGERS: Final = frozenset({1, 2, 3})
SECOND: Final = 1_000_000

_S: Final = TransferStatus


class AccountState(Struct):
    """An account while a batch is judged."""

    id: UUID
    ledger: int
    code: int
    flags: int
    owner_id: UUID | None
    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0
    created_at: int = 0
    is_new: bool = False


class Made(Struct, frozen=True):
    """A transfer as it is written. `requested` is the amount submitted, `amount` what came of it."""

    id: UUID
    debit_account_id: UUID
    credit_account_id: UUID
    amount: int
    requested: int
    pending_id: UUID | None
    timeout: int
    ledger: int
    code: int
    flags: int
    journal_id: UUID | None
    effective_at: int | None
    timestamp: int


class Hold(Struct):
    """The state of a pending transfer while a batch is judged."""

    made: Made
    state: int = HOLD_PENDING
    expires_at: int | None = None
    resolved_by: UUID | None = None


class Failed(Struct, frozen=True):
    """A failure that is remembered."""

    id: UUID
    status: TransferStatus
    timestamp: int


class State:
    """What a batch is judged against, and what came of it.

    `accounts`, `transfers`, `holds` and `failed` are what was read: every account, transfer and hold that the batch
    names, and every id of it that failed before. `made`, `newly_failed`, `touched`, `opened`, `new_holds` and
    `resolved` are what is to be written, in order of time. `time` is the time used up last, `first` the first that
    this batch could use: what is written has all the times from `first` to `time`, each once.
    `closed_until` is the end of the last period that is closed: nothing takes effect before it.
    """

    __slots__ = (
        "accounts", "closed_until", "failed", "first", "holds", "made", "new_holds", "newly_failed", "opened",
        "resolved", "time", "touched", "transfers",
    )  # fmt: skip

    def __init__(self, time: int, closed_until: int = 0) -> None:
        self.time = time
        self.closed_until = closed_until
        self.first = time + 1
        self.accounts: dict[UUID, AccountState] = {}
        self.transfers: dict[UUID, Made] = {}
        self.holds: dict[UUID, Hold] = {}
        self.failed: set[UUID] = set()
        self.made: list[Made] = []
        self.newly_failed: list[Failed] = []
        self.opened: list[AccountState] = []
        self.touched: dict[UUID, AccountState] = {}
        self.new_holds: list[Hold] = []
        self.resolved: dict[UUID, Hold] = {}


def judge_accounts(state: State, events: Iterable[Account]) -> list[AccountStatus]:
    """Open accounts, one after another. Each that is opened takes a time of its own."""
    return [_judge_account(state, event) for event in events]


def _judge_account(state: State, event: Account) -> AccountStatus:
    found = state.accounts.get(event.id)
    if found is not None:
        if found.flags & AT_CREATION != event.flags:
            return AccountStatus.EXISTS_WITH_DIFFERENT_FLAGS
        if found.ledger != event.ledger:
            return AccountStatus.EXISTS_WITH_DIFFERENT_LEDGER
        if found.code != event.code:
            return AccountStatus.EXISTS_WITH_DIFFERENT_CODE
        if found.owner_id != event.owner_id:
            return AccountStatus.EXISTS_WITH_DIFFERENT_OWNER_ID
        return AccountStatus.EXISTS
    flags = int(event.flags)
    if flags & ~AT_CREATION:
        return AccountStatus.RESERVED_FLAG
    if flags & DNX and flags & CNX:
        return AccountStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE
    if event.ledger not in LEDGERS:
        return AccountStatus.LEDGER_NOT_FOUND
    if not 0 < event.code <= CODE_MAX:
        return AccountStatus.CODE_OUT_OF_RANGE if event.code else AccountStatus.CODE_MUST_NOT_BE_ZERO
    state.time += 1
    opened = AccountState(
        id=event.id,
        ledger=event.ledger,
        code=int(event.code),
        flags=flags,
        owner_id=event.owner_id,
        created_at=state.time,
        is_new=True,
    )
    state.accounts[event.id] = opened
    state.opened.append(opened)
    return AccountStatus.CREATED


def judge_transfers(state: State, events: Sequence[Transfer]) -> list[TransferResult]:
    """Answer each event as if it came alone, after the ones before it; a chain as one.

    *state* then holds what is to be written. The time of each is one microsecond after the one before.
    """
    results: list[TransferResult] = []
    start = 0
    size = len(events)
    while start < size:
        event = events[start]
        if not int(event.flags) & LINKED:
            results.append(_judge(state, event))
            start += 1
            continue
        end = start
        while end < size and int(events[end].flags) & LINKED:
            end += 1
        # events[start..end] is the chain; with end == size it is open.
        results.extend(_judge_chain(state, events, start, end))
        start = end + 1
    return results


def _judge_chain(state: State, events: Sequence[Transfer], start: int, end: int) -> list[TransferResult]:
    """Judge the chain from *start* to *end*, both included; *end* beyond the batch means that it is open."""
    last = min(end, len(events) - 1)
    before = _Mark(state, events[start : last + 1])
    results: list[TransferResult] = []
    for place in range(start, last + 1):
        if place == len(events) - 1 and end == len(events):
            result = TransferResult(_S.LINKED_EVENT_CHAIN_OPEN)
        else:
            result = _judge(state, events[place])
        if result.status is _S.CREATED:
            results.append(result)
            continue
        failure = state.newly_failed.pop() if result.status in TRANSIENT else None
        before.restore(state)
        if failure is not None:
            state.time += 1
            state.failed.add(failure.id)
            state.newly_failed.append(Failed(failure.id, failure.status, state.time))
        linked = TransferResult(_S.LINKED_EVENT_FAILED)
        answers = [linked] * (last + 1 - start)
        if end == len(events):
            answers[-1] = TransferResult(_S.LINKED_EVENT_CHAIN_OPEN)
        answers[place - start] = result
        return answers
    return results


class _Mark:
    """Remembers what a chain may change, so that it can be undone."""

    __slots__ = ("accounts", "failed", "holds", "made", "new_holds", "resolved", "time", "touched")

    def __init__(self, state: State, events: Sequence[Transfer]) -> None:
        self.time = state.time
        self.made = len(state.made)
        self.failed = len(state.newly_failed)
        self.new_holds = len(state.new_holds)
        ids: set[UUID] = set()
        holds: set[UUID] = set()
        for event in events:
            if event.debit_account_id is not None:
                ids.add(event.debit_account_id)
            if event.credit_account_id is not None:
                ids.add(event.credit_account_id)
            if event.pending_id is not None:
                hold = state.holds.get(event.pending_id)
                if hold is not None:
                    holds.add(event.pending_id)
                    ids.add(hold.made.debit_account_id)
                    ids.add(hold.made.credit_account_id)
        self.accounts = {
            id: (a.flags, a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted)
            for id in ids
            if (a := state.accounts.get(id)) is not None
        }
        self.touched = ids & state.touched.keys()
        self.holds = {id: (h.state, h.resolved_by, id in state.resolved) for id in holds if (h := state.holds[id])}

    def restore(self, state: State) -> None:
        """Put everything back as it was. Failures that were remembered within the chain are forgotten."""
        state.time = self.time
        for made in state.made[self.made :]:
            del state.transfers[made.id]
            state.holds.pop(made.id, None)
            state.resolved.pop(made.id, None)
        del state.made[self.made :]
        del state.new_holds[self.new_holds :]
        for failed in state.newly_failed[self.failed :]:
            state.failed.discard(failed.id)
        del state.newly_failed[self.failed :]
        for id, counters in self.accounts.items():
            account = state.accounts[id]
            (
                account.flags,
                account.debits_pending,
                account.debits_posted,
                account.credits_pending,
                account.credits_posted,
            ) = counters
        for id in self.accounts.keys() - self.touched:
            state.touched.pop(id, None)
        for id, (phase, resolved_by, was_resolved) in self.holds.items():
            hold = state.holds[id]
            hold.state, hold.resolved_by = phase, resolved_by
            if not was_resolved:
                state.resolved.pop(id, None)


def _fail(state: State, event: Transfer, status: TransferStatus) -> TransferResult:
    """Refuse, and remember it."""
    state.time += 1
    state.failed.add(event.id)
    state.newly_failed.append(Failed(event.id, status, state.time))
    return TransferResult(status)


def _judge(state: State, event: Transfer) -> TransferResult:
    """Judge one event. The checks stand in the order of TransferStatus."""
    id = event.id
    existing = state.transfers.get(id)
    if existing is not None:
        status = _compare(event, existing)
        if status is _S.EXISTS:
            return TransferResult(status, existing.amount, existing.timestamp)
        return TransferResult(status)
    if id in state.failed:
        return TransferResult(_S.ID_ALREADY_FAILED)
    flags = int(event.flags)
    if flags & ~KNOWN:
        return TransferResult(_S.RESERVED_FLAG)
    two_phase = flags & TWO_PHASE
    if two_phase & (two_phase - 1):
        return TransferResult(_S.FLAGS_ARE_MUTUALLY_EXCLUSIVE)
    if flags & RESOLVING:
        if flags & (BALANCING | CLOSING | FREEZING):
            return TransferResult(_S.FLAGS_ARE_MUTUALLY_EXCLUSIVE)
        return _judge_resolving(state, event, flags)
    debit_id, credit_id = event.debit_account_id, event.credit_account_id
    if debit_id is None:
        return TransferResult(_S.DEBIT_ACCOUNT_ID_MUST_BE_GIVEN)
    if credit_id is None:
        return TransferResult(_S.CREDIT_ACCOUNT_ID_MUST_BE_GIVEN)
    if debit_id == credit_id:
        return TransferResult(_S.ACCOUNTS_MUST_BE_DIFFERENT)
    shard = id.int & SHARD_MASK
    if debit_id.int & SHARD_MASK != shard or credit_id.int & SHARD_MASK != shard:
        return TransferResult(_S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER)
    if event.pending_id is not None:
        return TransferResult(_S.PENDING_ID_MUST_NOT_BE_GIVEN)
    timeout = event.timeout
    if timeout:
        if not flags & PENDING:
            return TransferResult(_S.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER)
        if not 0 < timeout <= TIMEOUT_MAX:
            return TransferResult(_S.TIMEOUT_OUT_OF_RANGE)
    if flags & (CLOSING | FREEZING) and not flags & PENDING:
        if flags & CLOSING:
            return TransferResult(_S.CLOSING_TRANSFER_MUST_BE_PENDING)
        return TransferResult(_S.FREEZING_TRANSFER_MUST_BE_PENDING)
    amount = event.amount
    if not 0 <= amount <= AMOUNT_MAX:
        return TransferResult(_S.AMOUNT_OUT_OF_RANGE)
    ledger = event.ledger
    if ledger == 0:
        return TransferResult(_S.LEDGER_MUST_NOT_BE_ZERO)
    if not 0 < event.code <= CODE_MAX:
        return TransferResult(_S.CODE_OUT_OF_RANGE if event.code else _S.CODE_MUST_NOT_BE_ZERO)
    effective_at = event.effective_at
    if effective_at is not None:
        if not 0 <= effective_at <= EFFECTIVE_AT_MAX:
            return TransferResult(_S.EFFECTIVE_AT_OUT_OF_RANGE)
        if effective_at < state.closed_until:
            return TransferResult(_S.PERIOD_CLOSED)
    debit = state.accounts.get(debit_id)
    if debit is None:
        return _fail(state, event, _S.DEBIT_ACCOUNT_NOT_FOUND)
    credit = state.accounts.get(credit_id)
    if credit is None:
        return _fail(state, event, _S.CREDIT_ACCOUNT_NOT_FOUND)
    if debit.ledger != credit.ledger:
        return TransferResult(_S.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER)
    if debit.ledger != ledger:
        return TransferResult(_S.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS)
    debit_flags, credit_flags = debit.flags, credit.flags
    if debit_flags & CLOSED:
        return _fail(state, event, _S.DEBIT_ACCOUNT_ALREADY_CLOSED)
    if credit_flags & CLOSED:
        return _fail(state, event, _S.CREDIT_ACCOUNT_ALREADY_CLOSED)
    # A frozen account has nothing to give: what takes at most what there is takes 0 of it.
    if debit_flags & FROZEN_DEBITS:
        if flags & (BALANCING_DEBIT | FREEZING_DEBIT) != BALANCING_DEBIT:
            return _fail(state, event, _S.DEBIT_ACCOUNT_FROZEN)
        amount = 0
    if credit_flags & FROZEN_CREDITS:
        if flags & (BALANCING_CREDIT | FREEZING_CREDIT) != BALANCING_CREDIT:
            return _fail(state, event, _S.CREDIT_ACCOUNT_FROZEN)
        amount = 0
    debits = debit.debits_posted + debit.debits_pending
    credits = credit.credits_posted + credit.credits_pending
    if flags & BALANCING_DEBIT:
        amount = max(0, min(amount, debit.credits_posted - debits))
    if flags & BALANCING_CREDIT:
        amount = max(0, min(amount, credit.debits_posted - credits))
    if debits + amount > COUNTER_MAX:
        return TransferResult(_S.OVERFLOWS_DEBITS)
    if credits + amount > COUNTER_MAX:
        return TransferResult(_S.OVERFLOWS_CREDITS)
    if debit_flags & DNX and debits + amount > debit.credits_posted:
        return _fail(state, event, _S.EXCEEDS_CREDITS)
    if credit_flags & CNX and credits + amount > credit.debits_posted:
        return _fail(state, event, _S.EXCEEDS_DEBITS)

    if flags & PENDING:
        debit.debits_pending += amount
        credit.credits_pending += amount
        if flags & (CLOSING | FREEZING):
            debit.flags |= account_flags(flags, CLOSING_DEBIT, FREEZING_DEBIT, FROZEN_DEBITS)
            credit.flags |= account_flags(flags, CLOSING_CREDIT, FREEZING_CREDIT, FROZEN_CREDITS)
    else:
        debit.debits_posted += amount
        credit.credits_posted += amount
    time = state.time = state.time + 1
    made = Made(
        id, debit_id, credit_id, amount, event.amount, None, timeout, ledger, int(event.code), flags, event.journal_id,
        effective_at, time,
    )  # fmt: skip
    state.transfers[id] = made
    state.made.append(made)
    touched = state.touched
    touched[debit_id] = debit
    touched[credit_id] = credit
    if flags & PENDING:
        hold = Hold(made, HOLD_PENDING, time + timeout * SECOND if timeout else None)
        state.holds[id] = hold
        state.new_holds.append(hold)
    return TransferResult(_S.CREATED, amount, time)


def account_flags(flags: int, closing: int, freezing: int, frozen: int) -> int:
    """Say what a closing or freezing transfer sets on one of its accounts."""
    return (CLOSED if flags & closing else 0) | (frozen if flags & freezing else 0)


def _judge_resolving(state: State, event: Transfer, flags: int) -> TransferResult:
    """Judge a post or a void."""
    id = event.id
    debit_id, credit_id, pending_id = event.debit_account_id, event.credit_account_id, event.pending_id
    shard = id.int & SHARD_MASK
    if (
        (debit_id is not None and debit_id.int & SHARD_MASK != shard)
        or (credit_id is not None and credit_id.int & SHARD_MASK != shard)
        or (pending_id is not None and pending_id.int & SHARD_MASK != shard)
    ):
        return TransferResult(_S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER)
    if pending_id is None:
        return TransferResult(_S.PENDING_ID_MUST_BE_GIVEN)
    if pending_id == id:
        return TransferResult(_S.PENDING_ID_MUST_BE_DIFFERENT)
    if event.timeout:
        return TransferResult(_S.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER)
    if not 0 <= event.amount <= AMOUNT_MAX:
        return TransferResult(_S.AMOUNT_OUT_OF_RANGE)
    if not 0 <= event.code <= CODE_MAX:
        return TransferResult(_S.CODE_OUT_OF_RANGE)
    if event.effective_at is not None:
        if not 0 <= event.effective_at <= EFFECTIVE_AT_MAX:
            return TransferResult(_S.EFFECTIVE_AT_OUT_OF_RANGE)
        if event.effective_at < state.closed_until:
            return TransferResult(_S.PERIOD_CLOSED)
    pending = state.transfers.get(pending_id)
    if pending is None:
        return _fail(state, event, _S.PENDING_TRANSFER_NOT_FOUND)
    if not pending.flags & PENDING:
        return TransferResult(_S.PENDING_TRANSFER_NOT_PENDING)
    if debit_id is not None and debit_id != pending.debit_account_id:
        return TransferResult(_S.PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID)
    if credit_id is not None and credit_id != pending.credit_account_id:
        return TransferResult(_S.PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID)
    if event.ledger and event.ledger != pending.ledger:
        return TransferResult(_S.PENDING_TRANSFER_HAS_DIFFERENT_LEDGER)
    if event.code and event.code != pending.code:
        return TransferResult(_S.PENDING_TRANSFER_HAS_DIFFERENT_CODE)
    amount = pending.amount if event.amount == AMOUNT_MAX and flags & POST else event.amount
    if amount > pending.amount:
        return TransferResult(_S.EXCEEDS_PENDING_TRANSFER_AMOUNT)
    if flags & VOID:
        if amount not in (0, pending.amount):
            return TransferResult(_S.PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT)
        amount = pending.amount
    hold = state.holds[pending_id]
    if hold.state == HOLD_POSTED:
        return TransferResult(_S.PENDING_TRANSFER_ALREADY_POSTED)
    if hold.state == HOLD_VOIDED:
        return TransferResult(_S.PENDING_TRANSFER_ALREADY_VOIDED)
    if hold.state == HOLD_EXPIRED or (hold.expires_at is not None and hold.expires_at <= state.time + 1):
        return TransferResult(_S.PENDING_TRANSFER_EXPIRED)
    debit = state.accounts[pending.debit_account_id]
    credit = state.accounts[pending.credit_account_id]
    if flags & POST:
        # What was held before an account was frozen is not there any more, so it may be posted. A hold that itself
        # closed an account may be, too: that makes it final.
        if debit.flags & CLOSED and not pending.flags & CLOSING_DEBIT:
            return _fail(state, event, _S.DEBIT_ACCOUNT_ALREADY_CLOSED)
        if credit.flags & CLOSED and not pending.flags & CLOSING_CREDIT:
            return _fail(state, event, _S.CREDIT_ACCOUNT_ALREADY_CLOSED)
    return TransferResult(_S.CREATED, amount, _resolve(state, event, hold, amount, flags))


def _resolve(state: State, event: Transfer, hold: Hold, amount: int, flags: int) -> int:
    """Post or void a hold; tell when."""
    pending = hold.made
    debit = state.accounts[pending.debit_account_id]
    credit = state.accounts[pending.credit_account_id]
    debit.debits_pending -= pending.amount
    credit.credits_pending -= pending.amount
    if flags & POST:
        debit.debits_posted += amount
        credit.credits_posted += amount
    elif pending.flags & (CLOSING | FREEZING):
        debit.flags &= ~account_flags(pending.flags, CLOSING_DEBIT, FREEZING_DEBIT, FROZEN_DEBITS)
        credit.flags &= ~account_flags(pending.flags, CLOSING_CREDIT, FREEZING_CREDIT, FROZEN_CREDITS)
    time = state.time = state.time + 1
    made = Made(
        event.id, pending.debit_account_id, pending.credit_account_id, amount, event.amount, pending.id, 0,
        pending.ledger, pending.code, flags, event.journal_id, event.effective_at, time,
    )  # fmt: skip
    state.transfers[event.id] = made
    state.made.append(made)
    state.touched[debit.id] = debit
    state.touched[credit.id] = credit
    hold.state = HOLD_POSTED if flags & POST else HOLD_EXPIRED if flags & EXPIRED else HOLD_VOIDED
    hold.resolved_by = event.id
    state.resolved[pending.id] = hold
    return time


def judge_expiries(state: State, due: Sequence[UUID]) -> list[UUID]:
    """Void the holds of *due* that are still pending and whose time has come when this begins; tell which."""
    expired = []
    for id in due:
        hold = state.holds[id]
        if hold.state != HOLD_PENDING or hold.expires_at is None or hold.expires_at > state.first:
            continue
        void = Transfer(id=derive(id, "expire"), pending_id=id, amount=hold.made.amount)
        _resolve(state, void, hold, hold.made.amount, VOID | EXPIRED)
        expired.append(id)
    return expired


def _compare(event: Transfer, existing: Made) -> TransferStatus:
    """Compare what is submitted with what was submitted under the same id.

    What a post or void leaves out now counts as the same; what it gives is compared with what its hold has.
    """
    flags = int(event.flags)
    if flags != existing.flags:
        return _S.EXISTS_WITH_DIFFERENT_FLAGS
    if event.pending_id != existing.pending_id:
        return _S.EXISTS_WITH_DIFFERENT_PENDING_ID
    if event.timeout != existing.timeout:
        return _S.EXISTS_WITH_DIFFERENT_TIMEOUT
    may_inherit = flags & RESOLVING
    if event.debit_account_id != existing.debit_account_id and not (may_inherit and event.debit_account_id is None):
        return _S.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID
    if event.credit_account_id != existing.credit_account_id and not (may_inherit and event.credit_account_id is None):
        return _S.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID
    if event.amount != existing.requested:
        return _S.EXISTS_WITH_DIFFERENT_AMOUNT
    if event.journal_id != existing.journal_id:
        return _S.EXISTS_WITH_DIFFERENT_JOURNAL_ID
    if event.effective_at != existing.effective_at:
        return _S.EXISTS_WITH_DIFFERENT_EFFECTIVE_AT
    if event.ledger != existing.ledger and not (may_inherit and event.ledger == 0):
        return _S.EXISTS_WITH_DIFFERENT_LEDGER
    if event.code != existing.code and not (may_inherit and event.code == 0):
        return _S.EXISTS_WITH_DIFFERENT_CODE
    return _S.EXISTS
