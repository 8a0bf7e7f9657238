"""What the log of a shop comes to in counts: pure functions over events, and over what was looked up for them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_network
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events.catalog import ProductListed, ProductRestored, ProductSaved
from weiji.events.orders import OrderPaid, OrderPlaced, ParcelShipped, RefundOrdered
from weiji.kit.seal import KEYS
from weiji.supervision.conduct.model import LATE, PRICES_MAX, Measure, NoteDevice, Tally
from weiji.supervision.conduct.rules import hour_of

Address = IPv4Address | IPv6Address | IPv4Interface | IPv6Interface

OFFERING: Final = (ProductSaved, ProductListed, ProductRestored)
"""Events that may offer a product, or offer it at other prices."""

_OFFERING: Final = frozenset(event.__name__ for event in OFFERING)

OFFERS_READ: Final = 100
"""Of a product the last events so many that may offer it: what is saved while it is not on sale is none."""

VERSION_MAX: Final = 2**31 - 1

COUNTED: Final = (OrderPaid, ParcelShipped, RefundOrdered, *OFFERING)
"""Events of which there are counts."""

ACTING: Final = "merchant"
"""Who is counted by the places that they act from."""

PREFIXES: Final = {4: 24, 6: 48}
"""Bits of an address that make a network: a device that moves about in one is in the same place."""


class Told(Struct, frozen=True, kw_only=True):
    """An event of a shop's log, as much of it as is counted."""

    shop_id: UUID
    seq: int
    type: str
    subject_id: UUID
    actor_kind: str
    actor_id: UUID | None
    address: Address | None
    at: datetime
    data: dict[str, object]


class Priced(Struct, frozen=True):
    """What a SKU is offered at, and what it was offered at before."""

    sku_id: UUID
    price: int
    before: int | None


class Offer(Struct, frozen=True):
    """A product that is offered from now on, or at other prices: it was listed, restored, or saved while on sale."""

    product_id: UUID
    at: datetime
    version: int = VERSION_MAX
    """Of a save the version; else whatever it is then."""


class OfferedSku(Struct, frozen=True):
    """A SKU of a product that is offered: what it costs, and what it cost when the product was offered last."""

    sku_id: UUID
    price: int
    before: int | None
    choices: tuple[str, ...]
    position: int
    is_withdrawn: bool
    is_beside: bool
    """Whether some of what was offered then still is."""


class Known(Struct):
    """What was looked up for events: from when on orders were owed, where they were placed from, and prices.

    `refunded` are the numbers of the events that first sent money of orders back.
    """

    owed: Mapping[UUID, datetime] = {}
    placed_from: Mapping[UUID, Address | None] = {}
    offered: Mapping[Offer, Sequence[Priced]] = {}
    refunded: Mapping[UUID, int] = {}


def orders_of(told: Sequence[Told]) -> tuple[set[UUID], set[UUID]]:
    """Name the orders whose last parcel was sent, and those that were paid."""
    sent = {each.subject_id for each in told if each.type == ParcelShipped.__name__ and each.data["is_last"]}
    return sent, {each.subject_id for each in told if each.type == OrderPaid.__name__}


def refunds_of(told: Sequence[Told]) -> set[UUID]:
    """Name the orders of which money went back."""
    return {each.subject_id for each in told if each.type == RefundOrdered.__name__}


def places_of(told: Sequence[Told]) -> dict[UUID, Address | None]:
    """Tell where the orders were placed from that were placed just now."""
    return {each.subject_id: each.address for each in told if each.type == OrderPlaced.__name__}


def offer_of(type: str, at: datetime, data: Mapping[str, object]) -> Offer | None:
    """Tell what an event offers; None: nothing. What is saved while it is not on sale is offered once it is listed."""
    is_offered = type == ProductListed.__name__ or data.get("status") == "listed"
    if type not in _OFFERING or not is_offered:
        return None
    version = data["version"] if type == ProductSaved.__name__ else VERSION_MAX
    assert isinstance(version, int)
    return Offer(UUID(str(data["product_id"])), at, version)


def offers_of(told: Sequence[Told]) -> list[Offer]:
    """Name what is offered, each once."""
    return list(dict.fromkeys(offer for each in told if (offer := offer_of(each.type, each.at, each.data))))


def last_before(offer: Offer, trail: Iterable[Offer]) -> datetime | None:
    """Tell when a product was last offered before; None: it never was."""
    now = offer.at, offer.version
    return max((each.at for each in trail if (each.at, each.version) < now), default=None)


def priced(skus: Sequence[OfferedSku]) -> list[Priced]:
    """Say what SKUs are offered at. One that is new is measured by what that cost whose place it took: the withdrawn
    one of the same choices; where nothing is left of what was offered, that of the same position.
    """
    gone = [sku for sku in skus if sku.is_withdrawn and sku.before is not None]
    by_choices = {sku.choices: sku.before for sku in gone}
    by_position = {sku.position: sku.before for sku in gone}
    found = []
    for sku in skus:
        before = sku.before
        if before is None:
            before = by_choices.get(sku.choices, None if sku.is_beside else by_position.get(sku.position))
        if before != sku.price:
            found.append(Priced(sku.sku_id, sku.price, before))
    return found


