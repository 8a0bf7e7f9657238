"""A bank account of the operator's: payers transfer to it, with a reference, and its statements tell what came.

Nobody is asked anything: the bank speaks in files that somebody brings (`weiji.payments.bank`). A reference has twelve
characters: the payment's shard, so that whoever reads it knows where to look, a part of its hash, and a check, so that
one that was mistyped is nobody's.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from weiji.kit.ids import shard_of
from weiji.payments.channels import (
    Ability,
    Answer,
    Channel,
    ChannelKind,
    Check,
    Custody,
    NoticeRefused,
    Payer,
    Place,
    Reply,
    Setting,
    SettingWrong,
)
from weiji.payments.channels.reading import answer_ended, to_yuan
from weiji.payments.model import Notice, NoticeKind, Payment, PayWay, Refund
from weiji.web import gettext as _

NAME: Final = "bank"

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without the letters that are taken for digits."""

REFERENCE_LENGTH: Final = 12
HASH_BITS: Final = 49
CHECK: Final = 29
"""A prime: what differs in a character, or has two in the wrong order, has another check in nearly every case."""

ACCOUNT_DIGITS: Final = range(8, 31)

NOBODY: Final = b"there is nobody to ask"
"""What a notice says that the bank never sent."""

_TAKEN_FOR: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN: Final = re.compile(r"[\s\-_.:：,，－—–]+")
_LAST: Final = (1 << 5 * REFERENCE_LENGTH) - 1
_RUN: Final = re.compile(f"[{ALPHABET}]{{{REFERENCE_LENGTH},}}")


def reference_of(payment_id: UUID) -> str:
    """Write what the payer of a payment writes on the transfer."""
    hashed = int.from_bytes(sha256(payment_id.bytes).digest()[:8]) >> (64 - HASH_BITS)
    value = shard_of(payment_id) << HASH_BITS | hashed
    value = value << 5 | value % CHECK
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(REFERENCE_LENGTH)))


def shard_of_reference(reference: str) -> int:
    """Tell where the payment of a reference lives."""
    return (ALPHABET.index(reference[0]) << 5 | ALPHABET.index(reference[1])) >> 4


def find_references(text: str) -> list[str]:
    """Find what may be references in what somebody wrote, however they spaced it, with O for 0 and I or L for 1."""
    written = _BETWEEN.sub("", text.upper().translate(_TAKEN_FOR))
    found = []
    for run in _RUN.findall(written):
        value = 0
        for end, character in enumerate(run, 1):
            value = (value << 5 | ALPHABET.index(character)) & _LAST
            if end >= REFERENCE_LENGTH and (value >> 5) % CHECK == value & 31:
                found.append(run[end - REFERENCE_LENGTH : end])
    return found


class BankChannel(Channel):
    """One bank account."""

    name = NAME
    custody: Custody = "own"
    abilities = frozenset({Ability.TRANSFER})
    # Whatever comes later is in a statement: there is nobody to ask.
    final_after = timedelta(0)
    heard = Reply(200)

    def __init__(self, settings: Mapping[str, str], place: Place) -> None:  # noqa: ARG002
        """Read the account. Raises SettingWrong."""
        self.holder = settings["holder"]
        self.bank = settings["bank"]
        self.number = settings["number"].replace(" ", "").replace("-", "")
        if not (self.number.isascii() and self.number.isdigit() and len(self.number) in ACCOUNT_DIGITS):
            raise SettingWrong("number", _("账号是 8 到 30 位数字。"))

    async def start(self, payments: Sequence[Payment], payer: Payer) -> list[Answer]:  # noqa: ARG002
        """Give each payment its reference."""
        return [Answer(pay_url=reference_of(payment.id), pay_way=PayWay.TRANSFER) for payment in payments]

    def describe_transfer(self, payment: Payment) -> list[tuple[str, str, str]]:
        """Say what the payer fills in: a name, a value, and the value as it is copied."""
        reference = reference_of(payment.id)
        shown = "-".join(reference[begin : begin + 4] for begin in range(0, REFERENCE_LENGTH, 4))
        groups = " ".join(self.number[begin : begin + 4] for begin in range(0, len(self.number), 4))
        amount = to_yuan(payment.amount)
        return [
            (_("收款人"), self.holder, self.holder),
            (_("收款账号"), groups, self.number),
            (_("开户行"), self.bank, self.bank),
            (_("金额"), f"¥{amount}", amount),
            (_("附言"), shown, shown),
        ]

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Know nothing new: a statement tells."""
        return [Answer()] * len(payments)

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Close payments here; money that comes all the same makes them succeed late."""
        return [answer_ended(NAME, NoticeKind.CHARGE_CLOSED, payment, NOBODY) for payment in payments]

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Refuse: a transfer has no way back. The money goes to the payer's wallet, and from there to any account."""
        return [answer_ended(NAME, NoticeKind.REFUND_REJECTED, refund, NOBODY) for refund in refunds]

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:  # noqa: ARG002
        """Believe nobody: what the bank says is in its statements."""
        raise NoticeRefused("the bank sends nothing")

    async def read_statement(self, day: date) -> Sequence[Notice] | None:  # noqa: ARG002
        """Fetch nothing: somebody brings it."""
        return None

    async def check(self) -> Check:
        """Say that there is nobody to ask."""
        return Check(True, "")


def describe() -> ChannelKind:
    """Describe the channel in the reader's language."""
    return ChannelKind(
        name=NAME,
        label=_("银行转账"),
        note=_("付款人转账到你的银行账户，写上给他的附言；你把银行的对账单导进来，钱就对上了。退款进付款人的钱包。"),
        custody=BankChannel.custody,
        abilities=BankChannel.abilities,
        gateways=(),
        settings=(
            Setting(name="holder", label=_("户名")),
            Setting(name="bank", label=_("开户行"), help=_("写到支行。")),
            Setting(name="number", label=_("账号"), help=_("付款人看得到它。")),
        ),
        open=BankChannel,
    )
