"""Proves that bills tell what was paid, given back and moved on a day, and that pictures come in, by the client."""

import asyncio
import csv
import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha1
from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image

from tests.wire.test_trade import call, command, make, number, pay
from tests.wire.voices import alike
from tests.wire.world import APPID, World, make_merchant, open_shop
from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.clock import CLOCK, SHANGHAI
from weiji.kit.ids import new_id
from weiji.ledger import Kind
from weiji.orders.merchant_money import kind_word
from weiji.wire import bill_entries
from weiji.wire.bill_entries import NAMES
from weiji.wire.bills import TradeBill
from weiji.wire.calls import bills as bills_calls
from weiji.wire.errors import WireError
from weiji.wire.kept_bills import KeptBill, forget_over
from weiji.wire.scribe import LASTS, Scribe
from weiji.wire.trade import MerchantOrder, MerchantRefund, RefundMerchantOrder, TakeMerchantPayment
from weiji.wire.trade.rules import ShopTerms, judge_place, judge_refund, judge_take


async def test_bills_of_a_day_are_downloaded(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = own_world
    client = await asyncio.to_thread(world.client)
    day = clock.now().astimezone(SHANGHAI).date().isoformat()
    first, ticket = await make(client, total=1_234, attach='=1+1,"x"')
    second, other = await make(client, total=500)
    await pay(world, ticket)
    await pay(world, other)
    back = {"refund": 200, "total": 500, "currency": "CNY"}
    code, said = await call(client.refund, "R-1", back, out_trade_no=second)
    assert code == 200, said
    code, said = await call(client.trade_bill, day)
    assert (code, said["code"]) == (400, "NO_STATEMENT_EXIST")
    CLOCK.follow(CLOCK.offset + timedelta(days=1))
    for packing in ("GZIP", None):
        code, said = await call(client.trade_bill, day, tar_type=packing or "")
        assert (code, said["hash_type"]) == (200, "SHA1"), said
        code, content = await asyncio.to_thread(client.download_bill, said["download_url"])
        assert code == 200
        text = gzip.decompress(content) if packing else content
        assert sha1(text, usedforsecurity=False).hexdigest() == said["hash_value"]
        lines = text.decode("utf-8-sig").splitlines()
        assert len(lines) == 1 + 3 + 2
        assert {line.split(",")[6] for line in lines[1:4]} == {f"`{first}", f"`{second}"}
        assert all(line.startswith(("`", '"`')) for line in [*lines[1:4], lines[5]])
        assert lines[5].split(",")[:3] == ["`3", "`17.34", "`2.00"]
    # Each kind has its columns: who reads it goes by their places, or by the names that the protocol has for them.
    for kind, columns, rows in (("ALL", 27, 3), ("SUCCESS", 20, 2), ("REFUND", 29, 1)):
        _, said = await call(client.trade_bill, day, bill_type=kind, tar_type="")
        _, content = await asyncio.to_thread(client.download_bill, said["download_url"])
        table = list(csv.reader(content.decode("utf-8-sig").splitlines()))[:-2]
        assert {len(row) for row in table} == {columns}
        assert len(table) == 1 + rows
    names, row = table
    told = dict(zip(names, (cell.removeprefix("`") for cell in row), strict=True))
    assert names[14:16] == ["退款申请时间", "退款成功时间"]
    assert (told["商户退款单号"], told["退款金额"], told["退款状态"]) == ("R-1", "2.00", "PROCESSING")
    assert told["用户标识"].startswith("o")
    assert len(told["微信订单号"]) == len(told["微信退款单号"]) == 32
    code, said = await call(client.fundflow_bill, day, "OPERATION")
    code, content = await asyncio.to_thread(client.download_bill, said["download_url"])
    lines = gzip.decompress(content).decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[1] == "微信支付业务单号"
    # Paid, paid, given back: the balance behind the last is what is left.
    assert [line.split(",")[7] for line in lines[1:-2]] == ["`12.34", "`17.34", "`15.34"]

    # Whoever asks, in whatever form and key mode, is told the same, and gets the same bytes.
    async def read(*asked: str) -> bytes:
        (bill,) = await alike(world, asked)
        (content,) = await alike(world, ("download_bill", bill["download_url"]))
        text = gzip.decompress(content)
        assert sha1(text, usedforsecurity=False).hexdigest() == bill["hash_value"]
        return text

    trade, flow = await read("trade_bill", day), await read("fundflow_bill", day, "OPERATION")
    code, said = await call(client.trade_bill, "2020-01-01")
    assert (code, said["code"]) == (400, "NO_STATEMENT_EXIST")
    for nonsense in ("yesterday", "0001-01-01", "9999-12-31", "20260131", "2026-W05-6"):
        code, said = await call(client.trade_bill, nonsense)
        assert (code, said["detail"]["field"]) == (400, "bill_date")
    # However many pages it takes, it is the same bill.
    monkeypatch.setattr(bill_entries, "PAGE", 1)
    monkeypatch.setattr(bills_calls, "LINES", 1)
    assert (await read("trade_bill", day), await read("fundflow_bill", day, "OPERATION")) == (trade, flow)
    assert await world.program.database.pool.fetchval("select max(pages) from wire.bills") == 3
    # It is for who asked, and for an hour.
    _, said = await call(client.trade_bill, day)
    other = await asyncio.to_thread(
        world.client, await make_merchant(world.site, await open_shop(world.site, "别人的店"))
    )
    assert (await asyncio.to_thread(other.download_bill, said["download_url"]))[0] == 403
    # They go a few pages at a time, however few bills those are; one that has more goes alone.
    monkeypatch.setattr("weiji.wire.kept_bills.store.PAGES_MAX", 2)
    left = "select (select count(*) from wire.bills) + (select count(*) from wire.bill_pages)"
    all_of_them, rounds, done = await world.program.database.pool.fetchval(left), 0, 1_000
    while done == 1_000:
        async with world.program.database.transaction() as tx:
            done = await forget_over(tx, clock.wall() + LASTS, 1_000)
        rounds += 1
    assert rounds >= all_of_them // 4 > 2
    assert await world.program.database.pool.fetchval(left) == 0
    code, text = await asyncio.to_thread(client.download_bill, said["download_url"])
    assert (code, json.loads(text)["code"]) == (400, "INVALID_REQUEST")
    code, said = await call(client._core.request, "/v3/billdownload/file?token=nonsense", skip_verify=True)
    assert (code, said["detail"]["field"]) == (400, "token")
    # What can't be read is told, instead of an answer that breaks off.
    _, said = await call(client.trade_bill, day)
    await world.program.database.pool.execute("delete from wire.bill_pages")
    assert (await asyncio.to_thread(client.download_bill, said["download_url"]))[0] == 500


async def test_a_bill_that_takes_long_is_written_on_and_found_by_whoever_asks_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weiji.wire.scribe.PATIENCE", timedelta(milliseconds=1))
    scribe, merchant = Scribe(world.program.database), world.merchant
    goes_on = asyncio.Event()

    async def write(*pieces: str) -> AsyncIterator[str]:
        yield pieces[0]
        await goes_on.wait()
        for piece in pieces[1:]:
            yield piece

    async def ask(name: str, *pieces: str) -> KeptBill | None:
        return await scribe.get(merchant.mchid, merchant.shop_id, name, write(*pieces))

    for _ in range(2):
        with pytest.raises(WireError) as refused:
            await ask("long", "茶", "a" * 100_000, "b")
        assert refused.value.code == "STATEMENT_CREATING"
    goes_on.set()
    bill = None
    while bill is None:
        await asyncio.sleep(0.01)
        bill = await ask("long", "x") if not scribe._writing else None
    text = "茶" + "a" * 100_000 + "b"
    assert (bill.pages, bill.text_bytes) == (3, len(text.encode()))
    assert bill.hash == sha1(text.encode(), usedforsecurity=False).hexdigest()
    assert b"".join([piece async for piece in scribe.read(bill, is_packed=False)]).decode() == text
    packed = b"".join([piece async for piece in scribe.read(bill, is_packed=True)])
    assert (gzip.decompress(packed).decode(), len(packed)) == (text, bill.packed_bytes)
    # One that came in time is written anew: what it tells may be other since.
    monkeypatch.setattr("weiji.wire.scribe.PATIENCE", timedelta(minutes=1))
    quick = await ask("quick", "1")
    again = await ask("quick", "2")
    assert quick
    assert again
    assert quick.id != again.id
    # Whoever asks for many is told to wait.
    monkeypatch.setattr("weiji.wire.scribe.PATIENCE", timedelta(milliseconds=1))
    goes_on.clear()
    monkeypatch.setattr("weiji.wire.scribe.ASKED_AT_ONCE", 1)
    with pytest.raises(WireError):
        await ask("one", "1", "2")
    with pytest.raises(WireError) as refused:
        await ask("two", "1")
    assert (refused.value.status, refused.value.code) == (429, "FREQUENCY_LIMITED")
    goes_on.set()
    await asyncio.wait(list(scribe._writing.values()))
    for limit in ("KEPT_MAX", "KEPT_BYTES_MAX"):
        with monkeypatch.context() as patch:
            patch.setattr(f"weiji.wire.scribe.{limit}", 1)
            with pytest.raises(WireError) as refused:
                await ask("one more", "1")
        assert refused.value.code == "FREQUENCY_LIMITED"


def test_the_fee_that_comes_back_is_told_with_its_refund() -> None:
    now, shop = clock.now(), new_id()
    placed = command(shop, 10_000, "a")
    orders: dict[UUID, MerchantOrder] = {}
    judge_place(orders, {shop: ShopTerms(is_open=True, is_verified=True)}, 6_000, 1, placed, now)
    order = orders[placed.id]
    order.terms = {**order.terms, "appid": APPID}
    payment = TakeMerchantPayment(
        order_id=order.id,
        payment_id=new_id(),
        payer_id=new_id(),
        shop_id=shop,
        amount=10_000,
        channel="balance",
        actor=BY_SYSTEM,
    )
    judge_take(order, payment, now)
    refunds: dict[UUID, MerchantRefund] = {}
    for place, amount in enumerate((3_333, 6_667)):
        asked = RefundMerchantOrder(
            id=new_id(shop),
            order_id=order.id,
            caller_mchid=order.caller_mchid,
            number=f"R{place}",
            amount=amount,
            total=10_000,
            reason=None,
            notify_url=None,
            key_id=None,
            actor=BY_SYSTEM,
        )
        assert judge_refund(order, refunds, asked, now)[0] == "created"
    bill = TradeBill("ALL")
    text = bill.write([(order, None), *((order, refund) for refund in refunds.values())]) + bill.end()
    *rows, _, sums = csv.reader(text.splitlines())
    fees = {row[15]: row[22] for row in rows[1:]}
    assert fees == {"`0": "`0.60000", "`R0": "`-0.19000", "`R1": "`-0.41000"}
    assert sums[4] == "`0.00000"


async def test_what_is_being_written_is_given_up_when_the_program_ends(world: World) -> None:
    scribe, begun = Scribe(world.program.database), asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        begun.set()
        await asyncio.Event().wait()
        yield "never"

    asking = asyncio.create_task(scribe.get(world.merchant.mchid, world.merchant.shop_id, "endless", endless()))
    async with asyncio.timeout(60):
        await begun.wait()
        await scribe.close()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_a_picture_comes_in(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "#8a6d1f").save(drawn, "PNG")
    path = world.folder / f"{number()}.png"
    await asyncio.to_thread(path.write_bytes, drawn.getvalue())
    code, text = await asyncio.to_thread(client.image_upload, str(path))
    assert code == 200, text
    assert json.loads(text)["media_id"]
    await asyncio.to_thread(path.write_bytes, b"no picture")
    code, text = await asyncio.to_thread(client.image_upload, str(path))
    assert code == 400


def test_what_a_shop_is_told_of_by_name_its_bill_names() -> None:
    nameless = kind_word(-1)
    assert [kind.name for kind in Kind if kind_word(kind) != nameless and kind not in NAMES] == []
