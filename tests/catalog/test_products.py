"""Proves that products are saved, listed and withdrawn as told, and every status of each."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.catalog.examples import opened_shop, product, simple, stock
from weiji.catalog import (
    OPTIONS_MAX,
    SKUS_MAX,
    ListProduct,
    ListProductStatus,
    Option,
    Picture,
    ProductState,
    SaveProductStatus,
    SaveSku,
    WithdrawProduct,
    WithdrawProductStatus,
    get_product_page,
    get_skus_for_sale,
    list_products,
    save_products,
    withdraw_products,
)
from weiji.events import BY_SYSTEM, outbox
from weiji.inventory import get_stock
from weiji.kit.db import Database, Transaction, count_statements
from weiji.kit.ids import new_id

S = SaveProductStatus
replace = msgspec.structs.replace


async def test_a_product_is_read_as_it_was_saved(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    command = product(
        shop_id,
        handle="cup",
        description_html="<p>手拉坯 <script>x</script>🍵</p>",
        vendor="窑口",
        tags=("茶", "礼物"),
        pictures=(Picture(url="https://pictures.example/1.jpg", alt="杯", width=800, height=600),),
        extra={"SEO Title": "杯"},
    )
    (result,) = await save_products(tx, [command])
    assert (result.status, result.version) == (S.CREATED, 1)
    await stock(tx, command, 7)
    page = await get_product_page(tx, command.id)
    assert page
    for name in ("id", "shop_id", "handle", "title", "vendor", "kind", "tags", "options", "pictures", "state", "extra"):
        assert getattr(page, name) == getattr(command, name)
    assert page.description_html == "<p>手拉坯 🍵</p>"
    assert (page.price_min, page.price_max, page.version, page.sold) == (38_00, 42_00, 1, 0)
    assert page.shop.name == "青瓷小铺"
    assert [(sku.id, sku.choices, sku.price, sku.code, sku.weight_grams, sku.available) for sku in page.skus] == [
        (sku.id, sku.choices, sku.price, sku.code, sku.weight_grams, 7) for sku in command.skus
    ]
    assert page.is_for_sale
    assert [row["type"] for row in await outbox.get_events(tx, shop_id, 1, 1)] == ["ProductSaved"]


async def test_saving_again_the_same_writes_nothing(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    command = product(shop_id)
    await save_products(tx, [command])
    for version in (None, 0, 1, 7):
        (result,) = await save_products(tx, [replace(command, version=version)])
        assert (result.status, result.version) == (S.EXISTS, 1)
    assert len(await outbox.get_events(tx, shop_id, 1, 9)) == 1


async def test_every_status_about_the_place_and_version(tx: Transaction) -> None:
    shop_id, other_id = await opened_shop(tx), await opened_shop(tx)
    first = simple(shop_id, handle="first")
    await save_products(tx, [first])
    far = new_id(shop_id).int ^ 1
    elsewhere = simple(other_id, id=first.id, skus=first.skus)
    changed = replace(first, title="别的")
    results = await save_products(
        tx,
        [
            simple(new_id()),
            simple(shop_id, id=UUID(int=far)),
            simple(shop_id, skus=(SaveSku(id=UUID(int=far), price=1),)),
            elsewhere,
            replace(changed, version=0),
            simple(shop_id, version=1),
            replace(changed, version=2),
            simple(shop_id, handle="first"),
            simple(shop_id, skus=first.skus),
            replace(changed, version=1),
            replace(changed, version=1, title="又"),
        ],
    )
    same_shard = other_id.int & 63 == shop_id.int & 63
    assert [result.status for result in results] == [
        S.SHOP_NOT_FOUND,
        S.ID_NOT_NEAR_SHOP,
        S.ID_NOT_NEAR_SHOP,
        S.ID_TAKEN if same_shard else S.ID_NOT_NEAR_SHOP,
        S.ID_TAKEN,
        S.PRODUCT_NOT_FOUND,
        S.VERSION_CONFLICT,
        S.HANDLE_TAKEN,
        S.SKU_ID_TAKEN,
        S.UPDATED,
        S.VERSION_CONFLICT,
    ]
    assert [result.version for result in results][-2:] == [2, 0]


async def test_a_product_of_another_shop_in_the_same_shard_is_taken(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    near = await opened_shop(tx, near=shop_id)
    first = simple(shop_id)
    await save_products(tx, [first])
    (result,) = await save_products(tx, [replace(first, shop_id=near)])
    assert result.status is S.ID_TAKEN


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"title": " "}, S.INVALID_TITLE),
        ({"title": "两\n行"}, S.INVALID_TITLE),
        ({"title": "x" * 256}, S.INVALID_TITLE),
        ({"vendor": "\x00"}, S.INVALID_TEXT),
        ({"description_html": "x" * 100_001}, S.INVALID_TEXT),
        ({"description_html": "\ud800"}, S.INVALID_TEXT),
        ({"tags": ("x",) * 251}, S.INVALID_TEXT),
        ({"pictures": (Picture(url=""),)}, S.INVALID_TEXT),
        ({"pictures": (Picture(url="a", width=0),)}, S.INVALID_TEXT),
        ({"extra": {"a": "\x00"}}, S.INVALID_TEXT),
        ({"handle": "a\nb"}, S.INVALID_TEXT),
        ({"options": tuple(Option(str(n), ("a",)) for n in range(OPTIONS_MAX + 1))}, S.TOO_MANY_OPTIONS),
        ({"options": (Option("颜色", ("青", "青")),)}, S.INVALID_OPTIONS),
        ({"options": (Option("颜色", ()),)}, S.INVALID_OPTIONS),
        ({"options": (Option(" ", ("青",)),)}, S.INVALID_OPTIONS),
        ({"options": (Option("a", ("青",)), Option("a", ("青",)))}, S.INVALID_OPTIONS),
        ({"skus": ()}, S.NO_SKUS),
        ({"options": ()}, S.INVALID_CHOICES),
        ({"options": (Option("颜色", ("青", "红")),)}, S.INVALID_CHOICES),
    ],
)
async def test_every_status_about_the_content(tx: Transaction, changes: dict[str, Any], status: S) -> None:
    shop_id = await opened_shop(tx)
    (result,) = await save_products(tx, [product(shop_id, **changes)])
    assert result.status is status


async def test_every_status_about_skus(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    numbers = Option("号", tuple(str(n) for n in range(SKUS_MAX)))

    def sku(**facts: Any) -> SaveSku:
        return SaveSku(**{"id": new_id(shop_id), "price": 1} | facts)

    most = tuple(sku(choices=(str(n),)) for n in range(SKUS_MAX))
    twin = sku()
    statuses = [
        result.status
        for result in await save_products(
            tx,
            [
                product(shop_id, options=(numbers,), skus=most),
                product(shop_id, options=(numbers,), skus=(*most, sku(choices=("7",)))),
                product(shop_id, options=(numbers,), skus=(sku(choices=("7",)), sku(choices=("7",)))),
                product(
                    shop_id, options=(numbers,), skus=(replace(twin, choices=("7",)), replace(twin, choices=("8",)))
                ),
                simple(shop_id, skus=(sku(price=10**12),)),
                simple(shop_id, skus=(sku(price=10**12 + 1),)),
                simple(shop_id, skus=(sku(price=0),)),
                simple(shop_id, skus=(sku(compare_at=10**15),)),
                simple(shop_id, skus=(sku(weight_grams=-1),)),
            ],
        )
    ]
    assert statuses == [
        S.CREATED,
        S.TOO_MANY_SKUS,
        S.DUPLICATE_CHOICES,
        S.SKU_ID_TAKEN,
        S.CREATED,
        S.PRICE_OUT_OF_RANGE,
        S.PRICE_OUT_OF_RANGE,
        S.PRICE_OUT_OF_RANGE,
        S.WEIGHT_OUT_OF_RANGE,
    ]


async def test_skus_swap_their_choices_and_the_left_out_are_withdrawn(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    command = product(shop_id)
    one, two = command.skus
    await save_products(tx, [command])
    await stock(tx, command, 5)
    swapped = replace(command, skus=(replace(one, choices=two.choices), replace(two, choices=one.choices)))
    assert [r.status for r in await save_products(tx, [swapped])] == [S.UPDATED]
    only = replace(command, skus=(replace(one, choices=two.choices),))
    assert [r.status for r in await save_products(tx, [only])] == [S.UPDATED]
    page = await get_product_page(tx, command.id)
    assert page
    assert [(sku.id, sku.choices, sku.on_hand) for sku in page.skus] == [(one.id, two.choices, 5)]
    listed, withdrawn = await get_skus_for_sale(tx, [one.id, two.id])
    assert listed
    assert withdrawn
    assert (listed.is_listed, withdrawn.is_listed) == (True, False)
    again = replace(command, skus=(one, two))
    await save_products(tx, [again])
    page = await get_product_page(tx, command.id)
    assert page
    assert [(sku.id, sku.on_hand) for sku in page.skus] == [(one.id, 5), (two.id, 5)]


async def test_a_product_saved_twice_in_one_batch_is_the_last_and_keeps_every_sku(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    first = simple(shop_id, handle="twice")
    second = replace(
        first, title="后", handle="ignored", state=ProductState.DRAFT, skus=(SaveSku(id=new_id(shop_id), price=7),)
    )
    results = await save_products(tx, [first, second])
    assert [(result.status, result.version) for result in results] == [(S.CREATED, 1), (S.UPDATED, 2)]
    page = await get_product_page(tx, first.id)
    assert page
    assert (page.title, page.handle, page.state, page.version) == ("后", "twice", ProductState.LISTED, 2)
    assert [sku.id for sku in page.skus] == [second.skus[0].id]
    assert all(await get_stock(tx, [first.skus[0].id, second.skus[0].id]))


async def test_listing_and_withdrawing(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    draft = simple(shop_id, state=ProductState.DRAFT)
    # A draft may wait for its price; what is on sale has one.
    free = replace(draft, skus=(replace(draft.skus[0], price=0),))
    saved = [(await save_products(tx, [command]))[0].status for command in (free, draft)]
    unpriced = simple(shop_id, state=ProductState.DRAFT, handle="free", skus=(SaveSku(id=new_id(shop_id), price=0),))
    saved.append((await save_products(tx, [unpriced]))[0].status)
    assert saved == [S.CREATED, S.UPDATED, S.CREATED]
    listing = ListProduct(product_id=unpriced.id, shop_id=shop_id, actor=BY_SYSTEM)
    assert await list_products(tx, [listing]) == [ListProductStatus.UNPRICED]

    def listed(**changes: Any) -> ListProduct:
        return ListProduct(**{"product_id": draft.id, "shop_id": shop_id, "actor": BY_SYSTEM} | changes)

    def withdrawn(**changes: Any) -> WithdrawProduct:
        return WithdrawProduct(**{"product_id": draft.id, "shop_id": shop_id, "actor": BY_SYSTEM} | changes)

    assert await withdraw_products(tx, [withdrawn()]) == [WithdrawProductStatus.EXISTS]
    assert await list_products(
        tx, [listed(), listed(), listed(shop_id=new_id()), listed(product_id=new_id(shop_id))]
    ) == [
        ListProductStatus.LISTED,
        ListProductStatus.EXISTS,
        ListProductStatus.PRODUCT_NOT_FOUND,
        ListProductStatus.PRODUCT_NOT_FOUND,
    ]
    (sku,) = await get_skus_for_sale(tx, [draft.skus[0].id])
    assert sku
    assert sku.is_listed
    assert (await save_products(tx, [free]))[0].status is S.PRICE_OUT_OF_RANGE
    assert await withdraw_products(tx, [withdrawn(), withdrawn(), withdrawn(shop_id=new_id())]) == [
        WithdrawProductStatus.WITHDRAWN,
        WithdrawProductStatus.EXISTS,
        WithdrawProductStatus.PRODUCT_NOT_FOUND,
    ]
    assert [row["type"] for row in await outbox.get_events(tx, shop_id, 4, 9)] == ["ProductListed", "ProductWithdrawn"]


async def test_of_two_who_save_the_same_version_at_once_one_is_refused(database: Database) -> None:
    async with database.transaction() as tx:
        shop_id = await opened_shop(tx)
        command = simple(shop_id)
        await save_products(tx, [command])

    async def save(title: str) -> SaveProductStatus:
        async with database.transaction() as tx:
            return (await save_products(tx, [replace(command, title=title, version=1)]))[0].status

    assert sorted(await asyncio.gather(save("甲"), save("乙"))) == [S.UPDATED, S.VERSION_CONFLICT]


async def test_a_batch_takes_as_many_statements_as_a_single(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    commands = [product(shop_id) for _ in range(30)]
    await save_products(tx, commands[:10])
    counts = []
    for batch in (commands[:1], commands):
        counter = count_statements()
        dearer = [
            replace(command, skus=tuple(replace(sku, price=sku.price + len(batch)) for sku in command.skus))
            for command in batch
        ]
        await save_products(tx, dearer)
        counts.append(counter.statements)
    assert counts[0] == counts[1] <= 13
