"""The verbs of conduct. Each takes an open transaction, and a batch.

Locks: shops that are watched, in id order; then those of inquiries.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from weiji.approvals import EXPIRES_AFTER
from weiji.events import Actor, Occurrence, publish
from weiji.events.orders import OrderPlaced, RefundOrdered
from weiji.events.outbox import get_addresses, get_firsts
from weiji.events.supervision import ConductRulesPublished, ConductRuleTried
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import SHARDS, derive, new_id
from weiji.rulebook import Publisher, ReleaseRules, are_rules, propose_rules, takes_two
from weiji.supervision.conduct import store
from weiji.supervision.conduct.model import (
    EXAMPLES_SHOWN,
    GRACE,
    OF_GOODS,
    QUIET,
    TRIAL,
    TRIAL_HITS_MAX,
    TRIED_FOR,
    ConductHit,
    ConductRule,
    ConductRulesChange,
    ConductRulesVersion,
    Effect,
    Measure,
    NoteDevice,
    NoteDeviceStatus,
    PublishConductRules,
    PublishConductRulesResult,
    PublishConductRulesStatus,
    Tally,
    Trial,
    TryConductRule,
    TryConductRuleStatus,
)
from weiji.supervision.conduct.rules import MEASURES, find_faults, hour_of, judge_publication, judge_shop
from weiji.supervision.conduct.store import InForce, Watched
from weiji.supervision.conduct.tallying import (
    REPLACED,
    Known,
    Told,
    ended_of,
    inherited,
    offers_of,
    orders_of,
    places_of,
    refunds_of,
    tally,
    tally_devices,
)
from weiji.supervision.inquiries.model import OpenInquiry, SubjectKind
from weiji.supervision.inquiries.operations import open_inquiries

EVENTS_AT_ONCE: Final = 1_000
"""Events of one shop's log that are counted at once."""

SHOPS_AT_ONCE: Final = 50
"""Shops whose counts a trial holds in memory."""

FIRST: Final = UUID(int=0)


# What happens now


async def watch_shops(tx: Transaction, shards: Sequence[int], limit: int) -> int:
    """Count what the logs of at most *limit* shops tell anew, judge their hours that are over; say how many there were.

    Shops stay locked until *tx* ends. Opens inquiries, and whatever else rules have come of a hit.
    """
    await store.begin_watching(tx, shards, limit)
    closed = hour_of(tx.now - GRACE)
    due = await store.lock_due(tx, shards, closed, limit)
    if not due:
        return 0
    told = await store.get_told(tx, [(w.shop_id, w.seq, min(w.head, w.seq + EVENTS_AT_ONCE)) for w in due])
    until = {w.shop_id: w.until for w in due}
    known = await _look_up(tx, told)
    tallies = tally(told, until, known)
    if known.stood_for:
        former_ids = {id for _, id in known.stood_for.values()}
        former = await store.get_prices_of(tx, until.keys(), former_ids, tx.now - REPLACED)
        tallies, others = inherited(tallies, former, known.stood_for)
        await store.add_inherited(tx, others)
    await store.add_tallies(tx, tallies)
    after = _advance(due, told, tallies, closed)
    await _judge(tx, until, {w.shop_id: w.until for w in after})
    await store.put_watched(tx, after)
    return len(due)


async def note_devices(tx: Transaction, commands: Sequence[NoteDevice]) -> list[NoteDeviceStatus]:
    """Count on which devices people of shops signed in. Results are in the order of *commands*.

    Shops stay locked until *tx* ends. One that is told twice counts twice: what is new does not depend on how often.
    """
    watched = await store.lock_watched(tx, {command.shop_id for command in commands})
    known = [command for command in commands if command.shop_id in watched]
    tallies = tally_devices(known, {w.shop_id: w.until for w in watched.values()})
    await store.add_tallies(tx, tallies)
    for each in tallies:
        its = watched[each.shop_id]
        watched[each.shop_id] = replace(its, latest=max(each.hour, its.latest or each.hour))
    if tallies:
        await store.put_watched(tx, list(watched.values()))
    return [
        NoteDeviceStatus.NOTED if command.shop_id in watched else NoteDeviceStatus.SHOP_NOT_WATCHED
        for command in commands
    ]


def _advance(due: Sequence[Watched], told: Sequence[Told], tallies: Sequence[Tally], closed: datetime) -> list[Watched]:
    """Say how far shops are now. Where the log goes on, the hour of what was read last is not over yet."""
    last = {each.shop_id: each.at for each in told}
    latest = {w.shop_id: w.latest for w in due}
    for each in tallies:
        latest[each.shop_id] = max(each.hour, latest[each.shop_id] or each.hour)
    after = []
    for w in due:
        seq = min(w.head, w.seq + EVENTS_AT_ONCE)
        end = closed if seq == w.head else min(closed, hour_of(last.get(w.shop_id, w.until)))
        after.append(replace(w, seq=seq, until=max(w.until, end), latest=latest[w.shop_id]))
    return after


