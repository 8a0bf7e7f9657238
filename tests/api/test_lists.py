"""Proves that every list of the API refuses a place that it has not given itself, or a time that no database keeps, and
takes whatever may be one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final, get_args
from unittest.mock import patch
from uuid import UUID

import pytest

from tests.api.town import Town
from weiji.catalog import SaveCategory, save_categories
from weiji.events import BY_SYSTEM
from weiji.kit.ids import new_id
from weiji.porting.records import HistoryKind
from weiji.web import cursors
from weiji.web.cursors import Bigint, write_cursor

UTMOST: Final[dict[Any, Any]] = {
    bool: True,
    int: 2**31 - 1,
    Bigint: 2**63 - 1,
    str: "\U0010ffff",
    datetime: datetime.max.replace(tzinfo=UTC),
    date: date.max,
    UUID: UUID(int=2**128 - 1),
}
FORGED: Final[dict[Any, Any]] = {int: 2**31, Bigint: 2**63, str: "\0", datetime: "0001-01-01T00:00:00+14:00"}


@pytest.fixture
def asked() -> Iterator[list[Any]]:
    """Tells as what cursors were read."""
    found: list[Any] = []
    original = cursors._reader_of

    def reader_of(kind: Any) -> Any:
        found.append(kind)
        return original(kind)

    with patch.object(cursors, "_reader_of", reader_of):
        yield found


def _utmost(part: Any) -> Any:
    """Give the last value that a part of a cursor can have."""
    if part in UTMOST:
        return UTMOST[part]
    bounds = getattr(part, "__metadata__", None)
    return bounds[0].le if bounds else list(part)[-1]  # Else one of an enumeration.


async def _things(town: Town) -> dict[str, Any]:
    """Give the things that lists are about, by how parameters name them."""
    market = town.market
    (goods,) = (await town.ask("GET", "/products")).json()["items"]
    category = SaveCategory(id=new_id(), name="茶", actor=BY_SYSTEM)
    async with town.database.transaction() as tx:
        await save_categories(tx, [category])
    return {
        "shop_id": market.shop_id,
        "owner_id": market.shop_id,
        "sku_id": market.skus[0],
        "product_id": goods["id"],
        "category_id": category.id,
        "kind": HistoryKind.ORDER,
    }


async def test_no_list_takes_a_forged_place(town: Town, asked: list[Any]) -> None:
    await town.employ(town.market.seller_id)
    session = await town.sign_in(town.market.seller_id)
    things = await _things(town)
    lists = times = 0
    for path, item in (await town.client.get("/api/v1/openapi.json")).json()["paths"].items():
        parameters = item.get("get", {}).get("parameters", [])
        for timed in (p["name"] for p in parameters if "date-time" in str(p["schema"])):
            far = await town.client.get(path, params={timed: FORGED[datetime]}, headers=session)
            assert (far.status_code, far.json()["errors"][0]["parameter"]) == (400, timed), (path, far.text)
            times += 1
        if not any(p["name"] == "after" and "string" in str(p["schema"]) for p in parameters):
            continue  # No list, or of events, whose places are numbers.
        given = {p["name"]: str(things.get(p["name"], new_id())) for p in parameters if p.get("required")}
        at = path.format(**given)

        async def ask(after: str, at: str = at, given: dict[str, str] = given) -> int:
            return (await town.client.get(at, params={**given, "after": after}, headers=session)).status_code

        asked.clear()
        assert await ask("x") == 400, path
        assert asked, f"{path} reads its cursor in a way of its own"
        parts = get_args(asked[0])
        utmost = [_utmost(part) for part in parts]
        assert await ask(write_cursor(*utmost)) < 500, (path, utmost)
        for place, part in enumerate(parts):
            if part not in FORGED:
                continue
            forged = [*utmost[:place], FORGED[part], *utmost[place + 1 :]]
            assert await ask(write_cursor(*forged)) == 400, (path, forged)
        lists += 1
    assert lists > 50
    assert times >= 2
