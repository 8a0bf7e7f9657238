"""What a shop was punished for, and where its owner appeals."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.kit import clock
from weiji.supervision.conduct.words import found_line
from weiji.supervision.inquiries import store
from weiji.supervision.inquiries.ladder import COUNTED_FOR, STEPS, SUSPENSION_POINTS
from weiji.supervision.inquiries.model import APPEAL_MAX, AppealPenalty, AppealPenaltyStatus
from weiji.supervision.inquiries.operations import appeal_penalties
from weiji.supervision.inquiries.rules import is_in_force
from weiji.supervision.inquiries.words import appeal_error, penalty_words, state_words
from weiji.web import Permission, fragment, page, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.requests import WebRequest
from weiji.word_rules.words import field_words

PAGE: Final = 20

NEW_FOR: Final = timedelta(days=14)
"""How long the desk tells of a penalty that nobody appealed against."""


class PenaltyPages(Controller):
    """Penalties of a shop."""

    path = "/merchant/{shop_id:uuid}/penalties"
    guards = (shop_staff(Permission.DESK),)
    include_in_schema = False

    @get("/")
    async def show(
        self, request: WebRequest, shop_id: FromPath[UUID], after: FromQuery[str | None] = None
    ) -> Response[str]:
        """Show them, the latest first."""
        return await _show(request, shop_id, after)

    @get("/notice")
    async def show_notice(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say on the desk that there are new penalties; nothing where there are none."""
        async with request.database.read() as reader:
            found = await store.list_penalties_of_shop(reader, shop_id, None, PAGE)
        since = clock.now() - NEW_FOR
        new = [each for each in found if is_in_force(each.penalty) and each.penalty.imposed_at > since]
        count = sum(each.penalty.appealed_at is None for each in new)
        return fragment(request, "supervision/penalties_notice.html", shop_id=shop_id, count=count)

    @post("/{penalty_id:uuid}/appeal", status_code=303, guards=(shop_staff(Permission.OWNERSHIP),))
    async def appeal(self, request: WebRequest, shop_id: FromPath[UUID], penalty_id: FromPath[UUID]) -> Response[str]:
        """Say why one is wrong, once."""
        # What is read of a form is short; an appeal may be longer.
        text = str((await request.form()).get("text", ""))[: APPEAL_MAX + 1].strip().replace("\r\n", "\n")
        actor = request.actor("merchant")
        command = AppealPenalty(penalty_id=penalty_id, shop_id=shop_id, text=text, actor=actor)
        status = await request.batchers.of(appeal_penalties, "penalty_id").submit(command)
        match status:
            case AppealPenaltyStatus.APPEALED | AppealPenaltyStatus.EXISTS:
                toast = _("申诉已提交，会由另一位同事裁定。")
                return redirect(request, f"/merchant/{shop_id}/penalties", toast=toast)
            case AppealPenaltyStatus.ALREADY_APPEALED | AppealPenaltyStatus.LIFTED:
                # The page was open meanwhile: it has no form any more beside which it could be said.
                return redirect(request, f"/merchant/{shop_id}/penalties", toast=appeal_error(status), tone="warn")
            case AppealPenaltyStatus.PENALTY_NOT_FOUND:
                raise NotFoundException
            case _:
                error = appeal_error(status)
                return await _show(request, shop_id, None, penalty_id, text, error)


async def _show(
    request: WebRequest,
    shop_id: UUID,
    after: str | None,
    wrong: UUID | None = None,
    text: str = "",
    error: str | None = None,
) -> Response[str]:
    async with request.database.read() as reader:
        shop = await store.get_record(reader, shop_id, clock.now())
        before = read_cursor(after, tuple[datetime, UUID])
        found = await store.list_penalties_of_shop(reader, shop_id, before, PAGE + 1)
    if shop is None:
        raise NotFoundException
    last = found[PAGE - 1].penalty if len(found) > PAGE else None
    more = f"/merchant/{shop_id}/penalties?after={write_cursor(last.imposed_at, last.id)}" if last else None
    return page(
        request,
        "supervision/merchant_penalties.html",
        status_code=422 if error else 200,
        shop=shop,
        penalties=found[:PAGE],
        more=more,
        kinds=penalty_words(),
        states=state_words(),
        steps=STEPS,
        suspension_points=SUSPENSION_POINTS,
        counted_days=COUNTED_FOR.days,
        fields=field_words(),
        lines={str(each.penalty.id): [found_line(hit) for hit in each.penalty.hits] for each in found},
        wrong=wrong,
        text=text,
        error=error,
        appeal_max=APPEAL_MAX,
    )


ROUTES: Final = (PenaltyPages,)
"""What the program serves of this module."""
