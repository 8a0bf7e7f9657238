"""Proves of court orders: table J1, each status, who is first, two persons, the law of batches, and what can't be."""

import asyncio
from datetime import timedelta
from itertools import count
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.approvals.test_approvals import CHECKER, MAKER, approve, decide, propose
from tests.deposits.examples import REQUIRED, give, open_asked_shop, stake_of
from weiji.approvals import (
    CourtExecution,
    CourtFreeze,
    CourtRelease,
    DecideStatus,
    ProposeStatus,
    decide_proposals,
    propose_deeds,
)
from weiji.approvals.model import Deed
from weiji.approvals.words import proposing_error
from weiji.court_orders import (
    CourtOrderStatus,
    ExecuteCourtOrder,
    HeldPlace,
    ObeyCourtOrder,
    ReleaseCourtOrder,
    execute_court_orders,
    get_court_order,
    list_court_orders,
    obey_court_orders,
    release_court_orders,
    store,
    sweep_court_orders,
)
from weiji.court_orders.model import CourtOrder, SweepCourtOrder
from weiji.deposits import PayDeposit, pay_deposits
from weiji.deposits.model import CollectDues
from weiji.deposits.operations import collect_dues
from weiji.deposits.store import list_dues
from weiji.events import BY_CLOCK
from weiji.events.outbox import get_trail
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Kind, Transfer, TransferFlags, chart, create_transfers, lookup_accounts, move
from weiji.orders.closing import get_open
from weiji.payments import (
    REGISTRY,
    CreatePayoutAccount,
    PayoutSource,
    RequestPayout,
    SandboxChannel,
    create_payout_accounts,
    get_wallet,
    request_payouts,
)

DONE = CourtOrderStatus.DONE
NUMBER = "(2026)浙01执123号"


NUMBERS = count(1)


def obey(owner: UUID, amount: int | None = 10_000, place: HeldPlace = HeldPlace.WALLET) -> ObeyCourtOrder:
    """Hold money, by an order with a number of its own."""
    number = f"(2026)浙01执保{next(NUMBERS)}号"
    return ObeyCourtOrder(
        id=new_id(owner), owner_id=owner, place=place, amount=amount, court="杭州中院", number=number, actor=CHECKER
    )


def execute(order: UUID, amount: int, number: str = "") -> ExecuteCourtOrder:
    """Pay to the court, by a notice for each amount."""
    return ExecuteCourtOrder(
        id=new_id(order),
        court_order_id=order,
        amount=amount,
        number=number or f"扣{amount}号",
        way="法院账户 1",
        actor=CHECKER,
    )


def release(order: UUID, number: str = "解1号") -> ReleaseCourtOrder:
    return ReleaseCourtOrder(id=new_id(order), court_order_id=order, number=number, actor=CHECKER)


async def sweep(tx: Transaction) -> int:
    """Do what the job does."""
    due = await store.get_due(tx, 100)
    await sweep_court_orders(tx, [SweepCourtOrder(court_order_id=id) for id in due])
    return len(due)


async def order_of(tx: Transaction, id: UUID) -> CourtOrder:
    found = await get_court_order(tx, id)
    assert found
    return found[0]


async def balances(tx: Transaction, owner: UUID) -> tuple[int, int, int]:
    """Read what the owner has, what is held, and what has left the bank."""
    accounts = [chart.wallet(owner), chart.legal_hold(owner), chart.bank(shard_of(owner))]
    found = {each.id: each for each in await lookup_accounts(tx, [each.id for each in accounts])}
    wallet, hold, bank = (
        found[each.id].credits_posted - found[each.id].debits_posted if each.id in found else 0 for each in accounts
    )
    return wallet, hold, bank


