"""What the desks of shops and of the platform have in common: lists of campaigns, and the form of one."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from litestar.exceptions import NotFoundException
from litestar.response import Response

from weiji.catalog import GoodsRow, Shelf, get_categories, get_goods_for_merchant
from weiji.catalog.category_words import name_of
from weiji.coupons import store, words
from weiji.coupons.forms import blank, categories_of, given_of, kinds, products_of, read_campaign
from weiji.coupons.model import (
    CampaignVerb,
    CouponVerb,
    CreateCampaignStatus,
    MoveCampaign,
    MoveCampaignStatus,
    ServeCoupon,
    ServeCouponStatus,
)
from weiji.coupons.operations import create_campaigns, move_campaigns, serve_coupons
from weiji.coupons.reading import read_terms
from weiji.coupons.rules import CAMPAIGN_MOVES
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.shops import Shop, get_shops
from weiji.web import gettext as _
from weiji.web import page, redirect
from weiji.web.forms import Form, read_id
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Campaigns on one page of a list."""

GOODS: Final = 100
"""Goods that the form of a shop offers to tick, the newest."""


async def shop_of(reader: Reader, shop_id: UUID) -> Shop:
    """Read the shop of a page."""
    (shop,) = await get_shops(reader, [shop_id])
    if shop is None:
        raise NotFoundException
    return shop


def way_of(shop_id: UUID | None) -> str:
    """Give the address of a desk's coupons."""
    return f"/merchant/{shop_id}/coupons" if shop_id else "/operator/coupons"


async def show_list(request: WebRequest, shop_id: UUID | None) -> Response[str]:
    """List campaigns with what they brought, the newest first."""
    before = read_id(request.query_params.get("before"))
    async with request.database.read() as reader:
        shop = await shop_of(reader, shop_id) if shop_id else None
        found = await store.list_campaigns(reader, shop_id, before, PAGE + 1)
    here, now = way_of(shop_id), clock.now()
    return page(
        request,
        "coupons/merchant_list.html" if shop else "coupons/operator_list.html",
        shop=shop,
        here=here,
        use_id=new_id(shop_id),
        found=[(each, words.state_word(each, now)) for each in found[:PAGE]],
        more=f"{here}?before={found[PAGE - 1].campaign.id}" if len(found) > PAGE else None,
        words=words,
    )


async def show_one(
    request: WebRequest, shop_id: UUID | None, campaign_id: UUID, error: str | None = None
) -> Response[str]:
    """Show a campaign, with what may be done to it."""
    async with request.database.read() as reader:
        shop = await shop_of(reader, shop_id) if shop_id else None
        found = await store.get_campaign(reader, campaign_id)
    if found is None or found.campaign.shop_id != shop_id:
        raise NotFoundException
    campaign, now = found.campaign, clock.now()
    is_over = campaign.ends_at <= now
    return page(
        request,
        "coupons/merchant_show.html" if shop else "coupons/operator_show.html",
        status_code=409 if error else 200,
        shop=shop,
        here=way_of(shop_id),
        shown=found,
        campaign=campaign,
        state=words.state_word(found, now),
        verbs=[
            verb.value
            for verb, (before, _after) in CAMPAIGN_MOVES.items()
            if campaign.state in before and (verb is CampaignVerb.STOP or not is_over)
        ],
        lacking=max(0, campaign.cost_max - found.budget) if campaign.is_platform else 0,
        proposal_id=new_id(chart.TREASURY),
        error=error,
        words=words,
    )


async def show_form(
    request: WebRequest,
    shop_id: UUID | None,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    id: UUID | None = None,
    products: Sequence[UUID] = (),
) -> Response[str]:
    """Show the form of a campaign."""
    goods: Sequence[GoodsRow] = ()
    tree = None
    async with request.database.read() as reader:
        shop = await shop_of(reader, shop_id) if shop_id else None
        if shop_id:
            goods = (await get_goods_for_merchant(reader, shop_id, shelf=Shelf.LISTED, limit=GOODS)).goods
        else:
            tree = await get_categories(reader)
    kinds_of_goods = tree.children_of(None) if tree else []
    return page(
        request,
        "coupons/merchant_form.html" if shop else "coupons/operator_form.html",
        status_code=422 if errors else 200,
        shop=shop,
        here=way_of(shop_id),
        id=id or new_id(shop_id or chart.TREASURY),
        given=given or blank(clock.now()),
        errors=errors or {},
        kinds=kinds(),
        goods=goods,
        products=frozenset(products),
        categories=[("", _("全部商品")), *((str(each.id), name_of(each)) for each in kinds_of_goods)],
    )


async def create(request: WebRequest, form: Form, shop_id: UUID | None, actor: Actor) -> Response[str]:
    """Create what a form asks for, and show it; or the form again, with what is wrong."""
    near = shop_id or chart.TREASURY
    id = form.id_near("id", near)
    products, categories = products_of(form), [] if shop_id else categories_of(form)
    errors: dict[str, str] = {}
    async with request.database.read() as reader:
        (scope,) = await read_terms(reader, [(shop_id, products, categories)])
    command = read_campaign(form, id, shop_id, scope, actor, errors)
    if command is not None:
        status = await request.batchers.of(create_campaigns).submit(command)
        if status in (CreateCampaignStatus.CREATED, CreateCampaignStatus.EXISTS):
            return redirect(request, f"{way_of(shop_id)}/{id}", toast=_("存好了，开始以后才能领。"))
        errors = words.create_errors(status)
    return await show_form(request, shop_id, given_of(form), errors, id, products)


async def serve(request: WebRequest, form: Form, shop_id: UUID, actor: Actor) -> Response[str]:
    """Use a coupon at the shop's till, by its code; or take the use that there is back."""
    id, verb = read_id(form.text("code").replace(" ", "")), form.text("verb")
    if verb not in (CouponVerb.USE, CouponVerb.TAKE_BACK):
        return redirect(request, way_of(shop_id))
    is_use = verb == CouponVerb.USE
    status = ServeCouponStatus.COUPON_NOT_FOUND
    if id is not None:
        async with request.database.read() as reader:
            found = (await store.get_coupons(reader, [id])).get(id)
        use_id = form.id("use_id") if is_use else found and found.order_id
        command = ServeCoupon(
            coupon_id=id, shop_id=shop_id, verb=CouponVerb(verb), use_id=use_id or new_id(shop_id), actor=actor
        )
        status = await request.batchers.of(serve_coupons, "coupon_id").submit(command)
    said, tone = words.serve_words(status, is_use=is_use)
    return redirect(request, way_of(shop_id), toast=said, tone=tone)


async def act(request: WebRequest, form: Form, shop_id: UUID | None, campaign_id: UUID, actor: Actor) -> Response[str]:
    """Start, pause, resume or stop a campaign."""
    verb = form.text("verb")
    if verb not in tuple(CampaignVerb):
        return redirect(request, f"{way_of(shop_id)}/{campaign_id}")
    command = MoveCampaign(id=campaign_id, shop_id=shop_id, verb=CampaignVerb(verb), actor=actor)
    status = await request.batchers.of(move_campaigns).submit(command)
    match status:
        case MoveCampaignStatus.CAMPAIGN_NOT_FOUND:
            raise NotFoundException
        case MoveCampaignStatus.DONE | MoveCampaignStatus.EXISTS:
            return redirect(request, f"{way_of(shop_id)}/{campaign_id}", toast=_("好了。"))
        case _:
            return await show_one(request, shop_id, campaign_id, words.move_error(status))
