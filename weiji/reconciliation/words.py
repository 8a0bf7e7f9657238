"""How pages tell of breaks: what each is, what it means, and how it may end."""

from weiji.ledger import Code
from weiji.ledger.words import code_words
from weiji.payments import BANK, channel_word
from weiji.reconciliation.model import Break, BreakClass, BreakState, LineKind, Resolution
from weiji.reconciliation.rules import closing_accounts
from weiji.web import gettext as _
from weiji.web.formats import money

__all__ = [
    "channel_word",
    "class_word",
    "explain",
    "kind_words",
    "next_step",
    "posting_words",
    "resolution_notes",
    "resolution_words",
]


def class_word(one: Break) -> tuple[str, str]:
    """Name what a break is, with the tone of its tag."""
    if one.is_debit:
        return _("无主支出"), "bad"
    if one.is_correction:
        return _("银行冲正"), "bad"
    return {
        BreakClass.DOUBLED: (_("重复"), "bad"),
        BreakClass.AMOUNT_DIFFERS: (_("金额不符"), "bad"),
        BreakClass.LATER_DAY: (_("跨日"), "plain"),
        BreakClass.FEE: (_("手续费"), "plain"),
        BreakClass.OURS_ONLY: (_("短款"), "bad"),
        BreakClass.THEIRS_ONLY: (_("长款"), "wait"),
    }[one.class_]


def kind_words() -> dict[str, str]:
    """Name what lines are about."""
    return {
        LineKind.CHARGE: _("收款"),
        LineKind.REFUND: _("退款"),
        LineKind.SETTLEMENT: _("渠道结算"),
        LineKind.SETTLEMENT_RETURN: _("提现退回"),
        LineKind.PAYOUT: _("付款到银行"),
        LineKind.PAYOUT_RETURN: _("银行退回"),
        LineKind.FEE: _("手续费"),
        LineKind.CHARGEBACK: _("拒付"),
        LineKind.CHARGEBACK_REVERSAL: _("拒付退回"),
        LineKind.DEBIT: _("银行支出"),
        LineKind.CREDIT_TAKEN_BACK: _("冲正收入"),
        LineKind.DEBIT_TAKEN_BACK: _("冲正支出"),
    }


def resolution_words(one: Break) -> dict[str, str]:
    """Name how a break may end, by what it is: there is more than we knew, or something is missing."""
    return {
        Resolution.LATER_DAY: _("另一天到了"),
        Resolution.TOLD: _("补上了丢失的通知"),
        Resolution.FEE: _("记为手续费"),
        Resolution.OWN_FUNDS: _("归平台自有资金") if one.delta > 0 else _("由平台自有资金承担"),
        Resolution.REVERSED: _reversed_word(one),
        Resolution.ARRIVED: _("是渠道付来的，已经记过账"),
        Resolution.RETURNED: _("是提现退回，钱又在渠道"),
        Resolution.PAID: _("是平台打的款，附言没了"),
        Resolution.CORRECTED: _("冲的是账上这一笔，一起冲回") if one.is_correction else _("银行冲正了，一起冲回"),
        Resolution.CHARGED_BACK: _("是付款人拒付，已经登记过"),
    }


def _reversed_word(one: Break) -> str:
    if one.is_debit:
        return _("记过账了，或者退回来了，冲回")
    is_of_bank = one.is_correction or one.may_be_settlement
    return _("另外记过账了，冲回") if is_of_bank else _("渠道已更正或退回，冲回")


