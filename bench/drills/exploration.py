"""T9: every order of events, up to a depth, over all machines of a trade: order, payment, cases, disputes, chargebacks.

From each of a few beginnings, everything that may happen next is let happen, and after that everything that may happen
then. Worlds that nothing tells apart are looked at once. From every one of them the clock alone leads to an end.
"""

import time
from collections import Counter, deque
from typing import Any, Final

from bench.drills.model import Drill, Outcome
from bench.drills.small_world import (
    ARBITERS,
    BUYER,
    DISPUTED,
    PAYMENTS,
    SELLER,
    SHARES,
    TRANSITIONS,
    Defect,
    Event,
    World,
    first_world,
)
from weiji.aftersale import CaseKind, CaseVerb
from weiji.disputes import DisputeRules
from weiji.disputes.machine import DisputeVerb
from weiji.payments.model import NoticeKind, PayoutStatus, RefundStatus

STEPS_MAX: Final = 200
"""By then a world has ended, if nobody but the clock does anything."""

Path = tuple[Event, ...]
"""What happened, in order."""


def _pay(world: World) -> World:
    world = world.after(("ask_payment", PAYMENTS[0])).after(("capture", PAYMENTS[0], "1"))
    return world.after(("hear", ("captured", PAYMENTS[0])))


def _paid_out(world: World) -> World:
    world = world.after(("withdraw",))
    (payout_id,) = world.payouts
    return world.after(("payout_ends", payout_id, NoticeKind.PAYOUT_ACCEPTED))


def _charge_back(world: World) -> World:
    (captured,) = (payment for payment in world.payments.values() if payment.captured)
    told = ("charged_back", captured.id, DISPUTED[0], captured.captured)
    return world.after(("charge_back", *told[1:])).after(("hear", told))


def _refuse(world: World) -> World:
    world = world.after(("ask", 1, CaseKind.RETURN, 2))
    (case_id,) = world.cases
    return world.after(("case", CaseVerb.REFUSE, case_id, SELLER))


def _dispute(world: World) -> World:
    (case_id,) = world.cases
    world = world.after(("dispute", case_id, BUYER)).after(("side", DisputeVerb.SUBMIT, case_id, BUYER))
    return world.after(("side", DisputeVerb.SUBMIT, case_id, SELLER))


def _send_back(world: World, kind: CaseKind) -> World:
    world = world.after(("ask", 1, kind, 1))
    (case_id,) = world.cases
    return world.after(("case", CaseVerb.AGREE, case_id, SELLER)).after(("case", CaseVerb.SEND_BACK, case_id, BUYER))


def beginnings() -> dict[str, World]:
    """Make the worlds from which it begins. The later ones save depth: the first leads to all of them."""
    placed = first_world()
    paid = _pay(placed)
    subsidised = _pay(first_world(is_subsidised=True))
    shipped = paid.after(("ship", None))
    received = shipped.after(("confirm", BUYER))
    settled = received.after(("wait",))
    two = first_world(rules=DisputeRules(second_from=0))
    two_shipped = _pay(two).after(("ship", None))
    ruled = _dispute(_refuse(settled))
    disputed = _dispute(_refuse(two_shipped))
    (case_id,) = ruled.cases
    proposed = disputed.after(("arbiter", DisputeVerb.PROPOSE, case_id, ARBITERS[0], SHARES[1]))
    seconded = proposed.after(("arbiter", DisputeVerb.SECOND, case_id, ARBITERS[1], None))
    twice = _pay(first_world(chargebacks_max=2))
    twice_settled = twice.after(("ship", None)).after(("confirm", BUYER)).after(("wait",))
    return {
        "placed": placed,
        "paid": paid,
        "two lines paid": _pay(first_world((1, 1))),
        "subsidised": subsidised,
        "subsidised, shipped": subsidised.after(("ship", None)),
        "subsidised, settled": subsidised.after(("ship", None)).after(("confirm", BUYER)).after(("wait",)),
        "subsidised, disputed": _dispute(_refuse(subsidised.after(("ship", None)))),
        "shipped in part": paid.after(("ship", 1)),
        "shipped": shipped,
        "received": received,
        "settled": settled,
        "sent back": _send_back(shipped, CaseKind.RETURN),
        "sent back for others": _send_back(settled, CaseKind.EXCHANGE),
        "withdrawn": _paid_out(settled),
        "refused": _refuse(shipped),
        "charged back": _charge_back(twice),
        "charged back, shipped in part": _charge_back(twice.after(("ship", 1))),
        "charged back, refused": _charge_back(_refuse(twice.after(("ship", None)))),
        "charged back, settled": _charge_back(twice_settled),
        "charged back, withdrawn": _charge_back(_paid_out(twice_settled)),
        "charged back, disputed": _charge_back(_dispute(_refuse(twice_settled))),
        "charged back, subsidised": _charge_back(
            _pay(first_world(is_subsidised=True, chargebacks_max=2)).after(("ship", None)).after(("confirm", BUYER))
        ),
        "disputed": _dispute(_refuse(shipped)),
        "disputed after settlement": ruled,
        "disputed, with two arbiters": disputed,
        "ruled, with two arbiters": seconded,
        "ruled": ruled.after(("arbiter", DisputeVerb.RULE, case_id, ARBITERS[0], SHARES[1])),
    }


