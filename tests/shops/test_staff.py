"""Proves who gets to work in a shop: every status, the law of batches, that a role counts at once, and that a shop has
one owner whatever comes together."""

import asyncio
from copy import deepcopy
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.identity.people import make_people, sign_up_command
from weiji.events import Actor, outbox
from weiji.identity import Refusal, Role, get_people, sign_up_people
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.shops import OpenShop, get_shops, open_shops
from weiji.shops.model import Shop, ShopState, Verification
from weiji.shops.staff import store
from weiji.shops.staff.model import (
    INVITATION_LASTS,
    MEMBERS_MAX,
    AnswerInvitation,
    ChangeStaff,
    Invitation,
    InvitationState,
    InviteStaff,
    Member,
    RemoveStaff,
    WithdrawInvitation,
)
from weiji.shops.staff.operations import (
    answer_invitations,
    change_staff,
    invite_staff,
    remove_staff,
    withdraw_invitations,
)
from weiji.shops.staff.rules import Staff, is_above
from weiji.web.permissions import ROLES

SHOP = derive(UUID(int=1), "shop")
PEOPLE = [derive(UUID(int=n), "person") for n in range(2, 6)]
NAMES = ["owner", "mei", "lei", "an", "nobody"]
INVITATIONS = [derive(SHOP, n) for n in range(3)]
NOW = clock.now()

actors = st.sampled_from([Actor("merchant", person) for person in PEOPLE])
roles = st.sampled_from([Role(role) for role in ROLES])
commands = st.one_of(
    st.builds(
        InviteStaff,
        id=st.sampled_from(INVITATIONS),
        shop_id=st.just(SHOP),
        name=st.sampled_from(NAMES),
        role=roles,
        actor=actors,
    ),
    st.builds(
        AnswerInvitation,
        invitation_id=st.sampled_from(INVITATIONS),
        is_accepted=st.sampled_from([True, True, False]),
        actor=actors,
    ),
    st.builds(WithdrawInvitation, invitation_id=st.sampled_from(INVITATIONS), actor=actors),
    st.builds(ChangeStaff, shop_id=st.just(SHOP), person_id=st.sampled_from(PEOPLE), role=roles, actor=actors),
    st.builds(RemoveStaff, shop_id=st.just(SHOP), person_id=st.sampled_from(PEOPLE), actor=actors),
)


def _staff() -> Staff:
    shop = Shop(
        id=SHOP,
        handle="tea",
        name="茶",
        story="",
        owner_id=PEOPLE[0],
        status=ShopState.OPEN,
        colour="#06803f",
        created_at=NOW,
        verification=Verification.VERIFIED,
    )
    owner = Member(shop_id=SHOP, person_id=PEOPLE[0], role=Role.OWNER, joined_at=NOW)
    return Staff(
        shops={SHOP: shop},
        members={(SHOP, PEOPLE[0]): owner},
        invitations={},
        people=dict(zip(NAMES, PEOPLE, strict=False)),
        now=NOW,
    )


def _do(staff: Staff, command: Any) -> str:
    match command:
        case InviteStaff():
            return staff.invite(command)
        case AnswerInvitation():
            return staff.answer(command)
        case WithdrawInvitation():
            return staff.withdraw(command)
        case ChangeStaff():
            return staff.change(command)
        case _:
            return staff.remove(command)


@given(st.lists(commands, max_size=30))
def test_whatever_comes_a_shop_has_one_owner_and_nobody_rises_by_themselves(drawn: list[Any]) -> None:
    staff = _staff()
    for command in drawn:
        before = deepcopy(staff)
        _do(staff, command)
        owners = [member.person_id for member in staff.members.values() if member.role is Role.OWNER]
        assert owners == [staff.shops[SHOP].owner_id]
        if staff.shops[SHOP].owner_id != before.shops[SHOP].owner_id:
            assert staff.shops[SHOP].verification is Verification.UNVERIFIED
        changed = [key for key, member in staff.members.items() if before.members.get(key) != member]
        for key in changed:
            own, actor = before.role_of(SHOP, key[1]), command.actor.person_id
            role = staff.role_of(SHOP, key[1])
            assert role
            if isinstance(command, ChangeStaff):
                assert is_above(before.role_of(SHOP, actor), role), "only from above"
                assert own
            else:
                assert isinstance(command, AnswerInvitation)


