"""Finds at the edge whether settings can be used, and seals what is secret, before anything is written.

No command carries a secret: what rides in batches and may be logged is sealed.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from weiji.events import Actor
from weiji.identity import Refusal
from weiji.kit.seal import KEYS
from weiji.payments.channels import ChannelKind, GatewayAddress, Place, Setting, SettingWrong
from weiji.payments.opening.model import (
    GATEWAY,
    SECRETS_COLUMN,
    VALUE_LENGTH_MAX,
    ChangeChannel,
    ChangeChannelResult,
    ChangeChannelStatus,
    ProvedChange,
    SavedChannel,
    channel_id,
)
from weiji.web import gettext as _

_NOWHERE: Final = Place(None, None, "")


def gateways_of(kind: ChannelKind, extra: Sequence[str]) -> tuple[GatewayAddress, ...]:
    """Tell the addresses that a channel may talk to: its own, and those that whoever runs the program added."""
    return (*kind.gateways, *(GatewayAddress(url, url, is_test=True) for url in extra)) if kind.gateways else ()


def open_secrets(saved: SavedChannel) -> dict[str, str]:
    """Open the secrets of a channel. Raises Unsealable."""
    id = channel_id(saved.name)
    return {
        name: KEYS.unseal(bytes.fromhex(sealed), f"{SECRETS_COLUMN}:{name}", id)
        for name, sealed in saved.secrets.items()
    }


def prove_change(
    kind: ChannelKind,
    saved: SavedChannel | None,
    given: Mapping[str, str | None],
    version: int,
    actor: Actor,
    *,
    is_open: bool,
    is_live: bool,
    extra: Sequence[str] = (),
) -> ProvedChange:
    """Make a command of what somebody gave, or say what is wrong with it. Raises Unsealable.

    What is not given stays as it is; None takes it away.
    """
    id = channel_id(kind.name)

    def refuse(status: ChangeChannelStatus, setting: str | None = None, reason: str | None = None) -> ProvedChange:
        return ProvedChange(id, None, ChangeChannelResult(status, setting, reason))

    settings = {setting.name: setting for setting in kind.settings}
    gateways = gateways_of(kind, extra)
    for name in given:
        if name not in settings and not (name == GATEWAY and gateways):
            return refuse(ChangeChannelStatus.SETTING_NOT_FOUND, name)
    before = {**saved.settings, **open_secrets(saved)} if saved else {}
    after = {name: value for name, value in before.items() if name in settings or name == GATEWAY}
    for name, value in given.items():
        text = (value or "").strip()
        if text:
            after[name] = text
        else:
            after.pop(name, None)
    if gateways:
        gateway = next((one for one in gateways if one.url == after.setdefault(GATEWAY, gateways[0].url)), None)
        if gateway is None:
            return refuse(ChangeChannelStatus.SETTING_WRONG, GATEWAY, _("请选一个地址。"))
    try:
        check_values(kind.settings, after)
        kind.open(after, _NOWHERE)
    except SettingWrong as wrong:
        return refuse(ChangeChannelStatus.SETTING_WRONG, wrong.setting, wrong.reason)
    # What talks to nobody moves nothing by itself: people do, with its files.
    if is_open and not is_live and gateways and not (gateway and gateway.is_test):
        return refuse(ChangeChannelStatus.LIVE_ONLY)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    secrets = {name for name, setting in settings.items() if setting.is_secret}
    sealed = dict(saved.secrets) if saved else {}
    command = ChangeChannel(
        id=id,
        name=kind.name,
        version=version,
        is_open=is_open,
        settings={name: value for name, value in after.items() if name not in secrets},
        secrets={
            # A value that stays keeps its seal.
            name: sealed[name]
            if name in sealed and name not in changed
            else KEYS.seal(after[name], f"{SECRETS_COLUMN}:{name}", id).hex()
            for name in secrets & after.keys()
        },
        changed=tuple(sorted(changed)),
        actor=actor,
    )
    return ProvedChange(id, command, None)


def refuse_change(change: ProvedChange, refusal: Refusal | None) -> ProvedChange:
    """Refuse to save what whoever asks for it did not prove that they may: payers' money goes by it from then on."""
    if refusal is None:
        return change
    status = ChangeChannelStatus(refusal.status)
    result = ChangeChannelResult(status, tries_left=refusal.tries_left, locked_until=refusal.locked_until)
    return replace(change, refusal=result)


def check_values(settings: Sequence[Setting], values: Mapping[str, str]) -> None:
    """Check what can be checked of any channel's settings, or questions. Raises SettingWrong, for the first."""
    for setting in settings:
        value = values.get(setting.name)
        if value is None:
            if setting.is_required and not setting.choices:
                raise SettingWrong(setting.name, _("这一项要填。"))
        elif len(value) > VALUE_LENGTH_MAX:
            raise SettingWrong(setting.name, _("太长了。"))
        elif setting.choices and value not in {choice for choice, _word in setting.choices}:
            raise SettingWrong(setting.name, _("请选一个。"))
        elif not setting.is_long and not value.isprintable():
            raise SettingWrong(setting.name, _("这里只写一行。"))
        elif setting.pattern and not re.fullmatch(setting.pattern, value):
            about = setting.help
            raise SettingWrong(setting.name, _("格式不对：%(help)s", help=about) if about else _("格式不对。"))
