"""The desks of the fakes at which shops are taken on as sub-merchants: each checks what the real one does."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from hashlib import sha256
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1

from tests.channels.keys import key_of
from tests.channels.server import Asked

OAEP_SHA1 = OAEP(MGF1(SHA1()), SHA1(), None)  # noqa: S303
"""What the protocol seals fields with."""

JPEG = b"\xff\xd8\xff"
PICTURE_MAX = 2 * 1024 * 1024

NO_AUTH = 403, {"code": "NO_AUTH", "message": "商户号未开通二级商户进件"}
INSUFFICIENT = {"code": "40006", "msg": "Insufficient Permissions", "sub_code": "isv.insufficient-isv-permissions"}
"""What a contract without the product is told, whatever it asks about applications."""


def read_parts(asked: Asked) -> dict[str, bytes]:
    """Read the parts of a form, by name. A published client names no boundary in its header: only the body does."""
    boundary = asked.body.partition(b"\r\n")[0].removeprefix(b"--").decode()
    head = f'Content-Type: multipart/form-data; boundary="{boundary}"\r\n\r\n'.encode()
    message = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
        for part in message.iter_parts()
    }


@dataclass
class Applyment:
    """An application, as its fields were read, opened."""

    number: str
    id: int
    told: dict[str, Any]
    state: str = "CHECKING"
    others: dict[str, Any] = field(default_factory=dict)
    """What its answer has besides."""
    handed_in: int = 1


class WechatDesk:
    """Applications at WeChat Pay: `sealed_by` is the serial that sealed fields have to name, `platform` its key's."""

    def __init__(self, platform: str, merchant: str) -> None:
        self.platform = platform
        self.merchant = merchant
        self.pictures: dict[str, bytes] = {}
        self.applyments: dict[str, Applyment] = {}
        self.may_apply = True
        self.refusal: dict[str, Any] | None = None
        self._ids = count(2000002124775691)

    def upload(self, asked: Asked) -> tuple[int, Any]:
        """Take a picture."""
        parts = read_parts(asked)
        meta, picture = json.loads(parts["meta"]), parts["file"]
        if meta["sha256"] != sha256(picture).hexdigest():
            return 400, {"code": "PARAM_ERROR", "message": "文件摘要不一致"}
        if not picture.startswith(JPEG) or len(picture) > PICTURE_MAX or not meta["filename"].endswith(".jpg"):
            return 400, {"code": "PARAM_ERROR", "message": "图片格式不支持"}
        number = f"media-{len(self.pictures)}-{meta['sha256'][:20]}"
        self.pictures[number] = picture
        return 200, {"media_id": number}

    def apply(self, content: dict[str, Any], serial: str, wanted: str) -> tuple[int, Any]:
        """Take an application, or, one that was refused, once more."""
        if not self.may_apply:
            return NO_AUTH
        if self.refusal is not None:
            return 400, self.refusal
        if serial != wanted:
            return 400, {"code": "PARAM_ERROR", "message": "敏感信息解密失败", "detail": {"field": "Wechatpay-Serial"}}
        try:
            told = self._read(content)
        except Wrong as wrong:
            detail = {"field": wrong.args[0], "issue": "invalid", "location": "body"}
            return 400, {"code": "PARAM_ERROR", "message": wrong.args[1], "detail": detail}
        before = self.applyments.get(content["out_request_no"])
        if before is None:
            made = Applyment(content["out_request_no"], next(self._ids), told)
            self.applyments[made.number] = made
        elif before.state == "REJECTED":
            before.told, before.state, before.others = told, "CHECKING", {}
            before.handed_in += 1
        else:
            return 400, {"code": "INVALID_REQUEST", "message": "申请单已存在"}
        found = self.applyments[content["out_request_no"]]
        return 200, {"applyment_id": found.id, "out_request_no": found.number}

    def _read(self, content: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {}

        def take(path: str, *, is_sealed: bool = False, pattern: str = ".+") -> None:
            value: Any = content
            for name in path.split("/"):
                value = value.get(name) if isinstance(value, dict) else None
            if is_sealed and value:
                value = key_of(self.platform).decrypt(base64.b64decode(value), OAEP_SHA1).decode()
            if not isinstance(value, str) or not re.fullmatch(pattern, value):
                raise Wrong(f"/{path}", "参数错误")
            told[path] = value

        take("out_request_no", pattern=r"[0-9A-Za-z_\-|*@]{1,124}")
        take("organization_type", pattern="2|4|2401|2500")
        is_company = content["organization_type"] in ("2", "4")
        if is_company:
            take("business_license_info/business_license_copy")
            take("business_license_info/business_license_number", pattern="[0-9A-Z]{15}|[0-9A-Z]{18}")
            take("business_license_info/merchant_name")
            take("business_license_info/legal_person")
        for name in ("id_card_copy", "id_card_national", "id_card_valid_time_begin"):
            take(f"id_card_info/{name}")
        take("id_card_info/id_card_valid_time", pattern=r"\d{4}-\d\d-\d\d|长期")
        take("id_card_info/id_card_name", is_sealed=True)
        take("id_card_info/id_card_number", is_sealed=True, pattern=r"\d{17}[\dX]")
        take(
            "account_info/bank_account_type", pattern={"2": "74", "4": "74|75"}.get(content["organization_type"], "75")
        )
        take("account_info/account_bank")
        take("account_info/bank_address_code", pattern=r"\d{6}")
        take("account_info/account_name", is_sealed=True)
        take("account_info/account_number", is_sealed=True, pattern=r"\d{8,30}")
        if told["account_info/account_bank"] == "其他银行":
            take("account_info/bank_name")
        take("contact_info/contact_type", pattern="65|66")
        take("contact_info/contact_name", is_sealed=True)
        take("contact_info/contact_id_card_number", is_sealed=True)
        take("contact_info/mobile_phone", is_sealed=True, pattern=r"1\d{10}")
        take("sales_scene_info/store_name")
        take("sales_scene_info/store_url", pattern="https?://.+")
        take("merchant_shortname")
        for path in told:
            if path.endswith(("_copy", "_national")) and told[path] not in self.pictures:
                raise Wrong(f"/{path}", "图片不存在")
        return told

    def show(self, number: str) -> tuple[int, Any]:
        """Tell how an application stands."""
        if not self.may_apply:
            return NO_AUTH
        found = self.applyments.get(number)
        if found is None:
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "申请单不存在"}
        told = {"out_request_no": found.number, "applyment_id": found.id, "applyment_state": found.state}
        return 200, {**told, "applyment_state_desc": "说明", "sign_state": "UNSIGNED", **found.others}

    # What happens outside of calls

    def move(self, number: str, state: str, **others: Any) -> None:
        """Let an application stand otherwise."""
        self.applyments[number].state, self.applyments[number].others = state, others

    def seal(self, text: str) -> str:
        """Seal a field for the merchant."""
        return base64.b64encode(key_of(self.merchant).public_key().encrypt(text.encode(), OAEP_SHA1)).decode()


