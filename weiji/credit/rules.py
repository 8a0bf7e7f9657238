"""What is decided about credit, as pure functions over what was read.

What a trade counts for depends on the set of a shop's trades, and what went back of each, alone, never on the order in
which they are heard of: so whoever counts them anew, from the log of events, comes to the same.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import Final
from uuid import UUID

from weiji.credit.model import (
    Bond,
    Bonded,
    CreditRules,
    NoteBond,
    ReduceStatus,
    ReduceTrade,
    Trade,
    Verdict,
)
from weiji.kit.ids import derive

DEFAULT: Final = CreditRules()

MONTHS: Final = 12
"""Of how many months a record tells."""

Group = tuple[UUID, UUID, date]
"""Trades that are judged together: a shop, a buyer, a month."""


def months_until(month: date, count: int = MONTHS) -> list[date]:
    """Name *count* months, of which *month* is the last, each by its first day."""
    last = month.year * 12 + month.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(last - count + 1, last + 1)]


def group_of(trade: Trade) -> Group:
    """Tell with which others a trade is judged."""
    return trade.shop_id, trade.buyer_id, trade.month


def grade_of(score: int, rules: CreditRules) -> int:
    """Tell the grade of a score: 0 for none yet, up to 20."""
    return bisect_right(rules.thresholds, score)


def judge_trades(trades: Iterable[Trade], rings: Collection[tuple[UUID, UUID]], rules: CreditRules) -> list[Trade]:
    """Judge whole groups of trades; return those whose verdict is another now, with that.

    *rings* are the pairs of shop and buyer that count for nothing. Of a buyer's trades of a month the earliest count.
    """
    changed: list[Trade] = []
    ordered = sorted(trades, key=lambda trade: (*group_of(trade), trade.settled_at, trade.order_id))
    for (shop_id, buyer_id, _), group in groupby(ordered, key=group_of):
        left = rules.buyer_month_max
        for trade in group:
            if (shop_id, buyer_id) in rings:
                verdict = Verdict.RING
            elif 0 < trade.amount < rules.amount_min:
                verdict = Verdict.TOO_SMALL
            elif (
                not trade.kept or trade.kept < rules.amount_min
            ):  # Every order costs something: nothing is what is left.
                verdict = Verdict.REFUNDED
            elif not left:
                verdict = Verdict.SAME_BUYER
            else:
                verdict = Verdict.COUNTED
                left -= 1
            if verdict is not trade.verdict:
                trade.verdict = verdict
                changed.append(trade)
    return changed


def judge_reductions(trades: Mapping[UUID, Trade], commands: Sequence[ReduceTrade]) -> list[ReduceStatus]:
    """Note in *trades* what went back of each."""
    statuses = []
    for command in commands:
        trade = trades.get(command.order_id)
        if trade is None:
            statuses.append(ReduceStatus.TRADE_NOT_FOUND)
        elif command.paid >= trade.kept:
            statuses.append(ReduceStatus.EXISTS)
        else:
            trade.refunded = trade.amount - command.paid
            statuses.append(ReduceStatus.REDUCED)
    return statuses


def pair_of(one: UUID, other: UUID) -> UUID:
    """Make the id of two people, whichever is named first, in the shard of one of them."""
    first, second = sorted((one, other))
    return derive(first, "pair", second)


def judge_bonds(bonds: dict[UUID, list[Bond]], commands: Sequence[NoteBond]) -> tuple[list[Bonded], list[NoteBond]]:
    """Note bonds in *bonds*, one after another; return the answers, and those that are new."""
    answers, new = [], []
    for command in commands:
        its = bonds[command.pair_id]
        if all(bond.shop_id != command.shop_id for bond in its):
            its.append(Bond(command.shop_id, command.seller_id, command.buyer_id))
            new.append(command)
        answers.append(Bonded(find_rings(its)))
    return answers, new


def find_rings(bonds: Sequence[Bond]) -> tuple[tuple[UUID, UUID], ...]:
    """Say which (shop, buyer) of two people's bonds form a ring: all, or none."""
    if len({bond.seller_id for bond in bonds}) < 2:
        return ()
    return tuple((bond.shop_id, bond.buyer_id) for bond in bonds)


def do_rise(thresholds: Sequence[int]) -> bool:
    """Tell whether each grade takes more points than the one before it, and the first at least one."""
    return all(before < threshold for before, threshold in pairwise((0, *thresholds)))
