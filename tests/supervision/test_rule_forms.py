"""Proves that amounts are read as whoever typed them meant them, or not at all."""

import pytest

from weiji.orders.trade_rules import TradeRules
from weiji.supervision.rule_forms import UNITS, read_rules_form, write_value
from weiji.web.forms import Form


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("50000, 200000, 0", (5_000_000, 20_000_000, 0)),
        ("500, 600", (50_000, 60_000)),
        ("50,000, 200,000", None),
        ("500,600", None),
        ("", ()),
    ],
)
def test_a_comma_between_thousands_is_not_taken_for_one_between_amounts(
    typed: str, read: tuple[int, ...] | None
) -> None:
    rules = TradeRules()
    fields = {name: [write_value(name, rules)] for name in UNITS if name != "shop_freight_reasons"}
    found, errors = read_rules_form(Form({**fields, "grade_day_sales": [typed]}))
    assert errors.keys() == ({"grade_day_sales"} if read is None else set())
    assert (found.grade_day_sales if found else None) == read
