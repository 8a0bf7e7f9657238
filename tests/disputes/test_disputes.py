"""Proves of disputes: what a ruling posts is what was shown before it was signed, nobody decides alone or in their own
cause where that is not allowed, sealed is sealed, and the trade's clock stands until it is over."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from tests.aftersale.shop import ADDRESS
from tests.court_orders.test_court_orders import obey, sweep
from tests.deposits.examples import give
from tests.disputes.court import OPERATIONS, Court
from tests.plans import plan
from tests.word_rules.examples import put, rule
from weiji import escrow
from weiji.aftersale import (
    CaseKind,
    CaseState,
    CaseStatus,
    CounterCase,
    CounterReturn,
    DeclineOffer,
    Desk,
    Reason,
    ReplyToCase,
    SendBack,
    open_desk,
)
from weiji.aftersale import words as case_words
from weiji.aftersale.merchant_pages import TABS
from weiji.aftersale.model import return_parcel
from weiji.aftersale.store import count_cases, get_shop_desk, list_cases_of_shop
from weiji.carriers import FollowParcel, FollowStatus, ParcelState, TrackingEvent, follow_parcels
from weiji.carriers.model import RecordReport, Report
from weiji.carriers.operations import record_reports
from weiji.catalog import Option, SaveProduct, SaveProductStatus, SaveSku, save_products
from weiji.court_orders import CourtOrderStatus, HeldPlace, obey_court_orders
from weiji.deposits import (
    CompensateBuyer,
    CompensateBuyerStatus,
    TakeBackDeposit,
    TakeBackDepositStatus,
    compensate_buyers,
    take_back_deposits,
)
from weiji.deposits.store import get_debt_movements, get_deposit_movements
from weiji.deposits.words import debt_word, deposit_word
from weiji.disputes import (
    DISPUTE_RULES,
    AppealRuling,
    DisputeRules,
    DisputeState,
    DisputeStatus,
    OpenDispute,
    RejectRuling,
    RuleDispute,
    SecondRuling,
    Side,
    SubmitEvidence,
    WithdrawDispute,
    get_statistics,
    hash_of,
)
from weiji.disputes import store as dispute_store
from weiji.disputes.machine import ALLOWED, BY_CLOCK, TRANSITIONS, DisputeVerb, target
from weiji.disputes.model import AdvanceDispute, Basis, Dispute, DisputeMove, Opener, Ruling, SaidIn
from weiji.disputes.operations import get_similar, list_disputes, mark_words
from weiji.disputes.rules import (
    BUDGET,
    Bench,
    amount_of,
    award_for,
    is_as_shown,
    postings_of,
    read_by_arbiter,
    read_by_side,
    stop_of,
)
from weiji.disputes.words import posting_words, ruling_word, steps_of
from weiji.events import BY_CLOCK as CLOCK_ACTOR
from weiji.events import BY_SYSTEM, Actor, Occurrence, publish
from weiji.events.aftersale import CaseRefunded, CaseReplied
from weiji.identity import Refusal
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.kit.migrate import read_migrations
from weiji.ledger import chart, verify
from weiji.orders import MoveStatus, RepriceOrder, State, reprice_orders
from weiji.payments import get_wallet
from weiji.payments.words import movement_words
from weiji.rulebook import PublishRules, PublishRulesStatus, publish_rules
from weiji.web import speaking
from weiji.web.formats import money
from weiji.word_rules import Action, Field

_D = DisputeStatus
_S = DisputeState


async def test_a_share_before_receipt_goes_back_and_the_rest_to_the_shop(court: Court) -> None:
    case_id = await court.refused()
    order_id = (await court.shop.case(case_id)).order_id
    await court.opened(case_id)
    async with court.database.read() as reader:
        desk = await get_shop_desk(reader, court.market.shop_id)
        assert desk
        assert desk.states == await count_cases(reader) == {CaseState.DISPUTED: 1}
        waiting = await list_cases_of_shop(reader, desk.id, TABS["waiting"], None, 2)
        assert [case.id for case in waiting] == [case_id], "the desk lists what it counts"
    stands = await court.shop.read(order_id)
    assert (stands.due_at, stands.open_cases) == (None, 1)
    assert await court.market.confirm(court.shop.buyer, order_id) is MoveStatus.CASE_OPEN
    assert await court.rule(0, case_id, 60) is _D.DONE
    assert await court.state(case_id) is _S.RULED
    await court.turn(days=2, hours=23)
    assert await court.state(case_id) is _S.RULED
    await court.turn(hours=2)
    dispute = await court.dispute(case_id)
    assert (dispute.state, dispute.awarded) == (_S.EXECUTED, 2 * 9_800 * 60 // 100)
    money = await court.shop.money(order_id)
    assert (money["wallet"], money["escrow"]) == (100_000 - 2 * 9_800 + 11_760, 2 * 9_800 - 11_760)
    assert (await court.shop.case(case_id)).state is CaseState.REFUNDED
    assert ("escrow", "transit", 11_760) in await court.posted(case_id)
    order = await court.shop.read(order_id)
    assert (order.open_cases, order.due_at is not None) == (0, True)
    assert await court.market.confirm(court.shop.buyer, order_id) is MoveStatus.DONE
    assert (await verify(court.database)).is_proved


async def test_a_ruling_after_settlement_takes_what_is_held_then_makes_a_debt(court: Court) -> None:
    order_id = await court.shop.order(2, shipped=True)
    assert await court.market.confirm(court.shop.buyer, order_id) is MoveStatus.DONE
    await court.turn(days=2)
    assert (await court.shop.read(order_id)).state is State.COMPLETED
    case_id = await court.refuse(order_id)
    before = await court.free()
    assert await court.by_shop(OpenDispute, case_id, claim="买家要得太多") is _D.DONE
    # Held: the shop can't withdraw it meanwhile.
    assert await court.free() < before
    await court.turn(hours=49)
    assert await court.state(case_id) is _S.DECIDING
    assert await court.rule(1, case_id, 100, Side.MERCHANT) is _D.DONE
    shown = (await court.dispute(case_id)).ruling
    assert shown is not None
    await court.turn(days=3, hours=1)
    posted = await court.posted(case_id)
    # Every posting that was shown, in order; what was shown as "at most" is filled by the waterfall.
    plain = [(p.debit, p.credit, p.amount) for p in shown.postings if p.debit != "held" and not p.is_at_most]
    assert [each for each in posted if each in plain][-len(plain) :] == plain
    assert await court.market.balance(chart.merchant_claim(court.market.shop_id).id) == 0
    money = await court.shop.money(order_id)
    assert (money["wallet"], money["refundable"]) == (100_000, 0)
    assert (await verify(court.database)).is_proved


async def test_a_court_that_freezes_a_shop_in_between_has_only_what_the_buyer_is_not_awarded(court: Court) -> None:
    order_id = await court.shop.order(2, shipped=True)
    assert await court.market.confirm(court.shop.buyer, order_id) is MoveStatus.DONE
    await court.turn(days=2)
    shop_id = court.market.shop_id
    earned = await court.free()
    case_id = await court.opened(await court.refuse(order_id))
    assert await court.free() == 0
    async with court.database.transaction() as tx:
        freeze = obey(shop_id, None, HeldPlace.MERCHANT_AVAILABLE)
        assert await obey_court_orders(tx, [freeze]) == [CourtOrderStatus.DONE]
    assert await court.rule(0, case_id, 50, Side.BUYER) is _D.DONE
    await court.turn(days=4)
    assert await court.state(case_id) is _S.EXECUTED
    async with court.database.transaction() as tx:
        await sweep(tx)
    has = {
        name: await court.market.balance(account(shop_id).id)
        for name, account in (
            ("available", chart.merchant_available), ("held", chart.legal_hold), ("owed", chart.merchant_owed),
        )
    }  # fmt: skip
    assert has == {"available": 0, "held": earned // 2, "owed": 0}
    assert (await verify(court.database)).is_proved


async def test_who_gets_nothing_has_the_case_dismissed_and_what_was_held_is_free(court: Court) -> None:
    order_id = await court.shop.order(2, shipped=True)
    assert await court.market.confirm(court.shop.buyer, order_id) is MoveStatus.DONE
    await court.turn(days=2)
    before = await court.free()
    case_id = await court.opened(await court.refuse(order_id))
    assert await court.rule(0, case_id, 0) is _D.DONE
    assert await court.by_shop(AppealRuling, case_id, words="不服") is _D.NOTHING_TO_APPEAL
    await court.turn(days=4)
    assert (await court.shop.case(case_id)).state is CaseState.DISMISSED
    assert await court.free() == before


async def test_a_deposit_stays_whole_until_the_arbiters_have_ruled(court: Court) -> None:
    shop_id = court.market.shop_id

    async def take_back(id: UUID | None = None) -> TakeBackDepositStatus:
        command = TakeBackDeposit(id=id or new_id(shop_id), shop_id=shop_id, amount=100, actor=court.shop.seller)
        return await court.market.batchers.of(take_back_deposits, "shop_id").submit(command)

    async with court.database.transaction() as tx:
        await give(tx, chart.merchant_deposit(shop_id), 1_000)
    first = new_id(shop_id)
    assert await take_back(first) is TakeBackDepositStatus.TAKEN_BACK
    case_id = await court.opened(await court.refused())
    assert await take_back() is TakeBackDepositStatus.DISPUTE_OPEN
    assert await take_back(first) is TakeBackDepositStatus.EXISTS, "what came of it before is no news"
    assert await court.rule(0, case_id, 0) is _D.DONE
    assert await take_back() is TakeBackDepositStatus.DISPUTE_OPEN, "it can be appealed"
    await court.turn(days=4)
    assert await take_back() is TakeBackDepositStatus.TAKEN_BACK


async def _sent_back(court: Court) -> UUID:
    order_id = await court.shop.order(2, shipped=True)
    case_id = await court.shop.ask(order_id, CaseKind.RETURN, 1)
    assert await court.shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    parcel = {"carrier": "顺丰速运", "tracking_number": "SF42"}
    assert await court.shop.by_buyer(SendBack, case_id, **parcel) is CaseStatus.DONE
    return case_id


@pytest.mark.parametrize("is_offer", [False, True])
async def test_the_clock_leaves_it_to_arbiters_where_the_shop_has_the_goods(court: Court, *, is_offer: bool) -> None:
    case_id = await _sent_back(court)
    if is_offer:
        less = {"amount": 5_000, "words": "用过了"}
        assert await court.shop.by_shop(CounterReturn, case_id, **less) is CaseStatus.DONE
        days = 5
    else:
        assert await court.shop.refuse_return(case_id) is CaseStatus.DONE
        days = 7
    early = OpenDispute(case_id=case_id, actor=CLOCK_ACTOR)
    assert (await court.do(early)).status is _D.TOO_EARLY
    await court.turn(days=days, minutes=1)
    dispute = await court.dispute(case_id)
    assert (dispute.opened_by, dispute.claim, dispute.state) == (Opener.CLOCK, "", _S.EVIDENCE)
    assert (await court.shop.case(case_id)).state is CaseState.DISPUTED
    assert (await court.shop.read(dispute.order_id)).due_at is None, "the trade's clock stands"
    assert (await court.do(early)).status is _D.EXISTS
    told = await court.told(case_id)
    assert ("DisputeOpened", "clock") in [(row["type"], row["data"].get("by")) for row in told]
    with speaking("zh_CN"):
        assert "请平台裁决：到时自动" in [step["title"] for step in steps_of(dispute)]
    # Nobody hands anything in, and nobody rules: the goods are not with the buyer, so their money is.
    await court.turn(days=61)
    assert (await court.dispute(case_id)).awarded == 9_800
    assert (await verify(court.database)).is_proved


@pytest.mark.parametrize("share", [100, 0])
async def test_a_shop_that_bears_freight_pays_what_sending_goods_back_cost(court: Court, share: int) -> None:
    kept = await court.opened(await court.refused())
    assert await court.rule(0, kept, 100, Side.MERCHANT, postage=1) is _D.POSTAGE_OUT_OF_RANGE, "nothing was sent back"
    assert await court.by_buyer(WithdrawDispute, kept) is _D.DONE
    case_id = await _sent_back(court)
    assert await court.shop.refuse_return(case_id) is CaseStatus.DONE
    await court.opened(case_id)
    order_id = (await court.dispute(case_id)).order_id
    assert await court.rule(0, case_id, share, Side.BUYER, postage=1_200) is _D.POSTAGE_OUT_OF_RANGE
    assert await court.rule(0, case_id, share, Side.MERCHANT, postage=-1) is _D.POSTAGE_OUT_OF_RANGE
    assert await court.rule(0, case_id, share, Side.MERCHANT, postage=10_001) is _D.POSTAGE_OUT_OF_RANGE
    before = (await court.shop.money(order_id))["wallet"]
    async with court.database.transaction() as tx:
        await give(tx, chart.merchant_deposit(court.market.shop_id), 500)
    assert await court.rule(0, case_id, share, Side.MERCHANT, postage=1_200) is _D.DONE
    assert await court.by_shop(AppealRuling, case_id, words="不该我们付") is _D.DONE, "it lost, be it only the postage"
    # Nobody decides the appeal: the first ruling stands, with its postage.
    await court.turn(days=61)
    dispute = await court.dispute(case_id)
    assert dispute.ruling
    assert (dispute.state, dispute.awarded, dispute.ruling.postage) == (_S.EXECUTED, 98 * share, 1_200)
    with speaking("zh_CN"):
        verdict = f"裁决：{money(98 * share + 1_200)} 给买家"
        trail = await court.told(case_id)
        told = [(step["title"], step["note"]) for step in case_words.steps_of(trail)]
        assert (verdict, "平台 · 其中寄回的运费 ¥12.00") in told
        assert f"另付买家寄回的运费 ¥12.00：共 {money(98 * share + 1_200)}" in ruling_word(dispute, dispute.ruling)
        assert ("向店铺追回 → 付给买家的寄回运费（在途）", "¥12.00") in posting_words(dispute.ruling.postings)
    assert (await court.shop.money(order_id))["wallet"] == before + 98 * share + 1_200
    shop_id = court.market.shop_id
    paid = [
        await court.market.balance(account(shop_id).id)
        for account in (chart.merchant_claim, chart.merchant_deposit, chart.merchant_owed)
    ]
    assert paid == [0, 0, -700], "of what the shop has, and the rest is owed"
    dispute = await court.dispute(case_id)
    assert (dispute.given, dispute.postage) == (98 * share + 1_200, 1_200)
    with speaking("zh_CN"):
        steps = [(step["title"], step["note"]) for step in steps_of(dispute)]
        assert steps.index(("寄回的运费到买家的钱包", "¥12.00")) < steps.index(("店铺付买家寄回的运费", "¥12.00"))
        async with court.database.read() as reader:
            words = [
                movement_words(each)[0]
                for each in (await get_wallet(reader, dispute.buyer_id)).movements
                if each.amount == 1_200
            ]
            (kept_back,) = (await get_deposit_movements(reader, shop_id, None, 1))[0]
            (debt,) = (await get_debt_movements(reader, shop_id, None, 1))[0]
        assert words == ["寄回的运费，平台判店铺付"]
        told = (deposit_word(kept_back.kind)[0], debt_word(debt.kind)[0])
        assert told == ("判你付的寄回运费，从保证金扣", "判你付的寄回运费，平台先垫了")
        assert (kept_back.order_id, debt.order_id) == (order_id, order_id)
    assert (await verify(court.database)).is_proved


async def test_the_clock_opens_nothing_where_the_buyer_has_the_goods(court: Court) -> None:
    case_id = await court.refused()
    assert (await court.do(OpenDispute(case_id=case_id, actor=CLOCK_ACTOR))).status is _D.NOT_ALLOWED_NOW
    await court.turn(days=7, minutes=1)
    assert (await court.shop.case(case_id)).state is CaseState.EXPIRED


async def test_what_was_ruled_of_more_than_was_asked_is_executed_as_it_was_signed(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disputes that were opened before are about all that was there to ask for: so were rulings on them."""

    def award(dispute: Dispute, _: object, share: int, freight_by: Side) -> int:
        return amount_of(dispute.goods, dispute.most, share, freight_by)

    with monkeypatch.context() as before:
        before.setattr(Desk, "claim_of", Desk.bounds_of)
        before.setattr("weiji.disputes.rules.award_for", award)
        before.setattr("tests.disputes.court.award_for", award)
        case_id = await court.opened(await court.refused(CaseKind.REFUND, 1, amount=5_000))
        assert await court.rule(0, case_id, 100) is _D.DONE
    await court.turn(days=4)
    dispute = await court.dispute(case_id)
    assert (dispute.state, dispute.asked) == (DisputeState.EXECUTED, 5_000)
    assert dispute.awarded == dispute.ruled == dispute.most > dispute.asked


