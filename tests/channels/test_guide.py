"""Proves of the guide that what it says is all it takes: its file and its entry point, installed, are a channel."""

import hmac
import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.channels.examples import payment_of, refund_of
from tests.channels.server import Asked, Said, serving
from weiji.events import BY_SYSTEM
from weiji.kit.db import Database
from weiji.payments import REGISTRY, channels
from weiji.payments.channels import Answer, NoticeRefused, Payer
from weiji.payments.model import NoticeKind
from weiji.payments.opening import Opener, store
from weiji.payments.opening.model import ChangeChannelStatus
from weiji.payments.opening.operations import change_channels
from weiji.payments.opening.proving import prove_change
from weiji.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "channels.md"
KEY = b"the key of the contract"


class FakeBank:
    """The bank that the guide's channel talks to."""

    def __init__(self) -> None:
        self.paid: dict[str, int] = {}
        self.refunds: dict[str, int] = {}

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        signature = hmac.digest(KEY, f"{asked.method} {asked.target}".encode(), "sha256").hex()
        if asked.headers.get("x-signature") != signature:
            return Said(403, {}, b"")
        target = urlsplit(asked.target)
        parts = target.path.strip("/").split("/")
        match parts:
            case ["me"]:
                said = {"status": "known"}
            case ["payments", number]:
                said = self._about(number, "paid" if number in self.paid else "open", self.paid.get(number, 1))
            case ["payments", number, "close"]:
                said = self._about(number, "paid" if number in self.paid else "closed", self.paid.get(number, 1))
            case ["payments", _, "refunds", number] if asked.method == "GET":
                status = "refunded" if number in self.refunds else "unknown"
                said = self._about(number, status, self.refunds.get(number, 1))
            case ["payments", _, "refunds", number]:
                self.refunds[number] = int(parse_qs(target.query)["amount"][0])
                said = self._about(number, "refunded", self.refunds[number])
            case _:
                return Said(404, {}, b"")
        body = json.dumps(said).encode()
        return Said(200, self.sign(body), body)

    def sign(self, body: bytes) -> dict[str, str]:
        """Sign a message."""
        return {"x-signature": hmac.digest(KEY, body, "sha256").hex()}

    def _about(self, number: str, status: str, amount: int) -> dict[str, object]:
        at = datetime.now(UTC).isoformat()
        return {"number": number, "status": status, "reference": f"bank-{number}", "amount": amount, "at": at}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The guide's package, installed beside the others: its file, and the record of its entry point."""
    blocks = re.findall(r"```(toml|python)\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    texts = dict(blocks)
    points = tomllib.loads(texts["toml"])["project"]["entry-points"]["weiji.channels"]
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "mybank.py").write_text(texts["python"])
    record = tmp_path / "my_package-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    lines = [f"{name} = {place}" for name, place in points.items()]
    (record / "entry_points.txt").write_text("\n".join(["[weiji.channels]", *lines]))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(channels, "_LOADERS", [])
    yield
    REGISTRY.remove("mybank")


async def test_a_channel_that_was_installed_is_opened_by_the_operator_and_takes_money(
    installed: None, database: Database
) -> None:
    kind = channels.find_kinds()["mybank"]
    assert kind.label == "My bank"
    bank = FakeBank()
    with serving(bank) as url:
        opener = Opener(database, Settings(channel_gateways=url, url="https://weiji.test"))
        given = {"key": KEY.decode(), "gateway": url}
        change = prove_change(kind, None, given, 1, BY_SYSTEM, is_open=True, is_live=False, extra=opener.extra_gateways)
        (result,) = await database.retried(lambda tx: change_channels(tx, [change]))
        assert result.status is ChangeChannelStatus.SAVED
        await opener.refresh()
        async with database.read() as reader:
            assert KEY.decode() not in str((await store.get_channels(reader))["mybank"])
        async with aclosing(opener):
            channel = REGISTRY.get("mybank")
            assert "mybank" in REGISTRY.names
            assert (await channel.check()).is_good
            payment = payment_of("mybank", 9_800)
            (begun,) = await channel.start([payment], Payer())
            assert begun.pay_url == f"{url}/pay/{payment.id.hex}?amount=9800"
            assert await channel.query([payment]) == [Answer()]
            bank.paid[payment.id.hex] = 9_800
            (told,) = (await channel.query([payment]))[0].notices
            assert (told.kind, told.subject_id, told.amount) == (NoticeKind.CHARGE_SUCCEEDED, payment.id, 9_800)
            body = told.raw
            assert [one.event_id for one in await channel.read_notice(bank.sign(body), body)] == [told.event_id]
            with pytest.raises(NoticeRefused):
                await channel.read_notice({}, body)
            refund = refund_of(payment, 100)
            assert await channel.find_refunds([refund]) == [Answer(is_unmade=True)]
            answers = [(await channel.refund([refund]))[0] for _ in range(2)] + await channel.find_refunds([refund])
            assert [answer.notices[0].kind for answer in answers] == [NoticeKind.REFUND_SUCCEEDED] * 3
            assert bank.refunds == {refund.id.hex: 100}
            (closed,) = await channel.close([payment_of("mybank")])
            assert closed.notices[0].kind is NoticeKind.CHARGE_CLOSED
