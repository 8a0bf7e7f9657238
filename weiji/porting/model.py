"""The words of porting: runs, which bring goods in, and exports, which take everything out."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.porting.records import LineProblem, Reading

PART_MAX: Final = 1024 * 1024
"""Bytes of one part of a file."""

FILE_MAX: Final = 1024 * 1024 * 1024
"""Bytes of a file: what one weiji makes, another takes."""

QUOTA: Final = 2 * 1024 * 1024 * 1024
"""Bytes of files that a shop may have here at a time; those made for it do not count."""

KEPT_FOR: Final = timedelta(days=30)
"""How long an uploaded file is kept; the report stays."""

EXPORT_KEPT_FOR: Final = timedelta(days=7)
"""How long a file that was made is kept."""

FAILURES_MAX: Final = 5
"""How often a run may fail, one time after the other, before it ends."""

UNDER_WAY_MAX: Final = 5
"""Runs, and exports, of one shop that may be under way at a time."""

NAME_MAX: Final = 255
NAMES_MAX: Final = 2_000
"""Names that a shop may give to numbers."""
LABELS_MAX: Final = 2_000
"""Labels of which a shop may say what they are."""
KEY_MAX: Final = 60
CALLED_MAX: Final = 200


class RunState(StrEnum):
    """How far a run is."""

    CHECKING = "checking"
    """The file is being read, and nothing is changed."""
    CHECKED = "checked"
    """The report is there: somebody confirms, or leaves it at that."""
    REFUSED = "refused"
    """The file can't be read, or nobody wants it to be; the problem says why."""
    IMPORTING = "importing"
    IMPORTED = "imported"
    """It is through; or it ended before, and its problem says why."""
    UNDOING = "undoing"
    UNDONE = "undone"


UNDER_WAY: Final = (RunState.CHECKING, RunState.IMPORTING, RunState.UNDOING)
"""States in which the worker has something to do."""


class Outcome(StrEnum):
    """What becomes of a product of a file."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


class Undoing(StrEnum):
    """What undoing a run did with a product."""

    WITHDRAWN = "withdrawn"
    """The run made it: it is off sale."""
    PUT_BACK = "put_back"
    """The run changed it: it is what it was before."""
    EDITED_SINCE = "edited_since"
    """Somebody changed it after the run: it stays."""
    NOT_LISTED = "not_listed"
    """The run made it, and it is not on sale: it stays as it is."""
    GONE = "gone"
    """It can't be put back as it was."""


class AddPart(Struct, frozen=True, kw_only=True):
    """Add a part to the file of a run that is not begun. The caller checks that it may act for the shop.

    The caller makes `file_id`, in the shop's shard; the run has it later. Parts are numbered from 0.
    """

    file_id: UUID
    shop_id: UUID
    number: int
    data: bytes


class AddPartStatus(StrEnum):
    """How adding a part ended. Where several apply, the first listed is given."""

    ADDED = "added"
    EXISTS = "exists"
    """There is such a part already, of this size."""
    SHOP_NOT_FOUND = "shop_not_found"
    ID_NOT_NEAR_SHOP = "id_not_near_shop"
    ID_TAKEN = "id_taken"
    """The file has begun to be read, is another shop's, or has another part of this number."""
    PART_OUT_OF_RANGE = "part_out_of_range"
    """Empty, over 1 MB, or with a number over 1,023."""
    EXCEEDS_QUOTA = "exceeds_quota"
    """The shop has 2 GB of files here: those are removed 30 days after they came."""


ORIGIN_MAX: Final = 40
"""Characters of the name of a shop that goods come from."""


class StartImport(Struct, frozen=True, kw_only=True):
    """Begin a run: read the file whose parts were added under `id`, and report. Nothing is changed until confirmed."""

    id: UUID
    shop_id: UUID
    name: str
    actor: Actor
    origin: str = ""
    """Which shop elsewhere the file is from, where those of several are brought: their numbers are not each other's."""


