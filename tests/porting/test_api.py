"""Proves of the JSON API of porting that a program can bring goods in and take them out, and nobody else's."""

import csv
import zipfile
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.api.town import Town, open_town
from tests.orders.market import ADDRESS
from tests.porting.test_runs import TEXT
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.porting.exporting import Place
from weiji.porting.worker import Exporter, Importer


@pytest.fixture
async def town(database: Database, database_url: str) -> AsyncIterator[Town]:
    """The program, and a client that asks it."""
    async with open_town(database, database_url) as town:
        await town.employ(town.market.seller_id)
        yield town


async def _work(town: Town) -> None:
    importer, exporter = Importer(), Exporter(Place("", Path("data")))
    while await importer.work(town.database, 1) or await exporter.work(town.database, 1):
        pass
    importer.close()


async def _upload(town: Town, by: str) -> tuple[str, list[Any], list[Any]]:
    shop_id = town.market.shop_id
    run_id = str(new_id(shop_id))
    data = TEXT.encode()
    parts = [
        {"file_id": run_id, "shop_id": str(shop_id), "number": n, "data": b64encode(part).decode()}
        for n, part in enumerate((data[:100], data[100:]))
    ]
    added = await town.do("/porting/parts/add", *parts, by=by)
    start = {"id": run_id, "shop_id": str(shop_id), "name": "goods.csv"}
    return run_id, added, await town.do("/porting/imports/start", start, by=by)


async def test_goods_come_in_and_go_out(town: Town) -> None:
    by, shop_id = town.seller, str(town.market.shop_id)
    run_id, added, started = await _upload(town, by)
    assert (added, started) == ([{"status": "added"}] * 2, [{"status": "created"}])
    await _work(town)
    run = (await town.ask("GET", f"/porting/imports/{run_id}", by=by)).json()
    assert (run["state"], run["made"], run["refused"]) == ("checked", 2, 2)
    page = (await town.ask("GET", f"/porting/imports/{run_id}/lines?limit=3", by=by)).json()
    assert [line["outcome"] for line in page["items"]] == ["new", "new", "refused"]
    rest = (await town.ask("GET", f"/porting/imports/{run_id}/lines?after={page['next']}", by=by)).json()
    assert [line["handle"] for line in rest["items"]] == ["long"]
    which = (await town.ask("GET", f"/porting/imports/{run_id}/lines?outcome=new", by=by)).json()
    assert [line["handle"] for line in which["items"]] == ["cup", "pot"]
    move = {"run_id": run_id, "shop_id": shop_id}
    assert await town.do("/porting/imports/stop", move, by=by) == [{"status": "not_allowed_now"}]
    assert await town.do("/porting/imports/confirm", move, by=by) == [{"status": "done"}]
    await _work(town)
    assert await town.do("/porting/imports/undo", move, by=by) == [{"status": "done"}]
    await _work(town)
    listed = (await town.ask("GET", f"/porting/imports?shop_id={shop_id}", by=by)).json()["items"]
    assert [(each["id"], each["state"], each["undone"]) for each in listed] == [(run_id, "undone", 2)]
    export_id = str(new_id(town.market.shop_id))
    start = {"id": export_id, "shop_id": shop_id, "contents": "shopify"}
    assert await town.do("/porting/exports/start", start, by=by) == [{"status": "created"}]
    await _work(town)
    listed = (await town.ask("GET", f"/porting/exports?shop_id={shop_id}", by=by)).json()["items"]
    assert [(each["id"], each["state"]) for each in listed] == [(export_id, "ready")]
    part = (await town.ask("GET", f"/porting/exports/{export_id}/part", by=by)).json()
    assert part["next"] is None
    assert b"cup" in b64decode(part["data"])


async def test_files_of_others_are_not_there(town: Town) -> None:
    run_id, _, _ = await _upload(town, town.seller)
    shop_id, by = str(town.market.shop_id), town.buyer
    _, added, started = await _upload(town, by)
    assert (added, started) == ([{"status": "shop_not_found"}] * 2, [{"status": "shop_not_found"}])
    for path in (
        f"/porting/imports/{run_id}",
        f"/porting/imports/{run_id}/lines",
        f"/porting/imports?shop_id={shop_id}",
        f"/porting/exports?shop_id={shop_id}",
    ):
        assert (await town.ask("GET", path, by=by)).status_code == 404, path
    move = {"run_id": run_id, "shop_id": shop_id}
    for verb in ("confirm", "check", "undo"):
        assert await town.do(f"/porting/imports/{verb}", move, by=by) == [{"status": "run_not_found"}]
    start = {"id": str(new_id(town.market.shop_id)), "shop_id": shop_id, "contents": "shopify"}
    assert await town.do("/porting/exports/start", start, by=by) == [{"status": "shop_not_found"}]
    name = {"shop_id": shop_id, "key": "1:1", "name": "a"}
    assert await town.do("/porting/names/save", name, by=by) == [{"status": "shop_not_found"}]


