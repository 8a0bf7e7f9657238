"""Proves that a service provider opens shops for merchants by the protocol: reviewed, mended, agreed to, and used."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image
from wechatpayv3 import WeChatPay
from wechatpayv3.type import RequestType
from wechatpayv3.utils import rsa_decrypt, rsa_encrypt

from tests.onboarding.examples import JPEG, make_card_number, make_credit_code, make_id_number
from tests.onboarding.examples import open_shop as open_provider
from tests.onboarding.test_applications import approve
from tests.wire.test_funds import get
from tests.wire.test_trade import call, number
from tests.wire.world import World, make_merchant, open_shop
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Refusal, Role, grant_roles
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.kit.seal import KEYS
from weiji.onboarding import Field, Value
from weiji.payments import list_payout_accounts, open_number
from weiji.shops import OpenShop, open_shops
from weiji.wire.applying import (
    AskSettlementChange,
    ConfirmSettlementChange,
    SignAgreement,
    SubmitApplyment,
    Upload,
    ask_settlement_changes,
    confirm_settlement_changes,
    shop_id_of,
    sign_agreements,
    submit_applyments,
)
from weiji.wire.applying.model import number_of
from weiji.wire.keys import OpenMerchant, SetPartners, get_merchants, open_merchants, set_partners
from weiji.wire.keys.model import PARTNERS_MAX
from weiji.wire.keys.operations import draw_mchid


def company(seed: int, picture: str, **given: Any) -> dict[str, Any]:
    """Write what a service provider sends in for a company, anew: the client seals what it is given in its place."""
    return {
        "contact_info": {
            "contact_name": "周山",
            "contact_id_number": make_id_number(seed),
            "mobile_phone": "13900000000",
        },
        "subject_info": {
            "subject_type": "SUBJECT_TYPE_ENTERPRISE",
            "business_license_info": {
                "license_copy": picture,
                "license_number": make_credit_code(seed),
                "merchant_name": "茶业公司",
                "legal_person": "周山",
            },
            "identity_info": {
                "id_doc_type": "IDENTIFICATION_TYPE_IDCARD",
                "id_card_info": {
                    "id_card_copy": picture,
                    "id_card_national": picture,
                    "id_card_name": "周山",
                    "id_card_number": make_id_number(seed),
                },
            },
        },
        "business_info": {"merchant_shortname": "茶山", "service_phone": "0571000000", "sales_info": {}},
        "settlement_info": {"settlement_id": "719", "qualification_type": "餐饮"},
        "bank_account_info": {
            "bank_account_type": "BANK_ACCOUNT_TYPE_CORPORATE",
            "account_name": "茶业公司",
            "account_bank": "招商银行",
            "bank_address_code": "330100",
            "account_number": make_card_number(seed),
        },
        **given,
    }


async def upload(client: WeChatPay, folder: Path) -> str:
    path = folder / f"{new_id().hex}.jpg"
    path.write_bytes(JPEG)
    code, said = await call(client.image_upload, str(path))
    assert code == 200, said
    return str(said["media_id"])


@pytest.fixture
async def reviewer(world: World) -> str:
    handle = f"r{new_id().hex[-10:]}"
    person_id = await world.site.person(handle, "审核员")
    async with world.program.database.transaction() as tx:
        await grant_roles(
            tx, [GrantRole(person_id=person_id, scope=PLATFORM, role=Role.REVIEWER, actor=Actor("system"))]
        )
    return handle


async def test_a_merchant_is_applied_for_mended_agreed_to_and_paid(world: World, reviewer: str, tmp_path: Path) -> None:
    client = await asyncio.to_thread(world.client)
    picture = await upload(client, tmp_path)
    code_text = f"APPLY_{number()}"
    status, said = await call(client.applyment_submit, code_text, **company(1, picture))
    assert status == 200, said
    id = said["applyment_id"]
    assert isinstance(id, int)
    # A lost answer is asked for again; something else under the same number is not taken.
    assert (await call(client.applyment_submit, code_text, **company(1, picture)))[1] == {"applyment_id": id}
    status, said = await call(client.applyment_submit, code_text, **company(2, picture))
    assert (status, said["code"]) == (400, "INVALID_REQUEST")
    for asked in ({"business_code": code_text}, {"applyment_id": id}):
        status, said = await call(client.applyment_query, **asked)
        assert (status, said["applyment_state"]) == (200, "APPLYMENT_STATE_AUDITING")
        assert (said["business_code"], said["applyment_id"]) == (code_text, id)
    sign_url = said["sign_url"]
    shop_id = shop_id_of(world.merchant.shop_id, code_text)
    at = f"/operator/applications/{shop_id}"
    async with world.site.browser(reviewer) as browser:
        await browser.visit(at)
        await browser.send("/taking")
        assert "周山" in browser.page
        await browser.send("/decision", then="decide", verdict_id_back="refuse", reason_id_back="太糊了")
        assert "退回给店主了" in browser.text
        status, said = await call(client.applyment_query, code_text)
        assert said["applyment_state"] == "APPLYMENT_STATE_REJECTED"
        (refused,) = said["audit_detail"]
        assert (refused["field"], refused["reject_reason"]) == ("id_card_national", "太糊了")
        # As it was, it is refused; and what was accepted stays as it was.
        status, said = await call(client.applyment_submit, code_text, **company(1, picture))
        assert (status, said["detail"]["field"].rpartition("/")[2]) == (400, "id_card_national"), said
        mended = company(1, picture)
        card = mended["subject_info"]["identity_info"]["id_card_info"]
        card["id_card_national"] = await upload_other(client, tmp_path)
        status, said = await call(client.applyment_submit, code_text, **mended)
        assert (status, said) == (200, {"applyment_id": id}), said
        await browser.visit(at)
        await browser.send("/taking")
        await browser.send("/decision", then="decide")
        assert "这家店已认证" in browser.text
    await world.told()
    status, said = await call(client.applyment_query, code_text)
    assert said["applyment_state"] == "APPLYMENT_STATE_TO_BE_SIGNED"
    sub_mchid = said["sub_mchid"]
    partner = await asyncio.to_thread(world.client, partner_mode=True)
    given = {"sub_mchid": sub_mchid, "sub_appid": "wx2"}
    status, said = await call(partner.pay, "一杯茶", number(), {"total": 100}, **given)
    assert (status, said["code"]) == (403, "NO_AUTH"), "nobody agreed yet"
    async with world.site.browser(f"s{world.site.seller_id.hex[-8:]}") as owner:
        here = sign_url.partition("/merchant/")[1] + sign_url.partition("/merchant/")[2]
        assert "等你同意" in await owner.visit(here)
        assert owner.statements <= 3
        await owner.send("/signature")
        await owner.visit(here)
        assert "等你同意" not in owner.page
    status, said = await call(client.applyment_query, applyment_id=id)
    assert (said["applyment_state"], said["sub_mchid"]) == ("APPLYMENT_STATE_FINISHED", sub_mchid)
    status, said = await call(partner.pay, "一杯茶", number(), {"total": 100}, **given)
    assert status == 200, said
    await settlement(world, client, sub_mchid, shop_id)


async def test_what_is_refused_of_a_mended_application_leaves_it_as_it_was_returned(
    world: World, reviewer: str, tmp_path: Path
) -> None:
    client = await asyncio.to_thread(world.client)
    first, second = await upload(client, tmp_path), await upload_other(client, tmp_path)
    code_text = f"APPLY_{number()}"
    assert (await call(client.applyment_submit, code_text, **company(81, first)))[0] == 200
    async with world.site.browser(reviewer) as browser:
        await browser.visit(f"/operator/applications/{shop_id_of(world.merchant.shop_id, code_text)}")
        await browser.send("/taking")
        await browser.send("/decision", then="decide", verdict_id_front="refuse", reason_id_front="看不清")
        assert "退回给店主了" in browser.text
    asked = {"business_code": code_text}
    _, returned = await call(client.applyment_query, **asked)
    assert [each["reject_reason"] for each in returned["audit_detail"]] == ["看不清"]
    # All pictures are others now, those that were accepted, too: these are named, and stay.
    status, said = await call(client.applyment_submit, code_text, **company(81, second))
    assert (status, said["code"]) == (400, "INVALID_REQUEST")
    named = [each["field"].rpartition("/")[2] for each in said["detail"]["faults"]]
    assert sorted(named) == ["id_card_national", "license_copy"]
    assert all(each in said["message"] for each in named), said
    assert (await call(client.applyment_query, **asked))[1] == returned
    # What was refused is refused still, and mended it goes on.
    status, said = await call(client.applyment_submit, code_text, **company(81, first))
    assert (status, said["detail"]["field"].rpartition("/")[2]) == (400, "id_card_copy"), said
    mended = company(81, first)
    mended["subject_info"]["identity_info"]["id_card_info"]["id_card_copy"] = second
    status, said = await call(client.applyment_submit, code_text, **mended)
    assert (status, said) == (200, {"applyment_id": returned["applyment_id"]}), said


async def upload_other(client: WeChatPay, folder: Path) -> str:
    made = BytesIO()
    Image.new("RGB", (500, 300), "#123456").save(made, "JPEG")
    path = folder / f"{new_id().hex}.jpg"
    path.write_bytes(made.getvalue())
    _, said = await call(client.image_upload, str(path))
    return str(said["media_id"])


async def settlement(world: World, client: WeChatPay, sub_mchid: str, shop_id: UUID) -> None:
    """The account of the application is the shop's; another one is asked for, and confirmed by the owner."""
    status, said = await call(client.applyment_settlement_query, sub_mchid)
    assert (status, said["account_bank"], said["account_type"]) == (200, "招商银行", "ACCOUNT_TYPE_BUSINESS")
    assert said["account_number"].endswith(make_card_number(1)[-4:])
    assert said["verify_result"] == "VERIFY_SUCCESS"
    in_other_name = {
        "account_type": "ACCOUNT_TYPE_PRIVATE",
        "account_bank": "工商银行",
        "bank_address_code": "110000",
        "account_number": rsa_encrypt(make_card_number(9), client._core._public_key),
        "account_name": rsa_encrypt("王五", client._core._public_key),
    }
    status, said = await seal_post(client, f"/v3/apply4sub/sub_merchants/{sub_mchid}/modify-settlement", in_other_name)
    assert (status, said["code"], said["detail"]["field"]) == (400, "PARAM_ERROR", "/account_name"), said
    given = (sub_mchid, "ACCOUNT_TYPE_BUSINESS", "工商银行", "110000", make_card_number(9))
    answers = [await call(client.applyment_settlement_modify, *given) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 200, answers
    application_no = answers[0][1]["application_no"]
    asked = f"/v3/apply4sub/sub_merchants/{sub_mchid}/application/{application_no}"
    status, said = await get(client, asked)
    assert (status, said["verify_result"]) == (200, "AUDITING")
    assert rsa_decrypt(said["account_name"], world.merchant.key) == "茶业公司"
    assert (await get(client, asked[:-1] + "x"))[0] == 404
    here = f"/merchant/{shop_id}/open-payments/agreement"
    async with world.site.browser(f"s{world.site.seller_id.hex[-8:]}") as owner:
        assert "工商银行" in await owner.visit(here)
        await owner.send("/confirmation", payment_password="000001", proof="")
        assert owner.status == 422
    async with world.program.database.read() as reader:
        assert len(await list_payout_accounts(reader, shop_id)) == 1
    command = ConfirmSettlementChange(
        id=UUID(hex=application_no), shop_id=shop_id, refusal=None, actor=Actor("merchant", world.site.seller_id)
    )
    batcher = world.program.batchers.of(confirm_settlement_changes, "shop_id")
    results = await batcher.submit_all([command, command])
    assert [result.status for result in results] == ["confirmed", "exists"]
    _, said = await get(client, asked)
    assert said["verify_result"] == "AUDIT_SUCCESS"
    assert said["verify_finish_time"]
    _, said = await call(client.applyment_settlement_query, sub_mchid)
    assert said["account_bank"] == "工商银行"


async def test_a_platform_applies_in_its_own_dialect_for_a_person(world: World, reviewer: str, tmp_path: Path) -> None:
    client = await asyncio.to_thread(world.client)
    picture, key = await upload(client, tmp_path), client._core._public_key
    code_text = f"E{number()}"

    def body(name: str = "李青", **card: Any) -> dict[str, Any]:
        return {
            "out_request_no": code_text,
            "organization_type": "2401",
            "merchant_shortname": "李青的小店",
            "id_doc_type": "IDENTIFICATION_TYPE_MAINLAND_IDCARD",
            "id_card_info": {
                "id_card_copy": picture,
                "id_card_national": picture,
                "id_card_name": rsa_encrypt(name, key),
                "id_card_number": rsa_encrypt(make_id_number(31), key),
                "id_card_valid_time": "长期",
                **card,
            },
            "account_info": {
                "bank_account_type": "75",
                "account_bank": "招商银行",
                "account_name": rsa_encrypt("李青", key),
                "bank_address_code": "330100",
                "account_number": rsa_encrypt(make_card_number(31), key),
            },
            "contact_info": {"contact_type": "65"},
            "sales_scene_info": {"store_name": "小店"},
            "qualifications": "[]",
        }

    path = "/v3/ecommerce/applyments"
    refused = [
        ({**body(), "merchant_shortname": "两\n行"}, "/merchant_shortname"),
        (body(id_card_number=rsa_encrypt("330101199001011234", key)), "/id_card_info/id_card_number"),
        (body(name="王五"), "/account_info/account_name"),
        (body(id_card_copy="nothing-1.webp"), "/id_card_info/id_card_copy"),
        (body(id_card_name="plain"), "/id_card_info/id_card_name"),
        ({**body(), "qualifications": "nothing"}, "/qualifications"),
    ]
    for asked, field in refused:
        code, said = await seal_post(client, f"{path}/", asked)
        assert (code, said["detail"]["field"]) == (400, field), said
    _, said = await get(client, f"{path}/out-request-no/{code_text}")
    assert (said["applyment_state"], said["sign_state"]) == ("CHECKING", "NOT_SIGNABLE")
    code, said = await seal_post(client, f"{path}/", body())
    assert (code, said["out_request_no"]) == (200, code_text), said
    code, said = await get(client, f"{path}/{said['applyment_id']}")
    assert (code, said["applyment_state"]) == (200, "AUDITING")
    stranger = await asyncio.to_thread(
        world.client, await make_merchant(world.site, await open_shop(world.site, "别家"))
    )
    for where in (
        f"{path}/{said['applyment_id']}",
        f"{path}/out-request-no/{code_text}",
        f"{path}/99999999999999999999",
    ):
        assert (await get(stranger, where))[0] == 404
    at = f"/operator/applications/{shop_id_of(world.merchant.shop_id, code_text)}"
    async with world.site.browser(reviewer) as browser:
        await browser.visit(at)
        await browser.send("/taking")
        await browser.send("/decision", then="reject", rejection="不做这一行")
    _, said = await get(client, f"{path}/out-request-no/{code_text}")
    assert said["applyment_state"] == "REJECTED"
    assert said["audit_detail"] == [{"param_name": "applyment", "reject_reason": "不做这一行"}]
    # Refused as a whole, it begins anew under the same number.
    assert (await seal_post(client, f"{path}/", body()))[0] == 200
    _, said = await get(client, f"{path}/out-request-no/{code_text}")
    assert (said["applyment_state"], "audit_detail" in said) == ("AUDITING", False)


async def seal_post(client: WeChatPay, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    return await call(client._core.request, path, method=RequestType.POST, data=body, cipher_data=True)


async def test_the_async_client_applies_and_asks_too(world: World, tmp_path: Path) -> None:
    code_text = f"A{number()}"
    path = tmp_path / "card.jpg"
    path.write_bytes(JPEG)
    async with world.async_client(is_key_mode=False) as client:
        # The client forgets to wait for it itself.
        _, text = await (await client.image_upload(str(path)))
        picture = json.loads(text)["media_id"]
        status, text = await client.applyment_submit(code_text, **company(41, picture))
        assert status == 200, text
        status, text = await client.applyment_query(business_code=code_text)
        assert json.loads(text)["applyment_state"] == "APPLYMENT_STATE_AUDITING"
        for answer in (
            await client.applyment_settlement_query(world.merchant.mchid),
            await client.applyment_settlement_modify(
                world.merchant.mchid, "ACCOUNT_TYPE_PRIVATE", "工商银行", "1", "2"
            ),
        ):
            assert answer[0] in (400, 404), answer


# Operations

OWNER = Actor("merchant", new_id())


def wish(provider_id: UUID, owner_id: UUID, code: str, **given: Any) -> SubmitApplyment:
    """Write a command that is handed in as it is."""
    shop_id, seed = shop_id_of(provider_id, code), given.pop("seed", 61)
    values = {
        Field.KIND: "person",
        Field.NAME: "李青",
        Field.ID_NUMBER: make_id_number(seed),
        Field.BANK: "招商银行",
        Field.HOLDER: "李青",
        Field.ACCOUNT_NUMBER: make_card_number(seed),
    }
    values.update(given.pop("values", {}))
    uploads = tuple(
        Upload(id=derive(shop_id, field), field=field, content=JPEG) for field in (Field.ID_FRONT, Field.ID_BACK)
    )
    facts = {
        "shop_id": shop_id,
        "provider_id": provider_id,
        "provider_mchid": "1000000000",
        "owner_id": owner_id,
        "code": code,
        "name": "小店",
        "values": tuple(Value(field, value) for field, value in values.items()),
        "uploads": uploads,
        "mark": sha256(repr(values).encode()).digest(),
        "actor": OWNER,
    }
    return SubmitApplyment(**{**facts, **given})


async def test_every_status_of_applying(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    provider_id, owner_id = await open_provider(tx)
    bad_picture = (Upload(id=derive(provider_id, "x"), field=Field.ID_FRONT, content=b"nothing"),)

    async def said(code: str, **given: Any) -> str:
        (result,) = await submit_applyments(tx, [wish(provider_id, given.pop("owner", owner_id), code, **given)])
        return result.status.value

    assert await said("a") == "submitted"
    assert await said("a") == "exists"
    assert await said("a", values={Field.NAME: "王五", Field.HOLDER: "王五"}) == "not_allowed_now"
    assert await said("a", owner=new_id()) == "not_allowed_now"
    assert await said("b", owner=new_id()) == "owner_not_found"
    assert await said("b", name="") == "name_invalid"
    assert await said("b", values={Field.HOLDER: "王五"}) == "invalid"
    assert await said("b", uploads=bad_picture) == "document_unreadable"
    assert await said("b", uploads=()) == "invalid"
    monkeypatch.setattr("weiji.wire.applying.rules.APPLYMENTS_A_DAY_MAX", 2)
    assert await said("b") == "submitted", "what was begun is gone on with"
    assert await said("c") == "exceeds_limit"
    monkeypatch.undo()
    # Whoever knows how they are made opens a shop with the id, or the handle, first.
    _, other_id = await open_provider(tx)
    for code, first_id, id in (("d", owner_id, None), ("e", other_id, None), ("f", other_id, new_id())):
        shop_id = shop_id_of(provider_id, code)
        opening = OpenShop(
            id=id or shop_id, handle=f"m{number_of(shop_id)}", name="小店", owner_id=first_id, actor=OWNER
        )
        assert await open_shops(tx, [opening]) == ["created"]
        assert await said(code) == "not_allowed_now"


_WISHES = st.tuples(st.sampled_from("ab"), st.sampled_from(["李青", "王五"]), st.sampled_from(["小店", ""]))


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(wishes=st.lists(_WISHES, min_size=1, max_size=5))
async def test_law_of_batches(shared_database: Database, wishes: list[tuple[str, str, str]]) -> None:
    answers = []
    for is_batched in (True, False):
        async with undone(shared_database) as tx:
            provider_id, owner_id = await open_provider(tx)
            commands = [
                wish(provider_id, owner_id, code, values={Field.HOLDER: holder}, name=name)
                for code, holder, name in wishes
            ]
            parts = [commands] if is_batched else [[command] for command in commands]
            answers.append([result for part in parts for result in await submit_applyments(tx, part)])
    assert answers[0] == answers[1]


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[Transaction]:
    """A transaction of which nothing stays."""
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield Transaction(connection, datetime(2030, 1, 1, tzinfo=UTC))
        finally:
            await transaction.rollback()


async def test_the_same_at_the_same_time_is_handed_in_once(database: Database) -> None:
    KEYS.use(bytes(range(32)))
    async with database.transaction() as tx:
        provider_id, owner_id = await open_provider(tx)
    command = wish(provider_id, owner_id, "once", seed=71)
    work = [database.retried(partial(submit_applyments, commands=[command])) for _ in range(4)]
    statuses = sorted(result.status for (result,) in await asyncio.gather(*work))
    assert statuses == ["exists", "exists", "exists", "submitted"]


async def test_every_status_of_agreeing(tx: Transaction) -> None:
    provider_id, owner_id = await open_provider(tx)
    shop_id = shop_id_of(provider_id, "a")
    sign = SignAgreement(shop_id=shop_id, actor=OWNER)
    assert await sign_agreements(tx, [sign]) == ["applyment_not_found"]
    await submit_applyments(tx, [wish(provider_id, owner_id, "a")])
    assert await sign_agreements(tx, [sign]) == ["not_allowed_now"]
    opened = await open_merchants(tx, [OpenMerchant(shop_id=shop_id, mchid=draw_mchid(shop_id), actor=OWNER)])
    full = tuple(str(1_000_000_001 + n) for n in range(PARTNERS_MAX))
    await set_partners(tx, [SetPartners(shop_id=shop_id, partners=full, actor=OWNER)])
    assert await sign_agreements(tx, [sign]) == ["exceeds_limit"]
    await set_partners(tx, [SetPartners(shop_id=shop_id, partners=full[1:], actor=OWNER)])
    assert await sign_agreements(tx, [sign, sign]) == ["signed", "exists"]
    mchid = opened[0].mchid
    assert mchid
    assert (await get_merchants(tx, [mchid]))[mchid].partners == (*full[1:], "1000000000")


_ASKED = st.tuples(st.sampled_from("abc"), st.sampled_from(["12345678", "x"]), st.booleans())


def ask(shop_id: UUID, name: str, **given: Any) -> AskSettlementChange:
    """Write a command that is taken as it is."""
    facts = {
        "id": derive(shop_id, name),
        "shop_id": shop_id,
        "provider_mchid": "1000000000",
        "holder": "李青",
        "bank": "工商银行",
        "number": "6222 0000 0000",
        "actor": OWNER,
    }
    return AskSettlementChange(**{**facts, **given})


async def test_every_status_of_another_account(tx: Transaction) -> None:
    shop_id, _ = await open_provider(tx)
    confirm = ConfirmSettlementChange(id=derive(shop_id, "a"), shop_id=shop_id, refusal=None, actor=OWNER)
    refused = [Refusal("owner_not_found"), *(Refusal(f"payment_password_{each}") for each in ("missing", "not_set"))]
    refused += [Refusal("payment_password_wrong", tries_left=4), Refusal("payment_password_locked")]
    refused += [Refusal(each, above=0) for each in ("step_up_needed", "login_password_wrong", "code_wrong")]
    said = await confirm_settlement_changes(tx, [replace(confirm, refusal=each) for each in refused])
    assert [each.status for each in said] == [each.status for each in refused]
    assert said[3].tries_left == 4
    wrong = [ask(shop_id, "x", holder=""), ask(shop_id, "x", bank=""), ask(shop_id, "x", number="12")]
    said = await ask_settlement_changes(tx, [*wrong, ask(shop_id, "a"), ask(shop_id, "a")])
    assert said == ["holder_invalid", "bank_invalid", "number_invalid", "asked", "exists"]
    said = await ask_settlement_changes(tx, [ask(shop_id, name) for name in "bcdef"])
    assert said == [*["asked"] * 4, "exceeds_limit"]
    elsewhere = replace(confirm, shop_id=new_id(shop_id))
    said = await confirm_settlement_changes(tx, [elsewhere, confirm, confirm])
    assert [each.status for each in said] == ["change_not_found", "confirmed", "exists"]
    (account,) = await list_payout_accounts(tx, shop_id)
    assert (account.id, account.last4, open_number(account)) == (confirm.id, "0000", "622200000000")


async def test_money_of_a_verified_shop_goes_to_an_account_in_its_name(tx: Transaction) -> None:
    shop_id, _ = await open_provider(tx)
    early = ask(shop_id, "early", holder="王五")
    assert await ask_settlement_changes(tx, [early]) == ["asked"]
    await approve(tx, shop_id)
    late = ask(shop_id, "late", holder="周 山")
    assert await ask_settlement_changes(tx, [early, ask(shop_id, "a"), late]) == ["exists", "name_differs", "asked"]
    confirms = [
        ConfirmSettlementChange(id=each.id, shop_id=shop_id, refusal=None, actor=OWNER) for each in (early, late)
    ]
    said = await confirm_settlement_changes(tx, [*confirms, *confirms])
    assert [each.status for each in said] == ["name_differs", "confirmed", "name_differs", "exists"]
    # They came in the same instant: in no order.
    assert sorted(each.holder for each in await list_payout_accounts(tx, shop_id)) == ["周 山", "周山"]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=st.lists(_ASKED, min_size=1, max_size=6))
async def test_law_of_batches_of_other_accounts(shared_database: Database, asked: list[tuple[str, str, bool]]) -> None:
    answers = []
    for is_batched in (True, False):
        async with undone(shared_database) as tx:
            shop_id, _ = await open_provider(tx)
            asks = [ask(shop_id, name, number=number) for name, number, _ in asked]
            confirms = [
                ConfirmSettlementChange(id=derive(shop_id, name), shop_id=shop_id, refusal=None, actor=OWNER)
                for name, _, is_confirmed in asked
                if is_confirmed
            ]
            said: list[Any] = []
            for part in [asks] if is_batched else [[each] for each in asks]:
                said += await ask_settlement_changes(tx, part)
            for rest in [confirms] if is_batched else [[each] for each in confirms]:
                said += await confirm_settlement_changes(tx, rest)
            answers.append(said)
    assert answers[0] == answers[1]
