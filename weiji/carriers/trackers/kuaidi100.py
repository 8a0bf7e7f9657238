"""kuaidi100 (快递100): asks many carriers of China and abroad; its queries and its messages are signed.

Options: `customer` and `key` of the account; `salt`, any text, if messages are to be taken (then the setting `url` must
be there, too); `address`, where its interface is (a test stands in for it). Its documentation: api.kuaidi100.com, "实时
快递查询" and "快递信息推送".
"""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
import msgspec
import structlog
from msgspec import Struct

from weiji.carriers.known import BY_CODE, find_carrier
from weiji.carriers.model import ParcelState, Report, Shipment, TrackingEvent
from weiji.carriers.trackers import CallbackRefused, Told
from weiji.kit.clock import SHANGHAI
from weiji.kit.fetching import authorities

ADDRESS: Final = "https://poll.kuaidi100.com"
SECONDS_MAX: Final = 15.0
AT_ONCE: Final = 8
"""Questions under way at a time."""
BODY_BYTES_MAX: Final = 1_000_000

_S = ParcelState

STATES: Final = {
    "0": _S.IN_TRANSIT,
    "1": _S.COLLECTED,
    "2": _S.PROBLEM,
    "3": _S.DELIVERED,
    "4": _S.RETURNED,
    "5": _S.DELIVERING,
    "6": _S.RETURNING,
    "7": _S.IN_TRANSIT,
    "8": _S.IN_TRANSIT,
    "14": _S.RETURNING,
}
"""Its states; of the finer ones (`301`, `1002`) the beginning says the same."""

ALREADY_SUBSCRIBED: Final = "501"

log = structlog.get_logger("weiji.carriers")


class _Line(Struct):
    context: str
    time: str = ""
    ftime: str = ""
    areaName: str | None = None  # noqa: N815 - The name is theirs.
    location: str | None = None
    statusCode: str | None = None  # noqa: N815


class _Result(Struct):
    nu: str = ""
    com: str = ""
    state: str = ""
    status: str = ""
    message: str = ""
    returnCode: str = ""  # noqa: N815
    data: list[_Line] = []


class _Push(Struct):
    lastResult: _Result  # noqa: N815
    status: str = ""


def sign(*parts: str) -> str:
    """Sign as they want it: the MD5 of everything in a row, in capitals."""
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


