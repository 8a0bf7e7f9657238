"""How the protocol tells of transfer bills: the fields that clients read."""

from datetime import datetime
from typing import Any, Final

from weiji.wire.gate import write_time
from weiji.wire.transfers.model import BatchProgress, BillState, TransferBatch, TransferBill

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
    return {
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
        **tell_failure(bill),
    }


def tell_failure(bill: TransferBill) -> dict[str, str]:
    """Say why nobody got a bill's money; nothing where that is open."""
    return {"fail_reason": OVERDUE} if bill.state is BillState.EXPIRED else {}


def describe_notice(bill: TransferBill) -> dict[str, Any]:
    """Tell of a bill as a notice does."""
    told = describe_bill(bill)
    return {name: value for name, value in told.items() if name not in ("appid", "transfer_remark")}


DETAIL_STATES: Final = {BillState.CONFIRMED: "PROCESSING", BillState.RECEIVED: "SUCCESS"}
"""A batch's details, likewise. None fails: what can't go out is refused with its batch."""


def describe_batch(batch: TransferBatch, progress: BatchProgress) -> dict[str, Any]:
    """Tell of a batch as a query does."""
    scene_id = batch.terms.get("transfer_scene_id")
    return {
        "mchid": batch.mchid,
        "out_batch_no": batch.number,
        "batch_id": batch.id.hex,
        "appid": batch.appid,
        "batch_status": "FINISHED" if batch.ended_at else "PROCESSING",
        "batch_type": "API",
        "batch_name": batch.name,
        "batch_remark": batch.remark,
        "total_amount": batch.amount,
        "total_num": batch.quantity,
        "create_time": write_time(batch.created_at),
        "update_time": write_time(batch.ended_at or batch.created_at),
        "success_amount": progress.amount,
        "success_num": progress.quantity,
        "fail_amount": 0,
        "fail_num": 0,
        **({"transfer_scene_id": scene_id} if scene_id else {}),
    }


def describe_batch_notice(batch: TransferBatch, ended_at: datetime) -> dict[str, Any]:
    """Tell, in a notice, of a batch whose payees all have their money."""
    return {
        "out_batch_no": batch.number,
        "batch_id": batch.id.hex,
        "batch_status": "FINISHED",
        "total_num": batch.quantity,
        "total_amount": batch.amount,
        "success_amount": batch.amount,
        "success_num": batch.quantity,
        "fail_amount": 0,
        "fail_num": 0,
        "mchid": batch.mchid,
        "update_time": write_time(ended_at),
    }


def describe_detail(batch: TransferBatch, bill: TransferBill) -> dict[str, Any]:
    """Tell of one detail of a batch."""
    return {
        "mchid": batch.mchid,
        "out_batch_no": batch.number,
        "batch_id": batch.id.hex,
        "appid": batch.appid,
        "out_detail_no": bill.number,
        "detail_id": bill.id.hex,
        "detail_status": DETAIL_STATES[bill.state],
        "transfer_amount": bill.amount,
        "transfer_remark": bill.remark,
        "openid": bill.openid,
        "initiate_time": write_time(bill.created_at),
        "update_time": write_time(bill.changed_at),
    }
