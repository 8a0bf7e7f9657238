"""How pages name carriers, and how far a parcel is."""

from weiji.carriers.known import Carrier
from weiji.carriers.model import ParcelState
from weiji.web import gettext as _
from weiji.web.locales import current


def carrier_name(carrier: Carrier) -> str:
    """Name a carrier in the reader's language."""
    return carrier.name if current().startswith("zh") else carrier.name_en


def state_word(state: ParcelState) -> tuple[str, str, str]:
    """Name a state, with the tone of its tag and an icon."""
    match state:
        case ParcelState.ANNOUNCED:
            return _("等快递员收件"), "wait", "package"
        case ParcelState.COLLECTED:
            return _("快递已收件"), "info", "package-check"
        case ParcelState.IN_TRANSIT:
            return _("运输途中"), "info", "truck"
        case ParcelState.DELIVERING:
            return _("正在派送"), "info", "truck"
        case ParcelState.DELIVERED:
            return _("已送达"), "good", "package-check"
        case ParcelState.PROBLEM:
            return _("派送遇到问题"), "bad", "triangle-alert"
        case ParcelState.RETURNING:
            return _("退回途中"), "bad", "undo-2"
        case ParcelState.RETURNED:
            return _("已退回"), "bad", "undo-2"


def state_words() -> dict[str, tuple[str, str, str]]:
    """Name all states."""
    return {state.value: state_word(state) for state in ParcelState}
