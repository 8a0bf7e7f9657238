"""Proves what money goes back and when: in parts, before and after shipment, receipt and settlement; never too much."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from tests.aftersale.shop import DAY, HOUR, MINUTE, Shop
from tests.word_rules.examples import put, rule
from weiji.aftersale import (
    REFUSALS,
    AcceptOffer,
    AgreeCase,
    AskCase,
    CaseKind,
    CaseState,
    CaseStatus,
    Desk,
    Reason,
    RefusalReason,
    RefuseCase,
    ReplyToCase,
    WithdrawCase,
    get_sayings,
    saying_word,
    sayings_of,
)
from weiji.aftersale.model import REPLIES_MAX, CounterCase
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.deadlines import list_set_aside
from weiji.kit.ids import new_id
from weiji.kit.money import share_so_far
from weiji.ledger import verify
from weiji.orders import (
    ConfirmOrder,
    Line,
    MoveStatus,
    Order,
    PublishRules,
    PublishRulesStatus,
    State,
    TradeRules,
    confirm_orders,
    publish_rules,
    refund_bounds,
)
from weiji.orders import rules as order_rules
from weiji.orders.casework import end_of_days
from weiji.orders.fees.model import NOTICE
from weiji.orders.model import RefundOrder
from weiji.orders.operations import refund_orders
from weiji.orders.paying import ConfirmStatus, ProvedConfirmation, confirm_proved_orders
from weiji.orders.prices import Shares
from weiji.word_rules import Field

CANCEL, REFUND, RETURN = CaseKind.CANCEL, CaseKind.REFUND, CaseKind.RETURN


async def test_a_fault_with_one_keeps_no_other_waiting(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of orders and of cases whose time has come together: the one that is wrong is set aside, the rest is done."""
    asked = [await shop.ask(await shop.order(1), CaseKind.CANCEL) for _ in range(2)]
    unpaid = [(await shop.market.place(shop.buyer))[0] for _ in range(2)]

    def failing(judge: Any, id_of: str, bad: Any) -> Any:
        def judge_but_one(*args: Any) -> Any:
            if getattr(args[1], id_of) == bad:
                raise RuntimeError("a fault of ours")
            return judge(*args)

        return judge_but_one

    monkeypatch.setattr(Desk, "agree", failing(Desk.agree, "case_id", asked[0]))
    monkeypatch.setattr(order_rules, "judge_close", failing(order_rules.judge_close, "order_id", unpaid[0]))
    clock.CLOCK.follow(clock.CLOCK.offset + 2 * DAY + MINUTE)
    for reactions in (shop.reactions, shop.market.reactions):
        await reactions.meet_deadlines(shop.market.database, 500)
    async with shop.market.database.read() as reader:
        aside = {row["id"]: row["error"] for row in await list_set_aside(reader, 9)}
    assert aside == dict.fromkeys((asked[0], unpaid[0]), "RuntimeError: a fault of ours")
    assert [(await shop.case(id)).state for id in asked] == [CaseState.ASKED, CaseState.REFUNDING]
    assert [(await shop.read(id)).state for id in unpaid] == [State.CREATED, State.CLOSED]


async def test_a_unit_that_was_not_sent_goes_back_and_the_rest_is_sent(shop: Shop) -> None:
    order_id = await shop.order(3)
    before = await shop.read(order_id)
    case_id = await shop.ask(order_id, CANCEL)
    asked = await shop.read(order_id)
    assert (asked.due_at, asked.open_cases, asked.lines[0].withheld) == (None, 1, 1)
    # What somebody may not want any more is not sent: neither by name nor with all the rest.
    assert await shop.market.ship(order_id, ((1, 3),)) is MoveStatus.LINES_INVALID
    assert await shop.agree(case_id) is CaseStatus.DONE
    assert (await shop.case(case_id)).state is CaseState.REFUNDING
    assert await shop.money(order_id) == {
        "wallet": 100_000 - 2 * 9_800, "escrow": 2 * 9_800, "pending": 0, "available": 0, "refundable": 0, "fee": 0,
    }  # fmt: skip
    assert (await shop.case(case_id)).state is CaseState.REFUNDED
    order = await shop.read(order_id)
    assert (order.state, order.units, order.refunded, order.open_cases) == (State.PAID, 2, 9_800, 0)
    assert before.due_at is not None
    assert order.due_at is not None
    assert abs(order.due_at - before.due_at) < MINUTE
    assert await shop.market.stock() == (100, 2, 0)
    assert await shop.market.ship(order_id) is MoveStatus.DONE
    assert await shop.market.confirm(shop.buyer, order_id) is MoveStatus.DONE
    assert (await shop.money(order_id))["pending"] == 2 * 9_800
    assert await shop.market.stock() == (98, 0, 2)


