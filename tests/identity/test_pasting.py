"""Proves that an address pasted in one piece is taken apart, whatever the order, and that any text is survived."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.identity.pasting import Pasted, read_pasted

ZHANG = Pasted("张三", "13800138000", "330106", "文三路 1 号", "")


@pytest.mark.parametrize(
    "text",
    [
        "张三 13800138000 浙江省杭州市西湖区文三路 1 号",
        "张三，138-0013-8000，浙江省，杭州市，西湖区，文三路 1 号",
        "浙江省杭州市西湖区文三路 1 号 张三 +8613800138000",
        "收货人：张三\n手机号码：138 0013 8000\n所在地区：浙江省杭州市西湖区\n详细地址：文三路 1 号",
        "13800138000 张三 浙江 杭州 西湖 文三路 1 号",
    ],
)
def test_the_order_does_not_matter(text: str) -> None:
    assert read_pasted(text) == ZHANG


def test_a_postcode_is_not_a_part_of_the_street() -> None:
    assert read_pasted("李雷 北京市朝阳区建国路 8 号 100022") == Pasted("李雷", "", "110105", "建国路 8 号", "100022")


def test_what_is_not_found_is_left_empty() -> None:
    assert read_pasted("") == Pasted()
    assert read_pasted("Baker Street 221b") == Pasted(name="Baker", detail="Street 221b")


@given(st.text(max_size=400))
def test_any_text_is_survived(text: str) -> None:
    read_pasted(text)


@given(st.text(alphabet="张三李雷浙江省杭州市西湖区文路号 ，：1380013800\n", max_size=60))
def test_a_number_is_eleven_digits_or_none(text: str) -> None:
    assert len(read_pasted(text).phone) in (0, 11)
