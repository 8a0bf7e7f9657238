"""Talks to a channel's host over HTTP, so that every way of not getting an answer is one: silence.

The host is one of a channel's own addresses (`GatewayAddress`), redirects are not followed, and no proxy of the
environment is used: what an operator or a payer types never says where a request goes.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import SplitResult, urlsplit

import httpx
import structlog
from msgspec import Struct

from weiji import __version__
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.fetching import authorities
from weiji.payments.channels import SILENT, Answer, Check, CheckFault
from weiji.web import gettext as _

T = TypeVar("T")
A = TypeVar("A")

SECONDS_MAX: Final = 10.0
"""How long an answer may take, and how long a connection."""

ANSWER_BYTES_MAX: Final = 1 << 20
STATEMENT_BYTES_MAX: Final = 64 << 20

TOGETHER: Final = 16
"""Questions of one batch that are asked at the same time."""

PATIENCE: Final = 32
"""Questions without an answer, one after another, after which the others of a batch are not asked now."""

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a host's clock may be from ours before that is why it takes no signature of ours, nor we one of its."""

log = structlog.get_logger("weiji.channels")


class GatewaySilent(Exception):
    """No answer came that can be relied on. The text says what came instead, without secrets."""


class GatewayUnreached(GatewaySilent):
    """Nothing came, or that the host can't answer now: what it was asked is no part of the reason."""


def unanswered(status: int, said: str) -> GatewaySilent:
    """Make of a status that is no answer what it is: the host's own trouble, or what it has against the question."""
    return (GatewayUnreached if status >= 500 or status == 429 else GatewaySilent)(said)


class GatewayAnswer(Struct, frozen=True):
    """What a host answered; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read_address(url: str) -> SplitResult:
    """Read an address that a channel gave. Raises GatewaySilent where it is none."""
    try:
        given = urlsplit(url)
        given.port  # noqa: B018 - It is read when it is asked for.
    except ValueError:
        raise GatewaySilent("it is no address") from None
    return given


def write_form(texts: Mapping[str, str], name: str, picture: bytes) -> tuple[str, bytes]:
    """Write a form with texts and a JPEG: of which kind it is, and what stands in it."""
    line = secrets.token_hex(16)
    end = "\r\n"
    body = b"".join(
        f'--{line}{end}Content-Disposition: form-data; name="{each}"{end}{end}{text}{end}'.encode()
        for each, text in texts.items()
    )
    body += f'--{line}{end}Content-Disposition: form-data; name="{name}"; filename="picture.jpg"{end}'.encode()
    body += f"Content-Type: image/jpeg{end}{end}".encode() + picture + f"{end}--{line}--{end}".encode()
    return f"multipart/form-data; boundary={line}", body


class Gateway:
    """A host of a channel. Connections are kept."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._client: httpx.AsyncClient | None = None
        self._told_at: tuple[datetime, datetime] | None = None

    def is_own(self, given: SplitResult) -> bool:
        """Tell whether an address is at this very host."""
        own = urlsplit(self.url)
        return (given.scheme, given.netloc) == (own.scheme, own.netloc)

    async def send(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        bytes_max: int = ANSWER_BYTES_MAX,
    ) -> GatewayAnswer:
        """Send a request to *target*, a path with its query as it is to be sent. Raises GatewaySilent."""
        return await self.send_to(self.url + target, method, headers=headers, content=content, bytes_max=bytes_max)

    async def send_to(
        self,
        url: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        bytes_max: int = ANSWER_BYTES_MAX,
    ) -> GatewayAnswer:
        """Send a request to an address that the caller has found to be the channel's. Raises GatewaySilent."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=authorities(), trust_env=False, timeout=SECONDS_MAX, follow_redirects=False
            )
        if self._client.is_closed:
            raise GatewaySilent("the channel was opened anew")
        # What comes packed could unpack to anything: it is asked for plain.
        given = {"accept-encoding": "identity", "user-agent": f"weiji/{__version__}", **(headers or {})}
        try:
            async with (
                asyncio.timeout(SECONDS_MAX * 3),
                self._client.stream(method, url, headers=given, content=content) as answer,
            ):
                body = bytearray()
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > bytes_max:
                        raise GatewaySilent("the answer is too large")
                self._told_at = _times(answer.headers.get("date", ""))
                return GatewayAnswer(answer.status_code, answer.headers, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            raise GatewayUnreached(type(error).__name__) from error

    def refused(self, said: GatewaySilent | str, blames: Sequence[tuple[str, tuple[str, ...]]] = ()) -> Check:
        """Tell why the host did not take our credentials just now, if it is they at all.

        *blames* says by its words which of them is wrong: the first that are in what it said.
        """
        text = str(said)
        if isinstance(said, GatewayUnreached):
            return Check(False, text, fault=CheckFault.SILENT)
        if self._told_at is not None and abs(self._told_at[0] - self._told_at[1]) > CLOCK_SKEW:
            theirs, ours = (f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" for at in self._told_at)
            text = _("渠道那边是 %(theirs)s，这里是 %(ours)s。", theirs=theirs, ours=ours)
            return Check(False, text, fault=CheckFault.CLOCK_OFF)
        return Check(False, text, next((settings for words, settings in blames if words in text), ()))

    async def aclose(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            await self._client.aclose()


def _times(date: str) -> tuple[datetime, datetime] | None:
    """Read by a host's clock when it answered, beside ours; None where it did not say, or what no clock does."""
    try:
        theirs = parsedate_to_datetime(date)
        return (theirs.astimezone(SHANGHAI), clock.wall()) if theirs.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


async def ask_each(channel: str, things: Sequence[T], ask: Callable[[T], Awaitable[Answer]]) -> list[Answer]:
    """Ask about each thing by itself, some at a time. Where *ask* raises GatewaySilent, the answer is silent."""
    return await ask_all(channel, things, ask, SILENT)


async def ask_all(channel: str, things: Sequence[T], ask: Callable[[T], Awaitable[A]], silence: A) -> list[A]:
    """Ask likewise where answers are of another kind: *silence* is the one where none came."""
    silent = 0
    turns = asyncio.Semaphore(TOGETHER)

    async def one(thing: T) -> A:
        nonlocal silent
        async with turns:
            if silent >= PATIENCE:
                return silence
            try:
                answer = await ask(thing)
            except GatewaySilent as error:
                silent += 1
                log.warning("a channel is silent", channel=channel, reason=str(error))
                return silence
            silent = 0
            return answer

    return list(await asyncio.gather(*map(one, things)))
