"""WeChat Pay: APIv3, as the contracted merchant's client. `apiv3.py` has how it is spoken.

What is said here of orders and refunds is said by a platform of its sub-merchants' (`wechat_ecommerce.py`), too, at
other paths, naming both. Names on the wire are facts of the protocol.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

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
    Stated,
    TradesMissing,
    on_bill,
)
from weiji.payments.channels.apiv3 import UNKNOWN, ApiV3, Said, settings_of_contract
from weiji.payments.channels.gateway import Gateway, GatewaySilent, ask_each
from weiji.payments.channels.reading import answer_ended, id_of, may_lack, told
from weiji.payments.channels.wechat_bills import read_bill, read_funds
from weiji.payments.model import Notice, NoticeKind, Payment, PayWay, Refund
from weiji.web import gettext as _

NAME: Final = "wechatpay"

FINAL_AFTER: Final = timedelta(hours=48)

LIVE: Final = "https://api.mch.weixin.qq.com"

OPENID: Final = re.compile("[0-9A-Za-z_-]{1,128}")

CODE_USED: Final = frozenset({40029, 40163})
"""That a code is none, or was exchanged before: who pays is asked again."""

NOTICE_BYTES_MAX: Final = 256 * 1024

REFUND_ENDS: Final = {
    "SUCCESS": NoticeKind.REFUND_SUCCEEDED,
    "CLOSED": NoticeKind.REFUND_REJECTED,
    "ABNORMAL": NoticeKind.REFUND_REJECTED,
}
"""ABNORMAL: the payer's card is closed or frozen, and the money is with us still."""

REFUSALS: Final = UNKNOWN | {"USER_ACCOUNT_ABNORMAL"}
"""Why a refund is refused for good. Whatever else it is (too little money, a fault) may pass: it is asked again."""

BLAMES: Final = (
    ("SIGN_ERROR", ("serial", "private_key")),
    ("APIv3 key", ("api_v3_key",)),
    ("signature is not the platform's", ("public_key_id", "public_key")),
    ("APPID_MCHID_NOT_MATCH", ("app_id", "mch_id")),
    ("NO_AUTH", ("mch_id",)),
)
"""By what it says to a check: which setting is wrong."""

NOT_ENOUGH: Final = "NOT_ENOUGH"
"""Why a refund is not paid yet: the account that it comes from has too little."""


