"""Proves that whatever is sent to the API, there is no fault of ours, and answers are what the description says.

Requests are made by schemathesis from the description: right ones and wrong ones, with a key and without.
"""

from collections import Counter
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.di import Provide
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok

from tests.api.town import APIS, Town, open_town
from tests.databases import copied
from weiji.kit.db import Database
from weiji.web import WebFrame
from weiji.web.openapi import OPENAPI, describe

EXAMPLES: Final = 6
"""Requests of each operation, each way: about a minute in all."""

CHECKED: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def _describe() -> dict[str, Any]:
    """Make the description without a program behind it: tests are named when there is none yet."""
    routes: list[Any] = []
    for name in APIS:
        routes += import_module(name).ROUTES
    given = ("withdrawal_terms", "opener", "twin")
    nothing = {name: Provide(lambda: None, sync_to_thread=False) for name in given}
    return describe(Litestar(routes, plugins=[WebFrame(limit=None)], openapi_config=OPENAPI, dependencies=nothing))


SEEN: Final[Counter[tuple[str, int]]] = Counter()
"""How often operations answered with each status."""

SCHEMA: Final = schemathesis.openapi.from_dict(_describe())
_FOUND: Final = list(SCHEMA.get_all_operations())
OPERATIONS: Final = {found.ok().label: found.ok() for found in _FOUND if isinstance(found, Ok)}
assert len(OPERATIONS) == len(_FOUND), "the description is wrong"


@pytest.fixture(scope="module")
async def town(server_url: str, template: str) -> AsyncIterator[Town]:
    """One town for all requests: each may leave behind what it likes."""
    async with copied(server_url, template, "schema") as url:
        database = await Database.connect(url)
        async with open_town(database, url) as town:
            await town.employ(town.market.seller_id)
            yield town
        await database.close()


@pytest.mark.parametrize("label", OPERATIONS)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.data(), st.sampled_from([*GenerationMode]), st.sampled_from(["key", "session", "session", "nobody"]))
async def test_no_request_is_a_fault_of_ours(
    town: Town, label: str, data: st.DataObject, mode: GenerationMode, caller: str
) -> None:
    load_all_checks()
    case = data.draw(OPERATIONS[label].as_strategy(generation_mode=mode))
    sent = case.as_transport_kwargs(base_url="http://weiji.test")
    headers = {name: str(value).encode("utf-8", "surrogatepass") for name, value in sent.pop("headers").items()}
    if caller == "key":
        headers["authorization"] = f"Bearer {town.seller}".encode()
    elif caller == "session":
        headers |= await town.sign_in(town.market.seller_id)
    content = sent.pop("data", None)
    response = await town.client.request(
        sent["method"],
        sent["url"],
        headers=headers,
        params=sent.get("params"),
        json=sent.get("json"),
        content=content if isinstance(content, (str, bytes)) else None,
    )
    SEEN[label, response.status_code] += 1
    assert response.status_code < 500, response.text
    checks: Any = [CHECKS.get_one(name) for name in CHECKED]
    case.validate_response(response, checks=checks)


def test_requests_got_through_to_the_operations() -> None:
    """Says that the test above can fail: most operations were seen to do something, and to refuse something."""
    tried = {label for label, _ in SEEN}  # By this process: there may be several.
    done = {label for label, status in SEEN if status in (200, 404)}
    refused = {label for label, status in SEEN if status in (400, 401)}
    assert tried, "no request was made"
    assert len(done) > len(tried) * 0.7, tried - done
    assert len(refused) > len(tried) * 0.7, tried - refused
