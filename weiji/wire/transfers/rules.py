"""What is decided about transfers, as pure functions over what was read. They change what they are given."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.kit.ids import derive, shard_of
from weiji.ledger import AMOUNT_MAX, Account, Kind, Transfer, TransferFlags, TransferStatus, chart, move
from weiji.wire.openids import openid_of
from weiji.wire.trade.rules import find_difference
from weiji.wire.transfers.model import (
    LASTS,
    BillState,
    ConfirmTransferBill,
    ConfirmTransferBillStatus,
    EndTransferBill,
    EndTransferBillStatus,
    MakeTransferBatch,
    MakeTransferBill,
    MakeTransferBillResult,
    MakeTransferBillStatus,
    ReceiveTransfer,
    TransferBatch,
    TransferBill,
    detail_id_of,
)

_S = BillState

MOVES: Final[Mapping[BillState, frozenset[BillState]]] = {
    _S.WAITING: frozenset({_S.CONFIRMED, _S.CANCELED, _S.EXPIRED}),
    _S.CONFIRMED: frozenset({_S.RECEIVED}),
    _S.RECEIVED: frozenset(),
    _S.CANCELED: frozenset(),
    _S.EXPIRED: frozenset(),
}
"""What a bill may become."""

_FROZEN: Final = frozenset({TransferStatus.DEBIT_ACCOUNT_FROZEN, TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED})


def judge_make(
    found: TransferBill | TransferBatch | None,
    barred: Collection[UUID],
    claims: Mapping[UUID, int],
    command: MakeTransferBill | MakeTransferBatch,
) -> MakeTransferBillResult:
    """Judge a transfer, or a batch of them, as far as the ledger has no say."""
    if found is not None:
        difference = find_difference(found.terms, command.terms)
        status = MakeTransferBillStatus.EXISTS_WITH_DIFFERENT_TERMS if difference else MakeTransferBillStatus.EXISTS
        return MakeTransferBillResult(status=status, difference=difference)
    if command.shop_id in barred:
        return MakeTransferBillResult(status=MakeTransferBillStatus.WITHDRAWALS_BARRED)
    if claims.get(command.shop_id):
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


def batch_of(command: MakeTransferBatch, now: datetime) -> TransferBatch:
    """Make the batch that a command asks for."""
    return TransferBatch(
        id=command.id,
        shop_id=command.shop_id,
        mchid=command.mchid,
        number=command.number,
        appid=command.appid,
        name=command.name,
        remark=command.remark,
        amount=sum(detail.amount for detail in command.details),
        quantity=len(command.details),
        terms=command.terms,
        notify_url=command.notify_url,
        key_id=command.key_id,
        created_at=now,
    )


def details_of(command: MakeTransferBatch, sent_as: Callable[[], UUID], now: datetime) -> list[TransferBill]:
    """Make the bills of a batch: on their way at once, under ids that *sent_as* gives."""
    return [
        TransferBill(
            id=detail_id_of(command.id, detail.number),
            shop_id=command.shop_id,
            mchid=command.mchid,
            number=detail.number,
            appid=command.appid,
            openid=detail.openid,
            amount=detail.amount,
            remark=detail.remark,
            terms={},
            notify_url=None,
            key_id=None,
            hold_id=sent_as(),
            state=BillState.CONFIRMED,
            created_at=now,
            expires_at=now,
            due_at=None,
            person_id=detail.person_id,
            confirmed_at=now,
            batch_id=command.id,
        )
        for detail in command.details
    ]


def refusal_of(statuses: Collection[TransferStatus]) -> MakeTransferBillStatus:
    """Say why the ledger gave no money: a court has it, or there is not as much."""
    is_frozen = not _FROZEN.isdisjoint(statuses)
    return MakeTransferBillStatus.SHOP_FROZEN if is_frozen else MakeTransferBillStatus.INSUFFICIENT_FUNDS


def take(bill: TransferBill, flags: TransferFlags) -> tuple[Transfer, tuple[Account, Account]]:
    """Take a bill's money from what its shop may withdraw: held, or sent on its way at once."""
    source, target = chart.merchant_available(bill.shop_id), chart.transit(shard_of(bill.shop_id))
    return move(bill.id, bill.hold_id, source, target, bill.amount, Kind.TRANSFER, flags), (source, target)


def end_hold(bill: TransferBill) -> Transfer:
    """Send what is held on its way, of a bill that was confirmed; let it go, of one that ended."""
    return Transfer(
        id=derive(bill.id, "hold ended"),
        pending_id=bill.hold_id,
        amount=AMOUNT_MAX if bill.person_id else 0,
        flags=TransferFlags.POST_PENDING_TRANSFER if bill.person_id else TransferFlags.VOID_PENDING_TRANSFER,
        journal_id=bill.id,
    )


def receive(command: ReceiveTransfer) -> tuple[Transfer, tuple[Account, Account]]:
    """Bring the money into the wallet of its payee: however often it is told, it is one transfer."""
    source, target = chart.transit(shard_of(command.person_id)), chart.wallet(command.person_id)
    id = derive(command.person_id, "transfer bill", command.bill_id)
    return move(command.bill_id, id, source, target, command.amount, Kind.TRANSFER), (source, target)


def note_received(bill: TransferBill, now: datetime) -> bool:
    """Note that the payee has it; False: that was noted."""
    if BillState.RECEIVED not in MOVES[bill.state]:
        return False
    bill.state, bill.ended_at = BillState.RECEIVED, now
    return True


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
    assert BillState.CONFIRMED in MOVES[bill.state], bill.state
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
    end = BillState.EXPIRED if now >= bill.expires_at else BillState.CANCELED
    if end in MOVES[bill.state]:
        if end is BillState.CANCELED and command.caller_mchid is None:
            return EndTransferBillStatus.NOT_DUE
        bill.state = end
        bill.ended_at = now
        bill.due_at = None
    return EndTransferBillStatus(bill.state.value)
