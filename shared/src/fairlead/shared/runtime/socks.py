"""A connection pool whose every connection goes through a SOCKS5 proxy, which also looks the hosts' names up.

https://www.rfc-editor.org/rfc/rfc1928. `socks5://` and `socks5h://` mean the same here: a name that is looked up on
this side tells somebody else where one is going.
"""

import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
from python_socks.async_.asyncio import Proxy
from yarl import URL

from fairlead.shared.runtime.aiohttp_pool import Bounds, Connected, Pool, ProxyRefusedError

_PORT = 1080


class SocksPool(Pool):
    """`proxy`: its URL, with a user and password where it wants them."""

    def __init__(self, proxy: URL, bounds: Bounds) -> None:
        super().__init__(bounds, _AtTheProxy())
        self._proxy = proxy

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: Any, req: aiohttp.ClientRequest, **kwargs: Any
    ) -> Connected:
        host, port = addr_infos[0][4][:2]
        sock = await self._through(host, port, req)
        try:
            return await self._wrap_existing_connection(*args, req=req, sock=sock, **kwargs)
        except BaseException:
            sock.close()
            raise

    async def _through(self, host: str, port: int, req: aiohttp.ClientRequest) -> socket.socket:
        """A socket at whose other end stands `host`. How long that may take is the caller's to say."""
        url = self._proxy
        assert url.host is not None
        proxy = Proxy(ProxyType.SOCKS5, url.host, url.port or _PORT, url.user, url.password, rdns=True)
        try:
            connected: socket.socket = await proxy.connect(host, port)
        except ProxyTimeoutError as error:
            raise TimeoutError from error
        except ProxyConnectionError as error:
            reached = error.__cause__ if isinstance(error.__cause__, OSError) else error
            raise aiohttp.ClientProxyConnectionError(req.connection_key, reached) from error
        except (ProxyError, UnicodeEncodeError) as error:
            raise ProxyRefusedError(req.connection_key, OSError(), _reason(error)) from error
        return connected


def _reason(error: ProxyError | UnicodeEncodeError) -> str:
    """In the words of the RFC, which name no host; others may."""
    return _REPLIES.get(getattr(error, "error_code", None) or 0, "the proxy refused, or wants other credentials")


_REPLIES = {
    2: "the proxy does not allow the connection",
    3: "the proxy says that the network is unreachable",
    4: "the proxy says that the host is unreachable",
    5: "the proxy says that the connection was refused",
    6: "the proxy says that the host is too far away",
}


class _AtTheProxy(AbstractResolver):
    """Leaves names as they are."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=host, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""
