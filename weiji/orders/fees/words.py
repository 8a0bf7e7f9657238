"""What pages say of fees: rates in per cent, whom rules are for, and what is wrong with them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from weiji.catalog import Tree
from weiji.catalog.category_words import name_of
from weiji.orders.fees.charging import Named
from weiji.orders.fees.model import COMING_MAX, NOTICE, REASON_MAX, FeeRule, PublishFeesStatus, Rate
from weiji.web import gettext as _
from weiji.web import ngettext

PPM_OF_PERCENT: Final = 10_000


def write_percent(ppm: int) -> str:
    """Write millionths in per cent, as short as may be: 17500 → `1.75`."""
    return f"{Decimal(ppm) / PPM_OF_PERCENT:f}"


def read_percent(text: str) -> int | None:
    """Read per cent as millionths; None where it is no number, or has more than four decimals."""
    try:
        ppm = Decimal(text.replace("%", "").replace("％", "").strip()) * PPM_OF_PERCENT
    except InvalidOperation:
        return None
    return int(ppm) if ppm.is_finite() and ppm == ppm.to_integral_value() and abs(ppm) < 10**9 else None


def rate_words(rate: Rate) -> str:
    """Write a rate: both parts, where there are both."""
    fee, commission = write_percent(rate.fee_ppm), write_percent(rate.commission_ppm)
    if not rate.commission_ppm:
        return _("服务费 %(fee)s%%", fee=fee)
    if not rate.fee_ppm:
        return _("佣金 %(commission)s%%", commission=commission)
    return _("服务费 %(fee)s%% + 佣金 %(commission)s%%", fee=fee, commission=commission)


def category_words(tree: Tree, category_id: UUID | None) -> str:
    """Name a category with those that it lies in; without one, what is in none."""
    return " › ".join(map(name_of, tree.path_of(category_id))) if category_id else _("没有类目")


def _id_words(shop_id: UUID | None) -> str | None:
    return str(shop_id) if shop_id else None


def target_words(rule: FeeRule, tree: Tree, shops: Mapping[UUID, Named]) -> str:
    """Say what a rule is for."""
    shop = shops[rule.shop_id].name if rule.shop_id and rule.shop_id in shops else _id_words(rule.shop_id)
    if rule.category_id is None:
        return shop or _("其余商品")
    category = category_words(tree, rule.category_id)
    return f"{shop} · {category}" if shop else category


def publish_error(status: PublishFeesStatus) -> tuple[str, str]:
    """Say why rules were not published, and at which field."""
    match status:
        case PublishFeesStatus.REASON_MISSING:
            return "reason", ngettext(
                "请写为什么要改，不超过 %(number)s 个字。", "请写为什么要改，不超过 %(number)s 个字。", REASON_MAX
            )
        case PublishFeesStatus.RULE_TWICE:
            return "form", _("有两条规则管的是同一家店、同一个类目，请留下一条。")
        case PublishFeesStatus.EXCEEDS_LIMIT:
            return "form", _("服务费和佣金加起来不能超过 30%。")
        case PublishFeesStatus.CATEGORY_NOT_FOUND:
            return "form", _("有一条规则的类目已经没有了。")
        case PublishFeesStatus.SHOP_NOT_FOUND:
            return "form", _("有一条规则的店铺没有找到。")
        case PublishFeesStatus.EFFECTIVE_IN_THE_PAST:
            return "effective_at", _("生效的时间已经过去了。")
        case PublishFeesStatus.EFFECTIVE_BEFORE_ANOTHER:
            return "effective_at", _("已经发布的一版还要更晚才生效，新的一版不能比它早。")
        case PublishFeesStatus.TOO_MANY_COMING:
            return "form", ngettext(
                "已经有 %(number)s 版在等着生效了。", "已经有 %(number)s 版在等着生效了。", COMING_MAX
            )
        case PublishFeesStatus.NOTICE_TOO_SHORT:
            return "effective_at", ngettext(
                "有店铺要多付钱，至少提前 %(number)s 天告诉它们；要同事复核的，再早三天。",
                "有店铺要多付钱，至少提前 %(number)s 天告诉它们；要同事复核的，再早三天。",
                NOTICE.days,
            )
        case PublishFeesStatus.NOT_PREVIEWED:
            return "form", _("这一版还没有人试算过：先看看过去的订单会收多少，再发布。")
        case _:
            return "form", _("刚刚有人发布了新的一版，请看看再决定。")
