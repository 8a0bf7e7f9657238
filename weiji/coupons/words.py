"""How pages tell of coupons."""

from datetime import datetime
from typing import Literal

from weiji.coupons.model import (
    CampaignState,
    ClaimCouponStatus,
    Coupon,
    CreateCampaignStatus,
    MoveCampaignStatus,
    ServeCouponStatus,
    ShownCampaign,
    Terms,
)
from weiji.web import gettext as _
from weiji.web.formats import brief


def terms_words(terms: Terms) -> str:
    """Say what a coupon takes off, and from when on."""
    if terms.percent:
        off = _("减 %(percent)s%%，最多 %(amount)s", percent=terms.percent, amount=brief(terms.amount))
    else:
        off = _("减 %(amount)s", amount=brief(terms.amount))
    if not terms.threshold:
        return off
    return _("满 %(threshold)s %(off)s", threshold=brief(terms.threshold), off=off)


def scope_words(terms: Terms) -> str:
    """Say what a coupon is for."""
    if terms.is_for_cashiers:
        return _("只用于商家自己的网站或应用里的订单")
    if terms.product_ids:
        return _("指定商品可用")
    if terms.category_ids:
        return _("指定类目可用")
    return _("全部商品可用")


def state_word(shown: ShownCampaign, now: datetime) -> tuple[str, str]:
    """Say how a campaign stands, and in which tone."""
    campaign = shown.campaign
    match campaign.state:
        case CampaignState.CREATED:
            return _("没有开始"), "plain"
        case CampaignState.STOPPED:
            return _("已停止"), "plain"
        case _ if campaign.ends_at <= now:
            return _("已结束"), "plain"
        case CampaignState.PAUSED:
            return _("已暂停"), "wait"
        case CampaignState.RUNNING if campaign.starts_at > now:
            return _("等时间到"), "info"
        case CampaignState.RUNNING:
            return (_("领取中"), "good") if campaign.left else (_("领完了"), "plain")


def coupon_word(stands: str) -> tuple[str, str]:
    """Say how a coupon stands for its owner, and in which tone."""
    return {
        "usable": (_("可以用"), "good"),
        "waiting": (_("没到时间"), "info"),
        "reserved": (_("在没付款的订单里"), "wait"),
        "used": (_("用过了"), "plain"),
        "ended": (_("店铺作废了"), "plain"),
        "expired": (_("过期了"), "plain"),
    }[stands]


def is_for_tills(coupon: Coupon, stands: str) -> bool:
    """Say whether a shop's till takes a coupon that stands so."""
    return stands == "usable" and not (coupon.is_platform or coupon.terms.percent or coupon.terms.is_for_cashiers)


def serve_words(status: ServeCouponStatus, *, is_use: bool) -> tuple[str, Literal["good", "warn"]]:
    """Say what came of a till's use of a coupon, or of taking it back, and in which tone."""
    match status:
        case ServeCouponStatus.DONE | ServeCouponStatus.EXISTS:
            return (_("券用掉了，记得减钱。") if is_use else _("券退回去了，还能再用。")), "good"
        case ServeCouponStatus.NOT_AT_TILLS:
            return _("打折的券只能在线上下单时用。"), "warn"
        case ServeCouponStatus.TAKEN:
            return _("这张券用过了，或者在一个订单里。"), "warn"
        case ServeCouponStatus.NOT_USED:
            return _("这张券现在没有在店里用掉，不用退。"), "warn"
        case ServeCouponStatus.NOT_NOW:
            return _("这张券没到时间，或者过期了。"), "warn"
        case _:
            return _("你店里没有这样的券，看看券码对不对。"), "warn"


def claim_words(status: ClaimCouponStatus) -> tuple[str, bool]:
    """Say what came of claiming, and whether it is good news."""
    match status:
        case ClaimCouponStatus.CLAIMED | ClaimCouponStatus.EXISTS:
            return _("领到了，结账时自动用上。"), True
        case ClaimCouponStatus.PERSON_HAS_ALL:
            return _("你已经领过了。"), False
        case ClaimCouponStatus.ALL_CLAIMED:
            return _("手慢了，领完了。"), False
        case ClaimCouponStatus.NOT_NOW:
            return _("现在不能领。"), False
        case _:
            return _("没有这样的优惠券，看看口令对不对。"), False


def move_error(status: MoveCampaignStatus) -> str:
    """Say why a campaign was not moved."""
    match status:
        case MoveCampaignStatus.BUDGET_MISSING:
            return _("预算不够所有的券，先申请预算。")
        case _:
            return _("刚刚变了，这一步现在不能做。")


def create_errors(status: CreateCampaignStatus) -> dict[str, str]:
    """Say what is wrong with the form of a campaign, by field."""
    match status:
        case CreateCampaignStatus.NAME_INVALID:
            return {"name": _("请写一个名字，不超过 40 个字。")}
        case CreateCampaignStatus.AMOUNT_OUT_OF_RANGE:
            return {"amount": _("请写一个金额；减的要比门槛少。")}
        case CreateCampaignStatus.PERCENT_OUT_OF_RANGE:
            return {"percent": _("1 到 99。")}
        case CreateCampaignStatus.THRESHOLD_OUT_OF_RANGE:
            return {"threshold": _("请写一个金额，例如 200。")}
        case CreateCampaignStatus.SCOPE_INVALID:
            return {"form": _("选的商品或类目现在不在了，请再选一次。")}
        case CreateCampaignStatus.QUANTITY_OUT_OF_RANGE:
            return {"quantity": _("1 到 1000 万。")}
        case CreateCampaignStatus.PER_PERSON_OUT_OF_RANGE:
            return {"per_person": _("1 到 100。")}
        case CreateCampaignStatus.TIME_INVALID:
            return {"ends_at": _("结束要在开始之后、现在之后，最长两年。")}
        case CreateCampaignStatus.VALID_DAYS_OUT_OF_RANGE:
            return {"valid_days": _("0 到 365。")}
        case CreateCampaignStatus.CODE_INVALID:
            return {"code": _("口令 4 到 20 个字，不要空格。")}
        case CreateCampaignStatus.CODE_TAKEN:
            return {"code": _("这个口令已经有人用了，换一个。")}
        case _:
            return {"form": _("没有保存成功，请再试一次。")}
