"""The protocol's calls that mean nothing here: each says why, so that nobody looks for a mistake of their own."""

from typing import Final

from weiji.wire.errors import not_allowed
from weiji.wire.gate import ROUTES, Answer, Call, Handle

_CLOSING: Final = "/v3/ecommerce/account/cancel-applications"
_BUSIFAVOR: Final = "/v3/marketing/busifavor"
_BRANDS: Final = "/v3/fund-app/brand-redpacket"

ABSENT: Final = {
    "A shop is closed by its owner, on its own page, and its money is paid out to its own bank account.": (
        ("POST", _CLOSING),
        ("POST", f"{_CLOSING}/media"),
        ("GET", f"{_CLOSING}/out-apply-no/{{number}}"),
    ),
    "Nothing is advanced for a refund: what a shop lacks it owes, and what it earns next pays that.": (
        ("POST", "/v3/ecommerce/refunds/{refund_id}/return-advance"),
        ("GET", "/v3/ecommerce/refunds/{refund_id}/return-advance"),
    ),
    "No fee is taken of a refund: what somebody is to have of an order is shared before it is unfrozen.": (
        ("POST", "/v3/ecommerce/profitsharing/after-sales-orders"),
        ("GET", "/v3/ecommerce/profitsharing/after-sales-orders"),
    ),
    "There are no brands here that give out red packets: give money with transfer bills, which people confirm.": (
        ("POST", f"{_BRANDS}/brand-merchant-batches"),
        ("GET", f"{_BRANDS}/brand-merchant-batches/{{batch_no}}"),
        ("GET", f"{_BRANDS}/brand-merchant-batches/{{batch_no}}/details/{{detail_no}}"),
        ("GET", f"{_BRANDS}/brand-merchant-out-batches/{{number}}"),
        ("GET", f"{_BRANDS}/brand-merchant-out-batches/{{number}}/out-details/{{detail_number}}"),
    ),
    "A receipt is written of each transfer of a batch: ask for it at transfer-detail/electronic-receipts.": (
        ("POST", "/v3/transfer/bill-receipt"),
        ("GET", "/v3/transfer/bill-receipt/{number}"),
    ),
    "Coupons are used in the shop that bears them: there is nobody to share a stock with.": (
        ("GET", "/v3/marketing/partnerships"),
        ("POST", "/v3/marketing/partnerships/build"),
    ),
    "A coupon that the till used is in no order here: which sale it was is in the till's own books.": (
        ("POST", f"{_BUSIFAVOR}/coupons/associate"),
        ("POST", f"{_BUSIFAVOR}/coupons/disassociate"),
    ),
    "There are no cards that an authority gives out: send coupons of a stock.": (
        ("POST", f"{_BUSIFAVOR}/coupons/{{card_id}}/send"),
    ),
    "What a stock promises stays as it was: stop it on the shop's pages, and make another.": (
        ("PATCH", f"{_BUSIFAVOR}/stocks/{{stock_id}}"),
        ("PATCH", f"{_BUSIFAVOR}/stocks/{{stock_id}}/budget"),
    ),
    "Codes of coupons are made here, and told when one is sent: none are uploaded.": (
        ("GET", f"{_BUSIFAVOR}/stocks/{{stock_id}}/couponcodes"),
        ("POST", f"{_BUSIFAVOR}/stocks/{{stock_id}}/couponcodes"),
        ("DELETE", f"{_BUSIFAVOR}/stocks/{{stock_id}}/couponcodes/{{coupon_code}}"),
        ("GET", f"{_BUSIFAVOR}/stocks/{{stock_id}}/couponcodes/{{coupon_code}}"),
    ),
    "A shop bears what its coupons take off: to add to somebody's order there are ecommerce/subsidies.": (
        ("GET", f"{_BUSIFAVOR}/subsidy/pay-receipts"),
        ("POST", f"{_BUSIFAVOR}/subsidy/pay-receipts"),
        ("GET", f"{_BUSIFAVOR}/subsidy/pay-receipts/{{subsidy_receipt_id}}"),
        ("POST", f"{_BUSIFAVOR}/subsidy/return-receipts"),
        ("GET", f"{_BUSIFAVOR}/subsidy/return-receipts/{{subsidy_return_receipt_id}}"),
    ),
}
"""Why there is no such thing, and the paths that ask for it."""


def _refusing(reason: str) -> Handle:
    async def refuse(_: Call) -> Answer:
        raise not_allowed(reason)

    return refuse


for _reason, _paths in ABSENT.items():
    for _method, _path in _paths:
        ROUTES.add(_method, _path)(_refusing(_reason))
