"""Proves how templates are kept: every status, the law of batches, one default, an end, and each shop its own."""

import asyncio
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.identity.people import make_people
from tests.identity.undone import SLOW, undone
from weiji.events import BY_SYSTEM
from weiji.freight import (
    AssignTemplate,
    AssignTemplateStatus,
    Method,
    PutTemplate,
    PutTemplateStatus,
    RemoveTemplate,
    RemoveTemplateStatus,
    Template,
    Way,
    Zone,
    assign_templates,
    get_templates,
    put_templates,
    remove_templates,
)
from weiji.freight.model import REGIONS_MAX, TEMPLATES_MAX, ZONES_MAX
from weiji.freight.store import Assignment, get_assignment
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARD_MASK, new_id
from weiji.shops import OpenShop, open_shops

S = PutTemplateStatus
ANYWHERE = Zone(first=1, first_price=800, extra=1, extra_price=200)


async def _shop(tx: Transaction) -> UUID:
    (owner,) = await make_people(tx, 1)
    id = new_id()
    await open_shops(tx, [OpenShop(id=id, handle=f"s{id.hex[-12:]}", name="店", owner_id=owner, actor=BY_SYSTEM)])
    return id


def _put(shop_id: UUID, **facts: Any) -> PutTemplate:
    defaults = {"id": new_id(shop_id), "shop_id": shop_id, "name": "小件", "method": Method.PIECE, "zones": (ANYWHERE,)}
    return PutTemplate(template=Template(**(defaults | facts)), actor=BY_SYSTEM)


def _zone(**facts: Any) -> Zone:
    return Zone(**({"first": 1, "first_price": 0, "extra": 1, "extra_price": 0} | facts))


async def test_every_status_of_writing(tx: Transaction) -> None:
    shop, other = await _shop(tx), await _shop(tx)
    elsewhere = UUID(int=new_id(shop).int ^ 1)
    foreign = _put(other)
    # Two shops in one shard are rare in a test; so the id of the other is judged by rules alone (test_law).
    one = _put(shop, is_default=False)
    wrong = {
        S.SHOP_NOT_FOUND: _put(new_id()),
        S.ID_IN_ANOTHER_SHARD: _put(shop, id=elsewhere),
        S.INVALID_NAME: _put(shop, name=" "),
        S.INVALID_ZONES: _put(shop, zones=(ANYWHERE, ANYWHERE)),
        S.REGION_NOT_FOUND: _put(shop, zones=(_zone(regions=("999999",)),)),
        S.REGION_TWICE: _put(shop, zones=(_zone(regions=("330000",)),), excluded=("330000",)),
        S.UNITS_OUT_OF_RANGE: _put(shop, zones=(_zone(extra=0),)),
        S.PRICE_OUT_OF_RANGE: _put(shop, zones=(_zone(free_amount=0),)),
    }
    assert await put_templates(tx, list(wrong.values())) == list(wrong)
    assert (
        await put_templates(tx, [_put(shop, zones=()), _put(shop, zones=(_zone(),) * (ZONES_MAX + 1))])
        == [S.INVALID_ZONES] * 2
    )
    too_many = _put(shop, zones=(_zone(regions=("330000",) * (REGIONS_MAX + 1)),))
    assert await put_templates(tx, [too_many]) == [S.REGION_NOT_FOUND]
    again = PutTemplate(template=one.template, actor=BY_SYSTEM)
    changed = _put(shop, id=one.template.id, name="大件")
    assert await put_templates(tx, [one, foreign, again, changed]) == [S.CREATED, S.CREATED, S.EXISTS, S.CHANGED]
    (kept,) = (await get_templates(tx, [shop]))[shop]
    assert (kept.name, kept.is_default, kept.zones) == ("大件", True, (ANYWHERE,))


async def test_a_shop_has_so_many_and_one_default(tx: Transaction) -> None:
    shop = await _shop(tx)
    full = [_put(shop, is_default=True) for _ in range(TEMPLATES_MAX)]
    assert await put_templates(tx, [*full, _put(shop)]) == [S.CREATED] * TEMPLATES_MAX + [S.TOO_MANY_TEMPLATES]
    templates = (await get_templates(tx, [shop]))[shop]
    assert [one.id for one in templates if one.is_default] == [full[-1].template.id]
    gone = RemoveTemplate(id=full[-1].template.id, shop_id=shop, actor=BY_SYSTEM)
    strange = RemoveTemplate(id=full[0].template.id, shop_id=new_id(), actor=BY_SYSTEM)
    status = RemoveTemplateStatus
    assert await remove_templates(tx, [gone, gone, strange]) == [
        status.REMOVED, status.TEMPLATE_NOT_FOUND, status.TEMPLATE_NOT_FOUND
    ]  # fmt: skip
    assert sum(one.is_default for one in (await get_templates(tx, [shop]))[shop]) == 1


