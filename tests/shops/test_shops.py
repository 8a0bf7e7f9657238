"""Proves how shops are opened and changed: every status, the law of batches, and one shop for each handle."""

import asyncio
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.identity.people import make_people
from weiji.events import BY_SYSTEM, outbox
from weiji.identity import GrantRole, GrantRoleStatus, Role, grant_roles
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.shops import (
    ChangeHandle,
    ChangeHandleStatus,
    OpenShop,
    OpenShopStatus,
    ShopState,
    UpdateShop,
    UpdateShopStatus,
    change_handles,
    find_shop,
    get_shops,
    open_shops,
    update_shops,
)
from weiji.shops.handles import Handles, judge_changes
from weiji.shops.model import NEW_HANDLE, SHOPS_OWNED_MAX
from weiji.shops.rules import Shops, handles_for, judge_openings, judge_updates

OWNERS = [derive(UUID(int=n), "owner") for n in (1, 2)]
IDS = [derive(UUID(int=n), "shop") for n in (3, 4, 5)]

openings = st.builds(
    OpenShop,
    id=st.sampled_from(IDS),
    handle=st.sampled_from(["tea", "cups", "Tea", "-", ""]),
    name=st.sampled_from(["茶", " ", "两\n行", "x" * 61]),
    owner_id=st.sampled_from(OWNERS),
    actor=st.just(BY_SYSTEM),
    story=st.sampled_from(["", "\x00"]),
    colour=st.sampled_from(["#06803f", "green"]),
)
updates = st.builds(
    UpdateShop,
    shop_id=st.sampled_from(IDS),
    actor=st.just(BY_SYSTEM),
    name=st.sampled_from([None, "茶馆", ""]),
    story=st.sampled_from([None, "一壶", "\ud800"]),
    colour=st.sampled_from([None, "#112233", "#12345"]),
    status=st.sampled_from([None, *ShopState]),
)


def _open(handle: str, owner_id: UUID, **facts: Any) -> OpenShop:
    return OpenShop(
        **{"id": new_id(), "handle": handle, "name": "茶馆", "owner_id": owner_id, "actor": BY_SYSTEM} | facts
    )


@given(st.lists(openings, max_size=12), st.lists(updates, max_size=8))
def test_law_of_batches(opened: list[OpenShop], updated: list[UpdateShop]) -> None:
    now = clock.now()
    together, single = [Shops(shops={}, handles=set(), owner_ids={OWNERS[0]}) for _ in range(2)]
    assert judge_openings(together, opened, now) == [judge_openings(single, [c], now)[0] for c in opened]
    assert together == single
    assert judge_updates(together.shops, updated) == [judge_updates(single.shops, [c])[0] for c in updated]
    assert together == single


@given(st.text(max_size=80), st.uuids())
def test_a_shop_without_a_handle_is_given_one_that_it_may_have(name: str, shop_id: UUID) -> None:
    assert all(NEW_HANDLE.fullmatch(handle) for handle in handles_for(name, shop_id))
    assert handles_for("重庆 Blue 茶铺", shop_id)[0] == "chongqing-blue-chapu"


async def test_every_status_of_opening(tx: Transaction) -> None:
    owner, other = await make_people(tx, 2)
    first = _open("lao-chaguan", owner)
    assert await open_shops(
        tx,
        [
            first,
            first,
            _open("another", owner, id=first.id),
            _open("lao-chaguan", other, id=first.id),
            _open("good", new_id()),
            _open("Lao", owner),
            _open("a" * 33, owner),
            _open(new_id().hex, owner),
            _open("good", owner, name=" "),
            _open("good", owner, story="\x00"),
            _open("good", owner, colour="red"),
            _open("lao-chaguan", owner),
        ],
    ) == [
        OpenShopStatus.CREATED,
        OpenShopStatus.EXISTS,
        OpenShopStatus.ID_TAKEN,
        OpenShopStatus.ID_TAKEN,
        OpenShopStatus.OWNER_NOT_FOUND,
        OpenShopStatus.INVALID_HANDLE,
        OpenShopStatus.INVALID_HANDLE,
        OpenShopStatus.INVALID_HANDLE,
        OpenShopStatus.INVALID_NAME,
        OpenShopStatus.INVALID_STORY,
        OpenShopStatus.INVALID_COLOUR,
        OpenShopStatus.HANDLE_TAKEN,
    ]
    assert await open_shops(tx, [first, _open("lao-chaguan", owner)]) == [
        OpenShopStatus.EXISTS,
        OpenShopStatus.HANDLE_TAKEN,
    ]


