"""What page and API share of going over: a ticket is written, and the shop's stream tells of it."""

from uuid import UUID

from weiji.events import Actor, Occurrence, publish
from weiji.events.twin import SandboxEntered
from weiji.identity import get_people
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.shops import get_shops
from weiji.twin.model import Ticket, Way


async def make_ticket(
    database: Database, shop_id: UUID, person_id: UUID, way: Way, locale: str, home: str, actor: Actor
) -> Ticket | None:
    """Make the ticket of the owner of a shop; None where either is not there. Publishes SandboxEntered."""

    async def make(tx: Transaction) -> Ticket | None:
        (shop,) = await get_shops(tx, [shop_id])
        person = (await get_people(tx, [person_id])).get(person_id)
        if shop is None or person is None:
            return None
        entered = SandboxEntered(shop_id=shop_id, way=way.value)
        await publish(tx, [Occurrence(entered, shop_id, shop_id, actor)])
        return Ticket(
            id=new_id(near=shop_id),
            way=way,
            person_id=person_id,
            handle=person.handle or "",
            name=person.display_name,
            locale=locale,
            shop_id=shop_id,
            shop_handle=shop.handle,
            shop_name=shop.name,
            home=home,
            written_at=clock.wall(),
        )

    return await database.retried(make)
