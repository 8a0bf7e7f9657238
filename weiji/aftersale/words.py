"""How pages tell of cases: kinds, reasons, states, clocks, events and refusals in the reader's words."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from weiji.aftersale.machine import BACK, CaseKind, CaseState
from weiji.aftersale.model import PROOF_MAX, REPLIES_MAX, WORDS_MAX, Case, CaseParcel, CaseStatus, Saying, SealedCase
from weiji.aftersale.reasons import Reason, RefusalReason
from weiji.aftersale.rules import Holding
from weiji.events.model import ActorKind
from weiji.kit.db import Row
from weiji.orders import Line, State
from weiji.orders.numbers import CheckStatus, ParcelCheck, doubt
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import listed, money


class KindWord(Struct, frozen=True):
    """What a kind of case is called, what it means, and its icon."""

    word: str
    note: str
    icon: str


def kind_word(kind: CaseKind) -> KindWord:
    """Name a kind of case."""
    match kind:
        case CaseKind.CANCEL:
            return KindWord(_("不要了，退款"), _("还没有发出的，不用发了，钱退给你。"), "circle-x")
        case CaseKind.REFUND:
            return KindWord(_("仅退款"), _("东西留着，退一部分钱或全部。"), "banknote")
        case CaseKind.RETURN:
            return KindWord(_("退货退款"), _("把东西寄回去，钱退给你。"), "undo-2")
        case CaseKind.EXCHANGE:
            return KindWord(_("换货"), _("把东西寄回去，换一件同样的，或同价的另一款。"), "repeat")
        case CaseKind.RESHIP:
            return KindWord(_("补寄"), _("少了的，请卖家补寄。"), "package-open")


def kind_words() -> dict[str, KindWord]:
    """Name all kinds of case."""
    return {kind.value: kind_word(kind) for kind in CaseKind}


def reason_word(reason: Reason) -> str:
    """Name a reason."""
    words = {
        Reason.NOT_WANTED: _("不想要了"),
        Reason.ORDERED_WRONG: _("拍错了"),
        Reason.TOO_SLOW: _("没有按时发货"),
        Reason.AGREED: _("和卖家商量好了"),
        Reason.NOT_ARRIVED: _("一直没有收到"),
        Reason.MISSING: _("少件、漏发"),
        Reason.DAMAGED: _("收到时破损"),
        Reason.DEFECTIVE: _("有质量问题"),
        Reason.NOT_AS_DESCRIBED: _("和描述不符"),
        Reason.WRONG_GOODS: _("发错了东西"),
        Reason.DOES_NOT_FIT: _("尺码或颜色不合适"),
        Reason.COUNTERFEIT: _("怀疑是假货"),
        Reason.OTHER: _("其他原因"),
    }
    return words[reason]


def refusal_word(reason: RefusalReason) -> str:
    """Name a reason for which a shop says no."""
    words = {
        RefusalReason.SENT: _("已经发出"),
        RefusalReason.BEING_SENT: _("马上就发"),
        RefusalReason.HANDED_OVER: _("已经交货"),
        RefusalReason.READY: _("货备好了"),
        RefusalReason.MADE_TO_ORDER: _("定做的"),
        RefusalReason.NOT_SHOWN: _("请补照片"),
        RefusalReason.AS_DESCRIBED: _("和描述一样"),
        RefusalReason.SIGNED_FOR: _("已经签收"),
        RefusalReason.NOTHING_MISSING: _("没有少发"),
        RefusalReason.USED: _("用过了"),
        RefusalReason.TOO_LATE: _("过了期限"),
        RefusalReason.OTHER: _("其他原因"),
    }
    return words[reason]


def freight_word(case: Case) -> str | None:
    """Say who bears freight where goods are sent back; None where none are, or nothing was said."""
    if case.kind not in BACK or case.freight_by is None:
        return None
    return _("来回都由卖家承担") if case.freight_by == "merchant" else _("来回都由买家承担")


def money_word(case: Case, order_state: State | None) -> str | None:
    """Say where the money is that an open case is about; None where it is about none, is over, or a channel has it."""
    if not case.amount or not case.is_open or case.suspended_at is not None:
        return None
    match order_state:
        case State.PAID | State.PART_SHIPPED | State.SHIPPED:
            return _("由平台保管")
        case State.RECEIVED:
            return _("在店铺的待结算里，还不能提现")
        case State.COMPLETED:
            return _("已经结算给店铺")
        case _:
            return None


class StateWord(Struct, frozen=True):
    """How a case stands, in a word with its tone and icon, and what its clock is called, if one runs."""

    word: str
    tone: str
    icon: str
    clock: str | None = None


def state_word(case: Case, replacement: CaseParcel | None = None, verdict: str | None = None) -> StateWord:
    """Say how a case stands; with the parcel of what was sent anew, also that it is there; with what was ruled, that
    it was.
    """
    if case.suspended_at is not None:
        return StateWord(_("付款人在拒付，先停着"), "wait", "shield-alert")
    match case.state:
        case CaseState.ASKED:
            return StateWord(_("等卖家答复"), "wait", "clock", _("自动同意剩余"))
        case CaseState.COUNTERED:
            return StateWord(_("卖家提了别的办法"), "info", "message-circle", _("买家答复剩余"))
        case CaseState.REFUSED:
            return StateWord(_("没有谈成"), "bad", "circle-x", _("自动结束剩余"))
        case CaseState.DISPUTED if verdict is not None:
            return StateWord(_("平台裁决了"), "info", "scale")
        case CaseState.DISPUTED:
            return StateWord(_("平台在裁决"), "wait", "scale")
        case CaseState.DISMISSED:
            return StateWord(_("平台没有支持"), "plain", "scale")
        case CaseState.TO_GIVE_BACK:
            return StateWord(_("没有支持退款，等卖家寄还东西"), "wait", "package", _("自动退款剩余"))
        case CaseState.GIVEN_BACK if replacement is not None and replacement.delivered_at is not None:
            return StateWord(_("寄还给买家的已送达"), "plain", "package-check")
        case CaseState.GIVEN_BACK:
            return StateWord(_("东西寄还给买家了"), "plain", "truck")
        case CaseState.AGREED:
            return StateWord(_("等卖家补寄"), "wait", "package", _("自动退款剩余"))
        case CaseState.TO_RETURN:
            return StateWord(_("等买家寄回"), "wait", "undo-2", _("寄回剩余"))
        case CaseState.RETURNING if case.return_delivered_at is not None:
            return StateWord(_("已送到，等卖家验货"), "wait", "package-check", _("自动收货剩余"))
        case CaseState.RETURNING:
            return StateWord(_("寄回途中"), "info", "truck", _("自动收货剩余"))
        case CaseState.RETURN_COUNTERED:
            return StateWord(_("卖家验货后另提金额"), "info", "message-circle", _("买家答复剩余"))
        case CaseState.RETURN_REFUSED:
            return StateWord(_("退回的东西有争议"), "bad", "circle-x", _("自动交给平台剩余"))
        case CaseState.RETURNED:
            return StateWord(_("等卖家换货"), "wait", "package", _("自动退款剩余"))
        case CaseState.RESHIPPED if replacement is not None and replacement.delivered_at is not None:
            return StateWord(_("再次发出的已送达"), "good", "package-check")
        case CaseState.RESHIPPED:
            return StateWord(_("已再次发出"), "good", "truck")
        case CaseState.REFUNDING:
            return StateWord(_("退款中"), "wait", "undo-2")
        case CaseState.REFUNDED:
            return StateWord(_("已退款"), "good", "circle-check")
        case CaseState.WITHDRAWN:
            return StateWord(_("已撤回"), "plain", "circle-x")
        case CaseState.EXPIRED:
            return StateWord(_("已结束"), "plain", "clock")


def asked_word(case: Case | SealedCase) -> str:
    """Say in a line what a case is about."""
    kind = kind_word(case.kind).word
    units = ngettext("%(number)s 件", "%(number)s 件", case.quantity)
    if case.wanted:
        wanted = " / ".join(case.wanted.choices)
        return _("%(kind)s · %(units)s · 换成%(wanted)s", kind=kind, units=units, wanted=wanted)
    if case.amount:
        return _("%(kind)s · %(units)s · %(amount)s", kind=kind, units=units, amount=money(case.amount))
    return _("%(kind)s · %(units)s", kind=kind, units=units)


def offer_word(kind: CaseKind, amount: int) -> str:
    """Say what a shop offers."""
    if amount:
        return _("%(kind)s %(amount)s", kind=kind_word(kind).word, amount=money(amount))
    return kind_word(kind).word


def saying_word(saying: Saying) -> tuple[str, str]:
    """Say who told the other side what, with an icon."""
    side = _actor(saying.by)
    match saying.about:
        case "refused" if saying.reason:
            reason = refusal_word(saying.reason)
            return _("%(side)s没有同意：%(reason)s", side=side, reason=reason), "circle-x"
        case "refused":
            return _("%(side)s没有同意", side=side), "circle-x"
        case "countered" if saying.kind is not None:
            offer = offer_word(saying.kind, saying.amount or 0)
            return _("%(side)s提议：%(offer)s", side=side, offer=offer), "message-circle"
        case _:
            return _("%(side)s说", side=side), "message-circle"


def _actor(kind: ActorKind) -> str:
    words = {"buyer": _("买家"), "merchant": _("卖家"), "staff": _("平台"), "clock": _("到时自动")}
    return words.get(kind, _("系统"))


_TOLD_BESIDE: Final = ("CaseReplied", "ParcelMoved", "ParcelDelivered")
"""What pages of a case tell in places of their own: what both sides said, and how parcels got on."""


def steps_of(trail: Sequence[Row]) -> list[dict[str, Any]]:
    """Tell what happened in a case, the last first."""
    steps = []
    its_own = [row for row in reversed(trail) if row["type"] not in _TOLD_BESIDE]
    for place, row in enumerate(its_own):
        title, icon_name, note = _event(row["type"], row["data"])
        said = " · ".join(part for part in (_actor(row["actor_kind"]), note) if part)
        state = "now" if place == 0 else "done"
        steps.append({"title": title, "icon_name": icon_name, "note": said, "at": row["at"], "state": state})
    return steps


def verdict_of(trail: Sequence[Row]) -> str | None:
    """Say what was ruled; None as long as nobody ruled, or somebody is to rule again."""
    for row in reversed(trail):
        if row["type"] == "DisputeRuled":
            return _ruled(row["data"])
        if row["type"] in ("RulingAppealed", "DisputeOpened"):
            return None
    return None


def _ruled(data: dict[str, Any]) -> str:
    if data.get("ruled") and not data["amount"] and not data.get("postage"):
        return _("裁决支持买家：钱付款人已经从付款渠道拿回去了")
    if data.get("goods_back"):
        return _("裁决：不退款，东西由卖家寄还给买家")
    return _("裁决：%(amount)s 给买家", amount=money(data["amount"] + data.get("postage", 0)))


def _event(type: str, data: dict[str, Any]) -> tuple[str, str, str]:
    match type:
        case "CaseAsked":
            return _("提出申请"), "undo-2", ""
        case "CaseAgreed":
            return _("同意了：%(offer)s", offer=offer_word(CaseKind(data["kind"]), data["amount"])), "circle-check", ""
        case "CaseRefused":
            reason = data.get("reason")
            said = [refusal_word(RefusalReason(reason))] if reason else []
            return _("没有同意"), "circle-x", " · ".join((*said, data["words"]))
        case "CaseCountered":
            offer = offer_word(CaseKind(data["kind"]), data["amount"])
            return _("提议：%(offer)s", offer=offer), "message-circle", data["words"]
        case "ReturnSent":
            return _("把东西寄回了"), "truck", f"{data['carrier']} {data['tracking_number']}"
        case "ReturnDelivered":
            return _("寄回的东西送到了"), "package-check", ""
        case "ReturnTaken":
            return _("收下寄回的东西"), "package-check", _("放回库存") if data["is_restocked"] else ""
        case "ReplacementSent":
            parcel = f"{data['carrier']} {data['tracking_number']}"
            is_piece = data.get("units") == 0
            return (
                _("再次发出"),
                "truck",
                _("%(parcel)s（零件、配件，没有动库存）", parcel=parcel) if is_piece else parcel,
            )
        case "GoodsGivenBack":
            return _("把东西寄还给买家"), "truck", f"{data['carrier']} {data['tracking_number']}"
        case "CaseRefundOrdered":
            return _("退款 %(amount)s，钱在退回的路上", amount=money(data["amount"])), "undo-2", ""
        case "CaseRefunded":
            ways = {"wallet": _("退到钱包"), "bank": _("平台转到银行账户")}
            return _("退款到账"), "wallet", ways.get(data["to"], _("原路退回"))
        case "DisputeOpened":
            return _("交给平台裁决了"), "scale", ""
        case "EvidenceSubmitted":
            return _("交了证据"), "file-text", ""
        case "EvidenceUnsealed":
            return _("证据公开，等待裁决"), "lock-open", ""
        case "DisputeRuled":
            note = _("其中寄回的运费 %(amount)s", amount=money(data["postage"])) if data.get("postage") else ""
            return _ruled(data), "scale", note
        case "RulingAppealed":
            return _("上诉了，换人再裁"), "repeat", ""
        case "RulingExecuted":
            return _("裁决生效"), "badge-check", _("东西由卖家寄还给买家") if data.get("send_by") else ""
        case "PostageAwarded":
            return _("寄回的运费付到买家的钱包"), "wallet", money(data["amount"])
        case "DisputeWithdrawn":
            return _("撤回了纠纷"), "circle-x", ""
        case "RulingProposed" | "RulingRejected":
            return _("裁决在复核"), "scale", ""
        case "CaseWithdrawn":
            return _("撤回了申请"), "circle-x", ""
        case "CaseExpired":
            return _("到时结束"), "clock", ""
        case "CaseSuspended":
            return _("付款人向渠道拒付了这笔付款，先停着"), "shield-alert", ""
        case "CaseResumed":
            note = _("还能退 %(amount)s", amount=money(data["amount"])) if data["amount"] else ""
            return _("渠道裁定了，接着处理"), "repeat", note
        case _:
            return type, "activity", ""


def doubt_of_return(check: ParcelCheck) -> str:
    """Say what there is to say against the number of a parcel that comes back."""
    if check.status is CheckStatus.NUMBER_USED:
        return _("这个单号已经是另一个包裹的了，请核对。")
    return doubt(check)


def paid_word(line: Line) -> str | None:
    """Say of what the money of a line comes, where it is not what its units cost; None where it is."""
    if line.shares is None:
        return None
    cost = line.price * line.quantity
    off = cost - line.shares.goods
    parts = [_("标价 %(amount)s", amount=money(cost))]
    parts += [_("减优惠 %(amount)s", amount=money(off))] if off > 0 else []
    parts += [_("加运费 %(amount)s", amount=money(line.shares.freight))] if line.shares.freight else []
    parts += [_("减已退 %(amount)s", amount=money(line.refunded))] if line.refunded else []
    if len(parts) == 1:
        return None
    left = line.shares.goods + line.shares.freight - line.refunded
    return _("付的钱还有 %(left)s：%(parts)s", left=money(left), parts=listed(parts))


def held_choices(held: Sequence[Holding]) -> list[tuple[str, str]]:
    """Offer what a buyer has of a line that was exchanged in part."""
    return [
        (
            str(each.sku_id),
            ngettext(
                "%(name)s（%(number)s 件）", "%(name)s（%(number)s 件）", each.quantity, name=" · ".join(each.choices)
            ),
        )
        for each in held
    ]


def swap_word(name: str, available: int, units: int) -> str:
    """Name what goods may be exchanged for, and say where there is less of it than there are units."""
    if available <= 0:
        return _("%(name)s（现在没有货）", name=name)
    if available < units:
        return ngettext("%(name)s（还有 %(number)s 件）", "%(name)s（还有 %(number)s 件）", available, name=name)
    return name


def asking_refusal(status: CaseStatus) -> str:
    """Say to the buyer why something can't be asked for."""
    if status is CaseStatus.SOLD_OUT:
        return _("想换的那一款没有这么多货了，请换一款，或者少换几件。")
    return refusal(status)


