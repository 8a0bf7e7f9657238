"""What is decided about proposals, and what they post: pure functions over what was read."""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from hashlib import sha256
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.approvals.model import (
    EXPIRES_AFTER,
    MOVED,
    NAMED,
    OWNED,
    REASON_MAX,
    REFERENCE_MAX,
    WAY_MAX,
    Adjustment,
    ChargebackNotice,
    Compensation,
    CourtExecution,
    CourtFreeze,
    CourtRelease,
    DecideProposal,
    DecideResult,
    DecideStatus,
    Deed,
    DormantReturn,
    OwnFunds,
    PayoutOutcome,
    PayoutRelease,
    PeriodClose,
    Place,
    PlaceKind,
    Proposal,
    ProposeDeed,
    ProposeStatus,
    RefundByHand,
    RoleGrant,
    RulesRelease,
    State,
    StatementRelease,
    Verdict,
    WriteOff,
)
from weiji.court_orders import COURT_MAX, NUMBER_MAX, key_of_notice, key_of_order
from weiji.kit.ids import derive, shard_of
from weiji.kit.text import is_line, is_text
from weiji.ledger import Account, Kind, Transfer, chart
from weiji.periods import read_month
from weiji.rulebook import are_rules

Posted: Final = (WriteOff, Adjustment)
"""Deeds that are one posting between two accounts; the others are verbs of the module that they are about."""

Called: TypeAlias = (
    RefundByHand
    | CourtFreeze
    | CourtExecution
    | CourtRelease
    | PayoutRelease
    | PayoutOutcome
    | PeriodClose
    | Compensation
    | ChargebackNotice
    | DormantReturn
    | OwnFunds
    | RulesRelease
    | StatementRelease
    | RoleGrant
)
"""Those others."""

_OWNED: Final[dict[PlaceKind, Callable[[UUID], Account]]] = {
    PlaceKind.BUDGET: chart.budget,
    PlaceKind.WALLET: chart.wallet,
    PlaceKind.MERCHANT_AVAILABLE: chart.merchant_available,
    PlaceKind.MERCHANT_DEPOSIT: chart.merchant_deposit,
    PlaceKind.MERCHANT_OWED: chart.merchant_owed,
    PlaceKind.WALLET_OWED: chart.wallet_owed,
}
_NAMED: Final[dict[PlaceKind, Callable[[int, str], Account]]] = {
    PlaceKind.BANK: chart.bank,
    PlaceKind.CHANNEL_RECEIVABLE: chart.channel_receivable,
    PlaceKind.SUSPENSE: chart.suspense,
}
_PLATFORM: Final[dict[PlaceKind, Callable[[int], Account]]] = {
    PlaceKind.OWN_FUNDS: chart.own_funds,
    PlaceKind.FEE_INCOME: chart.fee_income,
    PlaceKind.CHANNEL_FEE: chart.channel_fee,
    PlaceKind.PAYOUT_FEE: chart.payout_fee,
    PlaceKind.BAD_DEBT: chart.bad_debt,
}


def hash_of(id: UUID, deed: Deed) -> bytes:
    """Make the hash of exactly what is proposed. Its reason, as all of it, nobody may change in the database."""
    return sha256(id.bytes + msgspec.json.encode(deed, order="sorted")).digest()


def name_of(deed: Deed) -> str:
    """Give the name of a deed's kind."""
    name = deed.__struct_config__.tag
    assert isinstance(name, str)
    return name


def moves_money(deed: Deed) -> bool:
    """Tell whether a deed is about an amount."""
    return not isinstance(deed, PeriodClose | RulesRelease | RoleGrant)


def amount_of(deed: Deed) -> int | None:
    """Say how much is moved; None: what there is, or no money."""
    return None if isinstance(deed, CourtRelease | PeriodClose | RulesRelease | RoleGrant) else deed.amount


