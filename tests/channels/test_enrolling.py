"""Proves of channels that take shops on that what they are told is what they want, sealed; that a lost answer is no
second application; that a refusal is told by what it is about, and what there is to sign by its address.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from msgspec.structs import replace
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.type import RequestType

from tests.channels.direct_gateway import FakeDirect
from tests.channels.ecommerce_gateway import FakeEcommerce
from tests.channels.examples import alipay_settings, place_of, wechat_settings
from tests.channels.keys import private_pem, public_pem
from tests.channels.server import serving
from tests.channels.wechat_gateway import API_V3_KEY, APP_ID, MCH_ID, MERCHANT, PLATFORM, PUBLIC_KEY_ID, SERIAL
from tests.onboarding.examples import JPEG, make_card_number, make_credit_code, make_id_number
from weiji.kit.ids import new_id
from weiji.payments.channels.alipay_direct import AlipayDirectChannel
from weiji.payments.channels.alipay_enrolling import refusal_of
from weiji.payments.channels.enrolling import (
    UNHEARD,
    App,
    Applicant,
    Enrolled,
    Errand,
    Fact,
    Followed,
    Paper,
    Part,
    Refused,
    Standing,
    Task,
)
from weiji.payments.channels.wechat_ecommerce import WechatEcommerceChannel

SIGN_AT = "https://pay.weixin.qq.com/public/apply4ec_sign/s?applymentId=1&sign=b2"

ANSWERS = {
    "organization": "4",
    "mobile": "13900000000",
    "id_from": "2016-05-01",
    "id_until": "长期",
    "account_bank": "招商银行",
    "bank_address_code": "330100",
}
ALIPAY_ANSWERS = {"organization": "07", "logon_id": "shan@example.com", "mcc": "5331", "mobile": "13900000000"}


def applicant(**others: Any) -> Applicant:
    """A household that sells tea, whose account is its owner's own."""
    values: dict[str, Any] = {
        "number": new_id().hex,
        "shop_name": "山里的茶",
        "shop_url": "https://weiji.test/shops/tea",
        "is_company": True,
        "name": "周山",
        "id_number": make_id_number(1),
        "company_name": "西湖区周山茶叶店",
        "credit_code": make_credit_code(1),
        "holder": "周山",
        "account_number": make_card_number(1),
        "answers": ANSWERS,
        "pictures": dict.fromkeys(Paper, JPEG),
    }
    return Applicant(**{**values, **others})


def person(**others: Any) -> Applicant:
    """Somebody without a licence."""
    pictures = {Paper.ID_FRONT: JPEG, Paper.ID_BACK: JPEG}
    answers = {**ANSWERS, "organization": "2401"}
    return applicant(
        **{
            "is_company": False,
            "company_name": "",
            "credit_code": "",
            "answers": answers,
            "pictures": pictures,
            **others,
        }
    )


@pytest.fixture
async def wechat(ecommerce: FakeEcommerce) -> AsyncIterator[WechatEcommerceChannel]:
    """Our channel to the fake of WeChat Pay."""
    async with aclosing(WechatEcommerceChannel(wechat_settings(), place_of(ecommerce.url, "wechat_ecommerce"))) as made:
        yield made


@pytest.fixture
async def alipay(direct: FakeDirect) -> AsyncIterator[AlipayDirectChannel]:
    """Our channel to the fake of Alipay."""
    async with aclosing(AlipayDirectChannel(alipay_settings(), place_of(direct.url, "alipay_direct"))) as made:
        yield made


@pytest.mark.parametrize("is_by_certificate", [False, True], ids=["public key", "certificate"])
@pytest.mark.parametrize(
    "who", [applicant(), person(), applicant(holder="西湖区周山茶叶店")], ids=["own", "person", "firm"]
)
async def test_wechat_pay_reads_what_it_wants_sealed_by_the_key_that_is_named(
    who: Applicant, is_by_certificate: bool
) -> None:
    fake = FakeEcommerce(is_by_certificate=is_by_certificate)
    with serving(fake) as url:
        settings = wechat_settings(is_by_certificate=is_by_certificate)
        async with aclosing(WechatEcommerceChannel(settings, place_of(url, "wechat_ecommerce"))) as channel:
            (said,) = await channel.enrol([who])
    found = fake.desk.applyments[who.number]
    assert said == Enrolled(standing=Standing.IN_REVIEW, reference=str(found.id))
    told = found.told
    assert told["id_card_info/id_card_number"] == told["contact_info/contact_id_card_number"] == who.id_number
    assert (told["account_info/account_name"], told["account_info/account_number"]) == (who.holder, who.account_number)
    assert told["account_info/bank_account_type"] == ("74" if who.holder != who.name else "75")
    assert fake.desk.pictures[told["id_card_info/id_card_copy"]] == JPEG