KINDS = (invite_staff, answer_invitations, withdraw_invitations, change_staff, remove_staff)
places = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), roles), min_size=1, max_size=10)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(KINDS), places), min_size=1, max_size=4))
async def test_law_of_batches(tx: Transaction, drawn: list[tuple[Any, list[tuple[int, int, Role]]]]) -> None:
    people = await _named(tx, "owner", "mei", "lei", "an")
    handles = [await _handle_of(tx, person) for person in people]
    outcomes = []
    for is_batch in (True, False):
        shop_id = await _shop(tx, people[0])
        await _join(tx, shop_id, people[0], people[1], Role.MANAGER)
        ids = [derive(shop_id, n) for n in range(3)]
        statuses: list[str] = []
        for verbs, marks in drawn:
            written = [_write(verbs, shop_id, ids, people, handles, mark) for mark in marks]
            for batch in [written] if is_batch else [[command] for command in written]:
                statuses += [getattr(result, "status", result) for result in await verbs(tx, batch)]
        roster = await store.get_roster(tx, shop_id, tx.now)
        assert roster
        asked = [(each.person_id, each.role) for each in roster.invitations]
        outcomes.append((statuses, [(each.person_id, each.role) for each in roster.members], sorted(asked)))
    assert outcomes[0] == outcomes[1]


def _write(
    verbs: Any, shop_id: UUID, ids: list[UUID], people: list[UUID], handles: list[str], mark: tuple[int, int, Role]
) -> Any:
    """Write the command of a verb that some numbers stand for."""
    by, whom, role = mark
    actor = Actor("merchant", people[by])
    if verbs is invite_staff:
        return InviteStaff(id=ids[whom % 3], shop_id=shop_id, name=handles[whom], role=role, actor=actor)
    if verbs is answer_invitations:
        return AnswerInvitation(invitation_id=ids[whom % 3], is_accepted=role is not Role.GOODS, actor=actor)
    if verbs is withdraw_invitations:
        return WithdrawInvitation(invitation_id=ids[whom % 3], actor=actor)
    if verbs is change_staff:
        return ChangeStaff(shop_id=shop_id, person_id=people[whom], role=role, actor=actor)
    return RemoveStaff(shop_id=shop_id, person_id=people[whom], actor=actor)


async def _shop(tx: Transaction, owner_id: UUID) -> UUID:
    id = new_id()
    handle = f"s{id.hex[-10:]}"
    await open_shops(
        tx, [OpenShop(id=id, handle=handle, name="茶馆", owner_id=owner_id, actor=Actor("person", owner_id))]
    )
    return id


async def _named(tx: Transaction, *handles: str) -> list[UUID]:
    people = [sign_up_command(f"{handle}_{new_id().hex[-8:]}") for handle in handles]
    await sign_up_people(tx, people)
    return [person.id for person in people]


async def _handle_of(tx: Transaction, person_id: UUID) -> str:
    handle = (await get_people(tx, [person_id]))[person_id].handle
    assert handle
    return handle


async def _invite(tx: Transaction, shop_id: UUID, by: UUID, person_id: UUID, role: Role, **more: Any) -> InviteStaff:
    facts = {
        "id": new_id(shop_id),
        "shop_id": shop_id,
        "name": await _handle_of(tx, person_id),
        "role": role,
        "actor": Actor("merchant", by),
    }
    return InviteStaff(**facts | more)


async def _join(tx: Transaction, shop_id: UUID, by: UUID, person_id: UUID, role: Role) -> None:
    invitation = await _invite(tx, shop_id, by, person_id, role)
    (result,) = await invite_staff(tx, [invitation])
    assert result.status == "created", result
    answer = AnswerInvitation(invitation_id=invitation.id, is_accepted=True, actor=Actor("person", person_id))
    assert await answer_invitations(tx, [answer]) == ["accepted"]


async def _roles(tx: Transaction, person_id: UUID) -> list[str]:
    row = await tx.connection.fetchrow("select roles from identity.callers where person_id = $1", person_id)
    return sorted(text.partition(" ")[2] for text in row["roles"])


