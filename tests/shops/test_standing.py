"""Proves whether a shop sells: every status of holidays, suspensions, appeals and closing, that the clock ends what has
an end, that the database says of each shop what the program says, and that a shop has one suspension in force."""

import asyncio
from collections.abc import Sequence
from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.identity.people import make_people
from tests.onboarding.test_applications import approve
from weiji.events import Actor, outbox
from weiji.identity import Refusal
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.kit.seal import KEYS
from weiji.payments import CreatePayoutAccount, create_payout_accounts, list_destinations
from weiji.shops import OpenShop, get_barred, get_shops, open_shops
from weiji.shops.model import Shop, ShopState, Standing
from weiji.shops.standing import store
from weiji.shops.standing.model import (
    APPEAL_MAX,
    HOLIDAY_AHEAD_MAX,
    HOLIDAY_MAX,
    HOLIDAY_WITH_ORDERS_MAX,
    AppealSuspension,
    CloseShop,
    EndHoliday,
    JudgeAppeal,
    LiftSuspension,
    PutHoliday,
    ReopenShop,
    SuspendShop,
    SuspensionState,
)
from weiji.shops.standing.operations import (
    appeal_suspensions,
    close_shops,
    end_holidays,
    finish_closings,
    judge_appeals,
    lift_suspensions,
    put_holidays,
    reopen_shops,
    resume_closings,
    suspend_shops,
    turn_shops,
)
from weiji.shops.standing.rules import Standings
from weiji.shops.store import get_shops_to_turn

SHOP = derive(UUID(int=1), "shop")
IDS = [derive(SHOP, n) for n in range(3)]
ACCOUNT = derive(SHOP, "account")
STAFF = [Actor("staff", derive(UUID(int=n), "staff")) for n in (2, 3)]
OWNER = Actor("merchant", derive(UUID(int=4), "owner"))
NOW = clock.now()
DAY = timedelta(days=1)

staff = st.sampled_from(STAFF)
holidays = st.builds(
    PutHoliday,
    shop_id=st.just(SHOP),
    starts_at=st.sampled_from([NOW, NOW + DAY]),
    ends_at=st.sampled_from([NOW + DAY, NOW + 20 * DAY]),
    notice=st.just("回家"),
    takes_orders=st.booleans(),
    actor=st.just(OWNER),
)
suspensions = st.builds(
    SuspendShop,
    id=st.sampled_from(IDS),
    shop_id=st.just(SHOP),
    stops_sales=st.booleans(),
    stops_withdrawals=st.booleans(),
    reason=st.sampled_from(["卖假货", ""]),
    days=st.sampled_from([None, 1, 30]),
    actor=staff,
    is_own=st.sampled_from([False, False, True]),
)
commands = st.one_of(
    holidays,
    st.just(EndHoliday(shop_id=SHOP, actor=OWNER)),
    suspensions,
    suspensions,
    st.builds(LiftSuspension, suspension_id=st.sampled_from(IDS), reason=st.just("查清了"), actor=staff),
    st.builds(
        AppealSuspension,
        suspension_id=st.sampled_from(IDS),
        shop_id=st.just(SHOP),
        text=st.sampled_from(["是真的", "真的是真的"]),
        actor=st.just(OWNER),
    ),
    st.builds(
        JudgeAppeal,
        suspension_id=st.sampled_from(IDS),
        is_granted=st.booleans(),
        reason=st.just("看过了"),
        actor=staff,
    ),
    st.builds(CloseShop, shop_id=st.just(SHOP), account_id=st.sampled_from([ACCOUNT, IDS[0]]), actor=st.just(OWNER)),
    st.just(ReopenShop(shop_id=SHOP, actor=OWNER)),
    st.sampled_from([timedelta(hours=1), DAY, 40 * DAY]),
)


def _standings() -> Standings:
    shop = Shop(
        id=SHOP,
        handle="tea",
        name="茶",
        story="",
        owner_id=new_id(),
        status=ShopState.OPEN,
        colour="#06803f",
        created_at=NOW,
    )
    return Standings(shops={SHOP: shop}, suspensions={}, accounts={ACCOUNT: SHOP}, now=NOW)


