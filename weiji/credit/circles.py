"""Finds circles: shops of three or four people of whom each buys from the next, pure over the bonds that were read.

A circle of two is a ring by a single trade each way (`rules.find_rings`). In a market whose merchants buy from each
other, longer ones close by chance; so each of their links has to be worth forging: a few trades.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from weiji.credit.model import Bond

TRADES_MIN: Final = 3
"""Trades of one buyer with one shop that make a link of a circle."""

SELLERS_MAX: Final = 50
"""Shops at which somebody bought, the first ones, that are followed: what is looked at stays bounded."""

SELLERS_TESTED_MAX: Final = 200
"""Shops that are followed where a ring is tested: from its other links more of it may have been in sight. Some 400,000
bonds are read at most together; where there are more, a ring is left as it is."""

AT_ONCE: Final = 10
"""Bonds that are looked at together: at most so many times 50 × 50 others are read, 200 × 200 to test rings."""

Link = tuple[UUID, UUID]
"""A shop, and who bought there."""


def find_circles(links: Iterable[Bond], bonds: Iterable[Bond]) -> list[tuple[Bond, ...]]:
    """Find the circles of three and four people that any of *links* closes: each as its bonds, that link first.

    *bonds* are those by which one comes from a seller of *links*, against the direction of sale, back to its buyer.
    """
    sold_to: dict[UUID, dict[UUID, list[Bond]]] = defaultdict(lambda: defaultdict(list))
    for bond in bonds:
        sold_to[bond.buyer_id][bond.seller_id].append(bond)
    found: list[tuple[Bond, ...]] = []
    for link in links:
        first, second = link.seller_id, link.buyer_id
        for last, ends in _others(sold_to, first, {second}):
            if second in sold_to[last]:
                found += [(link, middle, end) for middle in sold_to[last][second] for end in ends]
            for third, middles in _others(sold_to, last, {first, second}):
                begins = sold_to[third].get(second, [])
                found += [(link, begin, middle, end) for begin in begins for middle in middles for end in ends]
    return found


def _others(
    sold_to: Mapping[UUID, Mapping[UUID, Sequence[Bond]]], buyer_id: UUID, without: set[UUID]
) -> list[tuple[UUID, Sequence[Bond]]]:
    """Name who sold to somebody, but for those of the circle so far."""
    return [(seller, its) for seller, its in sold_to.get(buyer_id, {}).items() if seller not in without]


def links_of(circles: Iterable[Sequence[Bond]]) -> set[Link]:
    """Name the shops and buyers of circles."""
    return {(bond.shop_id, bond.buyer_id) for circle in circles for bond in circle}


def closed_by(circles: Iterable[Sequence[Bond]], trades: Mapping[Link, int]) -> set[Link]:
    """Name the shops and buyers of those circles whose every link is worth forging; *trades* are how many each has."""
    return links_of(
        circle
        for circle in circles
        if all(trades.get((bond.shop_id, bond.buyer_id), 0) >= TRADES_MIN for bond in circle)
    )
