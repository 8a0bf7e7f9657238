"""The form of the trade's rules: each number in the unit that people think in, checked against its own bounds."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from weiji.aftersale import reason_word
from weiji.kit.money import format_yuan, parse_yuan
from weiji.orders import CaseReason
from weiji.orders.trade_rules import TradeRules
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import listed, money
from weiji.web.forms import Form

Unit = Literal[
    "minutes", "hours", "days", "day_list", "grade_days", "grade_yuan", "times", "percent", "yuan", "reasons"
]
LISTS: Final = ("day_list", "grade_days", "grade_yuan")
_THOUSANDS: Final = re.compile(r"\d[,，]\d{3}(?!\d)")
"""A comma within an amount, or between two: 50,000 must not be 50 for one grade, and no limit for the next."""

BY_GRADE: Final = ("grade_days", "grade_yuan")
"""What may be empty: the same for all grades."""

UNITS: Final[Mapping[str, Unit]] = {
    "pay_minutes": "minutes",
    "ship_hours": "hours",
    "cancel_hours": "hours",
    "refund_days": "days",
    "answer_hours": "hours",
    "shipped_answer_days": "days",
    "offer_days": "days",
    "refused_days": "days",
    "return_days": "days",
    "inspect_days": "days",
    "delivered_inspect_days": "days",
    "reship_days": "days",
    "aftersale_days": "days",
    "shop_freight_reasons": "reasons",
    "applications_max": "times",
    "confirm_days": "days",
    "delivered_confirm_days": "days",
    "virtual_confirm_days": "days",
    "prolong_days": "day_list",
    "buyer_prolong_days": "days",
    "receipt_days_max": "days",
    "settle_days": "days",
    "grade_settle_days": "grade_days",
    "grade_day_sales": "grade_yuan",
    "fee_ppm": "percent",
    "withdrawal_fee": "yuan",
    "withdrawal_minimum": "yuan",
    "withdrawal_review_above": "yuan",
    "withdrawal_review_hours": "hours",
}
"""The rules in the order of the form, and what each is counted in."""

_HINTS: Final = get_type_hints(TradeRules, include_extras=True)

_PPM_OF_PERCENT: Final = 10_000


class Field(Struct, frozen=True):
    """A rule as the form shows it."""

    name: str
    label: str
    unit: str
    value: str
    hint: str
    is_number: bool
    is_required: bool
    choices: tuple[tuple[str, str, bool], ...] = ()
    """Where some of several are chosen: the value, its word, whether it is."""


def labels() -> dict[str, str]:
    """Name the rules in the reader's words."""
    return {
        "pay_minutes": _("付款期限"),
        "ship_hours": _("承诺发货"),
        "cancel_hours": _("买家可直接取消"),
        "refund_days": _("不发货自动退款"),
        "answer_hours": _("未发货退款答复期"),
        "shipped_answer_days": _("已发货售后答复期"),
        "offer_days": _("买家答复提议"),
        "refused_days": _("拒绝后保留"),
        "return_days": _("买家寄回"),
        "inspect_days": _("卖家验货"),
        "delivered_inspect_days": _("退货送达后验货"),
        "reship_days": _("卖家再发货"),
        "aftersale_days": _("收货后可申请售后"),
        "shop_freight_reasons": _("卖家承担退货运费的原因"),
        "applications_max": _("每种商品可申请"),
        "confirm_days": _("自动确认收货"),
        "delivered_confirm_days": _("送达后确认收货"),
        "virtual_confirm_days": _("卡密自动确认"),
        "prolong_days": _("卖家可延长"),
        "buyer_prolong_days": _("买家可延长一次"),
        "receipt_days_max": _("收货最晚延长到"),
        "settle_days": _("确认后结算"),
        "grade_settle_days": _("按信用结算"),
        "grade_day_sales": _("按信用每天最多卖"),
        "fee_ppm": _("平台服务费"),
        "withdrawal_fee": _("提现手续费"),
        "withdrawal_minimum": _("最低提现"),
        "withdrawal_review_above": _("大额提现"),
        "withdrawal_review_hours": _("大额提现复核期限"),
    }


