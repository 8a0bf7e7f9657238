"""Serves a sandbox until it is stopped, or its scenario is told."""

import asyncio
import gc
import os
import signal
import socket
from pathlib import Path
from typing import Any

import click
import msgspec

from weiji.app import must_be_free, serve
from weiji.kit.reaching import CannotStart
from weiji.program import open_program
from weiji.sandbox.control import with_control
from weiji.sandbox.desk import Desk
from weiji.sandbox.faults import Faults, FaultyFetcher, faulty_answers
from weiji.sandbox.folders import Home
from weiji.sandbox.later import make_app_by_and_by
from weiji.sandbox.scenarios import Scenarios, ScenarioWrong, read_scenario, tell
from weiji.settings import Settings
from weiji.web import speaking
from weiji.web.locales import DEFAULT, negotiate
from weiji.wire import wire_of


async def serve_sandbox(home: Home, host: str, port: int, output: Path | None, named: str | None) -> int:
    """Serve a sandbox where it lives, and give the exit code. *named* is the scenario that it is to tell, if any."""
    language = _language()
    try:
        with speaking(language):
            scenario = read_scenario(named) if named else None
    except ScenarioWrong as wrong:
        raise click.ClickException(str(wrong)) from wrong
    code = 0
    settings = Settings(
        data=home.folder,
        database_url=home.database_url,
        mode="sandbox",
        host=host,
        port=port or _free_port(host),
        notify_inside=True,
        metrics=False,
    )
    try:
        must_be_free(settings)
    except CannotStart as taken:
        raise click.ClickException(
            f"{taken.what}. Choose another --port (0 takes any that is free) or --host."
        ) from taken
    faults = Faults()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_program(settings) as program:
        gc.enable()  # From here on there is something to collect.
        program.sender.fetcher = FaultyFetcher(faults)
        await program.deliverer.install()
        await program.listen()
        desk = Desk(program, home.account, faults)
        wire_of(program.database).around = faulty_answers(faults)
        app = with_control(make_app_by_and_by(program), desk, Scenarios)
        serving = asyncio.create_task(serve(program, app))
        working = [asyncio.create_task(desk.run()), asyncio.create_task(program.sender.run())]
        near = _near(settings.host)
        origin = f"http://{f'[{near}]' if ':' in near else near}:{settings.port}"
        line = msgspec.json.encode({"origin": origin, **msgspec.to_builtins(home.account)})
        await _listening(near, settings.port)
        if output:
            await asyncio.to_thread(output.write_bytes, line)
        click.echo(line)
        waiting = asyncio.create_task(stop.wait())
        tasks: list[asyncio.Task[Any]] = [serving, waiting, *working]
        with speaking(language):
            telling = asyncio.create_task(tell(desk, scenario)) if scenario else None
        if telling:
            tasks.append(telling)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = [
            task
            for task in (serving, *working, *([telling] if telling else []))
            if task.done() and not task.cancelled()
        ]
        failed = next((task.exception() for task in ended if task.exception()), None)
        if telling and telling.done() and not failed:
            report = telling.result()
            click.echo(msgspec.json.encode(report))
            code = 0 if report.is_passed else 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failed:
        click.echo(f"the sandbox stopped: {failed}", err=True)
        return 1
    return code


def _language() -> str:
    """Say in which language whoever is at the terminal reads: that of their system, if we have it."""
    said = next((found for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (found := os.environ.get(name))), "")
    return negotiate(said.partition(".")[0].replace("_", "-")) or DEFAULT


def _near(host: str) -> str:
    """Say where this machine reaches what listens on *host*, which may be all of its addresses."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as free:
        try:
            free.bind((host, 0))
        except OSError as error:
            raise click.ClickException(
                f"weiji can't listen on {host}: {error.strerror}. Choose another --host."
            ) from error
        port: int = free.getsockname()[1]
        return port


async def _listening(host: str, port: int) -> None:
    """Wait until somebody answers the door."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return
