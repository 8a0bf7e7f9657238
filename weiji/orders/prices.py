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
from weiji.kit.money import allocate, portion

NO_FREIGHT: Final = Freight(amount=0, shares=(), charges=())
"""Nothing is charged for sending."""

TOTAL_MAX: Final = 10**12
"""What one order may cost: ten thousand million yuan. Beyond that somebody made a mistake."""


class Item(Struct, frozen=True):
    """Something to be priced: a SKU, what one costs, how many."""

    sku_id: UUID
    price: int
    quantity: int


class Reason(Struct, frozen=True, omit_defaults=True):
    """A step of a line's price: `unit_price` × `quantity` = `amount`.

    `unit_price`: of the goods. `shop_coupon`, `platform_coupon`: the line's share of what a coupon takes off (below 0),
    with the coupon's name.
    """

    kind: str
    unit_price: int
    quantity: int
    amount: int
    name: str = ""


class Shares(Struct, frozen=True, omit_defaults=True):
    """What a line has of the order's money: `goods` + `freight` is what the buyer pays for it.

    With `subsidy`, which the platform pays for it, it is what the shop is paid; `fee` is within that. `discount` is
    what the shop forgoes.
    """

    goods: int
    freight: int
    fee: int
    discount: int = 0
    subsidy: int = 0


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
    """What the shop's coupon takes off."""
    subsidy: int = 0
    """What the platform's coupon takes off for the buyer, and adds for the shop."""
    coupons: tuple[OrderCoupon, ...] = ()

    @property
    def reduction(self) -> int:
        """What the coupons take off together."""
        return self.discount + self.subsidy


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


def calculate(items: Sequence[Item], *, freight: Freight, fee_ppm: int, reductions: Sequence[Reduction] = ()) -> Price:
    """Price an order. Amounts are fen, the fee is a portion of what the shop is paid, rounded down.

    *reductions* are what coupons take off the same items (`coupons.apply`, `coupons.choose`).
    """
    if reductions:
        return _calculate_reduced(items, freight, fee_ppm, reductions)
    amounts = [item.price * item.quantity for item in items]
    goods = sum(amounts)
    total = goods + freight.amount
    fee = portion(total, fee_ppm)
    shares = freight.shares or (0,) * len(items)
    if len(items) == 1:
        fees = [fee]
    else:
        fees = allocate(fee, [amount + share for amount, share in zip(amounts, shares, strict=True)])
    lines = tuple(
        PricedLine(
            item,
            amount,
            (Reason("unit_price", item.price, item.quantity, amount),),
            Shares(amount, freight_share, fee_share),
        )
        for item, amount, freight_share, fee_share in zip(items, amounts, shares, fees, strict=True)
    )
    return Price(lines, goods, freight.amount, total, fee, freight.charges)


def _calculate_reduced(items: Sequence[Item], freight: Freight, fee_ppm: int, reductions: Sequence[Reduction]) -> Price:
    """Price an order with coupons: most have none, and do nothing of this."""
    amounts = [item.price * item.quantity for item in items]
    discounts, subsidies = [0] * len(items), [0] * len(items)
    reasons = [[Reason("unit_price", item.price, item.quantity, item.price * item.quantity)] for item in items]
    for reduction in reductions:
        is_platform = reduction.coupon.is_platform
        kind = "platform_coupon" if is_platform else "shop_coupon"
        shares = subsidies if is_platform else discounts
        for place, share in enumerate(reduction.shares):
            shares[place] += share
            if share:
                reasons[place].append(Reason(kind, -share, 1, -share, reduction.coupon.name))
    discount, subsidy, goods = sum(discounts), sum(subsidies), sum(amounts)
    total = goods + freight.amount - discount - subsidy
    sent_shares = freight.shares or (0,) * len(items)
    fee = portion(total + subsidy, fee_ppm)
    fees = allocate(fee, [a - d + f for a, d, f in zip(amounts, discounts, sent_shares, strict=True)])
    lines = tuple(
        PricedLine(item, amount, tuple(why), Shares(amount - less - added, sent, fee_share, less, added))
        for item, amount, why, less, added, sent, fee_share in zip(
            items, amounts, reasons, discounts, subsidies, sent_shares, fees, strict=True
        )
    )
    taken = tuple(
        OrderCoupon(
            id=reduction.coupon.id,
            campaign_id=reduction.coupon.campaign_id,
            name=reduction.coupon.name,
            amount=reduction.amount,
            is_platform=reduction.coupon.is_platform,
        )
        for reduction in reductions
    )
    return Price(lines, goods, freight.amount, total, fee, freight.charges, discount, subsidy, taken)
