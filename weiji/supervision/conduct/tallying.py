"""What the log of a shop comes to in counts: pure functions over events, and over what was looked up for them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_network
from itertools import groupby, islice
from typing import Final
from uuid import UUID

from msgspec import Struct, structs

from weiji.events.catalog import ProductListed, ProductRestored, ProductSaved, ProductTakenDown, ProductWithdrawn
from weiji.events.orders import OrderPaid, OrderPlaced, ParcelShipped, RefundOrdered
from weiji.kit.seal import KEYS
from weiji.supervision.conduct.model import LATE, PRICES_MAX, Measure, NoteDevice, Tally
from weiji.supervision.conduct.rules import hour_of

Address = IPv4Address | IPv6Address | IPv4Interface | IPv6Interface

OFFERING: Final = (ProductSaved, ProductListed, ProductRestored)
"""Events that may offer a product, or offer it at other prices."""

_OFFERING: Final = frozenset(event.__name__ for event in OFFERING)

ENDING: Final = (ProductSaved, ProductWithdrawn, ProductTakenDown)
"""Events by which a product may cease to be offered under its title."""

_ENDING: Final = frozenset(event.__name__ for event in ENDING)

OFFERS_READ: Final = 100
"""Of a product the last events so many that may offer it: what is saved while it is not on sale is none."""

REPLACED: Final = timedelta(days=30)
"""How long after something went off sale what is offered anew takes its place: the longest that a rule looks back."""

RENAMED: Final = timedelta(days=7)
"""How long after something went what is offered anew takes its place under quite another name."""

SWAPPED: Final = timedelta(days=1)
"""How long before it went what was offered took its place all the same: who sees it come sees the other go."""

TOGETHER: Final = timedelta(hours=1)
"""What is listed so soon one after another is a shop's range, and nothing of it stands in for the rest."""

NEAREST_OF: Final = 100
"""SKUs that went, the latest, among which that of the nearest price is looked for."""

FORMERS_OF: Final = 10
"""Goods that went off sale, the latest of those that are alike, by which one that is new is measured."""

TWINS_OF: Final = 3
"""Likewise of goods that are on sale still: any of them says what it costs."""

INHERITED_MAX: Final = 10_000
"""Counts of what others stand in for that these are given at once."""

SUCCESSORS_OF: Final = 10
"""Goods on sale, the latest, that have the title of one that goes."""

_WORDS: Final = re.compile(r"[a-z]+|\d+(?:\.\d+)?|[^\W\da-z_]")

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

VERSION_MAX: Final = 2**31 - 1

COUNTED: Final = (OrderPaid, ParcelShipped, RefundOrdered, *OFFERING, ProductTakenDown, ProductWithdrawn)
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
    is_new: bool = False
    """Whether it came since, though it was there before: what it cost then may be a price that nobody was asked."""
    began_at: datetime | None = None
    """When it came last, as what it is now."""
    withdrawn_at: datetime | None = None
    """None of what was withdrawn before that was kept."""


class GoodsText(Struct, frozen=True, kw_only=True):
    """What a product says by which it is known again: its title, without signs, and the address of its first picture
    (its hash).
    """

    product_id: UUID
    shop_id: UUID
    title_mark: str | None
    picture: str | None


class Former(GoodsText, frozen=True, kw_only=True):
    """What a product says, or said, that was on sale before another was; None for what the other does not say."""

    is_on_sale: bool
    listed_at: datetime
    off_sale_at: datetime | None


class Known(Struct):
    """What was looked up for events: from when on orders were owed, where they were placed from, and prices.

    `refunded` are the numbers of the events that first sent money of orders back; `succeeded` what stays on sale, by
    what it took the title of, and when that went; `stood_for` by which SKU another, of a product, is measured.
    """

    owed: Mapping[UUID, datetime] = {}
    placed_from: Mapping[UUID, Address | None] = {}
    offered: Mapping[Offer, Sequence[Priced]] = {}
    refunded: Mapping[UUID, int] = {}
    succeeded: Mapping[tuple[UUID, datetime], Sequence[Offer]] = {}
    stood_for: Mapping[UUID, tuple[UUID, UUID]] = {}


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


