"""How pages tell of wallets that lie."""

from weiji.dormancy.model import DormancyState
from weiji.web import gettext as _


def state_word(state: DormancyState) -> tuple[str, str]:
    """Say how a wallet stands, and in which tone."""
    match state:
        case DormancyState.TOLD:
            return _("已告知"), "wait"
        case DormancyState.DORMANT:
            return _("另存着"), "info"
        case DormancyState.AWAKE:
            return _("用着"), "good"
