"""A fake of UnionPay's ACP gateway (5.1.0): it checks what is signed as the real one does, signs what it answers, and
keeps orders by number and time as it does.

Two measures hold it: a message of the real gateway, with its signature (`REAL_ANSWER`), which our client has to take;
and published clients of other languages, which have to work with the fake (`make test-sdks`).
"""

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
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

MER_ID = "777290058167151"
MERCHANT = "041@N1@merchant@00000001"
UNIONPAY = "041@8310000000083040@中国银联股份有限公司@00016495"
MIDDLE = "unionpay middle"
ROOT = "unionpay root"
FRONT = "/gateway/api/frontTransReq.do"
NUMBER = re.compile(r"[0-9A-Za-z]{8,40}")

# As columns are cut by UnionPay's own example: bytes of each, with one between two.
WIDTHS = [3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15]
WIDTHS += [32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98]


@dataclass
class Order:
    """A payment or a refund."""

    number: str
    sent_at: str
    kind: str
    amount: int
    code: str = "05"
    query_id: str = ""
    traced_at: str = ""
    until: datetime | None = None
    of: str = ""
    refunds: dict[str, int] = field(default_factory=dict)


class FakeUnionPay:
    """The gateway. `faults` says, by kind of transaction, what goes wrong with the next calls, one after another."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.calls: list[str] = []
        self.faults: dict[str, list[str]] = {}
        self.statements: dict[str, bytes] = {}
        self.refund_code = "00"
        self.url = ""
        self._numbers = count(1)

    # What happens outside of calls

    def pay(self, number: str) -> Order:
        """Pay an order, as its payer does on UnionPay's page."""
        order = self.orders[number]
        assert order.code != "00"
        assert order.until, "a refund is not paid"
        assert clock.now() < order.until, "its time is over"
        order.code = "00"
        self._trace(order)
        return order

    def _trace(self, order: Order) -> None:
        order.traced_at = _now()[4:]
        order.query_id = f"{_now()[:8]}{next(self._numbers):013d}"

    def notice_of(self, number: str, *, by: str = UNIONPAY, **others: str) -> bytes:
        """Write the notice of an order, signed, as a form."""
        order = self.orders[number]
        return urlencode(_signed({**_common(order), **_traced(order), "respCode": "00", **others}, by)).encode()

    def write_statement(self, day: str, *, more: bytes = b"") -> None:
        """Write the statement of a day (MMDD) with what there is."""
        lines = []
        for order in self.orders.values():
            if order.code == "00":
                cost = order.amount * 6 // 1_000
                lines.append(_line(order, f"D{cost:012d}" if order.kind == "01" else f"C{0:012d}"))
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr(f"INN26112588ZM_{MER_ID}", b"\n".join(lines) + more)
            archive.writestr(f"INN26112588ZME_{MER_ID}", b"")
            archive.writestr("INN26112588LFEE", b"sums")
        self.statements[day] = made.getvalue()

    # HTTP

    def answer(self, asked: Asked) -> Said:
        """Answer a request."""
        if asked.method == "GET":
            assert asked.target.startswith("/b2c/showCard.action"), asked.target
            return Said(200, {"content-type": "text/html"}, b"<html>the cashier</html>")
        values = dict(parse_qsl(asked.body.decode("ascii"), keep_blank_values=True, strict_parsing=True))
        path, kind = urlsplit(asked.target).path, values.get("txnType", "")
        self.calls.append(kind)
        fault = self.faults.get(kind, [])
        wrong = fault.pop(0) if fault else ""
        if wrong == "cut":
            return Said(None, {}, b"")
        code = _refusal(values)
        found = {"respCode": code} if code else self._do(path, values)
        if wrong == "cut after":
            return Said(None, {}, b"")
        if path == FRONT and found["respCode"] == "00":
            where = f"{self.url}/b2c/showCard.action?transNumber={values['orderId'][:20]}"
            led = {"elsewhere": "https://evil.test/", "nowhere": "http://[95516.com/"}
            return Said(302, {"location": led.get(wrong or "", where)}, b"")
        echoed = {name: value for name, value in values.items() if name not in ("signature", "certId", "payTimeout")}
        answer = _signed({**echoed, "respMsg": "成功[0000000]", **found}, "somebody" if wrong == "forged" else UNIONPAY)
        if wrong == "altered":
            answer["txnAmt"] = "1"
        if wrong == "unsigned":
            del answer["signature"]
        # Nothing in an answer is escaped.
        return Said(200, {"content-type": "text/html;charset=utf-8"}, _text(answer, with_signature=True).encode())

    def _do(self, path: str, values: Mapping[str, str]) -> dict[str, str]:
        match values["txnType"], path:
            case "01", _:
                return self._open(values, path)
            case "00", "/gateway/api/queryTrans.do":
                order = self.orders.get(values["orderId"])
                if order is None or order.sent_at != values["txnTime"]:
                    return {"respCode": "34", "respMsg": "查无此交易[2600000]"}
                return {**_common(order), **_traced(order), "respCode": "00", "origRespCode": order.code}
            case "04", "/gateway/api/backTransReq.do":
                return self._refund(values)
            case "76", "/":
                packed = self.statements.get(values["settleDate"])
                if packed is None:
                    return {"respCode": "98", "respMsg": "文件不存在[6100030]"}
                return {"respCode": "00", "fileContent": base64.b64encode(zlib.compress(packed)).decode()}
        return {"respCode": "10"}

    def _open(self, values: Mapping[str, str], path: str) -> dict[str, str]:
        number, amount = values["orderId"], int(values["txnAmt"])
        if not NUMBER.fullmatch(number) or values["currencyCode"] != "156" or not values.get("backUrl"):
            return {"respCode": "10"}
        until = clock.now() + timedelta(minutes=15)
        if asked := values.get("payTimeout"):
            until = datetime.strptime(asked, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
        order = self.orders.setdefault(number, Order(number, values["txnTime"], "01", amount, until=until))
        if (order.sent_at, order.amount) != (values["txnTime"], amount):
            return {"respCode": "12"}
        kind = (path, values["bizType"], values["txnSubType"])
        if kind == (FRONT, "000201", "01") and values.get("frontUrl"):
            return {"respCode": "00"}
        if kind == ("/gateway/api/backTransReq.do", "000000", "07"):
            return {"respCode": "00", "qrCode": f"https://qr.95516.com/00010000/{number[:20]}"}
        if kind == ("/gateway/api/appTransReq.do", "000201", "01"):
            return {"respCode": "00", "tn": f"6{number[:20]}"}
        return {"respCode": "10"}

    def _refund(self, values: Mapping[str, str]) -> dict[str, str]:
        paid = next((one for one in self.orders.values() if one.query_id == values["origQryId"]), None)
        number, amount = values["orderId"], int(values["txnAmt"])
        if paid is None:
            return {"respCode": "35"}
        if number in self.orders:
            return {"respCode": "12"}
        if sum(paid.refunds.values()) + amount > paid.amount:
            return {"respCode": "36"}
        if self.refund_code != "00":
            return {"respCode": self.refund_code}
        paid.refunds[number] = amount
        order = self.orders[number] = Order(number, values["txnTime"], "04", amount, "00", of=paid.number)
        self._trace(order)
        return {"respCode": "00", "queryId": order.query_id}


def _refusal(values: Mapping[str, str]) -> str | None:
    """Check a request as the gateway does: fields, certificate, signature."""
    needed = ("version", "encoding", "signMethod", "txnType", "txnSubType", "bizType", "accessType", "merId", "txnTime")
    if any(not values.get(name) for name in needed) or values["version"] != "5.1.0" or values["signMethod"] != "01":
        return "10"
    if values["merId"] != MER_ID:
        return "31"
    certificate = x509.load_pem_x509_certificate(certificate_of(MERCHANT, MIDDLE).encode())
    if values.get("certId") != str(certificate.serial_number):
        return "11"
    digest = sha256(_text(values).encode()).hexdigest().encode()
    try:
        key_of(MERCHANT).public_key().verify(base64.b64decode(values["signature"]), digest, PKCS1v15(), SHA256())
    except InvalidSignature:
        return "11"
    return None


def _common(order: Order) -> dict[str, str]:
    values = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "accessType": "0", "bizType": "000201"}
    values |= {"merId": MER_ID, "txnType": order.kind, "txnSubType": "01" if order.kind == "01" else "00"}
    return {**values, "orderId": order.number, "txnTime": order.sent_at, "txnAmt": str(order.amount)}


