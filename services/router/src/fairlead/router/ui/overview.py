"""The first page: what was asked today, what it came to and what it saved, and what is wrong."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from fairlead.router.usage import queries, telling
from fairlead.router.usage.asking import Asked
from fairlead.router.usage.database import UsageError
from fairlead.router.usage.sums import DAY

from .house import House
from .page import Answer, Html, Page, Visit


class Totals(Struct, frozen=True):
    """Of one day of UTC. Tokens by kind; amounts in US dollars, None where nothing is known. `covered` is the list
    price of what a subscription paid."""

    requests: int
    failed: int
    input: int
    cache_read: int
    cache_write: int
    output: int
    cost: float | None
    covered: float
    saved: float | None
    saved_share: float | None
    at_default: float | None

    @property
    def tokens(self) -> int:
        """Of all kinds."""
        return self.input + self.cache_read + self.cache_write + self.output


class Overview(Struct, frozen=True):
    """`totals` is None where usage is not kept or cannot be read; `problem` says why."""

    totals: Totals | None
    problem: str | None = None


def totals_of(row: queries.Row) -> Totals:
    """Of a row of sums."""
    told = telling.savings(row)
    return Totals(
        requests=int(row["requests"]),
        failed=int(row["failed"]),
        input=int(row["input"]),
        cache_read=int(row["cache_read"]),
        cache_write=int(row["cache_write"]),
        output=int(row["output"]),
        cost=told["cost"],
        covered=told["coveredBySubscription"],
        saved=told["saved"],
        saved_share=told["savedShare"],
        at_default=told["costAtDefault"],
    )


def overview(today: Sequence[queries.Row]) -> Overview:
    """Of the sums of today, of which there is one row."""
    return Overview(totals_of(today[0]))


async def show(house: House, _visit: Visit) -> Answer:
    """`GET /ui/`."""
    return Html("overview.html", await _looked(house))


async def live(house: House, _visit: Visit) -> Answer:
    return Html("overview_live.html", await _looked(house))


async def _looked(house: House) -> Overview:
    keeper, start = house.keeper, house.now() // DAY * DAY
    if keeper is None:
        return Overview(None, "no usage is kept; set usage.enabled in the configuration")
    try:
        today = await asyncio.to_thread(keeper.ask, lambda cursor: queries.series(cursor, Asked(start=start)))
    except UsageError as error:
        return Overview(None, f"the usage cannot be read now: {error}")
    return overview(today)


PAGES = (Page("", show, name="Overview", live=live),)
