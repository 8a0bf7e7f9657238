"""Keeps the twin: a sandbox with a database, a clock and keys of its own, in a process of its own.

Where `weiji up` runs, it is started here when somebody first asks for it, and from then on with the installation.
Where roles run in many processes, the operator runs it, and it is only asked whether it is there.
"""

import asyncio
import os
import shutil
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import msgspec
import structlog

from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.fetching import authorities
from weiji.settings import Settings
from weiji.twin.model import Admission, ArrivalFault, ArrivalRefused, Ticket, TwinState
from weiji.twin.tickets import public_key_text, write_ticket
from weiji.web.requests import WebRequest

FOLDER: Final = "sandbox"
"""Where the twin has its data, under those of the installation."""

STARTS_WITHIN: Final = 300.0
STOPS_WITHIN: Final = 20.0
LOOK_EVERY: Final = 0.1
LOOKED_FOR: Final = 3.0
"""Seconds that the answer of a twin that somebody else runs is good for."""

ASK_SECONDS_MAX: Final = 10.0
PAUSES: Final = (1.0, 5.0, 30.0, 60.0)
"""Seconds until it is started again after it ended by itself; the last ones from then on."""

CONNECTIONS: Final = 4
PICTURES_MB: Final = 100
"""What the pictures of one shop may take up in the sandbox: enough to try with."""

