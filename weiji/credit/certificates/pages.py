"""Where other installations find what they verify our certificates with."""

from typing import Final

from litestar import get

from weiji.credit.certificates import signing
from weiji.credit.certificates.handlers import WELL_KNOWN
from weiji.credit.certificates.model import KeyDocument
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of


@get(WELL_KNOWN, include_in_schema=False)
async def show_keys(request: WebRequest) -> KeyDocument:
    """Publish the keys of this installation."""
    return signing.write_keys(base_of(request), signing.public_key())


ROUTES: Final = (show_keys,)