async def test_j1_a_hold_is_topped_up_and_executed(tx: Transaction) -> None:
    owner = new_id()
    await give(tx, chart.wallet(owner), 8_000)
    command = obey(owner)
    assert await obey_court_orders(tx, [command, command]) == [DONE, CourtOrderStatus.EXISTS]
    assert await balances(tx, owner) == (0, 8_000, 0)
    assert await sweep(tx) == 0
    await give(tx, chart.wallet(owner), 5_000)
    assert await sweep(tx) == 1
    assert await balances(tx, owner) == (3_000, 10_000, 0)
    assert await sweep(tx) == 0
    wallet = await get_wallet(tx, owner)
    assert (wallet.available, wallet.frozen) == (3_000, 10_000)
    assert [(each.kind, each.amount) for each in wallet.movements][:1] == [(Kind.LEGAL_HOLD, -2_000)]
    part, rest = execute(command.id, 4_000), execute(command.id, 6_000)
    assert await execute_court_orders(tx, [part, part, rest]) == [DONE, CourtOrderStatus.EXISTS, DONE]
    assert await balances(tx, owner) == (3_000, 0, 10_000)
    (way,) = await lookup_accounts(tx, [chart.payout_clearing(shard_of(owner), "court").id])
    assert way.available == 0
    assert (await order_of(tx, command.id)).ended_at == tx.now
    trail = [row["type"] for row in await get_trail(tx, command.id)]
    assert sorted(trail) == ["CourtOrderExecuted", "CourtOrderExecuted", "CourtOrderObeyed", "MoneyHeld"]


async def test_everything_is_held_as_it_comes_until_it_is_let_go(tx: Transaction) -> None:
    shop = new_id()
    command = obey(shop, None, HeldPlace.MERCHANT_AVAILABLE)
    await obey_court_orders(tx, [command])
    for amount in (700, 300):
        await give(tx, chart.merchant_available(shop), amount)
        assert await sweep(tx) == 1
    assert (await order_of(tx, command.id)).held == 1_000
    assert await execute_court_orders(tx, [execute(command.id, 400)]) == [DONE]
    letting = release(command.id)
    assert await release_court_orders(tx, [letting, letting, release(command.id, "别的")]) == [
        DONE,
        CourtOrderStatus.EXISTS,
        CourtOrderStatus.ENDED,
    ]
    (has,) = await lookup_accounts(tx, [chart.merchant_available(shop).id])
    assert has.available == 600
    await give(tx, chart.merchant_available(shop), 50)
    assert await sweep(tx) == 0
    assert await execute_court_orders(tx, [execute(command.id, 1)]) == [CourtOrderStatus.ENDED]
    (over,) = await list_court_orders(tx, is_over=True, before=None, limit=10)
    assert (over[0].id, over[0].executed, over[0].released) == (command.id, 400, 600)


@pytest.mark.parametrize("amount", [None, REQUIRED + 1])
async def test_an_order_about_a_deposit_takes_nothing_else_that_the_shop_has(
    tx: Transaction, amount: int | None
) -> None:
    shop = await open_asked_shop(tx, available=2 * REQUIRED)
    await pay_deposits(tx, [PayDeposit(id=new_id(shop), shop_id=shop, amount=REQUIRED, actor=CHECKER)])
    command = obey(shop, amount, HeldPlace.MERCHANT_DEPOSIT)
    assert await obey_court_orders(tx, [command]) == [DONE]
    for _ in range(3):
        assert shop not in await list_dues(tx, UUID(int=0), 1000)
        await collect_dues(tx, [CollectDues(id=new_id(shop), shop_id=shop)])
        await sweep(tx)
    stake = await stake_of(tx, shop)
    assert (stake.is_frozen, stake.available, (await order_of(tx, command.id)).held) == (True, REQUIRED, REQUIRED)
    assert await execute_court_orders(tx, [execute(command.id, 10_000)]) == [DONE]
    assert await release_court_orders(tx, [release(command.id)]) == [DONE]
    assert shop in await list_dues(tx, UUID(int=0), 1000)
    await collect_dues(tx, [CollectDues(id=new_id(shop), shop_id=shop)])
    stake = await stake_of(tx, shop)
    assert (stake.is_frozen, stake.deposit, stake.available) == (False, REQUIRED, REQUIRED - 10_000)


