"""Proves the law of batches by HTTP, that lists are whole, and that everything a machine has can be done by the API."""

import asyncio
import time
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.town import Town
from weiji.aftersale.machine import TRANSITIONS as CASE_TRANSITIONS
from weiji.aftersale.machine import CaseVerb
from weiji.events import BY_SYSTEM
from weiji.identity import GrantRole, Role, grant_roles
from weiji.kit.ids import derive, new_id
from weiji.orders.machine import TRANSITIONS, Verb

ROUTES = {
    Verb.PAY: "/api/v1/orders/pay",
    Verb.REOPEN: "/api/v1/orders/pay",
    Verb.REPRICE: "/api/v1/orders/reprice",
    Verb.CLOSE: "/api/v1/orders/close",
    Verb.REFUND: "/api/v1/orders/refund",
    Verb.SHIP: "/api/v1/orders/ship",
    Verb.SHIP_LAST: "/api/v1/orders/ship",
    Verb.PROLONG: "/api/v1/orders/prolong",
    Verb.CONFIRM: "/api/v1/orders/confirm",
    Verb.CANCEL_UNSENT: "/api/v1/orders/cancel-unsent",
    Verb.WRITE_OFF: "/api/v1/orders/write-off",
    Verb.SHOW_KEYS: "/api/v1/orders/show-keys",
    Verb.TAKE_BACK: "/api/v1/orders/refund",
}
"""Where each verb of the machine is. A payment that comes late reopens; nobody but the clock settles."""

CASE_ROUTES = {
    CaseVerb.AGREE: "/api/v1/cases/agree",
    CaseVerb.REFUSE: "/api/v1/cases/refuse",
    CaseVerb.COUNTER: "/api/v1/cases/counter",
    CaseVerb.ACCEPT: "/api/v1/cases/accept",
    CaseVerb.DECLINE: "/api/v1/cases/decline",
    CaseVerb.SEND_BACK: "/api/v1/cases/send-back",
    CaseVerb.TAKE_RETURN: "/api/v1/cases/take-returns",
    CaseVerb.COUNTER_RETURN: "/api/v1/cases/counter-returns",
    CaseVerb.REFUSE_RETURN: "/api/v1/cases/refuse-returns",
    CaseVerb.RESHIP: "/api/v1/cases/reship",
    CaseVerb.REFUND_INSTEAD: "/api/v1/cases/refund-instead",
    CaseVerb.WITHDRAW: "/api/v1/cases/withdraw",
}
"""Where each verb of a case is. Only the clock lets one expire, only channels say that money arrived, and a dispute is
opened and ends at `/disputes`."""

