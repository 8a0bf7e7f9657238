"""What pages call the roles of the operator's staff, and what they say each is for."""

from weiji.identity.staff.model import StaffRole
from weiji.web import gettext as _


def staff_role_word(role: StaffRole) -> str:
    """Name a role."""
    match role:
        case StaffRole.OPERATOR:
            return _("运营")
        case StaffRole.REVIEWER:
            return _("审核员")
        case StaffRole.ARBITER:
            return _("仲裁员")
        case StaffRole.AUDITOR:
            return _("审计员")


def staff_role_duty(role: StaffRole) -> str:
    """Say what somebody in a role may do."""
    match role:
        case StaffRole.OPERATOR:
            return _("管钱、规则、支付渠道、店铺和机器，也定谁在这里做事。动钱和给角色要两个运营。")
        case StaffRole.REVIEWER:
            return _("看店铺的认证、上架前的商品和投诉。")
        case StaffRole.ARBITER:
            return _("裁决买卖双方的纠纷，处理被举报的评价、投诉和停业的店铺。")
        case StaffRole.AUDITOR:
            return _("看每个员工做过什么，自己什么也不决定。")
