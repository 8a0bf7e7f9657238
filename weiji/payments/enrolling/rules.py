"""What is decided about enrolments: pure functions over what was read."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from weiji.kit.seal import KEYS
from weiji.payments.channels.enrolling import Enrolled, Standing
from weiji.payments.enrolling.model import (
    FAULT_MAX,
    GIVEN_COLUMN,
    REFERENCE_MAX,
    TOLD_COLUMN,
    Enrolment,
    EnrolmentStatus,
    HandInEnrolment,
    HandInEnrolmentStatus,
    RecheckEnrolmentStatus,
    RecordEnrolment,
    Told,
    enrolment_id,
)
from weiji.payments.freezing.rules import QUERIES_MAX, digits_of
from weiji.payments.rules import query_at

_S = EnrolmentStatus

ENROLMENT_MOVES: Final[dict[EnrolmentStatus, frozenset[EnrolmentStatus]]] = {
    _S.WANTED: frozenset({_S.HANDED_IN, _S.TAKEN_ON}),
    _S.HANDED_IN: frozenset({_S.IN_REVIEW, _S.TO_ACT, _S.REFUSED, _S.TAKEN_ON, _S.WANTED}),
    _S.IN_REVIEW: frozenset({_S.TO_ACT, _S.REFUSED, _S.TAKEN_ON}),
    _S.TO_ACT: frozenset({_S.IN_REVIEW, _S.REFUSED, _S.TAKEN_ON}),
    _S.REFUSED: frozenset({_S.HANDED_IN, _S.WANTED, _S.TAKEN_ON}),
    _S.TAKEN_ON: frozenset({_S.WANTED, _S.HANDED_IN, _S.REFUSED}),
}
"""What an enrolment may become. One that is over goes on only where a binding was taken back."""

OPEN: Final = frozenset({_S.HANDED_IN, _S.IN_REVIEW, _S.TO_ACT})
"""The channel is asked about these."""

NOT_THERE: Final = frozenset({_S.WANTED, _S.HANDED_IN, _S.REFUSED})
"""The channel has none of these to decide about, as far as is known here."""

FOLLOWED_AGAIN: Final = timedelta(hours=6)
"""How soon a channel is asked again that was asked for two days: people review, and people sign."""

ATTEMPTS_MAX: Final = 30_000

REFUSALS_MAX: Final = 25
"""Refusals that are kept of those that a channel tells."""


def may_hand_in(enrolment: Enrolment) -> bool:
    """Tell whether it may be handed in, also anew: what stands in the way may be in what the shop answered."""
    is_stuck = enrolment.status is _S.HANDED_IN and enrolment.fault != ""
    return is_stuck or enrolment.status in (_S.WANTED, _S.REFUSED)


def hand_in(enrolment: Enrolment, command: HandInEnrolment, now: datetime) -> HandInEnrolmentStatus:
    """Take in what is handed in, where it may be."""
    if not may_hand_in(enrolment):
        return HandInEnrolmentStatus.EXISTS
    enrolment.status = _S.HANDED_IN
    enrolment.attempts = min(enrolment.attempts + 1, ATTEMPTS_MAX)
    enrolment.answers_sealed = command.answers_sealed
    enrolment.told_sealed = None
    enrolment.fault = ""
    enrolment.queries = 0
    enrolment.query_at = enrolment.changed_at = now
    return HandInEnrolmentStatus.HANDED_IN


def is_about(command: RecordEnrolment, enrolment: Enrolment) -> bool:
    """Tell whether the channel was asked about this enrolment, as it was handed in last, and it is open."""
    asked, stands = (command.created_at, command.attempt), (enrolment.created_at, enrolment.attempts)
    return enrolment.status in OPEN and asked == stands


def record(enrolment: Enrolment, said: Enrolled, now: datetime) -> str | None:
    """Take in what a channel said; give the sub-merchant's number once the shop is one. The enrolment is open."""
    number = digits_of(said.number or "") if said.standing is Standing.TAKEN_ON else None
    fault = _kept(said.fault, FAULT_MAX)
    if enrolment.status is _S.HANDED_IN and fault and not enrolment.fault:
        # Its two days begin with it: silence before it was no fault.
        enrolment.queries = 0
    enrolment.queries = min(enrolment.queries + 1, QUERIES_MAX)
    enrolment.query_at = query_at(enrolment.queries, now) or now + FOLLOWED_AGAIN
    if said.standing is None or (said.standing is Standing.TAKEN_ON and number is None):
        # Silence says nothing of what stood in the way before it.
        enrolment.fault = fault or enrolment.fault
        if enrolment.status is _S.HANDED_IN and fault and query_at(enrolment.queries, now) is None:
            # People have to mend it, and say so: sent again and again, nothing else would come of it.
            enrolment.query_at, enrolment.changed_at = None, now
        return None
    status = EnrolmentStatus(said.standing.value)
    assert status is enrolment.status or status in ENROLMENT_MOVES[enrolment.status], (enrolment.status, status)
    if status is not enrolment.status:
        enrolment.status, enrolment.changed_at = status, now
    told = Told(said.tasks, said.refusals[:REFUSALS_MAX])
    id = enrolment_id(enrolment.shop_id, enrolment.channel)
    enrolment.told_sealed = KEYS.seal_bytes(msgspec.json.encode(told), TOLD_COLUMN, id) if told != Told() else None
    enrolment.reference = _kept(said.reference or "", REFERENCE_MAX) or enrolment.reference
    enrolment.fault = ""
    if status not in OPEN:
        enrolment.query_at = None
    if status is _S.TAKEN_ON:
        enrolment.answers_sealed = None
    return number


