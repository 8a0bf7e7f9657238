"""Proves that who paid a merchant order may complain of it, is answered, and gets money back once at most."""

import asyncio
from collections.abc import Sequence
from copy import deepcopy
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.deposits.examples import give
from tests.orders.market import WAITING
from tests.pages.site import PAYMENT_PASSWORD
from tests.wire.test_trade import call, command, make, name_partner, pay
from tests.wire.world import World, fund, make_merchant, open_shop, receiving
from weiji.chargebacks import EndChargeback, TakeChargeback, end_chargebacks, take_chargebacks
from weiji.chargebacks.model import Purse, case_id_of
from weiji.chargebacks.store import get_cases
from weiji.deposits import TakeBackDeposit, TakeBackDepositStatus, take_back_deposits
from weiji.disputes import DisputeRules
from weiji.events import BY_CHANNEL, BY_CLOCK, Actor
from weiji.events.model import ActorKind
from weiji.events.outbox import get_trail
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.clock import CLOCK, SHANGHAI
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import chart
from weiji.orders import TradeRules
from weiji.orders.closing import get_open
from weiji.payments import guest_of
from weiji.wire.complaints import (
    SAYINGS_MAX,
    TIMES_MAX,
    AgreeToComplaint,
    AskComplaint,
    Complaint,
    ComplaintReason,
    ComplaintState,
    ComplaintStatus,
    ComplaintVerb,
    CompleteComplaint,
    DecideComplaint,
    DecisionResult,
    RefuseComplaint,
    RejectDecision,
    SayInComplaint,
    SecondDecision,
    TakeComplaintFurther,
    WithdrawComplaint,
    agree_to_complaints,
    ask_complaints,
    complete_complaints,
    decide_complaints,
    get_file,
    get_last_of_order,
    read_written,
    refuse_complaints,
    say_in_complaints,
    take_complaints_further,
    target,
)
from weiji.wire.complaints.handlers import Reactions
from weiji.wire.complaints.machine import OPEN, OVER
from weiji.wire.complaints.model import ExpireComplaint, NoteOrderRefund, Ruling
from weiji.wire.complaints.rules import Found, Hearing, refund_number, refund_of, seal_of
from weiji.wire.tickets import write_complaint_ticket
from weiji.wire.trade import (
    MerchantOrder,
    RefundMerchantOrder,
    Refunds,
    State,
    TakeMerchantPayment,
    get_orders,
    order_id_of,
)
from weiji.wire.trade.rules import ShopTerms, judge_place, judge_take
from weiji.word_rules import Action, Field, Hit

S, V, Status = ComplaintState, ComplaintVerb, ComplaintStatus
DONE = DecisionResult(status=Status.DONE)
NOW = clock.now()
SHOP, PROVIDER, PAYER = new_id(), new_id(), new_id()
ARBITERS = (new_id(), new_id())
ACTORS: dict[ActorKind, Actor] = {
    "buyer": Actor("buyer", PAYER),
    "merchant": Actor("merchant", SHOP),
    "staff": Actor("staff", ARBITERS[0]),
    "clock": BY_CLOCK,
    "channel": BY_CHANNEL,
}


def paid(total: int = 1_000) -> MerchantOrder:
    """Make an order that its payer paid, by the rules of trade."""
    orders: dict[UUID, Any] = {}
    placed = command(SHOP, total, "complained")
    judge_place(orders, {SHOP: ShopTerms(is_open=True, is_verified=True)}, 6_000, 1, placed, NOW)
    order = orders[placed.id]
    payment = TakeMerchantPayment(
        order_id=order.id,
        payment_id=new_id(PAYER),
        payer_id=PAYER,
        shop_id=SHOP,
        amount=total,
        channel="balance",
        actor=ACTORS["buyer"],
    )
    assert judge_take(order, payment, NOW) == "held"
    return order  # type: ignore[no-any-return]


def hearing(order: MerchantOrder, complaints: Sequence[Complaint] = (), second_from: int = 100_000) -> Hearing:
    return Hearing(
        Refunds({order.id: order}, {}, NOW),
        {each.id: each for each in complaints},
        TradeRules(),
        DisputeRules(second_from=second_from),
        NOW,
    )


def asking(order: MerchantOrder, amount: int = 400, **given: Any) -> AskComplaint:
    return AskComplaint(
        **{
            "id": new_id(order.id),
            "order_id": order.id,
            "reason": ComplaintReason.NOT_RECEIVED,
            "words": "没有收到",
            "amount": amount,
            "actor": ACTORS["buyer"],
            **given,
        }
    )


def complaint_in(state: ComplaintState, order: MerchantOrder) -> Complaint:
    """Put a complaint where it may be, with its clock run out."""
    is_signed = state in (S.PROPOSED, S.DISMISSED)
    refund_id = refund_of(order, derive(order.id, "c")) if state in (S.REFUNDING, S.REFUNDED) else None
    return Complaint(
        id=derive(order.id, "c"),
        order_id=order.id,
        shop_id=SHOP,
        maker_id=PROVIDER,
        payer_id=PAYER,
        number=1,
        reason=ComplaintReason.OTHER,
        words="x",
        proof=(),
        amount=400,
        state=state,
        ruling=Ruling(amount=300, words="x", signed_by=ARBITERS[1], signed_at=NOW) if is_signed else None,
        refund_id=refund_id,
        due_at=NOW if state in OPEN else None,
        asked_at=NOW,
        further_at=NOW,
    )


def moves_of(verb: ComplaintVerb, complaint: Complaint, kind: ActorKind) -> tuple[Any, Any]:
    """Say by which method, and with what, somebody does a verb to a complaint."""
    base = {"complaint_id": complaint.id, "actor": ACTORS[kind], "shop_id": SHOP if kind == "merchant" else None}
    match verb:
        case V.SAY:
            return Hearing.say, SayInComplaint(**base, words="好")
        case V.REFUSE:
            return Hearing.refuse, RefuseComplaint(**base, words="不")
        case V.AGREE:
            return Hearing.agree, AgreeToComplaint(**base)
        case V.COMPLETE:
            return Hearing.complete, CompleteComplaint(**base)
        case V.TAKE_FURTHER:
            return Hearing.take_further, TakeComplaintFurther(**base)
        case V.WITHDRAW:
            return Hearing.withdraw, WithdrawComplaint(**base)
        case V.EXPIRE:
            return Hearing.expire, ExpireComplaint(**base)
        case V.AWARD if complaint.state is S.PROPOSED:
            return Hearing.second, SecondDecision(**base, seen=seal_of(complaint))
        case V.AWARD | V.PROPOSE:
            return Hearing.decide, DecideComplaint(**base, amount=300, words="退")
        case V.DISMISS if complaint.state is S.PROPOSED and complaint.ruling:
            complaint.ruling = Ruling(amount=0, words="x", signed_by=ARBITERS[1], signed_at=NOW)
            return Hearing.second, SecondDecision(**base, seen=seal_of(complaint))
        case V.DISMISS:
            return Hearing.decide, DecideComplaint(**base, amount=0, words="不退")
        case V.REJECT:
            return Hearing.reject, RejectDecision(**base, seen=seal_of(complaint), words="再看")
        case _:
            raise AssertionError(verb)


