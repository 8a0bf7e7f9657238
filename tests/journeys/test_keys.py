"""Proves that keys of both kinds work at once: a merchant's pair, made in the browser, whose private half stays there,
and anybody's API key."""

from zipfile import ZipFile

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from playwright.async_api import Request, expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE


async def test_a_key_is_made_in_the_browser_and_tried_at_once(arrive: Visiting) -> None:
    merchant = await arrive(DESK)
    await merchant.become("老周")
    sent: list[bytes] = []

    def note(request: Request) -> None:
        sent.append(request.post_data_buffer or b"")

    merchant.page.on("request", note)
    await merchant.open(f"{merchant.path}/open-payments")
    await merchant.press("在浏览器里生成密钥，签发并下载")
    assert not any(sent), "a certificate has a name first"
    await merchant.fill(给哪里用="新收银机")
    async with merchant.page.expect_download() as downloading:
        await merchant.press("在浏览器里生成密钥，签发并下载")
    download = await downloading.value
    assert download.suggested_filename.endswith(".zip")
    # A request that is signed with it was taken, and the answer's signature is ours.
    await merchant.sees("用新钥匙签名的请求收到了，回答的签名也对")
    with ZipFile(await download.path()) as archive:
        files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
        (info,) = [each for each in archive.infolist() if each.filename.endswith("apiclient_key.pem")]
    assert info.external_attr >> 16 & 0o777 == 0o600
    key = load_pem_private_key(files["apiclient_key.pem"], None)
    certificate = x509.load_pem_x509_certificate(files["apiclient_cert.pem"])
    assert key.public_key() == certificate.public_key()
    assert {"README.txt", "pub_key.pem"} < files.keys()
    assert any(b"echo_message" in body for body in sent)
    assert not any(b"PRIVATE" in body for body in sent)
    merchant.page.remove_listener("request", note)
    await merchant.press("看看新证书")
    await merchant.sees(f"{certificate.serial_number:X}")


async def test_an_api_key_is_made_on_a_phone_works_and_is_revoked_once_that_is_confirmed(arrive: Visiting) -> None:
    developer = await arrive(PHONE)
    await developer.sign_up("阿码")
    await developer.open("/me/security")
    await developer.page.get_by_role("link", name="API 密钥").click()
    await developer.press("新建密钥")
    await developer.fill(给哪个程序用="看事件")
    await developer.page.get_by_text("看你身上和你店里发生了什么。").click()
    await developer.press("新建密钥")
    key = await developer.page.locator("#made-key").inner_text()
    asking = developer.page.context.request
    headers = {"authorization": f"Bearer {key}"}
    answer = await asking.get(f"{developer.url}/api/v1/events?limit=10", headers=headers)
    assert "PersonSignedUp" in await answer.text()
    await developer.page.reload()  # What was shown once is not shown again, and nothing is made twice.
    await expect(developer.page.locator("details")).to_have_count(1)
    assert key not in await developer.page.content()
    await developer.page.get_by_text("看事件").click()
    await developer.press("作废这把密钥")
    assert (await asking.get(f"{developer.url}/api/v1/events", headers=headers)).ok, "it was not confirmed"
    developer.agree()
    await developer.press("作废这把密钥")
    await developer.sees("作废了，拿着它的程序再也进不来。")
    assert (await asking.get(f"{developer.url}/api/v1/events", headers=headers)).status == 401