class StartImportStatus(StrEnum):
    """How beginning a run ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    SHOP_NOT_FOUND = "shop_not_found"
    ID_NOT_NEAR_SHOP = "id_not_near_shop"
    ID_TAKEN = "id_taken"
    """The id is another shop's run, or file."""
    INVALID_NAME = "invalid_name"
    """Not 1 to 255 characters in one line."""
    INVALID_ORIGIN = "invalid_origin"
    """Over 40 characters, or not in one line."""
    FILE_INCOMPLETE = "file_incomplete"
    """No part was added, or one in the middle is missing."""
    TOO_MANY_UNDER_WAY = "too_many_under_way"
    """Five runs of the shop are under way: wait for one to end."""


class MoveRun(Struct, frozen=True, kw_only=True):
    """Go on with a run. The caller checks that `actor` may act for the shop."""

    run_id: UUID
    shop_id: UUID
    actor: Actor


class ConfirmImport(MoveRun, frozen=True, kw_only=True):
    """Take over what the report says."""


class UndoImport(MoveRun, frozen=True, kw_only=True):
    """Take back what a run did: withdraw what it made, put back what it changed, except what was edited since."""


class StopImport(MoveRun, frozen=True, kw_only=True):
    """End a run that is being read or taken over, where it is. What it took over stays, and can be undone."""


class CheckAgain(MoveRun, frozen=True, kw_only=True):
    """Read the file once more, with the names that numbers have by now."""


class MoveRunStatus(StrEnum):
    """How going on with a run ended. Where several apply, the first listed is given."""

    DONE = "done"
    EXISTS = "exists"
    """It was asked for before."""
    RUN_NOT_FOUND = "run_not_found"
    """There is none, or it is another shop's."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The run's state does not have it."""
    FILE_GONE = "file_gone"
    """The file was removed, 30 days after it came: upload it again."""


class NameNumber(Struct, frozen=True, kw_only=True):
    """Say what a number of a format is called: `key` is `pid` or `pid:vid`. It holds for all runs from now on."""

    shop_id: UUID
    key: str
    name: str


class NameNumberStatus(StrEnum):
    """How naming a number ended. Where several apply, the first listed is given."""

    NAMED = "named"
    SHOP_NOT_FOUND = "shop_not_found"
    INVALID_KEY = "invalid_key"
    INVALID_NAME = "invalid_name"
    TOO_MANY_NAMES = "too_many_names"
    """The shop has 2,000."""


class SaveLabel(Struct, frozen=True, kw_only=True):
    """Say which category goods are that a file calls so. It holds for all runs from now on."""

    shop_id: UUID
    label: str
    category_id: UUID | None = None
    """None: they have none."""
    is_guessed: bool = False
    """Leave it to the program to guess, as before anything was said."""


class SaveLabelStatus(StrEnum):
    """How saying it ended. Where several apply, the first listed is given."""

    SAVED = "saved"
    """It is as asked, whether or not it was before."""
    SHOP_NOT_FOUND = "shop_not_found"
    INVALID_LABEL = "invalid_label"
    """Not one line of 1 to 200 characters."""
    CATEGORY_NOT_FOUND = "category_not_found"
    """There is none, or it is retired."""
    TOO_MANY_LABELS = "too_many_labels"
    """The shop said so of 2,000."""


class LabelOfRun(Struct, frozen=True, kw_only=True):
    """What a run's file calls goods, of how many products, and which category that is."""

    label: str
    products: int
    category_id: UUID | None
    """The category that the first of them has, or is to have."""
    is_said: bool
    """Whether the shop said so; else it was guessed."""
    said_id: UUID | None = None
    """The category that the shop said."""


