"""Proves that a complaint about a merchant order can be gone through by the API alone, by all who have a part in it."""

import base64
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from tests.api.town import Town
from tests.identity.people import PASSWORD
from tests.media.examples import picture
from tests.wire.test_trade import command
from weiji.events import BY_SYSTEM
from weiji.identity import GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.wire.complaints.machine import TRANSITIONS, ComplaintVerb
from weiji.wire.tickets import write_ticket
from weiji.wire.trade import PlaceMerchantOrderStatus, place_merchant_orders

PAYMENT_PASSWORD = "592817"
HERE = "/payment-complaints"

V = ComplaintVerb
ROUTES = {
    V.SAY: "say",
    V.REFUSE: "refuse",
    V.AGREE: "agree",
    V.COMPLETE: "complete",
    V.TAKE_FURTHER: "take-further",
    V.WITHDRAW: "withdraw",
    V.AWARD: "decide",
    V.DISMISS: "decide",
    V.PROPOSE: "decide",
    V.REJECT: "reject",
}
"""Where each verb of a complaint is; another signs at `second`. Only the clock lets one expire."""


async def person(town: Town, *, id: UUID | None = None, is_staff: bool = False) -> str:
    """Make somebody with money and a payment password, and give their key."""
    id = id or new_id()
    given = {"id": str(id), "handle": f"p{id.hex[-12:]}", "display_name": "某人", "password": PASSWORD}
    assert (await town.ask("POST", "/people", given)).json()["status"] == "created"
    if is_staff:
        await town.employ(id)
    await town.market.fund([id], 1_000_000)
    setting = {"payment_password": PAYMENT_PASSWORD, "login_password": PASSWORD}
    answer = await town.ask("PUT", "/payment-password", setting, headers=await town.sign_in(id))
    assert answer.json()["status"] == "created", answer.text
    return await town.make_key(id)


async def paid(town: Town, payer_id: UUID, total: int = 1_000) -> str:
    """Have a program of the market's shop make an order, and somebody pay it; give its id as their payments tell it."""
    session = await town.sign_in(payer_id)
    terms = {"appid": "wx0123456789abcdef", "amount": {"total": total, "currency": "CNY"}}
    placing = replace(command(town.market.shop_id, total, new_id().hex), terms=terms)
    result = await town.program.batchers.of(place_merchant_orders).submit(placing)
    assert result.status is PlaceMerchantOrderStatus.CREATED
    paying = {
        "id": str(new_id(payer_id)),
        "ticket": write_ticket(placing.id, clock.wall()),
        "channel": "balance",
        "payment_password": PAYMENT_PASSWORD,
    }
    answer = await town.ask("POST", "/merchants/orders/pay", [paying], headers=session)
    assert [each["status"] for each in answer.json()] == ["created"], answer.text
    await town.market.settle_events()
    payment = (await town.ask("GET", f"/payments/{paying['id']}", headers=session)).json()
    assert payment["subject_id"] == str(placing.id)
    return str(placing.id)


def asking(order_id: str, **more: Any) -> dict[str, Any]:
    """Write down what somebody complains of."""
    id = str(new_id(UUID(order_id)))
    return {"id": id, "order_id": order_id, "reason": "not_received", "words": "没有收到", "amount": 400, **more}


async def statuses(town: Town, verb: str, *bodies: Any, by: str) -> list[str]:
    """Do commands about complaints, and say how each ended."""
    return [result["status"] for result in await town.do(f"{HERE}/{verb}", *bodies, by=by)]


async def read(town: Town, id: str, by: str) -> dict[str, Any]:
    """Read a complaint."""
    answer = await town.ask("GET", f"{HERE}/{id}", by=by)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_every_verb_is_in_the_api(town: Town) -> None:
    paths = (await town.client.get("/api/v1/openapi.json")).json()["paths"]
    assert {t.verb for t in TRANSITIONS if set(t.actors) & {"buyer", "merchant", "staff"}} - ROUTES.keys() == {
        V.NOTE_WHOLE
    }, "which is what a refund of the whole order does"
    for verb in (*ROUTES.values(), "ask", "second"):
        assert "post" in paths[f"/api/v1{HERE}/{verb}"], verb


