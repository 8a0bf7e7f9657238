"""The verbs of credit. Each takes an open transaction and a batch, and answers every command.

Locks: where shops stand, in id order; then the heads of streams.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import astuple, replace

from weiji.credit import circles, store
from weiji.credit.model import (
    Bond,
    Bonded,
    CountStatus,
    CountTrade,
    CreditRules,
    DiscountRing,
    DiscountStatus,
    NoteBond,
    Record,
    ReduceStatus,
    ReduceTrade,
    RegradeShop,
    ReviewRings,
    Standing,
    Trade,
    Verdict,
)
from weiji.credit.rules import (
    do_rise,
    find_rings,
    grade_of,
    group_of,
    judge_bonds,
    judge_reductions,
    judge_trades,
    months_until,
    pair_of,
)
from weiji.events import BY_SYSTEM, Occurrence, publish
from weiji.events.credit import CreditRulesPublished, ShopGraded
from weiji.kit.clock import month_of
from weiji.kit.db import Reader, Transaction
from weiji.rulebook import Publishing, PublishRulesStatus, RuleSet, Version, get_in_force

SLICE: Final = 5_000
"""Trades that are judged at once where a shop is graded anew."""


async def _judge_rules(_tx: Transaction, new: Publishing[CreditRules]) -> PublishRulesStatus | None:
    return None if do_rise(new.rules.thresholds) else PublishRulesStatus.THRESHOLDS_DO_NOT_RISE


CREDIT_RULES: Final = RuleSet(
    name="credit",
    kind=CreditRules,
    tell=lambda new: CreditRulesPublished(version=new.version, reason=new.reason),
    judge=_judge_rules,
)
"""Every shop is graded anew by each version."""


async def count_trades(tx: Transaction, commands: Sequence[CountTrade]) -> list[CountStatus]:
    """Count settled trades for their shops. Results are in the order of *commands*. Publishes ShopGraded.

    Every shop named stays locked until *tx* ends.
    """
    in_force = await get_in_force(tx, CREDIT_RULES, tx.now)
    standings = await store.lock_standings(tx, {command.shop_id for command in commands}, in_force.version)
    trades: dict[UUID, Trade] = {}
    for command in commands:
        trades.setdefault(command.order_id, _trade(command))
    new = await store.add_trades(tx, list(trades.values()))
    added = [trades[id] for id in new]
    judged = await store.get_groups(tx, map(group_of, added))
    rings = await store.get_rings(tx, {(trade.shop_id, trade.buyer_id) for trade in added}) if added else set()
    # What was written a moment ago stands as counted, so what is judged otherwise now takes its point away again.
    gains = Counter(trade.shop_id for trade in added)
    gains.update(await _judge(tx, judged, rings, in_force, added))
    amounts: Counter[UUID] = Counter()
    for trade in added:
        amounts[trade.shop_id] += trade.amount
    counts = Counter(trade.shop_id for trade in added)
    await _grade(
        tx,
        [
            (
                standing,
                replace(
                    standing,
                    score=standing.score + gains[id],
                    trades=standing.trades + counts[id],
                    amount=standing.amount + amounts[id],
                ),
            )
            for id, standing in standings.items()
        ],
        in_force,
    )
    statuses = []
    for command in commands:
        statuses.append(CountStatus.COUNTED if command.order_id in new else CountStatus.EXISTS)
        new.discard(command.order_id)
    return statuses


async def reduce_trades(tx: Transaction, commands: Sequence[ReduceTrade]) -> list[ReduceStatus]:
    """Note that money of settled trades went back; one that has too little left loses its point, and gives its place.

    Results are in the order of *commands*. Publishes ShopGraded. Every shop named stays locked until *tx* ends.
    """
    in_force = await get_in_force(tx, CREDIT_RULES, tx.now)
    standings = await store.lock_standings(tx, {command.shop_id for command in commands}, in_force.version)
    trades = await store.get_trades(tx, [command.order_id for command in commands])
    before = {id: trade.refunded for id, trade in trades.items()}
    statuses = judge_reductions(trades, commands)
    reduced = [trade for id, trade in trades.items() if trade.refunded != before[id]]
    await store.reduce_trades(tx, reduced)
    gains: Counter[UUID] = Counter()
    lost: Counter[UUID] = Counter()
    if reduced:
        rings = await store.get_rings(tx, {(trade.shop_id, trade.buyer_id) for trade in reduced})
        gains = await _judge(tx, await store.get_groups(tx, map(group_of, reduced)), rings, in_force)
        for trade in reduced:
            lost[trade.shop_id] += trade.refunded - before[trade.order_id]
    await _grade(
        tx,
        [
            (each, replace(each, score=each.score + gains[id], amount=each.amount - lost[id]))
            for id, each in standings.items()
        ],
        in_force,
    )
    return statuses


async def note_bonds(tx: Transaction, commands: Sequence[NoteBond]) -> list[Bonded]:
    """Note who sold to whom; tell of each pair where both sell to the other. Results are in the order of *commands*.

    Every pair named stays locked until *tx* ends.
    """
    pairs = {command.pair_id for command in commands}
    await store.lock_pairs(tx, pairs)
    answers, new = judge_bonds(await store.get_bonds(tx, pairs), commands)
    await store.add_bonds(tx, new)
    return answers


async def discount_rings(tx: Transaction, commands: Sequence[DiscountRing]) -> list[DiscountStatus]:
    """Let the trades of buyers with shops count for nothing. Results are in the order of *commands*.

    Publishes ShopGraded. Every shop named stays locked until *tx* ends.
    """
    in_force = await get_in_force(tx, CREDIT_RULES, tx.now)
    standings = await store.lock_standings(tx, {command.shop_id for command in commands}, in_force.version)
    new = await store.add_rings(tx, {(command.shop_id, command.buyer_id) for command in commands})
    gains = await _judge(tx, await store.get_trades_of_buyers(tx, new), new, in_force) if new else Counter()
    await _grade(tx, [(each, replace(each, score=each.score + gains[id])) for id, each in standings.items()], in_force)
    statuses = []
    for command in commands:
        pair = (command.shop_id, command.buyer_id)
        statuses.append(DiscountStatus.DISCOUNTED if pair in new else DiscountStatus.EXISTS)
        new.discard(pair)
    return statuses


async def review_rings(tx: Transaction, commands: Sequence[ReviewRings]) -> list[int]:
    """Lift the rings that nothing stands behind; tell how many each shop had. Results are in the order of *commands*.

    Publishes ShopGraded. Every shop named stays locked until *tx* ends: a ring that is found meanwhile waits for it.
    """
    in_force = await get_in_force(tx, CREDIT_RULES, tx.now)
    standings = await store.lock_standings(tx, {command.shop_id for command in commands}, in_force.version)
    lifted: Counter[UUID] = Counter()
    gains: Counter[UUID] = Counter()
    for shop_id in standings:
        rings = await store.get_rings_of_shop(tx, shop_id)
        baseless = rings - await _find_founded(tx, shop_id, rings) if rings else rings
        if baseless:
            await store.lift_rings(tx, sorted(baseless))
            gains.update(await _judge(tx, await store.get_trades_of_buyers(tx, baseless), (), in_force))
            lifted[shop_id] = len(baseless)
    await _grade(tx, [(each, replace(each, score=each.score + gains[id])) for id, each in standings.items()], in_force)
    return [lifted.pop(command.shop_id, 0) for command in commands]


async def _find_founded(tx: Transaction, shop_id: UUID, rings: Collection[circles.Link]) -> set[circles.Link]:
    """Tell which rings of a shop bonds stand behind, each with trades, or may, where those were too many to look at."""
    links = await store.get_bonds_of_shop(tx, shop_id, {buyer_id for _, buyer_id in rings})
    pairs = await store.get_bonds(tx, {pair_of(link.seller_id, link.buyer_id) for link in links})
    traded = await store.count_trades_of_buyers(
        tx, {(bond.shop_id, bond.buyer_id) for its in pairs.values() for bond in its}
    )
    founded = {
        ring
        for its in pairs.values()
        for ring in find_rings([bond for bond in its if (bond.shop_id, bond.buyer_id) in traded])
    }
    left = [link for link in links if (shop_id, link.buyer_id) not in founded]
    closed, unsure = await find_circles(tx, left, circles.SELLERS_TESTED_MAX)
    return founded | closed | unsure


async def regrade_shops(tx: Transaction, commands: Sequence[RegradeShop]) -> list[Standing]:
    """Judge every trade of shops anew, by the rules in force. Results are in the order of *commands*.

    Publishes ShopGraded. Reads every trade of them, 5,000 at a time.
    """
    in_force = await get_in_force(tx, CREDIT_RULES, tx.now)
    standings = await store.lock_standings(tx, {command.shop_id for command in commands}, in_force.version)
    graded = {id: await _recount(tx, standing, in_force) for id, standing in standings.items()}
    await _grade(tx, [(standings[id], standing) for id, standing in graded.items()], in_force)
    return [
        replace(standing, grade=grade_of(standing.score, in_force.rules), rules_version=in_force.version)
        for standing in (graded[command.shop_id] for command in commands)
    ]


async def find_circles(
    reader: Reader, links: Iterable[Bond], sellers_max: int = circles.SELLERS_MAX
) -> tuple[set[circles.Link], set[circles.Link]]:
    """Find the circles of three and four that links close, and name all of their shops and buyers.

    And which links somebody who bought at *sellers_max* shops came up for: what they bought later was not looked at.
    Four statements for ten links, whatever the shops have sold.
    """
    found: set[circles.Link] = set()
    unsure: set[circles.Link] = set()
    ordered = sorted(links, key=astuple)
    for at in range(0, len(ordered), circles.AT_ONCE):
        some = ordered[at : at + circles.AT_ONCE]
        near = await store.get_sellers_to(reader, {link.seller_id for link in some}, sellers_max)
        sellers = {bond.seller_id for bond in near}
        far = await store.get_sellers_to(reader, sellers, sellers_max)
        reached = sellers | {bond.seller_id for bond in far}
        back = await store.get_sales_between(reader, {link.buyer_id for link in some}, reached)
        closed = circles.find_circles(some, {*near, *far, *back})
        if closed:
            trades = await store.count_trades_of_buyers(reader, circles.links_of(closed))
            found |= circles.closed_by(closed, trades)
        if max(Counter(bond.buyer_id for bond in {*near, *far}).values(), default=0) >= sellers_max:
            unsure |= {(link.shop_id, link.buyer_id) for link in some}
    return found, unsure


async def get_standings(reader: Reader, shop_ids: Sequence[UUID]) -> list[Standing]:
    """Read where shops stand, in the order of *shop_ids*; a shop without a trade stands at nothing."""
    found = await store.get_standings(reader, shop_ids)
    return [found.get(id) or Standing(shop_id=id) for id in shop_ids]


async def get_record(reader: Reader, shop_id: UUID, now: datetime) -> Record | None:
    """Read why a shop has its grade, with its trades of the last twelve months; None where there is no such shop."""
    return await store.get_record(reader, shop_id, months_until(month_of(now))[0], now)


async def count_changed(reader: Reader, commands: Sequence[CountTrade]) -> int:
    """Tell how many trades are known otherwise than *commands* say."""
    known = await store.get_trades(reader, [command.order_id for command in commands])
    return sum(
        (its.shop_id, its.buyer_id, its.number, its.amount, its.settled_at, its.month)
        != (wanted.shop_id, wanted.buyer_id, wanted.number, wanted.amount, wanted.settled_at, wanted.month)
        for wanted in map(_trade, commands)
        if (its := known.get(wanted.order_id))
    )


def _trade(command: CountTrade) -> Trade:
    return Trade(
        order_id=command.order_id,
        shop_id=command.shop_id,
        buyer_id=command.buyer_id,
        number=command.number,
        amount=command.amount,
        settled_at=command.settled_at,
        month=month_of(command.settled_at),
    )


async def _judge(
    tx: Transaction,
    trades: Iterable[Trade],
    rings: Collection[tuple[UUID, UUID]],
    in_force: Version[CreditRules],
    new: Iterable[Trade] = (),
) -> "Counter[UUID]":
    """Judge trades, write what changes, and tell by how many points each shop's score does.

    Tallies follow, and those of *new* trades, which were written as counted.
    """
    changed = await _decide(tx, trades, rings, in_force)
    moved = Counter((trade.shop_id, trade.month, Verdict.COUNTED) for trade in new)
    gains: Counter[UUID] = Counter()
    for trade, before in changed:
        moved[trade.shop_id, trade.month, before] -= 1
        moved[trade.shop_id, trade.month, trade.verdict] += 1
        gains[trade.shop_id] += (trade.verdict is Verdict.COUNTED) - (before is Verdict.COUNTED)
    await store.move_tallies(tx, moved)
    return gains


async def _decide(
    tx: Transaction, trades: Iterable[Trade], rings: Collection[tuple[UUID, UUID]], in_force: Version[CreditRules]
) -> list[tuple[Trade, Verdict]]:
    """Judge trades, and write what changes; give that with what was decided before."""
    judged = list(trades)
    before = {trade.order_id: trade.verdict for trade in judged}
    changed = judge_trades(judged, rings, in_force.rules)
    await store.judge_trades(tx, changed)
    return [(trade, before[trade.order_id]) for trade in changed]


async def _recount(tx: Transaction, standing: Standing, in_force: Version[CreditRules]) -> Standing:
    rings = await store.get_rings_of_shop(tx, standing.shop_id)
    score = trades = amount = 0
    tallies: Counter[tuple[UUID, date, Verdict]] = Counter()
    after: tuple[UUID, date] | None = None
    size = SLICE
    while True:
        found = await store.get_groups_after(tx, standing.shop_id, after, size)
        is_last = len(found) < size
        if not is_last:
            cut = group_of(found[-1])
            whole = [trade for trade in found if group_of(trade) != cut]
            if not whole:  # One buyer's month alone is more: it is read whole.
                size *= 2
                continue
            found = whole
        await _decide(tx, found, rings, in_force)
        tallies.update((trade.shop_id, trade.month, trade.verdict) for trade in found)
        score += sum(trade.verdict is Verdict.COUNTED for trade in found)
        trades += len(found)
        amount += sum(trade.kept for trade in found)
        if is_last:
            await store.clear_tallies(tx, standing.shop_id)
            await store.move_tallies(tx, tallies)
            return replace(standing, score=score, trades=trades, amount=amount, rules_version=in_force.version)
        after, size = (found[-1].buyer_id, found[-1].month), SLICE


async def _grade(tx: Transaction, changes: Sequence[tuple[Standing, Standing]], in_force: Version[CreditRules]) -> None:
    """Write where shops stand now, and tell of those whose grade is another.

    A shop that was last graded by older rules keeps their version, and is graded anew by the job.
    """
    graded = [(before, replace(after, grade=grade_of(after.score, in_force.rules))) for before, after in changes]
    await store.update_standings(tx, [after for before, after in graded if after != before])
    await publish(
        tx,
        [
            Occurrence(
                ShopGraded(shop_id=after.shop_id, grade_before=before.grade, grade=after.grade, score=after.score),
                after.shop_id,
                after.shop_id,
                BY_SYSTEM,
            )
            for before, after in graded
            if after.grade != before.grade
        ],
    )
