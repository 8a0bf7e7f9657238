"""Examples of what the ledger does, as data, so that every ledger there is can be held to the same ones.

The postings come from the tables of the design of money (P1 … Z1); the rest shows one sentence of
`weiji/ledger/README.md` each. `play` runs an example on a fresh ledger; `ACCOUNT_ANSWERS` are about
opening accounts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.ids import derive
from weiji.ledger.model import (
    AMOUNT_MAX,
    CODE_MAX,
    EFFECTIVE_AT_MAX,
    TIMEOUT_MAX,
    Account,
    AccountFlags,
    AccountStatus,
    Transfer,
    TransferFlags,
    TransferResult,
    TransferStatus,
)

SECOND: Final = 1_000_000
"""In microseconds, as all times here."""

START: Final = 4_102_444_800 * SECOND
"""The year 2100: later than whatever a database may have been installed at."""

HOME: Final = 5
"""The shard of all ids but those written `name@shard`."""

OPENING: Final = "opening"
"""Where opening balances come from: one for each ledger, and not held to anything."""

# The statuses and flags, short enough for tables.
S = TransferStatus
F = TransferFlags
NO = AccountFlags.NONE
DNX = AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS
CNX = AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS


# What an example is


class Kind(Struct, frozen=True):
    """A line of the chart of accounts. An asset's or expense's balance is debits less credits."""

    code: int
    flags: AccountFlags = NO
    debits_raise: bool = False
    ledger: int = 1


CHART: Final = {
    "bank": Kind(1010, debits_raise=True),
    "chan_recv": Kind(1020, debits_raise=True),
    "u_ad_bridge": Kind(1060, debits_raise=True, ledger=2),
    "merch_owed": Kind(1110, CNX, debits_raise=True),
    "promo_owed": Kind(1115, CNX, debits_raise=True),
    "cb_pending": Kind(1140, CNX, debits_raise=True),
    "suspense_short": Kind(1190, CNX, debits_raise=True),
    "loan_principal": Kind(1210, CNX, debits_raise=True),
    "loan_interest": Kind(1220, CNX, debits_raise=True),
    "wallet": Kind(2010, DNX),
    "m_pending": Kind(2020, DNX),
    "m_avail": Kind(2021, DNX),
    "m_deposit": Kind(2022, DNX),
    "c_pending": Kind(2030, DNX),
    "escrow": Kind(2040, DNX),
    "escrow_sub": Kind(2041, DNX),
    "redpkt": Kind(2050, DNX),
    "ad_bridge": Kind(2060, DNX),
    "u_ad_prepaid": Kind(2061, DNX, ledger=2),
    "payout_clr": Kind(2070, DNX),
    "refund_clr": Kind(2080, DNX),
    "suspense": Kind(2090, DNX),
    "legal_hold": Kind(2095, DNX),
    "budget": Kind(2200, DNX),
    "own_funds": Kind(2210, DNX),
    "fee_inc": Kind(4010),
    "wd_fee_inc": Kind(4020),
    "ad_inc": Kind(4030),
    "u_ad_inc": Kind(4030, ledger=2),
    "int_inc": Kind(4040),
    "ctl": Kind(9000, ledger=3),
    "refundable": Kind(9010, DNX, ledger=3),
    "chan_fee": Kind(5010, debits_raise=True),
    "payout_fee": Kind(5020, debits_raise=True),
    "cb_fee": Kind(5030, debits_raise=True),
    "bad_debt": Kind(5040, debits_raise=True),
}


class Line(Struct, frozen=True):
    """One transfer, and its answer. Accounts and transfers go by name; a name not in the chart is nobody's.

    `ledger` None is that of the accounts; in a post or void it is left out.
    """

    debit: str | None = None
    credit: str | None = None
    amount: int = 0
    flags: TransferFlags = F.NONE
    name: str = ""
    """Names its id; by itself, each line has an id of its own."""
    pending: str = ""
    """The name of the pending transfer."""
    timeout: int = 0
    ledger: int | None = None
    code: int = 1
    journal: str = ""
    effective_at: int | None = None
    status: TransferStatus = S.CREATED
    moved: int | None = None
    """The amount in the answer; None: `amount`."""
    time: int | None = None
    """The time in the answer, after `START`; None: any."""

    def but(self, **changes: object) -> "Line":
        """Say the same with *changes*."""
        return replace(self, **changes)


class Batch(Struct, frozen=True):
    """Lines that are submitted together."""

    lines: tuple[Line, ...]
    at: int | None = None
    """The clock, after `START`; None: a second for every step before."""


class Expiry(Struct, frozen=True):
    """The clock voids the pending transfers of these names, in this order, and no other."""

    names: tuple[str, ...]
    at: int


Counters = tuple[int, int, int, int]
"""Debits pending and posted, credits pending and posted."""


class Example(Struct, frozen=True, kw_only=True):
    """A little story. What is not in `flags` has at the end the flags it was opened with."""

    name: str
    opening: Mapping[str, int] = {}
    steps: tuple[Batch | Expiry, ...]
    after: Mapping[str, int | Counters]
    """Balances, with nothing held; or all counters."""
    flags: Mapping[str, AccountFlags] = {}


def move(debit: str, credit: str, amount: int, flags: TransferFlags = F.NONE) -> Line:
    """Write a plain transfer."""
    return Line(debit, credit, amount, flags)


def hold(name: str, debit: str, credit: str, amount: int, flags: TransferFlags = F.NONE, timeout: int = 0) -> Line:
    """Write a pending transfer."""
    return Line(debit, credit, amount, F.PENDING | flags, name=name, timeout=timeout)


def take(pending: str, amount: int = AMOUNT_MAX, moved: int | None = None) -> Line:
    """Write a post."""
    return Line(amount=amount, flags=F.POST_PENDING_TRANSFER, pending=pending, code=0, moved=moved)


def void(pending: str, moved: int, amount: int = 0) -> Line:
    """Write a void."""
    return Line(amount=amount, flags=F.VOID_PENDING_TRANSFER, pending=pending, code=0, moved=moved)


def refused(line: Line, status: TransferStatus) -> Line:
    """Expect that a line is refused."""
    return line.but(status=status)


def batch(*lines: Line, at: int | None = None) -> Batch:
    """Submit lines together, each for itself."""
    return Batch(lines, at)


def chain(*lines: Line) -> tuple[Line, ...]:
    """Link lines."""
    return (*(line.but(flags=line.flags | F.LINKED) for line in lines[:-1]), lines[-1])


def linked(*lines: Line, at: int | None = None) -> Batch:
    """Submit lines as one chain."""
    return Batch(chain(*lines), at)


# How an example is played


class Ledger(Protocol):
    """What is asked of a ledger to be held to the examples. Clocks are in microseconds."""

    async def create_accounts(self, events: Sequence[Account], clock: int) -> Sequence[AccountStatus]: ...

    async def create_transfers(self, events: Sequence[Transfer], clock: int) -> Sequence[TransferResult]: ...

    async def expire_pending(self, clock: int) -> Sequence[UUID]:
        """Void what is due; answer the ids of the pending transfers, in order."""
        ...

    async def balances(self) -> Mapping[UUID, Counters]: ...

    async def account_flags(self) -> Mapping[UUID, AccountFlags]: ...


def id_of(what: str, name: str) -> UUID:
    """Make the id that a name stands for; `name@9` is in shard 9."""
    name, _, shard = name.partition("@")
    return derive(UUID(int=int(shard or HOME)), what, name)


def kind_of(account: str) -> Kind | None:
    """Find the kind of an account by its name."""
    return CHART.get(account.partition(":")[0])


def transfers_of(step: Batch, number: int) -> list[Transfer]:
    """Turn the lines of step *number* into transfers."""
    transfers = []
    for index, line in enumerate(step.lines):
        kind = kind_of(line.debit or line.credit or "")
        ledger = kind.ledger if kind and not line.flags & (F.POST_PENDING_TRANSFER | F.VOID_PENDING_TRANSFER) else 0
        transfers.append(
            Transfer(
                id=id_of("transfer", line.name or f"{number}.{index}"),
                debit_account_id=id_of("account", line.debit) if line.debit is not None else None,
                credit_account_id=id_of("account", line.credit) if line.credit is not None else None,
                amount=line.amount,
                pending_id=id_of("transfer", line.pending) if line.pending else None,
                timeout=line.timeout,
                ledger=ledger if line.ledger is None else line.ledger,
                code=line.code,
                flags=line.flags,
                journal_id=id_of("journal", line.journal) if line.journal else None,
                effective_at=line.effective_at,
            )
        )
    return transfers


def accounts_of(example: Example) -> dict[str, Account]:
    """Gather the accounts that an example names."""
    names = dict.fromkeys((*example.opening, *example.after))
    for step in example.steps:
        if isinstance(step, Batch):
            names |= dict.fromkeys(side for line in step.lines for side in (line.debit, line.credit) if side)
    accounts = {}
    for name in names:
        kind = kind_of(name)
        if kind is not None:
            accounts[name] = Account(id=id_of("account", name), ledger=kind.ledger, code=kind.code, flags=kind.flags)
    return accounts


async def play(ledger: Ledger, example: Example) -> None:
    """Run *example* on a *ledger* that knows nothing of it yet, and assert all that it says."""
    accounts = accounts_of(example)
    openings = [
        Account(id=id_of("account", f"{OPENING}:{number}"), ledger=number, code=3000)
        for number in sorted({account.ledger for account in accounts.values()})
    ]
    statuses = await ledger.create_accounts([*openings, *accounts.values()], START - 2 * SECOND)
    assert set(statuses) == {AccountStatus.CREATED}
    if example.opening:
        opened = await ledger.create_transfers(list(_opening_transfers(example, accounts)), START - SECOND)
        assert {result.status for result in opened} == {S.CREATED}

    for number, step in enumerate(example.steps):
        if isinstance(step, Expiry):
            expired = await ledger.expire_pending(START + step.at)
            assert list(expired) == [id_of("transfer", name) for name in step.names]
            continue
        clock = START + (number * SECOND if step.at is None else step.at)
        results = await ledger.create_transfers(transfers_of(step, number), clock)
        _assert_answers(results, step, number)

    balances, flags = await ledger.balances(), await ledger.account_flags()
    for name, expected in example.after.items():
        assert _as_expected(name, balances[accounts[name].id], expected) == expected, name
    for name, account in accounts.items():
        assert flags[account.id] == example.flags.get(name, account.flags), name


def _opening_transfers(example: Example, accounts: Mapping[str, Account]) -> Iterator[Transfer]:
    for name, amount in example.opening.items():
        account, kind = accounts[name], kind_of(name)
        assert kind is not None
        source = id_of("account", f"{OPENING}:{account.ledger}")
        debit, credit = (account.id, source) if kind.debits_raise else (source, account.id)
        yield Transfer(
            id=id_of("transfer", f"{OPENING}:{name}"),
            debit_account_id=debit,
            credit_account_id=credit,
            amount=amount,
            ledger=account.ledger,
            code=1,
        )


def _assert_answers(results: Sequence[TransferResult], step: Batch, number: int) -> None:
    assert [result.status for result in results] == [line.status for line in step.lines], f"step {number}"
    for index, (result, line) in enumerate(zip(results, step.lines, strict=True)):
        amount = (line.amount if line.moved is None else line.moved) if result.is_made else 0
        assert result.amount == amount, f"step {number}, line {index}"
        if not result.is_made:
            assert result.timestamp == 0
        elif line.time is not None:
            assert result.timestamp == START + line.time, f"step {number}, line {index}"


def _as_expected(name: str, counters: Counters, expected: int | Counters) -> int | Counters:
    """Put *counters* in the form of what is *expected*."""
    if not isinstance(expected, int):
        return counters
    debits_pending, debits_posted, credits_pending, credits_posted = counters
    kind = kind_of(name)
    if debits_pending or credits_pending or kind is None:
        return counters
    return debits_posted - credits_posted if kind.debits_raise else credits_posted - debits_posted


# The postings of the design of money, section 5.3

POSTINGS: Final = (
    Example(
        name="P1 pay from the wallet",
        opening={"wallet:B": 50_000, "budget:C1": 100_000},
        steps=(linked(move("wallet:B", "escrow:O1", 9_000), move("budget:C1", "escrow_sub:O1", 1_000)),),
        after={"escrow:O1": 9_000, "escrow_sub:O1": 1_000, "wallet:B": 41_000},
    ),
    Example(
        name="P2 pay by a channel that settles net of its fee",
        opening={"chan_recv:wx": 5_000_000, "budget:C1": 100_000},
        steps=(
            linked(move("chan_recv:wx", "escrow:O1", 9_000), move("budget:C1", "escrow_sub:O1", 1_000)),
            linked(move("bank:1", "chan_recv:wx", 8_946), move("chan_fee", "chan_recv:wx", 54)),
        ),
        after={"escrow:O1": 9_000, "chan_recv:wx": 5_000_000, "bank:1": 8_946, "chan_fee": 54},
    ),
    Example(
        name="P3 paid after the order was closed",
        steps=(
            linked(move("chan_recv:wx", "suspense:wx", 9_000), move("suspense:wx", "refund_clr:wx", 9_000)),
            batch(move("refund_clr:wx", "chan_recv:wx", 9_000)),
        ),
        after={"suspense:wx": 0, "refund_clr:wx": 0, "chan_recv:wx": 0},
    ),
    Example(
        name="R1 release",
        opening={"escrow:O1": 9_000, "escrow_sub:O1": 1_000},
        steps=(
            linked(
                move("escrow:O1", "m_pending:M", 9_000),
                move("escrow_sub:O1", "m_pending:M", 1_000),
                move("m_pending:M", "fee_inc", 500),
                move("m_pending:M", "c_pending:P", 800),
                move("ctl", "refundable:O1", 9_000),
            ),
        ),
        after={
            "escrow:O1": 0,
            "escrow_sub:O1": 0,
            "m_pending:M": 8_700,
            "fee_inc": 500,
            "c_pending:P": 800,
            "refundable:O1": 9_000,
        },
    ),
    Example(
        name="R2 settlement",
        opening={"m_pending:M": 8_700, "c_pending:P": 800},
        steps=(batch(move("m_pending:M", "m_avail:M", 8_700)), batch(move("c_pending:P", "wallet:P", 800))),
        after={"m_pending:M": 0, "m_avail:M": 8_700, "c_pending:P": 0, "wallet:P": 800},
    ),
    Example(
        name="S1 release of a part",
        opening={"escrow:O1": 9_000, "escrow_sub:O1": 1_000},
        steps=(
            linked(
                move("escrow:O1", "m_pending:M", 5_400),
                move("escrow_sub:O1", "m_pending:M", 600),
                move("m_pending:M", "fee_inc", 300),
                move("m_pending:M", "c_pending:P", 480),
                move("ctl", "refundable:O1", 5_400),
            ),
        ),
        after={"escrow:O1": 3_600, "escrow_sub:O1": 400, "m_pending:M": 5_220, "refundable:O1": 5_400},
    ),
    Example(
        name="F1 refund before shipment",
        opening={"escrow:O1": 3_600, "escrow_sub:O1": 400, "chan_recv:wx": 9_000},
        steps=(
            linked(move("escrow:O1", "refund_clr:wx", 3_600), move("escrow_sub:O1", "budget:C1", 400)),
            batch(move("refund_clr:wx", "chan_recv:wx", 3_600)),
        ),
        after={"escrow:O1": 0, "escrow_sub:O1": 0, "refund_clr:wx": 0, "budget:C1": 400, "chan_recv:wx": 5_400},
    ),
    Example(
        name="F2 refund that the channel refuses",
        opening={"suspense:wx": 3_600},
        steps=(batch(move("suspense:wx", "refund_clr:wx", 3_600)), batch(move("refund_clr:wx", "wallet:B", 3_600))),
        after={"wallet:B": 3_600, "refund_clr:wx": 0},
    ),
    Example(
        name="F3 refund after release, and a second one beyond what was released",
        opening={"m_pending:M": 8_700, "fee_inc": 500, "c_pending:P": 800, "refundable:O1": 9_000},
        steps=(
            linked(
                move("refundable:O1", "ctl", 2_700),
                move("fee_inc", "m_pending:M", 150),
                move("c_pending:P", "m_pending:M", 240),
                move("m_pending:M", "refund_clr:wx", 2_700),
                move("m_pending:M", "budget:C1", 300),
            ),
            linked(
                refused(move("refundable:O1", "ctl", 7_000), S.EXCEEDS_CREDITS),
                refused(move("fee_inc", "m_pending:M", 350), S.LINKED_EVENT_FAILED),
                refused(move("c_pending:P", "m_pending:M", 560), S.LINKED_EVENT_FAILED),
                refused(move("m_pending:M", "refund_clr:wx", 7_000), S.LINKED_EVENT_FAILED),
            ),
        ),
        after={
            "m_pending:M": 6_090,
            "fee_inc": 350,
            "c_pending:P": 560,
            "refundable:O1": 6_300,
            "refund_clr:wx": 2_700,
            "budget:C1": 300,
        },
    ),
    Example(
        name="F4 refund after settlement, from available, deposit and debt",
        opening={"m_avail:M": 700, "m_deposit:M": 1_000, "fee_inc": 500, "refundable:O1": 9_000},
        steps=(
            linked(
                move("refundable:O1", "ctl", 2_700),
                move("fee_inc", "m_pending:M", 150),
                move("promo_owed:P", "m_pending:M", 240),
                move("m_avail:M", "m_pending:M", 2_610, F.BALANCING_DEBIT).but(moved=700),
                move("m_deposit:M", "m_pending:M", 1_910, F.BALANCING_DEBIT).but(moved=1_000),
                move("merch_owed:M", "m_pending:M", 910),
                move("m_pending:M", "refund_clr:wx", 2_700),
                move("m_pending:M", "budget:C1", 300),
            ),
        ),
        after={
            "m_pending:M": 0,
            "m_avail:M": 0,
            "m_deposit:M": 0,
            "merch_owed:M": 910,
            "promo_owed:P": 240,
            "refund_clr:wx": 2_700,
            "refundable:O1": 6_300,
        },
    ),
    Example(
        name="F5 a later release repays debts first",
        opening={"merch_owed:M": 910},
        steps=(
            batch(move("chan_recv:wx", "escrow:O2", 2_000)),
            linked(
                move("escrow:O2", "m_pending:M", 2_000),
                move("m_pending:M", "fee_inc", 100),
                move("m_pending:M", "merch_owed:M", AMOUNT_MAX, F.BALANCING_DEBIT | F.BALANCING_CREDIT).but(moved=910),
                move("m_pending:M", "m_deposit:M", AMOUNT_MAX, F.BALANCING_DEBIT).but(moved=990),
            ),
        ),
        after={"m_pending:M": 0, "merch_owed:M": 0, "m_deposit:M": 990},
    ),
    Example(
        name="D1 award while in escrow",
        opening={"escrow:O1": 9_000, "escrow_sub:O1": 1_000},
        steps=(
            linked(
                move("escrow:O1", "refund_clr:wx", 5_400),
                move("escrow_sub:O1", "budget:C1", 600),
                move("escrow:O1", "m_pending:M", 3_600),
                move("escrow_sub:O1", "m_pending:M", 400),
                move("m_pending:M", "fee_inc", 200),
                move("m_pending:M", "c_pending:P", 320),
                move("ctl", "refundable:O1", 3_600),
            ),
        ),
        after={"escrow:O1": 0, "escrow_sub:O1": 0, "m_pending:M": 3_480, "refundable:O1": 3_600},
    ),
    Example(
        name="D2 dispute after settlement: held, and awarded in part",
        opening={"m_avail:M": 8_700, "refundable:O3": 9_000},
        steps=(
            linked(
                hold("H0", "refundable:O3", "ctl", 3_000),
                hold("H1", "m_avail:M", "refund_clr:wx", 3_000),
            ),
            # What is held can't be withdrawn.
            batch(refused(move("m_avail:M", "payout_clr:b", 5_701), S.EXCEEDS_CREDITS)),
            linked(take("H0", 2_000), take("H1", 2_000)),
        ),
        after={"m_avail:M": 6_700, "refund_clr:wx": 2_000, "refundable:O3": 7_000},
    ),
    Example(
        name="G1 merchant deposit",
        steps=(
            batch(move("chan_recv:wx", "m_deposit:M", 100_000)),
            batch(move("m_deposit:M", "wallet:B", 5_000)),
            batch(move("m_deposit:M", "m_avail:M", 95_000)),
        ),
        after={"m_deposit:M": 0, "m_avail:M": 95_000, "wallet:B": 5_000},
    ),
    Example(
        name="W1 withdrawal with a fee",
        opening={"m_avail:M": 8_700, "bank:1": 10_000},
        steps=(
            linked(
                hold("H1", "m_avail:M", "payout_clr:b", 8_600),
                hold("H2", "m_avail:M", "wd_fee_inc", 100),
            ),
            linked(take("H1", moved=8_600), take("H2", moved=100)),
            batch(move("payout_clr:b", "bank:1", 8_600), move("payout_fee", "bank:1", 2)),
        ),
        after={"m_avail:M": 0, "payout_clr:b": 0, "wd_fee_inc": 100, "bank:1": 1_398, "payout_fee": 2},
    ),
    Example(
        name="W2 payout returned days later",
        opening={"wd_fee_inc": 100},
        steps=(
            linked(
                move("bank:1", "payout_clr:b", 8_600),
                move("payout_clr:b", "m_avail:M", 8_600),
                move("wd_fee_inc", "m_avail:M", 100),
            ),
        ),
        after={"m_avail:M": 8_700, "payout_clr:b": 0, "wd_fee_inc": 0},
    ),
    Example(
        name="W3 payout rejected at once",
        opening={"m_avail:M": 8_700},
        steps=(
            linked(
                hold("H1", "m_avail:M", "payout_clr:b", 8_600),
                hold("H2", "m_avail:M", "wd_fee_inc", 100),
            ),
            linked(void("H1", moved=8_600), void("H2", moved=100)),
        ),
        after={"m_avail:M": 8_700, "payout_clr:b": 0, "wd_fee_inc": 0},
    ),
    Example(
        name="H1 red packet",
        opening={"wallet:S": 10_000},
        steps=(
            batch(move("wallet:S", "redpkt:R", 10_000)),
            batch(
                move("redpkt:R", "wallet:U1", 3_121),
                move("redpkt:R", "wallet:U2", 877),
                move("redpkt:R", "wallet:U3", 2_402),
            ),
            batch(move("redpkt:R", "wallet:S", 10_000, F.BALANCING_DEBIT).but(moved=3_600)),
        ),
        after={"redpkt:R": 0, "wallet:S": 3_600, "wallet:U1": 3_121, "wallet:U2": 877, "wallet:U3": 2_402},
    ),
    Example(
        name="A1 prepaid clicks in two ledgers",
        opening={"m_avail:M": 50_000},
        steps=(
            linked(move("m_avail:M", "ad_bridge", 50_000), move("u_ad_bridge", "u_ad_prepaid:M", 500_000_000)),
            batch(
                move("u_ad_prepaid:M", "u_ad_inc", 372_500),
                move("u_ad_prepaid:M", "u_ad_inc", 1_117_500),
                move("u_ad_inc", "u_ad_prepaid:M", 372_500),
            ),
            linked(move("u_ad_inc", "u_ad_bridge", 1_110_000), move("ad_bridge", "ad_inc", 111)),
        ),
        after={
            "ad_bridge": 49_889,
            "ad_inc": 111,
            "u_ad_inc": 7_500,
            "u_ad_prepaid:M": 498_882_500,
            "u_ad_bridge": 498_890_000,
        },
    ),
    Example(
        name="B1 chargeback lost, and B2 its shortfall written off",
        opening={"m_avail:M": 7_000, "m_deposit:M": 1_500, "refundable:O7": 9_000, "chan_recv:card": 20_000},
        steps=(
            batch(move("cb_pending:K1", "chan_recv:card", 9_000), move("cb_fee", "chan_recv:card", 1_500)),
            linked(
                move("refundable:O7", "ctl", 9_000),
                hold("H1", "m_avail:M", "cb_pending:K1", 9_000, F.BALANCING_DEBIT).but(moved=7_000),
                hold("H2", "m_deposit:M", "cb_pending:K1", 2_000, F.BALANCING_DEBIT).but(moved=1_500),
            ),
            linked(take("H1", moved=7_000), take("H2", moved=1_500), move("merch_owed:M", "cb_pending:K1", 500)),
            batch(move("bad_debt", "merch_owed:M", 200)),
        ),
        after={
            "cb_pending:K1": 0,
            "merch_owed:M": 300,
            "bad_debt": 200,
            "m_avail:M": 0,
            "m_deposit:M": 0,
            "refundable:O7": 0,
            "chan_recv:card": 9_500,
        },
    ),
    Example(
        name="B3 chargeback won",
        opening={"m_avail:M": 7_000},
        steps=(
            batch(move("cb_pending:K1", "chan_recv:card", 5_000)),
            batch(hold("H1", "m_avail:M", "cb_pending:K1", 5_000, F.BALANCING_DEBIT)),
            linked(void("H1", moved=5_000), move("chan_recv:card", "cb_pending:K1", 5_000)),
        ),
        after={"m_avail:M": 7_000, "cb_pending:K1": 0, "chan_recv:card": 0},
    ),
    Example(
        name="C1 merchant credit, repaid from sales",
        steps=(
            batch(move("loan_principal:M", "m_avail:M", 100_000), move("loan_interest:M", "int_inc", 50)),
            batch(move("chan_recv:wx", "escrow:O9", 20_000)),
            linked(
                move("escrow:O9", "m_pending:M", 20_000),
                move("m_pending:M", "loan_interest:M", 50),
                move("m_pending:M", "loan_principal:M", 5_000),
                move("m_pending:M", "m_avail:M", 14_950),
            ),
        ),
        after={"loan_principal:M": 95_000, "loan_interest:M": 0, "m_pending:M": 0, "m_avail:M": 114_950},
    ),
    Example(
        name="J1 court order, topped up and executed",
        opening={"wallet:B": 8_000, "bank:1": 20_000},
        steps=(
            batch(move("wallet:B", "legal_hold:B", 10_000, F.BALANCING_DEBIT).but(moved=8_000)),
            batch(move("bank:1", "wallet:B", 5_000)),
            batch(move("wallet:B", "legal_hold:B", 2_000, F.BALANCING_DEBIT)),
            linked(move("legal_hold:B", "payout_clr:court", 10_000), move("payout_clr:court", "bank:1", 10_000)),
        ),
        after={"wallet:B": 3_000, "legal_hold:B": 0, "payout_clr:court": 0, "bank:1": 15_000},
    ),
    Example(
        name="Z1 unmatched and missing money",
        steps=(
            batch(move("chan_recv:wx", "suspense:wx", 1_234)),
            batch(move("suspense:wx", "own_funds", 1_234)),
            batch(move("suspense_short:wx", "chan_recv:wx", 777)),
            batch(move("chan_recv:wx", "suspense_short:wx", 777)),
        ),
        after={"suspense:wx": 0, "suspense_short:wx": 0, "own_funds": 1_234, "chan_recv:wx": 1_234},
    ),
)


# The sentences of the README

FUND: Final = {"wallet:A": 100}
"""What most of these start with."""

PAY: Final = move("wallet:A", "wallet:B", 10)
TOO_MUCH: Final = refused(move("wallet:A", "wallet:B", 1_000), S.EXCEEDS_CREDITS)
OPEN_END: Final = F.LINKED

BATCHES: Final = (
    Example(
        name="an event sees the effect of those before it in the same batch",
        steps=(batch(move("bank:1", "wallet:A", 10), PAY, refused(PAY, S.EXCEEDS_CREDITS)),),
        after={"wallet:A": 0, "wallet:B": 10},
    ),
    Example(
        name="the event of a chain that fails keeps its status and the others fall",
        opening=FUND,
        steps=(
            Batch(
                (
                    PAY,
                    *chain(
                        refused(PAY, S.LINKED_EVENT_FAILED),
                        TOO_MUCH,
                        refused(PAY, S.LINKED_EVENT_FAILED),
                    ),
                    PAY,
                )
            ),
        ),
        after={"wallet:A": 80, "wallet:B": 20},
    ),
    Example(
        name="two chains in a row stand and fall apart",
        opening=FUND,
        steps=(Batch((*chain(PAY, PAY), *chain(refused(PAY, S.LINKED_EVENT_FAILED), TOO_MUCH), *chain(PAY, PAY))),),
        after={"wallet:A": 60, "wallet:B": 40},
    ),
    Example(
        name="within a chain an event sees those before it, and a hold can be resolved",
        opening=FUND,
        steps=(
            linked(
                hold("H", "wallet:A", "wallet:B", 100),
                take("H", 60),
                move("wallet:B", "wallet:C", 60),
                PAY,
            ),
        ),
        after={"wallet:A": 30, "wallet:B": 10, "wallet:C": 60},
    ),
    Example(
        name="a hold resolved in a chain that falls is open again",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 50)),
            linked(void("H", 50).but(status=S.LINKED_EVENT_FAILED), TOO_MUCH),
            batch(take("H", moved=50)),
        ),
        after={"wallet:A": 50, "wallet:B": 50},
    ),
    Example(
        name="a hold made in a chain that falls was never made",
        opening=FUND,
        steps=(
            linked(hold("H", "wallet:A", "wallet:B", 50).but(status=S.LINKED_EVENT_FAILED), TOO_MUCH),
            batch(refused(take("H"), S.PENDING_TRANSFER_NOT_FOUND)),
        ),
        after={"wallet:A": 100, "wallet:B": 0},
    ),
    Example(
        name="a chain open at the end of the batch fails on its last event",
        opening=FUND,
        steps=(
            batch(
                PAY,
                refused(PAY, S.LINKED_EVENT_FAILED).but(flags=F.LINKED),
                refused(PAY, S.LINKED_EVENT_CHAIN_OPEN).but(flags=OPEN_END),
            ),
            batch(refused(PAY, S.LINKED_EVENT_CHAIN_OPEN).but(flags=OPEN_END)),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
    Example(
        name="an open chain is judged before anything else about its last event",
        opening=FUND,
        steps=(
            batch(PAY.but(name="first")),
            batch(refused(PAY, S.LINKED_EVENT_CHAIN_OPEN).but(name="first", flags=OPEN_END)),
            batch(refused(PAY, S.LINKED_EVENT_CHAIN_OPEN).but(amount=-1, flags=OPEN_END | F.EXPIRED)),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
    Example(
        name="an open chain fails on its last event even where one before it failed",
        opening=FUND,
        steps=(
            batch(
                refused(PAY, S.LINKED_EVENT_FAILED).but(flags=F.LINKED),
                TOO_MUCH.but(flags=F.LINKED, name="burnt"),
                refused(PAY, S.LINKED_EVENT_FAILED).but(flags=F.LINKED),
                refused(PAY, S.LINKED_EVENT_CHAIN_OPEN).but(flags=OPEN_END),
            ),
            batch(refused(PAY, S.ID_ALREADY_FAILED).but(name="burnt")),
        ),
        after={"wallet:A": 100, "wallet:B": 0},
    ),
    Example(
        name="once an event of a chain failed the rest is not looked at",
        opening=FUND,
        steps=(
            linked(
                TOO_MUCH.but(name="first"),
                refused(TOO_MUCH, S.LINKED_EVENT_FAILED).but(name="second"),
                refused(PAY, S.LINKED_EVENT_FAILED).but(name="third", amount=-1),
            ),
            batch(
                refused(PAY, S.ID_ALREADY_FAILED).but(name="first"),
                PAY.but(name="second"),
                PAY.but(name="third"),
            ),
        ),
        after={"wallet:A": 80, "wallet:B": 20},
    ),
    Example(
        name="an event that exists breaks its chain",
        opening=FUND,
        steps=(
            linked(PAY.but(name="first", time=0), PAY.but(name="second", time=1), at=0),
            linked(
                PAY.but(name="first", status=S.EXISTS, time=0),
                PAY.but(name="second", status=S.LINKED_EVENT_FAILED),
                at=9,
            ),
            linked(
                PAY.but(name="third", status=S.LINKED_EVENT_FAILED),
                PAY.but(name="second", status=S.EXISTS, time=1),
                at=9,
            ),
        ),
        after={"wallet:A": 80, "wallet:B": 20},
    ),
    Example(
        name="a batch may be empty",
        opening=FUND,
        steps=(batch(), batch(PAY)),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
)

ONCE: Final = PAY.but(name="once")
IN_FULL: Final = Line("wallet:A", "wallet:B", 10, F.PENDING, name="full", timeout=60, journal="J", effective_at=START)
POST_IN_FULL: Final = take("H", 10).but(name="post", debit="wallet:A", credit="wallet:B", ledger=1, code=1)

IDS: Final = (
    Example(
        name="the same again exists, with the amount and time of the first",
        opening=FUND,
        steps=(
            batch(ONCE.but(time=0), ONCE.but(status=S.EXISTS, time=0), at=0),
            batch(ONCE.but(status=S.EXISTS, time=0), at=60 * SECOND),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
    Example(
        name="the same exists even where it could not be made any more",
        opening=FUND,
        steps=(
            batch(ONCE.but(amount=100)),
            batch(hold("C", "wallet:A", "wallet:B", 0, F.CLOSING_DEBIT)),
            batch(ONCE.but(amount=100, status=S.EXISTS)),
        ),
        after={"wallet:A": 0, "wallet:B": 100},
        flags={"wallet:A": DNX | AccountFlags.CLOSED},
    ),
    Example(
        name="the same id with something else says what is different",
        opening=FUND,
        steps=(
            batch(IN_FULL),
            batch(
                IN_FULL.but(status=S.EXISTS),
                IN_FULL.but(flags=F.PENDING | F.BALANCING_DEBIT, status=S.EXISTS_WITH_DIFFERENT_FLAGS),
                IN_FULL.but(pending="H", status=S.EXISTS_WITH_DIFFERENT_PENDING_ID),
                IN_FULL.but(timeout=61, status=S.EXISTS_WITH_DIFFERENT_TIMEOUT),
                IN_FULL.but(debit="wallet:B", status=S.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID),
                IN_FULL.but(debit=None, ledger=1, status=S.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID),
                IN_FULL.but(credit="nobody", status=S.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID),
                IN_FULL.but(amount=11, status=S.EXISTS_WITH_DIFFERENT_AMOUNT),
                IN_FULL.but(journal="", status=S.EXISTS_WITH_DIFFERENT_JOURNAL_ID),
                IN_FULL.but(effective_at=None, status=S.EXISTS_WITH_DIFFERENT_EFFECTIVE_AT),
                IN_FULL.but(ledger=2, status=S.EXISTS_WITH_DIFFERENT_LEDGER),
                IN_FULL.but(ledger=0, status=S.EXISTS_WITH_DIFFERENT_LEDGER),
                IN_FULL.but(code=2, status=S.EXISTS_WITH_DIFFERENT_CODE),
            ),
        ),
        after={"wallet:A": (10, 0, 0, 100), "wallet:B": (0, 0, 10, 0)},
    ),
    Example(
        name="of several differences the first in the order of the statuses is given",
        opening=FUND,
        steps=(
            batch(IN_FULL),
            *(
                batch(line)
                for line in (
                    Line(name="full", amount=-1, flags=F.EXPIRED, code=0, status=S.EXISTS_WITH_DIFFERENT_FLAGS),
                    Line(name="full", pending="H", flags=F.PENDING, code=0, status=S.EXISTS_WITH_DIFFERENT_PENDING_ID),
                    Line(name="full", flags=F.PENDING, code=0, status=S.EXISTS_WITH_DIFFERENT_TIMEOUT),
                    IN_FULL.but(
                        debit="wallet:B",
                        credit="wallet:A",
                        amount=9,
                        status=S.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID,
                    ),
                    IN_FULL.but(credit="wallet:C", amount=9, status=S.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID),
                    IN_FULL.but(amount=9, journal="K", status=S.EXISTS_WITH_DIFFERENT_AMOUNT),
                    IN_FULL.but(journal="K", effective_at=1, status=S.EXISTS_WITH_DIFFERENT_JOURNAL_ID),
                    IN_FULL.but(effective_at=1, ledger=3, status=S.EXISTS_WITH_DIFFERENT_EFFECTIVE_AT),
                    IN_FULL.but(ledger=3, code=7, status=S.EXISTS_WITH_DIFFERENT_LEDGER),
                )
            ),
        ),
        after={"wallet:A": (10, 0, 0, 100)},
    ),
    Example(
        name="being linked is part of a transfer",
        opening=FUND,
        steps=(
            batch(ONCE),
            linked(ONCE.but(status=S.EXISTS_WITH_DIFFERENT_FLAGS), refused(PAY, S.LINKED_EVENT_FAILED)),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
    Example(
        name="the submitted amount counts and not the one that came of it",
        opening=FUND,
        steps=(
            batch(ONCE.but(amount=500, flags=F.BALANCING_DEBIT, moved=100)),
            batch(
                ONCE.but(amount=500, flags=F.BALANCING_DEBIT, status=S.EXISTS, moved=100),
                ONCE.but(amount=100, flags=F.BALANCING_DEBIT, status=S.EXISTS_WITH_DIFFERENT_AMOUNT),
            ),
            batch(hold("H", "wallet:B", "wallet:A", 30)),
            batch(take("H", moved=30).but(name="post")),
            batch(
                take("H", moved=30).but(name="post", status=S.EXISTS),
                take("H", 30).but(name="post", status=S.EXISTS_WITH_DIFFERENT_AMOUNT),
            ),
            batch(hold("V", "wallet:B", "wallet:A", 20)),
            batch(void("V", 20).but(name="void")),
            batch(
                void("V", 20).but(name="void", status=S.EXISTS),
                void("V", 20, amount=20).but(name="void", status=S.EXISTS_WITH_DIFFERENT_AMOUNT),
            ),
        ),
        after={"wallet:A": 30, "wallet:B": 70},
    ),
    Example(
        name="what a post leaves out now counts as the same, and what it gives is compared with the hold",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 10), hold("I", "wallet:A", "wallet:B", 10)),
            batch(POST_IN_FULL, take("I", 10).but(name="bare")),
            batch(
                POST_IN_FULL.but(status=S.EXISTS),
                take("H", 10).but(name="post", status=S.EXISTS),
                POST_IN_FULL.but(name="bare", pending="I", status=S.EXISTS),
                POST_IN_FULL.but(
                    name="bare",
                    pending="I",
                    debit="wallet:B",
                    status=S.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID,
                ),
                POST_IN_FULL.but(name="bare", pending="I", code=2, status=S.EXISTS_WITH_DIFFERENT_CODE),
                POST_IN_FULL.but(debit="wallet:B", status=S.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID),
                POST_IN_FULL.but(credit="wallet:A", status=S.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID),
                POST_IN_FULL.but(ledger=2, status=S.EXISTS_WITH_DIFFERENT_LEDGER),
                POST_IN_FULL.but(code=2, status=S.EXISTS_WITH_DIFFERENT_CODE),
            ),
        ),
        after={"wallet:A": 80, "wallet:B": 20},
    ),
    Example(
        name="a passing obstacle burns the id, and nothing else about it is looked at after",
        opening=FUND,
        steps=(
            batch(TOO_MUCH.but(name="once"), refused(ONCE, S.ID_ALREADY_FAILED)),
            batch(refused(ONCE, S.ID_ALREADY_FAILED).but(amount=-1, flags=F.EXPIRED, debit=None)),
        ),
        after={"wallet:A": 100, "wallet:B": 0},
    ),
    Example(
        name="every passing obstacle is remembered",
        opening={"wallet:A": 100, "wallet:L": 50, "bank:1": 50},
        steps=(
            batch(
                hold("C", "wallet:C", "wallet:D", 0, F.CLOSING_DEBIT),
                hold("Z", "wallet:Z", "wallet:Y", 0, F.FREEZING_DEBIT | F.FREEZING_CREDIT),
            ),
            batch(
                Line("nobody", "wallet:B", 1, ledger=1, name="1", status=S.DEBIT_ACCOUNT_NOT_FOUND),
                Line("wallet:A", "nobody", 1, name="2", status=S.CREDIT_ACCOUNT_NOT_FOUND),
                take("nothing").but(name="3", status=S.PENDING_TRANSFER_NOT_FOUND),
                Line("wallet:C", "wallet:B", 0, name="4", status=S.DEBIT_ACCOUNT_ALREADY_CLOSED),
                Line("wallet:A", "wallet:C", 1, name="5", status=S.CREDIT_ACCOUNT_ALREADY_CLOSED),
                Line("wallet:Z", "wallet:B", 0, name="6", status=S.DEBIT_ACCOUNT_FROZEN),
                Line("wallet:A", "wallet:Y", 1, name="7", status=S.CREDIT_ACCOUNT_FROZEN),
                Line("wallet:A", "wallet:B", 101, name="8", status=S.EXCEEDS_CREDITS),
                Line("bank:1", "merch_owed:M", 1, name="9", status=S.EXCEEDS_DEBITS),
            ),
            batch(*(refused(PAY, S.ID_ALREADY_FAILED).but(name=str(number)) for number in range(1, 10))),
        ),
        after={"wallet:A": 100},
        flags={
            "wallet:C": DNX | AccountFlags.CLOSED,
            "wallet:Z": DNX | AccountFlags.FROZEN_DEBITS,
            "wallet:Y": DNX | AccountFlags.FROZEN_CREDITS,
        },
    ),
    Example(
        name="a lasting fault burns nothing",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 1)),
            batch(
                refused(ONCE, S.AMOUNT_OUT_OF_RANGE).but(amount=-1),
                refused(ONCE, S.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS).but(ledger=2),
                take("H", 2).but(name="once", status=S.EXCEEDS_PENDING_TRANSFER_AMOUNT),
                ONCE,
            ),
            batch(void("H", 1)),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
)

TIME: Final = (
    Example(
        name="time rises strictly whatever the clock does",
        opening=FUND,
        steps=(
            batch(PAY.but(time=0), PAY.but(time=1), at=0),
            batch(PAY.but(time=2), PAY.but(time=3), at=-3_600 * SECOND),
            batch(PAY.but(time=4), at=3),
            batch(PAY.but(time=86_400 * SECOND), at=86_400 * SECOND),
            batch(PAY.but(time=86_400 * SECOND + 1), at=5),
        ),
        after={"wallet:A": 30, "wallet:B": 70},
    ),
    Example(
        name="only what is created or remembered uses up a time",
        opening=FUND,
        steps=(
            batch(
                PAY.but(time=0, name="once"),
                PAY.but(status=S.EXISTS, time=0, name="once"),
                refused(PAY, S.AMOUNT_OUT_OF_RANGE).but(amount=-1),
                PAY.but(time=1),
                TOO_MUCH.but(name="burnt"),
                PAY.but(time=3),
                refused(PAY, S.ID_ALREADY_FAILED).but(name="burnt"),
                PAY.but(time=4),
                at=0,
            ),
        ),
        after={"wallet:A": 60, "wallet:B": 40},
    ),
    Example(
        name="a chain that falls uses up a time only for the failure that is remembered",
        opening=FUND,
        steps=(
            Batch(
                (
                    PAY.but(time=0),
                    *chain(*(refused(PAY, S.LINKED_EVENT_FAILED),) * 5, TOO_MUCH),
                    PAY.but(time=2),
                    *chain(
                        *(refused(PAY, S.LINKED_EVENT_FAILED),) * 5, refused(PAY, S.CODE_MUST_NOT_BE_ZERO).but(code=0)
                    ),
                    PAY.but(time=3),
                ),
                at=0,
            ),
        ),
        after={"wallet:A": 70, "wallet:B": 30},
    ),
    Example(
        name="each event of a chain has a time of its own",
        opening=FUND,
        steps=(linked(PAY.but(time=7), PAY.but(time=8), PAY.but(time=9), at=7),),
        after={"wallet:A": 70, "wallet:B": 30},
    ),
    Example(
        name="the clock's voids take times as well",
        opening=FUND,
        steps=(
            batch(
                hold("H", "wallet:A", "wallet:B", 10, timeout=1), hold("I", "wallet:A", "wallet:B", 10, timeout=1), at=0
            ),
            Expiry(("H", "I"), at=2 * SECOND),
            batch(PAY.but(time=2 * SECOND + 2), at=2 * SECOND),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
)

WRONG: Final = Line(
    "wallet:A@9", None, -1, F.PENDING | F.VOID_PENDING_TRANSFER | F.CLOSING_DEBIT | F.EXPIRED, ledger=0, code=0
)
NO_HOLD: Final = take("H")

FAULTS: Final = (
    Example(
        name="of several faults the first in the order of the statuses is given",
        opening={"wallet:A": 100},
        steps=tuple(
            batch(refused(line, status))
            for line, status in (
                (WRONG, S.RESERVED_FLAG),
                (WRONG.but(flags=F.PENDING | F.VOID_PENDING_TRANSFER), S.FLAGS_ARE_MUTUALLY_EXCLUSIVE),
                (WRONG.but(flags=F.CLOSING_DEBIT, debit=None), S.DEBIT_ACCOUNT_ID_MUST_BE_GIVEN),
                (WRONG.but(flags=F.CLOSING_DEBIT), S.CREDIT_ACCOUNT_ID_MUST_BE_GIVEN),
                (WRONG.but(flags=F.CLOSING_DEBIT, credit="wallet:A@9"), S.ACCOUNTS_MUST_BE_DIFFERENT),
                (
                    WRONG.but(flags=F.CLOSING_DEBIT, credit="wallet:B", pending="H"),
                    S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER,
                ),
                (
                    WRONG.but(flags=F.CLOSING_DEBIT, debit="nobody", credit="wallet:B@13", pending="H"),
                    S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER,
                ),
                *(
                    (WRONG.but(debit="nobody", credit="wallet:B", **changes), status)
                    for changes, status in (
                        ({"flags": F.CLOSING_DEBIT, "pending": "H", "timeout": 1}, S.PENDING_ID_MUST_NOT_BE_GIVEN),
                        ({"flags": F.VOID_PENDING_TRANSFER, "timeout": 1}, S.PENDING_ID_MUST_BE_GIVEN),
                        (
                            {"flags": F.VOID_PENDING_TRANSFER, "timeout": 1, "pending": "H", "name": "H"},
                            S.PENDING_ID_MUST_BE_DIFFERENT,
                        ),
                        ({"flags": F.CLOSING_DEBIT, "timeout": -1}, S.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER),
                        ({"flags": F.PENDING | F.CLOSING_DEBIT, "timeout": -1}, S.TIMEOUT_OUT_OF_RANGE),
                        ({"flags": F.CLOSING_DEBIT | F.FREEZING_DEBIT}, S.CLOSING_TRANSFER_MUST_BE_PENDING),
                        ({"flags": F.FREEZING_DEBIT}, S.FREEZING_TRANSFER_MUST_BE_PENDING),
                        ({"flags": F.PENDING}, S.AMOUNT_OUT_OF_RANGE),
                        ({"flags": F.PENDING, "amount": 1}, S.LEDGER_MUST_NOT_BE_ZERO),
                        ({"flags": F.PENDING, "amount": 1, "ledger": 9}, S.CODE_MUST_NOT_BE_ZERO),
                        (
                            {"flags": F.PENDING, "amount": 1, "ledger": 9, "code": -1, "effective_at": -1},
                            S.CODE_OUT_OF_RANGE,
                        ),
                        (
                            {"flags": F.PENDING, "amount": 1, "ledger": 9, "code": 1, "effective_at": -1},
                            S.EFFECTIVE_AT_OUT_OF_RANGE,
                        ),
                        ({"flags": F.PENDING, "amount": 1, "ledger": 9, "code": 1}, S.DEBIT_ACCOUNT_NOT_FOUND),
                    )
                ),
                (Line("u_ad_inc", "nobody", 1, ledger=9), S.CREDIT_ACCOUNT_NOT_FOUND),
                (Line("wallet:A", "u_ad_inc", 1_000, ledger=9), S.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER),
                (Line("wallet:A", "wallet:B", 1_000, ledger=9), S.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS),
                (Line("wallet:A", "merch_owed:M", 1_000), S.EXCEEDS_CREDITS),
                (Line("wallet:A", "merch_owed:M", 10), S.EXCEEDS_DEBITS),
            )
        ),
        after={"wallet:A": 100},
    ),
    Example(
        name="post and void exclude whatever makes a movement of its own",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 10)),
            batch(
                *(
                    take("H").but(flags=own | other, status=S.FLAGS_ARE_MUTUALLY_EXCLUSIVE)
                    for own in (F.POST_PENDING_TRANSFER, F.VOID_PENDING_TRANSFER)
                    for other in (
                        F.PENDING,
                        F.POST_PENDING_TRANSFER | F.VOID_PENDING_TRANSFER,
                        F.BALANCING_DEBIT,
                        F.BALANCING_CREDIT,
                        F.CLOSING_DEBIT,
                        F.CLOSING_CREDIT,
                        F.FREEZING_DEBIT,
                        F.FREEZING_CREDIT,
                    )
                ),
                take("H").but(flags=F.VOID_PENDING_TRANSFER | F.EXPIRED, status=S.RESERVED_FLAG),
                refused(PAY, S.RESERVED_FLAG).but(flags=TransferFlags(1 << 11)),
            ),
        ),
        after={"wallet:A": (10, 0, 0, 100), "wallet:B": (0, 0, 10, 0)},
    ),
    Example(
        name="amounts and timeouts are held to their range, ends included",
        steps=(
            batch(
                move("bank:1", "bank:2", 0),
                move("bank:1", "bank:2", AMOUNT_MAX),
                refused(move("bank:1", "bank:2", AMOUNT_MAX + 1), S.AMOUNT_OUT_OF_RANGE),
                refused(move("bank:1", "bank:2", -1), S.AMOUNT_OUT_OF_RANGE),
                hold("H", "bank:1", "bank:2", 1, timeout=TIMEOUT_MAX),
                hold("I", "bank:1", "bank:2", 1, timeout=TIMEOUT_MAX + 1).but(status=S.TIMEOUT_OUT_OF_RANGE),
                hold("J", "bank:1", "bank:2", 1, timeout=-1).but(status=S.TIMEOUT_OUT_OF_RANGE),
                void("H", 0, amount=-1).but(status=S.AMOUNT_OUT_OF_RANGE),
                take("H").but(timeout=1, status=S.TIMEOUT_RESERVED_FOR_PENDING_TRANSFER),
            ),
        ),
        after={"bank:1": (1, AMOUNT_MAX, 0, 0), "bank:2": (0, 0, 1, AMOUNT_MAX)},
    ),
    Example(
        name="codes and business times are held to the range of their columns, and hurt no other event",
        steps=(
            batch(
                move("bank:1", "bank:2", 1).but(code=CODE_MAX),
                refused(move("bank:1", "bank:2", 1), S.CODE_OUT_OF_RANGE).but(code=CODE_MAX + 1),
                refused(move("bank:1", "bank:2", 1), S.CODE_OUT_OF_RANGE).but(code=-1),
                refused(move("bank:1", "bank:2", 1), S.CODE_OUT_OF_RANGE).but(code=2**63),
                move("bank:1", "bank:2", 1).but(effective_at=0),
                hold("H", "bank:1", "bank:2", 1).but(effective_at=EFFECTIVE_AT_MAX),
                refused(move("bank:1", "bank:2", 1), S.EFFECTIVE_AT_OUT_OF_RANGE).but(effective_at=-1),
                # In the hash chain this one would read as no time at all.
                refused(move("bank:1", "bank:2", 1), S.EFFECTIVE_AT_OUT_OF_RANGE).but(effective_at=-(2**63)),
                refused(move("bank:1", "bank:2", 1), S.EFFECTIVE_AT_OUT_OF_RANGE).but(effective_at=2**63),
                take("H").but(code=CODE_MAX + 1, effective_at=-1, status=S.CODE_OUT_OF_RANGE),
                take("H").but(code=-1, status=S.CODE_OUT_OF_RANGE),
                void("H", 0).but(effective_at=EFFECTIVE_AT_MAX + 1, status=S.EFFECTIVE_AT_OUT_OF_RANGE),
                # No account has such a ledger, so nothing is ever written with it.
                refused(move("bank:1", "bank:2", 1), S.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS).but(
                    ledger=2**63
                ),
                take("H").but(ledger=2**63, status=S.PENDING_TRANSFER_HAS_DIFFERENT_LEDGER),
                take("H", moved=1),
            ),
        ),
        after={"bank:1": (0, 3, 0, 0), "bank:2": (0, 0, 0, 3)},
    ),
    Example(
        name="a transfer stays within one shard",
        opening=FUND,
        steps=(
            batch(
                hold("H", "wallet:A", "wallet:B", 10),
                refused(move("wallet:A", "wallet:B@9", 10), S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER),
                refused(move("wallet:A@9", "wallet:B", 10), S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER),
                refused(PAY, S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER).but(name="abroad@9"),
                take("H").but(name="post@9", status=S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER),
                take("H").but(debit="wallet:A@9", status=S.ACCOUNTS_MUST_BE_IN_THE_SHARD_OF_THE_TRANSFER),
                void("H", 10),
            ),
        ),
        after={"wallet:A": 100, "wallet:B": 0, "wallet:B@9": 0},
    ),
    Example(
        name="of several faults of a post or void the first in the order of the statuses is given",
        opening=FUND,
        steps=(
            batch(
                hold("H", "wallet:A", "wallet:B", 10, timeout=60),
                hold("C", "wallet:C", "wallet:B", 0, F.CLOSING_CREDIT),
                PAY.but(status=S.CREDIT_ACCOUNT_ALREADY_CLOSED),
            ),
            batch(
                *(
                    refused(line, status)
                    for line, status in (
                        (NO_HOLD.but(pending="none", debit="nobody", ledger=9, code=9), S.PENDING_TRANSFER_NOT_FOUND),
                        (
                            NO_HOLD.but(pending=f"{OPENING}:wallet:A", debit="nobody", ledger=9, code=9),
                            S.PENDING_TRANSFER_NOT_PENDING,
                        ),
                        (
                            NO_HOLD.but(debit="wallet:B", credit="wallet:A", ledger=9, code=9, amount=11),
                            S.PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID,
                        ),
                        (
                            NO_HOLD.but(debit="wallet:A", credit="nobody", ledger=9, code=9, amount=11),
                            S.PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID,
                        ),
                        (NO_HOLD.but(ledger=9, code=9, amount=11), S.PENDING_TRANSFER_HAS_DIFFERENT_LEDGER),
                        (NO_HOLD.but(ledger=1, code=9, amount=11), S.PENDING_TRANSFER_HAS_DIFFERENT_CODE),
                        (NO_HOLD.but(code=1, amount=11), S.EXCEEDS_PENDING_TRANSFER_AMOUNT),
                        (void("H", 0, amount=11), S.EXCEEDS_PENDING_TRANSFER_AMOUNT),
                        (void("H", 0, amount=AMOUNT_MAX), S.EXCEEDS_PENDING_TRANSFER_AMOUNT),
                        (void("H", 0, amount=9), S.PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT),
                        (NO_HOLD, S.CREDIT_ACCOUNT_ALREADY_CLOSED),
                    )
                ),
                at=59 * SECOND,
            ),
            batch(
                take("H", 11).but(status=S.EXCEEDS_PENDING_TRANSFER_AMOUNT),
                take("H").but(status=S.PENDING_TRANSFER_EXPIRED),
                at=60 * SECOND,
            ),
        ),
        after={"wallet:A": (10, 0, 0, 100), "wallet:B": (0, 0, 10, 0)},
        flags={"wallet:B": DNX | AccountFlags.CLOSED},
    ),
)

PENDING: Final = (
    Example(
        name="a pending transfer only holds",
        opening=FUND,
        steps=(batch(hold("H", "wallet:A", "wallet:B", 60)),),
        after={"wallet:A": (60, 0, 0, 100), "wallet:B": (0, 0, 60, 0)},
    ),
    Example(
        name="what is held can't be spent, and what is to come neither",
        opening=FUND,
        steps=(
            batch(
                hold("H", "wallet:A", "wallet:B", 60),
                refused(move("wallet:A", "wallet:C", 41), S.EXCEEDS_CREDITS),
                hold("I", "wallet:A", "wallet:C", 41).but(status=S.EXCEEDS_CREDITS),
                refused(move("wallet:B", "wallet:C", 1), S.EXCEEDS_CREDITS),
                move("wallet:A", "wallet:C", 40),
            ),
        ),
        after={"wallet:A": (60, 40, 0, 100), "wallet:B": (0, 0, 60, 0), "wallet:C": 40},
    ),
    Example(
        name="a post of less frees the rest, and there is no second",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 60)),
            batch(
                take("H", 25),
                take("H", 35).but(status=S.PENDING_TRANSFER_ALREADY_POSTED),
                void("H", 0).but(status=S.PENDING_TRANSFER_ALREADY_POSTED),
                move("wallet:A", "wallet:C", 75),
            ),
        ),
        after={"wallet:A": 0, "wallet:B": 25, "wallet:C": 75},
    ),
    Example(
        name="a post may be of nothing",
        opening=FUND,
        steps=(batch(hold("H", "wallet:A", "wallet:B", 60)), batch(take("H", 0))),
        after={"wallet:A": 100, "wallet:B": 0},
    ),
    Example(
        name="the largest amount posts the whole, and the whole may be the largest amount",
        steps=(
            batch(hold("H", "bank:1", "bank:2", AMOUNT_MAX), hold("I", "bank:1", "bank:2", 7)),
            batch(take("H"), take("I", moved=7)),
        ),
        after={"bank:1": AMOUNT_MAX + 7},
    ),
    Example(
        name="a void of all or of 0 frees all, and there is no second",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 60), hold("I", "wallet:A", "wallet:B", 40)),
            batch(
                void("H", 60),
                void("I", 40, amount=40),
                void("H", 0).but(status=S.PENDING_TRANSFER_ALREADY_VOIDED),
                take("I").but(status=S.PENDING_TRANSFER_ALREADY_VOIDED),
            ),
        ),
        after={"wallet:A": 100, "wallet:B": 0},
    ),
    Example(
        name="a post or void can't be posted",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 60), take("H", moved=60).but(name="post")),
            batch(take("post").but(status=S.PENDING_TRANSFER_NOT_PENDING)),
        ),
        after={"wallet:A": 40, "wallet:B": 60},
    ),
    Example(
        name="a hold can be posted until the microsecond before its expiry",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 60, timeout=10).but(time=0), at=0),
            Expiry((), at=10 * SECOND - 1),
            batch(take("H", moved=60).but(time=10 * SECOND - 1), at=10 * SECOND - 1),
            Expiry((), at=20 * SECOND),
        ),
        after={"wallet:A": 40, "wallet:B": 60},
    ),
    Example(
        name="at its expiry a hold is neither posted nor voided, written or not, and counts until it is written",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 60, timeout=10).but(time=0), at=0),
            batch(
                take("H").but(status=S.PENDING_TRANSFER_EXPIRED),
                void("H", 0).but(status=S.PENDING_TRANSFER_EXPIRED),
                refused(move("wallet:A", "wallet:C", 41), S.EXCEEDS_CREDITS),
                at=10 * SECOND,
            ),
            Expiry(("H",), at=10 * SECOND),
            batch(
                take("H").but(status=S.PENDING_TRANSFER_EXPIRED),
                void("H", 0).but(status=S.PENDING_TRANSFER_EXPIRED),
                move("wallet:A", "wallet:C", 41),
                at=11 * SECOND,
            ),
            Expiry((), at=12 * SECOND),
        ),
        after={"wallet:A": 59, "wallet:B": 0, "wallet:C": 41},
    ),
    Example(
        name="a hold expires by its own time and not by the clock of its batch",
        opening=FUND,
        steps=(
            batch(PAY.but(time=0), hold("H", "wallet:A", "wallet:B", 60, timeout=10).but(time=1), at=0),
            batch(PAY.but(time=10 * SECOND), take("H").but(status=S.PENDING_TRANSFER_EXPIRED), at=10 * SECOND),
        ),
        after={"wallet:A": (60, 20, 0, 100), "wallet:B": (0, 0, 60, 20)},
    ),
    Example(
        name="a clock set back does not revive a hold",
        opening=FUND,
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 60, timeout=10), at=0),
            batch(PAY, at=10 * SECOND),
            batch(take("H").but(status=S.PENDING_TRANSFER_EXPIRED), at=0),
            Expiry(("H",), at=0),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
    Example(
        name="holds expire in the order of their expiry, and those without a timeout never",
        opening=FUND,
        steps=(
            batch(
                hold("late", "wallet:A", "wallet:B", 1, timeout=30),
                hold("never", "wallet:A", "wallet:B", 2),
                hold("early", "wallet:A", "wallet:B", 4, timeout=10),
                hold("later", "wallet:A", "wallet:B", 8, timeout=31),
                at=0,
            ),
            Expiry(("early", "late"), at=30 * SECOND),
            Expiry(("later",), at=10**9 * SECOND),
        ),
        after={"wallet:A": (2, 0, 0, 100), "wallet:B": (0, 0, 2, 0)},
    ),
)

LIMITS: Final = (
    Example(
        name="debits may reach the credits and not pass them",
        opening=FUND,
        steps=(
            batch(
                refused(move("wallet:A", "wallet:B", 101), S.EXCEEDS_CREDITS),
                move("wallet:A", "wallet:B", 100),
                refused(move("wallet:A", "wallet:B", 1), S.EXCEEDS_CREDITS),
                move("wallet:A", "wallet:B", 0),
            ),
        ),
        after={"wallet:A": 0, "wallet:B": 100},
    ),
    Example(
        name="credits may reach the debits and not pass them, holds included",
        opening={"merch_owed:M": 100},
        steps=(
            batch(
                hold("H", "bank:1", "merch_owed:M", 70),
                refused(move("bank:1", "merch_owed:M", 31), S.EXCEEDS_DEBITS),
                # A debit that is only held gives no room.
                hold("I", "merch_owed:M", "bank:1", 50),
                hold("J", "bank:1", "merch_owed:M", 31).but(status=S.EXCEEDS_DEBITS),
                move("bank:1", "merch_owed:M", 30),
                take("H", moved=70),
                void("I", 50),
            ),
        ),
        after={"merch_owed:M": 0},
    ),
    Example(
        name="a hold of all there is can be posted",
        opening=FUND,
        steps=(batch(hold("H", "wallet:A", "wallet:B", 100), take("H", moved=100)),),
        after={"wallet:A": 0, "wallet:B": 100},
    ),
    Example(
        name="a balancing debit takes what is there, less what is held, down to nothing",
        opening=FUND,
        steps=(
            batch(
                hold("H", "wallet:A", "wallet:B", 30),
                move("wallet:A", "wallet:C", 20, F.BALANCING_DEBIT),
                move("wallet:A", "wallet:C", AMOUNT_MAX, F.BALANCING_DEBIT).but(moved=50),
                move("wallet:A", "wallet:C", 5, F.BALANCING_DEBIT).but(moved=0),
            ),
        ),
        after={"wallet:A": (30, 70, 0, 100), "wallet:C": 70},
    ),
    Example(
        name="a balancing credit gives what is lacking, less what is to come, down to nothing",
        opening={"merch_owed:M": 100},
        steps=(
            batch(
                hold("H", "bank:1", "merch_owed:M", 30),
                move("bank:1", "merch_owed:M", 20, F.BALANCING_CREDIT),
                move("bank:1", "merch_owed:M", AMOUNT_MAX, F.BALANCING_CREDIT).but(moved=50),
                move("bank:1", "merch_owed:M", 5, F.BALANCING_CREDIT).but(moved=0),
            ),
        ),
        after={"merch_owed:M": (0, 100, 30, 70), "bank:1": (30, 70, 0, 0)},
    ),
    Example(
        name="an account without a limit balances too, and never below nothing",
        opening={"bank:1": 100},
        steps=(
            batch(
                move("bank:1", "bank:2", 5, F.BALANCING_DEBIT).but(moved=0),
                move("bank:2", "bank:1", AMOUNT_MAX, F.BALANCING_CREDIT).but(moved=100),
                move("fee_inc", "bank:1", 5, F.BALANCING_CREDIT).but(moved=0),
            ),
        ),
        after={"bank:1": 0, "bank:2": 100},
    ),
    Example(
        name="balancing both ways takes the lesser, and a hold may balance",
        opening={"wallet:A": 100, "merch_owed:M": 40, "merch_owed:N": 500},
        steps=(
            batch(
                hold("H", "wallet:A", "merch_owed:M", 500, F.BALANCING_DEBIT | F.BALANCING_CREDIT).but(moved=40),
                hold("I", "wallet:A", "merch_owed:N", 500, F.BALANCING_DEBIT | F.BALANCING_CREDIT).but(moved=60),
                take("I", 61).but(status=S.EXCEEDS_PENDING_TRANSFER_AMOUNT),
                take("I", moved=60),
            ),
        ),
        after={"wallet:A": (40, 60, 0, 100), "merch_owed:M": (0, 40, 40, 0), "merch_owed:N": 440},
    ),
    Example(
        name="balancing one side leaves the limit of the other",
        opening={"wallet:A": 100, "merch_owed:M": 40},
        steps=(
            batch(
                refused(move("wallet:A", "merch_owed:M", 500, F.BALANCING_DEBIT), S.EXCEEDS_DEBITS),
                move("wallet:B", "merch_owed:M", 500, F.BALANCING_CREDIT).but(status=S.EXCEEDS_CREDITS),
            ),
        ),
        after={"wallet:A": 100, "merch_owed:M": 40},
    ),
)

CLOSED: Final = DNX | AccountFlags.CLOSED
NO_DEBITS: Final = DNX | AccountFlags.FROZEN_DEBITS
NO_CREDITS: Final = DNX | AccountFlags.FROZEN_CREDITS

SHUTTING: Final = (
    Example(
        name="on a closed account nothing is created, posted or held, and voids go through",
        opening={"wallet:A": 100, "wallet:B": 100},
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 10), hold("I", "wallet:B", "wallet:A", 10)),
            batch(hold("C", "wallet:A", "wallet:C", 0, F.CLOSING_DEBIT)),
            batch(
                refused(move("wallet:A", "wallet:B", 0), S.DEBIT_ACCOUNT_ALREADY_CLOSED),
                refused(move("wallet:B", "wallet:A", 0), S.CREDIT_ACCOUNT_ALREADY_CLOSED),
                hold("J", "wallet:A", "wallet:B", 0).but(status=S.DEBIT_ACCOUNT_ALREADY_CLOSED),
                hold("K", "wallet:A", "wallet:C", 0, F.CLOSING_DEBIT).but(status=S.DEBIT_ACCOUNT_ALREADY_CLOSED),
                hold("L", "wallet:B", "wallet:A", 0, F.CLOSING_CREDIT).but(status=S.CREDIT_ACCOUNT_ALREADY_CLOSED),
                take("H").but(status=S.DEBIT_ACCOUNT_ALREADY_CLOSED),
                take("I").but(status=S.CREDIT_ACCOUNT_ALREADY_CLOSED),
                void("H", 10),
                void("I", 10),
            ),
        ),
        after={"wallet:A": 100, "wallet:B": 100},
        flags={"wallet:A": CLOSED},
    ),
    Example(
        name="voiding what closed an account opens it",
        opening=FUND,
        steps=(
            batch(hold("C", "wallet:A", "wallet:B", 100, F.CLOSING_DEBIT | F.CLOSING_CREDIT)),
            batch(void("C", 100)),
            batch(PAY),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
    Example(
        name="what closed an account and expires opens it when that is written",
        opening=FUND,
        steps=(
            batch(hold("C", "wallet:A", "wallet:B", 100, F.CLOSING_DEBIT | F.FREEZING_CREDIT, timeout=10), at=0),
            batch(refused(PAY, S.DEBIT_ACCOUNT_ALREADY_CLOSED), at=10 * SECOND),
            Expiry(("C",), at=10 * SECOND),
            batch(PAY, at=11 * SECOND),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
    Example(
        name="posting what closed an account closes it for ever",
        opening=FUND,
        steps=(
            batch(hold("C", "wallet:A", "wallet:B", 100, F.CLOSING_DEBIT)),
            batch(take("C", moved=100), void("C", 0).but(status=S.PENDING_TRANSFER_ALREADY_POSTED)),
            batch(refused(move("wallet:B", "wallet:A", 1), S.CREDIT_ACCOUNT_ALREADY_CLOSED)),
        ),
        after={"wallet:A": 0, "wallet:B": 100},
        flags={"wallet:A": CLOSED},
    ),
    Example(
        name="posting what froze an account freezes it for ever, and another's closing stops even that",
        opening=FUND,
        steps=(
            batch(hold("Z", "wallet:A", "wallet:B", 10, F.FREEZING_DEBIT | F.FREEZING_CREDIT)),
            batch(hold("C", "bank:1", "wallet:A", 0, F.CLOSING_CREDIT)),
            batch(take("Z").but(status=S.DEBIT_ACCOUNT_ALREADY_CLOSED)),
            batch(void("C", 0)),
            batch(take("Z", moved=10)),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
        flags={"wallet:A": NO_DEBITS, "wallet:B": NO_CREDITS},
    ),
    Example(
        name="with its debits frozen an account only receives",
        opening={"wallet:A": 100, "wallet:B": 100},
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 10)),
            batch(hold("Z", "wallet:A", "wallet:B", 0, F.FREEZING_DEBIT)),
            batch(
                refused(PAY, S.DEBIT_ACCOUNT_FROZEN),
                hold("Y", "wallet:A", "wallet:B", 0, F.FREEZING_DEBIT).but(status=S.DEBIT_ACCOUNT_FROZEN),
                hold("X", "wallet:A", "wallet:B", 0, F.FREEZING_DEBIT | F.BALANCING_DEBIT).but(
                    status=S.DEBIT_ACCOUNT_FROZEN
                ),
                hold("C", "wallet:A", "wallet:B", 0, F.CLOSING_DEBIT).but(status=S.DEBIT_ACCOUNT_FROZEN),
                move("wallet:A", "wallet:B", 50, F.BALANCING_DEBIT).but(moved=0),
                move("wallet:B", "wallet:A", 5),
                take("H", moved=10),
            ),
        ),
        after={"wallet:A": 95, "wallet:B": 105},
        flags={"wallet:A": NO_DEBITS},
    ),
    Example(
        name="with its credits frozen an account only pays",
        opening={"wallet:A": 100, "wallet:B": 100},
        steps=(
            batch(hold("H", "wallet:A", "wallet:B", 10)),
            batch(hold("Z", "wallet:A", "wallet:B", 0, F.FREEZING_CREDIT)),
            batch(
                refused(PAY, S.CREDIT_ACCOUNT_FROZEN),
                hold("Y", "wallet:A", "wallet:B", 0, F.FREEZING_CREDIT).but(status=S.CREDIT_ACCOUNT_FROZEN),
                move("wallet:B", "wallet:A", 5),
                void("H", 10),
                hold("C", "wallet:B", "wallet:A", 0, F.CLOSING_DEBIT),
                void("Z", 0),
                refused(PAY, S.CREDIT_ACCOUNT_ALREADY_CLOSED),
            ),
        ),
        after={"wallet:A": 105, "wallet:B": 95},
        flags={"wallet:B": CLOSED},
    ),
    Example(
        name="what a chain closed is open again when it falls",
        opening=FUND,
        steps=(
            linked(
                hold("C", "wallet:A", "wallet:B", 0, F.CLOSING_DEBIT).but(status=S.LINKED_EVENT_FAILED),
                refused(PAY, S.DEBIT_ACCOUNT_ALREADY_CLOSED),
            ),
            batch(PAY),
        ),
        after={"wallet:A": 90, "wallet:B": 10},
    ),
)

FULL: Final = 1_024 * AMOUNT_MAX
ROOM: Final = 2**63 - 1 - FULL

OVERFLOW: Final = (
    Example(
        name="counters stay within 63 bits, held and posted together",
        steps=(
            batch(
                *(move("bank:1", "bank:2", AMOUNT_MAX) for _ in range(1_000)),
                *(hold(f"H{number}", "bank:1", "bank:2", AMOUNT_MAX) for number in range(24)),
                refused(move("bank:1", "bank:2", ROOM + 1), S.OVERFLOWS_DEBITS),
                refused(move("bank:1", "bank:3", ROOM + 1), S.OVERFLOWS_DEBITS),
                refused(move("bank:3", "bank:2", ROOM + 1), S.OVERFLOWS_CREDITS),
                hold("I", "bank:3", "bank:2", ROOM + 1).but(status=S.OVERFLOWS_CREDITS),
                # No limit would let it through either: the overflow is named first.
                refused(move("wallet:A", "bank:2", ROOM + 1), S.OVERFLOWS_CREDITS),
                # Debits are no concern of credits.
                move("bank:2", "bank:1", AMOUNT_MAX),
                move("bank:1", "bank:2", ROOM),
                refused(move("bank:1", "bank:2", 1), S.OVERFLOWS_DEBITS),
                take("H0"),
                void("H1", AMOUNT_MAX),
                move("bank:1", "bank:2", 1),
            ),
        ),
        after={
            "bank:1": (22 * AMOUNT_MAX, 1_001 * AMOUNT_MAX + ROOM + 1, 0, AMOUNT_MAX),
            "bank:2": (0, AMOUNT_MAX, 22 * AMOUNT_MAX, 1_001 * AMOUNT_MAX + ROOM + 1),
        },
    ),
)

EXAMPLES: Final = (
    *POSTINGS,
    *BATCHES,
    *IDS,
    *TIME,
    *FAULTS,
    *PENDING,
    *LIMITS,
    *SHUTTING,
    *OVERFLOW,
)


# Opening accounts

FIRST: Final = Account(id=id_of("account", "first"), ledger=1, code=2010)
NEXT: Final = replace(FIRST, id=id_of("account", "next"))

ACCOUNT_ANSWERS: Final = (
    (FIRST, AccountStatus.EXISTS),
    (replace(FIRST, flags=AccountFlags.CLOSED, ledger=2), AccountStatus.EXISTS_WITH_DIFFERENT_FLAGS),
    (replace(FIRST, ledger=9, code=1), AccountStatus.EXISTS_WITH_DIFFERENT_LEDGER),
    (replace(FIRST, code=0, owner_id=NEXT.id), AccountStatus.EXISTS_WITH_DIFFERENT_CODE),
    (replace(FIRST, owner_id=NEXT.id), AccountStatus.EXISTS_WITH_DIFFERENT_OWNER_ID),
    (replace(NEXT, flags=DNX | CNX | AccountFlags.CLOSED, ledger=9), AccountStatus.RESERVED_FLAG),
    (replace(NEXT, flags=AccountFlags.FROZEN_DEBITS), AccountStatus.RESERVED_FLAG),
    (replace(NEXT, flags=AccountFlags.FROZEN_CREDITS), AccountStatus.RESERVED_FLAG),
    (replace(NEXT, flags=AccountFlags(1 << 6)), AccountStatus.RESERVED_FLAG),
    (replace(NEXT, flags=DNX | CNX, ledger=9), AccountStatus.FLAGS_ARE_MUTUALLY_EXCLUSIVE),
    (replace(NEXT, ledger=4, code=0), AccountStatus.LEDGER_NOT_FOUND),
    (replace(NEXT, ledger=2**63), AccountStatus.LEDGER_NOT_FOUND),
    (replace(NEXT, code=0), AccountStatus.CODE_MUST_NOT_BE_ZERO),
    (replace(NEXT, code=-1), AccountStatus.CODE_OUT_OF_RANGE),
    (replace(NEXT, code=CODE_MAX + 1), AccountStatus.CODE_OUT_OF_RANGE),
    (replace(NEXT, code=CODE_MAX), AccountStatus.CREATED),
    (replace(NEXT, flags=DNX | AccountFlags.HISTORY, owner_id=FIRST.id), AccountStatus.CREATED),
)
"""What comes of opening an account when `FIRST` was opened before it."""
