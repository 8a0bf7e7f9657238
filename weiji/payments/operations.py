"""The verbs of payments. Each takes an open transaction and a batch of one lane, and answers every command.

Nothing here asks a channel: that is done outside of transactions, in `calls.py`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from weiji.events import Occurrence, publish
from weiji.events.payments import OwnFundsPaidIn, RefundRouteShown, WalletToppedUp
from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import derive, new_id, shard_of
from weiji.kit.seal import KEYS, Place, column
from weiji.kit.text import is_line
from weiji.ledger import (
    AccountFlags,
    Code,
    Kind,
    TransferFlags,
    TransferResult,
    TransferStatus,
    chart,
    create_transfers,
    get_statement,
    get_trial_balance,
    lock_lane,
    lookup_accounts,
)
from weiji.payments import store
from weiji.payments.channels import REGISTRY, balance, freezing_channels, sandbox
from weiji.payments.debts import get_debts, repay_debt, repay_wallet_debt
from weiji.payments.freezing import operations as freezing
from weiji.payments.freezing import store as freezing_store
from weiji.payments.freezing.rules import may_freeze
from weiji.payments.holders import Owner
from weiji.payments.model import (
    BALANCE,
    ApproveRefund,
    ApproveRefundStatus,
    Capture,
    ClosePayment,
    ClosePaymentStatus,
    CreatePayment,
    CreatePaymentStatus,
    CreatePayoutAccount,
    CreatePayoutAccountStatus,
    Custody,
    Destinations,
    ListedPayout,
    Movement,
    Notice,
    NoticeKind,
    NoticeStatus,
    PayInOwnFunds,
    PayInOwnFundsStatus,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAccount,
    PayoutSource,
    PayoutStatus,
    PayoutToReview,
    PayRefundByHand,
    PayRefundByHandStatus,
    Purpose,
    Question,
    Refund,
    RefusePayout,
    RefusePayoutStatus,
    ReleasePayout,
    ReleasePayoutStatus,
    RemovePayoutAccount,
    RemovePayoutAccountStatus,
    RequestPayout,
    RequestPayoutStatus,
    RetryRefund,
    RetryRefundStatus,
    RouteRefund,
    RouteRefundStatus,
    ShownRefundRoute,
    ShowRefundRoute,
    ShowRefundRouteStatus,
    TellPayout,
    TellPayoutStatus,
    TopUpWallet,
    Wallet,
)
from weiji.payments.rules import (
    QUERY_HOURS,
    SILENT_AFTER,
    Books,
    Known,
    bank,
    captured,
    channel_receivable,
    check_payment,
    check_payout,
    compare_payment,
    compare_payout,
    day_of_payouts,
    hold_payout,
    is_account_number,
    is_amount,
    is_disputed,
    judge_by_hand,
    judge_closing,
    judge_notices,
    judge_payout_refusal,
    judge_refund,
    judge_release,
    judge_retry,
    judge_route,
    judge_telling,
    new_payment,
    new_payout,
    note_payment_question,
    note_payout_question,
    note_refund_question,
    own_funds,
    refund_id,
    requested,
    source_account,
    submit_payment,
    submit_payout,
    submit_refund,
    transit,
)

NUMBER_COLUMN = column(
    "payments.payout_accounts:number", Place(table="payments.payout_accounts", column="number_sealed")
)
ROUTE_COLUMN = column("payments.refunds:route_number", Place(table="payments.refunds", column="route_number_sealed"))
"""What the number of a bank account is sealed for."""

HOLDER_LENGTH_MAX = BANK_LENGTH_MAX = 100

ACCOUNTS_MAX = 50
"""Bank accounts shown of one owner."""

_FROZEN = frozenset({TransferStatus.DEBIT_ACCOUNT_FROZEN, TransferStatus.DEBIT_ACCOUNT_ALREADY_CLOSED})
_INSUFFICIENT = frozenset(
    {TransferStatus.EXCEEDS_CREDITS, TransferStatus.DEBIT_ACCOUNT_NOT_FOUND, TransferStatus.ID_ALREADY_FAILED}
)


async def create_payments(tx: Transaction, commands: Sequence[CreatePayment]) -> list[CreatePaymentStatus]:
    """Ask for money: from the wallet it is taken at once, any other channel is to be started (`start_payments`).

    Results are in the order of *commands*. Publishes PaymentCaptured for each that the wallet paid. One statement
    beside those of the ledger and the events, whatever the number; one more where ids were there before, one more
    where a wallet refused, one more where deposits are paid.
    """
    channels = REGISTRY.names | {BALANCE}
    # A channel that holds money frozen takes it for shops only that are bound there.
    bound = await freezing.find_bound(tx, commands, REGISTRY.freezing_names)
    closing = await store.find_closing_shops(tx, {c.subject_id for c in commands if c.purpose is Purpose.DEPOSIT})
    statuses = [
        check_payment(
            command, channels | {command.channel} if bound and may_freeze(command, bound) else channels, closing
        )
        for command in commands
    ]
    fresh: dict[UUID, Payment] = {}
    for command, status in zip(commands, statuses, strict=True):
        if status is None and command.id not in fresh:
            fresh[command.id] = new_payment(command, tx.now)
    if not fresh:
        return [status for status in statuses if status is not None]
    added = await store.add_payments(tx, list(fresh.values()))
    before = await store.get_payments(tx, fresh.keys() - added) if len(added) < len(fresh) else {}
    if bound:
        held = [payment for id, payment in fresh.items() if id in added and payment.channel in REGISTRY.freezing_names]
        await freezing.freeze_payments(tx, [(each.id, bound[each.payee_id, each.channel]) for each in held])
    taken = [payment for id, payment in fresh.items() if id in added and payment.channel == BALANCE]
    results = iter(
        await create_transfers(
            tx,
            [transfer for p in taken for transfer in balance.captures(p, transit(shard_of(p.id)))],
            [transit(shard) for shard in {shard_of(payment.id) for payment in taken}],
        )
    )
    refused = []
    for payment in taken:
        its = [next(results) for _ in range(len(payment.parts) or 1)]
        if not all(result.is_made for result in its):
            refused.append(_fail(payment, balance.refusal(its)))
    await store.change_payments(tx, refused)
    answered: list[CreatePaymentStatus] = []
    occurrences = []
    for command, status in zip(commands, statuses, strict=True):
        if status is None:
            payment = before.get(command.id) or fresh[command.id]
            status = compare_payment(command, payment)
            if status is CreatePaymentStatus.EXISTS and command.id in added:
                added.remove(command.id)  # The next one with this id exists.
                status = CreatePaymentStatus.CREATED
                if payment.channel == BALANCE:
                    occurrences.append(Occurrence(captured(payment), payment.payer_id, payment.id, command.actor))
        answered.append(status)
    await publish(tx, occurrences)
    return answered


def _fail(payment: Payment, reason: CreatePaymentStatus) -> Payment:
    payment.status = PaymentStatus.FAILED
    payment.failure = reason.value
    payment.captured = 0
    payment.captured_at = None
    return payment


async def close_payments(tx: Transaction, commands: Sequence[ClosePayment]) -> list[ClosePaymentStatus]:
    """Close payments that nobody was asked about; have the channel asked about the others.

    Results are in the order of *commands*. Publishes PaymentClosed, or PaymentCloseRequested, which `calls.py` hears.
    """
    books = Books(tx.now)
    payments = await store.lock_payments(tx, [command.id for command in commands])
    statuses = [judge_closing(books, payments.get(command.id), command.actor) for command in commands]
    await _write(tx, books)
    return statuses


async def approve_refunds(tx: Transaction, commands: Sequence[ApproveRefund]) -> list[ApproveRefundStatus]:
    """Send money back: to the wallet at once; for any other channel it is set aside, and the channel asked.

    Results are in the order of *commands*. Publishes RefundSucceeded, or RefundApproved, which `calls.py` hears.
    """
    books = Books(tx.now)
    payments = await store.lock_payments(tx, [command.payment_id for command in commands])
    if any(command.is_settled for command in commands):
        books.freezing = freezing_channels()
    known = set(await store.get_refunds(tx, [refund_id(command) for command in commands]))
    books.parts = await store.get_part_refunds(tx, payments.values())
    books.disputed = await store.get_disputed(tx, [id for id, one in payments.items() if one.channel != BALANCE])
    statuses = [judge_refund(books, payments.get(command.payment_id), known, command) for command in commands]
    await _write(tx, books)
    return statuses


async def receive_notices(tx: Transaction, notices: Sequence[Notice]) -> list[NoticeStatus]:
    """Take in what channels said, of themselves or when asked, and keep it, as it came.

    Results are in the order of *notices*. They may be doubled, late, out of order, and about nothing that we know.
    """
    books = Books(tx.now)
    known = Known()
    by_kind = _subjects(notices)
    refunds = await store.get_refunds(tx, by_kind["refund"])
    its = {refund.payment_id for refund in refunds.values()}
    known.payments = await store.lock_payments(tx, by_kind["charge"] | its)
    told = [n for n in notices if n.kind.startswith("chargeback")]
    disputed = {n.subject_id for n in told if n.subject_id is not None}
    books.disputed = await store.get_disputed(tx, disputed | its)
    stuck = await store.find_stuck_refunds(tx, disputed | books.disputed.keys())
    known.refunds = await store.lock_refunds(tx, refunds.keys() | stuck)
    known.payouts = await store.lock_payouts(tx, by_kind["payout"])
    known.unfreezings = await freezing_store.lock_unfreezings(tx, by_kind["unfreezing"])
    # After the locks: whoever held them before has kept what it was told.
    known.events = await store.get_notices(tx, notices)
    known.chargebacks = await store.get_chargebacks(tx, told) if told else {}
    books.parts = await store.get_part_refunds(tx, [known.payments[id] for id in disputed if id in known.payments])
    begun = [n for n in told if n.kind is NoticeKind.CHARGEBACK_RECEIVED]
    known.early_ends = await store.get_early_ends(tx, begun) if begun else []
    known.captures = await store.get_captures(tx, [n for n in notices if n.kind is NoticeKind.CHARGE_SUCCEEDED])
    statuses = judge_notices(books, known, notices)
    await _write(tx, books, notices, statuses)
    return statuses


async def retry_refunds(tx: Transaction, commands: Sequence[RetryRefund]) -> list[RetryRefundStatus]:
    """Ask channels once more for refunds that they refused. Results are in the order of *commands*.

    Publishes RefundApproved, which `calls.py` hears.
    """
    books = Books(tx.now)
    refunds, disputed = await _lock_disputed(tx, books, [command.id for command in commands])
    statuses = [
        judge_retry(books, refunds.get(command.id), command.actor, is_disputed=command.id in disputed)
        for command in commands
    ]
    await _write(tx, books)
    return statuses


async def _lock_refunds(
    tx: Transaction, books: Books, ids: Sequence[UUID]
) -> tuple[dict[UUID, Refund], dict[UUID, Payment]]:
    """Lock and read refunds behind their payments, and read what chargebacks took of these."""
    found = await store.get_refunds(tx, ids)
    payments = await store.lock_payments(tx, [refund.payment_id for refund in found.values()])
    books.disputed = await store.get_disputed(tx, payments)
    return await store.lock_refunds(tx, ids), payments


async def _lock_disputed(tx: Transaction, books: Books, ids: Sequence[UUID]) -> tuple[dict[UUID, Refund], set[UUID]]:
    """Lock and read refunds; tell which of them their payers might have twice."""
    refunds, payments = await _lock_refunds(tx, books, ids)
    its = ((id, refund.payment_id) for id, refund in refunds.items())
    return refunds, {id for id, payment in its if is_disputed(payments[payment], books.disputed.get(payment))}


async def find_disputed(reader: Reader, refunds: Sequence[Refund]) -> set[UUID]:
    """Tell which refunds their payers might have twice."""
    disputed = await store.get_disputed(reader, {refund.payment_id for refund in refunds})
    payments = {each.id: each for each in await get_payments(reader, list(disputed)) if each}
    return {
        refund.id
        for refund in refunds
        if refund.payment_id in payments and is_disputed(payments[refund.payment_id], disputed[refund.payment_id])
    }


async def route_refunds(tx: Transaction, commands: Sequence[RouteRefund]) -> list[RouteRefundStatus]:
    """Note where refunds may go that their channels refused. Results are in the order of *commands*.

    Whoever calls has seen to it that they are the actor's. Publishes RefundRouted.
    """
    books = Books(tx.now)
    refunds = await store.lock_refunds(tx, [command.id for command in commands])
    statuses = []
    for command in commands:
        if wrong := _check_route(command):
            statuses.append(wrong)
            continue
        refund, number = refunds.get(command.id), _digits(command.number)
        is_same = (
            refund is not None
            and (refund.route_bank, refund.route_holder) == (command.bank, command.holder)
            and open_route(refund) == number
        )
        sealed = KEYS.seal(number, ROUTE_COLUMN, command.id)
        statuses.append(judge_route(books, refund, command, is_same=is_same, number_sealed=sealed))
    await _write(tx, books)
    return statuses


def _check_route(command: RouteRefund) -> RouteRefundStatus | None:
    if not is_line(command.bank, BANK_LENGTH_MAX):
        return RouteRefundStatus.BANK_INVALID
    if not is_line(command.holder, HOLDER_LENGTH_MAX):
        return RouteRefundStatus.HOLDER_INVALID
    return None if is_account_number(_digits(command.number)) else RouteRefundStatus.NUMBER_INVALID


def open_route(refund: Refund) -> str:
    """Open the number of the account that a refund may go to: for the staff who pay it, and nobody else."""
    sealed = refund.route_number_sealed
    return KEYS.unseal(sealed, ROUTE_COLUMN, refund.id) if sealed else ""


async def show_refund_routes(tx: Transaction, commands: Sequence[ShowRefundRoute]) -> list[ShownRefundRoute]:
    """Give the whole numbers of accounts that refunds may go to. Results are in the order of *commands*.

    Publishes RefundRouteShown for every look.
    """
    refunds = await store.get_refunds(tx, [command.id for command in commands])
    shown, told = [], []
    for command in commands:
        refund = refunds.get(command.id)
        if refund is None or refund.route_number_sealed is None:
            shown.append(ShownRefundRoute(status=ShowRefundRouteStatus.REFUND_NOT_FOUND))
            continue
        shown.append(ShownRefundRoute(status=ShowRefundRouteStatus.SHOWN, number=open_route(refund)))
        event = RefundRouteShown(refund_id=refund.id)
        told.append(Occurrence(event, refund.payer_id, refund.id, command.actor))
    await publish(tx, told)
    return shown


async def pay_refunds_by_hand(tx: Transaction, commands: Sequence[PayRefundByHand]) -> list[PayRefundByHandStatus]:
    """Book that people pay by another route what channels refused. Results are in the order of *commands*.

    Whoever calls has seen to it that two of the staff agreed. Publishes RefundSucceeded.
    """
    books = Books(tx.now)
    refunds, disputed = await _lock_disputed(tx, books, [command.id for command in commands])
    statuses = [
        judge_by_hand(books, refunds.get(command.id), command, is_disputed=command.id in disputed)
        for command in commands
    ]
    await _write(tx, books)
    return statuses


async def list_abnormal_refunds(reader: Reader, *, before: UUID | None = None, limit: int = 50) -> list[Refund]:
    """Read the refunds that a person has to look at, newest first: refused, uncovered, or asked about in vain."""
    return await store.list_abnormal_refunds(reader, before, limit)


def _subjects(notices: Sequence[Notice]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {"charge": set(), "refund": set(), "payout": set(), "unfreezing": set()}
    for notice in notices:
        about = notice.kind.partition("_")[0]
        if about == "chargeback":
            about = "charge"
        if notice.subject_id is not None and about in found:
            found[about].add(notice.subject_id)
    return found


async def _write(
    tx: Transaction, books: Books, notices: Sequence[Notice] = (), statuses: Sequence[NoticeStatus] = ()
) -> None:
    """Write what a batch came to: business rows, then the ledger, then the events."""
    kept = [
        (notice, status)
        for notice, status in zip(notices, statuses, strict=True)
        if status not in (NoticeStatus.EXISTS, NoticeStatus.AMOUNT_OUT_OF_RANGE, NoticeStatus.APPROVAL_NEEDED)
    ]
    await store.add_notices(tx, [notice for notice, _ in kept], [status for _, status in kept])
    await store.change_payments(tx, list(books.payments.values()))
    await store.add_captures(tx, books.captures)
    await store.put_chargebacks(tx, list(books.chargebacks.values()))
    await store.set_part_refunds(tx, books.changed_parts, books.parts)
    await store.add_refunds(tx, books.new_refunds)
    await store.change_refunds(tx, list(books.refunds.values()))
    await store.change_payouts(tx, list(books.payouts.values()))
    await freezing_store.change_unfreezings(tx, list(books.unfreezings.values()))
    results = await create_transfers(tx, books.transfers, list(books.opening.values()))
    wrong = [result.status for result in results if not result.is_made]
    assert not wrong, f"the ledger refused what was decided: {wrong}"
    await publish(tx, books.occurrences)


async def submit_payments(tx: Transaction, ids: Sequence[UUID]) -> list[Payment]:
    """Mark payments that nobody was asked about as asked, and return them: their channels are to be started now."""
    found = await store.lock_payments(tx, ids)
    chosen = [payment for payment in found.values() if submit_payment(payment, tx.now)]
    await store.change_payments(tx, chosen)
    return chosen


async def submit_refunds(tx: Transaction, ids: Sequence[UUID]) -> list[Refund]:
    """Mark refunds as asked for, and return them: their channels are to be asked now."""
    books = Books(tx.now)
    found, payments = await _lock_refunds(tx, books, ids)
    chosen = [refund for refund in found.values() if submit_refund(books, payments[refund.payment_id], refund)]
    await _write(tx, books)
    return chosen


async def submit_payouts(tx: Transaction, ids: Sequence[UUID]) -> list[Payout]:
    """Mark requested payouts as asked for, and return them: their channels are to be asked now."""
    found = await store.lock_payouts(tx, ids)
    chosen = [payout for payout in found.values() if submit_payout(payout, tx.now)]
    await store.change_payouts(tx, chosen)
    return chosen


async def record_payment_questions(tx: Transaction, questions: Sequence[Question]) -> None:
    """Note that channels were asked about payments, and when to ask again. Call it before `receive_notices`."""
    found = await store.lock_payments(tx, [question.id for question in questions])
    changed = []
    for question in questions:
        payment = found[question.id]
        channel = REGISTRY.find(payment.channel)
        final_after = channel.final_after if channel else timedelta(hours=QUERY_HOURS)
        if note_payment_question(payment, question, final_after, tx.now):
            changed.append(payment)
    await store.change_payments(tx, changed)


async def record_refund_questions(tx: Transaction, questions: Sequence[Question]) -> None:
    """Note that channels were asked for refunds, and when to ask again. Call it before `receive_notices`."""
    books = Books(tx.now)
    found, payments = await _lock_refunds(tx, books, [question.id for question in questions])
    for question in questions:
        refund = found[question.id]
        note_refund_question(books, payments[refund.payment_id], refund, question)
    await _write(tx, books)


async def record_payout_questions(tx: Transaction, questions: Sequence[Question]) -> None:
    """Note that channels were asked for payouts, and when to ask again. Call it before `receive_notices`."""
    found = await store.lock_payouts(tx, [question.id for question in questions])
    changed = [found[each.id] for each in questions if note_payout_question(found[each.id], each, tx.now)]
    await store.change_payouts(tx, changed)


async def top_up_wallets(tx: Transaction, commands: Sequence[TopUpWallet]) -> list[CreatePaymentStatus]:
    """Put money into wallets, through payments that the sandbox acquirer took. Only where it is open.

    Results are in the order of *commands*. Publishes WalletToppedUp for each.
    """
    asked = [
        CreatePayment(
            id=command.id,
            payer_id=command.person_id,
            subject_id=command.person_id,
            payee_id=command.person_id,
            purpose=Purpose.TOP_UP,
            amount=command.amount,
            channel=sandbox.NAME,
            actor=command.actor,
        )
        for command in commands
    ]
    statuses = [check_payment(command, REGISTRY.names) for command in asked]
    fresh: dict[UUID, Payment] = {}
    for command, status in zip(asked, statuses, strict=True):
        if status is None and command.id not in fresh:
            fresh[command.id] = _topped_up(new_payment(command, tx.now), tx.now)
    if not fresh:
        return [status for status in statuses if status is not None]
    added = await store.add_payments(tx, list(fresh.values()))
    before = await store.get_payments(tx, fresh.keys() - added) if len(added) < len(fresh) else {}
    await sandbox.add_paid_charges(tx, [payment for id, payment in fresh.items() if id in added])
    books = Books(tx.now)
    answered: list[CreatePaymentStatus] = []
    for command, status in zip(asked, statuses, strict=True):
        if status is None:
            payment = before.get(command.id) or fresh[command.id]
            status = compare_payment(command, payment)
            if status is CreatePaymentStatus.EXISTS and command.id in added:
                added.remove(command.id)
                status = CreatePaymentStatus.CREATED
                source = channel_receivable(shard_of(payment.id), payment.channel)
                id = derive(payment.id, "capture", payment.channel_reference)
                books.move(
                    id, source, chart.wallet(payment.payer_id), payment.amount, Kind.TOP_UP, about=payment.subject_id
                )
                event = WalletToppedUp(payment_id=payment.id, amount=payment.amount, channel=payment.channel)
                books.tell(event, payment.payer_id, payment.id, command.actor)
        answered.append(status)
    await _write(tx, books)
    return answered


def _topped_up(payment: Payment, now: datetime) -> Payment:
    payment.status = PaymentStatus.SUCCEEDED
    payment.channel_reference = payment.id.hex
    payment.captured = payment.amount
    payment.captured_at = now
    payment.query_at = None
    return payment


async def pay_in_own_funds(tx: Transaction, commands: Sequence[PayInOwnFunds]) -> list[PayInOwnFundsStatus]:
    """Book that the operator put own money into the bank account where the clients' is.

    Results are in the order of *commands*. Publishes OwnFundsPaidIn; the stream is the payment in itself.
    """
    books = Books(tx.now)
    good = [command for command in commands if is_amount(command.amount)]
    for command in good:
        shard = shard_of(command.id)
        books.move(command.id, bank(shard), own_funds(shard), command.amount, Kind.TOP_UP, about=None)
    results = await create_transfers(tx, books.transfers, list(books.opening.values()))
    found = {
        TransferStatus.CREATED: PayInOwnFundsStatus.CREATED,
        TransferStatus.EXISTS: PayInOwnFundsStatus.EXISTS,
        TransferStatus.EXISTS_WITH_DIFFERENT_AMOUNT: PayInOwnFundsStatus.EXISTS_WITH_DIFFERENT_AMOUNT,
    }
    statuses = [found[result.status] for result in results]
    await publish(
        tx,
        [
            Occurrence(OwnFundsPaidIn(amount=command.amount), command.id, command.id, command.actor)
            for command, status in zip(good, statuses, strict=True)
            if status is PayInOwnFundsStatus.CREATED
        ],
    )
    answers = iter(statuses)
    return [
        next(answers) if is_amount(command.amount) else PayInOwnFundsStatus.AMOUNT_OUT_OF_RANGE for command in commands
    ]


async def create_payout_accounts(
    tx: Transaction, commands: Sequence[CreatePayoutAccount]
) -> list[CreatePayoutAccountStatus]:
    """Name bank accounts, in names that they may be in. Results are in the order of *commands*.

    Of the number, four digits are clear. Two of a person's first accounts, named at once, may be in two names: to the
    second nothing is paid out.
    """
    statuses = [_check_account(command) for command in commands]
    good = [command for command, status in zip(commands, statuses, strict=True) if status is None]
    before = await store.get_payout_accounts(tx, {command.id for command in good})
    owners = await store.get_owners(tx, {command.owner_id for command in good if command.id not in before})
    fresh: dict[UUID, PayoutAccount] = {}
    for place, command in enumerate(commands):
        if statuses[place] is not None or command.id in before or command.id in fresh:
            continue
        owner = owners[command.owner_id]
        if not owner.has_name(command.holder):
            statuses[place] = CreatePayoutAccountStatus.NAME_DIFFERS
            continue
        owners[command.owner_id] = owner.naming(command.holder)
        number = _digits(command.number)
        fresh[command.id] = PayoutAccount(
            id=command.id,
            owner_id=command.owner_id,
            holder=command.holder,
            bank=command.bank,
            last4=number[-4:],
            number_sealed=KEYS.seal(number, NUMBER_COLUMN, command.id),
            created_at=tx.now,
        )
    added = await store.add_payout_accounts(tx, list(fresh.values()))
    if fresh.keys() - added:
        before |= await store.get_payout_accounts(tx, fresh.keys() - added)
    answered = []
    for command, status in zip(commands, statuses, strict=True):
        if status is None:
            status = _compare_account(command, before.get(command.id) or fresh[command.id])
            if command.id in added:
                added.remove(command.id)
                status = CreatePayoutAccountStatus.CREATED
        answered.append(status)
    return answered


def _digits(number: str) -> str:
    return number.replace(" ", "").replace("-", "")


def _check_account(command: CreatePayoutAccount) -> CreatePayoutAccountStatus | None:
    if shard_of(command.id) != shard_of(command.owner_id):
        return CreatePayoutAccountStatus.ID_IN_ANOTHER_SHARD
    if not is_line(command.holder, HOLDER_LENGTH_MAX):
        return CreatePayoutAccountStatus.HOLDER_INVALID
    if not is_line(command.bank, BANK_LENGTH_MAX):
        return CreatePayoutAccountStatus.BANK_INVALID
    if not is_account_number(_digits(command.number)):
        return CreatePayoutAccountStatus.NUMBER_INVALID
    return None


def _compare_account(command: CreatePayoutAccount, account: PayoutAccount) -> CreatePayoutAccountStatus:
    is_same = (
        account.owner_id == command.owner_id
        and account.holder == command.holder
        and account.bank == command.bank
        and open_number(account) == _digits(command.number)
    )
    return CreatePayoutAccountStatus.EXISTS if is_same else CreatePayoutAccountStatus.ID_TAKEN


def open_number(account: PayoutAccount) -> str:
    """Open the sealed number of a bank account: for the channel that pays out to it, and nobody else."""
    return KEYS.unseal(account.number_sealed, NUMBER_COLUMN, account.id)


async def remove_payout_accounts(
    tx: Transaction, commands: Sequence[RemovePayoutAccount]
) -> list[RemovePayoutAccountStatus]:
    """Pay out to bank accounts no longer. Results are in the order of *commands*."""
    removed = await store.remove_payout_accounts(
        tx, [command.id for command in commands], [command.owner_id for command in commands]
    )
    return [
        RemovePayoutAccountStatus.REMOVED
        if (command.id, command.owner_id) in removed
        else RemovePayoutAccountStatus.ACCOUNT_NOT_FOUND
        for command in commands
    ]


async def request_payouts(tx: Transaction, commands: Sequence[RequestPayout]) -> list[RequestPayoutStatus]:
    """Hold amount and fee of payouts, and have the bank asked. Results are in the order of *commands*.

    What waits to be let go by a channel is taken before, and what a shop or a person owes is repaid. Publishes
    PayoutRequested for each, which `calls.py` hears; or PayoutReviewBegun, where two of the staff have to let it go.
    """
    accounts = await store.get_payout_accounts(tx, [command.account_id for command in commands])
    before = await store.get_payouts(tx, [command.id for command in commands])
    owners = await store.get_owners(tx, {account.owner_id for account in accounts.values()})
    shops = {command.owner_id for command in commands if command.source is PayoutSource.MERCHANT_AVAILABLE}
    # What is frozen for a shop at a channel is not paid out here, too.
    waiting = await freezing.take_waiting(tx, {id: new_id(id) for id in shops}) if shops else set()
    persons = {command.owner_id for command in commands if command.source is PayoutSource.WALLET}
    debts = await get_debts(tx, {command.owner_id for command in commands} - persons, persons)
    books = Books(tx.now)
    statuses: list[RequestPayoutStatus | None] = []
    for command in commands:
        status = check_payout(command, REGISTRY.payout_names)
        account = accounts.get(command.account_id)
        if status is None and (account is None or account.owner_id != command.owner_id):
            status = RequestPayoutStatus.ACCOUNT_NOT_FOUND
        if status is None and command.id in before:
            status = compare_payout(command, before[command.id])
        elif status is None and account is not None and account.removed_at is not None:
            status = RequestPayoutStatus.ACCOUNT_NOT_FOUND
        elif status is None and account is not None and not owners[account.owner_id].has_name(account.holder):
            status = RequestPayoutStatus.ACCOUNT_NAME_DIFFERS
        elif status is None and command.source is PayoutSource.MERCHANT_AVAILABLE and command.owner_id in waiting:
            status = RequestPayoutStatus.INSUFFICIENT_FUNDS
        elif status is None:
            hold_payout(books, command)
        statuses.append(status)
    # An id that comes twice holds nothing twice: the ledger knows its transfers.
    causes = {command.owner_id: command.id for command in reversed(commands)}
    # A withdrawal may be asked for again, and more be owed by then.
    repaying = [(repay_wallet_debt if id in persons else repay_debt)(id, causes[id], new_id(id)) for id in debts]
    made_transfers = await create_transfers(tx, [*repaying, *books.transfers], list(books.opening.values()))
    results = iter(made_transfers[len(repaying) :])
    # Behind the lock of the owners' accounts, which the ledger holds: of two at once the second counts the first.
    limited = {c.owner_id for c, status in zip(commands, statuses, strict=True) if status is None and c.review_within}
    asked = await store.add_up_payouts(tx, limited, day_of_payouts(tx.now)) if limited else {}
    made: dict[UUID, Payout] = {}
    occurrences = []
    answered = []
    for command, status in zip(commands, statuses, strict=True):
        if status is None:
            holds = [next(results) for _ in range(2 if command.fee else 1)]
            payout = made.get(command.id)
            status = compare_payout(command, payout) if payout else _refusal(holds)
        if status is None:
            status = RequestPayoutStatus.CREATED
            asked[command.owner_id] = asked.get(command.owner_id, 0) + command.amount
            payout = made[command.id] = new_payout(command, asked[command.owner_id], tx.now)
            occurrences.append(Occurrence(requested(payout), payout.owner_id, payout.id, command.actor))
        answered.append(status)
    await store.add_payouts(tx, list(made.values()))
    await publish(tx, occurrences)
    return answered


async def release_payouts(tx: Transaction, commands: Sequence[ReleasePayout]) -> list[ReleasePayoutStatus]:
    """Let payouts go to the bank that were in review. Results are in the order of *commands*.

    Whoever calls has seen to it that two of the staff agreed. Publishes PayoutRequested, which `calls.py` hears.
    """
    books = Books(tx.now)
    payouts = await store.lock_payouts(tx, [command.id for command in commands])
    frozen = await _find_frozen(tx, [payout for payout in payouts.values() if payout.status is PayoutStatus.IN_REVIEW])
    statuses = [judge_release(books, payouts.get(command.id), command, frozen) for command in commands]
    await _write(tx, books)
    return statuses


async def _find_frozen(tx: Transaction, payouts: Sequence[Payout]) -> set[UUID]:
    """Find the accounts of payouts that nothing may go out of, behind the lock behind which courts freeze them."""
    if not payouts:
        return set()
    await lock_lane(tx, payouts[0].owner_id)
    sources = {source_account(payout.source, payout.owner_id).id for payout in payouts}
    return {each.id for each in await lookup_accounts(tx, sorted(sources)) if each.flags & AccountFlags.FROZEN_DEBITS}


async def refuse_payouts(tx: Transaction, commands: Sequence[RefusePayout]) -> list[RefusePayoutStatus]:
    """Give back what payouts held that the staff do not let go. Results are in the order of *commands*.

    Publishes PayoutRefused.
    """
    books = Books(tx.now)
    payouts = await store.lock_payouts(tx, [command.id for command in commands])
    statuses = [judge_payout_refusal(books, payouts.get(command.id), command) for command in commands]
    await _write(tx, books)
    return statuses


async def tell_payouts(tx: Transaction, commands: Sequence[TellPayout]) -> list[TellPayoutStatus]:
    """Take in what two of the staff say became of payouts whose channels don't. Results are in the order of *commands*.

    It is kept and booked as what a channel says, and publishes the same. Should the channel say something else later,
    that contradicts, and waits for people.
    """
    books, known = Books(tx.now), Known()
    known.payouts = await store.lock_payouts(tx, [command.id for command in commands])
    answers = [judge_telling(books, known, command) for command in commands]
    notices = [notice for _, notice in answers if notice is not None]
    await _write(tx, books, notices, [NoticeStatus.RECORDED] * len(notices))
    return [status for status, _ in answers]


async def list_silent_payouts(
    reader: Reader, now: datetime, *, after: UUID | None = None, limit: int = 50
) -> list[PayoutToReview]:
    """Read the payouts of which their channels have said nothing for two days, oldest first: people have to look.

    Those from files of the bank's are not among them: `bank_transfers` shows what it has not told of.
    """
    return await store.list_silent_payouts(reader, now - SILENT_AFTER, after, limit)


async def list_payouts_in_review(reader: Reader, *, after: UUID | None = None, limit: int = 50) -> list[PayoutToReview]:
    """Read the payouts that wait for two of the staff, oldest first."""
    return await store.list_payouts_in_review(reader, after, limit)


def _refusal(results: Sequence[TransferResult]) -> RequestPayoutStatus | None:
    statuses = {result.status for result in results}
    if statuses & _FROZEN:
        return RequestPayoutStatus.OWNER_FROZEN
    if statuses & _INSUFFICIENT:
        return RequestPayoutStatus.INSUFFICIENT_FUNDS
    assert all(result.is_made for result in results), f"the ledger refused a hold: {statuses}"
    return None


async def get_payments(reader: Reader, ids: Sequence[UUID]) -> list[Payment | None]:
    """Read payments, in the order of *ids*; None where there is none."""
    found = await store.get_payments(reader, ids)
    return [found.get(id) for id in ids]


async def list_payments(reader: Reader, *, before: UUID | None = None, limit: int = 50) -> list[Payment]:
    """Read everybody's payments, newest first, for the operator: the next page is before the last row's id."""
    return await store.list_payments(reader, before, limit)


async def list_silent_payments(reader: Reader, *, before: UUID | None = None, limit: int = 50) -> list[Payment]:
    """Read the payments whose channel gives no answer, newest first, likewise."""
    return await store.list_silent_payments(reader, before, limit)


async def get_refunds(reader: Reader, payment_ids: Sequence[UUID], *, limit: int = 100) -> list[Refund]:
    """Read the refunds of payments, oldest first."""
    return await store.get_refunds_of_payments(reader, payment_ids, limit)


async def get_refund_parties(reader: Reader, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Tell who is to have refunds, and which shop gives them; those that there are not are left out."""
    return {each.id: {each.payer_id, each.payee_id} for each in (await store.get_refunds(reader, ids)).values()}


