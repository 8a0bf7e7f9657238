"""Opening a shop, and what its owner says of it. Anybody who is signed in may open one."""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.shops import words
from weiji.shops.model import (
    COLOUR_DEFAULT,
    NAME_MAX,
    SHOPS_OWNED_MAX,
    STORY_MAX,
    OpenShop,
    OpenShopStatus,
    Shop,
    ShopState,
    UpdateShop,
    UpdateShopStatus,
)
from weiji.shops.operations import get_shops, open_shops, update_shops
from weiji.shops.rules import handles_for, texts_of
from weiji.shops.standing.words import standing_word
from weiji.web import gettext as _
from weiji.web import ngettext, page, rate, redirect, shop_staff, signed_in
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest
from weiji.word_rules import Action, get_matcher
from weiji.word_rules.words import refusal_lines

COLOURS: Final = (COLOUR_DEFAULT, "#c5301a", "#b4641e", "#8a6d1f", "#3a76ad", "#5b4b9e", "#a23b72", "#4a4440")
"""Colours that the form offers for a shop's sign."""


class ShopPages(Controller):
    """A person's shops, and a form for another."""

    path = "/merchant"
    guards = (signed_in,)
    include_in_schema = False

    @get("/")
    async def list_shops(self, request: WebRequest) -> Response[str]:
        """Lead to the only shop of whoever has one, or list them."""
        if not request.caller.shop_ids:
            return redirect(request, "/merchant/opening")
        if len(request.caller.shop_ids) == 1:
            return redirect(request, f"/merchant/{request.caller.shop_ids[0]}")
        return await self._list(request)

    @get("/shops")
    async def switch_shops(self, request: WebRequest) -> Response[str]:
        """List the shops that a person works for, to go from one to another."""
        return await self._list(request)

    @staticmethod
    async def _list(request: WebRequest) -> Response[str]:
        async with request.database.read() as reader:
            shops = await get_shops(reader, request.caller.shop_ids[:100])
        return page(
            request,
            "shops/merchant_shops.html",
            shops=[shop for shop in shops if shop],
            roles=words.roles(),
            standing_word=standing_word,
        )

    @get("/opening")
    async def show_opening(self, request: WebRequest) -> Response[str]:
        """Show the form of a new shop."""
        return _show_opening(request, {"id": str(new_id()), "colour": COLOUR_DEFAULT}, {})

    @post("/opening", status_code=303, opt=rate("open_shops", "20/hour"))
    async def open(self, request: WebRequest) -> Response[str]:
        """Open a shop for whoever asks."""
        form, given = await _read(request)
        shop_id = form.id("id") or new_id()
        handle = given["handle"].lower()
        # The readings of characters are read from files when they are first needed.
        handles = (handle,) if handle else await asyncio.to_thread(handles_for, given["name"], shop_id)
        for handle in handles:
            command = OpenShop(
                id=shop_id,
                handle=handle,
                name=given["name"],
                owner_id=request.person_id,
                actor=request.actor("merchant"),
                story=given["story"],
                colour=given["colour"],
            )
            status = await request.batchers.of(open_shops).submit(command)
            if status not in (OpenShopStatus.HANDLE_TAKEN, OpenShopStatus.ID_TAKEN):
                break
        if status in (OpenShopStatus.CREATED, OpenShopStatus.EXISTS):
            return redirect(request, f"/merchant/{shop_id}", toast=_("开张了！把第一件商品摆上货架吧。"))
        errors: dict[str, str] = {}
        match status:
            case OpenShopStatus.INVALID_HANDLE:
                errors["handle"] = _("2 到 32 个小写字母、数字或连字符，头尾不能是连字符，也不能像一串编号。")
            case OpenShopStatus.HANDLE_TAKEN:
                errors["handle"] = _("这个地址已经有人用了，换一个吧。")
            case OpenShopStatus.INVALID_NAME:
                errors["name"] = ngettext(
                    "请写店名，不超过 %(number)s 个字。", "请写店名，不超过 %(number)s 个字。", NAME_MAX
                )
            case OpenShopStatus.INVALID_STORY:
                errors["story"] = ngettext("不超过 %(number)s 个字。", "不超过 %(number)s 个字。", STORY_MAX)
            case OpenShopStatus.INVALID_COLOUR:
                errors["form"] = _("请选一种颜色。")
            case OpenShopStatus.EXCEEDS_LIMIT:
                errors["form"] = ngettext(
                    "一个人最多开 %(number)s 家店：先关掉不用的。",
                    "一个人最多开 %(number)s 家店：先关掉不用的。",
                    SHOPS_OWNED_MAX,
                )
            case OpenShopStatus.WORDS_REFUSED:
                errors["form"] = await _refusal(request.database, given)
            case _:
                given["id"] = str(new_id())
                errors["form"] = _("没有开成，请再提交一次。")
        return _show_opening(request, {"id": str(shop_id), **given}, errors)


