"""How a shop is closed: what of it is still open, and the clock that pays the rest out and ends it.

Once no order, refund, settlement, case, dispute or complaint is open, everything that is available is paid out to the
bank account that the owner named, without a fee. The deposit is kept for some days more, for whoever still claims
something, then it goes the same way. A payout that comes back waits for another account. When nothing is left the shop
is closed. Should money come to it later, from wherever (a payout that the bank returned, a deposit that was paid late,
a share of another's order, a red packet that nobody took), it is being closed once more within the hour.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
from litestar.exceptions import NotFoundException
from msgspec import Struct

from weiji import payments
from weiji.deposits import ReleaseDeposit, release_deposits
from weiji.events import BY_CLOCK
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.kit.jobs import Job
from weiji.ledger import Code, chart
from weiji.orders.store import SQL, get_rules_in_force
from weiji.payments import Payout, PayoutSource, PayoutStatus, RequestPayout
from weiji.shops import finish_closings, get_closing_shops, lock_shops, resume_closings

GRACE: Final = timedelta(minutes=1)
"""An order that was being placed when the closing began is there after this."""

LOOK_EVERY: Final = timedelta(seconds=10)

LOOK_BACK_EVERY: Final = timedelta(hours=1)
"""How often it is seen whether money came to shops that are closed."""

FAILED: Final = (PayoutStatus.REJECTED, PayoutStatus.REFUSED, PayoutStatus.RETURNED)


class OpenMatters(Struct, frozen=True, kw_only=True):
    """A shop, and what of it is still open. Amounts are fen."""

    id: UUID
    handle: str
    name: str
    standing: str
    closing_at: datetime | None
    closing_account_id: UUID | None
    closed_at: datetime | None
    was_closed: bool
    """It was closed for good, and money came to it: it is not opened again."""
    may_withdraw: bool
    is_withdrawals_suspended: bool
    unpaid: int
    """Orders that wait for their buyers' money."""
    unshipped: int
    shipped: int
    settling: int
    refunding: int
    """Orders whose money is on its way back."""
    disputed: int
    """Settled orders about which a case, a dispute or a chargeback is open: it may cost the shop money."""
    of_programs: int
    """Orders of programs that may be paid yet, or whose money is held or not settled."""
    complained: int
    """Orders of programs about which a complaint is open: likewise."""
    charged_back: int
    """Chargebacks that are open of what no order of ours was paid by, such as a deposit: likewise."""
    pending: int
    available: int
    leaving: int
    """What payouts under way hold, and disputes and chargebacks."""
    deposit: int
    deposit_held: int
    """What chargebacks hold of it."""
    held: int
    """What courts hold: it goes to them, or comes back to where it was."""
    owed: int
    freeze_days: int | None = None
    """How long after the last order the deposit is kept; None: nothing was asked of the shop, so it goes at once."""
    last_settled_at: datetime | None = None
    last_payout: Payout | None = None

    @property
    def orders(self) -> int:
        """How many orders are not over."""
        waiting = self.unpaid + self.unshipped + self.shipped + self.settling + self.refunding
        return waiting + self.disputed + self.of_programs + self.complained

    @property
    def is_quiet(self) -> bool:
        """Whether nothing will bring the shop money any more, or take it."""
        return not self.orders and not self.charged_back and not self.pending

    def is_closing_since(self, time: datetime) -> bool:
        """Whether the shop was being closed at *time*, and has been ever since."""
        return self.closing_at is not None and self.closing_at <= time

    @property
    def is_last_under_way(self) -> bool:
        """Whether the last payout is on its way to the bank."""
        return self.last_payout is not None and self.last_payout.status not in (PayoutStatus.PAID, *FAILED)

    @property
    def is_paying_out(self) -> bool:
        """Whether a payout is under way."""
        return bool(self.leaving) or self.is_last_under_way

    @property
    def is_stuck(self) -> bool:
        """Whether the bank sent the rest back, or the staff refused it, and another account is needed."""
        last = self.last_payout
        return (
            last is not None
            and self.closing_at is not None
            and last.created_at >= self.closing_at
            and last.status in FAILED
            and last.account_id == self.closing_account_id
        )

    @property
    def is_to_go(self) -> bool:
        """Whether the rest may be paid out now, and isn't yet."""
        is_free = self.is_quiet and bool(self.available) and self.may_withdraw and not self.is_paying_out
        return self.closing_at is not None and is_free and not self.is_stuck

    @property
    def deposit_free_at(self) -> datetime | None:
        """When the deposit is released, if nobody claims anything of it; None while the shop is not being closed."""
        if self.closing_at is None:
            return None
        return max(self.closing_at, self.last_settled_at or self.closing_at) + timedelta(days=self.freeze_days or 0)

    def is_deposit_free(self, now: datetime) -> bool:
        """Whether there is something of the deposit that may be released now."""
        is_time = self.deposit_free_at is not None and self.deposit_free_at <= now
        return self.is_quiet and self.deposit > self.deposit_held and is_time

    @property
    def is_over(self) -> bool:
        """Whether nothing is open any more. What a shop still owes then stays owed."""
        has_money = self.available or self.deposit or self.held
        return self.is_quiet and not has_money and not self.is_paying_out


