"""Serves drawn pictures of goods."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import Parameter

from weiji.catalog.drawings import GENERIC, draw

HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "cross-origin",
}
"""All of a picture is in its address, so it may be kept for a year. Other sites show it, too: a shop's own."""


class Pictures(Controller):
    """Serves drawn pictures."""

    path = "/pictures"

    @get("/{file:str}", sync_to_thread=False, include_in_schema=False, opt={"rate": None, "without_caller": True})
    def get_picture(
        self,
        file: str,
        motif: Annotated[str, Parameter(max_length=20)] = GENERIC,
        colour: Annotated[str, Parameter(max_length=20)] = "",
    ) -> Response[str]:
        """Draw the picture that the address describes. No statement runs."""
        try:
            product_id = UUID(file.removesuffix(".svg"))
        except ValueError:
            return Response("", status_code=404)
        return Response(draw(product_id, motif, colour), media_type="image/svg+xml", headers=HEADERS)


ROUTES: Final = (Pictures,)
"""What the program serves of this module."""
