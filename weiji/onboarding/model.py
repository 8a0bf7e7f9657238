"""The words of onboarding: checklists, applications, commands and how they end."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from weiji.events import Actor

VALUE_MAX: Final = 100
"""Characters of a field."""

REASON_MAX: Final = 500

TERMS_MAX: Final = 20_000

DOCUMENT_BYTES_MAX: Final = 4 * 1024 * 1024
"""The largest document."""

MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/webp", "application/pdf")
"""What a document may be: told by its first bytes, not by its name."""


class Kind(StrEnum):
    """Who is behind a shop."""

    PERSON = "person"
    COMPANY = "company"
    """Also a household that has a business licence (个体工商户)."""


class Field(StrEnum):
    """What an application consists of."""

    TERMS = "terms"
    """That the owner agrees to the operator's terms: the version that they read."""
    KIND = "kind"
    NAME = "name"
    """The owner's name; of a company, its legal representative's."""
    ID_NUMBER = "id_number"
    COMPANY_NAME = "company_name"
    CREDIT_CODE = "credit_code"
    """The unified social credit code (统一社会信用代码)."""
    BANK = "bank"
    HOLDER = "holder"
    """Whom the settlement account belongs to."""
    ACCOUNT_NUMBER = "account_number"
    ID_FRONT = "id_front"
    ID_BACK = "id_back"
    LICENCE = "licence"
    """The business licence."""
    PERMIT = "permit"
    """A permit of the trade, such as for food."""


DOCUMENTS: Final = (Field.ID_FRONT, Field.ID_BACK, Field.LICENCE, Field.PERMIT)
"""The fields that are documents; the others are text."""

SUBJECT: Final = {
    Kind.PERSON: (Field.KIND, Field.NAME, Field.ID_NUMBER),
    Kind.COMPANY: (Field.KIND, Field.COMPANY_NAME, Field.CREDIT_CODE, Field.NAME, Field.ID_NUMBER),
}
ACCOUNT: Final = (Field.BANK, Field.HOLDER, Field.ACCOUNT_NUMBER)

UNIQUE: Final = (Field.ID_NUMBER, Field.CREDIT_CODE)
"""What two owners can't both have."""

NUMBERS: Final = (Field.ID_NUMBER, Field.CREDIT_CODE, Field.ACCOUNT_NUMBER)