def hints() -> dict[str, str]:
    """Say what each rule does."""
    return {
        "pay_minutes": _("库存为没付款的订单留这么久。"),
        "ship_hours": _("付款之后，店铺答应在这之内发货。"),
        "cancel_hours": _("付款这么久还没发货，买家可以直接取消。"),
        "refund_days": _("付款或最近一个包裹之后这么久还没发齐，钱自动退回。"),
        "answer_hours": _("还没发货的，店铺这么久不答复退款申请，就算同意。"),
        "shipped_answer_days": _("已经发货的，店铺这么久不答复售后申请，就算同意。"),
        "offer_days": _("店铺提了别的办法，买家这么久不答复，售后就结束。"),
        "refused_days": _("被拒绝之后，这么久之内还可以再说；过了就结束。"),
        "return_days": _("同意退货之后，买家这么久不寄回，售后就结束。"),
        "inspect_days": _("寄回之后，店铺这么久不说不对，就算收到、没有问题。"),
        "delivered_inspect_days": _("快递说送到了，就从送到起算这么久；没有消息，还是从寄出起算。写 0 就不看送达。"),
        "reship_days": _("该换货或补寄，店铺这么久不发，钱自动退回。"),
        "aftersale_days": _("确认收货之后，这么久之内可以申请售后。"),
        "shop_freight_reasons": _("选中的原因退货、换货，来回运费都由卖家承担；没有选的由买家承担。"),
        "applications_max": _("一笔订单里的一种商品，最多申请这么多次。"),
        "confirm_days": _("发货这么久之后，自动确认收货。"),
        "delivered_confirm_days": _("全部送达这么久之后，自动确认收货，只会提前。写 0 就不看送达。"),
        "virtual_confirm_days": _("卡密发出这么久之后，自动确认收货。"),
        "prolong_days": _("卖家可以给买家多留的天数，用逗号隔开。"),
        "buyer_prolong_days": _("买家自己能延长的天数，每笔一次。"),
        "receipt_days_max": _("付款这么久之后，不能再延长收货：钱不能一直放在平台。"),
        "settle_days": _("确认收货这么久之后，店铺可以提现。"),
        "grade_settle_days": _("依次是还没有等级、心、钻、蓝冠、金冠的店铺等几天，用逗号隔开。空着就都一样。"),
        "grade_day_sales": _("依次是还没有等级、心、钻、蓝冠、金冠的店铺，用逗号隔开，0 是不限。空着就都不限。"),
        "fee_ppm": _("从买家付的钱里收，例如 2 就是百分之二。费率里另有规定的，以费率为准。"),
        "withdrawal_fee": _("每次提现另收。"),
        "withdrawal_minimum": _("一次至少提这么多。"),
        "withdrawal_review_above": _("一次提现超过这么多，要两个人复核之后才交给银行。"),
        "withdrawal_review_hours": _("告诉提现的人，最晚这么久复核完。"),
    }


def unit_word(unit: Unit) -> str:
    """Name a unit."""
    words: dict[Unit, str] = {
        "minutes": _("分钟"),
        "hours": _("小时"),
        "days": _("天"),
        "day_list": _("天"),
        "grade_days": _("天"),
        "grade_yuan": _("元"),
        "times": _("次"),
        "percent": "%",
        "yuan": _("元"),
        "reasons": "",
    }
    return words[unit]


def write_value(name: str, rules: TradeRules) -> str:
    """Write a rule as the form has it."""
    value: Any = getattr(rules, name)
    match UNITS[name]:
        case "percent":
            return f"{Decimal(value) / _PPM_OF_PERCENT:f}"
        case "yuan":
            return _yuan(value)
        case "day_list" | "grade_days":
            return ", ".join(map(str, value))
        case "grade_yuan":
            return ", ".join(map(_yuan, value))
        case "reasons":
            return ""
        case _:
            return str(value)


