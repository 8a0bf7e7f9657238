"""Proves of the operator's staff by the API: two give a role, one takes it, and whoever may not changes nothing."""

from typing import Any
from uuid import UUID

from tests.api.town import Town
from tests.identity.people import PASSWORD
from weiji.events import BY_SYSTEM
from weiji.identity import GiveStaffRole, StaffRole, give_staff_roles
from weiji.kit.ids import new_id

PAYMENT_PASSWORD = "592817"
TAKE, DECIDE, PROPOSE = "/platform/staff/take", "/approvals/decide", "/approvals/propose"


async def employ(town: Town, *roles: StaffRole) -> UUID:
    """Have somebody sign up, with a payment password, and give them roles by the command line."""
    id = new_id()
    person = {"id": str(id), "handle": f"p{id.hex[-12:]}", "display_name": "阿青", "password": PASSWORD}
    assert (await town.ask("POST", "/people", person)).json()["status"] == "created"
    setting = {"payment_password": PAYMENT_PASSWORD, "login_password": PASSWORD}
    await town.ask("PUT", "/payment-password", setting, headers=await town.sign_in(id))
    async with town.database.transaction() as tx:
        await give_staff_roles(tx, [GiveStaffRole(person_id=id, role=role, actor=BY_SYSTEM) for role in roles])
    return id


async def ask(town: Town, id: UUID, method: str, path: str, *commands: Any) -> Any:
    """Ask as somebody who is signed in; give the results, or with what else it was answered."""
    headers = await town.sign_in(id)
    answer = await town.ask(method, path, list(commands) or None, headers=headers, key=new_id().hex)
    return answer.json() if answer.status_code == 200 else answer.status_code


def proposing(person_id: UUID, role: StaffRole) -> dict[str, Any]:
    deed = {"deed": "role_grant", "person_id": str(person_id), "role": role}
    return {"id": str(new_id(person_id)), "deed": deed, "reason": "忙不过来"}


async def test_two_give_one_takes_and_the_rest_may_do_nothing(town: Town) -> None:
    boss, other = await employ(town, StaffRole.OPERATOR), await employ(town, StaffRole.OPERATOR)
    clerk = await employ(town)
    proposal = proposing(clerk, StaffRole.ARBITER)
    assert await ask(town, boss, "POST", PROPOSE, proposal, proposing(boss, StaffRole.AUDITOR)) == [
        {"status": "proposed"},
        {"status": "own_role"},
    ]
    hash = (await ask(town, boss, "GET", f"/approvals/{proposal['id']}"))["hash"]
    agreeing = {"id": proposal["id"], "verdict": "approve", "hash": hash, "payment_password": PAYMENT_PASSWORD}
    taking = {"person_id": str(other), "role": "operator", "reason": "走了", "payment_password": PAYMENT_PASSWORD}
    before = (await ask(town, boss, "GET", "/platform/staff"))["items"]
    for role in (None, StaffRole.REVIEWER, StaffRole.ARBITER, StaffRole.AUDITOR):
        id = await employ(town, *([role] if role else []))
        for path in ("/platform/staff", "/platform/staff/changes"):
            answer = await ask(town, id, "GET", path)
            assert (answer == 403) is (role is not StaffRole.AUDITOR), (role, answer)
        for path, command in ((PROPOSE, proposing(clerk, StaffRole.AUDITOR)), (DECIDE, agreeing), (TAKE, taking)):
            assert await ask(town, id, "POST", path, command) == 403, (role, path)
        # Nor does a key of an operator's, whatever its scopes: it is for whoever sits there.
    key = await town.make_key(boss)
    assert (await town.ask("POST", TAKE, [taking], by=key, key=new_id().hex)).status_code == 401
    now = (await ask(town, boss, "GET", "/platform/staff"))["items"]
    assert [each for each in now if each["person_id"] in (str(boss), str(other))] == before
    assert (await ask(town, boss, "POST", DECIDE, agreeing))[0]["status"] == "own_proposal"
    assert (await ask(town, other, "POST", DECIDE, agreeing))[0]["status"] == "approved"
    (change,) = (await ask(town, boss, "GET", f"/platform/staff/changes?person_id={clerk}"))["items"]
    assert (change["proposed_by"], change["actor_id"]) == (str(boss), str(other))
    assert (await ask(town, boss, "POST", TAKE, taking))[0]["status"] == "too_few_operators"
    await employ(town, StaffRole.OPERATOR)
    wrong = await ask(town, boss, "POST", TAKE, taking | {"payment_password": "000000"}, taking | {"reason": ""})
    assert [result["status"] for result in wrong] == ["payment_password_wrong", "reason_missing"]
    assert (await ask(town, boss, "POST", TAKE, taking))[0]["status"] == "taken"
    assert await ask(town, other, "GET", "/platform/staff") == 401, "the session has ended"
    last = taking | {"person_id": str(boss)}
    assert (await ask(town, boss, "POST", TAKE, last))[0]["status"] == "too_few_operators", "two have to stay"
