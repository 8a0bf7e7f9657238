"""Proves that no path is missing of those without which merchants' software does not work."""

import inspect
import re
from typing import Any, Final

import msgspec
import pytest
from wechatpayv3 import WeChatPay

from tests.wire.test_gate import ask
from tests.wire.world import World
from weiji.wire import calls
from weiji.wire.calls.absent import ABSENT
from weiji.wire.calls.applyments import Code
from weiji.wire.calls.trade import Number, OrderNumber, RefundNumber
from weiji.wire.calls.transfers import BillNumber
from weiji.wire.gate import ROUTES

_KINDS: Final = ("app", "h5", "jsapi", "native")

NEEDED: Final = {
    ("GET", "/v3/certificates"),
    ("POST", "/v3/security/echo"),
    *(("POST", f"/v3/{of}/{kind}") for of in ("pay/transactions", "pay/partner/transactions") for kind in _KINDS),
    *(("POST", f"/v3/combine-transactions/{kind}") for kind in _KINDS),
    ("GET", "/v3/combine-transactions/out-trade-no/{}"),
    ("POST", "/v3/combine-transactions/out-trade-no/{}/close"),
    *(
        ("GET", f"/v3/pay/{of}/{by}/{{}}")
        for of in ("transactions", "partner/transactions")
        for by in ("id", "out-trade-no")
    ),
    *(("POST", f"/v3/pay/{of}/out-trade-no/{{}}/close") for of in ("transactions", "partner/transactions")),
    ("POST", "/v3/refund/domestic/refunds"),
    ("GET", "/v3/refund/domestic/refunds/{}"),
    ("GET", "/v3/bill/fundflowbill"),
    ("GET", "/v3/bill/tradebill"),
    ("GET", "/v3/billdownload/file"),
    ("POST", "/v3/merchant/media/upload"),
    ("POST", "/v3/merchant/media/video_upload"),
    ("GET", "/v3/profitsharing/bills"),
    ("GET", "/v3/profitsharing/merchant-configs/{}"),
    ("POST", "/v3/profitsharing/orders"),
    ("POST", "/v3/profitsharing/orders/unfreeze"),
    ("GET", "/v3/profitsharing/orders/{}"),
    ("POST", "/v3/profitsharing/receivers/add"),
    ("POST", "/v3/profitsharing/receivers/delete"),
    ("POST", "/v3/profitsharing/return-orders"),
    ("GET", "/v3/profitsharing/return-orders/{}"),
    ("GET", "/v3/profitsharing/transactions/{}/amounts"),
}
"""The protocol's core, with its parameters left blank."""


