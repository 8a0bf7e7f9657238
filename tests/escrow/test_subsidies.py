"""Proves the tables of the design that have a subsidy: cash and subsidy apart, each with the end balances it says.

Between a budget and an order money passes through transit, which is 0 again. What promoters have is of a later day: it
is posted by hand here, so that the tables are whole.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import pytest

from weiji import escrow
from weiji.coupons.model import BookBudget, BookStep
from weiji.coupons.operations import book_budgets
from weiji.escrow import Chain
from weiji.kit.db import Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import (
    Account,
    AccountFlags,
    Kind,
    Transfer,
    TransferStatus,
    chart,
    create_transfers,
    lookup_accounts,
    move,
)

C_PENDING: Final = 2030
PROMO_OWED: Final = 1115
LIST, CASH, SUBSIDY, FEE, COMMISSION = 10_000, 9_000, 1_000, 500, 800


class Trade:
    """The reference order of the tables: list 10,000, platform coupon 1,000, fee 5 %, promoter 8 %."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.campaign_id = new_id(chart.TREASURY)
        self.shop_id = new_id(chart.TREASURY)
        self.id = new_id(self.shop_id)
        shard = shard_of(self.id)
        self.promoter = Account(
            id=derive(self.id, "promoter"),
            ledger=chart.CNY,
            code=C_PENDING,
            flags=AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS,
        )
        self.promoter_owed = Account(id=derive(self.id, "promoter owed"), ledger=chart.CNY, code=PROMO_OWED)
        self.accounts = {
            "escrow": chart.escrow(self.id),
            "escrow_sub": chart.escrow_subsidy(self.id),
            "m_pending": chart.merchant_pending(self.shop_id),
            "m_avail": chart.merchant_available(self.shop_id),
            "m_deposit": chart.merchant_deposit(self.shop_id),
            "merch_owed": chart.merchant_owed(self.shop_id),
            "refundable": chart.refundable(self.id),
            "budget": chart.budget(self.campaign_id),
            "c_pending": self.promoter,
            "promo_owed": self.promoter_owed,
            "transit": chart.transit(shard),
            "fee_inc": chart.fee_income(shard),
        }

    async def post(self, transfers: Sequence[Transfer], opening: Sequence[Account] = ()) -> list[TransferStatus]:
        results = await create_transfers(self.tx, transfers, opening)
        return [result.status for result in results]

    async def do(self, chain: Chain, *more: Transfer) -> None:
        opening = {account.id: account for account in (*chain.opening, self.promoter, self.promoter_owed)}
        statuses = await self.post([*chain.transfers, *more], list(opening.values()))
        assert set(statuses) == {TransferStatus.CREATED}, statuses

    async def book(self, step: BookStep, amount: int, key: UUID) -> None:
        command = BookBudget(campaign_id=self.campaign_id, order_id=self.id, step=step, amount=amount, key=key)
        await book_budgets(self.tx, [command])

    async def has(self, **expected: int) -> None:
        """Compare balances with those of a table."""
        found = {each.id: each for each in await lookup_accounts(self.tx, [a.id for a in self.accounts.values()])}
        for name, balance in expected.items():
            account = found.get(self.accounts[name].id)
            credit = account.credits_posted - account.debits_posted if account else 0
            assert (-credit if name in ("merch_owed", "promo_owed") else credit) == balance, name

    async def give(self, account: Account, amount: int) -> None:
        """Put money into an account, as if it came from the bank."""
        bank = chart.bank(shard_of(self.id))
        id = new_id(self.id)
        assert await self.post([move(self.id, id, bank, account, amount, Kind.CAPTURE)], [bank, account]) == ["created"]

    def commission(self, amount: int, name: str) -> Transfer:
        """Pay a promoter out of what the shop got."""
        return move(self.id, derive(self.id, name), self.accounts["m_pending"], self.promoter, amount, Kind.SHARE)

    def commission_back(self, amount: int, source: Account, target: Account, name: str) -> Transfer:
        """Take it back."""
        return move(self.id, derive(self.id, name), source, target, amount, Kind.SHARE)

    async def pay(self) -> None:
        """P1 and P2: the channel's or the wallet's part ends in transit, from where all of this begins."""
        await self.give(chart.budget(self.campaign_id), 100_000)
        await self.give(self.accounts["transit"], CASH)
        await self.do(escrow.hold(self.id, self.shop_id, new_id(), CASH, subsidy=SUBSIDY))
        await self.book(BookStep.PAY, SUBSIDY, self.id)

    async def release(self) -> None:
        """R1."""
        chain = escrow.release(self.id, self.shop_id, CASH, FEE, subsidy=SUBSIDY)
        await self.do(chain, self.commission(COMMISSION, "commission"))


@pytest.fixture
async def trade(tx: Transaction) -> Trade:
    made = Trade(tx)
    await made.pay()
    return made


async def test_p1_and_p2_paying(trade: Trade) -> None:
    await trade.has(escrow=9_000, escrow_sub=1_000, budget=99_000, transit=0)


