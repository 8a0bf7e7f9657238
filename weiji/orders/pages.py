"""The buyer's pages: cart, checkout, paying, orders, and the page "me"."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response, ServerSentEvent
from msgspec import Struct
from msgspec.structs import replace

from weiji import payments
from weiji.card_keys import get_keys_of_orders, open_keys
from weiji.carriers import state_words
from weiji.catalog import Delivery, SkuForSale, get_product_page, get_skus_for_sale, picture_of
from weiji.catalog.return_words import no_reason_word
from weiji.coupons import Coupon, Goods, Reduction, apply
from weiji.events import Actor
from weiji.events.orders import PaymentRejected
from weiji.events.outbox import get_trail, get_trails
from weiji.freight import Freight
from weiji.identity import (
    ADDRESSES_MAX,
    AddressStatus,
    EnteredAddress,
    PasswordCheck,
    PasswordCheckStatus,
    Refusal,
    address_errors,
    check_entered_password,
    get_profile,
    pad_words,
    payment_password_error,
    put_addresses,
    refuse_entered_spending,
)
from weiji.identity import Address as BookAddress
from weiji.kit import clock
from weiji.kit.db import Reader, Row
from weiji.kit.ids import new_id
from weiji.kit.text import is_text
from weiji.ledger import chart, lookup_accounts
from weiji.orders import buyer_words, handing_out, operations, picking_up, store
from weiji.orders.casework import may_ask_aftersale, unsent_of
from weiji.orders.choosing import BEST, Choice, Pick, pick, usable
from weiji.orders.machine import State, Verb, may
from weiji.orders.model import (
    LINES_MAX,
    QUANTITY_MAX,
    Address,
    CartStatus,
    CloseOrder,
    ConfirmOrder,
    Gift,
    Move,
    MoveStatus,
    Order,
    OrderItem,
    Pickup,
    PlaceOrder,
    PlaceStatus,
    Prolong,
    PutInCart,
    RefundOrder,
    ShowKeys,
    ShowPickupCode,
)
from weiji.orders.paying import PayableOrder, payment_of
from weiji.orders.prices import NO_FREIGHT, Item, Price, calculate, freight_of, goods_of
from weiji.orders.rules import look_status
from weiji.orders.wish_pages import Wishes, grant
from weiji.payments import CreatePaymentStatus
from weiji.web import Caller, fragment, ngettext, page, rate, redirect, signed_in, toast_headers
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.following import follow, mark_of
from weiji.web.forms import Form, read_form, read_id, read_number
from weiji.web.page import Tone, sign_in_path
from weiji.web.qr import qr_inline
from weiji.web.regions import picker
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of
from weiji.web.visit import is_htmx

ORDERS: Final = 10
"""Orders on one page of a list."""

NOTE_MAX: Final = 200
"""Characters of a note to the shop."""

TABS: Final[dict[str, tuple[State, ...]]] = {
    "all": tuple(State),
    "unpaid": (State.CREATED,),
    "unshipped": (State.PAID, State.PART_SHIPPED),
    "to_pick_up": (State.PAID,),
    "shipped": (State.SHIPPED,),
    "done": (State.RECEIVED, State.COMPLETED),
}
"""The tabs of the list of orders, and the states that each shows."""

PICKED_UP: Final[Mapping[str, bool]] = {"unshipped": False, "to_pick_up": True}
"""Tabs that show only orders which are picked up, or which are not."""


class CartLine(Struct, frozen=True):
    """A line of a cart or of a checkout: a SKU, how many, and what stands in the way, if anything."""

    sku: SkuForSale
    quantity: int
    fault: str | None = None
    price_seen: int | None = None

    @property
    def amount(self) -> int:
        """What the line costs."""
        return self.sku.price * self.quantity

    @property
    def quantity_max(self) -> int:
        """How many can be had."""
        return max(1, min(QUANTITY_MAX, self.sku.available))


class CartShop(Struct, frozen=True):
    """What a cart has of one shop."""

    id: UUID
    name: str
    handle: str
    delivery: Delivery
    lines: list[CartLine]

    @property
    def can_be_had(self) -> list[CartLine]:
        """The lines that can be ordered as they are."""
        return [line for line in self.lines if line.fault is None]

    @property
    def amount(self) -> int:
        """What they cost."""
        return sum(line.amount for line in self.can_be_had)


class CartPages(Controller):
    """The cart. What a stranger wants to buy at once, they find at the checkout when they have signed in."""

    path = "/cart"
    include_in_schema = False

    @get("/", guards=[signed_in])
    async def show(self, request: WebRequest) -> Response[str]:
        """Show the cart, by shop."""
        return await _cart_page(request)

    @get("/badge", guards=[signed_in])
    async def show_badge(self, request: WebRequest) -> Response[str]:
        """Show how many kinds of goods are in the cart, for pages that do not read it."""
        async with request.database.read() as reader:
            items = await store.get_cart(reader, request.person_id, LINES_MAX)
        return fragment(request, "orders/cart_badge.html", count=len(items))

    @post("/products/{product_id:uuid}")
    async def add(self, request: WebRequest, product_id: FromPath[UUID]) -> Response[str]:
        """Put what was chosen on a product's page into the cart, or go on to the checkout with it."""
        form = await read_form(request)
        way = f"/products/{product_id}"
        async with request.database.read() as reader:
            product = await get_product_page(reader, product_id)
        if product is None:
            raise NotFoundException
        chosen = tuple(form.text(f"option_{number}") for number in range(1, len(product.options) + 1))
        # Choices are compared as the form sent them, without spaces round them.
        sku = next((s for s in product.skus if tuple(choice.strip() for choice in s.choices) == chosen), None)
        quantity = form.number("quantity") or 0
        if sku is None:
            return redirect(request, f"{way}#sku", toast=_("请先选好规格。"), tone="warn")
        if not 1 <= quantity <= QUANTITY_MAX:
            return redirect(request, f"{way}#sku", toast=_("数量从 1 到 999。"), tone="warn")
        if quantity > sku.available:
            return redirect(request, f"{way}#sku", toast=_("库存不够这么多。"), tone="warn")
        if form.text("then") == "buy":
            return redirect(request, _checkout_path([(sku.id, quantity)]))
        if not request.caller.is_signed_in:
            return redirect(request, sign_in_path(way), toast=_("要先登录，刚才那一步还没有做。"), tone="warn")
        person_id = request.person_id
        async with request.database.read() as reader:
            items = await store.get_cart(reader, person_id, LINES_MAX)
        before = next((item.quantity for item in items if item.sku_id == sku.id), 0)
        command = PutInCart(
            person_id=person_id, sku_id=sku.id, quantity=min(before + quantity, QUANTITY_MAX), price_seen=sku.price
        )
        status = await request.batchers.of(operations.put_in_cart, "person_id").submit(command)
        if status is CartStatus.CART_FULL:
            return redirect(request, way, toast=_("购物车满了，请先清理一下。"), tone="warn")
        if is_htmx(request.scope):
            count = len({*(item.sku_id for item in items), sku.id})
            headers = toast_headers(_("已加入购物车"), puts_away=True)
            return fragment(request, "orders/cart_badge.html", headers=headers, count=count)
        return redirect(request, way, toast=_("已加入购物车"))

    @post("/items/{sku_id:uuid}", guards=[signed_in])
    async def put(self, request: WebRequest, sku_id: FromPath[UUID]) -> Response[str]:
        """Change how many of a SKU are in the cart; 0 takes it out."""
        form = await read_form(request)
        quantity = form.number("quantity")
        if quantity is None:
            return redirect(request, "/cart", toast=_("数量从 1 到 999。"), tone="warn")
        command = PutInCart(person_id=request.person_id, sku_id=sku_id, quantity=quantity)
        status = await request.batchers.of(operations.put_in_cart, "person_id").submit(command)
        if status is not CartStatus.PUT:
            return redirect(request, "/cart", toast=_("数量从 1 到 999。"), tone="warn")
        if not is_htmx(request.scope):
            return redirect(request, "/cart", toast=None if quantity else _("已从购物车去掉"))
        if quantity:  # The page shows already what is asked for.
            return Response("", status_code=204)
        return await _cart_page(request, toast_headers(_("已从购物车去掉")))