class WechatPayChannel(Channel):
    """One merchant's contract with WeChat Pay."""

    name = NAME
    payer_names = ("财付通",)
    custody: Custody = "channel"
    abilities = frozenset({Ability.PHONE, Ability.APP, Ability.JSAPI, Ability.CODE, Ability.REFUND, Ability.STATEMENT})
    final_after = FINAL_AFTER
    heard = Reply(200, b'{"code":"SUCCESS"}', "application/json")
    orders_at = "/v3/pay/transactions"
    refunds_at = "/v3/refund/domestic/refunds"
    is_refund_told = True
    """Whether who asks for a refund is told at once how it stands."""
    told_to = "mchid"
    """The member of its notices that names us."""
    payer_is = "openid"
    """What it calls who pays."""

    def __init__(self, settings: Mapping[str, str], place: Place) -> None:
        """Read the keys. Raises SettingWrong."""
        self.app_id = settings["app_id"]
        self.api = ApiV3(settings, place.gateway)
        self.subject = settings.get("subject") or "weiji"
        self.place = place
        self.app_secret = settings.get("app_secret")
        # A test's own gateway is all of WeChat.
        is_live = place.gateway == LIVE
        self.accounts = Gateway("https://api.weixin.qq.com" if is_live else place.gateway)
        self.asks_at = ("https://open.weixin.qq.com" if is_live else place.gateway) + "/connect/oauth2/authorize"

    def merchant_of(self, thing: Payment | Refund) -> dict[str, str]:  # noqa: ARG002
        """Say whose order it is, as each call has to."""
        return {"mchid": self.api.mch_id}

    # Paying

    async def start(self, payments: Sequence[Payment], payer: Payer) -> list[Answer]:
        """Have a code made for desktops, a page's address for telephones, and for apps what their SDK takes."""

        async def one(payment: Payment) -> Answer:
            return await self._start(payment, payer)

        return await ask_each(self.name, payments, one)

    async def _start(self, payment: Payment, payer: Payer) -> Answer:
        until = payment.expires_at or clock.now() + PAY_WITHIN
        content: dict[str, Any] = {
            **self._asked_by(payment),
            "description": on_bill(self.subject, payment),
            "out_trade_no": payment.id.hex,
            "time_expire": until.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "amount": {"total": payment.amount, "currency": "CNY"},
            "notify_url": self.place.notice_url or NOWHERE,
        }
        if payer.device is Device.WECHAT and payer.openid is None and (asks := self._asks_at(payment)):
            return Answer(pay_url=asks)  # An order is made once it is known for whom.
        kind = self._kind_for(payer)
        if kind == "h5":
            content["scene_info"] = {"payer_client_ip": payer.address, "h5_info": {"type": "Wap"}}
        if kind == "jsapi":
            content["payer"] = {self.payer_is: payer.openid}
        said = await self.api.ask("POST", f"{self.orders_at}/{kind}", content)
        found = said.values.get({"native": "code_url", "h5": "h5_url"}.get(kind, "prepay_id"))
        if not said.is_success or not isinstance(found, str):
            raise GatewaySilent(f"{kind}: {said.status} {said.code}")
        if kind == "native":
            return Answer(pay_url=found, pay_way=PayWay.CODE)
        if kind == "app":
            return Answer(pay_url=self._for_app(found), pay_way=PayWay.APP)
        if kind == "jsapi":
            return Answer(pay_url=self._for_page(found), pay_way=PayWay.JSAPI)
        back = self.place.return_of(payment)
        return Answer(pay_url=f"{found}&redirect_url={quote(back, safe='')}" if back else found)

    def _asked_by(self, payment: Payment) -> dict[str, Any]:
        """Say who asks for the money of an order."""
        return {"appid": self.app_id, **self.merchant_of(payment)}

    @staticmethod
    def _kind_for(payer: Payer) -> str:
        if payer.device is Device.WECHAT and payer.openid is not None:
            return "jsapi"
        if payer.device in (Device.PHONE, Device.WECHAT) and payer.address is not None:
            return "h5"
        return "app" if payer.device is Device.APP else "native"

    def _for_page(self, prepay_id: str) -> str:
        """Write what a page in WeChat, or a mini program, hands over."""
        timestamp, nonce, package = str(int(clock.wall().timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        return json.dumps(
            {
                "appId": self.app_id,
                "timeStamp": timestamp,
                "nonceStr": nonce,
                "package": package,
                "signType": "RSA",
                "paySign": self.api.sign(self.app_id, timestamp, nonce, package),
            }
        )

    # Who pays, in WeChat

    def _asks_at(self, payment: Payment) -> str | None:
        """Say where a payer in WeChat is asked who they are; None where nobody can be: they pay as on a telephone."""
        back = self.place.payer_of(payment)
        if not self.app_secret or not back:
            return None
        asked = {
            "appid": self.app_id,
            "redirect_uri": back,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": payment.id.hex,
        }
        return f"{self.asks_at}?{urlencode(asked)}#wechat_redirect"

    async def identify(self, payment: Payment, told: Mapping[str, str]) -> str | None:
        """Exchange the code that a payer came back with for their openid. Raises GatewaySilent."""
        code = told.get("code", "")
        if told.get("state") != payment.id.hex or not code or not self.app_secret:
            return None
        asked = {"appid": self.app_id, "secret": self.app_secret, "code": code, "grant_type": "authorization_code"}
        answer = await self.accounts.send("GET", f"/sns/oauth2/access_token?{urlencode(asked)}")
        try:
            values = json.loads(answer.body)
            openid = values.get("openid")
        except (ValueError, AttributeError, RecursionError):
            raise GatewaySilent(f"openid: HTTP {answer.status}") from None
        if isinstance(openid, str) and OPENID.fullmatch(openid):
            return openid
        if values.get("errcode") in CODE_USED:
            return None
        raise GatewaySilent(f"openid: {values.get('errcode')}")

    def _for_app(self, prepay_id: str) -> str:
        timestamp, nonce = str(int(clock.wall().timestamp())), secrets.token_hex(16)
        return json.dumps(
            {
                "appid": self.app_id,
                "partnerid": self.api.mch_id,
                "prepayid": prepay_id,
                "package": "Sign=WXPay",
                "noncestr": nonce,
                "timestamp": timestamp,
                "sign": self.api.sign(self.app_id, timestamp, nonce, prepay_id),
            }
        )

    # Asking

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask how orders stand."""
        return await ask_each(self.name, payments, self._query)

    async def _query(self, payment: Payment) -> Answer:
        said = await self._find(payment.id.hex, self.merchant_of(payment))
        if said is None:
            return Answer()
        state = said.values.get("trade_state")
        if state in ("SUCCESS", "REFUND"):
            return Answer(notices=(paid(self.name, said.values, "query", said.raw),))
        if state in ("CLOSED", "REVOKED"):
            return answer_ended(self.name, NoticeKind.CHARGE_CLOSED, payment, said.raw)
        if state == "PAYERROR":
            return answer_ended(self.name, NoticeKind.CHARGE_FAILED, payment, said.raw)
        if state not in ("NOTPAY", "USERPAYING"):
            raise GatewaySilent(f"query: {state}")
        return Answer()

    async def _find(self, number: str, merchant: Mapping[str, str]) -> Said | None:
        said = await self.api.ask("GET", f"{self.orders_at}/out-trade-no/{number}?{urlencode(merchant)}")
        if said.is_unknown:
            return None
        expected = {"out_trade_no": number, **merchant}
        if not said.is_success or any(said.values.get(name) != value for name, value in expected.items()):
            raise GatewaySilent(f"query: {said.status} {said.code}")
        return said

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Close orders; ask of those that can't be closed how they stand."""
        return await ask_each(self.name, payments, self._close)

    async def _close(self, payment: Payment) -> Answer:
        target = f"{self.orders_at}/out-trade-no/{payment.id.hex}/close"
        said = await self.api.ask("POST", target, self.merchant_of(payment))
        if said.is_success or said.is_unknown:
            return answer_ended(self.name, NoticeKind.CHARGE_CLOSED, payment, said.raw)
        return await self._query(payment)

    # Giving back

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Ask for refunds, each under its own number; asked again, the platform tells how it stands."""
        return await ask_each(self.name, refunds, self._refund)

    async def _refund(self, refund: Refund) -> Answer:
        order = await self._find(refund.payment_id.hex, self.merchant_of(refund))
        total = order.values.get("amount", {}).get("total") if order else refund.amount
        asked = await self.api.ask("POST", self.refunds_at, self._refund_asked(refund, total))
        if asked.is_success and self.is_refund_told:
            return self._refund_stands(refund, asked)
        stands = await self._find_refund(refund)
        if not stands.is_unmade:
            return stands
        if asked.code in REFUSALS:
            return answer_ended(self.name, NoticeKind.REFUND_REJECTED, refund, asked.raw)
        if asked.code == NOT_ENOUGH:
            return Answer(is_uncovered=True)
        raise GatewaySilent(f"refund: {asked.status} {asked.code}, and it knows of none")

    async def find_refunds(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Ask how refunds stand, each by its number."""
        return await ask_each(self.name, refunds, self._find_refund)

    async def _find_refund(self, refund: Refund) -> Answer:
        self.merchant_of(refund)
        said = await self.api.ask("GET", self._refund_target(refund))
        if said.is_success:
            return self._refund_stands(refund, said)
        if said.is_unknown:
            return Answer(is_unmade=True)
        raise GatewaySilent(f"refund: {said.status} {said.code}")

    def _refund_asked(self, refund: Refund, total: int) -> dict[str, Any]:
        return {
            "out_trade_no": refund.payment_id.hex,
            "out_refund_no": refund.id.hex,
            "amount": {"refund": refund.amount, "total": total, "currency": "CNY"},
            **({"notify_url": self.place.notice_url} if self.place.notice_url else {}),
        }

    def _refund_target(self, refund: Refund) -> str:
        return f"{self.refunds_at}/{refund.id.hex}"

    def _refund_stands(self, refund: Refund, said: Said) -> Answer:
        values = said.values
        if values.get("out_refund_no") != refund.id.hex:
            raise GatewaySilent("refund: it answered about another")
        kind = REFUND_ENDS.get(str(values.get("status")))
        if kind is NoticeKind.REFUND_SUCCEEDED:
            amount = (values.get("amount") or {}).get("refund")
            if not isinstance(amount, int):
                raise GatewaySilent("refund: it has no amount")
            return answer_ended(self.name, kind, refund, said.raw, amount)
        return answer_ended(self.name, kind, refund, said.raw) if kind else Answer()

    # What it says of itself

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:
        """Verify a notice, open what is sealed in it, and read it. Raises NoticeRefused."""
        if len(body) > NOTICE_BYTES_MAX:
            raise NoticeRefused("it is too long")
        try:
            await self.api.verify(headers, body)
            envelope = json.loads(body)
            event_id, event = str(envelope["id"]), str(envelope["event_type"])
            values = json.loads(self.api.unseal(envelope["resource"]))
            return self._read_event(event_id, event, values, body)
        except (GatewaySilent, ValueError, KeyError, TypeError, RecursionError, AttributeError) as wrong:
            raise NoticeRefused(f"{type(wrong).__name__}: {wrong}"[:200]) from wrong

    def _read_event(self, event_id: str, event: str, values: Mapping[str, Any], body: bytes) -> Sequence[Notice]:
        if values[self.told_to] != self.api.mch_id:
            raise NoticeRefused("it is for another merchant")
        if event == "TRANSACTION.SUCCESS" and values["trade_state"] == "SUCCESS":
            return (paid(self.name, values, f"notify:{event_id}", body),)
        kind = REFUND_ENDS.get(str(values.get("refund_status")))
        if event.startswith("REFUND.") and kind is not None:
            number = str(values["out_refund_no"])
            amount = int(values["amount"]["refund"])
            at = _instant(values.get("success_time") or clock.now().isoformat())
            return (told(self.name, f"notify:{event_id}", kind, id_of(number), number, amount, at, body),)
        return ()

    async def read_statement(self, day: date) -> Sequence[Stated] | None:
        """Fetch the bills of a day: what was taken and given back, the fees, and what moved on our account besides.

        A platform's account does not have what its shops took. Raises TradesMissing.
        """
        asked = {"bill_date": day.isoformat()}
        trades = await self.api.fetch_bill(f"/v3/bill/tradebill?{urlencode(asked)}")
        funds = await self.api.fetch_bill(f"/v3/bill/fundflowbill?{urlencode(asked | {'account_type': 'BASIC'})}")
        if None in (trades, funds) and may_lack(day):
            return None
        notices = read_bill(self.name, trades, day) if trades else []
        besides = read_funds(self.name, funds, {one.reference for one in notices}) if funds else []
        if trades is not None:
            return notices + besides
        if besides:
            raise TradesMissing(besides)
        return None

    async def check(self) -> Check:
        """Ask about an order that never was: who is told that there is none has good credentials."""
        try:
            said = await self.api.ask("GET", self._check_target())
        except GatewaySilent as silence:
            return self.api.gateway.refused(silence, BLAMES)
        answer = f"{said.status} {said.code}"
        is_good = said.is_success or said.is_unknown
        return Check(True, answer) if is_good else self.api.gateway.refused(answer, BLAMES)

    def _check_target(self) -> str:
        return f"{self.orders_at}/out-trade-no/weiji-check?mchid={self.api.mch_id}"

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.api.gateway.aclose()
        await self.accounts.aclose()


def paid(channel: str, values: Mapping[str, Any], way: str, raw: bytes) -> Notice:
    """Read an order that was paid. Raises GatewaySilent."""
    amount = values.get("amount") or {}
    total, number = amount.get("total"), values.get("transaction_id")
    if not isinstance(total, int) or amount.get("currency") != "CNY" or not isinstance(number, str):
        raise GatewaySilent("it is no payment in yuan")
    at = _instant(values.get("success_time"))
    event_id = way if way.startswith("notify:") else f"{way}:{number}"
    ours = id_of(str(values.get("out_trade_no", "")))
    return told(channel, event_id, NoticeKind.CHARGE_SUCCEEDED, ours, number, total, at, raw)


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
        gateways=(GatewayAddress(LIVE, _("正式")),),
        settings=settings_of_contract(_("和商户号绑定的公众号、小程序或应用。")),
        open=WechatPayChannel,
    )