async def test_wechat_pay_takes_another_account_where_the_shop_names_one(
    ecommerce: FakeEcommerce, wechat: WechatEcommerceChannel
) -> None:
    named = make_card_number(9)
    who = applicant(answers={**ANSWERS, "account_number": named})
    await wechat.enrol([who])
    assert ecommerce.desk.applyments[who.number].told["account_info/account_number"] == named
    lacking = applicant(answers={**ANSWERS, "account_bank": "其他银行"})
    (said,) = await wechat.enrol([lacking])
    assert [one.part for one in said.refusals] == ["bank_name"]


@pytest.mark.parametrize("step", ["upload", ""], ids=["picture", "application"])
@pytest.mark.parametrize("fault", ["cut after", "500 after", "forged"])
async def test_an_answer_of_wechat_pays_that_is_lost_is_no_second_application(
    ecommerce: FakeEcommerce, wechat: WechatEcommerceChannel, step: str, fault: str
) -> None:
    who = applicant()
    ecommerce.faults[step] = [fault]
    assert await wechat.enrol([who]) == [UNHEARD]
    (said,) = await wechat.enrol([who])
    assert said.standing is Standing.TO_ACT or said.standing is Standing.IN_REVIEW
    assert [one.handed_in for one in ecommerce.desk.applyments.values()] == [1]


async def test_how_it_stands_at_wechat_pay_is_told_with_what_there_is_to_do(
    ecommerce: FakeEcommerce, wechat: WechatEcommerceChannel
) -> None:
    who = applicant()
    await wechat.enrol([who])
    desk = ecommerce.desk

    async def stands() -> Enrolled:
        (said,) = await wechat.follow([Followed(who.number, None, who.answers)])
        return said

    assert (await stands()).standing is Standing.IN_REVIEW
    transfer = {
        "account_name": desk.seal("周山"),
        "account_no": desk.seal("6217000000000001"),
        "pay_amount": 124,
        "destination_account_number": "7222223333322332",
        "destination_account_name": "财付通支付科技有限公司",
        "destination_account_bank": "招商银行威盛大厦支行",
        "city": "深圳",
        "remark": "入驻账户验证",
        "deadline": "2026-12-10 17:09:01",
    }
    desk.move(who.number, "ACCOUNT_NEED_VERIFY", legal_validation_url=f"{SIGN_AT}0", account_validation=transfer)
    said = await stands()
    assert (said.standing, [task.errand for task in said.tasks]) == (Standing.TO_ACT, [Errand.PROVE, Errand.TRANSFER])
    assert said.tasks[0].url == f"{SIGN_AT}0"
    facts = dict(said.tasks[1].facts)
    assert (facts[Fact.PAYER], facts[Fact.PAYER_ACCOUNT], facts[Fact.AMOUNT]) == ("周山", "6217000000000001", "¥1.24")
    desk.move(who.number, "NEED_SIGN", sign_url=SIGN_AT, sub_mchid="1900013511")
    assert (await stands()).tasks == (Task(errand=Errand.SIGN, app=App.WECHAT, url=SIGN_AT),)
    details = [
        {"param_name": "id_card_copy", "reject_reason": "照片模糊"},
        {"param_name": "id_card_info/id_card_valid_time", "reject_reason": "有效期不符"},
        {"param_name": "something_new", "reject_reason": "别的"},
    ]
    desk.move(who.number, "REJECTED", audit_detail=details)
    said = await stands()
    assert said.standing is Standing.REFUSED
    assert said.refusals == (
        Refused(Paper.ID_FRONT, "照片模糊"),
        Refused("id_until", "有效期不符"),
        Refused("", "别的"),
    )
    (again,) = await wechat.enrol([who])
    assert (again.standing, desk.applyments[who.number].handed_in) == (Standing.IN_REVIEW, 2)
    desk.move(who.number, "FINISH", sub_mchid="1900013511", sign_state="SIGNED")
    said = await stands()
    assert (said.standing, said.number) == (Standing.TAKEN_ON, "1900013511")
    desk.move(who.number, "SOMETHING_NEW")
    assert await stands() == UNHEARD


