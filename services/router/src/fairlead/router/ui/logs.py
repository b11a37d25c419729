"""The page of the logs: the newest lines of a file of our own folder, those that are wanted of them, and new ones as
they come."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from msgspec import Struct

from fairlead.router.endpoints.logs import files, opened_log
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.runtime.asgi import whole_number

from .house import House
from .log_lines import RANKS, Found, Wanted, found
from .page import Answer, Html, Page, Visit
from .stream import Pace

LINES = 200
"""Of a page."""
MOST, MOST_LIVE = 8 * 1024 * 1024, 1024 * 1024
"""Bytes that are looked through for a page, and each time while one is followed."""
FIRST = "router.log"


class Asked(Struct, frozen=True):
    """What the form says. `before`: an offset to read on from, None for the end."""

    name: str
    wanted: Wanted
    before: int | None = None

    def query(self, **other: str) -> str:
        """As a form sends it, with other values for some fields."""
        fields = {
            "name": self.name,
            "level": self.wanted.level,
            "text": self.wanted.text,
            "request": self.wanted.request,
            **other,
        }
        return urlencode({name: value for name, value in fields.items() if value})


class Logs(Struct, frozen=True):
    """`names`: the files there are, the newest first; `folder` is None where nothing is kept; `levels` to choose of;
    `size` in bytes. Lines are None where the file is not there."""

    asked: Asked
    names: Sequence[str]
    folder: str | None
    found: Found | None
    size: int = 0
    levels: Sequence[str] = tuple(RANKS)

    @property
    def is_filtered(self) -> bool:
        """Whether lines may be missing."""
        return self.asked.wanted != Wanted()


def asked_of(visit: Visit, names: Sequence[str]) -> Asked:
    """Without a name, the router's own file. Raises `FailureError` (BAD_REQUEST)."""
    query = visit.query
    level, before = query.get("level", ""), query.get("before", "")
    if level and level not in RANKS:
        raise refuse(Kind.BAD_REQUEST, f"level: must be one of {', '.join(RANKS)}", param="level")
    offset = whole_number(before) if before else None
    if before and offset is None:
        raise refuse(Kind.BAD_REQUEST, "before: must be a whole number", param="before")
    name = query.get("name") or (FIRST if FIRST in names or not names else names[0])
    wanted = Wanted(level, query.get("text", "").strip(), query.get("request", "").strip())
    return Asked(name, wanted, offset)


async def show(house: House, visit: Visit) -> Answer:
    """`GET /ui/logs`."""
    return Html("logs.html", await house.aside.run(_looked, house.logs, visit, MOST))


async def live(house: House, visit: Visit) -> Answer:
    """The lines alone, as they are now."""
    return Html("logs_live.html", await house.aside.run(_looked, house.logs, visit, MOST_LIVE))


def _looked(folder: Path | None, visit: Visit, most: int) -> Logs:
    names = [str(one["name"]) for one in files(folder)]
    asked = asked_of(visit, names)
    told = str(folder) if folder is not None else None
    handle = opened_log(folder, asked.name)
    if handle is None:
        return Logs(asked, names, told, None)
    with os.fdopen(handle, "rb") as opened:
        size = opened.seek(0, os.SEEK_END)

        def read(start: int, end: int) -> bytes:
            opened.seek(start)
            return opened.read(end - start)

        end = size if asked.before is None else min(size, asked.before)
        return Logs(asked, names, told, found(read, end, asked.wanted, LINES, most), size)


PAGES = (
    # Nobody tells of lines that other processes write.
    Page("logs", show, name="Logs", live=live, pace=Pace(beat=1.0)),
    Page("logs/older", show, section="Logs"),
)
