"""Proves that a dispute can be gone through by the API alone, with an example of each status of each operation; and
that whoever reads a file there can prove its hash, however old it is."""

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

from tests.api.town import Town
from tests.disputes.sealed import LATER, SEALED
from tests.identity.people import PASSWORD
from weiji.disputes import get_dispute, hash_of
from weiji.kit.ids import new_id

PASSWORD_OF_ARBITERS = "592817"


async def _refused(town: Town, by: str = "", buyer_id: UUID | None = None) -> str:
    """Have a buyer ask for money, and the shop say no."""
    body = town.order(quantity=2)
    assert (await town.do("/orders/place", body, by=by or town.buyer))[0]["status"] == "placed"
    order_id = body["id"]
    await town.market.pay(buyer_id or town.buyer_id, UUID(order_id))
    await town.market.ship(UUID(order_id))
    case = {"id": str(new_id(town.market.shop_id)), "order_id": order_id, "line": 1, "kind": "refund", "quantity": 2}
    assert await town.do("/cases/ask", {**case, "reason": "damaged"}, by=by or town.buyer) == [{"status": "done"}]
    no = {"case_id": case["id"], "shop_id": str(town.market.shop_id), "words": "没有看到破损"}
    assert await town.do("/cases/refuse", no, by=town.seller) == [{"status": "done"}]
    id: str = case["id"]
    return id


async def _opened(town: Town, *, decides: bool = True) -> str:
    """Have the buyer leave a case to arbiters; *decides*: both sides hand in."""
    case_id = await _refused(town)
    claim = {"case_id": case_id, "claim": "收到就是坏的"}
    assert await statuses(town, "open", claim, by=town.buyer) == ["done"]
    if decides:
        evidence = {"case_id": case_id, "words": "照片"}
        assert await statuses(town, "submit-evidence", evidence, by=town.buyer) == ["done"]
        ours = {**evidence, "shop_id": str(town.market.shop_id)}
        assert await statuses(town, "submit-evidence", ours, by=town.seller) == ["done"]
    return case_id


async def _arbiter(town: Town, *, has_password: bool = True) -> str:
    """Make an arbiter, who signs with a payment password."""
    id = new_id()
    person = {"id": str(id), "handle": f"p{id.hex[-12:]}", "display_name": "仲裁员", "password": PASSWORD}
    assert (await town.ask("POST", "/people", person)).json()["status"] == "created"
    await town.employ(id)
    await town.market.fund([id], 100_000)
    if has_password:
        setting = {"payment_password": PASSWORD_OF_ARBITERS, "login_password": PASSWORD}
        answer = await town.ask("PUT", "/payment-password", setting, headers=await town.sign_in(id))
        assert answer.json()["status"] == "created", answer.text
    return await town.make_key(id)


async def _ruling(town: Town, case_id: str, share: int, *, by: str, **more: Any) -> dict[str, Any]:
    """Look at what a ruling would post, and write it down, to be signed."""
    shown = await town.ask("GET", f"/disputes/{case_id}/preview?share={share}&freight_by=buyer", by=by)
    ruling = {"case_id": case_id, "share": share, "freight_by": "buyer", "words": "双方各有道理"}
    return {**ruling, "seen": shown.json()["seen"], "payment_password": PASSWORD_OF_ARBITERS, **more}


async def statuses(town: Town, verb: str, *bodies: Any, by: str) -> list[str]:
    """Do commands about disputes, and say how each ended."""
    return [result["status"] for result in await town.do(f"/disputes/{verb}", *bodies, by=by)]


