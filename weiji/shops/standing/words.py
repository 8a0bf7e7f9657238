"""Names of a shop's standing, in the reader's language."""

from weiji.shops.standing.model import (
    AppealSuspensionStatus,
    JudgeAppealStatus,
    LiftSuspensionStatus,
    PutHolidayStatus,
    SuspendShopStatus,
    SuspensionState,
)
from weiji.web import gettext as _


def standing_word(standing: str) -> tuple[str, str]:
    """Name a standing, and the tone of its tag."""
    return {
        "open": (_("营业中"), "good"),
        "resting": (_("休息中"), "wait"),
        "away": (_("休假中"), "wait"),
        "suspended": (_("已停售"), "bad"),
        "closing": (_("关店中"), "wait"),
        "closed": (_("已关店"), "plain"),
    }[standing]


def stops_word(stops_sales: bool, stops_withdrawals: bool) -> str:
    """Say what a suspension stops."""
    if stops_sales and stops_withdrawals:
        return _("不能卖，不能提现")
    return _("不能卖") if stops_sales else _("不能提现")


def suspension_word(state: SuspensionState) -> tuple[str, str]:
    """Name the state of a suspension, and the tone of its tag."""
    return {
        SuspensionState.IN_FORCE: (_("生效中"), "bad"),
        SuspensionState.LIFTED: (_("已解除"), "good"),
        SuspensionState.OVER: (_("已到期"), "plain"),
    }[state]


def holiday_error(status: PutHolidayStatus) -> tuple[str, str]:
    """Say which field of a holiday is wrong, and why."""
    match status:
        case PutHolidayStatus.TIMES_INVALID:
            return "ends", _("结束要晚于开始，也晚于现在；最早可以提前 180 天写。")
        case PutHolidayStatus.TOO_LONG:
            return "ends", _("最长 90 天；照常接单的话最长 15 天。")
        case PutHolidayStatus.NOTICE_MALFORMED:
            return "notice", _("不超过 200 个字。")
        case _:
            return "form", _("店铺正在关闭，不能再休假。")


def suspension_error(status: SuspendShopStatus) -> tuple[str, str]:
    """Say which field of a suspension is wrong, and why."""
    match status:
        case SuspendShopStatus.NOTHING_STOPPED:
            return "stops", _("至少选一样：停售，或停提现。")
        case SuspendShopStatus.REASON_MALFORMED:
            return "reason", _("请写原因，店主看得到；不超过 500 个字。")
        case SuspendShopStatus.DAYS_OUT_OF_RANGE:
            return "days", _("1 到 365 天；不填就一直到解除。")
        case SuspendShopStatus.OWN_SHOP:
            return "form", _("不能处理自己工作的店。")
        case SuspendShopStatus.ALREADY_SUSPENDED:
            return "form", _("已经有一个处罚生效，先解除它。")
        case SuspendShopStatus.CLOSED:
            return "form", _("这家店已经关了。")
        case _:
            return "form", _("没有提交成功，请再试一次。")


def lifting_error(status: LiftSuspensionStatus) -> str:
    """Say why a suspension was not lifted."""
    match status:
        case LiftSuspensionStatus.OWN_SHOP:
            return _("不能处理自己工作的店。")
        case LiftSuspensionStatus.EXISTS:
            return _("它已经不再生效。")
        case _:
            return _("请写原因，不超过 500 个字。")


def judgement_error(status: JudgeAppealStatus) -> str:
    """Say why an appeal was not decided."""
    match status:
        case JudgeAppealStatus.SAME_PERSON:
            return _("处罚是你作出的，申诉要由同事裁定。")
        case JudgeAppealStatus.OWN_SHOP:
            return _("不能处理自己工作的店。")
        case JudgeAppealStatus.REASON_MALFORMED:
            return _("请写理由，店主看得到；不超过 500 个字。")
        case _:
            return _("这个申诉已经裁定过，或者处罚已经结束。")


def appeal_error(status: AppealSuspensionStatus) -> str:
    """Say why an appeal was not taken."""
    match status:
        case AppealSuspensionStatus.TEXT_MALFORMED:
            return _("请写申诉理由，不超过 2000 个字。")
        case AppealSuspensionStatus.ALREADY_APPEALED:
            return _("每个处罚只能申诉一次，你已经申诉过了。")
        case _:
            return _("处罚已经结束，不用申诉了。")
