"""A fake of WeChat Pay for platforms (平台收付通): what is paid is frozen at a sub-merchant, till it is let go.

It is the fake of WeChat Pay beside it, that answers at the platforms' paths: who is signed for and how is the same.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.channels.applyments import WechatDesk, read_parts
from tests.channels.server import Asked
from tests.channels.wechat_gateway import (
    APP_ID,
    MCH_ID,
    MERCHANT,
    PLATFORM,
    PLATFORM_SERIAL,
    PUBLIC_KEY_ID,
    FakeWechat,
    Order,
)

SUB_MCH_ID = "1900000109"

SHARE_MAX = 3_000
"""Basis points of an order that may go to others than the sub-merchant."""


@dataclass
class Frozen:
    """The money of an order at a sub-merchant. `kept` is what the gateway took for itself."""

    sub_mchid: str
    kept: int = 0
    unsplit: int = 0
    is_finished: bool = False
    splits: dict[str, dict[str, Any]] = field(default_factory=dict)


class FakeEcommerce(FakeWechat):
    """The gateway. `share_result` is what becomes of shares; `available` is what sub-merchants have free."""

    def __init__(self, *, is_by_certificate: bool = False) -> None:
        super().__init__(is_by_certificate=is_by_certificate)
        self.desk = WechatDesk(PLATFORM, MERCHANT)
        self.frozen: dict[str, Frozen] = {}
        self.available: dict[str, int] = {SUB_MCH_ID: 0}
        self.platform = 0
        self.receivers: set[str] = set()
        self.share_result = "SUCCESS"
        self.finish_status = "FINISHED"

    def pay(self, number: str) -> Order:
        """Pay an order, as its payer does: less the fee, it is frozen."""
        order, frozen = super().pay(number), self.frozen[number]
        frozen.kept = round(order.total * 6 / 1_000)
        frozen.unsplit = order.total - frozen.kept
        return order

    def refund_notice(self, number: str, id: str) -> tuple[dict[str, str], bytes]:
        """Write the notice of a refund that ended."""
        order = next(one for one in self.orders.values() if number in one.refunds)
        refund = order.refunds[number]
        values = {"sp_mchid": MCH_ID, "sub_mchid": self.frozen[order.number].sub_mchid, **refund}
        values["refund_status"] = values.pop("status")
        return self.notice(f"REFUND.{refund['status']}", "refund", values, id)

    def _refusal(self, asked: Asked) -> tuple[int, Any] | None:
        # Of an upload only what describes it is signed.
        is_upload = asked.target == "/v3/merchant/media/upload"
        return super()._refusal(asked._replace(body=read_parts(asked)["meta"]) if is_upload else asked)

    def _do(self, asked: Asked, path: str) -> tuple[int, Any]:
        if path == "/v3/merchant/media/upload":
            return self.desk.upload(asked)
        if path == "/v3/ecommerce/applyments/":
            wanted = f"{PLATFORM_SERIAL:X}" if self.is_by_certificate else PUBLIC_KEY_ID
            return self.desk.apply(json.loads(asked.body), asked.headers.get("wechatpay-serial", ""), wanted)
        if found := re.fullmatch(r"/v3/ecommerce/applyments/out-request-no/([\w-]+)", path):
            return self.desk.show(found[1])
        content = json.loads(asked.body) if asked.body else {}
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()}
        if made := re.fullmatch(r"/v3/pay/partner/transactions/(native|h5|jsapi|app)", path):
            return self._partner_order(made[1], content)
        if found := re.fullmatch(r"/v3/pay/partner/transactions/out-trade-no/([\w-]+)(/close)?", path):
            return self._partner(found[1], content if found[2] else query, is_closing=bool(found[2]))
        if path == "/v3/ecommerce/refunds/apply":
            return self._apply_refund(content)
        if found := re.fullmatch(r"/v3/ecommerce/refunds/out-refund-no/(\w+)", path):
            refund = next((one.refunds[found[1]] for one in self.orders.values() if found[1] in one.refunds), None)
            return (200, refund) if refund else (404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"})
        if path.startswith(("/v3/ecommerce/profitsharing/", "/v3/ecommerce/subsidies/")):
            return self._split(asked.method, path.removeprefix("/v3/ecommerce/"), content, query)
        return super()._do(asked, path)

    def _partner_order(self, kind: str, content: dict[str, Any]) -> tuple[int, Any]:
        if content.get("sp_appid") != APP_ID or content.get("sp_mchid") != MCH_ID:
            return 400, {"code": "APPID_MCHID_NOT_MATCH", "message": "appid"}
        if content.get("sub_mchid") not in self.available:
            return 403, {"code": "NO_AUTH", "message": "特约子商户商户号未授权服务商的产品权限"}
        if not content.get("settle_info", {}).get("profit_sharing"):
            return 400, {"code": "PARAM_ERROR", "message": "the money would not be frozen"}
        answer = self._order(kind, {**content, "appid": APP_ID, "mchid": MCH_ID})
        if answer[0] == 200:
            self.frozen.setdefault(content["out_trade_no"], Frozen(content["sub_mchid"]))
        return answer

    def _partner(self, number: str, named: dict[str, Any], *, is_closing: bool) -> tuple[int, Any]:
        if named.get("sp_mchid") != MCH_ID or named.get("sub_mchid") not in self.available:
            return 400, {"code": "PARAM_ERROR", "message": "sub_mchid"}
        order = self.orders.get(number)
        if order is None or self.frozen[number].sub_mchid != named["sub_mchid"]:
            return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
        return self._close(order) if is_closing else (200, self._describe(order))

    def _describe(self, order: Order) -> dict[str, Any]:
        found = super()._describe(order)
        del found["appid"], found["mchid"]
        named = {"sp_appid": APP_ID, "sp_mchid": MCH_ID, "sub_mchid": self.frozen[order.number].sub_mchid}
        return {**named, **found, "payer": {"sp_openid": "o"}} if order.paid_at else {**named, **found}

    def _apply_refund(self, content: dict[str, Any]) -> tuple[int, Any]:
        frozen = self.frozen.get(content["out_trade_no"])
        if content.get("sp_appid") != APP_ID or frozen is None or content.get("sub_mchid") != frozen.sub_mchid:
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "订单不存在"}
        is_new = content["out_refund_no"] not in self.orders[content["out_trade_no"]].refunds
        amount = content["amount"]["refund"]
        # What is frozen, and then what the sub-merchant has; the fee of what goes back is given back.
        fee = min(frozen.kept, round(amount * 6 / 1_000))
        at_hand = self.available[frozen.sub_mchid] if frozen.is_finished else frozen.unsplit
        if is_new and amount > at_hand + fee:
            return 403, {"code": "NOT_ENOUGH", "message": "二级商户余额不足"}
        status, refund = self._refund(content)
        if status != 200:
            return status, refund
        if is_new and refund["status"] != "CLOSED":
            frozen.kept -= fee
            if frozen.is_finished:
                self.available[frozen.sub_mchid] -= amount - fee
            else:
                frozen.unsplit -= amount - fee
        named = ("refund_id", "out_refund_no", "amount")
        return 200, {name: refund[name] for name in named}

    def _split(self, method: str, path: str, content: dict[str, Any], query: dict[str, str]) -> tuple[int, Any]:
        if path == "profitsharing/receivers/add":
            self.receivers.add(content["account"])
            return 200, {"type": content["type"], "account": content["account"]}
        if amounts := re.fullmatch(r"profitsharing/orders/(\d+)/amounts", path):
            return 200, {"transaction_id": amounts[1], "unsplit_amount": self._of(amounts[1]).unsplit}
        named = query if method == "GET" else content
        if named["transaction_id"] == "weiji-check":
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "记录不存在"}
        frozen = self._of(named["transaction_id"])
        if named["sub_mchid"] != frozen.sub_mchid:
            return 400, {"code": "PARAM_ERROR", "message": "sub_mchid"}
        number = named.get("out_order_no", "")
        if method == "GET":
            found = frozen.splits.get(number)
            return (200, found) if found else (404, {"code": "RESOURCE_NOT_EXISTS", "message": "记录不存在"})
        if number in frozen.splits:
            return 200, frozen.splits[number]
        if frozen.is_finished:
            return 403, {"code": "RULE_LIMIT", "message": "订单已完结"}
        answer = {name: named[name] for name in ("sub_mchid", "transaction_id")}
        if path == "subsidies/create":
            if content["out_subsidy_no"] in frozen.splits:
                return 200, frozen.splits[content["out_subsidy_no"]]
            frozen.unsplit += content["amount"]
            self.platform -= content["amount"]
            given = {**answer, "subsidy_id": "3008", "amount": content["amount"], "result": "SUCCESS"}
            frozen.splits[content["out_subsidy_no"]] = given
            return 200, given
        answer |= {"out_order_no": number, "order_id": f"3008450{next(self._numbers):021d}"}
        if path == "profitsharing/finish-order":
            frozen.splits[number] = {**answer, "status": self.finish_status, "finish_amount": frozen.unsplit}
            self.available[frozen.sub_mchid] += frozen.unsplit
            frozen.unsplit, frozen.is_finished = 0, True
            return 200, answer
        assert path == "profitsharing/orders"
        return self._share(frozen, number, answer, content)

    def _share(self, frozen: Frozen, number: str, answer: dict[str, Any], content: dict[str, Any]) -> tuple[int, Any]:
        (receiver,) = content["receivers"]
        if receiver["receiver_account"] not in self.receivers:
            return 400, {"code": "RECEIVER_INVALID", "message": "分账接收方不存在"}
        total = next(one.total for one in self.orders.values() if one.transaction_id == content["transaction_id"])
        if receiver["amount"] * 10_000 > total * SHARE_MAX:
            return 403, {"code": "RULE_LIMIT", "message": "分账金额超过最大分账比例"}
        assert 0 < receiver["amount"] <= frozen.unsplit
        assert not content["finish"]
        if self.share_result == "SUCCESS":
            frozen.unsplit -= receiver["amount"]
            self.platform += receiver["amount"]
        result = {**receiver, "result": self.share_result, "detail_id": f"36{next(self._numbers):026d}"}
        if self.share_result == "CLOSED":
            result["fail_reason"] = "ACCOUNT_ABNORMAL"
        frozen.splits[number] = {**answer, "status": "FINISHED", "receivers": [result]}
        return 200, answer

    def _of(self, transaction: str) -> Frozen:
        return next(self.frozen[one.number] for one in self.orders.values() if one.transaction_id == transaction)