def _near(deed: Called) -> UUID:
    """Name what a deed is about, in whose shard its proposal has to be."""
    match deed:
        case RefundByHand():
            return deed.refund_id
        case PayoutRelease() | PayoutOutcome():
            return deed.payout_id
        case StatementRelease():
            return deed.statement_id
        case CourtFreeze():
            return deed.owner_id
        case CourtExecution() | CourtRelease():
            return deed.court_order_id
        case PeriodClose() | RulesRelease() | OwnFunds():
            return chart.TREASURY
        case Compensation():
            return deed.shop_id
        case ChargebackNotice():
            return deed.payment_id
        case DormantReturn() | RoleGrant():
            return deed.person_id


def drops_of(proposals: Iterable[Proposal]) -> dict[UUID, datetime]:
    """Name the files of the bank that are not let in, and needn't be kept: as they were held by then."""
    return {
        proposal.deed.statement_id: proposal.proposed_at
        for proposal in sorted(proposals, key=lambda each: each.proposed_at)
        if proposal.state in (State.REJECTED, State.WITHDRAWN) and isinstance(proposal.deed, StatementRelease)
    }


def sides_of(deed: WriteOff | Adjustment) -> tuple[Place, Place]:
    """Give the accounts that a deed debits and credits."""
    if isinstance(deed, Adjustment):
        return deed.debit, deed.credit
    return Place(kind=PlaceKind.BAD_DEBT), Place(kind=PlaceKind.MERCHANT_OWED, owner_id=deed.shop_id)


class Known(Struct, frozen=True, kw_only=True):
    """What is known of what deeds are about."""

    still_open: Collection[date] = ()
    """Months, of those that postings correct, that are not closed."""
    channels: Collection[str] = ()
    """Channels, of those that postings name, that there are or once were."""
    concerned: Collection[tuple[UUID, UUID]] = ()
    """Whom deeds concern, each a thing (`things_of`) and a person: whose it is, or who works there."""
    disputed: Collection[tuple[UUID, UUID, UUID]] = ()
    """Cases, each with its shop and order."""
    obeyed: Collection[tuple[UUID, str]] = ()
    """By which courts' orders money is held (`key_of_order`)."""
    executed: Collection[tuple[UUID, str]] = ()
    """By which notices money was paid that courts' orders hold (`key_of_notice`)."""


def judge_propose(
    found: Proposal | None, command: ProposeDeed, known: Known, now: datetime
) -> tuple[ProposeStatus, Proposal | None]:
    """Answer a command; give the proposal that it makes, if it makes one."""
    maker_id = command.actor.person_id
    assert maker_id is not None, "a person proposes"
    hash = hash_of(command.id, command.deed)
    if found is not None:
        is_same = (found.hash, found.maker_id) == (hash, maker_id)
        return (ProposeStatus.EXISTS if is_same else ProposeStatus.ID_TAKEN), None
    reason = command.reason.strip()
    if not reason or not is_text(reason, REASON_MAX):
        return ProposeStatus.REASON_MISSING, None
    if isinstance(command.deed, Posted):
        debit, credit = sides_of(command.deed)
        are_places = _is_place(debit, command.id) and _is_place(credit, command.id)
        if debit == credit or debit.kind is PlaceKind.BUDGET or not are_places:
            return ProposeStatus.PLACE_INVALID, None
    elif shard_of(_near(command.deed)) != shard_of(command.id):
        return ProposeStatus.PLACE_INVALID, None
    elif not _is_detailed(command.deed):
        return ProposeStatus.DETAILS_MISSING, None
    elif isinstance(command.deed, Compensation) and not _is_of_its_case(command.deed, known.disputed):
        return ProposeStatus.CASE_NOT_FOUND, None
    if own := _is_own(command.deed, maker_id, known.concerned):
        return ProposeStatus(own), None
    if isinstance(command.deed, CourtFreeze) and key_of_freeze(command.deed) in known.obeyed:
        return ProposeStatus.ORDER_OBEYED, None
    if isinstance(command.deed, CourtExecution) and _is_executed(command.deed, known.executed):
        return ProposeStatus.NOTICE_EXECUTED, None
    if isinstance(command.deed, Posted) and (barred := judge_posting(command.deed, known)):
        return ProposeStatus(barred), None
    return ProposeStatus.PROPOSED, Proposal(
        id=command.id,
        deed=command.deed,
        hash=hash,
        reason=reason,
        maker_id=maker_id,
        state=State.PROPOSED,
        proposed_at=now,
        expires_at=now + EXPIRES_AFTER,
    )


