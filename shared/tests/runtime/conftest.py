"""A provider that is a list of byte strings on a real socket, and a dialect small enough to read at a glance."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Literal, TypeAlias

import msgspec
import pytest
import uvicorn
from uvicorn.server import ServerState

from fairlead.shared.conversation import Finish, FinishReason, Message, Request, Text, Usage
from fairlead.shared.dialect import Dialect, Encoded, ReplyContext
from fairlead.shared.events import Closed, Counted, Ended, Event, Failed, Finished, Opened, Started, TextDelta
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.loss import Loss
from fairlead.shared.profile import Profile
from fairlead.shared.runtime.attempt import Call
from fairlead.shared.runtime.http import AiohttpTransport
from fairlead.shared.runtime.http1_server import BoundedHttp
from fairlead.shared.sse import ServerEvent

Step: TypeAlias = bytes | Literal["reset", "hold", "next", "keep"]
"""Send these bytes; reset the connection; send no more and wait until the other side closes; wait for the test's `go`;
(last) leave the connection open for the next request."""


class Provider:
    """Plays one script a request, the last one again and again. Without "keep" the connection is closed at the end."""

    def __init__(self) -> None:
        self.scripts: list[list[Step]] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self.abandoned = asyncio.Event()
        self.go = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**26)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1/answer"

    def plays(self, *script: Step) -> None:
        self.scripts.append(list(script))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        self.requests.append(head + body)
        self.asked.set()
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        for step in script:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif step == "reset":
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            elif step == "hold":
                await _until_closed(reader)
                self.abandoned.set()
            elif step == "next":
                await self.go.wait()
                self.go.clear()
        return script[-1:] == ["keep"]


async def _until_closed(reader: asyncio.StreamReader) -> None:
    try:
        while await reader.read(65536):
            pass
    except ConnectionError:
        pass


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport()
    yield transport
    await transport.aclose()


@pytest.fixture
async def serving() -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Serves an ASGI app on a port, as the services do, but in the test's own loop."""
    async with AsyncExitStack() as running:
        loop = asyncio.get_running_loop()

        async def serve(app: Any, header_limit: int = 64 * 1024) -> int:
            config = uvicorn.Config(
                app,
                http=BoundedHttp,
                ws="none",
                lifespan="off",
                log_config=None,
                h11_max_incomplete_event_size=header_limit,
            )
            config.load()
            state = ServerState()
            server = await loop.create_server(lambda: BoundedHttp(config, state, {}, _loop=loop), "127.0.0.1", 0)
            running.callback(_abort, server, state)
            return server.sockets[0].getsockname()[1]

        yield serve


def _abort(server: asyncio.Server, state: ServerState) -> None:
    server.close()
    for connection in list(state.connections):
        connection._unset_keepalive_if_required()
        connection.transport.abort()


class _Said(msgspec.Struct):
    """The toy dialect's only shape, for answers and for stream events alike."""

    text: str | None = None
    usage: int | None = None
    done: bool = False
    error: str | None = None


class _ToyDecoder:
    def __init__(self) -> None:
        self._ended = False
        self._open = False

    def feed(self, event: ServerEvent) -> list[Event]:
        said = msgspec.json.decode(event.data, type=_Said)
        if said.error is not None:
            return [Failed(Failure(Kind.OVERLOADED, said.error))]
        events: list[Event] = [] if said.usage is None else [Counted(Usage(output=said.usage))]
        if said.text is not None:
            if not self._open:
                self._open = True
                events.append(Opened(0, Text("")))
            events.append(TextDelta(0, said.text))
        if said.done:
            self._ended = True
            events += [*([Closed(0)] if self._open else []), Finished(Finish(FinishReason.STOP)), Ended()]
        return events

    def close(self) -> list[Event]:
        return [] if self._ended else [Failed(Failure(Kind.CUT, "it ended too soon"))]


class _ToyEncoder:
    def __init__(self, voice: str) -> None:
        self.violations: dict[str, int] = {}
        self.losses: tuple[Loss, ...] = ()
        self._voice = voice

    def feed(self, events: Iterable[Event]) -> bytes:
        return b"".join(self._told(event) for event in events)

    def keepalive(self) -> bytes:
        return _sent({"text": ""})

    def _told(self, event: Event) -> bytes:
        match event:
            case TextDelta(_, text):
                return _sent({"text": f"{self._voice}{text}"})
            case Counted(usage):
                return _sent({"usage": usage.output})
            case Failed(failure):
                return _sent({"error": failure.message})
            case Ended():
                return _sent({"done": True})
            case Started():
                return _sent({})
            case _:
                return b""


def _sent(value: Any) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def _decode_response(body: bytes) -> Message:
    try:
        said = msgspec.json.decode(body, type=_Said)
    except msgspec.MsgspecError as error:
        raise FailureError(Failure(Kind.MALFORMED, "not an answer")) from error
    if said.error is not None:
        raise FailureError(Failure(Kind.RATE_LIMIT, said.error))
    if said.text is None:
        raise FailureError(Failure(Kind.MALFORMED, "not an answer"))
    finish = Finish(FinishReason.STOP)
    return Message("id", "model", (Text(said.text),), finish, Usage(output=said.usage or 0))


def toy(name: str, voice: str = "") -> Dialect:
    """A dialect of one field a message; `voice` is put before everything it says, to tell it from another."""

    def encode_response(message: Message, _context: ReplyContext) -> Encoded:
        texts = [voice + block.text for block in message.content if isinstance(block, Text)]
        return Encoded(msgspec.json.encode({"text": "".join(texts), "usage": message.usage.output}))

    def decode_failure(status: int, body: bytes) -> Failure:
        return Failure(Kind.UPSTREAM, body.decode(), status=status)

    def decode_request(fields: Mapping[str, msgspec.Raw]) -> Request:
        return Request(msgspec.json.decode(fields["model"], type=str), ())

    def encode_request(request: Request, _profile: Profile) -> Encoded:
        return Encoded(msgspec.json.encode({"model": request.model}))

    return Dialect(
        name=name,
        decode_request=decode_request,
        encode_request=encode_request,
        decode_response=_decode_response,
        encode_response=encode_response,
        stream_decoder=_ToyDecoder,
        stream_watcher=_ToyDecoder,
        stream_encoder=lambda _context: _ToyEncoder(voice),
        decode_failure=decode_failure,
        encode_failure=lambda failure, request_id: msgspec.json.encode(
            {"error": failure.message, "request_id": request_id}
        ),
        failure_status=lambda failure: failure.http_status,
        failure_event=lambda failure, _request_id, _passed=None: _sent({"error": failure.message}),
        ping=b": still here\n\n",
        request_id_header="x-toy-id",
    )


@pytest.fixture
def dialect() -> Dialect:
    return toy("toy")


@pytest.fixture
def call(provider: Provider, dialect: Dialect) -> Callable[..., Call]:
    """A call of the provider; keywords change it. Dialects are given by name, "toy" is what everybody speaks."""

    def make(**changes: Any) -> Call:
        spoken = {"toy": dialect, "loud": toy("loud", "LOUD ")}
        for role in ("source", "target"):
            changes[role] = spoken[changes.get(role, "toy")]
        given = {
            "name": "acme",
            "url": provider.url,
            "headers": [(b"authorization", b"Bearer hidden")],
            "body": b'{"model":"m"}',
            "stream": False,
            "context": ReplyContext("id", 0, "model"),
            "request_id": "req_1",
        }
        return Call(**{**given, **changes})

    return make