def resolution_notes(one: Break) -> dict[str, str]:
    """Say when people choose each way to end a break."""
    if one.is_debit:
        return {
            Resolution.PAID: _(
                "打款文件里有，银行的明细没有写附言。勾出是哪一笔；合成一笔付的，勾出几笔，加起来要正好。"
            ),
            Resolution.FEE: _("银行收的：手续费、账户管理费、网银年费。"),
            Resolution.OWN_FUNDS: _("平台自己花的，比如从这个账户付的房租；或者查不到去了哪里，平台承担。"),
            Resolution.REVERSED: _("另外记过账了：打款结果里的手续费、线下付的退款；或者银行冲正、退回来了。"),
        }
    if one.is_correction:
        borne = _("那笔钱已经付了订单，或者已经另外了结，要不回来，平台承担。")
        undone = _("另外记过账了：手工记的；或者那笔打款没付成，先在打款结果里记成退票。")
        kept = _("那笔支出当初由平台承担了，或者查不到是哪一笔，钱归平台。")
        return {
            Resolution.CORRECTED: _("被冲正的那一笔还没有了结。勾出它，两笔一起冲回。"),
            Resolution.CHARGED_BACK: _("付款人不认这笔付款，银行把钱划了回去：照来函登记了拒付，再选这一项。"),
            Resolution.FEE: _("银行退回的手续费，当初已经记成手续费。"),
            Resolution.OWN_FUNDS: kept if one.delta > 0 else borne,
            Resolution.REVERSED: undone if one.delta > 0 else _("已经手工记过账，不重复记。"),
        }
    more, less = _("确实多出来，查不到是谁的，算平台的。"), _("确实少了，渠道不会补，平台承担。")
    undone = _("渠道改了账单，或者已经把它退了回去、补了回来。")
    if one.may_be_settlement:
        more = _("查不到是谁的，也没有另外记过账，算平台的。平台自己存进来的，多半记过“自有资金”，不能再记一遍。")
        undone = _("另外记过账了：平台存入的自有资金、手工记的；或者银行已经退了回去。")
    return {
        Resolution.OWN_FUNDS: more if one.delta > 0 else less,
        Resolution.REVERSED: undone,
        Resolution.ARRIVED: _("渠道的账单里有这笔提现或结算。勾出是哪几笔，加起来要正好。"),
        Resolution.RETURNED: _("从渠道提到银行的钱，银行没收，又回到了渠道。勾出是哪一笔。"),
    }


def next_step(one: Break) -> str:
    """Say what people do about a break that is open."""
    match one.class_:
        case BreakClass.OURS_ONLY:
            return _("多半下一天的账单里就有，会自己了结；过两天还在，拿单号问渠道。")
        case BreakClass.AMOUNT_DIFFERS | BreakClass.DOUBLED:
            return _("拿单号问渠道，哪一边对。")
        case BreakClass.THEIRS_ONLY if one.is_debit:
            return _("到网银看这一笔付给了谁：不认得的，马上找银行。")
        case BreakClass.THEIRS_ONLY if one.is_correction and one.subject_id is not None:
            return _("被冲正的那笔钱已经付了款：看来龙去脉，问银行为什么，再找付款人。")
        case BreakClass.THEIRS_ONLY if one.is_correction:
            return _(
                "看得出是哪一笔，它又还没有了结的，会自己对上；看不出的，到网银看冲的是哪一笔，问银行为什么，在这里选。"
            )
        case BreakClass.THEIRS_ONLY if one.kind is LineKind.SETTLEMENT_RETURN:
            return _("那笔提现在账上，会自己对上；分不清是哪一笔的，请在这里选。")
        case BreakClass.THEIRS_ONLY if one.may_be_settlement:
            return _(
                "要是渠道付来的（提现、结算），渠道的账单一到，会自己对上；分不清是哪一笔的，请在这里选。平台自己存的钱，在双人复核里记过的，选“另外记过账了”。"
            )
        case BreakClass.THEIRS_ONLY if one.kind is LineKind.FEE and one.subject_id is not None:
            return _("到渠道的后台看那笔交易的手续费：只收了这一次，就冲回；收了两次，就由平台承担。")
        case BreakClass.THEIRS_ONLY if one.channel != BANK:
            return _("拿单号到渠道的后台查：是谁的，为什么。")
        case _:
            return ""


def posting_words(one: Break, resolution: Resolution) -> str:
    """Say what is posted where a break ends so."""
    debit, credit = (code_words()[code] for code in _closing_codes(one, resolution))
    return _("借 %(debit)s，贷 %(credit)s，%(amount)s", debit=debit, credit=credit, amount=money(abs(one.delta)))


def _closing_codes(one: Break, resolution: Resolution) -> tuple[int, int]:
    if resolution is Resolution.CORRECTED:
        # What both come to: the bank has as much as before.
        return Code.SUSPENSE, Code.SUSPENSE_SHORT
    debit, credit = closing_accounts(one, resolution)
    return debit.code, credit.code