def _do(standings: Standings, command: Any) -> Any:
    match command:
        case PutHoliday():
            return standings.put_holiday(command)
        case EndHoliday():
            return standings.end_holiday(command)
        case SuspendShop():
            return standings.suspend(command)
        case LiftSuspension():
            return standings.lift(command)
        case AppealSuspension():
            return standings.appeal(command)
        case JudgeAppeal():
            return standings.judge(command)
        case CloseShop():
            return standings.close(command)
        case ReopenShop():
            return standings.reopen(command)
        case _:
            standings.now += command
            return standings.turn(SHOP) and "turned"


@given(st.lists(commands, max_size=30))
def test_whatever_comes_a_shop_is_what_its_suspension_and_holiday_say(drawn: list[Any]) -> None:
    standings = _standings()
    for command in drawn:
        _do(standings, command)
        shop, force = standings.shops[SHOP], standings.in_force(SHOP)
        assert sum(s.state is SuspensionState.IN_FORCE for s in standings.suspensions.values()) <= 1
        stops = (force.stops_sales, force.stops_withdrawals) if force else (False, False)
        assert (shop.is_sales_suspended, shop.is_withdrawals_suspended) == stops
        assert shop.suspended_until == (force.until if force else None)
        assert not shop.is_away or shop.holiday
        assert shop.turn_at is None or shop.turn_at > standings.now, "nothing is overdue after its time was looked at"
        assert all(s.judged_by != s.suspended_by for s in standings.suspensions.values() if s.judged_by)


@given(st.lists(commands, max_size=14))
def test_what_is_asked_again_changes_nothing(drawn: list[Any]) -> None:
    standings = _standings()
    for command in drawn:
        _do(standings, command)
        once = deepcopy(standings)
        if not isinstance(command, timedelta):
            _do(standings, command)
            assert standings == once, command


async def _shop(tx: Transaction) -> tuple[UUID, Actor]:
    (owner,) = await make_people(tx, 1)
    actor, id = Actor("merchant", owner), new_id()
    await open_shops(tx, [OpenShop(id=id, handle=f"s{id.hex[-10:]}", name="茶馆", owner_id=owner, actor=actor)])
    return id, actor


async def _standing(tx: Transaction, shop_id: UUID) -> tuple[Standing, str]:
    """Read a shop's standing both ways."""
    (shop,) = await get_shops(tx, [shop_id])
    assert shop
    row = await tx.connection.fetchrow("select * from shops.public_shops where id = $1", shop_id)
    assert (row["standing"], row["status"]) == (shop.standing, shop.sells)
    assert row["away_until"] == (shop.holiday.ends_at if shop.is_away and shop.holiday else None)
    return shop.standing, row["status"]


async def _told(tx: Transaction, shop_id: UUID) -> Sequence[str]:
    return [row["type"] for row in await outbox.get_events(tx, shop_id, 1, 99)]


def _holiday(shop_id: UUID, actor: Actor, **facts: Any) -> PutHoliday:
    now = clock.now()
    told = {"starts_at": now, "ends_at": now + DAY, "notice": "", "takes_orders": False}
    return PutHoliday(shop_id=shop_id, actor=actor, **told | facts)


async def test_every_status_of_holidays(tx: Transaction) -> None:
    shop_id, actor = await _shop(tx)
    now = tx.now
    later = now + HOLIDAY_AHEAD_MAX + DAY
    assert await put_holidays(
        tx,
        [
            _holiday(new_id(), actor),
            _holiday(shop_id, actor, ends_at=now - DAY, starts_at=now - 2 * DAY),
            _holiday(shop_id, actor, ends_at=now, starts_at=now + DAY),
            _holiday(shop_id, actor, starts_at=later, ends_at=later + DAY),
            _holiday(shop_id, actor, ends_at=now + HOLIDAY_MAX + DAY),
            _holiday(shop_id, actor, ends_at=now + HOLIDAY_WITH_ORDERS_MAX + DAY, takes_orders=True),
            _holiday(shop_id, actor, notice="假" * 201),
            _holiday(shop_id, actor, starts_at=now - DAY, ends_at=now + DAY, notice="回家"),
        ],
    ) == [
        "shop_not_found",
        "times_invalid",
        "times_invalid",
        "times_invalid",
        "too_long",
        "too_long",
        "notice_malformed",
        "put",
    ]
    assert await _standing(tx, shop_id) == (Standing.AWAY, "closed")
    assert await _told(tx, shop_id) == ["HolidayPut", "ShopUpdated"]
    end = EndHoliday(shop_id=shop_id, actor=actor)
    assert await end_holidays(tx, [end, end, EndHoliday(shop_id=new_id(), actor=actor)]) == [
        "ended",
        "exists",
        "shop_not_found",
    ]
    assert await _standing(tx, shop_id) == (Standing.OPEN, "open")