async def test_a_share_that_comes_to_nothing_is_not_told_as_what_a_channel_gave_back(court: Court) -> None:
    case_id = await court.opened(await court.refused(CaseKind.REFUND, 1, amount=50))
    assert await court.rule(0, case_id, 1) is _D.DONE
    with speaking("zh_CN"):
        assert case_words.verdict_of(await court.told(case_id)) == "裁决：¥0.00 给买家"


async def test_the_clock_ends_what_nothing_can_be_awarded_for(court: Court) -> None:
    case_id = await _sent_back(court)
    assert await court.shop.refuse_return(case_id) is CaseStatus.DONE
    case = await court.shop.case(case_id)
    async with court.database.transaction() as tx:
        desk = await open_desk(tx, [case_id])
        # As after a chargeback of all of it.
        desk.order_of(case).lines[0].refunded = desk.order_of(case).total
        bench = Bench(desk, {}, DisputeRules(), clock.now() + timedelta(days=8))
        desk.now = bench.now
        assert bench.open(OpenDispute(case_id=case_id, actor=CLOCK_ACTOR)) is _D.NOTHING_TO_AWARD
        assert desk.cases[case_id].state is CaseState.EXPIRED


async def test_an_appeal_goes_to_another_arbiter_and_is_final(court: Court) -> None:
    case_id = await court.opened(await court.refused())
    assert await court.rule(0, case_id, 30) is _D.DONE
    assert await court.by_buyer(AppealRuling, case_id, words=" ") is _D.WORDS_INVALID
    assert await court.by_buyer(AppealRuling, case_id, words="照片没有看") is _D.DONE
    assert await court.by_buyer(AppealRuling, case_id, words="照片没有看") is _D.EXISTS
    assert await court.by_shop(AppealRuling, case_id, words="不服") is _D.NOT_ALLOWED_NOW
    with speaking("zh_CN"):
        steps = [(step["title"], step["note"]) for step in steps_of(await court.dispute(case_id))]
    assert ("买家上诉", "照片没有看") in steps
    await court.turn(days=10)
    assert await court.state(case_id) is _S.APPEALED
    assert await court.rule(0, case_id, 30) is _D.ANOTHER_ARBITER_NEEDED
    assert await court.rule(1, case_id, 80) is _D.DONE
    assert await court.rule(1, case_id, 80) is _D.EXISTS
    dispute = await court.dispute(case_id)
    assert (dispute.state, dispute.awarded, dispute.appealed_by) == (_S.EXECUTED, 15_680, Side.BUYER)
    assert await court.by_buyer(AppealRuling, case_id, words="还是不服") is _D.NOT_ALLOWED_NOW
    async with court.database.read() as reader:
        statistics = await get_statistics(reader, court.market.shop_id)
        assert statistics == await get_statistics(reader)
        other = await get_statistics(reader, new_id())
        similar = await get_similar(reader, await court.dispute(case_id))
    assert (statistics.decided, statistics.shared, statistics.appealed, statistics.awarded_amount) == (1, 1, 1, 15_680)
    assert (other.decided, similar) == (0, [])