EXPECTED: Final = """
GET apply4sub/sub_merchants/{}/application/{}
POST apply4sub/sub_merchants/{}/modify-settlement
GET apply4sub/sub_merchants/{}/settlement
POST applyment4sub/applyment/
GET applyment4sub/applyment/applyment_id/{}
GET applyment4sub/applyment/business_code/{}
GET bill/sub-merchant-fundflowbill
GET capital/capitallhh/areas/provinces
GET capital/capitallhh/areas/provinces/{}/cities
GET capital/capitallhh/banks/corporate-banking
GET capital/capitallhh/banks/personal-banking
GET capital/capitallhh/banks/search-banks-by-bank-account
GET capital/capitallhh/banks/{}/branches
POST ecommerce/account/cancel-applications
POST ecommerce/account/cancel-applications/media
GET ecommerce/account/cancel-applications/out-apply-no/{}
POST ecommerce/applyments/
GET ecommerce/applyments/out-request-no/{}
GET ecommerce/applyments/{}
GET ecommerce/bill/fundflowbill
GET ecommerce/fund/balance/{}
GET ecommerce/fund/enddaybalance/{}
POST ecommerce/fund/withdraw
GET ecommerce/fund/withdraw/out-request-no/{}
GET,POST ecommerce/profitsharing/after-sales-orders
POST ecommerce/profitsharing/finish-order
GET,POST ecommerce/profitsharing/orders
GET ecommerce/profitsharing/orders/{}/amounts
POST ecommerce/profitsharing/receivers/add
POST ecommerce/profitsharing/receivers/delete
GET,POST ecommerce/profitsharing/returnorders
POST ecommerce/refunds/apply
GET ecommerce/refunds/id/{}
GET ecommerce/refunds/out-refund-no/{}
GET,POST ecommerce/refunds/{}/return-advance
POST ecommerce/subsidies/cancel
POST ecommerce/subsidies/create
POST ecommerce/subsidies/return
POST fund-app/brand-redpacket/brand-merchant-batches
GET fund-app/brand-redpacket/brand-merchant-batches/{}
GET fund-app/brand-redpacket/brand-merchant-batches/{}/details/{}
GET fund-app/brand-redpacket/brand-merchant-out-batches/{}
GET fund-app/brand-redpacket/brand-merchant-out-batches/{}/out-details/{}
POST fund-app/mch-transfer/elecsign/out-bill-no
GET fund-app/mch-transfer/elecsign/out-bill-no/{}
POST fund-app/mch-transfer/elecsign/transfer-bill-no
GET fund-app/mch-transfer/elecsign/transfer-bill-no/{}
POST fund-app/mch-transfer/transfer-bills
GET fund-app/mch-transfer/transfer-bills/out-bill-no/{}
POST fund-app/mch-transfer/transfer-bills/out-bill-no/{}/cancel
GET fund-app/mch-transfer/transfer-bills/transfer-bill-no/{}
GET,POST marketing/busifavor/callbacks
POST marketing/busifavor/coupons/associate
POST marketing/busifavor/coupons/deactivate
POST marketing/busifavor/coupons/disassociate
POST marketing/busifavor/coupons/return
POST marketing/busifavor/coupons/send
POST marketing/busifavor/coupons/use
POST marketing/busifavor/coupons/{}/send
POST marketing/busifavor/stocks
GET,PATCH marketing/busifavor/stocks/{}
PATCH marketing/busifavor/stocks/{}/budget
GET,POST marketing/busifavor/stocks/{}/couponcodes
DELETE,GET marketing/busifavor/stocks/{}/couponcodes/{}
GET,POST marketing/busifavor/subsidy/pay-receipts
GET marketing/busifavor/subsidy/pay-receipts/{}
POST marketing/busifavor/subsidy/return-receipts
GET marketing/busifavor/subsidy/return-receipts/{}
GET marketing/busifavor/users/{}/coupons
GET marketing/busifavor/users/{}/coupons/{}/appids/{}
GET,POST marketing/favor/callbacks
POST marketing/favor/coupon-stocks
POST marketing/favor/media/image-upload
GET marketing/favor/stocks
GET marketing/favor/stocks/{}
GET marketing/favor/stocks/{}/items
GET marketing/favor/stocks/{}/merchants
POST marketing/favor/stocks/{}/pause
GET marketing/favor/stocks/{}/refund-flow
POST marketing/favor/stocks/{}/restart
POST marketing/favor/stocks/{}/start
POST marketing/favor/stocks/{}/stop
GET marketing/favor/stocks/{}/use-flow
GET,POST marketing/favor/users/{}/coupons
GET marketing/favor/users/{}/coupons/{}
GET marketing/partnerships
POST marketing/partnerships/build
DELETE,GET,POST,PUT merchant-service/complaint-notifications
GET merchant-service/complaints-v2
GET merchant-service/complaints-v2/{}
POST merchant-service/complaints-v2/{}/complete
GET merchant-service/complaints-v2/{}/negotiation-historys
POST merchant-service/complaints-v2/{}/response
POST merchant-service/complaints-v2/{}/update-refund-progress
POST merchant-service/images/upload
GET merchant/fund/balance/{}
GET merchant/fund/dayendbalance/{}
POST merchant/fund/withdraw
GET merchant/fund/withdraw/bill-type/{}
GET merchant/fund/withdraw/out-request-no/{}
POST pay/partner/transactions/codepay
POST pay/partner/transactions/out-trade-no/{}/reverse
POST pay/transactions/codepay
POST pay/transactions/out-trade-no/{}/reverse
POST refund/domestic/refunds/{}/apply-abnormal-refund
GET,POST transfer-detail/electronic-receipts
POST transfer/batches
GET transfer/batches/batch-id/{}
GET transfer/batches/batch-id/{}/details/detail-id/{}
GET transfer/batches/out-batch-no/{}
GET transfer/batches/out-batch-no/{}/details/out-detail-no/{}
POST transfer/bill-receipt
GET transfer/bill-receipt/{}
"""
"""What programs beyond that core call, by `/v3/`."""


