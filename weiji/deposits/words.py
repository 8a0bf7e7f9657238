"""How pages tell of deposits and debts."""

from weiji.deposits.model import PayDepositStatus, TakeBackDepositStatus
from weiji.ledger import Kind
from weiji.payments import CreatePaymentStatus
from weiji.web import gettext as _


def deposit_word(kind: Kind) -> tuple[str, str]:
    """Say what moved a deposit, with an icon."""
    match kind:
        case Kind.DEPOSIT:
            return _("交保证金"), "plus"
        case Kind.DEPOSIT_REFILLED:
            return _("用货款自动补足"), "refresh-cw"
        case Kind.DEPOSIT_RETURNED:
            return _("转回可提现"), "undo-2"
        case Kind.RECOVERY:
            return _("售后退款，从保证金扣"), "shield-check"
        case Kind.COMPENSATION:
            return _("平台判的赔付，付给买家"), "gavel"
        case Kind.POSTAGE:
            return _("判你付的寄回运费，从保证金扣"), "truck"
        case Kind.LEGAL_HOLD:
            return _("司法冻结"), "lock"
        case Kind.CHARGEBACK:
            return _("付款人拒付"), "shield-alert"
        case Kind.ADJUSTMENT:
            return _("平台人工调账"), "scale"
        case _:
            return _("其他"), "arrow-left-right"


def debt_word(kind: Kind) -> tuple[str, str]:
    """Say what moved a debt, with an icon."""
    match kind:
        case Kind.RECOVERY:
            return _("售后退款，平台先垫了"), "undo-2"
        case Kind.POSTAGE:
            return _("判你付的寄回运费，平台先垫了"), "truck"
        case Kind.REPAYMENT:
            return _("用可提现的钱还"), "badge-check"
        case Kind.WRITE_OFF:
            return _("平台核销"), "check"
        case Kind.ADJUSTMENT:
            return _("平台人工调账"), "scale"
        case _:
            return _("其他"), "arrow-left-right"


def paying_error(status: PayDepositStatus | CreatePaymentStatus) -> str:
    """Say why a deposit was not paid."""
    match status:
        case PayDepositStatus.INSUFFICIENT_FUNDS:
            return _("可提现的钱不够。")
        case PayDepositStatus.NOT_ALLOWED_NOW | CreatePaymentStatus.NOT_ALLOWED_NOW:
            return _("店铺正在关，不用再交保证金。")
        case PayDepositStatus.SHOP_FROZEN:
            return _("店铺的资金被冻结，请联系平台。")
        case _:
            return _("没有交成，也没有扣钱。请再试一次。")


def taking_back_error(status: TakeBackDepositStatus) -> str:
    """Say why nothing was taken back."""
    match status:
        case TakeBackDepositStatus.EXCEEDS_EXCESS:
            return _("只能取回比要求多出来的。")
        case TakeBackDepositStatus.NOT_ALLOWED_NOW:
            return _("店铺正在关，保证金到时全部退回。")
        case TakeBackDepositStatus.DISPUTE_OPEN:
            return _("有争议或者投诉在等平台裁决，裁完之前保证金取不回来。")
        case TakeBackDepositStatus.SHOP_FROZEN:
            return _("店铺的资金被冻结，请联系平台。")
        case _:
            return _("没有取回，请再试一次。")
