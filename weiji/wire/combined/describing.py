"""How the protocol tells of combined orders: the fields that clients read."""

from collections.abc import Mapping, Sequence
from typing import Any

from weiji.wire.combined.model import CombinedOrder
from weiji.wire.openids import openid_of
from weiji.wire.trade import MerchantOrder
from weiji.wire.trade.describing import describe_line


def describe_combined(combined: CombinedOrder, orders: Sequence[MerchantOrder]) -> dict[str, Any]:
    """Tell of a combined order and each of its orders, as a query and the notice do."""
    terms: Mapping[str, Any] = combined.terms
    told: dict[str, Any] = {
        "combine_appid": terms["combine_appid"],
        "combine_mchid": combined.mchid,
        "combine_out_trade_no": combined.number,
        "sub_orders": [describe_line(order) for order in orders],
    }
    payer_id = next((order.payer_id for order in orders if order.payer_id), None)
    if terms.get("combine_payer_info"):
        told["combine_payer_info"] = terms["combine_payer_info"]
    elif payer_id is not None:
        told["combine_payer_info"] = {"openid": openid_of(terms["combine_appid"], payer_id)}
    return told
