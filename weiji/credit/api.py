"""The JSON API of credit."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from weiji.credit import store
from weiji.credit.model import (
    CreditRules,
    Record,
    Trade,
    Verdict,
)
from weiji.credit.operations import CREDIT_RULES, get_record
from weiji.kit import clock
from weiji.rulebook import Version
from weiji.rulebook.api import PublishRulesAnswer, RulesBody, list_rules, publish
from weiji.web import Permission
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor

CreditRulesBatch = Batch[RulesBody[CreditRules]]


class CreditApi(Controller):
    """What shops are known for."""

    path = "/api/v1/credit"
    tags = ("credit",)

    @get("/shops/{shop_id:uuid}", **operation("GetCredit", is_public=True))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> Record:
        """Read where a shop stands and why: its trades of twelve months by what they counted for, and the rules."""
        async with request.database.read() as reader:
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
        async with request.database.read() as reader:
            found = await store.list_trades(reader, shop_id, [verdict] if verdict else None, before, limit + 1)
        shown = found[:limit]
        last = shown[-1] if len(found) > limit else None
        return Page(items=shown, next=write_cursor(last.settled_at, last.order_id) if last else None)

    @get("/rules", **operation("ListCreditRules", "platform:read", guards=[staff()]))
    async def list_rules(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[Version[CreditRules]]:
        """List the versions of the rules, the latest first."""
        return await list_rules(request, CREDIT_RULES, after, limit)

    @post(
        "/rules/publish",
        **operation("PublishCreditRules", "platform:write", repeat="key_needed", guards=[staff("operator")]),
    )
    async def publish(self, request: ApiRequest, data: CreditRulesBatch) -> Response[list[PublishRulesAnswer]]:
        """Publish versions of the rules, in turn. Every shop is graded anew by the last of them."""
        return await publish(request, CREDIT_RULES, data)


ROUTES: Final = (CreditApi,)
"""What the program serves of this module."""
