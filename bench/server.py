"""A database of a bench's own: PostgreSQL from the wheel, durable as in production, and pgbench beside it."""

import asyncio
import gc
import logging
import os
import re
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import structlog

from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.installation import install
from weiji.kit.migrate import migrate

PGBENCH_DATABASE: Final = "pgbench"
PGBENCH_SCALE: Final = 10
PGBENCH_CLIENTS: Final = 8

TICKS: Final = os.sysconf("SC_CLK_TCK")


@contextmanager
def fresh_server(*, is_durable: bool = True) -> Iterator[EmbeddedDatabase]:
    """Start an empty server in a folder of its own; stop and remove it afterwards.

    One that is not durable is for proofs that have nothing to do with durability.
    """
    folder = Path(tempfile.mkdtemp(prefix="weiji-bench-"))
    folder.chmod(0o755)  # The server may run as another user than root.
    try:
        server = EmbeddedDatabase(folder)
        try:
            if not is_durable:
                server.server.psql("alter system set fsync = off")
                server.server.psql("select pg_reload_conf()")
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def prepare(server: EmbeddedDatabase) -> None:
    """Migrate and install weiji's database, and fill pgbench's."""
    await migrate(server.url)
    await install(server.url, mode="sandbox")
    server.server.psql(f"create database {PGBENCH_DATABASE}")
    await _pgbench(server, "-i", "-s", str(PGBENCH_SCALE), "-q")
    await analyze(server)


async def analyze(server: EmbeddedDatabase) -> None:
    """Let the planner know the tables, as autovacuum does a minute after install."""
    process = await asyncio.create_subprocess_exec(
        server.binaries / "psql", server.url, "-qc", "vacuum analyze", "-c", "checkpoint"
    )
    await process.wait()


async def pgbench(server: EmbeddedDatabase, seconds: float) -> float:
    """Run pgbench as it comes (TPC-B, simple protocol); return its transactions per second."""
    output = await _pgbench(server, "-c", str(PGBENCH_CLIENTS), "-j", "2", "-T", str(max(1, round(seconds))))
    found = re.search(r"tps = ([\d.]+)", output)
    assert found, output
    return float(found[1])


async def _pgbench(server: EmbeddedDatabase, *arguments: str) -> str:
    url = str(server.server.get_uri(PGBENCH_DATABASE))
    process = await asyncio.create_subprocess_exec(
        server.binaries / "pgbench",
        *arguments,
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


def kill(server: EmbeddedDatabase) -> None:
    """Kill every process of the server at once (SIGKILL), and wait until they are dead: nothing is flushed."""
    pid = server.server.get_pid()
    assert pid
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    for each in pids:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    while not all(map(_is_dead, pids)):
        time.sleep(0.005)


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def restart(server: EmbeddedDatabase) -> None:
    """Start a server that was killed; it recovers from its log.

    Where nobody reaps the dead processes, PostgreSQL takes them for living ones: their lock files go first.
    """
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (server.server.pgdata / name).unlink(missing_ok=True)
    server.server.ensure_postgres_running()


def log_only_errors() -> None:
    """Keep the log out of the figures. That connections are lost is what some drills are about."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        # A drill at length kills thousands of times: what the dying say is to be a few lines each.
        processors=[structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)],
    )
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)


def settle_memory() -> None:
    """Keep the collector away from what lives for ever, as the server does when it starts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def cpu_seconds(server: EmbeddedDatabase) -> float:
    """Tell the CPU time of all processes of the server, of those that ended, too: a pool renews its connections."""
    pid = server.server.get_pid()
    assert pid
    seconds = sum(_times(pid)[:4])
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):
            seconds += sum(_times(int(child))[:2])
    return seconds


def _times(pid: int) -> list[float]:
    """The process' own time in user and system mode, and that of its reaped children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(ticks) / TICKS for ticks in fields[11:15]]
