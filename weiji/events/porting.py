"""What porting tells."""

from uuid import UUID

from weiji.events.model import Event


class GoodsImported(Event, frozen=True, kw_only=True):
    """A run took goods of a file over into a shop."""

    run_id: UUID
    made: int
    changed: int
    same: int
    refused: int


class ImportUndone(Event, frozen=True, kw_only=True):
    """What a run did was taken back, but for what was edited since."""

    run_id: UUID
    undone: int
    kept: int


class ExportStarted(Event, frozen=True, kw_only=True):
    """Somebody has a file made of what the shop owns."""

    export_id: UUID
    contents: str
