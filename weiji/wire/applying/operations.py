"""The verbs of applying. Each takes an open transaction and a batch, and answers every command.

Locks: applications for others; then what `onboarding` and `keys` lock. Nobody goes the other way.
"""

from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from weiji.events import Occurrence, publish
from weiji.events.wire import AgreementSigned, ApplymentSubmitted, SettlementChangeAsked, SettlementChangeConfirmed
from weiji.kit.db import Transaction
from weiji.kit.seal import KEYS
from weiji.onboarding import HandInStatus, HandInWhole, PutDocument, hand_in_whole
from weiji.payments import CreatePayoutAccount, CreatePayoutAccountStatus, create_payout_accounts, get_owners
from weiji.shops import OpenShop, OpenShopStatus, get_shops, open_shops
from weiji.wire.applying import rules, store
from weiji.wire.applying.model import (
    NUMBER_COLUMN,
    AskSettlementChange,
    AskSettlementChangeStatus,
    ConfirmSettlementChange,
    ConfirmSettlementChangeResult,
    ConfirmSettlementChangeStatus,
    SignAgreement,
    SignAgreementStatus,
    SubmitApplyment,
    SubmitApplymentResult,
    SubmitApplymentStatus,
    number_of,
)
from weiji.wire.keys import SetPartners, SetPartnersStatus, lock_merchants, set_partners
from weiji.wire.keys.model import PARTNERS_MAX

DAY = timedelta(days=1)


async def submit_applyments(tx: Transaction, commands: Sequence[SubmitApplyment]) -> list[SubmitApplymentResult]:
    """Open shops for merchants, and hand their applications in; results are in the order of *commands*.

    What can't be handed in stays a draft, which the same code mends, or what the reviewers left. Publishes
    ApplymentSubmitted, and what opening shops and handing in publish.
    """
    results: dict[int, SubmitApplymentResult] = {}
    for places in rules.waves(commands):
        answers = await _submit(tx, [commands[place] for place in places])
        results.update(zip(places, answers, strict=True))
    return [results[place] for place in range(len(commands))]


async def _submit(tx: Transaction, commands: Sequence[SubmitApplyment]) -> list[SubmitApplymentResult]:
    """Hand in applications of shops that differ: step after step, each for all of which the former went well."""
    answers: dict[int, SubmitApplymentResult] = {}

    def end(place: int, status: SubmitApplymentStatus) -> None:
        answers[place] = SubmitApplymentResult(status)

    def left() -> list[tuple[int, SubmitApplyment]]:
        return [(place, command) for place, command in enumerate(commands) if place not in answers]

    ids = [command.shop_id for command in commands]
    before = await store.lock_applyments(tx, ids)
    state = rules.Beginnings(
        applyments=dict(before),
        owners={shop.id: shop.owner_id for shop in await get_shops(tx, ids) if shop},
        begun=await store.count_begun(tx, {command.provider_id for command in commands}, tx.now - DAY),
    )
    for place, command in enumerate(commands):
        if (refused := rules.judge_beginning(state, command, tx.now)) is not None:
            end(place, refused)
    begun = [(place, command) for place, command in left() if command.shop_id not in before]
    opened = await open_shops(tx, [_opening(command) for _, command in begun]) if begun else []
    taken = [command.shop_id for (_, command), status in zip(begun, opened, strict=True) if status in rules.TAKEN]
    if taken and await store.get_applied_shops(tx, taken):  # It came with the shop, so it is seen where the shop is.
        raise asyncpg.SerializationError("the same was handed in by somebody faster")
    for (place, command), status in zip(begun, opened, strict=True):
        if status is not OpenShopStatus.CREATED:
            end(place, rules.OPENING[status])
            del state.applyments[command.shop_id]
    await store.add_applyments(tx, [each for id, each in state.applyments.items() if id not in before])
    going = left()
    handed = await hand_in_whole(tx, [_handing_in(command) for _, command in going])
    for (place, command), result in zip(going, handed, strict=True):
        if result.status in (HandInStatus.SHOP_NOT_FOUND, HandInStatus.NOT_ALLOWED_NOW):
            is_same = before[command.shop_id].mark == command.mark
            end(place, SubmitApplymentStatus.EXISTS if is_same else SubmitApplymentStatus.NOT_ALLOWED_NOW)
        else:
            ended = SubmitApplymentStatus(result.status)
            answers[place] = SubmitApplymentResult(ended, result.faults, result.accepted)
    done = [command for place, command in enumerate(commands) if answers[place].status == "submitted"]
    await store.mark_applyments(tx, done)
    await publish(
        tx,
        [
            Occurrence(
                ApplymentSubmitted(shop_id=c.shop_id, provider_mchid=c.provider_mchid, code=c.code),
                c.shop_id,
                c.shop_id,
                c.actor,
            )
            for c in done
        ],
    )
    return [answers[place] for place in range(len(commands))]