async def list_payouts(
    reader: Reader, owner_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[ListedPayout]:
    """Read an owner's payouts, newest first."""
    return await store.list_payouts(reader, owner_id, before, limit)


async def list_all_payouts(reader: Reader, *, before: UUID | None = None, limit: int = 50) -> list[Payout]:
    """Read everybody's payouts, newest first."""
    return await store.list_all_payouts(reader, before, limit)


async def list_failed_payouts(
    reader: Reader, owner_id: UUID, after: tuple[datetime, UUID], until: datetime, limit: int
) -> list[Payout]:
    """Read an owner's payouts that came to nothing after one of these, until some time, the first first."""
    return await store.list_failed_payouts(reader, owner_id, after, until, limit)


async def get_payouts(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Payout]:
    """Read payouts. What is not there is left out."""
    return await store.get_payouts(reader, ids)


async def get_payout_accounts(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, PayoutAccount]:
    """Read bank accounts that were not removed. What is not there is left out."""
    found = await store.get_payout_accounts(reader, ids)
    return {id: account for id, account in found.items() if account.removed_at is None}


async def get_owners(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Owner]:
    """Read of shops and persons in which names their bank accounts may be."""
    return await store.get_owners(reader, ids)


async def list_destinations(reader: Reader, owner_id: UUID, now: datetime) -> Destinations:
    """Read an owner's bank accounts, oldest first, in which names they may be, and what was asked for on this day.

    And the last of their payouts, whenever that was.
    """
    return await store.list_destinations(reader, owner_id, day_of_payouts(now), ACCOUNTS_MAX)


async def list_payout_accounts(reader: Reader, owner_id: UUID) -> list[PayoutAccount]:
    """Read an owner's bank accounts, oldest first."""
    return await store.list_payout_accounts(reader, owner_id, ACCOUNTS_MAX)


async def list_unmatched_captures(
    reader: Reader, *, below: tuple[datetime, str, str, int] | None = None, limit: int = 50
) -> list[Capture]:
    """Read money in suspense that nobody knows what it was for, newest first.

    *below* is where the list goes on: when the last was taken, its channel, reference and shard.
    """
    return await store.list_unmatched_captures(reader, below, limit)


async def lock_unmatched_captures(
    tx: Transaction, captures: Sequence[tuple[int, str, str]]
) -> dict[tuple[int, str, str], Capture]:
    """Lock money in suspense that nobody knows what it was for until *tx* ends: by shard, channel and reference.

    Whoever names it, or ends it, takes turns by this lock.
    """
    found = await store.lock_unmatched_captures(tx, captures) if captures else []
    return {(each.shard, each.channel, each.reference): each for each in found}


async def end_captures(tx: Transaction, captures: Sequence[tuple[int, str, str]]) -> None:
    """Note that money nobody knew what it was for has left suspense, by shard, channel and reference.

    Two people said where to, and whoever calls posts that. Once ended is ended.
    """
    await store.end_captures(tx, captures)


async def list_troubling_notices(
    reader: Reader, *, below: tuple[datetime, str, str, int] | None = None, limit: int = 50
) -> list[Row]:
    """Read what channels said that a person has to look at, newest first.

    *below* is where the list goes on: when the last was received, its channel, event id and shard.
    """
    return await store.list_troubling_notices(reader, below, limit)


async def get_wallet(reader: Reader, person_id: UUID, *, before: int | None = None, limit: int = 50) -> Wallet:
    """Read a person's wallet: what there is, and what happened last, with the shops that it was about. Two statements.

    *before* is where the list goes on. Holds are not movements, they are in `held`: so there may be fewer than *limit*.
    """
    account_id, hold_id = chart.wallet(person_id).id, chart.legal_hold(person_id).id
    rows = await (
        get_statement(reader, account_id, limit=limit + 1)
        if before is None
        else get_statement(reader, account_id, before=before, limit=limit + 1)
    )
    movements = [_movement(row, account_id, person_id) for row in rows[:limit] if _is_movement(row)]
    subjects = {movement.subject_id for movement in movements if movement.subject_id}
    facts = await store.get_wallet_facts(reader, person_id, [account_id, hold_id], subjects)
    return Wallet(
        available=facts[account_id].available if account_id in facts else 0,
        held=facts[account_id].held if account_id in facts else 0,
        frozen=facts[hold_id].available if hold_id in facts else 0,
        movements=[
            replace(movement, shop_name=facts[movement.subject_id].shop_name)
            if movement.subject_id in facts
            else movement
            for movement in movements
        ],
        next=rows[limit - 1]["timestamp"] if len(rows) > limit else None,
    )


def _is_movement(row: Row) -> bool:
    # A court's order that found nothing to take moved nothing.
    moves_nothing = TransferFlags.PENDING | TransferFlags.VOID_PENDING_TRANSFER
    return bool(row["amount"]) and not row["flags"] & moves_nothing


def _movement(row: Row, account_id: UUID, person_id: UUID) -> Movement:
    return Movement(
        id=row["id"],
        subject_id=None if row["journal_id"] == person_id else row["journal_id"],
        amount=row["amount"] if row["credit_account_id"] == account_id else -row["amount"],
        kind=Kind(row["code"]),
        at=datetime.fromtimestamp(row["timestamp"] / 1_000_000, UTC),
    )


async def get_custody(reader: Reader) -> Custody:
    """Add up what is there and what is owed to others, over all shards."""
    return custody_of(await get_trial_balance(reader))


def custody_of(trial_balance: Sequence[Row]) -> Custody:
    """Add up what is there and what is owed to others, of a trial balance that was read."""
    bank = receivable = owed = 0
    for row in trial_balance:
        debit = row["debits_posted"] - row["credits_posted"]
        if row["code"] == Code.BANK:
            bank = debit
        elif row["code"] == Code.CHANNEL_RECEIVABLE:
            receivable = debit
        elif 2_000 <= row["code"] < 3_000 and row["code"] not in (Code.OWN_FUNDS, Code.BUDGET):
            owed -= debit
    return Custody(bank=bank, channel_receivable=receivable, owed=owed)
