"""The pages of freight: a shop's templates, which product goes by which, and what a buyer would pay for sending."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.freight import store
from weiji.freight.forms import EnteredTemplate, Row, write_regions, write_units
from weiji.freight.model import (
    TEMPLATES_MAX,
    ZONES_MAX,
    AssignTemplate,
    AssignTemplateStatus,
    Method,
    PutTemplate,
    PutTemplateStatus,
    RemoveTemplate,
    Template,
    Way,
    Zone,
)
from weiji.freight.operations import assign_templates, put_templates, remove_templates
from weiji.freight.rules import zone_for
from weiji.identity import get_addresses
from weiji.kit.db import Reader
from weiji.kit.ids import new_id
from weiji.kit.money import format_yuan
from weiji.shops import Shop, get_shops
from weiji.web import fragment, page, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.forms import read_form, read_id
from weiji.web.permissions import Permission
from weiji.web.regions import chosen, is_district, picker, text_of
from weiji.web.requests import WebRequest


class FreightDeskPages(Controller):
    """A shop's freight templates, for who works there."""

    path = "/merchant/{shop_id:uuid}/freight"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def list(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List the templates."""
        async with request.database.read() as reader:
            shop = await _shop_of(reader, shop_id)
            templates = (await store.get_templates(reader, [shop_id]))[shop_id]
        return page(
            request,
            "freight/merchant_templates.html",
            shop=shop,
            templates=templates,
            zone_words=zone_words,
            regions_of=write_regions,
            is_full=len(templates) >= TEMPLATES_MAX,
        )

    @get("/new")
    async def show_new(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Ask for a new template."""
        async with request.database.read() as reader:
            shop = await _shop_of(reader, shop_id)
        entered = EnteredTemplate(
            id=new_id(shop_id), name="", method=Method.PIECE, rest=Row(), rows=[], excluded="", is_default=False
        )
        return _template_page(request, shop, entered, {}, is_new=True)

    @get("/{template_id:uuid}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], template_id: FromPath[UUID]) -> Response[str]:
        """Show a template, to be changed."""
        async with request.database.read() as reader:
            shop = await _shop_of(reader, shop_id)
            templates = (await store.get_templates(reader, [shop_id]))[shop_id]
        found = next((one for one in templates if one.id == template_id), None)
        if found is None:
            raise NotFoundException
        return _template_page(request, shop, EnteredTemplate.of(found), {}, is_new=False)

    @post("/{template_id:uuid}")
    async def put(self, request: WebRequest, shop_id: FromPath[UUID], template_id: FromPath[UUID]) -> Response[str]:
        """Write a template, a new one or another in the place of what was there."""
        form = await read_form(request)
        entered = EnteredTemplate.read(form, template_id)
        errors: dict[str, str] = {}
        template = entered.template(shop_id, errors)
        if form.text("then") != "add" and not errors:
            command = PutTemplate(template=template, actor=request.actor("merchant"))
            status = await request.batchers.of(put_templates, "template.shop_id").submit(command)
            if status in (PutTemplateStatus.CREATED, PutTemplateStatus.CHANGED, PutTemplateStatus.EXISTS):
                return redirect(request, f"/merchant/{shop_id}/freight", toast=_("运费模板保存好了"))
            errors = template_errors(status)
        async with request.database.read() as reader:
            shop = await _shop_of(reader, shop_id)
        shown = {} if form.text("then") == "add" else errors
        return _template_page(request, shop, entered, shown, is_new=form.is_on("is_new"))

    @post("/{template_id:uuid}/removal")
    async def remove(self, request: WebRequest, shop_id: FromPath[UUID], template_id: FromPath[UUID]) -> Response[str]:
        """Remove a template."""
        command = RemoveTemplate(id=template_id, shop_id=shop_id, actor=request.actor("merchant"))
        await request.batchers.of(remove_templates, "shop_id").submit(command)
        return redirect(request, f"/merchant/{shop_id}/freight", toast=_("运费模板删掉了"))

    @get("/products/{product_id:uuid}")
    async def show_assignment(
        self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]
    ) -> Response[str]:
        """Show by what the freight of a product is found: a piece of the product's page."""
        async with request.database.read() as reader:
            templates = (await store.get_templates(reader, [shop_id]))[shop_id]
            assignment = await store.get_assignment(reader, shop_id, product_id)
        return fragment(
            request,
            "freight/merchant_assignment.html",
            shop_id=shop_id,
            product_id=product_id,
            templates=templates,
            way=assignment.way,
            tariff=assignment.template,
        )

    @get("/products/{product_id:uuid}/weight")
    async def show_weight(
        self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID], weight: FromQuery[str] = ""
    ) -> Response[str]:
        """Warn that a product, be it new or saved, goes by weight and has none: a piece of its form."""
        template = None
        if not weight.strip(" 0"):
            async with request.database.read() as reader:
                template = (await store.get_assignment(reader, shop_id, product_id)).template
        is_weighed = template is not None and template.method is Method.WEIGHT
        return fragment(
            request, "freight/product_weight.html", shop_id=shop_id, tariff=template if is_weighed else None
        )

    @post("/products/{product_id:uuid}")
    async def assign(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Say by what the freight of a product is found."""
        form = await read_form(request)
        said = form.text("template")
        template_id = read_id(said)
        way = Way.TEMPLATE if template_id else Way.FREE if said == Way.FREE else Way.DEFAULT
        command = AssignTemplate(product_id=product_id, shop_id=shop_id, way=way, template_id=template_id)
        status = await request.batchers.of(assign_templates, "shop_id").submit(command)
        way_back = f"/merchant/{shop_id}/goods/{product_id}"
        if status is AssignTemplateStatus.ASSIGNED:
            return redirect(request, way_back, toast=_("运费改好了"))
        return redirect(request, way_back, toast=_("没有这个运费模板了。"), tone="warn")


class FreightPages(Controller):
    """What sending a product costs, for its buyers: a piece of its page, or a page of its own."""

    path = "/freight/{shop_id:uuid}/{product_id:uuid}"
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Say from how much on a product is sent to the region asked for, else to the default address."""
        query = request.query_params
        region = chosen(query.get("province", ""), query.get("city", ""), query.get("district", ""))
        async with request.database.read() as reader:
            template = (await store.get_assignment(reader, shop_id, product_id)).template
            if not region and request.caller.person_id and "province" not in query:
                region = next((one.region_code for one in await get_addresses(reader, request.caller.person_id)), "")
        zone = zone_for(template, region) if template and region else None
        is_known = is_district(region) or template is None
        context: dict[str, Any] = {
            "shop_id": shop_id,
            "product_id": product_id,
            "tariff": template,
            "zone": zone,
            "region": text_of(region) if region else "",
            "regions": picker(region),
            "is_known": is_known,
            "words": zone_words(zone, template) if zone and template else "",
        }
        if request.headers.get("hx-request"):
            return fragment(request, "freight/product_freight.html", **context)
        return page(request, "freight/freight.html", **context)


ROUTES: Final = (FreightDeskPages, FreightPages)
"""What the program serves of this module."""


def zone_words(zone: Zone, template: Template) -> str:
    """Say what a zone charges."""
    method = template.method
    unit = _("件") if method is Method.PIECE else "kg"
    words = _(
        "首 %(first)s %(unit)s ¥%(first_price)s，续 %(extra)s %(unit)s ¥%(extra_price)s",
        first=write_units(zone.first, method),
        extra=write_units(zone.extra, method),
        first_price=format_yuan(zone.first_price),
        extra_price=format_yuan(zone.extra_price),
        unit=unit,
    )
    if zone.free_amount is not None:
        words += " · " + _("满 ¥%(amount)s 包邮", amount=format_yuan(zone.free_amount))
    if zone.free_pieces is not None:
        words += " · " + _("满 %(pieces)s 件包邮", pieces=zone.free_pieces)
    return words


def template_errors(status: PutTemplateStatus) -> dict[str, str]:
    """Say what is wrong with a template, by the name of the field; under "form", with all of it."""
    match status:
        case PutTemplateStatus.INVALID_NAME:
            return {"name": _("给模板起个名字，最多 40 个字。")}
        case PutTemplateStatus.INVALID_ZONES:
            return {"form": _("至少要有一个能送到的地区。")}
        case PutTemplateStatus.REGION_TWICE:
            return {"form": _("有一个地区写了两次：每个地区只能在一行里，也不能同时不送。")}
        case PutTemplateStatus.UNITS_OUT_OF_RANGE | PutTemplateStatus.PRICE_OUT_OF_RANGE:
            return {"form": _("有一个数太大了。")}
        case PutTemplateStatus.TOO_MANY_TEMPLATES:
            return {"form": _("运费模板太多了，请先删掉一个。")}
        case _:
            return {"form": _("没有保存，请再试一次。")}


async def _shop_of(reader: Reader, shop_id: UUID) -> Shop:
    shop = (await get_shops(reader, [shop_id]))[0]
    if shop is None:
        raise NotFoundException
    return shop


def _template_page(
    request: WebRequest, shop: Shop, entered: EnteredTemplate, errors: dict[str, str], *, is_new: bool
) -> Response[str]:
    return page(
        request,
        "freight/merchant_template.html",
        status_code=422 if errors else 200,
        shop=shop,
        entered=entered,
        errors=errors,
        is_new=is_new,
        can_add=len(entered.rows) < ZONES_MAX - 1,
    )