async def test_nothing_refills_a_deposit_that_a_court_has_frozen_in_the_same_instant(database: Database) -> None:
    async with database.transaction() as tx:
        shop = await open_asked_shop(tx, available=REQUIRED)
        await give(tx, chart.merchant_deposit(shop), REQUIRED - 500)
    async with database.transaction() as tx:
        await obey_court_orders(tx, [obey(shop, None, HeldPlace.MERCHANT_DEPOSIT)])
        due = CollectDues(id=new_id(shop), shop_id=shop)
        collecting = asyncio.create_task(database.retried(lambda tx: collect_dues(tx, [due])))
        await asyncio.sleep(0.2)
        assert not collecting.done(), "it waits for the accounts"
    await collecting
    async with database.read() as reader:
        stake = await stake_of(reader, shop)
    assert (stake.is_frozen, stake.deposit, stake.available) == (True, 0, REQUIRED)


async def test_a_shop_is_not_closed_while_a_court_holds_its_money(tx: Transaction) -> None:
    shop = await open_asked_shop(tx, available=7_000)
    command = obey(shop, 7_000, HeldPlace.MERCHANT_AVAILABLE)
    assert await obey_court_orders(tx, [command]) == [DONE]
    found = await get_open(tx, shop)
    assert (found.held, found.available, found.orders, found.is_over) == (7_000, 0, 0, False)
    assert await execute_court_orders(tx, [execute(command.id, 7_000)]) == [DONE]
    assert (await get_open(tx, shop)).is_over


async def test_what_there_is_not_can_not_be_paid_out(tx: Transaction) -> None:
    owner = new_id()
    await give(tx, chart.wallet(owner), 500)
    command = obey(owner)
    await obey_court_orders(tx, [command])
    nowhere = new_id(owner)
    assert await execute_court_orders(tx, [execute(command.id, 501), execute(command.id, 0), execute(nowhere, 1)]) == [
        CourtOrderStatus.EXCEEDS_HELD,
        CourtOrderStatus.EXCEEDS_HELD,
        CourtOrderStatus.COURT_ORDER_NOT_FOUND,
    ]
    assert await release_court_orders(tx, [release(nowhere)]) == [CourtOrderStatus.COURT_ORDER_NOT_FOUND]
    assert await sweep_court_orders(tx, [SweepCourtOrder(court_order_id=nowhere)]) == [
        CourtOrderStatus.COURT_ORDER_NOT_FOUND
    ]
    assert await balances(tx, owner) == (0, 500, 0)


async def test_of_two_orders_the_first_is_served_first(tx: Transaction) -> None:
    owner = new_id()
    first, second = obey(owner, 1_000), obey(owner, 1_000)
    await obey_court_orders(tx, [first])
    tx.now += timedelta(hours=1)
    await obey_court_orders(tx, [second])
    await give(tx, chart.wallet(owner), 1_300)
    await sweep(tx)
    assert [(await order_of(tx, each.id)).held for each in (first, second)] == [1_000, 300]


async def test_a_freeze_its_execution_and_its_end_take_two_persons_each(tx: Transaction) -> None:
    owner = new_id()
    await give(tx, chart.wallet(owner), 8_000)
    freeze = CourtFreeze(owner_id=owner, place=HeldPlace.WALLET, amount=5_000, court="杭州中院", number=NUMBER)
    proposed = propose(freeze, owner)
    assert await propose_deeds(tx, [proposed]) == [ProposeStatus.PROPOSED]
    assert await decide(tx, approve(proposed, MAKER)) is DecideStatus.OWN_PROPOSAL
    assert await balances(tx, owner) == (8_000, 0, 0)
    assert await decide(tx, approve(proposed)) is DecideStatus.APPROVED
    assert await balances(tx, owner) == (3_000, 5_000, 0)
    deeds: list[tuple[Deed, DecideStatus]] = [
        (CourtExecution(court_order_id=proposed.id, amount=5_001, number="扣1", way="x"), DecideStatus.LEDGER_REFUSED),
        (CourtExecution(court_order_id=proposed.id, amount=2_000, number="扣1", way="x"), DecideStatus.APPROVED),
        (CourtRelease(court_order_id=proposed.id, number="解1"), DecideStatus.APPROVED),
        (CourtRelease(court_order_id=proposed.id, number="解2"), DecideStatus.LEDGER_REFUSED),
    ]
    for deed, status in deeds:
        next_one = propose(deed, owner)
        assert await propose_deeds(tx, [next_one]) == [ProposeStatus.PROPOSED]
        assert await decide(tx, approve(next_one)) is status
    assert await balances(tx, owner) == (6_000, 0, 2_000)


