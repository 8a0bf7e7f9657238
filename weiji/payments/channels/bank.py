"""A bank account of the operator's: payers transfer to it, with a reference, and its statements tell what came.

Nobody is asked anything: the bank speaks in files that people carry. What is to be paid is written down until the next
file takes it there (`weiji.payments.bank_transfers`); what came and went, statements tell (`weiji.payments.bank`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from weiji.kit.db import Database
from weiji.kit.money import plain_yuan
from weiji.kit.seal import KEYS
from weiji.payments.bank_transfers import store
from weiji.payments.bank_transfers.files import DEFAULT_COLUMNS, ENCODINGS, ColumnsWrong, read_columns
from weiji.payments.bank_transfers.model import (
    PAYER_NUMBER_COLUMN,
    AskBankTransfer,
    BankTransfer,
    BankTransferKind,
    BankTransferStatus,
)
from weiji.payments.bank_transfers.operations import ask_bank_transfers
from weiji.payments.bank_transfers.rules import judge_asking, notice_of, shown
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
from weiji.payments.channels.reading import answer_ended
from weiji.payments.channels.references import reference_of
from weiji.payments.model import BANK, Notice, NoticeKind, Payment, Payout, PayoutAccount, PayWay, Refund
from weiji.payments.operations import open_number
from weiji.payments.rules import is_account_number
from weiji.web import gettext as _

NAME: Final = BANK

PAYOUTS_ONLY: Final = "payouts"
"""That nobody is asked to transfer money to the account."""

NOBODY: Final = b"there is nobody to ask"
"""What a notice says that the bank never sent."""

_ENDED: Final = frozenset({BankTransferStatus.PAID, BankTransferStatus.REJECTED, BankTransferStatus.RETURNED})


class BankChannel(Channel):
    """One bank account."""

    name = NAME
    custody: Custody = "own"
    abilities = frozenset({Ability.TRANSFER, Ability.REFUND, Ability.PAY_OUT})
    # Whatever comes later is in a statement: there is nobody to ask.
    final_after = timedelta(0)
    heard = Reply(200)

    def __init__(self, settings: Mapping[str, str], place: Place) -> None:
        """Read the account. Raises SettingWrong."""
        self.holder = settings["holder"]
        self.bank = settings["bank"]
        self.number = settings["number"].replace(" ", "").replace("-", "")
        if not is_account_number(self.number):
            raise SettingWrong("number", _("账号是 8 到 30 位数字。"))
        self.columns = settings.get("columns") or DEFAULT_COLUMNS
        self.encoding = settings.get("encoding") or ENCODINGS[0]
        try:
            read_columns(self.columns)
        except ColumnsWrong as wrong:
            raise SettingWrong("columns", _("这些列用不了：%(which)s", which=str(wrong))) from wrong
        if settings.get("use") == PAYOUTS_ONLY:
            self.abilities = self.abilities - {Ability.TRANSFER}
        self._database = place.database

    @property
    def database(self) -> Database:
        """Where what is asked is written down."""
        assert self._database is not None, "the bank is asked nothing where there is no database"
        return self._database

    async def start(self, payments: Sequence[Payment], payer: Payer) -> list[Answer]:  # noqa: ARG002
        """Give each payment its reference."""
        return [Answer(pay_url=reference_of(payment.id), pay_way=PayWay.TRANSFER) for payment in payments]

    def describe_transfer(self, payment: Payment) -> list[tuple[str, str, str]]:
        """Say what the payer fills in: a name, a value, and the value as it is copied."""
        reference = shown(reference_of(payment.id))
        groups = " ".join(self.number[begin : begin + 4] for begin in range(0, len(self.number), 4))
        amount = plain_yuan(payment.amount)
        return [
            (_("收款人"), self.holder, self.holder),
            (_("收款账号"), groups, self.number),
            (_("开户行"), self.bank, self.bank),
            (_("金额"), f"¥{amount}", amount),
            (_("附言"), reference, reference),
        ]

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Know nothing new: a statement tells."""
        return [Answer()] * len(payments)

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Close payments here; money that comes all the same makes them succeed late."""
        return [answer_ended(NAME, NoticeKind.CHARGE_CLOSED, payment, NOBODY) for payment in payments]

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Have the next file give transfers back to whom they came from; refuse where no statement said who that is."""
        captures = [(refund.payment_id, refund.capture_reference or "") for refund in refunds]
        async with self.database.read() as reader:
            payers = await store.get_payers(reader, captures)
        commands = [
            AskBankTransfer(
                kind=BankTransferKind.REFUND,
                subject_id=refund.id,
                attempt=refund.retries,
                amount=refund.amount,
                holder=payer.holder,
                bank=payer.bank,
                number=KEYS.unseal(payer.number_sealed, PAYER_NUMBER_COLUMN, payer.payment_id),
            )
            for refund, capture in zip(refunds, captures, strict=True)
            if (payer := payers.get(capture)) is not None
        ]
        answers = await self._ask(commands)
        return [
            answers.get(refund.id) or answer_ended(NAME, NoticeKind.REFUND_REJECTED, refund, NOBODY)
            for refund in refunds
        ]

    async def find_refunds(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Tell how transfers back stand; of what came back before, nobody has asked for another since."""
        async with self.database.read() as reader:
            found = await store.get_transfers_of(reader, [refund.id for refund in refunds])
        return [
            Answer(is_unmade=True) if judge_asking(found.get(refund.id), refund.retries) else _answer(found[refund.id])
            for refund in refunds
        ]

    async def pay_out(self, payouts: Sequence[tuple[Payout, PayoutAccount]]) -> list[Answer]:
        """Have the next file pay money to bank accounts."""
        commands = [
            AskBankTransfer(
                kind=BankTransferKind.PAYOUT,
                subject_id=payout.id,
                attempt=0,
                amount=payout.amount,
                holder=account.holder,
                bank=account.bank,
                number=open_number(account),
            )
            for payout, account in payouts
        ]
        answers = await self._ask(commands)
        return [answers[payout.id] for payout, _ in payouts]

    async def _ask(self, commands: Sequence[AskBankTransfer]) -> dict[UUID, Answer]:
        if not commands:
            return {}
        transfers = await self.database.retried(lambda tx: ask_bank_transfers(tx, commands))
        return {transfer.subject_id: _answer(transfer) for transfer in transfers}

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:  # noqa: ARG002
        """Believe nobody: what the bank says is in its statements."""
        raise NoticeRefused("the bank sends nothing")

    async def read_statement(self, day: date) -> Sequence[Notice] | None:  # noqa: ARG002
        """Fetch nothing: somebody brings it."""
        return None

    async def check(self) -> Check:
        """Say that there is nobody to ask."""
        return Check(True, "")


def _answer(transfer: BankTransfer) -> Answer:
    """Tell how a transfer stands; nothing, until a file of the bank's told of it."""
    raw = transfer.reason.encode()
    return Answer(notices=(notice_of(transfer, raw),)) if transfer.status in _ENDED else Answer()


def describe() -> ChannelKind:
    """Describe the channel in the reader's language."""
    return ChannelKind(
        name=NAME,
        label=_("银行转账"),
        note=_(
            "付款人转账到你的银行账户，写上给他的附言；你把银行的对账单导进来，钱就对上了。提现和退款写成批量转账文件，由你交给网银。"
        ),
        custody=BankChannel.custody,
        abilities=BankChannel.abilities,
        gateways=(),
        settings=(
            Setting(name="holder", label=_("户名")),
            Setting(name="bank", label=_("开户行"), help=_("写到支行。")),
            Setting(name="number", label=_("账号"), help=_("付款人看得到它。")),
            Setting(
                name="use",
                label=_("用来"),
                choices=(("both", _("收款和打款")), (PAYOUTS_ONLY, _("只打款"))),
            ),
            Setting(
                name="columns",
                label=_("批量转账文件的列"),
                help=_(
                    "照网银的模板写，一行一列：表头 = 内容。内容有 line（序号）、number（账号）、holder（户名）、"
                    "bank（开户行）、amount（金额）、reference（附言）、batch（批次号），引号里的照写。空着就用通用的列。"
                ),
                is_required=False,
                is_long=True,
            ),
            Setting(
                name="encoding",
                label=_("批量转账文件的编码"),
                choices=((ENCODINGS[0], "UTF-8"), (ENCODINGS[1], "GB 18030")),
            ),
        ),
        open=BankChannel,
    )
