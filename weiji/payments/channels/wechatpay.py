"""WeChat Pay: APIv3, as the contracted merchant's client.

Requests are signed with the merchant's key; an answer or a notice counts once a key of the platform's has signed it,
be it the public key that the merchant was given or a certificate in force. Names on the wire are facts of the protocol.
"""

import asyncio
import base64
import binascii
import csv
import io
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha1
from typing import Any, Final
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.payments.channels import (
    NOWHERE,
    PAY_WITHIN,
    Ability,
    Answer,
    Channel,
    ChannelKind,
    Check,
    Custody,
    Device,
    GatewayAddress,
    NoticeRefused,
    Payer,
    Place,
    Reply,
    Setting,
    SettingWrong,
    on_bill,
    rsa,
)
from weiji.payments.channels.gateway import (
    STATEMENT_BYTES_MAX,
    Gateway,
    GatewayAnswer,
    GatewaySilent,
    ask_each,
    read_address,
)
from weiji.payments.channels.reading import answer_ended, fees_of, id_of, to_fen, told
from weiji.payments.model import Notice, NoticeKind, Payment, PayWay, Refund
from weiji.web import gettext as _

NAME: Final = "wechatpay"
SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"

FINAL_AFTER: Final = timedelta(hours=48)

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far the time of a signature may be from ours."""

CERTIFICATES_AFTER: Final = timedelta(minutes=1)
"""How soon after the last time certificates are fetched again because of one that is not known."""

NOTICE_BYTES_MAX: Final = 256 * 1024

REFUND_ENDS: Final = {
    "SUCCESS": NoticeKind.REFUND_SUCCEEDED,
    "CLOSED": NoticeKind.REFUND_REJECTED,
    "ABNORMAL": NoticeKind.REFUND_REJECTED,
}
"""ABNORMAL: the payer's card is closed or frozen, and the money is with us still."""

NO_BILL: Final = frozenset({"NO_STATEMENT_EXIST", "STATEMENT_CREATING"})
UNKNOWN: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
REFUSALS: Final = UNKNOWN | {"USER_ACCOUNT_ABNORMAL"}
"""Why a refund is refused for good. Whatever else it is (too little money, a fault) may pass: it is asked again."""


