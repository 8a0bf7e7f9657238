"""The platform's coupons, for the operator's staff: campaigns, and the budgets that two of them fill."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.approvals import Adjustment, Place, PlaceKind, ProposeDeed, ProposeStatus, propose_deeds
from weiji.coupons import desk, store
from weiji.web import gettext as _
from weiji.web import redirect, staff
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest


class PlatformCouponPages(Controller):
    """Campaigns that the platform pays."""

    path = "/operator/coupons"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """List the campaigns with what they brought."""
        return await desk.show_list(request, None)

    @get("/new", guards=(staff("operator"),))
    async def show_form(self, request: WebRequest) -> Response[str]:
        """Ask for a new campaign."""
        return await desk.show_form(request, None)

    @post("/", status_code=303, guards=(staff("operator"),))
    async def create(self, request: WebRequest) -> Response[str]:
        """Create a campaign."""
        form = await read_form(request)
        return await desk.create(request, form, None, request.actor("staff"))

    @get("/{campaign_id:uuid}")
    async def show(self, request: WebRequest, campaign_id: FromPath[UUID]) -> Response[str]:
        """Show a campaign with its budget."""
        return await desk.show_one(request, None, campaign_id)

    @post("/{campaign_id:uuid}", status_code=303, guards=(staff("operator"),))
    async def act(self, request: WebRequest, campaign_id: FromPath[UUID]) -> Response[str]:
        """Start, pause, resume or stop a campaign."""
        form = await read_form(request)
        actor = request.actor("staff")
        return await desk.act(request, form, None, campaign_id, actor)

    @post("/{campaign_id:uuid}/budget", status_code=303, guards=(staff("operator"),))
    async def fund(self, request: WebRequest, campaign_id: FromPath[UUID]) -> Response[str]:
        """Propose to fill what a budget lacks out of the operator's own funds: a colleague approves it."""
        form = await read_form(request)
        async with request.database.read() as reader:
            found = await store.get_campaign(reader, campaign_id)
        if found is None or not found.campaign.is_platform:
            raise NotFoundException
        lacking = found.campaign.cost_max - found.budget
        here = f"/operator/coupons/{campaign_id}"
        if lacking <= 0:
            return redirect(request, here, toast=_("预算已经够了。"))
        command = ProposeDeed(
            id=form.id_near("id", campaign_id),
            deed=Adjustment(
                debit=Place(kind=PlaceKind.OWN_FUNDS),
                credit=Place(kind=PlaceKind.BUDGET, owner_id=campaign_id),
                amount=lacking,
            ),
            reason=_("优惠券预算：%(name)s", name=found.campaign.name),
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(propose_deeds).submit(command)
        if status in (ProposeStatus.PROPOSED, ProposeStatus.EXISTS):
            return redirect(request, f"/operator/approvals/{command.id}", toast=_("提上去了，等一位同事复核。"))
        return redirect(request, here, toast=_("没有提交成功，请再试一次。"), tone="warn")


ROUTES: Final = (PlatformCouponPages,)
"""What the program serves of this module."""
