"""The buyer's money between payment and receipt: what is posted when it is held, released, settled, sent back.

One escrow account for each order, that can't be overdrawn: over-release and double refund are refused by the ledger
itself. Every function gives one chain (all or none), whose ids are derived from the order, so that it happens once.
"""

from weiji.escrow.postings import (
    Chain,
    award,
    dispute,
    give_back,
    give_back_disputed,
    hold,
    is_done,
    let_go,
    receive_share,
    refund,
    release,
    return_share,
    settle,
    share,
    take_share_back,
)

__all__ = [
    "Chain",
    "award",
    "dispute",
    "give_back",
    "give_back_disputed",
    "hold",
    "is_done",
    "let_go",
    "receive_share",
    "refund",
    "release",
    "return_share",
    "settle",
    "share",
    "take_share_back",
]
