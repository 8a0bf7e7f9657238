"""Alipay for platforms (直付通): each shop is a sub-merchant, and what is paid for its orders is kept till settled.

Trades are asked for, closed and refunded as any merchant's, but name the sub-merchant. To let an order's money go,
its settlement is confirmed, which puts all of it into the shop's account, frozen; then the platform's share is split
off, and that ended, which frees the rest. Names on the wire are facts of the protocol.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.kit.money import plain_yuan
from weiji.payments.channels import (
    REGISTRY,
    Ability,
    Answer,
    ChannelKind,
    Custody,
    Place,
    Setting,
    Stated,
    StatedLine,
    TradesMissing,
)
from weiji.payments.channels.alipay import NAME as ALIPAY
from weiji.payments.channels.alipay import AlipayChannel, Said, gateways, raw_of, read_trades, settings_of_app
from weiji.payments.channels.alipay_enrolling import Enrolling, questions
from weiji.payments.channels.enrolling import UNHEARD, Applicant, Enrolled, Followed
from weiji.payments.channels.gateway import GatewaySilent, ask_all, ask_each
from weiji.payments.channels.reading import may_lack, told
from weiji.payments.freezing.model import Unfreezing
from weiji.payments.model import NoticeKind, Payment
from weiji.web import gettext as _

NAME: Final = "alipay_direct"

KEPT_FOR: Final = "365d"
"""How long Alipay keeps money that nobody confirms, before it is the shop's by itself: as long as it may be."""

BILL: Final = "trade_zft_merchant"
"""The bill of the trades of all sub-merchants."""

SETTLED: Final = "alipay.trade.settle.confirm"
SHARED: Final = "alipay.trade.order.settle"


class Refused(Exception):
    """It did not do what was asked. The text says why, in its words; it may do so when it is asked again."""


