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
    # What is as often given for nothing, asked for by what a buyer is to do, or beside praise.
    "改评价送您一罐茶",
    "五星好评送小礼品",
    "好评截图找客服领取礼物",
    "晒图领5元",
    "好评打九折",
    "好评可抽奖",
    "凭好评截图享优惠券",
    "删除差评给您补偿20元",
    "把差评删了，退你全款",
    "给我们五分，下单减5元",
    "⭐⭐⭐⭐⭐返2元",
    "★★★★★ 返 2 元",
    "评价后给您微信转账",
    "给个好评，下次送您",
    "好评送您一块香皂",
    "5 stars and we refund 5 yuan",
    "Leave a good review and get ¥5 back",
    "Change your review and we will send you tea",
    "商家说好评返现，别信？是真的",
    "商家说好评返现，别不信",
    "我们不会返现换好评的，五星返 10 元",
    "没有返现换好评？",
    # Thanks, and what broke, do not hide it.
    "Thanks for your 5 star review, cashback 5 yuan",
    "Thank you for your review! Leave a good review again and we will send you tea",
    "We will give you 5 yuan for a 5 star review",
    "晒图，破损也返现",
    "改评价，破了的退您 20 元",
    "评价改了，坏的那个退您20元",
    "Leave 5 stars and receive a free gift",
    "Leave us a 5-star review to claim a $10 voucher",
    "Receive a free gift when you leave a good review",
    "Good review gets you $5 back",
    "Five star reviews earn you a coupon",
    "五星好评，破例补您 5 元",
    "追评破例补您5元",
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
    "谢谢好评！我们不会返现换好评的",
    "谢谢好评！我们从不用礼物换好评。",
    # Whoever gives praise pays for none.
    "送您好评",
    "我们也送您一个好评",
    "给您五星好评",
    "商家说好评返现，别信",
    "有人说好评返现的，请大家不要相信",
    "",
)

ORDINARY = (
    # Answers to reviews.
    "感谢您的五星好评，您的满意是我们最大的奖励！",
    "谢谢您的评价，收到破损的一件我们今天补发。",
    "看到您的评价了，很抱歉，破损的一只我们退您 20 元。",
    "不好意思让您失望了，差评我们认，坏的那罐已经给您补发。",
    "感谢好评，把祝福送给您和家人，欢迎再来！",
    "您晒的图真好看，谢谢！下次冲泡水温低一点更香。",
    "客服彬彬有礼是应该的，谢谢您的好评",
    "谢谢您 5 分钟就写了这么长的评价",
    "Thank you for the five stars! We will send you the invoice by mail.",
    "Sorry about the broken cup. We will refund you for it today.",
    "Thank you for your honest review, see you next time.",
    "Thank you for your review! We will send you a new cup.",
    "Thanks for your feedback, we will refund you today",
    "Sorry, we will refund you. Thank you for your feedback!",
    "Thanks a lot for your comment, we will send you the missing lid",
    "We will give you 5 stars",
    "看到晒图了，杯子破了，给您退20元",
    "谢谢追评！破了的那个我们退您15元",
    "评价里说的破损，我们补您20元",
    "评价后发现破损也可以找客服退您钱",
    "Thanks for your 5 stars, the new harvest arrives in April.",
    # Answers to cases of after-sale.
    "您好，少发的一罐今天补发，另外补偿您 20 元运费。",
    "已经给您退全款了，请查收。",
    "快递丢件，我们给您微信转账不合规，钱按原路退回。",
    "下单减 5 元的券过期了，我们再发您一张优惠券。",
    # Titles and descriptions.
    "送礼佳品 五星品质 高山乌龙",
    "好评如潮 下单送小礼品",
    "红包茶叶礼盒，好评如潮",
    "A good review gets you nothing, a bad one tells us what to mend",
    "If it is broken, leave a comment and claim a free replacement",
    "Leave a comment, we hope you receive your gift in time",
    "5 star towels: order two and receive a free bag",
    "满分口感 买二送一",
    "百万好评 第二件打五折",
    "中秋送礼长辈 好评热销",
    "往返10次 五星耐用 行李箱",
    "参与抽奖活动请看店铺首页",
    "会员满 100 减 5 元，新人领优惠券",
    "Five star hotel towels, buy two get one free",
)
"""What shops write every day about reviews, and about what they give: none is an offer of the one for the other."""


@pytest.mark.parametrize("text", OFFERS)
def test_an_offer_is_found_in_whatever_writing(text: str) -> None:
    assert offers_payment(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_of_shops_go_through(text: str) -> None:
    assert not offers_payment(text)


@pytest.mark.parametrize("text", NONE)
def test_thanks_and_plain_denials_are_none(text: str) -> None:
    assert not offers_payment(text)
