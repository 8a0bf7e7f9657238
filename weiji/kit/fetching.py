"""Fetches what an address that somebody gave us leads to, without being led where only this machine may go (SSRF).

OWASP, "Server Side Request Forgery Prevention": a name is resolved once, every address that it has is judged, and the
connection goes to one that was judged: a name that answers otherwise the second time gains nothing. Redirects are
followed by hand, and judged like the first address.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpx
from msgspec import Struct

from weiji import __version__

REDIRECTS_MAX: Final = 5
SECONDS_MAX: Final = 30.0
"""How long all of it may take, redirects included."""

CONNECT_SECONDS_MAX: Final = 10.0

TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052)."""

UNICAST: Final = IPv6Network("2000::/3")
"""All that is given out of the open network's IPv6 (IANA, "Internet Protocol Version 6 Address Space"). What lies
beside it, such as the old site-local addresses (fec0::/10), leads inside or nowhere."""

SPECIAL: Final = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))
"""Blocks that IANA keeps for special purposes, and that Python takes for public, or did before some release."""

USER_AGENT: Final = f"weiji/{__version__}"


class FetchError(Exception):
    """Nothing was fetched; the text is the reason, in one word."""


class Sent(Struct, frozen=True):
    """What somebody answered to what was sent: the status, and the beginning of the body."""

    status: int
    body: bytes


class Fetcher:
    """Fetches, and sends, over http and https. Addresses of private networks are refused unless *may_go_inside*."""

    def __init__(self, *, may_go_inside: bool = False) -> None:
        self.may_go_inside = may_go_inside

    async def fetch(self, url: str, bytes_max: int) -> bytes:
        """Fetch what *url* leads to. Raises FetchError: no retry is made."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                return await self._fetch(url, bytes_max)
        except TimeoutError as error:
            raise FetchError("too_slow") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError, OSError) as error:
            raise FetchError("unreachable") from error

    async def send(
        self, url: str, body: bytes, headers: Mapping[str, str], *, bytes_max: int, seconds_max: float = SECONDS_MAX
    ) -> Sent:
        """Send *body* to *url* by POST, and take at most *bytes_max* of the answer. Redirects are not followed.

        Raises FetchError: no retry is made, and where the answer failed, the body may have arrived all the same.
        """
        try:
            async with asyncio.timeout(seconds_max):
                return await self._send(url, body, headers, bytes_max)
        except TimeoutError as error:
            raise FetchError("too_slow") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError, OSError) as error:
            raise FetchError("unreachable") from error

    async def _send(self, url: str, body: bytes, headers: Mapping[str, str], bytes_max: int) -> Sent:
        transport = _Judged(self.may_go_inside)
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=CONNECT_SECONDS_MAX) as client:
            told = {"accept-encoding": "identity", "user-agent": USER_AGENT, **headers}
            async with client.stream("POST", url, content=body, headers=told, follow_redirects=False) as answer:
                content = bytearray()
                async for chunk in answer.aiter_raw():
                    content += chunk
                    if len(content) >= bytes_max:
                        break
                return Sent(answer.status_code, bytes(content[:bytes_max]))

    async def _fetch(self, url: str, bytes_max: int) -> bytes:
        transport = _Judged(self.may_go_inside)
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=CONNECT_SECONDS_MAX) as client:
            for _ in range(REDIRECTS_MAX + 1):
                # What comes packed could unpack to anything: it is asked for plain, and never unpacked.
                headers = {"accept-encoding": "identity", "user-agent": USER_AGENT}
                async with client.stream("GET", url, headers=headers, follow_redirects=False) as answer:
                    if answer.next_request is None:
                        return await _read(answer, bytes_max)
                    url = str(answer.next_request.url)
        raise FetchError("too_many_redirects")


async def _read(answer: httpx.Response, bytes_max: int) -> bytes:
    if answer.status_code != httpx.codes.OK:
        raise FetchError(f"status_{answer.status_code}")
    content = bytearray()
    async for chunk in answer.aiter_raw():
        content += chunk
        if len(content) > bytes_max:
            raise FetchError("too_large")
    return bytes(content)


@cache
def authorities() -> ssl.SSLContext:
    """Give those whose word about certificates is taken. They are read once: nothing else runs meanwhile."""
    return httpx.create_ssl_context(trust_env=False)


class _Judged(httpx.AsyncBaseTransport):
    """Sends each request to an address that was judged, under the name that it was asked for."""

    def __init__(self, may_go_inside: bool) -> None:
        self.may_go_inside = may_go_inside
        # No connection is kept: one to an address must not serve another name that has the same.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.inner = httpx.AsyncHTTPTransport(verify=authorities(), trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Resolve the name, judge, and send."""
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise FetchError("not_http")
        address = await self._resolve(url.raw_host.decode("ascii"), url.port or {"http": 80, "https": 443}[url.scheme])
        return await self.inner.handle_async_request(
            httpx.Request(
                request.method,
                url.copy_with(host=address, userinfo=b""),
                headers=request.headers,  # With the name as `Host`.
                stream=request.stream,
                # The certificate has to be the name's.
                extensions={**request.extensions, "sni_hostname": url.raw_host.decode("ascii")},
            )
        )

    async def _resolve(self, host: str, port: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise FetchError("unknown_host") from error
        addresses = [str(each[4][0]) for each in found]
        if not self.may_go_inside and not all(is_public(address) for address in addresses):
            raise FetchError("private_address")
        return addresses[0]

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.inner.aclose()


def is_public(text: str) -> bool:
    """Tell whether an address is one of the open network, whatever it is wrapped in."""
    try:
        address: IPv4Address | IPv6Address | None = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address in TRANSLATED:
            address = IPv4Address(int(address) & 0xFFFF_FFFF)
        else:
            inner = address.teredo[1] if address.teredo else None
            address = address.ipv4_mapped or address.sixtofour or inner or address
    assert address is not None
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    is_special = address.is_multicast or address.is_reserved or any(address in block for block in SPECIAL)
    return address.is_global and not is_special
