"""Where the operator opens channels: their contracts' settings, a switch, and a check of the credentials."""

from collections.abc import Mapping
from typing import Final

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.identity import Refusal, change_refusal_error, refuse_entered_change
from weiji.payments.channels import REGISTRY, ChannelKind, Check, GatewayAddress, find_kinds
from weiji.payments.opening import store
from weiji.payments.opening.checking import check_channel
from weiji.payments.opening.model import (
    GATEWAY,
    VALUE_LENGTH_MAX,
    ChangeChannelResult,
    ChangeChannelStatus,
    SavedChannel,
    channel_id,
)
from weiji.payments.opening.opener import Opener
from weiji.payments.opening.operations import change_channels
from weiji.payments.opening.proving import gateways_of, prove_change
from weiji.payments.opening.words import ability_word, change_error, check_error
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.forms import Form, read_form
from weiji.web.requests import WebRequest


class ChannelPages(Controller):
    """The channels."""

    path = "/operator/channels"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest, opener: NamedDependency[Opener]) -> Response[str]:
        """List the channels that are installed, and how each stands."""
        async with request.database.read() as reader:
            saved = await store.get_channels(reader)
        kinds = find_kinds()
        return page(
            request,
            "payments/channels.html",
            kinds=list(kinds.values()),
            states={name: _state(saved.get(name), opener.faults.get(name)) for name in kinds},
            ability_word=ability_word,
            lacks_payouts=REGISTRY.lacks_payouts,
        )

    @get("/{name:str}")
    async def show(self, request: WebRequest, name: FromPath[str], opener: NamedDependency[Opener]) -> Response[str]:
        """Show a channel's settings, without its secrets."""
        return await _show(request, opener, _kind(name))

    @post("/{name:str}", status_code=303, guards=(staff("operator"),), opt=rate("password", "30/minute"))
    async def change(self, request: WebRequest, name: FromPath[str], opener: NamedDependency[Opener]) -> Response[str]:
        """Save settings, with the payment password and more. A secret that is left empty stays as it was."""
        kind = _kind(name)
        form = await read_form(request)
        async with request.database.read() as reader:
            saved = (await store.get_channels(reader)).get(name)
        change = prove_change(
            kind,
            saved,
            _given(kind, form),
            form.number("version") or 0,
            request.actor("staff"),
            is_open=form.is_on("is_open"),
            is_live=request.settings.mode == "live",
            extra=opener.extra_gateways,
        )
        # Last, as a code is used up by it: of settings that are wrong nobody has to prove anything.
        if change.refusal is None and (refusal := await refuse_entered_change(request, form)):
            return await _show(request, opener, kind, form, refusal=refusal)
        result = await request.batchers.of(change_channels).submit(change)
        if result.status is not ChangeChannelStatus.SAVED:
            return await _show(request, opener, kind, form, result)
        await opener.refresh()
        return redirect(request, _path(name), toast=_("已经保存，马上生效。"))

    @post("/{name:str}/check", status_code=303, guards=(staff("operator"),), opt=rate("check_channel", "30/minute"))
    async def check(self, request: WebRequest, name: FromPath[str], opener: NamedDependency[Opener]) -> Response[str]:
        """Have the channel say whether it takes the saved credentials."""
        kind = _kind(name)
        await opener.refresh()
        found = await check_channel(request.batchers, name, request.actor("staff"))
        if found is not None and not found.is_good:
            return await _show(request, opener, kind, check=found)
        if found is None:
            return redirect(request, _path(name), toast=_("先填好并保存，再来检查。"), tone="warn")
        return redirect(request, _path(name), toast=_("渠道认得这些凭据。"))


def _path(name: str) -> str:
    return f"/operator/channels/{name}"


def _kind(name: str) -> ChannelKind:
    kind = find_kinds().get(name)
    if kind is None:
        raise NotFoundException
    return kind


def _given(kind: ChannelKind, form: Form) -> dict[str, str | None]:
    given: dict[str, str | None] = {GATEWAY: form.text(GATEWAY) or None} if kind.gateways else {}
    for setting in kind.settings:
        text = form.long(setting.name, VALUE_LENGTH_MAX).strip()
        if text or not setting.is_secret:
            given[setting.name] = text or None
        elif form.is_on(f"remove_{setting.name}"):
            given[setting.name] = None
    return given


def _gateway_word(gateway: GatewayAddress) -> str:
    # Those that whoever runs the program added have no other name.
    return gateway.url if gateway.label == gateway.url else f"{gateway.label} · {gateway.url}"


def _state(saved: SavedChannel | None, fault: str | None) -> tuple[str, str]:
    if saved is None:
        return _("没有设置"), "plain"
    if fault is not None:
        return _("打不开"), "bad"
    return (_("开着"), "good") if saved.is_open else (_("关着"), "wait")


async def _show(
    request: WebRequest,
    opener: Opener,
    kind: ChannelKind,
    form: Form | None = None,
    result: ChangeChannelResult | None = None,
    check: Check | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    """Show a channel's settings; with *check*, what the channel said against them, at those that it is about."""
    async with request.database.read() as reader:
        saved = (await store.get_channels(reader)).get(kind.name)
    values: Mapping[str, str] = saved.settings if saved else {}
    names = [GATEWAY, *(setting.name for setting in kind.settings if not setting.is_secret)]
    errors = dict.fromkeys(check.settings, _("请再核对这一项。")) if check else {}
    if result and result.setting:
        errors[result.setting] = result.reason or ""
    if refusal:
        errors["payment_password" if refusal.above is None else "proof"] = change_refusal_error(refusal)
    base = opener.settings.url
    return page(
        request,
        "payments/channel.html",
        status_code=422 if result or check or refusal else 200,
        path=_path(kind.name),
        kind=kind,
        saved=saved,
        state=_state(saved, opener.faults.get(kind.name)),
        fault=opener.faults.get(kind.name),
        is_known=REGISTRY.find(kind.name) is not None,
        gateways=[(one.url, _gateway_word(one)) for one in gateways_of(kind, opener.extra_gateways)],
        gateway=(form.text(GATEWAY) if form else values.get(GATEWAY)) or "",
        values={name: (form.long(name, VALUE_LENGTH_MAX) if form else values.get(name)) or "" for name in names},
        is_open=form.is_on("is_open") if form else bool(saved and saved.is_open),
        error=change_error(result) if result else check_error(kind, check) if check else None,
        errors=errors,
        notice_url=f"{base}/channels/{kind.name}/notices" if base else None,
        trail=channel_id(kind.name),
        ability_word=ability_word,
    )


ROUTES: Final = (ChannelPages,)
