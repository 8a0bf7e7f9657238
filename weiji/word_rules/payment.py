"""What no operator has to forbid: the offer of something for a review. Shops must not make it anywhere."""

import re
from collections.abc import Iterable
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
_GIFTS: Final = (
    "返现|返红包|返钱|返利|返券|红包|现金|奖励|有礼|送礼|免单|"
    f"返(?:您|你|亲)?{_AMOUNT}|退(?:您|你|亲)?[0-9]+|"
    f"[退补转](?:给)?(?:您|你|亲)?{_AMOUNT}(?:元|块|圆|毛|角|rmb)|"
    # 送两块毛巾 is goods: of these a coin is meant only where somebody is given it, or it is called money.
    f"[送赠发给](?:给)?(?:(?:您|你|亲){_AMOUNT}(?:块|毛|角)|(?:您|你|亲)?{_AMOUNT}(?:元|圆|块钱|毛钱|rmb))|"
    "cashback|giftcard|refundyou"
)
_PRAISE: Final = (
    "好评|五星|5星|满分|晒图|晒单|带图|追评|评价|删评|改评|删差评|改差评|fivestar|5star|goodreview|positivereview"
)
PAYMENT: Final = re.compile(rf"(?:{_PRAISE}).{{0,12}}(?:{_GIFTS})|(?:{_GIFTS}).{{0,8}}(?:{_PRAISE})")
"""Praise and what is given for it, near to each other, in text that was folded and squeezed."""

_CLAUSE: Final = re.compile(r"[^,，.。;；!！\n]+")
_ASKS: Final = re.compile("[?？﹖]")

_WHO: Final = "我们?|咱们?|本店|本人|小店|店家|店里|商家|卖家|这里|平台"
_NOT: Final = (
    "从不|从来不|从没有?|从来没有|从未|[绝决]不|[绝决]没有|不会?|不[做搞]|没有?|无|禁止|严禁|杜绝|拒绝|谢绝|抵制"
)
DENIAL: Final = re.compile(
    rf"亲?(?:{_WHO})?[也都]?(?:一律|一直|坚决)?(?:{_NOT})(?:{_PRAISE})(?:{_GIFTS})(?:的|行为|活动|这种事|哦|呢|哈|啊)*"
)
"""Nothing but that it is not done: 我们从不好评返现. What says more may be a joke, or a condition: 没有好评不返现."""


def offers_payment(text: str) -> bool:
    """Tell whether a text offers something for a review: 好评返现, 五 星 返 5 元, "5-star review, cashback".

    Disguises do not help, as with words of rules. Who plainly denies it offers nothing, unless what is around does.
    """
    said = (squeeze(clause) for clause in _CLAUSE.findall(text) if not _denies(clause))
    return PAYMENT.search("".join(said)) is not None


def _denies(clause: str) -> bool:
    return DENIAL.fullmatch(squeeze(clause)) is not None and not _ASKS.search(clause)


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
