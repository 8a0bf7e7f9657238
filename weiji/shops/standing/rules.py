"""What is decided about a shop's standing: pure functions over what was read."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.ids import shard_of
from weiji.kit.text import is_text
from weiji.shops.model import Holiday, Shop
from weiji.shops.standing.model import (
    APPEAL_MAX,
    HOLIDAY_AHEAD_MAX,
    HOLIDAY_MAX,
    HOLIDAY_WITH_ORDERS_MAX,
    NOTICE_MAX,
    REASON_MAX,
    SUSPENSION_DAYS_MAX,
    AppealSuspension,
    AppealSuspensionStatus,
    CloseShop,
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
    Suspension,
    SuspensionState,
)


class Standings(Struct):
    """What a batch is judged against: shops, suspensions that are in force or were named, and bank accounts."""

    shops: dict[UUID, Shop]
    suspensions: dict[UUID, Suspension]
    accounts: dict[UUID, UUID]
    """Which shop has which bank account."""
    now: datetime
    misnamed: frozenset[UUID] = frozenset()
    """Bank accounts in another name than those that were accepted for their shops."""

    # Holidays

    def put_holiday(self, command: PutHoliday) -> PutHolidayStatus:
        """Answer as if it came alone."""
        shop = self.shops.get(command.shop_id)
        if shop is None:
            return PutHolidayStatus.SHOP_NOT_FOUND
        if shop.closing_at:
            return PutHolidayStatus.CLOSING
        starts_at, ends_at = command.starts_at, command.ends_at
        if not starts_at < ends_at or ends_at <= self.now or starts_at > self.now + HOLIDAY_AHEAD_MAX:
            return PutHolidayStatus.TIMES_INVALID
        longest = HOLIDAY_WITH_ORDERS_MAX if command.takes_orders else HOLIDAY_MAX
        if ends_at - max(starts_at, self.now) > longest:
            return PutHolidayStatus.TOO_LONG
        if not is_text(command.notice, NOTICE_MAX):
            return PutHolidayStatus.NOTICE_MALFORMED
        holiday = Holiday(
            starts_at=starts_at, ends_at=ends_at, notice=command.notice, takes_orders=command.takes_orders
        )
        self.shops[shop.id] = replace(shop, holiday=holiday, is_away=starts_at <= self.now)
        return PutHolidayStatus.PUT

    def end_holiday(self, command: EndHoliday) -> EndHolidayStatus:
        """Answer as if it came alone."""
        shop = self.shops.get(command.shop_id)
        if shop is None:
            return EndHolidayStatus.SHOP_NOT_FOUND
        if shop.holiday is None:
            return EndHolidayStatus.EXISTS
        self.shops[shop.id] = replace(shop, holiday=None, is_away=False)
        return EndHolidayStatus.ENDED

    # Suspensions

    def in_force(self, shop_id: UUID) -> Suspension | None:
        """Give the suspension of a shop that counts now."""
        return next(
            (s for s in self.suspensions.values() if s.shop_id == shop_id and s.state is SuspensionState.IN_FORCE),
            None,
        )

    def suspend(self, command: SuspendShop) -> SuspendShopStatus:
        """Answer as if it came alone."""
        shop = self.shops.get(command.shop_id)
        if shop is None:
            return SuspendShopStatus.SHOP_NOT_FOUND
        found = self.suspensions.get(command.id)
        if found:
            stops = (found.stops_sales, found.stops_withdrawals)
            is_same = found.shop_id == shop.id and stops == (command.stops_sales, command.stops_withdrawals)
            return SuspendShopStatus.EXISTS if is_same else SuspendShopStatus.ID_TAKEN
        if shard_of(command.id) != shard_of(shop.id):
            return SuspendShopStatus.ID_IN_ANOTHER_SHARD
        if command.is_own:
            return SuspendShopStatus.OWN_SHOP
        if not (command.stops_sales or command.stops_withdrawals):
            return SuspendShopStatus.NOTHING_STOPPED
        if not _says(command.reason, REASON_MAX):
            return SuspendShopStatus.REASON_MALFORMED
        if command.days is not None and not 1 <= command.days <= SUSPENSION_DAYS_MAX:
            return SuspendShopStatus.DAYS_OUT_OF_RANGE
        if shop.closed_at:
            return SuspendShopStatus.CLOSED
        if self.in_force(shop.id):
            return SuspendShopStatus.ALREADY_SUSPENDED
        assert command.actor.person_id, "the operator's staff are people"
        until = self.now + timedelta(days=command.days) if command.days else None
        self.suspensions[command.id] = Suspension(
            id=command.id,
            shop_id=shop.id,
            stops_sales=command.stops_sales,
            stops_withdrawals=command.stops_withdrawals,
            reason=command.reason,
            suspended_by=command.actor.person_id,
            suspended_at=self.now,
            until=until,
        )
        self.shops[shop.id] = replace(
            shop,
            is_sales_suspended=command.stops_sales,
            is_withdrawals_suspended=command.stops_withdrawals,
            suspended_until=until,
        )
        return SuspendShopStatus.CREATED

    def _end(self, suspension: Suspension, state: SuspensionState) -> None:
        self.suspensions[suspension.id] = replace(suspension, state=state, ended_at=self.now)
        self.shops[suspension.shop_id] = replace(
            self.shops[suspension.shop_id],
            is_sales_suspended=False,
            is_withdrawals_suspended=False,
            suspended_until=None,
        )

    def lift(self, command: LiftSuspension) -> LiftSuspensionStatus:
        """Answer as if it came alone."""
        found = self.suspensions.get(command.suspension_id)
        if found is None:
            return LiftSuspensionStatus.SUSPENSION_NOT_FOUND
        if found.state is not SuspensionState.IN_FORCE:
            return LiftSuspensionStatus.EXISTS
        if command.is_own:
            return LiftSuspensionStatus.OWN_SHOP
        if not _says(command.reason, REASON_MAX):
            return LiftSuspensionStatus.REASON_MALFORMED
        self._end(found, SuspensionState.LIFTED)
        return LiftSuspensionStatus.LIFTED

    def appeal(self, command: AppealSuspension) -> AppealSuspensionStatus:
        """Answer as if it came alone."""
        found = self.suspensions.get(command.suspension_id)
        if found is None or found.shop_id != command.shop_id:
            return AppealSuspensionStatus.SUSPENSION_NOT_FOUND
        if found.appealed_at:
            is_same = found.appeal == command.text
            return AppealSuspensionStatus.EXISTS if is_same else AppealSuspensionStatus.ALREADY_APPEALED
        if found.state is not SuspensionState.IN_FORCE:
            return AppealSuspensionStatus.NOT_IN_FORCE
        if not _says(command.text, APPEAL_MAX):
            return AppealSuspensionStatus.TEXT_MALFORMED
        self.suspensions[found.id] = replace(found, appeal=command.text, appealed_at=self.now)
        return AppealSuspensionStatus.APPEALED

    def judge(self, command: JudgeAppeal) -> JudgeAppealStatus:
        """Answer as if it came alone."""
        found = self.suspensions.get(command.suspension_id)
        if found is None:
            return JudgeAppealStatus.SUSPENSION_NOT_FOUND
        if found.appealed_at is None:
            return JudgeAppealStatus.NOT_APPEALED
        if found.judged_at:
            is_same = (found.judged_by, found.is_granted) == (command.actor.person_id, command.is_granted)
            return JudgeAppealStatus.EXISTS if is_same else JudgeAppealStatus.ALREADY_JUDGED
        if command.is_own:
            return JudgeAppealStatus.OWN_SHOP
        if found.suspended_by == command.actor.person_id:
            return JudgeAppealStatus.SAME_PERSON
        if found.state is not SuspensionState.IN_FORCE:
            return JudgeAppealStatus.NOT_IN_FORCE
        if not _says(command.reason, REASON_MAX):
            return JudgeAppealStatus.REASON_MALFORMED
        judged = replace(
            found,
            judged_by=command.actor.person_id,
            judged_at=self.now,
            is_granted=command.is_granted,
            judgement=command.reason,
        )
        self.suspensions[found.id] = judged
        if command.is_granted:
            self._end(judged, SuspensionState.LIFTED)
        return JudgeAppealStatus.GRANTED if command.is_granted else JudgeAppealStatus.DENIED

    # Closing

    def close(self, command: CloseShop) -> CloseShopStatus:
        """Answer as if it came alone."""
        if command.refusal:
            return CloseShopStatus(command.refusal.status)
        shop = self.shops.get(command.shop_id)
        if shop is None:
            return CloseShopStatus.SHOP_NOT_FOUND
        if self.accounts.get(command.account_id) != shop.id:
            return CloseShopStatus.ACCOUNT_NOT_FOUND
        if shop.closed_at:
            return CloseShopStatus.CLOSED
        if shop.closing_at and shop.closing_account_id == command.account_id:
            return CloseShopStatus.EXISTS
        if command.account_id in self.misnamed:
            return CloseShopStatus.ACCOUNT_NAME_DIFFERS
        self.shops[shop.id] = replace(
            shop,
            closing_at=shop.closing_at or self.now,
            closing_account_id=command.account_id,
            holiday=None,
            is_away=False,
        )
        return CloseShopStatus.CLOSING

    def reopen(self, command: ReopenShop) -> ReopenShopStatus:
        """Answer as if it came alone."""
        shop = self.shops.get(command.shop_id)
        if shop is None:
            return ReopenShopStatus.SHOP_NOT_FOUND
        if shop.is_gone:
            return ReopenShopStatus.CLOSED
        if shop.closing_at is None:
            return ReopenShopStatus.EXISTS
        self.shops[shop.id] = replace(shop, closing_at=None, closing_account_id=None)
        return ReopenShopStatus.REOPENED

    def finish(self, shop_id: UUID) -> bool:
        """Close a shop for good, whose closing was not called off meanwhile."""
        shop = self.shops.get(shop_id)
        if shop is None or shop.closing_at is None or shop.closed_at:
            return False
        self.shops[shop_id] = replace(shop, closed_at=self.now)
        return True

    def resume(self, shop_id: UUID) -> bool:
        """Go on closing a shop that was closed for good."""
        shop = self.shops.get(shop_id)
        if shop is None or shop.closed_at is None:
            return False
        self.shops[shop_id] = replace(shop, closed_at=None, was_closed=True)
        return True

    # The clock

    def turn(self, shop_id: UUID) -> tuple[Shop, Suspension | None] | None:
        """Do to a shop what its time has come for; give it as it was, with a suspension that is over. None: nothing."""
        shop = before = self.shops[shop_id]
        over = None
        if shop.holiday and shop.holiday.ends_at <= self.now:
            shop = replace(shop, holiday=None, is_away=False)
        elif shop.holiday and not shop.is_away and shop.holiday.starts_at <= self.now:
            shop = replace(shop, is_away=True)
        self.shops[shop_id] = shop
        if shop.suspended_until and shop.suspended_until <= self.now:
            over = self.in_force(shop_id)
            assert over, "what ends was in force"
            self._end(over, SuspensionState.OVER)
        return (before, over) if self.shops[shop_id] != before else None


def _says(text: str, length_max: int) -> bool:
    return is_text(text, length_max) and not text.isspace() and text != ""
