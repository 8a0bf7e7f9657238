"""What a ticket leads to: an order of a merchant's program, or several that are paid at once. The cashier's view."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji import payments
from weiji.coupons import Coupon, assign
from weiji.events import BY_SYSTEM, Actor
from weiji.events.payments import PaymentPart
from weiji.kit.db import Reader
from weiji.payments import BALANCE, CreatePayment, CreatePaymentStatus, Purpose
from weiji.web.requests import Backend
from weiji.wire.combined import CombinedOrder, find_combined_for_payer
from weiji.wire.tickets import PREFIX, Ticket
from weiji.wire.trade import (
    ChooseCoupon,
    ChooseCouponStatus,
    DropCoupon,
    Line,
    MerchantOrder,
    State,
    TakeMerchantPayment,
    choose_coupons,
    drop_coupons,
    find_for_payer,
    get_orders,
)

_NOT_CHOSEN: Final = (ChooseCouponStatus.ORDER_NOT_OPEN, ChooseCouponStatus.COUPON_NOT_USABLE)

_APPIDS: Final = ("appid", "sp_appid", "sub_appid", "combine_appid")

Usable = Sequence[Sequence[tuple[Coupon, int]]]
"""Which of somebody's coupons are good for each of some orders, with what each takes off there, the best first."""


class Payable(Struct, frozen=True, kw_only=True):
    """Something that can be paid, or could."""

    id: UUID
    shop_id: UUID
    """Who is paid; of several orders, whose program made them."""
    shop_name: str
    caller_mchid: str
    """Who made it: its certificates sign for payers from its pages and apps."""
    appids: frozenset[str]
    total: int
    state: State
    expires_at: datetime
    lines: tuple[Line, ...]
    """The orders that are paid: one, or several."""
    dues: tuple[int, ...]
    """What is to be paid of each: less than its total with a coupon."""

    @property
    def due(self) -> int:
        """What is to be paid."""
        return sum(self.dues)

    @property
    def is_combined(self) -> bool:
        """Whether it is a combined order, even one of a single line."""
        return all(line.order_id != self.id for line in self.lines)

    @property
    def result(self) -> str:
        """The page that tells whether it is paid."""
        return f"/pay/{'combined' if self.is_combined else 'orders'}/{self.id}"


def of_order(order: MerchantOrder, shop_name: str) -> Payable:
    """See an order as what is to be paid."""
    return Payable(
        id=order.id,
        shop_id=order.shop_id,
        shop_name=shop_name,
        caller_mchid=order.caller_mchid,
        appids=_appids(order.terms),
        total=order.total,
        state=order.state,
        expires_at=order.expires_at,
        lines=(order.line,),
        dues=(order.due,),
    )


def of_combined(combined: CombinedOrder, shop_name: str) -> Payable:
    """See a combined order as what is to be paid."""
    state = State.OPEN if combined.ended_at is None else State.PAID if combined.is_paid else State.CLOSED
    return Payable(
        id=combined.id,
        shop_id=combined.shop_id,
        shop_name=shop_name,
        caller_mchid=combined.mchid,
        appids=_appids(combined.terms),
        total=combined.total,
        state=state,
        expires_at=combined.expires_at,
        lines=combined.lines,
        dues=tuple(line.total for line in combined.lines),
    )


def _appids(terms: dict[str, object]) -> frozenset[str]:
    return frozenset(str(terms[name]) for name in _APPIDS if terms.get(name))


async def find_payable(reader: Reader, ticket: Ticket) -> Payable | None:
    """Read what a ticket leads to."""
    if ticket.is_combined:
        combined = await find_combined_for_payer(reader, ticket.order_id)
        return of_combined(*combined) if combined else None
    # What leads to a transfer leads to nothing that is paid.
    order = await find_for_payer(reader, ticket.order_id) if ticket.prefix == PREFIX else None
    return of_order(*order) if order else None


