"""The pages of a shop's pick-up places."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.freight.places import store
from weiji.freight.places.model import PLACES_MAX, Place, PutPlace, PutPlaceStatus
from weiji.freight.places.operations import put_places
from weiji.kit.db import Reader
from weiji.kit.ids import new_id
from weiji.shops import Shop, get_shops
from weiji.web import gettext as _
from weiji.web import page, redirect, shop_staff
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest


class PlaceDeskPages(Controller):
    """Where a shop hands goods over, for who says so."""

    path = "/merchant/{shop_id:uuid}/places"
    guards = (shop_staff(Permission.SHOP),)
    include_in_schema = False

    @get("/")
    async def list(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List the places."""
        async with request.database.read() as reader:
            shop, places = await _read(reader, shop_id)
        return page(
            request, "freight/merchant_places.html", shop=shop, places=places, is_full=len(places) >= PLACES_MAX
        )

    @get("/new")
    async def show_new(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Ask for a new place."""
        async with request.database.read() as reader:
            shop, _places = await _read(reader, shop_id)
        place = Place(id=new_id(shop_id), shop_id=shop_id, name="", address="")
        return _form_page(request, shop, place, {}, is_new=True)

    @get("/{place_id:uuid}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], place_id: FromPath[UUID]) -> Response[str]:
        """Show a place, to be changed."""
        async with request.database.read() as reader:
            shop, places = await _read(reader, shop_id)
        found = next((place for place in places if place.id == place_id), None)
        if found is None:
            raise NotFoundException
        return _form_page(request, shop, found, {}, is_new=False)

    @post("/{place_id:uuid}")
    async def put(self, request: WebRequest, shop_id: FromPath[UUID], place_id: FromPath[UUID]) -> Response[str]:
        """Write a place, a new one or another in the place of what was there."""
        form = await read_form(request)
        place = Place(
            id=place_id,
            shop_id=shop_id,
            name=form.text("name"),
            address=form.text("address"),
            hours=form.text("hours"),
            phone=form.text("phone"),
            is_open=form.is_on("is_open"),
        )
        command = PutPlace(place=place, actor=request.actor("merchant"))
        status = await request.batchers.of(put_places, "place.shop_id").submit(command)
        if status in (PutPlaceStatus.CREATED, PutPlaceStatus.CHANGED, PutPlaceStatus.EXISTS):
            return redirect(request, f"/merchant/{shop_id}/places", toast=_("自提点保存好了"))
        async with request.database.read() as reader:
            shop, _places = await _read(reader, shop_id)
        return _form_page(request, shop, place, place_errors(status), is_new=form.is_on("is_new"))


ROUTES: Final = (PlaceDeskPages,)
"""What the program serves of this module."""


def place_errors(status: PutPlaceStatus) -> dict[str, str]:
    """Say what is wrong with a place, by the name of the field; under "form", with all of it."""
    match status:
        case PutPlaceStatus.INVALID_NAME:
            return {"name": _("给自提点起个名字，最多 40 个字。")}
        case PutPlaceStatus.INVALID_ADDRESS:
            return {"address": _("写上地址，最多 120 个字。")}
        case PutPlaceStatus.INVALID_HOURS:
            return {"hours": _("写一行，最多 80 个字。")}
        case PutPlaceStatus.INVALID_PHONE:
            return {"phone": _("写一行，最多 32 个字。")}
        case PutPlaceStatus.TOO_MANY_PLACES:
            return {"form": _("自提点太多了，请改一个不用的。")}
        case _:
            return {"form": _("没有保存，请再试一次。")}


async def _read(reader: Reader, shop_id: UUID) -> tuple[Shop, list[Place]]:
    shop = (await get_shops(reader, [shop_id]))[0]
    if shop is None:
        raise NotFoundException
    return shop, (await store.get_places(reader, [shop_id]))[shop_id]


def _form_page(request: WebRequest, shop: Shop, place: Place, errors: dict[str, str], *, is_new: bool) -> Response[str]:
    return page(
        request,
        "freight/merchant_place.html",
        status_code=422 if errors else 200,
        shop=shop,
        place=place,
        errors=errors,
        is_new=is_new,
    )
