"""Alipay: the gateway's own protocol (RSA2), as the contracted merchant's client.

Nothing that is not signed by Alipay is an answer. A signature covers the bytes of the inner object as they were sent,
so those are cut out of the text, and never written anew. Names on the wire are facts of the protocol.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import md5
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.money import plain_yuan
from weiji.payments.channels import (
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
    Stated,
    StatedLine,
    on_bill,
    rsa,
)
from weiji.payments.channels.gateway import (
    STATEMENT_BYTES_MAX,
    Gateway,
    GatewaySilent,
    ask_each,
    read_address,
    unanswered,
    write_form,
)
from weiji.payments.channels.reading import (
    answer_ended,
    came_back,
    charged,
    ended,
    fees_charged_on,
    fees_of,
    id_of,
    may_lack,
    moved,
    read_form,
    to_fen,
    told,
    unpack,
    withdrawn,
)
from weiji.payments.model import Notice, NoticeKind, Payment, Payout, PayoutAccount, PayWay, Refund
from weiji.payments.operations import open_number
from weiji.web import gettext as _

log = structlog.get_logger("weiji.channels")

NAME: Final = "alipay"

FINAL_AFTER: Final = timedelta(hours=48)
"""A payer's page may be open for as long as its payment; a day and the time to tell of it come on top."""

FORM_BYTES_MAX: Final = 64 * 1024

BILL_FILES_MAX: Final = 8
BILL_HOSTS: Final = ("alipay.com", "alipaydev.com", "alipayobjects.com")
"""Whose hosts a bill may be fetched from: the address comes in an answer that Alipay signed."""

BLAMES: Final = (
    ("invalid-signature", ("private_key",)),
    ("invalid-app-id", ("app_id",)),
    ("another certificate", ("alipay_certificate",)),
    ("signature is not Alipay's", ("public_key", "alipay_certificate")),
)
"""By what it says to a check: which setting is wrong."""

UNKNOWN_TRADE: Final = "ACQ.TRADE_NOT_EXIST"
NO_BILL: Final = "bill_not_exist"
NOT_PERMITTED: Final = "40006"

REFUSALS: Final = frozenset(
    {
        UNKNOWN_TRADE,
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.TRADE_NOT_ALLOW_REFUND",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        "ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND",
        "ACQ.BUYER_ERROR",
        "ACQ.BUYER_NOT_EXIST",
        "ACQ.BUYER_ENABLE_STATUS_FORBID",
    }
)
"""Why a refund is refused for good. Whatever else it is (too little money, a fault) may pass: it is asked again."""

NOT_ENOUGH: Final = "ACQ.SELLER_BALANCE_NOT_ENOUGH"
"""Why a refund is not paid yet: the account that it comes from has too little."""


PAYOUT: Final = {"product_code": "TRANS_BANKCARD_NO_PWD", "biz_scene": "DIRECT_TRANSFER"}
"""What a transfer to a bank account is called, when it is asked for and when it is asked about."""

TRANSFER_CHANGED: Final = "alipay.fund.trans.order.changed"
"""The message that a transfer ended, or came back."""

UNKNOWN_TRANSFER: Final = "ORDER_NOT_EXIST"

TRANSFER_WITHIN: Final = timedelta(days=30)
"""How long a transfer is asked for that Alipay does not know: later it may be forgotten there, or was made by hand.

From then on it is only asked about: people have to look.
"""

PAYEE_REFUSALS: Final = frozenset(
    {
        "CARD_BIN_ERROR",
        "INVALID_CARDNO",
        "PAYEE_ACCOUNT_NOT_EXSIT",
        "PAYEE_ACCOUNT_STATUS_ERROR",
        "PAYEE_CARD_INFO_ERROR",
        "PAYEE_NOT_EXIST",
        "PAYEE_USERINFO_STATUS_ERROR",
        "PAYEE_USER_INFO_ERROR",
        "PAYEE_USER_TYPE_ERROR",
        "PERMIT_LIMIT_PAYEE",
        "PERMIT_NON_BANK_LIMIT_PAYEE",
    }
)
"""Why a transfer is refused for good: the account. Whatever else it is (too little money, a limit) may pass."""

COMPANY_ENDS: Final = (
    "公司",
    "集团",
    "合作社",
    "事务所",
    "商行",
    "企业",
    "中心",
    "厂",
    "店",
    "部",
    "社",
    "院",
    "会",
    "场",
    "馆",
)
"""How names end that are no person's: their accounts are asked for by branch."""

PERSON_LENGTH_MAX: Final = 4
"""Characters of a person's Chinese name, at most, unless it has a dot."""

LEDGER_BILL: Final = "signcustomer"
"""The bill of everything that moved on the account; that of trades has no transfers, and no withdrawals."""

WITHDRAWAL: Final = "提现"
TRANSFERS: Final = ("转账", WITHDRAWAL, "代付", "退票")
FEES: Final = ("收费", "服务费", "手续费", "退费")
SHARES: Final = ("分账", "补差")
TRADES: Final = ("在线支付", "交易", "退款")
PROVED: Final = (*TRADES, "分账")
"""Of which businesses the bill of trades says more than that of the account."""

