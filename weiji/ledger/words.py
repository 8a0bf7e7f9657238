"""How pages name kinds of accounts."""

from weiji.ledger.chart import Code
from weiji.web import gettext as _


def code_words() -> dict[int, str]:
    """Name the kinds of accounts."""
    return {
        Code.BANK: _("银行存款"),
        Code.CHANNEL_RECEIVABLE: _("渠道应收"),
        Code.MERCHANT_OWED: _("商家欠款"),
        Code.WALLET_OWED: _("个人欠款"),
        Code.CHARGEBACK_PENDING: _("拒付在途"),
        Code.MERCHANT_CLAIM: _("商家追偿（过渡）"),
        Code.WALLET: _("买家钱包"),
        Code.DORMANT: _("长期不动的余额"),
        Code.MERCHANT_PENDING: _("商家待结算"),
        Code.MERCHANT_AVAILABLE: _("商家可提现"),
        Code.MERCHANT_DEPOSIT: _("商家保证金"),
        Code.ESCROW: _("订单保管"),
        Code.ESCROW_SUBSIDY: _("订单保管的补贴"),
        Code.BUDGET: _("优惠券预算"),
        Code.PREPAID: _("店铺预存的券款"),
        Code.RED_PACKET: _("没领完的红包"),
        Code.PAYOUT_CLEARING: _("提现在途"),
        Code.REFUND_CLEARING: _("退款在途"),
        Code.SUSPENSE: _("长款待查"),
        Code.LEGAL_HOLD: _("司法冻结"),
        Code.SUSPENSE_SHORT: _("短款待查"),
        Code.TRANSIT: _("分片在途"),
        Code.OWN_FUNDS: _("平台自有资金"),
        Code.FEE_INCOME: _("服务费收入"),
        Code.WITHDRAWAL_FEE_INCOME: _("提现手续费收入"),
        Code.CHANNEL_FEE: _("渠道手续费"),
        Code.PAYOUT_FEE: _("银行手续费"),
        Code.CHARGEBACK_FEE: _("拒付手续费"),
        Code.BAD_DEBT: _("坏账损失"),
        Code.CONTROL: _("可退额度（控制）"),
        Code.REFUNDABLE: _("订单可退额度"),
    }


def is_debit(code: int) -> bool:
    """Tell whether accounts of a kind have debit balances: assets, expenses, and the control of what is refundable."""
    return code < Code.WALLET or Code.CHANNEL_FEE <= code <= Code.CONTROL
