"""Proves of a live installation that a merchant's program, told nothing but a key of there, tries itself in the sandbox
beside it with a published client; and that nothing of the live one can be read from there."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.pages.site import Site
from tests.sandbox.running import Sandbox
from tests.sandbox.test_sandbox import _of, answer_of, heard_of
from tests.twin.conftest import free_port
from tests.wire.world import API_KEY, APPID, KEY, receiving
from weiji.developers import CreateKey, create_keys
from weiji.developers.tokens import KeyToken
from weiji.events import Actor
from weiji.identity import GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.settings import Settings
from weiji.twin import Twin, TwinState, public_key_text
from weiji.twin.beside import environment
from weiji.wire.keys.authority import private_pem

SCOPES = ("shops:read", "shops:write", "platform:read", "platform:write")


async def _key(site: Site) -> str:
    """Make a key of the seller in the live installation, who is of the operator's staff, too."""
    token, actor = KeyToken.make("live", site.seller_id), Actor("person", site.seller_id)
    command = CreateKey(
        id=token.key_id,
        person_id=site.seller_id,
        name="ci",
        scopes=SCOPES,
        secret_hash=token.secret_hash,
        expires_at=clock.now() + timedelta(days=1),
        actor=actor,
    )
    async with site.program.database.transaction() as tx:
        await create_keys(tx, [command])
        await grant_roles(tx, [GrantRole(person_id=site.seller_id, scope="platform", role=Role.OPERATOR, actor=actor)])
    return token.text


async def _until(twin: Twin, *states: TwinState) -> TwinState:
    while True:
        state = await twin.state()
        if state in states:
            return state
        await asyncio.sleep(0.05)