class Checklist(Struct, frozen=True, kw_only=True):
    """What the operator asks of shops, and what those may do that were not verified. Amounts are fen."""

    terms: Annotated[str, Meta(max_length=TERMS_MAX, description="What owners agree to; empty: nothing.")] = ""
    kinds: Annotated[
        tuple[Kind, ...], Meta(min_length=1, max_length=2, description="Who may have a verified shop.")
    ] = (Kind.PERSON, Kind.COMPANY)
    person_documents: Annotated[tuple[Field, ...], Meta(max_length=4, description="Documents wanted of a person.")] = (
        Field.ID_FRONT,
        Field.ID_BACK,
    )
    company_documents: Annotated[
        tuple[Field, ...], Meta(max_length=4, description="Documents wanted of a company.")
    ] = (Field.LICENCE, Field.ID_FRONT, Field.ID_BACK)
    needs_account: Annotated[bool, Meta(description="Whether a settlement account is wanted.")] = True
    person_deposit: Annotated[int, Meta(ge=0, le=10**13, description="The deposit wanted of a person; 0: none.")] = 0
    company_deposit: Annotated[int, Meta(ge=0, le=10**13, description="The deposit wanted of a company; 0: none.")] = 0
    deposit_freeze_days: Annotated[
        int, Meta(ge=0, le=365, description="A shop that is closed has its deposit back so long after its last order.")
    ] = 30
    day_sales_max: Annotated[
        int, Meta(ge=0, le=10**13, description="What a shop may sell in a day before it is verified.")
    ] = 500_000
    total_sales_max: Annotated[
        int, Meta(ge=0, le=10**13, description="What a shop may sell in all before it is verified.")
    ] = 5_000_000
    may_withdraw: Annotated[bool, Meta(description="Whether a shop may withdraw money before it is verified.")] = False
    review_hours: Annotated[int, Meta(ge=1, le=720, description="Reviewers promise to decide within this.")] = 24
    keep_days: Annotated[
        int, Meta(ge=0, le=365, description="What was sent in is removed so long after rejection or withdrawal.")
    ] = 30

    def wants(self, kind: Kind | None) -> tuple[Field, ...]:
        """Name the fields that an application of *kind* must have, in the order of the steps.

        Before the owner has said who they are: those that everybody must.
        """
        lists = {Kind.PERSON: self.person_documents, Kind.COMPANY: self.company_documents}
        fields: list[Field] = [Field.TERMS] if self.terms else []
        if kind is None:
            fields.append(Field.KIND)
            first, *others = (lists[each] for each in self.kinds)
            fields += [name for name in first if all(name in each for each in others)]
        else:
            fields += SUBJECT[kind]
            fields += lists[kind]
        return (*fields, *ACCOUNT) if self.needs_account else tuple(fields)

    def deposit_of(self, kind: Kind | None) -> int:
        """Say which deposit is wanted of an owner of *kind*: before they have said who they are, none."""
        amounts = {Kind.PERSON: self.person_deposit, Kind.COMPANY: self.company_deposit}
        return 0 if kind is None else amounts[kind]


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    """Its owner fills it in; what was typed is kept."""
    SUBMITTED = "submitted"
    """It waits in the queue."""
    IN_REVIEW = "in_review"
    """A reviewer has it."""
    RETURNED = "returned"
    """Some fields were refused, each with a reason; only those are to be mended."""
    APPROVED = "approved"
    """The shop is verified."""
    REJECTED = "rejected"
    """It was refused as a whole. The owner may begin anew."""
    WITHDRAWN = "withdrawn"
    """Its owner took it back."""


class FieldState(StrEnum):
    """What became of a field."""

    GIVEN = "given"
    """Nobody has looked at it yet."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Fault(StrEnum):
    """What is wrong with a field. Where several apply, the first listed is given."""

    MISSING = "missing"
    MALFORMED = "malformed"
    """Too long, not one line, or not what the field takes."""
    NOT_WANTED = "not_wanted"
    """The operator takes no such owners."""
    WRONG_NUMBER = "wrong_number"
    """There can be no such number: its check digit, date or region is wrong."""
    NAME_DIFFERS = "name_differs"
    """The settlement account belongs to somebody else."""
    IN_USE = "in_use"
    """A verified shop of another owner has this number."""
    NOT_MENDED = "not_mended"
    """It was refused, and is as it was."""


class FieldFault(Struct, frozen=True):
    """What is wrong with which field."""

    field: Field
    fault: Fault


class Value(Struct, frozen=True):
    """What a field is to hold."""

    field: Field
    value: str


# Commands of the shop's owner


class SaveFields(Struct, frozen=True, kw_only=True):
    """Keep what was typed in one step of an application: all of it, or nothing where something is wrong.

    The first one begins the application. The caller checks that `actor` may act for the shop.
    """

    shop_id: UUID
    values: tuple[Value, ...]
    actor: Actor


class SaveStatus(StrEnum):
    """How keeping a step ended. Where several apply, the first listed is given."""

    SAVED = "saved"
    """It is as asked, whether or not it was before."""
    SHOP_NOT_FOUND = "shop_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The application is with the reviewers, or decided."""
    ALREADY_ACCEPTED = "already_accepted"
    """A reviewer has accepted a field of it: only what was refused is to be mended."""
    INVALID = "invalid"
    """`faults` says which fields, and why."""


class SaveResult(Struct, frozen=True):
    """How keeping a step ended."""

    status: SaveStatus
    faults: tuple[FieldFault, ...] = ()


class PutDocument(Struct, frozen=True, kw_only=True):
    """Put a document into an application, in the place of the one before. The caller makes `id`, near the shop."""

    id: UUID
    shop_id: UUID
    field: Field
    content: bytes
    actor: Actor


