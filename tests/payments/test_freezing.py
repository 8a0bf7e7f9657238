"""Proves of money that channels hold that a batch is answered as its commands would be, one by one, that bindings made
at once leave one, and that a shop is taken money from for one order once, whoever asks for it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from weiji.events import BY_SYSTEM
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Kind, chart, create_transfers, lookup_accounts, move
from weiji.payments import (
    ApproveRefund,
    ApproveRefundStatus,
    BindSubMerchant,
    BindSubMerchantStatus,
    CreatePayment,
    Notice,
    NoticeKind,
    NoticeStatus,
    RefundReason,
    RequestUnfreezing,
    RetryUnfreezing,
    approve_refunds,
    bind_sub_merchants,
    get_refunds,
    receive_notices,
    request_unfreezings,
    retry_unfreezings,
)
from weiji.payments.channels.wechat_ecommerce import NAME
from weiji.payments.freezing import store
from weiji.payments.freezing.model import Held, TakenAtChannel, Unfreezing
from weiji.payments.freezing.operations import (
    book_taken,
    decide_unfreezings,
    record_unfreezing_questions,
    submit_unfreezings,
)
from weiji.payments.model import Question
from weiji.payments.rules import new_payment
from weiji.payments.store import add_payments

SHOP = UUID("018f0000-0000-7000-8000-0000000000c0")
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = [derive(SHOP, "order", n) for n in range(3)]


class _RolledBack(Exception):
    pass


async def _fund(tx: Transaction, amount: int) -> None:
    source, target = chart.transit(shard_of(SHOP)), chart.merchant_available(SHOP)
    await create_transfers(tx, [move(SHOP, new_id(SHOP), source, target, amount, Kind.SHARE)], [source, target])


async def _prepare(tx: Transaction) -> None:
    """Three settled orders: of the last the money is held, and the first was let go."""
    await _fund(tx, 200)
    await request_unfreezings(
        tx,
        [
            RequestUnfreezing(
                order_id=id, shop_id=SHOP, payment_id=new_id(), channel=NAME, amount=100, frozen=100, actor=BY_SYSTEM
            )
            for id in ORDERS
        ],
    )
    assert await receive_notices(tx, [_told(ORDERS[0], "before")]) == [NoticeStatus.RECORDED]


def _told(id: UUID, event: str, amount: int = 100) -> Notice:
    return Notice(
        channel=NAME,
        event_id=event,
        kind=NoticeKind.UNFREEZING_SUCCEEDED,
        subject_id=id,
        reference="R1",
        amount=amount,
        occurred_at=_EPOCH,
        raw=b"{}",
    )


async def _answers(database: Database, batches: Sequence[Sequence[Any]], verb: Any) -> tuple[list[Any], list[Any]]:
    """Run batches in a transaction that is rolled back; tell answers, and how everything stands."""
    answers: list[Any] = []
    try:
        async with database.transaction() as tx:
            await _prepare(tx)
            for batch in batches:
                answers += await verb(tx, batch)
            bound = await store.get_sub_merchants(tx, [(SHOP, NAME)])
            found = await store.lock_unfreezings(tx, ORDERS)
            accounts = await lookup_accounts(
                tx, [chart.payout_clearing(shard_of(SHOP), NAME).id, chart.merchant_available(SHOP).id]
            )
            stands = [
                [one.last4 for one in bound.values()],
                [(one.status, one.reference, one.attempts) for one in found.values()],
                [(one.debits_posted, one.credits_posted) for one in accounts],
            ]
            raise _RolledBack
    except _RolledBack:
        return answers, stands


_binds = st.builds(
    BindSubMerchant,
    shop_id=st.sampled_from([SHOP, SHOP, SHOP, UUID(int=0)]),
    channel=st.sampled_from([NAME, NAME, NAME, "alipay"]),
    number=st.sampled_from(["1900000109", "1900000110", "19 0000 0109", "12"]),
    actor=st.just(BY_SYSTEM),
)
_retries = st.builds(RetryUnfreezing, id=st.sampled_from([*ORDERS, new_id(SHOP)]), actor=st.just(BY_SYSTEM))
_tellings = st.builds(
    _told,
    st.sampled_from([*ORDERS, new_id(SHOP)]),
    st.sampled_from(["before", "one", "two"]),
    st.sampled_from([100, 100, 99]),
)


@given(batch=st.one_of(*(st.lists(each, min_size=1, max_size=6) for each in (_binds, _retries, _tellings))))
@settings(max_examples=12, deadline=None)
async def test_law_of_batches(shared_database: Database, batch: list[Any]) -> None:
    verbs = {BindSubMerchant: bind_sub_merchants, RetryUnfreezing: retry_unfreezings, Notice: receive_notices}
    verb = verbs[type(batch[0])]
    together = await _answers(shared_database, [batch], verb)
    assert together == await _answers(shared_database, [[one] for one in batch], verb)


async def test_bindings_made_at_once_leave_one(database: Database, database_url: str, lanes: Lanes) -> None:
    second = await Database.connect(database_url)
    try:
        numbers = [f"19000001{n:02d}" for n in range(20)]
        commands = [BindSubMerchant(shop_id=SHOP, channel=NAME, number=n, actor=BY_SYSTEM) for n in numbers]
        sides = [
            Batcher(each, bind_sub_merchants, owner=lambda c: c.shop_id, lanes=lanes) for each in (database, second)
        ]
        told = await asyncio.gather(*(side.submit_all(commands[n::2]) for n, side in enumerate(sides)))
        assert {status for statuses in told for status in statuses} == {BindSubMerchantStatus.BOUND}
        async with database.read() as reader:
            (bound,) = (await store.get_sub_merchants(reader, [(SHOP, NAME)])).values()
        assert bound.last4 in {number[-4:] for number in numbers}
        for side in sides:
            await side.close()
    finally:
        await second.close()


async def test_money_that_waits_is_taken_once_whoever_asks_for_it(database: Database, database_url: str) -> None:
    second = await Database.connect(database_url)
    try:
        async with database.transaction() as tx:
            await _prepare(tx)
            await _fund(tx, 500)

        async def submit(side: Database) -> None:
            async with side.transaction() as tx:
                await submit_unfreezings(tx, ORDERS)

        await asyncio.gather(*(submit(side) for side in (database, second) for _ in range(4)))
        async with database.read() as reader:
            (left,) = await lookup_accounts(reader, [chart.merchant_available(SHOP).id])
        assert left.credits_posted - left.debits_posted == 400
    finally:
        await second.close()


@pytest.mark.parametrize("when", ["before it is decided", "after that", "and the channel begins anew"])
async def test_the_fee_is_taken_of_what_is_left_though_nearly_all_goes_back(database: Database, when: str) -> None:
    """Of 98.00 with a fee of 5 %, 97.00 go back: 1.00 is left, of which the shop has 0.95 and the platform 0.05."""
    order_id = derive(SHOP, "order", when)
    back = TakenAtChannel(
        order_id=order_id, shop_id=SHOP, refund_id=new_id(), channel=NAME, amount=9_700, of_shop=9_700 - 485
    )
    payment_id = await _paid(database, 9_800)
    async with database.transaction() as tx:
        await _fund(tx, 9_310)
        asked = RequestUnfreezing(
            order_id=order_id,
            shop_id=SHOP,
            payment_id=payment_id,
            channel=NAME,
            amount=9_310,
            frozen=9_800,
            actor=BY_SYSTEM,
        )
        await request_unfreezings(tx, [asked])
    rest = 9_800

    async def decide() -> Unfreezing:
        async with database.transaction() as tx:
            await decide_unfreezings(tx, [Held(id=order_id, rest=rest, known=rest)])
            return (await store.lock_unfreezings(tx, [order_id]))[order_id]

    async def go_back() -> None:
        refund = ApproveRefund(
            payment_id=payment_id,
            source_id=back.refund_id,
            amount=back.amount,
            reason=RefundReason.ORDERED,
            actor=BY_SYSTEM,
            is_settled=True,
            of_shop=back.of_shop,
        )
        async with database.transaction() as tx:
            assert await approve_refunds(tx, [refund]) == [ApproveRefundStatus.CREATED]
        assert not (await decide()).is_decided or is_decided, "one that is under way goes first"
        async with database.transaction() as tx:
            (its,) = await get_refunds(tx, [payment_id])
            told = replace(_told(its.id, "refund"), kind=NoticeKind.REFUND_SUCCEEDED, amount=back.amount)
            assert await receive_notices(tx, [told]) == [NoticeStatus.RECORDED]
        assert not (await decide()).is_decided or is_decided, "one that is not booked goes first"
        for _ in range(2):  # It is told of once more.
            async with database.transaction() as tx:
                await book_taken(tx, [back])

    is_decided = when != "before it is decided"
    if is_decided:
        assert (await decide()).part == 9_310
    await go_back()
    if when != "after that":
        if is_decided:
            async with database.transaction() as tx:
                await record_unfreezing_questions(tx, [Question(id=order_id, is_silent=False, is_undone=True)])
        rest = 100
    decided = await decide()
    there = (decided.part or 0) - (9_700 if when == "after that" else 0)
    async with database.transaction() as tx:
        assert await receive_notices(tx, [_told(order_id, "end", 9_310)]) == [NoticeStatus.RECORDED]
        (account,) = await lookup_accounts(tx, [chart.merchant_available(SHOP).id])
    here = account.credits_posted - account.debits_posted
    # What the shop gave back when the refund was ordered is not in this: it had nothing left to give.
    assert there + here - back.of_shop == 95
    assert decided.share == (490 if when == "after that" else 5)


async def _paid(database: Database, amount: int) -> UUID:
    """A payment that the channel took, as if its shop were bound there."""
    payer = new_id()
    payment = new_payment(
        CreatePayment(
            id=new_id(payer),
            payer_id=payer,
            subject_id=new_id(SHOP),
            payee_id=SHOP,
            amount=amount,
            channel=NAME,
            actor=BY_SYSTEM,
        ),
        _EPOCH,
    )
    told = replace(_told(payment.id, "paid", amount), kind=NoticeKind.CHARGE_SUCCEEDED)
    async with database.transaction() as tx:
        await add_payments(tx, [payment])
        assert await receive_notices(tx, [told]) == [NoticeStatus.RECORDED]
    return payment.id
