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
from weiji.word_rules.people import refuse_names
from weiji.word_rules.rules import find_faults
from weiji.word_rules.written import WRITTEN, ReadWritten, Shown, Slice, Written, slice_of

__all__ = [
    "PRIVATE",
    "TRIED_FOR",
    "WRITTEN",
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
    "ReadWritten",
    "Refused",
    "RuleFault",
    "Shown",
    "Slice",
    "Text",
    "WordRule",
    "Written",
    "allow_words",
    "find_faults",
    "find_payment",
    "get_allowed",
    "get_matcher",
    "note_trials",
    "offers_payment",
    "publish_word_rules",
    "refuse_names",
    "screen_shop_texts",
    "screen_texts",
    "slice_of",
]
