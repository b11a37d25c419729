"""`/api/config`: what the configuration says, without its secrets, and how to change it; for whoever may."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx2
import msgspec
import pyjson5
from msgspec import Struct

from fairlead.router.reception import Caller, Reception
from fairlead.router.steering import Posted, Steering, told
from fairlead.shared.codec import encode
from fairlead.shared.config import ConfigError
from fairlead.shared.config.loading import MAX_FILE_BYTES
from fairlead.shared.config.positions import MAX_DEPTH
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure, FailureError, Kind, refuse
from fairlead.shared.queries import parameters
from fairlead.shared.runtime.asgi import NO_STORE, Receive, Scope, Send, read_body, respond_failure, respond_json

NO_FILE = "the router runs without a configuration file, so there is none to change; start it with --config FILE"

PATIENCE = 2.0
"""Seconds the normalizer may take to tell how it takes its file."""

Answer = dict[str, Any]
Work = Callable[[Steering, Caller, bytes], Awaitable[Answer]]


class Restore(Struct, frozen=True, forbid_unknown_fields=True):
    """Which backup to serve with."""

    backup: str


class ConfigEndpoint:
    """One operation of the configuration. Answers of all of them are JSON, and kept by nobody."""

    def __init__(self, dialect: Dialect, reception: Reception, steering: Steering | None, work: Work) -> None:
        self._dialect = dialect
        self._reception = reception
        self._steering = steering
        self._work = work

    def __repr__(self) -> str:
        return f"<ConfigEndpoint {self._work.__name__}>"

    async def __call__(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._reception.administer(caller)
            parameters(caller.query)
            body = await read_body(scope, receive, 2 * MAX_FILE_BYTES)
            if self._steering is None:
                raise refuse(Kind.CONFLICT, NO_FILE)
            answer = await self._work(self._steering, caller, body)
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id, [NO_STORE])
            return
        except ConfigError as error:
            await self._refused(error, caller, send)
            return
        etag = [(b"etag", answer["etag"].encode())] if answer.get("etag") else []
        await respond_json(send, 200, encode(answer), [*self._head(caller), *etag])

    async def _refused(self, error: ConfigError, caller: Caller, send: Send) -> None:
        """In the client's dialect, and line by line beside it."""
        failure = Failure(Kind.BAD_REQUEST, f"nothing is changed:\n{error}", should_retry=False)
        body = json.loads(self._dialect.encode_failure(failure, caller.request_id))
        await respond_json(send, 400, encode({**body, "problems": told(error.findings)}), self._head(caller))

    def _head(self, caller: Caller) -> list[tuple[bytes, bytes]]:
        return [NO_STORE, (self._dialect.request_id_header.encode(), caller.request_id.encode())]


class _Taken(Struct, frozen=True):
    """How the normalizer takes its file: as its `GET /api/config` tells."""

    file: str | None
    problems: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    after_restart: list[str]


class Neighbour:
    """The normalizer, which reads keys and logins that are none of our business. `headers` open it."""

    def __init__(self, client: httpx2.AsyncClient, base_url: str, headers: Mapping[str, str]) -> None:
        self._client = client
        self._url = f"{base_url}/api/config"
        self._headers = dict(headers)

    def __repr__(self) -> str:
        return f"<Neighbour {self._url}>"

    async def show(self, steering: Steering, _caller: Caller, _body: bytes) -> Answer:
        """`GET /api/config`: both services' view, each of its own file, which may be the same."""
        return {**steering.shown(), "normalizer": await self.taken()}

    async def taken(self) -> Answer:
        """How the normalizer takes its own file, or `unknown`: why nobody knows."""
        try:
            async with asyncio.timeout(PATIENCE):
                response = await self._client.get(self._url, headers=self._headers)
            response.raise_for_status()
            return msgspec.structs.asdict(msgspec.json.decode(response.content, type=_Taken))
        except (httpx2.HTTPError, msgspec.MsgspecError, TimeoutError) as error:
            return {"unknown": f"the normalizer does not tell ({type(error).__name__})"}


async def change(steering: Steering, caller: Caller, body: bytes) -> Answer:
    """`POST /api/config`."""
    changed = await steering.change(_posted(body), caller.headers.get("if-match"))
    return {**msgspec.structs.asdict(changed), **steering.shown()}


async def check(steering: Steering, _caller: Caller, body: bytes) -> Answer:
    """`POST /api/config/validate`."""
    return steering.check(_posted(body))


async def backups(steering: Steering, _caller: Caller, _body: bytes) -> Answer:
    """`GET /api/config/backup`."""
    return {"backups": [msgspec.structs.asdict(one) for one in steering.backups()]}


async def back_up(steering: Steering, _caller: Caller, _body: bytes) -> Answer:
    """`POST /api/config/backup`."""
    return {"backup": await steering.back_up()}


async def restore(steering: Steering, caller: Caller, body: bytes) -> Answer:
    """`POST /api/config/restore`."""
    try:
        wanted = msgspec.json.decode(body, type=Restore)
    except msgspec.MsgspecError as error:
        raise refuse(Kind.BAD_REQUEST, 'say which: {"backup": "config.….json"}', param="backup") from error
    changed = await steering.restore(wanted.backup, caller.headers.get("if-match"))
    return {**msgspec.structs.asdict(changed), **steering.shown()}


def _posted(body: bytes) -> Posted:
    """`{config: {…}}`, `{text: "…"}`, or the configuration itself, as claude-code-router's page sends it. Raises
    `FailureError` (BAD_REQUEST)."""
    try:
        value = pyjson5.decode(body.decode(), maxdepth=MAX_DEPTH)
    except (pyjson5.Json5DecoderException, UnicodeDecodeError) as error:
        raise refuse(Kind.BAD_REQUEST, "the body is not JSON") from error
    if isinstance(value, dict):
        if isinstance(value.get("text"), str) and len(value) == 1:
            return Posted(text=value["text"])
        if isinstance(value.get("config"), dict) and "text" not in value:
            return Posted(config=value["config"])
        # No configuration has such keys: it would take the place of all that is in the file.
        if not {"text", "config"} & value.keys():
            return Posted(config=value)
    raise refuse(Kind.BAD_REQUEST, 'the body must be one object: {config: {…}}, {text: "…"} or a configuration')