def _traced(order: Order) -> dict[str, str]:
    if not order.query_id:
        return {}
    traced = {"queryId": order.query_id, "traceTime": order.traced_at, "currencyCode": "156", "traceNo": "784649"}
    return {**traced, "settleAmt": str(order.amount), "settleDate": order.traced_at[:4], "accNo": "a+b/c=="}


def _signed(values: Mapping[str, str], by: str) -> dict[str, str]:
    certificate = certificate_of(by, MIDDLE).strip().replace("\n", "\r\n")
    signed = {**values, "signPubKeyCert": certificate}
    digest = sha256(_text(signed).encode()).hexdigest().encode()
    return {**signed, "signature": base64.b64encode(key_of(by).sign(digest, PKCS1v15(), SHA256())).decode()}


def _text(values: Mapping[str, str], *, with_signature: bool = False) -> str:
    return "&".join(
        f"{name}={value}" for name, value in sorted(values.items()) if value and (with_signature or name != "signature")
    )


def _net(order: Order, cost: str) -> str:
    """Write what an order comes to at the merchant's bank: C is what it gets, D what it owes."""
    return f"C{order.amount - int(cost[1:]):012d}" if order.kind == "01" else f"D{order.amount:012d}"


def _line(order: Order, cost: str) -> bytes:
    cells = [""] * len(WIDTHS)
    cells[0] = "S22" if order.kind == "01" else "S30"
    cells[4], cells[6], cells[9], cells[11] = order.traced_at, f"{order.amount:012d}", order.query_id, order.number
    cells[15], cells[16], cells[19], cells[27] = cost, _net(order, cost), order.kind, MER_ID
    cells[30] = "二级商户"
    encoded = (cell.encode("gb18030") for cell in cells)
    return b" ".join(cell + b" " * (width - len(cell)) for cell, width in zip(encoded, WIDTHS, strict=True))