class CheckoutPages(Controller):
    """From what is wanted, in any number of shops, to orders. What was entered is in the form, and nowhere else yet."""

    path = "/checkout"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what is to be ordered, where it goes, and what it costs."""
        wanted = _read_items(request.query_params.getall("item", []))
        async with request.database.read() as reader:
            lines = await _lines_of(reader, wanted)
            buyer = await _buyer_of(reader, request.caller, lines)
        entered = Entered(wanted=wanted, address_id=read_id(request.query_params.get("address")))
        return _checkout_page(request, lines, buyer, entered)

    @post("/", status_code=200)
    async def show_again(self, request: WebRequest) -> Response[str]:
        """Show it again with what was entered: another address makes another freight."""
        form = await read_form(request)
        entered = Entered.read(form)
        async with request.database.read() as reader:
            lines = await _lines_of(reader, entered.wanted)
            buyer = await _buyer_of(reader, request.caller, lines)
        return _checkout_page(request, lines, buyer, entered)

    @post("/address", status_code=200)
    async def add_address(self, request: WebRequest) -> Response[str]:
        """Go on with a new address, which is written into the book or is for a present only; or help to fill it in."""
        form = await read_form(request)
        entered = Entered.read(form)
        address = EnteredAddress.read(form, form.id("address_id") or new_id(request.person_id))
        errors: dict[str, str] = {}
        is_put = False
        if form.text("then") == "once":
            checked = address.check()
            if isinstance(checked, BookAddress):
                is_put = True
                entered = replace(entered, once=checked, is_gift=True)
            else:
                errors = address_errors(checked)
        elif form.text("then") == "address":
            (status,) = await request.database.retried(
                lambda tx: put_addresses(tx, [address.command(request.person_id)])
            )
            is_put = status in (AddressStatus.CREATED, AddressStatus.CHANGED, AddressStatus.EXISTS)
            errors = {} if is_put else address_errors(status)
        async with request.database.read() as reader:
            lines = await _lines_of(reader, entered.wanted)
            buyer = await _buyer_of(reader, request.caller, lines)
        if is_put:
            return _checkout_page(request, lines, buyer, replace(entered, address_id=address.id))
        return _checkout_page(request, lines, buyer, entered, address=address, address_errors=errors)


class OrderPages(Controller):
    """The buyer's orders. Somebody else's are not there."""

    path = "/orders"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def list(self, request: WebRequest) -> Response[str]:
        """List orders, the newest first."""
        person_id = request.person_id
        tab = request.query_params.get("tab", "all")
        tab = tab if tab in TABS else "all"
        after = request.query_params.get("after", "")
        async with request.database.read() as reader:
            found = await store.list_orders_of_buyer(
                reader,
                person_id,
                TABS[tab],
                read_cursor(after, tuple[datetime, UUID]),
                ORDERS + 1,
                is_picked_up=PICKED_UP.get(tab),
            )
            counts = await store.count_states_of_buyer(reader, person_id)
        orders = found[:ORDERS]
        more = (
            f"/orders?tab={tab}&after={write_cursor(orders[-1].placed_at, orders[-1].id)}"
            if len(found) > ORDERS
            else None
        )
        return page(
            request,
            "orders/orders.html",
            orders=orders,
            more=more,
            tab=tab,
            tabs=_tabs(counts, tab),
            words_of=buyer_words.words_of,
            picture_of=picture_of,
            can=_can,
            is_first=not after,
        )

    @post("/", opt=rate("place", "60/minute"))
    async def place(self, request: WebRequest) -> Response[str]:
        """Place an order at each shop, under the ids that the page made: a second click changes nothing.

        Where one shop's can't be placed, the others are, and the page says why and shows what is left.
        """
        form = await read_form(request)
        person_id = request.person_id
        entered = Entered.read(form)
        async with request.database.read() as reader:
            lines = await _lines_of(reader, entered.wanted)
            buyer = await _buyer_of(reader, request.caller, lines)
        address = next((one for one in entered.places(buyer.addresses) if one.id == entered.address_id), None)
        groups = _groups_of(lines, address.region_code if address else "", buyer, entered, person_id)
        if not lines or any(group.key not in entered.ids for group in groups):
            return _checkout_page(request, lines, buyer, entered)
        closed = {group.key for group in groups if group.key in entered.picked and group.place is None}
        if closed:  # Nothing is sent instead, for a freight that nobody saw.
            left = replace(entered, picked={key: id for key, id in entered.picked.items() if key not in closed})
            errors = dict.fromkeys(closed, buyer_words.place_error(PlaceStatus.PLACE_NOT_FOUND))
            return _checkout_page(request, lines, buyer, left, errors=errors)
        if address is None and any(group.is_sent for group in groups):
            return _checkout_page(request, lines, buyer, entered, error=_("请选一个收货地址。"))
        who_comes = entered.check_picker() if any(group.place for group in groups) else None
        if isinstance(who_comes, AddressStatus):
            return _checkout_page(request, lines, buyer, entered, picker_errors=address_errors(who_comes))
        if not all(is_text(note, NOTE_MAX) for note in (*entered.notes.values(), entered.gift_note)):
            error = ngettext("给卖家的话最多 %(number)s 个字。", "给卖家的话最多 %(number)s 个字。", NOTE_MAX)
            return _checkout_page(request, lines, buyer, entered, error=error)
        actor = request.actor("buyer")
        commands = [
            _placing(entered, group, who_comes if group.place else address, request.caller, actor) for group in groups
        ]
        results = await request.batchers.of(operations.place_orders).submit_all(commands)
        answered = list(zip(commands, results, strict=True))
        is_placed = (PlaceStatus.PLACED, PlaceStatus.EXISTS)
        placed = [command for command, result in answered if result.status in is_placed]
        taken = [
            item.sku_id for command, result in answered if result.status is PlaceStatus.PLACED for item in command.items
        ]
        if taken:
            outs = [PutInCart(person_id=person_id, sku_id=id, quantity=0) for id in taken]
            await request.batchers.of(operations.put_in_cart, "person_id").submit_all(outs)
        await grant(request.database, request.batchers, entered.wishes, placed, actor)
        payable = [*entered.placed, *(command.id for command in placed)]
        if len(placed) == len(commands):
            if len(payable) == 1:
                return redirect(request, f"/orders/{payable[0]}/payment")
            return redirect(request, _payment_way("/payment", payable))
        # What was placed is gone from the page; what was not says why.
        gone = {item.sku_id for command in placed for item in command.items}
        fresh = {
            group.key: new_id(group.shop.shop_id)
            for group, result in zip(groups, results, strict=True)
            if result.status in (PlaceStatus.ID_IN_ANOTHER_SHARD, PlaceStatus.EXISTS_WITH_DIFFERENT_ORDER)
        }
        wanted = [item for item in entered.wanted if item[0] not in gone]
        left = replace(entered, wanted=wanted, ids=entered.ids | fresh, placed=payable)
        errors = {
            group.key: buyer_words.place_error(result.status)
            for group, result in zip(groups, results, strict=True)
            if result.status not in is_placed
        }
        async with request.database.read() as reader:
            lines = await _lines_of(reader, left.wanted)
            buyer = await _buyer_of(reader, request.caller, lines)
        return _checkout_page(request, lines, buyer, left, errors=errors)

    @get("/{order_id:uuid}")
    async def show(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show an order: how it stands, where the money is, and what can be done."""
        async with request.database.read() as reader:
            found = await store.get_order_and_held(reader, order_id)
            if found is None or found[0].buyer_id != request.caller.person_id:
                raise NotFoundException
            trail = await get_trail(reader, order_id)
        order, held = found
        assert order.rules is not None
        return page(
            request,
            "orders/order.html",
            order=order,
            rules=order.rules,
            held=held,
            words=buyer_words.words_of(order),
            whereabouts=buyer_words.whereabouts_of(order, held, trail),
            events=buyer_words.events_of(order, trail),
            is_short=buyer_words.is_short(order),
            parcel_steps=buyer_words.parcel_steps,
            parcel_states=state_words(),
            titles={line.line: line.title for line in order.lines},
            channel=payments.payer_word(order.channel),
            can=_can(order),
            picture_of=picture_of,
            mark=_mark(order),
        )

    @get("/{order_id:uuid}/live")
    async def follow(self, request: WebRequest, order_id: FromPath[UUID]) -> ServerSentEvent:
        """Tell a page when its order is no longer as it shows it."""
        async with request.database.read() as reader:
            await _order_of(reader, order_id, request.caller)
        seen = request.query_params.get("mark", "")
        at = f"/orders/{order_id}" + ("/payment/result" if request.query_params.get("at") == "result" else "")

        async def is_as_shown() -> bool:
            async with request.database.read() as reader:
                order = await store.get_order(reader, order_id)
            return order is None or _mark(order) == seen

        return ServerSentEvent(follow(request.live, order_id, is_as_shown, at, ".column"))

    @post("/{order_id:uuid}/keys", status_code=200, opt=rate("show_keys", "60/minute"))
    async def show_keys(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show the card keys of an order. The look is told, and from then on they can't come back."""
        command = ShowKeys(order_id=order_id, actor=request.actor("buyer"))
        status = await request.batchers.of(handing_out.show_keys, "order_id").submit(command)
        if status is not MoveStatus.DONE:
            return _moved(request, command, status, "")
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
            found = await get_keys_of_orders(reader, [order_id])
        texts: dict[int, list[str]] = {}
        for line, text in open_keys(found.get(order_id, [])):
            texts.setdefault(line, []).append(text)
        headers = {"cache-control": "no-store"}
        return page(request, "orders/keys.html", headers=headers, order=order, texts=texts, picture_of=picture_of)

    @get("/{order_id:uuid}/pickup-code")
    async def ask_code(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Ask for the payment password, for which the code is shown: it lets the money go, as receipt does."""
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
            check = await _password_of(reader, request)
        if picking_up.code_status(order) is not MoveStatus.DONE:
            return redirect(request, f"/orders/{order_id}")
        return _pickup_page(request, order, check)

    @post("/{order_id:uuid}/pickup-code", status_code=200, opt=rate("password", "30/minute"))
    async def show_code(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show the code for which an order is handed over."""
        form = await read_form(request)
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
        command = ShowPickupCode(order_id=order_id, actor=request.actor("buyer"))
        status = picking_up.code_status(order)
        if status is MoveStatus.DONE:
            check = await check_entered_password(request, form)
            if check.status is not PasswordCheckStatus.CORRECT:
                return _pickup_page(request, order, check)
            status = await request.batchers.of(picking_up.show_codes, "order_id").submit(command)
        if status is not MoveStatus.DONE:
            return _moved(request, command, status, "")
        async with request.database.read() as reader:
            found = await store.get_pickups(reader, [order_id])
        return _pickup_page(request, order, None, picking_up.open_code(found[order_id]))

    @post("/{order_id:uuid}/closure")
    async def close(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Close an order that is not paid."""
        command = CloseOrder(order_id=order_id, actor=request.actor("buyer"))
        status = await request.batchers.of(operations.close_orders, "order_id").submit(command)
        return _moved(request, command, status, _("订单取消了"))

    @post("/{order_id:uuid}/refund")
    async def refund(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Give card keys back that nobody has seen, for the money."""
        command = RefundOrder(order_id=order_id, actor=request.actor("buyer"), reason="unseen")
        status = await request.batchers.of(operations.refund_orders, "order_id").submit(command)
        return _moved(request, command, status, _("订单取消了，钱正在退回。"))

    @post("/{order_id:uuid}/prolongation")
    async def prolong(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Take more time to confirm receipt."""
        form = await read_form(request)
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
        assert order.rules is not None
        command = Prolong(
            order_id=order_id,
            actor=request.actor("buyer"),
            days=order.rules.buyer_prolong_days,
            due_at=_read_instant(form.text("due_at")) or order.placed_at,
        )
        status = await request.batchers.of(operations.prolong_receipts, "order_id").submit(command)
        toast = ngettext("多了 %(number)s 天", "多了 %(number)s 天", order.rules.buyer_prolong_days)
        return _moved(request, command, status, toast)

    @get("/{order_id:uuid}/receipt")
    async def show_receipt(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Ask for the payment password, with which receipt is confirmed."""
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
            check = await _password_of(reader, request)
        if not may(Verb.CONFIRM, order.state, "buyer"):
            return redirect(request, f"/orders/{order_id}")
        return _receipt_page(request, order, check)

    @post("/{order_id:uuid}/receipt", opt=rate("password", "30/minute"))
    async def confirm(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Confirm receipt: the money goes to the shop."""
        form = await read_form(request)
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
        if not may(Verb.CONFIRM, order.state, "buyer"):
            return redirect(request, f"/orders/{order_id}")
        actor = request.actor("buyer")
        check = await check_entered_password(request, form)
        if check.status is not PasswordCheckStatus.CORRECT:
            return _receipt_page(request, order, check)
        command = ConfirmOrder(order_id=order_id, actor=actor)
        status = await request.batchers.of(operations.confirm_orders, "order_id").submit(command)
        return _moved(request, command, status, _("已确认收货，谢谢。"))


class PaymentPages(Controller):
    """Paying an order."""

    path = "/orders/{order_id:uuid}/payment"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show what is to be paid, and the ways to pay it."""
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
            balance = await _balance(reader, request.caller)
        if order.state is not State.CREATED:
            return redirect(request, f"/orders/{order_id}")
        return _payment_page(request, order, balance)

    @post("/", opt=rate("password", "30/minute"))
    async def pay(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Pay the order: from the wallet at once, else where the channel says."""
        form = await read_form(request)
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
            balance = await _balance(reader, request.caller)
            beyond = await store.find_beyond(reader, await _payable_of(reader, [order_id], request.caller))
        if order.state is not State.CREATED:
            return redirect(request, f"/orders/{order_id}")
        if beyond:
            return _payment_page(request, order, balance, error=buyer_words.limit_error(order.shop_name))
        if form.number("amount") != order.total:
            # Its shop changed it meanwhile: it is shown before anything is paid.
            return _payment_page(request, order, balance, error=buyer_words.changed_error(order.total))
        actor = request.actor("buyer")
        channel = form.text("channel")
        person_id = request.person_id
        payment_id = form.id("id") or new_id(person_id)
        if channel == payments.BALANCE:
            refusal = await refuse_entered_spending(request, form, payment_id, order.total)
            if refusal:
                return _payment_page(request, order, balance, refusal=refusal)
        payable = PayableOrder(order_id, order.shop_id, order.buyer_id, order.state, order.total, order.due_at)
        command = payment_of(payment_id, person_id, [payable], channel, actor)
        status = await request.batchers.of(payments.create_payments).submit(command)
        if status not in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS):
            return _payment_page(request, order, balance, error=buyer_words.payment_error(status))
        if channel != payments.BALANCE:
            (payment,) = await payments.start_payments(
                request.database, request.lanes, [command.id], payments.payer_of(request)
            )
            if payment is not None and (way := payments.pay_path(payment)) is not None:
                return redirect(request, way)
            if payment is not None and payment.is_waiting:
                return _payment_page(request, order, balance, error=payments.no_answer_words(channel))
        return redirect(request, f"/orders/{order_id}/payment/result")

    @get("/result")
    async def show_result(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show whether the money arrived; until it does, the page waits for it."""
        async with request.database.read() as reader:
            order = await _order_of(reader, order_id, request.caller)
            tells = order.state is State.REFUNDED or (order.state is State.CREATED and order.rejections)
            trail = await get_trail(reader, order_id) if tells else []
        return page(
            request,
            "orders/payment_result.html",
            order=order,
            is_paid=order.payment_id is not None,
            is_waiting=order.state is State.CREATED,
            returned=buyer_words.returned_of(trail),
            whereabouts=buyer_words.whereabouts_of(order, order.total if order.state is State.PAID else 0, trail),
            mark=_mark(order),
        )


class PaymentsPages(Controller):
    """Paying for orders of several shops at once."""

    path = "/payment"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what is to be paid, and the ways to pay it."""
        ids = _read_ids(request.query_params.getall("order", []))
        async with request.database.read() as reader:
            found = await _payable_of(reader, ids, request.caller)
            balance = await _balance(reader, request.caller)
        return _payments_page(request, found, balance)

    @post("/", opt=rate("password", "30/minute"))
    async def pay(self, request: WebRequest) -> Response[str]:
        """Pay the orders: from the wallet at once, else where the channel says."""
        form = await read_form(request)
        person_id = request.person_id
        async with request.database.read() as reader:
            found = await _payable_of(reader, _read_ids(form.all("order", payments.PARTS_MAX)), request.caller)
            balance = await _balance(reader, request.caller)
            waiting = [row for row in found if row["state"] == State.CREATED]
            beyond = await store.find_beyond(reader, waiting)
        if all(row["payment_id"] for row in found):
            # Sent twice, perhaps.
            return redirect(request, _payment_way("/payment/result", [row["id"] for row in found]))
        channel = form.text("channel")
        seen = {row["id"]: total for row in found if (total := form.number(f"total_{row['id']}")) is not None}
        changes = buyer_words.changes_of(found, seen)
        if len(waiting) < len(found) or sum(row["total"] for row in waiting) != form.number("amount"):
            # One of them was closed, paid or changed meanwhile: it is shown before anything is paid.
            return _payments_page(request, found, balance, errors=changes, channel=channel)
        if beyond:
            full = next(row["shop_name"] for row in waiting if row["id"] in beyond)
            return _payments_page(request, found, balance, errors=[buyer_words.limit_error(full)])
        actor = request.actor("buyer")
        payment_id = form.id("id") or new_id(person_id)
        if channel == payments.BALANCE:
            amount = sum(row["total"] for row in waiting)
            refusal = await refuse_entered_spending(request, form, payment_id, amount)
            if refusal:
                return _payments_page(request, found, balance, refusal=refusal)
        orders = [
            PayableOrder(row["id"], row["shop_id"], row["buyer_id"], State.CREATED, row["total"], row["due_at"])
            for row in waiting
        ]
        command = payment_of(payment_id, person_id, orders, channel, actor)
        status = await request.batchers.of(payments.create_payments).submit(command)
        if status not in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS):
            return _payments_page(request, found, balance, errors=[buyer_words.payment_error(status)])
        way = _payment_way("/payment/result", [order.id for order in orders])
        if channel != payments.BALANCE:
            (payment,) = await payments.start_payments(
                request.database, request.lanes, [command.id], payments.payer_of(request)
            )
            if payment is not None and (there := payments.pay_path(payment)) is not None:
                return redirect(request, there)
            if payment is not None and payment.is_waiting:
                return _payments_page(request, found, balance, errors=[payments.no_answer_words(channel)])
        return redirect(request, way)

    @get("/result")
    async def show_result(self, request: WebRequest) -> Response[str]:
        """Show for each order whether its part of the money arrived; until it does, the page asks for itself again."""
        ids = _read_ids(request.query_params.getall("order", []))
        async with request.database.read() as reader:
            found = await _payable_of(reader, ids, request.caller)
            trail = await get_trails(reader, [row["id"] for row in found], [PaymentRejected], 1)
        returned = buyer_words.returns_of(trail)
        waiting = [row for row in found if row["state"] == State.CREATED]
        return page(
            request,
            "orders/payments_result.html",
            orders=[(row, buyer_words.returned_note(row, returned.get(row["id"]))) for row in found],
            is_waiting=bool(waiting),
            lacking=sum(row["total"] for row in waiting if row["id"] in returned),
            returned=sum(amount for amount, _reason in returned.values()),
            paid=sum(row["total"] for row in found if row["payment_id"] and row["state"] != State.REFUNDED),
            here=_payment_way("/payment/result", ids),
            again=_payment_way("/payment", [row["id"] for row in waiting]),
        )


class MePages(Controller):
    """The tab "me"."""

    include_in_schema = False
    guards = (signed_in,)

    @get("/me")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what is theirs."""
        async with request.database.read() as reader:
            counts = await store.count_states_of_buyer(reader, request.person_id)
            balance = await _balance(reader, request.caller)
        return page(request, "orders/me.html", tabs=_tabs(counts), balance=balance)


ROUTES: Final = (CartPages, CheckoutPages, OrderPages, PaymentPages, PaymentsPages, MePages)


async def _cart_page(request: WebRequest, headers: dict[str, str] | None = None) -> Response[str]:
    async with request.database.read() as reader:
        items = await store.get_cart(reader, request.person_id, LINES_MAX)
        skus = await get_skus_for_sale(reader, [item.sku_id for item in items]) if items else []
    shops: dict[tuple[UUID, Delivery], CartShop] = {}
    gone = []
    for item, sku in zip(items, skus, strict=True):
        if sku is None:
            gone.append(item.sku_id)
            continue
        # What is sent and what is handed out are ordered separately.
        shop = shops.setdefault(
            (sku.shop_id, sku.delivery), CartShop(sku.shop_id, sku.shop_name, sku.shop_handle, sku.delivery, [])
        )
        shop.lines.append(CartLine(sku, item.quantity, _fault_of(sku, item.quantity), item.price_seen))
    return page(
        request,
        "orders/cart.html",
        headers=headers,
        shops=list(shops.values()),
        amount=sum(shop.amount for shop in shops.values()),
        count=sum(len(shop.can_be_had) for shop in shops.values()),
        gone=gone,
        cart_count=len(items),
        picture_of=picture_of,
    )


async def _order_of(reader: Reader, order_id: UUID, caller: Caller) -> Order:
    order = await store.get_order(reader, order_id)
    if order is None or order.buyer_id != caller.person_id:
        raise NotFoundException
    return order


async def _balance(reader: Reader, caller: Caller) -> int:
    accounts = await lookup_accounts(reader, [chart.wallet(caller.own_id).id])
    return accounts[0].available if accounts else 0


def _write_off_address(request: WebRequest, order: Order, code: str) -> str:
    """Say where the shop's page is that hands an order over; the code is what the shop scans it for."""
    return f"{base_of(request)}/merchant/{order.shop_id}/pickup?code={code}"


def _can(order: Order) -> dict[str, bool]:
    """Say what the buyer may do to an order by its machine; times are the templates' to tell."""
    return {
        "pay": order.state is State.CREATED,
        "close": may(Verb.CLOSE, order.state, "buyer"),
        # A list is without rules, and offers no such thing. Of a line at most one case is open.
        "ask_aftersale": order.rules is not None
        and not order.open_chargebacks
        and order.open_cases < len(order.lines)
        and may_ask_aftersale(order, clock.now()),
        # While a case is open the clock stands: there is no deadline to move, and nothing to confirm.
        "prolong": may(Verb.PROLONG, order.state, "buyer")
        and not order.prolonged
        and order.due_at is not None
        and order.rules is not None
        and order.may_be_prolonged(order.due_at, order.rules.buyer_prolong_days),
        "confirm": may(Verb.CONFIRM, order.state, "buyer") and not order.open_cases,
        "show_code": picking_up.code_status(order) is MoveStatus.DONE,
        "show_keys": look_status(order, "buyer") is MoveStatus.DONE,
        "take_back": order.is_virtual and may(Verb.TAKE_BACK, order.state, "buyer") and order.keys_shown_at is None,
    }


def _tabs(counts: dict[str, int], chosen: str = "all") -> Sequence[dict[str, Any]]:
    """List the tabs; of what is picked up only to who has any, or looks there."""
    to_pick_up = counts.get("to_pick_up", 0)
    words = {
        "all": _("全部"),
        "unpaid": _("待付款"),
        "unshipped": _("待发货"),
        **({"to_pick_up": _("待提货")} if to_pick_up or chosen == "to_pick_up" else {}),
        "shipped": _("待收货"),
        "done": _("已完成"),
    }
    waiting = {key: sum(counts.get(state, 0) for state in states) for key, states in TABS.items()}
    waiting |= {"all": 0, "to_pick_up": to_pick_up}
    return [
        {"key": key, "label": label, "href": f"/orders?tab={key}", "count": waiting[key]}
        for key, label in words.items()
    ]


def _fault_of(sku: SkuForSale, quantity: int) -> str | None:
    if sku.shop_standing == "away":
        return _("店家休假中")
    if sku.shop_standing != "open":
        return _("店家不营业")
    if not sku.is_listed:
        return _("已下架")
    if sku.presale and sku.presale.is_over(clock.now()):
        return _("预售已结束")
    if sku.available <= 0:
        return _("卖完了")
    if quantity > sku.available:
        return _("只剩 %(number)s 件", number=sku.available)
    return None


Wanted = list[tuple[UUID, int, int]]
"""A SKU, how many, and the price of one that was seen (0: none was)."""


def _read_items(texts: Sequence[str]) -> Wanted:
    """Read what is to be ordered: `sku:quantity` or `sku:quantity:price` each. What can't be read is passed over."""
    items: dict[UUID, tuple[UUID, int, int]] = {}
    for text in texts[:LINES_MAX]:
        sku, _colon, rest = text.partition(":")
        quantity, _colon, price = rest.partition(":")
        sku_id, number = read_id(sku), read_number(quantity)
        if sku_id is not None and number is not None and 1 <= number <= QUANTITY_MAX:
            items[sku_id] = (sku_id, number, read_number(price) or 0)
    return list(items.values())


def _checkout_path(items: Sequence[tuple[UUID, int]], address_id: UUID | None = None) -> str:
    address = [("address", str(address_id))] if address_id else []
    return "/checkout?" + urlencode([*(("item", f"{id}:{quantity}") for id, quantity in items), *address])


async def _lines_of(reader: Reader, wanted: Wanted) -> list[CartLine]:
    """Read what is to be ordered; what is not there is left out."""
    skus = await get_skus_for_sale(reader, [id for id, _quantity, _price in wanted]) if wanted else []
    return [
        CartLine(sku, quantity, _fault_of(sku, quantity))
        for (_id, quantity, _price), sku in zip(wanted, skus, strict=True)
        if sku is not None
    ]


class Entered(Struct, frozen=True, kw_only=True):
    """What was entered at the checkout. Groups are known by their keys."""

    wanted: Wanted
    address_id: UUID | None = None
    once: BookAddress | None = None
    """Where a present goes this once: in no book, and chosen as those of the book are."""
    ids: dict[str, UUID] = {}
    """The ids that the orders are to have."""
    picked: dict[str, UUID] = {}
    """The places where groups are picked up; the others are sent."""
    picker_name: str | None = None
    picker_phone: str | None = None
    """Who comes for what is picked up; None: it was not asked yet."""
    freights: dict[str, int] = {}
    """What was seen."""
    reductions: dict[str, int] = {}
    """So it is with what coupons take off."""
    choices: dict[str, Choice] = {}
    notes: dict[str, str] = {}
    placed: list[UUID] = []
    """Orders of the same checkout that are placed already, and are paid together with what is left."""
    is_gift: bool = False
    gift_note: str = ""
    hides_prices: bool = True
    wishes: Wishes = Wishes()

    def places(self, book: Sequence[BookAddress]) -> list[BookAddress]:
        """List where it may go."""
        return [self.once, *book] if self.once else list(book)

    def check_picker(self) -> BookAddress | AddressStatus:
        """Say who comes for what is picked up, by the rules of addresses; or what is wrong with it."""
        # They come to the place, wherever that is.
        return EnteredAddress(
            id=UUID(int=0),
            is_new=True,
            name=self.picker_name or "",
            phone=self.picker_phone or "",
            region="–",
            detail="–",
        ).check()

    @property
    def seen(self) -> dict[UUID, int]:
        """The prices that the page showed."""
        return {id: price for id, _quantity, price in self.wanted if price}

    @classmethod
    def read(cls, form: Form) -> "Entered":
        """Read the form."""
        keys = form.all("group", LINES_MAX)
        without = form.id("without")
        return cls(
            wanted=[item for item in _read_items(form.all("item", LINES_MAX)) if item[0] != without],
            address_id=form.id("address"),
            once=_read_once(form),
            ids={key: id for key in keys if (id := form.id(f"id_{key}"))},
            picked={key: id for key in keys if (id := form.id(f"place_{key}"))},
            picker_name=next(iter(form.all("picker_name", 1)), None),
            picker_phone=next(iter(form.all("picker_phone", 1)), None),
            freights={key: form.number(f"freight_{key}") or 0 for key in keys},
            reductions={key: form.number(f"reduction_{key}") or 0 for key in keys},
            choices={
                key: Choice(
                    _read_pick(form.text(f"shop_coupon_{key}")), _read_pick(form.text(f"platform_coupon_{key}"))
                )
                for key in keys
            },
            notes={key: form.text(f"note_{key}") for key in keys},
            placed=_read_ids(form.all("placed", payments.PARTS_MAX)),
            is_gift=form.is_on("is_gift"),
            gift_note=form.text("gift_note"),
            hides_prices=form.is_on("hides_prices") or not form.is_on("is_gift"),
            wishes=Wishes.read(form),
        )


class CouponOption(Struct, frozen=True):
    """A coupon that may be chosen. `takes` is what it takes off these goods by itself; None: it is not for them."""

    coupon: Coupon
    takes: int | None


class CheckoutGroup(Struct, frozen=True, kw_only=True):
    """What becomes one order: goods of one shop that come to the buyer in one way."""

    key: str
    shop: SkuForSale
    lines: list[CartLine]
    price: Price
    undeliverable: frozenset[UUID]
    is_virtual: bool
    ships_at: datetime | None
    places: list[Pickup]
    """Where it may be picked up instead of being sent."""
    place: Pickup | None
    of_shop: list[CouponOption]
    """What may be chosen of the shop's coupons, and of the platform's; empty where there is nothing to choose."""
    of_platform: list[CouponOption]

    @property
    def is_sent(self) -> bool:
        """Whether it needs an address."""
        return not self.is_virtual and self.place is None

    @property
    def can_be_placed(self) -> bool:
        """Whether nothing stands in the way that the page knows of."""
        return not self.undeliverable and all(line.fault is None for line in self.lines)


def _read_once(form: Form) -> BookAddress | None:
    """Read where a present goes this once; what the page did not make so is none."""
    id = form.id("once_id")
    if id is None:
        return None
    checked = EnteredAddress(
        id=id,
        is_new=True,
        name=form.text("once_name"),
        phone=form.text("once_phone"),
        region=form.text("once_region"),
        region_code=form.text("once_region_code"),
        detail=form.text("once_detail"),
        postcode=form.text("once_postcode"),
    ).check()
    return checked if isinstance(checked, BookAddress) else None


def _read_pick(text: str) -> Pick:
    return "none" if text == "none" else read_id(text) or "best"


async def _buyer_of(reader: Reader, caller: Caller, lines: Sequence[CartLine]) -> store.CheckoutBuyer:
    shops = {line.sku.shop_id for line in lines}
    wanted = {line.sku.sku_id: line.quantity for line in lines}
    return await store.read_checkout(reader, caller.own_id, shops, wanted, clock.now())


def _options_of(coupons: Sequence[Coupon], goods: Sequence[Goods], *, is_platform: bool) -> list[CouponOption]:
    """List what may be chosen, what takes off most first."""
    found = []
    for coupon in coupons:
        if coupon.is_platform is is_platform:
            reductions = apply([coupon], goods)
            found.append(CouponOption(coupon, reductions[0].amount if reductions else None))
    return sorted(found, key=lambda option: (-(option.takes or 0), option.coupon.expires_at, option.coupon.id))


def _groups_of(
    lines: Sequence[CartLine], region_code: str, buyer: store.CheckoutBuyer, entered: "Entered", buyer_id: UUID
) -> list[CheckoutGroup]:
    """Make the groups of a checkout, each with the best coupons that no group before it takes, or those chosen."""
    by_key: dict[str, list[CartLine]] = {}
    for line in lines:
        is_virtual = line.sku.delivery is Delivery.VIRTUAL
        by_key.setdefault(f"{line.sku.shop_id.hex}{'v' if is_virtual else ''}", []).append(line)
    groups = []
    taken: set[UUID] = set()
    for key, its in by_key.items():
        goods = goods_of([line.sku for line in its], [line.quantity for line in its])
        having = usable(buyer.coupons, buyer_id, its[0].sku.shop_id, clock.now(), taken)
        reductions = pick(having, goods, entered.choices.get(key, BEST)) if having else ()
        taken.update(reduction.coupon.id for reduction in reductions)
        places = [] if _is_virtual(its) else buyer.places.get(its[0].sku.shop_id, [])
        place = next((one for one in places if one.place_id == entered.picked.get(key)), None)
        price, freight = _price_of(its, region_code, reductions, is_picked_up=place is not None)
        groups.append(
            CheckoutGroup(
                key=key,
                shop=its[0].sku,
                lines=its,
                price=price,
                undeliverable=frozenset(its[place].sku.sku_id for place in freight.undeliverable),
                is_virtual=_is_virtual(its),
                ships_at=_ships_at(its),
                places=places,
                place=place,
                of_shop=_options_of(having, goods, is_platform=False),
                of_platform=_options_of(having, goods, is_platform=True),
            )
        )
    return groups


def _address_of(found: BookAddress | None) -> Address | None:
    return Address(**{name: getattr(found, name) for name in Address.__struct_fields__}) if found else None


def _placing(
    entered: Entered, group: CheckoutGroup, address: BookAddress | None, caller: Caller, actor: Actor
) -> PlaceOrder:
    """Ask for the order of a shop's part of the checkout, as it was entered and seen."""
    return PlaceOrder(
        id=entered.ids[group.key],
        shop_id=group.shop.shop_id,
        buyer_id=caller.own_id,
        buyer_name=caller.display_name,
        items=tuple(
            OrderItem(line.sku.sku_id, line.quantity, entered.seen.get(line.sku.sku_id, 0)) for line in group.lines
        ),
        address=None if group.is_virtual else _address_of(address),
        place_id=group.place.place_id if group.place else None,
        freight=entered.freights.get(group.key, 0),
        coupon_ids=tuple(coupon.id for coupon in group.price.coupons),
        reduction=entered.reductions.get(group.key, 0),
        note=entered.notes.get(group.key, ""),
        gift=Gift(note=entered.gift_note, hides_prices=entered.hides_prices) if entered.is_gift else None,
        is_own=caller.works_for(group.shop.shop_id),
        actor=actor,
    )


def _is_virtual(lines: Sequence[CartLine]) -> bool:
    return all(line.sku.delivery is Delivery.VIRTUAL for line in lines)


def _ships_at(lines: Sequence[CartLine]) -> datetime | None:
    """Say when the last of what is presold will be there."""
    now = clock.now()
    presales = [line.sku.presale for line in lines if line.sku.presale and line.sku.presale.is_on(now)]
    return max((presale.ships_at for presale in presales), default=None)


def _price_of(
    lines: Sequence[CartLine], region_code: str, reductions: Sequence[Reduction], *, is_picked_up: bool
) -> tuple[Price, Freight]:
    # The platform's fee is the shop's matter: what the buyer pays is the same without it.
    quantities = [line.quantity for line in lines]
    freight = NO_FREIGHT if is_picked_up else freight_of([line.sku for line in lines], quantities, region_code)
    items = [Item(line.sku.sku_id, line.sku.price, line.quantity) for line in lines]
    return calculate(items, freight=freight, reductions=reductions), freight


def _checkout_page(
    request: WebRequest,
    lines: Sequence[CartLine],
    buyer: store.CheckoutBuyer,
    entered: Entered,
    *,
    error: str | None = None,
    errors: Mapping[str, str] | None = None,
    address: EnteredAddress | None = None,
    address_errors: Mapping[str, str] | None = None,
    picker_errors: Mapping[str, str] | None = None,
) -> Response[str]:
    """Show the checkout. *errors* say why an order was not placed; *address* is a new one that is being entered."""
    if not lines:
        return page(request, "orders/checkout_empty.html", status_code=422)
    places = entered.places(buyer.addresses)
    chosen = next((one for one in places if one.id == entered.address_id), places[0] if places else None)
    person_id = request.person_id
    groups = _groups_of(lines, chosen.region_code if chosen else "", buyer, entered, person_id)
    if chosen is None:
        groups = [replace(group, undeliverable=frozenset()) for group in groups]
    now = {line.sku.sku_id: line.sku.price for line in lines}
    is_virtual = all(group.is_virtual for group in groups)
    is_sent = any(group.is_sent for group in groups)
    new_address = address or EnteredAddress(id=new_id(person_id), is_new=True)
    return page(
        request,
        "orders/checkout.html",
        no_reason_word=no_reason_word,
        status_code=422 if error or errors or address_errors or picker_errors else 200,
        groups=groups,
        ids={group.key: entered.ids.get(group.key) or new_id(group.shop.shop_id) for group in groups},
        notes={group.key: entered.notes.get(group.key, "")[:NOTE_MAX] for group in groups},
        addresses=places,
        address=chosen,
        new_address=new_address,
        regions=picker(new_address.region_code),
        address_errors=address_errors or {},
        is_adding=address is not None or not places,
        can_keep=len(buyer.addresses) < ADDRESSES_MAX,
        total=sum(group.price.total for group in groups),
        note_max=NOTE_MAX,
        error=error,
        errors=errors or {},
        before={id: price for id, price in entered.seen.items() if id in now and price != now[id]},
        freights=entered.freights,
        choices={group.key: entered.choices.get(group.key, BEST) for group in groups},
        saved=sum(group.price.reduction for group in groups),
        placed=entered.placed,
        unpaid=[(id, total) for id, total in buyer.unpaid if id not in entered.placed],
        payment=_payment_way("/payment", entered.placed) if entered.placed else "",
        can_be_placed=all(group.can_be_placed for group in groups) and (not is_sent or chosen is not None),
        is_virtual=is_virtual,
        is_sent=is_sent,
        is_picked_up=any(group.place for group in groups),
        picker_name=(chosen.name if chosen else "") if entered.picker_name is None else entered.picker_name,
        picker_phone=(chosen.phone if chosen else "") if entered.picker_phone is None else entered.picker_phone,
        picker_errors=picker_errors or {},
        entered=entered,
        way=_checkout_path([(id, quantity) for id, quantity, _price in entered.wanted], entered.address_id),
        wishes="/checkout/wishes?"
        + urlencode(
            [*(("shop", str(id)) for id in {group.shop.shop_id: None for group in groups}), *entered.wishes.query]
        ),
        picture_of=picture_of,
    )


def _payment_page(
    request: WebRequest, order: Order, balance: int, *, refusal: Refusal | None = None, error: str | None = None
) -> Response[str]:
    return page(
        request,
        "orders/payment.html",
        status_code=422 if refusal or error else 200,
        order=order,
        id=new_id(request.person_id),
        balance=balance,
        lacking=max(0, order.total - balance),
        ways=payments.ways_to_pay(order.due_at, order.bound_channels or ()),
        can_top_up="sandbox" in payments.REGISTRY.names,
        error=error,
        **pad_words(refusal, order.total, request.settings.step_up_above),
    )


def _payment_way(path: str, order_ids: Sequence[UUID]) -> str:
    return path + "?" + urlencode([("order", str(id)) for id in order_ids])


def _read_ids(texts: Sequence[str]) -> list[UUID]:
    """Read ids, each once. What is none is passed over."""
    found = (read_id(text) for text in texts[: payments.PARTS_MAX])
    return list(dict.fromkeys(id for id in found if id is not None))


async def _payable_of(reader: Reader, ids: Sequence[UUID], caller: Caller) -> list[Row]:
    rows = await store.read_payable(reader, ids, clock.now()) if ids else {}
    found = [rows[id] for id in ids if id in rows and rows[id]["buyer_id"] == caller.person_id]
    if not found:
        raise NotFoundException
    return found


def _payments_page(
    request: WebRequest,
    orders: Sequence[Row],
    balance: int,
    *,
    refusal: Refusal | None = None,
    errors: Sequence[str] = (),
    channel: str = "",
) -> Response[str]:
    """Show what is to be paid together; the *channel* that was chosen before stands first."""
    waiting = [row for row in orders if row["state"] == State.CREATED]
    amount = sum(row["total"] for row in waiting)
    due_at = min((row["due_at"] for row in waiting), default=None)
    return page(
        request,
        "orders/payments.html",
        status_code=422 if refusal or errors else 200,
        orders=orders,
        waiting=waiting,
        amount=amount,
        due_at=due_at,
        here=_payment_way("/payment", [row["id"] for row in waiting]),
        id=new_id(request.person_id),
        balance=balance,
        lacking=max(0, amount - balance),
        ways=sorted(payments.ways_to_pay(due_at), key=lambda way: way.channel != channel),
        can_top_up="sandbox" in payments.REGISTRY.names,
        error=None,
        errors=errors,
        **pad_words(refusal, amount, request.settings.step_up_above),
    )


async def _password_of(reader: Reader, request: WebRequest) -> PasswordCheck | None:
    """Say that the buyer has no payment password, where that is so.

    Who paid by a channel may have none yet: nobody is asked for what they never made.
    """
    profile = await get_profile(reader, request.person_id, clock.now())
    is_set = profile is not None and profile.has_payment_password
    return None if is_set else PasswordCheck(PasswordCheckStatus.NOT_SET)


def _receipt_page(request: WebRequest, order: Order, check: PasswordCheck | None) -> Response[str]:
    return page(
        request,
        "orders/receipt.html",
        status_code=422 if check and request.method == "POST" else 200,
        order=order,
        is_short=buyer_words.is_short(order),
        unsent=unsent_of(order),
        picture_of=picture_of,
        **_pad_of(check),
    )


def _pickup_page(
    request: WebRequest, order: Order, check: PasswordCheck | None, code: str | None = None
) -> Response[str]:
    return page(
        request,
        "orders/pickup_code.html",
        status_code=422 if check and request.method == "POST" else 200,
        headers={"cache-control": "no-store"},
        order=order,
        mark=_mark(order),
        code=picking_up.write_code(code) if code else "",
        qr=qr_inline(_write_off_address(request, order, code)) if code else "",
        **_pad_of(check),
    )


def _pad_of(check: PasswordCheck | None) -> dict[str, Any]:
    """Tell the pad what was wrong with a payment password."""
    return {
        "pad_error": payment_password_error(check) if check else None,
        "is_not_set": check is not None and check.status is PasswordCheckStatus.NOT_SET,
        "is_locked": check is not None and check.status is PasswordCheckStatus.LOCKED,
    }


def _moved(request: WebRequest, command: Move, status: MoveStatus, done: str) -> Response[str]:
    """Go back to the order, and say what came of it."""
    if status is MoveStatus.ORDER_NOT_FOUND:
        raise NotFoundException
    toast, tone = done, "good"
    if status not in (MoveStatus.DONE, MoveStatus.EXISTS):
        toast, tone = buyer_words.move_error(status), "warn"
    return redirect(request, f"/orders/{command.order_id}", toast=toast, tone=_tone(tone))


def _tone(name: str) -> Tone:
    return "warn" if name == "warn" else "good"


def _read_instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _mark(order: Order) -> str:
    return mark_of(
        order.state,
        order.total,
        order.rejections,
        order.units_shipped,
        order.due_at,
        order.open_cases,
        order.refunded,
        order.refunded_at,
        order.keys_shown_at,
    )
