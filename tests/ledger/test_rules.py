"""The pure evaluator answers as the naive model does, to the last field, and a batch as its chains one by one."""

from collections.abc import Mapping, Sequence
from copy import copy
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.examples import (
    ACCOUNT_ANSWERS,
    EXAMPLES,
    FIRST,
    HOME,
    SECOND,
    START,
    Counters,
    Example,
    Ledger,
    play,
)
from tests.ledger.generate import Expire, OpenAccounts, Transfers, workload
from tests.ledger.memory import MemoryLedger
from tests.ledger.naive import NaiveLedger
from weiji.ledger.model import (
    AMOUNT_MAX,
    Account,
    AccountFlags,
    AccountStatus,
    Transfer,
    TransferFlags,
    TransferResult,
)
from weiji.ledger.rules import State, judge_expiries

SEEDS = range(100, 140)


class Judged:
    """The evaluator as the examples want a ledger."""

    def __init__(self) -> None:
        self.memory = MemoryLedger()

    async def create_accounts(self, events: Sequence[Account], clock: int) -> list[AccountStatus]:
        return self.memory.create_accounts(events, clock)

    async def create_transfers(self, events: Sequence[Transfer], clock: int) -> list[TransferResult]:
        return self.memory.create_transfers(events, clock)

    async def expire_pending(self, clock: int) -> list[UUID]:
        return self.memory.expire_pending(clock)

    async def balances(self) -> Mapping[UUID, Counters]:
        return self.memory.balances()

    async def account_flags(self) -> Mapping[UUID, AccountFlags]:
        return self.memory.account_flags()


@pytest.fixture
def ledger() -> Ledger:
    return Judged()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
async def test_an_example_comes_out_as_written(ledger: Ledger, example: Example) -> None:
    await play(ledger, example)


@pytest.mark.parametrize(("event", "status"), ACCOUNT_ANSWERS)
async def test_opening_an_account_answers_with_the_first_status_that_applies(
    ledger: Ledger, event: Account, status: AccountStatus
) -> None:
    assert list(await ledger.create_accounts([FIRST, event], 1)) == [AccountStatus.CREATED, status]


