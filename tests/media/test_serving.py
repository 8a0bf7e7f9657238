"""Proves that a picture goes from a shop to everybody, and that nobody gives one to a shop that is not theirs."""

from base64 import b64encode
from typing import Any

import msgspec
import pytest
from PIL import Image

from tests.api.conftest import town as town
from tests.api.town import Town
from tests.identity.conftest import _keys
from tests.media.examples import picture, written
from tests.pages.conftest import site as site
from tests.pages.site import Browser, Site
from weiji.kit.ids import new_id
from weiji.media import UploadStatus, upload_pictures

__all__ = ["_keys"]


async def send(browser: Browser, path: str, *contents: bytes) -> Any:
    """Send files as the page's script does."""
    token = browser.page.partition('name="csrf_token" value="')[2].partition('"')[0] or "00"
    parts = [("files", (f"{n}.svg", content, "image/svg+xml")) for n, content in enumerate(contents)]
    return await browser.client.post(path, headers={"x-csrf-token": token}, files=parts)


async def test_a_picture_is_sent_and_shown(site: Site) -> None:
    path = f"/merchant/{site.shop_id}/pictures"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser() as stranger:
        await seller.visit(f"/merchant/{site.shop_id}/settings")
        answer = await send(seller, path, picture(), b"<svg/>", picture(), picture(3_000, 200))
        assert answer.status_code == 200, answer.text
        sent = answer.json()
        assert [each["status"] for each in sent] == ["created", "not_a_picture", "exists", "created"]
        assert "JPEG" in sent[1]["reason"]
        assert sent[0]["url"] == sent[2]["url"]
        assert sent[0]["url"].endswith("-900.webp")
        for url in (sent[0]["url"], sent[0]["small"], sent[3]["url"]):
            shown = await stranger.client.get(url)
            assert shown.status_code == 200
            assert shown.headers["content-type"] == "image/webp"
            assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert shown.headers["cross-origin-resource-policy"] == "cross-origin", "a shop's own site shows it, too"
            assert shown.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in shown.headers["content-security-policy"]
            assert "set-cookie" not in shown.headers
            assert shown.content[8:12] == b"WEBP"


@pytest.mark.parametrize(
    "file",
    [
        "x.webp",
        "..%2f..%2fkeys%2fledger.pem",
        "0" * 64 + "-320.webp",
        "0" * 64 + "-320.webp%00.png",
        "0" * 64 + "-99999.webp",
        "0" * 63 + "%2e-320.webp",
    ],
)
async def test_nothing_else_is_served(site: Site, file: str) -> None:
    async with site.browser() as stranger:
        answer = await stranger.client.get(f"/media/{file}")
        assert answer.status_code == 404
        assert "immutable" not in answer.headers["cache-control"]


async def test_pictures_are_for_the_staff_of_the_shop(site: Site) -> None:
    await site.person("mei")
    path = f"/merchant/{site.shop_id}/pictures"
    async with site.browser("mei") as other, site.browser() as stranger:
        await other.visit("/me")
        assert (await send(other, path, picture())).status_code == 404
        await stranger.visit("/sign-in")
        assert (await send(stranger, path, picture())).status_code in (303, 401)
        seller = f"s{site.seller_id.hex[-8:]}"
        async with site.browser(seller) as forged:
            forged.page = ""
            assert (await send(forged, path, picture())).status_code == 403


async def test_the_quota_is_the_operators(site: Site) -> None:
    program, owner = site.program, site.shop_id
    settings = msgspec.structs.replace(program.settings, pictures_mb=1)
    noise = [written(Image.effect_noise((1_600, 800 + n), 90).convert("RGB"), "JPEG") for n in range(2)]
    (first,) = await upload_pictures(program.batchers, settings, owner, noise[:1])
    results = await upload_pictures(program.batchers, settings, owner, noise)
    assert [first.status, *(result.status for result in results)] == [
        UploadStatus.CREATED,
        UploadStatus.EXISTS,
        UploadStatus.QUOTA_EXCEEDED,
    ]
    assert results[1].url is None


async def test_pictures_by_the_api(town: Town) -> None:
    shop_id, content = str(town.market.shop_id), b64encode(picture()).decode()
    bodies = [
        {"shop_id": shop_id, "content": content},
        {"shop_id": str(new_id()), "content": content},
        {"shop_id": shop_id, "content": b64encode(b"%PDF").decode()},
        {"shop_id": shop_id, "content": content},
    ]
    answer = await town.ask("POST", "/pictures/upload", bodies, by=town.seller)
    found = answer.json()
    assert [each["status"] for each in found] == ["created", "owner_not_found", "not_a_picture", "exists"]
    assert (found[0]["width"], found[0]["height"]) == (900, 600)
    answer = await town.ask("POST", "/pictures/upload", bodies[:1], by=town.buyer)
    assert answer.json()[0]["status"] == "owner_not_found"
    usage = (await town.ask("GET", f"/pictures/usage?shop_id={shop_id}", by=town.seller)).json()
    assert usage["pictures"] == 1
    assert usage["bytes"] > 1_000
    assert (await town.ask("GET", f"/pictures/usage?shop_id={shop_id}", by=town.buyer)).status_code == 404
    assert (
        await town.ask("POST", "/pictures/upload", [{"shop_id": shop_id, "content": "%"}], by=town.seller)
    ).status_code == 400
