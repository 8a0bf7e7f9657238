"""Proves of roles of the operator's staff that two give them to a third, as operators that they still are."""

from tests.identity.people import make_people
from weiji.approvals import (
    DecideProposal,
    DecideResult,
    DecideStatus,
    ProposeDeed,
    ProposeStatus,
    RoleGrant,
    Verdict,
    decide_proposals,
    hash_of,
    list_waiting_grants,
    propose_deeds,
)
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import GiveStaffRole, StaffRole, TakeStaffRole, get_staff_member, give_staff_roles, take_staff_roles
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id

_D = DecideStatus


async def test_a_role_is_given_by_two_who_are_operators_when_it_is(tx: Transaction) -> None:
    maker, checker, third, clerk = await make_people(tx, 4)
    operators = [
        GiveStaffRole(person_id=id, role=StaffRole.OPERATOR, actor=BY_SYSTEM) for id in (maker, checker, third)
    ]
    await give_staff_roles(tx, operators)
    deeds = [RoleGrant(person_id=id, role=StaffRole.AUDITOR) for id in (clerk, third, maker)]
    proposed = [
        ProposeDeed(id=new_id(deed.person_id), deed=deed, reason="忙", actor=Actor("staff", maker)) for deed in deeds
    ]
    elsewhere = ProposeDeed(id=new_id(), deed=deeds[0], reason="忙", actor=Actor("staff", maker))
    while elsewhere.id.int & 63 == clerk.int & 63:
        elsewhere = ProposeDeed(id=new_id(), deed=deeds[0], reason="忙", actor=Actor("staff", maker))
    again = ProposeDeed(id=new_id(clerk), deed=deeds[0], reason="再提", actor=Actor("staff", third))
    assert await propose_deeds(tx, [*proposed, elsewhere, again]) == [
        *(ProposeStatus.PROPOSED, ProposeStatus.PROPOSED, ProposeStatus.OWN_ROLE),
        *(ProposeStatus.PLACE_INVALID, ProposeStatus.PROPOSED),
    ]
    assert {each.person_id for each in await list_waiting_grants(tx, tx.now)} == {clerk, third}

    async def agree(proposal: ProposeDeed, by: object) -> DecideResult:
        hash = hash_of(proposal.id, proposal.deed)
        actor = Actor("staff", by)  # type: ignore[arg-type]
        (result,) = await decide_proposals(
            tx, [DecideProposal(id=proposal.id, verdict=Verdict.APPROVE, actor=actor, hash=hash)]
        )
        return result

    assert (await agree(proposed[0], maker)).status is _D.OWN_PROPOSAL
    assert (await agree(proposed[1], third)).status is _D.OWN_ROLE
    assert (await agree(proposed[0], checker)).status is _D.APPROVED
    assert await agree(again, checker) == DecideResult(status=_D.LEDGER_REFUSED, failure="role_already_given")
    # Whoever leaves in anger leaves no role behind for a friend.
    leaving = TakeStaffRole(person_id=maker, roles=(StaffRole.OPERATOR,), actor=Actor("staff", checker), reason="走了")
    await take_staff_roles(tx, [leaving])
    assert await agree(proposed[1], checker) == DecideResult(status=_D.LEDGER_REFUSED, failure="role_not_allowed")
    member, other = await get_staff_member(tx, clerk, tx.now), await get_staff_member(tx, third, tx.now)
    assert member
    assert other
    assert (member.has(StaffRole.AUDITOR), other.has(StaffRole.AUDITOR)) == (True, False)