async def test_the_sides_of_a_dispute(town: Town) -> None:
    case_id, shop_id = await _refused(town), str(town.market.shop_id)
    stranger = new_id()
    await town.sign_up(stranger)
    strange = await town.make_key(stranger)
    claim = {"case_id": case_id, "claim": "收到就是坏的"}
    assert await statuses(town, "open", claim, by=strange) == ["dispute_not_found"]
    assert await statuses(
        town, "open", {**claim, "claim": " "}, claim, claim, {**claim, "claim": "别的"}, by=town.buyer
    ) == ["words_invalid", "done", "exists", "not_allowed_now"]  # fmt: skip
    evidence = {"case_id": case_id, "words": "照片"}
    assert await statuses(town, "submit-evidence", evidence, by=strange) == ["dispute_not_found"]
    assert await statuses(
        town, "submit-evidence", {**evidence, "words": " "}, {**evidence, "pictures": ["/media/none-800.webp"]},
        evidence, evidence, {**evidence, "words": "别的"}, by=town.buyer,
    ) == ["words_invalid", "pictures_invalid", "done", "exists", "not_allowed_now"]  # fmt: skip
    # Sealed: the shop reads none of it yet, and a stranger nothing at all.
    seen = (await town.ask("GET", f"/disputes/{case_id}", by=town.seller)).json()
    assert (seen["state"], seen["opened_by"], seen["evidence"]) == ("evidence", "buyer", [])
    assert (await town.ask("GET", f"/disputes/{case_id}", by=strange)).status_code == 404
    assert await statuses(town, "submit-evidence", {**evidence, "shop_id": shop_id}, by=town.seller) == ["done"]
    seen = (await town.ask("GET", f"/disputes/{case_id}", by=town.seller)).json()
    assert (seen["state"], len(seen["evidence"])) == ("deciding", 2)
    given_up = {"case_id": case_id}
    assert await statuses(town, "withdraw", given_up, by=strange) == ["dispute_not_found"]
    assert await statuses(town, "withdraw", given_up, given_up, by=town.buyer) == ["done", "exists"]