async def test_payer_and_shop_are_among_themselves_and_money_goes_back_once(town: Town) -> None:
    payer_id = new_id()
    payer, stranger, arbiter = await person(town, id=payer_id), await person(town), await person(town, is_staff=True)
    shop_id = str(town.market.shop_id)
    order_id = await paid(town, payer_id)
    shot = {"order_id": order_id, "content": base64.b64encode(picture()).decode()}
    (uploaded,) = await town.do(f"{HERE}/upload-proof", shot, by=payer)
    assert uploaded["status"] == "created", uploaded
    (refused,) = await town.do(f"{HERE}/upload-proof", shot, by=stranger)
    assert refused["status"] != "created"
    asked = asking(order_id, proof=[uploaded["url"]])
    id = asked["id"]
    assert await statuses(town, "ask", asked, by=stranger) == ["order_not_found"]
    assert await statuses(
        town,
        "ask",
        asking(order_id, amount=1_001),
        asking(order_id, words=" "),
        asking(order_id, proof=["/p/none"]),
        asked,
        asked,
        asking(order_id),
        by=payer,
    ) == ["amount_out_of_range", "words_invalid", "proof_invalid", "done", "exists", "complaint_open"]
    mine, ours = {"complaint_id": id}, {"complaint_id": id, "shop_id": shop_id}
    for by in (stranger, arbiter):
        assert (await town.ask("GET", f"{HERE}/{id}", by=by)).status_code == 404
        assert (await town.ask("GET", f"{HERE}/{id}/sayings", by=by)).status_code == 404
        assert (await town.ask("GET", f"{HERE}?shop_id={shop_id}", by=by)).status_code == 404
        assert (await town.ask("GET", HERE, by=by)).json()["items"] == []
        for verb in ("withdraw", "take-further"):
            assert await statuses(town, verb, mine, by=by) == ["complaint_not_found"]
        for verb in ("agree", "complete"):
            assert await statuses(town, verb, ours, by=by) == ["complaint_not_found"]
        for verb in ("say", "refuse"):
            assert await statuses(town, verb, {**ours, "words": "好"}, by=by) == ["complaint_not_found"]
        assert await statuses(town, "say", {**mine, "words": "好"}, by=by) == ["complaint_not_found"]
    assert await statuses(town, "take-further", mine, by=payer) == ["not_allowed_now"]
    assert await statuses(town, "complete", ours, by=town.seller) == ["not_allowed_now"]
    assert await statuses(town, "say", {**ours, "words": "马上查"}, by=town.seller) == ["done"]
    assert await statuses(town, "complete", ours, by=town.seller) == ["done"]
    assert await statuses(town, "say", {**mine, "words": "没有查到"}, by=payer) == ["done"]
    assert await statuses(town, "refuse", {**ours, "words": "寄出了"}, by=town.seller) == ["done"]
    for by in (payer, town.seller):
        said = (await town.ask("GET", f"{HERE}/{id}/sayings", by=by)).json()
        assert [(each["by"], each["words"]) for each in said] == [
            ("merchant", "马上查"),
            ("buyer", "没有查到"),
            ("merchant", "寄出了"),
        ]
    assert await statuses(town, "agree", ours, ours, by=town.seller) == ["done", "exists"]
    assert (await read(town, id, payer))["state"] == "refunding"
    await town.market.settle_events()
    for by in (payer, town.seller):
        found = await read(town, id, by)
        assert (found["state"], found["amount"], found["refunded"], found["total"]) == ("refunded", 400, 400, 1_000)
        assert (found["order_id"], found["proof"], found["decision"]) == (order_id, [uploaded["url"]], None)
    again = asking(order_id, amount=0)
    assert await statuses(town, "ask", again, by=payer) == ["done"]
    assert await statuses(town, "withdraw", {"complaint_id": again["id"]}, by=payer) == ["done"]
    for query, by in (("", payer), (f"&shop_id={shop_id}", town.seller)):
        first = (await town.ask("GET", f"{HERE}?limit=1{query}", by=by)).json()
        second = (await town.ask("GET", f"{HERE}?limit=1{query}&after={first['next']}", by=by)).json()
        assert [each["items"][0]["id"] for each in (first, second)] == [again["id"], id]
        assert second["next"] is None


