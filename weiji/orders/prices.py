"""The one price calculation: what is shown is what is charged, and what is stored.

Every line keeps why it costs what it costs, and its frozen shares of everything that is not its own (freight, fee),
in fen, split by largest remainder. Refunds take from those shares and compute nothing anew.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.money import allocate, portion

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


def calculate(items: Sequence[Item], *, freight: int, fee_ppm: int) -> Price:
    """Price an order. Amounts are fen, the fee is a portion of the total, rounded down."""
    amounts = [item.price * item.quantity for item in items]
    goods = sum(amounts)
    total = goods + freight
    fee = portion(total, fee_ppm)
    if len(items) == 1:
        freights, fees = [freight], [fee]
    else:
        freights = allocate(freight, amounts)
        fees = allocate(fee, [amount + share for amount, share in zip(amounts, freights, strict=True)])
    lines = tuple(
        PricedLine(
            item,
            amount,
            (Reason("unit_price", item.price, item.quantity, amount),),
            Shares(amount, freight_share, fee_share),
        )
        for item, amount, freight_share, fee_share in zip(items, amounts, freights, fees, strict=True)
    )
    return Price(lines, goods, freight, total, fee)
