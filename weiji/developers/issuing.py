"""How somebody gets a key, by the API or by the page: its text is made here, and goes nowhere but into the answer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from weiji.developers.model import CreateKey, CreateKeyStatus
from weiji.developers.operations import create_keys
from weiji.developers.tokens import KeyToken
from weiji.web.requests import WebRequest


async def issue_key(
    request: WebRequest, name: str, scopes: Sequence[str], expires_at: datetime, key_id: UUID | None = None
) -> tuple[CreateKeyStatus, KeyToken]:
    """Make a key for whoever asks. The text is that of a key only where the status is `created`."""
    token = KeyToken.make(request.settings.mode, request.person_id, key_id)
    command = CreateKey(
        id=token.key_id,
        person_id=request.person_id,
        name=name,
        scopes=tuple(dict.fromkeys(scopes)),
        secret_hash=token.secret_hash,
        expires_at=expires_at,
        actor=request.actor(),
    )
    (status,) = await request.database.retried(lambda tx: create_keys(tx, [command]))
    return status, token