NUMBER: Final = re.compile(r"[0-9]{16,64}")
"""What may be a number of Alipay's, in a remark."""


class Said(msgspec.Struct, frozen=True):
    """What Alipay answered, verified."""

    code: str
    sub_code: str
    values: Mapping[str, Any]

    @property
    def is_success(self) -> bool:
        """Whether it did what was asked."""
        return self.code == "10000"


class AlipayChannel(Channel):
    """One merchant's contract with Alipay."""

    name = NAME
    payer_names = ("支付宝",)
    beside = ("alipay_direct",)
    custody: Custody = "channel"
    abilities = frozenset(
        {
            Ability.PAGE,
            Ability.PHONE,
            Ability.APP,
            Ability.CODE,
            Ability.REFUND,
            Ability.PAY_OUT,
            Ability.STATEMENT,
        }
    )
    final_after = FINAL_AFTER
    heard = Reply(200, b"success")

    def __init__(self, settings: Mapping[str, str], place: Place) -> None:
        """Read keys and certificates. Raises SettingWrong."""
        self.app_id = settings["app_id"]
        self.seller_id = settings.get("seller_id")
        self.subject = settings.get("subject") or "weiji"
        self.is_code = settings.get("desktop") == "code"
        if settings.get("payouts") != "bank_card":
            self.abilities = self.abilities - {Ability.PAY_OUT}
        self.place = place
        self.gateway = Gateway(place.gateway)
        self.private_key = rsa.read_setting("private_key", rsa.read_private_key, settings)
        self.certificates: dict[str, str] = {}
        self.valid: dict[str, x509.Certificate] = {}
        self.certificate_sn: str | None = None
        if settings.get("app_certificate"):
            own = rsa.read_setting("app_certificate", rsa.read_certificate, settings)
            if not rsa.is_pair(self.private_key, _key_of("app_certificate", own)):
                raise SettingWrong("app_certificate", _("这张证书不是上面那把私钥的。"))
            theirs = rsa.read_setting("alipay_certificate", rsa.read_certificate, settings)
            self.public_key = _key_of("alipay_certificate", theirs)
            self.certificate_sn = serial_of(theirs)
            roots = rsa.read_setting("alipay_root_certificates", rsa.read_certificates, settings)
            self.valid = {"app_certificate": own, "alipay_certificate": theirs}
            self.certificates = {"app_cert_sn": serial_of(own), "alipay_root_cert_sn": serial_of_roots(roots)}
        elif settings.get("public_key"):
            self.public_key = rsa.read_setting("public_key", rsa.read_public_key, settings)
            if rsa.is_pair(self.private_key, self.public_key):
                raise SettingWrong("public_key", _("这是应用自己的公钥。这里要填支付宝的公钥。"))
        else:
            raise SettingWrong("public_key", _("支付宝公钥和三张证书，要填一样。"))

    # Paying

    async def start(self, payments: Sequence[Payment], payer: Payer) -> list[Answer]:
        """Make the address of a page, or have a code made. A page's address is signed here: nobody is called."""
        if payer.device is Device.DESKTOP and self.is_code:
            return await ask_each(self.name, payments, self._precreate)
        method, product = {
            Device.DESKTOP: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
            Device.PHONE: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
            Device.APP: ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
        }[payer.device]

        async def sign(payment: Payment) -> Answer:
            content = {**self._order(payment), "product_code": product}
            if payer.device is Device.PHONE and (page := self.place.page_of(payment)):
                content["quit_url"] = page
            signed = self._signed(
                method,
                content,
                notify_url=self.place.notice_url,
                return_url=self.place.return_of(payment) if payer.device is not Device.APP else None,
            )
            query = urlencode(signed)
            if payer.device is Device.APP:
                return Answer(pay_url=query, pay_way=PayWay.APP)  # An app hands over the signed text as it is.
            return Answer(pay_url=f"{self.gateway.url}/gateway.do?{query}")

        return await ask_each(self.name, payments, sign)

    async def _precreate(self, payment: Payment) -> Answer:
        said = await self._ask("alipay.trade.precreate", self._order(payment), notify_url=self.place.notice_url)
        code = said.values.get("qr_code")
        if not said.is_success or not isinstance(code, str):
            raise GatewaySilent(f"precreate: {said.code} {said.sub_code}")
        return Answer(pay_url=code, pay_way=PayWay.CODE)

    def _order(self, payment: Payment) -> dict[str, Any]:
        until = payment.expires_at or clock.now() + PAY_WITHIN
        return {
            "out_trade_no": payment.id.hex,
            "total_amount": plain_yuan(payment.amount),
            "subject": on_bill(self.subject, payment),
            "time_expire": until.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        }

    # Asking

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask how trades stand."""
        return await ask_each(self.name, payments, self._query)

    async def _query(self, payment: Payment) -> Answer:
        said = await self._ask("alipay.trade.query", {"out_trade_no": payment.id.hex})
        if said.sub_code == UNKNOWN_TRADE:
            return Answer()  # A trade begins when its payer opens the page.
        if not said.is_success:
            raise GatewaySilent(f"query: {said.code} {said.sub_code}")
        if said.values.get("out_trade_no") != payment.id.hex:
            raise GatewaySilent("query: it answered about another trade")
        status = said.values.get("trade_status")
        paid_at = said.values.get("send_pay_date")
        if status in ("TRADE_SUCCESS", "TRADE_FINISHED") or (status == "TRADE_CLOSED" and paid_at):
            return Answer(notices=(_paid(self.name, said.values, "query", paid_at, raw_of(said)),))
        if status == "TRADE_CLOSED":
            return Answer(notices=(_closed(self.name, payment, raw_of(said)),))
        return Answer()

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Close trades; ask of those that can't be closed how they stand."""
        return await ask_each(self.name, payments, self._close)

    async def _close(self, payment: Payment) -> Answer:
        said = await self._ask("alipay.trade.close", {"out_trade_no": payment.id.hex})
        # A trade that is not there begins no more once its page's time is over.
        if said.is_success or said.sub_code == UNKNOWN_TRADE:
            return Answer(notices=(_closed(self.name, payment, raw_of(said)),))
        return await self._query(payment)

    # Giving back

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Ask for refunds, each under its own number, and then how it stands: only that is believed."""
        return await ask_each(self.name, refunds, self._refund)

    async def _refund(self, refund: Refund) -> Answer:
        asked = await self._ask(
            "alipay.trade.refund",
            {
                "out_trade_no": refund.payment_id.hex,
                "out_request_no": refund.id.hex,
                "refund_amount": plain_yuan(refund.amount),
            },
        )
        stands = await self._find_refund(refund)
        if not stands.is_unmade:
            return stands
        if asked.code == "40004" and asked.sub_code in REFUSALS:
            return answer_ended(self.name, NoticeKind.REFUND_REJECTED, refund, raw_of(asked))
        if asked.sub_code == NOT_ENOUGH:
            return Answer(is_uncovered=True)
        if asked.code != "10000":
            raise GatewaySilent(f"refund: {asked.code} {asked.sub_code}, and it knows of none")
        return Answer()

    async def find_refunds(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Ask how refunds stand, each by its number."""
        return await ask_each(self.name, refunds, self._find_refund)

    async def _find_refund(self, refund: Refund) -> Answer:
        numbers = {"out_trade_no": refund.payment_id.hex, "out_request_no": refund.id.hex}
        said = await self._ask("alipay.trade.fastpay.refund.query", numbers)
        values = said.values
        is_same = values.get("out_request_no") == refund.id.hex
        if said.is_success and is_same and values.get("refund_status") == "REFUND_SUCCESS":
            amount = to_fen(values.get("refund_amount"))
            return answer_ended(self.name, NoticeKind.REFUND_SUCCEEDED, refund, raw_of(said), amount)
        if (said.is_success and not values.get("refund_status")) or said.sub_code == UNKNOWN_TRADE:
            return Answer(is_unmade=True)
        if not said.is_success:
            raise GatewaySilent(f"refund: {said.code} {said.sub_code}")
        return Answer()

    # Paying out

    async def pay_out(self, payouts: Sequence[tuple[Payout, PayoutAccount]]) -> list[Answer]:
        """Ask how transfers to bank accounts stand, and for those that there are not, each under its own number."""
        return await ask_each(self.name, payouts, self._pay_out)

    async def _pay_out(self, asked_for: tuple[Payout, PayoutAccount]) -> Answer:
        payout, account = asked_for
        said = await self._ask_transfer(payout)
        asked = None
        if (
            said.sub_code == UNKNOWN_TRANSFER
            and clock.now() < (payout.released_at or payout.created_at) + TRANSFER_WITHIN
        ):
            asked = await self._ask(
                "alipay.fund.trans.uni.transfer",
                {
                    **PAYOUT,
                    "out_biz_no": payout.id.hex,
                    "trans_amount": plain_yuan(payout.amount),
                    "order_title": f"{self.subject} {payout.id.hex[-8:].upper()}",
                    "payee_info": payee_of(account),
                },
            )
            said = await self._ask_transfer(payout)
        if said.is_success:
            if said.values.get("out_biz_no") != payout.id.hex:
                raise GatewaySilent("transfer: it answered about another one")
            notice = _transferred(said.values, payout.amount, raw_of(said))
            return Answer(notices=(notice,)) if notice else Answer()
        if asked is None:
            raise GatewaySilent(f"transfer: {said.code} {said.sub_code}")
        if said.sub_code == UNKNOWN_TRANSFER and asked.code == "40004" and asked.sub_code in PAYEE_REFUSALS:
            return Answer(
                notices=(ended(self.name, NoticeKind.PAYOUT_REJECTED, payout.id.hex, payout.amount, raw_of(asked)),)
            )
        raise GatewaySilent(f"transfer: {asked.code} {asked.sub_code}, {said.code} {said.sub_code}")

    async def _ask_transfer(self, payout: Payout) -> Said:
        return await self._ask("alipay.fund.trans.common.query", {**PAYOUT, "out_biz_no": payout.id.hex})

    # What it says of itself

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:  # noqa: ARG002
        """Verify a form that Alipay sent, and read it. Raises NoticeRefused."""
        values = self._verified_form(body)
        if values.get("app_id") != self.app_id:
            raise NoticeRefused("it is for another app")
        if "msg_method" in values:
            return self._read_message(values, body)
        if self.seller_id and values.get("seller_id") != self.seller_id:
            raise NoticeRefused("it is for another seller")
        # A trade that was refunded in part is told of as a success again, and one refunded wholly as closed.
        if values.get("trade_status") not in ("TRADE_SUCCESS", "TRADE_FINISHED") or values.get("out_biz_no"):
            return ()
        try:
            return (
                _paid(self.name, values, "notify", values.get("gmt_payment"), body, event_id=values.get("notify_id")),
            )
        except GatewaySilent as wrong:
            raise NoticeRefused(str(wrong)) from wrong

    def _read_message(self, values: Mapping[str, str], body: bytes) -> Sequence[Notice]:
        """Read a message of the open platform's: of transfers, and of nothing else."""
        if values["msg_method"] != TRANSFER_CHANGED:
            return ()
        try:
            content = json.loads(values.get("biz_content", ""))
            if not isinstance(content, dict):
                raise ValueError("it is no object")
            if content.get("product_code") != PAYOUT["product_code"]:
                return ()
            notice = _transferred(content, to_fen(content.get("trans_amount")), body)
        except (ValueError, RecursionError, GatewaySilent) as wrong:
            raise NoticeRefused(str(wrong)) from wrong
        return (notice,) if notice else ()

    def _verified_form(self, body: bytes) -> dict[str, str]:
        values = read_form(body, FORM_BYTES_MAX)
        signature = values.pop("sign", "")
        kind = values.pop("sign_type", "")
        # Products of accounts sign `sign_type`, too.
        with_kind = {**values, "sign_type": kind}
        if kind != "RSA2" or not (
            rsa.verify(self.public_key, _text(values), signature)
            or rsa.verify(self.public_key, _text(with_kind), signature)
        ):
            raise NoticeRefused("the signature is not Alipay's")
        return values

    async def read_statement(self, day: date) -> Sequence[Stated] | None:
        """Fetch the bills of a day: what was taken and given back, the fees, and what moved on our account besides."""
        trades, moves = await self._fetch_bill("trade", day), await self._fetch_bill(LEDGER_BILL, day)
        if (trades is None and not moves) or (None in (trades, moves) and may_lack(day)):
            return None
        if trades is None and moves and has_trades(moves):
            raise GatewaySilent("the bill of trades is to come: that of the account has some")
        found = read_trades(self.name, trades) if trades else []
        told = [trade.notice for trade in found]
        if moves:
            return [*told, *read_account(self.name, moves, found, day)]
        # Nothing else tells what they cost.
        return [*told, *fees_of(day, sum(trade.cost for trade in found))]

    async def read_withdrawals(self, day: date) -> list[StatedLine] | None:
        """Fetch what went from the account to our bank on a day, what of that came back, and what it cost.

        None: there is no bill of the account.
        """
        moves = await self._fetch_bill(LEDGER_BILL, day)
        if moves is None:
            return None
        return [withdrawal_of(move) for move in _moves_of(moves) if move.is_of_withdrawal] if moves else []

    async def _fetch_bill(self, kind: str, day: date) -> bytes | None:
        """Fetch a bill: None where there is none yet, and nothing in it where the app may not have that of the account.

        What was paid out is told of by no other bill: there the whole statement waits until it may.
        """
        said = await self._ask(
            "alipay.data.dataservice.bill.downloadurl.query", {"bill_type": kind, "bill_date": day.isoformat()}
        )
        url = said.values.get("bill_download_url")
        if said.sub_code.lower().endswith(NO_BILL):
            return None
        if said.code == NOT_PERMITTED and kind == LEDGER_BILL and Ability.PAY_OUT not in self.abilities:
            log.warning("the app may not have the bill of the account: withdrawals are not told of", channel=self.name)
            return b""
        if not said.is_success or not isinstance(url, str):
            raise GatewaySilent(f"bill: {said.code} {said.sub_code}")
        if not self._may_fetch(url):
            raise GatewaySilent("the bill is at a foreign host")
        answer = await self.gateway.send_to(url, bytes_max=STATEMENT_BYTES_MAX)
        if answer.status != 200:
            raise GatewaySilent(f"bill: {answer.status}")
        return answer.body

    def _may_fetch(self, url: str) -> bool:
        given = read_address(url)
        if self.gateway.is_own(given):
            return True
        host = given.hostname or ""
        is_theirs = any(host == name or host.endswith(f".{name}") for name in BILL_HOSTS)
        return is_theirs and given.scheme in ("https", "http") and given.username is None and given.port in (None, 443)

    async def check(self) -> Check:
        """Ask about a trade that never was, and where it pays out a transfer: who is told so has good credentials."""
        if over := rsa.expired(self.valid):
            return over
        questions = [("alipay.trade.query", {"out_trade_no": "weiji-check"}, UNKNOWN_TRADE)]
        if Ability.PAY_OUT in self.abilities:
            questions.append(
                ("alipay.fund.trans.common.query", {**PAYOUT, "out_biz_no": "weiji-check"}, UNKNOWN_TRANSFER)
            )
        answers = []
        for method, content, unknown in questions:
            try:
                said = await self._ask(method, content)
            except GatewaySilent as silence:
                return self.gateway.refused(silence, BLAMES)
            answers.append(f"{said.code} {said.sub_code}")
            if not said.is_success and said.sub_code != unknown:
                return self.gateway.refused(answers[-1], BLAMES)
        return Check(True, ", ".join(answers))

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.gateway.aclose()

    # The wire

    def _signed(self, method: str, content: Mapping[str, Any], **urls: str | None) -> dict[str, str]:
        written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return self._sign(method, {"biz_content": written, **{name: url for name, url in urls.items() if url}})

    def _sign(self, method: str, told: Mapping[str, str]) -> dict[str, str]:
        values = {
            "app_id": self.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": clock.wall().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            **told,
            **self.certificates,
        }
        return {**values, "sign": rsa.sign(self.private_key, _text(values))}

    async def _ask(self, method: str, content: Mapping[str, Any], **urls: str | None) -> Said:
        """Call a method. Raises GatewaySilent, also where the answer is not signed by Alipay."""
        answer = await self.gateway.send(
            "POST",
            "/gateway.do?charset=utf-8",
            headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            content=urlencode(self._signed(method, content, **urls)).encode(),
        )
        if answer.status != 200:
            raise unanswered(answer.status, f"{method}: HTTP {answer.status}")
        return self._read_answer(method, answer.body)

    async def _upload(self, method: str, picture: bytes) -> Said:
        """Give it a JPEG: it says by which number that is named then (`image_id`). Raises GatewaySilent.

        Everything is signed but the picture itself.
        """
        told = {"image_type": "jpg"}
        signed = self._sign(method, told)
        query = urlencode({name: value for name, value in signed.items() if name not in told})
        kind, form = write_form(told, "image_content", picture)
        answer = await self.gateway.send("POST", f"/gateway.do?{query}", headers={"content-type": kind}, content=form)
        if answer.status != 200:
            raise unanswered(answer.status, f"{method}: HTTP {answer.status}")
        return self._read_answer(method, answer.body)

    def _read_answer(self, method: str, body: bytes) -> Said:
        try:
            text = body.decode("utf-8")
            inner, rest = cut_answer(text, f"{method.replace('.', '_')}_response")
            values = json.loads(inner)
        except (UnicodeError, ValueError, RecursionError) as error:
            raise GatewaySilent(f"{method}: it is no answer") from error
        code, sub_code = str(values.get("code", "")), str(values.get("sub_code", ""))
        sn = rest.get("alipay_cert_sn")
        if self.certificate_sn is not None and sn is not None and sn != self.certificate_sn:
            raise GatewaySilent(f"{method}: it is signed with another certificate ({sn}): fetch the new one")
        if not rsa.verify(self.public_key, inner.encode(), str(rest.get("sign", ""))):
            raise GatewaySilent(f"{method}: its signature is not Alipay's ({code} {sub_code})"[:200])
        return Said(code, sub_code, values)