OPERATIONS = {
    # What pages do, and where the API does it.
    "browse": "GET /products",
    "look at a product": "GET /products/{product_id}",
    "look at a shop": "GET /shops/{shop_id}",
    "put into the cart": "POST /cart/put",
    "see the cart": "GET /cart",
    "check out": "POST /orders/price",
    "place": "POST /orders/place",
    "see one's orders": "GET /orders",
    "see an order": "GET /orders/{order_id}",
    "see the wallet": "GET /wallet",
    "send a red packet": "POST /red-packets/send",
    "open a red packet": "POST /red-packets/claim",
    "see a red packet": "GET /red-packets/{packet_id}",
    "see who has a part": "GET /red-packets/{packet_id}/claims",
    "see red packets received": "GET /red-packets/received",
    "see red packets sent": "GET /red-packets/sent",
    "see the rules of red packets": "GET /red-packets/rules",
    "publish rules of red packets": "POST /red-packets/rules/publish",
    "top up": "POST /wallet/top-ups",
    "withdraw": "POST /payouts/request",
    "see withdrawals": "GET /payouts",
    "name a bank account": "POST /payout-accounts/create",
    "see bank accounts": "GET /payout-accounts",
    "remove a bank account": "POST /payout-accounts/remove",
    "write an address": "POST /addresses/put",
    "see addresses": "GET /addresses",
    "remove an address": "POST /addresses/remove",
    "sign up": "POST /people",
    "sign in": "POST /sessions",
    "see sessions": "GET /sessions",
    "sign out": "DELETE /sessions/{session_id}",
    "sign out elsewhere": "POST /sessions/end",
    "change the profile": "PATCH /me",
    "change the password": "PUT /password",
    "change the phone number": "PUT /phone",
    "set the payment password": "PUT /payment-password",
    "forget the payment password": "POST /payment-password/reset",
    "remember it": "DELETE /payment-password/reset",
    "write down a recovery code": "POST /recovery-code",
    "take it back": "POST /recovery-code/revoke",
    "forget the password": "POST /sessions/recover",
    "add an app": "PUT /second-factor",
    "do without it": "POST /second-factor/remove",
    "open a shop": "POST /shops/open",
    "change a shop": "POST /shops/update",
    "change a shop's short address": "POST /shops/change-handle",
    "look at a shop's page": "GET /storefronts/{shop_id}",
    "look through a shop's goods": "GET /storefronts/{shop_id}/goods",
    "design a shop's page": "POST /storefronts/save-draft",
    "preview it": "GET /storefronts/{shop_id}/draft",
    "begin with a design": "GET /storefronts/{shop_id}/starts",
    "publish it": "POST /storefronts/publish",
    "see its versions": "GET /storefronts/{shop_id}/versions",
    "look at a version": "GET /storefronts/{shop_id}/version",
    "have a version back": "POST /storefronts/restore",
    "see what there is to do": "GET /orders/figures",
    "see goods": "GET /goods",
    "save goods": "POST /products/save",
    "list goods": "POST /products/list",
    "withdraw goods": "POST /products/withdraw",
    "set stock": "POST /stock/set",
    "correct stock": "POST /stock/adjust",
    "carry stock over": "POST /stock/transfer",
    "see stock": "GET /stock",
    "see what runs low": "GET /goods/stock-notices",
    "see what goods cost": "GET /prices",
    "see the journal of stock": "GET /stock/changes",
    "see where an order lies": "GET /stock/holds",
    "send a video": "POST /videos/upload",
    "show a video": "POST /videos/show",
    "save warehouses": "POST /warehouses/save",
    "say where goods are picked up": "POST /pickup-places/put",
    "see where goods are picked up": "GET /pickup-places",
    "see the code of what one picks up": "POST /orders/show-pickup-codes",
    "see warehouses": "GET /warehouses",
    "ask for something about an order": "POST /cases/ask",
    "see what may be asked back": "GET /cases/bounds",
    "see what one has of an order": "GET /cases/held",
    "see the reasons": "GET /cases/reasons",
    "show pictures of what is wrong": "POST /cases/upload-proof",
    "see cases": "GET /cases",
    "see a case": "GET /cases/{case_id}",
    "see where what comes back is": "GET /cases/{case_id}/return-parcel",
    "see where what was sent anew is": "GET /cases/{case_id}/replacement-parcel",
    "look at numbers before sending back": "POST /cases/check-returns",
    "see everybody's cases": "GET /cases/all",
    "set the return address": "POST /return-addresses/set",
    "see the return address": "GET /return-addresses/{shop_id}",
    "see rules": "GET /rules",
    "publish rules": "POST /rules/publish",
    "see events set aside": "GET /events/set-aside",
    "resume events": "POST /events/resume",
    "see the market": "GET /platform/market",
    "see all orders": "GET /platform/orders",
    "audit an order": "GET /platform/orders/{order_id}",
    "see the books": "GET /platform/books",
    "prove the books": "POST /platform/proof",
    "see jobs": "GET /platform/jobs",
    "see what jobs set aside": "GET /platform/jobs/set-aside",
    "have it tried again": "POST /platform/jobs/resume",
    "see who works for the operator": "GET /platform/staff",
    "see which roles they were given": "GET /platform/staff/changes",
    "take a role from one of them": "POST /platform/staff/take",
    "help one of them who lost the phone": "POST /platform/staff/take-second-factor",
    "pay at the sandbox": "POST /sandbox/charges/{charge_id}/act",
}


async def test_every_verb_and_every_step_of_a_page_is_in_the_api(town: Town) -> None:
    document = (await town.client.get("/api/v1/openapi.json")).json()
    paths = document["paths"]
    by_people = {t.verb for t in TRANSITIONS if set(t.actors) & {"buyer", "merchant", "staff", "channel"}}
    assert by_people == ROUTES.keys()
    disputed = {CaseVerb.DISPUTE, CaseVerb.GIVE_UP}
    assert {t.verb for t in CASE_TRANSITIONS if set(t.actors) & {"buyer", "merchant"}} - disputed == CASE_ROUTES.keys()
    for verb, path in [*ROUTES.items(), *CASE_ROUTES.items()]:
        assert "post" in paths[path], verb
    for step, route in OPERATIONS.items():
        method, _, path = route.partition(" ")
        assert method.lower() in paths[f"/api/v1{path}"], step


PLACES = st.tuples(st.integers(0, 2), st.integers(1, 3), st.booleans())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PLACES, min_size=1, max_size=6))
async def test_law_of_batches(town: Town, drawn: list[tuple[int, int, bool]]) -> None:
    async def answers(is_batch: bool) -> list[Any]:
        base = new_id(town.market.shop_id)
        orders = [
            town.order(id=derive(base, n), quantity=quantity, note="!" if is_noted else "")
            for n, quantity, is_noted in drawn
        ]
        closings = [{"order_id": order["id"]} for order in orders]
        found: list[Any] = []
        for path, commands in (("/orders/place", orders), ("/orders/close", closings)):
            for batch in [commands] if is_batch else [[command] for command in commands]:
                found += await town.do(path, *batch, by=town.buyer)
        return [(result["status"], result.get("total")) for result in found]

    assert await answers(is_batch=True) == await answers(is_batch=False)