@asynccontextmanager
async def _asking(site: Site, key: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(site.app)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        yield client


async def _open(client: httpx.AsyncClient, *shop_ids: object) -> list[dict[str, Any]]:
    answer = await client.post("/api/v1/sandboxes/open", json=[{"shop_id": str(id)} for id in shop_ids])
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def _equip(control: httpx.AsyncClient, shop_id: str, found: dict[str, Any]) -> Sandbox:
    """Get, with the key that was given out, what the client needs: as the guide says."""
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(KEY, SHA256())
    asked = {"shop_id": shop_id, "name": "ci", "csr": csr.public_bytes(Encoding.PEM).decode()}
    (issued,) = (await control.post("/api/v1/merchants/certificates/issue", json=[asked])).json()
    await control.post("/api/v1/merchants/api-keys/set", json=[{"shop_id": shop_id, "api_key": API_KEY}])
    merchant = (await control.get(f"/api/v1/merchants/{shop_id}")).json()
    public = next(key for key in merchant["platform_keys"] if key["kind"] == "public_key")
    account = {
        "origin": found["url"],
        "mchid": found["mchid"],
        "appid": APPID,
        "serial_no": issued["serial"],
        "private_key": private_pem(KEY),
        "api_v3_key": API_KEY,
        "public_key_id": public["id"],
        "public_key": public["pem"],
    }
    return Sandbox(account, control)


async def test_a_line_longer_than_is_held_does_not_end_the_listening(tmp_path: Path) -> None:
    twin = Twin(Settings(data=tmp_path))
    said = "import sys; sys.stderr.write('x' * 200_000 + chr(10) + 'the end' + chr(10))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", said, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        await twin._tell(process)
    assert (twin.reason, await process.wait()) == ("the end", 0)


async def test_a_merchants_program_goes_over_and_nothing_of_live_is_there(live: Site) -> None:
    program, twin, shop_id = live.program, live.program.twin, str(live.shop_id)
    key = await _key(live)
    async with _asking(live, key) as asking:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", program.settings.sandbox_port))
            taken.listen()
            program.begin(twin.run(), "twin")
            await asyncio.sleep(0)
            assert (await asking.get("/api/v1/sandboxes")).json()["state"] == "asleep"
            (starting,) = await _open(asking, shop_id)
            assert starting["status"] == "starting"
            assert await _until(twin, TwinState.UP, TwinState.FAILED) is TwinState.FAILED
            assert "can't listen" in twin.reason
        twin.want()
        assert await _until(twin, TwinState.UP, TwinState.FAILED) is TwinState.UP, twin.reason
        other, found = await _open(asking, live.product_id, shop_id)
        assert (other["status"], found["status"]) == ("shop_not_found", "opened")
        assert (await _open(asking, shop_id))[0]["mchid"] == found["mchid"], "it is the same shop"
        headers = {"authorization": f"Bearer {found['key']}"}
        async with (
            httpx.AsyncClient(base_url=found["url"], headers=headers, timeout=60) as control,
            receiving() as (url, heard),
        ):
            sandbox = await _equip(control, shop_id, found)
            async with sandbox.client(url) as client:
                status, _ = await answer_of(client.pay("one cup of tea", "TWIN-0001", {"total": 980}))
                assert status == 200
                assert (await sandbox.do("pay", out_trade_no="TWIN-0001"))["trade_state"] == "paid"
                await heard_of(heard, 1)
                assert client.callback(*_of(heard[0]))["event_type"] == "TRANSACTION.SUCCESS"
                _, paid = await answer_of(client.query(out_trade_no="TWIN-0001"))
                assert (paid["trade_state"], paid["amount"]["total"]) == ("SUCCESS", 980)
            # A key of one is none of the other.
            assert (await asking.get("/api/v1/sandboxes", headers=headers)).status_code == 401
            there = await control.get(f"/api/v1/merchants/{shop_id}", headers={"authorization": f"Bearer {key}"})
            assert there.status_code == 401
        await _is_apart(live, twin.folder)
        assert (await asking.post("/api/v1/sandboxes/empty")).json() == {"status": "emptied"}
        assert not twin.folder.exists()
        assert (await asking.get("/api/v1/sandboxes")).json()["state"] == "asleep"


async def _is_apart(live: Site, folder: Path) -> None:
    """Look from the twin's database, with the role that its program has, for what is the live one's."""
    there = await asyncpg.connect(host=str(folder / "postgres"), user="postgres", database="weiji")
    try:
        await there.execute("set role weiji_app")
        databases = {row[0] for row in await there.fetch("select datname from pg_database")}
        assert databases == {"weiji", "postgres", "template0", "template1"}
        assert await there.fetchval("select array_agg(id) from shops.shops") == [live.shop_id]
        assert await there.fetchval("select count(*) from catalog.products") == 0
        for way_out in (
            "copy kit.jobs from program 'true'",
            "select pg_read_file('postgresql.conf')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await there.execute(way_out)
    finally:
        await there.close()
    assert (folder / "keys" / "master.key").exists(), "its keys are its own"


def test_it_learns_nothing_from_the_environment() -> None:
    given = {"PATH": "/bin", "PGPASSWORD": "s3cret", "WEIJI_SECRET": "s3cret", "WEIJI_DATABASE_URL": "postgresql://x"}
    settings = Settings(database_url="postgresql://x", secret="s3cret")
    told = environment(settings, Path("/data/sandbox"), given)
    assert told["PATH"] == "/bin"
    assert told["WEIJI_SANDBOX_OF"] == public_key_text()
    assert not [name for name, value in told.items() if "s3cret" in value or "postgresql" in value or name[:2] == "PG"]


@pytest.mark.parametrize(("says", "state"), [("", TwinState.UP), ("nonsense", TwinState.FAILED)])
async def test_one_that_is_run_elsewhere_is_asked_whose_it_is(says: str, state: TwinState) -> None:
    body = (says or public_key_text()).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await Twin(Settings(sandbox_port=port)).state() is state
    assert await Twin(Settings(sandbox_port=free_port())).state() is TwinState.FAILED, "nobody is there"


@pytest.mark.parametrize(
    ("given", "has_twin"),
    [
        ({}, True),
        ({"mode": "demo"}, True),
        ({"mode": "sandbox"}, False),
        ({"sandbox_port": 0}, False),
        ({"url": "https://shop.example"}, False),
        ({"url": "https://shop.example", "sandbox_url": "https://sandbox.shop.example"}, True),
    ],
)
async def test_there_is_one_where_somebody_could_reach_it(given: dict[str, Any], has_twin: bool) -> None:
    assert Settings(**given).has_twin is has_twin


def test_tickets_let_nobody_in_where_money_is_real() -> None:
    assert Settings(mode="sandbox", sandbox_of="a" * 64).is_twin
    assert not any(Settings(mode=mode, sandbox_of="a" * 64).is_twin for mode in ("live", "demo"))
