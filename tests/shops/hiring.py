"""How tests have somebody work for a shop."""

from uuid import UUID

from weiji.events import Actor
from weiji.identity import Role
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.shops import AnswerInvitation, InviteStaff, answer_invitations, invite_staff


async def hire(database: Database, shop_id: UUID, owner_id: UUID, person_id: UUID, name: str, role: str) -> None:
    """Have a shop's owner invite somebody by their handle, who accepts."""
    id = new_id(shop_id)
    invite = InviteStaff(id=id, shop_id=shop_id, name=name, role=Role(role), actor=Actor("merchant", owner_id))
    answer = AnswerInvitation(invitation_id=id, is_accepted=True, actor=Actor("person", person_id))
    async with database.transaction() as tx:
        (result,) = await invite_staff(tx, [invite])
        assert result.status == "created", result
        assert await answer_invitations(tx, [answer]) == ["accepted"]
