"""How pages tell of disputes."""

from collections.abc import Sequence
from typing import Any

from weiji.aftersale import MONEY, CaseKind, asked_word, reason_word, saying_word
from weiji.approvals import State
from weiji.carriers import ParcelState
from weiji.carriers import state_word as parcel_word
from weiji.disputes.machine import DisputeState
from weiji.disputes.model import (
    PICTURES_MAX,
    WORDS_MAX,
    Basis,
    Compensation,
    Dispute,
    DisputeStatus,
    Opener,
    Posting,
    Repayment,
    RepaymentKind,
    Ruling,
    SaidIn,
    Side,
)
from weiji.kit.ids import derive
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import money


def side_word(side: Side) -> str:
    """Name a side."""
    # By value: templates hand back plain text.
    return _("买家") if side == Side.BUYER else _("卖家")


def opener_word(opener: Opener) -> str:
    """Name who left a case to arbiters."""
    return _("到时自动") if opener == Opener.CLOCK else side_word(Side(opener))


def place_word(side: Side, place: SaidIn) -> str:
    """Say where one side said something."""
    who = side_word(side)
    # By value: templates hand back plain text.
    match str(place):
        case SaidIn.CLAIM:
            return _("%(side)s交给平台时说的", side=who)
        case SaidIn.EVIDENCE:
            return _("%(side)s的证据", side=who)
        case SaidIn.APPEAL:
            return _("%(side)s的上诉", side=who)
        case _:
            return _("%(side)s在售后里说的", side=who)


def asked_facts(dispute: Dispute) -> list[tuple[str, str]]:
    """Say what the buyer asked the shop for, and why."""
    case = dispute.file.case
    return [(_("买家要的"), asked_word(case)), (_("原因"), reason_word(case.reason))]


def state_word(state: DisputeState, *, is_suspended: bool = False) -> tuple[str, str, str, str | None]:
    """Say how a dispute stands, in which tone, with which icon, and what its clock is called."""
    if is_suspended:
        return _("付款人在拒付，先停着"), "wait", "shield-alert", None
    match state:
        case DisputeState.EVIDENCE:
            return _("双方交证据"), "wait", "lock", _("交证据剩余")
        case DisputeState.DECIDING:
            return _("等待裁决"), "wait", "scale", _("裁决剩余")
        case DisputeState.PROPOSED:
            return _("等另一位签字"), "wait", "scale", _("签字剩余")
        case DisputeState.RULED:
            return _("已裁决，可以上诉"), "info", "scale", _("上诉剩余")
        case DisputeState.APPEALED:
            return _("上诉中"), "wait", "repeat", _("裁决剩余")
        case DisputeState.APPEAL_PROPOSED:
            return _("上诉，等另一位签字"), "wait", "repeat", _("签字剩余")
        case DisputeState.EXECUTED:
            return _("裁决已生效"), "good", "badge-check", None
        case DisputeState.WITHDRAWN:
            return _("已撤回"), "plain", "circle-x", None


def ruling_word(dispute: Dispute, ruling: Ruling) -> str:
    """Say in a line what a ruling gives."""
    case = dispute.file.case
    if case.kind is CaseKind.CANCEL and not ruling.share:
        return _("不取消，不退款")
    freight = _("运费卖家承担") if ruling.freight_by is Side.MERCHANT else _("运费买家承担")
    if ruling.postage:
        freight += _("，另付买家寄回的运费 %(amount)s", amount=money(ruling.postage))
    if ruling.goods_back:
        freight += _("，东西由卖家寄还给买家")
    given = {"share": ruling.share, "freight": freight, "amount": money(ruling.amount + ruling.postage)}
    # One that was opened before may be about more than was asked for.
    if case.kind in MONEY and dispute.goods <= case.amount:
        return _("买家要的商品款的 %(share)s%% 给买家，%(freight)s：共 %(amount)s", **given)
    return _("商品款的 %(share)s%% 给买家，%(freight)s：共 %(amount)s", **given)


def basis_word(basis: Basis) -> str:
    """Say why the clock ruled as it did."""
    # By value: templates hand back plain text.
    match str(basis):
        case Basis.FIRST_RULING:
            return _("到最后期限上诉还没有裁，第一次的裁决生效。")
        case Basis.GOODS:
            return _("到最后期限还没有裁：商品不在买家手里，全部退给买家。")
        case Basis.ONE_SIDE:
            return _("到最后期限还没有裁：只有一方交了证据，支持交了的一方。")
        case Basis.SHARE:
            return _("到最后期限还没有裁：双方都交了或都没有交证据，按平台规则分担。")
        case _:
            return ""