def _is_of_its_case(deed: Compensation, disputed: Collection[tuple[UUID, UUID, UUID]]) -> bool:
    return not deed.case_id or (deed.case_id, deed.shop_id, deed.order_id) in disputed


def key_of_freeze(deed: CourtFreeze) -> tuple[UUID, str]:
    """Tell by which order, about which account, money is to be held."""
    return key_of_order(deed.place, deed.owner_id, deed.number)


def _is_executed(deed: CourtExecution, executed: Collection[tuple[UUID, str]]) -> bool:
    return key_of_notice(deed.court_order_id, deed.number) in executed


def judge_posting(
    deed: WriteOff | Adjustment, known: Known
) -> Literal["ended_by_breaks", "channel_not_found", "period_open"] | None:
    """Say why something is not posted, whatever the ledger would say: of what was proposed long ago, too."""
    if not {side.kind for side in sides_of(deed)} <= MOVED:
        return "ended_by_breaks"
    if not channels_of(deed) <= set(known.channels):
        return "channel_not_found"
    return "period_open" if month_corrected(deed) in known.still_open else None


def channels_of(deed: WriteOff | Adjustment) -> set[str]:
    """Name the channels that a posting says owe us more, or less."""
    return {side.name for side in sides_of(deed) if side.kind is PlaceKind.CHANNEL_RECEIVABLE}


def things_of(deed: Deed) -> set[UUID]:
    """Name what a deed is about that is somebody's: people and shops, payments, refunds and courts' orders.

    Nobody decides about it whose it is, or who works there. What is all of the platform's has nobody.
    """
    match deed:
        case WriteOff():
            return {deed.shop_id}
        case Adjustment():
            return {side.owner_id for side in (deed.debit, deed.credit) if side.owner_id is not None}
        case PayoutRelease() | PayoutOutcome() | CourtFreeze():
            return {deed.owner_id}
        case CourtExecution() | CourtRelease():
            return {deed.court_order_id}
        case RefundByHand():
            return {deed.refund_id}
        case Compensation():
            return {deed.shop_id, deed.payment_id}
        case ChargebackNotice():
            return {deed.payment_id}
        case DormantReturn() | RoleGrant():
            return {deed.person_id}
        case PeriodClose() | RulesRelease() | StatementRelease() | OwnFunds():
            return set()


def _is_own(
    deed: Deed, person_id: UUID, concerned: Collection[tuple[UUID, UUID]]
) -> Literal["own_money", "own_role"] | None:
    """Tell whether somebody would decide about their own money, or their shop's, or have a role of their own doing."""
    if not any((thing, person_id) in concerned for thing in things_of(deed)):
        return None
    return "own_role" if isinstance(deed, RoleGrant) else "own_money"


def _is_detailed(deed: Called) -> bool:
    match deed:
        case PayoutRelease() | Compensation() | DormantReturn() | StatementRelease() | RoleGrant() | OwnFunds():
            return True
        case PeriodClose():
            return read_month(deed.month) is not None
        case RulesRelease():
            return are_rules(deed.of, deed.version, deed.rules)
        case RefundByHand():
            return is_line(deed.way, WAY_MAX)
        case PayoutOutcome():
            are_lines = is_line(deed.reference or "–", REFERENCE_MAX) and is_line(deed.said or "–", WAY_MAX)
            return are_lines and bool(deed.reference if deed.outcome == "paid" else deed.said)
        case ChargebackNotice():
            return is_line(deed.reference, REFERENCE_MAX) and (not deed.said or is_line(deed.said, WAY_MAX))
        case CourtFreeze():
            return is_line(deed.court, COURT_MAX) and is_line(deed.number, NUMBER_MAX)
        case CourtExecution():
            return is_line(deed.number, NUMBER_MAX) and is_line(deed.way, WAY_MAX)
        case CourtRelease():
            return is_line(deed.number, NUMBER_MAX)


