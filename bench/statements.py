"""A day of a channel, and one of the bank account, on both sides, with defects that are known: what reconciliation has
to find, and no more.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import md5
from itertools import islice
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import BY_SYSTEM
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import derive, new_id, shard_of
from weiji.kit.seal import KEY_BYTES, KEYS
from weiji.ledger import Kind, chart, create_transfers
from weiji.payments import BANK, PayoutSource, RequestPayout, StatedLine, rules, store
from weiji.payments.bank_transfers.model import AskBankTransfer, BankTransferKind, MakeBankBatch
from weiji.payments.bank_transfers.operations import ask_bank_transfers, make_bank_batches
from weiji.reconciliation import BreakClass, LineKind

CHANNEL: Final = "bench"
PART: Final = 20_000
K = LineKind

KINDS: Final = (
    K.REFUND, K.CHARGE, K.CHARGE, K.CHARGE, K.CHARGE, K.PAYOUT, K.PAYOUT_RETURN, K.SETTLEMENT, K.CHARGEBACK, K.CHARGE,
)  # fmt: skip
"""What movements are, in turn."""

FEES: Final = {K.PAYOUT: 2, K.PAYOUT_RETURN: 0, K.SETTLEMENT: 48, K.CHARGEBACK: 15}
"""What our books have as the fee of one, if they know it: a settlement's fee is that of its charges and refunds."""
STATED_FEE: Final = 6
"""What statements say of the others."""

MOVEMENTS: Final = """
select kit.shard_of(u) as shard, i, u, a, t
from (select i, md5($3 || '-' || i)::uuid as u, 100 + i % 9000 as a,
        $2::timestamptz + i * interval '80 ms' + case when i = any ($4::int[]) then interval '1 day' else '0' end as t
      from generate_series(0, $1::int - 1) i where i % $6 = any ($5::int[])) numbered
"""
ADD: Final = {
    K.CHARGE: """
insert into payments.payments (shard, id, payer_id, subject_id, payee_id, purpose, amount, currency, channel, status,
  channel_reference, captured, refunded, created_at, captured_at)
select shard, u, u, u, u, 'order', a, 'CNY', $3, 'succeeded', 'r' || i, a, 0, t, t from movements
""",
    K.REFUND: """
insert into payments.refunds (shard, id, payment_id, source_id, payer_id, subject_id, payee_id, channel, amount, reason,
  status, channel_reference, created_at, ended_at)
select shard, u, u, u, u, u, u, $3, a, 'ordered', 'succeeded', 'r' || i, t, t from movements
""",
    K.PAYOUT: """
insert into payments.payouts (shard, id, owner_id, source, account_id, channel, amount, fee, bank_fee, status,
  channel_reference, created_at, accepted_at, paid_at)
select shard, u, u, 'wallet', u, $3, a, 0, $7, 'paid', 'r' || i, t, t, t from movements
""",
    K.PAYOUT_RETURN: """
insert into payments.payouts (shard, id, owner_id, source, account_id, channel, amount, fee, bank_fee, status,
  channel_reference, created_at, accepted_at, ended_at)
select shard, u, u, 'wallet', u, $3, a, 0, $7, 'returned', 'r' || i, t, t, t from movements
""",
    K.SETTLEMENT: """
insert into payments.notices (shard, channel, event_id, kind, reference, amount, fee, outcome, occurred_at, received_at,
  raw)
select shard, $3, 'settled:r' || i, 'settled', 'r' || i, a, $7, 'recorded', t, t, '' from movements
""",
    K.CHARGEBACK: """
insert into payments.chargebacks (shard, channel, reference, payment_id, amount, fee, reason, received_at)
select shard, $3, 'r' || i, u, a, $7, '', t from movements
""",
}
"""How each kind is put into the books, from `movements`."""


class Defects(Struct, frozen=True):
    """Which movements have which defect, by number; `extra` are of theirs alone, `fees` stand by themselves.

    Every other one of the fees by themselves was given back.
    """

    missing: frozenset[int]
    wrong: frozenset[int]
    wrong_fee: frozenset[int]
    doubled: frozenset[int]
    next_day: frozenset[int]
    extra: tuple[int, ...]
    fees: tuple[int, ...]

    @property
    def expected(self) -> dict[BreakClass, set[tuple[str, str]]]:
        """What is to be found: each class's transactions, by kind and reference."""
        return {
            BreakClass.OURS_ONLY: {key_of(i) for i in self.missing},
            BreakClass.AMOUNT_DIFFERS: {key_of(i) for i in self.wrong},
            BreakClass.DOUBLED: {key_of(i) for i in self.doubled},
            BreakClass.LATER_DAY: {key_of(i) for i in self.next_day},
            BreakClass.THEIRS_ONLY: {(kind_of(i).value, f"x{i}") for i in self.extra},
            BreakClass.FEE: {key_of(i) for i in self.wrong_fee} | {("fee", f"fee{i}") for i in self.fees},
        }


