"""Proves that an owner gets everything that a program needs by the pages alone, and sees what its server was told."""

import re
from io import BytesIO
from zipfile import ZipFile

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.wire.world import World, open_shop, receiving
from weiji.kit import clock
from weiji.wire import wire_of


async def test_an_owner_opens_gets_keys_and_tests_them(world: World) -> None:
    site = world.site
    here = f"/merchant/{await open_shop(site, '第四家店', owner_id=site.seller_id)}/open-payments"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        assert "开通" in await browser.visit(here)
        await browser.send("/number")
        found = re.search(r">(1\d{9})<", browser.page)
        assert found
        mchid = found[1]
        await browser.visit(here)
        assert browser.statements <= 3
        # The private key stays where the request was made: it is in no file of ours.
        key = rsa.generate_private_key(65537, 3072)
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
        given = {"name": "mine", "csr": request.public_bytes(Encoding.PEM).decode()}
        answer = await browser.client.post(f"{here}/certificates", data={**given, "csrf_token": _token(browser.page)})
        assert answer.headers["content-type"] == "application/zip"
        with ZipFile(BytesIO(answer.content)) as archive:
            files = {name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()}
        certificate = x509.load_pem_x509_certificate(files["apiclient_cert.pem"].encode())
        assert certificate.public_key() == key.public_key()
        assert answer.headers["weiji-serial"] == f"{certificate.serial_number:X}"
        assert mchid in files["README.txt"]
        assert "apiclient_key.pem" not in files
        # As a file it is the same.
        await browser.visit(here)
        token = {"name": "file", "csr": "", "csrf_token": _token(browser.page)}
        files_sent = {"csr_file": ("mine.csr", given["csr"].encode())}
        answer = await browser.client.post(f"{here}/certificates", data=token, files=files_sent)
        assert answer.headers["content-type"] == "application/zip"
        answer = await browser.client.post(f"{here}/certificates", data=token, files={"csr_file": ("x", b"\xff\0")})
        assert answer.status_code == 422
        assert "读不懂" in answer.text
        await browser.visit(here)
        await browser.send("/certificates", name="none", csr="")
        assert browser.status == 422
        assert "请贴上证书请求" in browser.text
        await browser.visit(here)
        await browser.send("/certificates", name="bad", csr="nonsense")
        assert browser.status == 422
        assert "读不懂" in browser.text
        await browser.visit(here)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        await browser.send("/certificates", name="bad", csr=secret)
        assert "这是私钥" in browser.text
        assert secret[40:80] not in browser.page
        # An APIv3 key that is made is shown this once.
        await browser.visit(here)
        await browser.send("/api-key", api_key="")
        shown = re.search(r'id="made-key"[^>]*>([0-9A-Za-z]{32})<', browser.page)
        assert shown
        assert shown[1] not in await browser.visit(here)
        serial = f"{certificate.serial_number:X}"
        await browser.send(f"/certificates/{serial}/end", days="7")
        assert re.search(r"日 \d\d:\d\d 失效", browser.text)
        # What was to end later may end now: somebody may have got hold of the key.
        await browser.send(f"/certificates/{serial}/end")
        assert "证书已经失效" in browser.text
        # Which of our keys signs: from later on, and then after all at once.
        ring, wall = await wire_of(site.program.database).keyring.ring(), clock.wall()
        listed = ring.certificates(wall)[0].id
        await browser.send("/platform-key", platform_key=listed, switch_days="7")
        assert "到时候就换成这把钥匙" in browser.text
        assert re.search(r"从 .*日 \d\d:\d\d 起用它", browser.text)
        assert browser.text.count("现在用它签名") == 1
        assert "这把是你选的" not in browser.text
        await browser.send("/platform-key", platform_key=listed, switch_days="0")
        assert ("起用它" in browser.text, "这把是你选的" in browser.text) == (False, True)
        async with receiving((500, b"oops")) as (url, heard):
            await browser.send("/self-test", url="ftp://x")
            assert browser.status == 422
            await browser.visit(here)
            await browser.send("/self-test", url=url)
            assert "马上就发" in browser.text
            sender = site.program.sender
            await sender.drain()
            page = browser.path
            await browser.visit(page)
            assert "对方回答 500" in browser.text
            assert browser.statements <= 3
            await browser.send("/resending")
            await sender.drain()
            await browser.visit(page)
            assert "收下了" in browser.text
        assert msgspec.json.decode(heard[0][1])["event_type"] == "SECURITY.ECHO"
        assert "自检" in await browser.visit(f"{here}/notices?tab=delivered")
        assert browser.statements <= 3


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
    assert found
    return found[1]
