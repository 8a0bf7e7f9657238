"""Help: the questions, what somebody searched, and each answer."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import structlog
from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from markupsafe import Markup
from msgspec import Struct

from weiji.help.figures import read_figures
from weiji.help.finding import find
from weiji.help.model import Audience, Contact, Section, Topic
from weiji.help.sections import sections
from weiji.help.texts import Library, library
from weiji.help.writing import Unwritable, write
from weiji.web import fragment, locales, page, rate
from weiji.web import gettext as _
from weiji.web.caller import Caller
from weiji.web.requests import WebRequest

SEARCHES: Final = "600/minute"
SUGGESTIONS: Final = "1800/minute"
"""By address, behind which a whole village may be; a search asks nothing of the database."""

SUGGESTED: Final = 6

log = structlog.get_logger("weiji.help")


class HelpPages(Controller):
    """What anybody may read."""

    path = "/help"
    include_in_schema = False

    @get("/", opt=rate("help", SEARCHES))
    async def index(
        self,
        request: WebRequest,
        q: FromQuery[str] = "",
        whose: FromQuery[str] = "",
        shop: FromQuery[UUID | None] = None,
    ) -> Response[str]:
        """List the questions, or those that match what somebody typed."""
        topics = topics_of(request)
        audience = audience_of(request.caller, whose)
        found = find(q, _readable(request.caller, topics, audience)) if q.strip() else None
        contact = await _contact(request) if found is not None and not found else None
        return page(
            request,
            "help/index.html",
            query=q.strip(),
            found=found,
            tabs=tabs(request.caller),
            audience=audience,
            sections=[
                (section, [topic for name in section.topics if (topic := topics.get(name, locales.current()))])
                for section in sections_of(topics, audience)
            ],
            contact=contact,
            shop_id=shop if shop in request.caller.shop_ids else None,
        )

    @get("/suggestions", opt=rate("help_suggestions", SUGGESTIONS), sync_to_thread=False)
    def suggest(self, request: WebRequest, q: FromQuery[str] = "") -> Response[str]:
        """Name questions while somebody types."""
        found = find(q, _readable(request.caller, topics_of(request), audience_of(request.caller)))
        return fragment(request, "help/suggestions.html", found=found[:SUGGESTED])

    @get("/{name:str}")
    async def show(
        self, request: WebRequest, name: FromPath[str], shop: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """Answer a question."""
        topics, locale = topics_of(request), locales.current()
        topic = topics.get(name, locale)
        if topic is None:
            raise NotFoundException
        desk = desk_of(request.caller, shop)
        try:
            written = await _write(request, topic, desk)
        except Unwritable as error:
            if not topic.is_own:
                raise
            log.warning("a topic of the help can't be written", name=name, locale=topic.locale, why=str(error))
            topic = topics.get_shipped(name, locale)
            if topic is None:
                raise NotFoundException from error
            written = await _write(request, topic, desk)
        section = next((each for each in _all_sections(topics) if name in each.topics), None)
        return page(
            request,
            "help/topic.html",
            topic=topic,
            section=section,
            answer=written.answer,
            steps=written.steps,
            see=[found for each in topic.see if (found := topics.get(each, locale))],
            contact=written.contact,
            names_rules=bool(topic.figures),
        )


def topics_of(request: WebRequest) -> Library:
    """Give all topics of this installation."""
    return library(request.settings.data)


def audience_of(caller: Caller, whose: str = "") -> Audience:
    """Say whose questions somebody sees first: those that they ask for, or else their own."""
    if whose in tuple(Audience):
        return Audience(whose)
    return Audience.MERCHANTS if caller.is_merchant else Audience.BUYERS


def tabs(caller: Caller) -> list[dict[str, Any]]:
    """Name those for whom there are questions."""
    labels = {Audience.BUYERS: _("我要买"), Audience.MERCHANTS: _("我要卖")}
    if caller.is_staff:
        labels[Audience.STAFF] = _("我在运营")
    return [{"key": key.value, "label": label, "href": f"/help?whose={key.value}"} for key, label in labels.items()]


def sections_of(topics: Library, audience: Audience) -> list[Section]:
    """List the sections for somebody."""
    return [section for section in _all_sections(topics) if section.audience is audience]


def _all_sections(topics: Library) -> Sequence[Section]:
    if not topics.own:
        return sections()
    own = Section(audience=Audience.BUYERS, title=_("这个站自己的"), icon="info", topics=tuple(topics.own))
    return (*sections(), own)


def _readable(caller: Caller, topics: Library, audience: Audience) -> list[Topic]:
    """List what somebody may look for, their own questions first: those of staff are of no use to others."""
    ordered = sorted(_all_sections(topics), key=lambda section: section.audience is not audience)
    names = [name for each in ordered if caller.is_staff or each.audience is not Audience.STAFF for name in each.topics]
    return [topic for name in names if (topic := topics.get(name, locales.current()))]


def desk_of(caller: Caller, shop_id: UUID | None) -> str:
    """Say where somebody's shop is run: the one that they come from, or their only one."""
    shops = caller.shop_ids
    chosen = shop_id if shop_id in shops else shops[0] if len(shops) == 1 else None
    return f"/merchant/{chosen}" if chosen else "/merchant"


class _Written(Struct, frozen=True):
    answer: Markup
    steps: Markup
    contact: Contact


async def _write(request: WebRequest, topic: Topic, desk: str) -> _Written:
    """Write a topic with what is in force. Raises Unwritable."""
    async with request.database.read() as reader:
        figures = await read_figures(reader, topic.figures | {"contact"}, request.settings)
    with locales.speaking(topic.locale):
        answer, steps = (write(text, figures, desk) for text in (topic.answer, topic.steps))
    return _Written(answer, steps, figures["contact"])


async def _contact(request: WebRequest) -> Any:
    async with request.database.read() as reader:
        return (await read_figures(reader, {"contact"}, request.settings))["contact"]


ROUTES: Final = (HelpPages,)
"""What the program serves of this module."""
