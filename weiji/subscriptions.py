"""Which event goes to whom, and what happens by the clock: every effect of one module on another, on one page."""

from datetime import timedelta
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from weiji import (
    aftersale,
    approvals,
    carriers,
    chargebacks,
    coupons,
    court_orders,
    credit,
    deposits,
    disputes,
    inventory,
    ledger,
    packets,
    payments,
    periods,
    reconciliation,
    search,
    settlement,
    wire,
)
from weiji.catalog import handlers as catalog
from weiji.events import Subscription
from weiji.events.carriers import ParcelDelivered
from weiji.events.orders import KeysOrdered
from weiji.events.payments import PaymentCaptured, RefundSucceeded
from weiji.events.shops import ShopHandedOver
from weiji.identity import jobs as identity
from weiji.kit import idempotency
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.jobs import Job
from weiji.onboarding import handlers as onboarding
from weiji.orders import closing, horizons
from weiji.orders.handlers import MEET_DEADLINES, Reactions, sift_texts
from weiji.orders.invoices import handlers as invoices
from weiji.payments.bank import handlers as bank
from weiji.porting import jobs as porting
from weiji.reviews import handlers as reviews
from weiji.settlement.enrolling import handlers as enrolling
from weiji.shops import jobs as shops
from weiji.supervision.conduct import handlers as conduct
from weiji.supervision.inquiries import handlers as inquiries
from weiji.supervision.naming import handlers as naming


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say who hears of what."""
    orders = Reactions(batchers)
    return [
        # The buyer's money arrived: it comes into the order's escrow, or goes back.
        Subscription(name="orders.take_payments", events=(PaymentCaptured,), caller=orders.take_payments),
        # An order of virtual goods is paid: its card keys are handed out.
        Subscription(name="orders.hand_out_keys", events=(KeysOrdered,), caller=orders.hand_out_keys),
        # A parcel is there: once all are, the clock may confirm sooner.
        Subscription(name="orders.note_deliveries", events=(ParcelDelivered,), caller=orders.note_deliveries),
        # The buyer has the money again.
        Subscription(name="orders.note_refunds", events=(RefundSucceeded,), caller=orders.note_refunds),
        # Money came to a shop that was closed: it is paid out, too.
        # So has the buyer whose case of after-sale it was. What was sent back is there: the shop looks at it.
        *aftersale.subscriptions(batchers),
        # Something was said in a dispute: what word rules find in it is marked for arbiters.
        *disputes.subscriptions(),
        # A channel took back what a payer disputes, or decided about it.
        *chargebacks.subscriptions(batchers),
        # Money for a shop's deposit arrived; money of one was awarded to a buyer.
        *deposits.subscriptions(batchers),
        # Money of an order goes back: its invoice is to be taken back, or is for nothing.
        *invoices.subscriptions(),
        # A settled trade is a point for its shop.
        *credit.subscriptions(batchers),
        # What was refunded whole was no trade: what was said of it counts for nothing.
        *reviews.subscriptions(batchers),
        # Another owner has to show who they are.
        Subscription(
            name="onboarding.follow_hand_overs", events=(ShopHandedOver,), handler=onboarding.follow_hand_overs
        ),
        # A buyer whom a shop may write to no longer: exports with them are forgotten.
        *porting.subscriptions(),
        # Word rules look at goods that are on sale, and what they find is looked into.
        *inquiries.subscriptions(),
        *naming.subscriptions(),
        # On which devices the people of shops sign in is counted.
        *conduct.subscriptions(batchers),
        # What can be bought is in the index of the search, and nothing else.
        *search.subscriptions(),
        # What was paid to, and came back from, orders that merchants' programs made.
        *wire.subscriptions(batchers),
        # A part of a red packet comes into its finder's wallet; whoever a packet is for alone is told of it.
        *packets.subscriptions(batchers),
        # Whoever showed who they are is asked to apply at channels; another owner is no sub-merchant there.
        *enrolling.subscriptions(batchers),
        # What takes two of the staff waits for the other.
        *approvals.subscriptions(batchers),
        *bank.subscriptions(batchers),
        # What came on the bank account for nothing that we know, or went from it, waits for two people.
        *reconciliation.subscriptions(batchers),
        # What orders did to the budgets of the platform's coupons.
        *coupons.subscriptions(batchers),
        # Refunds that orders decided, payments that orders could not take, and what channels are asked for.
        *payments.subscriptions(batchers.lanes),
    ]


def jobs(batchers: Batchers, signing_key: Ed25519PrivateKey) -> list[Job]:
    """Say what happens by the clock."""
    orders = Reactions(batchers)
    return [
        Job(name=MEET_DEADLINES, every=timedelta(seconds=1), work=orders.meet_deadlines),
        Job(name="orders.sift_texts", every=timedelta(minutes=10), work=sift_texts),
        Job(name="orders.follow_parcels", every=timedelta(seconds=20), work=orders.follow_parcels),
        *carriers.jobs(batchers),
        Job(name="ledger.expire_pending", every=timedelta(seconds=5), work=partial(_expire_pending, batchers.lanes)),
        Job(name="ledger.sign_heads", every=timedelta(minutes=1), work=partial(_sign_heads, signing_key)),
        *aftersale.jobs(batchers),
        *disputes.jobs(batchers),
        *identity.JOBS,
        *shops.jobs(batchers.lanes),
        *closing.jobs(batchers),
        *horizons.jobs(),
        *deposits.jobs(batchers),
        *court_orders.jobs(batchers),
        *chargebacks.jobs(batchers),
        *settlement.jobs(batchers),
        *inventory.JOBS,
        *catalog.JOBS,
        *onboarding.JOBS,
        *credit.jobs(batchers),
        *reviews.jobs(batchers),
        *search.jobs(batchers.lanes),
        *wire.jobs(batchers),
        Job(name="kit.forget_idempotency_keys", every=timedelta(hours=1), work=_forget_idempotency_keys),
        *coupons.jobs(batchers),
        *packets.jobs(batchers),
        *payments.jobs(batchers.lanes),
        *reconciliation.jobs(batchers),
        # Files of the bank that nobody let in are forgotten.
        *bank.jobs(),
        *periods.jobs(signing_key),
        # What shops do is counted, and judged when an hour is over; rules are tried over the last ninety days.
        *conduct.jobs(batchers.lanes),
        *inquiries.jobs(batchers),
    ]


async def _expire_pending(lanes: Lanes, database: Database, limit: int) -> int:
    most = 0
    for shards in lanes.shards:
        async with database.transaction() as tx:
            most = max(most, await ledger.expire_pending(tx, shards, limit))
    return most


async def _sign_heads(key: Ed25519PrivateKey, database: Database, _limit: int) -> int:
    async with database.transaction() as tx:
        return await ledger.sign_heads(tx, key)


async def _forget_idempotency_keys(database: Database, limit: int) -> int:
    async with database.transaction() as tx:
        return await idempotency.forget(tx, limit)
