"""What is decided about payment codes, as pure functions over what was read. They change what they are given."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from weiji.kit.ids import shard_of
from weiji.wire.codes.model import (
    LASTS,
    CodeUse,
    IssueCode,
    IssueCodeStatus,
    PaymentCode,
    TakeCode,
    TakeCodeResult,
    TakeCodeStatus,
)
from weiji.wire.trade import MerchantOrder, State


def judge_issue(
    codes: dict[UUID, PaymentCode], command: IssueCode, now: datetime
) -> tuple[IssueCodeStatus, list[PaymentCode]]:
    """Judge a showing; *codes* are those of the ids and of the people that are asked. Returns which are over by it."""
    if command.id in codes or shard_of(command.id) != shard_of(command.person_id):
        return IssueCodeStatus.ID_TAKEN, []
    over = [
        code
        for code in codes.values()
        if code.person_id == command.person_id and code.used_at is None and code.expires_at > now
    ]
    for code in over:
        code.expires_at = now
    codes[command.id] = PaymentCode(
        id=command.id,
        digest=command.digest,
        person_id=command.person_id,
        created_at=now,
        expires_at=now + LASTS,
    )
    return IssueCodeStatus.CREATED, over


def judge_take(codes: Mapping[bytes, PaymentCode], command: TakeCode, now: datetime) -> TakeCodeResult:
    """Judge a use: a code pays one order, however often that is asked for."""
    code = codes.get(command.digest)
    if code is None:
        return TakeCodeResult(status=TakeCodeStatus.CODE_NOT_FOUND)
    if code.order_id is not None:
        if code.order_id != command.order_id:
            return TakeCodeResult(status=TakeCodeStatus.USED)
        return TakeCodeResult(status=TakeCodeStatus.EXISTS, code_id=code.id, person_id=code.person_id)
    if now >= code.expires_at:
        return TakeCodeResult(status=TakeCodeStatus.EXPIRED)
    code.order_id = command.order_id
    code.used_at = now
    return TakeCodeResult(status=TakeCodeStatus.TAKEN, code_id=code.id, person_id=code.person_id)


def use_of(code: PaymentCode, order: MerchantOrder | None, now: datetime) -> CodeUse:
    """Say where a code stands, by the order that it was used for."""
    if code.order_id is None:
        return CodeUse.SHOWN if now < code.expires_at else CodeUse.EXPIRED
    assert order is not None, "an order that a code was used for is there"
    match order.state:
        case State.PAID:
            return CodeUse.PAID
        case State.CLOSED:
            return CodeUse.CLOSED
        case State.OPEN:
            return CodeUse.TO_CONFIRM
