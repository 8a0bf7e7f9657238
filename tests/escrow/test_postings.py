"""Proves that each posting of a trade ends with the balances that the tables of the design have, and caps hold."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weiji import escrow
from weiji.escrow import Chain
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.kit.money import share_so_far
from weiji.ledger import (
    Account,
    Kind,
    Transfer,
    TransferResult,
    TransferStatus,
    chart,
    create_transfers,
    get_trial_balance,
    lookup_accounts,
)

PAID = 9_000
FEE = 450
"""5 % of what was paid."""

CREATED = TransferStatus.CREATED
LINKED_FAILED = TransferStatus.LINKED_EVENT_FAILED
EXCEEDS = TransferStatus.EXCEEDS_CREDITS


class Trade:
    """One order of one shop, and what its postings come to."""

    def __init__(self, tx: Transaction, shop_id: UUID | None = None) -> None:
        self.tx = tx
        self.shop_id = shop_id or new_id()
        self.id = new_id(self.shop_id)

    async def post(self, *chains: Chain) -> list[list[TransferResult]]:
        """Post chains in one batch; give the results of each."""
        opening = {account.id: account for chain in chains for account in chain.opening}
        transfers = [transfer for chain in chains for transfer in chain.transfers]
        results = iter(await create_transfers(self.tx, transfers, list(opening.values())))
        return [[next(results) for _ in chain.transfers] for chain in chains]

    async def do(self, *chains: Chain) -> None:
        """Post chains that can't be refused."""
        for results in await self.post(*chains):
            assert escrow.is_done(results), [result.status for result in results]

    async def give(self, account: Account, amount: int) -> None:
        """Put money into an account, as if it came from elsewhere."""
        way = chart.transit(shard_of(self.id))
        transfer = Transfer(
            id=new_id(self.id),
            debit_account_id=way.id,
            credit_account_id=account.id,
            amount=amount,
            ledger=chart.CNY,
            code=Kind.CAPTURE,
        )
        (result,) = await create_transfers(self.tx, [transfer], [way, account])
        assert result.status is CREATED

    async def pay(self) -> None:
        await self.do(escrow.hold(self.id, self.shop_id, new_id(), PAID))

    async def release(self) -> None:
        await self.do(escrow.release(self.id, self.shop_id, PAID, FEE))

    async def settle(self) -> None:
        await self.do(escrow.settle(self.id, self.shop_id, PAID - FEE))

    async def withdraw(self, amount: int) -> None:
        """Let the shop have spent some of what is available."""
        await self.spend(chart.merchant_available(self.shop_id), amount)

    async def spend(self, account: Account, amount: int) -> None:
        transfer = Transfer(
            id=new_id(self.id),
            debit_account_id=account.id,
            credit_account_id=chart.transit(shard_of(self.id)).id,
            amount=amount,
            ledger=chart.CNY,
            code=Kind.PAYOUT,
        )
        (result,) = await create_transfers(self.tx, [transfer])
        assert result.status is CREATED

    def give_back(self, amount: int, fee: int, *, is_settled: bool, refund_id: UUID | None = None) -> Chain:
        return escrow.give_back(self.id, self.shop_id, refund_id or new_id(), amount, fee, is_settled=is_settled)

    async def balances(self) -> dict[str, int]:
        """Read what there is: of assets what is owed, of the others what they have."""
        shard = shard_of(self.id)
        accounts = {
            "escrow": chart.escrow(self.id),
            "refundable": chart.refundable(self.id),
            "m_pending": chart.merchant_pending(self.shop_id),
            "m_avail": chart.merchant_available(self.shop_id),
            "m_deposit": chart.merchant_deposit(self.shop_id),
            "merch_owed": chart.merchant_owed(self.shop_id),
            "claim": chart.merchant_claim(self.shop_id),
            "fee_inc": chart.fee_income(shard),
            "transit": chart.transit(shard),
        }
        found = {each.id: each for each in await lookup_accounts(self.tx, [each.id for each in accounts.values()])}
        balances = {}
        for name, account in accounts.items():
            it = found.get(account.id)
            posted = it.credits_posted - it.debits_posted if it else 0
            balances[name] = -posted if name in ("merch_owed", "claim") else posted
        return {name: value for name, value in balances.items() if value}


@pytest.fixture
async def trade(tx: Transaction) -> Trade:
    return Trade(tx)


def statuses(results: Sequence[TransferResult]) -> list[TransferStatus]:
    return [result.status for result in results]


async def test_r1_r2_release_and_settlement(trade: Trade) -> None:
    await trade.pay()
    assert await trade.balances() == {"escrow": 9_000, "transit": -9_000}
    await trade.release()
    assert await trade.balances() == {"m_pending": 8_550, "fee_inc": 450, "refundable": 9_000, "transit": -9_000}
    await trade.settle()
    assert await trade.balances() == {"m_avail": 8_550, "fee_inc": 450, "refundable": 9_000, "transit": -9_000}


