"""The JSON API of pick-up places."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from weiji.freight.places import store
from weiji.freight.places.model import Place, PutPlace, PutPlaceStatus
from weiji.freight.places.operations import put_places
from weiji.web.api import ApiRequest, Batch, Page, Typed, operation, run
from weiji.web.permissions import Permission


class PlaceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A pick-up place to write under its id, which is made near the shop."""

    id: UUID
    shop_id: UUID
    name: Typed
    address: Typed
    hours: Annotated[Typed, Meta(description="When somebody is there, in your words.")] = ""
    phone: Typed = ""
    is_open: Annotated[bool, Meta(description="Whether buyers can choose it from now on.")] = True


class PutPlaceAnswer(Struct):
    """How writing a pick-up place ended."""

    status: PutPlaceStatus


PlaceBatch = Batch[PlaceBody]


class PlacesApi(Controller):
    """Where shops hand goods over."""

    path = "/api/v1/pickup-places"
    tags = ("freight",)

    @get("/", **operation("ListPickupPlaces", "goods:read"))
    async def index(self, request: ApiRequest, shop_id: UUID) -> Page[Place]:
        """Read where a shop hands goods over, at most 20 places: if you work for it, also those that are not open."""
        async with request.database.read() as reader:
            places = (await store.get_places(reader, [shop_id]))[shop_id]
        sees_all = request.caller.may(shop_id, Permission.SHOP)
        return Page(items=[place for place in places if place.is_open or sees_all], next=None)

    @post("/put", **operation("PutPickupPlaces", "goods:write", repeat="key_taken"))
    async def put(self, request: ApiRequest, data: PlaceBatch) -> Response[list[PutPlaceAnswer]]:
        """Write pick-up places of shops that you work for, or over what the same ids said before."""
        actor = request.actor("merchant")
        commands = [
            PutPlace(
                place=Place(
                    id=body.id,
                    shop_id=request.shop_if_may(body.shop_id, Permission.SHOP),
                    name=body.name,
                    address=body.address,
                    hours=body.hours,
                    phone=body.phone,
                    is_open=body.is_open,
                ),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, put_places, "place.shop_id", commands)


ROUTES: Final = (PlacesApi,)
"""What the program serves of this module."""