async def test_an_order_whose_last_unit_goes_back_is_over(shop: Shop) -> None:
    order_id = await shop.order(2)
    for _ in range(2):
        assert await shop.agree(await shop.ask(order_id, CANCEL)) is CaseStatus.DONE
    assert (await shop.money(order_id))["wallet"] == 100_000
    order = await shop.read(order_id)
    assert (order.state, order.units, order.due_at) == (State.REFUNDED, 0, None)
    assert order.refunded_at is not None
    assert await shop.market.stock() == (100, 0, 0)


async def test_giving_up_what_is_left_makes_an_order_wholly_sent(shop: Shop) -> None:
    order_id = await shop.order(3, shipped=((1, 1),))
    case_id = await shop.ask(order_id, CANCEL, 2)
    assert await shop.market.ship(order_id) is MoveStatus.CASE_OPEN
    assert await shop.agree(case_id) is CaseStatus.DONE
    order = await shop.read(order_id)
    assert (order.state, order.units, order.units_shipped) == (State.SHIPPED, 1, 1)
    assert order.due_at is not None
    assert abs(order.due_at - clock.now() - 10 * DAY) < MINUTE
    await shop.turn(10 * DAY + MINUTE)
    assert (await shop.read(order_id)).state is State.RECEIVED
    assert (await shop.money(order_id))["pending"] == 9_800


@pytest.mark.parametrize("is_withdrawn", [True, False])
async def test_what_is_to_be_sent_after_all_has_as_long_for_it_as_the_shop_promises(
    shop: Shop, is_withdrawn: bool
) -> None:
    order_id = await shop.order(2, shipped=((1, 1),))
    await shop.turn(14 * DAY - MINUTE)
    case_id = await shop.ask(order_id, CANCEL)
    assert await shop.by_shop(RefuseCase, case_id, words="今天就发") is CaseStatus.DONE
    if is_withdrawn:
        assert await shop.by_buyer(WithdrawCase, case_id) is CaseStatus.DONE
    else:
        await shop.turn(7 * DAY + MINUTE)
        assert (await shop.case(case_id)).state is CaseState.EXPIRED
    await shop.turn(47 * HOUR)
    assert (await shop.read(order_id)).state is State.PART_SHIPPED
    assert await shop.market.ship(order_id) is MoveStatus.DONE


async def test_what_the_shop_did_not_send_in_time_goes_back_at_once(shop: Shop) -> None:
    order_id = await shop.order(1)
    await shop.turn(72 * HOUR + MINUTE)
    case_id = await shop.ask(order_id, CANCEL)
    assert (await shop.case(case_id)).state is CaseState.REFUNDING
    assert (await shop.money(order_id))["wallet"] == 100_000
    assert (await shop.read(order_id)).state is State.REFUNDED


async def test_a_part_of_the_price_goes_back_for_goods_that_stay(shop: Shop) -> None:
    order_id = await shop.order(2, shipped=True)
    case_id = await shop.ask(order_id, REFUND, 1, 1_500)
    assert await shop.market.confirm(shop.buyer, order_id) is MoveStatus.CASE_OPEN
    proved = ProvedConfirmation(order_id=order_id, person_id=shop.buyer, actor=Actor("buyer", shop.buyer))
    confirming = shop.market.batchers.of(confirm_proved_orders, "order_id")
    assert (await confirming.submit(proved)).status is ConfirmStatus.CASE_OPEN
    assert await shop.agree(case_id) is CaseStatus.DONE
    order = await shop.read(order_id)
    assert (order.state, order.refunded, order.units) == (State.SHIPPED, 1_500, 2)
    assert await shop.market.confirm(shop.buyer, order_id) is MoveStatus.DONE
    await shop.turn(DAY + MINUTE)
    money = await shop.money(order_id)
    assert (money["wallet"], money["available"]) == (100_000 - 19_600 + 1_500, 19_600 - 1_500)


