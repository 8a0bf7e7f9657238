"""Proves of the statements in the docs of upgrading that they mend refunds of orders with coupons, and move no cash."""

import re
from pathlib import Path

import pytest

from weiji.kit.db import Transaction

PAGE = Path(__file__).parents[2] / "docs/operating/upgrading.md"
FIND, REPAIR = [
    each.replace("wire.merchant_orders", "repaired")
    for each in re.findall(r"```sql\n(.+?)```", PAGE.read_text(), re.DOTALL)
    if "merchant_orders" in each
]


@pytest.mark.parametrize("refunded", [1, 3, 250, 333, 699, 700])
@pytest.mark.parametrize(("discount", "prepaid", "given_back"), [(300, 0, 0), (1, 0, 0), (300, 0, 60), (0, 300, 0)])
async def test_refunds_all_in_cash_are_repaired(
    tx: Transaction, refunded: int, discount: int, prepaid: int, given_back: int
) -> None:
    await tx.connection.execute(
        """
        create temp table repaired on commit drop as
        select id, shop_id, number, total, refunded, coupon, discount, discount_refunded, prepaid, prepaid_refunded
        from wire.merchant_orders limit 0
        """
    )
    values = (1_000, refunded + given_back, discount, given_back, prepaid)
    await tx.connection.execute(
        "insert into repaired (total, refunded, coupon, discount, discount_refunded, prepaid, prepaid_refunded) "
        "values ($1, $2, '{}', $3, $4, $5, 0)",
        *values,
    )
    was_found = await tx.connection.fetch(FIND)
    await tx.connection.execute(REPAIR)
    (row,) = await tx.connection.fetch("select * from repaired")
    assert row["refunded"] - row["discount_refunded"] == refunded, "what was paid out is what it was"
    assert row["refunded"] <= row["total"]
    assert await tx.connection.fetch(FIND) == []
    (fits,) = await tx.connection.fetch("select pg_get_constraintdef(oid) from pg_constraint where conname = $1", NAME)
    await tx.connection.execute(f"alter table repaired add {fits[0]}")
    if not was_found:
        assert (row["refunded"], row["discount_refunded"]) == values[1:4:2], "what fits stays as it is"


NAME = "merchant_orders_refunds_split_the_coupon"
