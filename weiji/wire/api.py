"""The JSON API of the payment protocol: what its pages do, for programs. The protocol itself is under /v3."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.identity import Refusal as PasswordRefusal
from weiji.identity import Spending, proof_in, refuse_changes, refuse_spendings
from weiji.kit import clock
from weiji.payments import BALANCE, CreatePaymentStatus, create_payments, start_payments
from weiji.web import rate
from weiji.web.api import (
    After,
    ApiRequest,
    Batch,
    Limit,
    Page,
    PaymentPassword,
    StepUpCode,
    StepUpPassword,
    Typed,
    operation,
    run,
)
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.webhooks import (
    Attempt,
    MessageStatus,
    ResendMessage,
    ResendMessageStatus,
    get_log,
    list_messages,
    resend_messages,
)
from weiji.wire import issuing
from weiji.wire.addresses import URL_MAX, is_address
from weiji.wire.applying import (
    ConfirmSettlementChange,
    ConfirmSettlementChangeStatus,
    SignAgreement,
    SignAgreementStatus,
    confirm_settlement_changes,
    get_agreement,
    get_settlement_changes,
    sign_agreements,
)
from weiji.wire.combined import LINES_MAX
from weiji.wire.issuing import read_keys
from weiji.wire.keys import (
    ChoosePlatformKey,
    ChoosePlatformKeyStatus,
    Duty,
    EndCertificateStatus,
    EndPlatformKeyStatus,
    KeyKind,
    OpenMerchantStatus,
    Refusal,
    Ring,
    SetApiKey,
    SetApiKeyStatus,
    SetPartners,
    SetPartnersStatus,
    SetV2Access,
    SetV2AccessStatus,
    choose_platform_keys,
    open_merchant,
    set_api_keys,
    set_partners,
    set_v2_access,
)
from weiji.wire.keys.authority import CSR_MAX, read_request
from weiji.wire.keys.model import OVERLAP_MAX
from weiji.wire.listeners import PutListener, Topic, Wish, get_topics, put_listeners
from weiji.wire.payables import Payable, all_of, choose_with, drop_chosen, find_payable, payment_of
from weiji.wire.running import wire_of
from weiji.wire.tickets import read_ticket
from weiji.wire.trade import Kind, State, list_orders, read_payer

ATTEMPTS_MAX: Final = 100
"""Attempts that a message is shown with."""


class ShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop that you own."""

    shop_id: UUID


class OpenMerchantAnswer(Struct, kw_only=True):
    """How giving a number ended, and the number."""

    status: OpenMerchantStatus
    mchid: str | None = None


class CertificateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A key that is to be certified: the request for it (PKCS#10, PEM). The private key stays with you."""

    shop_id: UUID
    name: Typed
    csr: Annotated[str, Meta(max_length=CSR_MAX)]


class IssueStatus(StrEnum):
    """How certifying a key ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    """The shop has no number yet, or is not yours."""
    CSR_MISSING = "csr_missing"
    CSR_TOO_LONG = "csr_too_long"
    CSR_IS_PRIVATE_KEY = "csr_is_private_key"
    """It is not kept; but whoever sent it had better make another key."""
    CSR_UNREADABLE = "csr_unreadable"
    """Not a PKCS#10 request in PEM."""
    CSR_SIGNATURE_WRONG = "csr_signature_wrong"
    """Its sender does not have the private key."""
    KEY_NOT_RSA = "key_not_rsa"
    KEY_SIZE_OUT_OF_RANGE = "key_size_out_of_range"
    """Not 2048 to 4096 bits."""
    NAME_INVALID = "name_invalid"
    """Not one line of 1…60 characters."""
    EXISTS = "exists"
    EXCEEDS_LIMIT = "exceeds_limit"
    """20 are in force: end one first."""
    CREATED = "created"


class CertificateAnswer(Struct, kw_only=True):
    """How certifying ended, and the certificate."""

    status: IssueStatus
    serial: str | None = None
    certificate: str | None = None
    expires_at: datetime | None = None


class EndCertificateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A certificate that is to end, at once or in some seconds."""

    shop_id: UUID
    serial: Annotated[str, Meta(max_length=64)]
    after_seconds: Annotated[int, Meta(ge=0, le=int(OVERLAP_MAX.total_seconds()))] = 0


class EndCertificateAnswer(Struct):
    """How ending a certificate went."""

    status: EndCertificateStatus


class ApiKeyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The APIv3 key of a shop: 32 letters and digits."""

    shop_id: UUID
    api_key: Annotated[str, Meta(max_length=100)]


class ApiKeyAnswer(Struct):
    """How setting the key ended."""

    status: SetApiKeyStatus


class V2AccessBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The APIv2 key of a shop (32 letters and digits; null: as it is), and from where the old calls may move money."""

    shop_id: UUID
    v2_key: Annotated[str, Meta(max_length=100)] | None = None
    addresses: Annotated[
        list[Annotated[str, Meta(max_length=50)]],
        Meta(max_length=100, description="Addresses and networks, instead of those before. None: nowhere."),
    ]


class V2AccessAnswer(Struct):
    """How setting the key and the addresses ended."""

    status: SetV2AccessStatus


class PlatformKeyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What signs notices to a shop; null: our public key, or, for who asked for one, the newest certificate.

    At once or in some seconds: until then it is what signs now.
    """

    shop_id: UUID
    platform_key_id: Annotated[str, Meta(max_length=64)] | None = None
    after_seconds: Annotated[int, Meta(ge=0, le=int(OVERLAP_MAX.total_seconds()))] = 0


class PlatformKeyAnswer(Struct):
    """How choosing a key ended."""

    status: ChoosePlatformKeyStatus


class PartnersBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The service providers who may make orders for a shop, by their merchant numbers, instead of those before."""

    shop_id: UUID
    partners: Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(max_length=100)]


class PartnersAnswer(Struct):
    """How naming service providers ended."""

    status: SetPartnersStatus


class ListenerBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Where your server is told of a topic; null: nowhere any more."""

    shop_id: UUID
    topic: Topic
    url: Annotated[str, Meta(max_length=URL_MAX)] | None = None


class ListenerStatus(StrEnum):
    """How saying where you are told ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    """The shop has no number yet, or is not yours."""
    URL_INVALID = "url_invalid"
    """Not an http or https address of at most 255 ASCII characters."""
    DONE = "done"
    """It is as asked, whether or not it was before."""


class ListenerAnswer(Struct):
    """How saying where you are told ended."""

    status: ListenerStatus


class SelfTestBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Where a notice that tells of nothing is sent, and which key signs it; null: the one that signs all others."""

    shop_id: UUID
    url: Annotated[str, Meta(max_length=URL_MAX)]
    platform_key_id: Annotated[str, Meta(max_length=64)] | None = None


class SelfTestStatus(StrEnum):
    """How sending a self-test ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    """The shop has no number yet, or is not yours."""
    URL_INVALID = "url_invalid"
    """Not an http or https address of at most 255 ASCII characters."""
    QUEUED = "queued"


class SelfTestAnswer(Struct, kw_only=True):
    """How sending a self-test ended, and the message that was queued."""

    status: SelfTestStatus
    message_id: UUID | None = None


class OwnCertificate(Struct, kw_only=True):
    """A certificate of a merchant."""

    serial: str
    name: str
    certificate: str
    created_at: datetime
    expires_at: datetime
    ends_at: datetime | None


class OurKey(Struct, kw_only=True):
    """A key of the platform: the certificate, or the public key."""

    id: str
    kind: KeyKind
    pem: str
    expires_at: datetime


class MerchantAnswer(Struct, kw_only=True):
    """A merchant, and every key that is between it and us. Private keys, APIv3 and APIv2 keys are nowhere in it."""

    mchid: str
    shop_id: UUID
    api_key_set_at: datetime | None
    v2_key_set_at: datetime | None
    v2_addresses: tuple[str, ...]
    platform_key_id: str | None
    signing_key_id: str
    """Which of our keys signs now where nothing else is said: notices, and the answers of programs like those below."""
    platform_key_from: datetime | None
    """From when on the key that was chosen is that one; null: it is, or none was chosen."""
    uses_certificates: bool
    """A program asked for certificates."""
    certificate_clients: tuple[str, ...]
    """Which did, by the first word of their User-Agent: the newest signs for them; empty: for all."""
    partners: tuple[str, ...]
    listeners: dict[Topic, str]
    """Where your server is told of what it did not ask for, by topic."""
    certificates: list[OwnCertificate]
    platform_keys: list[OurKey]


class MessageAnswer(Struct, kw_only=True):
    """A message, and how far it came."""

    id: UUID
    type: str
    subject_id: UUID
    url: str
    status: MessageStatus
    attempts: int
    created_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None


class MessageLog(Struct, kw_only=True):
    """A message with its attempts, the last first: what was sent, what came back, and why it failed."""

    message: MessageAnswer
    attempts: list[Attempt]


class MerchantOrderAnswer(Struct, kw_only=True):
    """An order that a program made. What is neither released, shared nor refunded is in escrow. Amounts are fen."""

    id: UUID
    mchid: str
    caller_mchid: str
    number: str
    kind: Kind
    description: str
    total: int
    state: State
    shares_profit: bool
    released: int
    fee: int
    shared: int
    refunded: int
    channel: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    settled_at: datetime | None


class PayBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A payment of an order that a merchant's program made; `ticket` is what leads to the cashier."""

    id: Annotated[UUID, Meta(description="The payment's. Made by you; its last six bits are those of your own id.")]
    ticket: Annotated[str, Meta(max_length=100)]
    channel: Annotated[str, Meta(max_length=32)]
    coupon_id: UUID | None = None
    """A coupon of yours that is good for it; the rest is paid."""
    coupon_ids: Annotated[list[UUID], Meta(max_length=LINES_MAX)] = []
    """Several, for orders that are paid at once: one for each. All are used, where they take off most together."""
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


class PayStatus(StrEnum):
    """How paying began. Where several apply, the first listed is given."""

    ORDER_NOT_FOUND = "order_not_found"
    """The ticket is over, or none of ours."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The order is paid or closed."""
    COUPON_NOT_USABLE = "coupon_not_usable"
    """It is not yours, not good for this order or not now, or another order has it."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """The wallet pays with a payment password: it is missing, wrong, locked, or not set."""
    STEP_UP_NEEDED = "step_up_needed"
    """So much takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    REFUSED = "refused"
    """See `refusal`."""
    EXISTS = "exists"
    CREATED = "created"
    """The wallet paid, or the channel waits for you at `pay_url`."""


class PayAnswer(Struct, kw_only=True):
    """How paying began. `pay_url` is where the payer goes, for channels other than the wallet."""

    status: PayStatus
    refusal: CreatePaymentStatus | None = None
    pay_url: str | None = None


class ResendBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A message that is to be sent again."""

    id: UUID
    shop_id: UUID


class ResendAnswer(Struct):
    """How asking for a message again ended."""

    status: ResendMessageStatus


class AgreementAnswer(Struct, kw_only=True):
    """The service provider who applied for a shop, and whether the owner agreed. `mchid` is there once approved."""

    shop_id: UUID
    provider_mchid: str
    provider_name: str
    code: str
    applyment_number: int
    created_at: datetime
    signed_at: datetime | None
    mchid: str | None
    settlement_changes: list["SettlementChangeAnswer"]


class SettlementChangeAnswer(Struct, kw_only=True):
    """Another account that a service provider wants the shop's money to go to."""

    id: UUID
    provider_mchid: str
    holder: str
    bank: str
    last4: str
    asked_at: datetime
    confirmed_at: datetime | None


class SignAnswer(Struct):
    """How agreeing ended."""

    status: SignAgreementStatus


class ConfirmChangeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A change of the settlement account that the owner confirms."""

    id: UUID
    shop_id: UUID
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


class ConfirmChangeAnswer(Struct, kw_only=True):
    """How confirming ended."""

    status: ConfirmSettlementChangeStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class SigningKeyAnswer(Struct, kw_only=True):
    """A key that the platform signs with: its certificate, or, of a public key, that."""

    id: str
    kind: KeyKind
    pem: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    """When it was ended before its time, or will be: until then, else until `expires_at`, it checks what it signed."""
    is_in_force: bool
    duty: Duty
    """What it signs."""
    takes_over_at: datetime | None
    """Of the next of its kind: from when on it signs for who chose none; null: once the one before is ended."""
    merchants: int
    """How many chose it."""


class EndPlatformKeyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A key that the platform signs with, to be ended for good."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]


class EndPlatformKeyAnswer(Struct):
    """How ending it went."""

    status: EndPlatformKeyStatus


class RenewedKey(Struct):
    """The certificate that was made."""

    id: str


ShopBatch = Batch[ShopBody]
CertificateBatch = Batch[CertificateBody]
EndCertificateBatch = Batch[EndCertificateBody]
V2AccessBatch = Batch[V2AccessBody]
ApiKeyBatch = Batch[ApiKeyBody]
PlatformKeyBatch = Batch[PlatformKeyBody]
EndPlatformKeyBatch = Batch[EndPlatformKeyBody]
PartnersBatch = Batch[PartnersBody]
PayBatch = Batch[PayBody]
ListenerBatch = Batch[ListenerBody]
SelfTestBatch = Batch[SelfTestBody]
ResendBatch = Batch[ResendBody]
ConfirmChangeBatch = Batch[ConfirmChangeBody]


class MerchantsApi(Controller):
    """Shops that speak the payment protocol."""

    path = "/api/v1/merchants"
    tags = ("merchants",)

    @get("/{shop_id:uuid}", **operation("GetMerchant", "shops:read"))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> MerchantAnswer:
        """Read the number of a shop that you own, and all keys."""
        if not request.caller.may(shop_id, Permission.OWNERSHIP):
            raise NotFoundException
        async with request.database.read() as reader:
            keys = await read_keys(reader, request.database, shop_id)
            listeners = await get_topics(reader, keys.merchant.mchid) if keys else {}
        if keys is None:
            raise NotFoundException
        merchant, wall = keys.merchant, clock.wall()
        return MerchantAnswer(
            mchid=merchant.mchid,
            shop_id=shop_id,
            api_key_set_at=merchant.api_key_set_at,
            platform_key_id=merchant.platform_key_id,
            platform_key_from=merchant.switches_at(wall),
            signing_key_id=keys.ring.choose(None, merchant, wall).id,
            uses_certificates=merchant.uses_certificates,
            certificate_clients=merchant.certificate_clients,
            v2_key_set_at=merchant.v2_key_set_at,
            v2_addresses=merchant.v2_addresses,
            partners=merchant.partners,
            listeners={topic: each.url for topic, each in listeners.items()},
            certificates=[
                OwnCertificate(
                    serial=each.serial,
                    name=each.name,
                    certificate=each.pem,
                    created_at=each.created_at,
                    expires_at=each.expires_at,
                    ends_at=each.ends_at,
                )
                for each in keys.certificates
            ],
            platform_keys=[
                OurKey(id=key.id, kind=key.kind, pem=key.pem, expires_at=key.expires_at)
                for key in keys.ring.signing(wall)
            ],
        )

    @post("/open", **operation("OpenMerchants", "shops:write"))
    async def open(self, request: ApiRequest, data: ShopBatch) -> list[OpenMerchantAnswer]:
        """Give shops that you own numbers in the payment protocol. A shop that has one keeps it."""
        answers = []
        for body in data:
            result = await open_merchant(
                request.batchers,
                request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                request.actor("merchant"),
            )
            answers.append(OpenMerchantAnswer(status=result.status, mchid=result.mchid))
        return answers

    @post("/certificates/issue", **operation("IssueCertificates", "shops:write"))
    async def issue(self, request: ApiRequest, data: CertificateBatch) -> list[CertificateAnswer]:
        """Certify keys of your programs. What such a key signs is the shop's."""
        return [await self._issue(request, body) for body in data]

    async def _issue(self, request: ApiRequest, body: CertificateBody) -> CertificateAnswer:
        database = request.database
        shop_id = request.shop_if_may(body.shop_id, Permission.OWNERSHIP)
        async with database.read() as reader:
            keys = await read_keys(reader, database, shop_id)
        if keys is None:
            return CertificateAnswer(status=IssueStatus.MERCHANT_NOT_FOUND)
        try:
            key = read_request(body.csr)
        except Refusal as refusal:
            return CertificateAnswer(status=IssueStatus(str(refusal)))
        issued = await issuing.issue(database, request.batchers, keys, body.name, key, request.actor("merchant"))
        return CertificateAnswer(
            status=IssueStatus(issued.status.value),
            serial=issued.serial,
            certificate=issued.pem,
            expires_at=issued.expires_at,
        )

    @post("/certificates/end", **operation("EndCertificates", "shops:write"))
    async def end(self, request: ApiRequest, data: EndCertificateBatch) -> list[EndCertificateAnswer]:
        """Let certificates end, at once or when your programs have gone over to others."""
        answers = []
        for body in data:
            async with request.database.read() as reader:
                keys = await read_keys(
                    reader, request.database, request.shop_if_may(body.shop_id, Permission.OWNERSHIP)
                )
            if keys is None:
                answers.append(EndCertificateAnswer(EndCertificateStatus.CERTIFICATE_NOT_FOUND))
                continue
            status = await issuing.end_certificate(
                request.database,
                request.batchers,
                keys.merchant,
                body.serial,
                timedelta(seconds=body.after_seconds),
                request.actor("merchant"),
            )
            answers.append(EndCertificateAnswer(status))
        return answers

    @post("/api-keys/set", **operation("SetApiKeys", "shops:write", repeat="key_taken"))
    async def set_api_keys(self, request: ApiRequest, data: ApiKeyBatch) -> Response[list[ApiKeyAnswer]]:
        """Set the keys that notices and certificates are sealed with. They are shown nowhere again."""
        commands = [
            SetApiKey(
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                api_key=body.api_key,
                actor=request.actor("merchant"),
            )
            for body in data
        ]
        return await run(request, set_api_keys, "shop_id", commands)

    @post("/v2-access/set", **operation("SetV2Access", "shops:write", repeat="key_taken"))
    async def set_v2_access(self, request: ApiRequest, data: V2AccessBatch) -> Response[list[V2AccessAnswer]]:
        """Set the keys that the old XML calls are signed with, and from where these may move money."""
        commands = [
            SetV2Access(
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                v2_key=body.v2_key,
                addresses=tuple(body.addresses),
                actor=request.actor("merchant"),
            )
            for body in data
        ]
        return await run(request, set_v2_access, "shop_id", commands)

    @post("/platform-keys/choose", **operation("ChoosePlatformKeys", "shops:write", repeat="key_taken"))
    async def choose(self, request: ApiRequest, data: PlatformKeyBatch) -> Response[list[PlatformKeyAnswer]]:
        """Say which of the platform's keys signs what your servers are told, at once or later; and back as easily."""
        wall = clock.wall()
        ring = await wire_of(request.database).keyring.ring()
        commands = [
            ChoosePlatformKey(
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                platform_key_id=body.platform_key_id,
                is_known=body.platform_key_id is not None and ring.find(body.platform_key_id, wall) is not None,
                actor=request.actor("merchant"),
                begins_at=wall + timedelta(seconds=body.after_seconds) if body.after_seconds else None,
            )
            for body in data
        ]
        return await run(request, choose_platform_keys, "shop_id", commands)

    @post("/partners/set", **operation("SetPartners", "shops:write", repeat="key_taken"))
    async def set_partners(self, request: ApiRequest, data: PartnersBatch) -> Response[list[PartnersAnswer]]:
        """Name the service providers who may make orders for shops that you own."""
        commands = [
            SetPartners(
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                partners=tuple(body.partners),
                actor=request.actor("merchant"),
            )
            for body in data
        ]
        return await run(request, set_partners, "shop_id", commands)

    @get("/{shop_id:uuid}/agreement", **operation("GetAgreement", "shops:read"))
    async def show_agreement(self, request: ApiRequest, shop_id: FromPath[UUID]) -> AgreementAnswer:
        """Read which service provider applied for a shop that you own, and what it asks for."""
        if not request.caller.may(shop_id, Permission.OWNERSHIP):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_agreement(reader, shop_id)
            changes = await get_settlement_changes(reader, shop_id)
        if found is None or found.applyment is None or found.provider is None:
            raise NotFoundException
        applyment = found.applyment
        names = SettlementChangeAnswer.__struct_fields__
        return AgreementAnswer(
            shop_id=shop_id,
            provider_mchid=applyment.provider_mchid,
            provider_name=found.provider.name,
            code=applyment.code,
            applyment_number=applyment.number,
            created_at=applyment.created_at,
            signed_at=applyment.signed_at,
            mchid=applyment.mchid,
            settlement_changes=[
                SettlementChangeAnswer(**{name: getattr(each, name) for name in names}) for each in changes
            ],
        )

    @post("/agreements/sign", **operation("SignAgreements", "shops:write", repeat="key_taken"))
    async def sign(self, request: ApiRequest, data: ShopBatch) -> Response[list[SignAnswer]]:
        """Agree that the service providers who applied for your shops act for them."""
        actor = request.actor("merchant")
        commands = [
            SignAgreement(shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP), actor=actor) for body in data
        ]
        return await run(request, sign_agreements, "shop_id", commands)

    @post(
        "/settlement-changes/confirm",
        **operation("ConfirmSettlementChanges", repeat="key_taken", opt=rate("password", "30/minute")),
    )
    async def confirm_changes(
        self, request: ApiRequest, data: ConfirmChangeBatch
    ) -> Response[list[ConfirmChangeAnswer]]:
        """Let your shops' money go to the accounts that service providers asked for."""
        actor = request.actor("merchant")
        proofs = [proof_in(body) for body in data]
        refusals = await refuse_changes(request, proofs)
        commands = []
        for body, proof in zip(data, proofs, strict=True):
            is_owned = request.caller.may(body.shop_id, Permission.OWNERSHIP)
            commands.append(
                ConfirmSettlementChange(
                    id=body.id,
                    shop_id=body.shop_id,
                    refusal=refusals[proof] if is_owned else PasswordRefusal("owner_not_found"),
                    actor=actor,
                )
            )
        return await run(request, confirm_settlement_changes, "shop_id", commands)

    @get("/orders", **operation("ListMerchantOrders", "payments:read"))
    async def list_orders(
        self, request: ApiRequest, shop_id: FromQuery[UUID], after: After = None, limit: Limit = 20
    ) -> Page[MerchantOrderAnswer]:
        """List the orders that programs made for a shop, the newest first."""
        if not request.caller.may(shop_id, Permission.MONEY):
            raise NotFoundException
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await list_orders(reader, shop_id, before, limit + 1)
        shown = found[:limit]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
        names = MerchantOrderAnswer.__struct_fields__
        items = [MerchantOrderAnswer(**{name: getattr(each, name) for name in names}) for each in shown]
        return Page(items=items, next=next)

    @post("/orders/pay", **operation("PayMerchantOrders", opt=rate("password", "30/minute")))
    async def pay(self, request: ApiRequest, data: PayBatch) -> list[PayAnswer]:
        """Pay orders of merchants' programs, as at the cashier; the same payment id again pays nothing twice."""
        return [await self._pay(request, body) for body in data]

    async def _pay(self, request: ApiRequest, body: PayBody) -> PayAnswer:
        person_id = request.person_id
        ticket = read_ticket(body.ticket, clock.wall())
        async with request.database.read() as reader:
            payable = await find_payable(reader, ticket) if ticket else None
        if payable is None:
            return PayAnswer(status=PayStatus.ORDER_NOT_FOUND)
        if payable.state is not State.OPEN:
            return PayAnswer(status=PayStatus.NOT_ALLOWED_NOW)
        asked = {*body.coupon_ids, *([body.coupon_id] if body.coupon_id else [])}
        coupons, off = await self._choose(request, payable, asked)
        if len(asked) > sum(each is not None for each in coupons):
            return PayAnswer(status=PayStatus.COUPON_NOT_USABLE)
        if body.channel == BALANCE:
            spending = Spending(id=body.id, amount=payable.total - off, proof=proof_in(body))
            refusal = (await refuse_spendings(request, [spending]))[spending]
            if refusal:
                is_more = refusal.above is not None
                return PayAnswer(status=PayStatus(refusal.status) if is_more else PayStatus.PAYMENT_PASSWORD_WRONG)
        actor = request.actor("buyer")
        chosen = await choose_with(request.backend, payable, coupons, body.id, person_id, actor)
        if chosen is None:
            return PayAnswer(status=PayStatus.COUPON_NOT_USABLE)
        command = payment_of(chosen, body.id, person_id, body.channel, actor)
        status = await request.batchers.of(create_payments).submit(command)
        if status not in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS):
            await drop_chosen(request.backend, chosen, body.id, status, actor)
            return PayAnswer(status=PayStatus.REFUSED, refusal=status)
        pay_url = None
        if body.channel != BALANCE:
            (payment,) = await start_payments(request.database, request.lanes, [body.id])
            pay_url = payment.pay_url if payment else None
        return PayAnswer(status=PayStatus(status.value), pay_url=pay_url)

    async def _choose(
        self, request: ApiRequest, payable: Payable, asked: Collection[UUID]
    ) -> tuple[list[UUID | None], int]:
        """Find for which order each of the coupons is, all if that can be; give what they take off, too."""
        if not asked:
            return [None] * len(payable.lines), 0
        async with request.database.read() as reader:
            _, usable = await read_payer(reader, request.person_id, payable.lines, clock.now())
        offers = [[(coupon, off) for coupon, off in each if coupon.id in asked] for each in usable]
        chosen = all_of(offers)
        offs = (off for id, each in zip(chosen, offers, strict=True) for coupon, off in each if coupon.id == id)
        return chosen, sum(offs)

    @get("/platform-keys", **operation("ListPlatformKeys", "platform:read", guards=[staff()]))
    async def list_platform_keys(self, request: ApiRequest) -> Page[SigningKeyAnswer]:
        """List the keys that the platform signs with, the newest first: what each signs, and for how many."""
        keyring, wall = wire_of(request.database).keyring, clock.wall()
        ring = Ring(tuple(await keyring.list()))
        chosen = await keyring.count_choices()
        shown = [(key, *ring.duty_of(key, wall)) for key in ring.keys]
        answers = [
            SigningKeyAnswer(
                id=key.id,
                kind=key.kind,
                pem=key.pem,
                created_at=key.created_at,
                expires_at=key.expires_at,
                ended_at=key.ended_at,
                is_in_force=key.is_in_force(wall),
                duty=duty,
                takes_over_at=takes_over_at,
                merchants=chosen.get(key.id, 0),
            )
            for key, duty, takes_over_at in shown
        ]
        return Page(items=answers, next=None)

    @post(
        "/platform-keys/renew",
        **operation("RenewPlatformKeys", "platform:write", guards=[staff("operator")]),
    )
    async def renew(self, request: ApiRequest) -> RenewedKey:
        """Make another certificate of the platform: listed at once, it signs for who chose none a day later."""
        made = await wire_of(request.database).keyring.renew(request.actor("staff"))
        return RenewedKey(made.id)

    @post("/platform-keys/end", **operation("EndPlatformKeys", "platform:write", guards=[staff("operator")]))
    async def end_platform_keys(self, request: ApiRequest, data: EndPlatformKeyBatch) -> list[EndPlatformKeyAnswer]:
        """End keys that the platform signs with, since they are no secret any more. The last of its kind has another
        made, which signs at once.
        """
        keyring, actor = wire_of(request.database).keyring, request.actor("staff")
        return [EndPlatformKeyAnswer(await keyring.end(body.id, actor)) for body in data]

    @post("/listeners/put", **operation("PutListeners", "shops:write"))
    async def put_listeners(self, request: ApiRequest, data: ListenerBatch) -> list[ListenerAnswer]:
        """Say where your servers are told of complaints, of parts of others' orders, and of coupons."""
        answers = []
        for body in data:
            shop_id = request.shop_if_may(body.shop_id, Permission.OWNERSHIP)
            async with request.database.read() as reader:
                keys = await read_keys(reader, request.database, shop_id)
            if keys is None:
                answers.append(ListenerAnswer(ListenerStatus.MERCHANT_NOT_FOUND))
                continue
            if body.url is not None and not is_address(body.url):
                answers.append(ListenerAnswer(ListenerStatus.URL_INVALID))
                continue
            command = PutListener(
                mchid=keys.merchant.mchid,
                topic=body.topic,
                shop_id=shop_id,
                wish=Wish.REMOVE if body.url is None else Wish.PUT,
                url=body.url or "",
                actor=request.actor("merchant"),
            )
            await request.batchers.of(put_listeners, "shop_id").submit(command)
            answers.append(ListenerAnswer(ListenerStatus.DONE))
        return answers

    @post("/self-tests/send", **operation("SendSelfTests", "shops:write"))
    async def send_self_tests(self, request: ApiRequest, data: SelfTestBatch) -> list[SelfTestAnswer]:
        """Send notices that tell of nothing to your servers, and see in their logs what became of them."""
        answers = []
        for body in data:
            async with request.database.read() as reader:
                keys = await read_keys(
                    reader, request.database, request.shop_if_may(body.shop_id, Permission.OWNERSHIP)
                )
            if keys is None:
                answers.append(SelfTestAnswer(status=SelfTestStatus.MERCHANT_NOT_FOUND))
                continue
            if not is_address(body.url):
                answers.append(SelfTestAnswer(status=SelfTestStatus.URL_INVALID))
                continue
            id = await issuing.send_self_test(request.database, keys.merchant, body.url, body.platform_key_id)
            answers.append(SelfTestAnswer(status=SelfTestStatus.QUEUED, message_id=id))
        return answers

    @get("/messages", **operation("ListMessages", "payments:read"))
    async def list_messages(
        self,
        request: ApiRequest,
        shop_id: FromQuery[UUID],
        status: FromQuery[MessageStatus | None] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[MessageAnswer]:
        """List what the servers of a shop were told, the newest first."""
        if not request.caller.may(shop_id, Permission.MONEY):
            raise NotFoundException
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await list_messages(reader, shop_id, before=before, status=status, limit=limit + 1)
        shown = found[:limit]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
        return Page(items=[_shown(each) for each in shown], next=next)

    @get("/messages/{message_id:uuid}", **operation("GetMessage", "payments:read"))
    async def show_message(self, request: ApiRequest, message_id: FromPath[UUID]) -> MessageLog:
        """Read a message with its attempts, the last 100."""
        async with request.database.read() as reader:
            message, attempts = await get_log(reader, message_id, ATTEMPTS_MAX) or (None, [])
        if message is None or not request.caller.may(message.owner_id, Permission.MONEY):
            raise NotFoundException
        return MessageLog(message=_shown(message), attempts=attempts)

    @post("/messages/resend", **operation("ResendMessages", "payments:write", repeat="key_taken"))
    async def resend(self, request: ApiRequest, data: ResendBatch) -> Response[list[ResendAnswer]]:
        """Send messages again, now, whatever became of them."""
        commands = [
            ResendMessage(
                id=body.id,
                owner_id=request.shop_if_may(body.shop_id, Permission.MONEY),
                actor=request.actor("merchant"),
            )
            for body in data
        ]
        return await run(request, resend_messages, "id", commands)


def _shown(message: object) -> MessageAnswer:
    names = MessageAnswer.__struct_fields__
    return MessageAnswer(**{name: getattr(message, name) for name in names})


ROUTES: Final = (MerchantsApi,)
"""What the program serves of this module's API."""