async def test_for_much_it_takes_two(court: Court) -> None:
    rules = DisputeRules(second_from=10_000)
    publishing = PublishRules(of=DISPUTE_RULES, version=2, rules=rules, reason="先谨慎一点", actor=BY_SYSTEM)
    assert await court.database.retried(lambda tx: publish_rules(tx, [publishing, publishing])) == [
        PublishRulesStatus.PUBLISHED,
        PublishRulesStatus.VERSION_TAKEN,
    ]
    case_id = await court.opened(await court.refused())
    assert await court.rule(0, case_id, 50) is _D.DONE
    assert await court.state(case_id) is _S.PROPOSED
    proposed = await court.dispute(case_id)
    assert read_by_arbiter(proposed, new_id(), ()) == proposed
    own = read_by_arbiter(proposed, new_id(), (proposed.shop_id,))
    assert (own.rulings, own.evidence) == ([], proposed.evidence), "in their own cause they read what its sides read"
    assert await court.by_arbiter(0, SecondRuling, case_id, number=1) is _D.ANOTHER_ARBITER_NEEDED
    assert await court.by_arbiter(1, SecondRuling, case_id, number=2) is _D.RULING_NOT_FOUND
    assert await court.by_arbiter(1, RejectRuling, case_id, number=1, words="太多") is _D.DONE
    assert await court.by_arbiter(1, RejectRuling, case_id, number=1, words="太多") is _D.EXISTS
    assert await court.state(case_id) is _S.DECIDING
    assert await court.rule(1, case_id, 40) is _D.DONE
    assert await court.by_arbiter(2, SecondRuling, case_id, number=1) is _D.NOT_ALLOWED_NOW, "another was read"
    seconds = await asyncio.gather(*(court.by_arbiter(n, SecondRuling, case_id, number=2) for n in (0, 2, 3)))
    assert sorted(seconds) == [_D.DONE, _D.NOT_ALLOWED_NOW, _D.NOT_ALLOWED_NOW]
    assert await court.state(case_id) is _S.RULED
    assert await court.by_shop(AppealRuling, case_id, words="不服") is _D.DONE
    had_part = {id for ruling in (await court.dispute(case_id)).rulings for id in ruling.signers}
    left = next(n for n, arbiter in enumerate(court.arbiters) if arbiter.person_id not in had_part)
    assert await court.rule(left, case_id, 10) is _D.DONE
    assert await court.state(case_id) is _S.APPEAL_PROPOSED
    for number, arbiter in enumerate(court.arbiters):
        if number == left or arbiter.person_id in had_part:
            assert await court.by_arbiter(number, SecondRuling, case_id, number=3) is _D.ANOTHER_ARBITER_NEEDED
    court.arbiters.append(Actor("staff", new_id()))
    assert await court.by_arbiter(4, SecondRuling, case_id, number=3) is _D.DONE
    assert (await court.dispute(case_id)).awarded == 1_960


async def test_evidence_is_sealed_with_its_hash_and_given_once(court: Court) -> None:
    case_id = await court.refused()
    assert await court.by_buyer(OpenDispute, case_id, claim="东西坏了") is _D.DONE
    opened = await court.dispute(case_id)
    assert opened.file_hash == hash_of(opened.file)
    assert opened.file.case.item.title
    assert await court.by_buyer(SubmitEvidence, case_id, words="") is _D.WORDS_INVALID
    assert await court.by_buyer(SubmitEvidence, case_id, words="看", pictures=("/media/x.jpg",)) is _D.PICTURES_INVALID
    assert await court.by_buyer(SubmitEvidence, case_id, words="照片在这里") is _D.DONE
    assert await court.by_buyer(SubmitEvidence, case_id, words="照片在这里") is _D.EXISTS
    assert await court.by_buyer(SubmitEvidence, case_id, words="改一下") is _D.NOT_ALLOWED_NOW
    sealed = await court.dispute(case_id)
    assert sealed.is_sealed
    assert sealed.evidence[0].hash == hash_of([str(case_id), Side.BUYER, "照片在这里", ()])
    assert await court.rule(0, case_id, 50) is _D.NOT_ALLOWED_NOW
    assert await court.by_shop(SubmitEvidence, case_id, words="好的") is _D.DONE
    assert not (await court.dispute(case_id)).is_sealed


