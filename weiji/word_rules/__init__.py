"""Word rules: what the operator wants said nowhere, or looked at first. See README.md."""

from weiji.word_rules.matching import Matcher
from weiji.word_rules.model import (
    PRIVATE,
    TRIED_FOR,
    Action,
    Allowance,
    Allowed,
    Field,
    Hit,
    Place,
    PublishWordRules,
    PublishWordRulesResult,
    PublishWordRulesStatus,
    Refused,
    RuleFault,
    Text,
    WordRule,
)
from weiji.word_rules.operations import (
    allow_words,
    get_allowed,
    get_matcher,
    note_trials,
    publish_word_rules,
    screen_shop_texts,
    screen_texts,
)
from weiji.word_rules.payment import find_payment, offers_payment
from weiji.word_rules.rules import find_faults

__all__ = [
    "PRIVATE",
    "TRIED_FOR",
    "Action",
    "Allowance",
    "Allowed",
    "Field",
    "Hit",
    "Matcher",
    "Place",
    "PublishWordRules",
    "PublishWordRulesResult",
    "PublishWordRulesStatus",
    "Refused",
    "RuleFault",
    "Text",
    "WordRule",
    "allow_words",
    "find_faults",
    "find_payment",
    "get_allowed",
    "get_matcher",
    "note_trials",
    "offers_payment",
    "publish_word_rules",
    "screen_shop_texts",
    "screen_texts",
]
