"""Payments and refunds for channels to be asked about, and the settings of contracts with the fakes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.channels import unionpay_gateway as unionpay
from tests.channels import wechat_gateway as wechat
from tests.channels.alipay_gateway import ALIPAY, APP, APP_ID, SELLER_ID
from tests.channels.direct_gateway import SUB_MERCHANT_ID
from tests.channels.ecommerce_gateway import SUB_MCH_ID
from tests.channels.keys import certificate_of, private_pem, public_pem
from weiji.kit.ids import new_id
from weiji.payments.channels import Place
from weiji.payments.model import (
    Payment,
    PaymentStatus,
    Purpose,
    Refund,
    RefundReason,
    RefundStatus,
)

BASE = "https://weiji.test"


def place_of(url: str, name: str) -> Place:
    """Tell a channel where we are, and where it is."""
    return Place(f"{BASE}/channels/{name}/notices", f"{BASE}/cashier", url)


def payment_of(channel: str, amount: int = 9_800, *, minutes: int | None = 30) -> Payment:
    """Make a payment that is asked for."""
    payer = new_id()
    return Payment(
        id=new_id(payer),
        payer_id=payer,
        subject_id=new_id(),
        payee_id=new_id(),
        purpose=Purpose.ORDER,
        amount=amount,
        channel=channel,
        status=PaymentStatus.SUBMITTED,
        created_at=datetime.now(UTC),
        sub_merchant=SUB_MERCHANT_ID if channel == "alipay_direct" else SUB_MCH_ID,
        expires_at=None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes),
    )


def refund_of(payment: Payment, amount: int, reference: str | None = None, id: UUID | None = None) -> Refund:
    """Make a refund of a payment."""
    return Refund(
        id=id or new_id(payment.id),
        payment_id=payment.id,
        source_id=new_id(),
        payer_id=payment.payer_id,
        subject_id=payment.subject_id,
        payee_id=payment.payee_id,
        channel=payment.channel,
        amount=amount,
        reason=RefundReason.ORDERED,
        capture_reference=reference,
        status=RefundStatus.SUBMITTED,
        created_at=datetime.now(UTC),
        sub_merchant=payment.sub_merchant,
    )


def alipay_settings(**others: str) -> dict[str, str]:
    """The settings of a contract in public-key mode."""
    settings = {
        "app_id": APP_ID,
        "seller_id": SELLER_ID,
        "private_key": private_pem(APP),
        "public_key": public_pem(ALIPAY),
        "subject": "小镇",
        "payouts": "bank_card",
    }
    return {**settings, **others}


def alipay_certificates() -> dict[str, str]:
    """The settings of a contract in certificate mode."""
    settings = alipay_settings(
        app_certificate=certificate_of(APP),
        alipay_certificate=certificate_of(ALIPAY),
        alipay_root_certificates=certificate_of("root"),
    )
    del settings["public_key"]
    return settings


def wechat_settings(*, is_by_certificate: bool = False, **others: str) -> dict[str, str]:
    """The settings of a contract with WeChat Pay."""
    settings = {
        "app_id": wechat.APP_ID,
        "mch_id": wechat.MCH_ID,
        "serial": wechat.SERIAL,
        "private_key": private_pem(wechat.MERCHANT),
        "api_v3_key": wechat.API_V3_KEY,
    }
    if not is_by_certificate:
        settings |= {"public_key_id": wechat.PUBLIC_KEY_ID, "public_key": public_pem(wechat.PLATFORM)}
    return {**settings, **others}


def unionpay_settings(**others: str) -> dict[str, str]:
    """The settings of a contract with UnionPay."""
    settings = {
        "mer_id": unionpay.MER_ID,
        "certificate": private_pem(unionpay.MERCHANT) + certificate_of(unionpay.MERCHANT, unionpay.MIDDLE),
        "middle_certificate": certificate_of(unionpay.MIDDLE, unionpay.ROOT),
        "root_certificate": certificate_of(unionpay.ROOT, unionpay.ROOT),
    }
    return {**settings, **others}
