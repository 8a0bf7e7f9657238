"""The JSON API of developers: API keys, for the people whom they act for. A key can't make another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import Body, QueryParameter
from msgspec import Meta, Struct

from weiji.developers import store
from weiji.developers.model import CreateKey, CreateKeyStatus, Key, RevokeKey, RevokeKeyStatus
from weiji.developers.operations import create_keys, revoke_keys
from weiji.developers.scopes import DESCRIPTIONS, Scope
from weiji.developers.tokens import KeyToken
from weiji.kit.db import Database
from weiji.settings import Settings
from weiji.web.actors import actor_of
from weiji.web.caller import Caller, signed_in

BATCH_MAX: Final = 100

Text = Annotated[str, Meta(max_length=1_000)]
"""What is typed. Longer than whatever is right, so that what is wrong is answered by a status."""


class KeyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The key to make."""

    name: Text
    scopes: Annotated[list[Text], Meta(max_length=len(Scope))]
    expires_at: Annotated[datetime, Meta(tz=True)]


class KeyAnswer(Struct, kw_only=True):
    """How making a key ended. *key* is shown this once, and kept nowhere."""

    status: CreateKeyStatus
    id: UUID | None = None
    key: str | None = None


class RevokeKeyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The key to revoke."""

    id: UUID


class RevokeKeyAnswer(Struct):
    """How revoking a key ended."""

    status: RevokeKeyStatus


class ScopeAnswer(Struct):
    """A scope, and what it allows."""

    scope: Scope
    description: str


RevokeKeyBatch = Annotated[list[RevokeKeyBody], Body(min_items=1, max_items=BATCH_MAX)]


class KeysApi(Controller):
    """API keys."""

    path = "/api/v1/keys"
    tags = ("keys",)
    guards = (signed_in,)

    @get("/", operation_id="ListKeys")
    async def list(
        self,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
        after: Annotated[UUID | None, QueryParameter(description="The last key of the page before.")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=store.LISTED_MAX)] = store.LISTED_MAX,
    ) -> Sequence[Key]:
        """List your keys, the newest first, those that were revoked or have expired too."""
        assert caller.person_id, "a guard stands before this"
        async with database.read() as reader:
            return await store.get_keys(reader, caller.person_id, after, limit)

    @post("/", operation_id="CreateKey", status_code=200)
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: KeyBody,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
    ) -> KeyAnswer:
        """Make a key. The answer shows it once.

        It is we who make its id, and no Idempotency-Key is taken: a stored answer would keep the secret. A key whose
        answer was lost is found in the list, and revoked.
        """
        assert caller.person_id, "a guard stands before this"
        token = KeyToken.make(settings.mode, caller.person_id)
        command = CreateKey(
            id=token.key_id,
            person_id=caller.person_id,
            name=data.name,
            scopes=tuple(dict.fromkeys(data.scopes)),
            secret_hash=token.secret_hash,
            expires_at=data.expires_at,
            actor=actor_of(request.scope),
        )
        statuses = await database.retried(lambda tx: create_keys(tx, [command]))
        if statuses[0] is not CreateKeyStatus.CREATED:
            return KeyAnswer(status=statuses[0])
        return KeyAnswer(status=statuses[0], id=token.key_id, key=token.text)

    @post("/revoke", operation_id="RevokeKeys", status_code=200)
    async def revoke(
        self,
        request: Request[Any, Any, Any],
        data: RevokeKeyBatch,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
    ) -> Sequence[RevokeKeyAnswer]:
        """Make keys worthless, at once and for ever."""
        assert caller.person_id, "a guard stands before this"
        actor = actor_of(request.scope)
        commands = [RevokeKey(id=body.id, person_id=caller.person_id, actor=actor) for body in data]
        statuses = await database.retried(lambda tx: revoke_keys(tx, commands))
        return [RevokeKeyAnswer(status) for status in statuses]

    @get("/scopes", operation_id="ListScopes", sync_to_thread=False)
    def list_scopes(self) -> Sequence[ScopeAnswer]:
        """List the scopes that a key may have."""
        return [ScopeAnswer(scope, description) for scope, description in DESCRIPTIONS.items()]


HANDLERS: Final = (KeysApi,)
"""What the program serves of this module."""
