"""Proves that red packets can be sent, opened and checked by the API: with an allowance, or the payment password."""

from hashlib import sha256
from typing import Any

from tests.api.town import Town
from weiji.kit.ids import new_id


def body(town: Town, **more: Any) -> dict[str, Any]:
    """Write the body of a packet."""
    return {
        "id": str(new_id(town.buyer_id)),
        "division": "lucky",
        "amount": 1_000,
        "parts": 2,
        "greeting": "Good fortune",
        **more,
    }


async def test_a_key_sends_within_its_allowance_and_others_open(town: Town) -> None:
    allowance = await town.grant(town.buyer, 1_500)
    packet = body(town, allowance_id=allowance)
    sent, dear, unknown, bare = await town.do(
        "/red-packets/send",
        packet,
        body(town, allowance_id=allowance),
        body(town, allowance_id=allowance, recipient_id=str(new_id()), parts=1),
        body(town),
        by=town.buyer,
    )
    assert [answer["status"] for answer in (sent, dear, unknown, bare)] == [
        "created",
        "exceeds_allowance",
        "recipient_not_found",
        "payment_password_missing",
    ]
    asked = {"packet_id": packet["id"], "key": sent["key"]}
    first, again, wrong = await town.do("/red-packets/claim", asked, asked, {**asked, "key": "wrong"}, by=town.seller)
    assert (first["status"], again["status"], wrong["status"]) == ("claimed", "exists", "packet_not_found")
    assert first["amount"] == again["amount"]
    path = f"/red-packets/{packet['id']}"
    stranger = await town.make_operator()
    assert (await town.ask("GET", path, by=stranger)).status_code == 404
    closed = (await town.ask("GET", f"{path}?key={sent['key']}", by=stranger)).json()
    assert (closed["claims"], closed["split"], closed["key"]) == ([], None, None)
    await town.do("/red-packets/claim", asked, by=stranger)
    ended = (await town.ask("GET", path, by=town.buyer)).json()
    assert ended["state"] == "empty"
    assert ended["split"]["parts"][0] == first["amount"]
    assert sha256(ended["sealed_text"].encode()).hexdigest() == ended["commitment"] == sent["commitment"]
    page = (await town.ask("GET", f"{path}/claims?limit=1", by=town.seller)).json()
    rest = (await town.ask("GET", f"{path}/claims?limit=1&after={page['next']}", by=town.seller)).json()
    assert [page["items"][0]["place"], rest["items"][0]["place"], rest["next"]] == [2, 1, None]
    listed = (await town.ask("GET", "/red-packets/sent", by=town.buyer)).json()
    assert [(each["id"], each["key"]) for each in listed["items"]] == [(packet["id"], sent["key"])]


async def test_rules_are_the_operators(town: Town) -> None:
    staff = await town.make_operator()
    (current,) = (await town.ask("GET", "/red-packets/rules", by=staff)).json()["items"]
    version = {"version": current["version"] + 1, "rules": {"amount_max": 100}, "reason": "Smaller ones."}
    refused = await town.ask("POST", "/red-packets/rules/publish", [version], by=town.buyer, key="1")
    assert refused.status_code == 403
    done, again = await town.do("/red-packets/rules/publish", version, version, by=staff)
    assert (done["status"], again["status"]) == ("published", "version_taken")
    allowance = await town.grant(town.buyer)
    (sent,) = await town.do("/red-packets/send", body(town, allowance_id=allowance), by=town.buyer)
    assert sent["status"] == "exceeds_packet_limit"
