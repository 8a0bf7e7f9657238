"""The JSON API of pictures."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Meta, Struct

from weiji.media.model import BYTES_MAX, NO_OWNER, UploadResult, Usage
from weiji.media.operations import get_usage
from weiji.media.uploads import upload_pictures
from weiji.web.api import ApiRequest, Batch, operation
from weiji.web.permissions import Permission

BODY_BYTES_MAX: Final = 4 * BYTES_MAX
"""The largest request with pictures: base64 makes four thirds of them."""


class UploadPictureBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A picture for a shop that you work for: the whole file, in base64. What it is, is seen from the file alone."""

    shop_id: UUID
    content: Annotated[bytes, Meta(min_length=1, max_length=BYTES_MAX)]


UploadPictureBatch = Batch[UploadPictureBody]


class PicturesApi(Controller):
    """Pictures."""

    path = "/api/v1/pictures"
    tags = ("pictures",)

    @post("/upload", **operation("UploadPictures", "goods:write"), request_max_body_size=BODY_BYTES_MAX)
    async def upload(self, request: ApiRequest, data: UploadPictureBatch) -> Response[list[UploadResult]]:
        """Take in pictures of shops that you work for. The answer has one result for each, in order.

        Sending one again is safe: it `exists`. One that nothing uses within three days is removed.
        """
        caller = request.caller
        results: list[UploadResult] = []
        for body in data:
            owner_id = body.shop_id if caller.may(body.shop_id, Permission.GOODS) else NO_OWNER
            results += await upload_pictures(request.batchers, request.settings, owner_id, [body.content])
        return Response(results)

    @get("/usage", **operation("GetPictureUsage", "goods:read"))
    async def usage(self, request: ApiRequest, shop_id: UUID) -> Usage:
        """Tell how many pictures a shop has which you work for, and how many bytes they take up."""
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        async with request.database.read() as reader:
            return await get_usage(reader, shop_id)


ROUTES: Final = (PicturesApi,)
"""What the program serves of this module."""
