"""The verbs of inquiries. Each takes an open transaction and a batch, and answers every command; a trial only reads.

Locks are taken in one order: inquiries, penalties, then products and shops.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from weiji.catalog import (
    ProductState,
    RestoreProduct,
    TakeDownProduct,
    get_products,
    restore_products,
    take_down_products,
    texts_of,
)
from weiji.events import BY_CLOCK, BY_SYSTEM, Actor, Event, Occurrence, publish
from weiji.events.supervision import (
    ComplaintFiled,
    InquiryDecided,
    InquiryOpened,
    InquiryTaken,
    PenaltyAppealed,
    PenaltyEnded,
    PenaltyJudged,
    PenaltyLifted,
    StepReached,
)
from weiji.kit.db import Transaction
from weiji.shops import RestrictShop, SuspendShop, restrict_shops, suspend_shops
from weiji.supervision.inquiries import store
from weiji.supervision.inquiries.model import (
    AppealPenalty,
    AppealPenaltyStatus,
    DecideInquiry,
    DecideInquiryStatus,
    EndPenalty,
    FileComplaint,
    FileComplaintStatus,
    Finding,
    JudgePenalty,
    JudgePenaltyStatus,
    OpenInquiry,
    OpenInquiryResult,
    OpenInquiryStatus,
    PenaltyKind,
    PenaltyState,
    SubjectKind,
    TakeInquiry,
    TakeInquiryStatus,
    Verdict,
)
from weiji.supervision.inquiries.rules import Docket, penalty_id_of
from weiji.supervision.inquiries.store import TakenByWords
from weiji.word_rules import (
    Action,
    Allowance,
    Text,
    allow_words,
    screen_texts,
)

SUSPENDED: frozenset[str] = frozenset({"created", "exists"})
"""Answers of `suspend_shops` that mean yes."""


async def file_complaints(tx: Transaction, commands: Sequence[FileComplaint]) -> list[FileComplaintStatus]:
    """Take complaints; results are in the order of *commands*. Publishes ComplaintFiled."""
    subjects = {command.subject_id for command in commands}
    docket = await store.lock_docket(tx, subject_ids=subjects)
    await store.read_subjects(tx, docket, subjects)
    people = {command.actor.person_id for command in commands if command.actor.person_id}
    await store.read_complaints(tx, docket, {command.id for command in commands}, people)
    before = docket.copied()
    statuses = [docket.file(command) for command in commands]
    await store.write_docket(tx, before, docket)
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status is FileComplaintStatus.CREATED:
            made = docket.complaints[command.id]
            event = ComplaintFiled(
                inquiry_id=made.inquiry_id,
                subject_kind=command.subject_kind,
                subject_id=command.subject_id,
                kind=command.kind,
            )
            told.append(Occurrence(event, made.shop_id, made.inquiry_id, command.actor))
    await publish(tx, told)
    return statuses


async def screen_products(tx: Transaction, product_ids: Sequence[UUID]) -> list[OpenInquiryStatus]:
    """Look into what word rules find in products on sale; tell of those in which they found something."""
    found = await get_products(tx, sorted(set(product_ids)))
    listed = [product for product in found if product and product.state is ProductState.LISTED]
    if not listed:
        return []
    hits = await screen_texts(tx, [Text(subject_id=each.id, texts=texts_of(each)) for each in listed])
    commands = [
        OpenInquiry(
            subject_kind=SubjectKind.PRODUCT,
            subject_id=product.id,
            shop_id=product.shop_id,
            findings=tuple(map(Finding.of, its)),
        )
        for product, its in zip(listed, hits, strict=True)
        if its
    ]
    return [result.status for result in await open_inquiries(tx, commands)] if commands else []


async def release_products(tx: Transaction, taken: Sequence[TakenByWords]) -> list[bool]:
    """Lift what word rules imposed and none in force refuses any more; tell of each whether it was.

    Publishes PenaltyLifted and ProductRestored, and InquiryDecided where nothing is left to look into.
    """
    docket = await store.lock_docket(
        tx,
        inquiry_ids={each.inquiry_id for each in taken},
        penalty_ids={each.id for each in taken},
        punishes=True,
    )
    before = docket.copied()
    goods = await get_products(tx, [each.product_id for each in taken])
    hits = await screen_texts(
        tx,
        [
            Text(subject_id=each.product_id, texts=texts_of(product) if product else ())
            for each, product in zip(taken, goods, strict=True)
        ],
    )
    released = [
        not any(hit.action is Action.REFUSE for hit in its) and docket.release(each.id, is_clean=not its)
        for each, its in zip(taken, hits, strict=True)
    ]
    await store.write_docket(tx, before, docket)
    done = [each for each, is_new in zip(taken, released, strict=True) if is_new]
    await _restore(tx, before, docket, {each.inquiry_id: BY_SYSTEM for each in done})
    await _restrict(tx, before, docket)
    told = []
    for each in done:
        inquiry = docket.inquiries[each.inquiry_id]
        told.append(Occurrence(PenaltyLifted(penalty_id=each.id), inquiry.shop_id, each.id, BY_SYSTEM))
        if inquiry != before.inquiries[inquiry.id]:
            event = InquiryDecided(
                inquiry_id=inquiry.id,
                subject_kind=inquiry.subject_kind,
                subject_id=inquiry.subject_id,
                verdict=Verdict.DISMISSED,
                reason="",
            )
            told.append(_of_inquiry(docket, inquiry.id, event, BY_SYSTEM))
    await publish(tx, told)
    return released


async def open_inquiries(tx: Transaction, commands: Sequence[OpenInquiry]) -> list[OpenInquiryResult]:
    """Look into what rules found; results are in the order of *commands*.

    Publishes InquiryOpened, and ProductTakenDown where a rule refuses a product.
    """
    docket = await store.lock_docket(
        tx,
        subject_ids={command.subject_id for command in commands},
        shop_ids={command.shop_id for command in commands},
        punishes=True,
    )
    before = docket.copied()
    statuses = []
    opened_ids = []
    for command in commands:
        statuses.append(docket.open(command))
        found = docket.open_of(command.subject_id)
        opened_ids.append(found.id if found else None)
    await store.write_docket(tx, before, docket)
    await _take_down(tx, before, docket, {})
    await _restrict(tx, before, docket)
    opened = {OpenInquiryStatus.CREATED, OpenInquiryStatus.TAKEN_DOWN}
    subjects = {c.subject_id for c, status in zip(commands, statuses, strict=True) if status in opened}
    told = []
    for id, inquiry in docket.inquiries.items():
        if inquiry.subject_id in subjects and before.inquiries.get(id) != inquiry:
            event = InquiryOpened(
                inquiry_id=id, subject_kind=inquiry.subject_kind, subject_id=inquiry.subject_id, verdict=inquiry.verdict
            )
            told.append(Occurrence(event, inquiry.shop_id, id, BY_SYSTEM))
    await publish(tx, told)
    return [OpenInquiryResult(status, id) for status, id in zip(statuses, opened_ids, strict=True)]


async def take_inquiries(tx: Transaction, commands: Sequence[TakeInquiry]) -> list[TakeInquiryStatus]:
    """Let staff look into inquiries; results are in the order of *commands*. Publishes InquiryTaken."""
    docket = await store.lock_docket(tx, inquiry_ids={command.inquiry_id for command in commands})
    before = docket.copied()
    statuses = [docket.take(command) for command in commands]
    await store.write_docket(tx, before, docket)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is TakeInquiryStatus.TAKEN]
    await publish(tx, [_of_inquiry(docket, c.inquiry_id, InquiryTaken(inquiry_id=c.inquiry_id), c.actor) for c in done])
    return statuses


async def decide_inquiries(tx: Transaction, commands: Sequence[DecideInquiry]) -> list[DecideInquiryStatus]:
    """Decide inquiries, and do what comes of it; results are in the order of *commands*.

    Publishes InquiryDecided, and ProductTakenDown or ShopSuspended.
    """
    seen: set[UUID] = set()
    for place, command in enumerate(commands):
        if command.inquiry_id in seen:
            # Whether its shop could be suspended depends on the first: the rest is a batch of its own.
            return [*await decide_inquiries(tx, commands[:place]), *await decide_inquiries(tx, commands[place:])]
        seen.add(command.inquiry_id)
    docket = await store.lock_docket(tx, inquiry_ids=seen, punishes=True)
    before = docket.copied()
    # Judged as if every shop could be suspended; what could not be is judged again.
    trial = docket.copied()
    wanted = [c for c in commands if trial.decide(c) is DecideInquiryStatus.DECIDED and c.verdict is Verdict.SUSPENDED]
    unsuspended = await _suspend(tx, docket, wanted)
    statuses = [docket.decide(command, unsuspended) for command in commands]
    await store.write_docket(tx, before, docket)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is DecideInquiryStatus.DECIDED]
    await _take_down(tx, before, docket, {penalty_id_of(command.inquiry_id): command.actor for command in done})
    await _restore(tx, before, docket, {command.inquiry_id: command.actor for command in done})
    await _restrict(tx, before, docket)
    dismissed = [docket.inquiries[c.inquiry_id] for c in done if c.verdict is Verdict.DISMISSED]
    await allow_words(tx, {Allowance(c.subject_id, each.rule_id, each.word) for c in dismissed for each in c.findings})
    told = []
    for command in done:
        inquiry = docket.inquiries[command.inquiry_id]
        event = InquiryDecided(
            inquiry_id=inquiry.id,
            subject_kind=inquiry.subject_kind,
            subject_id=inquiry.subject_id,
            verdict=command.verdict,
            reason=command.reason,
        )
        told.append(_of_inquiry(docket, inquiry.id, event, command.actor))
    await publish(tx, told)
    return statuses


async def appeal_penalties(tx: Transaction, commands: Sequence[AppealPenalty]) -> list[AppealPenaltyStatus]:
    """Say why penalties are wrong; results are in the order of *commands*. Publishes PenaltyAppealed."""
    docket = await store.lock_docket(tx, penalty_ids={command.penalty_id for command in commands})
    before = docket.copied()
    statuses = [docket.appeal(command) for command in commands]
    await store.write_docket(tx, before, docket)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is AppealPenaltyStatus.APPEALED]
    told = [(c, PenaltyAppealed(penalty_id=c.penalty_id, text=c.text)) for c in done]
    await publish(tx, [Occurrence(event, c.shop_id, c.penalty_id, c.actor) for c, event in told])
    return statuses


async def judge_penalties(tx: Transaction, commands: Sequence[JudgePenalty]) -> list[JudgePenaltyStatus]:
    """Decide appeals; results are in the order of *commands*.

    Where one is granted, its product is what it was, and the words that were found may be said. Publishes
    PenaltyJudged, and ProductRestored.
    """
    docket = await store.lock_docket(tx, penalty_ids={command.penalty_id for command in commands}, punishes=True)
    before = docket.copied()
    statuses = [docket.judge(command) for command in commands]
    await store.write_docket(tx, before, docket)
    granted = [c for c, status in zip(commands, statuses, strict=True) if status is JudgePenaltyStatus.GRANTED]
    lifted = [docket.penalties[command.penalty_id] for command in granted]
    await allow_words(
        tx, {Allowance(p.product_id, f.rule_id, f.word) for p in lifted if p.product_id for f in p.findings}
    )
    await _restore(tx, before, docket, {docket.penalties[c.penalty_id].inquiry_id: c.actor for c in granted})
    await _restrict(tx, before, docket)
    done = {JudgePenaltyStatus.GRANTED, JudgePenaltyStatus.DENIED}
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status in done:
            penalty = docket.penalties[command.penalty_id]
            event = PenaltyJudged(penalty_id=penalty.id, is_granted=command.is_granted, reason=command.reason)
            told.append(Occurrence(event, penalty.shop_id, penalty.id, command.actor))
    await publish(tx, told)
    return statuses


async def end_penalties(tx: Transaction, commands: Sequence[EndPenalty]) -> list[bool]:
    """End penalties whose time is over, and say for each whether that is new. Publishes PenaltyEnded."""
    docket = await store.lock_docket(tx, penalty_ids={command.penalty_id for command in commands}, punishes=True)
    before = docket.copied()
    ended = [docket.end(command) for command in commands]
    await store.write_docket(tx, before, docket)
    await _restrict(tx, before, docket)
    done = [docket.penalties[c.penalty_id] for c, is_new in zip(commands, ended, strict=True) if is_new]
    await publish(tx, [Occurrence(PenaltyEnded(penalty_id=p.id, kind=p.kind), p.shop_id, p.id, BY_CLOCK) for p in done])
    return ended


async def _restrict(tx: Transaction, before: Docket, after: Docket) -> None:
    """Have shops restricted by just the penalties that are in force now, and tell of what the ladder imposed."""
    changed = {each.shop_id for id, each in after.penalties.items() if before.penalties.get(id) != each}
    restrictions = {id: after.restrictions_of(id) for id in changed}
    wanted = {id: kinds for id, kinds in restrictions.items() if kinds != before.restrictions_of(id)}
    if wanted:
        await restrict_shops(
            tx,
            [
                RestrictShop(
                    shop_id=id,
                    is_listing_frozen=PenaltyKind.LISTING_FROZEN in kinds,
                    is_limited=PenaltyKind.LIMITED in kinds,
                    is_withdrawals_held=PenaltyKind.WITHDRAWALS_HELD in kinds,
                )
                for id, kinds in sorted(wanted.items())
            ],
        )
    steps = [each for id, each in after.penalties.items() if each.step and id not in before.penalties]
    told = [(each, StepReached(penalty_id=each.id, points=each.step, kind=each.kind)) for each in steps]
    await publish(tx, [Occurrence(event, each.shop_id, each.id, BY_SYSTEM) for each, event in told])


async def _suspend(tx: Transaction, docket: Docket, commands: Sequence[DecideInquiry]) -> set[UUID]:
    """Suspend shops; name the inquiries whose shop could not be."""
    suspensions = [
        SuspendShop(
            id=penalty_id_of(command.inquiry_id),
            shop_id=docket.inquiries[command.inquiry_id].shop_id,
            stops_sales=True,
            stops_withdrawals=False,
            reason=command.reason,
            days=command.days,
            actor=command.actor,
            is_own=command.is_own,
        )
        for command in commands
    ]
    results = await suspend_shops(tx, suspensions) if suspensions else []
    return {c.inquiry_id for c, result in zip(commands, results, strict=True) if result not in SUSPENDED}


async def _take_down(tx: Transaction, before: Docket, after: Docket, actors: Mapping[UUID, Actor]) -> None:
    """Take down the products of penalties that are new; *actors* of those that no rule imposed."""
    commands = [
        TakeDownProduct(product_id=each.product_id, penalty_id=id, reason=each.reason, actor=actors.get(id, BY_SYSTEM))
        for id, each in after.penalties.items()
        if each.product_id and each.kind is PenaltyKind.TAKEN_DOWN and id not in before.penalties
    ]
    if commands:
        await take_down_products(tx, commands)


async def _restore(tx: Transaction, before: Docket, after: Docket, actors: Mapping[UUID, Actor]) -> None:
    """Restore the products of penalties that were lifted; *actors* by inquiry."""
    commands = [
        RestoreProduct(product_id=each.product_id, penalty_id=id, actor=actors[each.inquiry_id])
        for id, each in after.penalties.items()
        if each.product_id
        and each.kind is PenaltyKind.TAKEN_DOWN
        and each.state is PenaltyState.LIFTED
        and before.penalties.get(id, each).state is PenaltyState.IN_FORCE
    ]
    if commands:
        await restore_products(tx, commands)


def _of_inquiry(docket: Docket, inquiry_id: UUID, event: Event, actor: Actor) -> Occurrence:
    return Occurrence(event, docket.inquiries[inquiry_id].shop_id, inquiry_id, actor)
