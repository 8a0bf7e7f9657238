"""The verbs of a shop's staff. Each takes an open transaction and a batch, and answers every command.

What is in `shops.members` is what the shop sees; the same roles in `identity` are what callers have. Both are written
together, and `identity` tells whoever remembers callers.
"""

from collections.abc import Collection, Sequence
from copy import deepcopy
from uuid import UUID

from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.shops import (
    InvitationAnswered,
    InvitationWithdrawn,
    ShopHandedOver,
    StaffChanged,
    StaffInvited,
    StaffRemoved,
)
from weiji.identity import GrantRole, RevokeRole, Role, grant_roles, revoke_roles
from weiji.kit.db import Reader, Transaction
from weiji.shops import store as shop_store
from weiji.shops.staff import store
from weiji.shops.staff.model import (
    AnswerInvitation,
    AnswerInvitationStatus,
    ChangeStaff,
    ChangeStaffStatus,
    InviteStaff,
    InviteStaffResult,
    InviteStaffStatus,
    RemoveStaff,
    RemoveStaffStatus,
    WithdrawInvitation,
    WithdrawInvitationStatus,
)
from weiji.shops.staff.rules import Key, Staff


async def find_staff(reader: Reader, shop_ids: Collection[UUID]) -> set[Key]:
    """Tell who works in shops, their owners, too: each a shop and a person. What is no shop has nobody."""
    return {(each.shop_id, each.person_id) for each in await store.get_members(reader, shop_ids)} if shop_ids else set()


async def invite_staff(tx: Transaction, commands: Sequence[InviteStaff]) -> list[InviteStaffResult]:
    """Ask people to work in shops, which stay locked until *tx* ends. Publishes StaffInvited."""
    judged = [command for command in commands if command.refusal is None]
    staff = await store.lock_staff(
        tx, {c.shop_id for c in judged}, {c.id for c in judged}, {command.name for command in judged}
    )
    before = deepcopy(staff)
    results, told = [], []
    for c in commands:
        status = staff.invite(c)
        results.append(
            InviteStaffResult(status, c.refusal.tries_left, c.refusal.locked_until)
            if c.refusal
            else InviteStaffResult(status)
        )
        if status is InviteStaffStatus.CREATED:
            person_id = staff.invitations[c.id].person_id
            event = StaffInvited(shop_id=c.shop_id, invitation_id=c.id, person_id=person_id, role=c.role)
            told.append(Occurrence(event, c.shop_id, c.id, c.actor))
    await _write(tx, before, staff, {})
    await publish(tx, told)
    return results


async def answer_invitations(tx: Transaction, commands: Sequence[AnswerInvitation]) -> list[AnswerInvitationStatus]:
    """Accept and decline invitations; their shops stay locked until *tx* ends.

    Publishes InvitationAnswered, ShopHandedOver where the shop itself was offered, and what `identity` does of roles.
    """
    staff = await store.lock_staff(tx, (), {command.invitation_id for command in commands})
    before = deepcopy(staff)
    statuses, told = [], []
    actors: dict[Key, Actor] = {}
    for c in commands:
        owners = {id: shop.owner_id for id, shop in staff.shops.items()}
        status = staff.answer(c)
        statuses.append(status)
        if status not in (AnswerInvitationStatus.ACCEPTED, AnswerInvitationStatus.DECLINED):
            continue
        asked = staff.invitations[c.invitation_id]
        shop_id = asked.shop_id
        event = InvitationAnswered(
            shop_id=shop_id,
            invitation_id=asked.id,
            person_id=asked.person_id,
            role=asked.role,
            is_accepted=c.is_accepted,
        )
        told.append(Occurrence(event, shop_id, asked.id, c.actor))
        actors[shop_id, asked.person_id] = actors[shop_id, owners[shop_id]] = c.actor
        if staff.shops[shop_id].owner_id != owners[shop_id]:
            handed = ShopHandedOver(shop_id=shop_id, old_owner_id=owners[shop_id], owner_id=asked.person_id)
            told.append(Occurrence(handed, shop_id, shop_id, c.actor))
    await _write(tx, before, staff, actors)
    await publish(tx, told)
    return statuses


