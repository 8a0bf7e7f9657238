"""UnionPay: the ACP gateway's messages (5.1.0, RSA with SHA-256), as the contracted merchant's client.

A message is fields, sorted by name, whose SHA-256 in hex is what is signed. An answer brings the certificate that
signed it: it counts once that is UnionPay's own, issued by the authority that the operator named. Names on the wire are
facts of the protocol.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from typing import Final
from urllib.parse import urlencode

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from cryptography.x509.oid import NameOID
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
)
from weiji.payments.channels.reading import answer_ended, ended, fees_of, id_of, read_form, told, unpack
from weiji.payments.model import Notice, NoticeKind, Payment, PayWay, Refund
from weiji.web import gettext as _

NAME: Final = "unionpay"

FINAL_AFTER: Final = timedelta(hours=48)

MESSAGE_BYTES_MAX: Final = 64 * 1024
FILES_MAX: Final = 16
TRUSTED_MAX: Final = 8
"""Certificates of UnionPay's that are remembered: it changes them every few years."""

SHORT_DAYS_MAX: Final = 10
"""How many days before one are asked for what it is to make up for, where our books do not know."""

FRONT: Final = "/gateway/api/frontTransReq.do"
BACK: Final = "/gateway/api/backTransReq.do"
APP: Final = "/gateway/api/appTransReq.do"
QUERY: Final = "/gateway/api/queryTrans.do"

FILE_HOSTS: Final = {
    "https://gateway.95516.com": "https://filedownload.95516.com",
    "https://gateway.test.95516.com": "https://filedownload.test.95516.com",
}
"""Where statements are, by gateway; of a gateway that is not there: at the gateway itself."""

PAGE_HOST: Final = "95516.com"
"""Whose hosts payers are led to: the address comes in a header that nobody signed."""

OWNER: Final = "中国银联股份有限公司"
"""The third part of the common name of certificates that are UnionPay's own: the authority serves merchants, too."""

DONE: Final = frozenset({"00", "A6"})
PENDING: Final = frozenset({"03", "04", "05"})
UNKNOWN: Final = "34"
NO_FILE: Final = "98"
REFUSALS: Final = frozenset({"34", "35", "36"})
"""Why a refund is refused for good: no such payment, one that can't go back, another amount. Others may pass."""

BLAMES: Final = (
    ("query: 11", ("certificate",)),
    ("query: 31", ("mer_id",)),
    ("signature is not UnionPay's", ("middle_certificate", "root_certificate")),
)
"""By what it says to a check: which setting is wrong."""

_FIELD: Final = re.compile(r"&(?=[A-Za-z][A-Za-z0-9]*=)")
_PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)

ROW: Final = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13),
    *(13, 8, 32, 13, 13, 12, 2, 1),
)
"""The widths of a statement's columns, with a character between two; what comes behind is of no use."""

AT, AMOUNT, QUERY_ID, ORDER_ID, FEE, SETTLED, TXN_TYPE = 4, 6, 9, 11, 15, 16, 19


class Said(Struct, frozen=True):
    """What UnionPay said, verified."""

    values: Mapping[str, str]

    @property
    def code(self) -> str:
        """Its answer to the call."""
        return self.values.get("respCode", "")

    @property
    def raw(self) -> bytes:
        """What is kept of it: the certificate is the same each time."""
        kept = {name: value for name, value in self.values.items() if name != "signPubKeyCert"}
        return json.dumps(kept, ensure_ascii=False).encode()


