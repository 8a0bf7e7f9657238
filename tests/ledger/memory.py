"""The ledger's rules over dictionaries: what operations.py and store.py do, without a database.

A batch is read (copied), judged, and only then written, so that it may be dropped before, as a crash would. Only what
the state lists as to be written is written: what the rules forget to list is lost here as it would be there.
"""

from collections.abc import Sequence
from copy import copy
from uuid import UUID

from weiji.ledger.model import Account, AccountFlags, AccountStatus, Transfer, TransferResult
from weiji.ledger.rules import (
    AccountState,
    Hold,
    Made,
    State,
    judge_accounts,
    judge_expiries,
    judge_transfers,
)


class MemoryLedger:
    """One lane of the ledger. Clocks are in microseconds."""

    def __init__(self) -> None:
        self.accounts: dict[UUID, AccountState] = {}
        self.transfers: dict[UUID, Made] = {}
        self.holds: dict[UUID, Hold] = {}
        self.failed: set[UUID] = set()
        self.due: dict[UUID, int] = {}
        """When each hold that is pending expires, if it does."""
        self.last = 0

    def copy(self) -> "MemoryLedger":
        """Copy it: what happens to the copy does not happen here."""
        ledger = object.__new__(MemoryLedger)
        vars(ledger).update(vars(self))
        ledger.accounts, ledger.transfers = dict(self.accounts), dict(self.transfers)
        ledger.holds, ledger.failed, ledger.due = dict(self.holds), set(self.failed), dict(self.due)
        return ledger

    def balance(self, id: UUID) -> int:
        """Say what is in an account, credits less debits."""
        account = self.accounts[id]
        return account.credits_posted - account.debits_posted

    def available(self, id: UUID) -> int:
        """Say what may be taken from an account: what is held is not there."""
        return self.balance(id) - self.accounts[id].debits_pending

    def is_frozen(self, id: UUID) -> bool:
        """Tell whether nothing may go out of an account."""
        return bool(self.accounts[id].flags & AccountFlags.FROZEN_DEBITS)

    def create_accounts(self, events: Sequence[Account], clock: int) -> list[AccountStatus]:
        """Open accounts, one after another."""
        state = self._begin({event.id for event in events}, set(), clock)
        statuses = judge_accounts(state, events)
        self.write(state)
        return statuses

    def create_transfers(self, events: Sequence[Transfer], clock: int) -> list[TransferResult]:
        """Answer each event, in order."""
        state, results = self.judge(events, clock)
        self.write(state)
        return results

    def judge(self, events: Sequence[Transfer], clock: int) -> tuple[State, list[TransferResult]]:
        """Read what *events* need and answer them, and write nothing yet."""
        accounts: set[UUID] = set()
        ids: set[UUID] = set()
        for event in events:
            ids.add(event.id)
            accounts.update(id for id in (event.debit_account_id, event.credit_account_id) if id is not None)
            if event.pending_id is not None:
                ids.add(event.pending_id)
                hold = self.transfers.get(event.pending_id)
                if hold is not None:
                    accounts.update((hold.debit_account_id, hold.credit_account_id))
        state = self._begin(accounts, ids, clock)
        return state, judge_transfers(state, events)

    def expire_pending(self, clock: int) -> list[UUID]:
        """Void what is due; answer the ids of the holds, in order."""
        now = max(clock, self.last + 1)
        due = [id for _, id in sorted((at, id) for id, at in self.due.items() if at <= now)]
        holds = [self.transfers[id] for id in due]
        accounts = {id for hold in holds for id in (hold.debit_account_id, hold.credit_account_id)}
        state = self._begin(accounts, set(due), clock)
        expired = judge_expiries(state, due)
        self.write(state)
        return expired

    def balances(self) -> dict[UUID, tuple[int, int, int, int]]:
        """Each account's debits pending and posted, credits pending and posted."""
        return {
            id: (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted)
            for id, a in self.accounts.items()
        }

    def account_flags(self) -> dict[UUID, AccountFlags]:
        """Each account's flags, as they are now."""
        return {id: AccountFlags(account.flags) for id, account in self.accounts.items()}

    def _begin(self, accounts: set[UUID], ids: set[UUID], clock: int) -> State:
        state = State(max(clock, self.last + 1) - 1)
        state.accounts = {id: copy(account) for id in accounts if (account := self.accounts.get(id))}
        state.transfers = {id: made for id in ids if (made := self.transfers.get(id))}
        state.holds = {id: copy(hold) for id in ids if (hold := self.holds.get(id))}
        state.failed = ids & self.failed
        return state

    def write(self, state: State) -> None:
        """Write what a batch came to."""
        if not state.opened and not state.made and not state.newly_failed:
            return
        assert state.time > self.last
        self.last = state.time
        for account in state.opened:
            assert account.id not in self.accounts, "an account was opened twice"
            self.accounts[account.id] = account
        for account in state.touched.values():
            self.accounts[account.id] = account
        for made in state.made:
            assert made.id not in self.transfers, "an id was used twice"
            self.transfers[made.id] = made
        for failure in state.newly_failed:
            assert failure.id not in self.failed, "an id failed twice"
            self.failed.add(failure.id)
        for hold in state.new_holds:
            self.holds[hold.made.id] = hold
            if hold.expires_at is not None and hold.resolved_by is None:
                self.due[hold.made.id] = hold.expires_at
        new = {hold.made.id for hold in state.new_holds}
        for id, hold in state.resolved.items():
            if id not in new:
                assert self.holds[id].resolved_by is None, "a hold was resolved twice"
                self.holds[id] = hold
                self.due.pop(id, None)