BY_MONEY = (V.NOTE_WHOLE, V.NOTE_REFUND)


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("verb", [verb for verb in V if verb not in BY_MONEY])
def test_every_verb_in_every_state_by_everybody_goes_as_the_table_says(verb: V, state: S) -> None:
    for kind in ("buyer", "merchant", "staff", "clock"):
        # Judged alone by staff, everything is below the line; what is proposed is from it on.
        order = paid()
        complaint = complaint_in(state, order)
        bench = hearing(order, [complaint], second_from=400 if verb is V.PROPOSE else 100_000)
        judge, asked = moves_of(verb, complaint, kind)
        expected = target(verb, state, kind)
        status = judge(bench, asked)
        if expected is None:
            assert status is not Status.DONE, f"{verb} in {state} by {kind}"
            assert (complaint.state, order.refunded, bench.told) == (state, 0, [])
        else:
            assert (status, complaint.state) == (Status.DONE, expected), f"{verb} in {state} by {kind}"
            assert order.refunded == {V.AGREE: 400, V.AWARD: 300}.get(verb, 0)
            assert (complaint.due_at is not None) == (expected in OPEN)
            assert (complaint.ended_at is not None) == (expected in OVER)
            assert bench.told[0].complaint is complaint


@pytest.mark.parametrize("state", S)
def test_what_a_program_refunds_whole_ends_what_is_asked_for(state: S) -> None:
    order = paid()
    complaint = complaint_in(state, order)
    bench = hearing(order, [complaint])
    refund = refund_order(bench, order, 600)
    assert bench.note_refund(refund) is Status.COMPLAINT_NOT_FOUND
    assert complaint.state is state, "a part of the order ends nothing"
    refund = refund_order(bench, order, 400)
    status = bench.note_refund(refund)
    assert (status is Status.DONE) == (target(V.NOTE_WHOLE, state, "merchant") is not None)
    if status is Status.DONE:
        assert (complaint.state, complaint.refund_id, complaint.amount) == (S.REFUNDING, refund.refund_id, 400)
        bench.refunds.refunds[refund.refund_id].arrived_at = NOW
        assert [bench.note_refund(refund), bench.note_refund(refund)] == [Status.DONE, Status.EXISTS]
        assert (complaint.state, complaint.ended_at) == (S.REFUNDED, NOW)


def test_it_is_decided_where_the_staff_did_and_not_where_its_sides_or_the_money_ended_it() -> None:
    order = paid()
    ends = [
        (S.REVIEWING, V.AWARD, "staff"), (S.PROPOSED, V.AWARD, "staff"), (S.REVIEWING, V.DISMISS, "staff"),
        (S.PROPOSED, V.AGREE, "merchant"), (S.REVIEWING, V.WITHDRAW, "buyer"),
    ]  # fmt: skip
    decided = []
    for state, verb, kind in ends:
        found = complaint_in(state, order)
        method, move = moves_of(verb, found, kind)  # type: ignore[arg-type]
        assert method(hearing(deepcopy(order), [found]), move) is Status.DONE, (state, verb)
        decided.append(found.decided_at)
    whole = complaint_in(S.PROPOSED, order)
    bench = hearing(order, [whole])
    assert bench.note_refund(refund_order(bench, order, order.total)) is Status.DONE
    assert [*decided, whole.decided_at] == [NOW, NOW, NOW, None, None, None]


def refund_order(bench: Hearing, order: MerchantOrder, amount: int) -> NoteOrderRefund:
    """Have the merchant's program give a part of an order back."""
    asked = RefundMerchantOrder(
        id=new_id(order.id),
        order_id=order.id,
        caller_mchid=order.caller_mchid,
        number=new_id().hex,
        amount=amount,
        total=None,
        reason=None,
        notify_url=None,
        key_id=None,
        actor=ACTORS["merchant"],
    )
    assert bench.refunds.make(asked) == "created"
    return NoteOrderRefund(order_id=order.id, refund_id=asked.id, is_whole=order.refunded == order.total)


def test_what_is_asked_has_to_be_the_payers_own_and_to_make_sense() -> None:
    order = paid()
    bench = hearing(order)
    for status, wrong in (
        (Status.ORDER_NOT_FOUND, asking(order, actor=Actor("buyer", new_id()))),
        (Status.ORDER_NOT_FOUND, asking(order, order_id=new_id(order.id))),
        (Status.AMOUNT_OUT_OF_RANGE, asking(order, 1_001)),
        (Status.AMOUNT_OUT_OF_RANGE, asking(order, -1)),
        (Status.WORDS_INVALID, asking(order, words="  ")),
        (Status.WORDS_INVALID, asking(order, words="长" * 501)),
        (Status.PROOF_INVALID, asking(order, proof=("/media/elsewhere.webp",))),
    ):
        assert bench.ask(wrong) is status
    far = next(id for _ in range(1_000) if (id := new_id()).int % 64 != order.id.int % 64)
    assert bench.ask(asking(order, id=far)) is Status.ID_IN_ANOTHER_SHARD
    first = asking(order)
    assert [bench.ask(first), bench.ask(first)] == [Status.DONE, Status.EXISTS]
    assert bench.ask(asking(order, id=first.id, words="别的")) is Status.EXISTS_WITH_DIFFERENT_TERMS
    assert bench.ask(asking(order)) is Status.COMPLAINT_OPEN
    for _ in range(TIMES_MAX - 1):
        open_now = next(each for each in bench.complaints.values() if each.is_open)
        assert bench.withdraw(WithdrawComplaint(complaint_id=open_now.id, actor=ACTORS["buyer"])) is Status.DONE
        assert bench.ask(asking(order)) is Status.DONE
    open_now = next(each for each in bench.complaints.values() if each.is_open)
    assert open_now.number == TIMES_MAX
    bench.withdraw(WithdrawComplaint(complaint_id=open_now.id, actor=ACTORS["buyer"]))
    assert bench.ask(asking(order)) is Status.TOO_MANY_COMPLAINTS
    old = paid()
    old.paid_at = NOW - timedelta(days=180)
    assert hearing(old).ask(asking(old)) is Status.TOO_LATE
    unpaid = paid()
    unpaid.state = State.CLOSED
    assert hearing(unpaid).ask(asking(unpaid)) is Status.NOT_ALLOWED_NOW


def test_neither_side_speaks_without_end_and_strangers_never() -> None:
    order = paid()
    complaint = complaint_in(S.ASKED, order)
    bench = hearing(order, [complaint])
    for kind in ("buyer", "merchant"):
        judge, said = moves_of(V.SAY, complaint, kind)  # type: ignore[arg-type]
        assert [judge(bench, said) for _ in range(SAYINGS_MAX)] == [Status.DONE] * SAYINGS_MAX
        assert judge(bench, said) is Status.TOO_MANY_SAYINGS
    stranger = SayInComplaint(complaint_id=complaint.id, actor=Actor("buyer", new_id()), words="?")
    assert bench.say(stranger) is Status.COMPLAINT_NOT_FOUND
    other = SayInComplaint(complaint_id=complaint.id, actor=ACTORS["merchant"], shop_id=new_id(), words="?")
    assert bench.say(other) is Status.COMPLAINT_NOT_FOUND


