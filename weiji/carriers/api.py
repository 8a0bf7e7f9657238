"""The JSON API of carriers, and where trackers send what they tell by themselves."""

from typing import Annotated, Final

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Meta, Struct

from weiji.carriers.known import CARRIERS, find_carrier, fits, recognise, squeeze
from weiji.carriers.polling import Polling
from weiji.carriers.trackers import REGISTRY, CallbackRefused
from weiji.web.api import ApiRequest, Batch, Page, operation
from weiji.web.rates import rate
from weiji.web.requests import WebRequest


class CarrierAnswer(Struct, kw_only=True):
    """A carrier that is known. Any other may be named all the same; where its parcels are nobody can say."""

    code: str
    name: str
    name_en: str
    is_international: bool


class NumberBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A number, and the carrier that it is said to be of, if any (its code or its name)."""

    tracking_number: Annotated[str, Meta(min_length=1, max_length=40)]
    carrier: Annotated[str, Meta(max_length=40)] = ""


class NumberAnswer(Struct, kw_only=True):
    """Whose number it may be.

    `status` is `recognised` (one carrier, or the one that was named), `ambiguous` (one of several), `doubtful` (it is
    not what numbers of the named carrier look like, or its check digit is wrong) or `unknown`.
    """

    status: str
    tracking_number: str
    """As carriers write it."""
    carriers: list[str]
    """The codes of those whose it may be."""


NumberBatch = Batch[NumberBody]


class CarriersApi(Controller):
    """Carriers."""

    path = "/api/v1/carriers"
    tags = ("parcels",)

    @get("/", **operation("ListCarriers", is_public=True))
    async def index(self, request: ApiRequest) -> Page[CarrierAnswer]:  # noqa: ARG002
        """List the carriers that are known, all on one page."""
        return Page(
            items=[
                CarrierAnswer(
                    code=carrier.code,
                    name=carrier.name,
                    name_en=carrier.name_en,
                    is_international=carrier.is_international,
                )
                for carrier in CARRIERS
            ],
            next=None,
        )

    @post("/recognise", **operation("RecogniseNumbers", is_public=True))
    async def recognise(self, request: ApiRequest, data: NumberBatch) -> list[NumberAnswer]:  # noqa: ARG002
        """Say whose tracking numbers may be, by their form and their check digits. Nobody is asked."""
        return [_recognise(body) for body in data]


def _recognise(body: NumberBody) -> NumberAnswer:
    number = squeeze(body.tracking_number)
    possible = [carrier.code for carrier in recognise(number)]
    named = find_carrier(body.carrier) if body.carrier else None
    if named is not None:
        status = "recognised" if fits(named, number) else "doubtful"
    else:
        status = "recognised" if len(possible) == 1 else "ambiguous" if possible else "unknown"
    return NumberAnswer(status=status, tracking_number=number, carriers=[named.code] if named else possible)


class TrackerCallback(Controller):
    """Where a tracker sends what it tells: its signature is its key."""

    path = "/trackers"
    include_in_schema = False

    @post("/{name:str}/callback", status_code=200, opt=rate("tracker_callback", "6000/minute"))
    async def take(self, request: WebRequest, name: FromPath[str]) -> Response[bytes]:
        """Take a message, and answer as the tracker wants it. One that can't be verified is answered 403."""
        tracker = REGISTRY.tracker
        if tracker is None or tracker.name != name or not tracker.pushes:
            raise NotFoundException
        try:
            told = tracker.read_callback(request.headers, await request.body())
        except CallbackRefused:
            kind, words = tracker.answer_callback(is_taken=False)
            return Response(words, media_type=kind, status_code=403)
        await Polling(request.batchers).take(request.database, told)
        kind, words = tracker.answer_callback(is_taken=True)
        return Response(words, media_type=kind)


ROUTES: Final = (CarriersApi, TrackerCallback)
"""What the program serves of this module."""
