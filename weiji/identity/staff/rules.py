"""What is decided about roles of the operator's staff: pure functions over what was read."""

from collections.abc import Collection
from uuid import UUID

from weiji.identity.staff.model import (
    REASON_MAX,
    GiveStaffRole,
    GiveStaffRoleStatus,
    StaffRole,
    TakeStaffRole,
    TakeStaffRoleResult,
    TakeStaffRoleStatus,
)
from weiji.kit.text import is_text


class Staff:
    """Who works here while a batch is judged: all operators, and what roles the people have whom it is about."""

    def __init__(self, roles: Collection[tuple[UUID, StaffRole]], people: Collection[UUID] = ()) -> None:
        self.roles = set(roles)
        self.people = frozenset(people)

    def _is_operator(self, person_id: UUID) -> bool:
        return (person_id, StaffRole.OPERATOR) in self.roles

    def give(self, command: GiveStaffRole) -> GiveStaffRoleStatus:
        """Answer a command, after those before it."""
        id, role, actor_id = command.person_id, command.role, command.actor.person_id
        if actor_id is not None:
            if not self._is_operator(actor_id):
                return GiveStaffRoleStatus.NOT_ALLOWED
            if command.proposed_by is None or command.proposed_by == actor_id:
                return GiveStaffRoleStatus.TWO_NEEDED
            if not self._is_operator(command.proposed_by):
                return GiveStaffRoleStatus.NOT_ALLOWED
            if id in (actor_id, command.proposed_by):
                return GiveStaffRoleStatus.OWN_ROLE
        if id not in self.people:
            return GiveStaffRoleStatus.PERSON_NOT_FOUND
        if (id, role) in self.roles:
            return GiveStaffRoleStatus.ALREADY_GIVEN
        self.roles.add((id, role))
        return GiveStaffRoleStatus.GIVEN

    def take(self, command: TakeStaffRole) -> TakeStaffRoleResult:
        """Answer a command, after those before it."""
        id, role, actor_id = command.person_id, command.role, command.actor.person_id
        status = TakeStaffRoleStatus.TAKEN
        if actor_id not in (None, id) and not self._is_operator(actor_id):
            status = TakeStaffRoleStatus.NOT_ALLOWED
        elif (id, role) not in self.roles:
            status = TakeStaffRoleStatus.ROLE_NOT_FOUND
        elif role is StaffRole.OPERATOR and sum(each is StaffRole.OPERATOR for _, each in self.roles) == 1:
            status = TakeStaffRoleStatus.LAST_OPERATOR
        elif not is_text(command.reason, REASON_MAX) or (actor_id is not None and not command.reason.strip()):
            status = TakeStaffRoleStatus.REASON_MISSING
        elif command.refusal is not None:
            refusal = command.refusal
            return TakeStaffRoleResult(
                status=TakeStaffRoleStatus(refusal.status),
                tries_left=refusal.tries_left,
                locked_until=refusal.locked_until,
            )
        if status is TakeStaffRoleStatus.TAKEN:
            self.roles.remove((id, role))
        return TakeStaffRoleResult(status=status)
