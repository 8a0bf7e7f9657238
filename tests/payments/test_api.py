"""Proves that people see and move their own money only, and that a live installation has no sandbox."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Controller, Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp, Receive, Scope, Send

from tests.identity.people import ORIGIN, PASSWORD
from tests.orders.market import Market
from tests.payments.world import World
from weiji.identity.model import SetPaymentPassword, SignUp
from weiji.identity.payment_password import set_payment_password
from weiji.identity.rules import SIGN_IN_LOCK
from weiji.identity.sign_in import sign_up
from weiji.kit.batch import Batchers
from weiji.kit.db import Reader
from weiji.kit.ids import new_id
from weiji.kit.live import Live
from weiji.payments.api import ROUTES, ReadTerms, WithdrawalTerms
from weiji.settings import Settings
from weiji.web import Caller, Edge, WebFrame, set_caller
from weiji.web.csrf import make_token
from weiji.web.requests import Backend, WebRequest

PAYMENT_PASSWORD = "481516"


class Client:
    """Asks as whoever *caller* says."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.caller = Caller()

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request to the API."""
        headers = {"x-csrf-token": make_token(self.caller)} if self.caller.session_id else {}
        headers["idempotency-key"] = new_id().hex
        return await self.http.request(method, f"/api/v1{path}", json=body, headers=headers)

    def be(self, person_id: UUID, *, shop: UUID | None = None, key: tuple[str, ...] | None = None) -> None:
        """Ask as a person from here on: signed in, or by an API key with scopes."""
        self.caller = Caller(
            person_id=person_id,
            roles=((str(shop), "owner"),) if shop else (),
            session_id=None if key else new_id(),
            csrf_secret=bytes(32),
            scopes=key or (),
        )


@asynccontextmanager
async def serve(
    world: World | Market, mode: str = "sandbox", routes: Sequence[type[Controller]] = ROUTES
) -> AsyncIterator[Client]:
    """Serve an API over what tests have made, to whoever a test says."""
    client: Client

    def as_caller(app: ASGIApp) -> ASGIApp:
        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            set_caller(scope, client.caller)
            await app(scope, receive, send)

        return run

    async def read_terms(_: Reader) -> WithdrawalTerms:
        return WithdrawalTerms(fee=100, minimum=200, review_above=2_000, review_within=timedelta(days=1))

    lanes = world.lanes if isinstance(world, World) else world.batchers.lanes
    batchers = Batchers(world.database, lanes)
    backend = Backend(world.database, batchers, lanes, Live(""), Settings(mode=mode))  # type: ignore[arg-type]
    app = Litestar(
        list(routes),
        middleware=[as_caller],
        dependencies={"withdrawal_terms": Provide(lambda: ReadTerms(read_terms), sync_to_thread=False)},
        request_class=WebRequest,
        plugins=[WebFrame(limit=None)],
        state=State({"backend": backend}, deep_copy=False),
        openapi_config=None,
    )
    transport = httpx.ASGITransport(Edge(app), client=("203.0.113.7", 1234))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://weiji.test") as http:
        client = Client(http)
        yield client
    await batchers.close()


async def _person(world: World, handle: str) -> UUID:
    person = new_id()
    entered = SignUp(id=person, handle=handle, phone=None, display_name="梅", password=PASSWORD, locale="zh-CN")
    await sign_up(world.database, entered, ORIGIN, is_open=True)
    password = SetPaymentPassword(person_id=person, payment_password=PAYMENT_PASSWORD, login_password=PASSWORD)
    result = await set_payment_password(world.database, password, ORIGIN)
    assert result.status == "created", result
    return person


async def test_a_payment_is_for_its_payer_only(world: World) -> None:
    payer = new_id()
    await world.top_up(payer, 1_000)
    order = world.order(400)
    payment = await world.pay(payer, order, "balance")
    await world.settle()
    await world.refund(order, 100)
    await world.settle()
    async with serve(world) as client:
        assert (await client.ask("GET", f"/payments/{payment.id}")).status_code == 401
        client.be(payer)
        found = (await client.ask("GET", f"/payments/{payment.id}")).json()
        assert (found["status"], found["amount"], found["refunded"]) == ("succeeded", 400, 100)
        assert [(refund["amount"], refund["to"]) for refund in found["refunds"]] == [(100, "wallet")]
        assert (await client.ask("GET", "/payments/")).status_code == 403
        wallet = (await client.ask("GET", "/wallet")).json()
        assert (wallet["available"], [m["amount"] for m in wallet["items"]]) == (700, [100, -400, 1_000])
        page = (await client.ask("GET", "/wallet?limit=1")).json()
        page = (await client.ask("GET", f"/wallet?limit=1&after={page['next']}")).json()
        assert [m["amount"] for m in page["items"]] == [-400]
        client.be(new_id())
        assert (await client.ask("GET", f"/payments/{payment.id}")).status_code == 404
        client.caller = Caller(person_id=new_id(), roles=(("platform", "operator"),), session_id=new_id())
        assert {one["id"] for one in (await client.ask("GET", "/payments/")).json()["items"]} >= {str(payment.id)}


async def test_a_wallet_is_topped_up_at_the_sandbox(world: World) -> None:
    person = new_id()
    async with serve(world) as client:
        client.be(person)
        body = {"id": str(new_id(person)), "amount": 500, "channel": "sandbox"}
        (began,) = (await client.ask("POST", "/wallet/top-ups", [body])).json()
        assert began == {"status": "created", "pay_url": f"/sandbox/charges/{body['id']}", "pay_way": "page"}
        charge = f"/sandbox/charges/{body['id']}"
        assert (await client.ask("GET", charge)).json()["status"] == "open"
        late = {"verb": "pay_late", "at": "2999-01-01T00:00:00Z"}
        assert (await client.ask("POST", f"{charge}/act", late)).json() == {"status": "invalid"}
        assert (await client.ask("POST", f"{charge}/faults", {"notices": 2})).json() == {"status": "done"}
        assert (await client.ask("POST", f"{charge}/act", {"verb": "pay"})).json() == {"status": "done"}
        assert (await client.ask("POST", f"{charge}/act", {"verb": "pay"})).json() == {"status": "not_possible"}
        assert (await client.ask("GET", "/wallet")).json()["available"] == 500
        wrong = {"id": str(new_id(person)), "amount": 500, "channel": "balance"}
        (refused,) = (await client.ask("POST", "/wallet/top-ups", [wrong])).json()
        assert refused["status"] == "channel_not_found"
        body |= {"id": str(new_id(person)), "amount": 5_000_001}
        answer = await client.ask("POST", "/wallet/top-ups", [body])
        assert answer.status_code == 400
        assert "5000000" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("path", ["charges", "refunds", "payouts"])
async def test_a_live_installation_has_no_sandbox(world: World, path: str) -> None:
    verb = {"charges": "pay", "refunds": "succeed", "payouts": "pay"}[path]
    async with serve(world) as client:
        client.be(new_id())
        answer = await client.ask("POST", f"/sandbox/{path}/{new_id()}/act", {"verb": verb})
        assert answer.json() == {"status": "not_found"}
    async with serve(world, "live") as client:
        client.be(new_id())
        answer = await client.ask("POST", f"/sandbox/{path}/{new_id()}/act", {"verb": verb})
        assert answer.status_code == 404


async def test_a_withdrawal_asks_for_the_payment_password(world: World) -> None:
    person = await _person(world, "mei_withdraws")
    await world.top_up(person, 1_000)
    account, body = _withdrawing(person, 900)
    create = "/payout-accounts/create"
    async with serve(world) as client:
        client.be(person)
        (wrong,) = (await client.ask("POST", create, [{**account, "payment_password": "000000"}])).json()
        assert (wrong["status"], wrong["tries_left"]) == ("payment_password_wrong", 4)
        alone = {name: value for name, value in account.items() if name != "login_password"}
        (short,) = (await client.ask("POST", create, [alone])).json()
        assert short["status"] == "step_up_needed", "all that is withdrawn later goes there"
        (created,) = (await client.ask("POST", create, [account])).json()
        assert created["status"] == "created"
        another = {**account, "id": str(new_id(person)), "holder": "李雷"}
        (differs,) = (await client.ask("POST", create, [another])).json()
        assert differs["status"] == "name_differs", "all accounts of a person are in one name"
        accounts = (await client.ask("GET", f"/payout-accounts?owner_id={person}")).json()["items"]
        assert [each["last4"] for each in accounts] == ["4321"]
        assert await _withdraw(client, body) == [("payment_password_missing", 100)]
        body["payment_password"] = PAYMENT_PASSWORD
        few = {**body, "amount": 199}
        assert await _withdraw(client, few, body) == [("below_minimum", 100), ("created", 100)]
        assert await _withdraw(client, body) == [("exists", 100)]
        assert (await client.ask("GET", "/wallet")).json()["held"] == 1_000
        (payout,) = (await client.ask("GET", f"/payouts?owner_id={person}")).json()["items"]
        assert (payout["status"], payout["amount"], payout["fee"]) == ("requested", 900, 100)
        removal = [{"id": account["id"], "owner_id": str(person)}]
        assert (await client.ask("POST", "/payout-accounts/remove", removal)).json() == [{"status": "removed"}]
        client.be(person, key=("payouts:write", "payouts:read"))
        assert await _withdraw(client, body) == [("sign_in_needed", 100)]


def _withdrawing(person: UUID, amount: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write a bank account, and a withdrawal to it that the payment password is still to be put into."""
    account = {
        "id": str(new_id(person)),
        "owner_id": str(person),
        "holder": "梅",
        "bank": "中国银行",
        "number": "6222 0000 1234 4321",
        "payment_password": PAYMENT_PASSWORD,
        "login_password": PASSWORD,
    }
    body = {
        "id": str(new_id(person)),
        "owner_id": str(person),
        "account_id": account["id"],
        "amount": amount,
        "channel": "sandbox",
    }
    return account, body


