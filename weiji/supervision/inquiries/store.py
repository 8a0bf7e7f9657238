"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.approvals import EXPIRES_AFTER
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.supervision.inquiries.ladder import COUNTED_FOR
from weiji.supervision.inquiries.model import (
    COMPLAINTS_SHOWN,
    FIGURES_OF,
    STAFF_SHOWN,
    Complaint,
    ComplaintKind,
    Inquiry,
    InquiryState,
    Penalty,
    SubjectKind,
    Verdict,
    WordTrial,
)
from weiji.supervision.inquiries.rules import Docket
from weiji.word_rules import TRIED_FOR

SQL = sql.beside(__file__)


class ListedInquiry(Struct, frozen=True, kw_only=True):
    """An inquiry among others; `title` is its product's."""

    inquiry: Inquiry
    shop_name: str
    title: str | None


class ListedPenalty(Struct, frozen=True, kw_only=True):
    """A penalty among others; `title` is its product's."""

    penalty: Penalty
    shop_name: str
    title: str | None


class InquiryFile(Struct, frozen=True, kw_only=True):
    """An inquiry with all that belongs to it. `of_shop` counts the penalties of its shop that are in force; `points`
    are the shop's.
    """

    inquiry: Inquiry
    shop_name: str
    shop_handle: str
    standing: str
    title: str | None
    filed: tuple[Complaint, ...]
    penalties: tuple[Penalty, ...]
    of_shop: int
    points: int


class Record(Struct, frozen=True, kw_only=True):
    """A shop with its points, and when the earliest of them were given; None without any."""

    id: UUID
    handle: str
    name: str
    is_suspended: bool
    points: int
    earliest_at: datetime | None

    @property
    def lapse_at(self) -> datetime | None:
        """Say when the earliest of its points lapse."""
        return self.earliest_at + COUNTED_FOR if self.earliest_at else None


class StaffFigures(Struct, frozen=True, kw_only=True):
    """What one of the staff decided: how often, how often in time, and how long it took from the opening on."""

    person_id: UUID
    decided: int
    in_time: int
    seconds_mean: int

    @property
    def percent_in_time(self) -> int:
        """Say how many of a hundred were in time, cut off."""
        return self.in_time * 100 // self.decided


class DeskStatistics(Struct, frozen=True, kw_only=True):
    """What waits at the desk, and who decided what in the last thirty days."""

    open: int
    overdue: int
    oldest_at: datetime | None
    appeals: int
    staff: tuple[StaffFigures, ...]


class Subject(Struct, frozen=True, kw_only=True):
    """What is complained of: a product, or a shop by its name."""

    title: str
    shop_id: UUID
    shop_name: str
    shop_handle: str


class TakenByWords(Struct, frozen=True, kw_only=True):
    """A penalty by which word rules took a product down."""

    id: UUID
    inquiry_id: UUID
    product_id: UUID


class FiledComplaint(Struct, frozen=True, kw_only=True):
    """A complaint, and what came of it: `answer` once the inquiry is decided."""

    id: UUID
    person_id: UUID | None
    subject_id: UUID
    subject_kind: SubjectKind
    title: str | None
    shop_name: str
    shop_handle: str
    kind: ComplaintKind
    text: str
    filed_at: datetime
    assigned_at: datetime | None
    state: InquiryState
    verdict: Verdict | None
    answer: str
    decided_at: datetime | None
    undone_at: datetime | None
    """When an appeal against what was decided was granted, and nothing of it was left."""


async def lock_docket(
    tx: Transaction,
    *,
    inquiry_ids: Collection[UUID] = (),
    subject_ids: Collection[UUID] = (),
    penalty_ids: Collection[UUID] = (),
    shop_ids: Collection[UUID] = (),
    punishes: bool = False,
) -> Docket:
    """Lock inquiries, then penalties, that are named or are of subjects and count, until *tx* ends.

    Whoever *punishes* holds the records of the shops, too: all that are named or have something that is, with every
    penalty that counts.
    """
    docket = Docket(tx.now)
    asked = {*inquiry_ids, *subject_ids, *penalty_ids}
    shards = distinct_shards(asked)
    if inquiry_ids or subject_ids:
        rows = await tx.rows(SQL.lock_inquiries, shards, sorted(set(inquiry_ids)), sorted(set(subject_ids)))
        docket.inquiries = {row["id"]: msgspec.convert(dict(row), Inquiry) for row in rows}
    shops: list[UUID] = []
    if punishes:
        named = await get_penalties(tx, penalty_ids) if penalty_ids else {}
        of_named = {each.shop_id for each in named.values()} | {each.shop_id for each in docket.inquiries.values()}
        shops = sorted({*shop_ids, *of_named})
        await tx.run(SQL.lock_records, shards_of(shops), shops)
    products = {*subject_ids, *(inquiry.subject_id for inquiry in docket.inquiries.values())}
    rows = await tx.rows(
        SQL.lock_penalties,
        sorted({*shards, *map(shard_of, shops)}),
        sorted(set(penalty_ids)),
        sorted(products),
        sorted(docket.inquiries),
        shops,
        tx.now - COUNTED_FOR,
    )
    docket.penalties = {row["id"]: msgspec.convert(dict(row), Penalty) for row in rows}
    return docket


