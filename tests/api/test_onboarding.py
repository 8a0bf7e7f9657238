"""Proves that a shop is verified by the API alone, that other people's applications are not there, that staff who are
no reviewers see none, and that a shop that is not verified does not withdraw."""

import base64
from typing import Any
from uuid import UUID

from tests.api.town import Town
from tests.onboarding.examples import JPEG, PLACE, make_id_number, open_shop, person_values
from weiji.events import Actor
from weiji.identity import PLATFORM, RevokeRole, Role, revoke_roles
from weiji.kit.ids import new_id


async def _open(town: Town) -> tuple[UUID, str]:
    """Open a shop of somebody new; give its id and its owner's key."""
    async with town.database.transaction() as tx:
        shop_id, owner_id = await open_shop(tx)
    return shop_id, await town.make_key(owner_id)


def _document(shop_id: UUID, name: str, content: bytes = JPEG) -> dict[str, Any]:
    return {
        "id": str(new_id(shop_id)),
        "shop_id": str(shop_id),
        "field": name,
        "content": base64.b64encode(content).decode(),
    }


async def _hand_in(town: Town, shop_id: UUID, owner: str) -> None:
    values = [{"field": name, "value": value} for name, value in person_values().items()]
    saved = await town.do("/applications/save", {"shop_id": str(shop_id), "values": values}, by=owner)
    assert saved == [{"status": "saved", "faults": []}]
    documents = [_document(shop_id, "id_front"), _document(shop_id, "id_back")]
    assert await town.do("/applications/put-documents", *documents, by=owner) == [{"status": "created"}] * 2
    (submitted,) = await town.do("/applications/submit", {"shop_id": str(shop_id)}, by=owner)
    assert submitted["status"] == "submitted"
    assert submitted["promised_at"]


async def test_a_shop_is_verified_by_the_api(town: Town) -> None:
    shop_id, owner = await _open(town)
    reviewer = await town.make_operator()
    assert (await town.ask("GET", f"/applications/{shop_id}", by=owner)).status_code == 404
    wrong = {"shop_id": str(shop_id), "values": [{"field": "id_number", "value": "11010519491231002Y"}]}
    assert await town.do("/applications/save", wrong, by=owner) == [
        {"status": "invalid", "faults": [{"field": "id_number", "fault": "wrong_number"}]}
    ]
    await _hand_in(town, shop_id, owner)
    own = (await town.ask("GET", f"/applications/{shop_id}", by=owner)).json()
    assert (own["state"], own["place"]) == ("submitted", 1)
    number = make_id_number(1)
    assert {field["field"]: field["value"] for field in own["fields"]}["id_number"] == f"•••• {number[-4:]}"
    (queued,) = (await town.ask("GET", "/reviews", by=reviewer)).json()["items"]
    assert queued["shop_id"] == str(shop_id)
    document = f"/reviews/{shop_id}/documents/{own['documents'][0]['id']}"
    assert (await town.ask("GET", document, by=reviewer)).status_code == 404
    assert number not in (await town.ask("GET", f"/reviews/{shop_id}", by=reviewer)).text
    assert await town.do("/reviews/take", {"shop_id": str(shop_id)}, by=reviewer) == [{"status": "taken"}]
    assert number in (await town.ask("GET", f"/reviews/{shop_id}", by=reviewer)).text
    seen = (await town.ask("GET", document, by=reviewer)).json()
    assert seen["media_type"] == "image/webp"
    assert PLACE in JPEG
    assert PLACE not in base64.b64decode(seen["content"])
    decisions = [{"field": field["field"], "is_accepted": True} for field in own["fields"]]
    decided = await town.do("/reviews/decide", {"shop_id": str(shop_id), "decisions": decisions}, by=reviewer)
    assert decided == [{"status": "approved"}]
    assert (await town.ask("GET", f"/shops/{shop_id}")).json()["verification"] == "verified"


