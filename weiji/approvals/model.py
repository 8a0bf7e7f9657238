"""The words of approvals: what may be done by hand, proposals, and how commands end. Amounts are fen."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from weiji.court_orders import COURT_MAX, NUMBER_MAX, HeldPlace
from weiji.events import Actor
from weiji.identity import Refusal, StaffRole
from weiji.payments import ChargebackNews, PayoutEnd
from weiji.periods import MONTH

REASON_MAX: Final = 500

EXPIRES_AFTER: Final = timedelta(days=3)
"""A proposal that nobody decided by then can't be approved any more."""

WAY_MAX: Final = 200
"""Characters of how money is paid outside of the program: to whom, by which bank, under which number."""

REFERENCE_MAX: Final = 64
"""Characters of a channel's number of a chargeback, or of a payout."""

NAME_MAX: Final = 40
"""Characters of the name of a bank account or a channel."""

AMOUNT_MAX: Final = 10**13
"""The most that is moved by hand at a time: 100 billion yuan."""


class PlaceKind(StrEnum):
    """Accounts that money may be moved from and to by hand. Escrows and what is under way are not among them."""

    BANK = "bank"
    CHANNEL_RECEIVABLE = "channel_receivable"
    SUSPENSE = "suspense"
    """Only in proposals of before: what stands there is ended by breaks (`weiji.reconciliation`)."""
    OWN_FUNDS = "own_funds"
    BUDGET = "budget"
    """Of a campaign of coupons. It can be filled by hand, and is only emptied by coupons and by the campaign's end."""
    FEE_INCOME = "fee_income"
    CHANNEL_FEE = "channel_fee"
    PAYOUT_FEE = "payout_fee"
    BAD_DEBT = "bad_debt"
    WALLET = "wallet"
    MERCHANT_AVAILABLE = "merchant_available"
    MERCHANT_DEPOSIT = "merchant_deposit"
    MERCHANT_OWED = "merchant_owed"
    WALLET_OWED = "wallet_owed"


OWNED: Final = frozenset(
    {
        PlaceKind.BUDGET,
        PlaceKind.WALLET,
        PlaceKind.MERCHANT_AVAILABLE,
        PlaceKind.MERCHANT_DEPOSIT,
        PlaceKind.MERCHANT_OWED,
        PlaceKind.WALLET_OWED,
    }
)
"""Accounts of somebody, or of a campaign; the others are the platform's."""

MOVED: Final = frozenset(PlaceKind) - {PlaceKind.SUSPENSE}
"""Accounts that a proposal may still move from or to: what is in suspense, breaks end."""