def forget(enrolment: Enrolment, before: datetime, now: datetime) -> bool:
    """Forget what was answered where it was refused or set aside *before* and not mended since.

    Then the shop is asked anew. Of one that somebody bound since, nobody is asked.
    """
    is_kept = enrolment.was is not None and enrolment.answers_sealed is not None
    if not (enrolment.status is _S.REFUSED or enrolment.is_set_aside or is_kept) or enrolment.changed_at > before:
        return False
    if is_kept:
        enrolment.was = _S.WANTED
    else:
        enrolment.status, enrolment.changed_at = _S.WANTED, now
    enrolment.answers_sealed = enrolment.told_sealed = None
    enrolment.fault = ""
    return True


def bound_otherwise(enrolment: Enrolment, now: datetime) -> bool:
    """End what the channel does not have yet, since somebody bound the shop: it is not handed in after that.

    What was answered is kept, for the case that the binding is taken back. What the channel has it decides by itself.
    """
    if enrolment.status not in NOT_THERE:
        return False
    enrolment.was, enrolment.status, enrolment.changed_at = enrolment.status, _S.TAKEN_ON, now
    enrolment.query_at = None
    enrolment.fault = ""
    return True


def unbound(enrolment: Enrolment, now: datetime) -> bool:
    """Go on where it stood, since a binding was taken back; what is over, and was answered no more, is wanted anew.

    What the channel gave another number for waits for people, and what it has it decides by itself.
    """
    if enrolment.status is not _S.TAKEN_ON or enrolment.given_last4 is not None:
        return False
    enrolment.status, enrolment.was, enrolment.changed_at = enrolment.was or _S.WANTED, None, now
    if enrolment.status is _S.HANDED_IN:
        enrolment.queries, enrolment.query_at = 0, now
    return True


def is_wanted(enrolment: Enrolment) -> bool:
    """Tell whether the shop is asked to apply."""
    return enrolment.status is _S.WANTED


def give(enrolment: Enrolment, number: str) -> None:
    """Keep the number by which a channel took a shop on that somebody bound to another one."""
    id = enrolment_id(enrolment.shop_id, enrolment.channel)
    enrolment.given_sealed, enrolment.given_last4 = KEYS.seal(number, GIVEN_COLUMN, id), number[-4:]


def given(enrolment: Enrolment) -> str | None:
    """Open that number; None: there is none, or it was decided about."""
    id = enrolment_id(enrolment.shop_id, enrolment.channel)
    return KEYS.unseal(enrolment.given_sealed, GIVEN_COLUMN, id) if enrolment.given_sealed else None


def forget_given(enrolment: Enrolment) -> None:
    """Forget that number: it was decided about, or the shop is bound to it."""
    enrolment.given_sealed = enrolment.given_last4 = None


def recheck(enrolment: Enrolment | None, now: datetime, *, is_bound: bool) -> RecheckEnrolmentStatus:
    """Have a channel asked at once. Of a shop that somebody bound nothing is handed in."""
    if enrolment is None:
        return RecheckEnrolmentStatus.ENROLMENT_NOT_FOUND
    if enrolment.status not in OPEN or (is_bound and enrolment.status in NOT_THERE):
        return RecheckEnrolmentStatus.NOT_ALLOWED_NOW
    # From the first step again: whoever signed just now is told soon.
    enrolment.queries, enrolment.query_at = 0, now
    return RecheckEnrolmentStatus.RECHECKED


def open_told(enrolment: Enrolment) -> Told:
    """Open what a channel told; nothing of it counts for one that is over, though it may be kept. Raises Unsealable."""
    if enrolment.told_sealed is None or enrolment.status is _S.TAKEN_ON:
        return Told()
    opened = KEYS.unseal_bytes(enrolment.told_sealed, TOLD_COLUMN, enrolment_id(enrolment.shop_id, enrolment.channel))
    return msgspec.json.decode(opened, type=Told)


def _kept(text: str, length_max: int) -> str:
    return "".join(character if character.isprintable() else " " for character in text)[:length_max]