async def test_every_status_of_inviting(tx: Transaction) -> None:
    owner, manager, clerk, other = await _named(tx, "owner", "manager", "clerk", "other")
    shop_id = await _shop(tx, owner)
    await _join(tx, shop_id, owner, manager, Role.MANAGER)
    await _join(tx, shop_id, manager, clerk, Role.ORDERS)
    first = await _invite(tx, shop_id, owner, other, Role.GOODS)
    results = await invite_staff(
        tx,
        [
            first,
            first,
            await _invite(tx, shop_id, owner, other, Role.ORDERS, id=first.id),
            await _invite(tx, shop_id, owner, other, Role.GOODS, refusal=Refusal("payment_password_wrong", 3)),
            await _invite(tx, new_id(), owner, other, Role.GOODS),
            await _invite(tx, shop_id, owner, other, Role.GOODS, id=UUID(int=shop_id.int ^ 1)),
            await _invite(tx, shop_id, manager, other, Role.MANAGER),
            await _invite(tx, shop_id, manager, other, Role.OWNER),
            await _invite(tx, shop_id, clerk, other, Role.ORDERS),
            await _invite(tx, shop_id, other, other, Role.ORDERS),
            await _invite(tx, shop_id, owner, other, Role.GOODS, name="+8613000000000"),
            await _invite(tx, shop_id, owner, clerk, Role.GOODS),
            await _invite(tx, shop_id, owner, owner, Role.OWNER),
            await _invite(tx, shop_id, manager, other, Role.GOODS),
            await _invite(tx, shop_id, owner, clerk, Role.OWNER),
            await _invite(tx, shop_id, owner, manager, Role.OWNER),
        ],
    )
    assert [result.status for result in results] == [
        "created",
        "exists",
        "id_taken",
        "payment_password_wrong",
        "shop_not_found",
        "id_in_another_shard",
        "not_allowed",
        "not_allowed",
        "not_allowed",
        "not_allowed",
        "person_not_found",
        "already_staff",
        "already_staff",
        "already_invited",
        "created",
        "already_invited",
    ]
    assert results[3].tries_left == 3
    told = [row["type"] for row in await outbox.get_events(tx, shop_id, 0, 99)]
    assert told.count("StaffInvited") == 4
    assert told.count("InvitationAnswered") == 2


async def test_a_shop_has_no_more_staff_than_its_limit(tx: Transaction) -> None:
    owner, other = await _named(tx, "owner", "other")
    shop_id = await _shop(tx, owner)
    staff = await store.lock_staff(tx, [shop_id])
    crowd = {(shop_id, person): Member(shop_id=shop_id, person_id=person, role=Role.GOODS, joined_at=tx.now)
             for person in (new_id() for _ in range(MEMBERS_MAX - 1))}  # fmt: skip
    await store.write_staff(tx, staff, Staff(staff.shops, {**staff.members, **crowd}, {}, {}, tx.now))
    (result,) = await invite_staff(tx, [await _invite(tx, shop_id, owner, other, Role.GOODS)])
    assert result.status == "exceeds_limit"


async def test_every_status_of_answering(tx: Transaction) -> None:
    owner, manager, clerk, other = await _named(tx, "owner", "manager", "clerk", "other")
    shop_id = await _shop(tx, owner)
    await _join(tx, shop_id, owner, manager, Role.MANAGER)
    asked = await _invite(tx, shop_id, owner, clerk, Role.ORDERS)
    by_manager = await _invite(tx, shop_id, manager, other, Role.GOODS)
    await invite_staff(tx, [asked, by_manager])
    late = Invitation(
        id=new_id(shop_id),
        shop_id=shop_id,
        person_id=clerk,
        role=Role.GOODS,
        inviter_id=owner,
        state=InvitationState.PENDING,
        invited_at=tx.now - INVITATION_LASTS,
        expires_at=tx.now,
    )
    before = await store.lock_staff(tx, [shop_id])
    await store.write_staff(tx, before, Staff(before.shops, before.members, {late.id: late}, {}, tx.now))
    await remove_staff(tx, [RemoveStaff(shop_id=shop_id, person_id=manager, actor=Actor("merchant", owner))])

    def answer(id: UUID, person_id: UUID, is_accepted: bool = True) -> AnswerInvitation:
        return AnswerInvitation(invitation_id=id, is_accepted=is_accepted, actor=Actor("person", person_id))

    assert await answer_invitations(
        tx,
        [
            answer(asked.id, other),
            answer(new_id(), clerk),
            answer(late.id, clerk),
            answer(asked.id, clerk),
            answer(asked.id, clerk),
            answer(asked.id, clerk, is_accepted=False),
            # Who asked may not give a role any more.
            answer(by_manager.id, other),
            answer(by_manager.id, other, is_accepted=False),
            answer(by_manager.id, other, is_accepted=False),
        ],
    ) == [
        "invitation_not_found",
        "invitation_not_found",
        "expired",
        "accepted",
        "exists",
        "already_answered",
        "withdrawn",
        "declined",
        "exists",
    ]
    assert await _roles(tx, clerk) == ["orders"]
    assert await _roles(tx, other) == []
    assert await store.get_invitations_of_person(tx, clerk, tx.now) == []


