"""Proves that shops are told of devices that their people never signed in on, that nobody can compare devices across
people or shops, and that a trial over the past finds what was found when it happened."""

from datetime import timedelta

import pytest

from tests.pages.conftest import site
from tests.pages.site import Site
from tests.supervision.test_conduct import SHARDS_ALL, START, K, rule
from weiji.identity import start_session
from weiji.identity.model import Origin
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.supervision.conduct.model import Measure, NoteDevice, NoteDeviceStatus
from weiji.supervision.conduct.operations import note_devices, replay, watch_shops
from weiji.supervision.conduct.rules import judge_shop
from weiji.supervision.conduct.tallying import device_of, tally_devices

__all__ = ["site"]

LAPTOP, PHONE = "0" * 32, "f" * 32


async def counts(database: Database, site: Site) -> list[tuple[object, object]]:
    """Read on which devices of whom sign-ins of the shop were counted."""
    rows = await database.pool.fetch(
        "select subject_id, about_id from supervision.tallies"
        " where shop_id = $1 and measure = 'signed_in' order by hour",
        site.shop_id,
    )
    return [(row["subject_id"], row["about_id"]) for row in rows]


async def test_a_person_of_a_shop_on_a_new_device_is_found(site: Site) -> None:
    database, seller = site.program.database, site.seller_id
    offset = clock.CLOCK.offset
    begin = clock.now().replace(minute=5) + timedelta(hours=1)
    for hours, device in ((0, LAPTOP), (30, LAPTOP), (60, PHONE)):
        clock.CLOCK.follow(offset + (begin - clock.wall()) + timedelta(hours=hours))
        async with database.transaction() as tx:
            await watch_shops(tx, SHARDS_ALL, 100)
        await start_session(database, seller, Origin(device=device))
        await start_session(database, await site.person(f"guest{hours}x"), Origin(device=device))
        await site.settle()
    found = await counts(database, site)
    assert [person for person, _ in found] == [seller] * 3, "who works for no shop is not counted"
    (first, again, other) = (device for _, device in found)
    assert first == again != other
    async with database.read() as reader:
        begins, ends = clock.now() - timedelta(days=3), clock.now() + timedelta(hours=1)
        (hit,) = await replay(reader, [rule(K.NEW_DEVICES)], [site.shop_id], begins, ends)
    assert (hit.part, hit.whole, hit.about) == (1, 1, (seller,))
    clock.CLOCK.follow(offset)


async def test_a_browser_is_known_again_by_a_cookie_that_no_script_reads(site: Site) -> None:
    names = []
    async with site.browser() as browser:
        for handle in ("aqing", "aqing", "afang"):
            if not names or handle != "aqing":
                await site.person(handle)
            browser.client.cookies.pop("session", None)
            await browser.sign_in(handle)
            names.append(browser.client.cookies.get("device"))
    async with site.browser("aqing") as another:
        names.append(another.client.cookies.get("device"))
    assert names[0] == names[1] == names[2] != names[3]
    rows = await site.program.database.pool.fetch(
        "select stream, data ->> 'device' as device from events.events where type = 'SessionStarted' order by id"
    )
    told = [row["device"] for row in rows if row["device"]][-4:]
    assert told[0] == told[1], "a device is known again"
    assert len({*told}) == 3, "and has another name of everybody"
    assert not {*names} & {*told}, "and the cookie's own is nowhere"


def test_of_another_shop_a_device_has_another_name() -> None:
    shop = new_id()
    assert device_of(shop, "a") == device_of(shop, "a") != device_of(new_id(), "a")


async def test_a_shop_that_is_not_watched_yet_has_no_past(tx: Transaction) -> None:
    command = NoteDevice(shop_id=new_id(), person_id=new_id(), device="a", at=tx.now)
    assert await note_devices(tx, [command, command]) == [NoteDeviceStatus.SHOP_NOT_WATCHED] * 2


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_law_of_batches(cut: int) -> None:
    shop, person = new_id(), new_id()
    commands = [
        NoteDevice(shop_id=shop, person_id=person, device=device, at=START + timedelta(minutes=at))
        for at, device in ((0, "a"), (10, "b"), (70, "a"))
    ]
    whole = tally_devices(commands, {shop: START})
    parts = [*tally_devices(commands[:cut], {shop: START}), *tally_devices(commands[cut:], {shop: START})]
    rules = [rule(K.NEW_DEVICES, threshold=1, at_least=0)]
    hours = {each.hour for each in whole}
    assert all(each.measure is Measure.SIGNED_IN for each in parts)
    assert judge_shop(rules, sorted(parts, key=lambda each: each.hour), hours) == judge_shop(rules, whole, hours)
