"""The buyer's money between payment and receipt: what is posted when it is held, released, settled, sent back.

One escrow account for each order, that can't be overdrawn: over-release and double refund are refused by the ledger
itself. Every function gives one chain (all or none), whose ids are derived from the order, so that it happens once.
"""

from weiji.escrow.operations import post
from weiji.escrow.postings import (
    Chain,
    ChargedBack,
    award,
    charge_back,
    dispute,
    give_back,
    give_back_disputed,
    hold,
    hold_charged_back,
    hold_of_shop,
    is_done,
    let_go,
    lose_chargeback,
    receive_share,
    refund,
    release,
    return_share,
    settle,
    share,
    take_share_back,
    win_chargeback,
)

__all__ = [
    "Chain",
    "ChargedBack",
    "award",
    "charge_back",
    "dispute",
    "give_back",
    "give_back_disputed",
    "hold",
    "hold_charged_back",
    "hold_of_shop",
    "is_done",
    "let_go",
    "lose_chargeback",
    "post",
    "receive_share",
    "refund",
    "release",
    "return_share",
    "settle",
    "share",
    "take_share_back",
    "win_chargeback",
]
