"""What the journeys share: a browser, and two towns; in one the clock stands still, in the other it is turned."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import Struct
from playwright.async_api import Browser

from tests.journeys.serving import serve_town
from tests.journeys.visitor import DESK, PHONE, Devices, Visitor, visiting
from tests.towns import BuiltTown, copy_of
from weiji.demo.people import BY_HANDLE
from weiji.events import BY_SYSTEM
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit.db import Database

Visiting = Callable[..., Awaitable[Visitor]]


class Town(Struct, frozen=True):
    """A town that is served."""

    url: str
    database_url: str
    data: Path


@asynccontextmanager
async def _open_town(built_town: BuiltTown, name: str, data: Path) -> AsyncIterator[Town]:
    async with copy_of(built_town, name, data) as database_url:
        with serve_town(database_url, data) as url:
            yield Town(url, database_url, data)


@pytest.fixture(scope="session")
async def town(built_town: BuiltTown, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A town whose clock is turned: nothing in it stays as it is."""
    async with _open_town(built_town, "town", tmp_path_factory.mktemp("town")) as served:
        yield served


@pytest.fixture(scope="module")
async def still_town(built_town: BuiltTown, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A town in which nobody turns the clock, so that every order stays as it was left."""
    async with _open_town(built_town, "still_town", tmp_path_factory.mktemp("still_town")) as served:
        yield served


@pytest.fixture(scope="session")
def devices(browser: Browser, town: Town) -> Devices:
    """What people come to town with."""
    return Devices(browser, town.url)


@pytest.fixture
async def arrive(devices: Devices) -> AsyncIterator[Visiting]:
    """Somebody new comes to town, with a browser of their own: `await arrive(PHONE)`.

    Whatever any of their browsers complained about fails the test in the end.
    """
    async with visiting(devices) as come:
        yield come


@pytest.fixture
async def operator(arrive: Visiting) -> Visitor:
    """The town's operator, who also turns the clock."""
    visitor = await arrive(DESK)
    await visitor.become("文山")
    return visitor


async def appoint(town: Town, *roles: Role) -> None:
    """Have Shen Jie work for the operator, too: whoever decides second."""
    person_id = BY_HANDLE["shenjie"].id
    grants = [GrantRole(person_id=person_id, scope=PLATFORM, role=role, actor=BY_SYSTEM) for role in roles]
    database = await Database.connect(town.database_url)
    async with database.transaction() as tx:
        await grant_roles(tx, grants)
    await database.close()


async def sell(arrive: Visiting, title: str, price: str) -> tuple[Visitor, str, Visitor, str, Decimal]:
    """Have one of five sold and paid from the wallet; give merchant, desk, buyer, order, and what the buyer had."""
    merchant = await arrive(DESK)
    await merchant.become("老周")
    desk = merchant.path
    product = await merchant.list_product(desk, title, price=price, stock=5)
    buyer = await arrive(PHONE)
    await buyer.become("小鱼")
    before = await buyer.balance()
    order = await buyer.place(product)
    await buyer.pay()
    return merchant, desk, buyer, order, before
