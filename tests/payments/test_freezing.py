"""Proves of money that channels hold that a batch is answered as its commands would be, one by one, that bindings made
at once leave one, and that a shop is taken money from for one order once, whoever asks for it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from weiji.events import BY_SYSTEM
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Kind, chart, create_transfers, lookup_accounts, move
from weiji.payments import (
    BindSubMerchant,
    BindSubMerchantStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    RequestUnfreezing,
    RetryUnfreezing,
    bind_sub_merchants,
    receive_notices,
    request_unfreezings,
    retry_unfreezings,
)
from weiji.payments.channels.wechat_ecommerce import NAME
from weiji.payments.freezing import store
from weiji.payments.freezing.operations import submit_unfreezings

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
