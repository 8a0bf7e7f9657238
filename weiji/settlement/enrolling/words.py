"""How pages tell of enrolments, in the reader's words."""

from weiji.onboarding import Case
from weiji.payments import (
    NO_ADDRESS,
    App,
    DecideNumberStatus,
    EnrolmentStatus,
    Errand,
    Fact,
    HandInEnrolmentStatus,
    Paper,
    Part,
    RecheckEnrolmentStatus,
    Setting,
    Task,
    WantEnrolmentStatus,
)
from weiji.settlement.enrolling.papers import PAPERS_GONE, is_verified
from weiji.settlement.enrolling.store import ShopEnrolment
from weiji.web import gettext as _


def operator_word(enrolment: ShopEnrolment) -> tuple[str, str]:
    """Say where an enrolment stands for the operator, and in which tone."""
    if enrolment.given_last4 is not None:
        return _("号码不同"), "bad"
    return (_("搁下了"), "bad") if enrolment.is_set_aside else status_word(enrolment.status)


def decision_word(status: DecideNumberStatus, *, is_taken: bool) -> str:
    """Say how deciding about a number ended."""
    if status is DecideNumberStatus.NOTHING_TO_DECIDE:
        return _("已经定过了。")
    return _("改绑到渠道给的号码了。") if is_taken else _("好，就用现在绑定的。")


def status_word(status: EnrolmentStatus | None) -> tuple[str, str]:
    """Say where an enrolment stands, and in which tone; None: the shop has not applied."""
    match status:
        case None:
            return _("还没有申请"), "plain"
        case EnrolmentStatus.WANTED:
            return _("待填资料"), "wait"
        case EnrolmentStatus.HANDED_IN:
            return _("正在提交"), "info"
        case EnrolmentStatus.IN_REVIEW:
            return _("渠道在审核"), "info"
        case EnrolmentStatus.TO_ACT:
            return _("等店主办理"), "wait"
        case EnrolmentStatus.REFUSED:
            return _("要改"), "bad"
        case EnrolmentStatus.TAKEN_ON:
            return _("已开通"), "good"


def app_word(app: App) -> str:
    """Name an app on a telephone."""
    match app:
        case App.WECHAT:
            return _("微信")
        case App.ALIPAY:
            return _("支付宝")


def errand_words(task: Task) -> tuple[str, str]:
    """Say what a shop has to do, and how."""
    name = app_word(task.app)
    match task.errand:
        case Errand.SIGN if task.url:
            return _("签约"), _("店主（企业是法定代表人）用手机里的%(name)s扫码，确认协议。", name=name)
        case Errand.SIGN:
            return _("签约"), _("店主在手机里的%(name)s会收到一条确认消息，点开它签约。", name=name)
        case Errand.PROVE:
            return _("验证法定代表人"), _("法定代表人用手机里的%(name)s扫码，验证是本人。", name=name)
        case Errand.TRANSFER:
            return _("汇款验证账户"), _("照下面汇一笔小钱，一分不差；扫码验证了就不用汇。")


def fact_word(fact: Fact) -> str:
    """Name what is to be written on a transfer."""
    words = {
        Fact.PAYER: _("付款户名"),
        Fact.PAYER_ACCOUNT: _("付款账号"),
        Fact.AMOUNT: _("金额"),
        Fact.PAYEE: _("收款户名"),
        Fact.PAYEE_ACCOUNT: _("收款账号"),
        Fact.PAYEE_BANK: _("收款银行"),
        Fact.PAYEE_PLACE: _("收款银行所在地"),
        Fact.NOTE: _("附言"),
        Fact.UNTIL: _("汇款截止"),
    }
    return words[fact]


def fault_word(fault: str) -> str:
    """Say what stands in the way that is not the shop's: in our words where they are ours, else in the channel's."""
    return _("没有设 WEIJI_URL：渠道要知道店铺的网址。") if fault == NO_ADDRESS else fault


def reason_word(reason: str) -> str:
    """Say why something was refused: in our words where it was refused here, else in the channel's."""
    is_ours = reason == PAPERS_GONE
    return _("要交的认证资料或照片已经不在平台上了。补好再交一次。") if is_ours else reason


def part_word(part: str, questions: tuple[Setting, ...]) -> str:
    """Name what a channel refused."""
    words: dict[str, str] = {
        Paper.ID_FRONT: _("身份证人像面"),
        Paper.ID_BACK: _("身份证国徽面"),
        Paper.LICENCE: _("营业执照"),
        Part.SHOP: _("店铺"),
        Part.NAME: _("姓名"),
        Part.ID_NUMBER: _("身份证号"),
        Part.COMPANY_NAME: _("企业名称"),
        Part.CREDIT_CODE: _("统一社会信用代码"),
        Part.HOLDER: _("结算账户的户名"),
    }
    asked = {question.name: question.label for question in questions}
    return asked.get(part) or words.get(part) or _("整个申请")


def lacks_word(case: Case) -> str | None:
    """Say what a shop lacks before it may apply; None: nothing."""
    if is_verified(case):
        return None
    if case.shop.verification == "verified":
        return _("这家店没有交过认证资料（演示和沙盒里的店直接算已认证），没有什么可以交给渠道。")
    return _("店铺先要通过认证，才能在渠道开通。")


def hand_in_error(status: HandInEnrolmentStatus) -> str:
    """Say why nothing was handed in."""
    match status:
        case HandInEnrolmentStatus.NOT_VERIFIED:
            return _("店铺先要通过认证。")
        case HandInEnrolmentStatus.INVALID:
            return _("有几处要改，已经标出来了。什么都还没有提交。")
        case HandInEnrolmentStatus.BOUND:
            return _("店铺已经在这个渠道开通了。")
        case _:
            return _("现在不能在这个渠道申请。")


def want_errors(status: WantEnrolmentStatus) -> dict[str, str]:
    """Say what is wrong with the form that asks a shop to apply, by field."""
    match status:
        case WantEnrolmentStatus.SHOP_NOT_FOUND:
            return {"handle": _("没有这家店铺。")}
        case WantEnrolmentStatus.BOUND:
            return {"handle": _("这家店已经绑定了这个渠道的二级商户号。")}
        case _:
            return {"channel": _("请选一个渠道。")}


def recheck_word(status: RecheckEnrolmentStatus) -> str:
    """Say whether a channel is asked at once."""
    return _("马上再问渠道。") if status is RecheckEnrolmentStatus.RECHECKED else _("现在没有要问的。")
