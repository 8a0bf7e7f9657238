"""The video of a product: a page of its own on the desk."""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from weiji.catalog.model import VIDEO_BODY_BYTES_MAX, ProductPage
from weiji.catalog.operations import get_product_page, show_product_videos
from weiji.kit.db import Database
from weiji.media import (
    BYTES_MAX,
    TAKEN,
    ShowVideo,
    ShowVideoStatus,
    VideoStatus,
    upload_pictures,
    upload_video,
)
from weiji.media.pages import upload_word
from weiji.settings import Settings
from weiji.shops import Shop, get_shops
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

TAKEN_VIDEOS: Final = (VideoStatus.CREATED, VideoStatus.EXISTS)


def video_word(status: VideoStatus, settings: Settings) -> str:
    """Say why a video was not taken in."""
    match status:
        case VideoStatus.TOO_LARGE:
            return _("视频超过 %(size)s MB。", size=settings.video_mb)
        case VideoStatus.TOO_LONG:
            return _("视频超过 %(time)s 秒。", time=settings.video_seconds)
        case VideoStatus.NOT_A_VIDEO:
            return _("这不是 MP4 或 WebM 视频。")
        case VideoStatus.CODEC_UNKNOWN | VideoStatus.FRAGMENTED | VideoStatus.TOO_MANY_TRACKS:
            return _("这种视频浏览器不一定能放：请导出成 MP4（H.264、AAC），或者 WebM（VP9 或 AV1、Opus）。")
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
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Show the video, and a form for another."""
        shop, product = await _find(request.database, shop_id, product_id)
        return _show(request, shop, product)

    @post("/", status_code=303, request_max_body_size=VIDEO_BODY_BYTES_MAX, opt=rate("upload_videos", "30/minute"))
    async def save(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Take in what was sent, and show it from now on; or show none."""
        shop, product = await _find(request.database, shop_id, product_id)
        form = await read_form(request)
        errors: dict[str, str] = {}
        before = product.video
        url, cover = (before.url, before.cover) if before else ("", "")
        is_removed = form.text("then") == "remove"
        if not is_removed:
            content = await _sent(request, "video", request.settings.video_mb * 1024**2)
            if content:
                video = await upload_video(request.batchers, request.settings, shop_id, content)
                url = video.url or ""
                if video.status not in TAKEN_VIDEOS:
                    errors["video"] = video_word(video.status, request.settings)
            picture = await _sent(request, "cover", BYTES_MAX)
            if picture:
                (result,) = await upload_pictures(request.batchers, request.settings, shop_id, [picture])
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
                actor=request.actor("merchant"),
            )
            status = await request.batchers.of(show_product_videos, "owner_id").submit(command)
            if status is ShowVideoStatus.DONE:
                toast = _("视频拿掉了。") if is_removed else _("视频放好了。")
                return redirect(request, f"/merchant/{shop_id}/goods/{product_id}/video", toast=toast)
            errors["cover"] = _("请选一张封面，或者先给商品放一张照片。")
        return _show(request, shop, product, form=form, errors=errors)


async def _sent(request: WebRequest, name: str, bytes_max: int) -> bytes:
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
    request: WebRequest,
    shop: Shop,
    product: ProductPage,
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
        megabytes=request.settings.video_mb,
        seconds=request.settings.video_seconds,
        errors=errors or {},
    )


ROUTES: Final = (MerchantVideo,)
"""What the program serves of this module."""