async def test_by_an_order_in_force_money_of_an_account_is_held_once(tx: Transaction) -> None:
    owner = new_id()
    await give(tx, chart.wallet(owner), 5_000)
    deeds = [
        CourtFreeze(owner_id=owner, place=HeldPlace.WALLET, amount=1_000, court="杭州中院", number=number)
        for number in ("（2026）浙01执1号", "(2026) 浙01执1号")
    ]
    # Neither holds anything yet: two may propose it.
    proposed = [propose(deed, owner) for deed in deeds]
    assert await propose_deeds(tx, proposed) == [ProposeStatus.PROPOSED] * 2
    decided = await decide_proposals(tx, [approve(each) for each in proposed])
    assert [(each.status, each.failure) for each in decided] == [
        (DecideStatus.APPROVED, None),
        (DecideStatus.LEDGER_REFUSED, "order_obeyed"),
    ]
    late = propose(deeds[1], owner)
    assert await propose_deeds(tx, [late]) == [ProposeStatus.ORDER_OBEYED]
    assert proposing_error(ProposeStatus.ORDER_OBEYED)[0] == "number"
    again = replace(obey(owner), number=deeds[1].number)
    assert await obey_court_orders(tx, [again]) == [CourtOrderStatus.ORDER_OBEYED]
    # Another account's is another, and so is one that came once the first had ended.
    deposit = replace(obey(owner, place=HeldPlace.MERCHANT_DEPOSIT), number=deeds[0].number)
    assert await obey_court_orders(tx, [deposit]) == [DONE]
    assert await release_court_orders(tx, [release(proposed[0].id)]) == [DONE]
    assert await obey_court_orders(tx, [again]) == [DONE]


async def test_of_two_who_obey_an_order_at_once_one_does(database: Database) -> None:
    owner = new_id()
    async with database.transaction() as tx:
        await give(tx, chart.wallet(owner), 5_000)
    asked = [replace(obey(owner, 100), number=number) for number in ("（2026）1号", "(2026)1号", "(2026) 1号")]
    answers = await asyncio.gather(
        *(database.retried(lambda tx, one=one: obey_court_orders(tx, [one])) for one in asked)
    )
    assert sorted(answers) == [[DONE], *[[CourtOrderStatus.ORDER_OBEYED]] * 2]


async def test_a_notice_is_executed_once(tx: Transaction) -> None:
    owner = new_id()
    await give(tx, chart.wallet(owner), 900)
    freeze, other = obey(owner, 500), obey(owner, 400)
    await obey_court_orders(tx, [freeze, other])
    written, again = "（2026）浙01执扣1号", "(2026) 浙01执扣1号"
    deeds = [
        CourtExecution(court_order_id=id, amount=200, number=number, way="x")
        for id, number in ((freeze.id, written), (freeze.id, again), (other.id, written))
    ]
    # Neither is executed yet: two may propose it.
    proposed = [propose(deed, owner) for deed in deeds]
    assert await propose_deeds(tx, proposed) == [ProposeStatus.PROPOSED] * 3
    decided = await decide_proposals(tx, [approve(each) for each in proposed])
    assert [(each.status, each.failure) for each in decided] == [
        (DecideStatus.APPROVED, None),
        (DecideStatus.LEDGER_REFUSED, "notice_executed"),
        (DecideStatus.APPROVED, None),
    ]
    late = propose(replace(deeds[0], amount=1), owner)
    assert await propose_deeds(tx, [late]) == [ProposeStatus.NOTICE_EXECUTED]
    assert proposing_error(ProposeStatus.NOTICE_EXECUTED)[0] == "number"
    # That the order has ended since does not make the notice another.
    assert await release_court_orders(tx, [release(freeze.id)]) == [DONE]
    by_it = execute(freeze.id, 1, deeds[0].number)
    assert await execute_court_orders(tx, [by_it]) == [CourtOrderStatus.NOTICE_EXECUTED]
    with pytest.raises(asyncpg.UniqueViolationError, match="executions_are_by_a_notice_each"):
        async with tx.connection.transaction():
            await store.add_executions(tx, [by_it])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tx.connection.transaction():
            await tx.connection.execute("update court_orders.executions set number = 'x'")


