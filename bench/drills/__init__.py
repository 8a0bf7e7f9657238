"""The drills: each proves one promise, counts what it tried, and must find nothing."""

from typing import Final

from bench.drills import (
    acknowledgements,
    crashes,
    exploration,
    lives,
    reconciliation,
    rush,
    simulation,
    stored,
    tampering,
)
from bench.drills.model import Drill

DRILLS: Final[dict[str, Drill]] = {
    drill.name: drill
    for drill in (
        simulation.DRILL,
        stored.DRILL,
        crashes.DRILL,
        acknowledgements.DRILL,
        lives.DRILL,
        rush.DRILL,
        tampering.DRILL,
        reconciliation.DRILL,
        exploration.DRILL,
    )
}
"""All there are, in the order in which they run."""
