"""Shops with money, deposits and debts, for tests."""

from collections.abc import Sequence
from uuid import UUID

from tests.onboarding.examples import open_shop
from weiji import escrow
from weiji.deposits import Stake, get_stakes
from weiji.events import Actor
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Account, Kind, Transfer, TransferFlags, chart, create_transfers, move
from weiji.onboarding import Checklist, store

OWNER = Actor("merchant", new_id())
REQUIRED = 50_000


async def ask(tx: Transaction, shop_ids: Sequence[UUID], required: int = REQUIRED, kind: str = "person") -> None:
    """Have the operator ask for deposits, and these shops be verified ones."""
    version, checklist = await store.get_checklist(tx)
    asked = Checklist(
        person_deposit=required if kind == "person" else checklist.person_deposit,
        company_deposit=required if kind == "company" else checklist.company_deposit,
    )
    assert await store.add_checklist(tx, version + 1, asked, OWNER.person_id, "保证金。")
    for shop_id in shop_ids:
        await tx.connection.execute(
            "insert into onboarding.applications (shard, shop_id, state, created_at, attempts, checklist_version,"
            " submitted_at, promised_at, reason, kind) values ($1, $2, 'approved', $3, 1, 1, $3, $3, '', $4)"
            " on conflict do nothing",
            shard_of(shop_id),
            shop_id,
            tx.now,
            kind,
        )


async def open_asked_shop(tx: Transaction, *, available: int = 0, required: int = REQUIRED) -> UUID:
    """Open a shop that is asked for a deposit, and give it money."""
    shop_id, _ = await open_shop(tx)
    await ask(tx, [shop_id], required)
    if available:
        await give(tx, chart.merchant_available(shop_id), available)
    return shop_id


async def give(tx: Transaction, account: Account, amount: int) -> None:
    """Put money into an account, as if it came from elsewhere."""
    way = chart.transit(shard_of(account.id))
    transfer = Transfer(
        id=new_id(account.id),
        debit_account_id=way.id,
        credit_account_id=account.id,
        amount=amount,
        ledger=chart.CNY,
        code=Kind.SETTLE,
    )
    (result,) = await create_transfers(tx, [transfer], [way, account])
    assert result.is_made


async def owe(tx: Transaction, shop_id: UUID, amount: int) -> UUID:
    """Have a settled order of the shop given back, with nothing of it left; give the order."""
    order_id = new_id(shop_id)
    chains = [
        escrow.hold(order_id, shop_id, new_id(), amount),
        escrow.release(order_id, shop_id, amount, 0),
        escrow.settle(order_id, shop_id, amount),
    ]
    gone = Transfer(
        id=new_id(shop_id),
        debit_account_id=chart.merchant_available(shop_id).id,
        credit_account_id=chart.transit(shard_of(shop_id)).id,
        amount=amount,
        ledger=chart.CNY,
        code=Kind.PAYOUT,
    )
    given = escrow.give_back(order_id, shop_id, new_id(), amount, 0, is_settled=True)
    opening = {each.id: each for chain in (*chains, given) for each in chain.opening}
    transfers = [*(each for chain in chains for each in chain.transfers), gone, *given.transfers]
    results = await create_transfers(tx, transfers, list(opening.values()))
    assert all(result.is_made for result in results), results
    return order_id


async def stake_of(reader: Reader, shop_id: UUID) -> Stake:
    """Read what a shop has at stake."""
    return (await get_stakes(reader, [shop_id]))[shop_id]


async def freeze(tx: Transaction, account: Account) -> None:
    """Let nothing more go out of an account, as a court does that lacks some of it."""
    id, flags = new_id(account.id), TransferFlags.PENDING | TransferFlags.FREEZING_DEBIT
    way = chart.transit(shard_of(account.id))
    (result,) = await create_transfers(tx, [move(id, id, account, way, 0, Kind.LEGAL_HOLD, flags)], [way, account])
    assert result.is_made
