"""The buyer's pages of coupons: what can be claimed, what one has, and the line that shops, goods and cart show."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.coupons import store, words
from weiji.coupons.model import ClaimCoupon
from weiji.coupons.operations import claim_coupons
from weiji.coupons.rules import word_of
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.web import fragment, page, rate, redirect, signed_in
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form, read_id
from weiji.web.page import safe_path
from weiji.web.requests import WebRequest

SHOWN: Final = 50
"""Campaigns that the coupon centre shows."""

LINE: Final = 3
"""Campaigns that the line of a shop names."""

PAGE: Final = 20
"""Coupons on one page of a list."""


class CouponPages(Controller):
    """What can be claimed, and what one has."""

    path = "/coupons"
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what can be claimed, in a shop or anywhere."""
        shop_id = read_id(request.query_params.get("shop"))
        async with request.database.read() as reader:
            found = await store.list_open(reader, shop_id, request.caller.person_id, clock.now(), SHOWN)
        return page(
            request,
            "coupons/centre.html",
            found=found,
            ids={each.campaign.id: new_id(each.campaign.id) for each in found},
            here=f"/coupons?shop={shop_id}" if shop_id else "/coupons",
            shop_id=shop_id,
            words=words,
        )

    @get("/at/{shop_id:uuid}")
    async def show_line(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Name what can be claimed in a shop: a piece of the pages of shops, goods and the cart. Mostly nothing."""
        async with request.database.read() as reader:
            found = await store.list_open(reader, shop_id, None, clock.now(), LINE)
        return fragment(request, "coupons/line.html", found=found, shop_id=shop_id, words=words)

    @post("/claim", status_code=303, guards=(signed_in,), opt=rate("coupons", "60/minute"))
    async def claim(self, request: WebRequest) -> Response[str]:
        """Claim a coupon, under the id that the page made; or by a code."""
        form = await read_form(request)
        code = form.text("code")
        campaign_id = form.id("campaign")
        back = safe_path(form.text("next"), "/coupons")
        if code:
            async with request.database.read() as reader:
                found = await store.find_by_code(reader, code)
            campaign_id = found.id if found else None
        if campaign_id is None:
            return redirect(request, back, toast=_("没有这样的优惠券，看看口令对不对。"), tone="warn")
        command = ClaimCoupon(
            id=form.id("id") or new_id(campaign_id),
            campaign_id=campaign_id,
            person_id=request.person_id,
            code=code or None,
            actor=request.actor("buyer"),
        )
        result = await request.batchers.of(claim_coupons, "campaign_id").submit(command)
        said, is_good = words.claim_words(result.status)
        return redirect(request, back, toast=said, tone="good" if is_good else "warn")

    @get("/mine", guards=(signed_in,))
    async def list_mine(self, request: WebRequest, tab: FromQuery[str] = "usable") -> Response[str]:
        """List one's coupons."""
        tab = tab if tab in ("usable", "used", "expired") else "usable"
        now = clock.now()
        before = read_cursor(request.query_params.get("before"), tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_coupons(reader, request.person_id, tab, now, before, PAGE + 1)
        shown = found[:PAGE]
        more = None
        if len(found) > PAGE:
            last = shown[-1][0]
            more = f"/coupons/mine?tab={tab}&before={write_cursor(last.claimed_at, last.id)}"
        return page(
            request,
            "coupons/mine.html",
            found=[(coupon, name, handle, words.coupon_word(word_of(coupon, now))) for coupon, name, handle in shown],
            for_tills={each.id for each, _name, _handle in shown if words.is_for_tills(each, word_of(each, now))},
            tab=tab,
            tabs=[
                {"key": "usable", "label": _("可用的"), "href": "/coupons/mine"},
                {"key": "used", "label": _("用过的"), "href": "/coupons/mine?tab=used"},
                {"key": "expired", "label": _("过期的"), "href": "/coupons/mine?tab=expired"},
            ],
            more=more,
            words=words,
        )


ROUTES: Final = (CouponPages,)
"""What the program serves of this module."""
