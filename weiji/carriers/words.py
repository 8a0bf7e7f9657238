"""How pages name carriers, and how far a parcel is."""

from collections.abc import Sequence
from typing import Any, Final

from weiji.carriers.known import Carrier
from weiji.carriers.model import ParcelState, TrackingEvent
from weiji.web import gettext as _
from weiji.web.locales import current

TRACKED_IN: Final = "zh-CN"
"""The language in which carriers tell of parcels, as far as anybody knows."""


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


def tracking_steps(tracking: Sequence[TrackingEvent]) -> list[dict[str, Any]]:
    """Tell what a carrier told of a parcel, the newest first, as it is given."""
    steps: list[dict[str, Any]] = []
    for place, event in enumerate(tracking):
        is_newest = place == 0
        word, tone, icon = state_word(event.state) if event.state else ("", "info", "truck")
        # The state is said where it changes; between, the carrier's own words are enough.
        before = tracking[place + 1].state if place + 1 < len(tracking) else None
        is_change = event.state is not None and event.state is not before
        steps.append(
            {
                "title": word if is_change else event.text,
                "title_lang": None if is_change else TRACKED_IN,
                "note": event.text if is_change else None,
                "note_lang": TRACKED_IN,
                "at": event.at,
                "icon_name": icon if is_change else "map-pin",
                "state": "bad" if tone == "bad" and is_newest else "now" if is_newest else "done",
            }
        )
    return steps
