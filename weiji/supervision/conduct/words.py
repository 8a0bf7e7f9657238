"""Rules on conduct, and what they find, in the reader's words."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from weiji.kit.clock import SHANGHAI
from weiji.supervision.conduct.model import (
    COUNTED,
    RULES_MAX,
    ConductFault,
    ConductFaultKind,
    ConductHit,
    ConductKind,
    ConductRule,
    Effect,
    PublishConductRulesStatus,
)
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import money


def kind_words() -> dict[str, str]:
    """Name what a rule looks at."""
    return {
        ConductKind.PRICE_RISE.value: _("价格突然涨"),
        ConductKind.PRICE_FALL.value: _("价格突然降"),
        ConductKind.SALES_SURGE.value: _("订单突然多"),
        ConductKind.REFUND_RATE.value: _("退款率"),
        ConductKind.LATE_SHIPPING.value: _("发货晚"),
        ConductKind.SAME_BUYER.value: _("同一个买家买很多单"),
        ConductKind.SHARED_PLACE.value: _("很多买家在同一个网络"),
        ConductKind.NEW_PLACES.value: _("店员在新的网络登录做事"),
        ConductKind.NEW_DEVICES.value: _("店员在新的设备登录"),
    }


def kind_notes() -> dict[str, str]:
    """Say what the two numbers of each kind are."""
    return {
        ConductKind.PRICE_RISE.value: _("现价和这段时间的最低价（分）比，涨了百分之几。"),
        ConductKind.PRICE_FALL.value: _("现价和这段时间的最高价（分）比，降了百分之几。"),
        ConductKind.SALES_SURGE.value: _("这段时间的订单，和之前 30 天里同样长的时间比，是百分之几。"),
        ConductKind.REFUND_RATE.value: _("这段时间退过款的订单，占付款订单的百分之几；一单退几次也只算一单。"),
        ConductKind.LATE_SHIPPING.value: _("这段时间晚于 48 小时发出的，占发出订单的百分之几。"),
        ConductKind.SAME_BUYER.value: _("一个买家这段时间买了几单，和全部付款订单。"),
        ConductKind.SHARED_PLACE.value: _("一个网络里有几个买家下单，和全部付款订单。"),
        ConductKind.NEW_PLACES.value: _("一个店员这段时间用了几个没用过的网络，和以前用过的几个。"),
        ConductKind.NEW_DEVICES.value: _("一个店员这段时间在几个没用过的设备上登录，和以前用过的几个。"),
    }


def effect_words() -> dict[str, tuple[str, str]]:
    """Name what comes of a hit, with the tone of its tag."""
    return {
        Effect.NOTE.value: (_("只记录"), "plain"),
        Effect.CASE.value: (_("交给巡查"), "info"),
        Effect.WARN.value: (_("警告，并交给巡查"), "wait"),
        Effect.FREEZE.value: (_("先不让上架新商品，等人看"), "bad"),
        Effect.LIMIT.value: (_("先限制每天的销售额，等人看"), "bad"),
        Effect.HOLD.value: (_("先不让提现，等人看"), "bad"),
        Effect.REVIEW.value: (_("商品先停卖，等人看"), "bad"),
    }


def rule_line(rule: ConductRule) -> str:
    """Say all of a rule: what it looks at, from when on, what comes of it, and what the shop is told."""
    of_buyers = rule.kind in COUNTED
    limit = ngettext("到 %(number)s 个", "到 %(number)s 个", rule.threshold) if of_buyers else f"{rule.threshold}%"
    window = ngettext("%(number)s 小时", "%(number)s 小时", rule.window_hours)
    least = [_("至少 %(number)s", number=rule.at_least)] if rule.at_least else []
    looks = " · ".join([kind_words()[rule.kind], window, limit, *least])
    return "\n".join((looks, effect_words()[rule.effect][0], rule.reason, rule.reason_en))


def tried_line(hits: int, shops: int) -> str:
    """Say what came of trying a rule."""
    return _("试过最近 90 天：找到 %(hits)s 次，%(shops)s 家店。", hits=hits, shops=shops)


def untried_line() -> str:
    """Say that a rule was not tried by itself."""
    return _("找到的和现在生效的一样，没有另外试。")


def found_line(hit: ConductHit) -> str:
    """Say what a rule found."""
    facts = {"part": hit.part, "whole": hit.whole, "hours": hit.window_hours}
    match hit.kind:
        case ConductKind.PRICE_RISE:
            return _("%(hours)s 小时里最低 %(whole)s，现在 %(part)s", **(facts | _prices(hit)))
        case ConductKind.PRICE_FALL:
            return _("%(hours)s 小时里最高 %(whole)s，现在 %(part)s", **(facts | _prices(hit)))
        case ConductKind.SALES_SURGE:
            return _("%(hours)s 小时里 %(part)s 单，平常 %(whole)s 单", **facts)
        case ConductKind.REFUND_RATE:
            return _("%(hours)s 小时里付款 %(whole)s 单，%(part)s 单退过款", **facts)
        case ConductKind.LATE_SHIPPING:
            return _("%(hours)s 小时里发出 %(whole)s 单，%(part)s 单发晚了", **facts)
        case ConductKind.SAME_BUYER:
            return _("%(hours)s 小时里付款 %(whole)s 单，%(part)s 单是同一个买家的", **facts)
        case ConductKind.SHARED_PLACE:
            return _("%(hours)s 小时里付款 %(whole)s 单，%(part)s 个买家在同一个网络", **facts)
        case ConductKind.NEW_PLACES:
            return _("%(hours)s 小时里用了 %(part)s 个新网络，以前用过 %(whole)s 个", **facts)
        case ConductKind.NEW_DEVICES:
            return _("%(hours)s 小时里用了 %(part)s 个新设备，以前用过 %(whole)s 个", **facts)


def _prices(hit: ConductHit) -> dict[str, str]:
    return {"part": str(money(hit.part)), "whole": str(money(hit.whole))}


def fault_line(fault: ConductFault) -> str:
    """Say what is wrong with a rule."""
    example = f"{fault.example.part}/{fault.example.whole}" if fault.example else ""
    match fault.fault:
        case ConductFaultKind.INVALID_TEXT:
            return _("名称和说明都不能空，也不能太长。")
        case ConductFaultKind.WINDOW_TOO_LONG:
            return _("看买家的规则最多看 168 小时。")
        case ConductFaultKind.EFFECT_DOES_NOT_FIT:
            return _("只有看价格的规则可以让商品先停卖。")
        case ConductFaultKind.NO_EXAMPLES:
            return _("至少写一个应该找到的例子。")
        case ConductFaultKind.NOT_FOUND:
            return _("没有找到例子 %(example)s。", example=example)
        case ConductFaultKind.FOUND:
            return _("不该找到的例子 %(example)s 也找到了。", example=example)
        case ConductFaultKind.TWICE:
            return _("同一条规则写了两遍。")
        case ConductFaultKind.NOT_TRIED:
            return _("先试过最近 90 天才能发布；试的结果算 7 天。")


def publishing_error(status: PublishConductRulesStatus) -> str:
    """Say why rules were not published."""
    match status:
        case PublishConductRulesStatus.REASON_MISSING:
            return _("请写一句为什么改。")
        case PublishConductRulesStatus.TOO_MANY_RULES:
            return ngettext("规则最多 %(number)s 条。", "规则最多 %(number)s 条。", RULES_MAX)
        case PublishConductRulesStatus.NOTHING_CHANGED:
            return _("没有要改的：规则已经是这样了。")
        case PublishConductRulesStatus.VERSION_TAKEN:
            return _("别人刚刚改过规则，请看看新的再改。")
        case _:
            return _("有几处要改，已经标出来了。什么都还没有发布。")


def days_between(begin: datetime, end: datetime) -> Sequence[date]:
    """Name the days in Shanghai from one moment to another."""
    first, last = begin.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
