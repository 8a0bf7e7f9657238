"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.events.orders import OrderPlaced
from weiji.events.outbox import get_logs, get_trails
from weiji.identity import PLATFORM
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.supervision.conduct.course import Counted
from weiji.supervision.conduct.model import (
    BUYERS_WINDOW_HOURS_MAX,
    PRICES_MAX,
    ConductHit,
    ConductRule,
    ConductRulesChange,
    ConductRulesVersion,
    Measure,
    Tally,
    Trial,
)
from weiji.supervision.conduct.tallying import (
    ACTING,
    COUNTED,
    FORMERS_OF,
    INHERITED_MAX,
    OFFERING,
    OFFERS_READ,
    REPLACED,
    SUCCESSORS_OF,
    TOGETHER,
    Former,
    GoodsText,
    Offer,
    OfferedSku,
    Priced,
    Told,
    followed,
    last_before,
    measured,
    offer_of,
    paired,
    priced,
    stand_ins,
)

SQL = sql.beside(__file__)

BUYERS_SPAN: Final = timedelta(hours=BUYERS_WINDOW_HOURS_MAX)


class Watched(Struct, frozen=True, kw_only=True):
    """How far the log of a shop was read (`seq` of `head`), until when its hours were judged.

    `latest` is the last hour in which something was counted.
    """

    shop_id: UUID
    seq: int
    until: datetime
    latest: datetime | None
    head: int


class InForce(Struct, frozen=True, kw_only=True):
    """A rule in force, from which version on, and since when."""

    rule: ConductRule
    from_version: int
    since: datetime


class Was(Struct, frozen=True, kw_only=True):
    """What a rule was from a version on, who made it so and why."""

    rule: ConductRule
    from_version: int
    to_version: int | None
    author_id: UUID | None
    reason: str
    created_at: datetime


class ListedHit(Struct, frozen=True, kw_only=True):
    """What a rule found; `title` is its product's, `inquiry_id` what staff look into because of it."""

    id: UUID
    version: int
    hit: ConductHit
    inquiry_id: UUID | None
    shop_name: str
    shop_handle: str
    title: str | None


class ListedRule(Struct, frozen=True, kw_only=True):
    """A rule in force, how often it found something, in how many shops, and how inquiries about that ended."""

    rule: ConductRule
    hits: int
    shops: int
    dismissed: int
    upheld: int


# Logs and counts


async def begin_watching(tx: Transaction, shards: Sequence[int], limit: int) -> None:
    """Read the logs of shops that are new, from their first event on."""
    rows = await tx.rows(SQL.get_unwatched, shards, limit)
    if rows:
        ids = [row["id"] for row in rows]
        await tx.run(SQL.add_watched, shards_of(ids), ids, [row["until"] for row in rows])


async def lock_due(tx: Transaction, shards: Sequence[int], closed: datetime, limit: int) -> list[Watched]:
    """Lock shops that have something to count or to judge before *closed*, until *tx* ends."""
    rows = await tx.rows(SQL.lock_due, shards, closed, limit)
    return [msgspec.convert(dict(row), Watched) for row in rows]


async def lock_watched(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, Watched]:
    """Lock shops until *tx* ends, as far as they are watched."""
    ids = sorted(set(shop_ids))
    rows = await tx.rows(SQL.lock_watched, shards_of(ids), ids)
    return {row["shop_id"]: msgspec.convert(dict(row), Watched) for row in rows}


