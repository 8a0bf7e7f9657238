"""The wallet: the one channel that has no outside. It pays and takes back within our own transaction."""

from typing import Final

from weiji.kit.ids import derive
from weiji.ledger import Account, Kind, Transfer, TransferStatus, chart
from weiji.payments.model import BALANCE, CreatePaymentStatus, Payment

_REFUSALS: Final = {
    TransferStatus.EXCEEDS_CREDITS: CreatePaymentStatus.INSUFFICIENT_FUNDS,
    # Whoever never had money has no wallet.
    TransferStatus.DEBIT_ACCOUNT_NOT_FOUND: CreatePaymentStatus.INSUFFICIENT_FUNDS,
    TransferStatus.DEBIT_ACCOUNT_FROZEN: CreatePaymentStatus.WALLET_FROZEN,
    TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED: CreatePaymentStatus.WALLET_FROZEN,
}


def capture(payment: Payment, transit: Account) -> Transfer:
    """Take a payment out of the payer's wallet."""
    return Transfer(
        id=derive(payment.id, "capture", BALANCE),
        debit_account_id=chart.wallet(payment.payer_id).id,
        credit_account_id=transit.id,
        amount=payment.amount,
        ledger=chart.CNY,
        code=Kind.CAPTURE,
        journal_id=payment.subject_id,
    )


def refusal(status: TransferStatus) -> CreatePaymentStatus:
    """Say why the wallet did not pay. Any other reason is a fault of ours."""
    return _REFUSALS[status]
