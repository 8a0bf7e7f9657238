"""Templates for the tests of what is sent or picked up."""

from uuid import UUID

from weiji.freight import Method, Template, Zone
from weiji.kit.ids import new_id


def charged(shop_id: UUID) -> Template:
    """Charge 8 yuan for the first piece, wherever it goes, and 2 for each further one."""
    return Template(
        id=new_id(shop_id),
        shop_id=shop_id,
        name="快递",
        method=Method.PIECE,
        zones=(Zone(first=1, first_price=800, extra=1, extra_price=200),),
    )
