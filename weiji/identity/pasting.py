"""Takes apart an address that somebody pasted in one piece: 张三 13800138000 浙江省杭州市西湖区文三路 1 号."""

import re
from typing import Final

from msgspec import Struct

from weiji.web.regions import find_region

_PHONE: Final = re.compile(r"(?<![\d+])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)")
_POSTCODE: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")
_LABELS: Final = re.compile(
    r"(?:收货人|收件人|姓名|联系人|手机号码?|手机|联系电话|电话|所在地区|地区|省市区|详细地址|收货地址|地址|邮政?编码?|邮编)\s*[:：]?\s*"
)
_GAPS: Final = re.compile(r"[\s,，;；、|]+")
_NAME_LENGTH: Final = 12
_PLACE: Final = re.compile(r"[0-9号室楼路街村镇栋幢巷弄座层]")
"""What a name does not have, and the end of an address mostly has."""


class Pasted(Struct, frozen=True):
    """What was found; what was not is empty. The region goes as far down as the text names it."""

    name: str = ""
    phone: str = ""
    region_code: str = ""
    detail: str = ""
    postcode: str = ""


def read_pasted(text: str) -> Pasted:
    """Find name, number, region and street in a text. It is only a proposal: somebody looks at it."""
    phone = _PHONE.search(text)
    if phone:
        text = f"{text[: phone.start()]} {text[phone.end() :]}"
    postcode = _POSTCODE.search(text)
    if postcode:
        text = f"{text[: postcode.start()]} {text[postcode.end() :]}"
    parts = [part for part in _GAPS.split(_LABELS.sub(" ", text)) if part]
    name = ""
    code, detail = "", " ".join(parts)
    for place in range(len(parts)):
        found = find_region(" ".join(parts[place:]))
        if found.code:
            code, detail = found.code, found.rest
            name = next((part for part in parts[:place] if _may_be_name(part)), "")
            break
    after = detail.split(" ")
    if not name and len(after) > 1:
        # It may stand behind the address; where no region was found, before it.
        end = next((end for end in ((-1,) if code else (0, -1)) if _may_be_name(after[end])), None)
        if end is not None:
            name = after.pop(end)
            detail = " ".join(after)
    digits = re.sub(r"\D", "", phone.group()) if phone else ""
    return Pasted(name, digits[-11:], code, detail, postcode.group() if postcode else "")


def _may_be_name(text: str) -> bool:
    return len(text) <= _NAME_LENGTH and not _PLACE.search(text)
