"""What a query asks of the usage: of when, by what, of whom, and in which form."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from fairlead.shared.queries import bad, number, parameters
from fairlead.shared.runtime.asgi import whole_number

from .sums import DAY, DAYS, HOUR, HOUR_MODELS, HOURS, Rollup

TIMES = {"hour": HOUR, "day": DAY}
THINGS = ("provider", "model", "billing", "scenario", "project", "key")
BY = (*TIMES, *THINGS)
PAGE, MOST = 100, 1_000
FORMATS = ("json", "csv")
LAST = 253_402_214_400
"""Unix seconds of the last day whose year has four digits."""
NEXT = r"(?P<at>[0-9]{1,15}(\.[0-9]{1,15})?)(_(?P<id>[0-9]{1,15}))?"
"""Where a page ended: the time of its last row, and its number where rows have one."""

_WINDOW = ("from", "to", "format")
SUMS = (*_WINDOW, "by", *THINGS)
SESSIONS = (*_WINDOW, "key", "limit", "before")
REQUESTS = (*_WINDOW, *THINGS, "limit", "before")
"""The parameters of each kind of view."""


class Asked(Struct, frozen=True):
    """`start` (included) and `end` (not) in Unix seconds, None for no limit. `by`: names of `BY`, each once. `where`:
    by name of `THINGS`, what it must be. `before`: seconds and number where the page before ended."""

    start: float | None = None
    end: float | None = None
    by: tuple[str, ...] = ()
    where: Mapping[str, str] = {}
    csv: bool = False
    limit: int = PAGE
    before: tuple[float, int] | None = None

    @property
    def rollup(self) -> Rollup:
        """The coarsest sums that can tell."""
        bounds = [one for one in (self.start, self.end) if one is not None]
        if "hour" not in self.by and not any(one % DAY for one in bounds):
            return DAYS
        things = {*self.by, *self.where} - TIMES.keys()
        return HOUR_MODELS if things <= set(HOUR_MODELS.keys) else HOURS

    @property
    def window(self) -> tuple[int | None, int | None]:
        """`start` and `end` of whole hours: sums know no finer."""
        start = None if self.start is None else int(self.start // HOUR) * HOUR
        end = None if self.end is None else -int(-self.end // HOUR) * HOUR
        return start, end


def asked(query: str, takes: tuple[str, ...]) -> Asked:
    """What a query with parameters of the names `takes` asks. Raises `FailureError` (BAD_REQUEST) that names the
    parameter."""
    given = parameters(query, takes)
    form = given.get("format", "json")
    if form not in FORMATS:
        raise bad("format", f"must be one of {', '.join(FORMATS)}", form)
    return Asked(
        start=_moment("from", given.get("from")),
        end=_moment("to", given.get("to")),
        by=_by(given["by"]) if "by" in given else (),
        where={name: given[name] for name in THINGS if name in given},
        csv=form == "csv",
        limit=number(given, "limit", PAGE, most=MOST),
        before=_page(given.get("before")),
    )


def _by(text: str) -> tuple[str, ...]:
    names = tuple([name.strip() for name in text.split(",")])
    if len(set(names)) < len(names):
        raise bad("by", "may name each thing once only", text)
    for name in names:
        if name not in BY:
            raise bad("by", f"must be one or more of {', '.join(BY)}", name)
    return names


def _moment(name: str, text: str | None) -> float | None:
    """Unix seconds, or a date or time as in ISO 8601; without a zone it is UTC."""
    if text is None:
        return None
    seconds: float | None = whole_number(text)
    if seconds is None:
        try:
            # A plus sign that nobody escaped has become a space.
            moment = datetime.fromisoformat(text.replace(" ", "+"))
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            what = "must be Unix seconds, or a date or time such as 2027-01-31 or 2027-01-31T18:00:00Z"
            raise bad(name, what, text) from None
    return float(min(max(seconds, 0), LAST))


def _page(text: str | None) -> tuple[float, int] | None:
    if text is None:
        return None
    found = re.fullmatch(NEXT, text)
    if found is None:
        raise bad("before", "must be what the page before gave as next", text)
    return float(found["at"]), int(found["id"] or 0)
