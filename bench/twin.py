"""How long the sandbox beside a live installation takes to start, and what it takes up, as `weiji up` runs it."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.server import free_port
from weiji.kit.seal import KEYS
from weiji.settings import Settings
from weiji.twin.beside import environment

STARTS = 3
LOOK_EVERY = 0.02


async def _start(data: Path, port: int) -> tuple[float, tuple[int, int]]:
    """Start it until it serves; tell how long that took, and the megabytes of program and database."""
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "weiji", "up"),
        env=environment(Settings(sandbox_port=port), data),
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/ready")).is_success:
                    break
            except httpx.TransportError:
                await asyncio.sleep(LOOK_EVERY)
    took = time.perf_counter() - begun
    server = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    sizes = (_megabytes([process.pid]), _megabytes([server, *_children(server)]))
    process.send_signal(signal.SIGTERM)
    await process.wait()
    return took, sizes


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _megabytes(pids: list[int]) -> int:
    """Sum the memory of processes; what several of them share is shared out among them (PSS)."""
    lines = (line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024


async def main() -> None:
    """Start it some times on one folder."""
    KEYS.use(bytes(32))
    with TemporaryDirectory(prefix="weiji-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103 - The database may run as another user than root.
        for number in range(STARTS):
            took, (program, database) = await _start(Path(folder), free_port())
            print(f"start {number + 1}: {took:.1f} s; {program} MB program, {database} MB database")


if __name__ == "__main__":
    asyncio.run(main())
