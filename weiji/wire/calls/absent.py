"""The protocol's calls that mean nothing here: each says why, so that nobody looks for a mistake of their own."""

from collections.abc import Callable
from typing import Final

from weiji.web import gettext as _
from weiji.wire.errors import not_allowed
from weiji.wire.gate import ROUTES, Answer, Call, Handle

_CLOSING: Final = "/v3/ecommerce/account/cancel-applications"
_BUSIFAVOR: Final = "/v3/marketing/busifavor"
_FAVOR: Final = "/v3/marketing/favor"
_TRANSFERS: Final = "/v3/fund-app/mch-transfer"
_AGREEING: Final = f"{_TRANSFERS}/user-confirm-authorization"
_COMPLAINTS: Final = "/v3/merchant-service/complaints-v2"
_BRANDS: Final = "/v3/fund-app/brand-redpacket"

ABSENT: Final[dict[Callable[[], str], tuple[tuple[str, str], ...]]] = {
    (lambda: _("关店由店主自己在店铺页面上办，钱付到店自己的银行账户。")): (
        ("POST", _CLOSING),
        ("POST", f"{_CLOSING}/media"),
        ("GET", f"{_CLOSING}/out-apply-no/{{number}}"),
    ),
    (lambda: _("退款没有垫付：店里不够的算作欠款，从以后的收入里还。")): (
        ("POST", "/v3/ecommerce/refunds/{refund_id}/return-advance"),
        ("GET", "/v3/ecommerce/refunds/{refund_id}/return-advance"),
    ),
    (lambda: _("退款不收服务费：谁要从订单里分钱，在解冻之前分。")): (
        ("POST", "/v3/ecommerce/profitsharing/after-sales-orders"),
        ("GET", "/v3/ecommerce/profitsharing/after-sales-orders"),
    ),
    (lambda: _("这里没有品牌红包：请用商家转账，由收款人确认。")): (
        ("POST", f"{_BRANDS}/brand-merchant-batches"),
        ("GET", f"{_BRANDS}/brand-merchant-batches/{{batch_no}}"),
        ("GET", f"{_BRANDS}/brand-merchant-batches/{{batch_no}}/details/{{detail_no}}"),
        ("GET", f"{_BRANDS}/brand-merchant-out-batches/{{number}}"),
        ("GET", f"{_BRANDS}/brand-merchant-out-batches/{{number}}/out-details/{{detail_number}}"),
    ),
    (lambda: _("批次里每一笔各有电子回单：请到 transfer-detail/electronic-receipts 取。")): (
        ("POST", "/v3/transfer/bill-receipt"),
        ("GET", "/v3/transfer/bill-receipt/{number}"),
    ),
    (lambda: _("收款人每一笔都自己确认，不能事先授权：请用 transfer-bills。")): (
        ("POST", _AGREEING),
        ("GET", f"{_AGREEING}/out-authorization-no/{{number}}"),
        ("POST", f"{_AGREEING}/out-authorization-no/{{number}}/close"),
        ("POST", f"{_TRANSFERS}/transfer-bills/pre-transfer-with-authorization"),
        ("POST", f"{_TRANSFERS}/transfer-bills/transfer"),
    ),
    (lambda: _("没有要即时回复的投诉：请用 response。")): (
        ("POST", f"{_COMPLAINTS}/{{complaint_id}}/response-immediate-service"),
    ),
    (lambda: _("不用合作关系：预存了券款的券，在写明的商户都能用。")): (
        ("GET", "/v3/marketing/partnerships"),
        ("POST", "/v3/marketing/partnerships/build"),
    ),
    (lambda: _("收银台核销的券不在这里的订单里：是哪一笔，收银台自己有记录。")): (
        ("POST", f"{_BUSIFAVOR}/coupons/associate"),
        ("POST", f"{_BUSIFAVOR}/coupons/disassociate"),
    ),
    (lambda: _("这里没有消费卡：请发批次里的券。")): (("POST", f"{_BUSIFAVOR}/coupons/{{card_id}}/send"),),
    (lambda: _("批次说好的条件不能改：请在店铺页面停掉它，另建一批。")): (
        ("PATCH", f"{_BUSIFAVOR}/stocks/{{stock_id}}"),
        ("PATCH", f"{_BUSIFAVOR}/stocks/{{stock_id}}/budget"),
        ("POST", f"{_FAVOR}/stocks/{{stock_id}}/modify-goods-id"),
    ),
    (lambda: _("券减的钱由店承担：要给别人的订单补差，请用 ecommerce/subsidies。")): (
        ("GET", f"{_BUSIFAVOR}/subsidy/pay-receipts"),
        ("POST", f"{_BUSIFAVOR}/subsidy/pay-receipts"),
        ("GET", f"{_BUSIFAVOR}/subsidy/pay-receipts/{{subsidy_receipt_id}}"),
        ("POST", f"{_BUSIFAVOR}/subsidy/return-receipts"),
        ("GET", f"{_BUSIFAVOR}/subsidy/return-receipts/{{subsidy_return_receipt_id}}"),
    ),
}
"""Why there is no such thing, and the paths that ask for it."""


def _refusing(reason: Callable[[], str]) -> Handle:
    async def refuse(call: Call) -> Answer:  # noqa: ARG001
        raise not_allowed(reason())

    return refuse


for _reason, _paths in ABSENT.items():
    for _method, _path in _paths:
        ROUTES.add(_method, _path)(_refusing(_reason))
