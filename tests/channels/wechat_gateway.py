"""A fake of WeChat Pay's APIv3: it checks the five signed lines as the real one does, signs what it answers, and keeps
orders as it does.

The published SDK is tried against it, so that it can be trusted to try our own client.
"""

import base64
import json
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from tests.channels.keys import certificate_of, key_of
from tests.channels.server import Asked, Said
from weiji.kit import clock

MERCHANT = "wechat merchant"
PLATFORM = "wechat platform"
APP_ID = "wx0000000000000001"
MCH_ID = "1900000001"
SERIAL = "5F8A3C0000000000000000000000000000000001"
APP_SECRET = "c4f0a1b2c3d4e5f60718293a4b5c6d7e"
API_V3_KEY = "0123456789abcdef0123456789abcdef"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000000012026112600000000000001"
PLATFORM_SERIAL = 0x7132D72A03E93CDDF8C03BBD1F37EEDF00000001

BILL_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
FUNDS_HEAD = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)

LONGEST = timedelta(days=7)
"""How long an order may be paid of which nobody says for how long."""


@dataclass
class Order:
    """An order."""

    number: str
    total: int
    kind: str
    notify_url: str
    until: datetime
    state: str = "NOTPAY"
    transaction_id: str = ""
    paid_at: str = ""
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    payer: str = ""