async def test_what_wechat_pay_does_not_take_is_the_shops_to_mend_or_the_operators(
    ecommerce: FakeEcommerce, wechat: WechatEcommerceChannel
) -> None:
    wrong = applicant(id_number="330102199001011234567")
    (said,) = await wechat.enrol([wrong])
    assert said.standing is Standing.REFUSED
    assert said.refusals == (Refused(Part.ID_NUMBER, "参数错误"),)
    (said,) = await wechat.enrol([applicant(shop_url=None)])
    assert (said.standing, "WEIJI_URL" in said.fault) == (None, True)
    # Of what it names no field of, it is only known that it is not taken; what is said of keys is no shop's to mend.
    ecommerce.desk.refusal = {"code": "PARAM_ERROR", "message": "店铺网址打不开"}
    (said,) = await wechat.enrol([applicant()])
    assert (said.standing, said.refusals) == (Standing.REFUSED, (Refused("", "店铺网址打不开"),))
    ecommerce.desk.refusal = {"code": "PARAM_ERROR", "message": "请确认", "detail": {"field": "Wechatpay-Serial"}}
    (said,) = await wechat.enrol([applicant()])
    assert (said.standing, "Wechatpay-Serial" in said.fault) == (None, True)
    ecommerce.desk.may_apply = False
    (said,) = await wechat.enrol([applicant()])
    assert (said.standing, "NO_AUTH" in said.fault) == (None, True)
    assert ecommerce.desk.applyments == {}


async def test_a_picture_that_is_not_taken_is_named_and_so_is_a_signature(
    ecommerce: FakeEcommerce, wechat: WechatEcommerceChannel, direct: FakeDirect, alipay: AlipayDirectChannel
) -> None:
    pictures = {**dict.fromkeys(Paper, JPEG), Paper.LICENCE: b"GIF89a"}
    (said,) = await wechat.enrol([applicant(pictures=pictures)])
    assert (said.standing, said.refusals) == (Standing.REFUSED, (Refused(Paper.LICENCE, "图片格式不支持"),))
    (said,) = await alipay.enrol([applicant(pictures=pictures, answers=ALIPAY_ANSWERS)])
    assert [one.part for one in said.refusals] == [Paper.LICENCE]
    assert ecommerce.desk.applyments == {}
    assert direct.desk.orders == []
    for settings in ({"private_key": private_pem("somebody")}, {"serial": "A" * 40}):
        place = place_of(ecommerce.url, "wechat_ecommerce")
        async with aclosing(WechatEcommerceChannel(wechat_settings(**settings), place)) as stranger:
            (said,) = await stranger.enrol([applicant()])
            assert (said.standing, said.fault) == (None, "SIGN_ERROR 签名错误")
            assert await stranger.follow([Followed("a" * 32, None, {})]) == [said]


async def test_the_published_client_takes_the_desk_for_the_real_one(ecommerce: FakeEcommerce, tmp_path: Any) -> None:
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=MCH_ID,
        private_key=private_pem(MERCHANT),
        cert_serial_no=SERIAL,
        apiv3_key=API_V3_KEY,
        appid=APP_ID,
        notify_url="https://weiji.test/n",
        public_key=public_pem(PLATFORM),
        public_key_id=PUBLIC_KEY_ID,
        partner_mode=True,
    )
    client._core._gate_way = ecommerce.url

    async def call(does: Any, *args: Any, **values: Any) -> tuple[int, Any]:
        status, text = await asyncio.to_thread(does, *args, **values)
        return status, json.loads(text)

    path = tmp_path / "card.jpg"
    path.write_bytes(JPEG)
    status, said = await call(client.image_upload, str(path))
    assert status == 200
    media, seal = said["media_id"], client._core.encrypt
    content = {
        "out_request_no": "APPLYMENT_1",
        "organization_type": "2401",
        "id_card_info": {
            "id_card_copy": media,
            "id_card_national": media,
            "id_card_name": seal("周山"),
            "id_card_number": seal(make_id_number(1)),
            "id_card_valid_time_begin": "2016-05-01",
            "id_card_valid_time": "长期",
        },
        "account_info": {
            "bank_account_type": "75",
            "account_bank": "招商银行",
            "account_name": seal("周山"),
            "bank_address_code": "330100",
            "account_number": seal(make_card_number(1)),
        },
        "contact_info": {
            "contact_type": "65",
            "contact_name": seal("周山"),
            "contact_id_card_number": seal(make_id_number(1)),
            "mobile_phone": seal("13900000000"),
        },
        "sales_scene_info": {"store_name": "茶", "store_url": "https://weiji.test/shops/tea"},
        "merchant_shortname": "茶",
    }
    at = "/v3/ecommerce/applyments/"
    # It has no calls for platforms; it signs them all the same.
    status, said = await call(client._core.request, at, method=RequestType.POST, data=content, cipher_data=True)
    assert (status, said["out_request_no"]) == (200, "APPLYMENT_1")
    _, said = await call(client._core.request, f"{at}out-request-no/APPLYMENT_1")
    assert said["applyment_state"] == "CHECKING"