class ShopSettings(Controller):
    """What the owner of a shop says of it."""

    path = "/merchant/{shop_id:uuid}/settings"
    guards = (shop_staff(Permission.SHOP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the form."""
        shop = await _get_shop(request.database, shop_id)
        return _show_settings(request, shop, {"name": shop.name, "story": shop.story, "colour": shop.colour}, {})

    @post("/", status_code=303)
    async def save(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Take over what is said of the shop, and whether it is open."""
        form, given = await _read(request)
        command = UpdateShop(
            shop_id=shop_id,
            actor=request.actor("merchant"),
            name=given["name"],
            story=given["story"],
            colour=given["colour"],
            status=ShopState.OPEN if form.is_on("is_open") else ShopState.CLOSED,
        )
        status = await request.batchers.of(update_shops, "shop_id").submit(command)
        errors: dict[str, str] = {}
        match status:
            case UpdateShopStatus.UPDATED:
                return redirect(request, f"/merchant/{shop_id}/settings", toast=_("已保存。"))
            case UpdateShopStatus.INVALID_NAME:
                errors["name"] = ngettext(
                    "请写店名，不超过 %(number)s 个字。", "请写店名，不超过 %(number)s 个字。", NAME_MAX
                )
            case UpdateShopStatus.INVALID_STORY:
                errors["story"] = ngettext("不超过 %(number)s 个字。", "不超过 %(number)s 个字。", STORY_MAX)
            case UpdateShopStatus.INVALID_COLOUR:
                errors["form"] = _("请选一种颜色。")
            case UpdateShopStatus.WORDS_REFUSED:
                errors["form"] = await _refusal(request.database, given)
            case UpdateShopStatus.SHOP_NOT_FOUND:
                raise NotFoundException
        return _show_settings(request, await _get_shop(request.database, shop_id), given, errors)


async def _refusal(database: Database, given: Mapping[str, str]) -> str:
    """Say which words of a shop's name and story can't be said, and why."""
    async with database.read() as reader:
        hits = (await get_matcher(reader)).find(texts_of(given["name"], given["story"]))
    return " ".join(refusal_lines([hit.refused for hit in hits if hit.action is Action.REFUSE]))


async def _read(request: WebRequest) -> tuple[Form, dict[str, str]]:
    """Read the form of a shop, and the words in it; a story may be longer than other fields."""
    form = await read_form(request)
    story = str((await request.form()).get("story", ""))[: STORY_MAX + 1].strip().replace("\r\n", "\n")
    return form, {name: form.text(name) for name in ("handle", "name", "colour")} | {"story": story}


def _show_opening(request: WebRequest, given: Mapping[str, str], errors: Mapping[str, str]) -> Response[str]:
    return page(
        request,
        "shops/merchant_opening.html",
        status_code=422 if errors else 200,
        given=given,
        errors=errors,
        colours=COLOURS,
    )


def _show_settings(
    request: WebRequest, shop: Shop, given: Mapping[str, str], errors: Mapping[str, str]
) -> Response[str]:
    return page(
        request,
        "shops/merchant_settings.html",
        status_code=422 if errors else 200,
        shop=shop,
        given=given,
        errors=errors,
        colours=COLOURS,
    )


async def _get_shop(database: Database, shop_id: UUID) -> Shop:
    async with database.read() as reader:
        shop = (await get_shops(reader, [shop_id]))[0]
    if shop is None:
        raise NotFoundException
    return shop


ROUTES: Final = (ShopPages, ShopSettings)
