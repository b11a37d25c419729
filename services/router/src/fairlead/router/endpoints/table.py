"""The table of everything the router serves: by the end of the path, whatever a base URL or a proxy put before it."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from msgspec import Struct

from fairlead.router.reception import Reception
from fairlead.shared.dialect import Dialect
from fairlead.shared.runtime.asgi import Receive, Scope, Send, no_such_method, no_such_path, respond_failure

from .status import Endpoint


class Row(Struct, frozen=True):
    """One operation. `pattern` matches it at the end of a path, or is "" for the root alone, and that of a preset;
    `dialect` is the one its clients read errors in. Without endpoints it is one that clients know and nobody serves."""

    pattern: str
    endpoints: Mapping[str, Endpoint]
    dialect: Dialect


_OF_PRESET = re.compile(r"(?:/(?!v1)[^/]*)*?/preset/(?P<name>[^/]+)(?P<rest>/.*)?")


def split(path: str) -> tuple[str, str | None]:
    """What of a path is asked, and below which preset's: `/preset/<name>`, whatever stands before it."""
    if "/preset/" not in path:
        return path, None
    found = _OF_PRESET.fullmatch(path)
    return (found["rest"] or "/", found["name"]) if found else (path, None)


class Table:
    """Finds the row for a request and lets its endpoint answer; what no row serves is refused in `dialect`."""

    def __init__(self, rows: Iterable[Row], reception: Reception, dialect: Dialect) -> None:
        self.rows = tuple(rows)
        self._rows = [(re.compile(rf"{'.*?' if row.pattern else ''}({row.pattern})/*\Z"), row) for row in self.rows]
        self._reception = reception
        self._dialect = dialect

    def row_of(self, path: str) -> Row | None:
        """The one that serves a path."""
        path, _ = split(path)
        return next((row for pattern, row in self._rows if pattern.match(path)), None)

    def serves(self, method: str, path: str) -> bool:
        """Whether there is an endpoint for it."""
        row = self.row_of(path)
        return row is not None and method in row.endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        path, preset = split(unquote(str(scope["raw_path"], "latin-1")))
        method = scope["method"]
        for pattern, row in self._rows:
            if found := pattern.match(path):
                endpoint = row.endpoints.get(method)
                if endpoint is not None:
                    # No name for the caller here: an endpoint may let go of it while its answer flows.
                    meet = self._reception.meet
                    await endpoint(meet(scope, found[1], found.groupdict(), preset), scope, receive, send)
                    return
                caller = self._reception.meet(scope, found[1], found.groupdict())
                if not row.endpoints:
                    await respond_failure(send, no_such_path(method, path), row.dialect, caller.request_id)
                    return
                allow = ", ".join(row.endpoints)
                failure = no_such_method(method, found[1] or "/", row.endpoints)
                headers = [(b"allow", allow.encode())]
                await respond_failure(send, failure, row.dialect, caller.request_id, headers)
                return
        caller = self._reception.meet(scope, path)
        await respond_failure(send, no_such_path(method, path), self._dialect, caller.request_id)
