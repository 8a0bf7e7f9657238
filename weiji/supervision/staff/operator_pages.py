"""Who works for the operator: in which roles, since when, by whom; a role is proposed here, and taken at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.approvals import ProposeDeed, ProposeStatus, RoleGrant, list_waiting_grants, propose_deeds
from weiji.identity import (
    PasswordCheck,
    StaffChange,
    StaffRole,
    TakeSecondFactor,
    TakeSecondFactorStatus,
    TakeStaffRole,
    TakeStaffRoleStatus,
    check_entered_password,
    find_person,
    get_staff_member,
    list_staff,
    list_staff_changes,
    payment_password_error,
    staff_role_duty,
    staff_role_word,
    take_second_factors,
    take_staff_roles,
)
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.web import gettext as _
from weiji.web import page, pgettext, rate, redirect, staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form
from weiji.web.requests import WebRequest

HERE: Final = "/operator/staff"
PAGE: Final = 30
"""People, or changes, on one page."""
REASON_MAX: Final = 500


class StaffPages(Controller):
    """Who works for the operator. Auditors read it, operators change it."""

    path = HERE
    guards = (staff("operator", "auditor"),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest, after: FromQuery[UUID | None] = None) -> Response[str]:
        """List them, and the roles that wait for another to agree."""
        now = clock.now()
        async with request.database.read() as reader:
            found = await list_staff(reader, now, after, PAGE + 1)
            waiting = await list_waiting_grants(reader, now)
        is_whole = after is None and len(found) <= PAGE
        return page(
            request,
            "supervision/staff.html",
            **_tabs("now"),
            people=found[:PAGE],
            waiting=waiting,
            is_alone=is_whole and sum(each.has(StaffRole.OPERATOR) for each in found) < 2,
            duties=[(staff_role_word(role), staff_role_duty(role)) for role in StaffRole],
            words=_role_words(),
            more=f"{HERE}?after={found[PAGE - 1].person_id}" if len(found) > PAGE else None,
        )

    @get("/changes")
    async def list_changes(self, request: WebRequest, after: FromQuery[str | None] = None) -> Response[str]:
        """List which roles were given and taken, the latest first."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await list_staff_changes(reader, None, cursor, PAGE + 1)
        return page(
            request,
            "supervision/staff_changes.html",
            **_tabs("changes"),
            changes=found[:PAGE],
            words=_role_words(),
            more=f"{HERE}/changes?after={_cursor_of(found[PAGE - 1])}" if len(found) > PAGE else None,
        )

    @get("/new", guards=(staff("operator"),))
    async def show_form(
        self, request: WebRequest, who: FromQuery[str] = "", role: FromQuery[str] = ""
    ) -> Response[str]:
        """Show the form that proposes a role for somebody."""
        return _form_page(request, {"who": who[:64], "role": role, "reason": ""}, {})

    @post("/", status_code=303, guards=(staff("operator"),), opt=rate("approvals", "60/minute"))
    async def propose(self, request: WebRequest) -> Response[str]:
        """Propose a role for somebody: another operator is to agree."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("who", "role", "reason")}
        errors: dict[str, str] = {}
        async with request.database.read() as reader:
            person_id = await find_person(reader, given["who"])
            member = await get_staff_member(reader, person_id, clock.now()) if person_id else None
        if person_id is None:
            errors["who"] = _("没有人用这个名字登录。请本人先注册，再写用户名或手机号。")
        elif person_id == request.caller.person_id:
            errors["who"] = _("自己的角色要由别的同事给。")
        if given["role"] not in tuple(StaffRole):
            errors["role"] = _("请选一个角色。")
        elif member is not None and member.has(given["role"]):
            errors["role"] = _("这个人已经有这个角色了。")
        if not given["reason"] or len(given["reason"]) > REASON_MAX:
            errors["reason"] = _("请写为什么，最多 500 个字。")
        if errors or person_id is None:
            return _form_page(request, given, errors)
        command = ProposeDeed(
            id=form.id_near("id", person_id),
            deed=RoleGrant(person_id=person_id, role=StaffRole(given["role"])),
            reason=given["reason"],
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(propose_deeds).submit(command)
        if status in (ProposeStatus.PROPOSED, ProposeStatus.EXISTS):
            return redirect(request, HERE, toast=_("提上去了，等另一位运营同意。"))
        return _form_page(request, given, {"form": _("没有提交成功，请再试一次。")})

    @get("/{person_id:uuid}")
    async def show(self, request: WebRequest, person_id: FromPath[UUID]) -> Response[str]:
        """Show one of them, what they were given, and the form that takes it away."""
        return await _show(request, person_id)

    @post(
        "/{person_id:uuid}/withdrawal",
        status_code=303,
        guards=(staff("operator"),),
        opt=rate("password", "30/minute"),
    )
    async def take(self, request: WebRequest, person_id: FromPath[UUID]) -> Response[str]:
        """Take roles away, and end the sessions of whoever had them."""
        form = await read_form(request)
        roles = [StaffRole(text) for text in form.all("role", len(StaffRole)) if text in tuple(StaffRole)]
        if not roles:
            return await _show(request, person_id, form, {"role": _("请选一个角色。")})
        check = await check_entered_password(request, form)
        actor, reason = request.actor("staff"), form.text("reason")
        command = TakeStaffRole(person_id=person_id, roles=roles, actor=actor, reason=reason, refusal=check.refusal)
        result = await request.batchers.of(take_staff_roles, "person_id").submit(command)
        if result.status not in (TakeStaffRoleStatus.TAKEN, TakeStaffRoleStatus.ROLE_NOT_FOUND):
            return await _show(request, person_id, form, _taking_errors(result.status, check))
        if person_id != request.caller.person_id:
            return redirect(request, f"{HERE}/{person_id}", toast=_("收回了，登录也都结束了。"))
        # Whoever laid down what opens this page would find it closed.
        stays = StaffRole.OPERATOR not in roles
        return redirect(request, f"{HERE}/{person_id}" if stays else "/me", toast=_("放下了。"))

    @post(
        "/{person_id:uuid}/second-factor",
        status_code=303,
        guards=(staff("operator"),),
        opt=rate("password", "30/minute"),
    )
    async def take_second_factor(self, request: WebRequest, person_id: FromPath[UUID]) -> Response[str]:
        """Take the second factor of a colleague who lost the phone, and end their sessions."""
        form = await read_form(request)
        check = await check_entered_password(request, form)
        actor, reason = request.actor("staff"), form.text("reason")
        command = TakeSecondFactor(person_id=person_id, actor=actor, reason=reason, refusal=check.refusal)
        result = await request.batchers.of(take_second_factors, "person_id").submit(command)
        match result.status:
            case TakeSecondFactorStatus.TAKEN:
                toast = _("两步验证关了，登录也都结束了。")
                return redirect(request, f"{HERE}/{person_id}", toast=toast)
            case TakeSecondFactorStatus.NOT_FOUND | TakeSecondFactorStatus.PERSON_NOT_STAFF:
                return redirect(request, f"{HERE}/{person_id}", toast=_("两步验证没有开。"), tone="info")
            case TakeSecondFactorStatus.NOT_ALLOWED:
                return await _show(request, person_id, None, {"form": _("你已经不是运营了。")})
            case TakeSecondFactorStatus.OWN_FACTOR:
                return await _show(request, person_id, None, {"form": _("自己的要在账号与安全里关。")})
            case TakeSecondFactorStatus.REASON_MISSING:
                return await _show(request, person_id, None, {"factor_reason": _("请写为什么，最多 500 个字。")})
            case _:
                return await _show(request, person_id, None, {"factor_password": payment_password_error(check)})


def _taking_errors(status: TakeStaffRoleStatus, check: PasswordCheck) -> dict[str, str]:
    match status:
        case TakeStaffRoleStatus.NOT_ALLOWED:
            return {"form": _("你已经不是运营了。")}
        case TakeStaffRoleStatus.TOO_FEW_OPERATORS:
            return {"role": _("要留下两位运营，才给得出角色：先再有一位。急的话在服务器上用命令行收。")}
        case TakeStaffRoleStatus.REASON_MISSING:
            return {"reason": _("请写为什么，最多 500 个字。")}
        case _:
            return {"password": payment_password_error(check)}


def _cursor_of(change: StaffChange) -> str:
    return write_cursor(change.at, change.id)


def _tabs(tab: str) -> dict[str, Any]:
    return {
        "tab": tab,
        "tabs": [
            {"key": "now", "label": _("在职的"), "href": HERE},
            {"key": "changes", "label": pgettext("many", "变动"), "href": f"{HERE}/changes"},
        ],
    }


def _role_words() -> dict[str, str]:
    return {role.value: staff_role_word(role) for role in StaffRole}


def _form_page(request: WebRequest, given: Mapping[str, str], errors: Mapping[str, str]) -> Response[str]:
    return page(
        request,
        "supervision/staff_new.html",
        status_code=422 if errors else 200,
        id=str(new_id()),
        given=given,
        errors=errors,
        roles=[{"value": each, "label": staff_role_word(each), "note": staff_role_duty(each)} for each in StaffRole],
        reason_max=REASON_MAX,
    )


async def _show(
    request: WebRequest, person_id: UUID, form: Form | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        member = await get_staff_member(reader, person_id, clock.now())
        changes: Sequence[StaffChange] = await list_staff_changes(reader, person_id, None, PAGE)
    if member is None and not changes:
        raise NotFoundException
    return page(
        request,
        "supervision/staff_member.html",
        status_code=422 if errors else 200,
        person_id=person_id,
        member=member,
        name=member.display_name if member else changes[0].name,
        changes=changes,
        words=_role_words(),
        is_own=person_id == request.caller.person_id,
        # Whoever leaves, leaves everything, unless somebody chooses otherwise.
        chosen=form.all("role", len(StaffRole)) if form else [held.role for held in member.roles] if member else [],
        reason=form.text("reason") if form else "",
        errors=errors or {},
        reason_max=REASON_MAX,
    )


ROUTES: Final = (StaffPages,)
"""What the program serves of this module."""
