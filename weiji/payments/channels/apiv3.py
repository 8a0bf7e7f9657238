"""WeChat Pay's APIv3 as those who have a contract speak it: merchants, and platforms that sell for others.

Requests are signed with the merchant's key; an answer or a notice counts once a key of the platform's has signed it,
be it the public key that the merchant was given or a certificate in force. Names on the wire are facts of the protocol.
"""

import asyncio
import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.payments.channels import Setting, SettingWrong, rsa
from weiji.payments.channels.gateway import (
    CLOCK_SKEW,
    STATEMENT_BYTES_MAX,
    Gateway,
    GatewayAnswer,
    GatewaySilent,
    GatewayUnreached,
    read_address,
    unanswered,
    write_form,
)
from weiji.web import gettext as _

SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"

CERTIFICATES_AFTER: Final = timedelta(minutes=1)
"""How soon after the last time certificates are fetched again because of one that is not known."""

UNKNOWN: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
"""How it says that there is no such thing."""

# Both hashes are SHA-1: that is the protocol. OAEP does not lean on its being free of collisions.
_OAEP: Final = OAEP(MGF1(SHA1()), SHA1(), None)  # noqa: S303

NO_BILL: Final = "NO_STATEMENT_EXIST"
"""How it says that nothing happened on a day. Of one that it is still making (`STATEMENT_CREATING`) it says nothing."""


class SignatureRefused(GatewaySilent):
    """It takes no signature of ours, so of what it was asked it tells nothing. `words` are its own, for people."""

    def __init__(self, what: str, words: str) -> None:
        super().__init__(f"{what}: 401 {words}"[:200])
        self.words = words


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

    @property
    def is_unknown(self) -> bool:
        """Whether it says that there is no such thing."""
        return self.code in UNKNOWN


class Sealer(Struct, frozen=True):
    """A key of the platform's that fields are sealed with, and what it is called."""

    serial: str
    key: RSAPublicKey

    def seal(self, text: str) -> str:
        """Seal a field."""
        return base64.b64encode(self.key.encrypt(text.encode(), _OAEP)).decode()


