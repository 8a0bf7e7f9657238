"""The command `weiji sandbox`."""

import asyncio
import signal
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import click
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


async def _serve(port: int, output: Path | None, named: str | None) -> int:
    from weiji.sandbox.folders import cache_folder, copy, is_ready, ready_folder

    ready = ready_folder(cache_folder())
    if not is_ready(ready):
        await _prepare_quietly(cache_folder())
    with TemporaryDirectory(prefix="weiji-sandbox-", ignore_cleanup_errors=True) as name:
        copying = asyncio.create_task(copy(ready, Path(name)))
        # The program is imported while its folder is copied and its database starts: each takes about as long.
        serving = await asyncio.to_thread(import_module, "weiji.sandbox.serving")
        account, database = await copying
        try:
            code: int = await serving.serve_sandbox(Path(name), account, port, output, named)
        finally:
            await asyncio.to_thread(database.stop)
    return code


async def _prepare() -> int:
    from weiji.sandbox.folders import cache_folder

    click.echo(await _prepare_quietly(cache_folder()))
    return 0


async def _prepare_quietly(cache: Path) -> Path:
    from weiji.sandbox.prepared import prepare

    loop = asyncio.get_running_loop()
    preparing = asyncio.create_task(prepare(cache))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, preparing.cancel)
    try:
        return await preparing
    except BaseException:
        if preparing.cancelling():
            raise click.Abort from None
        raise
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
