"""Where channels send their notices: verified before anything is read, and asked about before a large sum is booked."""

from typing import Final

import structlog
from litestar import Response, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from weiji.payments.calls import confirm_notices, hear_notices
from weiji.payments.channels import REGISTRY, NoticeRefused
from weiji.web import rate
from weiji.web.requests import WebRequest

log = structlog.get_logger("weiji.channels")


@post(
    "/channels/{name:str}/notices",
    include_in_schema=False,
    status_code=200,
    opt={**rate("notices", "6000/minute"), "without_caller": True},
)
async def hear(request: WebRequest, name: FromPath[str]) -> Response[bytes]:
    """Take in what a channel says. Whatever is not taken in, it sends again."""
    channel = REGISTRY.find(name)
    if channel is None:
        raise NotFoundException
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in request.scope["headers"]}
    try:
        notices = await channel.read_notice(headers, await request.body())
    except NoticeRefused as refusal:
        log.warning("a notice was refused", channel=name, reason=str(refusal))
        return Response(b"", status_code=401, media_type="text/plain")
    if not await confirm_notices(request.database, channel, notices):
        return Response(b"", status_code=503, media_type="text/plain")
    await hear_notices(request.batchers, notices)
    return Response(channel.heard.body, status_code=channel.heard.status, media_type=channel.heard.media_type)


ROUTES: Final = (hear,)
