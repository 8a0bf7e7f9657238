"""The carriers that are known: their names, the codes that the field uses, and what their numbers look like.

A number that has a check digit is proved or refuted by it; any other is only plausible. Sources of the formats: UPU S10
(international post), the carriers' own guides for what they print on labels, and for those of China, which publish
little, the lengths and beginnings that their order systems take.
"""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

Check = Callable[[str], bool]


class Shape(Struct, frozen=True):
    """What numbers of a carrier may look like. `is_certain`: nobody else's look so, or there is a check digit."""

    pattern: re.Pattern[str]
    check: Check | None = None
    is_certain: bool = False


class Carrier(Struct, frozen=True, kw_only=True):
    """A carrier. `code` is ours; `kuaidi100` is what trackers of China call it."""

    code: str
    name: str
    name_en: str
    aliases: tuple[str, ...] = ()
    kuaidi100: str
    is_international: bool = False
    shapes: tuple[Shape, ...]


def _shape(pattern: str, check: Check | None = None, *, is_certain: bool = False) -> Shape:
    return Shape(re.compile(pattern), check, is_certain or check is not None)


def is_s10(number: str) -> bool:
    """Check the ninth digit of an international postal number (UPU S10-12)."""
    digits = number[2:10]
    rest = 11 - sum(int(d) * w for d, w in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return int(number[10]) == {10: 0, 11: 5}.get(rest, rest)


def is_ups(number: str) -> bool:
    """Check the last digit of a `1Z` number: letters count by their place, every second position twice."""
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in number[2:17]]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values))
    return number[17].isdigit() and int(number[17]) == -total % 10


def is_fedex(number: str) -> bool:
    """Check the last digit of an express number of twelve digits."""
    total = sum(int(d) * w for d, w in zip(number[:11], (3, 1, 7) * 4, strict=False))
    return int(number[11]) == total % 11 % 10


def is_fedex_ground(number: str) -> bool:
    """Check the last digit of a ground number of fifteen digits: every second one before it counts three times."""
    total = sum(int(d) * (1 if place % 2 else 3) for place, d in enumerate(reversed(number[:14])))
    return int(number[14]) == -total % 10


def is_dhl(number: str) -> bool:
    """Check the last digit of an air waybill of ten digits: what is left when the others are divided by 7."""
    return int(number[9]) == int(number[:9]) % 7


CARRIERS: Final = (
    Carrier(
        code="sf", name="顺丰速运", name_en="SF Express", aliases=("顺丰", "顺丰快递", "sf express", "shunfeng"),
        kuaidi100="shunfeng",
        shapes=(_shape(r"SF\d{12,13}", is_certain=True), _shape(r"\d{12}")),
    ),
    Carrier(
        code="zto", name="中通快递", name_en="ZTO Express", aliases=("中通", "zhongtong"), kuaidi100="zhongtong",
        shapes=(_shape(r"ZT\d{12,13}", is_certain=True), _shape(r"7[3-9]\d{12}"), _shape(r"[2-7]\d{11}")),
    ),
    Carrier(
        code="yto", name="圆通速递", name_en="YTO Express", aliases=("圆通", "圆通快递", "yuantong"),
        kuaidi100="yuantong",
        shapes=(
            _shape(r"YT\d{13}", is_certain=True), _shape(r"88\d{16}"), _shape(r"[A-Z]\d{9,11}"),
            _shape(r"[5-9]\d{11}"),
        ),
    ),
    Carrier(
        code="sto", name="申通快递", name_en="STO Express", aliases=("申通", "shentong"), kuaidi100="shentong",
        shapes=(
            _shape(r"77\d{13}"), _shape(r"STO\d{10,12}", is_certain=True), _shape(r"[2-9]\d{11,12}"),
        ),
    ),
    Carrier(
        code="yunda", name="韵达快递", name_en="Yunda Express", aliases=("韵达", "韵达速递"), kuaidi100="yunda",
        shapes=(_shape(r"YD\d{13}", is_certain=True), _shape(r"[34]\d{14}"), _shape(r"[1-7]\d{12}")),
    ),
    Carrier(
        code="jd", name="京东物流", name_en="JD Logistics", aliases=("京东", "京东快递", "jdl"), kuaidi100="jd",
        shapes=(_shape(r"JD[A-Z]{0,3}\d{11,15}(?:-\d{1,3}-\d{1,3}-?)?", is_certain=True), _shape(r"V[A-Z]\d{11,13}")),
    ),
    Carrier(
        code="jt", name="极兔速递", name_en="J&T Express", aliases=("极兔", "极兔快递", "j&t"), kuaidi100="jtexpress",
        shapes=(_shape(r"JT\d{13}", is_certain=True),),
    ),
    Carrier(
        code="deppon", name="德邦快递", name_en="Deppon Express", aliases=("德邦", "德邦物流"),
        kuaidi100="debangkuaidi", shapes=(_shape(r"DPK\d{12}", is_certain=True), _shape(r"\d{8,10}")),
    ),
    Carrier(
        code="ems", name="邮政 EMS", name_en="China Post EMS", aliases=("邮政特快专递", "中国邮政ems"),
        kuaidi100="ems", shapes=(_shape(r"1[0-3]\d{11}"), _shape(r"E[A-Z]\d{9}CN", is_s10)),
    ),
    Carrier(
        code="chinapost", name="中国邮政", name_en="China Post", aliases=("邮政", "邮政快递包裹", "邮政包裹"),
        kuaidi100="youzhengguonei",
        shapes=(_shape(r"9[89]\d{11}"), _shape(r"[A-DF-Z][A-Z]\d{9}CN", is_s10)),
    ),
    Carrier(
        code="ups", name="UPS", name_en="UPS", kuaidi100="ups", is_international=True,
        shapes=(_shape(r"1Z[0-9A-Z]{15}\d", is_ups),),
    ),
    Carrier(
        code="fedex", name="联邦快递", name_en="FedEx", aliases=("fedex",), kuaidi100="fedex", is_international=True,
        shapes=(_shape(r"\d{12}", is_fedex), _shape(r"\d{15}", is_fedex_ground), _shape(r"96\d{20}")),
    ),
    Carrier(
        code="dhl", name="DHL", name_en="DHL Express", aliases=("dhl express", "中外运敦豪"), kuaidi100="dhl",
        is_international=True, shapes=(_shape(r"\d{10}", is_dhl), _shape(r"JJD\d{16,18}", is_certain=True)),
    ),
    Carrier(
        code="post", name="国际邮政", name_en="International post", aliases=("万国邮政",), kuaidi100="youzhengguoji",
        is_international=True, shapes=(_shape(r"[A-Z]{2}\d{9}(?!CN)[A-Z]{2}", is_s10),),
    ),
)  # fmt: skip
"""In the order of the form that suggests them."""