async def test_every_status_of_withdrawing(tx: Transaction) -> None:
    owner, manager, clerk, other = await _named(tx, "owner", "manager", "clerk", "other")
    shop_id = await _shop(tx, owner)
    await _join(tx, shop_id, owner, manager, Role.MANAGER)
    high, low = [await _invite(tx, shop_id, owner, person, role)
                 for person, role in ((clerk, Role.MANAGER), (other, Role.GOODS))]  # fmt: skip
    await invite_staff(tx, [high, low])

    def withdraw(id: UUID, by: UUID) -> WithdrawInvitation:
        return WithdrawInvitation(invitation_id=id, actor=Actor("merchant", by))

    assert await withdraw_invitations(
        tx,
        [
            withdraw(new_id(), owner),
            withdraw(low.id, clerk),
            withdraw(high.id, manager),
            withdraw(low.id, manager),
            withdraw(low.id, owner),
        ],
    ) == ["invitation_not_found", "invitation_not_found", "not_allowed", "withdrawn", "exists"]
    accepted = AnswerInvitation(invitation_id=high.id, is_accepted=True, actor=Actor("person", clerk))
    gone = AnswerInvitation(invitation_id=low.id, is_accepted=True, actor=Actor("person", other))
    assert await answer_invitations(tx, [accepted, gone]) == ["accepted", "withdrawn"]
    assert await withdraw_invitations(tx, [withdraw(high.id, owner)]) == ["already_answered"]


async def test_every_status_of_changing_and_removing(tx: Transaction) -> None:
    owner, manager, clerk, other = await _named(tx, "owner", "manager", "clerk", "other")
    shop_id = await _shop(tx, owner)
    await _join(tx, shop_id, owner, manager, Role.MANAGER)
    await _join(tx, shop_id, owner, clerk, Role.ORDERS)

    def change(person_id: UUID, role: Role, by: UUID, shop: UUID = shop_id) -> ChangeStaff:
        return ChangeStaff(shop_id=shop, person_id=person_id, role=role, actor=Actor("merchant", by))

    def remove(person_id: UUID, by: UUID, shop: UUID = shop_id) -> RemoveStaff:
        return RemoveStaff(shop_id=shop, person_id=person_id, actor=Actor("merchant", by))

    assert await change_staff(
        tx,
        [
            change(clerk, Role.FINANCE, manager),
            change(clerk, Role.FINANCE, owner),
            change(clerk, Role.FINANCE, owner, new_id()),
            change(other, Role.FINANCE, owner),
            change(clerk, Role.MANAGER, manager),
            change(manager, Role.GOODS, manager),
            change(owner, Role.GOODS, owner),
            change(clerk, Role.OWNER, owner),
        ],
    ) == [
        "changed",
        "exists",
        "shop_not_found",
        "not_staff",
        "not_allowed",
        "not_allowed",
        "not_allowed",
        "not_allowed",
    ]
    assert await _roles(tx, clerk) == ["finance"]
    assert await remove_staff(
        tx,
        [
            remove(clerk, owner, new_id()),
            remove(other, owner),
            remove(manager, clerk),
            remove(owner, owner),
            remove(clerk, manager),
            remove(clerk, manager),
            remove(manager, manager),
        ],
    ) == ["shop_not_found", "not_staff", "not_allowed", "not_allowed", "removed", "not_staff", "removed"]
    assert await _roles(tx, clerk) == await _roles(tx, manager) == []
    told = [row["type"] for row in await outbox.get_events(tx, shop_id, 0, 99)]
    assert told[-3:] == ["StaffChanged", "StaffRemoved", "StaffRemoved"]
    # Callers who are remembered are told.
    assert "RoleRevoked" in [row["type"] for row in await outbox.get_events(tx, clerk, 0, 99)]


