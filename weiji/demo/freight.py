"""What the shops of the town charge for sending: books by the piece, plants with care, the rest for nothing.

And where books and plants can be picked up.
"""

from typing import Final

from weiji.demo.goods import STORES, Good, Store
from weiji.demo.people import place_id
from weiji.freight import Method, Place, Template, Zone
from weiji.kit.ids import derive

_PAGES: Final = STORES[-1]
_SHOP: Final = place_id(f"shop {_PAGES.handle}")
_FAR: Final = ("540000", "650000")
"""Tibet and Xinjiang."""

BOOKS: Final = Template(
    id=derive(_SHOP, "demo", "freight", "books"),
    shop_id=_SHOP,
    name="图书小件",
    method=Method.PIECE,
    zones=(
        Zone(
            regions=("310000", "320000", "330000"),
            first=1,
            first_price=500,
            extra=1,
            extra_price=100,
            free_amount=5_900,
        ),
        Zone(regions=_FAR, first=1, first_price=1_800, extra=1, extra_price=600),
        Zone(first=1, first_price=800, extra=1, extra_price=200, free_amount=9_900),
    ),
    is_default=True,
)
PLANTS: Final = Template(
    id=derive(_SHOP, "demo", "freight", "plants"),
    shop_id=_SHOP,
    name="植物（怕压怕冻）",
    method=Method.PIECE,
    zones=(Zone(first=1, first_price=1_200, extra=1, extra_price=500),),
    excluded=_FAR,
)


def template_of(store: Store, good: Good) -> Template | None:
    """Say by which template a good of the town is sent."""
    if store is not _PAGES or good.is_virtual:
        return None
    return PLANTS if good.kind == "植物" else BOOKS


TEMPLATES: Final = (BOOKS, PLANTS)

COUNTER: Final = Place(
    id=derive(_SHOP, "demo", "place", "counter"),
    shop_id=_SHOP,
    name="店里柜台",
    address="杭州市西湖区体育场路 529 号一楼",
    hours="周二到周日 10:00–21:00",
    phone="0571-8800 1234",
)
"""Where books and plants are picked up."""
