"""The JSON API of channels, for the operator's staff."""

from datetime import datetime
from typing import Annotated, Final, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.identity import proof_in, refuse_changes
from weiji.kit.db import Reader
from weiji.payments.channels import Ability, ChannelKind, Custody, find_kinds
from weiji.payments.opening import store
from weiji.payments.opening.checking import check_channel
from weiji.payments.opening.model import (
    GATEWAY,
    VALUE_LENGTH_MAX,
    ChangeChannelResult,
    ChangeChannelStatus,
    ProvedChange,
    SavedChannel,
    channel_id,
)
from weiji.payments.opening.opener import Opener
from weiji.payments.opening.operations import change_channels
from weiji.payments.opening.proving import gateways_of, prove_change, refuse_change
from weiji.web import rate
from weiji.web.api import (
    ApiRequest,
    Batch,
    Page,
    PaymentPassword,
    StepUpCode,
    StepUpPassword,
    operation,
    run,
)
from weiji.web.caller import staff

SettingName = Annotated[str, Meta(min_length=1, max_length=40)]
SettingValue = Annotated[str, Meta(max_length=VALUE_LENGTH_MAX)]


class SettingAnswer(Struct, kw_only=True):
    """A setting of a channel, and what it was set to. A secret is never told again: `is_set` says that there is one."""

    name: str
    label: str
    help: str | None
    is_secret: bool
    is_required: bool
    choices: list[str]
    is_set: bool
    value: str | None


class ChannelAnswer(Struct, kw_only=True):
    """A channel that is installed. Version 0: nothing was saved of it."""

    name: str
    label: str
    note: str
    custody: Custody
    abilities: list[Ability]
    version: int
    is_open: bool
    fault: str | None
    """Why what was saved can't be used."""
    settings: list[SettingAnswer]
    changed_at: datetime | None


class ChangeChannelBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Settings of a channel. What is not named stays as it is; null takes it away.

    `version` is the one that you saw, plus 1.
    """

    name: Annotated[str, Meta(min_length=1, max_length=32)]
    version: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    is_open: bool
    channel_settings: Annotated[dict[SettingName, SettingValue | None], Meta(max_length=50)] = {}
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


class CheckAnswer(Struct):
    """What a channel said of our credentials: `not_set` where there are none.

    `silent` and `clock_off` tell nothing of them: it did not answer, or our clock is wrong.
    """

    status: Literal["good", "bad", "clock_off", "silent", "not_set"]
    said: str
    settings: tuple[str, ...] = ()
    """Those that it is about, one of which is wrong; none: what it said does not tell."""


ChangeChannelBatch = Batch[ChangeChannelBody]


class ChannelsApi(Controller):
    """The channels."""

    path = "/api/v1/channels"
    tags = ("platform",)

    @get("/", **operation("ListChannels", "platform:read", guards=[staff()]))
    async def index(self, request: ApiRequest, opener: NamedDependency[Opener]) -> Page[ChannelAnswer]:
        """List the channels that are installed, with their settings, and never a secret."""
        async with request.database.read() as reader:
            saved = await store.get_channels(reader)
        return Page(items=[_describe(kind, saved.get(name), opener) for name, kind in find_kinds().items()], next=None)

    @post(
        "/change",
        **operation(
            "ChangeChannels", repeat="key_taken", guards=[staff("operator")], opt=rate("password", "30/minute")
        ),
    )
    async def change(
        self, request: ApiRequest, data: ChangeChannelBatch, opener: NamedDependency[Opener]
    ) -> Response[list[ChangeChannelResult]]:
        """Save settings of channels, and open or close them: with the payment password, and a `code` of your app, or
        without one your `login_password`. It is in force at once.
        """
        async with request.database.read() as reader:
            changes = await _prove(reader, request, data, opener)
        asked = [proof_in(body) for body, change in zip(data, changes, strict=True) if change.refusal is None]
        refusals = await refuse_changes(request, asked)
        changes = [
            change if change.refusal else refuse_change(change, refusals[proof_in(body)])
            for body, change in zip(data, changes, strict=True)
        ]
        answer = await run(request, change_channels, "id", changes)
        await opener.refresh()
        return answer

    @post(
        "/{name:str}/check",
        **operation(
            "CheckChannel", "platform:write", guards=[staff("operator")], opt=rate("check_channel", "30/minute")
        ),
    )
    async def check(self, request: ApiRequest, name: FromPath[str], opener: NamedDependency[Opener]) -> CheckAnswer:
        """Have a channel say whether it takes the saved credentials, by a call that changes nothing."""
        if name not in find_kinds():
            raise NotFoundException
        await opener.refresh()
        found = await check_channel(request.batchers, name, request.actor("staff"))
        if found is None:
            return CheckAnswer("not_set", "")
        return CheckAnswer("good" if found.is_good else found.fault.value, found.said, found.settings)


async def _prove(reader: Reader, request: ApiRequest, data: ChangeChannelBatch, opener: Opener) -> list[ProvedChange]:
    saved = await store.get_channels(reader)
    kinds = find_kinds()
    actor = request.actor("staff")
    changes = []
    for body in data:
        kind = kinds.get(body.name)
        if kind is None:
            missing = ChangeChannelResult(ChangeChannelStatus.CHANNEL_NOT_FOUND)
            changes.append(ProvedChange(channel_id(body.name), None, missing))
            continue
        changes.append(
            prove_change(
                kind,
                saved.get(body.name),
                body.channel_settings,
                body.version,
                actor,
                is_open=body.is_open,
                is_live=request.settings.mode == "live",
                extra=opener.extra_gateways,
            )
        )
    return changes


def _describe(kind: ChannelKind, saved: SavedChannel | None, opener: Opener) -> ChannelAnswer:
    values = {**saved.settings, **dict.fromkeys(saved.secrets)} if saved else {}
    gateways = [one.url for one in gateways_of(kind, opener.extra_gateways)]
    settings = [
        SettingAnswer(
            name=setting.name,
            label=setting.label,
            help=setting.help,
            is_secret=setting.is_secret,
            is_required=setting.is_required,
            choices=[choice for choice, _word in setting.choices],
            is_set=setting.name in values,
            value=values.get(setting.name),
        )
        for setting in kind.settings
    ]
    if gateways:
        settings.insert(
            0,
            SettingAnswer(
                name=GATEWAY,
                label=GATEWAY,
                help=None,
                is_secret=False,
                is_required=True,
                choices=gateways,
                is_set=GATEWAY in values,
                value=values.get(GATEWAY),
            ),
        )
    return ChannelAnswer(
        name=kind.name,
        label=kind.label,
        note=kind.note,
        custody=kind.custody,
        abilities=sorted(kind.abilities),
        version=saved.version if saved else 0,
        is_open=bool(saved and saved.is_open),
        fault=opener.faults.get(kind.name),
        settings=settings,
        changed_at=saved.changed_at if saved else None,
    )


ROUTES: Final = (ChannelsApi,)
"""What the program serves of this module."""