async def test_a_person_has_fifty_shops_at_most(tx: Transaction) -> None:
    owner, other = await make_people(tx, 2)
    many = [_open(f"shop-{n}", owner) for n in range(SHOPS_OWNED_MAX + 1)]
    assert await open_shops(tx, many) == [OpenShopStatus.CREATED] * SHOPS_OWNED_MAX + [OpenShopStatus.EXCEEDS_LIMIT]
    again = [many[0], _open("one-more", owner), _open("one-more", other)]
    assert await open_shops(tx, again) == [OpenShopStatus.EXISTS, OpenShopStatus.EXCEEDS_LIMIT, OpenShopStatus.CREATED]


async def test_an_opened_shop_is_found_by_its_handle_and_told_of(tx: Transaction) -> None:
    (owner,) = await make_people(tx, 1)
    command = _open("found", owner, name="كوب 🍵 茶")
    await open_shops(tx, [command])
    assert await find_shop(tx, "found") == command.id
    assert await find_shop(tx, "lost") is None
    assert await find_shop(tx, "\x00") is None
    shop, nothing = await get_shops(tx, [command.id, new_id()])
    assert nothing is None
    assert shop
    assert (shop.name, shop.owner_id, shop.status, shop.created_at) == ("كوب 🍵 茶", owner, ShopState.OPEN, tx.now)
    assert [row["type"] for row in await outbox.get_events(tx, command.id, 0, 9)] == ["ShopOpened"]


async def test_the_owner_of_an_opened_shop_may_act_for_it(tx: Transaction) -> None:
    (owner,) = await make_people(tx, 1)
    command = _open("owned", owner)
    await open_shops(tx, [command])
    again = GrantRole(person_id=owner, scope=str(command.id), role=Role.OWNER, actor=BY_SYSTEM)
    assert await grant_roles(tx, [again]) == [GrantRoleStatus.EXISTS]


async def test_every_status_of_changing(tx: Transaction) -> None:
    shop = _open("changing", *await make_people(tx, 1))
    await open_shops(tx, [shop])
    assert await update_shops(
        tx,
        [
            UpdateShop(shop_id=shop.id, actor=BY_SYSTEM, name="新名", status=ShopState.CLOSED),
            UpdateShop(shop_id=new_id(), actor=BY_SYSTEM, name="新名"),
            UpdateShop(shop_id=shop.id, actor=BY_SYSTEM, name=""),
            UpdateShop(shop_id=shop.id, actor=BY_SYSTEM, story="x" * 2001),
            UpdateShop(shop_id=shop.id, actor=BY_SYSTEM, colour="#FFFFFF"),
            UpdateShop(shop_id=shop.id, actor=BY_SYSTEM, story="一间小店"),
        ],
    ) == [
        UpdateShopStatus.UPDATED,
        UpdateShopStatus.SHOP_NOT_FOUND,
        UpdateShopStatus.INVALID_NAME,
        UpdateShopStatus.INVALID_STORY,
        UpdateShopStatus.INVALID_COLOUR,
        UpdateShopStatus.UPDATED,
    ]
    (found,) = await get_shops(tx, [shop.id])
    assert found
    assert (found.name, found.story, found.status) == ("新名", "一间小店", ShopState.CLOSED)
    assert [row["type"] for row in await outbox.get_events(tx, shop.id, 1, 9)] == ["ShopUpdated"]


