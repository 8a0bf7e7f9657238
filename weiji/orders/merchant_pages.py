"""The desk of a shop: what is to be done, its orders, and each order with everything that can be done to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.carriers import CARRIERS, carrier_name, squeeze
from weiji.carriers import state_words as parcel_states
from weiji.catalog import count_stock_notices, picture_of
from weiji.events.coupons import BudgetTouched
from weiji.events.outbox import get_trail
from weiji.events.withheld import told_to_shop
from weiji.identity import offers_second_factor
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.kit.money import parse_yuan, plain_yuan
from weiji.kit.text import is_line, is_text
from weiji.orders import desk, store
from weiji.orders.casework import unsent_of
from weiji.orders.machine import State
from weiji.orders.merchant_money import MerchantMoney
from weiji.orders.merchant_words import actor_word, event_word, refusal, state_words, whereabouts
from weiji.orders.model import (
    LINES_MAX,
    REASON_MAX,
    CancelUnsent,
    CloseOrder,
    Line,
    MoveStatus,
    Order,
    Prolong,
    RefundOrder,
    RepriceOrder,
    ShipParcel,
)
from weiji.orders.numbers import DOUBTS, CheckParcel, check_parcels, doubt, guess_carrier
from weiji.orders.operations import (
    cancel_unsent,
    close_orders,
    prolong_receipts,
    refund_orders,
    reprice_orders,
    ship_parcels,
)
from weiji.orders.rules import PARCEL_MAX
from weiji.payments import channel_word
from weiji.web import fragment, ngettext, page, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Orders on one page of a list."""

TABS: Final[Mapping[str, tuple[State, ...]]] = {
    "all": tuple(State),
    "to_ship": (State.PAID, State.PART_SHIPPED),
    "to_pick_up": (State.PAID,),
    "unpaid": (State.CREATED,),
    "shipped": (State.SHIPPED,),
    "settling": (State.RECEIVED,),
    "done": (State.COMPLETED,),
    "gone": (State.CLOSED, State.REFUNDED),
}
"""The tabs of the list, and the states that each shows."""

PICKED_UP: Final[Mapping[str, bool]] = {"to_ship": False, "to_pick_up": True}
"""Tabs that show only orders which are picked up, or which are not."""


