"""Proxies small enough to read: HTTP (CONNECT and whole URLs) and SOCKS5, which lead everybody to one port."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class TinyProxy:
    """Leads to `port` here, whatever it is asked for, and remembers what that was. `key`: "user:password", wanted."""

    def __init__(self, port: int, key: str | None = None) -> None:
        self.asked: list[str] = []
        self._port = port
        self._key = key

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        if self._key and b"Proxy-Authorization: Basic " + base64.b64encode(self._key.encode()) not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 6\r\n\r\nsecret")
            return
        self.asked.append(f"{method} {target}")
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await self._lead(reader, writer)
        else:
            await self._lead(reader, writer, head)

    async def socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(2))[1])
        wanted = b"\x02" if self._key else b"\x00"
        writer.write(b"\x05" + (wanted if wanted in methods else b"\xff"))
        if wanted not in methods:
            return
        if self._key:
            user = await reader.readexactly((await reader.readexactly(2))[1])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = f"{user.decode()}:{password.decode()}" == self._key
            writer.write(b"\x01" + (b"\x00" if right else b"\x01"))
            if not right:
                return
        kind = (await reader.readexactly(4))[3]
        host = await reader.readexactly((await reader.readexactly(1))[0] if kind == 3 else 4)
        port = int.from_bytes(await reader.readexactly(2))
        self.asked.append(f"{host.decode() if kind == 3 else list(host)}:{port}")
        if host == b"refused.invalid":
            writer.write(b"\x05\x05\x00\x01" + bytes(6))
            return
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await self._lead(reader, writer)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes = b"") -> None:
        there, to_there = await asyncio.open_connection("127.0.0.1", self._port)
        to_there.write(first)
        try:
            await asyncio.gather(_copy(reader, to_there), _copy(there, writer))
        finally:
            to_there.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def running(speak: object) -> AsyncIterator[str]:
    """`host:port` of a proxy that speaks so; at the end nothing of it is left open."""
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await speak(reader, writer)  # type: ignore[operator]  # a method of TinyProxy
        writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.ensure_future(serve(reader, writer)))

    async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks)