def ended_of(told: Sequence[Told]) -> list[tuple[UUID, UUID, datetime]]:
    """Name goods that may be offered no more under their titles, each with its shop and since when."""
    return [
        (UUID(str(each.data["product_id"])), each.shop_id, each.at)
        for each in told
        if each.type in _ENDING and each.data.get("version") != 1
    ]


def last_before(offer: Offer, trail: Iterable[Offer]) -> datetime | None:
    """Tell when a product was last offered before; None: it never was."""
    now = offer.at, offer.version
    return max((each.at for each in trail if (each.at, each.version) < now), default=None)


def priced(skus: Sequence[OfferedSku], last_at: datetime | None = None) -> list[Priced]:
    """Say what SKUs are offered at, each with what it, or what it stands in for (`stand_ins`), cost before; of one that
    was there before, though it is new, with the farther of both. What costs the same is left out.
    """
    places = stand_ins(skus, last_at)
    found = []
    for sku in skus:
        before, its = sku.before, places.get(sku.sku_id)
        if its:
            before = _farther(sku.price, its.before, before if sku.is_new else None)
        if not sku.is_withdrawn and before != sku.price:
            found.append(Priced(sku.sku_id, sku.price, before))
    return found


def stand_ins(skus: Sequence[OfferedSku], last_at: datetime | None = None) -> dict[UUID, OfferedSku]:
    """Tell by which that were withdrawn others are measured. One that is new by that whose place it took: what went
    lately (`_places`); else the one of the same choices or, where nothing is left of what was offered, of the same
    position. One that is not new by what went since *last_at*.
    """
    gone = [sku for sku in skus if sku.is_withdrawn and sku.before is not None]
    by_choices = {sku.choices: sku for sku in gone}
    by_position = {sku.position: sku for sku in gone}
    just_gone = {sku for sku in gone if sku.withdrawn_at and last_at and sku.withdrawn_at > last_at}
    renamed = {sku.choices: sku for sku in just_gone}
    places = _places(skus, gone)
    found = {}
    for sku in skus:
        its = places.get(sku.sku_id)
        if sku.is_withdrawn:
            continue
        if its is None or not (sku.before is None or sku.is_new or its in just_gone):
            if sku.before is None:
                its = by_choices.get(sku.choices, None if sku.is_beside else by_position.get(sku.position))
            else:
                its = renamed.get(sku.choices)
        if its:
            found[sku.sku_id] = its
    return found


def _farther(price: int, *before: int | None) -> int | None:
    return max((each for each in before if each is not None), key=lambda each: abs(each - price), default=None)


