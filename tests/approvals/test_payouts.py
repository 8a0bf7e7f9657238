"""Proves of large payouts: held until two let them go, or given back with a reason; and of payouts whose channels don't
say what became of them: two do. Each status, batches, races."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.court_orders.test_court_orders import obey, sweep
from tests.identity.people import make_people, sign_up_command
from tests.orders.market import until_it_waits
from weiji.approvals import (
    DecideProposal,
    DecideResult,
    DecideStatus,
    PayoutOutcome,
    PayoutRelease,
    ProposeDeed,
    ProposeStatus,
    Verdict,
    decide_proposals,
    hash_of,
    propose_deeds,
)
from weiji.court_orders import CourtOrderStatus, obey_court_orders
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.identity import Role
from weiji.identity.model import SignUpStatus
from weiji.identity.operations import sign_up_people
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.payments import (
    REFUSAL_MAX,
    REGISTRY,
    CreatePayoutAccount,
    Notice,
    NoticeKind,
    NoticeStatus,
    Payout,
    PayoutEnd,
    PayoutSource,
    PayoutStatus,
    RefusePayout,
    RefusePayoutStatus,
    ReleasePayout,
    ReleasePayoutStatus,
    RequestPayout,
    RequestPayoutStatus,
    SandboxChannel,
    TellPayout,
    TellPayoutStatus,
    TopUpWallet,
    create_payout_accounts,
    get_payouts,
    get_wallet,
    list_payouts_in_review,
    list_silent_payouts,
    receive_notices,
    refuse_payouts,
    release_payouts,
    request_payouts,
    tell_payouts,
    top_up_wallets,
)
from weiji.payments.model import Question
from weiji.payments.operations import record_payout_questions, submit_payouts
from weiji.payments.rules import ASKED_SOON, QUERY_AFTER
from weiji.shops import (
    AnswerInvitation,
    InviteStaff,
    OpenShop,
    OpenShopStatus,
    answer_invitations,
    invite_staff,
    open_shops,
)
from weiji.supervision.desks.model import DeskName
from weiji.supervision.desks.store import get_figures

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


async def test_nobody_of_a_shop_decides_about_its_payouts(sandboxed: Transaction) -> None:
    tx = sandboxed
    named = sign_up_command(handle=f"m{new_id().hex[-12:]}")
    assert named.handle is not None
    assert await sign_up_people(tx, [named]) == [SignUpStatus.CREATED]
    (owner,) = await make_people(tx, 1)
    shop = new_id()
    opening = OpenShop(id=shop, handle=f"s{shop.hex[-12:]}", name="店", owner_id=owner, actor=BY_SYSTEM)
    assert await open_shops(tx, [opening]) == [OpenShopStatus.CREATED]
    id = new_id(shop)
    invite = InviteStaff(id=id, shop_id=shop, name=named.handle, role=Role.GOODS, actor=Actor("merchant", owner))
    await invite_staff(tx, [invite])
    answer = AnswerInvitation(invitation_id=id, is_accepted=True, actor=Actor("person", named.id))
    assert await answer_invitations(tx, [answer]) == ["accepted"]
    facts: dict[str, Any] = {"payout_id": new_id(shop), "owner_id": shop, "amount": AMOUNT}
    for deed in (PayoutRelease(**facts), PayoutOutcome(outcome="not_paid", said="户名不符", **facts)):
        proposed = ProposeDeed(id=new_id(shop), deed=deed, reason="和店主核对过", actor=MAKER)
        own = [replace(proposed, id=new_id(shop), actor=Actor("staff", each)) for each in (owner, named.id)]
        assert await propose_deeds(tx, [*own, proposed]) == [
            ProposeStatus.OWN_MONEY,
            ProposeStatus.OWN_MONEY,
            ProposeStatus.PROPOSED,
        ]
        for each in (owner, named.id):
            answers = await decide_proposals(tx, [approve(proposed, Actor("staff", each))])
            assert answers == [DecideResult(status=DecideStatus.OWN_MONEY)]


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


async def test_a_payout_in_review_is_not_let_go_once_a_court_froze_its_owner(sandboxed: Transaction) -> None:
    tx = sandboxed
    payout, proposed = (asked := await ask(tx)), propose(asked)
    assert await propose_deeds(tx, [proposed]) == [ProposeStatus.PROPOSED]
    assert await obey_court_orders(tx, [obey(payout.owner_id, 100)]) == [CourtOrderStatus.DONE]
    (decided,) = await decide_proposals(tx, [approve(proposed)])
    assert (decided.status, decided.failure) == (DecideStatus.LEDGER_REFUSED, ReleasePayoutStatus.OWNER_FROZEN)
    assert (await read(tx, payout.id)).status is PayoutStatus.IN_REVIEW
    # Refused, it comes back to the wallet, for the court.
    await refuse_payouts(tx, [RefusePayout(id=payout.id, reason="法院冻结", actor=CHECKER)])
    await sweep(tx)
    assert (await get_wallet(tx, payout.owner_id)).frozen == 100


async def test_a_payout_of_an_owner_of_whom_a_court_has_all_it_wants_is_let_go(sandboxed: Transaction) -> None:
    tx = sandboxed
    payout = await ask(tx)
    assert await obey_court_orders(tx, [obey(payout.owner_id, 100 - AMOUNT - FEE)]) == [CourtOrderStatus.DONE]
    assert await release_payouts(tx, [release(payout)]) == [ReleasePayoutStatus.RELEASED]


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


async def test_who_lets_a_payout_go_while_a_court_freezes_its_owner_waits_for_that(database: Database) -> None:
    REGISTRY.register(SandboxChannel(database))
    async with database.transaction() as tx:
        payout = await ask(tx)

    async def let_go() -> list[ReleasePayoutStatus]:
        async with database.transaction() as tx:
            return await release_payouts(tx, [release(payout)])

    async with database.transaction() as tx:
        await obey_court_orders(tx, [obey(payout.owner_id, 100)])
        releasing = asyncio.create_task(let_go())
        await until_it_waits(database, releasing, tx)
    assert await releasing == [ReleasePayoutStatus.OWNER_FROZEN]


async def split(tx: Transaction, *amounts: int) -> list[RequestPayout]:
    """Have somebody with 100 fen ask for several, of whom two look at what goes above 50 in a day."""
    first = await ask(tx, 1)
    await refuse_payouts(tx, [RefusePayout(id=first.id, reason="只为开户", actor=MAKER)])
    return [
        RequestPayout(
            id=new_id(first.owner_id),
            owner_id=first.owner_id,
            source=PayoutSource.WALLET,
            account_id=first.account_id,
            amount=amount,
            fee=0,
            channel="sandbox",
            actor=Actor("person", first.owner_id),
            review_above=50,
            review_within=DAY,
        )
        for amount in amounts
    ]


async def states(tx: Transaction, asked: list[RequestPayout]) -> list[PayoutStatus]:
    return [(await read(tx, each.id)).status for each in asked]


@pytest.mark.parametrize("is_batch", [True, False])
async def test_small_payouts_of_a_day_are_a_large_one_together(sandboxed: Transaction, *, is_batch: bool) -> None:
    tx, created = sandboxed, RequestPayoutStatus.CREATED
    goes, waits = PayoutStatus.REQUESTED, PayoutStatus.IN_REVIEW
    asked = await split(tx, 20, 20, 20, 10, 10)
    *first, fourth, last = asked
    for batch in [first] if is_batch else [[each] for each in first]:
        assert await request_payouts(tx, batch) == [created] * len(batch)
    assert await states(tx, first) == [goes, goes, waits]
    assert await request_payouts(tx, [first[0]]) == [RequestPayoutStatus.EXISTS], "asked again it is no more"
    # What was refused does not count.
    await refuse_payouts(tx, [RefusePayout(id=first[2].id, reason="户名对不上", actor=MAKER)])
    assert await request_payouts(tx, [fourth]) == [created]
    assert await states(tx, [fourth]) == [goes]
    # Nor does what was another day's.
    tx.now += DAY
    assert await request_payouts(tx, [last]) == [created]
    assert await states(tx, [last]) == [goes]


async def test_of_many_at_once_no_more_go_than_the_limit(database: Database) -> None:
    REGISTRY.register(SandboxChannel(database))
    async with database.transaction() as tx:
        asked = await split(tx, *[20] * 5)

    async def request(one: RequestPayout) -> None:
        async with database.transaction() as tx:
            await request_payouts(tx, [one])

    await asyncio.gather(*(request(one) for one in asked))
    async with database.transaction() as tx:
        found = sorted(await states(tx, asked))
    assert found == [PayoutStatus.IN_REVIEW] * 3 + [PayoutStatus.REQUESTED] * 2


# What became of a payout whose channel doesn't say


async def wait_in_vain(tx: Transaction, count: int, *, days: int = 2) -> list[Payout]:
    """Have payouts of one shard asked for, and let their channel say nothing of them for some days."""
    first = new_id()
    payouts = [await ask(tx, person=new_id(first)) for _ in range(count)]
    await release_payouts(tx, [release(payout) for payout in payouts])
    await submit_payouts(tx, [payout.id for payout in payouts])
    questions = [Question(id=payout.id, is_silent=True) for payout in payouts]
    for _ in QUERY_AFTER:
        await record_payout_questions(tx, questions)
    tx.now += timedelta(days=days)
    await record_payout_questions(tx, questions)
    return [await read(tx, payout.id) for payout in payouts]


def tell(payout: Payout, outcome: PayoutEnd = "paid", **more: Any) -> TellPayout:
    values = {"id": payout.id, "owner_id": payout.owner_id, "amount": payout.amount, "outcome": outcome}
    return TellPayout(**values | {"reference": "ZFB77", "reason": "户名不符", "actor": CHECKER} | more)


async def silent(tx: Transaction) -> set[UUID]:
    return {each.id for each in await list_silent_payouts(tx, tx.now, limit=1_000)}


async def test_two_say_what_became_of_a_payout_whose_channel_does_not(sandboxed: Transaction) -> None:
    tx = sandboxed
    paid, not_paid = await wait_in_vain(tx, 2)
    waiting = {each.desk: each.waiting for each in await get_figures(tx, tx.now)}[DeskName.SILENT_PAYOUTS]
    assert {paid.id, not_paid.id} <= await silent(tx)
    for payout, outcome in ((paid, "paid"), (not_paid, "not_paid")):
        facts: dict[str, Any] = {"payout_id": payout.id, "owner_id": payout.owner_id, "amount": payout.amount}
        said = {"reference": "ZFB77"} if outcome == "paid" else {"said": "户名不符"}
        deed = PayoutOutcome(outcome=outcome, **facts | said)  # type: ignore[arg-type]
        proposed = ProposeDeed(id=new_id(payout.id), deed=deed, reason="后台查过", actor=MAKER)
        unsaid = replace(proposed, id=new_id(payout.id), deed=replace(deed, reference="", said=""))
        owns = replace(proposed, id=new_id(payout.id), actor=Actor("staff", payout.owner_id))
        assert await propose_deeds(tx, [proposed, unsaid, owns]) == [
            ProposeStatus.PROPOSED,
            ProposeStatus.DETAILS_MISSING,
            ProposeStatus.OWN_MONEY,
        ]
        assert (await decide_proposals(tx, [approve(proposed, MAKER)]))[0].status is DecideStatus.OWN_PROPOSAL
        assert (await read(tx, payout.id)).told_at is None
        assert await decide_proposals(tx, [approve(proposed)]) == [DecideResult(status=DecideStatus.APPROVED)]
    assert not {paid.id, not_paid.id} & await silent(tx)
    figures = {each.desk: each for each in await get_figures(tx, tx.now)}[DeskName.SILENT_PAYOUTS]
    assert (figures.waiting, figures.done >= 2) == (waiting - 2, True)
    found = await read(tx, paid.id)
    assert (found.status, found.channel_reference, found.query_at) == (PayoutStatus.PAID, "ZFB77", None)
    assert await money(tx, paid) == (100 - AMOUNT - FEE, 0)
    found = await read(tx, not_paid.id)
    assert (found.status, found.refusal, found.query_at) == (PayoutStatus.REJECTED, "户名不符", None)
    assert await money(tx, not_paid) == (100, 0)
    ends = [(row["type"], row["actor_kind"]) for row in await get_trail(tx, not_paid.id)]
    assert ("PayoutRejected", "staff") in ends
    # What the channel says at last, after all, is kept for people.
    late = Notice(
        channel="sandbox", event_id="late", kind=NoticeKind.PAYOUT_PAID, subject_id=not_paid.id, reference="X",
        amount=AMOUNT, occurred_at=tx.now, raw=b"late",
    )  # fmt: skip
    assert await receive_notices(tx, [late]) == [NoticeStatus.CONTRADICTS]


async def test_every_status_of_telling(sandboxed: Transaction) -> None:
    tx = sandboxed
    in_review = await ask(tx)
    payout, asked = await wait_in_vain(tx, 2)
    A = TellPayoutStatus  # noqa: N806
    commands = [
        tell(payout, id=new_id(payout.id)),
        tell(payout, amount=AMOUNT - 1),
        tell(in_review),
        tell(payout),
        tell(payout, "not_paid"),
    ]
    answers = [A.PAYOUT_NOT_FOUND, A.PAYOUT_DIFFERS, A.OUTCOME_KNOWN, A.TOLD, A.OUTCOME_KNOWN]
    assert await tell_payouts(tx, commands) == answers
    # It falls due before an approval that takes long is over: somebody may then be asking, and the channel make it.
    assert asked.query_at is not None
    tx.now = asked.query_at - ASKED_SOON
    assert await tell_payouts(tx, [tell(asked, "not_paid")]) == [A.BEING_ASKED]
    assert (await read(tx, asked.id)).status is PayoutStatus.UNKNOWN
    (young,) = await wait_in_vain(tx, 1, days=1)
    assert await tell_payouts(tx, [tell(young)]) == [A.TOO_EARLY]
    assert young.id not in await silent(tx)
    # One that lay here for days, and that its channel is asked for now for the first time.
    late = await ask(tx)
    await release_payouts(tx, [release(late)])
    tx.now += 3 * DAY
    await submit_payouts(tx, [late.id])
    assert await tell_payouts(tx, [tell(late, "not_paid")]) == [A.TOO_EARLY]
    await record_payout_questions(tx, [Question(id=late.id, is_silent=True)])
    assert await tell_payouts(tx, [tell(late, "not_paid")]) == [A.TOO_EARLY]
    assert late.id not in await silent(tx)


@given(asked=st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.booleans()), min_size=1, max_size=5))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches_of_telling(sandboxed: Transaction, asked: list[tuple[int, bool, bool]]) -> None:
    tx = sandboxed
    answers, left = [], []
    for size in (len(asked), 1):
        pair = await wait_in_vain(tx, 2)
        commands = [
            tell(pair[n], "paid" if is_paid else "not_paid", amount=AMOUNT if is_right else 1)
            for n, is_paid, is_right in asked
        ]
        told: list[TellPayoutStatus] = []
        for start in range(0, len(asked), size):
            told += await tell_payouts(tx, commands[start : start + size])
        answers.append(told)
        left.append([((await read(tx, each.id)).status, await money(tx, each)) for each in pair])
    assert answers[0] == answers[1]
    assert left[0] == left[1]
