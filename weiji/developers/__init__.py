"""What programs of others act with: API keys. See README.md."""

from weiji.developers.model import CreateKey, CreateKeyStatus, Key, RevokeKey, RevokeKeyStatus
from weiji.developers.operations import create_keys, revoke_keys
from weiji.developers.scopes import DESCRIPTIONS, Scope
from weiji.developers.store import get_keys
from weiji.developers.tokens import KeyToken

__all__ = [
    "DESCRIPTIONS",
    "CreateKey",
    "CreateKeyStatus",
    "Key",
    "KeyToken",
    "RevokeKey",
    "RevokeKeyStatus",
    "Scope",
    "create_keys",
    "get_keys",
    "revoke_keys",
]
