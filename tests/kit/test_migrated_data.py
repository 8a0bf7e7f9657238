"""Proves that migrations mend what is there, and what programs of before still write until they are gone."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
import pytest

from tests.databases import with_name
from weiji.kit import migrate
from weiji.kit.ids import new_id, shard_of
from weiji.payments.bank.model import Line
from weiji.payments.channels.references import reference_of

SHOP = new_id()
SHARD = shard_of(SHOP)
KEPT, TAKEN_HERE, TAKEN_THERE, CHANGED, ADDED = (
    1_600_000_000 + (SHARD - 1_600_000_000) % 64 + 64 * number for number in range(5)
)
"""Merchants who want to hear of complaints."""
NOW = datetime.now(UTC)
ORDERED_AT = NOW - timedelta(days=30)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def write(connection: Connection, table: str, **values: Any) -> None:
    """Write a row as it is, as a program of before did."""
    row = {"shard": SHARD, **values}
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())  # noqa: S608


async def write_capture(connection: Connection, reference: str, resolved_by: UUID | None) -> None:
    """Write money that fitted nothing, with its break: ended by two people, or by nobody yet."""
    key = {"channel": "sandbox", "reference": reference}
    await write(connection, "payments.captures", **key, amount=100, disposition="unmatched", captured_at=ORDERED_AT)
    ended = {"state": "resolved", "resolution": "own_funds", "resolved_at": NOW, "proposed_by": new_id()}
    facts = {"day": NOW.date(), "kind": "charge", "class": "theirs_only", "theirs": 100, "delta": 100, "is_due": False}
    times = {"occurred_at": ORDERED_AT, "found_at": ORDERED_AT}
    known = {**(ended if resolved_by else {"state": "open"}), "told": "unmatched", "resolved_by": resolved_by}
    await write(connection, "reconciliation.breaks", id=new_id(SHOP), **key, **facts, **times, **known)


async def write_step(connection: Connection, decided_by: UUID, at: datetime) -> UUID:
    """Write a step of the ladder that nobody imposed; *decided_by* gave its points at *at*."""
    inquiry_id, step_id = new_id(SHOP), new_id(SHOP)
    subject = {"shop_id": SHOP, "subject_kind": "shop", "subject_id": SHOP, "opened_at": ORDERED_AT, "due_at": NOW}
    said = {"state": "decided", "verdict": "warned", "reason": "刷单", "decided_by": decided_by, "decided_at": NOW}
    await write(connection, "supervision.inquiries", id=inquiry_id, **subject, **said)
    imposed = {"kind": "limited", "reason": "刷单", "imposed_at": at, "state": "in_force", "until": NOW, "step": 12}
    await write(connection, "supervision.penalties", id=step_id, inquiry_id=inquiry_id, shop_id=SHOP, **imposed)
    return step_id


async def write_dispute(connection: Connection, updated_at: datetime, said: str) -> UUID:
    """Write a dispute whose file says *said* of the goods; they were saved at *updated_at*."""
    case_id, product_id = new_id(SHOP), new_id(SHOP)
    texts = dict.fromkeys(("description_html", "vendor", "kind"), "")
    lists = {"tags": [], "options": "[]", "pictures": "[]", "extra": "{}", "content_hash": bytes(32)}
    stands = {"status": "draft", "price_min": 1, "price_max": 1, "version": 1, "created_at": ORDERED_AT}
    product = {"id": product_id, "shop_id": SHOP, "title": "茶杯", "handle": product_id.hex, "updated_at": updated_at}
    await write(connection, "catalog.products", **product, **texts, **lists, **stands)
    case = f'{{"item": {{"product_id": "{product_id}", "title": "茶杯"}}, "shop_name": "青瓷小店"}}'
    file = f'{{"case": {case}, "order": {{"placed_at": "{ORDERED_AT.isoformat()}"}}, "goods": {said}}}'
    of = {"case_id": case_id, "order_id": new_id(SHOP), "shop_id": SHOP, "buyer_id": new_id()}
    why = {"opened_by": "clock", "claim": "", "file": file, "file_hash": bytes(32), "reason": "", "rules": "{}"}
    stands = {"goods": 1, "most": 1, "state": "evidence", "due_at": NOW, "stop_at": NOW, "opened_at": ORDERED_AT}
    await write(connection, "disputes.disputes", **of, **why, **stands)
    return case_id


async def write_listener(connection: Connection, mchid: int, said: str, put_at: datetime) -> None:
    """Write where a merchant wants to hear of complaints."""
    where = {"mchid": str(mchid), "shop_id": SHOP, "url": f"https://example.com/{said}", "put_at": put_at}
    await write(connection, "wire.complaint_listeners", **where)


async def write_stock(connection: Connection, shop_id: UUID) -> UUID:
    """Write a stock of coupons that are given out."""
    campaign_id = new_id(shop_id)
    of = {"shard": shard_of(shop_id), "id": campaign_id, "shop_id": shop_id, "name": "满百减十", "state": "running"}
    terms = {"amount": 10_00, "threshold": 100_00, "quantity": 9, "per_person": 1}
    times = {"created_at": ORDERED_AT, "started_at": ORDERED_AT, "starts_at": ORDERED_AT, "ends_at": NOW}
    await write(connection, "coupons.campaigns", **of, **terms, **times)
    return campaign_id


async def stock_apps(connection: Connection) -> dict[UUID, str]:
    """Tell by which app people are named, of each stock that has one."""
    return dict(await connection.fetch("select campaign_id, appid from wire.stock_apps"))  # type: ignore[arg-type]


async def write_payout(connection: Connection, status: str, query_at: datetime | None) -> UUID:
    """Write a withdrawal, and when its channel is asked about it."""
    payout_id = new_id(SHOP)
    of = {"owner_id": SHOP, "source": "merchant_available", "account_id": new_id(SHOP), "channel": "alipay"}
    stands = {"amount": 1, "fee": 0, "status": status, "created_at": ORDERED_AT, "query_at": query_at}
    await write(connection, "payments.payouts", id=payout_id, **of, **stands)
    return payout_id


async def write_transfer(connection: Connection, raw: bytes) -> str:
    """Write a transfer by file that was paid, and the notice of it; give its reference."""
    transfer_id = new_id(SHOP)
    reference = reference_of(transfer_id)
    whose = {"id": transfer_id, "kind": "payout", "subject_id": new_id(SHOP), "attempt": 0, "reference": reference}
    to = {"amount": 1, "holder": "周山", "bank": "小镇银行", "last4": "1234", "number_sealed": b"-"}
    stands = {"status": "paid", "batch_id": new_id(), "line": 1, "created_at": ORDERED_AT, "told_at": ORDERED_AT}
    await write(connection, "payments.bank_transfers", **whose, **to, **stands)
    what = {
        "channel": "bank",
        "event_id": f"paid:{reference}",
        "kind": "payout_paid",
        "subject_id": whose["subject_id"],
    }
    said = {"reference": reference, "amount": 1, "outcome": "recorded", "occurred_at": NOW, "received_at": NOW}
    await write(connection, "payments.notices", **what, **said, raw=raw)
    return reference


async def test_what_is_there_is_mended_and_what_comes_meanwhile(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: Connection = await asyncpg.connect(server_url)
    await server.execute("create database weiji_migrated_data encoding 'UTF8' locale 'C.UTF-8' template template0")
    url = with_name(server_url, "weiji_migrated_data")
    known = migrate.read_migrations()
    one, other = new_id(), new_id()
    try:
        monkeypatch.setattr(migrate, "read_migrations", lambda: [each for each in known if each.number < 260])
        await migrate.migrate(url)
        connection: Connection = await asyncpg.connect(url)
        await write_capture(connection, "ended before", one)
        await write_capture(connection, "open", None)
        steps = {await write_step(connection, one, NOW): one, await write_step(connection, one, ORDERED_AT): None}
        younger = await write_dispute(connection, NOW, "{}")
        older = await write_dispute(connection, ORDERED_AT, "{}")
        telling = await write_dispute(connection, NOW, '{"as_of": null}')
        for mchid in (KEPT, TAKEN_HERE, TAKEN_THERE, CHANGED):
            await write_listener(connection, mchid, "before", ORDERED_AT)

        monkeypatch.setattr(migrate, "read_migrations", lambda: [each for each in known if each.number < 315])
        await migrate.migrate(url, phase="pre")
        await write(connection, "wire.merchants", mchid=str(KEPT), shop_id=SHOP, coupon_appid="wx1", created_at=NOW)
        named = await write_stock(connection, SHOP)
        await write_stock(connection, new_id())  # Of a shop whose programs name nobody.

        monkeypatch.setattr(migrate, "read_migrations", lambda: known)
        await migrate.migrate(url, phase="pre")
        assert await stock_apps(connection) == {named: "wx1"}
        since = await connection.fetchval("select since from catalog.text_keeping")
        rows = await connection.fetch("select case_id, asked_title, asked_shop, text_as_of from disputes.disputes")
        assert {row[0]: tuple(row)[1:] for row in rows} == {
            younger: ("茶杯", "青瓷小店", since),
            older: ("茶杯", "青瓷小店", None),
            telling: ("茶杯", "青瓷小店", None),
        }

        async def ended() -> set[str]:
            found = await connection.fetch("select reference from payments.captures where ended_at is not null")
            return {row[0] for row in found}

        async def imposed() -> dict[UUID, UUID | None]:
            return dict(await connection.fetch("select id, imposed_by from supervision.penalties"))  # type: ignore[arg-type]

        async def heard() -> dict[int, str]:
            found = await connection.fetch("select mchid, url from wire.listeners")
            return {int(row["mchid"]): row["url"].rpartition("/")[2] for row in found}

        assert await ended() == {"ended before"}
        assert await imposed() == steps
        assert await heard() == dict.fromkeys((KEPT, TAKEN_HERE, TAKEN_THERE, CHANGED), "before")

        # Programs of before go on until they are gone.
        await write_capture(connection, "ended meanwhile", other)
        step = await write_step(connection, other, NOW)
        await connection.execute("delete from wire.listeners where mchid = $1", str(TAKEN_HERE))
        await connection.execute("delete from wire.complaint_listeners where mchid = $1", str(TAKEN_THERE))
        await connection.execute(
            "update wire.complaint_listeners set url = $2, put_at = $3 where mchid = $1",
            *(str(CHANGED), "https://example.com/meanwhile", NOW),
        )
        await write_listener(connection, ADDED, "meanwhile", NOW)
        assert await imposed() == {**steps, step: None}
        await connection.execute("update wire.merchants set coupon_appid = 'wx2'")
        made, said = await write_stock(connection, SHOP), await write_stock(connection, SHOP)
        await write(connection, "wire.stock_apps", campaign_id=said, appid="wx3")
        given_up = {await write_payout(connection, status, None) for status in ("submitted", "unknown")}
        asked = {await write_payout(connection, "submitted", ORDERED_AT): ORDERED_AT}
        asked[await write_payout(connection, "accepted", None)] = None
        line = Line(serial="D1", occurred_at=NOW, amount=1, payer="", payer_number="", payer_bank="", remark='"serial"')
        by_line = await write_transfer(connection, msgspec.json.encode(line))
        by_result = await write_transfer(connection, b'{"remark":"","amount":1,"fee":0,"result":"paid"}')
        await migrate.migrate(url)
        rows = await connection.fetch("select id, query_at from payments.payouts")
        assert {row["id"] for row in rows if row["query_at"] and row["query_at"] >= NOW} == given_up
        assert {row["id"]: row["query_at"] for row in rows if row["id"] not in given_up} == asked
        went = dict(await connection.fetch("select reference, paid_by from payments.bank_transfers"))  # type: ignore[arg-type]
        assert went == {by_line: "D1", by_result: None}
        assert await ended() == {"ended before", "ended meanwhile"}
        assert await imposed() == {**steps, step: other}
        assert await heard() == {KEPT: "before", CHANGED: "meanwhile", ADDED: "meanwhile"}
        assert await stock_apps(connection) == {named: "wx1", made: "wx2", said: "wx3"}
        await connection.close()
    finally:
        await server.execute("drop database weiji_migrated_data with (force)")
        await server.close()
