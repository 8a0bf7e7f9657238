"""The chart of accounts: what kinds there are, and each owner's account of a kind.

An account is derived from its owner and kind, so nobody looks one up. A platform account has one row in
every shard (`…_of(shard)`); its balance is their sum. Amounts of ledger CNY are fen.
"""

from enum import IntEnum, unique
from functools import lru_cache
from typing import Final
from uuid import UUID

from weiji.kit.ids import derive, first_id
from weiji.ledger.model import Account, AccountFlags

CNY: Final = 1
CNY_MICRO: Final = 2
CONTROL: Final = 3
"""Counts what is still refundable; no money."""

TREASURY: Final = first_id(0, "treasury")
"""Near it lies the money that the operator means to spend, and whatever is paid out of it."""

DNX: Final = AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS
CNX: Final = AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS


@unique
class Code(IntEnum):
    """Kinds of account. 1…: assets, 2…: liabilities, 4…: income, 5…: expense, 9…: control."""

    BANK = 1010
    CHANNEL_RECEIVABLE = 1020
    MERCHANT_OWED = 1110
    """商家欠款: what a shop owes, since neither its money nor its deposit was enough."""
    WALLET_OWED = 1111
    """个人欠款: what a person owes, since what a channel took back was spent out of the wallet."""
    MERCHANT_CLAIM = 1120
    """What is being taken back from a shop, or a person. 0 before and after each chain that uses it."""
    CHARGEBACK_PENDING = 1140
    """What a channel took back because a payer disputes it. 0 when the case is over."""
    SUSPENSE_SHORT = 1190
    """短款: what we booked, and a channel's statement does not have."""
    WALLET = 2010
    DORMANT = 2015
    """What lay in a wallet that nobody moved for long: its owner's still, and set aside until they want it."""
    MERCHANT_PENDING = 2020
    MERCHANT_AVAILABLE = 2021
    MERCHANT_DEPOSIT = 2022
    """保证金: what a shop put up for what it may come to owe."""
    ESCROW = 2040
    ESCROW_SUBSIDY = 2041
    """What the platform's coupons add to an order, beside the buyer's money: it only ever goes back to its budget."""
    RED_PACKET = 2050
    PREPAID = 2055
    """What a shop set apart for coupons that its program sends: its own until somebody pays with one."""
    PAYOUT_CLEARING = 2070
    REFUND_CLEARING = 2080
    SUSPENSE = 2090
    LEGAL_HOLD = 2095
    """司法冻结: what a court ordered to be held of somebody's money."""
    BUDGET = 2200
    """What the operator set apart for a campaign of coupons: a liability to itself."""
    OWN_FUNDS = 2210
    TRANSIT = 2300
    """Money on its way between shards. Summed over all shards it is what is under way: 0 when all is quiet."""
    FEE_INCOME = 4010
    WITHDRAWAL_FEE_INCOME = 4020
    CHANNEL_FEE = 5010
    PAYOUT_FEE = 5020
    CHARGEBACK_FEE = 5030
    """What channels take for a chargeback."""
    BAD_DEBT = 5040
    """What shops owed and will never pay, and chargebacks that nobody can be charged for."""
    CONTROL = 9000
    REFUNDABLE = 9010


