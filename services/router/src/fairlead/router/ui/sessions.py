"""Sessions: who is at work now, and what each took."""

from collections.abc import Sequence

from msgspec import Struct

from fairlead.router.usage import queries, telling
from fairlead.router.usage.asking import Asked
from fairlead.router.usage.database import Cursor
from fairlead.shared.failure import Kind, refuse

from .house import House
from .lines import Verdict, verdict
from .page import Answer, Html, Page, Visit
from .reading import ask
from .unread import Unread

PAGE = 50
ACTIVE = 600.0
"""Seconds since its last request for which a session counts as active."""


class Spent(Struct, frozen=True):
    """What was used, of whatever it is said; tokens, US dollars."""

    requests: int
    failed: int
    input: int
    cache_read: int
    cache_write: int
    output: int
    cost: float | None
    covered: float

    @property
    def tokens(self) -> int:
        """Of all kinds."""
        return self.input + self.cache_read + self.cache_write + self.output


class Session(Struct, frozen=True):
    """One session. Times in Unix seconds."""

    id: str
    project: str | None
    keys: tuple[str, ...]
    first: float
    last: float
    active: bool
    models: tuple[str, ...]
    spent: Spent


class Listed(Struct, frozen=True):
    """The newest first. `active`: how many of these are at work; `before`: where the next page begins."""

    sessions: tuple[Session, ...]
    active: int
    before: float | None
    problem: str | None = None


class ModelUse(Struct, frozen=True):
    """What one model did for a session."""

    provider: str
    model: str
    spent: Spent


class Request(Struct, frozen=True):
    """One request of a session."""

    at: float
    decision: str
    remembered: bool
    scenario: str
    provider: str
    model: str
    verdict: Verdict
    tokens: int
    output: int
    cost: float | None
    duration: float


class Detailed(Struct, frozen=True):
    """`problem` instead of a session: why nothing can be told."""

    session: Session | None
    models: tuple[ModelUse, ...] = ()
    requests: tuple[Request, ...] = ()
    problem: str | None = None


def listed(found: Sequence[queries.Session] | Unread, now: float, limit: int = PAGE) -> Listed:
    """`found`: one more than `limit` where there are further ones."""
    if isinstance(found, Unread):
        return Listed((), 0, None, found.why)
    sessions = tuple(_session([one], now) for one in found[:limit])
    before = sessions[-1].last if len(found) > limit else None
    return Listed(sessions, sum(one.active for one in sessions), before)


def detailed(
    found: Sequence[queries.Session], requests: Sequence[queries.Row], remembered: set[str], now: float
) -> Detailed:
    """`found`: the session as each client key used it; `remembered`: ids of decisions that can be explained."""
    models: dict[tuple[str, str], list[queries.Row]] = {}
    for row in [row for one in found for row in one.models]:
        models.setdefault((row["provider"], row["model"]), []).append(row)
    uses = [ModelUse(*names, _spent(telling.added(rows))) for names, rows in sorted(models.items())]
    return Detailed(_session(found, now), tuple(uses), tuple(_request(row, remembered) for row in requests))


def _session(found: Sequence[queries.Session], now: float) -> Session:
    wholes = [one.whole for one in found]
    last = max(one["last"] for one in wholes)
    models = {row["model"]: None for one in found for row in one.models if row["model"]}
    return Session(
        id=wholes[0]["session"],
        project=next((one["project"] for one in wholes if one["project"]), None),
        keys=tuple(one["key"] for one in wholes if one["key"]),
        first=min(one["first"] for one in wholes),
        last=last,
        active=now - last < ACTIVE,
        models=tuple(models),
        spent=_spent(telling.added(wholes)),
    )


def _spent(row: queries.Row) -> Spent:
    told = telling.figures(row)
    return Spent(
        requests=told["requests"],
        failed=told["failedRequests"],
        input=told["inputTokens"],
        cache_read=told["cacheReadTokens"],
        cache_write=told["cacheWriteTokens"],
        output=told["outputTokens"],
        cost=told["cost"],
        covered=told["coveredBySubscription"],
    )


def _request(row: queries.Row, remembered: set[str]) -> Request:
    return Request(
        at=row["at"],
        decision=row["decision"],
        remembered=row["decision"] in remembered,
        scenario=row["scenario"],
        provider=row["provider"],
        model=row["model"],
        verdict=verdict(row["result"]),
        tokens=row["input"] + row["cache_read"] + row["cache_write"],
        output=row["output"],
        cost=row["cost"],
        duration=row["duration"],
    )


async def show(house: House, visit: Visit) -> Answer:
    """`GET /ui/sessions`."""
    return Html("sessions.html", await _listed(house, visit))


async def live(house: House, visit: Visit) -> Answer:
    """What of it changes."""
    return Html("sessions_live.html", await _listed(house, visit))


async def _listed(house: House, visit: Visit) -> Listed:
    wanted = Asked(limit=PAGE + 1, before=_before(visit.query.get("before")))
    return listed(await ask(house, lambda cursor: queries.sessions(cursor, wanted)), house.now())


def _before(text: str | None) -> tuple[float, int] | None:
    """Raises `FailureError` (BAD_REQUEST)."""
    if text is None:
        return None
    try:
        return float(text), 0
    except ValueError:
        raise refuse(Kind.BAD_REQUEST, "before: must be a time in Unix seconds") from None


async def detail(house: House, visit: Visit) -> Answer:
    """`GET /ui/session?id=…`."""
    return Html("session.html", await _detailed(house, visit))


async def live_detail(house: House, visit: Visit) -> Answer:
    """What of it changes."""
    return Html("session_live.html", await _detailed(house, visit))


async def _detailed(house: House, visit: Visit) -> Detailed:
    name = visit.query.get("id", "")

    def look(cursor: Cursor) -> tuple[list[queries.Session], list[queries.Row]]:
        return queries.session(cursor, name, None), queries.requests(cursor, Asked(where={"session": name}, limit=PAGE))

    found = await ask(house, look)
    if isinstance(found, Unread):
        return Detailed(None, problem=found.why)
    if not found[0]:
        raise refuse(Kind.NOT_FOUND, f"Nothing is known of a session {name[:100]}.")
    remembered = {row["decision"] for row in found[1] if house.decisions.find(row["decision"]) is not None}
    return detailed(*found, remembered, house.now())


PAGES = (
    Page("sessions", show, name="Sessions", live=live),
    Page("session", detail, section="Sessions", live=live_detail),
)
