"""What the JSON API of every set of rules is made of: one body, one answer, listing and publishing."""

from typing import Annotated, Any, Generic, TypeVar

from litestar import Response
from msgspec import Meta, Struct

from weiji.rulebook import store
from weiji.rulebook.model import VERSION_MAX, PublishRules, PublishRulesStatus, RuleSet, Version
from weiji.rulebook.operations import publish_rules
from weiji.web.api import ApiRequest, Page, Typed, run
from weiji.web.cursors import read_cursor, write_cursor

R = TypeVar("R")


class RulesBody(Struct, Generic[R], forbid_unknown_fields=True, kw_only=True):
    """Rules that are to be in force from now on; `version` is the one after the latest."""

    version: Annotated[int, Meta(ge=1, le=VERSION_MAX)]
    rules: R
    reason: Typed


class PublishRulesAnswer(Struct):
    """How publishing rules ended."""

    status: PublishRulesStatus


async def list_rules(request: ApiRequest, of: RuleSet[R], after: str | None, limit: int) -> Page[Version[R]]:
    """Answer with the versions of a set of rules, the latest first."""
    before = read_cursor(after, tuple[int])
    async with request.database.read() as reader:
        found = await store.list_versions(reader, of, before[0] if before else None, limit + 1)
    more = write_cursor(found[limit - 1].version) if len(found) > limit else None
    return Page(items=found[:limit], next=more)


async def publish(request: ApiRequest, of: RuleSet[R], data: list[RulesBody[R]]) -> Response[Any]:
    """Publish versions of a set of rules, in turn."""
    actor = request.actor("staff")
    commands = [
        PublishRules(of=of, version=body.version, rules=body.rules, reason=body.reason, actor=actor) for body in data
    ]
    return await run(request, publish_rules, "actor.person_id", commands)
