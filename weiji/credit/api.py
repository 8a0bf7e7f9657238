"""The JSON API of credit."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.credit import store
from weiji.credit.model import (
    CreditRules,
    PublishCreditRules,
    PublishCreditRulesStatus,
    Record,
    RulesVersion,
    Trade,
    Verdict,
)
from weiji.credit.operations import get_record, publish_rules
from weiji.kit import clock
from weiji.web import Permission
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, read_cursor, run, write_cursor
from weiji.web.caller import staff


class CreditRulesBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Rules that are to be in force from now on; `version` is the one after the latest."""

    version: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    rules: CreditRules
    reason: Typed


class PublishCreditRulesAnswer(Struct):
    """How publishing rules ended."""

    status: PublishCreditRulesStatus


CreditRulesBatch = Batch[CreditRulesBody]


class CreditApi(Controller):
    """What shops are known for."""

    path = "/api/v1/credit"
    tags = ("credit",)

    @get("/shops/{shop_id:uuid}", **operation("GetCredit", is_public=True))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> Record:
        """Read where a shop stands and why: its trades of twelve months by what they counted for, and the rules."""
        async with request.desk.database.read() as reader:
            record = await get_record(reader, shop_id, clock.now())
        if record is None:
            raise NotFoundException
        return record

    @get("/trades", **operation("ListCreditTrades", "orders:read"))
    async def list_trades(
        self,
        request: ApiRequest,
        shop_id: FromQuery[UUID],
        verdict: FromQuery[Verdict | None] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[Trade]:
        """List the settled trades of a shop whose orders you may see, newest first, and what each counted for."""
        if not request.caller.may(shop_id, Permission.ORDERS):
            raise NotFoundException
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.desk.database.read() as reader:
            found = await store.list_trades(reader, shop_id, [verdict] if verdict else None, before, limit + 1)
        shown = found[:limit]
        last = shown[-1] if len(found) > limit else None
        return Page(items=shown, next=write_cursor(last.settled_at, last.order_id) if last else None)

    @get("/rules", **operation("ListCreditRules", "platform:read", guards=[staff()]))
    async def list_rules(self, request: ApiRequest) -> Page[RulesVersion]:
        """List the versions of the rules, the one in force first; the newest 100."""
        async with request.desk.database.read() as reader:
            return Page(items=await store.get_rules(reader, 100), next=None)

    @post(
        "/rules/publish",
        **operation("PublishCreditRules", "platform:write", repeat="key_needed", guards=[staff("operator")]),
    )
    async def publish(self, request: ApiRequest, data: CreditRulesBatch) -> Response[list[PublishCreditRulesAnswer]]:
        """Publish versions of the rules, in turn. Every shop is graded anew by the last of them."""
        actor = request.actor("staff")
        commands = [
            PublishCreditRules(version=body.version, rules=body.rules, reason=body.reason, actor=actor) for body in data
        ]
        return await run(request, publish_rules, "actor.person_id", commands)


ROUTES: Final = (CreditApi,)
"""What the program serves of this module."""
