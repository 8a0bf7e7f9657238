"""Trials of word rules: what they would find in all that is on sale, before they are published.

Asking for one is quick; a job looks at the goods, shard by shard, so that what it has looked at stays looked at.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from uuid import UUID

from msgspec.structs import replace

from weiji.catalog import ProductPage, get_products, texts_of
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
    RuleFinds,
    TriedProduct,
    TryWordRules,
    TryWordRulesResult,
    TryWordRulesStatus,
    WordTrial,
)
from weiji.word_rules import Field, Hit, Matcher, Place, RuleFault, find_faults, get_allowed, note_trials

BEGINNING = UUID(int=0)

Found = Mapping[UUID, Sequence[tuple[ProductPage, Sequence[Hit]]]]
"""In which goods rules found what, by the rule."""


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
        """Look at goods, some thousands at most; say whether there is more to do."""
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
        """Look at all that is on sale in the next shard; no connection waits meanwhile. Say how much that was."""
        if self._ready is None or self._ready[0] != trial.id:
            self._ready = trial.id, await asyncio.to_thread(Matcher, trial.rules)
        matcher = self._ready[1]
        if trial.total is None:
            trial = await database.retried(partial(_begin, trial=trial))
        looked = 0
        found: dict[UUID, list[tuple[ProductPage, list[Hit]]]] = defaultdict(list)
        after: UUID | None = BEGINNING
        while after:
            async with database.read() as reader:
                ids = await store.get_listed_after(reader, trial.next_shard, after, SLICE)
                goods = [product for product in await get_products(reader, ids) if product] if ids else []
                allowed = await get_allowed(reader, ids) if ids else {}
            said = [(texts_of(product), allowed.get(product.id, ())) for product in goods]
            for product, hits in zip(goods, await asyncio.to_thread(_find, matcher, said), strict=True):
                for id in {hit.rule_id for hit in hits}:
                    found[id].append((product, [hit for hit in hits if hit.rule_id == id]))
            looked += len(goods)
            after = ids[-1] if len(ids) == SLICE else None
        await database.retried(partial(_keep, trial=_add(trial, looked, found)))
        return looked


async def _begin(tx: Transaction, trial: WordTrial) -> WordTrial:
    total = await store.count_listed(tx)
    await store.begin_word_trial(tx, trial.id, total)
    return replace(trial, total=total)


def _find(
    matcher: Matcher, said: Sequence[tuple[list[tuple[Field, str]], Collection[tuple[UUID, str]]]]
) -> list[list[Hit]]:
    return [matcher.find(texts, allowed) for texts, allowed in said]


def _add(trial: WordTrial, looked: int, found: Found) -> WordTrial:
    """Add what was found in a shard. All goods of a shop are in one: shops are counted once."""
    finds = dict(trial.finds)
    room = EXAMPLES_MAX - sum(len(its.examples) for its in finds.values())
    shown = max(TRIED_SHOWN_MIN, TRIED_SHOWN // len(trial.rules))
    for id, goods in found.items():
        before = finds.get(id, RuleFinds())
        more = goods[: max(0, min(room, shown - len(before.examples)))]
        room -= len(more)
        finds[id] = RuleFinds(
            found=before.found + len(goods),
            recent=before.recent + sum(product.updated_at > trial.asked_at - TRIAL_OF for product, _ in goods),
            shops=before.shops + len({product.shop_id for product, _ in goods}),
            examples=(*before.examples, *(_example(product, hits) for product, hits in more)),
        )
    return replace(trial, next_shard=trial.next_shard + 1, looked=trial.looked + looked, finds=finds)


def _example(product: ProductPage, hits: Sequence[Hit]) -> TriedProduct:
    return TriedProduct(
        product_id=product.id,
        title=product.title,
        shop_id=product.shop_id,
        shop_name=product.shop.name,
        findings=tuple(map(Finding.of, hits[:FINDINGS_SHOWN])),
    )


async def _keep(tx: Transaction, trial: WordTrial) -> None:
    """Write how far a trial is, if nobody was faster with the same shard. Once over, its rules may be published."""
    is_over = trial.next_shard == SHARDS
    if await store.put_word_trial(tx, replace(trial, done_at=tx.now) if is_over else trial) and is_over:
        found = {id: {Place.PRODUCT: finds.found} for id, finds in trial.finds.items()}
        await note_trials(tx, trial.rules, found, trial.id)


async def forget(database: Database, _limit: int) -> int:
    """Delete trials that do not count any more."""
    await database.retried(store.forget_word_trials)
    return 0
