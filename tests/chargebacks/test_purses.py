"""Proves of chargebacks of what was for no order of ours: what each posts, out of whose purse, who owes the rest."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.court_orders.test_court_orders import obey
from tests.deposits.examples import give
from tests.payments.test_rules import _judge, _notice, _payment
from weiji.chargebacks import (
    Chargeback,
    ChargebackStatus,
    EndChargeback,
    TakeChargeback,
    end_chargebacks,
    store,
    sum_disputed,
)
from weiji.chargebacks import take_chargebacks as take
from weiji.chargebacks.model import Purse, case_id_of
from weiji.court_orders import CourtOrderStatus, obey_court_orders
from weiji.events import BY_CHANNEL
from weiji.events.payments import ChargebackEnded, ChargebackReceived
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Account, chart, lookup_accounts
from weiji.payments import NoticeKind, NoticeStatus, PaymentStatus, Purpose
from weiji.payments.model import PaymentPart
from weiji.payments.rules import disputed_parts

OWNER = new_id()
AVAILABLE, DEPOSIT = chart.merchant_available(OWNER), chart.merchant_deposit(OWNER)
OWED, WALLET, WALLET_OWED = chart.merchant_owed(OWNER), chart.wallet(OWNER), chart.wallet_owed(OWNER)
LOSS = chart.bad_debt(shard_of(OWNER))


async def read(tx: Transaction, *accounts: Account) -> list[int]:
    """Read what accounts have, credits less debits; what is held is not there."""
    found = {each.id: each.available for each in await lookup_accounts(tx, [account.id for account in accounts])}
    return [found.get(account.id, 0) for account in accounts]


async def case_of(tx: Transaction, id: UUID) -> Chargeback:
    return (await store.get_cases(tx, [id]))[id]


# What there is, what is disputed of which purse, and how much of that is recoverable; what is left of it, and who owes.
TABLE = (
    (Purse.SHOP, {AVAILABLE: 700, DEPOSIT: 200}, 1_000, 1_000, {AVAILABLE: 0, DEPOSIT: 0, OWED: -100}, 0),
    (Purse.SHOP, {AVAILABLE: 700, DEPOSIT: 200}, 1_000, 600, {AVAILABLE: 100, DEPOSIT: 200, OWED: 0}, 400),
    (Purse.SHOP, {AVAILABLE: 700}, 300, 0, {AVAILABLE: 700, OWED: 0}, 300),
    (Purse.DEPOSIT, {AVAILABLE: 700, DEPOSIT: 200}, 500, 500, {AVAILABLE: 400, DEPOSIT: 0, OWED: 0}, 0),
    (Purse.DEPOSIT, {DEPOSIT: 200}, 500, 500, {AVAILABLE: 0, DEPOSIT: 0, OWED: -300}, 0),
    (Purse.WALLET, {WALLET: 800}, 500, 500, {WALLET: 300, WALLET_OWED: 0}, 0),
    (Purse.WALLET, {WALLET: 120}, 500, 500, {WALLET: 0, WALLET_OWED: -380}, 0),
)


@pytest.mark.parametrize("row", TABLE)
@pytest.mark.parametrize("is_won", [True, False])
async def test_a_purse_is_held_and_makes_good_of_what_the_channel_keeps(
    tx: Transaction, is_won: bool, row: tuple[Purse, dict[Account, int], int, int, dict[Account, int], int]
) -> None:
    purse, there, amount, recoverable, left, borne = row
    for account, its in there.items():
        await give(tx, account, its)
    (loss_before,) = await read(tx, LOSS)
    command = TakeChargeback(
        near=OWNER, payment_id=new_id(OWNER), order_id=None, shop_id=None if purse is Purse.WALLET else OWNER,
        purse=purse, debtor_id=OWNER, recoverable=recoverable, channel="x", reference="R", amount=amount, fee=0,
        reason="", respond_by=None, received_at=clock.now(), actor=BY_CHANNEL,
    )  # fmt: skip
    assert await take(tx, [command, command]) == [ChargebackStatus.DONE, ChargebackStatus.EXISTS]
    id = case_id_of(OWNER, "x", "R")
    pending = chart.chargeback_pending(id)
    held = min(recoverable, sum(there.values()))
    # Held: nobody can withdraw it meanwhile.
    assert sum(await read(tx, *there)) == sum(there.values()) - held
    assert await end_chargebacks(
        tx, [EndChargeback(near=OWNER, channel="x", reference="R", is_won=is_won, actor=BY_CHANNEL)]
    ) == [ChargebackStatus.DONE]
    case = await case_of(tx, id)
    assert case.closed_at is not None
    assert (await read(tx, pending, chart.merchant_claim(OWNER))) == [0, 0]
    (loss,) = await read(tx, LOSS)
    if is_won:
        assert await read(tx, *there) == list(there.values())
        assert (case.borne, loss) == (0, loss_before)
    else:
        assert await read(tx, *left) == list(left.values())
        assert (case.borne, loss_before - loss) == (borne, borne)


async def test_what_was_held_before_a_court_froze_the_account_makes_good_of_it(tx: Transaction) -> None:
    await give(tx, WALLET, 120)
    command = TakeChargeback(
        near=OWNER, payment_id=new_id(OWNER), order_id=None, shop_id=None, purse=Purse.WALLET, debtor_id=OWNER,
        recoverable=500, channel="x", reference="F", amount=500, fee=0, reason="", respond_by=None,
        received_at=clock.now(), actor=BY_CHANNEL,
    )  # fmt: skip
    await take(tx, [command])
    order = obey(OWNER, 10_000)
    assert await obey_court_orders(tx, [order]) == [CourtOrderStatus.DONE]
    await give(tx, WALLET, 70)
    ended = EndChargeback(near=OWNER, channel="x", reference="F", is_won=False, actor=BY_CHANNEL)
    assert await end_chargebacks(tx, [ended]) == [ChargebackStatus.DONE]
    # The 120 are the channel's; what came in since is the court's, and the rest is owed.
    assert await read(tx, WALLET, WALLET_OWED, chart.chargeback_pending(case_id_of(OWNER, "x", "F"))) == [70, -380, 0]


async def test_of_one_payment_for_several_orders_of_a_shop_each_has_what_was_taken_of_it(tx: Transaction) -> None:
    first, second, payment_id = new_id(OWNER), new_id(OWNER), new_id(OWNER)
    commands = [
        TakeChargeback(
            near=order_id, payment_id=payment_id, order_id=None, shop_id=OWNER, purse=Purse.SHOP, debtor_id=OWNER,
            recoverable=0, channel="x", reference=reference, amount=amount, fee=0, reason="", respond_by=None,
            received_at=clock.now(), actor=BY_CHANNEL,
        )
        for order_id, reference, amount in ((first, "A", 300), (second, "A", 200), (second, "B", 50))
    ]  # fmt: skip
    assert await take(tx, commands) == [ChargebackStatus.DONE] * 3
    paid = {first: payment_id, second: payment_id, new_id(OWNER): new_id(OWNER)}
    assert await sum_disputed(tx, paid) == {first: 300, second: 250}
    won = EndChargeback(near=second, channel="x", reference="A", is_won=True, actor=BY_CHANNEL)
    assert await end_chargebacks(tx, [won]) == [ChargebackStatus.DONE]
    assert await sum_disputed(tx, paid) == {first: 300, second: 50}


def test_of_a_payment_for_several_orders_each_shop_makes_good_of_what_did_not_go_back_of_its_own() -> None:
    parts = tuple(PaymentPart(order_id=new_id(OWNER), shop_id=new_id(), amount=100) for _ in range(3))
    payment = replace(
        _payment(PaymentStatus.SUCCEEDED),
        purpose=Purpose.MERCHANT_ORDER,
        amount=300,
        captured=300,
        parts=parts,
        refunded=130,
    )
    refunded = {(payment.id, parts[0].order_id): 100, (payment.id, parts[1].order_id): 30}
    told = disputed_parts(payment, 300, refunded)
    assert [(one.near_id, one.amount, one.recoverable) for one in told] == [
        (parts[0].order_id, 100, 0),
        (parts[1].order_id, 100, 70),
        (parts[2].order_id, 100, 100),
    ]


@pytest.mark.parametrize(
    ("purpose", "purse", "recoverable"),
    [(Purpose.TOP_UP, "wallet", 100), (Purpose.DEPOSIT, "deposit", 100), (Purpose.MERCHANT_ORDER, "shop", 70)],
)
def test_a_notice_tells_whose_purse_it_was(purpose: Purpose, purse: str, recoverable: int) -> None:
    payment = replace(_payment(PaymentStatus.SUCCEEDED), purpose=purpose, captured=100)
    if purpose is Purpose.MERCHANT_ORDER:
        payment.refunded = 30
    received = _notice(NoticeKind.CHARGEBACK_RECEIVED, payment.id)
    lost = _notice(NoticeKind.CHARGEBACK_LOST, payment.id)
    statuses, books = _judge(payment, received, lost)
    assert statuses == [NoticeStatus.RECORDED] * 2
    told, ended = (occurrence.event for occurrence in books.occurrences)
    assert isinstance(told, ChargebackReceived)
    assert isinstance(ended, ChargebackEnded)
    debtor, near = {
        Purpose.TOP_UP: (payment.payer_id, None),
        Purpose.DEPOSIT: (payment.subject_id, payment.subject_id),
        Purpose.MERCHANT_ORDER: (payment.payee_id, payment.subject_id),
    }[purpose]
    assert (told.purse, told.debtor_id, told.recoverable) == (purse, debtor, recoverable)
    assert told.near_id == ended.near_id == near
    assert told.order_id is None
