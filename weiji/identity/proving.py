"""How an edge has the payment password proved: by the field of a form, or by each body of a batch."""

from collections.abc import Iterable

from weiji.identity.model import PasswordCheck, Refusal
from weiji.identity.payment_password import check_payment_password
from weiji.identity.sessions import origin_of
from weiji.web.api import ApiRequest
from weiji.web.forms import Form
from weiji.web.requests import WebRequest


async def check_entered_password(request: WebRequest, form: Form) -> PasswordCheck:
    """Check the payment password in a form of whoever is signed in. As with all checks: no transaction is open."""
    return await check_payment_password(
        request.database, request.person_id, form.raw("payment_password"), origin_of(request.scope)
    )


async def refuse_payment_passwords(
    request: ApiRequest, passwords: Iterable[str | None]
) -> dict[str | None, Refusal | None]:
    """Check the payment passwords of a request's commands, each that is different once and in their order.

    Tells why each is refused; None where it was right. A command without one is refused, too.
    """
    origin = origin_of(request.scope)
    refusals: dict[str | None, Refusal | None] = {None: Refusal("payment_password_missing")}
    for password in passwords:
        if password is not None and password not in refusals:
            check = await check_payment_password(request.database, request.person_id, password, origin)
            refusals[password] = check.refusal
    return refusals
