"""The JSON API of word rules: for the operator's staff, and for whoever wants to know before they save."""

from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from weiji.identity import Role
from weiji.web import staff
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.rates import rate
from weiji.word_rules import store
from weiji.word_rules.model import (
    Action,
    Field,
    PublishWordRules,
    PublishWordRulesResult,
    Refused,
    WordRule,
    WordRulesVersion,
)
from weiji.word_rules.operations import get_matcher, publish_word_rules
from weiji.word_rules.payment import find_payment

PUT_MAX: Final = 1_000
"""Rules that one command may put or retire: what a body has room for."""

TEXT_MAX: Final = 20_000
"""Characters of a text that is checked."""


OF_SHOPS: Final = frozenset({Field.TITLE, Field.DESCRIPTION, Field.SHOP_NAME, Field.STOREFRONT})
"""Where only shops write: there nothing may be offered for a review."""


class PublishWordRulesBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Rules to put and to retire, all or nothing; `version` is the one after the latest."""

    version: Annotated[int, Meta(ge=2, le=2**31 - 1)]
    put: Annotated[tuple[WordRule, ...], Meta(max_length=PUT_MAX)] = ()
    retire: Annotated[tuple[UUID, ...], Meta(max_length=PUT_MAX)] = ()
    reason: Typed


class CheckWordsBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A text that is to stand somewhere."""

    field: Field
    text: Annotated[str, Meta(max_length=TEXT_MAX)]


class CheckWordsStatus(StrEnum):
    """What would become of a text."""

    PASSED = "passed"
    IN_REVIEW = "in_review"
    """Somebody would look at it first."""
    REFUSED = "refused"
    """It can't be saved: `refusals` tell why."""


class CheckWordsAnswer(Struct):
    """What would become of a text, and which words can't be said."""

    status: CheckWordsStatus
    refusals: tuple[Refused, ...]


PublishWordRulesBatch = Batch[PublishWordRulesBody]
CheckWordsBatch = Batch[CheckWordsBody]


class WordRulesApi(Controller):
    """Word rules."""

    path = "/api/v1/word-rules"
    tags = ("word-rules",)

    @get("/", **operation("ListWordRules", "platform:read", guards=[staff()]))
    async def list_rules(
        self,
        request: ApiRequest,
        q: Annotated[str, QueryParameter(max_length=100, description="What a name or a word has in it.")] = "",
        after: After = None,
        limit: Limit = 20,
    ) -> Page[WordRule]:
        """List the word rules in force, by name."""
        cursor = read_cursor(after, tuple[str, UUID])
        async with request.database.read() as reader:
            found = await store.find_rules(reader, q.replace("\x00", ""), cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.name, last.id) if last else None)

    @get("/versions", **operation("ListWordRuleVersions", "platform:read", guards=[staff()]))
    async def list_versions(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[WordRulesVersion]:
        """List the versions of the word rules, the one in force first."""
        cursor = read_cursor(after, tuple[int])
        async with request.database.read() as reader:
            found = await store.list_versions(reader, min(cursor[0], 2**31 - 1) if cursor else None, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.version) if last else None)

    @post(
        "/publish",
        **operation("PublishWordRules", "platform:write", repeat="key_taken", guards=[staff(Role.OPERATOR)]),
    )
    async def publish(self, request: ApiRequest, data: PublishWordRulesBatch) -> Response[list[PublishWordRulesResult]]:
        """Put and retire word rules, in turn. A rule whose examples fail is not published, nor what is beside
        it; nor one that `TryWordRules` was not asked about, just as it is, in the last seven days."""
        actor = request.actor("staff")
        commands = [
            PublishWordRules(version=body.version, put=body.put, retire=body.retire, reason=body.reason, actor=actor)
            for body in data
        ]
        return await run(request, publish_word_rules, "actor.person_id", commands)

    @post("/check", **operation("CheckWords", "goods:write", opt=rate("check_words", "120/minute")))
    async def check(self, request: ApiRequest, data: CheckWordsBatch) -> list[CheckWordsAnswer]:
        """Ask what would become of texts, before they are saved. The answer has one result for each, in order."""
        async with request.database.read() as reader:
            matcher = await get_matcher(reader)
        answers = []
        for body in data:
            said = [(body.field, body.text)]
            hits = [*(find_payment(said) if body.field in OF_SHOPS else ()), *matcher.find(said)]
            refusals = tuple(hit.refused for hit in hits if hit.action is Action.REFUSE)
            is_suspect = any(hit.action is Action.REVIEW for hit in hits)
            status = CheckWordsStatus.IN_REVIEW if is_suspect else CheckWordsStatus.PASSED
            answers.append(CheckWordsAnswer(CheckWordsStatus.REFUSED if refusals else status, refusals))
        return answers


ROUTES: Final = (WordRulesApi,)
"""What the program serves of this module."""
