"""The verbs of transfers. Each takes an open transaction and a batch, and answers every command, in its order.

The money is held of what the shop may withdraw. When the payee confirms, it goes by `transit` and an event to the
wallet, which may live in another shard. Locks: bills, then the ledger, then streams.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from uuid import UUID

from weiji.events import BY_SYSTEM, Occurrence, publish
from weiji.events.wire import (
    TransferBatchMade,
    TransferBillCanceled,
    TransferBillConfirmed,
    TransferBillExpired,
    TransferBillMade,
    TransferBillPaid,
    TransferReceived,
)
from weiji.kit.db import Transaction
from weiji.kit.ids import derive, new_id
from weiji.ledger import (
    BATCH_MAX,
    Account,
    Transfer,
    TransferFlags,
    TransferResult,
    TransferStatus,
    create_transfers,
)
from weiji.payments import get_claims
from weiji.shops import get_barred
from weiji.webhooks import QueueMessage, queue_messages
from weiji.wire.notices import notice
from weiji.wire.transfers import rules, store
from weiji.wire.transfers.describing import describe_batch_notice, describe_notice
from weiji.wire.transfers.model import (
    BillState,
    ConfirmTransferBill,
    ConfirmTransferBillStatus,
    EndTransferBill,
    EndTransferBillStatus,
    MakeTransferBatch,
    MakeTransferBill,
    MakeTransferBillResult,
    MakeTransferBillStatus,
    NoteTransfer,
    ReceiveTransfer,
    TransferBill,
)
from weiji.wire.turns import next_turn


async def make_transfer_bills(tx: Transaction, commands: Sequence[MakeTransferBill]) -> list[MakeTransferBillResult]:
    """Hold money for people until they confirm; a number that was used is the bill that there is.

    Publishes TransferBillMade.
    """
    shop_ids = {command.shop_id for command in commands}
    barred, claims = await get_barred(tx, shop_ids), await get_claims(tx, shop_ids)
    results: list[MakeTransferBillResult] = []
    told: list[Occurrence] = []
    while len(results) < len(commands):
        some = next_turn(commands[len(results) :], lambda command: command.id)
        found = await store.lock_bills(tx, [command.id for command in some])
        answers = [rules.judge_make(found.get(command.id), barred, claims, command) for command in some]
        new = {
            # A hold that was refused is refused for ever; asked again with the same number, it is another one.
            command.id: rules.bill_of(command, new_id(command.shop_id), tx.now)
            for command, answer in zip(some, answers, strict=True)
            if answer.status is MakeTransferBillStatus.CREATED
        }
        held = dict(zip(new, await _hold(tx, list(new.values())), strict=True))
        await store.add_bills(tx, [bill for id, bill in new.items() if held[id].is_made])
        for command, answer in zip(some, answers, strict=True):
            if command.id in new and not held[command.id].is_made:
                results.append(MakeTransferBillResult(status=rules.refusal_of({held[command.id].status})))
                continue
            results.append(answer)
            if command.id in new:
                event = TransferBillMade(
                    mchid=command.mchid,
                    number=command.number,
                    amount=command.amount,
                    expires_at=new[command.id].expires_at,
                )
                told.append(Occurrence(event, command.shop_id, command.id, command.actor))
    await publish(tx, told)
    return results


async def _hold(tx: Transaction, bills: Sequence[TransferBill]) -> list[TransferResult]:
    if not bills:
        return []
    transfers = [rules.take(bill, TransferFlags.PENDING) for bill in bills]
    return await create_transfers(tx, [transfer for transfer, _ in transfers], _accounts_of(transfers))


def _accounts_of(transfers: Iterable[tuple[Transfer, Sequence[Account]]]) -> list[Account]:
    return list({account.id: account for _, accounts in transfers for account in accounts}.values())


async def _end_holds(tx: Transaction, bills: Sequence[TransferBill]) -> None:
    """Send what is held on its way, of bills that were confirmed; let it go, of those that ended."""
    transfers = [rules.end_hold(bill) for bill in bills]
    if transfers:
        results = await create_transfers(tx, transfers)
        assert all(result.is_made for result in results), f"a hold did not end: {results}"


async def make_transfer_batches(tx: Transaction, commands: Sequence[MakeTransferBatch]) -> list[MakeTransferBillResult]:
    """Send money to many people, all of a batch or none; a number that was used is the batch that there is.

    Nobody is asked whether they take it. Publishes TransferBatchMade, and TransferBillConfirmed for each detail.
    """
    shop_ids = {command.shop_id for command in commands}
    barred, claims = await get_barred(tx, shop_ids), await get_claims(tx, shop_ids)
    results: list[MakeTransferBillResult] = []
    told: list[Occurrence] = []
    while len(results) < len(commands):
        some = _as_many_as_the_ledger_takes(next_turn(commands[len(results) :], lambda command: command.id))
        found = await store.lock_batches(tx, [command.id for command in some])
        answers = [rules.judge_make(found.get(command.id), barred, claims, command) for command in some]
        new = {
            # As with holds: what was refused is refused for ever; asked again, it is sent under other ids.
            command.id: rules.details_of(command, partial(new_id, command.shop_id), tx.now)
            for command, answer in zip(some, answers, strict=True)
            if answer.status is MakeTransferBillStatus.CREATED
        }
        refused = await _send(tx, new)
        made = [command for command in some if command.id in new and command.id not in refused]
        await store.add_batches(tx, [rules.batch_of(command, tx.now) for command in made])
        await store.add_bills(tx, [bill for command in made for bill in new[command.id]])
        for command, answer in zip(some, answers, strict=True):
            status = refused.get(command.id)
            results.append(MakeTransferBillResult(status=status) if status else answer)
        for command in made:
            event = TransferBatchMade(mchid=command.mchid, number=command.number, quantity=len(command.details))
            told.append(Occurrence(event, command.shop_id, command.id, command.actor))
            told += [
                Occurrence(
                    TransferBillConfirmed(person_id=detail.person_id, amount=detail.amount),
                    command.shop_id,
                    bill.id,
                    command.actor,
                )
                for detail, bill in zip(command.details, new[command.id], strict=True)
            ]
    await publish(tx, told)
    return results


def _as_many_as_the_ledger_takes(commands: Sequence[MakeTransferBatch]) -> Sequence[MakeTransferBatch]:
    details = 0
    for place, command in enumerate(commands):
        details += len(command.details)
        if details > BATCH_MAX:
            return commands[:place]
    return commands


async def _send(tx: Transaction, batches: Mapping[UUID, Sequence[TransferBill]]) -> dict[UUID, MakeTransferBillStatus]:
    """Send the money of batches on its way, each whole; tell which can't be, and why."""
    bills = [bill for each in batches.values() for bill in each]
    if not bills:
        return {}
    last = {each[-1].id for each in batches.values()}
    transfers = [rules.take(bill, TransferFlags(0) if bill.id in last else TransferFlags.LINKED) for bill in bills]
    results = iter(await create_transfers(tx, [transfer for transfer, _ in transfers], _accounts_of(transfers)))
    refused = {}
    for id, each in batches.items():
        statuses = {next(results).status for _ in each}
        if statuses != {TransferStatus.CREATED}:
            refused[id] = rules.refusal_of(statuses)
    return refused


