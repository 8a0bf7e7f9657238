"""What a ticket leads to: an order of a merchant's program, or several that are paid at once. The cashier's view."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji import payments
from weiji.events import Actor
from weiji.events.payments import PaymentPart
from weiji.kit.db import Reader
from weiji.payments import BALANCE, CreatePayment, CreatePaymentStatus, Purpose
from weiji.web.requests import Backend
from weiji.wire.combined import CombinedOrder, Line, find_combined_for_payer
from weiji.wire.tickets import Ticket
from weiji.wire.trade import (
    ChooseCoupon,
    ChooseCouponStatus,
    DropCoupon,
    MerchantOrder,
    State,
    TakeMerchantPayment,
    choose_coupons,
    drop_coupons,
    find_for_payer,
)

_APPIDS: Final = ("appid", "sp_appid", "sub_appid", "combine_appid")


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
    order: MerchantOrder | None = None
    """The one that it is, where it is no combined one: coupons are good for these alone."""
    due: int
    """What is to be paid: less than the total with a coupon."""

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
        lines=(Line(order_id=order.id, shop_id=order.shop_id, description=order.description, total=order.total),),
        order=order,
        due=order.due,
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
        due=combined.total,
    )


def _appids(terms: dict[str, object]) -> frozenset[str]:
    return frozenset(str(terms[name]) for name in _APPIDS if terms.get(name))


async def find_payable(reader: Reader, ticket: Ticket) -> Payable | None:
    """Read what a ticket leads to."""
    if ticket.is_combined:
        combined = await find_combined_for_payer(reader, ticket.order_id)
        return of_combined(*combined) if combined else None
    order = await find_for_payer(reader, ticket.order_id)
    return of_order(*order) if order else None


async def choose_coupon(
    backend: Backend, payable: Payable, coupon_id: UUID | None, payment_id: UUID, person_id: UUID | None, actor: Actor
) -> Payable | None:
    """Have somebody pay with a coupon of theirs, or without one; None: it is not good for this.

    What is about to be paid with a coupon already, this or another, is wanted no longer: it is for one payment.
    """
    before = payable.order.coupon if payable.order else None
    if payable.order is None or (coupon_id is None and before is None):
        return payable if coupon_id is None else None
    command = ChooseCoupon(
        order_id=payable.id, person_id=person_id, coupon_id=coupon_id, payment_id=payment_id, actor=actor
    )
    result = await backend.batchers.of(choose_coupons, "order_id").submit(command)
    if result.status not in (ChooseCouponStatus.CHOSEN, ChooseCouponStatus.EXISTS):
        return None
    if before is not None and (before.id, before.payment_id) != (coupon_id, payment_id):
        await payments.close_open_payments(backend.database, backend.lanes, [payable.id])
    return replace(payable, due=result.due)


async def drop_coupon(
    backend: Backend, payable: Payable, payment_id: UUID, status: CreatePaymentStatus, actor: Actor
) -> None:
    """Free the coupon that was chosen for a payment that was not made; one of this id that is there may be paid yet."""
    if payable.due < payable.total and not status.startswith("exists"):
        command = DropCoupon(order_id=payable.id, payment_id=payment_id, actor=actor)
        await backend.batchers.of(drop_coupons, "order_id").submit(command)


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
    parts = [PaymentPart(order_id=line.order_id, shop_id=line.shop_id, amount=line.total) for line in payable.lines]
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
            amount=line.total if payable.is_combined else payable.due,
            channel=BALANCE,
            actor=paid.actor,
            is_part=bool(paid.parts),
        )
        for line in payable.lines
    ]
