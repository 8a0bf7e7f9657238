"""What is decided about applications for others, as pure functions over what was read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.seal import KEYS
from weiji.kit.text import is_line
from weiji.onboarding import tidy_number
from weiji.payments import Owner
from weiji.shops import OpenShopStatus
from weiji.wire.applying.model import (
    APPLYMENTS_A_DAY_MAX,
    CHANGES_OPEN_MAX,
    NUMBER_COLUMN,
    Applyment,
    AskSettlementChange,
    AskSettlementChangeStatus,
    ConfirmSettlementChange,
    ConfirmSettlementChangeResult,
    ConfirmSettlementChangeStatus,
    SettlementChange,
    SignAgreement,
    SignAgreementStatus,
    SubmitApplyment,
    SubmitApplymentStatus,
    number_of,
)

NAME_MAX = 100
"""Characters of a holder, or of a bank."""

DIGITS = range(8, 31)
"""How many digits an account has."""

TAKEN = frozenset({OpenShopStatus.EXISTS, OpenShopStatus.ID_TAKEN, OpenShopStatus.HANDLE_TAKEN})
"""The shop's id and handle are derived from the code: only the same application has them, or who computed them."""

OPENING = {
    OpenShopStatus.OWNER_NOT_FOUND: SubmitApplymentStatus.OWNER_NOT_FOUND,
    OpenShopStatus.INVALID_NAME: SubmitApplymentStatus.NAME_INVALID,
    OpenShopStatus.WORDS_REFUSED: SubmitApplymentStatus.NAME_REFUSED,
    **dict.fromkeys(TAKEN, SubmitApplymentStatus.NOT_ALLOWED_NOW),
}
"""What can be wrong with opening the shop."""


def waves(commands: Sequence[SubmitApplyment]) -> list[list[int]]:
    """Part commands so that each shop is in a part once: what comes later finds what the former made of it."""
    parts: list[list[int]] = []
    seen: dict[UUID, int] = {}
    for place, command in enumerate(commands):
        part = seen[command.shop_id] = seen.get(command.shop_id, -1) + 1
        if part == len(parts):
            parts.append([])
        parts[part].append(place)
    return parts


class Beginnings(Struct):
    """What beginnings are judged against: what there is, whose the shops are, and how much was begun in a day."""

    applyments: dict[UUID, Applyment]
    owners: dict[UUID, UUID]
    begun: dict[UUID, int]
    """How many a service provider applied for within a day."""


def judge_beginning(state: Beginnings, command: SubmitApplyment, now: datetime) -> SubmitApplymentStatus | None:
    """Tell why an application can't be begun, or gone on with; None: it can, and *state* has it."""
    found = state.applyments.get(command.shop_id)
    if found is not None:
        # The owner who took the shop over speaks for it alone.
        is_own = state.owners.get(command.shop_id) == command.owner_id
        return None if is_own else SubmitApplymentStatus.NOT_ALLOWED_NOW
    if state.begun.get(command.provider_id, 0) >= APPLYMENTS_A_DAY_MAX:
        return SubmitApplymentStatus.EXCEEDS_LIMIT
    state.begun[command.provider_id] = state.begun.get(command.provider_id, 0) + 1
    state.applyments[command.shop_id] = Applyment(
        shop_id=command.shop_id,
        provider_id=command.provider_id,
        provider_mchid=command.provider_mchid,
        code=command.code,
        number=number_of(command.shop_id),
        mark=command.mark,
        created_at=now,
    )
    return None


def judge_signing(
    applyments: dict[UUID, Applyment], command: SignAgreement, now: datetime, *, is_full: bool
) -> SignAgreementStatus:
    """Agree; *applyments* is changed to what comes of it."""
    found = applyments.get(command.shop_id)
    if found is None:
        return SignAgreementStatus.APPLYMENT_NOT_FOUND
    if found.signed_at is not None:
        return SignAgreementStatus.EXISTS
    if found.mchid is None:
        return SignAgreementStatus.NOT_ALLOWED_NOW
    if is_full:
        return SignAgreementStatus.EXCEEDS_LIMIT
    applyments[command.shop_id] = replace(found, signed_at=now)
    return SignAgreementStatus.SIGNED


def judge_ask(
    changes: dict[UUID, SettlementChange], owner: Owner, command: AskSettlementChange, now: datetime
) -> AskSettlementChangeStatus:
    """Note a wish; *changes*, all that are open and the one that is asked for, is changed to what comes of it."""
    if command.id in changes:
        return AskSettlementChangeStatus.EXISTS
    if not is_line(command.holder, NAME_MAX):
        return AskSettlementChangeStatus.HOLDER_INVALID
    if not is_line(command.bank, NAME_MAX):
        return AskSettlementChangeStatus.BANK_INVALID
    number = tidy_number(command.number)
    if not (number.isascii() and number.isdigit() and len(number) in DIGITS):
        return AskSettlementChangeStatus.NUMBER_INVALID
    if not owner.has_name(command.holder):
        return AskSettlementChangeStatus.NAME_DIFFERS
    waiting = [each for each in changes.values() if each.shop_id == command.shop_id and each.confirmed_at is None]
    if len(waiting) >= CHANGES_OPEN_MAX:
        return AskSettlementChangeStatus.EXCEEDS_LIMIT
    changes[command.id] = SettlementChange(
        id=command.id,
        shop_id=command.shop_id,
        provider_mchid=command.provider_mchid,
        holder=command.holder,
        bank=command.bank,
        last4=number[-4:],
        number_sealed=KEYS.seal(number, NUMBER_COLUMN, command.id),
        asked_at=now,
    )
    return AskSettlementChangeStatus.ASKED


def judge_confirm(
    changes: dict[UUID, SettlementChange], owner: Owner, command: ConfirmSettlementChange, now: datetime
) -> ConfirmSettlementChangeResult:
    """Confirm; *changes* is changed to what comes of it."""
    if command.refusal is not None:
        return ConfirmSettlementChangeResult(
            status=ConfirmSettlementChangeStatus(command.refusal.status),
            tries_left=command.refusal.tries_left,
            locked_until=command.refusal.locked_until,
        )
    found = changes.get(command.id)
    if found is None or found.shop_id != command.shop_id:
        return ConfirmSettlementChangeResult(status=ConfirmSettlementChangeStatus.CHANGE_NOT_FOUND)
    if found.confirmed_at is not None:
        return ConfirmSettlementChangeResult(status=ConfirmSettlementChangeStatus.EXISTS)
    if not owner.has_name(found.holder):
        return ConfirmSettlementChangeResult(status=ConfirmSettlementChangeStatus.NAME_DIFFERS)
    changes[command.id] = replace(found, confirmed_at=now)
    return ConfirmSettlementChangeResult(status=ConfirmSettlementChangeStatus.CONFIRMED)
