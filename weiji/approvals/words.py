"""How pages tell of approvals."""

from collections.abc import Mapping
from uuid import UUID

from weiji.approvals.model import (
    Adjustment,
    ChargebackNotice,
    Compensation,
    CourtExecution,
    CourtFreeze,
    CourtRelease,
    DecideResult,
    DecideStatus,
    Deed,
    DormantReturn,
    OwnFunds,
    PayoutOutcome,
    PayoutRelease,
    PeriodClose,
    Place,
    PlaceKind,
    Proposal,
    ProposeStatus,
    RefundByHand,
    RoleGrant,
    RulesRelease,
    State,
    StatementRelease,
    WriteOff,
)
from weiji.approvals.rules import name_of, sides_of
from weiji.approvals.store import Subject
from weiji.court_orders import CourtOrder
from weiji.court_orders.words import place_word as held_word
from weiji.identity import PLATFORM, StaffRole, staff_role_duty, staff_role_word
from weiji.payments import REGISTRY
from weiji.rulebook.telling import TELLERS
from weiji.web import gettext as _
from weiji.web import ngettext, pgettext
from weiji.web.formats import instant, listed, money


def deed_words() -> dict[str, str]:
    """Name what may be done."""
    return {
        "write_off": _("核销店铺欠款"),
        "adjustment": _("人工调账"),
        "refund_by_hand": _("换一条路退款"),
        "payout_release": _("大额提现放行"),
        "payout_outcome": _("认定一笔提现的结果"),
        "period_close": _("关账"),
        "compensation": _("从保证金赔付买家"),
        "chargeback_notice": _("记一笔拒付"),
        "dormant_return": _("归还另存着的钱"),
        "own_funds": _("记平台存入的自有资金"),
        "rules_release": _("发布规则"),
        "statement_release": _("导入大额银行文件"),
        "role_grant": _("给员工角色"),
        "court_freeze": _("司法冻结"),
        "court_execution": _("司法扣划"),
        "court_release": _("司法解冻"),
    }


def told_words() -> dict[str, str]:
    """Say what a channel may tell of a chargeback."""
    return {"received": _("钱被渠道拿走了"), "won": _("赢了，钱回来了"), "lost": _("输了，钱不回来了")}


def outcome_words() -> dict[str, str]:
    """Say what may have become of a withdrawal."""
    return {"paid": _("到账了"), "not_paid": _("没有付出去，或者退回来了")}


def deed_word(deed: Deed) -> str:
    """Name what is done."""
    return deed_words()[name_of(deed)]


