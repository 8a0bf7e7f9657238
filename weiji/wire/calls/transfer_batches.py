"""The protocol's calls about batches of transfers: to many people at once, who are not asked whether they take it."""

import asyncio
from hashlib import sha256
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from weiji.web import gettext as _
from weiji.wire.addresses import check_address
from weiji.wire.calls.bills import describe_receipt
from weiji.wire.calls.trade import Appid, Url, actor_of
from weiji.wire.calls.transfers import BillNumber, check_received, no_payee, refuse_transfer
from weiji.wire.errors import WireError, wrong
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.numbers import read_number
from weiji.wire.payees import find_payees
from weiji.wire.transfers import (
    AMOUNT_MAX,
    DETAILS_MAX,
    REMARK_MAX,
    BillState,
    Detail,
    MakeTransferBatch,
    MakeTransferBillStatus,
    TransferBatch,
    TransferBill,
    batch_id_of,
    detail_id_of,
    get_batches,
    get_bills,
    get_progress,
    list_details,
    make_transfer_batches,
)
from weiji.wire.transfers.describing import DETAIL_STATES, describe_batch, describe_detail

_BATCHES: Final = "/v3/transfer/batches"
_RECEIPTS: Final = "/v3/transfer-detail/electronic-receipts"

BODY_BYTES_MAX: Final = 2 * 1024 * 1024
"""A thousand details with sealed names."""

PAGE_MAX: Final = 100
"""Details that one query tells of."""

OFFSET_MAX: Final = DETAILS_MAX

_STATES: Final = {"ALL": None, "SUCCESS": BillState.RECEIVED}

Remark = Annotated[str, Meta(min_length=1, max_length=REMARK_MAX)]


class DetailBody(Struct, kw_only=True):
    """Money for one person."""

    out_detail_no: BillNumber
    transfer_amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    transfer_remark: Remark
    openid: Annotated[str, Meta(min_length=1, max_length=64)]
    user_name: Annotated[str, Meta(max_length=2_000)] | None = None
    """Sealed for us; it is checked that it can be opened, and kept nowhere: an openid is one person's."""


class BatchBody(Struct, kw_only=True):
    """Money for many."""

    appid: Appid
    out_batch_no: BillNumber
    batch_name: Remark
    batch_remark: Remark
    total_amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX * DETAILS_MAX)]
    total_num: Annotated[int, Meta(ge=1, le=DETAILS_MAX)]
    transfer_detail_list: Annotated[list[DetailBody], Meta(min_length=1, max_length=DETAILS_MAX)]
    transfer_scene_id: Annotated[str, Meta(min_length=1, max_length=36)] | None = None
    notify_url: Url | None = None


class ReceiptBody(Struct, kw_only=True):
    """Of which detail a receipt is wanted."""

    accept_type: Literal["BATCH_TRANSFER"]
    out_batch_no: BillNumber
    out_detail_no: BillNumber


@ROUTES.add("POST", _BATCHES, bytes_max=BODY_BYTES_MAX)
async def make(call: Call) -> Answer:
    """Give money to many people, all of it or nothing."""
    body = call.read(BatchBody)
    # A thousand sealed names take a second to open: others are answered meanwhile.
    await asyncio.to_thread(_check, call, body)
    names = [(body.appid, detail.openid) for detail in body.transfer_detail_list]
    async with call.backend.database.read() as reader:
        people = await find_payees(reader, names)
    for place, name in enumerate(names):
        if name not in people:
            raise no_payee(f"/transfer_detail_list/{place}/openid", name[1])
    shop_id = call.party.merchant.shop_id
    command = MakeTransferBatch(
        id=batch_id_of(shop_id, body.out_batch_no),
        shop_id=shop_id,
        mchid=call.mchid,
        number=body.out_batch_no,
        appid=body.appid,
        name=body.batch_name,
        remark=body.batch_remark,
        details=tuple(
            Detail(
                number=detail.out_detail_no,
                openid=detail.openid,
                person_id=people[body.appid, detail.openid],
                amount=detail.transfer_amount,
                remark=detail.transfer_remark,
            )
            for detail in body.transfer_detail_list
        ),
        terms=_terms(body),
        notify_url=check_address(body.notify_url, "/notify_url") if body.notify_url else None,
        key_id=call.notice_key_id,
        actor=actor_of(call),
    )
    result = await call.backend.batchers.of(make_transfer_batches).submit(command)
    if result.status not in (MakeTransferBillStatus.CREATED, MakeTransferBillStatus.EXISTS):
        refuse_transfer(result.status, result.difference)
    batch = await _find_batch(call, command.id)
    return Answer(
        value={
            "out_batch_no": batch.number,
            "batch_id": batch.id.hex,
            "create_time": write_time(batch.created_at),
            "batch_status": "FINISHED" if batch.ended_at else "ACCEPTED",
        }
    )


def _check(call: Call, body: BatchBody) -> None:
    details = body.transfer_detail_list
    if len({detail.out_detail_no for detail in details}) < len(details):
        raise wrong("/transfer_detail_list", _("有一个单号写了两次"))
    if body.total_num != len(details):
        raise wrong("/total_num", _("和明细的条数不一样"), body.total_num)
    if body.total_amount != sum(detail.transfer_amount for detail in details):
        raise wrong("/total_amount", _("和明细的合计不一样"), body.total_amount)
    for place, detail in enumerate(details):
        if detail.user_name is not None:
            call.open(f"/transfer_detail_list/{place}/user_name", detail.user_name)


