"""Looks at what somebody is about to send: whose number it is, whether it may be right, whether it was used before, and
whether the order had better not be sent at all.

Carriers publish little of their numbers, and one number may go with several orders of one buyer. So this only warns:
what is doubtful may be sent by whoever says that it is right.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.carriers import BY_CODE, carrier_name, find_carrier, fits, recognise, squeeze
from weiji.carriers.known import is_refuted
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.orders import store
from weiji.web import gettext as _
from weiji.web.formats import listed

USED_WITHIN: Final = timedelta(days=180)
"""Carriers give numbers out anew some time."""


class CheckParcel(Struct, frozen=True):
    """A parcel that is to be sent: of which order, by whom, under which number."""

    order_id: UUID
    carrier: str
    tracking_number: str


class CheckStatus(StrEnum):
    """What there is to say against a parcel. Where several apply, the first listed is given."""

    CHARGED_BACK = "charged_back"
    """The payer disputes the payment of the order at their bank or channel: it had better not be sent before that ends.
    """
    NUMBER_USED = "number_used"
    """The shop has sent it to another buyer lately; of a return: another parcel has it."""
    NUMBER_WRONG = "number_wrong"
    """Its check digit is wrong: it was misread or mistyped."""
    OTHER_CARRIER = "other_carrier"
    """It is another carrier's."""
    NUMBER_UNUSUAL = "number_unusual"
    """Numbers of the carrier usually look otherwise."""
    CARRIER_UNKNOWN = "carrier_unknown"
    """Nobody knows where parcels of this carrier are."""
    FINE = "fine"


DOUBTS: Final = frozenset(
    {
        CheckStatus.CHARGED_BACK,
        CheckStatus.NUMBER_USED,
        CheckStatus.NUMBER_WRONG,
        CheckStatus.OTHER_CARRIER,
        CheckStatus.NUMBER_UNUSUAL,
    }
)
"""What is likely a mistake: the form asks once more. It is not refused: carriers take up new numbers."""

MISTAKES: Final = frozenset({CheckStatus.CHARGED_BACK, CheckStatus.NUMBER_USED, CheckStatus.NUMBER_WRONG})
"""What is surely one, but for what nobody else can know: whoever sends many is asked of each."""


class ParcelCheck(Struct, frozen=True, kw_only=True):
    """What there is to say of a parcel."""

    status: CheckStatus
    carrier: str | None = None
    """The code of the carrier that was meant, if it is known."""
    likely: str | None = None
    """The code of the carrier whose number it is, if that is certain."""
    used_by: str | None = None
    """The number of the other order that it was sent with."""
    is_refused: bool = False
    """Whether nothing can be sent back under it: it is that of another parcel of the order, such as the shop's own."""


async def check_parcels(reader: Reader, shop_id: UUID, parcels: Sequence[CheckParcel]) -> list[ParcelCheck]:
    """Look at a shop's parcels, in one statement. Results are in the order of *parcels*."""
    asked = [key for each in parcels for key in _keys(each)]
    used, charged_back = await store.get_used_numbers(reader, shop_id, asked, clock.now() - USED_WITHIN)
    checks = []
    for each in parcels:
        used_by = next((by for key in _keys(each) if (by := used.get(key))), None)
        check = judge_number(each.carrier, each.tracking_number, used_by)
        checks.append(replace(check, status=CheckStatus.CHARGED_BACK) if each.order_id in charged_back else check)
    return checks


def _keys(parcel: CheckParcel) -> list[tuple[UUID, str]]:
    return [(parcel.order_id, number) for number in written(parcel.tracking_number)]


def written(number: str) -> set[str]:
    """Give the ways in which a number may have been kept: as it was typed, and as carriers have it."""
    return {number, squeeze(number)}


def judge_number(carrier: str, number: str, used_by: str | None = None) -> ParcelCheck:
    """Say what there is to say against a number of a carrier. *used_by*: of which other order it was."""
    number = squeeze(number)
    meant = find_carrier(carrier)
    possible = recognise(number)
    likely = possible[0] if len(possible) == 1 else None
    status = CheckStatus.FINE
    if used_by is not None:
        status = CheckStatus.NUMBER_USED
    elif is_refuted(number):
        status = CheckStatus.NUMBER_WRONG
    elif meant is None:
        status = CheckStatus.CARRIER_UNKNOWN
    elif not fits(meant, number):
        status = (
            CheckStatus.OTHER_CARRIER
            if likely not in (None, meant) and not number.isdigit()
            else CheckStatus.NUMBER_UNUSUAL
        )
    return ParcelCheck(
        status=status,
        carrier=meant.code if meant else None,
        likely=likely.code if likely else None,
        used_by=used_by,
    )


def guess_carrier(number: str) -> tuple[str, dict[str, str]]:
    """Find the carrier that nobody named by the number alone, or say what is wrong."""
    possible = recognise(number)
    if len(possible) == 1:
        return possible[0].name, {}
    if possible:
        names = listed([carrier_name(carrier) for carrier in possible])
        return "", {"carrier": _("单看单号，可能是%(names)s，请选一家。", names=names)}
    return "", {"carrier": _("认不出这个单号是哪家快递的，请填写快递公司。")}


def doubt(check: ParcelCheck) -> str:
    """Say what there is to say against a parcel; an empty text where nothing is."""
    match check.status:
        case CheckStatus.CHARGED_BACK:
            return _("付款人在拒付这笔付款：渠道裁定以前，先别发。")
        case CheckStatus.NUMBER_USED:
            return _("这个单号已经随订单 %(number)s 发给了另一位买家。", number=check.used_by or "")
        case CheckStatus.NUMBER_WRONG:
            return _("这个单号的校验位不对，多半是抄错了一位。")
        case CheckStatus.OTHER_CARRIER if check.likely:
            return _("这个单号是%(name)s的，请核对快递公司。", name=carrier_name(BY_CODE[check.likely]))
        case CheckStatus.NUMBER_UNUSUAL if check.carrier:
            return _("%(name)s的单号一般不是这样，请再核对一下。", name=carrier_name(BY_CODE[check.carrier]))
        case CheckStatus.CARRIER_UNKNOWN:
            return _("不认识这家快递公司，买家看不到物流进度。")
        case _:
            return ""
