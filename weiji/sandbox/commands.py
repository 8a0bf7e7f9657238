"""The command `weiji sandbox`."""

import asyncio
import signal
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import msgspec
import uvloop


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8900, show_default=True, help="0: any that is free.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the account to this file, too.")
@click.option(
    "--prepare", is_flag=True, help="Make what every sandbox begins with, so that the first starts fast, too."
)
@click.option(
    "--scenario", help="Tell this scenario (a file, or the name of a shipped one), print what came of it, and stop."
)
def sandbox(port: int, output: Path | None, prepare: bool, scenario: str | None) -> None:
    """Serve a payment platform to test against: simulated payers, a clock to turn, faults on demand.

    It prints one line of JSON once it is ready: its address, and the account of its first merchant. Everything is in a
    temporary folder that is gone when it stops.
    """
    sys.exit(uvloop.run(_prepare() if prepare else _serve(port, output, scenario)))


async def _prepare() -> int:
    from weiji.sandbox.prepared import cache_folder, prepare

    click.echo(await prepare(cache_folder()))
    return 0


async def _serve(port: int, output: Path | None, named: str | None) -> int:
    from weiji.app import make_app, must_be_free, serve
    from weiji.program import open_program
    from weiji.sandbox.control import Desk, with_control
    from weiji.sandbox.faults import Faults, FaultyFetcher, with_faults
    from weiji.sandbox.prepared import cache_folder, copy, prepare
    from weiji.sandbox.scenarios import Scenarios, ScenarioWrong, read_scenario, tell
    from weiji.settings import Settings

    try:
        scenario = read_scenario(named) if named else None
    except ScenarioWrong as wrong:
        raise click.ClickException(str(wrong)) from wrong
    code = 0
    ready = await prepare(cache_folder())
    with TemporaryDirectory(prefix="weiji-sandbox-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = await asyncio.to_thread(copy, ready, folder)
        settings = Settings(data=folder, mode="sandbox", port=port or _free_port(), notify_inside=True, metrics=False)
        must_be_free(settings)
        faults = Faults()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with open_program(settings) as program:
            program.sender.fetcher = FaultyFetcher(faults)
            await program.deliverer.install()
            await program.listen()
            desk = Desk(program, account, faults)
            app = with_faults(with_control(make_app(program, rate_limit=None), desk, Scenarios), faults)
            serving = asyncio.create_task(serve(program, app))
            working = [asyncio.create_task(desk.run()), asyncio.create_task(program.sender.run())]
            origin = f"http://{settings.host}:{settings.port}"
            line = msgspec.json.encode({"origin": origin, **msgspec.to_builtins(account)})
            await _listening(settings.host, settings.port)
            if output:
                await asyncio.to_thread(output.write_bytes, line)
            click.echo(line)
            waiting = asyncio.create_task(stop.wait())
            tasks: list[asyncio.Task[Any]] = [serving, waiting, *working]
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


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
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
