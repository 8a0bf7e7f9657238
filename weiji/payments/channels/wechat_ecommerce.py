"""WeChat Pay for platforms (平台收付通): each shop is a sub-merchant, and what is paid for its orders is frozen there.

Orders are asked for and closed as any merchant's, but name the platform and the sub-merchant. To let an order's money
go is two steps, each under a number of its own: the platform's share is split off, and then the rest is finished, which
gives it to the shop. Names on the wire are facts of the protocol.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.payments.channels import Ability, Answer, ChannelKind, Custody, GatewayAddress, Place, Setting
from weiji.payments.channels.apiv3 import Said, SignatureRefused, settings_of_contract
from weiji.payments.channels.enrolling import UNHEARD, Applicant, Enrolled, Followed
from weiji.payments.channels.gateway import GatewaySilent, ask_all, ask_each
from weiji.payments.channels.reading import told
from weiji.payments.channels.wechat_enrolling import Enrolling, questions
from weiji.payments.channels.wechatpay import LIVE, WechatPayChannel
from weiji.payments.freezing.model import Unfreezing
from weiji.payments.model import NoticeKind, Payment, Refund
from weiji.web import gettext as _

NAME: Final = "wechat_ecommerce"

SHARES_AT: Final = "/v3/ecommerce/profitsharing"

RECEIVER_MISSING: Final = frozenset({"RECEIVER_INVALID", "INVALID_REQUEST", "NO_AUTH", "RESOURCE_NOT_EXISTS"})
"""How it may say that the platform is not among those who may be given a share: then it is put there."""


class Refused(Exception):
    """It did not do what was asked. The text says why, in its words; it may do so when it is asked again."""

    is_undone = False
    """Whether it has done nothing yet, so that what it is to do may be decided anew."""


class Undone(Refused):
    """It did not do the first of what was asked."""

    is_undone = True


class WechatEcommerceChannel(WechatPayChannel):
    """A platform's contract with WeChat Pay."""

    name = NAME
    custody: Custody = "channel"
    abilities = frozenset(
        {
            Ability.PHONE,
            Ability.APP,
            Ability.JSAPI,
            Ability.CODE,
            Ability.REFUND,
            Ability.FREEZE,
            Ability.ENROL,
            Ability.STATEMENT,
        }
    )
    orders_at = "/v3/pay/partner/transactions"
    refunds_at = "/v3/ecommerce/refunds/apply"
    is_refund_told = False
    told_to = "sp_mchid"
    payer_is = "sp_openid"

    def __init__(self, settings: Mapping[str, str], place: Place) -> None:
        """Read the keys. Raises SettingWrong."""
        super().__init__(settings, place)
        self.enrolling = Enrolling(self.api)
        self._is_receiver = False

    def merchant_of(self, thing: Payment | Refund | Unfreezing) -> dict[str, str]:
        """Name the platform and the sub-merchant. Raises GatewaySilent where it is not known whose money it is."""
        if not thing.sub_merchant:
            raise GatewaySilent("its shop was not bound to a sub-merchant")
        return {"sp_mchid": self.api.mch_id, "sub_mchid": thing.sub_merchant}

    def _asked_by(self, payment: Payment) -> dict[str, Any]:
        return {
            "sp_appid": self.app_id,
            **self.merchant_of(payment),
            # Without it the money would be the shop's at once.
            "settle_info": {"profit_sharing": True},
        }

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

    # Giving back

    def _refund_asked(self, refund: Refund, total: int) -> dict[str, Any]:
        return {
            **super()._refund_asked(refund, total),
            "sp_appid": self.app_id,
            "sub_mchid": refund.sub_merchant,
        }

    def _refund_target(self, refund: Refund) -> str:
        query = urlencode({"sub_mchid": refund.sub_merchant})
        return f"/v3/ecommerce/refunds/out-refund-no/{refund.id.hex}?{query}"

    # Letting go

    async def unfreeze(self, unfreezings: Sequence[Unfreezing]) -> list[Answer]:
        """Split the platform's share off, and give the rest to the shop."""
        return await ask_each(NAME, unfreezings, _named(self._unfreeze))

    async def measure(self, unfreezings: Sequence[Unfreezing]) -> list[Answer]:
        """Say what is frozen: the fee of the payment was taken off it already."""
        return await ask_each(NAME, unfreezings, _named(self._measure))

    async def _measure(self, unfreezing: Unfreezing) -> Answer:
        number = await self._transaction_of(unfreezing)
        return Answer(held=await self._unsplit(number)) if number else Answer(reason="ORDER_NOT_EXIST")

    async def _transaction_of(self, unfreezing: Unfreezing) -> str | None:
        order = await self._find(unfreezing.payment_id.hex, self.merchant_of(unfreezing))
        number = order.values.get("transaction_id") if order else None
        return number if isinstance(number, str) else None

    async def _unfreeze(self, unfreezing: Unfreezing) -> Answer:
        number = await self._transaction_of(unfreezing)
        if number is None:
            return Answer(reason="ORDER_NOT_EXIST")
        try:
            # First: of what is finished, nothing is frozen any more that could be shared.
            finished = await self._find_share(unfreezing, number, _finish_number(unfreezing))
            if finished is None and await self._share(unfreezing, number):
                finished = await self._finish(unfreezing, number)
        except Refused as refusal:
            return Answer(reason=str(refusal), is_undone=refusal.is_undone)
        if finished is None or finished.values.get("status") != "FINISHED":
            return Answer()
        ours = unfreezing.id.hex
        notice = told(
            NAME,
            f"unfrozen:{ours}",
            NoticeKind.UNFREEZING_SUCCEEDED,
            unfreezing.id,
            str(finished.values.get("order_id") or ours),
            unfreezing.amount,
            clock.now(),
            finished.raw,
        )
        return Answer(notices=(notice,))

    async def _share(self, unfreezing: Unfreezing, transaction: str) -> bool:
        """Give the platform what of the frozen money is not the shop's; tell whether that is done. Raises Refused."""
        share = unfreezing.share
        if share < 0:
            # What the platform's coupon paid comes from the platform; then nothing is left to share.
            await self._subsidise(unfreezing, transaction, -share)
        if share <= 0:
            return True
        number = derive(unfreezing.id, *unfreezing.request).hex
        found = await self._find_share(unfreezing, transaction, number)
        if found is None:
            await self._ask_share(unfreezing, transaction, number, share)
            found = await self._find_share(unfreezing, transaction, number)
        receivers = found.values.get("receivers") if found else None
        results = [one.get("result") for one in receivers] if isinstance(receivers, list) else []
        if "CLOSED" in results:
            raise Undone(next(str(one.get("fail_reason", "CLOSED")) for one in receivers or [] if one))
        return bool(results) and all(result == "SUCCESS" for result in results)

    async def _find_share(self, unfreezing: Unfreezing, transaction: str, number: str) -> Said | None:
        query = urlencode({"sub_mchid": unfreezing.sub_merchant, "transaction_id": transaction, "out_order_no": number})
        said = await self.api.ask("GET", f"{SHARES_AT}/orders?{query}")
        if said.is_unknown:
            return None
        if not said.is_success or said.values.get("out_order_no") != number:
            raise GatewaySilent(f"share: {said.status} {said.code}")
        return said

    async def _unsplit(self, transaction: str) -> int:
        said = await self.api.ask("GET", f"{SHARES_AT}/orders/{transaction}/amounts")
        amount = said.values.get("unsplit_amount")
        if not said.is_success or not isinstance(amount, int):
            raise GatewaySilent(f"amounts: {said.status} {said.code}")
        return amount

    async def _ask_share(self, unfreezing: Unfreezing, transaction: str, number: str, amount: int) -> None:
        content = {
            "appid": self.app_id,
            "sub_mchid": unfreezing.sub_merchant,
            "transaction_id": transaction,
            "out_order_no": number,
            "receivers": [
                {
                    "type": "MERCHANT_ID",
                    "receiver_account": self.api.mch_id,
                    "amount": amount,
                    "description": _("平台服务费"),
                }
            ],
            # Finished in a step of its own: what could not be shared would be the shop's otherwise.
            "finish": False,
        }
        said = await self.api.ask("POST", f"{SHARES_AT}/orders", content)
        if said.code in RECEIVER_MISSING and not self._is_receiver:
            await self._become_receiver()
            said = await self.api.ask("POST", f"{SHARES_AT}/orders", content)
        if not said.is_success:
            raise Undone(_refusal(said))

    async def _become_receiver(self) -> None:
        content = {
            "appid": self.app_id,
            "type": "MERCHANT_ID",
            "account": self.api.mch_id,
            "relation_type": "PLATFORM",
        }
        said = await self.api.ask("POST", f"{SHARES_AT}/receivers/add", content)
        if not said.is_success:
            raise Undone(_refusal(said))
        self._is_receiver = True

    async def _subsidise(self, unfreezing: Unfreezing, transaction: str, amount: int) -> None:
        content = {
            "sub_mchid": unfreezing.sub_merchant,
            "transaction_id": transaction,
            "out_subsidy_no": derive(unfreezing.id, "subsidy").hex,
            "amount": amount,
            "description": _("平台补贴"),
        }
        said = await self.api.ask("POST", "/v3/ecommerce/subsidies/create", content)
        if not said.is_success or said.values.get("result", "SUCCESS") != "SUCCESS":
            raise Undone(_refusal(said))

    async def _finish(self, unfreezing: Unfreezing, transaction: str) -> Said | None:
        """Give the shop what is left frozen, and tell how that stands. Raises Refused."""
        content = {
            "sub_mchid": unfreezing.sub_merchant,
            "transaction_id": transaction,
            "out_order_no": _finish_number(unfreezing),
            "description": _("订单完成，解冻给商家"),
        }
        said = await self.api.ask("POST", f"{SHARES_AT}/finish-order", content)
        if not said.is_success:
            raise Refused(_refusal(said))
        return await self._find_share(unfreezing, transaction, _finish_number(unfreezing))

    def _check_target(self) -> str:
        # A share that never was: asked by a merchant who is no platform, it says that it may not.
        query = urlencode(
            {"sub_mchid": self.api.mch_id, "transaction_id": "weiji-check", "out_order_no": "weiji-check"}
        )
        return f"{SHARES_AT}/orders?{query}"


