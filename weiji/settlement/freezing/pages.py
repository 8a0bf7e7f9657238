"""Where the operator says who shops are at channels that hold their money, and sees that it is let go."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Response

from weiji.identity import Refusal, change_refusal_error, refuse_entered_change
from weiji.payments import (
    REGISTRY,
    BindSubMerchant,
    BindSubMerchantStatus,
    EnrolmentStatus,
    RestoreSubMerchant,
    RetryUnfreezing,
    RetryUnfreezingStatus,
    UnbindSubMerchant,
    bind_sub_merchants,
    channel_word,
    digits_of,
    freezing_channels,
    get_enrolments,
    get_former_sub_merchants,
    get_sub_merchants,
    restore_sub_merchants,
    retry_unfreezings,
    unbind_sub_merchants,
)
from weiji.settlement.freezing import store
from weiji.settlement.freezing.words import binding_errors, restoring_word, unbinding_word, unfreezing_words
from weiji.shops import NO_SHOP, find_shop, get_shops
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.forms import Form, read_form
from weiji.web.requests import WebRequest

HERE: Final = "/operator/sub-merchants"
SHOWN: Final = 50
"""Lines of each list on the page."""


class SubMerchantPages(Controller):
    """Sub-merchants, and what is to be let go."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """Show what channels have not let go yet, and which shops are bound."""
        return await _show(request)

    @post("/", status_code=303, guards=(staff("operator"),), opt=rate("password", "30/minute"))
    async def bind(self, request: WebRequest) -> Response[str]:
        """Bind a shop to the number that a channel gave it, once somebody saw which shop that is, and proved who they
        are.
        """
        form = await read_form(request)
        given = {name: form.text(name) for name in ("handle", "channel", "number")}
        async with request.database.read() as reader:
            shop_id = await find_shop(reader, given["handle"].removeprefix("@"))
        digits = digits_of(given["number"])
        if shop_id and digits and given["channel"] in freezing_channels():
            is_proved, refusal = await _prove(request, form)
            if not is_proved:
                # In groups, as people compare numbers.
                spaced = " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
                fields = given | {"number": digits}
                return await _ask(request, shop_id, given["channel"], spaced, HERE, fields, refusal)
        command = BindSubMerchant(
            shop_id=shop_id or NO_SHOP,
            channel=given["channel"],
            number=given["number"],
            actor=request.actor("staff"),
        )
        status = await request.batchers.of(bind_sub_merchants, "shop_id").submit(command)
        if status in (BindSubMerchantStatus.BOUND, BindSubMerchantStatus.EXISTS):
            return redirect(request, HERE, toast=_("绑定好了。从现在起，这家店的订单可以用它付款。"))
        return await _show(request, given=given, errors=binding_errors(status))

    @post("/{shop_id:uuid}/{channel:str}/unbinding", status_code=303, guards=(staff("operator"),))
    async def unbind(self, request: WebRequest, shop_id: FromPath[UUID], channel: FromPath[str]) -> Response[str]:
        """Take a binding back."""
        command = UnbindSubMerchant(shop_id=shop_id, channel=channel, actor=request.actor("staff"))
        status = await request.batchers.of(unbind_sub_merchants, "shop_id").submit(command)
        return redirect(request, HERE, toast=unbinding_word(status))

    @post(
        "/{shop_id:uuid}/{channel:str}/restoration",
        status_code=303,
        guards=(staff("operator"),),
        opt=rate("password", "30/minute"),
    )
    async def restore(self, request: WebRequest, shop_id: FromPath[UUID], channel: FromPath[str]) -> Response[str]:
        """Bind a shop again to what it was bound to, as it is bound: once somebody proved who they are."""
        form = await read_form(request)
        last4 = form.text("last4")
        async with request.database.read() as reader:
            former = (await get_former_sub_merchants(reader, [(shop_id, channel)])).get((shop_id, channel))
        if former is not None and former.last4 == last4:
            is_proved, refusal = await _prove(request, form)
            if not is_proved:
                number, action = _("尾号 %(last4)s", last4=last4), f"{HERE}/{shop_id}/{channel}/restoration"
                return await _ask(request, shop_id, channel, number, action, {"last4": last4}, refusal)
        command = RestoreSubMerchant(shop_id=shop_id, channel=channel, last4=last4, actor=request.actor("staff"))
        status = await request.batchers.of(restore_sub_merchants, "shop_id").submit(command)
        return redirect(request, HERE, toast=restoring_word(status))

    @post("/unfreezings/{order_id:uuid}/retry", status_code=303, guards=(staff("operator"),))
    async def retry(self, request: WebRequest, order_id: FromPath[UUID]) -> Response[str]:
        """Have the channel asked at once."""
        command = RetryUnfreezing(id=order_id, actor=request.actor("staff"))
        status = await request.batchers.of(retry_unfreezings, "id").submit(command)
        toast = _("马上再问渠道。") if status is RetryUnfreezingStatus.RETRIED else _("这一笔已经解冻了。")
        return redirect(request, HERE, toast=toast)


async def _prove(request: WebRequest, form: Form) -> tuple[bool, Refusal | None]:
    """Tell whether a form was sent that asks for proof, and it was right; or else what was wrong, if anything was."""
    if form.text("sure") != "1":
        return False, None
    refusal = await refuse_entered_change(request, form)
    return refusal is None, refusal


async def _ask(
    request: WebRequest,
    shop_id: UUID,
    channel: str,
    number: str,
    action: str,
    fields: Mapping[str, str],
    refusal: Refusal | None,
) -> Response[str]:
    """Tell what somebody should know before they bind a shop: which it is, and what that changes; and ask for proof."""
    async with request.database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
        enrolment = (await get_enrolments(reader, shop_id)).get(channel)
        bound = (await get_sub_merchants(reader, [(shop_id, channel)])).get((shop_id, channel))
    return page(
        request,
        "settlement/binding.html",
        status_code=422 if refusal else 200,
        here=HERE,
        action=action,
        fields=fields,
        number=number,
        shop=shop,
        channel_name=channel_word(channel),
        bound_last4=bound.last4 if bound else None,
        is_applying=enrolment is not None and enrolment.status is not EnrolmentStatus.TAKEN_ON,
        errors={"password" if refusal.above is None else "proof": change_refusal_error(refusal)} if refusal else {},
    )


async def _show(
    request: WebRequest, *, given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        unfreezings = await store.list_unfreezings(reader, None, SHOWN + 1)
        bound, former = await store.list_bindings(reader, SHOWN + 1)
    return page(
        request,
        "settlement/sub_merchants.html",
        status_code=422 if errors else 200,
        here=HERE,
        unfreezings=[(each, unfreezing_words(each)) for each in unfreezings[:SHOWN]],
        bound=bound[:SHOWN],
        shown=SHOWN,
        has_more_unfreezings=len(unfreezings) > SHOWN,
        has_more_bound=len(bound) > SHOWN,
        former=former[:SHOWN],
        channels=[(name, channel_word(name)) for name in sorted(freezing_channels())],
        channel_word=channel_word,
        is_open=bool(REGISTRY.freezing_names),
        given=given or {},
        errors=errors or {},
    )


ROUTES: Final = (SubMerchantPages,)