def no_reason() -> str:
    """Say that a reason is to be chosen."""
    return _("请选一个原因。")


def refusal(status: CaseStatus) -> str:
    """Say why something was not done."""
    match status:
        case CaseStatus.OWN_ORDER:
            return _("这是你自己买的，请店里别的人来处理。")
        case CaseStatus.SUSPENDED:
            return _("付款人向渠道拒付了同一笔钱，渠道裁定以前先停着。")
        case CaseStatus.TOO_LATE:
            return _("已经过了可以申请售后的时间。")
        case CaseStatus.CASE_OPEN:
            return _("这件商品已经有一个售后没有结束。")
        case CaseStatus.TOO_MANY_CASES:
            return _("这件商品申请的次数用完了。")
        case CaseStatus.KIND_NOT_ALLOWED:
            return _("这件商品现在不能这样处理。")
        case CaseStatus.REASON_NOT_ALLOWED:
            return _("这个原因不适合这种申请，换一个，或者选“其他原因”。")
        case CaseStatus.NEEDS_A_REASON:
            return _("这件商品不支持无理由退货，或者已经过了期限。有问题的，请选是什么问题。")
        case CaseStatus.QUANTITY_OUT_OF_RANGE:
            return _("件数不对，请看看还有几件。")
        case CaseStatus.AMOUNT_OUT_OF_RANGE:
            return _("金额不对：不能是 0，也不能超过可以退的。")
        case CaseStatus.SKU_NOT_FOUND:
            return _("想换的那一款现在没有在卖，请换一款。")
        case CaseStatus.PRICE_DIFFERS:
            return _("只能换同价的。价格不一样的，请退货再买。")
        case CaseStatus.SAME_AS_ASKED:
            return _("这就是买家要的，直接同意就好。")
        case CaseStatus.WORDS_INVALID:
            return ngettext("请写明原因，最多 %(number)s 个字。", "请写明原因，最多 %(number)s 个字。", WORDS_MAX)
        case CaseStatus.WORDS_REFUSED:
            return _("这段话里有平台不让写的词，没有发出去。请换个说法。")
        case CaseStatus.OFFERS_PAYMENT:
            return _("不能用返现、红包或者礼物换评价，没有发出去。")
        case CaseStatus.PROOF_MISSING:
            return _("请放上至少一张图片：买家和平台要看得到寄回来的是什么样子。")
        case CaseStatus.PROOF_INVALID:
            return ngettext("最多放 %(number)s 张图片。", "最多放 %(number)s 张图片。", PROOF_MAX)
        case CaseStatus.TOO_MANY_REPLIES:
            return ngettext(
                "这个售后里你已经说了 %(number)s 次，不能再说了。谈不拢的话，可以请平台裁决。",
                "这个售后里你已经说了 %(number)s 次，不能再说了。谈不拢的话，可以请平台裁决。",
                REPLIES_MAX,
            )
        case CaseStatus.ADDRESS_MISSING:
            return _("先填好退货地址，买家才知道寄到哪里。")
        case CaseStatus.PARCEL_INVALID:
            return _("快递公司和单号都要填，各不超过 40 个字。")
        case CaseStatus.NUMBER_TAKEN:
            return _("这笔订单里，这个单号已经是另一个包裹的了，请填这次寄出的单号。")
        case CaseStatus.SOLD_OUT:
            return _("库存不够，不能再发。可以直接退款。")
        case _:
            return _("刚刚有了变化，这一步现在不能做。")