def _terms(body: BatchBody) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(body)
    # Names are sealed anew each time, and say nothing of who is meant.
    details = [
        (each.out_detail_no, each.transfer_amount, each.transfer_remark, each.openid)
        for each in body.transfer_detail_list
    ]
    told["transfer_detail_list"] = sha256(msgspec.json.encode(details)).hexdigest()
    return {name: value for name, value in told.items() if value is not None}


@ROUTES.add("GET", f"{_BATCHES}/out-batch-no/{{number}}")
async def show_by_number(call: Call) -> Answer:
    """Tell how a batch stands, by the merchant's number."""
    return await _show(call, await _find_batch(call, _id_of(call, call.params["number"])))


@ROUTES.add("GET", f"{_BATCHES}/batch-id/{{batch_id}}")
async def show_by_id(call: Call) -> Answer:
    """Tell how a batch stands, by our number."""
    return await _show(call, await _find_batch(call, _read_id(call.params["batch_id"])))


async def _show(call: Call, batch: TransferBatch) -> Answer:
    offset, limit = read_number(call, "offset", 0, OFFSET_MAX), read_number(call, "limit", 20, PAGE_MAX)
    wants_details = call.query.get("need_query_detail") == "true"
    state = call.query.get("detail_status") or "ALL"
    if state not in (*_STATES, "FAIL"):
        raise wrong("detail_status", _("要是 ALL、SUCCESS 或 FAIL"), state)
    async with call.backend.database.read() as reader:
        progress = await get_progress(reader, batch.id)
        # Of a batch nothing fails: it goes out whole.
        is_wanted = wants_details and state != "FAIL"
        details = await list_details(reader, batch.id, _STATES[state], offset, limit) if is_wanted else []
    told: dict[str, Any] = {"offset": offset, "limit": limit, "transfer_batch": describe_batch(batch, progress)}
    if wants_details:
        told["transfer_detail_list"] = [
            {"detail_id": bill.id.hex, "out_detail_no": bill.number, "detail_status": DETAIL_STATES[bill.state]}
            for bill in details
        ]
    return Answer(value=told)


@ROUTES.add("GET", f"{_BATCHES}/out-batch-no/{{number}}/details/out-detail-no/{{detail_number}}")
async def show_detail_by_number(call: Call) -> Answer:
    """Tell of one detail of a batch, by the merchant's numbers."""
    batch = await _find_batch(call, _id_of(call, call.params["number"]))
    bill = await _find_detail(call, batch, detail_id_of(batch.id, call.params["detail_number"]))
    return Answer(value=describe_detail(batch, bill))


@ROUTES.add("GET", f"{_BATCHES}/batch-id/{{batch_id}}/details/detail-id/{{detail_id}}")
async def show_detail_by_id(call: Call) -> Answer:
    """Tell of one detail of a batch, by our numbers."""
    batch = await _find_batch(call, _read_id(call.params["batch_id"]))
    return Answer(value=describe_detail(batch, await _find_detail(call, batch, _read_id(call.params["detail_id"]))))


@ROUTES.add("POST", _RECEIPTS)
async def ask_receipt(call: Call) -> Answer:
    """Have the receipt of a detail made."""
    body = call.read(ReceiptBody)
    return await _show_receipt(call, body)


@ROUTES.add("GET", _RECEIPTS)
async def show_receipt(call: Call) -> Answer:
    """Tell where the receipt of a detail is."""
    names = ReceiptBody.__struct_fields__
    asked = {name: call.ask(name) for name in names}
    try:
        return await _show_receipt(call, msgspec.convert(asked, ReceiptBody))
    except msgspec.ValidationError as error:
        raise wrong("accept_type", _("要是 BATCH_TRANSFER，并给出你的单号：%(error)s", error=error)) from error


async def _show_receipt(call: Call, asked: ReceiptBody) -> Answer:
    batch = await _find_batch(call, _id_of(call, asked.out_batch_no))
    bill = await _find_detail(call, batch, detail_id_of(batch.id, asked.out_detail_no))
    check_received(bill)
    told = {**msgspec.to_builtins(asked), "signature_no": bill.id.hex, "signature_status": "FINISHED"}
    return Answer(value=told | await describe_receipt(call, bill))


def _id_of(call: Call, number: str) -> UUID:
    return batch_id_of(call.party.merchant.shop_id, number)


def _read_id(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise _nothing() from None


async def _find_batch(call: Call, batch_id: UUID) -> TransferBatch:
    async with call.backend.database.read() as reader:
        found = (await get_batches(reader, [batch_id])).get(batch_id)
    if found is None or found.mchid != call.mchid:
        raise _nothing()
    return found


async def _find_detail(call: Call, batch: TransferBatch, bill_id: UUID) -> TransferBill:
    async with call.backend.database.read() as reader:
        found = (await get_bills(reader, [bill_id])).get(bill_id)
    if found is None or found.batch_id != batch.id:
        raise _nothing()
    return found


def _nothing() -> WireError:
    return WireError(404, "NOT_FOUND", _("你没有这个单号的批次或明细。"))
