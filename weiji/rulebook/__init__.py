"""The operator's rules: versioned, each with who published it and why. See README.md."""

from weiji.rulebook.approving import APPROVAL_RULES, ApprovalRules, are_rules, propose_rules, takes_two
from weiji.rulebook.model import (
    Publisher,
    Publishing,
    PublishRules,
    PublishRulesStatus,
    ReleaseRules,
    RuleSet,
    Version,
)
from weiji.rulebook.operations import publish_rules, release_rules
from weiji.rulebook.store import get_in_force, list_in_force, list_versions

__all__ = [
    "APPROVAL_RULES",
    "ApprovalRules",
    "PublishRules",
    "PublishRulesStatus",
    "Publisher",
    "Publishing",
    "ReleaseRules",
    "RuleSet",
    "Version",
    "are_rules",
    "get_in_force",
    "list_in_force",
    "list_versions",
    "propose_rules",
    "publish_rules",
    "release_rules",
    "takes_two",
]