def expected() -> set[tuple[str, str]]:
    """Give them one by one."""
    lines = (line.split() for line in EXPECTED.splitlines() if line)
    return {(method, f"/v3/{path}") for methods, path in lines for method in methods.split(",")}


def blank(template: str) -> str:
    """Leave the parameters of a path blank."""
    return "/".join("{}" if each.startswith("{") else each for each in template.split("/"))


def test_every_needed_path_is_there_and_none_is_there_twice() -> None:
    assert calls.ALL
    there = [(endpoint.method, blank(endpoint.template)) for endpoint in ROUTES.endpoints]
    assert not NEEDED - set(there)
    assert len(there) == len(set(there))


def test_what_programs_expect_is_there_or_says_why_not() -> None:
    there = {(endpoint.method, blank(endpoint.template)) for endpoint in ROUTES.endpoints}
    assert not expected() - there


async def test_what_means_nothing_here_says_why(world: World) -> None:
    (reason, ((method, path), *_)), *_ = ABSENT.items()
    answer = await ask(world, method, path)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (403, "NO_AUTH", reason())


def test_a_special_path_is_found_before_a_general_one() -> None:
    for endpoint in ROUTES.endpoints:
        if "{" not in endpoint.template:
            assert ROUTES.find(endpoint.method, endpoint.template)[0] is endpoint


NOT_THERE: Final = {
    "apply4subject": "subjects are verified with the shop",
    "brand_": "sharing between brands: merchants share with merchants",
    "fapiao": "invoices are asked for and handed out on pages",
    "goldplan": "advertising behind payments",
    "guides": "shop assistants",
    "marketing_paygift": "coupons for whoever pays",
    "merchantrisk": "notices of violations",
    "parking": "payment without asking",
    "payscore": "credit of people",
    "points": "points of business circles",
    "user_authorization": "members of business circles",
}
"""What methods of the published client begin with that lead nowhere here, and why."""


def _is_there(path: str) -> bool:
    given = path.split("/")
    return any(
        len(given) == len(wanted := endpoint.template.split("/"))
        and all(found == each or each.startswith("{") for found, each in zip(given, wanted, strict=True))
        for endpoint in ROUTES.endpoints
    )


def test_every_method_of_the_published_client_leads_somewhere_or_is_named() -> None:
    methods: list[tuple[str, Any]] = inspect.getmembers(WeChatPay, inspect.isfunction)
    lost, led, missing = [], 0, set()
    for name, method in methods:
        found = re.findall(r"""['"](/v3/[^'"?]+)""", inspect.getsource(method))
        paths = [re.sub(r"%s|\{[^}]*\}", "x", path) for path in found]
        reason = next((prefix for prefix in NOT_THERE if name.startswith(prefix)), None)
        if reason is None:
            lost += [(name, path) for path in paths if not _is_there(path)]
            led += bool(paths)
        elif not all(map(_is_there, paths)):
            missing.add(reason)
    assert not lost
    assert led > 40
    # What is named comes off the list once it is there.
    assert missing == NOT_THERE.keys()


@pytest.mark.parametrize(
    "kind",
    [Number, OrderNumber, RefundNumber, BillNumber, Code],
    ids=["order", "new order", "refund", "transfer", "applyment"],
)
def test_no_number_ends_with_a_line_break(kind: Any) -> None:
    assert msgspec.convert("123456", kind) == "123456"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("123456\n", kind)
