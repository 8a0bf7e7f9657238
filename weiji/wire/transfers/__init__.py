"""Transfers: a merchant's program gives money to a person, who confirms that they take it."""

from weiji.wire.transfers.model import (
    AMOUNT_MAX,
    LASTS,
    REMARK_MAX,
    BillState,
    ConfirmTransferBill,
    ConfirmTransferBillStatus,
    EndTransferBill,
    EndTransferBillStatus,
    MakeTransferBill,
    MakeTransferBillResult,
    MakeTransferBillStatus,
    NoteTransfer,
    ReceiveTransfer,
    TransferBill,
    bill_id_of,
)
from weiji.wire.transfers.operations import (
    confirm_transfer_bills,
    end_transfer_bills,
    make_transfer_bills,
    note_transfers,
    receive_transfers,
)
from weiji.wire.transfers.rules import is_for
from weiji.wire.transfers.store import find_bill_for_payee, get_bills, get_due_bills, list_bills

__all__ = [
    "AMOUNT_MAX",
    "LASTS",
    "REMARK_MAX",
    "BillState",
    "ConfirmTransferBill",
    "ConfirmTransferBillStatus",
    "EndTransferBill",
    "EndTransferBillStatus",
    "MakeTransferBill",
    "MakeTransferBillResult",
    "MakeTransferBillStatus",
    "NoteTransfer",
    "ReceiveTransfer",
    "TransferBill",
    "bill_id_of",
    "confirm_transfer_bills",
    "end_transfer_bills",
    "find_bill_for_payee",
    "get_bills",
    "get_due_bills",
    "is_for",
    "list_bills",
    "make_transfer_bills",
    "note_transfers",
    "receive_transfers",
]
