"""Changing prices: what is said, how it can end, and what many prices become at once, exact to the fen."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.catalog.model import PRICE_MAX, PRICE_MIN
from weiji.events import Actor

WHOLE_BP: Final = 10_000
"""A hundred percent, in basis points."""


class ChangePrice(Struct, frozen=True, kw_only=True):
    """Give a SKU another price. The caller checks that `actor` may act for the shop. Money is in fen."""

    sku_id: UUID
    product_id: UUID
    shop_id: UUID
    price_before: int
    """What the caller saw: another one is not overwritten unseen."""
    price: int
    compare_at: int | None
    """The struck-through price."""
    actor: Actor


class ChangePriceStatus(StrEnum):
    """How changing a price ended. Where several apply, the first listed is given."""

    CHANGED = "changed"
    EXISTS = "exists"
    """It is already exactly so: nothing was written."""
    SKU_NOT_FOUND = "sku_not_found"
    """The shop has no such SKU for sale, or in another product."""
    PRICE_OUT_OF_RANGE = "price_out_of_range"
    """Not 1 … 10^12 fen."""
    PRICE_MOVED = "price_moved"
    """It is not what you saw: somebody else changed it."""
    TO_BE_REVIEWED = "to_be_reviewed"
    """So big a change is looked at first: save the product with it."""


class SkuPrice(Struct):
    """A SKU's prices, and whose it is."""

    product_id: UUID
    shop_id: UUID
    price: int
    compare_at: int | None


class PriceChange(Struct, frozen=True, kw_only=True):
    """What a SKU costs from some version of its product on."""

    sku_id: UUID
    version: int
    price: int
    compare_at: int | None
    changed_at: datetime


def judge_prices(
    skus: dict[UUID, SkuPrice], commands: Sequence[ChangePrice], asked: Collection[UUID] = (), percent: int = 0
) -> list[ChangePriceStatus]:
    """Answer each command as if it came alone, after the ones before it; *skus* are changed to what comes of it.

    *asked* are the products of which somebody looks first at a price that changes by more than *percent*.
    """
    return [_change(skus, command, asked, percent) for command in commands]


def _change(
    skus: dict[UUID, SkuPrice], command: ChangePrice, asked: Collection[UUID], percent: int
) -> ChangePriceStatus:
    sku = skus.get(command.sku_id)
    if sku is None or (sku.product_id, sku.shop_id) != (command.product_id, command.shop_id):
        return ChangePriceStatus.SKU_NOT_FOUND
    if (sku.price, sku.compare_at) == (command.price, command.compare_at):
        return ChangePriceStatus.EXISTS
    if not PRICE_MIN <= command.price <= PRICE_MAX or not 0 <= (command.compare_at or 0) <= PRICE_MAX:
        return ChangePriceStatus.PRICE_OUT_OF_RANGE
    if sku.price != command.price_before:
        return ChangePriceStatus.PRICE_MOVED
    if sku.product_id in asked and is_jump(sku.price, command.price, percent):
        return ChangePriceStatus.TO_BE_REVIEWED
    sku.price, sku.compare_at = command.price, command.compare_at
    return ChangePriceStatus.CHANGED


def is_jump(before: int, after: int, percent: int) -> bool:
    """Tell whether a price changes by more than so many per cent."""
    return abs(after - before) * 100 > before * percent


class How(StrEnum):
    """What is done with many prices, or with many stocks, at once."""

    SET = "set"
    RAISE = "raise"
    LOWER = "lower"
    RAISE_PERCENT = "raise_percent"
    LOWER_PERCENT = "lower_percent"


def changed(amount: int, how: How, by: int) -> int:
    """Say what an amount becomes, perhaps under 0. *by* is an amount or basis points; half a fen is rounded up."""
    match how:
        case How.SET:
            return by
        case How.RAISE:
            return amount + by
        case How.LOWER:
            return amount - by
        case How.RAISE_PERCENT:
            return _share(amount, WHOLE_BP + by)
        case How.LOWER_PERCENT:
            return _share(amount, WHOLE_BP - by)


def _share(amount: int, basis_points: int) -> int:
    return (2 * amount * basis_points + WHOLE_BP) // (2 * WHOLE_BP)


def read_percent(text: str) -> int | None:
    """Read a percentage that a person wrote (`12.5`, `10%`) as basis points; None where it is none."""
    whole, dot, rest = text.strip().rstrip("%％").strip().partition(".")
    digits = whole + (rest + "00")[:2]
    if not whole or not digits.isascii() or not digits.isdigit() or len(whole) > 6 or (dot and not 1 <= len(rest) <= 2):
        return None
    return int(digits)


class PriceRow(Struct, frozen=True):
    """What a SKU cost from some moment on: a row of its history to write."""

    sku_id: UUID
    version: int
    price: int
    compare_at: int | None
