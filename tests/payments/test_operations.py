"""Proves each status of each operation, and that a batch is answered as its commands would be, one after another."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weiji.events import BY_SYSTEM, outbox
from weiji.kit import clock
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database, Transaction, count_statements
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import AMOUNT_MAX, Kind, Transfer, TransferFlags, chart, create_transfers, get_trial_balance
from weiji.payments import (
    REGISTRY,
    ApproveRefund,
    ApproveRefundStatus,
    ClosePayment,
    ClosePaymentStatus,
    CreatePayment,
    CreatePaymentStatus,
    CreatePayoutAccount,
    CreatePayoutAccountStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    PayInOwnFunds,
    PayInOwnFundsStatus,
    PaymentStatus,
    PayoutSource,
    PayoutStatus,
    Purpose,
    RefundReason,
    RemovePayoutAccount,
    RemovePayoutAccountStatus,
    RequestPayout,
    RequestPayoutStatus,
    SandboxChannel,
    TopUpWallet,
    approve_refunds,
    close_payments,
    create_payments,
    create_payout_accounts,
    get_custody,
    get_payments,
    get_payouts,
    get_refunds,
    get_wallet,
    list_all_payouts,
    list_payments,
    list_payout_accounts,
    list_payouts,
    list_payouts_in_review,
    list_troubling_notices,
    list_unmatched_captures,
    open_number,
    pay_in_own_funds,
    receive_notices,
    remove_payout_accounts,
    request_payouts,
    top_up_wallets,
)
from weiji.payments.model import Question
from weiji.payments.operations import record_payout_questions, submit_payments, submit_payouts, submit_refunds
from weiji.payments.rules import QUERY_AFTER, QUERY_HOURS

C = TypeVar("C")
R = TypeVar("R")
S = CreatePaymentStatus


def _create(payer: UUID, amount: int, channel: str = "balance", **other: Any) -> CreatePayment:
    values = {
        "id": new_id(payer),
        "payer_id": payer,
        "subject_id": new_id(),
        "payee_id": new_id(),
        "amount": amount,
        "channel": channel,
        "actor": BY_SYSTEM,
    }
    return CreatePayment(**values | other)  # type: ignore[arg-type]


def _top_up(person: UUID, amount: int) -> TopUpWallet:
    return TopUpWallet(id=new_id(person), person_id=person, amount=amount, actor=BY_SYSTEM)


def _but(thing: C, **changes: Any) -> C:
    return type(thing)(**{name: getattr(thing, name) for name in thing.__struct_fields__} | changes)  # type: ignore[attr-defined]


async def _person(tx: Transaction, amount: int) -> UUID:
    person = new_id()
    await top_up_wallets(tx, [_top_up(person, amount)])
    return person


async def test_every_status_of_asking_for_money(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 100)
    paid = _create(person, 60)
    commands = [
        _create(person, 1, id=UUID(int=person.int ^ 1)),
        _create(person, 0),
        _create(person, AMOUNT_MAX + 1),
        _create(person, 1, "no such channel"),
        _create(person, 1, purpose=Purpose.TOP_UP),
        paid,
        paid,
        _but(paid, payer_id=UUID(int=person.int ^ (1 << 64))),
        _but(paid, subject_id=new_id()),
        _but(paid, payee_id=new_id()),
        _but(paid, amount=61),
        _but(paid, channel="sandbox"),
        _but(paid, channel="sandbox", purpose=Purpose.TOP_UP),
        _create(person, 41),
        _create(new_id(person), 1),
        _create(person, 40),
        _create(person, AMOUNT_MAX, "sandbox"),
    ]
    expected = [
        S.ID_IN_ANOTHER_SHARD,
        S.AMOUNT_OUT_OF_RANGE,
        S.AMOUNT_OUT_OF_RANGE,
        S.CHANNEL_NOT_FOUND,
        S.CHANNEL_NOT_FOUND,
        S.CREATED,
        S.EXISTS,
        S.EXISTS_WITH_DIFFERENT_PAYER,
        S.EXISTS_WITH_DIFFERENT_SUBJECT,
        S.EXISTS_WITH_DIFFERENT_PAYEE,
        S.EXISTS_WITH_DIFFERENT_AMOUNT,
        S.EXISTS_WITH_DIFFERENT_CHANNEL,
        S.EXISTS_WITH_DIFFERENT_PURPOSE,
        S.INSUFFICIENT_FUNDS,
        S.INSUFFICIENT_FUNDS,
        S.CREATED,
        S.CREATED,
    ]
    assert await create_payments(tx, commands) == expected
    again = [S.EXISTS if status is S.CREATED else status for status in expected]
    assert await create_payments(tx, commands) == again
    assert (await get_wallet(tx, person)).available == 0


async def test_a_frozen_wallet_pays_nothing(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 100)
    wallet, transit = chart.wallet(person), chart.transit(shard_of(person))
    freeze = Transfer(
        id=new_id(person),
        debit_account_id=wallet.id,
        credit_account_id=transit.id,
        ledger=chart.CNY,
        code=Kind.SUSPENSE,
        flags=TransferFlags.PENDING | TransferFlags.FREEZING_DEBIT,
    )
    assert (await create_transfers(tx, [freeze], [transit]))[0].is_made
    command = _create(person, 1)
    assert await create_payments(tx, [command, command]) == [S.WALLET_FROZEN, S.WALLET_FROZEN]
    account = await _account(tx, person)
    payout = _payout(person, account, 1)
    assert await request_payouts(tx, [payout]) == [RequestPayoutStatus.OWNER_FROZEN]


async def test_what_was_refused_stays_refused_when_money_comes(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 1)
    command = _create(person, 2)
    assert await create_payments(tx, [command]) == [S.INSUFFICIENT_FUNDS]
    await top_up_wallets(tx, [_top_up(person, 100)])
    assert await create_payments(tx, [command]) == [S.INSUFFICIENT_FUNDS]
    (found,) = await get_payments(tx, [command.id])
    assert found
    assert (found.status, found.failure, found.captured) == (PaymentStatus.FAILED, "insufficient_funds", 0)


async def test_paying_from_wallets_takes_few_statements_whatever_the_number(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 10_000)
    await create_payments(tx, [_create(person, 1)])
    counter = count_statements()
    assert await create_payments(tx, [_create(person, 1) for _ in range(300)]) == [S.CREATED] * 300
    assert counter.statements <= 6


async def test_a_captured_payment_is_told_once(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 100)
    command = _create(person, 60)
    await create_payments(tx, [command, command])
    await create_payments(tx, [command])
    events = await outbox.get_events(tx, person, 1, 10)
    assert [(row["type"], row["subject_id"], row["data"]["amount"]) for row in events] == [
        ("PaymentCaptured", command.id, 60)
    ]


async def test_every_status_of_paying_in_own_funds(sandboxed: Transaction) -> None:
    tx = sandboxed
    one = PayInOwnFunds(id=new_id(), amount=500, actor=BY_SYSTEM)
    A = PayInOwnFundsStatus  # noqa: N806
    before = await get_custody(tx)
    assert await pay_in_own_funds(tx, [_but(one, amount=0), one, one, _but(one, amount=501)]) == [
        A.AMOUNT_OUT_OF_RANGE,
        A.CREATED,
        A.EXISTS,
        A.EXISTS_WITH_DIFFERENT_AMOUNT,
    ]
    after = await get_custody(tx)
    assert (after.bank - before.bank, after.owed - before.owed) == (500, 0)
    assert [row["type"] for row in await outbox.get_events(tx, one.id, 0, 10)] == ["OwnFundsPaidIn"]


async def test_every_status_of_closing(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 100)
    paid, fresh, started = _create(person, 60), _create(person, 1, "sandbox"), _create(person, 1, "sandbox")
    await create_payments(tx, [paid, fresh, started])
    await submit_payments(tx, [started.id])
    ids = [new_id(person), paid.id, fresh.id, fresh.id, started.id]
    assert await close_payments(tx, [ClosePayment(id=id, actor=BY_SYSTEM) for id in ids]) == [
        ClosePaymentStatus.PAYMENT_NOT_FOUND,
        ClosePaymentStatus.ALREADY_SUCCEEDED,
        ClosePaymentStatus.CLOSED,
        ClosePaymentStatus.CLOSED,
        ClosePaymentStatus.CLOSING,
    ]


def _refund(payment_id: UUID, amount: int | None, source_id: UUID | None = None) -> ApproveRefund:
    return ApproveRefund(
        payment_id=payment_id,
        source_id=source_id or new_id(),
        amount=amount,
        reason=RefundReason.ORDERED,
        actor=BY_SYSTEM,
    )


async def test_every_status_of_a_refund(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 100)
    paid, unpaid = _create(person, 60), _create(person, 1, "sandbox")
    await create_payments(tx, [paid, unpaid])
    (topped_up,) = [p for p in await list_payments(tx) if p.payer_id == person and p.purpose is Purpose.TOP_UP]
    one = _refund(paid.id, 20)
    commands = [
        _refund(new_id(person), 1),
        _refund(topped_up.id, 1),
        one,
        one,
        _refund(unpaid.id, 1),
        _refund(paid.id, 0),
        _refund(paid.id, 41),
        _refund(paid.id, None),
        _refund(paid.id, None),
    ]
    A = ApproveRefundStatus  # noqa: N806
    assert await approve_refunds(tx, commands) == [
        A.PAYMENT_NOT_FOUND,
        A.PAYMENT_NOT_FOUND,
        A.CREATED,
        A.EXISTS,
        A.EXCEEDS_CAPTURE,
        A.EXCEEDS_CAPTURE,
        A.EXCEEDS_CAPTURE,
        A.CREATED,
        A.EXCEEDS_CAPTURE,
    ]
    assert await approve_refunds(tx, [one]) == [A.EXISTS]
    assert (await get_wallet(tx, person)).available == 100
    assert sorted(refund.amount for refund in await get_refunds(tx, [paid.id])) == [20, 40]


async def _account(tx: Transaction, owner: UUID, number: str = "6222 0000-0000 4321") -> UUID:
    command = CreatePayoutAccount(
        id=new_id(owner), owner_id=owner, holder="张三", bank="中国银行", number=number, actor=BY_SYSTEM
    )
    assert await create_payout_accounts(tx, [command]) == [CreatePayoutAccountStatus.CREATED]
    return command.id


async def test_every_status_of_naming_a_bank_account(sandboxed: Transaction) -> None:
    tx = sandboxed
    owner = new_id()
    good = CreatePayoutAccount(
        id=new_id(owner), owner_id=owner, holder="张三", bank="中国银行", number="62220000 12344321", actor=BY_SYSTEM
    )
    A = CreatePayoutAccountStatus  # noqa: N806
    commands = [
        _but(good, id=UUID(int=owner.int ^ 1)),
        _but(good, holder=""),
        _but(good, holder="a\nb"),
        _but(good, bank="x" * 101),
        _but(good, number="1234567"),
        _but(good, number="１２３４５６７８９"),
        good,
        _but(good, number="6222-0000-1234-4321"),
        _but(good, number="6222000012344322"),
        _but(good, holder="李四"),
    ]
    expected = [
        A.ID_IN_ANOTHER_SHARD,
        A.HOLDER_INVALID,
        A.HOLDER_INVALID,
        A.BANK_INVALID,
        A.NUMBER_INVALID,
        A.NUMBER_INVALID,
        A.CREATED,
        A.EXISTS,
        A.ID_TAKEN,
        A.ID_TAKEN,
    ]
    assert await create_payout_accounts(tx, commands) == expected
    assert (await create_payout_accounts(tx, [good])) == [A.EXISTS]
    (account,) = await list_payout_accounts(tx, owner)
    assert account.last4 == "4321"
    assert open_number(account) == "6222000012344321"
    assert b"622200001234" not in account.number_sealed


async def test_a_removed_bank_account_gets_no_new_payouts(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 100)
    account = await _account(tx, person)
    before = _payout(person, account, 1)
    assert await request_payouts(tx, [before]) == [RequestPayoutStatus.CREATED]
    removals = [
        RemovePayoutAccount(id=account, owner_id=new_id(person), actor=BY_SYSTEM),
        RemovePayoutAccount(id=account, owner_id=person, actor=BY_SYSTEM),
        RemovePayoutAccount(id=account, owner_id=person, actor=BY_SYSTEM),
    ]
    assert await remove_payout_accounts(tx, removals) == [
        RemovePayoutAccountStatus.ACCOUNT_NOT_FOUND,
        RemovePayoutAccountStatus.REMOVED,
        RemovePayoutAccountStatus.REMOVED,
    ]
    assert await list_payout_accounts(tx, person) == []
    assert await request_payouts(tx, [before, _payout(person, account, 1)]) == [
        RequestPayoutStatus.EXISTS,
        RequestPayoutStatus.ACCOUNT_NOT_FOUND,
    ]


def _payout(owner: UUID, account: UUID, amount: int, fee: int = 0, **other: Any) -> RequestPayout:
    values = {
        "id": new_id(owner),
        "owner_id": owner,
        "source": PayoutSource.WALLET,
        "account_id": account,
        "amount": amount,
        "fee": fee,
        "channel": "sandbox",
        "actor": BY_SYSTEM,
    }
    return RequestPayout(**values | other)  # type: ignore[arg-type]


async def test_every_status_of_a_payout(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 100)
    account = await _account(tx, person)
    other = await _account(tx, person)
    strange = await _account(tx, new_id(person))
    one = _payout(person, account, 50, 10)
    A = RequestPayoutStatus  # noqa: N806
    commands = [
        _payout(person, account, 1, id=UUID(int=person.int ^ 1)),
        _payout(person, account, 0),
        _payout(person, account, 1, -1),
        _payout(person, account, 1, channel="balance"),
        _payout(person, strange, 1),
        _payout(person, new_id(person), 1),
        one,
        one,
        _but(one, source=PayoutSource.MERCHANT_AVAILABLE),
        _but(one, account_id=other),
        _but(one, amount=49),
        _but(one, fee=9),
        _but(one, fee=0),
        _payout(person, account, 41),
        _payout(person, account, 40, 1),
        _payout(person, account, 1, source=PayoutSource.MERCHANT_AVAILABLE),
        _payout(person, account, 40),
    ]
    assert await request_payouts(tx, commands) == [
        A.ID_IN_ANOTHER_SHARD,
        A.AMOUNT_OUT_OF_RANGE,
        A.AMOUNT_OUT_OF_RANGE,
        A.CHANNEL_NOT_FOUND,
        A.ACCOUNT_NOT_FOUND,
        A.ACCOUNT_NOT_FOUND,
        A.CREATED,
        A.EXISTS,
        A.EXISTS_WITH_DIFFERENT_SOURCE,
        A.EXISTS_WITH_DIFFERENT_ACCOUNT,
        A.EXISTS_WITH_DIFFERENT_AMOUNT,
        A.EXISTS_WITH_DIFFERENT_FEE,
        A.EXISTS_WITH_DIFFERENT_FEE,
        A.INSUFFICIENT_FUNDS,
        A.INSUFFICIENT_FUNDS,
        A.INSUFFICIENT_FUNDS,
        A.CREATED,
    ]
    wallet = await get_wallet(tx, person)
    assert (wallet.available, wallet.held) == (0, 100)
    assert sorted(payout.amount for payout in await list_payouts(tx, person)) == [40, 50]
    assert {payout.id for payout in await list_all_payouts(tx)} >= {one.id}


async def test_payouts_are_listed_by_their_time_whatever_their_ids_say(sandboxed: Transaction) -> None:
    """A schedule's payout has an id that is derived: here each is asked for later, and has a lesser id."""
    tx = sandboxed
    person = await _person(tx, 100)
    account = await _account(tx, person)
    ids = sorted((new_id(person) for _ in range(3)), reverse=True)
    for id in ids:
        tx.now += timedelta(minutes=1)
        asked = _payout(person, account, 10, id=id, review_within=timedelta(days=1))
        assert await request_payouts(tx, [asked]) == [RequestPayoutStatus.CREATED]
    waiting: list[UUID] = []
    while found := await list_payouts_in_review(tx, after=waiting[-1] if waiting else None, limit=2):
        waiting += [payout.id for payout in found]
    assert waiting == ids, "who waits longest was promised an answer first"
    for lists in (partial(list_payouts, tx, person), partial(list_all_payouts, tx)):
        listed: list[UUID] = []
        while found := await lists(before=listed[-1] if listed else None, limit=2):
            listed += [payout.id for payout in found if payout.owner_id == person]
            if len(listed) == len(ids):
                break
        assert listed == ids[::-1]


