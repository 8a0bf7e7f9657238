"""Every machine of the program is explored, or it is said why not; and what is wrong with one is found by exploring."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, timedelta
from enum import StrEnum
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import pytest
from msgspec.structs import replace

import weiji
from bench.drills.exploration import GROUNDS, UNEXPLORED, Ground, explore
from bench.drills.explorer import Defect
from weiji.aftersale import machine as cases
from weiji.approvals import rules as approvals
from weiji.catalog.rules import Product
from weiji.chargebacks import machine as chargebacks
from weiji.coupons import rules as coupons
from weiji.coupons.model import BookBudget, BookStep
from weiji.disputes import machine as disputes
from weiji.dormancy import rules as dormancy
from weiji.dormancy.model import DormancyState
from weiji.ledger import AMOUNT_MAX, Account, Transfer, TransferFlags
from weiji.onboarding import rules as onboarding
from weiji.orders.invoices.rules import Invoices
from weiji.packets.model import PacketState
from weiji.packets.rules import PACKET_MOVES
from weiji.payments import rules as payments
from weiji.payments.bank_transfers import rules as filing
from weiji.payments.bank_transfers.model import BankTransferStatus
from weiji.payments.enrolling import rules as enrolling
from weiji.payments.freezing import rules as freezing
from weiji.payments.freezing.model import UnfreezingStatus
from weiji.payments.model import PaymentStatus, PayoutStatus, RefundStatus
from weiji.reconciliation import rules as reconciliation
from weiji.reconciliation.model import Break, BreakState, Resolution, ResolutionStatus
from weiji.reviews.rules import Reviews
from weiji.shops.standing.rules import Standings
from weiji.supervision.inquiries.model import DecideInquiryStatus, PenaltyKind
from weiji.supervision.inquiries.rules import Docket
from weiji.wire.complaints import ComplaintMove, ComplaintStatus
from weiji.wire.complaints import machine as complaints
from weiji.wire.complaints import rules as complaining
from weiji.wire.complaints.rules import Hearing
from weiji.wire.sharing import rules as sharing
from weiji.wire.trade import rules as trades
from weiji.wire.transfers import rules as transfers
from weiji.wire.transfers.model import TransferBill

SECONDS: Final = 60
SECOND: Final = timedelta(seconds=1)


def _machines() -> Iterator[type[StrEnum]]:
    """Find what is a machine's states: by its name, and by the tables that say what may become of it."""
    for found in pkgutil.walk_packages(weiji.__path__, "weiji."):
        if found.name.endswith("__main__"):
            continue
        for name, value in vars(import_module(found.name)).items():
            if inspect.isclass(value) and issubclass(value, StrEnum) and value.__name__.endswith(("State", "Stage")):
                yield value
            if name.endswith("MOVES") and isinstance(value, Mapping):
                yield from (type(state) for state in value if isinstance(state, StrEnum))


def test_every_machine_is_explored_or_it_is_said_why_not() -> None:
    explored = {machine for ground in GROUNDS for machine in ground.machines}
    assert {f"{each.__module__}.{each.__name__}" for each in set(_machines()) - explored - set(UNEXPLORED)} == set()
    assert explored.isdisjoint(UNEXPLORED)
    assert all(reason.endswith(".") for reason in UNEXPLORED.values())


Seed = Callable[[pytest.MonkeyPatch], None]


def _case_ends_elsewhere(patch: pytest.MonkeyPatch) -> None:
    for key in [key for key in cases.ALLOWED if key[0] is cases.CaseVerb.SEND_BACK]:
        patch.setitem(cases.ALLOWED, key, cases.CaseState.RETURNED)


def _dispute_is_ruled_for_nothing(patch: pytest.MonkeyPatch) -> None:
    for key in [key for key in disputes.ALLOWED if key[0] is disputes.DisputeVerb.EXECUTE]:
        patch.setitem(disputes.ALLOWED, key, disputes.DisputeState.WITHDRAWN)


def _chargeback_is_won_and_lost(patch: pytest.MonkeyPatch) -> None:
    for key in [key for key in chargebacks.ALLOWED if key[0] is chargebacks.ChargebackVerb.WIN]:
        patch.setitem(chargebacks.ALLOWED, key, chargebacks.ChargebackState.LOST)


