"""Proves of what is moved by hand: two persons, exactly what was seen, in time, once; each status; law of batches."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deposits.examples import open_asked_shop, owe, stake_of
from weiji.approvals import (
    Adjustment,
    DecideProposal,
    DecideResult,
    DecideStatus,
    OwnFunds,
    Place,
    PlaceKind,
    ProposeDeed,
    ProposeStatus,
    State,
    Verdict,
    WriteOff,
    decide_proposals,
    hash_of,
    propose_deeds,
    rules,
)
from weiji.approvals import store as approvals
from weiji.approvals.model import EXPIRES_AFTER, Deed, StatementRelease
from weiji.approvals.words import failure_word
from weiji.court_orders import CourtOrderStatus
from weiji.deposits import CompensateBuyerStatus
from weiji.deposits.store import get_debt_movements
from weiji.events import Actor
from weiji.events.outbox import get_trail
from weiji.identity import Refusal
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Kind, chart, create_accounts, lookup_accounts
from weiji.orders.model import PublishRulesStatus
from weiji.payments import PayRefundByHandStatus, ReleasePayoutStatus, ReleaseStatementStatus, TellPayoutStatus
from weiji.periods import ClosePeriodStatus

MAKER, CHECKER, THIRD = (Actor("staff", new_id()) for _ in range(3))


def propose(
    deed: Deed, near: UUID, *, actor: Actor = MAKER, id: UUID | None = None, reason: str = "追不回来"
) -> ProposeDeed:
    return ProposeDeed(id=id or new_id(near), deed=deed, reason=reason, actor=actor)


def approve(proposed: ProposeDeed, actor: Actor = CHECKER, **more: object) -> DecideProposal:
    values: dict[str, object] = {"hash": hash_of(proposed.id, proposed.deed), "verdict": Verdict.APPROVE}
    return DecideProposal(id=proposed.id, actor=actor, **{**values, **more})  # type: ignore[arg-type]


async def decide(tx: Transaction, command: DecideProposal) -> DecideStatus:
    return (await decide_proposals(tx, [command]))[0].status


async def owing_shop(tx: Transaction, amount: int = 500) -> UUID:
    """Open a shop that owes something."""
    shop = await open_asked_shop(tx)
    await owe(tx, shop, amount)
    return shop


async def test_what_says_more_than_may_be_proposed_now_is_listed_with_the_others(tx: Transaction) -> None:
    """There were files of the bank without a limit, and whoever lists proposals reads theirs, too."""
    near = new_id()
    much = propose(StatementRelease(statement_id=near, name="a.csv", lines=1, amount=2 * 10**13), near)
    assert await propose_deeds(tx, [much]) == [ProposeStatus.PROPOSED]
    listed = await approvals.list_proposals(tx, tx.now, is_open=True, before=None, limit=1)
    assert [each.deed for each in listed] == [much.deed]


async def test_b2_a_shortfall_is_written_off_by_two(tx: Transaction) -> None:
    shop = await owing_shop(tx)
    proposed = propose(WriteOff(shop_id=shop, amount=500), shop)
    assert await propose_deeds(tx, [proposed, proposed]) == [ProposeStatus.PROPOSED, ProposeStatus.EXISTS]
    assert await decide(tx, approve(proposed, MAKER)) is DecideStatus.OWN_PROPOSAL
    assert (await stake_of(tx, shop)).owed == 500
    # However often it is approved, at once or later, by whom else: it is booked once.
    decided = [each.status for each in await decide_proposals(tx, [approve(proposed)] * 2)]
    assert decided == [DecideStatus.APPROVED, DecideStatus.EXISTS]
    assert await decide(tx, approve(proposed, THIRD)) is DecideStatus.NOT_ALLOWED_NOW
    assert (await stake_of(tx, shop)).owed == 0
    (lost,) = await lookup_accounts(tx, [chart.bad_debt(shard_of(shop)).id])
    assert lost.debits_posted - lost.credits_posted == 500
    moved, _ = await get_debt_movements(tx, shop, None, 1)
    assert [(each.kind, each.amount) for each in moved] == [(Kind.WRITE_OFF, -500)]
    trail = [row["type"] for row in await get_trail(tx, proposed.id)]
    assert sorted(trail) == ["ProposalApproved", "ProposalMade"]


async def test_own_money_at_the_bank_is_booked_by_two(tx: Transaction) -> None:
    elsewhere = propose(OwnFunds(amount=500), UUID(int=1))
    proposed = propose(OwnFunds(amount=500), chart.TREASURY)
    assert await propose_deeds(tx, [elsewhere, proposed]) == [ProposeStatus.PLACE_INVALID, ProposeStatus.PROPOSED]
    assert await decide(tx, approve(proposed, MAKER)) is DecideStatus.OWN_PROPOSAL
    shard = shard_of(chart.TREASURY)
    ids = [chart.bank(shard).id, chart.own_funds(shard).id]
    assert await lookup_accounts(tx, ids) == []
    assert await decide(tx, approve(proposed)) is DecideStatus.APPROVED
    found = {each.id: each.debits_posted - each.credits_posted for each in await lookup_accounts(tx, ids)}
    assert [found[id] for id in ids] == [500, -500]
    assert "OwnFundsPaidIn" in [row["type"] for row in await get_trail(tx, proposed.id)]


async def test_proposing_is_refused_for_each_reason(tx: Transaction) -> None:
    shop = await owing_shop(tx)
    good = propose(WriteOff(shop_id=shop, amount=500), shop)
    await propose_deeds(tx, [good])
    elsewhere = UUID(int=shop.int ^ 1)
    own, own_fee = Place(kind=PlaceKind.OWN_FUNDS), Place(kind=PlaceKind.FEE_INCOME)
    wrong = [
        (own, own),
        (own, Place(kind=PlaceKind.WALLET)),
        (own, Place(kind=PlaceKind.BANK)),
        (own, Place(kind=PlaceKind.FEE_INCOME, name="wx")),
        (own, Place(kind=PlaceKind.FEE_INCOME, owner_id=shop)),
        (own, Place(kind=PlaceKind.WALLET, owner_id=elsewhere)),
    ]
    suspense = Place(kind=PlaceKind.SUSPENSE, name="wx")
    assert await propose_deeds(
        tx,
        [
            propose(WriteOff(shop_id=shop, amount=499), shop, id=good.id),
            propose(WriteOff(shop_id=shop, amount=500), shop, id=good.id, actor=THIRD),
            propose(WriteOff(shop_id=shop, amount=1), shop, reason=" "),
            propose(WriteOff(shop_id=shop, amount=1), shop, reason="长" * 501),
            *(propose(Adjustment(debit=debit, credit=credit, amount=1), shop) for debit, credit in wrong),
            propose(Adjustment(debit=suspense, credit=own, amount=1), shop),
            propose(Adjustment(debit=own, credit=own_fee, amount=1, corrects="2099-01"), shop),
        ],
    ) == [
        ProposeStatus.ID_TAKEN,
        ProposeStatus.ID_TAKEN,
        ProposeStatus.REASON_MISSING,
        ProposeStatus.REASON_MISSING,
        *[ProposeStatus.PLACE_INVALID] * len(wrong),
        ProposeStatus.ENDED_BY_BREAKS,
        ProposeStatus.PERIOD_OPEN,
    ]


async def test_what_is_not_allowed_any_more_is_not_posted_either(
    tx: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await owing_shop(tx)
    cost, income = Place(kind=PlaceKind.CHANNEL_FEE), Place(kind=PlaceKind.FEE_INCOME)
    deeds = [
        Adjustment(debit=cost, credit=Place(kind=PlaceKind.SUSPENSE, name="wx"), amount=1),
        Adjustment(debit=cost, credit=income, amount=1, corrects="2099-01"),
        Adjustment(debit=cost, credit=income, amount=1),
    ]
    proposed = [propose(deed, shop) for deed in deeds]
    with monkeypatch.context() as before:
        before.setattr(rules, "judge_posting", lambda *_: None)
        assert set(await propose_deeds(tx, proposed)) == {ProposeStatus.PROPOSED}
    decided = await decide_proposals(tx, [approve(each) for each in proposed])
    assert [(each.status, each.failure) for each in decided] == [
        (DecideStatus.LEDGER_REFUSED, "ended_by_breaks"),
        (DecideStatus.LEDGER_REFUSED, "period_open"),
        (DecideStatus.APPROVED, None),
    ]
    (account,) = await lookup_accounts(tx, [chart.fee_income(shard_of(shop)).id])
    assert account.credits_posted == 1
    assert "对账" in failure_word("ended_by_breaks")


async def test_nothing_is_posted_for_a_channel_that_never_was(
    sandboxed: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    tx, gone = sandboxed, new_id().hex
    # One that is gone has accounts still, though none in this shard.
    await create_accounts(tx, [chart.channel_receivable(shard_of(chart.TREASURY) ^ 1, gone)])
    fee = Place(kind=PlaceKind.CHANNEL_FEE)
    names = [new_id().hex, "sandbox", gone]
    places = [Place(kind=PlaceKind.CHANNEL_RECEIVABLE, name=name) for name in names]
    asked = [propose(Adjustment(debit=fee, credit=place, amount=1), chart.TREASURY) for place in places]
    asked += [propose(Adjustment(debit=places[0], credit=fee, amount=1), chart.TREASURY)]
    answers = [ProposeStatus.CHANNEL_NOT_FOUND, *[ProposeStatus.PROPOSED] * 2, ProposeStatus.CHANNEL_NOT_FOUND]
    assert await propose_deeds(tx, asked) == answers
    with monkeypatch.context() as before:
        before.setattr(rules, "judge_posting", lambda *_: None)
        await propose_deeds(tx, asked)
    decided = await decide_proposals(tx, [approve(each) for each in asked])
    refused = (DecideStatus.LEDGER_REFUSED, "channel_not_found")
    assert [(each.status, each.failure) for each in decided] == [
        refused,
        *[(DecideStatus.APPROVED, None)] * 2,
        refused,
    ]
    never = [chart.channel_receivable(shard_of(chart.TREASURY), names[0]).id]
    assert await lookup_accounts(tx, never) == []


def test_why_rules_could_not_be_published_is_said_of_each_reason() -> None:
    others = {PublishRulesStatus.PUBLISHED, PublishRulesStatus.PROPOSED, PublishRulesStatus.REASON_MISSING}
    unknown = failure_word("rules_")
    assert [
        each for each in PublishRulesStatus if each not in others and failure_word(f"rules_{each}") == unknown
    ] == []


def test_why_money_did_not_move_is_said_of_each_reason_that_a_verb_gives() -> None:
    verbs = (
        CompensateBuyerStatus,
        CourtOrderStatus,
        ClosePeriodStatus,
        PayRefundByHandStatus,
        ReleasePayoutStatus,
        ReleaseStatementStatus,
        TellPayoutStatus,
    )
    # `id_taken` would be two proposals with one id.
    done = {"done", "closed", "compensated", "paid", "released", "told", "id_taken"}
    reasons = {status.value for verb in verbs for status in verb} - done
    assert {each for each in reasons if each in failure_word(each)} == set()


async def test_deciding_is_refused_for_each_reason(tx: Transaction) -> None:
    shop = await owing_shop(tx)
    proposed = propose(WriteOff(shop_id=shop, amount=500), shop)
    await propose_deeds(tx, [proposed])
    wrong = Refusal("payment_password_wrong", 3)
    assert await decide(tx, approve(propose(proposed.deed, shop))) is DecideStatus.PROPOSAL_NOT_FOUND
    assert await decide(tx, approve(proposed, MAKER)) is DecideStatus.OWN_PROPOSAL
    assert await decide(tx, approve(proposed, hash=bytes(32))) is DecideStatus.HASH_DIFFERS
    assert (await decide_proposals(tx, [approve(proposed, refusal=wrong)])) == [
        DecideResult(status=DecideStatus.PAYMENT_PASSWORD_WRONG, tries_left=3)
    ]
    assert await decide(tx, approve(proposed, verdict=Verdict.REJECT)) is DecideStatus.REASON_MISSING
    assert await decide(tx, approve(proposed, MAKER, verdict=Verdict.REJECT, note="不对")) is DecideStatus.OWN_PROPOSAL
    assert await decide(tx, approve(proposed, verdict=Verdict.WITHDRAW)) is DecideStatus.NOT_THE_MAKER
    assert (await stake_of(tx, shop)).owed == 500


async def test_what_was_decided_stays_decided(tx: Transaction) -> None:
    shop = await owing_shop(tx)
    first, second, third = [propose(WriteOff(shop_id=shop, amount=n), shop) for n in (100, 101, 102)]
    await propose_deeds(tx, [first, second, third])
    rejecting = approve(second, verdict=Verdict.REJECT, note="再催一次")
    withdrawing = approve(third, MAKER, verdict=Verdict.WITHDRAW)
    for command, done in (
        (approve(first), DecideStatus.APPROVED),
        (rejecting, DecideStatus.REJECTED),
        (withdrawing, DecideStatus.WITHDRAWN),
    ):
        assert await decide(tx, command) is done
        assert await decide(tx, command) is DecideStatus.EXISTS
        assert await decide(tx, approve(first, THIRD)) is DecideStatus.NOT_ALLOWED_NOW
    assert await decide(tx, approve(second)) is DecideStatus.NOT_ALLOWED_NOW
    assert await decide(tx, approve(third)) is DecideStatus.NOT_ALLOWED_NOW
    assert (await stake_of(tx, shop)).owed == 400


async def test_a_proposal_expires(tx: Transaction) -> None:
    shop = await owing_shop(tx)
    proposed = propose(WriteOff(shop_id=shop, amount=500), shop)
    await propose_deeds(tx, [proposed])
    tx.now += EXPIRES_AFTER - timedelta(microseconds=1)
    assert await decide(tx, approve(proposed, MAKER)) is DecideStatus.OWN_PROPOSAL
    tx.now += timedelta(microseconds=1)
    assert await decide(tx, approve(proposed)) is DecideStatus.EXPIRED
    assert await decide(tx, approve(proposed, verdict=Verdict.REJECT, note="太晚了")) is DecideStatus.REJECTED


async def test_what_the_ledger_refuses_has_failed_for_ever(tx: Transaction) -> None:
    shop = await owing_shop(tx)
    proposed = propose(WriteOff(shop_id=shop, amount=501), shop)
    await propose_deeds(tx, [proposed])
    assert await decide_proposals(tx, [approve(proposed)]) == [
        DecideResult(status=DecideStatus.LEDGER_REFUSED, failure="exceeds_debits")
    ]
    assert (await stake_of(tx, shop)).owed == 500
    assert await decide(tx, approve(proposed, THIRD)) is DecideStatus.NOT_ALLOWED_NOW
    found = await approvals.get_proposal(tx, proposed.id)
    assert found
    assert (found.proposal.state, found.proposal.note, list(found.owners)) == (
        State.FAILED,
        "exceeds_debits",
        [str(shop)],
    )
    assert "ProposalFailed" in [row["type"] for row in await get_trail(tx, proposed.id)]


async def test_lists_have_what_waits_and_what_is_over(tx: Transaction) -> None:
    shop = await owing_shop(tx)
    proposed = [propose(WriteOff(shop_id=shop, amount=n), shop) for n in (1, 2, 3)]
    await propose_deeds(tx, proposed)
    await decide(tx, approve(proposed[0]))
    open_ones = await approvals.list_proposals(tx, clock.now(), is_open=True, before=None, limit=10)
    assert [each.id for each in open_ones] == [proposed[2].id, proposed[1].id]
    after = await approvals.list_proposals(tx, clock.now(), is_open=True, before=proposed[2].id, limit=10)
    assert [each.id for each in after] == [proposed[1].id]
    over = await approvals.list_proposals(tx, clock.now(), is_open=False, before=None, limit=10)
    assert [each.id for each in over] == [proposed[0].id]
    expired = await approvals.list_proposals(tx, clock.now() + timedelta(days=30), is_open=True, before=None, limit=10)
    assert not expired, "what nobody agreed to in time is over"
    assert await approvals.count_proposed(tx) == 2


async def test_the_database_knows_no_proposal_that_one_person_decided(tx: Transaction) -> None:
    shop = await owing_shop(tx)
    proposed = propose(WriteOff(shop_id=shop, amount=500), shop)
    await propose_deeds(tx, [proposed])
    with pytest.raises(asyncpg.CheckViolationError, match="proposals_need_two_persons"):
        async with tx.connection.transaction():
            await tx.connection.execute(
                "update approvals.proposals set state = 'approved', checker_id = maker_id, decided_at = proposed_at"
            )
    for change in ("update approvals.proposals set deed = '{}'", "update approvals.proposals set reason = 'else'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.connection.transaction():
                await tx.connection.execute(change)


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches(tx: Transaction, data: st.DataObject) -> None:
    """Of two shops that are alike, one's proposals are decided in batches, the other's one by one."""
    both = [await owing_shop(tx) for _ in range(2)]
    for shop in both:
        ids = [derive(shop, "proposal", n) for n in range(3)]
        await propose_deeds(tx, [propose(WriteOff(shop_id=shop, amount=300), shop, id=id) for id in ids])
    asked = data.draw(
        st.lists(
            st.tuples(
                st.integers(0, 3),
                st.sampled_from(list(Verdict)),
                st.sampled_from([MAKER, CHECKER, THIRD]),
                st.booleans(),
            ),
            min_size=1,
            max_size=8,
        )
    )
    answers = []
    for shop, size in zip(both, (len(asked), 1), strict=True):
        commands = []
        for number, verdict, actor, is_seen in asked:
            id = derive(shop, "proposal", number)
            seen = hash_of(id, WriteOff(shop_id=shop, amount=300)) if is_seen else b""
            commands.append(DecideProposal(id=id, verdict=verdict, actor=actor, hash=seen, note="理由"))
        told: list[DecideResult] = []
        for start in range(0, len(commands), size):
            told += await decide_proposals(tx, commands[start : start + size])
        answers.append(told)
    assert answers[0] == answers[1]
    assert (await stake_of(tx, both[0])).owed == (await stake_of(tx, both[1])).owed


async def test_of_many_who_approve_at_once_one_does(database: Database) -> None:
    async with database.transaction() as tx:
        shop = await owing_shop(tx)
    proposed = propose(WriteOff(shop_id=shop, amount=100), shop)
    async with database.transaction() as tx:
        await propose_deeds(tx, [proposed])

    async def approve_it() -> DecideStatus:
        async with database.transaction() as tx:
            return await decide(tx, approve(proposed, Actor("staff", new_id())))

    statuses: Sequence[DecideStatus] = await asyncio.gather(*(approve_it() for _ in range(8)))
    assert sorted(statuses) == ["approved"] + ["not_allowed_now"] * 7
    async with database.read() as reader:
        assert (await stake_of(reader, shop)).owed == 400