@pytest.mark.parametrize("is_settled", [False, True])
async def test_money_goes_back_after_receipt_and_after_settlement(
    shop: Shop, database: Database, is_settled: bool
) -> None:
    await _charge(shop, fee_ppm=50_000)
    order_id = await shop.order(2, shipped=True)
    assert await shop.market.confirm(shop.buyer, order_id) is MoveStatus.DONE
    if is_settled:
        await shop.turn(DAY + MINUTE)
    assert (await shop.read(order_id)).state is (State.COMPLETED if is_settled else State.RECEIVED)
    assert (await shop.money(order_id))["fee"] == 980
    case_id = await shop.ask(order_id, REFUND, 1, 5_000)
    assert await shop.agree(case_id) is CaseStatus.DONE
    money = await shop.money(order_id)
    assert money["wallet"] == 100_000 - 19_600 + 5_000
    assert money["refundable"] == 19_600 - 5_000
    assert money["fee"] == 980 - share_so_far(980, 19_600, 5_000)
    assert money["available" if is_settled else "pending"] == 19_600 - 980 - 5_000 + 250
    await shop.turn(DAY + MINUTE)
    assert (await shop.money(order_id))["available"] == 19_600 - 980 - 5_000 + 250
    assert (await shop.read(order_id)).state is State.COMPLETED
    assert (await verify(database)).defects == []


async def test_a_shop_that_has_spent_the_money_owes_it(shop: Shop, database: Database) -> None:
    order_id = await shop.order(1, shipped=True)
    await shop.market.confirm(shop.buyer, order_id)
    await shop.turn(DAY + MINUTE)
    # Another buyer's order is the only other money of the shop: 9,800 were settled, and all of them go back twice over.
    other = await shop.order(1, shipped=True)
    await shop.market.confirm(shop.buyer, other)
    await shop.turn(DAY + MINUTE)
    for id in (order_id, other):
        assert await shop.agree(await shop.ask(id, REFUND)) is CaseStatus.DONE
    money = await shop.money(order_id)
    assert (money["wallet"], money["available"]) == (100_000, 0)
    assert (await verify(database)).defects == []


async def _charge(shop: Shop, **changes: Any) -> None:
    """Publish rules, and let their time come."""
    command = PublishRules(
        version=2,
        effective_at=clock.now() + NOTICE + MINUTE,
        rules=TradeRules(**changes),
        reason="试行",
        actor=BY_SYSTEM,
    )
    async with shop.market.database.transaction() as tx:
        assert await publish_rules(tx, [command]) == [PublishRulesStatus.PUBLISHED]
    await shop.turn(NOTICE + 2 * MINUTE)


async def test_the_silence_of_the_shop_is_an_answer(shop: Shop) -> None:
    unsent, sent = await shop.order(1), await shop.order(1, shipped=True)
    early, late = await shop.ask(unsent, CANCEL), await shop.ask(sent, REFUND, 1, 800)
    await shop.turn(48 * HOUR - MINUTE)
    assert (await shop.case(early)).state is CaseState.ASKED
    await shop.turn(2 * MINUTE)
    assert (await shop.case(early)).state is CaseState.REFUNDED
    assert (await shop.case(late)).state is CaseState.ASKED
    await shop.turn(3 * DAY)
    assert (await shop.case(late)).state is CaseState.REFUNDED
    assert (await shop.read(unsent)).state is State.REFUNDED
    assert (await shop.read(sent)).refunded == 800


async def test_what_was_left_of_the_time_runs_on(shop: Shop) -> None:
    order_id = await shop.order(1, shipped=True)
    await shop.turn(9 * DAY)
    case_id = await shop.ask(order_id, REFUND, 1, 100)
    await shop.turn(4 * DAY)
    assert (await shop.read(order_id)).state is State.SHIPPED, "the clock stands"
    assert await shop.by_buyer(WithdrawCase, case_id) is CaseStatus.DONE
    await shop.turn(23 * HOUR)
    assert (await shop.read(order_id)).state is State.SHIPPED
    await shop.turn(HOUR + MINUTE)
    assert (await shop.read(order_id)).state is State.RECEIVED


