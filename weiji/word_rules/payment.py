"""What no operator has to forbid: the offer of something for a review. Shops must not make it anywhere."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from weiji.kit.ids import derive
from weiji.word_rules.matching import text_of
from weiji.word_rules.model import Action, Field, Hit

REASON: Final = "不能用返现、红包或者礼物换评价。"

FOUND_MAX: Final = 60
"""Characters of a text that are told as what was found."""

_RULE_ID: Final = derive(UUID(int=0), "payment for reviews")

_GIFTS: Final = (
    "返现|返红包|返钱|返利|返券|返[0-9一二三四五六七八九十]+元?|红包|现金|奖励|有礼|送礼|免单|退[0-9]+元?|"
    "cashback|giftcard|refundyou"
)
_PRAISE: Final = "好评|五星|5星|满分|晒图|晒单|带图|追评|评价|fivestar|5star|goodreview|positivereview"
PAYMENT: Final = re.compile(rf"(?:{_PRAISE}).{{0,12}}(?:{_GIFTS})|(?:{_GIFTS}).{{0,8}}(?:{_PRAISE})")
"""Praise and what is given for it, near to each other, in text that was folded and squeezed."""


def offers_payment(text: str) -> bool:
    """Tell whether a text offers something for a review: 好评返现, 五 星 返 5 元, "5-star review, cashback"."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    squeezed = "".join(character for character in folded if character.isalnum())
    return PAYMENT.search(squeezed) is not None


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
