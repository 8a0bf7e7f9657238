"""What the bar of the demo does: be somebody, turn the clock, fill the street. Only in mode `demo`."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Response, ServerSentEvent

from weiji.demo.goods import STORES
from weiji.demo.people import BESIDE, BY_HANDLE, LOGIN_PASSWORD, PAYMENT_PASSWORD, RESIDENTS, Resident
from weiji.demo.pulse import Pulse
from weiji.demo.street import Street
from weiji.demo.town import OWNERS, shop_id
from weiji.identity import make_session_cookies, origin_of, read_session_cookie
from weiji.identity.sign_in import start_session
from weiji.kit import clock, installation
from weiji.kit.jobs import LIMIT, get_jobs
from weiji.program import Program
from weiji.web import gettext as _
from weiji.web import locales, make_cookie, redirect
from weiji.web.forms import read_form
from weiji.web.page import LOCALE_COOKIE, YEAR_SECONDS, safe_path
from weiji.web.rendering import render
from weiji.web.requests import WebRequest
from weiji.web.visit import visit_of

STEPS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "days": timedelta(days=10)}
"""How far the bar's buttons turn the clock."""

OFTEN: Final = timedelta(seconds=5)
"""Jobs that run at least so often look for what came due; the others keep house."""

QUIET_WITHIN: Final = 5.0
"""Seconds that a turn of the clock waits for what it made due."""


class Town:
    """What a process keeps of the demo in memory."""

    def __init__(self, program: Program) -> None:
        self.street = Street(program)
        self.pulse = Pulse(program)


_towns: WeakKeyDictionary[Program, Town] = WeakKeyDictionary()


def town_of(program: Program) -> Town:
    """Give the one town of a program."""
    if program not in _towns:
        _towns[program] = Town(program)
    return _towns[program]


def bar_context(program: Program) -> Any:
    """Make what the bar needs on each page: all of it from memory."""
    town = town_of(program)

    def make(request: WebRequest) -> dict[str, Any]:
        query = request.scope["query_string"].decode("latin-1")
        return {
            "demo": {
                "residents": RESIDENTS,
                "beside": BESIDE,
                "login_password": LOGIN_PASSWORD,
                "payment_password": PAYMENT_PASSWORD,
                "figures": town.pulse.figures,
                "is_busy": town.street.is_busy,
                "next": request.scope["path"] + (f"?{query}" if query else ""),
            }
        }

    return make


class DemoPages(Controller):
    """What the bar does."""

    path = "/demo"
    include_in_schema = False

    @post("/session", status_code=303)
    async def become(self, request: WebRequest, program: NamedDependency[Program]) -> Response[str]:
        """Sign in as one of the six, or as one of those beside them."""
        form = await read_form(request)
        resident = BY_HANDLE.get(form.text("person"))
        if resident is None:
            raise NotFoundException
        toast = _("你现在是%(name)s。", name=resident.name)
        response = redirect(request, _home_of(resident, safe_path(form.text("next"))), toast=toast)
        await _sign_in(request, program, resident, response)
        visit = visit_of(request.scope)
        own = locales.negotiate(visit.accept_language)
        if own not in (None, locales.DEFAULT) and not visit.asked_locale:
            # Most residents read Chinese: who looks at the town in another language goes on in it.
            response.cookies.append(make_cookie(request.scope, LOCALE_COOKIE, own, max_age_seconds=YEAR_SECONDS))
        return response

    @post("/clock", status_code=303)
    async def turn(self, request: WebRequest, program: NamedDependency[Program]) -> Response[str]:
        """Turn the clock, and wait until what came due has happened."""
        form = await read_form(request)
        by = STEPS.get(form.text("by"))
        if by is None:
            raise NotFoundException
        async with program.database.transaction() as tx:
            await installation.turn_clock(tx, by)
        await _wait_until_quiet(program, clock.now())
        words = {"hour": _("快进了 1 小时。"), "day": _("快进了 1 天。"), "days": _("快进了 10 天。")}
        toast = words[form.text("by")] + _("到期的事都办完了。")
        response = redirect(request, safe_path(form.text("next")), toast=toast, tone="info")
        resident = BY_HANDLE.get(request.caller.handle)
        if resident is not None and resident.id == request.caller.person_id:
            # The turn may have ended the session: nobody has to notice.
            await _sign_in(request, program, resident, response)
        return response

    @post("/street", status_code=303)
    async def fill_street(self, request: WebRequest, program: NamedDependency[Program]) -> Response[str]:
        """Let people come, or let nobody new come."""
        form = await read_form(request)
        street = town_of(program).street
        if form.text("then") == "stop":
            street.stop()
            toast = _("街上安静下来了。")
        else:
            street.start()
            toast = _("街上热闹起来了：三分钟里，每秒大约五笔交易。")
        return redirect(request, safe_path(form.text("next")), toast=toast, tone="info")

    @get("/figures", opt={"rate": None, "without_caller": True})
    async def stream_figures(self, program: NamedDependency[Program]) -> ServerSentEvent:
        """Send the live figures, as the bar shows them."""
        town = town_of(program)
        locale = locales.current()

        async def send() -> AsyncIterator[str]:
            async for figures in town.pulse.look():
                text = render(
                    locale, "demo/figures.html", figures=figures, is_busy=town.street.is_busy, now=clock.now()
                )
                yield text.replace("\n", "")

        return ServerSentEvent(send())


async def _sign_in(request: WebRequest, program: Program, resident: Resident, response: Response[str]) -> None:
    started = await start_session(
        program.database, resident.id, origin_of(request.scope), read_session_cookie(request.scope)
    )
    assert started.cookie is not None
    response.cookies.extend(make_session_cookies(request.scope, started.cookie))


def _home_of(resident: Resident, asked: str) -> str:
    """Say where somebody begins: buyers where they are, if that is a buyer's page; staff, who take turns, likewise."""
    if resident.part == "operator":
        return asked if asked.startswith("/operator") else "/operator"
    if resident.part == "merchant":
        own = (id for id, owner in OWNERS.items() if owner.person_id == resident.id)
        return f"/merchant/{next(own, shop_id(STORES[0]))}"
    return "/" if asked.startswith(("/merchant", "/operator", "/sign-in")) else asked


async def _wait_until_quiet(program: Program, turned_at: datetime) -> None:
    """Wait until the jobs that run all the time have run since the turn, and what they told was heard; not for ever."""
    deadline = asyncio.get_running_loop().time() + QUIET_WITHIN
    program.runner.wake()
    while asyncio.get_running_loop().time() < deadline:
        async with program.database.read() as reader:
            jobs = await get_jobs(reader)
        often = [job for job in jobs if job["every"] <= OFTEN]
        if all(job["ended_at"] and job["ended_at"] >= turned_at and job["items"] < LIMIT for job in often):
            await program.deliverer.deliver()
            return
        await asyncio.sleep(0.05)


ROUTES: Final = (DemoPages,)