def kind_of(i: int) -> LineKind:
    """Tell what a movement is."""
    return KINDS[i % len(KINDS)]


def key_of(i: int) -> tuple[str, str]:
    """Tell what a movement is known by."""
    return kind_of(i).value, f"r{i}"


def seed_defects(count: int, each: int, dice: Random) -> Defects:
    """Choose *each* movements for every kind of defect; of wrong fees, as many as have one that is known."""
    chosen = dice.sample(range(count), each * 4)
    missing, wrong, doubled, next_day = (frozenset(chosen[n * each : (n + 1) * each]) for n in range(4))
    extra = tuple(dice.sample(range(count), each))
    sound = [i for i in sorted(set(range(count)).difference(chosen)) if kind_of(i) in FEES]
    wrong_fee = frozenset(dice.sample(sound, min(each, len(sound))))
    return Defects(missing, wrong, wrong_fee, doubled, next_day, extra, tuple(range(each)))


async def add_movements(database: Database, day: date, count: int, defects: Defects, channel: str = CHANNEL) -> None:
    """Put our side into the books' tables: as if payments had written it, without the rest of the trade."""
    begin = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    async with database.transaction() as tx:
        for kind, statement in ADD.items():
            turns = [turn for turn, its in enumerate(KINDS) if its is kind]
            facts = [count, begin, channel, list(defects.next_day), turns, len(KINDS)]
            if kind in FEES:
                facts.append(FEES[kind])
            await tx.connection.execute(f"with movements as ({MOVEMENTS}) {statement}", *facts)


def lines_of(day: date, count: int, defects: Defects, channel: str = CHANNEL) -> Iterator[StatedLine]:
    """Write their side of a day."""
    begin = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    step = timedelta(milliseconds=80)
    for i in range(count):
        if i in defects.missing:
            continue
        line = StatedLine(
            kind=kind_of(i).value,
            reference=f"r{i}",
            request_id=UUID(md5(f"{channel}-{i}".encode(), usedforsecurity=False).hexdigest()),
            amount=100 + i % 9000 + (7 if i in defects.wrong else 0),
            fee=FEES.get(kind_of(i), STATED_FEE) + (3 if i in defects.wrong_fee else 0),
            occurred_at=begin + i * step,
        )
        yield line
        if i in defects.doubled:
            yield line
    for i in defects.extra:
        yield StatedLine(
            kind=kind_of(i).value, reference=f"x{i}", request_id=None, amount=500, occurred_at=begin + step
        )
    for i in defects.fees:
        amount = -30 if i % 2 else 30
        yield StatedLine(kind="fee", reference=f"fee{i}", request_id=None, amount=amount, occurred_at=begin + step)


NO_DEFECTS: Final = Defects(frozenset(), frozenset(), frozenset(), frozenset(), frozenset(), (), ())


def missing_lines(day: date, defects: Defects, channel: str = CHANNEL) -> Iterator[StatedLine]:
    """Write what was missing, as the statement of the day after has it."""
    last = max(defects.missing, default=-1)
    return (line for line in lines_of(day, last + 1, NO_DEFECTS, channel) if int(line.reference[1:]) in defects.missing)


async def in_parts(lines: Iterator[StatedLine]) -> AsyncIterator[Sequence[StatedLine]]:
    """Give lines as channels do."""
    while part := list(islice(lines, PART)):
        yield part


async def found_in(database: Database, day: date, channel: str = CHANNEL) -> dict[BreakClass, set[tuple[str, str]]]:
    """Read what was found of a day."""
    found: dict[BreakClass, set[tuple[str, str]]] = {each: set() for each in BreakClass}
    async with database.read() as reader:
        rows = await reader.connection.fetch(
            "select class, kind, reference from reconciliation.breaks where day = $1 and channel = $2", day, channel
        )
    for row in rows:
        found[BreakClass(row["class"])].add((row["kind"], row["reference"]))
    return found


Row = tuple[int, str, str]
"""A line of what went from the bank account: the amount, the bank's number, and what is written to it."""