async def test_who_may_do_what(court: Court) -> None:
    case_id = await court.refused()
    assert await court.by_buyer(SubmitEvidence, case_id, words="早了") is _D.DISPUTE_NOT_FOUND
    stranger = OpenDispute(case_id=case_id, actor=Actor("buyer", new_id()), claim="我的")
    assert (await court.do(stranger)).status is _D.DISPUTE_NOT_FOUND
    assert await court.by_buyer(OpenDispute, case_id, claim="") is _D.WORDS_INVALID
    await court.opened(case_id)
    assert await court.by_buyer(OpenDispute, case_id, claim="东西坏了") is _D.EXISTS
    assert await court.by_shop(OpenDispute, case_id, claim="东西坏了") is _D.NOT_ALLOWED_NOW
    assert await court.rule(0, case_id, 101) is _D.SHARE_OUT_OF_RANGE
    assert await court.rule(0, case_id, 50, seen="else") is _D.POSTINGS_DIFFER
    assert await court.rule(0, case_id, 50, words="") is _D.WORDS_INVALID
    assert await court.rule(0, case_id, 50, shops=(court.market.shop_id,)) is _D.IS_PARTY
    wrong = Refusal("payment_password_wrong", 4)
    assert await court.rule(0, case_id, 50, refusal=wrong) is _D.PAYMENT_PASSWORD_WRONG
    court.arbiters[1] = Actor("staff", court.shop.buyer)
    assert await court.rule(1, case_id, 50) is _D.IS_PARTY
    assert await court.by_shop(WithdrawDispute, case_id) is _D.NOT_ALLOWED_NOW
    assert await court.by_buyer(WithdrawDispute, case_id) is _D.DONE
    assert await court.by_buyer(WithdrawDispute, case_id) is _D.EXISTS
    assert (await court.shop.case(case_id)).state is CaseState.WITHDRAWN


async def test_goods_that_are_not_sent_any_more_are_all_or_nothing(court: Court) -> None:
    case_id = await court.opened(await court.refused(CaseKind.CANCEL))
    assert await court.rule(0, case_id, 50) is _D.SHARE_OUT_OF_RANGE
    assert await court.rule(0, case_id, 100, Side.MERCHANT) is _D.DONE
    await court.turn(days=4)
    order = await court.shop.read((await court.shop.case(case_id)).order_id)
    assert order.state is State.REFUNDED


async def test_freight_alone_of_what_is_not_sent_is_not_awarded(court: Court) -> None:
    case_id = await court.opened(await court.refused(CaseKind.CANCEL))
    assert await court.rule(0, case_id, 0, Side.MERCHANT) is _D.DONE
    assert await court.by_shop(AppealRuling, case_id, words="运费也不退") is _D.NOTHING_TO_APPEAL
    await court.turn(days=4)
    case = await court.shop.case(case_id)
    (line,) = (await court.shop.read(case.order_id)).lines
    assert (case.state, line.cancelled, line.refunded) == (CaseState.DISMISSED, 0, 0)


async def test_who_declined_to_send_goods_back_still_has_them_after_an_award(court: Court) -> None:
    order_id = await court.shop.order(2, shipped=True)
    case_id = await court.shop.ask(order_id, CaseKind.RETURN, 2)
    offer = {"kind": CaseKind.RETURN, "amount": 9_000, "address": ADDRESS}
    assert await court.shop.by_shop(CounterCase, case_id, **offer) is CaseStatus.DONE
    assert await court.shop.by_buyer(DeclineOffer, case_id) is CaseStatus.DONE
    assert await court.rule(0, await court.opened(case_id), 30) is _D.DONE
    await court.turn(days=4)
    case = await court.shop.case(case_id)
    assert case.state in (CaseState.REFUNDING, CaseState.REFUNDED)
    assert case.return_address is None
    again = court.shop.asking(order_id, CaseKind.RETURN, 2, held_sku_id=case.item.sku_id)
    # As programs of before left it.
    async with court.database.transaction() as tx:
        given = ADDRESS, case_id
        await tx.connection.execute("update aftersale.cases set return_address = $1 where id = $2", *given)
    assert await court.shop.submit(again) is CaseStatus.SKU_NOT_FOUND
    async with court.database.transaction() as tx:
        await tx.connection.execute(next(each.text for each in read_migrations() if each.number == 345))
    assert await court.shop.submit(again) is CaseStatus.DONE


async def test_nobody_is_awarded_more_than_they_asked_for(court: Court) -> None:
    order_id = await court.shop.order(2, shipped=True)
    assert await court.market.confirm(court.shop.buyer, order_id) is MoveStatus.DONE
    await court.turn(days=2)
    before = await court.free()
    case_id = await court.opened(await court.refuse(order_id, amount=3_000))
    assert before - await court.free() == 3_000, "what they asked for is held, and no more"
    dispute = await court.dispute(case_id)
    assert (dispute.goods, dispute.most) == (3_000, 3_000)
    assert await court.rule(0, case_id, 100, Side.MERCHANT) is _D.DONE
    assert await court.by_buyer(AppealRuling, case_id, words="还要多一点") is _D.NOTHING_TO_APPEAL
    await court.turn(days=3, hours=1)
    assert (await court.dispute(case_id)).awarded == 3_000
    assert (await court.shop.money(order_id))["wallet"] == 100_000 - 2 * 9_800 + 3_000
    # One that was opened before awards had that limit: the percentage is of what the goods cost.
    case_id = await court.opened(await court.refused(amount=3_000))
    old = await court.dispute(case_id)
    old.goods = old.most = 19_600
    amounts = [award_for(old, await court.shop.read(old.order_id), share, Side.BUYER) for share in (10, 50)]
    assert (amounts, old.asked) == ([1_960, 3_000], 3_000)
    assert await court.rule(0, case_id, 50) is _D.DONE
    (ruling,) = (await court.dispute(case_id)).rulings
    with speaking("zh_CN"):
        words = [ruling_word(each, ruling) for each in (old, await court.dispute(case_id))]
    assert [text.partition(" ")[0] for text in words] == ["商品款的", "买家要的商品款的"]
    # Who asked for goods may have what they cost.
    anew = await court.opened(await court.refused(CaseKind.RESHIP, 1))
    assert (await court.dispute(anew)).most == 9_800
    assert (await verify(court.database)).is_proved


async def test_two_arbiters_at_once_rule_once(court: Court) -> None:
    case_id = await court.opened(await court.refused())
    ruled = await asyncio.gather(*(court.rule(n, case_id, 50 + n) for n in range(4)))
    assert sorted(ruled) == [_D.DONE, *[_D.NOT_ALLOWED_NOW] * 3]
    assert len((await court.dispute(case_id)).rulings) == 1


@pytest.mark.parametrize(("share", "freight_by", "amount"), [
    (0, Side.BUYER, 0), (100, Side.BUYER, 999), (100, Side.MERCHANT, 1_099), (33, Side.BUYER, 329),
    (0, Side.MERCHANT, 100),
])  # fmt: skip
def test_a_share_is_rounded_down_and_freight_is_whole(share: int, freight_by: Side, amount: int) -> None:
    assert amount_of(999, 1_099, share, freight_by) == amount