def _handing_in(command: SubmitApplyment) -> HandInWhole:
    shop_id, actor = command.shop_id, command.actor
    documents = tuple(
        PutDocument(id=upload.id, shop_id=shop_id, field=upload.field, content=upload.content, actor=actor)
        for upload in command.uploads
    )
    return HandInWhole(shop_id=shop_id, values=command.values, documents=documents, actor=actor)


def _opening(command: SubmitApplyment) -> OpenShop:
    return OpenShop(
        id=command.shop_id,
        handle=f"m{number_of(command.shop_id)}",
        name=command.name,
        owner_id=command.owner_id,
        actor=command.actor,
    )


async def sign_agreements(tx: Transaction, commands: Sequence[SignAgreement]) -> list[SignAgreementStatus]:
    """Let service providers act for the shops that they applied for; results are in the order of *commands*.

    Publishes AgreementSigned and PartnersSet.
    """
    before = await store.lock_applyments(tx, [command.shop_id for command in commands])
    applyments = dict(before)
    merchants = await lock_merchants(tx, list(before))
    statuses = []
    naming = []
    told = []
    for command in commands:
        merchant, found = merchants.get(command.shop_id), applyments.get(command.shop_id)
        named = [*(merchant.partners if merchant else ()), *([found.provider_mchid] if found else ())]
        wanted = tuple(dict.fromkeys(named))
        status = rules.judge_signing(applyments, command, tx.now, is_full=len(wanted) > PARTNERS_MAX)
        statuses.append(status)
        if status is SignAgreementStatus.SIGNED:
            assert found is not None
            naming.append(SetPartners(shop_id=command.shop_id, partners=wanted, actor=command.actor))
            event = AgreementSigned(shop_id=command.shop_id, provider_mchid=found.provider_mchid)
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await store.sign_applyments(tx, [each for id, each in applyments.items() if each != before[id]])
    named_now = await set_partners(tx, naming)
    assert all(status is SetPartnersStatus.SET for status in named_now), f"what fits is refused: {named_now}"
    await publish(tx, told)
    return statuses


async def ask_settlement_changes(
    tx: Transaction, commands: Sequence[AskSettlementChange]
) -> list[AskSettlementChangeStatus]:
    """Note to which accounts service providers want shops' money to go. Publishes SettlementChangeAsked."""
    before = await store.lock_changes(tx, {c.shop_id for c in commands}, {c.id for c in commands})
    changes = dict(before)
    owners = await get_owners(tx, {command.shop_id for command in commands})
    statuses = [rules.judge_ask(changes, owners[command.shop_id], command, tx.now) for command in commands]
    await store.add_changes(tx, [each for id, each in changes.items() if id not in before])
    told = [
        Occurrence(
            SettlementChangeAsked(shop_id=c.shop_id, provider_mchid=c.provider_mchid, last4=changes[c.id].last4),
            c.shop_id,
            c.id,
            c.actor,
        )
        for c, status in zip(commands, statuses, strict=True)
        if status is AskSettlementChangeStatus.ASKED
    ]
    await publish(tx, told)
    return statuses


async def confirm_settlement_changes(
    tx: Transaction, commands: Sequence[ConfirmSettlementChange]
) -> list[ConfirmSettlementChangeResult]:
    """Let shops' money go to other accounts: they are bank accounts of the shops from now on, and the newest is taken.

    Results are in the order of *commands*. Publishes SettlementChangeConfirmed.
    """
    before = await store.lock_changes(tx, {c.shop_id for c in commands}, {c.id for c in commands})
    changes = dict(before)
    owners = await get_owners(tx, {command.shop_id for command in commands})
    results = [rules.judge_confirm(changes, owners[command.shop_id], command, tx.now) for command in commands]
    done = [
        command
        for command, result in zip(commands, results, strict=True)
        if result.status is ConfirmSettlementChangeStatus.CONFIRMED
    ]
    await store.confirm_changes(tx, [changes[command.id] for command in done])
    accounts = [
        CreatePayoutAccount(
            id=change.id,
            owner_id=change.shop_id,
            holder=change.holder,
            bank=change.bank,
            number=KEYS.unseal(change.number_sealed, NUMBER_COLUMN, change.id),
            actor=command.actor,
        )
        for command in done
        for change in [changes[command.id]]
    ]
    made = await create_payout_accounts(tx, accounts) if accounts else []
    known = (CreatePayoutAccountStatus.CREATED, CreatePayoutAccountStatus.EXISTS)
    assert all(status in known for status in made), f"accounts that were checked are refused: {made}"
    told = [
        Occurrence(SettlementChangeConfirmed(shop_id=c.shop_id, last4=changes[c.id].last4), c.shop_id, c.id, c.actor)
        for c in done
    ]
    await publish(tx, told)
    return results