def cut_answer(text: str, name: str) -> tuple[str, dict[str, Any]]:
    """Cut the inner object out of an answer as it was sent; give it with the other members. Raises ValueError."""
    decoder = json.JSONDecoder()
    for key in (name, "error_response"):
        start = text.find(f'"{key}"')
        if start < 0:
            continue
        begin = text.index("{", start + len(key) + 2)
        if text[start + len(key) + 2 : begin].strip() != ":":
            raise ValueError("the member is no object")
        inner, end = decoder.raw_decode(text, begin)
        if not isinstance(inner, dict):
            raise ValueError("the member is no object")
        outer = json.loads(text)
        if not isinstance(outer, dict) or outer.get(key) != inner:
            raise ValueError("the member is not where it seems to be")
        return text[begin:end], outer
    raise ValueError("there is no such member")


def serial_of(certificate: x509.Certificate) -> str:
    """Make what Alipay calls the serial of a certificate: a hash of its issuer and number."""
    issuer = ",".join(
        f"{attribute.rfc4514_attribute_name}={attribute.value!s}"
        for rdn in reversed(certificate.issuer.rdns)
        for attribute in rdn
    )
    return md5(f"{issuer}{certificate.serial_number}".encode(), usedforsecurity=False).hexdigest()


def serial_of_roots(certificates: Sequence[x509.Certificate]) -> str:
    """Make the serial of a bundle of roots: of those that sign with RSA."""
    is_rsa = "1.2.840.113549.1.1."
    return "_".join(
        serial_of(one) for one in certificates if one.signature_algorithm_oid.dotted_string.startswith(is_rsa)
    )


