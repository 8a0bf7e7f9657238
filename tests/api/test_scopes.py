"""Proves that nobody does by the API what they may not: without the scope or the role, or to what is not theirs."""

import time
from typing import Any

from tests.api.town import ALL, Town
from tests.apps import forget_rates
from weiji.developers import RevokeKey, revoke_keys
from weiji.developers.keys import RememberedCallers
from weiji.developers.tokens import KeyToken
from weiji.events import Actor
from weiji.kit.ids import new_id


async def _describe(town: Town) -> dict[str, Any]:
    document: dict[str, Any] = (await town.client.get("/api/v1/openapi.json")).json()
    return document


def _requests(document: dict[str, Any]) -> list[tuple[str, str, str | None, bool, Any]]:
    """List method, path, scope, whether it is public, and an example of a body, of every operation."""
    found = []
    for path, item in document["paths"].items():
        filled = path.removeprefix("/api/v1")
        while "{" in filled:
            filled = filled[: filled.index("{")] + str(new_id()) + filled[filled.index("}") + 1 :]
        for method, operation in item.items():
            if not isinstance(operation, dict) or "operationId" not in operation:
                continue
            scopes = [scheme["key"][0] for scheme in operation["security"] if "key" in scheme]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            found.append((method.upper(), filled, scopes[0] if scopes else None, not operation["security"], body))
    return found


async def test_a_key_does_only_what_its_scopes_say(town: Town) -> None:
    lacking = {scope: await town.make_key(town.buyer_id, [s for s in ALL if s != scope]) for scope in ALL}
    requests = _requests(await _describe(town))
    assert len(requests) > 50
    for method, path, scope, is_public, body in requests:
        if is_public:
            continue
        by = lacking[scope] if scope else town.buyer
        answer = await town.ask(method, path, body, by=by, key="k")
        assert answer.status_code == (403 if scope else 401), (method, path, answer.text)
        stranger = await town.ask(method, path, body, key="k")
        assert stranger.status_code == 401, (method, path)
        forget_rates(town.app.app)


async def test_every_example_is_understood_by_who_has_the_scope(town: Town) -> None:
    operator = await town.make_operator()
    for method, path, scope, _, body in _requests(await _describe(town)):
        if scope is None:
            continue
        by = operator if scope.startswith("platform:") else town.buyer
        answer = await town.ask(method, path, body, by=by, key=new_id().hex)
        query_missing = answer.status_code == 400 and not body
        assert answer.status_code in (200, 404) or query_missing, (method, path, answer.text)
        if isinstance(body, list) and answer.status_code == 200:
            assert all(isinstance(result["status"], str) for result in answer.json()), path


async def test_the_platform_is_for_its_staff(town: Town) -> None:
    operator = await town.make_operator()
    for path in (
        "/rules",
        "/payments",
        "/events/set-aside",
        "/platform/market",
        "/platform/orders",
        "/platform/books",
        "/platform/jobs",
    ):
        assert (await town.ask("GET", path, by=town.buyer)).status_code == 403, path
        assert (await town.ask("GET", path, by=operator)).status_code == 200, path
    rules = (await town.ask("GET", "/rules", by=operator)).json()["items"]
    body = [{**rules[0], "version": rules[0]["version"] + 1, "reason": "测试", "effective_at": "2100-01-01T00:00:00Z"}]
    del body[0]["created_at"]
    assert (await town.ask("POST", "/rules/publish", body, by=town.buyer, key="r")).status_code == 403
    published = await town.ask("POST", "/rules/publish", body, by=operator, key="r")
    assert published.json() == [{"status": "published"}]
    page = (await town.ask("GET", "/rules?limit=1", by=operator)).json()
    assert [each["version"] for each in page["items"]] == [body[0]["version"]]
    page = (await town.ask("GET", f"/rules?limit=1&after={page['next']}", by=operator)).json()
    assert [each["version"] for each in page["items"]] == [body[0]["version"] - 1]