def explain(one: Break) -> str:
    """Say in a sentence what a break means, and what was done about it: it is read after it ended, too."""
    amount = money(abs(one.delta))
    match one.class_:
        case BreakClass.OURS_ONLY if one.resolution is Resolution.LATER_DAY:
            return _("那天的账单里没有，后来的账单里有了。")
        case BreakClass.OURS_ONLY if one.delta > 0:
            return _("我们记成付出去了，渠道的账单里没有。%(amount)s 先记在长款里。", amount=amount)
        case BreakClass.OURS_ONLY:
            return _("我们记了账，渠道的账单里没有。%(amount)s 先记在短款里。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.resolution is Resolution.TOLD and one.kind is LineKind.SETTLEMENT:
            return _("账单说渠道付给了平台 %(amount)s，已经照记。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.resolution is Resolution.TOLD:
            return _("渠道的通知丢了，账单补上了它。")
        case BreakClass.THEIRS_ONLY if one.resolution is Resolution.ARRIVED and one.state is BreakState.RESOLVED:
            return _("是渠道付到平台账户的 %(amount)s，渠道的账单已经记过，不重复记。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.resolution is Resolution.RETURNED and one.state is BreakState.RESOLVED:
            return _("提现的 %(amount)s 退回来了：渠道又拿着它，银行存款已经冲回。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.kind is LineKind.SETTLEMENT_RETURN:
            return _("从渠道提到银行的 %(amount)s 退回来了，渠道又拿着它，先记在长款里。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.kind is LineKind.FEE and one.subject_id is not None:
            return _(
                "账单里有早先一笔交易的手续费，可那天的手续费当时就已经整笔记过：%(amount)s 先挂着，不记第二次。",
                amount=amount,
            )
        case BreakClass.THEIRS_ONLY if one.kind is LineKind.FEE:
            return _("账单里有一笔手续费，它说的那笔交易，账上前后 31 天里没有：%(amount)s 先挂着。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.resolution is Resolution.PAID and one.state is BreakState.RESOLVED:
            return _("是平台打的款 %(amount)s，已经对上，不重复记。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.resolution is Resolution.CORRECTED and one.state is BreakState.RESOLVED:
            return _("银行记错了，又冲正了：两笔 %(amount)s 都已经冲回。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.is_correction and one.delta < 0:
            return _("银行冲正了先前记成收到的 %(amount)s，先记在短款里，账上的银行存款和银行的一样。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.is_correction:
            return _("银行冲正了先前记成付出的 %(amount)s，钱又在账户里，先记在长款里。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.is_debit:
            return _(
                "账户里付出去了，不是平台打的款。%(amount)s 先记在短款里，账上的银行存款和银行的一样。", amount=amount
            )
        case BreakClass.THEIRS_ONLY if one.channel == BANK:
            return _("账户里收到了，对不上任何一笔付款。%(amount)s 先记在长款里。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.ours is not None:
            return _("渠道说收到了，对不上任何一笔付款。%(amount)s 先记在长款里，不会编出一笔订单来。", amount=amount)
        case BreakClass.THEIRS_ONLY if one.delta < 0:
            return _("账单里说付出去了，我们不知道是什么。%(amount)s 先记在短款里。", amount=amount)
        case BreakClass.THEIRS_ONLY:
            return _("账单里有，我们不知道是什么。%(amount)s 先记在长款里，不会编出一笔订单来。", amount=amount)
        case BreakClass.AMOUNT_DIFFERS if one.delta > 0:
            return _("两边都有，金额差 %(amount)s，先记在长款里。", amount=amount)
        case BreakClass.AMOUNT_DIFFERS:
            return _("两边都有，金额差 %(amount)s，先记在短款里。", amount=amount)
        case BreakClass.DOUBLED if one.delta > 0:
            return _("同一笔在账单里出现了不止一次，多出 %(amount)s，先记在长款里。", amount=amount)
        case BreakClass.DOUBLED:
            return _("同一笔在账单里出现了不止一次，多付出 %(amount)s，先记在短款里。", amount=amount)
        case BreakClass.LATER_DAY if one.ours is None:
            return _("渠道写账单时还在办，办好了才记账。")
        case BreakClass.LATER_DAY:
            return _("两边都有，只是记在不同的日子。")
        case BreakClass.FEE if one.kind is not LineKind.FEE:
            return _(
                "金额一样，手续费不同：我们记了 %(ours)s，账单说 %(theirs)s，差额已经记账。",
                ours=money(one.fee + one.delta),
                theirs=money(one.fee),
            )
        case BreakClass.FEE if one.about and one.delta < 0:
            return _("早先一笔交易的手续费，渠道这天才收，%(amount)s 已经记账。", amount=amount)
        case BreakClass.FEE if one.delta > 0:
            return _("渠道退回的手续费，%(amount)s 已经冲减手续费。", amount=amount)
        case BreakClass.FEE:
            return _("只有账单才说的手续费，%(amount)s 已经记账。", amount=amount)
