"""The video of a product: a page of its own on the desk, and the API."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.catalog.model import ALT_MAX, URL_MAX, ProductPage
from weiji.catalog.operations import get_product_page, get_products
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Transaction
from weiji.media import (
    BYTES_MAX,
    TAKEN,
    ShowVideo,
    ShowVideoStatus,
    VideoResult,
    VideoStatus,
    show_videos,
    upload_pictures,
    upload_video,
)
from weiji.media.pages import upload_word
from weiji.settings import Settings
from weiji.shops import NO_SHOP, Shop, get_shops
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.actors import actor_of
from weiji.web.api import ApiRequest, Batch, operation, run
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission

AnyRequest = Request[Any, Any, Any]

BODY_BYTES_MAX: Final = 700 * 1024**2
"""The largest request with a video: base64 makes four thirds of the most that a setting may allow."""

TAKEN_VIDEOS: Final = (VideoStatus.CREATED, VideoStatus.EXISTS)


async def show_product_videos(tx: Transaction, commands: Sequence[ShowVideo]) -> list[ShowVideoStatus]:
    """Say which videos products show. Results are in the order of *commands*: a product is one of the owner's."""
    found = await get_products(tx, list({command.holder_id for command in commands}))
    shops = {product.id: product.shop_id for product in found if product}
    mine = [shops.get(command.holder_id) == command.owner_id for command in commands]
    done = iter(await show_videos(tx, [c for c, is_mine in zip(commands, mine, strict=True) if is_mine]))
    return [next(done) if is_mine else ShowVideoStatus.HOLDER_NOT_FOUND for is_mine in mine]


def video_word(status: VideoStatus, settings: Settings) -> str:
    """Say why a video was not taken in."""
    match status:
        case VideoStatus.TOO_LARGE:
            return _("视频超过 %(size)s MB。", size=settings.video_mb)
        case VideoStatus.TOO_LONG:
            return _("视频超过 %(time)s 秒。", time=settings.video_seconds)
        case VideoStatus.NOT_A_VIDEO:
            return _("这不是 MP4 视频。")
        case VideoStatus.CODEC_UNKNOWN | VideoStatus.FRAGMENTED | VideoStatus.TOO_MANY_TRACKS:
            return _("这种 MP4 浏览器不一定能放：请导出成普通的 H.264 视频、AAC 声音。")
        case VideoStatus.TOO_MANY_PIXELS:
            return _("视频的画面太大或太小。")
        case VideoStatus.QUOTA_EXCEEDED:
            return _("店铺的图片空间满了，请先删掉不用的图片。")
        case _:
            return _("视频文件不完整，请重新导出。")


class MerchantVideo(Controller):
    """The video of a product."""

    path = "/merchant/{shop_id:uuid}/goods/{product_id:uuid}/video"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def show(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        product_id: FromPath[UUID],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
    ) -> Response[str]:
        """Show the video, and a form for another."""
        shop, product = await _find(database, shop_id, product_id)
        return _show(request, shop, product, settings)

    @post("/", status_code=303, request_max_body_size=BODY_BYTES_MAX, opt=rate("upload_videos", "30/minute"))
    async def save(
        self,
        request: AnyRequest,
        shop_id: FromPath[UUID],
        product_id: FromPath[UUID],
        database: NamedDependency[Database],
        batchers: NamedDependency[Batchers],
        settings: NamedDependency[Settings],
    ) -> Response[str]:
        """Take in what was sent, and show it from now on; or show none."""
        shop, product = await _find(database, shop_id, product_id)
        form = await read_form(request)
        errors: dict[str, str] = {}
        before = product.video
        url, cover = (before.url, before.cover) if before else ("", "")
        is_removed = form.text("then") == "remove"
        if not is_removed:
            content = await _sent(request, "video", settings.video_mb * 1024**2)
            if content:
                video = await upload_video(batchers, settings, shop_id, content)
                url = video.url or ""
                if video.status not in TAKEN_VIDEOS:
                    errors["video"] = video_word(video.status, settings)
            picture = await _sent(request, "cover", BYTES_MAX)
            if picture:
                (result,) = await upload_pictures(batchers, settings, shop_id, [picture])
                cover = result.url or ""
                if result.status not in TAKEN:
                    errors["cover"] = upload_word(result.status)
            cover = cover or next((each.url for each in product.pictures), "")
            if not url and not errors:
                errors["video"] = _("请选一个视频文件。")
        if not errors:
            command = ShowVideo(
                holder_id=product_id,
                owner_id=shop_id,
                url="" if is_removed else url,
                cover=cover,
                alt=form.text("alt"),
                actor=actor_of(request.scope, "merchant"),
            )
            status = await batchers.of(show_product_videos, "owner_id").submit(command)
            if status is ShowVideoStatus.DONE:
                toast = _("视频拿掉了。") if is_removed else _("视频放好了。")
                return redirect(request, f"/merchant/{shop_id}/goods/{product_id}/video", toast=toast)
            errors["cover"] = _("请选一张封面，或者先给商品放一张照片。")
        return _show(request, shop, product, settings, form=form, errors=errors)


