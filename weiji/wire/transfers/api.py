"""The JSON API of transfers: taking what a merchant's program gave, and seeing what a shop gave away."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.kit import clock
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.wire.tickets import read_ticket
from weiji.wire.transfers.model import BillState, ConfirmTransferBill, ConfirmTransferBillStatus, TransferBill
from weiji.wire.transfers.operations import confirm_transfer_bills
from weiji.wire.transfers.rules import is_for
from weiji.wire.transfers.store import find_bill_for_payee, list_bills

NO_BILL: Final = UUID(int=0)
"""What a ticket leads to that is none of ours, or over."""


class TransferBillAnswer(Struct, kw_only=True):
    """What a merchant's program gives to a person, in fen."""

    id: UUID
    mchid: str
    number: str
    appid: str
    openid: str
    amount: int
    remark: str
    state: BillState
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None


class OfferedTransfer(Struct, kw_only=True):
    """What a merchant's program gives to you, in fen."""

    id: UUID
    shop_id: UUID
    shop_name: str
    amount: int
    remark: str
    perception: str | None
    state: BillState
    created_at: datetime
    expires_at: datetime


class ConfirmBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What you take; `ticket` is what the merchant was given as `package_info`."""

    ticket: Annotated[str, Meta(max_length=100)]


class ConfirmAnswer(Struct):
    """How taking money ended."""

    status: ConfirmTransferBillStatus


ConfirmBatch = Batch[ConfirmBody]


class TransferBillsApi(Controller):
    """What merchants' programs give to people."""

    path = "/api/v1/transfer-bills"
    tags = ("merchants",)

    @get("/", **operation("ListTransferBills", "payments:read"))
    async def show_all(
        self, request: ApiRequest, shop_id: FromQuery[UUID], after: After = None, limit: Limit = 20
    ) -> Page[TransferBillAnswer]:
        """List what programs gave to people of a shop's money, the last first."""
        if not request.caller.may(shop_id, Permission.MONEY):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await list_bills(reader, shop_id, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        shown = found[:limit]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
        return Page(items=[_answer(bill) for bill in shown], next=next)

    @get("/{ticket:str}", **operation("GetTransferBill", "payments:read"))
    async def show(self, request: ApiRequest, ticket: FromPath[str]) -> OfferedTransfer:
        """Read what a merchant's program gives to you, by its ticket."""
        known = read_ticket(ticket, clock.wall())
        if known is None:
            raise NotFoundException
        async with request.database.read() as reader:
            found = await find_bill_for_payee(reader, known.order_id)
        if found is None or not is_for(found[0], request.person_id):
            raise NotFoundException
        bill, shop_name = found
        return OfferedTransfer(
            id=bill.id,
            shop_id=bill.shop_id,
            shop_name=shop_name,
            amount=bill.amount,
            remark=bill.remark,
            perception=bill.perception,
            state=bill.state,
            created_at=bill.created_at,
            expires_at=bill.expires_at,
        )

    @post("/confirm", **operation("ConfirmTransferBills", "payments:write", repeat="key_needed"))
    async def confirm(self, request: ApiRequest, data: ConfirmBatch) -> Response[list[ConfirmAnswer]]:
        """Take what merchants' programs give to you: it goes to your wallet."""
        wall = clock.wall()
        tickets = [read_ticket(body.ticket, wall) for body in data]
        commands = [
            ConfirmTransferBill(
                bill_id=ticket.order_id if ticket else NO_BILL,
                person_id=request.person_id,
                actor=request.actor("person"),
            )
            for ticket in tickets
        ]
        return await run(request, confirm_transfer_bills, "bill_id", commands)


def _answer(bill: TransferBill) -> TransferBillAnswer:
    return TransferBillAnswer(**{name: getattr(bill, name) for name in TransferBillAnswer.__struct_fields__})


ROUTES: Final = (TransferBillsApi,)
"""What the program serves of this module's API."""