async def test_a_shop_is_handed_over_by_an_offer_that_is_accepted(tx: Transaction) -> None:
    owner, heir = await _named(tx, "owner", "heir")
    shop_id = await _shop(tx, owner)
    offer = await _invite(tx, shop_id, owner, heir, Role.OWNER)
    (result,) = await invite_staff(tx, [offer])
    assert result.status == "created"
    assert await _roles(tx, heir) == []
    answer = AnswerInvitation(invitation_id=offer.id, is_accepted=True, actor=Actor("person", heir))
    assert await answer_invitations(tx, [answer]) == ["accepted"]
    (shop,) = await get_shops(tx, [shop_id])
    assert shop
    assert (shop.owner_id, shop.verification) == (heir, Verification.UNVERIFIED)
    assert (await _roles(tx, heir), await _roles(tx, owner)) == (["owner"], ["manager"])
    assert "ShopHandedOver" in [row["type"] for row in await outbox.get_events(tx, shop_id, 0, 99)]
    back = ChangeStaff(shop_id=shop_id, person_id=heir, role=Role.GOODS, actor=Actor("merchant", owner))
    assert await change_staff(tx, [back]) == ["not_allowed"]


async def test_of_an_acceptance_and_its_withdrawal_at_once_one_counts(database: Database) -> None:
    async with database.transaction() as tx:
        owner, clerk = await _named(tx, "owner", "clerk")
        shop_id = await _shop(tx, owner)
        asked = await _invite(tx, shop_id, owner, clerk, Role.ORDERS)
        await invite_staff(tx, [asked])
    answer = AnswerInvitation(invitation_id=asked.id, is_accepted=True, actor=Actor("person", clerk))
    withdraw = WithdrawInvitation(invitation_id=asked.id, actor=Actor("merchant", owner))
    (answered,), (withdrawn,) = await asyncio.gather(
        database.retried(lambda tx: answer_invitations(tx, [answer])),
        database.retried(lambda tx: withdraw_invitations(tx, [withdraw])),
    )
    assert (answered, withdrawn) in (("accepted", "already_answered"), ("withdrawn", "withdrawn"))
    async with database.transaction() as tx:
        assert await _roles(tx, clerk) == (["orders"] if answered == "accepted" else [])


async def test_of_two_offers_and_removals_at_once_a_shop_keeps_one_owner(database: Database) -> None:
    async with database.transaction() as tx:
        owner, first, second = await _named(tx, "owner", "first", "second")
        shop_id = await _shop(tx, owner)
        await _join(tx, shop_id, owner, second, Role.MANAGER)
        offer = await _invite(tx, shop_id, owner, first, Role.OWNER)
        await invite_staff(tx, [offer])
    answer = AnswerInvitation(invitation_id=offer.id, is_accepted=True, actor=Actor("person", first))
    removals = [
        RemoveStaff(shop_id=shop_id, person_id=person, actor=Actor("merchant", owner)) for person in (first, second)
    ]
    await asyncio.gather(
        database.retried(lambda tx: answer_invitations(tx, [answer])),
        *(database.retried(lambda tx, each=each: remove_staff(tx, [each])) for each in removals),
    )
    async with database.transaction() as tx:
        rows = await tx.connection.fetch(
            "select person_id from shops.members where shop_id = $1 and role = 'owner'", shop_id
        )
        assert [row["person_id"] for row in rows] == [first]


async def test_whoever_opens_a_shop_is_among_its_staff(tx: Transaction) -> None:
    (owner,) = await make_people(tx, 1)
    shop_id = await _shop(tx, owner)
    roster = await store.get_roster(tx, shop_id, tx.now)
    assert roster
    assert [(member.person_id, member.role) for member in roster.members] == [(owner, Role.OWNER)]
    assert await store.get_roster(tx, new_id(), tx.now) is None