class Kuaidi100:
    """Asks kuaidi100, and hears it."""

    name = "kuaidi100"
    batch_max = 50

    def __init__(self, options: Mapping[str, str], url: str | None) -> None:
        self.customer = options["customer"]
        self.key = options["key"]
        self.salt = options.get("salt", "")
        self.address = options.get("address", ADDRESS).rstrip("/")
        if self.salt and not url:
            raise ValueError("messages are taken only where the setting url says under which address")
        self.callback = f"{url}/trackers/{self.name}/callback" if self.salt and url else ""
        self.pushes = bool(self.callback)

    async def query(self, shipments: Sequence[Shipment]) -> list[Report | None]:
        """Ask for each parcel, a few at a time: they have no question about many."""

        def form(shipment: Shipment) -> dict[str, str]:
            asked = {**_named(shipment), "resultv2": "1", "show": "0", "order": "desc"}
            param = msgspec.json.encode(asked).decode()
            return {"customer": self.customer, "sign": sign(param, self.key, self.customer), "param": param}

        answers = await self._ask("/poll/query.do", [form(shipment) for shipment in shipments])
        return [_read_answer(answer) for answer in answers]

    async def subscribe(self, shipments: Sequence[Shipment]) -> list[bool]:
        """Ask to be told. Asking again is answered by what is known already, which is fine."""

        def form(shipment: Shipment) -> dict[str, str]:
            asked = _named(shipment)
            parameters = {"callbackurl": self.callback, "salt": self.salt, "resultv2": "1", "phone": asked["phone"]}
            param = {"company": asked["com"], "number": asked["num"], "key": self.key, "parameters": parameters}
            return {"schema": "json", "param": msgspec.json.encode(param).decode()}

        answers = await self._ask("/poll", [form(shipment) for shipment in shipments])
        return [
            isinstance(answer, dict)
            and (answer.get("result") is True or str(answer.get("returnCode")) == ALREADY_SUBSCRIBED)
            for answer in answers
        ]

    async def _ask(self, path: str, forms: Sequence[dict[str, str]]) -> list[Any]:
        turns = asyncio.Semaphore(AT_ONCE)

        async def ask(form: dict[str, str]) -> Any:
            async with turns:
                try:
                    answer = await client.post(self.address + path, data=form)
                    answer.raise_for_status()
                    return msgspec.json.decode(answer.content)
                except (httpx.HTTPError, msgspec.DecodeError) as error:
                    log.warning("tracker does not answer", tracker=self.name, error=type(error).__name__)
                    return None

        async with httpx.AsyncClient(
            verify=authorities(), timeout=SECONDS_MAX, trust_env=False, follow_redirects=False
        ) as client:
            return await asyncio.gather(*map(ask, forms))

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Told]:  # noqa: ARG002
        """Verify and read a message: `sign` is the MD5 of `param` and the salt."""
        if not self.salt or len(body) > BODY_BYTES_MAX:
            raise CallbackRefused
        try:
            fields = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}
            param, given = fields["param"], fields["sign"]
        except (KeyError, ValueError) as error:
            raise CallbackRefused from error
        if not hmac.compare_digest(sign(param, self.salt).encode(), given.upper().encode()):
            raise CallbackRefused
        try:
            result = msgspec.json.decode(param, type=_Push, strict=False).lastResult
        except msgspec.DecodeError as error:
            raise CallbackRefused from error
        report = _report(result)
        carrier = find_carrier(result.com)
        return [Told(result.nu, carrier.code if carrier else "", report)] if report and result.nu else []

    def answer_callback(self, *, is_taken: bool) -> tuple[str, bytes]:
        """Say that a message was taken, or that it is to come again."""
        code, words = ("200", "成功") if is_taken else ("500", "失败")
        return "application/json", msgspec.json.encode({"result": is_taken, "returnCode": code, "message": words})


def open_kuaidi100(options: Mapping[str, str], url: str | None) -> Kuaidi100:
    """Make the tracker: the entry point."""
    return Kuaidi100(options, url)


def _named(shipment: Shipment) -> dict[str, str]:
    return {
        "com": BY_CODE[shipment.carrier].kuaidi100,
        "num": shipment.tracking_number,
        "phone": shipment.phone_end,
        "to": shipment.region,
    }


def _read_answer(answer: Any) -> Report | None:
    if answer is None:
        return None
    try:
        result = msgspec.convert(answer, _Result, strict=False)
    except msgspec.ValidationError:
        return None
    if result.returnCode == "500":
        return Report(state=_S.ANNOUNCED)  # "查无结果": the carrier knows nothing of it yet.
    return _report(result) if result.status == "200" else None


def _report(result: _Result) -> Report | None:
    state = _state(result.state)
    events = [event for line in result.data if (event := _event(line))]
    if state is None:
        return None
    return Report(state=state, events=tuple(events))


def _state(code: str) -> ParcelState | None:
    if code in STATES:
        return STATES[code]
    # The finer states begin with the coarse one: 301 is 3, 1002 is 0 (its own first digit is 10, "on its way").
    return STATES["0"] if code.startswith("10") and len(code) == 4 else STATES.get(code[:1]) if len(code) == 3 else None


def _event(line: _Line) -> TrackingEvent | None:
    try:
        at = datetime.strptime(line.ftime or line.time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
    place = line.areaName or line.location or ""
    return TrackingEvent(at=at, text=line.context, state=_state(line.statusCode or ""), place=place)