async def test_what_rules_refuse_is_said_by_neither_side_and_no_shop_offers_payment_for_a_review(shop: Shop) -> None:
    async with shop.market.database.transaction() as tx:
        await put(tx, rule("代开发票", fields=(Field.MESSAGE,)), rule("再看看", fields=(Field.TITLE,)))
    order_id = await shop.order(1, shipped=True)
    assert await shop.submit(shop.asking(order_id, REFUND, 1, 800, words="能代·开·发票吗")) is CaseStatus.WORDS_REFUSED
    case_id = await shop.ask(order_id, REFUND, 1, 800, words="再看看")
    offer = "改成五星好评，返现10元"
    for command in (RefuseCase, ReplyToCase):
        assert await shop.by_shop(command, case_id, words="可代开发票") is CaseStatus.WORDS_REFUSED
        assert await shop.by_shop(command, case_id, words=offer) is CaseStatus.OFFERS_PAYMENT
    countering = {"kind": REFUND, "amount": 500, "words": offer}
    assert await shop.by_shop(CounterCase, case_id, **countering) is CaseStatus.OFFERS_PAYMENT
    assert await shop.by_buyer(ReplyToCase, case_id, words="代开发票") is CaseStatus.WORDS_REFUSED
    said = await shop.by_buyer(ReplyToCase, case_id, words=f"你们写的是：{offer}")
    assert said is CaseStatus.DONE, "who complains of an offer may quote it"


async def test_both_sides_say_something_that_decides_nothing(shop: Shop) -> None:
    order_id = await shop.order(1, shipped=True)
    case_id = await shop.ask(order_id, REFUND, 1, 800)
    due_at = (await shop.case(case_id)).due_at
    assert await shop.by_shop(ReplyToCase, case_id, words=" ") is CaseStatus.WORDS_INVALID
    unknown = {"words": "看看", "proof": ("/media/no-1.webp",)}
    assert await shop.by_shop(ReplyToCase, case_id, **unknown) is CaseStatus.PROOF_INVALID
    assert await shop.by_shop(ReplyToCase, case_id, words="请再拍一张") is CaseStatus.DONE
    assert await shop.by_shop(ReplyToCase, case_id, words="请再拍一张") is CaseStatus.EXISTS
    case = await shop.case(case_id)
    assert (case.state, case.answer, case.due_at) == (CaseState.ASKED, "请再拍一张", due_at)
    assert await shop.by_buyer(ReplyToCase, case_id, words="好") is CaseStatus.DONE
    assert await shop.by_buyer(ReplyToCase, case_id, words="好") is CaseStatus.EXISTS
    assert await shop.by_shop(ReplyToCase, case_id, words="请再拍一张") is CaseStatus.DONE, "once more, after an answer"
    stranger = ReplyToCase(case_id=case_id, actor=Actor("buyer", new_id()), words="我也要")
    assert await shop.submit(stranger) is CaseStatus.CASE_NOT_FOUND
    assert await shop.by_shop(ReplyToCase, new_id(order_id), words="在吗") is CaseStatus.CASE_NOT_FOUND
    case = await shop.case(case_id)
    assert (case.state, case.due_at, case.reply, case.said_last) == (CaseState.ASKED, due_at, "好", "merchant")
    for number in range(1, REPLIES_MAX):
        assert await shop.by_buyer(ReplyToCase, case_id, words=f"第 {number} 张") is CaseStatus.DONE
    assert await shop.by_buyer(ReplyToCase, case_id, words="还有") is CaseStatus.TOO_MANY_REPLIES
    assert (await shop.case(case_id)).said_last == "buyer"
    assert await shop.by_shop(RefuseCase, case_id, words="看不出来") is CaseStatus.DONE
    assert (await shop.case(case_id)).said_last is None, "that is an answer"
    assert await shop.by_buyer(WithdrawCase, case_id) is CaseStatus.DONE
    assert await shop.by_shop(ReplyToCase, case_id, words="好的") is CaseStatus.NOT_ALLOWED_NOW


