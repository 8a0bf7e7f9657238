"""What is decided about word rules themselves: whether a version may be published."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

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
    FaultKind,
    PublishWordRules,
    PublishWordRulesResult,
    PublishWordRulesStatus,
    RuleFault,
    WordRule,
)

S = PublishWordRulesStatus


def judge_publication(
    command: PublishWordRules, version: int, count: int, known: Mapping[UUID, WordRule]
) -> tuple[PublishWordRulesResult, list[WordRule], list[UUID]]:
    """Judge a publication after *version*, in which *count* rules are in force.

    *known* are those that it names. Gives the answer, the rules that are other ones then, and those that end. Examples
    are tried out: of ten thousand rules in some two seconds.
    """
    if not is_line(command.reason, NOTE_MAX):
        return PublishWordRulesResult(S.REASON_MISSING, version), [], []
    faults = find_faults(command.put)
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


def find_faults(rules: Sequence[WordRule]) -> list[RuleFault]:
    """Find what is wrong with rules: first with what they say, and if nothing is, with what they find."""
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