async def test_of_two_who_execute_a_notice_at_once_one_does(database: Database) -> None:
    owner = new_id()
    order = obey(owner, 500)
    async with database.transaction() as tx:
        await give(tx, chart.wallet(owner), 500)
        await obey_court_orders(tx, [order])
    asked = [execute(order.id, 100, "扣1号") for _ in range(4)]
    answers = await asyncio.gather(
        *(database.retried(lambda tx, one=one: execute_court_orders(tx, [one])) for one in asked)
    )
    assert sorted(answers) == [[DONE], *[[CourtOrderStatus.NOTICE_EXECUTED]] * 3]


async def test_an_order_without_its_number_is_not_proposed(tx: Transaction) -> None:
    owner = new_id()
    good = CourtFreeze(owner_id=owner, place=HeldPlace.WALLET, amount=1, court="杭州中院", number=NUMBER)
    wrong: list[Deed] = [
        replace(good, number=""),
        replace(good, court=" "),
        CourtExecution(court_order_id=owner, amount=1, number="", way="x"),
        CourtExecution(court_order_id=owner, amount=1, number="1", way=""),
        CourtRelease(court_order_id=owner, number=""),
    ]
    assert await propose_deeds(tx, [propose(deed, owner) for deed in wrong]) == [ProposeStatus.DETAILS_MISSING] * 5
    elsewhere = UUID(int=owner.int ^ 1)
    assert await propose_deeds(tx, [propose(good, elsewhere)]) == [ProposeStatus.PLACE_INVALID]


async def test_the_database_lets_nothing_go_that_was_not_taken(tx: Transaction) -> None:
    owner = new_id()
    await give(tx, chart.wallet(owner), 100)
    command = obey(owner, 100)
    await obey_court_orders(tx, [command])
    for change, constraint in (
        ("executed = 101", "court_orders_give_no_more_than_taken"),
        ("taken = 101", "court_orders_take_no_more_than_ordered"),
        ("ended_at = obeyed_at", "court_orders_hold_nothing_once_over"),
    ):
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            async with tx.connection.transaction():
                await tx.connection.execute(f"update court_orders.court_orders set {change}")  # noqa: S608
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tx.connection.transaction():
            await tx.connection.execute("update court_orders.court_orders set number = 'x'")


@pytest.mark.parametrize("amount", [None, 10_000])
async def test_a_court_is_not_outrun_by_whoever_asks_for_the_money_first(
    database: Database, amount: int | None
) -> None:
    """Money settles, and scripts ask for it by every way out, before any sweep comes: the court has all of it."""
    REGISTRY.register(SandboxChannel(database))
    async with database.transaction() as tx:
        shop = await open_asked_shop(tx, available=1)
    account = CreatePayoutAccount(
        id=new_id(shop), owner_id=shop, holder="周山", bank="小镇银行", number="62220000123456", actor=MAKER
    )
    async with database.transaction() as tx:
        await create_payout_accounts(tx, [account])
    command = obey(shop, amount, HeldPlace.MERCHANT_PENDING)
    async with database.transaction() as tx:
        assert await obey_court_orders(tx, [command]) == [DONE]

    async def settle() -> None:
        async with database.transaction() as tx:
            await give(tx, chart.merchant_available(shop), 1_000)

    async def withdraw() -> str:
        payout = RequestPayout(
            id=new_id(shop), owner_id=shop, source=PayoutSource.MERCHANT_AVAILABLE, account_id=account.id, amount=500,
            fee=0, channel="sandbox", actor=MAKER,
        )  # fmt: skip
        async with database.transaction() as tx:
            return str((await request_payouts(tx, [payout]))[0])

    async def pay_deposit() -> str:
        paid = PayDeposit(id=new_id(shop), shop_id=shop, amount=100, actor=MAKER)
        async with database.transaction() as tx:
            return str((await pay_deposits(tx, [paid]))[0])

    async def run() -> list[str]:
        await settle()
        return list(await asyncio.gather(withdraw(), pay_deposit()))

    answers = {answer for its in await asyncio.gather(*(run() for _ in range(6))) for answer in its}
    assert answers == {"owner_frozen", "shop_frozen"}
    async with database.transaction() as tx:
        assert await sweep(tx) == 1
        assert (await order_of(tx, command.id)).held == 6_001
        (has,) = await lookup_accounts(tx, [chart.merchant_available(shop).id])
        assert has.available == 0
    # Once it is let go, the shop has it again.
    async with database.transaction() as tx:
        assert await release_court_orders(tx, [release(command.id)]) == [DONE]
    assert await withdraw() == "created"