def facts_of(deed: Deed, owners: Mapping[str, str], person: Subject | None = None) -> list[tuple[str, str]]:
    """Say exactly what is done, but how much; *person* is whom it is about."""
    match deed:
        case WriteOff() | Adjustment():
            debit, credit = sides_of(deed)
            facts = [(_("借方"), place_word(debit, owners)), (_("贷方"), place_word(credit, owners))]
            if isinstance(deed, Adjustment) and deed.corrects:
                facts.append((_("更正哪个月"), deed.corrects))
            return facts
        case RefundByHand():
            return [(_("哪一笔退款"), str(deed.refund_id)), (_("怎么付"), deed.way)]
        case PayoutRelease():
            owner = owners.get(str(deed.owner_id), str(deed.owner_id))
            return [(_("哪一笔提现"), str(deed.payout_id)), (_("谁的钱"), owner)]
        case PayoutOutcome():
            owner = owners.get(str(deed.owner_id), str(deed.owner_id))
            facts = [
                (_("哪一笔提现"), str(deed.payout_id)),
                (_("谁的钱"), owner),
                (_("结果"), outcome_words()[deed.outcome]),
            ]
            facts += [(_("渠道流水号"), deed.reference)] if deed.reference else []
            return facts + ([(_("为什么没有付出去"), deed.said)] if deed.said else [])
        case Compensation():
            shop = owners.get(str(deed.shop_id), str(deed.shop_id))
            return [
                (_("店铺"), shop),
                (pgettext("one", "订单"), str(deed.order_id)),
                (pgettext("one", "付款"), str(deed.payment_id)),
                *([(_("纠纷编号"), str(deed.case_id))] if deed.case_id else []),
            ]
        case ChargebackNotice():
            return [
                (pgettext("one", "付款"), str(deed.payment_id)),
                (_("渠道给的拒付编号"), deed.reference),
                (_("渠道怎么说"), told_words()[deed.what]),
                (_("渠道手续费"), money(deed.fee)),
                (_("付款人的理由"), deed.said or "–"),
                (_("最晚答复"), instant(deed.respond_by, "minute") if deed.respond_by else "–"),
            ]
        case DormantReturn():
            return [(_("谁的钱"), _named(deed.person_id, person))]
        case OwnFunds():
            return []
        case StatementRelease():
            said = [(_("银行回单") if deed.kind else _("对账单"), deed.name), (_("多少行"), str(deed.lines))]
            if not deed.agreed:
                return said
            why = _("复核通过的是 %(amount)s，导入之前又有行对上了，所以一行都没有导入。", amount=money(deed.agreed))
            return [*said, (_("为什么再复核一次"), why)]
        case RulesRelease():
            at = instant(deed.effective_at, "full") if deed.effective_at else _("通过之后马上")
            return [
                (_("哪些规则"), TELLERS[deed.of].name()),
                (_("版本"), str(deed.version)),
                (_("什么时候生效"), at),
            ]
        case RoleGrant():
            return [
                (_("给谁"), _named(deed.person_id, person)),
                (_("角色"), staff_role_word(deed.role)),
                (_("能做什么"), staff_role_duty(deed.role)),
            ]
        case PeriodClose():
            return [(_("哪个月"), deed.month), (_("试算平衡的哈希"), deed.trial)]
        case CourtFreeze():
            owner = owners.get(str(deed.owner_id), str(deed.owner_id))
            return [
                (_("谁的钱"), owner),
                (_("哪一笔钱"), held_word(deed.place)),
                (_("法院"), deed.court),
                (_("文书号"), deed.number),
            ]
        case CourtExecution():
            return [
                (_("哪一次冻结"), str(deed.court_order_id)),
                (_("通知书号"), deed.number),
                (_("付到哪里"), deed.way),
            ]
        case CourtRelease():
            return [(_("哪一次冻结"), str(deed.court_order_id)), (_("解冻文书号"), deed.number)]


def _named(id: UUID, person: Subject | None) -> str:
    """Name somebody so that nobody is taken for another: a handle is one person's, a display name may be anybody's."""
    if person is None:
        return str(id)
    return f"{person.name} @{person.handle}" if person.handle else f"{person.name} {id}"


def roles_held(person: Subject | None) -> list[tuple[str, str]]:
    """Say which roles somebody has who is to have another."""
    held = [word for text in (person.roles if person else ()) if (word := _platform_role(text))]
    return [(_("已有的角色"), listed(held))] if held else []


def _platform_role(text: str) -> str | None:
    scope, _space, role = text.partition(" ")
    return staff_role_word(StaffRole(role)) if scope == PLATFORM else None


def court_order_facts(order: CourtOrder, shop: str | None) -> list[tuple[str, str]]:
    """Say which money it is about that a court has held; *shop* is whose it is, where it is no person's."""
    return [
        (_("哪一次冻结"), order.number),
        (_("法院"), order.court),
        (_("哪一笔钱"), f"{held_word(order.place)} · {shop}" if shop else held_word(order.place)),
        (_("冻结着"), money(order.held)),
    ]


def place_words() -> dict[str, str]:
    """Name the kinds of accounts."""
    return {
        PlaceKind.BANK: _("银行存款"),
        PlaceKind.CHANNEL_RECEIVABLE: _("渠道应收"),
        PlaceKind.SUSPENSE: _("长款待查"),
        PlaceKind.OWN_FUNDS: _("平台自有资金"),
        PlaceKind.BUDGET: _("优惠券预算"),
        PlaceKind.FEE_INCOME: _("服务费收入"),
        PlaceKind.CHANNEL_FEE: _("渠道手续费"),
        PlaceKind.PAYOUT_FEE: _("银行手续费"),
        PlaceKind.BAD_DEBT: _("坏账损失"),
        PlaceKind.WALLET: _("买家钱包"),
        PlaceKind.MERCHANT_AVAILABLE: _("商家可提现"),
        PlaceKind.MERCHANT_DEPOSIT: _("商家保证金"),
        PlaceKind.MERCHANT_OWED: _("商家欠款"),
        PlaceKind.WALLET_OWED: _("个人欠款"),
    }


