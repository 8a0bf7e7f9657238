"""What no operator has to forbid: the offer of something for a review. Shops must not make it anywhere."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final
from uuid import UUID

from weiji.kit.ids import derive
from weiji.word_rules.matching import squeeze, text_of
from weiji.word_rules.model import Action, Field, Hit

REASON: Final = "不能用返现、红包或者礼物换评价。"

FOUND_MAX: Final = 60
"""Characters of a text that are told as what was found."""

_RULE_ID: Final = derive(UUID(int=0), "payment for reviews")

_AMOUNT: Final = "[0-9一二两三四五六七八九十百几]+"
_YOU: Final = "(?:(?:您|你)(?!们)|亲(?![戚友人朋爸妈爹娘手自情生]))"

_CASH: Final = (
    "返现|返红包|返钱|返利|返券|(?<!用)(?<!用了)(?<!平台)红包|现金|(?<![的大])奖励|(?<!彬)有礼|cashback|giftcard"
)
"""Given for nothing that broke."""
_GIFTS: Final = (
    f"{_CASH}|"
    "送礼(?![物盒品佳很特非有面给都也不自用首选必长老])|免单|"
    f"(?<!往)返{_YOU}?{_AMOUNT}|退{_YOU}?[0-9]+|"
    f"[退补转](?:给)?{_YOU}?{_AMOUNT}(?:元|块|圆|毛|角|rmb)|"
    # 送两块毛巾 is goods: of these a coin is meant only where somebody is given it, or it is called money.
    f"[送赠发给](?:给)?(?:{_YOU}{_AMOUNT}(?:块|毛|角)|{_YOU}?{_AMOUNT}(?:元|圆|块钱|毛钱|rmb))|"
    "refundyou"
)
_PRAISE: Final = (
    "好评|五星|5星|满分|晒图|晒单|带图|追评|(?<!您的)评价|删评|改评|删差评|改差评|"
    "fivestar|5star|goodreview|positivereview"
)

_PRESENT: Final = "(?:礼品|礼物|礼包|赠品|好礼|大礼|豪礼)"
_COUPON: Final = "(?:优惠券|代金券|现金券|抵用券|购物券)"
_FAVOURS: Final = (
    f"[送赠寄](?:给)?{_YOU}(?!.{{0,4}}(?:祝福|祝愿|温暖))|下次[送赠]|[送赠领][上取]?(?:一?份|个|小|精美|神秘)*{_PRESENT}|"
    f"[领得拿]取?{_AMOUNT}(?:元|块|圆)|减{_AMOUNT}(?:元|块|圆)|抽奖|"
    f"[享领送得返换给发赠](?:您|你|亲|一|张|{_AMOUNT}元)*{_COUPON}|"
    f"(?:补偿|赔偿?|退)(?:给)?{_YOU}(?:全款|全额|货款|钱|{_AMOUNT}(?:元|块|圆))|"
    f"(?:补偿|赔偿?){_AMOUNT}(?:元|块|圆)|[给向]{_YOU}.{{0,4}}(?:转账|打款|转钱)"
)
"""What is as often given for nothing: an offer only behind what a buyer is asked to do, or right beside praise."""
_DISCOUNT: Final = f"打{_AMOUNT}折"

_TO: Final = "(?:我们?|咱们?|本?店|小店|店家|一?[个下条]|点|您的|你的|真实)*"
_DONE: Final = "(?:掉|了|一?下|您的|你的|那条|这条|成|为)*"
_ASKED: Final = (
    f"[给打写留发来]{_TO}(?:五星|5星|满分|好评|[五5]分(?!钟|之))|"
    f"(?:修?改|删除?|撤[回销]?){_DONE}(?:中评|差评|评价|好评|五星|5星)|"
    "(?:差评|中评|评价)(?:都|就|给)?(?:修?改|删除?|撤[回销]?)(?:掉|了|一下|为|成)|"
    "(?:好评|五星|5星|评价|晒图|晒单|追评|带图)(?:的?截图|[后完](?!的)|领|晒)|凭(?:好评|五星|5星|评价|晒图|晒单)"
)
_LINK: Final = "(?:截图|后|就|即|都|还|可以?|能|享|立|马上|直接|联系|找|客服|加|微信)*"

_STARS: Final = re.compile("(?:[⭐★☆🌟]\ufe0f?[^\\S\n]*){5}")
_FIVE: Final = "五星"

# English is squeezed, too: "leave a good review" is one word here.
_REVIEW: Final = "(?:review|rating|feedback|comment)"
_ASKED_EN: Final = (
    "(?:5|five)stars?|"
    f"(?:change|edit|update|revise|remove|delete|withdraw|leave|write|post|give)(?:us|a|an|your|the|that|this)*"
    f"(?:good|great|nice|positive|bad|negative|5|five|stars?)*{_REVIEW}|"
    f"for(?:a|your)(?:good|great|nice|positive)?{_REVIEW}"
)
_FAVOURS_EN: Final = (
    "we(?:ll|will|can|d|would)?(?:also|then)?(?:refund|send|give|pay|mail|transfer|return)"
    "(?:you(?!(?:5|five)star)|[0-9](?!stars?))|"
    "refund[0-9]|get(?:a|an|your)?(?:[0-9]+(?:yuan|rmb|percent)?(?:back|off)|free|gift|coupon|voucher|discount)"
)

_GIVEN_EN: Final = (
    "(?:an?|some)?(?:[0-9]+(?:yuan|rmb|usd|dollars?|percent)?(?:back|off|cash|gift|coupon|voucher|discount)|"
    "free(?!replacement|repair|return|service)|gift|coupon|voucher|discount|cashback)"
)
_EARNED_EN: Final = (
    f"(?:leave|write|post|give|rate)(?:us|a|an|your|the|this)*(?:good|great|nice|positive|5|five)*"
    f"(?:stars?)?(?:{_REVIEW}|star)s?(?:and|to|then|you|ll|will|can|also)*(?:receive|claim|earn|win){_GIVEN_EN}|"
    f"(?:receive|claim|earn|win){_GIVEN_EN}.{{0,16}}(?:leav|writ|post|giv)(?:e|ing)?(?:us|a|an|your|the|this)*"
    f"(?:good|great|nice|positive|5|five)+(?:stars?)?(?:{_REVIEW}|star)|"
    f"(?:good|great|nice|positive|5|five)(?:stars?)?(?:{_REVIEW}|star)s?(?:will)?(?:get|earn|win|bring)s?you{_GIVEN_EN}"
)
"""What is received, only where it is for what a buyer is asked to do: of goods one says that, too."""

_THANKS: Final = (
    "thank(?:s|you)(?:so|very|much|alot|again)*for(?:a|an|the|this|your)"
    f"(?:kind|good|great|nice|positive|honest|5|five|stars?)*(?:{_REVIEW}|stars?)s?(?!.{{0,12}}(?:{_CASH}))"
)
_TOLD: Final = (
    "(?<![改删好中差])(?:晒图|晒单|追评|评价)"
    f"(?=[^改删]{{0,8}}(?:破(?![例费])|碎|坏|裂|损|漏)[^改删]{{0,8}}[退补])(?!.{{0,20}}(?:{_CASH}))"
)
ANSWER: Final = re.compile(f"{_THANKS}|{_TOLD}")
"""A review that is there already: thanks for it, or what it told of that is broken. Nobody is asked for one."""

PAYMENT: Final = re.compile(
    rf"(?:{_PRAISE}).{{0,12}}(?:{_GIFTS})|(?:{_GIFTS}).{{0,8}}(?!好评如潮)(?:{_PRAISE})|"
    rf"(?:{_ASKED}).{{0,12}}(?:{_GIFTS}|{_FAVOURS})|(?:{_PRAISE}|评价){_LINK}(?:{_GIFTS}|{_FAVOURS}|{_DISCOUNT})|"
    rf"(?:{_ASKED_EN}).{{0,24}}(?:{_FAVOURS_EN})|(?:{_FAVOURS_EN}).{{0,24}}(?:{_ASKED_EN})|{_EARNED_EN}"
)
"""Praise and what is given for it, near to each other, in text that was folded and squeezed."""

_CLAUSE: Final = re.compile(r"[^,，.。;；!！\n]+")
_ASKS: Final = re.compile("[?？﹖]")

_WHO: Final = "我们?|咱们?|本店|本人|小店|店家|店里|商家|卖家|这里|平台"
_NOT: Final = (
    "从不|从来不|从没有?|从来没有|从未|[绝决]不|[绝决]没有|不会?|不[做搞]|没有?|无|禁止|严禁|杜绝|拒绝|谢绝|抵制"
)
_ENDING: Final = "(?:的|行为|活动|这种事|哦|呢|哈|啊)*"
DENIAL: Final = re.compile(
    rf"亲?(?:{_WHO})?[也都]?(?:一律|一直|坚决)?(?:{_NOT})"
    rf"(?:(?:{_PRAISE})(?:{_GIFTS})|[用以拿靠]?(?:{_GIFTS}|{_PRESENT})[来去]?[换买求](?:取)?(?:{_PRAISE})){_ENDING}"
)
"""Nothing but that it is not done: 我们从不好评返现. What says more may be a joke, or a condition: 没有好评不返现."""
WARNING: Final = re.compile(
    rf"(?:{_WHO}|有人|别人|对方)说(?:的|过|什么|有)?(?:{_PRAISE})(?:{_GIFTS})(?:的)?"
    "(?:都是(?:骗人|假)的?|(?:请|大家|亲)*(?:别|不要|请勿|切勿|千万别)(?:相?信|上当|理会?|当真)(?:了|啊|哦)*)"
)
"""That others say it, and nobody is to believe them: 商家说好评返现，别信."""


def offers_payment(text: str) -> bool:
    """Tell whether a text offers something for a review: 好评返现, 五 星 返 5 元, "5-star review, cashback".

    Disguises do not help, as with words of rules. Who plainly denies it offers nothing, unless what is around does.
    """
    clauses = _CLAUSE.findall(_STARS.sub(_FIVE, text))
    denied = {at for at, clause in enumerate(clauses) if _denies(clause)}
    denied |= {at + n for at, two in enumerate(pairwise(clauses)) for n in (0, 1) if _warns("".join(two))}
    said = "".join(squeeze(each) for at, each in enumerate(clauses) if at not in denied)
    return PAYMENT.search(ANSWER.sub("", said)) is not None


def _denies(clause: str) -> bool:
    return not _ASKS.search(clause) and (DENIAL.fullmatch(squeeze(clause)) is not None or _warns(clause))


def _warns(clause: str) -> bool:
    return not _ASKS.search(clause) and WARNING.fullmatch(squeeze(clause)) is not None


def find_payment(texts: Iterable[tuple[Field, str]]) -> list[Hit]:
    """Find lines of texts of a shop that offer something for a review; of each field one."""
    found: dict[Field, Hit] = {}
    for field, text in texts:
        line = next(filter(offers_payment, re.split(r"[\n。]", text_of(text))), None)
        if line is not None and field not in found:
            found[field] = Hit(
                rule_id=_RULE_ID,
                name=REASON,
                action=Action.REFUSE,
                field=field,
                word="",
                found=line.strip()[:FOUND_MAX],
                reason=REASON,
            )
    return list(found.values())