async def test_a_holiday_on_which_orders_are_taken_leaves_the_shop_open(tx: Transaction) -> None:
    shop_id, actor = await _shop(tx)
    assert await put_holidays(tx, [_holiday(shop_id, actor, starts_at=tx.now - DAY, takes_orders=True)]) == ["put"]
    assert await _standing(tx, shop_id) == (Standing.OPEN, "open")
    assert await _told(tx, shop_id) == ["HolidayPut"]


async def test_a_holiday_begins_and_ends_by_the_clock(tx: Transaction) -> None:
    shop_id, actor = await _shop(tx)
    starts_at = tx.now + timedelta(hours=1)
    await put_holidays(tx, [_holiday(shop_id, actor, starts_at=starts_at, ends_at=starts_at + DAY)])
    assert await turn_shops(tx, [shop_id]) == 0
    assert shop_id not in await get_shops_to_turn(tx, tx.now, 1_000)
    for at, standing in ((starts_at, Standing.AWAY), (starts_at + DAY, Standing.OPEN)):
        tx.now = at
        assert shop_id in await get_shops_to_turn(tx, at, 1_000)
        assert await turn_shops(tx, [shop_id]) == 1
        assert (await _standing(tx, shop_id))[0] is standing
        assert await turn_shops(tx, [shop_id]) == 0
    assert await _told(tx, shop_id) == ["HolidayPut", "HolidayStarted", "ShopUpdated", "HolidayEnded", "ShopUpdated"]


def _suspend(shop_id: UUID, **facts: Any) -> SuspendShop:
    told = {
        "id": new_id(shop_id),
        "stops_sales": True,
        "stops_withdrawals": False,
        "reason": "卖假货",
        "days": None,
        "actor": STAFF[0],
    }
    return SuspendShop(shop_id=shop_id, **told | facts)


async def test_every_status_of_suspending_and_lifting(tx: Transaction) -> None:
    shop_id, _ = await _shop(tx)
    first = _suspend(shop_id)
    assert await suspend_shops(
        tx,
        [
            _suspend(new_id()),
            first,
            first,
            _suspend(shop_id, id=first.id, stops_withdrawals=True),
            _suspend(shop_id, id=UUID(int=shop_id.int ^ 1)),
            _suspend(shop_id, is_own=True),
            _suspend(shop_id, stops_sales=False),
            _suspend(shop_id, reason=" "),
            _suspend(shop_id, days=0),
            _suspend(shop_id, days=366),
            _suspend(shop_id),
        ],
    ) == [
        "shop_not_found",
        "created",
        "exists",
        "id_taken",
        "id_in_another_shard",
        "own_shop",
        "nothing_stopped",
        "reason_malformed",
        "days_out_of_range",
        "days_out_of_range",
        "already_suspended",
    ]
    assert await _standing(tx, shop_id) == (Standing.SUSPENDED, "closed")

    def lift(id: UUID, **facts: Any) -> LiftSuspension:
        return LiftSuspension(**{"suspension_id": id, "reason": "查清了", "actor": STAFF[1]} | facts)

    assert await lift_suspensions(
        tx, [lift(new_id()), lift(first.id, is_own=True), lift(first.id, reason=""), lift(first.id), lift(first.id)]
    ) == ["suspension_not_found", "own_shop", "reason_malformed", "lifted", "exists"]
    assert await _standing(tx, shop_id) == (Standing.OPEN, "open")
    assert await _told(tx, shop_id) == ["ShopSuspended", "ShopUpdated", "SuspensionEnded", "ShopUpdated"]
    assert [s.state for s in await store.list_suspensions_of_shop(tx, shop_id)] == [SuspensionState.LIFTED]


