"""Proves that no path is missing of those without which merchants' software does not work."""

from typing import Final

from weiji.wire import running
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


def _blank(template: str) -> str:
    return "/".join("{}" if each.startswith("{") else each for each in template.split("/"))


def test_every_needed_path_is_there_and_none_is_there_twice() -> None:
    assert running.CALLS
    there = [(endpoint.method, _blank(endpoint.template)) for endpoint in ROUTES.endpoints]
    assert not NEEDED - set(there)
    assert len(there) == len(set(there))


def test_a_special_path_is_found_before_a_general_one() -> None:
    for endpoint in ROUTES.endpoints:
        if "{" not in endpoint.template:
            assert ROUTES.find(endpoint.method, endpoint.template)[0] is endpoint