def _is_place(place: Place, near: UUID) -> bool:
    if (place.owner_id is not None) != (place.kind in OWNED) or bool(place.name) != (place.kind in NAMED):
        return False
    if place.name and not is_line(place.name, 40):
        return False
    return place.owner_id is None or shard_of(place.owner_id) == shard_of(near)


def account_of(place: Place, shard: int) -> Account:
    """Find the account that a place means; a platform's is that of the shard."""
    if place.owner_id is not None:
        return _OWNED[place.kind](place.owner_id)
    if place.name:
        return _NAMED[place.kind](shard, place.name)
    return _PLATFORM[place.kind](shard)


def month_corrected(deed: WriteOff | Adjustment) -> date | None:
    """Find the closed month for which something is posted late."""
    return read_month(deed.corrects) if isinstance(deed, Adjustment) and deed.corrects else None


def post(id: UUID, deed: WriteOff | Adjustment) -> tuple[Transfer, tuple[Account, ...]]:
    """Say what a proposal posts, and which accounts of the platform may have to be opened for it.

    Whoever has no account has no money, and owes nothing; only a budget begins with what is put into it.
    """
    shard = shard_of(id)
    sides = sides_of(deed)
    debit, credit = (account_of(place, shard) for place in sides)
    transfer = Transfer(
        id=derive(id, "post"),
        debit_account_id=debit.id,
        credit_account_id=credit.id,
        amount=deed.amount,
        ledger=chart.CNY,
        code=Kind.WRITE_OFF if isinstance(deed, WriteOff) else Kind.ADJUSTMENT,
        journal_id=id,
    )
    platform = (account_of(place, shard) for place in sides if place.owner_id is None or place.kind is PlaceKind.BUDGET)
    return transfer, tuple(platform)


_DONE: Final = {
    Verdict.APPROVE: (State.APPROVED, DecideStatus.APPROVED),
    Verdict.REJECT: (State.REJECTED, DecideStatus.REJECTED),
    Verdict.WITHDRAW: (State.WITHDRAWN, DecideStatus.WITHDRAWN),
}


def judge_decide(
    found: Proposal | None, command: DecideProposal, concerned: Collection[tuple[UUID, UUID]], now: datetime
) -> DecideResult:
    """Decide a proposal, which is changed. That of an approval may still become another when the ledger is asked.

    *concerned* is as in `Known`.
    """
    person_id = command.actor.person_id
    assert person_id is not None, "a person decides"
    state, done = _DONE[command.verdict]
    if found is None:
        return DecideResult(status=DecideStatus.PROPOSAL_NOT_FOUND)
    is_maker = found.maker_id == person_id
    if found.state is not State.PROPOSED:
        who = found.maker_id if found.state is State.WITHDRAWN else found.checker_id
        is_same = found.state is state and who == person_id
        return DecideResult(status=DecideStatus.EXISTS if is_same else DecideStatus.NOT_ALLOWED_NOW)
    status = None
    if command.verdict is Verdict.WITHDRAW:
        status = None if is_maker else DecideStatus.NOT_THE_MAKER
    elif is_maker:
        status = DecideStatus.OWN_PROPOSAL
    elif command.verdict is Verdict.APPROVE and (own := _is_own(found.deed, person_id, concerned)):
        status = DecideStatus(own)
    elif command.verdict is Verdict.APPROVE:
        if found.expires_at <= now:
            status = DecideStatus.EXPIRED
        elif command.hash != found.hash:
            status = DecideStatus.HASH_DIFFERS
        elif command.refusal:
            refusal = command.refusal
            return DecideResult(
                status=DecideStatus(refusal.status), tries_left=refusal.tries_left, locked_until=refusal.locked_until
            )
    elif not command.note.strip() or not is_text(command.note, REASON_MAX):
        status = DecideStatus.REASON_MISSING
    if status is not None:
        return DecideResult(status=status)
    found.state = state
    found.decided_at = now
    found.checker_id = None if command.verdict is Verdict.WITHDRAW else person_id
    found.note = command.note.strip() if command.verdict is Verdict.REJECT else ""
    return DecideResult(status=done)