def _named(ask: Callable[[Unfreezing], Awaitable[Answer]]) -> Callable[[Unfreezing], Awaitable[Answer]]:
    """Have people told of a silence that is due to our keys: waiting mends nothing then."""

    async def asked(unfreezing: Unfreezing) -> Answer:
        try:
            return await ask(unfreezing)
        except SignatureRefused as refusal:
            return Answer(is_silent=True, reason=refusal.words)

    return asked


def _finish_number(unfreezing: Unfreezing) -> str:
    return derive(unfreezing.id, "finish").hex


def _refusal(said: Said) -> str:
    return f"{said.code} {said.values.get('message', '')}".strip() or str(said.status)


def describe() -> ChannelKind:
    """Describe the channel in the reader's language."""
    return ChannelKind(
        name=NAME,
        label=_("微信平台收付通"),
        payers_label=_("微信支付"),
        note=_(
            "要有电商平台的商户号，签约平台收付通。买家付的钱冻结在微信支付、每家店自己的二级商户号里；"
            "订单结算时解冻给店铺，平台服务费分给平台。店铺先要绑定二级商户号，才能用它收款。"
        ),
        custody=WechatEcommerceChannel.custody,
        abilities=WechatEcommerceChannel.abilities,
        gateways=(GatewayAddress(LIVE, _("正式")),),
        settings=settings_of_contract(
            _("和平台的商户号绑定的公众号、小程序或应用。"), _("平台自己的，不是二级商户的。")
        ),
        open=WechatEcommerceChannel,
    )
