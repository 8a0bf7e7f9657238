"""How a platform has WeChat Pay take shops on as sub-merchants (二级商户进件), and what those have to sign.

Pictures are uploaded one by one; what says who somebody is, is sealed with the platform's key. The application has a
number of ours: handed in again after it was refused, it is the same one. Names on the wire are facts of the protocol.
"""

from collections.abc import Mapping
from typing import Any, Final

from weiji.kit.money import plain_yuan
from weiji.payments.channels import Setting
from weiji.payments.channels.apiv3 import ApiV3, Said, SignatureRefused
from weiji.payments.channels.enrolling import (
    NO_ADDRESS,
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
from weiji.payments.channels.gateway import GatewaySilent
from weiji.web import gettext as _

HERE: Final = "/v3/ecommerce/applyments/"

ENTERPRISE: Final = "2"
HOUSEHOLD: Final = "4"
SMALL: Final = "2401"
SELLER: Final = "2500"

OF_COMPANY: Final = "74"
OF_PERSON: Final = "75"
"""Whose the settlement account is."""

LEGAL_PERSON: Final = "65"
"""Who looks after the merchant there: the owner, or a company's legal representative."""

OTHER_BANK: Final = "其他银行"
BANKS: Final = (
    "工商银行", "农业银行", "中国银行", "建设银行", "交通银行", "邮政储蓄银行", "招商银行", "民生银行", "中信银行",
    "浦发银行", "兴业银行", "光大银行", "广发银行", "平安银行", "北京银行", "华夏银行", "宁波银行", OTHER_BANK,
)  # fmt: skip
"""The banks that it calls by name."""

FOR_EVER: Final = "长期"
_DAY: Final = r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]"

PARTS: Final[Mapping[str, str]] = {
    "id_card_copy": Paper.ID_FRONT,
    "id_card_national": Paper.ID_BACK,
    "id_card_name": Part.NAME,
    "id_card_number": Part.ID_NUMBER,
    "id_card_valid_time_begin": "id_from",
    "id_card_valid_time": "id_until",
    "business_license_copy": Paper.LICENCE,
    "business_license_number": Part.CREDIT_CODE,
    "merchant_name": Part.COMPANY_NAME,
    "legal_person": Part.NAME,
    "account_name": Part.HOLDER,
    "account_number": "account_number",
    "account_bank": "account_bank",
    "bank_name": "bank_name",
    "bank_address_code": "bank_address_code",
    "bank_account_type": "organization",
    "contact_name": Part.NAME,
    "contact_id_card_number": Part.ID_NUMBER,
    "mobile_phone": "mobile",
    "contact_email": "email",
    "organization_type": "organization",
    "merchant_shortname": "shortname",
    "store_name": Part.SHOP,
    "store_url": Part.SHOP,
}
"""What its names for what was handed in are here."""