async def test_what_was_under_way_before_a_court_came_still_ends(tx: Transaction) -> None:
    """A payout that the bank has can be paid, and a buyer is refunded by the waterfall, though nothing new goes out."""
    shop = new_id()
    await give(tx, chart.merchant_available(shop), 700)
    available, way = chart.merchant_available(shop), chart.transit(shard_of(shop))
    held, refund = new_id(shop), new_id(shop)
    await create_transfers(tx, [move(shop, held, available, way, 700, Kind.PAYOUT, TransferFlags.PENDING)], [way])
    await obey_court_orders(tx, [obey(shop, None, HeldPlace.MERCHANT_AVAILABLE)])
    await give(tx, available, 100)
    paid = Transfer(id=new_id(shop), pending_id=held, amount=700, flags=TransferFlags.POST_PENDING_TRANSFER)
    taken = move(shop, refund, available, way, 60, Kind.RECOVERY, TransferFlags.BALANCING_DEBIT)
    assert [(each.is_made, each.amount) for each in await create_transfers(tx, [paid, taken])] == [
        (True, 700),
        (True, 0),
    ]
    assert await sweep(tx) == 1
    (hold,) = await lookup_accounts(tx, [chart.legal_hold(shop).id])
    assert hold.available == 100


async def test_of_two_orders_the_second_keeps_the_account_frozen_when_the_first_ends(tx: Transaction) -> None:
    owner = new_id()
    first, second = obey(owner, 1_000), obey(owner, 500)
    await obey_court_orders(tx, [first])
    tx.now += timedelta(hours=1)
    await obey_court_orders(tx, [second])
    await give(tx, chart.wallet(owner), 400)
    await sweep(tx)
    assert [(await order_of(tx, each.id)).is_freezing for each in (first, second)] == [True, False]
    await release_court_orders(tx, [release(first.id)])
    assert [(await order_of(tx, each.id)).held for each in (first, second)] == [0, 400]
    assert [(await order_of(tx, each.id)).is_freezing for each in (first, second)] == [False, True]
    await give(tx, chart.wallet(owner), 300)
    await sweep(tx)
    assert (await balances(tx, owner))[:2] == (200, 500)
    assert not (await order_of(tx, second.id)).is_freezing


async def test_of_two_first_orders_at_once_about_an_account_one_freezes_it(database: Database) -> None:
    owner = new_id()
    orders = [obey(owner, 1_000), obey(owner, 500)]
    answers = await asyncio.gather(
        *(database.retried(lambda tx, order=order: obey_court_orders(tx, [order])) for order in orders)
    )
    assert answers == [[DONE], [DONE]]
    async with database.transaction() as tx:
        found = [await order_of(tx, each.id) for each in orders]
        assert sum(order.is_freezing for order in found) == 1


async def test_a_debt_that_is_made_while_a_court_is_obeyed_is_repaid_before_it(database: Database) -> None:
    async with database.transaction() as tx:
        shop = await open_asked_shop(tx, available=700)
    order = obey(shop, None, HeldPlace.MERCHANT_AVAILABLE)
    async with database.transaction() as tx:
        owed, way = chart.merchant_owed(shop), chart.transit(shard_of(shop))
        await create_transfers(tx, [move(shop, new_id(shop), owed, way, 500, Kind.RECOVERY)], [owed, way])
        obeying = asyncio.create_task(database.retried(lambda tx: obey_court_orders(tx, [order])))
        await asyncio.sleep(0.2)
        assert not obeying.done(), "it waits for the account"
    assert await obeying == [DONE]
    async with database.transaction() as tx:
        assert (await order_of(tx, order.id)).taken == 200


