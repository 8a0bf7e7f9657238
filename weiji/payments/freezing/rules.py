"""What is decided about money that channels hold frozen: pure functions over what was read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from weiji.kit.ids import derive, shard_of
from weiji.ledger import Account, Kind, Transfer, chart
from weiji.payments.freezing.model import (
    NUMBER_DIGITS,
    REASON_MAX,
    FormerSubMerchant,
    RequestUnfreezing,
    RetryUnfreezingStatus,
    SubMerchant,
    TakenAtChannel,
    Unfreezing,
    UnfreezingStatus,
)
from weiji.payments.model import CreatePayment, Purpose, Question

_S = UnfreezingStatus

UNFREEZING_MOVES: Final[dict[UnfreezingStatus, frozenset[UnfreezingStatus]]] = {
    _S.WAITING: frozenset({_S.SUBMITTED}),
    _S.SUBMITTED: frozenset({_S.UNFROZEN}),
    _S.UNFROZEN: frozenset(),
}
"""What letting money go may become."""

HELD_AGAIN: Final = timedelta(hours=1)
"""How soon it is tried again to give a shop money that was held."""

ASKED_AGAIN: Final = timedelta(days=1)
"""How soon a channel is asked again that was asked for two days: until the money is let go, nobody gives up."""

REFUNDING_AGAIN: Final = timedelta(minutes=1)
"""How soon it is looked again whether money that was on its way back to the payer has arrived: it goes first."""

QUERIES_MAX: Final = 30_000
"""How far questions are counted."""


def digits_of(number: str) -> str | None:
    """Read the number of a sub-merchant; None where it can't be one."""
    text = number.replace(" ", "")
    return text if text.isascii() and text.isdigit() and len(text) in NUMBER_DIGITS else None


def former(bound: SubMerchant, now: datetime) -> FormerSubMerchant:
    """Keep what a shop was, now that it is that no longer."""
    return FormerSubMerchant(**{name: getattr(bound, name) for name in SubMerchant.__struct_fields__}, unbound_at=now)


def freezes_for(command: CreatePayment) -> tuple[UUID, str]:
    """Say which shop has to be bound at which channel for a payment by one that holds money frozen."""
    return command.payee_id, command.channel


def may_freeze(command: CreatePayment, bound: Iterable[tuple[UUID, str]]) -> bool:
    """Tell whether a channel that holds money frozen can take a payment: for one order, of a shop that is *bound*."""
    return command.purpose is Purpose.ORDER and not command.parts and freezes_for(command) in bound


def new_unfreezing(command: RequestUnfreezing, now: datetime) -> Unfreezing:
    """Make the row of what a channel is to let go."""
    return Unfreezing(
        id=command.order_id,
        shop_id=command.shop_id,
        payment_id=command.payment_id,
        channel=command.channel,
        amount=command.amount,
        frozen=command.frozen,
        status=_S.WAITING,
        query_at=now,
        created_at=now,
    )


def take_from_shop(unfreezing: Unfreezing, cause: UUID | int) -> tuple[Transfer, tuple[Account, ...]]:
    """Take what a channel is to let go from what the shop may withdraw here. Refused where that is held.

    A transfer that was refused is refused for ever, so each attempt has an id of its own, by its *cause*.
    """
    source = chart.merchant_available(unfreezing.shop_id)
    clearing = chart.payout_clearing(shard_of(unfreezing.id), unfreezing.channel)
    id = derive(unfreezing.id, "unfreeze", cause)
    return _transfer(unfreezing.id, id, source, clearing, unfreezing.amount, Kind.UNFREEZING), (clearing,)


def note_taking(unfreezing: Unfreezing, now: datetime, *, is_made: bool) -> None:
    """Note whether the ledger gave it: then its channel is asked; else it is tried again under another id."""
    if is_made:
        unfreezing.status, unfreezing.query_at = _S.SUBMITTED, now
    else:
        unfreezing.attempts += 1
        unfreezing.query_at = now + HELD_AGAIN


def give_to_shop(unfreezing: Unfreezing) -> tuple[Transfer, tuple[Account, ...]]:
    """Book that the shop has the money at the channel, which holds it for us no longer."""
    shard = shard_of(unfreezing.id)
    source = chart.payout_clearing(shard, unfreezing.channel)
    held = chart.channel_receivable(shard, unfreezing.channel)
    id = derive(unfreezing.id, "unfrozen")
    return _transfer(unfreezing.id, id, source, held, unfreezing.amount, Kind.UNFREEZING), (source, held)


