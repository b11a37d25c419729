"""The first page: what was asked today, what it came to and what it saved, and what is wrong."""

from collections.abc import Sequence

from msgspec import Struct

from fairlead.router.decisions import KEPT
from fairlead.router.usage import queries, telling
from fairlead.router.usage.alerts import Alert
from fairlead.router.usage.asking import Asked
from fairlead.router.usage.database import Cursor
from fairlead.router.usage.sums import DAY, HOUR
from fairlead.shared.codec import encode

from .house import House
from .lines import Line, failures
from .page import Answer, Html, Page, Visit
from .reading import ask
from .unread import Unread

HOURS = 24
SERIES = 7
"""Models that have a colour of their own in the chart."""
MODELS = 12
FAILURES = 6


class Kind(Struct, frozen=True):
    """Tokens of one kind, and which part of all they are."""

    name: str
    tokens: int
    share: float


class Totals(Struct, frozen=True):
    """Amounts in US dollars, None where nothing is known. `covered` is the list price of what a subscription paid."""

    requests: int
    failed: int
    kinds: tuple[Kind, ...]
    reasoning: int
    cost: float | None
    covered: float
    unpriced: int
    saved: float | None
    saved_share: float | None
    at_default: float | None

    @property
    def tokens(self) -> int:
        """Of all kinds."""
        return sum(kind.tokens for kind in self.kinds)


class Model(Struct, frozen=True):
    """One model at one provider today. `billing` where it is not by use; times in seconds."""

    provider: str
    model: str
    billing: str | None
    requests: int
    failed: int
    tokens: int
    cost: float | None
    first_byte: float | None


class Series(Struct, frozen=True):
    """Requests of one model in each hour."""

    name: str
    values: tuple[int, ...]

    @property
    def total(self) -> int:
        """In all hours."""
        return sum(self.values)


class Chart(Struct, frozen=True):
    """Requests by hour (the beginning of each in Unix seconds) and model, those of most requests first."""

    hours: tuple[int, ...] = ()
    series: tuple[Series, ...] = ()

    @property
    def json(self) -> str:
        """For the script that draws it."""
        return encode(self).decode()


class Overview(Struct, frozen=True):
    """`totals` are of one day of UTC, None where they are not known, and `problem` says why. `chart` has the `asked`
    requests of the last hours. `more`: models that have no line here."""

    totals: Totals | None
    problem: str | None
    chart: Chart
    asked: int
    models: tuple[Model, ...]
    more: int
    alerts: tuple[Alert, ...]
    failures: tuple[Line, ...]


class Sums(Struct, frozen=True):
    """What the page is made of: sums of today by model, and of the last hours by hour and model."""

    today: Sequence[queries.Row]
    hours: Sequence[queries.Row]


def overview(sums: Sums | Unread, now: float, alerts: Sequence[Alert] = (), failed: Sequence[Line] = ()) -> Overview:
    """`now` in Unix seconds."""
    if isinstance(sums, Unread):
        return Overview(None, sums.why, Chart(), 0, (), 0, tuple(alerts), tuple(failed))
    models = sorted(map(_model, sums.today), key=lambda one: -one.requests)
    return Overview(
        totals=totals(sums.today),
        problem=None,
        chart=chart(sums.hours, now),
        asked=sum(row["requests"] for row in sums.hours),
        models=tuple(models[:MODELS]),
        more=max(0, len(models) - MODELS),
        alerts=tuple(alerts),
        failures=tuple(failed),
    )


def totals(rows: Sequence[queries.Row]) -> Totals:
    """Of all rows together."""
    row = telling.added(rows)
    told = telling.savings(row)
    named = {
        "input": "input",
        "cache_read": "read from a cache",
        "cache_write": "written to a cache",
        "output": "output",
    }
    every = sum(row[name] for name in named)
    return Totals(
        requests=int(row["requests"]),
        failed=int(row["failed"]),
        kinds=tuple(Kind(told, int(row[name]), row[name] / every if every else 0.0) for name, told in named.items()),
        reasoning=int(row["reasoning"]),
        cost=told["cost"],
        covered=told["coveredBySubscription"],
        unpriced=told["unpricedRequests"],
        saved=told["saved"],
        saved_share=told["savedShare"],
        at_default=told["costAtDefault"],
    )


def chart(rows: Sequence[queries.Row], now: float) -> Chart:
    """Of sums by hour and model, up to `now` in Unix seconds."""
    last = int(now // HOUR) * HOUR
    hours = tuple(last - HOUR * back for back in range(HOURS - 1, -1, -1))
    place = {start: number for number, start in enumerate(hours)}
    found: dict[str, list[int]] = {}
    for row in rows:
        if row["hour"] in place:
            values = found.setdefault(row["model"] or "unknown", [0] * HOURS)
            values[place[row["hour"]]] += int(row["requests"])
    series = sorted([Series(name, tuple(values)) for name, values in found.items()], key=lambda one: -one.total)
    if len(series) > SERIES:
        others = zip(*[one.values for one in series[SERIES:]], strict=True)
        series[SERIES:] = [Series(f"{len(series) - SERIES} others", tuple(map(sum, others)))]
    return Chart(hours, tuple(series))


def _model(row: queries.Row) -> Model:
    told = telling.figures(row)
    first = told["averageFirstByteMs"]
    return Model(
        provider=row["provider"],
        model=row["model"],
        billing=row["billing"] if row["billing"] != "metered" else None,
        requests=told["requests"],
        failed=told["failedRequests"],
        tokens=int(row["input"] + row["cache_read"] + row["cache_write"] + row["output"]),
        cost=told["cost"],
        first_byte=first / 1_000 if first is not None else None,
    )


async def show(house: House, _visit: Visit) -> Answer:
    """`GET /ui/`."""
    return Html("overview.html", await _looked(house))


async def live(house: House, _visit: Visit) -> Answer:
    """What of it changes."""
    return Html("overview_live.html", await _looked(house))


async def _looked(house: House) -> Overview:
    now = house.now()

    def sums(cursor: Cursor) -> Sums:
        today = Asked(start=now // DAY * DAY, by=("provider", "model", "billing"))
        hours = Asked(start=now - (HOURS - 1) * HOUR, by=("hour", "model"))
        return Sums(queries.series(cursor, today), queries.series(cursor, hours))

    alerts = list(house.herald.watch.active.values())
    failed = failures(house.decisions.newest(KEPT), FAILURES)
    return overview(await ask(house, sums), now, alerts, failed)


PAGES = (Page("", show, name="Overview", live=live),)
