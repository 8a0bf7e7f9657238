"""Proves that a merchant's own codes are sent once each, found at its till, and deleted while nobody has them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpayv3.type import RequestType

from tests.coupons.examples import creating
from tests.wire.test_favor import till_stock_of
from tests.wire.test_trade import call, number
from tests.wire.world import APPID, Account, World, make_merchant, open_shop
from weiji.coupons import ClaimCoupon, create_campaigns
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import derive, new_id
from weiji.wire.calls import till_coupons
from weiji.wire.gate import Call
from weiji.wire.openids import openid_of
from weiji.wire.own_codes import (
    BindCode,
    BindCodeStatus,
    CodeMode,
    DeleteCode,
    NoteCodeStock,
    UnbindCode,
    UploadCodes,
    bind_codes,
    delete_codes,
    note_code_stocks,
    unbind_codes,
    upload_codes,
)


async def make_stock(client: Any, account: Account, mode: str) -> str:
    asked = {**till_stock_of(account.mchid, clock.now()), "coupon_code_mode": mode}
    path = "/v3/marketing/busifavor/stocks"
    code, made = await call(client._core.request, path, method=RequestType.POST, data=asked)
    assert code == 200, made
    return str(made["stock_id"])


async def send(client: Any, stock_id: str, openid: str, out_request_no: str, **more: str) -> tuple[int, Any]:
    asked = {"stock_id": stock_id, "out_request_no": out_request_no, "openid": openid, "appid": APPID, **more}
    path = "/v3/marketing/busifavor/coupons/send"
    return await call(client._core.request, path, method=RequestType.POST, data=asked)


async def test_uploaded_codes_are_sent_each_once_used_returned_and_deactivated(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "自己有码的店"))
    client = await asyncio.to_thread(world.client, account)
    openid = openid_of(APPID, await world.site.person("coded", "小鱼"))
    stock_id = await make_stock(client, account, "MERCHANT_UPLOAD")
    upload = client.marketing_busifavor_couponcode_upload
    code, said = await send(client, stock_id, openid, number())
    assert (code, said["code"]) == (403, "NOT_ENOUGH")
    code, said = await call(upload, stock_id, number(), ["A 1", "B/2", "A 1", "坏的", "C|3"])
    assert code == 200, said
    assert (said["total_count"], said["success_codes"], said["duplicate_codes"]) == (4, ["A 1", "B/2", "C|3"], ["A 1"])
    assert [each["coupon_code"] for each in said["fail_codes"]] == ["坏的"]
    code, said = await call(upload, stock_id, number(), ["C|3", "D-4"])
    assert (said["success_codes"], said["exist_codes"]) == (["D-4"], ["C|3"])
    codes = f"/v3/marketing/busifavor/stocks/{stock_id}/couponcodes"
    remove = (f"{codes}/D-4?delete_request_no={number()}", RequestType.DELETE)
    code, gone = await call(client._core.request, remove[0], method=remove[1])
    assert code == 200, gone
    assert (await call(client._core.request, remove[0], method=remove[1])) == (200, gone)
    first = number()
    code, sent = await send(client, stock_id, openid, first)
    assert code == 200, sent
    own = sent["coupon_code"]
    assert own in ("A 1", "B/2", "C|3")
    assert (await send(client, stock_id, openid, first))[1]["coupon_code"] == own
    code, other = await send(client, stock_id, openid, number())
    assert code == 200
    assert other["coupon_code"] != own
    # Refused for another reason, the last code is not lost.
    assert (await send(client, stock_id, openid, number()))[1]["code"] == "RULE_LIMIT"
    listed = (await call(client._core.request, f"{codes}?limit=10&offset=0&appid={APPID}"))[1]
    assert (listed["total_count"], len(listed["data"])) == (3, 3)
    left = (await call(client._core.request, f"{codes}?status=AVAILABLE"))[1]["data"]
    assert len(left) == 1
    of_own = {each["code"]: each for each in listed["data"]}[own]
    assert (of_own["code_status"], of_own["openid"]) == ("DISPATCHED", openid)
    asked = {"coupon_code": own, "appid": APPID, "use_request_no": number(), "use_time": of_own["dispatched_time"]}
    use = "/v3/marketing/busifavor/coupons/use"
    code, used = await call(client._core.request, use, method=RequestType.POST, data={**asked, "stock_id": stock_id})
    assert (code, used["openid"]) == (200, openid), used
    assert (await call(client.marketing_busifavor_coupon_return, own, stock_id, number()))[0] == 200
    assert (await call(client.marketing_busifavor_coupon_deactivate, own, stock_id, number()))[0] == 200
    mine = f"/v3/marketing/busifavor/users/{openid}/coupons?appid={APPID}&stock_id={stock_id}"
    states = {each["coupon_code"]: each["coupon_state"] for each in (await call(client._core.request, mine))[1]["data"]}
    assert states[own] == "DEACTIVATED"
    stranger = await asyncio.to_thread(world.client)
    code, said = await call(stranger._core.request, use, method=RequestType.POST, data=asked)
    assert code == 404, "another merchant has no such code"


async def test_a_code_that_is_said_with_each_coupon_is_one_coupons_alone(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "发券时说码的店"))
    client = await asyncio.to_thread(world.client, account)
    openid = openid_of(APPID, await world.site.person("told_code", "小虾"))
    stock_id = await make_stock(client, account, "MERCHANT_API")
    out_request_no = number()
    assert (await send(client, stock_id, openid, out_request_no))[1]["detail"]["field"] == "/coupon_code"
    assert (await send(client, stock_id, openid, out_request_no, coupon_code="MINE1"))[1]["coupon_code"] == "MINE1"
    assert (await send(client, stock_id, openid, out_request_no, coupon_code="MINE1"))[0] == 200
    assert (await send(client, stock_id, openid, out_request_no, coupon_code="MINE2"))[0] == 400
    code, said = await send(client, stock_id, openid, number(), coupon_code="MINE1")
    assert (code, said["detail"]["field"]) == (400, "/coupon_code")
    code, said = await call(client.marketing_busifavor_couponcode_upload, stock_id, number(), ["X"])
    assert (code, said["code"]) == (400, "INVALID_REQUEST")
    code, found = await call(client.marketing_busifavor_coupon_detail, "MINE1", openid)
    assert (code, found["coupon_code"]) == (200, "MINE1")


async def test_where_codes_come_from_never_changes(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "改主意的店"))
    client = await asyncio.to_thread(world.client, account)
    path = "/v3/marketing/busifavor/stocks"
    for first, others in (
        ("WECHATPAY_MODE", ("MERCHANT_UPLOAD", "MERCHANT_API")),
        ("MERCHANT_UPLOAD", ("WECHATPAY_MODE", "MERCHANT_API")),
    ):
        asked = {**till_stock_of(account.mchid, clock.now()), "coupon_code_mode": first}
        code, made = await call(client._core.request, path, method=RequestType.POST, data=asked)
        assert code == 200, made
        for other in others:
            another = {**asked, "coupon_code_mode": other}
            code, said = await call(client._core.request, path, method=RequestType.POST, data=another)
            assert (code, said["detail"]["field"]) == (400, "/out_request_no"), other
        assert await call(client._core.request, path, method=RequestType.POST, data=asked) == (200, made)
        _, shown = await call(client._core.request, f"{path}/{made['stock_id']}")
        assert shown["coupon_code_mode"] == first


@pytest.mark.parametrize("is_late", [False, True])
async def test_of_two_first_calls_with_other_codes_one_is_told_so(
    world: World, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "同时建券的店"))
    client = await asyncio.to_thread(world.client, account)
    path = "/v3/marketing/busifavor/stocks"
    asked = {**till_stock_of(account.mchid, clock.now()), "coupon_code_mode": "WECHATPAY_MODE"}
    id = derive(account.shop_id, "busifavor stock", asked["out_request_no"])
    note = NoteCodeStock(campaign_id=id, shop_id=account.shop_id, mode=CodeMode.MERCHANT_UPLOAD)
    told = []

    async def note_another() -> None:
        async with world.program.database.transaction() as tx:
            told.extend(await note_code_stocks(tx, [note]))

    note_mode = till_coupons._note_mode

    async def note_between(*given: Any) -> None:
        await note_mode(*given)
        await note_another()

    # The other call looked before either wrote something, and writes before this one starts the stock, or after.
    if not is_late:
        monkeypatch.setattr(till_coupons, "_note_mode", note_between)
    code, said = await call(client._core.request, path, method=RequestType.POST, data=asked)
    if is_late:
        assert code == 200, said
        await note_another()
        assert told == ["exists_with_different_mode"]
        _, shown = await call(client._core.request, f"{path}/{said['stock_id']}")
        assert shown["coupon_code_mode"] == "WECHATPAY_MODE"
    else:
        assert told == ["noted"]
        assert (code, said["detail"]["field"]) == (400, "/out_request_no")


async def test_a_coupon_that_is_sent_keeps_its_code_whatever_came_of_another_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "两次都发的店"))
    client = await asyncio.to_thread(world.client, account)
    openid = openid_of(APPID, await world.site.person("sent_twice", "小虾"))
    stock_id = await make_stock(client, account, "MERCHANT_UPLOAD")
    assert (await call(client.marketing_busifavor_couponcode_upload, stock_id, number(), ["X1", "X2"]))[0] == 200
    claim = till_coupons.claim

    async def claim_late(call: Call, command: ClaimCoupon) -> Any:
        # Another call of the same number was refused just before, and frees the code that both have.
        shop_id = call.party.merchant.shop_id
        freeing = UnbindCode(campaign_id=command.campaign_id, shop_id=shop_id, coupon_id=command.id)
        assert await call.backend.batchers.of(unbind_codes, "shop_id").submit(freeing)
        return await claim(call, command)

    with monkeypatch.context() as patch:
        patch.setattr(till_coupons, "claim", claim_late)
        code, sent = await send(client, stock_id, openid, number())
    assert code == 200, sent
    code, other = await send(client, stock_id, openid, number())
    assert {sent["coupon_code"], other["coupon_code"]} == {"X1", "X2"}
    for each in (sent, other):
        code, found = await call(client.marketing_busifavor_coupon_detail, each["coupon_code"], openid)
        assert (code, found["coupon_code"]) == (200, each["coupon_code"])


async def test_a_code_is_of_one_stock_until_nobody_has_it(world: World) -> None:
    shop_id = world.merchant.shop_id
    stocks = [creating(shop_id, id=new_id(shop_id)) for _ in range(3)]
    modes = (CodeMode.MERCHANT_UPLOAD, CodeMode.MERCHANT_API, CodeMode.MERCHANT_API)
    coupon, other = new_id(shop_id), new_id(shop_id)
    uploaded, said = f"UP{stocks[0].id.hex[-8:]}", f"SAID{stocks[0].id.hex[-8:]}"
    async with world.program.database.transaction() as tx:
        await create_campaigns(tx, stocks)
        notes = [
            NoteCodeStock(campaign_id=stock.id, shop_id=shop_id, mode=mode)
            for stock, mode in zip(stocks, modes, strict=True)
        ]
        await note_code_stocks(tx, notes)
        await upload_codes(tx, [UploadCodes(campaign_id=stocks[0].id, shop_id=shop_id, codes=(uploaded,))])

        async def bind(stock: int, coupon_id: UUID, code: str | None) -> tuple[BindCodeStatus, str | None]:
            asked = BindCode(campaign_id=stocks[stock].id, shop_id=shop_id, coupon_id=coupon_id, code=code)
            (result,) = await bind_codes(tx, [asked])
            return result.status, result.code

        assert await bind(1, coupon, uploaded) == (BindCodeStatus.CODE_TAKEN, None)
        assert await bind(0, other, said) == (BindCodeStatus.NOT_SAID_HERE, None)
        assert await bind(0, other, None) == (BindCodeStatus.BOUND, uploaded)
        assert await bind(1, coupon, said) == (BindCodeStatus.BOUND, said)
        assert await bind(2, new_id(shop_id), said) == (BindCodeStatus.CODE_TAKEN, None)
        # Nobody got them: what was uploaded is drawn again, what was said can be said anywhere.
        its = ((stocks[1].id, coupon), (stocks[0].id, other), (stocks[1].id, coupon))
        freeing = [UnbindCode(campaign_id=stock_id, shop_id=shop_id, coupon_id=each) for stock_id, each in its]
        assert await unbind_codes(tx, freeing) == [True, True, False]
        assert await bind(2, coupon, said) == (BindCodeStatus.BOUND, said)
        assert await bind(0, new_id(shop_id), None) == (BindCodeStatus.BOUND, uploaded)


class _TakenBack(Exception):
    """Whatever was tried is undone."""


@given(
    st.lists(
        st.tuples(st.sampled_from(["upload", "bind", "unbind", "delete"]), st.integers(0, 2), st.integers(0, 2)),
        max_size=8,
    )
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_law_of_batches_of_codes(world: World, asked: list[tuple[str, int, int]]) -> None:
    """Of commands of one kind that follow each other, a batch answers as they would one by one."""
    shop_id = world.merchant.shop_id
    campaign = creating(shop_id, id=new_id(shop_id))
    coupons = [new_id(shop_id) for _ in range(3)]
    groups: list[tuple[Any, list[Any]]] = []
    for kind, place, other in asked:
        code, its = f"law{campaign.id.hex[-8:]}{place}", {"campaign_id": campaign.id, "shop_id": shop_id}
        operation: Any
        command: Any
        match kind:
            case "upload":
                operation, command = upload_codes, UploadCodes(codes=(code,), **its)
            case "bind":
                operation, command = bind_codes, BindCode(coupon_id=coupons[other], code=code if place else None, **its)
            case "unbind":
                operation, command = unbind_codes, UnbindCode(coupon_id=coupons[other], **its)
            case _:
                operation, command = delete_codes, DeleteCode(code=code, **its)
        if groups and groups[-1][0] is operation:
            groups[-1][1].append(command)
        else:
            groups.append((operation, [command]))

    async def answers(tx: Transaction, *, together: bool) -> list[Any]:
        await create_campaigns(tx, [campaign])
        note = NoteCodeStock(campaign_id=campaign.id, shop_id=shop_id, mode=CodeMode.MERCHANT_UPLOAD)
        said: list[Any] = [await note_code_stocks(tx, [note])]
        for operation, commands in groups:
            if together:
                said += await operation(tx, commands)
            else:
                for command in commands:
                    said += await operation(tx, [command])
        return said

    told = []
    for together in (True, False):
        try:
            async with world.program.database.transaction() as tx:
                told.append(await answers(tx, together=together))
                raise _TakenBack
        except _TakenBack:
            pass
    assert told[0] == told[1]
