"""Proves of every operation of a shop that it asks what its caller may do, and tells those who may not nothing; and of
each role that it does what it may."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.api.town import Town
from tests.shops import hiring
from weiji.events import Actor
from weiji.kit.ids import new_id
from weiji.payments import CreatePayoutAccount, create_payout_accounts
from weiji.web import Caller
from weiji.web.permissions import ROLES, Permission, allows

STAFF = [role for role in ROLES if role != "owner"]

OPEN = frozenset(
    {
        # What everybody reads of a shop.
        *("GetShop", "GetCredit", "GetShopScores", "GetDisputeStatistics", "GetStorefront", "ListProducts"),
        *("ListShopReviews", "ListStorefrontGoods", "ListOpenCouponCampaigns"),
        # What buyers do with one.
        *("GiveContacts", "WithdrawContacts", "PlaceOrders", "PriceOrders"),
        # What is there is everybody's who works for the shop; what is in it is not.
        "ListExports",
    }
)
"""Operations that name a shop and ask for no permission."""

FILLED: dict[str, str] = {"kind": "order", "number": "1", "order_id": str(new_id())}
"""What operations want to know besides."""


async def hire(town: Town, role: str) -> str:
    """Have somebody sign up, be invited and accept; give a key of theirs."""
    person_id, market = new_id(), town.market
    await town.sign_up(person_id)
    handle = f"p{person_id.hex[-12:]}"
    await hiring.hire(town.database, market.shop_id, market.seller_id, person_id, handle, role)
    return await town.make_key(person_id)


def named(value: Any, shop_id: UUID) -> tuple[Any, bool]:
    """Put a shop's id wherever an example names a shop; say whether it did."""
    if isinstance(value, list):
        found = [named(each, shop_id) for each in value]
        return [each for each, _ in found], any(is_named for _, is_named in found)
    if isinstance(value, dict):
        made = {name: named(each, shop_id) for name, each in value.items()}
        is_named = "shop_id" in value or any(is_named for _, is_named in made.values())
        facts = {name: each for name, (each, _) in made.items()}
        return facts | ({"shop_id": str(shop_id)} if "shop_id" in value else {}), is_named
    return value, False


