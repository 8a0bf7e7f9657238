"""The JSON API of applications at channels: for shops' owners, and for the operator's staff."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.onboarding import get_case
from weiji.payments import (
    REGISTRY,
    DecideNumber,
    DecideNumberStatus,
    EnrolmentStatus,
    HandInEnrolmentResult,
    RecheckEnrolment,
    RecheckEnrolmentStatus,
    Refused,
    Task,
    WantEnrolment,
    WantEnrolmentStatus,
    decide_numbers,
    get_enrolments,
    hand_in_enrolments,
    open_told,
    recheck_enrolments,
    want_enrolments,
)
from weiji.settlement.enrolling import store
from weiji.settlement.enrolling.papers import prove_hand_in, questions_of
from weiji.settlement.enrolling.words import reason_word
from weiji.shops import NO_SHOP, get_shops
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

ChannelName = Annotated[str, Meta(min_length=1, max_length=32)]


class Question(Struct, frozen=True, kw_only=True):
    """What a channel wants to know of a shop's owner."""

    name: str
    label: str
    help: str | None
    is_required: bool
    choices: tuple[tuple[str, str], ...]
    """A value and its word each; none: any text."""


class ShownEnrolment(Struct, frozen=True, kw_only=True):
    """How a shop stands with a channel: what it has to do there, what was refused, and what the channel asks."""

    channel: str
    status: EnrolmentStatus | None
    """None: the shop may apply, and has not."""
    tasks: tuple[Task, ...]
    refusals: tuple[Refused, ...]
    questions: list[Question]


class EnrolmentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop, and a channel that takes shops on."""

    shop_id: UUID
    channel: ChannelName


class HandInEnrolmentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Apply for a shop at a channel, with answers to its questions by their names.

    Pictures are those of the shop's verification, or those given on the page.
    """

    shop_id: UUID
    channel: ChannelName
    answers: Annotated[Mapping[str, Annotated[str, Meta(max_length=200)]], Meta(max_length=50)]


class WantEnrolmentAnswer(Struct, frozen=True):
    """How asking a shop to apply ended."""

    status: WantEnrolmentStatus


class DecideNumberBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """By which number a shop goes: `is_taken`, the channel's; else the one that it is bound to."""

    shop_id: UUID
    channel: ChannelName
    is_taken: bool


class DecideNumberAnswer(Struct, frozen=True):
    """How that ended."""

    status: DecideNumberStatus


class RecheckEnrolmentAnswer(Struct, frozen=True):
    """How having a channel asked at once ended."""

    status: RecheckEnrolmentStatus


DecideNumberBatch = Batch[DecideNumberBody]
EnrolmentBatch = Batch[EnrolmentBody]
HandInEnrolmentBatch = Batch[HandInEnrolmentBody]


class EnrolmentsApi(Controller):
    """Applications of shops at channels."""

    path = "/api/v1/enrolments"
    tags = ("settlement",)

    @get("/", **operation("ListEnrolments", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[store.ShopEnrolment]:
        """List how applications stand, the last changed first."""
        cursor = read_cursor(after, tuple[datetime, UUID, str])
        async with request.database.read() as reader:
            found = await store.list_enrolments(reader, cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(
            items=found[:limit], next=write_cursor(last.changed_at, last.shop_id, last.channel) if last else None
        )

    @get("/{shop_id:uuid}", **operation("GetEnrolments", "shops:read"))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> list[ShownEnrolment]:
        """Read how a shop stands with each channel that takes shops on."""
        if not request.caller.may(shop_id, Permission.OWNERSHIP):
            raise NotFoundException
        async with request.database.read() as reader:
            case = await get_case(reader, shop_id)
            enrolments = await get_enrolments(reader, shop_id)
        if case is None:
            raise NotFoundException
        shown = []
        for channel in sorted(REGISTRY.enrolling_names | enrolments.keys()):
            enrolment = enrolments.get(channel)
            told = open_told(enrolment) if enrolment else None
            shown.append(
                ShownEnrolment(
                    channel=channel,
                    status=enrolment.status if enrolment else None,
                    tasks=told.tasks if told else (),
                    refusals=tuple(Refused(one.part, reason_word(one.reason)) for one in told.refusals) if told else (),
                    questions=[
                        Question(
                            name=one.name,
                            label=one.label,
                            help=one.help,
                            is_required=one.is_required,
                            choices=one.choices,
                        )
                        for one in questions_of(channel, case)
                    ],
                )
            )
        return shown

    @post(
        "/want",
        **operation(
            "WantEnrolments", "platform:write", repeat="key_taken", guards=[staff("operator")], opt={"finds": True}
        ),
    )
    async def want(self, request: ApiRequest, data: EnrolmentBatch) -> Response[list[WantEnrolmentAnswer]]:
        """Ask shops to apply at channels."""
        actor = request.actor("staff")
        async with request.database.read() as reader:
            shops = await get_shops(reader, [body.shop_id for body in data])
        commands = [
            WantEnrolment(shop_id=shop.id if shop else NO_SHOP, channel=body.channel, actor=actor)
            for body, shop in zip(data, shops, strict=True)
        ]
        return await run(request, want_enrolments, "shop_id", commands)

    @post(
        "/decide-numbers",
        **operation("DecideEnrolmentNumbers", "platform:write", repeat="key_taken", guards=[staff("operator")]),
    )
    async def decide_numbers(self, request: ApiRequest, data: DecideNumberBatch) -> Response[list[DecideNumberAnswer]]:
        """Say by which number shops go that channels took on under another than the one that they are bound to."""
        actor = request.actor("staff")
        commands = [
            DecideNumber(shop_id=body.shop_id, channel=body.channel, is_taken=body.is_taken, actor=actor)
            for body in data
        ]
        return await run(request, decide_numbers, "shop_id", commands)

    @post("/hand-in", **operation("HandInEnrolments", "shops:write", repeat="key_taken"))
    async def hand_in(self, request: ApiRequest, data: HandInEnrolmentBatch) -> Response[list[HandInEnrolmentResult]]:
        """Apply for shops at channels. Who is behind them, and their papers, are sent there."""
        database, actor = request.database, request.actor("merchant")
        commands = [
            await prove_hand_in(
                database,
                body.shop_id if request.caller.may(body.shop_id, Permission.OWNERSHIP) else None,
                body.channel,
                body.answers,
                {},
                actor,
            )
            for body in data
        ]
        return await run(request, hand_in_enrolments, "shop_id", commands)

    @post("/recheck", **operation("RecheckEnrolments", "shops:write", repeat="key_taken"))
    async def recheck(self, request: ApiRequest, data: EnrolmentBatch) -> Response[list[RecheckEnrolmentAnswer]]:
        """Have channels asked at once how applications stand."""
        actor = request.actor("merchant")
        commands = [
            RecheckEnrolment(
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                channel=body.channel,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, recheck_enrolments, "shop_id", commands)


ROUTES: Final = (EnrolmentsApi,)