BY_CODE: Final = {carrier.code: carrier for carrier in CARRIERS}

_BY_NAME: Final = {
    name.casefold().replace(" ", ""): carrier
    for carrier in CARRIERS
    for name in (carrier.code, carrier.name, carrier.name_en, carrier.kuaidi100, *carrier.aliases)
}


_BY_PREFIX: Final = tuple(
    (prefix, BY_CODE[code])
    for prefix, code in (
        ("SF", "sf"), ("ZT", "zto"), ("YT", "yto"), ("STO", "sto"), ("YD", "yunda"), ("JDVA", "jd"), ("JT", "jt"),
        ("DPK", "deppon"),
    )
)  # fmt: skip


def squeeze(number: str) -> str:
    """Write a number as carriers have it: capitals, without the spaces that people type to read it."""
    return re.sub(r"\s+", "", number).upper()


def name_of(carrier: str) -> str:
    """Give the name of a carrier that is named by its code, as everybody reads it; any other stays as it is."""
    known = BY_CODE.get(carrier)
    return known.name if known else carrier


def phone_end(phone: str) -> str:
    """Give the last four digits of a phone number: some carriers tell nobody of a parcel who does not know them."""
    return "".join(c for c in phone if c.isascii() and c.isdigit())[-4:]


def find_carrier(name: str) -> Carrier | None:
    """Find the carrier that somebody names: by its code, its name, or what people call it."""
    return _BY_NAME.get(name.casefold().replace(" ", ""))


def fits(carrier: Carrier, number: str) -> bool:
    """Tell whether a number may be the carrier's: it looks so, and its check digit, if it has one, is right."""
    return any(
        shape.pattern.fullmatch(number) and (shape.check is None or shape.check(number)) for shape in carrier.shapes
    )


def is_refuted(number: str) -> bool:
    """Tell whether a number looks like one with a check digit, like no other, and the digit is wrong."""
    checked = [shape for carrier in CARRIERS for shape in carrier.shapes if shape.pattern.fullmatch(number)]
    return bool(checked) and all(shape.check is not None and not shape.check(number) for shape in checked)


def recognise(number: str) -> list[Carrier]:
    """Name the carriers whose number it may be; if it can be only one's, that one alone.

    A check digit that is right by chance (one time in seven to eleven) is no proof where other carriers have numbers
    of the same form, so digits alone are certain for nobody.
    """
    number = squeeze(number)
    possible = [carrier for carrier in CARRIERS if fits(carrier, number)]
    if not possible:
        # Too long or too short, but with the letters that only one has.
        possible = [carrier for prefix, carrier in _BY_PREFIX if number.startswith(prefix)][:1]
    certain = [
        carrier
        for carrier in possible
        if not number.isdigit() or len(possible) == 1
        if any(shape.is_certain and shape.pattern.fullmatch(number) for shape in carrier.shapes)
    ]
    return certain[:1] if certain else possible
