"""The one price calculation: what is shown is what is charged, and what is stored.

Every line keeps why it costs what it costs, and its frozen shares of everything that is not its own (freight, fee,
what coupons take off), in fen, split by largest remainder. Refunds take from those shares and compute nothing anew.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji import freight as freights
from weiji.catalog import Delivery, SkuForSale
from weiji.coupons import Goods, Reduction
from weiji.freight import Charge, Freight
from weiji.kit.money import allocate_within
from weiji.orders.fees.model import Rate
from weiji.orders.fees.rules import take

NO_FREIGHT: Final = Freight(amount=0, shares=(), charges=())
"""Nothing is charged for sending."""

TOTAL_MAX: Final = 10**12
"""What one order may cost: ten thousand million yuan. Beyond that somebody made a mistake."""


NOTHING_TAKEN: Final = Rate()


class Item(Struct, frozen=True):
    """Something to be priced: a SKU, what one costs, how many, and what is taken of it."""

    sku_id: UUID
    price: int
    quantity: int
    rate: Rate = NOTHING_TAKEN


class Reason(Struct, frozen=True, omit_defaults=True):
    """A step of a line's price: `unit_price` × `quantity` = `amount`.

    `unit_price`: of the goods. `shop_coupon`, `platform_coupon`: the line's share of what a coupon takes off (below 0),
    with the coupon's name. `conceded`: its share of what the shop took off by hand.
    """

    kind: str
    unit_price: int
    quantity: int
    amount: int
    name: str = ""


class Shares(Struct, frozen=True, omit_defaults=True):
    """What a line has of the order's money: `goods` + `freight` is what the buyer pays for it.

    With `subsidy`, which the platform pays for it, it is what the shop is paid; `fee` is within that, and `commission`
    is what of `fee` was taken of the goods alone. `discount` is what the shop forgoes.
    """

    goods: int
    freight: int
    fee: int
    discount: int = 0
    subsidy: int = 0
    commission: int = 0


class PricedLine(Struct, frozen=True):
    """A line with its amount, reasons and frozen shares."""

    item: Item
    amount: int
    reasons: tuple[Reason, ...]
    shares: Shares


class OrderCoupon(Struct, frozen=True, kw_only=True):
    """A coupon that an order has, and what it takes off."""

    id: UUID
    campaign_id: UUID
    name: str
    amount: int
    is_platform: bool
    """Whether the platform pays what it takes off; otherwise the shop forgoes it."""


class Price(Struct, frozen=True):
    """What an order costs: `total` = `goods` + `freight` - `discount` - `subsidy` is what its buyer pays.

    The shop is paid `total` + `subsidy`; `fee` is what the platform will take of that.
    """

    lines: tuple[PricedLine, ...]
    goods: int
    freight: int
    total: int
    fee: int
    freight_reasons: tuple[Charge, ...] = ()
    """What each freight template charged."""
    discount: int = 0
    """What the shop's coupon takes off, and what it concedes."""
    subsidy: int = 0
    """What the platform's coupon takes off for the buyer, and adds for the shop."""
    coupons: tuple[OrderCoupon, ...] = ()
    conceded: int = 0
    """What the shop takes off by hand."""

    @property
    def reduction(self) -> int:
        """What the coupons take off together."""
        return self.discount + self.subsidy - self.conceded


class Taken(Struct, frozen=True):
    """What a coupon takes off an order, of each line."""

    coupon: OrderCoupon
    shares: tuple[int, ...]


def freight_of(skus: Sequence[SkuForSale], quantities: Sequence[int], region_code: str) -> Freight:
    """Say what it costs to send SKUs of one shop to a district, and which of them are not sent there."""
    templates = [sku.freight if sku.delivery is Delivery.PHYSICAL else None for sku in skus]
    if not any(templates):
        return NO_FREIGHT
    return freights.calculate(
        [
            freights.Line(
                template=template,
                quantity=quantity,
                weight_grams=sku.weight_grams,
                amount=sku.price * quantity,
            )
            for sku, template, quantity in zip(skus, templates, quantities, strict=True)
        ],
        region_code,
    )