async def test_only_what_the_table_has_is_done(court: Court) -> None:
    """Try every verb in every state, by everybody, in memory, from one real dispute."""
    case_id = await court.opened(await court.refused())
    assert await court.rule(0, case_id, 50) is _D.DONE
    ruled = await court.dispute(case_id)
    ruling = ruled.ruling
    assert ruling is not None

    async def try_all(tx: Transaction) -> None:
        desk = await open_desk(tx, [case_id])
        for state in DisputeState:
            for verb in DisputeVerb:
                for actor in (court.shop.actor, court.shop.seller, court.arbiters[3], CLOCK_ACTOR):
                    dispute = deepcopy(ruled)
                    dispute.state, dispute.due_at, dispute.stop_at = state, clock.now(), clock.now()
                    if verb in (DisputeVerb.SUBMIT, DisputeVerb.SUBMIT_LAST):
                        dispute.evidence = [
                            each
                            for each in dispute.evidence
                            if verb is DisputeVerb.SUBMIT_LAST and each.side.value != actor.kind
                        ]
                    if verb is DisputeVerb.PROPOSE:
                        dispute.rules = DisputeRules(second_from=0)
                    before = len(dispute.rulings)
                    bench = Bench(deepcopy(desk), {case_id: dispute}, dispute.rules, clock.now())
                    status = do(bench, verb, actor, ruling)
                    leads_to = target(verb, state, actor.kind)
                    name = f"{verb} in {state} by {actor.kind}: {status}"
                    if leads_to is None:
                        assert status is not _D.DONE, name
                        assert (dispute.state, len(dispute.rulings)) == (state, before), name
                    else:
                        assert (status, dispute.state) == (_D.DONE, leads_to), name

    def do(bench: Bench, verb: DisputeVerb, actor: Actor, ruling: Ruling) -> DisputeStatus:
        facts: dict[str, Any] = {"case_id": case_id, "actor": actor, "shop_id": court.market.shop_id}
        match verb:
            case DisputeVerb.SUBMIT | DisputeVerb.SUBMIT_LAST:
                return bench.submit(SubmitEvidence(**facts, words="证据"))
            case DisputeVerb.RULE | DisputeVerb.PROPOSE:
                seen = hash_of(ruling.postings)
                return bench.rule(RuleDispute(**facts, share=50, freight_by=Side.BUYER, words="各半", seen=seen))
            case DisputeVerb.SECOND:
                return bench.second(SecondRuling(**facts, number=1))
            case DisputeVerb.REJECT:
                return bench.reject(RejectRuling(**facts, number=1, words="不对"))
            case DisputeVerb.APPEAL:
                return bench.appeal(AppealRuling(**facts, words="不服"))
            case DisputeVerb.WITHDRAW:
                return bench.withdraw(WithdrawDispute(**facts))
            case DisputeVerb.UNSEAL | DisputeVerb.EXECUTE | DisputeVerb.DECIDE:
                wanted = BY_CLOCK.get(bench.disputes[case_id].state)
                return bench.advance(AdvanceDispute(**facts)) if wanted is verb else _D.NOT_ALLOWED_NOW

    await court.database.retried(try_all)


def test_the_table_names_each_step_once() -> None:
    assert len(ALLOWED) == sum(len(each.actors) for each in TRANSITIONS)


class RolledBack(Exception):
    """Nothing that was tried is kept."""


KINDS: dict[type[DisputeMove], Callable[[int, int], dict[str, Any]]] = {
    OpenDispute: lambda n, _by: {"claim": "东西坏了" if n else " "},
    SubmitEvidence: lambda n, _by: {"words": "照片" if n else ""},
    WithdrawDispute: lambda _n, _by: {},
    RuleDispute: lambda n, _by: {"share": 50 * n, "freight_by": Side.BUYER, "words": "各有道理", "seen": "0" * 64},
    SecondRuling: lambda n, _by: {"number": n},
    RejectRuling: lambda n, _by: {"number": n, "words": "再看看"},
    AppealRuling: lambda n, _by: {"words": "照片很清楚" if n else ""},
}


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(list(KINDS)),
    drawn=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=8),
)
async def test_law_of_batches(court: Court, kind: type[DisputeMove], drawn: list[tuple[int, int, int]]) -> None:
    """Whoever does whatever to disputes wherever they stand is answered in a batch as one by one."""
    if not court.stages:
        proposed = await court.opened(await court.refused())
        await court.rule(0, proposed, 50)
        evidence = await court.refused()
        await court.by_buyer(OpenDispute, evidence, claim="东西坏了")
        court.stages = [await court.refused(), evidence, await court.opened(await court.refused()), proposed]
    people = [court.shop.actor, court.shop.seller, *court.arbiters[:2]]
    commands = [
        kind(
            case_id=court.stages[at],
            actor=people[by],
            shop_id=court.market.shop_id if by == 1 else None,
            **KINDS[kind](n, by),
        )
        for at, by, n in drawn
    ]

    async def answers(batches: list[list[DisputeMove]]) -> list[DisputeStatus]:
        found: list[DisputeStatus] = []
        with suppress(RolledBack):
            async with court.database.transaction() as tx:
                for batch in batches:
                    found += [result.status for result in await OPERATIONS[kind](tx, batch)]
                raise RolledBack
        return found

    together = await answers([commands])
    assert len(together) == len(commands)
    assert together == await answers([[command] for command in commands])


async def test_what_the_carrier_told_is_sealed_and_in_the_time_line(court: Court) -> None:
    case_id = await court.refused()
    order_id = (await court.shop.case(case_id)).order_id
    async with court.database.transaction() as tx:
        (found,) = await tx.connection.fetch("select * from orders.parcels where order_id = $1", order_id)
        following = FollowParcel(
            id=found["id"],
            order_id=order_id,
            shop_id=court.market.shop_id,
            carrier=found["carrier"],
            tracking_number=found["tracking_number"],
            phone_end="0001",
            region="浙江省杭州市",
            shipped_at=found["shipped_at"],
        )
        assert await follow_parcels(tx, [following]) == [FollowStatus.FOLLOWED]

    async def tell(state: str | None, text: str, times: int = 1) -> None:
        async with court.database.transaction() as tx:
            await tx.connection.executemany(
                "insert into carriers.events (shard, parcel_id, id, at, state, place, text) "
                "values ($1, $2, $3, $4, $5, '杭州', $6)",
                [(found["shard"], found["id"], new_id(order_id), clock.now(), state, text) for _ in range(times)],
            )

    await tell("delivered", "本人签收")
    dispute = await court.dispute(await court.opened(case_id))
    (sealed,) = dispute.file.parcels or ()
    assert (sealed.tracking_number, [event.text for event in sealed.tracking]) == (
        found["tracking_number"],
        ["本人签收"],
    )
    assert dispute.file_hash == hash_of(dispute.file) != hash_of(replace(dispute.file, parcels=()))
    assert "parcels" not in msgspec.to_builtins(replace(dispute.file, parcels=UNSET)), "old files have their hash still"

    # However much is told since, what was told before stays where it was sealed, and is seen.
    await court.turn(minutes=1)
    await tell(None, "查询件", dispute_store.TRACKING_MAX)
    dispute = await court.dispute(case_id)
    assert {event.text for event in dispute.parcels[0].tracking} == {"查询件"}
    assert dispute.file.parcels == (sealed,)
    with speaking("zh_CN"):
        notes = [step["note"] for step in steps_of(dispute)]
    assert "杭州 本人签收" in notes
    assert f"{sealed.carrier} {sealed.tracking_number}" in notes


async def test_a_file_has_no_parcel_and_no_word_of_another_order(court: Court) -> None:
    case_id, other = await court.refused(), await court.shop.order(1, shipped=True)
    order_id = (await court.shop.case(case_id)).order_id
    async with court.database.transaction() as tx:
        sent = await tx.connection.fetchval("select id from orders.parcels where order_id = $1", order_id)
        facts: dict[str, Any] = {"order_id": other, "shop_id": court.market.shop_id, "carrier": "顺丰"}
        following = [
            FollowParcel(id=id, tracking_number="SF0000000000000", shipped_at=clock.now(), **facts)
            for id in (sent, return_parcel(case_id))
        ]
        assert await follow_parcels(tx, following) == [FollowStatus.FOLLOWED] * 2
        for id in (sent, return_parcel(case_id)):
            event = TrackingEvent(at=clock.now(), text="已签收", state=ParcelState.DELIVERED)
            await record_reports(tx, [RecordReport(parcel_id=id, report=Report(state=event.state, events=(event,)))])
        said = CaseReplied(order_id=other, buyer_id=court.shop.buyer, words="对，是我们发坏了")
        repaid = CaseRefunded(order_id=other, buyer_id=court.shop.buyer, refund_id=new_id(), amount=1_000, to="wallet")
        told = [Occurrence(event, court.market.shop_id, order_id, court.shop.seller) for event in (said, repaid)]
        await publish(tx, told)
    dispute = await court.dispute(await court.opened(case_id))
    for parcels in (dispute.file.parcels or (), dispute.parcels):
        assert [(parcel.is_return, parcel.tracking) for parcel in parcels] in ([(False, ())], [(False, [])])
    assert all(saying.words != said.words for saying in [*dispute.sayings, *(dispute.file.sayings or ())])
    assert not dispute.repayments


