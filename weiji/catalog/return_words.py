"""What pages say of terms for sending goods back."""

from weiji.catalog.returning import ReturnTerms
from weiji.web import gettext as _
from weiji.web import ngettext


def no_reason_word(terms: ReturnTerms) -> str:
    """Say for how long goods may be sent back for no reason."""
    if not terms.no_reason_days:
        return _("不支持无理由退货")
    return ngettext("%(number)s 天无理由退货", "%(number)s 天无理由退货", terms.no_reason_days)


def no_reason_note(terms: ReturnTerms) -> str:
    """Say what that means for who buys."""
    within = (
        ""
        if terms.aftersale_days is None
        else ngettext(
            "有问题的，收货后 %(number)s 天内可以申请售后。",
            "有问题的，收货后 %(number)s 天内可以申请售后。",
            terms.aftersale_days,
        )
    )
    if terms.no_reason_days:
        return (_("收货后不想要了，可以寄回退款。") + within).strip()
    return (_("这类商品发货后，没有问题不能退。") + within).strip()


def terms_word(terms: ReturnTerms) -> str:
    """Say both in short, as a list of rules has it."""
    if terms.aftersale_days is None:
        return no_reason_word(terms)
    asked = ngettext("售后 %(number)s 天", "售后 %(number)s 天", terms.aftersale_days)
    return f"{no_reason_word(terms)} · {asked}"
