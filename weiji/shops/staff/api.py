"""The JSON API of shops' staff."""

from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Meta, Struct

from weiji.identity import Role, refuse_payment_passwords
from weiji.kit import clock
from weiji.shops.staff import operations, store
from weiji.shops.staff.model import (
    AnswerInvitation,
    AnswerInvitationStatus,
    ChangeStaff,
    ChangeStaffStatus,
    InviteStaff,
    InviteStaffResult,
    RemoveStaff,
    RemoveStaffStatus,
    WithdrawInvitation,
    WithdrawInvitationStatus,
)
from weiji.shops.staff.store import Asked, Colleague, Invited
from weiji.web.api import ApiRequest, Batch, Page, PaymentPassword, Typed, operation, run
from weiji.web.caller import NO_SHOP
from weiji.web.permissions import Permission
from weiji.web.rates import rate

Assignable = Annotated[
    Literal["manager", "goods", "orders", "finance"], Meta(description="What each may do: docs/reference/roles.md.")
]
NearShop = Annotated[UUID, Meta(description="Made by you; its last six bits are those of `shop_id`.")]
Name = Annotated[Typed, Meta(description="Their handle or phone number.")]


class InviteStaffBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom to ask to work in a shop."""

    id: NearShop
    shop_id: UUID
    name: Name
    role: Assignable


class OfferShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """To whom a shop of yours is offered. It is theirs once they accept; you stay as a manager."""

    id: NearShop
    shop_id: UUID
    name: Name
    payment_password: PaymentPassword | None = None


class AnswerInvitationBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether you accept an invitation."""

    invitation_id: UUID
    is_accepted: bool


class AnswerInvitationAnswer(Struct):
    """How answering ended."""

    status: AnswerInvitationStatus


class WithdrawInvitationBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The invitation to take back."""

    invitation_id: UUID


class WithdrawInvitationAnswer(Struct):
    """How taking back ended."""

    status: WithdrawInvitationStatus


class ChangeStaffBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Another role for somebody."""

    shop_id: UUID
    person_id: UUID
    role: Assignable


class ChangeStaffAnswer(Struct):
    """How changing ended."""

    status: ChangeStaffStatus


class RemoveStaffBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Who shall work in a shop no longer; yourself, if you leave."""

    shop_id: UUID
    person_id: UUID


class RemoveStaffAnswer(Struct):
    """How removing ended."""

    status: RemoveStaffStatus


class StaffAnswer(Struct, kw_only=True):
    """Who works in a shop, and who is asked to. There are 50 at most."""

    items: list[Colleague]
    invitations: list[Invited]


InviteBatch = Batch[InviteStaffBody]
OfferBatch = Batch[OfferShopBody]
AnswerBatch = Batch[AnswerInvitationBody]
WithdrawBatch = Batch[WithdrawInvitationBody]
ChangeBatch = Batch[ChangeStaffBody]
RemoveBatch = Batch[RemoveStaffBody]


class StaffApi(Controller):
    """Who works in shops."""

    path = "/api/v1/staff"
    tags = ("staff",)

    @get("/", **operation("ListStaff", "shops:read"))
    async def index(self, request: ApiRequest, shop_id: UUID) -> StaffAnswer:
        """Read who works in a shop, and who is asked to; for those who may change it."""
        if not request.caller.may(shop_id, Permission.STAFF):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await store.get_roster(reader, shop_id, clock.now())
        if found is None:
            raise NotFoundException
        return StaffAnswer(items=found.members, invitations=found.invitations)

    @post(
        "/invite",
        **operation("InviteStaff", "shops:write", repeat="key_taken", opt=rate("invitations", "60/hour")),
    )
    async def invite(self, request: ApiRequest, data: InviteBatch) -> Response[list[InviteStaffResult]]:
        """Ask people to work in shops. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            InviteStaff(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.STAFF),
                name=body.name,
                role=Role(body.role),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.invite_staff, "id", commands)

    @post("/offer-shop", **operation("OfferShops", repeat="key_taken", opt=rate("password", "30/minute")))
    async def offer(self, request: ApiRequest, data: OfferBatch) -> Response[list[InviteStaffResult]]:
        """Offer shops of yours to others, with the payment password. Nothing changes before they accept."""
        actor = request.actor("merchant")
        passwords = [body.payment_password for body in data]
        refusals = await refuse_payment_passwords(request, passwords)
        commands = [
            InviteStaff(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                name=body.name,
                role=Role.OWNER,
                actor=actor,
                refusal=refusals[body.payment_password],
            )
            for body in data
        ]
        return await run(request, operations.invite_staff, "id", commands)

    @post("/change", **operation("ChangeStaff", "shops:write", repeat="key_taken"))
    async def change(self, request: ApiRequest, data: ChangeBatch) -> Response[list[ChangeStaffAnswer]]:
        """Give people other roles in shops. It counts from their next request."""
        actor = request.actor("merchant")
        commands = [
            ChangeStaff(
                shop_id=request.shop_if_may(body.shop_id, Permission.STAFF),
                person_id=body.person_id,
                role=Role(body.role),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.change_staff, "shop_id", commands)

    @post("/remove", **operation("RemoveStaff", "shops:write", repeat="key_taken"))
    async def remove(self, request: ApiRequest, data: RemoveBatch) -> Response[list[RemoveStaffAnswer]]:
        """Let people work in shops no longer, or leave yourself. It counts from their next request."""
        caller, actor = request.caller, request.actor("merchant")
        commands = [
            RemoveStaff(
                shop_id=body.shop_id
                if caller.may(body.shop_id, Permission.STAFF)
                or (body.person_id == caller.person_id and caller.may(body.shop_id, Permission.DESK))
                else NO_SHOP,
                person_id=body.person_id,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.remove_staff, "shop_id", commands)


class InvitationsApi(Controller):
    """Invitations to work in a shop."""

    path = "/api/v1/invitations"
    tags = ("staff",)

    @get("/", **operation("ListInvitations", "shops:read"))
    async def index(self, request: ApiRequest) -> Page[Asked]:
        """List what you are asked and have not answered, the latest first: 50 at most."""
        async with request.database.read() as reader:
            found = await store.get_invitations_of_person(reader, request.person_id, clock.now())
        return Page(items=found, next=None)

    @post("/answer", **operation("AnswerInvitations", "shops:write", repeat="key_taken"))
    async def answer(self, request: ApiRequest, data: AnswerBatch) -> Response[list[AnswerInvitationAnswer]]:
        """Accept invitations, or decline them. The answer has one result for each, in order."""
        actor = request.actor()
        commands = [
            AnswerInvitation(invitation_id=body.invitation_id, is_accepted=body.is_accepted, actor=actor)
            for body in data
        ]
        return await run(request, operations.answer_invitations, "invitation_id", commands)

    @post("/withdraw", **operation("WithdrawInvitations", "shops:write", repeat="key_taken"))
    async def withdraw(self, request: ApiRequest, data: WithdrawBatch) -> Response[list[WithdrawInvitationAnswer]]:
        """Take invitations back that were not answered. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [WithdrawInvitation(invitation_id=body.invitation_id, actor=actor) for body in data]
        return await run(request, operations.withdraw_invitations, "invitation_id", commands)


ROUTES: Final = (StaffApi, InvitationsApi)
"""What the program serves of this module."""
