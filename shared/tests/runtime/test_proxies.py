"""The transport through proxies on real sockets: HTTP and SOCKS5, up, down, and wanting credentials."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from fairlead.shared.failure import Kind
from fairlead.shared.runtime.http import AiohttpTransport, Timeouts, failure_from

from .tiny_proxies import TinyProxy, running

CERTIFICATE = Path(__file__).with_name("localhost.pem")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
KEY = "user:pass word"
IN_URL = "user:pass%20word@"
NAMED = "http://provider.invalid/v1/answer"
"""A host that nobody but the proxy can find."""


@asynccontextmanager
async def through(proxy: str, **more: object) -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport(proxy=proxy, **more)  # type: ignore[arg-type]
    yield transport
    await transport.aclose()


async def asked(transport: AiohttpTransport, url: str, timeouts: Timeouts | None = None) -> bytes:
    extensions = (timeouts or Timeouts()).extensions()
    response = await transport.handle_async_request(httpx2.Request("POST", url, content=b"{}", extensions=extensions))
    body = b"".join([chunk async for chunk in response.stream])
    await response.aclose()
    return body


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_socks_proxy_is_used_and_looks_names_up(provider, scheme):
    provider.plays(HEAD + b"content-length: 2\r\n\r\nok", "keep")
    proxy = TinyProxy(port_of(provider.url))
    async with running(proxy.socks5) as address, through(f"{scheme}://{address}") as transport:
        assert [await asked(transport, NAMED) for _ in range(2)] == [b"ok", b"ok"]
    assert proxy.asked == ["provider.invalid:80"], "a connection through it is used again"
    assert provider.requests[0].startswith(b"POST /v1/answer HTTP/1.1\r\n")


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_credentials_of_a_proxy_go_to_the_proxy_alone(provider, kind):
    provider.plays(HEAD + b"content-length: 2\r\n\r\nok")
    proxy = TinyProxy(port_of(provider.url), KEY)
    async with running(getattr(proxy, kind)) as address, through(f"{kind}://{IN_URL}{address}") as transport:
        assert await asked(transport, NAMED) == b"ok"
        assert "word" not in repr(transport)
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("credentials", ["", "user:other@"])
@pytest.mark.parametrize("url", [NAMED, NAMED.replace("http:", "https:")])
async def test_a_proxy_that_refuses_our_credentials_is_told_as_the_proxy(provider, kind, credentials, url):
    proxy = TinyProxy(port_of(provider.url), KEY)
    async with running(getattr(proxy, kind)) as address, through(f"{kind}://{credentials}{address}") as transport:
        with pytest.raises(httpx2.ProxyError) as error:
            await asked(transport, url)
    failure = failure_from(error.value, target="acme")
    assert failure.kind is Kind.UNREACHABLE
    assert failure.message.startswith("could not connect to acme through its proxy: the proxy ")
    assert "secret" not in failure.message
    assert "other" not in failure.message.replace("other credentials", "")
    assert provider.requests == []


@pytest.mark.parametrize("kind", ["http", "https", "socks5"])
async def test_a_proxy_that_is_down_is_never_gone_around(provider, kind):
    async with through(f"{kind}://user:secret@127.0.0.1:1") as transport:
        with pytest.raises(httpx2.ProxyError) as error:
            await asked(transport, provider.url)
    failure = failure_from(error.value, target="acme")
    assert failure.message == "could not connect to acme through its proxy: connection refused"
    assert provider.requests == []


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_that_has_no_address_is_told_as_the_proxy(provider, kind):
    async with through(f"{kind}://proxy.invalid:8080") as transport:
        with pytest.raises(httpx2.ProxyError):
            await asked(transport, provider.url)
    assert provider.requests == []


async def test_what_a_socks_proxy_says_about_the_provider_is_told(provider):
    proxy = TinyProxy(port_of(provider.url))
    async with running(proxy.socks5) as address, through(f"socks5://{address}") as transport:
        with pytest.raises(httpx2.ProxyError) as error:
            await asked(transport, "http://refused.invalid/")
    assert failure_from(error.value, target="acme").message == (
        "could not connect to acme through its proxy: the proxy says that the connection was refused"
    )


@pytest.mark.parametrize(
    ("kind", "url"),
    [("http", NAMED.replace("http:", "https:")), ("socks5", NAMED), ("socks5", NAMED.replace("http:", "https:"))],
)
async def test_a_proxy_that_never_answers_is_bounded_by_the_connect_timeout(kind, url):
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass

    async with running(silent) as address, through(f"{kind}://{address}") as transport:
        with pytest.raises(httpx2.ConnectTimeout) as error:
            await asked(transport, url, Timeouts(connect=0.05))
    failure = failure_from(error.value, target="acme")
    assert (failure.kind, failure.message) == (
        Kind.CONNECT_TIMEOUT,
        "could not connect to acme through its proxy in time",
    )


@pytest.fixture
async def secure() -> AsyncIterator[int]:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(HEAD + b"content-length: 2\r\n\r\nok")
        writer.close()

    identity = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    identity.load_cert_chain(CERTIFICATE)
    async with await asyncio.start_server(greet, "127.0.0.1", 0, ssl=identity) as server:
        yield server.sockets[0].getsockname()[1]


TRUSTED = ssl.create_default_context(cafile=CERTIFICATE)


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_tls_goes_through_a_proxy_to_the_provider_and_is_verified(secure, kind):
    proxy = TinyProxy(secure, KEY)
    async with running(getattr(proxy, kind)) as address:
        async with through(f"{kind}://{IN_URL}{address}", tls=TRUSTED) as transport:
            assert await asked(transport, "https://localhost/") == b"ok"
            with pytest.raises(httpx2.ConnectError) as error:
                await asked(transport, "https://elsewhere.invalid/")
        assert "its TLS certificate is not trusted" in failure_from(error.value, target="acme").message
        async with through(f"{kind}://{IN_URL}{address}") as transport:
            with pytest.raises(httpx2.ConnectError):
                await asked(transport, "https://localhost/")


@pytest.mark.parametrize("kind", ["direct", "http", "socks5"])
@pytest.mark.parametrize("loops", ["asyncio", "uvloop"])
def test_a_tls_handshake_that_is_never_answered_has_its_own_bound_and_words(kind, loops):
    async def handshake() -> httpx2.ConnectTimeout:
        with socket.create_server(("127.0.0.1", 0)) as takes_connections:
            port = takes_connections.getsockname()[1]
            proxy = TinyProxy(port)
            async with running(getattr(proxy, "socks5" if kind == "direct" else kind)) as address:
                chosen = None if kind == "direct" else f"{kind}://{address}"
                async with through(chosen, timeouts=Timeouts(tls=0.05)) as transport:  # type: ignore[arg-type]
                    with pytest.raises(httpx2.ConnectTimeout) as error:
                        await asked(transport, f"https://localhost:{port}/", Timeouts(connect=60))
                    return error.value

    failure = failure_from(run(loops, handshake()), target="acme")
    assert (failure.kind, failure.message) == (
        Kind.CONNECT_TIMEOUT,
        "acme took the connection, but its TLS handshake took too long",
    )


def run(loops: str, work: object) -> httpx2.ConnectTimeout:
    if loops == "uvloop":
        uvloop = pytest.importorskip("uvloop")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)  # type: ignore[arg-type]
    with asyncio.Runner() as runner:
        return runner.run(work)  # type: ignore[arg-type]