def test_of_so_much_two_sign_and_nobody_who_is_concerned() -> None:
    order = paid()
    complaint = complaint_in(S.REVIEWING, order)
    bench = hearing(order, [complaint], second_from=400)
    base: dict[str, Any] = {"complaint_id": complaint.id}
    first, second = (Actor("staff", id) for id in ARBITERS)
    decide = DecideComplaint(**base, actor=first, amount=400, words="没有发货")
    assert bench.decide(DecideComplaint(**base, actor=first, amount=401, words="x")) is Status.AMOUNT_OUT_OF_RANGE
    assert bench.decide(DecideComplaint(**base, actor=first, amount=1, words=" ")) is Status.WORDS_INVALID
    for actor, shops in ((Actor("staff", PAYER), ()), (first, (SHOP,)), (first, (new_id(), PROVIDER))):
        theirs = DecideComplaint(**base, actor=actor, shops=shops, amount=400, words="x")
        assert bench.decide(theirs) is Status.IS_PARTY
    assert (bench.decide(decide), complaint.state, order.refunded) == (Status.DONE, S.PROPOSED, 0)
    seen, ruling = seal_of(complaint), complaint.ruling
    assert ruling
    assert bench.second(SecondDecision(**base, actor=first, seen=seen)) is Status.ANOTHER_NEEDED
    for shop_id in (SHOP, PROVIDER):
        theirs = SecondDecision(**base, actor=second, shops=(shop_id,), seen=seen)
        assert bench.second(theirs) is Status.IS_PARTY
        objecting = RejectDecision(**base, actor=second, shops=(shop_id,), seen=seen, words="?")
        assert bench.reject(objecting) is Status.IS_PARTY
    # What is signed is what was read: nobody's text is changed between the signatures, nor who pays, nor whom.
    for other in (
        replace(complaint, ruling=replace(ruling, amount=399)),
        replace(complaint, ruling=replace(ruling, words="没有发货。")),
        replace(complaint, ruling=replace(ruling, signed_by=new_id())),
        replace(complaint, shop_id=new_id()),
        replace(complaint, payer_id=new_id()),
    ):
        assert bench.second(SecondDecision(**base, actor=second, seen=seal_of(other))) is Status.DECISION_DIFFERS
        objecting = RejectDecision(**base, actor=second, seen=seal_of(other), words="不对")
        assert bench.reject(objecting) is Status.DECISION_DIFFERS, "nor is that rejected which nobody read"
    assert (complaint.state, order.refunded) == (S.PROPOSED, 0)
    assert bench.second(SecondDecision(**base, actor=second, seen=seen)) is Status.DONE
    assert (complaint.state, order.refunded) == (S.REFUNDING, 400)
    # Nothing goes back by one signature either, where so much is asked for.
    order = paid()
    complaint = complaint_in(S.REVIEWING, order)
    bench = hearing(order, [complaint], second_from=400)
    nothing = DecideComplaint(complaint_id=complaint.id, actor=first, amount=0, words="发了货")
    assert (bench.decide(nothing), complaint.state) == (Status.DONE, S.PROPOSED)
    reject = RejectDecision(complaint_id=complaint.id, actor=second, seen=seal_of(complaint), words="再看看")
    assert (bench.reject(reject), complaint.state, complaint.ruling) == (Status.DONE, S.REVIEWING, None)
    # Both are for the staff: in the shop's log is only that it happened.
    (kept,) = complaint.objections
    assert (kept.ruling.amount, kept.ruling.words, kept.words, kept.by) == (0, "发了货", "再看看", ARBITERS[1])
    assert [msgspec.to_builtins(each.event) for each in bench.told] == [{}, {}]


def test_a_large_sum_stays_one_however_many_complaints_of_the_order_it_is_cut_into() -> None:
    order = paid()
    first, second = (
        replace(complaint_in(S.REVIEWING, order), id=new_id(order.id), amount=399, number=number) for number in (1, 2)
    )
    bench = hearing(order, [first, second], second_from=400)

    def decide(complaint: Complaint, amount: int) -> ComplaintStatus:
        staff = Actor("staff", ARBITERS[0])
        return bench.decide(DecideComplaint(complaint_id=complaint.id, actor=staff, amount=amount, words="没有发货"))

    assert (decide(first, 399), first.state, order.refunded) == (Status.DONE, S.REFUNDING, 399)
    first.state = S.REFUNDED
    assert (decide(second, 399), second.state, order.refunded) == (Status.DONE, S.PROPOSED, 399)
    assert (
        bench.second(SecondDecision(complaint_id=second.id, actor=Actor("staff", ARBITERS[1]), seen=seal_of(second)))
        is Status.DONE
    )
    assert (second.state, order.refunded) == (S.REFUNDING, 798)


def test_what_is_proposed_is_not_the_decision_where_it_ends_otherwise() -> None:
    for end in (V.AGREE, V.NOTE_WHOLE):
        order = paid()
        complaint = complaint_in(S.PROPOSED, order)
        bench = hearing(order, [complaint])
        if end is V.AGREE:
            judge, asked = moves_of(V.AGREE, complaint, "merchant")
            assert judge(bench, asked) is Status.DONE
        else:
            assert bench.note_refund(refund_order(bench, order, 1_000)) is Status.DONE
        assert (complaint.state, complaint.ruling) == (S.REFUNDING, None), end


def test_the_refund_that_leaves_nothing_ends_a_complaint_whichever_is_told_first() -> None:
    order = paid()
    complaint = complaint_in(S.ASKED, order)
    bench = hearing(order, [complaint])
    part, rest = refund_order(bench, order, 600), refund_order(bench, order, 400)
    # By the time it is told of the first, nothing is left; and the payer may have the first already.
    bench.refunds.refunds[part.refund_id].arrived_at = NOW
    assert bench.note_refund(part) is Status.COMPLAINT_NOT_FOUND
    assert bench.note_refund(rest) is Status.DONE
    assert (complaint.state, complaint.refund_id, complaint.amount) == (S.REFUNDING, rest.refund_id, 400)


def test_money_that_others_have_is_given_back_where_the_staff_award_it_and_by_no_agreement() -> None:
    order = paid()
    order.released, order.fee, order.shared = 0, 0, 900
    complaint = complaint_in(S.REVIEWING, order)
    bench = hearing(order, [complaint])
    agree = AgreeToComplaint(complaint_id=complaint.id, actor=ACTORS["merchant"], shop_id=SHOP)
    assert bench.agree(agree) is Status.SHARED_OUT
    assert (complaint.state, complaint.ruling, order.refunded) == (S.REVIEWING, None, 0)
    decide = DecideComplaint(complaint_id=complaint.id, actor=ACTORS["staff"], amount=400, words="退")
    assert bench.decide(decide) is Status.DONE
    assert (complaint.state, order.refunded, order.advanced, order.held) == (S.REFUNDING, 400, 300, 0)