async def test_a_shop_says_no_for_a_reason_that_fits_and_both_sides_and_the_log_read_which(shop: Shop) -> None:
    order_id = await shop.order(1, shipped=True)
    case_id = await shop.ask(order_id, REFUND, 1, 800)
    for reason in RefusalReason:
        if reason not in REFUSALS[REFUND]:
            status = await shop.by_shop(RefuseCase, case_id, reason=reason, words="看看")
            assert status is CaseStatus.REASON_NOT_ALLOWED, reason
    signed = RefusalReason.SIGNED_FOR
    assert await shop.by_shop(RefuseCase, case_id, reason=signed, words="快递柜里") is CaseStatus.DONE
    again = await shop.ask(order_id, REFUND, 1, 700)
    assert await shop.by_shop(RefuseCase, again, words="还是那样") is CaseStatus.DONE
    async with shop.market.database.read() as reader:
        said = await get_sayings(reader, [case_id, again])
        trail = await get_trail(reader, case_id)
    assert [each.reason for id in (case_id, again) for each in said[id]] == [signed, RefusalReason.OTHER]
    (told,) = [row["data"] for row in trail if row["type"] == "CaseRefused"]
    assert (told["reason"], told["words"]) == ("signed_for", "快递柜里")
    assert {kind: reasons[-1] for kind, reasons in REFUSALS.items()} == dict.fromkeys(CaseKind, RefusalReason.OTHER)


async def test_what_was_told_before_there_were_reasons_is_read_and_in_no_other_hash(shop: Shop) -> None:
    row: Any = {"at": clock.now(), "type": "CaseRefused", "actor_kind": "merchant", "data": {"words": "不行"}}
    (said,) = sayings_of([row])
    assert said.reason is UNSET
    assert "reason" not in msgspec.to_builtins(said)
    assert saying_word(said)[0] == "卖家没有同意"


async def test_a_refused_case_can_be_asked_again_and_not_for_ever(shop: Shop) -> None:
    order_id = await shop.order(1, shipped=True)
    for number in range(5):
        case_id = await shop.ask(order_id, REFUND, 1, 100 + number)
        assert await shop.by_shop(RefuseCase, case_id, words="没有看到破损") is CaseStatus.DONE
    assert (await shop.read(order_id)).open_cases == 1
    command = shop.asking(order_id, REFUND, 1, 100)
    assert await shop.submit(command) is CaseStatus.TOO_MANY_CASES
    await shop.turn(7 * DAY + MINUTE)
    assert (await shop.case(case_id)).state is CaseState.EXPIRED
    order = await shop.read(order_id)
    assert (order.open_cases, order.refunded) == (0, 0)
    assert order.due_at is not None


async def test_asking_ends_some_days_after_receipt(shop: Shop) -> None:
    order_id = await shop.order(1, shipped=True)
    await shop.market.confirm(shop.buyer, order_id)
    received_at = (await shop.read(order_id)).received_at
    assert received_at is not None
    await shop.turn(end_of_days(received_at, 7) - clock.now() - MINUTE)
    assert await shop.submit(shop.asking(order_id, CANCEL)) is CaseStatus.KIND_NOT_ALLOWED, "but not too late"
    await shop.turn(2 * MINUTE)
    assert await shop.submit(shop.asking(order_id, REFUND)) is CaseStatus.TOO_LATE


async def test_a_shop_does_not_give_all_back_while_a_case_is_open(shop: Shop) -> None:
    order_id = await shop.order(2)
    case_id = await shop.ask(order_id, CANCEL)
    refund = RefundOrder(order_id=order_id, shop_id=shop.market.shop_id, actor=shop.seller, reason="缺货")
    batcher = shop.market.batchers.of(refund_orders, "order_id")
    assert await batcher.submit(refund) is MoveStatus.CASE_OPEN
    assert await shop.agree(case_id) is CaseStatus.DONE
    assert await batcher.submit(refund) is MoveStatus.DONE
    money = await shop.money(order_id)
    assert (money["wallet"], money["escrow"]) == (100_000, 0)
    order = await shop.read(order_id)
    assert (order.refunded, order.state) == (order.total, State.REFUNDED)