async def test_a_changed_price_and_what_was_compensated_are_in_the_time_line(court: Court) -> None:
    shop, market = court.shop, court.market
    order_id, _ = await market.place(shop.buyer, quantity=2)
    repricing = RepriceOrder(
        order_id=order_id, shop_id=market.shop_id, actor=shop.seller, conceded=2_600, freight=0, total=19_600
    )
    assert await market.batchers.of(reprice_orders, "order_id").submit(repricing) is MoveStatus.DONE
    await market.pay(shop.buyer, order_id)
    await market.ship(order_id)
    case_id = await court.opened(await court.refuse(order_id))
    payment_id = (await court.dispute(case_id)).payment_id
    assert payment_id
    command = CompensateBuyer(
        id=new_id(market.shop_id),
        shop_id=market.shop_id,
        order_id=order_id,
        payment_id=payment_id,
        amount=700,
        actor=court.arbiters[0],
    )
    async with court.database.transaction() as tx:
        await give(tx, chart.merchant_deposit(market.shop_id), 700)
    async with court.database.transaction() as tx:
        assert await compensate_buyers(tx, [command]) == [CompensateBuyerStatus.COMPENSATED]
    await market.settle_events()
    dispute = await court.dispute(case_id)
    with speaking("zh_CN"):
        steps = [(step["title"], step["note"]) for step in steps_of(dispute)]
    assert steps[-3:] == [
        ("买家付款", "¥170.00"), ("卖家改价：¥196.00 改成 ¥170.00", None), ("买家下单", "¥196.00")
    ]  # fmt: skip
    assert steps[0] == ("赔付到买家的钱包", "¥7.00")


async def test_a_clerk_who_bought_before_is_not_the_shop_against_themselves(court: Court) -> None:
    case_id = await court.refused()
    own = {"case_id": case_id, "shop_id": court.market.shop_id, "actor": Actor("merchant", court.shop.buyer)}
    assert (await court.do(OpenDispute(**own, claim="是我们不对"))).status is _D.DISPUTE_NOT_FOUND
    assert await court.by_buyer(OpenDispute, case_id, claim="东西坏了") is _D.DONE
    assert (await court.do(SubmitEvidence(**own, words="是我们不对"))).status is _D.DISPUTE_NOT_FOUND
    assert await court.by_shop(SubmitEvidence, case_id, words="发出时是好的") is _D.DONE, "its word is not used up"
    assert await court.by_buyer(SubmitEvidence, case_id, words="照片在这里") is _D.DONE
    assert await court.rule(0, case_id, 50) is _D.DONE
    assert (await court.do(AppealRuling(**own, words="算了"))).status is _D.DISPUTE_NOT_FOUND


async def test_all_money_that_went_back_is_in_the_time_line(court: Court) -> None:
    shop = court.shop
    order_id = await shop.order(3, shipped=True)
    before = await shop.ask(order_id, CaseKind.REFUND, 1, 1_000)
    assert await shop.agree(before) is CaseStatus.DONE
    case_id = await court.opened(await court.refuse(order_id, quantity=3))

    async def told() -> list[tuple[str, str | None]]:
        await court.market.settle_events()
        with speaking("zh_CN"):
            return [(step["title"], step["note"]) for step in steps_of(await court.dispute(case_id))]

    steps = await told()
    assert [step for step in steps if "退" in step[0]] == [("退给买家", "¥10.00")], "what another case brought"
    assert steps.index(("退给买家", "¥10.00")) > steps.index(("请平台裁决：买家", None))
    assert await court.rule(0, case_id, 50) is _D.DONE
    await court.turn(days=10)
    awarded = money((await court.dispute(case_id)).awarded or 0)
    steps = await told()
    ruled = [step for step in steps if step[0] in ("按裁决退给买家", "退款到账")]
    assert ruled == [("退款到账", awarded), ("按裁决退给买家", awarded)], "the last first"
    assert ("退给买家", "¥10.00") in steps


async def test_the_file_has_what_the_goods_said_when_they_were_ordered(court: Court) -> None:
    market = court.market
    old = await court.refused()
    await court.turn(hours=1)
    async with court.database.transaction() as tx:
        product_id = await tx.connection.fetchval("select id from catalog.products where shop_id = $1", market.shop_id)
        skus = tuple(
            SaveSku(id=sku, choices=(name,), price=price)
            for sku, price, name in zip(market.skus, market.prices, ("小", "大"), strict=True)
        )
        given = {"title": "青花瓷茶杯", "skus": skus, "options": (Option(name="尺寸", values=("小", "大")),)}
        changed = SaveProduct(
            id=product_id, shop_id=market.shop_id, description_html="<p>不包换</p>", actor=court.shop.seller, **given
        )
        (saved,) = await save_products(tx, [changed])
        assert saved.status is SaveProductStatus.UPDATED
    new = await court.refused()
    for case_id, said in ((old, ""), (new, "<p>不包换</p>")):
        dispute = await court.dispute(await court.opened(case_id))
        assert dispute.file.said is not None
        assert (dispute.file.said.title, dispute.file.said.description_html) == ("青花瓷茶杯", said)
        assert dispute.file_hash == hash_of(dispute.file)
    async with court.database.read() as reader:
        listed = await dispute_store.list_disputes(reader, list(DisputeState), None, 10)
        # Arbiters find first what is due first, whichever was opened first.
        first, second = await dispute_store.list_open_disputes(reader, list(DisputeState), None, 10)
        assert (first.due_at, first.case_id) < (second.due_at, second.case_id)
        beyond = (first.due_at or clock.now(), first.case_id)
        assert await dispute_store.list_open_disputes(reader, list(DisputeState), beyond, 10) == [second]
    async with court.database.transaction() as tx:
        await tx.connection.execute("set local role none")
        # As the migration left it of a file that was sealed before one said so itself.
        await tx.connection.execute("update disputes.disputes set text_as_of = $1 where case_id = $2", tx.now, old)
        now = tx.now
    assert [(await court.dispute(id)).said_as_of for id in (old, new)] == [now, None]
    file = (await court.dispute(new)).file.case
    assert {(each.case_id, each.title, each.shop_name, each.buyer_name, each.kind) for each in listed} == {
        (case_id, file.item.title, file.shop_name, file.buyer_name, CaseKind.REFUND) for case_id in (old, new)
    }


async def test_a_coupon_goes_back_to_who_paid_for_it_in_words_that_people_read(court: Court) -> None:
    order = await court.shop.read(await court.shop.order(1, shipped=True))
    ids = (order.id, order.shop_id, new_id(order.id))
    chains = [
        escrow.refund(order.id, ids[2], 9_000, subsidy=800),
        *(escrow.give_back(*ids, 9_000, 100, is_settled=is_settled, subsidy=800) for is_settled in (False, True)),
    ]
    postings = postings_of(order, chains)
    with speaking("zh_CN"):
        told = posting_words(postings)
        out_of_hold = posting_words(
            postings_of(order, [escrow.give_back_disputed(*ids[:2], *ids[1:], 9_000, 100, held=5_000)])
        )
    assert not re.search("[a-z_]", "".join(way for way, _ in told)), "every account has a name"
    assert [amount for way, amount in told if "退回出券的一方" in way] == ["¥8.00"] * 3
    assert [amount for way, amount in told if "退给买家" in way] == ["¥90.00"] * 3
    assert [(way.partition("：")[0], amount) for way, amount in out_of_hold if "→" not in way or "：" in way] == [
        ("先从纠纷期间冻结的钱里扣，其余解除", ""),
        *[("还不够的", "最多 ¥89.00")] * 3,
    ], "as it is posted: the hold, and the waterfall for what it does not cover"
    before = [replace(posting, credit="transit") if posting.credit == BUDGET else posting for posting in postings]
    assert is_as_shown(postings, before), "as it was signed before coupons' parts were named"
    assert not is_as_shown(postings, before[1:])


