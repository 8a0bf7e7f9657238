"""A small town for tests of the API: the whole program, a market, and people who ask with keys."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx

from tests.apps import app_of
from tests.identity.people import PASSWORD_HASH
from tests.orders.market import Market, open_market
from weiji.app import ROUTES_OF
from weiji.developers import CreateKey, CreateKeyStatus, Scope, create_keys
from weiji.developers.tokens import KeyToken
from weiji.events import Actor
from weiji.identity import GrantRole, Origin, Role, SignUpPerson, grant_roles, sign_up_people, start_session
from weiji.identity.cookies import SessionCookie
from weiji.identity.model import GrantAllowance, GrantAllowanceStatus
from weiji.identity.operations import grant_allowances
from weiji.kit import clock, installation
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.program import Program
from weiji.settings import Settings
from weiji.web import Caller
from weiji.web.csrf import make_token

APIS: Final = tuple(name for name in ROUTES_OF if name.endswith((".api", ".event_log")))
ALL: Final = tuple(scope.value for scope in Scope)
ADDRESS: Final = {"name": "李雷", "phone": "13800138000", "region": "浙江省杭州市", "detail": "文三路 1 号"}


class Town:
    """The program, its market, and a client that asks it."""

    def __init__(self, program: Program, market: Market, app: Any, client: httpx.AsyncClient) -> None:
        self.program = program
        self.app = app
        self.market = market
        self.client = client
        self.database = program.database
        self.buyer_id = new_id()
        self.sessions: dict[UUID, dict[str, bytes]] = {}
        self.buyer = ""
        self.seller = ""

    async def settle(self) -> None:
        """Give the buyer money, and keys to buyer and seller."""
        await self.sign_up(self.buyer_id)
        self.buyer = await self.make_key(self.buyer_id)
        self.seller = await self.make_key(self.market.seller_id)
        await self.market.fund([self.buyer_id], 10_000_000)

    async def sign_up(self, id: UUID) -> None:
        """Make a person."""
        command = SignUpPerson(
            id=id,
            handle=f"p{id.hex[-12:]}",
            phone=None,
            display_name="某人",
            locale="zh-CN",
            password_hash=PASSWORD_HASH,
            actor=Actor("person", id),
        )
        async with self.database.transaction() as tx:
            await sign_up_people(tx, [command])

    async def make_key(self, person_id: UUID, scopes: Sequence[str] = ALL) -> str:
        """Make an API key of a person."""
        token = KeyToken.make("sandbox", person_id)
        command = CreateKey(
            id=token.key_id,
            person_id=person_id,
            name="test",
            scopes=tuple(scopes),
            secret_hash=token.secret_hash,
            expires_at=clock.now() + timedelta(days=300),
            actor=Actor("person", person_id),
        )
        async with self.database.transaction() as tx:
            assert await create_keys(tx, [command]) == [CreateKeyStatus.CREATED]
        return token.text

    async def sign_in(self, person_id: UUID) -> dict[str, bytes]:
        """Start a session of a person, and give the headers of what it sends."""
        if person_id not in self.sessions:
            cookie = SessionCookie.read((await start_session(self.database, person_id, Origin())).cookie or "")
            assert cookie
            token = make_token(Caller(session_id=cookie.session_id, csrf_secret=cookie.csrf_secret))
            self.sessions[person_id] = {
                "cookie": f"session={cookie.value}".encode(),
                "x-csrf-token": token.encode(),
            }
        return self.sessions[person_id]

    async def make_operator(self) -> str:
        """Make somebody of the operator's staff, with a key."""
        id = new_id()
        await self.sign_up(id)
        await self.employ(id)
        return await self.make_key(id)

    async def employ(self, id: UUID) -> None:
        """Make a person one of the operator's staff."""
        commands = [
            GrantRole(person_id=id, scope="platform", role=role, actor=Actor("system"))
            for role in (Role.OPERATOR, Role.REVIEWER, Role.ARBITER, Role.AUDITOR)
        ]
        async with self.database.transaction() as tx:
            await grant_roles(tx, commands)

    async def grant(self, key: str, amount: int = 5_000_000, person_id: UUID | None = None) -> str:
        """Let a key spend: of the buyer's, unless somebody else is named."""
        token = KeyToken.read(key)
        assert token
        person_id = person_id or self.buyer_id
        command = GrantAllowance(
            id=new_id(),
            person_id=person_id,
            key_id=token.key_id,
            amount=amount,
            expires_at=clock.now() + timedelta(days=80),
            actor=Actor("person", person_id),
        )
        async with self.database.transaction() as tx:
            assert await grant_allowances(tx, [command]) == [GrantAllowanceStatus.CREATED]
        return str(command.id)

    async def ask(
        self, method: str, path: str, body: Any = None, *, by: str | None = None, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """Send a request with an API key, and an idempotency key."""
        headers = {"authorization": f"Bearer {by}"} if by else {}
        if key:
            headers["idempotency-key"] = key
        headers |= more.pop("headers", {})
        sent = {} if body is None else {"json": body}
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **sent, **more)

    async def do(self, path: str, *commands: Any, by: str, key: str | None = None) -> list[dict[str, Any]]:
        """Do commands, each request under an idempotency key of its own."""
        response = await self.ask("POST", path, list(commands), by=by, key=key or new_id().hex)
        assert response.status_code == 200, response.text
        results: list[dict[str, Any]] = response.json()
        assert len(results) == len(commands)
        return results

    def order(self, id: UUID | None = None, quantity: int = 1, **more: Any) -> dict[str, Any]:
        """Write the body of an order at the market's shop."""
        market = self.market
        return {
            "id": str(id or new_id(market.shop_id)),
            "shop_id": str(market.shop_id),
            "items": [{"sku_id": str(market.skus[0]), "quantity": quantity, "price": market.prices[0]}],
            "address": ADDRESS,
            **more,
        }

    async def place(self, **more: Any) -> str:
        """Place an order, and tell its id."""
        body = self.order(**more)
        (result,) = await self.do("/orders/place", body, by=self.buyer)
        assert result["status"] == "placed", result
        id: str = body["id"]
        return id


@asynccontextmanager
async def open_town(database: Database, url: str, stock: int = 1_000) -> AsyncIterator[Town]:
    """Open a town over a database of its own. Nothing is delivered but by `market.settle_events`."""
    found = await installation.get_installation(database)
    async with open_market(database, Lanes(found.lanes), stock) as market, _serve(database, url) as served:
        program, app, client = served
        town = Town(program, market, app, client)
        await town.settle()
        yield town


@asynccontextmanager
async def second_process(town: Town) -> AsyncIterator[Town]:
    """Serve the same town once more, as another process would: with connections and batchers of its own."""
    database = await Database.connect(town.program.url)
    async with _serve(database, town.program.url) as (program, app, client):
        twin = Town(program, town.market, app, client)
        twin.buyer_id, twin.buyer, twin.seller = town.buyer_id, town.buyer, town.seller
        yield twin
    await database.close()


@asynccontextmanager
async def _serve(database: Database, url: str) -> AsyncIterator[tuple[Program, Any, httpx.AsyncClient]]:
    settings = Settings(mode="sandbox")
    program = Program(settings, url, database, await installation.get_installation(database))
    # The pages are tested elsewhere, and slow to put together.
    with app_of(program, APIS) as app:
        transport = httpx.ASGITransport(app, client=("203.0.113.7", 1234))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://weiji.test") as client:
            yield program, app, client
    for task in program._tasks:
        task.cancel()
    await program.batchers.close()
