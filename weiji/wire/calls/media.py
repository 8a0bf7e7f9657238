"""The protocol's calls for pictures and videos: they are taken in like any others of the shop."""

from hashlib import sha256
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from weiji.media import TAKEN, UploadStatus, VideoStatus, upload_pictures, upload_video
from weiji.web import gettext as _
from weiji.wire.errors import WireError, wrong
from weiji.wire.gate import ROUTES, Answer, Call
from weiji.wire.uploads import read_parts

FILE_BYTES_MAX: Final = 2 * 1024 * 1024
"""The largest picture that the protocol takes."""

FORM_BYTES_MAX: Final = FILE_BYTES_MAX + 64 * 1024

VIDEO_BYTES_MAX: Final = 5 * 1024 * 1024
"""The largest video that the protocol takes."""

VIDEO_FORM_BYTES_MAX: Final = VIDEO_BYTES_MAX + 64 * 1024


class FileWords(Struct):
    """What a file is said to be."""

    filename: Annotated[str, Meta(min_length=1, max_length=256)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{64}\Z")]


@ROUTES.add("POST", "/v3/merchant/media/upload", bytes_max=FORM_BYTES_MAX, has_meta=True)
async def upload(call: Call) -> Answer:
    """Take in a picture."""
    return Answer(value={"media_id": await take_picture(call)})


async def take_picture(call: Call) -> str:
    """Take in the picture of a call, and give the name that calls know it by. Raises WireError."""
    return (await take_picture_at(call)).rpartition("/")[2]


async def take_picture_at(call: Call) -> str:
    """Take in the picture of a call, and give the path where it is shown. Raises WireError."""
    file = _file_of(call, FILE_BYTES_MAX)
    (result,) = await upload_pictures(call.backend.batchers, call.backend.settings, call.party.merchant.shop_id, [file])
    if result.status is UploadStatus.QUOTA_EXCEEDED:
        raise _quota_exceeded()
    if result.status not in TAKEN or result.url is None:
        raise wrong("/file", _("不能收下：%(status)s", status=result.status.value))
    return result.url


@ROUTES.add("POST", "/v3/merchant/media/video_upload", bytes_max=VIDEO_FORM_BYTES_MAX, has_meta=True)
async def upload_a_video(call: Call) -> Answer:
    """Take in a video."""
    file = _file_of(call, VIDEO_BYTES_MAX)
    result = await upload_video(call.backend.batchers, call.backend.settings, call.party.merchant.shop_id, file)
    if result.status is VideoStatus.QUOTA_EXCEEDED:
        raise _quota_exceeded()
    if result.url is None:
        raise wrong("/file", _("不能收下：%(status)s", status=result.status.value))
    return Answer(value={"media_id": result.url.rpartition("/")[2]})


def _file_of(call: Call, bytes_max: int) -> bytes:
    parts = read_parts(call.body, call.content_type)
    file = parts.get("file")
    if not file:
        raise wrong("/file", _("没有给"))
    try:
        meta = msgspec.json.decode(parts.get("meta", b""), type=FileWords)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise wrong("/meta", _("要是 JSON，有 filename 和 sha256")) from error
    if sha256(file).hexdigest() != meta.sha256.lower():
        raise wrong("/meta/sha256", _("不是收到的文件的摘要"))
    if len(file) > bytes_max:
        raise wrong("/file", _("超过 %(most)s 字节", most=bytes_max))
    return file


def _quota_exceeded() -> WireError:
    return WireError(403, "RULE_LIMIT", _("这家店的图片空间已经用满。"))
