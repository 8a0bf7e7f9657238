"""The naive model does what the examples say, keeps its invariants, and is driven into every corner."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.ledger.examples import ACCOUNT_ANSWERS, EXAMPLES, FIRST, NEXT, Counters, Example, Ledger, id_of, play
from tests.ledger.generate import Expire, OpenAccounts, Transfers, workload
from tests.ledger.naive import NaiveLedger
from weiji.kit.ids import derive
from weiji.ledger.model import (
    Account,
    AccountFlags,
    AccountStatus,
    Transfer,
    TransferFlags,
    TransferResult,
    TransferStatus,
)

SEEDS = range(24)
SHOWN = set(TransferStatus) - {TransferStatus.PERIOD_CLOSED}
"""No period is closed here: that is in tests/periods."""


class Played:
    """The naive model as the examples want a ledger."""

    def __init__(self) -> None:
        self.model = NaiveLedger()

    async def create_accounts(self, events: Sequence[Account], clock: int) -> list[AccountStatus]:
        return self.model.create_accounts(events, clock)

    async def create_transfers(self, events: Sequence[Transfer], clock: int) -> list[TransferResult]:
        results = self.model.create_transfers(events, clock)
        self.model.check()
        return results

    async def expire_pending(self, clock: int) -> list[UUID]:
        expired = self.model.expire_pending(clock)
        self.model.check()
        return expired

    async def balances(self) -> Mapping[UUID, Counters]:
        self.model.check_history()
        return self.model.balances()

    async def account_flags(self) -> Mapping[UUID, AccountFlags]:
        return self.model.account_flags()


@pytest.fixture
def ledger() -> Ledger:
    return Played()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
async def test_an_example_comes_out_as_written(ledger: Ledger, example: Example) -> None:
    await play(ledger, example)


def test_names_of_examples_are_different() -> None:
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)


def test_the_examples_show_every_status() -> None:
    shown = {line.status for example in EXAMPLES for step in example.steps for line in getattr(step, "lines", ())}
    assert shown == SHOWN


@pytest.mark.parametrize(("event", "status"), ACCOUNT_ANSWERS)
async def test_opening_an_account_answers_with_the_first_status_that_applies(
    ledger: Ledger, event: Account, status: AccountStatus
) -> None:
    assert list(await ledger.create_accounts([FIRST, event], 1)) == [AccountStatus.CREATED, status]


def test_an_account_that_was_closed_since_still_exists() -> None:
    model = NaiveLedger()
    model.create_accounts([FIRST, NEXT], 1)
    closing = Transfer(
        id=id_of("transfer", "pending"),
        debit_account_id=FIRST.id,
        credit_account_id=NEXT.id,
        ledger=1,
        code=1,
        flags=TransferFlags.PENDING | TransferFlags.CLOSING_DEBIT,
    )
    assert model.create_transfers([closing], 1) == [TransferResult(TransferStatus.CREATED, 0, 3)]
    assert model.account_flags()[FIRST.id] is AccountFlags.CLOSED
    assert model.create_accounts([FIRST], 1) == [AccountStatus.EXISTS]
    assert model.books.last == 3


def test_an_expiry_is_written_as_a_void_with_a_derived_id() -> None:
    model = NaiveLedger()
    model.create_accounts([FIRST, NEXT], 1)
    pending = Transfer(
        id=id_of("transfer", "pending"),
        debit_account_id=FIRST.id,
        credit_account_id=NEXT.id,
        amount=5,
        timeout=1,
        ledger=1,
        code=7,
        flags=TransferFlags.PENDING,
    )
    model.create_transfers([pending], 1_000)
    assert model.expire_pending(1_001_000) == [pending.id]
    made = model.books.transfers[derive(pending.id, "expire")]
    assert made.submitted.flags == TransferFlags.VOID_PENDING_TRANSFER | TransferFlags.EXPIRED
    assert made.submitted.pending_id == pending.id
    assert (made.debit_account_id, made.credit_account_id) == (FIRST.id, NEXT.id)
    assert (made.ledger, made.code, made.amount, made.timestamp) == (1, 7, 5, 1_001_000)


def test_the_generator_reaches_every_status_and_the_model_keeps_its_invariants() -> None:
    transfers: Counter[TransferStatus] = Counter()
    accounts: Counter[AccountStatus] = Counter()
    expired = 0
    for seed in SEEDS:
        model = NaiveLedger()
        for step in workload(seed, model=model):
            match step:
                case OpenAccounts(answers=answers):
                    accounts.update(answers)
                case Transfers(answers=results):
                    transfers.update(result.status for result in results)
                case Expire(answers=ids):
                    expired += len(ids)
            model.check()
        model.check_history()
    assert set(accounts) == set(AccountStatus)
    assert set(transfers) == SHOWN
    assert expired > 0
    # Where little goes through, little is tried.
    assert 0.3 < transfers[TransferStatus.CREATED] / transfers.total() < 0.5


@pytest.mark.parametrize(
    ("debit_changes", "credit_changes"),
    [
        ({"debits_posted": 1}, {}),
        ({"debits_pending": 1}, {"credits_pending": 1}),
        ({"debits_posted": 1}, {"credits_posted": 1}),  # Balanced, but beyond the limit of the first account.
        ({"flags": AccountFlags.CLOSED}, {}),
    ],
)
def test_the_invariants_notice_counters_and_flags_that_are_wrong(
    debit_changes: dict[str, int], credit_changes: dict[str, int]
) -> None:
    model = NaiveLedger()
    limited = replace(FIRST, flags=AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS)
    model.create_accounts([limited, NEXT], 1)
    model.check()
    for account, changes in ((limited, debit_changes), (NEXT, credit_changes)):
        counters = model.books.accounts[account.id]
        changed = {name: getattr(counters, name) + value for name, value in changes.items()}
        model.books.accounts[account.id] = replace(counters, **changed)
    with pytest.raises(AssertionError):
        model.check()


def test_a_seed_gives_the_same_workload_for_ever_and_another_seed_another() -> None:
    assert list(workload(1, steps=10)) == list(workload(1, steps=10))
    assert list(workload(1, steps=10)) != list(workload(2, steps=10))


def test_a_batch_is_answered_as_its_chains_one_after_the_other() -> None:
    """Nothing depends on how events are put into batches, but where a batch ends inside a chain."""
    for seed in range(6):
        model = NaiveLedger()
        for step in workload(seed, steps=30):
            match step:
                case OpenAccounts():
                    assert [model.create_accounts([event], step.clock)[0] for event in step.events] == step.answers
                case Expire():
                    assert model.expire_pending(step.clock) == step.answers
                case Transfers():
                    answers: list[TransferResult] = []
                    pieces: list[Transfer] = []
                    for event in step.batch:
                        pieces.append(event)
                        if not event.flags & TransferFlags.LINKED:
                            answers += model.create_transfers(pieces, step.clock)
                            pieces = []
                    answers += model.create_transfers(pieces, step.clock)
                    assert answers == step.answers
