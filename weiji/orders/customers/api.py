"""The JSON API of customers."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery
from msgspec import Meta, Struct

from weiji.orders.customers import store
from weiji.orders.customers.model import (
    Customer,
    GiveContact,
    GiveContactStatus,
    Reached,
    WithdrawContact,
    WithdrawContactStatus,
)
from weiji.orders.customers.operations import give_contacts, withdraw_contacts
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission


class GiveContactBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order of yours whose shop may write to you, and the version of the text that you agree to."""

    shop_id: UUID
    order_id: UUID
    text_version: Annotated[int, Meta(ge=1, le=1_000_000)]


class WithdrawContactBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop that may write to you no longer."""

    shop_id: UUID


class GiveContactAnswer(Struct):
    """How agreeing ended."""

    status: GiveContactStatus


class WithdrawContactAnswer(Struct):
    """How withdrawing ended."""

    status: WithdrawContactStatus


class CustomersApi(Controller):
    """Buyers who agreed that shops write to them."""

    path = "/api/v1/customers"
    tags = ("customers",)

    @get("/", **operation("ListCustomers", "orders:read"))
    async def index(
        self, request: ApiRequest, shop_id: FromQuery[UUID], after: After = None, limit: Limit = 50
    ) -> Page[Customer]:
        """List who agreed that a shop of yours writes to them, the newest first. Who withdraws is gone at once."""
        if not request.caller.may(shop_id, Permission.ORDERS):
            raise NotFoundException
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_customers(reader, shop_id, before, limit + 1)
        shown = found[:limit]
        last = shown[-1] if len(found) > limit else None
        return Page(items=shown, next=write_cursor(last.agreed_at, last.person_id) if last else None)

    @get("/shops", **operation("ListContactedShops", "orders:read"))
    async def list_shops(self, request: ApiRequest) -> Page[Reached]:
        """List the shops that may write to you, and what they keep; the newest 500."""
        async with request.database.read() as reader:
            return Page(items=await store.list_reached(reader, request.person_id), next=None)

    @post("/give-contact", **operation("GiveContacts", "orders:write", repeat="key_taken"))
    async def give(self, request: ApiRequest, data: Batch[GiveContactBody]) -> Response[list[GiveContactAnswer]]:
        """Agree that shops of orders of yours keep your name and phone number and write to you."""
        actor = request.actor("buyer")
        commands = [
            GiveContact(shop_id=body.shop_id, order_id=body.order_id, text_version=body.text_version, actor=actor)
            for body in data
        ]
        return await run(request, give_contacts, "shop_id", commands)

    @post("/withdraw-contact", **operation("WithdrawContacts", "orders:write", repeat="key_taken"))
    async def withdraw(
        self, request: ApiRequest, data: Batch[WithdrawContactBody]
    ) -> Response[list[WithdrawContactAnswer]]:
        """Agree no longer. What the shops had of you here is forgotten at once."""
        actor = request.actor("buyer")
        commands = [WithdrawContact(shop_id=body.shop_id, person_id=request.person_id, actor=actor) for body in data]
        return await run(request, withdraw_contacts, "shop_id", commands)


ROUTES: Final = (CustomersApi,)
"""What the program serves of this module."""
