"""The JSON API of chargebacks, for shops and the operator's staff."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.chargebacks import store
from weiji.chargebacks.machine import ChargebackState
from weiji.chargebacks.model import (
    Chargeback,
    ChargebackStatus,
    Purse,
    RepresentChargeback,
    ShowEvidence,
    Shown,
    Stage,
)
from weiji.chargebacks.operations import represent_chargebacks, show_evidence
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

Said = Annotated[str, Meta(max_length=4_000)]
Url = Annotated[str, Meta(max_length=200)]


class ChargebackAnswer(Struct, kw_only=True):
    """What a channel took back of an order, in fen."""

    id: UUID
    payment_id: UUID
    order_id: UUID | None
    shop_id: UUID | None
    purse: Purse | None
    channel: str
    reference: str
    amount: int
    fee: int
    currency: str = "CNY"
    reason: str
    respond_by: datetime | None
    state: ChargebackState
    stage: Stage | None
    held: int
    borne: int
    argument: str
    received_at: datetime
    represented_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None


class WholeChargeback(ChargebackAnswer, kw_only=True):
    """The same, with what the shop said and showed."""

    evidence: list[Shown]


class ShowEvidenceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a shop of yours says and shows. Pictures are those uploaded for cases of the order (`UploadProof`)."""

    id: UUID
    shop_id: UUID
    number: Annotated[int, Meta(ge=1, le=100, description="Counts what is shown, from 1: asking again is safe.")]
    words: Said
    pictures: Annotated[list[Url], Meta(max_length=20)] = []


class RepresentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What was answered to the channel."""

    id: UUID
    argument: Said


class ChargebackResult(Struct):
    """How it ended."""

    status: ChargebackStatus


EvidenceBatch = Batch[ShowEvidenceBody]
RepresentBatch = Batch[RepresentBody]

_SAME: Final = tuple(name for name in ChargebackAnswer.__struct_fields__ if name != "currency")


def _describe(case: Chargeback) -> ChargebackAnswer:
    return ChargebackAnswer(**{name: getattr(case, name) for name in _SAME})


class ChargebacksApi(Controller):
    """What channels took back."""

    path = "/api/v1/chargebacks"
    tags = ("chargebacks",)

    @get("/", **operation("ListChargebacks", "platform:read", guards=[staff()]))
    async def index(
        self, request: ApiRequest, is_over: bool = False, after: After = None, limit: Limit = 20
    ) -> Page[ChargebackAnswer]:
        """List chargebacks of all shops that are open, or decided, the newest first, for the operator's staff."""
        return await _list(request, None, is_over, after, limit)

    @get("/of-shops/{shop_id:uuid}", **operation("ListChargebacksOfShop", "orders:read"))
    async def of_shop(
        self,
        request: ApiRequest,
        shop_id: FromPath[UUID],
        is_over: bool = False,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[ChargebackAnswer]:
        """List chargebacks of a shop that you work for, the newest first."""
        if not request.caller.may(shop_id, Permission.ORDERS):
            raise NotFoundException
        return await _list(request, shop_id, is_over, after, limit)

    @get("/{case_id:uuid}", **operation("GetChargeback", "orders:read"))
    async def show(self, request: ApiRequest, case_id: FromPath[UUID]) -> WholeChargeback:
        """Read a chargeback of a shop that you work for, with what was shown. The operator's staff read any."""
        async with request.database.read() as reader:
            found = await store.get_case(reader, case_id)
            evidence = await store.get_evidence(reader, [case_id])
        case = found.case if found else None
        may_see = case is not None and (
            request.caller.is_staff
            or (case.shop_id is not None and request.caller.may(case.shop_id, Permission.ORDERS))
        )
        if case is None or not may_see:
            raise NotFoundException
        values = {name: getattr(case, name) for name in _SAME}
        return WholeChargeback(**values, evidence=evidence.get(case_id, []))

    @post("/show-evidence", **operation("ShowChargebackEvidence", "orders:write", repeat="key_taken"))
    async def show_evidence(self, request: ApiRequest, data: EvidenceBatch) -> Response[list[ChargebackResult]]:
        """Say and show something about chargebacks of shops that you work for, as long as they are open."""
        actor = request.actor("merchant")
        commands = [
            ShowEvidence(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.ORDERS),
                number=body.number,
                words=body.words,
                pictures=tuple(body.pictures),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, show_evidence, "id", commands)

    @post(
        "/represent",
        **operation("RepresentChargebacks", "platform:write", repeat="key_taken", guards=[staff("operator")]),
    )
    async def represent(self, request: ApiRequest, data: RepresentBatch) -> Response[list[ChargebackResult]]:
        """Note what was answered to channels."""
        actor = request.actor("staff")
        commands = [RepresentChargeback(id=body.id, argument=body.argument, actor=actor) for body in data]
        return await run(request, represent_chargebacks, "id", commands)


async def _list(
    request: ApiRequest, shop_id: UUID | None, is_over: bool, after: str | None, limit: int
) -> Page[ChargebackAnswer]:
    cursor = read_cursor(after, tuple[UUID])
    before = cursor[0] if cursor else None
    async with request.database.read() as reader:
        found = await store.list_cases(reader, shop_id=shop_id, is_over=is_over, before=before, limit=limit + 1)
    more = write_cursor(found[limit - 1][0].id) if len(found) > limit else None
    return Page(items=[_describe(case) for case, _shop, _number in found[:limit]], next=more)


ROUTES: Final = (ChargebacksApi,)
"""What the program serves of this module."""
