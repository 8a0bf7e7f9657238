"""How an edge has it proved that money may go: by the fields of a form, or by each body of a batch.

The payment password is six digits. It is never alone for large sums: above the setting `step_up_above` whoever spends
shows a code of their app, too, or without an app gives the login password (OWASP ASVS 5.0, 7.5.3).
"""

from collections.abc import Iterable

from weiji.identity.model import PasswordCheck, Proof, Refusal
from weiji.identity.oneself import Unproven, step_up
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


async def refuse_entered_spending(request: WebRequest, form: Form, amount: int) -> Refusal | None:
    """Say why what was entered in a form does not let *amount* go; None where it does.

    The field `proof` is the code of who has an app, and else the login password.
    """
    refusal = (await check_entered_password(request, form)).refusal
    above = request.settings.step_up_above
    if refusal is not None or amount <= above:
        return refusal
    proof = form.raw("proof") or None
    return await _refuse_alone(request, Proof(login_password=proof, code=proof))


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


async def refuse_spendings(request: ApiRequest, proofs: Iterable[Proof]) -> dict[Proof, Refusal | None]:
    """Check what lets money go in a request's commands, as `refuse_payment_passwords` does.

    Where the payment password is right and nothing else is, the refusal is of large sums only: see `Refusal.bars`. The
    same code in several commands is used, and counted, once.
    """
    proofs = list(dict.fromkeys(proofs))
    refusals = await refuse_payment_passwords(request, [proof.payment_password for proof in proofs])
    alone: dict[Proof, Refusal | None] = {}
    found: dict[Proof, Refusal | None] = {}
    for proof in proofs:
        refusal = refusals[proof.payment_password]
        if refusal is None:
            more = Proof(login_password=proof.login_password, code=proof.code)
            if more not in alone:
                alone[more] = await _refuse_alone(request, more)
            refusal = alone[more]
        found[proof] = refusal
    return found


async def _refuse_alone(request: WebRequest, more: Proof) -> Refusal | None:
    """Say why a payment password that was right opens no large sums; None where *more* is right, too."""
    origin = origin_of(request.scope)
    unproven = await step_up(request.database, request.person_id, more.login_password, more.code, origin)
    above = request.settings.step_up_above
    if isinstance(unproven, Unproven):
        return Refusal(unproven.status, locked_until=unproven.locked_until, above=above)
    return Refusal(unproven, above=above) if unproven else None
