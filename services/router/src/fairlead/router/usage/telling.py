"""How usage is told: in the words of the endpoints, as JSON or CSV, and never a zero for what is not known."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fairlead.router.records import FREE, SUBSCRIPTION

from .asking import TIMES
from .queries import Row, Session
from .sums import MEASURES

_COUNTS = {
    "inputTokens": "input",
    "outputTokens": "output",
    "cacheReadTokens": "cache_read",
    "cacheWriteTokens": "cache_write",
    "reasoningTokens": "reasoning",
    "requests": "requests",
    "failedRequests": "failed",
    "unpricedRequests": "unpriced",
}
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_DIGITS = 8


def figures(row: Row) -> dict[str, Any]:
    """One row of sums. `cost` leaves out the `unpricedRequests`, and is null where no price is known at all."""
    known = row["priced"] or not row["unpriced"]
    return {name: int(row[measure]) for name, measure in _COUNTS.items()} | {
        "cost": _dollars(row["cost"]) if known else None,
        "coveredBySubscription": _dollars(row["covered"]),
        "averageFirstByteMs": _mean_ms(row["first_byte"], row["begun"]),
        "averageDurationMs": _mean_ms(row["duration"], row["requests"]),
    }


def totals(row: Row) -> dict[str, Any]:
    """The same, named as totals: `totalInputTokens`, …"""
    return {_total(name): value for name, value in figures(row).items()}


def savings(row: Row) -> dict[str, Any]:
    """What was paid, what all of it would have cost at the default target, and the difference: at list prices on both
    sides, over the requests whose price is known on both."""
    compared = row["compared"] or not (row["priced"] or row["unpriced"])
    saved = row["default_cost"] - row["compared_cost"]
    return {
        "requests": int(row["requests"]),
        "unpricedRequests": int(row["unpriced"]),
        "cost": figures(row)["cost"],
        "coveredBySubscription": _dollars(row["covered"]),
        "comparedRequests": int(row["compared"]),
        "comparedCost": _dollars(row["compared_cost"]) if compared else None,
        "costAtDefault": _dollars(row["default_cost"]) if compared else None,
        "saved": _dollars(saved) if compared else None,
        "savedShare": round(saved / row["default_cost"], 4) if row["default_cost"] else None,
    }


def mark(billing: str) -> dict[str, bool]:
    """How a model is paid, where it is not by use."""
    return {"subscription": billing == SUBSCRIPTION, "free": billing == FREE}


def labels(row: Row, by: Iterable[str]) -> dict[str, Any]:
    """What a row of a series is about; times as in ISO 8601."""
    told = {name: moment(row[name]) if name in TIMES else row[name] or None for name in by}
    return told | (mark(row["billing"]) if "billing" in told else {})


def added(rows: Sequence[Row]) -> Row:
    """The sums of several rows."""
    return {name: sum(row[name] for row in rows) for name in MEASURES}


def by_name(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    """Rows by one of their names."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def usage_told(models: Sequence[Row]) -> dict[str, Any]:
    """By provider and by model, and in all, of rows that each are about one model."""
    providers = {name: figures(added(rows)) for name, rows in by_name(models, "provider").items()}
    names: dict[tuple[str, str, str], list[Row]] = {}
    for row in models:
        names.setdefault((row["provider"], row["model"], row["billing"]), []).append(row)
    listed = [
        {"provider": provider or None, "model": model, "billing": billing, **mark(billing), **figures(added(rows))}
        for (provider, model, billing), rows in names.items()
    ]
    return {"providers": providers, "models": listed, **totals(added(models))}


def session_told(name: str, found: Sequence[Session]) -> dict[str, Any]:
    """One session, whichever client keys used it."""
    wholes = [one.whole for one in found]
    return {
        "sessionId": name,
        "project": next((one["project"] for one in wholes if one["project"]), None),
        "keys": [one["key"] for one in wholes if one["key"]],
        "firstRequestAt": moment(min(one["first"] for one in wholes)),
        "lastRequestAt": moment(max(one["last"] for one in wholes)),
        **usage_told([row for one in found for row in one.models]),
    }


def request_told(row: Row) -> dict[str, Any]:
    """One request."""
    return {**row, "at": moment(row["at"]), "stream": bool(row["stream"])}


def moment(seconds: float) -> str:
    """Unix seconds as in ISO 8601, of UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds" if seconds % 1 else "seconds")


def table(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """As CSV with a line of names, https://www.rfc-editor.org/rfc/rfc4180; what is not known is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written)
    if rows:
        names = [name for name, value in rows[0].items() if not isinstance(value, dict | list)]
        writer.writerow(names)
        writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return written.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> Any:
    """Texts that a spreadsheet would take for formulas are said to be none: clients name models and sessions."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def _total(name: str) -> str:
    return name if name.startswith("average") else f"total{name[0].upper()}{name[1:]}"


def _dollars(amount: float) -> float:
    return round(amount, _DIGITS)


def _mean_ms(seconds: float, count: float) -> float | None:
    return round(seconds / count * 1_000, 1) if count else None
