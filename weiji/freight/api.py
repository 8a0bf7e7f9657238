"""The JSON API of freight."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Meta, Struct

from weiji.freight import store
from weiji.freight.model import (
    AMOUNT_MAX,
    PIECES_MAX,
    PRICE_MAX,
    REGIONS_MAX,
    STEP_MAX,
    ZONES_MAX,
    AssignTemplate,
    AssignTemplateStatus,
    Method,
    PutTemplate,
    PutTemplateStatus,
    RemoveTemplate,
    RemoveTemplateStatus,
    Template,
    Way,
    Zone,
)
from weiji.freight.operations import assign_templates, put_templates, remove_templates
from weiji.web.api import ApiRequest, Batch, Page, Typed, operation, run
from weiji.web.permissions import Permission

Codes = Annotated[
    list[Annotated[str, Meta(max_length=6, description="A region of China by its GB/T 2260 code.")]],
    Meta(max_length=REGIONS_MAX),
]
Units = Annotated[int, Meta(ge=1, le=STEP_MAX, description="Pieces, or grams.")]
Price = Annotated[int, Meta(ge=0, le=PRICE_MAX, description="Minor units (fen).")]


class ZoneBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is charged in some regions; without regions, everywhere that no other zone names."""

    regions: Codes = []
    first: Units
    first_price: Price
    extra: Units
    extra_price: Price
    free_amount: Annotated[int, Meta(ge=1, le=AMOUNT_MAX)] | None = None
    free_pieces: Annotated[int, Meta(ge=1, le=PIECES_MAX)] | None = None


class TemplateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A freight template to write under its id, which is made near the shop."""

    id: UUID
    shop_id: UUID
    name: Typed
    method: Method
    zones: Annotated[list[ZoneBody], Meta(min_length=1, max_length=ZONES_MAX)]
    excluded: Codes = []
    is_default: bool = False


class RemoveTemplateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A freight template to remove."""

    id: UUID
    shop_id: UUID


class AssignTemplateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """By what the freight of a product is found. `template_id` goes with the way `template`, and only with that."""

    product_id: UUID
    shop_id: UUID
    way: Way
    template_id: UUID | None = None


class PutTemplateAnswer(Struct):
    """How writing a freight template ended."""

    status: PutTemplateStatus


class RemoveTemplateAnswer(Struct):
    """How removing a freight template ended."""

    status: RemoveTemplateStatus


class AssignTemplateAnswer(Struct):
    """How assigning a freight template ended."""

    status: AssignTemplateStatus


TemplateBatch = Batch[TemplateBody]
RemoveTemplateBatch = Batch[RemoveTemplateBody]
AssignTemplateBatch = Batch[AssignTemplateBody]


class FreightApi(Controller):
    """What shops charge for sending."""

    path = "/api/v1/freight-templates"
    tags = ("freight",)

    @get("/", **operation("ListFreightTemplates", "goods:read"))
    async def index(self, request: ApiRequest, shop_id: UUID) -> Page[Template]:
        """Read the freight templates of a shop that you work for, the default first. It has at most 30."""
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        async with request.database.read() as reader:
            return Page(items=(await store.get_templates(reader, [shop_id]))[shop_id], next=None)

    @post("/put", **operation("PutFreightTemplates", "goods:write", repeat="key_taken"))
    async def put(self, request: ApiRequest, data: TemplateBatch) -> Response[list[PutTemplateAnswer]]:
        """Write freight templates of shops that you work for, or over what the same ids said before."""
        actor = request.actor("merchant")
        commands = [
            PutTemplate(
                template=Template(
                    id=body.id,
                    shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                    name=body.name,
                    method=body.method,
                    zones=tuple(
                        Zone(
                            regions=tuple(zone.regions),
                            first=zone.first,
                            first_price=zone.first_price,
                            extra=zone.extra,
                            extra_price=zone.extra_price,
                            free_amount=zone.free_amount,
                            free_pieces=zone.free_pieces,
                        )
                        for zone in body.zones
                    ),
                    excluded=tuple(body.excluded),
                    is_default=body.is_default,
                ),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, put_templates, "template.shop_id", commands)

    @post("/remove", **operation("RemoveFreightTemplates", "goods:write", repeat="key_taken"))
    async def remove(self, request: ApiRequest, data: RemoveTemplateBatch) -> Response[list[RemoveTemplateAnswer]]:
        """Remove freight templates of shops that you work for; their products go by the shop's default then."""
        actor = request.actor("merchant")
        commands = [
            RemoveTemplate(id=body.id, shop_id=request.shop_if_may(body.shop_id, Permission.GOODS), actor=actor)
            for body in data
        ]
        return await run(request, remove_templates, "shop_id", commands)

    @post("/assign", **operation("AssignFreightTemplates", "goods:write", repeat="key_taken"))
    async def assign(self, request: ApiRequest, data: AssignTemplateBatch) -> Response[list[AssignTemplateAnswer]]:
        """Say by what the freight of products is found: a template, the shop's default, or that it is free."""
        commands = [
            AssignTemplate(
                product_id=body.product_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                way=body.way,
                template_id=body.template_id,
            )
            for body in data
        ]
        return await run(request, assign_templates, "shop_id", commands)


ROUTES: Final = (FreightApi,)
"""What the program serves of this module."""