class ApiV3:
    """One contract's way to the platform: it signs, verifies and opens."""

    def __init__(self, settings: Mapping[str, str], url: str) -> None:
        """Read the keys. Raises SettingWrong."""
        self.mch_id = settings["mch_id"]
        self.serial = settings["serial"].strip().upper()
        self.gateway = Gateway(url)
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

    def sign(self, *lines: str) -> str:
        """Sign lines, each of which ends in a line feed."""
        return rsa.sign(self.private_key, "".join(f"{line}\n" for line in lines).encode())

    async def fetch_bill(self, target: str) -> bytes | None:
        """Fetch the bill that *target* leads to; None where it says that there is none. Raises GatewaySilent."""
        said = await self.ask("GET", target)
        url, digest = said.values.get("download_url"), said.values.get("hash_value")
        if said.code == NO_BILL:
            return None
        if not said.is_success or not isinstance(url, str):
            raise GatewaySilent(f"bill: {said.status} {said.code}")
        given = read_address(url)
        if not self.gateway.is_own(given):
            raise GatewaySilent("the bill is at a foreign host")
        found = f"{given.path}?{given.query}"
        answer = await self.gateway.send(
            "GET", found, headers=self._headers("GET", found, b""), bytes_max=STATEMENT_BYTES_MAX
        )
        # The file is not signed; its hash is, in the answer that named it.
        if answer.status != 200 or sha1(answer.body, usedforsecurity=False).hexdigest() != str(digest).lower():
            raise GatewaySilent("the bill is not the one that was named")
        return answer.body

    async def sealer(self) -> Sealer:
        """Give the key that fields are to be sealed with: the public key, or the newest certificate's.

        Raises GatewaySilent.
        """
        if self.public_key_id:
            return Sealer(self.public_key_id, self._keys[self.public_key_id])
        async with self._fetching:
            if not any(self._is_known(serial) for serial in self._keys):
                self._fetched_at = clock.wall()
                await self._fetch_certificates()
        serial = max((each for each in self._keys if self._is_known(each)), key=self._until.__getitem__, default=None)
        if serial is None:
            raise GatewaySilent("it has no certificate in force")
        return Sealer(serial, self._keys[serial])

    def open_field(self, text: str) -> str:
        """Open a field that was sealed for us. Raises GatewaySilent."""
        try:
            return self.private_key.decrypt(base64.b64decode(text, validate=True), _OAEP).decode()
        except (binascii.Error, ValueError) as wrong:
            raise GatewaySilent("a field was not sealed for our certificate") from wrong

    async def upload(self, picture: bytes) -> Said:
        """Give it a JPEG: it says by which number that is named then (`media_id`). Raises GatewaySilent."""
        target = "/v3/merchant/media/upload"
        meta = json.dumps({"filename": "picture.jpg", "sha256": sha256(picture).hexdigest()})
        # Only this is signed of the form.
        headers, (kind, form) = (
            self._headers("POST", target, meta.encode()),
            write_form({"meta": meta}, "file", picture),
        )
        answer = await self.gateway.send("POST", target, headers={**headers, "content-type": kind}, content=form)
        return await self._read(target, answer)

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        timestamp, nonce = str(int(clock.wall().timestamp())), secrets.token_hex(16)
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

    async def ask(
        self, method: str, target: str, content: Mapping[str, Any] | None = None, sealer: Sealer | None = None
    ) -> Said:
        """Call a method. Raises GatewaySilent, also where the answer is not signed by the platform.

        What is sealed in the content is so by *sealer*.
        """
        body = b"" if content is None else json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        headers = self._headers(method, target, body)
        if sealer is not None:
            headers["wechatpay-serial"] = sealer.serial
        answer = await self.gateway.send(method, target, headers=headers, content=body or None)
        return await self._read(target, answer)

    async def _read(self, target: str, answer: GatewayAnswer) -> Said:
        what = target.partition("?")[0]
        code = _code_of(answer)
        if answer.status == 401:
            raise SignatureRefused(what, f"{code} {_text_of(answer, 'message')}".strip())
        if answer.status >= 500 or answer.status == 429:
            raise unanswered(answer.status, f"{what}: {answer.status} {code}")
        try:
            await self.verify(answer.headers, answer.body)
            values = json.loads(answer.body) if answer.body else {}
        except GatewayUnreached:
            raise
        except (GatewaySilent, ValueError, RecursionError) as wrong:
            raise GatewaySilent(f"{what}: {answer.status} {code}: {wrong}"[:200]) from wrong
        if not isinstance(values, dict):
            raise GatewaySilent(f"{what}: it is no answer")
        return Said(answer.status, code, values, answer.body or target.encode())

    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """See that a key of the platform signed a message, and lately. Raises GatewaySilent."""
        serial, nonce = headers.get("wechatpay-serial", ""), headers.get("wechatpay-nonce", "")
        timestamp, signature = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise GatewaySilent("it is not signed")
        if abs(clock.wall().timestamp() - int(timestamp)) > CLOCK_SKEW.total_seconds():
            raise GatewaySilent("its signature is of another time")
        key = await self._key_of(serial)
        message = b"%b\n%b\n%b\n" % (timestamp.encode(), nonce.encode("latin-1"), body)
        if key is None or not rsa.verify(key, message, signature):
            raise GatewaySilent("its signature is not the platform's")

    async def _key_of(self, serial: str) -> RSAPublicKey | None:
        if not self._is_known(serial) and serial and not serial.startswith("PUB_KEY_ID_"):
            async with self._fetching:
                is_due = self._fetched_at is None or clock.wall() - self._fetched_at > CERTIFICATES_AFTER
                if not self._is_known(serial) and is_due:
                    self._fetched_at = clock.wall()
                    await self._fetch_certificates()
        return self._keys[serial] if self._is_known(serial) else None

    def _is_known(self, serial: str) -> bool:
        return serial in self._keys and self._until.get(serial, datetime.max.replace(tzinfo=SHANGHAI)) > clock.wall()

    async def _fetch_certificates(self) -> None:
        """Fetch the certificates in force. What opens with the merchant's own key is the platform's word."""
        target = "/v3/certificates"
        answer = await self.gateway.send("GET", target, headers=self._headers("GET", target, b""))
        if answer.status != 200:
            if answer.status == 401:
                raise SignatureRefused("certificates", f"{_code_of(answer)} {_text_of(answer, 'message')}".strip())
            raise unanswered(answer.status, f"certificates: {answer.status} {_code_of(answer)}")
        try:
            for entry in json.loads(answer.body)["data"]:
                certificate = rsa.read_certificate(self.unseal(entry["encrypt_certificate"]).decode())
                serial = f"{certificate.serial_number:X}"
                self._keys[serial] = rsa.public_key_of(certificate)
                self._until[serial] = certificate.not_valid_after_utc
        except (ValueError, KeyError, TypeError) as wrong:
            raise GatewaySilent("the certificates can't be read: is the APIv3 key right?") from wrong

    def unseal(self, sealed: Mapping[str, str]) -> bytes:
        """Open sealed data. Raises ValueError."""
        try:
            return AESGCM(self.sealing_key).decrypt(
                sealed["nonce"].encode(),
                base64.b64decode(sealed["ciphertext"], validate=True),
                sealed.get("associated_data", "").encode(),
            )
        except (InvalidTag, binascii.Error) as wrong:
            raise ValueError("it does not open with the APIv3 key") from wrong


def _code_of(answer: GatewayAnswer) -> str:
    """Read the code of a refusal, for people: nothing is decided by it before it is verified."""
    return _text_of(answer, "code")[:64]


def _text_of(answer: GatewayAnswer, name: str) -> str:
    try:
        found = json.loads(answer.body) if answer.body else {}
    except (ValueError, RecursionError):
        return ""
    return str(found.get(name, "")) if isinstance(found, dict) else ""


def settings_of_contract(app_help: str, mch_help: str | None = None) -> tuple[Setting, ...]:
    """Describe what a contract's numbers and keys are, in the reader's language."""
    return (
        Setting(name="app_id", label=_("应用号（appid）"), help=app_help),
        Setting(name="mch_id", label=_("商户号（mchid）"), help=mch_help),
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
            name="app_secret",
            label=_("公众号的密钥（AppSecret）"),
            help=_("填了，在微信里打开的网页就能直接付：程序用它问付款人是谁。不填就跳到手机网页。"),
            is_secret=True,
            is_required=False,
        ),
        Setting(
            name="subject",
            label=_("账单上的名字"),
            help=_("付款人在微信账单里看到它，后面跟着几位单号。"),
            is_required=False,
        ),
    )