async def test_other_peoples_orders_are_not_there(town: Town) -> None:
    order_id = await town.place()
    stranger = new_id()
    await town.sign_up(stranger)
    by = await town.make_key(stranger)
    shop_id = str(town.market.shop_id)
    assert (await town.ask("GET", f"/orders/{order_id}", by=by)).status_code == 404
    assert (await town.ask("GET", f"/orders?shop_id={shop_id}", by=by)).status_code == 404
    assert (await town.ask("GET", f"/orders/figures?shop_id={shop_id}", by=by)).status_code == 404
    assert (await town.ask("GET", f"/events?shop_id={shop_id}", by=by)).status_code == 404
    assert (await town.ask("GET", f"/goods?shop_id={shop_id}", by=by)).status_code == 404
    assert (await town.ask("GET", "/orders", by=by)).json() == {"items": [], "next": None}
    not_there = [{"status": "order_not_found"}] * 2
    order = {"order_id": order_id}
    for path, more in (
        ("/orders/close", {}),
        ("/orders/refund", {"reason": ""}),
        ("/orders/prolong", {"days": 3, "due_at": "2030-01-01T00:00:00Z"}),
    ):
        assert await town.do(path, {**order, **more}, {**order, **more, "shop_id": shop_id}, by=by) == not_there, path
    wish = {"id": str(new_id()), "line": 1, "kind": "cancel", "quantity": 1, "reason": "other"}
    assert await town.do("/cases/ask", {**order, **wish}, by=by) == not_there[:1]
    parcel = {**order, "id": str(new_id()), "shop_id": shop_id, "carrier": "顺丰", "tracking_number": "SF1"}
    assert await town.do("/orders/ship", parcel, by=by) == not_there[:1]
    payment = {**order, "payment_id": str(new_id(stranger)), "payment_password": "592817"}
    (paid,) = await town.do("/orders/pay", payment, by=by)
    assert paid["status"] == "order_not_found"
    # And the buyer does not act for the shop.
    assert await town.do("/orders/close", {**order, "shop_id": shop_id}, by=town.buyer) == not_there[:1]
    assert (await town.ask("GET", f"/orders/{order_id}", by=town.buyer)).json()["state"] == "created"


async def test_an_allowance_is_good_for_its_key_and_its_amount(town: Town) -> None:
    price = town.market.prices[0]
    allowance = await town.grant(town.buyer, price * 2)
    other = await town.make_key(town.buyer_id)

    async def pay(by: str, allowance_id: str | None = allowance, **more: Any) -> str:
        body = {"order_id": await town.place(), "payment_id": str(new_id(town.buyer_id)), "allowance_id": allowance_id}
        (result,) = await town.do("/orders/pay", {**body, **more}, by=by)
        status: str = result["status"]
        return status

    assert await pay(other) == "allowance_not_found"
    assert await pay(town.buyer, None) == "payment_password_missing"
    assert await pay(town.buyer, str(new_id())) == "allowance_not_found"
    assert await pay(town.buyer, channel="alipay") == "channel_not_found"
    first = await pay(town.buyer, payment_id=str(new_id(town.market.shop_id)))
    assert first in ("created", "id_in_another_shard")
    # What was refused used up nothing: the allowance is good for two payments in all.
    statuses = [first, *[await pay(town.buyer) for _ in range(3)]]
    assert statuses.count("created") == 2
    assert statuses[-1] == "exceeds_allowance"


async def test_a_revoked_key_opens_nothing_however_often_it_was_used(town: Town) -> None:
    await town.program.listen()
    token = KeyToken.read(town.buyer)
    assert token
    for _ in range(3):
        assert (await town.ask("GET", "/me", by=town.buyer)).status_code == 200
    async with town.database.transaction() as tx:
        actor = Actor("person", town.buyer_id)
        await revoke_keys(tx, [RevokeKey(id=token.key_id, person_id=town.buyer_id, actor=actor)])
    begun = time.monotonic()
    with town.program.live.watch() as watch:
        async for _ in watch.changes(0.1):
            if (await town.ask("GET", "/me", by=town.buyer)).status_code == 401:
                break
    assert time.monotonic() - begun < RememberedCallers.SECONDS / 2, "it was told, and not waited for"


async def test_the_operator_sees_the_books_and_proves_them(town: Town) -> None:
    operator = await town.make_operator()
    order_id = await town.place()
    books = (await town.ask("GET", "/platform/books", by=operator)).json()
    assert books["is_covered"]
    assert books["owed"] == books["bank"] + books["channel_receivable"] == 10_000_000
    assert books["proof"]["is_proved"] is None
    for ledger in {each["ledger"] for each in books["balances"]}:
        its = [each for each in books["balances"] if each["ledger"] == ledger]
        assert sum(each["debits_posted"] for each in its) == sum(each["credits_posted"] for each in its)
    proof = (await town.ask("POST", "/platform/proof", by=operator)).json()
    assert (proof["is_proved"], proof["defects"], proof["fault"]) == (True, [], "")
    assert proof["transfers"] > 0
    found = (await town.ask("GET", f"/platform/orders/{order_id}", by=operator)).json()
    assert [each["type"] for each in found["trail"]] == ["OrderPlaced"]
    assert found["trail"][0]["address"] == "203.0.113.7"
