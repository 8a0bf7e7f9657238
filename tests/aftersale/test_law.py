"""Proves the law of batches for cases: what a batch answers and leaves behind is what its commands do one by one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.aftersale.shop import ADDRESS, OPERATION, REASON, Shop, open_shop
from tests.databases import copied
from weiji.aftersale import CaseKind
from weiji.aftersale import model as words
from weiji.events import BY_CLOCK
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive

CASES: Final = 3
"""Ids of cases that each order has: the examples use them again and again."""

REACHED: Final = {
    "AskCase done", "AskCase exists", "AskCase case_open", "AgreeCase done",
    "RefuseCase done", "CounterReturn done", "CounterCase done", "AcceptOffer done", "SendBack done", "TakeReturn done",
    "Reship done", "WithdrawCase done",
}  # fmt: skip
"""What the examples must have met, to have proved anything."""


@dataclass
class Arena:
    """A shop of its own with orders in several states; nothing of an example is ever committed."""

    shop: Shop
    now: datetime
    orders: list[UUID]
    seen: set[str]
    photos: list[str]


@pytest.fixture(scope="module")
async def arena(server_url: str, template: str) -> AsyncIterator[Arena]:
    async with copied(server_url, template, "aftersale") as url:
        database = await Database.connect(url)
        async with open_shop(database, Lanes(2), stock=8) as shop:
            orders = [await shop.order(2), await shop.order(2, shipped=True)]
            photos = [await shop.photo(order_id) for order_id in orders]
            yield Arena(shop, clock.now(), orders, seen := set(), photos)
        await database.close()
    assert seen >= REACHED, f"the examples are too poor: they never had {REACHED - seen}"


@dataclass(frozen=True)
class Act:
    """What a command is made of: places in the arena's lists, and dice for the rest."""

    order: int
    case: int
    kind: CaseKind
    is_odd: bool


ACTS = st.builds(Act, st.integers(0, 1), st.integers(0, CASES - 1), st.sampled_from(CaseKind), st.booleans())
WAYS: Final = (
    (words.AskCase, words.AgreeCase, words.SendBack, words.TakeReturn, words.Reship, words.RefundInstead),
    (words.AskCase, words.RefuseCase, words.AskCase, words.CounterCase, words.AcceptOffer, words.SendBack),
    (words.AskCase, words.ReplyToCase, words.RefuseCase, words.ReplyToCase, words.AskCase, words.AgreeCase),
    (words.AskCase, words.CounterCase, words.DeclineOffer, words.ExpireCase, words.AskCase, words.WithdrawCase),
    (words.AskCase, words.AgreeCase, words.SendBack, words.RefuseReturn, words.WithdrawCase, words.AskCase),
    (words.AskCase, words.AgreeCase, words.SendBack, words.CounterReturn, words.AcceptOffer, words.DeclineOffer),
)
"""The verbs in the order in which cases go: most examples should get somewhere."""


def _command(arena: Arena, verb: type, act: Act) -> Any:
    shop = arena.shop
    order_id = arena.orders[act.order]
    case_id = derive(order_id, "case", act.case)
    # What the order has not can't be asked about, which few examples need to try.
    kind = CaseKind.CANCEL if act.order == 0 else CaseKind.RETURN if act.kind is CaseKind.CANCEL else act.kind
    buyer: dict[str, Any] = {"case_id": case_id, "actor": shop.actor}
    ours: dict[str, Any] = {"case_id": case_id, "actor": shop.seller, "shop_id": shop.market.shop_id}
    parcel = {"carrier": "顺丰", "tracking_number": f"SF{act.case}"}
    match verb:
        case words.AskCase:
            return shop.asking(order_id, kind, 1 + act.is_odd, id=case_id, reason=REASON[kind])
        case words.AgreeCase if act.is_odd and act.kind is CaseKind.RESHIP:
            return words.AgreeCase(case_id=case_id, actor=BY_CLOCK)
        case words.AgreeCase:
            return words.AgreeCase(address=ADDRESS, **ours)
        case words.ReplyToCase if act.is_odd:
            return words.ReplyToCase(words="请再看看", **buyer)
        case words.RefuseReturn if act.is_odd:
            return words.RefuseReturn(words="不行", proof=(arena.photos[act.order],), **ours)
        case words.RefuseCase | words.RefuseReturn | words.ReplyToCase:
            return verb(words="不行", **ours)
        case words.CounterCase:
            amount = 9_800 * (1 + act.is_odd) if act.order == 0 else 1_234
            kind = CaseKind.CANCEL if act.order == 0 else CaseKind.REFUND
            return words.CounterCase(kind=kind, amount=amount, **ours)
        case words.CounterReturn:
            return words.CounterReturn(amount=1_000 + act.is_odd, words="用过了", **ours)
        case words.SendBack:
            return words.SendBack(**parcel, **buyer)
        case words.Reship:
            return words.Reship(units=0 if act.is_odd else None, **parcel | {"tracking_number": "SF9"}, **ours)
        case words.TakeReturn:
            return words.TakeReturn(is_restocked=act.is_odd, **ours)
        case words.RefundInstead:
            return words.RefundInstead(**ours)
        case words.ExpireCase:
            return words.ExpireCase(case_id=case_id, actor=BY_CLOCK)
        case _:
            return verb(**buyer)


