"""What another site makes a signed-in person's browser send is refused; what they send themselves is not."""

import httpx
import pytest

from tests.web.program import CALLERS, person
from weiji.web.csrf import is_token_of, make_token

SIGNED_IN = {"x-caller": "person", "sec-fetch-site": "same-origin"}


def token() -> str:
    return make_token(CALLERS["person"])


async def test_a_form_with_its_token_is_taken(client: httpx.AsyncClient) -> None:
    answer = await client.post("/change", data={"csrf_token": token()}, headers=SIGNED_IN)
    assert answer.status_code == 200
    answer = await client.post("/change", files={"file": b"x"}, data={"csrf_token": token()}, headers=SIGNED_IN)
    assert answer.status_code == 200


async def test_htmx_sends_the_token_in_a_header(client: httpx.AsyncClient) -> None:
    answer = await client.post("/change", headers={**SIGNED_IN, "x-csrf-token": token()})
    assert answer.status_code == 200


async def test_the_token_on_the_page_is_a_good_one(client: httpx.AsyncClient) -> None:
    text = (await client.get("/private", headers={"x-caller": "person"})).text
    field = text.split('name="csrf_token" value="')[1].split('"')[0]
    assert is_token_of(CALLERS["person"], field)
    assert (
        f'"X-CSRF-Token": "{field}"' in text or f"&quot;{field}&quot;" in text or field in text.split("hx-headers")[1]
    )


@pytest.mark.parametrize("path", ["/change", "/api/change"])
@pytest.mark.parametrize("given", ["", "x", "00" * 48, "é"])
async def test_without_its_token_nothing_is_done(client: httpx.AsyncClient, path: str, given: str) -> None:
    answer = await client.post(path, data={"csrf_token": given}, headers=SIGNED_IN)
    assert answer.status_code == 403
    assert "changed" not in answer.text


async def test_another_sessions_token_is_refused(client: httpx.AsyncClient) -> None:
    other = make_token(person(csrf_secret=b"the secret of another session, 3"))
    answer = await client.post("/change", data={"csrf_token": other}, headers=SIGNED_IN)
    assert answer.status_code == 403
    assert "这一步没有做" in answer.text


@pytest.mark.parametrize(
    "origin",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_another_site_is_refused_even_with_a_token(client: httpx.AsyncClient, origin: dict[str, str]) -> None:
    for caller in ({"x-caller": "person"}, {}):
        answer = await client.post("/change", data={"csrf_token": token()}, headers={**caller, **origin})
        assert answer.status_code == 403


async def test_a_stranger_needs_no_token_and_a_key_no_origin(client: httpx.AsyncClient) -> None:
    assert (await client.post("/change", headers={"origin": "http://shop.example"})).status_code == 200
    answer = await client.post("/api/change", headers={"x-caller": "key", "origin": "https://program.example"})
    assert answer.status_code == 200


def test_tokens_differ_each_time_and_all_are_good() -> None:
    first, second = token(), token()
    assert first != second
    assert is_token_of(CALLERS["person"], first)
    assert is_token_of(CALLERS["person"], second)
