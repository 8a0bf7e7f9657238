"""What is decided about a shop's staff: pure functions over what was read.

Who acts is judged by their role as it is now, in the same locks: whoever was just removed invites nobody.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.identity import Role
from weiji.kit.ids import shard_of
from weiji.shops.model import Shop, Verification
from weiji.shops.staff.model import (
    INVITATION_LASTS,
    MEMBERS_MAX,
    AnswerInvitation,
    AnswerInvitationStatus,
    ChangeStaff,
    ChangeStaffStatus,
    Invitation,
    InvitationState,
    InviteStaff,
    InviteStaffStatus,
    Member,
    RemoveStaff,
    RemoveStaffStatus,
    WithdrawInvitation,
    WithdrawInvitationStatus,
)

Key = tuple[UUID, UUID]
"""A shop and a person."""


def is_above(role: Role | None, other: Role) -> bool:
    """Tell whether who has *role* decides who has the *other*."""
    if role is Role.OWNER:
        return other is not Role.OWNER
    return role is Role.MANAGER and other not in (Role.OWNER, Role.MANAGER)


class Staff(Struct):
    """What a batch is judged against: shops with their members, and invitations that are open or were named."""

    shops: dict[UUID, Shop]
    members: dict[Key, Member]
    invitations: dict[UUID, Invitation]
    people: dict[str, UUID]
    """Who signs in with which of the names that were typed."""
    now: datetime

    def role_of(self, shop_id: UUID, person_id: UUID | None) -> Role | None:
        """Name somebody's role in a shop."""
        found = self.members.get((shop_id, person_id)) if person_id else None
        return found.role if found else None

    def invite(self, command: InviteStaff) -> InviteStaffStatus:
        """Answer an invitation as if it came alone."""
        if command.refusal:
            return InviteStaffStatus(command.refusal.status)
        shop, role = self.shops.get(command.shop_id), command.role
        if shop is None:
            return InviteStaffStatus.SHOP_NOT_FOUND
        person_id = self.people.get(command.name)
        found = self.invitations.get(command.id)
        if found:
            is_same = (found.shop_id, found.person_id, found.role) == (shop.id, person_id, role)
            return InviteStaffStatus.EXISTS if is_same else InviteStaffStatus.ID_TAKEN
        if shard_of(command.id) != shard_of(shop.id):
            return InviteStaffStatus.ID_IN_ANOTHER_SHARD
        inviter_id = command.actor.person_id
        own = self.role_of(shop.id, inviter_id)
        is_offer = role is Role.OWNER
        if inviter_id is None or not (own is Role.OWNER if is_offer else is_above(own, role)):
            return InviteStaffStatus.NOT_ALLOWED
        if person_id is None:
            return InviteStaffStatus.PERSON_NOT_FOUND
        there = self.role_of(shop.id, person_id)
        if there is Role.OWNER or (there and not is_offer):
            return InviteStaffStatus.ALREADY_STAFF
        pending = [each for each in self.invitations.values() if each.shop_id == shop.id and self.is_open(each)]
        if any(each.person_id == person_id or (is_offer and each.role is Role.OWNER) for each in pending):
            return InviteStaffStatus.ALREADY_INVITED
        if len(pending) + sum(id == shop.id for id, _ in self.members) >= MEMBERS_MAX:
            return InviteStaffStatus.EXCEEDS_LIMIT
        self.invitations[command.id] = Invitation(
            id=command.id,
            shop_id=shop.id,
            person_id=person_id,
            role=role,
            inviter_id=inviter_id,
            state=InvitationState.PENDING,
            invited_at=self.now,
            expires_at=self.now + INVITATION_LASTS,
        )
        return InviteStaffStatus.CREATED

    def is_open(self, invitation: Invitation) -> bool:
        """Tell whether an invitation can still be accepted, as far as time goes."""
        return invitation.state is InvitationState.PENDING and self.now < invitation.expires_at

    def answer(self, command: AnswerInvitation) -> AnswerInvitationStatus:
        """Answer an answer as if it came alone."""
        found = self.invitations.get(command.invitation_id)
        if found is None or found.person_id != command.actor.person_id or found.shop_id not in self.shops:
            return AnswerInvitationStatus.INVITATION_NOT_FOUND
        wanted = InvitationState.ACCEPTED if command.is_accepted else InvitationState.DECLINED
        if found.state is wanted:
            return AnswerInvitationStatus.EXISTS
        if found.state is InvitationState.WITHDRAWN:
            return AnswerInvitationStatus.WITHDRAWN
        if found.state is not InvitationState.PENDING:
            return AnswerInvitationStatus.ALREADY_ANSWERED
        if command.is_accepted:
            inviter = self.role_of(found.shop_id, found.inviter_id)
            is_offer = found.role is Role.OWNER
            if not (inviter is Role.OWNER if is_offer else is_above(inviter, found.role)):
                return AnswerInvitationStatus.WITHDRAWN
            if not self.is_open(found):
                return AnswerInvitationStatus.EXPIRED
            if is_offer:
                self._hand_over(found)
            else:
                self._put(found.shop_id, found.person_id, found.role)
        self.invitations[found.id] = msgspec.structs.replace(found, state=wanted)
        return AnswerInvitationStatus.ACCEPTED if command.is_accepted else AnswerInvitationStatus.DECLINED

    def _hand_over(self, offer: Invitation) -> None:
        """Make who was offered the shop its owner. Who was, stays as a manager, to help and to be removed.

        Nobody has seen yet who is behind the shop now: it is unverified until the new owner has shown it.
        """
        shop = self.shops[offer.shop_id]
        self._put(shop.id, shop.owner_id, Role.MANAGER)
        self._put(shop.id, offer.person_id, Role.OWNER)
        self.shops[shop.id] = msgspec.structs.replace(
            shop, owner_id=offer.person_id, verification=Verification.UNVERIFIED
        )

    def _put(self, shop_id: UUID, person_id: UUID, role: Role) -> None:
        before = self.members.get((shop_id, person_id))
        self.members[shop_id, person_id] = Member(
            shop_id=shop_id, person_id=person_id, role=role, joined_at=before.joined_at if before else self.now
        )

    def withdraw(self, command: WithdrawInvitation) -> WithdrawInvitationStatus:
        """Answer a withdrawal as if it came alone."""
        found = self.invitations.get(command.invitation_id)
        own = self.role_of(found.shop_id, command.actor.person_id) if found else None
        if found is None or own not in (Role.OWNER, Role.MANAGER):
            return WithdrawInvitationStatus.INVITATION_NOT_FOUND
        if own is not Role.OWNER and not is_above(own, found.role):
            return WithdrawInvitationStatus.NOT_ALLOWED
        if found.state is InvitationState.WITHDRAWN:
            return WithdrawInvitationStatus.EXISTS
        if found.state is not InvitationState.PENDING:
            return WithdrawInvitationStatus.ALREADY_ANSWERED
        self.invitations[found.id] = msgspec.structs.replace(found, state=InvitationState.WITHDRAWN)
        return WithdrawInvitationStatus.WITHDRAWN

    def change(self, command: ChangeStaff) -> ChangeStaffStatus:
        """Answer a change as if it came alone."""
        if command.shop_id not in self.shops:
            return ChangeStaffStatus.SHOP_NOT_FOUND
        there = self.role_of(command.shop_id, command.person_id)
        if there is None:
            return ChangeStaffStatus.NOT_STAFF
        own = self.role_of(command.shop_id, command.actor.person_id)
        if not is_above(own, there) or not is_above(own, command.role):
            return ChangeStaffStatus.NOT_ALLOWED
        if there is command.role:
            return ChangeStaffStatus.EXISTS
        self._put(command.shop_id, command.person_id, command.role)
        return ChangeStaffStatus.CHANGED

    def remove(self, command: RemoveStaff) -> RemoveStaffStatus:
        """Answer a removal as if it came alone."""
        if command.shop_id not in self.shops:
            return RemoveStaffStatus.SHOP_NOT_FOUND
        there = self.role_of(command.shop_id, command.person_id)
        if there is None:
            return RemoveStaffStatus.NOT_STAFF
        is_leaving = command.person_id == command.actor.person_id and there is not Role.OWNER
        if not is_leaving and not is_above(self.role_of(command.shop_id, command.actor.person_id), there):
            return RemoveStaffStatus.NOT_ALLOWED
        del self.members[command.shop_id, command.person_id]
        return RemoveStaffStatus.REMOVED