# --- regressions of other systems ---


async def test_two_refunds_of_sixty_of_a_hundred_at_once_are_not_both_made(shop: Shop, database: Database) -> None:
    """Concurrent refunds exceed the capture: hyperswitch#13182."""
    order_id = await shop.order(1, shipped=True)
    commands = [shop.asking(order_id, REFUND, 1, 5_880) for _ in range(2)]

    async def ask_and_agree(command: AskCase) -> list[CaseStatus]:
        return [await shop.submit(command), await shop.agree(command.id)]

    answers = await asyncio.gather(*(ask_and_agree(command) for command in commands))
    done = [first for first, _ in answers if first is CaseStatus.DONE]
    assert 1 <= len(done) <= 2
    assert (await shop.money(order_id))["wallet"] == 100_000 - 9_800 + 5_880
    again = shop.asking(order_id, REFUND, 1, 5_880)
    assert await shop.submit(again) is CaseStatus.AMOUNT_OUT_OF_RANGE
    assert (await shop.read(order_id)).refunded == 5_880
    assert (await verify(database)).defects == []


async def test_a_refund_that_is_asked_for_again_is_made_once(shop: Shop) -> None:
    """A repeated refund is answered 409, and reverses the refund: blnk#374."""
    order_id = await shop.order(2, shipped=True)
    command = shop.asking(order_id, REFUND, 1, 1_000)
    assert [await shop.submit(command), await shop.submit(command)] == [CaseStatus.DONE, CaseStatus.EXISTS]
    answers = await asyncio.gather(*(shop.agree(command.id) for _ in range(6)))
    assert sorted(answers) == [CaseStatus.DONE, *[CaseStatus.EXISTS] * 5]
    await shop.market.settle_events()
    assert await shop.agree(command.id) is CaseStatus.EXISTS
    assert (await shop.money(order_id))["wallet"] == 100_000 - 19_600 + 1_000


async def test_what_is_asked_again_under_an_id_is_the_same_only_with_amount_reason_words_and_proof(shop: Shop) -> None:
    order_id = await shop.order(2, shipped=True)
    asked = shop.asking(order_id, REFUND, 2, 100, words="破了")
    assert await shop.submit(asked) is CaseStatus.DONE
    others: tuple[dict[str, Any], ...] = (
        {"amount": 2_000}, {"amount": None}, {"reason": Reason.COUNTERFEIT}, {"words": "碎了"},
        {"proof": ("/media/other",)},
    )  # fmt: skip
    for other in others:
        assert await shop.submit(replace(asked, **other)) is CaseStatus.EXISTS_WITH_DIFFERENT_CASE, other
    # What became of it since changes nothing of what was asked.
    counter = CounterCase(case_id=asked.id, shop_id=shop.market.shop_id, actor=shop.seller, kind=REFUND, amount=50)
    assert await shop.submit(counter) is CaseStatus.DONE
    assert await shop.by_buyer(AcceptOffer, asked.id) is CaseStatus.DONE
    assert await shop.submit(asked) is CaseStatus.EXISTS
    assert await shop.submit(replace(asked, amount=50)) is CaseStatus.EXISTS_WITH_DIFFERENT_CASE


@pytest.mark.parametrize("round", range(3))
async def test_of_a_refund_and_a_receipt_at_once_no_money_is_lost(shop: Shop, database: Database, round: int) -> None:
    """A charge is refunded and paid out: hyperswitch#10533, dokan#905."""
    order_id = await shop.order(1, shipped=True)
    case_id = await shop.ask(order_id, REFUND, 1, 4_000)
    confirm = ConfirmOrder(order_id=order_id, actor=shop.actor)
    batcher = shop.market.batchers.of(confirm_orders, "order_id")
    racing = [shop.agree(case_id), batcher.submit(confirm), shop.by_buyer(WithdrawCase, case_id)]
    await asyncio.gather(*(racing[(place + round) % 3] for place in range(3)))
    await batcher.submit(confirm)
    money = await shop.money(order_id)
    back = (await shop.read(order_id)).refunded
    assert back in (0, 4_000)
    assert (money["escrow"], money["wallet"], money["pending"]) == (0, 100_000 - 9_800 + back, 9_800 - back)
    assert money["refundable"] == 9_800 - back
    assert (await verify(database)).defects == []