class Explorer:
    """Goes from world to world, as far as *depth*, or until *deadline*."""

    def __init__(self, depth: int, deadline: float, ended: set[Any]) -> None:
        self.depth = depth
        self.deadline = deadline
        self.worlds = 0
        self.steps = 0
        self.ends: Counter[str] = Counter()
        self.defects: list[str] = []
        self.reached = depth
        self._ended = ended
        """Worlds from which the clock is known to lead to an end, whatever they began with."""

    def explore(self, name: str, first: World) -> None:
        """Try everything from one beginning on, nearest first."""
        seen = {first.key()}
        queue: deque[tuple[World, Path]] = deque([(first, ())])
        while queue:
            world, path = queue.popleft()
            self.worlds += 1
            try:
                self._look(world)
            except Exception as error:
                self._note(name, path, error)
                continue
            if len(path) == self.depth:
                continue
            if time.monotonic() > self.deadline:
                self.reached = min(self.reached, len(path))
                return
            for event in world.events():
                try:
                    after = world.after(event)
                    after.check_since(world)
                    key = after.key()
                except Exception as error:
                    self._note(name, (*path, event), error)
                    continue
                self.steps += 1
                if key not in seen:
                    seen.add(key)
                    queue.append((after, (*path, event)))

    def _look(self, world: World) -> None:
        world.check()
        world.hear_again()
        self._run_out(world)

    def _run_out(self, world: World) -> None:
        """Let only time pass, and messages arrive, until nothing is left to happen."""
        passed = []
        for _ in range(STEPS_MAX):
            key = world.key()
            if key in self._ended:
                break
            passed.append(key)
            event = _next(world)
            if event is None:
                world.check_end()
                self.ends[str(world.order.state)] += 1
                break
            before, world = world, world.after(event)
            world.check()
            world.check_since(before)
        else:
            raise Defect("the clock alone leads to no end")
        self._ended.update(passed)

    def _note(self, name: str, path: Path, error: Exception) -> None:
        told = " > ".join(_name(event) for event in path)
        self.defects.append(f"{name}: {told}: {type(error).__name__} {error}")


def _next(world: World) -> Event | None:
    """Say what happens where nobody does anything: messages arrive, the channel answers, clocks run out."""
    for message in world.waiting:
        if world.is_audible(message):
            return ("hear", message)
    for refund in world.refunds.values():
        if refund.status is RefundStatus.APPROVED:
            return ("refund_ends", refund.id, True)
    for payout in world.payouts.values():
        if payout.status in (PayoutStatus.REQUESTED, PayoutStatus.ACCEPTED):
            return ("payout_ends", payout.id, NoticeKind.PAYOUT_PAID)
    for told in world.disputed.values():
        if told.is_won is None:
            return ("decide", told.reference, told.reference != DISPUTED[0])
    if world.to_follow():
        return ("follow",)
    if world.has_dues():
        return ("collect",)
    return ("wait",) if world.due() else None


def _name(event: Event) -> str:
    if event[0] in ("case", "side", "arbiter"):
        return f"{event[0]} {event[1]}"
    return f"hear {event[1][0]}" if event[0] == "hear" else str(event[0])


def run(depth: int, seconds: int) -> Outcome:
    """Explore from every beginning; each has as much time."""
    outcome: Counter[str] = Counter()
    worlds = beginnings()
    reached = depth
    tried: set[Event] = set()
    ended: set[Any] = set()
    for name, world in worlds.items():
        begun = time.monotonic()
        explorer = Explorer(depth, begun + seconds / len(worlds), ended)
        explorer.explore(name, world)
        for defect in explorer.defects[:5]:
            print(defect, flush=True)
        reached = min(reached, explorer.reached)
        tried |= world.tried
        outcome.update({"worlds": explorer.worlds, "steps": explorer.steps, "defects": len(explorer.defects)})
        outcome.update(explorer.ends)
    return {
        "depth": reached,
        "beginnings": len(worlds),
        "transitions": len(tried),
        "transitions_untried": len(TRANSITIONS - tried),
        **outcome,
    }


DRILL: Final = Drill(
    name="T9",
    proves="Every order of events up to a depth, over all machines of a trade: it holds, and all of it ends.",
    options={"depth": (5, "events after each beginning"), "seconds": (900, "to stop after")},
    zero=("defects", "transitions_untried"),
    run=run,
)