def place_word(place: Place, owners: Mapping[str, str]) -> str:
    """Name an account: its kind, and whose or which it is."""
    word = place_words()[place.kind]
    if place.owner_id is not None:
        return f"{word} · {owners.get(str(place.owner_id), str(place.owner_id))}"
    return f"{word} · {place.name}" if place.name else word


def state_word(state: State, *, is_expired: bool) -> tuple[str, str]:
    """Say how a proposal stands, and in which tone."""
    match state:
        case State.PROPOSED:
            return (_("过期了"), "plain") if is_expired else (_("等人复核"), "wait")
        case State.APPROVED:
            return _("已执行"), "good"
        case State.FAILED:
            return _("没有做成"), "bad"
        case State.REJECTED:
            return _("已驳回"), "bad"
        case State.WITHDRAWN:
            return _("已撤回"), "plain"


def proposing_error(status: ProposeStatus) -> tuple[str, str]:
    """Say what is wrong with a proposal, and which field of the form it is about."""
    match status:
        case ProposeStatus.REASON_MISSING:
            text = ngettext("请写上原因，最多 %(number)s 个字。", "请写上原因，最多 %(number)s 个字。", 500)
            return "reason", text
        case ProposeStatus.PLACE_INVALID:
            return "form", _("这两个账户之间不能调：要写对是谁的、哪个渠道，而且在同一个分片。")
        case ProposeStatus.DETAILS_MISSING:
            return "form", _("法院、文书号、付款方式、渠道流水号这些，要写的都要写上。")
        case ProposeStatus.CASE_NOT_FOUND:
            return "case", _("没有这个纠纷，或者它不是这个订单的。")
        case ProposeStatus.OWN_MONEY:
            return "form", _("自己的钱，和自己任职的店铺的钱，要由别的同事处理。")
        case ProposeStatus.OWN_ROLE:
            return "form", _("自己的角色要由别的同事给。")
        case ProposeStatus.ENDED_BY_BREAKS:
            return "form", _("长款待查的钱，到“对账”里它的那处差异去了结，也要两个人。")
        case ProposeStatus.ORDER_OBEYED:
            return "number", _("这个账户的钱，已经按这份文书冻结着。")
        case ProposeStatus.NOTICE_EXECUTED:
            return "number", _("这次冻结的钱，已经按这份通知书付过一次了。")
        case ProposeStatus.CHANNEL_NOT_FOUND:
            known = listed(sorted(REGISTRY.open_names | REGISTRY.closed_names))
            text = _("没有这个渠道。有的是：%(channels)s。", channels=known) if known else _("没有这个渠道。")
            return "form", text
        case ProposeStatus.PERIOD_OPEN:
            return "corrects", _("这个月还没有关账，不用更正：空着，照常记就是。")
        case _:
            return "form", _("没有提交成功，请再试一次。")