def tally(told: Sequence[Told], until: Mapping[UUID, datetime], known: Known) -> list[Tally]:
    """Count events, each in its hour; what is told of an hour that was judged already counts in the one after."""
    found: dict[tuple[object, ...], Tally] = {}
    for each in told:
        hour = max(hour_of(each.at), until[each.shop_id])
        for made in _counts(each, hour, known):
            key = made.shop_id, hour, made.measure, made.subject_id, made.about_id
            found[key] = together(found[key], made) if key in found else made
    return list(found.values())


def together(earlier: Tally, later: Tally) -> Tally:
    """Add what was counted later in the same hour. The statement that writes counts does the same."""
    is_price = later.measure is Measure.PRICED
    return Tally(
        shop_id=later.shop_id,
        hour=later.hour,
        measure=later.measure,
        subject_id=later.subject_id,
        about_id=later.about_id,
        count=earlier.count + later.count,
        amount=later.amount if is_price else earlier.amount + later.amount,
        before=earlier.before,
        prices=_one_after_another(earlier.prices + later.prices),
    )


def _one_after_another(prices: tuple[int, ...]) -> tuple[int, ...]:
    if len(prices) <= PRICES_MAX:
        return prices
    return min(prices), max(prices), min(prices)


def place_of(shop_id: UUID, address: Address | None) -> UUID | None:
    """Name the network of an address by a keyed hash that is another in each shop; None for what is not the internet's.

    The database alone does not tell the address, nor that two shops saw the same.
    """
    if address is None:
        return None
    ip = address.ip if isinstance(address, IPv4Interface | IPv6Interface) else address
    if not ip.is_global:
        return None
    network = ip_network((ip, PREFIXES[ip.version]), strict=False)
    return UUID(bytes=KEYS.pepper(shop_id.bytes + str(network).encode(), "supervision.place")[:16])


def device_of(shop_id: UUID, device: str) -> UUID:
    """Name a device by a keyed hash that is another in each shop, and, as the name it is made from, for each person."""
    return UUID(bytes=KEYS.pepper(shop_id.bytes + device.encode(), "supervision.device")[:16])


def tally_devices(commands: Sequence[NoteDevice], until: Mapping[UUID, datetime]) -> list[Tally]:
    """Count sign-ins of the people of shops, each in its hour; of one that was judged, in the one after."""
    found: dict[tuple[object, ...], Tally] = {}
    for command in commands:
        made = Tally(
            shop_id=command.shop_id,
            hour=max(hour_of(command.at), until[command.shop_id]),
            measure=Measure.SIGNED_IN,
            subject_id=command.person_id,
            about_id=device_of(command.shop_id, command.device),
        )
        key = made.shop_id, made.hour, made.subject_id, made.about_id
        found[key] = together(found[key], made) if key in found else made
    return list(found.values())


def _counts(told: Told, hour: datetime, known: Known) -> list[Tally]:
    shop_id, made = told.shop_id, list[Tally]()

    def count(
        measure: Measure, subject_id: UUID = shop_id, about_id: UUID | None = None, amount: int = 0, number: int = 1
    ) -> None:
        made.append(
            Tally(
                shop_id=shop_id,
                hour=hour,
                measure=measure,
                subject_id=subject_id,
                about_id=about_id or subject_id,
                count=number,
                amount=amount,
            )
        )

    match told.type:
        case OrderPaid.__name__:
            amount, buyer_id = _number(told, "amount"), UUID(str(told.data["buyer_id"]))
            count(Measure.PAID, amount=amount)
            count(Measure.BOUGHT, buyer_id, place_of(shop_id, known.placed_from.get(told.subject_id)), amount)
        case RefundOrdered.__name__:
            # An order counts once, however often money of it goes back: applications of a fen each make no rate.
            is_first = told.seq == known.refunded.get(told.subject_id, told.seq)
            count(Measure.REFUNDED, amount=_number(told, "amount"), number=int(is_first))
        case ParcelShipped.__name__ if told.data["is_last"]:
            count(Measure.SHIPPED)
            owed_at = known.owed.get(told.subject_id)
            if owed_at and told.at > owed_at + LATE:
                count(Measure.LATE)
        case type if type in _OFFERING and (offer := offer_of(type, told.at, told.data)):
            made += [
                Tally(
                    shop_id=shop_id,
                    hour=hour,
                    measure=Measure.PRICED,
                    subject_id=each.sku_id,
                    about_id=offer.product_id,
                    amount=each.price,
                    before=each.before,
                    prices=(each.price,),
                )
                for each in known.offered.get(offer, ())
            ]
    place = place_of(shop_id, told.address) if told.actor_kind == ACTING else None
    if place and told.actor_id:
        count(Measure.ACTED, told.actor_id, place)
    return made


def _number(told: Told, name: str) -> int:
    number = told.data[name]
    assert isinstance(number, int), f"{told.type}.{name}"
    return number