def _places(skus: Sequence[OfferedSku], gone: Sequence[OfferedSku]) -> dict[UUID, OfferedSku]:
    """Tell which SKUs took the place of which that went lately, one of one: first who came first, and of those that
    came at once first who has the same choices, then one name in the other, then the same position, then whose price is
    the nearest. Where more came than went, the others are what the product has besides: it may cost what it will.
    """
    free = {sku.sku_id: sku for sku in sorted(gone, key=_went_at, reverse=True) if sku.began_at and sku.withdrawn_at}
    alike: dict[object, list[OfferedSku]] = {}
    for sku in free.values():
        alike.setdefault(sku.choices, []).append(sku)
        alike.setdefault(sku.position, []).append(sku)
    came = sorted((sku for sku in skus if not sku.is_withdrawn), key=_began_at) if free else []
    words = {sku.sku_id: _words(sku.choices) for sku in (*came, *free.values())}
    places: dict[UUID, OfferedSku] = {}

    def follows(sku: OfferedSku, its: OfferedSku, *, is_namesake: bool) -> bool:
        """Tell whether it came when the other went: not long after, nor long before."""
        one, other = words[sku.sku_id], words[its.sku_id]
        is_named = sku.choices == its.choices or (bool(one and other) and (one <= other or other <= one))
        after = _began_at(sku) - _went_at(its)
        is_newer = _began_at(sku) > _began_at(its)
        return is_newer and -SWAPPED <= after <= (REPLACED if is_named else RENAMED) and (is_named or not is_namesake)

    for _, group in groupby(came, _began_at):
        left = list(group)
        for key in ("choices", "name", "position", None):
            for sku in left:
                those = islice(free.values(), NEAREST_OF) if key in ("name", None) else alike.get(getattr(sku, key), ())
                fitting = [its for its in those if its.sku_id in free and follows(sku, its, is_namesake=key == "name")]
                if fitting:
                    _, its = min((abs(each.price - sku.price), each.sku_id) for each in fitting)
                    places[sku.sku_id] = free.pop(its)
            left = [sku for sku in left if sku.sku_id not in places]
    return places


def _words(choices: Sequence[str]) -> frozenset[str]:
    """Say of what a name is made: Chinese characters each for itself, letters and numbers whole (no 50 in 250)."""
    return frozenset(_WORDS.findall(unicodedata.normalize("NFKC", " ".join(choices)).casefold()))


def _began_at(sku: OfferedSku) -> datetime:
    return sku.began_at or _LONG_AGO


def _went_at(sku: OfferedSku) -> datetime:
    return sku.withdrawn_at or _LONG_AGO


def followed(new: Sequence[tuple[Offer, GoodsText]], formers: Sequence[Former]) -> dict[Offer, list[Former]]:
    """Tell what goods stand in for that are offered for the first time, or under another title: what their shop had on
    sale until lately under that title; or until some days ago with their first picture, if nothing else has it; or has
    on sale with both. Who took the place of a title before has it.
    """
    alike: dict[tuple[UUID, str], list[Former]] = {}
    for each in formers:
        for mark in filter(None, (each.title_mark, each.picture)):
            alike.setdefault((each.shop_id, mark), []).append(each)
    found: dict[Offer, list[Former]] = {}
    for offer, text in new:
        titled, pictured = (
            [each for each in alike.get((text.shop_id, mark), ()) if each.product_id != offer.product_id]
            for mark in (text.title_mark or "", text.picture or "")
        )
        last_in_their_place = max(
            (each.listed_at for each in titled if each.is_on_sale and _was_before(each, offer)), default=_LONG_AGO
        )
        gone = {
            each.product_id: each
            for each in titled
            if _went_within(REPLACED, each, offer) and last_in_their_place <= _off_sale_at(each) - SWAPPED
        }
        if len({each.product_id for each in pictured}) == 1:  # What several have is the shop's picture, or a set's.
            gone |= {each.product_id: each for each in pictured if _went_within(RENAMED, each, offer)}
        both = {each.product_id for each in titled} & {each.product_id for each in pictured}
        twins = [each for each in titled if each.is_on_sale and each.product_id in both and _was_before(each, offer)]
        if gone or twins:
            latest = nlargest(FORMERS_OF, gone.values(), key=lambda each: (_off_sale_at(each), each.product_id))
            found[offer] = latest + nlargest(TWINS_OF, twins, key=lambda each: (each.listed_at, each.product_id))
    return found


def _went_within(span: timedelta, former: Former, offer: Offer) -> bool:
    return not former.is_on_sale and _off_sale_at(former) > offer.at - span and _was_before(former, offer)


def _off_sale_at(former: Former) -> datetime:
    return former.off_sale_at or _LONG_AGO


def _was_before(former: Former, offer: Offer) -> bool:
    """Tell whether something was on sale before another was offered; what still is, for longer than an import takes."""
    earlier = offer.at - TOGETHER if former.is_on_sale else offer.at
    return former.listed_at < earlier


