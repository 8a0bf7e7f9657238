"""Word rules in the reader's words."""

from collections.abc import Sequence

from weiji.web import gettext as _
from weiji.web import ngettext, pgettext
from weiji.web.formats import listed
from weiji.word_rules.model import (
    DRAFTED_MAX,
    RULES_MAX,
    Action,
    FaultKind,
    Field,
    Place,
    PublishWordRulesStatus,
    Refused,
    RuleFault,
    Tried,
    WordRule,
)


def field_words() -> dict[str, str]:
    """Name the places where words are looked for."""
    return {
        Field.TITLE.value: _("商品名称和规格"),
        Field.DESCRIPTION.value: _("商品描述"),
        Field.SHOP_NAME.value: _("店名和故事"),
        Field.STOREFRONT.value: _("店铺装修"),
        Field.MESSAGE.value: _("售后和纠纷里的话"),
        Field.REVIEW.value: _("评价和回复"),
        Field.PERSON_NAME.value: _("个人的名字"),
    }


def action_words() -> dict[str, tuple[str, str]]:
    """Name what is done about words, with the tone of its tag."""
    return {
        Action.REFUSE.value: (_("不让保存"), "bad"),
        Action.REVIEW.value: (_("先看再卖"), "wait"),
        Action.NOTE.value: (_("只记录"), "plain"),
    }


def place_words() -> dict[Place, str]:
    """Name the kinds of things that say something."""
    return {
        Place.PRODUCT: pgettext("plural", "商品"),
        Place.SHOP: _("店名和故事"),
        Place.STOREFRONT: _("店铺装修"),
        Place.REVIEW: pgettext("plural", "评价"),
        Place.CASE: _("售后"),
        Place.DISPUTE: pgettext("plural", "纠纷"),
        Place.COMPLAINT: pgettext("plural", "投诉"),
        Place.PERSON: _("个人的名字"),
    }


def rule_line(rule: WordRule) -> str:
    """Say all of a rule: what it looks for, where, what comes of it, and what whoever wrote it is told."""
    fields, (action, _tone) = field_words(), action_words()[rule.action]
    sound = [_("谐音也找")] if rule.by_sound else []
    return "\n".join(
        (
            " · ".join(rule.words),
            " · ".join([action, *sound, *(fields[field] for field in rule.fields)]),
            rule.reason,
        )
    )


def tried_line(tried: Tried | None) -> str:
    """Say what came of trying a rule; None: it finds what one in force does."""
    if tried is None:
        return _("找到的和现在生效的一样，没有另外试。")
    if tried.found is None:
        return _("试过。")
    if not tried.found:
        return _("试过，什么都没有找到。")
    names = place_words()
    return _("试过，找到：%(found)s", found=listed([f"{names[place]} {count}" for place, count in tried.found.items()]))


def refusal_lines(refusals: Sequence[Refused]) -> list[str]:
    """Say which words can't be said, and why."""
    words = field_words()
    return [
        _("%(field)s里的“%(found)s”：%(reason)s", field=words[each.field.value], found=each.found, reason=each.reason)
        for each in refusals
    ]


def fault_line(fault: RuleFault) -> str:
    """Say what is wrong with a rule."""
    match fault.fault:
        case FaultKind.INVALID_TEXT:
            return _("“%(name)s”：名称、词、说明或例子太长，或者是空的。", name=fault.name)
        case FaultKind.NO_WORDS:
            return _("“%(name)s”：至少要有一个词，每个词里要有字。", name=fault.name)
        case FaultKind.NO_FIELDS:
            return _("“%(name)s”：请选在哪里找。", name=fault.name)
        case FaultKind.NO_EXAMPLES:
            return _("“%(name)s”：至少写一个应该找到的例子。", name=fault.name)
        case FaultKind.NOT_FOUND:
            return _("“%(name)s”：没有找到例子“%(example)s”。", name=fault.name, example=fault.example)
        case FaultKind.FOUND:
            return _("“%(name)s”：不该找到的例子“%(example)s”也找到了。", name=fault.name, example=fault.example)
        case FaultKind.TWICE:
            return _("“%(name)s”：同一条规则写了两遍。", name=fault.name)
        case FaultKind.NOT_TRIED:
            return _("“%(name)s”：还没有试过。请先点“看看会找到什么”，七天之内发布。", name=fault.name)


def publishing_error(status: PublishWordRulesStatus) -> str:
    """Say why rules were not published."""
    match status:
        case PublishWordRulesStatus.REASON_MISSING:
            return _("请写一句为什么改。")
        case PublishWordRulesStatus.TOO_MANY_RULES:
            return ngettext("规则最多 %(number)s 条。", "规则最多 %(number)s 条。", RULES_MAX)
        case PublishWordRulesStatus.NOTHING_CHANGED:
            return _("没有要改的：规则已经是这样了。")
        case PublishWordRulesStatus.TOO_MANY_CHANGES:
            return ngettext(
                "发布要两个人：复核的同事一次最多看 %(number)s 条，请分几次改。",
                "发布要两个人：复核的同事一次最多看 %(number)s 条，请分几次改。",
                DRAFTED_MAX,
            )
        case PublishWordRulesStatus.VERSION_TAKEN:
            return _("别人刚刚改过规则，请看看新的再改。")
        case _:
            return _("有几处要改，已经标出来了。什么都还没有发布。")