class Wrong(Exception):
    """A field can't be taken: which, and why."""


class AlipayDesk:
    """Applications at Alipay."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.orders: list[dict[str, Any]] = []
        self.may_apply = True

    def upload(self, values: Mapping[str, str], picture: bytes) -> dict[str, Any]:
        """Take a picture."""
        if values["image_type"] != "jpg" or not picture.startswith(JPEG):
            return _failed("INVALID_PARAMETER", "图片格式不正确")
        number = f"c6c0c7a1-{len(self.pictures)}.jpg"
        self.pictures[number] = picture
        return {"code": "10000", "msg": "Success", "image_id": number}

    def create(self, content: dict[str, Any]) -> dict[str, Any]:
        """Take an application: of one number only those that failed may be handed in again."""
        if not self.may_apply:
            return INSUFFICIENT
        needed = ["external_id", "name", "alias_name", "merchant_type", "mcc", "cert_no", "cert_type", "service_phone"]
        needed += ["contact_infos", "binding_alipay_logon_id", "service", "sites", "default_settle_rule"]
        is_person = content.get("merchant_type") == "06"
        needed += [] if is_person else ["legal_name", "legal_cert_no", "cert_image"]
        needed += ["cert_name"] if content.get("merchant_type") == "07" else []
        lacking = next((name for name in needed if not content.get(name)), None)
        if lacking:
            return {"code": "40002", "msg": "Invalid", "sub_code": "isv.missing-parameter", "sub_msg": lacking}
        if content["cert_type"] != ("100" if is_person else "201"):
            return _failed("INVALID_PARAMETER", "商户证件类型不正确")
        rule = content["default_settle_rule"]
        assert rule == {"default_settle_type": "alipayAccount", "default_settle_target": content["alipay_logon_id"]}
        assert content["sites"][0]["site_type"] == "01"
        assert all(content[name] in self.pictures for name in content if name.endswith("image"))
        if not re.fullmatch(r"\d{4}", content["mcc"]) or content["mcc"] == "0000":
            return _failed("MCC_INVALID", "mcc 不存在")
        if any(one["external_id"] == content["external_id"] and one["status"] != "-1" for one in self.orders):
            return _failed("MERCHANT_EXISTS", "商户已经存在")
        number = f"2026112700502{len(self.orders):018d}"
        order = {
            "order_id": number,
            "external_id": content["external_id"],
            "merchant_name": content["name"],
            "status": "031",
            "fk_audit": "CREATE",
            "kz_audit": "CREATE",
            "sub_confirm": "SKIP",
        }
        self.orders.append(order | {"content": content})
        return {"code": "10000", "msg": "Success", "order_id": number}

    def show(self, content: dict[str, Any]) -> dict[str, Any]:
        """Tell how applications stand."""
        if not self.may_apply:
            return INSUFFICIENT
        found = [
            {name: value for name, value in one.items() if name != "content"}
            for one in self.orders
            if content.get("order_id", one["order_id"]) == one["order_id"]
            and content.get("external_id", one["external_id"]) == one["external_id"]
        ]
        return {"code": "10000", "msg": "Success", "orders": found} if found else _failed("ORDER_NOT_EXIST", "不存在")


def _failed(sub_code: str, sub_msg: str) -> dict[str, Any]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": sub_msg}
