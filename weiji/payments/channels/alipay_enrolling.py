"""How a platform has Alipay take shops on as sub-merchants (直付通进件): applied for, followed, agreed to in its app.

Names on the wire are facts of the protocol.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from weiji.payments.channels import Setting
from weiji.payments.channels.alipay import Said
from weiji.payments.channels.enrolling import (
    NO_ADDRESS,
    App,
    Applicant,
    Enrolled,
    Errand,
    Followed,
    Paper,
    Part,
    Refused,
    Standing,
    Task,
)
from weiji.payments.channels.gateway import GatewaySilent
from weiji.web import gettext as _

CREATE: Final = "ant.merchant.expand.indirect.zft.create"
QUERY: Final = "ant.merchant.expand.indirect.zftorder.query"
UPLOAD: Final = "ant.merchant.expand.indirect.image.upload"

ENTERPRISE: Final = "01"
PERSON: Final = "06"
HOUSEHOLD: Final = "07"

LICENCE: Final = "201"
ID_CARD: Final = "100"
"""Which paper the number of a merchant stands on."""

DONE: Final = "99"
FAILED: Final = "-1"
REVIEWED: Final = "031"

TO_CONFIRM: Final = frozenset({"CREATE", "NOT_CONFIRM"})
"""How it says that the shop has not agreed yet: it asks them for that in its app."""

NOT_THE_SHOPS: Final = frozenset({"40001", "40002", "40006", "20001"})
"""Codes of answers that are about the contract or the request, and nothing that a shop could mend."""

PARTS: Final = (
    ("alipay_logon_id", "logon_id"),
    ("支付宝账", "logon_id"),
    ("结算账", "logon_id"),
    ("mcc", "mcc"),
    ("类目", "mcc"),
    ("merchant_type", "organization"),
    ("商户类型", "organization"),
    ("mobile", "mobile"),
    ("手机", "mobile"),
    ("legal_cert_front_image", Paper.ID_FRONT),
    ("legal_cert_back_image", Paper.ID_BACK),
    ("cert_image_back", Paper.ID_BACK),
    ("cert_image", Paper.LICENCE),
    ("身份证正面", Paper.ID_FRONT),
    ("身份证反面", Paper.ID_BACK),
    ("执照照片", Paper.LICENCE),
    ("执照图片", Paper.LICENCE),
    ("legal_cert_no", Part.ID_NUMBER),
    ("身份证号", Part.ID_NUMBER),
    ("legal_name", Part.NAME),
    ("法人", Part.NAME),
    ("cert_no", Part.CREDIT_CODE),
    ("执照", Part.CREDIT_CODE),
    ("alias_name", Part.SHOP),
    ("网站", Part.SHOP),
    ("name", Part.COMPANY_NAME),
    ("商户名称", Part.COMPANY_NAME),
)
"""By which words of a refusal it is known what it is about: the first that is in it. It names no fields."""

OF_PERSONS: Final[Mapping[str, str]] = {
    Paper.LICENCE: Paper.ID_FRONT,
    Part.CREDIT_CODE: Part.ID_NUMBER,
    Part.COMPANY_NAME: Part.NAME,
}
"""What of a person stands in the fields of a company."""

Ask = Callable[[str, Mapping[str, Any]], Awaitable[Said]]


def questions(*, is_company: bool) -> tuple[Setting, ...]:
    """Say what it wants to know of a shop's owner, in the reader's language."""
    kinds = ((ENTERPRISE, _("企业")), (HOUSEHOLD, _("个体工商户"))) if is_company else ((PERSON, _("个人")),)
    return (
        Setting(name="organization", label=_("主体类型"), choices=kinds),
        Setting(
            name="logon_id",
            label=_("支付宝账号"),
            help=_("手机号或邮箱，要实名，名字和认证的一样。在它上面签约，货款也结算到它。"),
            pattern=r"1[0-9]{10}|[^@\s]+@[^@\s]+\.[^@\s]+",
        ),
        Setting(
            name="mcc",
            label=_("经营类目（MCC）"),
            help=_("四位数字，查支付宝的“进件 MCC 与资质要求”。"),
            pattern="[0-9]{4}",
        ),
        Setting(
            name="mobile",
            label=_("法人的手机号") if is_company else _("店主的手机号"),
            pattern=r"1[0-9]{10}",
        ),
        Setting(name="service_phone", label=_("客服电话"), help=_("不填就用上面的手机号。"), is_required=False),
    )


class Enrolling:
    """Applies for shops at Alipay. *ask* calls a method, *upload* gives it a picture."""

    def __init__(self, ask: Ask, upload: Callable[[str, bytes], Awaitable[Said]]) -> None:
        self.ask = ask
        self.upload = upload

    async def enrol(self, applicant: Applicant) -> Enrolled:
        """Hand an application in, unless one of this number is there and not refused. Raises GatewaySilent."""
        if applicant.shop_url is None:
            return Enrolled(fault=NO_ADDRESS)
        known = await self._query({"external_id": applicant.number})
        if known.code in NOT_THE_SHOPS:
            return Enrolled(fault=words_of(known))
        for order in orders_of(known):
            if order.get("status") != FAILED:
                return read(order, applicant.answers)
        images = {}
        for paper, picture in applicant.pictures.items():
            uploaded = await self.upload(UPLOAD, picture)
            if not uploaded.is_success:
                return _refused(UPLOAD, uploaded, Refused(paper, words_of(uploaded)))
            if not (number := uploaded.values.get("image_id")):
                raise GatewaySilent(f"{UPLOAD}: it gave a picture no number")
            images[paper] = str(number)
        said = await self.ask(CREATE, write(applicant, images))
        if said.is_success:
            return Enrolled(standing=Standing.IN_REVIEW, reference=str(said.values.get("order_id", "")) or None)
        return _refused(CREATE, said, refusal_of(words_of(said), applicant.answers))

    async def follow(self, followed: Followed) -> Enrolled:
        """Say how an application stands. Raises GatewaySilent."""
        named = {"order_id": followed.reference} if followed.reference else {"external_id": followed.number}
        known = await self._query(named)
        if not (orders := orders_of(known)):
            raise GatewaySilent(f"it knows the application no longer: {known.code} {known.sub_code}")
        # Of those that were handed in under one number, what is under way or done counts.
        order = next((one for one in orders if one.get("status") != FAILED), orders[0])
        return read(order, followed.answers)

    async def _query(self, named: Mapping[str, str]) -> Said:
        """Ask for applications: it says which there are, that there are none, or that it takes no such question."""
        said = await self.ask(QUERY, named)
        if not (said.is_success or "NOT_EXIST" in said.sub_code or said.code in NOT_THE_SHOPS):
            raise GatewaySilent(f"{QUERY}: {said.code} {said.sub_code}")
        return said


def _refused(method: str, said: Said, refusal: Refused) -> Enrolled:
    """Read why something was not taken. Raises GatewaySilent where that is not told."""
    if said.code in NOT_THE_SHOPS:
        return Enrolled(fault=words_of(said))
    if said.code != "40004":
        raise GatewaySilent(f"{method}: {said.code} {said.sub_code}")
    return Enrolled(standing=Standing.REFUSED, refusals=(refusal,))


def words_of(said: Said) -> str:
    """Read why something was not taken."""
    return f"{said.sub_code} {said.values.get('sub_msg', '')}".strip()


def orders_of(said: Said) -> list[Mapping[str, Any]]:
    """Read which applications there are."""
    orders = said.values.get("orders")
    return [one for one in orders if isinstance(one, dict)] if isinstance(orders, list) else []


def read(order: Mapping[str, Any], answers: Mapping[str, str]) -> Enrolled:
    """Read how an application stands that was handed in with *answers*. Raises GatewaySilent."""
    status, reference = str(order.get("status", "")), str(order.get("order_id", "")) or None
    if status == DONE:
        return Enrolled(standing=Standing.TAKEN_ON, reference=reference, number=str(order.get("smid", "")))
    if status == FAILED:
        told = [str(order[name]) for name in ("reason", "kz_audit_memo", "fk_audit_memo") if order.get(name)]
        refusals = tuple(refusal_of(words, answers) for words in dict.fromkeys(told)) or (Refused("", FAILED),)
        return Enrolled(standing=Standing.REFUSED, reference=reference, refusals=refusals)
    if status != REVIEWED:
        raise GatewaySilent(f"{QUERY}: {status[:40]}")
    is_asked = order.get("sub_confirm") in TO_CONFIRM
    return Enrolled(
        standing=Standing.TO_ACT if is_asked else Standing.IN_REVIEW,
        reference=reference,
        tasks=(Task(errand=Errand.SIGN, app=App.ALIPAY),) if is_asked else (),
    )


def refusal_of(words: str, answers: Mapping[str, str]) -> Refused:
    """Find what a refusal is about, of a company or of a person."""
    part = next((part for said, part in PARTS if said in words), "")
    return Refused(OF_PERSONS.get(part, part) if answers["organization"] == PERSON else part, words[:300])


def write(applicant: Applicant, images: Mapping[Paper, str]) -> dict[str, Any]:
    """Write an application: *images* are the numbers of the pictures."""
    answers, kind = applicant.answers, applicant.answers["organization"]
    name = applicant.company_name if applicant.is_company else applicant.name
    content: dict[str, Any] = {
        "external_id": applicant.number,
        "name": name,
        "alias_name": applicant.shop_name,
        "merchant_type": kind,
        "mcc": answers["mcc"],
        "cert_type": LICENCE if applicant.is_company else ID_CARD,
        "cert_no": applicant.credit_code if applicant.is_company else applicant.id_number,
        "service_phone": answers.get("service_phone") or answers["mobile"],
        "contact_infos": [{"name": applicant.name, "mobile": answers["mobile"], "type": "LEGAL_PERSON"}],
        "alipay_logon_id": answers["logon_id"],
        "binding_alipay_logon_id": answers["logon_id"],
        "default_settle_rule": {
            "default_settle_type": "alipayAccount",
            "default_settle_target": answers["logon_id"],
        },
        "service": ["电脑支付", "wap支付"],
        "sites": [{"site_type": "01", "site_url": applicant.shop_url, "site_name": applicant.shop_name}],
    }
    if applicant.is_company:
        content |= {
            "legal_name": applicant.name,
            "legal_cert_no": applicant.id_number,
            "cert_image": images[Paper.LICENCE],
            "legal_cert_front_image": images[Paper.ID_FRONT],
            "legal_cert_back_image": images[Paper.ID_BACK],
        }
    else:
        content |= {"cert_image": images[Paper.ID_FRONT], "cert_image_back": images[Paper.ID_BACK]}
    return content | ({"cert_name": applicant.company_name} if kind == HOUSEHOLD else {})