class PutDocumentStatus(StrEnum):
    """How putting a document ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    """It is there already."""
    SHOP_NOT_FOUND = "shop_not_found"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    ID_TAKEN = "id_taken"
    """The id is that of another document."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    ALREADY_ACCEPTED = "already_accepted"
    NOT_A_DOCUMENT = "not_a_document"
    """The field is text."""
    TOO_LARGE = "too_large"
    """Over 4 MB."""
    UNREADABLE = "unreadable"
    """Neither a JPEG, PNG or WebP picture nor a PDF, by its first bytes."""


class SubmitApplication(Struct, frozen=True, kw_only=True):
    """Hand an application in."""

    shop_id: UUID
    actor: Actor


class SubmitStatus(StrEnum):
    """How handing in ended. Where several apply, the first listed is given."""

    SUBMITTED = "submitted"
    EXISTS = "exists"
    """It is with the reviewers, or approved, already."""
    APPLICATION_NOT_FOUND = "application_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It was withdrawn or rejected: begin anew first, by keeping a step."""
    INCOMPLETE = "incomplete"
    """`faults` says what is missing or wrong."""
    DEPOSIT_MISSING = "deposit_missing"
    """The deposit is not paid, or not wholly."""


class SubmitResult(Struct, frozen=True):
    """How handing in ended, and when the reviewers promise to have decided."""

    status: SubmitStatus
    faults: tuple[FieldFault, ...] = ()
    promised_at: datetime | None = None


class HandInWhole(Struct, frozen=True, kw_only=True):
    """Send in an application whole, as programs do: every text, every document, and hand it in.

    What never was with the reviewers keeps what is good of it as a draft. What they decided stays as they left it, with
    their reasons, until all of it can be handed in again.
    """

    shop_id: UUID
    values: tuple[Value, ...]
    documents: tuple[PutDocument, ...]
    """Of this shop."""
    actor: Actor


class HandInStatus(StrEnum):
    """How sending in a whole application ended. Where several apply, the first listed is given."""

    SHOP_NOT_FOUND = "shop_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The application is with the reviewers, or approved."""
    ALREADY_ACCEPTED = "already_accepted"
    """Something that a reviewer has accepted is another now: `accepted` says what."""
    INVALID = "invalid"
    """`faults` says which fields, and why."""
    DOCUMENT_UNREADABLE = "document_unreadable"
    """`faults` says which documents are none that reviewers can open."""
    DEPOSIT_MISSING = "deposit_missing"
    """The deposit is not paid, or not wholly."""
    SUBMITTED = "submitted"


class HandInResult(Struct, frozen=True, kw_only=True):
    """How sending in a whole application ended, and what is wrong."""

    status: HandInStatus
    faults: tuple[FieldFault, ...] = ()
    accepted: tuple[Field, ...] = ()
    """What a reviewer has accepted, and stays as it was."""


class WithdrawApplication(Struct, frozen=True, kw_only=True):
    """Take an application back, whether or not it was handed in."""

    shop_id: UUID
    actor: Actor


class WithdrawStatus(StrEnum):
    """How taking back ended. Where several apply, the first listed is given."""

    WITHDRAWN = "withdrawn"
    EXISTS = "exists"
    APPLICATION_NOT_FOUND = "application_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is decided."""


# Commands of reviewers


class TakeApplication(Struct, frozen=True, kw_only=True):
    """Take an application out of the queue, to look at it. Only who has taken one sees its numbers."""

    shop_id: UUID
    actor: Actor
    is_own: bool = False
    """Whether the reviewer works for the shop."""


