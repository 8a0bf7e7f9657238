"""What a bank is asked for by file, in memory: a payout, a refund; told by result files and statements, in any order.

Transfers are made and judged by the rules of transfers by file, and what they mean by those of payments, with whose
worlds the money is looked at. That a file takes each transfer once is one statement of SQL, and is done here as there.
"""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from bench.drills.channel_world import AMOUNT, BANK_FEE, ChannelWorld, PayoutWorld, RefundWorld
from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, Things
from weiji.events import BY_CHANNEL
from weiji.kit.ids import derive, new_id
from weiji.kit.seal import KEY_BYTES, KEYS
from weiji.payments import model, rules
from weiji.payments.bank_transfers import rules as filing
from weiji.payments.bank_transfers.model import (
    AskBankTransfer,
    BankTransfer,
    BankTransferKind,
    BankTransferStatus,
    MakeBankBatch,
    TellBankTransfer,
    TellBankTransferStatus,
)
from weiji.payments.model import BANK, Notice, PayoutStatus, RefundStatus

BATCH: Final = new_id()
LINES: Final = (None, "1", "2")
"""Which line of a statement says so; None: a result file does."""

ATTEMPTS_MAX: Final = 2

_S = BankTransferStatus
_OPEN: Final = (_S.WAITING, _S.SENT)
MACHINES: Final = {
    "transfer": Machine(
        moves=filing.MOVES,
        verbs={"ask": (), "send": {_S.SENT}, "bring": {_S.PAID, _S.REJECTED, _S.RETURNED}},
        begins={_S.WAITING},
    )
}
_ENDS: Final = {_S.PAID: PayoutStatus.PAID, _S.REJECTED: PayoutStatus.REJECTED, _S.RETURNED: PayoutStatus.RETURNED}