async def _withdraw(client: Client, *bodies: Any) -> list[tuple[str, int]]:
    results = (await client.ask("POST", "/payouts/request", bodies)).json()
    return [(result["status"], result["fee"]) for result in results]


async def test_a_withdrawal_above_the_sum_takes_the_login_password_as_well(world: World) -> None:
    person = await _person(world, "mei_withdraws_a_lot")
    most = Settings().step_up_above
    await world.top_up(person, 3 * most)
    account, body = _withdrawing(person, most)
    body["payment_password"] = PAYMENT_PASSWORD
    large = {**body, "id": str(new_id(person)), "amount": most + 1}
    async with serve(world) as client:
        client.be(person)
        await client.ask("POST", "/payout-accounts/create", [account])

        async def withdraw(**more: str) -> list[str]:
            results = (await client.ask("POST", "/payouts/request", [{**large, **more}, body])).json()
            return [result["status"] for result in results]

        assert await withdraw() == ["step_up_needed", "created"]
        assert await withdraw(code="000000") == ["step_up_needed", "exists"], "there is no app"
        assert await withdraw(payment_password="000000", login_password=PASSWORD) == [
            "payment_password_wrong",
            "exists",
        ]
        assert await withdraw(login_password=PASSWORD) == ["created", "exists"]
        large["id"] = str(new_id(person))
        tries = [await withdraw(login_password="wrong") for _ in range(SIGN_IN_LOCK.tries)]
        assert tries == [["login_password_wrong", "exists"]] * SIGN_IN_LOCK.tries
        assert await withdraw(login_password=PASSWORD) == ["login_password_locked", "exists"]
        assert (await client.ask("GET", "/wallet")).json()["held"] == 2 * most + 1 + 2 * 100