async def test_what_came_back_is_in_the_time_line_too(court: Court) -> None:
    shop = court.shop
    case_id = await shop.ask(await shop.order(2, shipped=True), CaseKind.RETURN, 2)
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    assert await shop.by_buyer(SendBack, case_id, carrier="顺丰速运", tracking_number="SF0077") is CaseStatus.DONE
    assert await shop.refuse_return(case_id) is CaseStatus.DONE
    dispute = await court.dispute(await court.opened(case_id))
    assert [parcel.is_return for parcel in dispute.parcels] == [False, True]
    assert dispute.file.parcels == tuple(dispute.parcels), "both are sealed"
    with speaking("zh_CN"):
        steps = steps_of(dispute)
    assert ("买家寄回了", "顺丰速运 SF0077") in [(step["title"], step["note"]) for step in steps]


async def test_what_both_sides_told_each_other_is_sealed_and_in_the_time_line(court: Court) -> None:
    shop = court.shop
    case_id = await shop.ask(await shop.order(2, shipped=True), CaseKind.REFUND, 2)
    assert await shop.by_shop(ReplyToCase, case_id, words="请看称重") is CaseStatus.DONE
    assert await shop.by_buyer(ReplyToCase, case_id, words="秤不准") is CaseStatus.DONE
    assert await shop.by_shop(CounterCase, case_id, kind=CaseKind.REFUND, amount=100) is CaseStatus.DONE
    assert await shop.by_buyer(DeclineOffer, case_id) is CaseStatus.DONE
    dispute = await court.dispute(await court.opened(case_id))
    sealed = dispute.file.sayings or ()
    assert [(each.by, each.about, each.words) for each in sealed] == [
        ("merchant", "replied", "请看称重"),
        ("buyer", "replied", "秤不准"),
        ("merchant", "countered", ""),
        ("buyer", "refused", ""),
    ]
    assert dispute.file_hash == hash_of(dispute.file) != hash_of(replace(dispute.file, sayings=sealed[1:]))
    assert "sayings" not in msgspec.to_builtins(replace(dispute.file, sayings=UNSET)), "old files have their hash still"

    assert await shop.by_shop(ReplyToCase, case_id, words="还是不同意") is CaseStatus.DONE
    dispute = await court.dispute(case_id)
    assert dispute.file.sayings == sealed
    assert [saying.words for saying in dispute.said_since] == ["还是不同意"]
    with speaking("zh_CN"):
        steps = [(step["title"], step["note"]) for step in steps_of(dispute)]
    told = [step for step in steps if re.search("说$|提议|没有同意", step[0])]
    assert told == [
        ("卖家说", "还是不同意"),
        ("买家没有同意", None),
        ("卖家提议：仅退款 ¥1.00", None),
        ("买家说", "秤不准"),
        ("卖家说", "请看称重"),
    ]


async def test_what_word_rules_find_is_marked_for_arbiters_and_said_all_the_same(court: Court) -> None:
    async with court.database.transaction() as tx:
        await put(
            tx,
            rule("代开发票", fields=(Field.MESSAGE,)),
            rule("微信转账", fields=(Field.MESSAGE,), action=Action.REVIEW),
            rule("东西坏了", fields=(Field.TITLE,)),
        )
    shop = court.shop
    case_id = await court.refused(words="说好了微信转账")
    offer = "给五星好评，返现10元"
    assert await court.by_buyer(OpenDispute, case_id, claim=f"东西坏了，他们说：{offer}") is _D.DONE, (
        "who complains quotes"
    )
    assert await court.by_buyer(SubmitEvidence, case_id, words="他们能代·开·发票") is _D.DONE
    await court.market.settle_events()
    dispute = await court.dispute(case_id)
    assert [(m.side, m.place, m.found) for m in dispute.marks] == [(Side.BUYER, SaidIn.CASE, "微信转账")], (
        "sealed is sealed"
    )
    assert await court.by_shop(SubmitEvidence, case_id, words="买家说：不返现就不给五星") is _D.DONE, "it may be proof"
    assert await shop.by_shop(ReplyToCase, case_id, words="我们不代开发票") is CaseStatus.DONE, "before arbiters"
    assert await shop.by_shop(ReplyToCase, case_id, words=offer) is CaseStatus.OFFERS_PAYMENT
    assert await court.rule(0, case_id, 0) is _D.DONE
    assert await court.by_buyer(AppealRuling, case_id, words="是微信转账的") is _D.DONE
    await court.market.settle_events()
    await court.market.settle_events()
    dispute = await court.dispute(case_id)
    assert {(m.side, m.place, m.found, m.action) for m in dispute.marks} == {
        (Side.BUYER, SaidIn.CASE, "微信转账", Action.REVIEW),
        (Side.BUYER, SaidIn.EVIDENCE, "代·开·发票", Action.REFUSE),
        (Side.MERCHANT, SaidIn.CASE, "代开发票", Action.REFUSE),
        (Side.MERCHANT, SaidIn.EVIDENCE, "买家说：不返现就不给五星", Action.REFUSE),
        (Side.BUYER, SaidIn.APPEAL, "微信转账", Action.REVIEW),
    }
    assert {each.words for each in dispute.evidence} == {"他们能代·开·发票", "买家说：不返现就不给五星"}, (
        "nothing is changed"
    )
    assert not read_by_side(dispute).marks, "for arbiters alone"
    assert not read_by_arbiter(dispute, dispute.buyer_id, ()).marks

    await court.opened(await court.refused())
    await court.market.settle_events()
    async with court.database.read() as reader:
        counts, marked = await dispute_store.count_disputes(reader)
        assert (sum(counts.values()), marked) == (2, 1)
        states = list(DisputeState)
        for found in (
            await dispute_store.list_open_disputes(reader, states, None, 9, is_marked=True),
            await dispute_store.list_disputes(reader, states, None, 9, is_marked=True),
        ):
            assert [each.case_id for each in found] == [case_id]


async def test_marked_disputes_are_listed_without_the_others_each_once(tx: Transaction, court: Court) -> None:
    cases = [await court.opened(await court.refused(words="说好了微信转账")) for _ in range(3)]
    async with court.database.transaction() as other:
        await put(
            other,
            rule("微信转账", fields=(Field.MESSAGE,)),
            rule("说好了", fields=(Field.MESSAGE,), action=Action.REVIEW),
        )
        await mark_words(other, cases[1:])
    found: list[UUID] = []
    before = None
    async with court.database.read() as reader:
        while page := await list_disputes(reader, list(DisputeState), is_marked=True, before=before, limit=1):
            found += [each.case_id for each in page]
            before = page[-1].opened_at, page[-1].case_id
    assert found == [cases[2], cases[1]]
    # Planned as the program does it, without knowing the arguments; on a table that is too full to be scanned.
    await tx.connection.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
    told = await plan(tx, dispute_store.SQL.list_marked_disputes)
    assert re.search(r"using marks_newest on marks .*\n *Index Cond: .*ROW\(opened_at, case_id\) <", told), told
    assert "disputes_newest" not in told, told
    assert not re.search(r"Sort", told), told


async def test_the_most_similar_of_earlier_cases_come_first(court: Court) -> None:
    kinds = (CaseKind.REFUND, CaseKind.REFUND, CaseKind.RETURN, CaseKind.RETURN)
    cases = [await court.opened(await court.refused(kind, 1, reason=Reason.OTHER)) for kind in kinds]
    for case_id in cases[:3]:
        assert await court.rule(0, case_id, 50) is _D.DONE
        await court.turn(days=4)
    async with court.database.read() as reader:
        similar = await get_similar(reader, await court.dispute(cases[3]), limit=2)
        other = await get_similar(reader, await court.dispute(cases[0]), limit=2)
    assert [each.case_id for each in similar] == [cases[2], cases[1]], "it asks for the same"
    assert [each.case_id for each in other] == [cases[1], cases[2]], "though that was decided later"


