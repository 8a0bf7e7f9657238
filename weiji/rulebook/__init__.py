"""The operator's rules: versioned, each with who published it and why. See README.md."""

from weiji.rulebook.model import (
    REASON_MAX,
    Publishing,
    PublishRules,
    PublishRulesStatus,
    RuleSet,
    Version,
)
from weiji.rulebook.operations import publish_rules
from weiji.rulebook.store import get_in_force, list_versions

__all__ = [
    "REASON_MAX",
    "PublishRules",
    "PublishRulesStatus",
    "Publishing",
    "RuleSet",
    "Version",
    "get_in_force",
    "list_versions",
    "publish_rules",
]