async def test_an_amount_in_another_scale_is_refused(shop: Shop) -> None:
    """Prices times a hundred: medusa#4131."""
    order_id = await shop.order(1, shipped=True)
    for amount in (0, -1, 9_801, 980_000, 2**53):
        assert await shop.submit(shop.asking(order_id, REFUND, 1, amount)) is CaseStatus.AMOUNT_OUT_OF_RANGE
    assert await shop.submit(shop.asking(order_id, REFUND, 2, 100)) is CaseStatus.QUANTITY_OUT_OF_RANGE
    unsent = await shop.order(1)
    assert await shop.submit(shop.asking(unsent, CANCEL, 1, 9_799)) is CaseStatus.AMOUNT_OUT_OF_RANGE
    assert (await shop.read(order_id)).open_cases == 0


async def test_a_clerk_who_bought_before_answers_nothing_of_their_own(shop: Shop) -> None:
    order_id = await shop.order(2, shipped=True)
    case_id = await shop.ask(order_id, REFUND, 2)
    own = {"case_id": case_id, "shop_id": shop.market.shop_id, "actor": Actor("merchant", shop.buyer)}
    for command in (
        AgreeCase(**own),
        RefuseCase(**own, words="不行"),
        CounterCase(**own, kind=REFUND, amount=100, words="少退些"),
        ReplyToCase(**own, words="马上退"),
    ):
        assert await shop.submit(command) is CaseStatus.OWN_ORDER
    case = await shop.case(case_id)
    assert (case.state, case.answer, case.shop_replies) == (CaseState.ASKED, "", 0)
    assert await shop.by_buyer(ReplyToCase, case_id, words="在等你们答复") is CaseStatus.DONE, "as the buyer they may"
    assert await shop.agree(case_id) is CaseStatus.DONE, "and somebody else of the shop answers"
    assert await shop.submit(AgreeCase(**own)) is CaseStatus.OWN_ORDER, "nothing is told to them as the shop"


async def test_a_refund_is_of_the_order_that_it_is_for(shop: Shop) -> None:
    """A refund webhook with a wrong reference: hyperswitch#5298."""
    one, two = await shop.order(1, shipped=True), await shop.order(1, shipped=True)
    first, second = await shop.ask(one, REFUND, 1, 300), await shop.ask(two, REFUND, 1, 400)
    await asyncio.gather(shop.agree(first), shop.agree(second))
    await shop.market.settle_events()
    assert [(await shop.read(id)).refunded for id in (one, two)] == [300, 400]
    assert [(await shop.case(id)).state for id in (first, second)] == [CaseState.REFUNDED] * 2


async def test_what_was_given_back_is_not_paid_for_again(shop: Shop) -> None:
    """A fully refunded order still reads as paid: spree#14622."""
    order_id = await shop.order(1, shipped=True)
    assert await shop.agree(await shop.ask(order_id, REFUND)) is CaseStatus.DONE
    order = await shop.read(order_id)
    assert (order.state, order.refunded) == (State.REFUNDED, order.total)
    assert await shop.market.confirm(shop.buyer, order_id) is MoveStatus.NOT_ALLOWED_NOW
    assert await shop.submit(shop.asking(order_id, REFUND)) is CaseStatus.NOT_ALLOWED_NOW


# --- shares ---


LINES = st.tuples(st.integers(1, 12), st.integers(0, 5_000), st.integers(0, 3_000), st.integers(0, 300_000))


@given(LINES, st.data())
@settings(max_examples=300, deadline=None)
def test_any_number_of_refunds_gives_back_exactly_what_was_taken(values: tuple[int, int, int, int], data: Any) -> None:
    """Refunds with discount, tax, freight, commission: vendure#989, spree#5915, Sylius/RefundPlugin#65."""
    quantity, price, freight, fee_ppm = values
    goods = price * quantity
    fee = (goods + freight) * fee_ppm // 1_000_000
    line = _line(quantity, price, Shares(goods, freight, fee))
    order = _order(line)
    back = fee_back = 0
    while line.left:
        units = data.draw(st.integers(1, line.left))
        bounds = refund_bounds(order, line, units, is_unsent=True)
        assert bounds.least == bounds.usual == bounds.most
        fee_back += share_so_far(fee, goods + freight, back + bounds.most) - share_so_far(fee, goods + freight, back)
        back += bounds.most
        line.refunded += bounds.most
        line.cancelled += units
    assert (back, fee_back) == (goods + freight, fee)


