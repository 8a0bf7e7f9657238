"""How an edge has it proved that money may go: by the fields of a form, or by each body of a batch.

The payment password is six digits. What it lets go alone is added up for each day: above the setting `step_up_above`
whoever spends shows a code of their app, too, or without an app gives the login password (OWASP ASVS 5.0, 7.5.3). So
does, whatever the sum, whoever says where money is to go later.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from msgspec.structs import replace

from weiji.identity.model import PasswordCheck, Proof, Refusal, Spending
from weiji.identity.oneself import Unproven, step_up
from weiji.identity.payment_password import check_payment_password, count_by_digits
from weiji.identity.sessions import origin_of
from weiji.kit.ids import derive
from weiji.web.api import ApiRequest
from weiji.web.forms import Form
from weiji.web.requests import WebRequest


class Proving(Protocol):
    """The body of a command that lets money go."""

    @property
    def payment_password(self) -> str | None: ...
    @property
    def login_password(self) -> str | None: ...
    @property
    def code(self) -> str | None: ...


def proof_in(body: Proving) -> Proof:
    """Give what the body of a command proves with."""
    return Proof(payment_password=body.payment_password, login_password=body.login_password, code=body.code)


async def check_entered_password(request: WebRequest, form: Form) -> PasswordCheck:
    """Check the payment password in a form of whoever is signed in. As with all checks: no transaction is open."""
    return await check_payment_password(
        request.database, request.person_id, form.raw("payment_password"), origin_of(request.scope)
    )


async def refuse_entered_spending(request: WebRequest, form: Form, id: UUID, amount: int) -> Refusal | None:
    """Say why what was entered in a form does not let *amount* go, for what has this id; None where it does.

    The field `proof` is the code of who has an app, and else the login password.
    """
    proof = _entered_proof(form)
    spending = Spending(id=id, amount=amount, proof=proof)
    refusal = (await check_entered_password(request, form)).refusal
    return refusal or (await _refuse_digits(request, [spending]))[spending]


async def refuse_entered_change(request: WebRequest, form: Form) -> Refusal | None:
    """Say why what was entered in a form does not change where money goes to, as `refuse_changes` does."""
    refusal = (await check_entered_password(request, form)).refusal
    return refusal or await _refuse_alone(request, _entered_proof(form))


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


async def refuse_spendings(request: ApiRequest, spendings: Iterable[Spending]) -> dict[Spending, Refusal | None]:
    """Check what lets money go in a request's commands, as `refuse_payment_passwords` does.

    The same code in several commands is used, and counted, once.
    """
    spendings = list(dict.fromkeys(spendings))
    refusals = await refuse_payment_passwords(request, [each.proof.payment_password for each in spendings])
    found = {each: refusals[each.proof.payment_password] for each in spendings}
    return found | await _refuse_digits(request, [each for each in spendings if found[each] is None])


async def refuse_changes(request: ApiRequest, proofs: Iterable[Proof]) -> dict[Proof, Refusal | None]:
    """Check what lets a request's commands say where money goes to: always more than the payment password.

    All that comes later goes there without anybody being asked.
    """
    proofs = list(dict.fromkeys(proofs))
    refusals = await refuse_payment_passwords(request, [proof.payment_password for proof in proofs])
    found = {proof: refusals[proof.payment_password] for proof in proofs}
    more = await _check_more(request, [proof for proof in proofs if found[proof] is None])
    return {proof: found[proof] or more[_without_digits(proof)] for proof in proofs}


async def _refuse_digits(request: WebRequest, spendings: Sequence[Spending]) -> dict[Spending, Refusal | None]:
    """Say which spendings a payment password that was right does not let go, and count those that it does, alone."""
    most = request.settings.step_up_above
    more = await _check_more(request, [each.proof for each in spendings])
    found = {each: more[_without_digits(each.proof)] for each in spendings}
    alone = [each for each in spendings if found[each] is not None]
    if not alone:
        return found
    # An id is made use of once by each way to spend. What was refused may be asked again for another amount.
    path = request.scope["path_template"]
    asked = [(derive(each.id, path, each.amount), each.amount) for each in alone]
    for each, left in zip(alone, await count_by_digits(request.database, request.person_id, asked, most), strict=True):
        refusal = found[each]
        assert refusal is not None
        found[each] = None if left is None else replace(refusal, above=left)
    return found


async def _check_more(request: WebRequest, proofs: Iterable[Proof]) -> dict[Proof, Refusal | None]:
    """Check what was entered besides payment passwords that were right, each that is different once."""
    return {more: await _refuse_alone(request, more) for more in dict.fromkeys(map(_without_digits, proofs))}


async def _refuse_alone(request: WebRequest, more: Proof) -> Refusal | None:
    """Say why a payment password that was right is alone; None where *more* is right, too."""
    origin = origin_of(request.scope)
    unproven = await step_up(request.database, request.person_id, more.login_password, more.code, origin)
    if isinstance(unproven, Unproven):
        return Refusal(unproven.status, locked_until=unproven.locked_until, above=0)
    return Refusal(unproven, above=0) if unproven else None


def _without_digits(proof: Proof) -> Proof:
    return replace(proof, payment_password=None)


def _entered_proof(form: Form) -> Proof:
    proof = form.raw("proof") or None
    return Proof(login_password=proof, code=proof)
