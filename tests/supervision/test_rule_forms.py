"""Proves that amounts are read as whoever typed them meant them, or not at all, and that every rule has a field."""

import pytest

from weiji.orders.trade_rules import TradeRules
from weiji.rulebook.forms import read_fields
from weiji.supervision.rule_forms import trade_fields
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
    written = {field.name: [field.unit.write(getattr(rules, field.name))] for field in trade_fields()}
    del written["shop_freight_reasons"]
    found, errors = read_fields(TradeRules, trade_fields(), Form({**written, "grade_day_sales": [typed]}))
    assert errors.keys() == ({"grade_day_sales"} if read is None else set())
    assert (found.grade_day_sales if found else None) == read


def test_every_rule_has_a_field() -> None:
    assert {field.name for field in trade_fields()} == set(TradeRules.__struct_fields__)
