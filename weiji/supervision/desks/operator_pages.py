"""How the desks of the operator's staff get on."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from litestar import Controller, get
from litestar.response import Response

from weiji.kit import clock
from weiji.supervision.desks import store
from weiji.supervision.desks.model import DONE_OF, DeskFigures, DeskName
from weiji.web import gettext as _
from weiji.web import page, staff
from weiji.web.caller import Caller
from weiji.web.requests import WebRequest

PLACES: Final[dict[DeskName, tuple[str, tuple[str, ...]]]] = {
    DeskName.INQUIRIES: ("/operator/inquiries", ("operator", "reviewer", "arbiter")),
    DeskName.NAMES: ("/operator/names", ("operator", "reviewer", "arbiter")),
    DeskName.PENALTY_APPEALS: ("/operator/inquiries?tab=appeals", ("operator", "reviewer", "arbiter")),
    DeskName.SUSPENSION_APPEALS: ("/operator/shops", ("operator", "arbiter")),
    DeskName.GOODS: ("/operator/goods-reviews", ("reviewer",)),
    DeskName.APPLICATIONS: ("/operator/applications", ("reviewer",)),
    DeskName.REVIEWS: ("/operator/reviews", ("operator", "arbiter")),
    DeskName.DISPUTES: ("/operator/disputes", ("arbiter",)),
    DeskName.PAYMENT_COMPLAINTS: ("/operator/payment-complaints", ("arbiter",)),
    DeskName.CHARGEBACKS: ("/operator/chargebacks", ("operator", "reviewer", "arbiter", "auditor")),
    DeskName.APPROVALS: ("/operator/approvals", ("operator", "reviewer", "arbiter", "auditor")),
    DeskName.BREAKS: ("/operator/reconciliation", ("operator", "reviewer", "arbiter", "auditor")),
    DeskName.BANK_TRANSFERS: ("/operator/bank-transfers", ("operator",)),
    DeskName.PAYOUT_REVIEWS: ("/operator/payments/review", ("operator",)),
    DeskName.SILENT_PAYOUTS: ("/operator/payments/silent", ("operator",)),
    DeskName.ENROLMENTS: ("/operator/enrolments", ("operator", "reviewer", "arbiter", "auditor")),
}
"""Where each desk is, and whose it is."""


class DeskPages(Controller):
    """What waits for staff, and what was done."""

    path = "/operator/desks"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what waits at each desk, how long, and what was done this week."""
        now = clock.now()
        async with request.database.read() as reader:
            figures = await store.get_figures(reader, now)
        words = desk_words()
        return page(
            request,
            "supervision/desks.html",
            rows=[
                (
                    words[each.desk],
                    PLACES[each.desk][0] if request.caller.has_role(*PLACES[each.desk][1]) else None,
                    each,
                    now - each.oldest_at if each.oldest_at else None,
                    timedelta(seconds=each.seconds_mean),
                )
                for each in figures
            ],
            waiting=sum(each.waiting for each in figures),
            overdue=sum(each.overdue for each in figures),
            done=sum(each.done for each in figures),
            days=DONE_OF.days,
        )


def waiting_for(caller: Caller, figures: Iterable[DeskFigures]) -> list[tuple[str, str, DeskFigures]]:
    """Give name, address and figures of the desks of *caller* at which something waits."""
    words = desk_words()
    return [
        (words[each.desk], PLACES[each.desk][0], each)
        for each in figures
        if each.waiting and caller.has_role(*PLACES[each.desk][1])
    ]


def desk_words() -> dict[DeskName, str]:
    """Name the desks."""
    return {
        DeskName.INQUIRIES: _("巡查"),
        DeskName.NAMES: _("个人的名字"),
        DeskName.PENALTY_APPEALS: _("处罚申诉"),
        DeskName.SUSPENSION_APPEALS: _("停业申诉"),
        DeskName.GOODS: _("商品审核"),
        DeskName.APPLICATIONS: _("店铺认证"),
        DeskName.REVIEWS: _("评价举报"),
        DeskName.DISPUTES: _("纠纷"),
        DeskName.PAYMENT_COMPLAINTS: _("程序订单的投诉"),
        DeskName.CHARGEBACKS: _("拒付"),
        DeskName.APPROVALS: _("双人复核"),
        DeskName.BREAKS: _("对账"),
        DeskName.BANK_TRANSFERS: _("银行打款"),
        DeskName.PAYOUT_REVIEWS: _("大额提现"),
        DeskName.SILENT_PAYOUTS: _("没有结果的提现"),
        DeskName.ENROLMENTS: _("店铺进件"),
    }


ROUTES: Final = (DeskPages,)
