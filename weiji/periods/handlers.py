"""What periods do by the clock."""

from datetime import timedelta
from functools import partial
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from weiji.kit.db import Database
from weiji.kit.jobs import Job
from weiji.periods.operations import sign_periods, sum_months

SIGN_EVERY: Final = timedelta(minutes=1)
SUM_EVERY: Final = timedelta(minutes=10)


async def _sign(key: Ed25519PrivateKey, database: Database, _limit: int) -> int:
    async with database.transaction() as tx:
        return await sign_periods(tx, key)


def jobs(signing_key: Ed25519PrivateKey) -> list[Job]:
    """Say what happens by the clock."""
    return [
        Job(name="periods.sign", every=SIGN_EVERY, work=partial(_sign, signing_key)),
        Job(name="periods.sum", every=SUM_EVERY, work=sum_months),
    ]