def assert_same_books(memory: MemoryLedger, model: NaiveLedger) -> None:
    """Compare everything that the two know."""
    assert memory.balances() == model.balances()
    assert memory.account_flags() == model.account_flags()
    assert memory.failed == model.failed
    assert memory.last == model.books.last
    assert [(m.id, m.amount, m.timestamp) for m in memory.transfers.values()] == [
        (m.submitted.id, m.amount, m.timestamp) for m in model.books.transfers.values()
    ]
    assert {id: hold.state for id, hold in memory.holds.items()} == {
        id: ("open", "posted", "voided", "expired").index(fate) + 1 for id, fate in model.books.fates.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_workload_is_answered_as_the_model_answers_it(seed: int) -> None:
    model, memory = NaiveLedger(), MemoryLedger()
    for step in workload(seed, model=model):
        match step:
            case OpenAccounts():
                assert memory.create_accounts(step.events, step.clock) == step.answers
            case Transfers():
                assert memory.create_transfers(step.batch, step.clock) == step.answers
            case Expire():
                assert memory.expire_pending(step.clock) == step.answers
    assert_same_books(memory, model)


def test_a_batch_that_is_judged_and_dropped_leaves_nothing_behind() -> None:
    model, memory = NaiveLedger(), MemoryLedger()
    for step in workload(7, model=model):
        match step:
            case OpenAccounts():
                memory.create_accounts(step.events, step.clock)
            case Expire():
                memory.expire_pending(step.clock)
            case Transfers():
                memory.judge(step.batch, step.clock + 1)
                assert memory.judge(step.batch, step.clock)[1] == step.answers
                assert memory.create_transfers(step.batch, step.clock) == step.answers
    assert_same_books(memory, model)


# Few ids, so that events meet: the same again, holds resolved twice, accounts that run dry.
ACCOUNTS = [UUID(int=(number << 6) | HOME) for number in range(1, 5)]
IDS = [UUID(int=(number << 6) | HOME) for number in range(100, 112)]
FLAGS = (0, 0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 8, 8, 9, 16, 17, 18, 32, 66, 258, 6)
SHAPES = (
    AccountFlags.NONE,
    AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS,
    AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS,
    AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS,
)


def _event(id: UUID, debit: UUID, credit: UUID, amount: int, pending: UUID, timeout: int, flags: int) -> Transfer:
    if flags & 12:
        return Transfer(id=id, amount=amount, pending_id=pending, flags=TransferFlags(flags))
    return Transfer(
        id=id,
        debit_account_id=debit,
        credit_account_id=credit,
        amount=amount,
        timeout=timeout if flags & 2 else 0,
        ledger=1,
        code=1,
        flags=TransferFlags(flags),
    )


events = st.builds(
    _event,
    st.sampled_from(IDS),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(ACCOUNTS),
    st.sampled_from((0, 1, 2, 3, 50, 51, AMOUNT_MAX)),
    st.sampled_from(IDS),
    st.sampled_from((0, 0, 1)),
    st.sampled_from(FLAGS),
)


def _opened() -> MemoryLedger:
    ledger = MemoryLedger()
    accounts = [Account(id=id, ledger=1, code=2010, flags=flags) for id, flags in zip(ACCOUNTS, SHAPES, strict=True)]
    ledger.create_accounts(accounts, START)
    return ledger


def _pieces(batch: Sequence[Transfer]) -> list[list[Transfer]]:
    """Cut a batch between its chains."""
    pieces: list[list[Transfer]] = [[]]
    for event in batch:
        pieces[-1].append(event)
        if not event.flags & TransferFlags.LINKED:
            pieces.append([])
    return [piece for piece in pieces if piece]


@given(st.lists(events, min_size=1, max_size=14), st.integers(0, 2 * SECOND))
@settings(max_examples=400, deadline=None)
def test_law_of_batches(batch: list[Transfer], later: int) -> None:
    together, apart = _opened(), _opened()
    answers = together.create_transfers(batch, START + later)
    assert answers == [answer for piece in _pieces(batch) for answer in apart.create_transfers(piece, START + later)]
    assert together.balances() == apart.balances()
    assert together.account_flags() == apart.account_flags()
    assert together.failed == apart.failed
    assert together.transfers == apart.transfers
    assert together.holds == apart.holds
    assert together.last == apart.last


@given(st.lists(st.lists(events, min_size=1, max_size=8), min_size=1, max_size=6), st.data())
@settings(max_examples=200, deadline=None)
def test_the_evaluator_and_the_model_agree_on_whatever_hypothesis_finds(
    batches: list[list[Transfer]], data: st.DataObject
) -> None:
    memory, model = _opened(), NaiveLedger()
    model.create_accounts(
        [Account(id=i, ledger=1, code=2010, flags=f) for i, f in zip(ACCOUNTS, SHAPES, strict=True)], START
    )
    clock = START
    for batch in batches:
        clock += data.draw(st.sampled_from((0, 1, 500_000, SECOND, -SECOND)))
        assert memory.create_transfers(batch, clock) == model.create_transfers(batch, clock)
        if data.draw(st.booleans()):
            assert memory.expire_pending(clock) == model.expire_pending(clock)
    model.check()
    model.check_history()
    assert_same_books(memory, model)


def test_an_expiry_leaves_alone_what_was_resolved_or_prolonged_meanwhile() -> None:
    """What is due is read before the lane is locked; the rules look again."""
    ledger = _opened()
    holds = [_event(id, ACCOUNTS[0], ACCOUNTS[1], 1, id, 1, int(TransferFlags.PENDING)) for id in IDS[:3]]
    without_end = _event(IDS[3], ACCOUNTS[0], ACCOUNTS[1], 1, IDS[3], 0, int(TransferFlags.PENDING))
    ledger.create_transfers([*holds, without_end], START + SECOND)
    ledger.create_transfers([Transfer(id=IDS[4], pending_id=IDS[0], flags=TransferFlags.VOID_PENDING_TRANSFER)], START)
    last_expiry = ledger.holds[IDS[2]].expires_at
    assert last_expiry is not None
    for time, expired in ((last_expiry - 2, [IDS[1]]), (last_expiry - 1, [IDS[1], IDS[2]])):
        state = State(time)  # The next that happens has the time after this.
        state.accounts = {id: copy(account) for id, account in ledger.accounts.items()}
        state.transfers = dict(ledger.transfers)
        state.holds = {id: copy(hold) for id, hold in ledger.holds.items()}
        assert judge_expiries(state, IDS[:4]) == expired
        assert state.holds[IDS[0]].resolved_by == IDS[4]
        assert state.holds[IDS[3]].resolved_by is None
        assert state.time == time + len(expired)
