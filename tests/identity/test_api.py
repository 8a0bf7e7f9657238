"""Proves that the API lets people in and keeps them apart, and asks the database no more than it must."""

import base64
import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from litestar import get

from tests.identity.people import PASSWORD
from tests.identity.serving import Browser, serve
from weiji.identity.codes import STEP_SECONDS, code_at
from weiji.identity.cookies import SessionCookie
from weiji.identity.pages import ROUTES as PAGES
from weiji.identity.recovery_pages import ROUTES as RECOVERY_PAGES
from weiji.identity.second_factor_pages import ROUTES as SECOND_FACTOR_PAGES
from weiji.kit import clock
from weiji.kit.db import Database, statements
from weiji.kit.ids import new_id
from weiji.settings import Settings

ADDRESS = {"name": "梅", "phone": "13800138000", "region": "杭州", "detail": "文三路 1 号"}


async def _join(browser: Browser, handle: str) -> str:
    id = str(new_id())
    body = {"id": id, "handle": handle, "display_name": "梅 🌷", "password": PASSWORD}
    response = await browser.ask("POST", "/people", body)
    assert (response.status_code, response.json()["status"]) == (200, "created"), response.text
    assert (await browser.sign_in(handle, PASSWORD))["status"] == "created"
    return id


@get("/count", sync_to_thread=False)
def count() -> int:
    """Tell how many statements there were before a handler runs."""
    return statements()


@get("/same-for-all", sync_to_thread=False, opt={"without_caller": True})
def count_same_for_all() -> int:
    """Tell how many statements there were, where nobody needs to know who asks."""
    return statements()


async def test_a_person_signs_up_in_and_out(database: Database) -> None:
    async with serve(database) as browser:
        assert (await browser.ask("GET", "/me")).status_code == 401
        id = await _join(browser, "mei")
        me = (await browser.ask("GET", "/me")).json()
        assert (me["id"], me["handle"], me["display_name"], me["locale"]) == (id, "mei", "梅 🌷", "zh-CN")
        assert not me["has_payment_password"]
        changed = await browser.ask("PATCH", "/me", {"display_name": "دنيا", "locale": "en"})
        assert changed.json() == {"status": "changed"}
        (session,) = (await browser.ask("GET", "/sessions")).json()["items"]
        assert session["address"] == "203.0.113.7"
        ended = await browser.ask("DELETE", f"/sessions/{session['id']}")
        assert ended.json() == {"status": "ended"}
        assert "session" not in browser.client.cookies
        assert (await browser.ask("GET", "/me")).status_code == 401


async def test_the_cookie_is_for_this_host_and_no_script(database: Database) -> None:
    async with serve(database) as browser:
        await browser.ask(
            "POST", "/people", {"id": str(new_id()), "handle": "mei", "display_name": "梅", "password": PASSWORD}
        )
        response = await browser.ask("POST", "/sessions", {"name": "mei", "password": PASSWORD})
        cookie = response.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "domain" not in cookie
        # Its secret is in the cookie alone.
        assert browser.client.cookies["session"] not in response.text
        browser.client.base_url = "https://weiji.test"
        response = await browser.ask("POST", "/sessions", {"name": "mei", "password": PASSWORD})
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("__Host-session=")
        assert "secure" in cookie.lower()


async def test_who_asks_costs_one_statement_and_a_stranger_none(database: Database) -> None:
    async with serve(database, count, count_same_for_all) as browser:
        assert (await browser.client.get("/count")).json() == 0
        await _join(browser, "mei")
        assert (await browser.client.get("/count")).json() == 1
        assert (await browser.client.get("/same-for-all")).json() == 0
        browser.client.cookies.set("session", "rubbish", domain="weiji.test")
        assert (await browser.client.get("/count")).json() == 0


async def test_another_site_can_not_act_for_whoever_is_signed_in(database: Database) -> None:
    async with serve(database) as browser:
        await _join(browser, "mei")
        body = {"display_name": "changed"}
        token, browser.token = browser.token, ""
        assert (await browser.ask("PATCH", "/me", body)).status_code == 403
        browser.token = token
        assert (await browser.ask("PATCH", "/me", body, sec_fetch_site="cross-site")).status_code == 403
        # The token of one session is nothing in another.
        await browser.ask("POST", "/sessions", {"name": "mei", "password": PASSWORD})
        assert (await browser.ask("PATCH", "/me", body)).status_code == 403
        assert (await browser.ask("GET", "/me")).json()["display_name"] == "梅 🌷"


