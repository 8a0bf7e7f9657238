"""A sandbox that runs, as tests call it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
from wechatpayv3.async_ import AsyncWeChatPay
from wechatpayv3.async_.type import WeChatPayType


class Sandbox:
    """A sandbox that runs, the account of its merchant, and the other side of the test."""

    def __init__(self, account: dict[str, Any], control: httpx.AsyncClient, began_at: datetime | None = None) -> None:
        self.account = account
        self.control = control
        self.began_at = began_at
        """What its clock showed first."""

    @asynccontextmanager
    async def client(
        self, notify_url: str, *, is_by_certificate: bool = False, **others: Any
    ) -> AsyncIterator[AsyncWeChatPay]:
        """Make the published client, as its own documentation says."""
        account = self.account
        keys = {} if is_by_certificate else {name: account[name] for name in ("public_key", "public_key_id")}
        client = AsyncWeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=account["mchid"],
            private_key=account["private_key"],
            cert_serial_no=account["serial_no"],
            apiv3_key=account["api_v3_key"],
            appid=account["appid"],
            notify_url=notify_url,
            **keys,
            **others,
        )
        client._core._gate_way = account["origin"]
        async with client:
            yield client

    async def do(self, path: str, **body: object) -> Any:
        """Have something happen."""
        answer = await self.control.post(f"/sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refuse(self, path: str, status: int, **body: object) -> str:
        """Have something refused, and give the reason."""
        answer = await self.control.post(f"/sandbox/{path}", json=body)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        reason: str = answer.json()["title"]
        return reason

    async def tell(self, *steps: dict[str, object]) -> list[dict[str, Any]]:
        """Have a story told, and give what came of its steps; each says whether it passed."""
        told: list[dict[str, Any]] = (await self.do("scenarios", name="x", steps=list(steps)))["steps"]
        return told