class MerchantOrders(Controller):
    """What a shop has to do, and its orders."""

    path = "/merchant/{shop_id:uuid}"
    guards = (shop_staff(Permission.DESK),)
    include_in_schema = False

    @get("/")
    async def show_todo(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show what there is to do."""
        now = clock.now()
        async with request.database.read() as reader:
            todo = await desk.get_todo(reader, shop_id, now)
            low = await count_stock_notices(reader, shop_id)
        return page(
            request,
            "orders/merchant_todo.html",
            shop=todo.desk.shop,
            work=todo.desk,
            counts=todo.desk.counts,
            todo=todo,
            low=low,
            labels=[day.label for day in todo.days],
            totals=[day.total for day in todo.days],
            orders=[day.orders for day in todo.days],
            is_late=lambda at: at < now,
            change=_change([day.total for day in todo.days]),
            picture_of=picture_of,
            states=state_words(),
            offers_second_factor=request.caller.may(shop_id, Permission.OWNERSHIP)
            and offers_second_factor(request.scope),
        )

    @get("/badge")
    async def show_badge(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show how many orders are to be shipped, for pages that do not read it."""
        async with request.database.read() as reader:
            found = await desk.get_desk(reader, shop_id)
        return fragment(request, "orders/merchant_badge.html", count=found.to_ship)

    @get("/orders", guards=(shop_staff(Permission.ORDERS),))
    async def list_orders(
        self, request: WebRequest, shop_id: FromPath[UUID], tab: FromQuery[str] = "all", after: FromQuery[str] = ""
    ) -> Response[str]:
        """List a shop's orders, newest first."""
        now = clock.now()
        tab = tab if tab in TABS else "all"
        async with request.database.read() as reader:
            found = await desk.get_desk(reader, shop_id)
            orders = await store.list_orders_of_shop(
                reader,
                shop_id,
                TABS[tab],
                read_cursor(after, tuple[datetime, UUID]),
                PAGE + 1,
                is_picked_up=PICKED_UP.get(tab),
            )
        return page(
            request,
            "orders/merchant_orders.html",
            shop=found.shop,
            work=found,
            counts=found.counts,
            tab=tab,
            tabs=_tabs(found, tab),
            orders=orders[:PAGE],
            after=write_cursor(orders[PAGE - 1].placed_at, orders[PAGE - 1].id) if len(orders) > PAGE else None,
            promised_at=found.promised_at,
            is_late=lambda at: at < now,
            picture_of=picture_of,
            states=state_words(),
        )

    @get("/orders/{order_id:uuid}", guards=(shop_staff(Permission.ORDERS),))
    async def show_order(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Show an order whole."""
        return await _show_order(request, shop_id, order_id)

    @post("/orders/{order_id:uuid}/parcels", status_code=303, guards=(shop_staff(Permission.ORDERS),))
    async def ship(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Send a parcel: what is left of the order, or as many of each line as the form says."""
        form = await read_form(request)
        carrier, number = form.text("carrier"), squeeze(form.text("tracking_number"))
        errors: dict[str, str] = {}
        if not is_line(number, PARCEL_MAX):
            errors["tracking_number"] = _("请填写快递单号，最多 40 个字。")
        elif not carrier:
            carrier, errors = guess_carrier(number)
        if "carrier" not in errors and not is_line(carrier, PARCEL_MAX):
            errors["carrier"] = _("请填写快递公司，最多 40 个字。")
        lines = _lines(form, errors)
        id = form.id("id") or new_id(shop_id)
        if not errors and not form.is_on("is_sure"):
            async with request.database.read() as reader:
                (check,) = await check_parcels(reader, shop_id, [CheckParcel(order_id, carrier, number)])
            if check.status in DOUBTS:
                errors["doubt"] = doubt(check)
        if not errors:
            command = ShipParcel(
                id=id,
                order_id=order_id,
                shop_id=shop_id,
                actor=request.actor("merchant"),
                carrier=carrier,
                tracking_number=number,
                lines=lines,
                warehouse_id=form.id("warehouse_id"),
            )
            status = await request.batchers.of(ship_parcels, "order_id").submit(command)
            if status in (MoveStatus.DONE, MoveStatus.EXISTS):
                toast = _("已发货，买家在订单里看得到。")
                return redirect(request, f"/merchant/{shop_id}/orders/{order_id}", toast=toast)
            if status is MoveStatus.ORDER_NOT_FOUND:
                raise NotFoundException
            errors["lines" if status is MoveStatus.LINES_INVALID else "form"] = refusal(status)
        return await _show_order(request, shop_id, order_id, form=form, errors=errors)

    @post("/orders/{order_id:uuid}/prolongation", status_code=303, guards=(shop_staff(Permission.ORDERS),))
    async def prolong(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Give the buyer more days."""
        form = await read_form(request)
        days = form.number("days") or 0
        try:
            due_at = datetime.fromisoformat(form.text("due_at"))
        except ValueError:
            return _go_back(request, shop_id, order_id, MoveStatus.DEADLINE_MOVED)
        if due_at.tzinfo is None or not 0 < days < 1_000:
            return _go_back(request, shop_id, order_id, MoveStatus.DAYS_NOT_ALLOWED)
        actor = request.actor("merchant")
        command = Prolong(order_id=order_id, shop_id=shop_id, actor=actor, days=days, due_at=due_at)
        status = await request.batchers.of(prolong_receipts, "order_id").submit(command)
        return _go_back(request, shop_id, order_id, status, _("已延长收货期限。"))

    @post("/orders/{order_id:uuid}/price", status_code=303, guards=(shop_staff(Permission.ORDERS),))
    async def reprice(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Change what an unpaid order costs."""
        form = await read_form(request)
        amounts = {name: parse_yuan(form.text(name) or "0") for name in ("conceded", "freight")}
        errors = {name: _("请填写金额，比如 12.50。") for name, amount in amounts.items() if amount is None}
        if not errors:
            command = RepriceOrder(
                order_id=order_id,
                shop_id=shop_id,
                actor=request.actor("merchant"),
                conceded=amounts["conceded"] or 0,
                freight=amounts["freight"] or 0,
                total=form.number("total") or 0,
            )
            status = await request.batchers.of(reprice_orders, "order_id").submit(command)
            if status is not MoveStatus.AMOUNTS_INVALID:
                return _go_back(request, shop_id, order_id, status, _("改好了，买家看到的就是新的价钱。"))
            errors = {"conceded": refusal(status)}
        return await _show_order(request, shop_id, order_id, form=form, errors=errors, is_repricing=True)

    @post("/orders/{order_id:uuid}/closing", status_code=303, guards=(shop_staff(Permission.ORDERS),))
    async def close(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Close an unpaid order."""
        command = CloseOrder(order_id=order_id, shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(close_orders, "order_id").submit(command)
        return _go_back(request, shop_id, order_id, status, _("订单已关闭，库存已放回。"))

    @post("/orders/{order_id:uuid}/refund", status_code=303, guards=(shop_staff(Permission.ORDERS),))
    async def refund(self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]) -> Response[str]:
        """Send back all money of an order of which nothing is shipped."""
        command = RefundOrder(order_id=order_id, shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(refund_orders, "order_id").submit(command)
        return _go_back(request, shop_id, order_id, status, _("已同意退款，钱在退回给买家的路上。"))

    @post("/orders/{order_id:uuid}/unsent", status_code=303, guards=(shop_staff(Permission.ORDERS),))
    async def cancel_unsent(
        self, request: WebRequest, shop_id: FromPath[UUID], order_id: FromPath[UUID]
    ) -> Response[str]:
        """Cancel what can't be sent of an order that is shipped in part."""
        form = await read_form(request)
        reason = form.text("reason")
        if not reason or not is_text(reason, REASON_MAX):
            asked = ngettext("请写明原因，最多 %(number)s 个字。", "请写明原因，最多 %(number)s 个字。", REASON_MAX)
            errors = {"reason": asked}
            return await _show_order(request, shop_id, order_id, form=form, errors=errors)
        actor = request.actor("merchant")
        command = CancelUnsent(order_id=order_id, shop_id=shop_id, actor=actor, reason=reason)
        status = await request.batchers.of(cancel_unsent, "order_id").submit(command)
        return _go_back(request, shop_id, order_id, status, _("没发的已经取消，钱在退回给买家的路上。"))


async def _show_order(
    request: WebRequest,
    shop_id: UUID,
    order_id: UUID,
    *,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    is_repricing: bool = False,
) -> Response[str]:
    async with request.database.read() as reader:
        found = await store.get_order_and_places(reader, order_id)
        if found is None or found[0].shop_id != shop_id:
            raise NotFoundException
        order, places = found
        trail = await get_trail(reader, order_id)
    steps = []
    for row in reversed(trail):
        if told_to_shop(row["type"], row["data"]) is None:
            continue
        title, icon_name, tone = event_word(row["type"], row["data"], row["actor_kind"])
        # What an order does to a budget follows from what somebody did: it is nobody's own act.
        who = actor_word("system" if row["type"] == BudgetTouched.__name__ else row["actor_kind"])
        steps.append(
            {
                "title": title,
                "note": None if title.casefold().startswith(who.casefold()) else who,
                "at": row["at"],
                "state": tone,
                "icon_name": icon_name,
            }
        )
    if steps and steps[0]["state"] == "done" and order.state not in (State.COMPLETED, State.CLOSED, State.REFUNDED):
        steps[0]["state"] = "now"
    place, sentence, note = whereabouts(order)
    now = clock.now()
    return page(
        request,
        "orders/merchant_order.html",
        status_code=422 if errors else 200,
        shop={"id": shop_id, "handle": order.shop_handle, "name": order.shop_name},
        order=order,
        own_word=refusal(MoveStatus.OWN_ORDER) if order.buyer_id == request.caller.person_id else None,
        unsent=unsent_of(order),
        reason_max=REASON_MAX,
        steps=steps,
        place=place,
        sentence=sentence,
        note=note,
        promised_at=order.promised_at,
        channel_word=channel_word,
        is_late=lambda at: at < now,
        states=state_words(),
        picture_of=picture_of,
        carriers=[carrier_name(carrier) for carrier in CARRIERS] + [_("同城配送")],
        parcel_states=parcel_states(),
        parcel_id=str((form and form.id("id")) or new_id(shop_id)),
        given=_given(form, order),
        errors=errors or {},
        is_repricing=is_repricing,
        contents=_contents(order),
        warehouses=dict(places.warehouses),
        held_at=_held_at(order, places),
        leaving=_leaving(places),
    )


def _change(totals: list[int]) -> float | None:
    """Say by how many per cent the last seven days sold more than the seven before."""
    before, last = sum(totals[-14:-7]), sum(totals[-7:])
    return round((last - before) * 100 / before, 1) if before else None


def _given(form: Form | None, order: Order) -> dict[str, str]:
    """Give back what was typed, so that a form with faults comes back as it was sent; at first, all that is left."""
    if form is None:
        amounts = {"conceded": plain_yuan(order.conceded), "freight": plain_yuan(order.freight)}
        return amounts | {f"line_{line.line}": str(line.sendable) for line in order.lines}
    names = (
        "conceded",
        "freight",
        "total",
        "reason",
        "carrier",
        "tracking_number",
        "warehouse_id",
        *(f"line_{line.line}" for line in order.lines),
    )
    return {name: form.text(name) for name in names}


def _contents(order: Order) -> dict[UUID, list[str]]:
    """Say what is in each parcel, in words."""
    titles: dict[int, Line] = {line.line: line for line in order.lines}
    return {
        parcel.id: [f"{titles[number].title} ×{quantity}" for number, quantity in parcel.lines]
        for parcel in order.parcels
    }


def _held_at(order: Order, places: store.Places) -> list[tuple[str, list[str]]]:
    """Say what is held for the order in which warehouse, in words; nothing where the shop has one only."""
    lines = {line.sku_id: line for line in order.lines}
    names = dict(places.warehouses)
    found: dict[str, list[str]] = {}
    for sku_id, warehouse_id, units in places.holds:
        found.setdefault(names.get(warehouse_id, ""), []).append(f"{lines[sku_id].title} ×{units}")
    return sorted(found.items())


def _leaving(places: store.Places) -> list[tuple[str, str]]:
    """List the warehouses that a parcel may leave; none where there is nothing to choose."""
    if len(places.warehouses) < 2:
        return []
    return [("", _("货留在哪里，就从哪里发")), *((str(id), name) for id, name in places.warehouses)]


def _tabs(found: desk.Desk, chosen: str) -> list[dict[str, Any]]:
    here = f"/merchant/{found.shop.id}/orders"
    labels = {
        "all": _("全部"),
        "to_ship": _("待发货"),
        **({"to_pick_up": _("待提货")} if found.to_pick_up or chosen == "to_pick_up" else {}),
        "unpaid": _("待付款"),
        "shipped": _("待收货"),
        "settling": _("待结算"),
        "done": _("已完成"),
        "gone": _("已关闭"),
    }
    counts = {key: sum(found.states.get(state, 0) for state in TABS[key]) for key in ("unpaid", "shipped", "settling")}
    counts |= {"to_ship": found.to_ship, "to_pick_up": found.to_pick_up}
    return [
        {
            "key": key,
            "label": label,
            "href": here if key == "all" else f"{here}?tab={key}",
            "count": counts.get(key, 0),
        }
        for key, label in labels.items()
    ]


def _lines(form: Form, errors: dict[str, str]) -> tuple[tuple[int, int], ...] | None:
    """Read how many of each line go into the parcel; None where the form does not say: all that is left."""
    if not form.is_on("has_lines"):
        return None
    lines = []
    for number in range(1, LINES_MAX + 1):
        quantity = form.number(f"line_{number}")
        if quantity:
            lines.append((number, quantity))
        elif quantity is None and form.text(f"line_{number}"):
            errors["lines"] = _("件数要是整数。")
    return tuple(lines)


def _go_back(request: WebRequest, shop_id: UUID, order_id: UUID, status: MoveStatus, toast: str = "") -> Response[str]:
    if status is MoveStatus.ORDER_NOT_FOUND:
        raise NotFoundException
    here = f"/merchant/{shop_id}/orders/{order_id}"
    if status in (MoveStatus.DONE, MoveStatus.EXISTS):
        return redirect(request, here, toast=toast or refusal(status))
    return redirect(request, here, toast=refusal(status), tone="bad")


ROUTES: Final = (MerchantOrders, MerchantMoney)
