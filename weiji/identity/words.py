"""What pages of other modules say of a payment password that was entered."""

from weiji.identity.model import PasswordCheck, PasswordCheckStatus
from weiji.kit import clock
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import about


def payment_password_error(check: PasswordCheck) -> str:
    """Say what was wrong with a payment password."""
    if check.status is PasswordCheckStatus.LOCKED:
        time = about((check.locked_until or clock.now()) - clock.now())
        return _("试错太多次，支付密码锁住了。请在%(time)s后再试。", time=time)
    if check.status is PasswordCheckStatus.NOT_SET:
        return _("还没有支付密码。")
    return ngettext(
        "支付密码不对，还可以试 %(number)s 次。", "支付密码不对，还可以试 %(number)s 次。", check.tries_left or 0
    )