async def confirm_transfer_bills(
    tx: Transaction, commands: Sequence[ConfirmTransferBill]
) -> list[ConfirmTransferBillStatus]:
    """Send money on its way to those who take it. Publishes TransferBillConfirmed."""
    bills = await store.lock_bills(tx, [command.bill_id for command in commands])
    changed: dict[UUID, TransferBill] = {}
    told = []
    statuses = []
    for command in commands:
        bill = bills.get(command.bill_id)
        status = rules.judge_confirm(bill, command, tx.now)
        statuses.append(status)
        if bill is not None and status is ConfirmTransferBillStatus.CONFIRMED:
            changed[bill.id] = bill
            event = TransferBillConfirmed(person_id=command.person_id, amount=bill.amount)
            told.append(Occurrence(event, bill.shop_id, bill.id, command.actor))
    await store.change_bills(tx, list(changed.values()))
    await _end_holds(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def end_transfer_bills(tx: Transaction, commands: Sequence[EndTransferBill]) -> list[EndTransferBillStatus]:
    """Let go of what nobody confirmed: the merchant takes it back, or its time ran out.

    Publishes TransferBillCanceled, TransferBillExpired; the merchant's server is told.
    """
    bills = await store.lock_bills(tx, [command.bill_id for command in commands])
    changed: dict[UUID, TransferBill] = {}
    told = []
    statuses = []
    for command in commands:
        bill = bills.get(command.bill_id)
        was_waiting = bill is not None and bill.state is BillState.WAITING
        statuses.append(rules.judge_end(bill, command, tx.now))
        if bill is not None and was_waiting and bill.state is not BillState.WAITING:
            changed[bill.id] = bill
            event = TransferBillExpired() if bill.state is BillState.EXPIRED else TransferBillCanceled()
            told.append(Occurrence(event, bill.shop_id, bill.id, command.actor))
    await store.change_bills(tx, list(changed.values()))
    await _end_holds(tx, list(changed.values()))
    await queue_messages(tx, _finished(changed.values()))
    await publish(tx, told)
    return statuses


async def receive_transfers(tx: Transaction, commands: Sequence[ReceiveTransfer]) -> list[bool]:
    """Bring money into wallets, once for each bill; False: it is there. Publishes TransferReceived."""
    transfers = [rules.receive(command) for command in commands]
    results = await create_transfers(tx, [transfer for transfer, _ in transfers], _accounts_of(transfers))
    # A wallet that takes nothing just now: nothing is written, the event comes again, and at last a person looks.
    assert all(result.is_made for result in results), f"a wallet took no transfer: {results}"
    answers = [result.status is TransferStatus.CREATED for result in results]
    told = [
        Occurrence(
            TransferReceived(bill_id=command.bill_id, amount=command.amount),
            command.person_id,
            command.person_id,
            BY_SYSTEM,
        )
        for command, is_new in zip(commands, answers, strict=True)
        if is_new
    ]
    await publish(tx, told)
    return answers


async def note_transfers(tx: Transaction, commands: Sequence[NoteTransfer]) -> list[bool]:
    """Note that payees have their money, and tell merchants' servers; False: it was. Publishes TransferBillPaid."""
    bills = await store.lock_bills(tx, [command.bill_id for command in commands])
    changed: dict[UUID, TransferBill] = {}
    told = []
    answers = []
    for command in commands:
        bill = bills[command.bill_id]
        answers.append(rules.note_received(bill, tx.now))
        if answers[-1]:
            changed[bill.id] = bill
            told.append(Occurrence(TransferBillPaid(amount=bill.amount), bill.shop_id, bill.id, BY_SYSTEM))
    await store.change_bills(tx, list(changed.values()))
    await queue_messages(tx, [*_finished(changed.values()), *await _end_batches(tx, changed.values())])
    await publish(tx, told)
    return answers


async def _end_batches(tx: Transaction, bills: Iterable[TransferBill]) -> list[QueueMessage]:
    """End the batches whose last detail arrived, and tell merchants' servers."""
    batches = await store.lock_batches(tx, {bill.batch_id for bill in bills if bill.batch_id})
    ended = await store.end_batches(tx, batches) if batches else set()
    return [
        notice(
            derive(batch.id, "notice", "finished"),
            batch.shop_id,
            batch.mchid,
            batch.id,
            type="MCHTRANSFER.BATCH.FINISHED",
            original_type="mchtransfer_batch",
            summary="批次转账结束",
            url=batch.notify_url,
            resource=describe_batch_notice(batch, tx.now),
            key_id=batch.key_id,
        )
        for id, batch in batches.items()
        if id in ended and batch.notify_url
    ]


def _finished(bills: Iterable[TransferBill]) -> list[QueueMessage]:
    return [
        notice(
            derive(bill.id, "notice", "finished"),
            bill.shop_id,
            bill.mchid,
            bill.id,
            type="MCHTRANSFER.BILL.FINISHED",
            original_type="mch_payment",
            summary="商家转账结束",
            url=bill.notify_url,
            resource=describe_notice(bill),
            key_id=bill.key_id,
        )
        for bill in bills
        if bill.notify_url
    ]
