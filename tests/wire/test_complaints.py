"""Proves that a merchant's program hears of what buyers ask for, talks to them, agrees and refuses."""

import asyncio
import json
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tests.onboarding.examples import JPEG
from tests.onboarding.examples import open_shop as open_owned_shop
from tests.pages.site import Browser
from tests.pages.test_consoles import Desk
from tests.wire.test_applyments import undone
from tests.wire.test_funds import get, post
from tests.wire.test_trade import call, name_partner
from tests.wire.voices import alike
from tests.wire.world import World, make_merchant, open_shop, receiving
from weiji.aftersale import AskCase, CaseKind, CaseStatus, Reason, ReplyToCase, ask_cases, reply_to_cases
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.wire.calls import complaints
from weiji.wire.keys import OpenMerchant, open_merchants
from weiji.wire.keys.operations import draw_mchid
from weiji.wire.listeners import PutListener, Topic, Wish, put_listeners

PATH = "/v3/merchant-service/complaints-v2"


class Buyers:
    """Somebody who buys and complains."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.person_id = UUID(int=0)

    async def complain(
        self, words: str, kind: CaseKind = CaseKind.REFUND, reason: Reason | None = None, amount: int | None = None
    ) -> str:
        """Buy something, get it, and ask for something about it; give the number of the complaint."""
        site = self.world.site
        if not self.person_id.int:
            self.person_id = await site.person(f"b{new_id().hex[-10:]}", money=1_000_000)
        order_id = await Desk(site, cast("Browser", None), self.person_id).order()
        await site.ship(order_id)
        command = AskCase(
            id=new_id(order_id),
            order_id=order_id,
            line=1,
            kind=kind,
            quantity=1,
            amount=amount,
            reason=reason or Reason.AGREED,
            words=words,
            actor=Actor("buyer", self.person_id),
        )
        assert await self.world.program.batchers.of(ask_cases, "order_id").submit(command) is CaseStatus.DONE
        return command.id.hex

    async def answer(self, complaint: str, words: str) -> None:
        """Tell the shop something about what they complained of."""
        command = ReplyToCase(case_id=UUID(complaint), actor=Actor("buyer", self.person_id), words=words)
        status = await self.world.program.batchers.of(reply_to_cases, "case_id").submit(command)
        assert status is CaseStatus.DONE


async def test_a_complaint_is_told_of_answered_and_ended(world: World, tmp_path: Path) -> None:
    client, buyers = await asyncio.to_thread(world.client), Buyers(world)
    path = tmp_path / "answer.jpg"
    path.write_bytes(JPEG)
    async with receiving() as (url, heard):
        assert (await call(client.complaint_notification_query))[0] == 404
        assert (await call(client.complaint_notification_update, url))[0] == 404
        assert (await call(client.complaint_notification_create, url))[1] == {"mchid": world.merchant.mchid, "url": url}
        status, said = await call(client.complaint_notification_create, f"{url}2")
        assert (status, said["code"]) == (400, "INVALID_REQUEST")
        assert (await call(client.complaint_notification_update, url))[0] == 200
        assert (await call(client.complaint_notification_query))[1]["url"] == url
        id = await buyers.complain("漏了一包")
        await world.told()
        headers, body = heard[-1]
        told = await asyncio.to_thread(client.callback, headers, body)
        assert told["event_type"] == "COMPLAINT.CREATE"
        assert told["resource"] == {"complaint_id": id, "action_type": "CREATE_COMPLAINT"}
        day = clock.now().astimezone(SHANGHAI).date().isoformat()
        status, said = await call(client.complaint_list_query, day, day)
        assert status == 200, said
        (found,) = [each for each in said["data"] if each["complaint_id"] == id]
        assert (found["complaint_state"], found["complaint_detail"]) == ("PENDING", "漏了一包")
        assert found["apply_refund_amount"] == found["complaint_order_info"][0]["amount"]
        assert said["total_count"] >= 1
        status, said = await call(client.complaint_complete, id)
        assert (status, said["code"]) == (400, "INVALID_REQUEST"), "nothing was done about it"
        # Words and pictures reach the buyer; what was uploaded for something else can't be shown.
        _, said = await call(client.complaint_image_upload, str(path))
        status, said = await call(client.complaint_response, id, "请拍一张照片", [said["media_id"]])
        assert (status, said) == (204, None)
        status, said = await call(client.complaint_response, id, "再看看", ["nothing-1.webp"])
        assert (status, said["detail"]["field"]) == (400, "/response_images")
        status, said = await call(client.complaint_response, id, "点这里", None, "https://example.com/")
        assert (status, said["detail"]["field"]) == (400, "/jump_url"), "a link would be shown to nobody"
        status, said = await call(client.complaint_update_refund, id, "REJECT")
        assert (status, said["detail"]["field"]) == (400, "/reject_reason")
        assert (await call(client.complaint_update_refund, id, "REJECT", reject_reason="发货时是全的"))[0] == 204
        assert (await call(client.complaint_complete, id))[0] == 204
        _, said = await call(client.complaint_detail_query, id)
        assert said["complaint_state"] == "PROCESSING"
        _, said = await call(client.complaint_history_query, id)
        await alike(
            world,
            ("complaint_list_query", day, day),
            ("complaint_detail_query", id),
            ("complaint_history_query", id),
            ("complaint_notification_query",),
            ("complaint_notification_update", url),
        )
        steps = [(step["operate_type"], step["operate_details"]) for step in said["data"]]
        assert steps[:2] == [("MERCHANT_REFUSE_RERUND", "发货时是全的"), ("MERCHANT_RESPONSE", "请拍一张照片")]
        shown = said["data"][1]
        assert (shown["image_list"], said["data"][0]["image_list"]) == (shown["complaint_media_list"]["media_url"], [])
        assert (steps[2][0], said["total_count"]) == ("USER_CREATE_COMPLAINT", 3)
        _, said = await call(client.complaint_history_query, id, 1, 1)
        assert [step["operate_details"] for step in said["data"]] == ["请拍一张照片"]
        # The buyer answers, which is theirs to the merchant.
        await buyers.answer(id, "照片在这里")
        _, said = await call(client.complaint_detail_query, id)
        assert said["incoming_user_response"], "an answer waits"
        _, said = await call(client.complaint_history_query, id, 1, 0)
        assert [(step["operate_type"], step["operate_details"]) for step in said["data"]] == [
            ("USER_RESPONSE", "照片在这里")
        ]
        # Another, to which the merchant agrees.
        other = await buyers.complain("碎了")
        assert (await call(client.complaint_update_refund, other, "APPROVE"))[0] == 204
        status, said = await call(client.complaint_update_refund, other, "REJECT", reject_reason="不")
        assert (status, said["code"]) == (400, "INVALID_REQUEST")
        await world.told()
        _, said = await call(client.complaint_detail_query, other)
        assert (said["complaint_state"], said["complaint_full_refunded"]) == ("PROCESSED", True)
        _, said = await call(client.complaint_history_query, other)
        assert [step["operate_type"] for step in said["data"]] == [
            "COMPLAINT_REFUND_RECEIVED_SYSTEM_MESSAGE",
            "COMPLAINT_FULL_REFUNDED_SYSTEM_MESSAGE",
            "MERCHANT_APPROVE_REFUND",
            "USER_CREATE_COMPLAINT",
        ]
        # Of a third, a part goes back.
        part = await buyers.complain("碎了一角", amount=100)
        assert (await call(client.complaint_update_refund, part, "APPROVE"))[0] == 204
        await world.told()
        _, said = await call(client.complaint_detail_query, part)
        assert (said["complaint_state"], said["complaint_full_refunded"]) == ("PROCESSED", False)
        assert said["complaint_order_info"][0]["amount"] > said["apply_refund_amount"] == 100
        _, said = await call(client.complaint_history_query, part)
        assert said["data"][1]["operate_type"] == "COMPLAINT_PARTIAL_REFUNDED_SYSTEM_MESSAGE"
        opened = [await asyncio.to_thread(client.callback, *each) for each in heard]
        actions = {(each["resource"]["complaint_id"], each["resource"]["action_type"]) for each in opened}
        assert {action for complaint, action in actions if complaint == id} == {
            "CREATE_COMPLAINT",
            "MERCHANT_RESPONSE",
            "MERCHANT_REJECT_REFUND",
            "USER_RESPONSE",
        }
        assert {action for complaint, action in actions if complaint == other} == {
            "CREATE_COMPLAINT",
            "MERCHANT_APPROVE_REFUND",
            "SELLER_REFUND",
            "REFUND_SUCCESS",
        }
        assert (await call(client.complaint_notification_delete))[0] == 204
        assert (await call(client.complaint_notification_delete))[0] == 404
        before = len(heard)
        await buyers.complain("又来了")
        await world.told()
        assert len(heard) == before


async def test_pictures_are_fetched_and_only_who_is_concerned_finds_a_complaint(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await asyncio.to_thread(world.client)
    path = tmp_path / "shown.jpg"
    path.write_bytes(JPEG)
    _, said = await call(client.complaint_image_upload, str(path))
    url = f"{world.url}/v3/merchant-service/images/{said['media_id']}"
    code, _ = await asyncio.to_thread(client.complaint_image_download, url)
    assert code == 200
    assert (await get(client, "/v3/merchant-service/images/nothing-1.webp"))[0] == 404
    id = await Buyers(world).complain("漏了")
    provider = await make_merchant(world.site, await open_shop(world.site, "代运营"))
    stranger = await asyncio.to_thread(world.client, provider)
    day = clock.now().astimezone(SHANGHAI).date().isoformat()
    listed = f"{PATH}?begin_date={day}&end_date={day}&complainted_mchid={world.merchant.mchid}"
    assert (await get(stranger, f"{PATH}/{id}"))[0] == 404
    assert (await get(stranger, listed))[0] == 403
    await name_partner(world, world.merchant, provider.mchid)
    try:
        stranger = await asyncio.to_thread(world.client, provider)
        _, said = await get(stranger, f"{PATH}/{id}")
        assert said["complainted_mchid"] == world.merchant.mchid
        _, said = await get(stranger, f"{listed}&limit=1&offset=0")
        assert len(said["data"]) == 1
        total = said["total_count"]
        _, said = await get(stranger, f"{listed}&limit=1&offset={total}")
        assert (said["data"], said["total_count"]) == ([], total)
        # Who names no merchant means all that it acts for. Those that have none are not counted, however many they are.
        for name in ("没有投诉的店", "也没有的店"):
            await name_partner(
                world, await make_merchant(world.site, await open_shop(world.site, name)), provider.mchid
            )
        monkeypatch.setattr(complaints, "CLIENTS_PAGE", 1)
        monkeypatch.setattr(complaints, "CLIENTS_MAX", 2)
        _, said = await get(stranger, f"{PATH}?begin_date={day}&end_date={day}&limit=50")
        assert {each["complainted_mchid"] for each in said["data"]} == {world.merchant.mchid}
        assert said["total_count"] == total
        monkeypatch.setattr(complaints, "CLIENTS_MAX", 1)
        assert (await get(stranger, f"{PATH}?begin_date={day}&end_date={day}"))[0] == 403
        code, said = await post(stranger, f"{PATH}/{id}/complete", {"complainted_mchid": "1"})
        assert (code, said["detail"]["field"]) == (400, "/complainted_mchid")
    finally:
        await name_partner(world, world.merchant)
    for query, field in (
        ("begin_date=9999-12-31&end_date=9999-12-31", "begin_date"),
        (f"begin_date={day}", "end_date"),
        (f"begin_date={day}&end_date=2020-01-01", "end_date"),
        (f"begin_date={day}&end_date={day}&limit=51", "limit"),
        (f"begin_date={day}&end_date={day}&offset=x", "offset"),
    ):
        code, said = await get(client, f"{PATH}?{query}")
        assert (code, said["detail"]["field"]) == (400, field)
    assert (await get(client, f"{PATH}/nothing"))[0] == 404
    code, said = await call(client.complaint_update_refund, id, "LATER")
    assert (code, said["detail"]["field"]) == (400, "/action")


async def test_the_async_client_deals_with_complaints_too(world: World, tmp_path: Path) -> None:
    id = await Buyers(world).complain("漏了")
    path = tmp_path / "answer.jpg"
    path.write_bytes(JPEG)
    async with world.async_client(is_key_mode=False) as client:
        day = clock.now().astimezone(SHANGHAI).date().isoformat()
        answers = [
            await client.complaint_list_query(day, day),
            await client.complaint_detail_query(id),
            await client.complaint_history_query(id),
            await (await client.complaint_image_upload(str(path))),
        ]
        assert [code for code, _ in answers] == [200] * 4, answers
        media_id = json.loads(answers[3][1])["media_id"]
        answers = [
            await client.complaint_response(id, "请稍等", [media_id]),
            await client.complaint_update_refund(id, "APPROVE"),
            await client.complaint_complete(id),
            await client.complaint_notification_create("https://example.com/told"),
            await client.complaint_notification_query(),
            await client.complaint_notification_update("https://example.com/told2"),
            await client.complaint_notification_delete(),
            await client.complaint_image_download(f"{world.url}/v3/merchant-service/images/{media_id}"),
        ]
        assert [code for code, _ in answers] == [204, 204, 204, 200, 200, 200, 204, 200], answers


_PUTS = st.tuples(
    st.sampled_from([0, 1]),
    st.sampled_from(list(Topic)[:2]),
    st.sampled_from(Wish),
    st.sampled_from(["http://a/", "http://b/"]),
    st.sampled_from(["PUB_KEY_ID_1", None, UNSET]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(puts=st.lists(_PUTS, min_size=1, max_size=6))
async def test_law_of_batches(shared_database: Database, puts: list[tuple[int, Topic, Wish, str, Any]]) -> None:
    answers: list[Any] = []
    for is_batched in (True, False):
        async with undone(shared_database) as tx:
            shops = [(await open_owned_shop(tx))[0] for _ in range(2)]
            actor = Actor("merchant", shops[0])
            opening = [OpenMerchant(shop_id=id, mchid=draw_mchid(id), actor=actor) for id in shops]
            mchids = [result.mchid or "" for result in await open_merchants(tx, opening)]
            commands = [
                PutListener(
                    mchid=mchids[n], topic=topic, shop_id=shops[n], wish=wish, url=url, key_id=key_id, actor=actor
                )
                for n, topic, wish, url, key_id in puts
            ]
            said: list[Any] = []
            for part in [commands] if is_batched else [[command] for command in commands]:
                said += await put_listeners(tx, part)
            rows = await tx.connection.fetch(
                "select topic, url, key_id from wire.listeners where mchid = any($1)", mchids
            )
            answers.append((said, sorted(map(repr, map(tuple, rows)))))
    assert answers[0] == answers[1]
