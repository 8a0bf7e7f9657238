"""The one verb of escrow: to post what its functions say. And what it reads: how much disputes hold."""

from collections.abc import Sequence
from uuid import UUID

from weiji.escrow.postings import Chain, hold_of_dispute, is_done
from weiji.kit.db import Reader, Transaction
from weiji.ledger import create_transfers, lookup_transfers


async def get_held(reader: Reader, disputes: Sequence[tuple[UUID, UUID]]) -> dict[UUID, int]:
    """Read how much disputes hold of what their shops had available: order and case of each; the answer is by case."""
    cases = {hold_of_dispute(order_id, case_id): case_id for order_id, case_id in disputes}
    rows = await lookup_transfers(reader, list(cases)) if cases else []
    return {cases[row["id"]]: row["amount"] for row in rows}


async def post(tx: Transaction, chains: Sequence[Chain]) -> list[int]:
    """Post chains that can't be refused: who calls knows what there is. Return what each one's first transfer moved."""
    if not chains:
        return []
    opening = {account.id: account for chain in chains for account in chain.opening}
    transfers = [transfer for chain in chains for transfer in chain.transfers]
    results = await create_transfers(tx, transfers, list(opening.values()))
    amounts = []
    start = 0
    for chain in chains:
        its = results[start : start + len(chain.transfers)]
        start += len(its)
        assert is_done(its), f"the ledger refused {[str(result.status) for result in its]}"
        amounts.append(its[0].amount)
    return amounts
