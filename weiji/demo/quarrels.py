"""The disputes of the demo town: one that waits for evidence, one to decide, and one that was decided on appeal."""

from enum import IntEnum
from typing import Final
from uuid import UUID

from weiji.demo.people import BY_HANDLE, COLLEAGUE
from weiji.disputes import (
    AppealRuling,
    DisputeStatus,
    OpenDispute,
    RuleDispute,
    Side,
    SubmitEvidence,
    appeal_rulings,
    award_for,
    get_dispute,
    hash_of,
    open_disputes,
    preview,
    rule_disputes,
    submit_evidence,
)
from weiji.events import Actor
from weiji.kit import clock
from weiji.orders import get_order
from weiji.program import Program

ARBITER: Final = Actor("staff", BY_HANDLE["wenshan"].id)
OTHER_ARBITER: Final = Actor("staff", COLLEAGUE.id)


class Until(IntEnum):
    """How far a dispute has come."""

    OPENED = 0
    EVIDENCE = 1
    APPEALED = 2


async def quarrel(program: Program, case_id: UUID, buyer: Actor, owner: Actor, shop_id: UUID, until: Until) -> None:
    """Take a refused case to the arbiters, as far as it is to come."""
    batchers = program.batchers
    opening = OpenDispute(case_id=case_id, actor=buyer, claim="收到的时候就裂了一道口子，卖家说看不出来。")
    opened = await batchers.of(open_disputes, "case_id").submit(opening)
    assert opened.status is DisputeStatus.DONE, opened
    own = SubmitEvidence(case_id=case_id, actor=buyer, words="开箱时拍了照片，裂口在里面，从外面看不见。")
    await batchers.of(submit_evidence, "case_id").submit(own)
    if until is Until.OPENED:
        return
    theirs = SubmitEvidence(
        case_id=case_id, actor=owner, shop_id=shop_id, words="出库前有称重和照片，盒子也没有压过的样子。"
    )
    await batchers.of(submit_evidence, "case_id").submit(theirs)
    if until is Until.EVIDENCE:
        return
    await _rule(program, case_id, ARBITER, 40, Side.BUYER, "两边都说得通，按四成退。")
    appeal = AppealRuling(case_id=case_id, actor=buyer, words="照片里的裂口很清楚，请再看一遍。")
    await batchers.of(appeal_rulings, "case_id").submit(appeal)
    await _rule(program, case_id, OTHER_ARBITER, 80, Side.MERCHANT, "照片和开箱时间对得上，运费也由卖家承担。")


async def _rule(program: Program, case_id: UUID, arbiter: Actor, share: int, freight_by: Side, words: str) -> None:
    async with program.database.read() as reader:
        dispute = await get_dispute(reader, case_id)
        order = await get_order(reader, dispute.order_id) if dispute else None
    assert dispute is not None, "it was opened"
    assert order is not None, "a dispute is about an order"
    amount = award_for(dispute, order, share, freight_by)
    seen = hash_of(preview(order, dispute.file.case, amount, clock.now()))
    command = RuleDispute(case_id=case_id, actor=arbiter, share=share, freight_by=freight_by, words=words, seen=seen)
    result = await program.batchers.of(rule_disputes, "case_id").submit(command)
    assert result.status is DisputeStatus.DONE, result
