"""What pages say of people, and of passwords that were entered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from weiji.identity.model import PasswordCheck, PasswordCheckStatus, PasswordStatus, Person, Refusal
from weiji.identity.rules import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, RECOVERY_LENGTH, clean_recovery_code
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


def refusal_error(refusal: Refusal) -> str:
    """Say why what was entered lets no money go."""
    match refusal.status:
        case "login_password_wrong" | "login_password_locked":
            return wrong_password(refusal.locked_until)
        case "code_wrong" | "code_locked":
            return wrong_code(refusal.locked_until)
        case "step_up_needed":
            return _("今天付出的数目大，请再证明是你本人。")
        case status:
            word = PasswordCheckStatus(status.removeprefix("payment_password_"))
            return payment_password_error(PasswordCheck(word, refusal.tries_left, refusal.locked_until))


def change_refusal_error(refusal: Refusal) -> str:
    """Say why what was entered does not change where money goes to: that takes more, however little goes."""
    if refusal.status == "step_up_needed":
        return _("光有支付密码还不够，请再证明是你本人。")
    return refusal_error(refusal)


def pad_words(refusal: Refusal | None, amount: int, above: int) -> dict[str, Any]:
    """Tell the pad by which *amount* is spent what was wrong, and *above* what on one day it asks for more."""
    is_more = refusal is not None and refusal.above is not None
    error = refusal_error(refusal) if refusal else None
    return {
        "pad_error": None if is_more else error,
        "proof_error": error if is_more else None,
        # What was paid on the same day may bring a small sum above it.
        "step_up": above if amount > above or is_more else None,
        "is_not_set": refusal is not None and refusal.status == "payment_password_not_set",
        "is_locked": refusal is not None and refusal.status == "payment_password_locked",
    }


def password_error(status: PasswordStatus) -> str:
    """Say what is wrong with a login password that somebody wants to have."""
    match status:
        case PasswordStatus.PASSWORD_TOO_SHORT:
            return ngettext("太短了，至少 %(number)s 个字符。", "太短了，至少 %(number)s 个字符。", PASSWORD_LENGTH_MIN)
        case PasswordStatus.PASSWORD_TOO_LONG:
            return ngettext("太长了，最多 %(number)s 个字符。", "太长了，最多 %(number)s 个字符。", PASSWORD_LENGTH_MAX)
        case PasswordStatus.PASSWORD_BREACHED:
            return _("这个密码泄露过，别人会先试它。换一个吧。")
        case _:
            return _("密码里不要有用户名或手机号，也不要靠“微集”、“密码”这样的词凑长度。")


def wrong_password(locked_until: datetime | None) -> str:
    """Say that the login password was wrong, or is locked."""
    if locked_until:
        return _("试的次数太多了，请在%(time)s后再试。", time=wait_word(locked_until))
    return _("登录密码不对。")


def wrong_code(locked_until: datetime | None = None) -> str:
    """Say that a code of an app was wrong, or that codes are locked."""
    if locked_until:
        return _("试的次数太多了，请在%(time)s后再试。", time=wait_word(locked_until))
    return _("验证码不对，或者已经用过了。等下一个再试。")


def wrong_recovery_code(typed: str) -> str:
    """Say that a recovery code was wrong, or that it can be none."""
    return malformed_recovery_code() if clean_recovery_code(typed) is None else _("恢复码不对，或者已经用过了。")


def malformed_recovery_code() -> str:
    """Say that no recovery code reads like this."""
    return ngettext(
        "不完整或抄错了：恢复码有 %(number)s 个字母和数字。",
        "不完整或抄错了：恢复码有 %(number)s 个字母和数字。",
        RECOVERY_LENGTH,
    )


def wait_word(until: datetime) -> str:
    """Say how long it is until a time."""
    return about(until - clock.now())