def show_value(name: str, rules: TradeRules) -> str:
    """Write a rule with its unit, to be read."""
    value: Any = getattr(rules, name)
    match UNITS[name]:
        case "minutes":
            return ngettext("%(number)s 分钟", "%(number)s 分钟", value)
        case "hours":
            return ngettext("%(number)s 小时", "%(number)s 小时", value)
        case "times":
            return ngettext("%(number)s 次", "%(number)s 次", value)
        case "days":
            return ngettext("%(number)s 天", "%(number)s 天", value)
        case "day_list":
            days = listed(map(str, value))
            return ngettext("%(days)s 天", "%(days)s 天", max(value, default=0), days=days)
        case "grade_days":
            if not value:
                return _("都一样")
            days = " / ".join(map(str, value))
            return ngettext("依次 %(days)s 天", "依次 %(days)s 天", max(value), days=days)
        case "grade_yuan":
            if not value:
                return _("不限")
            return _("依次 %(amounts)s", amounts=" / ".join(money(each) if each else _("不限") for each in value))
        case "reasons":
            return listed(map(reason_word, value)) if value else _("都由买家承担")
        case "percent":
            return f"{write_value(name, rules)}%"
        case "yuan":
            return money(value)


def fields(rules: TradeRules, form: Form | None = None) -> list[Field]:
    """Make the fields of the form, with what was typed, if anything was."""
    named, hinted = labels(), hints()
    return [
        Field(
            name,
            named[name],
            unit_word(unit),
            form.text(name) if form else write_value(name, rules),
            hinted[name],
            unit not in LISTS,
            unit not in BY_GRADE,
            _choices(name, rules, form) if unit == "reasons" else (),
        )
        for name, unit in UNITS.items()
    ]


def _choices(name: str, rules: TradeRules, form: Form | None) -> tuple[tuple[str, str, bool], ...]:
    chosen = form.all(name, len(CaseReason)) if form else getattr(rules, name)
    return tuple((reason.value, reason_word(reason), reason in chosen) for reason in CaseReason)


def read_rules_form(form: Form) -> tuple[TradeRules | None, dict[str, str]]:
    """Read the rules that were typed, or say what is wrong with each."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, unit in UNITS.items():
        value = form.all(name, len(CaseReason)) if unit == "reasons" else _parse(form.text(name), unit)
        if value is None:
            errors[name] = _list_error(unit) if unit in LISTS else _("请写一个数。")
            continue
        try:
            values[name] = msgspec.convert(value, _HINTS[name])
        except msgspec.ValidationError:
            errors[name] = _bounds(name)
    if "prolong_days" in values and not all(1 <= days <= 90 for days in values["prolong_days"]):
        errors["prolong_days"] = _("每个天数在 1 到 90 之间。")
    return (None if errors else TradeRules(**values)), errors


def _list_error(unit: Unit) -> str:
    if unit == "grade_yuan":
        return _("用逗号和空格隔开的金额，金额里不写逗号，例如 50000, 200000, 0。")
    return _("用逗号隔开的天数，例如 3, 5, 7。")


def _yuan(amount: int) -> str:
    """Write an amount as one types it."""
    return format_yuan(amount).replace(",", "").removesuffix(".00")


def _parse(text: str, unit: Unit) -> Any:
    try:
        match unit:
            case "percent":
                ppm = Decimal(text) * _PPM_OF_PERCENT
                return int(ppm) if ppm.is_finite() and ppm == ppm.to_integral_value() and abs(ppm) < 10**9 else None
            case "yuan":
                return parse_yuan(text)
            case "day_list" | "grade_days" | "grade_yuan":
                parts = [part for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]
                if unit == "grade_yuan":
                    if _THOUSANDS.search(text):
                        return None
                    amounts = [parse_yuan(part.strip()) for part in parts]
                    return None if None in amounts else amounts
                return [int(part) for part in parts] if all(len(part) < 6 for part in parts) else None
            case _:
                return int(text) if len(text) < 10 else None
    except (ValueError, InvalidOperation):
        return None


def _bounds(name: str) -> str:
    if UNITS[name] == "reasons":
        return _("没有这样的原因。")
    meta: Meta = _HINTS[name].__metadata__[0]
    if UNITS[name] == "grade_days":
        return _("最多 5 个天数，每个在 0 到 90 之间。")
    if UNITS[name] == "grade_yuan":
        return _("最多 5 个金额，每个在 0 到 100 亿元之间。")
    if UNITS[name] == "day_list":
        return _("要有 1 到 8 个天数。")
    low, high = (
        write_value(name, msgspec.structs.replace(TradeRules(), **{name: bound})) for bound in (meta.ge, meta.le)
    )
    return _("在 %(low)s 到 %(high)s 之间。", low=low, high=high)
