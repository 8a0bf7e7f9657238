"""The cashier: where somebody pays an order that a merchant's program made; with an account, or without one."""

import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

import msgspec
import segno
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct
from msgspec.structs import replace

from weiji.coupons import terms_words
from weiji.events import Actor
from weiji.identity import (
    Refusal,
    pad_words,
    refuse_entered_spending,
)
from weiji.kit import clock
from weiji.kit.db import Database, Reader
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.payments import (
    BALANCE,
    REGISTRY,
    CreatePaymentStatus,
    Payment,
    PaymentStatus,
    PayWay,
    create_payments,
    get_payments,
    is_other_amount,
    no_answer_words,
    pay_path,
    payer_of,
    start_payments,
    takes_transfers,
    ways_to_pay,
)
from weiji.web import Caller, page, rate, redirect
from weiji.web import gettext as _
from weiji.web.cookies import make_cookie, read_cookies
from weiji.web.errors import Refused
from weiji.web.forms import read_form
from weiji.web.locales import current
from weiji.web.page import sign_in_path
from weiji.web.requests import WebRequest
from weiji.wire.combined import find_combined_for_payer
from weiji.wire.complaint_pages import complaint_path
from weiji.wire.payables import (
    Payable,
    Usable,
    best_of,
    choose_with,
    drop_chosen,
    find_payable,
    guest_of,
    of_combined,
    of_order,
    payment_of,
    takings_of,
)
from weiji.wire.running import wire_of
from weiji.wire.signing import Unreadable, read_signature, verify
from weiji.wire.tickets import read_ticket, write_complaint_ticket
from weiji.wire.trade import MerchantOrder, State, find_for_payer, get_orders, read_payer, take_merchant_payments

RETURN_MAX: Final = 500
"""Characters of an address that leads back to a merchant."""

WAY_COOKIE: Final = "way"
"""How a payer came: they may go by way of a channel's own pages."""

WAY_SECONDS: Final = 2 * 3_600

LEAST: Final = timedelta(minutes=5)
"""How long a payer has at a channel at least, however late they chose it, unless the order ends before."""

QR_SCALE: Final = 6

BRIDGE: Final = Path(__file__).with_name("bridge.js").read_text(encoding="utf-8")

BRIDGE_SECONDS: Final = 3_600
"""How long a browser keeps the script."""

FOR_EVERYBODY: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
"""Pages of other hosts may read it: it has nothing of who asks."""


BEST: Final = "best"
NONE: Final = "none"
"""What a payer may say instead of the number of a coupon; of several orders one is said for each, with commas."""


class Purse(Struct, frozen=True):
    """What somebody has to pay with who is signed in: their wallet, and coupons for each order."""

    balance: int
    usable: Usable


class Choice(Struct, frozen=True):
    """The coupons that a payer chose, one or none for each order, with what they take off."""

    coupons: tuple[UUID | None, ...]
    offs: tuple[int, ...]

    @property
    def off(self) -> int:
        """What they take off together."""
        return sum(self.offs)

    @property
    def words(self) -> str:
        """Say it as an address does, and a form."""
        return _say(self.coupons)

    def words_with(self, place: int, coupon: UUID | None) -> str:
        """Say it with another coupon for one order, which no other has then."""
        others = [None if each == coupon else each for each in self.coupons]
        return _say([*others[:place], coupon, *others[place + 1 :]])


class Way(Struct, frozen=True, kw_only=True):
    """How a payer came to the cashier, and where they went from there. Only their browser keeps it."""

    ticket: str
    payment_id: UUID | None = None
    """By what they tried to pay, the last time: a guest proves by it that they did, to complain."""
    back: str | None = None
    """Where the merchant wants them to come back to."""


