"""What is decided about deposits, and what is then posted: pure functions over what was read.

Each id is derived from a command's or a closing's, so that it happens once.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from weiji.deposits.model import (
    COMPENSATION_LEAST,
    COMPENSATION_TIMES,
    CollectDues,
    CompensateBuyer,
    CompensateBuyerStatus,
    Compensated,
    PayDeposit,
    PayDepositStatus,
    ReceiveCompensation,
    ReleaseDeposit,
    Stake,
    TakeBackDeposit,
    TakeBackDepositStatus,
    TakePaidDeposit,
)
from weiji.kit.ids import derive, shard_of
from weiji.ledger import AMOUNT_MAX, Kind, Transfer, TransferFlags, TransferResult, TransferStatus, chart, move
from weiji.payments import Payment, Purpose, repay_debt

_FROZEN: Final = frozenset({TransferStatus.DEBIT_ACCOUNT_FROZEN, TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED})
_LACKING: Final = frozenset(
    {TransferStatus.EXCEEDS_CREDITS, TransferStatus.DEBIT_ACCOUNT_NOT_FOUND, TransferStatus.ID_ALREADY_FAILED}
)


def check_paying(command: PayDeposit, stake: Stake | None) -> PayDepositStatus | None:
    """Say what is wrong with a command before the ledger is asked; None if nothing is."""
    if stake is None:
        return PayDepositStatus.SHOP_NOT_FOUND
    if shard_of(command.id) != shard_of(command.shop_id):
        return PayDepositStatus.ID_IN_ANOTHER_SHARD
    if not 1 <= command.amount <= AMOUNT_MAX:
        return PayDepositStatus.AMOUNT_OUT_OF_RANGE
    if stake.closing_at is not None:
        return PayDepositStatus.NOT_ALLOWED_NOW
    return None


def pay(command: PayDeposit) -> list[Transfer]:
    """Move what a shop has available into its deposit."""
    available, deposit = chart.merchant_available(command.shop_id), chart.merchant_deposit(command.shop_id)
    return [move(command.shop_id, command.id, available, deposit, command.amount, Kind.DEPOSIT)]


def read_paying(results: Sequence[TransferResult]) -> PayDepositStatus:
    """Say what the ledger's answer means."""
    status = results[0].status
    if status is TransferStatus.CREATED:
        return PayDepositStatus.PAID
    if status is TransferStatus.EXISTS:
        return PayDepositStatus.EXISTS
    if status in _FROZEN:
        return PayDepositStatus.SHOP_FROZEN
    if status in _LACKING:
        return PayDepositStatus.INSUFFICIENT_FUNDS
    return PayDepositStatus.ID_TAKEN


def check_taking_back(command: TakeBackDeposit, stake: Stake | None) -> TakeBackDepositStatus | None:
    """Say what is wrong with a command before the ledger is asked; None if nothing is."""
    if stake is None:
        return TakeBackDepositStatus.SHOP_NOT_FOUND
    if shard_of(command.id) != shard_of(command.shop_id):
        return TakeBackDepositStatus.ID_IN_ANOTHER_SHARD
    if not 1 <= command.amount <= AMOUNT_MAX:
        return TakeBackDepositStatus.AMOUNT_OUT_OF_RANGE
    if stake.closing_at is not None:
        return TakeBackDepositStatus.NOT_ALLOWED_NOW
    return TakeBackDepositStatus.DISPUTE_OPEN if stake.is_disputed else None


BARRED: Final = frozenset({TakeBackDepositStatus.NOT_ALLOWED_NOW, TakeBackDepositStatus.DISPUTE_OPEN})
"""What a shop hears that may not take anything back just now."""


def read_posted(posted: Mapping[str, object], command: TakeBackDeposit) -> TakeBackDepositStatus:
    """Say of a transfer that has a command's id whether it is the command's."""
    sides = (chart.merchant_deposit(command.shop_id).id, chart.merchant_available(command.shop_id).id)
    found = (posted["debit_account_id"], posted["credit_account_id"], posted["amount"])
    return TakeBackDepositStatus.EXISTS if found == (*sides, command.amount) else TakeBackDepositStatus.ID_TAKEN


def take_back(command: TakeBackDeposit, required: int) -> list[Transfer]:
    """Make money of a deposit available, as long as what is asked stays: that is held and let go in the same chain.

    So the ledger itself refuses what would go below it, whatever drew on the deposit since it was read.
    """
    available, deposit = chart.merchant_available(command.shop_id), chart.merchant_deposit(command.shop_id)
    about = command.shop_id
    if not required:
        return [move(about, command.id, deposit, available, command.amount, Kind.DEPOSIT_RETURNED)]
    linked, kept = TransferFlags.LINKED, derive(command.id, "kept")
    void = TransferFlags.VOID_PENDING_TRANSFER
    return [
        move(about, command.id, deposit, available, command.amount, Kind.DEPOSIT_RETURNED, linked),
        move(about, kept, deposit, available, required, Kind.DEPOSIT_RETURNED, linked | TransferFlags.PENDING),
        Transfer(id=derive(command.id, "kept no longer"), pending_id=kept, flags=void, journal_id=about),
    ]