async def test_a_change_that_changes_nothing_is_not_told(tx: Transaction) -> None:
    shop = _open("quiet", *await make_people(tx, 1))
    await open_shops(tx, [shop])
    assert await update_shops(tx, [UpdateShop(shop_id=shop.id, actor=BY_SYSTEM, name=shop.name)]) == ["updated"]
    assert len(await outbox.get_events(tx, shop.id, 0, 9)) == 1


async def test_of_many_who_want_one_handle_at_once_one_gets_it(database: Database) -> None:
    async with database.transaction() as tx:
        (owner,) = await make_people(tx, 1)

    async def attempt() -> OpenShopStatus:
        async def work(tx: Transaction) -> list[OpenShopStatus]:
            return await open_shops(tx, [_open("wanted", owner)])

        return (await database.retried(work))[0]

    statuses = await asyncio.gather(*(attempt() for _ in range(8)))
    assert sorted(statuses) == ["created", *["handle_taken"] * 7]


# ==== Handles ====

changes = st.builds(
    ChangeHandle,
    shop_id=st.sampled_from(IDS),
    handle=st.sampled_from(["tea", "cups", "pots", "-"]),
    actor=st.just(BY_SYSTEM),
)


@given(st.lists(changes, max_size=10))
def test_law_of_batches_of_handles(commands: list[ChangeHandle]) -> None:
    together, single = [
        Handles(shops={IDS[0]: ("tea", None), IDS[1]: ("cups", None)}, taken={"tea": IDS[0], "cups": IDS[1]})
        for _ in range(2)
    ]
    assert judge_changes(together, commands) == [judge_changes(single, [c])[0] for c in commands]
    assert together == single


async def test_every_status_of_changing_a_handle(tx: Transaction) -> None:
    (owner,) = await make_people(tx, 1)
    first, second = _open("first-name", owner), _open("second-name", owner)
    await open_shops(tx, [first, second])

    def change(shop: OpenShop, handle: str) -> ChangeHandle:
        return ChangeHandle(shop_id=shop.id, handle=handle, actor=BY_SYSTEM)

    assert await change_handles(
        tx,
        [
            change(first, "first-name"),
            change(_open("nobody", owner), "third-name"),
            change(first, "-"),
            change(first, second.id.hex),
            change(first, "second-name"),
            change(first, "third-name"),
            change(second, "third-name"),
            change(first, "third-name"),
            change(first, "first-name"),
        ],
    ) == [
        ChangeHandleStatus.EXISTS,
        ChangeHandleStatus.SHOP_NOT_FOUND,
        ChangeHandleStatus.INVALID_HANDLE,
        ChangeHandleStatus.INVALID_HANDLE,
        ChangeHandleStatus.HANDLE_TAKEN,
        ChangeHandleStatus.CHANGED,
        ChangeHandleStatus.HANDLE_TAKEN,
        ChangeHandleStatus.EXISTS,
        ChangeHandleStatus.CHANGED_BEFORE,
    ]
    # What was printed leads there for ever, and nobody else can have it.
    assert await find_shop(tx, "first-name") == await find_shop(tx, "third-name") == first.id
    assert await change_handles(tx, [change(second, "first-name")]) == [ChangeHandleStatus.HANDLE_TAKEN]
    (shop,) = await get_shops(tx, [first.id])
    assert shop
    assert shop.handle == "third-name"
    told = [row["type"] for row in await outbox.get_events(tx, first.id, 0, 9)]
    assert told == ["ShopOpened", "ShopHandleChanged"]


async def test_of_two_who_want_one_handle_at_once_one_gets_it(database: Database) -> None:
    async with database.transaction() as tx:
        owner, *_ = await make_people(tx, 1)
        shops = [_open(f"before-{n}", owner) for n in range(4)]
        await open_shops(tx, shops)

    async def change(shop: OpenShop) -> ChangeHandleStatus:
        command = ChangeHandle(shop_id=shop.id, handle="wanted", actor=BY_SYSTEM)
        return (await database.retried(lambda tx: change_handles(tx, [command])))[0]

    statuses = await asyncio.gather(*map(change, shops))
    assert sorted(statuses) == sorted([ChangeHandleStatus.CHANGED, *[ChangeHandleStatus.HANDLE_TAKEN] * 3])
