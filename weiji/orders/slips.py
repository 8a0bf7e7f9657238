"""Slips to print: one for each parcel to pack, and a list of all that is to be fetched from the shelves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.kit.ids import shard_of
from weiji.orders.model import Address, Gift
from weiji.orders.store import SQL
from weiji.web import page, shop_staff
from weiji.web.forms import read_id
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

SLIPS_MAX: Final = 100
"""Orders that are printed at once."""


class SlipLine(Struct, frozen=True, kw_only=True):
    """A line of an order, as a slip says it."""

    line: int
    sku_id: UUID
    title: str
    choices: list[str]
    price: int
    quantity: int
    shipped: int
    amount: int


class Slip(Struct, frozen=True, kw_only=True):
    """An order as it is printed."""

    id: UUID
    number: str
    shop_name: str
    buyer_name: str
    goods: int
    freight: int
    total: int
    refunded: int
    placed_at: datetime
    address: Address | None
    is_picked_up: bool
    is_charged_back: bool
    note: str
    gift: Gift | None
    lines: list[SlipLine]
    parcels: list[tuple[str, str]]

    @property
    def hides_prices(self) -> bool:
        """Whether it is a present whose prices nobody is to see."""
        return self.gift is not None and self.gift.hides_prices

    @property
    def units(self) -> int:
        """How many units there are to pack: what is left, or all of what went."""
        left = sum(line.quantity - line.shipped for line in self.lines)
        return left or sum(line.quantity for line in self.lines)


class Pick(Struct):
    """How many of a SKU are to be fetched, and for how many orders."""

    title: str
    choices: list[str]
    units: int = 0
    orders: int = 0


async def get_slips(
    reader: Reader, shop_id: UUID, ids: Sequence[UUID], *, is_picked_up: bool
) -> tuple[dict[str, Any], list[Slip]] | None:
    """Read a shop and the orders to print, in one statement: those named, else those to be shipped, or picked up.

    Oldest first.
    """
    rows = await reader.rows(SQL.get_orders_to_print, shard_of(shop_id), shop_id, ids, SLIPS_MAX, is_picked_up)
    if not rows:
        return None
    shop = {"id": shop_id, "handle": rows[0]["handle"], "name": rows[0]["name"]}
    return shop, [msgspec.convert(dict(row), Slip) for row in rows if row["id"] is not None]


def picks_of(slips: Sequence[Slip]) -> list[Pick]:
    """Add up what is still to be packed, by SKU, in the order of their names."""
    found: dict[UUID, Pick] = {}
    for slip in slips:
        for line in slip.lines:
            if line.quantity > line.shipped:
                pick = found.setdefault(line.sku_id, Pick(line.title, line.choices))
                pick.units += line.quantity - line.shipped
                pick.orders += 1
    return sorted(found.values(), key=lambda pick: (pick.title, pick.choices))


class Slips(Controller):
    """What is printed to pack orders."""

    path = "/merchant/{shop_id:uuid}/orders/slips"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def show(
        self, request: WebRequest, shop_id: FromPath[UUID], form: FromQuery[str] = "slips", tab: FromQuery[str] = ""
    ) -> Response[str]:
        """Show slips of the orders named, or of all of a tab; or the list to fetch their goods by.

        What is picked up is packed for the counter: it is not among what is to be shipped.
        """
        named = request.query_params.getall("order", [])[:SLIPS_MAX]
        ids = [id for text in named if (id := read_id(text))]
        async with request.database.read() as reader:
            found = await get_slips(reader, shop_id, ids, is_picked_up=tab == "to_pick_up")
        if found is None:
            raise NotFoundException
        shop, slips = found
        form = form if form in ("slips", "list") else "slips"
        tab = tab if tab == "to_pick_up" else "to_ship"
        here = f"/merchant/{shop_id}/orders/slips"
        chosen = "".join(f"&order={id}" for id in ids)
        return page(
            request,
            "orders/slips.html",
            shop=shop,
            slips=slips,
            picks=picks_of(slips),
            form=form,
            tab=tab,
            is_all=not ids,
            other=f"{here}?tab={tab}&form={'list' if form == 'slips' else 'slips'}{chosen}",
            now=clock.now(),
            is_cut=len(slips) == SLIPS_MAX,
            slips_max=SLIPS_MAX,
        )


ROUTES: Final = (Slips,)