class ByFile(ChannelWorld):
    """Something that a bank is asked for by file."""

    kind: BankTransferKind
    subject_id: UUID
    attempts: int
    """How often it may be asked for here."""
    transfers: dict[UUID, BankTransfer]
    kept: frozenset[tuple[str, str]]
    """The notices that were heard, by their numbers."""

    def begin(self, kind: BankTransferKind, subject_id: UUID) -> None:
        """Begin without a transfer."""
        self.machines = MACHINES
        self.kind, self.subject_id = kind, subject_id
        self.transfers, self.kept = {}, frozenset()

    @property
    def attempt(self) -> int:
        """Say which attempt it is."""
        raise NotImplementedError

    def submit(self) -> bool:
        """Begin to ask for it; tell whether the bank is asked."""
        raise NotImplementedError

    def things(self) -> Things:
        """Say where each transfer stands."""
        return {("transfer", id): each.status for id, each in self.transfers.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        its = tuple((t.paid_by, t.paid_again, t.returned_by, t.told_at is None) for t in self.transfers.values())
        subjects: list[model.Payout | model.Refund] = [*self.payouts.values(), *self.refunds.values()]
        return super().told_apart(), its, len(self.kept), tuple(each.status for each in subjects), self.attempt

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from (("ask",), ("send",))
        for id in self.transfers:
            for outcome in (_S.PAID, _S.REJECTED, _S.RETURNED):
                yield from (("bring", id, outcome, AMOUNT, line) for line in LINES)
            yield ("bring", id, _S.PAID, AMOUNT - 1, None)

    def next(self) -> Event | None:
        """Let the bank be asked, and pay."""
        last = next(reversed(self.transfers.values()), None)
        if last is None or (last.status in (_S.REJECTED, _S.RETURNED) and last.attempt < self.attempt):
            return ("ask",)
        if last.status is _S.WAITING:
            return ("send",)
        return ("bring", last.id, _S.PAID, AMOUNT, LINES[1]) if last.status is _S.SENT else None

    # --- what happens ---

    def _ask(self) -> None:
        """Let the channel be asked: a transfer is made, or its answer is how that one stands."""
        if not self.submit():
            return
        command = AskBankTransfer(
            kind=self.kind,
            subject_id=self.subject_id,
            attempt=self.attempt,
            amount=AMOUNT,
            holder="张三",
            bank="银行",
            number="6222020200112233445",
        )
        last = next(reversed(self.transfers.values()), None)
        is_new = filing.judge_asking(last, command.attempt)
        did_not_arrive = last is not None and last.status in (_S.REJECTED, _S.RETURNED)
        require(is_new == (last is None or (did_not_arrive and self.attempt > last.attempt)), "asked again, or not")
        if is_new:
            last = filing.new_transfer(command, self.now)
            self.transfers[last.id] = last
        if last is not None and last.status not in _OPEN:
            self._hear(filing.notice_of(last, b""))

    def _send(self) -> None:
        waiting = [each for each in self.transfers.values() if each.status is _S.WAITING]
        command = MakeBankBatch(id=derive(BATCH, self.attempt), columns="", encoding="utf-8", actor=BY_CHANNEL)
        for batch_id, transfers in filing.fill_batches([command], waiting).items():
            for line, transfer in enumerate(transfers):
                transfer.status, transfer.batch_id, transfer.line = _S.SENT, batch_id, line

    def _bring(self, id: UUID, outcome: BankTransferStatus, amount: int, line: str | None) -> None:
        before = self.transfers[id]
        transfer = replace(before)
        command = TellBankTransfer(
            reference=transfer.reference,
            outcome=outcome,
            amount=amount,
            occurred_at=NOW,
            raw=b"",
            fee=BANK_FEE if self.kind is BankTransferKind.PAYOUT else 0,
            serial=line,
        )
        status, notice = filing.judge_telling({transfer.reference: transfer}, command)
        moved = transfer.status is not before.status
        require(moved == (status is TellBankTransferStatus.RECORDED), f"{outcome} of what is {before.status}: {status}")
        require(not moved or amount == AMOUNT, "another amount was believed")
        if status in filing.CHANGING:
            self.transfers[id] = transfer
        if notice is not None:
            require(moved or notice.is_contradiction, "nothing new was told")
            self._hear(notice)

    def _hear(self, notice: Notice) -> None:
        books, known = rules.Books(self.now), self.known()
        known.events = set(self.kept)
        rules.judge_notices(books, known, [notice])
        self.kept = frozenset(known.events)
        self.book(books)

    # --- what is always true ---

    def check(self) -> None:
        """The money is where it is by the payout, or the refund; and nobody has it by two transfers."""
        super().check()
        went = [each for each in self.transfers.values() if each.status is _S.PAID]
        by_hand = [each for each in self.refunds.values() if each.status is RefundStatus.BY_HAND]
        require(len(went) + len(by_hand) <= 1, "it was paid twice")
        for each in self.transfers.values():
            require((each.told_at is None) == (each.status in _OPEN), f"{each.status}, and told of or not")
            require((each.batch_id is None) == (each.status is _S.WAITING), f"{each.status}, and in a file or not")
        self.check_subject()

    def check_subject(self) -> None:
        """Hold what the transfers are for to what they came to."""
        raise NotImplementedError

    def check_since(self, before: Any) -> None:
        """What did not arrive never does."""
        super().check_since(before)
        for id, was in before.transfers.items():
            is_over = was.status in (_S.REJECTED, _S.RETURNED)
            require(not is_over or self.transfers[id].status is was.status, f"what was {was.status} moved")

    def check_again(self) -> None:
        """Hear again what was told: nothing changes."""
        super().check_again()
        for id, each in self.transfers.items():
            if each.status not in _OPEN:
                world = self.copy()
                line = each.paid_by if each.status is _S.PAID else each.returned_by
                world._bring(id, each.status, AMOUNT, line)
                require(world.key() == self.key(), "what came again changed something")


class PayoutByFile(ByFile, PayoutWorld):
    """A payout by file."""

    attempt = 0

    def __init__(self) -> None:
        PayoutWorld.__init__(self, is_reviewed=False, fee=0, channel=BANK)
        self._request()
        self.begin(BankTransferKind.PAYOUT, self.id)

    def submit(self) -> bool:
        """Begin to ask for it."""
        payout = self.payouts[self.subject_id]
        rules.submit_payout(payout, self.now)
        return payout.status in (PayoutStatus.SUBMITTED, PayoutStatus.UNKNOWN)

    def check_subject(self) -> None:
        """The payout stands as its transfer does."""
        for each in self.transfers.values():
            status = self.payouts[self.subject_id].status
            require(
                status is _ENDS.get(each.status, PayoutStatus.SUBMITTED), f"{status}, and its transfer {each.status}"
            )


class RefundByFile(ByFile, RefundWorld):
    """A refund by file, of a payer who has no account here: refused, it is asked for again, or paid by hand."""

    def __init__(self) -> None:
        RefundWorld.__init__(self, is_guest=True, channel=BANK)
        payment = self.payment
        command = model.ApproveRefund(
            payment_id=payment.id,
            source_id=derive(payment.id, "refund"),
            amount=AMOUNT,
            reason=model.RefundReason.ORDERED,
            actor=BY_CHANNEL,
        )
        books = rules.Books(self.now)
        rules.judge_refund(books, payment, set(), command)
        self.book(books)
        (id,) = self.refunds
        self.begin(BankTransferKind.REFUND, id)

    @property
    def refund(self) -> model.Refund:
        """Give the refund."""
        return self.refunds[self.subject_id]

    @property
    def attempt(self) -> int:
        """Say which attempt it is."""
        return self.refund.retries

    def submit(self) -> bool:
        """Begin to ask for it."""
        self._submit(self.subject_id)
        return self.refund.status in (RefundStatus.SUBMITTED, RefundStatus.UNKNOWN)

    def events(self) -> Iterator[Event]:
        """List what may happen next: people may have it asked for again, or pay it by hand."""
        yield from super().events()
        if self.attempt < ATTEMPTS_MAX:
            yield ("retry", self.subject_id)
        yield ("pay_by_hand", self.subject_id)

    def next(self) -> Event | None:
        """Let the bank be asked, and pay; what it refused people see to."""
        if self.refund.status is RefundStatus.ABNORMAL:
            return ("pay_by_hand", self.subject_id)
        return None if self.refund.status in (RefundStatus.BY_HAND, RefundStatus.SUCCEEDED) else super().next()

    def check_subject(self) -> None:
        """The refund stands as its last transfer does, or people saw to it since."""
        last = next(reversed(self.transfers.values()), None)
        status = self.refund.status
        if last is None or last.attempt < self.attempt:
            require(status in (RefundStatus.APPROVED, RefundStatus.SUBMITTED), f"{status}, and nobody asked the bank")
        elif last.status in _OPEN:
            require(status is RefundStatus.SUBMITTED, f"{status}, and its transfer {last.status}")
        elif last.status is _S.PAID:
            require(status is RefundStatus.SUCCEEDED, f"{status}, and its transfer {last.status}")
        elif last.status is _S.REJECTED:
            require(status in (RefundStatus.ABNORMAL, RefundStatus.BY_HAND), f"{status}, and its transfer was refused")


def files() -> dict[str, ByFile]:
    """Make a payout and a refund by file, and what is in a file of each, or was told."""
    KEYS.use(bytes(range(KEY_BYTES)))  # Numbers of accounts are sealed with it.
    payout, refund = PayoutByFile(), RefundByFile()
    sent = refund.after(("ask",)).after(("send",))
    (id,) = sent.transfers
    back = sent.after(("bring", id, _S.RETURNED, AMOUNT, LINES[1])).after(("retry", refund.subject_id))
    return {
        "a payout": payout,
        "a payout in a file": payout.after(("ask",)).after(("send",)),
        "a refund": refund,
        "a refund in a file": sent,
        "a refund that is asked for again": back.after(("ask",)),
    }
