"""The verbs of a shop's standing. Each takes an open transaction and a batch, and answers every command.

Whatever changes whether a shop sells is also told as ShopUpdated, which the search hears.
"""

from collections.abc import Callable, Sequence
from copy import copy
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from weiji.events import BY_CLOCK, Actor, Event, Occurrence, publish
from weiji.events.shops import (
    AppealJudged,
    ClosingResumed,
    HolidayEnded,
    HolidayPut,
    HolidayStarted,
    ShopClosed,
    ShopClosing,
    ShopReopened,
    ShopSuspended,
    ShopUpdated,
    SuspensionAppealed,
    SuspensionEnded,
)
from weiji.kit.db import Transaction
from weiji.shops.standing import store
from weiji.shops.standing.model import (
    AppealSuspension,
    AppealSuspensionStatus,
    CloseShop,
    CloseShopResult,
    CloseShopStatus,
    EndHoliday,
    EndHolidayStatus,
    JudgeAppeal,
    JudgeAppealStatus,
    LiftSuspension,
    LiftSuspensionStatus,
    PutHoliday,
    PutHolidayStatus,
    ReopenShop,
    ReopenShopStatus,
    SuspendShop,
    SuspendShopStatus,
)
from weiji.shops.standing.rules import Standings

C = TypeVar("C")
S = TypeVar("S")

Told = tuple[UUID, UUID, Event, Actor]
"""A shop, what in it an event is about, the event, and who did it."""


async def _write(tx: Transaction, before: Standings, after: Standings, told: Sequence[Told]) -> None:
    """Write what changed, and tell it; and of each shop that sells now or does so no longer, that it is another."""
    await store.write_standings(tx, before, after)
    occurrences = [Occurrence(event, shop_id, subject_id, actor) for shop_id, subject_id, event, actor in told]
    actors = {shop_id: actor for shop_id, _, _, actor in told}
    occurrences += [
        Occurrence(ShopUpdated(shop_id=id, name=shop.name, status=shop.sells), id, id, actors[id])
        for id, shop in after.shops.items()
        if shop.sells is not before.shops[id].sells
    ]
    await publish(tx, occurrences)


def _copied(standings: Standings) -> Standings:
    """Copy what rules change; what is in it never changes."""
    return replace(standings, shops=copy(standings.shops), suspensions=copy(standings.suspensions))


def _judge(
    commands: Sequence[C], verb: Callable[[C], S], tell: Callable[[C, S], Told | None]
) -> tuple[list[S], list[Told]]:
    """Judge one command after another, and note what is to be told of each."""
    statuses, told = [], []
    for command in commands:
        status = verb(command)
        statuses.append(status)
        news = tell(command, status)
        if news:
            told.append(news)
    return statuses, told


async def put_holidays(tx: Transaction, commands: Sequence[PutHoliday]) -> list[PutHolidayStatus]:
    """Say when shops are on holiday. Publishes HolidayPut for each that was not said already."""
    standings = await store.lock_standings(tx, {command.shop_id for command in commands})
    before = _copied(standings)
    was = {id: shop.holiday for id, shop in standings.shops.items()}

    def tell(c: PutHoliday, status: PutHolidayStatus) -> Told | None:
        if status is not PutHolidayStatus.PUT or was[c.shop_id] == standings.shops[c.shop_id].holiday:
            return None
        was[c.shop_id] = standings.shops[c.shop_id].holiday
        event = HolidayPut(
            shop_id=c.shop_id, starts_at=c.starts_at, ends_at=c.ends_at, takes_orders=c.takes_orders, notice=c.notice
        )
        return c.shop_id, c.shop_id, event, c.actor

    statuses, told = _judge(commands, standings.put_holiday, tell)
    await _write(tx, before, standings, told)
    return statuses


