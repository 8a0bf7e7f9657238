"""The command `weiji sandbox`."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import structlog
import uvloop


def _in_a_folder(_context: click.Context, _option: click.Parameter, output: Path | None) -> Path | None:
    """Refuse a file that nobody could write, before anything is started."""
    if output and not (output.parent.is_dir() and (output.exists() or os.access(output.parent, os.W_OK))):
        raise click.BadParameter(f"{output} can't be written: {output.parent} is no folder that you may write into.")
    return output


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Listen on this address: 0.0.0.0 lets other machines in, who need no key to say what happens.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8900, show_default=True, help="0: any that is free.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=_in_a_folder,
    help="Write the account to this file, too.",
)
@click.option(
    "--prepare", is_flag=True, help="Make what every sandbox begins with, so that the first starts fast, too."
)
@click.option(
    "--scenario", help="Tell this scenario (a file, or the name of a shipped one), print what came of it, and stop."
)
def sandbox(host: str, port: int, output: Path | None, prepare: bool, scenario: str | None) -> None:
    """Serve a payment platform to test against: simulated payers, a clock to turn, faults on demand.

    It prints one line of JSON once it is ready: its address, and the account of its first merchant. Everything is in a
    temporary folder that is gone when it stops.
    """
    sys.exit(uvloop.run(_stoppable(_prepare() if prepare else _serve(host, port, output, scenario))))


async def _stoppable(work: Coroutine[Any, Any, int]) -> int:
    """Do something that cleans up when it is cancelled, as it is by a signal; until it handles signals itself."""
    working, loop = asyncio.create_task(work), asyncio.get_running_loop()

    def stop() -> None:
        if not working.cancelling():  # A second one changes nothing: cleaning up is soon done.
            working.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        return await working
    except BaseException:
        if working.cancelling():
            raise click.Abort from None
        raise


async def _serve(host: str, port: int, output: Path | None, named: str | None) -> int:
    from weiji.sandbox.folders import living

    # Who tests against it has nothing to do with what it does inside, unless that goes wrong.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    # The program is imported while its database is made, or copied, and starts: each takes about as long.
    gc.disable()  # What is imported stays: to look through it again and again takes an eighth of the time.
    importing = asyncio.create_task(asyncio.to_thread(import_module, "weiji.sandbox.serving"))
    async with living(importing) as home:
        serving = await importing
        code: int = await serving.serve_sandbox(home, host, port, output, named)
    return code


async def _prepare() -> int:
    from weiji.sandbox.folders import cache_folder, is_ready, living, ready_folder

    ready = ready_folder(cache_folder())
    if not is_ready(ready):
        async with living(asyncio.create_task(asyncio.to_thread(import_module, "weiji.sandbox.prepared"))):
            pass
    click.echo(ready)
    return 0 if is_ready(ready) else 1
