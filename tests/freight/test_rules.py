"""Proves what sending costs: steps, zones, what is free, what is not sent; and that the shares add up to the fen."""

from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.freight import Line, Method, Template, Zone, calculate
from weiji.freight.rules import zone_for

SHOP = UUID(int=64)
HANGZHOU, NINGBO, BEIJING, LHASA = "330106", "330203", "110105", "540102"


def _template(number: int, *zones: Zone, method: Method = Method.PIECE, excluded: tuple[str, ...] = ()) -> Template:
    return Template(id=UUID(int=number), shop_id=SHOP, name="小件", method=method, zones=zones, excluded=excluded)


def _zone(*regions: str, first: int = 1, price: int = 800, extra: int = 1, more: int = 200, **free: int) -> Zone:
    return Zone(regions=regions, first=first, first_price=price, extra=extra, extra_price=more, **free)


def _line(template: Template | None, quantity: int = 1, weight: int = 0, price: int = 1_000) -> Line:
    return Line(template=template, quantity=quantity, weight_grams=weight, amount=price * quantity)


ANYWHERE = _template(1, _zone())


@pytest.mark.parametrize(("quantity", "amount"), [(1, 800), (2, 1_000), (5, 1_600)])
def test_each_piece_beyond_the_first_costs_more(quantity: int, amount: int) -> None:
    assert calculate([_line(ANYWHERE, quantity)], HANGZHOU).amount == amount


@pytest.mark.parametrize(
    ("grams", "amount"), [(0, 1_000), (1_000, 1_000), (1_001, 1_300), (1_500, 1_300), (1_501, 1_600)]
)
def test_a_step_that_is_begun_is_paid(grams: int, amount: int) -> None:
    template = _template(1, _zone(first=1_000, price=1_000, extra=500, more=300), method=Method.WEIGHT)
    assert calculate([_line(template, 1, grams)], HANGZHOU).amount == amount


def test_lines_of_one_template_are_added_up() -> None:
    freight = calculate([_line(ANYWHERE, 1, price=1_000), _line(ANYWHERE, 2, price=2_000)], HANGZHOU)
    assert freight.amount == 800 + 2 * 200
    assert freight.shares == (240, 960)
    assert len(freight.charges) == 1
    assert freight.charges[0].units == 3


def test_the_smallest_region_that_is_named_counts() -> None:
    template = _template(1, _zone("330000", price=500), _zone("330100", price=300), _zone("330106", price=100), _zone())
    prices = {
        code: zone.first_price for code in (HANGZHOU, "330102", NINGBO, BEIJING) if (zone := zone_for(template, code))
    }
    assert prices == {HANGZHOU: 100, "330102": 300, NINGBO: 500, BEIJING: 800}


def test_what_is_excluded_is_not_sent_even_where_a_zone_names_it() -> None:
    template = _template(2, _zone("540102", price=100), _zone(), excluded=("540000",))
    freight = calculate([_line(ANYWHERE), _line(template), _line(None)], LHASA)
    assert freight.undeliverable == (1,)


def test_without_a_zone_for_everywhere_else_nothing_is_sent_there() -> None:
    template = _template(1, _zone("330000"))
    assert calculate([_line(template)], BEIJING).undeliverable == (0,)
    assert calculate([_line(template)], HANGZHOU).undeliverable == ()


def test_an_address_without_a_district_is_served_where_it_makes_no_difference() -> None:
    assert calculate([_line(ANYWHERE)], "").amount == 800
    assert calculate([_line(None)], "").amount == 0
    assert calculate([_line(_template(2, _zone(), excluded=("540000",)))], "").undeliverable == (0,)
    assert calculate([_line(_template(2, _zone("330000"), _zone()))], "").undeliverable == (0,)


def test_enough_is_sent_for_nothing() -> None:
    template = _template(1, _zone(free_amount=9_900, free_pieces=3))
    assert calculate([_line(template, 1, price=9_899)], HANGZHOU).amount == 800
    assert calculate([_line(template, 1, price=9_900)], HANGZHOU).amount == 0
    assert calculate([_line(template, 3, price=1)], HANGZHOU).amount == 0
    assert calculate([_line(template, 3, price=1)], HANGZHOU).charges[0].is_free


def test_where_templates_meet_the_dearest_first_unit_is_paid_once() -> None:
    small, large = _template(1, _zone(price=600, more=100)), _template(2, _zone(price=2_000, more=900))
    freight = calculate([_line(small, 2), _line(large, 1)], HANGZHOU)
    assert [(charge.amount, charge.is_joined) for charge in freight.charges] == [(200, True), (2_000, False)]
    # But joining never makes anything dearer.
    steep = _template(3, _zone(first=10, price=500, more=300))
    freight = calculate([_line(steep, 5), _line(large, 1)], HANGZHOU)
    assert [(charge.amount, charge.is_joined) for charge in freight.charges] == [(500, False), (2_000, False)]


ZONES = st.builds(
    Zone,
    regions=st.just(()),
    first=st.integers(1, 5_000),
    first_price=st.integers(0, 5_000),
    extra=st.integers(1, 5_000),
    extra_price=st.integers(0, 5_000),
    free_amount=st.none() | st.integers(1, 10**6),
    free_pieces=st.none() | st.integers(1, 50),
)
TEMPLATES = st.tuples(
    *(
        st.builds(
            Template, id=st.just(UUID(int=n)), shop_id=st.just(SHOP), name=st.just("a"), method=st.sampled_from(Method),
            zones=st.tuples(ZONES),
        )
        for n in range(3)
    )
)  # fmt: skip


@st.composite
def _lines(draw: st.DrawFn) -> list[Line]:
    templates = (*draw(TEMPLATES), None)
    return [
        Line(
            template=templates[draw(st.integers(0, 3))],
            quantity=draw(st.integers(1, 99)),
            weight_grams=draw(st.integers(0, 10_000)),
            amount=draw(st.integers(0, 10**6)),
        )
        for _ in range(draw(st.integers(1, 8)))
    ]


@given(_lines())
def test_the_shares_are_the_whole(lines: list[Line]) -> None:
    freight = calculate(lines, HANGZHOU)
    assert sum(freight.shares) == freight.amount == sum(charge.amount for charge in freight.charges)
    assert min(freight.shares) >= 0
    assert len(freight.shares) == len(lines)
    for line, share in zip(lines, freight.shares, strict=True):
        assert line.template is not None or share == 0


@given(_lines())
def test_sending_together_is_never_dearer_than_sending_apart(lines: list[Line]) -> None:
    apart: dict[UUID | None, list[Line]] = {}
    for line in lines:
        apart.setdefault(line.template.id if line.template else None, []).append(line)
    assert calculate(lines, HANGZHOU).amount <= sum(calculate(its, HANGZHOU).amount for its in apart.values())


@given(_lines(), st.randoms())
def test_the_order_of_the_lines_does_not_change_what_is_paid(lines: list[Line], random: Random) -> None:
    shuffled = random.sample(lines, len(lines))
    one, other = calculate(lines, HANGZHOU), calculate(shuffled, HANGZHOU)
    assert {charge.template_id: charge for charge in one.charges} == {
        charge.template_id: charge for charge in other.charges
    }