class UnionPayChannel(Channel):
    """One merchant's contract with UnionPay."""

    name = NAME
    payer_names = ("银联",)
    custody: Custody = "channel"
    abilities = frozenset({Ability.PAGE, Ability.PHONE, Ability.APP, Ability.CODE, Ability.REFUND, Ability.STATEMENT})
    final_after = FINAL_AFTER
    heard = Reply(200, b"ok")

    def __init__(self, settings: Mapping[str, str], place: Place) -> None:
        """Read key and certificates. Raises SettingWrong."""
        self.mer_id = settings["mer_id"]
        self.subject = settings.get("subject") or "weiji"
        self.is_code = settings.get("desktop") == "code"
        self.place = place
        self.gateway = Gateway(place.gateway)
        self.files = FILE_HOSTS.get(self.gateway.url, self.gateway.url)
        if not (self.mer_id.isascii() and self.mer_id.isalnum() and len(self.mer_id) == 15):
            raise SettingWrong("mer_id", _("商户号是 15 位字母和数字。"))
        self.private_key, own = _read_own(settings)
        self.cert_id = str(own.serial_number)
        self.own = own
        self.middle = rsa.read_setting("middle_certificate", rsa.read_certificate, settings)
        self.root = rsa.read_setting("root_certificate", rsa.read_certificate, settings)
        if not _is_issued_by(self.middle, self.root):
            raise SettingWrong("middle_certificate", _("这张中级证书不是下面那张根证书签的。"))
        self._trusted: dict[str, x509.Certificate] = {}

    # Paying

    async def start(self, payments: Sequence[Payment], payer: Payer) -> list[Answer]:
        """Have a page, a code, or what an app takes made for each."""

        async def one(payment: Payment) -> Answer:
            if payer.device is Device.APP:
                return await self._app(payment)
            if payer.device is Device.DESKTOP and self.is_code:
                return await self._code(payment)
            return await self._page(payment, "08" if payer.device is Device.PHONE else "07")

        return await ask_each(NAME, payments, one)

    async def _page(self, payment: Payment, channel_type: str) -> Answer:
        order = self._order(payment, bizType="000201", txnSubType="01", channelType=channel_type)
        back = self.place.return_of(payment)
        answer = await self.gateway.send(
            "POST", FRONT, headers=_FORM, content=self._signed({**order, "frontUrl": back or order["backUrl"]})
        )
        # The gateway keeps the order and leads on to the page where it is paid: payers are given that page.
        url = answer.headers.get("location", "")
        if answer.status not in (302, 303) or not self._is_theirs(url):
            raise GatewaySilent(f"page: HTTP {answer.status}")
        return Answer(pay_url=url)

    async def _code(self, payment: Payment) -> Answer:
        said = await self._ask(BACK, self._order(payment, bizType="000000", txnSubType="07", channelType="08"))
        return Answer(pay_url=_found(said, "qrCode"), pay_way=PayWay.CODE)

    async def _app(self, payment: Payment) -> Answer:
        said = await self._ask(APP, self._order(payment, bizType="000201", txnSubType="01", channelType="08"))
        return Answer(pay_url=_found(said, "tn"), pay_way=PayWay.APP)

    def _order(self, payment: Payment, **others: str) -> dict[str, str]:
        return {
            "txnType": "01",
            "orderId": payment.id.hex,
            "txnTime": _written(payment.created_at),
            "txnAmt": str(payment.amount),
            "currencyCode": "156",
            "orderDesc": on_bill(self.subject, payment),
            "payTimeout": _written(_until(payment)),
            "backUrl": self.place.notice_url or NOWHERE,
            **others,
        }

    def _is_theirs(self, url: str) -> bool:
        given = read_address(url)
        if self.gateway.is_own(given):
            return True
        host = given.hostname or ""
        return given.scheme == "https" and given.username is None and host.endswith(f".{PAGE_HOST}")

    # Asking

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask how orders stand."""
        return await ask_each(NAME, payments, self._query)

    async def _query(self, payment: Payment) -> Answer:
        said = await self._find(payment.id.hex, payment.created_at)
        # One try that failed does not end an order: its payer may take another card until its time is over.
        if said is None or said.values.get("origRespCode") not in DONE:
            return Answer()
        return Answer(notices=(_paid(said, "query"),))

    async def _find(self, number: str, at: datetime) -> Said | None:
        """Ask about a number that was first used at a time; None where UnionPay does not know it."""
        content = {"bizType": "000000", "txnType": "00", "txnSubType": "00"}
        said = await self._ask(QUERY, {**content, "orderId": number, "txnTime": _written(at)})
        if said.code == UNKNOWN:
            return None
        if said.code != "00" or said.values.get("orderId") != number:
            raise GatewaySilent(f"query: {said.code}")
        return said

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Call orders closed whose time to pay is over: UnionPay takes none back before."""
        return await ask_each(NAME, payments, self._close)

    async def _close(self, payment: Payment) -> Answer:
        answer = await self._query(payment)
        if answer.notices or clock.now() < _until(payment):
            return answer
        return answer_ended(NAME, NoticeKind.CHARGE_CLOSED, payment, b"its time is over")

    # Giving back

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Tell how refunds stand; those that UnionPay does not know yet, ask for, each under its own number."""
        return await ask_each(NAME, refunds, self._refund)

    async def find_refunds(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Tell how refunds stand, each by its number."""
        return await ask_each(NAME, refunds, self._find_refund)

    async def _refund(self, refund: Refund) -> Answer:
        stands = await self._find_refund(refund)
        return await self._begin_refund(refund) if stands.is_unmade else stands

    async def _find_refund(self, refund: Refund) -> Answer:
        said = await self._find(refund.id.hex, refund.created_at)
        if said is None:
            return Answer(is_unmade=True)
        code = said.values.get("origRespCode", "")
        if code in DONE:
            amount = _amount(said.values.get("txnAmt"))
            return answer_ended(NAME, NoticeKind.REFUND_SUCCEEDED, refund, said.raw, amount)
        if code in PENDING or not code:
            return Answer()
        return answer_ended(NAME, NoticeKind.REFUND_REJECTED, refund, said.raw)

    async def _begin_refund(self, refund: Refund) -> Answer:
        said = await self._ask(
            BACK,
            {
                "bizType": "000201",
                "txnType": "04",
                "txnSubType": "00",
                "channelType": "07",
                "orderId": refund.id.hex,
                "txnTime": _written(refund.created_at),
                "origQryId": refund.capture_reference or "",
                "txnAmt": str(refund.amount),
                "backUrl": self.place.notice_url or NOWHERE,
            },
        )
        if said.code in REFUSALS:
            return answer_ended(NAME, NoticeKind.REFUND_REJECTED, refund, said.raw)
        if said.code not in DONE | PENDING:
            raise GatewaySilent(f"refund: {said.code}")
        return Answer()  # It was taken on. Whether it is done, it tells later.

    # What it says of itself

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:  # noqa: ARG002
        """Verify a form that UnionPay sent, and read it. Raises NoticeRefused."""
        values = read_form(body, MESSAGE_BYTES_MAX)
        try:
            said = self._verified(values)
            if said.code not in DONE:
                return ()
            kind = values.get("txnType")
            if kind == "01":
                return (_paid(said, "notify"),)
            if kind == "04":
                amount = _amount(values.get("txnAmt"))
                return (ended(NAME, NoticeKind.REFUND_SUCCEEDED, values["orderId"], amount, said.raw),)
        except (GatewaySilent, ValueError, KeyError) as wrong:
            raise NoticeRefused(f"{type(wrong).__name__}: {wrong}"[:200]) from wrong
        return ()

    async def read_statement(self, day: date) -> Sequence[Stated] | None:
        """Fetch the statement of a day of clearing (from 23 o'clock of the day before), and what it came to."""
        packed = await self._fetch(day)
        return None if packed is None else read_statement(packed, day)

    async def read_shortage(self, day: date) -> int | None:
        """Say what of the days before is still to be made up for, as far as ten of them show."""
        before: list[int] = []
        for days in range(1, SHORT_DAYS_MAX + 1):
            packed = await self._fetch(day - timedelta(days=days))
            before.append(came_to(packed) if packed else 0)
        return shortage(before)

    async def _fetch(self, day: date) -> str | None:
        """Fetch the statement of a day as it comes; None: there is none."""
        content = {"bizType": "000000", "txnType": "76", "txnSubType": "01", "fileType": "00"}
        now = _written(clock.wall())
        said = await self._ask("/", {**content, "settleDate": day.strftime("%m%d"), "txnTime": now}, host=self.files)
        packed = said.values.get("fileContent")
        if said.code == NO_FILE:
            return None
        if said.code != "00" or not packed:
            raise GatewaySilent(f"file: {said.code}")
        return packed

    async def check(self) -> Check:
        """Ask about an order that never was: who is told that there is none has good credentials."""
        if over := rsa.expired(
            {"certificate": self.own, "middle_certificate": self.middle, "root_certificate": self.root}
        ):
            return over
        try:
            found = await self._find("weijicheck", clock.wall())
        except GatewaySilent as silence:
            return self.gateway.refused(silence, BLAMES)
        return Check(True, UNKNOWN if found is None else found.code)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.gateway.aclose()

    # The wire

    def _signed(self, content: Mapping[str, str]) -> bytes:
        values = {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "accessType": "0",
            "merId": self.mer_id,
            "certId": self.cert_id,
            **content,
        }
        return urlencode({**values, "signature": rsa.sign(self.private_key, _digest(values))}).encode()

    async def _ask(self, target: str, content: Mapping[str, str], *, host: str | None = None) -> Said:
        """Call the gateway. Raises GatewaySilent, also where the answer is not signed by UnionPay."""
        answer = await self.gateway.send_to(
            (host or self.gateway.url) + target,
            "POST",
            headers=_FORM,
            content=self._signed(content),
            bytes_max=STATEMENT_BYTES_MAX if host else MESSAGE_BYTES_MAX,
        )
        if answer.status != 200:
            raise unanswered(answer.status, f"{target}: HTTP {answer.status}")
        try:
            # Nothing in it is escaped, though base64 and certificates have signs that a form would have.
            pairs = [part.partition("=")[::2] for part in _FIELD.split(answer.body.decode().strip())]
        except UnicodeError as wrong:
            raise GatewaySilent(f"{target}: it is no answer") from wrong
        return self._verified(dict(pairs))

    def _verified(self, values: Mapping[str, str]) -> Said:
        """See that UnionPay signed a message, for us. Raises GatewaySilent."""
        code = f"{values.get('respCode', '')} {values.get('respMsg', '')}"[:100]
        key = self._key_of(values.get("signPubKeyCert", ""))
        if key is None or not rsa.verify(key, _digest(values), values.get("signature", "")):
            raise GatewaySilent(f"its signature is not UnionPay's ({code})")
        if values.get("merId") != self.mer_id:
            raise GatewaySilent("it is for another merchant")
        return Said(values)

    def _key_of(self, pem: str) -> RSAPublicKey | None:
        """Give the key of a certificate that a message brought, if it is UnionPay's own and in force."""
        found = self._trusted.get(pem)
        try:
            if found is None:
                found = rsa.read_certificate(pem)
                names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
                parts = str(names[0].value).split("@") if names else []
                if len(parts) < 3 or parts[2] != OWNER or not _is_issued_by(found, self.middle):
                    return None
                if len(self._trusted) >= TRUSTED_MAX:
                    self._trusted.clear()
                self._trusted[pem] = found
            chain = (found, self.middle, self.root)
            now = clock.wall()
            if not all(one.not_valid_before_utc <= now <= one.not_valid_after_utc for one in chain):
                return None
            return rsa.public_key_of(found)
        except ValueError:  # Anybody may have written it: not every part of it has to be readable.
            return None


