"""Proves what is an offer for a review, which months are counted, and that averages are cut off, not rounded up."""

from datetime import date, datetime

import pytest

from weiji.kit.clock import SHANGHAI, month_of
from weiji.kit.ids import new_id
from weiji.reviews.model import Month, Scores
from weiji.reviews.rules import first_month, name_shown, scores_of
from weiji.reviews.words import write_score
from weiji.word_rules import offers_payment


@pytest.mark.parametrize(
    "text",
    [
        "好评返现 5 元",
        "五 星 好 评 返 红 包",
        "晒图有礼",
        "五星＋晒图，返５元",
        "返现！记得好评哦",
        "Five-star review = cash back",
        "加客服领红包，麻烦给个好评",
    ],
)
def test_an_offer_is_found_however_it_is_written(text: str) -> None:
    assert offers_payment(text)


@pytest.mark.parametrize(
    "text", ["谢谢好评！", "谢谢五星，欢迎再来", "红包封套是手工的", "退货请联系我们", "Thank you for the review", ""]
)
def test_thanks_are_no_offer(text: str) -> None:
    assert not offers_payment(text)


def test_months_are_shanghais_and_six_of_them() -> None:
    at = datetime(2027, 2, 28, 23, 30, tzinfo=SHANGHAI)
    assert month_of(at) == date(2027, 2, 1)
    assert first_month(at, 6) == date(2026, 9, 1)
    assert first_month(datetime(2026, 6, 1, tzinfo=SHANGHAI), 6) == date(2026, 1, 1)


def test_averages_are_cut_off() -> None:
    shop = new_id()
    months = [
        Month(
            shop_id=shop, month=date(2026, m, 1), goods_sum=14, goods_number=3, service_sum=9, shipping_sum=8, trades=2
        )
        for m in (1, 2)
    ]
    assert scores_of(months) == Scores(goods=466, service=450, shipping=400, trades=4)
    assert scores_of([]) == Scores()
    assert (write_score(499), write_score(500)) == ("4.9", "5.0")


def test_who_is_anonymous_has_one_character() -> None:
    assert (name_shown("小鱼", True), name_shown("小鱼", False), name_shown("", True)) == ("小**", "小鱼", "**")
