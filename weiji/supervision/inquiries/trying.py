"""Trials of word rules: what they would find in what people wrote in ninety days, before they are published.

Asking for one is quick; a job looks wherever rules hold, shard by shard, so that what it has looked at stays looked
at.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from uuid import UUID

from msgspec.structs import replace

from weiji.events import Occurrence, publish
from weiji.events.supervision import WordRulesTried
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS, derive, new_id
from weiji.supervision.inquiries import store
from weiji.supervision.inquiries.model import (
    EXAMPLES_MAX,
    FAILURES_MAX,
    FINDINGS_SHOWN,
    LOOKED_AT_ONCE,
    SLICE,
    TRIAL_OF,
    TRIED_SHOWN,
    TRIED_SHOWN_MIN,
    Finding,
    PlaceFinds,
    RuleFinds,
    TriedThing,
    TryWordRules,
    TryWordRulesResult,
    TryWordRulesStatus,
    WordTrial,
)
from weiji.word_rules import (
    WRITTEN,
    Action,
    Field,
    Hit,
    Matcher,
    Place,
    RuleFault,
    Written,
    find_faults,
    get_allowed,
    get_matcher,
    note_trials,
)

BEGINNING = UUID(int=0)

Found = tuple[Place, Written, Sequence[Hit], bool]
"""Where a rule found what; whether rules in force refuse it."""


async def try_word_rules(database: Database, commands: Sequence[TryWordRules]) -> list[TryWordRulesResult]:
    """Ask for trials; the job does them. Results are in the order of *commands*. Publishes WordRulesTried.

    No connection waits while it is asked what is wrong with rules.
    """
    faults = [await asyncio.to_thread(find_faults, command.rules) for command in commands]
    return await database.retried(partial(_queue, commands=commands, faults=faults))


async def _queue(
    tx: Transaction, commands: Sequence[TryWordRules], faults: Sequence[Sequence[RuleFault]]
) -> list[TryWordRulesResult]:
    known = await store.get_word_trials(tx, {command.id for command in commands})
    results, new, told = [], [], []
    for command, its in zip(commands, faults, strict=True):
        if found := known.get(command.id):
            is_same = found.rules == command.rules
            results.append(TryWordRulesResult(TryWordRulesStatus.EXISTS if is_same else TryWordRulesStatus.ID_TAKEN))
        elif its:
            results.append(TryWordRulesResult(TryWordRulesStatus.INVALID_RULES, tuple(its)))
        else:
            trial = WordTrial(id=command.id, rules=command.rules, asked_by=command.actor.person_id, asked_at=tx.now)
            known[trial.id] = trial
            new.append(trial)
            stream = command.actor.person_id or new_id()
            event = WordRulesTried(trial_id=trial.id, rules=len(trial.rules))
            told.append(Occurrence(event, stream, derive(stream, "trial", trial.id), command.actor))
            results.append(TryWordRulesResult(TryWordRulesStatus.QUEUED))
    await store.add_word_trials(tx, new)
    await publish(tx, told)
    return results


class Trier:
    """Does trials, those first that were asked for first."""

    def __init__(self) -> None:
        self._ready: tuple[UUID, Matcher] | None = None
        """The rules of the trial that it is at, ready to find their words."""

    async def work(self, database: Database, limit: int) -> int:
        """Look at some thousands of things at most; say whether there is more to do."""
        looked = 0
        while looked < LOOKED_AT_ONCE:
            async with database.read() as reader:
                trial = await store.get_word_trial_to_do(reader)
            if trial is None:
                self._ready = None
                return 0
            try:
                looked += await self._try_shard(database, trial)
            except Exception:
                await database.retried(partial(store.note_failure, id=trial.id, failures_max=FAILURES_MAX))
                raise
        return limit

    async def _try_shard(self, database: Database, trial: WordTrial) -> int:
        """Look at all that was written in the next shard; no connection waits meanwhile. Say how much that was."""
        if self._ready is None or self._ready[0] != trial.id:
            self._ready = trial.id, await asyncio.to_thread(Matcher, trial.rules)
        matcher = self._ready[1]
        looked = 0
        found: dict[UUID, list[Found]] = defaultdict(list)
        for place, read in WRITTEN.items():
            after: UUID | None = BEGINNING
            while after:
                async with database.read() as reader:
                    piece = await read(reader, trial.next_shard, after, trial.asked_at - TRIAL_OF, SLICE)
                    allowed = await get_allowed(reader, [each.id for each in piece.things]) if piece.things else {}
                    in_force = await get_matcher(reader)
                said = [(each.texts, allowed.get(each.id, ())) for each in piece.things]
                hits = await asyncio.to_thread(_find, matcher, in_force, said)
                for each, (its, is_refused) in zip(piece.things, hits, strict=True):
                    for id in {hit.rule_id for hit in its}:
                        found[id].append((place, each, [hit for hit in its if hit.rule_id == id], is_refused))
                looked += len(piece.things)
                after = piece.next
        await database.retried(partial(_keep, trial=_add(trial, looked, found)))
        return looked


def _find(
    matcher: Matcher,
    in_force: Matcher,
    said: Sequence[tuple[Sequence[tuple[Field, str]], Collection[tuple[UUID, str]]]],
) -> list[tuple[list[Hit], bool]]:
    """Say what rules find in things, and whether those in force refuse them: only of these that is asked."""
    found = []
    for texts, allowed in said:
        hits = matcher.find(texts, allowed)
        is_refused = bool(hits) and any(hit.action is Action.REFUSE for hit in in_force.find(texts, allowed))
        found.append((hits, is_refused))
    return found


def _add(trial: WordTrial, looked: int, found: Mapping[UUID, Sequence[Found]]) -> WordTrial:
    """Add what was found in a shard. All that is a shop's is in one: shops are counted once."""
    finds = dict(trial.finds)
    room = EXAMPLES_MAX - sum(len(its.examples) for its in finds.values())
    shown = max(TRIED_SHOWN_MIN, TRIED_SHOWN // len(trial.rules))
    for id, things in found.items():
        before = finds.get(id, RuleFinds())
        public = [(place, each, hits, is_refused) for place, each, hits, is_refused in things if each.shown]
        more = public[: max(0, min(room, shown - len(before.examples)))]
        room -= len(more)
        finds[id] = RuleFinds(
            found=before.found + len(things),
            recent=before.recent + sum(each.is_recent for _, each, _, _ in things),
            shops=before.shops + len({each.shop_id for _, each, _, _ in things if each.shop_id}),
            places=_by_place(before.places, things),
            examples=(*before.examples, *(_example(*each) for each in more)),
        )
    return replace(trial, next_shard=trial.next_shard + 1, looked=trial.looked + looked, finds=finds)


def _by_place(before: Mapping[Place, PlaceFinds], things: Sequence[Found]) -> dict[Place, PlaceFinds]:
    counted = dict(before)
    for place, each, _, is_refused in things:
        its = counted.get(place, PlaceFinds())
        counted[place] = PlaceFinds(
            found=its.found + 1, refused=its.refused + is_refused, on_sale=its.on_sale + each.is_on_sale
        )
    return counted


def _example(place: Place, thing: Written, hits: Sequence[Hit], is_refused: bool) -> TriedThing:
    assert thing.shown
    assert thing.shop_id
    return TriedThing(
        place=place,
        path=thing.shown.path,
        title=thing.shown.title,
        shop_id=thing.shop_id,
        shop_name=thing.shown.shop_name,
        findings=tuple(map(Finding.of, hits[:FINDINGS_SHOWN])),
        is_refused=is_refused,
    )


async def _keep(tx: Transaction, trial: WordTrial) -> None:
    """Write how far a trial is, if nobody was faster with the same shard. Once over, its rules may be published."""
    is_over = trial.next_shard == SHARDS
    if await store.put_word_trial(tx, replace(trial, done_at=tx.now) if is_over else trial) and is_over:
        found = {
            id: {place: its.found for place, its in its_finds.places.items()} for id, its_finds in trial.finds.items()
        }
        await note_trials(tx, trial.rules, found, trial.id)


async def forget(database: Database, _limit: int) -> int:
    """Delete trials that do not count any more."""
    await database.retried(store.forget_word_trials)
    return 0