async def _look_up(tx: Transaction, told: Sequence[Told]) -> Known:
    sent, paid = orders_of(told)
    refunded = refunds_of(told)
    places, offers, ended = places_of(told), offers_of(told), ended_of(told)
    earlier = paid - places.keys()
    succeeded = await store.get_successors(tx, ended) if ended else {}
    offered, stood_for = await store.get_offered(tx, offers, succeeded) if offers or succeeded else ({}, {})
    return Known(
        await store.get_owed(tx, sent) if sent else {},
        places | (await get_addresses(tx, earlier, OrderPlaced) if earlier else {}),
        offered,
        await get_firsts(tx, refunded, RefundOrdered) if refunded else {},
        succeeded,
        stood_for,
    )


async def _judge(tx: Transaction, since: Mapping[UUID, datetime], until: Mapping[UUID, datetime]) -> None:
    """Judge the hours of shops from one to another."""
    closing = {id: begin for id, begin in since.items() if begin < until[id]}
    rules = await store.get_rules(tx) if closing else []
    if not rules:
        return
    open_hours = await store.get_open_hours(tx, closing)
    hours = {id: {hour for hour in its if hour < until[id]} for id, its in open_hours.items()}
    wanted = {id: (min(its), until[id]) for id, its in hours.items() if its}
    measures = {measure for each in rules for measure in MEASURES[each.rule.kind]}
    counted = await store.get_tallies(tx, wanted, max(each.rule.span for each in rules), measures)
    versions = {each.rule.id: each.from_version for each in rules}
    found = [hit for id, its in counted.items() for hit in _hits(rules, its, hours[id])]
    made = [(hit_id(hit), versions[hit.rule_id], hit) for hit in found]
    new = await store.add_hits(tx, made)
    await _act(tx, {id: hit for id, _, hit in made if id in new})


def _hits(rules: Sequence[InForce], counted: Sequence[Tally], hours: Collection[datetime]) -> list[ConductHit]:
    """Judge a shop by each rule in the hours since it is in force."""
    return [
        hit
        for each in rules
        for hit in judge_shop([each.rule], counted, {hour for hour in hours if hour >= each.since})
    ]


def hit_id(hit: ConductHit) -> UUID:
    """Make the id of what a rule found in a subject on a day."""
    return derive(hit.shop_id, "hit", hit.rule_id, hit.subject_id, hit.on)


async def _act(tx: Transaction, hits: Mapping[UUID, ConductHit]) -> None:
    """Do what rules have come of hits."""
    asked = {id: hit for id, hit in hits.items() if hit.effect is not Effect.NOTE}
    if not asked:
        return
    settled = await store.get_settled(tx, list(asked.values()), tx.now - QUIET)
    asked = {id: hit for id, hit in asked.items() if (hit.rule_id, hit.subject_id) not in settled}
    commands = [
        OpenInquiry(
            subject_kind=SubjectKind.PRODUCT if hit.kind in OF_GOODS else SubjectKind.SHOP,
            subject_id=hit.subject_id,
            shop_id=hit.shop_id,
            hits=(hit,),
        )
        for hit in asked.values()
    ]
    if commands:
        results = await open_inquiries(tx, commands)
        linked = {id: result.inquiry_id for id, result in zip(asked, results, strict=True) if result.inquiry_id}
        await store.link_hits(tx, linked)


# Rules


async def publish_conduct_rules(
    tx: Transaction, commands: Sequence[PublishConductRules]
) -> list[PublishConductRulesResult]:
    """Put and retire rules, in turn; where that takes two, propose it.

    Publishes ConductRulesPublished in the author's stream, or RulesProposed.
    """
    results = []
    for command in commands:
        tried = await store.get_tried(tx, {rule.fingerprint for rule in command.put}, tx.now - TRIED_FOR)
        results.append(await _publish(tx, command, tried))
    return results


async def _publish(
    tx: Transaction, command: PublishConductRules, tried: Mapping[str, UUID]
) -> PublishConductRulesResult:
    latest = await store.get_latest(tx)
    in_force = {each.rule.id: each.rule for each in await store.get_rules(tx)}
    result, put, retired = judge_publication(command, latest, in_force, tried)
    if result.status is not PublishConductRulesStatus.PUBLISHED:
        return result
    if command.actor.person_id and command.approver_id is None and await takes_two(tx):
        return PublishConductRulesResult(await _propose(tx, command, put, retired, tried), latest)
    version = ConductRulesVersion(
        version=result.version,
        put=len(put),
        retired=len(retired),
        author_id=command.actor.person_id,
        reason=command.reason,
        created_at=tx.now,
        approver_id=command.approver_id,
    )
    if not await store.add_version(tx, version):
        return PublishConductRulesResult(PublishConductRulesStatus.VERSION_TAKEN, latest)
    await store.replace_rules(tx, version.version, put, retired)
    author = command.actor.person_id or new_id()
    event = ConductRulesPublished(
        version=version.version, put=version.put, retired=version.retired, reason=version.reason
    )
    await publish(tx, [Occurrence(event, author, derive(author, "conduct rules", version.version), command.actor)])
    return result