async def end_holidays(tx: Transaction, commands: Sequence[EndHoliday]) -> list[EndHolidayStatus]:
    """End holidays at once, or call them off. Publishes HolidayEnded."""
    standings = await store.lock_standings(tx, {command.shop_id for command in commands})
    before = _copied(standings)

    def tell(c: EndHoliday, status: EndHolidayStatus) -> Told | None:
        return (
            (c.shop_id, c.shop_id, HolidayEnded(shop_id=c.shop_id), c.actor)
            if status is EndHolidayStatus.ENDED
            else None
        )

    statuses, told = _judge(commands, standings.end_holiday, tell)
    await _write(tx, before, standings, told)
    return statuses


async def suspend_shops(tx: Transaction, commands: Sequence[SuspendShop]) -> list[SuspendShopStatus]:
    """Forbid shops to sell or to withdraw. Publishes ShopSuspended."""
    standings = await store.lock_standings(tx, {c.shop_id for c in commands}, {c.id for c in commands})
    before = _copied(standings)

    def tell(c: SuspendShop, status: SuspendShopStatus) -> Told | None:
        if status is not SuspendShopStatus.CREATED:
            return None
        event = ShopSuspended(
            shop_id=c.shop_id,
            suspension_id=c.id,
            stops_sales=c.stops_sales,
            stops_withdrawals=c.stops_withdrawals,
            reason=c.reason,
            until=standings.suspensions[c.id].until,
        )
        return c.shop_id, c.id, event, c.actor

    statuses, told = _judge(commands, standings.suspend, tell)
    await _write(tx, before, standings, told)
    return statuses


async def lift_suspensions(tx: Transaction, commands: Sequence[LiftSuspension]) -> list[LiftSuspensionStatus]:
    """Take suspensions back. Publishes SuspensionEnded."""
    standings = await store.lock_standings(tx, (), {command.suspension_id for command in commands})
    before = _copied(standings)

    def tell(c: LiftSuspension, status: LiftSuspensionStatus) -> Told | None:
        if status is not LiftSuspensionStatus.LIFTED:
            return None
        shop_id = standings.suspensions[c.suspension_id].shop_id
        event = SuspensionEnded(shop_id=shop_id, suspension_id=c.suspension_id, reason=c.reason)
        return shop_id, c.suspension_id, event, c.actor

    statuses, told = _judge(commands, standings.lift, tell)
    await _write(tx, before, standings, told)
    return statuses


async def appeal_suspensions(tx: Transaction, commands: Sequence[AppealSuspension]) -> list[AppealSuspensionStatus]:
    """Say why suspensions are wrong. Publishes SuspensionAppealed."""
    standings = await store.lock_standings(tx, (), {command.suspension_id for command in commands})
    before = _copied(standings)

    def tell(c: AppealSuspension, status: AppealSuspensionStatus) -> Told | None:
        if status is not AppealSuspensionStatus.APPEALED:
            return None
        event = SuspensionAppealed(shop_id=c.shop_id, suspension_id=c.suspension_id, text=c.text)
        return c.shop_id, c.suspension_id, event, c.actor

    statuses, told = _judge(commands, standings.appeal, tell)
    await _write(tx, before, standings, told)
    return statuses


async def judge_appeals(tx: Transaction, commands: Sequence[JudgeAppeal]) -> list[JudgeAppealStatus]:
    """Decide appeals. Publishes AppealJudged, and SuspensionEnded where one is granted."""
    standings = await store.lock_standings(tx, (), {command.suspension_id for command in commands})
    before = _copied(standings)
    ended: list[Told] = []

    def tell(c: JudgeAppeal, status: JudgeAppealStatus) -> Told | None:
        if status not in (JudgeAppealStatus.GRANTED, JudgeAppealStatus.DENIED):
            return None
        shop_id = standings.suspensions[c.suspension_id].shop_id
        if c.is_granted:
            end = SuspensionEnded(shop_id=shop_id, suspension_id=c.suspension_id, reason=c.reason)
            ended.append((shop_id, c.suspension_id, end, c.actor))
        event = AppealJudged(shop_id=shop_id, suspension_id=c.suspension_id, is_granted=c.is_granted, reason=c.reason)
        return shop_id, c.suspension_id, event, c.actor

    statuses, told = _judge(commands, standings.judge, tell)
    await _write(tx, before, standings, [*told, *ended])
    return statuses


