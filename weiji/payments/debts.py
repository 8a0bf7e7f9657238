"""What a shop or a person owes goes before what they withdraw."""

from collections.abc import Collection
from uuid import UUID

from weiji.kit.db import Reader
from weiji.kit.ids import derive
from weiji.ledger import AMOUNT_MAX, Account, Kind, Transfer, TransferFlags, chart, lookup_accounts
from weiji.payments.freezing import store as freezing_store


def repay_debt(shop_id: UUID, cause_id: UUID, id: UUID | None = None) -> Transfer:
    """Let a shop's available money go to what it owes: as much as is there and is owed, and be it nothing.

    Both accounts must be open. *cause_id* is what the shop is about to do with the money, or whoever looked. A cause
    that may come again needs an *id* of the caller's each time: what was repaid for it then is not what is owed now.
    """
    return _repay(shop_id, cause_id, chart.merchant_available(shop_id), chart.merchant_owed(shop_id), id)


def repay_wallet_debt(person_id: UUID, cause_id: UUID, id: UUID | None = None) -> Transfer:
    """Let what is in a person's wallet go to what they owe, likewise."""
    return _repay(person_id, cause_id, chart.wallet(person_id), chart.wallet_owed(person_id), id)


def _repay(owner_id: UUID, cause_id: UUID, source: Account, target: Account, id: UUID | None) -> Transfer:
    return Transfer(
        id=id or derive(owner_id, "repay", cause_id),
        debit_account_id=source.id,
        credit_account_id=target.id,
        amount=AMOUNT_MAX,
        ledger=chart.CNY,
        code=Kind.REPAYMENT,
        flags=TransferFlags.BALANCING_DEBIT | TransferFlags.BALANCING_CREDIT,
        journal_id=cause_id,
    )


async def get_debts(reader: Reader, shop_ids: Collection[UUID], person_ids: Collection[UUID] = ()) -> dict[UUID, int]:
    """Tell which of these shops and persons owe something, and how much."""
    accounts = {chart.merchant_owed(id).id: id for id in shop_ids}
    accounts |= {chart.wallet_owed(id).id: id for id in person_ids}
    found = await lookup_accounts(reader, list(accounts)) if accounts else []
    return {
        accounts[each.id]: each.debits_posted - each.credits_posted
        for each in found
        if each.debits_posted > each.credits_posted
    }


async def get_claims(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, int]:
    """Tell which of these shops may send nothing away, and why: what they owe, and what is frozen for them at channels.

    The latter waits while it is held here; once it is free, its channel lets it go, and not we, too.
    """
    claims = await get_debts(reader, shop_ids)
    for shop_id, amount in (await freezing_store.sum_waiting(reader, shop_ids)).items():
        claims[shop_id] = claims.get(shop_id, 0) + amount
    return claims