async def get_shops_of(reader: Reader, person_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Name the shops that people work for; who works for none is left out."""
    ids = sorted(set(person_ids))
    found: dict[UUID, list[UUID]] = {}
    for row in await reader.rows(SQL.get_roles, shards_of(ids), ids):
        scopes = {text.partition(" ")[0] for text in row["roles"]} - {PLATFORM}
        found[row["person_id"]] = [UUID(scope) for scope in sorted(scopes)]
    return found


async def put_watched(tx: Transaction, watched: Sequence[Watched]) -> None:
    """Write how far logs were read."""
    ids, *facts = columns(watched, "shop_id", "seq", "until", "latest")
    await tx.run(SQL.put_watched, shards_of(ids), ids, *facts)


async def get_told(reader: Reader, parts: Sequence[tuple[UUID, int, int]]) -> list[Told]:
    """Read what counts in parts of logs, and where orders were placed from."""
    return [
        Told(
            shop_id=row["stream"],
            seq=row["seq"],
            type=row["type"],
            subject_id=row["subject_id"],
            actor_kind=row["actor_kind"],
            actor_id=row["actor_id"],
            address=row["address"],
            at=row["at"],
            data=row["data"],
        )
        for row in await get_logs(reader, parts, COUNTED, (OrderPlaced,), ACTING)
    ]


async def get_owed(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Read from when on orders were to be sent."""
    ids = sorted(order_ids)
    return {row["id"]: row["owed_at"] for row in await reader.rows(SQL.get_owed, distinct_shards(ids), ids)}


async def get_successors(
    reader: Reader, ended: Sequence[tuple[UUID, UUID, datetime]]
) -> dict[tuple[UUID, datetime], list[Offer]]:
    """Read what stays on sale under titles that something else, of a shop, had until just now, by what that was."""
    ids, times = [id for id, _, _ in ended], [at for _, _, at in ended]
    rows = await reader.rows(
        SQL.get_successors,
        distinct_shards(ids),
        ids,
        times,
        sorted({shop_id for _, shop_id, _ in ended}),
        REPLACED,
        TOGETHER,
        SUCCESSORS_OF,
    )
    found: dict[tuple[UUID, datetime], list[Offer]] = {}
    for row in rows:
        found.setdefault((row["former_id"], row["at"]), []).append(Offer(row["product_id"], row["at"]))
    return found


async def get_offered(
    reader: Reader,
    offers: Sequence[Offer],
    succeeded: Mapping[tuple[UUID, datetime], Sequence[Offer]] = {},
) -> tuple[dict[Offer, list[Priced]], dict[UUID, tuple[UUID, UUID]]]:
    """Read which prices are others than when a product was offered last, in two statements; and which SKUs are measured
    by which others, each with its product.

    In three more where some were never offered, or not under their titles: what those stand in for, and what that cost;
    in one more where some *succeeded* what went then.
    """
    formers: dict[Offer, list[tuple[UUID, datetime]]] = {}
    for former, followers in succeeded.items():
        for offer in followers:
            formers.setdefault(offer, []).append(former)
    offers = list(dict.fromkeys((*offers, *formers)))
    product_ids = {offer.product_id for offer in offers}
    trails: dict[UUID, list[Offer]] = {id: [] for id in product_ids}
    for row in await get_trails(reader, product_ids, OFFERING, OFFERS_READ, status="listed"):
        if earlier := offer_of(row["type"], row["at"], row["data"]):
            trails[earlier.product_id].append(earlier)
    ids = [offer.product_id for offer in offers]
    last = [last_before(offer, trails[offer.product_id]) for offer in offers]
    facts = columns(offers, "at", "version")
    rows = await reader.rows(SQL.get_offered, shards_of(ids), ids, *facts, last, REPLACED, distinct_shards(ids))
    found: dict[Offer, list[OfferedSku]] = {offer: [] for offer in offers}
    new = {offer for offer, at in zip(offers, last, strict=True) if at is None}
    for row in rows:
        offer = offers[row["place"] - 1]
        found[offer].append(msgspec.convert({name: row[name] for name in OfferedSku.__struct_fields__}, OfferedSku))
        if row["is_titled"]:
            new.add(offer)
    made: dict[Offer, list[Priced]] = {}
    stood_for: dict[UUID, tuple[UUID, UUID]] = {}
    for offer, at in zip(offers, last, strict=True):
        made[offer] = priced(found[offer], at)
        stood_for |= {id: (offer.product_id, its.sku_id) for id, its in stand_ins(found[offer], at).items()}
    if new:
        for offer, its in (await _get_formers(reader, list(new))).items():
            formers.setdefault(offer, []).extend(its)
    for offer, former_prices in (await _get_last_prices(reader, formers)).items():
        here = {sku.sku_id: sku for sku in found[offer] if not sku.is_withdrawn}
        moved = {each.sku_id: each for each in made[offer]}
        skus = [moved.get(id) or Priced(id, sku.price, sku.price) for id, sku in here.items()]
        choices = {id: sku.choices for id, sku in here.items()}
        prices = [(each.choices, each.price) for each in former_prices]
        made[offer] = [each for each in measured(skus, choices, prices) if each.before != each.price]
        stood_for |= {
            skus[of].sku_id: (offer.product_id, former_prices[place].sku_id)
            for of, place in paired(skus, choices, prices).items()
        }
    return made, stood_for


async def _get_formers(reader: Reader, new: Sequence[Offer]) -> dict[Offer, list[tuple[UUID, datetime]]]:
    """Read which goods others stand in for, each with when it went. What is on sale costs what it does at the offer."""
    ids = [offer.product_id for offer in new]
    texts = {
        row["product_id"]: msgspec.convert(dict(row), GoodsText)
        for row in await reader.rows(SQL.get_texts, distinct_shards(ids), ids)
    }
    shop_ids = sorted({text.shop_id for text in texts.values()})
    first_at = min(offer.at for offer in new)
    rows = await reader.rows(
        SQL.get_formers,
        shards_of(shop_ids),
        shop_ids,
        first_at - REPLACED,
        [text.title_mark for text in texts.values() if text.title_mark],
        [text.picture for text in texts.values() if text.picture],
        FORMERS_OF,
        first_at - TOGETHER,
    )
    formers = followed(
        [(offer, texts[offer.product_id]) for offer in new if offer.product_id in texts],
        [msgspec.convert(dict(row), Former) for row in rows],
    )
    return {offer: [(each.product_id, each.off_sale_at or offer.at) for each in its] for offer, its in formers.items()}


class LastPrice(Struct, frozen=True, kw_only=True):
    """What a SKU cost when its product went."""

    sku_id: UUID
    choices: tuple[str, ...]
    price: int


async def _get_last_prices(
    reader: Reader, formers: Mapping[Offer, Sequence[tuple[UUID, datetime]]]
) -> dict[Offer, list[LastPrice]]:
    """Read what goods cost at some time that others stand in for, SKU by SKU."""
    asked = list(dict.fromkeys(each for its in formers.values() for each in its))
    if not asked:
        return {}
    ids, times = [id for id, _ in asked], [at for _, at in asked]
    prices: dict[tuple[UUID, datetime], list[LastPrice]] = {each: [] for each in asked}
    for row in await reader.rows(SQL.get_last_prices, ids, times, distinct_shards(ids)):
        its = LastPrice(sku_id=row["sku_id"], choices=tuple(row["choices"]), price=row["price"])
        prices[row["product_id"], row["at"]].append(its)
    return {offer: [price for each in its for price in prices[each]] for offer, its in formers.items()}


async def get_prices_of(
    reader: Reader, shop_ids: Collection[UUID], sku_ids: Collection[UUID], since: datetime
) -> list[Tally]:
    """Read what SKUs of shops were offered at since an hour, the latest first."""
    ids = sorted(shop_ids)
    rows = await reader.rows(SQL.get_prices_of, distinct_shards(ids), ids, sorted(sku_ids), since, INHERITED_MAX)
    return [_tally(row) for row in rows]


async def add_inherited(tx: Transaction, tallies: Sequence[Tally]) -> None:
    """Add counts of what SKUs stand in for. Of an hour in which they have their own they keep that."""
    if tallies:
        ordered = sorted(tallies, key=lambda each: (each.shop_id, each.hour, each.subject_id))
        ids, *facts = columns(ordered)
        await tx.run(SQL.add_inherited, shards_of(ids), ids, *facts)


async def add_tallies(tx: Transaction, tallies: Sequence[Tally]) -> None:
    """Add counts to what was counted in the same hours. In the order of their key, so that none waits for another."""
    if tallies:
        ordered = sorted(
            tallies, key=lambda each: (each.shop_id, each.hour, each.measure, each.subject_id, each.about_id)
        )
        ids, *facts = columns(ordered)
        await tx.run(SQL.add_tallies, shards_of(ids), ids, *facts, PRICES_MAX)


async def get_tallies(
    reader: Reader,
    wanted: Mapping[UUID, tuple[datetime, datetime]],
    span: timedelta,
    measures: Iterable[Measure],
) -> dict[UUID, list[Tally]]:
    """Read the counts of shops that judging from an hour to another looks at, *span* back."""
    ids = sorted(wanted)
    if not ids:
        return {}
    rows = await reader.rows(
        SQL.get_tallies,
        shards_of(ids),
        ids,
        [wanted[id][0] - span for id in ids],
        [wanted[id][0] - BUYERS_SPAN for id in ids],
        [wanted[id][1] for id in ids],
        sorted(measures),
    )
    found: dict[UUID, list[Tally]] = {}
    for row in rows:
        found.setdefault(row["shop_id"], []).append(_tally(row))
    return found


async def get_course(reader: Reader, shop_id: UUID, product_id: UUID | None, since: datetime) -> list[Counted]:
    """Read what was counted by the day since a time: a product's prices, or a shop's orders and refunds."""
    rows = await reader.rows(SQL.get_course, shard_of(shop_id), shop_id, since, product_id)
    return [msgspec.convert({**row, "count": int(row["count"])}, Counted) for row in rows]


async def get_open_hours(reader: Reader, since: Mapping[UUID, datetime]) -> dict[UUID, set[datetime]]:
    """Read in which hours something was counted, of each shop from one on."""
    ids = sorted(since)
    found: dict[UUID, set[datetime]] = {}
    for row in await reader.rows(SQL.get_open_hours, shards_of(ids), ids, [since[id] for id in ids]):
        found.setdefault(row["shop_id"], set()).add(row["hour"])
    return found


async def get_watched_after(reader: Reader, shard: int, after: UUID, limit: int) -> list[UUID]:
    """Read some of the shops of a shard, by id."""
    return [row["shop_id"] for row in await reader.rows(SQL.get_watched_after, shard, after, limit)]


async def forget_tallies(tx: Transaction, before: datetime) -> None:
    """Delete old counts."""
    await tx.run(SQL.forget_tallies, before)


def _tally(row: Row) -> Tally:
    return Tally(
        shop_id=row["shop_id"],
        hour=row["hour"],
        measure=Measure(row["measure"]),
        subject_id=row["subject_id"],
        about_id=row["about_id"],
        count=row["count"],
        amount=row["amount"],
        before=row["before"],
        prices=tuple(row["prices"]),
    )


# What was found


async def add_hits(tx: Transaction, hits: Sequence[tuple[UUID, int, ConductHit]]) -> set[UUID]:
    """Write what rules of versions found; tell which of the ids are new."""
    if not hits:
        return set()
    ids = [id for id, _, _ in hits]
    found = [hit for _, _, hit in hits]
    rows = await tx.rows(
        SQL.add_hits,
        shards_of(ids),
        ids,
        [hit.rule_id for hit in found],
        [version for _, version, _ in hits],
        *columns(found, "shop_id", "subject_id", "on", "hour"),
        found,
    )
    return {row["id"] for row in rows}


async def link_hits(tx: Transaction, inquiries: Mapping[UUID, UUID]) -> None:
    """Write which inquiries hits are looked into by."""
    if inquiries:
        ids = sorted(inquiries)
        await tx.run(SQL.link_hits, shards_of(ids), ids, [inquiries[id] for id in ids])


async def get_settled(reader: Reader, hits: Sequence[ConductHit], since: datetime) -> set[tuple[UUID, UUID]]:
    """Read which rules found something in which subjects that staff have decided about since a time."""
    subjects = [hit.subject_id for hit in hits]
    args = (shards_of(subjects), [hit.rule_id for hit in hits], subjects, since)
    return {(row["rule_id"], row["subject_id"]) for row in await reader.rows(SQL.get_settled, *args)}


async def list_hits(
    reader: Reader,
    rule_id: UUID | None,
    shop_id: UUID | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ListedHit]:
    """Read what rules found, the latest first."""
    rows = await reader.rows(SQL.list_hits, rule_id, shop_id, *(before or (None, None)), limit)
    return [msgspec.convert({**row, "hit": row["found"]}, ListedHit) for row in rows]


async def get_names(reader: Reader, hits: Iterable[ConductHit]) -> dict[UUID, str]:
    """Read what products and shops of hits are called."""
    ids = sorted({id for hit in hits for id in (hit.shop_id, hit.subject_id)})
    rows = await reader.rows(SQL.get_names, distinct_shards(ids), ids) if ids else []
    return {row["id"]: row["name"] for row in rows}


# Rules


async def get_latest(reader: Reader) -> int:
    """Read which version is in force."""
    version: int = await reader.value(SQL.get_latest)
    return version


async def list_versions(reader: Reader, before: int | None, limit: int) -> list[ConductRulesVersion]:
    """Read versions, the latest first."""
    rows = await reader.rows(SQL.list_versions, before, limit)
    return [msgspec.convert(dict(row), ConductRulesVersion) for row in rows]


async def add_version(tx: Transaction, version: ConductRulesVersion) -> bool:
    """Write a version; tell whether nobody was faster."""
    facts = (version.put, version.retired, version.author_id, version.reason, version.created_at, version.approver_id)
    return await tx.value(SQL.add_version, version.version, *facts) is not None


async def replace_rules(tx: Transaction, version: int, put: Sequence[ConductRule], retired: Collection[UUID]) -> None:
    """Put rules in force from a version on, and end those that they replace, or that are retired."""
    await tx.run(SQL.end_rules, [*(rule.id for rule in put), *retired], version)
    if put:
        await tx.run(SQL.add_rules, *columns(put, "id", "name"), list(put), version)


async def get_rules(reader: Reader) -> list[InForce]:
    """Read the rules in force, by name."""
    return [msgspec.convert(dict(row), InForce) for row in await reader.rows(SQL.get_rules)]


async def list_rules(reader: Reader, since: datetime) -> list[ListedRule]:
    """Read the rules in force by name, with what they found since a time."""
    return [msgspec.convert(dict(row), ListedRule) for row in await reader.rows(SQL.list_rules, since)]


async def get_history(reader: Reader, id: UUID, limit: int) -> list[Was]:
    """Read what a rule was, the latest first."""
    return [msgspec.convert(dict(row), Was) for row in await reader.rows(SQL.get_history, id, limit)]


# Trials


async def add_trials(tx: Transaction, trials: Sequence[Trial]) -> set[UUID]:
    """Write trials that are to be done; tell which are new."""
    rows = await tx.rows(
        SQL.add_trials,
        [each.id for each in trials],
        [each.rule.fingerprint for each in trials],
        [each.rule for each in trials],
        *columns(trials, "asked_by", "asked_at", "begins_at", "ends_at"),
    )
    return {row["id"] for row in rows}


async def get_trials(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Trial]:
    """Read trials."""
    return {row["id"]: _trial(row) for row in await reader.rows(SQL.get_trials, list(ids))}


class TrialView(Struct, frozen=True):
    """A trial with some of what it found, and the version of the rules in force."""

    trial: Trial
    version: int
    found: tuple[ConductHit, ...]
    kept: int
    """How much of what it found can be read."""


async def get_trial(reader: Reader, id: UUID, after: int, limit: int) -> TrialView | None:
    """Read a trial, with what it found behind the first *after*: its examples, if no rows are kept."""
    row = await reader.row(SQL.get_trial, id, after, limit)
    if row is None:
        return None
    trial, version, kept = _trial(row), row["version"], row["kept"]
    if not kept:
        return TrialView(trial, version, trial.examples[after : after + limit], len(trial.examples))
    return TrialView(trial, version, msgspec.convert(row["found"], tuple[ConductHit, ...]), kept)


async def lock_trial(tx: Transaction) -> Trial | None:
    """Lock a trial that is not done until *tx* ends."""
    row = await tx.row(SQL.lock_trial)
    return _trial(row) if row else None


async def put_trial(tx: Transaction, trial: Trial) -> None:
    """Write how far a trial is, and what it found."""
    facts = (trial.next_shard, trial.done_at, trial.shops, trial.hits, trial.by_day, trial.examples)
    await tx.run(SQL.put_trial, trial.id, *facts)


async def add_trial_hits(tx: Transaction, trial_id: UUID, before: int, hits: Sequence[ConductHit]) -> None:
    """Write what a trial found, behind what it had found *before*."""
    if hits:
        await tx.run(SQL.add_trial_hits, trial_id, before, list(hits))


async def get_tried(reader: Reader, fingerprints: Collection[str], since: datetime) -> dict[str, UUID]:
    """Read which rules were tried since a time, by their fingerprints, with the latest trial of each."""
    rows = await reader.rows(SQL.get_tried, list(fingerprints), since)
    return {row["fingerprint"]: row["id"] for row in rows}


class TrialOf(Struct, frozen=True, kw_only=True):
    """What a trial of a rule, by its fingerprint, found."""

    fingerprint: str
    shops: int
    hits: int


async def get_compared(
    reader: Reader, change: ConductRulesChange
) -> tuple[dict[UUID, ConductRule], dict[str, TrialOf]]:
    """Read what is in force of the rules that a change names, and its trials by fingerprint."""
    rule_ids = [*(rule.id for rule in change.put), *change.retire]
    row = await reader.row(SQL.get_compared, rule_ids, list(change.trials))
    assert row
    known = msgspec.convert(row["known"] or [], list[ConductRule])
    trials = msgspec.convert(row["trials"] or [], list[TrialOf])
    return {rule.id: rule for rule in known}, {trial.fingerprint: trial for trial in trials}


async def forget_trials(tx: Transaction, before: datetime) -> None:
    """Delete old trials, with what they found."""
    await tx.run(SQL.forget_trial_hits, before)
    await tx.run(SQL.forget_trials, before)


def _trial(row: Row) -> Trial:
    return msgspec.convert(dict(row), Trial)