_FORM: Final = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def _digest(values: Mapping[str, str]) -> bytes:
    """Make what is signed: the digest, in hex, of everything but what is empty, by name."""
    text = "&".join(f"{name}={value}" for name, value in sorted(values.items()) if value and name != "signature")
    return sha256(text.encode()).hexdigest().encode()


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def shortage(before: Sequence[int]) -> int:
    """Say how much less than nothing is still to be made up for, of what the days before came to, the last one first.

    Nobody withdraws at UnionPay: it pays what a day came to by itself. On a day on which more goes back than comes it
    pays nothing, and has the rest of days to come.
    """
    return min([0, *accumulate(before)])


def read_statement(packed: str, day: date) -> list[Stated]:
    """Read a statement: what was taken, what went back, what it cost; and what all that came to, which UnionPay pays.

    Raises GatewaySilent.
    """
    notices: list[Stated] = []
    fee = came = 0
    for cells in _rows_of(packed):
        number, ours, amount = cells[QUERY_ID], cells[ORDER_ID], _amount(cells[AMOUNT])
        fee += _owed(cells[FEE])
        came -= _owed(cells[SETTLED]) if cells[SETTLED] else 0
        raw = json.dumps(cells, ensure_ascii=False).encode()
        at = _moment(cells[AT], day)
        if cells[TXN_TYPE] == "01":
            kind = NoticeKind.CHARGE_SUCCEEDED
            notices.append(told(NAME, f"bill:{number}", kind, id_of(ours), number, amount, at, raw))
        elif cells[TXN_TYPE] in ("04", "31"):
            kind = NoticeKind.REFUND_SUCCEEDED
            notices.append(told(NAME, f"refunded:{ours}", kind, id_of(ours), ours, amount, at, raw))
    number = f"cleared:{day}"
    cleared = StatedLine(
        kind="settlement", reference=number, request_id=None, amount=came, occurred_at=_end_of(day), is_net=True
    )
    return [*notices, *fees_of(day, fee), *([cleared] if came else [])]