async def test_a_payout_and_a_refund_are_submitted_once(sandboxed: Transaction) -> None:
    tx = sandboxed
    person = await _person(tx, 100)
    one = _payout(person, await _account(tx, person), 50)
    await request_payouts(tx, [one])
    assert [payout.status for payout in await submit_payouts(tx, [one.id])] == [PayoutStatus.SUBMITTED]
    assert await submit_payouts(tx, [one.id]) == []
    assert await submit_refunds(tx, [new_id(person)]) == []


async def test_a_payout_whose_channel_stays_silent_is_asked_about_for_ever(sandboxed: Transaction) -> None:
    """It holds somebody's money: no statement tells of one that was never made."""
    tx = sandboxed
    person = await _person(tx, 100)
    one = _payout(person, await _account(tx, person), 50)
    await request_payouts(tx, [one])
    await submit_payouts(tx, [one.id])
    for _ in range(len(QUERY_AFTER) + QUERY_HOURS + 2):
        await record_payout_questions(tx, [Question(id=one.id, is_silent=True)])
    payout = (await get_payouts(tx, [one.id]))[one.id]
    assert (payout.status, payout.query_at) == (PayoutStatus.UNKNOWN, tx.now + timedelta(days=1))


async def test_what_fits_nothing_is_listed_to_its_end(sandboxed: Transaction) -> None:
    """Of the same moment, too: a channel's file has many lines of one."""
    tx = sandboxed
    payment_id = new_id()
    notices = [
        Notice(
            channel="sandbox", event_id=f"stranger {n}", kind=NoticeKind.CHARGE_SUCCEEDED, subject_id=payment_id,
            reference=f"R{n}", amount=n, occurred_at=tx.now, raw=b"{}",
        )
        for n in range(1, 6)
    ]  # fmt: skip
    assert await receive_notices(tx, notices) == [NoticeStatus.UNMATCHED] * 5
    captured, told = [], []
    below = None
    while captures := await list_unmatched_captures(tx, below=below, limit=2):
        last = captures[-1]
        below = (last.captured_at, last.channel, last.reference, last.shard)
        captured += [each.reference for each in captures]
    below = None
    while rows := await list_troubling_notices(tx, below=below, limit=2):
        below = (rows[-1]["received_at"], rows[-1]["channel"], rows[-1]["event_id"], rows[-1]["shard"])
        told += [row["event_id"] for row in rows]
    assert captured == [f"R{n}" for n in range(5, 0, -1)]
    assert told == [f"stranger {n}" for n in range(5, 0, -1)]


