"""A fake of Alipay for platforms (直付通): what is paid is kept for a sub-merchant until its settlement is confirmed.

It is the fake of Alipay's gateway beside it, with two methods more: who is signed for and how is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.channels.alipay_gateway import SELLER_ID, FakeAlipay, Trade, _failed
from tests.channels.applyments import AlipayDesk, read_parts
from tests.channels.server import Asked

SUB_MERCHANT_ID = "2088000000000109"

DONE = {"code": "10000", "msg": "Success"}


@dataclass
class Kept:
    """The money of a trade at a sub-merchant. `frozen` is in its account, and not to be spent yet."""

    merchant_id: str
    settled: Decimal | None = None
    frozen: Decimal = Decimal(0)
    requests: dict[str, Any] = field(default_factory=dict)


class FakeDirect(FakeAlipay):
    """The gateway. `available` is what sub-merchants have free, `platform` what the platform was given."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Kept] = {}
        self.available = {SUB_MERCHANT_ID: Decimal(0)}
        self.platform = Decimal(0)
        self.share_max = Decimal("0.30")
        self.desk = AlipayDesk()
        self._picture = b""

    def _read_form(self, asked: Asked) -> dict[str, str]:
        if not asked.headers.get("content-type", "").startswith("multipart/"):
            return super()._read_form(asked)
        parts = read_parts(asked)
        self._picture = parts.pop("image_content")
        return {name: value.decode() for name, value in parts.items()}

    def write_bill(self, day: str, *others: str) -> None:
        """Write the bill of sub-merchants' trades of a day."""
        super().write_bill(day, *others)
        self.bills[f"trade_zft_merchant {day}"] = self.bills.pop(day)

    def _do(self, method: str, content: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
        match method:
            case "ant.merchant.expand.indirect.image.upload":
                return self.desk.upload(values, self._picture)
            case "ant.merchant.expand.indirect.zft.create":
                return self.desk.create(content)
            case "ant.merchant.expand.indirect.zftorder.query":
                return self.desk.show(content)
        if method in ("alipay.trade.settle.confirm", "alipay.trade.order.settle"):
            trade = next((one for one in self.trades.values() if one.trade_no == content.get("trade_no")), None)
            if trade is None:
                return _failed("ACQ.TRADE_NOT_EXIST")
            kept, number = self.kept[trade.number], content["out_request_no"]
            if number in kept.requests:
                # The same request again is answered alike; another one under its number is refused.
                return DONE if kept.requests[number] == content else _failed("ACQ.DISCORDANT_REPEAT_REQUEST")
            answer = self._confirm(trade, kept, content) if "confirm" in method else self._share(trade, kept, content)
            if answer["code"] == "10000":
                kept.requests[number] = content
            return answer
        return super()._do(method, content, values)

    def _open(self, content: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
        merchant_id = content.get("sub_merchant", {}).get("merchant_id")
        if merchant_id not in self.available:
            return _failed("ACQ.SUB_MERCHANT_NOT_EXIST")
        info = content.get("settle_info", {})
        (detail,) = info["settle_detail_infos"]
        if detail != {"trans_in_type": "defaultSettle", "amount": content["total_amount"]}:
            return _failed("ACQ.SETTLE_AMOUNT_NOT_EQUAL")
        assert info["settle_period_time"].endswith("d"), "it would be the shop's at once"
        answer = super()._open(content, values)
        if answer["code"] == "10000":
            self.kept.setdefault(content["out_trade_no"], Kept(merchant_id))
        return answer

    def _confirm(self, trade: Trade, kept: Kept, content: dict[str, Any]) -> dict[str, Any]:
        (detail,) = content["settle_info"]["settle_detail_infos"]
        amount = Decimal(detail["amount"])
        if kept.settled is not None or amount != trade.amount - sum(trade.refunds.values()):
            return _failed("ACQ.SETTLE_AMOUNT_NOT_EQUAL")
        kept.settled = amount
        if content.get("extend_params", {}).get("royalty_freeze") == "true":
            kept.frozen = amount
        else:
            self.available[kept.merchant_id] += amount
        return {**DONE, "settle_amount": str(amount)}

    def _share(self, trade: Trade, kept: Kept, content: dict[str, Any]) -> dict[str, Any]:
        (part,) = content["royalty_parameters"]
        amount = Decimal(part["amount"])
        if kept.settled is None:
            return _failed("ACQ.TRADE_NOT_SETTLE")
        if part["royalty_type"] == "replenish":
            assert part["trans_out"] == SELLER_ID
            self.platform -= amount
            self.available[kept.merchant_id] += amount
            return DONE
        if amount > trade.amount * self.share_max:
            return {**_failed("ACQ.ROYALTY_AMOUNT_EXCEED"), "sub_msg": "分账金额超过最大可分账金额"}
        assert part["trans_in"] == SELLER_ID
        assert amount <= kept.frozen
        self.platform += amount
        if content.get("extend_params", {}).get("royalty_finish") == "true":
            self.available[kept.merchant_id] += kept.frozen - amount
            kept.frozen = Decimal(0)
        else:
            kept.frozen -= amount
        return DONE

    def _refund(self, trade: Trade, content: dict[str, Any]) -> dict[str, Any]:
        kept = self.kept[trade.number]
        is_new = content.get("out_request_no", trade.number) not in trade.refunds
        amount = Decimal(str(content["refund_amount"]))
        if is_new and kept.settled is not None and amount > self.available[kept.merchant_id]:
            return _failed("ACQ.SELLER_BALANCE_NOT_ENOUGH")
        answer = super()._refund(trade, content)
        if answer["code"] == "10000" and is_new and kept.settled is not None:
            self.available[kept.merchant_id] -= amount
        return answer