class CashierPages(Controller):
    """Paying an order of a merchant's program."""

    path = "/pay"
    include_in_schema = False

    @get("/bridge", opt=rate("wire_bridge", "120/minute"))
    async def enter(self, request: WebRequest) -> Response[str]:
        """Let somebody in from a page or an app of a merchant's, which signed that they may pay.

        It, too, may say where they are to come back to.
        """
        asked = {name.lower(): value for name, value in request.query_params.items()}
        is_app = "prepayid" in asked
        ticket = asked["prepayid"] if is_app else asked.get("package", "").removeprefix("prepay_id=")
        payable = await _find(request.database, ticket)
        last = ticket if is_app else asked.get("package", "")
        lines = (asked.get("appid", ""), asked.get("timestamp", ""), asked.get("noncestr", ""), last)
        message = "".join(f"{line}\n" for line in lines).encode()
        party = await wire_of(request.database).directory.find(payable.caller_mchid)
        try:
            # Pages that put it into an address as it is write a plus there, which reads as a space.
            signature = read_signature((asked.get("paysign") or asked.get("sign", "")).replace(" ", "+"))
        except Unreadable:
            signature = b""
        if party is None or not any(verify(key, message, signature) for key in party.keys(clock.wall())):
            raise _not_led(_("商家的签名不对，没有带你去付款。请回到商家那里再试一次。"))
        if lines[0] not in payable.appids:
            raise _not_led(_("这笔订单不是这个应用下的。请回到商家那里再试一次。"))
        return _lead(request, ticket)

    @get("/bridge.js", sync_to_thread=False)
    def show_bridge(self) -> Response[bytes]:
        """Give merchants' pages the script that leads their payers here; its words are in the payer's language."""
        words = {
            "lang": current().replace("_", "-"),
            "waiting": _("付款页在另一个窗口里打开。付好后，这里会自己知道。"),
            "pay": _("打开付款页"),
            "cancel": _("不付了"),
        }
        script = BRIDGE.replace("{}; /* words */", f"{json.dumps(words, ensure_ascii=False)};")
        kept = {"cache-control": f"public, max-age={BRIDGE_SECONDS}", "vary": "accept-language, cookie"}
        return Response(script.encode(), media_type="text/javascript", headers=FOR_EVERYBODY | kept)

    @get("/{ticket:str}/outcome", opt=rate("wire_outcome", "300/minute"))
    async def tell_outcome(self, request: WebRequest, ticket: FromPath[str]) -> Response[dict[str, str]]:
        """Tell a merchant's page how a payment ended: whether it is open, paid or closed, and nothing else."""
        async with request.database.read() as reader:
            known = read_ticket(ticket, clock.wall())
            payable = await find_payable(reader, known) if known else None
        headers = {**FOR_EVERYBODY, "cache-control": "no-store"}
        if payable is None:
            return Response({"state": "closed"}, status_code=404, headers=headers)
        return Response({"state": payable.state.value}, headers=headers)

    @get("/h5")
    async def enter_h5(self, request: WebRequest) -> Response[str]:
        """Let somebody in from a page in a phone's browser, which may say where they are to come back to."""
        ticket = request.query_params.get("prepay_id", "")
        await _find(request.database, ticket)
        return _lead(request, ticket)

    @get("/orders/{order_id:uuid}")
    async def show_result(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Show whether the money arrived; until it does, the page waits for it."""
        way = _read_way(request)
        async with request.database.read() as reader:
            found = await find_for_payer(reader, order_id)
            tried = await _tried(reader, way)
        if found is None:
            raise NotFoundException
        order, shop_name = found
        if order.combined_id is not None:
            return redirect(request, f"/pay/combined/{order.combined_id}")
        return _show_result(request, of_order(order, shop_name), way, tried, [order])

    @get("/orders/{order_id:uuid}/ways")
    async def lead_back(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Lead a payer back to the ways to pay, if their browser knows how they came; else to the result."""
        async with request.database.read() as reader:
            found = await find_for_payer(reader, order_id)
        if found is None:
            raise NotFoundException
        way = _read_way(request)
        known = read_ticket(way.ticket, clock.wall()) if way else None
        is_its_own = known is not None and known.order_id == (found[0].combined_id or order_id)
        return redirect(request, f"/pay/{way.ticket}" if way and is_its_own else f"/pay/orders/{order_id}")

    @get("/combined/{combined_id:uuid}")
    async def show_combined_result(self, request: WebRequest, combined_id: FromPath[UUID]) -> Response[str]:
        """Show whether the money of several orders arrived."""
        way = _read_way(request)
        async with request.database.read() as reader:
            found = await find_combined_for_payer(reader, combined_id)
            if found is None:
                raise NotFoundException
            payable = of_combined(*found)
            is_paid = payable.state is State.PAID
            orders = await get_orders(reader, [line.order_id for line in payable.lines]) if is_paid else {}
            # Who has an account is known by it once it is paid.
            tried = None if is_paid and request.caller.person_id else await _tried(reader, way)
        return _show_result(request, payable, way, tried, list(orders.values()))

    @get("/{ticket:str}")
    async def show(self, request: WebRequest, ticket: FromPath[str]) -> Response[str]:
        """Show what is to be paid, and the ways to pay it; with the best coupon, or that which was chosen."""
        payable, purse = await _payable(request.database, ticket, request.caller)
        if payable.state is not State.OPEN:
            return redirect(request, payable.result)
        return _show(request, ticket, payable, purse, chosen=request.query_params.get("coupon", BEST))

    @get("/{ticket:str}/qr.svg")
    async def show_code(self, request: WebRequest, ticket: FromPath[str]) -> Response[bytes]:
        """Draw the code with which a phone comes to this cashier."""
        await _find(request.database, ticket)
        drawn = BytesIO()
        url = f"{str(request.base_url).rstrip('/')}/pay/{ticket}"
        segno.make(url, error="m").save(drawn, kind="svg", scale=QR_SCALE, border=2, light="white")
        return Response(drawn.getvalue(), media_type="image/svg+xml")

    @post("/{ticket:str}", opt=rate("password", "30/minute"))
    async def pay(self, request: WebRequest, ticket: FromPath[str]) -> Response[str]:
        """Pay: from the wallet at once, else where the channel says. A guest pays by a channel."""
        form = await read_form(request)
        payable, purse = await _payable(request.database, ticket, request.caller)
        if payable.state is not State.OPEN:
            return redirect(request, payable.result)
        channel, asked = form.text("channel"), form.text("coupon") or NONE
        person_id = request.caller.person_id
        choice = _choose(purse, asked)
        if choice is None:
            gone = _("这张券现在用不了：付款金额变了，请看一下再付。")
            return _show(request, ticket, payable, purse, error=gone)
        if channel == BALANCE and person_id is None:
            return redirect(request, sign_in_path(f"/pay/{ticket}"))
        payer_id = person_id or guest_of(payable)
        payment_id = form.id_near("id", payer_id)
        if channel == BALANCE:
            refusal = await refuse_entered_spending(request, form, payment_id, payable.total - choice.off)
            if refusal:
                return _show(request, ticket, payable, purse, chosen=asked, refusal=refusal)
        actor = request.actor("buyer") if person_id else Actor("buyer", payer_id)
        with_coupons = await choose_with(request.backend, payable, choice.coupons, payment_id, person_id, actor)
        if with_coupons is None:
            gone = _("这张券刚刚用在别处了：付款金额变了，请看一下再付。")
            return _show(request, ticket, payable, purse, chosen=NONE, error=gone)
        payable = with_coupons
        paying = payment_of(payable, payment_id, payer_id, channel, actor, until=_until(ticket, payable, channel))
        status = await request.batchers.of(create_payments).submit(paying)
        if status not in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS):
            await drop_chosen(request.backend, payable, payment_id, status, actor)
            return _show(request, ticket, payable, purse, chosen=asked, error=payment_error(status))
        answer = redirect(request, payable.result)
        if channel == BALANCE:
            await request.batchers.of(take_merchant_payments, "order_id").submit_all(takings_of(payable, paying))
        else:
            (payment,) = await start_payments(request.database, request.lanes, [payment_id], payer_of(request))
            if payment is not None and (path := pay_path(payment)) is not None:
                answer = redirect(request, path)
            elif payment is not None and payment.is_waiting:
                return _show(request, ticket, payable, purse, chosen=asked, error=no_answer_words(channel))
        came = _way_to(_read_way(request), payable)
        return _keep(request, answer, Way(ticket=ticket, payment_id=payment_id, back=came.back if came else None))


