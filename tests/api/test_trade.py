"""Proves that a whole trade can be done by the API."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.api.town import Town
from tests.identity.people import PASSWORD
from tests.orders.market import Market
from weiji.events import BY_SYSTEM, Actor, Occurrence, publish
from weiji.events.reviews import ReviewReported, ReviewRuled
from weiji.events.withheld import told_to_shop
from weiji.identity import GrantRole, Role, grant_roles
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders import api as orders_api
from weiji.settings import Settings
from weiji.web.requests import WebRequest


async def test_a_trade_from_placing_to_receipt(town: Town) -> None:
    order_id = await town.place()
    payment = {
        "order_id": order_id,
        "payment_id": str(new_id(town.buyer_id)),
        "allowance_id": await town.grant(town.buyer),
    }
    (paid,) = await town.do("/orders/pay", payment, by=town.buyer)
    assert (paid["status"], paid["amount"]) == ("created", town.market.prices[0])
    await town.market.settle_events()
    order = (await town.ask("GET", f"/orders/{order_id}", by=town.seller)).json()
    assert order["state"] == "paid"
    parcel = {
        "id": str(new_id()),
        "order_id": order_id,
        "shop_id": str(town.market.shop_id),
        "carrier": "sf",
        "tracking_number": "SF1",
    }
    assert await town.do("/orders/ship", parcel, parcel, by=town.seller) == [{"status": "done"}, {"status": "exists"}]
    order = (await town.ask("GET", f"/orders/{order_id}", by=town.buyer)).json()
    assert order["parcels"][0]["carrier"] == "顺丰速运", "as pages print it"
    (confirmed,) = await town.do(
        "/orders/confirm", {"order_id": order_id, "allowance_id": payment["allowance_id"]}, by=town.buyer
    )
    assert confirmed["status"] == "done"
    order = (await town.ask("GET", f"/orders/{order_id}", by=town.buyer)).json()
    assert order["state"] == "received"
    page = (await town.ask("GET", f"/events?shop_id={town.market.shop_id}&after=0", by=town.seller)).json()
    about = [event["type"] for event in page["items"] if event["subject_id"] == order_id]
    assert about == ["OrderPlaced", "OrderPaid", "ParcelShipped", "OrderReceived"]
    assert page["next"] == page["items"][-1]["seq"] == len(page["items"])


async def test_goods_are_picked_up_for_a_code(town: Town) -> None:
    shop_id = str(town.market.shop_id)
    place = {"id": str(new_id(town.market.shop_id)), "shop_id": shop_id, "name": "前台", "address": "文三路 9 号"}
    assert await town.do("/pickup-places/put", place, place, by=town.seller) == [
        {"status": "created"}, {"status": "exists"},
    ]  # fmt: skip
    hidden = {**place, "id": str(new_id(town.market.shop_id)), "is_open": False}
    await town.do("/pickup-places/put", hidden, by=town.seller)
    for reader, seen in ((town.buyer, [place["id"]]), (town.seller, [place["id"], hidden["id"]])):
        found = (await town.ask("GET", f"/pickup-places?shop_id={shop_id}", by=reader)).json()
        assert [each["id"] for each in found["items"]] == seen
    pickup = {"place_id": place["id"], "name": "李雷", "phone": "13800138000"}
    order_id = await town.place(address=None, pickup=pickup)
    asking = {"order_id": order_id, "allowance_id": await town.grant(town.buyer)}
    (early,) = await town.do("/orders/show-pickup-codes", asking, by=town.buyer)
    assert (early["status"], early["code"]) == ("not_allowed_now", None)
    await town.market.pay(town.buyer_id, UUID(order_id))
    # Whoever has the code lets the money go: it takes what confirming receipt takes.
    unproved, strange = await town.do(
        "/orders/show-pickup-codes",
        {"order_id": order_id},
        {"order_id": order_id, "allowance_id": str(new_id())},
        by=town.buyer,
    )
    assert (unproved["status"], unproved["code"]) == ("payment_password_missing", None)
    assert (strange["status"], strange["code"]) == ("allowance_not_found", None)
    theirs = {"order_id": order_id, "allowance_id": await town.grant(town.seller, person_id=town.market.seller_id)}
    (nothing,) = await town.do("/orders/show-pickup-codes", theirs, by=town.seller)
    assert (nothing["status"], nothing["code"]) == ("order_not_found", None)
    (shown,) = await town.do("/orders/show-pickup-codes", asking, by=town.buyer)
    assert shown["status"] == "done"
    code = shown["code"]
    read = f"{code[:4]}-{code[4:8]}-{code[8:]}"
    answers = await town.do(
        "/orders/write-off",
        {"shop_id": shop_id, "code": read, "is_trial": True},
        {"shop_id": shop_id, "code": "1"},
        {"shop_id": shop_id, "code": read},
        {"shop_id": shop_id, "code": read},
        by=town.seller,
    )
    assert [each["status"] for each in answers] == ["done", "code_not_found", "done", "exists"]
    assert {each["order_id"] for each in answers} == {order_id, None}
    strange = await town.ask("POST", "/orders/write-off", [{"shop_id": shop_id, "code": read}], by=town.buyer)
    assert strange.json()[0]["status"] == "code_not_found", "they do not work there"
    order = (await town.ask("GET", f"/orders/{order_id}", by=town.buyer)).json()
    assert (order["state"], order["pickup"]["name"], order["address"]["phone"]) == ("received", "前台", "13800138000")
    body = {"shop_id": shop_id, "items": [{"sku_id": str(town.market.skus[0]), "quantity": 1}], "is_picked_up": True}
    (price,) = (await town.ask("POST", "/orders/price", [body], by=town.buyer)).json()
    assert (price["freight"], price["total"]) == (0, order["total"])


async def test_a_shop_cancels_what_it_can_not_send(town: Town) -> None:
    order_id = await town.place(quantity=3)
    await town.market.pay(town.buyer_id, UUID(order_id))
    shop_id = str(town.market.shop_id)
    parcel = {
        "id": str(new_id()),
        "order_id": order_id,
        "shop_id": shop_id,
        "carrier": "顺丰",
        "tracking_number": "SF1",
    }
    assert await town.do("/orders/ship", {**parcel, "lines": [{"line": 1, "quantity": 1}]}, by=town.seller) == [
        {"status": "done"}
    ]
    cancel = {"order_id": order_id, "shop_id": shop_id, "reason": "断货"}
    missing = await town.ask(
        "POST", "/orders/cancel-unsent", [{**cancel, "reason": ""}], by=town.seller, key=new_id().hex
    )
    assert missing.status_code == 400, "its buyer is to know why"
    twice = await town.do("/orders/cancel-unsent", cancel, cancel, by=town.seller)
    assert twice == [{"status": "done"}, {"status": "exists"}]
    order = (await town.ask("GET", f"/orders/{order_id}", by=town.buyer)).json()
    assert (order["state"], order["refunded"]) == ("shipped", 2 * town.market.prices[0])


async def test_a_buyer_without_programs_pays_with_the_payment_password(town: Town) -> None:
    person = {"id": str(new_id()), "handle": "mei", "display_name": "梅 🌷", "password": PASSWORD}
    assert (await town.ask("POST", "/people", person)).json()["status"] == "created"
    signed_in = (await town.ask("POST", "/sessions", {"name": "mei", "password": PASSWORD})).json()
    headers = {"x-csrf-token": signed_in["csrf_token"]}
    setting = {"payment_password": "592817", "login_password": PASSWORD}
    assert (await town.ask("PUT", "/payment-password", setting, headers=headers)).json()["status"] == "created"
    await town.market.fund([UUID(person["id"])], 1_000_000)
    orders = [town.order() for _ in range(3)]

    async def post(path: str, *commands: Any) -> list[Any]:
        response = await town.ask("POST", path, list(commands), headers=headers, key=new_id().hex)
        assert response.status_code == 200, response.text
        results: list[Any] = response.json()
        return results

    assert [result["status"] for result in await post("/orders/place", *orders)] == ["placed"] * 3
    payments = [
        {
            "order_id": order["id"],
            "payment_id": str(new_id(UUID(person["id"]))),
            "payment_password": password,
        }
        for order, password in zip(orders, ("592817", "000000", "592817"), strict=True)
    ]
    paid = await post("/orders/pay", *payments)
    assert [result["status"] for result in paid] == ["created", "payment_password_wrong", "created"]
    assert paid[1]["tries_left"] == 4
    again = await post("/orders/pay", *payments)
    assert [result["status"] for result in again] == ["exists", "payment_password_wrong", "exists"]
    await town.market.settle_events()
    # Once the order is paid, the same payment still exists, and another is not allowed.
    late = {**payments[0], "payment_id": str(new_id(UUID(person["id"])))}
    assert [result["status"] for result in await post("/orders/pay", payments[0], late)] == [
        "exists",
        "not_allowed_now",
    ]
    wallet = (await town.ask("GET", "/wallet")).json()
    assert wallet["available"] == 1_000_000 - 2 * town.market.prices[0]
    confirming = {"order_id": orders[0]["id"], "payment_password": "592817"}
    assert [result["status"] for result in await post("/orders/confirm", confirming)] == ["not_allowed_now"]
    no_word = {"order_id": orders[0]["id"]}
    assert [result["status"] for result in await post("/orders/confirm", no_word)] == ["payment_password_missing"]


async def test_orders_of_two_shops_are_paid_once_and_one_gives_its_part_back(town: Town) -> None:
    other = Market(town.database, town.program.lanes)
    await other.open()
    seller = await town.make_key(other.seller_id)
    elsewhere = {
        "id": str(new_id(other.shop_id)),
        "shop_id": str(other.shop_id),
        "items": [{"sku_id": str(other.skus[1]), "quantity": 1, "price": other.prices[1]}],
    }
    orders = [town.order(), town.order() | elsewhere]
    assert [each["status"] for each in await town.do("/orders/place", *orders, by=town.buyer)] == ["placed"] * 2
    tea, cup = (UUID(order["id"]) for order in orders)
    total = town.market.prices[0] + other.prices[1]
    before = (await town.ask("GET", "/wallet", by=town.buyer)).json()["available"]
    payment = {
        "order_id": str(tea),
        "with_order_ids": [str(cup)],
        "payment_id": str(new_id(town.buyer_id)),
        "allowance_id": await town.grant(town.buyer, total),
    }

    async def states() -> list[tuple[str, int]]:
        found = [(await town.ask("GET", f"/orders/{id}", by=town.buyer)).json() for id in (tea, cup)]
        return [(order["state"], order["refunded"]) for order in found]

    # With an order that is not theirs nothing is paid.
    stranger = {**payment, "payment_id": str(new_id(town.buyer_id)), "with_order_ids": [str(cup), str(new_id())]}
    (refused,) = await town.do("/orders/pay", stranger, by=town.buyer)
    assert refused["status"] == "order_not_found"
    paid = await town.do("/orders/pay", payment, payment, by=town.buyer)
    assert [(each["status"], each["amount"]) for each in paid] == [("created", total), ("exists", total)]
    await town.market.settle_events()
    assert await states() == [("paid", 0), ("paid", 0)]
    assert (await town.ask("GET", "/wallet", by=town.buyer)).json()["available"] == before - total
    # Each shop sends back its own part, and no other's.
    backs = [{"order_id": str(id), "shop_id": str(other.shop_id), "reason": "缺货"} for id in (tea, cup, cup)]
    given = await town.do("/orders/refund", *backs, by=seller)
    assert [each["status"] for each in given] == ["order_not_found", "done", "exists"]
    await town.market.settle_events()
    assert await states() == [("paid", 0), ("refunded", other.prices[1])]
    assert (await town.ask("GET", "/wallet", by=town.buyer)).json()["available"] == before - town.market.prices[0]
    assert await other.money(town.buyer_id, cup) | {"wallet": 0} == dict.fromkeys(
        ("wallet", "escrow", "pending", "available"), 0
    )
    assert await town.market.balance(chart.escrow(tea).id) == town.market.prices[0]
    await other.batchers.close()


async def test_a_program_of_a_clerk_grants_its_owner_nothing_of_what_they_bought(town: Town) -> None:
    order_id, shop_id = await town.place(), town.market.shop_id
    total = (await town.ask("GET", f"/orders/{order_id}", by=town.buyer)).json()["total"]
    role = GrantRole(person_id=town.buyer_id, scope=str(shop_id), role=Role.MANAGER, actor=BY_SYSTEM)
    async with town.database.transaction() as tx:
        await grant_roles(tx, [role])
    move = {"order_id": order_id, "shop_id": str(shop_id)}
    price = {**move, "conceded": 100, "freight": 0, "total": total}
    assert await town.do("/orders/reprice", price, by=town.buyer) == [{"status": "own_order"}]
    assert await town.do("/orders/refund", {**move, "reason": "缺货"}, by=town.buyer) == [{"status": "own_order"}]
    assert await town.do("/orders/reprice", price, by=town.seller) == [{"status": "done"}]


async def test_a_program_of_a_clerk_reviews_nothing_of_the_shop_they_work_for(town: Town) -> None:
    order_id, shop_id = UUID(await town.place()), town.market.shop_id
    await town.market.pay(town.buyer_id, order_id)
    await town.market.ship(order_id)
    await town.market.confirm(town.buyer_id, order_id)
    await town.market.turn(timedelta(days=2))
    role = GrantRole(person_id=town.buyer_id, scope=str(shop_id), role=Role.MANAGER, actor=BY_SYSTEM)
    async with town.database.transaction() as tx:
        await grant_roles(tx, [role])
    review = {"order_id": str(order_id), "service": 5, "shipping": 5, "lines": [{"line": 1, "score": 5}]}
    assert await town.do("/reviews/write", review, by=town.buyer) == [{"status": "own_shop"}]


async def test_a_present_goes_to_whom_no_book_has(town: Town) -> None:
    recipient = {"name": "韩梅梅", "phone": "+8613900139000", "region": "四川省成都市锦江区", "detail": "春熙路 8 号"}
    gift = {"note": "生日快乐 🎂", "hides_prices": True}
    order_id = await town.place(gift=gift, address=recipient)
    for reader in (town.buyer, town.seller):
        order = (await town.ask("GET", f"/orders/{order_id}", by=reader)).json()
        assert order["gift"] == gift
        assert recipient.items() <= order["address"].items()
    assert (await town.ask("GET", "/addresses", by=town.buyer)).json()["items"] == []
    agreeing = {"shop_id": str(town.market.shop_id), "order_id": order_id, "text_version": 1}
    assert await town.do("/customers/give-contact", agreeing, by=town.buyer) == [{"status": "given"}]
    kept = (await town.ask("GET", f"/customers?shop_id={town.market.shop_id}", by=town.seller)).json()["items"]
    assert [(each["name"], each["phone"]) for each in kept] == [("某人", "")], "to whom it goes agreed to nothing"
    plain = (await town.ask("GET", f"/orders/{await town.place()}", by=town.buyer)).json()
    assert plain["gift"] is None
    long = town.order(gift={"note": "长" * 201})
    assert (await town.ask("POST", "/orders/place", [long], by=town.buyer, key=new_id().hex)).status_code == 400


async def test_only_a_payment_above_the_sum_takes_more_than_the_payment_password(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    mei = new_id()
    person = {"id": str(mei), "handle": "mei_steps_up", "display_name": "梅", "password": PASSWORD}
    await town.ask("POST", "/people", person)
    signed_in = (await town.ask("POST", "/sessions", {"name": "mei_steps_up", "password": PASSWORD})).json()
    headers = {"x-csrf-token": signed_in["csrf_token"]}
    setting = {"payment_password": "592817", "login_password": PASSWORD}
    await town.ask("PUT", "/payment-password", setting, headers=headers)
    await town.market.fund([mei], 1_000_000)
    orders = [town.order() for _ in range(3)]
    await town.ask("POST", "/orders/place", orders, headers=headers, key=new_id().hex)
    monkeypatch.setattr(WebRequest, "settings", Settings(mode="sandbox", step_up_above=town.market.prices[0]))
    one = {"order_id": orders[0]["id"], "payment_id": str(new_id(mei)), "payment_password": "592817"}
    # Two orders, each of which could be paid with the payment password: together they are more.
    both = {
        **one,
        "order_id": orders[1]["id"],
        "with_order_ids": [orders[2]["id"]],
        "payment_id": str(new_id(mei)),
    }

    async def pay(*commands: Any, key: str = "") -> list[str]:
        answer = await town.ask("POST", "/orders/pay", list(commands), headers=headers, key=key or new_id().hex)
        return [result["status"] for result in answer.json()]

    assert await pay(one, both) == ["created", "step_up_needed"]
    assert await pay(one, {**both, "login_password": "wrong"}) == ["exists", "login_password_wrong"]
    key = new_id().hex
    proved = {**both, "login_password": PASSWORD}
    assert await pay(proved, key=key) == ["created"]
    assert await pay(proved, key=key) == ["created"], "the answer is kept"
    assert await pay(proved) == ["exists"]
    # The day's sum is reached by the first: another as small takes more than the payment password, too.
    fourth = town.order()
    await town.ask("POST", "/orders/place", [fourth], headers=headers, key=new_id().hex)
    again = {**one, "order_id": fourth["id"], "payment_id": str(new_id(mei))}
    assert await pay(one, again) == ["exists", "step_up_needed"]
    assert await pay({**again, "login_password": PASSWORD}) == ["created"]
    # Nor does it pay what is placed while it is checked: that was in no sum.
    late = town.order()
    check = orders_api.refuse_spendings

    async def place_meanwhile(*given: Any) -> Any:
        found = await check(*given)
        await town.ask("POST", "/orders/place", [late], headers=headers, key=new_id().hex)
        return found

    slipped = {**one, "order_id": late["id"], "payment_id": str(new_id(mei))}
    with monkeypatch.context() as patch:
        patch.setattr(orders_api, "refuse_spendings", place_meanwhile)
        assert await pay(slipped) == ["order_not_found"]
    assert await pay(slipped) == ["step_up_needed"]


async def test_a_shop_does_not_read_of_itself_who_complained_of_it(town: Town) -> None:
    """As it was told once, in the log of the shop and the trail of the order."""
    order_id, shop_id = UUID(await town.place()), town.market.shop_id
    buyer = Actor("person", town.buyer_id)
    told = [
        ReviewReported(line=0, kind="paid"),
        ReviewReported(line=1, kind="abuse"),
        ReviewRuled(line=0, is_removed=False, reason="x"),
    ]
    async with town.market.database.transaction() as tx:
        await publish(tx, [Occurrence(event, shop_id, order_id, buyer) for event in told])
    first = (await town.ask("GET", f"/events?shop_id={shop_id}&limit=100", by=town.seller)).json()
    reviews = [each for each in first["items"] if each["type"].startswith("Review")]
    assert [(each["type"], each["data"]["line"]) for each in reviews] == [("ReviewReported", 1)]
    assert first["next"] == first["items"][-1]["seq"] + 1, "what is left out is read past"
    rest = (await town.ask("GET", f"/events?shop_id={shop_id}&after={first['next']}", by=town.seller)).json()
    assert rest == {"items": [], "next": first["next"]}
    stranger = {"inquiry_id": "a", "complaint_id": "b", "kind": "fraud"}
    assert told_to_shop("ComplaintFiled", stranger) == {"inquiry_id": "a", "kind": "fraud"}
    assert told_to_shop("OrderPaid", {"line": 0}) == {"line": 0}