async def withdraw_invitations(
    tx: Transaction, commands: Sequence[WithdrawInvitation]
) -> list[WithdrawInvitationStatus]:
    """Take invitations back; their shops stay locked until *tx* ends. Publishes InvitationWithdrawn."""
    staff = await store.lock_staff(tx, (), {command.invitation_id for command in commands})
    before = deepcopy(staff)
    statuses, told = [], []
    for c in commands:
        status = staff.withdraw(c)
        statuses.append(status)
        if status is WithdrawInvitationStatus.WITHDRAWN:
            asked = staff.invitations[c.invitation_id]
            event = InvitationWithdrawn(
                shop_id=asked.shop_id, invitation_id=asked.id, person_id=asked.person_id, role=asked.role
            )
            told.append(Occurrence(event, asked.shop_id, asked.id, c.actor))
    await _write(tx, before, staff, {})
    await publish(tx, told)
    return statuses


async def change_staff(tx: Transaction, commands: Sequence[ChangeStaff]) -> list[ChangeStaffStatus]:
    """Give people other roles in shops, which stay locked until *tx* ends. Publishes StaffChanged."""
    staff = await store.lock_staff(tx, {command.shop_id for command in commands})
    before = deepcopy(staff)
    statuses, told = [], []
    actors: dict[Key, Actor] = {}
    for c in commands:
        status = staff.change(c)
        statuses.append(status)
        if status is ChangeStaffStatus.CHANGED:
            actors[c.shop_id, c.person_id] = c.actor
            event: Event = StaffChanged(shop_id=c.shop_id, person_id=c.person_id, role=c.role)
            told.append(Occurrence(event, c.shop_id, c.shop_id, c.actor))
    await _write(tx, before, staff, actors)
    await publish(tx, told)
    return statuses


async def remove_staff(tx: Transaction, commands: Sequence[RemoveStaff]) -> list[RemoveStaffStatus]:
    """Let people work in shops no longer; the shops stay locked until *tx* ends. Publishes StaffRemoved."""
    staff = await store.lock_staff(tx, {command.shop_id for command in commands})
    before = deepcopy(staff)
    statuses, told = [], []
    actors: dict[Key, Actor] = {}
    for c in commands:
        role = staff.role_of(c.shop_id, c.person_id)
        status = staff.remove(c)
        statuses.append(status)
        if status is RemoveStaffStatus.REMOVED:
            assert role, "who is removed was there"
            actors[c.shop_id, c.person_id] = c.actor
            event = StaffRemoved(shop_id=c.shop_id, person_id=c.person_id, role=role)
            told.append(Occurrence(event, c.shop_id, c.shop_id, c.actor))
    await _write(tx, before, staff, actors)
    await publish(tx, told)
    return statuses


async def _write(tx: Transaction, before: Staff, after: Staff, actors: dict[Key, Actor]) -> None:
    """Write what changed, here and among the roles of `identity`; *actors* say who changed whose."""
    await store.write_staff(tx, before, after)
    await shop_store.update_shops(tx, [shop for id, shop in after.shops.items() if shop != before.shops[id]])
    changed = {key for key in before.members.keys() | after.members.keys() if _role(before, key) != _role(after, key)}
    # In one order, so that two batches never wait for each other.
    ordered: list[tuple[UUID, UUID]] = sorted(changed)
    revoked = [
        RevokeRole(person_id=person_id, scope=str(shop_id), role=role, actor=actors[shop_id, person_id])
        for shop_id, person_id in ordered
        if (role := _role(before, (shop_id, person_id)))
    ]
    if revoked:
        await revoke_roles(tx, revoked)
    await grant_roles(
        tx,
        [
            GrantRole(person_id=person_id, scope=str(shop_id), role=role, actor=actors[shop_id, person_id])
            for shop_id, person_id in ordered
            if (role := _role(after, (shop_id, person_id)))
        ],
    )


def _role(staff: Staff, key: Key) -> Role | None:
    return staff.role_of(*key)