def _not_led(why: str) -> Refused:
    return Refused(why, status_code=403, title=_("没有带你去付款"))


def _lead(request: WebRequest, ticket: str) -> Response[str]:
    """Lead somebody to the cashier, and remember where they are to come back to."""
    back = _way_back(request.query_params.get("redirect_url"))
    answer = redirect(request, f"/pay/{ticket}")
    return _keep(request, answer, Way(ticket=ticket, back=back[0])) if back else answer


def _keep(request: WebRequest, answer: Response[str], way: Way) -> Response[str]:
    """Let the payer's browser keep how they came."""
    kept = quote(msgspec.json.encode(way), safe="")
    value = f"{_mark(kept)}.{kept}"
    answer.cookies.append(make_cookie(request.scope, WAY_COOKIE, value, max_age_seconds=WAY_SECONDS))
    return answer


def _read_way(request: WebRequest) -> Way | None:
    """Read how a payer came, of whatever they came for last.

    It proves who paid, so it has a mark of ours. One that was kept before there were marks still leads back.
    """
    value = read_cookies(request.scope).get(WAY_COOKIE, "")
    mark, _dot, kept = value.partition(".")
    is_marked = hmac.compare_digest(mark.encode(), _mark(kept).encode())
    try:
        way = msgspec.json.decode(unquote(kept if is_marked else value), type=Way)
    except msgspec.MsgspecError:
        return None
    return way if is_marked else replace(way, payment_id=None)