def _failures() -> dict[str, str]:
    return {
        "role_person_not_found": _("没有这个人了。什么也没有改。"),
        "role_already_given": _("已经有这个角色了。什么也没有改。"),
        "role_not_allowed": _("提的人已经不是运营了，要重新提。什么也没有改。"),
        "statement_not_found": _("没有等着复核的这份对账单。什么也没有导入。"),
        "already_released": _("这份对账单已经通过了，不再导一遍。"),
        "rules_version_taken": _("提了之后又发布过新的一版，要看过那一版再提。什么也没有发布。"),
        "rules_effective_in_the_past": _("生效的时间已经过去了，要重新提。什么也没有发布。"),
        "rules_notice_too_short": _("有店铺要多付钱，离生效已经不到七天，要重新提。什么也没有发布。"),
        "rules_effective_before_another": _("已经发布的一版还要更晚才生效。什么也没有发布。"),
        "rules_not_previewed": _("这一版费率还没有人试算过，或者试算过很久了，要重新提。什么也没有发布。"),
        "rules_fee_elsewhere": _("服务费和现在的不一样了，它只能在费率里改，要重新提。什么也没有发布。"),
        "ended_by_breaks": _("长款待查的钱，到“对账”里它的那处差异去了结，也要两个人。什么也没有动。"),
        "outcome_known": _("这笔提现已经有结果了。什么也没有动。"),
        "too_early": _("问渠道还不到两天，再等等。什么也没有动。"),
        "being_asked": _("正好在问渠道这一笔，或者马上要问，过几分钟再提一次。什么也没有动。"),
        "channel_not_found": _("没有这个渠道，要重新提。什么也没有动。"),
        "period_open": _("那个月还没有关账，不用更正，照常记就是。什么也没有动。"),
        "order_not_found": _("这笔付款里没有这家店的这个订单。什么也没有动。"),
        "exceeds_limit": _("连同已经赔过的，比买家付的十倍还多，也超过了 1000 元。什么也没有动。"),
        "insufficient_deposit": _("这家店的保证金没有这么多。什么也没有动。"),
        "unmatched": _("没有这笔付款，或者渠道没有说过这个拒付。"),
        "contradicts": _("和已经知道的对不上：金额比付款还多，或者早有别的结果。"),
        "no_effect": _("早就记过了。什么也没有动。"),
        "nothing_dormant": _("没有另存着的钱。"),
        "exists": _("早就办过了。什么也没有动。"),
        "amount_differs": _("金额和提的时候不一样了。什么也没有动。"),
        "disputed": _("付款人在渠道拒付了这笔钱，渠道判了才知道还要不要退。"),
        "shop_frozen": _("这家店的保证金被法院冻结了。什么也没有动。"),
        "exceeds_credits": _("出钱的账户没有这么多。什么也没有动。"),
        "exceeds_debits": _("这个账户没有这么多要销。什么也没有动。"),
        "debit_account_not_found": _("出钱的账户里从来没有过钱。什么也没有动。"),
        "debit_account_frozen": _("出钱的账户被法院冻结了。什么也没有动。"),
        "court_order_not_found": _("没有这次冻结。什么也没有动。"),
        "order_obeyed": _("这个账户的钱，已经按这份文书冻结着。什么也没有动。"),
        "notice_executed": _("这次冻结的钱，已经按这份通知书付过一次了。什么也没有动。"),
        "ended": _("这次冻结已经结束了。什么也没有动。"),
        "exceeds_held": _("这次冻结现在没有这么多钱。什么也没有动。"),
        "payout_not_found": _("没有这笔提现。什么也没有动。"),
        "payout_differs": _("金额或者是谁的钱，和这笔提现对不上。什么也没有动。"),
        "not_in_review": _("这笔提现不在等复核了。什么也没有动。"),
        "owner_frozen": _("这个账户被法院冻结着，还没有冻结够，不能放行。不放行，钱就回到账户里给法院。什么也没有动。"),
        "refund_not_found": _("没有这笔退款。什么也没有动。"),
        "not_allowed_now": _("这笔退款现在不等人工来付。什么也没有动。"),
        "trial_differs": _("和提的时候看到的试算平衡不一样了。什么也没有动。"),
        **dict.fromkeys(
            ("period_not_found", "not_over", "earlier_open", "statements_missing", "breaks_open", "not_cleared"),
            _("这个月现在还不能关：看看它的页面，还差什么。"),
        ),
    }


def deciding_error(result: DecideResult) -> str:
    """Say why a proposal was not decided."""
    match result.status:
        case DecideStatus.OWN_PROPOSAL:
            return _("自己提的要由同事复核。")
        case DecideStatus.OWN_MONEY:
            return _("自己的钱，和自己任职的店铺的钱，要由别的同事处理。")
        case DecideStatus.OWN_ROLE:
            return _("自己的角色要由别的同事给。")
        case DecideStatus.NOT_THE_MAKER:
            return _("只有提的人可以撤回。")
        case DecideStatus.EXPIRED:
            return _("过期了，要做就重新提。")
        case DecideStatus.HASH_DIFFERS:
            return _("和你看到的不一样了，请再看一遍。")
        case DecideStatus.REASON_MISSING:
            return _("请写上驳回的理由。")
        case DecideStatus.LEDGER_REFUSED:
            return failure_word(result.failure or "")
        case _:
            return _("已经有人处理了。")


def failure_word(failure: str) -> str:
    """Say why what was approved could not be done."""
    if failure in _failures():
        return _failures()[failure]
    if failure.startswith("rules_"):
        return _("规则里写的不成立，要重新提。什么也没有发布。")
    return _("账本没有通过，一分钱也没有动：%(failure)s", failure=failure)


def note_of(proposal: Proposal) -> str:
    """Say why a proposal was rejected, as its checker wrote it, or why it failed."""
    return failure_word(proposal.note) if proposal.state is State.FAILED else proposal.note
