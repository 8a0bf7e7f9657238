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
    "disputed": 2,
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
    "T1": {"commands": 2_000_000, "seconds": 25},
    "T2": {"commands": 60_000},
    "T3": {"crashes": 20},
    "T4": {"cuts": 200},
    "T5": {"orders": 1_000},
    "T6": {"orders": 400},
    "T7": {"changes": 150},
    "T8": {"lines": 3_000, "each": 25},
    "T9": EXPLORED,
}
LEAST: Final[dict[str, dict[str, int]]] = {
    "T1": {"commands": 60_000, "crashes": 200},  # Of what its minute allows: a machine may be busy.
    "T2": {"commands": 60_000, "statuses": 50},
    "T3": {"crashes": 20, "transfers": 1_500, "batches_in_doubt": 20},
    "T4": {"cuts": 200, "cut_after_commit": 50, "cut_before_commit": 50, "resolved_as_exists": 50},
    "T5": {
        "orders": 1_000,
        "price_changed": 2,
        "kills": 25,
        "transactions_broken_off": 4,
        "notices": 2_500,
        "notices_again": 750,
        "notices_late": 1_500,
        "taken_untold": 150,
        "questions_lost": 50,
        "answers_lost": 50,
        "refunds": 1_250,
        "completed": 250,
        "completed_in_part": 50,
        "picked_up": 25,
        "repriced": 25,
        "refunded": 250,
        "given_up_in_part": 50,
        "cases_refunded": 100,
        "cases_reshipped": 15,
        "rulings_executed": 30,
        "paid_together": 250,
        "reopened": 100,
        "payments_rejected": 250,
        "chargebacks_won": 100,
        "chargebacks_lost": 200,
        "charged_back_after_settlement": 50,
        "refunds_covered": 5,
        "coupons_used": 50,
        "coupons_given_back": 50,
        "payouts_paid": 10,
        "payouts_returned": 5,
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
