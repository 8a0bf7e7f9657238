"""What is decided about runs and exports: pure functions over what was read and locked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.ids import shard_of
from weiji.kit.text import is_line
from weiji.porting.labels import LABEL_MAX
from weiji.porting.model import (
    CALLED_MAX,
    FILE_MAX,
    KEY_MAX,
    LABELS_MAX,
    NAME_MAX,
    NAMES_MAX,
    ORIGIN_MAX,
    PART_MAX,
    QUOTA,
    UNDER_WAY_MAX,
    AddPart,
    AddPartStatus,
    CheckAgain,
    ConfirmImport,
    Export,
    MoveRun,
    MoveRunStatus,
    NameNumber,
    NameNumberStatus,
    Run,
    RunState,
    SaveLabel,
    SaveLabelStatus,
    StartExport,
    StartExportStatus,
    StartImport,
    StartImportStatus,
    StopImport,
    UndoImport,
)
from weiji.porting.records import Fault, LineProblem

PARTS_MAX: Final = FILE_MAX // PART_MAX


class Files(Struct):
    """What parts and runs are judged against, and changed to what comes of it."""

    shop_ids: set[UUID]
    runs: dict[UUID, UUID]
    """The shops of runs that there are."""
    parts: dict[UUID, dict[int, int]]
    """The sizes of the parts of each file."""
    owners: dict[UUID, UUID]
    """The shops of files."""
    used: dict[UUID, int]
    under_way: dict[UUID, int]


def judge_parts(files: Files, commands: Sequence[AddPart]) -> list[AddPartStatus]:
    """Answer each command as if it came alone, after the ones before it."""
    return [_add_part(files, command) for command in commands]


def _add_part(files: Files, command: AddPart) -> AddPartStatus:
    size = len(command.data)
    if command.shop_id not in files.shop_ids:
        return AddPartStatus.SHOP_NOT_FOUND
    if shard_of(command.file_id) != shard_of(command.shop_id):
        return AddPartStatus.ID_NOT_NEAR_SHOP
    parts = files.parts.setdefault(command.file_id, {})
    if files.owners.get(command.file_id, command.shop_id) != command.shop_id:
        return AddPartStatus.ID_TAKEN
    if parts.get(command.number) == size:
        return AddPartStatus.EXISTS
    if command.file_id in files.runs or command.number in parts:
        return AddPartStatus.ID_TAKEN
    if not 0 < size <= PART_MAX or not 0 <= command.number < PARTS_MAX:
        return AddPartStatus.PART_OUT_OF_RANGE
    used = files.used.get(command.shop_id, 0) + size
    if used > QUOTA:
        return AddPartStatus.EXCEEDS_QUOTA
    files.used[command.shop_id] = used
    files.owners[command.file_id] = command.shop_id
    parts[command.number] = size
    return AddPartStatus.ADDED


def judge_starts(files: Files, commands: Sequence[StartImport]) -> list[StartImportStatus]:
    """Answer each command as if it came alone, after the ones before it."""
    return [_start(files, command) for command in commands]


def _start(files: Files, command: StartImport) -> StartImportStatus:
    if command.shop_id not in files.shop_ids:
        return StartImportStatus.SHOP_NOT_FOUND
    if shard_of(command.id) != shard_of(command.shop_id):
        return StartImportStatus.ID_NOT_NEAR_SHOP
    if command.id in files.runs:
        is_same = files.runs[command.id] == command.shop_id
        return StartImportStatus.EXISTS if is_same else StartImportStatus.ID_TAKEN
    if files.owners.get(command.id, command.shop_id) != command.shop_id:
        return StartImportStatus.ID_TAKEN
    if not is_line(command.name, NAME_MAX):
        return StartImportStatus.INVALID_NAME
    if command.origin and not is_line(command.origin, ORIGIN_MAX):
        return StartImportStatus.INVALID_ORIGIN
    parts = files.parts.get(command.id, {})
    if not parts or sorted(parts) != list(range(len(parts))):
        return StartImportStatus.FILE_INCOMPLETE
    if files.under_way.get(command.shop_id, 0) >= UNDER_WAY_MAX:
        return StartImportStatus.TOO_MANY_UNDER_WAY
    files.under_way[command.shop_id] = files.under_way.get(command.shop_id, 0) + 1
    files.runs[command.id] = command.shop_id
    return StartImportStatus.CREATED


MOVES: Final[Mapping[type[MoveRun], tuple[tuple[RunState, ...], RunState, tuple[RunState, ...]]]] = {
    ConfirmImport: (
        (RunState.CHECKED,),
        RunState.IMPORTING,
        (RunState.IMPORTING, RunState.IMPORTED),
    ),
    UndoImport: ((RunState.IMPORTED,), RunState.UNDOING, (RunState.UNDOING, RunState.UNDONE)),
    CheckAgain: ((RunState.CHECKED, RunState.REFUSED), RunState.CHECKING, (RunState.CHECKING,)),
}
"""From which states each move leads where, and in which states it was made before."""

CLEARED: Final[Mapping[str, Any]] = dict.fromkeys(
    (
        *("done", "rows", "made", "changed", "same", "refused", "warned"),
        *("pictures", "pictures_taken", "pictures_missed", "history"),
    ),
    0,
)


def judge_move(run: Run | None, has_file: bool, command: MoveRun, now: datetime) -> tuple[MoveRunStatus, Run | None]:
    """Answer one move of a run; and give the run as it is then, where it changes."""
    if run is None or run.shop_id != command.shop_id:
        return MoveRunStatus.RUN_NOT_FOUND, None
    if isinstance(command, StopImport):
        return _stop(run, now)
    before, state, after = MOVES[type(command)]
    if run.state in after:
        return MoveRunStatus.EXISTS, None
    if run.state not in before:
        return MoveRunStatus.NOT_ALLOWED_NOW, None
    if state is RunState.UNDOING:
        return MoveRunStatus.DONE, replace(run, state=state, problem=None, done=0, undone=0, kept=0)
    if not has_file:
        return MoveRunStatus.FILE_GONE, None
    if state is RunState.CHECKING:
        cleared = {"items": 0, "problem": None, "reading": None, "checked_at": None, **CLEARED}
        return MoveRunStatus.DONE, replace(run, state=state, **cleared)
    return MoveRunStatus.DONE, replace(run, state=state, confirmed_at=now, **CLEARED)


STOPPABLE: Final = (RunState.CHECKING, RunState.IMPORTING)


def _stop(run: Run, now: datetime) -> tuple[MoveRunStatus, Run | None]:
    if run.state in STOPPABLE:
        return MoveRunStatus.DONE, ended(run, LineProblem(line=0, fault=Fault.STOPPED), now)
    is_stopped = run.problem is not None and run.problem.fault is Fault.STOPPED
    return MoveRunStatus.EXISTS if is_stopped else MoveRunStatus.NOT_ALLOWED_NOW, None


def ended(run: Run, problem: LineProblem, now: datetime) -> Run:
    """End a run before it is through. What it has taken over stays, and can be undone; so does what is not undone."""
    match run.state:
        case RunState.CHECKING:
            return replace(run, state=RunState.REFUSED, problem=problem, checked_at=now)
        case RunState.IMPORTING:
            return replace(run, state=RunState.IMPORTED, problem=problem, items=run.done, imported_at=now)
        case RunState.UNDOING:
            return replace(run, state=RunState.IMPORTED, problem=problem)
        case _:
            return run


class Naming(Struct):
    """What names are judged against: the shops, and which numbers they gave one."""

    shop_ids: set[UUID]
    named: dict[UUID, set[str]]


def judge_names(state: Naming, commands: Sequence[NameNumber]) -> list[NameNumberStatus]:
    """Answer each command as if it came alone, after the ones before it."""
    return [_name(state, command) for command in commands]


def _name(state: Naming, command: NameNumber) -> NameNumberStatus:
    if command.shop_id not in state.shop_ids:
        return NameNumberStatus.SHOP_NOT_FOUND
    if not is_line(command.key, KEY_MAX):
        return NameNumberStatus.INVALID_KEY
    if not is_line(command.name, CALLED_MAX):
        return NameNumberStatus.INVALID_NAME
    named = state.named.setdefault(command.shop_id, set())
    if command.key not in named and len(named) >= NAMES_MAX:
        return NameNumberStatus.TOO_MANY_NAMES
    named.add(command.key)
    return NameNumberStatus.NAMED


class Labelling(Struct):
    """What labels are judged against: shops, the labels that they said something of, and the categories there are."""

    shop_ids: set[UUID]
    labels: dict[UUID, set[str]]
    category_ids: set[UUID]


def judge_labels(state: Labelling, commands: Sequence[SaveLabel]) -> list[SaveLabelStatus]:
    """Answer each command as if it came alone, after the ones before it."""
    return [_label(state, command) for command in commands]


def _label(state: Labelling, command: SaveLabel) -> SaveLabelStatus:
    if command.shop_id not in state.shop_ids:
        return SaveLabelStatus.SHOP_NOT_FOUND
    if not is_line(command.label, LABEL_MAX):
        return SaveLabelStatus.INVALID_LABEL
    if command.category_id is not None and not command.is_guessed and command.category_id not in state.category_ids:
        return SaveLabelStatus.CATEGORY_NOT_FOUND
    said = state.labels.setdefault(command.shop_id, set())
    if command.is_guessed:
        said.discard(command.label)
    elif command.label not in said and len(said) >= LABELS_MAX:
        return SaveLabelStatus.TOO_MANY_LABELS
    else:
        said.add(command.label)
    return SaveLabelStatus.SAVED


class Exports(Struct):
    """What exports are judged against."""

    shop_ids: set[UUID]
    exports: dict[UUID, Export | StartExport]
    under_way: dict[UUID, int]


def judge_exports(state: Exports, commands: Sequence[StartExport]) -> list[StartExportStatus]:
    """Answer each command as if it came alone, after the ones before it.

    Nothing an operator sets is asked here: a shop may always take out what is its own.
    """
    return [_export(state, command) for command in commands]


def _export(state: Exports, command: StartExport) -> StartExportStatus:
    if command.shop_id not in state.shop_ids:
        return StartExportStatus.SHOP_NOT_FOUND
    if shard_of(command.id) != shard_of(command.shop_id):
        return StartExportStatus.ID_NOT_NEAR_SHOP
    found = state.exports.get(command.id)
    if found:
        is_same = (found.shop_id, found.contents) == (command.shop_id, command.contents)
        return StartExportStatus.EXISTS if is_same else StartExportStatus.ID_TAKEN
    if state.under_way.get(command.shop_id, 0) >= UNDER_WAY_MAX:
        return StartExportStatus.TOO_MANY_UNDER_WAY
    state.under_way[command.shop_id] = state.under_way.get(command.shop_id, 0) + 1
    state.exports[command.id] = command
    return StartExportStatus.CREATED
