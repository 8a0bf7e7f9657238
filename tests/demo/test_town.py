"""Proves of the demo town that it is built once, that anybody is somebody at a click, that the clock brings about what
is due, and that the books of a busy street are proved."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.pages.site import Site
from weiji import demo
from weiji.demo.goods import STORES
from weiji.demo.pages import town_of
from weiji.demo.people import BUYERS, COLLEAGUE, HELPER, PAYMENT_PASSWORD, RESIDENTS
from weiji.demo.town import product_of, shop_id
from weiji.deposits.store import list_stakes
from weiji.events.deposits import BuyerCompensated
from weiji.events.outbox import get_events
from weiji.identity import PasswordCheckStatus, check_payment_password
from weiji.identity.model import Origin
from weiji.kit import clock
from weiji.ledger import Code, get_trial_balance, verify
from weiji.orders import State
from weiji.program import Program, open_program
from weiji.settings import Settings
from weiji.web.formats import money

PATIENCE: Final = 120
"""Seconds that the street may take for ten orders, on a machine that has other things to do."""


async def count(program: Program) -> dict[str, int]:
    """Count what there is."""
    tables = ("identity.people", "shops.shops", "catalog.products", "orders.orders", "payments.payments")
    async with program.database.read() as reader:
        return {table: await reader.connection.fetchval(f"select count(*) from {table}") for table in tables}  # noqa: S608


async def test_it_is_built_once_and_has_everything(town: Program) -> None:
    before = await count(town)
    await demo.fill(town)
    assert await count(town) == before
    assert before["shops.shops"] == 4
    assert before["catalog.products"] >= 30
    async with town.database.read() as reader:
        states = {row[0] for row in await reader.connection.fetch("select distinct state from orders.orders")}
        days = await reader.connection.fetchval("select count(distinct paid_at::date) from orders.orders")
    assert states == set(State)
    assert days >= 25
    for resident in RESIDENTS:
        check = await check_payment_password(town.database, resident.id, PAYMENT_PASSWORD, Origin())
        assert check.status is PasswordCheckStatus.CORRECT, resident.handle
    async with town.database.read() as reader:
        stakes = await list_stakes(reader, "all", None, 10)
        compensated = await get_events(reader, shop_id(STORES[1]), 0, 1_000)
    # It paid 117 yuan to a buyer, by two of the staff, and is filled again in time.
    assert {(each.required, each.deposit) for each in stakes} <= {(50_000, 38_300), (50_000, 50_000), (50_000, 0)}
    assert [e["data"]["amount"] for e in compensated if e["type"] == BuyerCompensated.__name__] == [11_700]
    assert (await verify(town.database)).is_proved


async def test_anybody_is_somebody_at_a_click_and_turns_the_clock(town: Program) -> None:
    site = Site(town)
    async with site.browser() as browser:
        for resident in RESIDENTS:
            await browser.visit("/")
            await browser.send("/demo/session", person=resident.handle)
            assert browser.status == 200
            assert resident.name in browser.text
            assert browser.statements <= 3
            # Who the bar's live figures are for is not asked again: they come in the language of the page.
            assert f"/demo/figures?lang={resident.locale}" in browser.page
            assert (COLLEAGUE.handle in browser.page) == (resident.part == "operator")
            assert (HELPER.handle in browser.page) == (resident.handle == STORES[0].owner)
        assert browser.path == "/operator"
        await browser.visit("/operator/trade")
        await browser.send("/demo/session", person=COLLEAGUE.handle)
        assert browser.path == "/operator/trade", "who takes turns at a desk stays where they are"
        await browser.send("/demo/session", person="nobody")
        assert browser.status == 404
        await browser.visit("/operator/trade")
        at = clock.now()
        await browser.send("/demo/clock", by="days")
        assert browser.path == "/operator/trade"
        assert timedelta(days=10) <= clock.now() - at < timedelta(days=10, minutes=5)
        async with town.database.read() as reader:
            left = await reader.connection.fetchval(
                "select count(*) from orders.orders where state in ('created', 'shipped') and due_at < $1",
                at + timedelta(days=10),
            )
        assert left == 0, "what nobody asks anything about has ended by itself"
        await browser.send("/demo/clock", by="year")
        assert browser.status == 404


async def test_buyers_buy_in_every_shop_and_whoever_helps_in_one_is_somebody_else(town: Program) -> None:
    async with Site(town).browser() as browser:
        for store in STORES:
            product = product_of(store, store.goods[0])
            for buyer in BUYERS:
                await browser.visit("/")
                await browser.send("/demo/session", person=buyer.handle)
                await browser.visit(f"/products/{product.id}")
                assert "这是你自己的店" not in browser.text, (buyer.handle, store.handle)
        desk = f"/merchant/{shop_id(STORES[0])}"
        await browser.send("/demo/session", person=STORES[0].owner)
        await browser.send("/demo/session", person=HELPER.handle)
        assert browser.path == desk
        await browser.visit(f"{desk}/shipping")
        assert browser.status == 200
        await browser.visit(f"{desk}/money")
        assert browser.status == 403, "who ships sees nothing of the money"
        await browser.visit(f"/products/{product_of(STORES[0], STORES[0].goods[0]).id}")
        assert "这是你自己的店" in browser.text


async def test_the_bar_is_only_in_the_demo(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data=tmp_path, mode="sandbox")
    async with open_program(settings) as program, Site(program).browser() as browser:
        await browser.visit("/")
        assert "town-line" not in browser.page
        answer = await browser.client.post("/demo/session", data={"person": "wenshan"})
        assert answer.status_code == 404


async def test_the_books_of_a_busy_street_are_proved(town: Program) -> None:
    street = town_of(town).street
    before = (await count(town))["orders.orders"]
    async with Site(town).browser() as browser:
        await browser.visit("/")
        await browser.send("/demo/street", then="start")
        assert street.is_busy
        async with asyncio.timeout(PATIENCE):
            while (await count(town))["orders.orders"] < before + 10:  # noqa: ASYNC110 - Nothing tells of orders here.
                await asyncio.sleep(0.1)
        assert "让街上安静" in await browser.visit("/")
        await browser.send("/demo/street", then="stop")
    await street.wait()
    assert not street.is_busy
    assert street.failed == 0
    await town.deliverer.drain()
    assert (await verify(town.database)).is_proved
    async with town.database.read() as reader:
        trial = await get_trial_balance(reader)
    assert sum(row["debits_posted"] - row["credits_posted"] for row in trial if row["code"] == Code.TRANSIT) == 0
    figures = await town_of(town).pulse.read()
    assert figures.orders == (await count(town))["orders.orders"]
    held = next(row for row in trial if row["code"] == Code.ESCROW)
    assert figures.held == held["credits_posted"] - held["debits_posted"]
    async with town.database.read() as reader:
        refunded, settled = await reader.connection.fetchrow(
            """select sum(refunded) filter (where state in ('paid', 'part_shipped', 'shipped'))::bigint,
              sum(total - refunded + subsidy - subsidy_refunded - fee + fee_refunded)
                filter (where state = 'completed')::bigint
            from orders.orders"""
        )
    assert refunded, "nothing that is held was refunded in part"
    async with Site(town).browser() as browser:
        await browser.visit("/")
        await browser.send("/demo/session", person="wenshan")
        shown = await browser.visit("/operator")
    assert money(figures.held) in shown, "the first page says what the books say"
    assert money(settled) in shown


async def test_the_six_are_who_the_bar_says() -> None:
    assert len(RESIDENTS) == 6
    assert [resident.part for resident in RESIDENTS].count("buyer") == 3
