"""Proves that regions are found by their codes and by what people write, and that a form's choices fit together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.web.regions import (
    chosen,
    covers,
    find_region,
    inside,
    is_district,
    parent_of,
    picker,
    regions,
    text_of,
    way_to,
)

DISTRICTS = [code for code in regions() if is_district(code)]


def test_every_region_lies_in_another_or_is_a_province() -> None:
    assert len(inside("")) == 34
    for code in regions():
        parent = parent_of(code)
        assert not parent or parent in regions()
        assert (code, regions()[code]) in inside(parent)
        assert all(covers(above, code) for above in way_to(code))


@given(st.sampled_from(DISTRICTS), st.sampled_from(["", " ", "，"]))
def test_what_is_written_is_read_back(code: str, gap: str) -> None:
    found = find_region(text_of(code).replace(" ", gap) + "文三路 1 号")
    assert (found.code, found.rest) == (code, "文三路 1 号")


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("浙江 杭州 西湖 文三路", "330106", "文三路"),
        ("北京市北京市朝阳区建国路", "110105", "建国路"),
        ("杭州市西湖区文三路", "330106", "文三路"),
        ("浙江省西湖区", "330106", ""),
        ("重庆市 城口县", "500229", ""),
        ("浙江省杭州市文三路", "330100", "文三路"),
        # There is more than one: nothing is guessed.
        ("江苏省鼓楼区", "320000", "鼓楼区"),
        ("Baker Street", "", "Baker Street"),
    ],
)
def test_texts_of_people(text: str, code: str, rest: str) -> None:
    found = find_region(text)
    assert (found.code, found.rest) == (code, rest)


def test_a_region_covers_only_what_lies_in_it() -> None:
    assert covers("330000", "330106")
    assert covers("330100", "330106")
    assert covers("330106", "330106")
    assert not covers("330106", "330100")
    assert not covers("330100", "330206")
    assert not covers("310000", "330106")


def test_choices_that_do_not_fit_together_end_at_the_first() -> None:
    assert chosen("330000", "330100", "330106") == "330106"
    assert chosen("330000", "330100", "310115") == "330100"
    assert chosen("330000", "310100", "310115") == "330000"
    assert chosen("nowhere", "330100", "330106") == ""


def test_where_there_is_one_city_it_is_chosen() -> None:
    assert picker("110000").city == "110100"
    assert picker("330000").city == ""
    assert picker("330106").district == "330106"
    assert picker("").cities == []
