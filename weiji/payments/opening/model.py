"""The words of opening channels."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import derive
from weiji.kit.seal import Place, column

GATEWAY: Final = "gateway"
"""The setting that says which of a channel's addresses is meant. Every channel that talks to somebody has it."""

VALUE_LENGTH_MAX: Final = 10_000
"""Characters of one setting. A bundle of root certificates is the longest."""


def channel_id(name: str) -> UUID:
    """Tell the id that a channel has as a thing with a trail of its own."""
    return derive(UUID(int=0), "channel", name)


SECRETS_COLUMN: Final = column(
    "payments.channels:secrets", Place(table="payments.channels", column="secrets", of=("name",), id=channel_id)
)
"""What secrets are sealed for, with the setting's name behind it."""


class SavedChannel(Struct, frozen=True, kw_only=True):
    """What was saved of a channel. Secrets are sealed, each for itself."""

    name: str
    version: int
    is_open: bool
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    changed_at: datetime


class ChangeChannel(Struct, frozen=True, kw_only=True):
    """Save a channel's settings, and whether it is open. `version` is the one after the one that was seen."""

    id: UUID
    name: str
    version: int
    is_open: bool
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    changed: tuple[str, ...]
    """The names of the settings that are others than before."""
    actor: Actor


class ChangeChannelStatus(StrEnum):
    """How saving a channel ended. Where several apply, the first listed is given."""

    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel of this name is installed."""
    SETTING_NOT_FOUND = "setting_not_found"
    """The channel has no setting of this name; see `setting`."""
    SETTING_WRONG = "setting_wrong"
    """A setting is missing, or can't be used; see `setting` and `reason`."""
    LIVE_ONLY = "live_only"
    """It would move real money, and this installation plays with its clock."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    STEP_UP_NEEDED = "step_up_needed"
    """It takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    VERSION_TAKEN = "version_taken"
    """Somebody saved another version meanwhile."""
    SAVED = "saved"


class ChangeChannelResult(Struct, frozen=True):
    """How saving a channel ended."""

    status: ChangeChannelStatus
    setting: str | None = None
    reason: str | None = None
    tries_left: int | None = None
    locked_until: datetime | None = None


class ProvedChange(Struct, frozen=True):
    """Save a channel, or, where its settings or who saves them were found wrong at the edge, say so."""

    id: UUID
    command: ChangeChannel | None
    refusal: ChangeChannelResult | None


class NoteCheck(Struct, frozen=True, kw_only=True):
    """Note that somebody had a channel's credentials checked."""

    id: UUID
    name: str
    is_good: bool
    actor: Actor
