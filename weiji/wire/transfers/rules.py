"""What is decided about transfers, as pure functions over what was read. They change what they are given."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from weiji.wire.openids import openid_of
from weiji.wire.trade.rules import find_difference
from weiji.wire.transfers.model import (
    LASTS,
    BillState,
    ConfirmTransferBill,
    ConfirmTransferBillStatus,
    EndTransferBill,
    EndTransferBillStatus,
    MakeTransferBill,
    MakeTransferBillResult,
    MakeTransferBillStatus,
    TransferBill,
)


def judge_make(
    found: TransferBill | None, barred: Collection[UUID], debts: Mapping[UUID, int], command: MakeTransferBill
) -> MakeTransferBillResult:
    """Judge a transfer, as far as the ledger has no say."""
    if found is not None:
        difference = find_difference(found.terms, command.terms)
        status = MakeTransferBillStatus.EXISTS_WITH_DIFFERENT_TERMS if difference else MakeTransferBillStatus.EXISTS
        return MakeTransferBillResult(status=status, difference=difference)
    if command.shop_id in barred:
        return MakeTransferBillResult(status=MakeTransferBillStatus.WITHDRAWALS_BARRED)
    if debts.get(command.shop_id):
        return MakeTransferBillResult(status=MakeTransferBillStatus.OWES)
    return MakeTransferBillResult(status=MakeTransferBillStatus.CREATED)


def bill_of(command: MakeTransferBill, hold_id: UUID, now: datetime) -> TransferBill:
    """Make the bill that a command asks for."""
    return TransferBill(
        id=command.id,
        shop_id=command.shop_id,
        mchid=command.mchid,
        number=command.number,
        appid=command.appid,
        openid=command.openid,
        amount=command.amount,
        remark=command.remark,
        terms=command.terms,
        notify_url=command.notify_url,
        key_id=command.key_id,
        hold_id=hold_id,
        state=BillState.WAITING,
        created_at=now,
        expires_at=now + LASTS,
        due_at=now + LASTS,
    )


def is_for(bill: TransferBill, person_id: UUID) -> bool:
    """Tell whether a bill is for somebody: the name that its app has for them is made of who they are."""
    return openid_of(bill.appid, person_id) == bill.openid


def judge_confirm(bill: TransferBill | None, command: ConfirmTransferBill, now: datetime) -> ConfirmTransferBillStatus:
    """Judge whether somebody takes the money. Until it is confirmed it expires, whether the clock was there or not."""
    if bill is None:
        return ConfirmTransferBillStatus.BILL_NOT_FOUND
    if not is_for(bill, command.person_id):
        return ConfirmTransferBillStatus.FOR_SOMEBODY_ELSE
    if bill.person_id is not None:
        return ConfirmTransferBillStatus.EXISTS
    if bill.state is BillState.CANCELED:
        return ConfirmTransferBillStatus.CANCELED
    if bill.state is BillState.EXPIRED or now >= bill.expires_at:
        return ConfirmTransferBillStatus.EXPIRED
    bill.state = BillState.CONFIRMED
    bill.person_id = command.person_id
    bill.confirmed_at = now
    bill.due_at = None
    return ConfirmTransferBillStatus.CONFIRMED


def judge_end(bill: TransferBill | None, command: EndTransferBill, now: datetime) -> EndTransferBillStatus:
    """Judge whether money that nobody confirmed goes back."""
    if bill is None or command.caller_mchid not in (None, bill.mchid):
        return EndTransferBillStatus.BILL_NOT_FOUND
    if bill.person_id is not None:
        return EndTransferBillStatus.ALREADY_CONFIRMED
    if bill.state is BillState.WAITING:
        if now >= bill.expires_at:
            bill.state = BillState.EXPIRED
        elif command.caller_mchid is None:
            return EndTransferBillStatus.NOT_DUE
        else:
            bill.state = BillState.CANCELED
        bill.ended_at = now
        bill.due_at = None
    return EndTransferBillStatus(bill.state.value)
