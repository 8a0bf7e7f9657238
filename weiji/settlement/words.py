"""What people read of schedules and statements."""

from weiji.orders.merchant_money import kind_word
from weiji.settlement.model import Every, PayoutOutcome, PutScheduleStatus
from weiji.web import gettext as _


def entry_word(kind: int) -> str:
    """Name why money of a shop moved."""
    return kind_word(kind)[0]


def every_word(every: Every) -> str:
    """Name how often a shop is paid out."""
    match every:
        case Every.BY_HAND:
            return _("不自动提现")
        case Every.DAY:
            return _("每天")
        case Every.WEEK:
            return _("每周")
        case Every.MONTH:
            return _("每月")


def weekdays() -> list[str]:
    """Name the days of a week, Monday first."""
    return [_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日")]


def outcome_word(outcome: PayoutOutcome) -> tuple[str, str]:
    """Say what came of a payout's time, and in which tone."""
    match outcome:
        case PayoutOutcome.PAID_OUT:
            return _("已申请提现"), "good"
        case PayoutOutcome.TOO_LITTLE:
            return _("不够起提金额，留到下次"), "plain"
        case PayoutOutcome.WITHDRAWALS_BARRED:
            return _("店铺现在不能提现"), "bad"
        case PayoutOutcome.NO_ACCOUNT:
            return _("银行账户已经删除"), "bad"
        case PayoutOutcome.NO_CHANNEL:
            return _("平台没有打款渠道"), "bad"
        case PayoutOutcome.OWNER_FROZEN:
            return _("店铺的资金被冻结"), "bad"
        case PayoutOutcome.ACCOUNT_NAME_DIFFERS:
            return _("银行账户的户名和认证的不一样"), "bad"


def schedule_error(status: PutScheduleStatus) -> tuple[str, str]:
    """Say which field is wrong, and how."""
    match status:
        case PutScheduleStatus.DAY_OUT_OF_RANGE:
            return "day", _("请选一天。")
        case PutScheduleStatus.MINIMUM_OUT_OF_RANGE:
            return "minimum", _("起提金额从 ¥0.01 起。")
        case PutScheduleStatus.ACCOUNT_NOT_FOUND:
            return "account", _("请选择一个银行账户。")
        case PutScheduleStatus.ACCOUNT_NAME_DIFFERS:
            return "account", _("这个账户的户名和认证的不一样，钱提不到那里。请换一个账户。")
        case _:
            return "form", _("没有保存成功，请再试一次。")
