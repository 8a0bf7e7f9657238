"""The JSON API of the rules of sending goods back. Products, and lines of orders, tell their own terms."""

from typing import Final

from litestar import Controller, Response, get, post

from weiji.catalog.operations import RETURN_RULES
from weiji.catalog.returning import ReturnRules
from weiji.rulebook import Version
from weiji.rulebook.api import PublishRulesAnswer, RulesBody, list_rules, publish
from weiji.web import staff
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation

ReturnRulesBatch = Batch[RulesBody[ReturnRules]]


class ReturnRulesApi(Controller):
    """For how long goods may be sent back."""

    path = "/api/v1/return-rules"
    tags = ("platform",)

    @get("/", **operation("ListReturnRules", "platform:read", guards=[staff()]))
    async def list_rules(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[Version[ReturnRules]]:
        """List the versions of the rules of sending goods back, the latest first."""
        return await list_rules(request, RETURN_RULES, after, limit)

    @post(
        "/publish",
        **operation("PublishReturnRules", "platform:write", repeat="key_needed", guards=[staff("operator")]),
    )
    async def publish(self, request: ApiRequest, data: ReturnRulesBatch) -> Response[list[PublishRulesAnswer]]:
        """Publish versions of the rules, in turn: for orders that are placed from then on."""
        return await publish(request, RETURN_RULES, data)


ROUTES: Final = (ReturnRulesApi,)
"""What the program serves of this module."""
