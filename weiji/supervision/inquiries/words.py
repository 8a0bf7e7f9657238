"""Inquiries, complaints and penalties in the reader's words."""

from weiji.supervision.inquiries.model import (
    AppealPenaltyStatus,
    ComplaintKind,
    DecideInquiryStatus,
    FileComplaintStatus,
    JudgePenaltyStatus,
    PenaltyKind,
    PenaltyState,
    TakeInquiryStatus,
    Verdict,
)
from weiji.web import gettext as _


def kind_words() -> dict[str, str]:
    """Name what somebody may complain of."""
    return {
        ComplaintKind.COUNTERFEIT.value: _("是假货"),
        ComplaintKind.FORBIDDEN.value: _("不能卖的东西"),
        ComplaintKind.MISLEADING.value: _("和写的不一样"),
        ComplaintKind.INFRINGING.value: _("侵犯别人的权利"),
        ComplaintKind.FRAUD.value: _("骗人"),
        ComplaintKind.OTHER.value: _("其他"),
    }


def verdict_words() -> dict[str, tuple[str, str]]:
    """Name what comes of an inquiry, with the tone of its tag."""
    return {
        Verdict.DISMISSED.value: (_("没有问题"), "good"),
        Verdict.WARNED.value: (_("警告"), "wait"),
        Verdict.TAKEN_DOWN.value: (_("商品下架"), "bad"),
        Verdict.LISTING_FROZEN.value: (_("不能上架新商品"), "bad"),
        Verdict.LIMITED.value: (_("限制每天的销售额"), "bad"),
        Verdict.WITHDRAWALS_HELD.value: (_("不能提现"), "bad"),
        Verdict.SUSPENDED.value: (_("店铺停售"), "bad"),
    }


def tab_words() -> dict[str, str]:
    """Name the lists of the desk."""
    return {"open": _("待处理"), "mine": _("我的"), "appeals": _("申诉"), "decided": _("已处理")}


def penalty_words() -> dict[str, str]:
    """Name what a penalty does."""
    return {
        PenaltyKind.WARNING.value: _("警告"),
        PenaltyKind.TAKEN_DOWN.value: _("商品下架"),
        PenaltyKind.LISTING_FROZEN.value: _("不能上架新商品"),
        PenaltyKind.LIMITED.value: _("限制每天的销售额"),
        PenaltyKind.WITHDRAWALS_HELD.value: _("不能提现"),
    }


def meaning_words() -> dict[str, str]:
    """Say what a penalty means for a shop."""
    return {
        PenaltyKind.WARNING.value: _("告诉店铺哪里不对，别的不变。"),
        PenaltyKind.TAKEN_DOWN.value: _("这件商品不能再买。"),
        PenaltyKind.LISTING_FROZEN.value: _("在卖的照卖，改也可以；新的不能上架。"),
        PenaltyKind.LIMITED.value: _("和没认证的店一样，每天最多卖到平台定的数。"),
        PenaltyKind.WITHDRAWALS_HELD.value: _("照常卖、照常结算，钱暂时提不走。"),
    }


def state_words() -> dict[str, tuple[str, str]]:
    """Say whether a penalty counts, with the tone of its tag."""
    return {
        PenaltyState.IN_FORCE.value: (_("生效中"), "bad"),
        PenaltyState.LIFTED.value: (_("已撤销"), "good"),
        PenaltyState.OVER.value: (_("已到期"), "plain"),
    }


def complaint_error(status: FileComplaintStatus) -> str:
    """Say why a complaint was not taken."""
    match status:
        case FileComplaintStatus.TEXT_MALFORMED:
            return _("请写清楚是什么事，不超过 1000 个字。")
        case FileComplaintStatus.ALREADY_COMPLAINED:
            return _("你投诉过了，正在处理。")
        case FileComplaintStatus.TOO_MANY_COMPLAINTS:
            return _("已经有很多人投诉，正在处理，不用再写了。")
        case _:
            return _("没有提交成功，请再试一次。")


def taking_error(status: TakeInquiryStatus) -> str:
    """Say why an inquiry was not taken."""
    match status:
        case TakeInquiryStatus.DECIDED:
            return _("这件事已经有结论了。")
        case TakeInquiryStatus.OWN_SHOP:
            return _("你在这家店工作，不能处理它。")
        case _:
            return _("同事正在处理。")


def decision_error(status: DecideInquiryStatus) -> tuple[str, str]:
    """Say where in the form a refusal belongs, and why it was refused."""
    match status:
        case DecideInquiryStatus.REASON_MALFORMED:
            return "reason", _("处罚要写原因，不超过 500 个字。")
        case DecideInquiryStatus.NOT_A_PRODUCT:
            return "verdict", _("只有商品可以下架。")
        case DecideInquiryStatus.ALREADY_TAKEN_DOWN:
            return "verdict", _("这件商品已经下架了。")
        case DecideInquiryStatus.NOT_SUSPENDED:
            return "days", _("没有停成：店铺已经停了或者关了，或者天数不是 1 到 365。")
        case DecideInquiryStatus.DAYS_INVALID:
            return "days", _("天数是 1 到 365。")
        case DecideInquiryStatus.SAME_PERSON:
            return "verdict", _("你判过这条处罚的申诉，要维持它，请另一位同事来。")
        case DecideInquiryStatus.OWN_SHOP:
            return "verdict", _("你在这家店工作，不能处理它。")
        case DecideInquiryStatus.ALREADY_DECIDED:
            return "verdict", _("这件事已经有结论了。")
        case _:
            return "verdict", _("这件事已经不在你手里了。")


def appeal_error(status: AppealPenaltyStatus) -> str:
    """Say why an appeal was not taken."""
    match status:
        case AppealPenaltyStatus.ALREADY_APPEALED:
            return _("已经申诉过一次了。")
        case AppealPenaltyStatus.LIFTED:
            return _("这条处罚已经撤销，不用申诉了。")
        case _:
            return _("请写清楚为什么，不超过 2000 个字。")


def judging_error(status: JudgePenaltyStatus) -> str:
    """Say why an appeal was not decided."""
    match status:
        case JudgePenaltyStatus.SAME_PERSON:
            return _("处罚是你作出的，申诉要由同事裁定。")
        case JudgePenaltyStatus.OWN_SHOP:
            return _("你在这家店工作，不能处理它。")
        case JudgePenaltyStatus.REASON_MALFORMED:
            return _("请写裁定的理由，不超过 500 个字。")
        case _:
            return _("这个申诉已经裁定了。")