async def test_the_staff_decide_with_their_signatures(town: Town) -> None:
    payer_id = new_id()
    payer = await person(town, id=payer_id)
    first, second = await person(town, is_staff=True), await person(town, is_staff=True)
    bare = await town.make_operator()
    shop_id = str(town.market.shop_id)
    small, large = asking(await paid(town, payer_id)), asking(await paid(town, payer_id, 100_000), amount=100_000)
    assert await statuses(town, "ask", small, large, by=payer) == ["done", "done"]
    noes = [{"complaint_id": each["id"], "shop_id": shop_id, "words": "没有说好评返现"} for each in (small, large)]
    assert await statuses(town, "refuse", *noes, by=town.seller) == ["done", "done"]
    mine = [{"complaint_id": each["id"]} for each in (small, large)]
    assert await statuses(town, "take-further", *mine, by=payer) == ["done", "done"]
    waiting = (await town.ask("GET", f"{HERE}/desk?limit=1", by=first)).json()
    rest = (await town.ask("GET", f"{HERE}/desk?limit=1&after={waiting['next']}", by=first)).json()
    assert {each["items"][0]["id"] for each in (waiting, rest)} == {small["id"], large["id"]}
    assert (await town.ask("GET", f"{HERE}/desk", by=payer)).status_code == 403

    ruling = {"words": "商家没有证据", "payment_password": PAYMENT_PASSWORD}
    award = {**ruling, "complaint_id": small["id"], "amount": 300}
    propose = {**ruling, "complaint_id": large["id"], "amount": 100_000}
    unsigned = {name: value for name, value in award.items() if name != "payment_password"}
    wrong = {**award, "payment_password": "000000"}
    results = await town.do(f"{HERE}/decide", unsigned, wrong, {**award, "amount": 401}, by=first)
    assert [(each["status"], each["tries_left"]) for each in results] == [
        ("payment_password_missing", None),
        ("payment_password_wrong", 4),
        ("amount_out_of_range", None),
    ]
    assert await statuses(town, "decide", award, by=bare) == ["payment_password_not_set"]
    assert await statuses(town, "decide", award, propose, by=first) == ["done", "done"]
    seen = await read(town, large["id"], second)
    assert (seen["state"], seen["decision"]["amount"], seen["decision"]["words"]) == (
        "proposed",
        100_000,
        "商家没有证据",
    )
    for by in (payer, town.seller):
        found = await read(town, large["id"], by)
        assert (found["state"], found["decision"]) == ("reviewing", None), "nothing is decided"
    signed = {
        "complaint_id": large["id"],
        "seen": seen["decision"]["hash"],
        "payment_password": PAYMENT_PASSWORD,
    }
    (result,) = await town.do(f"{HERE}/second", {**signed, "payment_password": "000000"}, by=second)
    assert (result["status"], result["tries_left"]) == ("payment_password_wrong", 4)
    assert await statuses(town, "second", signed, by=first) == ["another_needed"]
    no = {"complaint_id": large["id"], "seen": signed["seen"], "words": "少了一页"}
    unread = {**no, "seen": "0" * 64}
    assert await statuses(town, "reject", unread, no, by=second) == ["decision_differs", "done"]
    listed = (await town.ask("GET", f"{HERE}/desk", by=first)).json()["items"]
    for found in (await read(town, large["id"], first), next(each for each in listed if each["id"] == large["id"])):
        (kept,) = found["objections"]
        assert (kept["words"], kept["decision"]["amount"], kept["decision"]["words"]) == (
            "少了一页",
            100_000,
            "商家没有证据",
        )
        assert [(each["by"], each["found"]) for each in found["marks"]] == [("merchant", "没有说好评返现")]
    for by in (payer, town.seller):
        found = await read(town, large["id"], by)
        assert (found["objections"], found["marks"]) == ([], []), "both are for the staff"
    assert await statuses(town, "decide", propose, by=second) == ["done"]
    assert await statuses(town, "reject", no, by=first) == ["decision_differs"], "it is of what was proposed before"
    # The same sum for the same reason, and yet not what was read before: somebody else signed it first.
    anew = {**signed, "seen": (await read(town, large["id"], first))["decision"]["hash"]}
    assert await statuses(town, "second", {**anew, "payment_password": None}, signed, anew, by=first) == [
        "payment_password_missing",
        "decision_differs",
        "done",
    ]
    assert (await read(town, large["id"], first))["decision"]["hash"] is None, "it is decided"
    await town.market.settle_events()
    for asked, amount in ((small, 300), (large, 100_000)):
        found = await read(town, asked["id"], payer)
        assert (found["state"], found["amount"], found["refunded"]) == ("refunded", amount, amount)
        assert (found["decision"]["amount"], found["decision"]["signed_by"]) == (amount, None)
        assert (await read(town, asked["id"], first))["decision"]["signed_by"]
    assert (await town.ask("GET", f"{HERE}/desk", by=first)).json()["items"] == []
    over = (await town.ask("GET", f"{HERE}/desk?is_over=true", by=second)).json()["items"]
    assert {each["id"] for each in over} == {small["id"], large["id"]}


