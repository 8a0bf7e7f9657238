"""Proves that old calls are read strictly, signed as published clients sign, and that nothing sent to them harms."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.pay import utils as published

from tests.wire.world import World
from weiji.wire import xml
from weiji.wire.errors import WireError
from weiji.wire.xml import SignType

KEY = "0123456789abcdefghijABCDEFGHIJ99"
PATH = "/mmpaymkttransfers/gethbinfo"

names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
texts = st.text("aB0 <>&]'\"é茶🍵", max_size=30)


@given(st.dictionaries(names, texts, max_size=12))
def test_what_is_written_is_read_again_and_signed_as_published_clients_sign(fields: dict[str, str]) -> None:
    assert xml.read(xml.write(fields)) == fields
    fields = {name: value for name, value in fields.items() if name != "sign"} | {"mch_id": "1000000000"}
    assert xml.sign(fields, KEY, SignType.MD5) == published.calculate_signature(fields, KEY)
    assert xml.sign(fields, KEY, SignType.HMAC_SHA256) == published.calculate_signature_hmac(fields, KEY)
    written = published.dict_to_xml({name: value for name, value in fields.items() if "]]>" not in value})
    assert xml.read(written.encode()) == {name: value for name, value in fields.items() if "]]>" not in value}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"mch_id=1",
        b"<xml><a>1</a>",
        b"<a><b>1</b></a>",
        b"<xml><a>1</a><a>2</a></xml>",
        b"<xml><a><b>1</b></a></xml>",
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><c>&a;</c></xml>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml/>',
        b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><c>&a;</c></xml>',
        b'<?xml version="1.0" encoding="klingon"?><xml/>',
        b"<xml>" + b"".join(b"<a%d>1</a%d>" % (at, at) for at in range(61)) + b"</xml>",
        b"<a>" * 20_000,
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_flat_xml_is_refused(body: bytes) -> None:
    with pytest.raises(WireError) as refused:
        xml.read(body)
    assert refused.value.code == "XML_ERROR"


@given(st.binary(max_size=200) | st.dictionaries(names | st.just("mch_id"), texts, max_size=6).map(xml.write))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_whatever_comes_is_answered_in_xml_and_opens_nothing(world: World, body: bytes) -> None:
    said = await ask(world, PATH, content=body)
    assert (said["return_code"], said["result_code"]) == ("FAIL", "FAIL")
    assert said["err_code"] in ("XML_ERROR", "SIGN_ERROR")


@pytest.mark.parametrize("mchid", ["", "7", "x" * 10, "9" * 10, "1" * 5_000, "\uff11" * 10])
async def test_a_number_that_no_merchant_has_opens_nothing(world: World, mchid: str) -> None:
    said = await ask(world, PATH, content=xml.write({"mch_id": mchid, "sign": "0" * 32}))
    assert (said["return_code"], said["err_code"]) == ("FAIL", "SIGN_ERROR")


async def test_only_post_to_paths_that_there_are(world: World) -> None:
    assert (await ask(world, PATH, method="GET"))["err_code"] == "REQUIRE_POST_METHOD"
    assert (await ask(world, "/mmpaymkttransfers/promotion/transfers"))["err_code"] == "PARAM_ERROR"
    assert (await ask(world, PATH, content=b"a" * 70_000))["return_code"] == "FAIL"


async def ask(world: World, path: str, *, method: str = "POST", content: bytes = b"") -> dict[str, Any]:
    """Send a body as it is, and read the answer."""
    transport = httpx.ASGITransport(world.site.app, client=("203.0.113.7", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://weiji.test") as client:
        answer = await client.request(method, path, content=content)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    return xml.read(answer.content)
