"""Reviews of goods in the reader's words."""

from weiji.catalog.reviewing import DecideReviewStatus, ReviewField
from weiji.web import gettext as _


def field_words() -> dict[str, str]:
    """Name what a refusal may be about."""
    return {
        ReviewField.TITLE.value: _("名称"),
        ReviewField.PICTURES.value: _("照片"),
        ReviewField.DESCRIPTION.value: _("描述"),
        ReviewField.CATEGORY.value: _("类目"),
        ReviewField.PRICE.value: _("价格"),
        ReviewField.OTHER.value: _("其他"),
    }


def decision_error(status: DecideReviewStatus) -> str:
    """Say why a decision was not taken."""
    match status:
        case DecideReviewStatus.CHANGED:
            return _("店铺刚刚又改了，请再看一遍。")
        case DecideReviewStatus.INVALID_REASON:
            return _("原因太长了，每条不超过 300 个字。")
        case DecideReviewStatus.NOT_SAVED:
            return _("这个修改已经存不进去了（例如类目变了），请退回去。")
        case DecideReviewStatus.LISTING_FROZEN:
            return _("这家店还在处罚期间，不能上架。等处罚结束再通过，或者退回去。")
        case _:
            return _("这一件已经不在你手里了。")