class Contents(StrEnum):
    """What an export has in it."""

    SHOPIFY = "shopify"
    """The goods, as Shopify's CSV."""
    WOOCOMMERCE = "woocommerce"
    """The goods, as WooCommerce's CSV."""
    GOOGLE = "google"
    """The goods, as a Google Merchant feed."""
    TAOBAO = "taobao"
    """The goods, as the CSV of a data package of Taobao's, of the newest generation."""
    ORDERS = "orders"
    """The orders with their lines, as CSV."""
    CUSTOMERS = "customers"
    """Who agreed that the shop writes to them, as CSV."""
    STATEMENTS = "statements"
    """What moved the shop's money, as CSV."""
    ARCHIVE = "archive"
    """Everything, as one zip file, which another weiji takes."""


class ExportState(StrEnum):
    """How far an export is."""

    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    """It grew larger than a file may be, or making it failed again and again."""
    FORGOTTEN = "forgotten"
    """There were customers in it, of whom one withdrew meanwhile: it is to be made anew."""


class StartExport(Struct, frozen=True, kw_only=True):
    """Have a file made. The caller makes `id`, in the shop's shard, and checks that `actor` may act for the shop."""

    id: UUID
    shop_id: UUID
    contents: Contents
    actor: Actor


class StartExportStatus(StrEnum):
    """How beginning an export ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    SHOP_NOT_FOUND = "shop_not_found"
    ID_NOT_NEAR_SHOP = "id_not_near_shop"
    ID_TAKEN = "id_taken"
    """The id is another export."""
    TOO_MANY_UNDER_WAY = "too_many_under_way"
    """Five exports of the shop are under way: wait for one to end."""


class Run(Struct, frozen=True, kw_only=True):
    """A run. `done` of `items` are dealt with in this state; while it is checked, `items` is not known yet."""

    id: UUID
    shop_id: UUID
    name: str
    size: int
    source: str
    state: RunState
    problem: LineProblem | None
    done: int
    items: int
    rows: int
    """Rows of the file, each in one of the items."""
    made: int
    changed: int
    same: int
    refused: int
    warned: int
    undone: int
    kept: int
    """Products that undoing left as they are."""
    pictures: int
    """Pictures that the file names and the shop does not have: they are brought when the goods are imported."""
    pictures_taken: int
    pictures_missed: int
    history: int
    """Orders, movements of money, prices and customers of elsewhere that the run brought."""
    reading: Reading | None
    """How the file is read; not known before the first of it is, nor of archives."""
    origin: str
    """Which shop elsewhere it is from, where that was said."""
    created_at: datetime
    checked_at: datetime | None
    confirmed_at: datetime | None
    imported_at: datetime | None
    undone_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        """Whether the worker has something to do."""
        return self.state in UNDER_WAY

    @property
    def is_bringing(self) -> bool:
        """Whether there are pictures to be brought yet."""
        return self.state is RunState.IMPORTED and self.pictures > self.pictures_taken + self.pictures_missed


class Line(Struct, frozen=True, kw_only=True):
    """What becomes of one product of a file, or of lines that give none."""

    number: int
    line: int
    rows: int
    handle: str
    title: str
    outcome: Outcome
    problems: tuple[LineProblem, ...]
    product_id: UUID | None
    """None where no product came of it: of what was refused, and of `settings.json` and `design.json` of archives."""
    undoing: Undoing | None
    pictures: int
    """Pictures of the product that the shop did not have."""
    label: str = ""
    """What the file calls the kind of the product."""
    category_id: UUID | None = None
    """The category that it has, or is to have."""
    category: str = ""
    category_en: str = ""
    """What that is called."""


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """Something that happened elsewhere, as the archive told of it. It is to be read, and never money."""

    id: UUID
    happened_at: datetime
    facts: dict[str, Any]


class Export(Struct, frozen=True, kw_only=True):
    """A file that is made, or was."""

    id: UUID
    shop_id: UUID
    contents: Contents
    state: ExportState
    items: int
    size: int
    created_at: datetime
    ready_at: datetime | None
    due_at: datetime
    """When it is removed."""