def came_to(packed: str) -> int:
    """Say what a day came to, by its statement. Raises GatewaySilent."""
    return -sum(_owed(cells[SETTLED]) for cells in _rows_of(packed) if cells[SETTLED])


def _owed(cell: str) -> int:
    """Read an amount with its side. D: we owe it; C: we get it."""
    amount = _amount(cell[1:])
    return amount if cell.startswith("D") else -amount


def _end_of(day: date) -> datetime:
    """Say when a day of clearing is over."""
    return datetime(day.year, day.month, day.day, 23, tzinfo=SHANGHAI)


def _rows_of(packed: str) -> list[list[str]]:
    """Unpack the file of details, and cut its lines into columns. Others that come with it are sums."""
    rows = []
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(base64.b64decode(packed), STATEMENT_BYTES_MAX)
        if unpacking.unconsumed_tail:
            raise GatewaySilent("the statement is too large")
        for file in unpack(content, FILES_MAX, "ZM_"):
            rows += [_cells(line) for line in file.splitlines() if line.strip()]
    except (binascii.Error, zlib.error, UnicodeError) as wrong:
        raise GatewaySilent("the statement can't be read") from wrong
    return rows


def _cells(line: bytes) -> list[str]:
    # The widths are of bytes, not of characters.
    cells, begin = [], 0
    for width in ROW:
        cells.append(line[begin : begin + width].decode("gb18030").strip())
        begin += width + 1
    return cells


