"""How credit follows the trades, and what it does by the clock."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from weiji.credit import circles, store
from weiji.credit.certificates import handlers as certificates
from weiji.credit.model import (
    Bond,
    CountStatus,
    CountTrade,
    DiscountRing,
    NoteBond,
    Recomputed,
    ReduceTrade,
    RegradeShop,
    ReviewRings,
)
from weiji.credit.operations import (
    CREDIT_RULES,
    count_changed,
    count_trades,
    discount_rings,
    find_circles,
    get_standings,
    note_bonds,
    reduce_trades,
    regrade_shops,
    review_rings,
)
from weiji.credit.rules import find_rings, pair_of
from weiji.events import Delivered, Subscription
from weiji.events.orders import OrderSettled, TradeReduced
from weiji.events.outbox import get_events
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Row
from weiji.kit.jobs import Job
from weiji.rulebook import get_in_force
from weiji.shops import get_shops

REGRADED_AT_ONCE: Final = 20
"""Shops that are looked for at a time, to be graded anew."""

LOG_PAGE: Final = 1_000
"""Events of a shop's log that are read at once."""


class Following:
    """What credit does when orders tell something, and by the clock: by the operations everybody uses."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def follow_trades(self, database: Database, batch: Sequence[Delivered]) -> None:
        """OrderSettled: the trade counts for the shop; but what people buy from each other counts for nothing.

        TradeReduced: it counts for what is left of it.

        People and shops may live in different shards: each step is a transaction of its own, and may come again.
        """
        commands = [
            command
            for told in batch
            if isinstance(told.event, OrderSettled)
            and (command := _command(told.stream, told.subject_id, told.event, told.at))
        ]
        await self.batchers.of(count_trades, "shop_id").submit_all(commands)
        reductions = [
            ReduceTrade(order_id=told.subject_id, shop_id=told.stream, paid=told.event.paid)
            for told in batch
            if isinstance(told.event, TradeReduced)
        ]
        await self.batchers.of(reduce_trades, "shop_id").submit_all(reductions)
        await self._find_rings(database, {(command.shop_id, command.buyer_id) for command in commands})

    async def _find_rings(self, database: Database, sold: Collection[tuple[UUID, UUID]]) -> None:
        """Note who sold to whom, each pair a shop and a buyer; discount whose trades go round in a circle.

        Looking comes after noting: of bonds that are noted at once, whoever looks last finds them all.
        """
        async with database.read() as reader:
            shops = await get_shops(reader, [shop_id for shop_id, _ in sold])
            commands = [
                NoteBond(
                    pair_id=pair_of(shop.owner_id, buyer), shop_id=shop.id, seller_id=shop.owner_id, buyer_id=buyer
                )
                for shop, (_, buyer) in zip(shops, sold, strict=True)
                if shop is not None and shop.owner_id != buyer
            ]
            known = await store.get_bonds(reader, [command.pair_id for command in commands]) if commands else {}
        rings = {ring for bonds in known.values() for ring in find_rings(bonds)}
        new = [
            command for command in commands if all(bond.shop_id != command.shop_id for bond in known[command.pair_id])
        ]
        for bonded in await self.batchers.of(note_bonds, "pair_id").submit_all(new):
            rings |= set(bonded.rings)
        links = {Bond(c.shop_id, c.seller_id, c.buyer_id) for c in commands}
        links |= {
            bond
            for c in commands
            for bond in known[c.pair_id]
            if (bond.seller_id, bond.buyer_id) == (c.seller_id, c.buyer_id)
        }
        rings |= await self._find_circles(database, links)
        await self.batchers.of(discount_rings, "shop_id").submit_all(
            [DiscountRing(shop_id=shop_id, buyer_id=buyer) for shop_id, buyer in sorted(rings)]
        )

    async def _find_circles(self, database: Database, links: Collection[Bond]) -> set[circles.Link]:
        """Name the shops and buyers of circles. One statement where no buyer has a shop, which is usual."""
        if not links:
            return set()
        async with database.read() as reader:
            owners = await store.get_owners(reader, {link.buyer_id for link in links})
            found, _ = await find_circles(reader, [link for link in links if link.buyer_id in owners])
        return found

    async def regrade(self, database: Database, limit: int) -> int:
        """Grade anew at most *limit* shops that were graded by older rules; say how many there were."""
        done = 0
        while done < limit:
            async with database.read() as reader:
                in_force = await get_in_force(reader, CREDIT_RULES, clock.now())
                stale = await store.get_stale(reader, in_force.version, min(limit - done, REGRADED_AT_ONCE))
            for shop_id in stale:
                await self.batchers.of(regrade_shops, "shop_id").submit(RegradeShop(shop_id=shop_id))
            if not stale:
                break
            done += len(stale)
        return done

    async def recompute(self, database: Database, shop_id: UUID) -> Recomputed:
        """Count a shop's trades anew from its log of events, look for rings, and say what was wrong.

        What is missing is counted, a ring that nothing stands behind is lifted, and every verdict and the score are
        what they should be. A trade that the log does not tell of, or tells otherwise, is left for somebody to look at:
        nothing here could have written it.
        """
        async with database.read() as reader:
            (before,) = await get_standings(reader, [shop_id])
        # First of all the score is what the trades say: what is counted later is added to it.
        await self.batchers.of(regrade_shops, "shop_id").submit(RegradeShop(shop_id=shop_id))
        after, told, missed, changed = 0, 0, 0, 0
        while True:
            async with database.read() as reader:
                rows = await get_events(reader, shop_id, after, LOG_PAGE)
            commands = _commands(shop_id, rows)
            statuses = await self.batchers.of(count_trades, "shop_id").submit_all(commands)
            told += len(commands)
            missed += statuses.count(CountStatus.COUNTED)
            async with database.read() as reader:
                changed += await count_changed(reader, commands)
            reductions = [
                ReduceTrade(order_id=row["subject_id"], shop_id=shop_id, paid=row["data"]["paid"])
                for row in rows
                if row["type"] == TradeReduced.__name__
            ]
            await self.batchers.of(reduce_trades, "shop_id").submit_all(reductions)
            await self._find_rings(database, {(command.shop_id, command.buyer_id) for command in commands})
            if len(rows) < LOG_PAGE:
                break
            after = rows[-1]["seq"]
        lifted = await self.batchers.of(review_rings, "shop_id").submit(ReviewRings(shop_id=shop_id))
        standing = await self.batchers.of(regrade_shops, "shop_id").submit(RegradeShop(shop_id=shop_id))
        # Trades may have settled meanwhile: what is known is compared with a log that is read after it.
        async with database.read() as reader:
            told += len(
                _commands(shop_id, await get_events(reader, shop_id, rows[-1]["seq"] if rows else after, LOG_PAGE))
            )
        return Recomputed(
            before=before,
            after=standing,
            missed=missed,
            changed=changed,
            unknown=max(0, standing.trades - told),
            lifted=lifted,
        )


def _commands(shop_id: UUID, rows: Sequence[Row]) -> list[CountTrade]:
    """Make the commands that count the settled trades of a shop's log."""
    return [
        command
        for row in rows
        if row["type"] == OrderSettled.__name__
        and (command := _command(shop_id, row["subject_id"], msgspec.convert(row["data"], OrderSettled), row["at"]))
    ]


def _command(shop_id: UUID, order_id: UUID, event: OrderSettled, at: datetime) -> CountTrade | None:
    """Make the command that counts a settled trade; None for events from before they named the buyer."""
    if event.buyer_id is None:
        return None
    return CountTrade(
        order_id=order_id,
        shop_id=shop_id,
        buyer_id=event.buyer_id,
        number=event.number,
        amount=event.paid,
        settled_at=at,
    )


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what credit hears of."""
    following = Following(batchers)
    return [
        Subscription(name="credit.count_trades", events=(OrderSettled, TradeReduced), caller=following.follow_trades),
        *certificates.subscriptions(),
    ]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what credit does by the clock."""
    return [Job(name="credit.regrade", every=timedelta(minutes=1), work=Following(batchers).regrade)]