class FakeWechat:
    """The gateway. `faults` says, by the end of a path, what goes wrong with the next calls, one after another."""

    def __init__(self, *, is_by_certificate: bool = False) -> None:
        self.is_by_certificate = is_by_certificate
        self.orders: dict[str, Order] = {}
        self.calls: list[str] = []
        self.faults: dict[str, list[str]] = {}
        self.bills: dict[str, bytes] = {}
        """Bills that are made, by path and day."""
        self.balance = 10**9
        self.refund_status = "SUCCESS"
        self.url = ""
        self.codes: dict[str, str] = {}
        """The codes that payers come back with, and who they are."""
        self._numbers = count(1)

    # What happens outside of calls

    def pay(self, number: str) -> Order:
        """Pay an order, as its payer does."""
        order = self.orders[number]
        assert order.state == "NOTPAY", order.state
        assert clock.now() < order.until, "its time is over"
        order.state, order.paid_at = "SUCCESS", _now()
        order.transaction_id = f"4200001{next(self._numbers):021d}"
        return order

    def notice_of(self, number: str, *, id: str | None = None, **others: Any) -> tuple[dict[str, str], bytes]:
        """Write the notice of a paid order: headers and body."""
        values = {**self._describe(self.orders[number]), **others}
        return self.notice("TRANSACTION.SUCCESS", "transaction", values, id)

    def notice(self, event: str, kind: str, values: dict[str, Any], id: str | None) -> tuple[dict[str, str], bytes]:
        """Write a notice: headers and body."""
        envelope = {
            "id": id or f"event-{next(self._numbers)}",
            "create_time": _now(),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": {"original_type": kind, **_seal(json.dumps(values).encode(), kind)},
        }
        body = json.dumps(envelope, ensure_ascii=False).encode()
        return self.signed(body), body

    def signed(self, body: bytes, *, by: str = PLATFORM, at: float = 0) -> dict[str, str]:
        """Sign an answer or a notice."""
        timestamp, nonce = str(int(at or time.time())), secrets.token_hex(16)
        message = b"%b\n%b\n%b\n" % (timestamp.encode(), nonce.encode(), body)
        return {
            "wechatpay-serial": f"{PLATFORM_SERIAL:X}" if self.is_by_certificate else PUBLIC_KEY_ID,
            "wechatpay-timestamp": timestamp,
            "wechatpay-nonce": nonce,
            "wechatpay-signature": base64.b64encode(key_of(by).sign(message, PKCS1v15(), SHA256())).decode(),
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
        }

    def write_bill(self, day: str, *others: tuple[str, str, str, str, str]) -> None:
        """Write the bills of a day; of the one of funds, *others* are what moved besides trades."""
        self._write_trades(day)
        self._write_funds(day, others)

    def _write_funds(self, day: str, others: Sequence[tuple[str, str, str, str, str]]) -> None:
        """Write the bill of funds: each of *others* has number, business, kind, way and yuan."""
        lines = [FUNDS_HEAD]
        for order in self.orders.values():
            number = order.transaction_id
            if not order.paid_at:
                continue
            lines.append(_funds_line(order.paid_at, number, "交易", "交易", "收入", f"{order.total / 100:.2f}"))
            fee = f"{order.total * 0.6 / 10_000:.2f}"
            lines.append(_funds_line(order.paid_at, number, "交易", "扣除交易手续费", "支出", fee))
            for refund in order.refunds.values():
                amount = f"{refund['amount']['refund'] / 100:.2f}"
                lines.append(_funds_line(order.paid_at, "503", "退款", "退款", "支出", amount))
        lines += [_funds_line(f"{day}T08:30:00", *other) for other in others]
        lines += ["资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额", "`4.0,`2.0,`150.00,`2.0,`20.90"]
        self.bills[f"/v3/bill/fundflowbill {day}"] = ("﻿" + "\r\n".join(lines) + "\r\n").encode()

    def _write_trades(self, day: str) -> None:
        """Write the bill of trades."""
        lines = [BILL_HEAD]
        for order in self.orders.values():
            if not order.paid_at:
                continue
            lines.append(_bill_line(order, "SUCCESS", "", "0.00", f"{order.total * 0.6 / 10_000:.2f}"))
            for number, refund in order.refunds.items():
                amount = f"{refund['amount']['refund'] / 100:.2f}"
                lines.append(_bill_line(order, "REFUND", number, amount, "0.00", refund["status"]))
        lines += ["总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额", "`2,`150.00,`20.00,`0.00,`0.90"]
        self.bills[f"/v3/bill/tradebill {day}"] = ("﻿" + "\r\n".join(lines) + "\r\n").encode()

    # HTTP

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        path = urlsplit(asked.target).path
        self.calls.append(path)
        if path == "/sns/oauth2/access_token":
            return self._exchange({name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()})
        name = path.rsplit("/", 1)[-1] if asked.method == "POST" else path.split("/")[2]
        wrong = self.faults[name].pop(0) if self.faults.get(name) else ""
        if wrong == "cut":
            return Said(None, {}, b"")
        status, values = self._refusal(asked) or self._do(asked, path)
        if wrong == "cut after":
            return Said(None, {}, b"")
        if wrong == "500 after":
            status, values = 500, {"code": "SYSTEM_ERROR", "message": "系统错误"}
        body = values if isinstance(values, bytes) else b"" if values is None else json.dumps(values).encode()
        headers = self.signed(body, by="somebody" if wrong == "forged" else PLATFORM)
        if wrong == "probe":
            headers["wechatpay-signature"] = f"WECHATPAY/SIGNTEST/{headers['wechatpay-signature']}"
        if wrong == "old":
            headers = self.signed(body, at=time.time() - 3_600)
        if wrong == "unsigned" or path == "/v3/billdownload/file":
            headers = {}
        return Said(status, {"content-type": "application/json; charset=utf-8", **headers}, body)

    def _exchange(self, query: dict[str, str]) -> Said:
        """Tell an official account who came back, by a code that is good once."""
        found: dict[str, Any] = {"errcode": 40029, "errmsg": "invalid code"}
        if (query["appid"], query["secret"]) != (APP_ID, APP_SECRET):
            found = {"errcode": 40125, "errmsg": "invalid appsecret"}
        elif openid := self.codes.pop(query["code"], None):
            found = {"access_token": "t", "expires_in": 7200, "openid": openid, "scope": "snsapi_base"}
        return Said(200, {"content-type": "text/plain"}, json.dumps(found).encode())

    def _refusal(self, asked: Asked) -> tuple[int, Any] | None:
        scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        lines = (asked.method, asked.target, pairs.get("timestamp", ""), pairs.get("nonce_str", ""))
        message = "\n".join(lines).encode() + b"\n" + asked.body + b"\n"
        is_right = scheme == "WECHATPAY2-SHA256-RSA2048" and pairs["mchid"] == MCH_ID and pairs["serial_no"] == SERIAL
        try:
            signature = base64.b64decode(pairs["signature"])
            key_of(MERCHANT).public_key().verify(signature, message, PKCS1v15(), SHA256())
        except (InvalidSignature, KeyError):
            is_right = False
        if is_right and abs(time.time() - int(pairs["timestamp"])) < 300:
            return None
        return 401, {"code": "SIGN_ERROR", "message": "签名错误"}

    def _do(self, asked: Asked, path: str) -> tuple[int, Any]:
        content = json.loads(asked.body) if asked.body else {}
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()}
        if path == "/v3/certificates":
            return 200, {"data": [_certificate()]}
        if path == "/v3/bill/tradebill":
            return self._bill(path, query)
        if path == "/v3/bill/fundflowbill":
            assert query["account_type"] == "BASIC"
            return self._bill(path, query)
        if path == "/v3/billdownload/file":
            return 200, self.bills[query["token"]]
        if made := re.fullmatch(r"/v3/pay/transactions/(native|h5|jsapi|app)", path):
            return self._order(made[1], content)
        if found := re.fullmatch(r"/v3/pay/transactions/out-trade-no/([\w-]+)(/close)?", path):
            order = self.orders.get(found[1])
            mchid = content.get("mchid") if found[2] else query.get("mchid")
            if mchid != MCH_ID:
                return 400, {"code": "PARAM_ERROR", "message": "mchid"}
            if order is None:
                return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
            return self._close(order) if found[2] else (200, self._describe(order))
        if path == "/v3/refund/domestic/refunds":
            return self._refund(content)
        number = path.rsplit("/", 1)[-1]
        refund = next((order.refunds[number] for order in self.orders.values() if number in order.refunds), None)
        return (200, refund) if refund else (404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"})

    def _order(self, kind: str, content: dict[str, Any]) -> tuple[int, Any]:
        needed = ("appid", "mchid", "description", "out_trade_no", "notify_url", "amount")
        if any(not content.get(name) for name in needed) or content["appid"] != APP_ID:
            return 400, {"code": "PARAM_ERROR", "message": "参数错误"}
        if kind == "h5" and not content["scene_info"]["payer_client_ip"]:
            return 400, {"code": "PARAM_ERROR", "message": "scene_info"}
        named = "sp_openid" if "sp_mchid" in content else "openid"
        if kind == "jsapi" and not content.get("payer", {}).get(named):
            return 400, {"code": "PARAM_ERROR", "message": "payer"}
        number, total = content["out_trade_no"], content["amount"]["total"]
        assert re.fullmatch(r"[0-9A-Za-z_\-|*]{6,32}", number)
        asked = content.get("time_expire")
        until = datetime.strptime(asked, "%Y-%m-%dT%H:%M:%S%z") if asked else clock.now() + LONGEST
        order = self.orders.setdefault(number, Order(number, total, kind, content["notify_url"], until))
        if kind == "jsapi":
            order.payer = next(iter(content["payer"].values()))
        if (order.total, order.kind) != (total, kind):
            return 400, {"code": "INVALID_REQUEST", "message": "商户订单号重复"}
        if order.state != "NOTPAY":
            return 400, {"code": "ORDERPAID", "message": "订单已支付"}
        answers = {
            "native": {"code_url": f"weixin://wxpay/bizpayurl?pr={number[:8]}"},
            "h5": {"h5_url": f"{self.url}/h5?prepay_id=wx{number[:8]}"},
        }
        return 200, answers.get(kind, {"prepay_id": f"wx{number}"})

    def _close(self, order: Order) -> tuple[int, Any]:
        if order.paid_at:
            return 400, {"code": "ORDERPAID", "message": "订单已支付"}
        order.state = "CLOSED"
        return 204, None

    def _describe(self, order: Order) -> dict[str, Any]:
        found: dict[str, Any] = {
            "appid": APP_ID,
            "mchid": MCH_ID,
            "out_trade_no": order.number,
            "trade_state": order.state,
            "trade_state_desc": "说明",
            "trade_type": order.kind.upper(),
            "amount": {"total": order.total, "currency": "CNY"},
        }
        if order.paid_at:
            found |= {"transaction_id": order.transaction_id, "success_time": order.paid_at, "payer": {"openid": "o"}}
        return found

    def _refund(self, content: dict[str, Any]) -> tuple[int, Any]:
        order = self.orders.get(content["out_trade_no"])
        amount = content["amount"]
        if order is None or not order.paid_at:
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "订单不存在"}
        if amount["total"] != order.total:
            return 400, {"code": "PARAM_ERROR", "message": "订单金额不一致"}
        number = content["out_refund_no"]
        if number not in order.refunds:
            if sum(one["amount"]["refund"] for one in order.refunds.values()) + amount["refund"] > order.total:
                return 400, {"code": "INVALID_REQUEST", "message": "退款金额超过"}
            if amount["refund"] > self.balance:
                return 403, {"code": "NOT_ENOUGH", "message": "余额不足"}
            order.refunds[number] = {
                "refund_id": f"5030000{next(self._numbers):021d}",
                "out_refund_no": number,
                "out_trade_no": order.number,
                "transaction_id": order.transaction_id,
                "status": self.refund_status,
                "amount": {"total": order.total, "refund": amount["refund"], "currency": "CNY"},
            }
            order.state = "REFUND"
        return 200, order.refunds[number]

    def _bill(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        bill = f"{path} {query['bill_date']}"
        if bill not in self.bills:
            return 400, {"code": "NO_STATEMENT_EXIST", "message": "账单不存在"}
        digest = sha1(self.bills[bill], usedforsecurity=False).hexdigest()
        url = f"{self.url}/v3/billdownload/file?{urlencode({'token': bill})}"
        return 200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url}


