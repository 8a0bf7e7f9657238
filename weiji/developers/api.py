"""The JSON API of developers: API keys, for the people whom they act for. A key can't make another."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from weiji.developers import store
from weiji.developers.issuing import issue_key
from weiji.developers.model import CreateKeyStatus, Key, RevokeKey, RevokeKeyStatus
from weiji.developers.operations import revoke_keys
from weiji.developers.scopes import DESCRIPTIONS, Scope
from weiji.web.api import After, ApiRequest, Batch, Limit, Moment, Page, Typed, operation, run
from weiji.web.cursors import read_cursor, write_cursor


class KeyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The key to make."""

    name: Typed
    scopes: Annotated[list[Typed], Meta(max_length=len(Scope))]
    expires_at: Moment


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


RevokeKeyBatch = Batch[RevokeKeyBody]


class KeysApi(Controller):
    """API keys."""

    path = "/api/v1/keys"
    tags = ("keys",)

    @get("/", **operation("ListKeys"))
    async def index(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[Key]:
        """List your keys, the newest first, those that were revoked or have expired too."""
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await store.get_keys(reader, request.person_id, cursor[0] if cursor else None, limit + 1)
        shown = found[:limit]
        return Page(items=shown, next=write_cursor(shown[-1].id) if len(found) > limit else None)

    @post("/", **operation("CreateKey"))
    async def create(self, request: ApiRequest, data: KeyBody) -> KeyAnswer:
        """Make a key. The answer shows it once.

        It is we who make its id, and no Idempotency-Key is taken: a stored answer would keep the secret. A key whose
        answer was lost is found in the list, and revoked.
        """
        status, token = await issue_key(request, data.name, data.scopes, data.expires_at)
        if status is not CreateKeyStatus.CREATED:
            return KeyAnswer(status=status)
        return KeyAnswer(status=status, id=token.key_id, key=token.text)

    @post("/revoke", **operation("RevokeKeys", repeat="key_taken"))
    async def revoke(self, request: ApiRequest, data: RevokeKeyBatch) -> Response[list[RevokeKeyAnswer]]:
        """Make keys worthless, at once and for ever."""
        actor = request.actor()
        commands = [RevokeKey(id=body.id, person_id=request.person_id, actor=actor) for body in data]
        return await run(request, revoke_keys, "person_id", commands)

    @get("/scopes", **operation("ListScopes", is_public=True), sync_to_thread=False)
    def list_scopes(self) -> Page[ScopeAnswer]:
        """List the scopes that a key may have."""
        return Page(items=[ScopeAnswer(scope, text) for scope, text in DESCRIPTIONS.items()], next=None)


ROUTES: Final = (KeysApi,)
"""What the program serves of this module."""