async def test_nobody_signs_up_where_it_is_closed(database: Database) -> None:
    async with serve(database, settings=Settings(mode="sandbox", sign_up="closed")) as browser:
        body = {"id": str(new_id()), "handle": "mei", "display_name": "梅", "password": PASSWORD}
        assert (await browser.ask("POST", "/people", body)).json()["status"] == "closed"


async def test_signing_in_with_what_is_wrong_gives_no_cookie(database: Database) -> None:
    async with serve(database) as browser:
        for _ in range(5):
            assert (await browser.sign_in("nobody", PASSWORD))["status"] == "wrong"
        answer = await browser.sign_in("nobody", PASSWORD)
        assert answer["status"] == "locked"
        assert answer["locked_until"]
        assert not browser.client.cookies


async def test_passwords_are_set_and_changed(database: Database) -> None:
    async with serve(database) as browser:
        await _join(browser, "mei")
        payment = {"payment_password": "592817", "login_password": PASSWORD}
        assert (await browser.ask("PUT", "/payment-password", payment)).json()["status"] == "created"
        again = await browser.ask("PUT", "/payment-password", payment)
        assert again.json()["status"] == "old_payment_password_wrong"
        asked = await browser.ask("POST", "/payment-password/reset", {"login_password": PASSWORD})
        assert asked.json()["status"] == "created"
        assert (await browser.ask("GET", "/me")).json()["payment_password_reset"] == asked.json()["reset"]
        assert (await browser.ask("DELETE", "/payment-password/reset")).json() == {"status": "cancelled"}
        allowance = {
            "id": str(new_id()),
            "key_id": str(new_id()),
            "amount": 100,
            "expires_at": "2000-01-01T00:00:00Z",
            "payment_password": "592817",
        }
        assert (await browser.ask("POST", "/allowances", allowance)).json()["status"] == "expires_out_of_range"
        wrong = await browser.ask("POST", "/allowances", {**allowance, "payment_password": "000000"})
        assert (wrong.json()["status"], wrong.json()["tries_left"]) == ("payment_password_wrong", 4)
        revoked = await browser.ask("POST", "/allowances/revoke", [{"id": allowance["id"]}])
        assert revoked.json() == [{"status": "not_found"}]
        assert (await browser.ask("GET", "/allowances")).json()["items"] == []
        change = {"old_password": PASSWORD, "new_password": "another goose"}
        assert (await browser.ask("PUT", "/password", change)).json()["status"] == "changed"
        assert (await browser.ask("GET", "/me")).json()["has_payment_password"]
        phone = {"phone": "13800138000", "login_password": "another goose"}
        assert (await browser.ask("PUT", "/phone", phone)).json()["status"] == "changed"
        ended = await browser.ask("POST", "/sessions/end", {"login_password": "another goose"})
        assert (ended.json()["status"], ended.json()["ended"]) == ("ended", 0)


async def test_a_forgotten_password_is_replaced_with_a_recovery_code(database: Database) -> None:
    async with serve(database) as browser:
        person_id = await _join(browser, "mei")
        for _ in range(2):
            made = (await browser.ask("POST", "/recovery-code", {"login_password": PASSWORD})).json()
            assert made["status"] == "created"
        assert (await browser.ask("GET", "/me")).json()["recovery_code_made_at"]
        browser.client.cookies.clear()
        sent = {"name": "mei", "code": made["code"], "new_password": "another goose"}
        recovered = (await browser.ask("POST", "/sessions/recover", sent)).json()
        assert (recovered["status"], recovered["person_id"]) == ("created", person_id)
        browser.token = recovered["csrf_token"]
        again = {"login_password": "another goose"}
        assert (await browser.ask("POST", "/recovery-code/revoke", again)).json()["status"] == "not_found"
        assert (await browser.ask("POST", "/recovery-code", again)).json()["status"] == "created"
        assert (await browser.ask("POST", "/recovery-code/revoke", again)).json()["status"] == "revoked"
        refused = await browser.ask("POST", "/sessions/recover", sent)
        assert (refused.json()["status"], refused.json()["csrf_token"]) == ("wrong", None)
        assert "set-cookie" not in refused.headers