@given(LINES, st.data())
@settings(max_examples=300, deadline=None)
def test_money_for_goods_that_stay_never_touches_what_is_to_be_sent(
    values: tuple[int, int, int, int], data: Any
) -> None:
    quantity, price, freight, _ = values
    line = _line(quantity, price, Shares(price * quantity, freight, 0))
    line.shipped = data.draw(st.integers(1, quantity))
    order = _order(line)
    order.units_shipped = line.shipped
    for _ in range(6):
        units = data.draw(st.integers(1, line.shipped))
        bounds = refund_bounds(order, line, units, is_unsent=False)
        assert 0 <= bounds.least <= bounds.usual <= bounds.most
        line.refunded += data.draw(st.integers(0, bounds.most))
    if line.left:
        rest = refund_bounds(order, line, line.left, is_unsent=True)
        assert rest.least >= line.left * price
        assert line.refunded + rest.most <= price * quantity + freight


def test_the_last_unit_that_is_not_sent_has_the_fen_that_those_sent_have_not() -> None:
    line = _line(3, 1_707, Shares(5_120, 0, 0))
    order = _order(line)
    line.shipped = order.units_shipped = 2
    for asked in (1, 1_707, 1_705):
        assert asked <= refund_bounds(order, line, 2, is_unsent=False).most
        line.refunded += asked
    assert refund_bounds(order, line, 2, is_unsent=False).most == 0, "what was sent is given back for"
    rest = refund_bounds(order, line, 1, is_unsent=True)
    assert (rest.least, rest.most, line.refunded + rest.most) == (1_707, 1_707, 5_120)


@given(LINES, st.integers(0, 12), st.data())
@settings(max_examples=400, deadline=None)
def test_however_units_are_kept_returned_and_cancelled_all_of_a_line_goes_back(
    values: tuple[int, int, int, int], off: int, data: Any
) -> None:
    """Money for goods that stay is asked for of all that were sent, so that none of it is left."""
    quantity, price, freight, _ = values
    line = _line(quantity, price, Shares(max(0, price * quantity - off), freight, 0))
    order = _order(line)
    line.shipped = order.units_shipped = data.draw(st.integers(0, quantity))
    kept = False
    while line.left or not (kept or line.returned == line.shipped):
        ways = ["cancel"] * bool(line.left) + ["keep", "return"] * (not kept and line.returned < line.shipped)
        way = data.draw(st.sampled_from(ways))
        room = line.left if way == "cancel" else line.shipped - line.returned
        units = room if way == "keep" else data.draw(st.integers(1, room))
        bounds = refund_bounds(order, line, units, is_unsent=way == "cancel")
        assert 0 <= bounds.least <= bounds.usual <= bounds.most
        line.refunded += bounds.most
        line.cancelled += units * (way == "cancel")
        line.returned += units * (way == "return")
        kept = kept or way == "keep"
    assert line.shares is not None
    assert line.refunded == line.shares.goods + line.shares.freight


def _line(quantity: int, price: int, shares: Shares) -> Line:
    return Line(
        line=1,
        sku_id=new_id(),
        product_id=new_id(),
        title="杯",
        choices=[],
        picture=None,
        kind="茶具",
        price=price,
        quantity=quantity,
        shipped=0,
        amount=price * quantity,
        shares=shares,
    )


def _order(line: Line) -> Order:
    assert line.shares is not None
    total = line.shares.goods + line.shares.freight
    return Order(
        new_id(), "1", new_id(), "店", new_id(), "买家", State.PAID, line.shares.goods, line.shares.freight, total,
        line.shares.fee, 1, line.quantity, 0, None, 0, new_id(), "balance", None, None, clock.now(), None, None, None,
        None, None, None, lines=[line], rules=TradeRules(),
    )  # fmt: skip