async def choose_with(
    backend: Backend,
    payable: Payable,
    chosen: Sequence[UUID | None],
    payment_id: UUID,
    person_id: UUID | None,
    actor: Actor,
) -> Payable | None:
    """Have somebody pay each order with a coupon of theirs, or without one; None: one is not good for this.

    What they are about to pay with a coupon already, this or another, is wanted no longer: it is for one payment. What
    others are about to pay with theirs stays.
    """
    ids = [line.order_id for line in payable.lines]
    async with backend.database.read() as reader:
        orders = await get_orders(reader, ids)
    commands = [
        ChooseCoupon(order_id=id, person_id=person_id, coupon_id=coupon_id, payment_id=payment_id, actor=actor)
        for id, coupon_id in zip(ids, chosen, strict=True)
        if coupon_id is not None or orders[id].choices
    ]
    results = await backend.batchers.of(choose_coupons, "order_id").submit_all(commands)
    # Also where another coupon was not good: an earlier payment that lost its own would ask for less than is due.
    instead = {its.instead for its in results if its.instead}
    closing = [payments.ClosePayment(id=id, actor=BY_SYSTEM) for id in instead]
    await backend.batchers.of(payments.close_payments).submit_all(closing)
    if any(result.status in _NOT_CHOSEN for result in results):
        # What another request of this payment chose before stays: it may be paid yet.
        new = [each.order_id for each, its in zip(commands, results, strict=True) if its.status == "chosen"]
        await _drop(backend, new, payment_id, actor)
        return None
    found = {command.order_id: result for command, result in zip(commands, results, strict=True)}
    dues = tuple(found[line.order_id].due if line.order_id in found else line.total for line in payable.lines)
    return replace(payable, dues=dues)


async def drop_chosen(
    backend: Backend, payable: Payable, payment_id: UUID, status: CreatePaymentStatus, actor: Actor
) -> None:
    """Free what was chosen for a payment that was not made; one of this id that is there may be paid yet."""
    if payable.due < payable.total and not status.startswith("exists"):
        await _drop(backend, [line.order_id for line in payable.lines], payment_id, actor)


async def _drop(backend: Backend, order_ids: Sequence[UUID], payment_id: UUID, actor: Actor) -> None:
    commands = [DropCoupon(order_id=id, payment_id=payment_id, actor=actor) for id in order_ids]
    await backend.batchers.of(drop_coupons, "order_id").submit_all(commands)


def best_of(usable: Usable) -> list[UUID | None]:
    """Choose a coupon for each order, so that they take off most together; of equals, what ends sooner."""
    return assign([{coupon.id: off for coupon, off in each} for each in usable])


def all_of(usable: Usable) -> list[UUID | None]:
    """Choose likewise, but so that as many of the coupons as can be are used: of such ways what takes off most."""
    more_than_all = 1 + sum(off for each in usable for _, off in each)
    return assign([{coupon.id: more_than_all + off for coupon, off in each} for each in usable])


def guest_of(payable: Payable) -> UUID:
    """Name the payer who has no account: one for each order, in its shard; of several orders, that of the first."""
    return payments.guest_of(payable.lines[0].order_id)


def payment_of(
    payable: Payable, id: UUID, payer_id: UUID, channel: str, actor: Actor, *, until: datetime | None = None
) -> CreatePayment:
    """Ask for the money of an order, or of several: then it has a part for each. It can be paid until the order ends,
    or *until* before.
    """
    first, *others = payable.lines
    parts = [
        PaymentPart(order_id=line.order_id, shop_id=line.shop_id, amount=due)
        for line, due in zip(payable.lines, payable.dues, strict=True)
    ]
    return CreatePayment(
        id=id,
        payer_id=payer_id,
        subject_id=id if others else first.order_id,
        payee_id=payer_id if others else first.shop_id,
        amount=payable.due,
        channel=channel,
        purpose=Purpose.MERCHANT_ORDER,
        parts=tuple(parts) if others else (),
        expires_at=until or payable.expires_at,
        actor=actor,
    )


def takings_of(payable: Payable, paid: CreatePayment) -> list[TakeMerchantPayment]:
    """Bring what the wallet paid to its orders at once, since its payer looks on; the payment's event finds it done."""
    return [
        TakeMerchantPayment(
            order_id=line.order_id,
            payment_id=paid.id,
            payer_id=paid.payer_id,
            shop_id=line.shop_id,
            amount=due,
            channel=BALANCE,
            actor=paid.actor,
            is_part=bool(paid.parts),
        )
        for line, due in zip(payable.lines, payable.dues, strict=True)
    ]
