"""What is decided about roles of the operator's staff: pure functions over what was read."""

from collections.abc import Collection
from uuid import UUID

from weiji.identity.staff.model import (
    OPERATORS_MIN,
    REASON_MAX,
    GiveStaffRole,
    GiveStaffRoleStatus,
    StaffRole,
    TakeSecondFactor,
    TakeSecondFactorResult,
    TakeSecondFactorStatus,
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
        self.taken: list[tuple[TakeStaffRole, StaffRole]] = []

    def _is_operator(self, person_id: UUID) -> bool:
        return (person_id, StaffRole.OPERATOR) in self.roles

    def _operators(self) -> int:
        return sum(role is StaffRole.OPERATOR for _, role in self.roles)

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
        if not is_text(command.reason, REASON_MAX):
            return GiveStaffRoleStatus.REASON_MALFORMED
        self.roles.add((id, role))
        return GiveStaffRoleStatus.GIVEN

    def take(self, command: TakeStaffRole) -> TakeStaffRoleResult:
        """Answer a command, after those before it. What it takes is in `taken`."""
        id, actor_id = command.person_id, command.actor.person_id
        held = [role for role in dict.fromkeys(command.roles) if (id, role) in self.roles]
        status = TakeStaffRoleStatus.TAKEN
        if actor_id not in (None, id) and not self._is_operator(actor_id):
            status = TakeStaffRoleStatus.NOT_ALLOWED
        elif not held:
            status = TakeStaffRoleStatus.ROLE_NOT_FOUND
        elif StaffRole.OPERATOR in held and self._operators() <= (1 if actor_id is None else OPERATORS_MIN):
            status = TakeStaffRoleStatus.TOO_FEW_OPERATORS
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
            self.roles -= {(id, role) for role in held}
            self.taken += [(command, role) for role in held]
        return TakeStaffRoleResult(status=status)


class SecondFactors:
    """Who works here, and who of the people whom a batch is about has a second factor."""

    def __init__(self, roles: Collection[tuple[UUID, StaffRole]], factors: Collection[UUID]) -> None:
        self.operators = frozenset(id for id, role in roles if role is StaffRole.OPERATOR)
        self.staff = frozenset(id for id, _ in roles)
        self.factors = set(factors)
        self.taken: list[TakeSecondFactor] = []

    def take(self, command: TakeSecondFactor) -> TakeSecondFactorResult:
        """Answer a command, after those before it. What it takes is in `taken`."""
        id, actor_id = command.person_id, command.actor.person_id
        if actor_id not in self.operators:
            status = TakeSecondFactorStatus.NOT_ALLOWED
        elif actor_id == id:
            status = TakeSecondFactorStatus.OWN_FACTOR
        elif id not in self.staff:
            status = TakeSecondFactorStatus.PERSON_NOT_STAFF
        elif id not in self.factors:
            status = TakeSecondFactorStatus.NOT_FOUND
        elif not is_text(command.reason, REASON_MAX) or not command.reason.strip():
            status = TakeSecondFactorStatus.REASON_MISSING
        elif refusal := command.refusal:
            return TakeSecondFactorResult(
                status=TakeSecondFactorStatus(refusal.status),
                tries_left=refusal.tries_left,
                locked_until=refusal.locked_until,
            )
        else:
            status = TakeSecondFactorStatus.TAKEN
            self.factors.remove(id)
            self.taken.append(command)
        return TakeSecondFactorResult(status=status)