@unique
class Kind(IntEnum):
    """Why money moved: the code of a transfer."""

    CAPTURE = 1
    """The payer's money is taken: wallet or channel to transit."""
    HOLD = 2
    """Transit to the order's escrow."""
    RELEASE = 3
    FEE = 4
    REFUNDABLE = 5
    """Control: what the buyer may still get back after release."""
    SETTLE = 6
    REFUND = 7
    """Escrow to transit, transit to where it came from."""
    CHANNEL_CONFIRMED = 8
    PAYOUT = 9
    PAYOUT_FEE = 10
    PAYOUT_SETTLED = 11
    PAYOUT_RETURNED = 12
    TOP_UP = 13
    SUSPENSE = 14
    """Money that fits no open order, on its way back."""
    FEE_RETURNED = 15
    """The fee of what the buyer got back after release."""
    RECOVERY = 16
    """Taken from a shop for what it was settled and has to give back: available, then deposit, then owed."""
    REPAYMENT = 17
    """A shop's money goes to what it owes."""
    DEPOSIT = 18
    """A shop puts up a deposit."""
    DISPUTE = 19
    """Held while it is disputed who gets it."""
    DEPOSIT_RETURNED = 20
    """What a shop has of its deposit beyond what is asked, or all of it when it leaves."""
    DIFFERENCE = 21
    """A channel's statement says something else than our books, or what came of that."""
    SHARE = 22
    """A part of an order's escrow, on its way to another shop that the first shares with; or back."""
    WRITE_OFF = 23
    """What a shop owed is given up."""
    ADJUSTMENT = 24
    """Posted by hand, by two of the staff."""
    MERCHANT_CAPTURE = 25
    """The payer's wallet pays an order of a merchant's program."""
    MERCHANT_REFUND = 26
    """What the payer's wallet had paid for one comes back."""
    TRANSFER = 27
    """What a merchant's program gives to a person who confirms it: of what its shop may withdraw, by way of transit."""
    RED_PACKET = 30
    """A wallet's money goes into a packet."""
    RED_PACKET_PART = 31
    """A part of a packet, on its way to its finder's wallet."""
    RED_PACKET_RETURNED = 32
    """What nobody had taken of a packet goes back."""
    REFUND_BY_HAND = 40
    """A refund that its channel refused, paid by another route by two of the staff."""
    LEGAL_HOLD = 41
    """A court has somebody's money held, or lets it go."""
    LEGAL_EXECUTION = 42
    """扣划: what was held is paid to the court."""
    CHARGEBACK = 43
    """A channel takes back what a payer disputes, or gives it again; or it is held for that, and taken from a shop."""
    CHARGEBACK_FEE = 44
    SUBSIDY = 50
    """A budget's money goes into an order's escrow for subsidies, by way of transit."""
    SUBSIDY_RELEASED = 51
    """The shop gets what a platform's coupon paid."""
    SUBSIDY_RETURNED = 52
    """What a coupon paid goes back to its budget, by way of transit."""
    BUDGET_RETURNED = 53
    """What an ended campaign did not use is the operator's own again."""
    PREPAID = 54
    """A shop sets apart what coupons of its program take off; what nobody used it has again."""
    COMPENSATION = 60
    """Out of a shop's deposit to who bought there, by two of the staff; by way of transit."""
    POSTAGE = 64
    """What sending goods back cost: of the shop, if arbiters say so, to the buyer's wallet, by way of transit."""
    DEPOSIT_REFILLED = 63
    """What a shop takes in fills by itself its deposit that has less than is asked."""
    DORMANCY = 70
    """What lies in a wallet that nobody moved for long is set aside, or given back."""
    UNFREEZING = 61
    """A channel that held an order's money lets it go: the shop has it there, and no longer here."""
    TAKEN_AT_CHANNEL = 62
    """A channel gave a payer money back out of the shop's own account there: what it gave here for it, it has again."""


@lru_cache(maxsize=16_384)
def _of(owner: UUID, code: Code, flags: AccountFlags = AccountFlags.NONE, ledger: int = CNY) -> Account:
    return Account(
        id=derive(owner, "account", ledger, int(code)), ledger=ledger, code=code, flags=flags, owner_id=owner
    )


@lru_cache(maxsize=4_096)
def _of_platform(
    shard: int, code: Code, name: str = "", flags: AccountFlags = AccountFlags.NONE, ledger: int = CNY
) -> Account:
    return Account(id=first_id(shard, f"account:{ledger}:{int(code)}:{name}"), ledger=ledger, code=code, flags=flags)


def wallet(person_id: UUID) -> Account:
    """What a person has with the platform."""
    return _of(person_id, Code.WALLET, DNX)


def dormant(person_id: UUID) -> Account:
    """What a person has with the platform and did not move for long."""
    return _of(person_id, Code.DORMANT, DNX)


def merchant_pending(shop_id: UUID) -> Account:
    """待结算: released to the shop, and not yet due."""
    return _of(shop_id, Code.MERCHANT_PENDING, DNX)


def merchant_available(shop_id: UUID) -> Account:
    """可提现: the shop may withdraw it."""
    return _of(shop_id, Code.MERCHANT_AVAILABLE, DNX)


def merchant_deposit(shop_id: UUID) -> Account:
    """保证金: the shop's, and not to be withdrawn while it sells."""
    return _of(shop_id, Code.MERCHANT_DEPOSIT, DNX)


def merchant_owed(shop_id: UUID) -> Account:
    """商家欠款: an asset, that can't be repaid beyond what is owed."""
    return _of(shop_id, Code.MERCHANT_OWED, CNX)