async def test_lists_go_on_where_they_stopped(town: Town) -> None:
    ids = [await town.place() for _ in range(5)]
    for query in ("", f"&shop_id={town.market.shop_id}"):
        by = town.seller if query else town.buyer
        seen: list[str] = []
        after = ""
        while True:
            page = (await town.ask("GET", f"/orders?limit=2{query}{after}", by=by)).json()
            assert len(page["items"]) <= 2
            seen += [order["id"] for order in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert seen == ids[::-1]
    page = (await town.ask("GET", "/orders?state=closed", by=town.buyer)).json()
    assert page == {"items": [], "next": None}


async def test_a_cart_shows_what_things_cost_now_and_prices_are_what_is_charged(town: Town) -> None:
    sku, gone = str(town.market.skus[1]), str(new_id())
    await town.do("/cart/put", {"sku_id": gone, "quantity": 1}, {"sku_id": sku, "quantity": 3}, by=town.buyer)
    lines = (await town.ask("GET", "/cart", by=town.buyer)).json()["items"]
    found = {line["sku_id"]: (line["quantity"], line["price"], line["is_for_sale"]) for line in lines}
    assert found == {sku: (3, 19_800, True), gone: (1, 0, False)}
    asked = {"shop_id": str(town.market.shop_id), "items": [{"sku_id": sku, "quantity": 3}]}
    priced, lost = await town.do(
        "/orders/price", asked, {**asked, "items": [{"sku_id": gone, "quantity": 1}]}, by=town.buyer
    )
    assert (priced["status"], priced["total"], lost["status"]) == ("priced", 59_400, "not_for_sale")
    item = {"sku_id": sku, "quantity": 3, "price": priced["lines"][0]["price"]}
    (placed,) = await town.do("/orders/place", town.order(items=[item]), by=town.buyer)
    assert (placed["status"], placed["total"]) == ("placed", priced["total"])


async def test_who_works_for_a_shop_buys_nothing_there(town: Town) -> None:
    buyer_id = town.buyer_id
    role = GrantRole(person_id=buyer_id, scope=str(town.market.shop_id), role=Role.FINANCE, actor=BY_SYSTEM)
    (before,) = await town.do("/orders/place", town.order(), by=town.buyer)
    async with town.database.transaction() as tx:
        await grant_roles(tx, [role])
    (after,) = await town.do("/orders/place", town.order(), by=town.buyer)
    assert (before["status"], after["status"]) == ("placed", "own_shop")


async def test_events_are_read_in_order_and_waited_for(town: Town) -> None:
    await town.program.listen()
    shop_id = town.market.shop_id
    await town.place()
    seen: list[int] = []
    after = 0
    while True:
        page = (await town.ask("GET", f"/events?shop_id={shop_id}&after={after}&limit=2", by=town.seller)).json()
        seen += [event["seq"] for event in page["items"]]
        after = page["next"]
        if not page["items"]:
            break
    assert seen == list(range(1, len(seen) + 1))
    waiting = asyncio.create_task(
        town.ask("GET", f"/events?shop_id={shop_id}&after={after}&wait=20", by=town.seller, timeout=30)
    )
    while not any(str(shop_id) in watch.ids for watch in town.program.live._watches):  # noqa: ASYNC110 - it has no event.
        await asyncio.sleep(0.01)
    began = time.monotonic()
    id = await town.place()
    page = (await waiting).json()
    assert [(event["type"], event["subject_id"]) for event in page["items"]] == [("OrderPlaced", id)]
    assert time.monotonic() - began < 10
    nothing = await town.ask("GET", f"/events?shop_id={shop_id}&after={page['next']}&wait=1", by=town.seller)
    assert nothing.json() == {"items": [], "next": page["next"]}
    own = (await town.ask("GET", "/events", by=town.buyer)).json()["items"]
    assert {"PersonSignedUp", "KeyCreated"} <= {event["type"] for event in own}


async def test_an_order_is_paid_by_another_channel_at_its_own_page(town: Town) -> None:
    order_id = await town.place()
    payment = {"order_id": order_id, "payment_id": str(new_id(town.buyer_id)), "channel": "sandbox"}
    first = await town.ask("POST", "/orders/pay", [payment], by=town.buyer, key="k")
    (paid,) = first.json()
    assert paid["status"] == "created"
    assert paid["pay_url"]
    again = await town.ask("POST", "/orders/pay", [payment], by=town.buyer, key="k")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert UUID(paid["payment_id"]) == UUID(payment["payment_id"])