def _mark(kept: str) -> str:
    return hmac.digest(KEYS.derive("wire.way"), kept.encode(), "sha256").hex()


def _way_to(way: Way | None, payable: Payable) -> Way | None:
    """Give the way if it led to this, by a ticket that is still good: who has one may see what is paid."""
    known = read_ticket(way.ticket, clock.wall()) if way else None
    return way if known is not None and known.order_id == payable.id else None


async def _tried(reader: Reader, way: Way | None) -> Payment | None:
    """Find what a payer tried to pay with, the last time."""
    if way is None or way.payment_id is None:
        return None
    (payment,) = await get_payments(reader, [way.payment_id])
    return payment


def payment_error(status: CreatePaymentStatus) -> str:
    """Say why a payment was not made."""
    match status:
        case CreatePaymentStatus.INSUFFICIENT_FUNDS:
            return _("钱包余额不够。")
        case CreatePaymentStatus.WALLET_FROZEN:
            return _("钱包现在不能付款。")
        case CreatePaymentStatus.CHANNEL_NOT_FOUND:
            return _("这种付款方式现在用不了，换一种试试。")
        case _:
            return _("没有付成，请再试一次。")


async def _find(database: Database, ticket: str) -> Payable:
    async with database.read() as reader:
        return await _read(reader, ticket)


async def _read(reader: Reader, ticket: str) -> Payable:
    known = read_ticket(ticket, clock.wall())
    if known is None:
        wrong = _("这个付款链接过期了，或者写错了。请回到商家那里再来一次。")
        raise Refused(wrong, status_code=404, title=_("付款链接用不了"))
    found = await find_payable(reader, known)
    if found is None:
        raise NotFoundException
    return found


async def _payable(database: Database, ticket: str, caller: Caller) -> tuple[Payable, Purse]:
    async with database.read() as reader:
        payable = await _read(reader, ticket)
        if not caller.person_id:
            return payable, Purse(0, [()] * len(payable.lines))
        return payable, Purse(*await read_payer(reader, caller.person_id, payable.lines, clock.now()))


def _choose(purse: Purse, asked: str) -> Choice | None:
    """Find the coupons that a payer chose; None where they have no such, or one would be for two orders."""
    offers = [{coupon.id.hex: (coupon.id, off) for coupon, off in each} | {NONE: (None, 0)} for each in purse.usable]
    if asked == BEST:
        named = [id.hex if id else NONE for id in best_of(purse.usable)]
    else:
        named = [NONE] * len(offers) if asked == NONE else asked.split(",")
    if len(named) != len(offers) or any(name not in its for name, its in zip(named, offers, strict=True)):
        return None
    if len({name for name in named if name != NONE}) < sum(name != NONE for name in named):
        return None
    found = [its[name] for name, its in zip(named, offers, strict=True)]
    return Choice(tuple(id for id, _ in found), tuple(off for _, off in found))


def _say(coupons: Sequence[UUID | None]) -> str:
    return ",".join(each.hex if each else NONE for each in coupons)


def _total(payable: Payable, tried: Payment | None, orders: Sequence[MerchantOrder]) -> int:
    """Say what is to be paid, or was: each of several orders has its coupon, which only they and the payment say."""
    if tried is not None and payable.state is State.OPEN:
        return tried.amount  # Whatever somebody else chose for it meanwhile.
    if not payable.is_combined:
        return payable.due
    return sum(order.due for order in orders) or (tried.amount if tried else payable.due)


