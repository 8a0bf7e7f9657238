"""Proves that what somebody else's address leads to is fetched within limits, and never from inside our network."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any

import pytest

from weiji.kit import fetching
from weiji.kit.fetching import Fetcher, FetchError, is_public

Answer = Callable[[str], bytes]


def ok(body: bytes, head: str = "") -> bytes:
    """A whole answer."""
    return f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n{head}\r\n".encode() + body


def moved(to: str) -> bytes:
    """An answer that leads elsewhere."""
    return f"HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n".encode()


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve on loopback; gives the address, and the heads of requests."""
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heads.append(head)
        writer.write(answer(head.split()[1]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
    finally:
        server.close()


INSIDE = Fetcher(may_go_inside=True)


async def refusal(fetcher: Fetcher, url: str, bytes_max: int = 100) -> str:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url, bytes_max)
    return str(caught.value)


async def test_what_an_address_leads_to_is_fetched() -> None:
    async with served(lambda path: moved("/b") if path == "/a" else ok(b"x" * 100)) as (url, heads):
        assert await INSIDE.fetch(f"{url}/a", 100) == b"x" * 100
    assert [head.split()[1] for head in heads] == ["/a", "/b"]
    assert "accept-encoding: identity" in heads[0].lower()


async def test_limits_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(lambda path: moved(path) if path == "/round" else ok(b"x" * 101)) as (url, heads):
        assert await refusal(INSIDE, url) == "too_large"
        assert await refusal(INSIDE, f"{url}/round") == "too_many_redirects"
        assert len(heads) == 1 + fetching.REDIRECTS_MAX + 1
    async with served(lambda _: b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n") as (url, _):
        assert await refusal(INSIDE, url) == "status_404"
    async with served(lambda _: b"nonsense\r\n\r\n") as (url, _):
        assert await refusal(INSIDE, url) == "unreachable"
    async with served(lambda _: ok(b"")[:-4]) as (url, _):
        assert await refusal(INSIDE, url) == "unreachable"
    assert await refusal(INSIDE, "ftp://a.example/1.jpg") == "not_http"
    assert await refusal(INSIDE, "http://[::1/1.jpg") == "unreachable"
    monkeypatch.setattr(fetching, "SECONDS_MAX", 0.0)
    assert await refusal(INSIDE, "http://127.0.0.1:1/") == "too_slow"


async def test_certificates_of_authorities_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    read = ssl.SSLContext.load_verify_locations

    def count(context: ssl.SSLContext, *args: Any, **options: Any) -> None:
        reads.append(context)
        read(context, *args, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", count)
    fetching.authorities.cache_clear()
    async with served(lambda _: ok(b"x")) as (url, _):
        for _ in range(3):
            await INSIDE.send(url, b"told", {}, bytes_max=1)
            await INSIDE.fetch(url, 1)
    assert len(reads) == 1
    assert fetching.authorities().verify_mode is ssl.CERT_REQUIRED
    assert fetching.authorities().check_hostname


async def test_what_comes_packed_is_not_unpacked() -> None:
    import gzip

    packed = gzip.compress(bytes(1_000_000))
    async with served(lambda _: ok(packed, "content-encoding: gzip\r\n")) as (url, _):
        assert await INSIDE.fetch(url, 10_000) == packed


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"],  # noqa: S104
)
async def test_nothing_is_asked_of_this_machine(host: str) -> None:
    async with served(lambda _: ok(b"secret")) as (url, heads):
        there = url.replace("127.0.0.1", host)
        assert await refusal(Fetcher(), there) in ("private_address", "unknown_host", "unreachable")
        assert heads == []


async def test_a_redirect_does_not_lead_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first server counts as public here; the second is what it leads to."""
    async with served(lambda _: ok(b"secret")) as (inside, asked):
        port = inside.rpartition(":")[2]
        async with served(lambda _: moved(f"http://127.0.0.2:{port}/")) as (url, _):
            monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
            assert await refusal(Fetcher(), url) == "private_address"
        assert asked == []


async def test_a_name_is_resolved_once_and_the_connection_goes_where_it_was_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that has a public address when it is judged, and ours when it is connected to, gains nothing."""
    resolved: list[str] = []
    async with served(lambda _: ok(b"here")) as (url, heads):
        loop = asyncio.get_running_loop()
        real = loop.getaddrinfo

        async def resolve(host: str | bytes | None, *given: object, **options: object) -> object:
            name = host.decode() if isinstance(host, bytes) else str(host)
            if name != "shop.example":
                return await real(host, *given, **options)  # type: ignore[arg-type]
            resolved.append(name)
            address = "127.0.0.1" if len(resolved) == 1 else "127.0.0.9"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

        monkeypatch.setattr(loop, "getaddrinfo", resolve)
        monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
        port = url.rpartition(":")[2]
        assert await Fetcher().fetch(f"http://shop.example:{port}/x", 100) == b"here"
    assert resolved == ["shop.example"]
    assert f"host: shop.example:{port}" in heads[0].lower()


async def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_given: object, **_options: object) -> object:
        return [(2, 1, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    assert await refusal(Fetcher(), "http://shop.example/") == "private_address"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:0a00:0001::1", False),
        ("ff02::1", False),
        ("nonsense", False),
    ],
)
def test_addresses_inside_are_told_from_public_ones(address: str, expected: bool) -> None:
    assert is_public(address) is expected


# IANA, "IPv4 / IPv6 Special-Purpose Address Registry", as of 2026: what is not globally reachable, or leads to a part
# of somebody's own network (192.0.0.9, 2001:1::1 …). Then what other registries of IANA keep: multicast, and what is
# none of the unicast that is given out (site-local addresses, RFC 3879).
KEPT = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("240.0.0.0/4", "224.0.0.0/4"),
    *("::1/128", "::/128", "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32", "2001:1::/32"),
    *("2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32"),
    *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "4000::/3", "8000::/1", "200::/7"),
)
WRAPPED = ("::ffff:{}", "64:ff9b::{}")


@pytest.mark.parametrize("block", [ip_network(each) for each in KEPT], ids=KEPT)
def test_no_address_of_a_block_that_is_kept_is_public(block: IPv4Network | IPv6Network) -> None:
    for address in (block[0], block[block.num_addresses // 2], block[-1]):
        if address == IPv6Address("2001:0:8000::"):
            continue  # Of a tunnel (Teredo), the address inside is looked at.
        assert not is_public(str(address)), address
        if address.version == 4:
            assert not any(is_public(form.format(address)) for form in WRAPPED), address


def test_a_tunnel_is_as_public_as_what_is_inside() -> None:
    inside, outside = (int(IPv4Address(each)) for each in ("10.0.0.1", "93.184.216.34"))
    for version in ({"teredo": 0x20010000 << 96}, {"six": 0x2002 << 112}):
        for name, base in version.items():
            held = [base | (each ^ 0xFFFF_FFFF if name == "teredo" else each << 80) for each in (inside, outside)]
            assert [is_public(str(IPv6Address(each))) for each in held] == [False, True], name


@pytest.mark.parametrize("address", ["192.31.196.1", "192.52.193.1", "192.175.48.1", "2620:4f:8000::1", "2606:4700::1"])
def test_what_is_given_out_is_public(address: str) -> None:
    assert is_public(address)
