"""Pages of marked names, for the operator's staff."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.identity import Role
from weiji.kit import clock
from weiji.supervision.naming import store
from weiji.supervision.naming.model import REASON_MAX, DecideName, DecideNameStatus
from weiji.supervision.naming.operations import decide_names
from weiji.supervision.naming.words import deciding_error
from weiji.web import gettext as _
from weiji.web import page, redirect, staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest

PAGE: Final = 30

HERE: Final = "/operator/names"


class NamePages(Controller):
    """Names in which word rules found something."""

    path = HERE
    guards = (staff(Role.OPERATOR, Role.REVIEWER, Role.ARBITER),)
    include_in_schema = False

    @get("/")
    async def list_names(self, request: WebRequest, after: FromQuery[str | None] = None) -> Response[str]:
        """List what waits, whose time ends first."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_open(reader, cursor, PAGE + 1)
        last = found[PAGE - 1] if len(found) > PAGE else None
        return page(
            request,
            "supervision/marked_names.html",
            names=found[:PAGE],
            more=f"{HERE}?after={write_cursor(last.due_at, last.person_id)}" if last else None,
            now=clock.now(),
            reason_max=REASON_MAX,
        )

    @post("/{person_id:uuid}/decision", status_code=303)
    async def decide(self, request: WebRequest, person_id: FromPath[UUID]) -> Response[str]:
        """Let a name stand, or take it."""
        form = await read_form(request)
        command = DecideName(
            person_id=person_id,
            name=form.text("name"),
            is_allowed=form.text("then") == "allow",
            reason=form.text("reason"),
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(decide_names, "person_id").submit(command)
        match status:
            case DecideNameStatus.DECIDED | DecideNameStatus.EXISTS:
                done = _("这个名字可以用了。") if command.is_allowed else _("名字改掉了，对方会看到理由。")
                return redirect(request, HERE, toast=done)
            case DecideNameStatus.NAME_NOT_FOUND:
                raise NotFoundException
            case _:
                return redirect(request, HERE, toast=deciding_error(status), tone="warn")


ROUTES: Final = (NamePages,)
"""What the program serves of this module."""