async def test_what_a_person_owes_is_repaid_before_a_court_has_any(tx: Transaction) -> None:
    person = new_id()
    wallet, owed, way = chart.wallet(person), chart.wallet_owed(person), chart.transit(shard_of(person))
    await create_transfers(tx, [move(person, new_id(person), owed, way, 500, Kind.CHARGEBACK)], [owed, way])
    await give(tx, wallet, 300)
    order = obey(person, 400)
    assert await obey_court_orders(tx, [order]) == [DONE]
    assert (await order_of(tx, order.id)).taken == 0
    await give(tx, wallet, 700)
    await sweep(tx)
    assert (await order_of(tx, order.id)).taken == 400
    left, debt = await lookup_accounts(tx, [wallet.id, owed.id])
    assert (left.available, debt.debits_posted - debt.credits_posted) == (100, 0)


async def test_who_freezes_an_account_may_change_whatever_way_the_rows_are_written(tx: Transaction) -> None:
    """Two orders are approved in another order than they were proposed in: the one takes over from the other."""
    owner = new_id()
    second, first = obey(owner, 500), obey(owner, 1_000)
    assert second.id < first.id
    await obey_court_orders(tx, [first])
    tx.now += timedelta(hours=1)
    await obey_court_orders(tx, [second])
    # Whatever way the database goes through the rows.
    orders = [await order_of(tx, id) for id in (second.id, first.id)]
    orders[0].freezes = 1
    for _ in range(2):
        for order in orders:
            order.is_freezing = not order.is_freezing
        await store.change_court_orders(tx, orders)
    await release_court_orders(tx, [release(first.id)])
    assert [(await order_of(tx, each.id)).is_freezing for each in (first, second)] == [False, True]


@given(data=st.data())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches(tx: Transaction, data: st.DataObject) -> None:
    """Of two owners that are alike, one's orders are executed in batches, the other's one by one."""
    owners = [new_id(), new_id()]
    amounts = data.draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 400)), min_size=1, max_size=6))
    answers = []
    for owner, size in zip(owners, (len(amounts), 1), strict=True):
        await give(tx, chart.wallet(owner), 900)
        orders = [replace(obey(owner, 400), id=derive(owner, "order", n)) for n in range(3)]
        for start in range(0, 3, size):
            await obey_court_orders(tx, orders[start : start + size])
        commands = [
            replace(execute(orders[n].id, amount), id=derive(owner, "execution", place // 2))
            for place, (n, amount) in enumerate(amounts)
        ]
        told: list[CourtOrderStatus] = []
        for start in range(0, len(commands), size):
            told += await execute_court_orders(tx, commands[start : start + size])
        answers.append((told, [(await order_of(tx, order.id)).held for order in orders], await balances_of(tx, owner)))
    assert answers[0] == answers[1]


async def balances_of(tx: Transaction, owner: UUID) -> tuple[int, int]:
    wallet, hold, _bank = await balances(tx, owner)
    return wallet, hold


async def test_sweeps_at_once_take_no_more_than_was_ordered(database: Database) -> None:
    owner = new_id()
    async with database.transaction() as tx:
        command = obey(owner, 1_000)
        await obey_court_orders(tx, [command])
    async with database.transaction() as tx:
        await give(tx, chart.wallet(owner), 1_500)

    async def once() -> None:
        async with database.transaction() as tx:
            await sweep_court_orders(tx, [SweepCourtOrder(court_order_id=command.id)])

    await asyncio.gather(*(once() for _ in range(6)))
    async with database.transaction() as tx:
        assert (await order_of(tx, command.id)).held == 1_000
        assert (await balances(tx, owner))[:2] == (500, 1_000)
    assert BY_CLOCK.kind == "clock"