async def test_a_product_goes_by_a_template_by_the_default_or_for_nothing(tx: Transaction) -> None:
    shop = await _shop(tx)
    product = new_id(shop)
    default, special = _put(shop), _put(shop, name="大件")

    async def assign(way: Way, template_id: UUID | None = None, shop_id: UUID = shop) -> AssignTemplateStatus:
        command = AssignTemplate(product_id=product, shop_id=shop_id, way=way, template_id=template_id)
        (status,) = await assign_templates(tx, [command])
        return status

    assert await get_assignment(tx, shop, product) == Assignment(Way.DEFAULT, None)
    await put_templates(tx, [default, special])
    found = await get_assignment(tx, shop, product)
    assert found.template is not None
    assert (found.way, found.template.id) == (Way.DEFAULT, default.template.id)
    assert await assign(Way.TEMPLATE, special.template.id) is AssignTemplateStatus.ASSIGNED
    found = await get_assignment(tx, shop, product)
    assert found.template is not None
    assert (found.way, found.template.id) == (Way.TEMPLATE, special.template.id)
    await remove_templates(tx, [RemoveTemplate(id=special.template.id, shop_id=shop, actor=BY_SYSTEM)])
    assert (await get_assignment(tx, shop, product)).way is Way.DEFAULT
    assert await assign(Way.FREE) is AssignTemplateStatus.ASSIGNED
    assert await get_assignment(tx, shop, product) == Assignment(Way.FREE, None)
    assert await assign(Way.DEFAULT) is AssignTemplateStatus.ASSIGNED
    assert (await get_assignment(tx, shop, product)).way is Way.DEFAULT
    for way, template_id in (
        (Way.TEMPLATE, special.template.id),
        (Way.TEMPLATE, None),
        (Way.FREE, default.template.id),
    ):
        assert await assign(way, template_id) is AssignTemplateStatus.TEMPLATE_NOT_FOUND
    assert await assign(Way.FREE, shop_id=new_id()) is AssignTemplateStatus.PRODUCT_NOT_FOUND


async def test_many_who_want_the_default_at_once_leave_one(database: Database) -> None:
    async with database.transaction() as tx:
        shop = await _shop(tx)
    commands = [_put(shop, is_default=True) for _ in range(TEMPLATES_MAX + 5)]
    answers = await asyncio.gather(
        *(database.retried(lambda tx, command=command: put_templates(tx, [command])) for command in commands)  # type: ignore[misc]
    )
    assert [status for each in answers for status in each].count(S.CREATED) == TEMPLATES_MAX
    async with database.read() as reader:
        templates = (await get_templates(reader, [shop]))[shop]
    assert sum(one.is_default for one in templates) == 1


PUTS = st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from(["小", "大", ""]), st.booleans())
REMOVALS = st.tuples(st.integers(0, 2), st.integers(0, 3))


@SLOW
@given(st.lists(PUTS, min_size=1, max_size=8), st.lists(REMOVALS, max_size=4), st.lists(PUTS, max_size=4))
async def test_law_of_batches(tx: Transaction, first: list[Any], removals: list[Any], second: list[Any]) -> None:
    answers: list[Any] = []
    async with undone(tx):
        for is_batch in (True, False):
            shops = [await _shop(tx), await _shop(tx), new_id()]
            ids = [
                [UUID(int=new_id(shop).int & ~SHARD_MASK | shop.int & SHARD_MASK) for _ in range(4)] for shop in shops
            ]
            statuses: list[str] = []
            for puts in (first, second):
                commands = [_put(shops[s], id=ids[s][i], name=name, is_default=d) for s, i, name, d in puts]
                for puts_batch in [commands] if is_batch else [[command] for command in commands]:
                    statuses += await put_templates(tx, puts_batch)
                gone = [RemoveTemplate(id=ids[s][i], shop_id=shops[s], actor=BY_SYSTEM) for s, i in removals]
                for batch in [gone] if is_batch else [[one] for one in gone]:
                    statuses += await remove_templates(tx, batch)
            found = await get_templates(tx, shops[:2])
            kept = [{(ids[n].index(t.id), t.name, t.is_default) for t in found[shops[n]]} for n in range(2)]
            answers.append((statuses, kept))
    assert answers[0] == answers[1]
