"""The verbs of deposits. Each takes an open transaction and a batch of one lane, and answers every command.

There are no rows to lock: what may not happen, the ledger refuses.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from weiji.deposits import rules, store
from weiji.deposits.model import (
    CollectDues,
    CollectDuesStatus,
    CompensateBuyer,
    CompensateBuyerStatus,
    PayDeposit,
    PayDepositStatus,
    ReceiveCompensation,
    ReceiveCompensationStatus,
    ReleaseDeposit,
    ReleaseDepositStatus,
    TakeBackDeposit,
    TakeBackDepositStatus,
    TakePaidDeposit,
    TakePaidDepositStatus,
)
from weiji.events import BY_CLOCK, Event, Occurrence, publish
from weiji.events.deposits import (
    BuyerCompensated,
    CompensationReceived,
    DebtRepaid,
    DepositPaid,
    DepositRefilled,
    DepositReleased,
    DepositTakenBack,
)
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import shard_of
from weiji.ledger import (
    Account,
    Kind,
    Transfer,
    TransferResult,
    TransferStatus,
    chart,
    create_transfers,
    lock_lane,
    lookup_transfers,
)
from weiji.payments import get_payments, lock_payments, repay_debt


async def pay_deposits(tx: Transaction, commands: Sequence[PayDeposit]) -> list[PayDepositStatus]:
    """Put up what shops have available. Results are in the order of *commands*. Publishes DepositPaid."""
    stakes = await store.get_stakes(tx, {command.shop_id for command in commands})
    checked = [rules.check_paying(command, stakes.get(command.shop_id)) for command in commands]
    good = [command for command, status in zip(commands, checked, strict=True) if status is None]
    # Whoever has no account of what is available has nothing available.
    opening = [chart.merchant_deposit(command.shop_id) for command in good]
    results = iter(await _post(tx, [rules.pay(command) for command in good], opening))
    statuses = [rules.read_paying(next(results)) if status is None else status for status in checked]
    await publish(
        tx,
        [
            _told(c.shop_id, DepositPaid(shop_id=c.shop_id, amount=c.amount), c)
            for c, status in zip(commands, statuses, strict=True)
            if status is PayDepositStatus.PAID
        ],
    )
    return statuses


async def take_back_deposits(tx: Transaction, commands: Sequence[TakeBackDeposit]) -> list[TakeBackDepositStatus]:
    """Make available what deposits have beyond what is asked. Results are in the order of *commands*.

    Publishes DepositTakenBack.
    """
    stakes = await store.get_stakes(tx, {command.shop_id for command in commands})
    checked = [rules.check_taking_back(command, stakes.get(command.shop_id)) for command in commands]
    # What is not allowed now may have been when it was asked for: who asks again hears what came of it then.
    barred = [command for command, status in zip(commands, checked, strict=True) if status in rules.BARRED]
    if barred:
        posted = {row["id"]: dict(row) for row in await lookup_transfers(tx, [command.id for command in barred])}
        checked = [
            rules.read_posted(posted[command.id], command)
            if status in rules.BARRED and command.id in posted
            else status
            for command, status in zip(commands, checked, strict=True)
        ]
    good = [command for command, status in zip(commands, checked, strict=True) if status is None]
    chains = [rules.take_back(command, stakes[command.shop_id].required) for command in good]
    opening = [account(c.shop_id) for c in good for account in (chart.merchant_deposit, chart.merchant_available)]
    results = iter(await _post(tx, chains, opening))
    statuses = [rules.read_taking_back(next(results)) if status is None else status for status in checked]
    await publish(
        tx,
        [
            _told(c.shop_id, DepositTakenBack(shop_id=c.shop_id, amount=c.amount), c)
            for c, status in zip(commands, statuses, strict=True)
            if status is TakeBackDepositStatus.TAKEN_BACK
        ],
    )
    return statuses


async def take_paid_deposits(tx: Transaction, commands: Sequence[TakePaidDeposit]) -> list[TakePaidDepositStatus]:
    """Bring money that channels took into deposits. Results are in the order of *commands*. Publishes DepositPaid."""
    opening: list[Account] = []
    for command in commands:
        opening += (chart.transit(shard_of(command.shop_id)), chart.merchant_deposit(command.shop_id))
    results = await _post(tx, [[rules.take_paid(command)] for command in commands], opening)
    assert all(result.is_made for (result,) in results), f"the ledger refused what arrived: {results}"
    statuses = [
        TakePaidDepositStatus.TAKEN if result.status is TransferStatus.CREATED else TakePaidDepositStatus.EXISTS
        for (result,) in results
    ]
    await publish(
        tx,
        [
            _told(c.shop_id, DepositPaid(shop_id=c.shop_id, amount=c.amount, channel=c.channel), c)
            for c, status in zip(commands, statuses, strict=True)
            if status is TakePaidDepositStatus.TAKEN
        ],
    )
    return statuses


async def release_deposits(tx: Transaction, commands: Sequence[ReleaseDeposit]) -> list[ReleaseDepositStatus]:
    """Give shops that are being closed their deposits back. Results are in the order of *commands*.

    Publishes DepositReleased.
    """
    opening: list[Account] = []
    for command in commands:
        opening += (chart.merchant_deposit(command.shop_id), chart.merchant_available(command.shop_id))
    results = await _post(tx, [[rules.release(command)] for command in commands], opening)
    assert all(result.is_made for (result,) in results), f"the ledger refused a release: {results}"
    statuses = [
        ReleaseDepositStatus.RELEASED if result.status is TransferStatus.CREATED else ReleaseDepositStatus.EXISTS
        for (result,) in results
    ]
    await publish(
        tx,
        [
            _told(c.shop_id, DepositReleased(shop_id=c.shop_id, amount=result.amount), c)
            for c, (result,), status in zip(commands, results, statuses, strict=True)
            if status is ReleaseDepositStatus.RELEASED and result.amount
        ],
    )
    return statuses


async def compensate_buyers(tx: Transaction, commands: Sequence[CompensateBuyer]) -> list[CompensateBuyerStatus]:
    """Pay buyers out of deposits. Results are in the order of *commands*; two of the staff agreed to each.

    Publishes BuyerCompensated. What the deposit lacks then is filled again by whatever the shop has next.
    """
    # Behind the payments' locks nobody awards anything for the same orders meanwhile.
    locked = await lock_payments(tx, {command.payment_id for command in commands})
    seen: set[UUID] = set()
    for place, command in enumerate(commands):
        if command.order_id in seen:
            # What is left for the second depends on what the ledger says to the first. It is rare.
            return [*await compensate_buyers(tx, commands[:place]), *await compensate_buyers(tx, commands[place:])]
        seen.add(command.order_id)
    paid = [locked.get(command.payment_id) for command in commands]
    before = await store.get_compensations(tx, {command.shop_id for command in commands}, seen)
    checked = [
        rules.check_compensating(command, each, before.get(command.order_id, ()))
        for command, each in zip(commands, paid, strict=True)
    ]
    good = [command for command, status in zip(commands, checked, strict=True) if status is None]
    opening: list[Account] = []
    for command in good:
        opening += (chart.merchant_deposit(command.shop_id), chart.transit(shard_of(command.shop_id)))
    results = iter(await _post(tx, [[rules.compensate(command)] for command in good], opening))
    statuses = [rules.read_compensating(next(results)[0]) if status is None else status for status in checked]
    told = []
    for command, payment, status in zip(commands, paid, statuses, strict=True):
        if status is CompensateBuyerStatus.COMPENSATED and payment is not None:
            event = BuyerCompensated(
                compensation_id=command.id,
                shop_id=command.shop_id,
                order_id=command.order_id,
                person_id=payment.payer_id,
                amount=command.amount,
            )
            told.append(Occurrence(event, command.shop_id, command.order_id, command.actor))
    await publish(tx, told)
    return statuses


async def get_compensable(reader: Reader, shop_id: UUID, order_id: UUID, payment_id: UUID) -> int | None:
    """Say how much may yet be awarded for an order, in fen; None where it was not paid for by that payment."""
    (payment,) = await get_payments(reader, [payment_id])
    before = await store.get_compensations(reader, [shop_id], [order_id])
    return rules.compensable(shop_id, order_id, payment, before.get(order_id, ()))


async def receive_compensations(
    tx: Transaction, commands: Sequence[ReceiveCompensation]
) -> list[ReceiveCompensationStatus]:
    """Bring what was awarded into buyers' wallets. Results are in the order of *commands*.

    Publishes CompensationReceived.
    """
    opening: list[Account] = []
    for command in commands:
        opening += (chart.transit(shard_of(command.person_id)), chart.wallet(command.person_id))
    results = await _post(tx, [[rules.receive(command)] for command in commands], opening)
    assert all(_is_there(result) for (result,) in results), f"the ledger refused what arrived: {results}"
    statuses = [
        ReceiveCompensationStatus.RECEIVED
        if result.status is TransferStatus.CREATED
        else ReceiveCompensationStatus.EXISTS
        for (result,) in results
    ]
    told = [
        Occurrence(
            CompensationReceived(
                compensation_id=command.id,
                order_id=command.order_id,
                amount=command.amount,
                is_postage=command.is_postage,
            ),
            command.person_id,
            command.order_id,
            command.actor,
        )
        for command, status in zip(commands, statuses, strict=True)
        if status is ReceiveCompensationStatus.RECEIVED
    ]
    await publish(tx, told)
    return statuses


def _is_there(result: TransferResult) -> bool:
    # Postage that arrived before it had a kind of its own came as compensation, and may be told of once more.
    return result.is_made or result.status is TransferStatus.EXISTS_WITH_DIFFERENT_CODE


async def repay_debts(tx: Transaction, causes: Mapping[UUID, UUID]) -> list[Occurrence]:
    """Let what shops have available go to what they owe; return DebtRepaid of each that did, for the caller to publish.

    With each shop comes the id from which its repayment's is derived. What is owed is the ledger's to say, when it is
    posted: what was read before may have grown by a refund in between.
    """
    if not causes:
        return []
    opening = [make(id) for id in causes for make in (chart.merchant_available, chart.merchant_owed)]
    results = await create_transfers(tx, [repay_debt(id, cause) for id, cause in causes.items()], opening)
    repaid = {
        id: result.amount
        for id, result in zip(causes, results, strict=True)
        if result.status is TransferStatus.CREATED and result.amount
    }
    stakes = await store.get_stakes(tx, repaid) if repaid else {}
    return [
        Occurrence(DebtRepaid(shop_id=id, amount=amount, owed=stakes[id].owed), id, id, BY_CLOCK)
        for id, amount in repaid.items()
    ]


async def collect_dues(tx: Transaction, commands: Sequence[CollectDues]) -> list[CollectDuesStatus]:
    """Let what shops have available go to what they owe, then to what their deposits lack.

    Results are in the order of *commands*. Publishes DebtRepaid and DepositRefilled. Each takes at most what is there
    when it is posted. Whether to try is read behind the ledger's lock: a court that has the deposit frozen meanwhile
    would have what refills it.
    """
    if commands:
        await lock_lane(tx, commands[0].shop_id)
    stakes = await store.get_stakes(tx, {command.shop_id for command in commands})
    found = [(command, stakes.get(command.shop_id)) for command in commands]
    dues = [(stake, rules.collect(command, stake)) for command, stake in found if stake]
    results = await _post(tx, [transfers for _, transfers in dues], ())
    told: list[Occurrence] = []
    owed = {id: stake.owed for id, stake in stakes.items()}
    for (stake, transfers), answers in zip(dues, results, strict=True):
        for transfer, result in zip(transfers, answers, strict=True):
            if result.status is not TransferStatus.CREATED or not result.amount:
                continue
            event: Event
            if transfer.code == Kind.REPAYMENT:
                owed[stake.id] -= result.amount
                event = DebtRepaid(shop_id=stake.id, amount=result.amount, owed=max(owed[stake.id], 0))
            else:
                event = DepositRefilled(shop_id=stake.id, amount=result.amount)
            told.append(Occurrence(event, stake.id, stake.id, BY_CLOCK))
    await publish(tx, told)
    return [CollectDuesStatus.COLLECTED if stake else CollectDuesStatus.SHOP_NOT_FOUND for _, stake in found]


def _told(
    shop_id: UUID, event: Event, command: PayDeposit | TakeBackDeposit | TakePaidDeposit | ReleaseDeposit
) -> Occurrence:
    return Occurrence(event, shop_id, shop_id, command.actor)


async def _post(
    tx: Transaction, chains: Sequence[Sequence[Transfer]], opening: Iterable[Account]
) -> list[list[TransferResult]]:
    """Post chains in one batch; give the results of each."""
    accounts = {account.id: account for account in opening}
    results = iter(await create_transfers(tx, [each for chain in chains for each in chain], list(accounts.values())))
    return [[next(results) for _ in chain] for chain in chains]