async def _propose(
    tx: Transaction,
    command: PublishConductRules,
    put: Sequence[ConductRule],
    retired: Sequence[UUID],
    tried: Mapping[str, UUID],
) -> PublishConductRulesStatus:
    change = ConductRulesChange(put=tuple(put), retire=tuple(retired), trials=tuple(sorted(tried.values())))
    if not are_rules(CONDUCT_RULES.name, command.version, msgspec.to_builtins(change)):
        return PublishConductRulesStatus.TOO_MANY_RULES
    await propose_rules(tx, CONDUCT_RULES.name, command.version, change, command.reason, None, command.actor)
    return PublishConductRulesStatus.PROPOSED


async def _release(tx: Transaction, command: ReleaseRules[ConductRulesChange]) -> str | None:
    change = command.rules
    publishing = PublishConductRules(
        version=command.version,
        put=change.put,
        retire=change.retire,
        reason=command.reason,
        actor=Actor("staff", command.author_id),
        approver_id=command.approver_id,
    )
    # Only what was tried lately, by a trial that the proposal names, and whoever agreed could read.
    since = tx.now - TRIED_FOR - EXPIRES_AFTER
    tried = await store.get_tried(tx, {rule.fingerprint for rule in change.put}, since)
    _, named = await store.get_compared(tx, change)
    result = await _publish(tx, publishing, {key: id for key, id in tried.items() if key in named})
    return None if result.status is PublishConductRulesStatus.PUBLISHED else result.status.value


CONDUCT_RULES: Final = Publisher(name="conduct_rules", kind=ConductRulesChange, release=_release)
"""The rules on conduct, as two of the staff publish them."""


# Trials


async def try_conduct_rules(tx: Transaction, commands: Sequence[TryConductRule]) -> list[TryConductRuleStatus]:
    """Ask for trials; the job does them. Results are in the order of *commands*. Publishes ConductRuleTried."""
    known = await store.get_trials(tx, {command.id for command in commands})
    ends_at = hour_of(tx.now - GRACE)
    begins_at = (ends_at - TRIAL).astimezone(SHANGHAI).replace(hour=0)
    statuses, new = [], []
    for command in commands:
        found = known.get(command.id)
        if found:
            is_same = found.rule == command.rule
            statuses.append(TryConductRuleStatus.EXISTS if is_same else TryConductRuleStatus.ID_TAKEN)
        elif find_faults([command.rule]):
            statuses.append(TryConductRuleStatus.INVALID_RULE)
        else:
            known[command.id] = Trial(
                id=command.id,
                rule=command.rule,
                asked_by=command.actor.person_id,
                asked_at=tx.now,
                begins_at=begins_at,
                ends_at=ends_at,
            )
            new.append(command)
            statuses.append(TryConductRuleStatus.QUEUED)
    if new:
        await store.add_trials(tx, [known[command.id] for command in new])
    told = []
    for command in new:
        stream = command.actor.person_id or new_id()
        event = ConductRuleTried(trial_id=command.id, name=command.rule.name)
        told.append(Occurrence(event, stream, derive(stream, "trial", command.id), command.actor))
    await publish(tx, told)
    return statuses


async def go_on_trying(tx: Transaction) -> bool:
    """Try a rule on the shops of one more shard; say whether there was one to be tried."""
    trial = await store.lock_trial(tx)
    if trial is None:
        return False
    found = await _try_shard(tx, trial)
    days = Counter(trial.by_day) + Counter(hit.on.isoformat() for hit in found)
    is_done = trial.next_shard + 1 == SHARDS
    await store.add_trial_hits(tx, trial.id, trial.hits, found[: max(0, TRIAL_HITS_MAX - trial.hits)])
    await store.put_trial(
        tx,
        replace(
            trial,
            next_shard=trial.next_shard + 1,
            done_at=tx.now if is_done else None,
            shops=trial.shops + len({hit.shop_id for hit in found}),
            hits=trial.hits + len(found),
            by_day=dict(sorted(days.items())),
            examples=(*trial.examples, *found)[:EXAMPLES_SHOWN],
        ),
    )
    return True


async def _try_shard(reader: Reader, trial: Trial) -> list[ConductHit]:
    found: list[ConductHit] = []
    after: UUID | None = FIRST
    while after is not None:
        shop_ids = await store.get_watched_after(reader, trial.next_shard, after, SHOPS_AT_ONCE)
        found += await replay(reader, [trial.rule], shop_ids, trial.begins_at, trial.ends_at)
        after = shop_ids[-1] if len(shop_ids) == SHOPS_AT_ONCE else None
    return found


async def replay(
    reader: Reader, rules: Sequence[ConductRule], shop_ids: Sequence[UUID], begins_at: datetime, ends_at: datetime
) -> list[ConductHit]:
    """Say what rules would have found in shops from one time to another."""
    if not shop_ids or not rules:
        return []
    measures: set[Measure] = {measure for rule in rules for measure in MEASURES[rule.kind]}
    span: timedelta = max(rule.span for rule in rules)
    counted = await store.get_tallies(reader, dict.fromkeys(shop_ids, (begins_at, ends_at)), span, measures)
    return [
        hit
        for its in counted.values()
        for hit in judge_shop(rules, its, {each.hour for each in its if each.hour >= begins_at})
    ]