async def get_open(reader: Reader, shop_id: UUID) -> OpenMatters:
    """Read what of a shop is open, but for its payouts. Raises NotFoundException."""
    accounts = [
        account(shop_id).id
        for account in (
            chart.merchant_pending,
            chart.merchant_available,
            chart.merchant_deposit,
            chart.legal_hold,
            chart.merchant_owed,
        )
    ]
    row = await reader.row(SQL.get_open_matters, shard_of(shop_id), shop_id, accounts)
    if row is None:
        raise NotFoundException
    facts = dict(row)
    balances = {code: (posted, held) for code, posted, held in facts.pop("accounts") or []}
    pending, _held = balances.get(Code.MERCHANT_PENDING, (0, 0))
    available, leaving = balances.get(Code.MERCHANT_AVAILABLE, (0, 0))
    deposit, deposit_held = balances.get(Code.MERCHANT_DEPOSIT, (0, 0))
    held, _ = balances.get(Code.LEGAL_HOLD, (0, 0))
    owed, _ = balances.get(Code.MERCHANT_OWED, (0, 0))
    amounts = {
        "pending": pending,
        "available": available - leaving,
        "leaving": leaving,
        "deposit": deposit,
        "deposit_held": deposit_held,
        "held": held,
        "owed": -owed,
    }
    return msgspec.convert({**facts, **amounts}, OpenMatters)


async def add_payout(reader: Reader, found: OpenMatters) -> OpenMatters:
    """Read the shop's last payout, too."""
    payouts = await payments.list_payouts(reader, found.id, before=None, limit=1)
    return msgspec.structs.replace(found, last_payout=payouts[0] if payouts else None)


class Closer:
    """Brings closings forward, shop by shop: there are few at a time."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.after = UUID(int=0)

    async def work(self, database: Database, limit: int) -> int:
        """Look at the next shops that are being closed; return for how many something was done."""
        async with database.read() as reader:
            ids = await get_closing_shops(reader, self.after, limit)
        self.after = ids[-1] if len(ids) == limit else UUID(int=0)
        return sum([await self._bring_forward(database, id) for id in ids])

    async def _bring_forward(self, database: Database, shop_id: UUID) -> bool:
        async with database.read() as reader:
            found = await add_payout(reader, await get_open(reader, shop_id))
        if not found.is_closing_since(clock.now() - GRACE):
            return False
        if found.is_over:
            return await database.retried(partial(_finish, shop_id))
        if found.is_deposit_free(clock.now()):
            release = ReleaseDeposit(id=new_id(shop_id), shop_id=shop_id, actor=BY_CLOCK)
            return await self.batchers.of(release_deposits, "shop_id").submit(release) == "released"
        channel = payments.REGISTRY.payout_channel
        if not found.is_to_go or channel is None or found.closing_account_id is None:
            return False
        async with database.read() as reader:
            _, rules = await get_rules_in_force(reader, clock.now())
        # Asked for twice, the second finds nothing: all that there is is held by the first. Ids made later sort later,
        # so that the last payout is the last: there may be several, such as one of the deposit.
        command = RequestPayout(
            id=new_id(shop_id),
            owner_id=shop_id,
            source=PayoutSource.MERCHANT_AVAILABLE,
            account_id=found.closing_account_id,
            amount=found.available,
            fee=0,
            channel=channel,
            actor=BY_CLOCK,
            review_above=rules.withdrawal_review_above,
            review_within=rules.review_within,
        )
        return await self.batchers.of(payments.request_payouts).submit(command) == "created"


async def _finish(shop_id: UUID, tx: Transaction) -> bool:
    """Close a shop for good if still nothing of it is open: a late payment may have opened an order again."""
    await lock_shops(tx, [shop_id])
    found = await add_payout(tx, await get_open(tx, shop_id))
    return found.is_closing_since(tx.now - GRACE) and found.is_over and (await finish_closings(tx, [shop_id]))[0]


async def resume(database: Database, limit: int) -> int:
    """Go on closing shops that were closed, and have something again; return of how many."""
    async with database.read() as reader:
        ids = [row["id"] for row in await reader.rows(SQL.find_closed_with_money, limit)]
    return sum([await database.retried(partial(_resume, id)) for id in ids])


async def _resume(shop_id: UUID, tx: Transaction) -> bool:
    await lock_shops(tx, [shop_id])
    return not (await get_open(tx, shop_id)).is_over and (await resume_closings(tx, [shop_id]))[0]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what happens by the clock."""
    return [
        Job(name="orders.bring_closings_forward", every=LOOK_EVERY, work=Closer(batchers).work),
        Job(name="orders.resume_closings", every=LOOK_BACK_EVERY, work=resume),
    ]
