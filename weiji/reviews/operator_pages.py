"""The operator's desk of reviews: what somebody complained of, what word rules hold, and what staff say to it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.reviews import operations, store
from weiji.reviews.model import ANSWER_MAX, JudgeHold, JudgeHoldStatus, Part, RuleReview, RuleStatus
from weiji.reviews.pages import PAGE
from weiji.reviews.store import OpenHold
from weiji.reviews.words import hold_error, part_words, report_words, rule_error
from weiji.web import gettext as _
from weiji.web import page, redirect, staff
from weiji.web.cursors import Smallint, read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest


def cursor_of_hold(hold: OpenHold) -> str:
    """Say after what the list of what is held goes on."""
    return write_cursor(hold.held_at, hold.order_id, hold.line, hold.part)


def _tabs() -> list[dict[str, str]]:
    here = "/operator/reviews"
    return [
        {"key": "reports", "label": _("举报"), "href": here},
        {"key": "held", "label": _("用词待看"), "href": f"{here}/held"},
    ]


class OperatorReviews(Controller):
    """Reports that wait for a ruling, and what word rules hold."""

    path = "/operator/reviews"
    guards = (staff("operator", "arbiter"),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest, after: FromQuery[str | None] = None) -> Response[str]:
        """List them, the oldest first."""
        async with request.database.read() as reader:
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
            tabs=_tabs(),
            kinds=report_words(),
            reason_max=ANSWER_MAX,
        )

    @get("/held")
    async def list_held(self, request: WebRequest, after: FromQuery[str | None] = None) -> Response[str]:
        """List what word rules hold, the oldest first."""
        cursor = read_cursor(after, tuple[datetime, UUID, Smallint, Part])
        async with request.database.read() as reader:
            found = await store.list_open_holds(reader, cursor, PAGE + 1)
        shown = found[:PAGE]
        more = f"/operator/reviews/held?after={cursor_of_hold(shown[-1])}" if len(found) > PAGE else None
        return page(
            request,
            "reviews/operator_held.html",
            holds=shown,
            more=more,
            tabs=_tabs(),
            parts_named=part_words(),
            reason_max=ANSWER_MAX,
        )

    @post("/{order_id:uuid}/{line:int}/{part:str}/judgement")
    async def judge(
        self, request: WebRequest, order_id: FromPath[UUID], line: FromPath[int], part: FromPath[str]
    ) -> Response[str]:
        """Release what is held, or refuse it, and say why."""
        form = await read_form(request)
        async with request.database.read() as reader:
            found = await store.get_trade(reader, order_id)
        if found is None or part not in list(Part):
            raise NotFoundException
        command = JudgeHold(
            order_id=order_id,
            line=line,
            part=Part(part),
            is_released=form.text("then") == "release",
            reason=form.text("reason"),
            is_own=request.caller.works_for(found.shop_id),
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(operations.judge_holds, "order_id").submit(command)
        here = "/operator/reviews/held"
        if status is JudgeHoldStatus.HOLD_NOT_FOUND:
            raise NotFoundException
        if status in (JudgeHoldStatus.RELEASED, JudgeHoldStatus.REFUSED, JudgeHoldStatus.EXISTS):
            return redirect(
                request, here, toast=_("放行了。") if command.is_released else _("不公开，理由告诉写的人了。")
            )
        return redirect(request, here, toast=hold_error(status), tone="warn")

    @post("/{order_id:uuid}/{line:int}/ruling")
    async def rule(self, request: WebRequest, order_id: FromPath[UUID], line: FromPath[int]) -> Response[str]:
        """Remove the review, or let it (again) be seen, and say why."""
        form = await read_form(request)
        async with request.database.read() as reader:
            found = await store.get_trade(reader, order_id)
        if found is None:
            raise NotFoundException
        command = RuleReview(
            order_id=order_id,
            line=line,
            is_removed=form.text("then") == "remove",
            reason=form.text("reason"),
            is_own=request.caller.works_for(found.shop_id),
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(operations.rule_reviews, "order_id").submit(command)
        if status in (RuleStatus.RULED, RuleStatus.EXISTS):
            toast = _("移除了，页面上会写明理由。") if command.is_removed else _("保留了。")
            return redirect(request, "/operator/reviews", toast=toast)
        return redirect(request, "/operator/reviews", toast=rule_error(status), tone="warn")


ROUTES: Final = (OperatorReviews,)
"""What the program serves of this module."""