async def test_a_key_for_goods_takes_no_orders_out(town: Town) -> None:
    by = await town.make_key(town.market.seller_id, ["goods:read"])
    more = await town.make_key(town.market.seller_id, ["goods:read", "orders:read", "payments:read"])
    shop_id = str(town.market.shop_id)
    for contents in ("orders", "customers", "statements", "archive"):
        export_id = str(new_id(town.market.shop_id))
        body = [{"id": export_id, "shop_id": shop_id, "contents": contents}]
        assert (await town.ask("POST", "/porting/exports/start", body, by=by)).status_code == 403
        assert (await town.ask("POST", "/porting/exports/start", body, by=more)).json() == [{"status": "created"}]
        await _work(town)
        assert (await town.ask("GET", f"/porting/exports/{export_id}/part", by=by)).status_code == 403
        assert (await town.ask("GET", f"/porting/exports/{export_id}/part", by=more)).status_code == 200


async def test_orders_and_money_are_taken_out(town: Town) -> None:
    by = await town.make_key(town.market.seller_id, ["goods:read", "orders:read", "payments:read"])
    order_id, shop_id = str(await town.place()), town.market.shop_id
    files: dict[str, bytes] = {}
    for contents in ("orders", "archive"):
        export_id = str(new_id(shop_id))
        start = {"id": export_id, "shop_id": str(shop_id), "contents": contents}
        assert await town.do("/porting/exports/start", start, by=by) == [{"status": "created"}]
        await _work(town)
        part = (await town.ask("GET", f"/porting/exports/{export_id}/part", by=by)).json()
        files[contents] = b64decode(part["data"])
    (row,) = csv.DictReader(StringIO(files["orders"].decode("utf-8-sig"), newline=""))
    assert (row["order"], row["state"], row["line"]) == (order_id, "created", "1")
    assert row["recipient"]
    assert row["address"]
    with zipfile.ZipFile(BytesIO(files["archive"])) as package:
        (line,) = package.read("orders.jsonl").splitlines()
        order = msgspec.json.decode(line)
    assert (order["id"], order["lines"][0]["quantity"]) == (order_id, int(row["quantity"]))
    assert order["address"]["name"] == row["recipient"]


async def test_customers_are_taken_out_as_long_as_they_agree(town: Town) -> None:
    seller = await town.make_key(town.market.seller_id, ["goods:read", "orders:read", "payments:read"])
    order_id, shop_id = str(await town.place()), town.market.shop_id
    given = {"shop_id": str(shop_id), "order_id": order_id, "text_version": 1}

    async def take_out() -> dict[str, str]:
        ids = {}
        for contents in ("customers", "archive"):
            ids[contents] = str(new_id(shop_id))
            start = {"id": ids[contents], "shop_id": str(shop_id), "contents": contents}
            assert await town.do("/porting/exports/start", start, by=seller) == [{"status": "created"}]
            await _work(town)
        return ids

    async def read(id: str) -> bytes:
        return b64decode((await town.ask("GET", f"/porting/exports/{id}/part", by=seller)).json()["data"])

    assert await town.do("/customers/give-contact", given, by=town.buyer) == [{"status": "given"}]
    ids = await take_out()
    assert ADDRESS.phone in (await read(ids["customers"])).decode()
    with zipfile.ZipFile(BytesIO(await read(ids["archive"]))) as package:
        (line,) = package.read("customers.jsonl").splitlines()
        assert (msgspec.json.decode(line)["name"], msgspec.json.decode(line)["orders"]) == (ADDRESS.name, 0)
    withdrawn = {"shop_id": str(shop_id)}
    assert await town.do("/customers/withdraw-contact", withdrawn, by=town.buyer) == [{"status": "withdrawn"}]
    await town.market.settle_events()
    for id in ids.values():
        assert (await town.ask("GET", f"/porting/exports/{id}/part", by=seller)).status_code == 404
    parts = "select count(*) from porting.parts where file_id = any ($1)"
    assert await town.database.pool.fetchval(parts, list(ids.values())) == 0
    ids = await take_out()
    assert ADDRESS.phone not in (await read(ids["customers"])).decode()
