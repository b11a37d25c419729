"""What is added up of records: by hour, by day, and by session, so that no question has to read every request."""

from collections.abc import Callable, Iterable, Mapping
from operator import add
from typing import TypeAlias

from msgspec import Struct

from fairlead.router.records import SUBSCRIPTION, Record

HOUR, DAY = 3_600, 86_400
Value: TypeAlias = int | str

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
_BY_NAME = {rollup.name: rollup for rollup in ROLLUPS}
_COARSER = {HOUR_MODELS.name: (HOURS, HOUR), DAYS.name: (HOURS, DAY), SESSIONS.name: (SESSION_MODELS, 1)}
"""What is added up from another rollup, and the seconds that one row of it is about."""

_MEASURES = tuple(MEASURES.values())

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
        sums = Sums(record.at, record.at, record.project or "", [float(measure(record)) for measure in _MEASURES])
        start = int(record.at // HOUR * HOUR)
        _add(gains[HOURS.name], (start, *[getattr(record, name) or "" for name in _WHERE]), sums)
        if record.session is not None:
            _add(gains[SESSION_MODELS.name], tuple([getattr(record, name) or "" for name in SESSION_MODELS.keys]), sums)
    for coarse, (fine, seconds) in _COARSER.items():
        for key, sums in gains[fine.name].items():
            _add(gains[coarse], _coarser(key, fine.keys, _BY_NAME[coarse].keys, seconds), sums)
    return gains


def _add(rows: dict[Key, Sums], key: Key, gain: Sums) -> None:
    row = rows.get(key)
    if row is None:
        rows[key] = Sums(gain.first, gain.last, gain.project, gain.values)
        return
    row.first, row.last = min(row.first, gain.first), max(row.last, gain.last)
    row.project = gain.project or row.project
    row.values = list(map(add, row.values, gain.values))


def _coarser(key: Key, fine: tuple[str, ...], coarse: tuple[str, ...], seconds: int) -> Key:
    """`seconds`: what a start becomes a multiple of."""
    named = dict(zip(fine, key, strict=True))
    if "start" in coarse:
        named["start"] = int(key[0]) // seconds * seconds
    return tuple([named[name] for name in coarse])


def _used(record: Record) -> int:
    return record.input + record.cache_read + record.cache_write + record.output


def _both_known(record: Record) -> bool:
    return record.cost is not None and record.default_cost is not None
