"""The JSON API of rules on conduct, for the operator's staff."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.identity import Role
from weiji.supervision.conduct import store
from weiji.supervision.conduct.model import (
    RULES_MAX,
    ConductHit,
    ConductRule,
    ConductRulesVersion,
    PublishConductRules,
    PublishConductRulesResult,
    Trial,
    TryConductRule,
    TryConductRuleStatus,
)
from weiji.supervision.conduct.operations import publish_conduct_rules, try_conduct_rules
from weiji.supervision.conduct.operator_pages import TRIALS_LIMIT
from weiji.supervision.conduct.store import ListedHit
from weiji.web import staff
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.rates import rate


class PublishConductRulesBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Rules to put and to retire, all or nothing; `version` is the one after the latest."""

    version: Annotated[int, Meta(ge=2, le=2**31 - 1)]
    put: Annotated[tuple[ConductRule, ...], Meta(max_length=RULES_MAX)] = ()
    retire: Annotated[tuple[UUID, ...], Meta(max_length=RULES_MAX)] = ()
    reason: Typed


class TryConductRuleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule to be tried."""

    id: Annotated[UUID, Meta(description="The trial's, made by you.")]
    rule: ConductRule


class TryConductRuleAnswer(Struct):
    """How asking for a trial ended."""

    status: TryConductRuleStatus


TryConductRuleBatch = Batch[TryConductRuleBody]


class ConductRulesApi(Controller):
    """Rules on conduct."""

    path = "/api/v1/conduct-rules"
    tags = ("conduct-rules",)

    @get("/", **operation("ListConductRules", "platform:read", guards=[staff()]))
    async def list_rules(self, request: ApiRequest) -> list[ConductRule]:
        """List the rules in force, by name: 100 at most."""
        async with request.database.read() as reader:
            return [each.rule for each in await store.get_rules(reader)]

    @get("/versions", **operation("ListConductRuleVersions", "platform:read", guards=[staff()]))
    async def list_versions(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[ConductRulesVersion]:
        """List the versions of the rules, the one in force first."""
        cursor = read_cursor(after, tuple[int])
        async with request.database.read() as reader:
            found = await store.list_versions(reader, min(cursor[0], 2**31 - 1) if cursor else None, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.version) if last else None)

    @get("/hits", **operation("ListConductHits", "platform:read", guards=[staff()]))
    async def list_hits(
        self,
        request: ApiRequest,
        rule_id: FromQuery[UUID | None] = None,
        shop_id: FromQuery[UUID | None] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[ListedHit]:
        """List what rules found, the latest first."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_hits(reader, rule_id, shop_id, cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.hit.hour, last.id) if last else None)

    @post(
        "/try",
        **operation(
            "TryConductRules", "platform:write", guards=[staff(Role.OPERATOR)], opt=rate("trials", TRIALS_LIMIT)
        ),
    )
    async def try_rules(self, request: ApiRequest, data: TryConductRuleBatch) -> Response[list[TryConductRuleAnswer]]:
        """Ask what rules would have found in the last ninety days. Only what was tried can be published."""
        actor = request.actor("staff")
        commands = [TryConductRule(id=body.id, rule=body.rule, actor=actor) for body in data]
        return await run(request, try_conduct_rules, "id", commands)

    @get("/trials/{trial_id:uuid}", **operation("GetConductTrial", "platform:read", guards=[staff()]))
    async def show_trial(self, request: ApiRequest, trial_id: FromPath[UUID]) -> Trial:
        """Read what a rule would have found, as far as its trial is."""
        async with request.database.read() as reader:
            found = (await store.get_trials(reader, [trial_id])).get(trial_id)
        if found is None:
            raise NotFoundException
        return found

    @get("/trials/{trial_id:uuid}/hits", **operation("ListConductTrialHits", "platform:read", guards=[staff()]))
    async def list_trial_hits(
        self, request: ApiRequest, trial_id: FromPath[UUID], after: After = None, limit: Limit = 20
    ) -> Page[ConductHit]:
        """List what a rule would have found, in the order in which it was found: the first 10,000 of it."""
        cursor = read_cursor(after, tuple[int])
        begins = max(0, cursor[0]) if cursor else 0
        async with request.database.read() as reader:
            view = await store.get_trial(reader, trial_id, begins, limit + 1)
        if view is None:
            raise NotFoundException
        more = write_cursor(begins + limit) if len(view.found) > limit else None
        return Page(items=list(view.found[:limit]), next=more)

    @post(
        "/publish",
        **operation("PublishConductRules", "platform:write", repeat="key_taken", guards=[staff(Role.OPERATOR)]),
    )
    async def publish(
        self, request: ApiRequest, data: Batch[PublishConductRulesBody]
    ) -> Response[list[PublishConductRulesResult]]:
        """Put and retire rules, in turn. One whose examples fail, or that was not tried, is not published."""
        actor = request.actor("staff")
        commands = [
            PublishConductRules(version=body.version, put=body.put, retire=body.retire, reason=body.reason, actor=actor)
            for body in data
        ]
        return await run(request, publish_conduct_rules, "actor.person_id", commands)


ROUTES: Final = (ConductRulesApi,)
"""What the program serves of this module."""