def operations(document: dict[str, Any], shop_id: UUID) -> Iterator[tuple[str, str, str, Any]]:
    """List id, method, path and body of every operation that names a shop, this one put in its place."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if not isinstance(operation, dict) or "operationId" not in operation:
                continue
            filled = path.removeprefix("/api/v1").replace("{shop_id}", str(shop_id)).replace("{month}", "2026-01")
            is_named = "{shop_id}" in path
            while "{" in filled:
                filled = filled[: filled.index("{")] + str(new_id(shop_id)) + filled[filled.index("}") + 1 :]
            query = [each for each in operation.get("parameters", []) if each["in"] == "query"]
            is_named |= any(each["name"] == "shop_id" for each in query)
            told = FILLED | {"shop_id": str(shop_id)}
            wanted = {each["name"] for each in query if each.get("required") or each["name"] == "shop_id"} & told.keys()
            filled += "?" + "&".join(f"{name}={told[name]}" for name in sorted(wanted))
            example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            body, is_in_body = named(example, shop_id)
            if is_named or is_in_body:
                yield operation["operationId"], method.upper(), filled, body


async def test_every_operation_of_a_shop_tells_a_role_that_may_not_what_it_tells_a_stranger(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_id = town.market.shop_id
    document = (await town.client.get("/api/v1/openapi.json")).json()
    keys = {role: await hire(town, role) for role in STAFF}
    asked: list[Permission] = []
    may = Caller.may

    def remember(caller: Caller, id: UUID, permission: str) -> bool:
        if id == shop_id:
            asked.append(Permission(permission))
        return may(caller, id, permission)

    monkeypatch.setattr(Caller, "may", remember)
    judged, unasked = 0, []
    for id, method, path, body in operations(document, shop_id):
        asked.clear()
        stranger = await town.ask(method, path, body, by=town.buyer, key=new_id().hex)
        wanted = set(asked)
        if stranger.status_code in (401, 403):
            continue  # For people only, or for the operator's staff: proved elsewhere.
        if not wanted:
            unasked.append(id)
            continue
        for role in STAFF:
            if any(allows(role, permission) for permission in wanted):
                continue
            answer = await town.ask(method, path, body, by=keys[role], key=new_id().hex)
            assert (answer.status_code, _plain(answer)) == (stranger.status_code, _plain(stranger)), (id, role, wanted)
            judged += 1
    assert judged > 200
    assert set(unasked) == OPEN


def _plain(answer: Any) -> Any:
    """What an answer says, without what is of the request."""
    told = answer.json()
    return {**told, "instance": "", "request_id": ""} if isinstance(told, dict) else told


async def _paid(town: Town) -> str:
    order_id = await town.place()
    assert await town.market.pay(town.buyer_id, UUID(order_id)) == "created"
    return order_id


async def _sold(town: Town) -> str:
    """Sell something to the end, so that the shop has money to withdraw; give the bank account for it."""
    market = town.market
    order_id = UUID(await _paid(town))
    assert await market.ship(order_id) == "done"
    assert await market.confirm(town.buyer_id, order_id) == "done"
    await market.turn(timedelta(days=30))
    account = CreatePayoutAccount(
        id=new_id(market.shop_id),
        owner_id=market.shop_id,
        holder="老周",
        bank="小镇银行",
        number="6222000012345678",
        actor=Actor("merchant", market.seller_id),
    )
    await market.batchers.of(create_payout_accounts).submit(account)
    return str(account.id)


Act = tuple[Permission, str, str, Any, str]
"""What must be allowed, the method and path of an operation, its body, and how it ends for who may."""


async def acts_of(town: Town, account_id: str, word: str) -> list[Act]:
    """List one thing that is really done, or read, by each permission."""
    shop_id = str(town.market.shop_id)
    handle, order_id = f"p{new_id().hex[-12:]}", await _paid(town)
    guest = new_id()
    await town.sign_up(guest)
    product = {"shop_id": shop_id, "title": f"{word}的杯", "skus": [{"id": str(new_id(UUID(shop_id))), "price": 900}]}
    stock = {"sku_id": str(town.market.skus[0]), "shop_id": shop_id, "on_hand": 500 + len(word)}
    parcel = {"order_id": order_id, "shop_id": shop_id, "carrier": "顺丰", "tracking_number": "SF1234567890"}
    payout = {"owner_id": shop_id, "account_id": account_id, "amount": 100, "channel": "sandbox"}
    invitation = {"shop_id": shop_id, "name": f"p{guest.hex[-12:]}", "role": "goods"}
    return [
        (Permission.DESK, "GET", f"/fees?shop_id={shop_id}", None, "200"),
        (Permission.GOODS, "POST", "/products/save", product | {"id": str(new_id(UUID(shop_id)))}, "created"),
        (Permission.GOODS, "POST", "/stock/set", stock, "set"),
        (Permission.ORDERS, "GET", f"/orders/{order_id}", None, "200"),
        (Permission.ORDERS, "POST", "/orders/ship", parcel | {"id": str(new_id(UUID(shop_id)))}, "done"),
        (Permission.MONEY, "GET", f"/orders/figures?shop_id={shop_id}", None, "200"),
        (Permission.WITHDRAWALS, "POST", "/payouts/request", payout | {"id": str(new_id(UUID(shop_id)))}, "created"),
        (Permission.SHOP, "POST", "/shops/update", {"shop_id": shop_id, "story": f"{word}写的"}, "updated"),
        (Permission.STAFF, "POST", "/staff/invite", invitation | {"id": str(new_id(UUID(shop_id)))}, "created"),
        (Permission.OWNERSHIP, "POST", "/shops/change-handle", {"shop_id": shop_id, "handle": handle}, "changed"),
    ]


async def test_each_role_does_what_it_may_and_nothing_else(town: Town) -> None:
    account_id = await _sold(town)
    keys = {role: await hire(town, role) for role in STAFF} | {"owner": town.seller}
    seen: set[Permission] = set()
    for role, key in keys.items():
        for permission, method, path, body, done in await acts_of(town, account_id, role):
            answer = await town.ask(method, path, [body] if body else None, by=key, key=new_id().hex if body else None)
            told = answer.json()[0]["status"] if body and answer.status_code == 200 else str(answer.status_code)
            assert (told == done) == allows(role, permission), (role, path, told, answer.text)
            seen.add(permission)
    assert seen == set(Permission)