async def test_many_small_withdrawals_of_a_day_take_what_a_large_one_takes(world: World) -> None:
    person = await _person(world, "mei_withdraws_often")
    most = Settings().step_up_above
    await world.top_up(person, 3 * most)
    account, body = _withdrawing(person, most - 100_000)
    body["payment_password"] = PAYMENT_PASSWORD
    async with serve(world) as client:
        client.be(person)
        await client.ask("POST", "/payout-accounts/create", [account])
        second, rest = ({**body, "id": str(new_id(person)), "amount": amount} for amount in (100_001, 100_000))
        assert await _withdraw(client, body, second, rest) == [
            ("created", 100),
            ("step_up_needed", 100),
            ("created", 100),
        ]
        assert await _withdraw(client, body, second, rest) == [
            ("exists", 100),
            ("step_up_needed", 100),
            ("exists", 100),
        ]
        assert await _withdraw(client, {**second, "login_password": PASSWORD}) == [("created", 100)]
        # What was proved was not counted, and what is left of the day is none.
        assert await _withdraw(client, {**rest, "id": str(new_id(person)), "amount": 100}) == [("step_up_needed", 100)]


async def test_a_large_withdrawal_is_in_review_until_the_staff_decide(world: World) -> None:
    person = await _person(world, "mei_withdraws_much")
    await world.top_up(person, 3_000)
    account, body = _withdrawing(person, 2_001)
    body["payment_password"] = PAYMENT_PASSWORD
    async with serve(world) as client:
        client.be(person)
        await client.ask("POST", "/payout-accounts/create", [account])
        assert await _withdraw(client, body) == [("created", 100)]
        (payout,) = (await client.ask("GET", f"/payouts?owner_id={person}")).json()["items"]
        assert payout["status"] == "in_review"
        assert payout["review_by"]
        refusal = {"id": body["id"], "reason": "户名对不上"}
        assert (await client.ask("GET", "/payouts/review")).status_code == 403
        assert (await client.ask("POST", "/payouts/refuse", [refusal])).status_code == 403
        client.caller = Caller(person_id=new_id(), roles=(("platform", "operator"),), session_id=new_id())
        waiting = (await client.ask("GET", "/payouts/review")).json()["items"]
        assert [(each["source"], each["amount"]) for each in waiting if each["id"] == body["id"]] == [("wallet", 2_001)]
        assert (await client.ask("POST", "/payouts/refuse", [refusal])).json() == [{"status": "refused"}]
        client.be(person)
        (payout,) = (await client.ask("GET", f"/payouts?owner_id={person}")).json()["items"]
        assert (payout["status"], payout["refusal"]) == ("refused", "户名对不上")
        assert (await client.ask("GET", "/wallet")).json()["available"] == 3_000


async def test_a_key_withdraws_only_the_money_of_shops_that_its_person_owns(world: World) -> None:
    person, shop = new_id(), new_id()
    body = {
        "id": str(new_id(shop)),
        "owner_id": str(shop),
        "account_id": str(new_id(shop)),
        "amount": 900,
        "channel": "sandbox",
    }
    async with serve(world) as client:
        client.be(person, shop=shop, key=("payouts:write", "payouts:read"))
        assert await _withdraw(client, body) == [("account_not_found", 100)]
        assert (await client.ask("GET", f"/payouts?owner_id={shop}")).json()["items"] == []
        client.be(person, key=("payouts:write", "payouts:read"))
        assert await _withdraw(client, body) == [("owner_not_found", 100)]
        assert (await client.ask("GET", f"/payouts?owner_id={shop}")).status_code == 404
        assert (await client.ask("GET", f"/payout-accounts?owner_id={shop}")).status_code == 404
        client.be(person, shop=shop, key=("payments:read",))
        assert (await client.ask("POST", "/payouts/request", [body])).status_code == 403