def decide(unfreezing: Unfreezing, rest: int) -> None:
    """Decide what a channel is to let go, of what it holds: the fee is taken of what is left of the order alone."""
    unfreezing.rest, unfreezing.part = rest, unfreezing.amount - unfreezing.taken_off
    unfreezing.decisions += 1


def undecide(unfreezing: Unfreezing) -> None:
    """Decide anew: the channel has done nothing of what was decided. What went back meanwhile came out of the rest."""
    unfreezing.rest = unfreezing.part = None
    unfreezing.fees_back = 0


def may_decide(unfreezing: Unfreezing) -> bool:
    """Tell whether it is to be decided what its channel is to let go."""
    return unfreezing.status is _S.SUBMITTED and not unfreezing.is_decided


def note_question(unfreezing: Unfreezing, question: Question, again_at: datetime | None, now: datetime) -> bool:
    """Note that its channel was asked to let it go, and is asked *again_at*; False: nobody was to ask."""
    if unfreezing.status is not _S.SUBMITTED:
        return False
    unfreezing.query_at = again_at or now + ASKED_AGAIN
    unfreezing.queries = min(unfreezing.queries + 1, QUERIES_MAX)
    unfreezing.reason = kept_reason(question.reason)
    if question.is_undone:
        undecide(unfreezing)
    return True


def put_off(unfreezing: Unfreezing, now: datetime) -> bool:
    """Have its channel asked later; False: it is over."""
    if unfreezing.status is _S.UNFROZEN:
        return False
    unfreezing.query_at = now + REFUNDING_AGAIN
    return True


def judge_taken(unfreezing: Unfreezing | None, taken: TakenAtChannel) -> int:
    """Say how much a shop has again here of what it gave back, since its channel took it there.

    Before it is decided what to let go: what it gave back, and there it gets as much less. After that the channel pays
    all of it out of the shop's part, so the shop is owed the fee, too: once that part is its own, or at once.
    """
    if unfreezing is None or unfreezing.status is _S.UNFROZEN:
        return taken.amount
    again = min(taken.of_shop, unfreezing.amount - unfreezing.taken_off)
    if unfreezing.is_decided:
        again = min(again, taken.amount)
        unfreezing.fees_back += taken.amount - again
    unfreezing.gone_back += taken.amount
    unfreezing.taken_off += again
    return again


def taken_id(taken: TakenAtChannel) -> UUID:
    """Give the id of the transfer that books it."""
    return derive(taken.shop_id, "taken at channel", taken.refund_id)


def take_at_channel(taken: TakenAtChannel, amount: int) -> tuple[Transfer, tuple[Account, ...]]:
    """Book that a shop has again what it gave back here, when a refund was ordered: it was not to give it twice."""
    return _give_again(taken.order_id, taken.shop_id, taken.channel, taken_id(taken), amount)


def give_fees_back(unfreezing: Unfreezing) -> tuple[Transfer, tuple[Account, ...]]:
    """Book that a shop has the fees of what its channel paid out of its part there."""
    id = derive(unfreezing.id, "fees back")
    return _give_again(unfreezing.id, unfreezing.shop_id, unfreezing.channel, id, unfreezing.fees_back)


def _give_again(
    order_id: UUID, shop_id: UUID, channel: str, id: UUID, amount: int
) -> tuple[Transfer, tuple[Account, ...]]:
    source, target = chart.channel_receivable(shard_of(shop_id), channel), chart.merchant_available(shop_id)
    return _transfer(order_id, id, source, target, amount, Kind.TAKEN_AT_CHANNEL), (source, target)


def _transfer(order_id: UUID, id: UUID, debit: Account, credit: Account, amount: int, kind: Kind) -> Transfer:
    return Transfer(
        id=id,
        debit_account_id=debit.id,
        credit_account_id=credit.id,
        amount=amount,
        ledger=chart.CNY,
        code=kind,
        journal_id=order_id,
    )


def judge_retry(unfreezing: Unfreezing | None, now: datetime) -> RetryUnfreezingStatus:
    """Have a channel asked at once."""
    if unfreezing is None:
        return RetryUnfreezingStatus.UNFREEZING_NOT_FOUND
    if unfreezing.status is _S.UNFROZEN:
        return RetryUnfreezingStatus.EXISTS
    unfreezing.query_at = now
    return RetryUnfreezingStatus.RETRIED


def kept_reason(reason: str) -> str:
    """Keep of what a channel said what can be kept."""
    return "".join(character if character.isprintable() else " " for character in reason)[:REASON_MAX]