def _paid(said: Said, way: str) -> Notice:
    values = said.values
    number = values.get("queryId", "")
    if not number or values.get("currencyCode", "156") != "156":
        raise GatewaySilent("it is no payment in yuan")
    ours, amount = id_of(values.get("orderId", "")), _amount(values.get("txnAmt"))
    # The time of the transaction has no year: it is within days of when the order was sent.
    at = _moment(values.get("traceTime", ""), _sent_on(values.get("txnTime", "")))
    return told(NAME, f"{way}:{number}", NoticeKind.CHARGE_SUCCEEDED, ours, number, amount, at, said.raw)


def _until(payment: Payment) -> datetime:
    return payment.expires_at or payment.created_at + PAY_WITHIN


def _found(said: Said, name: str) -> str:
    value = said.values.get(name)
    if said.code != "00" or not value:
        raise GatewaySilent(f"{name}: {said.code}")
    return value


def _amount(text: str | None) -> int:
    if not text or not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise GatewaySilent("it is no amount")
    return int(text)


def _written(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")


def _sent_on(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI).date()
    except ValueError:
        raise GatewaySilent("it is no time") from None


def _moment(text: str, near: date) -> datetime:
    """Read a time without a year, of the year that brings it nearest to a day."""
    try:
        found = [
            datetime.strptime(f"{year}{text}", "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
            for year in (near.year - 1, near.year, near.year + 1)
            if not (text.startswith("0229") and year % 4)
        ]
        return min(found, key=lambda at: abs((at.date() - near).days))
    except ValueError:  # Nor is the 29th of February of no year that is near.
        raise GatewaySilent("it is no time") from None


def _read_own(settings: Mapping[str, str]) -> tuple[RSAPrivateKey, x509.Certificate]:
    """Read our key and its certificate: both as PEM, or the file that UnionPay gives out (.pfx) as base64."""
    text = settings["certificate"]
    try:
        if "-----" in text:
            found_key = _PRIVATE_KEY.search(text)
            key = rsa.read_private_key(found_key[0] if found_key else "")
            certificate = rsa.read_certificate(text)
        else:
            password = settings.get("password", "").encode() or None
            loaded, found, _others = load_key_and_certificates(base64.b64decode(text), password)
            if not isinstance(loaded, RSAPrivateKey) or found is None or loaded.key_size < rsa.BITS_MIN:
                raise rsa.KeyWrong
            key, certificate = loaded, found
        if not rsa.is_pair(key, rsa.public_key_of(certificate)):
            raise rsa.KeyWrong
    except (ValueError, TypeError):
        wrong = _("这不是能用的商户证书：要有 RSA 私钥（2048 位起）和它的证书；.pfx 还要密码。")
        raise SettingWrong("certificate", wrong) from None
    return key, certificate


def describe() -> ChannelKind:
    """Describe the channel in the reader's language."""
    return ChannelKind(
        name=NAME,
        label=_("银联"),
        note=_("要和银联签约网关支付或二维码支付。付款人用银行卡或云闪付付，钱清算到合同里的账户。"),
        custody=UnionPayChannel.custody,
        abilities=UnionPayChannel.abilities,
        gateways=(
            GatewayAddress("https://gateway.95516.com", _("正式")),
            GatewayAddress("https://gateway.test.95516.com", _("银联的测试环境"), is_test=True),
        ),
        settings=(
            Setting(name="mer_id", label=_("商户号（merId）"), help=_("15 位。")),
            Setting(
                name="certificate",
                label=_("商户私钥证书"),
                help=_("从 CFCA 下载的 .pfx，转成 base64；或者 PEM，私钥和证书都要。"),
                is_secret=True,
                is_long=True,
            ),
            Setting(name="password", label=_(".pfx 的密码"), is_secret=True, is_required=False),
            Setting(name="middle_certificate", label=_("银联中级证书"), help="acp_prod_middle.cer", is_long=True),
            Setting(name="root_certificate", label=_("银联根证书"), help="acp_prod_root.cer", is_long=True),
            Setting(
                name="desktop",
                label=_("电脑上怎么付"),
                choices=(("page", _("到银联的网页")), ("code", _("扫码（要签二维码支付）"))),
            ),
            Setting(
                name="subject",
                label=_("账单上的名字"),
                help=_("付款人在银联的页面上看到它，后面跟着几位单号。"),
                is_required=False,
            ),
        ),
        open=UnionPayChannel,
    )