async def read_subjects(tx: Transaction, docket: Docket, subject_ids: Collection[UUID]) -> None:
    """Read which products and shops there are."""
    ids = sorted(set(subject_ids))
    rows = await tx.rows(SQL.get_subjects, distinct_shards(ids), ids)
    docket.subjects = {row["id"]: row["shop_id"] for row in rows}


async def read_complaints(tx: Transaction, docket: Docket, ids: Collection[UUID], person_ids: Collection[UUID]) -> None:
    """Read complaints by their ids, and those of people in the inquiries of a docket."""
    shards = distinct_shards([*ids, *docket.inquiries])
    rows = await tx.rows(
        SQL.get_complaints, shards, sorted(set(ids)), sorted(docket.inquiries), sorted(set(person_ids))
    )
    docket.complaints = {row["id"]: msgspec.convert(dict(row), Complaint) for row in rows}


async def write_docket(tx: Transaction, before: Docket, after: Docket) -> None:
    """Write whatever changed."""
    inquiries = [inquiry for id, inquiry in after.inquiries.items() if before.inquiries.get(id) != inquiry]
    # What is decided first: of a subject one inquiry at most is open.
    inquiries.sort(key=lambda inquiry: inquiry.state is InquiryState.OPEN)
    if inquiries:
        ids, *facts = columns(inquiries)
        await tx.run(SQL.put_inquiries, shards_of(ids), ids, *facts)
    complaints = [complaint for id, complaint in after.complaints.items() if id not in before.complaints]
    if complaints:
        ids, *facts = columns(complaints)
        await tx.run(SQL.add_complaints, shards_of(ids), ids, *facts)
    penalties = [penalty for id, penalty in after.penalties.items() if before.penalties.get(id) != penalty]
    if penalties:
        ids, *facts = columns(penalties)
        await tx.run(SQL.put_penalties, shards_of(ids), ids, *facts)


async def get_inquiries(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Inquiry]:
    """Read inquiries."""
    wanted = sorted(set(ids))
    rows = await reader.rows(SQL.get_inquiries, distinct_shards(wanted), wanted)
    return {row["id"]: msgspec.convert(dict(row), Inquiry) for row in rows}


async def get_penalties(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Penalty]:
    """Read penalties."""
    wanted = sorted(set(ids))
    rows = await reader.rows(SQL.get_penalties, distinct_shards(wanted), wanted)
    return {row["id"]: msgspec.convert(dict(row), Penalty) for row in rows}


