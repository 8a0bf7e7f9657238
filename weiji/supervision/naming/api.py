"""The JSON API of marked names, for keys of the operator's staff."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Struct

from weiji.identity import Role
from weiji.supervision.naming import store
from weiji.supervision.naming.model import DecideName, DecideNameStatus, MarkedName
from weiji.supervision.naming.operations import decide_names
from weiji.web import staff
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.cursors import read_cursor, write_cursor


class DecideNameBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether a name may stand; `name` is what you saw. Whose name is taken reads the reason."""

    person_id: UUID
    name: Typed
    is_allowed: bool
    reason: Typed = ""


class DecideNameAnswer(Struct):
    """How deciding ended."""

    status: DecideNameStatus


DecideNameBatch = Batch[DecideNameBody]


class MarkedNamesApi(Controller):
    """Names of people in which word rules found something."""

    path = "/api/v1/marked-names"
    tags = ("supervision",)
    guards = (staff(Role.OPERATOR, Role.REVIEWER, Role.ARBITER),)

    @get("/", **operation("ListMarkedNames", "platform:read"))
    async def list_names(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[MarkedName]:
        """List names that wait for somebody to look, those whose time ends first."""
        async with request.database.read() as reader:
            found = await store.list_open(reader, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.due_at, last.person_id) if last else None)

    @post("/decide", **operation("DecideNames", "platform:write"))
    async def decide(self, request: ApiRequest, data: DecideNameBatch) -> Response[list[DecideNameAnswer]]:
        """Let names stand, or take them: whoever had one goes by a plain one until they find another."""
        actor = request.actor("staff")
        commands = [
            DecideName(
                person_id=body.person_id,
                name=body.name,
                is_allowed=body.is_allowed,
                reason=body.reason,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, decide_names, "person_id", commands)


ROUTES: Final = (MarkedNamesApi,)
"""What the program serves of this module."""