class Trade(msgspec.Struct, frozen=True):
    """A row of the bill of trades: a trade, or a refund of one."""

    notice: Notice
    number: str
    """Alipay's of the trade, also where it is a refund."""
    cost: int
    """What it is to cost; less than nothing: what of that is given back."""


def read_trades(channel: str, content: bytes) -> list[Trade]:
    """Read a bill of trades: what was taken, what went back, and what each is to cost. Raises GatewaySilent."""
    found: list[Trade] = []
    for row in _rows_of(content, ("支付宝交易号", "业务类型")):
        try:
            # What is kept is written as less than nothing.
            amount, cost = to_fen(row["订单金额（元）"]), -to_fen(row.get("服务费（元）") or "0")
            number, ours = row["支付宝交易号"], id_of(row["商户订单号"])
            raw = json.dumps(row, ensure_ascii=False).encode()
            if row["业务类型"] == "交易":
                at, kind = _instant(row["完成时间"]), NoticeKind.CHARGE_SUCCEEDED
                notice = told(channel, f"bill:{number}", kind, ours, number, amount, at, raw)
            elif row["业务类型"] == "退款":
                request = row.get("退款批次号/请求号", "")
                at, kind, named = _instant(row["完成时间"]), NoticeKind.REFUND_SUCCEEDED, request or number
                event_id = f"bill refund:{named}"
                notice = told(channel, event_id, kind, id_of(request), named, abs(amount), at, raw)
            else:
                continue
        except KeyError as wrong:
            raise GatewaySilent("the bill can't be read") from wrong
        found.append(Trade(notice, number, cost))
    return found


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the account's bill."""

    number: str
    business: str
    remark: str
    trade: str
    """What it belongs to, by Alipay's number."""
    ours: UUID | None
    """Likewise by ours, of a payment, a payout, a share; None: it has none."""
    came: int
    """Less than nothing: it went."""
    at: datetime
    raw: bytes

    @property
    def is_trade(self) -> bool:
        """Whether a bill of trades has what it is about."""
        is_other = _says(self.business, (*TRANSFERS, *FEES, *SHARES))
        return not is_other and (self.ours is not None or _says(self.business, TRADES))

    @property
    def is_of_withdrawal(self) -> bool:
        """Whether it is a withdrawal, or what one cost, or that it came back: no bill of trades has them.

        A payout that we asked for may be called so, too; it has our number.
        """
        is_called_so = WITHDRAWAL in self.business or (_says(self.business, FEES) and WITHDRAWAL in self.remark)
        return self.ours is None and is_called_so

    @property
    def is_fee(self) -> bool:
        """Whether it is what something cost, or some of that given back."""
        return _says(self.business, FEES)

    @property
    def about(self) -> str:
        """What it names, by Alipay's number: that in its remark, as fees have it, or what it belongs to."""
        found = NUMBER.search(self.remark)
        return found[0] if found else self.trade or self.number

    @property
    def names_another(self) -> bool:
        """Whether it is of something else that has a number: which trade that is, our books tell."""
        return self.ours is not None or NUMBER.fullmatch(self.about) is not None