async def close_shops(tx: Transaction, commands: Sequence[CloseShop]) -> list[CloseShopResult]:
    """Begin to close shops. Publishes ShopClosing."""
    judged = [command for command in commands if command.refusal is None]
    standings = await store.lock_standings(tx, {c.shop_id for c in judged}, (), {c.account_id for c in judged})
    before = _copied(standings)

    def tell(c: CloseShop, status: CloseShopStatus) -> Told | None:
        return (
            (c.shop_id, c.shop_id, ShopClosing(shop_id=c.shop_id, account_id=c.account_id), c.actor)
            if status is CloseShopStatus.CLOSING
            else None
        )

    statuses, told = _judge(commands, standings.close, tell)
    await _write(tx, before, standings, told)
    return [
        CloseShopResult(status, c.refusal.tries_left, c.refusal.locked_until) if c.refusal else CloseShopResult(status)
        for c, status in zip(commands, statuses, strict=True)
    ]


async def reopen_shops(tx: Transaction, commands: Sequence[ReopenShop]) -> list[ReopenShopStatus]:
    """Close shops no longer. Publishes ShopReopened."""
    standings = await store.lock_standings(tx, {command.shop_id for command in commands})
    before = _copied(standings)

    def tell(c: ReopenShop, status: ReopenShopStatus) -> Told | None:
        return (
            (c.shop_id, c.shop_id, ShopReopened(shop_id=c.shop_id), c.actor)
            if status is ReopenShopStatus.REOPENED
            else None
        )

    statuses, told = _judge(commands, standings.reopen, tell)
    await _write(tx, before, standings, told)
    return statuses


async def finish_closings(tx: Transaction, shop_ids: Sequence[UUID]) -> list[bool]:
    """Close shops for good of which nothing is open any more: the caller has looked, behind their locks.

    Publishes ShopClosed.
    """
    return await _go_on_closing(tx, shop_ids, Standings.finish, ShopClosed)


async def resume_closings(tx: Transaction, shop_ids: Sequence[UUID]) -> list[bool]:
    """Go on closing shops that were closed for good: money came to them, as the caller has seen behind their locks.

    Publishes ClosingResumed.
    """
    return await _go_on_closing(tx, shop_ids, Standings.resume, ClosingResumed)


async def _go_on_closing(
    tx: Transaction,
    shop_ids: Sequence[UUID],
    judge: Callable[[Standings, UUID], bool],
    event: type[ShopClosed | ClosingResumed],
) -> list[bool]:
    standings = await store.lock_standings(tx, set(shop_ids))
    before = _copied(standings)
    done = [judge(standings, id) for id in shop_ids]
    told: list[Told] = [
        (id, id, event(shop_id=id), BY_CLOCK) for id, is_done in zip(shop_ids, done, strict=True) if is_done
    ]
    await _write(tx, before, standings, told)
    return done


async def turn_shops(tx: Transaction, shop_ids: Sequence[UUID]) -> int:
    """Do what the time has come for: holidays begin and end, suspensions end. Tell of how many shops something changed.

    Publishes HolidayStarted, HolidayEnded and SuspensionEnded.
    """
    standings = await store.lock_standings(tx, set(shop_ids))
    before = _copied(standings)
    told: list[Told] = []
    turned = 0
    for id in standings.shops:
        found = standings.turn(id)
        if found is None:
            continue
        turned += 1
        was, over = found
        shop = standings.shops[id]
        if was.holiday and shop.holiday is None:
            told.append((id, id, HolidayEnded(shop_id=id), BY_CLOCK))
        elif shop.is_away and not was.is_away:
            told.append((id, id, HolidayStarted(shop_id=id), BY_CLOCK))
        if over:
            told.append((id, over.id, SuspensionEnded(shop_id=id, suspension_id=over.id, reason=""), BY_CLOCK))
    await _write(tx, before, standings, told)
    return turned