def compensation_word(compensation: Compensation) -> tuple[str, str, str]:
    """Say what came of what was to be paid out of the shop's deposit, in which tone, with which icon."""
    # By value: templates hand back plain text.
    match str(compensation.state):
        case State.PROPOSED:
            return _("提了从保证金赔付，等同事复核"), "wait", "hourglass"
        case State.APPROVED:
            return _("从店铺的保证金赔付买家"), "good", "gavel"
        case State.FAILED:
            return _("赔付没有付成：保证金动不了"), "bad", "circle-x"
        case State.REJECTED:
            return _("赔付没有通过复核"), "bad", "circle-x"
        case _:
            return _("赔付撤回了"), "plain", "undo-2"


def account_word(name: str) -> str:
    """Name a kind of account."""
    words = {
        "escrow": _("这笔订单的托管"),
        "escrow_subsidy": _("这笔订单的平台补贴"),
        "transit": _("退给买家（在途）"),
        "budget": _("退回出券的一方（在途）"),
        "postage": _("付给买家的寄回运费（在途）"),
        "refundable": _("可退额度"),
        "control": _("对照"),
        "fee_income": _("平台服务费"),
        "merchant_pending": _("店铺待结算"),
        "merchant_available": _("店铺可提现"),
        "merchant_deposit": _("店铺保证金"),
        "merchant_owed": _("店铺欠款"),
        "merchant_claim": _("向店铺追回"),
    }
    return words.get(name, name)


def posting_words(postings: Sequence[Posting]) -> list[tuple[str, str]]:
    """Say what postings do, and how much.

    What ends holds is told in one line. An award of what the shop has already is taken out of what is held first; what
    is taken "at most" is what that does not cover.
    """
    # What follows the postage fills it: none of that comes out of what is held.
    ends = next((place for place, posting in enumerate(postings) if posting.credit == "postage"), len(postings))
    is_held = any(posting.debit == "held" for posting in postings)
    is_taken = is_held and any(posting.is_at_most for posting in postings[:ends])
    lines = []
    if is_held:
        lines.append((_("先从纠纷期间冻结的钱里扣，其余解除") if is_taken else _("解除纠纷期间的冻结"), ""))
    for place, posting in enumerate(postings):
        if posting.debit == "held":
            continue
        way = _("%(debit)s → %(credit)s", debit=account_word(posting.debit), credit=account_word(posting.credit))
        amount = money(posting.amount)
        if posting.is_at_most:
            way = _("还不够的：%(way)s", way=way) if is_taken and place < ends else way
            amount = _("最多 %(amount)s", amount=amount)
        lines.append((way, amount))
    return lines


