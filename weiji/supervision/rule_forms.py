"""The form of the trade's rules: each number in the unit that people think in."""

from collections.abc import Sequence
from typing import Final

from weiji.aftersale import reason_word
from weiji.orders import CaseReason
from weiji.rulebook.forms import Amounts, Choices, Field, Numbers, Percent, days, hours, minutes, times, yuan
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import listed, money

FEE: Final = "fee_ppm"
"""What is shown of each version, and is in no form: fee rules say it, which are previewed before they are published."""


def trade_fields() -> list[Field]:
    """Name the rules of trade, in the order of their form, and say what each does."""
    return [
        Field("pay_minutes", _("付款期限"), minutes(), _("库存为没付款的订单留这么久。")),
        Field("ship_hours", _("承诺发货"), hours(), _("付款之后，店铺答应在这之内发货。")),
        Field(
            "remind_hours",
            _("提醒发货"),
            hours(),
            _("付款之后，店铺这么久还没发齐，就在工作台和事件里提醒。写 0 就不提醒。"),
        ),
        Field("cancel_hours", _("买家可直接取消"), hours(), _("付款这么久还没发货，买家可以直接取消。")),
        Field("refund_days", _("不发货自动退款"), days(), _("付款或最近一个包裹之后这么久还没发齐，钱自动退回。")),
        Field("answer_hours", _("未发货退款答复期"), hours(), _("还没发货的，店铺这么久不答复退款申请，就算同意。")),
        Field(
            "shipped_answer_days", _("已发货售后答复期"), days(), _("已经发货的，店铺这么久不答复售后申请，就算同意。")
        ),
        Field("offer_days", _("买家答复提议"), days(), _("店铺提了别的办法，买家这么久不答复，售后就结束。")),
        Field("refused_days", _("拒绝后保留"), days(), _("被拒绝之后，这么久之内还可以再说；过了就结束。")),
        Field("return_days", _("买家寄回"), days(), _("同意退货之后，买家这么久不寄回，售后就结束。")),
        Field("inspect_days", _("卖家验货"), days(), _("寄回之后，店铺这么久不说不对，就算收到、没有问题。")),
        Field(
            "delivered_inspect_days",
            _("退货送达后验货"),
            days(),
            _("快递说送到了，就从送到起算这么久；没有消息，还是从寄出起算。写 0 就不看送达。"),
        ),
        Field("reship_days", _("卖家再发货"), days(), _("该换货或补寄，店铺这么久不发，钱自动退回。")),
        Field("aftersale_days", _("收货后可申请售后"), days(), _("确认收货之后，这么久之内可以申请售后。")),
        Field(
            "shop_freight_reasons",
            _("卖家承担退货运费的原因"),
            _reasons(),
            _("选中的原因退货、换货，来回运费都由卖家承担；没有选的由买家承担。"),
            wrong=_("没有这样的原因。"),
        ),
        Field("applications_max", _("每种商品可申请"), times(), _("一笔订单里的一种商品，最多申请这么多次。")),
        Field("confirm_days", _("自动确认收货"), days(), _("发货这么久之后，自动确认收货。")),
        Field(
            "delivered_confirm_days",
            _("送达后确认收货"),
            days(),
            _("全部送达这么久之后，自动确认收货，只会提前。写 0 就不看送达。"),
        ),
        Field("virtual_confirm_days", _("卡密自动确认"), days(), _("卡密发出这么久之后，自动确认收货。")),
        Field(
            "prolong_days",
            _("卖家可延长"),
            _day_list(),
            _("卖家可以给买家多留的天数，用逗号隔开。"),
            wrong=_("要有 1 到 8 个天数。"),
        ),
        Field("buyer_prolong_days", _("买家可延长一次"), days(), _("买家自己能延长的天数，每笔一次。")),
        Field(
            "receipt_days_max", _("收货最晚延长到"), days(), _("付款这么久之后，不能再延长收货：钱不能一直放在平台。")
        ),
        Field("settle_days", _("确认后结算"), days(), _("确认收货这么久之后，店铺可以提现。")),
        Field(
            "grade_settle_days",
            _("按信用结算"),
            _grade_days(),
            _("依次是还没有等级、心、钻、蓝冠、金冠的店铺等几天，用逗号隔开。空着就都一样。"),
            wrong=_("最多 5 个天数，每个在 0 到 90 之间。"),
            is_required=False,
        ),
        Field(
            "grade_day_sales",
            _("按信用每天最多卖"),
            _grade_yuan(),
            _("依次是还没有等级、心、钻、蓝冠、金冠的店铺，用逗号隔开，0 是不限。空着就都不限。"),
            wrong=_("最多 5 个金额，每个在 0 到 100 亿元之间。"),
            is_required=False,
        ),
        Field(
            FEE,
            _("没有费率时的服务费"),
            Percent(),
            _("从买家付的钱里收，例如 2 就是百分之二。费率里另有规定的，以费率为准。"),
        ),
        Field("withdrawal_fee", _("提现手续费"), yuan(), _("每次提现另收。")),
        Field("withdrawal_minimum", _("最低提现"), yuan(), _("一次至少提这么多。")),
        Field(
            "withdrawal_review_above",
            _("大额提现"),
            yuan(),
            _("一天里一共提现超过这么多，要两个人复核之后才交给银行。"),
        ),
        Field("withdrawal_review_hours", _("大额提现复核期限"), hours(), _("告诉提现的人，最晚这么久复核完。")),
    ]


def _day_list() -> Numbers:
    def say(values: Sequence[int]) -> str:
        return ngettext("%(days)s 天", "%(days)s 天", max(values, default=0), days=listed(map(str, values)))

    return Numbers(_("天"), say, _("用逗号隔开的天数，每个在 1 到 90 之间，例如 3, 5, 7。"), low=1, high=90)


def _grade_days() -> Numbers:
    def say(values: Sequence[int]) -> str:
        if not values:
            return _("都一样")
        return ngettext("依次 %(days)s 天", "依次 %(days)s 天", max(values), days=" / ".join(map(str, values)))

    return Numbers(_("天"), say, _("用逗号隔开的天数，每个在 0 到 90 之间，例如 3, 1, 0。"), high=90)


def _grade_yuan() -> Amounts:
    def say(values: Sequence[int]) -> str:
        if not values:
            return _("不限")
        return _("依次 %(amounts)s", amounts=" / ".join(money(each) if each else _("不限") for each in values))

    return Amounts(_("元"), say)


def _reasons() -> Choices:
    return Choices([(reason.value, reason_word(reason)) for reason in CaseReason], _("都由买家承担"))
