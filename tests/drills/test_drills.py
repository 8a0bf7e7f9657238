"""Every drill finds nothing, in a short run; `make drill` has the longer ones."""

from typing import Final

import pytest

from bench.drills import DRILLS
from bench.server import log_only_errors

EXPLORED: Final[dict[str, int]] = {
    "depth": 3,
    "purses": 2,
    "packets": 5,
    "payments": 6,
    "refunds": 5,
    "payouts": 6,
    "reviews": 2,
    "inquiries": 2,
    "goods": 2,
    "coupons": 3,
    "breaks": 6,
    "wallets": 5,
    "standings": 4,
    "approvals": 5,
    "merchants": 1,
    "complaints": 2,
    "transfers": 2,
    "unfreezings": 2,
    "files": 2,
    "enrolments": 2,
    "applications": 2,
    "invoices": 3,
}
"""How deep the worlds of T9 are explored."""

SHORT: Final[dict[str, dict[str, int]]] = {
    "T1": {"commands": 2_000_000, "seconds": 60},
    "T2": {"commands": 60_000},
    "T3": {"crashes": 20},
    "T4": {"cuts": 200},
    "T5": {"orders": 2_000},
    "T6": {"orders": 400},
    "T7": {"changes": 150},
    "T8": {"lines": 3_000, "each": 25},
    "T9": EXPLORED,
}
LEAST: Final[dict[str, dict[str, int]]] = {
    "T1": {"commands": 150_000, "crashes": 500},  # Of what its minute allows: a machine may be busy.
    "T2": {"commands": 60_000, "statuses": 50},
    "T3": {"crashes": 20, "transfers": 1_500, "batches_in_doubt": 20},
    "T4": {"cuts": 200, "cut_after_commit": 50, "cut_before_commit": 50, "resolved_as_exists": 50},
    "T5": {
        "orders": 2_000,
        "price_changed": 5,
        "kills": 50,
        "transactions_broken_off": 8,
        "notices": 5_000,
        "notices_again": 1_500,
        "notices_late": 3_000,
        "taken_untold": 300,
        "questions_lost": 100,
        "answers_lost": 100,
        "refunds": 2_500,
        "completed": 500,
        "completed_in_part": 100,
        "picked_up": 50,
        "repriced": 50,
        "refunded": 500,
        "given_up_in_part": 100,
        "cases_refunded": 200,
        "cases_reshipped": 30,
        "rulings_executed": 60,
        "paid_together": 500,
        "reopened": 200,
        "payments_rejected": 500,
        "chargebacks_won": 200,
        "chargebacks_lost": 400,
        "charged_back_after_settlement": 100,
        "coupons_used": 100,
        "coupons_given_back": 100,
        "payouts_paid": 20,
        "payouts_returned": 10,
    },
    "T6": {"orders": 1_600, "refused": 200, "units_sold": 1_000},
    "T7": {"changes": 150},
    "T8": {"lines": 3_000, "seeded": 200, "resolved_by_two": 95},
    "T9": {
        **EXPLORED,
        "transitions": 700,
        "worlds": 10_000,
        "closed": 1,
        "refunded": 500,
        "completed": 3_000,
        "indebted": 50,
        "solvent": 300,
        "expired": 50,
        "empty": 50,
    },
}
"""What a run must have tried at least, to have proved anything."""


@pytest.mark.parametrize("name", SHORT)
def test_a_drill_tries_enough_and_finds_nothing(name: str) -> None:
    log_only_errors()
    drill = DRILLS[name]
    outcome = drill.run(**({option: default for option, (default, _) in drill.options.items()} | SHORT[name]))
    assert {figure: outcome[figure] for figure in drill.zero} == dict.fromkeys(drill.zero, 0)
    for figure, least in LEAST[name].items():
        assert outcome[figure] >= least, (figure, outcome)


def test_every_drill_has_a_short_run() -> None:
    assert set(SHORT) == set(LEAST) == set(DRILLS)
