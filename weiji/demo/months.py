"""What two of the staff did in the town: the month in which it began is closed, and a buyer is compensated."""

from typing import Final
from uuid import UUID

from weiji.approvals import (
    Compensation,
    DecideProposal,
    DecideStatus,
    PeriodClose,
    ProposeDeed,
    Verdict,
    decide_proposals,
    hash_of,
    propose_deeds,
)
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.clock import month_of
from weiji.kit.ids import derive
from weiji.ledger import chart, get_beginning
from weiji.orders import Order
from weiji.periods.operations import read_sheet
from weiji.periods.rules import write_month
from weiji.program import Program

TIMES: Final = 3


async def close_month(program: Program, maker: UUID, checker: UUID) -> None:
    """Have two of the staff close the month in which the town began, if it may be closed by now."""
    now = clock.now()
    async with program.database.read() as reader:
        began = await get_beginning(reader)
        sheet = await read_sheet(reader, month_of(began), now) if began else None
    if sheet is None or sheet.blockers:
        return
    deed = PeriodClose(month=write_month(sheet.month), trial=sheet.trial_hash.hex())
    asked = ProposeDeed(
        id=derive(chart.TREASURY, "demo", "close", deed.month),
        deed=deed,
        reason="上个月的账对完了，没有差异。",
        actor=Actor("staff", maker),
    )
    await program.batchers.of(propose_deeds).submit(asked)
    decision = DecideProposal(
        id=asked.id,
        verdict=Verdict.APPROVE,
        hash=hash_of(asked.id, deed),
        actor=Actor("staff", checker),
    )
    result = await program.batchers.of(decide_proposals).submit(decision)
    assert result.status is DecideStatus.APPROVED, result


async def compensate(program: Program, order: Order, maker: UUID, checker: UUID) -> None:
    """Have two of the staff pay who bought something three times its price, out of the shop's deposit."""
    assert order.payment_id is not None, "it was paid"
    deed = Compensation(
        shop_id=order.shop_id, order_id=order.id, payment_id=order.payment_id, amount=TIMES * order.goods
    )
    asked = ProposeDeed(
        id=derive(order.id, "demo", "compensation"),
        deed=deed,
        reason="不是说好的材料，假一赔三。",
        actor=Actor("staff", maker),
    )
    await program.batchers.of(propose_deeds).submit(asked)
    decision = DecideProposal(
        id=asked.id, verdict=Verdict.APPROVE, hash=hash_of(asked.id, deed), actor=Actor("staff", checker)
    )
    result = await program.batchers.of(decide_proposals).submit(decision)
    assert result.status is DecideStatus.APPROVED, result
