"""The one price calculation: what is shown is what is charged, and what is stored.

Every line keeps why it costs what it costs, and its frozen shares of everything that is not its own (freight, fee),
in fen, split by largest remainder. Refunds take from those shares and compute nothing anew.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji import freight as freights
from weiji.catalog import Delivery, SkuForSale
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


class Reason(Struct, frozen=True):
    """A step of a line's price: `unit_price` × `quantity` = `amount`."""

    kind: str
    unit_price: int
    quantity: int
    amount: int


class Shares(Struct, frozen=True):
    """What a line has of the order's money: `goods` + `freight` is what the buyer pays for it; `fee` is within that."""

    goods: int
    freight: int
    fee: int


class PricedLine(Struct, frozen=True):
    """A line with its amount, reasons and frozen shares."""

    item: Item
    amount: int
    reasons: tuple[Reason, ...]
    shares: Shares


class Price(Struct, frozen=True):
    """What an order costs. `total` = `goods` + `freight`; `fee` is what the platform will take of it."""

    lines: tuple[PricedLine, ...]
    goods: int
    freight: int
    total: int
    fee: int
    freight_reasons: tuple[Charge, ...] = ()
    """What each freight template charged."""


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


def calculate(items: Sequence[Item], *, freight: Freight, fee_ppm: int) -> Price:
    """Price an order. Amounts are fen, the fee is a portion of the total, rounded down."""
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
