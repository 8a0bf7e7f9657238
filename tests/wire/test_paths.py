"""Proves that no path is missing of those without which merchants' software does not work."""

import inspect
import re
from typing import Any, Final

from wechatpayv3 import WeChatPay

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


NOT_THERE: Final = {
    "abnormal_refund": "what a channel refuses goes to the payer's wallet, or waits for the operator",
    "apply4subject": "subjects are verified with the shop",
    "brand_": "sharing between brands: merchants share with merchants",
    "fapiao": "invoices are asked for and handed out on pages",
    "goldplan": "advertising behind payments",
    "guides": "shop assistants",
    "marketing": "coupons are claimed on pages",
    "merchantrisk": "notices of violations",
    "parking": "payment without asking",
    "payscore": "credit of people",
    "points": "points of business circles",
    "transfer": "batches of transfers to people who are not asked",
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