async def test_who_paid_or_sells_decides_nothing_though_they_are_staff(town: Town) -> None:
    payer_id = new_id()
    payer = await person(town, id=payer_id, is_staff=True)
    asked = asking(await paid(town, payer_id))
    assert await statuses(town, "ask", asked, by=payer) == ["done"]
    answer = {"complaint_id": asked["id"], "shop_id": str(town.market.shop_id), "words": "好"}
    assert await statuses(town, "say", answer, by=town.seller) == ["done"]
    assert await statuses(town, "take-further", {"complaint_id": asked["id"]}, by=payer) == ["done"]
    award = {"complaint_id": asked["id"], "amount": 1, "words": "好", "payment_password": PAYMENT_PASSWORD}
    assert await statuses(town, "decide", award, by=payer) == ["is_party"]
    # Nor do they read, on the desk or elsewhere, what the others propose.
    first, second = await person(town, is_staff=True), await person(town, is_staff=True)
    large = asking(await paid(town, payer_id, 100_000), amount=100_000)
    assert await statuses(town, "ask", large, by=payer) == ["done"]
    no = {**answer, "complaint_id": large["id"], "words": "没有说好评返现"}
    assert await statuses(town, "refuse", no, by=town.seller) == ["done"]
    assert await statuses(town, "take-further", {"complaint_id": large["id"]}, by=payer) == ["done"]
    propose = {**award, "complaint_id": large["id"], "amount": 100_000}
    assert await statuses(town, "decide", propose, by=first) == ["done"]
    seen = (await read(town, large["id"], second))["decision"]["hash"]
    no = {"complaint_id": large["id"], "seen": seen, "words": "再看"}
    assert await statuses(town, "reject", no, by=second) == ["done"]
    assert await statuses(town, "decide", propose, by=second) == ["done"]
    for by, is_party in ((payer, True), (first, False)):
        listed = (await town.ask("GET", f"{HERE}/desk", by=by)).json()["items"]
        for found in (await read(town, large["id"], by), next(each for each in listed if each["id"] == large["id"])):
            told = (found["state"], found["decision"] is None, found["objections"] == [], found["marks"] == [])
            assert told == (("reviewing", True, True, True) if is_party else ("proposed", False, False, False))


async def test_who_paid_and_works_for_the_shop_answers_nothing_for_it(town: Town) -> None:
    shop_id, payer_id = str(town.market.shop_id), new_id()
    both = await person(town, id=payer_id)
    asked = asking(await paid(town, payer_id))
    id = asked["id"]
    ours, mine = {"complaint_id": id, "shop_id": shop_id}, {"complaint_id": id}
    assert await statuses(town, "ask", asked, by=both) == ["done"]
    role = GrantRole(person_id=payer_id, scope=shop_id, role=Role.MANAGER, actor=BY_SYSTEM)
    async with town.database.transaction() as tx:
        await grant_roles(tx, [role])
    for by, status in ((both, "is_party"), (town.seller, "done")):
        assert await statuses(town, "say", {**ours, "words": "马上查"}, by=by) == [status]
        assert await statuses(town, "refuse", {**ours, "words": "寄出了"}, by=by) == [status]
        if by == both:
            assert await statuses(town, "say", {**mine, "words": "没有收到"}, by=by) == ["done"], "as the payer"
            assert (await read(town, id, both))["state"] == "asked"
    for by, status in ((both, "is_party"), (town.seller, "done")):
        for verb in ("complete", "agree"):
            assert await statuses(town, verb, ours, by=by) == [status], verb
    assert (await read(town, id, both))["state"] == "refunding"