NAMED: Final = frozenset({PlaceKind.BANK, PlaceKind.CHANNEL_RECEIVABLE, PlaceKind.SUSPENSE})
"""Accounts of a bank account or a channel."""


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account.

    `owner_id` is the person, the shop or the campaign; `name` is the channel, or the number of the bank account.
    """

    kind: PlaceKind
    owner_id: UUID | None = None
    name: Annotated[str, Meta(max_length=NAME_MAX)] = ""


Money = Annotated[int, Meta(ge=1, le=AMOUNT_MAX, description="Minor units (fen).")]


class WriteOff(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="write_off"):
    """Give up what a shop owes, or a part of it."""

    shop_id: UUID
    amount: Money


Month = Annotated[str, Meta(pattern=MONTH, description="A month by the business's days, such as 2026-01.")]


class Adjustment(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="deed",
    tag="adjustment",
):
    """Move money from the debit to the credit account. Owned accounts are of one shard, the proposal's.

    `corrects` names the closed month for which it is posted late.
    """

    debit: Place
    credit: Place
    amount: Money
    corrects: Month | None = None


class RefundByHand(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="refund_by_hand"
):
    """Pay by another route a refund that its channel refused, or never paid, as two found out. `way` says how."""

    refund_id: UUID
    amount: Money
    way: Annotated[str, Meta(max_length=WAY_MAX)]


class CourtFreeze(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="court_freeze"):
    """Hold somebody's money as a court ordered: up to `amount`, or (None) everything there is and that comes.

    The order's id is the proposal's.
    """

    owner_id: UUID
    place: HeldPlace
    amount: Money | None = None
    court: Annotated[str, Meta(max_length=COURT_MAX)]
    number: Annotated[str, Meta(max_length=NUMBER_MAX, description="The number of the court's order.")]


class CourtExecution(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="court_execution"
):
    """扣划: pay to the court what is held, or a part of it."""

    court_order_id: UUID
    amount: Money
    number: Annotated[str, Meta(max_length=NUMBER_MAX, description="The number of the court's notice.")]
    way: Annotated[str, Meta(max_length=WAY_MAX, description="To which account, by which bank.")]


class CourtRelease(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="court_release"
):
    """解冻: let go of what is held."""

    court_order_id: UUID
    number: Annotated[str, Meta(max_length=NUMBER_MAX, description="The number of the order that says so.")]


class PayoutRelease(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="payout_release"
):
    """Let a large payout go to the bank, which is in review. None of the two is its owner."""

    payout_id: UUID
    owner_id: UUID
    amount: Money


class PayoutOutcome(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="payout_outcome"
):
    """Say what became of a withdrawal whose channel doesn't, as two found out there. None of the two is its owner.

    `paid`: the money is there, under the channel's number `reference`. `not_paid`: it never went, or came back; its
    owner has it again, and reads `said`.
    """

    payout_id: UUID
    owner_id: UUID
    amount: Money
    outcome: PayoutEnd
    reference: Annotated[str, Meta(max_length=REFERENCE_MAX, description="The channel's own number of it.")] = ""
    said: Annotated[str, Meta(max_length=WAY_MAX, description="Why it was not paid.")] = ""


class PeriodClose(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="period_close"):
    """Close a month: nothing posts into it any more. `trial` is the hash of its trial balance, in hex, as it was seen.

    The proposal's last six bits are 0.
    """

    month: Month
    trial: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Compensation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="compensation"):
    """Pay who bought something out of the shop's deposit: `payment_id` is what the order was paid with.

    `case_id` is the dispute that it is for, if it is for one of the order's: both sides read of it there.
    """

    shop_id: UUID
    order_id: UUID
    payment_id: UUID
    amount: Money
    # Unset, it is in no hash: proposals from before there was one keep theirs.
    case_id: UUID | UnsetType = UNSET


class ChargebackNotice(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="chargeback_notice"
):
    """Write down what a channel told by letter of a chargeback: that it took money back, or how it decided."""

    payment_id: UUID
    reference: Annotated[str, Meta(max_length=REFERENCE_MAX, description="The channel's own number of it.")]
    what: ChargebackNews
    amount: Money
    fee: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] = 0
    said: Annotated[str, Meta(max_length=WAY_MAX, description="Why the payer disputes it.")] = ""
    # Unset, it is in no hash: proposals from before there was one keep theirs.
    respond_by: (
        Annotated[datetime, Meta(tz=True, description="Until when the channel wants to hear the other side.")]
        | UnsetType
    ) = UNSET


class DormantReturn(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="dormant_return"
):
    """Give back all that is set aside of somebody's wallet, who asks for it by another way. None of the two is they."""

    person_id: UUID
    amount: Money


class OwnFunds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="own_funds"):
    """Book that the operator put own money into the bank account where the clients' is.

    The proposal's last six bits are 0.
    """

    amount: Money


class RulesRelease(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="rules_release"
):
    """Publish a version of rules: `of` names which (trade, fees, disputes, …), `version` is the one after the latest.

    In force from `effective_at` on, or (None) at once. The proposal's last six bits are 0.
    """

    of: Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,31}\Z")]
    version: Annotated[int, Meta(ge=2, le=10**9)]
    rules: dict[str, Any]
    effective_at: Annotated[datetime, Meta(tz=True)] | None = None


class StatementRelease(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="statement_release"
):
    """Import a file of the bank that is held: by its `lines`, `amount` is paid, in or out.

    Two `agreed` to that much before, in fen, and by the time it was to be imported its lines would have paid more.
    """

    statement_id: UUID
    name: Annotated[str, Meta(max_length=200)]
    lines: Annotated[int, Meta(ge=1, le=20_000)]
    # No more is in a file (`payments.bank`). Some of before have more, and are listed all the same.
    amount: Annotated[int, Meta(ge=1, le=2**63 - 1, description="Minor units (fen).")]
    # Unset, it is in no hash: proposals from before there was one keep theirs.
    kind: (
        Annotated[Literal["returns"], Meta(description="A result file; unset, it is a statement of the account.")]
        | UnsetType
    ) = UNSET
    agreed: Annotated[int, Meta(ge=1, le=2**63 - 1)] | UnsetType = UNSET


class RoleGrant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="deed", tag="role_grant"):
    """Let a person work for the operator in a role. None of the two is that person; the proposal is near them."""

    person_id: UUID
    role: StaffRole