class _RolledBack(Exception):
    pass


TABLES: Final = {
    "cases": "select * from aftersale.cases order by id",
    "orders": "select * from orders.orders order by id",
    "lines": "select * from orders.lines order by order_id, line",
    # They may go off too early, never too late.
    "alarms": """select o.id, exists (
          select from orders.alarms a
          where a.shard = o.shard and o.id = any (a.order_ids) and a.due_at <= o.due_at) as is_in_time
        from orders.orders o where o.due_at is not null order by o.id""",
    "stock": "select sku_id, on_hand, held, sold from inventory.stock order by sku_id",
    "accounts": "select id, debits_posted, credits_posted from ledger.accounts order by id",
    "transfers": "select id, amount, code from ledger.transfers order by id",
    # Events of one batch are told operation by operation: what is told of one thing has its order.
    "events": "select type, subject_id, at, data::text from events.events order by subject_id, type, 4",
}


async def _play(arena: Arena, batches: Sequence[tuple[type, datetime, list[Any]]]) -> tuple[list[Any], dict[str, Any]]:
    """Run batches in a transaction that is rolled back; return the answers, and what the tables had in the end."""
    answers: list[Any] = []
    found: dict[str, Any] = {}
    try:
        async with arena.shop.market.database.transaction() as tx:
            for verb, now, commands in batches:
                answers += await OPERATION[verb][0](Transaction(tx.connection, now), commands)
            for name, query in TABLES.items():
                found[name] = [dict(row) for row in await tx.connection.fetch(query)]
            raise _RolledBack
    except _RolledBack:
        return answers, found


@settings(
    max_examples=60,
    derandomize=True,  # The fixture asks what the examples reached: they must be the same ones each time.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    way=st.sampled_from(WAYS),
    acts=st.lists(st.lists(ACTS, max_size=3), min_size=6, max_size=6),
    leading=st.sampled_from([CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.RESHIP]),
    days=st.integers(0, 8),
)
async def test_law_of_batches(
    arena: Arena, way: Sequence[type], acts: list[list[Act]], leading: CaseKind, days: int
) -> None:
    batches = []
    now, asked = arena.now, 0
    for verb, its in zip(way, acts, strict=True):
        now += timedelta(minutes=1, days=days if verb is words.ExpireCase else 0)
        # One case of a sent order goes the whole way; what happens beside it is up to the dice.
        asked += verb is words.AskCase
        its = [Act(1, asked - 1, leading, is_odd=False), *its]
        batches.append((verb, now, [_command(arena, verb, act) for act in its]))
    together, left_together = await _play(arena, batches)
    singly, left_singly = await _play(arena, [(verb, at, [one]) for verb, at, batch in batches for one in batch])
    names = [verb.__name__ for verb, _, batch in batches for _ in batch]
    arena.seen |= {f"{name} {answer}" for name, answer in zip(names, together, strict=True)}
    assert together == singly
    for table in TABLES:
        assert left_together[table] == left_singly[table], table
    assert all(row["is_in_time"] for row in left_together["alarms"])