def steps_of(dispute: Dispute) -> list[dict[str, Any]]:
    """Tell everything in one time-line, the last first: the order, its money and parcels, the case, the dispute."""
    file, case = dispute.file.order, dispute.file.case
    placed = dispute.repricings[0].before if dispute.repricings else file.total
    steps: list[tuple[Any, str, str, str]] = [
        (file.placed_at, _("买家下单"), "shopping-bag", money(placed)),
        (file.paid_at, _("买家付款"), "wallet", money(file.total)),
        (file.received_at, _("买家确认收货"), "package-check", ""),
        (file.settled_at, _("货款结算"), "coins", ""),
        (case.asked_at, _("买家申请售后"), "undo-2", case.words),
        (dispute.opened_at, _("请平台裁决：%(side)s", side=opener_word(dispute.opened_by)), "scale", ""),
    ]
    steps += [(saying.at, *saying_word(saying), saying.words) for saying in dispute.sayings]
    for parcel in dispute.followed:
        note = f"{parcel.carrier} {parcel.tracking_number}"
        steps.append((parcel.shipped_at, _("买家寄回了") if parcel.is_return else _("发出包裹"), "truck", note))
        # What its carrier told says when it arrived, too.
        if not any(event.state is ParcelState.DELIVERED for event in parcel.tracking):
            steps.append((parcel.delivered_at, _("包裹送达"), "package-check", note))
        # Where it stopped on the way decides nothing: what came of it is told, and when that was first so.
        before = None
        for event in sorted(parcel.tracking, key=lambda event: event.at):
            if event.state is None or event.state is before:
                continue
            before = event.state
            title, _tone, icon = parcel_word(event.state)
            title = _("寄回的包裹：%(state)s", state=title) if parcel.is_return else title
            steps.append((event.at, title, icon, " ".join(filter(None, (event.place, event.text)))))
    steps += [
        (
            each.submitted_at,
            _("%(side)s交了证据", side=side_word(each.side)),
            "file-text",
            _("封存指纹 %(hash)s", hash=each.hash[:16]),
        )
        for each in dispute.evidence
    ]
    steps += [
        (ruling.seconded_at or ruling.signed_at, _("裁决"), "scale", ruling_word(dispute, ruling))
        for ruling in dispute.standing
    ]
    for change in dispute.repricings:
        title = _("卖家改价：%(before)s 改成 %(total)s", before=money(change.before), total=money(change.total))
        steps.append((change.at, title, "tag", ""))
    for paid in dispute.repayments:
        icon = "wallet" if paid.is_there else "undo-2"
        steps.append((paid.at, _repayment_word(dispute, paid), icon, money(paid.amount)))
    if dispute.appealed_by is not None:
        title = _("%(side)s上诉", side=side_word(dispute.appealed_by))
        steps.append((dispute.appealed_at, title, "repeat", dispute.appeal))
    for each in dispute.compensations:
        title, _tone, icon = compensation_word(each)
        steps.append((each.decided_at or each.proposed_at, title, icon, money(each.amount)))
    steps.append((dispute.suspended_at, _("付款人向渠道拒付了这笔付款，先停着"), "shield-alert", ""))
    steps.append((dispute.ended_at, state_word(dispute.state)[0], "badge-check", ""))
    # What came of something stands above it, though both were at one time.
    told = sorted((step for step in steps if step[0] is not None), key=lambda step: step[0])[::-1]
    return [
        {"title": title, "at": at, "icon_name": icon, "note": note or None, "state": "now" if n == 0 else "done"}
        for n, (at, title, icon, note) in enumerate(told)
    ]


def _repayment_word(dispute: Dispute, paid: Repayment) -> str:
    match paid.kind:
        case RepaymentKind.POSTAGE:
            return _("寄回的运费到买家的钱包") if paid.is_there else _("店铺付买家寄回的运费")
        case RepaymentKind.COMPENSATION:
            return _("赔付到买家的钱包")
        case RepaymentKind.REFUND if paid.is_there:
            return _("退款到账")
        case RepaymentKind.REFUND if paid.refund_id != derive(dispute.case_id, "refund"):
            return _("退给买家")
        case RepaymentKind.REFUND:
            return _("按裁决退给买家") if dispute.awarded else _("东西没有寄还，退给买家")


def refusal(status: DisputeStatus) -> str:
    """Say why something was not done."""
    match status:
        case DisputeStatus.IS_PARTY:
            return _("这是你自己的纠纷，要由别人裁决。")
        case DisputeStatus.ANOTHER_ARBITER_NEEDED:
            return _("要由另一位仲裁员来做。")
        case DisputeStatus.SUSPENDED:
            return _("付款人向渠道拒付了同一笔钱，渠道裁定以前先停着。")
        case DisputeStatus.NOTHING_TO_APPEAL:
            return _("裁决已经全部支持你了。")
        case DisputeStatus.NOTHING_TO_AWARD:
            return _("这件商品已经没有可以退的钱了。")
        case DisputeStatus.WORDS_INVALID:
            return ngettext("请写清楚，最多 %(number)s 个字。", "请写清楚，最多 %(number)s 个字。", WORDS_MAX)
        case DisputeStatus.PICTURES_INVALID:
            return ngettext("最多放 %(number)s 张图片。", "最多放 %(number)s 张图片。", PICTURES_MAX)
        case DisputeStatus.SHARE_OUT_OF_RANGE:
            return _("比例是 0 到 100 的整数；没有发出的商品只能全退或不退。")
        case DisputeStatus.POSTAGE_OUT_OF_RANGE:
            return _("寄回的运费：卖家承担运费、东西寄回过才能判，也不能超过规则里的上限。")
        case DisputeStatus.NO_GOODS_BACK:
            return _("东西寄回过、一分钱也不判给买家，才能判寄还给买家。")
        case DisputeStatus.POSTINGS_DIFFER:
            return _("分录刚刚变了，请再看一遍。")
        case _:
            return _("刚刚有了变化，这一步现在不能做。")