class Said(Struct, frozen=True):
    """What the platform answered, verified."""

    status: int
    code: str
    values: Mapping[str, Any]
    raw: bytes

    @property
    def is_success(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300


class WechatPayChannel(Channel):
    """One merchant's contract with WeChat Pay."""

    name = NAME
    custody: Custody = "channel"
    abilities = frozenset({Ability.PHONE, Ability.APP, Ability.CODE, Ability.REFUND, Ability.STATEMENT})
    final_after = FINAL_AFTER
    heard = Reply(200, b'{"code":"SUCCESS"}', "application/json")

    def __init__(self, settings: Mapping[str, str], place: Place) -> None:
        """Read the keys. Raises SettingWrong."""
        self.app_id = settings["app_id"]
        self.mch_id = settings["mch_id"]
        self.serial = settings["serial"].strip().upper()
        self.subject = settings.get("subject") or "weiji"
        self.place = place
        self.gateway = Gateway(place.gateway)
        if not (self.mch_id.isascii() and self.mch_id.isdigit()):
            raise SettingWrong("mch_id", _("商户号是一串数字。"))
        self.private_key = rsa.read_setting("private_key", rsa.read_private_key, settings)
        self.sealing_key = settings["api_v3_key"].encode()
        if len(self.sealing_key) != 32:
            raise SettingWrong("api_v3_key", _("APIv3 密钥是 32 个字符。"))
        self.public_key_id = settings.get("public_key_id")
        self._keys: dict[str, RSAPublicKey] = {}
        self._until: dict[str, datetime] = {}
        self._fetched_at: datetime | None = None
        self._fetching = asyncio.Lock()
        if self.public_key_id or settings.get("public_key"):
            if not self.public_key_id or not self.public_key_id.startswith("PUB_KEY_ID_"):
                raise SettingWrong("public_key_id", _("公钥的编号以 PUB_KEY_ID_ 开头，和公钥一起填。"))
            key = rsa.read_setting("public_key", rsa.read_public_key, settings)
            if rsa.is_pair(self.private_key, key):
                raise SettingWrong("public_key", _("这是商户自己的公钥。这里要填微信支付的公钥。"))
            self._keys[self.public_key_id] = key

    # Paying

    async def start(self, payments: Sequence[Payment], payer: Payer) -> list[Answer]:
        """Have a code made for desktops, a page's address for telephones, and for apps what their SDK takes."""

        async def one(payment: Payment) -> Answer:
            return await self._start(payment, payer)

        return await ask_each(NAME, payments, one)

    async def _start(self, payment: Payment, payer: Payer) -> Answer:
        until = payment.expires_at or clock.now() + PAY_WITHIN
        content: dict[str, Any] = {
            "appid": self.app_id,
            "mchid": self.mch_id,
            "description": on_bill(self.subject, payment),
            "out_trade_no": payment.id.hex,
            "time_expire": until.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "amount": {"total": payment.amount, "currency": "CNY"},
            "notify_url": self.place.notice_url or NOWHERE,
        }
        kind = {Device.DESKTOP: "native", Device.PHONE: "h5", Device.APP: "app"}[payer.device]
        if kind == "h5" and payer.address is None:
            kind = "native"
        if kind == "h5":
            content["scene_info"] = {"payer_client_ip": payer.address, "h5_info": {"type": "Wap"}}
        said = await self._ask("POST", f"/v3/pay/transactions/{kind}", content)
        found = said.values.get({"native": "code_url", "h5": "h5_url", "app": "prepay_id"}[kind])
        if not said.is_success or not isinstance(found, str):
            raise GatewaySilent(f"{kind}: {said.status} {said.code}")
        if kind == "native":
            return Answer(pay_url=found, pay_way=PayWay.CODE)
        if kind == "app":
            return Answer(pay_url=self._for_app(found), pay_way=PayWay.APP)
        back = self.place.return_of(payment)
        return Answer(pay_url=f"{found}&redirect_url={quote(back, safe='')}" if back else found)

    def _for_app(self, prepay_id: str) -> str:
        timestamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(16)
        message = f"{self.app_id}\n{timestamp}\n{nonce}\n{prepay_id}\n"
        return json.dumps(
            {
                "appid": self.app_id,
                "partnerid": self.mch_id,
                "prepayid": prepay_id,
                "package": "Sign=WXPay",
                "noncestr": nonce,
                "timestamp": timestamp,
                "sign": rsa.sign(self.private_key, message.encode()),
            }
        )

    # Asking

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask how orders stand."""
        return await ask_each(NAME, payments, self._query)

    async def _query(self, payment: Payment) -> Answer:
        said = await self._find(payment.id.hex)
        if said is None:
            return Answer()
        state = said.values.get("trade_state")
        if state in ("SUCCESS", "REFUND"):
            return Answer(notices=(_paid(said.values, "query", said.raw),))
        if state in ("CLOSED", "REVOKED"):
            return answer_ended(NAME, NoticeKind.CHARGE_CLOSED, payment, said.raw)
        if state == "PAYERROR":
            return answer_ended(NAME, NoticeKind.CHARGE_FAILED, payment, said.raw)
        if state not in ("NOTPAY", "USERPAYING"):
            raise GatewaySilent(f"query: {state}")
        return Answer()

    async def _find(self, number: str) -> Said | None:
        said = await self._ask("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={self.mch_id}")
        if said.code in UNKNOWN:
            return None
        values = said.values
        if not said.is_success or values.get("out_trade_no") != number or values.get("mchid") != self.mch_id:
            raise GatewaySilent(f"query: {said.status} {said.code}")
        return said

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Close orders; ask of those that can't be closed how they stand."""
        return await ask_each(NAME, payments, self._close)

    async def _close(self, payment: Payment) -> Answer:
        said = await self._ask(
            "POST", f"/v3/pay/transactions/out-trade-no/{payment.id.hex}/close", {"mchid": self.mch_id}
        )
        if said.is_success or said.code in UNKNOWN:
            return answer_ended(NAME, NoticeKind.CHARGE_CLOSED, payment, said.raw)
        return await self._query(payment)

    # Giving back

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Ask for refunds, each under its own number; asked again, the platform tells how it stands."""
        return await ask_each(NAME, refunds, self._refund)

    async def _refund(self, refund: Refund) -> Answer:
        order = await self._find(refund.payment_id.hex)
        total = order.values.get("amount", {}).get("total") if order else refund.amount
        content = {
            "out_trade_no": refund.payment_id.hex,
            "out_refund_no": refund.id.hex,
            "amount": {"refund": refund.amount, "total": total, "currency": "CNY"},
            **({"notify_url": self.place.notice_url} if self.place.notice_url else {}),
        }
        asked = await self._ask("POST", "/v3/refund/domestic/refunds", content)
        if asked.is_success:
            return _refund_stands(refund, asked)
        said = await self._ask("GET", f"/v3/refund/domestic/refunds/{refund.id.hex}")
        if said.is_success:
            return _refund_stands(refund, said)
        if said.code in UNKNOWN and asked.code in REFUSALS:
            return answer_ended(NAME, NoticeKind.REFUND_REJECTED, refund, asked.raw)
        raise GatewaySilent(f"refund: {asked.status} {asked.code}, {said.status} {said.code}")

    # What it says of itself

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:
        """Verify a notice, open what is sealed in it, and read it. Raises NoticeRefused."""
        if len(body) > NOTICE_BYTES_MAX:
            raise NoticeRefused("it is too long")
        try:
            await self._verify(headers, body)
            envelope = json.loads(body)
            event_id, event = str(envelope["id"]), str(envelope["event_type"])
            values = json.loads(self._unseal(envelope["resource"]))
            return self._read_event(event_id, event, values, body)
        except (GatewaySilent, ValueError, KeyError, TypeError, RecursionError, AttributeError) as wrong:
            raise NoticeRefused(f"{type(wrong).__name__}: {wrong}"[:200]) from wrong

    def _read_event(self, event_id: str, event: str, values: Mapping[str, Any], body: bytes) -> Sequence[Notice]:
        if values["mchid"] != self.mch_id:
            raise NoticeRefused("it is for another merchant")
        if event == "TRANSACTION.SUCCESS" and values["trade_state"] == "SUCCESS":
            return (_paid(values, f"notify:{event_id}", body),)
        kind = REFUND_ENDS.get(str(values.get("refund_status")))
        if event.startswith("REFUND.") and kind is not None:
            number = str(values["out_refund_no"])
            amount = int(values["amount"]["refund"])
            at = _instant(values.get("success_time") or clock.now().isoformat())
            return (told(NAME, f"notify:{event_id}", kind, id_of(number), number, amount, at, body),)
        return ()

    async def read_statement(self, day: date) -> Sequence[Notice] | None:
        """Fetch the bill of trades of a day: what was taken and given back, and the fees."""
        said = await self._ask("GET", f"/v3/bill/tradebill?{urlencode({'bill_date': day.isoformat()})}")
        url, digest = said.values.get("download_url"), said.values.get("hash_value")
        if said.code in NO_BILL:
            return None
        if not said.is_success or not isinstance(url, str):
            raise GatewaySilent(f"bill: {said.status} {said.code}")
        given = read_address(url)
        if not self.gateway.is_own(given):
            raise GatewaySilent("the bill is at a foreign host")
        target = f"{given.path}?{given.query}"
        answer = await self.gateway.send(
            "GET", target, headers=self._headers("GET", target, b""), bytes_max=STATEMENT_BYTES_MAX
        )
        # The file is not signed; its hash is, in the answer that named it.
        if answer.status != 200 or sha1(answer.body, usedforsecurity=False).hexdigest() != str(digest).lower():
            raise GatewaySilent("the bill is not the one that was named")
        return read_bill(answer.body, day)

    async def check(self) -> Check:
        """Ask about an order that never was: who is told that there is none has good credentials."""
        try:
            said = await self._ask("GET", f"/v3/pay/transactions/out-trade-no/weiji-check?mchid={self.mch_id}")
        except GatewaySilent as silence:
            return Check(False, str(silence))
        return Check(said.is_success or said.code in UNKNOWN, f"{said.status} {said.code}")

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.gateway.aclose()

    # The wire

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        timestamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(16)
        message = b"\n".join([method.encode(), target.encode(), timestamp.encode(), nonce.encode(), body, b""])
        pairs = {
            "mchid": self.mch_id,
            "nonce_str": nonce,
            "timestamp": timestamp,
            "serial_no": self.serial,
            "signature": rsa.sign(self.private_key, message),
        }
        headers = {
            "accept": "application/json",
            "authorization": f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in pairs.items()),
            "content-type": "application/json",
        }
        # It signs its answer with the key that is named.
        return {**headers, "wechatpay-serial": self.public_key_id} if self.public_key_id else headers

    async def _ask(self, method: str, target: str, content: Mapping[str, Any] | None = None) -> Said:
        """Call a method. Raises GatewaySilent, also where the answer is not signed by the platform."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        answer = await self.gateway.send(
            method, target, headers=self._headers(method, target, body), content=body or None
        )
        what = target.partition("?")[0]
        code = _code_of(answer)
        if answer.status >= 500 or answer.status in (401, 429):
            raise GatewaySilent(f"{what}: {answer.status} {code}")
        try:
            await self._verify(answer.headers, answer.body)
            values = json.loads(answer.body) if answer.body else {}
        except (GatewaySilent, ValueError, RecursionError) as wrong:
            raise GatewaySilent(f"{what}: {answer.status} {code}: {wrong}"[:200]) from wrong
        if not isinstance(values, dict):
            raise GatewaySilent(f"{what}: it is no answer")
        return Said(answer.status, code, values, answer.body or target.encode())

    async def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """See that a key of the platform signed a message, and lately. Raises GatewaySilent."""
        serial, nonce = headers.get("wechatpay-serial", ""), headers.get("wechatpay-nonce", "")
        timestamp, signature = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise GatewaySilent("it is not signed")
        if abs(clock.now().timestamp() - int(timestamp)) > CLOCK_SKEW.total_seconds():
            raise GatewaySilent("its signature is of another time")
        key = await self._key_of(serial)
        message = b"%b\n%b\n%b\n" % (timestamp.encode(), nonce.encode("latin-1"), body)
        if key is None or not rsa.verify(key, message, signature):
            raise GatewaySilent("its signature is not the platform's")

    async def _key_of(self, serial: str) -> RSAPublicKey | None:
        if not self._is_known(serial) and serial and not serial.startswith("PUB_KEY_ID_"):
            async with self._fetching:
                is_due = self._fetched_at is None or clock.now() - self._fetched_at > CERTIFICATES_AFTER
                if not self._is_known(serial) and is_due:
                    self._fetched_at = clock.now()
                    await self._fetch_certificates()
        return self._keys[serial] if self._is_known(serial) else None

    def _is_known(self, serial: str) -> bool:
        return serial in self._keys and self._until.get(serial, datetime.max.replace(tzinfo=SHANGHAI)) > clock.now()

    async def _fetch_certificates(self) -> None:
        """Fetch the certificates in force. What opens with the merchant's own key is the platform's word."""
        target = "/v3/certificates"
        answer = await self.gateway.send("GET", target, headers=self._headers("GET", target, b""))
        if answer.status != 200:
            raise GatewaySilent(f"certificates: {answer.status} {_code_of(answer)}")
        try:
            for entry in json.loads(answer.body)["data"]:
                certificate = rsa.read_certificate(self._unseal(entry["encrypt_certificate"]).decode())
                serial = f"{certificate.serial_number:X}"
                self._keys[serial] = rsa.public_key_of(certificate)
                self._until[serial] = certificate.not_valid_after_utc
        except (ValueError, KeyError, TypeError) as wrong:
            raise GatewaySilent("the certificates can't be read: is the APIv3 key right?") from wrong

    def _unseal(self, sealed: Mapping[str, str]) -> bytes:
        """Open sealed data. Raises ValueError."""
        try:
            return AESGCM(self.sealing_key).decrypt(
                sealed["nonce"].encode(),
                base64.b64decode(sealed["ciphertext"], validate=True),
                sealed.get("associated_data", "").encode(),
            )
        except (InvalidTag, binascii.Error) as wrong:
            raise ValueError("it does not open with the APIv3 key") from wrong


