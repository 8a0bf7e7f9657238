"""Complaints about merchant orders in the reader's words: the payer's, the merchant's, the staff's."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from msgspec import Struct

from weiji.kit.db import Row
from weiji.kit.money import format_yuan
from weiji.web import gettext as _
from weiji.wire.complaints import (
    SAYINGS_MAX,
    TIMES_MAX,
    WORDS_MAX,
    Complaint,
    ComplaintReason,
    ComplaintState,
    ComplaintStatus,
)

Reader = Literal["buyer", "merchant", "staff"]

_S = ComplaintState


class StateWord(Struct, frozen=True):
    """How a complaint stands, in a word with its tone and icon, and what its clock is called, if one runs."""

    word: str
    tone: str
    icon: str
    clock: str | None = None


def reason_words() -> dict[str, str]:
    """Name what somebody may complain of who paid."""
    return {
        ComplaintReason.NOT_RECEIVED.value: _("付了钱，没有得到"),
        ComplaintReason.NOT_AS_DESCRIBED.value: _("和说的不一样"),
        ComplaintReason.CHARGED_WRONG.value: _("扣错了钱"),
        ComplaintReason.NO_ANSWER.value: _("联系不上商家"),
        ComplaintReason.NO_REFUND.value: _("说好退款没有退"),
        ComplaintReason.FRAUD.value: _("骗人"),
        ComplaintReason.OTHER.value: _("其他"),
    }


def state_word(state: ComplaintState) -> StateWord:
    """Say how a complaint stands."""
    return {
        _S.ASKED: StateWord(_("等商家答复"), "wait", "hourglass", _("答复还剩")),
        _S.ANSWERED: StateWord(_("商家答复了"), "info", "message-circle", _("自动结束还剩")),
        _S.COMPLETED: StateWord(_("商家说处理好了"), "info", "check", _("自动结束还剩")),
        _S.REVIEWING: StateWord(_("平台处理中"), "wait", "scale"),
        _S.PROPOSED: StateWord(_("平台处理中"), "wait", "scale"),
        _S.REFUNDING: StateWord(_("正在退款"), "info", "undo-2"),
        _S.REFUNDED: StateWord(_("退款到了"), "good", "check"),
        _S.WITHDRAWN: StateWord(_("付款人结束了"), "plain", "check"),
        _S.EXPIRED: StateWord(_("到时结束了"), "plain", "timer"),
        _S.DISMISSED: StateWord(_("平台处理完了，不退款"), "bad", "scale"),
    }[state]


def wanted_word(complaint: Complaint) -> str:
    """Say what a payer wants."""
    if not complaint.amount:
        return _("要一个答复")
    return _("退款 %(amount)s", amount=f"¥{format_yuan(complaint.amount)}")


def next_word(state: ComplaintState, reader: Reader) -> str | None:
    """Say what comes next."""
    if reader == "buyer":
        return {
            _S.ASKED: _("到时没有答复，自动交给平台处理。"),
            _S.ANSWERED: _("不满意，可以再说，也可以请平台处理；到时什么都没有做，就结束了。"),
            _S.COMPLETED: _("不满意，可以再说，也可以请平台处理；到时什么都没有做，就结束了。"),
            _S.REVIEWING: _("平台的人在看。你和商家还可以接着说。"),
            _S.PROPOSED: _("平台的人在看。你和商家还可以接着说。"),
            _S.REFUNDING: _("钱已经离开这笔订单，原路退给你。"),
        }.get(state)
    return {
        _S.ASKED: _("到时没有答复，自动交给平台处理。"),
        _S.ANSWERED: _("等付款人答复；到时没有，就结束了。"),
        _S.COMPLETED: _("等付款人答复；到时没有，就结束了。"),
        _S.REVIEWING: _("平台的人在看。还可以同意退款，也可以接着说。"),
        _S.PROPOSED: _("平台的人在看。还可以同意退款，也可以接着说。"),
        _S.REFUNDING: _("钱已经离开这笔订单，退给付款人。"),
    }.get(state)


_SAID: Final = ("ComplaintReplied", "ComplaintRefused", "ComplaintDecided")

_FOR_STAFF: Final = ("ComplaintDecisionProposed", "ComplaintDecisionRejected")
"""What nobody but the staff sees: nothing is decided."""


def who_words() -> dict[str, str]:
    """Name who says something."""
    return {"buyer": _("付款人"), "merchant": _("商家"), "staff": _("平台")}


def sayings_of(trail: Sequence[Row]) -> list[dict[str, Any]]:
    """Read from a trail what was said, and by whom, the oldest first."""
    who = who_words()
    return [
        {
            "by": row["actor_kind"],
            "who": who.get(row["actor_kind"], ""),
            "at": row["at"],
            "words": row["data"].get("words", ""),
            "proof": tuple(row["data"].get("proof", ())),
        }
        for row in trail
        if row["type"] in _SAID
    ]


def steps_of(trail: Sequence[Row], reader: Reader) -> list[dict[str, Any]]:
    """Tell what happened, the newest first."""
    rows = [row for row in trail if reader == "staff" or row["type"] not in _FOR_STAFF]
    steps = [
        {"title": _step_word(row), "at": row["at"], "state": "done", "note": _step_note(row)} for row in reversed(rows)
    ]
    if steps:
        steps[0]["state"] = "now"
    return steps


def _step_word(row: Row) -> str:
    is_payer = row["actor_kind"] == "buyer"
    return {
        "ComplaintAsked": _("付款人投诉了"),
        "ComplaintReplied": _("付款人说了话") if is_payer else _("商家说了话"),
        "ComplaintRefused": _("商家没有同意"),
        "ComplaintAgreed": _("商家同意退款"),
        "ComplaintCompleted": _("商家说处理好了"),
        "ComplaintTakenFurther": _("付款人请平台处理") if is_payer else _("商家到时没有答复，交给平台处理"),
        "ComplaintWithdrawn": _("付款人结束了投诉"),
        "ComplaintExpired": _("到时没有再说，结束了"),
        "ComplaintDecisionProposed": _("一位签了，等另一位签"),
        "ComplaintDecisionRejected": _("另一位没有签"),
        "ComplaintDecided": _("平台处理了"),
        "ComplaintRefundOrdered": _("退款发出"),
        "ComplaintRefunded": _("退款到账"),
    }.get(row["type"], "")


def _step_note(row: Row) -> str | None:
    amount = row["data"].get("amount")
    if row["type"] in ("ComplaintRefundOrdered", "ComplaintRefunded", "ComplaintAgreed") and amount:
        return f"¥{format_yuan(amount)}"
    return None


def refusal(status: ComplaintStatus) -> str:
    """Say why something was not done."""
    match status:
        case ComplaintStatus.TOO_LATE:
            return _("付款很久了，已经不能投诉。")
        case ComplaintStatus.COMPLAINT_OPEN:
            return _("这笔订单已经有一个投诉没有结束。")
        case ComplaintStatus.TOO_MANY_COMPLAINTS:
            return _("这笔订单投诉的次数用完了：最多 %(most)s 次。", most=TIMES_MAX)
        case ComplaintStatus.IS_PARTY:
            return _("你是付款人，或者在这家店、替它下单的服务商那里工作，不能处理它。")
        case ComplaintStatus.ANOTHER_NEEDED:
            return _("这是你签的，要等别人。")
        case ComplaintStatus.DECISION_DIFFERS:
            return _("你看的时候，要签的换了一份：这是现在的，看过再签，或者不签。")
        case ComplaintStatus.AMOUNT_OUT_OF_RANGE:
            return _("金额不对：最多是这笔订单还能退的，用阿拉伯数字，如 12.50。")
        case ComplaintStatus.WORDS_INVALID:
            return _("要写 1 到 %(most)s 个字。", most=WORDS_MAX)
        case ComplaintStatus.WORDS_REFUSED:
            return _("这段话里有平台不让写的词，没有发出去。请换个说法。")
        case ComplaintStatus.PROOF_INVALID:
            return _("有图片没能处理。请换 JPEG、PNG、WebP 或 GIF，最多 9 张。")
        case ComplaintStatus.TOO_MANY_SAYINGS:
            return _("说得太多了：每一方最多 %(most)s 次。", most=SAYINGS_MAX)
        case ComplaintStatus.CHARGED_BACK:
            return _("付款人的渠道已经把这笔钱拿回去了（拒付），不能再退一次。")
        case ComplaintStatus.SHARED_OUT:
            return _("这笔钱分给了别人，要先由商家收回来，现在退不了。")
        case _:
            return _("刚刚有了变化，这一步现在不能做。")
