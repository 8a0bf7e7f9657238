"""Names of what belongs to a shop, in the reader's language."""

from weiji.shops.staff.model import AnswerInvitationStatus, InviteStaffStatus
from weiji.web import Permission
from weiji.web import gettext as _
from weiji.web.permissions import ROLES, allows


def role_word(role: str) -> str:
    """Name a role in a shop."""
    return {
        "owner": _("店主"),
        "manager": _("店长"),
        "goods": _("商品"),
        "orders": _("客服"),
        "finance": _("财务"),
    }[role]


def roles() -> dict[str, str]:
    """Name every role, the first above the others."""
    return {role: role_word(role) for role in ROLES}


def permission_word(permission: Permission) -> tuple[str, str]:
    """Name what somebody may do in a shop, and what there is in it."""
    match permission:
        case Permission.DESK:
            return _("后台"), _("看待办，自己退出店铺")
        case Permission.GOODS:
            return _("商品"), _("商品、库存、图片、导入")
        case Permission.ORDERS:
            return _("订单"), _("看订单和收货人，发货、改期、退款")
        case Permission.MONEY:
            return _("看资金"), _("成交额、账目、提现记录")
        case Permission.WITHDRAWALS:
            return _("动资金"), _("提现到店主登记的账户；要本人的支付密码")
        case Permission.SHOP:
            return _("店铺设置"), _("店名、故事、休假、店里发生的一切")
        case Permission.STAFF:
            return _("员工"), _("邀请、改角色、移出职位比自己低的人")
        case Permission.OWNERSHIP:
            return _("店主的事"), _("认证、银行账户、申诉、关店、转让")


def matrix() -> list[tuple[str, str, list[bool]]]:
    """Write the table of roles: a row for each permission, with a cell for each role."""
    return [(*permission_word(permission), [allows(role, permission) for role in ROLES]) for permission in Permission]


def invitation_error(status: InviteStaffStatus) -> str:
    """Say why nobody was invited."""
    match status:
        case InviteStaffStatus.PERSON_NOT_FOUND:
            return _("没有人用这个用户名或手机号登录。请对方先注册。")
        case InviteStaffStatus.ALREADY_STAFF:
            return _("这个人已经在店里了。")
        case InviteStaffStatus.ALREADY_INVITED:
            return _("已经邀请过了，在等答复。")
        case InviteStaffStatus.NOT_ALLOWED:
            return _("你的角色不能邀请人担任这个角色。")
        case InviteStaffStatus.EXCEEDS_LIMIT:
            return _("店里的人满了。")
        case _:
            return _("没有发出去，请再试一次。")


def answer_error(status: AnswerInvitationStatus) -> str:
    """Say why an answer to an invitation counts for nothing."""
    match status:
        case AnswerInvitationStatus.EXPIRED:
            return _("邀请已经过期，请店里再发一次。")
        case AnswerInvitationStatus.WITHDRAWN:
            return _("店里已经收回了这个邀请。")
        case _:
            return _("这个邀请已经答复过了。")