def test_what_word_rules_find_is_marked_and_with_the_staff_nothing_is_refused() -> None:
    order = paid()
    complaint = complaint_in(S.ASKED, order)
    bench = hearing(order, [complaint])
    refused = Hit(
        rule_id=new_id(),
        name="骂人",
        action=Action.REFUSE,
        field=Field.MESSAGE,
        word="骗子",
        found="骗 子",
        reason="别骂",
    )
    noted = replace(refused, rule_id=new_id(), action=Action.NOTE, word="微信")
    bench.found = {
        ("buyer", "骗子"): Found((refused, noted), is_refused=True),
        ("merchant", "没有返现"): Found((noted,), is_refused=False),
    }
    mine = SayInComplaint(complaint_id=complaint.id, actor=ACTORS["buyer"], words="骗子")
    theirs = SayInComplaint(complaint_id=complaint.id, actor=ACTORS["merchant"], shop_id=SHOP, words="没有返现")
    assert (bench.say(mine), complaint.marks) == (Status.WORDS_REFUSED, ())
    assert [bench.say(theirs), bench.say(theirs)] == [Status.DONE] * 2
    assert [(each.by, each.word, each.found) for each in complaint.marks] == [("merchant", "微信", "骗 子")]
    complaint.state = S.REVIEWING
    assert bench.say(mine) is Status.DONE
    assert [(each.by, each.word) for each in complaint.marks] == [
        ("merchant", "微信"), ("buyer", "骗子"), ("buyer", "微信"),
    ]  # fmt: skip


VERBS = [V.SAY, V.REFUSE, V.AGREE, V.COMPLETE, V.TAKE_FURTHER, V.WITHDRAW, V.AWARD, V.DISMISS, V.REJECT]
KINDS: list[ActorKind] = ["buyer", "merchant", "staff", "clock"]


@given(st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(KINDS)), max_size=10), st.sampled_from(list(S)))
def test_law_of_batches(acts: list[tuple[V, ActorKind]], state: S) -> None:
    order = paid()
    orders, complaints = [order, deepcopy(order)], [complaint_in(state, order), complaint_in(state, order)]
    together = hearing(orders[0], [complaints[0]])
    commands = [moves_of(verb, complaint_in(S.REVIEWING, order), kind) for verb, kind in acts]
    answers = [judge(together, asked) for judge, asked in commands]
    alone, made = [], {}
    for judge, asked in commands:
        bench = hearing(orders[1], [complaints[1]])
        bench.refunds.refunds |= made
        alone.append(judge(bench, asked))
        made |= bench.refunds.refunds
    assert answers == alone
    assert (orders[0], complaints[0]) == (orders[1], complaints[1])
    assert orders[0].refunded <= 400, "once at most"


# Over the protocol


async def paid_order(world: World, *, handle: str | None = None, total: int = 1_000) -> tuple[Any, UUID, str]:
    """Have an order made and paid; give the client, the order's id and its number."""
    client = await asyncio.to_thread(world.client)
    number, ticket = await make(client, total)
    await pay(world, ticket, handle=handle)
    return client, order_id_of(world.merchant.shop_id, world.merchant.mchid, number), number


async def complain(world: World, order_id: UUID, payer_id: UUID, amount: int, words: str = "没有收到") -> UUID:
    asked = AskComplaint(
        id=new_id(order_id),
        order_id=order_id,
        reason=ComplaintReason.NOT_RECEIVED,
        words=words,
        amount=amount,
        actor=Actor("buyer", payer_id),
    )
    assert await world.program.batchers.of(ask_complaints, "order_id").submit(asked) is Status.DONE
    return asked.id


async def state_of(world: World, id: UUID) -> S:
    async with world.program.database.read() as reader:
        found = await get_file(reader, id)
    assert found
    return found.complaint.state


async def test_a_program_hears_of_a_complaint_answers_it_and_gives_the_money_back(world: World) -> None:
    payer_id = await world.site.person("plaintiff", money=100_000)
    client, order_id, number = await paid_order(world, handle="plaintiff")
    async with receiving() as (url, heard):
        await call(client.complaint_notification_create, url)
        id = await complain(world, order_id, payer_id, 1_000)
        await world.told()
        told = await asyncio.to_thread(client.callback, *heard[-1])
        assert told["event_type"] == "COMPLAINT.CREATE"
        assert told["resource"] == {"complaint_id": id.hex, "action_type": "CREATE_COMPLAINT"}
        day = clock.now().astimezone(SHANGHAI).date().isoformat()
        _, said = await call(client.complaint_list_query, day, day)
        (found,) = [each for each in said["data"] if each["complaint_id"] == id.hex]
        assert (found["complaint_state"], found["complaint_detail"]) == ("PENDING", "没有收到")
        assert found["complaint_order_info"] == [
            {"transaction_id": order_id.hex, "out_trade_no": number, "amount": 1_000}
        ]
        assert (found["apply_refund_amount"], found["incoming_user_response"]) == (1_000, True)
        status, said = await call(client.complaint_complete, id.hex)
        assert (status, said["code"]) == (400, "INVALID_REQUEST"), "nothing was done about it"
        assert await call(client.complaint_response, id.hex, "马上查") == (204, None)
        assert await call(client.complaint_complete, id.hex) == (204, None)
        _, said = await call(client.complaint_detail_query, id.hex)
        assert (said["complaint_state"], said["incoming_user_response"]) == ("PROCESSED", False)
        assert await call(client.complaint_update_refund, id.hex, "APPROVE") == (204, None)
        assert await call(client.complaint_update_refund, id.hex, "APPROVE") == (204, None), "once"
        await world.told()
        _, said = await call(client.complaint_detail_query, id.hex)
        assert (said["complaint_state"], said["complaint_full_refunded"]) == ("PROCESSED", True)
        assert await state_of(world, id) is S.REFUNDED
        _, said = await call(client.query_refund, f"C.{id.hex}")
        assert (said["status"], said["amount"]["refund"]) == ("SUCCESS", 1_000)
        _, said = await call(client.complaint_history_query, id.hex)
        assert [step["operate_type"] for step in said["data"]] == [
            "COMPLAINT_REFUND_RECEIVED_SYSTEM_MESSAGE",
            "COMPLAINT_FULL_REFUNDED_SYSTEM_MESSAGE",
            "MERCHANT_APPROVE_REFUND",
            "MERCHANT_CONFIRM_COMPLETE",
            "MERCHANT_RESPONSE",
            "USER_CREATE_COMPLAINT",
        ]
        opened = [await asyncio.to_thread(client.callback, *each) for each in heard]
        actions = {each["resource"]["action_type"] for each in opened if each["resource"]["complaint_id"] == id.hex}
        assert actions == {
            "CREATE_COMPLAINT",
            "MERCHANT_RESPONSE",
            "MERCHANT_CONFIRM_COMPLETE",
            "MERCHANT_APPROVE_REFUND",
            "SELLER_REFUND",
            "REFUND_SUCCESS",
        }
        await call(client.complaint_notification_delete)


async def test_no_program_takes_the_number_of_the_refund_that_ends_a_complaint(world: World) -> None:
    payer_id = await world.site.person("awarded", money=100_000)
    client, order_id, number = await paid_order(world, handle="awarded")
    id = await complain(world, order_id, payer_id, 400)
    amount = {"refund": 1, "total": 1_000, "currency": "CNY"}
    code, said = await call(client.refund, f"C{id.hex}", amount, out_trade_no=number)
    assert code == 200, said
    code, said = await call(client.refund, refund_number(id), amount, out_trade_no=number)
    assert (code, said["code"]) == (400, "PARAM_ERROR")
    assert await call(client.complaint_update_refund, id.hex, "APPROVE") == (204, None)
    _, said = await call(client.query_refund, refund_number(id))
    assert (said["amount"]["refund"], said["transaction_id"]) == (400, order_id.hex)