def measured(
    skus: Sequence[Priced], choices: Mapping[UUID, tuple[str, ...]], prices: Sequence[tuple[tuple[str, ...], int]]
) -> list[Priced]:
    """Measure what SKUs of a product cost by what those cost of the goods that it stands in for; or by what they cost
    themselves, where that is farther. What a new product has besides is measured by nothing.
    """
    pairs = paired(skus, choices, prices)
    return [
        Priced(sku.sku_id, sku.price, _farther(sku.price, prices[pairs[of]][1] if of in pairs else None, sku.before))
        for of, sku in enumerate(skus)
    ]


def paired(
    skus: Sequence[Priced], choices: Mapping[UUID, tuple[str, ...]], prices: Sequence[tuple[tuple[str, ...], int]]
) -> dict[int, int]:
    """Tell which SKUs, by their place, are measured by which of *prices*, one of one: first those of the same choices,
    then those whose prices are the nearest.
    """
    pairs = sorted(
        (choices[sku.sku_id] != its, abs(price - sku.price), of, place)
        for of, sku in enumerate(skus)
        for place, (its, price) in enumerate(prices[:NEAREST_OF])
    )
    found: dict[int, int] = {}
    taken: set[int] = set()
    for *_, of, place in pairs:
        if of not in found and place not in taken:
            taken.add(place)
            found[of] = place
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


def inherited(
    own: Sequence[Tally], former: Sequence[Tally], stood_for: Mapping[UUID, tuple[UUID, UUID]]
) -> tuple[list[Tally], list[Tally]]:
    """Give SKUs what those were offered at that they stand in for, so that what rises by steps is found whatever it is
    called by now. Give their *own* counts, and those of hours in which they have none: counts of nothing, since it was
    not they that were on sale. In an hour in which they have one it is what they cost before, where that is farther.
    """
    of_former: dict[UUID, dict[datetime, Tally]] = {}
    for each in (*former, *(tally for tally in own if tally.measure is Measure.PRICED)):
        its = of_former.setdefault(each.subject_id, {})
        its[each.hour] = together(its[each.hour], each) if each.hour in its else each
    mine = {(each.subject_id, each.hour): each for each in own if each.measure is Measure.PRICED}
    found: dict[tuple[UUID, datetime], Tally] = {}
    for sku_id, (product_id, former_id) in stood_for.items():
        for hour, each in of_former.get(former_id, {}).items():
            if now := mine.get((sku_id, hour)):
                before = _farther(now.amount, now.before, each.before, *each.prices)
                mine[sku_id, hour] = structs.replace(now, before=before)
            elif len(found) < INHERITED_MAX:
                found[sku_id, hour] = structs.replace(each, subject_id=sku_id, about_id=product_id, count=0)
    rest = [each for each in own if each.measure is not Measure.PRICED]
    return rest + list(mine.values()), list(found.values())


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
        before=later.before if earlier.before is None else earlier.before,
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
        case type if type in _OFFERING or type in _ENDING:
            product_id = UUID(str(told.data["product_id"]))
            offer = offer_of(type, told.at, told.data)
            offers = [*([offer] if offer else []), *known.succeeded.get((product_id, told.at), ())]
            made += [
                Tally(
                    shop_id=shop_id,
                    hour=hour,
                    measure=Measure.PRICED,
                    subject_id=each.sku_id,
                    about_id=its.product_id,
                    amount=each.price,
                    before=each.before,
                    prices=(each.price,),
                )
                for its in offers
                for each in known.offered.get(its, ())
            ]
    place = place_of(shop_id, told.address) if told.actor_kind == ACTING else None
    if place and told.actor_id:
        count(Measure.ACTED, told.actor_id, place)
    return made


def _number(told: Told, name: str) -> int:
    number = told.data[name]
    assert isinstance(number, int), f"{told.type}.{name}"
    return number
