"""The gallery: every component on three pages, for those who write pages and for the tests. Only in debug."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

from litestar import Controller, Request, get, post
from litestar.response import Response, ServerSentEvent

from weiji.kit import clock
from weiji.web.page import page, redirect

SKUS: Final = [
    {"id": "1", "values": ["米白", "250 g"], "price": 4900, "stock": 12, "image": None},
    {"id": "2", "values": ["米白", "500 g"], "price": 8900, "stock": 0, "image": None},
    {"id": "3", "values": ["墨绿", "250 g"], "price": 5200, "stock": 3, "image": None},
    {"id": "4", "values": ["墨绿", "500 g"], "price": 9800, "stock": 40, "image": None},
]


class GalleryPages(Controller):
    """Pages without data of anybody's."""

    path = "/-/gallery"
    include_in_schema = False

    @get("/")
    async def show_buyer(self, request: Request[Any, Any, Any]) -> Response[str]:
        """Show what buyers see."""
        now = clock.now()
        return page(request, "web/gallery.html", skus=SKUS, cart_count=3, times=_times(now))

    @get("/console")
    async def show_console(self, request: Request[Any, Any, Any]) -> Response[str]:
        """Show what merchants and the operator see."""
        days = [f"{day.month}-{day.day}" for day in (clock.now() - timedelta(days=29 - n) for n in range(30))]
        sales = [(n * 7919 % 97 + 30 + n * 2) * 4200 for n in range(30)]
        counts = [amount // 9100 for amount in sales]
        paid = [count * 4 // 5 for count in counts]
        return page(
            request,
            "web/gallery_console.html",
            days=days,
            sales=sales,
            counts=counts,
            paid=paid,
            times=_times(clock.now()),
        )

    @get("/form")
    async def show_form(self, request: Request[Any, Any, Any]) -> Response[str]:
        """Show a form, with its faults."""
        return page(request, "web/gallery_form.html", wrong=request.query_params.get("wrong") is not None)

    @post("/sku", status_code=303)
    async def take_choice(self, request: Request[Any, Any, Any]) -> Response[str]:
        """Say what was chosen."""
        form = await request.form()
        chosen = " · ".join(form.get(name, "") for name in ("option_1", "option_2", "quantity"))
        return redirect(request, "/-/gallery", toast=chosen)

    @get("/more")
    async def show_more(self, request: Request[Any, Any, Any]) -> Response[str]:
        """Show the second page of a list, as `ui.more` asks for it."""
        return page(request, "web/gallery.html", skus=SKUS, cart_count=3, times=_times(clock.now()), is_second=True)

    @get("/live")
    async def show_live(self) -> ServerSentEvent:
        """Send a number every second, three times."""

        async def numbers() -> AsyncIterator[str]:
            for number in range(1, 4):
                yield f"<p>{number}</p>"
                await asyncio.sleep(1)

        return ServerSentEvent(numbers())

    @get("/fault")
    async def fail(self) -> None:
        """Fail, as a bug would."""
        raise RuntimeError("The gallery was asked to fail.")


def _times(now: Any) -> dict[str, Any]:
    return {
        "soon": now + timedelta(minutes=4, seconds=10),
        "later": now + timedelta(hours=23, minutes=4),
        "days": now + timedelta(days=6, hours=5),
        "ago": now - timedelta(minutes=3),
        "yesterday": now - timedelta(days=1, hours=2),
        "long_ago": now - timedelta(days=40),
    }
