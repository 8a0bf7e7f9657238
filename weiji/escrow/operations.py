"""The one verb of escrow: to post what its functions say."""

from collections.abc import Sequence

from weiji.escrow.postings import Chain, is_done
from weiji.kit.db import Transaction
from weiji.ledger import create_transfers


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
