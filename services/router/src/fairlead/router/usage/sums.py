"""What is added up of records: by hour, by day, and by session, so that no question has to read every request."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from fairlead.router.records import SUBSCRIPTION, Record

HOUR, DAY = 3_600, 86_400
Value: TypeAlias = float | str | None

MEASURES: Mapping[str, Callable[[Record], float]] = {
    "requests": lambda _: 1,
    "failed": lambda one: one.failure is not None,
    "input": lambda one: one.input,
    "cache_read": lambda one: one.cache_read,
    "cache_write": lambda one: one.cache_write,
    "output": lambda one: one.output,
    "reasoning": lambda one: one.reasoning,
    "priced": lambda one: one.cost is not None,
    "unpriced": lambda one: one.cost is None and _used(one) > 0,
    "cost": lambda one: 0.0 if one.cost is None or one.billing == SUBSCRIPTION else one.cost,
    "covered": lambda one: one.cost if one.cost is not None and one.billing == SUBSCRIPTION else 0.0,
    "compared": lambda one: _both_known(one),
    "compared_cost": lambda one: one.cost or 0.0 if _both_known(one) else 0.0,
    "default_cost": lambda one: one.default_cost or 0.0 if _both_known(one) else 0.0,
    "begun": lambda one: one.first_byte is not None,
    "first_byte": lambda one: one.first_byte or 0.0,
    "duration": lambda one: one.duration,
}
"""What is summed. `priced` and `unpriced` count requests whose price is known and is not; `cost` is what is paid by
use, `covered` the list price of what a subscription paid. `compared_cost` and `default_cost` are sums over the
`compared` requests, whose price is known both where they went and at the default target."""

AMOUNTS = frozenset({"cost", "covered", "compared_cost", "default_cost", "first_byte", "duration"})
"""Those that are no whole numbers."""


class Rollup(Struct, frozen=True):
    """One table of sums: a row for each combination of `keys`. `spans`: it also has the time of the first and of the
    last request, and the project of that one."""

    name: str
    keys: tuple[str, ...]
    spans: bool = False


_WHERE = ("provider", "model", "billing", "scenario", "project", "key")
HOURS = Rollup("hours", ("start", *_WHERE))
HOUR_MODELS = Rollup("hour_models", ("start", "provider", "model", "billing"))
DAYS = Rollup("days", ("start", *_WHERE))
SESSIONS = Rollup("sessions", ("session", "key"), spans=True)
SESSION_MODELS = Rollup("session_models", ("session", "key", "provider", "model", "billing"), spans=True)
ROLLUPS = (HOURS, HOUR_MODELS, DAYS, SESSIONS, SESSION_MODELS)
_STARTS = {HOURS.name: HOUR, HOUR_MODELS.name: HOUR, DAYS.name: DAY}

Key: TypeAlias = tuple[Value, ...]


class Sums(Struct):
    """What one row of a rollup gains. `values` are in the order of `MEASURES`."""

    first: float
    last: float
    project: str
    values: list[float]


def added_up(records: Iterable[Record]) -> dict[str, dict[Key, Sums]]:
    """What each rollup gains by `records`, by its name and the row's keys."""
    gains: dict[str, dict[Key, Sums]] = {rollup.name: {} for rollup in ROLLUPS}
    for record in records:
        measured = [float(measure(record)) for measure in MEASURES.values()]
        for rollup in ROLLUPS:
            if rollup.spans and record.session is None:
                continue
            _add(gains[rollup.name], _key(rollup, record), record, measured)
    return gains


def _add(rows: dict[Key, Sums], key: Key, record: Record, measured: list[float]) -> None:
    row = rows.get(key)
    if row is None:
        rows[key] = Sums(record.at, record.at, record.project or "", list(measured))
        return
    row.first, row.last = min(row.first, record.at), max(row.last, record.at)
    row.project = record.project or row.project
    for place, value in enumerate(measured):
        row.values[place] += value


def _key(rollup: Rollup, record: Record) -> Key:
    return tuple(
        [
            int(record.at) // _STARTS[rollup.name] * _STARTS[rollup.name]
            if name == "start"
            else getattr(record, name) or ""
            for name in rollup.keys
        ]
    )


def _used(record: Record) -> int:
    return record.input + record.cache_read + record.cache_write + record.output


def _both_known(record: Record) -> bool:
    return record.cost is not None and record.default_cost is not None
