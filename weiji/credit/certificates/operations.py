"""The verbs of certificates. Each takes an open transaction and a batch, and answers every command.

Locks: where shops stand, in id order; then what they brought, in id order; then the heads of streams.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from weiji.credit.certificates import rules, signing, store
from weiji.credit.certificates.model import (
    BringCredit,
    BringStatus,
    Brought,
    BroughtState,
    CertificateReport,
    DistrustIssuer,
    DistrustStatus,
    IssueCertificate,
    IssueStatus,
    NoteReport,
    RemoveBrought,
    RemoveStatus,
    Subject,
    TrustIssuer,
    TrustStatus,
    WithdrawCertificate,
    WithdrawStatus,
)
from weiji.credit.operations import CREDIT_RULES, get_standings
from weiji.credit.store import lock_standings
from weiji.events import BY_CLOCK, Actor, Event, Occurrence, publish
from weiji.events.credit import (
    BroughtCreditEnded,
    CreditBrought,
    CreditCertificateWithdrawn,
    CreditCertified,
    CreditIssuerDistrusted,
    CreditIssuerTrusted,
)
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import derive, new_id
from weiji.onboarding import get_subject_numbers
from weiji.rulebook import get_in_force
from weiji.shops import Shop, get_shops


async def issue_certificates(tx: Transaction, commands: Sequence[IssueCertificate]) -> list[IssueStatus]:
    """Certify what shops are known for. Results are in the order of *commands*. Publishes CreditCertified.

    Every shop named stays locked until *tx* ends: of its certificates no more than ten come into force together.
    """
    shops = await _get_shops(tx, {command.shop_id for command in commands})
    standings = await lock_standings(tx, shops, (await get_in_force(tx, CREDIT_RULES, tx.now)).version) if shops else {}
    found = await store.get_certificates(tx, {command.id for command in commands}, set(shops), tx.now)
    state = rules.Issuing(shops=shops, standings=standings, certificates=found, key=signing.signing_key())
    statuses = rules.judge_issuing(state, commands, tx.now)
    made = [c for c, status in zip(commands, statuses, strict=True) if status is IssueStatus.CREATED]
    await store.add_certificates(tx, [(state.certificates[c.id], c.actor.person_id) for c in made])
    await publish(
        tx,
        [Occurrence(CreditCertified(shop_id=c.shop_id, audience=c.audience), c.shop_id, c.id, c.actor) for c in made],
    )
    return statuses


async def withdraw_certificates(tx: Transaction, commands: Sequence[WithdrawCertificate]) -> list[WithdrawStatus]:
    """Let certificates not stand any more. Results are in the order of *commands*.

    Publishes CreditCertificateWithdrawn. Every shop named stays locked until *tx* ends.
    """
    shops = await _get_shops(tx, {command.shop_id for command in commands})
    if shops:
        await lock_standings(tx, shops, (await get_in_force(tx, CREDIT_RULES, tx.now)).version)
    found = await store.get_certificates(tx, {command.id for command in commands}, (), tx.now)
    statuses = rules.judge_withdrawals(found, commands, tx.now)
    made = [c for c, status in zip(commands, statuses, strict=True) if status is WithdrawStatus.WITHDRAWN]
    await store.withdraw_certificates(tx, [(found[c.id], c.actor.person_id) for c in made])
    await publish(
        tx,
        [
            Occurrence(CreditCertificateWithdrawn(shop_id=c.shop_id, reason=c.reason.strip()), c.shop_id, c.id, c.actor)
            for c in made
        ],
    )
    return statuses


async def trust_issuers(tx: Transaction, commands: Sequence[TrustIssuer]) -> list[TrustStatus]:
    """Believe installations, in turn. Publishes CreditIssuerTrusted in the stream of whoever did it."""
    issuers = await store.lock_issuers(tx)
    before = dict(issuers)
    statuses = rules.judge_trust(issuers, commands, tx.now)
    by = {c.address: c.actor for c, status in zip(commands, statuses, strict=True) if status is TrustStatus.TRUSTED}
    new = [issuer for key, issuer in issuers.items() if issuer != before.get(key)]
    await store.put_issuers(tx, [(each, by[each.address].person_id) for each in new])
    told = [
        (CreditIssuerTrusted(address=each.address, key=signing.key_of(each.public_key)), by[each.address])
        for each in new
    ]
    await _tell_of_issuers(tx, told)
    return statuses


async def distrust_issuers(tx: Transaction, commands: Sequence[DistrustIssuer]) -> list[DistrustStatus]:
    """Believe installations no longer, in turn. Publishes CreditIssuerDistrusted in the stream of whoever did it."""
    issuers = await store.lock_issuers(tx)
    before = dict(issuers)
    statuses = rules.judge_distrust(issuers, commands, tx.now)
    made = {c.address: c for c, status in zip(commands, statuses, strict=True) if status is DistrustStatus.ENDED}
    await store.put_issuers(
        tx,
        [(issuer, made[issuer.address].actor.person_id) for key, issuer in issuers.items() if issuer != before[key]],
    )
    await _tell_of_issuers(
        tx, [(CreditIssuerDistrusted(address=c.address, reason=c.reason.strip()), c.actor) for c in made.values()]
    )
    return statuses


async def bring_credit(tx: Transaction, commands: Sequence[BringCredit]) -> list[BringStatus]:
    """Show what shops are known for elsewhere. Results are in the order of *commands*. Publishes CreditBrought.

    Every shop named stays locked until *tx* ends. What it brought of the same issuer before is replaced.
    """
    shops = await _get_shops(tx, {command.shop_id for command in commands})
    claims = {c.document: signing.read_certificate(c.document) for c in commands}
    issuers = {each.iss for each in claims.values() if each is not None and rules.is_sound(each, tx.now)}
    state = rules.Bringing(shops=shops, keys=await store.get_keys(tx, issuers), brought=await _lock(tx, shops))
    before = _all(state)
    statuses = rules.judge_bringing(state, commands, tx.now)
    made = [c for c, status in zip(commands, statuses, strict=True) if status is BringStatus.BROUGHT]
    new, told = {}, []
    for command in made:
        its = claims[command.document]
        assert its is not None, "it was judged"
        id = rules.id_of(command.shop_id, its)
        brought = state.brought[command.shop_id][id]
        new[id] = store.Bringing(
            shop_id=command.shop_id,
            brought=brought,
            document=command.document,
            person_id=command.actor.person_id,
        )
        event = CreditBrought(shop_id=command.shop_id, issuer=its.iss, score=brought.score, grade=brought.grade)
        told.append(Occurrence(event, command.shop_id, id, command.actor))
    # What gives its place goes first: of one issuer one is in force.
    gone = [each for id, each in _all(state).items() if id in before and id not in new and each != before[id]]
    await store.update_brought(tx, gone)
    await store.put_brought(tx, list(new.values()))
    await publish(tx, told)
    return statuses


async def remove_brought(tx: Transaction, commands: Sequence[RemoveBrought]) -> list[RemoveStatus]:
    """Show something that shops brought no longer. Results are in the order of *commands*.

    Publishes BroughtCreditEnded. Every shop named stays locked until *tx* ends.
    """
    shops = await _get_shops(tx, {command.shop_id for command in commands})
    state = rules.Bringing(shops=shops, keys={}, brought=await _lock(tx, shops))
    statuses = rules.judge_removals(state, commands)
    made = [c for c, status in zip(commands, statuses, strict=True) if status is RemoveStatus.REMOVED]
    ended = [(c.shop_id, state.brought[c.shop_id][c.id], c.actor) for c in made]
    await _end(tx, ended)
    return statuses


async def note_reports(tx: Transaction, commands: Sequence[NoteReport]) -> list[Brought | None]:
    """Note what issuers answered. Results are in the order of *commands*: what is so now.

    Publishes BroughtCreditEnded. Every shop named stays locked until *tx* ends.
    """
    shops = await _get_shops(tx, {command.shop_id for command in commands})
    brought = await _lock(tx, shops)
    ended, changed, answers = [], [], []
    for command in commands:
        found = brought.get(command.shop_id, {}).get(command.id)
        answers.append(found)
        if found is None:
            continue
        after = rules.take_report(found, command, tx.now)
        brought[command.shop_id][command.id] = answers[-1] = after
        if after.state is not found.state:
            ended.append((command.shop_id, after, BY_CLOCK))
        elif after != found:
            changed.append(after)
    await store.update_brought(tx, changed)
    await store.note_asked(tx, [command.id for command in commands])
    await _end(tx, ended)
    return answers


async def end_of_owner(tx: Transaction, shop_ids: Collection[UUID], reason: str) -> None:
    """Withdraw the certificates of shops that have other owners, and end what they brought: the subject is another.

    Publishes CreditCertificateWithdrawn and BroughtCreditEnded.
    """
    shops = await _get_shops(tx, shop_ids)
    brought = await _lock(tx, shops)
    found = await store.get_certificates(tx, (), set(shops), tx.now)
    commands = [WithdrawCertificate(id=c.id, shop_id=c.shop_id, reason=reason, actor=BY_CLOCK) for c in found.values()]
    await withdraw_certificates(tx, commands)
    await _end(
        tx,
        [
            (shop_id, rules.end(each), BY_CLOCK)
            for shop_id, its in brought.items()
            for each in its.values()
            if each.state is BroughtState.IN_FORCE
        ],
    )


async def get_report(reader: Reader, id: UUID, now: datetime) -> CertificateReport | None:
    """Say what became of a certificate; None where none of that id was issued here."""
    found = (await store.get_certificates(reader, [id], (), now)).get(id)
    if found is None:
        return None
    (standing,) = await get_standings(reader, [found.shop_id])
    return rules.report_on(found, standing, now)


async def prove_subject(database: Database, shop_id: UUID) -> Subject | None:
    """Hash who is behind a shop; None where nobody looked. Takes a moment, in a thread."""
    async with database.read() as reader:
        number = (await get_subject_numbers(reader, [shop_id])).get(shop_id)
    return await asyncio.to_thread(signing.make_subject, number) if number else None


async def compare_subject(database: Database, shop_id: UUID, document: str) -> str | None:
    """Hash who is behind a shop as a certificate has it; None where nobody looked. Takes a moment, in a thread.

    For a certificate that nobody signed whom we believe nothing is hashed: a forged one costs us no such moment.
    """
    claims = signing.read_certificate(document)
    if claims is None:
        return None
    async with database.read() as reader:
        keys = (await store.get_keys(reader, {claims.iss})).get(claims.iss, ())
        if not any(signing.is_signed_by(document, key) for key in keys):
            return None
        number = (await get_subject_numbers(reader, [shop_id])).get(shop_id)
    return await asyncio.to_thread(signing.digest_of, number, claims.subject) if number else None


async def _get_shops(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Shop]:
    return {shop.id: shop for shop in await get_shops(reader, sorted(set(ids))) if shop is not None}


async def _lock(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, dict[UUID, Brought]]:
    if not shop_ids:
        return {}
    await lock_standings(tx, shop_ids, (await get_in_force(tx, CREDIT_RULES, tx.now)).version)
    return await store.lock_brought(tx, shop_ids)


def _all(state: rules.Bringing) -> dict[UUID, Brought]:
    return {id: each for its in state.brought.values() for id, each in its.items()}


async def _end(tx: Transaction, ended: Sequence[tuple[UUID, Brought, Actor]]) -> None:
    await store.update_brought(tx, [brought for _, brought, _ in ended])
    await publish(
        tx,
        [
            Occurrence(
                BroughtCreditEnded(shop_id=shop_id, issuer=brought.issuer, state=brought.state),
                shop_id,
                brought.id,
                actor,
            )
            for shop_id, brought, actor in ended
        ],
    )


async def _tell_of_issuers(tx: Transaction, told: Sequence[tuple[Event, Actor]]) -> None:
    occurrences = []
    for event, actor in told:
        stream = actor.person_id or new_id()
        occurrences.append(Occurrence(event, stream, derive(stream, "issuer", event), actor))
    await publish(tx, occurrences)
