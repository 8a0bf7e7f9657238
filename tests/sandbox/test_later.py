"""Proves that the protocol is served at once, and that the rest is made once, for all who ask at the same time."""

import asyncio
import subprocess
import sys
from typing import Any

import httpx

from weiji.sandbox.later import behind


def _saying(text: str) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text.encode()})

    return app


async def test_the_rest_is_made_once_when_somebody_asks_for_it() -> None:
    made = []

    def make() -> Any:
        made.append(True)
        return _saying("rest")

    app: Any = behind(_saying("first"), make)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://weiji.test") as client:
        assert (await client.get("/v3/certificates")).text == "first"
        assert made == []
        answers = await asyncio.gather(*(client.get(path) for path in ("/", "/api/v1/openapi.json", "/pay/x")))
    assert [answer.text for answer in answers] == ["rest"] * 3
    assert made == [True]


def test_what_no_payment_needs_is_not_imported_before_the_protocol_is_served() -> None:
    program = "import sys, weiji.sandbox.serving; print(*{'openpyxl', 'reportlab', 'pypinyin'} & sys.modules.keys())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)  # noqa: S603 - Ours.
    assert said.stdout == "\n"
