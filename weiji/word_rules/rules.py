"""What is decided about word rules themselves: whether a version may be published."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from weiji.kit.text import is_line
from weiji.word_rules.matching import Matcher, squeeze
from weiji.word_rules.model import (
    EXAMPLE_MAX,
    EXAMPLES_MAX,
    FAULTS_MAX,
    NAME_MAX,
    NOTE_MAX,
    REASON_MAX,
    RULES_MAX,
    WORD_MAX,
    WORDS_MAX,
    Action,
    FaultKind,
    PublishWordRules,
    PublishWordRulesResult,
    PublishWordRulesStatus,
    RuleFault,
    WordRule,
)

S = PublishWordRulesStatus


def judge_publication(
    command: PublishWordRules, version: int, count: int, known: Mapping[UUID, WordRule], tried: Collection[str]
) -> tuple[PublishWordRulesResult, list[WordRule], list[UUID]]:
    """Judge a publication after *version*, in which *count* rules are in force.

    *known* are those that it names, *tried* fingerprints of those that were tried lately. Gives the answer, the rules
    that are other ones then, and those that end. Examples are tried out: of ten thousand rules in some two seconds.
    """
    if not is_line(command.reason, NOTE_MAX):
        return PublishWordRulesResult(S.REASON_MISSING, version), [], []
    faults = find_faults(command.put) or [
        _fault(rule, FaultKind.NOT_TRIED)
        for rule in command.put
        if rule.fingerprint not in tried and not _is_tried(known.get(rule.id), rule)
    ]
    if faults:
        return PublishWordRulesResult(S.INVALID_RULES, version, tuple(faults[:FAULTS_MAX])), [], []
    put = [rule for rule in command.put if known.get(rule.id) != rule]
    given = {rule.id for rule in command.put}
    retired = [id for id in dict.fromkeys(command.retire) if id in known and id not in given]
    if count + len(given - known.keys()) - len(retired) > RULES_MAX:
        return PublishWordRulesResult(S.TOO_MANY_RULES, version), [], []
    if not put and not retired:
        return PublishWordRulesResult(S.NOTHING_CHANGED, version), [], []
    if command.version != version + 1:
        return PublishWordRulesResult(S.VERSION_TAKEN, version), [], []
    return PublishWordRulesResult(S.PUBLISHED, version + 1), put, retired


def _is_tried(known: WordRule | None, rule: WordRule) -> bool:
    """Tell whether a rule finds what one in force does: other texts, or a gentler action, need no other trial."""
    harder = list(Action).index
    return (
        known is not None
        and replace(rule, action=known.action).fingerprint == known.fingerprint
        and harder(rule.action) >= harder(known.action)
    )


def find_faults(rules: Sequence[WordRule]) -> list[RuleFault]:
    """Find what is wrong with rules, other than that they were not tried.

    First with what they say, and if nothing is, with what they find.
    """
    faults = [_fault(rule, kind) for rule in rules for kind in _kinds(rule)]
    seen: set[UUID] = set()
    for rule in rules:
        if rule.id in seen:
            faults.append(_fault(rule, FaultKind.TWICE))
        seen.add(rule.id)
    return faults or list(_failures(rules))


def _fault(rule: WordRule, kind: FaultKind, example: str = "") -> RuleFault:
    return RuleFault(rule_id=rule.id, name=rule.name, fault=kind, example=example)


def _kinds(rule: WordRule) -> Iterator[FaultKind]:
    examples = (*rule.hits, *rule.passes)
    if not (
        is_line(rule.name, NAME_MAX)
        and is_line(rule.reason, REASON_MAX)
        and len(rule.words) <= WORDS_MAX
        and all(is_line(word, WORD_MAX) for word in rule.words)
        and max(len(rule.hits), len(rule.passes)) <= EXAMPLES_MAX
        and all(is_line(example, EXAMPLE_MAX) for example in examples)
    ):
        yield FaultKind.INVALID_TEXT
    if not rule.words or not all(map(squeeze, rule.words)):
        yield FaultKind.NO_WORDS
    if not rule.fields:
        yield FaultKind.NO_FIELDS
    if not rule.hits:
        yield FaultKind.NO_EXAMPLES


def _failures(rules: Sequence[WordRule]) -> Iterator[RuleFault]:
    matcher = Matcher(rules)
    for rule in rules:
        field = rule.fields[0]
        for examples, is_wanted, kind in (
            (rule.hits, True, FaultKind.NOT_FOUND),
            (rule.passes, False, FaultKind.FOUND),
        ):
            for example in examples:
                is_found = any(hit.rule_id == rule.id for hit in matcher.find([(field, example)]))
                if is_found is not is_wanted:
                    yield _fault(rule, kind, example)
