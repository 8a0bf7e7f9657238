"""Proves that everything the operator's staff did is found by who, what and about what."""

from datetime import timedelta

from tests.catalog.examples import opened_shop
from tests.identity.people import make_people
from tests.word_rules.examples import rule
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import list_staff_acts
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.shops import SuspendShop, UpdateShop, suspend_shops, update_shops
from weiji.word_rules import PublishWordRules, note_trials, publish_word_rules


async def test_acts_of_staff_are_found_by_who_what_and_about_what_the_latest_first(tx: Transaction) -> None:
    one, other = [Actor("staff", id) for id in await make_people(tx, 2)]
    shop_id = await opened_shop(tx)
    fake = rule("fake")
    await note_trials(tx, [fake])
    rules = PublishWordRules(version=2, put=(fake,), retire=(), reason="-", actor=one)
    await publish_word_rules(tx, [rules])
    suspension = SuspendShop(
        id=new_id(shop_id), shop_id=shop_id, stops_sales=True, stops_withdrawals=False, reason="-", days=1, actor=other
    )
    await suspend_shops(tx, [suspension])
    await update_shops(tx, [UpdateShop(shop_id=shop_id, actor=BY_SYSTEM, name="别的名字")])
    by_one = await list_staff_acts(tx, person_id=one.person_id)
    assert [row["type"] for row in by_one] == ["WordRulesPublished"]
    of_shop = await list_staff_acts(tx, about=shop_id)
    assert {row["type"] for row in of_shop} == {"ShopSuspended", "ShopUpdated"}
    assert {row["actor_id"] for row in of_shop} == {other.person_id}
    (only,) = await list_staff_acts(tx, person_id=other.person_id, type="ShopSuspended")
    assert only["subject_id"] == suspension.id
    assert await list_staff_acts(tx, person_id=other.person_id, type="WordRulesPublished") == []
    first = (await list_staff_acts(tx, person_id=other.person_id, limit=1))[0]
    rest = await list_staff_acts(tx, person_id=other.person_id, before=(first["at"], first["id"]))
    assert first["id"] not in {row["id"] for row in rest}
    assert len(rest) == 1
    day = timedelta(days=1)
    for facts in ({}, {"person_id": one.person_id}):
        assert await list_staff_acts(tx, since=tx.now + day, **facts) == []
        assert await list_staff_acts(tx, until=tx.now - day, **facts) == []
        assert await list_staff_acts(tx, since=tx.now - day, until=tx.now + day, **facts) != []
