"""The operator's view of wallets that lie: what is set aside, for whom, and what will be. None of it is income."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromQuery
from litestar.response import Response

from weiji.dormancy import store, words
from weiji.dormancy.model import DormancyState
from weiji.dormancy.store import Lying
from weiji.identity import get_people, person_word
from weiji.kit.money import format_yuan
from weiji.web import gettext as _
from weiji.web import page, staff
from weiji.web.requests import WebRequest

HERE: Final = "/operator/dormant-wallets"

PAGE: Final = 20
"""Lines on one page of a list."""


class DormancyDesk(Controller):
    """Wallets that lie."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: WebRequest, tab: FromQuery[str] = "dormant", after: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """List wallets that are set aside, or were told of."""
        state = DormancyState.TOLD if tab == "told" else DormancyState.DORMANT
        async with request.database.read() as reader:
            totals, found = await store.list_lying(reader, state, after, PAGE + 1)
            people = await get_people(reader, [each.dormancy.person_id for each in found[:PAGE]])
        return page(
            request,
            "dormancy/index.html",
            tab=state.value,
            tabs=[
                {"key": "dormant", "label": _("另存着的"), "href": HERE},
                {"key": "told", "label": _("已告知的"), "href": f"{HERE}?tab=told"},
            ],
            totals=totals,
            lines=[
                {"lying": each, "owner": person_word(people, each.dormancy.person_id), "href": _return_form(each)}
                for each in found[:PAGE]
            ],
            state=words.state_word(state),
            months=request.settings.dormant_months,
            more=f"{HERE}?tab={state}&after={found[PAGE - 1].dormancy.person_id}" if len(found) > PAGE else None,
        )


def _return_form(lying: Lying) -> str:
    """Say where two give back what is set aside, for an owner who asks for it by another way."""
    id, amount = str(lying.dormancy.person_id), format_yuan(lying.dormant)
    return f"/operator/approvals/new?{urlencode({'deed': 'dormant_return', 'owner': id, 'amount': amount})}"


ROUTES: Final = (DormancyDesk,)
"""What the program serves of this module."""
