"""Word rules: what the operator wants said nowhere, or looked at first. See README.md."""

from weiji.word_rules.matching import Matcher
from weiji.word_rules.model import (
    Action,
    Allowance,
    Field,
    Hit,
    PublishWordRules,
    PublishWordRulesResult,
    PublishWordRulesStatus,
    Refused,
    Text,
    WordRule,
)
from weiji.word_rules.operations import allow_words, get_matcher, publish_word_rules, screen_texts

__all__ = [
    "Action",
    "Allowance",
    "Field",
    "Hit",
    "Matcher",
    "PublishWordRules",
    "PublishWordRulesResult",
    "PublishWordRulesStatus",
    "Refused",
    "Text",
    "WordRule",
    "allow_words",
    "get_matcher",
    "publish_word_rules",
    "screen_texts",
]