async def test_a_refund_of_the_whole_order_by_the_program_ends_its_complaint(world: World) -> None:
    payer_id = await world.site.person("patient", money=100_000)
    client, order_id, number = await paid_order(world, handle="patient")
    id = await complain(world, order_id, payer_id, 0, "为什么不回我")
    status, said = await call(client.complaint_update_refund, id.hex, "APPROVE")
    assert (status, said["code"]) == (400, "INVALID_REQUEST"), "no money is asked for"
    code, said = await call(
        client.refund, f"R{number}", {"refund": 1_000, "total": 1_000, "currency": "CNY"}, out_trade_no=number
    )
    assert code == 200, said
    await world.told()
    assert await state_of(world, id) is S.REFUNDED
    assert await call(client.complaint_complete, id.hex) == (204, None)


async def test_silence_goes_to_the_staff_and_an_answer_that_nobody_takes_up_ends_it(own_world: World) -> None:
    world = own_world
    payer_id = await world.site.person("silent", money=100_000)
    client, order_id, _ = await paid_order(world, handle="silent")
    reactions = Reactions(world.program.batchers)
    id = await complain(world, order_id, payer_id, 400)
    assert await reactions.meet_deadlines(world.program.database, 10) == 0
    CLOCK.follow(CLOCK.offset + timedelta(hours=TradeRules().answer_hours))
    assert await reactions.meet_deadlines(world.program.database, 10) == 1
    assert await reactions.meet_deadlines(world.program.database, 10) == 0
    assert await state_of(world, id) is S.REVIEWING
    judge = Actor("staff", await world.site.person("judge"))
    decide = DecideComplaint(complaint_id=id, actor=judge, amount=300, words="退一部分")
    assert await world.program.batchers.of(decide_complaints, "complaint_id").submit(decide) == DONE
    await world.told()
    assert await state_of(world, id) is S.REFUNDED
    # Another, which is answered: its payer lets the time pass.
    other = await complain(world, order_id, payer_id, 700)
    assert await call(client.complaint_update_refund, other.hex, "REJECT", reject_reason="发过货了") == (204, None)
    CLOCK.follow(CLOCK.offset + timedelta(days=TradeRules().refused_days))
    assert await reactions.meet_deadlines(world.program.database, 10) == 1
    assert await state_of(world, other) is S.EXPIRED


async def test_the_shop_s_deposit_stays_and_it_does_not_close_before_the_staff_decided(own_world: World) -> None:
    world = own_world
    shop_id, database, batchers = world.merchant.shop_id, world.program.database, world.program.batchers
    payer_id = await world.site.person("waiting", money=100_000)
    _, order_id, _ = await paid_order(world, handle="waiting")
    async with database.transaction() as tx:
        await give(tx, chart.merchant_deposit(shop_id), 1_000)

    async def take_back(id: UUID | None = None) -> TakeBackDepositStatus:
        command = TakeBackDeposit(
            id=id or new_id(shop_id), shop_id=shop_id, amount=100, actor=Actor("merchant", shop_id)
        )
        return await batchers.of(take_back_deposits, "shop_id").submit(command)

    async def open_ones() -> int:
        async with database.read() as reader:
            return (await get_open(reader, shop_id)).complained

    id = await complain(world, order_id, payer_id, 400)
    first = new_id(shop_id)
    assert (await take_back(first), await open_ones()) == (TakeBackDepositStatus.TAKEN_BACK, 1)
    CLOCK.follow(CLOCK.offset + timedelta(hours=TradeRules().answer_hours))
    assert await Reactions(batchers).meet_deadlines(database, 10) == 1
    assert (await take_back(), await open_ones()) == (TakeBackDepositStatus.DISPUTE_OPEN, 1)
    assert await take_back(first) is TakeBackDepositStatus.EXISTS, "what came of it before is no news"
    judge = Actor("staff", await world.site.person("decider"))
    decide = DecideComplaint(complaint_id=id, actor=judge, amount=300, words="退一部分")
    assert await batchers.of(decide_complaints, "complaint_id").submit(decide) == DONE
    assert (await take_back(), await open_ones()) == (TakeBackDepositStatus.TAKEN_BACK, 0)


# By pages


async def test_a_guest_complains_by_the_page_after_paying_and_the_program_gives_it_back(world: World) -> None:
    site, client = world.site, await asyncio.to_thread(world.client)
    number, ticket = await make(client)
    order_id = order_id_of(world.merchant.shop_id, world.merchant.mchid, number)
    async with site.browser() as guest, site.browser() as stranger:
        await guest.visit(f"/pay/{ticket}")
        await guest.send(f"/pay/{ticket}", channel="sandbox")
        await guest.send("/sandbox/charges", verb="pay")
        await site.settle()
        await guest.visit(f"/pay/orders/{order_id}")
        assert guest.statements <= 3
        (path,) = [link for link in guest.links if "/complaint?ticket=" in link]
        # Who only has the ticket to the cashier, the merchant for one, is led to no complaint.
        await stranger.visit(f"/pay/{ticket}")
        assert not [link for link in stranger.links if "complaint" in link]
        # Nor by a ticket of theirs with the letters of one, though its time and its order are right.
        for wrong in ("?ticket=nonsense", f"?ticket={ticket}", f"?ticket=wq{ticket[2:]}"):
            await stranger.visit(f"/pay/orders/{order_id}/complaint{wrong}")
            assert stranger.status == 404, wrong
        await guest.visit(path)
        assert (guest.status, guest.statements <= 3) == (200, True)
        given = {"reason": "not_received", "wants": "refund", "words": "没有收到"}
        await guest.send("/complaint?", **given | {"amount": "10.01"})
        assert guest.status == 422
        assert "没有收到" in guest.page, "nothing is lost"
        await guest.send("/complaint?", **given | {"amount": ""})
        assert "等商家答复" in guest.text
        assert guest.statements <= 3
        (id,) = await complaints_of(world, order_id)
        assert await call(client.complaint_response, id.hex, "马上查") == (204, None)
        await guest.visit(path)
        assert "马上查" in guest.text
        await guest.send("/reply", words="我还在等")
        assert "我还在等" in guest.text
        _, said = await call(client.complaint_detail_query, id.hex)
        assert (said["complaint_state"], said["incoming_user_response"]) == ("PENDING", True)
        assert await call(client.complaint_update_refund, id.hex, "APPROVE") == (204, None)
        await world.told()
        await guest.visit(path)
        assert "退款" in guest.text
        _, said = await call(client.query, out_trade_no=number)
        assert said["trade_state"] == "REFUND"


async def desk_of(world: World) -> tuple[int, int]:
    """Count what waits for the staff, and what they decided."""
    async with world.site.program.database.read() as reader:
        rows = await reader.connection.fetch(
            "select done_at from wire.public_complaint_desk where shard between 0 and 63"
        )
    found = [row["done_at"] for row in rows]
    return found.count(None), len(found) - found.count(None)