async def test_s1_a_parcel_is_released_while_the_rest_is_held(trade: Trade) -> None:
    await trade.pay()
    await trade.do(escrow.release(trade.id, trade.shop_id, 5_400, 270))
    assert await trade.balances() == {
        "escrow": 3_600,
        "m_pending": 5_130,
        "fee_inc": 270,
        "refundable": 5_400,
        "transit": -9_000,
    }
    await trade.do(escrow.release(trade.id, trade.shop_id, 3_600, 180, number=2))
    await trade.do(
        escrow.settle(trade.id, trade.shop_id, 5_130), escrow.settle(trade.id, trade.shop_id, 3_420, number=2)
    )
    assert await trade.balances() == {"m_avail": 8_550, "fee_inc": 450, "refundable": 9_000, "transit": -9_000}


async def test_f1_a_part_goes_back_before_release_and_the_rest_is_released(trade: Trade) -> None:
    await trade.pay()
    await trade.do(escrow.refund(trade.id, new_id(), 3_600))
    assert await trade.balances() == {"escrow": 5_400, "transit": -5_400}
    (refused,) = await trade.post(escrow.refund(trade.id, new_id(), 5_401))
    assert statuses(refused) == [EXCEEDS]
    await trade.do(escrow.release(trade.id, trade.shop_id, 5_400, 270))
    assert await trade.balances() == {"m_pending": 5_130, "fee_inc": 270, "refundable": 5_400, "transit": -5_400}


async def test_a_refund_that_is_asked_again_goes_out_once(trade: Trade) -> None:
    await trade.pay()
    refund_id = new_id()
    await trade.do(escrow.refund(trade.id, refund_id, 1_000), escrow.refund(trade.id, refund_id, 1_000))
    assert (await trade.balances())["escrow"] == 8_000


async def test_f3_a_refund_between_release_and_settlement(trade: Trade) -> None:
    await trade.pay()
    await trade.release()
    await trade.do(trade.give_back(2_700, 135, is_settled=False))
    assert await trade.balances() == {"m_pending": 5_985, "fee_inc": 315, "refundable": 6_300, "transit": -6_300}
    # Hyperswitch #13182: a second refund that goes beyond what was paid.
    (refused,) = await trade.post(trade.give_back(7_000, 315, is_settled=False))
    assert statuses(refused) == [EXCEEDS, LINKED_FAILED, LINKED_FAILED]
    await trade.do(escrow.settle(trade.id, trade.shop_id, 5_985))
    assert await trade.balances() == {"m_avail": 5_985, "fee_inc": 315, "refundable": 6_300, "transit": -6_300}


async def test_f4_a_refund_after_settlement_runs_down_the_waterfall(trade: Trade) -> None:
    await trade.pay()
    await trade.release()
    await trade.settle()
    await trade.give(chart.merchant_deposit(trade.shop_id), 1_000)
    await trade.withdraw(7_850)
    assert (await trade.balances())["m_avail"] == 700
    before = (await trade.balances())["transit"]
    await trade.do(trade.give_back(2_700, 135, is_settled=True))
    after = await trade.balances()
    assert after == {"merch_owed": 865, "fee_inc": 315, "refundable": 6_300, "transit": before + 2_700}


async def test_d1_an_award_splits_the_escrow(trade: Trade) -> None:
    await trade.pay()
    await trade.do(escrow.award(trade.id, trade.shop_id, new_id(), 5_400, 3_600, 180))
    assert await trade.balances() == {"m_pending": 3_420, "fee_inc": 180, "refundable": 3_600, "transit": -3_600}


@pytest.mark.parametrize(("back", "rest"), [(9_000, 0), (0, 9_000)])
async def test_d1_an_award_may_give_one_side_everything(trade: Trade, back: int, rest: int) -> None:
    await trade.pay()
    await trade.do(escrow.award(trade.id, trade.shop_id, new_id(), back, rest, 0))
    assert await trade.balances() == ({} if back else {"m_pending": 9_000, "refundable": 9_000, "transit": -9_000})


async def test_d1_an_award_beyond_what_was_paid_moves_nothing(trade: Trade) -> None:
    await trade.pay()
    (refused,) = await trade.post(escrow.award(trade.id, trade.shop_id, new_id(), 5_400, 3_601, 180))
    assert EXCEEDS in statuses(refused)
    assert await trade.balances() == {"escrow": 9_000, "transit": -9_000}


