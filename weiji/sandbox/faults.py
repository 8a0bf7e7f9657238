"""What goes wrong on demand: with answers to the program that is tested, and with notices to it."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from weiji.kit.fetching import SECONDS_MAX, Fetcher, FetchError, Sent
from weiji.web import gettext as _
from weiji.wire.errors import WireError
from weiji.wire.gate import Answer, Around, Call, Handle

PROBE: Final = "WECHATPAY/SIGNTEST/"
"""How a signature begins that a client must refuse."""

FAULTS_MAX: Final = 1_000
"""Faults that may be waiting for one merchant."""

REORDER_SECONDS: Final = 3.0
"""How long a notice waits for another to overtake it."""

_PATHS: Final = "/v3/"

AnswerKind = Literal["too_many_requests", "fail_before", "fail_after", "wrong_signature", "slow"]
NoticeKind = Literal["lose", "late", "double", "overtaken", "wrong_signature"]

F = TypeVar("F", "AnswerFault", "NoticeFault")

Count = Annotated[int, Meta(ge=1, le=1_000)]
Seconds = Annotated[float, Meta(ge=0, le=4)]
Mchid = Annotated[str, Meta(min_length=10, max_length=10)]

_TOLD: Final = "weiji-mchid"
"""The header that says which merchant a notice is for."""


class AnswerFault(Struct, forbid_unknown_fields=True, kw_only=True):
    """What happens to the next answers of calls whose path begins so.

    `too_many_requests` and `fail_before` do nothing and say so (429, 500); `fail_after` does what was asked and answers
    500; `wrong_signature` probes whether the client checks; `slow` waits.
    """

    kind: AnswerKind
    count: Count = 1
    path: str = _PATHS
    seconds: Seconds = 2
    mchid: Mchid | None = None
    """Only calls of this merchant."""


class NoticeFault(Struct, forbid_unknown_fields=True, kw_only=True):
    """What happens to the next notices: `lose` and `overtaken` ones come by the schedule and after another."""

    kind: NoticeKind
    count: Count = 1
    url: str = ""
    """Only those whose address begins so."""
    seconds: Seconds = 2
    mchid: Mchid | None = None
    """Only those for this merchant."""


class Faults:
    """What is to go wrong next."""

    def __init__(self) -> None:
        self.answers: deque[AnswerFault] = deque()
        self.notices: deque[NoticeFault] = deque()
        self._passed = asyncio.Event()

    def add(self, answers: Sequence[AnswerFault], notices: Sequence[NoticeFault], mchid: str | None) -> None:
        """Let things go wrong after what is to already; of a merchant, or, None, of whom each says, or all.

        The newest of too many are forgotten.
        """
        self.answers.extend(_of(answers, mchid)[: _room(self.answers, mchid)])
        self.notices.extend(_of(notices, mchid)[: _room(self.notices, mchid)])

    def for_answer(self, path: str, mchid: str | None) -> AnswerFault | None:
        """Take the first fault that is for a call of a merchant."""
        return _take(self.answers, mchid, lambda fault: path.startswith(fault.path))

    def for_notice(self, url: str, mchid: str | None) -> NoticeFault | None:
        """Take the first fault that is for a notice to an address of a merchant."""
        return _take(self.notices, mchid, lambda fault: url.startswith(fault.url))

    def clear(self, mchid: str | None = None) -> None:
        """Let nothing go wrong any more: for a merchant, or for all."""
        self.answers = deque(fault for fault in self.answers if mchid and fault.mchid != mchid)
        self.notices = deque(fault for fault in self.notices if mchid and fault.mchid != mchid)

    async def let_pass(self) -> None:
        """Wait until another notice has gone out, or it took too long."""
        self._passed.clear()
        try:
            async with asyncio.timeout(REORDER_SECONDS):
                await self._passed.wait()
        except TimeoutError:
            return

    def passed(self) -> None:
        """Tell who waits that a notice has gone out."""
        self._passed.set()


def _of(faults: Sequence[F], mchid: str | None) -> list[F]:
    return [msgspec.structs.replace(fault, mchid=mchid or fault.mchid) for fault in faults]


def _room(faults: "deque[F]", mchid: str | None) -> int:
    return max(0, FAULTS_MAX - sum(fault.mchid == mchid for fault in faults))


def _take(faults: "deque[F]", mchid: str | None, fits: Callable[[F], bool]) -> F | None:
    for place, fault in enumerate(faults):
        if fault.mchid in (None, mchid) and fits(fault):
            if fault.count > 1:
                faults[place] = msgspec.structs.replace(fault, count=fault.count - 1)
            else:
                del faults[place]
            return fault
    return None


class FaultyFetcher(Fetcher):
    """Sends notices, and what goes wrong with them does."""

    def __init__(self, faults: Faults, *, may_go_inside: bool = True) -> None:
        super().__init__(may_go_inside=may_go_inside)
        self.faults = faults

    async def send(
        self, url: str, body: bytes, headers: Mapping[str, str], *, bytes_max: int, seconds_max: float = SECONDS_MAX
    ) -> Sent:
        """Send *body* to *url*, or lose it, or send it twice, late, after another, or wrongly signed."""
        told = next((value for name, value in headers.items() if name.lower() == _TOLD), None)
        fault = self.faults.for_notice(url, told)
        match fault.kind if fault else None:
            case "lose":
                raise FetchError("lost_on_purpose")
            case "late":
                assert fault
                await asyncio.sleep(fault.seconds)
            case "overtaken":
                await self.faults.let_pass()
            case "wrong_signature":
                headers = {n: PROBE + v if n.lower() == "wechatpay-signature" else v for n, v in headers.items()}
            case "double":
                await super().send(url, body, headers, bytes_max=bytes_max, seconds_max=seconds_max)
        try:
            return await super().send(url, body, headers, bytes_max=bytes_max, seconds_max=seconds_max)
        finally:
            self.faults.passed()


def _on_purpose() -> str:
    return _("这是测试要的故障。")


def faulty_answers(faults: Faults) -> Around:
    """Make what goes round calls that were proved: so nobody uses up the faults of a merchant that they aren't."""

    async def answer(call: Call, handle: Handle) -> Answer:
        fault = faults.for_answer(call.target.partition("?")[0], call.mchid) if faults.answers else None
        match fault.kind if fault else None:
            case "too_many_requests":
                raise WireError(429, "RATELIMIT_EXCEEDED", _on_purpose())
            case "fail_before":
                raise WireError(500, "SYSTEM_ERROR", _on_purpose())
            case "fail_after":
                with suppress(WireError):  # What was refused was answered, too.
                    await handle(call)
                raise WireError(500, "SYSTEM_ERROR", _on_purpose())
            case "wrong_signature":
                try:
                    return msgspec.structs.replace(await handle(call), signature_mark=PROBE)
                except WireError as error:  # What is refused is signed, too.
                    error.signature_mark = PROBE
                    raise
            case "slow":
                assert fault
                await asyncio.sleep(fault.seconds)
        return await handle(call)

    return answer