async def test_who_writes_the_way_of_a_guest_gets_no_ticket_to_complain(world: World) -> None:
    site, client = world.site, await asyncio.to_thread(world.client)
    number, ticket = await make(client)
    order_id = order_id_of(world.merchant.shop_id, world.merchant.mchid, number)
    async with site.browser() as guest, site.browser() as forger:
        # What browsers kept before it had a mark leads back, and proves nothing.
        forger.client.cookies.set("way", quote(msgspec.json.encode({"ticket": ticket}), safe=""))
        await forger.visit(f"/pay/orders/{order_id}/ways")
        assert forger.path == f"/pay/{ticket}"
        await guest.visit(f"/pay/{ticket}")
        await guest.send(f"/pay/{ticket}", channel="sandbox")
        await guest.send("/sandbox/charges", verb="pay")
        await site.settle()
        async with world.program.database.read() as reader:
            order = (await get_orders(reader, [order_id]))[order_id]
        # The shop is told by which payment its order was paid: anybody may write that down.
        way = quote(msgspec.json.encode({"ticket": ticket, "payment_id": order.payment_id}), safe="")
        for mark in ("", "0" * 64 + "."):
            forger.client.cookies.set("way", mark + way)
            await forger.visit(f"/pay/orders/{order_id}")
            assert forger.status == 200
            assert not [link for link in forger.links if "complaint" in link]
        await guest.visit(f"/pay/orders/{order_id}")
        (path,) = [link for link in guest.links if "/complaint?ticket=" in link]
        # A ticket to complain lets in whom it was written for, and opens no cashier.
        await forger.visit(path)
        assert forger.status == 200
        await forger.visit(f"/pay/{path.partition('=')[2]}")
        assert forger.status == 404


async def test_a_ticket_to_complain_is_of_the_guest_who_paid(world: World) -> None:
    payer_id = await world.site.person("purseholder", money=100_000)
    _, order_id, _ = await paid_order(world, handle="purseholder")
    assert payer_id != guest_of(order_id)
    ticket = write_complaint_ticket(order_id, guest_of(order_id), clock.wall())
    async with world.site.browser() as holder:
        await holder.visit(f"/pay/orders/{order_id}/complaint?ticket={ticket}")
        assert holder.status == 404


async def test_who_paid_from_the_wallet_asks_the_staff_who_decide_in_two(world: World) -> None:
    site = world.site
    await site.person("claimant", money=1_000_000)
    _, order_id, _ = await paid_order(world, handle="claimant", total=100_000)
    for name in ("arbiter1", "arbiter2"):
        role = GrantRole(
            person_id=await site.person(name, money=1), scope=PLATFORM, role=Role.ARBITER, actor=Actor("system")
        )
        async with site.program.database.transaction() as tx:
            await grant_roles(tx, [role])
    here = f"/pay/orders/{order_id}/complaint"
    async with (
        site.browser("claimant") as payer,
        site.browser(f"s{site.seller_id.hex[-8:]}") as shop,
        site.browser("arbiter1") as first,
        site.browser("arbiter2") as second,
    ):
        await payer.visit("/wallet")
        assert f"/pay/orders/{order_id}" in payer.links
        await payer.visit(f"/pay/orders/{order_id}")
        assert (here in payer.links, "¥ 1,000 .00" in payer.text) == (True, True)
        await shop.visit(f"/pay/orders/{order_id}")
        assert (here in shop.links, "¥ 1,000 .00" in shop.text) == (False, False)
        await payer.visit(here)
        await payer.send(here, reason="fraud", wants="refund", amount="1000", words="骗人")
        (id,) = await complaints_of(world, order_id)
        desk = f"/operator/payment-complaints/{id}"
        await first.visit(desk)
        assert first.status == 404, "nobody asked the staff"
        theirs = f"/merchant/{world.merchant.shop_id}/open-payments/complaints"
        await shop.visit(theirs)
        assert (shop.statements <= 3, "骗人" in shop.text) == (True, True)
        await shop.visit(f"{theirs}/{id}")
        assert shop.statements <= 3
        await shop.send("/refusal", words=" ")
        assert shop.status == 422
        await shop.send("/refusal", words="没有骗人。也没有说好评返现")
        await payer.visit(here)
        assert "没有骗人" in payer.text, "that a shop denies to pay for reviews is not refused"
        for page in (payer, shop):
            await page.visit(here if page is payer else f"{theirs}/{id}")
            assert "词语规则找到的" not in page.text
        await payer.send("/further")
        await first.visit("/operator/payment-complaints")
        assert (first.statements <= 3, desk in first.links) == (True, True)
        await first.visit("/operator/desks")
        assert "程序订单的投诉" in first.text
        assert await desk_of(world) == (1, 0)
        await first.visit(desk)
        assert first.statements <= 3
        assert "词语规则找到的" in first.text
        assert "也没有说好评返现" in first.text.partition("词语规则找到的")[2]
        decided = {"outcome": "refund", "amount": "1000", "words": "商家没有证据", "payment_password": PAYMENT_PASSWORD}
        await first.send("/ruling", **decided | {"amount": "1000.01"})
        assert first.status == 422
        await first.send("/ruling", **decided | {"payment_password": "000000"})
        assert first.status == 422
        await first.send("/ruling", **decided)
        assert "这是你签的，要等别人" in first.text
        await payer.visit(here)
        assert "商家没有证据" not in payer.text, "it is not decided"
        await second.visit(desk)
        await second.send("/objection", words=" ")
        assert (second.status, "要写 1 到" in second.text) == (422, True)
        await second.send("/objection", words="少一页")
        for page in (first, second):
            await page.visit(desk)
            assert ("商家没有证据" in page.text, "少一页" in page.text) == (True, True), "the staff keep both"
        for page in (payer, shop):
            await page.visit(here if page is payer else f"{theirs}/{id}")
            assert ("商家没有证据" in page.text, "少一页" in page.text) == (False, False)
        async with world.program.database.read() as reader:
            log = [row["data"] for row in await get_trail(reader, id)]
        assert "商家没有证据" not in str(log), "nor in the log that the shop reads"
        assert "少一页" not in str(log)
        await first.send("/ruling", **decided)
        await second.visit(desk)
        # What was read is rejected elsewhere meanwhile, and proposed anew with the same sum and other words.
        async with site.browser("arbiter2") as elsewhere:
            await elsewhere.visit(desk)
            await elsewhere.send("/objection", words="再少一页")
        await first.visit(desk)
        await first.send("/ruling", **decided | {"words": "商家认了错"})
        # Nor does an objection to what was read end what wasn't: what was typed stays, to be sent or not.
        read = second.page, second.path
        await second.send("/objection", words="还是少一页")
        assert (second.status, "要签的换了一份" in second.text, "还是少一页" in second.page) == (422, True, True)
        second.page, second.path = read
        await second.send("/second", payment_password=PAYMENT_PASSWORD)
        assert (second.status, "要签的换了一份" in second.text, "商家认了错" in second.text) == (422, True, True)
        assert await state_of(world, id) is S.PROPOSED
        await second.send("/second", payment_password=PAYMENT_PASSWORD)
        assert await state_of(world, id) is S.REFUNDING
        assert await desk_of(world) == (0, 1)
        await world.told()
        assert await state_of(world, id) is S.REFUNDED
        assert await desk_of(world) == (0, 1)
        await payer.visit(here)
        assert "商家认了错" in payer.text
        await payer.visit(f"/operator/payment-complaints/{id}")
        assert payer.status == 403
    async with site.browser() as nobody:
        await nobody.visit(here)
        assert nobody.path.startswith("/sign-in")
    await site.person("onlooker")
    async with site.browser("onlooker") as other:
        await other.visit(here)
        assert other.status == 404
        await other.visit(f"/pay/orders/{order_id}")
        assert here not in other.links