# --- the law of batches: each batch is answered as its commands one by one, and leaves the same behind ---

_EPOCH = datetime(2026, 1, 1, tzinfo=clock.now().tzinfo)


class _RolledBack(Exception):
    pass


async def _answers(
    database: Database,
    operation: Callable[[Transaction, Sequence[C]], Awaitable[Sequence[R]]],
    ways: Sequence[Sequence[Sequence[C]]],
    prepare: Callable[[Transaction], Awaitable[None]],
) -> list[tuple[list[R], list[tuple[int, ...]], list[Any]]]:
    """Run batches in several ways, each of which begins with what was prepared once, and is rolled back; tell of each
    the answers, balances by kind, and payments."""
    REGISTRY.register(SandboxChannel(database))
    told = []
    with suppress(_RolledBack):
        async with database.transaction() as tx:
            await prepare(tx)
            for batches in ways:
                with suppress(_RolledBack):
                    async with tx.connection.transaction():
                        told.append(await _answers_of(tx, operation, batches))
                        raise _RolledBack
            raise _RolledBack
    return told


async def _answers_of(
    tx: Transaction,
    operation: Callable[[Transaction, Sequence[C]], Awaitable[Sequence[R]]],
    batches: Sequence[Sequence[C]],
) -> tuple[list[R], list[tuple[int, ...]], list[Any]]:
    answers = [answer for batch in batches for answer in await operation(tx, batch)]
    # An account that was opened and never used says nothing.
    sums = [tuple(row.values()) for row in await get_trial_balance(tx)]
    balances = [row[:2] + row[3:] for row in sums if any(row[3:])]
    payments = [
        (p.id, p.status, p.captured, p.refunded, p.failure, p.channel_reference) for p in await list_payments(tx)
    ]
    return answers, balances, payments