def platform_certificate() -> str:
    """The platform's certificate, with a serial as long as the real ones."""
    return certificate_of(PLATFORM, serial=PLATFORM_SERIAL)


def _certificate() -> dict[str, Any]:
    pem = platform_certificate()
    assert x509.load_pem_x509_certificate(pem.encode()).serial_number == PLATFORM_SERIAL
    return {
        "serial_no": f"{PLATFORM_SERIAL:X}",
        "effective_time": (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds"),
        "expire_time": (datetime.now(UTC) + timedelta(days=300)).isoformat(timespec="seconds"),
        "encrypt_certificate": _seal(pem.encode(), "certificate"),
    }


def _seal(content: bytes, about: str) -> dict[str, str]:
    nonce = secrets.token_hex(6)
    sealed = AESGCM(API_V3_KEY.encode()).encrypt(nonce.encode(), content, about.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": about,
        "ciphertext": base64.b64encode(sealed).decode(),
    }


def _bill_line(order: Order, state: str, refund: str, amount: str, fee: str, refund_state: str = "") -> str:
    at = order.paid_at[:19].replace("T", " ")
    total = f"{order.total / 100:.2f}"
    cells = [at, APP_ID, MCH_ID, "0", "", order.transaction_id, order.number, "o", "NATIVE", state, "OTHERS", "CNY"]
    cells += [
        total,
        "0.00",
        refund and "503",
        refund,
        amount,
        "0.00",
        "",
        refund_state,
        "茶",
        "",
        fee,
        "0.60%",
        total,
        amount,
        "",
    ]
    return ",".join(f"`{cell}" for cell in cells)


def _funds_line(at: str, number: str, business: str, kind: str, way: str, amount: str) -> str:
    flow = f"F{number}-{kind}"
    cells = [at[:19].replace("T", " "), number, flow, business, kind, way, amount, "100.00", "system", "", number]
    return ",".join(f"`{cell}" for cell in cells)


def _now() -> str:
    return datetime.now(ZoneInfo("Asia/Shanghai")).isoformat(timespec="seconds")