async def _sent(request: AnyRequest, name: str, bytes_max: int) -> bytes:
    """Read a file of the form, or one byte more than is allowed; nothing where none was chosen."""
    file = (await request.form()).get(name)
    if not isinstance(file, UploadFile) or not file.filename:
        return b""
    content = await asyncio.to_thread(file.file.read, bytes_max + 1)
    await file.close()
    return content


async def _find(database: Database, shop_id: UUID, product_id: UUID) -> tuple[Shop, ProductPage]:
    async with database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
        product = await get_product_page(reader, product_id)
    if shop is None or product is None or product.shop_id != shop_id:
        raise NotFoundException
    return shop, product


def _show(
    request: AnyRequest,
    shop: Shop,
    product: ProductPage,
    settings: Settings,
    *,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[str]:
    return page(
        request,
        "catalog/merchant_video.html",
        status_code=422 if errors else 200,
        shop=shop,
        product=product,
        video=product.video,
        alt=form.text("alt") if form else product.video.alt if product.video else "",
        megabytes=settings.video_mb,
        seconds=settings.video_seconds,
        errors=errors or {},
    )


class UploadVideoBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A video for a shop that you work for: the whole MP4 file, in base64."""

    shop_id: UUID
    content: Annotated[bytes, Meta(min_length=1)]


class ShowVideoBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which video a product shows: addresses that `UploadVideo` and `UploadPictures` gave. An empty `url`: none."""

    product_id: UUID
    shop_id: UUID
    url: Annotated[str, Meta(max_length=URL_MAX)]
    cover: Annotated[str, Meta(max_length=URL_MAX)] = ""
    alt: Annotated[str, Meta(max_length=ALT_MAX)] = ""


class ShowVideoAnswer(Struct):
    """How saying which video a product shows ended."""

    status: ShowVideoStatus


ShowVideoBatch = Batch[ShowVideoBody]


class VideosApi(Controller):
    """Videos of products."""

    path = "/api/v1/videos"
    tags = ("pictures",)

    @post("/upload", **operation("UploadVideo", "goods:write"), request_max_body_size=BODY_BYTES_MAX)
    async def upload(self, request: ApiRequest, data: UploadVideoBody) -> Response[VideoResult]:
        """Take in a video of a shop that you work for.

        What is not needed to play it (places, names, dates) is left out. Sending one again is safe: it `exists`. One
        that nothing shows within three days is removed.
        """
        desk = request.desk
        owner_id = data.shop_id if request.caller.may(data.shop_id, Permission.GOODS) else NO_SHOP
        return Response(await upload_video(desk.batchers, desk.settings, owner_id, data.content))

    @post("/show", **operation("ShowVideos", "goods:write", repeat="key_taken"))
    async def show(self, request: ApiRequest, data: ShowVideoBatch) -> Response[list[ShowVideoAnswer]]:
        """Say which videos products of shops that you work for show. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            ShowVideo(
                holder_id=body.product_id,
                owner_id=body.shop_id if request.caller.may(body.shop_id, Permission.GOODS) else NO_SHOP,
                url=body.url,
                cover=body.cover,
                alt=body.alt,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, show_product_videos, "owner_id", commands)


ROUTES: Final = (MerchantVideo, VideosApi)
"""What the program serves of this module."""
