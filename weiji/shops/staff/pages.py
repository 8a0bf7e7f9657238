"""The page of a shop's staff, and what somebody sees who is invited."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.identity import (
    PasswordCheckStatus,
    Role,
    check_entered_password,
    payment_password_error,
)
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.shops import words
from weiji.shops.staff import store
from weiji.shops.staff.model import (
    AnswerInvitation,
    AnswerInvitationStatus,
    ChangeStaff,
    ChangeStaffStatus,
    InviteStaff,
    InviteStaffStatus,
    RemoveStaff,
    RemoveStaffStatus,
    WithdrawInvitation,
    WithdrawInvitationStatus,
)
from weiji.shops.staff.operations import (
    answer_invitations,
    change_staff,
    invite_staff,
    remove_staff,
    withdraw_invitations,
)
from weiji.shops.staff.rules import is_above
from weiji.web import Caller, Permission, fragment, page, rate, redirect, shop_staff, signed_in
from weiji.web import gettext as _
from weiji.web.forms import read_form
from weiji.web.permissions import ROLES
from weiji.web.requests import WebRequest


class StaffPages(Controller):
    """Who works in a shop."""

    path = "/merchant/{shop_id:uuid}/staff"
    guards = (shop_staff(Permission.DESK),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show who works here, with a form for those who may change it."""
        return await _show(request, shop_id)

    @post(
        "/invitations",
        status_code=303,
        guards=(shop_staff(Permission.STAFF),),
        opt=rate("invitations", "60/hour"),
    )
    async def invite(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Ask somebody to work here."""
        form = await read_form(request)
        given = {"name": form.text("name"), "role": form.text("role")}
        if given["role"] not in _assignable(request.caller, shop_id):
            return await _show(request, shop_id, given, {"role": _("请选一个角色。")})
        command = InviteStaff(
            id=form.id_near("id", shop_id),
            shop_id=shop_id,
            name=given["name"],
            role=Role(given["role"]),
            actor=request.actor("merchant"),
        )
        result = await request.batchers.of(invite_staff).submit(command)
        if result.status in (InviteStaffStatus.CREATED, InviteStaffStatus.EXISTS):
            return redirect(request, f"/merchant/{shop_id}/staff", toast=_("邀请已发出，等对方接受。"))
        errors = {"name": words.invitation_error(result.status)}
        return await _show(request, shop_id, given, errors)

    @post("/invitations/{invitation_id:uuid}/withdrawal", status_code=303, guards=(shop_staff(Permission.STAFF),))
    async def withdraw(
        self, request: WebRequest, shop_id: FromPath[UUID], invitation_id: FromPath[UUID]
    ) -> Response[str]:
        """Take an invitation back."""
        command = WithdrawInvitation(invitation_id=invitation_id, actor=request.actor("merchant"))
        status = await request.batchers.of(withdraw_invitations, "invitation_id").submit(command)
        here = f"/merchant/{shop_id}/staff"
        if status in (WithdrawInvitationStatus.WITHDRAWN, WithdrawInvitationStatus.EXISTS):
            return redirect(request, here, toast=_("邀请已收回。"))
        if status is WithdrawInvitationStatus.INVITATION_NOT_FOUND:
            raise NotFoundException
        return redirect(request, here, toast=_("这个邀请收不回了。"), tone="bad")

    @post("/{person_id:uuid}/role", status_code=303, guards=(shop_staff(Permission.STAFF),))
    async def change(self, request: WebRequest, shop_id: FromPath[UUID], person_id: FromPath[UUID]) -> Response[str]:
        """Give somebody another role."""
        role = (await read_form(request)).text("role")
        here = f"/merchant/{shop_id}/staff"
        status = ChangeStaffStatus.NOT_ALLOWED
        if role in _assignable(request.caller, shop_id):
            command = ChangeStaff(
                shop_id=shop_id, person_id=person_id, role=Role(role), actor=request.actor("merchant")
            )
            status = await request.batchers.of(change_staff, "shop_id").submit(command)
        match status:
            case ChangeStaffStatus.CHANGED | ChangeStaffStatus.EXISTS:
                return redirect(request, here, toast=_("角色已改，马上生效。"))
            case ChangeStaffStatus.NOT_STAFF:
                return redirect(request, here, toast=_("这个人已经不在店里了。"), tone="bad")
            case _:
                return redirect(request, here, toast=_("你的角色改不了这个人的角色。"), tone="bad")

    @post("/{person_id:uuid}/removal", status_code=303)
    async def remove(self, request: WebRequest, shop_id: FromPath[UUID], person_id: FromPath[UUID]) -> Response[str]:
        """Let somebody work here no longer; or leave."""
        is_leaving = person_id == request.caller.person_id
        here = f"/merchant/{shop_id}/staff"
        command = RemoveStaff(shop_id=shop_id, person_id=person_id, actor=request.actor("merchant"))
        status = await request.batchers.of(remove_staff, "shop_id").submit(command)
        match status:
            case RemoveStaffStatus.REMOVED if is_leaving:
                return redirect(request, "/me", toast=_("你已退出这家店。"))
            case RemoveStaffStatus.REMOVED | RemoveStaffStatus.NOT_STAFF:
                return redirect(request, here, toast=_("已移出，马上生效。"))
            case _ if is_leaving:
                return redirect(request, here, toast=_("店主不能退出：可以转让，或者关店。"), tone="bad")
            case _:
                return redirect(request, here, toast=_("你的角色移不出这个人。"), tone="bad")

    @get("/offer", guards=(shop_staff(Permission.OWNERSHIP),))
    async def show_offer(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the form with which a shop is handed over."""
        return await _show_offer(request, shop_id)

    @post("/offer", status_code=303, guards=(shop_staff(Permission.OWNERSHIP),), opt=rate("password", "30/minute"))
    async def offer(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Offer the shop to somebody, with the payment password."""
        form = await read_form(request)
        given = {"name": form.text("name")}
        check = await check_entered_password(request, form)
        if check.status is not PasswordCheckStatus.CORRECT:
            return await _show_offer(request, shop_id, given, {"password": payment_password_error(check)})
        command = InviteStaff(
            id=form.id_near("id", shop_id),
            shop_id=shop_id,
            name=given["name"],
            role=Role.OWNER,
            actor=request.actor("merchant"),
        )
        result = await request.batchers.of(invite_staff).submit(command)
        if result.status in (InviteStaffStatus.CREATED, InviteStaffStatus.EXISTS):
            return redirect(request, f"/merchant/{shop_id}/staff", toast=_("转让已提出，对方接受之后店就是对方的。"))
        return await _show_offer(request, shop_id, given, {"name": words.invitation_error(result.status)})


class InvitationPages(Controller):
    """What somebody is asked."""

    path = "/merchant/invitations"
    guards = (signed_in,)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """List the invitations that wait for an answer."""
        return page(
            request,
            "shops/invitations.html",
            invitations=await _asked(request.database, request.caller),
            roles=words.roles(),
        )

    @get("/notice")
    async def show_notice(self, request: WebRequest) -> Response[str]:
        """Say that there are some, on a page that is about something else; or nothing."""
        return fragment(
            request, "shops/invitations_notice.html", count=len(await _asked(request.database, request.caller))
        )

    @post("/{invitation_id:uuid}", status_code=303)
    async def answer(self, request: WebRequest, invitation_id: FromPath[UUID]) -> Response[str]:
        """Accept, or decline."""
        form = await read_form(request)
        is_accepted = form.text("answer") == "accept"
        command = AnswerInvitation(invitation_id=invitation_id, is_accepted=is_accepted, actor=request.actor())
        status = await request.batchers.of(answer_invitations, "invitation_id").submit(command)
        match status:
            case AnswerInvitationStatus.INVITATION_NOT_FOUND:
                raise NotFoundException
            case AnswerInvitationStatus.ACCEPTED | AnswerInvitationStatus.EXISTS if is_accepted:
                shop_id = form.id("shop_id")
                return redirect(request, f"/merchant/{shop_id}" if shop_id else "/merchant", toast=_("欢迎加入！"))
            case AnswerInvitationStatus.DECLINED | AnswerInvitationStatus.EXISTS:
                return redirect(request, "/merchant/invitations", toast=_("已谢绝。"))
            case _:
                return redirect(request, "/merchant/invitations", toast=words.answer_error(status), tone="bad")


async def _asked(database: Database, caller: Caller) -> list[store.Asked]:
    async with database.read() as reader:
        return await store.get_invitations_of_person(reader, caller.own_id, clock.now())


async def _show(
    request: WebRequest, shop_id: UUID, given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        roster = await store.get_roster(reader, shop_id, clock.now())
    if roster is None:
        raise NotFoundException
    assignable = _assignable(request.caller, shop_id)
    return page(
        request,
        "shops/merchant_staff.html",
        status_code=422 if errors else 200,
        shop=roster,
        roster=roster,
        assignable=[(role, words.role_word(role)) for role in assignable],
        changeable={member.person_id for member in roster.members if member.role in assignable},
        matrix=words.matrix(),
        invitation_id=str(new_id(shop_id)),
        given=given or {},
        errors=errors or {},
        roles=words.roles(),
    )


async def _show_offer(
    request: WebRequest, shop_id: UUID, given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        roster = await store.get_roster(reader, shop_id, clock.now())
    if roster is None:
        raise NotFoundException
    return page(
        request,
        "shops/merchant_offer.html",
        status_code=422 if errors else 200,
        shop=roster,
        offer=next((each for each in roster.invitations if each.role is Role.OWNER), None),
        invitation_id=str(new_id(shop_id)),
        given=given or {},
        errors=errors or {},
    )


def _assignable(caller: Caller, shop_id: UUID) -> list[Role]:
    """Name the roles that somebody may give, the highest first."""
    own = caller.role_at(shop_id)
    return [Role(role) for role in ROLES if own and is_above(Role(own), Role(role))]


ROUTES: Final = (StaffPages, InvitationPages)
"""What the program serves of this module."""
