"""What the form of an address sends, for every page that has one: the address book, and the checkout."""

from uuid import UUID

from msgspec import Struct

from weiji.identity.model import ADDRESSES_MAX, Address, AddressStatus, AddressTag, PutAddress
from weiji.identity.pasting import read_pasted
from weiji.identity.rules import DISPLAY_NAME_MAX, read_address
from weiji.kit import clock
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.forms import Form
from weiji.web.regions import chosen


class EnteredAddress(Struct, frozen=True, kw_only=True):
    """What a form of an address says."""

    id: UUID
    is_new: bool
    name: str = ""
    phone: str = ""
    region: str = ""
    """The text of an address that has no code; what is chosen goes before it."""
    region_code: str = ""
    detail: str = ""
    postcode: str = ""
    is_default: bool = False
    tag: AddressTag = AddressTag.NONE

    @classmethod
    def of(cls, address: Address) -> "EnteredAddress":
        """Make what the form shows of an address."""
        return cls(
            id=address.id,
            is_new=False,
            name=address.name,
            phone=address.phone,
            region=address.region,
            region_code=address.region_code,
            detail=address.detail,
            postcode=address.postcode,
            is_default=address.is_default,
            tag=address.tag,
        )

    @classmethod
    def read(cls, form: Form, id: UUID) -> "EnteredAddress":
        """Read the form; a text that was pasted to be taken apart goes before the other fields."""
        name, phone, detail, postcode = (form.text(name) for name in ("name", "phone", "detail", "postcode"))
        code = chosen(form.text("province"), form.text("city"), form.text("district"))
        if form.text("then") == "read" and form.text("pasted"):
            pasted = read_pasted(form.text("pasted"))
            name, phone, detail = pasted.name or name, pasted.phone or phone, pasted.detail or detail
            code, postcode = pasted.region_code or code, pasted.postcode or postcode
        return cls(
            id=id,
            is_new=form.is_on("is_new"),
            name=name,
            phone=phone,
            region=form.text("region"),
            region_code=code,
            detail=detail,
            postcode=postcode,
            is_default=form.is_on("is_default"),
            tag=AddressTag(form.text("tag")) if form.text("tag") in list(AddressTag) else AddressTag.NONE,
        )

    def command(self, person_id: UUID) -> PutAddress:
        """Make the command that writes it."""
        return PutAddress(
            id=self.id,
            person_id=person_id,
            name=self.name,
            phone=self.phone,
            region=self.region,
            region_code=self.region_code,
            detail=self.detail,
            postcode=self.postcode,
            is_default=self.is_default,
            tag=self.tag,
        )

    def check(self) -> Address | AddressStatus:
        """Make the address of it that goes into no book, by the rules of those that do; or say what is wrong."""
        return read_address(self.command(self.id), False, clock.now())


def address_errors(status: AddressStatus) -> dict[str, str]:
    """Say what is wrong with an address, by the name of the field; under "form", with all of it."""
    match status:
        case AddressStatus.NAME_MALFORMED:
            return {
                "name": ngettext(
                    "1 到 %(number)s 个看得见的字符。", "1 到 %(number)s 个看得见的字符。", DISPLAY_NAME_MAX
                )
            }
        case AddressStatus.PHONE_MALFORMED:
            return {"phone": _("这个号码打不通。国外的号码请带上国家码，例如 +44。")}
        case AddressStatus.REGION_MALFORMED | AddressStatus.REGION_NOT_FOUND:
            return {"region": _("请把省、市、区都选好。")}
        case AddressStatus.DETAIL_MALFORMED:
            return {"detail": ngettext("1 到 %(number)s 个字符。", "1 到 %(number)s 个字符。", 200)}
        case AddressStatus.POSTCODE_MALFORMED:
            return {"postcode": _("最多 12 个字母、数字、空格或连字符。")}
        case AddressStatus.EXCEEDS_LIMIT:
            return {
                "form": ngettext(
                    "最多 %(number)s 个地址，请先删掉一个。", "最多 %(number)s 个地址，请先删掉一个。", ADDRESSES_MAX
                )
            }
        case _:
            return {"form": _("没有保存，请再试一次。")}
