"""The operator's view of deposits and debts."""

from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.deposits import store, words
from weiji.web import gettext as _
from weiji.web import page, staff
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Lines on one page of a list."""


class DepositsDesk(Controller):
    """What shops have put up, and what they owe."""

    path = "/operator/deposits"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: WebRequest, tab: FromQuery[str] = "all", before: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """List shops with what they have at stake, and the sums."""
        which: store.Which = "lacking" if tab == "lacking" else "owing" if tab == "owing" else "all"
        async with request.database.read() as reader:
            sums = await store.sum_stakes(reader)
            stakes = await store.list_stakes(reader, which, before, PAGE + 1)
        labels = {"all": (_("全部"), 0), "lacking": (_("没交够"), sums.lacking), "owing": (_("欠款"), sums.owing)}
        here = "/operator/deposits"
        return page(
            request,
            "deposits/operator_deposits.html",
            tab=which,
            tabs=[
                {"key": key, "label": label, "href": f"{here}?tab={key}", "count": count}
                for key, (label, count) in labels.items()
            ],
            sums=sums,
            stakes=stakes[:PAGE],
            more=f"{here}?tab={which}&before={stakes[PAGE - 1].id}" if len(stakes) > PAGE else None,
        )

    @get("/{shop_id:uuid}")
    async def show(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        tab: FromQuery[str] = "deposit",
        before: FromQuery[int | None] = None,
    ) -> Response[str]:
        """Show what a shop has at stake, and what moved its deposit or its debt."""
        is_debt = tab == "debt"
        read = store.get_debt_movements if is_debt else store.get_deposit_movements
        async with request.database.read() as reader:
            stake = (await store.get_stakes(reader, [shop_id])).get(shop_id)
            movements, more = await read(reader, shop_id, before, PAGE)
        if stake is None:
            raise NotFoundException
        here = f"/operator/deposits/{shop_id}"
        return page(
            request,
            "deposits/operator_deposit.html",
            stake=stake,
            tab="debt" if is_debt else "deposit",
            tabs=[
                {"key": "deposit", "label": _("保证金"), "href": here},
                {"key": "debt", "label": _("欠款"), "href": f"{here}?tab=debt"},
            ],
            movements=movements,
            word=words.debt_word if is_debt else words.deposit_word,
            more=f"{here}?tab={'debt' if is_debt else 'deposit'}&before={more}" if more is not None else None,
        )


ROUTES: Final = (DepositsDesk,)
"""What the program serves of this module."""
