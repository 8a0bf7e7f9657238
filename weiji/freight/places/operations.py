"""The verb of pick-up places. It takes an open transaction and a batch, and answers every command."""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.freight import PickupPlaceChanged
from weiji.freight.places import store
from weiji.freight.places.model import PutPlace, PutPlaceStatus
from weiji.freight.places.rules import judge_put
from weiji.freight.store import lock_shops
from weiji.kit.db import Transaction


async def put_places(tx: Transaction, commands: Sequence[PutPlace]) -> list[PutPlaceStatus]:
    """Write places of shops; results are in the order of *commands*. Publishes PickupPlaceChanged.

    A shop's templates and places stay locked until *tx* ends.
    """
    shops = await lock_shops(tx, [command.place.shop_id for command in commands])
    taken = await store.find_places(tx, {command.place.id for command in commands})
    places = {shop: {one.id: one for one in its} for shop, its in (await store.get_places(tx, shops)).items()}
    statuses: list[PutPlaceStatus] = []
    written = {}
    told = []
    for command in commands:
        place = command.place
        status = judge_put(place, places.get(place.shop_id), taken)
        statuses.append(status)
        if status in (PutPlaceStatus.CREATED, PutPlaceStatus.CHANGED):
            written[place.id] = place
            taken[place.id] = place.shop_id
            event = PickupPlaceChanged(place_id=place.id, name=place.name, is_open=place.is_open)
            told.append(Occurrence(event, place.shop_id, place.id, command.actor))
    await store.put_places(tx, list(written.values()))
    await publish(tx, told)
    return statuses