class TakeStatus(StrEnum):
    """How taking ended. Where several apply, the first listed is given."""

    TAKEN = "taken"
    EXISTS = "exists"
    """The same reviewer has it already."""
    APPLICATION_NOT_FOUND = "application_not_found"
    OWN_SHOP = "own_shop"
    """Nobody reviews a shop that they work for."""
    TAKEN_BY_ANOTHER = "taken_by_another"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is not in the queue."""


class PutBackApplication(Struct, frozen=True, kw_only=True):
    """Put an application back into its place in the queue, whoever has it."""

    shop_id: UUID
    actor: Actor


class PutBackStatus(StrEnum):
    """How putting back ended. Where several apply, the first listed is given."""

    PUT_BACK = "put_back"
    EXISTS = "exists"
    """It is in the queue already."""
    APPLICATION_NOT_FOUND = "application_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"


class Decision(Struct, frozen=True):
    """Whether a field is accepted; where it is not, why: the owner reads it."""

    field: Field
    is_accepted: bool
    reason: str = ""


class DecideApplication(Struct, frozen=True, kw_only=True):
    """Decide an application that the actor has taken.

    Every field that nobody has accepted yet needs a decision. With all accepted, the shop is verified; with some
    refused, the application returns to its owner. A `rejection` refuses it as a whole, and needs no decisions.
    """

    shop_id: UUID
    decisions: tuple[Decision, ...]
    actor: Actor
    rejection: str = ""


class DecideStatus(StrEnum):
    """How deciding ended. Where several apply, the first listed is given."""

    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPLICATION_NOT_FOUND = "application_not_found"
    NOT_TAKEN = "not_taken"
    """The actor has not taken it, or it is decided."""
    FIELDS_UNDECIDED = "fields_undecided"
    REASON_MISSING = "reason_missing"
    """What is refused needs a reason, of at most 500 characters."""
    NUMBER_IN_USE = "number_in_use"
    """Since it was handed in, a shop of another owner was verified with its credit code or resident's number."""


class LookAtDocument(Struct, frozen=True, kw_only=True):
    """Open a document. Each look is noted; the caller checks that `actor` is a reviewer."""

    document_id: UUID
    shop_id: UUID
    actor: Actor


class LookStatus(StrEnum):
    """How opening a document ended. Where several apply, the first listed is given."""

    SEEN = "seen"
    DOCUMENT_NOT_FOUND = "document_not_found"
    """There is none, or no longer."""
    NOT_TAKEN = "not_taken"
    """Who opens it must have taken the application."""


class Look(Struct, frozen=True):
    """A document that was opened."""

    status: LookStatus
    media_type: str = ""
    content: bytes = b""


# The checklist


class PublishChecklist(Struct, frozen=True, kw_only=True):
    """Publish a checklist; `version` is the one after the latest. It is in force at once."""

    version: int
    checklist: Checklist
    reason: str
    actor: Actor


class PublishChecklistStatus(StrEnum):
    """How publishing ended. Where several apply, the first listed is given."""

    PUBLISHED = "published"
    VERSION_TAKEN = "version_taken"
    """Somebody else published meanwhile: look again."""
    REASON_MISSING = "reason_missing"
    NOT_DOCUMENTS = "not_documents"
    """It wants as a document what is none, or one twice."""


# What is read


class Entry(Struct, kw_only=True):
    """A field of an application. Of a document, the value is its id."""

    value: str
    state: FieldState = FieldState.GIVEN
    reason: str = ""


class Application(Struct, kw_only=True):
    """An application. A shop has one at most."""

    shop_id: UUID
    state: State
    created_at: datetime
    attempts: int = 0
    """How often it was handed in."""
    checklist_version: int = 0
    submitted_at: datetime | None = None
    promised_at: datetime | None = None
    reviewer_id: UUID | None = None
    decided_at: datetime | None = None
    reason: str = ""
    forget_at: datetime | None = None
    """When what was sent in is removed."""
    fields: dict[Field, Entry] = {}

    @property
    def kind(self) -> Kind | None:
        """Who is behind the shop, as far as they have said."""
        entry = self.fields.get(Field.KIND)
        return Kind(entry.value) if entry else None


class Document(Struct, frozen=True, kw_only=True):
    """A document, without its content."""

    id: UUID
    shop_id: UUID
    field: Field
    media_type: str
    size: int
    added_at: datetime