def _moves_of(content: bytes) -> Iterator[Move]:
    for row in _rows_of(content, ("账务流水号", "业务流水号", "商户订单号")):
        try:
            went, came = (abs(to_fen(row[name] or "0")) for name in ("支出金额（-元）", "收入金额（+元）"))
            if went or came:
                yield Move(
                    number=row["账务流水号"],
                    business=row.get("业务类型") or row.get("业务描述", ""),
                    remark=row.get("备注", ""),
                    trade=row["业务流水号"],
                    ours=id_of(row["商户订单号"]),
                    came=came or -went,
                    at=_instant(row["发生时间"]),
                    raw=json.dumps(row, ensure_ascii=False).encode(),
                )
        except KeyError as wrong:
            raise GatewaySilent("the bill can't be read") from wrong


def has_trades(content: bytes) -> bool:
    """Tell whether a bill of the account has something of which there has to be a bill of trades."""
    return any(move.is_trade for move in _moves_of(content))


def withdrawal_of(move: Move) -> StatedLine:
    """Tell of a withdrawal, of one that came back, or of what one cost."""
    if move.is_fee:
        return charged(move.number, -move.came, move.at)
    return (came_back if move.came > 0 else withdrawn)(move.number, abs(move.came), move.at, move.trade)


def read_account(channel: str, content: bytes, trades: Sequence[Trade], day: date) -> list[Stated]:
    """Read a bill of the account: what was paid out and what of that came back, what went to our bank, what all of it
    cost, and whatever else moved that neither the bill of *trades* nor anything of ours explains. Raises GatewaySilent.

    What trades cost is told as it leaves the account, be that on a later day than they were: the bill of trades only
    says what it is to be.
    """
    notices: list[Stated] = []
    fees: list[Move] = []
    moves = list(_moves_of(content))
    numbers = {trade.number for trade in trades} | {trade.notice.reference for trade in trades}
    for move in moves:
        if move.is_of_withdrawal:
            notices.append(withdrawal_of(move))
        elif move.is_fee:
            fees.append(move)
        elif move.ours is not None:
            # Its trades and refunds the bill of trades has.
            if _says(move.business, TRANSFERS):
                kind = NoticeKind.PAYOUT_RETURNED if move.came > 0 else NoticeKind.PAYOUT_PAID
                event_id = f"bill {kind}:{move.ours.hex}"
                amount = abs(move.came)
                notices.append(told(channel, event_id, kind, move.ours, move.trade, amount, move.at, move.raw))
        elif move.trade not in numbers and not _says(move.business, PROVED):
            notices.append(moved(channel, move.number, abs(move.came), move.at, move.raw, is_out=move.came < 0))
    return notices + _fees_of_account(channel, fees, trades, moves, day)