def read_bill(content: bytes, day: date) -> list[Notice]:
    """Read a bill of trades: what was taken, what went back, and what it cost. Raises GatewaySilent."""
    try:
        table = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        head = next(table, [])
        # Every cell of a trade begins with a back-quote; the two lines of the summary come after them.
        rows = [
            {name: cell.removeprefix("`") for name, cell in zip(head, row, strict=False)}
            for row in table
            if row and row[0].startswith("`20")
        ]
    except (UnicodeError, csv.Error) as wrong:
        raise GatewaySilent("the bill can't be read") from wrong
    notices = []
    fee = 0
    for row in rows:
        try:
            fee += to_fen(row["手续费"])
            raw = json.dumps(row, ensure_ascii=False).encode()
            at = datetime.strptime(row["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
            if row["交易状态"] == "SUCCESS":
                number, ours = row["微信订单号"], id_of(row["商户订单号"])
                amount, kind = to_fen(row["订单金额"]), NoticeKind.CHARGE_SUCCEEDED
                notices.append(told(NAME, f"bill:{number}", kind, ours, number, amount, at, raw))
            elif row["交易状态"] == "REFUND":
                number = row["商户退款单号"]
                amount, kind = to_fen(row["退款金额"]), NoticeKind.REFUND_SUCCEEDED
                notices.append(told(NAME, f"refunded:{number}", kind, id_of(number), number, amount, at, raw))
        except (KeyError, ValueError) as wrong:
            raise GatewaySilent("the bill can't be read") from wrong
    return notices + fees_of(NAME, day, fee)


def _code_of(answer: GatewayAnswer) -> str:
    """Read the code of a refusal, for people: nothing is decided by it before it is verified."""
    try:
        found = json.loads(answer.body) if answer.body else {}
    except (ValueError, RecursionError):
        return ""
    return str(found.get("code", ""))[:64] if isinstance(found, dict) else ""


def _paid(values: Mapping[str, Any], way: str, raw: bytes) -> Notice:
    amount = values.get("amount") or {}
    total, number = amount.get("total"), values.get("transaction_id")
    if not isinstance(total, int) or amount.get("currency") != "CNY" or not isinstance(number, str):
        raise GatewaySilent("it is no payment in yuan")
    at = _instant(values.get("success_time"))
    event_id = way if way.startswith("notify:") else f"{way}:{number}"
    ours = id_of(str(values.get("out_trade_no", "")))
    return told(NAME, event_id, NoticeKind.CHARGE_SUCCEEDED, ours, number, total, at, raw)


def _refund_stands(refund: Refund, said: Said) -> Answer:
    values = said.values
    if values.get("out_refund_no") != refund.id.hex:
        raise GatewaySilent("refund: it answered about another")
    kind = REFUND_ENDS.get(str(values.get("status")))
    if kind is NoticeKind.REFUND_SUCCEEDED:
        amount = (values.get("amount") or {}).get("refund")
        if not isinstance(amount, int):
            raise GatewaySilent("refund: it has no amount")
        return answer_ended(NAME, kind, refund, said.raw, amount)
    return answer_ended(NAME, kind, refund, said.raw) if kind else Answer()


def _instant(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise GatewaySilent("it is no time") from None
    if found.tzinfo is None:
        raise GatewaySilent("it is no time")
    return found


def describe() -> ChannelKind:
    """Describe the channel in the reader's language."""
    return ChannelKind(
        name=NAME,
        label=_("微信支付"),
        note=_("要有微信支付商户号，签约 Native 或 H5 支付。付款人用微信付，钱进你的商户号，再结算到你的银行账户。"),
        custody=WechatPayChannel.custody,
        abilities=WechatPayChannel.abilities,
        gateways=(GatewayAddress("https://api.mch.weixin.qq.com", _("正式")),),
        settings=(
            Setting(name="app_id", label=_("应用号（appid）"), help=_("和商户号绑定的公众号、小程序或应用。")),
            Setting(name="mch_id", label=_("商户号（mchid）")),
            Setting(name="serial", label=_("商户证书序列号"), help=_("商户平台的 API 安全里，40 个十六进制字符。")),
            Setting(name="private_key", label=_("商户私钥"), help="apiclient_key.pem", is_secret=True, is_long=True),
            Setting(name="api_v3_key", label=_("APIv3 密钥"), help=_("32 个字符，自己设的。"), is_secret=True),
            Setting(
                name="public_key_id",
                label=_("微信支付公钥编号"),
                help=_("公钥方式才填；不填就用平台证书，程序自己下载。"),
                is_required=False,
            ),
            Setting(name="public_key", label=_("微信支付公钥"), help="pub_key.pem", is_required=False, is_long=True),
            Setting(
                name="subject",
                label=_("账单上的名字"),
                help=_("付款人在微信账单里看到它，后面跟着几位单号。"),
                is_required=False,
            ),
        ),
        open=WechatPayChannel,
    )