async def test_r1_and_r2_release_and_settlement(trade: Trade) -> None:
    await trade.release()
    await trade.has(escrow=0, escrow_sub=0, m_pending=8_700, fee_inc=500, c_pending=800, refundable=9_000)
    await trade.do(escrow.settle(trade.id, trade.shop_id, 8_700))
    await trade.has(m_pending=0, m_avail=8_700)


async def test_s1_partial_shipment(trade: Trade) -> None:
    chain = escrow.release(trade.id, trade.shop_id, 5_400, 300, subsidy=600)
    await trade.do(chain, trade.commission(480, "commission"))
    await trade.has(escrow=3_600, escrow_sub=400, m_pending=5_220, fee_inc=300, c_pending=480, refundable=5_400)


async def test_f1_refund_before_shipment(trade: Trade) -> None:
    await trade.do(escrow.release(trade.id, trade.shop_id, 5_400, 300, subsidy=600))
    refund_id = new_id(trade.id)
    await trade.do(escrow.refund(trade.id, refund_id, 3_600, subsidy=400))
    await trade.book(BookStep.RETURN, 400, refund_id)
    await trade.has(escrow=0, escrow_sub=0, budget=99_400, transit=3_600)


async def test_f3_refund_after_release(trade: Trade) -> None:
    await trade.release()
    refund_id = new_id(trade.id)
    back = trade.commission_back(240, trade.promoter, trade.accounts["m_pending"], "clawed back")
    await trade.do(
        escrow.give_back(trade.id, trade.shop_id, refund_id, 2_700, 150, is_settled=False, subsidy=300), back
    )
    await trade.book(BookStep.RETURN, 300, refund_id)
    await trade.has(m_pending=6_090, fee_inc=350, c_pending=560, refundable=6_300, budget=99_300, transit=2_700)
    # A second refund of 7,000: the cap refuses the whole chain.
    again = escrow.give_back(trade.id, trade.shop_id, new_id(trade.id), 7_000, 0, is_settled=False, subsidy=700)
    statuses = await trade.post(again.transfers)
    assert statuses[0] is TransferStatus.EXCEEDS_CREDITS
    assert set(statuses[1:]) == {TransferStatus.LINKED_EVENT_FAILED}


async def test_f4_refund_after_settlement(trade: Trade) -> None:
    await trade.release()
    await trade.do(escrow.settle(trade.id, trade.shop_id, 8_700))
    # What the promoter was paid out is owed by them, and here it fills what the shop still has: 700, and 240.
    owed = trade.commission_back(240, trade.promoter_owed, trade.accounts["m_avail"], "owed")
    spent = move(trade.id, new_id(trade.id), trade.accounts["m_avail"], trade.accounts["transit"], 8_000, Kind.PAYOUT)
    await trade.post([owed, spent], [trade.promoter_owed])
    await trade.give(trade.accounts["m_deposit"], 1_000)
    refund_id = new_id(trade.id)
    await trade.do(escrow.give_back(trade.id, trade.shop_id, refund_id, 2_700, 150, is_settled=True, subsidy=300))
    await trade.book(BookStep.RETURN, 300, refund_id)
    await trade.has(m_pending=0, m_avail=0, m_deposit=0, merch_owed=910, promo_owed=240, budget=99_300)


async def test_d1_award_in_escrow(trade: Trade) -> None:
    refund_id = new_id(trade.id)
    chain = escrow.award(trade.id, trade.shop_id, refund_id, 5_400, 3_600, 200, subsidy_back=600, subsidy=400)
    await trade.do(chain, trade.commission(320, "commission"))
    await trade.book(BookStep.RETURN, 600, refund_id)
    await trade.has(escrow=0, escrow_sub=0, m_pending=3_480, fee_inc=200, c_pending=320, refundable=3_600)
    await trade.has(budget=99_600, transit=5_400)


async def test_the_subsidy_can_never_go_to_the_buyer_nor_cash_to_the_budget(trade: Trade) -> None:
    for cash, subsidy in ((9_001, 999), (8_999, 1_001)):
        chain = escrow.refund(trade.id, new_id(trade.id), cash, subsidy=subsidy)
        statuses = await trade.post(chain.transfers)
        assert TransferStatus.EXCEEDS_CREDITS in statuses
    await trade.has(escrow=9_000, escrow_sub=1_000)


async def test_news_of_a_budget_may_come_in_any_order_and_twice(tx: Transaction) -> None:
    trade = Trade(tx)
    await trade.give(chart.budget(trade.campaign_id), 3_000)
    paid, closed = new_id(trade.id), new_id(trade.id)
    for step, key in ((BookStep.PAY, paid), (BookStep.HOLD, paid), (BookStep.FREE, closed), (BookStep.HOLD, closed)):
        for _ in range(2):
            await trade.book(step, 1_000, key)
    await trade.has(budget=2_000)
    (budget,) = await lookup_accounts(tx, [chart.budget(trade.campaign_id).id])
    assert budget.available == 2_000