async def test_who_paid_and_works_for_the_shop_answers_nothing_for_it(world: World) -> None:
    site = world.site
    person_id = await site.person("ownbuyer", money=1_000_000)
    shop_id = await open_shop(site, "自己的店", owner_id=person_id)
    merchant = await make_merchant(site, shop_id)
    number, ticket = await make(await asyncio.to_thread(world.client, merchant), 1_000)
    await pay(world, ticket, handle="ownbuyer")
    id = await complain(world, order_id_of(shop_id, merchant.mchid, number), person_id, 1_000)
    base: dict[str, Any] = {"complaint_id": id, "shop_id": shop_id}
    mine, others = Actor("merchant", person_id), Actor("merchant", new_id())
    here = f"/merchant/{shop_id}/open-payments/complaints/{id}"
    ways = ("reply", "refusal", "agreement", "completion")
    async with site.browser("ownbuyer") as page:
        for state in (S.ASKED, S.ANSWERED):
            await page.visit(here)
            assert (page.status, page.statements <= 3, "请店里别的人来处理" in page.text) == (200, True, True)
            assert not {f"{here}/{way}" for way in ways} & set(page.links)
            # A form that is made up does no more than the page that has none.
            for way in ways if state is S.ANSWERED else ways[:-1]:
                await page.visit("/me")
                await page.send("/sign-out", f"{here}/{way}", words="好", id=str(new_id()))
                assert "不能处理它" in page.text, way
                assert await state_of(world, id) is state
            if state is S.ASKED:
                said = SayInComplaint(**base, words="马上查", actor=others)
                assert await world.program.batchers.of(say_in_complaints, "complaint_id").submit(said) is Status.DONE
        for operation, move in (
            (say_in_complaints, SayInComplaint(**base, words="好", actor=mine)),
            (refuse_complaints, RefuseComplaint(**base, words="不", actor=mine)),
            (agree_to_complaints, AgreeToComplaint(**base, actor=mine)),
            (complete_complaints, CompleteComplaint(**base, actor=mine)),
        ):
            assert await world.program.batchers.of(operation, "complaint_id").submit(move) is Status.IS_PARTY
        assert await state_of(world, id) is S.ANSWERED
        agreed = AgreeToComplaint(**base, actor=others)
        assert await world.program.batchers.of(agree_to_complaints, "complaint_id").submit(agreed) is Status.DONE
        await page.visit(here)
        assert "请店里别的人来处理" not in page.text, "nothing is left to do"


async def test_who_works_for_the_service_provider_that_made_the_order_decides_nothing(world: World) -> None:
    site, batchers = world.site, world.program.batchers
    payer_id = await site.person("subpayer", money=1_000_000)
    people = {name: await site.person(name, money=1) for name in ("middleman", "outsider1", "outsider2")}
    provider = await make_merchant(site, await open_shop(site, "服务商", owner_id=people["middleman"]))
    sub = await make_merchant(site, await open_shop(site, "特约商户"))
    await name_partner(world, sub, provider.mchid)
    client = await asyncio.to_thread(world.client, provider, partner_mode=True)
    number, ticket = await make(client, 100_000, sub_mchid=sub.mchid)
    await pay(world, ticket, handle="subpayer")
    id = await complain(world, order_id_of(sub.shop_id, provider.mchid, number), payer_id, 100_000)
    moves: list[tuple[Any, Any]] = [
        (
            refuse_complaints,
            RefuseComplaint(
                complaint_id=id, actor=Actor("merchant", sub.shop_id), shop_id=sub.shop_id, words="没有说好评返现"
            ),
        ),
        (take_complaints_further, TakeComplaintFurther(complaint_id=id, actor=Actor("buyer", payer_id))),
    ]
    for operation, move in moves:
        assert await batchers.of(operation, "complaint_id").submit(move) is Status.DONE
    roles = [
        GrantRole(person_id=person_id, scope=PLATFORM, role=Role.ARBITER, actor=Actor("system"))
        for person_id in people.values()
    ]
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, roles)
    desk = f"/operator/payment-complaints/{id}"
    decided = {"outcome": "refund", "amount": "1000", "words": "商家没有证据", "payment_password": PAYMENT_PASSWORD}
    async with (
        site.browser("middleman") as theirs,
        site.browser("outsider1") as first,
        site.browser("outsider2") as second,
    ):
        for page, may in ((theirs, False), (first, True)):
            await page.visit(desk)
            assert (page.status, page.statements <= 3) == (200, True)
            assert (f"{desk}/ruling" in page.links, "不能处理它" not in page.text) == (may, may)
            assert ("词语规则找到的" in page.text) == may, "marks are for who decides"
        await first.send("/ruling", **decided)
        for page, may in ((theirs, False), (second, True)):
            await page.visit(desk)
            assert (f"{desk}/second" in page.links, "商家没有证据" in page.text) == (may, may)
            await page.visit("/operator/payment-complaints")
            row = page.page.partition(f'href="{desk}"')[2].partition("</tr>")[0]
            assert ("等另一位签字" in row, "平台处理中" in row) == (may, not may)
        # A form that is made up does no more than the page that has none.
        signed = {"payment_password": PAYMENT_PASSWORD, "seen": "0" * 64}
        forms: dict[str, dict[str, str]] = {"second": signed, "objection": {}}
        for way, given in forms.items():
            await theirs.visit("/me")
            await theirs.send("/sign-out", f"{desk}/{way}", words="不", **given)
            assert (theirs.status, "不能处理它" in theirs.text) == (422, True), way
        assert await state_of(world, id) is S.PROPOSED


def test_what_the_channel_took_back_does_not_go_back_again() -> None:
    order = paid()
    assert order.payment_id
    complaint = complaint_in(S.REVIEWING, order)
    bench = hearing(order, [complaint])
    took = bench.refunds.disputed = {order.id: 1_000}
    agree = AgreeToComplaint(complaint_id=complaint.id, actor=ACTORS["merchant"], shop_id=SHOP)
    award = DecideComplaint(complaint_id=complaint.id, actor=ACTORS["staff"], amount=400, words="退")
    assert [bench.agree(agree), bench.decide(award)] == [Status.CHARGED_BACK] * 2
    assert (complaint.state, order.refunded, bench.told) == (S.REVIEWING, 0, [])
    took[order.id] = 700
    assert (bench.decide(award), bench.agree(agree), order.refunded) == (Status.CHARGED_BACK, Status.DONE, 300)
    # Of what a coupon paid the payer has no part, by whichever way.
    order = paid()
    assert order.payment_id
    order.discount = 100
    bench = hearing(order, [complaint_in(S.ASKED, order)])
    bench.refunds.disputed = {order.id: order.due}
    agree = AgreeToComplaint(complaint_id=derive(order.id, "c"), actor=ACTORS["merchant"], shop_id=SHOP)
    assert (bench.agree(agree), order.refunded) == (Status.CHARGED_BACK, 0)
    new = hearing(order)
    new.refunds.disputed = bench.refunds.disputed
    assert [new.ask(asking(order, 1)), new.ask(asking(order, 0))] == [Status.CHARGED_BACK, Status.DONE]