def _complaints(
    request: WebRequest, payable: Payable, tried: Payment | None, orders: Sequence[MerchantOrder]
) -> list[tuple[str, str]]:
    """Say where orders can be complained of by whoever looks, if it was they who paid; each with what it is about.

    A guest has paid whose browser did: what it keeps has our mark, which a merchant who knows the payment can't make.
    """
    person_id, guest_id, wall = request.caller.person_id, guest_of(payable), clock.wall()
    found = []
    for order in orders:
        if order.payer_id is not None and order.payer_id == person_id:
            found.append((order.description, complaint_path(order.id)))
        elif order.payer_id == guest_id and tried is not None and tried.id == order.payment_id:
            ticket = write_complaint_ticket(order.id, guest_id, wall)
            found.append((order.description, complaint_path(order.id, ticket)))
    return found


def _show_result(
    request: WebRequest, payable: Payable, came: Way | None, tried: Payment | None, orders: Sequence[MerchantOrder]
) -> Response[str]:
    way = _way_to(came, payable)
    if way is None:
        tried = None
    complaints = _complaints(request, payable, tried, orders)
    return page(
        request,
        "wire/paid.html",
        shop_name=payable.shop_name,
        state=payable.state.value,
        complaints=complaints,
        here=payable.result,
        total=_total(payable, tried, orders) if way or complaints else None,
        again=f"/pay/{way.ticket}" if way else None,
        has_failed=tried is not None and tried.status in (PaymentStatus.FAILED, PaymentStatus.CLOSED),
        other_amount=tried.captured if tried is not None and is_other_amount(tried) else None,
        is_transfer=tried is not None and tried.pay_way is PayWay.TRANSFER,
        back=_way_back(way.back) if way else None,
    )


def _show(
    request: WebRequest,
    ticket: str,
    payable: Payable,
    purse: Purse,
    *,
    chosen: str = BEST,
    refusal: Refusal | None = None,
    error: str | None = None,
) -> Response[str]:
    choice = _choose(purse, chosen) or _choose(purse, NONE)
    assert choice, "nobody has to have a coupon"
    due = payable.total - choice.off
    return page(
        request,
        "wire/pay.html",
        status_code=422 if refusal or error else 200,
        here=f"/pay/{ticket}",
        payable=payable,
        ends_at=_ends_at(ticket, payable),
        id=new_id(request.caller.person_id or guest_of(payable)),
        due=due,
        offs=choice.offs,
        offers=_offers(payable, purse, choice),
        chosen=choice.words,
        terms_words=terms_words,
        balance=purse.balance,
        lacking=max(0, due - purse.balance),
        ways=ways_to_pay(payable.expires_at),
        can_top_up="sandbox" in REGISTRY.names,
        error=error,
        **pad_words(refusal, due, request.settings.step_up_above),
    )


def _offers(payable: Payable, purse: Purse, choice: Choice) -> list[tuple[str, list[Any], dict[str, Any]]]:
    """Give what the page shows of coupons, for each order that some are good for."""
    return [
        (
            line.description,
            [(coupon, off, choice.words_with(place, coupon.id), coupon.id == chosen) for coupon, off in its],
            {"words": choice.words_with(place, None), "is_chosen": chosen is None},
        )
        for place, (line, its, chosen) in enumerate(zip(payable.lines, purse.usable, choice.coupons, strict=True))
        if its
    ]


def _ends_at(ticket: str, payable: Payable) -> datetime:
    """Tell until when it can be paid here. A ticket's time is the machine's, that of an order may be turned forward."""
    wall = clock.wall()
    known = read_ticket(ticket, wall)
    return min(payable.expires_at, clock.now() + (known.ends_at - wall)) if known else payable.expires_at


def _until(ticket: str, payable: Payable, channel: str) -> datetime:
    """Tell until when what is begun here may be paid: as the payer is told; by a transfer, until the order ends."""
    if takes_transfers(channel):
        return payable.expires_at
    return min(payable.expires_at, max(_ends_at(ticket, payable), clock.now() + LEAST))


def _way_back(url: str | None) -> tuple[str, str] | None:
    """Read where a merchant wants its payer to come back to; it is shown as a link that names its host."""
    if not url or len(url) > RETURN_MAX:
        return None
    parts = urlsplit(url)
    return (url, parts.netloc) if parts.scheme in ("http", "https") and parts.netloc else None


ROUTES: Final = (CashierPages,)
"""What the program serves of the cashier."""