async def test_a_suspension_ends_by_the_clock(tx: Transaction) -> None:
    shop_id, _ = await _shop(tx)
    await suspend_shops(tx, [_suspend(shop_id, days=3, stops_withdrawals=True)])
    assert await get_barred(tx, [shop_id]) == {shop_id: "owner_suspended"}
    tx.now += timedelta(days=3)
    assert await turn_shops(tx, [shop_id]) == 1
    assert await _standing(tx, shop_id) == (Standing.OPEN, "open")
    assert await get_barred(tx, [shop_id]) == {shop_id: "owner_not_verified"}
    assert [s.state for s in await store.list_suspensions_of_shop(tx, shop_id)] == [SuspensionState.OVER]


async def test_every_status_of_appealing_and_judging(tx: Transaction) -> None:
    shop_id, owner = await _shop(tx)
    first = _suspend(shop_id)
    await suspend_shops(tx, [first])

    def appeal(id: UUID, text: str = "是真的", shop: UUID = shop_id) -> AppealSuspension:
        return AppealSuspension(suspension_id=id, shop_id=shop, text=text, actor=owner)

    def judge(id: UUID, is_granted: bool = True, **facts: Any) -> JudgeAppeal:
        told = {"suspension_id": id, "is_granted": is_granted, "reason": "看过了", "actor": STAFF[1]}
        return JudgeAppeal(**told | facts)

    assert await judge_appeals(tx, [judge(first.id)]) == ["not_appealed"]
    assert await appeal_suspensions(
        tx,
        [
            appeal(new_id()),
            appeal(first.id, shop=new_id()),
            appeal(first.id, ""),
            appeal(first.id, "字" * (APPEAL_MAX + 1)),
            appeal(first.id),
            appeal(first.id),
            appeal(first.id, "真的是真的"),
        ],
    ) == [
        "suspension_not_found",
        "suspension_not_found",
        "text_malformed",
        "text_malformed",
        "appealed",
        "exists",
        "already_appealed",
    ]
    assert [each.id for each in await store.list_appeals(tx, None, 99) if each.shop_id == shop_id] == [first.id]
    assert await judge_appeals(
        tx,
        [
            judge(new_id()),
            judge(first.id, is_own=True),
            judge(first.id, actor=STAFF[0]),
            judge(first.id, reason=""),
            judge(first.id),
            judge(first.id),
            judge(first.id, is_granted=False),
        ],
    ) == ["suspension_not_found", "own_shop", "same_person", "reason_malformed", "granted", "exists", "already_judged"]
    assert await _standing(tx, shop_id) == (Standing.OPEN, "open")
    second, third = _suspend(shop_id), _suspend(shop_id)
    await suspend_shops(tx, [second])
    await appeal_suspensions(tx, [appeal(second.id)])
    assert await judge_appeals(tx, [judge(second.id, is_granted=False)]) == ["denied"]
    assert await _standing(tx, shop_id) == (Standing.SUSPENDED, "closed")
    await lift_suspensions(tx, [LiftSuspension(suspension_id=second.id, reason="够了", actor=STAFF[0])])
    await suspend_shops(tx, [third])
    await appeal_suspensions(tx, [appeal(third.id)])
    await lift_suspensions(tx, [LiftSuspension(suspension_id=third.id, reason="够了", actor=STAFF[0])])
    assert await judge_appeals(tx, [judge(third.id)]) == ["not_in_force"]
    fourth = _suspend(shop_id)
    await suspend_shops(tx, [fourth])
    await lift_suspensions(tx, [LiftSuspension(suspension_id=fourth.id, reason="够了", actor=STAFF[0])])
    assert await appeal_suspensions(tx, [appeal(fourth.id)]) == ["not_in_force"]
    assert {"SuspensionAppealed", "AppealJudged", "SuspensionEnded"} <= set(await _told(tx, shop_id))


async def test_the_rest_of_a_shop_goes_to_an_account_in_a_name_that_was_accepted(tx: Transaction) -> None:
    KEYS.use(bytes(range(32)))
    shop_id, owner = await _shop(tx)
    account = CreatePayoutAccount(
        id=new_id(shop_id), owner_id=shop_id, holder="老周", bank="小镇银行", number="62220000123456", actor=owner
    )
    await create_payout_accounts(tx, [account])
    await approve(tx, shop_id)
    (accepted,) = (await list_destinations(tx, shop_id, tx.now)).fitting
    closes = [CloseShop(shop_id=shop_id, account_id=id, actor=owner) for id in (account.id, accepted.id)]
    assert [result.status for result in await close_shops(tx, closes)] == ["account_name_differs", "closing"]


