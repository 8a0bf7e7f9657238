"""How long `weiji sandbox` takes from the command to its line of JSON: the first, and those that find what it left."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from statistics import median
from tempfile import TemporaryDirectory

STARTS = 5
SECONDS_MAX = 60


async def _start(environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    command = (sys.executable, "-m", "weiji", "sandbox", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=DEVNULL, limit=2**20)
    assert process.stdout
    try:
        async with asyncio.timeout(SECONDS_MAX):
            await process.stdout.readline()
            took = time.perf_counter() - begun
            process.send_signal(signal.SIGTERM)
            await process.wait()
    except TimeoutError:
        process.kill()
        raise
    return took


async def main() -> None:
    """Start it some times."""
    with TemporaryDirectory(prefix="weiji-bench-", ignore_cleanup_errors=True) as cache:
        os.chmod(cache, 0o755)  # noqa: PTH101, S103 - The database may run as another user than root.
        environment = os.environ | {"XDG_CACHE_HOME": cache}
        first = await _start(environment)
        times = sorted([await _start(environment) for _ in range(STARTS)])
    print(f"first: {first:.1f} s")
    print(f"then: {times[0]:.2f} s to {times[-1]:.2f} s, median {median(times):.2f} s, of {STARTS}")


if __name__ == "__main__":
    asyncio.run(main())
