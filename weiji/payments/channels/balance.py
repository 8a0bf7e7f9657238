"""The wallet: the one channel that has no outside. It pays and takes back within our own transaction."""

from collections.abc import Sequence
from typing import Final

from weiji.kit.ids import derive
from weiji.ledger import Account, Kind, Transfer, TransferFlags, TransferResult, TransferStatus, chart
from weiji.payments.model import BALANCE, CreatePaymentStatus, Payment, Purpose

_REFUSALS: Final = {
    TransferStatus.EXCEEDS_CREDITS: CreatePaymentStatus.INSUFFICIENT_FUNDS,
    # Whoever never had money has no wallet.
    TransferStatus.DEBIT_ACCOUNT_NOT_FOUND: CreatePaymentStatus.INSUFFICIENT_FUNDS,
    TransferStatus.DEBIT_ACCOUNT_FROZEN: CreatePaymentStatus.WALLET_FROZEN,
    TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED: CreatePaymentStatus.WALLET_FROZEN,
}


def captures(payment: Payment, transit: Account) -> list[Transfer]:
    """Take a payment out of the payer's wallet: in one transfer for each order, all of them or none."""
    if not payment.parts:
        return [capture(payment, transit)]
    wallet = chart.wallet(payment.payer_id)
    return [
        Transfer(
            id=derive(payment.id, "capture", BALANCE, part.order_id),
            debit_account_id=wallet.id,
            credit_account_id=transit.id,
            amount=part.amount,
            ledger=chart.CNY,
            code=_code(payment),
            flags=TransferFlags.LINKED if part is not payment.parts[-1] else TransferFlags.NONE,
            journal_id=part.order_id,
        )
        for part in payment.parts
    ]


def capture(payment: Payment, transit: Account) -> Transfer:
    """Take a payment for one order out of the payer's wallet."""
    return Transfer(
        id=derive(payment.id, "capture", BALANCE),
        debit_account_id=chart.wallet(payment.payer_id).id,
        credit_account_id=transit.id,
        amount=payment.amount,
        ledger=chart.CNY,
        code=_code(payment),
        journal_id=payment.subject_id,
    )


def _code(payment: Payment) -> Kind:
    return Kind.MERCHANT_CAPTURE if payment.purpose is Purpose.MERCHANT_ORDER else Kind.CAPTURE


def refusal(results: Sequence[TransferResult]) -> CreatePaymentStatus:
    """Say why the wallet did not pay. Any other reason is a fault of ours."""
    # The others of a chain only say that one failed.
    status = next((r.status for r in results if r.status is not TransferStatus.LINKED_EVENT_FAILED), results[0].status)
    return _REFUSALS[status]