async def test_the_database_wants_two_different_arbiters(court: Court) -> None:
    case_id = await court.opened(await court.refused())
    assert await court.rule(0, case_id, 50) is _D.DONE
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with court.database.transaction() as tx:
            await tx.connection.execute(
                "update disputes.rulings set seconded_by = signed_by where case_id = $1", case_id
            )
    assert refused.value.constraint_name == "rulings_seconded_by_somebody_else"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with court.database.transaction() as tx:
            await tx.connection.execute("update disputes.evidence set words = 'else' where case_id = $1", case_id)
    # What the first arbiter signed is what the second reads and signs: neither the sum nor a word of it can be another.
    for change in (
        "update disputes.rulings set words = 'else'",
        "update disputes.rulings set amount = 1",
        "update disputes.rulings set share = 1",
        "update disputes.rulings set freight_by = 'buyer'",
        "update disputes.rulings set postage = 1",
        "update disputes.rulings set goods_back = true",
        "update disputes.rulings set postings = '[]'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with court.database.transaction() as tx:
                await tx.connection.execute(change)


async def _let_the_clock_decide(court: Court, case_id: UUID) -> Ruling:
    """Let the last deadline pass; nothing happens a second before it."""
    stop_at = (await court.dispute(case_id)).stop_at
    assert stop_at is not None
    await court.turn(seconds=(stop_at - clock.now()).total_seconds() - 1)
    assert await court.state(case_id) is not DisputeState.EXECUTED
    await court.turn(seconds=1)
    dispute = await court.dispute(case_id)
    assert dispute.ruling is not None
    assert (dispute.state, dispute.awarded) == (DisputeState.EXECUTED, dispute.ruling.amount)
    return dispute.ruling


async def test_a_case_never_outlives_its_last_deadline(court: Court) -> None:
    """What nobody decided is decided by who handed something in, and else by the operator's share."""
    one = await court.refused()
    assert await court.by_buyer(OpenDispute, one, claim="坏的") is _D.DONE
    assert await court.by_buyer(SubmitEvidence, one, words="照片在这里") is _D.DONE
    both = await court.opened(await court.refused())
    assert (await _let_the_clock_decide(court, one)).basis is Basis.ONE_SIDE
    await court.turn(minutes=1)
    dispute = await court.dispute(both)
    assert dispute.ruling is not None
    assert (dispute.ruling.basis, dispute.awarded) == (Basis.SHARE, dispute.goods // 2)
    assert (await court.dispute(one)).awarded == (await court.dispute(one)).most
    assert (await court.shop.case(both)).state is CaseState.REFUNDED


async def test_money_that_is_held_is_not_held_for_ever(court: Court) -> None:
    """Whoever keeps it keeps it so long after payment; a dispute about it is over by then."""
    dispute = await court.dispute(await court.opened(await court.refused()))
    order = await court.shop.read(dispute.order_id)
    assert order.paid_at is not None
    assert dispute.stop_at is not None
    late, now = replace(dispute.rules, custody_days=5, stop_days=60), clock.now()
    assert stop_of(order, late, now) == order.paid_at + timedelta(days=5)
    assert stop_of(order, replace(late, custody_days=1), now) == now + late.evidence_for
    order.received_at = now
    assert stop_of(order, late, now) == now + timedelta(days=60)


async def test_an_appeal_that_nobody_decides_leaves_the_first_ruling(court: Court) -> None:
    case_id = await court.opened(await court.refused())
    assert await court.rule(0, case_id, 30) is _D.DONE
    assert await court.by_buyer(AppealRuling, case_id, words="不服") is _D.DONE
    ruling = await _let_the_clock_decide(court, case_id)
    assert (ruling.basis, ruling.share, ruling.signed_by, ruling.is_appeal) == (Basis.FIRST_RULING, 30, None, True)


async def test_return_postage_counts_towards_what_takes_two(court: Court) -> None:
    case_id = await _sent_back(court)
    assert await court.shop.refuse_return(case_id) is CaseStatus.DONE
    most = (await court.dispute(await court.opened(case_id))).most
    rules = DisputeRules(second_from=most + 1_000)
    publishing = PublishRules(of=DISPUTE_RULES, version=2, rules=rules, reason="运费也算", actor=BY_SYSTEM)
    await court.database.retried(lambda tx: publish_rules(tx, [publishing]))
    below = await _sent_back(court)
    assert await court.shop.refuse_return(below) is CaseStatus.DONE
    assert await court.rule(0, await court.opened(below), 50, Side.MERCHANT, postage=999) is _D.DONE
    ruled = await court.dispute(below)
    assert (ruled.state, [each.number for each in ruled.standing]) == (_S.RULED, [1])
    assert await court.by_buyer(AppealRuling, below, words="再看一看") is _D.DONE
    assert await court.rule(1, below, 50, Side.MERCHANT, postage=1_000) is _D.DONE
    appealed = await court.dispute(below)
    assert (appealed.state, [each.number for each in appealed.standing]) == (_S.APPEAL_PROPOSED, [1])
    assert await court.by_arbiter(2, SecondRuling, below, number=2) is _D.DONE
    done = await court.dispute(below)
    assert (done.state, [each.number for each in done.standing]) == (_S.EXECUTED, [1, 2])


async def test_what_is_cut_into_several_disputes_takes_two_all_the_same(court: Court) -> None:
    """What was awarded of an order counts; what was withdrawn, and what is of another, does not."""
    order_id = await court.shop.order(4, shipped=True)
    withdrawn = await court.opened(await court.refuse(order_id, quantity=1))
    assert await court.by_buyer(WithdrawDispute, withdrawn) is _D.DONE
    first = await court.opened(await court.refuse(order_id, quantity=1))
    most = (await court.dispute(first)).most
    rules = DisputeRules(second_from=most + 1)
    publishing = PublishRules(of=DISPUTE_RULES, version=2, rules=rules, reason="大额要两个人", actor=BY_SYSTEM)
    await court.database.retried(lambda tx: publish_rules(tx, [publishing]))
    assert await court.rule(0, first, 100) is _D.DONE
    assert await court.state(first) is _S.RULED, "nothing else is at stake"
    await court.turn(days=rules.appeal_days + 1)
    assert (await court.dispute(first)).awarded == most
    second = await court.opened(await court.refuse(order_id, quantity=1))
    assert (await court.dispute(second)).beside == {withdrawn: 0, first: most}
    assert await court.rule(0, second, 100) is _D.DONE
    assert await court.state(second) is _S.PROPOSED
    alone = await court.opened(await court.refused(quantity=1))
    assert await court.rule(0, alone, 100) is _D.DONE
    assert await court.state(alone) is _S.RULED, "of another order"


async def test_what_is_still_in_dispute_of_an_order_counts_as_it_stands(court: Court) -> None:
    one = await court.dispute(await court.opened(await court.refused(quantity=1)))
    rules = DisputeRules(second_from=one.most + 500)
    other = replace(one, case_id=new_id(one.case_id), most=500)
    elsewhere = replace(other, order_id=new_id(one.case_id))
    one = replace(one, rules=rules)
    assert not one.takes_two(0, {elsewhere.case_id: elsewhere, one.case_id: one})
    assert one.takes_two(0, {other.case_id: other})
    read = replace(one, beside={other.case_id: 500})
    assert read.takes_two(0)
    # What was decided in the same batch is known better than it was read.
    over = replace(other, ended_at=clock.now(), awarded=499)
    assert not read.takes_two(0, {over.case_id: over})


async def test_one_signature_of_two_decides_nothing(court: Court) -> None:
    """What one arbiter proposed and nobody seconded is not what the clock rules, and no side reads it."""
    rules = DisputeRules(second_from=0)
    publishing = PublishRules(of=DISPUTE_RULES, version=2, rules=rules, reason="都要两个人", actor=BY_SYSTEM)
    await court.database.retried(lambda tx: publish_rules(tx, [publishing]))
    case_id = await court.opened(await court.refused())
    assert await court.rule(0, case_id, 100) is _D.DONE
    ruling = await _let_the_clock_decide(court, case_id)
    assert (ruling.basis, ruling.share) == (Basis.SHARE, rules.stop_share)
    assert [each.number for each in (await court.dispute(case_id)).standing] == [2]
