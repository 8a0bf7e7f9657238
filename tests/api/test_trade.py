"""Proves that a whole trade can be done by the API."""

from tests.api.town import Town
from weiji.kit.ids import new_id


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
        "carrier": "顺丰",
        "tracking_number": "SF1",
    }
    assert await town.do("/orders/ship", parcel, parcel, by=town.seller) == [{"status": "done"}, {"status": "exists"}]
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
