"""The operator's desk of reports: what somebody complained of, and the ruling."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.reviews import operations, store
from weiji.reviews.model import ANSWER_MAX, RuleReview, RuleStatus
from weiji.reviews.pages import PAGE
from weiji.reviews.words import report_words, rule_error
from weiji.web import Caller, page, redirect, staff
from weiji.web import gettext as _
from weiji.web.actors import actor_of
from weiji.web.api import read_cursor, write_cursor
from weiji.web.forms import read_form

AnyRequest = Request[Any, Any, Any]


class OperatorReviews(Controller):
    """Reports that wait for a ruling."""

    path = "/operator/reviews"
    guards = (staff("operator", "arbiter"),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: AnyRequest, database: NamedDependency[Database], after: FromQuery[str | None] = None
    ) -> Response[str]:
        """List them, the oldest first."""
        async with database.read() as reader:
            found = await store.list_open_reports(reader, read_cursor(after, tuple[datetime, UUID]), PAGE + 1)
        shown = found[:PAGE]
        more = (
            f"/operator/reviews?after={write_cursor(shown[-1].reported_at, shown[-1].id)}"
            if len(found) > PAGE
            else None
        )
        return page(
            request,
            "reviews/operator_reviews.html",
            reports=shown,
            more=more,
            kinds=report_words(),
            reason_max=ANSWER_MAX,
        )

    @post("/{order_id:uuid}/{line:int}/ruling")
    async def rule(
        self,
        request: AnyRequest,
        order_id: FromPath[UUID],
        line: FromPath[int],
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
        batchers: NamedDependency[Batchers],
    ) -> Response[str]:
        """Remove the review, or let it (again) be seen, and say why."""
        form = await read_form(request)
        async with database.read() as reader:
            found = await store.get_trade(reader, order_id)
        if found is None:
            raise NotFoundException
        command = RuleReview(
            order_id=order_id,
            line=line,
            is_removed=form.text("then") == "remove",
            reason=form.text("reason"),
            is_own=caller.works_for(found.shop_id),
            actor=actor_of(request.scope, "staff"),
        )
        status = await batchers.of(operations.rule_reviews, "order_id").submit(command)
        if status in (RuleStatus.RULED, RuleStatus.EXISTS):
            toast = _("移除了，页面上会写明理由。") if command.is_removed else _("保留了。")
            return redirect(request, "/operator/reviews", toast=toast)
        return redirect(request, "/operator/reviews", toast=rule_error(status), tone="warn")


ROUTES: Final = (OperatorReviews,)
"""What the program serves of this module."""
