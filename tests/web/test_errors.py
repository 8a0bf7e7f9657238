"""What goes wrong is told in the reader's words: a page to a person, problem+json to a program."""

import json

import httpx
import pytest
from structlog.testing import capture_logs

TITLES = {
    400: ("这里有些内容不对", "Something here isn&#x27;t right"),
    403: ("这里不对你开放", "Not open to you"),
    404: ("这里什么也没有", "There is nothing here"),
    409: ("情况已经变了", "Things have changed"),
    413: ("太大了", "Too large"),
    429: ("慢一点", "A little slower"),
    500: ("我们这边出了问题", "Something broke on our side"),
    503: ("现在人太多了", "Too busy just now"),
}


@pytest.mark.parametrize("status", TITLES)
async def test_a_status_has_a_page_in_both_languages(client: httpx.AsyncClient, status: int) -> None:
    for language, title in zip(("zh-CN", "en"), TITLES[status], strict=True):
        answer = await client.get(f"/refused/{status}", headers={"accept-language": language})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert f'<h1 class="state-title">{title}</h1>' in answer.text


async def test_a_stranger_is_sent_to_sign_in_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/private?tab=2&x=%20")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/private%3Ftab%3D2%26x%3D%2520"
    assert (await client.get("/private", headers={"x-caller": "person"})).status_code == 200


async def test_guards_know_who_may_what(client: httpx.AsyncClient) -> None:
    async def status(path: str, caller: str) -> int:
        return (await client.get(path, headers={"x-caller": caller})).status_code

    ours = "/desk/01990000-0000-7000-8000-000000000003"
    others = "/desk/01990000-0000-7000-8000-000000000009"
    assert await status("/books", "person") == 403
    assert await status("/books", "merchant") == 403
    assert await status("/books", "staff") == 200
    assert await status(ours, "merchant") == 200
    assert await status(ours, "clerk") == 403
    assert await status(ours, "person") == 404
    assert await status(ours, "staff") == 404
    assert await status(others, "merchant") == 404


async def test_a_program_is_answered_with_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/nothing", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Not Found", 404)
    assert problem["instance"].replace("-", "").endswith(answer.headers["x-request-id"])


async def test_whoever_asks_for_json_gets_it_anywhere(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nothing", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    answer = await client.get("/nothing", headers={"accept": "text/html, application/json;q=0.9"})
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_reason_is_told_in_the_readers_language(client: httpx.AsyncClient) -> None:
    answer = await client.get("/told", headers={"accept-language": "en"})
    assert answer.status_code == 409
    assert "Add to cart" in answer.text
    answer = await client.get("/api/told")
    assert (answer.status_code, answer.json()["detail"]) == (409, "加入购物车")


async def test_a_full_queue_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    for path in ("/busy", "/api/busy"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_database_that_is_away_is_no_fault_and_says_when_to_come_back(
    client: httpx.AsyncClient,
) -> None:
    for what, seconds in (("gone", "1"), ("full", "1"), ("locked", "1"), ("slow", "60")):
        with capture_logs() as lines:
            answer = await client.get(f"/away/{what}")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, seconds)
        assert '<h1 class="state-title">暂时办不了</h1>' in answer.text
        assert "重复提交" not in answer.text, "a form without an id is done twice"
        [line] = [line for line in lines if line["event"] == "not_answered"]
        assert bool(line["exc_info"]) is (what == "slow"), "where it came from is of use only where we may be at fault"
        assert "什么也没有做" not in (await client.get(f"/api/away/{what}")).json()["detail"], "it may have been done"
    for what in ("doubled", "cancelled"):
        assert (await client.get(f"/away/{what}")).status_code == 500


async def test_a_character_that_can_not_be_stored_is_told_to_who_sent_it(client: httpx.AsyncClient) -> None:
    assert (await client.get("/unstorable")).status_code == 422
    answer = await client.get("/api/unstorable")
    assert (answer.status_code, answer.json()["detail"]) == (422, "请求里有不对的内容，什么也没有做。")


async def test_a_bug_is_told_with_the_requests_id_and_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await client.get("/-/gallery/fault")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "asked to fail" not in answer.text
    assert "Traceback" not in answer.text


async def test_htmx_is_told_in_a_toast_and_swaps_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/refused/403", headers={"hx-request": "true"})
    assert (answer.status_code, answer.text, answer.headers["hx-reswap"]) == (403, "", "none")
    assert json.loads(answer.headers["hx-trigger"])["toast"]["tone"] == "bad"


async def test_what_was_wrong_with_the_input_is_listed_without_markup_of_its_own(client: httpx.AsyncClient) -> None:
    answer = await client.get("/desk/<script>alert(1)</script>", headers={"x-caller": "merchant"})
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


async def test_who_is_refused_is_in_the_log_and_who_only_has_to_sign_in_is_not(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        await client.get("/books?q=hush", headers={"x-caller": "clerk"})
        await client.post("/preferences", headers={"x-caller": "person", "sec-fetch-site": "cross-site"})
        await client.get("/private")
        await client.get("/nothing")
    told = [(line["event"], line["kind"], line["reason"], line["method"], line["path"]) for line in lines]
    assert told == [
        ("request_refused", "security", "not_permitted", "GET", "/books"),
        ("request_refused", "security", "cross_site", "POST", "/preferences"),
    ]
    assert {line["person"] for line in lines} == {"01990000-0000-7000-8000-000000000001"}
