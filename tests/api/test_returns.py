"""Proves that a parcel that comes back is checked, sent and seen by the API alone, by its own two sides."""

from uuid import UUID

from tests.api.town import ADDRESS, Town
from weiji.kit.ids import new_id


async def test_a_number_is_checked_before_sending_back_and_the_parcel_is_seen_after(town: Town) -> None:
    order_id = await town.place()
    await town.market.pay(town.buyer_id, UUID(order_id))
    await town.market.ship(UUID(order_id))
    case_id, shop_id = str(new_id(town.market.shop_id)), str(town.market.shop_id)
    case = {"id": case_id, "order_id": order_id, "line": 1, "kind": "return", "quantity": 1, "reason": "not_wanted"}
    assert await town.do("/cases/ask", case, by=town.buyer) == [{"status": "done"}]
    agreed = {"case_id": case_id, "shop_id": shop_id, "address": ADDRESS}
    assert await town.do("/cases/agree", agreed, by=town.seller) == [{"status": "done"}]
    used = {"case_id": case_id, "carrier": "顺丰", "tracking_number": "SF1234567890"}
    fine = used | {"tracking_number": "SF1020304050607"}
    found = await town.do("/cases/check-returns", used, fine, by=town.buyer)
    assert [(check["status"], check["used_by"]) for check in found] == [("number_used", None), ("fine", None)]
    theirs = await town.ask("POST", "/cases/check-returns", [fine], by=town.seller)
    assert theirs.status_code == 404, "only who sends it back may ask"
    where = f"/cases/{case_id}/return-parcel"
    assert (await town.ask("GET", where, by=town.buyer)).status_code == 404, "nothing was sent back yet"
    assert await town.do("/cases/send-back", fine, by=town.buyer) == [{"status": "done"}]
    stranger_id = new_id()
    await town.sign_up(stranger_id)
    assert (await town.ask("GET", where, by=await town.make_key(stranger_id))).status_code == 404
    for side in (town.buyer, town.seller):
        answer = await town.ask("GET", where, by=side)
        assert answer.json() == {"state": "announced", "delivered_at": None, "tracking": []}, answer.text
