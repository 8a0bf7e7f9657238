"""The protocol's calls about transfers that people confirm: make, ask, cancel, and a receipt on paper."""

from typing import Annotated, Any, Final, NoReturn
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from weiji.kit import clock
from weiji.web import gettext as _
from weiji.wire.addresses import check_address
from weiji.wire.calls.bills import describe_receipt
from weiji.wire.calls.trade import Appid, Url, actor_of
from weiji.wire.errors import WireError, not_allowed, wrong
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.payees import find_payees
from weiji.wire.tickets import TRANSFER_PREFIX, write_ticket
from weiji.wire.transfers import (
    AMOUNT_MAX,
    LASTS,
    REMARK_MAX,
    BillState,
    EndTransferBill,
    EndTransferBillStatus,
    MakeTransferBill,
    MakeTransferBillStatus,
    TransferBill,
    bill_id_of,
    end_transfer_bills,
    get_bills,
    make_transfer_bills,
)
from weiji.wire.transfers.describing import STATES, describe_bill, tell_failure

_BILLS: Final = "/v3/fund-app/mch-transfer/transfer-bills"
_RECEIPTS: Final = "/v3/fund-app/mch-transfer/elecsign"

REPORTS_MAX: Final = 10
"""Lines in which a merchant says what a transfer is for."""

BillNumber = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z]+\Z")]


class Report(Struct, kw_only=True):
    """What a merchant says of a transfer."""

    info_type: Annotated[str, Meta(min_length=1, max_length=15)]
    info_content: Annotated[str, Meta(min_length=1, max_length=32)]


class TransferBody(Struct, kw_only=True):
    """Money for a person."""

    appid: Appid
    out_bill_no: BillNumber
    transfer_scene_id: Annotated[str, Meta(min_length=1, max_length=36)]
    openid: Annotated[str, Meta(min_length=1, max_length=64)]
    transfer_amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
    transfer_remark: Annotated[str, Meta(min_length=1, max_length=REMARK_MAX)]
    user_name: Annotated[str, Meta(max_length=2_000)] | None = None
    """Sealed for us; it is checked that it can be opened, and kept nowhere: an openid is one person's."""
    notify_url: Url | None = None
    user_recv_perception: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    transfer_scene_report_infos: Annotated[list[Report], Meta(max_length=REPORTS_MAX)] = []


class ReceiptBody(Struct, kw_only=True):
    """Of which transfer a receipt is wanted."""

    out_bill_no: BillNumber | None = None
    transfer_bill_no: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


@ROUTES.add("POST", _BILLS)
async def make(call: Call) -> Answer:
    """Hold money for a person, and give what they come to the page with where they confirm it."""
    body = call.read(TransferBody)
    if body.user_name is not None:
        call.open("/user_name", body.user_name)
    shop_id = call.party.merchant.shop_id
    bill_id, name = bill_id_of(shop_id, body.out_bill_no), (body.appid, body.openid)
    async with call.backend.database.read() as reader:
        # What is there stays what it is, whoever may have left since.
        if not await get_bills(reader, [bill_id]) and name not in await find_payees(reader, [name]):
            raise no_payee("/openid", body.openid)
    command = MakeTransferBill(
        id=bill_id,
        shop_id=shop_id,
        mchid=call.mchid,
        number=body.out_bill_no,
        appid=body.appid,
        openid=body.openid,
        amount=body.transfer_amount,
        remark=body.transfer_remark,
        terms=_terms(body),
        notify_url=check_address(body.notify_url, "/notify_url") if body.notify_url else None,
        key_id=call.notice_key_id,
        actor=actor_of(call),
    )
    result = await call.backend.batchers.of(make_transfer_bills).submit(command)
    if result.status not in (MakeTransferBillStatus.CREATED, MakeTransferBillStatus.EXISTS):
        refuse_transfer(result.status, result.difference)
    bill = await _find(call, command.id)
    told: dict[str, Any] = {
        "out_bill_no": bill.number,
        "transfer_bill_no": bill.id.hex,
        "create_time": write_time(bill.created_at),
        "state": STATES[bill.state],
        **tell_failure(bill),
    }
    if bill.state is BillState.WAITING:
        told["package_info"] = write_ticket(bill.id, clock.wall(), prefix=TRANSFER_PREFIX, lasts=LASTS)
    return Answer(value=told)


def no_payee(field: str, openid: str) -> WireError:
    """Refuse to give money to whom nobody here is called so: it would be held for somebody who never comes."""
    return wrong(field, _("这里没有这个人，或者是别的 appid 的"), openid)


def _terms(body: TransferBody) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(body)
    return {name: value for name, value in told.items() if value is not None and name != "user_name"}


