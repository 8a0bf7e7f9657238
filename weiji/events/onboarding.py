"""What onboarding tells. The stream is the shop's; the subject, too, but for documents and checklists."""

from uuid import UUID

from weiji.events.model import Event


class ApplicationSubmitted(Event, frozen=True, kw_only=True):
    """A shop's owner handed an application in, for the first time or again."""

    shop_id: UUID
    attempt: int


class ApplicationWithdrawn(Event, frozen=True, kw_only=True):
    """A shop's owner took an application back."""

    shop_id: UUID


class ApplicationTaken(Event, frozen=True, kw_only=True):
    """A reviewer took an application out of the queue, and sees its numbers from then on."""

    shop_id: UUID


class ApplicationPutBack(Event, frozen=True, kw_only=True):
    """An application is back in the queue, undecided."""

    shop_id: UUID


class ApplicationReturned(Event, frozen=True, kw_only=True):
    """A reviewer refused fields of an application; its owner is to mend them."""

    shop_id: UUID
    fields: tuple[str, ...]


class ApplicationApproved(Event, frozen=True, kw_only=True):
    """A reviewer accepted an application: the shop is verified."""

    shop_id: UUID


class ApplicationRejected(Event, frozen=True, kw_only=True):
    """A reviewer refused an application as a whole."""

    shop_id: UUID
    reason: str


class DocumentAdded(Event, frozen=True, kw_only=True):
    """A document was put into an application. The subject is the document."""

    document_id: UUID
    field: str


class DocumentSeen(Event, frozen=True, kw_only=True):
    """A reviewer opened a document. The subject is the document."""

    document_id: UUID
    field: str


class ApplicationForgotten(Event, frozen=True, kw_only=True):
    """What was sent in with an application that was rejected or withdrawn, or was never handed in, is removed."""

    shop_id: UUID
    documents: int


class ChecklistPublished(Event, frozen=True, kw_only=True):
    """The operator asks something else of shops from now on. The stream is of who published it."""

    version: int
    reason: str
