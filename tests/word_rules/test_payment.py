"""Proves what is an offer for a review, in whatever writing, and what only denies that there is one."""

import pytest

from weiji.word_rules import offers_payment

OFFERS = (
    "好评返现 5 元",
    "好評返現",
    "五星好評，返紅包",
    "好.评.返.现",
    "好\u200b评\u200b返\u200b现",
    "曬圖有禮",
    "好评　ＣＡＳＨ－ＢＡＣＫ",
    "给个好评，退您十块",
    "給個好評，退您十塊",
    "好评后联系客服，补您 5 元",
    "五星晒图送两元",
    "退你3块，麻烦改评价",
    "删差评补你二十块",
    "好评送您五块",
    "好评发五块钱",
    "五星好评给 5 元",
    # A denial beside it, or as a part of it, takes nothing back.
    "好评返现，我们从不食言",
    "我们从不食言，好评返现",
    "我们从不好评返现，五星返 10 元",
    "好评，我们从不好评返现，返 5 元",
    "从不，好评返现",
    "有没有好评返现？有！",
    "谁说没有好评返现",
    "没有好评不返现",
    "没有好评返现找我",
    "没有好评返现？",
    "没有好评返现吗",
    "不得不好评返现",
    "要不好评返现",
    "不要错过好评返现",
    "没有好评，返现没有",
    "从不好评返现5元",
    "没有说好评返现",
)

NONE = (
    "我们从不好评返现",
    "我們從不好評返現",
    "亲，本店绝不好评返现哦！",
    "本店没有好评返现活动，请放心。",
    "平台禁止好评返现",
    "不好评返现",
    "谢谢好评！",
    "请给好评，给五星更好",
    "退货请联系我们，谢谢评价",
    "红包封套是手工的",
    "退一赔三，满分的服务",
    "好评热卖，买就送两块毛巾",
    "百万好评 买一送一块香皂",
    "五星好评，送一块抹布",
    "下单送两块电池，好评如潮",
    "好评如潮 每箱补发一块",
    "满分好茶，发两块砖茶",
    "",
)


@pytest.mark.parametrize("text", OFFERS)
def test_an_offer_is_found_in_whatever_writing(text: str) -> None:
    assert offers_payment(text)


@pytest.mark.parametrize("text", NONE)
def test_thanks_and_plain_denials_are_none(text: str) -> None:
    assert not offers_payment(text)