async def test_a_file_proves_its_hash_as_long_as_it_is_there(town: Town) -> None:
    case_id = await _opened(town, decides=False)

    async def read() -> tuple[dict[str, Any], str, str]:
        seen = (await town.ask("GET", f"/disputes/{case_id}", by=town.buyer)).json()
        plain = json.dumps(seen["file"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return seen["file"], sha256(plain.encode()).hexdigest(), seen["file_hash"]

    file, hash, told = await read()
    assert (hash, file["case"].keys()) == (told, LATER["case"].keys())
    for sealed, told in SEALED:
        async with town.database.transaction() as tx:
            await tx.connection.execute("set local role none")
            await tx.connection.execute(
                "update disputes.disputes set file = $1, file_hash = decode($2, 'hex') where case_id = $3",
                sealed, told, UUID(case_id),
            )  # fmt: skip
            dispute = await get_dispute(tx, UUID(case_id))
        assert dispute is not None
        assert hash_of(dispute.file) == told
        assert await read() == (sealed, told, told)


async def test_arbiters_rule_and_another_decides_the_appeal(town: Town) -> None:
    first, other = await _arbiter(town), await _arbiter(town)
    fresh = await _arbiter(town, has_password=False)
    sealed, case_id = await _opened(town, decides=False), await _opened(town)
    listed = (await town.ask("GET", "/disputes", by=first)).json()
    assert {each["case_id"] for each in listed["items"]} == {sealed, case_id}
    assert (await town.ask("GET", "/disputes", by=town.buyer)).status_code == 403
    refused = await town.ask("POST", "/disputes/rule", [], by=town.buyer, key=new_id().hex)
    assert refused.status_code == 403
    ruling = await _ruling(town, case_id, 40, by=first)
    tried = {
        "payment_password_missing": {**ruling, "payment_password": None},
        "payment_password_wrong": {**ruling, "payment_password": "111111"},
        "dispute_not_found": {**ruling, "case_id": str(new_id(town.market.shop_id))},
        "not_allowed_now": {**ruling, "case_id": sealed},
        "share_out_of_range": {**ruling, "share": 101},
        "postage_out_of_range": {**ruling, "freight_by": "merchant", "postage": 1},
        "no_goods_back": {**ruling, "share": 0, "goods_back": True},
        "words_invalid": {**ruling, "words": " "},
        "postings_differ": {**ruling, "share": 41},
    }
    for status, body in tried.items():
        assert await statuses(town, "rule", body, by=first) == [status]
    assert await statuses(town, "rule", ruling, by=fresh) == ["payment_password_not_set"]
    first_id = UUID((await town.ask("GET", "/me", by=first)).json()["id"])
    own = await _refused(town, first, first_id)
    assert await statuses(town, "open", {"case_id": own, "claim": "坏了"}, by=first) == ["done"]
    assert await statuses(town, "rule", {**ruling, "case_id": own}, by=first) == ["is_party"]
    assert await statuses(town, "rule", ruling, ruling, by=first) == ["done", "exists"]
    appeal = {"case_id": case_id, "words": "照片没有看"}
    assert await statuses(town, "appeal", {**appeal, "case_id": sealed}, by=town.seller) == ["dispute_not_found"]
    assert await statuses(town, "appeal", {**appeal, "words": " "}, appeal, appeal, by=town.buyer) == [
        "words_invalid", "done", "exists",
    ]  # fmt: skip
    ours = {**appeal, "shop_id": str(town.market.shop_id)}
    assert await statuses(town, "appeal", ours, by=town.seller) == ["not_allowed_now"]
    final = await _ruling(town, case_id, 100, by=first)
    assert await statuses(town, "rule", final, by=first) == ["another_arbiter_needed"]
    assert await statuses(town, "rule", final, by=other) == ["done"]
    found = (await town.ask("GET", f"/disputes/{case_id}", by=town.buyer)).json()
    assert (found["state"], found["awarded"]) == ("executed", 2 * town.market.prices[0])
    assert (await town.ask("GET", "/disputes/statistics")).json()["for_buyer"] == 1
    similar = (await town.ask("GET", f"/disputes/{sealed}/similar", by=first)).json()
    assert [each["case_id"] for each in similar["items"]] == [case_id]
    assert await statuses(town, "withdraw", {"case_id": case_id}, by=town.buyer) == ["not_allowed_now"]


async def test_two_sign_and_the_operator_says_from_when(town: Town) -> None:
    first, second = await _arbiter(town), await _arbiter(town)
    (version,) = (await town.ask("GET", "/disputes/rules", by=first)).json()["items"]
    rules = {"version": 2, "rules": {**version["rules"], "second_from": 0}, "reason": "试一试"}
    assert await statuses(town, "rules/publish", {**rules, "reason": " "}, rules, rules, by=first) == [
        "reason_missing", "published", "version_taken",
    ]  # fmt: skip
    case_id = await _opened(town)
    signed = {"case_id": case_id, "number": 1, "payment_password": PASSWORD_OF_ARBITERS}
    objection = {"case_id": case_id, "number": 1, "words": "理由不够"}
    assert await statuses(town, "second", signed, by=second) == ["ruling_not_found"]
    assert await statuses(town, "reject", objection, by=second) == ["ruling_not_found"]
    assert await statuses(town, "rule", await _ruling(town, case_id, 0, by=first), by=first) == ["done"]
    unsigned = {**signed, "payment_password": None}
    assert await statuses(town, "second", unsigned, by=second) == ["payment_password_missing"]
    assert await statuses(town, "second", signed, by=first) == ["another_arbiter_needed"]
    assert await statuses(town, "reject", objection, by=first) == ["another_arbiter_needed"]
    assert await statuses(town, "reject", {**objection, "words": " "}, objection, objection, by=second) == [
        "words_invalid", "done", "exists",
    ]  # fmt: skip
    assert await statuses(town, "second", signed, by=second) == ["not_allowed_now"]
    assert await statuses(town, "rule", await _ruling(town, case_id, 0, by=first), by=first) == ["done"]
    signed["number"] = 2
    assert await statuses(town, "second", signed, signed, by=second) == ["done", "exists"]
    appeal = {"case_id": case_id, "shop_id": str(town.market.shop_id), "words": "不服"}
    assert await statuses(town, "appeal", appeal, by=town.seller) == ["nothing_to_appeal"]
