"""Proves that what only the operator's own machines may ask is nothing to anybody else."""

import httpx
import pytest
from litestar import Litestar

from weiji.app import show_metrics
from weiji.web import Edge


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.2.3.4", {}, 200),
        ("fd00::7", {}, 200),
        ("8.8.8.8", {}, 404),
        ("2606:4700::1111", {}, 404),
        ("127.0.0.1", {"x-forwarded-for": "10.2.3.4"}, 404),
    ],
)
async def test_figures_are_told_inside_only(address: str, headers: dict[str, str], status: int) -> None:
    transport = httpx.ASGITransport(app=Edge(Litestar([show_metrics])), client=(address, 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("weiji_request_seconds" in answer.text) is (status == 200)
