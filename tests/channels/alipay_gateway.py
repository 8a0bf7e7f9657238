"""A fake of Alipay's gateway: it checks signatures as the real one does, and keeps trades as it does.

The published SDK is tried against it, so that it can be trusted to try our own client.
"""

import base64
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import md5
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.channels.keys import certificate_of, key_of
from tests.channels.server import Asked, Said
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI

APP = "alipay app"
ALIPAY = "alipay"
APP_ID = "2021000000000001"
SELLER_ID = "2088000000000001"

PAY_METHODS = {
    "alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY",
    "alipay.trade.wap.pay": "QUICK_WAP_",
    "alipay.trade.app.pay": "QUICK_MSECURITY_PAY",
}

BILL_HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,"
    "券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


@dataclass
class Trade:
    """A trade."""

    number: str
    amount: Decimal
    until: datetime
    status: str = "WAIT_BUYER_PAY"
    trade_no: str = ""
    paid_at: str = ""
    notify_url: str | None = None
    refunds: dict[str, Decimal] = field(default_factory=dict)


LEDGER_HEAD = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"
    "交易渠道,业务类型,备注"
)

LONGEST = timedelta(days=15)
"""How long a trade may be paid of which nobody says for how long."""

PAYEES = {"6222000000000001": "PAYEE_CARD_INFO_ERROR"}
"""Accounts to which nothing can be transferred, and why."""


@dataclass
class Transfer:
    """A transfer to a bank account."""

    number: str
    amount: Decimal
    payee: dict[str, Any]
    order_id: str
    fund_id: str
    status: str = "DEALING"
    made_at: str = ""