async def test_d2_a_dispute_after_settlement_is_held_then_awarded_in_part(trade: Trade) -> None:
    await trade.pay()
    await trade.release()
    await trade.settle()
    await trade.give(chart.merchant_available(trade.shop_id), 150)
    case = new_id()
    await trade.do(escrow.dispute(trade.id, trade.shop_id, case, 3_000))
    (held, cap) = await lookup_accounts(
        trade.tx, [chart.merchant_available(trade.shop_id).id, chart.refundable(trade.id).id]
    )
    assert (held.available, held.debits_pending) == (5_700, 3_000)
    assert cap.available == 6_000
    (refused,) = await trade.post(trade.give_back(6_001, 0, is_settled=True))
    assert EXCEEDS in statuses(refused)
    await trade.do(escrow.give_back_disputed(trade.id, trade.shop_id, case, new_id(), 2_000, 0, held=3_000))
    assert await trade.balances() == {
        "m_avail": 6_700,
        "fee_inc": 450,
        "refundable": 7_000,
        "transit": -7_150,
    }
    (freed,) = await lookup_accounts(trade.tx, [chart.merchant_available(trade.shop_id).id])
    assert freed.available == 6_700


async def test_d2_a_dispute_that_the_buyer_loses_frees_everything(trade: Trade) -> None:
    await trade.pay()
    await trade.release()
    await trade.settle()
    before, case = await trade.balances(), new_id()
    await trade.do(escrow.dispute(trade.id, trade.shop_id, case, 3_000))
    await trade.do(escrow.let_go(trade.id, case))
    assert await trade.balances() == before
    (freed,) = await lookup_accounts(trade.tx, [chart.merchant_available(trade.shop_id).id])
    assert freed.available == 8_550


async def test_a_refund_that_is_asked_again_after_settlement_is_taken_once(trade: Trade) -> None:
    await trade.pay()
    await trade.release()
    await trade.settle()
    chain = trade.give_back(2_700, 135, is_settled=True)
    await trade.do(chain, chain)
    assert (await trade.balances())["m_avail"] == 8_550 - 2_565


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_refunds_in_parts_give_back_exactly_what_was_taken(tx: Transaction, data: st.DataObject) -> None:
    """However an order is given back, before or after settlement and whatever the shop still has: the payer gets all
    of it, the fee is returned to the last fen, what the shop lacks is owed, and nothing stays in the claim."""
    trade = Trade(tx)
    await trade.pay()
    await trade.release()
    cuts = sorted(data.draw(st.sets(st.integers(1, PAID - 1), max_size=6)))
    settles_before = data.draw(st.integers(0, len(cuts)))
    deposit = data.draw(st.integers(0, 4_000))
    spent = 0
    if deposit:
        await trade.give(chart.merchant_deposit(trade.shop_id), deposit)
    start = await trade.balances()
    back = fees = 0
    for number, until in enumerate([*cuts, PAID]):
        if number == settles_before:
            rest = PAID - FEE - (back - fees)
            await trade.do(escrow.settle(trade.id, trade.shop_id, rest))
            spent = data.draw(st.integers(0, rest))
            if spent:
                await trade.withdraw(spent)
        fee = share_so_far(FEE, PAID, until) - fees
        await trade.do(trade.give_back(until - back, fee, is_settled=number >= settles_before))
        back, fees = until, fees + fee
    end = await trade.balances()
    assert fees == FEE
    assert end.get("fee_inc", 0) == start["fee_inc"] - FEE
    assert "claim" not in end
    assert "refundable" not in end
    assert end.get("transit", 0) == start["transit"] + PAID + spent
    assert end.get("merch_owed", 0) == max(spent - deposit, 0)
    assert end.get("m_deposit", 0) == max(deposit - spent, 0)
    assert all(value >= 0 for name, value in end.items() if name != "transit")


async def test_refunds_at_once_never_go_beyond_what_was_paid(database: Database) -> None:
    async with database.transaction() as tx:
        trade = Trade(tx)
        await trade.pay()
        await trade.release()
        await trade.settle()

    async def give_back() -> bool:
        async with database.transaction() as tx:
            mine = Trade(tx, trade.shop_id)
            mine.id = trade.id
            (results,) = await mine.post(mine.give_back(2_500, 125, is_settled=True))
            return escrow.is_done(results)

    done = await asyncio.gather(*(give_back() for _ in range(8)))
    assert sum(done) == 3
    async with database.transaction() as tx:
        trade.tx = tx
        balances = await trade.balances()
        assert (balances["refundable"], balances["fee_inc"]) == (1_500, FEE - 375)
        assert balances["m_avail"] == 8_550 - 3 * 2_375
        rows = await get_trial_balance(tx)
        for ledger in {row["ledger"] for row in rows}:
            its = [row for row in rows if row["ledger"] == ledger]
            assert sum(row["debits_posted"] - row["credits_posted"] for row in its) == 0
