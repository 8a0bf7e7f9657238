"""A stand-in for kuaidi100, as its documentation has it: it checks signatures, and knows the parcels it is told of."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx

from weiji.kit.clock import SHANGHAI

CUSTOMER, KEY, SALT = "CUSTOMER1", "key-of-the-account", "salt-of-ours"

WAY = (
    (48, {"context": "快件已揽收", "statusCode": "1"}),
    (12, {"context": "到达【杭州转运中心】", "statusCode": "1002", "areaName": "浙江,杭州市"}),
    (0, {"context": "已签收", "statusCode": "301"}),
)
"""How many hours before the last, and what it says; the oldest first."""


def md5(text: str) -> str:
    """The MD5 in capitals."""
    return hashlib.md5(text.encode()).hexdigest().upper()  # noqa: S324


class Kuaidi:
    """What it knows, and what it was asked."""

    def __init__(self) -> None:
        self.parcels: dict[str, str] = {}
        """States, by number."""
        self.subscribed: dict[str, dict[str, Any]] = {}
        self.is_down = False
        self.at = datetime(2026, 11, 22, 8, 30, tzinfo=SHANGHAI)
        """When the last thing happened to every parcel."""
        self.asked: list[dict[str, Any]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as the real one does: always 200, with the error inside."""
        if self.is_down:
            return httpx.Response(503)
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        param = json.loads(form["param"])
        if request.url.path == "/poll/query.do":
            if form["customer"] != CUSTOMER or form["sign"] != md5(form["param"] + KEY + CUSTOMER):
                return self._say({"result": False, "returnCode": "503", "message": "验证签名失败"})
            self.asked.append(param)
            state = self.parcels.get(param["num"])
            if state is None:
                words = "查询无结果，请隔段时间再查"
                return self._say({"result": False, "returnCode": "500", "message": words})
            return self._say(self.result(param["num"], param["com"], state))
        if request.url.path == "/poll":
            if param["key"] != KEY:
                return self._say({"result": False, "returnCode": "600", "message": "您不是合法的订阅者"})
            if param["number"] in self.subscribed:
                return self._say({"result": False, "returnCode": "501", "message": "重复订阅"})
            self.subscribed[param["number"]] = param
            return self._say({"result": True, "returnCode": "200", "message": "提交成功"})
        return httpx.Response(404)

    def result(self, number: str, company: str, state: str) -> dict[str, Any]:
        """What it says of a parcel."""
        return {
            "message": "ok", "nu": number, "ischeck": "1" if state == "3" else "0", "com": company, "status": "200",
            "state": state, "condition": "00", "data": [self._line(*line) for line in reversed(WAY)],
        }  # fmt: skip

    def _line(self, hours: int, said: dict[str, str]) -> dict[str, str]:
        time = f"{(self.at - timedelta(hours=hours)).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
        return {"time": time, "ftime": time, **said}

    def push(self, number: str, state: str) -> bytes:
        """Write the message that it sends when something is new, signed with the salt of the subscription."""
        subscription = self.subscribed[number]
        last = self.result(number, subscription["company"], state)
        param = json.dumps({"status": "polling", "message": "", "lastResult": last}, ensure_ascii=False)
        return urlencode({"sign": md5(param + subscription["parameters"]["salt"]), "param": param}).encode()

    def _say(self, answer: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=answer)


@asynccontextmanager
async def standing_in(monkeypatch: Any) -> AsyncIterator[Kuaidi]:
    """Let what goes to kuaidi100 come to a stand-in; nothing goes anywhere else."""
    kuaidi = Kuaidi()
    real = httpx.AsyncClient

    def client(**options: Any) -> httpx.AsyncClient:
        options.setdefault("transport", httpx.MockTransport(kuaidi.answer))
        return real(**options)

    monkeypatch.setattr("weiji.carriers.trackers.kuaidi100.httpx.AsyncClient", client)
    yield kuaidi