def _fees_of_account(
    channel: str, fees: Sequence[Move], trades: Sequence[Trade], moves: Sequence[Move], day: date
) -> list[Stated]:
    """Tell of the fees that left the account: those of the day's trades in one, of others each with what it names.

    What names nothing is the trades', where it comes to what is missing of what they are to cost; else two people end
    it, such as what a transfer cost that somebody made by hand.
    """
    numbers = {trade.number for trade in trades}
    subjects = {trade.notice.subject_id for trade in trades} - {None}
    paid_out = {move.ours for move in moves if _says(move.business, TRANSFERS)}
    of_day, others = _taken_off(trades, moves), list[Move]()
    for move in fees:
        if move.ours in subjects or not numbers.isdisjoint((move.trade, *NUMBER.findall(move.remark))):
            of_day -= move.came
        elif move.ours is None or move.ours not in paid_out:  # What a payout cost is told with it.
            others.append(move)
    missing = sum(trade.cost for trade in trades) - of_day
    for some in (others, [move for move in others if not move.names_another]):
        if some and sum(-move.came for move in some) == missing:
            of_day, others = of_day + missing, [move for move in others if move not in some]
            break
    return [
        *fees_charged_on(day, of_day),
        *(
            charged(move.number, -move.came, move.at, move.about)
            if move.names_another
            else moved(channel, move.number, abs(move.came), move.at, move.raw, is_out=move.came < 0)
            for move in others
        ),
    ]


