"""Which picture stands for something: the shop's own where it lies with us, else one that we draw."""

from collections.abc import Sequence
from uuid import UUID

from weiji.catalog.drawings import picture_url
from weiji.catalog.model import Picture
from weiji.web.pictures import read_address


def show_picture(url: str | None, product_id: UUID, title: str, kind: str, choices: Sequence[str] = ()) -> str:
    """Give the address of the picture of goods. One that lies elsewhere is not shown."""
    return url if url and read_address(url) else picture_url(product_id, title, kind, choices)


def own_pictures(pictures: Sequence[Picture]) -> list[Picture]:
    """Give the pictures that lie with us."""
    return [picture for picture in pictures if read_address(picture.url)]
