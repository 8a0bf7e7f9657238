"""Every answer, whatever it is to, carries the headers that keep a browser safe."""

import html
import re

import httpx
import pytest

PATHS = ["/-/gallery", "/-/gallery/console", "/nothing-here", "/api/nothing", "/-/gallery/fault", "/favicon.ico"]


@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_has_a_strict_policy(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_the_nonce_is_the_pages_own_and_never_twice_the_same(client: httpx.AsyncClient) -> None:
    nonces = set()
    for _ in range(2):
        answer = await client.get("/-/gallery")
        found = re.search(r"script-src 'self' 'nonce-([^']+)'", answer.headers["content-security-policy"])
        assert found is not None
        assert f'nonce="{found[1]}"' in answer.text
        nonces.add(found[1])
    assert len(nonces) == 2


async def test_encrypted_connections_stay_encrypted(
    client: httpx.AsyncClient, secure_client: httpx.AsyncClient
) -> None:
    assert "strict-transport-security" not in (await client.get("/-/gallery")).headers
    answer = await secure_client.get("/-/gallery")
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "upgrade-insecure-requests" in answer.headers["content-security-policy"]


async def test_an_address_that_is_set_is_ours_whatever_a_request_claims(
    client: httpx.AsyncClient, secure_client: httpx.AsyncClient
) -> None:
    claims = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    assert (await secure_client.get("/whereabouts", headers=claims)).text == "https://shop.example/"
    assert (await client.get("/whereabouts")).text == "http://shop.example/"


async def test_cookies_belong_to_one_host(client: httpx.AsyncClient, secure_client: httpx.AsyncClient) -> None:
    plain = (await client.post("/preferences", data={"theme": "dark"})).headers["set-cookie"]
    secure = (await secure_client.post("/preferences", data={"theme": "dark"})).headers["set-cookie"]
    assert plain.startswith("theme=dark;")
    assert secure.startswith("__Host-theme=dark;")
    for cookie in (plain, secure):
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
    assert "; secure" in secure.lower()


async def test_a_cookie_without_the_prefix_is_nobodys_over_https(secure_client: httpx.AsyncClient) -> None:
    answer = await secure_client.get("/-/gallery", headers={"cookie": "theme=dark"})
    assert 'data-theme="auto"' in answer.text
    answer = await secure_client.get("/-/gallery", headers={"cookie": "__Host-theme=dark"})
    assert 'data-theme="dark"' in answer.text


async def test_what_is_shown_to_a_person_is_not_stored(client: httpx.AsyncClient) -> None:
    answer = await client.get("/private", headers={"x-caller": "person"})
    assert answer.headers["cache-control"] == "no-store"


async def test_each_request_has_an_id(client: httpx.AsyncClient) -> None:
    first, second = [(await client.get("/-/gallery")).headers["x-request-id"] for _ in range(2)]
    assert first != second


async def test_the_foot_says_how_the_page_was_made(client: httpx.AsyncClient) -> None:
    text = (await client.get("/-/gallery")).text
    assert re.search(r"Processed in \d+\.\d{4} s, 0 queries", text)
    assert 'data-statements="0"' in text


@pytest.mark.parametrize("path", ["/-/gallery", "/-/gallery/live", "/nothing-here", "/favicon.ico"])
async def test_the_head_of_an_answer_is_that_of_the_answer(client: httpx.AsyncClient, path: str) -> None:
    head = await client.head(path)
    assert head.content == b""
    assert head.headers["x-content-type-options"] == "nosniff"
    if "live" not in path:
        answer = await client.get(path)
        assert (head.status_code, head.headers["content-type"]) == (answer.status_code, answer.headers["content-type"])


async def test_a_head_changes_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.head("/preferences")).status_code == 405


async def test_a_form_with_files_that_is_not_in_utf_8_is_its_senders_fault(client: httpx.AsyncClient) -> None:
    part = b'--b\r\ncontent-disposition: form-data; name="text"\r\n\r\n\xed\xa0\x80\r\n--b--\r\n'
    answer = await client.post("/change", content=part, headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 422


async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/change", content=b"x" * (2 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert "太大了" in answer.text
    assert (await client.post("/change", content=b"x" * 1000)).text == "changed 1000"


async def test_redirects_stay_on_this_host(client: httpx.AsyncClient) -> None:
    for there in ("https://evil.example/", "//evil.example/", "/\\evil.example", "/a\r\nset-cookie: x=1"):
        answer = await client.post("/preferences", data={"theme": "dark", "next": there})
        assert answer.headers["location"] == "/"
    answer = await client.post("/preferences", data={"theme": "dark", "next": "/orders?tab=unpaid"})
    assert answer.headers["location"] == "/orders?tab=unpaid"
    # Who changes the language on a page is led back to what it showed, in the other one.
    shown = await client.get("/-/gallery", params={"tab": "<1&2>", "lang": "en"})
    assert "/-/gallery?tab=%3C1%262%3E" in html.unescape(shown.text)
    # And on what was answered to a form, to the page that the form was on.
    form = {"referer": str(client.base_url.join("/-/gallery?tab=7"))}
    refused = await client.post("/change", content=b"x" * (2 * 1024 * 1024 + 1), headers=form)
    assert 'name="next" value="/-/gallery?tab=7"' in html.unescape(refused.text)


async def test_a_toast_is_said_once_on_the_next_page(client: httpx.AsyncClient) -> None:
    sent = await client.post("/sent-on")
    assert (sent.status_code, sent.headers["location"]) == (303, "/private")
    first = await client.get("/-/gallery")
    assert "收到了 ✓" in first.text
    assert "收到了" not in (await client.get("/-/gallery")).text


async def test_a_broken_toast_does_no_harm(client: httpx.AsyncClient) -> None:
    for value in ("x", "e30=", "W10=", "WzEsMl0=", "%%%"):
        answer = await client.get("/-/gallery", headers={"cookie": f"toast={value}"})
        assert answer.status_code == 200


async def test_htmx_is_sent_on_in_its_own_way(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sent-on", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/private")