def _taken_off(trades: Sequence[Trade], moves: Sequence[Move]) -> int:
    """Say what of trades was kept of their money before it came: such fees have no rows of their own."""
    costs = {trade.number: trade for trade in trades if trade.cost > 0 and trade.notice.reference == trade.number}
    return sum(
        trade.cost
        for move in moves
        if (trade := costs.get(move.trade)) and not move.is_fee and move.came == trade.notice.amount - trade.cost
    )


def _says(business: str, words: Sequence[str]) -> bool:
    return any(word in business for word in words)


def payee_of(account: PayoutAccount) -> dict[str, Any]:
    """Write whose bank account it is. That of a company is asked for by its branch, which people name with the bank."""
    is_company = account.holder.endswith(COMPANY_ENDS) and len(account.holder) > PERSON_LENGTH_MAX
    branch = {"inst_branch_name": account.bank} if is_company else {}
    return {
        "identity": open_number(account),
        "identity_type": "BANKCARD_ACCOUNT",
        "name": account.holder,
        "bankcard_ext_info": {"inst_name": account.bank, "account_type": "1" if is_company else "2", **branch},
    }


def _transferred(values: Mapping[str, Any], amount: int, raw: bytes) -> Notice | None:
    """Read how a transfer stands; None: it is not decided."""
    kind = {
        "SUCCESS": NoticeKind.PAYOUT_PAID,
        "FAIL": NoticeKind.PAYOUT_REJECTED,
        "CLOSED": NoticeKind.PAYOUT_REJECTED,
        "REFUND": NoticeKind.PAYOUT_RETURNED,
    }.get(str(values.get("status")))
    if kind is None:
        return None
    number = str(values.get("out_biz_no", ""))
    # The number by which the account's bill names it; one that failed has none.
    reference = str(values.get("pay_fund_order_id") or values.get("order_id") or number)
    paid_at = values.get("pay_date") if kind is NoticeKind.PAYOUT_PAID else None
    at = _instant(str(paid_at)) if paid_at else clock.now()
    if values.get("trans_amount") is not None:
        amount = to_fen(values["trans_amount"])
    made = told(NAME, f"{kind}:{number}", kind, id_of(number), reference, amount, at, raw)
    if kind is not NoticeKind.PAYOUT_PAID:
        return msgspec.structs.replace(made, reason=str(values.get("fail_reason") or ""))
    fee = to_fen(values.get("order_fee") or "0")
    return msgspec.structs.replace(made, fee=fee) if 0 < fee <= amount else made


