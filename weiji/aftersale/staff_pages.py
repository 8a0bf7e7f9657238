"""The operator's look at after-sale: everybody's cases, and each with what happened to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.aftersale import operations, store, words
from weiji.aftersale.machine import CaseState
from weiji.carriers import state_word as parcel_word
from weiji.carriers import tracking_steps
from weiji.catalog import picture_of
from weiji.events.outbox import get_trail
from weiji.web import gettext as _
from weiji.web import page, staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.requests import WebRequest

PAGE: Final = 30
"""Cases on one page of the list."""

TABS: Final[Mapping[str, tuple[CaseState, ...]]] = {
    "all": tuple(CaseState),
    "asked": (CaseState.ASKED, CaseState.COUNTERED),
    "goods": (
        CaseState.AGREED,
        CaseState.TO_RETURN,
        CaseState.RETURNING,
        CaseState.RETURN_COUNTERED,
        CaseState.RETURNED,
        CaseState.TO_GIVE_BACK,
    ),
    "refused": (CaseState.REFUSED, CaseState.RETURN_REFUSED, CaseState.DISPUTED),
    "over": (
        CaseState.REFUNDING,
        CaseState.REFUNDED,
        CaseState.RESHIPPED,
        CaseState.WITHDRAWN,
        CaseState.EXPIRED,
        CaseState.DISMISSED,
        CaseState.GIVEN_BACK,
    ),
}
"""The tabs of the list, and the states that each shows."""


class StaffCases(Controller):
    """Everybody's cases."""

    path = "/operator/aftersale"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def list(self, request: WebRequest, tab: FromQuery[str] = "all", after: FromQuery[str] = "") -> Response[str]:
        """List cases, the newest first."""
        tab = tab if tab in TABS else "all"
        async with request.database.read() as reader:
            counts = await store.count_cases(reader)
            found = await store.list_cases(reader, TABS[tab], read_cursor(after, tuple[datetime, UUID]), PAGE + 1)
        labels = {
            "all": _("全部"),
            "asked": _("在商量"),
            "goods": _("在路上"),
            "refused": _("没有谈成"),
            "over": _("已结束"),
        }
        counted = ("asked", "goods", "refused")
        return page(
            request,
            "aftersale/staff_cases.html",
            cases=found[:PAGE],
            tab=tab,
            tabs=[
                {
                    "key": key,
                    "label": label,
                    "href": f"/operator/aftersale?tab={key}",
                    "count": sum(counts.get(state, 0) for state in TABS[key]) if key in counted else 0,
                }
                for key, label in labels.items()
            ],
            more=f"/operator/aftersale?tab={tab}&after={write_cursor(found[PAGE - 1].asked_at, found[PAGE - 1].id)}"
            if len(found) > PAGE
            else None,
            state_word=words.state_word,
            asked_word=words.asked_word,
            reason_word=words.reason_word,
        )

    @get("/{case_id:uuid}")
    async def show(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Show a case with everything that happened to it."""
        async with request.database.read() as reader:
            found = await store.get_case(reader, case_id)
            if found is None:
                raise NotFoundException
            trail = await get_trail(reader, case_id)
        case = found.case
        return page(
            request,
            "aftersale/staff_case.html",
            case=case,
            state=words.state_word(case, found.replacement),
            kind=words.kind_word(case.kind),
            reason=words.reason_word(case.reason),
            steps=words.steps_of(trail),
            asked=found.asked,
            in_stock=found.in_stock,
            said=operations.sayings_of(trail),
            saying_word=words.saying_word,
            returned=found.returned,
            replacement=found.replacement,
            parcel_word=parcel_word,
            tracking_steps=tracking_steps,
            picture_of=picture_of,
        )


ROUTES: Final = (StaffCases,)
