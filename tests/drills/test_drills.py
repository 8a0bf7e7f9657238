"""Every drill finds nothing, in a short run; `make drill` has the longer ones."""

from typing import Final

import pytest

from bench.drills import DRILLS
from bench.server import log_only_errors

SHORT: Final[dict[str, dict[str, int]]] = {
    "T1": {"commands": 200_000, "seconds": 60},
    "T2": {"commands": 60_000},
    "T3": {"crashes": 12},
    "T4": {"cuts": 200},
    "T5": {"orders": 200},
    "T6": {"orders": 400},
    "T7": {"changes": 150},
    "T8": {"lines": 3_000, "each": 25},
    "T9": {"depth": 3},
}
LEAST: Final[dict[str, dict[str, int]]] = {
    "T1": {"commands": 100_000, "crashes": 500},
    "T2": {"commands": 60_000, "statuses": 50},
    "T3": {"crashes": 12, "transfers": 1_000, "batches_in_doubt": 12},
    "T4": {"cuts": 200, "cut_after_commit": 50, "cut_before_commit": 50, "resolved_as_exists": 50},
    "T5": {
        "orders": 200,
        "kills": 10,
        "completed": 30,
        "completed_in_part": 1,
        "refunded": 5,
        "given_up_in_part": 3,
        "cases_refunded": 5,
        "cases_reshipped": 1,
        "rulings_executed": 3,
        "paid_together": 20,
        "reopened": 20,
        "payments_rejected": 20,
        "chargebacks_won": 10,
        "chargebacks_lost": 20,
        "charged_back_after_settlement": 5,
        "payouts_paid": 3,
        "payouts_returned": 2,
    },
    "T6": {"orders": 1_600, "refused": 200, "units_sold": 1_000},
    "T7": {"changes": 150},
    "T8": {"lines": 3_000, "seeded": 175, "resolved_by_two": 70},
    "T9": {"depth": 3, "transitions": 108, "worlds": 4_000, "closed": 1, "refunded": 100, "completed": 1_000},
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
