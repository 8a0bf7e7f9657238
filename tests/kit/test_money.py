"""Proves that splitting money loses and makes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from weiji.kit.money import allocate, format_yuan, parse_yuan, share_so_far

amounts = st.integers(0, 2**53 - 1)
weights = st.lists(st.integers(0, 10**12), min_size=1, max_size=20)


@given(amounts, weights)
def test_parts_add_up_to_the_whole(amount: int, given_weights: list[int]) -> None:
    parts = allocate(amount, given_weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)


@given(amounts, weights)
def test_no_part_is_a_unit_away_from_its_exact_share(amount: int, given_weights: list[int]) -> None:
    total = sum(given_weights)
    if total:
        for part, weight in zip(allocate(amount, given_weights), given_weights, strict=True):
            assert abs(part * total - amount * weight) < total


@given(amounts, weights)
def test_a_refund_is_the_payment_mirrored(amount: int, given_weights: list[int]) -> None:
    assert allocate(-amount, given_weights) == [-part for part in allocate(amount, given_weights)]


def test_ties_go_to_the_earlier_line() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(2, [1, 1, 1]) == [1, 1, 0]
    assert allocate(5, [0, 0]) == [5, 0]
    assert allocate(5, []) == []


@given(st.integers(0, 10**9), st.integers(1, 1_000), st.data())
def test_partial_refunds_give_back_exactly_what_was_taken(part: int, whole: int, data: st.DataObject) -> None:
    cuts = [*sorted(data.draw(st.lists(st.integers(0, whole), max_size=6))), whole]
    taken, before = 0, 0
    for cut in cuts:
        step = share_so_far(part, whole, cut) - share_so_far(part, whole, before)
        assert step >= 0
        taken += step
        before = cut
    assert taken == part


@given(st.integers(0, 10**15))
def test_an_amount_written_is_read_back(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen


def test_what_is_not_an_amount_is_refused_and_a_chinese_keyboards_is_read() -> None:
    for text in ("", "-1", "1.234", "1e3", "¥", "٣", "1.2.3", "9,99", "1,2345", "12，5", "12345678901234567", "NaN"):
        assert parse_yuan(text) is None, text
    for text in (" ¥1,234.5 ", "￥１，２３４．５", "1234。50元", "1234.5 元"):
        assert parse_yuan(text) == 123_450, text