async def list_open(
    reader: Reader, assignee_id: UUID | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[ListedInquiry]:
    """Read what waits, whose time ends first; of one person, if given."""
    return _listed(await reader.rows(SQL.list_open, assignee_id, *(after or (None, None)), limit))


async def list_decided(reader: Reader, before: tuple[datetime, UUID] | None, limit: int) -> list[ListedInquiry]:
    """Read what is decided, the latest first."""
    return _listed(await reader.rows(SQL.list_decided, *(before or (None, None)), limit))


async def list_appeals(reader: Reader, after: tuple[datetime, UUID] | None, limit: int) -> list[ListedPenalty]:
    """Read the penalties whose appeals wait, the oldest first."""
    return _penalties(await reader.rows(SQL.list_appeals, *(after or (None, None)), limit))


async def list_penalties_of_shop(
    reader: Reader, shop_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[ListedPenalty]:
    """Read the penalties of a shop, the latest first."""
    args = (shard_of(shop_id), shop_id, *(before or (None, None)), limit)
    return _penalties(await reader.rows(SQL.list_penalties_of_shop, *args))


async def get_record(reader: Reader, shop_id: UUID, now: datetime) -> Record | None:
    """Read the points of a shop."""
    row = await reader.row(SQL.get_record, shard_of(shop_id), shop_id, now - COUNTED_FOR)
    return msgspec.convert(dict(row), Record) if row else None


async def get_statistics(reader: Reader, now: datetime) -> DeskStatistics:
    """Read what waits, and what each of the staff decided lately, those first who decided most."""
    row = await reader.row(SQL.get_statistics, now, now - FIGURES_OF, STAFF_SHOWN)
    return msgspec.convert(dict(row or {}), DeskStatistics)


async def get_penalties_to_end(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Name the penalties whose time is over."""
    return [row["id"] for row in await reader.rows(SQL.get_penalties_to_end, now, limit)]


async def get_file(reader: Reader, inquiry_id: UUID, now: datetime) -> InquiryFile | None:
    """Read an inquiry with all that belongs to it. One statement."""
    args = (shard_of(inquiry_id), inquiry_id, COMPLAINTS_SHOWN, now - COUNTED_FOR)
    row = await reader.row(SQL.get_file, *args)
    if row is None:
        return None
    names = ("shop_name", "shop_handle", "standing", "title", "of_shop", "points")
    facts = {name: row[name] for name in names} | {"filed": row["filed"] or (), "penalties": row["penalties"] or ()}
    return msgspec.convert(facts | {"inquiry": dict(row)}, InquiryFile)


async def get_subject(reader: Reader, id: UUID) -> Subject | None:
    """Read what somebody wants to complain of."""
    row = await reader.row(SQL.get_subject, shard_of(id), id)
    return msgspec.convert(dict(row), Subject) if row else None


async def get_complaint(reader: Reader, id: UUID) -> FiledComplaint | None:
    """Read a complaint, and what came of it."""
    row = await reader.row(SQL.get_complaint, shard_of(id), id)
    return msgspec.convert(dict(row), FiledComplaint) if row else None


async def get_listed_after(reader: Reader, shard: int, after: UUID, limit: int) -> list[UUID]:
    """Read some of the products on sale in a shard, by id."""
    return [row["id"] for row in await reader.rows(SQL.get_listed_after, shard, after, limit)]


async def get_taken_by_words(reader: Reader, shard: int, after: UUID, limit: int) -> list[TakenByWords]:
    """Read some of what word rules took down in a shard, by id."""
    rows = await reader.rows(SQL.get_taken_by_words, shard, after, limit)
    return [msgspec.convert(dict(row), TakenByWords) for row in rows]


async def add_word_trials(tx: Transaction, trials: Sequence[WordTrial]) -> None:
    """Write trials that are to be done."""
    if trials:
        ids, asked_by, asked_at = columns(trials, "id", "asked_by", "asked_at")
        # Tuples: lists in a list would be one array of two dimensions.
        await tx.run(SQL.add_word_trials, ids, [trial.rules for trial in trials], asked_by, asked_at)


async def get_word_trials(reader: Reader, ids: Collection[UUID]) -> dict[UUID, WordTrial]:
    """Read trials. Those that there are not are left out."""
    return {row["id"]: _word_trial(row) for row in await reader.rows(SQL.get_word_trials, list(ids))}


async def get_word_trial_to_do(reader: Reader) -> WordTrial | None:
    """Read the trial that was asked for first of those that are not over."""
    row = await reader.row(SQL.get_word_trial_to_do)
    return _word_trial(row) if row else None


async def put_word_trial(tx: Transaction, trial: WordTrial) -> bool:
    """Write how far a trial is; tell whether nobody else did the same shard meanwhile."""
    facts = (trial.next_shard, trial.looked, trial.finds, trial.done_at)
    return await tx.value(SQL.put_word_trial, trial.id, *facts) is not None


async def note_failure(tx: Transaction, id: UUID, failures_max: int) -> None:
    """Count that a trial failed; after *failures_max* of them it is given up."""
    await tx.run(SQL.note_failure, id, failures_max, tx.now)


async def forget_word_trials(tx: Transaction) -> None:
    """Delete trials that do not count any more, nor are looked at by whoever is to agree, and those that nobody did."""
    await tx.run(SQL.forget_word_trials, tx.now - TRIED_FOR - EXPIRES_AFTER)


def _word_trial(row: Row) -> WordTrial:
    return msgspec.convert(dict(row), WordTrial)


def _listed(rows: Iterable[Row]) -> list[ListedInquiry]:
    return [
        msgspec.convert({"inquiry": dict(r), "shop_name": r["shop_name"], "title": r["title"]}, ListedInquiry)
        for r in rows
    ]


def _penalties(rows: Sequence[Row]) -> list[ListedPenalty]:
    return [
        msgspec.convert({"penalty": dict(r), "shop_name": r["shop_name"], "title": r["title"]}, ListedPenalty)
        for r in rows
    ]