class FakeAlipay:
    """The gateway. `faults` says, by method, what goes wrong with the next calls, one after another."""

    def __init__(self, *, is_by_certificate: bool = False) -> None:
        self.is_by_certificate = is_by_certificate
        self.trades: dict[str, Trade] = {}
        self.transfers: dict[str, Transfer] = {}
        self.calls: list[str] = []
        self.faults: dict[str, list[str]] = {}
        self.forbidden: set[str] = set()
        """Kinds of bills that the app may not have."""
        self.bills: dict[str, bytes] = {}
        self.balance = Decimal("1000000")
        self.may_transfer = True
        """Whether the app has the product of transfers."""
        self.url = ""
        self._numbers = count(1)

    # What happens outside of calls

    def pay(self, number: str) -> Trade:
        """Pay a trade, as its payer does in the app."""
        trade = self.trades[number]
        assert trade.status == "WAIT_BUYER_PAY", trade.status
        assert clock.now() < trade.until, "its time is over"
        trade.status = "TRADE_SUCCESS"
        trade.trade_no = f"20261126220014{next(self._numbers):014d}"
        trade.paid_at = _now()
        return trade

    def notice_of(self, number: str, *, notify_id: str | None = None, **others: str) -> bytes:
        """Write the notice of a paid trade, signed, as a form."""
        trade = self.trades[number]
        values = {
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "charset": "utf-8",
            "version": "1.0",
            "notify_type": "trade_status_sync",
            "notify_id": notify_id or f"ac05099524730693a8b330c45cece72da9{next(self._numbers):04d}",
            "notify_time": _now(),
            "gmt_create": _now(),
            "gmt_payment": trade.paid_at,
            "out_trade_no": number,
            "trade_no": trade.trade_no,
            "trade_status": trade.status,
            "total_amount": str(trade.amount),
            "receipt_amount": str(trade.amount),
            "subject": "茶 & 杯=1",
            "fund_bill_list": '[{"amount":"1.00","fundChannel":"PCREDIT"}]',
            **others,
        }
        signature = _sign(_text(values))
        return urlencode({**values, "sign_type": "RSA2", "sign": signature}).encode()

    def message_of(self, number: str, **others: Any) -> bytes:
        """Write the message that a transfer changed, as the open platform sends it to the app's gateway."""
        transfer = self.transfers[number]
        content = {
            "out_biz_no": number,
            "product_code": "TRANS_BANKCARD_NO_PWD",
            "biz_scene": "DIRECT_TRANSFER",
            "order_id": transfer.order_id,
            "pay_fund_order_id": transfer.fund_id,
            "status": transfer.status,
            "action_type": "FINISH",
            "trans_amount": str(transfer.amount),
            "pay_date": transfer.made_at,
            **others,
        }
        values = {
            "app_id": APP_ID,
            "charset": "UTF-8",
            "version": "1.1",
            "sign_type": "RSA2",
            "notify_id": f"2026112600262{next(self._numbers):08d}",
            "utc_timestamp": "1795660800000",
            "msg_method": "alipay.fund.trans.order.changed",
            "biz_content": json.dumps(content, ensure_ascii=False),
        }
        # Messages sign their `sign_type`, too.
        return urlencode({**values, "sign": _sign(_text(values))}).encode()

    def write_ledger_bill(self, day: str, *others: str, has_sale: bool = True) -> None:
        """Write the bill of what moved on the account on a day: a sale, transfers, and other lines."""
        lines = ["#支付宝账务明细查询", "#账号：[20880000000000010156]", LEDGER_HEAD]
        for transfer in self.transfers.values():
            if transfer.status in ("SUCCESS", "REFUND"):
                lines.append(_ledger_line(transfer, "", f"-{transfer.amount}", "转账"))
            if transfer.status == "REFUND":
                lines.append(_ledger_line(transfer, str(transfer.amount), "", "转账退票"))
        if has_sale:
            lines.append("2026,2026112511,T200,茶,2026-11-25 10:00:00,,98.00,,100.00,支付宝,在线支付,")
        lines += others
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("账务明细.csv", "\r\n".join(lines).encode("gb18030"))
        self.bills[f"signcustomer {day}"] = made.getvalue()

    def write_bill(self, day: str, *others: str) -> None:
        """Write the bill of trades of a day: with what there is, and other lines."""
        lines = ["#支付宝业务明细查询", "#起始日期：[2026年11月25日 00:00:00]", BILL_HEAD]
        for trade in self.trades.values():
            if not trade.paid_at:
                continue
            cost = (trade.amount * Decimal("0.006")).quantize(Decimal("0.01"))
            lines.append(_bill_line(trade, "交易", trade.amount, "", -cost))
            lines += [
                _bill_line(trade, "退款", -amount, request, Decimal(0)) for request, amount in trade.refunds.items()
            ]
        lines += [*others, "#-----------------------------------------业务明细列表结束", "#导出时间：[…]"]
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("业务明细.csv", "\r\n".join(lines).encode("gb18030"))
            archive.writestr("业务明细(汇总).csv", "#汇总\r\n门店编号,门店名称,交易订单总笔数\r\n".encode("gb18030"))
        self.bills[day] = made.getvalue()

    # HTTP

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        parts = urlsplit(asked.target)
        if parts.path.startswith("/bills/"):
            name = parts.path.removeprefix("/bills/").replace("--", " ")
            return Said(200, {"content-type": "application/zip"}, self.bills[name])
        assert parts.path == "/gateway.do", asked.target
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        values = {**query, **self._read_form(asked)}
        method = values.get("method", "")
        self.calls.append(method)
        fault = self.faults.get(method, [])
        wrong = fault.pop(0) if fault else ""
        if wrong == "cut":
            return Said(None, {}, b"")
        inner = self._refusal(values) or self._do(method, json.loads(values.get("biz_content", "{}")), values)
        if wrong == "cut after":
            return Said(None, {}, b"")
        if wrong == "502 after":
            return Said(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")
        if method in PAY_METHODS and inner["code"] == "10000":
            return Said(200, {"content-type": "text/html"}, b"<html>the cashier</html>")
        return Said(200, {"content-type": "text/html;charset=utf-8"}, self._wrap(method, inner, wrong))

    def _read_form(self, asked: Asked) -> dict[str, str]:
        return dict(parse_qsl(asked.body.decode("ascii"), keep_blank_values=True))

    def _wrap(self, method: str, inner: Mapping[str, Any], wrong: str) -> bytes:
        # Slashes escaped, and an order of its own: whoever writes it anew before verifying is found out.
        text = json.dumps(inner, ensure_ascii=False).replace("/", "\\/")
        name = method.replace(".", "_") + "_response"
        if inner["code"] == "40002" and inner.get("sub_code") == "isv.invalid-signature":
            return f'{{"{name}":{text}}}'.encode()  # As the real one: what it can't attribute it does not sign.
        signature = _sign(text, by="somebody" if wrong == "forged" else ALIPAY)
        if wrong == "unsigned":
            return f'{{"{name}":{text}}}'.encode()
        if wrong == "altered":
            text = text.replace("WAIT_BUYER_PAY", "TRADE_SUCCESS")
        extra = f'"alipay_cert_sn":"{_serial(certificate_of(ALIPAY))}",' if self.is_by_certificate else ""
        return f'{{"{name}":{text},{extra}"sign":"{signature}"}}'.encode()

    def _refusal(self, values: Mapping[str, str]) -> dict[str, str] | None:
        told = () if values["method"].endswith(".upload") else ("biz_content",)
        for name in ("app_id", "method", "charset", "sign_type", "timestamp", "version", "sign", *told):
            if not values.get(name):
                return _wrong(f"isv.missing-{name.replace('_', '-')}")
        if values["app_id"] != APP_ID:
            return _wrong("isv.invalid-app-id")
        datetime.strptime(values["timestamp"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        if self.is_by_certificate:
            if values.get("app_cert_sn") != _serial(certificate_of(APP)):
                return _wrong("isv.app-cert-sn-invalid")
            if values.get("alipay_root_cert_sn") != _serial(certificate_of("root")):
                return _wrong("isv.alipay-root-cert-sn-invalid")
        signed = {name: value for name, value in values.items() if name != "sign"}
        try:
            key_of(APP).public_key().verify(
                base64.b64decode(values["sign"]), _text(signed).encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return _wrong("isv.invalid-signature")
        return None

    # Methods

    def _do(self, method: str, content: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
        if method in PAY_METHODS:
            if not content.get("product_code", "").startswith(PAY_METHODS[method]):
                return _failed("ACQ.INVALID_PARAMETER")
            return self._open(content, values)
        if method == "alipay.trade.precreate":
            found = self._open(content, values)
            qr = f"https://qr.alipay.com/bax{content['out_trade_no'][:16]}"
            return (
                {**found, "out_trade_no": content["out_trade_no"], "qr_code": qr} if found["code"] == "10000" else found
            )
        if method == "alipay.data.dataservice.bill.downloadurl.query":
            kind = content["bill_type"]
            if kind in self.forbidden:
                return {
                    "code": "40006",
                    "msg": "Insufficient Permissions",
                    "sub_code": "isv.insufficient-isv-permissions",
                }
            day = content["bill_date"] if kind == "trade" else f"{kind} {content['bill_date']}"
            if day not in self.bills:
                return _failed("isp.bill_not_exist")
            url = f"{self.url}/bills/{day.replace(' ', '--')}"
            return {"code": "10000", "msg": "Success", "bill_download_url": url}
        if method.startswith("alipay.fund.trans."):
            return self._transfer(method, content)
        trade = self.trades.get(content.get("out_trade_no", ""))
        if trade is None:
            return _failed("ACQ.TRADE_NOT_EXIST")
        match method:
            case "alipay.trade.query":
                return self._describe(trade)
            case "alipay.trade.close" | "alipay.trade.cancel":
                if trade.status != "WAIT_BUYER_PAY":
                    return _failed("ACQ.TRADE_STATUS_ERROR")
                trade.status = "TRADE_CLOSED"
                return {"code": "10000", "msg": "Success", "out_trade_no": trade.number, "trade_no": trade.trade_no}
            case "alipay.trade.refund":
                return self._refund(trade, content)
            case "alipay.trade.fastpay.refund.query":
                amount = trade.refunds.get(content["out_request_no"])
                if amount is None:
                    return {"code": "10000", "msg": "Success"}
                return {
                    "code": "10000",
                    "msg": "Success",
                    "out_trade_no": trade.number,
                    "out_request_no": content["out_request_no"],
                    "refund_amount": str(amount),
                    "total_amount": str(trade.amount),
                    "refund_status": "REFUND_SUCCESS",
                }
        return {"code": "40004", "msg": "Business Failed", "sub_code": "isv.invalid-method"}

    def _transfer(self, method: str, content: dict[str, Any]) -> dict[str, Any]:
        number = content.get("out_biz_no", "")
        if not self.may_transfer:
            return {"code": "40006", "msg": "Insufficient Permissions", "sub_code": "isv.insufficient-isv-permissions"}
        if not content.get("product_code") or content.get("biz_scene") != "DIRECT_TRANSFER":
            return _failed("INVALID_PARAMETER")
        if method == "alipay.fund.trans.common.query":
            found = self.transfers.get(number)
            return _describe_transfer(found) if found else _failed("ORDER_NOT_EXIST")
        payee, amount = content.get("payee_info") or {}, Decimal(str(content["trans_amount"]))
        if not (payee.get("identity") and payee.get("identity_type") and content.get("order_title")):
            return _failed("INVALID_PARAMETER")
        is_bank = content["product_code"] == "TRANS_BANKCARD_NO_PWD"
        details = payee.get("bankcard_ext_info") or {}
        if is_bank and not (payee["identity_type"] == "BANKCARD_ACCOUNT" and payee.get("name")):
            return _failed("INVALID_PARAMETER")
        if is_bank and details.get("account_type") == "1" and not details.get("inst_branch_name"):
            return _failed("INVALID_PARAMETER")
        if payee["identity"] in PAYEES:
            return _failed(PAYEES[payee["identity"]])
        if number not in self.transfers:
            if amount > self.balance:
                return _failed("PAYER_BALANCE_NOT_ENOUGH")
            self.balance -= amount
            ids = [f"20261126110070001{kind}06380{next(self._numbers):010d}" for kind in ("0", "5")]
            self.transfers[number] = Transfer(number, amount, payee, *ids, made_at=_now())
        transfer = self.transfers[number]
        if transfer.amount != amount or transfer.payee != payee:
            return _failed("PAYMENT_INFO_INCONSISTENCY")
        return {
            "code": "10000",
            "msg": "Success",
            "out_biz_no": number,
            "order_id": transfer.order_id,
            "pay_fund_order_id": transfer.fund_id,
            "status": transfer.status,
            "trans_date": transfer.made_at,
        }

    def _open(self, content: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
        for name in ("out_trade_no", "total_amount", "subject"):
            if not content.get(name):
                return _failed("ACQ.INVALID_PARAMETER")
        amount = Decimal(str(content["total_amount"]))
        number = content["out_trade_no"]
        asked = content.get("time_expire")
        until = _read_time(asked) if asked else clock.now() + LONGEST
        trade = self.trades.setdefault(number, Trade(number, amount, until, notify_url=values.get("notify_url")))
        if trade.amount != amount:
            return _failed("ACQ.CONTEXT_INCONSISTENT")
        if trade.status != "WAIT_BUYER_PAY":
            return _failed("ACQ.TRADE_HAS_SUCCESS")
        return {"code": "10000", "msg": "Success"}

    def _describe(self, trade: Trade) -> dict[str, Any]:
        found = {
            "code": "10000",
            "msg": "Success",
            "buyer_logon_id": "csq***@sandbox.com",
            "out_trade_no": trade.number,
            "trade_status": trade.status,
            "total_amount": str(trade.amount),
            "fund_bill_list": [{"amount": str(trade.amount), "fund_channel": "ALIPAYACCOUNT"}],
            "store_name": "a/b",
        }
        return {**found, "trade_no": trade.trade_no, "send_pay_date": trade.paid_at} if trade.paid_at else found

    def _refund(self, trade: Trade, content: dict[str, Any]) -> dict[str, Any]:
        amount = Decimal(str(content["refund_amount"]))
        request = content.get("out_request_no", trade.number)
        if trade.status not in ("TRADE_SUCCESS", "TRADE_CLOSED") or not trade.paid_at:
            return _failed("ACQ.TRADE_STATUS_ERROR")
        is_new = request not in trade.refunds
        if is_new and sum(trade.refunds.values()) + amount > trade.amount:
            return _failed("ACQ.REASON_TRADE_REFUND_FEE_ERR")
        if is_new and amount > self.balance:
            return _failed("ACQ.SELLER_BALANCE_NOT_ENOUGH")
        trade.refunds.setdefault(request, amount)
        if sum(trade.refunds.values()) == trade.amount:
            trade.status = "TRADE_CLOSED"
        return {
            "code": "10000",
            "msg": "Success",
            "out_trade_no": trade.number,
            "trade_no": trade.trade_no,
            "fund_change": "Y" if is_new else "N",
            "refund_fee": str(sum(trade.refunds.values())),
        }


def _serial(pem: str) -> str:
    """Make the serial of a certificate that the root of the tests signed."""
    number = x509.load_pem_x509_certificate(pem.encode()).serial_number
    return md5(f"CN=root,OU=Unit,O=Test,C=CN{number}".encode(), usedforsecurity=False).hexdigest()


def _describe_transfer(transfer: Transfer) -> dict[str, Any]:
    found = {
        "code": "10000",
        "msg": "Success",
        "out_biz_no": transfer.number,
        "order_id": transfer.order_id,
        "status": transfer.status,
    }
    if transfer.status in ("FAIL", "REFUND"):
        return {**found, "error_code": "PAYEE_CARD_INFO_ERROR", "fail_reason": "收款方银行卡信息有误"}
    if transfer.status == "SUCCESS":
        paid = {"pay_date": transfer.made_at, "trans_amount": str(transfer.amount), "order_fee": "0.10"}
        return {**found, **paid, "pay_fund_order_id": transfer.fund_id}
    return {**found, "arrival_time_end": transfer.made_at}


def _ledger_line(transfer: Transfer, came: str, went: str, kind: str) -> str:
    cells = [f"20261125{transfer.fund_id[-6:]}\t", f"{transfer.fund_id}\t", f"{transfer.number}\t", "提现"]
    return ",".join([*cells, transfer.made_at, "中国银行(4321)", came, went, "1000.00", "支付宝", kind, ""])


def _bill_line(trade: Trade, kind: str, amount: Decimal, request: str, cost: Decimal) -> str:
    cells = [f"{trade.trade_no}\t", f"{trade.number}\t", kind, "茶", trade.paid_at, trade.paid_at]
    cells += ["", "", "", "", "*青(c**)", str(amount), str(amount), "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00"]
    return ",".join([*cells, "0.00", request, str(cost), "0.00", ""])


def _read_time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)


def _now() -> str:
    return datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")


def _wrong(sub_code: str) -> dict[str, str]:
    return {"code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code, "sub_msg": "参数有误"}


def _failed(sub_code: str) -> dict[str, str]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "业务失败"}


def _text(values: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(values.items()) if value)


def _sign(text: str, by: str = ALIPAY) -> str:
    return base64.b64encode(key_of(by).sign(text.encode(), PKCS1v15(), SHA256())).decode()
