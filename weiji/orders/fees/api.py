"""The JSON API of fees: for a shop, what is taken of it; for the operator's staff, the rules and their previews."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery
from msgspec import Meta, Struct

from weiji.kit import clock
from weiji.orders.fees import store
from weiji.orders.fees.charging import ShopChange, ShopRate, changes_of, rates_of
from weiji.orders.fees.model import FeeRules, FeeVersion, Preview, PublishFees, PublishFeesStatus
from weiji.orders.fees.operations import note_preview, preview_fees, publish_fees
from weiji.web.api import After, ApiRequest, Batch, Limit, Moment, Page, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.web.rates import rate


class FeesBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Rules in the place of all before. `version` is the one after the latest; without a time they are in force now."""

    version: Annotated[int, Meta(ge=2, le=2**31 - 1)]
    rules: FeeRules
    reason: Typed
    effective_at: Moment | None = None


class PublishFeesAnswer(Struct):
    """How publishing fee rules ended."""

    status: PublishFeesStatus


class ShopFees(Struct, frozen=True, kw_only=True):
    """What is taken of a shop's orders, what will be, and how long it waits for its money."""

    version: int
    rates: list[ShopRate]
    """By category; without one: of all other goods."""
    changes: list[ShopChange]
    """What was announced, the soonest first."""
    grade: int
    settle_days: int
    """So many days after receipt the shop may withdraw: of orders that are placed now, by its grade."""


FeesBatch = Batch[FeesBody]


class FeesApi(Controller):
    """What the platform takes."""

    path = "/api/v1/fees"
    tags = ("fees",)

    @get("/", **operation("GetFees", "orders:read"))
    async def show(self, request: ApiRequest, shop_id: FromQuery[UUID]) -> ShopFees:
        """Read what is taken of a shop you work for."""
        if not request.caller.may(shop_id, Permission.DESK):
            raise NotFoundException
        async with request.database.read() as reader:
            shop = await store.get_shop(reader, shop_id)
            if shop is None:
                raise NotFoundException
            charging = await store.get_charging(reader, clock.now())
        return ShopFees(
            version=charging.in_force.version,
            rates=rates_of(charging, charging.in_force.rules, shop_id),
            changes=list(changes_of(charging, shop_id)),
            grade=shop.grade,
            settle_days=charging.trade_rules.settle_days_of(shop.grade),
        )

    @get("/rules", **operation("ListFeeRules", "platform:read", guards=[staff()]))
    async def list_rules(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[FeeVersion]:
        """List the versions of the fee rules, the latest first."""
        before = read_cursor(after, tuple[int])
        async with request.database.read() as reader:
            found = await store.list_versions(reader, before[0] if before else None, limit + 1)
        more = write_cursor(found[limit - 1].version) if len(found) > limit else None
        return Page(items=found[:limit], next=more)

    @post(
        "/rules/preview",
        **operation("PreviewFees", "platform:write", guards=[staff("operator")], opt=rate("previews", "30/minute")),
    )
    async def preview(self, request: ApiRequest, data: FeeRules) -> Preview:
        """Compute what rules would have taken of what was sold in the last 30 days.

        Just so they may be published, as the version after the latest, within seven days.
        """
        async with request.database.read() as reader:
            preview, charging = await preview_fees(reader, data, clock.now())
        version, actor = charging.versions[0].version + 1, request.actor("staff")
        await request.database.retried(partial(note_preview, version=version, rules=data, actor=actor))
        return preview

    @post(
        "/rules/publish", **operation("PublishFees", "platform:write", repeat="key_needed", guards=[staff("operator")])
    )
    async def publish(self, request: ApiRequest, data: FeesBatch) -> Response[list[PublishFeesAnswer]]:
        """Publish versions of the fee rules, in turn, for orders placed from a time to come.

        Each was asked about by `PreviewFees` in the last seven days, just as it is.
        """
        actor = request.actor("staff")
        commands = [
            PublishFees(
                version=body.version,
                effective_at=body.effective_at,
                rules=body.rules,
                reason=body.reason,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, publish_fees, "actor.person_id", commands)


ROUTES: Final = (FeesApi,)
"""What the program serves of this module."""