PASSED_ON: Final = ("LANG", "LC_ALL", "LC_CTYPE", "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "XDG_RUNTIME_DIR")
"""All that the twin learns from this process's environment: not where the database is, nor any key."""

log = structlog.get_logger("weiji.twin")


class TwinAway(Exception):
    """The twin does not answer."""


class Twin:
    """The sandbox beside this installation, as a process of it sees it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.data.resolve() / FOLDER
        self.reason = ""
        """What it said last, where it failed."""
        self._state = TwinState.ASLEEP
        self._is_run_here = False
        self._wanted = asyncio.Event()
        self._emptying = asyncio.Lock()
        self._process: Process | None = None
        self._looked_at = -LOOKED_FOR

    @property
    def is_run_here(self) -> bool:
        """Whether this process runs it."""
        return self._is_run_here

    @property
    def known_state(self) -> TwinState:
        """How it stood when this process last knew: without asking."""
        return self._state

    @property
    def address(self) -> str:
        """Where this installation reaches it."""
        settings = self.settings
        if not settings.sandbox_port and settings.sandbox_url:
            return settings.sandbox_url.rstrip("/")
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
        return f"http://{host}:{settings.sandbox_port}"

    def address_for(self, request: WebRequest) -> str:
        """Tell where whoever asks reaches it: without a name of its own, at another port of the host they came to."""
        settings = self.settings
        if settings.sandbox_url:
            return settings.sandbox_url.rstrip("/")
        host = request.base_url.hostname or settings.host
        return f"{request.base_url.scheme}://{f'[{host}]' if ':' in host else host}:{settings.sandbox_port}"

    async def state(self) -> TwinState:
        """Say how it stands. One that is run elsewhere is asked, but not all the time."""
        if not self.settings.has_twin:
            return TwinState.OFF
        if not self._is_run_here and time.monotonic() - self._looked_at > LOOKED_FOR:
            self._looked_at = time.monotonic()
            self._state = TwinState.UP if await self._answers() else TwinState.FAILED
        return self._state

    def want(self) -> bool:
        """Ask for it: if it sleeps or failed, it is started now. Tell whether that was so."""
        is_started = self._is_run_here and self._state in (TwinState.ASLEEP, TwinState.FAILED)
        if is_started:
            self._state = TwinState.STARTING
            self._wanted.set()
        return is_started

    async def admit(self, ticket: Ticket) -> Admission:
        """Bring a program's ticket over, and take its key. Raises TwinAway, and ArrivalRefused as the twin says."""
        try:
            async with httpx.AsyncClient(verify=authorities(), trust_env=False, timeout=ASK_SECONDS_MAX) as client:
                answer = await client.post(f"{self.address}/arrival", json={"ticket": write_ticket(ticket)})
            if answer.status_code == httpx.codes.FORBIDDEN:
                raise ArrivalRefused(ArrivalFault(answer.json()["fault"]))
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=Admission)
        except (httpx.HTTPError, msgspec.MsgspecError, ValueError, KeyError) as error:
            raise TwinAway(str(error) or type(error).__name__) from error

    async def run(self) -> None:
        """Run the twin from when it is wanted, until cancelled; one that somebody opened before is wanted at once."""
        if not (self.settings.has_twin and self.settings.sandbox_port):
            return
        self._is_run_here = True
        if self.folder.exists():
            self.want()
        failures = 0
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            was_up = await self._run_once()
            if self._emptying.locked():
                async with self._emptying:  # Until the folder is gone.
                    self._state = TwinState.ASLEEP
                failures = 0
                continue
            self._state = TwinState.FAILED
            log.warning("the sandbox stopped", reason=self.reason)
            failures = 0 if was_up else failures + 1
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSES[min(failures, len(PAUSES) - 1)]):
                    await self._wanted.wait()
            if self._state is not TwinState.ASLEEP:  # Else it was emptied meanwhile.
                self._state = TwinState.STARTING
                self._wanted.set()

    async def empty(self) -> bool:
        """Stop it, and remove all that is in it. The next who asks finds a new one. Tell whether it is run here."""
        if not self._is_run_here:
            return False
        async with self._emptying:
            if self._process:
                await self._stop(self._process)
            await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)
        self._state = TwinState.ASLEEP
        return True

    async def _run_once(self) -> bool:
        """Start it, and wait until it ends. Tell whether it was ever up."""
        self._state, self.reason = TwinState.STARTING, ""
        self.folder.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "weiji", "up", "--until-closed"),
            env=environment(self.settings, self.folder),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
        )
        self._process = process
        telling = asyncio.create_task(self._tell(process))
        ending = asyncio.create_task(process.wait())
        try:
            is_up = await self._await_answer(ending)
            if is_up:
                self._state = TwinState.UP
                log.info("the sandbox is up", address=self.settings.sandbox_url or self.address)
            elif not ending.done():
                self.reason = f"it did not answer within {STARTS_WITHIN:g} s"
                return False
            await asyncio.shield(ending)
            return is_up
        finally:
            await self._stop(process)
            self._process = None
            await asyncio.gather(telling, ending)

    async def _await_answer(self, ending: "asyncio.Task[int]") -> bool:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and not ending.done():
            if await self._answers():
                return True
            await asyncio.wait([ending], timeout=LOOK_EVERY)
        return False

    async def _answers(self) -> bool:
        """Tell whether it serves, and is ours: not whatever else has the port."""
        return await self.ask() == public_key_text()

    async def ask(self) -> str | None:
        """Ask whoever is at its address whose twin it is; None: nobody answers."""
        try:
            async with httpx.AsyncClient(verify=authorities(), trust_env=False, timeout=ASK_SECONDS_MAX) as client:
                answer = await client.get(f"{self.address}/arrival/of")
        except httpx.HTTPError:
            return None
        return answer.text if answer.status_code == httpx.codes.OK else ""

    async def _tell(self, process: Process) -> None:
        """Write what it says among what this process says, and keep the last of it."""
        assert process.stderr
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:  # Longer than is held: it is passed over. Nobody reading any more would stop the twin.
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                self.reason = text
                sys.stderr.write(f"sandbox: {text}\n")

    async def _stop(self, process: Process) -> None:
        """Let it end, and its database with it."""
        if process.returncode is not None:
            return
        assert process.stdin
        process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPS_WITHIN):
                await process.wait()
                return
        process.kill()
        await process.wait()
        # Its server has lost its last user, and nobody to tell it so.
        await asyncio.to_thread(lambda: EmbeddedDatabase(self.folder).stop())


def environment(settings: Settings, folder: Path, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Make the environment of the twin: nothing of the live installation's is in it but the key that is public."""
    given = os.environ if given is None else given
    own = {
        "MODE": "sandbox",
        "DATA": str(folder),
        "HOST": settings.host,
        "PORT": str(settings.sandbox_port),
        "URL": settings.sandbox_url,
        "SANDBOX_OF": public_key_text(),
        "CONNECTIONS": str(CONNECTIONS),
        "PICTURES_MB": str(PICTURES_MB),
        "NOTIFY_INSIDE": str(settings.notify_inside).lower(),
        "SIGN_UP": "closed",
        "METRICS": "false",
        "LOG": settings.log,
    }
    passed_on = {name: given[name] for name in PASSED_ON if name in given}
    return passed_on | {f"WEIJI_{name}": value for name, value in own.items() if value is not None}
