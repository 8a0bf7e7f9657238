"""Profit sharing: parts of an order's money for other merchants."""

from weiji.wire.sharing.model import (
    PARTS_MAX,
    EndReturn,
    GiveShareBack,
    PutReceiver,
    ReceiveShare,
    Return,
    ReturnSplit,
    ReturnState,
    ReturnStatus,
    Split,
    SplitOrder,
    SplitStatus,
    Wish,
    return_id_of,
    split_id_of,
)
from weiji.wire.sharing.operations import (
    end_returns,
    give_shares_back,
    put_receivers,
    receive_shares,
    return_splits,
    split_orders,
)
from weiji.wire.sharing.store import get_returns, get_splits

__all__ = [
    "PARTS_MAX",
    "EndReturn",
    "GiveShareBack",
    "PutReceiver",
    "ReceiveShare",
    "Return",
    "ReturnSplit",
    "ReturnState",
    "ReturnStatus",
    "Split",
    "SplitOrder",
    "SplitStatus",
    "Wish",
    "end_returns",
    "get_returns",
    "get_splits",
    "give_shares_back",
    "put_receivers",
    "receive_shares",
    "return_id_of",
    "return_splits",
    "split_id_of",
    "split_orders",
]
