"""What pages say of reviews."""

from weiji.reviews.model import (
    ANSWER_MAX,
    PHOTOS_MAX,
    TEXT_MAX,
    AnswerStatus,
    FollowUpStatus,
    JudgeHoldStatus,
    Part,
    RateStatus,
    Rating,
    ReportKind,
    ReviewStatus,
    RuleStatus,
)
from weiji.web import gettext as _
from weiji.web import ngettext


def star_words() -> dict[int, str]:
    """Name what each number of stars means."""
    return {1: _("很差"), 2: _("差"), 3: _("一般"), 4: _("较好"), 5: _("很好")}


def rating_words() -> dict[str, tuple[str, str]]:
    """Name what a shop thinks of a buyer, and the tone of its tag."""
    return {Rating.GOOD: (_("好评"), "good"), Rating.NEUTRAL: (_("中评"), "plain"), Rating.BAD: (_("差评"), "bad")}


def report_words() -> dict[str, str]:
    """Name what somebody may complain of."""
    return {
        ReportKind.PAID: _("拿好处换来的评价"),
        ReportKind.ABUSE: _("骂人、威胁"),
        ReportKind.PRIVACY: _("泄露了别人的隐私"),
        ReportKind.ADVERT: _("广告"),
        ReportKind.UNTRUE: _("说的不是事实"),
    }


def part_words() -> dict[str, str]:
    """Name what of a review somebody wrote."""
    return {Part.REVIEW: _("买家的评价"), Part.ANSWER: _("店家的回复"), Part.FOLLOW_UP: _("买家的追评")}


def held_toast() -> str:
    """Say that something is looked at first."""
    return _("记下了。有几个字要平台先看过，才会公开。")


def hold_error(status: JudgeHoldStatus) -> str:
    """Say why what staff decided about a hold was not taken."""
    match status:
        case JudgeHoldStatus.OWN_SHOP:
            return _("和你自己有关的评价，请别人来处理。")
        case JudgeHoldStatus.REASON_MALFORMED:
            return ngettext("请写上理由，最多 %(number)s 个字。", "请写上理由，最多 %(number)s 个字。", ANSWER_MAX)
        case _:
            return _("刚刚有人处理过了，请看看现在的状态。")


def write_score(hundredths: int) -> str:
    """Write an average of stars with one decimal, cut off: 4.99 is not 5.0."""
    return f"{hundredths // 10 / 10:.1f}"


def own_shop() -> str:
    """Say why who works for a shop reviews no trade with it."""
    return _("你现在在这家店工作，不能评价它。")


def review_error(status: ReviewStatus) -> str:
    """Say why a review was not taken."""
    match status:
        case ReviewStatus.ALREADY_REVIEWED:
            return _("已经评价过了。公开以后可以追评。")
        case ReviewStatus.OWN_SHOP:
            return own_shop()
        case ReviewStatus.NOT_SETTLED:
            return _("交易结算以后才能评价。")
        case ReviewStatus.UNDONE:
            return _("这笔交易的钱已经全部退回，不能评价。")
        case ReviewStatus.TOO_LATE:
            return _("评价的时间过了。")
        case ReviewStatus.SCORE_OUT_OF_RANGE | ReviewStatus.LINES_DIFFER:
            return _("每一项都请打分。")
        case ReviewStatus.TEXT_MALFORMED:
            return ngettext("每段最多 %(number)s 个字。", "每段最多 %(number)s 个字。", TEXT_MAX)
        case ReviewStatus.PHOTOS_NOT_FOUND:
            return ngettext(
                "每件商品最多 %(number)s 张照片，请重新选。", "每件商品最多 %(number)s 张照片，请重新选。", PHOTOS_MAX
            )
        case _:
            return _("没有保存，请再试一次。")


def shop_error(status: RateStatus | AnswerStatus) -> str:
    """Say why what a shop said was not taken."""
    match status.value:
        case RateStatus.OFFERS_PAYMENT.value:
            return _("不能拿返现、红包之类的好处换评价。请改一改。")
        case RateStatus.ALREADY_RATED.value | AnswerStatus.ALREADY_ANSWERED.value:
            return _("已经说过了，不能再改。")
        case RateStatus.TOO_LATE.value:
            return _("评价的时间过了。")
        case RateStatus.UNDONE.value:
            return _("这笔交易的钱已经全部退回，不能评价。")
        case RateStatus.NOT_SETTLED.value:
            return _("交易结算以后才能评价。")
        case RateStatus.TEXT_MALFORMED.value:
            return ngettext("请写 1 到 %(number)s 个字。", "请写 1 到 %(number)s 个字。", ANSWER_MAX)
        case _:
            return _("没有保存，请再试一次。")


def follow_up_error(status: FollowUpStatus) -> str:
    """Say why nothing was added."""
    match status:
        case FollowUpStatus.ALREADY_ADDED:
            return _("已经追评过了。")
        case FollowUpStatus.OWN_SHOP:
            return own_shop()
        case FollowUpStatus.UNDONE:
            return _("这笔交易的钱已经全部退回，不能评价。")
        case FollowUpStatus.TOO_LATE:
            return _("追评的时间过了。")
        case FollowUpStatus.TEXT_MALFORMED:
            return ngettext("请写 1 到 %(number)s 个字。", "请写 1 到 %(number)s 个字。", TEXT_MAX)
        case _:
            return _("没有保存，请再试一次。")


def rule_error(status: RuleStatus) -> str:
    """Say why a ruling was not taken."""
    match status:
        case RuleStatus.OWN_SHOP:
            return _("和你自己有关的评价，请别人来处理。")
        case RuleStatus.REASON_MALFORMED:
            return ngettext("请写上理由，最多 %(number)s 个字。", "请写上理由，最多 %(number)s 个字。", ANSWER_MAX)
        case RuleStatus.NOTHING_TO_REMOVE:
            return _("这条举报说的是店家的做法，没有可以移除的评价。")
        case _:
            return _("刚刚有人处理过了，请看看现在的状态。")
