"""The postings of a guaranteed trade. Amounts are fen; a chain's first transfer carries its meaning."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from weiji.kit.ids import derive, shard_of
from weiji.ledger import Account, Transfer, TransferFlags, TransferResult, TransferStatus, chart
from weiji.ledger.chart import CNY, CONTROL, Kind


def accounts_of(order_id: UUID, shop_id: UUID) -> list[Account]:
    """Name every account that an order's money may touch: they are opened when first needed."""
    shard = shard_of(order_id)
    return [
        chart.escrow(order_id),
        chart.refundable(order_id),
        chart.merchant_pending(shop_id),
        chart.merchant_available(shop_id),
        chart.transit(shard),
        chart.fee_income(shard),
        chart.control(shard),
    ]


def hold(order_id: UUID, payment_id: UUID, amount: int) -> list[Transfer]:
    """Take a payment that arrived into the order's escrow."""
    return [
        Transfer(
            id=derive(order_id, "hold", payment_id),
            debit_account_id=chart.transit(shard_of(order_id)).id,
            credit_account_id=chart.escrow(order_id).id,
            amount=amount,
            ledger=CNY,
            code=Kind.HOLD,
            journal_id=order_id,
        )
    ]


def release(order_id: UUID, shop_id: UUID, amount: int, fee: int) -> list[Transfer]:
    """Give the escrow to the shop, gross; then take the fee; and note what may still be claimed back."""
    shard = shard_of(order_id)
    pending = chart.merchant_pending(shop_id).id
    postings = [
        Transfer(
            id=derive(order_id, "release", 1),
            debit_account_id=chart.escrow(order_id).id,
            credit_account_id=pending,
            amount=amount,
            ledger=CNY,
            code=Kind.RELEASE,
            journal_id=order_id,
        ),
        Transfer(
            id=derive(order_id, "refundable", 1),
            debit_account_id=chart.control(shard).id,
            credit_account_id=chart.refundable(order_id).id,
            amount=amount,
            ledger=CONTROL,
            code=Kind.REFUNDABLE,
            journal_id=order_id,
        ),
    ]
    if fee:
        postings.insert(
            1,
            Transfer(
                id=derive(order_id, "fee", 1),
                debit_account_id=pending,
                credit_account_id=chart.fee_income(shard).id,
                amount=fee,
                ledger=CNY,
                code=Kind.FEE,
                journal_id=order_id,
            ),
        )
    return linked(postings)


def settle(order_id: UUID, shop_id: UUID, amount: int) -> list[Transfer]:
    """Let the shop withdraw what the order brought, the fee taken."""
    return [
        Transfer(
            id=derive(order_id, "settle", 1),
            debit_account_id=chart.merchant_pending(shop_id).id,
            credit_account_id=chart.merchant_available(shop_id).id,
            amount=amount,
            ledger=CNY,
            code=Kind.SETTLE,
            journal_id=order_id,
        )
    ]


def refund(order_id: UUID, refund_id: UUID, amount: int) -> list[Transfer]:
    """Send money of the escrow back on its way to the payer."""
    return [
        Transfer(
            id=derive(order_id, "refund", refund_id),
            debit_account_id=chart.escrow(order_id).id,
            credit_account_id=chart.transit(shard_of(order_id)).id,
            amount=amount,
            ledger=CNY,
            code=Kind.REFUND,
            journal_id=order_id,
        )
    ]


def linked(postings: Sequence[Transfer]) -> list[Transfer]:
    """Make one chain of postings: all or none."""
    return [replace(posting, flags=posting.flags | TransferFlags.LINKED) for posting in postings[:-1]] + [postings[-1]]


def is_done(results: Sequence[TransferResult]) -> bool:
    """Tell whether a chain stands: made now, or found whole from before (its first event then `exists`)."""
    return results[0].status is TransferStatus.EXISTS or all(r.status is TransferStatus.CREATED for r in results)