def read_taking_back(results: Sequence[TransferResult]) -> TakeBackDepositStatus:
    """Say what the ledger's answer means."""
    statuses = {result.status for result in results}
    if statuses == {TransferStatus.CREATED}:
        return TakeBackDepositStatus.TAKEN_BACK
    first = results[0].status
    # A command that comes again with another floor has other flags: the money was moved all the same.
    if first is TransferStatus.EXISTS or first is TransferStatus.EXISTS_WITH_DIFFERENT_FLAGS:
        return TakeBackDepositStatus.EXISTS
    if statuses & _LACKING:
        return TakeBackDepositStatus.EXCEEDS_EXCESS
    if statuses & _FROZEN:
        return TakeBackDepositStatus.SHOP_FROZEN
    return TakeBackDepositStatus.ID_TAKEN


def take_paid(command: TakePaidDeposit) -> Transfer:
    """Bring into a deposit what arrived for it."""
    way, deposit = chart.transit(shard_of(command.shop_id)), chart.merchant_deposit(command.shop_id)
    id = derive(command.shop_id, "deposit paid", command.payment_id)
    return move(command.shop_id, id, way, deposit, command.amount, Kind.DEPOSIT)


def release(command: ReleaseDeposit) -> Transfer:
    """Make all of a deposit available, whatever it is by then."""
    available, deposit = chart.merchant_available(command.shop_id), chart.merchant_deposit(command.shop_id)
    id = derive(command.shop_id, "deposit released", command.id)
    flags = TransferFlags.BALANCING_DEBIT
    return move(command.shop_id, id, deposit, available, AMOUNT_MAX, Kind.DEPOSIT_RETURNED, flags)


def check_compensating(
    command: CompensateBuyer, payment: Payment | None, before: Sequence[Compensated]
) -> CompensateBuyerStatus | None:
    """Say what is wrong with a command before the ledger is asked; None if nothing is.

    *before* has what was awarded for the order, by this command, too, where it comes again.
    """
    others = [each for each in before if each.id != _posting_of(command)]
    left = compensable(command.shop_id, command.order_id, payment, others)
    if left is None or shard_of(command.id) != shard_of(command.shop_id):
        return CompensateBuyerStatus.ORDER_NOT_FOUND
    if not 1 <= command.amount <= left:
        return CompensateBuyerStatus.EXCEEDS_LIMIT
    return None


def compensable(shop_id: UUID, order_id: UUID, payment: Payment | None, before: Sequence[Compensated]) -> int | None:
    """Say how much may be awarded for an order after what was *before*; None where it was not paid for by a payment."""
    paid = _paid_for(shop_id, order_id, payment)
    if not paid:
        return None
    most = max(COMPENSATION_TIMES * paid, COMPENSATION_LEAST)
    return max(most - sum(each.amount for each in before), 0)


def _paid_for(shop_id: UUID, order_id: UUID, payment: Payment | None) -> int:
    """Say how much of what a channel took was for an order of a shop."""
    if payment is None or payment.purpose is not Purpose.ORDER or not payment.captured:
        return 0
    wanted = (order_id, shop_id)
    if not payment.parts:
        return payment.captured if (payment.subject_id, payment.payee_id) == wanted else 0
    return sum(part.amount for part in payment.parts if (part.order_id, part.shop_id) == wanted)


def compensate(command: CompensateBuyer) -> Transfer:
    """Send money of a deposit on its way to who bought something."""
    deposit, way = chart.merchant_deposit(command.shop_id), chart.transit(shard_of(command.shop_id))
    return move(command.order_id, _posting_of(command), deposit, way, command.amount, Kind.COMPENSATION)


def _posting_of(command: CompensateBuyer) -> UUID:
    return derive(command.id, "compensation")


def read_compensating(result: TransferResult) -> CompensateBuyerStatus:
    """Say what the ledger's answer means."""
    if result.status is TransferStatus.CREATED:
        return CompensateBuyerStatus.COMPENSATED
    if result.status is TransferStatus.EXISTS:
        return CompensateBuyerStatus.EXISTS
    if result.status in _LACKING:
        return CompensateBuyerStatus.INSUFFICIENT_DEPOSIT
    if result.status in _FROZEN:
        return CompensateBuyerStatus.SHOP_FROZEN
    return CompensateBuyerStatus.ID_TAKEN


def receive(command: ReceiveCompensation) -> Transfer:
    """Bring what was awarded into the wallet."""
    way, wallet = chart.transit(shard_of(command.person_id)), chart.wallet(command.person_id)
    id = derive(command.person_id, "compensation", command.id)
    kind = Kind.POSTAGE if command.is_postage else Kind.COMPENSATION
    return move(command.order_id, id, way, wallet, command.amount, kind)


def collect(command: CollectDues, stake: Stake) -> tuple[Transfer, ...]:
    """Let what is available go to what is owed, then to what the deposit lacks. Both take at most what is there.

    A deposit is filled only where one was ever put up, and not while the shop is being closed; nor while a court takes
    whatever comes into it: its order is about the deposit, not about what the shop has besides.
    """
    dues: list[Transfer] = []
    if stake.owed:
        dues.append(repay_debt(stake.id, command.id))
    if stake.has_paid and stake.lacking and stake.closing_at is None and not stake.is_frozen:
        available, deposit = chart.merchant_available(stake.id), chart.merchant_deposit(stake.id)
        id = derive(stake.id, "refill", command.id)
        flags = TransferFlags.BALANCING_DEBIT
        dues.append(move(stake.id, id, available, deposit, stake.lacking, Kind.DEPOSIT_REFILLED, flags))
    return tuple(dues)