class AlipayDirectChannel(AlipayChannel):
    """A platform's contract with Alipay."""

    name = NAME
    beside = (ALIPAY,)
    custody: Custody = "channel"
    abilities = frozenset(
        {
            Ability.PAGE,
            Ability.PHONE,
            Ability.APP,
            Ability.CODE,
            Ability.REFUND,
            Ability.FREEZE,
            Ability.ENROL,
            Ability.STATEMENT,
        }
    )

    def __init__(self, settings: Mapping[str, str], place: Place) -> None:
        """Read keys and certificates. Raises SettingWrong."""
        super().__init__(settings, place)
        self.platform = settings["seller_id"]
        self.enrolling = Enrolling(self._ask, self._upload)

    # Taking shops on

    def questions(self, *, is_company: bool) -> tuple[Setting, ...]:
        """Say what it wants to know of a shop's owner."""
        return questions(is_company=is_company)

    async def enrol(self, applicants: Sequence[Applicant]) -> list[Enrolled]:
        """Apply for shops to be sub-merchants."""
        return await ask_all(NAME, applicants, self.enrolling.enrol, UNHEARD)

    async def follow(self, followed: Sequence[Followed]) -> list[Enrolled]:
        """Say how applications stand."""
        return await ask_all(NAME, followed, self.enrolling.follow, UNHEARD)

    # Paying

    def _order(self, payment: Payment) -> dict[str, Any]:
        if not payment.sub_merchant:
            raise GatewaySilent("its shop was not bound to a sub-merchant")
        # Without a time to keep it, the money would be the shop's the next day.
        kept = {"settle_period_time": KEPT_FOR, "settle_detail_infos": [_all_of(payment.amount)]}
        return {
            **super()._order(payment),
            "sub_merchant": {"merchant_id": payment.sub_merchant},
            "settle_info": kept,
        }

    # Letting go

    async def unfreeze(self, unfreezings: Sequence[Unfreezing]) -> list[Answer]:
        """Confirm the settlement, and split the platform's share off."""
        return await ask_each(NAME, unfreezings, self._unfreeze)

    async def _unfreeze(self, unfreezing: Unfreezing) -> Answer:
        trade = await self._ask("alipay.trade.query", {"out_trade_no": unfreezing.payment_id.hex})
        number = trade.values.get("trade_no")
        if not trade.is_success or not isinstance(number, str):
            raise GatewaySilent(f"query: {trade.code} {trade.sub_code}")
        share = unfreezing.share
        is_confirmed = False
        try:
            said = await self._confirm(unfreezing, number, is_shared=share > 0)
            is_confirmed = True
            if share:
                said = await self._share(unfreezing, number, share)
        except Refused as refusal:
            return Answer(reason=str(refusal), is_undone=not is_confirmed)
        notice = told(
            NAME,
            f"unfrozen:{unfreezing.id.hex}",
            NoticeKind.UNFREEZING_SUCCEEDED,
            unfreezing.id,
            derive(unfreezing.id, "confirm").hex,
            unfreezing.amount,
            clock.now(),
            raw_of(said),
        )
        return Answer(notices=(notice,))

    async def _confirm(self, unfreezing: Unfreezing, trade: str, *, is_shared: bool) -> Said:
        content = {
            "out_request_no": derive(unfreezing.id, "confirm").hex,
            "trade_no": trade,
            "settle_info": {"settle_detail_infos": [_all_of(unfreezing.rest or 0)]},
            # What is to be shared is not the shop's to spend until it is.
            **({"extend_params": {"royalty_freeze": "true"}} if is_shared else {}),
        }
        return await self._do(SETTLED, content)

    async def _share(self, unfreezing: Unfreezing, trade: str, share: int) -> Said:
        """Give the platform its share, and end the sharing; or, where a coupon paid more than that, add what it did."""
        platform = {"amount": plain_yuan(abs(share))}
        if share > 0:
            platform |= {"royalty_type": "transfer", "trans_in": self.platform, "trans_in_type": "userId"}
        else:
            platform |= {"royalty_type": "replenish", "trans_out": self.platform, "trans_out_type": "userId"}
        content = {
            "out_request_no": derive(unfreezing.id, "share").hex,
            "trade_no": trade,
            "royalty_parameters": [platform],
            "extend_params": {"royalty_finish": "true"},
        }
        return await self._do(SHARED, content)

    async def _do(self, method: str, content: Mapping[str, Any]) -> Said:
        """Ask for what is done at once, and once for each number. Raises Refused."""
        said = await self._ask(method, content)
        if said.is_success:
            return said
        if said.code in ("40004", "40006", "40002"):
            raise Refused(f"{said.sub_code} {said.values.get('sub_msg', '')}".strip())
        raise GatewaySilent(f"{method}: {said.code} {said.sub_code}")

    async def read_statement(self, day: date) -> Sequence[Stated] | None:
        """Fetch the bill of the sub-merchants' trades of a day, and what went from our own account to our bank.

        The fees of the trades are theirs: they come off what they get. Nothing on our account tells whether there were
        any. Raises TradesMissing.
        """
        trades = await self._fetch_bill(BILL, day)
        withdrawals = await self.read_withdrawals(day)
        if None in (trades, withdrawals) and may_lack(day):
            return None
        besides = await self._untold(withdrawals or [], day)
        if trades is not None:
            return [*(trade.notice for trade in read_trades(NAME, trades)), *besides]
        if besides:
            raise TradesMissing(besides)
        return None

    async def _untold(self, withdrawals: list[StatedLine], day: date) -> list[StatedLine]:
        """Leave out what the channel that is not for platforms tells of: both may have one account.

        One that was switched off is not waited for: its keys may be no more. What both state is told of once.
        """
        other = REGISTRY.find(ALIPAY) if ALIPAY in REGISTRY.names else None
        if not withdrawals or not isinstance(other, AlipayChannel):
            return withdrawals
        told_there = {one.reference for one in await other.read_withdrawals(day) or ()}
        return [one for one in withdrawals if one.reference not in told_there]


def _all_of(amount: int) -> dict[str, str]:
    return {"trans_in_type": "defaultSettle", "amount": plain_yuan(amount)}


def describe() -> ChannelKind:
    """Describe the channel in the reader's language."""
    return ChannelKind(
        name=NAME,
        label=_("支付宝直付通"),
        payers_label=_("支付宝"),
        note=_(
            "要在支付宝开放平台签约直付通（账期结算）。买家付的钱留在支付宝、记在每家店自己的二级商户号下；"
            "订单结算时确认结算给店铺，平台服务费分给平台。店铺先要绑定二级商户号（smid），才能用它收款。"
        ),
        custody=AlipayDirectChannel.custody,
        abilities=AlipayDirectChannel.abilities,
        gateways=gateways(),
        settings=(
            *settings_of_app(),
            Setting(
                name="seller_id",
                label=_("平台的支付宝账号（2088 开头）"),
                help=_("平台服务费分到这里，补贴从这里出；也只认发给它的通知。"),
            ),
        ),
        open=AlipayDirectChannel,
    )
