"""The words of shops that are applied for at channels, to be their sub-merchants (进件)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import derive
from weiji.kit.seal import Place, column
from weiji.payments.channels.enrolling import Enrolled, Paper, Refused, Task

FAULT_MAX: Final = 200
REFERENCE_MAX: Final = 64

PAPER_BYTES_MAX: Final = 2 * 1024 * 1024 - 1024
"""The largest picture that channels take."""


class EnrolmentStatus(StrEnum):
    """Where an enrolment stands. `rules.ENROLMENT_MOVES` says what may follow what."""

    WANTED = "wanted"
    """The shop is to answer the channel's questions."""
    HANDED_IN = "handed_in"
    """It goes to the channel, which is asked until it has it; or it is set aside, since something stands in the way."""
    IN_REVIEW = "in_review"
    """The channel looks at it."""
    TO_ACT = "to_act"
    """The shop has something to sign or to show there."""
    REFUSED = "refused"
    """The channel refused parts of it: the shop is to mend them."""
    TAKEN_ON = "taken_on"
    """The shop is a sub-merchant, and bound. What it answered is forgotten here, unless somebody bound it (`was`)."""


class Told(Struct, frozen=True):
    """What a channel told for the shop to read."""

    tasks: tuple[Task, ...] = ()
    refusals: tuple[Refused, ...] = ()


class Enrolment(Struct, kw_only=True):
    """A shop's application at a channel. Rules change it; nobody else does."""

    shop_id: UUID
    channel: str
    status: EnrolmentStatus
    attempts: int = 0
    """How often it was handed in."""
    reference: str | None = None
    """The channel's number of it."""
    answers_sealed: bytes | None = None
    told_sealed: bytes | None = None
    fault: str = ""
    """What stands in the way that is not the shop's, in the channel's words, for the operator."""
    queries: int = 0
    query_at: datetime | None = None
    created_at: datetime
    changed_at: datetime
    was: EnrolmentStatus | None = None
    """Where it stood when somebody bound the shop: there it stands again once that is taken back."""
    given_sealed: bytes | None = None
    """The number by which the channel took the shop on, where it is bound to another one, until people decided."""
    given_last4: str | None = None

    @property
    def is_set_aside(self) -> bool:
        """Whether it is handed in, and the channel asked no longer: what stands in the way, people have to mend."""
        return self.status is EnrolmentStatus.HANDED_IN and self.query_at is None


def enrolment_id(shop_id: UUID, channel: str) -> UUID:
    """Name what a shop applies for: what its answers are sealed for. Another owner of the shop has the same one."""
    return derive(shop_id, "enrolment", channel)


def enrolment_number(enrolment: Enrolment) -> str:
    """Number an enrolment for the channel: the same however often it is handed in, and never that of an owner before.

    The channel binds whoever stands behind a number that it knows: what was forgotten must not be found by it again.
    """
    return derive(enrolment.shop_id, "enrolment", enrolment.channel, enrolment.created_at.isoformat()).hex


def paper_id(shop_id: UUID, channel: str, paper: Paper) -> UUID:
    """Name a picture of an enrolment: what it is sealed for."""
    return derive(shop_id, "enrolment", channel, paper)


def _of_enrolment(name: str) -> str:
    """Declare a column of enrolments."""
    table, _, of_table = name.partition(":")
    return column(name, Place(table=table, column=of_table, of=("shop_id", "channel"), id=enrolment_id))


ANSWERS_COLUMN: Final = _of_enrolment("payments.enrolments:answers_sealed")
TOLD_COLUMN: Final = _of_enrolment("payments.enrolments:told_sealed")
GIVEN_COLUMN: Final = _of_enrolment("payments.enrolments:given_sealed")
PAPER_COLUMN: Final = column(
    "payments.enrolment_papers:sealed",
    Place(table="payments.enrolment_papers", column="sealed", of=("shop_id", "channel", "paper"), id=paper_id),
)
"""What is sealed for which column."""


class WantEnrolment(Struct, frozen=True, kw_only=True):
    """Have a shop asked to apply at a channel."""

    shop_id: UUID
    channel: str
    actor: Actor


class WantEnrolmentStatus(StrEnum):
    """How wanting an enrolment ended. Where several apply, the first listed is given."""

    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel of this name is open that takes shops on."""
    SHOP_NOT_FOUND = "shop_not_found"
    BOUND = "bound"
    """The shop is a sub-merchant there already."""
    EXISTS = "exists"
    """It is asked already, or has applied."""
    WANTED = "wanted"


class HandInEnrolment(Struct, frozen=True, kw_only=True):
    """Apply for a shop at a channel, or, refused, once more. The edge has checked and sealed what was given."""

    shop_id: UUID
    channel: str
    answers_sealed: bytes
    papers: Mapping[Paper, bytes]
    """Pictures in the place of those that the shop showed here, sealed; those of before stay."""
    actor: Actor
    refusal: "HandInEnrolmentResult | None" = None
    """What the edge found to be wrong: then nothing is handed in."""


class HandInEnrolmentStatus(StrEnum):
    """How handing an enrolment in ended. Where several apply, the first listed is given."""

    CHANNEL_NOT_FOUND = "channel_not_found"
    SHOP_NOT_FOUND = "shop_not_found"
    NOT_VERIFIED = "not_verified"
    """Only shops apply whose owners showed here who they are."""
    INVALID = "invalid"
    """`faults` says what is missing or wrong."""
    BOUND = "bound"
    """The shop is a sub-merchant there already."""
    EXISTS = "exists"
    """The channel has it, or it is on its way there."""
    HANDED_IN = "handed_in"


class AnswerFault(Struct, frozen=True):
    """What is wrong with an answer or a picture, in the reader's language."""

    name: str
    reason: str


class HandInEnrolmentResult(Struct, frozen=True):
    """How handing an enrolment in ended."""

    status: HandInEnrolmentStatus
    faults: tuple[AnswerFault, ...] = ()


class RecordEnrolment(Struct, frozen=True, kw_only=True):
    """Write down what a channel said of an enrolment that was handed in *attempt* times when it was asked."""

    shop_id: UUID
    channel: str
    created_at: datetime
    """The enrolment's: what was said of the one of an owner before is not said of this one."""
    attempt: int
    said: Enrolled


class RecordEnrolmentStatus(StrEnum):
    """How writing it down ended."""

    PASSED_OVER = "passed_over"
    """It is over, is another owner's, or was handed in anew since: what was said then counts no longer."""
    RECORDED = "recorded"


class DecideNumber(Struct, frozen=True, kw_only=True):
    """Say by which number a shop goes that its channel took on by another than the one that it is bound to.

    With *is_taken* it is bound to the channel's; else it stays as it is.
    """

    shop_id: UUID
    channel: str
    is_taken: bool
    actor: Actor


class DecideNumberStatus(StrEnum):
    """How that ended. Where several apply, the first listed is given."""

    NOTHING_TO_DECIDE = "nothing_to_decide"
    """The numbers are one, or it was decided before."""
    DECIDED = "decided"


class RecheckEnrolment(Struct, frozen=True, kw_only=True):
    """Ask a channel at once how an enrolment stands."""

    shop_id: UUID
    channel: str
    actor: Actor


class RecheckEnrolmentStatus(StrEnum):
    """How asking at once ended. Where several apply, the first listed is given."""

    ENROLMENT_NOT_FOUND = "enrolment_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is not at the channel, or over."""
    RECHECKED = "rechecked"