async def test_an_app_is_asked_for_by_programs_and_on_pages(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, at = b"12345678901234567890", clock.wall()

    def show() -> str:
        nonlocal at
        at += timedelta(seconds=STEP_SECONDS)
        return code_at(secret, int(at.timestamp()) // STEP_SECONDS)

    monkeypatch.setattr(clock, "wall", lambda: at)
    async with serve(database, *PAGES, *SECOND_FACTOR_PAGES, *RECOVERY_PAGES) as browser:
        await _join(browser, "mei")
        shown = await browser.client.get("/me/second-factor")
        assert shown.headers["cache-control"] == "no-store"
        offered = re.findall(r'name="secret" value="([^"]+)"', shown.text)
        again = await browser.client.get("/me/second-factor")
        assert re.findall(r'name="secret" value="([^"]+)"', again.text) == offered, "what the app has, when loaded anew"
        await _join(browser, "lin")
        others = await browser.client.get("/me/second-factor")
        assert re.findall(r'name="secret" value="([^"]+)"', others.text) != offered, "of one person only"
        browser.token = (await browser.sign_in("mei", PASSWORD))["csrf_token"]
        strange = {"secret": "\u3000".join("A" * 32), "login_password": PASSWORD, "code": "000000"}
        again = await browser.client.post("/me/second-factor", data=strange, headers={"x-csrf-token": browser.token})
        assert (again.status_code, f"secret={'A' * 32}&" in unescape(again.text)) == (422, True)
        sent = {"login_password": PASSWORD, "secret": base64.b32encode(secret).decode(), "code": show()}
        assert (await browser.ask("PUT", "/second-factor", sent)).json()["status"] == "created"
        assert (await browser.ask("GET", "/me")).json()["second_factor_added_at"]
        browser.client.cookies.clear()
        name = {"name": "mei", "password": PASSWORD}
        refused = await browser.ask("POST", "/sessions", name)
        assert (refused.json()["status"], refused.json()["csrf_token"]) == ("code_needed", None)
        assert "set-cookie" not in refused.headers
        asked = await browser.client.post("/sign-in", data=name | {"next": "/me/security"})
        assert (asked.headers["location"], list(asked.cookies)) == ("/sign-in/code?next=/me/security", ["way"])
        for language in ("zh-CN", "en"):
            shown = await browser.client.get(f"/sign-in/code?next=/me/security&lang={language}")
            assert 'name="code"' in shown.text, "it is there as often as it is loaded, in each language"
        paper = await browser.client.get("/sign-in/code?paper=1")
        assert "numeric" not in paper.text, "a recovery code has letters"
        wrong = await browser.client.post("/sign-in/code", data={"code": "000000"})
        assert (wrong.status_code, "session" in wrong.cookies) == (422, False)
        wrong = await browser.client.post("/sign-in/code", data={"code": "7DTC", "paper": "1"})
        assert "7DTC</textarea>" in wrong.text, "nobody writes 28 letters twice"
        right = {"code": show(), "next": "/me/security"}
        entered = await browser.client.post("/sign-in/code", data=right)
        assert (entered.status_code, entered.headers["location"]) == (303, "/me/security")
        assert (await browser.ask("GET", "/me")).status_code == 200
        assert 'name="code"' in (await browser.client.get("/me/recovery-code")).text
        browser.client.cookies.clear()
        browser.client.cookies.set("way", "over")
        late = await browser.client.post("/sign-in/code", data={"code": show()})
        assert late.headers["location"] == "/sign-in?next=/"
        started = (await browser.ask("POST", "/sessions", name | {"code": show()})).json()
        browser.token = started["csrf_token"]
        sent = {"login_password": PASSWORD}
        assert (await browser.ask("POST", "/recovery-code", sent)).json()["status"] == "code_wrong"
        sent["code"] = show()
        assert (await browser.ask("POST", "/recovery-code", sent)).json()["status"] == "created"
        sent["code"] = show()
        assert (await browser.ask("POST", "/second-factor/remove", sent)).json()["status"] == "removed"


async def test_an_address_book_is_its_persons_alone(database: Database) -> None:
    async with serve(database) as browser:
        await _join(browser, "mei")
        id = str(new_id())
        put = await browser.ask("POST", "/addresses/put", [{"id": id, **ADDRESS}, {"id": id, **ADDRESS, "phone": "?"}])
        assert put.json() == [{"status": "created"}, {"status": "phone_malformed"}]
        (address,) = (await browser.ask("GET", "/addresses")).json()["items"]
        assert (address["id"], address["phone"], address["is_default"]) == (id, "+8613800138000", True)
        await _join(browser, "lin")
        assert (await browser.ask("GET", "/addresses")).json()["items"] == []
        removed = await browser.ask("POST", "/addresses/remove", [{"id": id}])
        assert removed.json() == [{"status": "not_found"}]


async def test_nobody_ends_the_session_of_another(database: Database) -> None:
    async with serve(database) as browser:
        await _join(browser, "mei")
        (session,) = (await browser.ask("GET", "/sessions")).json()["items"]
        browser.client.cookies.clear()
        await _join(browser, "lin")
        assert (await browser.ask("DELETE", f"/sessions/{session['id']}")).status_code == 404


BROKEN: list[tuple[str, str, Any]] = [
    ("POST", "/people", {"id": "x", "handle": "mei", "display_name": "梅", "password": PASSWORD}),
    ("POST", "/people", {"handle": "mei"}),
    ("POST", "/people", {"id": str(UUID(int=1)), "display_name": "梅", "password": "x" * 2_000}),
    ("POST", "/people", {"id": str(UUID(int=1)), "display_name": "梅", "password": PASSWORD, "roles": ["operator"]}),
    ("POST", "/sessions", {"name": 1, "password": PASSWORD}),
    ("POST", "/sessions", [1]),
    ("PATCH", "/me", {"locale": "fr"}),
    ("PUT", "/password", {}),
    ("POST", "/addresses/put", []),
    ("POST", "/addresses/put", [{"id": str(UUID(int=1)), **ADDRESS}] * 101),
    ("POST", "/addresses/remove", {"id": str(UUID(int=1))}),
    (
        "POST",
        "/allowances",
        {
            "id": str(UUID(int=1)),
            "key_id": str(UUID(int=1)),
            "amount": 1.5,
            "expires_at": "2030-01-01T00:00:00Z",
            "payment_password": "592817",
        },
    ),
    (
        "POST",
        "/allowances",
        {
            "id": str(UUID(int=1)),
            "key_id": str(UUID(int=1)),
            "amount": 1,
            "expires_at": "2030-01-01T00:00:00",
            "payment_password": "592817",
        },
    ),
]


async def test_what_is_malformed_is_a_problem_and_changes_nothing(database: Database) -> None:
    async with serve(database) as browser:
        await _join(browser, "mei")
        for method, path, body in BROKEN:
            response = await browser.ask(method, path, body)
            assert response.status_code == 400, (path, body, response.text)
            assert response.headers["content-type"].startswith("application/problem+json")
        assert (await browser.ask("GET", "/addresses")).json()["items"] == []


async def test_odd_texts_are_answered_and_not_stumbled_over(database: Database) -> None:
    async with serve(database) as browser:
        await _join(browser, "mei")
        for text in ("\u202e", "🫨" * 900, "\ufeff", "%00", "' or 1=1 --", "{{7*7}}"):
            assert (await browser.ask("POST", "/sessions", {"name": text, "password": text})).status_code == 200
            assert (await browser.ask("PATCH", "/me", {"display_name": text})).status_code == 200
            person = {"id": str(new_id()), "handle": text, "phone": text, "display_name": text, "password": text}
            assert (await browser.ask("POST", "/people", person)).status_code == 200
            address = {"id": str(new_id()), **dict.fromkeys(ADDRESS, text), "postcode": text}
            assert (await browser.ask("POST", "/addresses/put", [address])).status_code == 200
        response = await browser.client.post(
            "/api/v1/sessions", content=b'{"name": "\\ud800", "password": "\\udfff"}', headers={"x-csrf-token": "x"}
        )
        assert response.status_code < 500


async def test_a_forged_cookie_is_a_stranger(database: Database) -> None:
    async with serve(database) as browser:
        await _join(browser, "mei")
        cookie = SessionCookie.read(browser.client.cookies["session"])
        assert cookie
        browser.client.cookies.clear()
        browser.client.cookies.set("session", SessionCookie(cookie.session_id, bytes(32)).value, domain="weiji.test")
        assert (await browser.ask("GET", "/me")).status_code == 401
