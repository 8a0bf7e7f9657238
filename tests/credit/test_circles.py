"""Proves that circles of three and four shops whose links are worth forging give no points, whatever is heard of first;
that shorter dealings, chains and honest neighbours keep theirs; and that the logs alone give the same again."""

from collections.abc import Sequence
from itertools import permutations
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.credit.test_operations import NOW
from tests.onboarding.examples import open_shop
from weiji.credit import get_standings, store
from weiji.credit.circles import TRADES_MIN, closed_by, find_circles, links_of
from weiji.credit.handlers import Following
from weiji.credit.model import Bond, NoteBond
from weiji.events import BY_CLOCK, Delivered, Occurrence, publish
from weiji.events.orders import OrderSettled
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id

PEOPLE = [UUID(int=n << 70) for n in range(1, 6)]


def bond(seller: int, buyer: int, shop: int = 0) -> Bond:
    return Bond(UUID(int=(seller + 1) * 100 + shop), PEOPLE[seller], PEOPLE[buyer])


@given(
    edges=st.sets(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 1)).filter(lambda edge: edge[0] != edge[1]),
        min_size=1,
        max_size=12,
    )
)
def test_just_the_circles_of_three_and_four_through_a_link_are_found(edges: set[tuple[int, int, int]]) -> None:
    bonds = [bond(*edge) for edge in sorted(edges)]
    link = bonds[0]
    expected = set()
    for size in (3, 4):
        for rest in permutations(bonds[1:], size - 1):
            circle = (link, *rest)
            follows = all(one.buyer_id == next.seller_id for one, next in zip(circle, (*rest, link), strict=True))
            if follows and len({each.seller_id for each in circle}) == size:
                expected.add(circle)
    assert set(find_circles([link], bonds)) == expected


def test_a_circle_needs_trades_on_each_of_its_links() -> None:
    circle = [bond(0, 1), bond(1, 2), bond(2, 0)]
    closed = find_circles(circle[:1], circle)
    trades = dict.fromkeys(links_of(closed), TRADES_MIN)
    assert closed_by(closed, trades) == {(each.shop_id, each.buyer_id) for each in circle}
    few = trades | {(circle[2].shop_id, circle[2].buyer_id): TRADES_MIN - 1}
    assert closed_by(closed, few) == set()


@pytest.mark.parametrize("page", [2, 3, 4, 99])
async def test_of_somebody_who_bought_everywhere_only_the_first_shops_are_read(
    tx: Transaction, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(store, "BONDS_PAGE", page)
    buyers = sorted(new_id() for _ in range(4))
    for buyer, bought in zip(buyers, (7, 1, 0, 3), strict=True):
        bonds = [
            NoteBond(pair_id=new_id(), shop_id=new_id(), seller_id=new_id(), buyer_id=buyer) for _ in range(bought)
        ]
        await store.add_bonds(tx, bonds)
    found = await store.get_sellers_to(tx, buyers, 2)
    assert [sum(bond.buyer_id == buyer for bond in found) for buyer in buyers] == [2, 1, 0, 2]
    first = (await store.get_sellers_to(tx, buyers[:1], 7))[:2]
    assert [bond for bond in found if bond.buyer_id == buyers[0]] == first


class Street:
    """People with a shop each who buy from each other, as credit hears of it."""

    def __init__(self, database: Database, batchers: Batchers) -> None:
        self.database = database
        self.batchers = batchers
        self.following = Following(batchers)
        self.shops: list[UUID] = []
        self.owners: list[UUID] = []

    async def open(self, count: int) -> None:
        async with self.database.transaction() as tx:
            for _ in range(count):
                shop_id, owner_id = await open_shop(tx)
                self.shops.append(shop_id)
                self.owners.append(owner_id)

    async def sell(self, seller: int, buyer: UUID, times: int = TRADES_MIN) -> None:
        """Have a shop sell: it is in its log, and credit is told."""
        shop_id = self.shops[seller]
        event = OrderSettled(amount=9_800, buyer_id=buyer, paid=9_800, number="1")
        ids = [new_id(shop_id) for _ in range(times)]
        async with self.database.transaction() as tx:
            await publish(tx, [Occurrence(event, shop_id, id, BY_CLOCK) for id in ids])
        told = [Delivered(new_id(shop_id), shop_id, id, BY_CLOCK, NOW, event) for id in ids]
        await self.following.follow_trades(self.database, told)

    async def scores(self) -> list[int]:
        async with self.database.read() as reader:
            return [each.score for each in await get_standings(reader, self.shops)]


@pytest.mark.parametrize("size", [3, 4])
async def test_a_circle_gives_no_points_and_the_logs_alone_say_so_again(
    database: Database, database_url: str, lanes: Lanes, size: int
) -> None:
    batchers = Batchers(database, lanes)
    street = Street(database, batchers)
    await street.open(size + 3)
    circle: Sequence[tuple[int, int]] = [(at, (at + 1) % size) for at in range(size)]
    for seller, buyer in circle[:-1]:
        await street.sell(seller, street.owners[buyer])
    seller, buyer = circle[-1]
    await street.sell(seller, street.owners[buyer], TRADES_MIN - 1)
    await street.sell(0, new_id(), 1)
    await street.sell(size, street.owners[0])
    await street.sell(size + 1, street.owners[size + 2], 1)
    await street.sell(size + 2, street.owners[size + 1], 1)
    honest = [TRADES_MIN + 1, *[TRADES_MIN] * (size - 2), TRADES_MIN - 1, TRADES_MIN, 0, 0]
    assert await street.scores() == honest, "a chain is no circle, and neither is one with a link of little worth"
    await street.sell(seller, street.owners[buyer], 1)
    faked = [1, *[0] * (size - 1), TRADES_MIN, 0, 0]
    assert await street.scores() == faked
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "truncate credit.trades, credit.standings, credit.rings, credit.bonds, credit.pairs cascade"
    )
    for shop_id in street.shops:
        await street.following.recompute(database, shop_id)
    assert await street.scores() == faked
    await connection.execute(
        "insert into credit.rings (shard, shop_id, buyer_id, found_at) values (kit.shard_of($1), $1, $2, now())",
        street.shops[size],
        street.owners[0],
    )
    await connection.close()
    found = [await street.following.recompute(database, shop_id) for shop_id in street.shops]
    assert [each.lifted for each in found] == [*[0] * size, 1, 0, 0], "a chain was written down as a ring by hand"
    assert await street.scores() == faked
    await street.sell(0, street.owners[size])
    assert (await street.scores())[size] == 0, "what was lifted is found again once there is one"
    await batchers.close()