Deed = (
    WriteOff
    | Adjustment
    | RefundByHand
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
"""What may be done by hand."""


class State(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    """It waits for another of the staff, until it expires."""
    APPROVED = "approved"
    """It was done."""
    FAILED = "failed"
    """It was approved, and the ledger refused: nothing was moved. It takes a new proposal to try again."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Proposal(Struct, kw_only=True):
    """A proposal. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    deed: Deed
    hash: bytes
    reason: str
    maker_id: UUID
    state: State
    proposed_at: datetime
    expires_at: datetime
    checker_id: UUID | None = None
    decided_at: datetime | None = None
    note: str = ""
    """Why it was rejected, or what the ledger answered."""


class ProposeDeed(Struct, frozen=True, kw_only=True):
    """Propose to move money by hand. The caller makes `id`, near whose money it is. The actor is a person."""

    id: UUID
    deed: Deed
    reason: str
    actor: Actor


class ProposeStatus(StrEnum):
    """How proposing ended. Where several apply, the first listed is given."""

    PROPOSED = "proposed"
    EXISTS = "exists"
    """The same was proposed by the same person before."""
    ID_TAKEN = "id_taken"
    """The id is another proposal's."""
    REASON_MISSING = "reason_missing"
    """There must be one, of at most 500 characters."""
    PLACE_INVALID = "place_invalid"
    """An account lacks its owner or name, has one too many, or is on both sides; or what it is about lies elsewhere
    than the proposal's id. Nor is a budget taken from by hand."""
    DETAILS_MISSING = "details_missing"
    """A court's order needs court and number, an execution number and way, a refund by hand its way. A payout needs its
    number at the channel where it was paid, and why where it wasn't."""
    CASE_NOT_FOUND = "case_not_found"
    """A compensation names no dispute, or one of another order."""
    OWN_MONEY = "own_money"
    """Nobody decides about money of their own, or of a shop in which they work: to or from their accounts, what they
    owe, what they paid, were paid or are to have back, what a court holds, what they withdraw."""
    OWN_ROLE = "own_role"
    """Nobody gives a role to themselves."""
    ENDED_BY_BREAKS = "ended_by_breaks"
    """What stands in suspense is ended where its break is, at reconciliation: there, too, by two."""
    ORDER_OBEYED = "order_obeyed"
    """By a court's order of this number, in force still, money of the account is held."""
    NOTICE_EXECUTED = "notice_executed"
    """By this notice money that the court order holds was paid to the court before."""
    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel is called so, and none ever was: what stood there nothing would ever settle."""
    PERIOD_OPEN = "period_open"
    """The month that is to be corrected is not closed: it is posted as what it is."""


class Verdict(StrEnum):
    """What becomes of a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    """By who made it."""


class DecideProposal(Struct, frozen=True, kw_only=True):
    """Decide a proposal. Who approves says by its hash what they saw, and proves anew who they are.

    `refusal` says why they could not; the caller has asked for the payment password. The actor is a person.
    """

    id: UUID
    verdict: Verdict
    actor: Actor
    hash: bytes = b""
    note: str = ""
    refusal: Refusal | None = None


class DecideStatus(StrEnum):
    """How deciding ended. Where several apply, the first listed is given."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXISTS = "exists"
    """The same person decided the same before."""
    PROPOSAL_NOT_FOUND = "proposal_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It was decided already."""
    OWN_PROPOSAL = "own_proposal"
    """It takes another person to approve or reject it."""
    OWN_MONEY = "own_money"
    """Nobody decides about money of their own, or of a shop in which they work: to or from their accounts, what they
    owe, what they paid, were paid or are to have back, what a court holds, what they withdraw."""
    OWN_ROLE = "own_role"
    """Nobody agrees to a role of their own."""
    NOT_THE_MAKER = "not_the_maker"
    """Only who made it may take it back."""
    EXPIRED = "expired"
    """Nobody approved it in time. It can still be rejected or taken back."""
    HASH_DIFFERS = "hash_differs"
    """What was to be approved is not what was proposed."""
    REASON_MISSING = "reason_missing"
    """Who rejects says why, in at most 500 characters."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    LEDGER_REFUSED = "ledger_refused"
    """It was approved and could not be done, such as a debt that is smaller by now: it has failed for ever."""


class DecideResult(Struct, frozen=True, kw_only=True):
    """The answer to deciding."""

    status: DecideStatus
    tries_left: int | None = None
    locked_until: datetime | None = None
    failure: str | None = None
    """What the ledger answered."""