THE_OPERATORS: Final = frozenset({"NO_AUTH", "SIGN_ERROR", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH"})
OF_KEYS: Final = ("wechatpay-serial", "serial_no", "序列号", "签名", "解密", "证书", "公钥")
"""By which codes and words of a refusal it is known that the contract or its keys are at fault."""

UNDER_WAY: Final = frozenset({"CHECKING", "AUDITING", "ACCOUNT_NEED_VERIFY", "NEED_SIGN", "FINISH"})
REFUSED: Final = frozenset({"REJECTED", "FROZEN", "CANCELED"})


def questions(*, is_company: bool) -> tuple[Setting, ...]:
    """Say what it wants to know of a shop's owner, in the reader's language."""
    kinds = (
        ((ENTERPRISE, _("企业")), (HOUSEHOLD, _("个体工商户")))
        if is_company
        else ((SMALL, _("小微商户")), (SELLER, _("个人卖家")))
    )
    return (
        Setting(name="organization", label=_("主体类型"), choices=kinds),
        Setting(
            name="mobile",
            label=_("法人的手机号") if is_company else _("店主的手机号"),
            help=_("微信支付用它通知签约。"),
            pattern=r"1[0-9]{10}",
        ),
        Setting(name="id_from", label=_("身份证从哪天有效"), help=_("例如 2016-05-01。"), pattern=_DAY),
        Setting(
            name="id_until",
            label=_("身份证到哪天有效"),
            help=_("例如 2036-05-01；长期有效就写“长期”。"),
            pattern=f"{_DAY}|{FOR_EVER}",
        ),
        Setting(name="account_bank", label=_("开户银行"), choices=tuple((bank, bank) for bank in BANKS)),
        Setting(
            name="bank_name",
            label=_("开户支行的全称"),
            help=_("开户银行选了“其他银行”就要填。"),
            is_required=False,
        ),
        Setting(
            name="bank_address_code",
            label=_("开户地的行政区划代码"),
            help=_("六位数字，到市就行，例如杭州 330100。"),
            pattern="[0-9]{6}",
        ),
        Setting(
            name="account_number",
            label=_("结算账号"),
            help=_("不填就用店铺认证时的那个。户名要和认证时一样。"),
            is_required=False,
            is_secret=True,
            pattern="[0-9]{8,30}",
        ),
        Setting(name="shortname", label=_("商户简称"), help=_("买家付款时看到它；不填就用店名。"), is_required=False),
        Setting(
            name="email",
            label=_("电子邮箱"),
            is_required=False,
            pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+",
        ),
    )


class Enrolling:
    """Applies for shops at WeChat Pay."""

    def __init__(self, api: ApiV3) -> None:
        self.api = api

    async def enrol(self, applicant: Applicant) -> Enrolled:
        """Hand an application in, unless it is there and not refused. Raises GatewaySilent."""
        try:
            return await self._enrol(applicant)
        except SignatureRefused as refusal:
            return Enrolled(fault=refusal.words)

    async def _enrol(self, applicant: Applicant) -> Enrolled:
        if applicant.shop_url is None:
            return Enrolled(fault=NO_ADDRESS)
        if applicant.answers["account_bank"] == OTHER_BANK and "bank_name" not in applicant.answers:
            lacking = Refused("bank_name", _("开户银行选了“其他银行”就要填。"))
            return Enrolled(standing=Standing.REFUSED, refusals=(lacking,))
        found = await self._find(applicant.number)
        if found is not None and not found.is_success:
            return Enrolled(fault=f"{found.code} {_text(found.values.get('message')) or ''}".strip())
        if found is not None and found.values.get("applyment_state") not in REFUSED:
            return self.read(found)
        media = {}
        for paper, picture in applicant.pictures.items():
            uploaded = await self.api.upload(picture)
            if not uploaded.is_success:
                return _refused(uploaded, paper)
            if (number := _text(uploaded.values.get("media_id"))) is None:
                raise GatewaySilent("it gave a picture no number")
            media[paper] = number
        sealer = await self.api.sealer()
        said = await self.api.ask("POST", HERE, write(applicant, media, sealer.seal), sealer)
        if said.is_success:
            return Enrolled(standing=Standing.IN_REVIEW, reference=_text(said.values.get("applyment_id")))
        return _refused(said)

    async def follow(self, followed: Followed) -> Enrolled:
        """Say how an application stands. Raises GatewaySilent."""
        try:
            found = await self._find(followed.number)
        except SignatureRefused as refusal:
            return Enrolled(fault=refusal.words)
        if found is None:
            raise GatewaySilent("it knows the application no longer")
        if not found.is_success:
            raise GatewaySilent(f"applyment: {found.status} {found.code}")
        return self.read(found)

    async def _find(self, number: str) -> Said | None:
        """Ask for an application: what it says of it, or that it takes no such question of us; None: it has none."""
        said = await self.api.ask("GET", f"{HERE}out-request-no/{number}")
        if said.status == 404:
            return None
        if said.status in (400, 403):
            return said
        if not said.is_success or said.values.get("out_request_no") != number:
            raise GatewaySilent(f"applyment: {said.status} {said.code}")
        return said

    def read(self, said: Said) -> Enrolled:
        """Read how an application stands. Raises GatewaySilent."""
        values, state = said.values, said.values.get("applyment_state")
        reference = _text(values.get("applyment_id"))
        if state == "FINISH":
            return Enrolled(standing=Standing.TAKEN_ON, reference=reference, number=_text(values.get("sub_mchid")))
        if state in REFUSED:
            details = values.get("audit_detail")
            refusals = [
                Refused(part_of(str(one.get("param_name", ""))), _text(one.get("reject_reason")) or "")
                for one in (details if isinstance(details, list) else [])
                if isinstance(one, dict)
            ]
            words = _text(values.get("applyment_state_desc")) or str(state)
            return Enrolled(
                standing=Standing.REFUSED, reference=reference, refusals=tuple(refusals) or (Refused("", words),)
            )
        if state not in UNDER_WAY:
            raise GatewaySilent(f"applyment: {str(state)[:40]}")
        tasks = tuple(self._tasks(values))
        return Enrolled(standing=Standing.TO_ACT if tasks else Standing.IN_REVIEW, reference=reference, tasks=tasks)

    def _tasks(self, values: Mapping[str, Any]) -> list[Task]:
        """List what the shop has to do: either way of proving an account will do; to sign it has in any case."""
        tasks = []
        if url := _text(values.get("legal_validation_url")):
            tasks.append(Task(errand=Errand.PROVE, app=App.WECHAT, url=url))
        transfer = values.get("account_validation")
        if isinstance(transfer, dict):
            tasks.append(Task(errand=Errand.TRANSFER, app=App.WECHAT, facts=tuple(self._facts(transfer))))
        if (url := _text(values.get("sign_url"))) and values.get("sign_state") != "SIGNED":
            tasks.append(Task(errand=Errand.SIGN, app=App.WECHAT, url=url))
        return tasks

    def _facts(self, transfer: Mapping[str, Any]) -> list[tuple[Fact, str]]:
        sealed = {name: transfer.get(name) for name in ("account_name", "account_no")}
        opened = {name: self.api.open_field(text) for name, text in sealed.items() if text and isinstance(text, str)}
        amount = transfer.get("pay_amount")
        told = (
            (Fact.PAYER, opened.get("account_name")),
            (Fact.PAYER_ACCOUNT, opened.get("account_no")),
            (Fact.AMOUNT, f"¥{plain_yuan(amount)}" if isinstance(amount, int) and amount >= 0 else None),
            (Fact.PAYEE, transfer.get("destination_account_name")),
            (Fact.PAYEE_ACCOUNT, transfer.get("destination_account_number")),
            (Fact.PAYEE_BANK, transfer.get("destination_account_bank")),
            (Fact.PAYEE_PLACE, transfer.get("city")),
            (Fact.NOTE, transfer.get("remark")),
            (Fact.UNTIL, transfer.get("deadline")),
        )
        return [(fact, text) for fact, value in told if (text := _text(value))]


def write(applicant: Applicant, media: Mapping[Paper, str], seal: Any) -> dict[str, Any]:
    """Write an application: *media* are the numbers of the pictures, *seal* seals a field."""
    answers = applicant.answers
    is_own = applicant.holder == applicant.name
    content: dict[str, Any] = {
        "out_request_no": applicant.number,
        "organization_type": answers["organization"],
        "id_doc_type": "IDENTIFICATION_TYPE_MAINLAND_IDCARD",
        "id_card_info": {
            "id_card_copy": media[Paper.ID_FRONT],
            "id_card_national": media[Paper.ID_BACK],
            "id_card_name": seal(applicant.name),
            "id_card_number": seal(applicant.id_number),
            "id_card_valid_time_begin": answers["id_from"],
            "id_card_valid_time": answers["id_until"],
        },
        "account_info": {
            # An enterprise's is its own, a person's a person's; a household may have either.
            "bank_account_type": OF_PERSON if is_own and answers["organization"] != ENTERPRISE else OF_COMPANY,
            "account_bank": answers["account_bank"],
            "account_name": seal(applicant.holder),
            "bank_address_code": answers["bank_address_code"],
            "account_number": seal(answers.get("account_number") or applicant.account_number),
            **({"bank_name": answers["bank_name"]} if "bank_name" in answers else {}),
        },
        "contact_info": {
            "contact_type": LEGAL_PERSON,
            "contact_name": seal(applicant.name),
            "contact_id_card_number": seal(applicant.id_number),
            "mobile_phone": seal(answers["mobile"]),
            **({"contact_email": seal(answers["email"])} if "email" in answers else {}),
        },
        "sales_scene_info": {"store_name": applicant.shop_name, "store_url": applicant.shop_url},
        "merchant_shortname": answers.get("shortname") or applicant.shop_name,
    }
    if applicant.is_company:
        content["business_license_info"] = {
            "business_license_copy": media[Paper.LICENCE],
            "business_license_number": applicant.credit_code,
            "merchant_name": applicant.company_name,
            "legal_person": applicant.name,
        }
    return content


def _refused(said: Said, part: str = "") -> Enrolled:
    """Read why something was not taken: by its field, if it names one, or *part*, it is the shop's to mend."""
    detail = said.values.get("detail")
    field = str(detail.get("field", "")) if isinstance(detail, dict) else ""
    words = _text(said.values.get("message")) or said.code
    if said.status == 400 and not is_the_operators(said.code, f"{words} {field}"):
        return Enrolled(standing=Standing.REFUSED, refusals=(Refused(part or part_of(field), words),))
    return Enrolled(fault=f"{said.code} {words} {field}".strip())


def is_the_operators(code: str, words: str) -> bool:
    """Tell whether what is not taken is about the contract or its keys: no shop could mend that."""
    return code in THE_OPERATORS or any(word in words.lower() for word in OF_KEYS)


def part_of(name: str) -> str:
    """Find what it means by a name, or by where something stands in what was handed in; empty: that is not known."""
    return PARTS.get(name.replace(".", "/").rpartition("/")[2], "")


def _text(value: Any) -> str | None:
    return str(value)[:300] if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None