GROUPS: Final = 8
"""How lines may be alike, or be ours: in turn."""

COST: Final = 1_000_000
"""More than anything else, so that what a payment cost is like nothing else."""


class Debits(Struct, frozen=True):
    """What went from the bank account as its statement has it, and what is to be found of that."""

    lines: tuple[Row, ...]
    gone: int
    """What really went."""
    expected: Counter[tuple[str, int]]
    """By numbers and amounts. Where the bank gave no number, it is empty."""
    unnamed: dict[int, str]
    """Transfers of ours whose lines don't name them: their references, by amount."""


def amounts_of_transfers(each: int) -> list[int]:
    """Tell which amounts of *each* groups are transfers of ours."""
    return [100 + i for i in range(each) if i % GROUPS >= GROUPS - 2]


def seed_debits(each: int, references: Mapping[int, str]) -> Debits:
    """Write *each* groups of lines. *references* are of transfers of ours, by amount."""
    lines: list[Row] = []
    expected: Counter[tuple[str, int]] = Counter()
    gone, unnamed = 0, {}
    for i in range(each):
        amount, number = 100 + i, f"B{i}"
        one: Row = (amount, number, "手续费")
        match i % GROUPS:
            case 0:
                its, found = [one], [(number, amount)]
            case 1:  # A payment, and what it cost.
                its, found = [one, (COST + i, number, "转账")], [(number, amount), (number, COST + i)]
            case 2:  # The bank's file has it twice.
                its, found = [one, one], [(number, amount)]
                gone -= amount
            case 3:  # Two that are alike but for what is written to them.
                its, found = [one, (amount, number, "另一笔")], [(number, amount), (f"{number}#2", amount)]
            case 4:
                its, found = [(amount, "", "手续费")], [("", amount)]
            case 5:  # Nothing tells them apart, and nothing says that it is one.
                its, found = [(amount, "", "手续费")] * 2, [("", amount)] * 2
            case 6:
                its, found = [(amount, number, references[amount])], []
            case _:
                its, found = [(amount, number, "批量代付")], [(number, amount)]
                unnamed[amount] = references[amount]
        lines += its
        expected.update(found)
        gone += sum(line[0] for line in its)
    return Debits(tuple(lines), gone, expected, unnamed)


def write_debits(day: date, lines: Sequence[Row]) -> bytes:
    """Write the file of a day."""
    rows = [f"{day},,{amount // 100}.{amount % 100:02},{number},{remark}" for amount, number, remark in lines]
    return "\n".join(["交易日期,收入金额,支出金额,交易流水号,附言", *rows]).encode()


async def add_transfers(database: Database, amounts: Collection[int]) -> dict[int, str]:
    """Have withdrawals paid by a file that the bank was given; tell their references, by amount."""
    KEYS.use(bytes(range(KEY_BYTES)))  # Numbers of accounts are sealed with it.
    person = new_id()
    async with database.transaction() as tx:
        books, payouts = rules.Books(tx.now), []
        for amount in amounts:
            command = RequestPayout(
                id=new_id(person),
                owner_id=person,
                source=PayoutSource.WALLET,
                account_id=person,
                amount=amount,
                fee=0,
                channel=BANK,
                actor=BY_SYSTEM,
            )
            wallet = chart.wallet(person)
            came = derive(command.id, "came")
            books.move(came, rules.bank(shard_of(person)), wallet, amount, Kind.ADJUSTMENT, about=None)
            rules.hold_payout(books, command)
            books.opening[wallet.id] = wallet
            payouts.append(rules.new_payout(command, amount, tx.now))
        results = await create_transfers(tx, books.transfers, list(books.opening.values()))
        assert all(result.is_made for result in results), results
        await store.add_payouts(tx, payouts)
        for payout in payouts:
            rules.submit_payout(payout, tx.now)
        await store.change_payouts(tx, payouts)
        asked = [
            AskBankTransfer(
                kind=BankTransferKind.PAYOUT,
                subject_id=payout.id,
                attempt=0,
                amount=payout.amount,
                holder="张三",
                bank="银行",
                number="6222020200112233445",
            )
            for payout in payouts
        ]
        transfers = await ask_bank_transfers(tx, asked)
        await make_bank_batches(tx, [MakeBankBatch(id=new_id(), columns="附言", encoding="utf-8-sig", actor=BY_SYSTEM)])
    return {each.amount: each.reference for each in transfers}
