"""Which picture stands for something: the shop's own where it lies with us, else one that we draw."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from weiji.catalog.drawings import picture_url
from weiji.catalog.model import Picture
from weiji.web.pictures import read_address


class Bought(Protocol):
    """What a line of an order or of a cart has of its goods."""

    @property
    def picture(self) -> str | None:
        """The address of the shop's picture, if it has one."""

    @property
    def product_id(self) -> UUID:
        """Of which product it is."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def kind(self) -> str:
        """The kind of goods that is drawn."""

    @property
    def choices(self) -> Sequence[str]:
        """Which of the product's variants it is."""


def show_picture(url: str | None, product_id: UUID, title: str, kind: str, choices: Sequence[str] = ()) -> str:
    """Give the address of the picture of goods. One that lies elsewhere is not shown."""
    return url if url and read_address(url) else picture_url(product_id, title, kind, choices)


def picture_of(line: Bought) -> str:
    """Give the address of the picture of what a line has."""
    return show_picture(line.picture, line.product_id, line.title, line.kind, line.choices)


def own_pictures(pictures: Sequence[Picture]) -> list[Picture]:
    """Give the pictures that lie with us."""
    return [picture for picture in pictures if read_address(picture.url)]