def _rows_of(content: bytes, heads: Sequence[str]) -> list[dict[str, str]]:
    """Read the lines of the files of a bill, by their heads; summaries are other files, with other heads."""
    rows: list[dict[str, str]] = []
    try:
        for file in unpack(content, BILL_FILES_MAX):
            lines = [line for line in file.decode("gb18030").splitlines() if not line.startswith("#")]
            table = csv.reader(lines)
            # Some documents write the brackets of heads in half width.
            head = [cell.strip().replace("(", "（").replace(")", "）") for cell in next(table, [])]
            if all(name in head for name in heads):
                cut = ([cell.strip() for cell in row] for row in table)
                rows += [dict(zip(head, row, strict=False)) for row in cut if any(row)]
    except (UnicodeError, csv.Error) as error:
        raise GatewaySilent("the bill can't be read") from error
    return rows


def _paid(
    channel: str, values: Mapping[str, Any], way: str, at: Any, raw: bytes, *, event_id: str | None = None
) -> Notice:
    number = str(values.get("trade_no", ""))
    if not number:
        raise GatewaySilent("it has no number")
    return told(
        channel,
        f"{way}:{event_id or number}",
        NoticeKind.CHARGE_SUCCEEDED,
        id_of(str(values.get("out_trade_no", ""))),
        number,
        to_fen(values.get("total_amount")),
        _instant(str(at)),
        raw,
    )


def _closed(channel: str, payment: Payment, raw: bytes) -> Notice:
    number = payment.id.hex
    now = clock.now()
    return told(channel, f"closed:{number}", NoticeKind.CHARGE_CLOSED, payment.id, number, payment.amount, now, raw)


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise GatewaySilent("it is no time") from None


def _text(values: Mapping[str, str]) -> bytes:
    """Write what is signed: everything but what is empty, by name."""
    return "&".join(f"{name}={value}" for name, value in sorted(values.items()) if value).encode()


def raw_of(said: Said) -> bytes:
    """Write down what was said."""
    return json.dumps(said.values, ensure_ascii=False).encode()


def _key_of(name: str, certificate: x509.Certificate) -> RSAPublicKey:
    try:
        return rsa.public_key_of(certificate)
    except rsa.KeyWrong:
        raise SettingWrong(name, _("这张证书里不是 RSA 的公钥。")) from None


def gateways() -> tuple[GatewayAddress, ...]:
    """Name the open platform's addresses, in the reader's language."""
    return (
        GatewayAddress("https://openapi.alipay.com", _("正式")),
        GatewayAddress("https://openapi-sandbox.dl.alipaydev.com", _("支付宝的沙箱"), is_test=True),
    )


def settings_of_app() -> tuple[Setting, ...]:
    """Describe what an app's number and keys are, in the reader's language."""
    return (
        Setting(name="app_id", label=_("应用号（app_id）"), help=_("开放平台里应用的编号。")),
        Setting(
            name="private_key",
            label=_("应用私钥"),
            help=_("PEM，或密钥工具给出的一长串。"),
            is_secret=True,
            is_long=True,
        ),
        Setting(
            name="public_key",
            label=_("支付宝公钥"),
            help=_("公钥方式填这个；证书方式填下面三张证书。"),
            is_required=False,
            is_long=True,
        ),
        Setting(name="app_certificate", label=_("应用公钥证书"), is_required=False, is_long=True),
        Setting(name="alipay_certificate", label=_("支付宝公钥证书"), is_required=False, is_long=True),
        Setting(name="alipay_root_certificates", label=_("支付宝根证书"), is_required=False, is_long=True),
        Setting(
            name="desktop",
            label=_("电脑上怎么付"),
            choices=(("page", _("到支付宝的网页")), ("code", _("扫码（要签当面付）"))),
        ),
        Setting(
            name="subject",
            label=_("账单上的名字"),
            help=_("付款人在支付宝账单里看到它，后面跟着几位单号。"),
            is_required=False,
        ),
    )


def describe() -> ChannelKind:
    """Describe the channel in the reader's language."""
    return ChannelKind(
        name=NAME,
        label=_("支付宝"),
        note=_("要在支付宝开放平台签约网页、手机网站或当面付。付款人在支付宝的页面上付，钱进你的支付宝账户。"),
        custody=AlipayChannel.custody,
        abilities=AlipayChannel.abilities,
        gateways=gateways(),
        settings=(
            *settings_of_app(),
            Setting(
                name="seller_id",
                label=_("商户号（2088 开头）"),
                help=_("填了，就只认发给它的通知。"),
                is_required=False,
            ),
            Setting(
                name="payouts",
                label=_("用它打款"),
                help=_(
                    "要签「转账到银行卡」，钱从你的支付宝账户里出。结果靠询问；退票要在开放平台订阅转账状态变更的消息。"
                ),
                choices=(("no", _("不用")), ("bank_card", _("打到银行卡"))),
            ),
        ),
        open=AlipayChannel,
    )
