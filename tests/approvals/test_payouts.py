"""Proves of large payouts: held until two let them go, or given back with a reason; each status, batches, races."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weiji.approvals import (
    DecideProposal,
    DecideResult,
    DecideStatus,
    PayoutRelease,
    ProposeDeed,
    ProposeStatus,
    Verdict,
    decide_proposals,
    hash_of,
    propose_deeds,
)
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.payments import (
    REFUSAL_MAX,
    REGISTRY,
    CreatePayoutAccount,
    Payout,
    PayoutSource,
    PayoutStatus,
    RefusePayout,
    RefusePayoutStatus,
    ReleasePayout,
    ReleasePayoutStatus,
    RequestPayout,
    RequestPayoutStatus,
    SandboxChannel,
    TopUpWallet,
    create_payout_accounts,
    get_payouts,
    get_wallet,
    list_payouts_in_review,
    refuse_payouts,
    release_payouts,
    request_payouts,
    top_up_wallets,
)
from weiji.payments.operations import submit_payouts

MAKER, CHECKER = (Actor("staff", new_id()) for _ in range(2))
DAY = timedelta(days=1)
AMOUNT, FEE = 60, 2


async def ask(tx: Transaction, amount: int = AMOUNT, *, person: UUID | None = None) -> Payout:
    """Have somebody with 100 fen ask for a payout that two have to let go."""
    person = person or new_id()
    top_up = TopUpWallet(id=derive(person, "top up"), person_id=person, amount=100, actor=BY_SYSTEM)
    account = CreatePayoutAccount(
        id=new_id(person), owner_id=person, holder="张三", bank="中国银行", number="6222000012344321", actor=BY_SYSTEM
    )
    await top_up_wallets(tx, [top_up])
    await create_payout_accounts(tx, [account])
    asked = RequestPayout(
        id=derive(person, "payout"),
        owner_id=person,
        source=PayoutSource.WALLET,
        account_id=account.id,
        amount=amount,
        fee=FEE,
        channel="sandbox",
        actor=Actor("person", person),
        review_within=DAY,
    )
    assert await request_payouts(tx, [asked, asked]) == [RequestPayoutStatus.CREATED, RequestPayoutStatus.EXISTS]
    return await read(tx, asked.id)


async def read(tx: Transaction, id: UUID) -> Payout:
    return (await get_payouts(tx, [id]))[id]


async def money(tx: Transaction, payout: Payout) -> tuple[int, int]:
    wallet = await get_wallet(tx, payout.owner_id)
    return wallet.available, wallet.held


def release(payout: Payout, **more: Any) -> ReleasePayout:
    values = {"id": payout.id, "owner_id": payout.owner_id, "amount": payout.amount, "actor": CHECKER}
    return ReleasePayout(**values | more)


def propose(payout: Payout, actor: Actor = MAKER, **more: Any) -> ProposeDeed:
    facts = {"payout_id": payout.id, "owner_id": payout.owner_id, "amount": payout.amount}
    return ProposeDeed(id=new_id(payout.id), deed=PayoutRelease(**facts | more), reason="和店主核对过", actor=actor)


def approve(proposed: ProposeDeed, actor: Actor = CHECKER) -> DecideProposal:
    seen = hash_of(proposed.id, proposed.deed)
    return DecideProposal(id=proposed.id, verdict=Verdict.APPROVE, actor=actor, hash=seen)


async def test_two_let_a_large_payout_go(sandboxed: Transaction) -> None:
    tx = sandboxed
    payout = await ask(tx)
    assert (payout.status, payout.review_by) == (PayoutStatus.IN_REVIEW, tx.now + DAY)
    assert await money(tx, payout) == (100 - AMOUNT - FEE, AMOUNT + FEE)
    assert await submit_payouts(tx, [payout.id]) == []
    assert payout.id in [each.id for each in await list_payouts_in_review(tx)]
    proposed = propose(payout)
    assert await propose_deeds(tx, [proposed]) == [ProposeStatus.PROPOSED]
    assert await decide_proposals(tx, [approve(proposed, MAKER)]) == [DecideResult(status=DecideStatus.OWN_PROPOSAL)]
    assert (await read(tx, payout.id)).status is PayoutStatus.IN_REVIEW
    assert await decide_proposals(tx, [approve(proposed)]) == [DecideResult(status=DecideStatus.APPROVED)]
    released = await read(tx, payout.id)
    assert (released.status, released.released_at) == (PayoutStatus.REQUESTED, tx.now)
    assert await money(tx, payout) == (100 - AMOUNT - FEE, AMOUNT + FEE)
    assert [each.id for each in await submit_payouts(tx, [payout.id])] == [payout.id]
    assert payout.id not in [each.id for each in await list_payouts_in_review(tx)]
    trail = [row["type"] for row in await get_trail(tx, payout.id)]
    assert sorted(trail) == ["PayoutRequested", "PayoutReviewBegun"]


async def test_nobody_lets_their_own_payout_go(sandboxed: Transaction) -> None:
    tx = sandboxed
    payout = await ask(tx)
    owner = Actor("staff", payout.owner_id)
    proposed = propose(payout)
    assert await propose_deeds(tx, [propose(payout, owner), proposed]) == [
        ProposeStatus.OWN_MONEY,
        ProposeStatus.PROPOSED,
    ]
    assert await decide_proposals(tx, [approve(proposed, owner)]) == [DecideResult(status=DecideStatus.OWN_MONEY)]
    assert (await read(tx, payout.id)).status is PayoutStatus.IN_REVIEW


async def test_every_status_of_releasing(sandboxed: Transaction) -> None:
    tx = sandboxed
    payout, refused = await ask(tx), await ask(tx)
    await refuse_payouts(tx, [RefusePayout(id=refused.id, reason="户名对不上", actor=MAKER)])
    A = ReleasePayoutStatus  # noqa: N806
    commands = [
        release(payout, id=new_id(payout.id)),
        release(payout, amount=AMOUNT - 1),
        release(payout, owner_id=refused.owner_id),
        release(payout),
        release(payout),
        release(refused),
    ]
    assert await release_payouts(tx, commands) == [
        A.PAYOUT_NOT_FOUND,
        A.PAYOUT_DIFFERS,
        A.PAYOUT_DIFFERS,
        A.RELEASED,
        A.EXISTS,
        A.NOT_IN_REVIEW,
    ]


async def test_every_status_of_refusing(sandboxed: Transaction) -> None:
    tx = sandboxed
    payout, released = await ask(tx), await ask(tx)
    await release_payouts(tx, [release(released)])
    A = RefusePayoutStatus  # noqa: N806
    commands = [
        RefusePayout(id=id, reason=reason, actor=MAKER)
        for id, reason in (
            (new_id(payout.id), "户名对不上"),
            (released.id, "户名对不上"),
            (payout.id, " "),
            (payout.id, "长" * (REFUSAL_MAX + 1)),
            (payout.id, " 户名对不上 "),
            (payout.id, "户名对不上"),
            (payout.id, "别的理由"),
        )
    ]
    assert await refuse_payouts(tx, commands) == [
        A.PAYOUT_NOT_FOUND,
        A.NOT_IN_REVIEW,
        A.REASON_MISSING,
        A.REASON_MISSING,
        A.REFUSED,
        A.EXISTS,
        A.NOT_IN_REVIEW,
    ]
    refused = await read(tx, payout.id)
    assert (refused.status, refused.refusal) == (PayoutStatus.REFUSED, "户名对不上")
    assert await money(tx, payout) == (100, 0)
    assert await submit_payouts(tx, [payout.id]) == []
    assert "PayoutRefused" in [row["type"] for row in await get_trail(tx, payout.id)]


async def test_what_was_refused_is_not_let_go_by_two(sandboxed: Transaction) -> None:
    tx = sandboxed
    payout = await ask(tx)
    proposed, wrong = propose(payout), propose(payout, amount=AMOUNT + 1)
    await propose_deeds(tx, [proposed, wrong])
    differs = DecideResult(status=DecideStatus.LEDGER_REFUSED, failure="payout_differs")
    assert await decide_proposals(tx, [approve(wrong)]) == [differs]
    await refuse_payouts(tx, [RefusePayout(id=payout.id, reason="户名对不上", actor=MAKER)])
    late = DecideResult(status=DecideStatus.LEDGER_REFUSED, failure="not_in_review")
    assert await decide_proposals(tx, [approve(proposed)]) == [late]
    assert await money(tx, payout) == (100, 0)


async def test_the_database_knows_no_payout_that_went_without_release(sandboxed: Transaction) -> None:
    tx = sandboxed
    payout = await ask(tx)
    for change, constraint in (
        ("status = 'requested'", "payouts_go_only_released"),
        ("status = 'paid'", "payouts_go_only_released"),
        ("released_at = created_at", "payouts_go_only_released"),
        ("status = 'refused', ended_at = created_at", "payouts_refused_with_a_reason"),
        ("status = 'refused', refusal = '不行'", "payouts_ended_when_given_back"),
    ):
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            async with tx.connection.transaction():
                await tx.connection.execute(f"update payments.payouts set {change} where id = $1", payout.id)  # noqa: S608
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tx.connection.transaction():
            await tx.connection.execute("update payments.payouts set review_by = null where id = $1", payout.id)


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches(sandboxed: Transaction, data: st.DataObject) -> None:
    """Of two pairs of payouts that are alike, one pair is released and refused in batches, the other one by one."""
    tx = sandboxed
    both = [[await ask(tx) for _ in range(2)] for _ in range(2)]
    is_refusing = data.draw(st.booleans())
    asked = data.draw(st.lists(st.tuples(st.integers(0, 1), st.booleans()), min_size=1, max_size=6))
    answers, left = [], []
    for pair, size in zip(both, (len(asked), 1), strict=True):
        await refuse_payouts(tx, [RefusePayout(id=pair[1].id, reason="先前", actor=MAKER)] if is_refusing else [])
        told: list[Any] = []
        for start in range(0, len(asked), size):
            part = asked[start : start + size]
            if is_refusing:
                refusals = [
                    RefusePayout(id=pair[n].id, reason="理由" if good else "先前", actor=MAKER) for n, good in part
                ]
                told += await refuse_payouts(tx, refusals)
            else:
                told += await release_payouts(
                    tx, [release(pair[n], amount=AMOUNT if good else AMOUNT + 1) for n, good in part]
                )
        answers.append(told)
        found = [await read(tx, each.id) for each in pair]
        left.append([(each.status, each.refusal, await money(tx, each)) for each in found])
    assert answers[0] == answers[1]
    assert left[0] == left[1]


async def test_of_approving_and_refusing_at_once_one_wins(database: Database) -> None:
    REGISTRY.register(SandboxChannel(database))
    async with database.transaction() as tx:
        payout = await ask(tx)
        proposals = [propose(payout) for _ in range(3)]
        await propose_deeds(tx, proposals)

    async def run(work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        async with database.transaction() as tx:
            return await work(tx)

    refusal = RefusePayout(id=payout.id, reason="户名对不上", actor=MAKER)
    answers = await asyncio.gather(
        *(run(lambda tx, each=each: decide_proposals(tx, [approve(each)])) for each in proposals),  # type: ignore[misc]
        *(run(lambda tx: refuse_payouts(tx, [refusal])) for _ in range(3)),
    )
    released = [answer.status is DecideStatus.APPROVED for (answer,) in answers[:3]]
    refused = [answer is not RefusePayoutStatus.NOT_IN_REVIEW for (answer,) in answers[3:]]
    assert (sum(released), sum(refused)) in ((1, 0), (0, 3))
    async with database.transaction() as tx:
        found = await read(tx, payout.id)
        assert found.status is (PayoutStatus.REQUESTED if any(released) else PayoutStatus.REFUSED)
        assert await money(tx, payout) == ((100 - AMOUNT - FEE, AMOUNT + FEE) if any(released) else (100, 0))
