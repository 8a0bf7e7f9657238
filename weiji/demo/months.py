"""The month in which the town began, closed."""

from uuid import UUID

from weiji.approvals import (
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
from weiji.kit.ids import derive
from weiji.ledger import chart, get_beginning
from weiji.periods.operations import read_sheet
from weiji.periods.rules import month_of, write_month
from weiji.program import Program


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