def refuse_transfer(status: MakeTransferBillStatus, difference: str | None) -> NoReturn:
    """Say why money is not given away."""
    match status:
        case MakeTransferBillStatus.EXISTS_WITH_DIFFERENT_TERMS:
            words = _("这个单号已经用于另一笔转账，%(field)s 不一样。", field=difference)
            raise WireError(400, "INVALID_REQUEST", words, field=f"/{difference}", location="body")
        case MakeTransferBillStatus.INSUFFICIENT_FUNDS:
            words = _("账户里可提的余额不够。够了以后，请用同一个单号再发。")
            raise WireError(403, "NOT_ENOUGH", words)
        case MakeTransferBillStatus.SHOP_FROZEN:
            raise WireError(403, "ACCOUNT_ERROR", _("这家店的账户现在不能出账。"))
        case MakeTransferBillStatus.OWES:
            raise not_allowed(_("这家店欠平台的钱，要先还上。"))
        case _:
            raise not_allowed(_("这家店现在不能提现，所以也不能转账。"))


@ROUTES.add("GET", f"{_BILLS}/out-bill-no/{{number}}")
async def show_by_number(call: Call) -> Answer:
    """Tell how a transfer stands, by the merchant's number."""
    return Answer(value=describe_bill(await _find(call, _id_of(call, call.params["number"]))))


@ROUTES.add("GET", f"{_BILLS}/transfer-bill-no/{{bill_no}}")
async def show_by_id(call: Call) -> Answer:
    """Tell how a transfer stands, by our number."""
    return Answer(value=describe_bill(await _find(call, _read_id(call.params["bill_no"]))))


@ROUTES.add("POST", f"{_BILLS}/out-bill-no/{{number}}/cancel")
async def cancel(call: Call) -> Answer:
    """Take back what nobody has confirmed yet."""
    bill_id = _id_of(call, call.params["number"])
    command = EndTransferBill(bill_id=bill_id, caller_mchid=call.mchid, actor=actor_of(call))
    match await call.backend.batchers.of(end_transfer_bills, "bill_id").submit(command):
        case EndTransferBillStatus.CANCELED:
            bill = await _find(call, bill_id)
            told = {"out_bill_no": bill.number, "transfer_bill_no": bill.id.hex, "state": STATES[bill.state]}
            return Answer(value={**told, "update_time": write_time(bill.changed_at)})
        case EndTransferBillStatus.ALREADY_CONFIRMED:
            raise WireError(400, "INVALID_REQUEST", _("收款人已经确认，不能撤销。"))
        case EndTransferBillStatus.EXPIRED:
            raise WireError(400, "INVALID_REQUEST", _("没有人按时确认，钱已经退回。"))
        case _:
            raise _nothing()


@ROUTES.add("POST", f"{_RECEIPTS}/out-bill-no")
async def ask_receipt_by_number(call: Call) -> Answer:
    """Have a receipt made, by the merchant's number."""
    number = call.read(ReceiptBody).out_bill_no
    if number is None:
        raise wrong("/out_bill_no", _("没有给"))
    return _begin_receipt(await _find(call, _id_of(call, number)))


@ROUTES.add("POST", f"{_RECEIPTS}/transfer-bill-no")
async def ask_receipt_by_id(call: Call) -> Answer:
    """Have a receipt made, by our number."""
    bill_no = call.read(ReceiptBody).transfer_bill_no
    if bill_no is None:
        raise wrong("/transfer_bill_no", _("没有给"))
    return _begin_receipt(await _find(call, _read_id(bill_no)))


def _begin_receipt(bill: TransferBill) -> Answer:
    """Say that it is there: it is written when somebody downloads it."""
    check_received(bill)
    return Answer(value={"state": "FINISHED", "create_time": write_time(bill.changed_at)})


def check_received(bill: TransferBill) -> None:
    """Check that somebody has the money, so that there is something to write of. Raises WireError."""
    if bill.state is not BillState.RECEIVED:
        raise WireError(400, "INVALID_REQUEST", _("收款人还没有收到钱，没有电子回单。"))


@ROUTES.add("GET", f"{_RECEIPTS}/out-bill-no/{{number}}")
async def show_receipt_by_number(call: Call) -> Answer:
    """Tell where a receipt is, by the merchant's number."""
    return await _show_receipt(call, await _find(call, _id_of(call, call.params["number"])))


@ROUTES.add("GET", f"{_RECEIPTS}/transfer-bill-no/{{bill_no}}")
async def show_receipt_by_id(call: Call) -> Answer:
    """Tell where a receipt is, by our number."""
    return await _show_receipt(call, await _find(call, _read_id(call.params["bill_no"])))


async def _show_receipt(call: Call, bill: TransferBill) -> Answer:
    check_received(bill)
    at = write_time(bill.changed_at)
    return Answer(
        value={"state": "FINISHED", "create_time": at, "update_time": at, **await describe_receipt(call, bill)}
    )


def _id_of(call: Call, number: str) -> UUID:
    return bill_id_of(call.party.merchant.shop_id, number)


def _read_id(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise _nothing() from None


async def _find(call: Call, bill_id: UUID) -> TransferBill:
    async with call.backend.database.read() as reader:
        found = (await get_bills(reader, [bill_id])).get(bill_id)
    if found is None or found.mchid != call.mchid:
        raise _nothing()
    return found


def _nothing() -> WireError:
    return WireError(404, "NOT_FOUND", _("你没有这个单号的转账。"))
