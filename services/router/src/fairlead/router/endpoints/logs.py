"""`/api/logs`: the log files of our own folder, and each a page of lines at a time, the last first."""

import asyncio
import os
import re
import stat
from pathlib import Path
from typing import Any

from fairlead.router.reception import Caller, Reception
from fairlead.shared.codec import encode
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.queries import number, parameters
from fairlead.shared.runtime.asgi import Receive, Scope, Send, respond_told
from fairlead.shared.runtime.logging import mask

PAGE, MOST = 200, 2_000
"""Lines of a page: without a word, and at most."""
BLOCK = 1024 * 1024
"""Bytes of a page at most; a line that is longer is cut."""
LARGEST = 10**15 - 1
"""The largest offset that can be asked for."""

_NAME = re.compile(r"[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.log(?:\.\d+)?", re.ASCII)


class LogsEndpoint:
    """`folder` may be missing, and None where nothing is kept."""

    def __init__(self, dialect: Dialect, reception: Reception, folder: Path | None) -> None:
        self._dialect = dialect
        self._reception = reception
        self._folder = folder

    def __repr__(self) -> str:
        return f"<LogsEndpoint {self._folder}>"

    async def __call__(self, caller: Caller, _scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_told(send, self._answer(caller), self._dialect, caller.request_id)

    async def _answer(self, caller: Caller) -> bytes:
        self._reception.administer(caller)
        return encode(await asyncio.to_thread(self._told, caller.named.get("name"), caller.query))

    def _told(self, name: str | None, query: str) -> dict[str, Any]:
        given = parameters(query, () if name is None else ("limit", "before"))
        if name is None:
            return {"folder": str(self._folder) if self._folder else None, "files": files(self._folder)}
        handle = opened_log(self._folder, name)
        if handle is None:
            raise refuse(Kind.NOT_FOUND, f"there is no log file {name[:80]}; GET /api/logs lists those there are")
        limit, before = number(given, "limit", PAGE, most=MOST), number(given, "before", LARGEST, least=0, most=LARGEST)
        with os.fdopen(handle, "rb") as opened:
            end = opened.seek(0, os.SEEK_END)
            end = min(end, before)
            start = max(0, end - BLOCK)
            opened.seek(start)
            return {"name": name, **page(opened.read(end - start), start, limit)}


def files(folder: Path | None) -> list[dict[str, Any]]:
    """The log files of a folder, the newest first; times in Unix seconds."""
    if folder is None or not folder.is_dir():
        return []
    found = [(file.name, file.lstat()) for file in folder.iterdir() if _NAME.fullmatch(file.name)]
    plain = [(name, told) for name, told in found if stat.S_ISREG(told.st_mode)]
    plain.sort(key=lambda one: one[1].st_mtime, reverse=True)
    return [{"name": name, "bytes": told.st_size, "modified": told.st_mtime} for name, told in plain]


def page(block: bytes, start: int, limit: int) -> dict[str, Any]:
    """The last `limit` lines of `block`, which begins at the offset `start` of its file. `before`: the offset to ask
    for to see what comes before them, None at the beginning."""
    at = len(block)
    if block.endswith(b"\n"):
        at -= 1
    for _ in range(limit):
        at = block.rfind(b"\n", 0, at)
        if at < 0:
            break
    # Within a file, what comes before the first end of line may be half a line.
    first = at + 1 if at >= 0 or start == 0 else block.find(b"\n") + 1 or 0
    lines = [mask(line.decode(errors="replace")) for line in block[first:].splitlines()]
    return {"lines": lines, "before": start + first or None}


def opened_log(folder: Path | None, name: str) -> int | None:
    """A file's handle; None for what is none of our log files, whatever the name says or leads to."""
    if folder is None or not _NAME.fullmatch(name):
        return None
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    return handle
