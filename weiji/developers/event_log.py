"""The JSON API of events: what happened in a shop or to a person, in order."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter
from msgspec import Struct

from weiji.events.outbox import get_events
from weiji.events.withheld import told_to_shop
from weiji.kit.db import Row
from weiji.kit.live import Watch
from weiji.web.api import ApiRequest, Limit, operation
from weiji.web.permissions import Permission

WAIT_MAX: Final = 25
"""Seconds that a request may wait for what happens next."""

WAITING_MAX: Final = 1_000
"""Requests of one process that may wait at the same time; those beyond are answered at once."""

SEQ_MAX: Final = 2**53 - 1


class EventAnswer(Struct, kw_only=True):
    """Something that happened. `seq` counts the events of one log from 1."""

    seq: int
    id: UUID
    type: str
    subject_id: UUID
    actor: str
    at: datetime
    data: dict[str, Any]


class EventsAnswer(Struct, kw_only=True):
    """Events in order. Give `next` as `after` to read on, now or whenever more has happened."""

    items: list[EventAnswer]
    next: int


class EventsApi(Controller):
    """Events."""

    path = "/api/v1/events"
    tags = ("events",)

    waiting = 0

    @get("/", **operation("ListEvents", "events:read"))
    async def index(
        self,
        request: ApiRequest,
        shop_id: Annotated[UUID | None, QueryParameter(description="A shop you work for; none: your own log.")] = None,
        after: Annotated[int, QueryParameter(ge=0, le=SEQ_MAX, description="`next` of the page before.")] = 0,
        limit: Limit = 100,
        wait: Annotated[
            int, QueryParameter(ge=0, le=WAIT_MAX, description="Seconds to wait, if nothing happened yet.")
        ] = 0,
    ) -> EventsAnswer:
        """Read what happened in a shop you work for, or to you, in order. Nothing changes, and nothing is left out but
        what would name to a shop who complained of it: then a number is missing.

        With `wait` the answer comes as soon as something happens, or empty when the time is over.
        """
        if shop_id is not None and not request.caller.may(shop_id, Permission.SHOP):
            raise NotFoundException
        stream = shop_id or request.person_id
        rows = await self._read(request, stream, after, limit)
        if not rows and wait and EventsApi.waiting < WAITING_MAX:
            EventsApi.waiting += 1
            try:
                rows = await self._wait(request, stream, after, limit, wait)
            finally:
                EventsApi.waiting -= 1
        items = [
            _answer(row, data)
            for row in rows
            if (data := told_to_shop(row["type"], row["data"]) if shop_id else row["data"]) is not None
        ]
        return EventsAnswer(items=items, next=rows[-1]["seq"] if rows else after)

    async def _read(self, request: ApiRequest, stream: UUID, after: int, limit: int) -> list[Row]:
        async with request.database.read() as reader:
            return await get_events(reader, stream, after, limit)

    async def _wait(self, request: ApiRequest, stream: UUID, after: int, limit: int, seconds: int) -> list[Row]:
        """Look whenever something is told of the stream, until there is something or the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        watch: Watch
        with request.live.watch(stream) as watch:
            # What happened between the first look and the watch was told to nobody.
            rows = await self._read(request, stream, after, limit)
            while not rows and not request.live.is_closed and (left := deadline - loop.time()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await watch.changed.wait()
                watch.changed.clear()
                rows = await self._read(request, stream, after, limit)
        return rows


def _answer(row: Row, data: dict[str, Any]) -> EventAnswer:
    return EventAnswer(
        seq=row["seq"],
        id=row["id"],
        type=row["type"],
        subject_id=row["subject_id"],
        actor=row["actor_kind"],
        at=row["at"],
        data=data,
    )


ROUTES: Final = (EventsApi,)
"""What the program serves of this module."""
