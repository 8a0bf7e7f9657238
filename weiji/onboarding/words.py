"""How pages tell of applications: fields, states and what is wrong, in the reader's words."""

from typing import Any
from uuid import UUID

from weiji.kit.ids import new_id
from weiji.onboarding.model import (
    DOCUMENT_BYTES_MAX,
    DOCUMENTS,
    NUMBERS,
    Application,
    Entry,
    Fault,
    Field,
    FieldState,
    Kind,
    PutDocumentStatus,
    State,
)
from weiji.web import gettext as _


def field_word(name: Field, kind: Kind | None = None) -> str:
    """Name a field."""
    words = {
        Field.TERMS: _("入驻协议"),
        Field.KIND: _("谁来开店"),
        Field.NAME: _("法定代表人姓名") if kind is Kind.COMPANY else _("姓名"),
        Field.ID_NUMBER: _("身份证号"),
        Field.COMPANY_NAME: _("企业名称"),
        Field.CREDIT_CODE: _("统一社会信用代码"),
        Field.BANK: _("开户银行"),
        Field.HOLDER: _("户名"),
        Field.ACCOUNT_NUMBER: _("账号"),
        Field.ID_FRONT: _("身份证人像面"),
        Field.ID_BACK: _("身份证国徽面"),
        Field.LICENCE: _("营业执照"),
        Field.PERMIT: _("行业许可证"),
    }
    return words[name]


def kind_word(kind: Kind) -> str:
    """Name who is behind a shop."""
    return _("企业或个体工商户") if kind is Kind.COMPANY else _("个人")


def step_word(name: str) -> str:
    """Name a step."""
    words = {
        "terms": _("入驻协议"),
        "subject": _("谁来开店"),
        "documents": _("证件照片"),
        "account": _("结算账户"),
        "deposit": _("保证金"),
    }
    return words[name]


def state_word(state: State) -> tuple[str, str]:
    """Name a state, and the tone of its tag."""
    words = {
        State.DRAFT: (_("填写中"), "plain"),
        State.SUBMITTED: (_("排队中"), "wait"),
        State.IN_REVIEW: (_("审核中"), "info"),
        State.RETURNED: (_("有几项要改"), "bad"),
        State.APPROVED: (_("已认证"), "good"),
        State.REJECTED: (_("没有通过"), "bad"),
        State.WITHDRAWN: (_("已撤回"), "plain"),
    }
    return words[state]


def fault_word(name: Field, fault: Fault) -> str:
    """Say what is wrong with a field."""
    match fault:
        case Fault.MISSING if name in DOCUMENTS:
            return _("还没有上传。")
        case Fault.MISSING:
            return _("还没有填。")
        case Fault.NOT_WANTED:
            return _("这里不接受这一种店主。")
        case Fault.WRONG_NUMBER if name is Field.ID_NUMBER:
            return _("这个身份证号不对，请对照证件再看一遍。")
        case Fault.WRONG_NUMBER if name is Field.CREDIT_CODE:
            return _("这个代码不对，请对照营业执照再看一遍。")
        case Fault.WRONG_NUMBER:
            return _("这个账号不对，请对照银行卡再看一遍。")
        case Fault.NAME_DIFFERS:
            return _("户名要是店主本人的；企业店铺可以是企业的，或法定代表人的。")
        case Fault.IN_USE:
            return _("别人已经用它认证了一家店。如果是你的，请联系平台。")
        case Fault.NOT_MENDED:
            return _("还没有改。")
        case Fault.MALFORMED if name is Field.TERMS:
            return _("要同意协议才能继续。")
        case _:
            return _("这里填得不对。")


def document_refusal(status: PutDocumentStatus) -> str:
    """Say why a document was not taken."""
    match status:
        case PutDocumentStatus.TOO_LARGE:
            return _("文件太大，最大 %(number)s MB。", number=DOCUMENT_BYTES_MAX // 2**20)
        case PutDocumentStatus.UNREADABLE:
            return _("读不了这个文件：要 JPEG、PNG、WebP 照片（不超过 5000 万像素）或 PDF。")
        case PutDocumentStatus.ALREADY_ACCEPTED:
            return _("这一份已经通过，不用再传。")
        case _:
            return _("现在不能改。")


def show_value(name: Field, value: str, *, is_masked: bool) -> str:
    """Write what a field holds; of a number, where it is masked, only the end."""
    if name is Field.KIND:
        return kind_word(Kind(value))
    if name is Field.TERMS:
        return _("已同意")
    if name in DOCUMENTS:
        return _("已上传")
    if is_masked and name in NUMBERS:
        return f"•••• {value[-4:]}"
    return value


def field_row(application: Application, name: Field, entry: Entry, *, is_masked: bool) -> dict[str, Any]:
    """Make a line that shows a field."""
    words = {
        FieldState.GIVEN: None,
        FieldState.ACCEPTED: (_("通过"), "good"),
        FieldState.REFUSED: (_("要改"), "bad"),
    }
    return {
        "name": name.value,
        "label": field_word(name, application.kind),
        "value": show_value(name, entry.value, is_masked=is_masked),
        "document_id": entry.value if name in DOCUMENTS else None,
        "state": entry.state.value,
        "tag": words[entry.state],
        "reason": entry.reason,
    }


def fresh_id(shop_id: UUID) -> str:
    """Make the id of a document that a form is to send."""
    return str(new_id(shop_id))