def _now() -> str:
    return datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y%m%d%H%M%S")


_REAL_CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIEYzCCA0ugAwIBAgIFEDkwhTQwDQYJKoZIhvcNAQEFBQAwWDELMAkGA1UEBhMC
Q04xMDAuBgNVBAoTJ0NoaW5hIEZpbmFuY2lhbCBDZXJ0aWZpY2F0aW9uIEF1dGhv
cml0eTEXMBUGA1UEAxMOQ0ZDQSBURVNUIE9DQTEwHhcNMjAwNzMxMDExOTE2WhcN
MjUwNzMxMDExOTE2WjCBljELMAkGA1UEBhMCY24xEjAQBgNVBAoTCUNGQ0EgT0NB
MTEWMBQGA1UECxMNTG9jYWwgUkEgT0NBMTEUMBIGA1UECxMLRW50ZXJwcmlzZXMx
RTBDBgNVBAMMPDA0MUA4MzEwMDAwMDAwMDgzMDQwQOS4reWbvemTtuiBlOiCoeS7
veaciemZkOWFrOWPuEAwMDAxNjQ5NTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
AQoCggEBAMHNa81t44KBfUWUgZhb1YTx3nO9DeagzBO5ZEE9UZkdK5+2IpuYi48w
eYisCaLpLuhrwTced19w2UR5hVrc29aa2TxMvQH9s74bsAy7mqUJX+mPd6KThmCr
t5LriSQ7rDlD0MALq3yimLvkEdwYJnvyzA6CpHntP728HIGTXZH6zOL0OAvTnP8u
RCHZ8sXJPFUkZcbG3oVpdXQTJVlISZUUUhsfSsNdvRDrcKYY+bDWTMEcG8ZuMZzL
g0N+/spSwB8eWz+4P87nGFVlBMviBmJJX8u05oOXPyIcZu+CWybFQVcS2sMWDVZy
sPeT3tPuBDbFWmKQYuu+gT83PM3G6zMCAwEAAaOB9DCB8TAfBgNVHSMEGDAWgBTP
cJ1h6518Lrj3ywJA9wmd/jN0gDBIBgNVHSAEQTA/MD0GCGCBHIbvKgEBMDEwLwYI
KwYBBQUHAgEWI2h0dHA6Ly93d3cuY2ZjYS5jb20uY24vdXMvdXMtMTQuaHRtMDkG
A1UdHwQyMDAwLqAsoCqGKGh0dHA6Ly91Y3JsLmNmY2EuY29tLmNuL1JTQS9jcmw3
NTAwMy5jcmwwCwYDVR0PBAQDAgPoMB0GA1UdDgQWBBTmzk7XEM/J/sd+wPrMils3
9rJ2/DAdBgNVHSUEFjAUBggrBgEFBQcDAgYIKwYBBQUHAwQwDQYJKoZIhvcNAQEF
BQADggEBAJLbXxbJaFngROADdNmNUyVxPtbAvK32Ia0EjgDh/vjn1hpRNgvL4flH
NsGNttCy8afLJcH8UnFJyGLas8v/P3UKXTJtgrOj1mtothv7CQa4LUYhzrVw3UhL
4L1CTtmE6D1Kf3+c2Fj6TneK+MoK9AuckySjK5at6a2GQi18Y27gVF88Nk8bp1lJ
vzOwPKd8R7iGFotuF4/8GGhBKR4k46EYnKCodyIhNpPdQfpaN5AKeS7xeLSbFvPJ
HYrtBsI48jUK/WKtWBJWhFH+Gty+GWX0e5n2QHXHW6qH62M0lDo7OYeyBvG1mh9u
Q0C300Eo+XOoO4M1WvsRBAF13g9RPSw=
-----END CERTIFICATE-----""".replace("\n", "\r\n")

REAL_ANSWER = (
    "accessType=0&bizType=000000&encoding=utf-8&merId=777290058167151&orderId=refundpay20240105165842"
    "&origQryId=052401051658427862748&queryId=052401051658427863998&respCode=00&respMsg=成功[0000000]&signMethod=01"
    "&txnAmt=1&txnSubType=00&txnTime=20240105165842&txnType=04&version=5.1.0&signPubKeyCert="
    f"{_REAL_CERTIFICATE}&signature="
    "c++EAuubwRkvr2MVyM9zyjbdH3RMRK/L1ttftpJ4fkl4ZSY1BjyRbTj5fx/2+Z/eH4dqPNfFEQt8egVVWhF/k7PaD8tLTaueeUIPwyjnEIWmqNtV"
    "bJtzKexCouGc8wtYDHZYxTJTgo6BW7GEgO5xD6Qpxq801Bb9Zto8uhn4BUP4HI7UsxHHIzP9JYhL2cqz2B8gb3AJHpLMEBpYv+Kb3mwq8ZFgpGaie"
    "CAFFGGWImUx1+MgCzLFoe3SKlTF13nbr39Cd3AHuDJnbN+uG1N6AwUtLu12Zzq/6SM+/dqiE0v5SpvB/PeRj9KQeiGDRg/ho9larqB+D3y0FjU13"
    "EeHng=="
).encode()
"""What the real gateway (for tests) answered to a refund of 1 fen, as the tests of a public client have it."""