_PERSON = UUID("018f0000-0000-7000-8000-000000000000")
_IDS = [derive(_PERSON, "payment", n) for n in range(4)]
_SHOP = UUID("018f0000-0000-7000-8000-0000000000c0")
_ACCOUNT = derive(_PERSON, "account")

_creations = st.builds(
    CreatePayment,
    id=st.sampled_from(_IDS),
    payer_id=st.just(_PERSON),
    subject_id=st.just(_SHOP),
    payee_id=st.just(_SHOP),
    amount=st.integers(0, 80),
    channel=st.sampled_from(["balance", "balance", "sandbox"]),
    actor=st.just(BY_SYSTEM),
)


async def _prepare_person(tx: Transaction) -> None:
    top_up = TopUpWallet(id=derive(_PERSON, "top up"), person_id=_PERSON, amount=100, actor=BY_SYSTEM)
    await top_up_wallets(tx, [top_up])
    account = CreatePayoutAccount(
        id=_ACCOUNT, owner_id=_PERSON, holder="张三", bank="中国银行", number="6222000012344321", actor=BY_SYSTEM
    )
    await create_payout_accounts(tx, [account])


@given(batch=st.lists(_creations, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
async def test_law_of_batches_for_asking_for_money(shared_database: Database, batch: list[CreatePayment]) -> None:
    ways = [batch], [[one] for one in batch]
    together, singly = await _answers(shared_database, create_payments, ways, _prepare_person)
    assert together == singly


_payout_requests = st.builds(
    RequestPayout,
    id=st.sampled_from(_IDS),
    owner_id=st.just(_PERSON),
    source=st.sampled_from([PayoutSource.WALLET, PayoutSource.WALLET, PayoutSource.MERCHANT_AVAILABLE]),
    account_id=st.just(_ACCOUNT),
    amount=st.integers(0, 80),
    fee=st.sampled_from([0, 0, 1, 50]),
    channel=st.just("sandbox"),
    actor=st.just(BY_SYSTEM),
)


@given(batch=st.lists(_payout_requests, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
async def test_law_of_batches_for_payouts(shared_database: Database, batch: list[RequestPayout]) -> None:
    ways = [batch], [[one] for one in batch]
    together, singly = await _answers(shared_database, request_payouts, ways, _prepare_person)
    assert together == singly


_WALLET, _FIRST, _SECOND, _TOP_UP = (derive(_PERSON, name) for name in ("balance", "first", "second", "top"))
_SOURCE = derive(_SHOP, "refund")
_REFUND = derive(_FIRST, "refund", _SOURCE)
_PAYOUT = derive(_PERSON, "payout")
_CHARGES = (NoticeKind.CHARGE_SUCCEEDED, NoticeKind.CHARGE_FAILED, NoticeKind.CHARGE_CLOSED)
_REFUNDS = (NoticeKind.REFUND_SUCCEEDED, NoticeKind.REFUND_REJECTED)
_PAYOUTS = tuple(kind for kind in NoticeKind if kind.startswith("payout"))


def _told(kinds: Sequence[NoticeKind], ids: Sequence[UUID | None], amounts: Sequence[int]) -> st.SearchStrategy[Notice]:
    return st.builds(
        Notice,
        channel=st.just("sandbox"),
        event_id=st.sampled_from([f"event {n}" for n in range(12)]),
        kind=st.sampled_from(kinds),
        subject_id=st.sampled_from(ids),
        reference=st.sampled_from(["R1", "R2", "R3", "first"]),
        amount=st.sampled_from(amounts),
        occurred_at=st.just(_EPOCH),
        raw=st.just(b"{}"),
        fee=st.sampled_from([0, 0, 2]),
    )


_notices = st.one_of(
    _told(_CHARGES, [_WALLET, _FIRST, _SECOND, _TOP_UP, _IDS[0]], [50, 50, 50, 49, 0]),
    _told(_REFUNDS, [_REFUND], [20, 20, 19]),
    _told(_PAYOUTS, [_PAYOUT], [30, 30, 30, 29]),
    _told([NoticeKind.SETTLED], [_IDS[3]], [10]),
)


async def _prepare_notices(tx: Transaction) -> None:
    """One payment from the wallet, one captured and partly refunded, one started, a top-up, and a payout."""
    await _prepare_person(tx)
    await create_payments(
        tx,
        [
            _create(_PERSON, 10, id=_WALLET, subject_id=_SHOP, payee_id=_SHOP),
            _create(_PERSON, 50, "sandbox", id=_FIRST, subject_id=_SHOP, payee_id=_SHOP),
            _create(_PERSON, 50, "sandbox", id=_SECOND, subject_id=_SHOP, payee_id=_SHOP),
            _create(_PERSON, 50, "sandbox", id=_TOP_UP, subject_id=_PERSON, payee_id=_PERSON, purpose=Purpose.TOP_UP),
        ],
    )
    await submit_payments(tx, [_FIRST, _SECOND, _TOP_UP])
    first = Notice(
        channel="sandbox",
        event_id="prepared",
        kind=NoticeKind.CHARGE_SUCCEEDED,
        subject_id=_FIRST,
        reference="first",
        amount=50,
        occurred_at=_EPOCH,
        raw=b"{}",
    )
    assert await receive_notices(tx, [first]) == [NoticeStatus.RECORDED]
    await approve_refunds(tx, [_refund(_FIRST, 20, _SOURCE)])
    await request_payouts(tx, [_payout(_PERSON, _ACCOUNT, 30, 3, id=_PAYOUT)])
    await submit_refunds(tx, [_REFUND])
    await submit_payouts(tx, [_PAYOUT])


@given(batch=st.lists(_notices, min_size=1, max_size=10))
@settings(max_examples=100, deadline=None)
async def test_law_of_batches_for_notices(shared_database: Database, batch: list[Notice]) -> None:
    ways = [batch], [[one] for one in batch], [batch, batch]
    together, singly, again = await _answers(shared_database, receive_notices, ways, _prepare_notices)
    assert together == singly
    # Hearing everything again changes nothing.
    assert again[1:] == together[1:]
    assert set(again[0][len(batch) :]) <= {NoticeStatus.EXISTS, NoticeStatus.AMOUNT_OUT_OF_RANGE}


async def test_a_wallet_paid_from_on_two_sides_is_never_overdrawn(
    database: Database, database_url: str, lanes: Lanes
) -> None:
    REGISTRY.register(SandboxChannel(database))
    person = new_id()
    async with database.transaction() as tx:
        await top_up_wallets(tx, [_top_up(person, 100)])
    second = await Database.connect(database_url)
    try:
        commands = [_create(person, 1) for _ in range(150)]
        one, two = (
            Batcher(pool, create_payments, owner=lambda c: c.id, lanes=lanes, batch=7) for pool in (database, second)
        )
        # From both ends, so that each side pays, and knows nothing of the other but what it reads.
        answers = await asyncio.gather(*map(one.submit, commands), *map(two.submit, reversed(commands)))
    finally:
        await second.close()
    pairs = list(zip(answers[:150], reversed(answers[150:]), strict=True))
    assert all(answers[side : side + 150].count(S.CREATED) for side in (0, 150))
    assert sum(S.CREATED in pair for pair in pairs) == 100
    assert all(set(pair) in ({S.CREATED, S.EXISTS}, {S.INSUFFICIENT_FUNDS}) for pair in pairs)
    async with database.read() as reader:
        assert (await get_wallet(reader, person)).available == 0


async def test_one_notice_taken_in_on_two_sides_is_recorded_once(
    database: Database, database_url: str, lanes: Lanes
) -> None:
    REGISTRY.register(SandboxChannel(database))
    async with database.transaction() as tx:
        await _prepare_notices(tx)
    second = await Database.connect(database_url)
    try:
        notices = [
            Notice(
                channel="sandbox",
                event_id=f"event {n % 10}",
                kind=NoticeKind.CHARGE_SUCCEEDED,
                subject_id=(_SECOND, None, _TOP_UP)[n % 3],
                reference=f"R{n % 3}",
                amount=50,
                occurred_at=_EPOCH,
                raw=b"{}",
            )
            for n in range(30)
        ]
        batchers = [
            Batcher(pool, receive_notices, owner=lambda n: n.subject_id or _PERSON, lanes=lanes, batch=3)
            for pool in (database, second)
        ]
        await asyncio.gather(*(b.submit(n) for n in notices for b in batchers))
    finally:
        await second.close()
    async with database.read() as reader:
        second_payment, topped_up = await get_payments(reader, [_SECOND, _TOP_UP])
        balances = {
            row["code"]: row["credits_posted"] - row["debits_posted"] for row in await get_trial_balance(reader)
        }
    assert second_payment
    assert topped_up
    assert (second_payment.captured, topped_up.captured) == (50, 50)
    assert balances[chart.Code.CHANNEL_RECEIVABLE] == -100 - 3 * 50 - balances[chart.Code.SUSPENSE]


@pytest.mark.parametrize("statement", ["captured = -1", "refunded = captured + 1", "status = 'paid'"])
async def test_the_database_refuses_what_a_bug_would_write(sandboxed: Transaction, statement: str) -> None:
    person = await _person(sandboxed, 100)
    await create_payments(sandboxed, [_create(person, 10)])
    with pytest.raises(Exception, match="violates check constraint"):
        await sandboxed.connection.execute(f"update payments.payments set {statement}")  # noqa: S608