async def test_every_status_of_closing(tx: Transaction) -> None:
    shop_id, owner = await _shop(tx)
    account = CreatePayoutAccount(
        id=new_id(shop_id), owner_id=shop_id, holder="老周", bank="小镇银行", number="62220000123456", actor=owner
    )
    other = CreatePayoutAccount(
        id=new_id(shop_id), owner_id=shop_id, holder="老周", bank="大镇银行", number="62220000123457", actor=owner
    )
    await create_payout_accounts(tx, [account, other])
    await put_holidays(tx, [_holiday(shop_id, owner)])

    def close(account_id: UUID, shop: UUID = shop_id, refusal: Refusal | None = None) -> CloseShop:
        return CloseShop(shop_id=shop, account_id=account_id, actor=owner, refusal=refusal)

    wrong = Refusal("payment_password_wrong", 4)
    results = await close_shops(
        tx,
        [
            close(account.id, refusal=wrong),
            close(account.id, new_id()),
            close(new_id()),
            close(account.id),
            close(account.id),
            close(other.id),
        ],
    )
    assert [result.status for result in results] == [
        "payment_password_wrong",
        "shop_not_found",
        "account_not_found",
        "closing",
        "exists",
        "closing",
    ]
    assert results[0].tries_left == 4
    assert await _standing(tx, shop_id) == (Standing.CLOSING, "closed")
    assert await put_holidays(tx, [_holiday(shop_id, owner)]) == ["closing"]
    reopen = ReopenShop(shop_id=shop_id, actor=owner)
    assert await reopen_shops(tx, [ReopenShop(shop_id=new_id(), actor=owner), reopen, reopen]) == [
        "shop_not_found",
        "reopened",
        "exists",
    ]
    assert await finish_closings(tx, [shop_id, new_id()]) == [False, False]
    await close_shops(tx, [close(account.id)])
    assert await finish_closings(tx, [shop_id, shop_id]) == [True, False]
    assert await _standing(tx, shop_id) == (Standing.CLOSED, "closed")
    assert await reopen_shops(tx, [reopen]) == ["closed"]
    assert (await close_shops(tx, [close(other.id)]))[0].status == "closed"
    assert await suspend_shops(tx, [_suspend(shop_id)]) == ["closed"]
    # Money came to it: the rest may go to another account, and it is closed again.
    assert await resume_closings(tx, [shop_id, shop_id, new_id()]) == [True, False, False]
    assert await _standing(tx, shop_id) == (Standing.CLOSING, "closed")
    assert (await close_shops(tx, [close(other.id)]))[0].status == "closing"
    assert await reopen_shops(tx, [reopen]) == ["closed"], "it was closed for good"
    assert await finish_closings(tx, [shop_id]) == [True]
    trail = [row["type"] for row in await outbox.get_trail(tx, shop_id)]
    assert (trail.count("ClosingResumed"), trail.count("ShopClosed")) == (1, 2)


async def test_of_many_suspensions_at_once_one_is_in_force(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id, _ = await _shop(tx)
    wanted = [_suspend(shop_id) for _ in range(6)]
    found = await asyncio.gather(
        *(database.retried(lambda tx, each=each: suspend_shops(tx, [each])) for each in wanted)
    )
    assert sorted(status for (status,) in found) == [*["already_suspended"] * 5, "created"]


async def test_of_an_appeal_judged_twice_at_once_one_judgement_counts(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id, owner = await _shop(tx)
        first = _suspend(shop_id)
        await suspend_shops(tx, [first])
        await appeal_suspensions(
            tx, [AppealSuspension(suspension_id=first.id, shop_id=shop_id, text="是真的", actor=owner)]
        )
    judgements = [
        JudgeAppeal(suspension_id=first.id, is_granted=n % 2 == 0, reason="看过了", actor=Actor("staff", new_id()))
        for n in range(6)
    ]
    found = await asyncio.gather(
        *(database.retried(lambda tx, each=each: judge_appeals(tx, [each])) for each in judgements)
    )
    assert sorted(status for (status,) in found)[:5] == ["already_judged"] * 5
