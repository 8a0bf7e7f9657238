"""What is decided about combined orders, as pure functions over what was read. They change what they are given."""

from datetime import datetime
from uuid import UUID

from weiji.wire.combined.model import (
    CombinedOrder,
    EndCombinedOrder,
    EndCombinedStatus,
    PlaceCombinedOrder,
    PlaceCombinedResult,
    PlaceCombinedStatus,
)
from weiji.wire.trade.rules import find_difference


def judge_place(combined: dict[UUID, CombinedOrder], command: PlaceCombinedOrder, now: datetime) -> PlaceCombinedResult:
    """Judge a combined order; one that is made is put to *combined*. A repetition gives the one that there is."""
    found = combined.get(command.id)
    if found is not None:
        return compare(found, command)
    combined[command.id] = CombinedOrder(
        id=command.id,
        shop_id=command.shop_id,
        mchid=command.mchid,
        number=command.number,
        kind=command.kind,
        lines=command.lines,
        total=sum(line.total for line in command.lines),
        notify_url=command.notify_url,
        terms=command.terms,
        key_id=command.key_id,
        created_at=now,
        expires_at=command.expires_at,
    )
    return PlaceCombinedResult(status=PlaceCombinedStatus.CREATED)


def compare(found: CombinedOrder, command: PlaceCombinedOrder) -> PlaceCombinedResult:
    """Answer a command whose number was used before."""
    if found.ended_at is not None:
        status = PlaceCombinedStatus.ALREADY_PAID if found.is_paid else PlaceCombinedStatus.ALREADY_CLOSED
        return PlaceCombinedResult(status=status)
    difference = find_difference(found.terms, command.terms)
    if difference:
        return PlaceCombinedResult(status=PlaceCombinedStatus.EXISTS_WITH_DIFFERENT_TERMS, difference=difference)
    return PlaceCombinedResult(status=PlaceCombinedStatus.EXISTS)


def judge_end(found: CombinedOrder | None, command: EndCombinedOrder, now: datetime) -> EndCombinedStatus:
    """Judge the news that none of its orders can be paid any more."""
    if found is None:
        return EndCombinedStatus.NOT_FOUND
    if found.ended_at is not None:
        return EndCombinedStatus.EXISTS
    found.ended_at, found.is_paid = now, command.is_paid
    return EndCombinedStatus.ENDED
