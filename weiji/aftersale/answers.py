"""What shops may begin from when they refuse, or offer something else: sentences to be edited before they are sent."""

from msgspec import Struct

from weiji.aftersale.machine import CaseKind
from weiji.aftersale.reasons import RefusalReason
from weiji.aftersale.words import refusal_word
from weiji.web import gettext as _


class Answer(Struct, frozen=True):
    """What an answer is about, in a few characters, and what it says; of an offer, also what it offers, and of a
    refusal before anything came back the reason that it is for.
    """

    label: str
    words: str
    kind: CaseKind | None = None
    reason: RefusalReason | None = None


def _refusal(reason: RefusalReason, said: str) -> Answer:
    return Answer(refusal_word(reason), said, reason=reason)


def refusals(kind: CaseKind, *, is_picked_up: bool = False) -> list[Answer]:
    """Why a shop may not agree to what was asked for."""
    if kind is CaseKind.CANCEL and is_picked_up:
        return [
            _refusal(RefusalReason.HANDED_OVER, _("货已经当面交给你了。请撤销申请，再出示提货码给我们核销。")),
            _refusal(RefusalReason.READY, _("货已经备好，随时可以来提。提了以后不想要，可以申请退货退款。")),
        ]
    if kind is CaseKind.CANCEL:
        return [
            _refusal(RefusalReason.SENT, _("包裹已经交给快递，拦不回来了。收到以后不想要，可以申请退货退款。")),
            _refusal(RefusalReason.BEING_SENT, _("已经打包好，今天就发出。收到以后不想要，可以申请退货退款。")),
            _refusal(RefusalReason.MADE_TO_ORDER, _("这是按你的要求定做的，已经开始做，不能取消。")),
        ]
    answers = [
        _refusal(
            RefusalReason.NOT_SHOWN, _("从现在的图片看不出问题。请补几张清楚的：外包装、面单、有问题的地方，我们再看。")
        ),
        _refusal(RefusalReason.AS_DESCRIBED, _("收到的和商品页写的一样，尺寸、颜色、材质都写明了。")),
    ]
    if kind in (CaseKind.REFUND, CaseKind.RESHIP):
        return [
            *answers,
            _refusal(
                RefusalReason.SIGNED_FOR,
                _("物流显示已经签收。请问问家人、门卫，看看快递柜；还是没有，我们一起找快递公司查。"),
            ),
            _refusal(
                RefusalReason.NOTHING_MISSING, _("发货时清点过、称过重，没有少。请再看看包装里，还缺什么就拍照发来。")
            ),
        ]
    return [
        *answers,
        _refusal(RefusalReason.USED, _("东西用过、洗过，或者拆了吊牌，已经不能再卖，按商品页写的不能退换。")),
        _refusal(RefusalReason.TOO_LATE, _("已经过了商品页写明的退换期限。有质量问题的，请拍照说明，我们照样处理。")),
    ]


def return_refusals() -> list[Answer]:
    """Why a shop may not take what came back."""
    return [
        Answer(_("少了东西"), _("寄回来的少了配件或赠品。补齐寄来，我们就退款。")),
        Answer(_("用过了"), _("寄回来的有明显的使用痕迹，不能再卖了，请看图片。")),
        Answer(_("不是原件"), _("寄回来的不是我们发出的那一件，请看图片。")),
        Answer(_("是空包裹"), _("收到的包裹里没有东西，请看拆包时的图片。")),
    ]


def return_offers() -> list[Answer]:
    """Why a shop may give back less for what came back."""
    return [
        Answer(_("少了东西"), _("寄回来的少了配件或赠品，扣掉它的价钱，其余的退给你。")),
        Answer(_("有痕迹"), _("寄回来的有使用痕迹，只能打折再卖，按差价少退一些，请看图片。")),
        Answer(_("包装坏了"), _("原包装坏了，要另外配，扣掉包装的钱，其余的退给你。")),
    ]


def offers(kind: CaseKind) -> list[Answer]:
    """What a shop may say to something else that it offers."""
    if kind is CaseKind.CANCEL:
        return []
    return [
        Answer(_("留着，退一部分"), _("东西你留着用，我们退一部分，省得来回寄。"), CaseKind.REFUND),
        Answer(_("换一件新的"), _("给你换一件新的，来回运费我们出。"), CaseKind.EXCHANGE),
        Answer(_("补寄"), _("少的我们马上补寄，运费我们出。"), CaseKind.RESHIP),
    ]