async def test_other_peoples_applications_are_not_there(town: Town) -> None:
    shop_id, owner = await _open(town)
    await _hand_in(town, shop_id, owner)
    stranger = town.buyer
    shop = {"shop_id": str(shop_id)}
    assert (await town.ask("GET", f"/applications/{shop_id}", by=stranger)).status_code == 404
    step = {**shop, "values": [{"field": "name", "value": "别人"}]}
    assert (await town.do("/applications/save", step, by=stranger))[0]["status"] == "shop_not_found"
    document = _document(shop_id, "id_front")
    assert (await town.do("/applications/put-documents", document, by=stranger))[0]["status"] == "shop_not_found"
    for verb in ("submit", "withdraw"):
        assert (await town.do(f"/applications/{verb}", shop, by=stranger))[0]["status"] == "application_not_found"
    assert (await town.ask("GET", f"/applications/{shop_id}", by=owner)).json()["state"] == "submitted"


async def test_staff_who_are_no_reviewers_see_no_application(town: Town) -> None:
    shop_id, owner = await _open(town)
    await _hand_in(town, shop_id, owner)
    person_id = new_id()
    await town.sign_up(person_id)
    await town.employ(person_id)
    revoking = RevokeRole(person_id=person_id, scope=PLATFORM, role=Role.REVIEWER, actor=Actor("system"))
    async with town.database.transaction() as tx:
        await revoke_roles(tx, [revoking])
    by = await town.make_key(person_id)
    shop = {"shop_id": str(shop_id)}
    for method, path, body in (
        ("GET", "/reviews", None),
        ("GET", f"/reviews/{shop_id}", None),
        ("POST", "/reviews/take", [shop]),
        ("POST", "/reviews/decide", [shop]),
        ("GET", f"/reviews/{shop_id}/documents/{new_id()}", None),
    ):
        assert (await town.ask(method, path, body, by=by)).status_code == 403, path


async def test_who_is_not_verified_does_not_withdraw(town: Town) -> None:
    shop_id, owner = await _open(town)
    payout = {
        "id": str(new_id(shop_id)),
        "owner_id": str(shop_id),
        "account_id": str(new_id(shop_id)),
        "amount": 1_000,
        "channel": "sandbox",
    }
    (asked,) = await town.do("/payouts/request", payout, by=owner)
    assert asked["status"] == "owner_not_verified"
    mine = {**payout, "id": str(new_id(town.market.shop_id)), "owner_id": str(town.market.shop_id)}
    (asked,) = await town.do("/payouts/request", mine, by=town.seller)
    assert asked["status"] == "account_not_found", "its shop is verified"


async def test_a_shop_at_its_limit_sells_no_more(town: Town) -> None:
    await town.database.pool.execute("update shops.shops set verification = 'unverified'")
    orders = [town.order(quantity=50) for _ in range(3)]
    results = [(await town.do("/orders/place", order, by=town.buyer))[0]["status"] for order in orders[:2]]
    assert results == ["placed", "placed"], "what is not paid is not sold"

    async def pay(order: dict[str, Any]) -> str:
        paying = {"payment_id": str(new_id(town.buyer_id)), "order_id": order["id"], "channel": "sandbox"}
        return str((await town.do("/orders/pay", paying, by=town.buyer))[0]["status"])

    await town.market.pay(town.buyer_id, UUID(orders[0]["id"]))
    assert await pay(orders[1]) == "shop_limit_reached", "nobody is sent to a channel for it"
    (placed,) = await town.do("/orders/place", orders[2], by=town.buyer)
    assert placed["status"] == "shop_limit_reached"


async def test_what_only_begins_like_a_picture_is_refused(town: Town) -> None:
    shop_id, owner = await _open(town)
    document = _document(shop_id, "id_front", b"\xff\xd8\xff\xe0" + b"no picture" * 40)
    assert await town.do("/applications/put-documents", document, by=owner) == [{"status": "unreadable"}]
