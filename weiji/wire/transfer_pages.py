"""Where a person takes what a merchant gave, and what programs gave away of a shop: transfers and red packets."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit import clock
from weiji.kit.db import Database
from weiji.shops import get_shops
from weiji.web import Caller, page, redirect, shop_staff, signed_in
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.errors import Refused
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest
from weiji.wire.red_packets import list_packets
from weiji.wire.tickets import read_ticket
from weiji.wire.transfers import (
    ConfirmTransferBill,
    ConfirmTransferBillStatus,
    TransferBill,
    confirm_transfer_bills,
    find_bill_for_payee,
    is_for,
    list_bills,
)
from weiji.wire.words import bill_word, packet_word

PAGE: Final = 30
"""Transfers, or red packets, on one page of a list."""


class TransferPages(Controller):
    """Taking what a merchant's program gave."""

    path = "/transfers"
    guards = (signed_in,)
    include_in_schema = False

    @get("/bills/{bill_id:uuid}")
    async def show_taken(self, request: WebRequest, bill_id: FromPath[UUID]) -> Response[str]:
        """Show one that somebody took."""
        async with request.database.read() as reader:
            found = await find_bill_for_payee(reader, bill_id)
        if found is None or found[0].person_id != request.caller.person_id:
            raise NotFoundException
        return _show(request, *found)

    @get("/{ticket:str}")
    async def show(self, request: WebRequest, ticket: FromPath[str]) -> Response[str]:
        """Show who gives what, and wait for the person to take it."""
        bill, shop_name = await _find(request.database, ticket, request.caller)
        return _show(request, bill, shop_name, ticket)

    @post("/{ticket:str}")
    async def confirm(self, request: WebRequest, ticket: FromPath[str]) -> Response[str]:
        """Take it: it goes to the wallet."""
        bill, _name = await _find(request.database, ticket, request.caller)
        command = ConfirmTransferBill(bill_id=bill.id, person_id=request.person_id, actor=request.actor("person"))
        status = await request.batchers.of(confirm_transfer_bills, "bill_id").submit(command)
        is_taken = status in (ConfirmTransferBillStatus.CONFIRMED, ConfirmTransferBillStatus.EXISTS)
        return redirect(request, f"/transfers/bills/{bill.id}" if is_taken else f"/transfers/{ticket}")


class GivenPages(Controller):
    """What a shop gave away by its program."""

    path = "/merchant/{shop_id:uuid}/open-payments"
    guards = (shop_staff(Permission.MONEY),)
    include_in_schema = False

    @get("/transfers")
    async def show_transfers(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List transfers, the last first."""
        cursor = read_cursor(request.query_params.get("before"), tuple[datetime, UUID])
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
            bills = await list_bills(reader, shop_id, cursor, PAGE + 1)
        if shop is None:
            raise NotFoundException
        shown = bills[:PAGE]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(bills) > PAGE else None
        here = f"/merchant/{shop_id}/open-payments"
        return page(
            request,
            "wire/transfers.html",
            shop=shop,
            here=here,
            bills=shown,
            bill_word=bill_word,
            tabs=_tabs(here),
            more=f"{here}/transfers?before={next}" if next else None,
        )

    @get("/red-packets")
    async def show_red_packets(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List red packets, the last first."""
        cursor = read_cursor(request.query_params.get("before"), tuple[datetime, UUID])
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
            packets = await list_packets(reader, shop_id, cursor, PAGE + 1)
        if shop is None:
            raise NotFoundException
        shown = packets[:PAGE]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(packets) > PAGE else None
        here = f"/merchant/{shop_id}/open-payments"
        return page(
            request,
            "wire/red_packets.html",
            shop=shop,
            here=here,
            packets=shown,
            packet_word=packet_word,
            tabs=_tabs(here),
            more=f"{here}/red-packets?before={next}" if next else None,
        )


def _tabs(here: str) -> list[dict[str, str]]:
    return [
        {"key": "transfers", "label": _("转账"), "href": f"{here}/transfers"},
        {"key": "red-packets", "label": _("红包"), "href": f"{here}/red-packets"},
    ]


async def _find(database: Database, ticket: str, caller: Caller) -> tuple[TransferBill, str]:
    known = read_ticket(ticket, clock.wall())
    if known is None:
        raise Refused(_("这个链接过期了，或者写错了。请回到商家那里再来一次。"), status_code=404)
    async with database.read() as reader:
        found = await find_bill_for_payee(reader, known.order_id)
    if found is None:
        raise NotFoundException
    if caller.person_id is None or not is_for(found[0], caller.person_id):
        raise Refused(_("这笔钱是给另一个账号的。请换那个账号登录，再打开一次。"), status_code=403)
    return found


def _show(request: WebRequest, bill: TransferBill, shop_name: str, ticket: str | None = None) -> Response[str]:
    is_late = bill.due_at is not None and clock.now() >= bill.due_at
    return page(
        request,
        "wire/transfer.html",
        here=f"/transfers/{ticket}" if ticket else f"/transfers/bills/{bill.id}",
        bill=bill,
        state="expired" if is_late else bill.state.value,
        shop_name=shop_name,
    )


ROUTES: Final = (TransferPages, GivenPages)
"""What the program serves of transfers."""
