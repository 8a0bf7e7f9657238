"""Shops: who sells, and under which name and address."""

from weiji.shops.handles import ChangeHandle, ChangeHandleStatus
from weiji.shops.model import (
    COLOUR_DEFAULT,
    NO_SHOP,
    Limits,
    OpenShop,
    OpenShopStatus,
    Shop,
    ShopState,
    UpdateShop,
    UpdateShopStatus,
    Verification,
    VerifyShop,
    VerifyShopStatus,
)
from weiji.shops.operations import (
    change_handles,
    find_shop,
    get_barred,
    get_limits,
    get_shops,
    lock_limits,
    open_shops,
    set_limits,
    update_shops,
    verify_shops,
)
from weiji.shops.staff.model import AnswerInvitation, AnswerInvitationStatus, InviteStaff, InviteStaffStatus
from weiji.shops.staff.operations import answer_invitations, invite_staff

__all__ = [
    "COLOUR_DEFAULT",
    "NO_SHOP",
    "AnswerInvitation",
    "AnswerInvitationStatus",
    "ChangeHandle",
    "ChangeHandleStatus",
    "InviteStaff",
    "InviteStaffStatus",
    "Limits",
    "OpenShop",
    "OpenShopStatus",
    "Shop",
    "ShopState",
    "UpdateShop",
    "UpdateShopStatus",
    "Verification",
    "VerifyShop",
    "VerifyShopStatus",
    "answer_invitations",
    "change_handles",
    "find_shop",
    "get_barred",
    "get_limits",
    "get_shops",
    "invite_staff",
    "lock_limits",
    "open_shops",
    "set_limits",
    "update_shops",
    "verify_shops",
]
