"""Says what it costs to fake a shop's credit: sham buyers trade with one shop, and merchants with each other.

What they pay is real: the money goes round, the platform's fee is gone. `python -m bench.brushing`.
"""

import argparse
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from weiji.credit.circles import closed_by, find_circles
from weiji.credit.model import Bond, Trade, Verdict
from weiji.credit.rules import DEFAULT, grade_of, judge_trades
from weiji.kit.clock import month_of
from weiji.kit.ids import new_id
from weiji.kit.money import portion

MONTH = timedelta(days=30)


def sham_trades(buyers: list[UUID], shop_id: UUID, months: int, each: int, amount: int) -> list[Trade]:
    """Let each buyer buy *each* times a month, at the least amount that counts."""
    first = datetime(2026, 1, 10, tzinfo=UTC)
    trades = []
    for number in range(months):
        settled_at = first + number * MONTH
        for buyer in buyers:
            for _ in range(each):
                id = new_id(shop_id)
                trades.append(
                    Trade(
                        order_id=id, shop_id=shop_id, buyer_id=buyer, number="", amount=amount, settled_at=settled_at,
                        month=month_of(settled_at),
                    )
                )  # fmt: skip
    return trades


def points_in_circle(size: int, months: int, each: int) -> int:
    """Let merchants buy from each other round in a circle; return the points that all of them have."""
    people, shops = [new_id() for _ in range(size)], [new_id() for _ in range(size)]
    bonds = [Bond(shops[at], people[at], people[(at + 1) % size]) for at in range(size)]
    trades = [
        trade
        for bond in bonds
        for trade in sham_trades([bond.buyer_id], bond.shop_id, months, each, DEFAULT.amount_min)
    ]
    judge_trades(trades, closed_by(find_circles(bonds, bonds), Counter(map(link_of, trades))), DEFAULT)
    return sum(trade.verdict is Verdict.COUNTED for trade in trades)


def link_of(trade: Trade) -> tuple[UUID, UUID]:
    """Name the shop and the buyer of a trade."""
    return trade.shop_id, trade.buyer_id


def bench(count: int, months: int, each: int, fee_ppm: int) -> dict[str, Any]:
    """Fake as well as one can; return points and what they cost."""
    shop_id, buyers = new_id(), [new_id() for _ in range(count)]
    trades = sham_trades(buyers, shop_id, months, each, DEFAULT.amount_min)
    judge_trades(trades, set(), DEFAULT)
    points = sum(trade.verdict is Verdict.COUNTED for trade in trades)
    fees = sum(portion(trade.amount, fee_ppm) for trade in trades)
    # Accomplices send the money back once it is settled, and the fee with it: it would cost nothing.
    sent_back = sham_trades(buyers, shop_id, months, each, DEFAULT.amount_min)
    judge_trades(sent_back, set(), DEFAULT)
    for trade in sent_back:
        trade.refunded = trade.amount
    judge_trades(sent_back, set(), DEFAULT)
    in_ring = sham_trades(buyers, shop_id, months, each, DEFAULT.amount_min)
    judge_trades(in_ring, {(shop_id, buyer) for buyer in buyers}, DEFAULT)
    circles = {size: points_in_circle(size, months, each) for size in (3, 4, 5)}
    return {
        "bench": "brushing",
        "buyers": count,
        "months": months,
        "trades": len(trades),
        "points": points,
        "grade": grade_of(points, DEFAULT),
        "fees_yuan": fees / 100,
        "points_per_yuan": round(points / fees * 100, 1) if fees else None,
        "points_refunded": sum(trade.verdict is Verdict.COUNTED for trade in sent_back),
        "points_in_rings": sum(trade.verdict is Verdict.COUNTED for trade in in_ring),
        "points_in_circles_of_3": circles[3],
        "points_in_circles_of_4": circles[4],
        "points_in_circles_of_5": circles[5],
    }


def main() -> None:
    """Run the bench; the last line is JSON."""
    parser = argparse.ArgumentParser(prog="bench.brushing", description=__doc__)
    parser.add_argument("--buyers", type=int, default=100)
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--each", type=int, default=20, help="trades of each buyer in a month (20)")
    parser.add_argument("--fee-ppm", type=int, default=6_000, help="the platform's fee, in millionths (6000: 0.6 %%)")
    arguments = parser.parse_args()
    print(json.dumps(bench(arguments.buyers, arguments.months, arguments.each, arguments.fee_ppm)))


if __name__ == "__main__":
    main()