def wallet_owed(person_id: UUID) -> Account:
    """个人欠款: an asset, that can't be repaid beyond what is owed."""
    return _of(person_id, Code.WALLET_OWED, CNX)


def merchant_claim(shop_id: UUID) -> Account:
    """What is being taken back from a shop, or a person: the waterfall fills it, and no more than what is claimed."""
    return _of(shop_id, Code.MERCHANT_CLAIM, CNX)


def chargeback_pending(case_id: UUID) -> Account:
    """What a channel took back: an asset, that no more than that can be made good of."""
    return _of(case_id, Code.CHARGEBACK_PENDING, CNX)


def escrow(order_id: UUID) -> Account:
    """The buyer's money of one order, held until the goods are received."""
    return _of(order_id, Code.ESCROW, DNX)


def escrow_subsidy(order_id: UUID) -> Account:
    """What the platform's coupon adds to one order."""
    return _of(order_id, Code.ESCROW_SUBSIDY, DNX)


def budget(campaign_id: UUID) -> Account:
    """What is set apart for a campaign of coupons, and not used yet."""
    return _of(campaign_id, Code.BUDGET, DNX)


def prepaid(campaign_id: UUID) -> Account:
    """What a shop set apart for coupons that its program sends, and nobody used yet."""
    return _of(campaign_id, Code.PREPAID, DNX)


def red_packet(packet_id: UUID) -> Account:
    """红包: what nobody has taken of a red packet yet."""
    return _of(packet_id, Code.RED_PACKET, DNX)


def refundable(order_id: UUID) -> Account:
    """Control: how much of an order's released money may still go back."""
    return _of(order_id, Code.REFUNDABLE, DNX, CONTROL)


def bank(shard: int, name: str = "1") -> Account:
    """A settlement account at a bank."""
    return _of_platform(shard, Code.BANK, name)


def channel_receivable(shard: int, channel: str) -> Account:
    """渠道应收: what a channel took for us and did not pay out yet."""
    return _of_platform(shard, Code.CHANNEL_RECEIVABLE, channel)


def payout_clearing(shard: int, channel: str) -> Account:
    """Payouts under way."""
    return _of_platform(shard, Code.PAYOUT_CLEARING, channel, DNX)


def refund_clearing(shard: int, channel: str) -> Account:
    """Refunds under way."""
    return _of_platform(shard, Code.REFUND_CLEARING, channel, DNX)


def legal_hold(owner_id: UUID) -> Account:
    """司法冻结: what courts hold of a person's or a shop's money."""
    return _of(owner_id, Code.LEGAL_HOLD, DNX)


def suspense(shard: int, channel: str) -> Account:
    """长款: money that fits nothing."""
    return _of_platform(shard, Code.SUSPENSE, channel, DNX)


def suspense_short(shard: int, channel: str) -> Account:
    """短款: money that we booked, and that a channel's statement does not have."""
    return _of_platform(shard, Code.SUSPENSE_SHORT, channel, CNX)


def transit(shard: int) -> Account:
    """Money on its way to or from another shard."""
    return _of_platform(shard, Code.TRANSIT)


def own_funds(shard: int) -> Account:
    """The platform's own money in custody."""
    return _of_platform(shard, Code.OWN_FUNDS, flags=DNX)


def fee_income(shard: int) -> Account:
    """Fees of trades."""
    return _of_platform(shard, Code.FEE_INCOME)


def withdrawal_fee_income(shard: int) -> Account:
    """Fees of withdrawals."""
    return _of_platform(shard, Code.WITHDRAWAL_FEE_INCOME)


def channel_fee(shard: int) -> Account:
    """What channels keep."""
    return _of_platform(shard, Code.CHANNEL_FEE)


def payout_fee(shard: int) -> Account:
    """What banks take for payouts."""
    return _of_platform(shard, Code.PAYOUT_FEE)


def chargeback_fee(shard: int) -> Account:
    """What channels take for chargebacks."""
    return _of_platform(shard, Code.CHARGEBACK_FEE)


def bad_debt(shard: int) -> Account:
    """Debts of shops that were given up."""
    return _of_platform(shard, Code.BAD_DEBT)


def control(shard: int) -> Account:
    """Control: the other side of `refundable`."""
    return _of_platform(shard, Code.CONTROL, ledger=CONTROL)
