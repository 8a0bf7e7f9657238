"""What buyers agree to, in the words of the version that `model.TEXT_VERSION` names."""

from weiji.web import gettext as _


def consent_text(shop_name: str) -> str:
    """Say what a buyer agrees to with a shop."""
    return _("“%(shop)s”可以留下我的姓名和电话，把新品和优惠告诉我。随时可以撤回。", shop=shop_name)