def goods_of(skus: Sequence[SkuForSale], quantities: Sequence[int]) -> list[Goods]:
    """Say of SKUs what coupons have to know."""
    return [
        Goods(sku.product_id, sku.category_id, sku.price * quantity, quantity)
        for sku, quantity in zip(skus, quantities, strict=True)
    ]


def calculate(items: Sequence[Item], *, freight: Freight, reductions: Sequence[Reduction] = ()) -> Price:
    """Price an order. Amounts are fen; what is taken is a portion of what the shop is paid, rounded down.

    *reductions* are what coupons take off the same items (`coupons.apply`, `coupons.choose`): one of the shop and one
    of the platform, at most.
    """
    return recalculate(items, freight=freight, taken=[Taken(_taken_by(each), each.shares) for each in reductions])


def recalculate(items: Sequence[Item], *, freight: Freight, taken: Sequence[Taken], conceded: int = 0) -> Price:
    """Price an order whose coupons took off what they did (*taken*), less what the shop *conceded* since.

    That is at most what is left of the goods but for a fen of each unit; each line has its part.
    """
    amounts = [item.price * item.quantity for item in items]
    nothing = (0,) * len(items)
    sent = freight.shares or nothing
    discounts = subsidies = nothing
    for each in taken:
        if each.coupon.is_platform:
            subsidies = each.shares
        else:
            discounts = each.shares
    concessions: Sequence[int] = nothing
    if conceded:
        left = [amount - less - added for amount, less, added in zip(amounts, discounts, subsidies, strict=True)]
        # Each unit costs a fen at least.
        room = [max(0, rest - item.quantity) for rest, item in zip(left, items, strict=True)]
        concessions = allocate_within(conceded, left, room)
    # The subsidy is paid to the shop, too: only what it forgoes itself is charged nothing.
    forgone = [less + part for less, part in zip(discounts, concessions, strict=True)]
    paid = [amount - less for amount, less in zip(amounts, forgone, strict=True)]
    fees = take([item.rate for item in items], paid, sent)
    lines = tuple(
        PricedLine(
            item,
            amount,
            (
                Reason("unit_price", item.price, item.quantity, amount),
                *(_reason(each.coupon, each.shares[place]) for each in taken if each.shares[place]),
                *([Reason("conceded", -concessions[place], 1, -concessions[place])] if concessions[place] else []),
            ),
            Shares(amount - less - added, sent[place], fee, less, added, commission),
        )
        for place, (item, amount, less, added, (fee, commission)) in enumerate(
            zip(items, amounts, forgone, subsidies, fees, strict=True)
        )
    )
    goods, discount, subsidy = sum(amounts), sum(forgone), sum(subsidies)
    return Price(
        lines=lines,
        goods=goods,
        freight=freight.amount,
        total=goods + freight.amount - discount - subsidy,
        fee=sum(fee for fee, _ in fees),
        freight_reasons=freight.charges,
        discount=discount,
        subsidy=subsidy,
        coupons=tuple(each.coupon for each in taken),
        conceded=conceded,
    )


def taken_of(coupons: Sequence[OrderCoupon], lines: Sequence[Sequence[Reason]]) -> list[Taken]:
    """Read what the coupons of an order took off each line from the reasons of its price."""
    return [
        Taken(
            coupon, tuple(-sum(each.amount for each in reasons if each.kind == _kind_of(coupon)) for reasons in lines)
        )
        for coupon in coupons
    ]


def _kind_of(coupon: OrderCoupon) -> str:
    return "platform_coupon" if coupon.is_platform else "shop_coupon"


def _reason(coupon: OrderCoupon, share: int) -> Reason:
    return Reason(_kind_of(coupon), -share, 1, -share, coupon.name)


def _taken_by(reduction: Reduction) -> OrderCoupon:
    coupon = reduction.coupon
    return OrderCoupon(
        id=coupon.id,
        campaign_id=coupon.campaign_id,
        name=coupon.name,
        amount=reduction.amount,
        is_platform=coupon.is_platform,
    )
