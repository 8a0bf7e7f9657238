"""The JSON API of the help: how people reach the operator."""

from typing import Final

from litestar import Controller, Response, get, post

from weiji.help.model import CONTACT, Contact
from weiji.kit import clock
from weiji.rulebook import Version, get_in_force
from weiji.rulebook.api import PublishRulesAnswer, RulesBody, list_rules, publish
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation
from weiji.web.caller import staff

ContactBatch = Batch[RulesBody[Contact]]


class HelpApi(Controller):
    """How people reach the operator."""

    path = "/api/v1/contact"
    tags = ("help",)

    @get("/", **operation("GetContact", is_public=True))
    async def show(self, request: ApiRequest) -> Contact:
        """Read how people reach whoever answers for the operator. What is empty there is not."""
        async with request.database.read() as reader:
            return (await get_in_force(reader, CONTACT, clock.now())).rules

    @get("/versions", **operation("ListContacts", "platform:read", guards=[staff()]))
    async def list_versions(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[Version[Contact]]:
        """List what it was and is, the latest first."""
        return await list_rules(request, CONTACT, after, limit)

    @post("/publish", **operation("PublishContact", "platform:write", repeat="key_needed", guards=[staff("operator")]))
    async def publish(self, request: ApiRequest, data: ContactBatch) -> Response[list[PublishRulesAnswer]]:
        """Publish how people reach the operator, in turn."""
        return await publish(request, CONTACT, data)


ROUTES: Final = (HelpApi,)
"""What the program serves of this module."""
