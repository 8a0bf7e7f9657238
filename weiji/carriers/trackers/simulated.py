"""A carrier that is simulated: parcels go their way by the clock, and the clock of a sandbox can be turned.

Where a parcel is follows from its id and the time alone, so there is nothing to keep. One in twelve is not handed over
at the first try, one in forty goes back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from weiji.carriers.model import ParcelState, Report, Shipment, TrackingEvent
from weiji.carriers.trackers import CallbackRefused, Told
from weiji.kit import clock
from weiji.web.regions import find_region, regions, way_to

_S = ParcelState

MISSED: Final = 12
"""One parcel in so many finds nobody at home at first."""
RETURNED: Final = 40
"""One in so many goes back."""

Step = tuple[float, ParcelState, str, str]
"""Hours since sending, the state from then on, where, and what the carrier says."""


class SimulatedTracker:
    """Tells of every parcel what would have happened to it by now."""

    name = "simulated"
    batch_max = 500
    pushes = False

    async def query(self, shipments: Sequence[Shipment]) -> list[Report | None]:
        """Say where parcels are."""
        now = clock.now()
        return [self._report(shipment, now) for shipment in shipments]

    def _report(self, shipment: Shipment, now: datetime) -> Report:
        speed = 0.7 + shipment.id.int % 97 / 97  # Some are quicker than others.
        steps = _way(_city(shipment.region), shipment.id.int >> 6)
        past = [
            TrackingEvent(at=at, state=state, place=place, text=text)
            for hours, state, place, text in steps
            if (at := shipment.shipped_at + timedelta(hours=hours * speed)) <= now
        ]
        return Report(state=past[-1].state or _S.IN_TRANSIT if past else _S.ANNOUNCED, events=tuple(past))

    async def subscribe(self, shipments: Sequence[Shipment]) -> list[bool]:
        """Promise nothing: it never tells by itself."""
        return [False for _ in shipments]

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Told]:  # noqa: ARG002
        """Refuse: nobody sends in its name."""
        raise CallbackRefused

    def answer_callback(self, *, is_taken: bool) -> tuple[str, bytes]:  # noqa: ARG002
        """Say nothing."""
        return "text/plain", b""


def _city(region: str) -> str:
    code = find_region(region).code
    return regions()[way_to(code)[:2][-1]] if code else "收货地"


def _way(city: str, chance: int) -> list[Step]:
    way: list[Step] = [
        (2, _S.COLLECTED, "发货地", "快递员已揽收"),
        (8, _S.IN_TRANSIT, "发货地转运中心", "快件已到达【发货地转运中心】"),
        (10, _S.IN_TRANSIT, "发货地转运中心", f"快件已发出，下一站【{city}转运中心】"),
        (26, _S.IN_TRANSIT, f"{city}转运中心", f"快件已到达【{city}转运中心】"),
        (34, _S.IN_TRANSIT, f"{city}营业部", f"快件已到达【{city}营业部】"),
        (38, _S.DELIVERING, city, "快递员正在派送，请保持电话畅通"),
    ]
    if chance % RETURNED == 0:
        return [
            *way,
            (42, _S.PROBLEM, city, "收件人拒收，联系寄件人处理"),
            (60, _S.RETURNING, f"{city}营业部", "快件退回途中"),
            (110, _S.RETURNED, "发货地", "退回件已由寄件人签收"),
        ]
    if chance % MISSED == 0:
        way.append((42, _S.PROBLEM, city, "收件人不在，约定再次派送"))
        way.append((62, _S.DELIVERING, city, "快递员再次派送"))
        return [*way, (65, _S.DELIVERED, city, "已签收，签收人：本人")]
    return [*way, (42, _S.DELIVERED, city, "已签收，签收人：本人")]
