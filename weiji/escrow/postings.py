"""The postings of a guaranteed trade. Amounts are fen; a chain's first transfer carries its meaning."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.ids import derive, shard_of
from weiji.ledger import Account, Transfer, TransferFlags, TransferResult, TransferStatus, chart
from weiji.ledger.chart import CNY, CONTROL, Kind

# To derive an account costs as much as to judge a transfer, and those of platform and shops are asked for all the time.
transit: Final = lru_cache(chart.transit)
fee_income: Final = lru_cache(chart.fee_income)
control: Final = lru_cache(chart.control)
merchant_pending: Final = lru_cache(10_000)(chart.merchant_pending)
merchant_available: Final = lru_cache(10_000)(chart.merchant_available)


class Chain(Struct, frozen=True):
    """Transfers that are made all or none, and accounts that are opened before, where they are not open yet."""

    transfers: Sequence[Transfer]
    opening: Sequence[Account] = ()


def hold(order_id: UUID, shop_id: UUID, payment_id: UUID, amount: int) -> Chain:
    """Take a payment that arrived into the order's escrow.

    Every account that the order's money may touch is opened here: one statement less for each verb that follows.
    """
    shard = shard_of(order_id)
    source, target = transit(shard), chart.escrow(order_id)
    return Chain(
        (_move(order_id, derive(order_id, "hold", payment_id), source, target, amount, Kind.HOLD),),
        (
            source,
            target,
            merchant_pending(shop_id),
            merchant_available(shop_id),
            fee_income(shard),
            control(shard),
            chart.refundable(order_id),
        ),
    )


def release(order_id: UUID, shop_id: UUID, amount: int, fee: int) -> Chain:
    """Give the escrow to the shop, gross; then take the fee; and note what may still be claimed back."""
    shard = shard_of(order_id)
    escrow, pending = chart.escrow(order_id), merchant_pending(shop_id)
    counter, refundable = control(shard), chart.refundable(order_id)
    given = _move(order_id, derive(order_id, "release", 1), escrow, pending, amount, Kind.RELEASE, TransferFlags.LINKED)
    noted = _move(order_id, derive(order_id, "refundable", 1), counter, refundable, amount, Kind.REFUNDABLE)
    if not fee:
        return Chain((given, noted))
    income = fee_income(shard)
    taken = _move(order_id, derive(order_id, "fee", 1), pending, income, fee, Kind.FEE, TransferFlags.LINKED)
    return Chain((given, taken, noted))


def settle(order_id: UUID, shop_id: UUID, amount: int) -> Chain:
    """Let the shop withdraw what the order brought, the fee taken."""
    source, target = merchant_pending(shop_id), merchant_available(shop_id)
    return Chain((_move(order_id, derive(order_id, "settle", 1), source, target, amount, Kind.SETTLE),))


def refund(order_id: UUID, refund_id: UUID, amount: int) -> Chain:
    """Send money of the escrow back on its way to the payer."""
    source, target = chart.escrow(order_id), transit(shard_of(order_id))
    return Chain((_move(order_id, derive(order_id, "refund", refund_id), source, target, amount, Kind.REFUND),))


def is_done(results: Sequence[TransferResult]) -> bool:
    """Tell whether a chain stands: made now, or found whole from before (its first event then `exists`)."""
    return results[0].status is TransferStatus.EXISTS or all(r.status is TransferStatus.CREATED for r in results)


def _move(
    order_id: UUID,
    id: UUID,
    debit: Account,
    credit: Account,
    amount: int,
    kind: Kind,
    flags: TransferFlags = TransferFlags.NONE,
) -> Transfer:
    return Transfer(
        id=id,
        debit_account_id=debit.id,
        credit_account_id=credit.id,
        amount=amount,
        ledger=CONTROL if kind is Kind.REFUNDABLE else CNY,
        code=kind,
        flags=flags,
        journal_id=order_id,
    )
