"""How the protocol tells of transfer bills: the fields that clients read."""

from typing import Any, Final

from weiji.wire.gate import write_time
from weiji.wire.transfers.model import BillState, TransferBill

STATES: Final = {
    BillState.WAITING: "WAIT_USER_CONFIRM",
    BillState.CONFIRMED: "TRANSFERING",
    BillState.RECEIVED: "SUCCESS",
    BillState.CANCELED: "CANCELLED",
    BillState.EXPIRED: "FAIL",
}
"""As the protocol spells them."""

OVERDUE: Final = "OVERDUE_CLOSE"
"""Why a transfer failed: nobody confirmed it in time."""


def describe_bill(bill: TransferBill) -> dict[str, Any]:
    """Tell of a bill as a query does."""
    told: dict[str, Any] = {
        "mch_id": bill.mchid,
        "out_bill_no": bill.number,
        "transfer_bill_no": bill.id.hex,
        "appid": bill.appid,
        "state": STATES[bill.state],
        "transfer_amount": bill.amount,
        "transfer_remark": bill.remark,
        "openid": bill.openid,
        "create_time": write_time(bill.created_at),
        "update_time": write_time(bill.changed_at),
    }
    return told | ({"fail_reason": OVERDUE} if bill.state is BillState.EXPIRED else {})


def describe_notice(bill: TransferBill) -> dict[str, Any]:
    """Tell of a bill as a notice does."""
    told = describe_bill(bill)
    return {name: value for name, value in told.items() if name not in ("appid", "transfer_remark")}
