"""The pages of customers: a shop's, of who agreed; and a buyer's, of the shops that may write to them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.orders.customers import store
from weiji.orders.customers.model import (
    TEXT_VERSION,
    GiveContact,
    GiveContactStatus,
    WithdrawContact,
)
from weiji.orders.customers.operations import give_contacts, withdraw_contacts
from weiji.orders.customers.words import consent_text
from weiji.web import gettext as _
from weiji.web import page, redirect, shop_staff, signed_in
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PAGE: Final = 50
"""Customers on one page of a list."""


class MerchantCustomers(Controller):
    """Who agreed that a shop writes to them."""

    path = "/merchant/{shop_id:uuid}/customers"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: WebRequest, shop_id: FromPath[UUID], after: FromQuery[str | None] = None
    ) -> Response[str]:
        """List them, the newest first."""
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            desk = await store.get_desk(reader, shop_id)
            if desk is None:
                raise NotFoundException
            found = await store.list_customers(reader, shop_id, before, PAGE + 1)
        shown = found[:PAGE]
        last = shown[-1] if len(found) > PAGE else None
        here = f"/merchant/{shop_id}/customers"
        return page(
            request,
            "orders/merchant_customers.html",
            shop=desk,
            customers=shown,
            more=f"{here}?after={write_cursor(last.agreed_at, last.person_id)}" if last else None,
            text=consent_text(desk.name),
        )


class ContactedShops(Controller):
    """The shops that may write to somebody: the one place where that is taken back."""

    path = "/me/contacted-by"
    guards = (signed_in,)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """List them."""
        async with request.database.read() as reader:
            shops = await store.list_reached(reader, request.person_id)
        return page(request, "orders/contacted_by.html", shops=shops)

    @post("/{shop_id:uuid}/withdrawal")
    async def withdraw(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Agree no longer."""
        command = WithdrawContact(shop_id=shop_id, person_id=request.person_id, actor=request.actor("buyer"))
        await request.batchers.of(withdraw_contacts, "shop_id").submit(command)
        return redirect(request, "/me/contacted-by", toast=_("撤回了，这家店再也看不到你的联系方式。"))


class OrderContact(Controller):
    """Agreeing by way of an order."""

    path = "/orders/{order_id:uuid}/contact"
    guards = (signed_in,)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Ask by itself what the order's page asks in passing, and say what was answered."""
        async with request.database.read() as reader:
            order = (await store.get_orders(reader, [order_id])).get(order_id)
            if order is None or order.buyer_id != request.caller.person_id:
                raise NotFoundException
            shops = await store.get_wishable(reader, [order.shop_id], order.buyer_id)
        if not shops:
            raise NotFoundException
        return page(
            request,
            "orders/contact.html",
            order=order,
            is_agreed=shops[0].is_agreed,
            shop_name=shops[0].shop_name,
            text=consent_text(shops[0].shop_name),
            text_version=TEXT_VERSION,
        )

    @post("/")
    async def give(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Agree that the shop of an order writes to its buyer."""
        form = await read_form(request)
        shop_id = form.id("shop_id")
        if shop_id is None:
            raise NotFoundException
        command = GiveContact(
            shop_id=shop_id,
            order_id=order_id,
            text_version=form.number("text_version") or TEXT_VERSION,
            actor=request.actor("buyer"),
        )
        status = await request.batchers.of(give_contacts, "shop_id").submit(command)
        if status is GiveContactStatus.ORDER_NOT_FOUND:
            raise NotFoundException
        here = f"/orders/{order_id}"
        if status is GiveContactStatus.TEXT_OUTDATED:
            return redirect(request, f"{here}/contact", toast=_("说明刚刚改了，请再看一遍。"), tone="warn")
        return redirect(request, here, toast=_("好的。随时可以在“我”里撤回。"))


ROUTES: Final = (MerchantCustomers, ContactedShops, OrderContact)
"""What the program serves of this module."""