def _accepted_payout_is_not_paid(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(payments.PAYOUT_MOVES, PayoutStatus.ACCEPTED, frozenset())


def _small_sums_of_a_day_are_let_go_each(patch: pytest.MonkeyPatch) -> None:
    right = payments.new_payout
    patch.setattr(payments, "new_payout", lambda command, _, now: right(command, command.amount, now))


def _day_begins_with_each_sum(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(payments, "day_of_payouts", lambda now: now + SECOND)


def _day_is_one_of_utc(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(payments, "day_of_payouts", lambda now: now.astimezone(UTC).replace(hour=0, minute=0))


def _packet_goes_back_empty(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(PACKET_MOVES, PacketState.EMPTY, frozenset({PacketState.EXPIRED}))


def _late_money_is_no_money(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(payments.PAYMENT_MOVES, PaymentStatus.CLOSED, frozenset())


def _refund_is_rejected_after_it_arrived(patch: pytest.MonkeyPatch) -> None:
    after = frozenset({RefundStatus.REJECTED, RefundStatus.ABNORMAL})
    patch.setitem(payments.REFUND_MOVES, RefundStatus.SUCCEEDED, after)


def _chargeback_covers_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(payments, "_cover", lambda *_: None)


def _disputed_refund_is_paid_all_the_same(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(payments, "is_disputed", lambda *_: False)


def _paid_refund_covers_nothing_else(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(payments, "_stuck", lambda *_: [])


def _guest_has_the_rest_in_a_wallet(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(payments, "is_guest", lambda _: False)


def _returned_payout_is_paid(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(payments.PAYOUT_MOVES, PayoutStatus.RETURNED, frozenset({PayoutStatus.PAID}))


def _rejected_payout_is_accepted(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(payments.PAYOUT_MOVES, PayoutStatus.REJECTED, frozenset({PayoutStatus.ACCEPTED}))


def _review_is_seen_too_soon(patch: pytest.MonkeyPatch) -> None:
    write = Reviews.review

    def review(self: Reviews, command: object) -> object:
        status = write(self, command)  # type: ignore[arg-type]
        for key, each in self.trades.items():
            self.trades[key] = replace(each, due_at=self.now)
            self.reveal(key)
        return status

    patch.setattr(Reviews, "review", review)


def _undone_trade_is_seen(patch: pytest.MonkeyPatch) -> None:
    right = Reviews.reveal

    def reveal(self: Reviews, order_id: UUID) -> bool:
        orders, self.orders = self.orders, {id: replace(each, is_undone=False) for id, each in self.orders.items()}
        is_new = right(self, order_id)
        self.orders = orders
        return is_new

    patch.setattr(Reviews, "reveal", reveal)


def _removed_review_counts(patch: pytest.MonkeyPatch) -> None:
    from weiji.reviews.model import Review

    patch.setattr(Review, "is_shown", property(lambda self: self.revealed_at is not None))


def _steps_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Docket, "_climb_down", lambda _self, _shop_id: None)


def _penalties_last_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Docket, "_end_of", lambda *_: None)


def _rule_warns_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Docket, "_is_warned", lambda *_: False)


def _who_denied_an_appeal_makes_it_final(patch: pytest.MonkeyPatch) -> None:
    right = Docket.decide

    def decide(self: Docket, *command: Any) -> DecideInquiryStatus:
        heard = {id: penalty.judged_by for id, penalty in self.penalties.items()}
        self.penalties.update({id: replace(self.penalties[id], judged_by=None) for id in heard})
        status = right(self, *command)
        self.penalties.update({id: replace(self.penalties[id], judged_by=by) for id, by in heard.items()})
        return status

    patch.setattr(Docket, "decide", decide)


def _warning_of_nothing_stays(patch: pytest.MonkeyPatch) -> None:
    right = Docket.decide

    def decide(self: Docket, *command: Any) -> DecideInquiryStatus:
        warned = {id: each for id, each in self.penalties.items() if each.kind is PenaltyKind.WARNING}
        status = right(self, *command)
        self.penalties.update(warned)
        return status

    patch.setattr(Docket, "decide", decide)


def _goods_change_while_they_are_down(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Product, "state_then", property(lambda self: self.state))


def _coupon_pays_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(coupons, "is_free_still", lambda *_: True)


def _budget_goes_back_to_nobody(patch: pytest.MonkeyPatch) -> None:
    book = coupons.book

    def book_without_returns(command: BookBudget, budget: Account, way: Account) -> list[Transfer]:
        return [] if command.step is BookStep.RETURN else book(command, budget, way)

    patch.setattr(coupons, "book", book_without_returns)


def _one_person_ends_a_break(patch: pytest.MonkeyPatch) -> None:
    def judge(one: Break, _command: object) -> ResolutionStatus:
        is_open = one.state is BreakState.PROPOSED
        return ResolutionStatus.DONE if is_open else ResolutionStatus.NOT_ALLOWED_NOW

    patch.setattr(reconciliation, "judge_agreement", judge)


def _break_is_taken_back_the_wrong_way(patch: pytest.MonkeyPatch) -> None:
    right = reconciliation.closing_accounts
    patch.setattr(reconciliation, "closing_accounts", lambda *its: right(*its)[::-1])


def _fee_of_the_bank_is_not_booked(patch: pytest.MonkeyPatch) -> None:
    right = reconciliation.closing_accounts
    taken_back = Resolution.REVERSED
    patch.setattr(
        reconciliation,
        "closing_accounts",
        lambda one, how: right(one, taken_back if how is Resolution.FEE else how),
    )


def _transfer_that_people_name_is_a_fee(patch: pytest.MonkeyPatch) -> None:
    right = reconciliation.closing_accounts
    patch.setattr(
        reconciliation,
        "closing_accounts",
        lambda one, how: right(one, Resolution.FEE if how is Resolution.PAID else how),
    )


def _one_transfer_of_several_goes(patch: pytest.MonkeyPatch) -> None:
    right = reconciliation.tellings_of
    patch.setattr(reconciliation, "tellings_of", lambda one: right(one)[:1])


def _transfer_goes_by_two_lines(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(filing, "can_go_by_line", lambda *_: True)


def _dormant_wallet_is_told_again(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(dormancy.MOVES, DormancyState.DORMANT, frozenset({DormancyState.TOLD}))


def _frozen_wallet_is_dormant(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dormancy, "note_aside", lambda *_: True)


def _suspension_lasts_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Standings, "turn", lambda *_: None)


def _anything_is_approved(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(approvals, "hash_of", lambda *_: b"")


def _canceled_transfer_is_paid(patch: pytest.MonkeyPatch) -> None:
    end = transfers.end_hold

    def end_hold(bill: TransferBill) -> Transfer:
        return replace(end(bill), amount=AMOUNT_MAX, flags=TransferFlags.POST_PENDING_TRANSFER)

    patch.setattr(transfers, "end_hold", end_hold)


def _anybody_takes_a_transfer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(transfers, "is_for", lambda *_: True)


def _accepted_field_is_changed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(onboarding, "_accepted_of", lambda *_: ())


def _shop_is_not_told_of_refunds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Invoices, "note_refund", lambda *_: None)


def _closed_order_is_paid(patch: pytest.MonkeyPatch) -> None:
    take = trades.judge_take

    def judge(order: trades.MerchantOrder, *rest: Any) -> trades.TakeStatus:
        if order.state is trades.State.CLOSED:
            order.state = trades.State.OPEN
        return take(order, *rest)

    patch.setattr(trades, "judge_take", judge)


def _late_return_is_never_settled(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sharing, "await_settlement", lambda *_: None)


def _returned_share_gets_lost(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sharing, "bring_back", lambda *_: [])


def _fee_of_what_goes_back_is_paid_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(freezing, "judge_taken", lambda _, taken: taken.amount)


def _held_money_is_let_go(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(freezing.UNFREEZING_MOVES, UnfreezingStatus.WAITING, frozenset({UnfreezingStatus.UNFROZEN}))


def _refused_transfer_goes_all_the_same(patch: pytest.MonkeyPatch) -> None:
    after = frozenset({BankTransferStatus.PAID})
    patch.setitem(filing.MOVES, BankTransferStatus.REJECTED, after)


def _bank_is_asked_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(filing, "judge_asking", lambda *_: True)


def _bound_shop_is_handed_in(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(enrolling, "bound_otherwise", lambda *_: False)


def _one_signs_for_two(patch: pytest.MonkeyPatch) -> None:
    def find(self: Hearing, command: ComplaintMove) -> object:
        return self._find(command, complaints.ComplaintVerb.REJECT)

    patch.setattr(Hearing, "_find_proposed", find)


def _order_is_complained_of_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(complaining, "bar_of", lambda *_: None)


def _what_went_back_ends_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Hearing, "note_refund", lambda *_: ComplaintStatus.COMPLAINT_NOT_FOUND)


def _silence_ends_a_complaint(patch: pytest.MonkeyPatch) -> None:
    key = (complaints.ComplaintVerb.TAKE_FURTHER, complaints.ComplaintState.ASKED, "clock")
    patch.setitem(complaints.ALLOWED, key, complaints.ComplaintState.EXPIRED)


SEEDS: Final[tuple[tuple[str, int, Seed], ...]] = (
    ("depth", 1, _case_ends_elsewhere),
    ("depth", 1, _dispute_is_ruled_for_nothing),
    ("depth", 1, _chargeback_is_won_and_lost),
    ("purses", 1, _accepted_payout_is_not_paid),
    ("packets", 5, _packet_goes_back_empty),
    ("payments", 3, _late_money_is_no_money),
    ("refunds", 4, _refund_is_rejected_after_it_arrived),
    ("disputed", 1, _chargeback_covers_nothing),
    ("disputed", 1, _disputed_refund_is_paid_all_the_same),
    ("disputed", 2, _paid_refund_covers_nothing_else),
    ("disputed", 1, _guest_has_the_rest_in_a_wallet),
    ("payouts", 4, _returned_payout_is_paid),
    ("payouts", 4, _rejected_payout_is_accepted),
    ("payouts", 2, _small_sums_of_a_day_are_let_go_each),
    ("payouts", 2, _day_begins_with_each_sum),
    ("payouts", 3, _day_is_one_of_utc),
    ("reviews", 2, _review_is_seen_too_soon),
    ("reviews", 2, _removed_review_counts),
    ("reviews", 2, _undone_trade_is_seen),
    ("inquiries", 2, _steps_stay),
    ("inquiries", 2, _penalties_last_for_ever),
    ("inquiries", 3, _rule_warns_again),
    ("inquiries", 2, _who_denied_an_appeal_makes_it_final),
    ("inquiries", 3, _warning_of_nothing_stays),
    ("goods", 2, _goods_change_while_they_are_down),
    ("coupons", 2, _coupon_pays_twice),
    ("coupons", 2, _budget_goes_back_to_nobody),
    ("breaks", 4, _one_person_ends_a_break),
    ("breaks", 4, _break_is_taken_back_the_wrong_way),
    ("breaks", 4, _fee_of_the_bank_is_not_booked),
    ("breaks", 2, _transfer_that_people_name_is_a_fee),
    ("breaks", 2, _one_transfer_of_several_goes),
    ("breaks", 3, _transfer_goes_by_two_lines),
    ("wallets", 4, _dormant_wallet_is_told_again),
    ("wallets", 4, _frozen_wallet_is_dormant),
    ("standings", 2, _suspension_lasts_for_ever),
    ("approvals", 2, _anything_is_approved),
    ("merchants", 1, _closed_order_is_paid),
    ("merchants", 1, _late_return_is_never_settled),
    ("merchants", 1, _returned_share_gets_lost),
    ("complaints", 1, _one_signs_for_two),
    ("complaints", 1, _order_is_complained_of_twice),
    ("complaints", 1, _what_went_back_ends_nothing),
    ("complaints", 1, _silence_ends_a_complaint),
    ("unfreezings", 2, _fee_of_what_goes_back_is_paid_twice),
    ("unfreezings", 1, _held_money_is_let_go),
    ("files", 2, _refused_transfer_goes_all_the_same),
    ("files", 1, _bank_is_asked_twice),
    ("enrolments", 1, _bound_shop_is_handed_in),
    ("transfers", 1, _canceled_transfer_is_paid),
    ("transfers", 1, _anybody_takes_a_transfer),
    ("applications", 1, _accepted_field_is_changed),
    ("invoices", 2, _shop_is_not_told_of_refunds),
)
"""What is made wrong, where it is to be found, and how deep."""

FOUND: Final = {ground.name: ground for ground in GROUNDS}


@pytest.mark.parametrize(("name", "depth", "seed"), SEEDS, ids=lambda value: getattr(value, "__name__", None))
def test_a_wrong_table_is_found(name: str, depth: int, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(monkeypatch)
    assert _defects(FOUND[name], depth)


def _defects(ground: Ground, depth: int) -> list[str]:
    """Explore from one beginning after another, until something is found. Making one may find it, too."""
    try:
        worlds = ground.begin()
    except Defect as defect:
        return [str(defect)]
    for name, world in worlds.items():
        defects = explore({name: world}, depth, SECONDS).defects
        if defects:
            return defects
    return []


def test_every_ground_is_seeded() -> None:
    assert {name for name, _, _ in SEEDS} == set(FOUND)
