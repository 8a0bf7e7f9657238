"""One caller can't crowd out the others, and a guess costs time."""

import httpx
from structlog.testing import capture_logs

from tests.web.program import make


def client_from(address: str, limit: str | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=make(limit=limit), raise_app_exceptions=False, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://shop.example")


async def test_a_strict_route_answers_429_and_says_when_to_come_back() -> None:
    async with client_from("192.0.2.1") as client:
        statuses = [(await client.post("/guess")).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        answer = await client.post("/guess")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert (await client.get("/-/gallery")).status_code == 200


async def test_who_asks_too_often_is_noted_and_does_not_fill_the_log() -> None:
    async with client_from("192.0.2.9", limit="2/minute") as client:
        with capture_logs() as lines:
            statuses = [(await client.get("/-/gallery")).status_code for _ in range(9)]
    assert statuses.count(429) == 7
    assert [(line["event"], line["reason"], line["path"]) for line in lines] == [
        ("request_refused", "too_many", "/-/gallery")
    ]


async def test_each_caller_has_a_count_of_their_own() -> None:
    async with client_from("192.0.2.2", limit="2/minute") as client:
        for _ in range(2):
            assert (await client.get("/-/gallery")).status_code == 200
        assert (await client.get("/-/gallery")).status_code == 429
        assert (await client.get("/-/gallery", headers={"x-caller": "person"})).status_code == 200


async def test_what_belongs_to_a_page_is_not_counted() -> None:
    async with client_from("192.0.2.3", limit="1/minute") as client:
        assert [(await client.get("/favicon.ico")).status_code for _ in range(3)] == [302, 302, 302]


async def test_a_household_has_one_count_for_all_its_addresses() -> None:
    app = make()
    statuses = []
    for host in range(4):
        transport = httpx.ASGITransport(app=app, client=(f"2001:db8:1:2::{host}", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            statuses.append((await client.post("/guess")).status_code)
    assert statuses == [200, 200, 200, 429]
