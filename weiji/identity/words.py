"""What pages of other modules say of people, and of a payment password that was entered."""

from collections.abc import Mapping
from uuid import UUID

from weiji.identity.model import PasswordCheck, PasswordCheckStatus, Person
from weiji.kit import clock
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import about


def person_word(people: Mapping[UUID, Person], id: UUID) -> str:
    """Name a person; by the id, where nobody is known by it."""
    person = people.get(id)
    return person.display_name if person else str(id)


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
