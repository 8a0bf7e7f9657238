"""What pages say of certificates."""

from weiji.credit.certificates.model import (
    CERTIFICATES_MAX,
    HANDED_OVER,
    ISSUERS_MAX,
    REASON_MAX,
    BringStatus,
    Brought,
    BroughtState,
    CertificateState,
    DistrustStatus,
    IssueStatus,
    TrustStatus,
    WithdrawStatus,
)
from weiji.web import gettext as _
from weiji.web import ngettext


def certificate_word(state: CertificateState) -> tuple[str, str]:
    """Name whether a certificate stands, and the tone of its tag."""
    match state:
        case CertificateState.IN_FORCE:
            return _("有效"), "good"
        case CertificateState.WITHDRAWN:
            return _("已作废"), "plain"
        case CertificateState.EXPIRED:
            return _("已过期"), "plain"


def brought_word(brought: Brought, *, is_expired: bool) -> tuple[str, str]:
    """Name what became of what a shop brought, and the tone of its tag."""
    match brought.state:
        case BroughtState.IN_FORCE if not brought.is_believed:
            return _("平台不再信任那边"), "wait"
        case BroughtState.IN_FORCE:
            return (_("已过期"), "wait") if is_expired else (_("正在展示"), "good")
        case BroughtState.WITHDRAWN:
            return _("已作废"), "wait"
        case BroughtState.REPLACED:
            return _("换成了新的"), "plain"
        case BroughtState.REMOVED:
            return _("不再展示"), "plain"


def reason_word(reason: str) -> str:
    """Say why a certificate does not stand any more: as somebody wrote it, or as it came about."""
    return _("店铺转让了。") if reason == HANDED_OVER else reason


def reason_error() -> str:
    """Say what a reason is."""
    return ngettext("请写原因，不超过 %(number)s 个字。", "请写原因，不超过 %(number)s 个字。", REASON_MAX)


def issue_error(status: IssueStatus) -> str:
    """Say why there is no certificate."""
    match status:
        case IssueStatus.AUDIENCE_MALFORMED:
            return _("请填那家店的完整地址，例如 https://shop.example/shops/tea。")
        case IssueStatus.SUBJECT_UNKNOWN:
            return _("先做店铺认证：证明里要说明两边是同一个主体。")
        case IssueStatus.NOTHING_TO_CERTIFY:
            return _("这家店还没有分数，没有什么可证明的。")
        case IssueStatus.EXCEEDS_LIMIT:
            return ngettext(
                "有效的证明最多 %(number)s 份，先作废一份。",
                "有效的证明最多 %(number)s 份，先作废一份。",
                CERTIFICATES_MAX,
            )
        case _:
            return _("没有开成，请再试一次。")


def withdraw_error(status: WithdrawStatus) -> str:
    """Say why a certificate was not withdrawn."""
    return reason_error() if status is WithdrawStatus.REASON_MALFORMED else _("找不到这份证明。")


def bring_error(status: BringStatus) -> str:
    """Say why a certificate is not taken."""
    match status:
        case BringStatus.ISSUER_UNKNOWN:
            return _("本站还不信任开证明的那个站点，请联系客服。")
        case BringStatus.SIGNATURE_WRONG:
            return _("签名对不上：证明被改过，或者不是那个站点开的。")
        case BringStatus.ANOTHER_SHOP:
            return _("这份证明不是开给这家店的。请按上面的地址重新开一份。")
        case BringStatus.EXPIRED:
            return _("这份证明已经过期，请重新开一份。")
        case BringStatus.SUBJECT_UNKNOWN:
            return _("先在这里做店铺认证：要核对两边是同一个主体。")
        case BringStatus.ANOTHER_SUBJECT:
            return _("那家店的主体和这家店的不是同一个。")
        case BringStatus.WITHDRAWN:
            return _("这份证明已经作废。")
        case BringStatus.OLDER:
            return _("已经带来了那边更新的一份。")
        case _:
            return _("这不是一份信用证明。")


def trust_error(status: TrustStatus) -> str:
    """Say why an installation is not believed."""
    match status:
        case TrustStatus.ADDRESS_MALFORMED:
            return _("请填站点地址，例如 https://shop.example，后面不带路径。")
        case TrustStatus.OURSELVES:
            return _("这是本站自己。")
        case TrustStatus.KEYS_NOT_FOUND:
            return _("没有取到公钥。请检查地址，或者把那边的公钥文件贴在下面。")
        case TrustStatus.EXISTS:
            return _("已经信任了。")
        case _:
            return ngettext(
                "最多信任 %(number)s 把公钥，先停掉一些。", "最多信任 %(number)s 把公钥，先停掉一些。", ISSUERS_MAX
            )


def distrust_error(status: DistrustStatus) -> str:
    """Say why nothing ended."""
    return reason_error() if status is DistrustStatus.REASON_MALFORMED else _("这个站点现在并不被信任。")
