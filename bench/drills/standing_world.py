"""A shop that staff suspend, in memory: it appeals, its time runs out, it closes; what it may do follows from that.

What is decided is decided by the rules of a shop's standing.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.kit.ids import derive, new_id
from weiji.shops import ShopState
from weiji.shops.model import Shop, Standing
from weiji.shops.standing import model
from weiji.shops.standing.model import JudgeAppealStatus, SuspendShopStatus, Suspension, SuspensionState
from weiji.shops.standing.rules import Standings

SHOP: Final = new_id()
ACCOUNT: Final = new_id(SHOP)
OWNER: Final = Actor("merchant", new_id())
STAFF: Final = (Actor("staff", new_id()), Actor("staff", new_id()))
DAYS: Final = 7
SUSPENSIONS_MAX: Final = 3
"""How often it is suspended here."""

SECOND: Final = timedelta(seconds=1)
_S = SuspensionState

MACHINES: Final = {
    "suspension": Machine(
        moves={_S.IN_FORCE: {_S.LIFTED, _S.OVER}, _S.LIFTED: (), _S.OVER: ()},
        verbs={"lift": {_S.LIFTED}, "judge": {_S.LIFTED}, "turn": {_S.OVER}, "appeal": (), "suspend": ()},
        begins={_S.IN_FORCE},
    )
}
"""As trade.md has it: the program has no table of these."""


class StandingWorld(MachineWorld):
    """A shop that was never suspended."""

    def __init__(self) -> None:
        super().__init__(MACHINES)
        assert OWNER.person_id is not None
        shop = Shop(
            id=SHOP,
            handle="shop",
            name="店",
            story="",
            owner_id=OWNER.person_id,
            status=ShopState.OPEN,
            colour="",
            created_at=NOW,
        )
        self.shops: dict[UUID, Shop] = {SHOP: shop}
        self.suspensions: dict[UUID, Suspension] = {}

    @property
    def shop(self) -> Shop:
        """Give the shop."""
        return self.shops[SHOP]

    def things(self) -> Things:
        """Say where each suspension stands."""
        return {("suspension", id): each.state for id, each in self.suspensions.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        shop = self.shop
        return (
            shop.closing_at is None, shop.closed_at is None, shop.is_sales_suspended, shop.is_withdrawals_suspended,
            tuple(
                (
                    s.stops_sales, s.stops_withdrawals, s.suspended_by, s.until is not None and s.until <= self.now,
                    s.until is None, s.appealed_at is None, s.judged_by, s.is_granted,
                )
                for s in self.suspensions.values()
            ),
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        if len(self.suspensions) < SUSPENSIONS_MAX:
            for staff in STAFF:
                yield from (("suspend", staff, True, False, days) for days in (None, DAYS))
            yield from (("suspend", STAFF[0], stops, True, DAYS) for stops in (True, False))
        for id in self.suspensions:
            yield from (("appeal", id), ("lift", id, STAFF[0]))
            for staff in STAFF:
                yield from (("judge", id, staff, is_granted) for is_granted in (True, False))
        yield from (("turn",), ("close",), ("reopen",), ("finish",))
        if self.shop.suspended_until is not None and self.shop.suspended_until > self.now:
            yield ("wait",)

    def next(self) -> Event | None:
        """Hear appeals, and let the clock end what ends by itself."""
        for id, each in self.suspensions.items():
            is_waiting = each.appealed_at is not None and each.judged_at is None and each.state is _S.IN_FORCE
            if is_waiting:
                return ("judge", id, next(one for one in STAFF if one.person_id != each.suspended_by), False)
        until = self.shop.suspended_until
        if until is None:
            return None
        return ("turn",) if until <= self.now else ("wait",)

    def after(self, event: Event) -> "StandingWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens ---

    def _state(self) -> Standings:
        return Standings(self.shops, self.suspensions, {ACCOUNT: SHOP}, self.now)

    def _suspend(self, staff: Actor, stops_sales: bool, stops_withdrawals: bool, days: int | None) -> None:
        was = [each for each in self.suspensions.values() if each.state is _S.IN_FORCE]
        command = model.SuspendShop(
            id=derive(SHOP, "suspension", len(self.suspensions)),
            shop_id=SHOP,
            stops_sales=stops_sales,
            stops_withdrawals=stops_withdrawals,
            reason="理由",
            days=days,
            actor=staff,
        )
        status = self._state().suspend(command)
        right = not was and self.shop.closed_at is None
        require((status is SuspendShopStatus.CREATED) == right, f"suspended: {status}")

    def _lift(self, id: UUID, staff: Actor) -> None:
        self._state().lift(model.LiftSuspension(suspension_id=id, reason="理由", actor=staff))

    def _appeal(self, id: UUID) -> None:
        self._state().appeal(model.AppealSuspension(suspension_id=id, shop_id=SHOP, text="冤枉", actor=OWNER))

    def _judge(self, id: UUID, staff: Actor, is_granted: bool) -> None:
        before = self.suspensions[id]
        command = model.JudgeAppeal(suspension_id=id, is_granted=is_granted, reason="理由", actor=staff)
        status = self._state().judge(command)
        if status in (JudgeAppealStatus.GRANTED, JudgeAppealStatus.DENIED):
            is_due = before.appealed_at is not None and before.judged_at is None and before.state is _S.IN_FORCE
            require(
                is_due and before.suspended_by != staff.person_id, "an appeal was heard by who imposed it, or again"
            )

    def _turn(self) -> None:
        self._state().turn(SHOP)

    def _close(self) -> None:
        self._state().close(model.CloseShop(shop_id=SHOP, account_id=ACCOUNT, actor=OWNER))

    def _reopen(self) -> None:
        self._state().reopen(model.ReopenShop(shop_id=SHOP, actor=OWNER))

    def _finish(self) -> None:
        before = self.shop
        done = self._state().finish(SHOP)
        require(done == (before.closing_at is not None and before.closed_at is None), "closed for good, or not")

    def _wait(self) -> None:
        assert self.shop.suspended_until is not None
        self.now = self.shop.suspended_until

    # --- what is always true ---

    def check(self) -> None:
        """One suspension at most is in force, and the shop is stopped by just that."""
        in_force = [each for each in self.suspensions.values() if each.state is _S.IN_FORCE]
        require(len(in_force) <= 1, "it is suspended twice")
        stops = [(each.stops_sales, each.stops_withdrawals, each.until) for each in in_force]
        shop = self.shop
        have = (shop.is_sales_suspended, shop.is_withdrawals_suspended, shop.suspended_until)
        require(have == (stops[0] if stops else (False, False, None)), f"the shop is stopped: {have}")
        if shop.closing_at is None:
            is_stopped = bool(stops and stops[0][0])
            require((shop.standing is Standing.SUSPENDED) == is_stopped, f"a shop is {shop.standing}")
        for each in self.suspensions.values():
            require((each.ended_at is None) == (each.state is _S.IN_FORCE), f"{each.state}, and ended or not")
            require(each.judged_by is None or each.judged_by != each.suspended_by, "who suspended it judged it")
            require(each.is_granted is not True or each.state is _S.LIFTED, "granted, and not lifted")
            is_early = each.until is None or each.ended_at is None or each.ended_at < each.until
            require(each.state is not _S.OVER or not is_early, "over before its time")

    def check_since(self, before: "StandingWorld") -> None:
        """What is over stays over; a shop that is closed for good stays so."""
        for id, was in before.suspensions.items():
            require(was.state is _S.IN_FORCE or self.suspensions[id] == was, "a suspension that was over moved")
            require(was.appeal in ("", self.suspensions[id].appeal), "an appeal was rewritten")
        require(before.shop.closed_at is None or self.shop.closed_at == before.shop.closed_at, "a closed shop moved")

    def check_end(self) -> None:
        """Every appeal was heard, and what had an end ended."""
        for each in self.suspensions.values():
            require(each.state is not _S.IN_FORCE or each.until is None, "it lasts longer than it should")
            is_heard = each.appealed_at is None or each.judged_at is not None or each.state is not _S.IN_FORCE
            require(is_heard, "an appeal was not heard")


def standings() -> dict[str, StandingWorld]:
    """Make a shop, and one that is suspended."""
    shop = StandingWorld()
    return {"a shop": shop, "suspended": shop.after(("suspend", STAFF[0], True, True, DAYS))}
