"""Proves that money goes to bank accounts in names that were accepted alone: however, and whenever, they are named."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.onboarding.examples import (
    JPEG,
    accept,
    company_values,
    make_card_number,
    make_id_number,
    open_shop,
    put,
    save,
)
from tests.onboarding.test_applications import approve, decide, submit, take
from weiji.events import BY_SYSTEM, Actor
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.onboarding import Checklist, Field, Kind
from weiji.onboarding.operations import put_documents, save_fields, void_applications
from weiji.payments import (
    REGISTRY,
    CreatePayoutAccount,
    CreatePayoutAccountStatus,
    PayoutSource,
    RemovePayoutAccount,
    RequestPayout,
    RequestPayoutStatus,
    SandboxChannel,
    TopUpWallet,
    create_payout_accounts,
    get_owners,
    remove_payout_accounts,
    request_payouts,
    top_up_wallets,
)
from weiji.payments.holders import Owner, hint_at

N = CreatePayoutAccountStatus
P = RequestPayoutStatus


def account(owner_id: UUID, holder: str, **other: Any) -> CreatePayoutAccount:
    """Name a bank account."""
    command = CreatePayoutAccount(
        id=new_id(owner_id), owner_id=owner_id, holder=holder, bank="小镇银行", number="62220000123456", actor=BY_SYSTEM
    )
    return replace(command, **other)


def payout(named: CreatePayoutAccount, source: PayoutSource = PayoutSource.WALLET) -> RequestPayout:
    """Ask for a fen."""
    return RequestPayout(
        id=new_id(named.owner_id),
        owner_id=named.owner_id,
        source=source,
        account_id=named.id,
        amount=1,
        fee=0,
        channel="sandbox",
        actor=BY_SYSTEM,
    )


async def fill_wallet(tx: Transaction, person_id: UUID) -> None:
    """Give somebody money."""
    command = TopUpWallet(id=new_id(person_id), person_id=person_id, amount=100, actor=Actor("person", person_id))
    await top_up_wallets(tx, [command])


async def approve_company(tx: Transaction, shop_id: UUID) -> None:
    """Have a company verified that 周山 represents."""
    await save_fields(tx, [save(shop_id, company_values(7))])
    await put_documents(tx, [put(shop_id, name, JPEG) for name in (Field.LICENCE, Field.ID_FRONT, Field.ID_BACK)])
    assert await submit(tx, shop_id) == "submitted"
    await take(tx, shop_id)
    assert await decide(tx, shop_id, *accept(*Checklist().wants(Kind.COMPANY))) == "approved"


async def test_an_account_of_a_verified_shop_is_in_a_name_that_was_accepted(tx: Transaction) -> None:
    shop_id, _ = await open_shop(tx)
    before, kept = account(shop_id, "王五"), account(shop_id, "李四")
    assert await create_payout_accounts(tx, [before, kept]) == [N.CREATED] * 2, "nobody has said who they are"
    await approve(tx, shop_id)
    good = account(shop_id, " 周 山")
    asked = [account(shop_id, "王五"), good, account(shop_id, "周"), before, replace(before, holder="周山")]
    assert await create_payout_accounts(tx, asked) == [N.NAME_DIFFERS, N.CREATED, N.NAME_DIFFERS, N.EXISTS, N.ID_TAKEN]
    # Refused, the id is free.
    assert await create_payout_accounts(tx, [replace(asked[0], holder="周山")]) == [N.CREATED]
    assert await get_owners(tx, [shop_id]) == {shop_id: Owner(is_shop=True, names=("周山",), are_accepted=True)}


async def test_a_companys_account_may_be_its_representatives(tx: Transaction) -> None:
    shop_id, owner_id = await open_shop(tx)
    await approve_company(tx, shop_id)
    asked = [account(shop_id, name) for name in ("杭州(西湖)茶业有限公司", "周山", "杭州茶业有限公司")]
    assert await create_payout_accounts(tx, asked) == [N.CREATED, N.CREATED, N.NAME_DIFFERS]
    # Its owner's wallet, too: in any name that was accepted for a shop of theirs.
    second, _ = await open_shop(tx, owner_id)
    values = {Field.NAME: "周海", Field.HOLDER: "周海", Field.ID_NUMBER: make_id_number(9)}
    await save_fields(tx, [save(second, {**_person(9), **values})])
    await put_documents(tx, [put(second, name, JPEG) for name in (Field.ID_FRONT, Field.ID_BACK)])
    assert await submit(tx, second) == "submitted"
    mine = [account(owner_id, name) for name in ("杭州（西湖）茶业有限公司", "周山", "周海")]
    assert await create_payout_accounts(tx, mine[2:]) == [N.NAME_DIFFERS], "nobody has accepted it"
    await take(tx, second)
    assert await decide(tx, second, *accept(*Checklist().wants(Kind.PERSON))) == "approved"
    assert await create_payout_accounts(tx, mine) == [N.CREATED] * 3
    # The new owner of a shop has to show who they are, as the one before had.
    await void_applications(tx, [shop_id])
    assert (await get_owners(tx, [owner_id]))[owner_id].names == ("周海",)


def _person(seed: int) -> dict[Field, str]:
    return {
        Field.KIND: "person",
        Field.BANK: "建设银行",
        Field.ACCOUNT_NUMBER: make_card_number(seed),
    }


async def test_nothing_goes_to_an_account_whose_name_was_not_accepted_since(
    tx: Transaction, shared_database: Database
) -> None:
    REGISTRY.register(SandboxChannel(shared_database))
    shop_id, owner_id = await open_shop(tx)
    await fill_wallet(tx, owner_id)
    mine, shops = account(owner_id, "王五"), account(shop_id, "王五")
    await create_payout_accounts(tx, [mine, shops])
    first = payout(mine)
    assert await request_payouts(tx, [first]) == [P.CREATED]
    await approve(tx, shop_id)
    good, shops_good = account(owner_id, "周山"), account(shop_id, "周山")
    await create_payout_accounts(tx, [good, shops_good])
    available = PayoutSource.MERCHANT_AVAILABLE
    asked = [first, payout(mine), payout(good)]
    assert await request_payouts(tx, asked) == [P.EXISTS, P.ACCOUNT_NAME_DIFFERS, P.CREATED]
    theirs = [payout(shops, available), payout(shops_good, available)]
    assert await request_payouts(tx, theirs) == [P.ACCOUNT_NAME_DIFFERS, P.INSUFFICIENT_FUNDS]
    # Nothing was held for what is refused: the id is free, and goes to another account.
    assert await request_payouts(tx, [replace(asked[1], account_id=good.id)]) == [P.CREATED]


async def test_whose_name_nobody_knows_has_accounts_in_one(tx: Transaction, shared_database: Database) -> None:
    REGISTRY.register(SandboxChannel(shared_database))
    person_id = new_id()
    await fill_wallet(tx, person_id)
    first, other = account(person_id, "张三"), account(person_id, "李四")
    again = account(person_id, "张 三", number="62220000123457")
    assert await create_payout_accounts(tx, [first, other, again]) == [N.CREATED, N.NAME_DIFFERS, N.CREATED]
    removal = RemovePayoutAccount(id=first.id, owner_id=person_id, actor=BY_SYSTEM)
    await remove_payout_accounts(tx, [removal])
    assert await create_payout_accounts(tx, [other]) == [N.NAME_DIFFERS]
    await remove_payout_accounts(tx, [replace(removal, id=again.id)])
    assert await create_payout_accounts(tx, [other]) == [N.CREATED], "the one before has no account any more"
    assert await request_payouts(tx, [payout(other), payout(first)]) == [P.CREATED, P.ACCOUNT_NOT_FOUND]


async def test_of_two_names_at_once_one_is_paid_out_to(database: Database) -> None:
    """No row is there to be locked while there is no account: the payout looks again."""
    REGISTRY.register(SandboxChannel(database))
    person_id = new_id()
    named = [account(person_id, name) for name in ("张三", "李四", "王五")]
    begun = asyncio.Barrier(len(named))

    async def name(command: CreatePayoutAccount) -> CreatePayoutAccountStatus:
        async with database.transaction() as tx:
            await get_owners(tx, [person_id])
            await begun.wait()
            return (await create_payout_accounts(tx, [command]))[0]

    answers = await asyncio.gather(*map(name, named))
    assert N.CREATED in answers
    async with database.transaction() as tx:
        await fill_wallet(tx, person_id)
        statuses = await request_payouts(tx, [payout(command) for command in named])
    assert statuses.count(P.CREATED) == 1, statuses
    assert set(statuses) <= {P.CREATED, P.ACCOUNT_NAME_DIFFERS, P.ACCOUNT_NOT_FOUND}


_OWNERS = [derive(UUID(int=1 << 80), "owner of accounts", n) for n in range(2)]
_namings = st.builds(
    lambda owner, n, holder: account(_OWNERS[owner], holder, id=_near(_OWNERS[owner], n)),
    st.integers(0, 1),
    st.integers(0, 2),
    st.sampled_from(["张三", "李四", "张 三", ""]),
)


def _near(owner_id: UUID, number: int) -> UUID:
    return UUID(int=(derive(owner_id, "account", number).int & ~63) | (owner_id.int & 63))


@given(batch=st.lists(_namings, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches_for_naming_accounts(shared_database: Database, batch: list[CreatePayoutAccount]) -> None:
    together = await _answers(shared_database, [batch])
    assert together == await _answers(shared_database, [[one] for one in batch])


class _UndoError(Exception):
    pass


async def _answers(database: Database, batches: list[list[CreatePayoutAccount]]) -> list[CreatePayoutAccountStatus]:
    answers: list[CreatePayoutAccountStatus] = []
    with suppress(_UndoError):
        async with database.transaction() as tx:
            for batch in batches:
                answers += await create_payout_accounts(tx, batch)
            raise _UndoError
    return answers


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("周山", "*山"),
        ("欧阳修", "**修"),
        ("李", "*"),
        ("杭州茶业有限公司", "杭州****公司"),
        ("John Smith", "Jo******th"),
    ],
)
def test_a_hint_says_little(name: str, hint: str) -> None:
    assert hint_at(name) == hint