@pytest.mark.parametrize("is_company", [True, False], ids=["household", "person"])
async def test_alipay_reads_what_it_wants_and_a_lost_answer_is_no_second_application(
    direct: FakeDirect, alipay: AlipayDirectChannel, is_company: bool
) -> None:
    who = applicant(answers=ALIPAY_ANSWERS) if is_company else person(answers={**ALIPAY_ANSWERS, "organization": "06"})
    direct.faults["ant.merchant.expand.indirect.zft.create"] = ["cut after"]
    assert await alipay.enrol([who]) == [UNHEARD]
    (said,) = await alipay.enrol([who])
    (order,) = direct.desk.orders
    assert said == Enrolled(standing=Standing.IN_REVIEW, reference=order["order_id"])
    content = order["content"]
    assert content["cert_no"] == (who.credit_code if is_company else who.id_number)
    assert direct.desk.pictures[content["cert_image"]] == JPEG


async def test_how_it_stands_at_alipay_is_told_and_a_refusal_is_handed_in_anew(
    direct: FakeDirect, alipay: AlipayDirectChannel
) -> None:
    who = applicant(answers=ALIPAY_ANSWERS)
    (said,) = await alipay.enrol([replace(who, answers={**ALIPAY_ANSWERS, "mcc": "0000"})])
    assert (said.standing, said.refusals[0].part) == (Standing.REFUSED, "mcc")
    (handed_in,) = await alipay.enrol([who])

    async def stands() -> Enrolled:
        (said,) = await alipay.follow([Followed(who.number, handed_in.reference, who.answers)])
        return said

    (order,) = direct.desk.orders
    order["sub_confirm"] = "NOT_CONFIRM"
    assert (await stands()).tasks == (Task(errand=Errand.SIGN, app=App.ALIPAY),)
    order |= {"status": "-1", "reason": "支付宝账号未实名", "kz_audit_memo": "营业执照照片模糊，请上传执照照片"}
    said = await stands()
    assert [one.part for one in said.refusals] == ["logon_id", Paper.LICENCE]
    (again,) = await alipay.enrol([who])
    assert again.standing is Standing.IN_REVIEW
    assert again.reference != handed_in.reference
    direct.desk.orders[1] |= {"status": "99", "smid": "2088000000000777"}
    (said,) = await alipay.follow([Followed(who.number, again.reference, who.answers)])
    assert (said.standing, said.number) == (Standing.TAKEN_ON, "2088000000000777")
    direct.desk.may_apply = False
    (said,) = await alipay.enrol([applicant(answers=ALIPAY_ANSWERS)])
    assert (said.standing, "permission" in said.fault) == (None, True)


def test_what_alipay_refuses_of_a_person_is_what_a_person_has() -> None:
    said = ("cert_image_back不清晰", "cert_image不清晰", "cert_no有误", "cert_name有误", "商户名称有误")
    persons = [refusal_of(words, {"organization": "06"}).part for words in said]
    assert persons == [Paper.ID_BACK, Paper.ID_FRONT, Part.ID_NUMBER, Part.NAME, Part.NAME]
    companies = [refusal_of(words, {"organization": "01"}).part for words in said[1:]]
    assert companies == [Paper.LICENCE, Part.CREDIT_CODE, Part.COMPANY_NAME, Part.COMPANY_NAME]
