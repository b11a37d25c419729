"""Reads `budgets`: how much may be spent, by whom, and what happens as it runs out."""

from collections.abc import Collection

from .conditions import folder_of
from .routes import RouteReader
from .schema import PERIODS, Budget, Share, Sum
from .sections import Entry, Reader, Section

BUDGET = Section(
    "budgets[]",
    ("name", "usd", "period", "key", "project", "warn_at", "slide_at", "ladder", "refuse"),
    {"limit": "usd"},
)


def read_budgets(reader: Reader, routes: RouteReader, entry: Entry | None, keys: Collection[str]) -> tuple[Budget, ...]:
    """All of them; `keys` are the names of the client keys there are."""
    read = [_budget(reader, routes, item, keys) for item in reader.objects(entry)]
    return tuple(budget for budget in read if budget is not None)


def _budget(reader: Reader, routes: RouteReader, entry: Entry, keys: Collection[str]) -> Budget | None:
    entries = reader.members(BUDGET, entry)
    usd = reader.get(entries, "usd", Sum, None)
    if "usd" not in entries:
        reader.problem((*entry.path, "usd"), "missing; give the US dollars that may be spent in a period")
    period = reader.text(entries, "period") or "month"
    if period not in PERIODS:
        reader.problem(entries["period"].path, f"must be one of {', '.join(PERIODS)}")
    key = reader.text(entries, "key")
    if key is not None and key not in keys:
        reader.problem(entries["key"].path, f"there is no client key of the name {key}")
    project = reader.text(entries, "project")
    ladder = routes.targets(entries["ladder"]) if "ladder" in entries else ()
    slide_at = reader.get(entries, "slide_at", Share, None)
    if ladder and slide_at is None:
        reader.warn(entries["ladder"].path, "has no effect without slide_at, the share from which it is used")
    if usd is None:
        return None
    return Budget(
        name=reader.text(entries, "name") or _name(period, key, project),
        usd=usd,
        period=period,
        key=key,
        project=folder_of(reader.in_home(project)) if project else None,
        warn_at=reader.get(entries, "warn_at", Share, 0.75),
        slide_at=slide_at,
        ladder=ladder,
        refuse=reader.get(entries, "refuse", bool, True),
    )


def _name(period: str, key: str | None, project: str | None) -> str:
    of = " and ".join(named for named in (key, project) if named)
    return f"the {period}'s budget" + (f" of {of}" if of else "")
