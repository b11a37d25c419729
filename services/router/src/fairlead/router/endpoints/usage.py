"""`/api/usage`, its sessions and single requests, and `/api/costs`: what was used, by whom, and what it came to."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct, structs

from fairlead.router.reception import Caller, Reception
from fairlead.router.usage import queries, telling
from fairlead.router.usage.asking import Asked, asked
from fairlead.router.usage.database import Cursor, UsageError
from fairlead.router.usage.keeper import Keeper
from fairlead.shared.codec import encode
from fairlead.shared.config.schema import ClientKey
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import FailureError, Kind, refuse
from fairlead.shared.queries import parameters
from fairlead.shared.runtime.asgi import (
    NO_STORE,
    Receive,
    Scope,
    Send,
    respond,
    respond_failure,
    respond_json,
    respond_told,
)

T = TypeVar("T")


class Answer(Struct, frozen=True):
    """What is told: whole as JSON, or its `rows` as CSV."""

    whole: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]


Tell: TypeAlias = Callable[[Cursor, Asked], Answer]


class UsageEndpoint:
    """One view of the usage, which `takes` parameters of those names. A client key that has limits sees its own
    alone."""

    def __init__(
        self, dialect: Dialect, reception: Reception, keeper: Keeper, tell: Tell, takes: tuple[str, ...]
    ) -> None:
        self._dialect = dialect
        self._reception = reception
        self._keeper = keeper
        self._tell = tell
        self._takes = takes

    def __repr__(self) -> str:
        return f"<UsageEndpoint {self._tell.__name__}>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            key = self._reception.own(caller)
            wanted = _own(asked(caller.query, self._takes), key)
            answer = await _asked(self._keeper.ask, lambda cursor: self._tell(cursor, wanted))
        except FailureError as error:
            await respond_failure(send, error.failure, self._dialect, caller.request_id, [NO_STORE])
            return
        head = [NO_STORE, (self._dialect.request_id_header.encode(), caller.request_id.encode())]
        if wanted.csv:
            table = await asyncio.to_thread(telling.table, answer.rows)
            await respond(send, 200, [(b"content-type", b"text/csv; charset=utf-8"), *head], table)
        else:
            await respond_json(send, 200, encode(answer.whole), head)


class SessionEndpoint:
    """One session: what it used, and the order to forget that."""

    def __init__(self, dialect: Dialect, reception: Reception, keeper: Keeper) -> None:
        self._dialect = dialect
        self._reception = reception
        self._keeper = keeper

    def __repr__(self) -> str:
        return f"<SessionEndpoint {self._keeper!r}>"

    async def tell(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        """GET."""
        await respond_told(send, self._told(caller), self._dialect, caller.request_id)

    async def forget(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        """DELETE."""
        await respond_told(send, self._forgotten(caller), self._dialect, caller.request_id)

    async def _told(self, caller: Caller) -> bytes:
        own = _own(Asked(), self._reception.own(caller)).where.get("key")
        parameters(caller.query)
        name = caller.named["id"] or ""
        found = await _asked(self._keeper.ask, lambda cursor: queries.session(cursor, name, own))
        if not found:
            raise _unknown(name)
        return encode(telling.session_told(name, found))

    async def _forgotten(self, caller: Caller) -> bytes:
        self._reception.administer(caller)
        parameters(caller.query)
        name = caller.named["id"] or ""
        if not await _asked(self._keeper.change, lambda cursor: queries.forget(cursor, name)):
            raise _unknown(name)
        return encode({"success": True, "sessionId": name})


def usage(cursor: Cursor, wanted: Asked) -> Answer:
    """In all, by provider and by model; or a series by whatever is asked."""
    if not wanted.by:
        models = queries.series(cursor, structs.replace(wanted, by=("provider", "model", "billing")))
        whole = {**_window(wanted), **telling.usage_told(models)}
        return Answer(whole, whole["models"])
    rows = [
        {**telling.labels(row, wanted.by), **telling.figures(row), **_saved(row)}
        for row in queries.series(cursor, wanted)
    ]
    return Answer({**_window(wanted), "by": wanted.by, "series": rows, "truncated": len(rows) >= queries.ROWS}, rows)


def costs(cursor: Cursor, wanted: Asked) -> Answer:
    """What was paid and saved: in all, and by model or by whatever is asked."""
    by = wanted.by or ("provider", "model", "billing")
    found = queries.series(cursor, structs.replace(wanted, by=by))
    rows = [{**telling.labels(row, by), **telling.savings(row)} for row in found]
    whole = {**_window(wanted), **telling.savings(telling.added(found)), "by": by, "series": rows}
    return Answer(whole, rows)


def sessions(cursor: Cursor, wanted: Asked) -> Answer:
    """The newest first."""
    found = queries.sessions(cursor, wanted)
    rows = [telling.session_told(one.whole["session"], [one]) for one in found]
    more = str(found[-1].whole["last"]) if len(found) == wanted.limit else None
    return Answer({"sessions": rows, "next": more}, rows)


def requests(cursor: Cursor, wanted: Asked) -> Answer:
    """The newest first."""
    found = queries.requests(cursor, wanted)
    rows = [telling.request_told(row) for row in found]
    more = f"{found[-1]['at']}_{found[-1]['id']}" if len(found) == wanted.limit else None
    return Answer({"requests": rows, "next": more}, rows)


async def _asked(how: Callable[[Callable[[Cursor], T]], T], question: Callable[[Cursor], T]) -> T:
    """Off the event loop. Raises `FailureError` (INTERNAL) where there is no telling now."""
    try:
        return await asyncio.to_thread(how, question)
    except UsageError as error:
        raise refuse(Kind.INTERNAL, f"the usage cannot be read now: {error}") from error


def _own(wanted: Asked, key: ClientKey | None) -> Asked:
    if key is None or key.is_unlimited:
        return wanted
    return structs.replace(wanted, where={**wanted.where, "key": key.name})


def _window(wanted: Asked) -> dict[str, Any]:
    """What was looked at, which are whole hours."""
    start, end = wanted.window
    return {
        "from": None if start is None else telling.moment(start),
        "to": None if end is None else telling.moment(end),
    }


def _saved(row: queries.Row) -> dict[str, Any]:
    told = telling.savings(row)
    return {name: told[name] for name in ("costAtDefault", "saved")}


def _unknown(name: str) -> FailureError:
    return refuse(Kind.NOT_FOUND, f"nothing is known of a session {name[:100]}", param="id")
