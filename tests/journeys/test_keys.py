"""Proves that a merchant's key pair is made in the browser, works at once, and that its private half stays there."""

from zipfile import ZipFile

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from playwright.async_api import Request

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK


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
