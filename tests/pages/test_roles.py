"""Proves of every page and form of a shop that it lets in those whose role has what it names, and nobody else."""

from typing import Any
from uuid import UUID

import pytest
from litestar.routes import HTTPRoute

from tests.pages.site import PASSWORD, Browser, Site
from tests.pages.test_consoles import csrf
from tests.shops import hiring
from weiji.kit.ids import new_id
from weiji.web.permissions import ROLES, Permission, allows

NO_ROLE = "nobody"
"""Somebody who is signed in and works elsewhere."""


async def hire(site: Site, handle: str, role: str) -> UUID:
    """Have somebody sign up, be invited, and accept."""
    person_id = await site.person(handle)
    await hiring.hire(site.program.database, site.shop_id, site.seller_id, person_id, handle, role)
    return person_id


def routes_of(app: Any) -> list[tuple[str, str, frozenset[Permission]]]:
    """List method, path and permissions of everything under /merchant/{shop_id}."""
    found = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path_format.startswith("/merchant/{shop_id}"):
            continue
        for handler in route.route_handlers:
            # The framework makes guards asynchronous, which hides them.
            guards = [getattr(guard, "func", guard) for guard in handler.resolve_guards()]
            named = frozenset(p for guard in guards if (p := getattr(guard, "permission", None)))
            found += [(m, route.path_format, named) for m in sorted(handler.http_methods) if m in ("GET", "POST")]
    return found


async def ask(browser: Browser, method: str, path: str) -> int:
    """Ask for a page, or send an empty form; say how it was answered."""
    if method == "GET":
        return (await browser.client.get(path)).status_code
    answer = await browser.client.post(path, headers=await csrf(browser))
    return answer.status_code


@pytest.mark.parametrize("role", [*ROLES, NO_ROLE])
async def test_every_page_of_a_shop_lets_in_who_may(site: Site, role: str) -> None:
    handle = f"s{site.seller_id.hex[-8:]}" if role == "owner" else f"r{new_id().hex[-10:]}"
    if role == NO_ROLE:
        await site.person(handle)
    elif role != "owner":
        await hire(site, handle, role)
    routes = routes_of(site.app.app)
    assert len(routes) > 30
    async with site.browser(handle) as browser:
        await browser.visit("/me")
        for method, template, named in routes:
            assert named, f"{method} {template} names no permission"
            path = template.replace("{shop_id}", str(site.shop_id))
            while "{" in path:
                name, rest = path[path.index("{") + 1 : path.index("}")], path[path.index("}") + 1 :]
                path = path[: path.index("{")] + ("1" if name == "line" else str(new_id(site.shop_id))) + rest
            status = await ask(browser, method, path)
            if role == NO_ROLE:
                assert status == 404, (method, path, status)
            elif all(allows(role, permission) for permission in named):
                # 404 and the like: there is no such order. It got past the guard all the same.
                assert status != 403, (method, path, status)
            else:
                assert status == 403, (method, path, status)


async def test_a_role_counts_from_the_next_request_on(site: Site) -> None:
    handle = f"c{new_id().hex[-10:]}"
    person_id = await hire(site, handle, "orders")
    desk = f"/merchant/{site.shop_id}"
    async with site.browser(handle) as clerk, site.browser(f"s{site.seller_id.hex[-8:]}") as owner:
        await clerk.visit(desk)
        assert "近 7 天" not in clerk.text, "a clerk sees no money"
        assert f"{desk}/money" not in clerk.links
        await clerk.visit(f"{desk}/orders")
        assert clerk.status == 200
        await owner.visit(f"{desk}/staff")
        assert owner.statements <= 3
        await owner.send(f"/staff/{person_id}/role", role="finance")
        assert "角色已改" in owner.text
        await clerk.visit(f"{desk}/orders")
        assert clerk.status == 403
        await clerk.visit(f"{desk}/money")
        assert clerk.status == 200
        assert clerk.statements <= 3
        await owner.send(f"/staff/{person_id}/removal")
        assert "已移出" in owner.text
        await clerk.visit(f"{desk}/money")
        assert clerk.status == 404


async def test_somebody_is_invited_accepts_and_goes_from_shop_to_shop(site: Site) -> None:
    handle = f"i{new_id().hex[-10:]}"
    await site.person(handle, "小林")
    desk = f"/merchant/{site.shop_id}"
    async with site.browser(handle) as guest, site.browser(f"s{site.seller_id.hex[-8:]}") as owner:
        await owner.visit(f"{desk}/staff")
        await owner.send("/staff/invitations", name="nobody-at-all", role="orders")
        assert owner.status == 422
        assert "没有人用这个用户名或手机号登录" in owner.text
        await owner.send("/staff/invitations", name=handle, role="owner")
        assert owner.status == 422
        await owner.send("/staff/invitations", name=handle, role="orders")
        assert "邀请已发出" in owner.text
        assert "小林" in owner.text
        await guest.visit("/merchant/invitations/notice")
        assert "有 1 家店铺邀请你" in guest.text
        await guest.visit("/merchant/invitations")
        assert "邀请你担任「客服」" in guest.text
        assert guest.statements <= 3
        await guest.send("/merchant/invitations/", answer="accept")
        assert guest.path == desk
        assert "欢迎加入" in guest.text
        await guest.visit("/merchant/opening")
        await guest.send("/merchant/opening", name="小林的店", handle=f"x{new_id().hex[-10:]}")
        assert "/merchant/shops" in guest.links
        await guest.visit("/merchant/shops")
        assert "山里的茶" in guest.text
        assert "客服" in guest.text
        assert "店主" in guest.text
        await guest.visit(f"{desk}/staff")
        await guest.send("/removal")
        assert guest.path == "/me"
        await guest.visit(desk)
        assert guest.status == 404


async def test_a_shop_is_handed_over(site: Site) -> None:
    handle = f"h{new_id().hex[-10:]}"
    await site.person(handle, "接班人")
    desk = f"/merchant/{site.shop_id}"
    async with site.browser(handle) as heir, site.browser(f"s{site.seller_id.hex[-8:]}") as owner:
        await owner.visit(f"{desk}/staff/offer")
        await owner.send("/staff/offer", name=handle, payment_password="000000")
        assert owner.status == 422
        await owner.visit("/me/payment-password")
        await owner.send(
            "/me/payment-password", payment_password="735914", payment_password_again="735914", login_password=PASSWORD
        )
        await owner.visit(f"{desk}/staff/offer")
        await owner.send("/staff/offer", name=handle, payment_password="735914")
        assert "转让已提出" in owner.text, owner.text
        await heir.visit("/merchant/invitations")
        assert "想把店转让给你" in heir.text
        await heir.send("/merchant/invitations/", answer="accept")
        await heir.visit(f"{desk}/verification")
        assert heir.status == 200
        await owner.visit(f"{desk}/verification")
        assert owner.status == 403