def disputing(order: MerchantOrder, reference: str, amount: int = 1_000) -> TakeChargeback:
    """Have a channel take back what was paid for an order; payments know of nothing that went back."""
    assert order.payment_id
    return TakeChargeback(
        near=order.id, payment_id=order.payment_id, order_id=None, shop_id=order.shop_id, purse=Purse.SHOP,
        debtor_id=order.shop_id, recoverable=amount, channel="x", reference=reference, amount=amount, fee=0, reason="",
        respond_by=None, received_at=clock.now(), actor=BY_CHANNEL,
    )  # fmt: skip


@pytest.mark.parametrize("is_won", [True, False])
async def test_a_chargeback_and_a_complaint_give_money_back_once(world: World, is_won: bool) -> None:
    handle = f"disputer{is_won:d}"
    payer_id = await world.site.person(handle, money=100_000)
    _, order_id, number = await paid_order(world, handle=handle)
    shop_id = world.merchant.shop_id
    id = await complain(world, order_id, payer_id, 1_000)
    database, batchers = world.program.database, world.program.batchers
    async with database.read() as reader:
        order = (await get_orders(reader, [order_id]))[order_id]
    assert order.payment_id
    taken = disputing(order, number)
    async with database.transaction() as tx:
        await fund(tx, shop_id, 1_000)  # Else it owes, in all the tests that come.
        assert await take_chargebacks(tx, [taken]) == ["done"]
    agreeing = AgreeToComplaint(complaint_id=id, actor=Actor("merchant", world.site.seller_id), shop_id=shop_id)
    agree = batchers.of(agree_to_complaints, "complaint_id").submit
    assert await agree(agreeing) is Status.CHARGED_BACK
    async with world.site.browser(f"s{world.site.seller_id.hex[-8:]}") as shop:
        await shop.visit(f"/merchant/{shop_id}/open-payments/complaints/{id}")
        await shop.send("/agreement")
        assert "拒付" in shop.text
    assert await state_of(world, id) is S.ASKED
    ended = EndChargeback(near=order_id, channel="x", reference=number, is_won=is_won, actor=BY_CHANNEL)
    async with database.transaction() as tx:
        assert await end_chargebacks(tx, [ended]) == ["done"]
    assert await agree(agreeing) is (Status.DONE if is_won else Status.CHARGED_BACK)
    async with database.read() as reader:
        assert (await get_orders(reader, [order_id]))[order_id].refunded == (1_000 if is_won else 0)


@pytest.mark.parametrize("is_won", [True, False])
async def test_no_program_gives_back_what_the_channel_took(world: World, is_won: bool) -> None:
    client, order_id, number = await paid_order(world)
    database = world.program.database
    async with database.read() as reader:
        order = (await get_orders(reader, [order_id]))[order_id]
    async with database.transaction() as tx:
        await fund(tx, order.shop_id, 1_000)
        assert await take_chargebacks(tx, [disputing(order, number, 700)]) == ["done"]

    async def refund(name: str, amount: int) -> tuple[int, Any]:
        amounts = {"refund": amount, "total": 1_000, "currency": "CNY"}
        said: tuple[int, Any] = await call(client.refund, f"{name}{number}", amounts, out_trade_no=number)
        return said

    # What the channel left may go back: it is the payer's once, and no more of it than that.
    code, said = await refund("R", 301)
    assert (code, said["code"], "拒付" in said["message"]) == (400, "INVALID_REQUEST", True)
    assert (await refund("R", 300))[0] == 200
    assert (await refund("R", 300))[0] == 200, "it exists"
    code, said = await refund("S", 1)
    assert (code, said["code"]) == (400, "INVALID_REQUEST")
    ended = EndChargeback(near=order_id, channel="x", reference=number, is_won=is_won, actor=BY_CHANNEL)
    async with database.transaction() as tx:
        assert await end_chargebacks(tx, [ended]) == ["done"]
    assert (await refund("S", 700))[0] == (200 if is_won else 400)
    async with database.read() as reader:
        assert (await get_orders(reader, [order_id]))[order_id].refunded == (1_000 if is_won else 300)


@pytest.mark.parametrize("is_refund_first", [True, False])
async def test_of_a_refund_and_a_chargeback_in_the_same_instant_one_wins(world: World, is_refund_first: bool) -> None:
    handle = f"instant{is_refund_first:d}"
    payer_id = await world.site.person(handle, money=100_000)
    _, order_id, number = await paid_order(world, handle=handle)
    shop_id, database = world.merchant.shop_id, world.program.database
    id = await complain(world, order_id, payer_id, 1_000)
    async with database.read() as reader:
        order = (await get_orders(reader, [order_id]))[order_id]
    agreeing = AgreeToComplaint(complaint_id=id, actor=Actor("merchant", world.site.seller_id), shop_id=shop_id)
    acts: list[tuple[Any, Any]] = [(agree_to_complaints, agreeing), (take_chargebacks, disputing(order, number))]
    if not is_refund_first:
        acts.reverse()
    async with database.transaction() as tx:
        await fund(tx, shop_id, 1_000)
    async with database.transaction() as tx:
        (first,) = await acts[0][0](tx, [acts[0][1]])
        later = asyncio.create_task(database.retried(lambda tx: acts[1][0](tx, [acts[1][1]])))
        async with database.read() as reader:
            while not await reader.connection.fetchval(WAITING, tx.connection.get_server_pid()):
                assert not later.done(), "it did not wait"
                await asyncio.sleep(0.01)
    (second,) = await later
    async with database.read() as reader:
        case = (await get_cases(reader, [case_id_of(order_id, "x", number)])).popitem()[1]
        refunded = (await get_orders(reader, [order_id]))[order_id].refunded
    # What the shop has to make good of, and what it gave back, are once what was paid.
    assert (refunded, case.held) == ((1_000, 0) if is_refund_first else (0, 1_000))
    assert (first, second) == ("done", "done" if is_refund_first else Status.CHARGED_BACK)


async def complaints_of(world: World, order_id: UUID) -> list[UUID]:
    async with world.program.database.read() as reader:
        found = await get_last_of_order(reader, order_id)
    return [found.complaint.id] if found else []


async def test_word_rules_are_tried_on_what_is_said_in_complaints(world: World) -> None:
    """On what was said in ninety days, and shown to nobody."""
    payer_id = await world.site.person("quoted", money=100_000)
    _, order_id, _ = await paid_order(world, handle="quoted")
    id = await complain(world, order_id, payer_id, 400)
    command = RefuseComplaint(
        complaint_id=id, shop_id=world.merchant.shop_id, words="发过了", actor=Actor("merchant", SHOP)
    )
    assert await world.program.batchers.of(refuse_complaints, "complaint_id").submit(command) is Status.DONE
    offset = CLOCK.offset
    try:
        for turned, found in ((timedelta(), ["没有收到", "发过了"]), (timedelta(days=91), [])):
            CLOCK.follow(offset + turned)
            async with world.program.database.read() as reader:
                since = clock.now() - timedelta(days=90)
                read = await read_written(reader, shard_of(id), UUID(int=0), since, 999)
            assert [text for each in read.things if each.id == id for _, text in each.texts] == found
            assert not any(each.shown for each in read.things)
    finally:
        CLOCK.follow(offset)
